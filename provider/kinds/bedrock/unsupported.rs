//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const AGENTCORE_AGENT_RUNTIME: &[Unsupported] =
    &[without("timeouts", "give the resource option customTimeouts instead")];

pub(super) const AGENTCORE_AGENT_RUNTIME_ENDPOINT: &[Unsupported] =
    &[without("timeouts", "give the resource option customTimeouts instead")];

pub(super) const AGENTCORE_MEMORY: &[Unsupported] = &[
    without("indexedKeys", "leave it out, or use the AWS package for this memory"),
    without("streamDeliveryResources", "leave it out, or use the AWS package for this memory"),
    without("timeouts", "give the resource option customTimeouts instead"),
];

pub(super) const AGENTCORE_MEMORY_STRATEGY: &[Unsupported] = &[
    without("memoryExecutionRoleArn", "give memoryExecutionRoleArn of the memory"),
    without("memoryRecordSchema", "leave it out, or use the AWS package for this strategy"),
    without("reflectionConfiguration", "leave it out, or use the AWS package for this strategy"),
    without("timeouts", "give the resource option customTimeouts instead"),
];

pub(super) const AGENTCORE_GATEWAY: &[Unsupported] =
    &[without("timeouts", "give the resource option customTimeouts instead")];

pub(super) const AGENTCORE_GATEWAY_TARGET: &[Unsupported] =
    &[without("timeouts", "give the resource option customTimeouts instead")];
