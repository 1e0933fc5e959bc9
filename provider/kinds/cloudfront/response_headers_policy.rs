//! Which headers CloudFront adds to answers, and takes out of them.

mod to_aws;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{self, ResponseHeadersPolicyConfig};

use super::cache_policy::NAME;
use super::names::PolicyNames;
use super::policies::{self, policy_calls};
use super::told;
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result, found};
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Model, Path, Value};

/// A CloudFront response headers policy: the headers that are added to responses or removed from them.
#[derive(Clone, Debug, Model)]
pub struct ResponseHeadersPolicyArgs {
    /// The comment on the policy.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
    /// The headers for cross-origin resource sharing (CORS). If omitted, no such headers are added.
    #[model(in_place)]
    pub cors_config: Option<CorsHeaders>,
    /// The custom headers to add. If omitted, no custom headers are added.
    #[model(in_place, off = Value::is_off)]
    pub custom_headers_config: Option<CustomHeaders>,
    /// The name of the policy, unique in the account.
    #[model(in_place, autoname)]
    pub name: String,
    /// The headers of the origin to remove. If omitted, no headers are removed.
    #[model(in_place, off = Value::is_off)]
    pub remove_headers_config: Option<RemovedHeaders>,
    /// The security headers, which protect viewers. If omitted, no such headers are added.
    #[model(in_place, off = Value::is_off)]
    pub security_headers_config: Option<SecurityHeaders>,
    /// The `Server-Timing` header, for measurements. If omitted, the header is not added.
    #[model(in_place)]
    pub server_timing_headers_config: Option<ServerTiming>,
}

/// The headers of cross-origin resource sharing.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CorsHeaders {
    /// Whether requests with credentials are allowed: `Access-Control-Allow-Credentials`.
    pub access_control_allow_credentials: bool,
    /// The headers that requests may have: `Access-Control-Allow-Headers`.
    pub access_control_allow_headers: PolicyNames,
    /// The methods of requests: `Access-Control-Allow-Methods`. `ALL` stands for all of them.
    pub access_control_allow_methods: CorsMethods,
    /// The origins of requests: `Access-Control-Allow-Origin`.
    pub access_control_allow_origins: PolicyNames,
    /// The headers that scripts may read: `Access-Control-Expose-Headers`.
    #[model(off = Value::is_off)]
    pub access_control_expose_headers: Option<PolicyNames>,
    /// The time that browsers may cache the response to a preflight request, in seconds.
    pub access_control_max_age_sec: Option<i64>,
    /// Whether the headers of the policy override those of the origin with the same names.
    pub origin_override: bool,
}

/// Methods of requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CorsMethods {
    /// The methods.
    #[model(set, one_of = ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "ALL"])]
    pub items: Vec<String>,
}

/// Custom headers.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CustomHeaders {
    /// The headers.
    #[model(set, default = [])]
    pub items: Vec<CustomHeader>,
}

/// A header that is added.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CustomHeader {
    /// The name of the header.
    #[model(length = 1..=128)]
    pub header: String,
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
    /// The value of the header.
    #[model(length = 1..=1783)]
    pub value: String,
}

/// Headers that are removed.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RemovedHeaders {
    /// The headers.
    #[model(set, default = [])]
    pub items: Vec<RemovedHeader>,
}

/// A header that is removed.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RemovedHeader {
    /// The name of the header.
    pub header: String,
}

/// The headers that protect viewers.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct SecurityHeaders {
    /// The `Content-Security-Policy` header.
    pub content_security_policy: Option<ContentSecurityPolicy>,
    /// The `X-Content-Type-Options` header, with `nosniff`.
    pub content_type_options: Option<ContentTypeOptions>,
    /// The `X-Frame-Options` header.
    pub frame_options: Option<FrameOptions>,
    /// The `Referrer-Policy` header.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// The `Strict-Transport-Security` header.
    pub strict_transport_security: Option<StrictTransportSecurity>,
    /// The `X-XSS-Protection` header.
    pub xss_protection: Option<XssProtection>,
}

/// The `Content-Security-Policy` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ContentSecurityPolicy {
    /// The value of the header.
    #[model(length = 1..=3000)]
    pub content_security_policy: String,
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
}

/// The `X-Content-Type-Options` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ContentTypeOptions {
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
}

/// The `X-Frame-Options` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct FrameOptions {
    /// The value of the header.
    #[model(one_of = ["DENY", "SAMEORIGIN"])]
    pub frame_option: String,
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
}

/// The `Referrer-Policy` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ReferrerPolicy {
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
    /// The value of the header.
    #[model(one_of = [
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    ])]
    pub referrer_policy: String,
}

/// The `Strict-Transport-Security` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct StrictTransportSecurity {
    /// The time that browsers use only HTTPS, in seconds: `max-age`.
    #[model(range = 0..=i32::MAX)]
    pub access_control_max_age_sec: i64,
    /// Whether the policy also applies to subdomains: `includeSubDomains`.
    #[model(default = false)]
    pub include_subdomains: bool,
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
    /// Whether the domain may be included in the preload lists of browsers: `preload`.
    #[model(default = false)]
    pub preload: bool,
}

/// The `X-XSS-Protection` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct XssProtection {
    /// Whether an unsafe page is blocked: `mode=block`. Conflicts with `reportUri`.
    #[model(default = false)]
    pub mode_block: bool,
    /// Whether the header overrides the header of the origin with the same name.
    pub r#override: bool,
    /// Whether the protection is enabled: `1` or `0`.
    pub protection: bool,
    /// The URI that unsafe pages are reported to: `report`. Conflicts with `modeBlock`.
    pub report_uri: Option<String>,
}

/// The `Server-Timing` header.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServerTiming {
    /// Whether the header is added.
    pub enabled: bool,
    /// The percentage of responses to which the header is added, with up to four decimal places.
    #[model(range = 0..=100)]
    pub sampling_rate: f64,
}

/// The outputs of a response headers policy.
#[derive(Clone, Debug, Model)]
pub struct ResponseHeadersPolicyState {
    /// The ARN of the policy.
    pub arn: String,
    /// The version of the policy.
    #[model(in_place)]
    pub etag: String,
}

/// A response headers policy.
pub struct ResponseHeadersPolicy;

impl Kind for ResponseHeadersPolicy {
    const TOKEN: &'static str = "agentic:cloudfront:ResponseHeadersPolicy";
    const ID: &'static str =
        "the ID of the response headers policy, such as `67f7725c-6f97-4210-82d7-5512b31e9d03`";
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateResponseHeadersPolicy",
            "cloudfront:ListResponseHeadersPolicies",
            "cloudfront:GetResponseHeadersPolicy",
        ],
        read: &["cloudfront:GetResponseHeadersPolicy"],
        update: &["cloudfront:UpdateResponseHeadersPolicy", "cloudfront:GetResponseHeadersPolicy"],
        delete: &["cloudfront:DeleteResponseHeadersPolicy", "cloudfront:GetResponseHeadersPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const GLOBAL: bool = true;

    type Args = ResponseHeadersPolicyArgs;
    type State = ResponseHeadersPolicyState;

    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicyXSSProtection.html>
    fn rules(args: &ResponseHeadersPolicyInputs, failures: &mut Failures) {
        let Some(xss) = args.security_headers_config.get().and_then(|it| it.xss_protection.get()) else {
            return;
        };
        let at = Path::from(ResponseHeadersPolicyArgs::SECURITY_HEADERS_CONFIG);
        let at = at.key(SecurityHeaders::XSS_PROTECTION);
        if xss.mode_block.get() == Some(&true) && xss.report_uri.is_set() {
            failures
                .add(at.key(XssProtection::REPORT_URI), "conflicts with modeBlock; give only one of them");
        }
    }

    async fn create(cx: &Cx, args: &ResponseHeadersPolicyArgs) -> Result<String> {
        let is_wanted = |there: &ResponseHeadersPolicyConfig| Ok(alike(&to_aws::read(there), args));
        make_or_claim::<Self>(cx, &args.name, to_aws::config(args)?, is_wanted).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = get(cx, id).await? else { return Ok(None) };
        let arn = policies::arn(cx, &format!("response-headers-policy/{id}")).await?;
        Ok(Some(Live { args: to_aws::read(&there).into(), state: ResponseHeadersPolicyState { arn, etag } }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ResponseHeadersPolicyArgs>) -> Result<()> {
        put(cx, id, to_aws::config(&update.new)?).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &ResponseHeadersPolicyArgs) -> Result<()> {
        remove(cx, id).await
    }
}

policy_calls!(
    "response headers policy",
    response_headers_policy,
    response_headers_policy_config: ResponseHeadersPolicyConfig,
    create_response_headers_policy get_response_headers_policy update_response_headers_policy
        delete_response_headers_policy list_response_headers_policies -> response_headers_policy_list
);
