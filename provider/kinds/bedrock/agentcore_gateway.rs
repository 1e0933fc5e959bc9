//! A gateway: one address at which agents find all of their tools.

mod from_aws;
mod rules;
mod to_aws;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::operation::get_gateway::GetGatewayOutput;
use aws_sdk_bedrockagentcorecontrol::types::GatewayStatus as Status;

use super::{AgentcoreTags, Authorizer, GATEWAY, RuntimeWorkloadIdentity, token};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim, taken};
use crate::model::{Failures, Model};

const GATEWAY_NAME: NameRule = NameRule { what: "Bedrock gateway", ..GATEWAY };

/// A Bedrock AgentCore gateway: a URL at which agents find and call tools, such as Lambda functions
/// and APIs, through the Model Context Protocol (MCP). The targets of the gateway provide the
/// tools.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreGatewayArgs {
    /// The authorizer of incoming requests. Required if `authorizerType` is `CUSTOM_JWT`, and not
    /// allowed if it is `AWS_IAM` or `NONE`.
    #[model(in_place)]
    pub authorizer_configuration: Option<Authorizer>,
    /// The type of authorization of incoming requests: JSON Web Tokens (`CUSTOM_JWT`), AWS
    /// credentials (`AWS_IAM`), tokens that are authenticated without an authorization decision
    /// (`AUTHENTICATE_ONLY`), or none (`NONE`).
    #[model(in_place, one_of = ["CUSTOM_JWT", "AWS_IAM", "NONE", "AUTHENTICATE_ONLY"])]
    pub authorizer_type: String,
    /// The description of the gateway.
    #[model(in_place, length = 1..=200)]
    pub description: Option<String>,
    /// The level of detail of error messages: `DEBUG` returns those of the targets. If omitted, callers
    /// receive a generic message.
    #[model(in_place, one_of = ["DEBUG"])]
    pub exception_level: Option<String>,
    /// The Lambda functions that intercept requests and responses, and can change them.
    #[model(in_place, default = [], length = 0..=2)]
    pub interceptor_configurations: Vec<GatewayInterceptor>,
    /// The ARN of the KMS key that encrypts the data of the gateway. Defaults to an AWS owned key.
    #[model(in_place, length = 20..=2048)]
    pub kms_key_arn: Option<String>,
    /// The name of the gateway: letters, digits and single hyphens.
    #[model(replace, autoname, length = 1..=100)]
    pub name: String,
    /// The policy engine, which allows or denies each tool call. If omitted, no policy engine is
    /// used.
    #[model(in_place)]
    pub policy_engine_configuration: Option<GatewayPolicyEngine>,
    /// The configuration of the protocol.
    #[model(in_place)]
    pub protocol_configuration: Option<GatewayProtocol>,
    /// The protocol. If omitted, the gateway passes HTTP requests on to its targets, such as agent
    /// runtimes.
    #[model(in_place, one_of = ["MCP"])]
    pub protocol_type: Option<String>,
    /// The ARN of the IAM role with which the gateway calls its targets. It must trust
    /// `bedrock-agentcore.amazonaws.com`.
    #[model(in_place, length = 20..=2048)]
    pub role_arn: String,
    /// The tags of the gateway.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A Lambda function that intercepts requests and responses, and can change them.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayInterceptor {
    /// The input of the function.
    pub input_configuration: Option<GatewayInterceptorReceives>,
    /// The points at which the function is invoked: before a request reaches its target
    /// (`REQUEST`), and after the target responds (`RESPONSE`).
    #[model(set, length = 1..=2, one_of = ["REQUEST", "RESPONSE"])]
    pub interception_points: Vec<String>,
    /// The interceptor to invoke.
    pub interceptor: GatewayInterceptorTarget,
}

/// The input of an interceptor.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayInterceptorReceives {
    /// Whether the function receives the headers of requests.
    pub pass_request_headers: bool,
}

/// An interceptor of requests and responses.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayInterceptorTarget {
    /// The Lambda function.
    pub lambda: GatewayInterceptorLambda,
}

/// A Lambda function that intercepts requests and responses.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayInterceptorLambda {
    /// The ARN of the function.
    #[model(length = 20..=170)]
    pub arn: String,
}

/// The policy engine of a gateway.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayPolicyEngine {
    /// The ARN of the policy engine.
    #[model(length = 20..=170)]
    pub arn: String,
    /// Whether decisions are enforced (`ENFORCE`) or only logged (`LOG_ONLY`).
    #[model(one_of = ["LOG_ONLY", "ENFORCE"])]
    pub mode: String,
}

/// The configuration of the protocol of a gateway.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayProtocol {
    /// The configuration of the Model Context Protocol (MCP).
    pub mcp: GatewayMcp,
}

/// The configuration of the Model Context Protocol (MCP).
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayMcp {
    /// The instructions for using the gateway, which agents receive.
    #[model(length = 1..=2048)]
    pub instructions: Option<String>,
    /// The search type: `SEMANTIC` adds a tool with which agents search for other tools. If
    /// omitted, agents can only list the tools.
    #[model(one_of = ["SEMANTIC"])]
    pub search_type: Option<String>,
    /// The session configuration of clients. If omitted, the gateway has no sessions.
    pub session_configuration: Option<GatewaySession>,
    /// The streaming configuration of responses. If omitted, responses are not streamed.
    pub streaming_configuration: Option<GatewayStreaming>,
    /// The supported versions of MCP, such as `2025-06-18`. If omitted, AWS chooses the versions.
    #[model(set, aws_default, resets, length = 1..=10)]
    pub supported_versions: Option<Vec<String>>,
}

/// The sessions of an MCP gateway.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewaySession {
    /// The idle timeout of a session in seconds: the time without requests after which the session
    /// ends. Defaults to 3600.
    #[model(aws_default, resets, range = 900..=28_800)]
    pub session_timeout_in_seconds: Option<i64>,
}

/// The streaming of an MCP gateway.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GatewayStreaming {
    /// Whether responses are streamed.
    pub enable_response_streaming: bool,
}

/// The outputs of a gateway.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreGatewayState {
    /// The ARN of the gateway.
    pub gateway_arn: String,
    /// The ID of the gateway: its name in lower case, followed by a hyphen and ten random
    /// characters.
    pub gateway_id: String,
    /// The URL at which agents reach the gateway.
    pub gateway_url: String,
    /// The workload identity of the gateway, with which it obtains tokens for its targets.
    pub workload_identity_details: Vec<RuntimeWorkloadIdentity>,
}

/// A gateway.
pub struct AgentcoreGateway;

impl Kind for AgentcoreGateway {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreGateway";
    const ID: &'static str = "the ID of the gateway, such as `tools-a1b2c3d4e5`";
    const TAGS: TaggedBy = TaggedBy::service::<AgentcoreTags>();
    const ARN: &'static str = "gatewayArn";
    const NAME: Option<&'static NameRule> = Some(&GATEWAY_NAME);
    const READY: Option<Wait> =
        Some(Wait { goal: "the gateway is ready", usual: [5, 60], budget: Duration::from_secs(20 * 60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the gateway is gone", usual: [5, 60], budget: Duration::from_secs(20 * 60) });
    /// A change of a target makes the gateway busy for a while.
    const PATIENCE: Duration = Duration::from_secs(10 * 60);
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock-agentcore:CreateGateway",
            "bedrock-agentcore:GetGateway",
            "bedrock-agentcore:ListGateways",
            "bedrock-agentcore:UpdateGateway",
            "bedrock-agentcore:CreateWorkloadIdentity",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        read: &["bedrock-agentcore:GetGateway"],
        update: &["bedrock-agentcore:GetGateway", "bedrock-agentcore:UpdateGateway", "iam:PassRole"],
        delete: &[
            "bedrock-agentcore:DeleteGateway",
            "bedrock-agentcore:DeleteWorkloadIdentity",
            "bedrock-agentcore:GetGateway",
            "bedrock-agentcore:ListGatewayTargets",
        ],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_GATEWAY;

    type Args = AgentcoreGatewayArgs;
    type State = AgentcoreGatewayState;

    fn rules(args: &AgentcoreGatewayInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &AgentcoreGatewayArgs) -> Result<String> {
        if let Some(id) = named(cx, &args.name).await? {
            return claim::<Self>(cx, &id, args, None, "gateway").await;
        }
        let definition = to_aws::definition(args, None)?;
        let made = cx
            .client::<Client>()?
            .create_gateway()
            .client_token(token(cx))
            .name(&args.name)
            .role_arn(&args.role_arn)
            .authorizer_type(definition.authorizer_type)
            .set_authorizer_configuration(definition.authorizer)
            .set_description(args.description.clone())
            .set_exception_level(definition.exception_level)
            .set_interceptor_configurations(definition.interceptors)
            .set_kms_key_arn(args.kms_key_arn.clone())
            .set_policy_engine_configuration(definition.policy_engine)
            .set_protocol_configuration(definition.protocol)
            .set_protocol_type(definition.protocol_type)
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match named(cx, &args.name).await? {
                Some(id) => claim::<Self>(cx, &id, args, error, "gateway").await,
                None => Err(taken(error, "gateway", &args.name)),
            },
            made => {
                let id = made?.gateway_id;
                cx.note(Made);
                Ok(id)
            }
        }
    }

    /// What an attempt before could not make may be made by now, of the same definition.
    async fn configure(cx: &Cx, id: &str, args: &AgentcoreGatewayArgs) -> Result<()> {
        if cx.noted::<Made>().is_some() {
            return Ok(());
        }
        match find(cx, id).await? {
            Some(gateway) if is_failed(&gateway) => send(cx, &gateway, args).await,
            _ => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &AgentcoreGatewayArgs) -> Result<Poll> {
        let Some(gateway) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &gateway.status {
            Status::Ready => Poll::Ready(()),
            _ if is_failed(&gateway) => Poll::Failed(failure(&gateway)),
            Status::Deleting => {
                let message = format!("{id} is DELETING: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            status => Poll::Pending(status.to_string()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(gateway) = find(cx, id).await? else { return Ok(None) };
        let identity = gateway.workload_identity_details.iter().map(|identity| RuntimeWorkloadIdentity {
            workload_identity_arn: identity.workload_identity_arn.clone(),
        });
        Ok(Some(Live {
            args: from_aws::observed(&gateway),
            state: AgentcoreGatewayState {
                gateway_arn: gateway.gateway_arn.clone(),
                gateway_id: gateway.gateway_id.clone(),
                gateway_url: gateway.gateway_url.clone().unwrap_or_default(),
                workload_identity_details: identity.collect(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AgentcoreGatewayArgs>) -> Result<()> {
        let Some(gateway) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotReady, format!("{id} is not visible")));
        };
        send(cx, &gateway, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &AgentcoreGatewayArgs) -> Result<()> {
        match find(cx, id).await? {
            None => return Ok(()),
            Some(gateway) if gateway.status == Status::Deleting => return Ok(()),
            Some(_) => {}
        }
        let deleted = cx.client::<Client>()?.delete_gateway().gateway_identifier(id).send().await;
        deleted.map(drop).map_err(|error| match Error::from(error) {
            error if error.code() == Some("ConflictException") => error.with_kind(ErrorKind::InUse),
            error => error,
        })
    }

    async fn gone(cx: &Cx, id: &str, _args: &AgentcoreGatewayArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(gateway) if is_failed(&gateway) => Poll::Failed(failure(&gateway)),
            Some(gateway) => Poll::Pending(gateway.status.to_string()),
        })
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let client = cx.client::<Client>().ok()?;
        let pages = client.list_gateway_targets().gateway_identifier(id).into_paginator().items();
        let targets = pages.send().try_collect().await.ok()?;
        let names: Vec<_> = targets.into_iter().map(|target| target.name).collect();
        (!names.is_empty()).then(|| format!("the targets {}", names.join(", ")))
    }
}

/// The gateway was made in this very operation.
#[derive(Clone)]
struct Made;

/// Sends the whole definition: what an update leaves out is gone. What no argument tells is taken
/// from what AWS has.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateGateway.html>
async fn send(cx: &Cx, gateway: &GetGatewayOutput, args: &AgentcoreGatewayArgs) -> Result<()> {
    let definition = to_aws::definition(args, Some(gateway))?;
    let sent = cx
        .client::<Client>()?
        .update_gateway()
        .gateway_identifier(&gateway.gateway_id)
        .name(&gateway.name)
        .role_arn(&args.role_arn)
        .authorizer_type(definition.authorizer_type)
        .set_authorizer_configuration(definition.authorizer)
        .set_description(args.description.clone())
        .set_exception_level(definition.exception_level)
        .set_interceptor_configurations(definition.interceptors)
        .set_kms_key_arn(args.kms_key_arn.clone())
        .set_policy_engine_configuration(definition.policy_engine)
        .set_protocol_configuration(definition.protocol)
        .set_protocol_type(definition.protocol_type)
        .set_custom_transform_configuration(gateway.custom_transform_configuration.clone())
        .set_waf_configuration(gateway.waf_configuration.clone())
        .send()
        .await;
    sent.map(drop).map_err(busy)
}

/// A gateway that is in the middle of another change takes none.
pub(super) fn busy(error: impl Into<Error>) -> Error {
    match error.into() {
        error if error.code() == Some("ConflictException") && error.kind() != ErrorKind::AlreadyExists => {
            error.with_kind(ErrorKind::NotReady)
        }
        error => error,
    }
}

fn is_failed(gateway: &GetGatewayOutput) -> bool {
    matches!(gateway.status, Status::Failed | Status::UpdateUnsuccessful)
}

fn failure(gateway: &GetGatewayOutput) -> Error {
    let reasons = gateway.status_reasons().join("; ");
    let reason = if reasons.is_empty() { "AWS gives no reason" } else { reasons.trim_end_matches('.') };
    let message = format!("the gateway {} is {}: {reason}", gateway.name, gateway.status);
    let hint = "Resolve the cause, such as the rights of roleArn or the discovery URL of authorizerConfiguration, and run `pulumi up` again.";
    Error::new(ErrorKind::Failed, message).with_hint(hint)
}

async fn find(cx: &Cx, id: &str) -> Result<Option<GetGatewayOutput>> {
    found(cx.client::<Client>()?.get_gateway().gateway_identifier(id).send().await)
}

/// The ID of the gateway with this name.
async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let mut pages = cx.client::<Client>()?.list_gateways().into_paginator().items().send();
    while let Some(gateway) = pages.next().await.transpose()? {
        if gateway.name == name {
            return Ok(Some(gateway.gateway_id));
        }
    }
    Ok(None)
}
