//! Following a rollout: the deployment that our own call started, and no other.
//!
//! ECS may take a deployment back and be steady again with the old tasks. What counts is therefore
//! what became of the very deployment whose id the create or update call answered.

mod scene;

use std::collections::BTreeSet;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, Deployment, DeploymentRolloutState};
use aws_smithy_types::DateTime;

use super::deployment::shifts;
use super::diagnosis;
use super::service::Place;
use super::shift::{self, Shift};
use super::{ServiceArgs, last, same_task_definition};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::{Poll, Stopwatch};
use crate::model::Value;
use scene::Scene;
pub(super) use scene::{still_stopping, tasks_left};

/// After how many looks without a task or an event ECS is asked once more for the tasks.
const SILENT_LOOKS: u32 = 5;

/// For how many looks the service's own count has to be right where no task is to be seen.
const STEADY_LOOKS: u32 = 3;

/// How many looks in a row may leave out what is beside the service, where nothing of it has changed.
const BLIND_LOOKS: u32 = 2;

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
    /// Since when no task could be started.
    idle: Option<Stopwatch>,
    /// How many looks in a row showed neither a task nor an event.
    silent: u32,
    /// How many looks in a row the service's count was right, with no task to be seen.
    steady: u32,
    /// The deployment, where it shifts traffic.
    shift: Shift,
    /// How the service is to deploy from now on, once this deployment is complete.
    then: Option<types::DeploymentConfiguration>,
    last: Option<Last>,
}

/// What a look saw beside the service, for the next ones.
#[derive(Clone, Debug)]
struct Last {
    scene: Scene,
    counts: Counts,
    /// How many looks have made do with it.
    looks: u32,
}

/// What ECS changes in a service when something happens to its tasks: how many of each deployment are
/// pending, run and have failed, and its newest event.
type Counts = (Vec<[i32; 3]>, Option<String>);

fn counts(service: &types::Service) -> Counts {
    let of = |it: &Deployment| [it.pending_count, it.running_count, it.failed_tasks];
    (service.deployments().iter().map(of).collect(), service.events().first().and_then(|it| it.id.clone()))
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

    /// What is to be seen beside the service. That takes four calls and more, so that where the service
    /// is as before, two looks of three make do with what the last one saw.
    async fn scene(&mut self, cx: &Cx, service: &types::Service) -> Scene {
        let counts = counts(service);
        if let Some(last) = &mut self.last
            && last.counts == counts
            && last.looks < BLIND_LOOKS
        {
            last.looks += 1;
            return last.scene.clone();
        }
        let scene = Scene::of(cx, service, self).await;
        self.last = Some(Last { scene: scene.clone(), counts, looks: 0 });
        scene
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
            let scene = watch.scene(cx, service).await;
            watch.before.get_or_insert_with(|| scene.failures().map(|stop| stop.task.clone()).collect());
            let scene = Scene { before: watch.before.clone().unwrap_or_default(), ..scene };
            let counted = |looks: u32, holds: bool| if holds { looks + 1 } else { 0 };
            watch.idle = scene.is_idle(deployment).then(|| watch.idle.unwrap_or_else(|| cx.clock.start()));
            watch.silent = counted(watch.silent, scene.is_silent(service));
            watch.steady = counted(watch.steady, scene.is_steady(service));
            if watch.silent == SILENT_LOOKS {
                ask_again(cx, service).await?;
            }
            let idle = watch.idle.map(|since| since.elapsed()).unwrap_or_default();
            match scene.verdict(service, deployment, idle) {
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
            let scene = watch.scene(cx, service).await;
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

#[cfg(test)]
mod tests;
