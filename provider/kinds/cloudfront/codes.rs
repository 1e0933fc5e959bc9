//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // CloudFront. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
    ("cloudfront", "PreconditionFailed", "", NotReady, "Another process changed it at the same time."),
    ("cloudfront", "InvalidIfMatchVersion", "", NotReady, "Another process changed it at the same time."),
    ("cloudfront", "DistributionNotDisabled", "", NotReady, ""),
    ("cloudfront", "CNAMEAlreadyExists", "", AlreadyExists, "A domain name can be the alias of one distribution only; another distribution, perhaps of another account, has it."),
    ("cloudfront", "NoSuchOrigin", "", Invalid, "Each targetOriginId must be the originId of one of the origins."),
    ("cloudfront", "InvalidViewerCertificate", "doesn't exist", Propagating, "The certificate must be issued, and be in us-east-1."),
    ("cloudfront", "IllegalUpdate", "", Invalid, ""),
];
