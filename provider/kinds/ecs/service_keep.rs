//! What a service has of what no argument is about, kept in what ECS takes as a whole.

use aws_sdk_ecs::types::{
    DeploymentConfiguration, LoadBalancer, ServiceConnectClientAlias, ServiceConnectConfiguration,
    ServiceConnectService,
};

/// How rollouts go: what is said, over what there is, such as another strategy with its hooks.
pub(super) fn deployment(
    wanted: DeploymentConfiguration,
    there: Option<&DeploymentConfiguration>,
) -> DeploymentConfiguration {
    let Some(mut all) = there.cloned() else { return wanted };
    all.deployment_circuit_breaker = wanted.deployment_circuit_breaker.or(all.deployment_circuit_breaker);
    all.alarms = wanted.alarms.or(all.alarms);
    all.minimum_healthy_percent = wanted.minimum_healthy_percent.or(all.minimum_healthy_percent);
    all.maximum_percent = wanted.maximum_percent.or(all.maximum_percent);
    all
}

/// A target group, with the other one of blue/green rollouts.
pub(super) fn load_balancer(wanted: LoadBalancer, there: &[LoadBalancer]) -> LoadBalancer {
    let same = there.iter().find(|there| there.target_group_arn == wanted.target_group_arn);
    let advanced_configuration = same.and_then(|same| same.advanced_configuration.clone());
    LoadBalancer::builder()
        .set_target_group_arn(wanted.target_group_arn)
        .set_load_balancer_name(wanted.load_balancer_name)
        .set_container_name(wanted.container_name)
        .set_container_port(wanted.container_port)
        .set_advanced_configuration(advanced_configuration)
        .build()
}

/// Service Connect, with the encryption, time limits and logs that it has.
pub(super) fn connect(
    mut wanted: ServiceConnectConfiguration,
    there: Option<&ServiceConnectConfiguration>,
) -> ServiceConnectConfiguration {
    let Some(there) = there.filter(|_| wanted.enabled) else { return wanted };
    wanted.access_log_configuration.clone_from(&there.access_log_configuration);
    wanted.container_configurations.clone_from(&there.container_configurations);
    if let (Some(log), Some(there)) = (&mut wanted.log_configuration, &there.log_configuration)
        && log.log_driver == there.log_driver
    {
        log.secret_options.clone_from(&there.secret_options);
    }
    for service in wanted.services.iter_mut().flatten() {
        let same = there.services().iter().find(|there| there.port_name == service.port_name);
        if let Some(there) = same {
            keep_service(service, there);
        }
    }
    wanted
}

fn keep_service(service: &mut ServiceConnectService, there: &ServiceConnectService) {
    service.timeout.clone_from(&there.timeout);
    service.tls.clone_from(&there.tls);
    for alias in service.client_aliases.iter_mut().flatten() {
        let is_same = |there: &&ServiceConnectClientAlias| there.port == alias.port;
        let same = there.client_aliases().iter().find(is_same);
        alias.test_traffic_rules = same.and_then(|same| same.test_traffic_rules.clone());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_sdk_ecs::types::{
        AdvancedConfiguration, DeploymentCircuitBreaker, DeploymentStrategy, ServiceConnectTlsConfiguration,
        TimeoutConfiguration,
    };

    #[test]
    fn another_strategy_stays_when_percentages_change() {
        let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(true).build();
        let there = DeploymentConfiguration::builder()
            .strategy(DeploymentStrategy::BlueGreen)
            .bake_time_in_minutes(5)
            .deployment_circuit_breaker(breaker.clone())
            .maximum_percent(200)
            .build();
        let wanted = DeploymentConfiguration::builder().maximum_percent(150).build();
        let all = deployment(wanted, Some(&there));
        assert_eq!(
            (all.strategy(), all.bake_time_in_minutes),
            (Some(&DeploymentStrategy::BlueGreen), Some(5))
        );
        assert_eq!((all.maximum_percent, all.deployment_circuit_breaker), (Some(150), Some(breaker)));
    }

    #[test]
    fn the_other_target_group_stays() {
        let advanced = AdvancedConfiguration::builder().alternate_target_group_arn("green").build();
        let there = LoadBalancer::builder().target_group_arn("blue").advanced_configuration(advanced.clone());
        let wanted = || LoadBalancer::builder().target_group_arn("blue").container_port(81).build();
        let kept = load_balancer(wanted(), &[there.build()]);
        assert_eq!((kept.container_port, kept.advanced_configuration), (Some(81), Some(advanced)));
        assert_eq!(load_balancer(wanted(), &[]), wanted());
    }

    #[test]
    fn encryption_stays_when_names_change() {
        let tls = ServiceConnectTlsConfiguration::builder().kms_key("key").build();
        let timeout = TimeoutConfiguration::builder().idle_timeout_seconds(7).build();
        let service = |name: &str| ServiceConnectService::builder().port_name("http").discovery_name(name);
        let there = service("a").tls(tls.clone()).timeout(timeout.clone()).build().unwrap();
        let there = ServiceConnectConfiguration::builder().enabled(true).services(there).build();
        let wanted = service("b").build().unwrap();
        let wanted = ServiceConnectConfiguration::builder().enabled(true).services(wanted).build();
        let kept = connect(wanted, Some(&there));
        let kept = &kept.services()[0];
        assert_eq!(
            (kept.discovery_name(), kept.tls(), kept.timeout()),
            (Some("b"), Some(&tls), Some(&timeout))
        );
    }
}
