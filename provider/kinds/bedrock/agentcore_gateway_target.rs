//! A target of a gateway: what its tools are, and where and how they are called.

mod from_aws;
mod kinds;
mod rules;
mod schema;
mod to_aws;

pub use kinds::*;
pub use schema::*;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::operation::get_gateway_target::GetGatewayTargetOutput;
use aws_sdk_bedrockagentcorecontrol::types::{AuthorizationData, TargetStatus as Status};

use super::agentcore_gateway::busy;
use super::{GATEWAY, PrivateEndpoint, token};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, began, begin, claim_alike, is_wanted, taken};
use crate::model::{Failures, Model, Prop};

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateGatewayTarget.html>
const TARGET: NameRule = NameRule { what: "Bedrock gateway target", ..GATEWAY };

/// A target of a Bedrock AgentCore gateway: tools that agents call through the gateway, such as a
/// Lambda function, an API or an MCP server, or an agent runtime that the gateway passes requests
/// on to.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreGatewayTargetArgs {
    /// The credentials with which the gateway calls the target. Required for Lambda functions, OpenAPI
    /// schemas and Smithy models.
    #[model(in_place)]
    pub credential_provider_configuration: Option<TargetCredentials>,
    /// The description of the target.
    #[model(in_place, length = 1..=200)]
    pub description: Option<String>,
    /// The ID of the gateway.
    #[model(replace, length = 12..=211)]
    pub gateway_identifier: String,
    /// The headers and query parameters that are passed on between clients and the target. If
    /// omitted, none are passed on.
    #[model(in_place)]
    pub metadata_configuration: Option<TargetMetadata>,
    /// The name of the target: letters, digits and single hyphens. The names of its tools begin with it.
    #[model(replace, autoname, length = 1..=100)]
    pub name: String,
    /// The private endpoint of a target in a VPC. If omitted, the target is reached over the
    /// internet.
    #[model(in_place)]
    pub private_endpoint: Option<PrivateEndpoint>,
    /// The configuration of the target: its tools, or the agent runtime that requests are passed on
    /// to.
    #[model(in_place)]
    pub target_configuration: TargetConfiguration,
}

/// The credentials with which a gateway calls a target. Exactly one of the properties must be
/// given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetCredentials {
    /// The API key credentials.
    pub api_key: Option<TargetApiKey>,
    /// The AWS credentials of the caller of the gateway.
    pub caller_iam_credentials: Option<TargetCallerCredentials>,
    /// The IAM role of the gateway: specify an empty object, or a service to sign requests for.
    pub gateway_iam_role: Option<TargetGatewayRole>,
    /// The token of the caller of the gateway, which is passed on: specify an empty object.
    pub jwt_passthrough: Option<TargetPassthrough>,
    /// The OAuth credentials.
    pub oauth: Option<TargetOauth>,
}

/// An API key with which a gateway calls a target.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetApiKey {
    /// The location of the key in requests.
    #[model(aws_default, resets, one_of = ["HEADER", "QUERY_PARAMETER"])]
    pub credential_location: Option<String>,
    /// The name of the header or query parameter.
    #[model(aws_default, resets, length = 1..=64)]
    pub credential_parameter_name: Option<String>,
    /// The text before the key in the header, such as `Bearer`.
    #[model(aws_default, resets, length = 1..=64)]
    pub credential_prefix: Option<String>,
    /// The ARN of the API key credential provider.
    #[model(length = 20..=2048)]
    pub provider_arn: String,
}

/// The AWS credentials of the caller.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetCallerCredentials {
    /// The AWS region that requests are signed for. Defaults to that of the gateway.
    #[model(length = 1..=32)]
    pub region: Option<String>,
    /// The service that requests are signed for, such as `execute-api`.
    #[model(length = 1..=64)]
    pub service: String,
}

/// The IAM role of the gateway.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetGatewayRole {
    /// The AWS region that requests are signed for. Defaults to that of the gateway.
    #[model(length = 1..=32)]
    pub region: Option<String>,
    /// The service that requests are signed for, such as `execute-api`. Defaults to that of the
    /// target.
    #[model(length = 1..=64)]
    pub service: Option<String>,
}

/// An option without properties. Specify an empty object.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetPassthrough {}

/// OAuth tokens with which a gateway calls a target.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetOauth {
    /// Additional parameters of token requests.
    pub custom_parameters: Option<BTreeMap<String, String>>,
    /// The URL to which users return when they have authorized the gateway.
    #[model(length = 1..=2048)]
    pub default_return_url: Option<String>,
    /// The type of grant: a client ID and secret (`CLIENT_CREDENTIALS`), the consent of a user
    /// (`AUTHORIZATION_CODE`), or the exchange of the token of the caller (`TOKEN_EXCHANGE`).
    #[model(default = "CLIENT_CREDENTIALS", one_of = ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"])]
    pub grant_type: String,
    /// The ARN of the OAuth2 credential provider.
    #[model(length = 20..=2048)]
    pub provider_arn: String,
    /// The scopes of the tokens.
    #[model(set, length = 0..=100)]
    pub scopes: Vec<String>,
}

/// The headers and query parameters that are passed on.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetMetadata {
    /// The names of the query parameters that are passed on to the target.
    #[model(set, length = 1..=10)]
    pub allowed_query_parameters: Option<Vec<String>>,
    /// The names of the headers that are passed on to the target.
    #[model(set, length = 1..=10)]
    pub allowed_request_headers: Option<Vec<String>>,
    /// The names of the headers of responses that are passed on to clients.
    #[model(set, length = 1..=10)]
    pub allowed_response_headers: Option<Vec<String>>,
}

/// The outputs of a target of a gateway.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreGatewayTargetState {
    /// The ID of the target.
    pub target_id: String,
}

/// A target of a gateway.
pub struct AgentcoreGatewayTarget;

type Args = AgentcoreGatewayTargetArgs;

impl Kind for AgentcoreGatewayTarget {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreGatewayTarget";
    const ID: &'static str = "the ID of the gateway and the ID of the target, separated by a comma, such as `tools-a1b2c3d4e5,F6G7H8I9J0`";
    const NAME: Option<&'static NameRule> = Some(&TARGET);
    const APART: &'static [Prop<Self::Args>] = &[Args::GATEWAY_IDENTIFIER, Args::NAME];
    const READY: Option<Wait> = Some(Wait {
        goal: "the target of the gateway is ready",
        usual: [5, 60],
        budget: Duration::from_secs(20 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the target of the gateway is gone",
        usual: [5, 60],
        budget: Duration::from_secs(20 * 60),
    });
    /// A change of the gateway or of another target makes the gateway busy for a while.
    const PATIENCE: Duration = Duration::from_secs(10 * 60);
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock-agentcore:CreateGatewayTarget",
            "bedrock-agentcore:GetGatewayTarget",
            "bedrock-agentcore:ListGatewayTargets",
            "bedrock-agentcore:UpdateGatewayTarget",
        ],
        read: &["bedrock-agentcore:GetGatewayTarget"],
        update: &["bedrock-agentcore:GetGatewayTarget", "bedrock-agentcore:UpdateGatewayTarget"],
        delete: &["bedrock-agentcore:DeleteGatewayTarget", "bedrock-agentcore:GetGatewayTarget"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_GATEWAY_TARGET;

    type Args = Args;
    type State = AgentcoreGatewayTargetState;

    fn rules(args: &AgentcoreGatewayTargetInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &Args) -> Result<String> {
        let gateway = &args.gateway_identifier;
        let place = format!("{gateway},{}", args.name);
        if let Some(id) = named(cx, gateway, &args.name).await? {
            let is_it = Self::read(cx, &id).await?.is_some_and(|live| is_wanted(live.args, args));
            if !is_it {
                return Err(taken(None, "gateway target", &args.name));
            }
            claim_alike::<Self>(cx, &id, "gateway target", async { Ok(began(cx, &place)) }).await?;
            return Ok(id);
        }
        let definition = to_aws::definition(args)?;
        begin(cx, &place);
        let made = cx
            .client::<Client>()?
            .create_gateway_target()
            .client_token(token(cx))
            .gateway_identifier(gateway)
            .name(&args.name)
            .set_description(args.description.clone())
            .target_configuration(definition.target)
            .set_credential_provider_configurations(definition.credentials)
            .set_metadata_configuration(definition.metadata)
            .set_private_endpoint(definition.endpoint)
            .send()
            .await;
        let made = made.map_err(busy)?;
        cx.note(Made);
        Ok(format!("{gateway},{}", made.target_id))
    }

    /// What an attempt before could not make may be made by now, of the same definition.
    async fn configure(cx: &Cx, id: &str, args: &Args) -> Result<()> {
        if cx.noted::<Made>().is_some() {
            return Ok(());
        }
        match find(cx, id).await? {
            Some(target) if is_failed(&target) => send(cx, id, &target, args).await,
            _ => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &Args) -> Result<Poll> {
        let Some(target) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &target.status {
            Status::Ready => Poll::Ready(()),
            _ if is_failed(&target) => Poll::Failed(failure(&target)),
            Status::Deleting => {
                let message = format!("{id} is DELETING: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            status => match &target.authorization_data {
                Some(AuthorizationData::Oauth2(data)) => Poll::Pending(format!(
                    "{status}: open {} to authorize the gateway",
                    data.authorization_url
                )),
                _ => Poll::Pending(status.to_string()),
            },
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (gateway, _) = parts(id)?;
        let Some(target) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: from_aws::observed(gateway, &target),
            state: AgentcoreGatewayTargetState { target_id: target.target_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<Args>) -> Result<()> {
        let Some(target) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotReady, format!("{id} is not visible")));
        };
        send(cx, id, &target, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &Args) -> Result<()> {
        let (gateway, target) = parts(id)?;
        match find(cx, id).await? {
            None => return Ok(()),
            Some(target) if target.status == Status::Deleting => return Ok(()),
            Some(_) => {}
        }
        let call = cx.client::<Client>()?.delete_gateway_target();
        let deleted = call.gateway_identifier(gateway).target_id(target).send().await;
        deleted.map(drop).map_err(|error| match Error::from(error) {
            error if error.code() == Some("ConflictException") => error.with_kind(ErrorKind::InUse),
            error => error,
        })
    }

    async fn gone(cx: &Cx, id: &str, _args: &Args) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(target) if is_failed(&target) => Poll::Failed(failure(&target)),
            Some(target) => Poll::Pending(target.status.to_string()),
        })
    }
}

/// The target was made in this very operation.
#[derive(Clone)]
struct Made;

/// Sends the whole definition: what an update leaves out is gone. What no argument tells is taken
/// from what AWS has.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateGatewayTarget.html>
async fn send(cx: &Cx, id: &str, target: &GetGatewayTargetOutput, args: &Args) -> Result<()> {
    let (gateway, _) = parts(id)?;
    let definition = to_aws::definition(args)?;
    let sent = cx
        .client::<Client>()?
        .update_gateway_target()
        .gateway_identifier(gateway)
        .target_id(&target.target_id)
        .name(&target.name)
        .set_description(args.description.clone())
        .target_configuration(definition.target)
        .set_credential_provider_configurations(definition.credentials)
        .set_metadata_configuration(definition.metadata)
        .set_private_endpoint(definition.endpoint)
        .set_certificate_configurations(target.certificate_configurations.clone())
        .send()
        .await;
    sent.map(drop).map_err(busy)
}

fn is_failed(target: &GetGatewayTargetOutput) -> bool {
    matches!(target.status, Status::Failed | Status::UpdateUnsuccessful | Status::SynchronizeUnsuccessful)
}

fn failure(target: &GetGatewayTargetOutput) -> Error {
    let reasons = target.status_reasons().join("; ");
    let reason = if reasons.is_empty() { "AWS gives no reason" } else { reasons.trim_end_matches('.') };
    let message = format!("the gateway target {} is {}: {reason}", target.name, target.status);
    let hint = "Resolve the cause, such as the schema or endpoint of targetConfiguration or the rights of the gateway's role, and run `pulumi up` again.";
    Error::new(ErrorKind::Failed, message).with_hint(hint)
}

fn parts(id: &str) -> Result<(&str, &str)> {
    id.split_once(',').ok_or_else(|| bad_id(id, "a gateway ID and a target ID, with a comma between"))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<GetGatewayTargetOutput>> {
    let (gateway, target) = parts(id)?;
    let call = cx.client::<Client>()?.get_gateway_target();
    found(call.gateway_identifier(gateway).target_id(target).send().await)
}

/// The ID of the target of this gateway with this name.
async fn named(cx: &Cx, gateway: &str, name: &str) -> Result<Option<String>> {
    let call = cx.client::<Client>()?.list_gateway_targets().gateway_identifier(gateway);
    let mut pages = call.into_paginator().items().send();
    while let Some(target) = pages.next().await.transpose()? {
        if target.name == name {
            return Ok(Some(format!("{gateway},{}", target.target_id)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::check::settle;
    use crate::model::{Value, fill_defaults};
    use aws_sdk_bedrockagentcorecontrol::primitives::DateTime;
    use serde_json::{Value as Json, json};

    /// What AWS would tell of a target that was made with these arguments.
    fn answered(args: &Args) -> GetGatewayTargetOutput {
        let sent = to_aws::definition(args).unwrap();
        GetGatewayTargetOutput::builder()
            .gateway_arn("arn")
            .target_id("F6G7H8I9J0")
            .name(&args.name)
            .created_at(DateTime::from_secs(0))
            .updated_at(DateTime::from_secs(0))
            .status(Status::Ready)
            .target_configuration(sent.target)
            .set_credential_provider_configurations(Some(sent.credentials.unwrap_or_default()))
            .set_metadata_configuration(sent.metadata)
            .set_private_endpoint(sent.endpoint)
            .build()
            .unwrap()
    }

    fn settled(target: Json, credentials: Json) -> Args {
        let args = json!({
            "gatewayIdentifier": "tools-a1b2c3d4e5", "name": "orders", "targetConfiguration": target,
            "credentialProviderConfiguration": credentials,
        });
        let mut failures = Failures::new();
        let mut fields = Value::from_json(&args).as_object().unwrap().clone();
        fill_defaults(Args::TABLE, &mut fields);
        let settled = settle::<Args>(&fields, &mut failures, rules::check);
        assert_eq!(failures.to_string(), "");
        settled.unwrap()
    }

    #[test]
    fn every_target_comes_back_as_it_was_sent() {
        let object =
            json!({ "s3": { "uri": "s3://apis/orders.json", "bucketOwnerAccountId": "123456789012" } });
        let inline = json!({ "inlinePayload": { "payload": "openapi: 3.0.0" } });
        let role = json!({ "gatewayIamRole": {} });
        let provider =
            "arn:aws:bedrock-agentcore:eu-west-1:123456789012:token-vault/default/apikeycredentialprovider/a";
        let runtime = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/workflow-a1b2c3d4e5";
        let lambda = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
        let all = [
            (
                json!({ "http": { "agentcoreRuntime": {
                    "arn": runtime, "qualifier": "live", "schema": { "source": inline },
                } } }),
                json!({ "jwtPassthrough": {} }),
            ),
            (
                json!({ "mcp": { "apiGateway": {
                    "restApiId": "a1b2c3", "stage": "prod",
                    "apiGatewayToolConfiguration": {
                        "toolFilters": [{ "filterPath": "/orders/*", "methods": ["GET", "POST"] }],
                        "toolOverrides": [{ "name": "order", "description": "Orders", "path": "/orders", "method": "POST" }],
                    },
                } } }),
                json!({ "gatewayIamRole": { "service": "execute-api", "region": "eu-west-1" } }),
            ),
            (json!({ "mcp": { "lambda": { "lambdaArn": lambda, "toolSchema": object } } }), role.clone()),
            (
                json!({ "mcp": { "mcpServer": {
                    "endpoint": "https://tools.example.com/mcp", "listingMode": "DYNAMIC",
                    "mcpToolSchema": object, "resourcePriority": 10,
                } } }),
                json!({ "callerIamCredentials": { "service": "bedrock-agentcore" } }),
            ),
            (
                json!({ "mcp": { "openApiSchema": inline } }),
                json!({ "apiKey": {
                    "providerArn": provider, "credentialLocation": "HEADER",
                    "credentialParameterName": "X-Key", "credentialPrefix": "Key",
                } }),
            ),
            (
                json!({ "mcp": { "smithyModel": object } }),
                json!({ "oauth": { "providerArn": provider, "scopes": ["orders"] } }),
            ),
        ];
        for (target, credentials) in all {
            let args = settled(target, credentials);
            let told = from_aws::observed("tools-a1b2c3d4e5", &answered(&args));
            assert_eq!(told.target_configuration.as_ref(), Some(&args.target_configuration));
            assert_eq!(
                told.credential_provider_configuration.as_ref(),
                Some(&args.credential_provider_configuration)
            );
            assert!(is_wanted(told, &args));
        }
    }
}
