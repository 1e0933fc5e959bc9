//! Error codes of the service, and what they mean here.

use crate::aws::codes::{QUOTA, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // WAF. https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html and the pages of the others.
    ("wafv2", "WAFNonexistentItemException", "", NotFound, ""),
    ("wafv2", "WAFDuplicateItemException", "", AlreadyExists, ""),
    ("wafv2", "WAFAssociatedItemException", "", InUse, ""),
    ("wafv2", "WAFOptimisticLockException", "", NotReady, "Another process is changing it at the same time."),
    ("wafv2", "WAFUnavailableEntityException", "", Propagating, "What it refers to must exist and be ready."),
    ("wafv2", "WAFLimitsExceededException", "", Limit, QUOTA),
    ("wafv2", "WAFSubscriptionNotFoundException", "", Invalid, "Subscribe to the vendor's group in the AWS Marketplace."),
    ("wafv2", "WAFServiceLinkedRoleErrorException", "", AccessDenied, "Allow iam:CreateServiceLinkedRole for wafv2.amazonaws.com."),
    ("wafv2", "WAFInternalErrorException", "", Network, ""),
    ("wafv2", "WAFTagOperation*", "", Network, ""),
    ("wafv2", "WAF*", "", Invalid, ""),
];
