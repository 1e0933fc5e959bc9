//! Changes of a database instance, and the wait for them.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance};

use super::{InstanceArgs, find, missing, storage, view};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::Poll;
use crate::kinds::Update;
use crate::kinds::rds::asked::{self, Asked, is_moving};
use crate::kinds::rds::status::{self, Phase};
use crate::kinds::rds::{exported_logs, small, versions};
use crate::model::Prop;

/// RDS was asked to make a database of a replica.
#[derive(Clone)]
struct PromotionAsked;

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
    let mut told = view::args(instance);
    if !as_it_is {
        told = view::with_pending(told, instance);
    }
    asked::differing(view::beside(wanted, told), wanted, |this| is_modifiable(this, wanted))
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
    let now = view::args(instance);
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
    let version = versions::asked(cx, engine.as_deref(), version.as_deref()).await;
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

/// Whether the database is available, with all that was asked of RDS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<Poll> {
    let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
    Ok(asked::look(&instance, cx.noted::<Asked<InstanceArgs>>(), |asked| outstanding(asked, args, &instance)))
}

/// The first of what was asked for that is not there.
fn outstanding(
    asked: &Asked<InstanceArgs>,
    args: &InstanceArgs,
    instance: &DbInstance,
) -> Option<Prop<InstanceArgs>> {
    let is_asked = |this: &Prop<InstanceArgs>| asked.fields.contains(this);
    let differing = || differing(args, instance, true).into_iter().find(is_asked);
    let pending = instance.pending_modified_values.as_ref();
    let password = asked.password && pending.is_some_and(|pending| pending.master_user_password.is_some());
    let groups = instance.vpc_security_groups().iter();
    let mut parameters = instance.db_parameter_groups().iter();
    let mut options = instance.option_group_memberships().iter();
    match () {
        () if password => Some(InstanceArgs::PASSWORD),
        () if groups.clone().any(|group| is_moving(group.status(), &["adding", "removing"])) => {
            Some(InstanceArgs::VPC_SECURITY_GROUP_IDS).filter(is_asked)
        }
        () if parameters.any(|group| is_moving(group.parameter_apply_status(), &["applying"])) => {
            Some(InstanceArgs::PARAMETER_GROUP_NAME).filter(is_asked)
        }
        () if options.any(|group| is_moving(group.status(), &["applying", "pending-apply"])) => {
            Some(InstanceArgs::OPTION_GROUP_NAME).filter(is_asked)
        }
        () => None,
    }
    .or_else(differing)
}
