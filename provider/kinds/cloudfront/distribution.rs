//! A distribution: CloudFront in front of buckets and web servers.

mod behavior;
mod forwarded;
mod origin;
mod rules;
mod to_aws;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::BuildError;
use aws_sdk_cloudfront::types::{self, DistributionConfig, DistributionConfigWithTags, Tag, TagKeys, Tags};

pub use behavior::*;
pub use origin::*;

use super::told;
use crate::aws::clients::partition;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::{Standing, as_pairs};
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{self, Actions, Kind, Live, Named, TaggedBy, Tagging, Update, adopt, only_one};
use crate::model::{Failures, Model};

/// The oldest TLS that viewers may speak where nothing else is said.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html>
const MINIMUM_PROTOCOL: &str = "TLSv1.2_2021";

/// A CloudFront distribution: serves the content of buckets and web servers from edge locations
/// close to the viewers.
#[derive(Clone, Debug, Model)]
pub struct DistributionArgs {
    /// The alternate domain names of the distribution, in addition to the domain name that
    /// CloudFront assigns. They require a certificate.
    #[model(in_place, set, default = [])]
    pub aliases: Vec<String>,
    /// The description of the distribution.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
    /// The custom responses to HTTP errors of the origin. Their order does not matter.
    #[model(in_place, set, default = [])]
    pub custom_error_responses: Vec<DistributionCustomErrorResponse>,
    /// The cache behavior for requests that match none of `orderedCacheBehaviors`.
    #[model(in_place)]
    pub default_cache_behavior: CacheBehavior,
    /// The object that CloudFront returns for a request for the root URL `/`, such as `index.html`.
    #[model(in_place, default = "", check = rules::check_root)]
    pub default_root_object: String,
    /// Whether the distribution accepts requests from viewers.
    #[model(in_place, default = true)]
    pub enabled: bool,
    /// The latest HTTP version that viewers can use. Earlier versions are always supported.
    #[model(in_place, default = "http2", one_of = ["http1.1", "http2", "http2and3", "http3"])]
    pub http_version: String,
    /// Whether IPv6 is enabled for the distribution.
    #[model(in_place, default = false)]
    pub is_ipv6_enabled: bool,
    /// The destination of access logs. If omitted, no access logs are written.
    #[model(in_place)]
    pub logging_config: Option<DistributionLoggingConfig>,
    /// The cache behaviors for path patterns, in order of precedence: CloudFront uses the first
    /// that matches a request.
    #[model(in_place, default = [])]
    pub ordered_cache_behaviors: Vec<OrderedCacheBehavior>,
    /// The origins from which CloudFront gets the content. Their order does not matter.
    #[model(in_place, set)]
    pub origins: Vec<DistributionOrigin>,
    /// The price class, which limits the edge locations: all, all except the most expensive, or
    /// only the least expensive.
    #[model(in_place, default = "PriceClass_All", one_of = [
        "PriceClass_All",
        "PriceClass_200",
        "PriceClass_100",
        "None",
    ])]
    pub price_class: String,
    /// The geographic restrictions. If omitted, content is served to all countries.
    #[model(in_place, default = {})]
    pub restrictions: DistributionRestrictions,
    /// The tags of the distribution.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The TLS certificate of the distribution. Defaults to the default CloudFront certificate,
    /// which is valid for the domain name that CloudFront assigns.
    #[model(in_place, default = {}, same = rules::same_certificate)]
    pub viewer_certificate: DistributionViewerCertificate,
    /// Whether to wait until changes are deployed to all edge locations, which takes minutes.
    #[model(in_place, default = true, write_only)]
    pub wait_for_deployment: bool,
    /// The ARN of the AWS WAF web ACL that filters requests. It must be in us-east-1.
    #[model(in_place, default = "")]
    pub web_acl_id: String,
}

/// A response that viewers get instead of an HTTP error of the origin.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionCustomErrorResponse {
    /// The minimum time that CloudFront caches the error before it requests the object from the
    /// origin again, in seconds.
    #[model(default = 10, range = 0..=31_536_000)]
    pub error_caching_min_ttl: i64,
    /// The HTTP status code that the origin returns.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
    #[model(numbers = [400, 403, 404, 405, 412, 414, 416, 500, 501, 502, 503, 504])]
    pub error_code: i64,
    /// The HTTP status code that viewers get. Requires `responsePagePath`.
    pub response_code: Option<i64>,
    /// The path of the page that viewers get, such as `/index.html`. Requires `responseCode`.
    pub response_page_path: Option<String>,
}

/// The destination of the access logs of a distribution.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionLoggingConfig {
    /// The domain name of the bucket: its `bucketDomainName`. The bucket must have access control
    /// lists enabled.
    #[model(check = rules::check_log_bucket)]
    pub bucket: String,
    /// Whether cookies are included in the access logs.
    #[model(default = false)]
    pub include_cookies: bool,
    /// The prefix of the keys of the log objects.
    #[model(default = "", length = 0..=256)]
    pub prefix: String,
}

/// The restrictions on where content is distributed.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionRestrictions {
    /// The countries that content is served to.
    #[model(default = {})]
    pub geo_restriction: DistributionRestrictionsGeoRestriction,
}

/// The countries that content is served to.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionRestrictionsGeoRestriction {
    /// The two-letter ISO 3166-1 codes of the countries, such as `DE`.
    #[model(set, default = [])]
    pub locations: Vec<String>,
    /// Whether content is served only to `locations` (`whitelist`), to all countries except
    /// `locations` (`blacklist`), or to all countries (`none`).
    #[model(default = "none", one_of = ["none", "whitelist", "blacklist"])]
    pub restriction_type: String,
}

/// The TLS certificate of a distribution.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionViewerCertificate {
    /// The ARN of the ACM certificate, which must be in us-east-1.
    #[model(check = rules::check_certificate)]
    pub acm_certificate_arn: Option<String>,
    /// Whether the default CloudFront certificate is used. Defaults to `true` unless another
    /// certificate is specified.
    #[model(aws_default)]
    pub cloudfront_default_certificate: Option<bool>,
    /// The security policy: the minimum TLS protocol that viewers can use. With the default
    /// CloudFront certificate, it is always `TLSv1`.
    #[model(default = MINIMUM_PROTOCOL, one_of = [
        "SSLv3",
        "TLSv1",
        "TLSv1_2016",
        "TLSv1.1_2016",
        "TLSv1.2_2018",
        "TLSv1.2_2019",
        "TLSv1.2_2021",
        "TLSv1.2_2025",
        "TLSv1.3_2025",
    ])]
    pub minimum_protocol_version: String,
    /// The method by which CloudFront serves HTTPS requests: with server name indication
    /// (`sni-only`), or with dedicated IP addresses, which cost extra (`vip`).
    #[model(default = "sni-only", one_of = ["sni-only", "vip", "static-ip"])]
    pub ssl_support_method: String,
}

/// The outputs of a distribution.
#[derive(Clone, Debug, Model)]
pub struct DistributionState {
    /// The ARN of the distribution.
    pub arn: String,
    /// The domain name that CloudFront assigns, such as `d111111abcdef8.cloudfront.net`.
    pub domain_name: String,
    /// The ID of the Route 53 hosted zone of all distributions, for alias records.
    pub hosted_zone_id: String,
    /// The deployment status of the last change: `InProgress` or `Deployed`.
    #[model(in_place)]
    pub status: String,
}

/// A distribution.
pub struct Distribution;

impl Kind for Distribution {
    const TOKEN: &'static str = "agentic:cloudfront:Distribution";
    const ID: &'static str = "the ID of the distribution, such as `E1A2B3C4D5E6F7`";
    const TAGS: TaggedBy = TaggedBy::service::<CloudFrontTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateDistribution",
            "cloudfront:ListDistributions",
            "cloudfront:GetDistribution",
        ],
        read: &["cloudfront:GetDistribution"],
        update: &["cloudfront:GetDistribution", "cloudfront:UpdateDistribution"],
        delete: &[
            "cloudfront:GetDistribution",
            "cloudfront:UpdateDistribution",
            "cloudfront:DeleteDistribution",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the distribution is deployed to all edge locations",
        usual: [150, 420],
        budget: Duration::from_secs(60 * 60),
    });
    /// It is switched off everywhere before it can go.
    const HELD: Duration = Duration::from_secs(60 * 60);
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::DISTRIBUTION;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = DistributionArgs;
    type State = DistributionState;

    fn rules(args: &DistributionInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &DistributionArgs) -> Result<String> {
        match make(cx, args, &cx.token()).await {
            Err(error) if error.code() == Some("DistributionAlreadyExists") => {
                match left(cx, &error).await? {
                    Some(id) => adopt::<Self>(cx, &id, args).await,
                    // AWS knows the reference from the one that is replaced, or that was deleted since.
                    None => make(cx, args, &cx.client_token()).await,
                }
            }
            made => made,
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &DistributionArgs) -> Result<Poll> {
        if !args.wait_for_deployment {
            return Ok(Poll::Ready(()));
        }
        Ok(match get(cx, id).await? {
            None => Poll::Pending("not visible yet".to_owned()),
            Some((there, _)) if is_deployed(&there) => Poll::Ready(()),
            Some((there, _)) => Poll::Pending(there.status),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        look(cx, id, &[]).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &DistributionArgs) -> Result<Option<Live<Self>>> {
        // Without a word of access control an answer says nothing of it: none is told as an empty one.
        look(cx, id, &old.origins).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<DistributionArgs>) -> Result<()> {
        let new = &update.new;
        if update.any_but(&[DistributionArgs::WAIT_FOR_DEPLOYMENT, DistributionArgs::TAGS]) {
            put(cx, id, |config| to_aws::over(new, config)).await?;
        }
        Ok(())
    }

    /// Each attempt is a look at how far it is: switched off, in force everywhere, gone.
    async fn delete(cx: &Cx, id: &str, _args: &DistributionArgs) -> Result<()> {
        let Some((there, etag)) = get(cx, id).await? else { return Err(missing(id)) };
        if there.distribution_config().is_some_and(|config| config.enabled) {
            put(cx, id, |mut config| {
                config.enabled = false;
                Ok(config)
            })
            .await?;
            return Err(on_its_way());
        }
        if !is_deployed(&there) {
            return Err(on_its_way());
        }
        cx.client::<Client>()?.delete_distribution().id(id).if_match(etag).send().await?;
        Ok(())
    }
}

/// How CloudFront tags what it has.
pub(super) struct CloudFrontTags;

impl Tagging for CloudFrontTags {
    const LIST: &'static [&'static str] = &["cloudfront:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["cloudfront:TagResource", "cloudfront:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<kinds::Tags>> {
        tags_of(cx, &named.arn).await
    }

    async fn set(cx: &Cx, named: &Named, tags: kinds::Tags) -> Result<()> {
        let tags = types::Tags::builder().set_items(Some(pairs(tags)?)).build();
        cx.client::<Client>()?.tag_resource().resource(&named.arn).tags(tags).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let keys = TagKeys::builder().set_items(Some(keys)).build();
        cx.client::<Client>()?.untag_resource().resource(&named.arn).tag_keys(keys).send().await?;
        Ok(())
    }
}

async fn make(cx: &Cx, args: &DistributionArgs, reference: &str) -> Result<String> {
    let with_tags = DistributionConfigWithTags::builder()
        .distribution_config(to_aws::new(args, reference)?)
        .tags(Tags::builder().set_items(Some(pairs(cx.owned(&args.tags))?)).build())
        .build();
    let made = cx.client::<Client>()?.create_distribution_with_tags();
    let made = made.distribution_config_with_tags(with_tags).send().await?;
    Ok(told(made.distribution, "the distribution that it created")?.id)
}

/// The distribution that an earlier attempt left. AWS says that there is one with our reference, and
/// in its message which; it may be the one that is being replaced.
async fn left(cx: &Cx, error: &Error) -> Result<Option<String>> {
    let mut found = Vec::new();
    if let Some(id) = named_in(error.message())
        && let Some((there, _)) = get(cx, id).await?
    {
        found.push((id.to_owned(), standing(cx, &there.arn).await?));
    }
    if !matches!(found.as_slice(), [(_, Standing::Left(_))]) {
        found.clear();
        let mut all = cx.client::<Client>()?.list_distributions().into_paginator().items().send();
        while let Some(there) = all.try_next().await? {
            found.push((there.id, standing(cx, &there.arn).await?));
        }
    }
    only_one::<Distribution>(cx, "distribution", found)
}

/// The id in `... is associated with another distribution. Already exists: E1A2B3C4D5E6F7`.
fn named_in(message: &str) -> Option<&str> {
    let (_, id) = message.rsplit_once(": ")?;
    let id = id.trim_end_matches('.');
    (!id.is_empty() && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())).then_some(id)
}

async fn standing(cx: &Cx, arn: &str) -> Result<Standing> {
    Ok(cx.standing(as_pairs(&tags_of(cx, arn).await?.unwrap_or_default())))
}

pub(super) async fn tags_of(cx: &Cx, arn: &str) -> Result<Option<kinds::Tags>> {
    let answer = found(cx.client::<Client>()?.list_tags_for_resource().resource(arn).send().await)?;
    let pairs = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default()));
    Ok(answer.map(|answer| pairs(answer.tags.and_then(|tags| tags.items).unwrap_or_default()).collect()))
}

/// A distribution, and the version of it that a change must name.
async fn get(cx: &Cx, id: &str) -> Result<Option<(types::Distribution, String)>> {
    let client = cx.client::<Client>()?;
    let look = move |id: String| {
        let get = client.get_distribution().id(id);
        async {
            let answer = found(get.send().await)?;
            Ok(answer.and_then(|answer| Some((answer.distribution?, answer.e_tag.unwrap_or_default()))))
        }
    };
    cx.alone(id.to_owned(), look).await
}

/// A distribution as it is, with what was asked of its origins where CloudFront tells nothing.
async fn look(cx: &Cx, id: &str, asked: &[DistributionOrigin]) -> Result<Option<Live<Distribution>>> {
    let Some((there, _)) = get(cx, id).await? else { return Ok(None) };
    let config = told(there.distribution_config, "the distribution's configuration")?;
    Ok(Some(Live {
        args: to_aws::read(&config, asked)?,
        state: DistributionState {
            arn: there.arn,
            domain_name: there.domain_name,
            hosted_zone_id: hosted_zone(cx.region().unwrap_or_default()).to_owned(),
            status: there.status,
        },
    }))
}

/// Changes the configuration that there is now, and that alone: somebody else's change at the same
/// moment makes it fail, so that it is tried again.
async fn put(
    cx: &Cx,
    id: &str,
    change: impl FnOnce(DistributionConfig) -> Result<DistributionConfig>,
) -> Result<()> {
    let Some((there, etag)) = get(cx, id).await? else { return Err(missing(id)) };
    let config = change(told(there.distribution_config, "the distribution's configuration")?)?;
    let put = cx.client::<Client>()?.update_distribution().id(id).if_match(etag);
    put.distribution_config(config).send().await?;
    Ok(())
}

fn is_deployed(there: &types::Distribution) -> bool {
    there.status == "Deployed"
}

fn on_its_way() -> Error {
    let message = "CloudFront is switching the distribution off everywhere, before it can be deleted";
    Error::new(ErrorKind::NotReady, message)
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no distribution {id}"))
}

pub(super) fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, BuildError> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
fn hosted_zone(region: &str) -> &'static str {
    match partition(region) {
        "aws-cn" => "Z3RFFRIM2A3IF5",
        _ => "Z2FDTNDATAQYW2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_refusal_names_the_distribution() {
        let message = "The caller reference that you are using to create a distribution is associated with \
                       another distribution. Already exists: E1A2B3C4D5E6F7";
        assert_eq!(named_in(message), Some("E1A2B3C4D5E6F7"));
        assert_eq!(named_in("Already exists."), None);
        assert_eq!(named_in("Already exists: see the console"), None);
    }
}
