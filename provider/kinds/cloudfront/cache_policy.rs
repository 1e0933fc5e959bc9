//! What CloudFront caches by, and for how long.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    self, CachePolicyConfig, CachePolicyCookieBehavior, CachePolicyCookiesConfig, CachePolicyHeaderBehavior,
    CachePolicyHeadersConfig, CachePolicyQueryStringBehavior, CachePolicyQueryStringsConfig,
    ParametersInCacheKeyAndForwardedToOrigin,
};

use super::names::{self, PolicyCookies, PolicyNames, PolicyQueryStrings};
use super::policies::{self, policy_calls};
use super::told;
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Function, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Model, Path, Value};

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html>
pub(super) const NAME: NameRule = NameRule { what: "policy", max: 128, ..PLAIN };

/// The most seconds that fit: about 68 years.
const MOST: i64 = i32::MAX as i64;

/// A CloudFront cache policy: the values of a request that form the cache key, and how long objects
/// are cached.
#[derive(Clone, Debug, Model)]
pub struct CachePolicyArgs {
    /// The comment on the policy.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
    /// The time in seconds that an object is cached if the origin does not specify one.
    #[model(in_place, default = 86_400, range = 0..=MOST)]
    pub default_ttl: i64,
    /// The maximum time that an object is cached, in seconds.
    #[model(in_place, default = 31_536_000, range = 0..=MOST)]
    pub max_ttl: i64,
    /// The minimum time that an object is cached, in seconds.
    #[model(in_place, default = 0, range = 0..=MOST)]
    pub min_ttl: i64,
    /// The name of the policy, unique in the account.
    #[model(in_place, autoname)]
    pub name: String,
    /// The values of a request that are part of the cache key, and are forwarded to the origin.
    #[model(in_place)]
    pub parameters_in_cache_key_and_forwarded_to_origin: CacheKey,
}

/// The values of a request that are part of the cache key.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CacheKey {
    /// The cookies.
    pub cookies_config: PolicyCookies,
    /// Whether objects are cached in the Brotli encoding as well.
    #[model(default = false)]
    pub enable_accept_encoding_brotli: bool,
    /// Whether objects are cached in the Gzip encoding as well.
    #[model(default = false)]
    pub enable_accept_encoding_gzip: bool,
    /// The headers.
    pub headers_config: CacheHeaders,
    /// The query strings.
    pub query_strings_config: PolicyQueryStrings,
}

/// The headers that are part of the cache key.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CacheHeaders {
    /// The headers: none, or those listed (`whitelist`).
    #[model(default = "none", one_of = ["none", "whitelist"])]
    pub header_behavior: String,
    /// The names of the headers, for `whitelist`.
    #[model(off = Value::is_off)]
    pub headers: Option<PolicyNames>,
}

/// The outputs of a cache policy.
#[derive(Clone, Debug, Model)]
pub struct CachePolicyState {
    /// The ARN of the policy.
    pub arn: String,
    /// The version of the policy.
    #[model(in_place)]
    pub etag: String,
}

/// A cache policy.
pub struct CachePolicy;

impl Kind for CachePolicy {
    const TOKEN: &'static str = "agentic:cloudfront:CachePolicy";
    const ID: &'static str = "the ID of the cache policy, such as `658327ea-f89d-4fab-a63d-7e88639e58f6`";
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateCachePolicy",
            "cloudfront:ListCachePolicies",
            "cloudfront:GetCachePolicy",
        ],
        read: &["cloudfront:GetCachePolicy"],
        update: &["cloudfront:UpdateCachePolicy", "cloudfront:GetCachePolicy"],
        delete: &["cloudfront:DeleteCachePolicy", "cloudfront:GetCachePolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const GLOBAL: bool = true;

    type Args = CachePolicyArgs;
    type State = CachePolicyState;

    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html>
    fn rules(args: &CachePolicyInputs, failures: &mut Failures) {
        if let (Some(min), Some(default)) = (args.min_ttl.get(), args.default_ttl.get())
            && min > default
        {
            failures
                .add(CachePolicyArgs::MIN_TTL, format!("is {min}; give at most the defaultTtl of {default}"));
        }
        if let (Some(default), Some(max)) = (args.default_ttl.get(), args.max_ttl.get())
            && default > max
        {
            failures
                .add(CachePolicyArgs::DEFAULT_TTL, format!("is {default}; give at most the maxTtl of {max}"));
        }
        let Some(key) = args.parameters_in_cache_key_and_forwarded_to_origin.get() else { return };
        let at = Path::from(CachePolicyArgs::PARAMETERS_IN_CACHE_KEY_AND_FORWARDED_TO_ORIGIN);
        names::check_cookies(&key.cookies_config, &at.key(CacheKey::COOKIES_CONFIG), failures);
        names::check_query_strings(
            &key.query_strings_config,
            &at.key(CacheKey::QUERY_STRINGS_CONFIG),
            failures,
        );
        if let Some(headers) = key.headers_config.get() {
            let at = at.key(CacheKey::HEADERS_CONFIG);
            names::check(&headers.header_behavior, &headers.headers, &at, CacheHeaders::HEADERS, failures);
        }
    }

    async fn create(cx: &Cx, args: &CachePolicyArgs) -> Result<String> {
        let is_wanted = |there: &CachePolicyConfig| Ok(alike(&from_aws(there)?, args));
        make_or_claim::<Self>(cx, &args.name, to_aws(args)?, is_wanted).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = get(cx, id).await? else { return Ok(None) };
        let arn = policies::arn(cx, &format!("cache-policy/{id}")).await?;
        Ok(Some(Live { args: from_aws(&there)?.into(), state: CachePolicyState { arn, etag } }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<CachePolicyArgs>) -> Result<()> {
        put(cx, id, to_aws(&update.new)?).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &CachePolicyArgs) -> Result<()> {
        remove(cx, id).await
    }
}

policy_calls!(
    "cache policy", cache_policy, cache_policy_config: CachePolicyConfig,
    create_cache_policy get_cache_policy update_cache_policy delete_cache_policy list_cache_policies
        -> cache_policy_list
);

fn to_aws(args: &CachePolicyArgs) -> Result<CachePolicyConfig> {
    let key = &args.parameters_in_cache_key_and_forwarded_to_origin;
    let cookies = CachePolicyCookiesConfig::builder()
        .cookie_behavior(CachePolicyCookieBehavior::from(key.cookies_config.cookie_behavior.as_str()))
        .set_cookies(names::cookies(key.cookies_config.cookies.as_ref())?);
    let headers = CachePolicyHeadersConfig::builder()
        .header_behavior(CachePolicyHeaderBehavior::from(key.headers_config.header_behavior.as_str()))
        .set_headers(names::headers(key.headers_config.headers.as_ref())?);
    let behavior = key.query_strings_config.query_string_behavior.as_str();
    let query_strings = CachePolicyQueryStringsConfig::builder()
        .query_string_behavior(CachePolicyQueryStringBehavior::from(behavior))
        .set_query_strings(names::query_strings(key.query_strings_config.query_strings.as_ref())?);
    let key = ParametersInCacheKeyAndForwardedToOrigin::builder()
        .enable_accept_encoding_brotli(key.enable_accept_encoding_brotli)
        .enable_accept_encoding_gzip(key.enable_accept_encoding_gzip)
        .cookies_config(cookies.build()?)
        .headers_config(headers.build()?)
        .query_strings_config(query_strings.build()?);
    Ok(CachePolicyConfig::builder()
        .comment(&args.comment)
        .default_ttl(args.default_ttl)
        .max_ttl(args.max_ttl)
        .min_ttl(args.min_ttl)
        .name(&args.name)
        .parameters_in_cache_key_and_forwarded_to_origin(key.build()?)
        .build()?)
}

fn from_aws(there: &CachePolicyConfig) -> Result<CachePolicyArgs> {
    let key = told(there.parameters_in_cache_key_and_forwarded_to_origin(), "the cache key")?;
    let cookies = told(key.cookies_config(), "the cookies of the cache key")?;
    let headers = told(key.headers_config(), "the headers of the cache key")?;
    let strings = told(key.query_strings_config(), "the query strings of the cache key")?;
    Ok(CachePolicyArgs {
        comment: there.comment.clone().unwrap_or_default(),
        default_ttl: there.default_ttl.unwrap_or(86_400),
        max_ttl: there.max_ttl.unwrap_or(31_536_000),
        min_ttl: there.min_ttl,
        name: there.name.clone(),
        parameters_in_cache_key_and_forwarded_to_origin: CacheKey {
            cookies_config: PolicyCookies {
                cookie_behavior: cookies.cookie_behavior.as_str().to_owned(),
                cookies: cookies.cookies().and_then(|it| PolicyNames::of(it.items())),
            },
            enable_accept_encoding_brotli: key.enable_accept_encoding_brotli.unwrap_or_default(),
            enable_accept_encoding_gzip: key.enable_accept_encoding_gzip,
            headers_config: CacheHeaders {
                header_behavior: headers.header_behavior.as_str().to_owned(),
                headers: headers.headers().and_then(|it| PolicyNames::of(it.items())),
            },
            query_strings_config: PolicyQueryStrings {
                query_string_behavior: strings.query_string_behavior.as_str().to_owned(),
                query_strings: strings.query_strings().and_then(|it| PolicyNames::of(it.items())),
            },
        },
    })
}

/// Gets the CloudFront cache policy with the given ID or name, either managed by AWS or owned by
/// the account. It is an error if no policy matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetCachePolicyArgs {
    /// The ID of the policy.
    pub id: Option<String>,
    /// The name of the policy, such as `Managed-CachingOptimized`.
    pub name: Option<String>,
}

/// A CloudFront cache policy.
#[derive(Clone, Debug, Model)]
pub struct GetCachePolicyResult {
    /// The ARN of the policy.
    pub arn: String,
    /// The comment on the policy.
    pub comment: String,
    /// The time in seconds that an object is cached if the origin does not specify one.
    pub default_ttl: i64,
    /// The version of the policy.
    pub etag: String,
    /// The ID of the policy.
    pub id: String,
    /// The maximum time that an object is cached, in seconds.
    pub max_ttl: i64,
    /// The minimum time that an object is cached, in seconds.
    pub min_ttl: i64,
    /// The name of the policy.
    pub name: String,
    /// The values of a request that are part of the cache key, as a list with a single item.
    pub parameters_in_cache_key_and_forwarded_to_origins: Vec<CacheKeyFound>,
}

/// The values of a request that are part of the cache key.
#[derive(Clone, Debug, Model)]
pub struct CacheKeyFound {
    /// The cookies, as a list with a single item.
    pub cookies_configs: Vec<names::CookiesFound>,
    /// Whether objects are cached in the Brotli encoding as well.
    pub enable_accept_encoding_brotli: bool,
    /// Whether objects are cached in the Gzip encoding as well.
    pub enable_accept_encoding_gzip: bool,
    /// The headers, as a list with a single item.
    pub headers_configs: Vec<names::HeadersFound>,
    /// The query strings, as a list with a single item.
    pub query_strings_configs: Vec<names::QueryStringsFound>,
}

/// Finds a cache policy.
pub struct GetCachePolicy;

impl Function for GetCachePolicy {
    const TOKEN: &'static str = "agentic:cloudfront:getCachePolicy";
    const ACTIONS: &'static [&'static str] = &["cloudfront:GetCachePolicy", "cloudfront:ListCachePolicies"];

    type Args = GetCachePolicyArgs;
    type Result = GetCachePolicyResult;

    fn rules(args: &GetCachePolicyInputs, failures: &mut Failures) {
        names::check_wish(&args.id, &args.name, GetCachePolicyArgs::NAME, failures);
    }

    async fn call(cx: &Cx, args: &GetCachePolicyArgs) -> Result<GetCachePolicyResult> {
        let id = match (&args.id, &args.name) {
            (None, Some(name)) => {
                named(cx, name).await?.ok_or_else(|| policies::missing("cache policy", name))?
            }
            (id, _) => id.clone().unwrap_or_default(),
        };
        let (there, etag) = get(cx, &id).await?.ok_or_else(|| policies::missing("cache policy", &id))?;
        let there = from_aws(&there)?;
        let key = there.parameters_in_cache_key_and_forwarded_to_origin;
        Ok(GetCachePolicyResult {
            arn: policies::arn(cx, &format!("cache-policy/{id}")).await?,
            comment: there.comment,
            default_ttl: there.default_ttl,
            etag,
            id,
            max_ttl: there.max_ttl,
            min_ttl: there.min_ttl,
            name: there.name,
            parameters_in_cache_key_and_forwarded_to_origins: vec![CacheKeyFound {
                cookies_configs: vec![names::CookiesFound::of(key.cookies_config)],
                enable_accept_encoding_brotli: key.enable_accept_encoding_brotli,
                enable_accept_encoding_gzip: key.enable_accept_encoding_gzip,
                headers_configs: vec![names::HeadersFound {
                    header_behavior: key.headers_config.header_behavior,
                    headers: key.headers_config.headers.into_iter().collect(),
                }],
                query_strings_configs: vec![names::QueryStringsFound::of(key.query_strings_config)],
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn input(args: serde_json::Value) -> CachePolicyInputs {
        CachePolicyArgs::read(Value::from_json(&args).as_object().unwrap(), &mut Failures::new())
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let input = input(json!({
            "name": "by-language",
            "comment": "By language",
            "minTtl": 1,
            "defaultTtl": 60,
            "maxTtl": 600,
            "parametersInCacheKeyAndForwardedToOrigin": {
                "cookiesConfig": { "cookieBehavior": "allExcept", "cookies": { "items": ["session"] } },
                "enableAcceptEncodingGzip": true,
                "headersConfig": { "headerBehavior": "whitelist", "headers": { "items": ["Accept-Language"] } },
                "queryStringsConfig": { "queryStringBehavior": "all" },
            },
        }));
        let mut failures = Failures::new();
        let args = CachePolicyArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        assert!(alike(&from_aws(&to_aws(&args).unwrap()).unwrap(), &args));
    }

    #[test]
    fn lists_and_times_go_together() {
        let key = json!({
            "cookiesConfig": { "cookieBehavior": "whitelist" },
            "headersConfig": { "headers": { "items": ["Accept"] } },
            "queryStringsConfig": { "queryStringBehavior": "none", "queryStrings": { "items": [] } },
        });
        let args = json!({
            "name": "a", "minTtl": 10, "defaultTtl": 5, "maxTtl": 1,
            "parametersInCacheKeyAndForwardedToOrigin": key,
        });
        let mut failures = Failures::new();
        CachePolicy::rules(&input(args), &mut failures);
        let told: Vec<String> = failures.iter().map(|failure| failure.path.to_string()).collect();
        let of = |rest: &str| format!("parametersInCacheKeyAndForwardedToOrigin.{rest}");
        let expected = [
            "minTtl".to_owned(),
            "defaultTtl".to_owned(),
            of("cookiesConfig.cookies"),
            of("headersConfig.headers"),
        ];
        assert_eq!(told, expected);
    }
}
