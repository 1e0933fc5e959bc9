//! Rules between the arguments of a service.

use super::{ServiceArgs, ServiceInputs};
use crate::model::Failures;

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
        let reason = "is given, but the service has no load balancer whose health checks it could put off; leave it out, or give loadBalancers";
        failures.add(ServiceArgs::HEALTH_CHECK_GRACE_PERIOD_SECONDS, reason);
    }
    let percent = (args.deployment_minimum_healthy_percent.get(), args.deployment_maximum_percent.get());
    if percent == (Some(&100), Some(&100)) && !daemon {
        let reason = "is 100, as is deploymentMinimumHealthyPercent, so no task could be replaced; raise it";
        failures.add(ServiceArgs::DEPLOYMENT_MAXIMUM_PERCENT, reason);
    }
}
