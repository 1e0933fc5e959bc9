//! What becomes of a running stack when its program changes.

use fake_engine::{FakeEngine, component, wire};
use serde_json::json;

use super::stage::{DATABASE, SERVICE, STACK, after, behind, load, made, platform, preview, registered};

#[tokio::test]
async fn a_service_that_is_added_leaves_the_others_as_they_are() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    let before: Vec<String> =
        engine.registrations().iter().map(|registration| registration.urn.clone()).collect();
    let mut more = platform();
    more["services"]["admin"] = json!({ "port": 80, "expose": "public", "paths": ["/admin/*"] });
    let (larger, state) = preview(STACK, "shop", more).await;
    state.unwrap();
    for urn in before {
        let (old, new) = (engine.registration(&urn).request.object, larger.registration(&urn).request.object);
        let is_of_all = urn.contains("policy") || urn.contains("shop-settled");
        assert!(old == new || is_of_all || urn.contains("AgenticStack::shop"), "{urn} changes");
    }
}

#[tokio::test]
async fn a_service_that_calls_more_keeps_the_rules_it_has() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    let mut more = platform();
    more["services"]["jobs"] = json!({ "port": 80, "expose": "internal", "paths": ["/jobs/*"] });
    more["services"]["api"]["calls"] = json!(["jobs"]);
    let (larger, state) = preview(STACK, "shop", more).await;
    state.unwrap();
    let rule = "shop-api-reach-database-db-sg";
    assert_eq!(engine.registration(rule).request.object, larger.registration(rule).request.object);
    larger.registration("shop-api-reach-internal-alb-sg");
}

#[tokio::test]
async fn what_cannot_leave_its_network_is_replaced_with_it() {
    let mut inputs = platform();
    inputs["cache"] = json!({});
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    for name in [
        "shop-igw",
        "shop-nat",
        "shop-nat-eip",
        "shop-public-alb",
        "shop-internal-alb",
        "shop-database-db-subnet-group",
        "shop-cache-redis-subnet-group",
        "shop-web-service",
    ] {
        let trigger = engine.registration(name).request.replacement_trigger;
        assert!(
            trigger.is_some_and(|trigger| wire::has_unknown(&wire::from_value(&trigger))),
            "{name} stays behind"
        );
    }
    // Their kinds have to be asked: they hold data.
    for name in ["shop-database-primary", "shop-cache-redis"] {
        assert!(engine.registration(name).request.replacement_trigger.is_none(), "{name} loses its data");
    }
    let (engine, state) =
        preview(DATABASE, "orders", json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b"] })).await;
    state.unwrap();
    let trigger = engine.registration("orders-db-subnet-group").request.replacement_trigger.unwrap();
    assert_eq!(wire::from_value(&trigger), json!("vpc-1"));
}

#[tokio::test]
async fn what_would_lose_data_is_refused_before_any_other_child() {
    let mut inputs = platform();
    inputs["names"] = json!({ "vpc": "main" });
    let changes = [
        ("/project", json!("bee")),
        ("/database/engineVersion", json!("16.4")),
        ("/network/cidrBlock", json!("10.9.0.0/16")),
    ];
    let (children, told) = after(inputs.clone(), &changes).await;
    assert_eq!(children, ["shop", "shop-settled"]);
    for expected in [
        "project",
        r#"changed from \"shop-dev\" to \"bee\", which would replace the database with a new, empty one"#,
        "database.engineVersion",
        r#"changed from \"15\" to \"16\", another major version"#,
        "network.cidrBlock",
        r#"changed from \"10.1.0.0/16\" to \"10.9.0.0/16\", but the database cannot leave its VPC"#,
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert_eq!(told.matches("changed from").count(), 3, "{told}");

    // Another environment is no other database where the program gives it its name.
    inputs["names"] = json!({ "primary": "orders" });
    inputs["database"]["allowMajorVersionUpgrade"] = json!(true);
    let changes = [("/environment", json!("test")), ("/database/engineVersion", json!("16.4"))];
    let (children, told) = after(inputs, &changes).await;
    assert_eq!(told, "");
    assert!(children.len() > 50);
}

#[tokio::test]
async fn a_second_target_group_stays_when_a_service_rolls_again() {
    for (recorded, leads) in [("later", "forward"), ("first", "fixed-response")] {
        let engine = FakeEngine::update().await;
        load(&engine).await;
        engine.make(move |registration| {
            let mut outputs = made(registration);
            if registration.request.r#type.ends_with(":Settled") {
                outputs["values"] = json!({ "deployment": recorded });
            }
            outputs
        });
        engine.construct(component(SERVICE, "api", behind(json!({})))).await.unwrap();
        assert_eq!(engine.violations(), Vec::<String>::new());
        let rule = registered(&engine, "api-rule");
        assert_eq!((&rule["shifted"], &rule["priority"]), (&json!(true), &json!(50_000)));
        assert!(rule["actions"][0]["targetGroupArn"].is_string(), "{rule}");
        let service = registered(&engine, "api-service");
        assert!(service["loadBalancers"][0]["advancedConfiguration"]["alternateTargetGroupArn"].is_string());
        assert!(service.get("deploymentConfiguration").is_none(), "{service}");
        assert_eq!(service["deploymentCircuitBreaker"]["enable"], true);
        // What ran before there was a rule for the rest keeps its way while that is made.
        let listener = registered(&engine, "api-alb-http");
        assert_eq!(listener["defaultActions"][0]["type"], leads, "{recorded}");
    }
}

#[tokio::test]
async fn a_stack_that_is_retained_says_what_stays() {
    let mut inputs = platform();
    inputs["onDestroy"] = json!("retain");
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    for made in engine.registrations().into_iter().filter(|made| made.request.custom) {
        let stays = made.request.retain_on_delete == Some(true);
        let is_record = made.request.r#type.ends_with(":Retained");
        assert_eq!(stays, !is_record, "{}", made.urn);
        assert!(
            !stays || made.request.replace_on_changes.is_empty(),
            "{} stays beside its successor",
            made.urn
        );
    }
    let recorded = registered(&engine, "shop-retained")["resources"].clone();
    assert_eq!(recorded["shop-vpc"], "agentic:ec2:Vpc");
    assert_eq!(recorded["shop-api-service"], "agentic:ecs:Service");
    assert!(recorded.get("shop-settled").is_none() && recorded.get("shop-api").is_none(), "{recorded}");
    inputs["onDestroy"] = json!("delete");
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    assert!(engine.registrations().iter().all(|made| made.request.retain_on_delete.is_none()));
    assert_eq!(registered(&engine, "shop-retained")["resources"], json!({}));
}
