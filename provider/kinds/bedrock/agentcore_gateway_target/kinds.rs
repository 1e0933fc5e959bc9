//! What a target can be.

use super::schema::{SchemaSource, ToolSchema};
use crate::model::Model;

/// What a target is: one of tools and something that requests are passed on to.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetConfiguration {
    /// What HTTP requests are passed on to, for a gateway without a protocol.
    pub http: Option<HttpTarget>,
    /// The tools, for a gateway with the protocol `MCP`.
    pub mcp: Option<McpTarget>,
}

/// What HTTP requests are passed on to.
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
    /// The endpoint of the agent runtime. If omitted, `DEFAULT`.
    #[model(aws_default, resets, length = 1..=48)]
    pub qualifier: Option<String>,
    /// The description of the API of the agent.
    pub schema: Option<RuntimeTargetSchema>,
}

/// The description of the API of an agent.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeTargetSchema {
    /// Where the description is.
    pub source: SchemaSource,
}

/// Where tools come from: one of these.
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
    /// Which methods are tools, and what they are called.
    pub api_gateway_tool_configuration: ApiGatewayTools,
    /// The ID of the REST API.
    #[model(length = 1..=64)]
    pub rest_api_id: String,
    /// The name of the stage.
    #[model(length = 1..=128)]
    pub stage: String,
}

/// Which methods of a REST API are tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayTools {
    /// The paths and methods that are tools.
    #[model(set, length = 1..=1000)]
    pub tool_filters: Vec<ApiGatewayFilter>,
    /// The names and descriptions of tools, where those of the API are not to be used.
    #[model(set, length = 1..=1000)]
    pub tool_overrides: Option<Vec<ApiGatewayOverride>>,
}

/// Methods of a REST API that are tools.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayFilter {
    /// The path, such as `/orders`; `/orders/*` includes all below it.
    #[model(length = 1..=1024)]
    pub filter_path: String,
    /// The methods.
    #[model(set, length = 1..=7, one_of = METHODS)]
    pub methods: Vec<String>,
}

/// The name and description of a tool.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ApiGatewayOverride {
    /// The description of the tool. If omitted, that of the API.
    #[model(aws_default, length = 1..=4096)]
    pub description: Option<String>,
    /// The method.
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

/// An MCP server, whose tools are those of the target.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct McpServerTarget {
    /// The URL of the server.
    #[model(length = 9..=2048, check = check_https)]
    pub endpoint: String,
    /// When the tools of the server are listed: once and when they are synchronized (`DEFAULT`), or for
    /// each request (`DYNAMIC`). If omitted, `DEFAULT`.
    #[model(aws_default, resets, one_of = ["DEFAULT", "DYNAMIC"])]
    pub listing_mode: Option<String>,
    /// The tools of the server. If omitted, the gateway asks the server for them.
    pub mcp_tool_schema: Option<SchemaSource>,
    /// The priority of the target where several have resources of the same URI. If omitted, AWS chooses.
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
