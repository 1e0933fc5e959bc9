//! What listeners and rules know of the client before a request goes on: users who sign in with
//! Cognito or OpenID Connect, and tokens that machines send.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use aws_sdk_elasticloadbalancingv2::types;

use crate::model::Model;

/// The authentication of users with an Amazon Cognito user pool.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AuthenticateCognito {
    /// The additional query parameters of the redirect to the sign-in page.
    #[model(default = {})]
    pub authentication_request_extra_params: BTreeMap<String, String>,
    /// The handling of a request from a client that is not signed in: redirect it to the sign-in
    /// page (`authenticate`), forward it (`allow`), or answer with the status 401 (`deny`).
    #[model(default = "authenticate", one_of = ["authenticate", "allow", "deny"])]
    pub on_unauthenticated_request: String,
    /// The OAuth scopes, separated by spaces.
    #[model(default = "openid")]
    pub scope: String,
    /// The name of the session cookie.
    #[model(default = "AWSELBAuthSessionCookie")]
    pub session_cookie_name: String,
    /// The maximum duration of a session in seconds.
    #[model(default = 604_800, range = 1..=604_800)]
    pub session_timeout: i64,
    /// The ARN of the user pool.
    pub user_pool_arn: String,
    /// The ID of the user pool client, which must have a secret.
    pub user_pool_client_id: String,
    /// The domain of the user pool: its prefix, or its full domain name.
    pub user_pool_domain: String,
}

/// The authentication of users with an identity provider that supports OpenID Connect.
#[derive(Clone, PartialEq, Model)]
pub struct AuthenticateOidc {
    /// The additional query parameters of the redirect to the sign-in page.
    #[model(default = {})]
    pub authentication_request_extra_params: BTreeMap<String, String>,
    /// The URL of the authorization endpoint, which begins with `https://`.
    pub authorization_endpoint: String,
    /// The ID of the OAuth client.
    pub client_id: String,
    /// The secret of the OAuth client.
    #[model(secret)]
    pub client_secret: Option<String>,
    /// The issuer of the identity provider, which begins with `https://`.
    pub issuer: String,
    /// The handling of a request from a client that is not signed in: redirect it to the sign-in
    /// page (`authenticate`), forward it (`allow`), or answer with the status 401 (`deny`).
    #[model(default = "authenticate", one_of = ["authenticate", "allow", "deny"])]
    pub on_unauthenticated_request: String,
    /// The OAuth scopes, separated by spaces.
    #[model(default = "openid")]
    pub scope: String,
    /// The name of the session cookie.
    #[model(default = "AWSELBAuthSessionCookie")]
    pub session_cookie_name: String,
    /// The maximum duration of a session in seconds.
    #[model(default = 604_800, range = 1..=604_800)]
    pub session_timeout: i64,
    /// The URL of the token endpoint, which begins with `https://`.
    pub token_endpoint: String,
    /// The URL of the user info endpoint, which begins with `https://`.
    pub user_info_endpoint: String,
}

/// The validation of the JSON web token (JWT) that a client sends in the header `Authorization`. A
/// request without a valid token gets the status 401.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct JwtValidation {
    /// The additional claims that a token must have. The claims `exp` and `iss` are always
    /// validated, and `nbf` and `iat` if the token has them.
    #[model(default = [], length = 0..=10)]
    pub additional_claims: Vec<AdditionalClaim>,
    /// The issuer of the tokens.
    #[model(length = 1..=256)]
    pub issuer: String,
    /// The URL of the JSON web key set of the issuer, which begins with `https://`.
    #[model(length = 1..=256)]
    pub jwks_endpoint: String,
}

/// A claim that a token must have.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AdditionalClaim {
    /// The format of the claim.
    #[model(one_of = ["single-string", "string-array", "space-separated-values"])]
    pub format: String,
    /// The name of the claim.
    pub name: String,
    /// The values, one of which the claim must have.
    #[model(set, length = 1..=10)]
    pub values: Vec<String>,
}

impl fmt::Debug for AuthenticateOidc {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticateOidc").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn sent(params: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    Some(params.clone().into_iter().collect()).filter(|params: &HashMap<_, _>| !params.is_empty())
}

fn told(params: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    params.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn or(text: Option<&str>, otherwise: &str) -> String {
    text.unwrap_or(otherwise).to_owned()
}

const COOKIE: &str = "AWSELBAuthSessionCookie";
const WEEK: i64 = 604_800;

impl AuthenticateCognito {
    pub(super) fn to_aws(&self) -> types::AuthenticateCognitoActionConfig {
        types::AuthenticateCognitoActionConfig::builder()
            .set_authentication_request_extra_params(sent(&self.authentication_request_extra_params))
            .on_unauthenticated_request(self.on_unauthenticated_request.as_str().into())
            .scope(&self.scope)
            .session_cookie_name(&self.session_cookie_name)
            .session_timeout(self.session_timeout)
            .user_pool_arn(&self.user_pool_arn)
            .user_pool_client_id(&self.user_pool_client_id)
            .user_pool_domain(&self.user_pool_domain)
            .build()
    }

    pub(super) fn from_aws(config: &types::AuthenticateCognitoActionConfig) -> Self {
        let otherwise = config.on_unauthenticated_request().map(|it| it.as_str());
        AuthenticateCognito {
            authentication_request_extra_params: told(config.authentication_request_extra_params()),
            on_unauthenticated_request: or(otherwise, "authenticate"),
            scope: or(config.scope(), "openid"),
            session_cookie_name: or(config.session_cookie_name(), COOKIE),
            session_timeout: config.session_timeout().unwrap_or(WEEK),
            user_pool_arn: or(config.user_pool_arn(), ""),
            user_pool_client_id: or(config.user_pool_client_id(), ""),
            user_pool_domain: or(config.user_pool_domain(), ""),
        }
    }
}

impl AuthenticateOidc {
    pub(super) fn to_aws(&self) -> types::AuthenticateOidcActionConfig {
        types::AuthenticateOidcActionConfig::builder()
            .set_authentication_request_extra_params(sent(&self.authentication_request_extra_params))
            .authorization_endpoint(&self.authorization_endpoint)
            .client_id(&self.client_id)
            .set_client_secret(self.client_secret.clone())
            .set_use_existing_client_secret(self.client_secret.is_none().then_some(true))
            .issuer(&self.issuer)
            .on_unauthenticated_request(self.on_unauthenticated_request.as_str().into())
            .scope(&self.scope)
            .session_cookie_name(&self.session_cookie_name)
            .session_timeout(self.session_timeout)
            .token_endpoint(&self.token_endpoint)
            .user_info_endpoint(&self.user_info_endpoint)
            .build()
    }

    /// AWS does not tell the secret.
    pub(super) fn from_aws(config: &types::AuthenticateOidcActionConfig) -> Self {
        let otherwise = config.on_unauthenticated_request().map(|it| it.as_str());
        AuthenticateOidc {
            authentication_request_extra_params: told(config.authentication_request_extra_params()),
            authorization_endpoint: or(config.authorization_endpoint(), ""),
            client_id: or(config.client_id(), ""),
            client_secret: None,
            issuer: or(config.issuer(), ""),
            on_unauthenticated_request: or(otherwise, "authenticate"),
            scope: or(config.scope(), "openid"),
            session_cookie_name: or(config.session_cookie_name(), COOKIE),
            session_timeout: config.session_timeout().unwrap_or(WEEK),
            token_endpoint: or(config.token_endpoint(), ""),
            user_info_endpoint: or(config.user_info_endpoint(), ""),
        }
    }
}

impl JwtValidation {
    pub(super) fn to_aws(&self) -> types::JwtValidationActionConfig {
        let claim = |claim: &AdditionalClaim| {
            types::JwtValidationActionAdditionalClaim::builder()
                .format(claim.format.as_str().into())
                .name(&claim.name)
                .set_values(Some(claim.values.clone()))
                .build()
        };
        let claims: Vec<_> = self.additional_claims.iter().map(claim).collect();
        types::JwtValidationActionConfig::builder()
            .set_additional_claims(Some(claims).filter(|claims| !claims.is_empty()))
            .issuer(&self.issuer)
            .jwks_endpoint(&self.jwks_endpoint)
            .build()
    }

    pub(super) fn from_aws(config: &types::JwtValidationActionConfig) -> Self {
        let claim = |claim: &types::JwtValidationActionAdditionalClaim| AdditionalClaim {
            format: or(claim.format().map(|it| it.as_str()), "single-string"),
            name: or(claim.name(), ""),
            values: claim.values().to_vec(),
        };
        JwtValidation {
            additional_claims: config.additional_claims().iter().map(claim).collect(),
            issuer: or(config.issuer(), ""),
            jwks_endpoint: or(config.jwks_endpoint(), ""),
        }
    }
}

/// The types of actions that authenticate.
pub(super) const AUTHENTICATING: [&str; 3] = ["authenticate-cognito", "authenticate-oidc", "jwt-validation"];
