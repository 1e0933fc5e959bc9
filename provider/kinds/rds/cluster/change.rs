//! Changes of a database cluster, and the wait for them.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbCluster;

use super::{ClusterArgs, find, missing, view};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::kinds::Update;
use crate::kinds::rds::asked::{self, Asked, is_moving};
use crate::kinds::rds::{exported_logs, small, status};
use crate::model::Field;

pub async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
    let new = &update.new;
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    let catches_up = update.any(&["applyImmediately"]) && new.apply_immediately;
    let mut fields = differing(new, &cluster, new.apply_immediately);
    fields.retain(|field| catches_up || update.any(&[field]));
    let own_password = update.any(&["masterPassword"]) || fields.contains(&"manageMasterUserPassword");
    let password = own_password && !new.manage_master_user_password && new.master_password.is_some();
    if password || !fields.is_empty() {
        modify(cx, &cluster, new, fields, password, new.apply_immediately).await?;
    }
    Ok(())
}

/// The arguments that RDS can change and that are not as asked for: as the cluster is, or as it
/// will be when RDS has done what it was told.
pub fn differing(wanted: &ClusterArgs, cluster: &DbCluster, as_it_is: bool) -> Vec<&'static str> {
    let mut actual = view::args(cluster);
    if !as_it_is {
        actual = view::with_pending(actual, cluster);
    }
    view::overlook(wanted, cluster, &mut actual);
    asked::differing(&actual, wanted, |field: &Field| match field.name {
        "tags" => false,
        "masterUserSecretKmsKeyId" => wanted.manage_master_user_password,
        _ => true,
    })
}

/// Tells RDS to change these arguments, and nothing else.
pub async fn modify(
    cx: &Cx,
    cluster: &DbCluster,
    new: &ClusterArgs,
    fields: Vec<&'static str>,
    password: bool,
    immediately: bool,
) -> Result<()> {
    if status::phase(status::of(cluster)) == status::Phase::Passing {
        return Err(status::not_ready(cluster));
    }
    let now = view::args(cluster);
    let changes = |names: &[&str]| names.iter().any(|name| fields.contains(name));
    let text = |name: &str, value: &Option<String>| value.clone().filter(|_| changes(&[name]));
    let flag = |name: &str, value: bool| Some(value).filter(|_| changes(&[name]));
    let whole = |name: &str, value: Option<i64>| small(value.filter(|_| changes(&[name])));
    let manages = changes(&["manageMasterUserPassword", "masterUserSecretKmsKeyId"]);
    let groups = new.vpc_security_group_ids.clone().filter(|_| changes(&["vpcSecurityGroupIds"]));
    let call = cx
        .client::<Client>()?
        .modify_db_cluster()
        .db_cluster_identifier(cluster.db_cluster_identifier().unwrap_or_default())
        .apply_immediately(immediately)
        .set_allow_major_version_upgrade(flag("engineVersion", new.allow_major_version_upgrade))
        .set_engine_version(text("engineVersion", &new.engine_version))
        .set_master_user_password(new.master_password.clone().filter(|_| password))
        .set_manage_master_user_password(Some(new.manage_master_user_password).filter(|_| manages))
        .set_master_user_secret_kms_key_id(new.master_user_secret_kms_key_id.clone().filter(|_| manages))
        .set_port(whole("port", new.port))
        .set_vpc_security_group_ids(groups)
        .set_db_cluster_parameter_group_name(text(
            "dbClusterParameterGroupName",
            &new.db_cluster_parameter_group_name,
        ))
        .set_storage_type(text("storageType", &new.storage_type))
        .set_serverless_v2_scaling_configuration(
            view::scaling(new).filter(|_| changes(&["serverlessv2ScalingConfiguration"])),
        )
        .set_backup_retention_period(whole("backupRetentionPeriod", new.backup_retention_period))
        .set_preferred_backup_window(text("preferredBackupWindow", &new.preferred_backup_window))
        .set_preferred_maintenance_window(text(
            "preferredMaintenanceWindow",
            &new.preferred_maintenance_window,
        ))
        .set_copy_tags_to_snapshot(flag("copyTagsToSnapshot", new.copy_tags_to_snapshot))
        .set_deletion_protection(flag("deletionProtection", new.deletion_protection))
        .set_cloudwatch_logs_export_configuration(changes(&["enabledCloudwatchLogsExports"]).then(|| {
            exported_logs(&now.enabled_cloudwatch_logs_exports, &new.enabled_cloudwatch_logs_exports)
        }))
        .set_enable_iam_database_authentication(flag(
            "iamDatabaseAuthenticationEnabled",
            new.iam_database_authentication_enabled,
        ));
    call.send().await.map_err(|error| status::explain(error.into(), cluster))?;
    cx.note(Asked { fields, password, immediately, before: status::of(cluster).to_owned() });
    Ok(())
}

/// Whether the cluster is available, with all that was asked of RDS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    Ok(asked::look(&cluster, cx.noted::<Asked>(), |asked| outstanding(asked, args, &cluster)))
}

/// The first of what was asked for that is not there.
fn outstanding(asked: &Asked, args: &ClusterArgs, cluster: &DbCluster) -> Option<&'static str> {
    let is_asked = |name: &&str| asked.fields.contains(name);
    let pending = cluster.pending_modified_values.as_ref();
    if asked.password && pending.is_some_and(|pending| pending.master_user_password.is_some()) {
        return Some("masterPassword");
    }
    let mut groups = cluster.vpc_security_groups().iter();
    if groups.any(|group| is_moving(group.status(), &["adding", "removing"]))
        && is_asked(&"vpcSecurityGroupIds")
    {
        return Some("vpcSecurityGroupIds");
    }
    differing(args, cluster, true).into_iter().find(is_asked)
}
