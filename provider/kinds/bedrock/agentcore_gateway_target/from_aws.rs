//! The definition of a target, as AWS has it.

use aws_sdk_bedrockagentcorecontrol::operation::get_gateway_target::GetGatewayTargetOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    self, ApiGatewayTargetConfiguration, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType as Type, HttpTargetConfiguration, McpServerTargetConfiguration,
    McpTargetConfiguration, McpToolSchemaConfiguration, MetadataConfiguration, RuntimeTargetConfiguration,
};

use super::super::{private_endpoint, text};
use super::{
    AgentcoreGatewayTargetObserved, ApiGatewayFilter, ApiGatewayOverride, ApiGatewayTarget, ApiGatewayTools,
    HttpTarget, LambdaTarget, McpServerTarget, McpTarget, RuntimeTarget, RuntimeTargetSchema, SchemaSource,
    TargetApiKey, TargetCallerCredentials, TargetConfiguration, TargetCredentials, TargetGatewayRole,
    TargetMetadata, TargetOauth, TargetPassthrough, ToolSchema,
};

/// What AWS tells of the arguments. Of a target that arguments cannot tell, nothing is told.
pub fn observed(gateway: &str, target: &GetGatewayTargetOutput) -> AgentcoreGatewayTargetObserved {
    let credentials = target.credential_provider_configurations.first();
    let metadata = target.metadata_configuration.as_ref().and_then(shown_metadata);
    let endpoint = target.private_endpoint.as_ref().and_then(private_endpoint::shown);
    AgentcoreGatewayTargetObserved {
        credential_provider_configuration: match credentials.map(shown_credentials) {
            Some(None) => None,
            told => Some(told.flatten()),
        },
        description: Some(text(&target.description)),
        gateway_identifier: Some(gateway.to_owned()),
        metadata_configuration: Some(metadata),
        name: Some(target.name.clone()),
        private_endpoint: Some(endpoint),
        target_configuration: target.target_configuration.as_ref().and_then(shown_target),
    }
}

fn shown_target(target: &types::TargetConfiguration) -> Option<TargetConfiguration> {
    match target {
        types::TargetConfiguration::Http(HttpTargetConfiguration::AgentcoreRuntime(runtime)) => {
            let http = HttpTarget { agentcore_runtime: shown_runtime(runtime) };
            Some(TargetConfiguration { http: Some(http), mcp: None })
        }
        types::TargetConfiguration::Mcp(tools) => {
            Some(TargetConfiguration { http: None, mcp: Some(shown_mcp(tools)?) })
        }
        _ => None,
    }
}

fn shown_runtime(runtime: &RuntimeTargetConfiguration) -> RuntimeTarget {
    let source = runtime.schema.as_ref().and_then(|schema| schema.source.as_ref());
    RuntimeTarget {
        arn: runtime.arn.clone(),
        qualifier: runtime.qualifier.clone(),
        schema: source.and_then(SchemaSource::shown).map(|source| RuntimeTargetSchema { source }),
    }
}

fn shown_mcp(target: &McpTargetConfiguration) -> Option<McpTarget> {
    let mut shown = McpTarget {
        api_gateway: None,
        lambda: None,
        mcp_server: None,
        open_api_schema: None,
        smithy_model: None,
    };
    match target {
        McpTargetConfiguration::ApiGateway(api) => shown.api_gateway = Some(shown_api(api)),
        McpTargetConfiguration::Lambda(function) => {
            let tool_schema = function.tool_schema.as_ref().and_then(ToolSchema::shown)?;
            shown.lambda = Some(LambdaTarget { lambda_arn: function.lambda_arn.clone(), tool_schema });
        }
        McpTargetConfiguration::McpServer(server) => shown.mcp_server = Some(shown_server(server)),
        McpTargetConfiguration::OpenApiSchema(schema) => {
            shown.open_api_schema = Some(SchemaSource::shown(schema)?);
        }
        McpTargetConfiguration::SmithyModel(schema) => {
            shown.smithy_model = Some(SchemaSource::shown(schema)?);
        }
        _ => return None,
    }
    Some(shown)
}

fn shown_api(api: &ApiGatewayTargetConfiguration) -> ApiGatewayTarget {
    let tools = api.api_gateway_tool_configuration.as_ref();
    let filters = tools.map(|tools| tools.tool_filters()).unwrap_or_default();
    let filters = filters.iter().map(|filter| ApiGatewayFilter {
        filter_path: filter.filter_path.clone(),
        methods: filter.methods.iter().map(|method| method.as_str().to_owned()).collect(),
    });
    let overrides = tools.and_then(|tools| tools.tool_overrides.as_ref()).map(|all| {
        let all = all.iter().map(|other| ApiGatewayOverride {
            description: other.description.clone(),
            method: other.method.as_str().to_owned(),
            name: other.name.clone(),
            path: other.path.clone(),
        });
        all.collect()
    });
    ApiGatewayTarget {
        api_gateway_tool_configuration: ApiGatewayTools {
            tool_filters: filters.collect(),
            tool_overrides: overrides,
        },
        rest_api_id: api.rest_api_id.clone(),
        stage: api.stage.clone(),
    }
}

fn shown_server(server: &McpServerTargetConfiguration) -> McpServerTarget {
    let schema = server.mcp_tool_schema.as_ref().and_then(|schema| match schema {
        McpToolSchemaConfiguration::InlinePayload(payload) => Some(SchemaSource::inline(payload)),
        McpToolSchemaConfiguration::S3(object) => Some(SchemaSource::object(object)),
        _ => None,
    });
    McpServerTarget {
        endpoint: server.endpoint.clone(),
        listing_mode: server.listing_mode.as_ref().map(|mode| mode.as_str().to_owned()),
        mcp_tool_schema: schema,
        resource_priority: server.resource_priority.map(Into::into),
    }
}

fn shown_credentials(shown: &CredentialProviderConfiguration) -> Option<TargetCredentials> {
    let mut told = TargetCredentials {
        api_key: None,
        caller_iam_credentials: None,
        gateway_iam_role: None,
        jwt_passthrough: None,
        oauth: None,
    };
    match (&shown.credential_provider_type, &shown.credential_provider) {
        (Type::ApiKey, Some(CredentialProvider::ApiKeyCredentialProvider(key))) => {
            told.api_key = Some(TargetApiKey {
                credential_location: key.credential_location.as_ref().map(|it| it.as_str().to_owned()),
                credential_parameter_name: key.credential_parameter_name.clone(),
                credential_prefix: key.credential_prefix.clone(),
                provider_arn: key.provider_arn.clone(),
            });
        }
        (Type::Oauth, Some(CredentialProvider::OauthCredentialProvider(oauth))) => {
            told.oauth = Some(TargetOauth {
                custom_parameters: oauth.custom_parameters.clone().map(|all| all.into_iter().collect()),
                default_return_url: oauth.default_return_url.clone(),
                grant_type: oauth.grant_type.as_str().to_owned(),
                provider_arn: oauth.provider_arn.clone(),
                scopes: oauth.scopes.clone(),
            });
        }
        (Type::CallerIamCredentials, Some(CredentialProvider::IamCredentialProvider(iam))) => {
            told.caller_iam_credentials =
                Some(TargetCallerCredentials { region: iam.region.clone(), service: iam.service.clone() });
        }
        (Type::GatewayIamRole, Some(CredentialProvider::IamCredentialProvider(iam))) => {
            told.gateway_iam_role =
                Some(TargetGatewayRole { region: iam.region.clone(), service: Some(iam.service.clone()) });
        }
        (Type::GatewayIamRole, None) => {
            told.gateway_iam_role = Some(TargetGatewayRole { region: None, service: None });
        }
        (Type::JwtPassthrough, _) => told.jwt_passthrough = Some(TargetPassthrough {}),
        _ => return None,
    }
    Some(told)
}

fn shown_metadata(metadata: &MetadataConfiguration) -> Option<TargetMetadata> {
    let told = TargetMetadata {
        allowed_query_parameters: metadata.allowed_query_parameters.clone(),
        allowed_request_headers: metadata.allowed_request_headers.clone(),
        allowed_response_headers: metadata.allowed_response_headers.clone(),
    };
    let is_empty = told.allowed_query_parameters.is_none()
        && told.allowed_request_headers.is_none()
        && told.allowed_response_headers.is_none();
    (!is_empty).then_some(told)
}
