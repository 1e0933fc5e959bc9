//! Services as the API takes them.

use aws_sdk_ecs::operation::create_service::builders::CreateServiceFluentBuilder;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder;
use aws_sdk_ecs::types::{self, AssignPublicIp};

use super::keep;
use super::starting_count;
use super::*;
use crate::aws::error::Result;
use crate::kinds::Update;
use crate::kinds::ecs::*;
use crate::model::Prop;

/// Says of a service what its creation and its update say alike, as far as it is to be said.
macro_rules! alike {
    ($request:expr, $args:expr, $says:expr) => {{
        let (args, says): (_, &mut dyn FnMut(Prop<ServiceArgs>) -> bool) = ($args, $says);
        let network_said = says(ServiceArgs::NETWORK_CONFIGURATION).then_some(&args.network_configuration);
        let network_said = network_said.and_then(Option::as_ref).map(network).transpose()?;
        $request
            .set_task_definition(
                says(ServiceArgs::TASK_DEFINITION).then(|| args.task_definition.clone()).flatten(),
            )
            .set_platform_version(
                says(ServiceArgs::PLATFORM_VERSION).then(|| args.platform_version.clone()).flatten(),
            )
            .set_availability_zone_rebalancing(
                says(ServiceArgs::AVAILABILITY_ZONE_REBALANCING)
                    .then(|| args.availability_zone_rebalancing.as_deref().map(Into::into))
                    .flatten(),
            )
            .set_network_configuration(network_said)
    }};
}

/// Says what a new service is like.
pub(super) fn create(
    request: CreateServiceFluentBuilder,
    args: &ServiceArgs,
) -> Result<CreateServiceFluentBuilder> {
    let registries = args.service_registries.as_ref().map(registry);
    let connect = args.service_connect_configuration.as_ref().map(connect).transpose()?;
    let controller = args.deployment_controller.as_ref();
    let controller =
        controller.map(|it| types::DeploymentController::builder().r#type(it.r#type.as_str().into()).build());
    let grace =
        (args.health_check_grace_period_seconds > 0).then(|| small(args.health_check_grace_period_seconds));
    let balancers: Vec<_> = args.load_balancers.iter().map(load_balancer).collect();
    let propagate = Some(args.propagate_tags.as_str()).filter(|source| *source != "NONE");
    Ok(alike!(request, args, &mut |_| true)
        .cluster(&args.cluster)
        .service_name(&args.name)
        .set_desired_count(starting_count(args))
        .scheduling_strategy(args.scheduling_strategy.as_str().into())
        .set_launch_type(args.launch_type.as_deref().map(Into::into))
        .set_capacity_provider_strategy(
            args.capacity_provider_strategies.as_deref().map(strategy).transpose()?,
        )
        .set_load_balancers(Some(balancers).filter(|balancers| !balancers.is_empty()))
        .set_health_check_grace_period_seconds(grace)
        .set_deployment_configuration(deployment(None, args)?)
        .set_deployment_controller(controller.transpose()?)
        .set_enable_execute_command(args.enable_execute_command.then_some(true))
        .set_enable_ecs_managed_tags(args.enable_ecs_managed_tags.then_some(true))
        .set_propagate_tags(propagate.map(Into::into))
        .set_service_registries(registries.map(|registry| vec![registry]))
        .set_service_connect_configuration(connect)
        .set_volume_configurations(args.volume_configuration.as_ref().map(volumes).transpose()?)
        .set_monitoring(args.monitoring.as_ref().map(ServiceMonitoring::to_aws).transpose()?))
}

fn volumes(given: &VolumeConfiguration) -> Result<Vec<types::ServiceVolumeConfiguration>> {
    Ok(vec![given.to_aws()?])
}

/// Arguments that are parts of what ECS takes as a whole; the first five of how rollouts go.
pub(super) const WHOLE: [Prop<ServiceArgs>; 7] = [
    ServiceArgs::DEPLOYMENT_CONFIGURATION,
    ServiceArgs::DEPLOYMENT_CIRCUIT_BREAKER,
    ServiceArgs::ALARMS,
    ServiceArgs::DEPLOYMENT_MINIMUM_HEALTHY_PERCENT,
    ServiceArgs::DEPLOYMENT_MAXIMUM_PERCENT,
    ServiceArgs::LOAD_BALANCERS,
    ServiceArgs::SERVICE_CONNECT_CONFIGURATION,
];

/// Says what changes; nothing where ECS needs no call for it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html>
///
/// What ECS takes as a whole keeps what `there` has of what no argument is about.
pub(super) fn update(
    mut request: UpdateServiceFluentBuilder,
    update: &Update<ServiceArgs>,
    there: Option<&types::Service>,
) -> Result<Option<UpdateServiceFluentBuilder>> {
    let new = &update.new;
    let mut calls = false;
    let mut changed = |these: &[Prop<ServiceArgs>]| {
        let any = update.any(these);
        calls |= any;
        any
    };
    request = alike!(request, new, &mut |this| changed(&[this]));
    if let (false, Some(count)) = (new.autoscaled, new.desired_count)
        && changed(&[ServiceArgs::DESIRED_COUNT, ServiceArgs::AUTOSCALED])
    {
        request = request.desired_count(small(count));
    }
    if changed(&[ServiceArgs::LOAD_BALANCERS]) {
        request = request.set_load_balancers(Some(new.load_balancers.iter().map(load_balancer).collect()));
    }
    // ECS takes it for services with load balancers only, and has none of it without.
    if !new.load_balancers.is_empty() && changed(&[ServiceArgs::HEALTH_CHECK_GRACE_PERIOD_SECONDS]) {
        request = request.health_check_grace_period_seconds(small(new.health_check_grace_period_seconds));
    }
    if changed(&WHOLE[..5]) {
        let wanted = deployment(Some(&update.old), new)?;
        let known = there.and_then(|there| there.deployment_configuration());
        let is_said = update.any(&[ServiceArgs::DEPLOYMENT_CONFIGURATION]);
        let all = wanted.map(|wanted| keep::deployment(wanted, known.filter(|_| !is_said), known));
        request = request.set_deployment_configuration(all);
    }
    if changed(&[ServiceArgs::ENABLE_EXECUTE_COMMAND]) {
        request = request.enable_execute_command(new.enable_execute_command);
    }
    if changed(&[ServiceArgs::ENABLE_ECS_MANAGED_TAGS]) {
        request = request.enable_ecs_managed_tags(new.enable_ecs_managed_tags);
    }
    if changed(&[ServiceArgs::PROPAGATE_TAGS]) {
        request = request.propagate_tags(new.propagate_tags.as_str().into());
    }
    if changed(&[ServiceArgs::SERVICE_REGISTRIES]) {
        request = request.set_service_registries(Some(new.service_registries.iter().map(registry).collect()));
    }
    if changed(&[ServiceArgs::SERVICE_CONNECT_CONFIGURATION]) {
        let off = types::ServiceConnectConfiguration::builder().enabled(false).build();
        let given = new.service_connect_configuration.as_ref().map(connect).transpose()?;
        let given = given.map(|given| keep::connect(given, there.and_then(from_aws::connect_there)));
        request = request.service_connect_configuration(given.unwrap_or(off));
    }
    if changed(&[ServiceArgs::VOLUME_CONFIGURATION]) {
        let given = new.volume_configuration.as_ref().map(volumes).transpose()?;
        request = request.set_volume_configurations(Some(given.unwrap_or_default()));
    }
    if changed(&[ServiceArgs::MONITORING]) {
        let given = new.monitoring.clone().unwrap_or_else(ServiceMonitoring::usual);
        request = request.monitoring(given.to_aws()?);
    }
    let moved = changed(&[ServiceArgs::CAPACITY_PROVIDER_STRATEGIES]);
    if moved {
        let given = new.capacity_provider_strategies.as_deref().unwrap_or_default();
        request = request.set_capacity_provider_strategy(Some(strategy(given)?));
    }
    // ECS moves tasks between capacity providers only by starting all of them anew.
    let asked = changed(&[ServiceArgs::TRIGGERS])
        || new.force_new_deployment && changed(&[ServiceArgs::FORCE_NEW_DEPLOYMENT]);
    let force = moved || asked || calls && new.force_new_deployment;
    if force {
        request = request.force_new_deployment(true);
    }
    Ok((calls || force).then_some(request))
}

/// How rollouts go; nothing where nothing is said of it. What is taken back is switched off.
fn deployment(
    old: Option<&ServiceArgs>,
    args: &ServiceArgs,
) -> Result<Option<types::DeploymentConfiguration>> {
    let off = || types::DeploymentCircuitBreaker::builder().enable(false).rollback(false).build();
    let wanted = args.deployment_circuit_breaker.as_ref().map(CircuitBreaker::to_aws);
    let had_breaker = old.is_some_and(|old| old.deployment_circuit_breaker.is_some());
    let alarms = |it: &ServiceAlarms| {
        types::DeploymentAlarms::builder()
            .set_alarm_names(Some(it.alarm_names.clone()))
            .enable(it.enable)
            .rollback(it.rollback)
            .build()
    };
    let no_alarms = ServiceAlarms { alarm_names: Vec::new(), enable: false, rollback: false };
    let had_alarms = old.is_some_and(|old| old.alarms.is_some());
    let alarms = args.alarms.as_ref().or(had_alarms.then_some(&no_alarms)).map(alarms).transpose()?;
    let breaker = wanted.transpose()?.or_else(|| had_breaker.then(off));
    let (usual_minimum, usual_maximum) = usual_percents(args);
    let had_minimum = old.is_some_and(|old| old.deployment_minimum_healthy_percent.is_some());
    let had_maximum = old.is_some_and(|old| old.deployment_maximum_percent.is_some());
    let minimum = args.deployment_minimum_healthy_percent.or(had_minimum.then_some(usual_minimum));
    let maximum = args.deployment_maximum_percent.or(had_maximum.then_some(usual_maximum));
    let had_strategy = old.is_some_and(|old| old.deployment_configuration.is_some());
    let strategy = args.deployment_configuration.clone();
    let strategy = strategy.or_else(|| had_strategy.then(DeploymentConfiguration::usual));
    let said = breaker.is_some() || alarms.is_some() || minimum.is_some() || maximum.is_some();
    Ok((said || strategy.is_some()).then(|| {
        let mut all = types::DeploymentConfiguration::builder()
            .set_deployment_circuit_breaker(breaker)
            .set_alarms(alarms)
            .set_minimum_healthy_percent(minimum.map(small))
            .set_maximum_percent(maximum.map(small))
            .build();
        if let Some(strategy) = strategy {
            strategy.put(&mut all);
        }
        all
    }))
}

/// The percents that ECS gives a service by itself.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
fn usual_percents(args: &ServiceArgs) -> (i64, i64) {
    if args.scheduling_strategy == "DAEMON" { (0, 100) } else { (100, 200) }
}

fn strategy(given: &[StrategyItem]) -> Result<Vec<types::CapacityProviderStrategyItem>> {
    given.iter().map(|part| strategy_item(&part.capacity_provider, part.base, part.weight)).collect()
}

fn network(given: &NetworkConfiguration) -> Result<types::NetworkConfiguration> {
    let public = if given.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
    let network = types::AwsVpcConfiguration::builder()
        .set_subnets(Some(given.subnets.clone()))
        .set_security_groups(given.security_groups.clone())
        .assign_public_ip(public)
        .build()?;
    Ok(types::NetworkConfiguration::builder().awsvpc_configuration(network).build())
}

fn load_balancer(given: &ServiceLoadBalancer) -> types::LoadBalancer {
    types::LoadBalancer::builder()
        .target_group_arn(&given.target_group_arn)
        .container_name(&given.container_name)
        .container_port(small(given.container_port))
        .set_advanced_configuration(given.advanced_configuration.as_ref().map(AdvancedConfiguration::to_aws))
        .build()
}

fn registry(given: &ServiceRegistries) -> types::ServiceRegistry {
    types::ServiceRegistry::builder()
        .registry_arn(&given.registry_arn)
        .set_port(given.port.map(small))
        .set_container_name(given.container_name.clone())
        .set_container_port(given.container_port.map(small))
        .build()
}

fn connect(given: &ServiceConnect) -> Result<types::ServiceConnectConfiguration> {
    let mut connect = types::ServiceConnectConfiguration::builder()
        .enabled(given.enabled)
        .set_namespace(given.namespace.clone());
    for service in &given.services {
        let mut part = types::ServiceConnectService::builder()
            .port_name(&service.port_name)
            .set_discovery_name(service.discovery_name.clone())
            .set_ingress_port_override(service.ingress_port_override.map(small));
        for alias in &service.client_alias {
            let alias = types::ServiceConnectClientAlias::builder()
                .port(small(alias.port))
                .set_dns_name(alias.dns_name.clone());
            part = part.client_aliases(alias.build()?);
        }
        connect = connect.services(part.build()?);
    }
    if let Some(log) = &given.log_configuration {
        let options = log.options.clone().into_iter().collect();
        let log = types::LogConfiguration::builder().log_driver(log.log_driver.as_str().into());
        connect = connect.log_configuration(log.set_options(Some(options)).build()?);
    }
    Ok(connect.build())
}
