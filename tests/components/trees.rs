//! The children that each component makes.

use agentic::server::Provider;
use fake_engine::{FakeEngine, component, serve};
use serde_json::json;

use super::stage::{
    AGENT, CACHE, CLUSTER, DATABASE, SCHEDULE, SERVICE, SITE, STACK, agents, assert_tree, behind, guarded,
    load, platform, preset, preview, zones,
};

#[tokio::test]
async fn a_stack_has_these_children() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    assert_tree("stack", &engine);
}

#[tokio::test]
async fn a_stack_with_users_files_and_an_audit_has_these_children() {
    let (engine, state) = preview(STACK, "shop", guarded()).await;
    state.unwrap();
    assert_tree("identity", &engine);
}

#[tokio::test]
async fn a_service_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public", "scaling": { "min": 1, "max": 3, "requestsPerTarget": 100 },
        "secrets": { "KEY": "arn:aws:secretsmanager:us-east-1:1:secret:key-abcdef" },
    });
    let (engine, state) = preview(SERVICE, "api", inputs).await;
    state.unwrap();
    assert_tree("service", &engine);
}

#[tokio::test]
async fn a_database_by_itself_has_these_children() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "replicas": 2, "monitoringInterval": 60 });
    let (engine, state) = preview(DATABASE, "orders", inputs).await;
    state.unwrap();
    assert_tree("database", &engine);
}

#[tokio::test]
async fn a_database_behind_a_proxy_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "replicas": 0, "calledBy": ["sg-1"],
        "port": 6000, "proxy": { "maxConnectionsPercent": 80 },
    });
    let (engine, state) = preview(DATABASE, "orders", inputs).await;
    state.unwrap();
    assert_tree("proxied", &engine);
    // Callers are let in at the proxy, and the proxy at the database.
    let rule = |name: &str| engine.registration(name).inputs;
    assert_eq!(rule("orders-db-proxy-sg-caller-sg-1")["fromPort"], 5432);
    assert_eq!(rule("orders-db-sg-proxy")["fromPort"], 6000);
    assert_eq!(rule("orders-db-proxy")["requireTls"], true);
    assert!(engine.registrations().iter().all(|made| made.name() != "orders-db-sg-caller-sg-1"));
    assert!(engine.is_deleted_before("orders-db-proxy-target", "orders-db-secret-version"));
}

#[tokio::test]
async fn a_stack_of_each_preset_has_these_children() {
    for name in ["development", "staging", "production"] {
        let (engine, state) = preview(STACK, "shop", preset(name)).await;
        state.unwrap();
        assert_tree(name, &engine);
    }
}

#[tokio::test]
async fn a_cluster_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "instances": 2, "calledBy": ["sg-1"],
        "secretKeys": { "host": "DB_HOST" },
    });
    let (engine, state) = preview(CLUSTER, "orders", inputs).await;
    state.unwrap();
    assert_tree("cluster", &engine);
    assert!(engine.is_deleted_before("orders-aurora-2", "orders-aurora"));
}

#[tokio::test]
async fn a_cache_by_itself_has_these_children() {
    let inputs =
        json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "nodes": 2, "calledBy": ["sg-1"] });
    let (engine, state) = preview(CACHE, "sessions", inputs).await;
    state.unwrap();
    assert_tree("cache", &engine);
}

#[tokio::test]
async fn a_site_by_itself_has_these_children() {
    let inputs = json!({
        "domain": "app.example.com", "certificateArn": "arn:aws:acm:us-east-1:1:certificate/1", "singlePage": true,
        "contentVersion": "1", "names": { "bucket": "example-app" },
    });
    let (engine, state) = preview(SITE, "app", inputs).await;
    state.unwrap();
    assert_tree("site", &engine);
}

#[tokio::test]
async fn a_scheduled_task_by_itself_has_these_children() {
    let inputs = json!({
        "rate": "rate(1 minute)", "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/main",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/jobs:3",
        "roleArns": ["arn:aws:iam::1:role/task"], "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"],
        "command": ["php", "artisan", "schedule:run"],
    });
    let (engine, state) = preview(SCHEDULE, "nightly", inputs).await;
    state.unwrap();
    assert_tree("schedule", &engine);
}

#[tokio::test]
async fn an_agent_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "protocol": "MCP",
        "reaches": [{ "securityGroupId": "sg-1", "port": 5432 }],
        "authorizer": {
            "discoveryUrl": "https://example.com/.well-known/openid-configuration", "allowedClients": ["web"],
        },
        "endpoints": { "prod": "3", "dev": "latest" }, "tracing": true,
        "memory": { "strategies": ["SEMANTIC", "USER_PREFERENCE"] },
        "secrets": { "KEY": "arn:aws:secretsmanager:us-east-1:1:secret:key-abcdef" },
        "models": ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    });
    let (engine, state) = preview(AGENT, "workflow", inputs).await;
    state.unwrap();
    assert_tree("agent", &engine);
}

#[tokio::test]
async fn a_stack_with_agents_has_these_children() {
    let (engine, state) = preview(STACK, "shop", agents()).await;
    state.unwrap();
    assert_tree("stack-agents", &engine);
}

#[tokio::test]
async fn a_service_that_shifts_requests_has_these_children() {
    let inputs = behind(json!({
        "deployment": {
            "strategy": "canary", "canaryPercent": 10, "stepMinutes": 5, "bakeMinutes": 10,
            "test": { "header": "x-test" },
            "rollbackOn": { "http5xx": 10, "alarms": ["orders-late"] },
            "hooks": [
                { "at": "POST_TEST_TRAFFIC_SHIFT", "lambda": "arn:aws:lambda:us-east-1:1:function:check" },
                { "at": "POST_SCALE_UP", "pause": { "minutes": 30 } },
            ],
        },
        "capacity": { "fargate": 1, "spot": 3, "base": 1 },
        "tracing": {},
        "sidecars": { "statsd": { "image": "statsd:1", "udpPort": 8125, "cpu": 32, "memory": 64 } },
        "scaling": {
            "min": 1, "max": 4, "cpu": 70, "fast": true,
            "schedule": { "night": { "schedule": "cron(0 20 * * ? *)", "timezone": "Europe/Berlin", "max": 1 } },
        },
    }));
    let (engine, state) = preview(SERVICE, "api", inputs).await;
    state.unwrap();
    assert_tree("shifting", &engine);
}

#[tokio::test]
async fn an_engine_that_is_too_old_is_told_which_version_it_must_have() {
    let setup = fake_engine::Setup { lacks: ["replacementTrigger".to_owned()].into(), ..Default::default() };
    let engine = FakeEngine::start(setup).await;
    load(&engine).await;
    let told = engine.construct(component(SITE, "docs", json!({}))).await.unwrap_err();
    assert!(told.message().contains("needs Pulumi 3.208.0 or later"), "{told:?}");
    assert!(engine.registrations().iter().all(|made| !made.request.r#type.starts_with("agentic:")));
}

#[tokio::test]
async fn children_ask_for_the_plugin_that_the_program_asked_for() {
    let engine = FakeEngine::preview().await;
    let client = serve(Provider::new(Some(engine.address()))).await;
    let source = ("0.0.9", "https://plugins.example.com/agentic");
    let config = json!({
        "region": "us-east-1", "accessKey": "test", "secretKey": "test", "endpoint": zones().await,
        "maxRetries": 0, "version": source.0, "pluginDownloadURL": source.1,
    });
    engine.load(client, config).await.unwrap();
    engine.construct(component(SITE, "docs", json!({}))).await.unwrap();
    let registrations = engine.registrations();
    let children: Vec<_> = registrations.iter().filter(|made| made.request.custom).collect();
    assert!(!children.is_empty());
    for child in children {
        let request = &child.request;
        assert_eq!((request.version.as_str(), request.plugin_download_url.as_str()), source, "{}", child.urn);
    }
}
