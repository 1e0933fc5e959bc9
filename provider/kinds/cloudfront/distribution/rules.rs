//! What must hold between the arguments of a distribution.

use super::{
    CacheBehavior, DistributionArgs, DistributionCustomErrorResponse, DistributionInputs, DistributionOrigin,
    DistributionRestrictions, DistributionRestrictionsGeoRestriction, DistributionViewerCertificate,
    OrderedCacheBehavior,
};
use crate::model::{Failures, In, Path, Value};

pub(super) fn check(args: &DistributionInputs, failures: &mut Failures) {
    check_origins(args, failures);
    check_behaviors(args, failures);
    check_errors(args, failures);
    let has_aliases = args.aliases.get().is_some_and(|aliases| !aliases.is_empty());
    let certificate = args.viewer_certificate.get().filter(|_| has_aliases);
    if certificate.is_some_and(|certificate| !certificate.acm_certificate_arn.is_set()) {
        let at = Path::from(DistributionArgs::VIEWER_CERTIFICATE)
            .key(DistributionViewerCertificate::ACM_CERTIFICATE_ARN);
        failures
            .add(at, "is missing; aliases require an ACM certificate in us-east-1 that covers these names");
    }
    check_geo(args, failures);
}

fn check_origins(args: &DistributionInputs, failures: &mut Failures) {
    let Some(origins) = args.origins.get() else { return };
    if origins.is_empty() {
        failures.add(DistributionArgs::ORIGINS, "is empty; give at least one origin");
    }
    let mut ids = Vec::new();
    for (index, origin) in origins.iter().enumerate() {
        if let Some(origin) = origin.get()
            && origin.custom_origin_config.get().is_some()
            && origin.vpc_origin_config.get().is_some()
        {
            let at = Path::from(DistributionArgs::ORIGINS).index(index);
            let reason = "conflicts with customOriginConfig; give only one of them";
            failures.add(at.key(DistributionOrigin::VPC_ORIGIN_CONFIG), reason);
        }
        if let Some(origin) = origin.get()
            && origin.s3_origin_config.is_set()
            && (origin.custom_origin_config.is_set() || origin.vpc_origin_config.is_set())
        {
            let at = Path::from(DistributionArgs::ORIGINS).index(index);
            let reason = "is for a bucket, and conflicts with customOriginConfig and vpcOriginConfig; give only one of them";
            failures.add(at.key(DistributionOrigin::S3_ORIGIN_CONFIG), reason);
        }
        let Some(id) = origin.get().and_then(|origin| origin.origin_id.get()) else { continue };
        if ids.contains(&id) {
            let at = Path::from(DistributionArgs::ORIGINS).index(index).key(DistributionOrigin::ORIGIN_ID);
            failures.add(
                at,
                format!("is {id:?}, which another origin has already; give each origin an ID of its own"),
            );
        }
        ids.push(id);
    }
}

fn check_behaviors(args: &DistributionInputs, failures: &mut Failures) {
    let ids = origin_ids(args);
    let check_target = |target: &In<String>, at: &Path, failures: &mut Failures| {
        if let (Some(ids), Some(target)) = (&ids, target.get())
            && !ids.contains(&target)
        {
            let known = ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            failures.add(
                at.key(CacheBehavior::TARGET_ORIGIN_ID),
                format!("is {target:?}; the origins are {known}"),
            );
        }
    };
    if let Some(behavior) = args.default_cache_behavior.get() {
        let at = Path::from(DistributionArgs::DEFAULT_CACHE_BEHAVIOR);
        check_target(&behavior.target_origin_id, &at, failures);
        CacheBehavior::check(behavior, &at, failures);
    }
    let mut patterns = Vec::new();
    for (index, behavior) in args.ordered_cache_behaviors.get().into_iter().flatten().enumerate() {
        let Some(behavior) = behavior.get() else { continue };
        let at = Path::from(DistributionArgs::ORDERED_CACHE_BEHAVIORS).index(index);
        check_target(&behavior.behavior.target_origin_id, &at, failures);
        CacheBehavior::check(&behavior.behavior, &at, failures);
        if let Some(pattern) = behavior.path_pattern.get() {
            if patterns.contains(&pattern) {
                failures.add(
                    at.key(OrderedCacheBehavior::PATH_PATTERN),
                    format!("is {pattern:?}, which is given twice; give each path once"),
                );
            }
            patterns.push(pattern);
        }
    }
}

/// The ids of all origins, where all are known.
fn origin_ids(args: &DistributionInputs) -> Option<Vec<&String>> {
    let origins = args.origins.get()?;
    origins.iter().map(|origin| origin.get()?.origin_id.get()).collect()
}

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomErrorResponse.html>
fn check_errors(args: &DistributionInputs, failures: &mut Failures) {
    let mut codes = Vec::new();
    for (index, error) in args.custom_error_responses.get().into_iter().flatten().enumerate() {
        let Some(error) = error.get() else { continue };
        let at = Path::from(DistributionArgs::CUSTOM_ERROR_RESPONSES).index(index);
        match (error.response_code.is_set(), error.response_page_path.is_set()) {
            (true, false) => {
                failures.add(
                    at.key(DistributionCustomErrorResponse::RESPONSE_PAGE_PATH),
                    "is missing; responseCode requires it",
                );
            }
            (false, true) => {
                failures.add(
                    at.key(DistributionCustomErrorResponse::RESPONSE_CODE),
                    "is missing; responsePagePath requires it",
                );
            }
            _ => {}
        }
        if let Some(path) = error.response_page_path.get().filter(|path| !path.starts_with('/')) {
            failures.add(
                at.key(DistributionCustomErrorResponse::RESPONSE_PAGE_PATH),
                format!("is {path:?}; give a path such as /index.html"),
            );
        }
        if let Some(code) = error.error_code.get() {
            if codes.contains(&code) {
                failures.add(
                    at.key(DistributionCustomErrorResponse::ERROR_CODE),
                    format!("is {code}, which is given twice; give each error once"),
                );
            }
            codes.push(code);
        }
    }
}

fn check_geo(args: &DistributionInputs, failures: &mut Failures) {
    let restrictions = args.restrictions.get();
    let Some(geo) = restrictions.and_then(|restrictions| restrictions.geo_restriction.get()) else { return };
    let (Some(kind), Some(locations)) = (geo.restriction_type.get(), geo.locations.get()) else { return };
    let at = Path::from(DistributionArgs::RESTRICTIONS).key(DistributionRestrictions::GEO_RESTRICTION);
    match (kind == "none", locations.is_empty()) {
        (true, false) => failures.add(
            at.key(DistributionRestrictionsGeoRestriction::RESTRICTION_TYPE),
            "is none, and there are locations; give whitelist or blacklist, or no locations",
        ),
        (false, true) => failures.add(
            at.key(DistributionRestrictionsGeoRestriction::LOCATIONS),
            format!("is missing; a {kind} requires it"),
        ),
        _ => {}
    }
}

/// Whether two certificates are the same; with CloudFront's own there is nothing to choose.
pub(super) fn same_certificate(actual: &Value, wanted: &Value) -> bool {
    let certificate = |value: &Value| {
        let json = value.to_json()?;
        let of = |name: &str| json.get(name).cloned().unwrap_or_default();
        Some(match json.get("acmCertificateArn").is_some_and(|arn| !arn.is_null()) {
            true => Some([of("acmCertificateArn"), of("minimumProtocolVersion"), of("sslSupportMethod")]),
            false => None,
        })
    };
    certificate(actual).is_some_and(|actual| Some(actual) == certificate(wanted))
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>
pub(super) fn check_certificate(arn: &str) -> Result<(), String> {
    let mut parts = arn.split(':');
    let is_arn = parts.next() == Some("arn") && parts.nth(1) == Some("acm");
    match (is_arn, parts.next()) {
        (true, Some("us-east-1")) => Ok(()),
        (true, Some(region)) => {
            Err(format!("is a certificate in {region}; CloudFront requires one in us-east-1"))
        }
        _ => Err(format!("is {arn:?}; give the ARN of an ACM certificate, arn:aws:acm:us-east-1:...")),
    }
}

pub(super) fn check_root(root: &str) -> Result<(), String> {
    match root.strip_prefix('/') {
        Some(rest) => Err(format!("begins with a slash; give {rest:?}")),
        None => Ok(()),
    }
}

pub(super) fn check_log_bucket(host: &str) -> Result<(), String> {
    match host.contains(".s3.") {
        true => Ok(()),
        false => Err(format!("is {host:?}; give the host name of a bucket, such as {host}.s3.amazonaws.com")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::cloudfront::DistributionArgs;
    use crate::model::Model;
    use serde_json::json;

    fn problems(of: serde_json::Value) -> Vec<String> {
        let mut all = json!({
            "origins": [{"originId": "site", "domainName": "site.s3.amazonaws.com"}],
            "defaultCacheBehavior": {"targetOriginId": "site"},
        });
        all.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        let mut failures = Failures::new();
        let input = DistributionArgs::read(Value::from_json(&all).as_object().unwrap(), &mut failures);
        check(&input, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn what_is_right_passes() {
        let right = json!({
            "aliases": ["www.example.com"],
            "viewerCertificate": {"acmCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"},
            "customErrorResponses": [{"errorCode": 403, "responseCode": 200, "responsePagePath": "/index.html"}],
            "restrictions": {"geoRestriction": {"restrictionType": "blacklist", "locations": ["DE"]}},
        });
        assert_eq!(problems(right), Vec::<String>::new());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let origin = json!({"originId": "a", "domainName": "a.example.com"});
        let wrong = json!({
            "origins": [origin, origin],
            "orderedCacheBehaviors": [
                {"pathPattern": "/x", "targetOriginId": "a"},
                {"pathPattern": "/x", "targetOriginId": "a", "allowedMethods": ["POST"]},
            ],
            "customErrorResponses": [
                {"errorCode": 404, "responseCode": 200},
                {"errorCode": 404, "responseCode": 200, "responsePagePath": "index.html"},
                {"errorCode": 401},
            ],
            "aliases": ["www.example.com"],
            "restrictions": {"geoRestriction": {"restrictionType": "whitelist"}},
        });
        let expected = [
            "customErrorResponses[2].errorCode",
            "origins[1].originId",
            "defaultCacheBehavior.targetOriginId",
            "orderedCacheBehaviors[1].allowedMethods",
            "orderedCacheBehaviors[1].pathPattern",
            "customErrorResponses[0].responsePagePath",
            "customErrorResponses[1].responsePagePath",
            "customErrorResponses[1].errorCode",
            "viewerCertificate.acmCertificateArn",
            "restrictions.geoRestriction.locations",
        ];
        assert_eq!(problems(wrong), expected);
    }

    #[test]
    fn slips_with_certificates_roots_and_buckets_are_told() {
        let arn = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/a");
        assert_eq!(check_certificate(&arn("us-east-1")), Ok(()));
        assert!(check_certificate(&arn("eu-west-1")).unwrap_err().contains("eu-west-1"));
        assert!(check_certificate("a").is_err());
        assert!(check_root("/index.html").unwrap_err().contains("\"index.html\""));
        assert!(check_log_bucket("logs").unwrap_err().contains("logs.s3.amazonaws.com"));
    }

    #[test]
    fn with_the_certificate_of_cloudfront_there_is_nothing_to_choose() {
        let value = |json: serde_json::Value| Value::from_json(&json);
        let own = value(json!({"cloudfrontDefaultCertificate": true, "minimumProtocolVersion": "TLSv1"}));
        assert!(same_certificate(&own, &value(json!({"minimumProtocolVersion": "TLSv1.2_2021"}))));
        let acm = |version: &str| {
            value(
                json!({"acmCertificateArn": "a", "minimumProtocolVersion": version, "sslSupportMethod": "x"}),
            )
        };
        assert!(!same_certificate(&own, &acm("TLSv1.2_2021")));
        assert!(!same_certificate(&acm("TLSv1"), &acm("TLSv1.2_2021")));
    }
}
