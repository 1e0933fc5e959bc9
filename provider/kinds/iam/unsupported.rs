//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const POLICY: &[Unsupported] = &[without(
    "delayAfterPolicyCreationInMs",
    "whatever needs the policy waits for it by itself; leave it out",
)];
