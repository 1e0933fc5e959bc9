//! Scaling on the depth of a queue.

use super::super::Builder;
use super::{Child, Options, Policy, PolicyInputs, Target, policy_of, track};
use crate::components::workload::{QueueScalingInput, QueueStepInput, ScalingInput};
use crate::kinds::applicationautoscaling::{
    CustomizedMetricInput as Customized, DimensionInput as Dimension, StepAdjustmentInput as Step,
    StepScalingInput, TargetTrackingInput,
};
use crate::kinds::cloudwatch::{MetricAlarm, MetricAlarmInputs};
use crate::model::In;

/// How often the depth is looked at, in seconds.
const PERIOD: i64 = 60;

/// How often in a row it must be low before a task goes.
const PATIENCE: i64 = 3;

/// Keeps the metric at its target, or goes by steps, or both.
pub fn scale(
    builder: &Builder<'_>,
    target: &Child<Target>,
    scaling: &ScalingInput,
    queue: &QueueScalingInput,
) {
    if queue.target.is_set() {
        let dimensions = queue.dimensions.clone().map(|dimensions| {
            let each = dimensions.into_iter();
            each.map(|(name, value)| In::known(Dimension { name: name.into(), value })).collect::<Vec<_>>()
        });
        let metric = Customized {
            namespace: queue.namespace.clone(),
            metric_name: queue.metric_name.clone(),
            statistic: queue.statistic.clone(),
            dimensions,
            ..Customized::default()
        };
        let tracking = TargetTrackingInput {
            target_value: queue.target.clone(),
            scale_in_cooldown: scaling.scale_in_cooldown.clone(),
            scale_out_cooldown: scaling.scale_out_cooldown.clone(),
            customized_metric_specification: metric.into(),
            ..Default::default()
        };
        track(builder, target, "queue-scaling", tracking);
    }
    let steps = queue.steps.get().into_iter().flatten().filter_map(|step| step.get().cloned());
    let steps: Vec<QueueStepInput> = steps.collect();
    let Some(first) = steps.first() else { return };
    let from = first.above.get().copied().unwrap_or_default();
    let way = Way { builder, target, queue, from: first.above.clone() };
    let out = way.policy("queue-step-out", &scaling.scale_out_cooldown, adjustments(&steps, from));
    // One task less, however low.
    let less =
        Step { metric_interval_upper_bound: "0".into(), scaling_adjustment: (-1).into(), ..Step::default() };
    let back = way.policy("queue-step-in", &scaling.scale_in_cooldown, vec![less.into()]);
    way.alarm("queue-deep", "GreaterThanOrEqualToThreshold", 1, &out);
    way.alarm("queue-shallow", "LessThanThreshold", PATIENCE, &back);
}

/// Scaling by steps: a policy and the alarm that sets it off, up and down.
struct Way<'a> {
    builder: &'a Builder<'a>,
    target: &'a Child<Target>,
    queue: &'a QueueScalingInput,
    from: In<f64>,
}

impl Way<'_> {
    fn policy(&self, label: &str, cooldown: &In<i64>, steps: Vec<In<Step>>) -> Child<Policy> {
        let configuration = StepScalingInput {
            adjustment_type: "ChangeInCapacity".into(),
            cooldown: cooldown.clone(),
            step_adjustments: In::known(steps),
            ..Default::default()
        };
        let policy = PolicyInputs {
            policy_type: "StepScaling".into(),
            step_scaling_policy_configuration: configuration.into(),
            ..policy_of(self.target)
        };
        self.builder.at.child(label, policy, Options::default())
    }

    fn alarm(&self, label: &str, comparison: &str, periods: i64, policy: &Child<Policy>) {
        let alarm = MetricAlarmInputs {
            alarm_description: "Adds tasks to those that work on the queue, or takes some away".into(),
            namespace: self.queue.namespace.clone(),
            metric_name: self.queue.metric_name.clone(),
            dimensions: self.queue.dimensions.clone(),
            statistic: self.queue.statistic.clone(),
            comparison_operator: comparison.into(),
            threshold: self.from.clone(),
            period: PERIOD.into(),
            evaluation_periods: periods.into(),
            alarm_actions: In::list([policy.out.arn.clone()]),
            ..MetricAlarmInputs::default()
        };
        self.builder.at.child::<MetricAlarm>(label, alarm, Options::default());
    }
}

/// The steps as distances from the alarm's threshold, each up to where the next begins.
fn adjustments(steps: &[QueueStepInput], from: f64) -> Vec<In<Step>> {
    let distance = |step: &QueueStepInput| step.above.clone().map(|at| (at - from).to_string());
    let each = steps.iter().enumerate().map(|(index, step)| {
        In::known(Step {
            metric_interval_lower_bound: distance(step),
            metric_interval_upper_bound: steps.get(index + 1).map(distance).unwrap_or_default(),
            scaling_adjustment: step.add.clone(),
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_ends_where_the_next_begins() {
        let step = |at: f64, add: i64| QueueStepInput { above: at.into(), add: add.into() };
        let made = adjustments(&[step(100.0, 1), step(1000.0, 5)], 100.0);
        let bounds = |index: usize| {
            let step = made[index].get().cloned().unwrap_or_default();
            let text = |bound: In<String>| bound.get().cloned();
            (text(step.metric_interval_lower_bound), text(step.metric_interval_upper_bound))
        };
        assert_eq!(bounds(0), (Some("0".to_owned()), Some("900".to_owned())));
        assert_eq!(bounds(1), (Some("900".to_owned()), None));
    }
}
