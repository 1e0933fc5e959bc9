//! How a service deploys: the strategy with its parts, between our arguments and the SDK's types.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_ecs::types::{self, DeploymentStrategy};
use aws_smithy_types::{Document, Number};
use serde_json::Value as J;

use super::small;
use crate::aws::error::Result;
use crate::model::{Json, Model, Prop, Value};

/// The deployment configuration of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DeploymentConfiguration {
    /// The deployment strategy. `ROLLING` replaces the tasks step by step. The others start all new
    /// tasks in addition to the old ones and then shift the traffic: `BLUE_GREEN` all at once,
    /// `CANARY` a small part first, and `LINEAR` in equal steps.
    #[model(default = "ROLLING", one_of = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"])]
    pub strategy: String,
    /// The bake time in minutes, from 0 to 1440: how long the old tasks stay after all traffic has
    /// shifted to the new ones, so that ECS can roll back immediately. Required for `BLUE_GREEN`.
    #[model(aws_default, check = check_minutes)]
    pub bake_time_in_minutes: Option<String>,
    /// The canary configuration of the strategy `CANARY`. Defaults to 5 percent of the traffic for
    /// 10 minutes.
    #[model(aws_default)]
    pub canary_configuration: Option<Canary>,
    /// The linear configuration of the strategy `LINEAR`. Defaults to steps of 10 percent with 6
    /// minutes between them.
    #[model(aws_default)]
    pub linear_configuration: Option<Linear>,
    /// The lifecycle hooks, which check or pause a deployment at certain stages. Only for the
    /// strategies `BLUE_GREEN`, `CANARY` and `LINEAR`.
    #[model(default = [])]
    pub lifecycle_hooks: Vec<LifecycleHook>,
    /// The criteria for an early success of a deployment with the strategy `ROLLING`. If omitted, a
    /// deployment is complete when all tasks are replaced.
    pub early_success_criteria: Option<EarlySuccess>,
}

/// The canary of a deployment.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Canary {
    /// The percentage of the traffic that shifts to the new tasks first, in multiples of 0.1.
    #[model(aws_default, range = 0.1..=100)]
    pub canary_percent: Option<f64>,
    /// The time in minutes, from 0 to 1440, before the rest of the traffic shifts.
    #[model(aws_default, check = check_minutes)]
    pub canary_bake_time_in_minutes: Option<String>,
}

/// The steps of a linear deployment.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Linear {
    /// The percentage of the traffic that shifts in each step, in multiples of 0.1.
    #[model(aws_default, range = 3..=100)]
    pub step_percent: Option<f64>,
    /// The time in minutes, from 0 to 1440, between two steps.
    #[model(aws_default, check = check_minutes)]
    pub step_bake_time_in_minutes: Option<String>,
}

/// A lifecycle hook: a Lambda function that decides whether a deployment continues, or a pause
/// until a person decides.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LifecycleHook {
    /// The type of the hook: `AWS_LAMBDA` invokes a function, `PAUSE` waits until
    /// `aws ecs continue-service-deployment` continues the deployment or rolls it back.
    #[model(default = "AWS_LAMBDA", one_of = ["AWS_LAMBDA", "PAUSE"])]
    pub target_type: String,
    /// The ARN of the Lambda function. Required for `AWS_LAMBDA`.
    pub hook_target_arn: Option<String>,
    /// The ARN of the IAM role with which ECS invokes the Lambda function. Required for
    /// `AWS_LAMBDA`.
    pub role_arn: Option<String>,
    /// The lifecycle stages at which the hook runs: `RECONCILE_SERVICE`, `PRE_SCALE_UP`,
    /// `POST_SCALE_UP`, `TEST_TRAFFIC_SHIFT`, `POST_TEST_TRAFFIC_SHIFT`,
    /// `PRE_PRODUCTION_TRAFFIC_SHIFT`, `PRODUCTION_TRAFFIC_SHIFT` or
    /// `POST_PRODUCTION_TRAFFIC_SHIFT`. A pause is not possible at `TEST_TRAFFIC_SHIFT` and
    /// `PRODUCTION_TRAFFIC_SHIFT`.
    #[model(length = 1..=8)]
    pub lifecycle_stages: Vec<String>,
    /// Parameters that ECS passes to the Lambda function, as JSON text or as an object.
    pub hook_details: Option<Json>,
    /// The timeout of the hook. If omitted, ECS rolls the deployment back after 1440 minutes (24
    /// hours).
    #[model(aws_default)]
    pub timeout_configuration: Option<HookTimeout>,
}

/// The timeout of a lifecycle hook.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct HookTimeout {
    /// Whether ECS rolls the deployment back or continues it after the timeout. Defaults to
    /// `ROLLBACK`.
    #[model(aws_default, one_of = ["ROLLBACK", "CONTINUE"])]
    pub action: Option<String>,
    /// The time in minutes, from 1 to 20160 (14 days), that ECS waits for the hook. Defaults to
    /// 1440 (24 hours).
    #[model(aws_default, check = check_timeout)]
    pub timeout_in_minutes: Option<String>,
}

/// The criteria for an early success of a rolling deployment.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct EarlySuccess {
    /// Whether a deployment can succeed before all tasks are replaced.
    pub enable: bool,
    /// The number of new tasks that must be healthy, as a percentage of `desiredCount`. At least
    /// `deploymentMinimumHealthyPercent`.
    #[model(aws_default, range = 0..=100)]
    pub healthy_percent: Option<i64>,
    /// Whether the old tasks are stopped before the deployment succeeds (`BLOCKING`) or afterwards,
    /// in the background (`DEFERRED`).
    #[model(aws_default, one_of = ["BLOCKING", "DEFERRED"])]
    pub source_service_revision_cleanup: Option<String>,
}

/// The deployment circuit breaker of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CircuitBreaker {
    /// Whether ECS fails a deployment whose tasks cannot reach a steady state.
    pub enable: bool,
    /// Whether ECS rolls a failed deployment back to the last completed deployment.
    pub rollback: bool,
    /// Whether a task that becomes healthy sets the count of failed tasks back to 0.
    #[model(aws_default)]
    pub reset_on_healthy_task: Option<bool>,
    /// The number of failed tasks at which the deployment fails. Defaults to half of
    /// `desiredCount`, but at least 3 and at most 200.
    #[model(aws_default)]
    pub threshold_configuration: Option<BreakerThreshold>,
}

/// The number of failed tasks at which the deployment circuit breaker triggers.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BreakerThreshold {
    /// The meaning of `value`: a number of tasks (`COUNT`), or a percentage of `desiredCount`, with
    /// (`BOUNDED_PERCENT`) or without (`UNBOUNDED_PERCENT`) the limits of ECS.
    #[model(one_of = ["COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"])]
    pub r#type: String,
    /// The number of tasks, or the percentage.
    #[model(range = 1..=100_000)]
    pub value: i64,
}

/// The target group and the listener rules of deployments that shift traffic.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AdvancedConfiguration {
    /// The ARN of the alternate target group. In each deployment, the new tasks are registered with
    /// the target group that the old tasks are not registered with.
    pub alternate_target_group_arn: String,
    /// The ARN of the listener rule of an Application Load Balancer, or of the listener of a Network
    /// Load Balancer, that routes the production traffic. ECS changes the weights of its target
    /// groups.
    pub production_listener_rule: String,
    /// The ARN of the IAM role with which ECS changes listeners and target groups.
    pub role_arn: String,
    /// The ARN of the listener rule, or of the listener of a Network Load Balancer, that routes test
    /// traffic to the new tasks before the production traffic shifts.
    pub test_listener_rule: Option<String>,
}

/// The stages at which a hook can run.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html>
pub(super) const STAGES: [&str; 8] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
];

/// Whether a strategy replaces tasks where they are, and shifts no traffic.
pub(super) fn is_rolling(strategy: &str) -> bool {
    strategy == "ROLLING"
}

/// Whether a service shifts its traffic from the old tasks to the new ones.
pub(super) fn shifts(there: Option<&types::DeploymentConfiguration>) -> bool {
    there.and_then(|there| there.strategy()).is_some_and(|strategy| *strategy != DeploymentStrategy::Rolling)
}

/// A strategy that ECS has by itself.
pub(super) fn is_usual(value: &Value) -> bool {
    let Some(fields) = value.peel().as_object() else { return false };
    let is = |prop: Prop<DeploymentConfiguration>, usual: &str| {
        fields.get(prop.name()).is_none_or(|value| value.is_null() || value.as_str() == Some(usual))
    };
    let said = [DeploymentConfiguration::STRATEGY, DeploymentConfiguration::BAKE_TIME_IN_MINUTES];
    let others = fields.iter().filter(|(name, _)| said.iter().all(|prop| prop.name() != name.as_str()));
    is(said[0], "ROLLING") && is(said[1], "0") && others.map(|(_, value)| value).all(Value::is_off)
}

fn check_minutes(text: &str) -> std::result::Result<(), String> {
    minutes(text, 0, 1440)
}

fn check_timeout(text: &str) -> std::result::Result<(), String> {
    minutes(text, 1, 20_160)
}

fn minutes(text: &str, least: u32, most: u32) -> std::result::Result<(), String> {
    match text.parse::<u32>() {
        Ok(minutes) if (least..=most).contains(&minutes) => Ok(()),
        _ => Err(format!(
            "is {text:?}; give a number of minutes from {least} to {most}, such as \"{}\"",
            least.max(5)
        )),
    }
}

fn number(text: Option<&String>) -> Option<i32> {
    text.and_then(|text| text.parse().ok())
}

impl DeploymentConfiguration {
    /// What ECS does where nothing is said.
    pub(super) fn usual() -> Self {
        DeploymentConfiguration {
            strategy: "ROLLING".to_owned(),
            bake_time_in_minutes: Some("0".to_owned()),
            canary_configuration: None,
            linear_configuration: None,
            lifecycle_hooks: Vec::new(),
            early_success_criteria: None,
        }
    }

    pub(super) fn is_rolling(&self) -> bool {
        is_rolling(&self.strategy)
    }

    /// What shifting the traffic takes beyond starting the tasks, pauses for a person included.
    pub(super) fn takes(&self) -> Duration {
        let minutes = |text: Option<&String>, usual: i32| number(text).unwrap_or(usual).max(0);
        let bake = minutes(self.bake_time_in_minutes.as_ref(), 0);
        let steps = match self.strategy.as_str() {
            "CANARY" => {
                let canary = self.canary_configuration.as_ref();
                minutes(canary.and_then(|it| it.canary_bake_time_in_minutes.as_ref()), 10)
            }
            "LINEAR" => {
                let linear = self.linear_configuration.as_ref();
                let percent = linear.and_then(|it| it.step_percent).unwrap_or(10.0).max(0.1);
                let pause = minutes(linear.and_then(|it| it.step_bake_time_in_minutes.as_ref()), 6);
                (100.0 / percent).ceil() as i32 * pause
            }
            _ => 0,
        };
        let hooks = self.lifecycle_hooks.iter().map(|hook| {
            let given = hook.timeout_configuration.as_ref().and_then(|it| it.timeout_in_minutes.as_ref());
            let once = match (hook.target_type.as_str(), given) {
                ("PAUSE", given) => minutes(given, 1440),
                (_, given) => minutes(given, 0),
            };
            once * hook.lifecycle_stages.len() as i32
        });
        let all = bake + steps + hooks.sum::<i32>();
        Duration::from_secs(60 * u64::try_from(all).unwrap_or_default())
    }

    /// Puts the strategy into what ECS takes as a whole.
    pub(super) fn put(&self, into: &mut types::DeploymentConfiguration) {
        into.strategy = Some(self.strategy.as_str().into());
        into.bake_time_in_minutes = number(self.bake_time_in_minutes.as_ref()).or(Some(0));
        into.canary_configuration = self.canary_configuration.as_ref().map(|canary| {
            types::CanaryConfiguration::builder()
                .set_canary_percent(canary.canary_percent)
                .set_canary_bake_time_in_minutes(number(canary.canary_bake_time_in_minutes.as_ref()))
                .build()
        });
        into.linear_configuration = self.linear_configuration.as_ref().map(|linear| {
            types::LinearConfiguration::builder()
                .set_step_percent(linear.step_percent)
                .set_step_bake_time_in_minutes(number(linear.step_bake_time_in_minutes.as_ref()))
                .build()
        });
        into.lifecycle_hooks = Some(self.lifecycle_hooks.iter().map(LifecycleHook::to_aws).collect());
        into.early_success_criteria = Some(match &self.early_success_criteria {
            Some(early) => types::DeploymentEarlySuccessCriteria::builder()
                .enable(early.enable)
                .set_healthy_percent(early.healthy_percent.map(small))
                .set_source_service_revision_cleanup(
                    early.source_service_revision_cleanup.as_deref().map(Into::into),
                )
                .build(),
            None => types::DeploymentEarlySuccessCriteria::builder().enable(false).build(),
        })
        .filter(|early| early.enable || self.is_rolling());
    }

    /// The strategy as AWS has it.
    pub(super) fn read(found: &types::DeploymentConfiguration) -> Self {
        let text = |number: Option<i32>| number.map(|number| number.to_string());
        DeploymentConfiguration {
            strategy: found.strategy().map_or("ROLLING", |strategy| strategy.as_str()).to_owned(),
            bake_time_in_minutes: text(found.bake_time_in_minutes),
            canary_configuration: found.canary_configuration().map(|canary| Canary {
                canary_percent: canary.canary_percent,
                canary_bake_time_in_minutes: text(canary.canary_bake_time_in_minutes),
            }),
            linear_configuration: found.linear_configuration().map(|linear| Linear {
                step_percent: linear.step_percent,
                step_bake_time_in_minutes: text(linear.step_bake_time_in_minutes),
            }),
            lifecycle_hooks: found.lifecycle_hooks().iter().map(LifecycleHook::read).collect(),
            early_success_criteria: found.early_success_criteria().filter(|early| early.enable).map(
                |early| EarlySuccess {
                    enable: true,
                    healthy_percent: early.healthy_percent.map(Into::into),
                    source_service_revision_cleanup: early
                        .source_service_revision_cleanup()
                        .map(|cleanup| cleanup.as_str().to_owned()),
                },
            ),
        }
    }
}

impl LifecycleHook {
    fn to_aws(&self) -> types::DeploymentLifecycleHook {
        let stages = self.lifecycle_stages.iter().map(|stage| stage.as_str().into());
        let timeout = self.timeout_configuration.as_ref().map(|timeout| {
            types::DeploymentLifecycleHookTimeoutConfiguration::builder()
                .set_action(timeout.action.as_deref().map(Into::into))
                .set_timeout_in_minutes(number(timeout.timeout_in_minutes.as_ref()))
                .build()
        });
        types::DeploymentLifecycleHook::builder()
            .target_type(self.target_type.as_str().into())
            .set_hook_target_arn(self.hook_target_arn.clone())
            .set_role_arn(self.role_arn.clone())
            .set_lifecycle_stages(Some(stages.collect()))
            .set_hook_details(self.hook_details.as_ref().map(|details| document(&details.0)))
            .set_timeout_configuration(timeout)
            .build()
    }

    fn read(found: &types::DeploymentLifecycleHook) -> Self {
        let timeout = found.timeout_configuration();
        LifecycleHook {
            target_type: found.target_type().map_or("AWS_LAMBDA", |it| it.as_str()).to_owned(),
            hook_target_arn: found.hook_target_arn.clone().filter(|arn| !arn.is_empty()),
            role_arn: found.role_arn.clone().filter(|arn| !arn.is_empty()),
            lifecycle_stages: found.lifecycle_stages().iter().map(|it| it.as_str().to_owned()).collect(),
            hook_details: found.hook_details().map(|details| Json(json(details))),
            timeout_configuration: timeout.map(|timeout| HookTimeout {
                action: timeout.action().map(|action| action.as_str().to_owned()),
                timeout_in_minutes: timeout.timeout_in_minutes.map(|minutes| minutes.to_string()),
            }),
        }
    }
}

impl CircuitBreaker {
    pub(super) fn to_aws(&self) -> Result<types::DeploymentCircuitBreaker> {
        let threshold = self.threshold_configuration.as_ref().map(|threshold| {
            let builder = types::ThresholdConfiguration::builder().r#type(threshold.r#type.as_str().into());
            builder.value(small(threshold.value)).build()
        });
        Ok(types::DeploymentCircuitBreaker::builder()
            .enable(self.enable)
            .rollback(self.rollback)
            .set_reset_on_healthy_task(self.reset_on_healthy_task)
            .set_threshold_configuration(threshold.transpose()?)
            .build())
    }

    /// The circuit breaker as AWS has it. How one counts that is off says nothing.
    pub(super) fn read(found: &types::DeploymentCircuitBreaker) -> Self {
        let counts = found.enable;
        CircuitBreaker {
            enable: found.enable,
            rollback: found.rollback,
            reset_on_healthy_task: found.reset_on_healthy_task.filter(|_| counts),
            threshold_configuration: found.threshold_configuration().filter(|_| counts).map(|threshold| {
                BreakerThreshold {
                    r#type: threshold.r#type.as_str().to_owned(),
                    value: threshold.value.into(),
                }
            }),
        }
    }
}

impl AdvancedConfiguration {
    pub(super) fn to_aws(&self) -> types::AdvancedConfiguration {
        types::AdvancedConfiguration::builder()
            .alternate_target_group_arn(&self.alternate_target_group_arn)
            .production_listener_rule(&self.production_listener_rule)
            .role_arn(&self.role_arn)
            .set_test_listener_rule(self.test_listener_rule.clone())
            .build()
    }

    pub(super) fn read(found: &types::AdvancedConfiguration) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        AdvancedConfiguration {
            alternate_target_group_arn: text(&found.alternate_target_group_arn),
            production_listener_rule: text(&found.production_listener_rule),
            role_arn: text(&found.role_arn),
            test_listener_rule: found.test_listener_rule.clone().filter(|rule| !rule.is_empty()),
        }
    }
}

fn document(json: &J) -> Document {
    match json {
        J::Null => Document::Null,
        J::Bool(value) => Document::Bool(*value),
        J::String(text) => Document::String(text.clone()),
        J::Array(items) => Document::Array(items.iter().map(document).collect()),
        J::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), document(value)));
            Document::Object(fields.collect::<HashMap<_, _>>())
        }
        J::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => Number::PosInt(whole),
            (None, Some(whole)) => Number::NegInt(whole),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
    }
}

fn json(document: &Document) -> J {
    match document {
        Document::Bool(value) => J::Bool(*value),
        Document::String(text) => J::String(text.clone()),
        Document::Array(items) => J::Array(items.iter().map(json).collect()),
        Document::Object(fields) => {
            J::Object(fields.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Document::Number(Number::PosInt(whole)) => J::from(*whole),
        Document::Number(Number::NegInt(whole)) => J::from(*whole),
        Document::Number(Number::Float(number)) => J::from(*number),
        _ => J::Null,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json as j;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let given = DeploymentConfiguration {
            strategy: "LINEAR".into(),
            bake_time_in_minutes: Some("5".into()),
            canary_configuration: None,
            linear_configuration: Some(Linear {
                step_percent: Some(25.0),
                step_bake_time_in_minutes: Some("2".into()),
            }),
            lifecycle_hooks: vec![LifecycleHook {
                target_type: "PAUSE".into(),
                hook_target_arn: None,
                role_arn: None,
                lifecycle_stages: vec!["POST_SCALE_UP".into()],
                hook_details: Some(Json(j!({ "a": [1, -2, 1.5, true, null] }))),
                timeout_configuration: Some(HookTimeout {
                    action: Some("CONTINUE".into()),
                    timeout_in_minutes: Some("30".into()),
                }),
            }],
            early_success_criteria: None,
        };
        let mut sent = types::DeploymentConfiguration::builder().build();
        given.put(&mut sent);
        assert_eq!(DeploymentConfiguration::read(&sent), given);
        // Four steps of two minutes, five of bake time and half an hour for a person.
        assert_eq!(given.takes(), Duration::from_secs(60 * 43));
    }

    #[test]
    fn a_rolling_strategy_without_more_is_as_none() {
        let usual = |json: J| is_usual(&Value::from_json(&json));
        assert!(usual(j!({ "strategy": "ROLLING", "bakeTimeInMinutes": "0", "lifecycleHooks": [] })));
        assert!(usual(j!({ "strategy": "ROLLING" })));
        assert!(!usual(j!({ "strategy": "CANARY" })));
        assert!(!usual(j!({ "strategy": "ROLLING", "bakeTimeInMinutes": "5" })));
        assert!(!usual(j!({ "strategy": "ROLLING", "earlySuccessCriteria": { "enable": true } })));
    }

    #[test]
    fn minutes_are_whole_numbers_in_their_range() {
        assert_eq!(check_minutes("0"), Ok(()));
        assert!(check_minutes("1441").unwrap_err().contains("from 0 to 1440"));
        assert!(check_timeout("0").is_err() && check_timeout("a day").is_err());
    }
}
