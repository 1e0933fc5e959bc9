//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const MOUNT_TARGET: &[Unsupported] = &[
    without("ipAddressType", "mount targets have IPv4 addresses; give ipAddress, or leave it out")
        .but(&["IPV4_ONLY"]),
    without("ipv6Address", "mount targets have IPv4 addresses; give ipAddress, or leave it out")
        .but(&["IPV4_ONLY"]),
];
