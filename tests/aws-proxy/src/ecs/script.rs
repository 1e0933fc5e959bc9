//! What a test says about a rollout.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One rollout, poll by poll: each DescribeServices shows the next step, the
/// last step stays. A service that a test says nothing about is steady at once.
///
/// A step with `Failed` counts only where the service has its circuit breaker
/// enabled; without one, ECS goes on trying:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollout {
    pub steps: Vec<Step>,
    /// How long all steps but the last take together; none for one a poll.
    #[serde(skip)]
    pub takes: Option<Duration>,
    /// The steps of the rollback, if the rollout fails and the circuit breaker rolls back.
    pub rollback: Vec<Step>,
}

/// What one poll shows. `{service}`, `{deployment}` and `{tasks}` in texts are filled in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    pub state: RolloutState,
    /// The rollout state's reason; a usual one if empty.
    pub reason: String,
    /// Running tasks; all that are desired if none.
    pub running: Option<u32>,
    pub pending: u32,
    /// Failed tasks so far.
    pub failed: u32,
    /// New service events, the oldest first.
    pub events: Vec<String>,
    /// Tasks that have stopped since the step before.
    pub stopped: Vec<StoppedTask>,
    /// The health of the running tasks as targets, in order; healthy where it says nothing.
    pub targets: Vec<TargetHealth>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RolloutState {
    #[default]
    InProgress,
    Completed,
    Failed,
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoppedTask {
    pub stop_code: String,
    pub reason: String,
    pub containers: Vec<StoppedContainer>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoppedContainer {
    pub name: String,
    pub exit_code: Option<i32>,
    pub reason: Option<String>,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetHealth {
    pub state: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub description: String,
}

impl Default for Rollout {
    fn default() -> Self {
        Self::steady(0)
    }
}

impl Rollout {
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            takes: None,
            rollback: vec![Step::in_progress(0, 0), Step::completed()],
        }
    }

    /// In progress for this many polls, then complete.
    pub fn steady(polls: usize) -> Self {
        let mut steps = vec![Step::in_progress(0, 1); polls];
        if let Some(first) = steps.first_mut() {
            first.events.push("(service {service}) has started {tasks} tasks.".into());
        }
        Self::of(steps.into_iter().chain([Step::completed()]))
    }

    /// In progress for this long, then complete: tasks are started, run, and become healthy.
    pub fn timed(takes: Duration, tasks: u32) -> Self {
        let started = "(service {service}) has started {tasks} tasks.";
        let registered = "(service {service}) registered {tasks} targets.";
        let steps = [
            Step { events: vec![started.into()], ..Step::in_progress(0, tasks) },
            Step { events: vec![registered.into()], ..Step::in_progress(tasks, 0) },
            Step::completed(),
        ];
        Self { takes: Some(takes), ..Self::of(steps) }
    }

    /// One task after the other stops like this, until the circuit breaker has
    /// seen three, its smallest threshold.
    pub fn failing(task: &StoppedTask) -> Self {
        let attempts = (1..=3).map(|failed| Step {
            failed,
            stopped: vec![task.clone()],
            events: vec!["(service {service}) has started 1 tasks.".into()],
            ..Step::in_progress(0, 1)
        });
        Self::of(attempts.chain([Step { failed: 3, ..Step::failed() }]))
    }

    /// Never gets any further, and says so in a service event.
    pub fn stuck(event: &str) -> Self {
        Self::of([Step { events: vec![event.into()], ..Step::in_progress(0, 0) }])
    }
}

impl Step {
    pub fn in_progress(running: u32, pending: u32) -> Self {
        Self { running: Some(running), pending, ..Self::default() }
    }

    pub fn completed() -> Self {
        Self {
            state: RolloutState::Completed,
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
            events: vec!["(service {service}) has reached a steady state.".into()],
            ..Self::default()
        }
    }

    pub fn failed() -> Self {
        Self {
            state: RolloutState::Failed,
            running: Some(0),
            events: vec![
                "(service {service}) (deployment {deployment}) deployment failed: tasks failed to start."
                    .into(),
            ],
            ..Self::default()
        }
    }

    pub fn event(mut self, message: &str) -> Self {
        self.events.push(message.into());
        self
    }

    pub fn stopped(mut self, task: StoppedTask) -> Self {
        self.stopped.push(task);
        self
    }

    pub fn target(mut self, health: TargetHealth) -> Self {
        self.targets.push(health);
        self
    }
}

impl StoppedTask {
    /// A container ended with this code.
    pub fn exited(container: &str, code: i32) -> Self {
        Self {
            stop_code: "EssentialContainerExited".into(),
            reason: "Essential container in task exited".into(),
            containers: vec![StoppedContainer {
                name: container.into(),
                exit_code: Some(code),
                reason: None,
            }],
        }
    }

    /// A container was killed because it used more memory than it may.
    pub fn out_of_memory(container: &str) -> Self {
        let mut task = Self::exited(container, 137);
        task.containers[0].reason = Some("OutOfMemoryError: Container killed due to memory usage".into());
        task
    }

    /// The image or a secret could not be fetched.
    pub fn failed_to_start(reason: &str) -> Self {
        Self { stop_code: "TaskFailedToStart".into(), reason: reason.into(), containers: Vec::new() }
    }

    /// ECS itself has stopped the task, such as after failed health checks.
    pub fn by_scheduler(reason: &str) -> Self {
        Self { stop_code: "ServiceSchedulerInitiated".into(), reason: reason.into(), containers: Vec::new() }
    }
}

impl TargetHealth {
    pub fn healthy() -> Self {
        Self::new("healthy", "", "")
    }

    pub fn initial() -> Self {
        Self::new("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    }

    pub fn unhealthy(reason: &str, description: &str) -> Self {
        Self::new("unhealthy", reason, description)
    }

    fn new(state: &str, reason: &str, description: &str) -> Self {
        Self { state: state.into(), reason: reason.into(), description: description.into() }
    }
}
