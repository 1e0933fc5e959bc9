//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // EC2. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    ("ec2", "Gateway.NotAttached", "", NotFound, ""),
    ("ec2", "InvalidSubnet.Conflict", "", Invalid, "The range overlaps with another subnet of the VPC; choose a free range."),
    ("ec2", "InvalidVpc.Range", "", Invalid, "The range of a VPC must be between /16 and /28."),
    ("ec2", "InvalidSubnet.Range", "", Invalid, "The range of a subnet must be within a range of its VPC, and between /16 and /28."),
    ("ec2", "Resource.AlreadyAssociated", "", AlreadyExists, ""),
    ("ec2", "IdempotentParameterMismatch", "", Invalid, "An earlier attempt had other properties; change the name or the client token."),
    ("ec2", "OperationNotPermitted", "disableApiTermination", Invalid, "Set disableApiTermination to false and run `pulumi up` first."),
    ("ec2", "OperationNotPermitted", "", InUse, "An AWS service manages it; delete the resource that it belongs to."),
    ("ec2", "InvalidParameterValue", "currently in use", InUse, ""),
    ("ec2", "InvalidParameterValue", "belong to different networks", Propagating, "The gateway must be attached to the VPC of the route table."),
    ("ec2", "VPCIdNotSpecified", "", Invalid, "The account has no default VPC in this region: give vpcId."),
    ("ec2", "CannotDelete", "", Invalid, "It is the default security group of its VPC, which is deleted together with the VPC."),
    ("ec2", "InvalidParameterValue", "Invalid IAM Instance Profile", Propagating, ""),
    ("ec2", "InsufficientFreeAddressesInSubnet", "", Limit, "The subnet has no free address left; use a larger one."),
    ("ec2", "InvalidStateTransition", "", NotReady, ""),
    ("ec2", "IncorrectState*", "", NotReady, ""),
    ("ec2", "IncorrectInstanceState", "", NotReady, ""),
];
