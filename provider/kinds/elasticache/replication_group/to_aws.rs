//! Changes of a replication group.
//!
//! AWS makes one change at a time and wants each in a call of its own: more or fewer nodes, more or
//! fewer shards, and all else. So an update goes step by step, and is repeated until the last.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{
    AuthTokenUpdateStrategyType, CacheCluster, ConfigureShard, ReplicationGroup as Group,
    TransitEncryptionMode,
};

use super::from_aws::{self, Size};
use super::wait::{missing, on_its_way, usable};
use super::{ReplicationGroupArgs, find, node};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::versions;
use crate::kinds::Update;
use crate::kinds::elasticache::small;
use crate::model::Prop;

/// The only shard of a group that is not in cluster mode.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_NodeGroup.html>
const ONLY_SHARD: &str = "0001";

const COUNTS: [Prop<ReplicationGroupArgs>; 3] = [
    ReplicationGroupArgs::NUM_CACHE_CLUSTERS,
    ReplicationGroupArgs::NUM_NODE_GROUPS,
    ReplicationGroupArgs::REPLICAS_PER_NODE_GROUP,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More replicas come before what needs them, such as failover.
    Grow,
    Modify,
    Reshard,
    /// Fewer come after it.
    Shrink,
}

/// What was asked of AWS in this operation.
#[derive(Clone, Default)]
pub struct Asked {
    pub steps: Vec<Step>,
    pub fields: Vec<Prop<ReplicationGroupArgs>>,
    pub immediately: bool,
}

pub async fn update(cx: &Cx, id: &str, update: &Update<ReplicationGroupArgs>) -> Result<()> {
    let new = &update.new;
    let group = find(cx, id).await?.ok_or_else(|| missing(id))?;
    usable(&group)?;
    let node = node(cx, &group).await?;
    let mut asked = cx.noted::<Asked>().unwrap_or_default();
    let (now, wanted) = sizes(&group, update);
    let grows = wanted.replicas > now.replicas;
    if grows && asked.steps.contains(&Step::Grow)
        || wanted.shards != now.shards && asked.steps.contains(&Step::Reshard)
    {
        return Err(on_its_way(id));
    }
    let fields = to_modify(update, &group, node.as_ref());
    let gives_token = update
        .any(&[ReplicationGroupArgs::AUTH_TOKEN, ReplicationGroupArgs::AUTH_TOKEN_UPDATE_STRATEGY])
        && new.auth_token.is_some();
    let steps = [
        (Step::Grow, grows),
        (Step::Modify, gives_token || !fields.is_empty()),
        (Step::Reshard, wanted.shards != now.shards),
        (Step::Shrink, wanted.replicas < now.replicas),
    ];
    let left = steps.iter().filter(|(step, is_needed)| *is_needed && !asked.steps.contains(step));
    let left: Vec<Step> = left.map(|(step, _)| *step).collect();
    for step in &left {
        match step {
            Step::Grow => grow(cx, &group, new, wanted).await?,
            Step::Modify => modify(cx, &group, new, &fields, gives_token).await?,
            Step::Reshard => reshard(cx, &group, wanted).await?,
            Step::Shrink => shrink(cx, id, wanted).await?,
        }
        asked.steps.push(*step);
        if *step == Step::Modify {
            asked.fields.clone_from(&fields);
            asked.immediately = new.apply_immediately;
        }
        cx.note(asked.clone());
        if left.last() != Some(step) {
            return Err(on_its_way(id));
        }
    }
    Ok(())
}

/// How large the group is, and how large it is to be.
fn sizes(group: &Group, update: &Update<ReplicationGroupArgs>) -> (Size, Size) {
    let now = Size::of(group);
    match update.any(&COUNTS) {
        true => (now, Size::wanted(&update.new, now)),
        false => (now, now),
    }
}

/// The arguments that one call changes, and that are not as they shall be.
fn to_modify(
    update: &Update<ReplicationGroupArgs>,
    group: &Group,
    node: Option<&CacheCluster>,
) -> Vec<Prop<ReplicationGroupArgs>> {
    let catches_up = update.any(&[ReplicationGroupArgs::APPLY_IMMEDIATELY]) && update.new.apply_immediately;
    let mut fields = differing(&update.new, group, node, update.new.apply_immediately);
    fields.retain(|field| catches_up || update.any(&[*field]));
    fields
}

/// The arguments that are not as asked for: as the group is, or as it will be when AWS has done what
/// it was told.
pub fn differing(
    wanted: &ReplicationGroupArgs,
    group: &Group,
    node: Option<&CacheCluster>,
    as_it_is: bool,
) -> Vec<Prop<ReplicationGroupArgs>> {
    let mut told = from_aws::args(group, node);
    if !as_it_is {
        told = from_aws::with_pending(told, group, node);
    }
    let differing = Update::towards(wanted, told);
    let differing = differing.in_place().filter(|this| !COUNTS.contains(this));
    differing.filter(|this| *this != ReplicationGroupArgs::TAGS).collect()
}

async fn grow(cx: &Cx, group: &Group, new: &ReplicationGroupArgs, wanted: Size) -> Result<()> {
    let call = cx.client::<Client>()?.increase_replica_count();
    let call = call.set_replication_group_id(group.replication_group_id.clone()).apply_immediately(true);
    let zones = new.preferred_cache_cluster_azs.clone();
    let replicas = small(Some(wanted.replicas));
    let call = match zones {
        Some(zones) => call.replica_configuration(
            ConfigureShard::builder()
                .node_group_id(ONLY_SHARD)
                .set_new_replica_count(replicas)
                .set_preferred_availability_zones(Some(zones))
                .build(),
        ),
        None => call.set_new_replica_count(replicas),
    };
    call.send().await?;
    Ok(())
}

async fn shrink(cx: &Cx, id: &str, wanted: Size) -> Result<()> {
    let call = cx.client::<Client>()?.decrease_replica_count().replication_group_id(id);
    call.set_new_replica_count(small(Some(wanted.replicas))).apply_immediately(true).send().await?;
    Ok(())
}

/// The last shards go; their data moves to the others first.
async fn reshard(cx: &Cx, group: &Group, wanted: Size) -> Result<()> {
    let keeps = usize::try_from(wanted.shards).unwrap_or_default();
    let last = group.node_groups().iter().skip(keeps);
    let names: Vec<String> = last.filter_map(|shard| shard.node_group_id.clone()).collect();
    let call = cx.client::<Client>()?.modify_replication_group_shard_configuration();
    call.set_replication_group_id(group.replication_group_id.clone())
        .set_node_group_count(small(Some(wanted.shards)))
        .set_node_groups_to_remove(Some(names).filter(|names| !names.is_empty()))
        .apply_immediately(true)
        .send()
        .await?;
    Ok(())
}

async fn modify(
    cx: &Cx,
    group: &Group,
    new: &ReplicationGroupArgs,
    fields: &[Prop<ReplicationGroupArgs>],
    gives_token: bool,
) -> Result<()> {
    let changes = |these: &[Prop<ReplicationGroupArgs>]| these.iter().any(|this| fields.contains(this));
    let text =
        |this: Prop<ReplicationGroupArgs>, value: &Option<String>| value.clone().filter(|_| changes(&[this]));
    let whole =
        |this: Prop<ReplicationGroupArgs>, value: &String| Some(value.clone()).filter(|_| changes(&[this]));
    let flag = |this: Prop<ReplicationGroupArgs>, value: bool| Some(value).filter(|_| changes(&[this]));
    let secures = changes(&[
        ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED,
        ReplicationGroupArgs::TRANSIT_ENCRYPTION_MODE,
    ]);
    let mode = new.transit_encryption_mode.as_deref().filter(|_| new.transit_encryption_enabled);
    let tells = changes(&[ReplicationGroupArgs::NOTIFICATION_TOPIC_ARN]);
    let status = if new.notification_topic_arn.is_some() { "active" } else { "inactive" };
    let keeps = changes(&[ReplicationGroupArgs::SNAPSHOT_RETENTION_LIMIT]);
    // A group that makes no snapshots yet must be told of which node; a replica has the time.
    let source = group.member_clusters().last().filter(|_| {
        keeps
            && new.snapshot_retention_limit > 0
            && group.snapshotting_cluster_id().is_none()
            && group.cluster_enabled != Some(true)
    });
    let version = new
        .engine_version
        .as_deref()
        .filter(|_| changes(&[ReplicationGroupArgs::ENGINE, ReplicationGroupArgs::ENGINE_VERSION]));
    let version = versions::asked::<Client>(cx, Some(&new.engine), version).await;
    let strategy = AuthTokenUpdateStrategyType::from(new.auth_token_update_strategy.as_str());
    let call = cx
        .client::<Client>()?
        .modify_replication_group()
        .set_replication_group_id(group.replication_group_id.clone())
        .apply_immediately(new.apply_immediately)
        .set_replication_group_description(whole(ReplicationGroupArgs::DESCRIPTION, &new.description))
        .set_engine(whole(ReplicationGroupArgs::ENGINE, &new.engine))
        .set_engine_version(version)
        .set_cache_node_type(whole(ReplicationGroupArgs::NODE_TYPE, &new.node_type))
        .set_automatic_failover_enabled(flag(
            ReplicationGroupArgs::AUTOMATIC_FAILOVER_ENABLED,
            new.automatic_failover_enabled,
        ))
        .set_multi_az_enabled(flag(ReplicationGroupArgs::MULTI_AZ_ENABLED, new.multi_az_enabled))
        .set_transit_encryption_enabled(Some(new.transit_encryption_enabled).filter(|_| secures))
        .set_transit_encryption_mode(mode.filter(|_| secures).map(TransitEncryptionMode::from))
        .set_auth_token(new.auth_token.clone().filter(|_| gives_token))
        .set_auth_token_update_strategy(Some(strategy).filter(|_| gives_token))
        .set_cache_parameter_group_name(text(
            ReplicationGroupArgs::PARAMETER_GROUP_NAME,
            &new.parameter_group_name,
        ))
        .set_security_group_ids(
            new.security_group_ids.clone().filter(|_| changes(&[ReplicationGroupArgs::SECURITY_GROUP_IDS])),
        )
        .set_snapshotting_cluster_id(source.cloned())
        .set_snapshot_retention_limit(small(Some(new.snapshot_retention_limit).filter(|_| keeps)))
        .set_snapshot_window(text(ReplicationGroupArgs::SNAPSHOT_WINDOW, &new.snapshot_window))
        .set_preferred_maintenance_window(text(
            ReplicationGroupArgs::MAINTENANCE_WINDOW,
            &new.maintenance_window,
        ))
        .set_auto_minor_version_upgrade(flag(
            ReplicationGroupArgs::AUTO_MINOR_VERSION_UPGRADE,
            new.auto_minor_version_upgrade,
        ))
        .set_notification_topic_arn(new.notification_topic_arn.clone().filter(|_| tells))
        .set_notification_topic_status(Some(status.to_owned()).filter(|_| tells));
    call.send().await?;
    Ok(())
}
