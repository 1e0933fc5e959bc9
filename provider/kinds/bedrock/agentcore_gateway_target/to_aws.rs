//! The definition of a target, as AWS takes it.

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{
    self, ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter,
    ApiGatewayToolOverride, ApiKeyCredentialLocation, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType, GatewayApiKeyCredentialProvider, HttpApiSchemaConfiguration,
    HttpTargetConfiguration, IamCredentialProvider, ListingMode, McpLambdaTargetConfiguration,
    McpServerTargetConfiguration, McpTargetConfiguration, McpToolSchemaConfiguration, MetadataConfiguration,
    OAuthCredentialProvider, OAuthGrantType, RestApiMethod, RuntimeTargetConfiguration,
};

use super::super::private_endpoint;
use super::{
    AgentcoreGatewayTargetArgs, ApiGatewayTarget, LambdaTarget, McpServerTarget, McpTarget, RuntimeTarget,
    SchemaSource, TargetConfiguration, TargetCredentials, TargetMetadata,
};
use crate::aws::error::{Error, ErrorKind, Result};

pub struct Definition {
    pub target: types::TargetConfiguration,
    pub credentials: Option<Vec<CredentialProviderConfiguration>>,
    pub metadata: Option<MetadataConfiguration>,
    pub endpoint: Option<types::PrivateEndpoint>,
}

pub fn definition(args: &AgentcoreGatewayTargetArgs) -> Result<Definition> {
    let credentials = args.credential_provider_configuration.as_ref().map(credentials).transpose()?;
    Ok(Definition {
        target: target(&args.target_configuration)?,
        credentials: credentials.map(|one| vec![one]),
        metadata: args.metadata_configuration.as_ref().map(metadata),
        endpoint: args.private_endpoint.as_ref().map(private_endpoint::to_aws).transpose()?,
    })
}

fn target(target: &TargetConfiguration) -> Result<types::TargetConfiguration> {
    match (&target.http, &target.mcp) {
        (Some(http), _) => {
            let runtime = runtime(&http.agentcore_runtime)?;
            Ok(types::TargetConfiguration::Http(HttpTargetConfiguration::AgentcoreRuntime(runtime)))
        }
        (None, Some(tools)) => Ok(types::TargetConfiguration::Mcp(mcp(tools)?)),
        (None, None) => Err(Error::new(ErrorKind::Invalid, "the target has no configuration")),
    }
}

fn runtime(target: &RuntimeTarget) -> Result<RuntimeTargetConfiguration> {
    let source = target.schema.as_ref().map(|schema| schema.source.to_aws()).transpose()?;
    let schema = source.map(|source| HttpApiSchemaConfiguration::builder().source(source).build());
    let made = RuntimeTargetConfiguration::builder()
        .arn(&target.arn)
        .set_qualifier(target.qualifier.clone())
        .set_schema(schema)
        .build()?;
    Ok(made)
}

fn mcp(target: &McpTarget) -> Result<McpTargetConfiguration> {
    if let Some(api) = &target.api_gateway {
        return Ok(McpTargetConfiguration::ApiGateway(api_gateway(api)?));
    }
    if let Some(function) = &target.lambda {
        return Ok(McpTargetConfiguration::Lambda(lambda(function)?));
    }
    if let Some(server) = &target.mcp_server {
        return Ok(McpTargetConfiguration::McpServer(mcp_server(server)?));
    }
    if let Some(schema) = &target.open_api_schema {
        return Ok(McpTargetConfiguration::OpenApiSchema(schema.to_aws()?));
    }
    match &target.smithy_model {
        Some(schema) => Ok(McpTargetConfiguration::SmithyModel(schema.to_aws()?)),
        None => Err(Error::new(ErrorKind::Invalid, "the target has no tools")),
    }
}

fn api_gateway(api: &ApiGatewayTarget) -> Result<ApiGatewayTargetConfiguration, BuildError> {
    let tools = &api.api_gateway_tool_configuration;
    let filters: Result<Vec<_>, _> = tools
        .tool_filters
        .iter()
        .map(|filter| {
            let methods = filter.methods.iter().map(|method| RestApiMethod::from(method.as_str()));
            ApiGatewayToolFilter::builder()
                .filter_path(&filter.filter_path)
                .set_methods(Some(methods.collect()))
                .build()
        })
        .collect();
    let overrides = tools.tool_overrides.as_ref().map(|all| {
        let all = all.iter().map(|other| {
            ApiGatewayToolOverride::builder()
                .name(&other.name)
                .path(&other.path)
                .method(RestApiMethod::from(other.method.as_str()))
                .set_description(other.description.clone())
                .build()
        });
        all.collect::<Result<Vec<_>, _>>()
    });
    let tools = ApiGatewayToolConfiguration::builder()
        .set_tool_filters(Some(filters?))
        .set_tool_overrides(overrides.transpose()?)
        .build()?;
    ApiGatewayTargetConfiguration::builder()
        .rest_api_id(&api.rest_api_id)
        .stage(&api.stage)
        .api_gateway_tool_configuration(tools)
        .build()
}

fn lambda(function: &LambdaTarget) -> Result<McpLambdaTargetConfiguration> {
    let schema = function.tool_schema.to_aws()?;
    Ok(McpLambdaTargetConfiguration::builder()
        .lambda_arn(&function.lambda_arn)
        .tool_schema(schema)
        .build()?)
}

fn mcp_server(server: &McpServerTarget) -> Result<McpServerTargetConfiguration> {
    let schema = server.mcp_tool_schema.as_ref().map(tools_of_server);
    let priority = server.resource_priority.and_then(|priority| i32::try_from(priority).ok());
    let made = McpServerTargetConfiguration::builder()
        .endpoint(&server.endpoint)
        .set_listing_mode(server.listing_mode.as_deref().map(ListingMode::from))
        .set_resource_priority(priority)
        .set_mcp_tool_schema(schema.transpose()?)
        .build()?;
    Ok(made)
}

fn tools_of_server(schema: &SchemaSource) -> Result<McpToolSchemaConfiguration> {
    match (&schema.inline_payload, &schema.s3) {
        (Some(inline), _) => Ok(McpToolSchemaConfiguration::InlinePayload(inline.payload.clone())),
        (None, Some(object)) => Ok(McpToolSchemaConfiguration::S3(object.to_aws())),
        (None, None) => Err(Error::new(ErrorKind::Invalid, "the schema of the MCP server has no source")),
    }
}

fn credentials(wanted: &TargetCredentials) -> Result<CredentialProviderConfiguration, BuildError> {
    use CredentialProviderType as Type;
    let signed = |service: &str, region: &Option<String>| {
        let made = IamCredentialProvider::builder().service(service).set_region(region.clone());
        made.build().map(CredentialProvider::IamCredentialProvider)
    };
    let (of, provider) = if let Some(key) = &wanted.api_key {
        let location = key.credential_location.as_deref().map(ApiKeyCredentialLocation::from);
        let made = GatewayApiKeyCredentialProvider::builder()
            .provider_arn(&key.provider_arn)
            .set_credential_location(location)
            .set_credential_parameter_name(key.credential_parameter_name.clone())
            .set_credential_prefix(key.credential_prefix.clone())
            .build()?;
        (Type::ApiKey, Some(CredentialProvider::ApiKeyCredentialProvider(made)))
    } else if let Some(oauth) = &wanted.oauth {
        let parameters = oauth.custom_parameters.clone().map(|all| all.into_iter().collect());
        let made = OAuthCredentialProvider::builder()
            .provider_arn(&oauth.provider_arn)
            .set_scopes(Some(oauth.scopes.clone()))
            .set_custom_parameters(parameters)
            .grant_type(OAuthGrantType::from(oauth.grant_type.as_str()))
            .set_default_return_url(oauth.default_return_url.clone())
            .build()?;
        (Type::Oauth, Some(CredentialProvider::OauthCredentialProvider(made)))
    } else if let Some(caller) = &wanted.caller_iam_credentials {
        (Type::CallerIamCredentials, Some(signed(&caller.service, &caller.region)?))
    } else if wanted.jwt_passthrough.is_some() {
        (Type::JwtPassthrough, None)
    } else {
        let role = wanted.gateway_iam_role.as_ref();
        let service = role.and_then(|role| Some((role.service.as_deref()?, &role.region)));
        let provider = service.map(|(service, region)| signed(service, region)).transpose()?;
        (Type::GatewayIamRole, provider)
    };
    CredentialProviderConfiguration::builder()
        .credential_provider_type(of)
        .set_credential_provider(provider)
        .build()
}

fn metadata(metadata: &TargetMetadata) -> MetadataConfiguration {
    MetadataConfiguration::builder()
        .set_allowed_query_parameters(metadata.allowed_query_parameters.clone())
        .set_allowed_request_headers(metadata.allowed_request_headers.clone())
        .set_allowed_response_headers(metadata.allowed_response_headers.clone())
        .build()
}
