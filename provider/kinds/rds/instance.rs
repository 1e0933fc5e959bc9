//! A database instance.

mod from_aws;
mod rules;
mod to_aws;
mod wait;

pub use rules::restored as restored_instance;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance;

use super::DB_INSTANCE;
use super::RdsTags;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::kms::same_key;
use crate::aws::owner::{Standing, as_pairs};
use crate::aws::versions;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::rds::rules::{
    check_backup_window, check_maintenance_window, check_password, check_snapshot_name, check_time,
};
use crate::kinds::rds::status::{explain, not_ready, of, progress};
use crate::kinds::rds::{PAGE, filter, final_snapshot_name, many_or_one, tag_map};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, may_claim};
use crate::model::{Failures, Model, Prop};
use from_aws::same_instance;

/// An RDS DB instance of PostgreSQL, MySQL, MariaDB, Oracle, SQL Server or Db2, or a read replica
/// of one.
///
/// The instance is never replaced unless `allowReplacement` names the property that requires it. By
/// default, storage is encrypted and a final snapshot is created before deletion. Storage that RDS
/// has grown and minor versions that it has upgraded are not drift. AWS charges by the hour for the
/// instance class, and for storage.
#[derive(Clone, Debug, Model)]
pub struct InstanceArgs {
    /// The identifier of the DB instance: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=63)]
    pub identifier: String,
    /// The database engine, such as `postgres`, `mysql` or `mariadb`. A read replica has the engine
    /// of its source, and a restored instance that of its snapshot.
    #[model(replace, aws_default, told, check = rules::check_engine)]
    pub engine: Option<String>,
    /// The engine version: `16` stands for any 16.x version, and `16.3` for that or a later minor
    /// version. If omitted, AWS chooses the default version of the engine. A later major version
    /// requires `allowMajorVersionUpgrade`.
    #[model(in_place, version, aws_default, told)]
    pub engine_version: Option<String>,
    /// The instance class, such as `db.t4g.medium`. For a read replica, defaults to the class of
    /// its source.
    #[model(in_place, aws_default, told, check = ids::database_class)]
    pub instance_class: Option<String>,
    /// The allocated storage, in GiB. RDS can grow the storage but never shrink it: a value below
    /// the current size changes nothing.
    #[model(in_place, floor, aws_default, told, range = 5..=65536)]
    pub allocated_storage: Option<i64>,
    /// The maximum storage up to which RDS grows the storage automatically, in GiB. If omitted,
    /// storage autoscaling is disabled.
    #[model(in_place, range = 5..=65536)]
    pub max_allocated_storage: Option<i64>,
    /// The storage type. Defaults to `gp3`, to `io1` if `iops` is specified, and to `gp2` below 20
    /// GiB, which `gp3` does not support.
    #[model(in_place, aws_default, told, one_of = ["gp2", "gp3", "io1", "io2", "standard"])]
    pub storage_type: Option<String>,
    /// The provisioned I/O operations per second, for `io1`, `io2` and large `gp3` storage.
    #[model(in_place, aws_default, told, range = 1000..=256000)]
    pub iops: Option<i64>,
    /// The provisioned throughput, in MiB per second, for large `gp3` storage.
    #[model(in_place, aws_default, told, range = 125..=16000)]
    pub storage_throughput: Option<i64>,
    /// Whether the storage is encrypted. Defaults to `true`, and for a read replica or a restored
    /// instance to the setting of the source.
    #[model(replace, aws_default, told)]
    pub storage_encrypted: Option<bool>,
    /// The KMS key that encrypts the storage: its ARN, ID or alias. Defaults to the AWS managed key
    /// `aws/rds`.
    #[model(replace, aws_default, told, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The name of the database to create in the instance.
    #[model(replace, aws_default, told, alias = "name", length = 1..=64)]
    pub db_name: Option<String>,
    /// The name of the master user.
    #[model(replace, aws_default, told, length = 1..=63)]
    pub username: Option<String>,
    /// The password of the master user: printable ASCII characters except `/`, `@`, `"` and space.
    /// AWS does not return it. A change is made in place.
    #[model(in_place, secret, write_only, check = check_password)]
    pub password: Option<String>,
    /// Whether RDS generates the master password and stores it in a secret in Secrets Manager,
    /// which it rotates every seven days. RDS refuses to create read replicas of such an instance,
    /// except for SQL Server.
    #[model(in_place, default = false)]
    pub manage_master_user_password: bool,
    /// The KMS key that encrypts the secret of the master password that RDS manages. Defaults to
    /// the AWS managed key.
    #[model(in_place, aws_default, told, same = same_key)]
    pub master_user_secret_kms_key_id: Option<String>,
    /// The port of the database. Defaults to the default port of the engine, such as 5432 for
    /// PostgreSQL. A change restarts the database.
    #[model(in_place, aws_default, told, range = 1150..=65535)]
    pub port: Option<i64>,
    /// Whether the instance has a standby in another Availability Zone, which takes over if the
    /// instance fails.
    #[model(in_place, default = false)]
    pub multi_az: bool,
    /// The Availability Zone of an instance without a standby. If omitted, AWS chooses one.
    #[model(replace, aws_default, told)]
    pub availability_zone: Option<String>,
    /// The name of the DB subnet group, which determines the VPC. It can be changed in place only
    /// to a subnet group of another VPC.
    #[model(in_place, any_case, aws_default, told)]
    pub db_subnet_group_name: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, check = ids::security_group)]
    pub vpc_security_group_ids: Option<Vec<String>>,
    /// Whether the instance has a public IP address.
    #[model(in_place, default = false)]
    pub publicly_accessible: bool,
    /// The name of the DB parameter group. Static parameters of a new group take effect at the next
    /// restart of the instance, which is not started automatically.
    #[model(in_place, any_case, aws_default, told)]
    pub parameter_group_name: Option<String>,
    /// The name of the option group. Defaults to the default option group of the engine.
    #[model(in_place, any_case, aws_default, told)]
    pub option_group_name: Option<String>,
    /// The number of days to retain automated backups. 0 disables them. Defaults to 1, and to 0 for
    /// read replicas. The source of a read replica requires backups.
    #[model(in_place, aws_default, told, range = 0..=35)]
    pub backup_retention_period: Option<i64>,
    /// The daily time range for automated backups, in UTC, such as `03:00-04:00`. If omitted, AWS
    /// chooses one.
    #[model(in_place, aws_default, told, check = check_backup_window)]
    pub backup_window: Option<String>,
    /// The weekly time range for maintenance, in UTC, such as `sun:04:30-sun:05:30`. If omitted,
    /// AWS chooses one.
    #[model(in_place, any_case, aws_default, told, check = check_maintenance_window)]
    pub maintenance_window: Option<String>,
    /// Whether RDS installs minor version upgrades in the maintenance window.
    #[model(in_place, default = true)]
    pub auto_minor_version_upgrade: bool,
    /// Whether a change of `engineVersion` may upgrade the instance to another major version.
    #[model(in_place, write_only, default = false)]
    pub allow_major_version_upgrade: bool,
    /// Whether changes are applied immediately, so that they are complete when the update ends;
    /// some restart the instance. If `false`, changes that can wait are applied in the next
    /// maintenance window, and are not drift until then.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// Whether the tags of the instance are copied to its snapshots.
    #[model(in_place, default = false)]
    pub copy_tags_to_snapshot: bool,
    /// Whether AWS refuses to delete the instance. To delete it, set this to `false` and run
    /// `pulumi up` first.
    #[model(in_place, default = false)]
    pub deletion_protection: bool,
    /// Whether the instance is deleted without a final snapshot, so that its data is lost. A read
    /// replica is always deleted without one.
    #[model(in_place, write_only, default = false)]
    pub skip_final_snapshot: bool,
    /// The name of the final snapshot, which is created before the instance is deleted. Defaults to
    /// a generated name that begins with the identifier of the instance.
    #[model(in_place, write_only, check = check_snapshot_name)]
    pub final_snapshot_identifier: Option<String>,
    /// Whether the automated backups are deleted with the instance.
    #[model(in_place, write_only, default = true)]
    pub delete_automated_backups: bool,
    /// Whether Performance Insights collects the load of the database.
    #[model(in_place, default = false)]
    pub performance_insights_enabled: bool,
    /// The number of days to retain Performance Insights data: 7, which is free of charge, a
    /// multiple of 31 for 1 to 23 months, or 731.
    #[model(in_place, aws_default, told, follows = [InstanceArgs::PERFORMANCE_INSIGHTS_ENABLED])]
    pub performance_insights_retention_period: Option<i64>,
    /// The KMS key that encrypts the Performance Insights data. Defaults to the AWS managed key.
    #[model(in_place, aws_default, told, follows = [InstanceArgs::PERFORMANCE_INSIGHTS_ENABLED], same = same_key)]
    pub performance_insights_kms_key_id: Option<String>,
    /// The mode of CloudWatch Database Insights.
    #[model(in_place, aws_default, resets = "standard", told, one_of = ["standard", "advanced"])]
    pub database_insights_mode: Option<String>,
    /// The interval of Enhanced Monitoring metrics, in seconds. 0 disables Enhanced Monitoring.
    #[model(in_place, default = 0, numbers = super::MONITORING_INTERVALS)]
    pub monitoring_interval: i64,
    /// The ARN of the IAM role with which RDS sends Enhanced Monitoring metrics to CloudWatch Logs.
    /// It must trust `monitoring.rds.amazonaws.com`.
    #[model(in_place, told)]
    pub monitoring_role_arn: Option<String>,
    /// The log types to export to CloudWatch Logs: `postgresql` and `upgrade` for PostgreSQL;
    /// `error`, `general`, `slowquery` and `audit` for MySQL and MariaDB.
    #[model(in_place, set, default = [])]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// The identifier of the certificate authority (CA) of the server certificate, such as
    /// `rds-ca-rsa2048-g1`. If omitted, AWS chooses one.
    #[model(in_place, aws_default, told)]
    pub ca_cert_identifier: Option<String>,
    /// Whether IAM users and roles can authenticate with a token instead of a password.
    #[model(in_place, default = false)]
    pub iam_database_authentication_enabled: bool,
    /// The network type of the instance: IPv4 only, or IPv4 and IPv6. Defaults to `IPV4`.
    #[model(in_place, aws_default, told, one_of = ["IPV4", "DUAL"])]
    pub network_type: Option<String>,
    /// The license model, for engines that offer several.
    #[model(in_place, aws_default, told)]
    pub license_model: Option<String>,
    /// Whether RDS Extended Support, which AWS charges for, applies after the end of standard
    /// support of the major version.
    #[model(in_place, aws_default, told, one_of = ["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"])]
    pub engine_lifecycle_support: Option<String>,
    /// The source of the read replica: the identifier of a DB instance, or its ARN if it is in
    /// another region. Removing it promotes the replica to a standalone instance, in place and
    /// irreversibly.
    #[model(in_place, same = same_instance)]
    pub replicate_source_db: Option<String>,
    /// The identifier or ARN of the DB snapshot to restore the instance from. Used only when the
    /// resource is created; it can be removed afterwards.
    #[model(replace, told, write_only)]
    pub snapshot_identifier: Option<String>,
    /// The instance and the point in time in its backups to restore this instance from. Used only
    /// when the resource is created; it can be removed afterwards.
    #[model(replace, write_only)]
    pub restore_to_point_in_time: Option<InstanceRestoreToPointInTime>,
    /// The properties whose change may replace the instance with a new, empty one. A change of any
    /// other property that requires replacement is refused.
    #[model(in_place, write_only, default = [])]
    pub allow_replacement: Vec<String>,
    /// The tags of the DB instance.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A point in time in the backups of a DB instance.
#[derive(Clone, Debug, Model)]
pub struct InstanceRestoreToPointInTime {
    /// The point in time to restore to, in UTC, such as `2026-03-01T12:00:00Z`. Specify either this
    /// or `useLatestRestorableTime`.
    #[model(check = check_time)]
    pub restore_time: Option<String>,
    /// Whether to restore to the latest restorable time. Specify either this or `restoreTime`.
    #[model(default = false)]
    pub use_latest_restorable_time: bool,
    /// The identifier of the source DB instance.
    pub source_db_instance_identifier: Option<String>,
    /// The resource ID of the source DB instance, for an instance that was deleted and whose
    /// backups were retained.
    pub source_dbi_resource_id: Option<String>,
    /// The ARN of the automated backups of the source DB instance, if they were replicated from
    /// another region.
    pub source_db_instance_automated_backups_arn: Option<String>,
}

/// The outputs of a DB instance.
#[derive(Clone, Debug, Model)]
pub struct InstanceState {
    /// The hostname of the DB instance.
    pub address: String,
    /// The ARN of the DB instance.
    pub arn: String,
    /// The hostname and port of the DB instance, separated by a colon.
    #[model(follows = [InstanceArgs::PORT])]
    pub endpoint: String,
    /// The ID of the Route 53 hosted zone of the hostname, for alias records.
    pub hosted_zone_id: String,
    /// The resource ID of the instance, unique and immutable, which begins with `db-`.
    pub resource_id: String,
    /// The exact engine version in use.
    #[model(follows = [InstanceArgs::ENGINE_VERSION])]
    pub engine_version_actual: String,
    /// The secret with the master password, if RDS manages the password.
    #[model(follows = [InstanceArgs::MANAGE_MASTER_USER_PASSWORD, InstanceArgs::MASTER_USER_SECRET_KMS_KEY_ID])]
    pub master_user_secrets: Vec<InstanceMasterUserSecret>,
}

/// A secret in Secrets Manager with the password of the master user.
#[derive(Clone, Debug, Model)]
pub struct InstanceMasterUserSecret {
    /// The ARN of the secret.
    pub secret_arn: String,
    /// The ARN of the KMS key that encrypts the secret.
    pub kms_key_id: Option<String>,
}

/// An RDS database instance.
pub struct Instance;

const MINUTE: Duration = Duration::from_secs(60);

impl Kind for Instance {
    const TOKEN: &'static str = "agentic:rds:Instance";
    const ID: &'static str = "the identifier of the DB instance";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_INSTANCE);
    const READY: Option<Wait> = Some(Wait {
        goal: "the database is available",
        usual: [350, 900],
        budget: MINUTE.saturating_mul(80),
    });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the database is gone", usual: [180, 480], budget: MINUTE.saturating_mul(60) });
    const HELD: Duration = MINUTE.saturating_mul(60);
    const PATIENCE: Duration = MINUTE.saturating_mul(80);
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:CreateDBInstance",
            "rds:CreateDBInstanceReadReplica",
            "rds:RestoreDBInstanceFromDBSnapshot",
            "rds:RestoreDBInstanceToPointInTime",
            "rds:DescribeDBInstances",
            "rds:DescribeDBSnapshots",
            "rds:DescribeDBEngineVersions",
            "rds:ModifyDBInstance",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        read: &["rds:DescribeDBInstances"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "rds:DescribeDBEngineVersions",
            "rds:ModifyDBInstance",
            "rds:PromoteReadReplica",
            "rds:DescribeDBInstances",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        delete: &[
            "rds:DeleteDBInstance",
            "rds:DescribeDBInstances",
            "rds:CreateDBSnapshot",
            "rds:AddTagsToResource",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::INSTANCE;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(InstanceArgs::VPC_SECURITY_GROUP_IDS);
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = InstanceArgs;
    type State = InstanceState;

    fn rules(args: &InstanceInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn creation_rules(args: &InstanceInputs, failures: &mut Failures) {
        rules::check_creation(args, failures);
    }

    fn change_rules(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
        rules::kept(old, new, failures);
        rules::check_change(old, new, failures);
    }

    const FORESEES: bool = true;

    async fn foresee(cx: &Cx, old: Option<&InstanceInputs>, new: &InstanceInputs, failures: &mut Failures) {
        let is_made_from = new.replicate_source_db.is_set()
            || new.snapshot_identifier.is_set()
            || new.restore_to_point_in_time.is_set();
        let is_as_before = old.is_some_and(|old| old.engine_version.get() == new.engine_version.get());
        if !is_made_from && !is_as_before {
            let version = (InstanceArgs::ENGINE_VERSION, &new.engine_version);
            versions::check::<Client, _>(cx, &new.engine, version, failures).await;
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        rules::review(review)
    }

    async fn create(cx: &Cx, args: &InstanceArgs) -> Result<String> {
        to_aws::create(cx, args).await
    }

    async fn configure(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<()> {
        to_aws::complete(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<Poll> {
        wait::look(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(|instance| from_aws::live(&instance)))
    }

    async fn refresh(cx: &Cx, id: &str, old: &InstanceArgs) -> Result<Option<Live<Self>>> {
        let Some(instance) = find(cx, id).await? else { return Ok(None) };
        let live = from_aws::live(&instance);
        Ok(Some(Live { args: from_aws::beside(old, live.args), ..live }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<InstanceArgs>) -> Result<()> {
        to_aws::update(cx, id, update).await
    }

    async fn delete(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<()> {
        delete(cx, id, args).await
    }

    async fn gone(cx: &Cx, id: &str, _args: &InstanceArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(instance) => Poll::Pending(progress(&instance)),
        })
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<DbInstance>> {
    let client = cx.client::<Client>()?;
    cx.batched(PAGE, id.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let filtered = |names| {
                let call = client.describe_db_instances().filters(filter("db-instance-id", names));
                async { Ok(call.into_paginator().items().send().try_collect().await?) }
            };
            let alone = |name| {
                let call = client.describe_db_instances().db_instance_identifier(name);
                async {
                    let all = error::found(call.send().await)?.and_then(|answer| answer.db_instances);
                    Ok(all.and_then(|all| all.into_iter().next()))
                }
            };
            many_or_one(names, filtered, alone, DbInstance::db_instance_identifier).await
        }
    })
    .await
}

async fn delete(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<()> {
    let Some(instance) = find(cx, id).await? else { return Ok(()) };
    let state = of(&instance);
    if state == "deleting" {
        return Ok(());
    }
    let is_replica = instance.read_replica_source_db_instance_identifier().is_some();
    let skips = args.skip_final_snapshot || is_replica;
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
    if !skips && ["failed", "incompatible-restore", "incompatible-network"].contains(&state) {
        let message = format!("RDS cannot create a final snapshot of the database {id} in the state {state}");
        let hint =
            "Repair it first, or set skipFinalSnapshot to true and run `pulumi up`, which gives up its data.";
        return Err(Error::new(ErrorKind::Failed, message).with_hint(hint));
    }
    let call = cx.client::<Client>()?.delete_db_instance().db_instance_identifier(id);
    let call = call.delete_automated_backups(args.delete_automated_backups).skip_final_snapshot(skips);
    let snapshot = (!skips).then(|| {
        let born = (instance.dbi_resource_id(), instance.instance_create_time());
        final_snapshot_name(args.final_snapshot_identifier.as_deref(), id, born)
    });
    let deleted = call.set_final_db_snapshot_identifier(snapshot).send().await.map_err(Error::from);
    deleted.map(drop).map_err(|error| match error.kind() {
        ErrorKind::Invalid if instance.deletion_protection() == Some(true) => {
            error.with_hint("Set deletionProtection to false and run `pulumi up` first.")
        }
        ErrorKind::AlreadyExists => {
            error.with_hint("Give another finalSnapshotIdentifier, and run `pulumi up` first.")
        }
        ErrorKind::NotReady => explain(error, &instance),
        _ => error,
    })
}

/// Takes up an instance of this name, where an attempt of this program made it.
pub(super) async fn adopt<K: Kind>(cx: &Cx, name: &str, error: Error) -> Result<()> {
    let Some(instance) = find(cx, name).await? else {
        // It went away a moment ago.
        return Err(error.with_kind(ErrorKind::NotReady));
    };
    let tags = tag_map(instance.tag_list());
    if of(&instance) == "deleting" && cx.standing(as_pairs(&tags)) != Standing::Foreign {
        return Err(not_ready(&instance));
    }
    may_claim::<K>(cx, name, as_pairs(&tags), error, "database instance")
}

pub(super) fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no database instance {id}"))
}
