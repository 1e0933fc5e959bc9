//! Deployments that shift traffic: followed to their end, paused for a person, taken back by ECS, and
//! changed for other strategies on a service that runs.

use agentic::aws::ErrorKind;
use aws_proxy::{Rollout, Step};
use serde_json::{Value as Json, json};

use super::stage::{Made, Stage};

/// A second target group with a rule that leads to both.
struct Groups {
    own: String,
    other: String,
    rule: String,
    balancers: String,
}

impl Groups {
    async fn new(stage: &Stage) -> Self {
        let vpc = stage.make_as("front", "agentic:ec2:Vpc", &[("cidrBlock", "10.1.0.0/16")]).await.id;
        let mut subnets = Vec::new();
        for (zone, range) in [("eu-west-1a", "10.1.0.0/24"), ("eu-west-1b", "10.1.1.0/24")] {
            let inputs = [("vpcId", vpc.as_str()), ("cidrBlock", range), ("availabilityZone", zone)];
            subnets.push(stage.make_as(zone, "agentic:ec2:Subnet", &inputs).await.id);
        }
        let subnets = json!(subnets).to_string();
        let inputs = [("name", "front"), ("subnets", subnets.as_str()), ("internal", "true")];
        let balancer = stage.make_as("front", "agentic:lb:LoadBalancer", &inputs).await.id;
        let mut groups = Vec::new();
        for name in ["blue", "green"] {
            let inputs = [("vpcId", vpc.as_str()), ("name", name), ("port", "80"), ("protocol", "HTTP")];
            let ip = [("targetType", "ip")];
            groups.push(stage.make_as(name, "agentic:lb:TargetGroup", &[&inputs[..], &ip].concat()).await.id);
        }
        let [own, other] = <[String; 2]>::try_from(groups).unwrap();
        let forward = json!([{ "type": "forward", "targetGroupArn": own }]).to_string();
        let inputs =
            [("loadBalancerArn", balancer.as_str()), ("port", "80"), ("defaultActions", forward.as_str())];
        let listener = stage.make_as("front", "agentic:lb:Listener", &inputs).await.id;
        let actions = json!([{ "type": "forward", "targetGroupArn": own }]);
        let conditions = json!([{ "pathPattern": { "values": ["/*"] } }]).to_string();
        let actions = actions.to_string();
        let inputs = [
            ("listenerArn", listener.as_str()),
            ("priority", "10"),
            ("actions", &actions),
            ("conditions", &conditions),
            ("shifted", "true"),
        ];
        let rule = stage.make_as("front", "agentic:lb:ListenerRule", &inputs).await.id;
        let balancers = json!([{
            "targetGroupArn": own, "containerName": "app", "containerPort": 80,
            "advancedConfiguration": {
                "alternateTargetGroupArn": other, "productionListenerRule": rule,
                "roleArn": "arn:aws:iam::123456789012:role/ecs",
            },
        }]);
        stage.aws.clear();
        stage.forget_said();
        Groups { own, other, rule, balancers: balancers.to_string() }
    }

    /// The weight that each of the two groups has.
    async fn weights(&self, stage: &Stage) -> (i64, i64) {
        let found = stage.read("agentic:lb:ListenerRule", &self.rule).await.unwrap();
        if found["actions"][0]["targetGroupArn"] == *self.own {
            return (100, 0);
        }
        let groups = found["actions"][0]["forward"]["targetGroups"].as_array().unwrap().clone();
        let of = |arn: &String| groups.iter().find(|group| group["arn"] == **arn).unwrap()["weight"].as_i64();
        (of(&self.own).unwrap(), of(&self.other).unwrap())
    }
}

fn deployment(strategy: &str, more: &Json) -> String {
    let mut all = json!({ "strategy": strategy, "bakeTimeInMinutes": "1" });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all.to_string()
}

/// A service that runs with this strategy.
async fn running(stage: &Stage, groups: &Groups, strategy: &str) -> Made {
    let arguments = [("loadBalancers", groups.balancers.as_str()), ("deploymentConfiguration", strategy)];
    let made = stage.service(&arguments).await.unwrap();
    stage.aws.clear();
    stage.forget_said();
    made
}

#[tokio::test]
async fn blue_and_green_change_places() {
    let stage = Stage::new().await;
    let groups = Groups::new(&stage).await;
    let made = running(&stage, &groups, &deployment("BLUE_GREEN", &json!({}))).await;
    assert_eq!(groups.weights(&stage).await, (100, 0));
    let second = stage.register("app:2").await;
    stage.aws.clear();
    stage.aws.rollout("app", Rollout::of([Step::in_progress(1, 1), Step::completed()]));
    stage.update(&made, &[("taskDefinition", &second)]).await.unwrap();
    assert_eq!(stage.mutations(), ["ecs:UpdateService"]);
    assert_eq!(groups.weights(&stage).await, (0, 100));
    let said = stage.said();
    assert!(said.iter().any(|line| line.contains("scale up, 1 of 2 new tasks running")), "{said:?}");
    // What ECS has shifted is no drift, and is not shifted back.
    let third = stage.register("app:3").await;
    stage.update(&made, &[("taskDefinition", &third)]).await.unwrap();
    assert_eq!(groups.weights(&stage).await, (100, 0));
}

#[tokio::test]
async fn a_rolling_service_gets_its_second_group_before_it_shifts() {
    let stage = Stage::new().await;
    let groups = Groups::new(&stage).await;
    let breaker = ("deploymentCircuitBreaker", r#"{"enable": true, "rollback": true}"#);
    let own = json!([{ "targetGroupArn": groups.own, "containerName": "app", "containerPort": 80 }]);
    let made = stage.service(&[breaker, ("loadBalancers", &own.to_string())]).await.unwrap();
    stage.aws.clear();
    let canary = json!({ "canaryConfiguration": { "canaryPercent": 10, "canaryBakeTimeInMinutes": "1" } });
    let changes = [
        ("loadBalancers", groups.balancers.as_str()),
        ("deploymentConfiguration", &deployment("CANARY", &canary)),
        ("deploymentCircuitBreaker", "null"),
    ];
    let outputs = stage.update(&made, &changes).await.unwrap();
    let calls: Vec<Json> = stage
        .aws
        .calls()
        .into_iter()
        .filter(|it| it.operation == "UpdateService")
        .map(|it| it.params)
        .collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].get("deploymentConfiguration").is_none(), "{}", calls[0]);
    let configuration = &calls[1]["deploymentConfiguration"];
    assert_eq!(configuration["strategy"], "CANARY");
    assert_eq!(configuration["canaryConfiguration"]["canaryPercent"], 10.0);
    assert_eq!(configuration["deploymentCircuitBreaker"]["enable"], false);
    assert_eq!(outputs["deploymentConfiguration"].to_json().unwrap()["strategy"], "CANARY");
    // And back: the groups stay, and so do the tasks.
    let there = Made { inputs: agentic_inputs(&stage, &made).await, ..made };
    stage.aws.clear();
    let rolling = [("deploymentConfiguration", "null"), breaker];
    stage.update(&there, &rolling).await.unwrap();
    let back = stage.param("UpdateService", "deploymentConfiguration").unwrap();
    assert_eq!(
        (&back["strategy"], &back["deploymentCircuitBreaker"]["enable"]),
        (&json!("ROLLING"), &json!(true))
    );
    assert!(back.get("canaryConfiguration").is_none(), "{back}");
}

/// The inputs as a refresh finds them.
async fn agentic_inputs(stage: &Stage, made: &Made) -> agentic::model::Object {
    stage.refresh(made).await.unwrap().0
}

#[tokio::test]
async fn a_pause_is_told_with_the_way_on_and_the_way_back() {
    let stage = Stage::new().await;
    let groups = Groups::new(&stage).await;
    let pause = json!({ "lifecycleHooks": [{
        "targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"],
        "timeoutConfiguration": { "timeoutInMinutes": "30", "action": "ROLLBACK" },
    }]});
    let made = running(&stage, &groups, &deployment("BLUE_GREEN", &pause)).await;
    for (image, action) in [("app:2", "CONTINUE"), ("app:3", "ROLLBACK")] {
        let definition = stage.register(image).await;
        stage.forget_said();
        let changes = [("taskDefinition", definition.as_str())];
        let (updated, told) = tokio::join!(stage.update(&made, &changes), async {
            stage.until("paused at POST_SCALE_UP and waits for a decision").await;
            let told = stage.said().into_iter().find(|line| line.contains("--hook-id")).unwrap();
            let word = |after: &str| {
                let rest = told.split_once(after).unwrap().1;
                rest.split_whitespace().next().unwrap().to_owned()
            };
            let go = stage.ecs().continue_service_deployment().hook_id(word("--hook-id "));
            let go = go.service_deployment_arn(word("--service-deployment-arn ")).action(action.into());
            go.send().await.unwrap();
            told
        });
        assert!(told.contains("--region eu-west-1") && told.contains("To roll back: aws ecs"), "{told}");
        assert!(told.contains("ECS rolls it back at "), "{told}");
        match action {
            "CONTINUE" => drop(updated.unwrap()),
            _ => {
                let partial = updated.unwrap_err();
                let text = partial.error.to_string();
                assert_eq!(partial.error.kind(), ErrorKind::Failed);
                assert!(text.contains("ROLLBACK_") && text.contains("action ROLLBACK"), "{text}");
                assert!(text.contains("ECS rolled back to task:"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_deployment_that_alarms_took_back_is_an_error_and_is_tried_again() {
    let stage = Stage::new().await;
    let groups = Groups::new(&stage).await;
    let made = running(&stage, &groups, &deployment("LINEAR", &json!({}))).await;
    let first = stage.definition.clone();
    let second = stage.register("app:2").await;
    let reason = "The alarm errors-high went into the state ALARM";
    let failed = Step { reason: reason.into(), ..Step::failed() };
    stage.aws.rollout("app", Rollout::of([Step::in_progress(2, 0), failed]));
    let partial = stage.update(&made, &[("taskDefinition", &second)]).await.unwrap_err();
    let text = partial.error.to_string();
    assert!(text.contains(reason) && text.contains("ECS rolled back to task:1"), "{text}");
    let (_, outputs) = partial.made.unwrap();
    assert_eq!(outputs["taskDefinition"].as_str(), Some(first.as_str()));
    assert_eq!(groups.weights(&stage).await, (100, 0));
    stage.update(&made, &[("taskDefinition", &second)]).await.unwrap();
    assert_eq!(groups.weights(&stage).await, (0, 100));
}
