//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // IAM. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
    ("iam", "LimitExceeded", "AccessKeysPerUser", Limit, "A user has at most two access keys: delete one that nothing uses."),
    ("iam", "DeleteConflict", "", InUse, ""),
    ("iam", "PolicyNotAttachable", "", Invalid, ""),
    ("iam", "EntityTemporarilyUnmodifiable", "", NotReady, ""),
    ("iam", "InvalidInput", "has been taken in this account", AlreadyExists, ""),
];
