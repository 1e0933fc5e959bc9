//! A distribution's configuration: read from AWS's, and laid over it.

use aws_sdk_cloudfront::types::{
    self, Aliases, CacheBehaviors, CustomErrorResponses, DistributionConfig, GeoRestriction,
    GeoRestrictionType, HttpVersion, LoggingConfig, MinimumProtocolVersion, OriginGroups, Origins,
    PriceClass, Restrictions, SslSupportMethod, ViewerCertificate,
};

use super::super::{quantity, told};
use super::behavior::Sdk;
use super::{
    DistributionArgs, DistributionCustomErrorResponse, DistributionLoggingConfig, DistributionObserved,
    DistributionOrigin, DistributionRestrictions, DistributionRestrictionsGeoRestriction,
    DistributionViewerCertificate, MINIMUM_PROTOCOL, OrderedCacheBehavior,
};
use crate::aws::error::Result;

/// The arguments that a configuration is of. `asked` says which access control an origin has where
/// the configuration is silent on it.
pub(super) fn read(there: &DistributionConfig, asked: &[DistributionOrigin]) -> Result<DistributionObserved> {
    let default = told(there.default_cache_behavior(), "the default cache behaviour")?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let behaviors = there.cache_behaviors().map(|behaviors| behaviors.items()).unwrap_or_default();
    let errors = there.custom_error_responses().map(|errors| errors.items()).unwrap_or_default();
    let origins = there.origins().map(|origins| origins.items()).unwrap_or_default();
    let origin = |there: &types::Origin| {
        let mut origin = DistributionOrigin::from_aws(there);
        if there.origin_access_control_id.is_none() {
            let asked = asked.iter().find(|asked| asked.origin_id == origin.origin_id);
            origin.origin_access_control_id = asked.and_then(|asked| asked.origin_access_control_id.clone());
        }
        origin
    };
    let logging =
        there.logging().filter(|logging| logging.enabled).map(|logging| DistributionLoggingConfig {
            bucket: logging.bucket.clone(),
            include_cookies: logging.include_cookies,
            prefix: logging.prefix.clone(),
        });
    let behaviors = behaviors.iter().map(OrderedCacheBehavior::from_aws);
    Ok(DistributionObserved {
        aliases: Some(there.aliases().map(|aliases| aliases.items().to_vec()).unwrap_or_default()),
        comment: Some(there.comment.clone()),
        custom_error_responses: Some(errors.iter().map(error_from_aws).collect()),
        default_cache_behavior: Some(default.told()),
        default_root_object: Some(text(&there.default_root_object)),
        enabled: Some(there.enabled),
        http_version: there.http_version().map(|version| version.as_str().to_lowercase()),
        is_ipv6_enabled: there.is_ipv6_enabled,
        logging_config: Some(logging),
        ordered_cache_behaviors: Some(behaviors.collect()),
        origins: Some(origins.iter().map(origin).collect()),
        price_class: there.price_class().map(|class| class.as_str().to_owned()),
        restrictions: Some(restrictions_from_aws(there.restrictions())),
        viewer_certificate: Some(certificate_from_aws(there.viewer_certificate())),
        web_acl_id: Some(text(&there.web_acl_id)),
        ..DistributionObserved::default()
    })
}

/// The configuration of a distribution that is to be made.
pub(super) fn new(args: &DistributionArgs, reference: &str) -> Result<DistributionConfig> {
    let base = DistributionConfig::builder()
        .caller_reference(reference)
        .comment(&args.comment)
        .enabled(args.enabled)
        .origin_groups(OriginGroups::builder().quantity(0).build()?)
        .build()?;
    over(args, base)
}

/// The arguments, laid over the configuration that there is. What they do not speak of stays.
pub(super) fn over(args: &DistributionArgs, mut there: DistributionConfig) -> Result<DistributionConfig> {
    let known = there.origins.take().map(|origins| origins.items).unwrap_or_default();
    let origins = args.origins.iter().map(|origin| {
        let same = known.iter().find(|known| known.id == origin.origin_id);
        origin.over(same.cloned().map_or_else(|| origin.bare(), Ok)?)
    });
    let origins: Vec<_> = origins.collect::<Result<_>>()?;

    let default = &args.default_cache_behavior;
    let known = there.default_cache_behavior.take();
    let known = known.map_or_else(|| Sdk::bare(default), Ok)?;
    there.default_cache_behavior = Some(known.under(default)?);

    let known = there.cache_behaviors.take().and_then(|behaviors| behaviors.items).unwrap_or_default();
    let (wanted, known_count) = (&args.ordered_cache_behaviors, known.len());
    let behaviors = wanted.iter().enumerate().map(|(index, behavior)| {
        let same = known.iter().find(|known| known.path_pattern == behavior.path_pattern);
        // One with another path in the same place: what else it has, such as who may see it, stays.
        let is_left = |known: &&types::CacheBehavior| {
            wanted.len() == known_count
                && wanted.iter().all(|wanted| wanted.path_pattern != known.path_pattern)
        };
        let there = same.or_else(|| known.get(index).filter(is_left));
        behavior.over(there.cloned())
    });
    let behaviors: Vec<_> = behaviors.collect::<Result<_>>()?;

    let errors: Vec<_> = args.custom_error_responses.iter().map(error_to_aws).collect::<Result<_>>()?;
    let count = quantity(&errors);
    let errors = CustomErrorResponses::builder().quantity(count).set_items(some(errors));
    let aliases = Aliases::builder().quantity(quantity(&args.aliases)).set_items(some(args.aliases.clone()));

    there.aliases = Some(aliases.build()?);
    there.cache_behaviors =
        Some(CacheBehaviors::builder().quantity(quantity(&behaviors)).set_items(some(behaviors)).build()?);
    there.comment = args.comment.clone();
    there.custom_error_responses = Some(errors.build()?);
    there.default_root_object = Some(args.default_root_object.clone());
    there.enabled = args.enabled;
    there.http_version = Some(HttpVersion::from(args.http_version.as_str()));
    there.is_ipv6_enabled = Some(args.is_ipv6_enabled);
    there.logging = Some(logging(args.logging_config.as_ref()));
    there.origins = Some(Origins::builder().quantity(quantity(&origins)).set_items(Some(origins)).build()?);
    there.price_class = Some(PriceClass::from(args.price_class.as_str()));
    there.restrictions = Some(restrictions(&args.restrictions)?);
    there.viewer_certificate = Some(certificate(&args.viewer_certificate, there.viewer_certificate.take()));
    there.web_acl_id = Some(args.web_acl_id.clone());
    Ok(there)
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    Some(items).filter(|items| !items.is_empty())
}

fn logging(wanted: Option<&DistributionLoggingConfig>) -> LoggingConfig {
    let text = |of: fn(&DistributionLoggingConfig) -> &String| wanted.map(of).cloned().unwrap_or_default();
    LoggingConfig::builder()
        .enabled(wanted.is_some())
        .include_cookies(wanted.is_some_and(|wanted| wanted.include_cookies))
        .bucket(text(|wanted| &wanted.bucket))
        .prefix(text(|wanted| &wanted.prefix))
        .build()
}

fn restrictions(wanted: &DistributionRestrictions) -> Result<Restrictions> {
    let DistributionRestrictionsGeoRestriction { locations, restriction_type } = &wanted.geo_restriction;
    let geo = GeoRestriction::builder()
        .restriction_type(GeoRestrictionType::from(restriction_type.as_str()))
        .quantity(quantity(locations))
        .set_items(some(locations.clone()));
    Ok(Restrictions::builder().geo_restriction(geo.build()?).build())
}

fn restrictions_from_aws(there: Option<&Restrictions>) -> DistributionRestrictions {
    let geo = there.and_then(|there| there.geo_restriction());
    let kind = geo.map_or(&GeoRestrictionType::None, |geo| geo.restriction_type());
    let geo_restriction = DistributionRestrictionsGeoRestriction {
        locations: geo.map(|geo| geo.items().to_vec()).unwrap_or_default(),
        restriction_type: kind.as_str().to_owned(),
    };
    DistributionRestrictions { geo_restriction }
}

/// A certificate of IAM, which only somebody else can have set, stays where no other is wanted.
fn certificate(
    wanted: &DistributionViewerCertificate,
    there: Option<ViewerCertificate>,
) -> ViewerCertificate {
    let of_iam = |there: &ViewerCertificate| there.iam_certificate_id().is_some_and(|id| !id.is_empty());
    match (&wanted.acm_certificate_arn, there) {
        (Some(arn), _) => ViewerCertificate::builder()
            .cloud_front_default_certificate(false)
            .acm_certificate_arn(arn)
            .minimum_protocol_version(MinimumProtocolVersion::from(wanted.minimum_protocol_version.as_str()))
            .ssl_support_method(SslSupportMethod::from(wanted.ssl_support_method.as_str()))
            .build(),
        (None, Some(there)) if of_iam(&there) && wanted.cloudfront_default_certificate != Some(true) => there,
        (None, _) => ViewerCertificate::builder().cloud_front_default_certificate(true).build(),
    }
}

fn certificate_from_aws(there: Option<&ViewerCertificate>) -> DistributionViewerCertificate {
    let arn = there.and_then(|there| there.acm_certificate_arn.clone()).filter(|arn| !arn.is_empty());
    let is_own = there.is_none_or(|there| there.cloud_front_default_certificate.unwrap_or_default());
    let protocol = there.and_then(|there| there.minimum_protocol_version());
    let method = there.and_then(|there| there.ssl_support_method());
    DistributionViewerCertificate {
        acm_certificate_arn: arn,
        cloudfront_default_certificate: Some(is_own),
        minimum_protocol_version: protocol.map_or(MINIMUM_PROTOCOL, |protocol| protocol.as_str()).to_owned(),
        ssl_support_method: method.unwrap_or(&SslSupportMethod::SniOnly).as_str().to_owned(),
    }
}

fn error_to_aws(error: &DistributionCustomErrorResponse) -> Result<types::CustomErrorResponse> {
    Ok(types::CustomErrorResponse::builder()
        .error_code(error.error_code as i32)
        .error_caching_min_ttl(error.error_caching_min_ttl)
        .response_code(error.response_code.map(|code| code.to_string()).unwrap_or_default())
        .response_page_path(error.response_page_path.clone().unwrap_or_default())
        .build()?)
}

fn error_from_aws(error: &types::CustomErrorResponse) -> DistributionCustomErrorResponse {
    DistributionCustomErrorResponse {
        error_caching_min_ttl: error.error_caching_min_ttl.unwrap_or(10),
        error_code: error.error_code.into(),
        response_code: error.response_code().and_then(|code| code.parse().ok()),
        response_page_path: error.response_page_path.clone().filter(|path| !path.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Path, Value};
    use serde_json::json;

    fn args(of: serde_json::Value) -> DistributionArgs {
        let mut all = json!({
            "origins": [{"originId": "site", "domainName": "site.s3.amazonaws.com"}],
            "defaultCacheBehavior": {"targetOriginId": "site"},
        });
        all.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        let mut failures = Failures::new();
        let input = DistributionArgs::read(Value::from_json(&all).as_object().unwrap(), &mut failures);
        let made = DistributionArgs::settle_fields(&input, &Path::root(), &mut failures);
        assert!(failures.is_empty(), "{failures}");
        made.unwrap()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let wanted = args(json!({
            "aliases": ["www.example.com"],
            "comment": "The site",
            "customErrorResponses": [{"errorCode": 404, "responseCode": 200, "responsePagePath": "/index.html"}],
            "defaultRootObject": "index.html",
            "enabled": false,
            "httpVersion": "http2and3",
            "isIpv6Enabled": true,
            "loggingConfig": {"bucket": "logs.s3.amazonaws.com", "prefix": "site/"},
            "orderedCacheBehaviors": [{"pathPattern": "/api/*", "targetOriginId": "site"}],
            "priceClass": "PriceClass_100",
            "restrictions": {"geoRestriction": {"restrictionType": "whitelist", "locations": ["DE"]}},
            "viewerCertificate": {"acmCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"},
            "webAclId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b",
        }));
        let found = read(&new(&wanted, "token").unwrap(), &[]).unwrap();
        assert_eq!(crate::kinds::Update::towards(&wanted, found).changed, []);
    }

    #[test]
    fn what_is_not_known_here_stays() {
        let mut there = new(&args(json!({})), "token").unwrap();
        there.staging = Some(false);
        there.continuous_deployment_policy_id = Some("policy".to_owned());
        let of_iam = ViewerCertificate::builder().iam_certificate_id("cert").build();
        there.viewer_certificate = Some(of_iam.clone());
        let again = over(&args(json!({"comment": "new"})), there).unwrap();
        assert_eq!(again.caller_reference(), "token");
        assert_eq!(again.continuous_deployment_policy_id(), Some("policy"));
        assert_eq!(again.viewer_certificate(), Some(&of_iam));
        assert_eq!(again.comment(), "new");
    }

    #[test]
    fn who_may_see_a_path_stays_when_the_path_changes() {
        let with = |paths: &[&str]| {
            let behavior = |path: &&str| json!({"pathPattern": path, "targetOriginId": "site"});
            args(json!({"orderedCacheBehaviors": paths.iter().map(behavior).collect::<Vec<_>>()}))
        };
        let mut there = new(&with(&["/private/*", "/b"]), "token").unwrap();
        let behaviors = there.cache_behaviors.as_mut().and_then(|all| all.items.as_mut()).unwrap();
        let keys =
            types::TrustedKeyGroups::builder().enabled(true).quantity(1).items("keys").build().unwrap();
        behaviors[0].trusted_key_groups = Some(keys.clone());
        let keys_of = |paths: &[&str]| -> Vec<(String, bool)> {
            let made = over(&with(paths), there.clone()).unwrap();
            let all = made.cache_behaviors().unwrap().items().iter();
            all.map(|it| (it.path_pattern.clone(), it.trusted_key_groups() == Some(&keys))).collect()
        };
        assert_eq!(
            keys_of(&["/members/*", "/b"]),
            [("/members/*".to_owned(), true), ("/b".to_owned(), false)]
        );
        assert_eq!(
            keys_of(&["/b", "/private/*"]),
            [("/b".to_owned(), false), ("/private/*".to_owned(), true)]
        );
        assert_eq!(keys_of(&["/new"]), [("/new".to_owned(), false)], "one of two is gone");
    }

    #[test]
    fn origins_are_known_by_their_ids() {
        let mut there = new(&args(json!({})), "token").unwrap();
        for origin in there.origins.as_mut().map(|origins| &mut origins.items).unwrap() {
            origin.connection_timeout = Some(3);
        }
        let two = json!({"origins": [
            {"originId": "other", "domainName": "other.s3.amazonaws.com"},
            {"originId": "site", "domainName": "moved.s3.amazonaws.com"},
        ]});
        let again = over(&args(two), there).unwrap();
        let origins = again.origins().unwrap();
        let timeouts: Vec<_> = origins.items().iter().map(|origin| origin.connection_timeout).collect();
        assert_eq!((origins.quantity(), timeouts), (2, vec![Some(10), Some(3)]));
    }
}
