//! Services behind the load balancers of a stack, and what is watched.

use serde_json::{Value as Json, json};

use super::stage::{STACK, Slow, platform, preview, registered};

#[tokio::test]
async fn requests_are_counted_at_the_load_balancer_of_the_stack() {
    let mut inputs = platform();
    inputs["services"]["web"]["scaling"] = json!({ "min": 1, "max": 2, "requestsPerTarget": 100 });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    assert!(engine.waits_for("shop-web-requests-scaling", "shop-public-alb"));
    inputs["services"]["web"]["expose"] = json!("none");
    let (_, state) = preview(STACK, "shop", inputs).await;
    assert!(format!("{:?}", state.unwrap_err()).contains("services.web.scaling.requestsPerTarget"));
}

#[tokio::test]
async fn services_of_a_stack_shift_behind_one_load_balancer() {
    let mut inputs = platform();
    inputs["services"]["web"]["deployment"] = json!({ "strategy": "blueGreen", "test": { "port": 8443 } });
    inputs["services"]["admin"] = json!({
        "port": 80, "expose": "public", "paths": ["/admin/*"],
        "deployment": { "strategy": "linear", "test": { "port": 8443 } },
    });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let listeners =
        engine.registrations().into_iter().filter(|it| it.request.r#type.ends_with("lb:Listener"));
    let mut names: Vec<String> = listeners.map(|it| it.name().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["shop-internal-alb-http", "shop-public-alb-http", "shop-public-alb-test-8443"]);
    for (service, priority) in [("web", 50_000), ("admin", 0)] {
        for rule in [format!("shop-{service}-rule"), format!("shop-{service}-test-rule")] {
            let rule = registered(&engine, &rule);
            assert_eq!(rule["shifted"], true);
            let is_test = rule["conditions"][0].get("httpHeader").is_some();
            assert!(priority == 0 || is_test || rule["priority"] == priority, "{rule}");
        }
        let policy = registered(&engine, &format!("shop-{service}-deployment-policy"));
        assert!(policy.get("policy").is_some(), "{policy}");
    }
    assert_eq!(registered(&engine, "shop-public-alb-sg-8443")["toPort"], 8443);
    // The other services are as they were.
    let api = registered(&engine, "shop-api-service");
    assert!(api["loadBalancers"][0].get("advancedConfiguration").is_none(), "{api}");
}

#[tokio::test]
async fn what_a_program_watches_is_made_of_its_arguments() {
    let mut inputs = platform();
    inputs["dashboard"] = json!(true);
    inputs["dashboardMetrics"] = json!([
        { "namespace": "BidOpsAI/Agents", "metricName": "TaskErrors", "statistic": "Sum", "dimensions": { "Agent": "parser" } },
    ]);
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    inputs["alarms"] = json!({
        "custom": { "slow": {
            "namespace": "BidOpsAI/Agents", "metricName": "TaskDuration", "threshold": 300_000, "evaluationPeriods": 2,
        }},
        "emails": ["ops@example.com"],
        "kmsKeyId": key,
    });
    inputs["logs"] = json!({
        "metrics": { "errors": { "pattern": "ERROR", "services": ["api"] } },
        "queries": { "slow": "filter duration > 1000" },
    });
    inputs["repositories"] =
        json!({ "keepTagged": 10, "keepUntagged": 5, "expireAfterDays": 90, "immutableTags": true });
    for service in ["web", "api"] {
        inputs["services"][service]["imageTag"] = json!("1.4.2");
    }
    let slow = Slow::build(STACK, "shop", inputs, &[]).await;
    let engine = slow.engine.clone();
    slow.ends(&[]).await;
    assert_eq!(registered(&engine, "shop-alarms")["kmsMasterKeyId"], key);
    let alarm = registered(&engine, "shop-slow-alarm");
    assert_eq!((&alarm["threshold"], &alarm["statistic"]), (&json!(300_000), &json!("Average")));
    assert_eq!(alarm["alarmDescription"], "TaskDuration is beyond 300000");
    let filter = registered(&engine, "shop-api-errors-filter");
    assert_eq!(filter["metricTransformation"]["namespace"], "shop-dev/dev");
    assert!(engine.registrations().iter().all(|made| !made.is("shop-web-errors-filter")));
    let query = registered(&engine, "shop-slow-query");
    assert_eq!(query["logGroupNames"].as_array().unwrap().len(), 2, "{query}");
    let body = registered(&engine, "shop-dashboard")["dashboardBody"].as_str().unwrap().to_owned();
    assert!(body.contains(r#"[["BidOpsAI/Agents","TaskErrors","Agent","parser"]]"#), "{body}");
    let repository = registered(&engine, "shop-api-repository");
    assert_eq!(repository["imageTagMutability"], "IMMUTABLE");
    let expiry = registered(&engine, "shop-api-repository-expiry")["policy"].as_str().unwrap().to_owned();
    let expiry: Json = serde_json::from_str(&expiry).unwrap();
    let rules: Vec<(Json, Json)> = expiry["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["selection"]["tagStatus"].clone(), rule["selection"]["countNumber"].clone()))
        .collect();
    assert_eq!(
        rules,
        [(json!("untagged"), json!(5)), (json!("tagged"), json!(10)), (json!("any"), json!(90))]
    );
}
