//! A service on AWS Fargate with all that it needs to run, scale, be reached and be watched.

use serde_json::Value as Json_;

use super::deployment;
use super::edge::{self, Front, FrontPlan, TargetPlan, Wanted};
use super::policy::{all, attach_anew, policy, role};
use super::settled::{Since, settle_and_recall};
use super::shifting;
use super::workload::Workload;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use super::{auth, volume};
use crate::kinds::cloudwatch::{LogGroup, LogGroupInputs};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecs::{
    Cluster, ClusterInputs, ClusterSettingInput, EphemeralStorageInput, NetworkConfigurationInput,
    RuntimePlatformInput, Service, ServiceInputs, ServiceLoadBalancerInput, TaskDefinition,
    TaskDefinitionInputs,
};
use crate::model::{Failures, In, Path};

mod args;
mod rollout;
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
        // A second target group stays once there is one: the tasks may be in it.
        let is_own = !args.target_group_arn.is_set()
            && (args.listener_arn.is_set() || args.expose.get().is_some_and(|expose| expose != "none"));
        let path = Path::from(Workload::DEPLOYMENT);
        let lasting = [(path.clone(), deployment::shifts(&args.workload.deployment))];
        let recalled = settle_and_recall(at, Vec::new(), if is_own { &lasting } else { &[] })?;
        let since = recalled.lasting.get(&path.to_string()).copied();
        let builder = Builder { at, args, since };
        Ok(builder.build())
    }
}

/// Builds one service.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<FargateService>,
    /// Since when there is a second target group behind its own listener or load balancer.
    since: Option<Since>,
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
    /// The second target group, and the rules of listeners that lead to both.
    alternate_arn: In<String>,
    production_rule: In<String>,
    test_rule: In<String>,
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
            false => cluster(self.at, self.args.workload.capacity.is_set()).out.arn,
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
                alternate_arn: args.alternate_target_group_arn.clone(),
                production_rule: args.production_listener_rule.clone(),
                test_rule: args.test_listener_rule.clone(),
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
            let groups = shifting::groups(self.at, "tg", &plan, &balancer, self.since);
            let leads = groups.leads(auth::before(&args.workload.auth, &auth::Pool::default()));
            let wanted = Wanted::by(&args.workload);
            let rule = edge::rule(self.at, "rule", args.listener_arn.clone(), &leads, &wanted, &[]);
            let test = shifting::test(&args.workload.deployment);
            let test = test.filter(|_| groups.alternate.is_some()).and_then(|test| {
                // A port of its own is for whoever has the load balancer.
                shifting::by_header(self.at, "test-rule", &args.listener_arn, &leads, &wanted, test)
            });
            return Arrival {
                target_group_arn: groups.own.id.clone(),
                security_group_id: args.load_balancer_security_group_id.clone(),
                balancer,
                after: [&rule].into_iter().chain(&test).map(|rule| rule.urn.clone()).collect(),
                alternate_arn: leads.or,
                production_rule: rule.id,
                test_rule: test.map(|rule| rule.id).unwrap_or_default(),
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
        let groups = shifting::groups(self.at, "tg", &plan, &front.balancer.id, self.since);
        let guard = || auth::before(&args.workload.auth, &auth::Pool::default());
        let leads = groups.leads(guard());
        let default = (guard(), groups.default_of_listener(self.since));
        let listener = edge::listen(self.at, &front, "alb", &args.certificate_arn, default, &[]);
        let mut arrival = Arrival {
            target_group_arn: groups.own.id.clone(),
            security_group_id: front.security_group.id.clone(),
            balancer: front.balancer.out.arn_suffix.clone(),
            alternate_arn: leads.or.clone(),
            ..Arrival::default()
        };
        let mut rules = Vec::new();
        if groups.alternate.is_some() {
            // What is behind its own load balancer takes all requests.
            let wanted = Wanted::default();
            let rule = edge::rule(self.at, "rule", listener.id.clone(), &leads, &wanted, &[]);
            arrival.production_rule = rule.id.clone();
            rules.push(rule.urn);
            if let Some(test) = shifting::test(&args.workload.deployment) {
                let place = shifting::Place {
                    front: &front,
                    label: "alb",
                    listener: &listener.id,
                    certificate_arn: &args.certificate_arn,
                    is_public: expose == "public",
                };
                let made = place.test(self.at, "test-rule", &leads, &wanted, test, &mut Default::default());
                arrival.test_rule = made.map(|rule| rule.id.clone()).unwrap_or_default();
            }
        }
        edge::redirect(self.at, &mut front, "alb", &args.certificate_arn, (&listener, &rules));
        arrival.after = front.rules.iter().cloned().chain([listener.urn]).chain(rules).collect();
        arrival.front = Some(front);
        arrival
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
        let images =
            std::iter::once(self.args.workload.image.clone()).chain(sidecar_images(&self.args.workload));
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
        if self.args.workload.tracing.is_set() {
            let statement = deployment::trace_statement();
            let attached = attach_anew(self.at, "tracing-policy", &role, policy([statement]));
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
        let architecture = RuntimePlatformInput {
            cpu_architecture: args.workload.cpu_architecture.clone(),
            operating_system_family: "LINUX".into(),
        };
        let storage = |size: i64| EphemeralStorageInput { size_in_gib: size.into() };
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
            environment: match args.workload.tracing.is_set() {
                true => task::traced(&args.workload.environment, &self.at.name),
                false => args.workload.environment.clone(),
            },
            secrets: args.workload.secrets.clone(),
            health_check: args.workload.health_check_command.clone(),
            essential: true.into(),
            stop_timeout: args.workload.stop_timeout.clone(),
            is_readonly,
            mount_points: volume::mount_points(&args.workload.volumes),
            ..Container::default()
        };
        let sidecars = args.workload.sidecars.get().into_iter().flatten().map(|(name, sidecar)| {
            let sidecar = sidecar.get().cloned().unwrap_or_default();
            Container {
                name: name.clone(),
                image: sidecar.image,
                port: sidecar.port,
                udp_port: sidecar.udp_port,
                cpu: sidecar.cpu,
                memory: sidecar.memory,
                command: sidecar.command,
                environment: sidecar.environment,
                secrets: sidecar.secrets,
                essential: sidecar.essential,
                stop_timeout: args.workload.stop_timeout.clone(),
                is_readonly,
                ..Container::default()
            }
        });
        let collector = args.workload.tracing.get().map(|tracing| task::collector(tracing, &region));
        let collector =
            collector.map(|it| Container { stop_timeout: args.workload.stop_timeout.clone(), ..it });
        let containers = std::iter::once(main).chain(sidecars).chain(collector);
        let containers = containers.map(|container| container.definition(log_group, &region));
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
        let deployment = args.workload.deployment.get();
        let shifts = deployment::shifts(&args.workload.deployment);
        let hook_role_arn = deployment.map(|it| deployment::hook_role(self.at, it)).unwrap_or_default();
        let advanced = self.advanced(arrival);
        let is_fast = args.workload.scaling.clone().and_then(|scaling| scaling.fast);
        let capacity = self.capacity();
        let start =
            args.workload.scaling.clone().and_then(|scaling| scaling.min.clone()).map(|min| min.max(1)).or(1);
        let behind = arrival.target_group_arn.is_set().then(|| ServiceLoadBalancerInput {
            target_group_arn: arrival.target_group_arn.clone(),
            container_name: "app".into(),
            container_port: args.workload.port.clone(),
            advanced_configuration: advanced,
        });
        let service = ServiceInputs {
            cluster: cluster_arn.clone(),
            task_definition: task.out.arn.clone(),
            desired_count: args.workload.desired_count.clone().or(start),
            triggers: args.workload.triggers.clone(),
            autoscaled: scales.into(),
            launch_type: if capacity.is_set() { In::default() } else { "FARGATE".into() },
            capacity_provider_strategies: capacity,
            network_configuration: NetworkConfigurationInput {
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
            deployment_circuit_breaker: deployment::breaker(deployment, shifts),
            deployment_configuration: deployment
                .map(|it| deployment::configuration(it, &hook_role_arn))
                .unwrap_or_default(),
            alarms: deployment::alarms(deployment, self.watch_deployment(arrival)),
            deployment_minimum_healthy_percent: deployment
                .map(|it| it.minimum_healthy_percent.clone())
                .unwrap_or_default(),
            deployment_maximum_percent: deployment.map(|it| it.maximum_percent.clone()).unwrap_or_default(),
            monitoring: match is_fast.get() {
                Some(true) => scaling::closely(),
                _ => In::default(),
            },
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

/// A cluster for Fargate with Container Insights, and with the capacity providers of Fargate where
/// services share their tasks out among them.
pub fn cluster(at: &Scope, has_shares: bool) -> Child<Cluster> {
    let insights = ClusterSettingInput { name: "containerInsights".into(), value: "enabled".into() };
    let cluster = ClusterInputs {
        settings: In::list([insights.into()]),
        capacity_providers: match has_shares {
            true => In::list(["FARGATE".into(), "FARGATE_SPOT".into()]),
            false => In::default(),
        },
        ..ClusterInputs::default()
    };
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
