//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    ("ecs", "ClientException", "Too many concurrent attempts", Throttled, ""),

    // ECS. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    ("ecs", "ServiceNotActiveException", "", NotFound, ""),
    ("ecs", "ClientException", "Unable to describe task definition", NotFound, ""),
    ("ecs", "*", "Unable to assume the service linked role", Propagating, "The role AWSServiceRoleForECS is created on first use; if it is missing, create it with `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`."),
    ("ecs", "*", "unable to assume the role", Propagating, "The role must trust ecs-tasks.amazonaws.com."),
    ("ecs", "*", "unable to assume role", Propagating, "The role must trust ecs-tasks.amazonaws.com."),
    ("ecs", "*", "service role being passed has the proper permissions", Propagating, ""),
    ("ecs", "ClientException", "Role is not valid", Propagating, "The role must exist and trust ecs-tasks.amazonaws.com."),
    ("ecs", "InvalidParameterException", "does not have an associated load balancer", Propagating, "A listener or a rule must forward to the target group before the service uses it."),
    ("ecs", "InvalidParameterException", "not idempotent", AlreadyExists, "The cluster has a service of this name already."),
    ("ecs", "InvalidParameterException", "still Draining", NotReady, "The service of this name is being deleted; its tasks are draining."),
    ("ecs", "InvalidParameterException", "scaled above 0", InUse, "Set the desired count to 0 first, or force the deletion."),
    ("ecs", "ClusterContains*", "", InUse, ""),
    ("ecs", "UpdateInProgressException", "", NotReady, ""),
    ("ecs", "Platform*Exception", "", Invalid, ""),
    ("ecs", "ClientException", "", Invalid, ""),
];
