//! A cluster with a task definition, a target group and all that they need, in an AWS of its own.

use std::sync::{Arc, Mutex};

use agentic::aws::context::{Cx, Notes, Progress};
use agentic::aws::wait::Clock;
use agentic::aws::{Aws, Settings};
use agentic::engine::check::Naming;
use agentic::kinds::{self, AnyKind, Home, Partial};
use agentic::model::{Object, Value};
use aws_proxy::LocalAws;
use aws_sdk_ecs::Client as Ecs;
use tokio_util::sync::CancellationToken;

use super::PATIENCE;

const REGION: &str = "eu-west-1";

pub struct Stage {
    pub aws: LocalAws,
    /// The ARN of `task:1`.
    pub definition: String,
    pub cancel: CancellationToken,
    clients: Aws,
    said: Arc<Said>,
    usual: Object,
}

/// A resource that was made.
#[derive(Debug)]
pub struct Made {
    pub id: String,
    pub inputs: Object,
    pub outputs: Object,
}

impl Stage {
    pub async fn new() -> Self {
        let aws = LocalAws::start().await;
        let settings = Settings {
            region: Some(REGION.into()),
            access_key: Some("local".into()),
            secret_key: Some("local".into()),
            endpoint: Some(aws.endpoint()),
            provider_id: "state".into(),
            ..Settings::default()
        };
        let clients = Aws::new(settings).await.unwrap();
        let (said, cancel) = (Arc::default(), CancellationToken::new());
        let mut stage = Stage { aws, definition: String::new(), cancel, clients, said, usual: Object::new() };
        let vpc = stage.make("agentic:ec2:Vpc", &[("cidrBlock", "10.0.0.0/16")]).await;
        let in_vpc = ("vpcId", vpc.id.as_str());
        let subnet = stage.make("agentic:ec2:Subnet", &[in_vpc, ("cidrBlock", "10.0.0.0/24")]).await.id;
        let group = stage.make("agentic:ec2:SecurityGroup", &[in_vpc, ("name", "app")]).await.id;
        let targets = [in_vpc, ("name", "app"), ("port", "80"), ("protocol", "HTTP"), ("targetType", "ip")];
        let targets = stage.make("agentic:lb:TargetGroup", &targets).await.id;
        stage.make("agentic:ecs:Cluster", &[("name", "main")]).await;
        stage.definition = stage.register("app:1").await;
        stage.usual = object(&[
            ("name", "app"),
            ("cluster", "main"),
            ("taskDefinition", &stage.definition),
            ("desiredCount", "2"),
            ("launchType", "FARGATE"),
            (
                "networkConfiguration",
                &format!(r#"{{"subnets": ["{subnet}"], "securityGroups": ["{group}"]}}"#),
            ),
            (
                "loadBalancers",
                &format!(
                    r#"[{{"targetGroupArn": "{targets}", "containerName": "app", "containerPort": 80}}]"#
                ),
            ),
        ]);
        stage.aws.clear();
        stage.said.0.lock().unwrap().clear();
        stage
    }

    /// A client that is none of the plugin's.
    pub fn ecs(&self) -> Ecs {
        self.clients.client(None).unwrap()
    }

    /// Creates the service `app`, with these arguments beside the usual ones.
    pub async fn service(&self, more: &[(&str, &str)]) -> Result<Made, Partial> {
        let inputs = checked("agentic:ecs:Service", self.inputs(more));
        let cx = self.cx("svc");
        let created = tokio::time::timeout(PATIENCE, kind("agentic:ecs:Service").create(&cx, &inputs));
        let (id, outputs) = created.await.expect("the wait ends")?;
        Ok(Made { id, inputs, outputs })
    }

    /// What a creation left behind that failed.
    pub fn left(&self, more: &[(&str, &str)], partial: Partial) -> Made {
        let (id, outputs) = partial.made.unwrap();
        Made { id, inputs: checked("agentic:ecs:Service", self.inputs(more)), outputs }
    }

    pub async fn update(&self, made: &Made, changes: &[(&str, &str)]) -> Result<Object, Partial> {
        let mut news = made.inputs.clone();
        news.extend(object(changes));
        let news = checked("agentic:ecs:Service", news);
        let (cx, service) = (self.cx("svc"), kind("agentic:ecs:Service"));
        let updated = service.update(&cx, &made.id, &made.inputs, &made.outputs, &news);
        tokio::time::timeout(PATIENCE, updated).await.expect("the wait ends")
    }

    pub async fn refresh(&self, made: &Made) -> Option<(Object, Object)> {
        let found = kind("agentic:ecs:Service")
            .read(&self.cx("svc"), &made.id, Some(&made.inputs), Some(&made.outputs))
            .await;
        found.unwrap()
    }

    pub async fn delete(&self, made: &Made) -> agentic::aws::Result<()> {
        let deleted = kind("agentic:ecs:Service");
        let cx = self.cx("svc");
        tokio::time::timeout(PATIENCE, deleted.delete(&cx, &made.id, &made.inputs, &Object::new()))
            .await
            .expect("the wait ends")
    }

    /// Registers the next revision of `task`, for an image; its ARN.
    pub async fn register(&self, image: &str) -> String {
        self.register_as(image, image, &[]).await
    }

    /// Registers a revision as a resource of this name.
    pub async fn register_as(&self, urn: &str, image: &str, more: &[(&str, &str)]) -> String {
        let inputs = checked("agentic:ecs:TaskDefinition", definition(image, more));
        let created = kind("agentic:ecs:TaskDefinition").create(&self.cx(urn), &inputs).await;
        created.unwrap().0
    }

    pub async fn delete_definition(&self, arn: &str, more: Object) -> agentic::aws::Result<()> {
        let mut inputs = definition("app:2", &[]);
        inputs.extend(more);
        let inputs = checked("agentic:ecs:TaskDefinition", inputs);
        kind("agentic:ecs:TaskDefinition").delete(&self.cx("task-urn"), arn, &inputs, &Object::new()).await
    }

    /// The lines that a person saw beside the resource.
    pub fn said(&self) -> Vec<String> {
        self.said.0.lock().unwrap().clone()
    }

    /// Until a line with these words was said.
    pub async fn until(&self, words: &str) {
        let seen = async {
            while !self.said().iter().any(|line| line.contains(words)) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.expect("it is said");
    }

    /// The calls to ECS that are no reads.
    pub fn mutations(&self) -> Vec<String> {
        self.aws.mutations().into_iter().filter(|name| name.starts_with("ecs:")).collect()
    }

    /// A parameter of the only call of an operation.
    pub fn param(&self, operation: &str, name: &str) -> Option<serde_json::Value> {
        let calls = self.aws.calls();
        let mut calls = calls.iter().filter(|call| call.operation == operation);
        let (Some(only), None) = (calls.next(), calls.next()) else { panic!("not one {operation}") };
        only.params.get(name).cloned()
    }

    async fn make(&self, token: &str, inputs: &[(&str, &str)]) -> Made {
        let inputs = checked(token, object(inputs));
        let (id, outputs) = kind(token).create(&self.cx(token), &inputs).await.unwrap();
        Made { id, inputs, outputs }
    }

    fn inputs(&self, more: &[(&str, &str)]) -> Object {
        let mut inputs = self.usual.clone();
        inputs.extend(object(more));
        inputs
    }

    fn cx(&self, urn: &str) -> Cx {
        Cx {
            aws: self.clients.clone(),
            region: None,
            urn: urn.to_owned(),
            instance: None,
            timeout: None,
            cancel: self.cancel.clone(),
            clock: Clock::default(),
            progress: self.said.clone(),
            notes: Notes::default(),
        }
    }
}

/// An object of properties: values are JSON where they look like it, and texts otherwise.
pub fn object(entries: &[(&str, &str)]) -> Object {
    let value = |text: &str| match serde_json::from_str(text) {
        Ok(json) => Value::from_json(&json),
        Err(_) => Value::from(text),
    };
    entries.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect()
}

fn definition(image: &str, more: &[(&str, &str)]) -> Object {
    let log = r#"{"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/app", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"}}"#;
    let containers = format!(
        r#"[{{"name": "app", "image": "{image}", "memory": 128, "portMappings": [{{"containerPort": 80}}], "logConfiguration": {log}}}]"#
    );
    let mut inputs = object(&[
        ("family", "task"),
        ("networkMode", "awsvpc"),
        ("containerDefinitions", &containers),
        ("requiresCompatibilities", r#"["FARGATE"]"#),
    ]);
    inputs.insert("cpu".into(), Value::from("256"));
    inputs.insert("memory".into(), Value::from("512"));
    inputs.extend(object(more));
    inputs
}

fn kind(token: &str) -> &'static dyn AnyKind {
    kinds::find(token).unwrap()
}

/// Arguments as the engine would hand them on, which must be right.
fn checked(token: &str, news: Object) -> Object {
    let make = || Ok(Value::from("unnamed"));
    let naming = Naming { olds: &Object::new(), before: &Object::new(), make: &make };
    let home = Home { region: Some(REGION), is_configured: true };
    let checked = kind(token).check(news, &Object::new(), &naming, &home);
    assert!(checked.failures.is_empty(), "{}", checked.failures);
    checked.inputs
}

/// Keeps what is said.
#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl Progress for Said {
    fn say(&self, text: &str) {
        if !text.is_empty() {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    fn tell(&self, text: &str) {
        self.say(text);
    }
}
