//! The check of JSON Web Tokens, which agent runtimes and gateways have in common.

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{
    self, AuthorizerConfiguration, AuthorizingClaimMatchValueType, ClaimMatchOperatorType,
    ClaimMatchValueType, CustomClaimValidationType, CustomJwtAuthorizerConfiguration,
    InboundTokenClaimValueType,
};

use super::private_endpoint::{self, PrivateEndpoint};
use crate::aws::error::Result;
use crate::model::{Failures, Model, Path};

/// The authorizer of requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Authorizer {
    /// The validation of JSON Web Tokens (JWT) of an OpenID Connect provider, such as Amazon
    /// Cognito.
    pub custom_jwt_authorizer: JwtAuthorizer,
}

/// The validation of JSON Web Tokens (JWT).
#[derive(Clone, Debug, PartialEq, Model)]
pub struct JwtAuthorizer {
    /// The allowed audiences, one of which a token must contain.
    #[model(set, length = 1..=1000)]
    pub allowed_audiences: Option<Vec<String>>,
    /// The allowed client IDs, one of which a token must contain.
    #[model(set, length = 1..=1000)]
    pub allowed_clients: Option<Vec<String>>,
    /// The allowed scopes, one of which a token must contain.
    #[model(set, length = 1..=1000)]
    pub allowed_scopes: Option<Vec<String>>,
    /// The claims that a token must have.
    #[model(set, length = 1..=1000)]
    pub custom_claims: Option<Vec<JwtClaim>>,
    /// The discovery URL of the OpenID Connect provider, which ends in
    /// `/.well-known/openid-configuration`.
    #[model(check = check_discovery_url)]
    pub discovery_url: String,
    /// The private endpoint of a provider in a VPC. If omitted, the provider is reached over the
    /// internet.
    pub private_endpoint: Option<PrivateEndpoint>,
}

/// A claim that a token must have.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct JwtClaim {
    /// The comparison of the claim with a value.
    pub authorizing_claim_match_value: JwtClaimMatch,
    /// The name of the claim.
    #[model(length = 1..=255)]
    pub inbound_token_claim_name: String,
    /// The type of the claim.
    #[model(one_of = ["STRING", "STRING_ARRAY"])]
    pub inbound_token_claim_value_type: String,
}

/// The comparison of a claim with a value.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct JwtClaimMatch {
    /// The comparison operator: a string equals a value (`EQUALS`), or an array contains a value
    /// (`CONTAINS`) or one of several values (`CONTAINS_ANY`).
    #[model(one_of = ["EQUALS", "CONTAINS", "CONTAINS_ANY"])]
    pub claim_match_operator: String,
    /// The value or values to compare the claim with.
    pub claim_match_value: JwtClaimValue,
}

/// The value or values to compare a claim with. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct JwtClaimValue {
    /// The value, for `EQUALS` and `CONTAINS`.
    #[model(length = 1..=255)]
    pub match_value_string: Option<String>,
    /// The values, for `CONTAINS_ANY`.
    #[model(set, length = 1..=255)]
    pub match_value_string_lists: Option<Vec<String>>,
}

/// What must hold within an authorizer, which is at this path.
pub fn rules(authorizer: &AuthorizerInput, at: &Path, failures: &mut Failures) {
    let at = at.key(Authorizer::CUSTOM_JWT_AUTHORIZER.name());
    let Some(jwt) = authorizer.custom_jwt_authorizer.get() else { return };
    let restricts = [
        jwt.allowed_audiences.is_set(),
        jwt.allowed_clients.is_set(),
        jwt.allowed_scopes.is_set(),
        jwt.custom_claims.is_set(),
    ];
    if !restricts.contains(&true) {
        let at = at.key(JwtAuthorizer::ALLOWED_AUDIENCES.name());
        failures.add(at, "is missing; give allowedAudiences or allowedClients, or every token of the provider would be accepted");
    }
    if let Some(endpoint) = jwt.private_endpoint.get() {
        private_endpoint::rules(endpoint, &at.key(JwtAuthorizer::PRIVATE_ENDPOINT.name()), failures);
    }
    for (index, claim) in jwt.custom_claims.get().into_iter().flatten().enumerate() {
        let matched = claim.get().and_then(|claim| claim.authorizing_claim_match_value.get());
        let Some((operator, value)) = matched
            .and_then(|it| Some((it.claim_match_operator.get()?.as_str(), it.claim_match_value.get()?)))
        else {
            continue;
        };
        let at = at
            .key(JwtAuthorizer::CUSTOM_CLAIMS.name())
            .index(index)
            .key(JwtClaim::AUTHORIZING_CLAIM_MATCH_VALUE.name())
            .key(JwtClaimMatch::CLAIM_MATCH_VALUE.name());
        let (one, several) = (value.match_value_string.is_set(), value.match_value_string_lists.is_set());
        match (operator, one, several) {
            ("CONTAINS_ANY", false, true) => {}
            ("CONTAINS_ANY", _, _) => {
                failures.add(at, "must have matchValueStringLists alone, since the operator is CONTAINS_ANY");
            }
            (_, true, false) => {}
            (operator, _, _) => {
                let reason = format!("must have matchValueString alone, since the operator is {operator}");
                failures.add(at, reason);
            }
        }
    }
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CustomJWTAuthorizerConfiguration.html>
pub fn check_discovery_url(url: &str) -> Result<(), String> {
    let ends = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let is_one = ends
        .iter()
        .any(|end| url.split_once(end).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/')));
    match url.starts_with("https://") && is_one && !url.contains(['?', '#', ' ']) {
        true => Ok(()),
        false => Err(format!(
            "is {url:?}; give the discovery URL of the provider, such as https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e/.well-known/openid-configuration"
        )),
    }
}

/// The authorizer as AWS takes it, with what no argument tells as AWS has it.
pub fn to_aws(
    authorizer: &Authorizer,
    there: Option<&AuthorizerConfiguration>,
) -> Result<AuthorizerConfiguration> {
    let jwt = &authorizer.custom_jwt_authorizer;
    let claims: Option<Result<Vec<_>, _>> =
        jwt.custom_claims.as_ref().map(|claims| claims.iter().map(claim).collect());
    let endpoint = jwt.private_endpoint.as_ref().map(private_endpoint::to_aws).transpose()?;
    let mut made = CustomJwtAuthorizerConfiguration::builder()
        .discovery_url(&jwt.discovery_url)
        .set_allowed_audience(jwt.allowed_audiences.clone())
        .set_allowed_clients(jwt.allowed_clients.clone())
        .set_allowed_scopes(jwt.allowed_scopes.clone())
        .set_custom_claims(claims.transpose()?)
        .set_private_endpoint(endpoint)
        .build()?;
    if let Some(AuthorizerConfiguration::CustomJwtAuthorizer(there)) = there {
        made.advertised_scope_mapping = there.advertised_scope_mapping.clone();
        made.private_endpoint_overrides = there.private_endpoint_overrides.clone();
        made.allowed_workload_configuration = there.allowed_workload_configuration.clone();
    }
    Ok(AuthorizerConfiguration::CustomJwtAuthorizer(made))
}

fn claim(claim: &JwtClaim) -> Result<CustomClaimValidationType, BuildError> {
    let matched = &claim.authorizing_claim_match_value;
    let value = &matched.claim_match_value;
    let value = match (&value.match_value_string, &value.match_value_string_lists) {
        (Some(value), _) => ClaimMatchValueType::MatchValueString(value.clone()),
        (None, values) => ClaimMatchValueType::MatchValueStringList(values.clone().unwrap_or_default()),
    };
    let matched = AuthorizingClaimMatchValueType::builder()
        .claim_match_operator(ClaimMatchOperatorType::from(matched.claim_match_operator.as_str()))
        .claim_match_value(value)
        .build()?;
    let of = InboundTokenClaimValueType::from(claim.inbound_token_claim_value_type.as_str());
    CustomClaimValidationType::builder()
        .inbound_token_claim_name(&claim.inbound_token_claim_name)
        .inbound_token_claim_value_type(of)
        .authorizing_claim_match_value(matched)
        .build()
}

/// What AWS tells of an authorizer.
pub fn shown(authorizer: Option<&AuthorizerConfiguration>) -> Option<Authorizer> {
    let Some(AuthorizerConfiguration::CustomJwtAuthorizer(jwt)) = authorizer else { return None };
    Some(Authorizer {
        custom_jwt_authorizer: JwtAuthorizer {
            allowed_audiences: jwt.allowed_audience.clone(),
            allowed_clients: jwt.allowed_clients.clone(),
            allowed_scopes: jwt.allowed_scopes.clone(),
            custom_claims: jwt.custom_claims.as_ref().map(|all| all.iter().map(shown_claim).collect()),
            discovery_url: jwt.discovery_url.clone(),
            private_endpoint: jwt.private_endpoint.as_ref().and_then(private_endpoint::shown),
        },
    })
}

fn shown_claim(claim: &types::CustomClaimValidationType) -> JwtClaim {
    let matched = claim.authorizing_claim_match_value.as_ref();
    let (one, several) = match matched.and_then(|it| it.claim_match_value.as_ref()) {
        Some(ClaimMatchValueType::MatchValueString(value)) => (Some(value.clone()), None),
        Some(ClaimMatchValueType::MatchValueStringList(values)) => (None, Some(values.clone())),
        _ => (None, None),
    };
    JwtClaim {
        authorizing_claim_match_value: JwtClaimMatch {
            claim_match_operator: matched.map_or("", |it| it.claim_match_operator.as_str()).to_owned(),
            claim_match_value: JwtClaimValue { match_value_string: one, match_value_string_lists: several },
        },
        inbound_token_claim_name: claim.inbound_token_claim_name.clone(),
        inbound_token_claim_value_type: claim.inbound_token_claim_value_type.as_str().to_owned(),
    }
}
