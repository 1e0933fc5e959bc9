//! A database cluster as AWS describes it, in our terms.

use aws_sdk_rds::types::{DbCluster, ServerlessV2ScalingConfiguration};

use super::{
    ClusterArgs, ClusterMasterUserSecret, ClusterObserved, ClusterServerlessv2ScalingConfiguration,
    ClusterState,
};
use crate::kinds::Live;
use crate::kinds::rds::{number, small, tag_map, text};

/// The type of storage of which AWS does not speak.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>
const USUAL_STORAGE: &str = "aurora";

/// The cluster with what RDS is about to change as if it had been changed.
pub fn live(cluster: &DbCluster) -> Live<super::Cluster> {
    Live { args: with_pending(args(cluster), cluster), state: state(cluster) }
}

/// The cluster as it is at this moment.
pub fn args(cluster: &DbCluster) -> ClusterObserved {
    let secret = cluster.master_user_secret.as_ref();
    let groups = cluster.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    ClusterObserved {
        cluster_identifier: cluster.db_cluster_identifier.clone(),
        engine: cluster.engine.clone(),
        engine_version: Some(cluster.engine_version.clone()),
        database_name: Some(text(cluster.database_name())),
        master_username: Some(text(cluster.master_username())),
        manage_master_user_password: Some(secret.is_some()),
        master_user_secret_kms_key_id: Some(secret.and_then(|secret| secret.kms_key_id.clone())),
        port: Some(number(cluster.port).filter(|port| *port > 0)),
        db_subnet_group_name: Some(text(cluster.db_subnet_group())),
        vpc_security_group_ids: Some(Some(groups.map(str::to_owned).collect())),
        db_cluster_parameter_group_name: Some(text(cluster.db_cluster_parameter_group())),
        storage_encrypted: Some(Some(cluster.storage_encrypted.unwrap_or_default())),
        kms_key_id: Some(text(cluster.kms_key_id())),
        availability_zones: Some(cluster.availability_zones.clone()),
        storage_type: Some(Some(cluster.storage_type().unwrap_or(USUAL_STORAGE).to_owned())),
        serverlessv2_scaling_configuration: Some(scaling_of(cluster)),
        backup_retention_period: Some(number(cluster.backup_retention_period)),
        preferred_backup_window: Some(text(cluster.preferred_backup_window())),
        preferred_maintenance_window: Some(text(cluster.preferred_maintenance_window())),
        copy_tags_to_snapshot: cluster.copy_tags_to_snapshot,
        deletion_protection: cluster.deletion_protection,
        enabled_cloudwatch_logs_exports: Some(cluster.enabled_cloudwatch_logs_exports().to_vec()),
        iam_database_authentication_enabled: cluster.iam_database_authentication_enabled,
        database_insights_mode: Some(cluster.database_insights_mode().map(|mode| mode.as_str().to_owned())),
        performance_insights_enabled: Some(cluster.performance_insights_enabled),
        performance_insights_kms_key_id: Some(text(cluster.performance_insights_kms_key_id())),
        performance_insights_retention_period: Some(
            number(cluster.performance_insights_retention_period).filter(|days| *days > 0),
        ),
        tags: Some(tag_map(cluster.tag_list())),
        ..ClusterObserved::default()
    }
}

/// What RDS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(mut args: ClusterObserved, cluster: &DbCluster) -> ClusterObserved {
    let Some(pending) = &cluster.pending_modified_values else { return args };
    let backups = number(pending.backup_retention_period).map(Some);
    args.backup_retention_period = backups.or(args.backup_retention_period);
    args.engine_version = pending.engine_version.clone().map(Some).or(args.engine_version);
    args.storage_type = pending.storage_type.clone().map(Some).or(args.storage_type);
    args.iam_database_authentication_enabled =
        pending.iam_database_authentication_enabled.or(args.iam_database_authentication_enabled);
    args
}

fn state(cluster: &DbCluster) -> ClusterState {
    let secret = cluster.master_user_secret.as_ref().map(|secret| ClusterMasterUserSecret {
        secret_arn: secret.secret_arn.clone().unwrap_or_default(),
        kms_key_id: secret.kms_key_id.clone(),
    });
    ClusterState {
        arn: cluster.db_cluster_arn.clone().unwrap_or_default(),
        endpoint: cluster.endpoint.clone().unwrap_or_default(),
        reader_endpoint: cluster.reader_endpoint.clone().unwrap_or_default(),
        cluster_resource_id: cluster.db_cluster_resource_id.clone().unwrap_or_default(),
        hosted_zone_id: cluster.hosted_zone_id.clone().unwrap_or_default(),
        engine_version_actual: cluster.engine_version.clone().unwrap_or_default(),
        master_user_secrets: secret.into_iter().collect(),
    }
}

/// The scaling of serverless instances, as AWS takes it.
pub fn scaling(args: &ClusterArgs) -> Option<ServerlessV2ScalingConfiguration> {
    let given = args.serverlessv2_scaling_configuration.as_ref()?;
    let scaling = ServerlessV2ScalingConfiguration::builder();
    let scaling = scaling.min_capacity(given.min_capacity).max_capacity(given.max_capacity);
    Some(scaling.set_seconds_until_auto_pause(small(given.seconds_until_auto_pause)).build())
}

fn scaling_of(cluster: &DbCluster) -> Option<ClusterServerlessv2ScalingConfiguration> {
    let found = cluster.serverless_v2_scaling_configuration.as_ref()?;
    Some(ClusterServerlessv2ScalingConfiguration {
        min_capacity: found.min_capacity?,
        max_capacity: found.max_capacity?,
        seconds_until_auto_pause: number(found.seconds_until_auto_pause),
    })
}
