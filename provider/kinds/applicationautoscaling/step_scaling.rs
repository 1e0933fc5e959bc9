//! Scaling by steps, when an alarm goes off.

use aws_sdk_applicationautoscaling::error::BuildError;
use aws_sdk_applicationautoscaling::types::{
    self, AdjustmentType, MetricAggregationType, StepScalingPolicyConfiguration as Steps,
};

use crate::model::{Model, Value};

/// Step scaling: changes the capacity depending on how far a metric is beyond the threshold of an
/// alarm. The CloudWatch alarm is a resource of its own, with the ARN of the policy among its
/// actions.
#[derive(Clone, Debug, Model)]
pub struct StepScaling {
    /// The meaning of the adjustments: a change of the capacity, an exact capacity, or a change in
    /// percent.
    #[model(one_of = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"])]
    pub adjustment_type: String,
    /// The cooldown period in seconds: the time to wait for a previous scaling activity to take
    /// effect. Defaults to the value of the AWS service, which is 300 for ECS.
    #[model(range = 0..=2_147_483_647)]
    pub cooldown: Option<i64>,
    /// The statistic that aggregates the data points of the metric.
    #[model(default = "Average", one_of = ["Average", "Minimum", "Maximum"])]
    pub metric_aggregation_type: String,
    /// The minimum change of the capacity. Only for `PercentChangeInCapacity`.
    pub min_adjustment_magnitude: Option<i64>,
    /// The step adjustments.
    #[model(default = [], set)]
    pub step_adjustments: Vec<StepAdjustment>,
}

/// A step adjustment: the adjustment for a range of the metric.
#[derive(Clone, Debug, Model)]
pub struct StepAdjustment {
    /// The lower bound of the metric, relative to the threshold of the alarm. Defaults to negative
    /// infinity.
    #[model(check = check_bound, same = same_bound)]
    pub metric_interval_lower_bound: Option<String>,
    /// The upper bound of the metric, relative to the threshold of the alarm. Defaults to infinity.
    #[model(check = check_bound, same = same_bound)]
    pub metric_interval_upper_bound: Option<String>,
    /// The adjustment of the capacity, as `adjustmentType` defines it.
    pub scaling_adjustment: i64,
}

impl StepScaling {
    pub(super) fn to_aws(&self) -> Result<Steps, BuildError> {
        let steps = self.step_adjustments.iter().map(|step| {
            types::StepAdjustment::builder()
                .set_metric_interval_lower_bound(step.metric_interval_lower_bound.as_deref().and_then(number))
                .set_metric_interval_upper_bound(step.metric_interval_upper_bound.as_deref().and_then(number))
                .scaling_adjustment(step.scaling_adjustment as i32)
                .build()
        });
        Ok(Steps::builder()
            .adjustment_type(AdjustmentType::from(self.adjustment_type.as_str()))
            .set_cooldown(self.cooldown.map(|seconds| seconds as i32))
            .metric_aggregation_type(MetricAggregationType::from(self.metric_aggregation_type.as_str()))
            .set_min_adjustment_magnitude(self.min_adjustment_magnitude.map(|least| least as i32))
            .set_step_adjustments(Some(steps.collect::<Result<_, _>>()?))
            .build())
    }

    pub(super) fn from_aws(steps: &Steps) -> Self {
        let step = |step: &types::StepAdjustment| StepAdjustment {
            metric_interval_lower_bound: step.metric_interval_lower_bound.map(|bound| bound.to_string()),
            metric_interval_upper_bound: step.metric_interval_upper_bound.map(|bound| bound.to_string()),
            scaling_adjustment: step.scaling_adjustment.into(),
        };
        StepScaling {
            adjustment_type: steps.adjustment_type().map_or("", AdjustmentType::as_str).to_owned(),
            cooldown: steps.cooldown.map(i64::from),
            metric_aggregation_type: steps
                .metric_aggregation_type()
                .map_or("Average", MetricAggregationType::as_str)
                .to_owned(),
            min_adjustment_magnitude: steps.min_adjustment_magnitude.map(i64::from),
            step_adjustments: steps.step_adjustments().iter().map(step).collect(),
        }
    }
}

/// Bounds are text in Pulumi's AWS package, so that 0 is told from nothing.
pub(in crate::kinds) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn check_bound(text: &str) -> Result<(), String> {
    match number(text) {
        Some(_) => Ok(()),
        None => Err(format!("is {text:?}; give a number as a string, such as \"10\", or leave it out")),
    }
}

fn same_bound(actual: &Value, wanted: &Value) -> bool {
    let bound = |value: &Value| value.as_str().and_then(number);
    bound(actual).is_some() && bound(actual) == bound(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_numbers_however_they_are_written() {
        assert!(same_bound(&Value::from("10"), &Value::from("10.0")));
        assert!(!same_bound(&Value::from("10"), &Value::from("11")));
        assert!(check_bound("-5.5").is_ok() && check_bound("ten").is_err() && check_bound("inf").is_err());
    }
}
