//! What waits for what.

use fake_engine::{Behaviour, FakeEngine, component};
use serde_json::{Value as Json, json};

use super::stage::{CLUSTER, SERVICE, STACK, Slow, load, made, platform, preview};

#[tokio::test]
async fn what_holds_others_is_deleted_after_them() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    for (first, second) in [
        ("shop-public-subnet-1", "shop-vpc"),
        ("shop-nat", "shop-nat-eip"),
        ("shop-nat", "shop-public-route"),
        ("shop-api-service", "shop-private-route"),
        ("shop-api-service", "shop-internal-alb-http"),
        ("shop-internal-alb-http", "shop-api-tg"),
        ("shop-api-service", "shop-cluster"),
        ("shop-api-scaling", "shop-api-service"),
        ("shop-api-cpu-scaling", "shop-api-scaling"),
        ("shop-api-service", "shop-task-execution-policy"),
        ("shop-database-replica", "shop-database-primary"),
        ("shop-database-primary", "shop-database-db-subnet-group"),
        ("shop-database-db-subnet-group", "shop-db-subnet-1"),
        ("shop-api-service", "shop-database-db-secret-version"),
        ("shop-api-reach-database-db-sg", "shop-database-db-sg"),
    ] {
        assert!(engine.is_deleted_before(first, second), "{first} must go before {second}");
    }
}

#[tokio::test]
async fn only_who_uses_the_database_waits_for_it() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    assert!(engine.waits_for("shop-api-service", "shop-database-primary"));
    assert!(!engine.waits_for("shop-web-service", "shop-database-primary"));
}

#[tokio::test]
async fn nothing_but_tasks_waits_for_nat() {
    let mut inputs = platform();
    inputs["cache"] = json!({});
    inputs["sites"] = json!({ "docs": {} });
    inputs["names"] = json!({ "docs-bucket": "example-docs" });
    let held = ["shop-nat", "shop-nat-eip"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&[
        "shop-database-primary",
        "shop-database-replica",
        "shop-cache-redis",
        "shop-public-alb-http",
        "shop-internal-alb-http",
        "shop-docs-distribution",
        // These are in public subnets, whose way does not lead there.
        "shop-web-service",
        "shop-web-cpu-scaling",
        "shop-api-task",
        "shop-api-sg-load-balancer",
    ])
    .await;
    slow.has_not_begun(&["shop-private-route", "shop-api-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn sites_wait_for_nothing_of_the_network() {
    let mut inputs = platform();
    inputs["sites"] = json!({ "docs": {} });
    inputs["names"] = json!({ "docs-bucket": "example-docs" });
    let mut slow = Slow::build(STACK, "shop", inputs, &["shop-vpc"]).await;
    slow.has_begun(&["shop-docs-bucket-policy", "shop-cluster", "shop-task-execution-policy"]).await;
    slow.has_not_begun(&["shop-igw", "shop-public-alb-sg", "shop-database-db-sg"]).await;
    slow.ends(&["shop-vpc"]).await;
}

#[tokio::test]
async fn only_https_waits_for_the_certificate() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "zone": "example.com", "subdomain": "shop" });
    let held = ["shop-certificate-validation"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-database-primary", "shop-api-service", "shop-public-alb", "shop-record"]).await;
    slow.has_begun(&["shop-web-task", "shop-web-sg-load-balancer"]).await;
    // Nobody is sent to HTTPS before it is there.
    slow.has_not_begun(&["shop-public-alb-https", "shop-public-alb-http", "shop-web-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn services_wait_for_the_primary_and_not_for_replicas() {
    let mut slow = Slow::build(STACK, "shop", platform(), &["shop-database-replica"]).await;
    slow.has_begun(&["shop-api-service", "shop-api-cpu-high"]).await;
    slow.ends(&["shop-database-replica"]).await;
    let mut slow = Slow::build(STACK, "shop", platform(), &["shop-database-primary"]).await;
    slow.has_begun(&["shop-web-service", "shop-api-logs", "shop-api-sg", "shop-database-db-secret"]).await;
    slow.has_not_begun(&["shop-api-service", "shop-database-replica", "shop-database-db-secret-version"])
        .await;
    slow.ends(&["shop-database-primary"]).await;

    let mut inputs = platform();
    inputs["database"] = Json::Null;
    inputs["aurora"] = json!({ "instances": 3 });
    let held = ["shop-database-aurora-2", "shop-database-aurora-3"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-api-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn a_dashboard_waits_for_what_it_names() {
    let mut inputs = platform();
    inputs["dashboard"] = json!(true);
    let held = ["shop-database-replica", "shop-database-db-secret-version", "shop-nat"];
    inputs["services"]["api"]["database"] = json!(false);
    inputs["services"]["api"]["placement"] = json!("public");
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-dashboard"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn a_cluster_writes_before_it_has_readers() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "instances": 2 });
    let mut slow = Slow::build(CLUSTER, "orders", inputs, &["orders-aurora-1"]).await;
    slow.has_begun(&["orders-db-secret-version"]).await;
    slow.has_not_begun(&["orders-aurora-2"]).await;
    slow.ends(&["orders-aurora-1"]).await;
}

#[tokio::test]
async fn a_service_starts_when_all_that_its_tasks_need_is_there() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public",
    });
    for held in
        ["api-sg-out", "api-sg-load-balancer", "api-alb-http", "api-alb-sg-out", "api-execution-policy"]
    {
        let mut slow = Slow::build(SERVICE, "api", inputs.clone(), &[held]).await;
        slow.has_begun(&["api-cluster", "api-logs", "api-alb"]).await;
        slow.has_not_begun(&["api-service"]).await;
        slow.ends(&[held]).await;
    }
    let mut inputs = platform();
    inputs["sharedSecurityGroup"] = json!(true);
    for held in ["shop-services-sg-out", "shop-private-subnet-1-rt", "shop-services-sg-internal-8000"] {
        let mut slow = Slow::build(STACK, "shop", inputs.clone(), &[held]).await;
        slow.has_begun(&["shop-database-primary"]).await;
        slow.has_not_begun(&["shop-api-service"]).await;
        slow.ends(&[held]).await;
    }
}

#[tokio::test]
async fn what_fails_takes_only_what_needs_it_along() {
    let setup = fake_engine::Setup { continue_on_error: true, ..Default::default() };
    let engine = FakeEngine::start(setup).await;
    load(&engine).await;
    engine.behave("shop-database-primary", Behaviour::Fail("no capacity".into()));
    engine.make(made);
    engine.construct(component(STACK, "shop", platform())).await.unwrap();
    assert_eq!(engine.violations(), Vec::<String>::new());
    engine.registration("shop-web-cpu-scaling");
    assert!(engine.registrations().iter().all(|made| !made.is("shop-api-service")));
}
