//! A metric filter: makes a metric of what is written to a log group.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{self, MetricTransformation, StandardUnit};

use super::check_unit;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, taken};
use crate::model::{Failures, Maybe, Model, Path};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>
const FILTER: NameRule = NameRule {
    what: "metric filter",
    max: 512,
    alphabet: Alphabet {
        words: "printable characters other than : and *",
        lower: false,
        holds: |c| !c.is_control() && !":*".contains(c),
    },
    ..PLAIN
};

/// The metric that a metric filter publishes.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LogMetricTransformation {
    /// The value to publish for periods in which log events were written but none matched, such as
    /// `0`. Not allowed together with `dimensions`.
    #[model(check = check_number)]
    pub default_value: Option<String>,
    /// The dimensions of the metric: the name of each, and the field of the log event that has its
    /// value, such as `{"Model": "$.model"}`. AWS charges for each distinct value as a separate
    /// metric.
    #[model(default = {}, length = 0..=3)]
    pub dimensions: BTreeMap<String, String>,
    /// The name of the metric.
    #[model(length = 1..=255, check = check_metric)]
    pub name: String,
    /// The namespace of the metric, such as `Shop/Api`.
    #[model(length = 1..=255, check = check_metric)]
    pub namespace: String,
    /// The unit of the metric.
    #[model(default = "None", check = check_unit)]
    pub unit: String,
    /// The value to publish for each matching log event: a number such as `1`, or a field of the
    /// event such as `$.latency`.
    #[model(length = 1..=100)]
    pub value: String,
}

/// A metric filter: publishes a CloudWatch metric for the events of a log group that match a
/// pattern.
#[derive(Clone, Debug, Model)]
pub struct LogMetricFilterArgs {
    /// Whether the filter applies to the events that a log transformer has transformed, instead of
    /// the original ones.
    #[model(in_place, default = false)]
    pub apply_on_transformed_logs: bool,
    /// The name of the log group.
    #[model(replace, length = 1..=512)]
    pub log_group_name: String,
    /// The metric to publish.
    #[model(in_place)]
    pub metric_transformation: LogMetricTransformation,
    /// The name of the metric filter, unique within the log group.
    #[model(replace, autoname)]
    pub name: String,
    /// The pattern of the events to match, such as `{ $.level = "error" }`. An empty pattern matches
    /// every event.
    #[model(in_place, length = 0..=1024)]
    pub pattern: String,
}

/// The outputs of a metric filter.
#[derive(Clone, Debug, Model)]
pub struct LogMetricFilterState {}

/// A metric filter.
pub struct LogMetricFilter;

impl Kind for LogMetricFilter {
    const TOKEN: &'static str = "agentic:cloudwatch:LogMetricFilter";
    const ID: &'static str = "the name of the log group and the name of the filter, separated by a colon, such as `/ecs/api:errors`";
    const ACTIONS: Actions = Actions {
        create: &["logs:DescribeMetricFilters", "logs:PutMetricFilter"],
        read: &["logs:DescribeMetricFilters"],
        update: &["logs:PutMetricFilter"],
        delete: &["logs:DeleteMetricFilter"],
    };
    const NAME: Option<&'static NameRule> = Some(&FILTER);

    type Args = LogMetricFilterArgs;
    type State = LogMetricFilterState;

    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html>
    fn rules(args: &LogMetricFilterInputs, failures: &mut Failures) {
        let Maybe::Known(metric) = &args.metric_transformation.value else { return };
        if metric.default_value.is_set() && metric.dimensions.get().is_some_and(|it| !it.is_empty()) {
            let at = Path::from(LogMetricFilterArgs::METRIC_TRANSFORMATION);
            failures.add(
                at.key(LogMetricTransformation::DEFAULT_VALUE),
                "conflicts with dimensions; a metric with dimensions has no default value",
            );
        }
    }

    async fn create(cx: &Cx, args: &LogMetricFilterArgs) -> Result<String> {
        // Putting one overwrites whatever has its name.
        let id = format!("{}:{}", args.log_group_name, args.name);
        match find(cx, &args.log_group_name, &args.name).await? {
            Some(there) if alike(&there, args) => {
                claim_alike::<Self>(cx, &id, "metric filter", async { Ok(false) }).await?;
            }
            Some(_) => {
                let what = format!("metric filter of the log group {}", args.log_group_name);
                return Err(taken(None, &what, &args.name));
            }
            None => {
                begin(cx, &id);
                put(cx, args).await?;
                cx.keep(id.clone(), args.clone());
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (group, name) = parse(id)?;
        let told = cx.told(&id.to_owned());
        let found = if told.is_some() { told } else { find(cx, group, name).await? };
        Ok(found.map(|args| Live { args: args.into(), state: LogMetricFilterState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<LogMetricFilterArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogMetricFilterArgs) -> Result<()> {
        let (group, name) = parse(id)?;
        cx.client::<Client>()?.delete_metric_filter().log_group_name(group).filter_name(name).send().await?;
        Ok(())
    }
}

/// AWS looks for names that begin like this one, and knows no filters of a group that is not there.
async fn find(cx: &Cx, group: &str, name: &str) -> Result<Option<LogMetricFilterArgs>> {
    let describe = cx.client::<Client>()?.describe_metric_filters().log_group_name(group);
    let mut pages = describe.filter_name_prefix(name).into_paginator().items().send();
    while let Some(filter) = found(pages.try_next().await.map_err(Error::from))?.flatten() {
        if filter.filter_name() == Some(name) {
            return Ok(Some(arguments(group, name, &filter)));
        }
    }
    Ok(None)
}

fn arguments(group: &str, name: &str, filter: &types::MetricFilter) -> LogMetricFilterArgs {
    let metric = filter.metric_transformations().first();
    let text = |of: fn(&MetricTransformation) -> &str| metric.map(of).unwrap_or_default().to_owned();
    let dimensions = metric.and_then(|metric| metric.dimensions.clone()).unwrap_or_default();
    let unit = metric.and_then(MetricTransformation::unit).unwrap_or(&StandardUnit::None);
    LogMetricFilterArgs {
        apply_on_transformed_logs: filter.apply_on_transformed_logs,
        log_group_name: group.to_owned(),
        metric_transformation: LogMetricTransformation {
            default_value: metric.and_then(|metric| metric.default_value).map(|value| value.to_string()),
            dimensions: dimensions.into_iter().collect(),
            name: text(MetricTransformation::metric_name),
            namespace: text(MetricTransformation::metric_namespace),
            unit: unit.as_str().to_owned(),
            value: text(MetricTransformation::metric_value),
        },
        name: name.to_owned(),
        pattern: filter.filter_pattern().unwrap_or_default().to_owned(),
    }
}

async fn put(cx: &Cx, args: &LogMetricFilterArgs) -> Result<()> {
    let given = &args.metric_transformation;
    let dimensions = given.dimensions.clone().into_iter().collect();
    let metric = MetricTransformation::builder()
        .metric_name(&given.name)
        .metric_namespace(&given.namespace)
        .metric_value(&given.value)
        .set_default_value(given.default_value.as_deref().and_then(|value| value.trim().parse().ok()))
        .set_dimensions(Some(dimensions).filter(|_| !given.dimensions.is_empty()))
        .unit(StandardUnit::from(given.unit.as_str()))
        .build()
        .map_err(Error::from)?;
    let put = cx.client::<Client>()?.put_metric_filter().log_group_name(&args.log_group_name);
    let put = put.filter_name(&args.name).filter_pattern(&args.pattern).metric_transformations(metric);
    // What is left out is as if it were false, also where AWS has no transformers.
    let transformed = args.apply_on_transformed_logs.then_some(true);
    put.set_apply_on_transformed_logs(transformed).send().await?;
    Ok(())
}

/// Names of filters may have a slash, and those of groups no colon.
fn parse(id: &str) -> Result<(&str, &str)> {
    id.split_once(':').ok_or_else(|| bad_id(id, LogMetricFilter::ID))
}

fn check_number(text: &str) -> Result<(), String> {
    match text.trim().parse::<f64>().is_ok_and(f64::is_finite) {
        true => Ok(()),
        false => Err(format!("is {text:?}; give a number, such as 0")),
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html>
fn check_metric(name: &str) -> Result<(), String> {
    match name.chars().find(|c| ":*$".contains(*c)) {
        Some(bad) => Err(format!("contains {bad:?}; a metric and its namespace have no `:`, `*` or `$`")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_filter_is_told_by_its_group_and_name() {
        assert_eq!(parse("/ecs/api:errors/5xx").unwrap(), ("/ecs/api", "errors/5xx"));
        assert!(parse("errors").is_err());
    }

    #[test]
    fn what_is_no_number_and_no_name_of_a_metric_is_told() {
        assert!(check_number("0").is_ok() && check_number("-1.5").is_ok() && check_metric("Errors").is_ok());
        assert!(check_number("none").unwrap_err().contains("such as 0"));
        assert!(check_metric("a:b").is_err());
    }
}
