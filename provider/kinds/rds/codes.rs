//! Error codes of the service, and what they mean here.

use crate::aws::codes::{KMS, PROTECTED, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html
    ("rds", "*", "storage change is being optimized", Limit, "RDS changes storage once in six hours: run the update again later, or revert the change of the storage until then."),
    ("rds", "*", "Storage optimization", Limit, "RDS changes storage once in six hours: run the update again later, or revert the change of the storage until then."),

    // RDS. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    ("rds", "*", "does not include the required permissions", Propagating, "The role must trust monitoring.rds.amazonaws.com and have the policy AmazonRDSEnhancedMonitoringRole."),
    ("rds", "InvalidParameterCombination", "disable deletion protection", Invalid, PROTECTED),
    ("rds", "InvalidDBSubnetGroupStateFault", "", InUse, ""),
    ("rds", "InvalidDBParameterGroupState", "still members", InUse, ""),
    ("rds", "InvalidDBClusterStateFault", "still contains", InUse, ""),
    ("rds", "DBSubnetGroupDoesNotCoverEnoughAZs", "", Invalid, "Give subnets in at least two zones."),
    ("rds", "InvalidVPCNetworkStateFault", "", Invalid, "All subnets of the group must be in the VPC and the Availability Zones of the database; RDS moves a database only to a subnet group of another VPC."),
    ("rds", "SubnetAlreadyInUse", "", InUse, ""),
    ("rds", "KMSKeyNotAccessibleFault", "", AccessDenied, KMS),
    ("rds", "IamRole*", "", Propagating, ""),
    ("rds", "DBSubnetGroupNotAllowedFault", "", Invalid, ""),
    ("rds", "SubscriptionAlreadyExist", "", AlreadyExists, ""),
    ("rds", "PointInTimeRestoreNotEnabled", "", Invalid, ""),
    ("rds", "DBUpgradeDependencyFailure", "", Failed, ""),
    ("rds", "*NotAvailable*", "", Invalid, ""),
    ("rds", "*NotSupported*", "", Invalid, ""),
];
