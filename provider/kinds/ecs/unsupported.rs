//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const CAPACITY_PROVIDER: &[Unsupported] = &[
    without("cluster", "it belongs to managedInstancesProvider, which is not supported; leave it out"),
    without(
        "managedInstancesProvider",
        "give autoScalingGroupProvider, or use FARGATE, which needs no resource",
    ),
];

pub(super) const SERVICE: &[Unsupported] = &[
    without("forceDelete", "a service is scaled to nothing before it is deleted; leave it out"),
    without("iamRole", "the service-linked role of ECS is used; leave it out"),
    without("orderedPlacementStrategies", "Fargate places tasks itself; leave it out"),
    without("placementConstraints", "Fargate places tasks itself; leave it out"),
    without("sigintRollback", "the next deployment continues an interrupted one; leave it out"),
    without(
        "vpcLatticeConfigurations",
        "VPC Lattice is not supported; give loadBalancers or serviceConnectConfiguration",
    ),
];

pub(super) const TASK_DEFINITION: &[Unsupported] = &[
    without("ipcMode", "Fargate does not support it; leave it out"),
    without("placementConstraints", "Fargate does not support it; leave it out"),
    without(
        "proxyConfiguration",
        "AWS App Mesh ends in September 2026; give serviceConnectConfiguration to the service",
    ),
    without("trackLatest", "the resource always refers to the revision that it registered; leave it out"),
];
