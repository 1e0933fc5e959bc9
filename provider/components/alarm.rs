//! Alarms on metrics of AWS.

use std::collections::BTreeMap;

use super::{Child, Options, Scope};
use crate::kinds::cloudwatch::{MetricAlarm, MetricAlarmInputs};
use crate::model::In;

/// How the alarms of a component are made.
pub struct Watch<'a> {
    pub at: &'a Scope,
    /// What they call, when they go off and when all is well again.
    pub actions: In<Vec<In<String>>>,
}

/// A metric that is not to rise above a threshold.
pub struct Metric<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub statistic: &'a str,
    pub dimensions: Vec<(&'a str, In<String>)>,
    pub threshold: In<f64>,
    /// For how many periods of 5 minutes in a row.
    pub periods: i64,
    /// What the alarm means.
    pub about: String,
}

impl Watch<'_> {
    /// Makes one alarm; `label` is its type in names.
    pub fn alarm(&self, label: &str, metric: Metric<'_>) -> Child<MetricAlarm> {
        self.every(300, label, metric)
    }

    /// The same, by periods of this many seconds.
    pub fn every(&self, seconds: i64, label: &str, metric: Metric<'_>) -> Child<MetricAlarm> {
        let dimensions = metric.dimensions.into_iter().map(|(name, value)| (name.to_owned(), value));
        let alarm = MetricAlarmInputs {
            alarm_description: metric.about.into(),
            namespace: metric.namespace.into(),
            metric_name: metric.name.into(),
            dimensions: dimensions.collect::<BTreeMap<_, _>>().into(),
            statistic: metric.statistic.into(),
            comparison_operator: "GreaterThanThreshold".into(),
            threshold: metric.threshold,
            period: seconds.into(),
            evaluation_periods: metric.periods.into(),
            // Where nothing is counted, nothing happens.
            treat_missing_data: if metric.statistic == "Sum" { "notBreaching".into() } else { In::default() },
            alarm_actions: self.actions.clone(),
            ok_actions: self.actions.clone(),
            ..MetricAlarmInputs::default()
        };
        self.at.child(label, alarm, Options::default())
    }
}
