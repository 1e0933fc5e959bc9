//! ECS services: rollouts that take time and can fail, the tasks and targets
//! behind them, and what of a service moto forgets.

pub mod script;
mod service;
mod strategy;
mod tasks;

use crate::call::Call;
use crate::moto::Moto;
use crate::span::Span;
use crate::tree::{leaves, nodes, text};
use crate::wire::{self, Answer, AwsError};
use script::Rollout;
use serde_json::{Value, json};
use service::{Definition, Service};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// All services that were created through the proxy, by ARN.
#[derive(Debug, Default)]
pub struct Ecs {
    scripts: HashMap<String, VecDeque<Rollout>>,
    services: BTreeMap<String, Service>,
    deployments: u64,
    /// How long a deployment takes of which a test says nothing.
    takes: Option<Duration>,
}

/// A call that has to follow once the answer is known, to keep moto in step.
pub type FollowUp = (&'static str, &'static str, Value);

impl Ecs {
    /// Scripts the next deployment of the service with this name that has none yet.
    pub fn rollout(&mut self, service: &str, rollout: Rollout) {
        self.scripts.entry(service.into()).or_default().push_back(rollout);
    }

    /// From now on deployments take this long.
    pub fn takes(&mut self, takes: Option<Duration>) {
        self.takes = takes;
    }

    /// The deployments that have taken time, which is this long on AWS.
    pub fn spans(&self, on_aws: Duration) -> Vec<Span> {
        self.services.values().flat_map(|service| service.spans(on_aws)).collect()
    }

    /// What AWS refuses and moto does not.
    pub fn refusal(&self, call: &Call, is_draining: impl Fn(&str) -> bool) -> Option<AwsError> {
        let cluster = last(&call.text("cluster"));
        let same_cluster =
            |service: &&Service| service.region == call.region && last(&service.cluster) == cluster;
        if matches!(call.operation.as_str(), "CreateService" | "UpdateService") {
            let there = self.find(call, &call.text("service"));
            let there = there.filter(|_| call.operation == "UpdateService");
            if let Some(message) = strategy::refusal(&call.params, there) {
                return Some(AwsError::new(400, "InvalidParameterException", message));
            }
        }
        match call.operation.as_str() {
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
            "CreateService" => {
                let name = call.text("serviceName");
                let service =
                    self.services.values().filter(same_cluster).find(|service| service.name == name)?;
                let message = if is_draining(&service.arn) {
                    "Unable to Start a service that is still Draining."
                } else {
                    "Creation of service was not idempotent."
                };
                Some(AwsError::new(400, "InvalidParameterException", message))
            }
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
            "DeleteService" => {
                let service = self.find(call, &call.text("service"))?;
                (service.desired() > 0 && call.params["force"] != true).then(|| {
                    let message = "The service cannot be stopped while it is scaled above 0.";
                    AwsError::new(400, "InvalidParameterException", message)
                })
            }
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
            "DeleteCluster" => self.services.values().any(|service| same_cluster(&service)).then(|| {
                let message = "The Cluster cannot be deleted while Services are active.";
                AwsError::new(400, "ClusterContainsServicesException", message)
            }),
            _ => None,
        }
    }

    /// A service with tasks in a subnet or behind a security group.
    pub fn holder(&self, call: &Call, id: &str) -> Option<&str> {
        let holds = |service: &&Service| {
            let mut ids = Vec::new();
            leaves(service.setting("networkConfiguration"), &mut ids);
            service.region == call.region && service.has_tasks() && ids.iter().any(|found| found == id)
        };
        self.services.values().find(holds).map(|service| service.name.as_str())
    }

    /// Answers what moto cannot: service deployments and revisions, the tasks
    /// of services, the health of their targets.
    pub fn answer(&mut self, call: &Call) -> Option<Answer> {
        let members = match (call.service.as_str(), call.operation.as_str()) {
            ("ecs", "ListServiceDeployments") => {
                let service = self.find(call, &call.text("service"))?;
                json!({"serviceDeployments": service.deployment_briefs(&list(call, "status"))})
            }
            ("ecs", "DescribeServiceDeployments") => self.described(
                &list(call, "serviceDeploymentArns"),
                "serviceDeployments",
                Service::deployment_detail,
            ),
            ("ecs", "DescribeServiceRevisions") => {
                self.described(&list(call, "serviceRevisionArns"), "serviceRevisions", Service::revision)
            }
            ("ecs", "StopServiceDeployment") => {
                let arn = call.text("serviceDeploymentArn");
                self.services.values_mut().any(|service| service.stop_deployment(&arn)).then_some(())?;
                json!({"serviceDeploymentArn": arn})
            }
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
            ("ecs", "ContinueServiceDeployment") => {
                let arn = call.text("serviceDeploymentArn");
                let (hook, action) = (call.text("hookId"), call.text("action"));
                self.services.values_mut().find_map(|service| service.resume(&arn, &hook, &action))?;
                json!({"serviceDeploymentArn": arn})
            }
            ("ecs", "ListTasks") => json!({"taskArns": self.list_tasks(call)?}),
            ("ecs", "DescribeTasks") => {
                let tasks = list(call, "tasks");
                let known: Vec<Value> = self.services.values().flat_map(Service::tasks).collect();
                let is_asked = |task: &Value, asked: &String| last(&text(task, "taskArn")) == last(asked);
                let (found, missing): (Vec<_>, Vec<_>) = tasks
                    .iter()
                    .map(|asked| (asked, known.iter().find(|task| is_asked(task, asked))))
                    .partition(|(_, task)| task.is_some());
                if found.is_empty() {
                    return None;
                }
                let tasks: Vec<_> = found.into_iter().filter_map(|(_, task)| task).collect();
                let failures: Vec<_> =
                    missing.iter().map(|(arn, _)| json!({"arn": arn, "reason": "MISSING"})).collect();
                json!({"tasks": tasks, "failures": failures})
            }
            ("elasticloadbalancing", "DescribeTargetHealth") => {
                let group = call.text("TargetGroupArn");
                let users: Vec<_> = self.services.values().filter(|service| service.serves(&group)).collect();
                if users.is_empty() {
                    return None;
                }
                let targets: Vec<_> =
                    users.iter().flat_map(|service| service.target_health(&group)).collect();
                json!({"TargetHealthDescriptions": {"member": targets}})
            }
            _ => return None,
        };
        Some(wire::success(call.protocol, &call.operation, members))
    }

    /// Takes note of what moto has answered, and completes it.
    pub fn after(
        &mut self,
        call: &Call,
        definition: Option<Definition>,
        answer: &mut Value,
    ) -> Vec<FollowUp> {
        let mut follow_ups = Vec::new();
        match call.operation.as_str() {
            "CreateService" | "UpdateService" => {
                let Some(node) = answer.get_mut("service") else { return follow_ups };
                let arn = text(node, "serviceArn");
                let service = self.services.entry(arn).or_insert_with(|| Service::new(call, node));
                if service.update(&call.params, definition) {
                    self.deployments += 1;
                    let script = self.scripts.get_mut(&service.name).and_then(VecDeque::pop_front);
                    let usual = self.takes.map(|takes| Rollout::timed(takes, service.desired()));
                    service.deploy(self.deployments, script.or(usual).unwrap_or_default());
                }
                service.complete(node);
            }
            "DescribeServices" => {
                for node in nodes_mut(answer, "services") {
                    let Some(service) = self.services.get_mut(&text(node, "serviceArn")) else {
                        inactive(node);
                        continue;
                    };
                    if let Some(definition) = service.poll(&mut self.deployments) {
                        let params = json!({"cluster": service.cluster, "service": service.name, "taskDefinition": definition});
                        follow_ups.push(("ecs", "UpdateService", params));
                    }
                    let weights = service.weights().into_iter();
                    follow_ups.extend(weights.map(|rule| ("elasticloadbalancing", "ModifyRule", rule)));
                    service.complete(node);
                }
            }
            "DeleteService" => {
                if let Some(node) = answer.get_mut("service") {
                    self.services.remove(&text(node, "serviceArn"));
                    inactive(node);
                    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
                    node["status"] = "DRAINING".into();
                }
            }
            "ListServices" => {
                if let Some(Value::Array(arns)) = answer.get_mut("serviceArns") {
                    arns.retain(|arn| arn.as_str().is_some_and(|arn| self.services.contains_key(arn)));
                }
            }
            "DescribeClusters" => {
                for node in nodes_mut(answer, "clusters") {
                    let arn = text(node, "clusterArn");
                    let here: Vec<_> =
                        self.services.values().filter(|service| service.cluster == arn).collect();
                    node["activeServicesCount"] = here.len().into();
                    node["runningTasksCount"] =
                        here.iter().map(|service| service.running()).sum::<u32>().into();
                    node["pendingTasksCount"] =
                        here.iter().map(|service| service.pending()).sum::<u32>().into();
                }
            }
            _ => {}
        }
        follow_ups
    }

    /// Drains a service: nothing is desired any more, the tasks are still there.
    pub fn drain(&mut self, answer: &mut Value) {
        for node in nodes_mut(answer, "services") {
            if let Some(service) = self.services.get_mut(&text(node, "serviceArn")) {
                service.draining = true;
                service.complete(node);
            }
        }
    }

    /// Forgets a service whose deletion was made.
    pub fn deleted(&mut self, answer: &Value) {
        for node in nodes(answer, "serviceArn") {
            self.services.remove(&text(node, "serviceArn"));
        }
    }

    fn find(&self, call: &Call, service: &str) -> Option<&Service> {
        let cluster = last(&call.text("cluster"));
        self.services.values().find(|found| {
            found.region == call.region
                && (cluster.is_empty() || last(&found.cluster) == cluster)
                && found.name == last(service)
        })
    }

    fn described(
        &self,
        arns: &[String],
        name: &str,
        describe: impl Fn(&Service, &str) -> Option<Value>,
    ) -> Value {
        let find = |arn: &String| self.services.values().find_map(|service| describe(service, arn));
        let found: Vec<Value> = arns.iter().filter_map(find).collect();
        let missing = arns.iter().filter(|arn| find(arn).is_none());
        let failures: Vec<Value> = missing.map(|arn| json!({"arn": arn, "reason": "MISSING"})).collect();
        json!({name: found, "failures": failures})
    }

    /// The tasks of one service or one deployment; others are moto's.
    fn list_tasks(&self, call: &Call) -> Option<Vec<String>> {
        let service = call.text("serviceName");
        let started_by = call.text("startedBy");
        let wanted = match call.text("desiredStatus") {
            status if status.is_empty() => "RUNNING".to_string(),
            status => status,
        };
        let tasks: Vec<Value> = if !service.is_empty() {
            self.find(call, &service).map(Service::tasks).unwrap_or_default()
        } else if started_by.starts_with("ecs-svc/") {
            let mut tasks: Vec<_> = self.services.values().flat_map(Service::tasks).collect();
            tasks.retain(|task| text(task, "startedBy") == started_by);
            tasks
        } else {
            return None;
        };
        Some(
            tasks
                .iter()
                .filter(|task| text(task, "desiredStatus") == wanted)
                .map(|task| text(task, "taskArn"))
                .collect(),
        )
    }
}

/// The task definition that a call names.
pub async fn definition(moto: &Moto, call: &Call) -> Option<Definition> {
    let name = call.text("taskDefinition");
    if name.is_empty() {
        return None;
    }
    let found = moto.ask(call, "ecs", "DescribeTaskDefinition", json!({"taskDefinition": name})).await;
    let found = found.get("taskDefinition")?;
    let containers = found.get("containerDefinitions")?.as_array()?;
    Some(Definition {
        arn: text(found, "taskDefinitionArn"),
        containers: containers.iter().map(|container| text(container, "name")).collect(),
    })
}

/// A service that is gone, or going: no tasks, no deployments.
fn inactive(node: &mut Value) {
    for count in ["desiredCount", "runningCount", "pendingCount"] {
        node[count] = 0.into();
    }
    node["deployments"] = json!([]);
}

fn nodes_mut<'a>(answer: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    answer.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

fn list(call: &Call, param: &str) -> Vec<String> {
    let mut found = Vec::new();
    leaves(call.params.get(param).unwrap_or(&Value::Null), &mut found);
    found
}

/// The name at the end of an ARN, or the name itself.
fn last(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_string()
}
