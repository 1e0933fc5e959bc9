//! Scaling that keeps a metric near a value.

use aws_sdk_applicationautoscaling::error::BuildError;
use aws_sdk_applicationautoscaling::types::TargetTrackingScalingPolicyConfiguration as Tracking;

use super::{
    CustomizedMetric as Customized, CustomizedMetricInput as CustomizedInput, PredefinedMetric as Predefined,
};
use crate::model::{Failures, Model, Path};

/// The metric whose value grows with the load balancer's requests.
const REQUESTS: &str = "ALBRequestCountPerTarget";

/// Target tracking: adjusts the capacity to keep a metric at a target value.
#[derive(Clone, Debug, Model)]
pub struct TargetTracking {
    /// A CloudWatch metric, or an expression over several. Conflicts with
    /// `predefinedMetricSpecification`.
    pub customized_metric_specification: Option<Customized>,
    /// Whether scale-in is disabled, so that the policy only scales out.
    #[model(default = false)]
    pub disable_scale_in: bool,
    /// A predefined metric of the service. Conflicts with `customizedMetricSpecification`.
    #[model(alias = "metricSpecification")]
    pub predefined_metric_specification: Option<Predefined>,
    /// The scale-in cooldown period in seconds: the time after a scale-in activity before another
    /// one can start. Defaults to the value of the AWS service, which is 300 for ECS.
    #[model(range = 0..=2_147_483_647)]
    pub scale_in_cooldown: Option<i64>,
    /// The scale-out cooldown period in seconds: the time to wait for a previous scale-out activity
    /// to take effect. Defaults to the value of the AWS service, which is 300 for ECS.
    #[model(range = 0..=2_147_483_647)]
    pub scale_out_cooldown: Option<i64>,
    /// The target value of the metric, such as a utilization in percent.
    pub target_value: f64,
}

impl TargetTracking {
    pub(super) fn to_aws(&self) -> Result<Tracking, BuildError> {
        let customized = self.customized_metric_specification.as_ref().map(Customized::to_aws);
        let predefined = self.predefined_metric_specification.as_ref().map(Predefined::to_aws);
        Tracking::builder()
            .set_customized_metric_specification(customized.transpose()?)
            .disable_scale_in(self.disable_scale_in)
            .set_predefined_metric_specification(predefined.transpose()?)
            .set_scale_in_cooldown(self.scale_in_cooldown.map(|seconds| seconds as i32))
            .set_scale_out_cooldown(self.scale_out_cooldown.map(|seconds| seconds as i32))
            .target_value(self.target_value)
            .build()
    }

    pub(super) fn from_aws(tracking: &Tracking) -> Self {
        TargetTracking {
            customized_metric_specification: tracking
                .customized_metric_specification()
                .map(Customized::from_aws),
            disable_scale_in: tracking.disable_scale_in.unwrap_or_default(),
            predefined_metric_specification: tracking
                .predefined_metric_specification()
                .map(Predefined::from_aws),
            scale_in_cooldown: tracking.scale_in_cooldown.map(i64::from),
            scale_out_cooldown: tracking.scale_out_cooldown.map(i64::from),
            target_value: tracking.target_value,
        }
    }
}

/// One metric, with all that it needs.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html>
pub(super) fn check(tracking: &TargetTrackingInput, at: &Path, failures: &mut Failures) {
    let (predefined, customized) =
        (&tracking.predefined_metric_specification, &tracking.customized_metric_specification);
    match (predefined.is_set(), customized.is_set()) {
        (true, true) => {
            failures.add(at, "has two metrics; give only one of predefinedMetricSpecification and customizedMetricSpecification")
        }
        (false, false) => failures.add(
            at.key(TargetTracking::PREDEFINED_METRIC_SPECIFICATION),
            "is missing; give it, or customizedMetricSpecification",
        ),
        _ => {}
    }
    if let Some(metric) = predefined.get()
        && let Some(of) = metric.predefined_metric_type.get()
    {
        let at = at.key(TargetTracking::PREDEFINED_METRIC_SPECIFICATION).key(Predefined::RESOURCE_LABEL);
        match (of == REQUESTS, metric.resource_label.is_set()) {
            (true, false) => failures.add(
                at,
                "is missing; give the ARN suffixes of the load balancer and the target group, separated by a slash",
            ),
            (false, true) if of.starts_with("ECS") => {
                failures.add(at, format!("is only for {REQUESTS}, and the metric is {of}; leave it out"));
            }
            _ => {}
        }
    }
    if let Some(metric) = customized.get() {
        check_customized(metric, &at.key(TargetTracking::CUSTOMIZED_METRIC_SPECIFICATION), failures);
    }
}

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_CustomizedMetricSpecification.html>
fn check_customized(metric: &CustomizedInput, at: &Path, failures: &mut Failures) {
    let queries =
        metric.metrics.is_unknown() || metric.metrics.get().is_some_and(|metrics| !metrics.is_empty());
    let of_one_metric = [
        ("metricName", metric.metric_name.is_set()),
        ("namespace", metric.namespace.is_set()),
        ("statistic", metric.statistic.is_set()),
    ];
    for (name, given) in of_one_metric {
        match (queries, given) {
            (true, true) => failures.add(at.key(name), "conflicts with metrics; give only one of them"),
            (false, false) => failures.add(at.key(name), "is missing; give it, or metrics"),
            _ => {}
        }
    }
}
