//! Making a database instance, new, as a replica, or from a snapshot or backup, and changing it.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance};

use super::{InstanceArgs, InstanceRestoreToPointInTime, adopt, find, from_aws, missing};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::versions;
use crate::kinds::Update;
use crate::kinds::rds::asked::{self, Asked};
use crate::kinds::rds::restore::{Source, Wanted, moment_of};
use crate::kinds::rds::status::{self, Phase};
use crate::kinds::rds::{exported_logs, retag, small, snapshot, storage, tag_list};
use crate::model::Prop;

/// The instance was there already, from an attempt of which nobody heard.
#[derive(Clone)]
struct Adopted;

/// Says to a call what all four ways of making an instance have in common.
macro_rules! common {
    ($call:expr, $cx:expr, $args:expr) => {
        $call
            .set_tags(Some(tag_list($cx.owned(&$args.tags))))
            .set_db_instance_class($args.instance_class.clone())
            .set_availability_zone($args.availability_zone.clone())
            .set_port(small($args.port))
            .multi_az($args.multi_az)
            .auto_minor_version_upgrade($args.auto_minor_version_upgrade)
            .set_allocated_storage(small($args.allocated_storage))
            .set_storage_type(storage::asked_type($args))
            .set_iops(small($args.iops))
            .set_storage_throughput(small($args.storage_throughput))
            .set_option_group_name($args.option_group_name.clone())
            .set_db_subnet_group_name($args.db_subnet_group_name.clone())
            .set_vpc_security_group_ids($args.vpc_security_group_ids.clone())
            .publicly_accessible($args.publicly_accessible)
            .copy_tags_to_snapshot($args.copy_tags_to_snapshot)
            .deletion_protection($args.deletion_protection)
            .enable_iam_database_authentication($args.iam_database_authentication_enabled)
            .set_enable_cloudwatch_logs_exports(Some($args.enabled_cloudwatch_logs_exports.clone()))
            .set_ca_certificate_identifier($args.ca_cert_identifier.clone())
            .set_network_type($args.network_type.clone())
    };
}

/// Says to a call what a new instance and a replica have in common: how they are watched.
macro_rules! watched {
    ($call:expr, $args:expr) => {
        $call
            .set_max_allocated_storage(small($args.max_allocated_storage))
            .enable_performance_insights($args.performance_insights_enabled)
            .set_performance_insights_retention_period(small(
                $args.performance_insights_retention_period.filter(|_| $args.performance_insights_enabled),
            ))
            .set_performance_insights_kms_key_id(
                $args.performance_insights_kms_key_id.clone().filter(|_| $args.performance_insights_enabled),
            )
            .set_database_insights_mode(
                $args.database_insights_mode.as_deref().map(DatabaseInsightsMode::from),
            )
            .set_monitoring_interval(small(Some($args.monitoring_interval)))
            .set_monitoring_role_arn(
                $args.monitoring_role_arn.clone().filter(|_| $args.monitoring_interval > 0),
            )
    };
}

/// Says to a call what both ways of restoring an instance have in common.
macro_rules! restored {
    ($call:expr, $args:expr) => {
        $call
            .set_db_parameter_group_name($args.parameter_group_name.clone())
            .set_backup_retention_period(small($args.backup_retention_period))
            .set_preferred_backup_window($args.backup_window.clone())
            .set_license_model($args.license_model.clone())
            .set_engine_lifecycle_support($args.engine_lifecycle_support.clone())
    };
}

/// RDS was asked to make a database of a replica.
#[derive(Clone)]
struct PromotionAsked;

pub async fn create(cx: &Cx, args: &InstanceArgs) -> Result<String> {
    let made = match (&args.replicate_source_db, &args.snapshot_identifier, &args.restore_to_point_in_time) {
        (Some(source), _, _) => replica(cx, args, source).await,
        (_, Some(snapshot), _) => from_snapshot(cx, args, snapshot).await,
        (_, _, Some(moment)) => from_backup(cx, args, moment).await,
        _ => new(cx, args).await,
    };
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            adopt::<super::Instance>(cx, &args.identifier, error).await?;
            cx.note(Adopted);
        }
        other => other?,
    }
    Ok(args.identifier.clone())
}

async fn new(cx: &Cx, args: &InstanceArgs) -> Result<()> {
    let version = versions::asked::<Client>(cx, args.engine.as_deref(), args.engine_version.as_deref()).await;
    let call = cx.client::<Client>()?.create_db_instance().db_instance_identifier(&args.identifier);
    watched!(common!(call, cx, args), args)
        .set_engine(args.engine.clone())
        .set_engine_version(version)
        .set_db_name(args.db_name.clone())
        .set_master_username(args.username.clone())
        .set_master_user_password(args.password.clone())
        .set_manage_master_user_password(Some(true).filter(|_| args.manage_master_user_password))
        .set_master_user_secret_kms_key_id(
            args.master_user_secret_kms_key_id.clone().filter(|_| args.manage_master_user_password),
        )
        .storage_encrypted(args.storage_encrypted.unwrap_or(true))
        .set_kms_key_id(args.kms_key_id.clone())
        .set_db_parameter_group_name(args.parameter_group_name.clone())
        .set_backup_retention_period(small(args.backup_retention_period))
        .set_preferred_backup_window(args.backup_window.clone())
        .set_preferred_maintenance_window(args.maintenance_window.clone())
        .set_license_model(args.license_model.clone())
        .set_engine_lifecycle_support(args.engine_lifecycle_support.clone())
        .send()
        .await?;
    Ok(())
}

/// The parameter group is not told here: AWS takes it for few engines only, and gives that of the
/// source.
async fn replica(cx: &Cx, args: &InstanceArgs, source: &str) -> Result<()> {
    let instance = find_source(cx, source).await?;
    let call = cx.client::<Client>()?.create_db_instance_read_replica();
    let call = call.db_instance_identifier(&args.identifier).source_db_instance_identifier(source);
    let made = watched!(common!(call, cx, args), args).set_kms_key_id(args.kms_key_id.clone()).send().await;
    made.map(drop).map_err(|error| {
        let error = Error::from(error);
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
        match error.kind() {
            ErrorKind::Invalid if instance.master_user_secret.is_some() => error.with_hint(format!(
                "RDS manages the password of {source}, and creates no read replicas of such instances: give {source} a password of your own, and set its manageMasterUserPassword to false."
            )),
            _ => error,
        }
    })
}

/// The instance to replicate, once it can be.
async fn find_source(cx: &Cx, source: &str) -> Result<DbInstance> {
    let name = from_aws::name(source);
    let region = source.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2)).map(str::to_owned);
    let at = Cx { region: region.or_else(|| cx.region.clone()), ..cx.clone() };
    let instance = find(&at, name).await?.ok_or_else(|| missing(source))?;
    if let Phase::Stuck(advice) = status::phase(status::of(&instance)) {
        return Err(status::stuck(&instance, advice));
    }
    let told =
        from_aws::args(&instance, instance.pending_modified_values()).backup_retention_period.flatten();
    let keeps_backups = instance.backup_retention_period.unwrap_or_default() > 0;
    if told == Some(0) {
        let message =
            format!("a read replica of {name} cannot be created, because {name} has no automated backups");
        let hint = format!("Set backupRetentionPeriod of {name} to 1 or more.");
        return Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
    }
    if status::phase(status::of(&instance)) == Phase::Passing || !keeps_backups {
        return Err(status::not_ready(&instance));
    }
    Ok(instance)
}

fn encryption(args: &InstanceArgs) -> Wanted<'_> {
    Wanted { encrypted: args.storage_encrypted, kms_key_id: args.kms_key_id.as_deref(), takes_key: false }
}

async fn from_snapshot(cx: &Cx, args: &InstanceArgs, name: &str) -> Result<()> {
    let wanted = encryption(args);
    // One that another account shares may not show.
    if wanted.is_said()
        && let Some(found) = snapshot::find(cx, name).await?
    {
        let encrypted = found.encrypted.unwrap_or_default();
        wanted.check(&Source {
            what: format!("the snapshot {name}"),
            encrypted,
            kms_key_id: found.kms_key_id(),
        })?;
    }
    let call = cx.client::<Client>()?.restore_db_instance_from_db_snapshot();
    let call = call.db_instance_identifier(&args.identifier).db_snapshot_identifier(name);
    restored!(common!(call, cx, args), args).send().await?;
    Ok(())
}

async fn from_backup(cx: &Cx, args: &InstanceArgs, moment: &InstanceRestoreToPointInTime) -> Result<()> {
    let wanted = encryption(args);
    if let Some(name) = moment.source_db_instance_identifier.as_deref().filter(|_| wanted.is_said())
        && let Some(found) = find(cx, name).await?
    {
        let encrypted = found.storage_encrypted.unwrap_or_default();
        wanted.check(&Source {
            what: format!("the database {name}"),
            encrypted,
            kms_key_id: found.kms_key_id(),
        })?;
    }
    let call = cx
        .client::<Client>()?
        .restore_db_instance_to_point_in_time()
        .target_db_instance_identifier(&args.identifier)
        .set_source_db_instance_identifier(moment.source_db_instance_identifier.clone())
        .set_source_dbi_resource_id(moment.source_dbi_resource_id.clone())
        .set_source_db_instance_automated_backups_arn(moment.source_db_instance_automated_backups_arn.clone())
        .set_restore_time(moment_of(moment.restore_time.as_deref())?)
        .use_latest_restorable_time(moment.use_latest_restorable_time);
    restored!(common!(call, cx, args), args)
        .set_max_allocated_storage(small(args.max_allocated_storage))
        .send()
        .await?;
    Ok(())
}

/// Settles what the call that made an instance from another could not say, and what an adopted
/// one was made without.
pub async fn complete(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<()> {
    let adopted = cx.noted::<Adopted>().is_some();
    let restored = args.snapshot_identifier.is_some() || args.restore_to_point_in_time.is_some();
    let is_replica = args.replicate_source_db.is_some();
    if !(adopted || restored || is_replica) {
        return Ok(());
    }
    let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
    status::usable(&instance)?;
    let fields = differing(args, &instance, false);
    let password = args.password.is_some() && !is_replica && !args.manage_master_user_password;
    if password || !fields.is_empty() {
        modify(cx, &instance, args, fields, password, true).await?;
    }
    if adopted {
        retag(cx, instance.db_instance_arn(), instance.tag_list(), &args.tags).await?;
    }
    Ok(())
}

pub async fn update(cx: &Cx, id: &str, update: &Update<InstanceArgs>) -> Result<()> {
    let Update { old, new, .. } = update;
    let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
    let promotes = old.replicate_source_db.is_some() && new.replicate_source_db.is_none();
    if promotes && instance.read_replica_source_db_instance_identifier().is_some() {
        promote(cx, id, &instance, new).await?;
        return Err(Error::new(
            ErrorKind::NotReady,
            format!("the replica {id} is being promoted to a standalone instance"),
        ));
    }
    let catches_up = update.any(&[InstanceArgs::APPLY_IMMEDIATELY]) && new.apply_immediately;
    let mut fields = differing(new, &instance, new.apply_immediately);
    fields.retain(|field| promotes || catches_up || update.any(&[*field]));
    let own_password =
        update.any(&[InstanceArgs::PASSWORD]) || fields.contains(&InstanceArgs::MANAGE_MASTER_USER_PASSWORD);
    let password = own_password && !new.manage_master_user_password && new.password.is_some();
    if password || !fields.is_empty() {
        modify(cx, &instance, new, fields, password, new.apply_immediately).await?;
    }
    Ok(())
}

/// Makes a database of its own of a replica; its other settings come when it is one.
async fn promote(cx: &Cx, id: &str, instance: &DbInstance, new: &InstanceArgs) -> Result<()> {
    match status::phase(status::of(instance)) {
        Phase::Stuck(advice) => return Err(status::stuck(instance, advice)),
        Phase::Passing => return Ok(()),
        Phase::Usable if cx.noted::<PromotionAsked>().is_some() => return Ok(()),
        Phase::Usable => {}
    }
    let call = cx.client::<Client>()?.promote_read_replica().db_instance_identifier(id);
    let call = call.set_backup_retention_period(small(new.backup_retention_period));
    call.set_preferred_backup_window(new.backup_window.clone()).send().await?;
    cx.note(PromotionAsked);
    Ok(())
}

/// The arguments that RDS can change and that are not as asked for: as the instance is, or as it
/// will be when RDS has done what it was told.
pub fn differing(wanted: &InstanceArgs, instance: &DbInstance, as_it_is: bool) -> Vec<Prop<InstanceArgs>> {
    let pending = instance.pending_modified_values().filter(|_| !as_it_is);
    let told = from_aws::args(instance, pending);
    asked::differing(from_aws::beside(wanted, told), wanted, |this| is_modifiable(this, wanted))
}

fn is_modifiable(this: Prop<InstanceArgs>, wanted: &InstanceArgs) -> bool {
    const INSIGHTS: [Prop<InstanceArgs>; 2] =
        [InstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD, InstanceArgs::PERFORMANCE_INSIGHTS_KMS_KEY_ID];
    match this {
        _ if [InstanceArgs::TAGS, InstanceArgs::REPLICATE_SOURCE_DB].contains(&this) => false,
        _ if this == InstanceArgs::MONITORING_ROLE_ARN => wanted.monitoring_interval > 0,
        _ if INSIGHTS.contains(&this) => wanted.performance_insights_enabled,
        _ if this == InstanceArgs::MASTER_USER_SECRET_KMS_KEY_ID => wanted.manage_master_user_password,
        _ => true,
    }
}

/// Tells RDS to change these arguments, and nothing else.
pub async fn modify(
    cx: &Cx,
    instance: &DbInstance,
    new: &InstanceArgs,
    fields: Vec<Prop<InstanceArgs>>,
    password: bool,
    immediately: bool,
) -> Result<()> {
    let id = instance.db_instance_identifier().unwrap_or_default();
    if status::phase(status::of(instance)) == Phase::Passing {
        return Err(status::not_ready(instance));
    }
    let now = from_aws::args(instance, None);
    let changes = |these: &[Prop<InstanceArgs>]| these.iter().any(|this| fields.contains(this));
    let text = |this: Prop<InstanceArgs>, value: &Option<String>| value.clone().filter(|_| changes(&[this]));
    let flag = |this: Prop<InstanceArgs>, value: bool| Some(value).filter(|_| changes(&[this]));
    let manages =
        changes(&[InstanceArgs::MANAGE_MASTER_USER_PASSWORD, InstanceArgs::MASTER_USER_SECRET_KMS_KEY_ID]);
    let insights = [
        InstanceArgs::PERFORMANCE_INSIGHTS_ENABLED,
        InstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD,
        InstanceArgs::PERFORMANCE_INSIGHTS_KMS_KEY_ID,
    ];
    let records = changes(&insights) && new.performance_insights_enabled;
    let measures = changes(&[InstanceArgs::MONITORING_INTERVAL, InstanceArgs::MONITORING_ROLE_ARN]);
    let groups =
        new.vpc_security_group_ids.clone().filter(|_| changes(&[InstanceArgs::VPC_SECURITY_GROUP_IDS]));
    // Autoscaling ends where the storage does.
    let most = new.max_allocated_storage.or(now.allocated_storage.flatten().max(new.allocated_storage));
    let engine = new.engine.clone().or_else(|| now.engine.clone().flatten());
    let version = text(InstanceArgs::ENGINE_VERSION, &new.engine_version);
    let version = versions::asked::<Client>(cx, engine.as_deref(), version.as_deref()).await;
    let call = cx.client::<Client>()?.modify_db_instance().db_instance_identifier(id);
    let call = storage::set(call, &fields, &now, new)
        .apply_immediately(immediately)
        .set_allow_major_version_upgrade(flag(InstanceArgs::ENGINE_VERSION, new.allow_major_version_upgrade))
        .set_engine_version(version)
        .set_db_instance_class(text(InstanceArgs::INSTANCE_CLASS, &new.instance_class))
        .set_max_allocated_storage(small(most.filter(|_| changes(&[InstanceArgs::MAX_ALLOCATED_STORAGE]))))
        .set_master_user_password(new.password.clone().filter(|_| password))
        .set_manage_master_user_password(Some(new.manage_master_user_password).filter(|_| manages))
        .set_master_user_secret_kms_key_id(new.master_user_secret_kms_key_id.clone().filter(|_| manages))
        .set_db_port_number(small(new.port.filter(|_| changes(&[InstanceArgs::PORT]))))
        .set_multi_az(flag(InstanceArgs::MULTI_AZ, new.multi_az))
        .set_db_subnet_group_name(text(InstanceArgs::DB_SUBNET_GROUP_NAME, &new.db_subnet_group_name))
        .set_vpc_security_group_ids(groups)
        .set_publicly_accessible(flag(InstanceArgs::PUBLICLY_ACCESSIBLE, new.publicly_accessible))
        .set_db_parameter_group_name(text(InstanceArgs::PARAMETER_GROUP_NAME, &new.parameter_group_name))
        .set_option_group_name(text(InstanceArgs::OPTION_GROUP_NAME, &new.option_group_name))
        .set_backup_retention_period(small(
            new.backup_retention_period.filter(|_| changes(&[InstanceArgs::BACKUP_RETENTION_PERIOD])),
        ))
        .set_preferred_backup_window(text(InstanceArgs::BACKUP_WINDOW, &new.backup_window))
        .set_preferred_maintenance_window(text(InstanceArgs::MAINTENANCE_WINDOW, &new.maintenance_window))
        .set_auto_minor_version_upgrade(flag(
            InstanceArgs::AUTO_MINOR_VERSION_UPGRADE,
            new.auto_minor_version_upgrade,
        ))
        .set_copy_tags_to_snapshot(flag(InstanceArgs::COPY_TAGS_TO_SNAPSHOT, new.copy_tags_to_snapshot))
        .set_deletion_protection(flag(InstanceArgs::DELETION_PROTECTION, new.deletion_protection))
        .set_enable_performance_insights(
            Some(new.performance_insights_enabled).filter(|_| changes(&insights)),
        )
        .set_performance_insights_retention_period(small(
            new.performance_insights_retention_period.filter(|_| records),
        ))
        .set_performance_insights_kms_key_id(new.performance_insights_kms_key_id.clone().filter(|_| records))
        .set_database_insights_mode(
            text(InstanceArgs::DATABASE_INSIGHTS_MODE, &new.database_insights_mode)
                .map(|mode| DatabaseInsightsMode::from(mode.as_str())),
        )
        .set_monitoring_interval(small(Some(new.monitoring_interval).filter(|_| measures)))
        .set_monitoring_role_arn(
            new.monitoring_role_arn.clone().filter(|_| measures && new.monitoring_interval > 0),
        )
        .set_cloudwatch_logs_export_configuration(
            changes(&[InstanceArgs::ENABLED_CLOUDWATCH_LOGS_EXPORTS]).then(|| {
                exported_logs(
                    instance.enabled_cloudwatch_logs_exports(),
                    &new.enabled_cloudwatch_logs_exports,
                )
            }),
        )
        .set_ca_certificate_identifier(text(InstanceArgs::CA_CERT_IDENTIFIER, &new.ca_cert_identifier))
        .set_enable_iam_database_authentication(flag(
            InstanceArgs::IAM_DATABASE_AUTHENTICATION_ENABLED,
            new.iam_database_authentication_enabled,
        ))
        .set_network_type(text(InstanceArgs::NETWORK_TYPE, &new.network_type))
        .set_license_model(text(InstanceArgs::LICENSE_MODEL, &new.license_model))
        .set_engine_lifecycle_support(text(
            InstanceArgs::ENGINE_LIFECYCLE_SUPPORT,
            &new.engine_lifecycle_support,
        ));
    call.send().await.map_err(|error| status::explain(error.into(), instance))?;
    cx.note(Asked { fields, password, immediately, before: status::of(instance).to_owned() });
    Ok(())
}
