//! How a service and its deployments are shown.

use super::{Deployment, Service, digits};
use crate::ecs::script::RolloutState;
use crate::tree::text;
use serde_json::{Value, json};

/// Settings that a service shows as they were given; moto forgets most of them.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html>
const SHOWN: [&str; 14] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "serviceRegistries",
];

impl Service {
    /// Puts into a service as moto shows it what AWS shows besides.
    pub fn complete(&self, node: &mut Value) {
        for name in SHOWN {
            if let Some(value) = self.settings.get(name) {
                node[name] = value.clone();
            }
        }
        if self.draining {
            node["desiredCount"] = 0.into();
        }
        let network = &mut node["networkConfiguration"]["awsvpcConfiguration"];
        if network.is_object() && network["assignPublicIp"].is_null() {
            network["assignPublicIp"] = "DISABLED".into();
        }
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
        let mut configuration = json!({
            "deploymentCircuitBreaker": {"enable": false, "rollback": false},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        });
        for (name, value) in self.setting("deploymentConfiguration").as_object().into_iter().flatten() {
            configuration[name] = value.clone();
        }
        node["deploymentConfiguration"] = configuration;
        if node["launchType"] == "FARGATE" {
            node["platformFamily"] = "Linux".into();
            if node["platformVersion"].is_null() {
                node["platformVersion"] = "LATEST".into();
            }
        }
        node["taskDefinition"] = self.setting("taskDefinition").clone();
        node["createdAt"] = self.created.into();
        node["runningCount"] = self.running().into();
        node["pendingCount"] = self.pending().into();
        node["events"] = self.events.iter().enumerate().rev().map(|(number, (at, message))| {
            json!({"id": format!("event-{number}"), "createdAt": at, "message": message})
        }).collect();
        let deployments: Vec<Value> =
            self.shown().enumerate().map(|(place, shown)| self.show(place, shown, node)).collect();
        node["deployments"] = deployments.into();
    }

    fn show(&self, place: usize, deployment: &Deployment, node: &Value) -> Value {
        let id = deployment.id();
        let step = &deployment.step;
        let reason = match step.state {
            _ if !step.reason.is_empty() => step.reason.clone(),
            RolloutState::InProgress if deployment.rolls_back.is_some() => {
                format!("ECS deployment circuit breaker: rolling back to deploymentId {id}.")
            }
            RolloutState::InProgress => format!("ECS deployment {id} in progress."),
            RolloutState::Completed => format!("ECS deployment {id} completed."),
            RolloutState::Failed => "ECS deployment circuit breaker: tasks failed to start.".into(),
        };
        json!({
            "id": id,
            "status": if place == 0 { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": deployment.definition.arn,
            "desiredCount": if step.state == RolloutState::Failed { 0 } else { self.desired() },
            "runningCount": self.tasks_of(deployment),
            "pendingCount": step.pending,
            "failedTasks": step.failed,
            "createdAt": deployment.created,
            "updatedAt": deployment.updated,
            "launchType": node["launchType"],
            "platformVersion": node["platformVersion"],
            "platformFamily": node["platformFamily"],
            "networkConfiguration": node["networkConfiguration"],
            "rolloutState": step.state,
            "rolloutStateReason": reason,
            "volumeConfigurations": self.settings.get("volumeConfigurations").cloned().unwrap_or(json!([])),
        })
    }

    /// `arn:aws:ecs:<region>:<account>:<part>/<cluster>/<service>/<id>`
    pub(super) fn part(&self, part: &str, number: u64) -> String {
        format!("{}/{}", self.arn.replacen(":service/", &format!(":{part}/"), 1), digits(number))
    }

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html>, the newest first.
    pub fn deployment_briefs(&self, statuses: &[String]) -> Vec<Value> {
        let mut briefs = Vec::new();
        for deployment in self.deployments.iter().rev().filter(|deployment| deployment.rolls_back.is_none()) {
            let mut detail = self.detail(deployment);
            let wanted = statuses.is_empty() || statuses.contains(&text(&detail, "status"));
            if wanted && let Value::Object(fields) = &mut detail {
                fields.retain(|name, _| {
                    !matches!(
                        name.as_str(),
                        "deploymentCircuitBreaker"
                            | "deploymentConfiguration"
                            | "lifecycleHookDetails"
                            | "lifecycleStage"
                            | "rollback"
                            | "updatedAt"
                            | "sourceServiceRevisions"
                            | "targetServiceRevision"
                    )
                });
                fields.insert(
                    "targetServiceRevisionArn".into(),
                    self.part("service-revision", deployment.number).into(),
                );
                briefs.push(detail);
            }
        }
        briefs
    }

    pub fn deployment_detail(&self, arn: &str) -> Option<Value> {
        let found = |deployment: &&Deployment| self.part("service-deployment", deployment.number) == arn;
        self.deployments.iter().find(found).map(|deployment| self.detail(deployment))
    }

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html>
    pub(super) fn detail(&self, deployment: &Deployment) -> Value {
        let rollback = self.deployments.iter().find(|other| other.rolls_back == Some(deployment.number));
        let (status, reason) = match (deployment.step.state, rollback) {
            (RolloutState::Completed, _) => ("SUCCESSFUL", ""),
            (RolloutState::InProgress, _) if deployment.replaced => {
                ("STOPPED", "Service deployment stopped because a new service deployment was started.")
            }
            (RolloutState::InProgress, _) => ("IN_PROGRESS", ""),
            (RolloutState::Failed, None) => {
                ("STOPPED", "Service deployment stopped because the circuit breaker threshold was exceeded.")
            }
            (RolloutState::Failed, Some(rollback)) => {
                let status = match rollback.step.state {
                    RolloutState::InProgress => "ROLLBACK_IN_PROGRESS",
                    RolloutState::Completed => "ROLLBACK_SUCCESSFUL",
                    RolloutState::Failed => "ROLLBACK_FAILED",
                };
                (status, "Service deployment rolled back because the circuit breaker threshold was exceeded.")
            }
        };
        let (status, reason) = match deployment.step.reason.as_str() {
            "" => (status, reason),
            said if deployment.step.state == RolloutState::Failed => (status, said),
            _ => (status, reason),
        };
        let revision = |of: &Deployment| {
            json!({
                "arn": self.part("service-revision", of.number),
                "requestedTaskCount": self.desired(),
                "runningTaskCount": self.tasks_of(of),
                "pendingTaskCount": of.step.pending,
            })
        };
        let before = self.deployments.iter().rev().filter(|other| other.number < deployment.number);
        let source = before.filter(|other| other.step.state == RolloutState::Completed).take(1);
        let breaker = match (self.breaker("enable"), deployment.step.state) {
            (false, _) => "DISABLED",
            (true, RolloutState::InProgress) => "MONITORING",
            (true, RolloutState::Completed) => "MONITORING_COMPLETE",
            (true, RolloutState::Failed) => "TRIGGERED",
        };
        let mut detail = json!({
            "serviceDeploymentArn": self.part("service-deployment", deployment.number),
            "serviceArn": self.arn,
            "clusterArn": self.cluster,
            "createdAt": deployment.created,
            "startedAt": deployment.created,
            "updatedAt": deployment.updated,
            "status": status,
            "sourceServiceRevisions": source.map(revision).collect::<Vec<_>>(),
            "targetServiceRevision": revision(deployment),
            "deploymentConfiguration": self.setting("deploymentConfiguration"),
            "deploymentCircuitBreaker": {
                "status": breaker,
                "failureCount": deployment.step.failed,
                // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentCircuitBreaker.html
                "threshold": (self.desired().div_ceil(2)).clamp(3, 200),
            },
        });
        if self.shifts() && status == "IN_PROGRESS" {
            let paused = deployment.pauses.iter().find(|pause| !pause.over);
            detail["lifecycleStage"] = paused.map_or("SCALE_UP", |pause| &pause.stage).into();
            let hooks = paused.map(|pause| {
                let minutes = pause.minutes.as_f64().unwrap_or(1440.0);
                json!({
                    "hookId": pause.id,
                    "targetType": "PAUSE",
                    "status": "AWAITING_ACTION",
                    "expiresAt": deployment.created + 60.0 * minutes,
                    "timeoutAction": if pause.action.is_null() { "ROLLBACK".into() } else { pause.action.clone() },
                })
            });
            detail["lifecycleHookDetails"] = hooks.into_iter().collect();
        }
        if !reason.is_empty() {
            detail["statusReason"] = reason.into();
        }
        if !matches!(status, "IN_PROGRESS" | "ROLLBACK_IN_PROGRESS") {
            detail["finishedAt"] = deployment.updated.into();
        }
        if let Some(rollback) = rollback {
            detail["rollback"] = json!({
                "reason": reason,
                "startedAt": rollback.created,
                "serviceRevisionArn": self.part("service-revision", rollback.number),
            });
        }
        detail
    }

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html>
    pub fn revision(&self, arn: &str) -> Option<Value> {
        let found = |deployment: &&Deployment| self.part("service-revision", deployment.number) == arn;
        let deployment = self.deployments.iter().find(found)?;
        Some(json!({
            "serviceRevisionArn": arn,
            "serviceArn": self.arn,
            "clusterArn": self.cluster,
            "taskDefinition": deployment.definition.arn,
            "launchType": self.setting("launchType"),
            "loadBalancers": self.setting("loadBalancers"),
            "networkConfiguration": self.setting("networkConfiguration"),
            "createdAt": deployment.created,
            "guardDutyEnabled": false,
        }))
    }
}
