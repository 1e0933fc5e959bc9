//! A cluster: a cache of Memcached, or a single node of Redis.

mod from_aws;
mod rules;
mod to_aws;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::CacheCluster;

use super::{
    ElastiCacheTags, check_cache_maintenance_window, check_cache_snapshot_window, check_redis_version,
    node_lists_changes, unsupported,
};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::versions;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{LOWER_HYPHENED, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Prop};

/// ElastiCache stores it in lower case.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html>
const NAME: NameRule = NameRule {
    what: "cache cluster",
    max: 50,
    alphabet: LOWER_HYPHENED,
    letter_first: true,
    inner: "-",
    doubled: false,
    ..PLAIN
};

/// An ElastiCache cluster: one or several nodes of Memcached, a single node of Redis, or one more replica
/// of a replication group.
///
/// For a single node of Redis or Valkey with encryption, use a replication group of one node. AWS
/// charges by the hour for the type and number of the nodes. A replacement starts with an empty
/// cache.
#[derive(Clone, Debug, Model)]
pub struct ClusterArgs {
    /// Whether changes are applied immediately, so that they are complete when the update ends. If
    /// `false`, a change of the nodes or the version is applied in the next maintenance window, and is
    /// not drift until then.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// Whether AWS installs minor version upgrades in the maintenance window.
    #[model(in_place, default = "true", one_of = ["true", "false"])]
    pub auto_minor_version_upgrade: String,
    /// The Availability Zone of the nodes. If omitted, AWS chooses one. The output is `Multiple` if
    /// the nodes are in several zones.
    #[model(replace, aws_default, told)]
    pub availability_zone: Option<String>,
    /// Whether the nodes of Memcached are in one Availability Zone (`single-az`) or in several
    /// (`cross-az`), which requires at least 2 nodes. Defaults to `single-az`.
    #[model(replace, aws_default, told, one_of = ["single-az", "cross-az"])]
    pub az_mode: Option<String>,
    /// The identifier of the cluster: lowercase letters, digits and hyphens, beginning with a letter.
    #[model(replace, autoname)]
    pub cluster_id: String,
    /// The cache engine. Required unless `replicationGroupId` is specified. For Valkey, see
    /// `elasticache.ReplicationGroup`.
    #[model(replace, aws_default, told, one_of = ["memcached", "redis"])]
    pub engine: Option<String>,
    /// The engine version, such as `1.6.22` of Memcached or `7.1` of Redis. A later minor version
    /// is not drift; `7` stands for the latest 7.x version. If omitted, AWS chooses the default
    /// version of the engine.
    #[model(in_place, version, aws_default, told, follows = [ClusterArgs::ENGINE], check = check_redis_version)]
    pub engine_version: Option<String>,
    /// The name of the final snapshot of a Redis node, which is created before the cluster is deleted.
    /// If omitted, no final snapshot is created.
    #[model(in_place, write_only, length = 1..=255)]
    pub final_snapshot_identifier: Option<String>,
    /// The weekly time range for maintenance, in UTC and at least one hour long, such as
    /// `sun:04:30-sun:05:30`. If omitted, AWS chooses one.
    #[model(in_place, any_case, aws_default, told, check = check_cache_maintenance_window)]
    pub maintenance_window: Option<String>,
    /// The node type, such as `cache.t4g.micro`. Required unless `replicationGroupId` is specified.
    /// A change moves the data of Redis to a new node, but replaces a Memcached cluster.
    #[model(in_place, aws_default, told, length = 1..=100, check = ids::cache_node)]
    pub node_type: Option<String>,
    /// The ARN of the SNS topic that receives notifications of events.
    #[model(in_place)]
    pub notification_topic_arn: Option<String>,
    /// The number of nodes, which is 1 for Redis. Defaults to 1. The data of Memcached nodes that
    /// are removed is lost.
    #[model(in_place, aws_default, told)]
    pub num_cache_nodes: Option<i64>,
    /// The name of the cache parameter group. Defaults to the default parameter group of the engine
    /// and version.
    #[model(in_place, any_case, aws_default, told, follows = [ClusterArgs::ENGINE, ClusterArgs::ENGINE_VERSION])]
    pub parameter_group_name: Option<String>,
    /// The port of the nodes. Defaults to 11211 for Memcached and 6379 for Redis.
    #[model(replace, aws_default, told, range = 1..=65535)]
    pub port: Option<i64>,
    /// The Availability Zones of the nodes of Memcached, one for each node. A change applies to new
    /// nodes only.
    #[model(in_place, write_only)]
    pub preferred_availability_zones: Option<Vec<String>>,
    /// The identifier of the replication group that the node becomes a replica of. The node has the
    /// settings of the group.
    #[model(replace, aws_default, told)]
    pub replication_group_id: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, check = ids::security_group)]
    pub security_group_ids: Option<Vec<String>>,
    /// The number of days to retain daily snapshots of Redis. Defaults to 0, which disables them.
    #[model(in_place, aws_default, range = 0..=35)]
    pub snapshot_retention_limit: Option<i64>,
    /// The daily time range for snapshots of Redis, in UTC and at least one hour long, such as
    /// `03:00-04:00`. If omitted, AWS chooses one.
    #[model(in_place, aws_default, told, check = check_cache_snapshot_window)]
    pub snapshot_window: Option<String>,
    /// The name of the cache subnet group, which determines the VPC.
    #[model(replace, any_case, aws_default, told)]
    pub subnet_group_name: Option<String>,
    /// The tags of the cluster.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// Whether connections to Memcached are encrypted. Requires version 1.6.12 or later. Defaults
    /// to `false`.
    #[model(replace, aws_default, told)]
    pub transit_encryption_enabled: Option<bool>,
}

/// The outputs of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterState {
    /// The ARN of the cluster.
    pub arn: String,
    /// The nodes of the cluster.
    #[model(follows = [ClusterArgs::NUM_CACHE_NODES])]
    pub cache_nodes: Vec<ClusterCacheNode>,
    /// The hostname of the configuration endpoint, from which clients of Memcached discover the nodes.
    /// Empty for Redis.
    #[model(told)]
    pub cluster_address: Option<String>,
    /// The configuration endpoint of Memcached with its port, as `host:port`. Empty for Redis.
    #[model(told)]
    pub configuration_endpoint: Option<String>,
    /// The exact engine version in use.
    #[model(follows = [ClusterArgs::ENGINE, ClusterArgs::ENGINE_VERSION])]
    pub engine_version_actual: String,
}

/// A node of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterCacheNode {
    /// The hostname of the node.
    pub address: String,
    /// The Availability Zone of the node.
    pub availability_zone: String,
    /// The ID of the node within its cluster, such as `0001`.
    pub id: String,
    /// The ARN of the Outpost of the node. Empty if the node is not on an Outpost.
    pub outpost_arn: String,
    /// The port of the node.
    pub port: i64,
}

/// A cluster.
pub struct Cluster;

const MINUTE: Duration = Duration::from_secs(60);

impl Kind for Cluster {
    const TOKEN: &'static str = "agentic:elasticache:Cluster";
    const ID: &'static str = "the identifier of the cluster";
    const TAGS: TaggedBy = TaggedBy::service::<ElastiCacheTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const READY: Option<Wait> =
        Some(Wait { goal: "the cache is available", usual: [240, 480], budget: MINUTE.saturating_mul(40) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the cache is gone", usual: [180, 420], budget: MINUTE.saturating_mul(40) });
    const HELD: Duration = MINUTE.saturating_mul(40);
    const PATIENCE: Duration = MINUTE.saturating_mul(40);
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticache:CreateCacheCluster",
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeCacheEngineVersions",
            "elasticache:ModifyCacheCluster",
            "iam:CreateServiceLinkedRole",
        ],
        read: &["elasticache:DescribeCacheClusters"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "elasticache:ModifyCacheCluster",
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeCacheEngineVersions",
        ],
        delete: &[
            "elasticache:DeleteCacheCluster",
            "elasticache:CreateSnapshot",
            "elasticache:DescribeCacheClusters",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = unsupported::CLUSTER;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(ClusterArgs::SECURITY_GROUP_IDS);

    type Args = ClusterArgs;
    type State = ClusterState;

    fn rules(args: &ClusterInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn change_rules(old: &ClusterInputs, new: &ClusterInputs, failures: &mut Failures) {
        rules::check_change(old, new, failures);
    }

    const FORESEES: bool = true;

    async fn foresee(cx: &Cx, old: Option<&ClusterInputs>, new: &ClusterInputs, failures: &mut Failures) {
        let is_as_before = |old: &ClusterInputs| {
            old.engine_version.get() == new.engine_version.get() && old.engine.get() == new.engine.get()
        };
        if !old.is_some_and(is_as_before) {
            let version = (ClusterArgs::ENGINE_VERSION, &new.engine_version);
            versions::check::<Client, _>(cx, &new.engine, version, failures).await;
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        if review.changes(ClusterArgs::SUBNET_GROUP_NAME) && review.new.subnet_group_name.is_unknown() {
            return Err(rules::stays(review.old));
        }
        let is_memcached = |args: &ClusterInputs| args.engine.get().is_some_and(|it| it == "memcached");
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling-self-designed.mem-heading.html
        if is_memcached(review.new) && review.changes(ClusterArgs::NODE_TYPE) {
            review.replace(ClusterArgs::NODE_TYPE);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ClusterArgs) -> Result<String> {
        let id = &args.cluster_id;
        match to_aws::make(cx, args).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // It may have gone away a moment ago.
                let Some(there) = find(cx, id).await? else {
                    return Err(error.with_kind(ErrorKind::NotReady));
                };
                let claimed = claim::<Self>(cx, id, args, error, "cache cluster");
                usable(&there)?;
                claimed.await
            }
            other => other.map(|()| id.clone()),
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
        let Some(there) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let failed = |what: &str| {
            let error = Error::new(ErrorKind::Failed, format!("the cache cluster {id} {what}"));
            Poll::Failed(error.with_hint(format!(
                "`aws elasticache describe-events --source-type cache-cluster --source-identifier {id}` may say why."
            )))
        };
        Ok(match there.cache_cluster_status().unwrap_or_default() {
            "available" => match to_aws::left(cx, &there, args) {
                Some(field) if node_lists_changes(&there) => {
                    Poll::Pending(format!("{field} is not changed yet"))
                }
                Some(field) => Poll::Settling(format!("{field} is not changed yet"), ()),
                None => Poll::Ready(()),
            },
            "incompatible-network" => failed("does not fit its subnets"),
            "restore-failed" => failed("could not be restored"),
            "deleting" | "deleted" => failed("is being deleted"),
            status => Poll::Pending(status.to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.as_ref().map(from_aws::live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
        let there = find(cx, id).await?;
        let there = there
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no cache cluster {id}")))?;
        usable(&there)?;
        to_aws::modify(cx, &there, update).await
    }

    async fn delete(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
        let Some(there) = find(cx, id).await? else { return Ok(()) };
        if there.cache_cluster_status() == Some("deleting") {
            return Ok(());
        }
        let call = cx.client::<Client>()?.delete_cache_cluster().cache_cluster_id(id);
        let call = call.set_final_snapshot_identifier(args.final_snapshot_identifier.clone());
        call.send().await.map(drop).map_err(|error| {
            let error = Error::from(error);
            match error.kind() {
                ErrorKind::AlreadyExists => {
                    error.with_hint("Give another finalSnapshotIdentifier, and run `pulumi up` first.")
                }
                _ => error,
            }
        })
    }

    async fn gone(cx: &Cx, id: &str, _args: &ClusterArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(there) => Poll::Pending(there.cache_cluster_status().unwrap_or("still there").to_owned()),
        })
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<CacheCluster>> {
    let call = cx.client::<Client>()?.describe_cache_clusters().cache_cluster_id(id);
    let answer = error::found(call.show_cache_node_info(true).send().await)?;
    Ok(answer.and_then(|answer| answer.cache_clusters.unwrap_or_default().into_iter().next()))
}

/// That the cluster can be worked with; else that it may become so.
fn usable(there: &CacheCluster) -> Result<()> {
    match there.cache_cluster_status() {
        Some("available") => Ok(()),
        status => {
            let (id, status) =
                (there.cache_cluster_id().unwrap_or_default(), status.unwrap_or("not visible yet"));
            Err(Error::new(ErrorKind::NotReady, format!("the cache cluster {id} is {status}")))
        }
    }
}
