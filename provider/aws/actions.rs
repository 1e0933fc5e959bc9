//! IAM's names of the actions that operations need.

/// The prefix that IAM uses for a service, from the name of its SDK crate.
pub(super) fn iam_prefix(service: &str) -> &str {
    match service {
        "applicationautoscaling" => "application-autoscaling",
        "bedrockagentcorecontrol" => "bedrock-agentcore",
        "bedrockdataautomation" => "bedrock",
        "cloudwatchlogs" => "logs",
        "efs" => "elasticfilesystem",
        "eventbridge" => "events",
        "cognitoidentityprovider" => "cognito-idp",
        "elasticloadbalancingv2" => "elasticloadbalancing",
        other => other,
    }
}

/// The IAM action that an operation needs, where it is not of the operation's own name. There may
/// be more.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>,
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cf-api-permissions-ref.html>.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("cloudfront", "CreateDistributionWithTags", "CreateDistribution"),
    ("s3", "DeleteBucketCors", "PutBucketCORS"),
    ("s3", "DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("s3", "DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("s3", "DeleteBucketTagging", "PutBucketTagging"),
    ("s3", "DeleteObjects", "DeleteObject"),
    ("s3", "DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("s3", "GetBucketCors", "GetBucketCORS"),
    ("s3", "GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("s3", "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3", "HeadObject", "GetObject"),
    ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "PutBucketCors", "PutBucketCORS"),
    ("s3", "PutBucketEncryption", "PutEncryptionConfiguration"),
    ("s3", "PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
];

/// The IAM action that an operation needs, such as `ec2:CreateVpc`; the service is an IAM prefix.
pub fn iam_action(service: &str, operation: &str) -> String {
    let other = ACTIONS.iter().find(|(of, name, _)| *of == service && *name == operation);
    format!("{service}:{}", other.map_or(operation, |(_, _, action)| action))
}
