//! Error codes of the service, and what they mean here.

use crate::aws::codes::{QUOTA, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Route 53. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    ("route53", "InvalidChangeBatch", "it was not found", NotFound, ""),
    ("route53", "InvalidChangeBatch", "it already exists", AlreadyExists, "Import the record, or set allowOverwrite."),
    ("route53", "InvalidChangeBatch", "do not match the current values", Invalid, "Another process changed the record; run `pulumi refresh`."),
    ("route53", "HostedZoneNotEmpty", "", InUse, "Delete its other records first."),
    ("route53", "ConflictingDomainExists", "", AlreadyExists, ""),
    ("route53", "DelegationSetNotAvailable", "", Limit, ""),
    ("route53", "LimitsExceeded", "", Limit, QUOTA),
];
