//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const ACCESS_KEY: &[Unsupported] = &[without(
    "pgpKey",
    "the secret is encrypted in the state like any other; leave it out, and read the output secret",
)];

pub(super) const GET_POLICY_DOCUMENT: &[Unsupported] = &[
    without("overrideJson", "give overridePolicyDocuments"),
    without("sourceJson", "give sourcePolicyDocuments"),
];

pub(super) const POLICY: &[Unsupported] =
    &[without("delayAfterPolicyCreationInMs", "resources that use the policy wait for it; leave it out")];
