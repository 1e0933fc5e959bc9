//! Following a deployment that shifts traffic: blue/green, canary or linear.
//!
//! ECS tells how far it is by the service deployment, which is another thing than the deployments that
//! a service shows: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html>.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    DeploymentLifecycleHookAction, DeploymentLifecycleHookDetail, DeploymentLifecycleHookStatus,
    DeploymentLifecycleHookTargetType, ServiceDeployment, ServiceDeploymentBrief, ServiceDeploymentStatus,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::service::Place;
use crate::aws::context::Cx;
use crate::aws::error::Result;

/// For how many looks a deployment may stay out of sight before there is none.
const UNSEEN_LOOKS: u32 = 3;

/// What the wait for such a deployment knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Shift {
    /// The newest service deployment before the change.
    before: Option<String>,
    /// The one that the change started.
    ours: Option<String>,
    /// How many looks in a row showed none.
    unseen: u32,
    /// The pause that a person has been told of.
    told: Option<String>,
}

/// What became of a deployment that shifts traffic.
pub(super) enum Course {
    /// It is not to be seen, or may not be.
    Unknown,
    Unseen,
    Done,
    Going(Box<ServiceDeployment>),
    Over(String),
}

/// The newest service deployment, where it may be read.
pub(super) async fn newest(cx: &Cx, place: &Place) -> Option<ServiceDeploymentBrief> {
    let request = cx.client::<Client>().ok()?.list_service_deployments();
    let answer = request.cluster(&place.cluster).service(&place.service).send().await.ok()?;
    let all = answer.service_deployments.unwrap_or_default();
    all.into_iter().max_by_key(|deployment| deployment.created_at.map(|at| at.as_nanos()))
}

/// Whether ECS took the deployment back or gave it up.
pub(super) fn was_taken_back(deployment: &ServiceDeploymentBrief) -> bool {
    use ServiceDeploymentStatus::{RollbackFailed, RollbackSuccessful, Stopped};
    matches!(deployment.status(), Some(RollbackFailed | RollbackSuccessful | Stopped))
}

impl Shift {
    /// Before a change: whatever comes after this deployment is of the change.
    pub fn after(newest: Option<ServiceDeploymentBrief>) -> Self {
        Shift { before: newest.and_then(|newest| newest.service_deployment_arn), ..Shift::default() }
    }

    /// One look.
    pub async fn look(&mut self, cx: &Cx, place: &Place) -> Result<Course> {
        if self.ours.is_none() {
            let Some(newest) = newest(cx, place).await else { return Ok(Course::Unknown) };
            let is_new = newest.service_deployment_arn != self.before;
            // One that an earlier run started goes on.
            if is_new || is_going(newest.status()) {
                self.ours.clone_from(&newest.service_deployment_arn);
            }
        }
        let Some(arn) = &self.ours else {
            self.unseen += 1;
            return Ok(if self.unseen > UNSEEN_LOOKS { Course::Done } else { Course::Unseen });
        };
        let request = cx.client::<Client>()?.describe_service_deployments().service_deployment_arns(arn);
        let answer = request.send().await?;
        let Some(deployment) = answer.service_deployments.unwrap_or_default().pop() else {
            return Ok(Course::Unseen);
        };
        Ok(match deployment.status() {
            Some(ServiceDeploymentStatus::Successful) => Course::Done,
            status if is_going(status) => {
                self.tell(cx, &deployment);
                Course::Going(Box::new(deployment))
            }
            _ => Course::Over(outcome(&deployment)),
        })
    }

    /// Tells a person once that the deployment waits for them, and how to go on or back.
    fn tell(&mut self, cx: &Cx, deployment: &ServiceDeployment) {
        let Some(hook) = waiting(deployment) else { return };
        if self.told == hook.hook_id {
            return;
        }
        self.told.clone_from(&hook.hook_id);
        cx.progress.tell(&request(cx.region().unwrap_or_default(), deployment, hook));
    }
}

fn is_going(status: Option<&ServiceDeploymentStatus>) -> bool {
    use ServiceDeploymentStatus::{
        InProgress, Pending, RollbackInProgress, RollbackRequested, StopRequested,
    };
    matches!(
        status,
        Some(Pending | InProgress | StopRequested | RollbackRequested | RollbackInProgress) | None
    )
}

/// The pause that waits for a person.
fn waiting(deployment: &ServiceDeployment) -> Option<&DeploymentLifecycleHookDetail> {
    deployment.lifecycle_hook_details().iter().find(|hook| {
        hook.target_type() == Some(&DeploymentLifecycleHookTargetType::Pause)
            && hook.status() == Some(&DeploymentLifecycleHookStatus::AwaitingAction)
    })
}

/// What a person is asked for.
fn request(region: &str, deployment: &ServiceDeployment, hook: &DeploymentLifecycleHookDetail) -> String {
    let (arn, id) =
        (deployment.service_deployment_arn().unwrap_or_default(), hook.hook_id().unwrap_or_default());
    let command = |action: &str| {
        format!(
            "aws ecs continue-service-deployment --region {region} --service-deployment-arn {arn} --hook-id {id} --action {action}"
        )
    };
    let mut text = format!("the deployment is paused{} and waits for a decision", at_stage(deployment));
    if let Some(until) = hook.expires_at() {
        let then = match hook.timeout_action() {
            Some(DeploymentLifecycleHookAction::Continue) => "continues it",
            _ => "rolls it back",
        };
        text.push_str(&format!("; without one, ECS {then} at {}", clock(until)));
    }
    format!("{text}\nTo continue: {}\nTo roll back: {}", command("CONTINUE"), command("ROLLBACK"))
}

fn clock(time: &DateTime) -> String {
    time.fmt(Format::DateTime).unwrap_or_else(|_| time.to_string())
}

fn at_stage(deployment: &ServiceDeployment) -> String {
    let stage = deployment.lifecycle_stage();
    stage.map(|stage| format!(" at {}", stage.as_str())).unwrap_or_default()
}

/// How far the deployment is, in one line.
pub(super) fn status(deployment: &ServiceDeployment) -> String {
    use ServiceDeploymentStatus::{RollbackInProgress, RollbackRequested, StopRequested};
    let mut text = match (deployment.status(), waiting(deployment)) {
        (Some(RollbackRequested | RollbackInProgress | StopRequested), _) => "rolling back".to_owned(),
        (_, Some(_)) => format!("paused{}, waiting for a decision", at_stage(deployment)),
        (Some(status @ ServiceDeploymentStatus::Pending), _) => status.as_str().to_lowercase(),
        _ => match deployment.lifecycle_stage() {
            Some(stage) => stage.as_str().to_lowercase().replace('_', " "),
            None => "in progress".to_owned(),
        },
    };
    if let Some(target) = deployment.target_service_revision() {
        let (running, requested) = (target.running_task_count, target.requested_task_count);
        text.push_str(&format!(", {running} of {requested} new tasks running"));
        if let Some(weight) = target.requested_production_traffic_weight {
            text.push_str(&format!(", {weight}% of the traffic"));
        }
    }
    text
}

/// What ECS says of a deployment that did not succeed.
fn outcome(deployment: &ServiceDeployment) -> String {
    let reason = deployment.rollback().and_then(|rollback| rollback.reason());
    let reason = reason.or(deployment.status_reason()).filter(|reason| !reason.is_empty());
    let status = deployment.status().map_or("UNKNOWN", |status| status.as_str());
    let at = at_stage(deployment);
    match reason {
        Some(reason) => format!("the deployment ended with the status {status}{at}: {reason}"),
        None => format!("the deployment ended with the status {status}{at}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_sdk_ecs::types::{Rollback, ServiceDeploymentLifecycleStage as Stage};

    fn deployment(status: ServiceDeploymentStatus) -> aws_sdk_ecs::types::builders::ServiceDeploymentBuilder {
        ServiceDeployment::builder()
            .service_deployment_arn("arn:d")
            .status(status)
            .lifecycle_stage(Stage::PostTestTrafficShift)
    }

    #[test]
    fn a_pause_says_how_to_go_on_and_back() {
        let hook = DeploymentLifecycleHookDetail::builder()
            .hook_id("ecs-pause-1")
            .target_type(DeploymentLifecycleHookTargetType::Pause)
            .status(DeploymentLifecycleHookStatus::AwaitingAction)
            .expires_at(DateTime::from_secs(0))
            .timeout_action(DeploymentLifecycleHookAction::Rollback)
            .build();
        let paused =
            deployment(ServiceDeploymentStatus::InProgress).lifecycle_hook_details(hook.clone()).build();
        assert_eq!(status(&paused), "paused at POST_TEST_TRAFFIC_SHIFT, waiting for a decision");
        let text = request("eu-west-1", &paused, &hook);
        assert!(text.contains("without one, ECS rolls it back at 1970-01-01T00:00:00Z"), "{text}");
        for action in ["CONTINUE", "ROLLBACK"] {
            let command = format!(
                "aws ecs continue-service-deployment --region eu-west-1 --service-deployment-arn arn:d --hook-id ecs-pause-1 --action {action}"
            );
            assert!(text.contains(&command), "{text}");
        }
    }

    #[test]
    fn what_ecs_says_of_a_rollback_is_the_outcome() {
        let taken = deployment(ServiceDeploymentStatus::RollbackSuccessful)
            .rollback(Rollback::builder().reason("the alarm errors is in ALARM").build())
            .build();
        assert_eq!(
            outcome(&taken),
            "the deployment ended with the status ROLLBACK_SUCCESSFUL at POST_TEST_TRAFFIC_SHIFT: the alarm errors is in ALARM"
        );
    }
}
