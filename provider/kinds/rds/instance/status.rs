//! The states of a database instance.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>

use aws_sdk_rds::types::DbInstance;

use crate::aws::error::{Error, ErrorKind};

/// What a status means for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The database works.
    Usable,
    /// It is on its way somewhere.
    Passing,
    /// It stays like this until somebody does something: what that is.
    Stuck(&'static str),
}

const STUCK: &[(&str, &str)] = &[
    ("deleting", "It is being deleted; run `pulumi refresh` when it is gone."),
    ("failed", "RDS cannot recover it: restore its latest backup, and delete it with skipFinalSnapshot."),
    (
        "inaccessible-encryption-credentials",
        "RDS has lost the use of its KMS key for good: restore the latest backup.",
    ),
    (
        "inaccessible-encryption-credentials-recoverable",
        "RDS cannot use its KMS key: enable the key, allow RDS its use, and start the instance.",
    ),
    ("incompatible-create", "RDS cannot make it with these settings; the instance's events say why."),
    (
        "incompatible-network",
        "The subnets have no free address left, or the VPC or its security groups are not as RDS needs them.",
    ),
    (
        "incompatible-option-group",
        "Its option group does not suit its version; give another optionGroupName.",
    ),
    (
        "incompatible-parameters",
        "Its parameter group has values that do not suit its class or version, often for memory: change them and restart it.",
    ),
    (
        "incompatible-restore",
        "RDS cannot restore it to this moment, often for temporary or MyISAM tables: choose another moment.",
    ),
    (
        "insufficient-capacity",
        "AWS has no capacity for this class here: choose another class or other zones.",
    ),
    ("restore-error", "RDS failed to restore it: choose another snapshot or moment."),
    ("stopped", "Start it with `aws rds start-db-instance`."),
    ("storage-full", "Its storage is full: give more allocatedStorage."),
    ("unsupported-configuration", "RDS Custom does not support how it is configured."),
];

pub fn of(instance: &DbInstance) -> &str {
    instance.db_instance_status().unwrap_or("unknown")
}

pub fn phase(status: &str) -> Phase {
    match status {
        // While storage is optimised or loaded from a snapshot, the database works.
        "available" | "storage-optimization" | "storage-initialization" => Phase::Usable,
        other => match STUCK.iter().find(|(stuck, _)| *stuck == other) {
            Some((_, advice)) => Phase::Stuck(advice),
            None => Phase::Passing,
        },
    }
}

/// The status as a person may see it while it changes.
pub fn progress(instance: &DbInstance) -> String {
    match instance.percent_progress() {
        Some(percent) if !percent.is_empty() => format!("{}, {percent}%", of(instance)),
        _ => of(instance).to_owned(),
    }
}

/// The error for an instance that stays in a state in which it is of no use.
pub fn stuck(instance: &DbInstance, advice: &str) -> Error {
    let name = instance.db_instance_identifier().unwrap_or_default();
    Error::new(ErrorKind::Failed, format!("the database {name} is {}", of(instance))).with_hint(advice)
}

/// An error for a state that does not allow something: final where the state does not pass.
pub fn explain(error: Error, instance: &DbInstance) -> Error {
    match phase(of(instance)) {
        Phase::Stuck(advice) => error.with_kind(ErrorKind::Failed).with_hint(advice),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_to_wait() {
        for status in
            ["creating", "backing-up", "modifying", "configuring-log-exports", "what-comes-next-year"]
        {
            assert_eq!(phase(status), Phase::Passing, "{status}");
        }
        for status in ["available", "storage-optimization"] {
            assert_eq!(phase(status), Phase::Usable, "{status}");
        }
        for status in ["failed", "storage-full", "incompatible-network", "stopped"] {
            assert!(matches!(phase(status), Phase::Stuck(_)), "{status}");
        }
    }
}
