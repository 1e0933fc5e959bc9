//! Making a database cluster: new, or from a snapshot or backup.

use aws_sdk_rds::Client;

use super::{ClusterArgs, ClusterRestoreToPointInTime, change, find, missing, view};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::{Standing, as_pairs};
use crate::kinds::may_claim;
use crate::kinds::rds::restore::{Source, Wanted, moment_of};
use crate::kinds::rds::versions;
use crate::kinds::rds::{cluster_snapshot, retag, small, status, tag_list, tag_map};

/// The cluster was there already, from an attempt of which nobody heard.
#[derive(Clone)]
struct Adopted;

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
            .set_serverless_v2_scaling_configuration(view::scaling($args))
            .set_backup_retention_period(small($args.backup_retention_period))
            .set_preferred_backup_window($args.preferred_backup_window.clone())
            .copy_tags_to_snapshot($args.copy_tags_to_snapshot)
            .deletion_protection($args.deletion_protection)
            .set_enable_cloudwatch_logs_exports(Some($args.enabled_cloudwatch_logs_exports.clone()))
            .enable_iam_database_authentication($args.iam_database_authentication_enabled)
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
    let version = versions::asked(cx, Some(&args.engine), args.engine_version.as_deref()).await;
    common!(cx.client::<Client>()?.create_db_cluster(), cx, args)
        .engine(&args.engine)
        .set_engine_version(version)
        .set_database_name(args.database_name.clone())
        .set_master_username(args.master_username.clone())
        .set_master_user_password(args.master_password.clone())
        .set_manage_master_user_password(Some(true).filter(|_| args.manage_master_user_password))
        .set_master_user_secret_kms_key_id(
            args.master_user_secret_kms_key_id.clone().filter(|_| args.manage_master_user_password),
        )
        .storage_encrypted(args.storage_encrypted.unwrap_or(true))
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
    let fields = change::differing(args, &cluster, false);
    let password = args.master_password.is_some() && !args.manage_master_user_password;
    if password || !fields.is_empty() {
        change::modify(cx, &cluster, args, fields, password, true).await?;
    }
    if adopted {
        retag(cx, cluster.db_cluster_arn(), cluster.tag_list(), &args.tags).await?;
    }
    Ok(())
}
