//! A service: tasks of one definition, kept running.

mod connect;
mod from_aws;
mod keep;
mod rules;
mod to_aws;
mod volume;
mod wait;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, ServiceField};

use super::cluster;
use super::deployment::{self, AdvancedConfiguration, CircuitBreaker, DeploymentConfiguration, shifts};
use super::rollout::{self, Watch};
use super::shift::{self, Shift};
use super::{EcsTags, last, only_missing, pairs, same_name_or_arn, same_task_definition, small, tag_list};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, may_claim};
use crate::model::{Failures, Model, Prop, Value};
pub use connect::*;
pub use volume::*;
use wait::go_on;

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
const ECS_SERVICE: NameRule = NameRule { what: "ECS service", ..PLAIN };

/// An ECS service: runs and maintains a number of tasks of one task definition. A change deploys
/// new tasks, and stops the old ones once the new ones are healthy. A deployment that fails or is
/// rolled back by ECS is an error that states the reason.
#[derive(Clone, Debug, Model)]
pub struct ServiceArgs {
    /// The name of the service.
    #[model(replace, autoname)]
    pub name: String,
    /// The ARN or name of the cluster.
    #[model(replace, default = "default", same = same_name_or_arn)]
    pub cluster: String,
    /// The task definition to run: the ARN of a revision, `family:revision`, or a family, whose
    /// latest active revision at the time of the change is used. Required unless the deployment
    /// controller is `EXTERNAL`.
    #[model(in_place, same = same_task_definition)]
    pub task_definition: Option<String>,
    /// The number of tasks to run. If omitted, a new service starts with 1 task, and the count of
    /// an existing service is not changed.
    #[model(in_place, aws_default, imported, range = 0..=5000)]
    pub desired_count: Option<i64>,
    /// Whether Application Auto Scaling manages the number of tasks. If so, `desiredCount` is the
    /// initial count only, and is neither compared nor set afterwards.
    #[model(in_place, default = false, write_only)]
    pub autoscaled: bool,
    /// The scheduling strategy: `REPLICA` runs `desiredCount` tasks, `DAEMON` one task on each
    /// container instance of the cluster.
    #[model(replace, default = "REPLICA", one_of = ["REPLICA", "DAEMON"])]
    pub scheduling_strategy: String,
    /// The launch type of the tasks. Conflicts with `capacityProviderStrategies`. If both are
    /// omitted, the default capacity provider strategy of the cluster applies.
    #[model(replace, aws_default, told, imported, one_of = ["FARGATE", "EC2", "EXTERNAL", "MANAGED_INSTANCES"])]
    pub launch_type: Option<String>,
    /// The capacity providers of the tasks, such as `FARGATE` and `FARGATE_SPOT`. A change starts a
    /// new deployment.
    #[model(in_place, set, aws_default, told, imported, resets)]
    pub capacity_provider_strategies: Option<Vec<StrategyItem>>,
    /// The Fargate platform version, such as `1.4.0`. Defaults to the latest version.
    #[model(in_place, aws_default, resets = "LATEST", told)]
    pub platform_version: Option<String>,
    /// The network configuration of the tasks. Required for the network mode `awsvpc`, which
    /// Fargate requires.
    #[model(in_place)]
    pub network_configuration: Option<NetworkConfiguration>,
    /// The target groups that tasks are registered with.
    #[model(in_place, set, default = [])]
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// The health check grace period in seconds: how long failed health checks of a new task are
    /// ignored.
    #[model(in_place, default = 0, range = 0..=2_147_483_647)]
    pub health_check_grace_period_seconds: i64,
    /// The deployment circuit breaker, which fails a deployment whose tasks cannot reach a steady
    /// state. Only for the strategy `ROLLING`.
    #[model(in_place, off = Value::is_off)]
    pub deployment_circuit_breaker: Option<CircuitBreaker>,
    /// The deployment configuration: the strategy with which deployments replace the tasks, with
    /// its bake time, steps and lifecycle hooks. Defaults to `ROLLING`.
    #[model(in_place, told, off = deployment::is_usual)]
    pub deployment_configuration: Option<DeploymentConfiguration>,
    /// The CloudWatch alarms that fail a deployment.
    #[model(in_place, off = Value::is_off)]
    pub alarms: Option<ServiceAlarms>,
    /// The minimum number of tasks that keep running during a deployment, as a percentage of
    /// `desiredCount`. Defaults to 100 for `REPLICA` and 0 for `DAEMON`.
    #[model(in_place, aws_default, resets, range = 0..=100)]
    pub deployment_minimum_healthy_percent: Option<i64>,
    /// The maximum number of tasks that run during a deployment, as a percentage of `desiredCount`.
    /// Defaults to 200 for `REPLICA` and 100 for `DAEMON`.
    #[model(in_place, aws_default, resets, range = 0..=200)]
    pub deployment_maximum_percent: Option<i64>,
    /// The deployment controller. Defaults to `ECS`.
    #[model(replace, off = is_ecs)]
    pub deployment_controller: Option<DeploymentController>,
    /// Whether ECS Exec (`aws ecs execute-command`) is enabled for tasks that start after the
    /// change.
    #[model(in_place, default = false)]
    pub enable_execute_command: bool,
    /// Whether ECS tags the tasks with the names of their cluster and service.
    #[model(in_place, default = false)]
    pub enable_ecs_managed_tags: bool,
    /// The source of the tags of new tasks: the service, the task definition, or none.
    #[model(in_place, default = "NONE", one_of = ["NONE", "SERVICE", "TASK_DEFINITION"])]
    pub propagate_tags: String,
    /// Whether every update starts a new deployment, even if no property of the tasks changes.
    #[model(in_place, default = false, write_only)]
    pub force_new_deployment: bool,
    /// Arbitrary values that start a new deployment when one of them changes.
    #[model(in_place, default = {}, write_only)]
    pub triggers: BTreeMap<String, String>,
    /// The Cloud Map service that tasks are registered with.
    #[model(in_place)]
    pub service_registries: Option<ServiceRegistries>,
    /// The Service Connect configuration of the service.
    #[model(in_place, off = connect::is_disconnected)]
    pub service_connect_configuration: Option<ServiceConnect>,
    /// The volume that is configured when tasks start. A change starts a new deployment.
    #[model(in_place)]
    pub volume_configuration: Option<VolumeConfiguration>,
    /// The resolution of the CPU and memory metrics. Defaults to 60 seconds.
    #[model(in_place, write_only)]
    pub monitoring: Option<ServiceMonitoring>,
    /// Whether ECS redistributes tasks evenly across Availability Zones. If omitted, ECS chooses
    /// the setting.
    #[model(in_place, aws_default, told, one_of = ["ENABLED", "DISABLED"])]
    pub availability_zone_rebalancing: Option<String>,
    /// Whether to wait until a deployment is complete. If `false`, a failed deployment is not
    /// reported.
    #[model(in_place, default = true, write_only)]
    pub wait_for_steady_state: bool,
    /// The tags of the service.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A capacity provider of a strategy.
#[derive(Clone, Debug, Model)]
pub struct StrategyItem {
    /// The name of the capacity provider, such as `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// The minimum number of tasks on the capacity provider. Only one capacity provider of a
    /// strategy can have a base.
    #[model(default = 0, range = 0..=100_000)]
    pub base: i64,
    /// The relative share of the tasks that run on the capacity provider once all bases are met.
    #[model(default = 0, range = 0..=1000)]
    pub weight: i64,
}

/// The network configuration of the tasks of a service.
#[derive(Clone, Debug, Model)]
pub struct NetworkConfiguration {
    /// The IDs of the subnets of the tasks.
    #[model(set, length = 1..=16, check = ids::subnet)]
    pub subnets: Vec<String>,
    /// The IDs of the security groups of the tasks. Defaults to the default security group of the
    /// VPC.
    #[model(set, aws_default, resets, length = 0..=5, check = ids::security_group)]
    pub security_groups: Option<Vec<String>>,
    /// Whether tasks get public IP addresses. Tasks in public subnets require one to reach the
    /// internet.
    #[model(default = false)]
    pub assign_public_ip: bool,
}

/// A target group that the tasks of a service are registered with.
#[derive(Clone, Debug, Model)]
pub struct ServiceLoadBalancer {
    /// The ARN of the target group.
    pub target_group_arn: String,
    /// The name of the container that receives the traffic.
    pub container_name: String,
    /// The port of the container that receives the traffic.
    #[model(range = 1..=65535)]
    pub container_port: i64,
    /// The alternate target group and the listener rules of deployments that shift traffic. Required
    /// for the strategies `BLUE_GREEN`, `CANARY` and `LINEAR`.
    pub advanced_configuration: Option<AdvancedConfiguration>,
}

/// The CloudWatch alarms that fail a deployment.
#[derive(Clone, Debug, Model)]
pub struct ServiceAlarms {
    /// The names of the alarms.
    #[model(set)]
    pub alarm_names: Vec<String>,
    /// Whether ECS fails a deployment when one of the alarms goes off.
    pub enable: bool,
    /// Whether ECS rolls a failed deployment back to the last completed deployment.
    pub rollback: bool,
}

/// The deployment controller of a service.
#[derive(Clone, Debug, Model)]
pub struct DeploymentController {
    /// The type of the deployment controller: ECS, CodeDeploy, or an external one.
    #[model(default = "ECS", one_of = ["ECS", "CODE_DEPLOY", "EXTERNAL"])]
    pub r#type: String,
}

/// The Cloud Map service that the tasks of a service are registered with.
#[derive(Clone, Debug, Model)]
pub struct ServiceRegistries {
    /// The ARN of the Cloud Map service.
    pub registry_arn: String,
    /// The port of SRV records. Conflicts with `containerPort`.
    pub port: Option<i64>,
    /// The name of the container that SRV records point to.
    pub container_name: Option<String>,
    /// The container port that SRV records point to.
    pub container_port: Option<i64>,
}

/// What AWS says of a service.
#[derive(Clone, Debug, Model)]
pub struct ServiceState {
    /// The ARN of the service.
    pub arn: String,
}

/// An ECS service.
pub struct Service;

impl Kind for Service {
    const TOKEN: &'static str = "agentic:ecs:Service";
    const ID: &'static str = "the name of the cluster and the name of the service, separated by a slash, such as `main/app`, or the ARN of the service";
    const TAGS: TaggedBy = TaggedBy::service::<EcsTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ecs:DescribeServices",
            "ecs:CreateService",
            "ecs:UpdateService",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "ecs:DescribeTaskDefinition",
            "ecs:ListServiceDeployments",
            "ecs:DescribeServiceDeployments",
            "elasticloadbalancing:DescribeTargetHealth",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
        ],
        read: &["ecs:DescribeServices"],
        update: &[
            "ecs:UpdateService",
            "ecs:DescribeClusters",
            "ecs:DescribeServices",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "ecs:DescribeTaskDefinition",
            "ecs:ListServiceDeployments",
            "ecs:DescribeServiceDeployments",
            "elasticloadbalancing:DescribeTargetHealth",
            "iam:PassRole",
        ],
        delete: &["ecs:DeleteService", "ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks"],
    };
    const NAME: Option<&'static NameRule> = Some(&ECS_SERVICE);
    const READY: Option<Wait> = Some(Wait {
        goal: "the service is in a steady state",
        usual: [60, 240],
        budget: Duration::from_secs(20 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the service and its tasks are gone",
        usual: [30, 120],
        budget: Duration::from_secs(20 * 60),
    });
    // A service of the same name drains for as long as its targets do.
    const PATIENCE: Duration = Duration::from_secs(15 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SERVICE;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = ServiceArgs;
    type State = ServiceState;

    fn rules(args: &ServiceInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        if review.new.autoscaled.get() == Some(&true) {
            review.forget(ServiceArgs::DESIRED_COUNT);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ServiceArgs) -> Result<String> {
        let place = Place::named(&args.cluster, &args.name);
        match find(cx, &place).await? {
            Some(found) if found.status() == Some("ACTIVE") => return adopt(cx, found, args).await,
            Some(found) if found.status() == Some("DRAINING") => {
                let text = format!("a service of the name {} is still being deleted", args.name);
                return Err(Error::new(ErrorKind::NotReady, text));
            }
            _ => {}
        }
        let created = to_aws::create(cx.client::<Client>()?.create_service(), args)?
            .client_token(cx.client_token())
            .set_tags(tag_list(cx.owned(&args.tags)))
            .send()
            .await?;
        let created = created.service.unwrap_or_else(|| types::Service::builder().build());
        cx.note(Watch::first(&created));
        Ok(id_of(&created))
    }

    async fn configure(cx: &Cx, id: &str, args: &ServiceArgs) -> Result<()> {
        if cx.noted::<Watch>().is_some() {
            return Ok(());
        }
        // An earlier run made the service and did not see it become steady.
        match find(cx, &Place::of(id)?).await? {
            Some(found) => go_on(cx, &found, args).await,
            None => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &ServiceArgs) -> Result<Poll> {
        wait::ready(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = find(cx, &Place::of(id)?).await?;
        Ok(found.filter(|service| service.status() == Some("ACTIVE")).map(|service| from_aws::live(&service)))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ServiceArgs) -> Result<Option<Live<Self>>> {
        let found = find(cx, &Place::of(id)?).await?;
        let found = found.filter(|service| service.status() == Some("ACTIVE"));
        Ok(found.map(|service| Live { args: from_aws::observed(&service, old), ..from_aws::live(&service) }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ServiceArgs>) -> Result<()> {
        let place = Place::of(id)?;
        let client = cx.client::<Client>()?;
        // Where nothing about tasks changes there is nothing to wait for.
        cx.note(Watch::nothing());
        let there = match update.any(&to_aws::WHOLE) {
            true => find(cx, &place).await?,
            false => None,
        };
        let request = to_aws::update(client.update_service(), update, there.as_ref())?;
        let strategies =
            (ServiceArgs::CAPACITY_PROVIDER_STRATEGIES, &update.new.capacity_provider_strategies);
        let is_taken_out = update.any(&[strategies.0]) && strategies.1.is_none();
        let request = match request {
            Some(request) if is_taken_out => {
                let usual = cluster::default_strategy(cx, &place.cluster).await?;
                Some(request.set_capacity_provider_strategy(Some(usual)))
            }
            request => request,
        };
        let Some(mut request) = request else { return Ok(()) };
        // ECS shifts traffic only between target groups that a rolling deployment has set up.
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html
        let next = request.get_deployment_configuration().clone();
        let next = next.filter(|next| shifts(Some(next)) && there.as_ref().is_some_and(lacks_groups));
        if next.is_some() {
            request = request.set_deployment_configuration(None);
        }
        let shifts = there.as_ref().is_some_and(|there| shifts(there.deployment_configuration()))
            || update.new.deployment_configuration.as_ref().is_some_and(|it| !it.is_rolling());
        let before = if shifts { shift::newest(cx, &place).await } else { None };
        let answer = request.cluster(place.cluster).service(place.service).send().await?;
        if let Some(service) = answer.service {
            go_on(cx, &service, &update.new).await?;
            let watch = cx.noted::<Watch>().unwrap_or_else(|| Watch::of(&service));
            cx.note(watch.shifting(Shift::after(before)).then(next));
        }
        Ok(())
    }

    fn takes(args: &ServiceArgs) -> Duration {
        args.deployment_configuration.as_ref().map(DeploymentConfiguration::takes).unwrap_or_default()
    }

    async fn delete(cx: &Cx, id: &str, _args: &ServiceArgs) -> Result<()> {
        let place = Place::of(id)?;
        cx.note(rollout::tasks_left(cx, &place).await);
        if let Some(service) = find(cx, &place).await?
            && service.status() != Some("ACTIVE")
        {
            return Ok(());
        }
        let request = cx.client::<Client>()?.delete_service().cluster(place.cluster);
        request.service(place.service).force(true).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &ServiceArgs) -> Result<Poll> {
        wait::gone(cx, id).await
    }
}

/// Where a service is: its cluster, and its name or ARN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub cluster: String,
    pub service: String,
}

impl Place {
    pub fn named(cluster: &str, name: &str) -> Self {
        Place { cluster: cluster.to_owned(), service: name.to_owned() }
    }

    /// Reads an id: an ARN, or cluster and name.
    fn of(id: &str) -> Result<Self> {
        let path = id.rsplit_once(":service/").map_or(id, |(_, path)| path);
        match path.split_once('/') {
            Some((cluster, name)) => Ok(Place::named(cluster, name)),
            None => Err(crate::kinds::bad_id(id, Service::ID)),
        }
    }
}

/// The id of a service: its ARN, or cluster and name in accounts that keep the old form of ARNs.
fn id_of(service: &types::Service) -> String {
    let arn = service.service_arn().unwrap_or_default();
    match Place::of(arn) {
        Ok(_) => arn.to_owned(),
        Err(_) => {
            let cluster = last(service.cluster_arn().unwrap_or_default());
            format!("{cluster}/{}", service.service_name().unwrap_or_default())
        }
    }
}

/// The service, in whatever state it is.
async fn find(cx: &Cx, place: &Place) -> Result<Option<types::Service>> {
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>
    const MOST: usize = 10;
    let client = cx.client::<Client>()?;
    cx.batched(MOST, place.clone(), move |places| {
        let client = client.clone();
        async move {
            let mut found = HashMap::new();
            let mut by_cluster: HashMap<String, Vec<Place>> = HashMap::new();
            for place in places {
                by_cluster.entry(place.cluster.clone()).or_default().push(place);
            }
            for (cluster, places) in by_cluster {
                let names = places.iter().map(|place| place.service.clone()).collect();
                let request = client.describe_services().cluster(cluster).set_services(Some(names));
                // A cluster that is not there has no services.
                let answer = crate::aws::error::found(request.include(ServiceField::Tags).send().await)?;
                let Some(answer) = answer else { continue };
                only_missing(answer.failures())?;
                for service in answer.services.unwrap_or_default() {
                    let name = service.service_name().unwrap_or_default();
                    if let Some(place) = places.iter().find(|place| last(&place.service) == name) {
                        found.insert(place.clone(), service);
                    }
                }
            }
            Ok(found)
        }
    })
    .await
}

/// A service that is there already when it is to be made: ours from an earlier attempt, or not.
async fn adopt(cx: &Cx, found: types::Service, args: &ServiceArgs) -> Result<String> {
    let id = id_of(&found);
    may_claim::<Service>(cx, &id, pairs(found.tags()), None, "ECS service")?;
    let update = Update::towards(args, from_aws::observed(&found, args));
    if update.replacing().is_some() {
        let changed: Vec<_> = update.changed.iter().map(|changed| changed.name()).collect();
        let changed = changed.join(", ");
        let text = format!("an earlier attempt created the service {} with a different {changed}", args.name);
        let hint = format!(
            "Delete it with `aws ecs delete-service --force --service {id}`, and run `pulumi up` again."
        );
        return Err(Error::new(ErrorKind::AlreadyExists, text).with_hint(hint));
    }
    if update.changed.is_empty() {
        go_on(cx, &found, args).await?;
    } else {
        Service::update(cx, &id, &update).await?;
    }
    Ok(id)
}

/// Whether a load balancer of the service has one target group only.
fn lacks_groups(service: &types::Service) -> bool {
    service.load_balancers().iter().any(|balancer| balancer.advanced_configuration().is_none())
}

/// Whether ECS itself rolls out changes, as it does by itself.
fn is_ecs(controller: &Value) -> bool {
    part(controller, DeploymentController::TYPE) == Some(&Value::from("ECS"))
}

fn part<M>(whole: &Value, name: Prop<M>) -> Option<&Value> {
    whole.as_object()?.get(name.name())
}

/// A count that a new service starts with.
pub(super) fn starting_count(args: &ServiceArgs) -> Option<i32> {
    match args.scheduling_strategy.as_str() {
        "DAEMON" => None,
        _ => Some(args.desired_count.map_or(1, small)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_arns_or_cluster_and_name() {
        let place = Place::named("main", "app");
        assert_eq!(Place::of("main/app").unwrap(), place);
        assert_eq!(Place::of("arn:aws:ecs:us-east-1:123456789012:service/main/app").unwrap(), place);
        assert!(Place::of("arn:aws:ecs:us-east-1:123456789012:service/app").is_err());
        let old = types::Service::builder()
            .service_arn("arn:aws:ecs:us-east-1:123456789012:service/app")
            .cluster_arn("arn:aws:ecs:us-east-1:123456789012:cluster/main")
            .service_name("app");
        assert_eq!(id_of(&old.build()), "main/app");
    }
}
