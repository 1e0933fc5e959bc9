//! Refusing what would lose a database.
//!
//! What the state and the program say tells most of it, and is looked at when the program's
//! arguments are checked. The rest needs to know what AWS picked, or comes from the replacement of
//! something else, and is looked at when the difference is taken. A refresh takes differences too:
//! it shall show a database that was replaced by other hands, and not be refused.

use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::diff;
use crate::kinds::{Kind, REGION, Review};
use crate::model::{Failures, Model, Object, Value};

/// What holds data.
pub struct Precious {
    /// What it is, as it reads in a sentence.
    pub what: &'static str,
    /// The argument with its name.
    pub identifier: &'static str,
    /// The argument that makes it a replica of another.
    pub replica_of: Option<&'static str>,
}

/// The arguments that say where the data came from.
const ORIGINS: [&str; 2] = ["snapshotIdentifier", "restoreToPointInTime"];

/// The argument that says in which VPC the database is.
const SUBNET_GROUP: &str = "dbSubnetGroupName";

impl Precious {
    fn is_replica(&self, fields: &Object) -> bool {
        self.replica_of.is_some_and(|name| fields.contains_key(name))
    }
}

/// Notes each change that would replace the database without being allowed to, and each that RDS
/// would refuse halfway.
pub fn check<A: Model>(of: &Precious, old: &A::Input, new: &A::Input, failures: &mut Failures) {
    let (was, wanted) = (A::encode_input_fields(old), A::encode_input_fields(new));
    for name in replacing::<A>(of, &was, &wanted).filter(|name| !allows(&wanted, name)) {
        let was_picked = A::TABLE.field(name).is_some_and(|field| field.aws_default);
        let is_known = |fields: &Object| fields.get(name).is_some_and(|value| !value.has_unknown());
        let is_new_source = of.replica_of == Some(name) || !was_picked;
        if is_known(&wanted) && (is_known(&was) || is_new_source) {
            failures.add(name, format!("{}. {}", loss(of, &was, &wanted, "this"), way_out(name)));
        }
    }
    check_major_upgrade(&was, &wanted, failures);
}

/// Settles what replaces the database, and refuses what [`check`] could not see.
pub fn review<K: Kind>(of: &Precious, review: &mut Review<K>) -> Result<()> {
    let was = K::Args::encode_input_fields(review.old);
    let wanted = K::Args::encode_input_fields(review.new);
    for origin in ORIGINS.iter().filter(|origin| !wanted.contains_key(**origin)) {
        review.forget(origin);
    }
    if let Some(source) = of.replica_of.filter(|source| wanted.contains_key(*source)) {
        review.replace(source);
    }
    for name in review.replacing() {
        let name = name.split(['.', '[']).next().unwrap_or_default();
        let is_unknown = wanted.get(name).is_some_and(Value::has_unknown);
        let picked = K::Args::TABLE.field(name).is_some_and(|field| field.aws_default);
        let was_unseen = is_unknown || name == REGION || picked && !was.contains_key(name);
        if is_unknown && name == SUBNET_GROUP && !allows(&wanted, name) {
            return Err(stays(of, &was));
        }
        if was_unseen && !allows(&wanted, name) {
            let what = if is_unknown { format!("{name} is not known yet, and a") } else { "a".to_owned() };
            let what = format!("{what} change of {name}");
            let error = Error::new(ErrorKind::Invalid, loss(of, &was, &wanted, &what));
            return Err(error.with_hint(way_out(name)));
        }
    }
    Ok(())
}

/// Settles what another subnet group means for an instance, which RDS moves into the VPC of a group
/// that is there. While the group is not known it is about to be replaced, as it is with its VPC:
/// the security groups go with it then, and whether RDS would move this one nobody can tell.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>
pub fn review_move<K: Kind>(of: &Precious, review: &mut Review<K>) -> Result<()> {
    let was = K::Args::encode_input_fields(review.old);
    let wanted = K::Args::encode_input_fields(review.new);
    if !review.changes(SUBNET_GROUP) || !was.contains_key(SUBNET_GROUP) {
        return Ok(());
    }
    if allows(&wanted, SUBNET_GROUP) {
        review.replace(SUBNET_GROUP);
    } else if wanted.get(SUBNET_GROUP).is_some_and(Value::has_unknown) {
        return Err(stays(of, &was));
    }
    Ok(())
}

/// The refusal to leave a VPC.
fn stays(of: &Precious, was: &Object) -> Error {
    let name = was.get(of.identifier).and_then(Value::as_str).unwrap_or_default();
    let what = of.what;
    let message = format!(
        "the {what} {name} cannot leave its VPC with its data, but its subnet group is to be replaced, which changes {SUBNET_GROUP}: so it is when the VPC is replaced, as by another network.cidrBlock of a stack"
    );
    Error::new(ErrorKind::Invalid, message).with_hint(format!(
        "Take the change back; or move the data: deploy a second stack with the other range, whose {what} begins with a snapshot of this one (snapshotIdentifier); or, for a new, empty {what} in place of this one, add {SUBNET_GROUP:?} to allowReplacement."
    ))
}

/// The properties whose change replaces the database, as far as the inputs tell.
fn replacing<A: Model>(of: &Precious, was: &Object, wanted: &Object) -> impl Iterator<Item = &'static str> {
    let differences = diff::compare(A::TABLE, was, &Object::new(), wanted);
    // Where a database came from is history; a replica of nothing is a database of its own.
    let is_origin = |name: &str| ORIGINS.contains(&name) || of.replica_of == Some(name);
    let is_dropped = |name: &str| is_origin(name) && !wanted.contains_key(name);
    let replaces = |name: &str| {
        let found = differences.iter().filter(|difference| difference.path.top() == Some(name));
        found.clone().any(|difference| difference.replace || of.replica_of == Some(name))
    };
    let names: Vec<&'static str> = A::TABLE
        .fields
        .iter()
        .map(|field| field.name)
        .filter(|name| !is_dropped(name) && replaces(name))
        .collect();
    names.into_iter()
}

fn allows(wanted: &Object, name: &str) -> bool {
    let allowed = wanted.get("allowReplacement").map(Value::peel);
    let Some(Value::Array(allowed)) = allowed else { return false };
    allowed.iter().any(|allowed| allowed.as_str() == Some(name))
}

/// What would be lost, as a sentence about `what`.
fn loss(of: &Precious, was: &Object, wanted: &Object, what: &str) -> String {
    let name = was.get(of.identifier).and_then(Value::as_str).unwrap_or_default();
    let is_restored = ORIGINS.iter().any(|origin| wanted.contains_key(*origin));
    let skips = was.get("skipFinalSnapshot").map(Value::peel) == Some(&Value::Bool(true));
    let kind = of.what;
    let made = match (of.is_replica(wanted), is_restored) {
        (true, _) => "a new replica".to_owned(),
        (_, true) => format!("a new {kind} with the restored data"),
        _ => format!("a new, empty {kind}"),
    };
    let lost = match (of.is_replica(was), skips) {
        (true, _) => "the replica there is would be deleted",
        (false, true) => "the one there is would be deleted with all its data, without a final snapshot",
        (false, false) => "the one there is would be deleted with its data, after a final snapshot",
    };
    format!("{what} would replace the {kind} {name}: {made} would be made, and {lost}")
}

fn way_out(name: &str) -> String {
    format!("Take the change back; or, if that is what you want, add {name:?} to allowReplacement.")
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.PostgreSQL.html>
fn check_major_upgrade(was: &Object, wanted: &Object, failures: &mut Failures) {
    let text = |fields: &Object, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_postgres = [was, wanted].iter().any(|fields| {
        text(fields, "engine")
            .is_some_and(|engine| engine.ends_with("postgres") || engine.ends_with("postgresql"))
    });
    let (Some(from), Some(to)) = (text(was, "engineVersion"), text(wanted, "engineVersion")) else { return };
    let major = |version: &str| version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let (Some(from), Some(to)) = (major(&from), major(&to)) else { return };
    if !is_postgres || from == to {
        return;
    }
    if from > to {
        let reason =
            format!("goes from {from} back to {to}, which RDS cannot do; restore a snapshot of {to} instead");
        failures.add("engineVersion", reason);
    } else if wanted.get("allowMajorVersionUpgrade").map(Value::peel) == Some(&Value::Bool(false)) {
        let reason = format!(
            "goes from {from} to {to}, another major version; set allowMajorVersionUpgrade to true, and give a parameter group of the new version's family where there is one of your own"
        );
        failures.add("engineVersion", reason);
    }
}
