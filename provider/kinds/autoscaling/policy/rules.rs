//! What is legal for a scaling policy.

use super::{PolicyArgs, PolicyInputs, SIMPLE, STEP, TRACKING, tracking};
use crate::model::{Failures, Path, Prop};

const PERCENT: &str = "PercentChangeInCapacity";

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>
pub(super) fn check(args: &PolicyInputs, failures: &mut Failures) {
    if let Some(configuration) = args.target_tracking_configuration.get() {
        tracking::check(configuration, &Path::from(PolicyArgs::TARGET_TRACKING_CONFIGURATION), failures);
    }
    let Some(policy_type) = args.policy_type.get().map(String::as_str) else { return };
    let steps = args.step_adjustments.is_unknown()
        || args.step_adjustments.get().is_some_and(|steps| !steps.is_empty());
    type Row = (Prop<PolicyArgs>, bool, &'static [&'static str], bool);
    // Each with the types that it is for, and whether those require it.
    let rows: [Row; 7] = [
        (PolicyArgs::ADJUSTMENT_TYPE, args.adjustment_type.is_set(), &[SIMPLE, STEP], true),
        (PolicyArgs::COOLDOWN, args.cooldown.is_set(), &[SIMPLE], false),
        (
            PolicyArgs::ESTIMATED_INSTANCE_WARMUP,
            args.estimated_instance_warmup.is_set(),
            &[STEP, TRACKING],
            false,
        ),
        (PolicyArgs::METRIC_AGGREGATION_TYPE, args.metric_aggregation_type.is_set(), &[STEP], false),
        (PolicyArgs::SCALING_ADJUSTMENT, args.scaling_adjustment.is_set(), &[SIMPLE], true),
        (PolicyArgs::STEP_ADJUSTMENTS, steps, &[STEP], true),
        (
            PolicyArgs::TARGET_TRACKING_CONFIGURATION,
            args.target_tracking_configuration.is_set(),
            &[TRACKING],
            true,
        ),
    ];
    for (argument, given, types, required) in rows {
        match (types.contains(&policy_type), given) {
            (false, true) => {
                let types = types.join(" and ");
                let reason =
                    format!("is for the type {types}, and policyType is {policy_type}; leave it out");
                failures.add(argument, reason);
            }
            (true, false) if required => {
                failures.add(argument, format!("is missing; the policyType {policy_type} requires it"));
            }
            _ => {}
        }
    }
    let adjusts = args.adjustment_type.get();
    if args.min_adjustment_magnitude.is_set()
        && !args.adjustment_type.is_unknown()
        && adjusts.is_none_or(|it| it != PERCENT)
    {
        let reason = format!("is only for the adjustmentType {PERCENT}; leave it out");
        failures.add(PolicyArgs::MIN_ADJUSTMENT_MAGNITUDE, reason);
    }
    if adjusts.is_some_and(|it| it == "ExactCapacity")
        && args.scaling_adjustment.get().is_some_and(|it| *it < 0)
    {
        failures.add(PolicyArgs::SCALING_ADJUSTMENT, "is negative; an exact capacity is 0 or more");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let given = Value::from_json(&fields);
        let inputs = PolicyArgs::read(given.as_object().unwrap(), &mut Failures::new());
        let mut failures = Failures::new();
        check(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn each_type_has_its_own_arguments() {
        let none = Vec::<String>::new();
        let simple =
            json!({"policyType": SIMPLE, "adjustmentType": "ChangeInCapacity", "scalingAdjustment": 1});
        assert_eq!(told(simple), none);
        assert_eq!(told(json!({"policyType": SIMPLE})), ["adjustmentType", "scalingAdjustment"]);
        let steps = json!([{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}]);
        let step = json!({"policyType": STEP, "adjustmentType": PERCENT, "stepAdjustments": steps, "minAdjustmentMagnitude": 2});
        assert_eq!(told(step), none);
        let cooled = json!({"policyType": STEP, "adjustmentType": "ChangeInCapacity", "stepAdjustments": steps, "cooldown": 60});
        assert_eq!(told(cooled), ["cooldown"]);
        assert_eq!(told(json!({"policyType": TRACKING})), ["targetTrackingConfiguration"]);
    }

    #[test]
    fn an_adjustment_means_what_its_type_says() {
        let exact = json!({"policyType": SIMPLE, "adjustmentType": "ExactCapacity", "scalingAdjustment": -1});
        assert_eq!(told(exact), ["scalingAdjustment"]);
        let least = json!({"policyType": SIMPLE, "adjustmentType": "ChangeInCapacity", "scalingAdjustment": 1, "minAdjustmentMagnitude": 2});
        assert_eq!(told(least), ["minAdjustmentMagnitude"]);
    }
}
