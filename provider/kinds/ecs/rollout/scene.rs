//! What is to be seen of a deployment beside the service itself: tasks, targets, events and logs.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, Deployment, DesiredStatus};

use super::Watch;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::ecs::diagnosis::{self, Evidence, Log, Stop, Target};
use crate::kinds::ecs::last;
use crate::kinds::ecs::service::Place;

/// For how long an event may say that no task can be started before that counts as the end. New roles
/// become known everywhere in that time.
pub(super) const PATIENCE: Duration = Duration::from_secs(3 * 60);

/// What is to be seen of a deployment beside the service itself. What may not be read is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) service: String,
    pub(super) task_definition: Option<String>,
    pub(super) running: i32,
    /// How many tasks of the deployment are to be seen, stopped ones too.
    pub(super) tasks: usize,
    pub(super) stops: Vec<Stop>,
    pub(super) before: BTreeSet<String>,
    /// Targets of the deployment's tasks: how many are healthy, and the others. Nothing where there
    /// is no load balancer or its targets may not be read.
    pub(super) healthy: Option<i32>,
    pub(super) unhealthy: Vec<Target>,
    /// Events since the deployment began, the newest first.
    pub(super) events: Vec<String>,
}

impl Scene {
    pub(super) async fn of(cx: &Cx, service: &types::Service, watch: &Watch) -> Self {
        let id = watch.deployment.as_ref().map(|(id, _)| id.as_str());
        let ours = service.deployments().iter().find(|deployment| deployment.id() == id);
        let began = watch.deployment.as_ref().and_then(|(_, began)| *began);
        let events = service.events().iter().filter(|event| began.is_none() || event.created_at >= began);
        let tasks = tasks(cx, service).await;
        let ours_only = |task: &&types::Task| id.is_none() || task.started_by() == id;
        let tasks: Vec<&types::Task> = tasks.iter().filter(ours_only).collect();
        let mut stopped: Vec<&types::Task> =
            tasks.iter().copied().filter(|task| task.stop_code().is_some()).collect();
        let ended = |task: &types::Task| task.stopped_at.or(task.stopping_at).or(task.created_at);
        stopped.sort_by_key(|task| std::cmp::Reverse(ended(task).map(|at| at.as_nanos())));
        let mut scene = Scene {
            service: service.service_name().unwrap_or_default().to_owned(),
            task_definition: ours.and_then(|deployment| deployment.task_definition.clone()),
            running: ours.map(|deployment| deployment.running_count).unwrap_or_default(),
            tasks: tasks.len(),
            stops: stopped.into_iter().map(read_stop).collect(),
            events: events.filter_map(|event| event.message.clone()).collect(),
            before: watch.before.clone().unwrap_or_default(),
            ..Scene::default()
        };
        let addresses: BTreeSet<&str> =
            tasks.iter().filter(|task| task.stop_code().is_none()).filter_map(|task| address(task)).collect();
        for balancer in service.load_balancers() {
            let Some(group) = balancer.target_group_arn() else { continue };
            let Some(health) = target_health(cx, group).await else { continue };
            let (good, bad) = sort_targets(&health, &addresses);
            scene.healthy = Some(scene.healthy.map_or(good, |fewest| fewest.min(good)));
            scene.unhealthy.extend(bad);
        }
        scene
    }

    /// The tasks that failed in this run.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Stop> {
        self.stops.iter().filter(|stop| diagnosis::is_failure(stop) && !self.before.contains(&stop.task))
    }

    /// Whether an event says that no task can be started, and none is there.
    pub(super) fn is_idle(&self, deployment: &Deployment) -> bool {
        let none = deployment.running_count + deployment.pending_count == 0 && deployment.desired_count > 0;
        none && self.events.iter().any(|event| diagnosis::is_trouble(event))
    }

    /// Whether nothing at all has happened yet.
    pub(super) fn is_silent(&self, service: &types::Service) -> bool {
        self.tasks == 0 && service.events().is_empty() && service.running_count < service.desired_count
    }

    /// Whether the service is steady by its own count, as the waiter `ServicesStable` of AWS's SDKs
    /// sees it. That is less than a completed rollout, and counts only where tasks are not to be seen.
    pub(super) fn is_steady(&self, service: &types::Service) -> bool {
        let alone = service.deployments().len() == 1;
        let complete = service.running_count == service.desired_count && service.pending_count == 0;
        alone && complete && self.tasks == 0 && self.unhealthy.is_empty()
    }

    /// Why waiting on makes no sense, where it makes none.
    pub(super) fn verdict(
        &self,
        service: &types::Service,
        deployment: &Deployment,
        idle: Duration,
    ) -> Option<String> {
        let breaker = service.deployment_configuration().and_then(|it| it.deployment_circuit_breaker());
        let by_ecs = breaker.is_some_and(|breaker| breaker.enable);
        let desired = deployment.desired_count;
        // The first tasks start together and may all meet what is not known everywhere yet, so that
        // it takes a second round. ECS itself, where it counts, is given the first word: it gives up
        // after half the desired count, but at least 3.
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        let limit = (desired + 1).max(3) + if by_ecs { 2 } else { 0 };
        let alike = self.most_alike();
        let working = self.healthy.unwrap_or(self.running);
        let hopeless = alike >= limit && working == 0 || alike >= 2 * limit && self.running < desired;
        match (hopeless, idle >= PATIENCE) {
            (true, _) => Some(format!("its tasks fail repeatedly, {alike} of them for the same reason")),
            (_, true) => Some("none of its tasks can start".to_owned()),
            _ => None,
        }
    }

    /// How many tasks failed for the most frequent reason.
    pub(super) fn most_alike(&self) -> i32 {
        let mut causes: Vec<String> = self.failures().map(diagnosis::cause).collect();
        causes.sort_unstable();
        causes.chunk_by(|a, b| a == b).map(|alike| alike.len() as i32).max().unwrap_or_default()
    }

    pub(super) fn status(&self, deployment: &Deployment) -> String {
        let desired = deployment.desired_count;
        let mut text = format!("{} of {desired} tasks running", deployment.running_count);
        if let Some(healthy) = self.healthy {
            text.push_str(&format!(", {healthy} of {desired} targets healthy"));
        }
        if let Some(newest) = self.failures().next() {
            text.push_str(&format!("; {} stopped: {}", self.failures().count(), diagnosis::brief(newest)));
        } else if let Some(target) =
            self.unhealthy.iter().find(|target| !target.code.contains("InitialHealthChecking"))
        {
            text.push_str(&format!("; {}", target.description));
        } else if let (true, Some(event)) =
            (self.is_idle(deployment), self.events.iter().find(|it| diagnosis::is_trouble(it)))
        {
            text.push_str(&format!("; {event}"));
        }
        text
    }

    pub(super) async fn evidence(self, cx: &Cx, outcome: String, back_to: Option<String>) -> Evidence {
        let stops = self.failures().cloned().collect();
        let logs = match &self.task_definition {
            Some(arn) => logs(cx, arn).await.unwrap_or_default(),
            None => Vec::new(),
        };
        Evidence {
            service: self.service,
            outcome,
            back_to,
            stops,
            targets: self.unhealthy,
            events: self.events,
            logs,
        }
    }
}

/// The tasks of a service that run or stopped within the last hour.
async fn tasks(cx: &Cx, service: &types::Service) -> Vec<types::Task> {
    let cluster = last(service.cluster_arn().unwrap_or_default());
    let place = Place::named(cluster, service.service_name().unwrap_or_default());
    let arns = task_arns(cx, &place).await;
    describe_tasks(cx, &place, arns).await.unwrap_or_default()
}

async fn task_arns(cx: &Cx, place: &Place) -> Vec<String> {
    let list = async |status: DesiredStatus| -> Result<Vec<String>> {
        let request = cx.client::<Client>()?.list_tasks().cluster(&place.cluster);
        let answer = request.service_name(&place.service).desired_status(status).send().await?;
        Ok(answer.task_arns.unwrap_or_default())
    };
    let (running, stopped) = tokio::join!(list(DesiredStatus::Running), list(DesiredStatus::Stopped));
    running.unwrap_or_default().into_iter().chain(stopped.unwrap_or_default()).collect()
}

async fn describe_tasks(cx: &Cx, place: &Place, arns: Vec<String>) -> Result<Vec<types::Task>> {
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
    const MOST: usize = 100;
    let mut tasks = Vec::new();
    for arns in arns.chunks(MOST) {
        let request = cx.client::<Client>()?.describe_tasks().cluster(&place.cluster);
        let answer = request.set_tasks(Some(arns.to_vec())).send().await?;
        tasks.extend(answer.tasks.unwrap_or_default());
    }
    Ok(tasks)
}

/// The tasks that a service had when its deletion began.
#[derive(Clone, Default)]
pub(in crate::kinds::ecs) struct Left(Vec<String>);

/// Remembers the tasks of a service before it is deleted.
pub(in crate::kinds::ecs) async fn tasks_left(cx: &Cx, place: &Place) -> Left {
    Left(task_arns(cx, place).await)
}

/// How many of them have not stopped yet, as far as they may be read.
pub(in crate::kinds::ecs) async fn still_stopping(cx: &Cx, place: &Place) -> usize {
    let Left(arns) = cx.noted::<Left>().unwrap_or_default();
    let tasks = describe_tasks(cx, place, arns).await.unwrap_or_default();
    let stopping: Vec<String> = tasks
        .iter()
        .filter(|task| !matches!(task.last_status(), Some("STOPPED" | "DELETED")))
        .filter_map(|task| task.task_arn.clone())
        .collect();
    let count = stopping.len();
    cx.note(Left(stopping));
    count
}

fn read_stop(task: &types::Task) -> Stop {
    let exits = task.containers().iter().map(|container| diagnosis::Exit {
        container: container.name.clone().unwrap_or_default(),
        code: container.exit_code,
        reason: container.reason.clone(),
    });
    Stop {
        task: task.task_arn().map(last).unwrap_or_default().to_owned(),
        code: task.stop_code().map_or("", |code| code.as_str()).to_owned(),
        reason: task.stopped_reason().unwrap_or_default().to_owned(),
        exits: exits.collect(),
    }
}

/// The address of a task that has a network interface of its own.
fn address(task: &types::Task) -> Option<&str> {
    let interfaces = task.containers().iter().flat_map(|container| container.network_interfaces());
    let details = task.attachments().iter().flat_map(|attachment| attachment.details());
    let mut of_task = details.filter(|detail| detail.name() == Some("privateIPv4Address"));
    interfaces
        .filter_map(|interface| interface.private_ipv4_address())
        .next()
        .or_else(|| of_task.find_map(|detail| detail.value()))
}

pub(super) type Health = aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;

/// The targets of a group, where they may be read.
async fn target_health(cx: &Cx, group: &str) -> Option<Vec<Health>> {
    let client = cx.client::<aws_sdk_elasticloadbalancingv2::Client>().ok()?;
    let answer = client.describe_target_health().target_group_arn(group).send().await.ok()?;
    answer.target_health_descriptions
}

/// How many targets at these addresses are healthy, and what is wrong with the others.
pub(super) fn sort_targets(health: &[Health], addresses: &BTreeSet<&str>) -> (i32, Vec<Target>) {
    let mut healthy = 0;
    let mut others = Vec::new();
    for description in health {
        let Some(target) = description.target() else { continue };
        let id = target.id().unwrap_or_default();
        let Some(state) = description.target_health().filter(|_| addresses.contains(id)) else { continue };
        match state.state().map(|state| state.as_str()) {
            Some("healthy") => healthy += 1,
            // The group is used by no listener yet, or the target is on its way out.
            Some("unused" | "draining") | None => {}
            Some(_) => others.push(Target {
                at: target.port().map_or_else(|| id.to_owned(), |port| format!("{id}:{port}")),
                code: state.reason().map_or("", |reason| reason.as_str()).to_owned(),
                description: state.description().unwrap_or_default().to_owned(),
            }),
        }
    }
    (healthy, others)
}

/// Where the containers of a task definition write their logs.
async fn logs(cx: &Cx, task_definition: &str) -> Option<Vec<Log>> {
    let request = cx.client::<Client>().ok()?.describe_task_definition();
    let answer = request.task_definition(task_definition).send().await.ok()?;
    let definition = answer.task_definition?;
    let containers = definition.container_definitions().iter().filter_map(|container| {
        let options = container.log_configuration()?.options()?;
        let name = container.name()?;
        let (group, prefix) = (options.get("awslogs-group")?, options.get("awslogs-stream-prefix")?);
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
        Some(Log { container: name.to_owned(), group: group.clone(), streams: format!("{prefix}/{name}/") })
    });
    Some(containers.collect())
}
