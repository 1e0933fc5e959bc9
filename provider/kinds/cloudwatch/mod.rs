//! Amazon CloudWatch: logs, alarms, dashboards, and the rules of EventBridge, which began as a part
//! of it.

mod dashboard;
mod event_rule;
mod event_target;
mod event_target_ecs;
mod event_targets;
mod log_delivery;
mod log_delivery_destination;
mod log_delivery_source;
mod log_group;
mod log_metric_filter;
mod log_resource_policy;
mod log_stream;
mod look_ups;
mod metric_alarm;
mod metric_query;
mod query_definition;
mod schedule;
mod unsupported;

pub use dashboard::*;
pub use event_rule::*;
pub use event_target::*;
pub use event_target_ecs::*;
pub use log_delivery::*;
pub use log_delivery_destination::*;
pub use log_delivery_source::*;
pub use log_group::*;
pub use log_metric_filter::*;
pub use log_resource_policy::*;
pub use log_stream::*;
pub use look_ups::*;
pub use metric_alarm::*;
pub use metric_query::*;
pub use query_definition::*;
pub use schedule::check_schedule;

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, StandardUnit};

use crate::engine::names::Alphabet;

/// The event bus that every account has.
const DEFAULT_BUS: &str = "default";

/// What names of rules and ids of targets consist of.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
const EVENTS: Alphabet = Alphabet {
    words: "letters, digits and . _ -",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || "._-".contains(c),
};

fn dimensions(map: &BTreeMap<String, String>) -> Vec<Dimension> {
    map.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

fn dimension_map(dimensions: &[Dimension]) -> BTreeMap<String, String> {
    let pairs = dimensions.iter().filter_map(|d| Some((d.name.clone()?, d.value.clone()?)));
    pairs.collect()
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
fn check_unit(unit: &str) -> Result<(), String> {
    let units = StandardUnit::values();
    match units.contains(&unit) {
        true => Ok(()),
        false => Err(format!("is {unit:?}; give one of {}", units.join(", "))),
    }
}

/// Holds a text against the form of ARNs.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
fn check_arn(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.split(':').count() >= 6 {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of the resource")),
    }
}

/// The periods that metrics are looked at in.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
fn period_problem(seconds: i64) -> Option<String> {
    let legal = [10, 20, 30].contains(&seconds) || seconds > 0 && seconds % 60 == 0;
    (!legal).then(|| {
        let next = (seconds.max(1) as u64).next_multiple_of(60);
        format!("is {seconds} seconds; give 10, 20, 30 or a multiple of 60, such as {next}")
    })
}
