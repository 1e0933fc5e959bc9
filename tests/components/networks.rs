//! The network of a stack and the ways in and out of it.

use fake_engine::FakeEngine;
use serde_json::{Value as Json, json};

use super::stage::{CLUSTER, DATABASE, SERVICE, STACK, assert_tree, platform, preset, preview};

#[tokio::test]
async fn without_nat_tasks_are_in_public_subnets_of_one_zone() {
    let (engine, state) = preview(STACK, "shop", preset("development")).await;
    state.unwrap();
    for service in ["web", "api", "worker"] {
        let network = &engine.registration(&format!("shop-{service}-service")).inputs["networkConfiguration"];
        assert_eq!(network["assignPublicIp"], true, "{service}");
        assert_eq!(network["subnets"].as_array().unwrap().len(), 1, "{service}");
    }
    let made = |part: &str| {
        engine
            .registrations()
            .iter()
            .filter(|made| made.name().contains(part) && !made.name().ends_with("-rt"))
            .count()
    };
    // AWS wants two zones for load balancers and databases, and for nothing else.
    assert_eq!((made("public-subnet"), made("private-subnet"), made("db-subnet-")), (2, 2, 3));
    assert_eq!((made("-nat"), made("-eip")), (0, 0));
}

#[tokio::test]
async fn private_tasks_without_nat_have_endpoints() {
    let mut inputs = preset("development");
    inputs["network"] = json!({ "endpoints": ["ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"] });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    let api = &engine.registration("shop-api-service").inputs["networkConfiguration"];
    assert_eq!(api["assignPublicIp"], false);
    let endpoint = engine.registration("shop-endpoint-ecr-api").inputs;
    assert_eq!(endpoint["serviceName"], "com.amazonaws.us-east-1.ecr.api");
    assert_eq!(
        (&endpoint["vpcEndpointType"], &endpoint["privateDnsEnabled"]),
        (&json!("Interface"), &json!(true))
    );
    let gateway = engine.registration("shop-endpoint-s3").inputs;
    assert_eq!(gateway["vpcEndpointType"], "Gateway");
    assert_eq!(gateway["routeTableIds"].as_array().unwrap().len(), 3);
    assert!(engine.is_deleted_before("shop-api-service", "shop-endpoint-ecr-dkr"));

    // What tasks lack is told, and images that endpoints do not lead to.
    inputs["network"]["endpoints"] = json!(["ecr.api", "s3"]);
    inputs["services"]["worker"]["image"] = json!("nginx:1.29");
    let told = format!("{:?}", preview(STACK, "shop", inputs).await.1.unwrap_err());
    assert!(
        told.contains("lacks ecr.dkr, logs, secretsmanager, which the tasks of api, worker need"),
        "{told}"
    );
    assert!(told.contains("services.worker.image"), "{told}");
}

#[tokio::test]
async fn a_regional_nat_gateway_is_one_for_all_zones() {
    let mut inputs = platform();
    inputs["network"]["nat"] = json!("regional");
    inputs["network"]["cidrMasks"] = json!({ "public": 24, "private": 24, "database": 28 });
    inputs["network"]["flowLogs"] = json!({ "trafficType": "REJECT", "retentionInDays": 7 });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let gateway = engine.registration("shop-nat-regional").inputs;
    assert_eq!(gateway["availabilityMode"], "regional");
    assert!(gateway.get("subnetId").is_none() && gateway.get("allocationId").is_none());
    assert!(engine.registrations().iter().all(|made| !made.name().ends_with("-eip")));
    assert_eq!(engine.registration("shop-db-subnet-2").inputs["cidrBlock"], "10.1.6.0/28");
    assert_eq!(engine.registration("shop-private-subnet-2").inputs["cidrBlock"], "10.1.4.0/24");
    let log = engine.registration("shop-flow-log").inputs;
    assert_eq!((&log["trafficType"], &log["maxAggregationInterval"]), (&json!("REJECT"), &json!(600)));
    assert_eq!(engine.registration("shop-flow-logs").inputs["retentionInDays"], 7);
}

#[tokio::test]
async fn cloudfront_is_in_front_of_a_load_balancer_within_the_vpc() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "zone": "example.com", "subdomain": "app" });
    inputs["waf"] = json!({});
    inputs["edge"] = json!({ "originReadTimeout": 60 });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    let state = state.unwrap();
    assert_tree("edge", &engine);
    assert_eq!(state["url"], "https://app.example.com");
    let balancer = engine.registration("shop-public-alb").inputs;
    assert_eq!(balancer["internal"], true);
    // Nobody on the internet reaches it.
    let open = engine
        .registrations()
        .into_iter()
        .filter(|made| made.inputs.get("cidrIpv4").is_some_and(|range| range == "0.0.0.0/0"));
    let open: Vec<String> =
        open.map(|made| made.name().to_owned()).filter(|name| !name.ends_with("-out")).collect();
    assert_eq!(open, Vec::<String>::new());
    let distribution = engine.registration("shop-edge").inputs;
    assert_eq!(distribution["aliases"], json!(["app.example.com"]));
    assert_eq!(distribution["origins"][0]["vpcOriginConfig"]["originReadTimeout"], 60);
    let acl = engine.registration("shop-edge-waf").inputs;
    assert_eq!((&acl["scope"], &acl["region"]), (&json!("CLOUDFRONT"), &json!("us-east-1")));
    assert_eq!(engine.registration("shop-certificate").inputs["region"], "us-east-1");
    assert_eq!(engine.registration("shop-record-aaaa").inputs["type"], "AAAA");
    assert_eq!(
        engine.registration("shop-web-service").inputs["networkConfiguration"]["assignPublicIp"],
        false
    );

    inputs["services"]["web"]["expose"] = json!("internal");
    inputs["services"]["web"]["paths"] = json!(["/web/*"]);
    let told = format!("{:?}", preview(STACK, "shop", inputs).await.1.unwrap_err());
    assert!(told.contains("is given, but no service is public"), "{told}");
}

#[tokio::test]
async fn a_certificate_makes_https_without_a_zone() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "certificateArn": "arn:aws:acm:us-east-1:1:certificate/1" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let has = |name: &str| engine.registrations().iter().any(|registration| registration.name() == name);
    assert!(has("shop-public-alb-https") && has("shop-public-alb-sg-443"));
    assert!(!has("shop-record") && !has("shop-certificate"));
}

#[tokio::test]
async fn services_that_share_a_security_group_have_one() {
    let mut inputs = platform();
    inputs["sharedSecurityGroup"] = json!(true);
    inputs["names"] = json!({ "cluster": "main", "web-logs": "/ecs/web" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    assert_eq!(state.unwrap()["clusterName"], "main");
    let mut names: Vec<String> =
        engine.registrations().iter().map(|registration| registration.name().to_owned()).collect();
    names.sort();
    let is_group = |name: &&String| name.ends_with("-sg") && !name.contains("caller");
    let groups: Vec<&String> = names.iter().filter(is_group).collect();
    assert_eq!(
        groups,
        ["shop-database-db-sg", "shop-internal-alb-sg", "shop-public-alb-sg", "shop-services-sg"]
    );
    for rule in
        ["shop-services-sg-public-3000", "shop-services-sg-internal-8000", "shop-internal-alb-sg-services"]
    {
        assert!(names.iter().any(|name| name == rule), "{rule} is not among {names:?}");
    }
    assert!(engine.is_deleted_before("shop-api-service", "shop-services-sg-internal-8000"));
}

#[tokio::test]
async fn one_subnet_is_in_one_zone() {
    let place = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1"] });
    let mut service = place.clone();
    service["image"] = json!("ghcr.io/acme/api:1");
    service["port"] = json!(80);
    let (_, state) = preview(SERVICE, "api", service.clone()).await;
    state.unwrap();
    service["expose"] = json!("public");
    for (token, inputs) in [(DATABASE, place.clone()), (CLUSTER, place), (SERVICE, service)] {
        let (_, state) = preview(token, "one", inputs).await;
        let told = format!("{:?}", state.unwrap_err());
        assert!(told.contains("subnetIds") && told.contains("two") && told.contains("ones"), "{told}");
    }
}

#[tokio::test]
async fn a_zone_keeps_its_parts_whatever_others_there_are() {
    let with = |zones: Json, nat: &str| {
        let mut inputs = platform();
        inputs["network"] = json!({ "cidrBlock": "10.1.0.0/16", "availabilityZones": zones, "nat": nat });
        inputs
    };
    let (both, state) = preview(STACK, "shop", with(json!(["us-east-1a", "us-east-1b"]), "perAz")).await;
    state.unwrap();
    let (later, state) = preview(STACK, "shop", with(json!(["us-east-1c", "us-east-1b"]), "perAz")).await;
    state.unwrap();
    let names = |engine: &FakeEngine| -> Vec<String> {
        engine.registrations().iter().map(|registration| registration.name().to_owned()).collect()
    };
    let (before, after) = (names(&both), names(&later));
    let is_of = |name: &&String, zone: &str| {
        name.ends_with(&format!("-{zone}")) || name.contains(&format!("-{zone}-"))
    };
    for name in before.iter().filter(|name| is_of(name, "2")) {
        let (old, new) = (both.registration(name).request.object, later.registration(name).request.object);
        assert_eq!(old, new, "{name} changes");
    }
    let gone: Vec<&String> = before.iter().filter(|name| !after.contains(name)).collect();
    assert!(
        gone.contains(&&"shop-nat".to_owned()) && gone.contains(&&"shop-private-rt".to_owned()),
        "{gone:?}"
    );
    assert!(gone.iter().all(|name| !is_of(name, "2")), "{gone:?}");
    let (single, state) = preview(STACK, "shop", with(json!(["us-east-1b", "us-east-1c"]), "single")).await;
    state.unwrap();
    let names = names(&single);
    assert!(names.contains(&"shop-nat-2".to_owned()) && names.contains(&"shop-private-route".to_owned()));
}
