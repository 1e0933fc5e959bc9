//! Error codes of the service, and what they mean here.

use crate::aws::codes::{CAPACITY, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // EFS. https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
    ("elasticfilesystem", "Incorrect*State", "", NotReady, ""),
    ("elasticfilesystem", "MountTargetConflict", "", AlreadyExists, "A file system has at most one mount target in a zone, and all in one VPC."),
    ("elasticfilesystem", "NoFreeAddressesInSubnet", "", Limit, "The subnet has no free address left; use a larger one."),
    ("elasticfilesystem", "IpAddressInUse", "", Invalid, "Choose another address, or leave ipAddress out."),
    ("elasticfilesystem", "BadRequest", "", Invalid, ""),
    ("elasticfilesystem", "DependencyTimeout", "", Network, ""),
    ("elasticfilesystem", "InsufficientThroughputCapacity", "", Limit, CAPACITY),
    ("elasticfilesystem", "AvailabilityZonesMismatch", "", Invalid, "The subnet must be in the zone of the One Zone file system."),
];
