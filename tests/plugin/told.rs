//! What a create call has told is not asked for again, and what is new is not searched.

use agentic::aws::ErrorKind;
use agentic::model::Value;
use aws_proxy::Fault;
use futures::future::join_all;
use serde_json::{Value as Json, json};

use crate::stage::{Stage, checked, kind};

const ROLE: &str = "agentic:iam:Role";
const POLICY: &str = "agentic:iam:RolePolicy";
const CLUSTER: &str = "agentic:ecs:Cluster";
const PROVIDERS: &str = "agentic:ecs:ClusterCapacityProviders";
const ASSOCIATION: &str = "agentic:ec2:RouteTableAssociation";

fn role() -> Json {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    }]});
    json!({"name": "app", "assumeRolePolicy": trust})
}

fn policy(action: &str) -> Json {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::a/*",
    }]});
    json!({"name": "own", "role": "app", "policy": policy})
}

fn names(stage: &Stage) -> Vec<String> {
    let calls = stage.aws.calls().into_iter().map(|call| call.name());
    calls.filter(|name| name != "sts:GetCallerIdentity").collect()
}

#[tokio::test]
async fn a_role_that_is_new_is_not_searched_for_policies() {
    let stage = Stage::new().await;
    stage.create(ROLE, &role()).await.unwrap();
    assert_eq!(names(&stage), ["iam:CreateRole"]);
    stage.aws.clear();
    let (id, outputs) = stage.create(POLICY, &policy("s3:GetObject")).await.unwrap();
    assert_eq!(names(&stage), ["iam:PutRolePolicy"]);
    assert_eq!(stage.read(POLICY, &id).await.unwrap()["name"], "own");
    assert_eq!(outputs["role"], Value::from("app"));
}

#[tokio::test]
async fn a_cluster_that_is_new_is_not_searched_for_capacity_providers() {
    let stage = Stage::new().await;
    let wanted = json!({"clusterName": "main", "capacityProviders": ["FARGATE"]});
    stage.create(CLUSTER, &json!({"name": "main"})).await.unwrap();
    stage.aws.clear();
    stage.create(PROVIDERS, &wanted).await.unwrap();
    assert_eq!(names(&stage)[0], "ecs:PutClusterCapacityProviders");
    let there = stage.read(PROVIDERS, "main").await.unwrap();
    assert_eq!(there["capacityProviders"], json!(["FARGATE"]));
}

#[tokio::test]
async fn a_cluster_that_lists_its_capacity_providers_takes_no_list_beside_it() {
    let stage = Stage::new().await;
    let own = json!({"name": "main", "capacityProviders": ["FARGATE_SPOT"]});
    stage.create(CLUSTER, &own).await.unwrap();
    let wanted = json!({"clusterName": "main", "capacityProviders": ["FARGATE"]});
    let refused = stage.create(PROVIDERS, &wanted).await.unwrap_err().error;
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{refused}");
    assert_eq!(stage.read(CLUSTER, "main").await.unwrap()["capacityProviders"], json!(["FARGATE_SPOT"]));
}

#[tokio::test]
async fn a_second_policy_of_one_name_does_not_overwrite_the_first() {
    let stage = Stage::new().await;
    stage.create(ROLE, &role()).await.unwrap();
    let (id, _) = stage.create(POLICY, &policy("s3:GetObject")).await.unwrap();
    let second = kind(POLICY).create(&stage.cx("another"), &checked(POLICY, &policy("s3:PutObject"))).await;
    assert_eq!(second.unwrap_err().error.kind(), ErrorKind::AlreadyExists);
    let there = stage.read(POLICY, &id).await.unwrap();
    assert!(there["policy"].to_string().contains("s3:GetObject"), "{there}");
}

#[tokio::test]
async fn a_role_that_another_deployment_made_is_searched() {
    let stage = Stage::new().await;
    stage.create(ROLE, &role()).await.unwrap();
    let iam: aws_sdk_iam::Client = stage.clients.client(None).unwrap();
    let beside = iam.put_role_policy().role_name("app").policy_name("own");
    beside.policy_document(policy("s3:PutObject")["policy"].to_string()).send().await.unwrap();
    let next = stage.anew().await;
    let made = next.create(POLICY, &policy("s3:GetObject")).await;
    assert_eq!(made.unwrap_err().error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn after_a_lost_answer_there_is_a_look() {
    let stage = Stage::new().await;
    stage.create(ROLE, &role()).await.unwrap();
    stage.aws.clear();
    stage.aws.fault(Fault::on("iam", "PutRolePolicy").lose_answer());
    stage.create(POLICY, &policy("s3:GetObject")).await.unwrap();
    let made = names(&stage);
    assert_eq!(made.iter().filter(|name| *name == "iam:PutRolePolicy").count(), 1, "{made:?}");
    assert!(made.contains(&"iam:GetRolePolicy".to_owned()), "{made:?}");
}

#[tokio::test]
async fn an_association_goes_whatever_its_id_has_become() {
    let stage = Stage::new().await;
    let ec2: aws_sdk_ec2::Client = stage.clients.client(None).unwrap();
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let vpc = vpc.vpc.unwrap().vpc_id.unwrap();
    let subnet = ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.1.0/24").send().await.unwrap();
    let subnet = subnet.subnet.unwrap().subnet_id.unwrap();
    let table = async || {
        let made = ec2.create_route_table().vpc_id(&vpc).send().await.unwrap();
        made.route_table.unwrap().route_table_id.unwrap()
    };
    let (first, second) = (table().await, table().await);
    let inputs = json!({"subnetId": subnet, "routeTableId": first});
    let (id, outputs) = stage.create(ASSOCIATION, &inputs).await.unwrap();
    let delete = async || {
        let inputs = checked(ASSOCIATION, &inputs);
        kind(ASSOCIATION).delete(&stage.cx(ASSOCIATION), &id, &inputs, &outputs).await.unwrap();
    };

    let Some(association) = outputs["associationId"].as_str() else { panic!("{outputs:?}") };
    let replace = ec2.replace_route_table_association().association_id(association);
    replace.route_table_id(&second).send().await.unwrap();
    delete().await;
    assert!(stage.read(ASSOCIATION, &id).await.is_none());

    // Where nothing is there, it is gone already.
    delete().await;
}

#[tokio::test]
async fn a_new_bucket_is_asked_for_nothing() {
    let stage = Stage::new().await;
    let name = format!("bucket-{}", stage.aws.account());
    let versions = json!({"bucket": name, "publicAccessBlock": {}, "versioning": {"enabled": true}});
    let (id, outputs) = stage.create("agentic:s3:Bucket", &versions).await.unwrap();
    let made = names(&stage);
    assert_eq!(made, ["s3:GetBucketTagging", "s3:CreateBucket", "s3:PutBucketVersioning"]);
    let told = stage.read("agentic:s3:Bucket", &id).await.unwrap();
    assert_eq!(told["versioning"]["enabled"], true);
    assert!(outputs["arn"].as_str().is_some_and(|arn| arn.ends_with(&name)));
}

const RECORD: &str = "agentic:route53:Record";

/// Makes these records at the same moment.
async fn records<const N: usize>(stage: &Stage, of: [(&str, &str); N]) -> [Result<(), ErrorKind>; N] {
    let route53: aws_sdk_route53::Client = stage.clients.client(None).unwrap();
    let zone = route53.create_hosted_zone().name("a.example").caller_reference("a").send().await.unwrap();
    let zone = zone.hosted_zone.unwrap().id;
    stage.aws.clear();
    let make = of.map(|(name, address)| {
        let wanted = json!({"zoneId": zone, "name": name, "type": "A", "ttl": 60, "records": [address]});
        async move {
            let (cx, wanted) = (stage.cx(&format!("{name} {address}")), checked(RECORD, &wanted));
            let made = kind(RECORD).create(&cx, &wanted);
            made.await.map(drop).map_err(|failed| failed.error.kind())
        }
    });
    join_all(make).await.try_into().unwrap()
}

#[tokio::test]
async fn records_of_one_moment_are_one_change() {
    let stage = Stage::new().await;
    let made = records(&stage, [("one", "192.0.2.1"), ("two", "192.0.2.2"), ("three", "192.0.2.3")]).await;
    assert_eq!(made, [Ok(()); 3]);
    let count = |wanted: &str| names(&stage).iter().filter(|name| *name == wanted).count();
    assert_eq!(count("route53:ChangeResourceRecordSets"), 1);
    assert_eq!(count("route53:GetChange"), 1);
}

#[tokio::test]
async fn a_record_that_aws_refuses_is_no_obstacle_to_others() {
    let stage = Stage::new().await;
    let made = records(&stage, [("one", "192.0.2.1"), ("two", "192.0.2.2"), ("one", "192.0.2.3")]).await;
    assert_eq!(made[1], Ok(()));
    let refused = made.iter().filter(|made| made.is_err()).count();
    assert_eq!(refused, 1, "one of those of the same name: {made:?}");
}
