//! Look-ups of repositories, and of what Docker logs in with.

use std::collections::BTreeMap;

use aws_sdk_ecr::Client;
use aws_smithy_types::base64;
use aws_smithy_types::date_time::Format;

use super::Repository;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::unsupported::{Unsupported, without};
use crate::kinds::{Function, LookUp};
use crate::model::Model;

/// Gets an ECR repository by its name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRepositoryArgs {
    /// The name of the repository.
    pub name: String,
    /// The tags that the repository must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a repository.
pub struct GetRepository;

impl LookUp for GetRepository {
    const TOKEN: &'static str = "agentic:ecr:getRepository";
    const WHAT: &'static str = "ECR repository";

    const UNSUPPORTED: &'static [Unsupported] =
        &[without("registryId", "the registry is always that of the account; leave it out")];

    type Kind = Repository;
    type Args = GetRepositoryArgs;

    async fn find(_cx: &Cx, args: &GetRepositoryArgs) -> Result<Vec<String>> {
        Ok(vec![args.name.clone()])
    }
}

/// Gets a user name and a password with which Docker can pull from and push to ECR for 12 hours,
/// with the permissions of the provider's credentials.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetAuthorizationTokenArgs {
    /// The ID of the account of the registry. Defaults to the account of the credentials.
    pub registry_id: Option<String>,
}

/// What Docker logs in with.
#[derive(Clone, Model)]
pub struct GetAuthorizationTokenResult {
    /// The user name and the password, joined by a colon, in Base64.
    #[model(secret)]
    pub authorization_token: String,
    /// The date and time when the password expires.
    pub expires_at: String,
    /// The AWS region of the registry.
    pub id: String,
    /// The password.
    #[model(secret)]
    pub password: String,
    /// The address of the registry.
    pub proxy_endpoint: String,
    /// The ID of the account of the registry, if it was specified.
    pub registry_id: Option<String>,
    /// The user name.
    pub user_name: String,
}

/// Asks for what Docker logs in with.
pub struct GetAuthorizationToken;

impl Function for GetAuthorizationToken {
    const TOKEN: &'static str = "agentic:ecr:getAuthorizationToken";
    const ACTIONS: &'static [&'static str] = &["ecr:GetAuthorizationToken"];

    type Args = GetAuthorizationTokenArgs;
    type Result = GetAuthorizationTokenResult;

    async fn call(cx: &Cx, args: &GetAuthorizationTokenArgs) -> Result<GetAuthorizationTokenResult> {
        token(cx, args.registry_id.clone()).await
    }
}

/// Gets a user name and a password with which Docker can pull from and push to a registry of ECR for
/// 12 hours. `getAuthorizationToken` does the same.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetCredentialsArgs {
    /// The ID of the account of the registry.
    pub registry_id: String,
}

/// Asks for what Docker logs in with at a registry.
pub struct GetCredentials;

impl Function for GetCredentials {
    const TOKEN: &'static str = "agentic:ecr:getCredentials";
    const ACTIONS: &'static [&'static str] = &["ecr:GetAuthorizationToken"];

    type Args = GetCredentialsArgs;
    type Result = GetAuthorizationTokenResult;

    async fn call(cx: &Cx, args: &GetCredentialsArgs) -> Result<GetAuthorizationTokenResult> {
        token(cx, Some(args.registry_id.clone())).await
    }
}

async fn token(cx: &Cx, registry: Option<String>) -> Result<GetAuthorizationTokenResult> {
    let call = cx.client::<Client>()?.get_authorization_token();
    // AWS still reads the account here, though a token is good for every registry that allows it.
    #[allow(deprecated)]
    let answer = call.set_registry_ids(registry.clone().map(|id| vec![id])).send().await?;
    let missing = || Error::new(ErrorKind::Other, "ECR answered without an authorization token");
    let data = answer.authorization_data.unwrap_or_default().into_iter().next().ok_or_else(missing)?;
    let token = data.authorization_token.unwrap_or_default();
    let plain = base64::decode(&token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (user_name, password) = plain.as_deref().and_then(|text| text.split_once(':')).ok_or_else(missing)?;
    Ok(GetAuthorizationTokenResult {
        expires_at: data.expires_at.and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_default(),
        id: cx.region().unwrap_or_default().to_owned(),
        password: password.to_owned(),
        proxy_endpoint: data.proxy_endpoint.unwrap_or_default(),
        registry_id: registry,
        user_name: user_name.to_owned(),
        authorization_token: token,
    })
}
