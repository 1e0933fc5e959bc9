//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const STREAM: &[Unsupported] = &[
    without("arn", "AWS assigns it; leave it out"),
    without(
        "warmThroughputMibPs",
        "an on-demand stream scales with its traffic; leave it out, or give shardCount for a fixed capacity",
    ),
];
