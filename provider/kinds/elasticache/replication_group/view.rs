//! A replication group as AWS describes it, in our terms. What AWS tells of the nodes alone is the
//! same for all of them.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, MultiAzStatus, PendingAutomaticFailoverStatus,
    ReplicationGroup as Group,
};

use super::{ReplicationGroupArgs, ReplicationGroupState};
use crate::aws::tags;
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

/// The group with what AWS is about to change as if it had been changed, and with what was asked
/// for where AWS tells nothing.
pub fn live(
    group: &Group,
    node: Option<&CacheCluster>,
    tags: BTreeMap<String, String>,
    asked: Option<&ReplicationGroupArgs>,
) -> Live<super::ReplicationGroup> {
    let mut args = with_pending(args(group, node, tags), group, node);
    if let Some(asked) = asked {
        overlook(asked, node, &mut args);
    }
    let state = state(group, node, &args);
    Live { args, state }
}

/// The group as it is at this moment.
pub fn args(
    group: &Group,
    node: Option<&CacheCluster>,
    tags: BTreeMap<String, String>,
) -> ReplicationGroupArgs {
    let of_node = |value: fn(&CacheCluster) -> Option<&str>| text(node.and_then(value));
    let is_sharded = group.cluster_enabled.unwrap_or_default();
    let size = Size::of(group);
    let endpoint = group.node_groups().first().and_then(|shard| shard.primary_endpoint.as_ref());
    let port = endpoint.or(group.configuration_endpoint.as_ref()).and_then(|endpoint| endpoint.port);
    let mode = group.transit_encryption_mode().map(|mode| mode.as_str().to_owned());
    let encrypts = group.transit_encryption_enabled.unwrap_or_default();
    let groups = node.map(|node| {
        let ids = node.security_groups().iter().filter_map(|group| group.security_group_id());
        ids.map(str::to_owned).collect()
    });
    let topic = node.and_then(|node| node.notification_configuration.as_ref());
    let topic = topic.filter(|topic| topic.topic_status() != Some("inactive"));
    ReplicationGroupArgs {
        replication_group_id: group.replication_group_id.clone().unwrap_or_default(),
        description: group.description.clone().unwrap_or_default(),
        engine: text(group.engine()).or_else(|| of_node(CacheCluster::engine)).unwrap_or_default(),
        engine_version: of_node(CacheCluster::engine_version),
        node_type: group.cache_node_type.clone().unwrap_or_default(),
        num_cache_clusters: (!is_sharded).then_some(size.replicas + 1),
        num_node_groups: is_sharded.then_some(size.shards),
        replicas_per_node_group: is_sharded.then_some(size.replicas),
        automatic_failover_enabled: matches!(
            group.automatic_failover(),
            Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling)
        ),
        multi_az_enabled: group.multi_az() == Some(&MultiAzStatus::Enabled),
        at_rest_encryption_enabled: group.at_rest_encryption_enabled.unwrap_or_default(),
        transit_encryption_enabled: encrypts,
        transit_encryption_mode: mode.filter(|_| encrypts),
        auth_token: None,
        auth_token_update_strategy: "ROTATE".to_owned(),
        kms_key_id: text(group.kms_key_id()),
        port: port.map(i64::from),
        parameter_group_name: of_node(|node| {
            node.cache_parameter_group.as_ref().and_then(|group| group.cache_parameter_group_name())
        }),
        subnet_group_name: of_node(CacheCluster::cache_subnet_group_name),
        security_group_ids: groups,
        preferred_cache_cluster_azs: None,
        snapshot_retention_limit: group.snapshot_retention_limit.map(i64::from).unwrap_or_default(),
        snapshot_window: text(group.snapshot_window()),
        maintenance_window: of_node(CacheCluster::preferred_maintenance_window),
        final_snapshot_identifier: None,
        auto_minor_version_upgrade: group
            .auto_minor_version_upgrade
            .or_else(|| node.and_then(|node| node.auto_minor_version_upgrade))
            .unwrap_or(true),
        notification_topic_arn: text(topic.and_then(|topic| topic.topic_arn())),
        apply_immediately: true,
        tags: tags::visible(tags),
    }
}

/// What AWS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(
    mut args: ReplicationGroupArgs,
    group: &Group,
    node: Option<&CacheCluster>,
) -> ReplicationGroupArgs {
    if let Some(pending) = &group.pending_modified_values {
        if let Some(failover) = pending.automatic_failover_status() {
            args.automatic_failover_enabled = *failover == PendingAutomaticFailoverStatus::Enabled;
        }
        let encrypts = pending.transit_encryption_enabled;
        args.transit_encryption_enabled = encrypts.unwrap_or(args.transit_encryption_enabled);
        let mode = pending.transit_encryption_mode().map(|mode| mode.as_str().to_owned());
        args.transit_encryption_mode = mode.or(args.transit_encryption_mode);
    }
    if let Some(pending) = node.and_then(|node| node.pending_modified_values.as_ref()) {
        args.engine_version = pending.engine_version.clone().or(args.engine_version);
        args.node_type = pending.cache_node_type.clone().unwrap_or(args.node_type);
    }
    args
}

fn state(group: &Group, node: Option<&CacheCluster>, args: &ReplicationGroupArgs) -> ReplicationGroupState {
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
        engine_version: args.engine_version.clone(),
        num_cache_clusters: args.num_cache_clusters,
        num_node_groups: args.num_node_groups,
        replicas_per_node_group: args.replicas_per_node_group,
        transit_encryption_mode: args.transit_encryption_mode.clone(),
        kms_key_id: args.kms_key_id.clone(),
        port: args.port,
        parameter_group_name: args.parameter_group_name.clone(),
        subnet_group_name: args.subnet_group_name.clone(),
        security_group_ids: args.security_group_ids.clone().unwrap_or_default(),
        snapshot_window: args.snapshot_window.clone(),
        maintenance_window: args.maintenance_window.clone(),
    }
}

/// Takes back what AWS does not show: anything of a node that is not there yet, a version that is
/// not told, and the mode of an encryption that is switched off.
pub fn overlook(asked: &ReplicationGroupArgs, node: Option<&CacheCluster>, found: &mut ReplicationGroupArgs) {
    if node.is_none() {
        found.notification_topic_arn.clone_from(&asked.notification_topic_arn);
    }
    if found.engine.is_empty() {
        found.engine.clone_from(&asked.engine);
    }
    if found.engine_version.is_none() {
        found.engine_version.clone_from(&asked.engine_version);
    }
    if !asked.transit_encryption_enabled && !found.transit_encryption_enabled {
        found.transit_encryption_mode.clone_from(&asked.transit_encryption_mode);
    }
}
