//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Amazon EC2 Auto Scaling. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
    ("autoscaling", "AlreadyExists", "pending delete", NotReady, "An Auto Scaling group of this name is being deleted."),
    ("autoscaling", "ValidationError", "name not found", NotFound, ""),
    ("autoscaling", "ValidationError", "not found", NotFound, ""),
    ("autoscaling", "ValidationError", "not part of the group", NotFound, ""),
    ("autoscaling", "ValidationError", "Invalid IAM Instance Profile", Propagating, "The instance profile must exist."),
    ("autoscaling", "InstanceRefreshInProgress", "", NotReady, "The previous instance refresh is being canceled: run the update again when it has ended."),
    ("autoscaling", "ActiveInstanceRefreshNotFound", "", NotFound, ""),
    ("autoscaling", "ResourceContention", "", NotReady, "Another change of the Auto Scaling group is in progress."),
    ("autoscaling", "ScalingActivityInProgress", "", InUse, ""),
    ("autoscaling", "ServiceLinkedRoleFailure", "", Propagating, "The role AWSServiceRoleForAutoScaling is created on first use."),
];
