//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Cloud Map. https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
    ("servicediscovery", "NamespaceNotFound", "", NotFound, ""),
    ("servicediscovery", "ServiceNotFound", "", NotFound, ""),
    ("servicediscovery", "InstanceNotFound", "", NotFound, ""),
    ("servicediscovery", "OperationNotFound", "", NotFound, ""),
    ("servicediscovery", "ConflictingDomainExists", "", AlreadyExists, "The VPC has a hosted zone of this name already."),
    ("servicediscovery", "NamespaceAlreadyExists", "", AlreadyExists, "The VPC has a hosted zone of this name already."),
    ("servicediscovery", "ServiceAlreadyExists", "", AlreadyExists, ""),
    ("servicediscovery", "DuplicateRequest", "", NotReady, "AWS Cloud Map is already processing the same request."),
    ("servicediscovery", "ResourceInUse", "", InUse, "Remove the services of the namespace, and the instances of the service, first."),
    ("servicediscovery", "ResourceLimitExceeded", "", Limit, ""),
];
