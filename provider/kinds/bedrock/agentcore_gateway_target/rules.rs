//! What must hold between the properties of a target.

use super::super::private_endpoint;
use super::{
    AgentcoreGatewayTargetArgs as Args, AgentcoreGatewayTargetInputs, HttpTarget, LambdaTarget,
    McpServerTarget, McpTarget, McpTargetInput, RuntimeTarget, RuntimeTargetSchema, SchemaSource,
    SchemaSourceInput, TargetConfiguration, TargetConfigurationInput, TargetCredentials, TargetGatewayRole,
};
use crate::model::{Failures, In, Path};

pub fn check(args: &AgentcoreGatewayTargetInputs, failures: &mut Failures) {
    if let Some(target) = args.target_configuration.get() {
        target_rules(target, &Path::from(Args::TARGET_CONFIGURATION), failures);
        let needs = target.mcp.get().and_then(needs_credentials);
        if let Some(what) = needs.filter(|_| !args.credential_provider_configuration.is_set()) {
            let reason = format!("is missing; {what} requires it, such as {{ gatewayIamRole: {{}} }}");
            failures.add(Args::CREDENTIAL_PROVIDER_CONFIGURATION, reason);
        }
    }
    if let Some(credentials) = args.credential_provider_configuration.get() {
        let at = Path::from(Args::CREDENTIAL_PROVIDER_CONFIGURATION);
        let parts = [
            ("apiKey", credentials.api_key.is_set()),
            ("callerIamCredentials", credentials.caller_iam_credentials.is_set()),
            ("gatewayIamRole", credentials.gateway_iam_role.is_set()),
            ("jwtPassthrough", credentials.jwt_passthrough.is_set()),
            ("oauth", credentials.oauth.is_set()),
        ];
        one_of(&at, &parts, failures);
        if let Some(role) = credentials.gateway_iam_role.get()
            && role.region.is_set()
            && !role.service.is_set()
        {
            let at = at.key(TargetCredentials::GATEWAY_IAM_ROLE.name());
            let reason = "is missing; a region requires the service that requests are signed for";
            failures.add(at.key(TargetGatewayRole::SERVICE.name()), reason);
        }
    }
    if let Some(endpoint) = args.private_endpoint.get() {
        private_endpoint::rules(endpoint, &Path::from(Args::PRIVATE_ENDPOINT), failures);
    }
}

/// What of the tools wants credentials, as a sentence names it.
/// <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-outbound-auth.html>
fn needs_credentials(tools: &McpTargetInput) -> Option<&'static str> {
    let all = [
        (tools.lambda.is_set(), "a Lambda function"),
        (tools.open_api_schema.is_set(), "an OpenAPI schema"),
        (tools.smithy_model.is_set(), "a Smithy model"),
    ];
    all.into_iter().find_map(|(is_it, what)| is_it.then_some(what))
}

fn target_rules(target: &TargetConfigurationInput, at: &Path, failures: &mut Failures) {
    one_of(at, &[("http", target.http.is_set()), ("mcp", target.mcp.is_set())], failures);
    let schema = target.http.get().and_then(|http| http.agentcore_runtime.get());
    let schema = schema.and_then(|runtime| runtime.schema.get());
    if let Some(schema) = schema {
        let at = at
            .key(TargetConfiguration::HTTP.name())
            .key(HttpTarget::AGENTCORE_RUNTIME.name())
            .key(RuntimeTarget::SCHEMA.name());
        source_rules(&schema.source, &at.key(RuntimeTargetSchema::SOURCE.name()), failures);
    }
    let Some(tools) = target.mcp.get() else { return };
    let at = at.key(TargetConfiguration::MCP.name());
    let parts = [
        ("apiGateway", tools.api_gateway.is_set()),
        ("lambda", tools.lambda.is_set()),
        ("mcpServer", tools.mcp_server.is_set()),
        ("openApiSchema", tools.open_api_schema.is_set()),
        ("smithyModel", tools.smithy_model.is_set()),
    ];
    one_of(&at, &parts, failures);
    source_rules(&tools.open_api_schema, &at.key(McpTarget::OPEN_API_SCHEMA.name()), failures);
    source_rules(&tools.smithy_model, &at.key(McpTarget::SMITHY_MODEL.name()), failures);
    if let Some(server) = tools.mcp_server.get() {
        let at = at.key(McpTarget::MCP_SERVER.name()).key(McpServerTarget::MCP_TOOL_SCHEMA.name());
        source_rules(&server.mcp_tool_schema, &at, failures);
    }
    if let Some(schema) = tools.lambda.get().and_then(|function| function.tool_schema.get()) {
        let at = at.key(McpTarget::LAMBDA.name()).key(LambdaTarget::TOOL_SCHEMA.name());
        let parts = [("inlinePayloads", schema.inline_payloads.is_set()), ("s3", schema.s3.is_set())];
        one_of(&at, &parts, failures);
    }
}

fn source_rules(source: &In<SchemaSourceInput>, at: &Path, failures: &mut Failures) {
    if let Some(source) = source.get() {
        let inline = (SchemaSource::INLINE_PAYLOAD.name(), source.inline_payload.is_set());
        one_of(at, &[inline, (SchemaSource::S3.name(), source.s3.is_set())], failures);
    }
}

/// Notes where not exactly one of several parts is given.
fn one_of(at: &Path, parts: &[(&str, bool)], failures: &mut Failures) {
    if parts.iter().filter(|(_, is_given)| *is_given).count() != 1 {
        let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
        let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        failures.add(at.clone(), format!("must have one of {} and {last}", others.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as Json, json};

    fn told(args: Json) -> String {
        let mut failures = Failures::new();
        let input = Args::read(Value::from_json(&args).as_object().unwrap(), &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let lambda = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
        let schema = |properties: Json| {
            let input = json!({ "type": "object", "properties": properties });
            json!({ "inlinePayloads": [{ "name": "order", "description": "Orders", "inputSchema": input }] })
        };
        let target =
            |schema: Json| json!({ "mcp": { "lambda": { "lambdaArn": lambda, "toolSchema": schema } } });
        let right = schema(json!([{ "name": "sku", "type": "string", "required": true }]));
        let args = |target: Json, more: Json| {
            let mut args = json!({ "gatewayIdentifier": "tools-a1b2c3d4e5", "name": "orders", "targetConfiguration": target });
            args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            args
        };
        let role = json!({ "credentialProviderConfiguration": { "gatewayIamRole": {} } });
        assert_eq!(told(args(target(right.clone()), role)), "");
        let text = told(args(target(right), json!({})));
        assert!(
            text.contains("credentialProviderConfiguration: is missing; a Lambda function requires it"),
            "{text}"
        );
        let wrong = schema(json!([{ "name": "sku", "type": "text" }]));
        let more = json!({
            "credentialProviderConfiguration": { "gatewayIamRole": { "region": "eu-west-1" }, "jwtPassthrough": {} },
            "privateEndpoint": {},
        });
        let text = told(args(target(wrong), more));
        for part in [
            "targetConfiguration.mcp.lambda.toolSchema.inlinePayloads[0].inputSchema.properties[0].type: is \"text\"",
            "credentialProviderConfiguration: must have one of apiKey, callerIamCredentials, gatewayIamRole, jwtPassthrough and oauth",
            "credentialProviderConfiguration.gatewayIamRole.service: is missing",
            "privateEndpoint: must have one of",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let server = json!({ "endpoint": "http://tools.example.com", "mcpToolSchema": {} });
        let text = told(args(
            json!({ "mcp": { "mcpServer": server, "smithyModel": { "s3": { "uri": "s3://bucket" } } } }),
            json!({}),
        ));
        for part in [
            "targetConfiguration.mcp: must have one of",
            "targetConfiguration.mcp.mcpServer.endpoint: is \"http://tools.example.com\"",
            "targetConfiguration.mcp.mcpServer.mcpToolSchema: must have one of inlinePayload and s3",
            "targetConfiguration.mcp.smithyModel.s3.uri: is \"s3://bucket\"",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
