//! What CloudFront forwards to the origin.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    self, OriginRequestPolicyConfig, OriginRequestPolicyCookieBehavior, OriginRequestPolicyCookiesConfig,
    OriginRequestPolicyHeaderBehavior, OriginRequestPolicyHeadersConfig,
    OriginRequestPolicyQueryStringBehavior, OriginRequestPolicyQueryStringsConfig,
};

use super::cache_policy::NAME;
use super::names::{self, PolicyCookies, PolicyNames, PolicyQueryStrings};
use super::policies::{self, policy_calls};
use super::told;
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result, found};
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Function, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Model, Path, Value};

/// A CloudFront origin request policy: the values of a request that are forwarded to the origin, in
/// addition to those of the cache policy.
#[derive(Clone, Debug, Model)]
pub struct OriginRequestPolicyArgs {
    /// The comment on the policy.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
    /// The cookies.
    #[model(in_place)]
    pub cookies_config: PolicyCookies,
    /// The headers.
    #[model(in_place)]
    pub headers_config: RequestHeaders,
    /// The name of the policy, unique in the account.
    #[model(in_place, autoname)]
    pub name: String,
    /// The query strings.
    #[model(in_place)]
    pub query_strings_config: PolicyQueryStrings,
}

/// The headers that are forwarded.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RequestHeaders {
    /// The headers: none, those listed (`whitelist`), all of the viewer (`allViewer`), all of the viewer
    /// and those listed of CloudFront (`allViewerAndWhitelistCloudFront`), or all of the viewer but those
    /// listed (`allExcept`).
    #[model(default = "none", one_of = [
        "none",
        "whitelist",
        "allViewer",
        "allViewerAndWhitelistCloudFront",
        "allExcept",
    ])]
    pub header_behavior: String,
    /// The names of the headers, for the behaviors that list them.
    #[model(off = Value::is_off)]
    pub headers: Option<PolicyNames>,
}

/// The outputs of an origin request policy.
#[derive(Clone, Debug, Model)]
pub struct OriginRequestPolicyState {
    /// The ARN of the policy.
    pub arn: String,
    /// The version of the policy.
    #[model(in_place)]
    pub etag: String,
}

/// An origin request policy.
pub struct OriginRequestPolicy;

impl Kind for OriginRequestPolicy {
    const TOKEN: &'static str = "agentic:cloudfront:OriginRequestPolicy";
    const ID: &'static str =
        "the ID of the origin request policy, such as `216adef6-5c7f-47e4-b989-5492eafa07d3`";
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateOriginRequestPolicy",
            "cloudfront:ListOriginRequestPolicies",
            "cloudfront:GetOriginRequestPolicy",
        ],
        read: &["cloudfront:GetOriginRequestPolicy"],
        update: &["cloudfront:UpdateOriginRequestPolicy", "cloudfront:GetOriginRequestPolicy"],
        delete: &["cloudfront:DeleteOriginRequestPolicy", "cloudfront:GetOriginRequestPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const GLOBAL: bool = true;

    type Args = OriginRequestPolicyArgs;
    type State = OriginRequestPolicyState;

    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginRequestPolicyConfig.html>
    fn rules(args: &OriginRequestPolicyInputs, failures: &mut Failures) {
        let at = Path::from(OriginRequestPolicyArgs::COOKIES_CONFIG);
        names::check_cookies(&args.cookies_config, &at, failures);
        if let Some(headers) = args.headers_config.get() {
            let at = Path::from(OriginRequestPolicyArgs::HEADERS_CONFIG);
            names::check(&headers.header_behavior, &headers.headers, &at, RequestHeaders::HEADERS, failures);
        }
        let at = Path::from(OriginRequestPolicyArgs::QUERY_STRINGS_CONFIG);
        names::check_query_strings(&args.query_strings_config, &at, failures);
    }

    async fn create(cx: &Cx, args: &OriginRequestPolicyArgs) -> Result<String> {
        let is_wanted = |there: &OriginRequestPolicyConfig| Ok(alike(&from_aws(there)?, args));
        make_or_claim::<Self>(cx, &args.name, to_aws(args)?, is_wanted).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = get(cx, id).await? else { return Ok(None) };
        let arn = policies::arn(cx, &format!("origin-request-policy/{id}")).await?;
        Ok(Some(Live { args: from_aws(&there)?.into(), state: OriginRequestPolicyState { arn, etag } }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<OriginRequestPolicyArgs>) -> Result<()> {
        put(cx, id, to_aws(&update.new)?).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &OriginRequestPolicyArgs) -> Result<()> {
        remove(cx, id).await
    }
}

policy_calls!(
    "origin request policy", origin_request_policy, origin_request_policy_config: OriginRequestPolicyConfig,
    create_origin_request_policy get_origin_request_policy update_origin_request_policy
        delete_origin_request_policy list_origin_request_policies -> origin_request_policy_list
);

fn to_aws(args: &OriginRequestPolicyArgs) -> Result<OriginRequestPolicyConfig> {
    let cookies = OriginRequestPolicyCookiesConfig::builder()
        .cookie_behavior(OriginRequestPolicyCookieBehavior::from(
            args.cookies_config.cookie_behavior.as_str(),
        ))
        .set_cookies(names::cookies(args.cookies_config.cookies.as_ref())?);
    let headers = OriginRequestPolicyHeadersConfig::builder()
        .header_behavior(OriginRequestPolicyHeaderBehavior::from(
            args.headers_config.header_behavior.as_str(),
        ))
        .set_headers(names::headers(args.headers_config.headers.as_ref())?);
    let behavior = args.query_strings_config.query_string_behavior.as_str();
    let query_strings = OriginRequestPolicyQueryStringsConfig::builder()
        .query_string_behavior(OriginRequestPolicyQueryStringBehavior::from(behavior))
        .set_query_strings(names::query_strings(args.query_strings_config.query_strings.as_ref())?);
    Ok(OriginRequestPolicyConfig::builder()
        .comment(&args.comment)
        .name(&args.name)
        .cookies_config(cookies.build()?)
        .headers_config(headers.build()?)
        .query_strings_config(query_strings.build()?)
        .build()?)
}

fn from_aws(there: &OriginRequestPolicyConfig) -> Result<OriginRequestPolicyArgs> {
    let cookies = told(there.cookies_config(), "the cookies of the policy")?;
    let headers = told(there.headers_config(), "the headers of the policy")?;
    let strings = told(there.query_strings_config(), "the query strings of the policy")?;
    Ok(OriginRequestPolicyArgs {
        comment: there.comment.clone().unwrap_or_default(),
        cookies_config: PolicyCookies {
            cookie_behavior: cookies.cookie_behavior.as_str().to_owned(),
            cookies: cookies.cookies().and_then(|it| PolicyNames::of(it.items())),
        },
        headers_config: RequestHeaders {
            header_behavior: headers.header_behavior.as_str().to_owned(),
            headers: headers.headers().and_then(|it| PolicyNames::of(it.items())),
        },
        name: there.name.clone(),
        query_strings_config: PolicyQueryStrings {
            query_string_behavior: strings.query_string_behavior.as_str().to_owned(),
            query_strings: strings.query_strings().and_then(|it| PolicyNames::of(it.items())),
        },
    })
}

/// Gets the CloudFront origin request policy with the given ID or name, either managed by AWS or
/// owned by the account. It is an error if no policy matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetOriginRequestPolicyArgs {
    /// The ID of the policy.
    pub id: Option<String>,
    /// The name of the policy, such as `Managed-AllViewer`.
    pub name: Option<String>,
}

/// A CloudFront origin request policy.
#[derive(Clone, Debug, Model)]
pub struct GetOriginRequestPolicyResult {
    /// The ARN of the policy.
    pub arn: String,
    /// The comment on the policy.
    pub comment: String,
    /// The cookies, as a list with a single item.
    pub cookies_configs: Vec<names::CookiesFound>,
    /// The version of the policy.
    pub etag: String,
    /// The headers, as a list with a single item.
    pub headers_configs: Vec<names::HeadersFound>,
    /// The ID of the policy.
    pub id: String,
    /// The name of the policy.
    pub name: String,
    /// The query strings, as a list with a single item.
    pub query_strings_configs: Vec<names::QueryStringsFound>,
}

/// Finds an origin request policy.
pub struct GetOriginRequestPolicy;

impl Function for GetOriginRequestPolicy {
    const TOKEN: &'static str = "agentic:cloudfront:getOriginRequestPolicy";
    const ACTIONS: &'static [&'static str] =
        &["cloudfront:GetOriginRequestPolicy", "cloudfront:ListOriginRequestPolicies"];

    type Args = GetOriginRequestPolicyArgs;
    type Result = GetOriginRequestPolicyResult;

    fn rules(args: &GetOriginRequestPolicyInputs, failures: &mut Failures) {
        names::check_wish(&args.id, &args.name, GetOriginRequestPolicyArgs::NAME, failures);
    }

    async fn call(cx: &Cx, args: &GetOriginRequestPolicyArgs) -> Result<GetOriginRequestPolicyResult> {
        let missing = |wish: &str| policies::missing("origin request policy", wish);
        let id = match (&args.id, &args.name) {
            (None, Some(name)) => named(cx, name).await?.ok_or_else(|| missing(name))?,
            (id, _) => id.clone().unwrap_or_default(),
        };
        let (there, etag) = get(cx, &id).await?.ok_or_else(|| missing(&id))?;
        let there = from_aws(&there)?;
        Ok(GetOriginRequestPolicyResult {
            arn: policies::arn(cx, &format!("origin-request-policy/{id}")).await?,
            comment: there.comment,
            cookies_configs: vec![names::CookiesFound::of(there.cookies_config)],
            etag,
            headers_configs: vec![names::HeadersFound {
                header_behavior: there.headers_config.header_behavior,
                headers: there.headers_config.headers.into_iter().collect(),
            }],
            id,
            name: there.name,
            query_strings_configs: vec![names::QueryStringsFound::of(there.query_strings_config)],
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let fields = json!({
            "name": "for-the-api",
            "cookiesConfig": { "cookieBehavior": "all" },
            "headersConfig": { "headerBehavior": "allExcept", "headers": { "items": ["Host"] } },
            "queryStringsConfig": { "queryStringBehavior": "whitelist", "queryStrings": { "items": ["page"] } },
        });
        let mut failures = Failures::new();
        let input =
            OriginRequestPolicyArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        OriginRequestPolicy::rules(&input, &mut failures);
        let args = OriginRequestPolicyArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        assert!(failures.is_empty(), "{failures}");
        assert!(alike(&from_aws(&to_aws(&args).unwrap()).unwrap(), &args));
    }
}
