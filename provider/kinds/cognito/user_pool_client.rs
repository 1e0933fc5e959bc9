//! A client of a user pool: an application whose users sign in.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, OAuthFlowType, PreventUserExistenceErrorTypes, TimeUnitsType,
    TokenValidityUnitsType, UserPoolClientDescription, UserPoolClientType,
};

use super::{LISTED, pools};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::names::{Alphabet, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::held::OutcomeUnknown;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, began, begin, is_wanted, search};
use crate::model::{Failures, In, Model, Path};

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>
const CLIENT: NameRule = NameRule {
    what: "user pool client",
    max: 128,
    alphabet: Alphabet {
        words: "letters, digits, spaces and _ + = , . @ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || " _+=,.@-".contains(c),
    },
    ..PLAIN
};

/// A client of a Cognito user pool: an application in which users of the pool sign in.
#[derive(Clone, Debug, Model)]
pub struct UserPoolClientArgs {
    /// The validity of access tokens, in hours or in the unit of `tokenValidityUnits`. Defaults to
    /// 1 hour.
    #[model(in_place, aws_default, resets, told, range = 0..=86_400)]
    pub access_token_validity: Option<i64>,
    /// The OAuth flows that are allowed: `code`, `implicit` and `client_credentials`. Requires
    /// `allowedOauthFlowsUserPoolClient`.
    #[model(in_place, default = [], set, length = 0..=3)]
    pub allowed_oauth_flows: Vec<String>,
    /// Whether the client can use OAuth, with the sign-in pages of the domain of the user pool.
    #[model(in_place, default = false)]
    pub allowed_oauth_flows_user_pool_client: bool,
    /// The OAuth scopes that are allowed, such as `openid`, `email`, `phone` and `profile`.
    #[model(in_place, default = [], set, length = 0..=50)]
    pub allowed_oauth_scopes: Vec<String>,
    /// The time in minutes within which users must answer each challenge of an authentication.
    #[model(in_place, default = 3, range = 3..=15)]
    pub auth_session_validity: i64,
    /// The URLs that the sign-in pages may redirect to. They must begin with `https://`, except for
    /// `http://localhost` and custom schemes of mobile apps.
    #[model(in_place, default = [], set, length = 0..=100)]
    pub callback_urls: Vec<String>,
    /// The default redirect URL, which must be among `callbackUrls`.
    #[model(in_place, told)]
    pub default_redirect_uri: Option<String>,
    /// Whether clients with a secret can pass the IP addresses of users to threat protection.
    #[model(in_place, default = false)]
    pub enable_propagate_additional_user_context_data: bool,
    /// Whether tokens can be revoked.
    #[model(in_place, default = true)]
    pub enable_token_revocation: bool,
    /// The authentication flows that are allowed, such as `ALLOW_USER_SRP_AUTH` and
    /// `ALLOW_REFRESH_TOKEN_AUTH`. Defaults to the flows with the Secure Remote Password protocol,
    /// custom challenges and refresh tokens.
    #[model(in_place, aws_default, resets, told, set)]
    pub explicit_auth_flows: Option<Vec<String>>,
    /// Whether the client gets a secret, which server applications require, such as a load balancer
    /// that authenticates users.
    #[model(replace, default = false)]
    pub generate_secret: bool,
    /// The validity of identity tokens, in hours or in the unit of `tokenValidityUnits`. Defaults
    /// to 1 hour.
    #[model(in_place, aws_default, resets, told, range = 0..=86_400)]
    pub id_token_validity: Option<i64>,
    /// The URLs that the sign-out page may redirect to.
    #[model(in_place, default = [], set, length = 0..=100)]
    pub logout_urls: Vec<String>,
    /// The name of the client.
    #[model(in_place, autoname)]
    pub name: String,
    /// Whether error messages hide that a user does not exist (`ENABLED`) or reveal it (`LEGACY`).
    #[model(in_place, aws_default, resets, told, one_of = ["LEGACY", "ENABLED"])]
    pub prevent_user_existence_errors: Option<String>,
    /// The attributes of users that the client can read. Defaults to all attributes.
    #[model(in_place, aws_default, resets, told, set)]
    pub read_attributes: Option<Vec<String>>,
    /// The validity of refresh tokens, in days or in the unit of `tokenValidityUnits`.
    #[model(in_place, default = 30, range = 0..=315_360_000)]
    pub refresh_token_validity: i64,
    /// The identity providers with which users sign in: `COGNITO` for the user pool itself, and the
    /// names of others.
    #[model(in_place, default = [], set)]
    pub supported_identity_providers: Vec<String>,
    /// The units of the validity of tokens.
    #[model(in_place, aws_default, resets)]
    pub token_validity_units: Option<TokenValidityUnits>,
    /// The ID of the user pool.
    #[model(replace)]
    pub user_pool_id: String,
    /// The attributes of users that the client can write. Defaults to all mutable attributes.
    #[model(in_place, aws_default, resets, told, set)]
    pub write_attributes: Option<Vec<String>>,
}

/// The units of the validity of tokens.
#[derive(Clone, Debug, Model)]
pub struct TokenValidityUnits {
    /// The unit of `accessTokenValidity`.
    #[model(default = "hours", one_of = ["seconds", "minutes", "hours", "days"])]
    pub access_token: String,
    /// The unit of `idTokenValidity`.
    #[model(default = "hours", one_of = ["seconds", "minutes", "hours", "days"])]
    pub id_token: String,
    /// The unit of `refreshTokenValidity`.
    #[model(default = "days", one_of = ["seconds", "minutes", "hours", "days"])]
    pub refresh_token: String,
}

/// The outputs of a client.
#[derive(Clone, Debug, Model)]
pub struct UserPoolClientState {
    /// The ID of the client, which is also the ID of the resource.
    pub client_id: String,
    /// The secret of the client, if `generateSecret` is `true`.
    #[model(secret, told)]
    pub client_secret: Option<String>,
}

/// A client of a user pool.
pub struct UserPoolClient;

/// In which user pool the client of this operation is.
#[derive(Clone)]
struct Pool(String);

impl Kind for UserPoolClient {
    const TOKEN: &'static str = "agentic:cognito:UserPoolClient";
    const ID: &'static str = "the ID of the client, without that of the user pool";
    // `eu-west-1_a1B2c3D4e/1a2b3c4d`.
    const IMPORT_ID: fn(&str) -> &str = |id| id.rsplit('/').next().unwrap_or(id);
    const NAME: Option<&'static NameRule> = Some(&CLIENT);
    // Only so that a look knows the user pool.
    const READY: Option<Wait> =
        Some(Wait { goal: "the client exists", usual: [0, 5], budget: Duration::from_secs(2 * 60) });
    const ACTIONS: Actions = Actions {
        create: &["cognito-idp:CreateUserPoolClient", "cognito-idp:ListUserPoolClients"],
        read: &["cognito-idp:DescribeUserPoolClient", "cognito-idp:ListUserPools"],
        update: &["cognito-idp:UpdateUserPoolClient"],
        delete: &["cognito-idp:DeleteUserPoolClient"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::USER_POOL_CLIENT;

    type Args = UserPoolClientArgs;
    type State = UserPoolClientState;

    fn rules(args: &UserPoolClientInputs, failures: &mut Failures) {
        // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
        let flows: Vec<&str> = known(&args.allowed_oauth_flows).collect();
        let oauth = args.allowed_oauth_flows_user_pool_client.get().copied();
        if oauth == Some(false) && !flows.is_empty() {
            let reason = "requires allowedOauthFlowsUserPoolClient; set that to true or leave it out";
            failures.add(UserPoolClientArgs::ALLOWED_OAUTH_FLOWS, reason);
        }
        for (index, flow) in args.allowed_oauth_flows.get().into_iter().flatten().enumerate() {
            const FLOWS: [&str; 3] = ["code", "implicit", "client_credentials"];
            if let Some(flow) = flow.get().filter(|flow| !FLOWS.contains(&flow.as_str())) {
                let path = Path::from(UserPoolClientArgs::ALLOWED_OAUTH_FLOWS).index(index);
                failures.add(path, format!("is {flow:?}; give one of {}", FLOWS.join(", ")));
            }
        }
        if flows.contains(&"client_credentials") && args.generate_secret.get() == Some(&false) {
            let reason = "has client_credentials, which require a secret; set generateSecret to true";
            failures.add(UserPoolClientArgs::ALLOWED_OAUTH_FLOWS, reason);
        }
        let signs_in = flows.contains(&"code") || flows.contains(&"implicit");
        if signs_in && args.callback_urls.get().is_some_and(Vec::is_empty) {
            let reason = "is missing; the flows code and implicit require a URL to return to";
            failures.add(UserPoolClientArgs::CALLBACK_URLS, reason);
        }
        let lists = [
            (UserPoolClientArgs::CALLBACK_URLS, &args.callback_urls),
            (UserPoolClientArgs::LOGOUT_URLS, &args.logout_urls),
        ];
        for (argument, urls) in lists {
            for (index, url) in urls.get().into_iter().flatten().enumerate() {
                if let Some(problem) = url.get().and_then(|url| url_problem(url)) {
                    failures.add(Path::from(argument).index(index), problem);
                }
            }
        }
        let urls: Option<Vec<&String>> =
            args.callback_urls.get().map(|urls| urls.iter().filter_map(In::get).collect());
        let all_known =
            args.callback_urls.get().is_some_and(|urls| urls.iter().all(|url| url.get().is_some()));
        if let (Some(uri), Some(urls)) = (args.default_redirect_uri.get(), urls)
            && all_known
            && !urls.contains(&uri)
        {
            let reason = format!("is {uri:?}, which is not among callbackUrls; add it there");
            failures.add(UserPoolClientArgs::DEFAULT_REDIRECT_URI, reason);
        }
    }

    /// Clients have neither tags nor a name of their own: what an attempt was about to make is known
    /// by a note on this machine, and by its content.
    async fn create(cx: &Cx, args: &UserPoolClientArgs) -> Result<String> {
        let place = format!("{}/{}", args.user_pool_id, args.name);
        begin(cx, &place);
        cx.note(Pool(args.user_pool_id.clone()));
        if (began(cx, &place) || cx.noted::<OutcomeUnknown>().is_some())
            && let Some(id) = search(cx, || left(cx, args)).await?
        {
            return Ok(id);
        }
        let call = cx.client::<Client>()?.create_user_pool_client().user_pool_id(&args.user_pool_id);
        let made = call
            .client_name(&args.name)
            .generate_secret(args.generate_secret)
            .set_access_token_validity(args.access_token_validity.map(|it| it as i32))
            .set_allowed_o_auth_flows(Some(flows(args)))
            .allowed_o_auth_flows_user_pool_client(args.allowed_oauth_flows_user_pool_client)
            .set_allowed_o_auth_scopes(Some(args.allowed_oauth_scopes.clone()))
            .auth_session_validity(args.auth_session_validity as i32)
            .set_callback_urls(Some(args.callback_urls.clone()))
            .set_default_redirect_uri(args.default_redirect_uri.clone())
            .enable_propagate_additional_user_context_data(args.enable_propagate_additional_user_context_data)
            .enable_token_revocation(args.enable_token_revocation)
            .set_explicit_auth_flows(auth_flows(args))
            .set_id_token_validity(args.id_token_validity.map(|it| it as i32))
            .set_logout_urls(Some(args.logout_urls.clone()))
            .set_prevent_user_existence_errors(errors(args))
            .set_read_attributes(args.read_attributes.clone())
            .refresh_token_validity(args.refresh_token_validity as i32)
            .set_supported_identity_providers(Some(args.supported_identity_providers.clone()))
            .set_token_validity_units(args.token_validity_units.as_ref().map(TokenValidityUnits::to_aws))
            .set_write_attributes(args.write_attributes.clone())
            .send()
            .await?;
        Ok(made.user_pool_client.and_then(|client| client.client_id).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, args: &UserPoolClientArgs) -> Result<Poll> {
        cx.note(Pool(args.user_pool_id.clone()));
        Ok(Poll::seen(find(cx, &args.user_pool_id, id).await?.map(drop), "not visible yet"))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if id.contains('/') {
            return Err(bad_id(id, Self::ID));
        }
        if let Some(Pool(pool)) = cx.noted() {
            return Ok(find(cx, &pool, id).await?.map(live));
        }
        // An import knows nothing but the client.
        for pool in pools(cx).await? {
            if let Some(client) = find(cx, pool.id().unwrap_or_default(), id).await? {
                return Ok(Some(live(client)));
            }
        }
        Ok(None)
    }

    async fn refresh(cx: &Cx, id: &str, old: &UserPoolClientArgs) -> Result<Option<Live<Self>>> {
        Ok(find(cx, &old.user_pool_id, id).await?.map(live))
    }

    /// The call sets everything: what it leaves out goes back to a default.
    async fn update(cx: &Cx, id: &str, update: &Update<UserPoolClientArgs>) -> Result<()> {
        let args = &update.new;
        let there = find(cx, &args.user_pool_id, id).await?;
        let Some(there) = there else {
            let message = format!("the user pool {} has no client {id}", args.user_pool_id);
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        // The call sets everything: what it leaves out goes back to a default.
        // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
        let stays = |argument| !update.any(&[argument]);
        let call = cx.client::<Client>()?.update_user_pool_client().user_pool_id(&args.user_pool_id);
        call.client_id(id)
            .client_name(&args.name)
            .set_access_token_validity(args.access_token_validity.map(|it| it as i32))
            .set_allowed_o_auth_flows(Some(flows(args)))
            .allowed_o_auth_flows_user_pool_client(args.allowed_oauth_flows_user_pool_client)
            .set_allowed_o_auth_scopes(Some(args.allowed_oauth_scopes.clone()))
            .set_analytics_configuration(there.analytics_configuration)
            .auth_session_validity(args.auth_session_validity as i32)
            .set_callback_urls(Some(args.callback_urls.clone()))
            .set_default_redirect_uri(args.default_redirect_uri.clone())
            .enable_propagate_additional_user_context_data(args.enable_propagate_additional_user_context_data)
            .enable_token_revocation(args.enable_token_revocation)
            .set_explicit_auth_flows(
                auth_flows(args)
                    .or(there.explicit_auth_flows.filter(|_| stays(UserPoolClientArgs::EXPLICIT_AUTH_FLOWS))),
            )
            .set_id_token_validity(args.id_token_validity.map(|it| it as i32))
            .set_logout_urls(Some(args.logout_urls.clone()))
            .set_prevent_user_existence_errors(
                errors(args).or(there
                    .prevent_user_existence_errors
                    .filter(|_| stays(UserPoolClientArgs::PREVENT_USER_EXISTENCE_ERRORS))),
            )
            .set_read_attributes(
                args.read_attributes
                    .clone()
                    .or(there.read_attributes.filter(|_| stays(UserPoolClientArgs::READ_ATTRIBUTES))),
            )
            .refresh_token_validity(args.refresh_token_validity as i32)
            .set_refresh_token_rotation(there.refresh_token_rotation)
            .set_supported_identity_providers(Some(args.supported_identity_providers.clone()))
            .set_token_validity_units(args.token_validity_units.as_ref().map(TokenValidityUnits::to_aws))
            .set_write_attributes(
                args.write_attributes
                    .clone()
                    .or(there.write_attributes.filter(|_| stays(UserPoolClientArgs::WRITE_ATTRIBUTES))),
            )
            .send()
            .await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &UserPoolClientArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_user_pool_client().user_pool_id(&args.user_pool_id);
        call.client_id(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, pool: &str, id: &str) -> Result<Option<UserPoolClientType>> {
    let client = cx.client::<Client>()?;
    let look = move |(pool, id): (String, String)| {
        let call = client.describe_user_pool_client().user_pool_id(pool).client_id(id);
        async move { Ok(found(call.send().await)?.and_then(|answer| answer.user_pool_client)) }
    };
    cx.alone((pool.to_owned(), id.to_owned()), look).await
}

/// What an attempt that broke off made: a client of this name that is just as wanted.
async fn left(cx: &Cx, args: &UserPoolClientArgs) -> Result<Option<String>> {
    let pages = cx.client::<Client>()?.list_user_pool_clients().user_pool_id(&args.user_pool_id);
    let all = pages.max_results(LISTED).into_paginator().items().send();
    let all: Vec<UserPoolClientDescription> = all.try_collect().await?;
    for client in all.into_iter().filter(|client| client.client_name() == Some(&args.name)) {
        let Some(client) = find(cx, &args.user_pool_id, client.client_id().unwrap_or_default()).await? else {
            continue;
        };
        let live = live(client);
        if is_wanted(live.args, args) {
            return Ok(Some(live.state.client_id));
        }
    }
    Ok(None)
}

fn live(client: UserPoolClientType) -> Live<UserPoolClient> {
    let number = |number: Option<i32>| number.filter(|number| *number > 0).map(i64::from);
    let secret = client.client_secret.filter(|secret| !secret.is_empty());
    let some = |all: Option<Vec<String>>| all.filter(|all| !all.is_empty());
    let flows = client.allowed_o_auth_flows.unwrap_or_default();
    let ways = client.explicit_auth_flows.unwrap_or_default();
    Live {
        args: UserPoolClientObserved {
            access_token_validity: Some(number(client.access_token_validity)),
            allowed_oauth_flows: Some(flows.iter().map(|flow| flow.as_str().to_owned()).collect()),
            allowed_oauth_flows_user_pool_client: Some(
                client.allowed_o_auth_flows_user_pool_client.unwrap_or_default(),
            ),
            allowed_oauth_scopes: Some(client.allowed_o_auth_scopes.unwrap_or_default()),
            auth_session_validity: client.auth_session_validity.map(i64::from),
            callback_urls: Some(client.callback_urls.unwrap_or_default()),
            default_redirect_uri: Some(client.default_redirect_uri.filter(|uri| !uri.is_empty())),
            enable_propagate_additional_user_context_data: client
                .enable_propagate_additional_user_context_data,
            enable_token_revocation: client.enable_token_revocation,
            explicit_auth_flows: Some(some(Some(ways.iter().map(|way| way.as_str().to_owned()).collect()))),
            generate_secret: Some(secret.is_some()),
            id_token_validity: Some(number(client.id_token_validity)),
            logout_urls: Some(client.logout_urls.unwrap_or_default()),
            name: client.client_name,
            prevent_user_existence_errors: Some(
                client.prevent_user_existence_errors.map(|it| it.as_str().to_owned()),
            ),
            read_attributes: Some(some(client.read_attributes)),
            // 0 stands for the default.
            refresh_token_validity: number(Some(client.refresh_token_validity)).or(Some(30)),
            supported_identity_providers: Some(client.supported_identity_providers.unwrap_or_default()),
            token_validity_units: Some(client.token_validity_units.map(units)),
            user_pool_id: client.user_pool_id,
            write_attributes: Some(some(client.write_attributes)),
        },
        state: UserPoolClientState { client_id: client.client_id.unwrap_or_default(), client_secret: secret },
    }
}

impl TokenValidityUnits {
    fn to_aws(&self) -> TokenValidityUnitsType {
        TokenValidityUnitsType::builder()
            .access_token(self.access_token.as_str().into())
            .id_token(self.id_token.as_str().into())
            .refresh_token(self.refresh_token.as_str().into())
            .build()
    }
}

fn units(units: TokenValidityUnitsType) -> TokenValidityUnits {
    let or =
        |unit: Option<TimeUnitsType>, usual: &str| unit.as_ref().map_or(usual, |it| it.as_str()).to_owned();
    TokenValidityUnits {
        access_token: or(units.access_token, "hours"),
        id_token: or(units.id_token, "hours"),
        refresh_token: or(units.refresh_token, "days"),
    }
}

fn flows(args: &UserPoolClientArgs) -> Vec<OAuthFlowType> {
    args.allowed_oauth_flows.iter().map(|flow| flow.as_str().into()).collect()
}

fn auth_flows(args: &UserPoolClientArgs) -> Option<Vec<ExplicitAuthFlowsType>> {
    args.explicit_auth_flows.as_ref().map(|ways| ways.iter().map(|way| way.as_str().into()).collect())
}

fn errors(args: &UserPoolClientArgs) -> Option<PreventUserExistenceErrorTypes> {
    args.prevent_user_existence_errors.as_deref().map(Into::into)
}

fn known(list: &In<Vec<In<String>>>) -> impl Iterator<Item = &str> {
    list.get().into_iter().flatten().filter_map(In::get).map(String::as_str)
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html>
fn url_problem(url: &str) -> Option<String> {
    let problem = if url.contains('#') {
        "it must not have a fragment"
    } else if url.starts_with("http://")
        && !["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|at| url.starts_with(at))
    {
        "only URLs of localhost may begin with http://; give https://"
    } else if !url.contains(':') {
        "give a URL with its scheme, such as https://app.example.com/callback"
    } else {
        return None;
    };
    Some(format!("is {url:?}; {problem}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let mut failures = Failures::new();
        let inputs = UserPoolClientArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        let mut failures = Failures::new();
        UserPoolClient::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn what_oauth_requires_is_told() {
        let fine = json!({"allowedOauthFlowsUserPoolClient": true, "allowedOauthFlows": ["code"],
            "callbackUrls": ["https://a.example.com/cb", "myapp://cb", "http://localhost:3000/cb"]});
        assert_eq!(told(fine), Vec::<String>::new());
        let off = json!({"allowedOauthFlowsUserPoolClient": false, "allowedOauthFlows": ["code"], "callbackUrls": []});
        assert_eq!(told(off), ["allowedOauthFlows", "callbackUrls"]);
        let machine = json!({"allowedOauthFlowsUserPoolClient": true, "generateSecret": false,
            "allowedOauthFlows": ["client_credentials", "password"]});
        assert_eq!(told(machine), ["allowedOauthFlows[1]", "allowedOauthFlows"]);
    }

    #[test]
    fn urls_that_cognito_refuses_are_told() {
        let urls = json!({"callbackUrls": ["http://a.example.com", "https://a#b", "a"], "defaultRedirectUri": "https://c"});
        assert_eq!(
            told(urls),
            ["callbackUrls[0]", "callbackUrls[1]", "callbackUrls[2]", "defaultRedirectUri"]
        );
    }
}
