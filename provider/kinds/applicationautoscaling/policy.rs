//! When and how far to scale.

use std::collections::HashMap;

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::operation::put_scaling_policy::PutScalingPolicyOutput;
use aws_sdk_applicationautoscaling::primitives::DateTime;
use aws_sdk_applicationautoscaling::types::{self, PolicyType};
use futures::future::try_join_all;

use super::target::{self, Target};
use super::{
    Scaled, StepScaling as Steps, TargetTracking as Tracking, dimension_problem, needs_target,
    target_tracking,
};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, is_free, taken};
use crate::model::{Failures, Model, Path, Prop};

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html>
const SCALING_POLICY: NameRule = NameRule { what: "scaling policy", max: 256, alphabet: PRINTABLE, ..PLAIN };

/// How many names one call takes.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html>
const NAMES: usize = 50;

const TRACKING: Prop<PolicyArgs> = PolicyArgs::TARGET_TRACKING_SCALING_POLICY_CONFIGURATION;
const STEPS: Prop<PolicyArgs> = PolicyArgs::STEP_SCALING_POLICY_CONFIGURATION;

/// A scaling policy of Application Auto Scaling: when and by how much the capacity of a scalable
/// target changes.
#[derive(Clone, Debug, Model)]
pub struct PolicyArgs {
    /// The name of the policy, unique within its scalable target.
    #[model(replace, autoname)]
    pub name: String,
    /// The type of the policy: target tracking keeps a metric near a target value, step scaling
    /// changes the capacity in steps when an alarm goes off.
    #[model(replace, default = "StepScaling", one_of = ["StepScaling", "TargetTrackingScaling"])]
    pub policy_type: String,
    /// The ID of the scalable target, such as `service/<cluster name>/<service name>`.
    #[model(replace, length = 1..=1600)]
    pub resource_id: String,
    /// The scalable dimension, such as `ecs:service:DesiredCount`.
    #[model(replace)]
    pub scalable_dimension: String,
    /// The namespace of the AWS service, such as `ecs`.
    #[model(replace)]
    pub service_namespace: String,
    /// The configuration of a step scaling policy. Required for the type `StepScaling`.
    #[model(in_place)]
    pub step_scaling_policy_configuration: Option<Steps>,
    /// The configuration of a target tracking scaling policy. Required for the type
    /// `TargetTrackingScaling`.
    #[model(in_place)]
    pub target_tracking_scaling_policy_configuration: Option<Tracking>,
}

/// What AWS says of a scaling policy.
#[derive(Clone, Debug, Model)]
pub struct PolicyState {
    /// The ARNs of the CloudWatch alarms that AWS created for the policy.
    #[model(in_place)]
    pub alarm_arns: Vec<String>,
    /// The ARN of the policy.
    pub arn: String,
}

/// A scaling policy.
pub struct Policy;

impl Kind for Policy {
    const TOKEN: &'static str = "agentic:applicationautoscaling:Policy";
    const ID: &'static str = "the service namespace, resource ID, scalable dimension and name, separated by slashes, such as `ecs/service/agents/api/ecs:service:DesiredCount/cpu`";
    const ACTIONS: Actions = Actions {
        create: &[
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:PutScalingPolicy",
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:ListTagsForResource",
        ],
        read: &["application-autoscaling:DescribeScalingPolicies"],
        update: &["application-autoscaling:PutScalingPolicy"],
        delete: &["application-autoscaling:DeleteScalingPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&SCALING_POLICY);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::POLICY;

    type Args = PolicyArgs;
    type State = PolicyState;

    fn rules(args: &PolicyInputs, failures: &mut Failures) {
        let problem = dimension_problem(args.service_namespace.get(), args.scalable_dimension.get());
        if let Some(problem) = problem {
            failures.add(PolicyArgs::SCALABLE_DIMENSION, problem);
        }
        if let Some(tracking) = args.target_tracking_scaling_policy_configuration.get() {
            target_tracking::check(tracking, &Path::from(TRACKING), failures);
        }
        let Some(policy_type) = args.policy_type.get() else { return };
        let (tracking, steps) = (
            args.target_tracking_scaling_policy_configuration.is_set(),
            args.step_scaling_policy_configuration.is_set(),
        );
        match (policy_type == "TargetTrackingScaling", tracking, steps) {
            (true, _, true) => failures.add(STEPS, "is only for policies of type StepScaling; leave it out"),
            (true, false, _) => failures.add(TRACKING, "is missing; give the metric and the target value"),
            (false, true, _) => {
                let reason =
                    format!("is {policy_type}; give TargetTrackingScaling, which {TRACKING} requires");
                failures.add(PolicyArgs::POLICY_TYPE, reason);
            }
            (false, _, false) => failures.add(STEPS, "is missing; give the steps"),
            _ => {}
        }
    }

    async fn create(cx: &Cx, args: &PolicyArgs) -> Result<String> {
        let scaled = args.scaled();
        let id = format!("{scaled}/{}", args.name);
        // Putting a policy overwrites whatever has its name.
        let is_free = is_free::<Target, Self>(cx, &scaled.to_string(), &id);
        match if is_free { None } else { find(cx, &scaled, &args.name).await? } {
            Some(there) if alike(&PolicyArgs::from_aws(&there), args) => {
                claim_alike::<Self>(cx, &id, "scaling policy", target::is_of_state(cx, &scaled)).await?;
            }
            Some(_) => return Err(taken(None, &format!("scaling policy of {scaled}"), &args.name)),
            None => {
                begin(cx, &id);
                let put = put(cx, &scaled, args).await?;
                let made = made(&scaled, args, put)?;
                cx.tell((scaled, args.name.clone()), made);
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (scaled, name) = parse(id)?;
        let Some(policy) = find(cx, &scaled, name).await? else { return Ok(None) };
        Ok(Some(Live {
            args: PolicyArgs::from_aws(&policy).into(),
            state: PolicyState {
                alarm_arns: policy.alarms().iter().map(|alarm| alarm.alarm_arn.clone()).collect(),
                arn: policy.policy_arn,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<PolicyArgs>) -> Result<()> {
        put(cx, &parse(id)?.0, &update.new).await.map(drop)
    }

    async fn delete(cx: &Cx, id: &str, _args: &PolicyArgs) -> Result<()> {
        let (scaled, name) = parse(id)?;
        cx.client::<Client>()?
            .delete_scaling_policy()
            .policy_name(name)
            .service_namespace(scaled.service_namespace())
            .scalable_dimension(scaled.scalable_dimension())
            .resource_id(scaled.resource)
            .send()
            .await?;
        Ok(())
    }
}

impl PolicyArgs {
    fn scaled(&self) -> Scaled {
        Scaled::new(&self.service_namespace, &self.resource_id, &self.scalable_dimension)
    }

    fn from_aws(policy: &types::ScalingPolicy) -> Self {
        PolicyArgs {
            name: policy.policy_name.clone(),
            policy_type: policy.policy_type.as_str().to_owned(),
            resource_id: policy.resource_id.clone(),
            scalable_dimension: policy.scalable_dimension.as_str().to_owned(),
            service_namespace: policy.service_namespace.as_str().to_owned(),
            step_scaling_policy_configuration: policy
                .step_scaling_policy_configuration()
                .map(Steps::from_aws),
            target_tracking_scaling_policy_configuration: policy
                .target_tracking_scaling_policy_configuration()
                .map(Tracking::from_aws),
        }
    }
}

async fn put(cx: &Cx, scaled: &Scaled, args: &PolicyArgs) -> Result<PutScalingPolicyOutput> {
    let steps = args.step_scaling_policy_configuration.as_ref().map(Steps::to_aws);
    let tracking = args.target_tracking_scaling_policy_configuration.as_ref().map(Tracking::to_aws);
    cx.client::<Client>()?
        .put_scaling_policy()
        .policy_name(&args.name)
        .service_namespace(scaled.service_namespace())
        .scalable_dimension(scaled.scalable_dimension())
        .resource_id(&scaled.resource)
        .policy_type(PolicyType::from(args.policy_type.as_str()))
        .set_step_scaling_policy_configuration(steps.transpose()?)
        .set_target_tracking_scaling_policy_configuration(tracking.transpose()?)
        .send()
        .await
        .map_err(|error| needs_target(error.into()))
}

/// The policy that AWS has made of these arguments.
fn made(scaled: &Scaled, args: &PolicyArgs, answer: PutScalingPolicyOutput) -> Result<types::ScalingPolicy> {
    let steps = args.step_scaling_policy_configuration.as_ref().map(Steps::to_aws);
    let tracking = args.target_tracking_scaling_policy_configuration.as_ref().map(Tracking::to_aws);
    let policy = types::ScalingPolicy::builder()
        .policy_arn(answer.policy_arn)
        .policy_name(&args.name)
        .service_namespace(scaled.service_namespace())
        .scalable_dimension(scaled.scalable_dimension())
        .resource_id(&scaled.resource)
        .policy_type(PolicyType::from(args.policy_type.as_str()))
        .set_step_scaling_policy_configuration(steps.transpose()?)
        .set_target_tracking_scaling_policy_configuration(tracking.transpose()?)
        .set_alarms(answer.alarms)
        .creation_time(DateTime::from_secs(0));
    Ok(policy.build()?)
}

/// One call serves all policies of a target.
async fn find(cx: &Cx, scaled: &Scaled, name: &str) -> Result<Option<types::ScalingPolicy>> {
    let client = cx.client::<Client>()?;
    cx.batched(NAMES, (scaled.clone(), name.to_owned()), move |wanted| {
        let client = client.clone();
        async move {
            let mut names: HashMap<Scaled, Vec<String>> = HashMap::new();
            for (scaled, name) in wanted {
                names.entry(scaled).or_default().push(name);
            }
            let found = names.into_iter().map(|(scaled, names)| {
                let describe = client
                    .describe_scaling_policies()
                    .service_namespace(scaled.service_namespace())
                    .scalable_dimension(scaled.scalable_dimension())
                    .resource_id(&scaled.resource)
                    .set_policy_names(Some(names));
                let describe = describe.into_paginator().items().send();
                async move {
                    let policies = describe.collect::<Result<Vec<_>, _>>().await?.into_iter();
                    let keyed = policies.map(|policy| ((scaled.clone(), policy.policy_name.clone()), policy));
                    Ok::<Vec<_>, Error>(keyed.collect())
                }
            });
            Ok(try_join_all(found).await?.into_iter().flatten().collect())
        }
    })
    .await
}

fn parse(id: &str) -> Result<(Scaled, &str)> {
    match Scaled::parse(id) {
        Some((scaled, Some(name))) => Ok((scaled, name)),
        _ => Err(bad_id(id, Policy::ID)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn problems(policy_type: &str, configuration: Prop<PolicyArgs>, value: J) -> Vec<String> {
        let args = json!({
            "name": "cpu", "serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount",
            "resourceId": "service/a/b", "policyType": policy_type, configuration.name(): value,
        });
        let mut failures = Failures::new();
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let input = PolicyArgs::read(&fields, &mut failures);
        Policy::rules(&input, &mut failures);
        failures.into_iter().map(|failure| format!("{} {}", failure.path, failure.reason)).collect()
    }

    fn tracking(change: J) -> Vec<String> {
        let mut value = json!({"targetValue": 70});
        value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        problems("TargetTrackingScaling", TRACKING, value)
    }

    #[test]
    fn both_spellings_of_a_metric_are_taken() {
        let none = Vec::<String>::new();
        let usual = json!({"predefinedMetricType": "ECSServiceAverageCPUUtilization"});
        assert_eq!(tracking(json!({"predefinedMetricSpecification": usual})), none);
        let other = json!({"metricType": "ECSServiceAverageCPUUtilization"});
        assert_eq!(tracking(json!({"metricSpecification": other})), none);
    }

    #[test]
    fn a_policy_tracks_one_metric_with_all_it_needs() {
        assert!(tracking(json!({}))[0].contains("predefinedMetricSpecification is missing"));
        let requests =
            json!({"predefinedMetricSpecification": {"predefinedMetricType": "ALBRequestCountPerTarget"}});
        assert!(tracking(requests)[0].contains("resourceLabel is missing"));
        let cpu =
            json!({"predefinedMetricType": "ECSServiceAverageCPUUtilization", "resourceLabel": "app/x"});
        assert!(tracking(json!({"predefinedMetricSpecification": cpu}))[0].contains("leave it out"));
        let queue = json!({"metricName": "QueueDepth", "namespace": "App", "statistic": "Average"});
        assert_eq!(tracking(json!({"customizedMetricSpecification": queue})), Vec::<String>::new());
        let half = json!({"customizedMetricSpecification": {"metricName": "QueueDepth"}});
        assert_eq!(tracking(half).len(), 2);
    }

    #[test]
    fn type_and_configuration_belong_together() {
        let steps =
            json!({"adjustmentType": "ChangeInCapacity", "stepAdjustments": [{"scalingAdjustment": 1}]});
        assert!(problems("StepScaling", STEPS, steps.clone()).is_empty());
        assert!(problems("TargetTrackingScaling", STEPS, steps)[0].contains("leave it out"));
        let metric = json!({"predefinedMetricType": "ECSServiceAverageCPUUtilization"});
        let tracking = json!({"targetValue": 70, "predefinedMetricSpecification": metric});
        let found = problems("StepScaling", TRACKING, tracking);
        assert!(found[0].contains("policyType is StepScaling; give TargetTrackingScaling"), "{found:?}");
    }
}
