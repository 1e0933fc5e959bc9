//! Rules between the arguments of a service.

use crate::kinds::ecs::deployment::{STAGES, is_rolling};
use crate::kinds::ecs::{
    Canary, CircuitBreaker, DeploymentConfiguration, DeploymentConfigurationInput, LifecycleHook,
    LifecycleHookInput, Linear, ServiceArgs, ServiceInputs, ServiceLoadBalancer,
};
use crate::model::{Failures, In, Path};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
pub(super) fn check(args: &ServiceInputs, failures: &mut Failures) {
    let controller = args.deployment_controller.get().and_then(|controller| controller.r#type.get());
    let external = controller.is_some_and(|controller| controller == "EXTERNAL");
    let on_fargate = args.launch_type.get().is_some_and(|launch_type| launch_type == "FARGATE");
    let daemon = args.scheduling_strategy.get().is_some_and(|strategy| strategy == "DAEMON");
    let has_strategies = args.capacity_provider_strategies.get().is_some_and(|parts| !parts.is_empty());

    if !args.task_definition.is_set() && !external {
        failures.add(ServiceArgs::TASK_DEFINITION, "is missing; give the ARN of a task definition");
    }
    if args.launch_type.is_set() && has_strategies {
        failures.add(
            ServiceArgs::LAUNCH_TYPE,
            "conflicts with capacityProviderStrategies; give only one of them",
        );
    }
    if on_fargate && !args.network_configuration.is_set() && !external {
        failures
            .add(ServiceArgs::NETWORK_CONFIGURATION, "is missing; Fargate needs subnets and security groups");
    }
    if daemon && on_fargate {
        failures.add(ServiceArgs::SCHEDULING_STRATEGY, "is DAEMON; Fargate takes REPLICA only");
    }
    if daemon && args.desired_count.is_set() {
        failures.add(
            ServiceArgs::DESIRED_COUNT,
            "is given; with DAEMON one task runs on each instance, so leave it out",
        );
    }
    if args.load_balancers.get().is_none_or(Vec::is_empty)
        && !args.load_balancers.is_unknown()
        && args.health_check_grace_period_seconds.get().is_some_and(|&seconds| seconds > 0)
    {
        let reason = "is given, but it applies to health checks of a load balancer, and the service has none; leave it out, or give loadBalancers";
        failures.add(ServiceArgs::HEALTH_CHECK_GRACE_PERIOD_SECONDS, reason);
    }
    let percent = (args.deployment_minimum_healthy_percent.get(), args.deployment_maximum_percent.get());
    if percent == (Some(&100), Some(&100)) && !daemon {
        let reason = "is 100, as is deploymentMinimumHealthyPercent, so no task could be replaced; raise it";
        failures.add(ServiceArgs::DEPLOYMENT_MAXIMUM_PERCENT, reason);
    }
    if let Some(deployment) = args.deployment_configuration.get() {
        strategy_rules(args, deployment, failures);
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
fn strategy_rules(args: &ServiceInputs, deployment: &DeploymentConfigurationInput, failures: &mut Failures) {
    type Deployment = DeploymentConfiguration;
    let at = Path::from(ServiceArgs::DEPLOYMENT_CONFIGURATION);
    let Some(strategy) = deployment.strategy.get() else { return };
    let rolling = is_rolling(strategy);
    for (name, is_given, of) in [
        (Deployment::CANARY_CONFIGURATION, deployment.canary_configuration.is_set(), "CANARY"),
        (Deployment::LINEAR_CONFIGURATION, deployment.linear_configuration.is_set(), "LINEAR"),
        (Deployment::EARLY_SUCCESS_CRITERIA, deployment.early_success_criteria.is_set(), "ROLLING"),
    ] {
        if is_given && strategy != of {
            let reason = format!(
                "is for the strategy {of}, and the strategy is {strategy}; leave it out, or give strategy {of}"
            );
            failures.add(at.key(name), reason);
        }
    }
    if strategy == "BLUE_GREEN" && !deployment.bake_time_in_minutes.is_set() {
        let reason =
            "is missing; with BLUE_GREEN, give the minutes for which the old tasks stay, such as \"5\"";
        failures.add(at.key(Deployment::BAKE_TIME_IN_MINUTES), reason);
    }
    percent(
        deployment.canary_configuration.get().and_then(|canary| canary.canary_percent.get()),
        &at.key(Deployment::CANARY_CONFIGURATION).key(Canary::CANARY_PERCENT),
        failures,
    );
    percent(
        deployment.linear_configuration.get().and_then(|linear| linear.step_percent.get()),
        &at.key(Deployment::LINEAR_CONFIGURATION).key(Linear::STEP_PERCENT),
        failures,
    );
    let hooks = deployment.lifecycle_hooks.get().into_iter().flatten().enumerate();
    for (index, hook) in hooks {
        let at = at.key(Deployment::LIFECYCLE_HOOKS).index(index);
        if rolling {
            failures.add(at.clone(), "is for the strategies BLUE_GREEN, CANARY and LINEAR; leave it out");
        }
        if let Some(hook) = hook.get() {
            hook_rules(hook, &at, failures);
        }
    }
    if rolling {
        return;
    }
    let breaker = args.deployment_circuit_breaker.get().and_then(|breaker| breaker.enable.get());
    if breaker == Some(&true) {
        let at = Path::from(ServiceArgs::DEPLOYMENT_CIRCUIT_BREAKER);
        let reason = format!(
            "is true, but the circuit breaker is for the strategy ROLLING, and the strategy is {strategy}; leave it out: alarms and lifecycleHooks roll such a deployment back"
        );
        failures.add(at.key(CircuitBreaker::ENABLE), reason);
    }
    let controller = args.deployment_controller.get().and_then(|controller| controller.r#type.get());
    if controller.is_some_and(|controller| controller != "ECS") {
        let reason = format!("is {strategy}, which requires the deployment controller ECS");
        failures.add(at.key(Deployment::STRATEGY), reason);
    }
    for (index, balancer) in args.load_balancers.get().into_iter().flatten().enumerate() {
        if balancer.get().is_some_and(|balancer| !balancer.advanced_configuration.is_set()) {
            let at = Path::from(ServiceArgs::LOAD_BALANCERS).index(index);
            let reason = format!(
                "is missing; with the strategy {strategy}, give the alternate target group, the listener rule and the role"
            );
            failures.add(at.key(ServiceLoadBalancer::ADVANCED_CONFIGURATION), reason);
        }
    }
}

/// ECS takes tenths of a percent.
fn percent(given: Option<&f64>, at: &Path, failures: &mut Failures) {
    let is_fine = |percent: f64| ((percent * 10.0).round() - percent * 10.0).abs() > 1e-6;
    if let Some(&percent) = given.filter(|percent| is_fine(**percent)) {
        failures.add(at.clone(), format!("is {percent}; give a multiple of 0.1"));
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html>
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html>
fn hook_rules(hook: &LifecycleHookInput, at: &Path, failures: &mut Failures) {
    type Hook = LifecycleHook;
    let Some(target) = hook.target_type.get() else { return };
    let pauses = target == "PAUSE";
    let text = |value: &In<String>| value.is_set();
    for (name, is_given) in
        [(Hook::HOOK_TARGET_ARN, text(&hook.hook_target_arn)), (Hook::ROLE_ARN, text(&hook.role_arn))]
    {
        match (pauses, is_given) {
            (true, true) => failures.add(at.key(name), "is for hooks of type AWS_LAMBDA; leave it out"),
            (false, false) => failures.add(at.key(name), "is missing; a hook of type AWS_LAMBDA requires it"),
            _ => {}
        }
    }
    for (index, stage) in hook.lifecycle_stages.get().into_iter().flatten().enumerate() {
        let Some(stage) = stage.get() else { continue };
        let at = at.key(Hook::LIFECYCLE_STAGES).index(index);
        if !STAGES.contains(&stage.as_str()) {
            failures.add(at, format!("is {stage:?}; give one of {}", STAGES.join(", ")));
        } else if pauses && matches!(stage.as_str(), "TEST_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT") {
            failures
                .add(at, format!("is {stage}, at which ECS cannot pause; give the stage before or after it"));
        }
    }
}
