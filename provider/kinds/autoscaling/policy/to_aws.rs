//! The call that puts a policy, and what it is made of.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types;

use super::{PolicyArgs, TargetTracking};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::applicationautoscaling::{StepAdjustment, number};

/// Puts the whole policy: what is not said here goes back to its default.
pub(super) async fn put(cx: &Cx, args: &PolicyArgs) -> Result<()> {
    let small = |number: Option<i64>| number.map(|number| number as i32);
    let steps: Vec<_> = args.step_adjustments.iter().map(step_to_aws).collect();
    cx.client::<Client>()?
        .put_scaling_policy()
        .set_adjustment_type(args.adjustment_type.clone())
        .auto_scaling_group_name(&args.autoscaling_group_name)
        .set_cooldown(small(args.cooldown))
        .enabled(args.enabled)
        .set_estimated_instance_warmup(small(args.estimated_instance_warmup))
        .set_metric_aggregation_type(args.metric_aggregation_type.clone())
        .set_min_adjustment_magnitude(small(args.min_adjustment_magnitude))
        .policy_name(&args.name)
        .policy_type(&args.policy_type)
        .set_scaling_adjustment(small(args.scaling_adjustment))
        .set_step_adjustments(Some(steps).filter(|steps| !steps.is_empty()))
        .set_target_tracking_configuration(
            args.target_tracking_configuration.as_ref().map(TargetTracking::to_aws),
        )
        .send()
        .await?;
    Ok(())
}

fn step_to_aws(step: &StepAdjustment) -> types::StepAdjustment {
    types::StepAdjustment::builder()
        .set_metric_interval_lower_bound(step.metric_interval_lower_bound.as_deref().and_then(number))
        .set_metric_interval_upper_bound(step.metric_interval_upper_bound.as_deref().and_then(number))
        .scaling_adjustment(step.scaling_adjustment as i32)
        .build()
}

pub(super) fn step_from_aws(step: &types::StepAdjustment) -> StepAdjustment {
    StepAdjustment {
        metric_interval_lower_bound: step.metric_interval_lower_bound.map(|bound| bound.to_string()),
        metric_interval_upper_bound: step.metric_interval_upper_bound.map(|bound| bound.to_string()),
        scaling_adjustment: step.scaling_adjustment.unwrap_or_default().into(),
    }
}
