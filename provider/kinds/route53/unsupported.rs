//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const GET_ZONE: &[Unsupported] =
    &[without("enableAcceleratedRecovery", "it is an output; leave it out")];

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

pub(super) const ZONE: &[Unsupported] =
    &[without("enableAcceleratedRecovery", "leave it out, or enable it with the AWS CLI")];

pub(super) const HEALTH_CHECK: &[Unsupported] = &[
    without("referenceName", "the reference is generated; leave it out"),
    without("routingControlArn", "routing controls are not supported; give another type"),
    without("triggers", "changes of the alarm are detected at the next refresh; leave it out"),
];
