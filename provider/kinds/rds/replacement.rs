//! Refusing what would lose a database.
//!
//! What the state and the program say tells most of it, and is looked at when the program's
//! arguments are checked. The rest needs to know what AWS picked, or comes from the replacement of
//! something else, and is looked at when the difference is taken. A refresh takes differences too:
//! it shall show a database that was replaced by other hands, and not be refused.

use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::diff;
use crate::kinds::{Kind, REGION, Review};
use crate::model::{Failures, Model, Object, Prop, Value};

/// What holds data.
pub struct Precious<A> {
    /// What it is, as it reads in a sentence.
    pub what: &'static str,
    /// The argument with its name.
    pub identifier: Prop<A>,
    /// The argument that makes it a replica of another.
    pub replica_of: Option<Prop<A>>,
    /// The arguments that say where the data came from.
    pub origins: [Prop<A>; 2],
    /// The argument that says in which VPC it is.
    pub subnet_group: Prop<A>,
    pub engine: Prop<A>,
    pub engine_version: Prop<A>,
    pub allow_major_version_upgrade: Prop<A>,
    pub skip_final_snapshot: Prop<A>,
    pub allow_replacement: Prop<A>,
}

impl<A> Precious<A> {
    fn is_replica(&self, fields: &Object) -> bool {
        self.replica_of.is_some_and(|source| fields.contains_key(source.name()))
    }

    fn allows(&self, wanted: &Object, name: &str) -> bool {
        let allowed = wanted.get(self.allow_replacement.name()).map(Value::peel);
        let Some(Value::Array(allowed)) = allowed else { return false };
        allowed.iter().any(|allowed| allowed.as_str() == Some(name))
    }
}

/// Notes each change that would replace the database without being allowed to, and each that RDS
/// would refuse halfway.
pub fn check<A: Model>(of: &Precious<A>, old: &A::Input, new: &A::Input, failures: &mut Failures) {
    let (was, wanted) = (A::encode_input_fields(old), A::encode_input_fields(new));
    for argument in replacing(of, &was, &wanted) {
        let name = argument.name();
        if of.allows(&wanted, name) {
            continue;
        }
        let was_picked = A::TABLE.field(name).is_some_and(|field| field.aws_default);
        let is_known = |fields: &Object| fields.get(name).is_some_and(|value| !value.has_unknown());
        let is_new_source = of.replica_of == Some(argument) || !was_picked;
        if is_known(&wanted) && (is_known(&was) || is_new_source) {
            failures.add(argument, format!("{}. {}", loss(of, &was, &wanted, "this"), way_out(of, name)));
        }
    }
    check_major_upgrade(of, &was, &wanted, failures);
}

/// Settles what replaces the database, and refuses what [`check`] could not see.
pub fn review<K: Kind>(of: &Precious<K::Args>, review: &mut Review<K>) -> Result<()> {
    let was = K::Args::encode_input_fields(review.old);
    let wanted = K::Args::encode_input_fields(review.new);
    for origin in of.origins.iter().filter(|origin| !wanted.contains_key(origin.name())) {
        review.forget(*origin);
    }
    if let Some(source) = of.replica_of.filter(|source| wanted.contains_key(source.name())) {
        review.replace(source);
    }
    for name in review.replacing() {
        let name = name.split(['.', '[']).next().unwrap_or_default();
        let is_unknown = wanted.get(name).is_some_and(Value::has_unknown);
        let picked = K::Args::TABLE.field(name).is_some_and(|field| field.aws_default);
        let was_unseen = is_unknown || name == REGION || picked && !was.contains_key(name);
        if is_unknown && name == of.subnet_group.name() && !of.allows(&wanted, name) {
            return Err(stays(of, &was));
        }
        if was_unseen && !of.allows(&wanted, name) {
            let what = if is_unknown { format!("{name} is not known yet, and a") } else { "a".to_owned() };
            let what = format!("{what} change of {name}");
            let error = Error::new(ErrorKind::Invalid, loss(of, &was, &wanted, &what));
            return Err(error.with_hint(way_out(of, name)));
        }
    }
    Ok(())
}

/// Settles what another subnet group means for an instance, which RDS moves into the VPC of a group
/// that is there. While the group is not known it is about to be replaced, as it is with its VPC:
/// the security groups go with it then, and whether RDS would move this one nobody can tell.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>
pub fn review_move<K: Kind>(of: &Precious<K::Args>, review: &mut Review<K>) -> Result<()> {
    let was = K::Args::encode_input_fields(review.old);
    let wanted = K::Args::encode_input_fields(review.new);
    let group = of.subnet_group;
    if !review.changes(group) || !was.contains_key(group.name()) {
        return Ok(());
    }
    if of.allows(&wanted, group.name()) {
        review.replace(group);
    } else if wanted.get(group.name()).is_some_and(Value::has_unknown) {
        return Err(stays(of, &was));
    }
    Ok(())
}

/// The refusal to leave a VPC.
fn stays<A>(of: &Precious<A>, was: &Object) -> Error {
    let name = was.get(of.identifier.name()).and_then(Value::as_str).unwrap_or_default();
    let (what, group, allow) = (of.what, of.subnet_group, of.allow_replacement);
    let message = format!(
        "the {what} {name} cannot leave its VPC with its data, but its subnet group would be replaced, which changes {group}. That happens when the VPC is replaced, such as by another network.cidrBlock of a stack"
    );
    Error::new(ErrorKind::Invalid, message).with_hint(format!(
        "Revert the change; or move the data: deploy a second stack with the other range, whose {what} begins with a snapshot of this one (snapshotIdentifier); or, for a new, empty {what} in place of this one, add \"{group}\" to {allow}."
    ))
}

/// The properties whose change replaces the database, as far as the inputs tell.
fn replacing<A: Model>(of: &Precious<A>, was: &Object, wanted: &Object) -> Vec<Prop<A>> {
    let differences = diff::compare(A::TABLE, was, &Object::new(), wanted);
    // Where a database came from is history; a replica of nothing is a database of its own.
    let is_origin = |this: Prop<A>| of.origins.contains(&this) || of.replica_of == Some(this);
    let is_dropped = |this: Prop<A>| is_origin(this) && !wanted.contains_key(this.name());
    let replaces = |this: Prop<A>| {
        let mut found = differences.iter().filter(|difference| difference.path.top() == Some(this.name()));
        found.any(|difference| difference.replace || of.replica_of == Some(this))
    };
    Prop::such(|_| true).filter(|this| !is_dropped(*this) && replaces(*this)).collect()
}

/// What would be lost, as a sentence about `what`.
fn loss<A>(of: &Precious<A>, was: &Object, wanted: &Object, what: &str) -> String {
    let name = was.get(of.identifier.name()).and_then(Value::as_str).unwrap_or_default();
    let is_restored = of.origins.iter().any(|origin| wanted.contains_key(origin.name()));
    let skips = was.get(of.skip_final_snapshot.name()).map(Value::peel) == Some(&Value::Bool(true));
    let kind = of.what;
    let made = match (of.is_replica(wanted), is_restored) {
        (true, _) => "a new replica".to_owned(),
        (_, true) => format!("a new {kind} with the restored data"),
        _ => format!("a new, empty {kind}"),
    };
    let lost = match (of.is_replica(was), skips) {
        (true, _) => "the existing replica would be deleted",
        (false, true) => "the existing one would be deleted with all its data, without a final snapshot",
        (false, false) => "the existing one would be deleted with its data, after a final snapshot",
    };
    format!("{what} would replace the {kind} {name}: {made} would be created, and {lost}")
}

fn way_out<A>(of: &Precious<A>, name: &str) -> String {
    let allow = of.allow_replacement;
    format!("Revert the change; or, if that is what you want, add {name:?} to {allow}.")
}

/// The major version of PostgreSQL.
pub fn major(version: &str) -> Option<u32> {
    version.split('.').next().and_then(|major| major.parse().ok())
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.PostgreSQL.html>
fn check_major_upgrade<A>(of: &Precious<A>, was: &Object, wanted: &Object, failures: &mut Failures) {
    let text =
        |fields: &Object, this: Prop<A>| fields.get(this.name()).and_then(Value::as_str).map(str::to_owned);
    let is_postgres = [was, wanted].iter().any(|fields| {
        text(fields, of.engine)
            .is_some_and(|engine| engine.ends_with("postgres") || engine.ends_with("postgresql"))
    });
    let (Some(from), Some(to)) = (text(was, of.engine_version), text(wanted, of.engine_version)) else {
        return;
    };
    let (Some(from), Some(to)) = (major(&from), major(&to)) else { return };
    if !is_postgres || from == to {
        return;
    }
    if from > to {
        let reason =
            format!("goes from {from} back to {to}, which RDS cannot do; restore a snapshot of {to} instead");
        failures.add(of.engine_version, reason);
    } else if wanted.get(of.allow_major_version_upgrade.name()).map(Value::peel) == Some(&Value::Bool(false))
    {
        let reason = format!(
            "goes from {from} to {to}, another major version; set allowMajorVersionUpgrade to true, and if you have a parameter group of your own, give one of the family of the new version"
        );
        failures.add(of.engine_version, reason);
    }
}
