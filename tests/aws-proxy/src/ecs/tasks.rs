//! The tasks of a service, and the targets that they are.

use super::script::TargetHealth;
use super::service::{Deployment, Service};
use serde_json::{Value, json};

impl Service {
    /// All tasks, those that have stopped included.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>
    pub fn tasks(&self) -> Vec<Value> {
        let mut tasks = Vec::new();
        for deployment in self.shown() {
            let running = self.tasks_of(deployment);
            for at in 0..running + deployment.step.pending {
                let status = if at < running { "RUNNING" } else { "PENDING" };
                let mut task = self.task(deployment, at, status, "RUNNING");
                task["containers"] = deployment.definition.containers.iter().map(|name| {
                    json!({"name": name, "lastStatus": status, "networkInterfaces": [{"privateIpv4Address": address(deployment.number, at)}]})
                }).collect();
                tasks.push(task);
            }
        }
        for deployment in &self.deployments {
            for (at, stopped) in (1000..).zip(&deployment.stopped) {
                let mut task = self.task(deployment, at, "STOPPED", "STOPPED");
                task["stopCode"] = stopped.stop_code.as_str().into();
                task["stoppedReason"] = stopped.reason.as_str().into();
                task["stoppedAt"] = deployment.updated.into();
                task["containers"] = stopped.containers.iter().map(|container| {
                    json!({"name": container.name, "lastStatus": "STOPPED", "exitCode": container.exit_code, "reason": container.reason})
                }).collect();
                tasks.push(task);
            }
        }
        tasks
    }

    fn task(&self, deployment: &Deployment, at: u32, last_status: &str, desired_status: &str) -> Value {
        let id = format!("{:016x}{at:016x}", deployment.number);
        json!({
            "taskArn": format!("{}/{id}", self.arn.replacen(":service/", ":task/", 1).trim_end_matches(&self.name).trim_end_matches('/')),
            "clusterArn": self.cluster,
            "taskDefinitionArn": deployment.definition.arn,
            "group": format!("service:{}", self.name),
            "startedBy": deployment.id(),
            "lastStatus": last_status,
            "desiredStatus": desired_status,
            "healthStatus": "UNKNOWN",
            "launchType": self.setting("launchType"),
            "createdAt": deployment.created,
            "startedAt": deployment.created,
        })
    }

    /// Whether the service registers its tasks with a target group.
    pub fn serves(&self, target_group: &str) -> bool {
        self.ports(target_group).next().is_some()
    }

    /// The ports in a target group, and whether it is the alternate one.
    fn ports(&self, target_group: &str) -> impl Iterator<Item = (&Value, bool)> {
        let balancers = self.setting("loadBalancers").as_array().into_iter().flatten();
        balancers.filter_map(move |balancer| {
            let at = Self::groups(balancer).iter().position(|group| group == target_group)?;
            Some((&balancer["containerPort"], at == 1))
        })
    }

    pub fn target_health(&self, target_group: &str) -> Vec<Value> {
        let mut targets = Vec::new();
        for (port, alternate) in self.ports(target_group) {
            for deployment in self.shown().filter(|deployment| deployment.alternate == alternate) {
                for at in 0..self.tasks_of(deployment) {
                    let health = deployment
                        .step
                        .targets
                        .get(at as usize)
                        .cloned()
                        .unwrap_or_else(TargetHealth::healthy);
                    let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
                    targets.push(json!({
                        "Target": {"Id": address(deployment.number, at), "Port": port},
                        "HealthCheckPort": port,
                        "TargetHealth": {
                            "State": health.state,
                            "Reason": text(&health.reason),
                            "Description": text(&health.description),
                        },
                    }));
                }
            }
        }
        targets
    }
}

/// The address of the n-th task of a deployment.
fn address(deployment: u64, at: u32) -> String {
    format!("10.{}.{}.{}", deployment / 200 % 200, deployment % 200, at % 250 + 4)
}
