//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const PARAMETER: &[Unsupported] = &[
    without("arn", "AWS assigns it; leave it out"),
    without("valueWo", "give value instead, which is encrypted in the state"),
    without("valueWoVersion", "give value instead, which is encrypted in the state"),
];
