//! The fake engine itself, driven by a client and a provider written by hand.

#![allow(clippy::unwrap_used)]

mod monitor;
mod provider;

use agentic_pulumi::engine::proto::{
    RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse, ResourceInvokeRequest,
    resource_monitor_client::ResourceMonitorClient,
};
use fake_engine::{
    FakeEngine, MESSAGE_LIMIT,
    wire::{self, Json},
};
use serde_json::json;
use tonic::{Status, transport::Channel};

const COMPONENT: &str = "agentic:index:Network";
const VPC: &str = "agentic:ec2:Vpc";
const SUBNET: &str = "agentic:ec2:Subnet";

/// A program without an SDK.
#[derive(Clone)]
struct Program {
    monitor: ResourceMonitorClient<Channel>,
    stack: String,
}

impl Program {
    async fn of(engine: &FakeEngine) -> Self {
        let address = format!("http://{}", engine.address());
        Program {
            monitor: ResourceMonitorClient::connect(address)
                .await
                .unwrap()
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            stack: engine.stack_urn(),
        }
    }

    async fn register(
        &mut self,
        request: RegisterResourceRequest,
    ) -> Result<RegisterResourceResponse, Status> {
        Ok(self.monitor.register_resource(request).await?.into_inner())
    }

    fn spawn(
        &self,
        request: RegisterResourceRequest,
    ) -> tokio::task::JoinHandle<Result<RegisterResourceResponse, Status>> {
        let mut program = self.clone();
        tokio::spawn(async move { program.register(request).await })
    }

    async fn component(&self, r#type: &str, name: &str) -> String {
        let request =
            RegisterResourceRequest { custom: false, ..custom(r#type, name, &self.stack, json!({})) };
        self.clone().register(request).await.unwrap().urn
    }

    async fn custom(&self, r#type: &str, name: &str, parent: &str, inputs: Json) -> RegisterResourceResponse {
        self.clone().register(custom(r#type, name, parent, inputs)).await.unwrap()
    }

    async fn invoke(&mut self, tok: &str, args: Json) -> Result<Json, Status> {
        let request = ResourceInvokeRequest {
            tok: tok.into(),
            args: Some(wire::to_struct(&wire::object(args))),
            ..ResourceInvokeRequest::default()
        };
        let response = self.monitor.invoke(request).await?.into_inner();
        Ok(Json::Object(wire::from_struct(&response.r#return.unwrap())))
    }

    async fn complete(&mut self, urn: &str, outputs: Json) -> Result<(), Status> {
        let request = RegisterResourceOutputsRequest {
            urn: urn.into(),
            outputs: Some(wire::to_struct(&wire::object(outputs))),
        };
        self.monitor.register_resource_outputs(request).await.map(drop)
    }
}

fn custom(r#type: &str, name: &str, parent: &str, inputs: Json) -> RegisterResourceRequest {
    RegisterResourceRequest {
        r#type: r#type.into(),
        name: name.into(),
        parent: parent.into(),
        custom: true,
        object: Some(wire::to_struct(&wire::object(inputs))),
        accept_secrets: true,
        accept_resources: true,
        supports_partial_values: true,
        supports_result_reporting: true,
        ..RegisterResourceRequest::default()
    }
}

fn object(response: &RegisterResourceResponse) -> Json {
    Json::Object(wire::from_struct(response.object.as_ref().unwrap()))
}
