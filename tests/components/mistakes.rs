//! What is wrong with a program is told at once, with its paths.

use serde_json::{Value as Json, json};

use super::stage::{STACK, agents, platform, preset, preview};

#[tokio::test]
async fn a_preset_nobody_knows_is_told_with_the_nearest() {
    let told = format!("{:?}", preview(STACK, "shop", preset("prodution")).await.1.unwrap_err());
    assert!(told.contains("is \\\"prodution\\\"; give one of development, staging, production"), "{told}");
    assert!(told.contains("did you mean"), "{told}");
}

#[tokio::test]
async fn what_is_wrong_with_agents_is_told_at_once() {
    let mut inputs = agents();
    inputs["agents"]["workflow"]["code"] =
        json!({ "bucket": "code", "key": "a.zip", "entryPoint": ["main.py"] });
    inputs["agents"]["workflow"]["grants"]["buckets"] = json!({ "document": "write" });
    inputs["agents"]["workflow"]["grants"]["calls"] = json!(["apu"]);
    inputs["agents"]["assistant"]["authorizer"] =
        json!({ "discoveryUrl": "https://example.com/.well-known/openid-configuration" });
    inputs["agents"]["assistant"]["endpoints"] = json!({ "prod-eu": "newest" });
    inputs["agents"]["assistant"]["grants"] = json!({ "database": true, "cache": true });
    inputs["agents"]["web"] = json!({ "image": "ghcr.io/acme/web:1" });
    let (_, state) = preview(STACK, "shop", inputs).await;
    let status = state.unwrap_err();
    let told = String::from_utf8_lossy(status.details()).into_owned();
    for (path, reason) in [
        ("agents.workflow.code", "conflicts with image"),
        (
            "agents.workflow.grants.buckets.document",
            "the stack has no such bucket; did you mean \"documents\"?",
        ),
        ("agents.workflow.grants.calls[0]", "the stack has no such service; did you mean \"api\"?"),
        ("agents.assistant.authorizer.allowedAudience", "is missing; give allowedAudience or allowedClients"),
        ("agents.assistant.endpoints", "the name of a Bedrock agent runtime endpoint consists of letters"),
        ("agents.assistant.endpoints", "is \"newest\"; give the number of a version"),
        ("agents.assistant.grants.database", "is true, but the agent is in no VPC"),
        ("agents.assistant.grants.cache", "is true, but the stack has no cache"),
        ("agents.web", "is the name of a service as well"),
        ("agents.web.image", "an agent runtime takes images from Amazon ECR"),
    ] {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
}

#[tokio::test]
async fn mistakes_in_the_two_plans_are_told_at_once() {
    let mut inputs = platform();
    inputs["preset"] = json!("prod");
    inputs["proxy"] = json!({});
    inputs["services"]["web"]["deployment"] = json!({ "canaryPercent": 5, "rollbackOn": { "http5xx": -1 } });
    inputs["services"]["api"]["deployment"] = json!({ "strategy": "blue", "stepPercent": 1 });
    inputs["services"]["api"]["auth"] = json!({ "jwt": { "issuer": "https://id.example.com" } });
    inputs["services"]["worker"] =
        json!({ "image": "ghcr.io/acme/worker:1", "deployment": { "strategy": "linear" }, "cache": true });
    inputs["database"]["insights"] = json!("advanced");
    inputs["database"]["performanceInsightsEnabled"] = json!(false);
    inputs["database"]["login"] = json!("token");
    inputs["parameters"] = json!({ "prompt": { "text": "x".repeat(5000) }, "empty": "" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    let told = String::from_utf8_lossy(state.unwrap_err().details()).into_owned();
    for (path, reason) in [
        ("preset", "did you mean \"production\"?"),
        ("proxy", "there is no such property"),
        ("services.web.deployment.canaryPercent", "is for the strategy \"canary\""),
        ("services.web.deployment.rollbackOn.http5xx", "is -1"),
        ("services.api.deployment.strategy", "did you mean \"blueGreen\"?"),
        ("services.api.deployment.stepPercent", "is 1"),
        ("services.api.auth.jwt.jwksEndpoint", "is missing"),
        ("services.api.auth", "requires the public load balancer"),
        ("services.worker.deployment.strategy", "the service has no load balancer"),
        ("services.worker.cache", "the stack has no cache"),
        ("database.insights", "requires performanceInsightsEnabled"),
        ("database.login", "give one of password, iam"),
        ("parameters.prompt", "has 5011 bytes"),
        ("parameters.empty", "is empty"),
    ] {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
    assert!(engine.registrations().iter().all(|made| !made.request.custom));
}

#[tokio::test]
async fn all_that_is_wrong_is_told_before_anything_is_registered() {
    let inputs = json!({
        "project": "shop", "environment": "dev", "netwrok": {},
        "services": { "web": { "expose": "public", "cpu": 300, "memory": "much" } },
    });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    let told = format!("{:?}", state.unwrap_err());
    for expected in
        ["netwrok", "did you mean", "services.web.port", "services.web.cpu", "services.web.memory"]
    {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(engine.registrations().iter().all(|registration| registration.name() != "shop"));
}

/// What is wrong with a part of a stack is told of the stack, in the words of the program, and before
/// any child is registered.
#[tokio::test]
async fn what_is_wrong_with_a_part_is_told_of_the_stack() {
    let service = json!({ "image": "i", "port": 80, "expose": "public" });
    let with = |key: &str, value: Json| {
        let mut service = service.clone();
        service[key] = value;
        json!({ "services": { "web": service } })
    };
    let site = |site: Json| json!({ "sites": { "app": site } });
    let schedule = json!({ "service": "web", "rate": "every day" });
    let moment = json!({ "useLatestRestorableTime": true });
    for (part, path) in [
        (site(json!({ "otherDomains": ["www.example.com"] })), "sites.app.domain"),
        (site(json!({ "domain": "app.example.com" })), "sites.app.zone"),
        (site(json!({ "domain": "app.example.com.", "zone": "example.com" })), "sites.app.domain"),
        (json!({ "services": { "web": service }, "schedules": { "a": schedule } }), "schedules.a.rate"),
        (with("healthCheckPath", json!("health")), "services.web.healthCheckPath"),
        (with("paths", json!(["/1", "/2", "/3", "/4", "/5", "/6"])), "services.web.paths"),
        (json!({ "cache": { "engineVersion": "seven" } }), "cache.engineVersion"),
        (with("auth", json!({ "cognito": {} })), "services.web.auth"),
        (with("auth", json!({ "cognito": {}, "jwt": {} })), "services.web.auth.jwt"),
        (with("userPool", json!(true)), "services.web.userPool"),
        (with("volumes", json!({ "data": { "path": "data" } })), "services.web.volumes.data.path"),
        (json!({ "cache": { "maintenanceWindow": "sunday" } }), "cache.maintenanceWindow"),
        (json!({ "database": { "preferredBackupWindow": "3" } }), "database.preferredBackupWindow"),
        (json!({ "database": { "allowReplacement": ["motor"] } }), "database.allowReplacement[0]"),
        (json!({ "database": { "restoreToPointInTime": moment } }), "database.restoreToPointInTime"),
        (
            json!({ "database": {
                "preferredBackupWindow": "04:00-05:00",
                "preferredMaintenanceWindow": "sun:04:30-sun:05:30",
            } }),
            "database.preferredMaintenanceWindow",
        ),
        (
            json!({ "aurora": { "preferredMaintenanceWindow": "sunday" } }),
            "aurora.preferredMaintenanceWindow",
        ),
        (json!({ "aurora": { "allowReplacement": ["motor"] } }), "aurora.allowReplacement[0]"),
        (json!({ "aurora": { "secretKeys": { "hots": "HOST" } } }), "aurora.secretKeys.hots"),
        (
            json!({ "aurora": {
                "snapshotIdentifier": "s",
                "restoreToPointInTime": { "sourceClusterIdentifier": "a", "useLatestRestorableTime": true },
            } }),
            "aurora.restoreToPointInTime",
        ),
    ] {
        let mut inputs = json!({ "project": "shop", "environment": "dev" });
        inputs.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        let (engine, state) = preview(STACK, "shop", inputs).await;
        let told = state.expect_err(path);
        assert_eq!(told.message(), "the arguments are wrong", "{path}");
        let details = String::from_utf8_lossy(told.details()).into_owned();
        assert!(details.contains(path), "{path} is not in {details}");
        assert!(engine.registrations().iter().all(|registration| registration.name() != "shop"), "{path}");
    }
}

#[tokio::test]
async fn what_kinds_would_refuse_is_told_of_the_program_before_any_child_is_registered() {
    let mut program = platform();
    program["tags"] = json!({ "aws:team": "shop" });
    program["parameters"] = json!({ "/aws/x": "y" });
    let (engine, refused) = preview(STACK, "shop", program).await;
    let status = refused.unwrap_err();
    let told = String::from_utf8_lossy(status.details()).into_owned();
    let parts = ["tags[\"aws:team\"]", "[\"shop-aws-x-parameter\"].name"];
    for part in parts {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let begun = engine.registrations();
    assert!(begun.iter().all(|it| !it.request.custom), "{begun:?}");
}
