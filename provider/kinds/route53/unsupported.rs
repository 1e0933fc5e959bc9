//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const RECORD: &[Unsupported] = &[
    without(
        "cidrRoutingPolicy",
        "give weightedRoutingPolicies, latencyRoutingPolicies, geolocationRoutingPolicies or failoverRoutingPolicies",
    ),
    without(
        "geoproximityRoutingPolicy",
        "give weightedRoutingPolicies, latencyRoutingPolicies, geolocationRoutingPolicies or failoverRoutingPolicies",
    ),
];
