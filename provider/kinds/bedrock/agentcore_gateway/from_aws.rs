//! The definition of a gateway, as AWS has it.

use aws_sdk_bedrockagentcorecontrol::operation::get_gateway::GetGatewayOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    GatewayInterceptorConfiguration, GatewayProtocolConfiguration, InterceptorConfiguration,
    McpGatewayConfiguration,
};

use super::super::{authorizer, text};
use super::{
    AgentcoreGatewayObserved, GatewayInterceptor, GatewayInterceptorLambda, GatewayInterceptorReceives,
    GatewayInterceptorTarget, GatewayMcp, GatewayPolicyEngine, GatewayProtocol, GatewaySession,
    GatewayStreaming,
};

/// What AWS tells of the arguments.
pub fn observed(gateway: &GetGatewayOutput) -> AgentcoreGatewayObserved {
    let engine = gateway
        .policy_engine_configuration
        .as_ref()
        .map(|engine| GatewayPolicyEngine { arn: engine.arn.clone(), mode: engine.mode.as_str().to_owned() });
    let protocol = match &gateway.protocol_configuration {
        Some(GatewayProtocolConfiguration::Mcp(mcp)) => Some(GatewayProtocol { mcp: shown_mcp(mcp) }),
        _ => None,
    };
    let level = gateway.exception_level.as_ref().map(|level| level.as_str().to_owned());
    // The SDK says MCP where AWS says nothing, so that only the settings of MCP tell that it is the
    // protocol.
    let protocol_type = protocol.is_some().then(|| Some("MCP".to_owned()));
    AgentcoreGatewayObserved {
        authorizer_configuration: Some(authorizer::shown(gateway.authorizer_configuration.as_ref())),
        authorizer_type: Some(gateway.authorizer_type.as_str().to_owned()),
        description: Some(text(&gateway.description)),
        exception_level: Some(level),
        interceptor_configurations: Some(
            gateway.interceptor_configurations().iter().filter_map(shown_interceptor).collect(),
        ),
        kms_key_arn: Some(text(&gateway.kms_key_arn)),
        name: Some(gateway.name.clone()),
        policy_engine_configuration: Some(engine),
        protocol_configuration: Some(protocol),
        protocol_type,
        role_arn: gateway.role_arn.clone(),
        ..AgentcoreGatewayObserved::default()
    }
}

fn shown_interceptor(interceptor: &GatewayInterceptorConfiguration) -> Option<GatewayInterceptor> {
    let InterceptorConfiguration::Lambda(lambda) = interceptor.interceptor.as_ref()? else { return None };
    let input = interceptor.input_configuration.as_ref();
    Some(GatewayInterceptor {
        input_configuration: input
            .map(|input| GatewayInterceptorReceives { pass_request_headers: input.pass_request_headers }),
        interception_points: interceptor
            .interception_points
            .iter()
            .map(|point| point.as_str().to_owned())
            .collect(),
        interceptor: GatewayInterceptorTarget {
            lambda: GatewayInterceptorLambda { arn: lambda.arn.clone() },
        },
    })
}

fn shown_mcp(mcp: &McpGatewayConfiguration) -> GatewayMcp {
    GatewayMcp {
        instructions: text(&mcp.instructions),
        search_type: mcp.search_type.as_ref().map(|search| search.as_str().to_owned()),
        session_configuration: mcp.session_configuration.as_ref().map(|session| GatewaySession {
            session_timeout_in_seconds: session.session_timeout_in_seconds.map(Into::into),
        }),
        streaming_configuration: mcp.streaming_configuration.as_ref().map(|streaming| GatewayStreaming {
            enable_response_streaming: streaming.enable_response_streaming.unwrap_or_default(),
        }),
        supported_versions: mcp.supported_versions.clone(),
    }
}
