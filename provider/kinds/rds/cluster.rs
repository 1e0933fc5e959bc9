//! An Aurora database cluster.

mod from_aws;
mod rules;
mod to_aws;
mod wait;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbCluster, DbInstance};

use super::DB_INSTANCE;
use super::replacement::{self, Precious};
use super::rules::{
    check_backup_window, check_maintenance_window, check_password, check_snapshot_name, check_time,
};
use super::{PAGE, RdsTags, filter, final_snapshot_name, instances_with, many_or_one, status};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::kms::same_key;
use crate::aws::versions;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update};
use crate::model::{Failures, Model, Prop, Value};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
const DB_CLUSTER: NameRule = NameRule { what: "database cluster", ..DB_INSTANCE };

/// An Aurora DB cluster, compatible with PostgreSQL or MySQL: the endpoints of the database, and
/// its storage, which spans three Availability Zones and grows automatically. The cluster accepts
/// connections once it has a `ClusterInstance`.
///
/// The cluster is never replaced unless `allowReplacement` names the property that requires it. By
/// default, storage is encrypted and a final snapshot is created before deletion. AWS charges for
/// storage and, except with the storage type `aurora-iopt1`, for I/O requests.
#[derive(Clone, Debug, Model)]
pub struct ClusterArgs {
    /// The identifier of the DB cluster: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=63)]
    pub cluster_identifier: String,
    /// The database engine. Also required for a restored cluster, for which it must be the engine
    /// of the source.
    #[model(replace, one_of = ["aurora-postgresql", "aurora-mysql"])]
    pub engine: String,
    /// The engine version. For Aurora PostgreSQL, `16` stands for any 16.x version, and `16.4` for
    /// that or a later minor version; for Aurora MySQL, `8.0.mysql_aurora.3.08.0` stands for that
    /// or a later minor version. If omitted, AWS chooses the default version of the engine. A later
    /// major version requires `allowMajorVersionUpgrade`.
    #[model(in_place, version, aws_default, told)]
    pub engine_version: Option<String>,
    /// The name of the database to create in the cluster.
    #[model(replace, aws_default, told, length = 1..=64)]
    pub database_name: Option<String>,
    /// The name of the master user.
    #[model(replace, aws_default, told, length = 1..=63)]
    pub master_username: Option<String>,
    /// The password of the master user: 8 to 41 printable ASCII characters except `/`, `@`, `"` and
    /// space. AWS does not return it. A change is made in place.
    #[model(in_place, secret, write_only, check = check_password)]
    pub master_password: Option<String>,
    /// Whether RDS generates the master password and stores it in a secret in Secrets Manager,
    /// which it rotates every seven days.
    #[model(in_place, default = false)]
    pub manage_master_user_password: bool,
    /// The KMS key that encrypts the secret of the master password that RDS manages. Defaults to
    /// the AWS managed key.
    #[model(in_place, aws_default, told, same = same_key)]
    pub master_user_secret_kms_key_id: Option<String>,
    /// The port of the database. Defaults to the default port of the engine, such as 5432 for
    /// PostgreSQL. A change restarts the instances.
    #[model(in_place, aws_default, told, range = 1150..=65535)]
    pub port: Option<i64>,
    /// The name of the DB subnet group, which determines the VPC. The subnet group of a cluster
    /// cannot be changed.
    #[model(replace, any_case, aws_default, told)]
    pub db_subnet_group_name: Option<String>,
    /// The Availability Zones of the storage. Aurora always uses three, and adds those that are
    /// missing. If omitted, AWS chooses all three.
    #[model(replace, aws_default, told, same = has_zones, length = 1..=3)]
    pub availability_zones: Option<Vec<String>>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, check = ids::security_group)]
    pub vpc_security_group_ids: Option<Vec<String>>,
    /// The name of the DB cluster parameter group. Static parameters of a new group take effect at
    /// the next restart of the instances, which is not started automatically.
    #[model(in_place, any_case, aws_default, told)]
    pub db_cluster_parameter_group_name: Option<String>,
    /// The name of the DB parameter group for all instances of the cluster after an upgrade to
    /// another major version. Required for such an upgrade if the instances have a custom parameter
    /// group. Use the same parameter group for the instances.
    #[model(in_place, write_only)]
    pub db_instance_parameter_group_name: Option<String>,
    /// Whether the storage is encrypted. Defaults to `true`, and for a restored cluster to the
    /// setting of the source.
    #[model(replace, aws_default, told)]
    pub storage_encrypted: Option<bool>,
    /// The KMS key that encrypts the storage: its ARN, ID or alias. Defaults to the AWS managed key
    /// `aws/rds`, or to the key of the source for a restored cluster.
    #[model(replace, aws_default, told, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The storage type: with `aurora`, I/O requests are charged; with `aurora-iopt1`, they are
    /// not, and storage costs more. AWS allows a change to `aurora-iopt1` once every 30 days, and
    /// back to `aurora` at any time.
    #[model(in_place, aws_default, told, one_of = ["aurora", "aurora-iopt1"])]
    pub storage_type: Option<String>,
    /// The capacity range of instances of the class `db.serverless`, which require it.
    #[model(in_place, aws_default)]
    pub serverlessv2_scaling_configuration: Option<ClusterServerlessv2ScalingConfiguration>,
    /// The number of days to retain automated backups. Defaults to 1.
    #[model(in_place, aws_default, told, range = 1..=35)]
    pub backup_retention_period: Option<i64>,
    /// The daily time range for automated backups, in UTC, such as `03:00-04:00`. If omitted, AWS
    /// chooses one.
    #[model(in_place, aws_default, told, check = check_backup_window)]
    pub preferred_backup_window: Option<String>,
    /// The weekly time range for maintenance, in UTC, such as `sun:04:30-sun:05:30`. If omitted,
    /// AWS chooses one.
    #[model(in_place, any_case, aws_default, told, check = check_maintenance_window)]
    pub preferred_maintenance_window: Option<String>,
    /// Whether a change of `engineVersion` may upgrade the cluster to another major version.
    #[model(in_place, write_only, default = false)]
    pub allow_major_version_upgrade: bool,
    /// Whether changes are applied immediately, so that they are complete when the update ends;
    /// some restart the instances. If `false`, changes that can wait are applied in the next
    /// maintenance window, and are not drift until then.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// Whether the tags of the cluster are copied to its snapshots.
    #[model(in_place, default = false)]
    pub copy_tags_to_snapshot: bool,
    /// Whether AWS refuses to delete the cluster. To delete it, set this to `false` and run
    /// `pulumi up` first.
    #[model(in_place, default = false)]
    pub deletion_protection: bool,
    /// Whether the cluster is deleted without a final snapshot, so that its data is lost.
    #[model(in_place, write_only, default = false)]
    pub skip_final_snapshot: bool,
    /// The name of the final snapshot, which is created before the cluster is deleted. Defaults to
    /// a generated name that begins with the identifier of the cluster.
    #[model(in_place, write_only, check = check_snapshot_name)]
    pub final_snapshot_identifier: Option<String>,
    /// The log types to export to CloudWatch Logs: `postgresql`, `iam-db-auth-error` and `instance`
    /// for Aurora PostgreSQL; `audit`, `error`, `general`, `slowquery`, `iam-db-auth-error` and
    /// `instance` for Aurora MySQL.
    #[model(in_place, set, default = [])]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// Whether IAM users and roles can authenticate with a token instead of a password.
    #[model(in_place, default = false)]
    pub iam_database_authentication_enabled: bool,
    /// The mode of CloudWatch Database Insights. `advanced` requires `performanceInsightsEnabled`, and a
    /// `performanceInsightsRetentionPeriod` of at least 465 days.
    #[model(in_place, aws_default, resets = "standard", one_of = ["standard", "advanced"])]
    pub database_insights_mode: Option<String>,
    /// Whether Performance Insights collects the load of all instances of the cluster. If omitted, the
    /// setting of each instance applies.
    #[model(in_place, aws_default)]
    pub performance_insights_enabled: Option<bool>,
    /// The KMS key that encrypts the Performance Insights data. Defaults to the AWS managed key.
    #[model(in_place, aws_default, follows = [ClusterArgs::PERFORMANCE_INSIGHTS_ENABLED], same = same_key)]
    pub performance_insights_kms_key_id: Option<String>,
    /// The number of days to retain Performance Insights data: 7, which is free of charge, a
    /// multiple of 31 for 1 to 23 months, or 731.
    #[model(in_place, aws_default, follows = [ClusterArgs::PERFORMANCE_INSIGHTS_ENABLED])]
    pub performance_insights_retention_period: Option<i64>,
    /// The identifier or ARN of the DB cluster snapshot to restore the cluster from. Used only when
    /// the resource is created; it can be removed afterwards.
    #[model(replace, write_only)]
    pub snapshot_identifier: Option<String>,
    /// The cluster and the point in time in its backups to restore this cluster from. Used only
    /// when the resource is created; it can be removed afterwards.
    #[model(replace, write_only)]
    pub restore_to_point_in_time: Option<ClusterRestoreToPointInTime>,
    /// The properties whose change may replace the cluster with a new, empty one. A change of any
    /// other property that requires replacement is refused.
    #[model(in_place, write_only, default = [])]
    pub allow_replacement: Vec<String>,
    /// The tags of the DB cluster.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The capacity range of Aurora Serverless v2 instances, in Aurora capacity units (ACUs) of about 2
/// GiB of memory each.
#[derive(Clone, Debug, Model)]
pub struct ClusterServerlessv2ScalingConfiguration {
    /// The minimum capacity in ACUs, in steps of 0.5. With 0, an idle instance pauses.
    #[model(range = 0..=256)]
    pub min_capacity: f64,
    /// The maximum capacity in ACUs, in steps of 0.5.
    #[model(range = 1..=256)]
    pub max_capacity: f64,
    /// The number of seconds without a connection after which an instance pauses if `minCapacity`
    /// is 0. Defaults to 300.
    #[model(aws_default, range = 300..=86400)]
    pub seconds_until_auto_pause: Option<i64>,
}

/// A point in time in the backups of a DB cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterRestoreToPointInTime {
    /// The identifier of the source DB cluster.
    pub source_cluster_identifier: String,
    /// The point in time to restore to, in UTC, such as `2026-03-01T12:00:00Z`. Specify either this
    /// or `useLatestRestorableTime`.
    #[model(check = check_time)]
    pub restore_to_time: Option<String>,
    /// Whether to restore to the latest restorable time. Specify either this or `restoreToTime`.
    #[model(default = false)]
    pub use_latest_restorable_time: bool,
}

/// The outputs of an Aurora DB cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterState {
    /// The ARN of the cluster.
    pub arn: String,
    /// The hostname of the cluster endpoint, which connects to the writer instance.
    pub endpoint: String,
    /// The hostname of the reader endpoint, which distributes connections over the reader
    /// instances.
    pub reader_endpoint: String,
    /// The resource ID of the cluster, unique and immutable, which begins with `cluster-`.
    pub cluster_resource_id: String,
    /// The ID of the Route 53 hosted zone of the endpoints, for alias records.
    pub hosted_zone_id: String,
    /// The exact engine version in use.
    #[model(follows = [ClusterArgs::ENGINE_VERSION])]
    pub engine_version_actual: String,
    /// The secret with the master password, if RDS manages the password.
    #[model(follows = [ClusterArgs::MANAGE_MASTER_USER_PASSWORD, ClusterArgs::MASTER_USER_SECRET_KMS_KEY_ID])]
    pub master_user_secrets: Vec<ClusterMasterUserSecret>,
}

/// A secret in Secrets Manager with the password of the master user.
#[derive(Clone, Debug, Model)]
pub struct ClusterMasterUserSecret {
    /// The ARN of the secret.
    pub secret_arn: String,
    /// The ARN of the KMS key that encrypts the secret.
    pub kms_key_id: Option<String>,
}

/// An Aurora database cluster.
pub struct Cluster;

const MINUTE: Duration = Duration::from_secs(60);

const PRECIOUS: Precious<ClusterArgs> = Precious {
    what: "database cluster",
    identifier: ClusterArgs::CLUSTER_IDENTIFIER,
    replica_of: None,
    origins: [ClusterArgs::SNAPSHOT_IDENTIFIER, ClusterArgs::RESTORE_TO_POINT_IN_TIME],
    subnet_group: ClusterArgs::DB_SUBNET_GROUP_NAME,
    engine: ClusterArgs::ENGINE,
    engine_version: ClusterArgs::ENGINE_VERSION,
    allow_major_version_upgrade: ClusterArgs::ALLOW_MAJOR_VERSION_UPGRADE,
    skip_final_snapshot: ClusterArgs::SKIP_FINAL_SNAPSHOT,
    allow_replacement: ClusterArgs::ALLOW_REPLACEMENT,
};

/// Whether a cluster is in all of the zones that were asked for. AWS adds zones up to three.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
fn has_zones(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Array(actual), Value::Array(wanted)) => wanted.iter().all(|zone| actual.contains(zone)),
        _ => false,
    }
}

impl Kind for Cluster {
    const TOKEN: &'static str = "agentic:rds:Cluster";
    const ID: &'static str = "the identifier of the DB cluster";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_CLUSTER);
    const READY: Option<Wait> = Some(Wait {
        goal: "the database cluster is available",
        usual: [45, 120],
        budget: MINUTE.saturating_mul(120),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the database cluster is gone",
        usual: [30, 180],
        budget: MINUTE.saturating_mul(120),
    });
    const HELD: Duration = MINUTE.saturating_mul(60);
    const PATIENCE: Duration = MINUTE.saturating_mul(120);
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:CreateDBCluster",
            "rds:RestoreDBClusterFromSnapshot",
            "rds:RestoreDBClusterToPointInTime",
            "rds:DescribeDBClusters",
            "rds:DescribeDBClusterSnapshots",
            "rds:DescribeDBEngineVersions",
            "rds:ModifyDBCluster",
            "iam:CreateServiceLinkedRole",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        read: &["rds:DescribeDBClusters"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "rds:DescribeDBEngineVersions",
            "rds:ModifyDBCluster",
            "rds:DescribeDBClusters",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        delete: &[
            "rds:DeleteDBCluster",
            "rds:DescribeDBClusters",
            "rds:DescribeDBInstances",
            "rds:CreateDBClusterSnapshot",
            "rds:AddTagsToResource",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::CLUSTER;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(ClusterArgs::VPC_SECURITY_GROUP_IDS);

    type Args = ClusterArgs;
    type State = ClusterState;

    fn rules(args: &ClusterInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn creation_rules(args: &ClusterInputs, failures: &mut Failures) {
        rules::check_creation(args, failures);
    }

    fn change_rules(old: &ClusterInputs, new: &ClusterInputs, failures: &mut Failures) {
        replacement::check::<ClusterArgs>(&PRECIOUS, old, new, failures);
    }

    const FORESEES: bool = true;

    async fn foresee(cx: &Cx, old: Option<&ClusterInputs>, new: &ClusterInputs, failures: &mut Failures) {
        let is_made_from = new.snapshot_identifier.is_set() || new.restore_to_point_in_time.is_set();
        let is_as_before = old.is_some_and(|old| old.engine_version.get() == new.engine_version.get());
        if !is_made_from && !is_as_before {
            let version = (ClusterArgs::ENGINE_VERSION, &new.engine_version);
            versions::check::<Client, _>(cx, &new.engine, version, failures).await;
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        replacement::review(&PRECIOUS, review)
    }

    async fn create(cx: &Cx, args: &ClusterArgs) -> Result<String> {
        to_aws::create(cx, args).await
    }

    async fn configure(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
        to_aws::complete(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
        wait::look(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(|cluster| from_aws::live(&cluster)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
        to_aws::update(cx, id, update).await
    }

    async fn delete(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
        delete(cx, id, args).await
    }

    async fn gone(cx: &Cx, id: &str, _args: &ClusterArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(cluster) => Poll::Pending(status::progress(&cluster)),
        })
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        instances_with(cx, |instance: &DbInstance| instance.db_cluster_identifier() == Some(id)).await
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<DbCluster>> {
    let client = cx.client::<Client>()?;
    cx.batched(PAGE, id.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let filtered = |names| {
                let call = client.describe_db_clusters().filters(filter("db-cluster-id", names));
                async { Ok(call.into_paginator().items().send().try_collect().await?) }
            };
            let alone = |name| {
                let call = client.describe_db_clusters().db_cluster_identifier(name);
                async {
                    let all = error::found(call.send().await)?.and_then(|answer| answer.db_clusters);
                    Ok(all.and_then(|all| all.into_iter().next()))
                }
            };
            many_or_one(names, filtered, alone, DbCluster::db_cluster_identifier).await
        }
    })
    .await
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no database cluster {id}"))
}

async fn delete(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
    let Some(cluster) = find(cx, id).await? else { return Ok(()) };
    if status::of(&cluster) == "deleting" {
        return Ok(());
    }
    let skips = args.skip_final_snapshot;
    let snapshot = (!skips).then(|| {
        let born = (cluster.db_cluster_resource_id(), cluster.cluster_create_time());
        final_snapshot_name(args.final_snapshot_identifier.as_deref(), id, born)
    });
    let call = cx.client::<Client>()?.delete_db_cluster().db_cluster_identifier(id);
    let call = call.skip_final_snapshot(skips).set_final_db_snapshot_identifier(snapshot);
    let deleted = call.send().await.map_err(Error::from);
    deleted.map(drop).map_err(|error| match error.kind() {
        ErrorKind::Invalid if cluster.deletion_protection() == Some(true) => {
            error.with_hint("Set deletionProtection to false and run `pulumi up` first.")
        }
        ErrorKind::AlreadyExists => {
            error.with_hint("Give another finalSnapshotIdentifier, and run `pulumi up` first.")
        }
        ErrorKind::NotReady => status::explain(error, &cluster),
        _ => error,
    })
}
