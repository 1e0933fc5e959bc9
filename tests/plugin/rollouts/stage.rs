//! A cluster with a task definition, a target group and all that they need, in an AWS of its own.

use std::ops::Deref;

use agentic::aws::wait::Clock;
use agentic::kinds::Partial;
use agentic::model::{Object, Value};
use aws_sdk_ecs::Client as Ecs;

use super::PATIENCE;
use crate::stage::{REGION, checked_object as checked, kind};

pub struct Stage {
    /// The ARN of `task:1`.
    pub definition: String,
    stage: crate::stage::Stage,
    usual: Object,
}

impl Deref for Stage {
    type Target = crate::stage::Stage;

    fn deref(&self) -> &Self::Target {
        &self.stage
    }
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
        // Slow enough for a test to see what is said and to do something then.
        let stage = crate::stage::Stage::at(REGION, Clock::fast(20)).await;
        let mut stage = Stage { definition: String::new(), stage, usual: Object::new() };
        let vpc = stage.make("agentic:ec2:Vpc", &[("cidrBlock", "10.0.0.0/16")]).await;
        let in_vpc = ("vpcId", vpc.id.as_str());
        let mut subnets = Vec::new();
        for (zone, range) in [("eu-west-1a", "10.0.0.0/24"), ("eu-west-1b", "10.0.1.0/24")] {
            let inputs = [in_vpc, ("cidrBlock", range), ("availabilityZone", zone)];
            subnets.push(stage.make_as(zone, "agentic:ec2:Subnet", &inputs).await.id);
        }
        let [subnet, other] = <[String; 2]>::try_from(subnets).unwrap();
        let group = stage.make("agentic:ec2:SecurityGroup", &[in_vpc, ("name", "app")]).await.id;
        let targets = [in_vpc, ("name", "app"), ("port", "80"), ("protocol", "HTTP"), ("targetType", "ip")];
        let targets = stage.make("agentic:lb:TargetGroup", &targets).await.id;
        let both = format!(r#"["{subnet}", "{other}"]"#);
        let balancer = [("name", "app"), ("internal", "true"), ("subnets", both.as_str())];
        let balancer = stage.make("agentic:lb:LoadBalancer", &balancer).await.id;
        let forward = format!(r#"[{{"type": "forward", "targetGroupArn": "{targets}"}}]"#);
        let listener =
            [("loadBalancerArn", balancer.as_str()), ("port", "80"), ("defaultActions", forward.as_str())];
        stage.make("agentic:lb:Listener", &listener).await;
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
        stage.forget_said();
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
        self.make_as(token, token, inputs).await
    }

    /// Creates a resource of this URN.
    pub async fn make_as(&self, urn: &str, token: &str, inputs: &[(&str, &str)]) -> Made {
        let inputs = checked(token, object(inputs));
        let (id, outputs) = kind(token).create(&self.cx(urn), &inputs).await.unwrap();
        Made { id, inputs, outputs }
    }

    fn inputs(&self, more: &[(&str, &str)]) -> Object {
        let mut inputs = self.usual.clone();
        inputs.extend(object(more));
        inputs
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
