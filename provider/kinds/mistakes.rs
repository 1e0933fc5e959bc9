//! Mistakes that AWS would refuse, and that a preview tells with their path.

#![cfg(test)]
#![allow(clippy::unwrap_used)]

use serde_json::{Value as J, json};

use super::any::AnyKind;
use super::home::Home;
use super::registry::find;
use crate::engine::check::Naming;
use crate::model::{Object, Value};

fn object(fields: &J) -> Object {
    Value::from_json(fields).as_object().unwrap().clone()
}

/// What a check says of a resource that is (`olds`) and shall be (`news`), a failure a line.
fn told(token: &str, olds: &Object, news: &J) -> (Object, String) {
    let kind = find(token).unwrap();
    let make = || Ok(Value::from("made-1234567"));
    let naming = Naming { before: olds, olds, make: &make };
    let home = Home { region: Some("eu-west-1"), is_configured: true };
    let checked = kind.check(object(news), &Object::new(), &naming, &home);
    let failures: Vec<String> = checked.failures.iter().map(ToString::to_string).collect();
    (checked.inputs, failures.join("\n"))
}

fn of_new(token: &str, news: J) -> String {
    told(token, &Object::new(), &news).1
}

fn of_change(token: &str, was: &J, news: J) -> String {
    told(token, &object(was), &news).1
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn policies_are_held_against_their_grammar_and_size() {
    let statement = |resource: &str| json!({"Effect": "Allow", "Action": "s3:*", "Resource": resource});
    let policy = |statement: J| json!({"Version": "2012-10-17", "Statement": [statement]});
    let large = |size: usize| policy(statement(&"x".repeat(size)));
    let role = |policy: J| json!({"role": "app", "policy": policy});
    assert_eq!(of_new("agentic:iam:RolePolicy", role(policy(statement("*")))), "");
    has(&of_new("agentic:iam:RolePolicy", role(large(10_240))), &["policy: has 10,3", "10,240"]);
    has(&of_new("agentic:iam:Policy", json!({"policy": large(6_144)})), &["policy: has 6,2", "6,144"]);
    let trust =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1".repeat(8_192)}});
    has(&of_new("agentic:iam:Role", json!({"assumeRolePolicy": policy(trust)})), &["8,192"]);
    let unknown = |effect: &str, resource: bool| {
        let mut statement = json!({"Effect": effect, "Action": "s3:*", "Principal": "*"});
        if resource {
            statement["Resource"] = json!("*");
        }
        policy(statement)
    };
    let effect = "Statement[0] has the Effect \"Alow\"; give \"Allow\" or \"Deny\"";
    has(
        &of_new("agentic:s3:BucketPolicy", json!({"bucket": "abc", "policy": unknown("Alow", true)})),
        &[effect],
    );
    has(&of_new("agentic:sns:Topic", json!({"policy": unknown("Alow", true)})), &[effect]);
    has(&of_new("agentic:secretsmanager:Secret", json!({"policy": unknown("Alow", true)})), &[effect]);
    has(&of_new("agentic:iam:Role", json!({"assumeRolePolicy": unknown("Alow", false)})), &[effect]);
    let bucket = json!({"bucket": "abc", "policy": unknown("Allow", true)});
    assert_eq!(of_new("agentic:s3:BucketPolicy", bucket), "");
}

#[test]
fn properties_that_do_not_exist_are_told_with_the_nearest() {
    let vpc = of_new("agentic:ec2:Vpc", json!({"cidrBlok": "10.0.0.0/16", "cidrBlock": "10.0.0.0/16"}));
    has(&vpc, &["cidrBlok: there is no such property; did you mean \"cidrBlock\"?"]);
    let group = json!({"port": 80, "protocol": "HTTP", "vpcId": "vpc-1", "healthCheck": {"pth": "/"}});
    has(
        &of_new("agentic:lb:TargetGroup", group),
        &["healthCheck.pth: there is no such property", "\"path\""],
    );
    let containers = json!([{"name": "a", "image": "b", "enviroment": []}]);
    let task = json!({"family": "a", "containerDefinitions": containers});
    has(&of_new("agentic:ecs:TaskDefinition", task), &["did you mean \"environment\"?"]);
}

#[test]
fn names_of_variables_come_once() {
    let container = json!({
        "name": "a", "image": "b", "environment": [{"name": "URL", "value": "x"}],
        "secrets": [{"name": "URL", "valueFrom": "arn:a"}, {"name": "KEY", "valueFrom": "arn:a"}],
    });
    let task = json!({"family": "a", "containerDefinitions": [container]});
    has(
        &of_new("agentic:ecs:TaskDefinition", task),
        &["[0].secrets[0].name is \"URL\", which environment has too"],
    );
}

#[test]
fn ids_and_classes_are_of_their_sort() {
    has(
        &of_new("agentic:ec2:RouteTable", json!({"vpcId": "main"})),
        &["vpcId: is \"main\"; give the ID of a VPC"],
    );
    let group = json!({"subnetIds": ["subnet-1", "vpc-1"], "name": "a"});
    has(&of_new("agentic:rds:SubnetGroup", group), &["subnetIds[1]: is \"vpc-1\"; give the ID of a subnet"]);
    let cache = json!({"nodeType": "t4g.small"});
    has(&of_new("agentic:elasticache:ReplicationGroup", cache), &["nodeType:", "give \"cache.t4g.small\""]);
    let instance = json!({"clusterIdentifier": "a", "engine": "aurora-mysql", "instanceClass": "r8g.large"});
    has(&of_new("agentic:rds:ClusterInstance", instance), &["instanceClass:", "give \"db.r8g.large\""]);
}

fn database(with: &J) -> J {
    let mut fields = json!({
        "identifier": "db", "engine": "postgres", "instanceClass": "db.t4g.medium", "allocatedStorage": 100,
        "username": "app", "password": "correct-horse", "storageType": "gp3",
    });
    for (key, value) in with.as_object().unwrap() {
        fields[key] = value.clone();
    }
    fields
}

#[test]
fn storage_neither_shrinks_nor_gets_a_speed_that_aws_refuses() {
    let token = "agentic:rds:Instance";
    let change = |was: J, wanted: J| of_change(token, &database(&was), database(&wanted));
    has(
        &change(json!({}), json!({"allocatedStorage": 50})),
        &["allocatedStorage:", "100 GiB and cannot shrink"],
    );
    assert_eq!(change(json!({}), json!({"allocatedStorage": 400})), "");
    has(&change(json!({}), json!({"iops": 3000})), &["iops:", "below 400 GiB has a fixed speed"]);
    let io1 = json!({"storageType": "io1", "iops": 1000});
    has(&change(io1.clone(), json!({"iops": 1000})), &["iops:", "below 400 GiB"]);
    assert_eq!(change(io1, json!({})), "");
    let large = json!({"allocatedStorage": 400, "iops": 3000, "storageThroughput": 125});
    has(
        &of_new(token, database(&large)),
        &["iops: is too little", "12000 or more", "storageThroughput:", "500"],
    );
}

#[test]
fn a_grace_period_needs_a_load_balancer() {
    let service = |grace: i64| json!({"taskDefinition": "a:1", "healthCheckGracePeriodSeconds": grace});
    assert_eq!(of_new("agentic:ecs:Service", service(0)), "");
    has(
        &of_new("agentic:ecs:Service", service(60)),
        &["healthCheckGracePeriodSeconds:", "give loadBalancers"],
    );
}

#[test]
fn a_strategy_that_is_taken_out_is_a_change() {
    let kind: &dyn AnyKind = find("agentic:ecs:Service").unwrap();
    let spot = json!([{"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1}]);
    let with = object(&json!({"name": "a", "capacityProviderStrategies": spot}));
    let without = object(&json!({"name": "a"}));
    let outputs = object(&json!({"capacityProviderStrategies": spot}));
    let changes = |old: &Object, new: &Object| {
        let found = kind.diff(old, &outputs, new).unwrap();
        found.iter().map(|difference| difference.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(changes(&with, &without), ["capacityProviderStrategies"]);
    assert!(changes(&without, &without).is_empty(), "what AWS picked is no change");
}

#[test]
fn the_name_that_a_fifo_topic_gets_is_legal() {
    let none = Object::new();
    let (inputs, failures) = told("agentic:sns:Topic", &none, &json!({"fifoTopic": true}));
    assert_eq!((inputs["name"].as_str(), failures.as_str()), (Some("made-1234567.fifo"), ""));
    let (again, failures) = told("agentic:sns:Topic", &inputs, &json!({"fifoTopic": true}));
    assert_eq!((again["name"].as_str(), failures.as_str()), (Some("made-1234567.fifo"), ""));
    let (plain, failures) = told("agentic:sns:Topic", &inputs, &json!({}));
    assert_eq!((plain["name"].as_str(), failures.as_str()), (Some("made-1234567"), ""));
}

#[test]
fn tags_have_the_limits_of_aws() {
    let vpc = |tags: J| of_new("agentic:ec2:Vpc", json!({"cidrBlock": "10.0.0.0/16", "tags": tags}));
    has(&vpc(json!({"aws:team": "a"})), &["tags[\"aws:team\"]:", "reserved"]);
    has(&vpc(json!({"k".repeat(129): "a"})), &["129 characters"]);
    has(&vpc(json!({"k": "v".repeat(257)})), &["257 characters"]);
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
    has(&vpc(J::Object(many)), &["has 51 tags"]);
}

#[test]
fn what_is_not_supported_is_refused_with_what_to_do() {
    let vpc = |with: J| {
        let mut fields = json!({"cidrBlock": "10.0.0.0/16"});
        for (key, value) in with.as_object().unwrap() {
            fields[key] = value.clone();
        }
        of_new("agentic:ec2:Vpc", fields)
    };
    has(
        &vpc(json!({"ipv6CidrBlock": "2600::/56"})),
        &["ipv6CidrBlock: is not supported; AWS picks", "set assignGeneratedIpv6CidrBlock"],
    );
    assert_eq!(vpc(json!({"assignGeneratedIpv6CidrBlock": false, "ipv4IpamPoolId": null})), "");
    let (inputs, failures) = told(
        "agentic:rds:Cluster",
        &Object::new(),
        &json!({"engine": "aurora-postgresql", "engineMode": "provisioned", "masterUsername": "app", "masterPassword": "correct-horse"}),
    );
    assert_eq!((inputs.get("engineMode"), failures.as_str()), (None, ""));
}

#[test]
fn a_prefix_goes_with_no_name() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
    let role = |name: J| json!({"name": name, "namePrefix": "app-", "assumeRolePolicy": trust});
    has(&of_new("agentic:iam:Role", role(json!("app"))), &["namePrefix: conflicts with name"]);
    assert_eq!(of_new("agentic:iam:Role", role(J::Null)), "");
    let database = database(&json!({"identifier": null, "identifierPrefix": "orders-"}));
    assert_eq!(of_new("agentic:rds:Instance", database), "");
    has(
        &of_new("agentic:ecs:TaskDefinition", json!({"namePrefix": "app-"})),
        &["namePrefix: there is no such property"],
    );
}

#[test]
fn policies_of_a_role_are_held_against_their_grammar() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]});
    let role = json!({"assumeRolePolicy": trust, "inlinePolicies": [{"name": "a", "policy": policy}]});
    has(&of_new("agentic:iam:Role", role), &["inlinePolicies[0].policy:", "has no Resource"]);
}
