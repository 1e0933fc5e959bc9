//! Scaling that keeps a metric of a group near a value.

use aws_sdk_autoscaling::types::{
    self, CustomizedMetricSpecification, MetricDimension, MetricStatistic, MetricType,
    PredefinedMetricSpecification, TargetTrackingConfiguration, TargetTrackingMetricDataQuery,
    TargetTrackingMetricStat,
};

use crate::kinds::applicationautoscaling::{Dimension, Metric};
use crate::model::{Failures, Model, Path};

/// The metric that counts requests.
const REQUESTS: &str = "ALBRequestCountPerTarget";

/// Target tracking: adjusts the capacity to keep a metric at a target value.
#[derive(Clone, Debug, Model)]
pub struct TargetTracking {
    /// A CloudWatch metric, or an expression over several. Conflicts with
    /// `predefinedMetricSpecification`.
    pub customized_metric_specification: Option<CustomizedMetric>,
    /// Whether scale-in is disabled, so that the policy only scales out.
    #[model(default = false)]
    pub disable_scale_in: bool,
    /// A predefined metric. Conflicts with `customizedMetricSpecification`.
    pub predefined_metric_specification: Option<PredefinedMetric>,
    /// The target value of the metric, such as a utilization in percent.
    pub target_value: f64,
}

/// A predefined metric.
#[derive(Clone, Debug, Model)]
pub struct PredefinedMetric {
    /// The type of the metric.
    #[model(one_of = ["ASGAverageCPUUtilization", "ASGAverageCPUUtilizationHighResolution",
        "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget"])]
    pub predefined_metric_type: String,
    /// The load balancer and target group whose requests are counted: the ARN suffixes of both,
    /// separated by a slash. Required for `ALBRequestCountPerTarget`.
    #[model(length = 1..=1023)]
    pub resource_label: Option<String>,
}

/// A CloudWatch metric, or an expression over several.
#[derive(Clone, Debug, Model)]
pub struct CustomizedMetric {
    /// The dimensions of the metric.
    #[model(default = [], set)]
    pub metric_dimensions: Vec<Dimension>,
    /// The name of the metric. Conflicts with `metrics`.
    pub metric_name: Option<String>,
    /// The metrics and expressions, exactly one of which returns the data that the policy tracks.
    #[model(default = [], set)]
    pub metrics: Vec<MetricQuery>,
    /// The namespace of the metric. Conflicts with `metrics`.
    pub namespace: Option<String>,
    /// The period of the metric in seconds. Defaults to 60.
    #[model(aws_default, resets, numbers = PERIODS)]
    pub period: Option<i64>,
    /// The statistic of the metric. Conflicts with `metrics`.
    #[model(one_of = ["Average", "Minimum", "Maximum", "SampleCount", "Sum"])]
    pub statistic: Option<String>,
    /// The unit of the metric.
    pub unit: Option<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CustomizedMetricSpecification.html>
pub const PERIODS: [i64; 3] = [10, 30, 60];

/// A metric, or an expression over other metrics.
#[derive(Clone, Debug, Model)]
pub struct MetricQuery {
    /// The metric math expression over the IDs of other metrics. Conflicts with `metricStat`.
    #[model(length = 1..=2047)]
    pub expression: Option<String>,
    /// The ID of the metric in expressions.
    #[model(length = 1..=64)]
    pub id: String,
    /// The label of the metric in graphs.
    #[model(length = 0..=2047)]
    pub label: Option<String>,
    /// The metric to retrieve. Conflicts with `expression`.
    pub metric_stat: Option<MetricStat>,
    /// Whether the policy tracks this metric. Must be `true` for exactly one of the metrics.
    #[model(default = true)]
    pub return_data: bool,
}

/// A metric with its statistic.
#[derive(Clone, Debug, Model)]
pub struct MetricStat {
    /// The metric.
    pub metric: Metric,
    /// The period of the metric in seconds. Defaults to 60.
    #[model(aws_default, resets, numbers = PERIODS)]
    pub period: Option<i64>,
    /// The statistic, such as `Average`.
    #[model(length = 1..=100)]
    pub stat: String,
    /// The unit of the metric.
    pub unit: Option<String>,
}

impl TargetTracking {
    pub(super) fn to_aws(&self) -> TargetTrackingConfiguration {
        let predefined = self.predefined_metric_specification.as_ref().map(|metric| {
            PredefinedMetricSpecification::builder()
                .predefined_metric_type(MetricType::from(metric.predefined_metric_type.as_str()))
                .set_resource_label(metric.resource_label.clone())
                .build()
        });
        let customized = self.customized_metric_specification.as_ref().map(CustomizedMetric::to_aws);
        TargetTrackingConfiguration::builder()
            .set_customized_metric_specification(customized)
            .disable_scale_in(self.disable_scale_in)
            .set_predefined_metric_specification(predefined)
            .target_value(self.target_value)
            .build()
    }

    pub(super) fn from_aws(tracking: &TargetTrackingConfiguration) -> Self {
        let predefined = tracking.predefined_metric_specification().map(|metric| PredefinedMetric {
            predefined_metric_type: text(metric.predefined_metric_type().map(MetricType::as_str)),
            resource_label: metric.resource_label.clone(),
        });
        let customized = tracking.customized_metric_specification().map(CustomizedMetric::from_aws);
        TargetTracking {
            customized_metric_specification: customized,
            disable_scale_in: tracking.disable_scale_in.unwrap_or_default(),
            predefined_metric_specification: predefined,
            target_value: tracking.target_value.unwrap_or_default(),
        }
    }
}

impl CustomizedMetric {
    fn to_aws(&self) -> CustomizedMetricSpecification {
        let metrics: Vec<_> = self.metrics.iter().map(MetricQuery::to_aws).collect();
        CustomizedMetricSpecification::builder()
            .set_dimensions(dimensions(&self.metric_dimensions))
            .set_metric_name(self.metric_name.clone())
            .set_metrics(Some(metrics).filter(|metrics| !metrics.is_empty()))
            .set_namespace(self.namespace.clone())
            .set_period(self.period.map(|seconds| seconds as i32))
            .set_statistic(self.statistic.as_deref().map(MetricStatistic::from))
            .set_unit(self.unit.clone())
            .build()
    }

    fn from_aws(metric: &CustomizedMetricSpecification) -> Self {
        CustomizedMetric {
            metric_dimensions: metric.dimensions().iter().map(dimension).collect(),
            metric_name: metric.metric_name.clone(),
            metrics: metric.metrics().iter().map(MetricQuery::from_aws).collect(),
            namespace: metric.namespace.clone(),
            period: metric.period.map(i64::from),
            statistic: metric.statistic().map(|statistic| statistic.as_str().to_owned()),
            unit: metric.unit.clone(),
        }
    }
}

impl MetricQuery {
    fn to_aws(&self) -> TargetTrackingMetricDataQuery {
        TargetTrackingMetricDataQuery::builder()
            .set_expression(self.expression.clone())
            .id(&self.id)
            .set_label(self.label.clone())
            .set_metric_stat(self.metric_stat.as_ref().map(MetricStat::to_aws))
            .return_data(self.return_data)
            .build()
    }

    fn from_aws(query: &TargetTrackingMetricDataQuery) -> Self {
        MetricQuery {
            expression: query.expression.clone(),
            id: text(query.id()),
            label: query.label.clone(),
            metric_stat: query.metric_stat().map(MetricStat::from_aws),
            return_data: query.return_data.unwrap_or(true),
        }
    }
}

impl MetricStat {
    fn to_aws(&self) -> TargetTrackingMetricStat {
        let metric = types::Metric::builder()
            .set_dimensions(dimensions(&self.metric.dimensions))
            .metric_name(&self.metric.metric_name)
            .namespace(&self.metric.namespace);
        TargetTrackingMetricStat::builder()
            .metric(metric.build())
            .set_period(self.period.map(|seconds| seconds as i32))
            .stat(&self.stat)
            .set_unit(self.unit.clone())
            .build()
    }

    fn from_aws(stat: &TargetTrackingMetricStat) -> Self {
        let metric = stat.metric();
        MetricStat {
            metric: Metric {
                dimensions: metric.iter().flat_map(|it| it.dimensions()).map(dimension).collect(),
                metric_name: text(metric.and_then(types::Metric::metric_name)),
                namespace: text(metric.and_then(types::Metric::namespace)),
            },
            period: stat.period.map(i64::from),
            stat: text(stat.stat()),
            unit: stat.unit.clone(),
        }
    }
}

fn dimensions(given: &[Dimension]) -> Option<Vec<MetricDimension>> {
    let all = given.iter().map(|it| MetricDimension::builder().name(&it.name).value(&it.value).build());
    Some(all.collect::<Vec<_>>()).filter(|all| !all.is_empty())
}

fn dimension(told: &MetricDimension) -> Dimension {
    Dimension { name: text(told.name()), value: text(told.value()) }
}

fn text(told: Option<&str>) -> String {
    told.unwrap_or_default().to_owned()
}

/// One metric, with all that it needs.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TargetTrackingConfiguration.html>
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
        let at =
            at.key(TargetTracking::PREDEFINED_METRIC_SPECIFICATION).key(PredefinedMetric::RESOURCE_LABEL);
        match (of == REQUESTS, metric.resource_label.is_set()) {
            (true, false) => failures.add(
                at,
                "is missing; give the ARN suffixes of the load balancer and the target group, separated by a slash",
            ),
            (false, true) => {
                failures.add(at, format!("is only for {REQUESTS}, and the metric is {of}; leave it out"));
            }
            _ => {}
        }
    }
    if let Some(metric) = customized.get() {
        check_customized(metric, &at.key(TargetTracking::CUSTOMIZED_METRIC_SPECIFICATION), failures);
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CustomizedMetricSpecification.html>
fn check_customized(metric: &CustomizedMetricInput, at: &Path, failures: &mut Failures) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let mut failures = Failures::new();
        let inputs = TargetTracking::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        check(&inputs, &Path::root(), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_policy_tracks_one_metric_with_all_it_needs() {
        let cpu = json!({"predefinedMetricType": "ASGAverageCPUUtilization"});
        assert_eq!(
            told(json!({"targetValue": 60, "predefinedMetricSpecification": cpu})),
            Vec::<String>::new()
        );
        assert_eq!(told(json!({"targetValue": 60})), ["predefinedMetricSpecification"]);
        let requests = json!({"predefinedMetricType": "ALBRequestCountPerTarget"});
        let requests = json!({"targetValue": 60, "predefinedMetricSpecification": requests});
        assert_eq!(told(requests), ["predefinedMetricSpecification.resourceLabel"]);
        let half = json!({"targetValue": 60, "customizedMetricSpecification": {"metricName": "Depth"}});
        assert_eq!(told(half).len(), 2);
    }
}
