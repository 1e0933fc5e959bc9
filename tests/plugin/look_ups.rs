//! Look-ups find what is there, tell what the resource itself tells, and say what they did not find.

use agentic::kinds;
use agentic::model::{Failures, Object, Value};
use serde_json::{Value as Json, json};

use crate::stage::Stage;

/// What a look-up answers: its results in plain JSON, or its failures and errors in a line.
async fn ask(stage: &Stage, name: &str, args: Json) -> Result<Json, String> {
    let function = kinds::find_function(&format!("agentic:{name}")).unwrap();
    let args = Value::from_json(&args).as_object().unwrap().clone();
    let mut failures = Failures::new();
    let answer = function.call(&stage.cx("look"), &args, &mut failures).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let Some(answer) = answer else { return Err(failures.to_string()) };
    for field in function.result() {
        let is_sure = field.required || field.told;
        assert!(!is_sure || answer.contains_key(field.name), "{name} does not tell {}", field.name);
    }
    Ok(Value::Object(answer).to_json().unwrap())
}

async fn made(stage: &Stage, token: &str, inputs: Json) -> (String, Object) {
    stage.create(&format!("agentic:{token}"), &inputs).await.unwrap()
}

fn role() -> Json {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    }]});
    json!({"name": "app", "assumeRolePolicy": trust, "tags": {"team": "a"}})
}

#[tokio::test]
async fn arguments_of_the_aws_package_are_refused_where_they_are_not_taken() {
    let stage = Stage::new().await;
    for (name, args, part) in [
        (
            "ec2:getSubnet",
            json!({"ipv6CidrBlock": "2001:db8::/64"}),
            "ipv6CidrBlock: is not supported; give filters",
        ),
        ("iam:getPolicyDocument", json!({"sourceJson": "{}"}), "give sourcePolicyDocuments"),
        ("alb:getTargetGroup", json!({"name": "a", "loadBalancingAnomalyMitigation": "on"}), "leave it out"),
        (
            "index:getRegion",
            json!({"endpoint": "ec2.eu-west-1.amazonaws.com"}),
            "give the name of the region",
        ),
    ] {
        let refused = ask(&stage, name, args).await.unwrap_err();
        assert!(refused.contains(part), "{name}: {refused}");
    }
    assert!(stage.aws.calls().is_empty(), "AWS was asked all the same");
    let usual = json!({"allAvailabilityZones": false});
    ask(&stage, "index:getAvailabilityZones", usual).await.unwrap();
}

#[tokio::test]
async fn parts_of_networks_are_found() {
    let stage = Stage::new().await;
    let (vpc, _) = made(&stage, "ec2:Vpc", json!({"cidrBlock": "10.0.0.0/16"})).await;
    let part = |range: &str, zone: &str, team: &str| json!({"vpcId": vpc, "cidrBlock": range, "availabilityZone": zone, "tags": {"team": team}});
    let (one, outputs) = made(&stage, "ec2:Subnet", part("10.0.1.0/24", "eu-west-1a", "a")).await;
    let (two, _) = {
        let kind = crate::stage::kind("agentic:ec2:Subnet");
        let inputs = crate::stage::checked("agentic:ec2:Subnet", &part("10.0.2.0/24", "eu-west-1b", "b"));
        kind.create(&stage.cx("two"), &inputs).await.unwrap()
    };
    let found = ask(&stage, "ec2:getSubnet", json!({"vpcId": vpc, "tags": {"team": "a"}})).await.unwrap();
    assert_eq!(found["id"], one);
    assert_eq!(found["arn"], Value::to_json(&outputs["arn"]).unwrap());
    assert_eq!((&found["cidrBlock"], &found["region"]), (&json!("10.0.1.0/24"), &json!("eu-west-1")));
    let filters = json!([{"name": "cidr-block", "values": ["10.0.2.0/24"]}]);
    assert_eq!(ask(&stage, "ec2:getSubnet", json!({ "filters": filters })).await.unwrap()["id"], two);
    let both = ask(&stage, "ec2:getSubnet", json!({"vpcId": vpc})).await.unwrap_err();
    assert!(both.contains("2 subnets match vpcId vpc-") && both.contains(&one), "{both}");
    let none = ask(&stage, "ec2:getSubnet", json!({"vpcId": vpc, "tags": {"team": "c"}})).await.unwrap_err();
    assert!(none.contains("no subnet in eu-west-1 matches"), "{none}");
    let ids = ask(&stage, "ec2:getSubnetIds", json!({"vpcId": vpc})).await.unwrap();
    assert_eq!(ids["ids"], json!([one, two]));

    let (group, _) =
        made(&stage, "ec2:SecurityGroup", json!({"vpcId": vpc, "name": "app", "tags": {"team": "a"}})).await;
    let found = ask(&stage, "ec2:getSecurityGroup", json!({"name": "app"})).await.unwrap();
    assert_eq!((&found["id"], &found["vpcId"]), (&json!(group), &json!(vpc)));
    let found = ask(&stage, "ec2:getSecurityGroups", json!({"tags": {"team": "a"}})).await.unwrap();
    assert_eq!((&found["ids"], &found["vpcIds"]), (&json!([group]), &json!([vpc])));
    let (table, _) = made(&stage, "ec2:RouteTable", json!({"vpcId": vpc, "tags": {"team": "a"}})).await;
    let found = ask(&stage, "ec2:getRouteTable", json!({"vpcId": vpc, "tags": {"team": "a"}})).await.unwrap();
    assert_eq!(found["id"], table);

    let ec2: aws_sdk_ec2::Client = stage.clients.client(None).unwrap();
    ec2.register_image().name("app-1").send().await.unwrap();
    ec2.register_image().name("app-2").send().await.unwrap();
    let images = json!({"owners": ["self"], "nameRegex": "^app-2"});
    let image = ask(&stage, "ec2:getAmi", images).await.unwrap();
    assert_eq!(image["name"], "app-2");
    assert!(image["id"].as_str().unwrap().starts_with("ami-"), "{image}");
    let both = ask(&stage, "ec2:getAmi", json!({"owners": ["self"]})).await.unwrap_err();
    assert!(both.contains("2 images match") && both.contains("mostRecent"), "{both}");
    assert!(ask(&stage, "ec2:getAmi", json!({})).await.unwrap_err().contains("owners: is missing"));
    assert!(ask(&stage, "ec2:getAmi", json!({"nameRegex": "("})).await.unwrap_err().contains("regular"));
}

#[tokio::test]
async fn load_balancers_and_services_are_found() {
    let stage = Stage::new().await;
    let (vpc, _) = made(&stage, "ec2:Vpc", json!({"cidrBlock": "10.0.0.0/16"})).await;
    made(&stage, "ec2:InternetGateway", json!({"vpcId": vpc})).await;
    let (subnet, _) = made(&stage, "ec2:Subnet", json!({"vpcId": vpc, "cidrBlock": "10.0.1.0/24"})).await;
    let network =
        json!({"name": "app", "loadBalancerType": "network", "subnets": [subnet], "tags": {"team": "a"}});
    let (balancer, _) = made(&stage, "lb:LoadBalancer", network).await;
    let group = json!({"name": "app", "port": 80, "protocol": "TCP", "vpcId": vpc, "targetType": "ip"});
    let (group, _) = made(&stage, "lb:TargetGroup", group).await;
    let actions = json!([{"type": "forward", "targetGroupArn": group}]);
    let listener =
        json!({"loadBalancerArn": balancer, "port": 80, "protocol": "TCP", "defaultActions": actions});
    let (listener, _) = made(&stage, "lb:Listener", listener).await;
    for args in [json!({"name": "app"}), json!({"arn": balancer}), json!({"tags": {"team": "a"}})] {
        let found = ask(&stage, "lb:getLoadBalancer", args).await.unwrap();
        assert_eq!((&found["arn"], &found["loadBalancerType"]), (&json!(balancer), &json!("network")));
    }
    let none = ask(&stage, "lb:getLoadBalancer", json!({"name": "web"})).await.unwrap_err();
    assert!(none.contains("no load balancer in eu-west-1 matches name web"), "{none}");
    assert_eq!(ask(&stage, "lb:getTargetGroup", json!({"name": "app"})).await.unwrap()["id"], group);
    let by_port = json!({"loadBalancerArn": balancer, "port": 80});
    assert_eq!(ask(&stage, "lb:getListener", by_port).await.unwrap()["arn"], listener);
    assert!(ask(&stage, "lb:getListener", json!({})).await.unwrap_err().contains("arn: is missing"));

    let (cluster, _) = made(&stage, "ecs:Cluster", json!({"name": "main"})).await;
    let found = ask(&stage, "ecs:getCluster", json!({"clusterName": "main"})).await.unwrap();
    assert_eq!((&found["arn"], &found["clusterName"]), (&json!(cluster), &json!("main")));
    let none = ask(&stage, "ecs:getService", json!({"clusterArn": cluster, "serviceName": "web"})).await;
    assert!(none.unwrap_err().contains("no ECS service"));
}

#[tokio::test]
async fn roles_keys_parameters_and_repositories_are_found() {
    let stage = Stage::new().await;
    let (_, outputs) = made(&stage, "iam:Role", role()).await;
    let found = ask(&stage, "iam:getRole", json!({"name": "app"})).await.unwrap();
    assert_eq!(found["arn"], outputs["arn"].to_json().unwrap());
    assert!(found["assumeRolePolicy"].as_str().unwrap().contains("ecs-tasks"), "a policy is told as text");
    assert!(
        ask(&stage, "iam:getRole", json!({"name": "web"})).await.unwrap_err().contains("no IAM role matches")
    );
    let found = ask(&stage, "iam:getPolicy", json!({"name": "ReadOnlyAccess"})).await.unwrap();
    assert_eq!(found["arn"], "arn:aws:iam::aws:policy/ReadOnlyAccess");
    let both = ask(&stage, "iam:getPolicy", json!({"name": "a", "arn": "arn:aws:iam::aws:policy/a"})).await;
    assert!(both.unwrap_err().contains("name: conflicts with arn"));

    made(&stage, "ssm:Parameter", json!({"name": "/app/url", "type": "SecureString", "value": "quiet"}))
        .await;
    let found = ask(&stage, "ssm:getParameter", json!({"name": "/app/url"})).await.unwrap();
    assert_eq!(found["insecureValue"], "", "what is secret is told as a secret alone");
    assert!(found["value"].to_string().contains("quiet") || found["value"].is_object());
    made(&stage, "ecr:Repository", json!({"name": "app"})).await;
    let found = ask(&stage, "ecr:getRepository", json!({"name": "app"})).await.unwrap();
    assert!(found["repositoryUrl"].as_str().unwrap().ends_with("/app"), "{found}");
    made(&stage, "cloudwatch:LogGroup", json!({"name": "/ecs/app", "retentionInDays": 30})).await;
    let found = ask(&stage, "cloudwatch:getLogGroup", json!({"name": "/ecs/app"})).await.unwrap();
    assert_eq!(found["retentionInDays"], 30);
    let token = ask(&stage, "ecr:getAuthorizationToken", json!({})).await.unwrap();
    assert_eq!(token["userName"], "AWS");
    let (key, _) = made(&stage, "kms:Key", json!({"description": "data"})).await;
    let found = ask(&stage, "kms:getKey", json!({"keyId": key})).await.unwrap();
    assert_eq!((&found["description"], &found["keyState"]), (&json!("data"), &json!("Enabled")));
    let password = ask(&stage, "secretsmanager:getRandomPassword", json!({"passwordLength": 20})).await;
    assert!(!password.unwrap()["randomPassword"].is_null());
}

#[tokio::test]
async fn databases_are_found_with_the_names_of_either_side() {
    let stage = Stage::new().await;
    let database = json!({
        "identifier": "orders", "engine": "postgres", "instanceClass": "db.t4g.medium", "allocatedStorage": 20,
        "username": "app", "password": "correct-horse", "skipFinalSnapshot": true, "tags": {"team": "a"},
    });
    made(&stage, "rds:Instance", database).await;
    for args in [json!({"dbInstanceIdentifier": "orders"}), json!({"tags": {"team": "a"}})] {
        let found = ask(&stage, "rds:getInstance", args).await.unwrap();
        assert_eq!(
            (&found["dbInstanceClass"], &found["masterUsername"]),
            (&json!("db.t4g.medium"), &json!("app"))
        );
        assert!(found.get("password").is_none(), "AWS tells no password");
    }
    let none = ask(&stage, "rds:getCluster", json!({"clusterIdentifier": "orders"})).await.unwrap_err();
    assert!(none.contains("no DB cluster in eu-west-1 matches clusterIdentifier orders"), "{none}");
}

#[tokio::test]
async fn places_are_told() {
    let stage = Stage::new().await;
    let found = ask(&stage, "index:getPartition", json!({})).await.unwrap();
    assert_eq!(
        (&found["dnsSuffix"], &found["reverseDnsPrefix"]),
        (&json!("amazonaws.com"), &json!("com.amazonaws"))
    );
    let found = ask(&stage, "index:getRegion", json!({})).await.unwrap();
    assert_eq!((&found["name"], &found["region"]), (&json!("eu-west-1"), &json!("eu-west-1")));
    let found = ask(&stage, "elb:getServiceAccount", json!({})).await.unwrap();
    assert_eq!(found["arn"], "arn:aws:iam::156460612806:root");
    let none = ask(&stage, "elb:getServiceAccount", json!({"region": "il-central-1"})).await.unwrap_err();
    assert!(
        none.contains("logdelivery.elasticloadbalancing.amazonaws.com") || none.contains("no account"),
        "{none}"
    );
}
