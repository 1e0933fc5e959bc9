//! Lists that one resource gives as a whole, and others item by item: never both at once.

use agentic::aws::ErrorKind;
use serde_json::{Value as Json, json};

use crate::stage::{REGION, Stage, checked, kind};

const GROUP: &str = "agentic:autoscaling:Group";
const ATTACHMENT: &str = "agentic:autoscaling:Attachment";
const MEMBERSHIP: &str = "agentic:iam:GroupMembership";
const MEMBER: &str = "agentic:iam:UserGroupMembership";

async fn make(stage: &Stage, token: &str, inputs: Json) -> String {
    stage.create(token, &inputs).await.unwrap().0
}

/// The target groups that the Auto Scaling group `web` has.
async fn attached(stage: &Stage) -> Vec<String> {
    let client: aws_sdk_autoscaling::Client = stage.clients.client(None).unwrap();
    let groups = client.describe_auto_scaling_groups().auto_scaling_group_names("web").send().await.unwrap();
    groups.auto_scaling_groups()[0].target_group_arns().to_vec()
}

#[tokio::test]
async fn target_groups_are_listed_or_attached() {
    let stage = Stage::new().await;
    let template = json!({"name": "web", "imageId": "ami-12c6146b", "instanceType": "t3.small"});
    make(&stage, "agentic:ec2:LaunchTemplate", template).await;
    let vpc = make(&stage, "agentic:ec2:Vpc", json!({"cidrBlock": "10.0.0.0/16"})).await;
    let targets = |name: &str| json!({"name": name, "vpcId": vpc, "port": 80, "protocol": "HTTP", "targetType": "instance"});
    let one = make(&stage, "agentic:lb:TargetGroup", targets("one")).await;
    let two = make(&stage, "agentic:lb:TargetGroup", targets("two")).await;
    let bare = json!({
        "name": "web", "launchTemplate": {"name": "web", "version": "$Latest"},
        "availabilityZones": [format!("{REGION}a")], "minSize": 0, "maxSize": 1,
    });
    let mut listing = bare.clone();
    listing["targetGroupArns"] = json!([one]);
    let (id, outputs) = stage.create(GROUP, &listing).await.unwrap();

    let beside = json!({"autoscalingGroupName": "web", "lbTargetGroupArn": two});
    let refused = stage.create(ATTACHMENT, &beside).await.unwrap_err().error;
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let text = refused.to_string();
    assert!(text.contains("web lists its attachments itself, in `targetGroupArns` of"), "{text}");
    assert_eq!(attached(&stage).await, std::slice::from_ref(&one));

    // The engine asks for the difference before it asks for anything else.
    let (from, to) = (checked(GROUP, &listing), checked(GROUP, &bare));
    kind(GROUP).heard(&stage.cx(GROUP), &id, &from, &outputs, &to).await.unwrap();
    let outputs = stage.update(GROUP, &(id.clone(), outputs), &listing, &bare).await.unwrap();
    let (attachment, _) = stage.create(ATTACHMENT, &beside).await.unwrap();
    assert_eq!(attached(&stage).await, [one.clone(), two]);
    let seen = kind(GROUP).read(&stage.cx(GROUP), &id, Some(&to), Some(&outputs)).await.unwrap().unwrap();
    assert!(!seen.0.contains_key("targetGroupArns"), "what is left out is no drift: {:?}", seen.0);
    stage.delete(ATTACHMENT, &attachment, &beside).await.unwrap();
    assert_eq!(attached(&stage).await, [one]);
}

#[tokio::test]
async fn users_are_listed_or_added_to_a_group() {
    let stage = Stage::new().await;
    make(&stage, "agentic:iam:Group", json!({"name": "staff"})).await;
    for user in ["anna", "bert"] {
        make(&stage, "agentic:iam:User", json!({"name": user})).await;
    }
    let anna = json!({"user": "anna", "groups": ["staff"]});
    let (id, _) = stage.create(MEMBER, &anna).await.unwrap();
    stage.forget_said();
    let whole = json!({"name": "all", "group": "staff", "users": ["bert"]});
    let (membership, _) = stage.create(MEMBERSHIP, &whole).await.unwrap();
    let said = stage.said();
    assert!(said.iter().any(|line| line.contains("the group staff also has anna")), "{said:?}");
    let there = stage.read(MEMBERSHIP, &membership).await.unwrap();
    assert_eq!(there["users"], json!(["anna", "bert"]));

    // From now on the list is what counts: who was added on their own is left to it.
    stage.delete(MEMBER, &id, &anna).await.unwrap();
    assert!(stage.read(MEMBER, &id).await.is_some());
    let refused = stage.create(MEMBER, &anna).await.unwrap_err().error.to_string();
    assert!(refused.contains("staff lists its users itself, in `users` of"), "{refused}");
    assert!(refused.contains("give every user an iam.UserGroupMembership instead"), "{refused}");
}

#[tokio::test]
async fn a_list_that_gives_way_leaves_who_is_added_on_their_own() {
    let stage = Stage::new().await;
    make(&stage, "agentic:iam:Group", json!({"name": "staff"})).await;
    make(&stage, "agentic:iam:User", json!({"name": "anna"})).await;
    let whole = json!({"name": "all", "group": "staff", "users": ["anna"]});
    let membership = make(&stage, MEMBERSHIP, whole.clone()).await;

    let stage = stage.anew().await;
    let anna = json!({"user": "anna", "groups": ["staff"]});
    let member = make(&stage, MEMBER, anna.clone()).await;
    stage.delete(MEMBERSHIP, &membership, &whole).await.unwrap();
    assert!(stage.read(MEMBER, &member).await.is_some());
    stage.delete(MEMBER, &member, &anna).await.unwrap();
    assert!(stage.read(MEMBER, &member).await.is_none());
}
