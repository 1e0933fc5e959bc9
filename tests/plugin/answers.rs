//! Answers of AWS that are neither a plain success nor a plain error, and what kinds make of them:
//! dashboards, event rules and their targets, web ACLs. And what a preview asks of AWS.

use agentic::aws::ErrorKind;
use agentic::model::{Object, Value};
use aws_proxy::Fault;
use serde_json::{Value as Json, json};

use crate::stage::{Stage, checked, kind};

const DASHBOARD: &str = "agentic:cloudwatch:Dashboard";
const RULE: &str = "agentic:cloudwatch:EventRule";
const TARGET: &str = "agentic:cloudwatch:EventTarget";
const WEB_ACL: &str = "agentic:wafv2:WebAcl";
const ASSOCIATION: &str = "agentic:wafv2:WebAclAssociation";

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:jobs";
const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/api/1";

fn dashboard(title: &str) -> Json {
    let widget = json!({"type": "metric", "properties": {"title": title, "metrics": ["AWS/ECS"]}});
    json!({"dashboardName": "main", "dashboardBody": {"widgets": [widget]}})
}

fn complaint() -> Fault {
    let message = json!({"DataPath": "/widgets/0/properties/metrics/0", "Message": "Should be array"});
    let answer = json!({"DashboardValidationMessages": [message]}).to_string();
    Fault::on("monitoring", "PutDashboard").raw(200, "application/x-amz-json-1.0", &answer)
}

#[tokio::test]
async fn a_dashboard_that_cloudwatch_finds_fault_with_is_an_error_and_not_kept() {
    let stage = Stage::new().await;
    stage.aws.fault(complaint());
    let failed = stage.create(DASHBOARD, &dashboard("CPU")).await.unwrap_err();
    assert!(failed.made.is_none());
    let expected = r#"widgets[0] "CPU", properties.metrics[0]: Should be array"#;
    assert!(failed.error.to_string().contains(expected), "{}", failed.error);
    assert_eq!(stage.aws.mutations(), ["monitoring:PutDashboard", "monitoring:DeleteDashboards"]);

    let made = stage.create(DASHBOARD, &dashboard("CPU")).await.unwrap();
    stage.aws.fault(complaint());
    let failed = stage.update(DASHBOARD, &made, &dashboard("CPU"), &dashboard("Memory")).await.unwrap_err();
    assert!(failed.error.to_string().contains(r#"widgets[0] "Memory""#), "{}", failed.error);
    let there = stage.read(DASHBOARD, "main").await.unwrap();
    assert!(there["dashboardBody"].as_str().unwrap().contains("CPU"), "{there}");
}

#[tokio::test]
async fn a_dashboard_that_cloudwatch_refuses_is_told_by_its_widget() {
    let stage = Stage::new().await;
    let text = r#"The dashboard body is invalid, there are 1 validation errors: [ { "dataPath": "/widgets/0/properties", "message": "Should have required property 'region'" } ]"#;
    stage.aws.fault(Fault::on("monitoring", "PutDashboard").error(400, "InvalidParameterInput", text));
    let failed = stage.create(DASHBOARD, &dashboard("CPU")).await.unwrap_err();
    let told = failed.error.to_string();
    assert!(
        told.contains(r#"widgets[0] "CPU", properties: Should have required property 'region'"#),
        "{told}"
    );
    assert!(told.contains("cloudwatch:PutDashboard failed (InvalidParameterInput)"), "{told}");
}

#[tokio::test]
async fn a_dashboard_of_somebody_else_is_left_alone() {
    let stage = Stage::new().await;
    stage.create(DASHBOARD, &dashboard("CPU")).await.unwrap();
    let failed = stage.create(DASHBOARD, &dashboard("Memory")).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(stage.aws.mutations(), ["monitoring:PutDashboard"]);
}

fn failed_entry(code: &str, message: &str) -> Fault {
    let entry = json!({"TargetId": "report", "ErrorCode": code, "ErrorMessage": message});
    let body = json!({"FailedEntryCount": 1, "FailedEntries": [entry]}).to_string();
    Fault::on("events", "PutTargets").raw(200, "application/x-amz-json-1.1", &body)
}

#[tokio::test]
async fn a_target_that_was_not_taken_is_an_error_though_the_answer_is_well() {
    let stage = Stage::new().await;
    let rule = json!({"name": "nightly", "scheduleExpression": "rate(1 day)"});
    stage.create(RULE, &rule).await.unwrap();
    let target = json!({"rule": "nightly", "targetId": "report", "arn": QUEUE});
    stage.aws.fault(failed_entry("AccessDeniedException", "no events:PutTargets for you"));
    let failed = stage.create(TARGET, &target).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::AccessDenied);
    assert!(failed.error.to_string().starts_with("events:PutTargets was denied (AccessDeniedException)"));

    // Too many at a time: the next attempt gets there.
    stage.aws.fault(failed_entry("ConcurrentModificationException", "try again"));
    let (id, _) = stage.create(TARGET, &target).await.unwrap();
    assert_eq!((id.as_str(), stage.aws.faults_left().len()), ("nightly/report", 0));

    let held = stage.delete(RULE, "nightly", &rule).await.unwrap_err();
    assert_eq!(held.kind(), ErrorKind::InUse);
    assert!(held.to_string().contains(&format!("still held by its target \"report\" ({QUEUE})")), "{held}");
    stage.delete(TARGET, &id, &target).await.unwrap();
    stage.delete(RULE, "nightly", &rule).await.unwrap();
}

#[tokio::test]
async fn a_rule_with_targets_of_others_goes_where_the_program_says_so() {
    let stage = Stage::new().await;
    let mut rule = json!({"name": "nightly", "scheduleExpression": "rate(1 day)"});
    stage.create(RULE, &rule).await.unwrap();
    stage.create(TARGET, &json!({"rule": "nightly", "targetId": "report", "arn": QUEUE})).await.unwrap();
    let held = stage.delete(RULE, "nightly", &rule).await.unwrap_err();
    assert!(held.to_string().contains("set forceDestroy and run `pulumi up` first"), "{held}");

    rule["forceDestroy"] = json!(true);
    stage.aws.clear();
    stage.delete(RULE, "nightly", &rule).await.unwrap();
    assert_eq!(stage.aws.mutations(), ["events:RemoveTargets", "events:DeleteRule"]);
    assert_eq!(stage.read(RULE, "nightly").await, None);
}

#[tokio::test]
async fn an_aurora_upgrade_moves_the_instances_to_their_new_parameter_group_in_one_call() {
    let stage = Stage::new().await;
    let cluster = |version: &str| {
        json!({
            "clusterIdentifier": "orders", "engine": "aurora-postgresql", "engineVersion": version,
            "masterUsername": "app", "masterPassword": "correct-horse", "skipFinalSnapshot": true,
            "allowMajorVersionUpgrade": true, "dbInstanceParameterGroupName": "orders16",
        })
    };
    let cluster_token = "agentic:rds:Cluster";
    let made = stage.create(cluster_token, &cluster("15")).await.unwrap();
    let group = |stage: &Stage| {
        let calls = stage.aws.calls();
        let modify = calls.iter().filter(|call| call.operation == "ModifyDBCluster");
        modify.map(|call| call.params["DBInstanceParameterGroupName"].clone()).collect::<Vec<_>>()
    };
    let mut tagged = cluster("15");
    tagged["copyTagsToSnapshot"] = json!(true);
    stage.aws.clear();
    stage.update(cluster_token, &made, &cluster("15"), &tagged).await.unwrap();
    assert_eq!(group(&stage), [Json::Null]);
    stage.aws.clear();
    stage.update(cluster_token, &made, &cluster("15"), &cluster("16")).await.unwrap();
    assert_eq!(group(&stage), [json!("orders16")]);
}

#[tokio::test]
async fn an_ecs_target_without_a_role_passes_and_aws_says_that_it_needs_one() {
    let stage = Stage::new().await;
    stage.create(RULE, &json!({"name": "nightly", "scheduleExpression": "rate(1 minute)"})).await.unwrap();
    let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/main";
    let target = json!({
        "rule": "nightly",
        "arn": cluster,
        "ecsTarget": {
            "taskCount": 1,
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/report:1",
            "launchType": "FARGATE",
            "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
        },
    });
    let message = format!("RoleArn is required for target {cluster}.");
    stage.aws.fault(Fault::on("events", "PutTargets").error(400, "ValidationException", &message));
    let failed = stage.create(TARGET, &target).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::Invalid);
    assert!(failed.error.hint().unwrap().starts_with("Give roleArn"), "{}", failed.error);
    stage.create(TARGET, &target).await.unwrap();
}

fn web_acl(scope: &str, metric: &str) -> Json {
    json!({
        "name": "main", "scope": scope, "defaultAction": {"allow": {}},
        "visibilityConfig": {
            "cloudwatchMetricsEnabled": true, "metricName": metric, "sampledRequestsEnabled": true
        },
    })
}

#[tokio::test]
async fn a_web_acl_that_somebody_else_changes_too_is_tried_again_with_a_new_token() {
    let stage = Stage::new().await;
    let (old, new) = (web_acl("REGIONAL", "a"), web_acl("REGIONAL", "b"));
    let made = stage.create(WEB_ACL, &old).await.unwrap();
    stage.aws.fault(Fault::on("wafv2", "UpdateWebACL").error(400, "WAFOptimisticLockException", "changed"));
    stage.update(WEB_ACL, &made, &old, &new).await.unwrap();
    let lock = Fault::on("wafv2", "DeleteWebACL").error(400, "WAFOptimisticLockException", "changed");
    stage.aws.fault(lock);
    stage.aws.clear();
    stage.delete(WEB_ACL, &made.0, &new).await.unwrap();
    let calls: Vec<String> = stage.aws.calls().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(calls, ["GetWebACL", "DeleteWebACL", "GetWebACL", "DeleteWebACL"]);
}

#[tokio::test]
async fn a_web_acl_of_cloudfront_is_made_in_its_region() {
    let stage = Stage::new().await;
    let (old, new) = (web_acl("CLOUDFRONT", "a"), web_acl("CLOUDFRONT", "b"));
    let made = stage.create(WEB_ACL, &old).await.unwrap();
    assert!(made.1["arn"].as_str().unwrap().contains(":global/webacl/main/"), "{:?}", made.1["arn"]);
    stage.update(WEB_ACL, &made, &old, &new).await.unwrap();
    stage.delete(WEB_ACL, &made.0, &new).await.unwrap();
    assert_eq!(stage.read(WEB_ACL, &made.0).await, None);
    let calls = stage.aws.calls();
    let elsewhere = calls.iter().filter(|call| call.service == "wafv2" && call.region != "us-east-1");
    let elsewhere: Vec<_> = elsewhere.collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[tokio::test]
async fn a_load_balancer_behind_another_web_acl_stays_there() {
    let stage = Stage::new().await;
    let arn = |made: &(String, Object)| made.1["arn"].as_str().unwrap().to_owned();
    let one = arn(&stage.create(WEB_ACL, &web_acl("REGIONAL", "a")).await.unwrap());
    let mut other = web_acl("REGIONAL", "a");
    other["name"] = json!("other");
    let two = arn(&stage.create(WEB_ACL, &other).await.unwrap());

    let with = |acl: &str| json!({"resourceArn": BALANCER, "webAclArn": acl});
    let made = stage.create(ASSOCIATION, &with(&one)).await.unwrap();
    let failed = stage.create(ASSOCIATION, &with(&two)).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::AlreadyExists);
    assert!(failed.error.to_string().contains(&one), "{}", failed.error);

    // What is there by now is not what is to be taken away.
    stage.update(ASSOCIATION, &made, &with(&one), &with(&two)).await.unwrap();
    stage.delete(ASSOCIATION, BALANCER, &with(&one)).await.unwrap();
    assert_eq!(stage.read(ASSOCIATION, BALANCER).await.unwrap()["webAclArn"], json!(two));
    stage.delete(ASSOCIATION, BALANCER, &with(&two)).await.unwrap();
    assert_eq!(stage.read(ASSOCIATION, BALANCER).await, None);
}

/// What was made is lost to the state without its id.
#[tokio::test]
async fn a_creation_that_tells_no_id_is_an_error_and_the_next_one_goes_on() {
    let stage = Stage::new().await;
    let empty = "<CreateTopicResponse><CreateTopicResult/></CreateTopicResponse>";
    let cases = [
        (
            "agentic:ec2:Vpc",
            json!({"cidrBlock": "10.0.0.0/16"}),
            Fault::on("ec2", "CreateVpc").raw(200, "text/xml", "<CreateVpcResponse/>"),
        ),
        (
            "agentic:sns:Topic",
            json!({"name": "a"}),
            Fault::on("sns", "CreateTopic").raw(200, "text/xml", empty),
        ),
        (
            "agentic:secretsmanager:Secret",
            json!({"name": "a"}),
            Fault::on("secretsmanager", "CreateSecret").raw(200, "application/x-amz-json-1.1", "{}"),
        ),
    ];
    for (token, inputs, fault) in cases {
        stage.aws.fault(fault);
        let failed = stage.create(token, &inputs).await.unwrap_err();
        assert!(failed.made.is_none(), "{token}: {:?}", failed.made);
        let text = failed.error.to_string();
        assert!(text.contains(token) && text.contains("did not return the ID"), "{text}");
        assert!(stage.aws.faults_left().is_empty());
        let (id, _) = stage.create(token, &inputs).await.unwrap();
        assert!(!id.is_empty());
    }
}

/// What AWS is known to refuse of a resource that is not there yet.
async fn foreseen(stage: &Stage, token: &str, inputs: &Json) -> String {
    let (cx, none, inputs) = (stage.cx(token), Object::new(), checked(token, inputs));
    match kind(token).foresee(&cx, &none, &inputs) {
        Some(asked) => asked.await.to_string(),
        None => String::new(),
    }
}

const DATABASE: &str = "agentic:rds:Instance";

fn database(version: &str) -> Json {
    json!({
        "identifier": "db", "engine": "postgres", "engineVersion": version, "instanceClass": "db.t4g.micro",
        "allocatedStorage": 20, "username": "app", "password": "correct-horse", "skipFinalSnapshot": true,
    })
}

#[tokio::test]
async fn a_version_that_is_gone_is_the_newest_of_its_line_or_told_before_anything_is_made() {
    let stage = Stage::new().await;
    for fine in ["15.13", "15.4", "16", "17.7"] {
        assert_eq!(foreseen(&stage, DATABASE, &database(fine)).await, "", "{fine}");
    }
    let told = foreseen(&stage, DATABASE, &database("12.3")).await;
    assert!(told.starts_with("engineVersion: is \"12.3\", which RDS does not offer for postgres"), "{told}");
    assert!(told.contains("13.22, 14.20, 15.15, 16.11, 17.7"), "{told}");
    let cluster = json!({
        "clusterIdentifier": "c", "engine": "aurora-postgresql", "engineVersion": "12.3",
        "masterUsername": "app", "masterPassword": "correct-horse",
    });
    let told = foreseen(&stage, "agentic:rds:Cluster", &cluster).await;
    assert!(told.contains("engineVersion: is \"12.3\""), "{told}");
    let cache = json!({"replicationGroupId": "c", "nodeType": "cache.t4g.micro", "engineVersion": "4.0"});
    let told = foreseen(&stage, "agentic:elasticache:ReplicationGroup", &cache).await;
    assert!(told.contains("ElastiCache does not offer") && told.contains("7.1"), "{told}");
    assert_eq!(stage.aws.mutations(), Vec::<String>::new());

    let made = stage.create(DATABASE, &database("15.4")).await.unwrap();
    let calls = stage.aws.calls();
    let create = calls.iter().find(|call| call.operation == "CreateDBInstance").unwrap();
    assert_eq!(create.params["EngineVersion"], "15.15");
    assert_eq!(made.1["engineVersionActual"].as_str(), Some("15.15"));
}

#[tokio::test]
async fn a_trust_policy_beyond_the_quota_of_the_account_is_told_before_anything_is_made() {
    let stage = Stage::new().await;
    let role = |size: usize| {
        let statement = json!({
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1".repeat(size)},
        });
        json!({"name": "app", "assumeRolePolicy": {"Version": "2012-10-17", "Statement": [statement]}})
    };
    assert_eq!(foreseen(&stage, "agentic:iam:Role", &role(1_800)).await, "");
    let told = foreseen(&stage, "agentic:iam:Role", &role(2_048)).await;
    assert!(told.starts_with("assumeRolePolicy: has 2,1") && told.contains("allows 2,048"), "{told}");
}

#[tokio::test]
async fn what_would_hold_a_named_group_for_ever_is_known_before_it_is_replaced() {
    const GROUP: &str = "agentic:rds:ParameterGroup";
    let stage = Stage::new().await;
    let group = json!({"name": "own", "family": "postgres16"});
    let made = stage.create(GROUP, &group).await.unwrap();
    let held = async |stage: &Stage| {
        let (cx, inputs) = (stage.cx(GROUP), checked(GROUP, &group));
        kind(GROUP).holders(&cx, &made.0, &inputs, &made.1).await
    };
    assert_eq!(held(&stage).await, None);
    let mut with_group = database("16");
    with_group["parameterGroupName"] = json!("own");
    stage.create(DATABASE, &with_group).await.unwrap();
    assert_eq!(held(&stage).await.as_deref(), Some("the database instances db"));
}

#[tokio::test]
async fn a_static_parameter_that_is_to_take_effect_at_once_is_told_before_anything_is_made() {
    let stage = Stage::new().await;
    let group = |method: &str| {
        let dynamic = json!({"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"});
        let fixed = json!({"name": "max_connections", "value": "200", "applyMethod": method});
        json!({"name": "own", "family": "postgres16", "parameters": [dynamic, fixed]})
    };
    for token in ["agentic:rds:ParameterGroup", "agentic:rds:ClusterParameterGroup"] {
        assert_eq!(foreseen(&stage, token, &group("pending-reboot")).await, "");
        let told = foreseen(&stage, token, &group("immediate")).await;
        assert!(
            told.starts_with("parameters[1].applyMethod: is \"immediate\", but max_connections"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn storage_that_gets_large_gets_the_speed_that_aws_wants() {
    let stage = Stage::new().await;
    let of = |size: i64, kind: &str, iops: Option<i64>| {
        let mut inputs = database("16");
        inputs["allocatedStorage"] = json!(size);
        inputs["storageType"] = json!(kind);
        if let Some(iops) = iops {
            inputs["iops"] = json!(iops);
        }
        inputs
    };
    let said = |stage: &Stage| {
        let calls = stage.aws.calls();
        let change = calls.iter().rev().find(|call| call.operation == "ModifyDBInstance").unwrap();
        ["AllocatedStorage", "Iops", "StorageThroughput"]
            .map(|name| change.params[name].as_str().map(str::to_owned))
    };
    let (small, large) = (of(100, "gp3", None), of(400, "gp3", None));
    let made = stage.create(DATABASE, &small).await.unwrap();
    stage.update(DATABASE, &made, &small, &large).await.unwrap();
    assert_eq!(said(&stage), ["400", "12000", "500"].map(|text| Some(text.to_owned())));

    let stage = Stage::new().await;
    let fast = of(100, "io1", Some(1000));
    let made = stage.create(DATABASE, &fast).await.unwrap();
    stage.update(DATABASE, &made, &fast, &small).await.unwrap();
    assert_eq!(said(&stage), [None, None, None]);
}

#[tokio::test]
async fn a_secret_that_was_deleted_and_made_again_has_its_value() {
    const SECRET: &str = "agentic:secretsmanager:Secret";
    const VERSION: &str = "agentic:secretsmanager:SecretVersion";
    let stage = Stage::new().await;
    let secret = json!({"name": "orders/db", "recoveryWindowInDays": 0});
    let mut arns = Vec::new();
    for _ in 0..2 {
        let (arn, _) = stage.create(SECRET, &secret).await.unwrap();
        let version = json!({"secretId": arn, "secretString": "correct-horse"});
        let (id, _) = stage.create(VERSION, &version).await.unwrap();
        let found = kind(VERSION).read(&stage.cx(VERSION), &id, None, None).await.unwrap();
        let (inputs, _) = found.expect("the version is there");
        assert_eq!(inputs["secretString"].peel(), &Value::from("correct-horse"));
        stage.delete(VERSION, &id, &version).await.unwrap();
        stage.delete(SECRET, &arn, &secret).await.unwrap();
        arns.push(arn);
    }
    assert_ne!(arns[0], arns[1]);
}
