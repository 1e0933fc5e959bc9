//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const TOPIC: &[Unsupported] = &[
    without(
        "applicationFailureFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "applicationSuccessFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "applicationSuccessFeedbackSampleRate",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseFailureFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseSuccessFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseSuccessFeedbackSampleRate",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpFailureFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpSuccessFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpSuccessFeedbackSampleRate",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaFailureFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaSuccessFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaSuccessFeedbackSampleRate",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsFailureFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsSuccessFeedbackRoleArn",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsSuccessFeedbackSampleRate",
        "delivery status is logged for no protocol; leave it out, or use the AWS package for this topic",
    ),
    without("archivePolicy", "messages are not archived; subscribe a queue"),
    without("fifoThroughputScope", "a FIFO topic has the throughput that AWS gives it; leave it out"),
    without("signatureVersion", "messages are signed as AWS does by default; leave it out").but(&["1"]),
    without("tracingConfig", "leave it out: X-Ray does not trace messages").but(&["PassThrough"]),
];

pub(super) const TOPIC_SUBSCRIPTION: &[Unsupported] = &[
    without("confirmationTimeoutInMinutes", "leave it out: nothing waits for a confirmation"),
    without("endpointAutoConfirms", "endpoints confirm in their own time; leave it out"),
    without("replayPolicy", "messages are not archived; leave it out"),
];
