//! What a target can be.

use super::schema::{SchemaSource, ToolSchema};
use crate::model::Model;

/// The configuration of a target. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetConfiguration {
    /// The destination of HTTP requests, for a gateway without a protocol.
    pub http: Option<HttpTarget>,
    /// The tools of the target, for a gateway with the protocol `MCP`.
    pub mcp: Option<McpTarget>,
}

/// The destination of HTTP requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct HttpTarget {
    /// The agent runtime.
    pub agentcore_runtime: RuntimeTarget,
}

/// An agent runtime to which requests are passed on.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeTarget {
    /// The ARN of the agent runtime.
    #[model(length = 20..=2048)]
    pub arn: String,
    /// The endpoint of the agent runtime. Defaults to `DEFAULT`.
    #[model(aws_default, resets, length = 1..=48)]
    pub qualifier: Option<String>,
    /// The description of the API of the agent.
    pub schema: Option<RuntimeTargetSchema>,
}

/// The description of the API of an agent.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeTargetSchema {
    /// The location of the description.
    pub source: SchemaSource,
}

/// The source of tools. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct McpTarget {
    /// The REST API in Amazon API Gateway.
    pub api_gateway: Option<ApiGatewayTarget>,
    /// The Lambda function.
    pub lambda: Option<LambdaTarget>,
    /// The MCP server.
    pub mcp_server: Option<McpServerTarget>,
    /// The OpenAPI schema of an API.
    pub open_api_schema: Option<SchemaSource>,
    /// The Smithy model of an API.
    pub smithy_model: Option<SchemaSource>,
}

/// A REST API whose methods are tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayTarget {
    /// The methods that are tools, and the names of the tools.
    pub api_gateway_tool_configuration: ApiGatewayTools,
    /// The ID of the REST API.
    #[model(length = 1..=64)]
    pub rest_api_id: String,
    /// The name of the stage.
    #[model(length = 1..=128)]
    pub stage: String,
}

/// The methods of a REST API that are tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayTools {
    /// The paths and methods that are tools.
    #[model(set, length = 1..=1000)]
    pub tool_filters: Vec<ApiGatewayFilter>,
    /// The names and descriptions of tools that override those of the API.
    #[model(set, length = 1..=1000)]
    pub tool_overrides: Option<Vec<ApiGatewayOverride>>,
}

/// Methods of a REST API that are tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayFilter {
    /// The path, such as `/orders`, or `/orders/*` for all paths below it.
    #[model(length = 1..=1024)]
    pub filter_path: String,
    /// The HTTP methods.
    #[model(set, length = 1..=7, one_of = METHODS)]
    pub methods: Vec<String>,
}

/// The name and description of a tool.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayOverride {
    /// The description of the tool. Defaults to that of the API.
    #[model(aws_default, length = 1..=4096)]
    pub description: Option<String>,
    /// The HTTP method.
    #[model(one_of = METHODS)]
    pub method: String,
    /// The name of the tool.
    #[model(length = 1..=128)]
    pub name: String,
    /// The path, such as `/orders`.
    #[model(length = 1..=1024)]
    pub path: String,
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_ApiGatewayToolFilter.html>
const METHODS: [&str; 7] = ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "PUT", "POST"];

/// A Lambda function that implements tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LambdaTarget {
    /// The ARN of the function.
    #[model(length = 20..=170)]
    pub lambda_arn: String,
    /// The tools that the function implements.
    pub tool_schema: ToolSchema,
}

/// An MCP server that provides the tools of the target.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct McpServerTarget {
    /// The URL of the server.
    #[model(length = 9..=2048, check = check_https)]
    pub endpoint: String,
    /// The listing mode of the tools of the server: when the target is created and synchronized
    /// (`DEFAULT`), or for each request (`DYNAMIC`). Defaults to `DEFAULT`.
    #[model(aws_default, resets, one_of = ["DEFAULT", "DYNAMIC"])]
    pub listing_mode: Option<String>,
    /// The tools of the server. If omitted, the gateway asks the server for them.
    pub mcp_tool_schema: Option<SchemaSource>,
    /// The priority of the target if several targets have resources with the same URI. If omitted,
    /// AWS chooses the priority.
    #[model(aws_default, resets, range = 0..=1000)]
    pub resource_priority: Option<i64>,
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_McpServerTargetConfiguration.html>
fn check_https(url: &str) -> Result<(), String> {
    match url.starts_with("https://") && !url.contains(' ') {
        true => Ok(()),
        false => Err(format!("is {url:?}; give a URL that begins with https://")),
    }
}
