//! What RDS allows of Aurora clusters, as far as it can be told before it is asked.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>

use super::{
    ClusterArgs, ClusterInputs, ClusterRestoreToPointInTime, ClusterServerlessv2ScalingConfiguration,
};
use crate::kinds::rds::DB_NAME;
use crate::kinds::rds::rules::{self, known};
use crate::model::{Failures, Path};

/// The least days of Performance Insights data in the advanced mode of Database Insights.
pub const ADVANCED_DAYS: i64 = 465;

/// The most characters of a password.
const LONGEST_PASSWORD: usize = 41;

pub fn check(args: &ClusterInputs, failures: &mut Failures) {
    let password = (ClusterArgs::MASTER_PASSWORD, &args.master_password);
    rules::login(password, &args.manage_master_user_password, LONGEST_PASSWORD, failures);
    let backup = (ClusterArgs::PREFERRED_BACKUP_WINDOW, &args.preferred_backup_window);
    let maintenance = (ClusterArgs::PREFERRED_MAINTENANCE_WINDOW, &args.preferred_maintenance_window);
    rules::windows(backup, maintenance, failures);
    let origins = [
        (ClusterArgs::SNAPSHOT_IDENTIFIER, args.snapshot_identifier.is_set()),
        (ClusterArgs::RESTORE_TO_POINT_IN_TIME, args.restore_to_point_in_time.is_set()),
    ];
    rules::one_origin(&origins, failures);
    if let Some(moment) = args.restore_to_point_in_time.get() {
        let time = (ClusterRestoreToPointInTime::RESTORE_TO_TIME, &moment.restore_to_time);
        let at = ClusterArgs::RESTORE_TO_POINT_IN_TIME;
        rules::moment(at, time, &moment.use_latest_restorable_time, failures);
        if args.availability_zones.is_set() {
            let reason = "is chosen by AWS for a cluster that is restored to a point in time; leave it out";
            failures.add(ClusterArgs::AVAILABILITY_ZONES, reason);
        }
    }
    let legal: &[&str] = match known(&args.engine) {
        Some("aurora-postgresql") => &["postgresql", "iam-db-auth-error", "instance"],
        Some("aurora-mysql") => &["audit", "error", "general", "slowquery", "iam-db-auth-error", "instance"],
        _ => &[],
    };
    if !legal.is_empty() {
        let exports = (ClusterArgs::ENABLED_CLOUDWATCH_LOGS_EXPORTS, &args.enabled_cloudwatch_logs_exports);
        rules::logs(exports, legal, failures);
    }
    if let (Some("aurora-postgresql"), Some(name)) = (known(&args.engine), args.database_name.get())
        && let Err(reason) = DB_NAME.check(name)
    {
        failures.add(ClusterArgs::DATABASE_NAME, reason);
    }
    if let (Some(false), true) = (args.storage_encrypted.get(), args.kms_key_id.is_set()) {
        failures
            .add(ClusterArgs::KMS_KEY_ID, "is given, but storageEncrypted is false; leave one of them out");
    }
    insights(args, failures);
    capacities(args, failures);
    rules::replaceable::<ClusterArgs, _>(
        (ClusterArgs::ALLOW_REPLACEMENT, &args.allow_replacement),
        "database cluster",
        failures,
    );
}

/// What a new cluster needs that restores no other.
pub fn check_creation(args: &ClusterInputs, failures: &mut Failures) {
    if args.snapshot_identifier.is_set() || args.restore_to_point_in_time.is_set() {
        return;
    }
    if !args.master_username.is_set() {
        failures.add(ClusterArgs::MASTER_USERNAME, "is missing; give the name of the master user");
    }
    if !args.master_password.is_set() && args.manage_master_user_password.get() == Some(&false) {
        let reason = "is missing; give a password, or set manageMasterUserPassword to true";
        failures.add(ClusterArgs::MASTER_PASSWORD, reason);
    }
}

/// What the advanced mode of Database Insights is made of.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.TurningOnAdvanced.html>
fn insights(args: &ClusterInputs, failures: &mut Failures) {
    let days = &args.performance_insights_retention_period;
    rules::insights_days((ClusterArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD, days), failures);
    if args.database_insights_mode.get().is_none_or(|mode| mode != "advanced") {
        return;
    }
    if !args.performance_insights_enabled.is_unknown()
        && args.performance_insights_enabled.get() != Some(&true)
    {
        let reason =
            "is not true, and databaseInsightsMode is \"advanced\", which requires it; set it to true";
        failures.add(ClusterArgs::PERFORMANCE_INSIGHTS_ENABLED, reason);
    }
    if !days.is_unknown() && days.get().is_none_or(|days| *days < ADVANCED_DAYS) {
        let reason = format!("must be at least {ADVANCED_DAYS} with databaseInsightsMode \"advanced\"");
        failures.add(ClusterArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD, reason);
    }
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html>
fn capacities(args: &ClusterInputs, failures: &mut Failures) {
    let Some(scaling) = args.serverlessv2_scaling_configuration.get() else { return };
    let at = Path::from(ClusterArgs::SERVERLESSV2_SCALING_CONFIGURATION);
    let (least, most) = (scaling.min_capacity.get(), scaling.max_capacity.get());
    for (name, capacity) in [
        (ClusterServerlessv2ScalingConfiguration::MIN_CAPACITY, least),
        (ClusterServerlessv2ScalingConfiguration::MAX_CAPACITY, most),
    ] {
        if let Some(capacity) = capacity.filter(|capacity| (**capacity * 2.0).fract() != 0.0) {
            failures.add(at.key(name), format!("is {capacity}; give a multiple of 0.5"));
        }
    }
    if let (Some(least), Some(most)) = (least, most)
        && most < least
    {
        failures.add(
            at.key(ClusterServerlessv2ScalingConfiguration::MAX_CAPACITY),
            format!("is {most}, below the minCapacity of {least}; give more"),
        );
    }
    if scaling.seconds_until_auto_pause.is_set() && least.is_some_and(|least| *least > 0.0) {
        let reason = "is given, but instances pause only with a minCapacity of 0; leave it out";
        failures.add(at.key(ClusterServerlessv2ScalingConfiguration::SECONDS_UNTIL_AUTO_PAUSE), reason);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as J, json};

    fn told(given: J) -> String {
        let mut fields = json!({
            "clusterIdentifier": "db", "engine": "aurora-postgresql", "masterUsername": "app",
            "masterPassword": "correct-horse",
        });
        for (key, value) in given.as_object().unwrap() {
            match value {
                J::Null => drop(fields.as_object_mut().unwrap().remove(key)),
                value => fields[key] = value.clone(),
            }
        }
        let mut failures = Failures::new();
        let fields = Value::from_json(&fields).as_object().unwrap().clone();
        let input = ClusterArgs::read(&fields, &mut failures);
        check(&input, &mut failures);
        check_creation(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_rds_takes_is_not_refused() {
        for given in [
            json!({}),
            json!({"masterPassword": null, "manageMasterUserPassword": true}),
            json!({"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4}}),
            json!({"serverlessv2ScalingConfiguration": {
                "minCapacity": 0, "maxCapacity": 1, "secondsUntilAutoPause": 600,
            }}),
            json!({"engine": "aurora-mysql", "enabledCloudwatchLogsExports": ["slowquery", "audit"]}),
            json!({"snapshotIdentifier": "s", "masterUsername": null, "masterPassword": null}),
            json!({"restoreToPointInTime": {
                "sourceClusterIdentifier": "a", "restoreToTime": "2026-03-01T12:00:00Z",
            }}),
        ] {
            assert_eq!(told(given.clone()), "", "{given}");
        }
    }

    #[test]
    fn what_rds_refuses_is_told_before() {
        for (given, part) in [
            (json!({"engine": "postgres"}), "aurora-postgresql"),
            (json!({"masterUsername": null}), "masterUsername: is missing"),
            (json!({"masterPassword": null}), "or set manageMasterUserPassword"),
            (json!({"masterPassword": "x".repeat(42)}), "8 to 41"),
            (json!({"manageMasterUserPassword": true}), "give only one of them"),
            (json!({"backupRetentionPeriod": 0}), "from 1 to 35"),
            (json!({"databaseName": "my-db"}), "letters, digits and underscores"),
            (json!({"storageEncrypted": false, "kmsKeyId": "k"}), "kmsKeyId: is given"),
            (json!({"enabledCloudwatchLogsExports": ["slowquery"]}), "postgresql, iam-db-auth-error"),
            (
                json!({"preferredBackupWindow": "04:00-05:00", "preferredMaintenanceWindow": "sun:04:30-sun:05:30"}),
                "overlaps with the preferredBackupWindow",
            ),
            (
                json!({"serverlessv2ScalingConfiguration": {"minCapacity": 0.7, "maxCapacity": 4}}),
                "a multiple of 0.5",
            ),
            (
                json!({"serverlessv2ScalingConfiguration": {"minCapacity": 8, "maxCapacity": 4}}),
                "below the minCapacity",
            ),
            (
                json!({"serverlessv2ScalingConfiguration": {
                    "minCapacity": 1, "maxCapacity": 4, "secondsUntilAutoPause": 600,
                }}),
                "leave it out",
            ),
            (
                json!({"snapshotIdentifier": "s", "restoreToPointInTime": {
                    "sourceClusterIdentifier": "a", "useLatestRestorableTime": true,
                }}),
                "one of them",
            ),
            (json!({"restoreToPointInTime": {"sourceClusterIdentifier": "a"}}), "either restoreToTime"),
            (json!({"allowReplacement": ["motor"]}), "not a property of a database cluster"),
        ] {
            assert!(told(given.clone()).contains(part), "{given}: {}", told(given.clone()));
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let text = told(json!({"masterUsername": null, "backupRetentionPeriod": 40, "kmsKeyId": "k",
            "storageEncrypted": false}));
        for part in ["masterUsername", "backupRetentionPeriod", "kmsKeyId"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
