//! Who may send requests to a service: what its load balancer checks before it forwards them.

use crate::kinds::lb::{ActionInput, AuthenticateCognitoInput, AuthenticateOidc, JwtValidation};
use crate::model::{Failures, In, Model, Path};

/// The authentication of the clients of a service by its load balancer, which must serve HTTPS:
/// users with `cognito` or `oidc`, applications with `jwt`.
#[derive(Clone, Debug, Model)]
pub struct Auth {
    /// The authentication of users with a Cognito user pool. In a stack, `{}` uses the user pool of
    /// the stack.
    pub cognito: Option<CognitoAuth>,
    /// The authentication of users with an identity provider that supports OpenID Connect.
    pub oidc: Option<AuthenticateOidc>,
    /// The validation of the JSON web tokens (JWT) that clients send in the header `Authorization`.
    pub jwt: Option<JwtValidation>,
}

/// The authentication of users with a Cognito user pool.
#[derive(Clone, Debug, Model)]
pub struct CognitoAuth {
    /// The handling of a request from a client that is not signed in: redirect it to the sign-in
    /// page (`authenticate`), forward it (`allow`), or answer with the status 401 (`deny`).
    #[model(default = "authenticate", one_of = ["authenticate", "allow", "deny"])]
    pub on_unauthenticated_request: String,
    /// The OAuth scopes, separated by spaces.
    #[model(default = "openid")]
    pub scope: String,
    /// The maximum duration of a session in seconds.
    #[model(default = 604_800, range = 1..=604_800)]
    pub session_timeout: i64,
    /// The ARN of the user pool. Defaults to the user pool of the stack.
    pub user_pool_arn: Option<String>,
    /// The ID of the user pool client, which must have a secret. Defaults to the client of the
    /// stack.
    pub user_pool_client_id: Option<String>,
    /// The domain of the user pool: its prefix, or its full domain name. Defaults to the domain of
    /// the stack.
    pub user_pool_domain: Option<String>,
}

/// A user pool that a stack has.
#[derive(Clone, Default)]
pub struct Pool {
    pub arn: In<String>,
    pub client_id: In<String>,
    pub domain: In<String>,
}

/// Whether users sign in with the user pool of the stack.
pub fn uses_stack_pool(auth: &In<AuthInput>) -> bool {
    let cognito = auth.get().and_then(|auth| auth.cognito.get());
    cognito.is_some_and(|cognito| !cognito.user_pool_arn.is_set())
}

/// Holds an authentication against itself. `why_not` says why the load balancer of the service cannot
/// authenticate, `has_pool` whether a user pool is there to be used.
pub fn rules(
    auth: &In<AuthInput>,
    at: &Path,
    why_not: Option<&str>,
    has_pool: bool,
    failures: &mut Failures,
) {
    if !auth.is_set() {
        return;
    }
    if let Some(reason) = why_not {
        failures.add(at.clone(), reason);
    }
    let Some(auth) = auth.get() else { return };
    let given =
        [("cognito", auth.cognito.is_set()), ("oidc", auth.oidc.is_set()), ("jwt", auth.jwt.is_set())];
    let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    match given.as_slice() {
        [] => failures.add(at.clone(), "is empty; give one of cognito, oidc and jwt"),
        [_] => {}
        [first, others @ ..] => {
            for other in others {
                failures.add(at.key(*other), format!("conflicts with {first}; give only one of them"));
            }
        }
    }
    if let Some(cognito) = auth.cognito.get() {
        let at = at.key(Auth::COGNITO);
        let parts = [
            ("userPoolArn", cognito.user_pool_arn.is_set()),
            ("userPoolClientId", cognito.user_pool_client_id.is_set()),
            ("userPoolDomain", cognito.user_pool_domain.is_set()),
        ];
        let missing = parts.iter().filter(|(_, given)| !given);
        if !has_pool || parts.iter().any(|(_, given)| *given) {
            for (part, _) in missing {
                let reason = match has_pool {
                    true => {
                        "is missing; give all three of userPoolArn, userPoolClientId and userPoolDomain, or none for the user pool of the stack"
                    }
                    false => {
                        "is missing, and there is no userPool to take it from; give it, or give the stack a userPool"
                    }
                };
                failures.add(at.key(*part), reason);
            }
        }
    }
    if auth.oidc.get().is_some_and(|oidc| !oidc.client_secret.is_set()) {
        let reason = "is missing; a load balancer requires the secret of the client";
        failures.add(at.key(Auth::OIDC).key("clientSecret"), reason);
    }
}

/// What stands before the action that forwards: the authentication, if there is one.
pub fn before(auth: &In<AuthInput>, pool: &Pool) -> Vec<In<ActionInput>> {
    let Some(auth) = auth.get() else { return Vec::new() };
    let action = if auth.cognito.is_set() {
        let pool = pool.clone();
        let cognito = auth.cognito.clone().map(|cognito| AuthenticateCognitoInput {
            on_unauthenticated_request: cognito.on_unauthenticated_request,
            scope: cognito.scope,
            session_timeout: cognito.session_timeout,
            user_pool_arn: cognito.user_pool_arn.or(pool.arn),
            user_pool_client_id: cognito.user_pool_client_id.or(pool.client_id),
            user_pool_domain: cognito.user_pool_domain.or(pool.domain),
            ..AuthenticateCognitoInput::default()
        });
        ActionInput {
            r#type: "authenticate-cognito".into(),
            authenticate_cognito: cognito,
            ..ActionInput::default()
        }
    } else if auth.oidc.is_set() {
        ActionInput {
            r#type: "authenticate-oidc".into(),
            authenticate_oidc: auth.oidc.clone(),
            ..ActionInput::default()
        }
    } else {
        ActionInput {
            r#type: "jwt-validation".into(),
            jwt_validation: auth.jwt.clone(),
            ..ActionInput::default()
        }
    };
    vec![action.into()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn told(auth: J, why_not: Option<&str>, has_pool: bool) -> Vec<String> {
        let fields = Value::from_json(&auth).as_object().unwrap().clone();
        let mut failures = Failures::new();
        let auth = In::known(Auth::read(&fields, &mut failures));
        rules(&auth, &Path::root().key("auth"), why_not, has_pool, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn one_way_of_authentication_is_given_and_can_work() {
        let jwt = json!({"issuer": "https://i", "jwksEndpoint": "https://i/keys"});
        assert_eq!(told(json!({"jwt": jwt}), None, false), Vec::<String>::new());
        assert_eq!(told(json!({"cognito": {}}), None, true), Vec::<String>::new());
        assert_eq!(told(json!({"jwt": jwt, "cognito": {}}), None, true), ["auth.jwt"]);
        assert_eq!(told(json!({}), None, true), ["auth"]);
        assert_eq!(told(json!({"jwt": jwt}), Some("requires HTTPS"), true), ["auth"]);
        let three =
            ["auth.cognito.userPoolArn", "auth.cognito.userPoolClientId", "auth.cognito.userPoolDomain"];
        assert_eq!(told(json!({"cognito": {}}), None, false), three);
        let part = json!({"cognito": {"userPoolArn": "arn"}});
        assert_eq!(told(part, None, true), three[1..]);
    }

    #[test]
    fn the_pool_of_the_stack_stands_in() {
        let read = |auth: J| {
            let fields = Value::from_json(&auth).as_object().unwrap().clone();
            In::known(Auth::read(&fields, &mut Failures::new()))
        };
        let pool = Pool { arn: "pool".into(), client_id: "client".into(), domain: "shop".into() };
        let of = |auth: J| {
            before(&read(auth), &pool)[0].get().unwrap().authenticate_cognito.get().unwrap().clone()
        };
        assert_eq!(of(json!({"cognito": {}})).user_pool_arn.get().unwrap(), "pool");
        let own = json!({"userPoolArn": "own", "userPoolClientId": "c", "userPoolDomain": "d"});
        assert_eq!(of(json!({"cognito": own})).user_pool_arn.get().unwrap(), "own");
    }
}
