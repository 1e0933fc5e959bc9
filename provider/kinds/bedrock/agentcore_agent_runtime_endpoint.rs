//! An endpoint of an agent runtime: a name under which one version of it is invoked.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime_endpoint::GetAgentRuntimeEndpointOutput;
use aws_sdk_bedrockagentcorecontrol::types::AgentRuntimeEndpointStatus as Status;

use super::{AGENTCORE, AgentcoreTags, text, token};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, bad_id, claim};
use crate::model::{Model, Prop};

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntimeEndpoint.html>
pub const AGENT_RUNTIME_ENDPOINT: NameRule = NameRule {
    what: "Bedrock agent runtime endpoint",
    // The endpoint that each runtime has by itself.
    reserved: &["default"],
    ..AGENTCORE
};

/// An endpoint of a Bedrock AgentCore agent runtime: a stable name under which one version of the
/// agent runtime is invoked.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreAgentRuntimeEndpointArgs {
    /// The ID of the agent runtime.
    #[model(replace, length = 12..=111)]
    pub agent_runtime_id: String,
    /// The version of the agent runtime, such as `3`. Defaults to the latest version when the
    /// endpoint is created; the endpoint stays on that version.
    #[model(in_place, aws_default, told, check = check_version)]
    pub agent_runtime_version: Option<String>,
    /// The description of the endpoint. A description can be changed, but not removed.
    #[model(in_place, aws_default, length = 1..=256)]
    pub description: Option<String>,
    /// The name of the endpoint: letters, digits and underscores, beginning with a letter. The name
    /// `DEFAULT` is reserved for the endpoint of the latest version.
    #[model(replace, autoname, length = 1..=48)]
    pub name: String,
    /// The tags of the endpoint.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of an endpoint of an agent runtime.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreAgentRuntimeEndpointState {
    /// The ARN of the agent runtime.
    pub agent_runtime_arn: String,
    /// The ARN of the endpoint.
    pub agent_runtime_endpoint_arn: String,
}

/// An endpoint of an agent runtime.
pub struct AgentcoreAgentRuntimeEndpoint;

impl Kind for AgentcoreAgentRuntimeEndpoint {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreAgentRuntimeEndpoint";
    const ID: &'static str = "the ID of the agent runtime and the name of the endpoint, separated by a comma, such as `workflow-a1b2c3d4e5,prod`";
    const TAGS: TaggedBy = TaggedBy::service::<AgentcoreTags>();
    const ARN: &'static str = "agentRuntimeEndpointArn";
    const NAME: Option<&'static NameRule> = Some(&AGENT_RUNTIME_ENDPOINT);
    const APART: &'static [Prop<Self::Args>] =
        &[AgentcoreAgentRuntimeEndpointArgs::AGENT_RUNTIME_ID, AgentcoreAgentRuntimeEndpointArgs::NAME];
    const READY: Option<Wait> = Some(Wait {
        goal: "the endpoint of the agent runtime is ready",
        usual: [5, 30],
        budget: Duration::from_secs(15 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the endpoint of the agent runtime is gone",
        usual: [5, 30],
        budget: Duration::from_secs(15 * 60),
    });
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock-agentcore:CreateAgentRuntimeEndpoint",
            "bedrock-agentcore:GetAgentRuntimeEndpoint",
        ],
        read: &["bedrock-agentcore:GetAgentRuntimeEndpoint"],
        update: &[
            "bedrock-agentcore:UpdateAgentRuntimeEndpoint",
            "bedrock-agentcore:GetAgentRuntimeEndpoint",
        ],
        delete: &[
            "bedrock-agentcore:DeleteAgentRuntimeEndpoint",
            "bedrock-agentcore:GetAgentRuntimeEndpoint",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_AGENT_RUNTIME_ENDPOINT;

    type Args = AgentcoreAgentRuntimeEndpointArgs;
    type State = AgentcoreAgentRuntimeEndpointState;

    async fn create(cx: &Cx, args: &AgentcoreAgentRuntimeEndpointArgs) -> Result<String> {
        let id = format!("{},{}", args.agent_runtime_id, args.name);
        let made = cx
            .client::<Client>()?
            .create_agent_runtime_endpoint()
            .client_token(token(cx))
            .agent_runtime_id(&args.agent_runtime_id)
            .name(&args.name)
            .set_agent_runtime_version(args.agent_runtime_version.clone())
            .set_description(args.description.clone())
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &id, args, error, "agent runtime endpoint").await
            }
            made => made.map(|_| id),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &AgentcoreAgentRuntimeEndpointArgs) -> Result<Poll> {
        let Some(endpoint) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &endpoint.status {
            Status::Ready => Poll::Ready(()),
            Status::CreateFailed | Status::UpdateFailed | Status::DeleteFailed => {
                Poll::Failed(failure(&endpoint))
            }
            Status::Deleting => {
                let message = format!("{id} is DELETING: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            status => match (&endpoint.live_version, &endpoint.target_version) {
                (Some(live), Some(target)) => {
                    Poll::Pending(format!("{status}, version {live} on the way to version {target}"))
                }
                _ => Poll::Pending(status.to_string()),
            },
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(endpoint) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: AgentcoreAgentRuntimeEndpointObserved {
                agent_runtime_id: parts(id).ok().map(|(runtime, _)| runtime.to_owned()),
                agent_runtime_version: Some(endpoint.target_version.clone().or(endpoint.live_version)),
                description: Some(text(&endpoint.description)),
                name: Some(endpoint.name),
                ..AgentcoreAgentRuntimeEndpointObserved::default()
            },
            state: AgentcoreAgentRuntimeEndpointState {
                agent_runtime_arn: endpoint.agent_runtime_arn,
                agent_runtime_endpoint_arn: endpoint.agent_runtime_endpoint_arn,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AgentcoreAgentRuntimeEndpointArgs>) -> Result<()> {
        type Args = AgentcoreAgentRuntimeEndpointArgs;
        let (runtime, name) = parts(id)?;
        let new = &update.new;
        let version =
            new.agent_runtime_version.clone().filter(|_| update.any(&[Args::AGENT_RUNTIME_VERSION]));
        let description = new.description.clone().filter(|_| update.any(&[Args::DESCRIPTION]));
        let call = cx.client::<Client>()?.update_agent_runtime_endpoint();
        let call = call.agent_runtime_id(runtime).endpoint_name(name);
        call.set_agent_runtime_version(version).set_description(description).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &AgentcoreAgentRuntimeEndpointArgs) -> Result<()> {
        let (runtime, name) = parts(id)?;
        match find(cx, id).await? {
            None => return Ok(()),
            Some(endpoint) if endpoint.status == Status::Deleting => return Ok(()),
            Some(_) => {}
        }
        let call = cx.client::<Client>()?.delete_agent_runtime_endpoint();
        call.agent_runtime_id(runtime).endpoint_name(name).send().await?;
        Ok(())
    }
}

fn parts(id: &str) -> Result<(&str, &str)> {
    id.split_once(',')
        .ok_or_else(|| bad_id(id, "an agent runtime ID and an endpoint name, with a comma between"))
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntimeEndpoint.html>
fn check_version(version: &str) -> Result<(), String> {
    let is_one = version.len() <= 5
        && !version.starts_with('0')
        && !version.is_empty()
        && version.chars().all(|c| c.is_ascii_digit());
    match is_one {
        true => Ok(()),
        false => Err(format!("is {version:?}; give the number of a version, such as \"3\"")),
    }
}

fn failure(endpoint: &GetAgentRuntimeEndpointOutput) -> Error {
    let name = &endpoint.name;
    let reason = text(&endpoint.failure_reason).unwrap_or_else(|| "AWS gives no reason".to_owned());
    let reason = reason.trim_end_matches('.');
    let message = format!("the endpoint {name} of the agent runtime is {}: {reason}", endpoint.status);
    let hint = "Give another agentRuntimeVersion, or resolve the cause, and run `pulumi up` again.";
    Error::new(ErrorKind::Failed, message).with_hint(hint)
}

async fn find(cx: &Cx, id: &str) -> Result<Option<GetAgentRuntimeEndpointOutput>> {
    let (runtime, name) = parts(id)?;
    let client = cx.client::<Client>()?;
    let look = move |(runtime, name): (String, String)| {
        let call = client.get_agent_runtime_endpoint().agent_runtime_id(runtime).endpoint_name(name);
        async move { found(call.send().await) }
    };
    cx.alone((runtime.to_owned(), name.to_owned()), look).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_number() {
        assert!(check_version("1").is_ok() && check_version("99999").is_ok());
        for bad in ["", "0", "01", "latest", "100000", "1.0"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
