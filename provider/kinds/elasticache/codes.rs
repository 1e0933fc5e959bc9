//! Error codes of the service, and what they mean here.

use crate::aws::codes::{KMS, QUOTA, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // ElastiCache. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    ("elasticache", "InvalidCacheParameterGroupState", "still members", InUse, ""),
    ("elasticache", "InvalidKMSKeyFault", "", AccessDenied, KMS),
    ("elasticache", "InvalidVPCNetworkStateFault", "", Invalid, "The subnets and security groups must be in one VPC, and the subnets must have free addresses."),
    ("elasticache", "ServiceLinkedRoleNotFoundFault", "", Propagating, "The role AWSServiceRoleForElastiCache is created on first use."),
    ("elasticache", "SubnetNotAllowedFault", "", Invalid, ""),
    ("elasticache", "SnapshotFeatureNotSupportedFault", "", Invalid, "Nodes of this type do not support snapshots."),
    ("elasticache", "*Quota*Exceeded*", "", Limit, QUOTA),
];
