//! A cluster as AWS describes it, in our terms.

use aws_sdk_elasticache::types::{CacheCluster, CacheNode};

use super::{Cluster, ClusterArgs, ClusterCacheNode, ClusterObserved, ClusterState};
use crate::kinds::Live;
use crate::kinds::elasticache::text;
use crate::model::Prop;

/// The zone of a cluster whose nodes are in several.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html>
const SEVERAL: &str = "Multiple";

/// The cluster with what AWS is about to change as if it had been changed.
pub fn live(there: &CacheCluster) -> Live<Cluster> {
    Live { args: with_pending(args(there), there), state: state(there) }
}

/// The cluster as it is at this moment.
pub fn args(there: &CacheCluster) -> ClusterObserved {
    let zone = text(there.preferred_availability_zone());
    let mode = if zone.as_deref() == Some(SEVERAL) { "cross-az" } else { "single-az" };
    let is_memcached = there.engine() == Some("memcached");
    let topic = there.notification_configuration();
    let topic = topic.filter(|topic| topic.topic_status() != Some("inactive")).and_then(|it| it.topic_arn());
    let groups = there.security_groups().iter().filter_map(|group| group.security_group_id());
    let node_port = there.cache_nodes().iter().find_map(|node| node.endpoint()?.port);
    let port = there.configuration_endpoint().and_then(|endpoint| endpoint.port).or(node_port);
    let snapshots = there.snapshot_retention_limit.map(i64::from).filter(|_| !is_memcached);
    ClusterObserved {
        auto_minor_version_upgrade: there.auto_minor_version_upgrade.map(|upgrades| upgrades.to_string()),
        availability_zone: Some(zone),
        az_mode: Some(is_memcached.then(|| mode.to_owned())),
        cluster_id: there.cache_cluster_id.clone(),
        engine: Some(text(there.engine())),
        engine_version: Some(text(there.engine_version())),
        maintenance_window: Some(text(there.preferred_maintenance_window())),
        node_type: Some(text(there.cache_node_type())),
        notification_topic_arn: Some(text(topic)),
        num_cache_nodes: Some(there.num_cache_nodes.map(i64::from)),
        parameter_group_name: Some(text(
            there.cache_parameter_group().and_then(|group| group.cache_parameter_group_name()),
        )),
        // A node tells its port once it is there.
        port: port.map(|port| Some(i64::from(port))),
        replication_group_id: Some(text(there.replication_group_id())),
        security_group_ids: Some(Some(groups.map(str::to_owned).collect())),
        snapshot_retention_limit: Some(snapshots),
        snapshot_window: Some(text(there.snapshot_window()).filter(|_| !is_memcached)),
        subnet_group_name: Some(text(there.cache_subnet_group_name())),
        transit_encryption_enabled: Some(Some(there.transit_encryption_enabled.unwrap_or_default())),
        ..ClusterObserved::default()
    }
}

/// What AWS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(mut args: ClusterObserved, there: &CacheCluster) -> ClusterObserved {
    if let Some(pending) = there.pending_modified_values() {
        args.engine_version = pending.engine_version.clone().map(Some).or(args.engine_version);
        args.node_type = pending.cache_node_type.clone().map(Some).or(args.node_type);
        let nodes = pending.num_cache_nodes.map(|nodes| Some(i64::from(nodes)));
        args.num_cache_nodes = nodes.or(args.num_cache_nodes);
    }
    args
}

/// Arguments that differ from what is wanted only until AWS has done what it was told.
pub const DELAYED: [Prop<ClusterArgs>; 3] =
    [ClusterArgs::ENGINE_VERSION, ClusterArgs::NODE_TYPE, ClusterArgs::NUM_CACHE_NODES];

fn state(there: &CacheCluster) -> ClusterState {
    let endpoint = there.configuration_endpoint();
    let address = text(endpoint.and_then(|endpoint| endpoint.address()));
    let port = endpoint.and_then(|endpoint| endpoint.port);
    let configuration_endpoint =
        address.as_ref().zip(port).map(|(address, port)| format!("{address}:{port}"));
    ClusterState {
        arn: there.arn.clone().unwrap_or_default(),
        cache_nodes: there.cache_nodes().iter().map(node).collect(),
        cluster_address: address,
        configuration_endpoint,
        engine_version_actual: there.engine_version.clone().unwrap_or_default(),
    }
}

fn node(node: &CacheNode) -> ClusterCacheNode {
    let endpoint = node.endpoint();
    ClusterCacheNode {
        address: endpoint.and_then(|endpoint| endpoint.address.clone()).unwrap_or_default(),
        availability_zone: node.customer_availability_zone.clone().unwrap_or_default(),
        id: node.cache_node_id.clone().unwrap_or_default(),
        outpost_arn: node.customer_outpost_arn.clone().unwrap_or_default(),
        port: endpoint.and_then(|endpoint| endpoint.port).map(i64::from).unwrap_or_default(),
    }
}
