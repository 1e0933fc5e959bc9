//! Scaling of a service, and the alarms that watch it.

use std::collections::BTreeMap;

use super::{Arrival, Builder};
use crate::components::workload::ScalingInput;
use crate::components::{Built, Child, Options};
use crate::kinds::applicationautoscaling::{
    Policy, PolicyInputs, PolicyTargetTrackingScalingPolicyConfigurationInput,
    PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationInput as Metric, Target,
    TargetInputs,
};
use crate::kinds::cloudwatch::{MetricAlarm, MetricAlarmInputs};
use crate::model::In;

/// What alarms compare with where no scaling says otherwise, in percent.
const BUSY: f64 = 80.0;

/// Lets Application Auto Scaling set the number of tasks.
pub async fn scale(
    builder: &Builder<'_>,
    scaling: &ScalingInput,
    cluster: &In<String>,
    service: &In<String>,
    arrival: &Arrival,
) -> Built<()> {
    let resource =
        cluster.clone().zip(service.clone()).map(|(cluster, service)| format!("service/{cluster}/{service}"));
    let target = TargetInputs {
        service_namespace: "ecs".into(),
        scalable_dimension: "ecs:service:DesiredCount".into(),
        resource_id: resource,
        min_capacity: scaling.min.clone(),
        max_capacity: scaling.max.clone(),
        role_arn: builder.args.autoscaling_role_arn.clone(),
        tags: builder.tags.0.clone(),
        ..TargetInputs::default()
    };
    let target: Child<Target> = builder.at.child("scaling", target, Options::default()).await?;
    let label = target_label(arrival);
    let policies = [
        ("cpu", &scaling.cpu, "ECSServiceAverageCPUUtilization", In::default()),
        ("memory", &scaling.memory, "ECSServiceAverageMemoryUtilization", In::default()),
        ("requests", &scaling.requests_per_target, "ALBRequestCountPerTarget", label),
    ];
    let policies =
        policies.into_iter().filter(|(_, goal, ..)| goal.is_set()).map(|(name, goal, metric, label)| {
            let tracking = PolicyTargetTrackingScalingPolicyConfigurationInput {
                target_value: goal.clone(),
                scale_in_cooldown: scaling.scale_in_cooldown.clone(),
                scale_out_cooldown: scaling.scale_out_cooldown.clone(),
                predefined_metric_specification: Metric {
                    predefined_metric_type: metric.into(),
                    resource_label: label,
                }
                .into(),
                ..Default::default()
            };
            let policy = PolicyInputs {
                policy_type: "TargetTrackingScaling".into(),
                service_namespace: "ecs".into(),
                scalable_dimension: "ecs:service:DesiredCount".into(),
                resource_id: target.get::<String>("resourceId"),
                target_tracking_scaling_policy_configuration: tracking.into(),
                ..PolicyInputs::default()
            };
            let suffix = format!("{name}-scaling");
            let named = Options::named(builder.names.of(&suffix));
            async move { builder.at.child::<Policy>(&suffix, policy, named).await }
        });
    futures::future::try_join_all(policies).await.map(drop)
}

/// Makes alarms for CPU and memory.
pub async fn watch(builder: &Builder<'_>, cluster: &In<String>, service: &In<String>) -> Built<()> {
    let thresholds = builder.thresholds();
    let alarms = [
        ("cpu-high", "CPUUtilization", thresholds.cpu),
        ("memory-high", "MemoryUtilization", thresholds.memory),
    ];
    let alarms = alarms.map(|(name, metric, threshold)| {
        let dimensions = BTreeMap::from([
            ("ClusterName".to_owned(), cluster.clone()),
            ("ServiceName".to_owned(), service.clone()),
        ]);
        let alarm = MetricAlarmInputs {
            alarm_description: format!("{metric} of the service is high for 10 minutes").into(),
            namespace: "AWS/ECS".into(),
            metric_name: metric.into(),
            dimensions: dimensions.into(),
            statistic: "Average".into(),
            comparison_operator: "GreaterThanThreshold".into(),
            threshold: threshold.or(BUSY),
            period: 300.into(),
            evaluation_periods: 2.into(),
            alarm_actions: builder.args.alarm_actions.clone(),
            ok_actions: builder.args.alarm_actions.clone(),
            tags: builder.tags.0.clone(),
            ..MetricAlarmInputs::default()
        };
        let named = Options::named(builder.names.of(name));
        async move { builder.at.child::<MetricAlarm>(name, alarm, named).await }
    });
    futures::future::try_join_all(alarms).await.map(drop)
}

/// What Application Auto Scaling calls the place behind the load balancer:
/// `app/name/id/targetgroup/name/id`.
fn target_label(arrival: &Arrival) -> In<String> {
    let target = arrival.target_group_arn.clone().map(|arn| {
        arn.split_once("targetgroup/").map(|(_, rest)| format!("targetgroup/{rest}")).unwrap_or_default()
    });
    arrival.balancer.clone().zip(target).map(|(balancer, target)| format!("{balancer}/{target}"))
}
