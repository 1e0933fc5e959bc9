//! The metrics that a target tracking policy can follow.

use aws_sdk_applicationautoscaling::error::BuildError;
use aws_sdk_applicationautoscaling::types::{
    CustomizedMetricSpecification, MetricDimension, MetricStatistic, MetricType,
    PredefinedMetricSpecification, TargetTrackingMetric, TargetTrackingMetricDataQuery,
    TargetTrackingMetricDimension, TargetTrackingMetricStat,
};

use crate::model::Model;

/// A predefined metric of an AWS service.
#[derive(Clone, Debug, Model)]
pub struct PredefinedMetric {
    /// The type of the metric: `ECSServiceAverageCPUUtilization`,
    /// `ECSServiceAverageMemoryUtilization`, `ALBRequestCountPerTarget`, or one of another service.
    #[model(alias = "metricType")]
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
    pub dimensions: Vec<Dimension>,
    /// The name of the metric. Conflicts with `metrics`.
    pub metric_name: Option<String>,
    /// The metrics and expressions, exactly one of which returns the data that the policy tracks.
    #[model(default = [], set)]
    pub metrics: Vec<MetricQuery>,
    /// The namespace of the metric. Conflicts with `metrics`.
    pub namespace: Option<String>,
    /// The statistic of the metric. Conflicts with `metrics`.
    #[model(one_of = ["Average", "Minimum", "Maximum", "SampleCount", "Sum"])]
    pub statistic: Option<String>,
    /// The unit of the metric.
    pub unit: Option<String>,
}

/// A dimension of a metric.
#[derive(Clone, Debug, Model)]
pub struct Dimension {
    /// The name of the dimension.
    pub name: String,
    /// The value of the dimension.
    pub value: String,
}

/// A metric, or an expression over other metrics.
#[derive(Clone, Debug, Model)]
pub struct MetricQuery {
    /// The metric math expression over the IDs of other metrics. Conflicts with `metricStat`.
    pub expression: Option<String>,
    /// The ID of the metric in expressions.
    pub id: String,
    /// The label of the metric in graphs.
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
    /// The statistic, such as `Sum`.
    pub stat: String,
    /// The unit of the metric.
    pub unit: Option<String>,
}

/// A CloudWatch metric.
#[derive(Clone, Debug, Model)]
pub struct Metric {
    /// The dimensions of the metric.
    #[model(default = [], set)]
    pub dimensions: Vec<Dimension>,
    /// The name of the metric.
    pub metric_name: String,
    /// The namespace of the metric.
    pub namespace: String,
}

impl PredefinedMetric {
    pub(super) fn to_aws(&self) -> Result<PredefinedMetricSpecification, BuildError> {
        PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::from(self.predefined_metric_type.as_str()))
            .set_resource_label(self.resource_label.clone())
            .build()
    }

    pub(super) fn from_aws(metric: &PredefinedMetricSpecification) -> Self {
        PredefinedMetric {
            predefined_metric_type: metric.predefined_metric_type.as_str().to_owned(),
            resource_label: metric.resource_label.clone(),
        }
    }
}

impl CustomizedMetric {
    pub(super) fn to_aws(&self) -> Result<CustomizedMetricSpecification, BuildError> {
        let dimension = |d: &Dimension| MetricDimension::builder().name(&d.name).value(&d.value).build();
        let dimensions = self.dimensions.iter().map(dimension).collect::<Result<Vec<_>, _>>()?;
        let metrics = self.metrics.iter().map(MetricQuery::to_aws).collect::<Result<Vec<_>, _>>()?;
        Ok(CustomizedMetricSpecification::builder()
            .set_dimensions(Some(dimensions).filter(|dimensions| !dimensions.is_empty()))
            .set_metric_name(self.metric_name.clone())
            .set_metrics(Some(metrics).filter(|metrics| !metrics.is_empty()))
            .set_namespace(self.namespace.clone())
            .set_statistic(self.statistic.as_deref().map(MetricStatistic::from))
            .set_unit(self.unit.clone())
            .build())
    }

    pub(super) fn from_aws(metric: &CustomizedMetricSpecification) -> Self {
        let dimension = |d: &MetricDimension| Dimension { name: d.name.clone(), value: d.value.clone() };
        CustomizedMetric {
            dimensions: metric.dimensions().iter().map(dimension).collect(),
            metric_name: metric.metric_name.clone(),
            metrics: metric.metrics().iter().map(MetricQuery::from_aws).collect(),
            namespace: metric.namespace.clone(),
            statistic: metric.statistic().map(|statistic| statistic.as_str().to_owned()),
            unit: metric.unit.clone(),
        }
    }
}

impl MetricQuery {
    fn to_aws(&self) -> Result<TargetTrackingMetricDataQuery, BuildError> {
        TargetTrackingMetricDataQuery::builder()
            .set_expression(self.expression.clone())
            .id(&self.id)
            .set_label(self.label.clone())
            .set_metric_stat(self.metric_stat.as_ref().map(MetricStat::to_aws).transpose()?)
            .return_data(self.return_data)
            .build()
    }

    fn from_aws(query: &TargetTrackingMetricDataQuery) -> Self {
        MetricQuery {
            expression: query.expression.clone(),
            id: query.id.clone(),
            label: query.label.clone(),
            metric_stat: query.metric_stat().map(MetricStat::from_aws),
            return_data: query.return_data.unwrap_or(true),
        }
    }
}

impl MetricStat {
    fn to_aws(&self) -> Result<TargetTrackingMetricStat, BuildError> {
        let dimension =
            |d: &Dimension| TargetTrackingMetricDimension::builder().name(&d.name).value(&d.value).build();
        let dimensions = self.metric.dimensions.iter().map(dimension).collect::<Result<Vec<_>, _>>()?;
        let metric = TargetTrackingMetric::builder()
            .set_dimensions(Some(dimensions).filter(|dimensions| !dimensions.is_empty()))
            .metric_name(&self.metric.metric_name)
            .namespace(&self.metric.namespace);
        let stat = TargetTrackingMetricStat::builder().metric(metric.build()).stat(&self.stat);
        stat.set_unit(self.unit.clone()).build()
    }

    fn from_aws(stat: &TargetTrackingMetricStat) -> Self {
        let metric = stat.metric();
        let dimension =
            |d: &TargetTrackingMetricDimension| Dimension { name: d.name.clone(), value: d.value.clone() };
        MetricStat {
            metric: Metric {
                dimensions: metric.iter().flat_map(|m| m.dimensions()).map(dimension).collect(),
                metric_name: metric.and_then(|m| m.metric_name.clone()).unwrap_or_default(),
                namespace: metric.and_then(|m| m.namespace.clone()).unwrap_or_default(),
            },
            stat: stat.stat.clone(),
            unit: stat.unit.clone(),
        }
    }
}
