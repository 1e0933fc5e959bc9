//! Cache behaviours: what CloudFront does with requests.

use aws_sdk_cloudfront::types::{
    self, AllowedMethods, CachedMethods, EventType, FunctionAssociations, LambdaFunctionAssociations, Method,
    TrustedKeyGroups, TrustedSigners, ViewerProtocolPolicy,
};

use super::super::quantity;
use super::forwarded;
use crate::aws::error::Result;
use crate::model::{Failures, In, Model, Path, Value};

/// AWS's own policy that caches for a day and by the path alone: `CachingOptimized`.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/// What there is when no methods are given.
const READING: [&str; 2] = ["GET", "HEAD"];

/// The sets of methods that CloudFront takes; it caches the answers to the first two.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html>
const METHODS: [&[&str]; 3] =
    [&READING, &["GET", "HEAD", "OPTIONS"], &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]];

/// A cache behavior of a distribution.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CacheBehavior {
    /// The HTTP methods that CloudFront forwards to the origin: `GET` and `HEAD`; `GET`, `HEAD` and
    /// `OPTIONS`; or all seven. Defaults to `GET` and `HEAD`.
    #[model(
        same = same_methods,
        default = [],
        one_of = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    )]
    pub allowed_methods: Vec<String>,
    /// The ID of the cache policy. Defaults to the AWS managed policy `CachingOptimized`, unless
    /// there are `forwardedValues`.
    #[model(off = is_usual)]
    pub cache_policy_id: Option<String>,
    /// The HTTP methods whose responses CloudFront caches: `GET` and `HEAD`, or these and
    /// `OPTIONS`. Defaults to `GET` and `HEAD`.
    #[model(same = same_methods, default = [], one_of = ["GET", "HEAD", "OPTIONS"])]
    pub cached_methods: Vec<String>,
    /// Whether CloudFront compresses content for viewers that accept compressed content.
    #[model(default = false)]
    pub compress: bool,
    /// The time in seconds that an object is cached if the origin does not specify one. Applies
    /// only with `forwardedValues`. Defaults to 86400 (1 day).
    #[model(aws_default, range = 0..=MOST_SECONDS)]
    pub default_ttl: Option<i64>,
    /// The values of a request that are part of the cache key and are forwarded to the origin: the
    /// legacy alternative to cache policies. Conflicts with `cachePolicyId` and
    /// `originRequestPolicyId`.
    pub forwarded_values: Option<ForwardedValues>,
    /// The CloudFront functions that run on requests and responses, at most one for each event
    /// type.
    #[model(set, default = [], length = 0..=2)]
    pub function_associations: Vec<FunctionAssociation>,
    /// The Lambda@Edge functions that run on requests and responses, at most one for each event type.
    #[model(set, default = [], length = 0..=4)]
    pub lambda_function_associations: Vec<LambdaAssociation>,
    /// The maximum time that an object is cached, in seconds. Applies only with `forwardedValues`.
    /// Defaults to 31536000 (365 days).
    #[model(aws_default, range = 0..=MOST_SECONDS)]
    pub max_ttl: Option<i64>,
    /// The minimum time that an object is cached, in seconds. Applies only with `forwardedValues`.
    /// Defaults to 0.
    #[model(aws_default, range = 0..=MOST_SECONDS)]
    pub min_ttl: Option<i64>,
    /// The ID of the origin request policy: the values of a request that CloudFront forwards to the
    /// origin, in addition to those of the cache policy.
    pub origin_request_policy_id: Option<String>,
    /// The ID of the response headers policy: the headers that CloudFront adds to or removes from
    /// responses.
    pub response_headers_policy_id: Option<String>,
    /// The `originId` of the origin that requests are forwarded to.
    pub target_origin_id: String,
    /// The handling of HTTP requests from viewers: serve them, redirect them to HTTPS, or refuse
    /// them.
    #[model(default = "redirect-to-https", one_of = ["redirect-to-https", "https-only", "allow-all"])]
    pub viewer_protocol_policy: String,
}

/// A cache behavior of a distribution for the requests that match a path pattern.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct OrderedCacheBehavior {
    #[model(flatten)]
    pub behavior: CacheBehavior,
    /// The path pattern of the requests, such as `/api/*`: `*` matches any characters, and `?`
    /// exactly one.
    #[model(length = 1..=255)]
    pub path_pattern: String,
}

/// A CloudFront function that runs on requests or responses.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct FunctionAssociation {
    /// The event type on which the function runs.
    #[model(one_of = ["viewer-request", "viewer-response"])]
    pub event_type: String,
    /// The ARN of the CloudFront function.
    pub function_arn: String,
}

/// A Lambda@Edge function that runs on requests or responses.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LambdaAssociation {
    /// The event type on which the function runs.
    #[model(one_of = ["viewer-request", "viewer-response", "origin-request", "origin-response"])]
    pub event_type: String,
    /// Whether the function receives the body of requests.
    #[model(default = false)]
    pub include_body: bool,
    /// The ARN of a version of the function, including the version number. It must be in us-east-1.
    #[model(check = check_lambda)]
    pub lambda_arn: String,
}

/// The values of a request that are part of the cache key and are forwarded to the origin.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ForwardedValues {
    /// The cookies.
    pub cookies: ForwardedCookies,
    /// The names of the headers. With `*`, all headers are forwarded and nothing is cached.
    #[model(set, default = [])]
    pub headers: Vec<String>,
    /// Whether query strings are forwarded.
    pub query_string: bool,
    /// The names of the query string parameters that are part of the cache key. Defaults to all
    /// parameters if `queryString` is `true`.
    #[model(set, default = [])]
    pub query_string_cache_keys: Vec<String>,
}

/// The cookies that are part of the cache key and are forwarded to the origin.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ForwardedCookies {
    /// The cookies: all, none, or those listed (`whitelist`).
    #[model(one_of = ["all", "none", "whitelist"])]
    pub forward: String,
    /// The names of the cookies, for `whitelist`.
    #[model(set, default = [])]
    pub whitelisted_names: Vec<String>,
}

/// The most seconds that fit.
const MOST_SECONDS: i64 = i32::MAX as i64;

/// What is there without a word of a cache policy.
fn is_usual(policy: &Value) -> bool {
    policy.as_str() == Some(CACHING_OPTIMIZED)
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html>
fn check_lambda(arn: &str) -> Result<(), String> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "lambda", "us-east-1", _, "function", _, version] if version.parse::<u32>().is_ok() => {
            Ok(())
        }
        ["arn", _, "lambda", region, _, "function", ..] if *region != "us-east-1" => {
            Err(format!("is a function in {region}; CloudFront requires one in us-east-1"))
        }
        _ => Err(format!("is {arn:?}; give the ARN of a version, such as the function's qualifiedArn")),
    }
}

impl CacheBehavior {
    /// Notes methods that do not go together.
    pub(super) fn check(input: &CacheBehaviorInput, at: &Path, failures: &mut Failures) {
        check_methods(&input.allowed_methods, &METHODS, &at.key(Self::ALLOWED_METHODS), failures);
        check_methods(&input.cached_methods, &METHODS[..2], &at.key(Self::CACHED_METHODS), failures);
        forwarded::check(input, at, failures);
    }
}

impl OrderedCacheBehavior {
    pub(super) fn from_aws(there: &types::CacheBehavior) -> Self {
        OrderedCacheBehavior { behavior: there.told(), path_pattern: there.path_pattern.clone() }
    }

    /// This, laid over what there is, or over a behavior without anything.
    pub(super) fn over(&self, there: Option<types::CacheBehavior>) -> Result<types::CacheBehavior> {
        let there = there.map_or_else(|| Sdk::bare(&self.behavior), Ok)?;
        let mut made = there.under(&self.behavior)?;
        made.path_pattern.clone_from(&self.path_pattern);
        Ok(made)
    }
}

/// The two types of the SDK for a behavior, which differ in the path alone.
pub(super) trait Sdk: Sized {
    /// The behavior as arguments say it.
    fn told(&self) -> CacheBehavior;
    /// One with what CloudFront wants said of it, for [`Self::under`].
    fn bare(behavior: &CacheBehavior) -> Result<Self>;
    /// This with a behavior laid over it.
    fn under(self, behavior: &CacheBehavior) -> Result<Self>;
}

macro_rules! sdk {
    ($aws:ident $(, $path:ident)?) => {
        impl Sdk for types::$aws {
            #[allow(deprecated)]
            fn told(&self) -> CacheBehavior {
                let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
                let texts = |methods: &[Method]| methods.iter().map(|method| method.as_str().to_owned()).collect();
                let methods = self.allowed_methods();
                let cached = methods.and_then(|methods| methods.cached_methods());
                let functions = self.function_associations().map(|functions| functions.items());
                let function = |function: &types::FunctionAssociation| FunctionAssociation {
                    event_type: function.event_type().as_str().to_owned(),
                    function_arn: function.function_arn().to_owned(),
                };
                let lambdas = self.lambda_function_associations().map(|lambdas| lambdas.items());
                let lambda = |lambda: &types::LambdaFunctionAssociation| LambdaAssociation {
                    event_type: lambda.event_type.as_str().to_owned(),
                    include_body: lambda.include_body.unwrap_or_default(),
                    lambda_arn: lambda.lambda_function_arn.clone(),
                };
                let values = self.forwarded_values();
                let ttl = values.map(|_| ());
                CacheBehavior {
                    allowed_methods: methods.map(|methods| texts(methods.items())).unwrap_or_default(),
                    cache_policy_id: some(&self.cache_policy_id),
                    cached_methods: cached.map(|cached| texts(cached.items())).unwrap_or_default(),
                    compress: self.compress.unwrap_or_default(),
                    default_ttl: ttl.and(self.default_ttl),
                    forwarded_values: values.map(ForwardedValues::from_aws),
                    function_associations: functions.unwrap_or_default().iter().map(function).collect(),
                    lambda_function_associations: lambdas.unwrap_or_default().iter().map(lambda).collect(),
                    max_ttl: ttl.and(self.max_ttl),
                    min_ttl: ttl.and(self.min_ttl),
                    origin_request_policy_id: some(&self.origin_request_policy_id),
                    response_headers_policy_id: some(&self.response_headers_policy_id),
                    target_origin_id: self.target_origin_id.clone(),
                    viewer_protocol_policy: self.viewer_protocol_policy.as_str().to_owned(),
                }
            }

            fn bare(behavior: &CacheBehavior) -> Result<Self> {
                Ok(types::$aws::builder()
                    $(.$path(""))?
                    .target_origin_id(&behavior.target_origin_id)
                    .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps)
                    .smooth_streaming(false)
                    .field_level_encryption_id("")
                    .lambda_function_associations(LambdaFunctionAssociations::builder().quantity(0).build()?)
                    .trusted_signers(TrustedSigners::builder().enabled(false).quantity(0).build()?)
                    .trusted_key_groups(TrustedKeyGroups::builder().enabled(false).quantity(0).build()?)
                    .build()?)
            }

            fn under(mut self, behavior: &CacheBehavior) -> Result<Self> {
                let functions = behavior.function_associations.iter().map(|function| {
                    types::FunctionAssociation::builder()
                        .event_type(EventType::from(function.event_type.as_str()))
                        .function_arn(&function.function_arn)
                        .build()
                });
                let functions: Vec<_> = functions.collect::<Result<_, _>>()?;
                self.allowed_methods = Some(methods(&behavior.allowed_methods, &behavior.cached_methods)?);
                self.compress = Some(behavior.compress);
                self.function_associations = Some(
                    FunctionAssociations::builder()
                        .quantity(quantity(&functions))
                        .set_items(Some(functions).filter(|items| !items.is_empty()))
                        .build()?,
                );
                self.origin_request_policy_id = behavior.origin_request_policy_id.clone();
                self.response_headers_policy_id = behavior.response_headers_policy_id.clone();
                self.target_origin_id = behavior.target_origin_id.clone();
                self.viewer_protocol_policy = ViewerProtocolPolicy::from(behavior.viewer_protocol_policy.as_str());
                self.lambda_function_associations = Some(lambdas(&behavior.lambda_function_associations)?);
                // A policy takes the place of these; CloudFront refuses both together.
                #[allow(deprecated)]
                match &behavior.forwarded_values {
                    Some(values) => {
                        self.cache_policy_id = None;
                        self.forwarded_values = Some(values.to_aws()?);
                        self.min_ttl = behavior.min_ttl.or(self.min_ttl).or(Some(0));
                        self.default_ttl = behavior.default_ttl.or(self.default_ttl);
                        self.max_ttl = behavior.max_ttl.or(self.max_ttl);
                    }
                    None => {
                        let usual = || CACHING_OPTIMIZED.to_owned();
                        self.cache_policy_id = Some(behavior.cache_policy_id.clone().unwrap_or_else(usual));
                        self.forwarded_values = None;
                        (self.min_ttl, self.default_ttl, self.max_ttl) = (None, None, None);
                    }
                }
                Ok(self)
            }
        }
    };
}

sdk!(DefaultCacheBehavior);
sdk!(CacheBehavior, path_pattern);

fn lambdas(wanted: &[LambdaAssociation]) -> Result<LambdaFunctionAssociations> {
    let lambda = |lambda: &LambdaAssociation| {
        types::LambdaFunctionAssociation::builder()
            .event_type(EventType::from(lambda.event_type.as_str()))
            .include_body(lambda.include_body)
            .lambda_function_arn(&lambda.lambda_arn)
            .build()
    };
    let all: Vec<_> = wanted.iter().map(lambda).collect::<Result<_, _>>()?;
    let built = LambdaFunctionAssociations::builder().quantity(quantity(&all));
    Ok(built.set_items(Some(all).filter(|all| !all.is_empty())).build()?)
}

fn methods(allowed: &[String], cached: &[String]) -> Result<AllowedMethods> {
    let all = |given: &[String]| -> Vec<Method> {
        match given.is_empty() {
            true => READING.into_iter().map(Method::from).collect(),
            false => given.iter().map(|method| Method::from(method.as_str())).collect(),
        }
    };
    let (allowed, cached) = (all(allowed), all(cached));
    let cached = CachedMethods::builder().quantity(quantity(&cached)).set_items(Some(cached)).build()?;
    let methods = AllowedMethods::builder().quantity(quantity(&allowed)).set_items(Some(allowed));
    Ok(methods.cached_methods(cached).build()?)
}

/// Whether two lists are the same set of methods; none are those that only read.
fn same_methods(actual: &Value, wanted: &Value) -> bool {
    let set = |value: &Value| {
        let Value::Array(items) = value else { return None };
        let mut texts: Vec<String> =
            items.iter().filter_map(|item| Some(item.peel().as_str()?.to_owned())).collect();
        if texts.is_empty() {
            texts = READING.map(str::to_owned).to_vec();
        }
        texts.sort();
        Some(texts)
    };
    set(actual).is_some_and(|actual| Some(actual) == set(wanted))
}

fn check_methods(given: &In<Vec<In<String>>>, sets: &[&[&str]], at: &Path, failures: &mut Failures) {
    let Some(given) = given.get().filter(|given| !given.is_empty()) else { return };
    let mut known = Vec::new();
    for method in given {
        let Some(method) = method.get() else { return };
        known.push(method.as_str());
    }
    known.sort_unstable();
    if !sets.contains(&known.as_slice()) {
        let sets: Vec<String> = sets.iter().map(|set| set.join(", ")).collect();
        failures.add(at.clone(), format!("is {}; give {}", known.join(", "), sets.join("; or ")));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn behavior(of: serde_json::Value) -> OrderedCacheBehavior {
        let mut failures = Failures::new();
        let fields = Value::from_json(&of).as_object().unwrap().clone();
        let input = OrderedCacheBehavior::read(&fields, &mut failures);
        let made = OrderedCacheBehavior::settle_fields(&input, &Path::root(), &mut failures);
        assert!(failures.is_empty(), "{failures}");
        made.unwrap()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let full = behavior(json!({
            "pathPattern": "/api/*",
            "targetOriginId": "api",
            "allowedMethods": METHODS[2],
            "cachedMethods": METHODS[1],
            "cachePolicyId": "p",
            "originRequestPolicyId": "q",
            "responseHeadersPolicyId": "r",
            "compress": true,
            "viewerProtocolPolicy": "https-only",
            "functionAssociations": [{"eventType": "viewer-request", "functionArn": "arn:f"}],
        }));
        let sent = full.over(None).unwrap();
        assert_eq!(OrderedCacheBehavior::from_aws(&sent), full);
    }

    #[test]
    fn what_is_not_known_here_stays_and_legacy_caching_goes() {
        let plain = behavior(json!({"pathPattern": "/a", "targetOriginId": "b"}));
        let mut there: types::CacheBehavior = Sdk::bare(&plain.behavior).unwrap();
        there.field_level_encryption_id = Some("keep".to_owned());
        #[allow(deprecated)]
        {
            there.min_ttl = Some(60);
        }
        let sent = plain.over(Some(there)).unwrap();
        assert_eq!(sent.field_level_encryption_id(), Some("keep"));
        #[allow(deprecated)]
        let ttl = sent.min_ttl;
        assert_eq!((ttl, sent.cache_policy_id()), (None, Some(CACHING_OPTIMIZED)));
        let methods = sent.allowed_methods().unwrap();
        assert_eq!(methods.items(), [Method::Get, Method::Head]);
    }

    #[test]
    fn methods_come_in_sets() {
        let value = |methods: &[&str]| Value::from_json(&json!(methods));
        assert!(same_methods(&value(&["HEAD", "GET"]), &value(&[])));
        assert!(!same_methods(&value(&["HEAD", "GET"]), &value(METHODS[1])));
        let problems = |methods: &[&str], sets: &[&[&str]]| {
            let mut failures = Failures::new();
            let given = In::list(methods.iter().map(|method| In::known((*method).to_owned())));
            check_methods(&given, sets, &Path::root().key("allowedMethods"), &mut failures);
            failures.iter().count()
        };
        assert_eq!(problems(&["HEAD", "GET"], &METHODS), 0);
        assert_eq!(problems(&["GET", "POST"], &METHODS), 1);
        assert_eq!(problems(METHODS[2], &METHODS[..2]), 1);
    }
}
