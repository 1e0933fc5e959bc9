//! A database cluster as AWS describes it, in our terms.

use aws_sdk_rds::types::{DbCluster, ServerlessV2ScalingConfiguration};

use super::{ClusterArgs, ClusterMasterUserSecret, ClusterServerlessv2ScalingConfiguration, ClusterState};
use crate::aws::tags;
use crate::kinds::Live;
use crate::kinds::rds::{keep_untold, number, small, tag_map, text};

/// The type of storage of which AWS does not speak.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>
const USUAL_STORAGE: &str = "aurora";

/// The cluster with what RDS is about to change as if it had been changed.
pub fn live(cluster: &DbCluster) -> Live<super::Cluster> {
    let args = with_pending(args(cluster), cluster);
    let state = state(cluster, &args);
    Live { args, state }
}

/// The cluster as it is at this moment.
pub fn args(cluster: &DbCluster) -> ClusterArgs {
    let secret = cluster.master_user_secret.as_ref();
    let groups = cluster.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    ClusterArgs {
        cluster_identifier: cluster.db_cluster_identifier.clone().unwrap_or_default(),
        engine: cluster.engine.clone().unwrap_or_default(),
        engine_version: cluster.engine_version.clone(),
        database_name: text(cluster.database_name()),
        master_username: text(cluster.master_username()),
        master_password: None,
        manage_master_user_password: secret.is_some(),
        master_user_secret_kms_key_id: secret.and_then(|secret| secret.kms_key_id.clone()),
        port: number(cluster.port).filter(|port| *port > 0),
        db_subnet_group_name: text(cluster.db_subnet_group()),
        vpc_security_group_ids: Some(groups.map(str::to_owned).collect()),
        db_cluster_parameter_group_name: text(cluster.db_cluster_parameter_group()),
        storage_encrypted: Some(cluster.storage_encrypted.unwrap_or_default()),
        kms_key_id: text(cluster.kms_key_id()),
        storage_type: text(cluster.storage_type()).or_else(|| Some(USUAL_STORAGE.to_owned())),
        serverlessv2_scaling_configuration: scaling_of(cluster),
        backup_retention_period: number(cluster.backup_retention_period),
        preferred_backup_window: text(cluster.preferred_backup_window()),
        preferred_maintenance_window: text(cluster.preferred_maintenance_window()),
        allow_major_version_upgrade: false,
        apply_immediately: true,
        copy_tags_to_snapshot: cluster.copy_tags_to_snapshot.unwrap_or_default(),
        deletion_protection: cluster.deletion_protection.unwrap_or_default(),
        skip_final_snapshot: false,
        final_snapshot_identifier: None,
        enabled_cloudwatch_logs_exports: cluster.enabled_cloudwatch_logs_exports().to_vec(),
        iam_database_authentication_enabled: cluster.iam_database_authentication_enabled.unwrap_or_default(),
        snapshot_identifier: None,
        restore_to_point_in_time: None,
        allow_replacement: Vec::new(),
        tags: tags::visible(tag_map(cluster.tag_list())),
    }
}

/// What RDS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(mut args: ClusterArgs, cluster: &DbCluster) -> ClusterArgs {
    let Some(pending) = &cluster.pending_modified_values else { return args };
    args.backup_retention_period = number(pending.backup_retention_period).or(args.backup_retention_period);
    args.engine_version = pending.engine_version.clone().or(args.engine_version);
    args.storage_type = pending.storage_type.clone().or(args.storage_type);
    args.iam_database_authentication_enabled =
        pending.iam_database_authentication_enabled.unwrap_or(args.iam_database_authentication_enabled);
    args
}

fn state(cluster: &DbCluster, args: &ClusterArgs) -> ClusterState {
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
        engine_version: args.engine_version.clone().unwrap_or_default(),
        database_name: args.database_name.clone(),
        master_username: args.master_username.clone().unwrap_or_default(),
        master_user_secret_kms_key_id: args.master_user_secret_kms_key_id.clone(),
        port: args.port,
        db_subnet_group_name: args.db_subnet_group_name.clone(),
        vpc_security_group_ids: args.vpc_security_group_ids.clone().unwrap_or_default(),
        db_cluster_parameter_group_name: args.db_cluster_parameter_group_name.clone(),
        storage_encrypted: args.storage_encrypted.unwrap_or_default(),
        kms_key_id: args.kms_key_id.clone(),
        storage_type: args.storage_type.clone().unwrap_or_default(),
        serverlessv2_scaling_configuration: args.serverlessv2_scaling_configuration.clone(),
        backup_retention_period: args.backup_retention_period.unwrap_or_default(),
        preferred_backup_window: args.preferred_backup_window.clone(),
        preferred_maintenance_window: args.preferred_maintenance_window.clone(),
    }
}

/// Takes back what AWS does not show.
pub fn overlook(asked: &ClusterArgs, cluster: &DbCluster, found: &mut ClusterArgs) {
    keep_untold([
        (cluster.copy_tags_to_snapshot, &mut found.copy_tags_to_snapshot, asked.copy_tags_to_snapshot),
        (cluster.deletion_protection, &mut found.deletion_protection, asked.deletion_protection),
        (
            cluster.iam_database_authentication_enabled,
            &mut found.iam_database_authentication_enabled,
            asked.iam_database_authentication_enabled,
        ),
    ]);
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
