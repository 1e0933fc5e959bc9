//! What an alarm watches where one metric is not enough: metrics, and expressions over them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, StandardUnit};

use super::MetricAlarmArgs;
use super::{check_unit, dimension_map, dimensions, period_problem};
use crate::model::{Failures, In, Model, Path};

/// A metric of an alarm, or an expression over other queries.
#[derive(Clone, Debug, Model)]
pub struct MetricAlarmMetricQuery {
    /// The ID of the account that the metric belongs to, if it is another account.
    pub account_id: Option<String>,
    /// A metric math expression over the IDs of other queries, such as `errors / requests * 100`.
    pub expression: Option<String>,
    /// The ID of the query in expressions. It begins with a lowercase letter.
    #[model(length = 1..=255)]
    pub id: String,
    /// The label of the query in graphs.
    pub label: Option<String>,
    /// The metric, unless the query is an expression.
    pub metric: Option<MetricAlarmMetricQueryMetric>,
    /// The period of an expression that refers to no other query, in seconds.
    pub period: Option<i64>,
    /// Whether the alarm watches this query. It must be `true` for exactly one query.
    #[model(default = false)]
    pub return_data: bool,
}

/// The metric of a query.
#[derive(Clone, Debug, Model)]
pub struct MetricAlarmMetricQueryMetric {
    /// The dimensions of the metric, such as `{ClusterName: "agents"}`.
    #[model(default = {})]
    pub dimensions: BTreeMap<String, String>,
    /// The name of the metric.
    pub metric_name: String,
    /// The namespace of the metric, such as `AWS/ECS`.
    pub namespace: Option<String>,
    /// The period of each data point, in seconds: 10, 20, 30 or a multiple of 60.
    pub period: i64,
    /// The statistic: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or an extended
    /// statistic such as `p99`.
    pub stat: String,
    /// The unit of the metric. Data points with any other unit are ignored, so omit it unless the
    /// metric has several units.
    #[model(check = check_unit)]
    pub unit: Option<String>,
}

impl MetricAlarmMetricQuery {
    pub(super) fn to_aws(&self) -> MetricDataQuery {
        MetricDataQuery::builder()
            .set_account_id(self.account_id.clone())
            .set_expression(self.expression.clone())
            .id(&self.id)
            .set_label(self.label.clone())
            .set_metric_stat(self.metric.as_ref().map(MetricAlarmMetricQueryMetric::to_aws))
            .set_period(self.period.map(|seconds| seconds as i32))
            .return_data(self.return_data)
            .build()
    }

    pub(super) fn from_aws(query: &MetricDataQuery) -> Self {
        MetricAlarmMetricQuery {
            account_id: query.account_id.clone(),
            expression: query.expression.clone(),
            id: query.id.clone().unwrap_or_default(),
            label: query.label.clone(),
            metric: query.metric_stat().map(MetricAlarmMetricQueryMetric::from_aws),
            period: query.period.map(i64::from),
            // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
            return_data: query.return_data.unwrap_or(true),
        }
    }
}

impl MetricAlarmMetricQueryMetric {
    fn to_aws(&self) -> MetricStat {
        let metric = Metric::builder()
            .set_dimensions(Some(dimensions(&self.dimensions)))
            .metric_name(&self.metric_name)
            .set_namespace(self.namespace.clone());
        MetricStat::builder()
            .metric(metric.build())
            .period(self.period as i32)
            .stat(&self.stat)
            .set_unit(self.unit.as_deref().map(StandardUnit::from))
            .build()
    }

    fn from_aws(stat: &MetricStat) -> Self {
        let metric = stat.metric();
        MetricAlarmMetricQueryMetric {
            dimensions: metric.map(|metric| dimension_map(metric.dimensions())).unwrap_or_default(),
            metric_name: metric.and_then(|metric| metric.metric_name.clone()).unwrap_or_default(),
            namespace: metric.and_then(|metric| metric.namespace.clone()),
            period: stat.period.unwrap_or_default().into(),
            stat: stat.stat.clone().unwrap_or_default(),
            unit: stat.unit().map(|unit| unit.as_str().to_owned()),
        }
    }
}

/// Each query is a metric or an expression, and the alarm watches exactly one of them, beside the
/// band of an anomaly detector.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>
pub(super) fn check_queries(
    queries: &[In<MetricAlarmMetricQueryInput>],
    band: &In<String>,
    failures: &mut Failures,
) {
    let at = Path::from(MetricAlarmArgs::METRIC_QUERIES);
    for (index, query) in queries.iter().enumerate() {
        let Some(query) = query.get() else { continue };
        match (query.expression.is_set(), query.metric.is_set()) {
            (true, true) => {
                failures.add(at.index(index), "has both a metric and an expression; give only one of them")
            }
            (false, false) => {
                failures.add(at.index(index), "has neither a metric nor an expression; give one of them")
            }
            _ => {}
        }
        let metric = query.metric.get();
        if let Some(problem) = metric.and_then(|metric| period_problem(*metric.period.get()?)) {
            failures.add(
                at.index(index).key(MetricAlarmMetricQuery::METRIC).key(MetricAlarmMetricQueryMetric::PERIOD),
                problem,
            );
        }
        if let Some(problem) = query.period.get().and_then(|seconds| period_problem(*seconds)) {
            failures.add(at.index(index).key(MetricAlarmMetricQuery::PERIOD), problem);
        }
    }
    let is_watched = |query: &In<MetricAlarmMetricQueryInput>| {
        let query = query.get()?;
        let is_band = band.is_set() && band.get()? == query.id.get()?;
        Some(*query.return_data.get()? && !is_band)
    };
    let watched: Option<Vec<bool>> = queries.iter().map(is_watched).collect();
    let watched = watched.map(|all| all.into_iter().filter(|watched| *watched).count());
    if let Some(count) = watched.filter(|count| *count != 1) {
        failures.add(
            at,
            format!("has {count} queries with returnData; set it for the one that the alarm watches"),
        );
    }
}
