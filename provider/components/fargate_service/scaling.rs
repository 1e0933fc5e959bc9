//! Scaling of a service, and the alarms that watch it.

use super::{Arrival, Builder};
use crate::components::alarm::{Metric, Watch};
use crate::components::edge;
use crate::components::workload::ScalingInput;
use crate::components::{Child, Options};
use crate::kinds::applicationautoscaling::{
    Policy, PolicyInputs, PredefinedMetricInput as Predefined, ScheduledAction, ScheduledActionInputs,
    ScheduledActionScalableTargetActionInput, Target, TargetInputs, TargetTrackingInput,
};
use crate::kinds::ecs::{MetricConfigurationInput, ServiceMonitoringInput};
use crate::model::In;

mod queue;

/// What alarms compare with where no scaling says otherwise, in percent.
const BUSY: f64 = 80.0;

/// Lets Application Auto Scaling set the number of tasks.
pub fn scale(
    builder: &Builder<'_>,
    scaling: &ScalingInput,
    cluster: &In<String>,
    service: &In<String>,
    arrival: &Arrival,
) {
    let resource =
        cluster.clone().zip(service.clone()).map(|(cluster, service)| format!("service/{cluster}/{service}"));
    let target = TargetInputs {
        service_namespace: "ecs".into(),
        scalable_dimension: "ecs:service:DesiredCount".into(),
        resource_id: resource,
        min_capacity: scaling.min.clone(),
        max_capacity: scaling.max.clone(),
        role_arn: builder.args.autoscaling_role_arn.clone(),
        ..TargetInputs::default()
    };
    let target: Child<Target> = builder.at.child("scaling", target, Options::default());
    let label = target_label(arrival);
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/target-tracking-faster-auto-scaling.html
    let [cpu, memory] = match scaling.fast.get() {
        Some(true) => [
            "ECSServiceAverageCPUUtilizationHighResolution",
            "ECSServiceAverageMemoryUtilizationHighResolution",
        ],
        _ => ["ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"],
    };
    let policies = [
        ("cpu", &scaling.cpu, cpu, In::default()),
        ("memory", &scaling.memory, memory, In::default()),
        ("requests", &scaling.requests_per_target, "ALBRequestCountPerTarget", label),
    ];
    for (name, goal, metric, label) in policies.into_iter().filter(|(_, goal, ..)| goal.is_set()) {
        let tracking = TargetTrackingInput {
            target_value: goal.clone(),
            scale_in_cooldown: scaling.scale_in_cooldown.clone(),
            scale_out_cooldown: scaling.scale_out_cooldown.clone(),
            predefined_metric_specification: Predefined {
                predefined_metric_type: metric.into(),
                resource_label: label,
            }
            .into(),
            ..Default::default()
        };
        track(builder, &target, &format!("{name}-scaling"), tracking);
    }
    if let Some(queue) = scaling.queue.get() {
        queue::scale(builder, &target, scaling, queue);
    }
    for (name, change) in scaling.schedule.get().into_iter().flatten() {
        let Some(change) = change.get() else { continue };
        let action = ScheduledActionInputs {
            service_namespace: "ecs".into(),
            scalable_dimension: "ecs:service:DesiredCount".into(),
            resource_id: target.get::<String>("resourceId"),
            schedule: change.schedule.clone(),
            timezone: change.timezone.clone(),
            scalable_target_action: ScheduledActionScalableTargetActionInput {
                min_capacity: change.min.clone(),
                max_capacity: change.max.clone(),
            }
            .into(),
            ..ScheduledActionInputs::default()
        };
        builder.at.child::<ScheduledAction>(&format!("{name}-schedule"), action, Options::default());
    }
}

/// Metrics of a service every 20 seconds.
pub fn closely() -> In<ServiceMonitoringInput> {
    let metrics = MetricConfigurationInput {
        metric_names: In::list(["CPUUtilization".into(), "MemoryUtilization".into()]),
        resolution_seconds: 20.into(),
    };
    ServiceMonitoringInput { metric_configurations: In::list([metrics.into()]) }.into()
}

/// Makes a policy that keeps a metric at a value.
fn track(
    builder: &Builder<'_>,
    target: &Child<Target>,
    suffix: &str,
    tracking: TargetTrackingInput,
) -> Child<Policy> {
    let policy = PolicyInputs {
        policy_type: "TargetTrackingScaling".into(),
        target_tracking_scaling_policy_configuration: tracking.into(),
        ..policy_of(target)
    };
    builder.at.child(suffix, policy, Options::default())
}

fn policy_of(target: &Child<Target>) -> PolicyInputs {
    PolicyInputs {
        service_namespace: "ecs".into(),
        scalable_dimension: "ecs:service:DesiredCount".into(),
        resource_id: target.get::<String>("resourceId"),
        ..PolicyInputs::default()
    }
}

/// Makes alarms for CPU and memory. Gives their ARNs.
pub fn watch(builder: &Builder<'_>, cluster: &In<String>, service: &In<String>) -> Vec<In<String>> {
    let args = &builder.args;
    let scaling = args.workload.scaling.get().cloned().unwrap_or_default();
    let (cpu, memory) = match args.workload.alarm_thresholds.get().cloned() {
        Some(given) => (given.cpu, given.memory),
        None => (scaling.cpu.or(BUSY), scaling.memory.or(BUSY)),
    };
    let watch = Watch { at: builder.at, actions: args.alarm_actions.clone() };
    let alarms = [("cpu-high", "CPUUtilization", cpu), ("memory-high", "MemoryUtilization", memory)];
    let alarms = alarms.into_iter().filter(|(.., threshold)| threshold.is_set());
    let alarms = alarms.map(|(label, name, threshold)| {
        let metric = Metric {
            namespace: "AWS/ECS",
            name,
            statistic: "Average",
            dimensions: vec![("ClusterName", cluster.clone()), ("ServiceName", service.clone())],
            threshold,
            periods: 2,
            about: format!("{name} of the service is high for 10 minutes"),
        };
        watch.alarm(label, metric).out.arn
    });
    alarms.collect()
}

/// What Application Auto Scaling calls the place behind the load balancer:
/// `app/name/id/targetgroup/name/id`.
fn target_label(arrival: &Arrival) -> In<String> {
    let target = edge::group_of(arrival.target_group_arn.clone());
    arrival.balancer.clone().zip(target).map(|(balancer, target)| format!("{balancer}/{target}"))
}
