//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const ATTACHMENT: &[Unsupported] =
    &[without("elb", "classic load balancers are not supported; give lbTargetGroupArn")];

pub(super) const GROUP: &[Unsupported] = &[
    without("availabilityZoneDistribution", "leave it out: instances are balanced as AWS does by default"),
    without("capacityReservationSpecification", "leave it out, or use the AWS package for this group"),
    without("context", "AWS reserves it; leave it out"),
    without("desiredCapacityType", "capacity is counted in instances; leave it out").but(&["units"]),
    without("forceDeleteWarmPool", "warm pools are not supported; leave it out"),
    without("ignoreFailedScalingActivities", "leave it out: failed launches are retried").but(&["true"]),
    without("initialLifecycleHooks", "lifecycle hooks are not supported; leave it out"),
    without("instanceLifecyclePolicy", "lifecycle hooks are not supported; leave it out"),
    without("instanceMaintenancePolicy", "leave it out, or use the AWS package for this group"),
    without("launchConfiguration", "AWS no longer develops launch configurations; give launchTemplate"),
    without("loadBalancers", "classic load balancers are not supported; give targetGroupArns"),
    without("metricsGranularity", "leave it out: metrics are collected every minute").but(&["1Minute"]),
    without("minElbCapacity", "leave it out: the group waits until its instances are in service"),
    without("placementGroup", "leave it out, or use the AWS package for this group"),
    without("trafficSources", "give targetGroupArns"),
    without("waitForElbCapacity", "leave it out: the group waits until its instances are in service"),
    without("warmPool", "warm pools are not supported; leave it out"),
];

pub(super) const POLICY: &[Unsupported] = &[without(
    "predictiveScalingConfiguration",
    "predictive scaling is not supported; give the policyType TargetTrackingScaling with targetTrackingConfiguration",
)];
