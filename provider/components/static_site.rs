//! A static site: a private bucket behind CloudFront.

use serde_json::json;

use super::bucket;
use super::certificate::{CertificatePlan, certificate};
use super::naming::Placed;
use super::policy::policy;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::kinds::acm::check_common_name;
use crate::kinds::cloudfront::{
    CacheBehaviorInput, Distribution, DistributionCustomErrorResponseInput, DistributionInputs,
    DistributionOriginInput, DistributionViewerCertificateInput, Invalidation, InvalidationInputs,
    OriginAccessControl, OriginAccessControlInputs,
};
use crate::kinds::route53::{GetZone, GetZoneInputs, Record, RecordAliasInput, RecordInputs};
use crate::kinds::s3::{Bucket, BucketInputs, BucketPolicy, BucketPolicyInputs, VersioningInput};
use crate::model::{Failures, In, Model, Path};

/// CloudFront takes certificates of this region alone.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>
const CERTIFICATES: &str = "us-east-1";

/// AWS's cache policy `CachingOptimized`: compressed, and cached for a day unless the object says
/// otherwise.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/// AWS's response headers policy `SecurityHeadersPolicy`.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html>
const SECURITY_HEADERS: &str = "67f7725c-6f97-4210-82d7-5512b31e9d03";

/// A static website.
#[derive(Clone, Debug, Model)]
pub struct Site {
    /// The domain name of the site, such as `app.example.com`. Defaults to the domain name that
    /// CloudFront assigns.
    pub domain: Option<String>,
    /// The additional domain names of the site.
    #[model(default = [])]
    pub other_domains: Vec<String>,
    /// The name of the existing Route 53 hosted zone of the domain names.
    pub zone: Option<String>,
    /// The ARN of an existing certificate for the domain names, in us-east-1. If omitted, a
    /// certificate is created and validated by DNS.
    pub certificate_arn: Option<String>,
    /// Whether the site is a single-page application: requests for objects that do not exist return
    /// `index.html`.
    #[model(default = false)]
    pub single_page: bool,
    /// The version of the content: any text, such as a commit ID. A change invalidates all content
    /// that CloudFront has cached.
    pub content_version: Option<String>,
    /// The CloudFront price class, which limits the edge locations that serve the site.
    #[model(default = "PriceClass_All", one_of = ["PriceClass_All", "PriceClass_200", "PriceClass_100"])]
    pub price_class: String,
    /// The ARN of the AWS WAF web ACL that filters requests. Its scope must be `CLOUDFRONT`.
    pub web_acl_arn: Option<String>,
    /// Whether the content is deleted with the bucket. If `false`, AWS refuses to delete a bucket
    /// that is not empty.
    #[model(default = false)]
    pub force_destroy: bool,
}

/// A static website: a private, versioned S3 bucket, a CloudFront distribution with exclusive read
/// access to it, and, for a domain, a certificate and DNS records. Because bucket names are unique
/// across all of AWS, a generated bucket name ends in the account ID.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct StaticSiteArgs {
    #[model(flatten)]
    pub site: Site,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of a static website.
#[derive(Clone, Debug, Model)]
pub struct StaticSiteState {
    /// The name of the bucket for the content.
    pub bucket_name: String,
    /// The ID of the CloudFront distribution.
    pub distribution_id: String,
    /// The domain name that CloudFront assigns.
    pub distribution_domain_name: String,
    /// The URL of the site.
    pub url: String,
}

/// A static site.
pub struct StaticSite;

impl Component for StaticSite {
    const TOKEN: &'static str = "agentic:index:StaticSite";

    type Args = StaticSiteArgs;
    type State = StaticSiteState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        rules(&args.site, None, &Path::root(), failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        Builder { at, args }.build().await
    }
}

/// What a site needs for its domain; in a stack, that may be in the zone of the stack.
pub fn rules(site: &SiteInput, of_stack: Option<&In<String>>, at: &Path, failures: &mut Failures) {
    let others = site.other_domains.get().is_some_and(|others| !others.is_empty());
    if others && !site.domain.is_set() {
        let reason = "is missing; give the first domain here, and others in otherDomains";
        failures.add(at.key(Site::DOMAIN), reason);
    }
    let has_zone = site.zone.is_set() || of_stack.is_some_and(In::is_set);
    if site.domain.is_set() && !has_zone && !site.certificate_arn.is_set() {
        let or_there = if of_stack.is_some() { " here or in the domain of the stack" } else { "" };
        let reason = format!("is missing; give the hosted zone of the domain{or_there}, or certificateArn");
        failures.add(at.key(Site::ZONE), reason);
    }
    // The certificate that is made is for the domain.
    if let Some(domain) = site.domain.get().filter(|_| !site.certificate_arn.is_set())
        && let Err(reason) = check_common_name(domain)
    {
        failures.add(at.key(Site::DOMAIN), reason);
    }
}

/// Builds one site.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<StaticSite>,
}

impl Builder<'_> {
    async fn build(self) -> Built<Outputs<StaticSite>> {
        let zone_id = self.zone().await?;
        let bucket = self.bucket().await?;
        let distribution = self.distribution(&bucket, &self.access(), &self.certificate(&zone_id));
        self.open(&bucket, &distribution);
        self.records(&zone_id, &distribution);
        self.invalidation(&distribution);
        let own = distribution.out.domain_name.clone();
        Ok(StaticSiteOutputs {
            bucket_name: bucket.id.clone(),
            distribution_id: distribution.id.clone(),
            url: self.args.site.domain.clone().or(own.clone()).map(|host| format!("https://{host}")),
            distribution_domain_name: own,
        })
    }

    fn domains(&self) -> Vec<In<String>> {
        let others = self.args.site.other_domains.get().cloned().unwrap_or_default();
        let first = self.args.site.domain.is_set().then(|| self.args.site.domain.clone());
        first.into_iter().chain(others).collect()
    }

    /// The id of the zone, which must be there.
    async fn zone(&self) -> Built<In<String>> {
        if !self.args.site.zone.is_set() {
            return Ok(In::default());
        }
        let zone = GetZoneInputs { name: self.args.site.zone.clone(), ..GetZoneInputs::default() };
        Ok(self.at.look_up::<GetZone>(zone).await?.and_then(|zone| zone.zone_id))
    }

    async fn bucket(&self) -> Built<Child<Bucket>> {
        let inputs = BucketInputs {
            versioning: VersioningInput { enabled: true.into() }.into(),
            lifecycle_rules: In::list([bucket::unfinished(7.into()).into()]),
            force_destroy: self.args.site.force_destroy.clone(),
            ..bucket::closed()
        };
        let name = bucket::name(self.at, &self.at.names, "bucket").await?;
        Ok(self.at.child("bucket", inputs, Options::named(name)))
    }

    fn access(&self) -> Child<OriginAccessControl> {
        let access = OriginAccessControlInputs {
            description: format!("Lets CloudFront read the bucket of {}", self.at.name).into(),
            origin_access_control_origin_type: "s3".into(),
            signing_behavior: "always".into(),
            signing_protocol: "sigv4".into(),
            ..OriginAccessControlInputs::default()
        };
        self.at.child("access", access, Options::default())
    }

    fn certificate(&self, zone_id: &In<String>) -> In<String> {
        if self.args.site.certificate_arn.is_set() || !self.args.site.domain.is_set() {
            return self.args.site.certificate_arn.clone();
        }
        let plan = CertificatePlan {
            host: &self.args.site.domain,
            alternative_names: &self.args.site.other_domains,
            zone_id,
        };
        let there = self.at.in_region(CERTIFICATES);
        certificate(&there, "certificate", &plan)
    }

    fn distribution(
        &self,
        bucket: &Child<Bucket>,
        access: &Child<OriginAccessControl>,
        certificate_arn: &In<String>,
    ) -> Child<Distribution> {
        let origin = DistributionOriginInput {
            origin_id: "bucket".into(),
            domain_name: bucket.out.bucket_regional_domain_name.clone(),
            origin_access_control_id: access.id.clone(),
            ..DistributionOriginInput::default()
        };
        let behavior = CacheBehaviorInput {
            target_origin_id: "bucket".into(),
            viewer_protocol_policy: "redirect-to-https".into(),
            allowed_methods: In::list(["GET".into(), "HEAD".into()]),
            cached_methods: In::list(["GET".into(), "HEAD".into()]),
            compress: true.into(),
            cache_policy_id: CACHING_OPTIMIZED.into(),
            response_headers_policy_id: SECURITY_HEADERS.into(),
            ..CacheBehaviorInput::default()
        };
        let certificate = match certificate_arn.is_set() {
            true => DistributionViewerCertificateInput {
                acm_certificate_arn: certificate_arn.clone(),
                ssl_support_method: "sni-only".into(),
                minimum_protocol_version: "TLSv1.2_2021".into(),
                ..DistributionViewerCertificateInput::default()
            },
            false => DistributionViewerCertificateInput {
                cloudfront_default_certificate: true.into(),
                ..DistributionViewerCertificateInput::default()
            },
        };
        // S3 answers 403 for what is not there to whom may not list the bucket.
        let missing = [403, 404].map(|code| {
            In::known(DistributionCustomErrorResponseInput {
                error_code: code.into(),
                response_code: 200.into(),
                response_page_path: "/index.html".into(),
                ..DistributionCustomErrorResponseInput::default()
            })
        });
        let single_page = self.args.site.single_page.get() == Some(&true);
        let distribution = DistributionInputs {
            enabled: true.into(),
            is_ipv6_enabled: true.into(),
            comment: self.at.name.clone().into(),
            aliases: In::known(self.domains()),
            default_root_object: "index.html".into(),
            origins: In::list([origin.into()]),
            default_cache_behavior: behavior.into(),
            custom_error_responses: In::list(missing.into_iter().filter(|_| single_page)),
            price_class: self.args.site.price_class.clone(),
            viewer_certificate: certificate.into(),
            web_acl_id: self.args.site.web_acl_arn.clone(),
            ..DistributionInputs::default()
        };
        self.at.child("distribution", distribution, Options::shown())
    }

    /// Opens the bucket to the distribution, and to nobody else.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
    fn open(&self, bucket: &Child<Bucket>, distribution: &Child<Distribution>) {
        let read = bucket.out.arn.clone().zip(distribution.out.arn.clone()).map(|(bucket, distribution)| {
            json!({
                "Effect": "Allow",
                "Principal": { "Service": "cloudfront.amazonaws.com" },
                "Action": "s3:GetObject",
                "Resource": format!("{bucket}/*"),
                "Condition": { "StringEquals": { "AWS:SourceArn": distribution } },
            })
        });
        let inputs = BucketPolicyInputs {
            bucket: bucket.id.clone(),
            policy: policy([read, bucket::only_encrypted(bucket)]),
        };
        self.at.child::<BucketPolicy>("bucket-policy", inputs, Options::default());
    }

    /// Lets the domains lead to CloudFront, by IPv4 and IPv6.
    fn records(&self, zone_id: &In<String>, distribution: &Child<Distribution>) {
        if !zone_id.is_set() {
            return;
        }
        let domains = self.domains().into_iter().enumerate();
        let wanted =
            domains.flat_map(|(index, domain)| [("A", index, domain.clone()), ("AAAA", index, domain)]);
        for (kind, index, domain) in wanted {
            let alias = RecordAliasInput {
                name: distribution.out.domain_name.clone(),
                zone_id: distribution.out.hosted_zone_id.clone(),
                evaluate_target_health: false.into(),
            };
            // Named after its domain, so that it stays while others come and go.
            let label = domain.get().cloned().unwrap_or_else(|| (index + 1).to_string());
            let record = RecordInputs {
                zone_id: zone_id.clone(),
                name: domain,
                r#type: kind.into(),
                aliases: In::list([alias.into()]),
                ..RecordInputs::default()
            };
            let suffix = format!("{label}-{}", kind.to_ascii_lowercase());
            self.at.child::<Record>(&suffix, record, Options::default());
        }
    }

    /// Lets CloudFront forget what it has cached when the content is said to be another.
    fn invalidation(&self, distribution: &Child<Distribution>) {
        if !self.args.site.content_version.is_set() {
            return;
        }
        let inputs = InvalidationInputs {
            distribution_id: distribution.id.clone(),
            paths: In::list(["/*".into()]),
            triggers: In::entries([("contentVersion", self.args.site.content_version.clone())]),
        };
        self.at.child::<Invalidation>("invalidation", inputs, Options::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_needs_a_zone_or_a_certificate() {
        let told = |domain: &str, zone: Option<&str>, others: &[&str]| {
            let site = SiteInput {
                domain: (!domain.is_empty()).then(|| domain.to_owned()).into(),
                zone: zone.map(str::to_owned).into(),
                other_domains: In::list(others.iter().map(|other| In::from(*other))),
                ..SiteInput::default()
            };
            let args = StaticSiteInputs { site, ..StaticSiteInputs::default() };
            let mut failures = Failures::new();
            StaticSite::rules(&args, &mut failures);
            failures.to_string()
        };
        assert_eq!(told("", None, &[]), "");
        assert_eq!(told("app.example.com", Some("example.com"), &["www.example.com"]), "");
        assert!(told("app.example.com", None, &[]).contains("zone: is missing"));
        assert!(told("", None, &["www.example.com"]).contains("domain: is missing"));
    }
}
