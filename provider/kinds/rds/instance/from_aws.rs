//! A database instance as AWS describes it, in our terms.

use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance, DbSubnetGroup, PendingModifiedValues};

use super::{InstanceArgs, InstanceMasterUserSecret, InstanceObserved, InstanceState};
use crate::kinds::Live;
use crate::kinds::rds::{number, tag_map, text};
use crate::model::Value;

/// The instance with what RDS is about to change as if it had been changed.
pub fn live(instance: &DbInstance) -> Live<super::Instance> {
    Live { args: args(instance, instance.pending_modified_values()), state: state(instance) }
}

/// The instance as it is at this moment, or as it will be once what is pending is done. What RDS was
/// told and has not done yet is no drift.
pub fn args(instance: &DbInstance, pending: Option<&PendingModifiedValues>) -> InstanceObserved {
    let nothing = PendingModifiedValues::builder().build();
    let pending = pending.unwrap_or(&nothing);
    let endpoint = instance.endpoint.as_ref().and_then(|endpoint| endpoint.port);
    let secret = instance.master_user_secret.as_ref();
    let groups = instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    let parameters = instance.db_parameter_groups().first();
    let options = instance.option_group_memberships().first();
    let days = number(instance.performance_insights_retention_period);
    let mode = instance.database_insights_mode.as_ref().map(DatabaseInsightsMode::as_str);
    // AWS keeps no role for measurements that are not made.
    let measures = instance.monitoring_interval.is_some_and(|interval| interval > 0);
    let subnets = instance.db_subnet_group.as_ref().and_then(DbSubnetGroup::db_subnet_group_name);
    let throughput = pending.storage_throughput.or(instance.storage_throughput);
    let backup = pending.backup_retention_period.or(instance.backup_retention_period);
    let authority = pending.ca_certificate_identifier().or(instance.ca_certificate_identifier());
    InstanceObserved {
        identifier: instance.db_instance_identifier.clone(),
        engine: Some(instance.engine.clone()),
        engine_version: Some(text(pending.engine_version().or(instance.engine_version()))),
        instance_class: Some(text(pending.db_instance_class().or(instance.db_instance_class()))),
        allocated_storage: Some(number(pending.allocated_storage.or(instance.allocated_storage))),
        max_allocated_storage: Some(number(instance.max_allocated_storage)),
        storage_type: Some(text(pending.storage_type().or(instance.storage_type()))),
        iops: Some(number(pending.iops.or(instance.iops)).filter(|iops| *iops > 0)),
        storage_throughput: Some(number(throughput).filter(|throughput| *throughput > 0)),
        storage_encrypted: Some(Some(instance.storage_encrypted.unwrap_or_default())),
        kms_key_id: Some(instance.kms_key_id.clone()),
        db_name: Some(text(instance.db_name())),
        username: Some(instance.master_username.clone()),
        manage_master_user_password: Some(secret.is_some()),
        master_user_secret_kms_key_id: Some(secret.and_then(|secret| secret.kms_key_id.clone())),
        port: Some(number(pending.port.or(endpoint).or(instance.db_instance_port)).filter(|port| *port > 0)),
        multi_az: pending.multi_az.or(instance.multi_az),
        availability_zone: Some(text(instance.availability_zone())),
        db_subnet_group_name: Some(text(pending.db_subnet_group_name().or(subnets))),
        vpc_security_group_ids: Some(Some(groups.map(str::to_owned).collect())),
        publicly_accessible: instance.publicly_accessible,
        parameter_group_name: Some(text(parameters.and_then(|group| group.db_parameter_group_name()))),
        option_group_name: Some(text(options.and_then(|group| group.option_group_name()))),
        backup_retention_period: Some(Some(number(backup).unwrap_or_default())),
        backup_window: Some(text(instance.preferred_backup_window())),
        maintenance_window: Some(text(instance.preferred_maintenance_window())),
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade,
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot,
        deletion_protection: instance.deletion_protection,
        performance_insights_enabled: instance.performance_insights_enabled,
        performance_insights_retention_period: Some(days.filter(|days| *days > 0)),
        performance_insights_kms_key_id: Some(text(instance.performance_insights_kms_key_id())),
        database_insights_mode: Some(mode.map(str::to_owned)),
        monitoring_interval: number(instance.monitoring_interval),
        monitoring_role_arn: measures.then(|| text(instance.monitoring_role_arn())),
        enabled_cloudwatch_logs_exports: Some(instance.enabled_cloudwatch_logs_exports().to_vec()),
        ca_cert_identifier: Some(text(authority)),
        iam_database_authentication_enabled: pending
            .iam_database_authentication_enabled
            .or(instance.iam_database_authentication_enabled),
        network_type: Some(text(instance.network_type())),
        license_model: Some(text(pending.license_model().or(instance.license_model()))),
        engine_lifecycle_support: Some(text(instance.engine_lifecycle_support())),
        replicate_source_db: Some(text(instance.read_replica_source_db_instance_identifier())),
        tags: Some(tag_map(instance.tag_list())),
        ..InstanceObserved::default()
    }
}

fn state(instance: &DbInstance) -> InstanceState {
    let endpoint = instance.endpoint.as_ref();
    let address = endpoint.and_then(|endpoint| endpoint.address.clone()).unwrap_or_default();
    let port = endpoint.and_then(|endpoint| endpoint.port);
    let secret = instance.master_user_secret.as_ref().map(|secret| InstanceMasterUserSecret {
        secret_arn: secret.secret_arn.clone().unwrap_or_default(),
        kms_key_id: secret.kms_key_id.clone(),
    });
    InstanceState {
        endpoint: port.map(|port| format!("{address}:{port}")).unwrap_or_default(),
        address,
        arn: instance.db_instance_arn.clone().unwrap_or_default(),
        hosted_zone_id: endpoint.and_then(|endpoint| endpoint.hosted_zone_id.clone()).unwrap_or_default(),
        resource_id: instance.dbi_resource_id.clone().unwrap_or_default(),
        engine_version_actual: instance.engine_version.clone().unwrap_or_default(),
        master_user_secrets: secret.into_iter().collect(),
    }
}

/// What AWS tells beside what was asked for: it shows growth that was switched off as one that ends
/// where the storage does.
pub fn beside(asked: &InstanceArgs, mut told: InstanceObserved) -> InstanceObserved {
    if asked.max_allocated_storage.is_none() {
        told.max_allocated_storage.take_if(|most| Some(*most) == told.allocated_storage);
    }
    told
}

/// Whether two texts name the same instance, one of them perhaps by its ARN.
pub fn same_instance(actual: &Value, wanted: &Value) -> bool {
    let (Some(actual), Some(wanted)) = (actual.as_str(), wanted.as_str()) else { return false };
    match actual.starts_with("arn:") == wanted.starts_with("arn:") {
        true => actual == wanted,
        false => name(actual) == name(wanted),
    }
}

/// The identifier of an instance from its ARN, or as it is.
pub fn name(instance: &str) -> &str {
    instance.rsplit_once(":db:").map_or(instance, |(_, name)| name)
}
