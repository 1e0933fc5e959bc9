//! What must hold between the properties of a gateway.

use super::super::authorizer;
use super::{AgentcoreGatewayArgs as Args, AgentcoreGatewayInputs};
use crate::model::{Failures, Path};

pub fn check(args: &AgentcoreGatewayInputs, failures: &mut Failures) {
    let is_given = args.authorizer_configuration.is_set();
    match args.authorizer_type.get().map(String::as_str) {
        Some("CUSTOM_JWT") if !is_given => {
            failures.add(
                Args::AUTHORIZER_CONFIGURATION,
                "is missing; the authorizer type CUSTOM_JWT requires it",
            );
        }
        Some(other @ ("AWS_IAM" | "NONE")) if is_given => {
            let reason = format!(
                "is given, but the authorizer type is {other}; set authorizerType to CUSTOM_JWT, or leave it out"
            );
            failures.add(Args::AUTHORIZER_CONFIGURATION, reason);
        }
        _ => {}
    }
    if let Some(authorizer) = args.authorizer_configuration.get() {
        authorizer::rules(authorizer, &Path::from(Args::AUTHORIZER_CONFIGURATION), failures);
    }
    if args.protocol_configuration.is_set() && !args.protocol_type.is_set() {
        let reason = "is given, but the gateway has no protocol; set protocolType to MCP, or leave it out";
        failures.add(Args::PROTOCOL_CONFIGURATION, reason);
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
        let role = "arn:aws:iam::123456789012:role/tools";
        let url = "https://example.com/.well-known/openid-configuration";
        let claim = |operator: &str, value: Json| {
            json!({
                "inboundTokenClaimName": "groups", "inboundTokenClaimValueType": "STRING_ARRAY",
                "authorizingClaimMatchValue": { "claimMatchOperator": operator, "claimMatchValue": value },
            })
        };
        let right = claim("CONTAINS_ANY", json!({ "matchValueStringLists": ["a", "b"] }));
        let jwt =
            |claims: Json| json!({ "customJwtAuthorizer": { "discoveryUrl": url, "customClaims": claims } });
        let good = json!({
            "authorizerType": "CUSTOM_JWT", "authorizerConfiguration": jwt(json!([right])), "roleArn": role,
            "name": "tools", "protocolType": "MCP", "protocolConfiguration": { "mcp": {} },
        });
        assert_eq!(told(good), "");
        assert!(
            told(json!({ "authorizerType": "CUSTOM_JWT", "roleArn": role, "name": "tools" }))
                .contains("authorizerConfiguration: is missing; the authorizer type CUSTOM_JWT requires it")
        );
        let wrong = claim("EQUALS", json!({ "matchValueStringLists": ["a"] }));
        let told = told(json!({
            "authorizerType": "AWS_IAM", "roleArn": role, "name": "two--hyphens",
            "authorizerConfiguration": jwt(json!([right, wrong])),
            "protocolConfiguration": { "mcp": { "searchType": "FUZZY", "sessionConfiguration": { "sessionTimeoutInSeconds": 60 } } },
            "interceptorConfigurations": [{ "interceptionPoints": ["BEFORE"], "interceptor": { "lambda": { "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f" } } }],
        }));
        for part in [
            "authorizerConfiguration: is given, but the authorizer type is AWS_IAM",
            "authorizerConfiguration.customJwtAuthorizer.customClaims[1].authorizingClaimMatchValue.claimMatchValue: must have matchValueString alone, since the operator is EQUALS",
            "protocolConfiguration: is given, but the gateway has no protocol",
            "protocolConfiguration.mcp.searchType: is \"FUZZY\"",
            "protocolConfiguration.mcp.sessionConfiguration.sessionTimeoutInSeconds: is 60",
            "interceptorConfigurations[0].interceptionPoints[0]: is \"BEFORE\"",
        ] {
            assert!(told.contains(part), "{part} is not in\n{told}");
        }
    }
}
