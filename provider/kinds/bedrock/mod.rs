//! Amazon Bedrock AgentCore: where agents run, what they remember, and which tools they reach.

mod agentcore_agent_runtime;
mod agentcore_agent_runtime_endpoint;
mod agentcore_gateway;
mod agentcore_gateway_target;
mod agentcore_memory;
mod agentcore_memory_strategy;
mod authorizer;
mod codes;
mod image;
mod private_endpoint;
mod unsupported;

pub use agentcore_agent_runtime::*;
pub use agentcore_agent_runtime_endpoint::*;
pub use agentcore_gateway::*;
pub use agentcore_gateway_target::*;
pub use agentcore_memory::*;
pub use agentcore_memory_strategy::*;
pub use authorizer::{Authorizer, AuthorizerInput, JwtAuthorizer, JwtAuthorizerInput, check_discovery_url};
pub use private_endpoint::{PrivateEndpoint, PrivateEndpointInput};

use aws_sdk_bedrockagentcorecontrol::Client;

use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{Alphabet, HYPHENED, NameRule, PLAIN};
use crate::kinds::{Named, Tagging, Tags};

/// Names of agent runtimes, endpoints, memories and strategies.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html>
const AGENTCORE: NameRule = NameRule {
    max: 48,
    alphabet: Alphabet {
        words: "letters, digits and underscores",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || c == '_',
    },
    letter_first: true,
    filler: '_',
    ..PLAIN
};

/// Names of gateways and their targets.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateGateway.html>
const GATEWAY: NameRule = NameRule { max: 100, alphabet: HYPHENED, inner: "-", doubled: false, ..PLAIN };

/// How AgentCore tags what it has.
struct AgentcoreTags;

impl Tagging for AgentcoreTags {
    const LIST: &'static [&'static str] = &["bedrock-agentcore:ListTagsForResource"];
    const CHANGE: &'static [&'static str] =
        &["bedrock-agentcore:TagResource", "bedrock-agentcore:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(&named.arn);
        let answer = found(call.send().await)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// A text that AWS tells, of which an empty one is none.
fn text(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// A client token, for which AgentCore wants 33 characters at least.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html>
fn token(cx: &Cx) -> String {
    format!("agentic-{}", cx.client_token())
}
