//! A database instance as AWS describes it, in our terms.

use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance, DbSubnetGroup};

use super::{InstanceArgs, InstanceMasterUserSecret, InstanceState};
use crate::aws::tags;
use crate::kinds::Live;
use crate::kinds::rds::{keep_untold, number, tag_map, text};
use crate::model::Value;

/// The instance with what RDS is about to change as if it had been changed.
pub fn live(instance: &DbInstance) -> Live<super::Instance> {
    let args = with_pending(args(instance), instance);
    let state = state(instance, &args);
    Live { args, state }
}

/// The instance as it is at this moment.
pub fn args(instance: &DbInstance) -> InstanceArgs {
    let endpoint = instance.endpoint.as_ref().and_then(|endpoint| endpoint.port);
    let monitoring_interval = number(instance.monitoring_interval).unwrap_or_default();
    let secret = instance.master_user_secret.as_ref();
    let groups = instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    InstanceArgs {
        identifier: instance.db_instance_identifier.clone().unwrap_or_default(),
        engine: instance.engine.clone(),
        engine_version: instance.engine_version.clone(),
        instance_class: instance.db_instance_class.clone(),
        allocated_storage: number(instance.allocated_storage),
        max_allocated_storage: number(instance.max_allocated_storage),
        storage_type: instance.storage_type.clone(),
        iops: number(instance.iops).filter(|iops| *iops > 0),
        storage_throughput: number(instance.storage_throughput).filter(|throughput| *throughput > 0),
        storage_encrypted: Some(instance.storage_encrypted.unwrap_or_default()),
        kms_key_id: instance.kms_key_id.clone(),
        db_name: text(instance.db_name()),
        username: instance.master_username.clone(),
        password: None,
        manage_master_user_password: secret.is_some(),
        master_user_secret_kms_key_id: secret.and_then(|secret| secret.kms_key_id.clone()),
        port: number(endpoint.or(instance.db_instance_port)).filter(|port| *port > 0),
        multi_az: instance.multi_az.unwrap_or_default(),
        availability_zone: text(instance.availability_zone()),
        db_subnet_group_name: text(
            instance.db_subnet_group.as_ref().and_then(DbSubnetGroup::db_subnet_group_name),
        ),
        vpc_security_group_ids: Some(groups.map(str::to_owned).collect()),
        publicly_accessible: instance.publicly_accessible.unwrap_or_default(),
        parameter_group_name: text(
            instance.db_parameter_groups().first().and_then(|group| group.db_parameter_group_name()),
        ),
        option_group_name: text(
            instance.option_group_memberships().first().and_then(|group| group.option_group_name()),
        ),
        backup_retention_period: Some(number(instance.backup_retention_period).unwrap_or_default()),
        backup_window: text(instance.preferred_backup_window()),
        maintenance_window: text(instance.preferred_maintenance_window()),
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade.unwrap_or_default(),
        allow_major_version_upgrade: false,
        apply_immediately: true,
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot.unwrap_or_default(),
        deletion_protection: instance.deletion_protection.unwrap_or_default(),
        skip_final_snapshot: false,
        final_snapshot_identifier: None,
        delete_automated_backups: true,
        performance_insights_enabled: instance.performance_insights_enabled.unwrap_or_default(),
        performance_insights_retention_period: number(instance.performance_insights_retention_period)
            .filter(|days| *days > 0),
        performance_insights_kms_key_id: text(instance.performance_insights_kms_key_id()),
        database_insights_mode: instance
            .database_insights_mode
            .as_ref()
            .map(DatabaseInsightsMode::as_str)
            .map(str::to_owned),
        monitoring_interval,
        monitoring_role_arn: text(instance.monitoring_role_arn()).filter(|_| monitoring_interval > 0),
        enabled_cloudwatch_logs_exports: instance.enabled_cloudwatch_logs_exports().to_vec(),
        ca_cert_identifier: text(instance.ca_certificate_identifier()),
        iam_database_authentication_enabled: instance.iam_database_authentication_enabled.unwrap_or_default(),
        network_type: text(instance.network_type()),
        license_model: text(instance.license_model()),
        engine_lifecycle_support: text(instance.engine_lifecycle_support()),
        replicate_source_db: text(instance.read_replica_source_db_instance_identifier()),
        snapshot_identifier: None,
        restore_to_point_in_time: None,
        allow_replacement: Vec::new(),
        tags: tags::visible(tag_map(instance.tag_list())),
    }
}

/// What RDS has been told and has not done yet counts as done: it is no drift.
pub fn with_pending(mut args: InstanceArgs, instance: &DbInstance) -> InstanceArgs {
    let Some(pending) = &instance.pending_modified_values else { return args };
    let replace = |kept: &mut Option<i64>, pending: Option<i32>| *kept = number(pending).or(*kept);
    replace(&mut args.allocated_storage, pending.allocated_storage);
    replace(&mut args.iops, pending.iops);
    replace(&mut args.storage_throughput, pending.storage_throughput);
    replace(&mut args.port, pending.port);
    replace(&mut args.backup_retention_period, pending.backup_retention_period);
    let replace = |kept: &mut Option<String>, pending: &Option<String>| {
        if pending.is_some() {
            kept.clone_from(pending);
        }
    };
    replace(&mut args.instance_class, &pending.db_instance_class);
    replace(&mut args.engine_version, &pending.engine_version);
    replace(&mut args.storage_type, &pending.storage_type);
    replace(&mut args.license_model, &pending.license_model);
    replace(&mut args.ca_cert_identifier, &pending.ca_certificate_identifier);
    replace(&mut args.db_subnet_group_name, &pending.db_subnet_group_name);
    args.multi_az = pending.multi_az.unwrap_or(args.multi_az);
    args.iam_database_authentication_enabled =
        pending.iam_database_authentication_enabled.unwrap_or(args.iam_database_authentication_enabled);
    args
}

fn state(instance: &DbInstance, args: &InstanceArgs) -> InstanceState {
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
        engine: args.engine.clone().unwrap_or_default(),
        engine_version: args.engine_version.clone().unwrap_or_default(),
        instance_class: args.instance_class.clone().unwrap_or_default(),
        allocated_storage: args.allocated_storage.unwrap_or_default(),
        storage_type: args.storage_type.clone().unwrap_or_default(),
        iops: args.iops,
        storage_throughput: args.storage_throughput,
        storage_encrypted: args.storage_encrypted.unwrap_or_default(),
        kms_key_id: args.kms_key_id.clone(),
        db_name: args.db_name.clone(),
        username: args.username.clone().unwrap_or_default(),
        master_user_secret_kms_key_id: args.master_user_secret_kms_key_id.clone(),
        port: args.port,
        availability_zone: args.availability_zone.clone(),
        db_subnet_group_name: args.db_subnet_group_name.clone(),
        vpc_security_group_ids: args.vpc_security_group_ids.clone().unwrap_or_default(),
        parameter_group_name: args.parameter_group_name.clone(),
        option_group_name: args.option_group_name.clone(),
        backup_retention_period: args.backup_retention_period.unwrap_or_default(),
        backup_window: args.backup_window.clone(),
        maintenance_window: args.maintenance_window.clone(),
        performance_insights_retention_period: args.performance_insights_retention_period,
        performance_insights_kms_key_id: args.performance_insights_kms_key_id.clone(),
        database_insights_mode: args.database_insights_mode.clone(),
        ca_cert_identifier: args.ca_cert_identifier.clone(),
        network_type: args.network_type.clone(),
        license_model: args.license_model.clone(),
        engine_lifecycle_support: args.engine_lifecycle_support.clone(),
    }
}

/// Takes back what AWS shows in another form although it is as asked for, and what it does not show.
pub fn overlook(asked: &InstanceArgs, instance: &DbInstance, found: &mut InstanceArgs) {
    keep_untold([
        (instance.multi_az, &mut found.multi_az, asked.multi_az),
        (instance.publicly_accessible, &mut found.publicly_accessible, asked.publicly_accessible),
        (
            instance.auto_minor_version_upgrade,
            &mut found.auto_minor_version_upgrade,
            asked.auto_minor_version_upgrade,
        ),
        (instance.copy_tags_to_snapshot, &mut found.copy_tags_to_snapshot, asked.copy_tags_to_snapshot),
        (instance.deletion_protection, &mut found.deletion_protection, asked.deletion_protection),
        (
            instance.performance_insights_enabled,
            &mut found.performance_insights_enabled,
            asked.performance_insights_enabled,
        ),
        (
            instance.iam_database_authentication_enabled,
            &mut found.iam_database_authentication_enabled,
            asked.iam_database_authentication_enabled,
        ),
    ]);
    // AWS shows autoscaling that was switched off as one that ends where the storage does.
    if asked.max_allocated_storage.is_none() && found.max_allocated_storage == found.allocated_storage {
        found.max_allocated_storage = None;
    }
    if instance.monitoring_interval.is_none() {
        found.monitoring_interval = asked.monitoring_interval;
        found.monitoring_role_arn.clone_from(&asked.monitoring_role_arn);
    }
    // AWS keeps no role for measurements that are not made.
    if asked.monitoring_interval == 0 && found.monitoring_interval == 0 {
        found.monitoring_role_arn.clone_from(&asked.monitoring_role_arn);
    }
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
