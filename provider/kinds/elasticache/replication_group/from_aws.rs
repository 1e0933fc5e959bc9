//! A replication group as AWS describes it, in our terms. What AWS tells of the nodes alone is the
//! same for all of them.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, MultiAzStatus, PendingAutomaticFailoverStatus,
    ReplicationGroup as Group,
};

use super::{ReplicationGroupArgs, ReplicationGroupObserved, ReplicationGroupState};
use crate::kinds::Live;
use crate::kinds::elasticache::text;

/// How many shards there are, and how many replicas each has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub shards: i64,
    pub replicas: i64,
}

impl Size {
    pub fn of(group: &Group) -> Self {
        let shards = group.node_groups();
        let nodes = |count: usize| i64::try_from(count).unwrap_or_default();
        let members = shards.iter().map(|shard| nodes(shard.node_group_members().len())).max();
        Size { shards: nodes(shards.len()), replicas: members.unwrap_or_default().max(1) - 1 }
    }

    /// What is wanted; what is not said stays.
    pub fn wanted(args: &ReplicationGroupArgs, now: Self) -> Self {
        Size {
            shards: args.num_node_groups.unwrap_or(now.shards),
            replicas: args
                .replicas_per_node_group
                .or(args.num_cache_clusters.map(|nodes| nodes - 1))
                .unwrap_or(now.replicas),
        }
    }
}

/// The group with what AWS is about to change as if it had been changed.
pub fn live(group: &Group, node: Option<&CacheCluster>) -> Live<super::ReplicationGroup> {
    Live { args: with_pending(args(group, node), group, node), state: state(group, node) }
}

/// The group as it is at this moment. Of a node that is not there yet AWS tells nothing.
pub fn args(group: &Group, node: Option<&CacheCluster>) -> ReplicationGroupObserved {
    let of_node = |value: fn(&CacheCluster) -> Option<&str>| text(node.and_then(value));
    let is_sharded = group.cluster_enabled.unwrap_or_default();
    let size = Size::of(group);
    let endpoint = group.node_groups().first().and_then(|shard| shard.primary_endpoint.as_ref());
    let port = endpoint.or(group.configuration_endpoint.as_ref()).and_then(|endpoint| endpoint.port);
    let mode = group.transit_encryption_mode().map(|mode| mode.as_str().to_owned());
    let encrypts = group.transit_encryption_enabled.unwrap_or_default();
    let groups = node.map(|node| {
        let ids = node.security_groups().iter().filter_map(|group| group.security_group_id());
        Some(ids.map(str::to_owned).collect())
    });
    let topic = node.map(|node| {
        let topic = node.notification_configuration.as_ref();
        text(topic.filter(|topic| topic.topic_status() != Some("inactive")).and_then(|it| it.topic_arn()))
    });
    ReplicationGroupObserved {
        replication_group_id: group.replication_group_id.clone(),
        description: Some(group.description.clone().unwrap_or_default()),
        engine: text(group.engine()).or_else(|| of_node(CacheCluster::engine)),
        engine_version: of_node(CacheCluster::engine_version).map(Some),
        node_type: group.cache_node_type.clone(),
        num_cache_clusters: Some((!is_sharded).then_some(size.replicas + 1)),
        num_node_groups: Some(is_sharded.then_some(size.shards)),
        replicas_per_node_group: Some(is_sharded.then_some(size.replicas)),
        automatic_failover_enabled: Some(matches!(
            group.automatic_failover(),
            Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling)
        )),
        multi_az_enabled: Some(group.multi_az() == Some(&MultiAzStatus::Enabled)),
        at_rest_encryption_enabled: Some(group.at_rest_encryption_enabled.unwrap_or_default()),
        transit_encryption_enabled: Some(encrypts),
        transit_encryption_mode: encrypts.then_some(mode),
        kms_key_id: Some(text(group.kms_key_id())),
        port: Some(port.map(i64::from)),
        parameter_group_name: Some(of_node(|node| {
            node.cache_parameter_group.as_ref().and_then(|group| group.cache_parameter_group_name())
        })),
        subnet_group_name: Some(of_node(CacheCluster::cache_subnet_group_name)),
        security_group_ids: groups,
        snapshot_retention_limit: Some(group.snapshot_retention_limit.map(i64::from).unwrap_or_default()),
        snapshot_window: Some(text(group.snapshot_window())),
        maintenance_window: Some(of_node(CacheCluster::preferred_maintenance_window)),
        auto_minor_version_upgrade: group
            .auto_minor_version_upgrade
            .or_else(|| node.and_then(|node| node.auto_minor_version_upgrade)),
        notification_topic_arn: topic,
        ..ReplicationGroupObserved::default()
    }
}

/// What AWS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(
    mut args: ReplicationGroupObserved,
    group: &Group,
    node: Option<&CacheCluster>,
) -> ReplicationGroupObserved {
    if let Some(pending) = &group.pending_modified_values {
        if let Some(failover) = pending.automatic_failover_status() {
            args.automatic_failover_enabled = Some(*failover == PendingAutomaticFailoverStatus::Enabled);
        }
        args.transit_encryption_enabled =
            pending.transit_encryption_enabled.or(args.transit_encryption_enabled);
        let mode = pending.transit_encryption_mode().map(|mode| Some(mode.as_str().to_owned()));
        args.transit_encryption_mode = mode.or(args.transit_encryption_mode);
    }
    if let Some(pending) = node.and_then(|node| node.pending_modified_values.as_ref()) {
        args.engine_version = pending.engine_version.clone().map(Some).or(args.engine_version);
        args.node_type = pending.cache_node_type.clone().or(args.node_type);
    }
    args
}

fn state(group: &Group, node: Option<&CacheCluster>) -> ReplicationGroupState {
    let first = group.node_groups().first();
    let primary = first.and_then(|shard| shard.primary_endpoint.as_ref());
    let reader = first.and_then(|shard| shard.reader_endpoint.as_ref());
    let configuration = group.configuration_endpoint.as_ref();
    let address = |endpoint: Option<&aws_sdk_elasticache::types::Endpoint>| {
        endpoint.and_then(|endpoint| endpoint.address.clone()).unwrap_or_default()
    };
    ReplicationGroupState {
        arn: group.arn.clone().unwrap_or_default(),
        primary_endpoint_address: address(primary),
        reader_endpoint_address: address(reader),
        configuration_endpoint_address: address(configuration),
        cluster_enabled: group.cluster_enabled.unwrap_or_default(),
        member_clusters: group.member_clusters().to_vec(),
        engine_version_actual: text(node.and_then(CacheCluster::engine_version)).unwrap_or_default(),
    }
}
