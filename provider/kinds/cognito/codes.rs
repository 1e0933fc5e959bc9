//! Error codes of the service, and what they mean here.

use crate::aws::codes::{PROTECTED, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Cognito. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html
    ("cognito-idp", "InvalidParameterException", "deletion protection", Invalid, PROTECTED),
    ("cognito-idp", "InvalidParameterException", "has a domain configured", InUse, ""),
    ("cognito-idp", "InvalidParameterException", "Domain already", AlreadyExists, ""),
    ("cognito-idp", "InvalidParameterException", "already associated with another user pool", AlreadyExists, ""),
    ("cognito-idp", "InvalidSmsRole*", "", Propagating, "The role must trust cognito-idp.amazonaws.com with the external ID, and may publish to SNS."),
    ("cognito-idp", "FeatureUnavailableInTierException", "", Invalid, "Choose a higher userPoolTier."),
    ("cognito-idp", "TierChangeNotAllowedException", "", Invalid, ""),
    ("cognito-idp", "UserPoolTagging*", "", Invalid, ""),
    ("cognito-idp", "UserPoolAddOnNotEnabledException", "", Invalid, ""),
];
