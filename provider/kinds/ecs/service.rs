//! A service: tasks of one definition, kept running.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, ServiceField};

use super::rollout::{self, Watch};
use super::service_sdk as sdk;
use super::{EcsTags, last, only_missing, pairs, same_name_or_arn, same_task_definition, small, tag_list};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::names::{self, NameRule};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, may_claim};
use crate::model::{Failures, Model, Prop, Value};

/// An ECS service: tasks of one definition, kept running. A change rolls out new tasks and stops the
/// old ones once the new ones are healthy; a rollout that fails, or that ECS takes back, is an error
/// here that says why.
#[derive(Clone, Debug, Model)]
pub struct ServiceArgs {
    /// The name of the service.
    #[model(replace, autoname)]
    pub name: String,
    /// The ARN or name of the cluster.
    #[model(replace, default = "default", same = same_name_or_arn)]
    pub cluster: String,
    /// What runs: the ARN of a revision, `family:revision`, or a family, which stands for its newest
    /// revision at that time.
    #[model(in_place, same = same_task_definition)]
    pub task_definition: Option<String>,
    /// How many tasks run. When left out, a new service starts with 1, as in CloudFormation, and the
    /// count of an existing one is left alone.
    #[model(in_place, aws_default, imported, range = 0..=5000)]
    pub desired_count: Option<i64>,
    /// Whether an autoscaler owns the number of tasks: then `desiredCount` is what the service starts
    /// with, and is neither compared nor set afterwards.
    #[model(in_place, default = false, write_only)]
    pub autoscaled: bool,
    /// Whether `desiredCount` tasks run, or one on each instance of the cluster.
    #[model(replace, default = "REPLICA", one_of = ["REPLICA", "DAEMON"])]
    pub scheduling_strategy: String,
    /// What tasks run on. Not with `capacityProviderStrategies`.
    #[model(replace, aws_default, imported, one_of = ["FARGATE", "EC2", "EXTERNAL", "MANAGED_INSTANCES"])]
    pub launch_type: Option<String>,
    /// How tasks spread over capacity providers, such as `FARGATE` and `FARGATE_SPOT`. A change starts
    /// all tasks anew.
    #[model(in_place, set, aws_default, told, imported)]
    pub capacity_provider_strategies: Option<Vec<ServiceCapacityProviderStrategy>>,
    /// The version of Fargate, such as `1.4.0`. The newest when left out.
    #[model(in_place, aws_default)]
    pub platform_version: Option<String>,
    /// The network of tasks whose network mode is `awsvpc`, as on Fargate.
    #[model(in_place)]
    pub network_configuration: Option<ServiceNetworkConfiguration>,
    /// The target groups in which tasks are registered.
    #[model(in_place, set, default = [])]
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// How long failed health checks of a new task are overlooked, in seconds.
    #[model(in_place, default = 0, range = 0..=2_147_483_647)]
    pub health_check_grace_period_seconds: i64,
    /// Whether ECS gives up a rollout whose tasks fail.
    #[model(in_place, off = Value::is_off)]
    pub deployment_circuit_breaker: Option<ServiceDeploymentCircuitBreaker>,
    /// CloudWatch alarms on which ECS gives up a rollout.
    #[model(in_place, off = Value::is_off)]
    pub alarms: Option<ServiceAlarms>,
    /// The share of `desiredCount` that keeps running during a rollout, in percent. 100 when left out.
    #[model(in_place, aws_default, range = 0..=100)]
    pub deployment_minimum_healthy_percent: Option<i64>,
    /// The share of `desiredCount` that may run during a rollout, in percent. 200 when left out.
    #[model(in_place, aws_default, range = 0..=200)]
    pub deployment_maximum_percent: Option<i64>,
    /// What rolls out changes: ECS itself when left out.
    #[model(replace, off = is_ecs)]
    pub deployment_controller: Option<ServiceDeploymentController>,
    /// Whether `aws ecs execute-command` works in tasks that start from now on.
    #[model(in_place, default = false)]
    pub enable_execute_command: bool,
    /// Whether ECS tags tasks with the names of their cluster and service.
    #[model(in_place, default = false)]
    pub enable_ecs_managed_tags: bool,
    /// Whose tags tasks get.
    #[model(in_place, default = "NONE", one_of = ["NONE", "SERVICE", "TASK_DEFINITION"])]
    pub propagate_tags: String,
    /// Whether each update starts all tasks anew, even where it changes nothing about them.
    #[model(in_place, default = false, write_only)]
    pub force_new_deployment: bool,
    /// Any values: when one changes, all tasks are started anew.
    #[model(in_place, default = {}, write_only)]
    pub triggers: BTreeMap<String, String>,
    /// The Cloud Map service in which tasks are registered.
    #[model(in_place)]
    pub service_registries: Option<ServiceServiceRegistries>,
    /// How the service finds others and is found, by Service Connect.
    #[model(in_place, off = is_disconnected)]
    pub service_connect_configuration: Option<ServiceServiceConnectConfiguration>,
    /// Whether ECS keeps tasks spread evenly over zones.
    #[model(in_place, aws_default, one_of = ["ENABLED", "DISABLED"])]
    pub availability_zone_rebalancing: Option<String>,
    /// Whether to wait until the rollout is complete. Without it a rollout that fails goes unnoticed.
    #[model(in_place, default = true, write_only)]
    pub wait_for_steady_state: bool,
    /// Tags of the service.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// One part of a strategy.
#[derive(Clone, Debug, Model)]
pub struct ServiceCapacityProviderStrategy {
    /// The capacity provider, such as `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// How many tasks it runs at least before weights count.
    #[model(default = 0, range = 0..=100_000)]
    pub base: i64,
    /// Its share of the tasks beyond all bases.
    #[model(default = 0, range = 0..=1000)]
    pub weight: i64,
}

/// The network of tasks.
#[derive(Clone, Debug, Model)]
pub struct ServiceNetworkConfiguration {
    /// The subnets in which tasks run.
    #[model(set, length = 1..=16)]
    pub subnets: Vec<String>,
    /// The security groups of tasks. The VPC's default one when left out.
    #[model(set, aws_default, length = 0..=5)]
    pub security_groups: Option<Vec<String>>,
    /// Whether tasks get public addresses, which they need in public subnets to reach anything.
    #[model(default = false)]
    pub assign_public_ip: bool,
}

/// A target group in which tasks are registered.
#[derive(Clone, Debug, Model)]
pub struct ServiceLoadBalancer {
    /// The ARN of the target group.
    pub target_group_arn: String,
    /// The container that takes the traffic.
    pub container_name: String,
    /// Its port.
    #[model(range = 1..=65535)]
    pub container_port: i64,
}

/// Whether ECS gives up a rollout whose tasks fail.
#[derive(Clone, Debug, Model)]
pub struct ServiceDeploymentCircuitBreaker {
    /// Whether it does.
    pub enable: bool,
    /// Whether it then goes back to the last rollout that was completed.
    pub rollback: bool,
}

/// CloudWatch alarms on which ECS gives up a rollout.
#[derive(Clone, Debug, Model)]
pub struct ServiceAlarms {
    /// The names of the alarms.
    #[model(set)]
    pub alarm_names: Vec<String>,
    /// Whether it does.
    pub enable: bool,
    /// Whether it then goes back to the last rollout that was completed.
    pub rollback: bool,
}

/// What rolls out changes.
#[derive(Clone, Debug, Model)]
pub struct ServiceDeploymentController {
    /// ECS itself, CodeDeploy, or a program of yours.
    #[model(default = "ECS", one_of = ["ECS", "CODE_DEPLOY", "EXTERNAL"])]
    pub r#type: String,
}

/// The Cloud Map service in which tasks are registered.
#[derive(Clone, Debug, Model)]
pub struct ServiceServiceRegistries {
    /// The ARN of the Cloud Map service.
    pub registry_arn: String,
    /// The port, for records of type SRV.
    pub port: Option<i64>,
    /// The container, for records of type SRV.
    pub container_name: Option<String>,
    /// Its port, for records of type SRV.
    pub container_port: Option<i64>,
}

/// How a service finds others and is found, by Service Connect.
#[derive(Clone, Debug, Model)]
pub struct ServiceServiceConnectConfiguration {
    /// Whether Service Connect is used.
    pub enabled: bool,
    /// The Cloud Map namespace, by name or ARN. The cluster's when left out.
    #[model(aws_default, same = same_name_or_arn)]
    pub namespace: Option<String>,
    /// The ports under which others find this service.
    #[model(default = [])]
    pub services: Vec<ServiceServiceConnectConfigurationService>,
    /// Where the proxy writes its log.
    pub log_configuration: Option<ServiceServiceConnectConfigurationLogConfiguration>,
}

/// A port under which others find a service.
#[derive(Clone, Debug, Model)]
pub struct ServiceServiceConnectConfigurationService {
    /// The name of a port mapping in the task definition.
    pub port_name: String,
    /// The name in Cloud Map. The port's when left out.
    #[model(aws_default)]
    pub discovery_name: Option<String>,
    /// The names and ports that clients use.
    #[model(default = [])]
    pub client_alias: Vec<ServiceServiceConnectConfigurationServiceClientAlias>,
    /// The port on which the proxy listens, where it is not the container's.
    pub ingress_port_override: Option<i64>,
}

/// A name and a port that clients use.
#[derive(Clone, Debug, Model)]
pub struct ServiceServiceConnectConfigurationServiceClientAlias {
    /// The port.
    #[model(range = 1..=65535)]
    pub port: i64,
    /// The name. `discoveryName.namespace` when left out.
    #[model(aws_default)]
    pub dns_name: Option<String>,
}

/// Where the proxy of Service Connect writes its log.
#[derive(Clone, Debug, Model)]
pub struct ServiceServiceConnectConfigurationLogConfiguration {
    /// The log driver, such as `awslogs`.
    pub log_driver: String,
    /// Options of the log driver.
    #[model(default = {})]
    pub options: BTreeMap<String, String>,
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
    const ID: &'static str =
        "the name of the cluster and of the service, such as `main/app`, or the ARN of the service";
    const TAGS: TaggedBy = TaggedBy::service::<EcsTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ecs:DescribeServices",
            "ecs:CreateService",
            "ecs:UpdateService",
            "ecs:TagResource",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "ecs:DescribeTaskDefinition",
            "elasticloadbalancing:DescribeTargetHealth",
            "iam:CreateServiceLinkedRole",
            "ecs:UntagResource",
        ],
        read: &["ecs:DescribeServices"],
        update: &[
            "ecs:UpdateService",
            "ecs:TagResource",
            "ecs:UntagResource",
            "ecs:DescribeServices",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "ecs:DescribeTaskDefinition",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
        delete: &["ecs:DeleteService", "ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks"],
    };
    const NAME: Option<&'static NameRule> = Some(&names::ECS_SERVICE);
    const READY: Option<Wait> = Some(Wait {
        goal: "the service is steady",
        every: Duration::from_secs(10),
        budget: Duration::from_secs(20 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the service and its tasks are gone",
        every: Duration::from_secs(10),
        budget: Duration::from_secs(20 * 60),
    });
    // A service of the same name drains for as long as its targets do.
    const PATIENCE: Duration = Duration::from_secs(15 * 60);

    type Args = ServiceArgs;
    type State = ServiceState;

    fn rules(args: &ServiceInputs, failures: &mut Failures) {
        super::service_rules::check(args, failures);
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
        let created = sdk::create(cx.client::<Client>()?.create_service(), args)?
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
        let by_ecs = args.deployment_controller.as_ref().is_none_or(|controller| controller.r#type == "ECS");
        if !args.wait_for_steady_state || !by_ecs {
            return Ok(Poll::Ready(()));
        }
        match find(cx, &Place::of(id)?).await? {
            Some(service) => rollout::look(cx, &service, args).await,
            None => Ok(Poll::Pending("not visible yet".to_owned())),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = find(cx, &Place::of(id)?).await?;
        Ok(found.filter(|service| service.status() == Some("ACTIVE")).map(|service| sdk::live(&service)))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ServiceArgs) -> Result<Option<Live<Self>>> {
        let found = find(cx, &Place::of(id)?).await?;
        let found = found.filter(|service| service.status() == Some("ACTIVE"));
        Ok(found.map(|service| Live { args: sdk::observed(&service, old), ..sdk::live(&service) }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ServiceArgs>) -> Result<()> {
        let place = Place::of(id)?;
        let client = cx.client::<Client>()?;
        // Where nothing about tasks changes there is nothing to wait for.
        cx.note(Watch::nothing());
        let there = match update.any(&sdk::WHOLE) {
            true => find(cx, &place).await?,
            false => None,
        };
        if let Some(request) = sdk::update(client.update_service(), update, there.as_ref())? {
            let answer = request.cluster(place.cluster).service(place.service).send().await?;
            if let Some(service) = answer.service {
                go_on(cx, &service, &update.new).await?;
            }
        }
        Ok(())
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
        let place = Place::of(id)?;
        let service = find(cx, &place).await?.filter(|service| service.status() != Some("INACTIVE"));
        // A service is inactive while its last tasks still stop and hold their network interfaces.
        let stopping = rollout::still_stopping(cx, &place).await;
        Ok(match (service, stopping) {
            (None, 0) => Poll::Ready(()),
            (_, 0) => Poll::Pending("the service is draining".to_owned()),
            (_, 1) => Poll::Pending("1 task is stopping".to_owned()),
            (_, several) => Poll::Pending(format!("{several} tasks are stopping")),
        })
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
    let update = Update::towards(args, sdk::observed(&found, args));
    if update.replacing().is_some() {
        let changed: Vec<_> = update.changed.iter().map(|changed| changed.name()).collect();
        let changed = changed.join(", ");
        let text = format!("an earlier attempt made the service {} with other {changed}", args.name);
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

/// Lets the wait follow the newest deployment of a service. Where that is not what is asked for, or
/// ECS gave it up so that it never goes on by itself, a new one is started.
async fn go_on(cx: &Cx, service: &types::Service, args: &ServiceArgs) -> Result<()> {
    cx.note(Watch::of(service));
    let client = cx.client::<Client>()?;
    let request = match (rollout::failed(service), runs(service, args)) {
        (false, true) => return Ok(()),
        (true, true) => client.update_service().force_new_deployment(true),
        (_, false) => client.update_service().set_task_definition(args.task_definition.clone()),
    };
    let place = Place::of(&id_of(service))?;
    let answer = request.cluster(place.cluster).service(place.service).send().await?;
    if let Some(service) = &answer.service {
        cx.note(Watch::of(service));
    }
    Ok(())
}

/// Whether the service runs the task definition that is asked for.
fn runs(service: &types::Service, args: &ServiceArgs) -> bool {
    let actual = crate::model::Value::from(service.task_definition().unwrap_or_default());
    let wanted = args.task_definition.as_deref();
    wanted.is_none_or(|wanted| same_task_definition(&actual, &wanted.into()))
}

/// Whether ECS itself rolls out changes, as it does by itself.
fn is_ecs(controller: &Value) -> bool {
    part(controller, ServiceDeploymentController::TYPE) == Some(&Value::from("ECS"))
}

fn is_disconnected(connect: &Value) -> bool {
    part(connect, ServiceServiceConnectConfiguration::ENABLED) == Some(&Value::Bool(false))
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
