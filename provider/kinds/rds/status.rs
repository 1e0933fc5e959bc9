//! The states of database instances, clusters and snapshots.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html>

use aws_sdk_rds::types::{DbCluster, DbClusterSnapshot, DbSnapshot};

use crate::aws::error::{Error, ErrorKind, Result};

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

/// What goes through states.
pub trait Passing {
    /// What it is, as it reads in a sentence.
    const WHAT: &'static str;

    fn name(&self) -> Option<&str>;
    fn status(&self) -> Option<&str>;
    /// How much of what it is doing is done, in percent.
    fn percent(&self) -> Option<String>;
}

impl Passing for DbCluster {
    const WHAT: &'static str = "database cluster";

    fn name(&self) -> Option<&str> {
        self.db_cluster_identifier()
    }

    fn status(&self) -> Option<&str> {
        self.status()
    }

    fn percent(&self) -> Option<String> {
        self.percent_progress.clone()
    }
}

impl Passing for DbSnapshot {
    const WHAT: &'static str = "snapshot";

    fn name(&self) -> Option<&str> {
        self.db_snapshot_identifier()
    }

    fn status(&self) -> Option<&str> {
        self.status()
    }

    fn percent(&self) -> Option<String> {
        self.percent_progress.map(|percent| percent.to_string())
    }
}

impl Passing for DbClusterSnapshot {
    const WHAT: &'static str = "cluster snapshot";

    fn name(&self) -> Option<&str> {
        self.db_cluster_snapshot_identifier()
    }

    fn status(&self) -> Option<&str> {
        self.status()
    }

    fn percent(&self) -> Option<String> {
        self.percent_progress.map(|percent| percent.to_string())
    }
}

const STUCK: &[(&str, &str)] = &[
    ("cloning-failed", "RDS could not clone the source: delete the database, and create it again."),
    ("deleting", "It is being deleted; run `pulumi refresh` when it is gone."),
    ("failed", "RDS cannot recover it: restore its latest backup, and delete it with skipFinalSnapshot."),
    (
        "inaccessible-encryption-credentials",
        "RDS can no longer use the KMS key, and cannot recover: restore the latest backup.",
    ),
    (
        "inaccessible-encryption-credentials-recoverable",
        "RDS cannot use the KMS key: enable the key, allow RDS to use it, and start the instance.",
    ),
    (
        "incompatible-create",
        "RDS cannot create it with these settings; the events in the RDS console show the reason.",
    ),
    (
        "incompatible-network",
        "The subnets have no free address left, or the VPC or its security groups do not meet the requirements of RDS.",
    ),
    (
        "incompatible-option-group",
        "The option group is not compatible with the engine version; give another optionGroupName.",
    ),
    (
        "incompatible-parameters",
        "The parameter group has values that the instance class or engine version does not support, often for memory: change them, and restart the instance.",
    ),
    (
        "incompatible-restore",
        "RDS cannot restore it to this point in time, often because of temporary or MyISAM tables: choose another one.",
    ),
    (
        "insufficient-capacity",
        "AWS has no capacity for this instance class in these Availability Zones: choose another class, or subnets in other zones.",
    ),
    ("migration-failed", "RDS could not migrate the data: delete the database, and create it again."),
    ("restore-error", "RDS could not restore it: choose another snapshot or point in time."),
    ("stopped", "Start it with `aws rds start-db-instance`."),
    ("storage-full", "The storage is full: increase allocatedStorage."),
    ("unsupported-configuration", "RDS Custom does not support this configuration."),
];

pub fn of(thing: &impl Passing) -> &str {
    thing.status().unwrap_or("unknown")
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
pub fn progress(thing: &impl Passing) -> String {
    match thing.percent() {
        Some(percent) if !percent.is_empty() => format!("{}, {percent}%", of(thing)),
        _ => of(thing).to_owned(),
    }
}

/// The error for what stays in a state in which it is of no use.
pub fn stuck<P: Passing>(thing: &P, advice: &str) -> Error {
    let message = format!("the {} {} is {}", P::WHAT, thing.name().unwrap_or_default(), of(thing));
    Error::new(ErrorKind::Failed, message).with_hint(advice)
}

/// The error for what is on its way.
pub fn not_ready<P: Passing>(thing: &P) -> Error {
    let message = format!("the {} {} is {}", P::WHAT, thing.name().unwrap_or_default(), progress(thing));
    Error::new(ErrorKind::NotReady, message)
}

/// That the thing can be worked with; else whether it may become so.
pub fn usable<P: Passing>(thing: &P) -> Result<()> {
    match phase(of(thing)) {
        Phase::Usable => Ok(()),
        Phase::Passing => Err(not_ready(thing)),
        Phase::Stuck(advice) => Err(stuck(thing, advice)),
    }
}

/// An error for a state that does not allow something: final where the state does not pass.
pub fn explain(error: Error, thing: &impl Passing) -> Error {
    match phase(of(thing)) {
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
