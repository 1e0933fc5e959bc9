//! Following a rollout: the deployment that our own call started, and no other.
//!
//! ECS may take a deployment back and be steady again with the old tasks. What counts is therefore
//! what became of the very deployment whose id the create or update call answered.

use std::collections::BTreeSet;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, Deployment, DeploymentRolloutState, DesiredStatus};
use aws_smithy_types::DateTime;

use super::deployment::shifts;
use super::diagnosis::{self, Evidence, Log, Stop, Target};
use super::service::Place;
use super::shift::{self, Shift};
use super::{ServiceArgs, last, same_task_definition};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::model::Value;

/// For how many looks an event may say that no task can be started before that counts as the end:
/// about three minutes, in which new roles become known everywhere.
const PATIENT_LOOKS: u32 = 20;

/// After how many looks without a task or an event ECS is asked once more for the tasks.
const SILENT_LOOKS: u32 = 5;

/// For how many looks the service's own count has to be right where no task is to be seen.
const STEADY_LOOKS: u32 = 3;

/// What create, update and configure leave for the wait, and each look for the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The id of the deployment and when AWS says it began.
    deployment: Option<(String, Option<DateTime>)>,
    /// There is nothing to wait for.
    nothing: bool,
    /// The deployment was visible once.
    seen: bool,
    /// Tasks that had stopped before the first look: they tell nothing of this run.
    before: Option<BTreeSet<String>>,
    /// How many looks in a row no task could be started.
    idle: u32,
    /// How many looks in a row showed neither a task nor an event.
    silent: u32,
    /// How many looks in a row the service's count was right, with no task to be seen.
    steady: u32,
    /// The deployment, where it shifts traffic.
    shift: Shift,
    /// How the service is to deploy from now on, once this deployment is complete.
    then: Option<types::DeploymentConfiguration>,
}

impl Watch {
    /// Follows the deployment that a service has by its newest change.
    pub fn of(service: &types::Service) -> Self {
        let newest = primary(service).and_then(|it| Some((it.id.clone()?, it.created_at)));
        Watch { deployment: newest, ..Watch::default() }
    }

    /// Follows the first deployment of a new service.
    pub fn first(service: &types::Service) -> Self {
        Watch { before: Some(BTreeSet::new()), ..Watch::of(service) }
    }

    pub fn nothing() -> Self {
        Watch { nothing: true, ..Watch::default() }
    }

    /// Where a deployment shifts traffic: follows that.
    pub fn shifting(self, shift: Shift) -> Self {
        Watch { shift, ..self }
    }

    /// The same after another call that may have started a deployment.
    pub fn again(self, service: &types::Service) -> Self {
        Watch { shift: self.shift, ..Watch::of(service) }
    }

    /// After the deployment the service is to deploy in this way.
    pub fn then(self, configuration: Option<types::DeploymentConfiguration>) -> Self {
        Watch { then: configuration, ..self }
    }

    /// How the service is to deploy once this deployment is complete.
    pub fn next(&self) -> Option<&types::DeploymentConfiguration> {
        self.then.as_ref()
    }
}

/// Whether ECS gave up the newest deployment of a service.
pub(super) fn failed(service: &types::Service) -> bool {
    primary(service).is_some_and(has_failed)
}

/// One look at a service that changes.
pub(super) async fn look(cx: &Cx, service: &types::Service, args: &ServiceArgs) -> Result<Poll> {
    let mut watch = cx.noted::<Watch>().unwrap_or_else(|| Watch::of(service));
    if !watch.nothing
        && shifts(service.deployment_configuration())
        && let Some(poll) = shifted(cx, service, &mut watch).await?
    {
        cx.note(watch);
        return Ok(poll);
    }
    let poll = match course(service, &watch, args.task_definition.as_deref()) {
        Course::Done => Poll::Ready(()),
        Course::Unseen(status) => Poll::Pending(status.to_owned()),
        Course::Over { outcome, back_to } => {
            let scene = Scene::of(cx, service, &watch).await;
            Poll::Failed(diagnosis::explain(&scene.evidence(cx, outcome, back_to).await))
        }
        Course::Going(deployment) => {
            watch.seen = true;
            let scene = Scene::of(cx, service, &watch).await;
            watch.before.get_or_insert_with(|| scene.failures().map(|stop| stop.task.clone()).collect());
            let scene = Scene { before: watch.before.clone().unwrap_or_default(), ..scene };
            let counted = |looks: u32, holds: bool| if holds { looks + 1 } else { 0 };
            watch.idle = counted(watch.idle, scene.is_idle(deployment));
            watch.silent = counted(watch.silent, scene.is_silent(service));
            watch.steady = counted(watch.steady, scene.is_steady(service));
            if watch.silent == SILENT_LOOKS {
                ask_again(cx, service).await?;
            }
            match scene.verdict(service, deployment, watch.idle) {
                Some(outcome) => Poll::Failed(diagnosis::explain(&scene.evidence(cx, outcome, None).await)),
                None if watch.steady >= STEADY_LOOKS => Poll::Ready(()),
                None => Poll::Pending(scene.status(deployment)),
            }
        }
    };
    cx.note(watch);
    Ok(poll)
}

/// One look at a service that shifts its traffic; nothing where how far that is may not be read.
async fn shifted(cx: &Cx, service: &types::Service, watch: &mut Watch) -> Result<Option<Poll>> {
    if service.status() != Some("ACTIVE") {
        return Ok(None);
    }
    let place = Place::named(
        last(service.cluster_arn().unwrap_or_default()),
        service.service_name().unwrap_or_default(),
    );
    Ok(Some(match watch.shift.look(cx, &place).await? {
        shift::Course::Unknown => return Ok(None),
        shift::Course::Unseen => Poll::Pending("the deployment is not visible yet".to_owned()),
        shift::Course::Done => Poll::Ready(()),
        shift::Course::Over(outcome) => {
            let scene = Scene::of(cx, service, watch).await;
            let runs = primary(service).and_then(|primary| primary.task_definition());
            let back_to = runs.map(|arn| last(arn).to_owned());
            Poll::Failed(diagnosis::explain(&scene.evidence(cx, outcome, back_to).await))
        }
        shift::Course::Going(deployment) => {
            watch.seen = true;
            let scene = Scene::of(cx, service, watch).await;
            watch.before.get_or_insert_with(|| scene.failures().map(|stop| stop.task.clone()).collect());
            let scene = Scene { before: watch.before.clone().unwrap_or_default(), ..scene };
            let mut text = shift::status(&deployment);
            if let Some(newest) = scene.failures().next() {
                text.push_str(&format!(
                    "; {} stopped: {}",
                    scene.failures().count(),
                    diagnosis::brief(newest)
                ));
            }
            // No circuit breaker ends such a deployment.
            let target = deployment.target_service_revision();
            let none_runs = target.is_some_and(|target| target.running_task_count == 0);
            let (alike, limit) = (scene.most_alike(), (service.desired_count + 1).max(3));
            match none_runs && alike >= limit {
                true => {
                    let outcome = format!(
                        "its new tasks fail repeatedly, {alike} of them for the same reason, while the old ones serve all requests"
                    );
                    Poll::Failed(diagnosis::explain(&scene.evidence(cx, outcome, None).await))
                }
                false => Poll::Pending(text),
            }
        }
    }))
}

/// Repeats the count that a service wants: where ECS is at work on it that changes nothing, and
/// starts no new deployment.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
async fn ask_again(cx: &Cx, service: &types::Service) -> Result<()> {
    let request = cx.client::<Client>()?.update_service().set_cluster(service.cluster_arn.clone());
    request.set_service(service.service_name.clone()).desired_count(service.desired_count).send().await?;
    Ok(())
}

/// What became of a deployment.
#[derive(Debug, PartialEq)]
enum Course<'a> {
    Unseen(&'static str),
    Going(&'a Deployment),
    Done,
    /// It cannot succeed any more; the task definition that runs instead, if another one does.
    Over {
        outcome: String,
        back_to: Option<String>,
    },
}

fn course<'a>(service: &'a types::Service, watch: &Watch, wanted: Option<&str>) -> Course<'a> {
    if watch.nothing {
        return Course::Done;
    }
    match service.status() {
        Some("DRAINING") => return over("the service is being deleted", None),
        Some("INACTIVE") if watch.seen => return over("the service was deleted", None),
        // The service of this name that was deleted before.
        Some("INACTIVE") => return Course::Unseen("not visible yet"),
        _ => {}
    }
    let Some(primary) = primary(service) else { return Course::Unseen("no deployment is visible yet") };
    let Some((id, began)) = &watch.deployment else {
        let actual = Value::from(primary.task_definition().unwrap_or_default());
        return match wanted.is_none_or(|wanted| same_task_definition(&actual, &wanted.into())) {
            true => progress(service, primary, primary),
            false => over("it runs a different task definition than requested", Some(primary)),
        };
    };
    match service.deployments().iter().find(|deployment| deployment.id() == Some(id)) {
        Some(ours) => progress(service, ours, primary),
        None if watch.seen || is_newer(primary, began.as_ref()) => superseded(primary),
        None => Course::Unseen("the deployment is not visible yet"),
    }
}

fn progress<'a>(service: &types::Service, ours: &'a Deployment, primary: &Deployment) -> Course<'a> {
    let replaced = ours.id() != primary.id();
    if has_failed(ours) {
        let reason = ours.rollout_state_reason().unwrap_or("the deployment failed");
        return over(reason, Some(primary).filter(|_| replaced));
    }
    let complete = match ours.rollout_state() {
        Some(state) => *state == DeploymentRolloutState::Completed,
        // ECS tells no state where a classic load balancer is involved.
        None => ours.pending_count == 0 && service.deployments().len() == 1,
    };
    match replaced {
        true if complete => Course::Done,
        true => superseded(primary),
        // With criteria for an early success ECS goes on with the rest of the tasks afterwards.
        false if complete && ends_early(service) => Course::Done,
        // A change of the desired count alone leaves a deployment complete.
        false if complete && ours.running_count >= ours.desired_count => Course::Done,
        false => Course::Going(ours),
    }
}

/// Another deployment took the place of ours: ECS went back, or somebody deployed at the same time.
fn superseded<'a>(primary: &Deployment) -> Course<'a> {
    match primary.rollout_state_reason().filter(|reason| reason.contains("roll")) {
        Some(reason) => over(reason, Some(primary)),
        None => over("another deployment replaced this one before it completed", Some(primary)),
    }
}

fn ends_early(service: &types::Service) -> bool {
    let early = service.deployment_configuration().and_then(|it| it.early_success_criteria());
    early.is_some_and(|early| early.enable)
}

fn over<'a>(outcome: &str, instead: Option<&Deployment>) -> Course<'a> {
    let back_to = instead.and_then(|it| it.task_definition()).map(|arn| last(arn).to_owned());
    Course::Over { outcome: outcome.to_owned(), back_to }
}

fn primary(service: &types::Service) -> Option<&Deployment> {
    service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))
}

fn has_failed(deployment: &Deployment) -> bool {
    deployment.rollout_state() == Some(&DeploymentRolloutState::Failed)
}

/// Whether a deployment was started or taken up again after a moment. Both times are AWS's.
fn is_newer(deployment: &Deployment, than: Option<&DateTime>) -> bool {
    let changed = deployment.updated_at().or(deployment.created_at());
    changed.zip(than).is_some_and(|(changed, than)| changed > than)
}

/// What is to be seen of a deployment beside the service itself. What may not be read is missing.
#[derive(Default)]
struct Scene {
    service: String,
    task_definition: Option<String>,
    running: i32,
    /// How many tasks of the deployment are to be seen, stopped ones too.
    tasks: usize,
    stops: Vec<Stop>,
    before: BTreeSet<String>,
    /// Targets of the deployment's tasks: how many are healthy, and the others. Nothing where there
    /// is no load balancer or its targets may not be read.
    healthy: Option<i32>,
    unhealthy: Vec<Target>,
    /// Events since the deployment began, the newest first.
    events: Vec<String>,
}

impl Scene {
    async fn of(cx: &Cx, service: &types::Service, watch: &Watch) -> Self {
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
    fn failures(&self) -> impl Iterator<Item = &Stop> {
        self.stops.iter().filter(|stop| diagnosis::is_failure(stop) && !self.before.contains(&stop.task))
    }

    /// Whether an event says that no task can be started, and none is there.
    fn is_idle(&self, deployment: &Deployment) -> bool {
        let none = deployment.running_count + deployment.pending_count == 0 && deployment.desired_count > 0;
        none && self.events.iter().any(|event| diagnosis::is_trouble(event))
    }

    /// Whether nothing at all has happened yet.
    fn is_silent(&self, service: &types::Service) -> bool {
        self.tasks == 0 && service.events().is_empty() && service.running_count < service.desired_count
    }

    /// Whether the service is steady by its own count, as the waiter `ServicesStable` of AWS's SDKs
    /// sees it. That is less than a completed rollout, and counts only where tasks are not to be seen.
    fn is_steady(&self, service: &types::Service) -> bool {
        let alone = service.deployments().len() == 1;
        let complete = service.running_count == service.desired_count && service.pending_count == 0;
        alone && complete && self.tasks == 0 && self.unhealthy.is_empty()
    }

    /// Why waiting on makes no sense, where it makes none.
    fn verdict(&self, service: &types::Service, deployment: &Deployment, idle: u32) -> Option<String> {
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
        match (hopeless, idle >= PATIENT_LOOKS) {
            (true, _) => Some(format!("its tasks fail repeatedly, {alike} of them for the same reason")),
            (_, true) => Some("none of its tasks can start".to_owned()),
            _ => None,
        }
    }

    /// How many tasks failed for the most frequent reason.
    fn most_alike(&self) -> i32 {
        let mut causes: Vec<String> = self.failures().map(diagnosis::cause).collect();
        causes.sort_unstable();
        causes.chunk_by(|a, b| a == b).map(|alike| alike.len() as i32).max().unwrap_or_default()
    }

    fn status(&self, deployment: &Deployment) -> String {
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

    async fn evidence(self, cx: &Cx, outcome: String, back_to: Option<String>) -> Evidence {
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
pub(super) struct Left(Vec<String>);

/// Remembers the tasks of a service before it is deleted.
pub(super) async fn tasks_left(cx: &Cx, place: &Place) -> Left {
    Left(task_arns(cx, place).await)
}

/// How many of them have not stopped yet, as far as they may be read.
pub(super) async fn still_stopping(cx: &Cx, place: &Place) -> usize {
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

type Health = aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;

/// The targets of a group, where they may be read.
async fn target_health(cx: &Cx, group: &str) -> Option<Vec<Health>> {
    let client = cx.client::<aws_sdk_elasticloadbalancingv2::Client>().ok()?;
    let answer = client.describe_target_health().target_group_arn(group).send().await.ok()?;
    answer.target_health_descriptions
}

/// How many targets at these addresses are healthy, and what is wrong with the others.
fn sort_targets(health: &[Health], addresses: &BTreeSet<&str>) -> (i32, Vec<Target>) {
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

#[cfg(test)]
mod tests;
