//! Changes of a database cluster, and the wait for them.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbCluster;

use super::{ClusterArgs, find, missing, view};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::kinds::Update;
use crate::kinds::rds::asked::{self, Asked, is_moving};
use crate::kinds::rds::replacement::major;
use crate::kinds::rds::versions;
use crate::kinds::rds::{exported_logs, small, status};
use crate::model::Prop;

pub async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
    let new = &update.new;
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    let catches_up = update.any(&[ClusterArgs::APPLY_IMMEDIATELY]) && new.apply_immediately;
    let mut fields = differing(new, &cluster, new.apply_immediately);
    fields.retain(|field| catches_up || update.any(&[*field]));
    let own_password = update.any(&[ClusterArgs::MASTER_PASSWORD])
        || fields.contains(&ClusterArgs::MANAGE_MASTER_USER_PASSWORD);
    let password = own_password && !new.manage_master_user_password && new.master_password.is_some();
    if password || !fields.is_empty() {
        modify(cx, &cluster, new, fields, password, new.apply_immediately).await?;
    }
    Ok(())
}

/// The arguments that RDS can change and that are not as asked for: as the cluster is, or as it
/// will be when RDS has done what it was told.
pub fn differing(wanted: &ClusterArgs, cluster: &DbCluster, as_it_is: bool) -> Vec<Prop<ClusterArgs>> {
    let mut told = view::args(cluster);
    if !as_it_is {
        told = view::with_pending(told, cluster);
    }
    asked::differing(told, wanted, |this| match this {
        _ if this == ClusterArgs::TAGS => false,
        _ if this == ClusterArgs::MASTER_USER_SECRET_KMS_KEY_ID => wanted.manage_master_user_password,
        _ => true,
    })
}

/// Tells RDS to change these arguments, and nothing else.
pub async fn modify(
    cx: &Cx,
    cluster: &DbCluster,
    new: &ClusterArgs,
    fields: Vec<Prop<ClusterArgs>>,
    password: bool,
    immediately: bool,
) -> Result<()> {
    if status::phase(status::of(cluster)) == status::Phase::Passing {
        return Err(status::not_ready(cluster));
    }
    let changes = |these: &[Prop<ClusterArgs>]| these.iter().any(|this| fields.contains(this));
    let text = |this: Prop<ClusterArgs>, value: &Option<String>| value.clone().filter(|_| changes(&[this]));
    let flag = |this: Prop<ClusterArgs>, value: bool| Some(value).filter(|_| changes(&[this]));
    let whole = |this: Prop<ClusterArgs>, value: Option<i64>| small(value.filter(|_| changes(&[this])));
    let manages =
        changes(&[ClusterArgs::MANAGE_MASTER_USER_PASSWORD, ClusterArgs::MASTER_USER_SECRET_KMS_KEY_ID]);
    let groups =
        new.vpc_security_group_ids.clone().filter(|_| changes(&[ClusterArgs::VPC_SECURITY_GROUP_IDS]));
    let version = text(ClusterArgs::ENGINE_VERSION, &new.engine_version);
    let version = versions::asked(cx, Some(&new.engine), version.as_deref()).await;
    let from = cluster.engine_version().and_then(major);
    let is_major = version.as_deref().is_some_and(|to| major(to) != from);
    let call = cx
        .client::<Client>()?
        .modify_db_cluster()
        .db_cluster_identifier(cluster.db_cluster_identifier().unwrap_or_default())
        .apply_immediately(immediately)
        .set_allow_major_version_upgrade(flag(ClusterArgs::ENGINE_VERSION, new.allow_major_version_upgrade))
        .set_engine_version(version)
        .set_master_user_password(new.master_password.clone().filter(|_| password))
        .set_manage_master_user_password(Some(new.manage_master_user_password).filter(|_| manages))
        .set_master_user_secret_kms_key_id(new.master_user_secret_kms_key_id.clone().filter(|_| manages))
        .set_port(whole(ClusterArgs::PORT, new.port))
        .set_vpc_security_group_ids(groups)
        .set_db_cluster_parameter_group_name(text(
            ClusterArgs::DB_CLUSTER_PARAMETER_GROUP_NAME,
            &new.db_cluster_parameter_group_name,
        ))
        .set_db_instance_parameter_group_name(
            new.db_instance_parameter_group_name.clone().filter(|_| is_major),
        )
        .set_storage_type(text(ClusterArgs::STORAGE_TYPE, &new.storage_type))
        .set_serverless_v2_scaling_configuration(
            view::scaling(new).filter(|_| changes(&[ClusterArgs::SERVERLESSV2_SCALING_CONFIGURATION])),
        )
        .set_backup_retention_period(whole(ClusterArgs::BACKUP_RETENTION_PERIOD, new.backup_retention_period))
        .set_preferred_backup_window(text(ClusterArgs::PREFERRED_BACKUP_WINDOW, &new.preferred_backup_window))
        .set_preferred_maintenance_window(text(
            ClusterArgs::PREFERRED_MAINTENANCE_WINDOW,
            &new.preferred_maintenance_window,
        ))
        .set_copy_tags_to_snapshot(flag(ClusterArgs::COPY_TAGS_TO_SNAPSHOT, new.copy_tags_to_snapshot))
        .set_deletion_protection(flag(ClusterArgs::DELETION_PROTECTION, new.deletion_protection))
        .set_cloudwatch_logs_export_configuration(
            changes(&[ClusterArgs::ENABLED_CLOUDWATCH_LOGS_EXPORTS]).then(|| {
                exported_logs(cluster.enabled_cloudwatch_logs_exports(), &new.enabled_cloudwatch_logs_exports)
            }),
        )
        .set_enable_iam_database_authentication(flag(
            ClusterArgs::IAM_DATABASE_AUTHENTICATION_ENABLED,
            new.iam_database_authentication_enabled,
        ));
    call.send().await.map_err(|error| status::explain(error.into(), cluster))?;
    cx.note(Asked { fields, password, immediately, before: status::of(cluster).to_owned() });
    Ok(())
}

/// Whether the cluster is available, with all that was asked of RDS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    Ok(asked::look(&cluster, cx.noted::<Asked<ClusterArgs>>(), |asked| outstanding(asked, args, &cluster)))
}

/// The first of what was asked for that is not there.
fn outstanding(
    asked: &Asked<ClusterArgs>,
    args: &ClusterArgs,
    cluster: &DbCluster,
) -> Option<Prop<ClusterArgs>> {
    let is_asked = |this: &Prop<ClusterArgs>| asked.fields.contains(this);
    let pending = cluster.pending_modified_values.as_ref();
    if asked.password && pending.is_some_and(|pending| pending.master_user_password.is_some()) {
        return Some(ClusterArgs::MASTER_PASSWORD);
    }
    let mut groups = cluster.vpc_security_groups().iter();
    if groups.any(|group| is_moving(group.status(), &["adding", "removing"]))
        && is_asked(&ClusterArgs::VPC_SECURITY_GROUP_IDS)
    {
        return Some(ClusterArgs::VPC_SECURITY_GROUP_IDS);
    }
    differing(args, cluster, true).into_iter().find(is_asked)
}
