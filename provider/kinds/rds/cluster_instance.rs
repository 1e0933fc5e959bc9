//! An instance of a database cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbInstance, PendingModifiedValues};

use super::DB_INSTANCE;
use super::asked::{self, Asked, Outstanding, is_moving, lists_changes};
use super::instance::{adopt, find, missing};
use super::rules::{self, check_maintenance_window};
use super::{RdsTags, cluster, number, retag, small, status, tag_list, tag_map, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::kms::same_key;
use crate::aws::wait::{Poll, Wait};
use crate::engine::diff;
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update};
use crate::model::{Failures, Model, Prop};

/// A DB instance of an Aurora cluster. The first instance is the writer; additional instances are
/// readers, and failover targets if the writer fails. The data belongs to the cluster, so replacing
/// an instance loses no data. AWS charges by the hour for the instance class.
#[derive(Clone, Debug, Model)]
pub struct ClusterInstanceArgs {
    /// The identifier of the DB instance: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=63)]
    pub identifier: String,
    /// The identifier of the DB cluster that the instance belongs to.
    #[model(replace, length = 1..=63)]
    pub cluster_identifier: String,
    /// The database engine, which must be that of the cluster.
    #[model(replace, one_of = ["aurora-postgresql", "aurora-mysql"])]
    pub engine: String,
    /// The engine version. It must be that of the cluster; change it in the cluster.
    #[model(in_place, version, aws_default, told)]
    pub engine_version: Option<String>,
    /// The name of the DB subnet group, which must be that of the cluster.
    #[model(replace, any_case, aws_default, told)]
    pub db_subnet_group_name: Option<String>,
    /// The instance class, such as `db.r8g.large`, or `db.serverless`, which requires
    /// `serverlessv2ScalingConfiguration` of the cluster. A change restarts the instance.
    #[model(in_place, length = 1..=100, check = ids::database_class)]
    pub instance_class: String,
    /// The priority with which the instance is promoted to writer if the writer fails: 0 is the
    /// highest, 15 the lowest.
    #[model(in_place, default = 1, range = 0..=15)]
    pub promotion_tier: i64,
    /// The Availability Zone of the instance. If omitted, AWS chooses one.
    #[model(replace, aws_default, told)]
    pub availability_zone: Option<String>,
    /// Whether the instance has a public IP address.
    #[model(in_place, default = false)]
    pub publicly_accessible: bool,
    /// The name of the DB parameter group. Static parameters of a new group take effect at the next
    /// restart of the instance, which is not started automatically.
    #[model(in_place, any_case, aws_default, told)]
    pub db_parameter_group_name: Option<String>,
    /// The weekly time range for maintenance, in UTC, such as `sun:04:30-sun:05:30`. If omitted,
    /// AWS chooses one.
    #[model(in_place, any_case, aws_default, told, check = check_maintenance_window)]
    pub preferred_maintenance_window: Option<String>,
    /// Whether RDS installs minor version upgrades in the maintenance window. RDS does so only if
    /// the property is `true` for all instances of the cluster.
    #[model(in_place, default = true)]
    pub auto_minor_version_upgrade: bool,
    /// Whether changes are applied immediately, so that they are complete when the update ends;
    /// some restart the instance. If `false`, changes that can wait are applied in the next
    /// maintenance window, and are not drift until then.
    #[model(in_place, write_only, default = true)]
    pub apply_immediately: bool,
    /// Whether the tags of the instance are copied to its snapshots. Aurora uses the setting of the
    /// cluster instead.
    #[model(in_place, default = false)]
    pub copy_tags_to_snapshot: bool,
    /// Whether Performance Insights collects the load of the database.
    #[model(in_place, default = false)]
    pub performance_insights_enabled: bool,
    /// The KMS key that encrypts the Performance Insights data. Defaults to the AWS managed key.
    #[model(in_place, aws_default, told, follows = [ClusterInstanceArgs::PERFORMANCE_INSIGHTS_ENABLED], same = same_key)]
    pub performance_insights_kms_key_id: Option<String>,
    /// The number of days to retain Performance Insights data: 7, which is free of charge, a
    /// multiple of 31 for 1 to 23 months, or 731.
    #[model(in_place, aws_default, told, follows = [ClusterInstanceArgs::PERFORMANCE_INSIGHTS_ENABLED])]
    pub performance_insights_retention_period: Option<i64>,
    /// The interval of Enhanced Monitoring metrics, in seconds. 0 disables Enhanced Monitoring.
    #[model(in_place, default = 0, numbers = super::MONITORING_INTERVALS)]
    pub monitoring_interval: i64,
    /// The ARN of the IAM role with which RDS sends Enhanced Monitoring metrics to CloudWatch Logs.
    /// It must trust `monitoring.rds.amazonaws.com`.
    #[model(in_place, told)]
    pub monitoring_role_arn: Option<String>,
    /// The identifier of the certificate authority (CA) of the server certificate, such as
    /// `rds-ca-rsa2048-g1`. If omitted, AWS chooses one.
    #[model(in_place, aws_default, told)]
    pub ca_cert_identifier: Option<String>,
    /// The tags of the DB instance.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a DB instance of an Aurora cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterInstanceState {
    /// The ARN of the DB instance.
    pub arn: String,
    /// The hostname of this instance. Applications should use the endpoints of the cluster.
    pub endpoint: String,
    /// The port of the database.
    pub port: i64,
    /// Whether the instance was the writer at the time of the last refresh.
    pub writer: bool,
    /// The resource ID of the instance, unique and immutable, which begins with `db-`.
    pub dbi_resource_id: String,
    /// The exact engine version in use.
    pub engine_version_actual: String,
}

/// An instance of a database cluster.
pub struct ClusterInstance;

/// The instance was there already, from an attempt of which nobody heard.
#[derive(Clone)]
struct Adopted;

const MINUTE: Duration = Duration::from_secs(60);

impl Kind for ClusterInstance {
    const TOKEN: &'static str = "agentic:rds:ClusterInstance";
    const ID: &'static str = "the identifier of the DB instance";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_INSTANCE);
    const READY: Option<Wait> = Some(Wait {
        goal: "the database instance is available",
        usual: [300, 600],
        budget: MINUTE.saturating_mul(90),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the database instance is gone",
        usual: [180, 480],
        budget: MINUTE.saturating_mul(90),
    });
    const HELD: Duration = MINUTE.saturating_mul(60);
    const PATIENCE: Duration = MINUTE.saturating_mul(90);
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:CreateDBInstance",
            "rds:DescribeDBInstances",
            "rds:DescribeDBClusters",
            "rds:ModifyDBInstance",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        read: &["rds:DescribeDBInstances", "rds:DescribeDBClusters"],
        update: &["rds:ModifyDBInstance", "rds:DescribeDBInstances", "iam:PassRole"],
        delete: &["rds:DeleteDBInstance", "rds:DescribeDBInstances"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::CLUSTER_INSTANCE;

    type Args = ClusterInstanceArgs;
    type State = ClusterInstanceState;

    fn rules(args: &ClusterInstanceInputs, failures: &mut Failures) {
        let role = (ClusterInstanceArgs::MONITORING_ROLE_ARN, &args.monitoring_role_arn);
        let retention = (
            ClusterInstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD,
            &args.performance_insights_retention_period,
        );
        rules::watching(&args.monitoring_interval, role, retention, failures);
    }

    async fn create(cx: &Cx, args: &ClusterInstanceArgs) -> Result<String> {
        if args.engine_version.is_some() {
            let cluster = cluster::find(cx, &args.cluster_identifier).await?;
            check_version(args, cluster.as_ref().and_then(|cluster| cluster.engine_version()))?;
        }
        match make(cx, args).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                adopt::<Self>(cx, &args.identifier, error).await?;
                cx.note(Adopted);
            }
            other => other?,
        }
        Ok(args.identifier.clone())
    }

    /// Brings an adopted instance to what is wanted of it now.
    async fn configure(cx: &Cx, id: &str, args: &ClusterInstanceArgs) -> Result<()> {
        if cx.noted::<Adopted>().is_none() {
            return Ok(());
        }
        let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
        status::usable(&instance)?;
        let fields = differing(args, &instance, false);
        if !fields.is_empty() {
            modify(cx, &instance, args, fields, true).await?;
        }
        retag(cx, instance.db_instance_arn(), instance.tag_list(), &args.tags).await
    }

    async fn ready(cx: &Cx, id: &str, args: &ClusterInstanceArgs) -> Result<Poll> {
        let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
        Ok(asked::look(&instance, cx.noted::<Asked<ClusterInstanceArgs>>(), |asked| {
            outstanding(asked, args, &instance)
        }))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(instance) = find(cx, id).await? else { return Ok(None) };
        live(cx, &instance).await.map(Some)
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterInstanceArgs>) -> Result<()> {
        let new = &update.new;
        let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
        if update.any(&[ClusterInstanceArgs::ENGINE_VERSION]) {
            check_version(new, instance.engine_version())?;
        }
        let catches_up = update.any(&[ClusterInstanceArgs::APPLY_IMMEDIATELY]) && new.apply_immediately;
        let mut fields = differing(new, &instance, new.apply_immediately);
        fields.retain(|field| catches_up || update.any(&[*field]));
        if !fields.is_empty() {
            modify(cx, &instance, new, fields, new.apply_immediately).await?;
        }
        Ok(())
    }

    /// There is no final snapshot: the data stays with the cluster.
    async fn delete(cx: &Cx, id: &str, _args: &ClusterInstanceArgs) -> Result<()> {
        let Some(instance) = find(cx, id).await? else { return Ok(()) };
        if status::of(&instance) == "deleting" {
            return Ok(());
        }
        let call = cx.client::<Client>()?.delete_db_instance().db_instance_identifier(id);
        let deleted = call.skip_final_snapshot(true).send().await;
        deleted.map(drop).map_err(|error| status::explain(error.into(), &instance))
    }

    async fn gone(cx: &Cx, id: &str, _args: &ClusterInstanceArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(instance) => Poll::Pending(status::progress(&instance)),
        })
    }
}

/// AWS takes the version from the cluster, whatever is asked for.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
fn check_version(args: &ClusterInstanceArgs, actual: Option<&str>) -> Result<()> {
    match (&args.engine_version, actual) {
        (Some(wanted), Some(actual)) if !diff::version_satisfies(actual, wanted) => {
            let message = format!(
                "engineVersion is {wanted}, but the cluster {} has {actual}, which all of its instances have",
                args.cluster_identifier
            );
            let hint =
                "Give the engineVersion of the cluster, or leave it out; upgrade the cluster to change it.";
            Err(Error::new(ErrorKind::Invalid, message).with_hint(hint))
        }
        _ => Ok(()),
    }
}

async fn make(cx: &Cx, args: &ClusterInstanceArgs) -> Result<()> {
    let records = args.performance_insights_enabled;
    cx.client::<Client>()?
        .create_db_instance()
        .db_instance_identifier(&args.identifier)
        .db_cluster_identifier(&args.cluster_identifier)
        .engine(&args.engine)
        .set_db_subnet_group_name(args.db_subnet_group_name.clone())
        .db_instance_class(&args.instance_class)
        .set_promotion_tier(small(Some(args.promotion_tier)))
        .set_availability_zone(args.availability_zone.clone())
        .publicly_accessible(args.publicly_accessible)
        .set_db_parameter_group_name(args.db_parameter_group_name.clone())
        .set_preferred_maintenance_window(args.preferred_maintenance_window.clone())
        .auto_minor_version_upgrade(args.auto_minor_version_upgrade)
        .copy_tags_to_snapshot(args.copy_tags_to_snapshot)
        .enable_performance_insights(records)
        .set_performance_insights_kms_key_id(args.performance_insights_kms_key_id.clone().filter(|_| records))
        .set_performance_insights_retention_period(small(
            args.performance_insights_retention_period.filter(|_| records),
        ))
        .set_monitoring_interval(small(Some(args.monitoring_interval)))
        .set_monitoring_role_arn(args.monitoring_role_arn.clone().filter(|_| args.monitoring_interval > 0))
        .set_ca_certificate_identifier(args.ca_cert_identifier.clone())
        .set_tags(Some(tag_list(cx.owned(&args.tags))))
        .send()
        .await?;
    Ok(())
}

async fn live(cx: &Cx, instance: &DbInstance) -> Result<Live<ClusterInstance>> {
    let id = instance.db_instance_identifier().unwrap_or_default();
    let name = instance.db_cluster_identifier().unwrap_or_default();
    if name.is_empty() {
        let message = format!("the database instance {id} belongs to no cluster");
        let hint = "It is a standalone instance: use agentic:rds:Instance.";
        return Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
    }
    let cluster = cluster::find(cx, name).await?;
    let mut members = cluster.iter().flat_map(|cluster| cluster.db_cluster_members());
    let own = members.find(|member| member.db_instance_identifier() == Some(id));
    let writes = own.and_then(|member| member.is_cluster_writer).unwrap_or_default();
    Ok(Live { args: args(instance, instance.pending_modified_values()), state: state(instance, writes) })
}

/// The instance as it is at this moment, or as it will be once what is pending is done. What RDS was
/// told and has not done yet is no drift.
fn args(instance: &DbInstance, pending: Option<&PendingModifiedValues>) -> ClusterInstanceObserved {
    let nothing = PendingModifiedValues::builder().build();
    let pending = pending.unwrap_or(&nothing);
    let authority = pending.ca_certificate_identifier().or(instance.ca_certificate_identifier());
    let group = instance.db_parameter_groups().first();
    let days = number(instance.performance_insights_retention_period);
    // AWS keeps no role for measurements that are not made.
    let measures = instance.monitoring_interval.is_some_and(|interval| interval > 0);
    ClusterInstanceObserved {
        identifier: instance.db_instance_identifier.clone(),
        cluster_identifier: instance.db_cluster_identifier.clone(),
        engine: instance.engine.clone(),
        engine_version: Some(text(instance.engine_version())),
        db_subnet_group_name: Some(text(
            instance.db_subnet_group().and_then(|group| group.db_subnet_group_name()),
        )),
        instance_class: text(pending.db_instance_class().or(instance.db_instance_class())),
        promotion_tier: number(instance.promotion_tier),
        availability_zone: Some(text(instance.availability_zone())),
        publicly_accessible: instance.publicly_accessible,
        db_parameter_group_name: Some(text(group.and_then(|group| group.db_parameter_group_name()))),
        preferred_maintenance_window: Some(text(instance.preferred_maintenance_window())),
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade,
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot,
        performance_insights_enabled: instance.performance_insights_enabled,
        performance_insights_kms_key_id: Some(text(instance.performance_insights_kms_key_id())),
        performance_insights_retention_period: Some(days.filter(|days| *days > 0)),
        monitoring_interval: number(instance.monitoring_interval),
        monitoring_role_arn: measures.then(|| text(instance.monitoring_role_arn())),
        ca_cert_identifier: Some(text(authority)),
        tags: Some(tag_map(instance.tag_list())),
        ..ClusterInstanceObserved::default()
    }
}

fn state(instance: &DbInstance, writer: bool) -> ClusterInstanceState {
    let endpoint = instance.endpoint.as_ref();
    let port = endpoint.and_then(|endpoint| endpoint.port).or(instance.db_instance_port);
    ClusterInstanceState {
        arn: instance.db_instance_arn.clone().unwrap_or_default(),
        endpoint: endpoint.and_then(|endpoint| endpoint.address.clone()).unwrap_or_default(),
        port: number(port).unwrap_or_default(),
        writer,
        dbi_resource_id: instance.dbi_resource_id.clone().unwrap_or_default(),
        engine_version_actual: instance.engine_version.clone().unwrap_or_default(),
    }
}

/// The arguments that RDS can change and that are not as asked for: as the instance is, or as it
/// will be when RDS has done what it was told.
fn differing(
    wanted: &ClusterInstanceArgs,
    instance: &DbInstance,
    as_it_is: bool,
) -> Vec<Prop<ClusterInstanceArgs>> {
    let pending = instance.pending_modified_values().filter(|_| !as_it_is);
    let told = args(instance, pending);
    let of_insights = [
        ClusterInstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD,
        ClusterInstanceArgs::PERFORMANCE_INSIGHTS_KMS_KEY_ID,
    ];
    asked::differing(told, wanted, |this| match this {
        _ if this == ClusterInstanceArgs::TAGS || this == ClusterInstanceArgs::ENGINE_VERSION => false,
        _ if this == ClusterInstanceArgs::MONITORING_ROLE_ARN => wanted.monitoring_interval > 0,
        _ if of_insights.contains(&this) => wanted.performance_insights_enabled,
        _ => true,
    })
}

/// Tells RDS to change these arguments, and nothing else.
async fn modify(
    cx: &Cx,
    instance: &DbInstance,
    new: &ClusterInstanceArgs,
    fields: Vec<Prop<ClusterInstanceArgs>>,
    immediately: bool,
) -> Result<()> {
    if status::phase(status::of(instance)) == status::Phase::Passing {
        return Err(status::not_ready(instance));
    }
    let changes = |these: &[Prop<ClusterInstanceArgs>]| these.iter().any(|this| fields.contains(this));
    let text =
        |this: Prop<ClusterInstanceArgs>, value: &Option<String>| value.clone().filter(|_| changes(&[this]));
    let flag = |this: Prop<ClusterInstanceArgs>, value: bool| Some(value).filter(|_| changes(&[this]));
    let insights = [
        ClusterInstanceArgs::PERFORMANCE_INSIGHTS_ENABLED,
        ClusterInstanceArgs::PERFORMANCE_INSIGHTS_RETENTION_PERIOD,
        ClusterInstanceArgs::PERFORMANCE_INSIGHTS_KMS_KEY_ID,
    ];
    let records = changes(&insights) && new.performance_insights_enabled;
    let measures =
        changes(&[ClusterInstanceArgs::MONITORING_INTERVAL, ClusterInstanceArgs::MONITORING_ROLE_ARN]);
    let call = cx
        .client::<Client>()?
        .modify_db_instance()
        .db_instance_identifier(instance.db_instance_identifier().unwrap_or_default())
        .apply_immediately(immediately)
        .set_db_instance_class(
            Some(new.instance_class.clone()).filter(|_| changes(&[ClusterInstanceArgs::INSTANCE_CLASS])),
        )
        .set_promotion_tier(small(
            Some(new.promotion_tier).filter(|_| changes(&[ClusterInstanceArgs::PROMOTION_TIER])),
        ))
        .set_publicly_accessible(flag(ClusterInstanceArgs::PUBLICLY_ACCESSIBLE, new.publicly_accessible))
        .set_db_parameter_group_name(text(
            ClusterInstanceArgs::DB_PARAMETER_GROUP_NAME,
            &new.db_parameter_group_name,
        ))
        .set_preferred_maintenance_window(text(
            ClusterInstanceArgs::PREFERRED_MAINTENANCE_WINDOW,
            &new.preferred_maintenance_window,
        ))
        .set_auto_minor_version_upgrade(flag(
            ClusterInstanceArgs::AUTO_MINOR_VERSION_UPGRADE,
            new.auto_minor_version_upgrade,
        ))
        .set_copy_tags_to_snapshot(flag(
            ClusterInstanceArgs::COPY_TAGS_TO_SNAPSHOT,
            new.copy_tags_to_snapshot,
        ))
        .set_enable_performance_insights(
            Some(new.performance_insights_enabled).filter(|_| changes(&insights)),
        )
        .set_performance_insights_kms_key_id(new.performance_insights_kms_key_id.clone().filter(|_| records))
        .set_performance_insights_retention_period(small(
            new.performance_insights_retention_period.filter(|_| records),
        ))
        .set_monitoring_interval(small(Some(new.monitoring_interval).filter(|_| measures)))
        .set_monitoring_role_arn(
            new.monitoring_role_arn.clone().filter(|_| measures && new.monitoring_interval > 0),
        )
        .set_ca_certificate_identifier(text(
            ClusterInstanceArgs::CA_CERT_IDENTIFIER,
            &new.ca_cert_identifier,
        ));
    call.send().await.map_err(|error| status::explain(error.into(), instance))?;
    cx.note(Asked { fields, password: false, immediately, before: status::of(instance).to_owned() });
    Ok(())
}

/// The first of what was asked for that is not there.
fn outstanding(
    asked: &Asked<ClusterInstanceArgs>,
    args: &ClusterInstanceArgs,
    instance: &DbInstance,
) -> Option<Outstanding<ClusterInstanceArgs>> {
    let is_asked = |this: &Prop<ClusterInstanceArgs>| asked.fields.contains(this);
    let mut groups = instance.db_parameter_groups().iter();
    if groups.any(|group| is_moving(group.parameter_apply_status(), &["applying"]))
        && is_asked(&ClusterInstanceArgs::DB_PARAMETER_GROUP_NAME)
    {
        return Some(Outstanding::Moving(ClusterInstanceArgs::DB_PARAMETER_GROUP_NAME));
    }
    let what = differing(args, instance, true).into_iter().find(is_asked)?;
    Some(Outstanding::differs(what, lists_changes(instance)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let fields = Value::from_json(&json!({
            "identifier": "a", "clusterIdentifier": "c", "engine": "postgres", "instanceClass": "db.r8g.large",
            "promotionTier": 16, "monitoringInterval": 5, "performanceInsightsRetentionPeriod": 30,
            "preferredMaintenanceWindow": "sunday",
        }));
        let mut failures = Failures::new();
        let input = ClusterInstanceArgs::read(fields.as_object().unwrap(), &mut failures);
        ClusterInstance::rules(&input, &mut failures);
        let text = failures.to_string();
        for part in [
            "aurora-postgresql",
            "from 0 to 15",
            "monitoringRoleArn: is missing",
            "a multiple of 31",
            "such as sun:",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
