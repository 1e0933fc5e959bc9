//! One ECS service: its settings, its deployments, and how they are shown.

mod shown;

use super::script::{Rollout, RolloutState, Step, StoppedTask};
use crate::call::Call;
use crate::span::{Span, moment, now};
use crate::tree::{as_text, text};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Parameters whose change starts a deployment:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>.
const DEPLOYED: [&str; 9] = [
    "capacityProviderStrategy",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "taskDefinition",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// A task definition: its ARN, and the names of its containers.
#[derive(Clone, Debug, Default)]
pub struct Definition {
    pub arn: String,
    pub containers: Vec<String>,
}

#[derive(Debug)]
pub struct Service {
    pub arn: String,
    pub name: String,
    pub cluster: String,
    pub region: String,
    /// Being deleted.
    pub draining: bool,
    settings: Map<String, Value>,
    containers: Vec<String>,
    /// All there ever were, the newest last; that one is the primary.
    pub(super) deployments: Vec<Deployment>,
    /// The oldest first.
    events: Vec<(f64, String)>,
    created: f64,
}

#[derive(Debug)]
pub struct Deployment {
    pub(super) number: u64,
    pub(super) definition: Definition,
    pub(super) rollout: Rollout,
    /// Polls so far.
    pub(super) polls: usize,
    /// What the last poll has shown.
    pub(super) step: Step,
    pub(super) stopped: Vec<StoppedTask>,
    pub(super) created: f64,
    pub(super) updated: f64,
    start: Instant,
    /// The answers so far, and when one showed that it is complete.
    looks: usize,
    noticed: Option<f64>,
    /// The number of the failed deployment that this one rolls back.
    pub(super) rolls_back: Option<u64>,
    /// Replaced by a newer one: stopped if it was not complete.
    pub(super) replaced: bool,
    /// Whether its tasks are in the alternate target group.
    pub(super) alternate: bool,
    /// Whether the listeners know that it is complete.
    shifted: bool,
    /// Where it shifts traffic: the stages at which it pauses, and those pauses that are over.
    pub(super) pauses: Vec<Pause>,
}

/// A pause of a deployment that waits for ContinueServiceDeployment.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html>
#[derive(Debug)]
pub struct Pause {
    pub id: String,
    stage: String,
    action: Value,
    minutes: Value,
    pub over: bool,
}

impl Service {
    pub fn new(call: &Call, node: &Value) -> Self {
        Self {
            arn: text(node, "serviceArn"),
            name: text(node, "serviceName"),
            cluster: text(node, "clusterArn"),
            region: call.region.clone(),
            draining: false,
            settings: Map::new(),
            containers: Vec::new(),
            deployments: Vec::new(),
            events: Vec::new(),
            created: now(),
        }
    }

    pub fn setting(&self, name: &str) -> &Value {
        self.settings.get(name).unwrap_or(&Value::Null)
    }

    /// Takes over the parameters of CreateService or UpdateService, and says
    /// whether they start a deployment.
    pub fn update(&mut self, params: &Value, definition: Option<Definition>) -> bool {
        let mut deploys = self.deployments.is_empty() || params["forceNewDeployment"] == true;
        for (name, value) in params.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            let mut value = value.clone();
            if name == "taskDefinition"
                && let Some(definition) = &definition
            {
                value = definition.arn.as_str().into();
                self.containers.clone_from(&definition.containers);
            }
            deploys |= DEPLOYED.contains(&name.as_str()) && self.settings.get(name) != Some(&value);
            self.settings.insert(name.clone(), value);
        }
        deploys
    }

    /// Starts a deployment with the settings there are now.
    pub fn deploy(&mut self, number: u64, rollout: Rollout) {
        let definition =
            Definition { arn: as_text(self.setting("taskDefinition")), containers: self.containers.clone() };
        self.start(number, definition, rollout, None);
    }

    fn start(&mut self, number: u64, definition: Definition, rollout: Rollout, rolls_back: Option<u64>) {
        let complete = self.deployments.iter().rev().find(|it| it.step.state == RolloutState::Completed);
        let before = complete.is_some_and(|complete| complete.alternate);
        let shifts = self.shifts() && rolls_back.is_none() && complete.is_some();
        let alternate = if shifts { !before } else { before };
        let pauses = if shifts { self.pauses(number) } else { Vec::new() };
        if let Some(before) = self.deployments.last_mut() {
            before.replaced = true;
        }
        self.deployments.push(Deployment {
            alternate,
            shifted: false,
            pauses,
            number,
            definition,
            rollout,
            polls: 0,
            step: Step::in_progress(0, 0),
            stopped: Vec::new(),
            created: now(),
            updated: now(),
            start: Instant::now(),
            looks: 0,
            noticed: None,
            rolls_back,
            replaced: false,
        });
    }

    /// Goes one step on; answers with the task definition to go back to, if
    /// the deployment has just failed and the circuit breaker rolls back.
    pub fn poll(&mut self, numbers: &mut u64) -> Option<String> {
        let breaker = self.breaker("enable") || self.shifts();
        let desired = self.desired();
        let primary = self.deployments.last_mut()?;
        primary.looks += usize::from(primary.noticed.is_none());
        if primary.polls > primary.due() || primary.pauses.iter().any(|pause| !pause.over) {
            return None;
        }
        let step = primary.rollout.steps.get(primary.polls).cloned();
        if let Some(mut step) = step.filter(|step| step.state != RolloutState::Failed || breaker) {
            primary.polls += 1;
            primary.updated = now();
            let id = primary.id();
            for event in &mut step.events {
                let filled = event.replace("{service}", &self.name).replace("{deployment}", &id);
                self.events.push((now(), filled.replace("{tasks}", &desired.to_string())));
            }
            primary.stopped.append(&mut step.stopped);
            primary.step = step;
            if primary.step.state == RolloutState::Completed {
                primary.noticed = Some(now());
            }
            if primary.step.state == RolloutState::Failed {
                return self.roll_back(numbers);
            }
        }
        None
    }

    /// The deployments that have taken time, which is this long on AWS.
    pub fn spans(&self, on_aws: Duration) -> impl Iterator<Item = Span> {
        let timed = |(_, deployment): &(usize, &Deployment)| deployment.rollout.takes.is_some();
        self.deployments.iter().enumerate().filter(timed).map(move |(at, deployment)| Span {
            service: "ecs",
            kind: "Deployment",
            operation: if at == 0 { "CreateService" } else { "UpdateService" }.into(),
            region: self.region.clone(),
            id: self.arn.clone(),
            seconds: on_aws.as_secs_f64(),
            began: Some(moment(deployment.start)),
            noticed: deployment.noticed,
            looks: deployment.looks,
        })
    }

    fn roll_back(&mut self, numbers: &mut u64) -> Option<String> {
        let failed = self.deployments.last()?;
        let good =
            self.deployments.iter().rev().find(|before| before.step.state == RolloutState::Completed)?;
        if !(self.breaker("rollback") || self.shifts()) || failed.rolls_back.is_some() {
            return None;
        }
        let steps = failed.rollout.rollback.clone();
        let (number, definition) = (failed.number, good.definition.clone());
        *numbers += 1;
        self.start(*numbers, definition.clone(), Rollout { steps, ..Rollout::of([]) }, Some(number));
        let id = self.deployments.last()?.id();
        self.events.push((now(), format!("(service {}) rolling back to deployment {id}.", self.name)));
        self.settings.insert("taskDefinition".into(), definition.arn.as_str().into());
        self.containers.clone_from(&definition.containers);
        Some(definition.arn)
    }

    /// Ends a deployment that is in progress, as StopServiceDeployment does;
    /// the rollback shows at the next poll.
    pub fn stop_deployment(&mut self, arn: &str) -> bool {
        let found = self
            .deployments
            .last()
            .is_some_and(|deployment| self.part("service-deployment", deployment.number) == arn);
        if found && let Some(primary) = self.deployments.last_mut() {
            primary.rollout.steps =
                vec![Step { reason: "Service deployment stopped by user.".into(), ..Step::failed() }];
            primary.polls = 0;
        }
        found
    }

    /// Whether deployments shift traffic from one target group to the other.
    pub(super) fn shifts(&self) -> bool {
        let strategy = &self.setting("deploymentConfiguration")["strategy"];
        !strategy.is_null() && strategy != "ROLLING"
    }

    pub(super) fn strategy(&self) -> Option<&str> {
        self.setting("deploymentConfiguration")["strategy"].as_str()
    }

    /// Whether a deployment is in progress.
    pub(super) fn is_busy(&self) -> bool {
        self.deployments.last().is_some_and(|it| it.step.state == RolloutState::InProgress)
    }

    fn pauses(&self, number: u64) -> Vec<Pause> {
        let hooks = self.setting("deploymentConfiguration")["lifecycleHooks"].as_array().cloned();
        let paused = hooks.unwrap_or_default().into_iter().filter(|hook| hook["targetType"] == "PAUSE");
        let mut pauses = Vec::new();
        for hook in paused {
            for stage in hook["lifecycleStages"].as_array().into_iter().flatten() {
                let timeout = &hook["timeoutConfiguration"];
                pauses.push(Pause {
                    id: format!("ecs-pause-{number}-{}", pauses.len()),
                    stage: as_text(stage),
                    action: timeout["action"].clone(),
                    minutes: timeout["timeoutInMinutes"].clone(),
                    over: false,
                });
            }
        }
        pauses
    }

    /// Ends a pause; `None` where there is no such.
    pub fn resume(&mut self, arn: &str, hook: &str, action: &str) -> Option<()> {
        let number = |it: &Deployment| self.part("service-deployment", it.number) == arn;
        let at = self.deployments.iter().position(number)?;
        let deployment = self.deployments.get_mut(at)?;
        deployment.pauses.iter_mut().find(|pause| pause.id == hook && !pause.over)?.over = true;
        if action == "ROLLBACK" {
            let reason = "The lifecycle hook was resolved with the action ROLLBACK.";
            deployment.pauses.iter_mut().for_each(|pause| pause.over = true);
            deployment.rollout.steps = vec![Step { reason: reason.into(), ..Step::failed() }];
            deployment.polls = 0;
        }
        Some(())
    }

    /// The target groups of a load balancer of the service: the one that says so, and the other.
    pub(super) fn groups(balancer: &Value) -> [String; 2] {
        [
            text(balancer, "targetGroupArn"),
            text(&balancer["advancedConfiguration"], "alternateTargetGroupArn"),
        ]
    }

    /// What the rules of listeners are to be once the newest deployment is complete: all requests go to
    /// its target group. <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
    pub fn weights(&mut self) -> Vec<Value> {
        let shifts = self.shifts();
        let done = self.deployments.last_mut().filter(|it| it.step.state == RolloutState::Completed);
        let Some(done) = done.filter(|done| shifts && !done.shifted) else { return Vec::new() };
        done.shifted = true;
        let alternate = done.alternate;
        let balancers = self.setting("loadBalancers").as_array().into_iter().flatten();
        let rules = balancers.flat_map(|balancer| {
            let [own, other] = Self::groups(balancer);
            let advanced = &balancer["advancedConfiguration"];
            let (full, empty) = if alternate { (other, own) } else { (own, other) };
            ["productionListenerRule", "testListenerRule"].into_iter().filter_map(move |rule| {
                let rule = advanced[rule].as_str()?.to_owned();
                let group = |at: usize| format!("Actions.member.1.ForwardConfig.TargetGroups.member.{at}");
                let mut params = json!({ "RuleArn": rule, "Actions.member.1.Type": "forward" });
                for (at, (arn, weight)) in [(full.clone(), 100), (empty.clone(), 0)].iter().enumerate() {
                    let group = group(at + 1);
                    params[format!("{group}.TargetGroupArn")] = arn.as_str().into();
                    params[format!("{group}.Weight")] = (*weight).into();
                }
                Some(params)
            })
        });
        rules.collect()
    }

    fn breaker(&self, switch: &str) -> bool {
        self.setting("deploymentConfiguration")["deploymentCircuitBreaker"][switch] == true
    }

    pub fn desired(&self) -> u32 {
        self.setting("desiredCount").as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
    }

    /// The deployments that still have tasks: the primary, and until it is
    /// complete those that it replaces.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Deployment> {
        let primary = self.deployments.last();
        let done = primary.is_none_or(|primary| primary.step.state == RolloutState::Completed);
        let rolls_back = primary.and_then(|primary| primary.rolls_back);
        let complete =
            self.deployments.iter().rposition(|before| before.step.state == RolloutState::Completed);
        let replaced = self.deployments.iter().enumerate().rev().skip(1).filter(move |(at, before)| {
            !done && (rolls_back == Some(before.number) || (rolls_back.is_none() && complete == Some(*at)))
        });
        primary.into_iter().chain(replaced.map(|(_, before)| before))
    }

    pub(super) fn tasks_of(&self, deployment: &Deployment) -> u32 {
        match deployment.rolls_back {
            // A rollback takes over what is left of the good deployment.
            Some(_) => self.desired(),
            None => deployment.step.running.unwrap_or_else(|| self.desired()),
        }
    }

    pub fn running(&self) -> u32 {
        self.shown().map(|deployment| self.tasks_of(deployment)).sum()
    }

    pub fn pending(&self) -> u32 {
        self.shown().map(|deployment| deployment.step.pending).sum()
    }

    pub fn has_tasks(&self) -> bool {
        self.running() + self.pending() > 0
    }
}

impl Deployment {
    /// The step that its time has come to.
    fn due(&self) -> usize {
        let last = self.rollout.steps.len().saturating_sub(1);
        self.rollout.takes.map_or(usize::MAX, |takes| {
            let done = self.start.elapsed().div_duration_f64(takes).min(1.0);
            (done * last as f64) as usize
        })
    }

    pub(super) fn id(&self) -> String {
        format!("ecs-svc/{}", digits(self.number))
    }
}

/// An id as ECS makes them: nineteen digits.
fn digits(number: u64) -> u64 {
    1_000_000_000_000_000_000 + number
}
