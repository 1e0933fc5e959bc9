//! A service on AWS Fargate with all that it needs to run, scale, be reached and be watched.

use std::collections::BTreeMap;

use serde_json::{Value as Json_, json};

use super::edge::{self, Front, FrontPlan, TargetPlan};
use super::naming::Names;
use super::policy::{all, allow, attach, policy, repository_arn, role, secret_arn};
use super::tags::Tags;
use super::workload::{self, Reach, ScalingInput, SidecarInput, Sizes, workload};
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::aws::clients::partition;
use crate::kinds::cloudwatch::{LogGroup, LogGroupInputs, retention_problem};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecs::{
    Cluster, ClusterInputs, ClusterSettingInput, Service, ServiceDeploymentCircuitBreakerInput,
    ServiceInputs, ServiceLoadBalancerInput, ServiceNetworkConfigurationInput, TaskDefinition,
    TaskDefinitionEphemeralStorageInput, TaskDefinitionInputs, TaskDefinitionRuntimePlatformInput,
};
use crate::model::{Failures, In, Model, Path};

workload! {
    /// A service on AWS Fargate: task definition, log group, roles with least privilege, a security
    /// group that is open only to who may call it, a place behind a load balancer or none, scaling,
    /// alarms, and a deployment that rolls back when it fails and says why.
    pub struct FargateServiceArgs {
        /// The VPC that the service is in.
        pub vpc_id: String,
        /// The subnets that the tasks are in.
        pub subnet_ids: Vec<String>,
        /// The ECS cluster. Otherwise the service gets a cluster of its own.
        pub cluster_arn: Option<String>,
        /// Whether tasks have public addresses. Tasks in public subnets need them to reach the
        /// internet, their image included.
        #[model(default = false)]
        pub assign_public_ip: bool,
        /// Whether the service has a load balancer of its own, and for whom. With `listenerArn` or
        /// `targetGroupArn` it stands behind one that is there already.
        #[model(default = "none", one_of = ["public", "internal", "none"])]
        pub expose: String,
        /// The subnets of the service's own load balancer. Otherwise those of the tasks.
        pub load_balancer_subnet_ids: Option<Vec<String>>,
        /// The certificate with which the service's own load balancer speaks HTTPS.
        pub certificate_arn: Option<String>,
        /// A listener that sends the requests for `paths` and `hosts` to the service.
        pub listener_arn: Option<String>,
        /// A target group that the tasks join, where a load balancer knows it already.
        pub target_group_arn: Option<String>,
        /// The load balancer in front of `targetGroupArn`. Scaling by `requestsPerTarget` needs it.
        pub load_balancer_arn: Option<String>,
        /// The security group of the load balancer in front of the service.
        pub load_balancer_security_group_id: Option<String>,
        /// Security groups whose members may call the service.
        #[model(default = [])]
        pub called_by: Vec<String>,
        /// Other parts that the service reaches.
        #[model(default = [])]
        pub reaches: Vec<Reach>,
        /// The role with which ECS starts the tasks. Otherwise the service gets one that may read
        /// just its image, its secrets and write its logs.
        pub execution_role_arn: Option<String>,
        /// The role of the tasks themselves. Otherwise the service gets one with `taskPolicy`.
        pub task_role_arn: Option<String>,
        /// The role with which Application Auto Scaling works. Otherwise AWS's own.
        pub autoscaling_role_arn: Option<String>,
        /// How many days logs are kept.
        #[model(default = 30)]
        pub log_retention_in_days: i64,
        /// Whether alarms watch CPU and memory.
        #[model(default = true)]
        pub alarms: bool,
        /// Topics and other actions that alarms call, by ARN.
        #[model(default = [])]
        pub alarm_actions: Vec<String>,
        /// The names in AWS: a pattern with the place `{type}`. Otherwise the component's name and
        /// the type.
        #[model(check = super::naming::check_type)]
        pub naming: Option<String>,
        /// Tags of everything that is made.
        #[model(default = {})]
        pub tags: BTreeMap<String, String>,
    }
}

/// What a service has when it is there.
#[derive(Clone, Debug, Model)]
pub struct FargateServiceState {
    /// The name of the ECS service.
    pub service_name: String,
    /// The ARN of the ECS service.
    pub service_arn: String,
    /// The ARN of the cluster.
    pub cluster_arn: String,
    /// The ARN of the task definition, its revision included.
    pub task_definition_arn: String,
    /// The security group of the tasks.
    pub security_group_id: String,
    /// The target group of the tasks, where they stand behind a load balancer.
    pub target_group_arn: Option<String>,
    /// The host name of the service's own load balancer.
    pub load_balancer_dns_name: Option<String>,
    /// Where the service's own load balancer is reached.
    pub url: Option<String>,
    /// The name of the log group.
    pub log_group_name: String,
    /// The role of the tasks.
    pub task_role_arn: String,
    /// The role with which ECS starts the tasks.
    pub execution_role_arn: String,
}

/// A service on AWS Fargate.
pub struct FargateService;

impl Component for FargateService {
    const TOKEN: &'static str = "agentic:index:FargateService";

    type Args = FargateServiceArgs;
    type State = FargateServiceState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        let sizes = Sizes {
            cpu: &args.cpu,
            memory: &args.memory,
            scaling: &args.scaling,
            desired_count: &args.desired_count,
            port: &args.port,
        };
        workload::rules(&sizes, &Path::root(), failures);
        if let Some(reason) = args.log_retention_in_days.get().and_then(|days| retention_problem(*days)) {
            failures.add("logRetentionInDays", reason);
        }
        if !args.image.is_set() {
            failures.add(
                "image",
                "is missing; give the image that the tasks run, such as ghcr.io/acme/api:1.4.2",
            );
        }
        let exposed = args.expose.get().is_some_and(|expose| expose != "none");
        for (name, given) in [
            ("expose", exposed),
            ("listenerArn", args.listener_arn.is_set()),
            ("targetGroupArn", args.target_group_arn.is_set()),
        ] {
            if given && !args.port.is_set() {
                failures.add(
                    "port",
                    format!("is missing; with {name}, give the port that the container listens on"),
                );
            }
        }
        let counts_requests = args.scaling.get().is_some_and(|scaling| scaling.requests_per_target.is_set());
        let at = Path::from("scaling").key("requestsPerTarget");
        if counts_requests && args.target_group_arn.is_set() {
            if !args.load_balancer_arn.is_set() {
                failures.add(at, "counts the requests of a load balancer; give loadBalancerArn");
            }
        } else if counts_requests && !exposed && !args.listener_arn.is_set() {
            failures.add(
                at,
                "counts the requests of a load balancer; give expose, listenerArn or targetGroupArn",
            );
        }
        let has_conditions =
            [&args.paths, &args.hosts].iter().any(|list| list.get().is_none_or(|list| !list.is_empty()));
        if args.listener_arn.is_set() && !has_conditions {
            failures.add(
                "paths",
                "is missing; with listenerArn, give the paths or hosts that are for this service",
            );
        }
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let pattern = args.naming.get().cloned().unwrap_or_else(|| format!("{}-{{type}}", at.name));
        let builder = Builder { at, names: Names::by(&pattern), tags: Tags(args.tags.clone()), args };
        builder.build().await
    }
}

/// Builds one service.
struct Builder<'a> {
    at: &'a Scope,
    names: Names,
    tags: Tags,
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
    async fn build(self) -> Built<Outputs<FargateService>> {
        let (group, logs, cluster_arn, arrival) =
            futures::try_join!(self.group(), self.logs(), self.cluster(), self.arrival())?;
        let (execution_role_arn, task_role_arn, rules) =
            futures::try_join!(self.execution_role(&logs), self.task_role(), self.rules(&group, &arrival),)?;
        let task = self.task(&logs, &execution_role_arn, &task_role_arn).await?;
        let service = self.service(&cluster_arn, &task, &group, &arrival, &rules).await?;
        let service_name = service.get::<String>("name");
        let cluster_name = cluster_arn.0.clone().map(|arn| arn.rsplit('/').next().unwrap_or(&arn).to_owned());
        futures::try_join!(
            self.scale(&cluster_name, &service_name, &arrival),
            self.watch(&cluster_name, &service_name),
        )?;
        let front = arrival.front.as_ref();
        let scheme = if self.args.certificate_arn.is_set() { "https" } else { "http" };
        let dns_name = front.map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        Ok(FargateServiceOutputs {
            service_name,
            service_arn: service.id.clone(),
            cluster_arn: cluster_arn.0,
            task_definition_arn: task.out.arn.clone(),
            security_group_id: group.id.clone(),
            target_group_arn: arrival.target_group_arn.clone(),
            url: dns_name.clone().map(|name| format!("{scheme}://{name}")),
            load_balancer_dns_name: dns_name,
            log_group_name: logs.id.clone(),
            task_role_arn,
            execution_role_arn,
        })
    }

    async fn group(&self) -> Built<Child<SecurityGroup>> {
        let vpc_id = self.args.vpc_id.clone();
        let what = format!("tasks of {}", self.at.name);
        let group = edge::closed_group(self.at, "sg", &self.names, &self.tags, vpc_id, &what).await?;
        edge::open_out(self.at, "sg", &group).await?;
        Ok(group)
    }

    async fn logs(&self) -> Built<Child<LogGroup>> {
        let logs = LogGroupInputs {
            retention_in_days: self.args.log_retention_in_days.clone(),
            tags: self.tags.0.clone(),
            ..LogGroupInputs::default()
        };
        self.at.child("logs", logs, Options::named(self.names.of("logs"))).await
    }

    async fn cluster(&self) -> Built<(In<String>,)> {
        if self.args.cluster_arn.is_set() {
            return Ok((self.args.cluster_arn.clone(),));
        }
        Ok((cluster(self.at, &self.names, &self.tags).await?.out.arn,))
    }

    /// Lets requests in: from a load balancer of the service's own, through a rule of a listener,
    /// or by a target group that is there already.
    async fn arrival(&self) -> Built<Arrival> {
        let args = &self.args;
        if args.target_group_arn.is_set() {
            return Ok(Arrival {
                target_group_arn: args.target_group_arn.clone(),
                security_group_id: args.load_balancer_security_group_id.clone(),
                balancer: edge::balancer_of(args.load_balancer_arn.clone()),
                ..Arrival::default()
            });
        }
        let expose = args.expose.get().map_or("none", String::as_str);
        if expose == "none" && !args.listener_arn.is_set() {
            return Ok(Arrival::default());
        }
        let plan = TargetPlan {
            names: &self.names,
            tags: &self.tags,
            vpc_id: args.vpc_id.clone(),
            port: args.port.clone(),
            health_check_path: args.health_check_path.clone(),
            health_check_matcher: args.health_check_matcher.clone(),
            deregistration_delay: args.deregistration_delay.clone(),
        };
        if args.listener_arn.is_set() {
            let target = edge::target_group(self.at, "tg", &plan).await?;
            let wanted = (&args.paths, &args.hosts);
            let (arn, listener) = (target.id.clone(), args.listener_arn.clone());
            let rule = edge::rule(self.at, "rule", listener, arn.clone(), wanted, &self.tags).await?;
            return Ok(Arrival {
                target_group_arn: arn,
                security_group_id: args.load_balancer_security_group_id.clone(),
                balancer: edge::balancer_of(args.listener_arn.clone()),
                after: vec![rule.urn],
                ..Arrival::default()
            });
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
            open_ports: ports,
            names: &self.names,
            tags: &self.tags,
        };
        let (front, target) =
            futures::try_join!(edge::front(self.at, &front), edge::target_group(self.at, "tg", &plan))?;
        let arn = target.id.clone();
        let listener =
            edge::listen(self.at, &front, "alb", &args.certificate_arn, arn.clone(), &self.tags).await?;
        Ok(Arrival {
            target_group_arn: arn,
            security_group_id: front.security_group.id.clone(),
            after: front.rules.iter().cloned().chain([listener.urn]).collect(),
            balancer: front.balancer.out.arn_suffix.clone(),
            front: Some(front),
        })
    }

    /// Opens the service to its load balancer and its callers, and others to the service.
    async fn rules(&self, group: &Child<SecurityGroup>, arrival: &Arrival) -> Built<Vec<String>> {
        let mut rules = Vec::new();
        let port = &self.args.port;
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
        let rules = rules.into_iter().map(|(suffix, group, port, from)| async move {
            edge::open_to_group(self.at, &suffix, &group, port, from).await
        });
        Ok(futures::future::try_join_all(rules).await?.into_iter().map(|rule| rule.urn).collect())
    }

    async fn execution_role(&self, logs: &Child<LogGroup>) -> Built<In<String>> {
        if self.args.execution_role_arn.is_set() {
            return Ok(self.args.execution_role_arn.clone());
        }
        let name = self.names.of("execution-role");
        let role = role(self.at, "execution-role", name, "ecs-tasks.amazonaws.com", &self.tags).await?;
        let images = std::iter::once(self.args.image.clone()).chain(sidecar_images(&self.args.sidecars));
        let secrets = all_secrets(&self.args.secrets, &self.args.sidecars);
        let statements = execution_statements(self.at, images, [logs.out.arn.clone()], secrets);
        let attached = attach(self.at, "execution-policy", &role, policy(statements)).await?;
        Ok(role.out.arn.clone().depending_on([&attached.urn]))
    }

    async fn task_role(&self) -> Built<In<String>> {
        if self.args.task_role_arn.is_set() {
            return Ok(self.args.task_role_arn.clone());
        }
        let role =
            role(self.at, "task-role", self.names.of("task-role"), "ecs-tasks.amazonaws.com", &self.tags)
                .await?;
        let mut arn = role.out.arn.clone();
        if self.args.task_policy.is_set() {
            let attached = attach(self.at, "task-policy", &role, self.args.task_policy.clone()).await?;
            arn = arn.depending_on([&attached.urn]);
        }
        if self.args.enable_execute_command.get() == Some(&true) {
            let attached = attach(self.at, "exec-policy", &role, policy([exec_statement()])).await?;
            arn = arn.depending_on([&attached.urn]);
        }
        Ok(arn)
    }

    async fn task(
        &self,
        logs: &Child<LogGroup>,
        execution_role_arn: &In<String>,
        task_role_arn: &In<String>,
    ) -> Built<Child<TaskDefinition>> {
        let args = &self.args;
        let architecture = TaskDefinitionRuntimePlatformInput {
            cpu_architecture: args.cpu_architecture.clone(),
            operating_system_family: "LINUX".into(),
        };
        let storage = |size: i64| TaskDefinitionEphemeralStorageInput { size_in_gib: size.into() };
        let task = TaskDefinitionInputs {
            container_definitions: self.containers(&logs.id),
            cpu: args.cpu.clone().map(|cpu| cpu.to_string()),
            memory: args.memory.clone().map(|memory| memory.to_string()),
            network_mode: "awsvpc".into(),
            requires_compatibilities: In::list(["FARGATE".into()]),
            execution_role_arn: execution_role_arn.clone(),
            task_role_arn: task_role_arn.clone(),
            runtime_platform: architecture.into(),
            ephemeral_storage: args.ephemeral_storage.clone().map(storage),
            tags: self.tags.0.clone(),
            ..TaskDefinitionInputs::default()
        };
        self.at.child("task", task, Options::named(self.names.of("task"))).await
    }

    fn containers(&self, log_group: &In<String>) -> In<crate::model::Json> {
        let args = &self.args;
        let region = self.at.region().unwrap_or_default().to_owned();
        let main = Container {
            name: "app".to_owned(),
            image: args.image.clone(),
            port: args.port.clone(),
            command: args.command.clone(),
            entry_point: args.entry_point.clone(),
            environment: args.environment.clone(),
            secrets: args.secrets.clone(),
            health_check: args.health_check_command.clone(),
            essential: true.into(),
        };
        let sidecars = args.sidecars.get().into_iter().flatten().map(|(name, sidecar)| {
            let sidecar = sidecar.get().cloned().unwrap_or_default();
            Container {
                name: name.clone(),
                image: sidecar.image,
                port: sidecar.port,
                command: sidecar.command,
                environment: sidecar.environment,
                secrets: sidecar.secrets,
                essential: sidecar.essential,
                ..Container::default()
            }
        });
        let containers =
            std::iter::once(main).chain(sidecars).map(|container| container.definition(log_group, &region));
        all(containers).map(|containers| crate::model::Json(Json_::Array(containers)))
    }

    async fn service(
        &self,
        cluster_arn: &(In<String>,),
        task: &Child<TaskDefinition>,
        group: &Child<SecurityGroup>,
        arrival: &Arrival,
        rules: &[String],
    ) -> Built<Child<Service>> {
        let args = &self.args;
        let scales = args.scaling.is_set();
        let start = args.scaling.clone().and_then(|scaling| scaling.min.clone()).map(|min| min.max(1)).or(1);
        let behind = arrival.target_group_arn.is_set().then(|| ServiceLoadBalancerInput {
            target_group_arn: arrival.target_group_arn.clone(),
            container_name: "app".into(),
            container_port: args.port.clone(),
        });
        let service = ServiceInputs {
            cluster: cluster_arn.0.clone(),
            task_definition: task.out.arn.clone(),
            desired_count: args.desired_count.clone().or(start),
            autoscaled: scales.into(),
            launch_type: "FARGATE".into(),
            network_configuration: ServiceNetworkConfigurationInput {
                subnets: args.subnet_ids.clone(),
                security_groups: In::list([group.id.clone()]),
                assign_public_ip: args.assign_public_ip.clone(),
            }
            .into(),
            health_check_grace_period_seconds: match behind {
                Some(_) => args.health_check_grace_period_seconds.clone(),
                None => In::default(),
            },
            load_balancers: In::known(behind.into_iter().map(In::known).collect()),
            deployment_circuit_breaker: ServiceDeploymentCircuitBreakerInput {
                enable: true.into(),
                rollback: true.into(),
            }
            .into(),
            enable_execute_command: args.enable_execute_command.clone(),
            enable_ecs_managed_tags: true.into(),
            propagate_tags: "SERVICE".into(),
            wait_for_steady_state: args.wait_for_steady_state.clone(),
            tags: self.tags.0.clone(),
            ..ServiceInputs::default()
        };
        let options = Options::named(self.names.of("service")).after(rules).after(&arrival.after);
        self.at.child("service", service, options).await
    }
}

/// A cluster for Fargate with Container Insights.
pub async fn cluster(at: &Scope, names: &Names, tags: &Tags) -> Built<Child<Cluster>> {
    let insights = ClusterSettingInput { name: "containerInsights".into(), value: "enabled".into() };
    let cluster = ClusterInputs {
        settings: In::list([insights.into()]),
        tags: tags.0.clone(),
        ..ClusterInputs::default()
    };
    at.child("cluster", cluster, Options::named(names.of("cluster"))).await
}

/// The secrets of all containers of a task, by ARN.
pub fn all_secrets(own: &In<BTreeMap<String, In<String>>>, sidecars: &Sidecars) -> Vec<In<String>> {
    let of_sidecars = each_sidecar(sidecars).filter_map(|sidecar| sidecar.secrets.get().cloned());
    own.get().cloned().into_iter().chain(of_sidecars).flat_map(BTreeMap::into_values).collect()
}

/// The images of the containers beside the main one.
pub fn sidecar_images(sidecars: &Sidecars) -> impl Iterator<Item = In<String>> {
    each_sidecar(sidecars).map(|sidecar| sidecar.image.clone())
}

type Sidecars = In<BTreeMap<String, In<SidecarInput>>>;

fn each_sidecar(sidecars: &Sidecars) -> impl Iterator<Item = &SidecarInput> {
    sidecars.get().into_iter().flat_map(BTreeMap::values).filter_map(In::get)
}

/// What ECS may do to start tasks: pull these images, write these logs, read these secrets.
pub fn execution_statements(
    at: &Scope,
    images: impl IntoIterator<Item = In<String>>,
    logs: impl IntoIterator<Item = In<String>>,
    secrets: Vec<In<String>>,
) -> Vec<In<Json_>> {
    let partition = partition(at.region().unwrap_or_default());
    let streams =
        all(logs).map(|arns| arns.iter().map(|arn| format!("{}:*", arn.trim_end_matches(":*"))).collect());
    let mut statements = vec![allow(&["logs:CreateLogStream", "logs:PutLogEvents"], streams)];
    let repositories = all(images)
        .map(|images| images.iter().filter_map(|image| repository_arn(image, partition)).collect::<Vec<_>>());
    if repositories.get().is_none_or(|repositories| !repositories.is_empty()) {
        // The token is for the registry as a whole and opens nothing by itself.
        statements.push(allow(&["ecr:GetAuthorizationToken"], In::known(vec!["*".to_owned()])));
        let pull = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
        statements.push(allow(&pull, repositories));
    }
    if !secrets.is_empty() {
        let arns = all(secrets).map(|arns| arns.into_iter().map(secret_arn).collect::<Vec<_>>());
        let of = |arns: &[String], service: &str| -> Vec<String> {
            arns.iter().filter(|arn| arn.split(':').nth(2) == Some(service)).cloned().collect()
        };
        let parameters = arns.clone().map(|arns| of(&arns, "ssm"));
        if parameters.get().is_some_and(|arns| !arns.is_empty()) {
            statements.push(allow(&["ssm:GetParameters"], parameters));
        }
        let secrets = arns.map(|arns| {
            arns.into_iter().filter(|arn| arn.split(':').nth(2) != Some("ssm")).collect::<Vec<_>>()
        });
        if secrets.get().is_none_or(|arns| !arns.is_empty()) {
            statements.push(allow(&["secretsmanager:GetSecretValue"], secrets));
        }
    }
    statements
}

/// What a task needs for `aws ecs execute-command`.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions>
pub fn exec_statement() -> In<Json_> {
    let actions = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    allow(&actions, In::known(vec!["*".to_owned()]))
}

/// One container of a task.
#[derive(Default)]
struct Container {
    name: String,
    image: In<String>,
    port: In<i64>,
    command: In<Vec<In<String>>>,
    entry_point: In<Vec<In<String>>>,
    environment: In<BTreeMap<String, In<String>>>,
    secrets: In<BTreeMap<String, In<String>>>,
    health_check: In<Vec<In<String>>>,
    essential: In<bool>,
}

impl Container {
    /// The container as ECS takes it.
    fn definition(self, log_group: &In<String>, region: &str) -> In<Json_> {
        let logs = log_group.clone().map(|group| {
            json!({ "logDriver": "awslogs", "options": {
                "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": self.name,
            }})
        });
        let list = |items: In<Vec<In<String>>>| items.and_then(all).map(|items| json!(items));
        let pairs = |items: In<BTreeMap<String, In<String>>>, key: &'static str| {
            items.and_then(|items| {
                let named = items
                    .into_iter()
                    .map(|(name, value)| value.map(move |value| json!({ "name": name, key: value })));
                all(named).map(Json_::Array)
            })
        };
        let check = |command: In<Vec<In<String>>>| list(command).map(|command| json!({ "command": command }));
        let parts = [
            ("image", self.image.map(|image| json!(image))),
            ("essential", self.essential.map(|essential| json!(essential))),
            ("logConfiguration", logs),
            ("portMappings", self.port.map(|port| json!([{ "containerPort": port, "protocol": "tcp" }]))),
            ("command", list(self.command)),
            ("entryPoint", list(self.entry_point)),
            ("environment", pairs(self.environment, "value")),
            ("secrets", pairs(self.secrets, "valueFrom")),
            ("healthCheck", check(self.health_check)),
        ];
        let name = json!({ "name": self.name });
        parts.into_iter().filter(|(_, part)| part.is_set()).fold(In::known(name), |whole, (key, part)| {
            whole.zip(part).map(|(mut whole, part)| {
                whole[key] = part;
                whole
            })
        })
    }
}

mod scaling;

impl Builder<'_> {
    async fn scale(&self, cluster: &In<String>, service: &In<String>, arrival: &Arrival) -> Built<()> {
        match self.args.scaling.get() {
            Some(scaling) => scaling::scale(self, scaling, cluster, service, arrival).await,
            None => Ok(()),
        }
    }

    async fn watch(&self, cluster: &In<String>, service: &In<String>) -> Built<()> {
        if self.args.alarms.get() == Some(&false) {
            return Ok(());
        }
        scaling::watch(self, cluster, service).await
    }

    fn thresholds(&self) -> ScalingInput {
        self.args.scaling.get().cloned().unwrap_or_default()
    }
}
