//! Auto Scaling groups: what ECS adds to them, instances that are protected, and launches that fail.

use aws_proxy::Fault;
use serde_json::{Value as Json, json};

use crate::stage::{REGION, Stage, checked, kind};

const GROUP: &str = "agentic:autoscaling:Group";

/// An AWS with the launch template `web`.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    let template = json!({"name": "web", "imageId": "ami-12c6146b", "instanceType": "t3.small"});
    stage.create("agentic:ec2:LaunchTemplate", &template).await.unwrap();
    stage.aws.clear();
    stage
}

fn group(instances: i64) -> Json {
    json!({
        "name": "web",
        "launchTemplate": {"name": "web", "version": "$Latest"},
        "availabilityZones": [format!("{REGION}a")],
        "minSize": 0,
        "maxSize": 2,
        "desiredCapacity": instances,
        "protectFromScaleIn": true,
        "tags": [{"key": "team", "value": "a", "propagateAtLaunch": true}],
    })
}

#[tokio::test]
async fn protected_instances_are_terminated_before_their_group_goes() {
    let stage = stage().await;
    let (id, _) = stage.create(GROUP, &group(2)).await.unwrap();
    stage.aws.clear();
    stage.delete(GROUP, &id, &group(2)).await.unwrap();
    let made = stage.aws.calls().into_iter().filter(|call| call.is_mutation()).map(|call| call.name());
    let made: Vec<String> = made.collect();
    let expected = ["SetInstanceProtection", "UpdateAutoScalingGroup", "DeleteAutoScalingGroup"];
    assert_eq!(made, expected.map(|name| format!("autoscaling:{name}")));
    assert!(stage.read(GROUP, &id).await.is_none());
}

#[tokio::test]
async fn running_instances_are_replaced_where_a_program_asks_for_it() {
    let stage = stage().await;
    let mut old = group(0);
    let made = stage.create(GROUP, &old).await.unwrap();
    let started = |stage: &Stage| {
        let calls = stage.aws.calls().into_iter().map(|call| call.name());
        calls.filter(|name| name.ends_with("InstanceRefresh")).collect::<Vec<_>>()
    };

    // To ask for it is no reason to do it.
    let mut new = old.clone();
    new["instanceRefresh"] = json!({"strategy": "Rolling", "triggers": ["tag"]});
    let outputs = stage.update(GROUP, &made, &old, &new).await.unwrap();
    assert!(started(&stage).is_empty());

    old = new.clone();
    new["launchTemplate"]["version"] = json!("1");
    let outputs = stage.update(GROUP, &(made.0.clone(), outputs), &old, &new).await.unwrap();
    assert_eq!(started(&stage), ["autoscaling:StartInstanceRefresh"]);

    // The one before is still in progress.
    stage.aws.clear();
    old = new.clone();
    new["tags"][0]["value"] = json!("b");
    stage.update(GROUP, &(made.0, outputs), &old, &new).await.unwrap();
    let expected = ["StartInstanceRefresh", "CancelInstanceRefresh", "StartInstanceRefresh"];
    assert_eq!(started(&stage), expected.map(|name| format!("autoscaling:{name}")));
}

#[tokio::test]
async fn the_tag_of_ecs_is_left_alone() {
    let stage = stage().await;
    let made = stage.create(GROUP, &group(0)).await.unwrap();
    let client: aws_sdk_autoscaling::Client = stage.clients.client(None).unwrap();
    let tag = aws_sdk_autoscaling::types::Tag::builder().key("AmazonECSManaged").value("true");
    let tag = tag.resource_id("web").resource_type("auto-scaling-group").propagate_at_launch(true).build();
    client.create_or_update_tags().tags(tag).send().await.unwrap();
    let inputs = checked(GROUP, &group(0));
    let found = kind(GROUP).read(&stage.cx(GROUP), &made.0, Some(&inputs), Some(&made.1)).await.unwrap();
    assert_eq!(found.unwrap().0["tags"], inputs["tags"]);
    let mut other = group(0);
    other["tags"][0]["value"] = json!("b");
    stage.update(GROUP, &made, &group(0), &other).await.unwrap();
    let there = client.describe_auto_scaling_groups().send().await.unwrap();
    let tags = there.auto_scaling_groups()[0].tags();
    assert!(tags.iter().any(|tag| tag.key() == Some("AmazonECSManaged")), "{tags:?}");
}

#[tokio::test]
async fn launches_that_go_on_failing_say_why() {
    let stage = stage().await;
    let answer = |operation: &str, content: &str| {
        format!("<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>")
    };
    let empty = "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName></member></AutoScalingGroups>";
    let failed = "<member><ActivityId>a</ActivityId><StatusCode>Failed</StatusCode><StatusMessage>You have reached your quota.</StatusMessage></member>";
    let groups = answer("DescribeAutoScalingGroups", empty);
    let activities =
        answer("DescribeScalingActivities", &format!("<Activities>{}</Activities>", failed.repeat(3)));
    let look = Fault::on("autoscaling", "DescribeAutoScalingGroups").nth(2).always();
    stage.aws.fault(look.raw(200, "text/xml", &groups));
    let look = Fault::on("autoscaling", "DescribeScalingActivities").always();
    stage.aws.fault(look.raw(200, "text/xml", &activities));
    let error = stage.create(GROUP, &group(1)).await.unwrap_err().error.to_string();
    assert!(error.contains("cannot launch instances: You have reached your quota"), "{error}");
}
