//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const POLICY: &[Unsupported] = &[without(
    "predictiveScalingPolicyConfiguration",
    "give targetTrackingScalingPolicyConfiguration or stepScalingPolicyConfiguration",
)];
