//! Services as the API gives them.

use aws_sdk_ecs::types::{self, AssignPublicIp};

use super::*;
use crate::kinds::Live;
use crate::kinds::ecs::*;

/// A service as AWS has it. ECS always tells how rollouts go; an answer without that is silent on what
/// else is optional. <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html>
pub(super) fn live(service: &types::Service) -> Live<Service> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let deployment = service.deployment_configuration();
    let strategies = service.capacity_provider_strategy().iter().map(read_strategy);
    let daemon = service.scheduling_strategy() == Some(&types::SchedulingStrategy::Daemon);
    let controller = service.deployment_controller().map(|it| it.r#type.as_str());
    Live {
        args: ServiceObserved {
            name: service.service_name.clone(),
            cluster: service.cluster_arn.clone(),
            task_definition: Some(service.task_definition.clone()),
            desired_count: Some((!daemon).then(|| service.desired_count.into())),
            scheduling_strategy: Some(if daemon { "DAEMON" } else { "REPLICA" }.to_owned()),
            launch_type: Some(text(service.launch_type().map(|it| it.as_str()))),
            capacity_provider_strategies: Some(Some(strategies.collect())),
            platform_version: Some(service.platform_version.clone()),
            network_configuration: Some(service.network_configuration().and_then(read_network)),
            load_balancers: Some(service.load_balancers().iter().map(read_load_balancer).collect()),
            health_check_grace_period_seconds: deployment.map(|_| {
                service
                    .health_check_grace_period_seconds
                    .filter(|_| !service.load_balancers().is_empty())
                    .unwrap_or_default()
                    .into()
            }),
            deployment_circuit_breaker: deployment
                .map(|it| it.deployment_circuit_breaker().map(CircuitBreaker::read)),
            deployment_configuration: deployment.map(|it| Some(DeploymentConfiguration::read(it))),
            alarms: deployment.map(|it| it.alarms().map(read_alarms)),
            deployment_minimum_healthy_percent: deployment
                .map(|it| it.minimum_healthy_percent.map(Into::into)),
            deployment_maximum_percent: deployment.map(|it| it.maximum_percent.map(Into::into)),
            deployment_controller: Some(
                controller.map(|controller| DeploymentController { r#type: controller.to_owned() }),
            ),
            enable_execute_command: deployment.map(|_| service.enable_execute_command),
            enable_ecs_managed_tags: deployment.map(|_| service.enable_ecs_managed_tags),
            propagate_tags: Some(service.propagate_tags().map_or("NONE", |it| it.as_str()).to_owned()),
            service_registries: Some(service.service_registries().first().map(read_registry)),
            service_connect_configuration: Some(connect_there(service).map(read_connect)),
            volume_configuration: Some(volume_there(service)),
            availability_zone_rebalancing: Some(text(
                service.availability_zone_rebalancing().map(|it| it.as_str()),
            )),
            tags: Some(tag_map(service.tags())),
            ..ServiceObserved::default()
        },
        state: ServiceState { arn: service.service_arn.clone().unwrap_or_default() },
    }
}

/// What ECS tells of the arguments. A count that an autoscaler sets says nothing of them.
pub(super) fn observed(service: &types::Service, asked: &ServiceArgs) -> ServiceObserved {
    let told = live(service).args;
    match asked.autoscaled {
        true => ServiceObserved { desired_count: None, ..told },
        false => told,
    }
}

/// What a service has of Service Connect, which ECS tells with its newest deployment.
pub(super) fn connect_there(service: &types::Service) -> Option<&types::ServiceConnectConfiguration> {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    primary?.service_connect_configuration()
}

/// The volume of the tasks, which ECS tells with the newest deployment.
fn volume_there(service: &types::Service) -> Option<VolumeConfiguration> {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    VolumeConfiguration::read(primary?.volume_configurations().first()?)
}

fn read_alarms(found: &types::DeploymentAlarms) -> ServiceAlarms {
    let alarm_names = found.alarm_names.clone();
    ServiceAlarms { alarm_names, enable: found.enable, rollback: found.rollback }
}

fn read_strategy(found: &types::CapacityProviderStrategyItem) -> StrategyItem {
    StrategyItem {
        capacity_provider: found.capacity_provider.clone(),
        base: found.base.into(),
        weight: found.weight.into(),
    }
}

fn read_network(found: &types::NetworkConfiguration) -> Option<NetworkConfiguration> {
    let found = found.awsvpc_configuration()?;
    Some(NetworkConfiguration {
        subnets: found.subnets.clone(),
        security_groups: found.security_groups.clone(),
        assign_public_ip: found.assign_public_ip() == Some(&AssignPublicIp::Enabled),
    })
}

fn read_load_balancer(found: &types::LoadBalancer) -> ServiceLoadBalancer {
    ServiceLoadBalancer {
        target_group_arn: found.target_group_arn.clone().unwrap_or_default(),
        container_name: found.container_name.clone().unwrap_or_default(),
        container_port: found.container_port.unwrap_or_default().into(),
        advanced_configuration: found.advanced_configuration().map(AdvancedConfiguration::read),
    }
}

fn read_registry(found: &types::ServiceRegistry) -> ServiceRegistries {
    ServiceRegistries {
        registry_arn: found.registry_arn.clone().unwrap_or_default(),
        port: found.port.map(Into::into),
        container_name: found.container_name.clone(),
        container_port: found.container_port.map(Into::into),
    }
}

fn read_connect(found: &types::ServiceConnectConfiguration) -> ServiceConnect {
    let services = found.services().iter().map(|service| ConnectService {
        port_name: service.port_name.clone(),
        discovery_name: service.discovery_name.clone(),
        client_alias: service
            .client_aliases()
            .iter()
            .map(|alias| ClientAlias { port: alias.port.into(), dns_name: alias.dns_name.clone() })
            .collect(),
        ingress_port_override: service.ingress_port_override.map(Into::into),
    });
    ServiceConnect {
        enabled: found.enabled,
        namespace: found.namespace.clone(),
        services: services.collect(),
        log_configuration: found.log_configuration().map(|log| ConnectLogs {
            log_driver: log.log_driver.as_str().to_owned(),
            options: log.options.clone().unwrap_or_default().into_iter().collect(),
        }),
    }
}
