//! What RDS allows, as far as it can be told before it is asked.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>

use super::{
    Instance, InstanceArgs, InstanceInputs, InstanceRestoreToPointInTime, InstanceRestoreToPointInTimeInput,
};
use crate::aws::error::Result;
use crate::kinds::Review;
use crate::kinds::rds::DB_NAME;
use crate::kinds::rds::replacement::{self, Precious};
use crate::kinds::rds::rules::{self, known};
use crate::kinds::rds::storage;
use crate::model::{Failures, In, Prop};

/// The engines whose storage has the same sizes.
const OPEN: [&str; 3] = ["postgres", "mysql", "mariadb"];

pub fn check(args: &InstanceInputs, failures: &mut Failures) {
    origin(args, failures);
    login(args, failures);
    storage(args, failures);
    let backup = (InstanceArgs::BACKUP_WINDOW, &args.backup_window);
    rules::windows(backup, (InstanceArgs::MAINTENANCE_WINDOW, &args.maintenance_window), failures);
    let role = (InstanceArgs::MONITORING_ROLE_ARN, &args.monitoring_role_arn);
    let retention =
        (InstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD, &args.performance_insights_retention_period);
    rules::watching(&args.monitoring_interval, role, retention, failures);
    logs(args, failures);
    let engine = known(&args.engine);
    if let (Some(true), true) = (args.multi_az.get(), args.availability_zone.is_set()) {
        let reason = "is given, but multiAz is true, and AWS then picks both zones; leave it out";
        failures.add(InstanceArgs::AVAILABILITY_ZONE, reason);
    }
    if let (Some("postgres"), Some(name)) = (engine, args.db_name.get())
        && let Err(reason) = DB_NAME.check(name)
    {
        failures.add(InstanceArgs::DB_NAME, reason);
    }
    rules::replaceable::<InstanceArgs, _>(
        (InstanceArgs::ALLOW_REPLACEMENT, &args.allow_replacement),
        "database instance",
        failures,
    );
}

/// What a new instance needs that neither replicates nor restores another.
pub fn check_creation(args: &InstanceInputs, failures: &mut Failures) {
    let is_made_from = args.replicate_source_db.is_set()
        || args.snapshot_identifier.is_set()
        || args.restore_to_point_in_time.is_set();
    if is_made_from {
        return;
    }
    let mut need = |is_set: bool, name: Prop<InstanceArgs>, what: &str| {
        if !is_set {
            failures.add(name, format!("is missing; give {what}"));
        }
    };
    need(args.engine.is_set(), InstanceArgs::ENGINE, "the database engine, such as postgres");
    need(
        args.instance_class.is_set(),
        InstanceArgs::INSTANCE_CLASS,
        "the instance class, such as db.t4g.medium",
    );
    need(args.allocated_storage.is_set(), InstanceArgs::ALLOCATED_STORAGE, "the storage in GiB");
    need(args.username.is_set(), InstanceArgs::USERNAME, "the name of the master user");
    let has_password = args.password.is_set() || args.manage_master_user_password.get() != Some(&false);
    need(has_password, InstanceArgs::PASSWORD, "a password, or set manageMasterUserPassword to true");
    let storage_type = known(&args.storage_type);
    if let Some(kind @ ("io1" | "io2")) = storage_type {
        need(
            args.iops.is_set(),
            InstanceArgs::IOPS,
            &format!("the I/O operations per second of the {kind} storage"),
        );
    }
    speed(args, args.allocated_storage.get().copied(), |_| true, failures);
}

/// What an instance that exists cannot become.
pub fn check_change(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
    let (was, wanted) = (old.allocated_storage.get().copied(), new.allocated_storage.get().copied());
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html
    if let (Some(was), Some(wanted)) = (was, wanted)
        && wanted < was
    {
        let reason = format!(
            "is {wanted}, but the storage has {was} GiB and cannot shrink; give {was} or more, or move the data to a new database"
        );
        failures.add(InstanceArgs::ALLOCATED_STORAGE, reason);
    }
    let is_new = |name: Prop<InstanceArgs>| {
        let (was, wanted) = match name == InstanceArgs::IOPS {
            true => (&old.iops, &new.iops),
            false => (&old.storage_throughput, &new.storage_throughput),
        };
        old.storage_type.get() != new.storage_type.get() || was.get() != wanted.get()
    };
    speed(new, was.max(wanted), is_new, failures);
}

/// Whether the speed of `gp3` can be chosen, and is what AWS takes.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage>
fn speed(
    args: &InstanceInputs,
    size: Option<i64>,
    is_new: impl Fn(Prop<InstanceArgs>) -> bool,
    failures: &mut Failures,
) {
    let (Some(engine), Some("gp3"), Some(size)) = (known(&args.engine), known(&args.storage_type), size)
    else {
        return;
    };
    let threshold = storage::gp3_threshold(engine);
    let (iops, throughput) = storage::gp3_least(engine);
    for (name, value, least) in [
        (InstanceArgs::IOPS, &args.iops, iops),
        (InstanceArgs::STORAGE_THROUGHPUT, &args.storage_throughput, throughput),
    ] {
        if size < threshold && value.is_set() && is_new(name) {
            let reason = format!(
                "is given, but gp3 storage below {threshold} GiB has a fixed speed; leave it out, or give {threshold} GiB or more of allocatedStorage"
            );
            failures.add(name, reason);
        } else if size >= threshold && value.get().is_some_and(|value| *value < least) {
            let reason = format!(
                "is too little for gp3 storage of {threshold} GiB or more; give {least} or more, or leave it out"
            );
            failures.add(name, reason);
        }
    }
}

/// Where the instance comes from.
fn origin(args: &InstanceInputs, failures: &mut Failures) {
    let origins = [
        (InstanceArgs::REPLICATE_SOURCE_DB, args.replicate_source_db.is_set()),
        (InstanceArgs::SNAPSHOT_IDENTIFIER, args.snapshot_identifier.is_set()),
        (InstanceArgs::RESTORE_TO_POINT_IN_TIME, args.restore_to_point_in_time.is_set()),
    ];
    rules::one_origin(&origins, failures);
    if args.replicate_source_db.is_set() {
        let own = [
            (InstanceArgs::USERNAME, args.username.is_set()),
            (InstanceArgs::PASSWORD, args.password.is_set()),
            (InstanceArgs::DB_NAME, args.db_name.is_set()),
            (
                InstanceArgs::MANAGE_MASTER_USER_PASSWORD,
                args.manage_master_user_password.get() == Some(&true),
            ),
        ];
        for (name, _) in own.iter().filter(|(_, is_set)| *is_set) {
            failures.add(
                *name,
                "is given for a replica, which has users and databases of its source; leave it out",
            );
        }
    }
    restored(&args.restore_to_point_in_time, failures);
}

/// That a database and a moment are named from which an instance can be restored.
pub fn restored(from: &In<InstanceRestoreToPointInTimeInput>, failures: &mut Failures) {
    if let Some(moment) = from.get() {
        let sources = [
            moment.source_db_instance_identifier.is_set(),
            moment.source_dbi_resource_id.is_set(),
            moment.source_db_instance_automated_backups_arn.is_set(),
        ];
        if sources.iter().filter(|is_set| **is_set).count() != 1 {
            let reason = "needs one of sourceDbInstanceIdentifier, sourceDbiResourceId and sourceDbInstanceAutomatedBackupsArn";
            failures.add(InstanceArgs::RESTORE_TO_POINT_IN_TIME, reason);
        }
        let time = (InstanceRestoreToPointInTime::RESTORE_TIME, &moment.restore_time);
        let at = InstanceArgs::RESTORE_TO_POINT_IN_TIME;
        rules::moment(at, time, &moment.use_latest_restorable_time, failures);
    }
}

fn login(args: &InstanceInputs, failures: &mut Failures) {
    let engine = known(&args.engine).unwrap_or_default();
    let most = match engine {
        "mysql" | "mariadb" => 41,
        _ if engine.starts_with("oracle") => 30,
        _ if engine.starts_with("db2") => 255,
        _ => 128,
    };
    rules::login((InstanceArgs::PASSWORD, &args.password), &args.manage_master_user_password, most, failures);
    let is_illegal = |password: &String| password.contains(['&', '\'']);
    if engine.starts_with("oracle") && args.password.get().is_some_and(is_illegal) {
        failures.add(
            InstanceArgs::PASSWORD,
            "has a character that RDS for Oracle does not take; leave out & and '",
        );
    }
}

fn storage(args: &InstanceInputs, failures: &mut Failures) {
    let (size, most) = (args.allocated_storage.get(), args.max_allocated_storage.get());
    if let (Some(size), Some(most)) = (size, most)
        && most < size
    {
        failures.add(
            InstanceArgs::MAX_ALLOCATED_STORAGE,
            format!("is {most}, below the {size} GiB of allocatedStorage; give more"),
        );
    }
    let storage_type = match (known(&args.storage_type), args.iops.is_set()) {
        (Some(given), _) => given,
        (None, _) if args.storage_type.is_unknown() => return,
        (None, true) => "io1",
        (None, false) if size.is_some_and(|size| *size < storage::sizes("gp3").0) => "gp2",
        (None, false) => "gp3",
    };
    let is_derived = args.replicate_source_db.is_set()
        || args.snapshot_identifier.is_set()
        || args.restore_to_point_in_time.is_set();
    if known(&args.engine).is_some_and(|engine| OPEN.contains(&engine)) && !is_derived {
        let (low, high) = storage::sizes(storage_type);
        if let Some(size) = size.filter(|size| !(low..=high).contains(*size)) {
            failures.add(
                InstanceArgs::ALLOCATED_STORAGE,
                format!("is {size}; {storage_type} storage has {low} to {high} GiB"),
            );
        }
    }
    if args.iops.is_set() && ["gp2", "standard"].contains(&storage_type) {
        let reason = format!(
            "is given, but {storage_type} storage has no iops of its own; leave it out, or use gp3, io1 or io2"
        );
        failures.add(InstanceArgs::IOPS, reason);
    }
    if args.storage_throughput.is_set() && args.storage_type.is_set() && storage_type != "gp3" {
        let reason =
            format!("is given, but {storage_type} storage has none of its own; leave it out, or use gp3");
        failures.add(InstanceArgs::STORAGE_THROUGHPUT, reason);
    }
}

fn logs(args: &InstanceInputs, failures: &mut Failures) {
    let legal: &[&str] = match known(&args.engine) {
        Some("postgres") => &["postgresql", "upgrade", "iam-db-auth-error"],
        Some("mysql" | "mariadb") => &["audit", "error", "general", "slowquery", "iam-db-auth-error"],
        _ => return,
    };
    let exports = (InstanceArgs::ENABLED_CLOUDWATCH_LOGS_EXPORTS, &args.enabled_cloudwatch_logs_exports);
    rules::logs(exports, legal, failures);
}

pub fn check_engine(engine: &str) -> Result<(), String> {
    match engine {
        "postgresql" => Err("is \"postgresql\"; RDS calls it postgres".to_owned()),
        aurora if aurora.starts_with("aurora") => {
            Err(format!("is {aurora:?}, which runs in clusters only; give another engine, such as postgres"))
        }
        _ => Ok(()),
    }
}

const PRECIOUS: Precious<InstanceArgs> = Precious {
    what: "database",
    identifier: InstanceArgs::IDENTIFIER,
    replica_of: Some(InstanceArgs::REPLICATE_SOURCE_DB),
    origins: [InstanceArgs::SNAPSHOT_IDENTIFIER, InstanceArgs::RESTORE_TO_POINT_IN_TIME],
    subnet_group: InstanceArgs::DB_SUBNET_GROUP_NAME,
    engine: InstanceArgs::ENGINE,
    engine_version: InstanceArgs::ENGINE_VERSION,
    allow_major_version_upgrade: InstanceArgs::ALLOW_MAJOR_VERSION_UPGRADE,
    skip_final_snapshot: InstanceArgs::SKIP_FINAL_SNAPSHOT,
    allow_replacement: InstanceArgs::ALLOW_REPLACEMENT,
};

/// Refuses what would lose the database, as far as the program and the state tell it.
pub fn kept(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
    replacement::check::<InstanceArgs>(&PRECIOUS, old, new, failures);
}

/// Refuses it as far as AWS and the replacement of other things tell it.
pub fn review(review: &mut Review<Instance>) -> Result<()> {
    replacement::review_move(&PRECIOUS, review)?;
    replacement::review(&PRECIOUS, review)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as J, json};

    fn told(given: J) -> String {
        let mut fields = json!({
            "identifier": "db", "engine": "postgres", "instanceClass": "db.t4g.medium", "allocatedStorage": 20,
            "username": "app", "password": "correct-horse",
        });
        for (key, value) in given.as_object().unwrap() {
            match value {
                J::Null => drop(fields.as_object_mut().unwrap().remove(key)),
                value => fields[key] = value.clone(),
            }
        }
        let mut failures = Failures::new();
        let fields = Value::from_json(&fields).as_object().unwrap().clone();
        let input = InstanceArgs::read(&fields, &mut failures);
        check(&input, &mut failures);
        check_creation(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_rds_takes_is_not_refused() {
        for given in [
            json!({}),
            json!({"allocatedStorage": 10}),
            json!({"allocatedStorage": 5, "storageType": "gp2"}),
            json!({"multiAz": true, "maxAllocatedStorage": 100, "storageType": "gp3"}),
            json!({"password": null, "manageMasterUserPassword": true}),
            json!({"storageType": "io1", "iops": 1000, "allocatedStorage": 100}),
            json!({"storageType": "gp3", "iops": 12000, "allocatedStorage": 400, "storageThroughput": 500}),
            json!({"monitoringInterval": 60, "monitoringRoleArn": "arn:aws:iam::1:role/r"}),
            json!({"backupWindow": "23:30-00:30", "maintenanceWindow": "Sun:04:30-Sun:05:30"}),
            json!({"allowReplacement": ["engine", "region"], "performanceInsightsRetentionPeriod": 93}),
            json!({"snapshotIdentifier": "s", "password": null, "username": null, "engine": null}),
            json!({"restoreToPointInTime": {
                "sourceDbInstanceIdentifier": "a",
                "restoreTime": "2026-03-01T12:00:00Z",
            }}),
            json!({"restoreToPointInTime": {
                "sourceDbiResourceId": "db-ABC",
                "useLatestRestorableTime": true,
            }}),
        ] {
            assert_eq!(told(given.clone()), "", "{given}");
        }
    }

    #[test]
    fn what_rds_refuses_is_told_before() {
        for (given, part) in [
            (json!({"engine": null}), "engine: is missing"),
            (json!({"engine": "postgresql"}), "RDS calls it postgres"),
            (json!({"password": null}), "or set manageMasterUserPassword"),
            (json!({"password": "a/b@c d\"e"}), "does not take"),
            (json!({"password": "short"}), "8 to 128"),
            (json!({"engine": "mysql", "password": "x".repeat(42)}), "8 to 41"),
            (json!({"manageMasterUserPassword": true}), "give only one of them"),
            (json!({"allocatedStorage": 10, "storageType": "gp3"}), "gp3 storage has 20 to 65536"),
            (json!({"allocatedStorage": 20, "storageType": "io1", "iops": 1000}), "io1 storage has 100"),
            (json!({"allocatedStorage": 50, "maxAllocatedStorage": 40}), "below the 50 GiB"),
            (json!({"storageType": "gp3", "iops": 3000}), "below 400 GiB has a fixed speed"),
            (json!({"storageType": "gp2", "iops": 3000}), "no iops of its own"),
            (json!({"storageType": "io2", "allocatedStorage": 100}), "iops: is missing"),
            (json!({"multiAz": true, "availabilityZone": "us-east-1a"}), "AWS then picks both zones"),
            (json!({"backupRetentionPeriod": 36}), "from 0 to 35"),
            (json!({"monitoringInterval": 7}), "1, 5, 10"),
            (json!({"monitoringInterval": 5}), "monitoringRoleArn: is missing"),
            (json!({"backupWindow": "3:00-4:00"}), "such as 03:00-04:00"),
            (json!({"maintenanceWindow": "sun:05:00-sun:05:20"}), "30 minutes"),
            (json!({"backupWindow": "04:00-05:00", "maintenanceWindow": "sun:04:30-sun:05:30"}), "overlaps"),
            (json!({"enabledCloudwatchLogsExports": ["slowquery"]}), "postgresql, upgrade"),
            (json!({"allowReplacement": ["motor"]}), "not a property"),
            (json!({"performanceInsightsRetentionPeriod": 30}), "a multiple of 31"),
            (json!({"dbName": "my-db"}), "letters, digits and underscores"),
            (json!({"replicateSourceDb": "a"}), "leave it out"),
            (json!({"replicateSourceDb": "a", "snapshotIdentifier": "s"}), "one of them"),
            (json!({"restoreToPointInTime": {"useLatestRestorableTime": true}}), "needs one of sourceDb"),
            (json!({"restoreToPointInTime": {"sourceDbInstanceIdentifier": "a"}}), "either restoreTime"),
            (
                json!({"restoreToPointInTime": {
                    "sourceDbInstanceIdentifier": "a",
                    "useLatestRestorableTime": true,
                    "restoreTime": "2026-03-01T12:00:00Z",
                }}),
                "either restoreTime",
            ),
            (
                json!({"restoreToPointInTime": {"sourceDbInstanceIdentifier": "a", "restoreTime": "noon"}}),
                "such as 2026-03-01T12:00:00Z",
            ),
        ] {
            assert!(told(given.clone()).contains(part), "{given}: {}", told(given.clone()));
        }
    }

    #[test]
    fn no_message_tells_the_password() {
        for password in ["hunter/2", "hunter2", "hunter two"] {
            let text = told(json!({"password": password}));
            assert!(!text.is_empty() && !text.contains("hunter"), "{text}");
        }
    }
}

#[cfg(test)]
mod losses {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Value};
    use serde_json::{Value as J, json};

    fn inputs(json: J) -> InstanceInputs {
        let mut fields = Value::from_json(&json).as_object().unwrap().clone();
        fields.insert("identifier".to_owned(), Value::from("orders"));
        InstanceArgs::read(&fields, &mut Failures::new())
    }

    fn refused(old: J, new: J) -> String {
        let mut failures = Failures::new();
        kept(&inputs(old), &inputs(new), &mut failures);
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
    fn a_database_does_not_leave_its_vpc_without_being_asked() {
        let group = |name: Value, allowed: &[&str]| {
            let mut fields = Value::from_json(&json!({"identifier": "orders", "allowReplacement": allowed}));
            if let Value::Object(fields) = &mut fields {
                fields.insert("dbSubnetGroupName".to_owned(), name);
            }
            fields.as_object().unwrap().clone()
        };
        let diff = |wanted: Value, allowed: &[&str]| {
            let kind = crate::kinds::find("agentic:rds:Instance").unwrap();
            let found =
                kind.diff(&group(Value::from("a"), &[]), &Default::default(), &group(wanted, allowed));
            found.map(|found| found.iter().any(|difference| difference.replace))
        };
        let told = diff(Value::Unknown, &[]).unwrap_err().to_string();
        for expected in ["the database orders", "network.cidrBlock", "dbSubnetGroupName", "allowReplacement"]
        {
            assert!(told.contains(expected), "{expected} is not in {told}");
        }
        assert!(
            diff(Value::Unknown, &["dbSubnetGroupName"]).unwrap(),
            "a new one is made where that is asked for"
        );
        assert!(!diff(Value::from("b"), &[]).unwrap(), "RDS moves it into the VPC of a group that is there");
    }

    #[test]
    fn a_replica_may_become_a_database_and_not_the_other_way() {
        let replica = json!({"replicateSourceDb": "a"});
        assert_eq!(refused(replica.clone(), json!({})), "");
        assert_eq!(
            refused(replica.clone(), json!({"replicateSourceDb": "arn:aws:rds:us-east-1:1:db:a"})),
            ""
        );
        assert!(refused(json!({}), replica.clone()).contains("a new replica would be created"));
        assert!(
            refused(replica, json!({"replicateSourceDb": "b"}))
                .contains("the existing replica would be deleted")
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
