//! Refusing what would lose a database.
//!
//! What the state and the program say tells most of it, and is looked at when the program's
//! arguments are checked. The rest needs to know what AWS picked, or comes from the replacement of
//! something else, and is looked at when the difference is taken. A refresh takes differences too:
//! it shall show a database that was replaced by other hands, and not be refused.

use super::{Instance, InstanceArgs, InstanceInputs};
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::diff;
use crate::kinds::{REGION, Review};
use crate::model::{Failures, Model, Object, Value};

/// Notes each change that would replace the database without being allowed to, and each that RDS
/// would refuse halfway.
pub fn check(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
    let (was, wanted) = (InstanceArgs::encode_input_fields(old), InstanceArgs::encode_input_fields(new));
    for name in replacing(&was, &wanted).filter(|name| !allows(new, name)) {
        let was_picked = InstanceArgs::TABLE.field(name).is_some_and(|field| field.aws_default);
        let is_known = |fields: &Object| fields.get(name).is_some_and(|value| !value.has_unknown());
        let is_new_source = name == "replicateSourceDb" || !was_picked;
        if is_known(&wanted) && (is_known(&was) || is_new_source) {
            failures.add(name, format!("{}. {}", loss(old, new, "this"), way_out(name)));
        }
    }
    check_major_upgrade(old, new, failures);
}

/// Settles what replaces the database, and refuses what [`check`] could not see.
pub fn review(review: &mut Review<Instance>) -> Result<()> {
    let (was, wanted) =
        (InstanceArgs::encode_input_fields(review.old), InstanceArgs::encode_input_fields(review.new));
    for origin in ["snapshotIdentifier", "restoreToPointInTime"] {
        if !wanted.contains_key(origin) {
            review.forget(origin);
        }
    }
    if wanted.contains_key("replicateSourceDb") {
        review.replace("replicateSourceDb");
    }
    for name in review.replacing() {
        let name = name.split(['.', '[']).next().unwrap_or_default();
        let is_unknown = wanted.get(name).is_some_and(Value::has_unknown);
        let picked = InstanceArgs::TABLE.field(name).is_some_and(|field| field.aws_default);
        let was_unseen = is_unknown || name == REGION || picked && !was.contains_key(name);
        if was_unseen && !allows(review.new, name) {
            let what = if is_unknown { format!("{name} is not known yet, and a") } else { "a".to_owned() };
            let what = format!("{what} change of {name}");
            return Err(
                Error::new(ErrorKind::Invalid, loss(review.old, review.new, &what)).with_hint(way_out(name))
            );
        }
    }
    Ok(())
}

/// The properties whose change replaces the database, as far as the inputs tell.
fn replacing(was: &Object, wanted: &Object) -> impl Iterator<Item = &'static str> {
    let differences = diff::compare(InstanceArgs::TABLE, was, &Object::new(), wanted);
    // Where a database came from is history; a replica of nothing is a database of its own.
    let origins = ["snapshotIdentifier", "restoreToPointInTime", "replicateSourceDb"];
    let is_dropped = |name: &str| origins.contains(&name) && !wanted.contains_key(name);
    let replaces = |name: &str| {
        let found = differences.iter().filter(|difference| difference.path.top() == Some(name));
        found.clone().any(|difference| difference.replace || name == "replicateSourceDb")
    };
    let names: Vec<&'static str> = InstanceArgs::TABLE
        .fields
        .iter()
        .map(|field| field.name)
        .filter(|name| !is_dropped(name) && replaces(name))
        .collect();
    names.into_iter()
}

fn allows(args: &InstanceInputs, name: &str) -> bool {
    let mut allowed = args.allow_replacement.get().into_iter().flatten();
    allowed.any(|allowed| allowed.get().is_some_and(|allowed| allowed == name))
}

/// What would be lost, as a sentence about `what`.
fn loss(old: &InstanceInputs, new: &InstanceInputs, what: &str) -> String {
    let name = old.identifier.get().map_or("", String::as_str);
    let is_restored = new.snapshot_identifier.is_set() || new.restore_to_point_in_time.is_set();
    let made = match (new.replicate_source_db.is_set(), is_restored) {
        (true, _) => "a new replica",
        (_, true) => "a new database with the restored data",
        _ => "a new, empty database",
    };
    let lost = match (old.replicate_source_db.is_set(), old.skip_final_snapshot.get() == Some(&true)) {
        (true, _) => "the replica there is would be deleted",
        (false, true) => "the one there is would be deleted with all its data, without a final snapshot",
        (false, false) => "the one there is would be deleted with its data, after a final snapshot",
    };
    format!("{what} would replace the database {name}: {made} would be made, and {lost}")
}

fn way_out(name: &str) -> String {
    format!("Take the change back; or, if that is what you want, add {name:?} to allowReplacement.")
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html>
fn check_major_upgrade(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
    let is_postgres =
        [old, new].iter().any(|args| args.engine.get().is_some_and(|engine| engine == "postgres"));
    let (Some(from), Some(to)) = (old.engine_version.get(), new.engine_version.get()) else { return };
    let major = |version: &str| version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let (Some(from), Some(to)) = (major(from), major(to)) else { return };
    if !is_postgres || from == to {
        return;
    }
    if from > to {
        let reason =
            format!("goes from {from} back to {to}, which RDS cannot do; restore a snapshot of {to} instead");
        failures.add("engineVersion", reason);
    } else if new.allow_major_version_upgrade.get() == Some(&false) {
        let reason = format!(
            "goes from {from} to {to}, another major version; set allowMajorVersionUpgrade to true, and give a parameter group of the new version's family where there is one of your own"
        );
        failures.add("engineVersion", reason);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value as J, json};

    fn inputs(json: J) -> InstanceInputs {
        let mut fields = Value::from_json(&json).as_object().unwrap().clone();
        fields.insert("identifier".to_owned(), Value::from("orders"));
        InstanceArgs::read(&fields, &mut Failures::new())
    }

    fn refused(old: J, new: J) -> String {
        let mut failures = Failures::new();
        check(&inputs(old), &inputs(new), &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_would_replace_a_database_is_refused_unless_allowed() {
        let was = json!({"engine": "postgres", "username": "a"});
        let text = refused(was.clone(), json!({"engine": "mysql", "username": "a"}));
        assert!(text.contains("engine") && text.contains("after a final snapshot"), "{text}");
        assert!(text.contains("add \"engine\" to allowReplacement"), "{text}");
        assert_eq!(
            refused(was.clone(), json!({"engine": "mysql", "username": "a", "allowReplacement": ["engine"]})),
            ""
        );
        let text = refused(json!({"username": "a", "skipFinalSnapshot": true}), json!({"username": "b"}));
        assert!(text.contains("without a final snapshot"), "{text}");
        assert_eq!(refused(json!({}), was), "", "what AWS picked is not known here");
    }

    #[test]
    fn a_replica_may_become_a_database_and_not_the_other_way() {
        let replica = json!({"replicateSourceDb": "a"});
        assert_eq!(refused(replica.clone(), json!({})), "");
        assert_eq!(
            refused(replica.clone(), json!({"replicateSourceDb": "arn:aws:rds:us-east-1:1:db:a"})),
            ""
        );
        assert!(refused(json!({}), replica.clone()).contains("a new replica would be made"));
        assert!(
            refused(replica, json!({"replicateSourceDb": "b"}))
                .contains("the replica there is would be deleted")
        );
    }

    #[test]
    fn where_a_database_came_from_is_history() {
        let restored = json!({"snapshotIdentifier": "s"});
        assert_eq!(refused(restored.clone(), json!({})), "");
        assert!(refused(restored, json!({"snapshotIdentifier": "t"})).contains("restored data"));
        assert!(refused(json!({}), json!({"snapshotIdentifier": "t"})).contains("restored data"));
    }

    #[test]
    fn a_major_upgrade_must_be_allowed() {
        let at = |version: &str| json!({"engine": "postgres", "engineVersion": version});
        assert_eq!(refused(at("15.13"), at("15.14")), "");
        assert!(refused(at("15.13"), at("16")).contains("allowMajorVersionUpgrade"));
        assert!(refused(at("16.3"), at("15")).contains("cannot do"));
        let allowed = json!({"engine": "postgres", "engineVersion": "16", "allowMajorVersionUpgrade": true});
        assert_eq!(refused(at("15.13"), allowed), "");
    }
}
