//! An Aurora database cluster.

mod change;
mod make;
mod rules;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbCluster, DbInstance};

use super::DB_INSTANCE;
use super::replacement::{self, Precious};
use super::rules::{
    check_backup_window, check_maintenance_window, check_password, check_snapshot_name, check_time,
};
use super::{RdsTags, final_snapshot_name, instances_with, status};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::kms::same_key;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::kinds::rds::versions;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
const DB_CLUSTER: NameRule = NameRule { what: "database cluster", ..DB_INSTANCE };

/// An Aurora database cluster, compatible with PostgreSQL or MySQL: the storage, which spans three
/// availability zones and grows by itself, and the endpoints of the database. It works once it has
/// a `ClusterInstance`.
///
/// The data is kept safe: nothing replaces the cluster unless `allowReplacement` names the property
/// that would; storage is encrypted, and a final snapshot is made before a deletion, unless either
/// is switched off. It is billed by storage and, except with the storage `aurora-iopt1`, by input
/// and output.
#[derive(Clone, Debug, Model)]
pub struct ClusterArgs {
    /// The identifier of the cluster: up to 63 lower-case letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=63)]
    pub cluster_identifier: String,
    /// The database engine. A restored cluster has that of its source, which is to be given here.
    #[model(replace, one_of = ["aurora-postgresql", "aurora-mysql"])]
    pub engine: String,
    /// The version: `16` for any 16.x of Aurora PostgreSQL, or `16.4` for that or a later minor
    /// one; `8.0.mysql_aurora.3.08.0` for that or a later minor one of Aurora MySQL. Otherwise AWS's
    /// default. A later major version needs `allowMajorVersionUpgrade`.
    #[model(in_place, version, aws_default, told)]
    pub engine_version: Option<String>,
    /// The name of the database to create in the cluster.
    #[model(replace, aws_default, length = 1..=64)]
    pub database_name: Option<String>,
    /// The name of the master user.
    #[model(replace, aws_default, told, length = 1..=63)]
    pub master_username: Option<String>,
    /// The password of the master user: 8 to 41 printable ASCII characters other than `/`, `@`, `"`
    /// and space. AWS never shows it. A change is made in place.
    #[model(in_place, secret, write_only, check = check_password)]
    pub master_password: Option<String>,
    /// Whether RDS makes the password and keeps it in a secret of Secrets Manager, which it
    /// rotates every seven days.
    #[model(in_place, default = false)]
    pub manage_master_user_password: bool,
    /// The KMS key of the secret that RDS manages. Otherwise AWS's own key.
    #[model(in_place, aws_default, same = same_key)]
    pub master_user_secret_kms_key_id: Option<String>,
    /// The port. Otherwise the engine's usual one, 5432 for PostgreSQL. A change restarts the
    /// instances.
    #[model(in_place, aws_default, range = 1150..=65535)]
    pub port: Option<i64>,
    /// The name of the database subnet group, and with it the VPC. RDS cannot change it.
    #[model(replace, any_case, aws_default)]
    pub db_subnet_group_name: Option<String>,
    /// The ids of the security groups. Otherwise the default group of the VPC.
    #[model(in_place, set, aws_default, told, check = ids::security_group)]
    pub vpc_security_group_ids: Option<Vec<String>>,
    /// The name of the cluster parameter group. Static parameters of another group take effect when
    /// the instances are restarted next, which this does not do by itself.
    #[model(in_place, any_case, aws_default)]
    pub db_cluster_parameter_group_name: Option<String>,
    /// Whether the storage is encrypted. It is unless this is `false`; a restored cluster is as its
    /// source is.
    #[model(replace, aws_default, told)]
    pub storage_encrypted: Option<bool>,
    /// The KMS key of the storage: its ARN, id or alias. Otherwise AWS's own key `aws/rds`, or for a
    /// restored cluster that of its source.
    #[model(replace, aws_default, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The type of the storage: `aurora` is billed by input and output, `aurora-iopt1` is not and
    /// costs more for what is stored. AWS takes a change back to `aurora` at any time, and one to
    /// `aurora-iopt1` every 30 days.
    #[model(in_place, aws_default, told, one_of = ["aurora", "aurora-iopt1"])]
    pub storage_type: Option<String>,
    /// Between what capacities instances of the class `db.serverless` scale. They need it.
    #[model(in_place, aws_default)]
    pub serverlessv2_scaling_configuration: Option<ClusterServerlessv2ScalingConfiguration>,
    /// How many days automated backups are kept, 1 to 35. Otherwise AWS's default, 1 day.
    #[model(in_place, aws_default, told, range = 1..=35)]
    pub backup_retention_period: Option<i64>,
    /// When backups are made each day, in UTC, such as `03:00-04:00`. Otherwise AWS picks a time.
    #[model(in_place, aws_default, check = check_backup_window)]
    pub preferred_backup_window: Option<String>,
    /// When AWS may do maintenance each week, in UTC, such as `sun:04:30-sun:05:30`. Otherwise AWS
    /// picks a time.
    #[model(in_place, any_case, aws_default, check = check_maintenance_window)]
    pub preferred_maintenance_window: Option<String>,
    /// Whether a change of `engineVersion` may go to another major version.
    #[model(in_place, write_only, default = false)]
    pub allow_major_version_upgrade: bool,
    /// Whether changes are made at once, so that they are there when the update ends; some mean a
    /// restart. Otherwise changes that can wait are made in the next maintenance window, and are
    /// no drift until then.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// Whether snapshots get the tags of the cluster.
    #[model(in_place, default = false)]
    pub copy_tags_to_snapshot: bool,
    /// Whether AWS refuses to delete the cluster. Set it to `false`, and run `pulumi up`, before
    /// the cluster is to go.
    #[model(in_place, default = false)]
    pub deletion_protection: bool,
    /// Whether no snapshot is made before the cluster is deleted, so that its data is lost.
    #[model(in_place, write_only, default = false)]
    pub skip_final_snapshot: bool,
    /// The name of the snapshot that is made before the cluster is deleted. Otherwise a name that
    /// begins with the identifier.
    #[model(in_place, write_only, check = check_snapshot_name)]
    pub final_snapshot_identifier: Option<String>,
    /// The logs that go to CloudWatch Logs: `postgresql`, `iam-db-auth-error` and `instance` for
    /// Aurora PostgreSQL; `audit`, `error`, `general`, `slowquery`, `iam-db-auth-error` and
    /// `instance` for Aurora MySQL.
    #[model(in_place, set, default = [])]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// Whether IAM users and roles can log on with a token in place of a password.
    #[model(in_place, default = false)]
    pub iam_database_authentication_enabled: bool,
    /// The cluster snapshot to make the cluster from: its identifier or ARN. It counts at creation
    /// only and can be taken away later.
    #[model(replace, write_only)]
    pub snapshot_identifier: Option<String>,
    /// The moment in the backups of another cluster to make this one from. It counts at creation
    /// only and can be taken away later.
    #[model(replace, write_only)]
    pub restore_to_point_in_time: Option<ClusterRestoreToPointInTime>,
    /// The properties whose change may replace the cluster by a new, empty one. A change of any
    /// other that would do so is refused.
    #[model(in_place, write_only, default = [])]
    pub allow_replacement: Vec<String>,
    /// Tags of the cluster.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Between what capacities serverless instances scale, in Aurora capacity units of about 2 GiB of
/// memory each.
#[derive(Clone, Debug, Model)]
pub struct ClusterServerlessv2ScalingConfiguration {
    /// The least capacity, in steps of 0.5, from 0, with which an idle instance pauses, to 256.
    #[model(range = 0..=256)]
    pub min_capacity: f64,
    /// The greatest capacity, in steps of 0.5, from 1 to 256.
    #[model(range = 1..=256)]
    pub max_capacity: f64,
    /// After how many seconds without a connection an instance pauses, where `minCapacity` is 0:
    /// 300 to 86400. Otherwise 300.
    #[model(aws_default, range = 300..=86400)]
    pub seconds_until_auto_pause: Option<i64>,
}

/// A moment in the backups of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterRestoreToPointInTime {
    /// The identifier of the cluster.
    pub source_cluster_identifier: String,
    /// The moment, in UTC, such as `2026-03-01T12:00:00Z`; give this or `useLatestRestorableTime`.
    #[model(check = check_time)]
    pub restore_to_time: Option<String>,
    /// Whether it is the last moment that the backups hold.
    #[model(default = false)]
    pub use_latest_restorable_time: bool,
}

/// What AWS says of a database cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterState {
    /// The ARN of the cluster.
    pub arn: String,
    /// The host name of the instance that writes.
    pub endpoint: String,
    /// The host name behind which the instances that only read share the connections.
    pub reader_endpoint: String,
    /// The id of the cluster in AWS, which no other ever has: `cluster-` and letters.
    pub cluster_resource_id: String,
    /// The id of the Route 53 zone of the host names, for alias records.
    pub hosted_zone_id: String,
    /// The exact version that runs.
    #[model(follows = [ClusterArgs::ENGINE_VERSION])]
    pub engine_version_actual: String,
    /// The secret that RDS manages, where it manages the password.
    #[model(follows = [ClusterArgs::MANAGE_MASTER_USER_PASSWORD, ClusterArgs::MASTER_USER_SECRET_KMS_KEY_ID])]
    pub master_user_secrets: Vec<ClusterMasterUserSecret>,
}

/// A secret of Secrets Manager with the password of the master user.
#[derive(Clone, Debug, Model)]
pub struct ClusterMasterUserSecret {
    /// The ARN of the secret.
    pub secret_arn: String,
    /// The KMS key that encrypts it.
    pub kms_key_id: Option<String>,
}

/// A database cluster.
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

impl Kind for Cluster {
    const TOKEN: &'static str = "agentic:rds:Cluster";
    const ID: &'static str = "the identifier of the database cluster";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_CLUSTER);
    const READY: Option<Wait> = Some(Wait {
        goal: "the database cluster is available",
        usual: [30, 120],
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
            versions::check(cx, &new.engine, version, failures).await;
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        replacement::review(&PRECIOUS, review)
    }

    async fn create(cx: &Cx, args: &ClusterArgs) -> Result<String> {
        make::create(cx, args).await
    }

    async fn configure(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
        make::complete(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
        change::look(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(|cluster| view::live(&cluster)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
        change::update(cx, id, update).await
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
    let answer = cx.client::<Client>()?.describe_db_clusters().db_cluster_identifier(id).send().await;
    Ok(error::found(answer)?.and_then(|answer| answer.db_clusters.unwrap_or_default().into_iter().next()))
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
