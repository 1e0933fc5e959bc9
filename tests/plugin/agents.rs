//! What the suite of behaviours cannot try of agents: runtimes that AWS cannot make, settings that no
//! argument tells, and images for another architecture.

use agentic::model::{Failures, Object};
use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::types::RuntimeMetadataConfiguration;
use serde_json::{Value as Json, json};

use crate::stage::{REGION, Stage, checked, kind};

const RUNTIME: &str = "agentic:bedrock:AgentcoreAgentRuntime";

fn runtime(stage: &Stage, tag: &str, more: Json) -> Json {
    let uri = format!("{}.dkr.ecr.{REGION}.amazonaws.com/agents/workflow:{tag}", stage.aws.account());
    let mut inputs = json!({
        "agentRuntimeName": "workflow",
        "agentRuntimeArtifact": { "containerConfiguration": { "containerUri": uri } },
        "networkConfiguration": { "networkMode": "PUBLIC" },
        "roleArn": "arn:aws:iam::123456789012:role/workflow",
    });
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}

#[tokio::test]
async fn a_runtime_that_cannot_be_made_says_why_and_is_tried_again() {
    let stage = Stage::new().await;
    let why = [("failureReason", "The image was not found.")];
    stage.aws.ends_in("bedrock-agentcore", "AgentRuntime", "CREATE_FAILED", &why);
    let inputs = runtime(&stage, "1", json!({}));
    let partial = stage.create(RUNTIME, &inputs).await.unwrap_err();
    let told = partial.error.to_string();
    assert!(
        told.contains("could not create version 1 of the agent runtime workflow: The image was not found"),
        "{told}"
    );
    // The same again, once the image is there, sends the definition anew.
    let made = partial.made.unwrap();
    stage.aws.clear();
    stage.update(RUNTIME, &made, &inputs, &inputs).await.unwrap();
    assert_eq!(stage.aws.mutations(), ["bedrock-agentcore:UpdateAgentRuntime"]);
}

#[tokio::test]
async fn a_change_keeps_what_no_argument_tells() {
    let stage = Stage::new().await;
    let before = runtime(&stage, "1", json!({ "description": "Before" }));
    let made = stage.create(RUNTIME, &before).await.unwrap();
    let client = stage.clients.client::<Client>(None).unwrap();
    let there = client.get_agent_runtime().agent_runtime_id(&made.0).send().await.unwrap();
    let metadata = RuntimeMetadataConfiguration::builder().require_mmdsv2(true).build().unwrap();
    let change = client.update_agent_runtime().agent_runtime_id(&made.0).role_arn(&there.role_arn);
    let change = change.set_agent_runtime_artifact(there.agent_runtime_artifact);
    let change =
        change.set_network_configuration(there.network_configuration).metadata_configuration(metadata);
    change.description("Before").send().await.unwrap();
    let after = runtime(&stage, "1", json!({ "description": "After" }));
    stage.update(RUNTIME, &made, &before, &after).await.unwrap();
    let there = client.get_agent_runtime().agent_runtime_id(&made.0).send().await.unwrap();
    assert_eq!((there.description.as_deref(), there.agent_runtime_version.as_str()), (Some("After"), "3"));
    assert!(there.metadata_configuration.unwrap().require_mmdsv2);
}

#[tokio::test]
async fn an_image_for_another_architecture_is_told_before_anything_is_made() {
    let stage = Stage::new().await;
    let ecr = stage.clients.client::<aws_sdk_ecr::Client>(None).unwrap();
    ecr.create_repository().repository_name("agents/workflow").send().await.unwrap();
    for (tag, architectures) in [("1", vec!["amd64"]), ("2", vec!["amd64", "arm64"])] {
        let images: Vec<Json> = architectures
            .iter()
            .map(|name| json!({ "digest": "sha256:ab", "platform": { "architecture": name, "os": "linux" } }))
            .collect();
        let list = "application/vnd.oci.image.index.v1+json";
        let manifest = json!({ "schemaVersion": 2, "mediaType": list, "tag": tag, "manifests": images });
        let put = ecr.put_image().repository_name("agents/workflow").image_tag(tag);
        put.image_manifest(manifest.to_string()).image_manifest_media_type(list).send().await.unwrap();
    }
    let told = async |tag: &str| {
        let inputs = checked(RUNTIME, &runtime(&stage, tag, json!({})));
        let (cx, none) = (stage.cx(RUNTIME), Object::new());
        let asked = kind(RUNTIME).foresee(&cx, &none, &inputs).unwrap();
        let failures: Failures = asked.await;
        failures.to_string()
    };
    let amd64 = told("1").await;
    assert!(
        amd64.contains("containerUri: ")
            && amd64.contains("an image for amd64 only")
            && amd64.contains("linux/arm64"),
        "{amd64}"
    );
    assert_eq!(told("2").await, "");
    // Of what is not there, nothing is known.
    assert_eq!(told("3").await, "");
    assert!(stage.aws.mutations().iter().all(|call| !call.starts_with("bedrock")));
}
