//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const DISTRIBUTION: &[Unsupported] = &[
    without("anycastIpListId", "static addresses are not assigned; leave it out"),
    without("cacheTagConfig", "leave it out, or use the AWS package for this distribution"),
    without("connectionFunctionAssociation", "leave it out, or use the AWS package for this distribution"),
    without("viewerMtlsConfig", "leave it out, or use the AWS package for this distribution"),
    without(
        "continuousDeploymentPolicyId",
        "staging distributions are not supported; deploy to a separate distribution",
    ),
    without("staging", "staging distributions are not supported; deploy to a separate distribution"),
    without("originGroups", "origin groups are not supported; give one origin for each cache behavior"),
    without("retainOnDelete", "give the resource option retainOnDelete instead"),
];

pub(super) const VPC_ORIGIN: &[Unsupported] =
    &[without("timeouts", "give the resource option customTimeouts instead")];
