//! Making a database cluster, new or from a snapshot or backup, and changing it.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbCluster};

use super::{ClusterArgs, ClusterRestoreToPointInTime, find, from_aws, missing};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::{Standing, as_pairs};
use crate::aws::versions;
use crate::kinds::Update;
use crate::kinds::may_claim;
use crate::kinds::rds::asked::{self, Asked};
use crate::kinds::rds::replacement::major;
use crate::kinds::rds::restore::{Source, Wanted, moment_of};
use crate::kinds::rds::{cluster_snapshot, exported_logs, retag, small, status, tag_list, tag_map};
use crate::model::Prop;

/// The cluster was there already, from an attempt of which nobody heard.
#[derive(Clone)]
struct Adopted;

fn records(args: &ClusterArgs) -> bool {
    args.performance_insights_enabled == Some(true)
}

/// What is told of Performance Insights only where it collects.
const INSIGHTS: [Prop<ClusterArgs>; 2] =
    [ClusterArgs::PERFORMANCE_INSIGHTS_KMS_KEY_ID, ClusterArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD];

/// Says to a call what all three ways of making a cluster have in common.
macro_rules! common {
    ($call:expr, $cx:expr, $args:expr) => {
        $call
            .db_cluster_identifier(&$args.cluster_identifier)
            .set_tags(Some(tag_list($cx.owned(&$args.tags))))
            .set_port(small($args.port))
            .set_db_subnet_group_name($args.db_subnet_group_name.clone())
            .set_vpc_security_group_ids($args.vpc_security_group_ids.clone())
            .set_db_cluster_parameter_group_name($args.db_cluster_parameter_group_name.clone())
            .set_kms_key_id($args.kms_key_id.clone())
            .set_storage_type($args.storage_type.clone())
            .set_serverless_v2_scaling_configuration(from_aws::scaling($args))
            .set_backup_retention_period(small($args.backup_retention_period))
            .set_preferred_backup_window($args.preferred_backup_window.clone())
            .copy_tags_to_snapshot($args.copy_tags_to_snapshot)
            .deletion_protection($args.deletion_protection)
            .set_enable_cloudwatch_logs_exports(Some($args.enabled_cloudwatch_logs_exports.clone()))
            .enable_iam_database_authentication($args.iam_database_authentication_enabled)
            .set_enable_performance_insights($args.performance_insights_enabled)
            .set_performance_insights_kms_key_id(
                $args.performance_insights_kms_key_id.clone().filter(|_| records($args)),
            )
            .set_performance_insights_retention_period(small(
                $args.performance_insights_retention_period.filter(|_| records($args)),
            ))
    };
}

pub async fn create(cx: &Cx, args: &ClusterArgs) -> Result<String> {
    let made = match (&args.snapshot_identifier, &args.restore_to_point_in_time) {
        (Some(snapshot), _) => from_snapshot(cx, args, snapshot).await,
        (_, Some(moment)) => from_backup(cx, args, moment).await,
        _ => new(cx, args).await,
    };
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => adopt(cx, args, error).await?,
        other => other?,
    }
    Ok(args.cluster_identifier.clone())
}

async fn new(cx: &Cx, args: &ClusterArgs) -> Result<()> {
    let version = versions::asked::<Client>(cx, Some(&args.engine), args.engine_version.as_deref()).await;
    common!(cx.client::<Client>()?.create_db_cluster(), cx, args)
        .engine(&args.engine)
        .set_availability_zones(args.availability_zones.clone())
        .set_engine_version(version)
        .set_database_name(args.database_name.clone())
        .set_master_username(args.master_username.clone())
        .set_master_user_password(args.master_password.clone())
        .set_manage_master_user_password(Some(true).filter(|_| args.manage_master_user_password))
        .set_master_user_secret_kms_key_id(
            args.master_user_secret_kms_key_id.clone().filter(|_| args.manage_master_user_password),
        )
        .storage_encrypted(args.storage_encrypted.unwrap_or(true))
        .set_database_insights_mode(args.database_insights_mode.as_deref().map(DatabaseInsightsMode::from))
        .set_preferred_maintenance_window(args.preferred_maintenance_window.clone())
        .send()
        .await?;
    Ok(())
}

fn encryption(args: &ClusterArgs) -> Wanted<'_> {
    Wanted { encrypted: args.storage_encrypted, kms_key_id: args.kms_key_id.as_deref(), takes_key: true }
}

async fn from_snapshot(cx: &Cx, args: &ClusterArgs, name: &str) -> Result<()> {
    let wanted = encryption(args);
    // One that another account shares may not show.
    if wanted.is_said()
        && let Some(found) = cluster_snapshot::find(cx, name).await?
    {
        let encrypted = found.storage_encrypted.unwrap_or_default();
        wanted.check(&Source {
            what: format!("the snapshot {name}"),
            encrypted,
            kms_key_id: found.kms_key_id(),
        })?;
    }
    common!(cx.client::<Client>()?.restore_db_cluster_from_snapshot(), cx, args)
        .snapshot_identifier(name)
        .set_availability_zones(args.availability_zones.clone())
        .engine(&args.engine)
        .set_engine_version(args.engine_version.clone())
        .set_database_name(args.database_name.clone())
        .send()
        .await?;
    Ok(())
}

async fn from_backup(cx: &Cx, args: &ClusterArgs, moment: &ClusterRestoreToPointInTime) -> Result<()> {
    let (wanted, name) = (encryption(args), &moment.source_cluster_identifier);
    if wanted.is_said()
        && let Some(found) = find(cx, name).await?
    {
        let encrypted = found.storage_encrypted.unwrap_or_default();
        wanted.check(&Source {
            what: format!("the cluster {name}"),
            encrypted,
            kms_key_id: found.kms_key_id(),
        })?;
    }
    common!(cx.client::<Client>()?.restore_db_cluster_to_point_in_time(), cx, args)
        .source_db_cluster_identifier(&moment.source_cluster_identifier)
        .set_restore_to_time(moment_of(moment.restore_to_time.as_deref())?)
        .set_use_latest_restorable_time(Some(true).filter(|_| moment.use_latest_restorable_time))
        .send()
        .await?;
    Ok(())
}

/// Takes up a cluster of this name, where an attempt of this program made it.
async fn adopt(cx: &Cx, args: &ClusterArgs, error: Error) -> Result<()> {
    let Some(cluster) = find(cx, &args.cluster_identifier).await? else {
        // It went away a moment ago.
        return Err(error.with_kind(ErrorKind::NotReady));
    };
    let tags = tag_map(cluster.tag_list());
    if status::of(&cluster) == "deleting" && cx.standing(as_pairs(&tags)) != Standing::Foreign {
        return Err(status::not_ready(&cluster));
    }
    may_claim::<super::Cluster>(cx, &args.cluster_identifier, as_pairs(&tags), error, "database cluster")?;
    cx.note(Adopted);
    Ok(())
}

/// Settles what the call that made a cluster from another could not say, and what an adopted one
/// was made without.
pub async fn complete(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<()> {
    let adopted = cx.noted::<Adopted>().is_some();
    let restored = args.snapshot_identifier.is_some() || args.restore_to_point_in_time.is_some();
    if !(adopted || restored) {
        return Ok(());
    }
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    status::usable(&cluster)?;
    let fields = differing(args, &cluster, false);
    let password = args.master_password.is_some() && !args.manage_master_user_password;
    if password || !fields.is_empty() {
        modify(cx, &cluster, args, fields, password, true).await?;
    }
    if adopted {
        retag(cx, cluster.db_cluster_arn(), cluster.tag_list(), &args.tags).await?;
    }
    Ok(())
}

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
    let mut told = from_aws::args(cluster);
    if !as_it_is {
        told = from_aws::with_pending(told, cluster);
    }
    asked::differing(told, wanted, |this| match this {
        _ if this == ClusterArgs::TAGS => false,
        _ if this == ClusterArgs::MASTER_USER_SECRET_KMS_KEY_ID => wanted.manage_master_user_password,
        _ if INSIGHTS.contains(&this) => records(wanted),
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
    let mode = text(ClusterArgs::DATABASE_INSIGHTS_MODE, &new.database_insights_mode);
    let insights =
        changes(&INSIGHTS) || changes(&[ClusterArgs::PERFORMANCE_INSIGHTS_ENABLED]) || mode.is_some();
    let records = insights && records(new);
    let groups =
        new.vpc_security_group_ids.clone().filter(|_| changes(&[ClusterArgs::VPC_SECURITY_GROUP_IDS]));
    let version = text(ClusterArgs::ENGINE_VERSION, &new.engine_version);
    let version = versions::asked::<Client>(cx, Some(&new.engine), version.as_deref()).await;
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
            from_aws::scaling(new).filter(|_| changes(&[ClusterArgs::SERVERLESSV2_SCALING_CONFIGURATION])),
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
        ))
        .set_database_insights_mode(mode.as_deref().map(DatabaseInsightsMode::from))
        .set_enable_performance_insights(new.performance_insights_enabled.filter(|_| insights))
        .set_performance_insights_kms_key_id(new.performance_insights_kms_key_id.clone().filter(|_| records))
        .set_performance_insights_retention_period(small(
            new.performance_insights_retention_period.filter(|_| records),
        ));
    call.send().await.map_err(|error| status::explain(error.into(), cluster))?;
    cx.note(Asked { fields, password, immediately, before: status::of(cluster).to_owned() });
    Ok(())
}
