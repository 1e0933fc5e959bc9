//! A service on AWS Fargate with all that it needs to run, scale, be reached and be watched.

use serde_json::Value as Json_;

use super::edge::{self, Front, FrontPlan, TargetPlan};
use super::policy::{all, attach_anew, policy, role};
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use super::{auth, volume};
use crate::kinds::cloudwatch::{LogGroup, LogGroupInputs};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecs::{
    Cluster, ClusterInputs, ClusterSettingInput, Service, ServiceDeploymentCircuitBreakerInput,
    ServiceInputs, ServiceLoadBalancerInput, ServiceNetworkConfigurationInput, TaskDefinition,
    TaskDefinitionEphemeralStorageInput, TaskDefinitionInputs, TaskDefinitionRuntimePlatformInput,
};
use crate::model::{Failures, In};

mod args;
mod scaling;
mod task;

use task::Container;

pub use args::*;
pub use task::{all_secrets, exec_statement, execution_statements, sidecar_images};

/// A service on AWS Fargate.
pub struct FargateService;

impl Component for FargateService {
    const TOKEN: &'static str = "agentic:index:FargateService";

    const LATE: &'static [&'static str] = &["triggers"];

    type Args = FargateServiceArgs;
    type State = FargateServiceState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        args::rules(args, failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let builder = Builder { at, args };
        Ok(builder.build())
    }
}

/// Builds one service.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<FargateService>,
}

/// How requests reach the tasks.
#[derive(Default)]
struct Arrival {
    target_group_arn: In<String>,
    security_group_id: In<String>,
    front: Option<Front>,
    /// The load balancer as metrics know it, `app/name/id`.
    balancer: In<String>,
    /// What has to be there before ECS takes the target group.
    after: Vec<String>,
}

impl Builder<'_> {
    fn build(self) -> Outputs<FargateService> {
        let (group, logs, cluster_arn) = (self.group(), self.logs(), self.cluster());
        let arrival = self.arrival();
        let (execution_role_arn, task_role_arn) = (self.execution_role(&logs), self.task_role());
        let rules = self.rules(group.as_ref(), &arrival);
        let groups = match &group {
            Some(group) => In::list([group.id.clone()]),
            None => self.args.security_group_ids.clone(),
        };
        let task = self.task(&logs, &execution_role_arn, &task_role_arn);
        let service = self.service(&cluster_arn, &task, &groups, &arrival, &rules);
        let service_name = service.get::<String>("name");
        let cluster_name = cluster_arn.clone().map(|arn| arn.rsplit('/').next().unwrap_or(&arn).to_owned());
        self.scale(&cluster_name, &service_name, &arrival);
        let alarm_arns = self.watch(&cluster_name, &service_name);
        let front = arrival.front.as_ref();
        let balancer = |pick: fn(&Front) -> In<String>| front.map(pick).unwrap_or_default();
        let scheme = if self.args.certificate_arn.is_set() { "https" } else { "http" };
        let dns_name = front.map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        FargateServiceOutputs {
            service_name,
            service_arn: service.id.clone(),
            cluster_arn,
            cluster_name,
            load_balancer_arn: balancer(|front| front.balancer.id.clone()),
            load_balancer_zone_id: balancer(|front| front.balancer.out.zone_id.clone()),
            load_balancer_security_group_id: balancer(|front| front.security_group.id.clone()),
            load_balancer_listener_arns: front.map(Front::listeners).unwrap_or_default(),
            log_group_arn: logs.out.arn.clone(),
            task_definition_arn: task.out.arn.clone(),
            alarm_arns: In::list(alarm_arns),
            security_group_id: groups.and_then(|groups| groups.into_iter().next().unwrap_or_default()),
            target_group_arn: arrival.target_group_arn.clone(),
            url: dns_name.clone().map(|name| format!("{scheme}://{name}")),
            load_balancer_dns_name: dns_name,
            log_group_name: logs.id.clone(),
            task_role_arn,
            execution_role_arn,
        }
    }

    /// A security group of the service's own, unless the program gives some.
    fn group(&self) -> Option<Child<SecurityGroup>> {
        if self.args.security_group_ids.is_set() {
            return None;
        }
        let vpc_id = self.args.vpc_id.clone();
        Some(edge::closed_group(self.at, "sg", vpc_id, "tasks of a service"))
    }

    fn logs(&self) -> Child<LogGroup> {
        let logs = LogGroupInputs {
            retention_in_days: self.args.log_retention_in_days.clone(),
            kms_key_id: self.args.log_kms_key_id.clone(),
            ..LogGroupInputs::default()
        };
        self.at.child("logs", logs, Options::default())
    }

    fn cluster(&self) -> In<String> {
        match self.args.cluster_arn.is_set() {
            true => self.args.cluster_arn.clone(),
            false => cluster(self.at).out.arn,
        }
    }

    /// Lets requests in: from a load balancer of the service's own, through a rule of a listener,
    /// or by a target group that is there already.
    fn arrival(&self) -> Arrival {
        let args = &self.args;
        if args.target_group_arn.is_set() {
            return Arrival {
                target_group_arn: args.target_group_arn.clone(),
                security_group_id: args.load_balancer_security_group_id.clone(),
                balancer: edge::balancer_of(args.load_balancer_arn.clone()),
                ..Arrival::default()
            };
        }
        let expose = args.expose.get().map_or("none", String::as_str);
        if expose == "none" && !args.listener_arn.is_set() {
            return Arrival::default();
        }
        let plan = TargetPlan { vpc_id: args.vpc_id.clone(), workload: &args.workload };
        if args.listener_arn.is_set() {
            let balancer = edge::balancer_of(args.listener_arn.clone());
            let target = edge::target_group(self.at, "tg", &plan, &balancer);
            let wanted = (&args.workload.paths, &args.workload.hosts);
            let (arn, listener) = (target.id.clone(), args.listener_arn.clone());
            let before = auth::before(&args.workload.auth, &auth::Pool::default());
            let rule = edge::rule(self.at, "rule", listener, (before, arn.clone()), wanted);
            return Arrival {
                target_group_arn: arn,
                security_group_id: args.load_balancer_security_group_id.clone(),
                balancer,
                after: vec![rule.urn],
                ..Arrival::default()
            };
        }
        let ports: &[i64] = match (expose, args.certificate_arn.is_set()) {
            ("public", true) => &[80, 443],
            ("public", false) => &[80],
            _ => &[],
        };
        let front = FrontPlan {
            label: "alb",
            internal: expose == "internal",
            vpc_id: args.vpc_id.clone(),
            subnet_ids: args.load_balancer_subnet_ids.clone().or(args.subnet_ids.clone()),
            after: &[],
            open_ports: ports,
            access_logs: In::default(),
            deletion_protection: args.load_balancer_deletion_protection.clone(),
        };
        let mut front = edge::front(self.at, &front);
        let arn = edge::target_group(self.at, "tg", &plan, &front.balancer.id).id;
        let before = auth::before(&args.workload.auth, &auth::Pool::default());
        let listener = edge::listen(self.at, &front, "alb", &args.certificate_arn, (before, arn.clone()));
        edge::redirect(self.at, &mut front, "alb", &args.certificate_arn, (&listener, &[]));
        Arrival {
            target_group_arn: arn,
            security_group_id: front.security_group.id.clone(),
            after: front.rules.iter().cloned().chain([listener.urn]).collect(),
            balancer: front.balancer.out.arn_suffix.clone(),
            front: Some(front),
        }
    }

    /// Opens the service to its load balancer and its callers, and others to the service; and lets
    /// its tasks out.
    fn rules(&self, group: Option<&Child<SecurityGroup>>, arrival: &Arrival) -> Vec<String> {
        // Whoever gives a security group opens it as well.
        let Some(group) = group else { return Vec::new() };
        let out = edge::open_out(self.at, "sg", group).urn;
        let mut rules = Vec::new();
        let port = &self.args.workload.port;
        if arrival.security_group_id.is_set() && port.is_set() {
            let from = arrival.security_group_id.clone();
            rules.push(("sg-load-balancer".to_owned(), group.id.clone(), port.clone(), from));
        }
        // Whose own load balancer is internal lets its callers in there.
        let internal =
            arrival.front.as_ref().filter(|_| self.args.expose.get().is_some_and(|e| e == "internal"));
        let (entrance, entrance_port) = match internal {
            Some(front) if self.args.certificate_arn.is_set() => {
                (front.security_group.id.clone(), In::known(443))
            }
            Some(front) => (front.security_group.id.clone(), In::known(80)),
            None => (group.id.clone(), port.clone()),
        };
        let callers: Vec<In<String>> = self.args.called_by.get().cloned().unwrap_or_default();
        for (label, from) in edge::labels(&self.at.name, &callers).into_iter().zip(callers) {
            rules.push((format!("sg-caller-{label}"), entrance.clone(), entrance_port.clone(), from));
        }
        let reaches = self.args.reaches.get().cloned().unwrap_or_default();
        let others: Vec<In<String>> =
            reaches.iter().map(|reach| reach.clone().and_then(|reach| reach.security_group_id)).collect();
        let labels = edge::labels(&self.at.name, &others);
        for ((label, other), reach) in labels.into_iter().zip(others).zip(reaches) {
            let port = reach.and_then(|reach| reach.port);
            rules.push((format!("reach-{label}"), other, port, group.id.clone()));
        }
        let rules = rules
            .into_iter()
            .map(|(suffix, group, port, from)| edge::open_to_group(self.at, &suffix, &group, port, from).urn);
        rules.chain([out]).collect()
    }

    fn execution_role(&self, logs: &Child<LogGroup>) -> In<String> {
        if self.args.execution_role_arn.is_set() {
            return self.args.execution_role_arn.clone();
        }
        let role = role(self.at, "execution-role", "ecs-tasks.amazonaws.com");
        let images = std::iter::once(self.args.workload.image.clone())
            .chain(sidecar_images(&self.args.workload.sidecars));
        let secrets = all_secrets(&self.args.workload.secrets, &self.args.workload.sidecars);
        let statements = execution_statements(self.at, images, [logs.out.arn.clone()], secrets);
        let attached = attach_anew(self.at, "execution-policy", &role, policy(statements));
        role.out.arn.clone().depending_on([&attached.urn])
    }

    fn task_role(&self) -> In<String> {
        if self.args.task_role_arn.is_set() {
            return self.args.task_role_arn.clone();
        }
        let role = role(self.at, "task-role", "ecs-tasks.amazonaws.com");
        let mut arn = role.out.arn.clone();
        if self.args.workload.task_policy.is_set() {
            let attached = attach_anew(self.at, "task-policy", &role, self.args.workload.task_policy.clone());
            arn = arn.depending_on([&attached.urn]);
        }
        let mounts = volume::statements(self.at, &self.args.workload.volumes);
        if !mounts.is_empty() {
            let attached = attach_anew(self.at, "volumes-policy", &role, policy(mounts));
            arn = arn.depending_on([&attached.urn]);
        }
        if self.args.workload.enable_execute_command.get() == Some(&true) {
            let attached = attach_anew(self.at, "exec-policy", &role, policy([exec_statement()]));
            arn = arn.depending_on([&attached.urn]);
        }
        arn
    }

    fn task(
        &self,
        logs: &Child<LogGroup>,
        execution_role_arn: &In<String>,
        task_role_arn: &In<String>,
    ) -> Child<TaskDefinition> {
        let args = &self.args;
        let architecture = TaskDefinitionRuntimePlatformInput {
            cpu_architecture: args.workload.cpu_architecture.clone(),
            operating_system_family: "LINUX".into(),
        };
        let storage = |size: i64| TaskDefinitionEphemeralStorageInput { size_in_gib: size.into() };
        let task = TaskDefinitionInputs {
            container_definitions: self.containers(&logs.id),
            cpu: args.workload.cpu.clone().map(|cpu| cpu.to_string()),
            memory: args.workload.memory.clone().map(|memory| memory.to_string()),
            network_mode: "awsvpc".into(),
            requires_compatibilities: In::list(["FARGATE".into()]),
            execution_role_arn: execution_role_arn.clone(),
            task_role_arn: task_role_arn.clone(),
            runtime_platform: architecture.into(),
            ephemeral_storage: args.workload.ephemeral_storage.clone().map(storage),
            volumes: volume::of_task(&args.workload.volumes),
            ..TaskDefinitionInputs::default()
        };
        self.at.child("task", task, Options::default())
    }

    fn containers(&self, log_group: &In<String>) -> In<crate::model::Json> {
        let args = &self.args;
        let region = self.at.region().unwrap_or_default().to_owned();
        let is_readonly = args.workload.readonly_root_filesystem.get() == Some(&true);
        let main = Container {
            name: "app".to_owned(),
            image: args.workload.image.clone(),
            port: args.workload.port.clone(),
            command: args.workload.command.clone(),
            entry_point: args.workload.entry_point.clone(),
            environment: args.workload.environment.clone(),
            secrets: args.workload.secrets.clone(),
            health_check: args.workload.health_check_command.clone(),
            essential: true.into(),
            stop_timeout: args.workload.stop_timeout.clone(),
            is_readonly,
            mount_points: volume::mount_points(&args.workload.volumes),
        };
        let sidecars = args.workload.sidecars.get().into_iter().flatten().map(|(name, sidecar)| {
            let sidecar = sidecar.get().cloned().unwrap_or_default();
            Container {
                name: name.clone(),
                image: sidecar.image,
                port: sidecar.port,
                command: sidecar.command,
                environment: sidecar.environment,
                secrets: sidecar.secrets,
                essential: sidecar.essential,
                stop_timeout: args.workload.stop_timeout.clone(),
                is_readonly,
                ..Container::default()
            }
        });
        let containers =
            std::iter::once(main).chain(sidecars).map(|container| container.definition(log_group, &region));
        all(containers).map(|containers| crate::model::Json(Json_::Array(containers)))
    }

    fn service(
        &self,
        cluster_arn: &In<String>,
        task: &Child<TaskDefinition>,
        groups: &In<Vec<In<String>>>,
        arrival: &Arrival,
        rules: &[String],
    ) -> Child<Service> {
        let args = &self.args;
        let scales = args.workload.scaling.is_set();
        let start =
            args.workload.scaling.clone().and_then(|scaling| scaling.min.clone()).map(|min| min.max(1)).or(1);
        let behind = arrival.target_group_arn.is_set().then(|| ServiceLoadBalancerInput {
            target_group_arn: arrival.target_group_arn.clone(),
            container_name: "app".into(),
            container_port: args.workload.port.clone(),
        });
        let service = ServiceInputs {
            cluster: cluster_arn.clone(),
            task_definition: task.out.arn.clone(),
            desired_count: args.workload.desired_count.clone().or(start),
            triggers: args.workload.triggers.clone(),
            autoscaled: scales.into(),
            launch_type: "FARGATE".into(),
            network_configuration: ServiceNetworkConfigurationInput {
                subnets: args.subnet_ids.clone(),
                security_groups: groups.clone(),
                assign_public_ip: args.assign_public_ip.clone(),
            }
            .into(),
            health_check_grace_period_seconds: match behind {
                Some(_) => args.workload.health_check_grace_period_seconds.clone(),
                None => In::default(),
            },
            load_balancers: In::known(behind.into_iter().map(In::known).collect()),
            deployment_circuit_breaker: ServiceDeploymentCircuitBreakerInput {
                enable: true.into(),
                rollback: true.into(),
            }
            .into(),
            enable_execute_command: args.workload.enable_execute_command.clone(),
            enable_ecs_managed_tags: true.into(),
            propagate_tags: "SERVICE".into(),
            wait_for_steady_state: args.workload.wait_for_steady_state.clone(),
            ..ServiceInputs::default()
        };
        // ECS could move its tasks, but not without a time in which those of the old VPC are gone from
        // its load balancer and those of the new one are not ready.
        let options = Options::default().within(&args.vpc_id).after(rules).after(&arrival.after);
        self.at.child("service", service, options)
    }
}

/// A cluster for Fargate with Container Insights.
pub fn cluster(at: &Scope) -> Child<Cluster> {
    let insights = ClusterSettingInput { name: "containerInsights".into(), value: "enabled".into() };
    let cluster = ClusterInputs { settings: In::list([insights.into()]), ..ClusterInputs::default() };
    at.child("cluster", cluster, Options::default())
}

impl Builder<'_> {
    fn scale(&self, cluster: &In<String>, service: &In<String>, arrival: &Arrival) {
        if let Some(scaling) = self.args.workload.scaling.get() {
            scaling::scale(self, scaling, cluster, service, arrival);
        }
    }

    fn watch(&self, cluster: &In<String>, service: &In<String>) -> Vec<In<String>> {
        if self.args.alarms.get() == Some(&false) {
            return Vec::new();
        }
        scaling::watch(self, cluster, service)
    }
}
