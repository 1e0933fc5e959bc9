//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const DASHBOARD: &[Unsupported] = &[without("region", "dashboards are global; leave it out")];

pub(super) const EVENT_RULE: &[Unsupported] =
    &[without("isEnabled", "give state, which is ENABLED or DISABLED").but(&["true"])];

pub(super) const EVENT_TARGET: &[Unsupported] = &[
    without(
        "appsyncTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "batchTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "httpTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "kinesisTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "redshiftTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "runCommandTargets",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without(
        "sagemakerPipelineTarget",
        "targets are ECS tasks, queues, topics and functions; use the AWS package for this target",
    ),
    without("forceDestroy", "only rules that AWS services manage require it; leave it out"),
];

pub(super) const LOG_GROUP: &[Unsupported] =
    &[without("deletionProtectionEnabled", "give the resource option protect instead")];

pub(super) const METRIC_ALARM: &[Unsupported] = &[
    without("evaluationCriteria", "give metricName or metricQueries with threshold and period"),
    without("evaluationInterval", "give metricName or metricQueries with threshold and period"),
    without("warmUpConfiguration", "give metricName or metricQueries with threshold and period"),
];

pub(super) const LOG_RESOURCE_POLICY: &[Unsupported] =
    &[without("resourceArn", "the policy applies to the account; name the log group in its statements")];
