//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const KEY: &[Unsupported] = &[
    without("customKeyStoreId", "keys are kept by AWS KMS itself; leave it out"),
    without("xksKeyId", "keys are kept by AWS KMS itself; leave it out"),
];
