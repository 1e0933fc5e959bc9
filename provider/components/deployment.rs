//! How the tasks of a service are replaced: arguments that people give, and what ECS takes of them.

use serde_json::{Value as Json_, json};

use super::policy::{all, allow, attach_anew, policy, role};
use super::{Child, Scope};
use crate::kinds::ecs::{
    BreakerThresholdInput, CanaryInput, CircuitBreakerInput, DeploymentConfigurationInput, EarlySuccessInput,
    HookTimeoutInput, LifecycleHookInput, LinearInput, ServiceAlarmsInput,
};
use crate::kinds::iam::Role;
use crate::model::{Failures, In, Model, Path};

/// The deployment of a service: how new tasks replace the old ones.
#[derive(Clone, Debug, Model)]
pub struct Deployment {
    /// The deployment strategy. `rolling` replaces the tasks step by step. The others start all new
    /// tasks in addition to the old ones and then shift the requests: `blueGreen` all at once,
    /// `canary` a small part first, and `linear` in equal steps. They require a load balancer.
    #[model(default = "rolling", one_of = ["rolling", "blueGreen", "canary", "linear"])]
    pub strategy: String,
    /// The bake time, in minutes: how long the old tasks keep running after all requests have
    /// shifted, so that ECS can roll back immediately. With `rolling`, how long the alarms of
    /// `rollbackOn` are monitored after all tasks are replaced. Defaults to 5 for the strategies
    /// that shift requests.
    #[model(range = 0..=1440)]
    pub bake_minutes: Option<i64>,
    /// The percentage of requests that shift first. Only for the strategy `canary`. Defaults to 5.
    #[model(range = 0.1..=100)]
    pub canary_percent: Option<f64>,
    /// The percentage of requests that shift in each step. Only for the strategy `linear`. Defaults
    /// to 10.
    #[model(range = 3..=100)]
    pub step_percent: Option<f64>,
    /// The time in minutes between two steps (`linear`), or before the remaining requests shift
    /// (`canary`). Defaults to 6 for `linear` and 10 for `canary`.
    #[model(range = 0..=1440)]
    pub step_minutes: Option<i64>,
    /// The test requests, which reach the new tasks of a deployment before all others do. If
    /// omitted, new tasks receive no test requests.
    pub test: Option<DeploymentTest>,
    /// The conditions that roll a deployment back. With `rolling`, failed tasks roll a deployment
    /// back as well.
    pub rollback_on: Option<DeploymentRollback>,
    /// The lifecycle hooks, which check or pause a deployment. Only for the strategies that shift
    /// requests.
    #[model(default = [])]
    pub hooks: Vec<DeploymentHook>,
    /// The minimum number of tasks that keep running during a deployment, as a percentage of the
    /// desired count. Defaults to 100.
    #[model(range = 0..=100)]
    pub minimum_healthy_percent: Option<i64>,
    /// The maximum number of tasks during a deployment, as a percentage of the desired count.
    /// Defaults to 200.
    #[model(range = 100..=200)]
    pub maximum_percent: Option<i64>,
    /// Whether a rolling deployment is complete as soon as all new tasks are healthy, while the old
    /// ones stop in the background.
    #[model(default = false)]
    pub early: bool,
    /// The number of failed tasks at which ECS stops a rolling deployment and rolls it back.
    /// Defaults to half of the desired count, but at least 3 and at most 200.
    #[model(range = 1..=200)]
    pub give_up_after: Option<i64>,
}

/// The test requests, which reach the new tasks of a deployment before all others do. Specify a
/// header or a port.
#[derive(Clone, Debug, Model)]
pub struct DeploymentTest {
    /// The name of the HTTP header of test requests, such as `x-test`.
    #[model(length = 1..=40)]
    pub header: Option<String>,
    /// The value of `header`.
    #[model(default = "true", length = 1..=128)]
    pub value: String,
    /// The port of a separate listener for test requests. On a public load balancer, anyone can
    /// reach it; on an internal one, only clients that a rule of its security group allows.
    #[model(range = 1..=65535)]
    pub port: Option<i64>,
}

/// The conditions that roll a deployment back.
#[derive(Clone, Debug, Model)]
pub struct DeploymentRollback {
    /// The names of CloudWatch alarms that roll a deployment back when one of them goes off.
    #[model(default = [])]
    pub alarms: Vec<String>,
    /// The number of HTTP 5XX responses of the tasks per minute above which a deployment is rolled
    /// back. Requires a load balancer. If omitted, responses are not counted.
    #[model(name = "http5xx", range = 0..=1_000_000)]
    pub http_5xx: Option<f64>,
}

/// A lifecycle hook of a deployment: a Lambda function that decides whether the deployment
/// continues, or a pause until a person decides.
#[derive(Clone, Debug, Model)]
pub struct DeploymentHook {
    /// The lifecycle stage at which the hook runs. A pause is not possible at `TEST_TRAFFIC_SHIFT`
    /// and `PRODUCTION_TRAFFIC_SHIFT`.
    #[model(one_of = [
        "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"
    ])]
    pub at: String,
    /// The ARN of a Lambda function that ECS invokes, and whose response decides whether the
    /// deployment continues. The IAM role for the invocation is created.
    pub lambda: Option<String>,
    /// A pause until `aws ecs continue-service-deployment` continues the deployment or rolls it
    /// back. `pulumi up` waits and displays the command.
    pub pause: Option<DeploymentPause>,
}

/// A pause of a deployment.
#[derive(Clone, Debug, Model)]
pub struct DeploymentPause {
    /// The time that the deployment waits, in minutes.
    #[model(range = 1..=20160)]
    pub minutes: i64,
    /// The action if the deployment is neither continued nor rolled back within `minutes`.
    #[model(default = "rollback", one_of = ["rollback", "continue"])]
    pub otherwise: String,
}

/// Whether a service is to shift requests between two target groups.
pub fn shifts(deployment: &In<DeploymentInput>) -> bool {
    let strategy = deployment.get().and_then(|deployment| deployment.strategy.get());
    strategy.is_some_and(|strategy| strategy != "rolling")
}

/// Holds the arguments against the strategy; `is_behind` says whether a load balancer is there.
pub fn rules(deployment: &DeploymentInput, is_behind: bool, at: &Path, failures: &mut Failures) {
    let Some(strategy) = deployment.strategy.get().map(String::as_str) else { return };
    let rolling = strategy == "rolling";
    if !rolling && !is_behind {
        let reason = format!(
            "is {strategy:?}, which shifts requests, but the service has no load balancer; give it expose, or leave strategy out"
        );
        failures.add(at.key(Deployment::STRATEGY), reason);
    }
    let shifting = ["blueGreen", "canary", "linear"];
    for (name, is_given, of) in [
        (Deployment::CANARY_PERCENT, deployment.canary_percent.is_set(), &["canary"][..]),
        (Deployment::STEP_PERCENT, deployment.step_percent.is_set(), &["linear"][..]),
        (Deployment::STEP_MINUTES, deployment.step_minutes.is_set(), &["canary", "linear"][..]),
        (Deployment::TEST, deployment.test.is_set(), &shifting[..]),
        (Deployment::HOOKS, deployment.hooks.get().is_some_and(|hooks| !hooks.is_empty()), &shifting[..]),
        (Deployment::EARLY, deployment.early.get() == Some(&true), &["rolling"][..]),
        (Deployment::GIVE_UP_AFTER, deployment.give_up_after.is_set(), &["rolling"][..]),
    ] {
        if is_given && !of.contains(&strategy) {
            let of: Vec<String> = of.iter().map(|strategy| format!("{strategy:?}")).collect();
            let of = of.join(" or ");
            let reason = format!(
                "is for the strategy {of}, and the strategy is {strategy:?}; leave it out, or give strategy {of}"
            );
            failures.add(at.key(name), reason);
        }
    }
    for (name, percent) in [
        (Deployment::CANARY_PERCENT, deployment.canary_percent.get()),
        (Deployment::STEP_PERCENT, deployment.step_percent.get()),
    ] {
        if let Some(&percent) = percent
            && ((percent * 10.0).round() - percent * 10.0).abs() > 1e-6
        {
            failures.add(at.key(name), format!("is {percent}; give a multiple of 0.1"));
        }
    }
    if deployment.rollback_on.get().is_some_and(|on| on.http_5xx.is_set()) && !is_behind {
        let at = at.key(Deployment::ROLLBACK_ON).key(DeploymentRollback::HTTP_5XX);
        failures
            .add(at, "counts the responses behind a load balancer, and the service has none; leave it out");
    }
    if let Some(test) = deployment.test.get() {
        let at = at.key(Deployment::TEST);
        match (test.header.is_set(), test.port.is_set()) {
            (false, false) => failures.add(at, "has neither header nor port; give one of them"),
            (true, true) => {
                failures.add(at.key(DeploymentTest::PORT), "conflicts with header; give only one of them")
            }
            _ => {}
        }
    }
    for (index, hook) in deployment.hooks.get().into_iter().flatten().enumerate() {
        let Some(hook) = hook.get() else { continue };
        let at = at.key(Deployment::HOOKS).index(index);
        match (hook.lambda.is_set(), hook.pause.is_set()) {
            (false, false) => failures.add(at.clone(), "has neither lambda nor pause; give one of them"),
            (true, true) => {
                failures.add(at.key(DeploymentHook::PAUSE), "conflicts with lambda; give only one of them")
            }
            _ => {}
        }
        let stage = hook.at.get().map(String::as_str);
        if let (true, Some(stage @ ("TEST_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT"))) =
            (hook.pause.is_set(), stage)
        {
            let reason = format!("is {stage}, at which ECS cannot pause; give the stage before or after it");
            failures.add(at.key(DeploymentHook::AT), reason);
        }
    }
    let percent = (deployment.minimum_healthy_percent.get(), deployment.maximum_percent.get());
    if percent == (Some(&100), Some(&100)) {
        let reason = "is 100, as is minimumHealthyPercent, so no task could be replaced; raise it";
        failures.add(at.key(Deployment::MAXIMUM_PERCENT), reason);
    }
}

/// The strategy as ECS takes it; none where ECS does the same by itself.
pub fn configuration(
    deployment: &DeploymentInput,
    hook_role_arn: &In<String>,
) -> In<DeploymentConfigurationInput> {
    let strategy = deployment.strategy.get().map_or("rolling", String::as_str);
    let rolling = strategy == "rolling";
    let early = deployment.early.get() == Some(&true);
    if rolling && !early && !deployment.bake_minutes.is_set() {
        return In::default();
    }
    let text = |minutes: &In<i64>| minutes.clone().map(|minutes| minutes.to_string());
    let pause = text(&deployment.step_minutes);
    DeploymentConfigurationInput {
        strategy: match strategy {
            "blueGreen" => "BLUE_GREEN".into(),
            "canary" => "CANARY".into(),
            "linear" => "LINEAR".into(),
            _ => "ROLLING".into(),
        },
        bake_time_in_minutes: match rolling {
            true => text(&deployment.bake_minutes),
            false => text(&deployment.bake_minutes).or("5"),
        },
        canary_configuration: match strategy {
            "canary" => CanaryInput {
                canary_percent: deployment.canary_percent.clone().or(5.0),
                canary_bake_time_in_minutes: pause.clone().or("10"),
            }
            .into(),
            _ => In::default(),
        },
        linear_configuration: match strategy {
            "linear" => LinearInput {
                step_percent: deployment.step_percent.clone().or(10.0),
                step_bake_time_in_minutes: pause.or("6"),
            }
            .into(),
            _ => In::default(),
        },
        lifecycle_hooks: deployment.hooks.clone().map(|hooks| {
            hooks.into_iter().map(|given| given.map(|given| hook(&given, hook_role_arn))).collect()
        }),
        early_success_criteria: match early {
            true => EarlySuccessInput {
                enable: true.into(),
                healthy_percent: 100.into(),
                source_service_revision_cleanup: "DEFERRED".into(),
            }
            .into(),
            false => In::default(),
        },
    }
    .into()
}

fn hook(given: &DeploymentHookInput, role_arn: &In<String>) -> LifecycleHookInput {
    let stages = In::list([given.at.clone()]);
    match given.pause.get() {
        Some(pause) => LifecycleHookInput {
            target_type: "PAUSE".into(),
            lifecycle_stages: stages,
            timeout_configuration: HookTimeoutInput {
                action: pause.otherwise.clone().map(|otherwise| otherwise.to_uppercase()),
                timeout_in_minutes: pause.minutes.clone().map(|minutes| minutes.to_string()),
            }
            .into(),
            ..Default::default()
        },
        None => LifecycleHookInput {
            target_type: "AWS_LAMBDA".into(),
            hook_target_arn: given.lambda.clone(),
            role_arn: role_arn.clone(),
            lifecycle_stages: stages,
            ..Default::default()
        },
    }
}

/// The circuit breaker, which rolling deployments alone have.
pub fn breaker(deployment: Option<&DeploymentInput>, shifts: bool) -> In<CircuitBreakerInput> {
    if shifts {
        return In::default();
    }
    let threshold = deployment.map(|deployment| deployment.give_up_after.clone()).unwrap_or_default();
    CircuitBreakerInput {
        enable: true.into(),
        rollback: true.into(),
        threshold_configuration: threshold
            .map(|value| BreakerThresholdInput { r#type: "COUNT".into(), value: value.into() }),
        ..CircuitBreakerInput::default()
    }
    .into()
}

/// The alarms that roll a deployment back: those of the program, and those that were made for it.
pub fn alarms(deployment: Option<&DeploymentInput>, made: Vec<In<String>>) -> In<ServiceAlarmsInput> {
    let given = deployment.and_then(|deployment| deployment.rollback_on.get());
    let given = given.map(|on| on.alarms.clone()).unwrap_or_default();
    if made.is_empty() && given.get().is_none_or(Vec::is_empty) && !given.is_unknown() {
        return In::default();
    }
    let names = given.or(In::known(Vec::new())).map(|mut names| {
        names.extend(made);
        names
    });
    ServiceAlarmsInput { alarm_names: names, enable: true.into(), rollback: true.into() }.into()
}

/// The role with which ECS invokes the Lambda functions of hooks, where there are any.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html>
pub fn hook_role(at: &Scope, deployment: &DeploymentInput) -> In<String> {
    let hooks = deployment.hooks.get().into_iter().flatten().filter_map(In::get);
    let functions: Vec<In<String>> = hooks.map(|hook| hook.lambda.clone()).filter(In::is_set).collect();
    if functions.is_empty() {
        return In::default();
    }
    let role = ecs_role(at, "deployment-hook-role");
    // A version or an alias of a function is a resource of its own, and has the name of the function.
    let statement = allow(
        &["lambda:InvokeFunction"],
        all(functions).map(|mut arns| {
            arns.dedup();
            arns
        }),
    );
    let attached = attach_anew(at, "deployment-hook-policy", &role, policy([statement]));
    role.out.arn.clone().depending_on([&attached.urn])
}

/// The role with which ECS shifts the requests from one target group to the other: it changes these
/// rules and registers targets with these groups, and nothing else.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html>
pub fn shift_role(at: &Scope, rules: Vec<In<String>>, groups: Vec<In<String>>) -> In<String> {
    let role = ecs_role(at, "deployment-role");
    let listeners = all(rules.clone()).map(|rules| {
        let mut listeners: Vec<String> = rules.iter().map(|rule| listener_of(rule)).collect();
        listeners.dedup();
        listeners
    });
    let statements = [
        // Elastic Load Balancing knows no narrower resource for what describes.
        allow(
            &[
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            In::known(vec!["*".to_owned()]),
        ),
        allow(&["elasticloadbalancing:ModifyListener"], listeners),
        allow(&["elasticloadbalancing:ModifyRule"], all(rules)),
        allow(
            &["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
            all(groups),
        ),
    ];
    let attached = attach_anew(at, "deployment-policy", &role, policy(statements));
    role.out.arn.clone().depending_on([&attached.urn])
}

fn ecs_role(at: &Scope, suffix: &str) -> Child<Role> {
    role(at, suffix, "ecs.amazonaws.com")
}

fn listener_of(rule: &str) -> String {
    let listener = rule.rsplit_once('/').map_or(rule, |(listener, _)| listener);
    listener.replacen(":listener-rule/", ":listener/", 1)
}

/// The policy of what tasks may tell X-Ray.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html>
pub fn trace_statement() -> In<Json_> {
    let actions = [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    ];
    // X-Ray knows no resources for these.
    In::known(json!({ "Effect": "Allow", "Action": actions, "Resource": ["*"] }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;

    fn read(given: &Json_) -> (DeploymentInput, Failures) {
        let mut failures = Failures::new();
        let fields = Value::from_json(given).as_object().unwrap().clone();
        (Deployment::read(&fields, &mut failures), failures)
    }

    fn told(given: Json_, is_behind: bool) -> String {
        let (input, mut failures) = read(&given);
        rules(&input, is_behind, &Path::root().key("deployment"), &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_belongs_to_another_strategy_is_told() {
        for given in [
            json!({}),
            json!({ "early": true, "giveUpAfter": 3, "minimumHealthyPercent": 50 }),
            json!({ "strategy": "blueGreen", "test": { "header": "x-test" }, "rollbackOn": { "http5xx": 10 } }),
            json!({ "strategy": "canary", "canaryPercent": 10, "stepMinutes": 5 }),
            json!({ "strategy": "linear", "hooks": [{ "at": "POST_SCALE_UP", "pause": { "minutes": 30 } }] }),
        ] {
            assert_eq!(told(given, true), "");
        }
        for (given, expected) in [
            (json!({ "canaryPercent": 5 }), "deployment.canaryPercent: is for the strategy \"canary\""),
            (
                json!({ "strategy": "canary", "stepPercent": 5 }),
                "deployment.stepPercent: is for the strategy \"linear\"",
            ),
            (
                json!({ "strategy": "canary", "canaryPercent": 5.25 }),
                "deployment.canaryPercent: is 5.25; give a multiple of 0.1",
            ),
            (
                json!({ "strategy": "blueGreen", "giveUpAfter": 3 }),
                "deployment.giveUpAfter: is for the strategy \"rolling\"",
            ),
            (json!({ "strategy": "blueGreen", "test": {} }), "deployment.test: has neither header nor port"),
            (
                json!({ "strategy": "blueGreen", "hooks": [{ "at": "POST_SCALE_UP" }] }),
                "deployment.hooks[0]: has neither lambda nor pause",
            ),
            (
                json!({ "strategy": "blueGreen", "hooks": [{ "at": "TEST_TRAFFIC_SHIFT", "pause": { "minutes": 5 } }] }),
                "deployment.hooks[0].at: is TEST_TRAFFIC_SHIFT, at which ECS cannot pause",
            ),
            (json!({ "maximumPercent": 100, "minimumHealthyPercent": 100 }), "no task could be replaced"),
        ] {
            let told = told(given, true);
            assert!(told.contains(expected), "{expected} is not in {told}");
        }
        let without = told(json!({ "strategy": "canary" }), false);
        assert!(without.contains(
            "deployment.strategy: is \"canary\", which shifts requests, but the service has no load balancer"
        ));
        let pause = json!({ "strategy": "blueGreen", "hooks": [{ "at": "POST_SCALE_UP", "pause": {} }] });
        assert!(told(pause, true).contains("minutes"), "a pause needs its minutes");
    }

    #[test]
    fn each_strategy_is_complete_as_ecs_takes_it() {
        let of = |given: Json_| configuration(&read(&given).0, &In::default());
        assert!(!of(json!({})).is_set() && !of(json!({ "giveUpAfter": 3 })).is_set());
        let canary = of(json!({ "strategy": "canary" }));
        let canary = canary.get().unwrap();
        assert_eq!(canary.strategy.get().unwrap(), "CANARY");
        assert_eq!(canary.bake_time_in_minutes.get().unwrap(), "5");
        assert_eq!(canary.canary_configuration.get().unwrap().canary_percent.get(), Some(&5.0));
        let early = of(json!({ "early": true }));
        assert!(early.get().unwrap().early_success_criteria.is_set());
    }

    #[test]
    fn a_rule_tells_its_listener() {
        let rule = "arn:aws:elasticloadbalancing:r:1:listener-rule/app/web/1/2/3";
        assert_eq!(listener_of(rule), "arn:aws:elasticloadbalancing:r:1:listener/app/web/1/2");
    }
}
