//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const TOPIC: &[Unsupported] = &[
    without(
        "applicationFailureFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "applicationSuccessFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "applicationSuccessFeedbackSampleRate",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseFailureFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseSuccessFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "firehoseSuccessFeedbackSampleRate",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpFailureFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpSuccessFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "httpSuccessFeedbackSampleRate",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaFailureFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaSuccessFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "lambdaSuccessFeedbackSampleRate",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsFailureFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsSuccessFeedbackRoleArn",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without(
        "sqsSuccessFeedbackSampleRate",
        "delivery status logging is not supported; leave it out, or use the AWS package for this topic",
    ),
    without("archivePolicy", "messages are not archived; subscribe an SQS queue to keep them"),
    without(
        "fifoThroughputScope",
        "the throughput scope of a FIFO topic keeps the default of AWS; leave it out",
    ),
    without("signatureVersion", "messages are signed with the default signature version; leave it out")
        .but(&["1"]),
    without("tracingConfig", "leave it out: X-Ray does not trace messages").but(&["PassThrough"]),
];

pub(super) const TOPIC_SUBSCRIPTION: &[Unsupported] = &[
    without("confirmationTimeoutInMinutes", "leave it out: nothing waits for a confirmation"),
    without("endpointAutoConfirms", "endpoints must confirm their subscriptions themselves; leave it out"),
    without("replayPolicy", "messages are not archived; leave it out"),
];
