//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const KEY: &[Unsupported] = &[
    without("customKeyStoreId", "custom key stores are not supported; leave it out"),
    without("xksKeyId", "custom key stores are not supported; leave it out"),
];
