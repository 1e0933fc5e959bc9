//! The definition of a gateway, as AWS takes it.

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::operation::get_gateway::GetGatewayOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    AuthorizerConfiguration, AuthorizerType, ExceptionLevel, GatewayInterceptionPoint,
    GatewayInterceptorConfiguration, GatewayPolicyEngineConfiguration, GatewayPolicyEngineMode,
    GatewayProtocolConfiguration, GatewayProtocolType, InterceptorConfiguration,
    InterceptorInputConfiguration, InterceptorPayloadFilter, LambdaInterceptorConfiguration,
    McpGatewayConfiguration, SearchType, SessionConfiguration, StreamingConfiguration,
};

use super::super::authorizer;
use super::{AgentcoreGatewayArgs, GatewayInterceptor, GatewayMcp};
use crate::aws::error::Result;

pub struct Definition {
    pub authorizer_type: AuthorizerType,
    pub authorizer: Option<AuthorizerConfiguration>,
    pub exception_level: Option<ExceptionLevel>,
    pub interceptors: Option<Vec<GatewayInterceptorConfiguration>>,
    pub policy_engine: Option<GatewayPolicyEngineConfiguration>,
    pub protocol: Option<GatewayProtocolConfiguration>,
    pub protocol_type: Option<GatewayProtocolType>,
}

/// The definition that is wanted, with what no argument tells as AWS has it.
pub fn definition(args: &AgentcoreGatewayArgs, there: Option<&GetGatewayOutput>) -> Result<Definition> {
    let authorizer = args.authorizer_configuration.as_ref().map(|wanted| {
        authorizer::to_aws(wanted, there.and_then(|there| there.authorizer_configuration.as_ref()))
    });
    let filter = |lambda: &str| {
        let all = there.into_iter().flat_map(GetGatewayOutput::interceptor_configurations);
        all.filter(|it| arn(it) == Some(lambda)).find_map(payload_filter)
    };
    let interceptors: Result<Vec<_>, _> = args
        .interceptor_configurations
        .iter()
        .map(|wanted| interceptor(wanted, filter(&wanted.interceptor.lambda.arn)))
        .collect();
    let engine = args.policy_engine_configuration.as_ref().map(|engine| {
        GatewayPolicyEngineConfiguration::builder()
            .arn(&engine.arn)
            .mode(GatewayPolicyEngineMode::from(engine.mode.as_str()))
            .build()
    });
    let there = there.and_then(|there| match there.protocol_configuration.as_ref()? {
        GatewayProtocolConfiguration::Mcp(mcp) => Some(mcp),
        _ => None,
    });
    let protocol = args
        .protocol_configuration
        .as_ref()
        .map(|protocol| GatewayProtocolConfiguration::Mcp(mcp(&protocol.mcp, there)));
    Ok(Definition {
        authorizer_type: AuthorizerType::from(args.authorizer_type.as_str()),
        authorizer: authorizer.transpose()?,
        exception_level: args.exception_level.as_deref().map(ExceptionLevel::from),
        interceptors: Some(interceptors?).filter(|all| !all.is_empty()),
        policy_engine: engine.transpose()?,
        protocol,
        protocol_type: args.protocol_type.as_deref().map(GatewayProtocolType::from),
    })
}

fn interceptor(
    wanted: &GatewayInterceptor,
    filter: Option<InterceptorPayloadFilter>,
) -> Result<GatewayInterceptorConfiguration, BuildError> {
    let lambda = LambdaInterceptorConfiguration::builder().arn(&wanted.interceptor.lambda.arn).build()?;
    let points = wanted.interception_points.iter();
    let input = wanted.input_configuration.as_ref().map(|input| {
        InterceptorInputConfiguration::builder()
            .pass_request_headers(input.pass_request_headers)
            .set_payload_filter(filter)
            .build()
    });
    GatewayInterceptorConfiguration::builder()
        .interceptor(InterceptorConfiguration::Lambda(lambda))
        .set_interception_points(Some(
            points.map(|point| GatewayInterceptionPoint::from(point.as_str())).collect(),
        ))
        .set_input_configuration(input.transpose()?)
        .build()
}

fn arn(interceptor: &GatewayInterceptorConfiguration) -> Option<&str> {
    match interceptor.interceptor.as_ref()? {
        InterceptorConfiguration::Lambda(lambda) => Some(&lambda.arn),
        _ => None,
    }
}

fn payload_filter(interceptor: &GatewayInterceptorConfiguration) -> Option<InterceptorPayloadFilter> {
    interceptor.input_configuration.as_ref()?.payload_filter.clone()
}

fn mcp(wanted: &GatewayMcp, there: Option<&McpGatewayConfiguration>) -> McpGatewayConfiguration {
    let session = wanted.session_configuration.as_ref().map(|session| {
        let seconds = session.session_timeout_in_seconds.and_then(|seconds| i32::try_from(seconds).ok());
        SessionConfiguration::builder().set_session_timeout_in_seconds(seconds).build()
    });
    let streaming = wanted.streaming_configuration.as_ref().map(|streaming| {
        StreamingConfiguration::builder().enable_response_streaming(streaming.enable_response_streaming)
    });
    McpGatewayConfiguration::builder()
        .set_instructions(wanted.instructions.clone())
        .set_search_type(wanted.search_type.as_deref().map(SearchType::from))
        .set_session_configuration(session)
        .set_streaming_configuration(streaming.map(|streaming| streaming.build()))
        .set_supported_versions(wanted.supported_versions.clone())
        .set_disable_mcp_list_tools_pagination(
            there.and_then(|there| there.disable_mcp_list_tools_pagination),
        )
        .build()
}
