//! Error codes of the service, and what they mean here.

use crate::aws::codes::{KMS, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    ("secretsmanager", "InvalidRequestException", "scheduled for deletion", NotReady, "A secret of this name is scheduled for deletion: restore it with `aws secretsmanager restore-secret`, or choose another name."),
    ("secretsmanager", "InvalidRequestException", "marked for deletion", NotFound, ""),
    ("secretsmanager", "InvalidRequestException", "marked deleted", NotFound, ""),
    ("secretsmanager", "ResourceExistsException", "", AlreadyExists, ""),
    ("secretsmanager", "MalformedPolicyDocumentException", "principal", Propagating, "Every principal in the policy must exist."),
    ("secretsmanager", "PreconditionNotMetException", "", Invalid, ""),
    ("secretsmanager", "PublicPolicyException", "", Invalid, "The policy is public; restrict its principals."),
    ("secretsmanager", "DecryptionFailure", "", AccessDenied, KMS),
    ("secretsmanager", "EncryptionFailure", "", AccessDenied, KMS),
];
