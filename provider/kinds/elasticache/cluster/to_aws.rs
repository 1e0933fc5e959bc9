//! The calls that make and change a cluster.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{AzMode, CacheCluster};

use super::{ClusterArgs, from_aws};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::versions;
use crate::kinds::Update;
use crate::kinds::elasticache::{small, tag_list};
use crate::model::Prop;

/// The arguments that AWS was told to change at once in this operation.
#[derive(Clone)]
struct Asked(Vec<Prop<ClusterArgs>>);

pub async fn make(cx: &Cx, args: &ClusterArgs) -> Result<()> {
    let version = versions::asked::<Client>(cx, args.engine.as_deref(), args.engine_version.as_deref()).await;
    let is_replica = args.replication_group_id.is_some();
    cx.client::<Client>()?
        .create_cache_cluster()
        .cache_cluster_id(&args.cluster_id)
        .set_replication_group_id(args.replication_group_id.clone())
        .set_az_mode(args.az_mode.as_deref().map(AzMode::from))
        .set_preferred_availability_zone(args.availability_zone.clone())
        .set_preferred_availability_zones(args.preferred_availability_zones.clone())
        .set_num_cache_nodes(small(args.num_cache_nodes.or((!is_replica).then_some(1))))
        .set_cache_node_type(args.node_type.clone())
        .set_engine(args.engine.clone())
        .set_engine_version(version)
        .set_cache_parameter_group_name(args.parameter_group_name.clone())
        .set_cache_subnet_group_name(args.subnet_group_name.clone())
        .set_security_group_ids(args.security_group_ids.clone())
        .set_preferred_maintenance_window(args.maintenance_window.clone())
        .set_port(small(args.port))
        .set_notification_topic_arn(args.notification_topic_arn.clone())
        .auto_minor_version_upgrade(args.auto_minor_version_upgrade == "true")
        .set_snapshot_retention_limit(small(args.snapshot_retention_limit))
        .set_snapshot_window(args.snapshot_window.clone())
        .set_transit_encryption_enabled(args.transit_encryption_enabled)
        .set_tags(Some(tag_list(cx.owned(&args.tags))))
        .send()
        .await?;
    Ok(())
}

/// Sends what differs from what is there. What AWS was told before, and has not done yet, is told
/// again where it shall be done at once.
pub async fn modify(cx: &Cx, there: &CacheCluster, update: &Update<ClusterArgs>) -> Result<()> {
    let new = &update.new;
    let fields = to_modify(there, update);
    if fields.is_empty() {
        return Ok(());
    }
    let changes = |this: Prop<ClusterArgs>| fields.contains(&this);
    let text = |this: Prop<ClusterArgs>, value: &Option<String>| value.clone().filter(|_| changes(this));
    let version = text(ClusterArgs::ENGINE_VERSION, &new.engine_version);
    let version = versions::asked::<Client>(cx, new.engine.as_deref(), version.as_deref()).await;
    let tells = changes(ClusterArgs::NOTIFICATION_TOPIC_ARN);
    let status = if new.notification_topic_arn.is_some() { "active" } else { "inactive" };
    let nodes = new.num_cache_nodes.filter(|_| changes(ClusterArgs::NUM_CACHE_NODES));
    let (more, fewer) = resize(there, new, nodes);
    let call = cx
        .client::<Client>()?
        .modify_cache_cluster()
        .set_cache_cluster_id(there.cache_cluster_id.clone())
        .apply_immediately(new.apply_immediately)
        .set_num_cache_nodes(small(nodes))
        .set_new_availability_zones(more)
        .set_cache_node_ids_to_remove(fewer)
        .set_cache_node_type(text(ClusterArgs::NODE_TYPE, &new.node_type))
        .set_engine_version(version)
        .set_cache_parameter_group_name(text(ClusterArgs::PARAMETER_GROUP_NAME, &new.parameter_group_name))
        .set_security_group_ids(
            new.security_group_ids.clone().filter(|_| changes(ClusterArgs::SECURITY_GROUP_IDS)),
        )
        .set_preferred_maintenance_window(text(ClusterArgs::MAINTENANCE_WINDOW, &new.maintenance_window))
        .set_auto_minor_version_upgrade(
            changes(ClusterArgs::AUTO_MINOR_VERSION_UPGRADE)
                .then_some(new.auto_minor_version_upgrade == "true"),
        )
        .set_notification_topic_arn(new.notification_topic_arn.clone().filter(|_| tells))
        .set_notification_topic_status(tells.then(|| status.to_owned()))
        .set_snapshot_retention_limit(
            small(new.snapshot_retention_limit).filter(|_| changes(ClusterArgs::SNAPSHOT_RETENTION_LIMIT)),
        )
        .set_snapshot_window(text(ClusterArgs::SNAPSHOT_WINDOW, &new.snapshot_window));
    call.send().await?;
    if new.apply_immediately {
        cx.note(Asked(fields));
    }
    Ok(())
}

/// What AWS was told to change at once, and is not changed yet.
pub fn left(cx: &Cx, there: &CacheCluster, wanted: &ClusterArgs) -> Option<Prop<ClusterArgs>> {
    let Asked(fields) = cx.noted()?;
    let differing = Update::towards(wanted, from_aws::args(there));
    let mut delayed = differing.in_place().filter(|this| from_aws::DELAYED.contains(this));
    delayed.find(|this| fields.contains(this))
}

/// The arguments that one call changes, and that are not as they shall be.
fn to_modify(there: &CacheCluster, update: &Update<ClusterArgs>) -> Vec<Prop<ClusterArgs>> {
    let new = &update.new;
    let catches_up = update.any(&[ClusterArgs::APPLY_IMMEDIATELY]) && new.apply_immediately;
    let mut told = from_aws::args(there);
    if !new.apply_immediately {
        told = from_aws::with_pending(told, there);
    }
    let differing = Update::towards(new.as_ref(), told);
    let differing = differing.in_place().filter(|this| *this != ClusterArgs::TAGS);
    differing.filter(|this| catches_up || update.any(&[*this])).collect()
}

/// The zones of the nodes that are added, and the IDs of those that are removed: the last ones.
fn resize(
    there: &CacheCluster,
    new: &ClusterArgs,
    nodes: Option<i64>,
) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let Some(wanted) = nodes.and_then(|nodes| usize::try_from(nodes).ok()) else { return (None, None) };
    let mut ids: Vec<String> =
        there.cache_nodes().iter().filter_map(|node| node.cache_node_id.clone()).collect();
    ids.sort();
    let zones = new.preferred_availability_zones.clone().unwrap_or_default();
    let more: Vec<String> = zones.into_iter().skip(ids.len()).collect();
    let fewer: Vec<String> = ids.into_iter().skip(wanted).collect();
    (Some(more).filter(|more| !more.is_empty()), Some(fewer).filter(|fewer| !fewer.is_empty()))
}
