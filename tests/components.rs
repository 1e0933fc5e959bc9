//! The components, built by the plugin itself against an engine in this process.
//!
//! `UPDATE=1 cargo test --test components` writes the trees in `tests/components/` anew. The names of
//! children are part of the interface: another name replaces what people have deployed.

#![allow(clippy::unwrap_used)]

mod support;

use std::{env, fs, path::Path};

use agentic::server::Provider;
use serde_json::{Value as Json, json};
use support::engine::{FakeEngine, component, serve, wire};
use tonic::Status;

const SERVICE: &str = "agentic:index:FargateService";

/// Builds a component in a preview, where nothing is known of what is to be made.
async fn preview(token: &str, name: &str, inputs: Json) -> (FakeEngine, Result<Json, Status>) {
    let engine = FakeEngine::preview().await;
    let client = serve(Provider::new(Some(engine.address()))).await;
    let config = json!({ "region": "us-east-1", "accessKey": "test", "secretKey": "test" });
    engine.load(client, config).await.unwrap();
    let answer = engine.construct(component(token, name, inputs)).await;
    let state = answer.map(|answer| Json::Object(wire::from_struct(&answer.state.unwrap())));
    assert_eq!(engine.violations(), Vec::<String>::new());
    (engine, state)
}

fn assert_tree(name: &str, engine: &FakeEngine) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/components/{name}.txt"));
    let tree = engine.tree();
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &tree).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(tree == committed, "tests/components/{name}.txt is not what is built:\n{tree}");
}

fn api() -> Json {
    json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public", "scaling": { "min": 1, "max": 3, "requestsPerTarget": 100 },
        "secrets": { "KEY": "arn:aws:secretsmanager:us-east-1:1:secret:key-abcdef" },
    })
}

#[tokio::test]
async fn a_service_has_these_children() {
    let (engine, state) = preview(SERVICE, "api", api()).await;
    state.unwrap();
    assert_tree("service", &engine);
}

#[tokio::test]
async fn what_holds_others_is_deleted_after_them() {
    let (engine, state) = preview(SERVICE, "api", api()).await;
    state.unwrap();
    for (first, second) in [
        ("api-service", "api-alb-http"),
        ("api-alb-http", "api-tg"),
        ("api-alb-http", "api-alb"),
        ("api-alb", "api-alb-sg"),
        ("api-service", "api-cluster"),
        ("api-service", "api-sg"),
        ("api-service", "api-execution-policy"),
        ("api-requests-scaling", "api-scaling"),
        ("api-scaling", "api-service"),
    ] {
        assert!(engine.is_deleted_before(first, second), "{first} must go before {second}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_before_anything_is_registered() {
    let inputs =
        json!({ "vpcId": "vpc-1", "subnetIds": "subnet-1", "prot": 80, "cpu": 300, "expose": "public" });
    let (engine, state) = preview(SERVICE, "api", inputs).await;
    let told = format!("{:?}", state.unwrap_err());
    for expected in ["subnetIds", "did you mean", "cpu", "image", "port"] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(engine.registrations().iter().all(|registration| registration.name() != "api"));
}
