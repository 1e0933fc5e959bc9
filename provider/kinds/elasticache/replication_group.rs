//! A replication group: a cache of Redis or Valkey.

mod from_aws;
mod rules;
mod to_aws;
mod wait;

pub use rules::{
    check_maintenance_window as check_cache_maintenance_window,
    check_snapshot_window as check_cache_snapshot_window, check_version as check_redis_version,
};

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup as Group, TransitEncryptionMode};

use super::{ElastiCacheTags, small, tag_list, tags_of};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::kms::same_key;
use crate::aws::owner::as_pairs;
use crate::aws::versions;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{LOWER_HYPHENED, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, adopt, may_claim};
use crate::model::{Failures, Model, Prop, Value};

/// ElastiCache stores it in lower case.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html>
const NAME: NameRule = NameRule {
    what: "replication group",
    max: 40,
    alphabet: LOWER_HYPHENED,
    letter_first: true,
    inner: "-",
    doubled: false,
    ..PLAIN
};

/// An ElastiCache replication group of Redis or Valkey: a primary node and its replicas, or several
/// shards of them.
///
/// By default, data is encrypted at rest and in transit, so that clients must connect with TLS. AWS
/// charges by the hour for the type and number of the nodes. A replacement starts with an empty
/// cache.
#[derive(Clone, Debug, Model)]
pub struct ReplicationGroupArgs {
    /// The identifier of the replication group: lowercase letters, digits and hyphens, beginning
    /// with a letter.
    #[model(replace, autoname, length = 1..=40)]
    pub replication_group_id: String,
    /// The description of the replication group.
    #[model(in_place, default = "Managed by Pulumi", alias = "replicationGroupDescription")]
    pub description: String,
    /// The cache engine. Redis is upgraded to Valkey in place if `engineVersion` is a version of
    /// Valkey; a change from Valkey to Redis replaces the replication group.
    #[model(in_place, default = "redis", one_of = ["redis", "valkey"])]
    pub engine: String,
    /// The engine version, such as `7.1`. A later minor version is not drift; `7` stands for the
    /// latest 7.x version. If omitted, AWS chooses the default version of the engine.
    #[model(in_place, version, aws_default, told, follows = [ReplicationGroupArgs::ENGINE], check = rules::check_version)]
    pub engine_version: Option<String>,
    /// The node type, such as `cache.t4g.small`. A change moves the data to new nodes.
    #[model(in_place, optional_type, length = 1..=100, check = ids::cache_node)]
    pub node_type: String,
    /// The number of nodes, including the primary. Defaults to 1.
    #[model(in_place, aws_default, told, alias = "numberCacheClusters", range = 1..=6)]
    pub num_cache_clusters: Option<i64>,
    /// The number of shards in cluster mode. Requires a parameter group for cluster mode, such as
    /// `default.redis7.cluster.on`.
    #[model(in_place, aws_default, told, range = 1..=500)]
    pub num_node_groups: Option<i64>,
    /// The number of replicas of each shard in cluster mode.
    #[model(in_place, aws_default, told, range = 0..=5)]
    pub replicas_per_node_group: Option<i64>,
    /// Whether a replica takes over if the primary fails. Requires at least 2 nodes, and is
    /// required in cluster mode.
    #[model(in_place, default = false)]
    pub automatic_failover_enabled: bool,
    /// Whether the nodes are placed in different Availability Zones. Requires
    /// `automaticFailoverEnabled`.
    #[model(in_place, default = false)]
    pub multi_az_enabled: bool,
    /// Whether data is encrypted at rest.
    #[model(replace, default = true)]
    pub at_rest_encryption_enabled: bool,
    /// Whether connections are encrypted. An existing replication group can change it only through
    /// `transitEncryptionMode` `preferred`, and only from Redis 7 on.
    #[model(in_place, default = true)]
    pub transit_encryption_enabled: bool,
    /// Whether unencrypted connections are refused (`required`) or accepted as well (`preferred`).
    /// Defaults to `required`. Applies only if `transitEncryptionEnabled` is `true`.
    #[model(in_place, aws_default, told, follows = [ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED], one_of = ["preferred", "required"])]
    pub transit_encryption_mode: Option<String>,
    /// The password of clients: 16 to 128 letters, digits and `! & # $ ^ < > -`. AWS does not
    /// return it.
    #[model(in_place, secret, write_only, check = rules::check_token)]
    pub auth_token: Option<String>,
    /// The strategy for a change of `authToken`: with `ROTATE`, the previous token remains valid
    /// until the new one is applied with `SET`.
    #[model(in_place, write_only, default = "ROTATE", one_of = ["ROTATE", "SET"])]
    pub auth_token_update_strategy: String,
    /// The KMS key that encrypts data at rest: its ARN, ID or alias. Defaults to the AWS managed
    /// key.
    #[model(replace, aws_default, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The port of the nodes. Defaults to 6379.
    #[model(replace, aws_default, range = 1..=65535)]
    pub port: Option<i64>,
    /// The name of the cache parameter group. Defaults to the default parameter group of the engine
    /// and version.
    #[model(in_place, any_case, aws_default, told, follows = [ReplicationGroupArgs::ENGINE, ReplicationGroupArgs::ENGINE_VERSION])]
    pub parameter_group_name: Option<String>,
    /// The name of the cache subnet group, which determines the VPC.
    #[model(replace, any_case, aws_default, told)]
    pub subnet_group_name: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, check = ids::security_group)]
    pub security_group_ids: Option<Vec<String>>,
    /// The Availability Zones of the nodes, with that of the primary first. A change applies to new
    /// nodes only. After a failover, another node is the primary.
    #[model(in_place, write_only)]
    pub preferred_cache_cluster_azs: Option<Vec<String>>,
    /// The number of days to retain daily snapshots. 0 disables them.
    #[model(in_place, default = 0, range = 0..=35)]
    pub snapshot_retention_limit: i64,
    /// The daily time range for snapshots, in UTC and at least one hour long, such as
    /// `03:00-04:00`. If omitted, AWS chooses one.
    #[model(in_place, aws_default, told, check = rules::check_snapshot_window)]
    pub snapshot_window: Option<String>,
    /// The weekly time range for maintenance, in UTC and at least one hour long, such as
    /// `sun:04:30-sun:05:30`. If omitted, AWS chooses one.
    #[model(in_place, any_case, aws_default, told, check = rules::check_maintenance_window)]
    pub maintenance_window: Option<String>,
    /// The name of the final snapshot, which is created before the replication group is deleted. If
    /// omitted, no final snapshot is created.
    #[model(in_place, write_only, length = 1..=255)]
    pub final_snapshot_identifier: Option<String>,
    /// Whether AWS installs minor version upgrades in the maintenance window.
    #[model(in_place, default = true)]
    pub auto_minor_version_upgrade: bool,
    /// The ARN of the SNS topic that receives notifications of events.
    #[model(in_place)]
    pub notification_topic_arn: Option<String>,
    /// Whether changes are applied immediately, so that they are complete when the update ends. If
    /// `false`, a change of the node type or version is applied in the next maintenance window, and
    /// is not drift until then. The number of nodes always changes immediately.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// The tags of the replication group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a replication group.
#[derive(Clone, Debug, Model)]
pub struct ReplicationGroupState {
    /// The ARN of the replication group.
    pub arn: String,
    /// The hostname of the primary node, if cluster mode is disabled.
    #[model(follows = [ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED])]
    pub primary_endpoint_address: String,
    /// The hostname of the reader endpoint, which distributes connections over the replicas, if
    /// cluster mode is disabled.
    #[model(follows = [ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED])]
    pub reader_endpoint_address: String,
    /// The hostname of the configuration endpoint, from which clients discover the shards in
    /// cluster mode.
    #[model(follows = [ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED])]
    pub configuration_endpoint_address: String,
    /// Whether cluster mode is enabled.
    pub cluster_enabled: bool,
    /// The identifiers of the nodes.
    #[model(follows = [ReplicationGroupArgs::NUM_CACHE_CLUSTERS, ReplicationGroupArgs::NUM_NODE_GROUPS, ReplicationGroupArgs::REPLICAS_PER_NODE_GROUP])]
    pub member_clusters: Vec<String>,
    /// The exact engine version in use.
    #[model(follows = [ReplicationGroupArgs::ENGINE, ReplicationGroupArgs::ENGINE_VERSION])]
    pub engine_version_actual: String,
}

/// A replication group.
pub struct ReplicationGroup;

const MINUTE: Duration = Duration::from_secs(60);

impl Kind for ReplicationGroup {
    const TOKEN: &'static str = "agentic:elasticache:ReplicationGroup";
    const ID: &'static str = "the identifier of the replication group";
    const TAGS: TaggedBy = TaggedBy::service::<ElastiCacheTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const READY: Option<Wait> =
        Some(Wait { goal: "the cache is available", usual: [350, 560], budget: MINUTE.saturating_mul(60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the cache is gone", usual: [180, 420], budget: MINUTE.saturating_mul(45) });
    const HELD: Duration = MINUTE.saturating_mul(40);
    const PATIENCE: Duration = MINUTE.saturating_mul(60);
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticache:CreateReplicationGroup",
            "elasticache:DescribeReplicationGroups",
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeEvents",
            "elasticache:DescribeCacheEngineVersions",
            "elasticache:ModifyReplicationGroup",
            "elasticache:ModifyReplicationGroupShardConfiguration",
            "elasticache:IncreaseReplicaCount",
            "elasticache:DecreaseReplicaCount",
            "iam:CreateServiceLinkedRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        read: &["elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "elasticache:ModifyReplicationGroup",
            "elasticache:ModifyReplicationGroupShardConfiguration",
            "elasticache:IncreaseReplicaCount",
            "elasticache:DecreaseReplicaCount",
            "elasticache:DescribeReplicationGroups",
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeEvents",
            "elasticache:DescribeCacheEngineVersions",
        ],
        delete: &[
            "elasticache:DeleteReplicationGroup",
            "elasticache:CreateSnapshot",
            "elasticache:DescribeReplicationGroups",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::REPLICATION_GROUP;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(ReplicationGroupArgs::SECURITY_GROUP_IDS);
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = ReplicationGroupArgs;
    type State = ReplicationGroupState;

    fn rules(args: &ReplicationGroupInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn change_rules(old: &ReplicationGroupInputs, new: &ReplicationGroupInputs, failures: &mut Failures) {
        rules::check_change(old, new, failures);
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        old: Option<&ReplicationGroupInputs>,
        new: &ReplicationGroupInputs,
        failures: &mut Failures,
    ) {
        let is_as_before = |old: &ReplicationGroupInputs| {
            old.engine_version.get() == new.engine_version.get() && old.engine.get() == new.engine.get()
        };
        if !old.is_some_and(is_as_before) {
            let version = (ReplicationGroupArgs::ENGINE_VERSION, &new.engine_version);
            versions::check::<Client, _>(cx, &new.engine, version, failures).await;
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        if review.changes(ReplicationGroupArgs::SUBNET_GROUP_NAME)
            && review.new.subnet_group_name.is_unknown()
        {
            return Err(rules::stays(review.old));
        }
        let is =
            |engine: &str, args: &ReplicationGroupInputs| args.engine.get().is_some_and(|it| it == engine);
        if is("valkey", review.old) && is("redis", review.new) {
            review.replace(ReplicationGroupArgs::ENGINE);
        }
        // A group changes into cluster mode and back by way of a third mode only, and over days.
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/modify-cluster-mode.html
        let was_sharded = review.outputs.get(ReplicationGroupState::CLUSTER_ENABLED.name()).map(Value::peel)
            == Some(&Value::Bool(true));
        let is_sharded = review.new.num_node_groups.is_set() || review.new.replicas_per_node_group.is_set();
        if was_sharded != is_sharded {
            for name in [
                ReplicationGroupArgs::NUM_CACHE_CLUSTERS,
                ReplicationGroupArgs::NUM_NODE_GROUPS,
                ReplicationGroupArgs::REPLICAS_PER_NODE_GROUP,
            ] {
                review.replace(name);
            }
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ReplicationGroupArgs) -> Result<String> {
        let id = &args.replication_group_id;
        match make(cx, args).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // It may have gone away a moment ago.
                let Some(group) = find(cx, id).await? else {
                    return Err(error.with_kind(ErrorKind::NotReady));
                };
                let tags = tags_of(cx, group.arn().unwrap_or_default()).await?;
                may_claim::<Self>(cx, id, as_pairs(&tags), error, "replication group")?;
                wait::usable(&group)?;
                adopt::<Self>(cx, id, args).await
            }
            other => other.map(|()| id.clone()),
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &ReplicationGroupArgs) -> Result<Poll> {
        wait::look(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let node = node(cx, &group).await?;
        Ok(Some(from_aws::live(&group, node.as_ref())))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ReplicationGroupArgs>) -> Result<()> {
        to_aws::update(cx, id, update).await
    }

    async fn delete(cx: &Cx, id: &str, args: &ReplicationGroupArgs) -> Result<()> {
        let Some(group) = find(cx, id).await? else { return Ok(()) };
        if group.status() == Some("deleting") {
            return Ok(());
        }
        let call = cx.client::<Client>()?.delete_replication_group().replication_group_id(id);
        let call = call.set_final_snapshot_identifier(args.final_snapshot_identifier.clone());
        let deleted = call.retain_primary_cluster(false).send().await.map_err(Error::from);
        deleted.map(drop).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                error.with_hint("Give another finalSnapshotIdentifier, and run `pulumi up` first.")
            }
            _ => error,
        })
    }

    async fn gone(cx: &Cx, id: &str, _args: &ReplicationGroupArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(group) => Poll::Pending(group.status().unwrap_or("still there").to_owned()),
        })
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<Group>> {
    let client = cx.client::<Client>()?;
    let look = move |id: String| {
        let describe = client.describe_replication_groups().replication_group_id(id);
        async {
            let groups = error::found(describe.send().await)?.and_then(|answer| answer.replication_groups);
            Ok(groups.unwrap_or_default().into_iter().next())
        }
    };
    cx.alone(id.to_owned(), look).await
}

/// The first of the nodes, which tells what the group itself does not.
async fn node(cx: &Cx, group: &Group) -> Result<Option<CacheCluster>> {
    let Some(name) = group.member_clusters().first() else { return Ok(None) };
    let answer = cx.client::<Client>()?.describe_cache_clusters().cache_cluster_id(name).send().await;
    Ok(error::found(answer)?.and_then(|answer| answer.cache_clusters.unwrap_or_default().into_iter().next()))
}

async fn make(cx: &Cx, args: &ReplicationGroupArgs) -> Result<()> {
    let mode = args.transit_encryption_mode.as_deref().filter(|_| args.transit_encryption_enabled);
    let version = versions::asked::<Client>(cx, Some(&args.engine), args.engine_version.as_deref()).await;
    cx.client::<Client>()?
        .create_replication_group()
        .replication_group_id(&args.replication_group_id)
        .replication_group_description(&args.description)
        .engine(&args.engine)
        .set_engine_version(version)
        .cache_node_type(&args.node_type)
        .set_num_cache_clusters(small(args.num_cache_clusters))
        .set_num_node_groups(small(args.num_node_groups))
        .set_replicas_per_node_group(small(args.replicas_per_node_group))
        .automatic_failover_enabled(args.automatic_failover_enabled)
        .multi_az_enabled(args.multi_az_enabled)
        .at_rest_encryption_enabled(args.at_rest_encryption_enabled)
        .transit_encryption_enabled(args.transit_encryption_enabled)
        .set_transit_encryption_mode(mode.map(TransitEncryptionMode::from))
        .set_auth_token(args.auth_token.clone())
        .set_kms_key_id(args.kms_key_id.clone())
        .set_port(small(args.port))
        .set_cache_parameter_group_name(args.parameter_group_name.clone())
        .set_cache_subnet_group_name(args.subnet_group_name.clone())
        .set_security_group_ids(args.security_group_ids.clone())
        .set_preferred_cache_cluster_azs(args.preferred_cache_cluster_azs.clone())
        .set_snapshot_retention_limit(small(Some(args.snapshot_retention_limit)))
        .set_snapshot_window(args.snapshot_window.clone())
        .set_preferred_maintenance_window(args.maintenance_window.clone())
        .auto_minor_version_upgrade(args.auto_minor_version_upgrade)
        .set_notification_topic_arn(args.notification_topic_arn.clone())
        .set_tags(Some(tag_list(cx.owned(&args.tags))))
        .send()
        .await?;
    Ok(())
}
