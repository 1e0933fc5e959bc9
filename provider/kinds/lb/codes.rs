//! Error codes of the service, and what they mean here.

use crate::aws::codes::{PROTECTED, Row};
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Elastic Load Balancing. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html
    ("elasticloadbalancing", "CertificateNotFound", "", Propagating, "The certificate must be issued, and be in the region of the load balancer."),
    ("elasticloadbalancing", "UnsupportedCertificate", "", Propagating, "The certificate must be issued and of a key type that load balancers take."),
    ("elasticloadbalancing", "SSLPolicyNotFound", "", Invalid, "See the names of security policies in the Elastic Load Balancing guide."),
    ("elasticloadbalancing", "SubnetNotFound", "", Invalid, ""),
    ("elasticloadbalancing", "PriorityInUse", "", AlreadyExists, "Another rule of this listener has this priority; choose a free one."),
    ("elasticloadbalancing", "OperationNotPermitted", "deletion protection", Invalid, PROTECTED),
    ("elasticloadbalancing", "OperationNotPermitted", "", Invalid, ""),
    ("elasticloadbalancing", "TargetGroupAssociationLimit", "", Limit, "A target group can be used by one load balancer only; create one for each."),
];
