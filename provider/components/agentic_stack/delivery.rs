//! CloudFront in front of the public services: their load balancer is then within the VPC, and nothing
//! but CloudFront leads to it from the internet.

use super::Builder;
use super::domain::Place;
use crate::components::edge::Front;
use crate::components::network::Places;
use crate::components::{Child, Options};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::cloudfront::{
    CacheBehaviorInput, Distribution, DistributionInputs, DistributionOriginInput,
    DistributionOriginVpcOriginConfigInput, DistributionViewerCertificateInput, VpcOrigin,
    VpcOriginEndpointInput, VpcOriginInputs,
};
use crate::kinds::route53::{Record, RecordAliasInput, RecordInputs};
use crate::model::{In, Model};

/// The CloudFront distribution in front of the public services of a stack.
#[derive(Clone, Debug, Model)]
pub struct StackEdge {
    /// The time that CloudFront waits for a response from a service, in seconds.
    #[model(default = 30, range = 1..=120)]
    pub origin_read_timeout: i64,
    /// The price class, which limits the edge locations: all, all except the most expensive, or only
    /// the least expensive.
    #[model(default = "PriceClass_All", one_of = ["PriceClass_All", "PriceClass_200", "PriceClass_100"])]
    pub price_class: String,
}

/// Where CloudFront takes certificates and firewalls from.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>
pub const HOME: &str = "us-east-1";

/// Managed policies: nothing is cached, and everything that a viewer sends is passed on.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_VpcOriginEndpointConfig.html>
const VPC_ORIGIN: NameRule = NameRule { what: "VPC origin", max: 64, ..PLAIN };

impl Builder<'_> {
    /// Makes the distribution, where there is to be one, and lets the domain lead to it.
    pub(super) fn delivery(
        &self,
        front: &Front,
        places: &Places,
        place: &Place,
        web_acl_arn: &In<String>,
    ) -> Option<Child<Distribution>> {
        let wanted = self.args.edge.get()?;
        let endpoint = VpcOriginEndpointInput {
            arn: front.balancer.id.clone(),
            name: VPC_ORIGIN.fit(&self.at.names.of("edge-origin")).into(),
            origin_protocol_policy: "http-only".into(),
            ..VpcOriginEndpointInput::default()
        };
        let origin =
            VpcOriginInputs { vpc_origin_endpoint_config: endpoint.into(), ..VpcOriginInputs::default() };
        let options = Options::shown().after(&places.public_way).after(&front.rules);
        let origin: Child<VpcOrigin> = self.at.child("edge-origin", origin, options);
        let origin = DistributionOriginInput {
            origin_id: "load-balancer".into(),
            domain_name: front.balancer.out.dns_name.clone(),
            vpc_origin_config: DistributionOriginVpcOriginConfigInput {
                origin_read_timeout: wanted.origin_read_timeout.clone(),
                vpc_origin_id: origin.id.clone(),
                ..DistributionOriginVpcOriginConfigInput::default()
            }
            .into(),
            ..DistributionOriginInput::default()
        };
        let texts = |texts: &[&str]| In::list(texts.iter().map(|text| In::from(*text)));
        let behavior = CacheBehaviorInput {
            target_origin_id: "load-balancer".into(),
            viewer_protocol_policy: "redirect-to-https".into(),
            allowed_methods: texts(&["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]),
            cached_methods: texts(&["GET", "HEAD"]),
            compress: true.into(),
            cache_policy_id: CACHING_DISABLED.into(),
            origin_request_policy_id: ALL_VIEWER.into(),
            ..CacheBehaviorInput::default()
        };
        let has_certificate = place.certificate_arn.is_set();
        let certificate = DistributionViewerCertificateInput {
            acm_certificate_arn: place.certificate_arn.clone(),
            cloudfront_default_certificate: if has_certificate { In::default() } else { true.into() },
            ..DistributionViewerCertificateInput::default()
        };
        let others = self.args.domain.clone().and_then(|domain| domain.alternative_names);
        let others = others.get().cloned().unwrap_or_default();
        let host = place.host.is_set().then(|| place.host.clone());
        let names = host.into_iter().chain(others).filter(|_| has_certificate);
        let distribution = DistributionInputs {
            is_ipv6_enabled: true.into(),
            comment: self.at.name.clone().into(),
            aliases: In::list(names),
            origins: In::list([origin.into()]),
            default_cache_behavior: behavior.into(),
            price_class: wanted.price_class.clone(),
            viewer_certificate: certificate.into(),
            web_acl_id: web_acl_arn.clone().or(String::new()),
            ..DistributionInputs::default()
        };
        let made: Child<Distribution> = self.at.child("edge", distribution, Options::shown());
        self.lead_to(place, &made);
        Some(made)
    }

    /// Lets the domain lead to CloudFront, by IPv4 and IPv6.
    fn lead_to(&self, place: &Place, distribution: &Child<Distribution>) {
        if !place.host.is_set() {
            return;
        }
        for (label, kind) in [("record", "A"), ("record-aaaa", "AAAA")] {
            let alias = RecordAliasInput {
                name: distribution.out.domain_name.clone(),
                zone_id: distribution.out.hosted_zone_id.clone(),
                evaluate_target_health: false.into(),
            };
            let record = RecordInputs {
                zone_id: place.zone_id.clone(),
                name: place.host.clone(),
                r#type: kind.into(),
                aliases: In::list([alias.into()]),
                ..RecordInputs::default()
            };
            self.at.child::<Record>(label, record, Options::default());
        }
    }
}
