//! When and by how much the number of instances of a group changes.

mod rules;
mod to_aws;
mod tracking;

pub use tracking::*;

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::ScalingPolicy;

use super::{group, unsupported};
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::applicationautoscaling::StepAdjustment;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike, is_free, is_wanted, taken};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>
const POLICY: NameRule = NameRule { what: "scaling policy", alphabet: PRINTABLE, ..PLAIN };

const SIMPLE: &str = "SimpleScaling";
const STEP: &str = "StepScaling";
const TRACKING: &str = "TargetTrackingScaling";

/// A scaling policy of an Auto Scaling group: when and by how much the desired capacity changes.
/// Leave out `desiredCapacity` of the group, so that an update does not take the change back.
#[derive(Clone, Debug, Model)]
pub struct PolicyArgs {
    /// The meaning of the adjustments: a change of the capacity, an exact capacity, or a change in
    /// percent. Required for simple and step scaling.
    #[model(in_place, one_of = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"])]
    pub adjustment_type: Option<String>,
    /// The name of the Auto Scaling group. It must not contain a slash.
    #[model(replace, length = 1..=255, check = check_group)]
    pub autoscaling_group_name: String,
    /// The cooldown period in seconds: the time after a scaling activity before another one can
    /// start. Only for simple scaling. Defaults to the default cooldown period of the group.
    #[model(in_place, aws_default, resets, range = 0..=2_147_483_647)]
    pub cooldown: Option<i64>,
    /// Whether the policy is enabled.
    #[model(in_place, default = true)]
    pub enabled: bool,
    /// The time in seconds until a new instance contributes to the metrics. Only for step scaling
    /// and target tracking. Defaults to the default instance warmup of the group.
    #[model(in_place, aws_default, resets, range = 0..=2_147_483_647)]
    pub estimated_instance_warmup: Option<i64>,
    /// The statistic that aggregates the data points of the metric. Only for step scaling. Defaults
    /// to `Average`.
    #[model(in_place, aws_default, resets, told, one_of = ["Average", "Minimum", "Maximum"])]
    pub metric_aggregation_type: Option<String>,
    /// The minimum number of instances to scale by. Only for the adjustment type
    /// `PercentChangeInCapacity`.
    #[model(in_place, range = 1..=2_147_483_647)]
    pub min_adjustment_magnitude: Option<i64>,
    /// The name of the policy, unique within the Auto Scaling group.
    #[model(replace, autoname)]
    pub name: String,
    /// The type of the policy: simple scaling makes one adjustment when an alarm goes off, step
    /// scaling one that depends on how far the metric is beyond the threshold, and target tracking
    /// keeps a metric near a target value.
    #[model(replace, default = "SimpleScaling", one_of = ["SimpleScaling", "StepScaling", "TargetTrackingScaling"])]
    pub policy_type: String,
    /// The adjustment of a simple scaling policy, as `adjustmentType` defines it. A negative number
    /// scales in. Required for simple scaling.
    #[model(in_place, range = -2_147_483_648..=2_147_483_647)]
    pub scaling_adjustment: Option<i64>,
    /// The step adjustments. Required for step scaling.
    #[model(in_place, default = [], set)]
    pub step_adjustments: Vec<StepAdjustment>,
    /// The configuration of target tracking. Required for target tracking.
    #[model(in_place)]
    pub target_tracking_configuration: Option<TargetTracking>,
}

/// The outputs of a scaling policy.
#[derive(Clone, Debug, Model)]
pub struct PolicyState {
    /// The ARN of the policy, which is an action of the CloudWatch alarms of simple and step scaling.
    pub arn: String,
}

/// A scaling policy.
pub struct Policy;

impl Kind for Policy {
    const TOKEN: &'static str = "agentic:autoscaling:Policy";
    const ID: &'static str = "the name of the Auto Scaling group and the name of the policy, separated by a slash, such as `web/cpu`";
    const ACTIONS: Actions = Actions {
        create: &[
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribePolicies",
            "autoscaling:PutScalingPolicy",
        ],
        read: &["autoscaling:DescribePolicies"],
        update: &["autoscaling:PutScalingPolicy"],
        delete: &["autoscaling:DeletePolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&POLICY);

    const UNSUPPORTED: &'static [Unsupported] = unsupported::POLICY;

    type Args = PolicyArgs;
    type State = PolicyState;

    fn rules(args: &PolicyInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &PolicyArgs) -> Result<String> {
        let group = &args.autoscaling_group_name;
        let id = format!("{group}/{}", args.name);
        // Putting a policy overwrites whatever has its name.
        let is_free = is_free::<super::Group, Self>(cx, group, &id);
        match if is_free { None } else { find(cx, group, &args.name).await? } {
            Some(there) if is_wanted(observed(&there), args) => {
                claim_alike::<Self>(cx, &id, "scaling policy", group::is_of_state(cx, group)).await?;
            }
            Some(_) => {
                let what = format!("scaling policy of the Auto Scaling group {group}");
                return Err(taken(None, &what, &args.name));
            }
            None => {
                begin(cx, &id);
                to_aws::put(cx, args).await?;
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (group, name) = parse(id)?;
        let found = find(cx, group, name).await?;
        Ok(found.map(|policy| Live {
            args: observed(&policy),
            state: PolicyState { arn: policy.policy_arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<PolicyArgs>) -> Result<()> {
        to_aws::put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &PolicyArgs) -> Result<()> {
        let (group, name) = parse(id)?;
        cx.client::<Client>()?
            .delete_policy()
            .auto_scaling_group_name(group)
            .policy_name(name)
            .send()
            .await?;
        Ok(())
    }
}

/// Bounds and adjustments of the steps, and all else that AWS tells of a policy.
fn observed(policy: &ScalingPolicy) -> PolicyObserved {
    let steps = policy.step_adjustments().iter().map(to_aws::step_from_aws).collect();
    PolicyObserved {
        adjustment_type: Some(policy.adjustment_type.clone()),
        autoscaling_group_name: policy.auto_scaling_group_name.clone(),
        cooldown: Some(policy.cooldown.map(i64::from)),
        enabled: Some(policy.enabled.unwrap_or(true)),
        estimated_instance_warmup: Some(policy.estimated_instance_warmup.map(i64::from)),
        metric_aggregation_type: Some(policy.metric_aggregation_type.clone()),
        min_adjustment_magnitude: Some(policy.min_adjustment_magnitude.map(i64::from)),
        name: policy.policy_name.clone(),
        policy_type: Some(policy.policy_type.clone().unwrap_or_else(|| SIMPLE.to_owned())),
        scaling_adjustment: Some(policy.scaling_adjustment.map(i64::from)),
        step_adjustments: Some(steps),
        target_tracking_configuration: Some(
            policy.target_tracking_configuration().map(TargetTracking::from_aws),
        ),
    }
}

/// A group that is not there has no policies.
async fn find(cx: &Cx, group: &str, name: &str) -> Result<Option<ScalingPolicy>> {
    let look = cx.client::<Client>()?.describe_policies().auto_scaling_group_name(group).policy_names(name);
    let policies: Result<Vec<_>, _> = look.into_paginator().items().send().try_collect().await;
    let is_it = |policy: &ScalingPolicy| policy.policy_name() == Some(name);
    match policies.map_err(crate::aws::error::Error::from) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        policies => Ok(policies?.into_iter().find(is_it)),
    }
}

fn parse(id: &str) -> Result<(&str, &str)> {
    let parts = id.split_once('/').filter(|(group, name)| !group.is_empty() && !name.is_empty());
    parts.ok_or_else(|| bad_id(id, Policy::ID))
}

fn check_group(name: &str) -> Result<(), String> {
    match name.contains('/') {
        true => Err(format!("is {name:?}; give the Auto Scaling group a name without a slash")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_policy_is_told_by_its_group_and_name() {
        assert_eq!(parse("web/cpu/high").unwrap(), ("web", "cpu/high"));
        assert!(parse("web").is_err() && parse("/cpu").is_err());
        assert!(check_group("a/b").is_err() && check_group("web-1a2b").is_ok());
    }
}
