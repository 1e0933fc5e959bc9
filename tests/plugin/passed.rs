//! What passes from one resource to another in one deployment, where the engine deletes the first at the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};

use crate::stage::{Stage, checked, kind};

/// A resource that takes over a setting as its argument, and the resource that was this setting.
struct Passed {
    whole: &'static str,
    before: Json,
    /// The argument that takes the setting over.
    takes: (&'static str, Json),
    part: &'static str,
    /// By the ID of the first.
    inputs: fn(&str) -> Json,
}

/// Names of buckets are unique in all of AWS.
static BUCKETS: AtomicUsize = AtomicUsize::new(0);

fn statement(action: &str) -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"},
    ]})
}

fn trust() -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]})
}

fn grants() -> Json {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
}

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn all() -> Vec<Passed> {
    let bucket = |takes: (&'static str, Json), part, inputs| Passed {
        whole: "agentic:s3:Bucket",
        before: json!({"bucket": format!("passed-{}", BUCKETS.fetch_add(1, Ordering::Relaxed))}),
        takes,
        part,
        inputs,
    };
    let role = |takes: (&'static str, Json), part, inputs| Passed {
        whole: "agentic:iam:Role",
        before: json!({"name": "app", "assumeRolePolicy": trust()}),
        takes,
        part,
        inputs,
    };
    vec![
        bucket(
            ("policy", statement("s3:DeleteBucket")),
            "agentic:s3:BucketPolicy",
            |id| json!({"bucket": id, "policy": statement("s3:DeleteBucket")}),
        ),
        bucket(
            ("corsRules", json!([{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}])),
            "agentic:s3:BucketCorsConfiguration",
            |id| json!({"bucket": id, "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}]}),
        ),
        bucket(
            ("versioning", json!({"enabled": true})),
            "agentic:s3:BucketVersioning",
            |id| json!({"bucket": id, "versioningConfiguration": {"status": "Enabled"}}),
        ),
        bucket(
            ("objectOwnership", json!("BucketOwnerPreferred")),
            "agentic:s3:BucketOwnershipControls",
            |id| json!({"bucket": id, "rule": {"objectOwnership": "BucketOwnerPreferred"}}),
        ),
        bucket(
            ("website", json!({"indexDocument": "index.html"})),
            "agentic:s3:BucketWebsiteConfiguration",
            |id| json!({"bucket": id, "indexDocument": {"suffix": "index.html"}}),
        ),
        role(
            ("managedPolicyArns", json!([READ_ONLY])),
            "agentic:iam:RolePolicyAttachment",
            |id| json!({"role": id, "policyArn": READ_ONLY}),
        ),
        role(
            ("inlinePolicies", json!([{"name": "read", "policy": grants()}])),
            "agentic:iam:RolePolicy",
            |id| json!({"role": id, "name": "read", "policy": grants()}),
        ),
        Passed {
            whole: "agentic:sqs:Queue",
            before: json!({"name": "jobs"}),
            takes: ("policy", statement("sqs:DeleteQueue")),
            part: "agentic:sqs:QueuePolicy",
            inputs: |id| json!({"queueUrl": id, "policy": statement("sqs:DeleteQueue")}),
        },
        Passed {
            whole: "agentic:sns:Topic",
            before: json!({"name": "alarms"}),
            takes: ("policy", statement("sns:DeleteTopic")),
            part: "agentic:sns:TopicPolicy",
            inputs: |id| json!({"arn": id, "policy": statement("sns:DeleteTopic")}),
        },
        Passed {
            whole: "agentic:kms:Key",
            before: json!({}),
            takes: ("policy", key_policy()),
            part: "agentic:kms:KeyPolicy",
            inputs: |id| json!({"keyId": id, "policy": key_policy()}),
        },
        Passed {
            whole: "agentic:ecs:Cluster",
            before: json!({"name": "app"}),
            takes: ("capacityProviders", json!(["FARGATE"])),
            part: "agentic:ecs:ClusterCapacityProviders",
            inputs: |_| json!({"clusterName": "app", "capacityProviders": ["FARGATE"]}),
        },
        Passed {
            whole: "agentic:ec2:Vpc",
            before: json!({"cidrBlock": "10.0.0.0/16"}),
            takes: ("tags", json!({"team": "shop"})),
            part: "agentic:ec2:Tag",
            inputs: |id| json!({"resourceId": id, "key": "team", "value": "shop"}),
        },
    ]
}

fn key_policy() -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"},
    ]})
}

#[tokio::test]
async fn what_becomes_an_argument_of_another_resource_stays() {
    for passed in all() {
        let Passed { whole, before, takes, part, inputs } = passed;
        let stage = Stage::new().await;
        let made = stage.create(whole, &before).await.unwrap();
        let inputs = inputs(&made.0);
        let (id, _) = stage.create(part, &inputs).await.unwrap();
        let there = stage.read(part, &id).await.unwrap();

        let stage = stage.anew().await;
        let mut after = before.clone();
        after[takes.0] = takes.1;
        let (old, new) = (checked(whole, &before), checked(whole, &after));
        kind(whole).heard(&stage.cx(whole), &made.0, &old, &made.1, &new).await.unwrap();
        stage.update(whole, &made, &before, &after).await.unwrap();
        stage.delete(part, &id, &inputs).await.unwrap();
        assert_eq!(stage.read(part, &id).await, Some(there), "{part} that became {}", takes.0);
        let said = stage.said();
        assert!(said.iter().any(|line| line.starts_with(&format!("left {id} in place"))), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_deleted_with_the_resource_that_has_it_goes() {
    for passed in all() {
        let Passed { whole, before, takes, part, inputs } = passed;
        let stage = Stage::new().await;
        let mut with = before.clone();
        with[takes.0] = takes.1;
        let made = stage.create(whole, &before).await.unwrap();
        let inputs = inputs(&made.0);
        let (id, _) = stage.create(part, &inputs).await.unwrap();
        let there = stage.read(part, &id).await.unwrap();
        let (old, new) = (checked(whole, &before), checked(whole, &before));
        kind(whole).heard(&stage.cx(whole), &made.0, &old, &made.1, &new).await.unwrap();
        stage.delete(part, &id, &inputs).await.unwrap();
        let stage = stage.anew().await;
        assert_ne!(stage.read(part, &id).await, Some(there), "{part}");
        stage.delete(whole, &made.0, &with).await.unwrap();
        assert_eq!(stage.read(whole, &made.0).await, None, "{whole}");
    }
}

#[tokio::test]
async fn an_attachment_passes_from_a_list_to_a_resource_of_its_own_and_back() {
    const ALL: &str = "agentic:iam:PolicyAttachment";
    const ONE: &str = "agentic:iam:RolePolicyAttachment";
    let stage = Stage::new().await;
    for name in ["app", "jobs"] {
        let role = json!({"name": name, "assumeRolePolicy": trust()});
        stage.create("agentic:iam:Role", &role).await.unwrap();
    }
    let list = json!({"name": "all", "policyArn": READ_ONLY, "roles": ["app", "jobs"]});
    let own = json!({"role": "app", "policyArn": READ_ONLY});
    let made = stage.create(ALL, &list).await.unwrap();

    // The list gives one up: it is updated after the resource of its own is there.
    let stage = stage.anew().await;
    let (attachment, _) = stage.create(ONE, &own).await.unwrap();
    let shorter = json!({"name": "all", "policyArn": READ_ONLY, "roles": ["jobs"]});
    let outputs = stage.update(ALL, &made, &list, &shorter).await.unwrap();
    assert!(stage.read(ONE, &attachment).await.is_some());

    // The list takes it back.
    let stage = stage.anew().await;
    let (old, new) = (checked(ALL, &shorter), checked(ALL, &list));
    kind(ALL).heard(&stage.cx(ALL), &made.0, &old, &outputs, &new).await.unwrap();
    stage.update(ALL, &(made.0.clone(), outputs), &shorter, &list).await.unwrap();
    stage.delete(ONE, &attachment, &own).await.unwrap();
    assert!(stage.read(ONE, &attachment).await.is_some());

    // The list goes, and the resource of its own stays.
    let stage = stage.anew().await;
    stage.create(ONE, &own).await.unwrap();
    stage.delete(ALL, &made.0, &list).await.unwrap();
    assert!(stage.read(ONE, &attachment).await.is_some());
    let other = format!("jobs/{READ_ONLY}");
    assert!(stage.read(ONE, &other).await.is_none());
}

#[tokio::test]
async fn groups_of_a_user_pass_from_one_resource_to_two() {
    const MEMBER: &str = "agentic:iam:UserGroupMembership";
    let stage = Stage::new().await;
    for group in ["staff", "admins"] {
        stage.create("agentic:iam:Group", &json!({"name": group})).await.unwrap();
    }
    stage.create("agentic:iam:User", &json!({"name": "anna"})).await.unwrap();
    let both = json!({"user": "anna", "groups": ["staff", "admins"]});
    let (id, _) = stage.create(MEMBER, &both).await.unwrap();

    let stage = stage.anew().await;
    let one = json!({"user": "anna", "groups": ["staff"]});
    let mut cx = stage.cx(MEMBER);
    cx.urn.push_str("-staff");
    kind(MEMBER).create(&cx, &checked(MEMBER, &one)).await.unwrap();
    stage.delete(MEMBER, &id, &both).await.unwrap();
    assert!(stage.read(MEMBER, "anna/staff").await.is_some());
    assert!(stage.read(MEMBER, "anna/admins").await.is_none());
}

#[tokio::test]
async fn an_address_passes_from_an_association_to_the_address() {
    let stage = Stage::new().await;
    let vpc = stage.create("agentic:ec2:Vpc", &json!({"cidrBlock": "10.0.0.0/16"})).await.unwrap().0;
    let subnet = json!({"vpcId": vpc, "cidrBlock": "10.0.0.0/24"});
    let subnet = stage.create("agentic:ec2:Subnet", &subnet).await.unwrap().0;
    let gateway = json!({"vpcId": vpc});
    stage.create("agentic:ec2:InternetGateway", &gateway).await.unwrap();
    let client: aws_sdk_ec2::Client = stage.clients.client(None).unwrap();
    let image = client.register_image().name("web").send().await.unwrap().image_id.unwrap();
    let instance = json!({"ami": image, "instanceType": "t3.small", "subnetId": subnet});
    let instance = stage.create("agentic:ec2:Instance", &instance).await.unwrap().0;
    let made = stage.create("agentic:ec2:Eip", &json!({})).await.unwrap();
    let own = json!({"allocationId": made.0, "instanceId": instance});
    let (association, _) = stage.create("agentic:ec2:EipAssociation", &own).await.unwrap();

    let stage = stage.anew().await;
    let (before, after) = (json!({}), json!({"instance": instance}));
    let token = "agentic:ec2:Eip";
    let (old, new) = (checked(token, &before), checked(token, &after));
    kind(token).heard(&stage.cx(token), &made.0, &old, &made.1, &new).await.unwrap();
    stage.update(token, &made, &before, &after).await.unwrap();
    stage.delete("agentic:ec2:EipAssociation", &association, &own).await.unwrap();
    let calls: Vec<String> = stage.aws.calls().into_iter().map(|call| call.name()).collect();
    assert!(!calls.iter().any(|name| name == "ec2:DisassociateAddress"), "{calls:?}");
    let said = stage.said();
    assert!(said.iter().any(|line| line.starts_with(&format!("left {association} in place"))), "{said:?}");
}
