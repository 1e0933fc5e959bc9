//! Registrations and the rules about them.

use std::{collections::BTreeMap, time::Duration};

use agentic_pulumi::engine::proto::{
    RegisterResourceRequest, Result as Report,
    register_resource_request::{CustomTimeouts, PropertyDependencies},
};
use serde_json::json;
use tonic::Code;

use crate::{COMPONENT, Program, SUBNET, VPC, custom, object};
use fake_engine::{
    Behaviour, FakeEngine, Outcome, Setup,
    wire::{self, UNKNOWN},
};

#[tokio::test]
async fn urns_are_those_of_the_real_engine() {
    let engine = FakeEngine::update().await;
    let stack = engine.stack_urn();
    assert_eq!(stack, "urn:pulumi:stack::project::pulumi:pulumi:Stack::project-stack");
    let outer = engine.urn(&stack, "agentic:index:Outer", "a");
    assert_eq!(outer, "urn:pulumi:stack::project::agentic:index:Outer::a");
    let inner = engine.urn(&outer, "agentic:index:Inner", "a-b");
    assert_eq!(
        engine.urn(&inner, VPC, "a-b-vpc"),
        "urn:pulumi:stack::project::\
         agentic:index:Outer$agentic:index:Inner$agentic:ec2:Vpc::a-b-vpc",
    );
    assert_eq!(engine.urn("", VPC, "vpc"), "urn:pulumi:stack::project::agentic:ec2:Vpc::vpc");
}

#[tokio::test]
async fn a_preview_answers_with_the_inputs_and_no_id() {
    let engine = FakeEngine::preview().await;
    let program = Program::of(&engine).await;
    let network = program.component(COMPONENT, "net").await;
    let inputs = json!({ "cidrBlock": "10.0.0.0/16", "ports": [80, 0.5], "zone": UNKNOWN });
    let vpc = program.custom(VPC, "net-vpc", &network, inputs.clone()).await;
    assert_eq!(vpc.id, "");
    assert_eq!(object(&vpc), inputs);
    assert_eq!(vpc.urn, engine.urn(&network, VPC, "net-vpc"));
    assert!(!vpc.unknown);
}

#[tokio::test]
async fn an_update_mints_ids_and_outputs() {
    let engine = FakeEngine::update().await;
    engine.outputs(SUBNET, |subnet| {
        let zone = subnet.inputs["zone"].as_str().unwrap();
        json!({ "id": format!("subnet-{zone}"), "arn": format!("arn:{zone}") })
    });
    let program = Program::of(&engine).await;
    let network = program.component(COMPONENT, "net").await;
    let vpc = program.custom(VPC, "net-vpc", &network, json!({})).await;
    assert_eq!((vpc.id.as_str(), object(&vpc)), ("vpc-net-vpc", json!({})));
    let subnet = program.custom(SUBNET, "net-a", &network, json!({ "zone": "a" })).await;
    assert_eq!(subnet.id, "subnet-a");
    assert_eq!(object(&subnet), json!({ "zone": "a", "arn": "arn:a" }));
    let recorded = engine.registration("net-a");
    assert_eq!(recorded.id, "subnet-a");
    assert!(recorded.started > engine.registration("net-vpc").finished.unwrap());
}

#[tokio::test]
async fn output_values_become_plain_and_leave_their_dependencies() {
    let engine = FakeEngine::preview().await;
    let program = Program::of(&engine).await;
    let network = program.component(COMPONENT, "net").await;
    let vpc = program.custom(VPC, "net-vpc", &network, json!({})).await.urn;
    let inputs = json!({
        "vpcId": wire::output(None, false, &[&vpc]),
        "tags": { "key": wire::output(Some("value".into()), true, &[]) },
    });
    let subnet = program.custom(SUBNET, "net-a", &network, inputs).await;
    let plain = json!({ "vpcId": UNKNOWN, "tags": { "key": wire::secret("value") } });
    assert_eq!(object(&subnet), plain);
    let recorded = engine.registration("net-a");
    assert_eq!(recorded.property_dependencies("vpcId").first(), Some(&vpc));
    assert!(recorded.property_dependencies("tags").is_empty());
}

#[tokio::test]
async fn secrets_are_kept_for_those_who_take_them() {
    let engine = FakeEngine::update().await;
    engine.outputs(VPC, |_| json!({ "key": "k", "name": "plain" }));
    let mut program = Program::of(&engine).await;
    let request = |name: &str| RegisterResourceRequest {
        additional_secret_outputs: vec!["key".into()],
        ..custom(VPC, name, &engine.stack_urn(), json!({ "name": wire::secret("n") }))
    };
    let taken = program.register(request("taken")).await.unwrap();
    let secrets = json!({ "key": wire::secret("k"), "name": wire::secret("plain") });
    assert_eq!(object(&taken), secrets);
    let refused = RegisterResourceRequest { accept_secrets: false, ..request("refused") };
    let refused = program.register(refused).await.unwrap();
    assert_eq!(object(&refused), json!({ "key": "k", "name": "plain" }));
}

#[tokio::test]
async fn outputs_can_be_unknown() {
    let engine = FakeEngine::update().await;
    let outputs = json!({ "arn": UNKNOWN, "name": "n" });
    engine.behave("partial", Behaviour::Answer { id: "i".into(), outputs });
    engine.behave("elided", Behaviour::Elide);
    let mut program = Program::of(&engine).await;
    let partial = custom(VPC, "partial", &engine.stack_urn(), json!({}));
    let whole = RegisterResourceRequest { supports_partial_values: false, ..partial.clone() };
    let answer = program.register(whole).await.unwrap();
    assert_eq!((answer.id.as_str(), object(&answer)), ("i", json!({ "name": "n" })));
    let elided = program.custom(VPC, "elided", &engine.stack_urn(), json!({})).await;
    assert!(elided.unknown);
    assert_eq!(elided.id, "");
    // From here on unknown inputs are right.
    let inputs = json!({ "vpcId": UNKNOWN });
    program.custom(SUBNET, "after", &engine.stack_urn(), inputs).await;
    assert_eq!(engine.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn broken_rules_are_errors() {
    let engine = FakeEngine::update().await;
    let mut program = Program::of(&engine).await;
    let stack = engine.stack_urn();
    let network = program.component(COMPONENT, "net").await;
    let vpc = program.custom(VPC, "vpc", &network, json!({})).await.urn;
    let nowhere = engine.urn(&network, VPC, "nowhere");
    let good = custom(SUBNET, "subnet", &network, json!({ "vpcId": "vpc" }));
    let behind = |urn: &str| PropertyDependencies { urns: vec![urn.into()] };
    let slips = [
        ("duplicate resource URN", custom(VPC, "vpc", &network, json!({}))),
        ("could not find parent", custom(SUBNET, "subnet", &nowhere, json!({}))),
        ("is no type", custom("Subnet", "subnet", &network, json!({}))),
        ("has no name", custom(SUBNET, "", &network, json!({}))),
        ("is unknown in an update", custom(SUBNET, "subnet", &network, json!({ "a": [UNKNOWN] }))),
        (
            "is not registered",
            RegisterResourceRequest { dependencies: vec![nowhere.clone()], ..good.clone() },
        ),
        (
            "is not registered",
            RegisterResourceRequest {
                property_dependencies: BTreeMap::from([("vpcId".into(), behind(&nowhere))]),
                ..good.clone()
            },
        ),
        ("which it lies in", RegisterResourceRequest { dependencies: vec![network.clone()], ..good.clone() }),
        ("is no provider reference", RegisterResourceRequest { provider: "agentic".into(), ..good.clone() }),
    ];
    for (message, slip) in slips {
        let status = program.register(slip).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(message), "{status}");
    }
    assert_eq!(engine.violations().len(), 9);

    for (message, urn, outputs) in [
        ("is not registered", nowhere.as_str(), json!({})),
        ("is no component", &vpc, json!({})),
        ("an output value", &network, json!({ "a": [wire::output(None, false, &[])] })),
    ] {
        let status = program.complete(urn, outputs).await.unwrap_err();
        assert!(status.message().contains(message), "{status}");
    }
    program.complete(&network, json!({ "vpcId": "vpc" })).await.unwrap();
    let again = program.complete(&network, json!({})).await.unwrap_err();
    assert!(again.message().contains("before"), "{again}");
    assert_eq!(engine.registration("net").outputs, wire::object(json!({ "vpcId": "vpc" })));
    program.register(good).await.unwrap();
    assert_eq!(engine.urn(&stack, COMPONENT, "net"), network);
}

#[tokio::test]
async fn a_failure_lets_all_hang_until_the_shutdown() {
    let engine = FakeEngine::update().await;
    engine.behave("bad", Behaviour::Fail("quota".into()));
    engine.behave("slow", Behaviour::Hold);
    let program = Program::of(&engine).await;
    let stack = engine.stack_urn();
    let network = program.component(COMPONENT, "net").await;
    let slow = program.spawn(custom(VPC, "slow", &stack, json!({})));
    engine.wait_started("slow").await;
    let bad = program.spawn(custom(VPC, "bad", &stack, json!({})));
    engine.wait_finished("bad").await;
    let late = program.spawn(custom(VPC, "late", &stack, json!({})));
    engine.wait_started("late").await;
    let mut completing = program.clone();
    let complete = tokio::spawn(async move { completing.complete(&network, json!({})).await });
    // What was under way comes to its end.
    engine.release("slow");
    assert_eq!(slow.await.unwrap().unwrap().id, "vpc-slow");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!bad.is_finished() && !late.is_finished() && !complete.is_finished());
    engine.shut_down();
    for hung in [bad.await.unwrap().map(drop), late.await.unwrap().map(drop), complete.await.unwrap()] {
        let status = hung.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.message(), "resource monitor shut down");
    }
    assert_eq!(engine.registration("bad").outcome, Outcome::Failed("quota".into()));
    assert_eq!(engine.registration("late").outcome, Outcome::Pending);
}

#[tokio::test]
async fn with_continue_on_error_failures_are_reported() {
    let engine = FakeEngine::start(Setup { continue_on_error: true, ..Setup::default() }).await;
    engine.behave(VPC, Behaviour::Fail("quota".into()));
    let mut program = Program::of(&engine).await;
    let stack = engine.stack_urn();
    let vpc = program.custom(VPC, "vpc", &stack, json!({})).await;
    assert_eq!(vpc.result(), Report::Fail);
    let dependent = RegisterResourceRequest {
        dependencies: vec![vpc.urn],
        ..custom(SUBNET, "dependent", &stack, json!({}))
    };
    let dependent = program.register(dependent).await.unwrap();
    assert_eq!(dependent.result(), Report::Skip);
    let free = program.custom(SUBNET, "free", &stack, json!({})).await;
    assert_eq!((free.result(), free.id.as_str()), (Report::Success, "subnet-free"));
    let silent = RegisterResourceRequest {
        supports_result_reporting: false,
        ..custom(VPC, "silent", &stack, json!({}))
    };
    let status = program.register(silent).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.message(), "resource registration failed");
}

#[tokio::test]
async fn messages_may_be_larger_than_grpc_has_it() {
    let engine = FakeEngine::update().await;
    let program = Program::of(&engine).await;
    let text = "x".repeat(5 << 20);
    let vpc = program.custom(VPC, "vpc", &engine.stack_urn(), json!({ "text": text })).await;
    assert_eq!(object(&vpc)["text"], text);
}

#[tokio::test]
async fn what_runs_at_the_same_time_is_seen() {
    let engine = FakeEngine::update().await;
    engine.behave("a", Behaviour::Hold);
    engine.behave("b", Behaviour::Delay(Duration::from_millis(20)));
    let program = Program::of(&engine).await;
    let stack = engine.stack_urn();
    let a = program.spawn(custom(VPC, "a", &stack, json!({})));
    engine.wait_started("a").await;
    program.custom(VPC, "b", &stack, json!({})).await;
    assert!(engine.registration("a").finished.is_none());
    engine.release("a");
    a.await.unwrap().unwrap();
    program.custom(VPC, "c", &stack, json!({})).await;
    assert!(engine.overlap("a", "b") && engine.overlap("b", "a"));
    assert!(!engine.overlap("a", "c") && !engine.overlap("c", "b"));
}

#[tokio::test]
async fn deletion_goes_backwards() {
    let engine = FakeEngine::update().await;
    let mut program = Program::of(&engine).await;
    let network = program.component(COMPONENT, "net").await;
    let vpc = program.custom(VPC, "vpc", &network, json!({})).await.urn;
    let subnets = ["subnet-a", "subnet-b"].map(|name| RegisterResourceRequest {
        dependencies: vec![vpc.clone()],
        ..custom(SUBNET, name, &network, json!({}))
    });
    for subnet in subnets {
        program.register(subnet).await.unwrap();
    }
    program.complete(&network, json!({})).await.unwrap();
    // The component stands for all that is in it.
    let user = engine.program_resource(RegisterResourceRequest {
        dependencies: vec![network.clone()],
        ..custom(SUBNET, "user", "", json!({}))
    });
    // Without an edge to the VPC it goes at the same time.
    program.custom(SUBNET, "forgotten", &network, json!({})).await;

    assert!(engine.is_deleted_before("subnet-a", "vpc"));
    assert!(engine.is_deleted_before("user", "subnet-b"));
    assert!(engine.is_deleted_before("vpc", "net"));
    assert!(!engine.is_deleted_before("forgotten", "vpc"));
    assert!(!engine.is_deleted_before("subnet-a", "subnet-b"));
    let urn = |r#type, name| engine.urn(&network, r#type, name);
    assert_eq!(
        engine.deletion_rounds(),
        [
            vec![user],
            vec![urn(SUBNET, "subnet-a"), urn(SUBNET, "subnet-b")],
            vec![vpc, urn(SUBNET, "forgotten")],
            vec![network],
            vec![engine.stack_urn()],
        ],
    );
}

#[tokio::test]
async fn the_tree_is_the_same_in_any_order() {
    let mut trees = Vec::new();
    for names in [["net-a", "net-b"], ["net-b", "net-a"]] {
        let engine = FakeEngine::preview().await;
        let mut program = Program::of(&engine).await;
        let network = program.component(COMPONENT, "net").await;
        let inputs = json!({ "cidrBlock": "10.0.0.0/16", "password": wire::secret("p") });
        let vpc = program.custom(VPC, "net-vpc", &network, inputs).await.urn;
        for name in names {
            let behind = PropertyDependencies { urns: vec![vpc.clone()] };
            let subnet = RegisterResourceRequest {
                property_dependencies: BTreeMap::from([("vpcId".into(), behind)]),
                dependencies: vec![vpc.clone()],
                version: "1.2.3".into(),
                protect: Some(true),
                custom_timeouts: Some(CustomTimeouts { create: "5m".into(), ..CustomTimeouts::default() }),
                ..custom(SUBNET, name, &network, json!({ "vpcId": UNKNOWN, "tags": { "n": 1 } }))
            };
            program.register(subnet).await.unwrap();
        }
        program.complete(&network, json!({ "vpcId": UNKNOWN })).await.unwrap();
        trees.push(engine.tree());
    }
    assert_eq!(trees[0], trees[1]);
    let expected = r#"
agentic:index:Network net
    => vpcId: <unknown>
  agentic:ec2:Subnet net-a
      tags: {n: 1}
      vpcId: <unknown>  <- net-vpc
      ! customTimeouts: [create: 5m]
      ! protect: true
  agentic:ec2:Subnet net-b
      tags: {n: 1}
      vpcId: <unknown>  <- net-vpc
      ! customTimeouts: [create: 5m]
      ! protect: true
  agentic:ec2:Vpc net-vpc
      cidrBlock: "10.0.0.0/16"
      password: <secret "p">
"#;
    assert_eq!(trees[0], expected.trim_start());
}
