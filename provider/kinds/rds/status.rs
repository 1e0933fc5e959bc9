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
    ("cloning-failed", "RDS failed to clone its source: delete it, and make it anew."),
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
    ("migration-failed", "RDS failed to migrate the data: delete it, and make it anew."),
    ("restore-error", "RDS failed to restore it: choose another snapshot or moment."),
    ("stopped", "Start it with `aws rds start-db-instance`."),
    ("storage-full", "Its storage is full: give more allocatedStorage."),
    ("unsupported-configuration", "RDS Custom does not support how it is configured."),
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
