//! What a service has of what no argument is about, kept in what ECS takes as a whole.

use aws_sdk_ecs::types::{
    DeploymentCircuitBreaker, DeploymentConfiguration, ServiceConnectClientAlias,
    ServiceConnectConfiguration, ServiceConnectService,
};

use crate::kinds::ecs::deployment::shifts;

/// How rollouts go: what is said, over what there is; the strategy with its hooks as `strategy` has it,
/// where nothing is said of that.
pub(super) fn deployment(
    mut wanted: DeploymentConfiguration,
    strategy: Option<&DeploymentConfiguration>,
    there: Option<&DeploymentConfiguration>,
) -> DeploymentConfiguration {
    if let Some(there) = there {
        let (breaker, alarms) = (there.deployment_circuit_breaker.clone(), there.alarms.clone());
        wanted.deployment_circuit_breaker = wanted.deployment_circuit_breaker.or(breaker);
        wanted.alarms = wanted.alarms.or(alarms);
        wanted.minimum_healthy_percent = wanted.minimum_healthy_percent.or(there.minimum_healthy_percent);
        wanted.maximum_percent = wanted.maximum_percent.or(there.maximum_percent);
    }
    if let Some(there) = strategy {
        wanted.strategy.clone_from(&there.strategy);
        wanted.bake_time_in_minutes = there.bake_time_in_minutes;
        wanted.lifecycle_hooks.clone_from(&there.lifecycle_hooks);
        wanted.linear_configuration.clone_from(&there.linear_configuration);
        wanted.canary_configuration.clone_from(&there.canary_configuration);
        wanted.early_success_criteria.clone_from(&there.early_success_criteria);
    }
    // The circuit breaker is for rolling deployments, and ECS refuses it for others.
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    if shifts(Some(&wanted)) && wanted.deployment_circuit_breaker().is_some_and(|breaker| breaker.enable) {
        let off = DeploymentCircuitBreaker::builder().enable(false).rollback(false).build();
        wanted.deployment_circuit_breaker = Some(off);
    }
    wanted
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
    use aws_sdk_ecs::types::{DeploymentStrategy, ServiceConnectTlsConfiguration, TimeoutConfiguration};

    #[test]
    fn another_strategy_stays_when_percentages_change() {
        let breaker = |on| DeploymentCircuitBreaker::builder().enable(on).rollback(on).build();
        let there = DeploymentConfiguration::builder()
            .strategy(DeploymentStrategy::BlueGreen)
            .bake_time_in_minutes(5)
            .deployment_circuit_breaker(breaker(false))
            .maximum_percent(200)
            .build();
        let wanted = DeploymentConfiguration::builder().maximum_percent(150).build();
        let all = deployment(wanted, Some(&there), Some(&there));
        assert_eq!(
            (all.strategy(), all.bake_time_in_minutes),
            (Some(&DeploymentStrategy::BlueGreen), Some(5))
        );
        assert_eq!((all.maximum_percent, all.deployment_circuit_breaker), (Some(150), Some(breaker(false))));
    }

    #[test]
    fn no_strategy_but_rolling_keeps_the_circuit_breaker() {
        let breaker = |on| DeploymentCircuitBreaker::builder().enable(on).rollback(on).build();
        let there = DeploymentConfiguration::builder()
            .strategy(DeploymentStrategy::Rolling)
            .deployment_circuit_breaker(breaker(true))
            .build();
        let wanted = |strategy| DeploymentConfiguration::builder().strategy(strategy).build();
        let kept = deployment(wanted(DeploymentStrategy::Canary), None, Some(&there));
        assert_eq!(kept.deployment_circuit_breaker, Some(breaker(false)));
        let kept = deployment(wanted(DeploymentStrategy::Rolling), None, Some(&there));
        assert_eq!(kept.deployment_circuit_breaker, Some(breaker(true)));
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
