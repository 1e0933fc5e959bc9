//! An alarm on a metric, or on an expression over several.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{self, ComparisonOperator, StandardUnit, Statistic, Tag};

use super::metric_query::check_queries;
use super::{MetricAlarmMetricQuery, check_unit, dimension_map, dimensions, period_problem};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim};
use crate::model::{Failures, Maybe, Model, Value};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
const ALARM: NameRule = NameRule { what: "alarm", alphabet: PRINTABLE, ..PLAIN };

/// How many names one call takes.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>
const NAMES: usize = 100;

/// A CloudWatch alarm: watches a metric, or an expression over several metrics, and starts actions
/// when it crosses a threshold.
#[derive(Clone, Debug, Model)]
pub struct MetricAlarmArgs {
    /// Whether the actions of the alarm are enabled.
    #[model(in_place, default = true)]
    pub actions_enabled: bool,
    /// The ARNs of the actions to start when the alarm enters the state `ALARM`, such as SNS topics
    /// and scaling policies.
    #[model(in_place, default = [], set, length = 0..=5, or = "sns.Topic")]
    pub alarm_actions: Vec<String>,
    /// The description of the alarm.
    #[model(in_place, length = 0..=1024)]
    pub alarm_description: Option<String>,
    /// The comparison of the metric with the threshold.
    #[model(in_place, optional_type, one_of = [
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold",
    ])]
    pub comparison_operator: String,
    /// The number of data points among `evaluationPeriods` that must breach the threshold. Defaults
    /// to `evaluationPeriods`.
    #[model(in_place)]
    pub datapoints_to_alarm: Option<i64>,
    /// The dimensions of the metric, such as `{ClusterName: "agents"}`.
    #[model(in_place, default = {})]
    pub dimensions: BTreeMap<String, String>,
    /// Whether an alarm on a percentile evaluates periods with too few data points (`evaluate`) or
    /// keeps its state (`ignore`). Defaults to `evaluate`.
    #[model(in_place, told, off = is_usual, one_of = ["evaluate", "ignore"])]
    pub evaluate_low_sample_count_percentiles: Option<String>,
    /// The number of most recent periods that the alarm evaluates.
    #[model(in_place, optional_type, range = 1..=604_800)]
    pub evaluation_periods: i64,
    /// The extended statistic, such as `p99`, `tm90` or `IQM`. Specify either this or `statistic`.
    #[model(in_place)]
    pub extended_statistic: Option<String>,
    /// The ARNs of the actions to start when the alarm enters the state `INSUFFICIENT_DATA`.
    #[model(in_place, default = [], set, length = 0..=5, or = "sns.Topic")]
    pub insufficient_data_actions: Vec<String>,
    /// The name of the metric. For an alarm on an expression, use `metricQueries` instead.
    #[model(in_place)]
    pub metric_name: Option<String>,
    /// The metrics and expressions of the alarm. Exactly one of them has `returnData`.
    #[model(in_place, default = [], set)]
    pub metric_queries: Vec<MetricAlarmMetricQuery>,
    /// The name of the alarm, unique in the account and region.
    #[model(replace, autoname)]
    pub name: String,
    /// The namespace of the metric, such as `AWS/ECS`.
    #[model(in_place)]
    pub namespace: Option<String>,
    /// The ARNs of the actions to start when the alarm enters the state `OK`.
    #[model(in_place, default = [], set, length = 0..=5, or = "sns.Topic")]
    pub ok_actions: Vec<String>,
    /// The period of each data point, in seconds: 10, 20, 30 or a multiple of 60. Periods below 60
    /// seconds require high-resolution metrics and cost more.
    #[model(in_place)]
    pub period: Option<i64>,
    /// The statistic of the data points in each period. Specify either this or `extendedStatistic`.
    #[model(in_place, one_of = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"])]
    pub statistic: Option<String>,
    /// The tags of the alarm.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The threshold that the metric is compared with. Specify either this or `thresholdMetricId`.
    #[model(in_place)]
    pub threshold: Option<f64>,
    /// The ID of the query with the `ANOMALY_DETECTION_BAND` expression that the metric is compared
    /// with, instead of `threshold`.
    #[model(in_place)]
    pub threshold_metric_id: Option<String>,
    /// The treatment of missing data points.
    #[model(in_place, default = "missing", one_of = ["missing", "ignore", "breaching", "notBreaching"])]
    pub treat_missing_data: String,
    /// The unit of the metric. Data points with any other unit are ignored, so omit it unless the
    /// metric has several units.
    #[model(in_place, check = check_unit)]
    pub unit: Option<String>,
}

/// The outputs of an alarm.
#[derive(Clone, Debug, Model)]
pub struct MetricAlarmState {
    /// The ARN of the alarm.
    pub arn: String,
}

/// An alarm on a metric.
pub struct MetricAlarm;

impl Kind for MetricAlarm {
    const TOKEN: &'static str = "agentic:cloudwatch:MetricAlarm";
    const ID: &'static str = "the name of the alarm";
    const TAGS: TaggedBy = TaggedBy::service::<AlarmTags>();
    const ACTIONS: Actions = Actions {
        create: &["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
        read: &["cloudwatch:DescribeAlarms"],
        update: &["cloudwatch:PutMetricAlarm"],
        delete: &["cloudwatch:DeleteAlarms"],
    };
    const NAME: Option<&'static NameRule> = Some(&ALARM);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::METRIC_ALARM;

    type Args = MetricAlarmArgs;
    type State = MetricAlarmState;

    fn rules(args: &MetricAlarmInputs, failures: &mut Failures) {
        check_source(args, failures);
        check_threshold(args, failures);
        check_periods(args, failures);
    }

    async fn create(cx: &Cx, args: &MetricAlarmArgs) -> Result<String> {
        // Putting an alarm overwrites whatever has its name.
        if find(cx, &args.name).await?.is_some() {
            return claim::<Self>(cx, &args.name, args, None, "alarm").await;
        }
        let tags = cx.owned(&args.tags).into_iter().map(|(key, value)| tag(key, value));
        put(cx, args)?.set_tags(Some(tags.collect())).send().await?;
        // All of it is known: it was asked for and acknowledged.
        if let Some(account) = cx.aws.account().await {
            let arn = cx.arn("cloudwatch", &account, &format!("alarm:{}", args.name));
            cx.keep(args.name.clone(), MetricAlarmState { arn });
        }
        Ok(args.name.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some(state) = cx.told(&id.to_owned()) {
            return Ok(Some(Live { args: MetricAlarmObserved::default(), state }));
        }
        let Some(alarm) = find(cx, id).await? else { return Ok(None) };
        let queries = alarm.metrics().iter().map(MetricAlarmMetricQuery::from_aws);
        Ok(Some(Live {
            args: MetricAlarmObserved {
                actions_enabled: alarm.actions_enabled,
                comparison_operator: alarm.comparison_operator().map(|it| it.as_str().to_owned()),
                datapoints_to_alarm: Some(alarm.datapoints_to_alarm.map(i64::from)),
                dimensions: Some(dimension_map(alarm.dimensions())),
                evaluation_periods: alarm.evaluation_periods.map(i64::from),
                metric_queries: Some(queries.collect()),
                name: Some(id.to_owned()),
                period: Some(alarm.period.map(i64::from)),
                statistic: Some(alarm.statistic().map(|statistic| statistic.as_str().to_owned())),
                threshold: Some(alarm.threshold),
                unit: Some(alarm.unit().map(|unit| unit.as_str().to_owned())),
                alarm_actions: Some(alarm.alarm_actions.unwrap_or_default()),
                alarm_description: Some(alarm.alarm_description),
                evaluate_low_sample_count_percentiles: Some(alarm.evaluate_low_sample_count_percentile),
                extended_statistic: Some(alarm.extended_statistic),
                insufficient_data_actions: Some(alarm.insufficient_data_actions.unwrap_or_default()),
                metric_name: Some(alarm.metric_name),
                namespace: Some(alarm.namespace),
                ok_actions: Some(alarm.ok_actions.unwrap_or_default()),
                threshold_metric_id: Some(alarm.threshold_metric_id),
                treat_missing_data: alarm.treat_missing_data,
                ..MetricAlarmObserved::default()
            },
            state: MetricAlarmState { arn: alarm.alarm_arn.unwrap_or_default() },
        }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &MetricAlarmArgs) -> Result<Option<Live<Self>>> {
        let mut live = Self::read(cx, id).await?;
        // AWS may spell out its own default.
        if let (None, Some(live)) = (old.datapoints_to_alarm, &mut live) {
            let all = live.args.evaluation_periods;
            live.args.datapoints_to_alarm.take_if(|points| *points == all);
        }
        Ok(live)
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<MetricAlarmArgs>) -> Result<()> {
        put(cx, &update.new)?.send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &MetricAlarmArgs) -> Result<()> {
        cx.client::<Client>()?.delete_alarms().alarm_names(id).send().await?;
        Ok(())
    }
}

/// Whether this is what CloudWatch does by itself, and may spell out.
fn is_usual(choice: &Value) -> bool {
    choice.as_str() == Some("evaluate")
}

/// How CloudWatch tags what it has.
struct AlarmTags;

impl Tagging for AlarmTags {
    const LIST: &'static [&'static str] = &["cloudwatch:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["cloudwatch:TagResource", "cloudwatch:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(&named.arn);
        let answer = found(call.send().await)?;
        let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().filter_map(pair).collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tags.into_iter().map(|(key, value)| tag(key, value)).collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

type Put = aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;

/// The whole alarm: what is not said here goes back to its default.
fn put(cx: &Cx, args: &MetricAlarmArgs) -> Result<Put> {
    let queries: Vec<_> = args.metric_queries.iter().map(MetricAlarmMetricQuery::to_aws).collect();
    Ok(cx
        .client::<Client>()?
        .put_metric_alarm()
        .alarm_name(&args.name)
        .actions_enabled(args.actions_enabled)
        .set_alarm_actions(Some(args.alarm_actions.clone()))
        .set_alarm_description(args.alarm_description.clone())
        .comparison_operator(ComparisonOperator::from(args.comparison_operator.as_str()))
        .set_datapoints_to_alarm(args.datapoints_to_alarm.map(|points| points as i32))
        .set_dimensions(Some(dimensions(&args.dimensions)).filter(|dimensions| !dimensions.is_empty()))
        .set_evaluate_low_sample_count_percentile(args.evaluate_low_sample_count_percentiles.clone())
        .evaluation_periods(args.evaluation_periods as i32)
        .set_extended_statistic(args.extended_statistic.clone())
        .set_insufficient_data_actions(Some(args.insufficient_data_actions.clone()))
        .set_metric_name(args.metric_name.clone())
        .set_metrics(Some(queries).filter(|queries| !queries.is_empty()))
        .set_namespace(args.namespace.clone())
        .set_ok_actions(Some(args.ok_actions.clone()))
        .set_period(args.period.map(|seconds| seconds as i32))
        .set_statistic(args.statistic.as_deref().map(Statistic::from))
        .set_threshold(args.threshold)
        .set_threshold_metric_id(args.threshold_metric_id.clone())
        .treat_missing_data(&args.treat_missing_data)
        .set_unit(args.unit.as_deref().map(StandardUnit::from)))
}

async fn find(cx: &Cx, name: &str) -> Result<Option<types::MetricAlarm>> {
    let client = cx.client::<Client>()?;
    cx.batched(NAMES, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let describe = client.describe_alarms().set_alarm_names(Some(names)).max_records(NAMES as i32);
            let mut pages = describe.into_paginator().send();
            let mut alarms = HashMap::new();
            while let Some(page) = pages.try_next().await? {
                let found = page.metric_alarms.unwrap_or_default().into_iter();
                alarms.extend(found.filter_map(|alarm| Some((alarm.alarm_name.clone()?, alarm))));
            }
            Ok(alarms)
        }
    })
    .await
}

fn tag(key: String, value: String) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// One metric with its statistic, or queries.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
fn check_source(args: &MetricAlarmInputs, failures: &mut Failures) {
    let queries = match &args.metric_queries.value {
        Maybe::Known(queries) => {
            if !queries.is_empty() {
                check_queries(queries, &args.threshold_metric_id, failures);
            }
            !queries.is_empty()
        }
        Maybe::Unknown => return,
        Maybe::Absent => false,
    };
    let of_one_metric = [
        (MetricAlarmArgs::METRIC_NAME, args.metric_name.is_set()),
        (MetricAlarmArgs::NAMESPACE, args.namespace.is_set()),
        (MetricAlarmArgs::PERIOD, args.period.is_set()),
        (MetricAlarmArgs::STATISTIC, args.statistic.is_set()),
        (MetricAlarmArgs::EXTENDED_STATISTIC, args.extended_statistic.is_set()),
        (MetricAlarmArgs::DIMENSIONS, args.dimensions.get().is_some_and(|dimensions| !dimensions.is_empty())),
        (MetricAlarmArgs::UNIT, args.unit.is_set()),
    ];
    if queries {
        for (name, _) in of_one_metric.into_iter().filter(|(_, given)| *given) {
            failures.add(name, "conflicts with metricQueries; move it into the queries");
        }
        return;
    }
    if !args.metric_name.is_set() {
        failures.add(
            MetricAlarmArgs::METRIC_NAME,
            "is missing; give the metric that the alarm watches, or metricQueries",
        );
        return;
    }
    for (name, _) in of_one_metric[..3].iter().filter(|(_, given)| !given) {
        failures.add(*name, "is missing; an alarm on a metric needs it");
    }
    match (args.statistic.is_set(), args.extended_statistic.is_set()) {
        (true, true) => failures
            .add(MetricAlarmArgs::EXTENDED_STATISTIC, "conflicts with statistic; give only one of them"),
        (false, false) => {
            failures.add(MetricAlarmArgs::STATISTIC, "is missing; give it, or extendedStatistic")
        }
        _ => {}
    }
}

/// A number, or the band of an anomaly detector.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
fn check_threshold(args: &MetricAlarmInputs, failures: &mut Failures) {
    match (args.threshold.is_set(), args.threshold_metric_id.is_set()) {
        (true, true) => failures
            .add(MetricAlarmArgs::THRESHOLD_METRIC_ID, "conflicts with threshold; give only one of them"),
        (false, false) => {
            failures.add(MetricAlarmArgs::THRESHOLD, "is missing; give it, or thresholdMetricId")
        }
        _ => {}
    }
    let Some(operator) = args.comparison_operator.get() else { return };
    let of_band = operator.contains("Lower") || operator.contains("Upper");
    if of_band && args.threshold.is_set() {
        failures.add(
            MetricAlarmArgs::COMPARISON_OPERATOR,
            format!("is {operator}, which needs thresholdMetricId, not threshold"),
        );
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
fn check_periods(args: &MetricAlarmInputs, failures: &mut Failures) {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    let periods = args.evaluation_periods.get().copied();
    if let (Some(points), Some(periods)) = (args.datapoints_to_alarm.get().copied(), periods)
        && !(1..=periods).contains(&points)
    {
        let reason = format!("is {points} of {periods} evaluationPeriods; give a number from 1 to {periods}");
        failures.add(MetricAlarmArgs::DATAPOINTS_TO_ALARM, reason);
    }
    let Some(seconds) = args.period.get().copied() else { return };
    if let Some(problem) = period_problem(seconds) {
        return failures.add(MetricAlarmArgs::PERIOD, problem);
    }
    let (longest, words) = if seconds < HOUR { (DAY, "a day") } else { (7 * DAY, "seven days") };
    if let Some(periods) = periods.filter(|periods| periods * seconds > longest) {
        let most = longest / seconds;
        let reason =
            format!("is {periods} periods of {seconds} seconds, more than {words}; give at most {most}");
        failures.add(MetricAlarmArgs::EVALUATION_PERIODS, reason);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn problems(change: J) -> Vec<String> {
        let mut args = json!({
            "name": "cpu", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 3,
            "metricName": "CPUUtilization", "namespace": "AWS/ECS", "period": 60, "statistic": "Average",
            "threshold": 80,
        });
        for (key, value) in change.as_object().unwrap() {
            args[key] = value.clone();
        }
        let mut failures = Failures::new();
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let input = MetricAlarmArgs::read(&fields, &mut failures);
        MetricAlarm::rules(&input, &mut failures);
        failures.into_iter().map(|failure| format!("{} {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn an_alarm_watches_a_metric_or_an_expression() {
        assert_eq!(problems(json!({})), Vec::<String>::new());
        assert!(problems(json!({"metricName": null}))[0].starts_with("metricName is missing"));
        assert!(problems(json!({"namespace": null, "period": null})).len() == 2);
        assert!(problems(json!({"extendedStatistic": "p99"}))[0].contains("conflicts with statistic"));
        let queries = json!([
            {"id": "e", "expression": "a / b", "returnData": true},
            {"id": "a", "metric": {"metricName": "x", "namespace": "N", "period": 60, "stat": "Sum"}},
        ]);
        let alone = json!({"metricName": null, "namespace": null, "period": null, "statistic": null, "metricQueries": queries});
        assert_eq!(problems(alone.clone()), Vec::<String>::new());
        assert!(problems(json!({"metricQueries": queries})).len() == 4);
        let mut none = alone;
        none["metricQueries"][0]["returnData"] = json!(false);
        assert!(problems(none.clone())[0].contains("has 0 queries with returnData"));
        none["metricQueries"][1]["metric"]["period"] = json!(45);
        assert!(problems(none)[0].starts_with("metricQueries[1].metric.period is 45 seconds"));
    }

    #[test]
    fn periods_are_what_cloudwatch_has() {
        let expected = "period is 90 seconds; give 10, 20, 30 or a multiple of 60, such as 120";
        assert_eq!(problems(json!({"period": 90})), [expected]);
        assert!(problems(json!({"period": 10})).is_empty());
        assert!(problems(json!({"period": 300, "evaluationPeriods": 289}))[0].contains("give at most 288"));
        assert!(problems(json!({"period": 3600, "evaluationPeriods": 168})).is_empty());
        assert!(problems(json!({"datapointsToAlarm": 4}))[0].contains("give a number from 1 to 3"));
    }

    #[test]
    fn bands_need_their_detector() {
        assert!(problems(json!({"threshold": null}))[0].starts_with("threshold is missing"));
        let band = json!({"comparisonOperator": "GreaterThanUpperThreshold"});
        assert!(problems(band)[0].contains("needs thresholdMetricId"));
        let shown = |expression: &str| json!({"id": "e", "expression": expression, "returnData": true});
        let metric = json!({"metricName": "x", "namespace": "N", "period": 60, "stat": "Sum"});
        let watched = json!({"id": "m", "metric": metric, "returnData": true});
        let mut band = json!({
            "metricName": null, "namespace": null, "period": null, "statistic": null, "threshold": null,
            "comparisonOperator": "GreaterThanUpperThreshold", "thresholdMetricId": "e",
            "metricQueries": [watched, shown("ANOMALY_DETECTION_BAND(m)")],
        });
        assert_eq!(problems(band.clone()), Vec::<String>::new());
        band["metricQueries"][0]["returnData"] = json!(false);
        assert!(problems(band)[0].contains("has 0 queries with returnData"));
        assert!(problems(json!({"unit": "Percents"}))[0].contains("Percent"));
    }
}
