//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // CloudTrail. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    ("cloudtrail", "InsufficientS3BucketPolicyException", "", Propagating, "The policy of the bucket must let cloudtrail.amazonaws.com put objects with the canned ACL bucket-owner-full-control, and read the ACL of the bucket."),
    ("cloudtrail", "InsufficientEncryptionPolicyException", "", Propagating, "The policy of the KMS key must let cloudtrail.amazonaws.com use it."),
    ("cloudtrail", "InsufficientSnsTopicPolicyException", "", Propagating, "The policy of the topic must let cloudtrail.amazonaws.com publish to it."),
    ("cloudtrail", "CloudWatchLogsDeliveryUnavailableException", "", Propagating, ""),
    ("cloudtrail", "InvalidCloudWatchLogsRoleArnException", "", Propagating, "The role must trust cloudtrail.amazonaws.com and may write to the log group."),
    ("cloudtrail", "S3BucketDoesNotExistException", "", Propagating, ""),
    ("cloudtrail", "MaximumNumberOfTrailsExceededException", "", Limit, "A region can have five trails; remove one that is not needed."),
    ("cloudtrail", "InsightNotEnabledException", "", NotFound, ""),
    ("cloudtrail", "TrailNotFound*", "", NotFound, ""),
];
