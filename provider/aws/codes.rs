//! AWS's error codes and what they mean here: one table, first match wins.
//!
//! Sources, beside the error lists of each operation in the API references:
//! - EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html>
//! - all services: <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
//! - RDS: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html>
//! - ECS: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>

use super::error_kind::ErrorKind;
use ErrorKind::*;

/// `(service, code, part of the message, kind, advice)`. The service is an IAM prefix or `*`; a
/// code may begin or end with `*`; an empty text matches every message.
type Row = (&'static str, &'static str, &'static str, ErrorKind, &'static str);

const SIGN_IN: &str =
    "The session has expired. Sign in again (for SSO: `aws sso login`) and repeat the command.";
const BAD_KEY: &str = "Check the access key, or whether this region is enabled for the account.";
const CLOCK: &str = "Check the clock of this machine.";
const QUOTA: &str = "Request an increase in the Service Quotas console, or delete what is not needed.";
const UNSIGNED: &str = "Check how this program gets its AWS credentials.";
const PROTECTED: &str = "Set deletion protection to false and run the update before the deletion.";
const CAPACITY: &str = "Choose another size or other zones, or try again later.";
const ELSEWHERE: &str = "The bucket is in another region: give that as the property region.";
const KMS: &str = "Allow this role to use the KMS key, in the key policy as well.";

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Credentials and permissions. https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html
    ("*", "SignatureDoesNotMatch", "Signature expired", Credentials, CLOCK),
    ("*", "SignatureDoesNotMatch", "not yet current", Credentials, CLOCK),
    ("*", "InvalidSignatureException", "Signature expired", Credentials, CLOCK),
    ("*", "InvalidSignatureException", "not yet current", Credentials, CLOCK),
    ("*", "RequestTimeTooSkewed", "", Credentials, CLOCK),
    ("*", "ExpiredToken*", "", Credentials, SIGN_IN),
    ("*", "RequestExpired", "", Credentials, "The session has expired, or the clock of this machine is wrong."),
    ("*", "InvalidClientTokenId", "", Credentials, BAD_KEY),
    ("*", "UnrecognizedClientException", "", Credentials, BAD_KEY),
    ("*", "InvalidAccessKeyId", "", Credentials, BAD_KEY),
    ("ec2", "AuthFailure", "validate the provided access credentials", Credentials, BAD_KEY),
    ("*", "SignatureDoesNotMatch", "", Credentials, "Check the secret key."),
    ("*", "InvalidSignatureException", "", Credentials, "Check the secret key."),
    ("*", "IncompleteSignature*", "", Credentials, UNSIGNED),
    ("*", "MissingAuthenticationToken*", "", Credentials, UNSIGNED),
    ("*", "InvalidIdentityToken*", "", Credentials, "Check the web identity token, and that the trust policy of the role names its issuer."),
    ("*", "IDPRejectedClaim", "", Credentials, "Check the web identity token, and that the trust policy of the role names its issuer."),
    ("*", "RegionDisabledException", "", Credentials, "Activate STS for this region in the account settings of IAM."),
    ("*", "OptInRequired", "", AccessDenied, "Enable this region or service for the account."),
    ("*", "Blocked*", "", AccessDenied, "AWS has blocked this account; contact AWS Support."),
    ("ec2", "PendingVerification", "", Limit, "AWS is still verifying this account for the region; try again when AWS has confirmed it by email."),
    ("sts", "AccessDenied", "sts:AssumeRole", AccessDenied, "Allow these credentials the action sts:AssumeRole for the role, and name them in the trust policy of the role."),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    ("s3", "AccessDenied", "BlockPublicAcls", Invalid, "The access control list is public: choose another one, or set blockPublicAcls of the bucket's public access block to false."),
    ("s3", "AccessDenied", "BlockPublicPolicy", Invalid, "The policy is public: restrict its principals, or set publicAccessBlock.blockPublicPolicy of the bucket to false."),
    ("*", "*AccessDenied*", "", AccessDenied, ""),
    ("*", "UnauthorizedOperation", "", AccessDenied, ""),
    ("*", "Unauthorized*", "", AccessDenied, ""),
    ("*", "AuthorizationError*", "", AccessDenied, ""),
    ("*", "NotAuthorized*", "", AccessDenied, ""),
    ("*", "AuthFailure", "", AccessDenied, ""),

    // Throttling, and AWS's own faults.
    ("*", "RequestLimitExceeded", "", Throttled, ""),
    ("*", "BandwidthLimitExceeded", "", Throttled, ""),
    ("*", "Throttl*", "", Throttled, ""),
    ("*", "RequestThrottled*", "", Throttled, ""),
    ("*", "EC2ThrottledException", "", Throttled, ""),
    ("*", "TooManyRequests*", "", Throttled, ""),
    ("*", "SlowDown", "", Throttled, ""),
    ("*", "*", "Rate exceeded", Throttled, ""),
    ("ecs", "ClientException", "Too many concurrent attempts", Throttled, ""),
    ("*", "PriorRequestNotComplete", "", Throttled, ""),
    ("*", "Internal*", "", Network, ""),
    ("*", "ServiceUnavailable*", "", Network, ""),
    ("*", "Unavailable", "", Network, ""),
    ("*", "ServerException", "", Network, ""),
    ("*", "ServiceFailure", "", Network, ""),
    ("*", "RequestTimeout*", "", Network, ""),
    ("sts", "IDPCommunicationError", "", Network, ""),

    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html
    ("rds", "*", "storage change is being optimized", Limit, "RDS changes storage once in six hours: run the update again later, or revert the change of the storage until then."),
    ("rds", "*", "Storage optimization", Limit, "RDS changes storage once in six hours: run the update again later, or revert the change of the storage until then."),

    // EC2. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    ("ec2", "Gateway.NotAttached", "", NotFound, ""),
    ("ec2", "InvalidSubnet.Conflict", "", Invalid, "The range overlaps with another subnet of the VPC; choose a free range."),
    ("ec2", "InvalidVpc.Range", "", Invalid, "The range of a VPC must be between /16 and /28."),
    ("ec2", "InvalidSubnet.Range", "", Invalid, "The range of a subnet must be within a range of its VPC, and between /16 and /28."),
    ("ec2", "Resource.AlreadyAssociated", "", AlreadyExists, ""),
    ("ec2", "IdempotentParameterMismatch", "", Invalid, "An earlier attempt had other properties; change the name or the client token."),
    ("ec2", "OperationNotPermitted", "disableApiTermination", Invalid, "Set disableApiTermination to false and run `pulumi up` first."),
    ("ec2", "OperationNotPermitted", "", InUse, "An AWS service manages it; delete the resource that it belongs to."),
    ("ec2", "InvalidParameterValue", "currently in use", InUse, ""),
    ("ec2", "InvalidParameterValue", "belong to different networks", Propagating, "The gateway must be attached to the VPC of the route table."),
    ("ec2", "VPCIdNotSpecified", "", Invalid, "The account has no default VPC in this region: give vpcId."),
    ("ec2", "CannotDelete", "", Invalid, "It is the default security group of its VPC, which is deleted together with the VPC."),
    ("ec2", "InvalidParameterValue", "Invalid IAM Instance Profile", Propagating, ""),
    ("ec2", "InsufficientFreeAddressesInSubnet", "", Limit, "The subnet has no free address left; use a larger one."),
    ("ec2", "InvalidStateTransition", "", NotReady, ""),
    ("ec2", "IncorrectState*", "", NotReady, ""),
    ("ec2", "IncorrectInstanceState", "", NotReady, ""),

    // Elastic Load Balancing. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html
    ("elasticloadbalancing", "CertificateNotFound", "", Propagating, "The certificate must be issued, and be in the region of the load balancer."),
    ("elasticloadbalancing", "UnsupportedCertificate", "", Propagating, "The certificate must be issued and of a key type that load balancers take."),
    ("elasticloadbalancing", "SSLPolicyNotFound", "", Invalid, "See the names of security policies in the Elastic Load Balancing guide."),
    ("elasticloadbalancing", "SubnetNotFound", "", Invalid, ""),
    ("elasticloadbalancing", "PriorityInUse", "", AlreadyExists, "Another rule of this listener has this priority; choose a free one."),
    ("elasticloadbalancing", "OperationNotPermitted", "deletion protection", Invalid, PROTECTED),
    ("elasticloadbalancing", "OperationNotPermitted", "", Invalid, ""),
    ("elasticloadbalancing", "TargetGroupAssociationLimit", "", Limit, "A target group can be used by one load balancer only; create one for each."),

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

    // RDS. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    ("rds", "*", "does not include the required permissions", Propagating, "The role must trust monitoring.rds.amazonaws.com and have the policy AmazonRDSEnhancedMonitoringRole."),
    ("rds", "InvalidParameterCombination", "disable deletion protection", Invalid, PROTECTED),
    ("rds", "InvalidDBSubnetGroupStateFault", "", InUse, ""),
    ("rds", "InvalidDBParameterGroupState", "still members", InUse, ""),
    ("rds", "InvalidDBClusterStateFault", "still contains", InUse, ""),
    ("rds", "DBSubnetGroupDoesNotCoverEnoughAZs", "", Invalid, "Give subnets in at least two zones."),
    ("rds", "InvalidVPCNetworkStateFault", "", Invalid, "All subnets of the group must be in the VPC and the Availability Zones of the database; RDS moves a database only to a subnet group of another VPC."),
    ("rds", "SubnetAlreadyInUse", "", InUse, ""),
    ("rds", "KMSKeyNotAccessibleFault", "", AccessDenied, KMS),
    ("rds", "IamRole*", "", Propagating, ""),
    ("rds", "DBSubnetGroupNotAllowedFault", "", Invalid, ""),
    ("rds", "SubscriptionAlreadyExist", "", AlreadyExists, ""),
    ("rds", "PointInTimeRestoreNotEnabled", "", Invalid, ""),
    ("rds", "DBUpgradeDependencyFailure", "", Failed, ""),
    ("rds", "*NotAvailable*", "", Invalid, ""),
    ("rds", "*NotSupported*", "", Invalid, ""),

    // ElastiCache. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    ("elasticache", "InvalidCacheParameterGroupState", "still members", InUse, ""),
    ("elasticache", "InvalidKMSKeyFault", "", AccessDenied, KMS),
    ("elasticache", "InvalidVPCNetworkStateFault", "", Invalid, "The subnets and security groups must be in one VPC, and the subnets must have free addresses."),
    ("elasticache", "ServiceLinkedRoleNotFoundFault", "", Propagating, "The role AWSServiceRoleForElastiCache is created on first use."),
    ("elasticache", "SubnetNotAllowedFault", "", Invalid, ""),
    ("elasticache", "SnapshotFeatureNotSupportedFault", "", Invalid, "Nodes of this type do not support snapshots."),
    ("elasticache", "*Quota*Exceeded*", "", Limit, QUOTA),

    // ECR. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
    ("ecr", "RepositoryNotEmptyException", "", InUse, "Delete its images first, or set forceDelete."),
    ("ecr", "InvalidParameterException", "Invalid repository policy", Propagating, "Every principal in the policy must exist."),
    ("ecr", "KmsException", "", AccessDenied, KMS),

    // Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    ("secretsmanager", "InvalidRequestException", "scheduled for deletion", NotReady, "A secret of this name is scheduled for deletion: restore it with `aws secretsmanager restore-secret`, or choose another name."),
    ("secretsmanager", "InvalidRequestException", "marked for deletion", NotFound, ""),
    ("secretsmanager", "InvalidRequestException", "marked deleted", NotFound, ""),
    ("secretsmanager", "ResourceExistsException", "", AlreadyExists, ""),
    ("secretsmanager", "MalformedPolicyDocumentException", "principal", Propagating, "Every principal in the policy must exist."),
    ("secretsmanager", "PreconditionNotMetException", "", Invalid, ""),
    ("secretsmanager", "PublicPolicyException", "", Invalid, "The policy is public; restrict its principals."),
    ("secretsmanager", "DecryptionFailure", "", AccessDenied, KMS),
    ("secretsmanager", "EncryptionFailure", "", AccessDenied, KMS),

    // IAM. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html (eventual consistency)
    ("*", "MalformedPolicy*", "invalid principal", Propagating, "Every principal in the policy must exist."),
    ("iam", "LimitExceeded", "AccessKeysPerUser", Limit, "A user has at most two access keys: delete one that nothing uses."),
    ("iam", "DeleteConflict", "", InUse, ""),
    ("iam", "PolicyNotAttachable", "", Invalid, ""),
    ("iam", "EntityTemporarilyUnmodifiable", "", NotReady, ""),
    ("iam", "InvalidInput", "has been taken in this account", AlreadyExists, ""),

    // CloudWatch Logs: another change of the same group is under way.
    ("logs", "OperationAbortedException", "", NotReady, ""),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    ("logs", "InvalidParameterException", "KMS key", Invalid, "The key's own policy must let logs.<region>.amazonaws.com use it."),

    // Route 53. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    ("route53", "InvalidChangeBatch", "it was not found", NotFound, ""),
    ("route53", "InvalidChangeBatch", "it already exists", AlreadyExists, "Import the record, or set allowOverwrite."),
    ("route53", "InvalidChangeBatch", "do not match the current values", Invalid, "Another process changed the record; run `pulumi refresh`."),
    ("route53", "HostedZoneNotEmpty", "", InUse, "Delete its other records first."),
    ("route53", "ConflictingDomainExists", "", AlreadyExists, ""),
    ("route53", "DelegationSetNotAvailable", "", Limit, ""),
    ("route53", "LimitsExceeded", "", Limit, QUOTA),

    // S3. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    ("s3", "BucketAlreadyOwnedByYou", "", AlreadyExists, ""),
    ("s3", "BucketNotEmpty", "", InUse, ""),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    ("s3", "AccessControlListNotSupported", "", Invalid, "Access control lists of the bucket are disabled: enable them with BucketOwnershipControls, or grant access by a policy."),
    ("s3", "InvalidBucketAclWithObjectOwnership", "", Invalid, "The access control list of the bucket still grants access to others: make it private first."),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    ("s3", "InvalidArgument", "Unable to validate the following destination", NotReady, "Let the policy of the queue, topic or function allow s3.amazonaws.com to send to it."),
    ("s3", "OperationAborted", "", NotReady, "Another change of the bucket, or the deletion of a bucket of the same name, is in progress."),
    ("s3", "*NotFoundError", "", NotFound, ""),
    ("s3", "PermanentRedirect", "", Invalid, ELSEWHERE),
    ("s3", "AuthorizationHeaderMalformed", "", Invalid, ELSEWHERE),
    ("s3", "IllegalLocationConstraintException", "", Invalid, ELSEWHERE),

    // CloudFront. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
    ("cloudfront", "PreconditionFailed", "", NotReady, "Another process changed it at the same time."),
    ("cloudfront", "InvalidIfMatchVersion", "", NotReady, "Another process changed it at the same time."),
    ("cloudfront", "DistributionNotDisabled", "", NotReady, ""),
    ("cloudfront", "CNAMEAlreadyExists", "", AlreadyExists, "A domain name can be the alias of one distribution only; another distribution, perhaps of another account, has it."),
    ("cloudfront", "NoSuchOrigin", "", Invalid, "Each targetOriginId must be the originId of one of the origins."),
    ("cloudfront", "InvalidViewerCertificate", "doesn't exist", Propagating, "The certificate must be issued, and be in us-east-1."),
    ("cloudfront", "IllegalUpdate", "", Invalid, ""),

    // Amazon EC2 Auto Scaling. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
    ("autoscaling", "AlreadyExists", "pending delete", NotReady, "An Auto Scaling group of this name is being deleted."),
    ("autoscaling", "ValidationError", "name not found", NotFound, ""),
    ("autoscaling", "ValidationError", "not found", NotFound, ""),
    ("autoscaling", "ValidationError", "not part of the group", NotFound, ""),
    ("autoscaling", "ValidationError", "Invalid IAM Instance Profile", Propagating, "The instance profile must exist."),
    ("autoscaling", "ResourceContention", "", NotReady, "Another change of the Auto Scaling group is in progress."),
    ("autoscaling", "ScalingActivityInProgress", "", InUse, ""),
    ("autoscaling", "ServiceLinkedRoleFailure", "", Propagating, "The role AWSServiceRoleForAutoScaling is created on first use."),

    // Application Auto Scaling. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    ("application-autoscaling", "ValidationException", "ECS service doesn't exist", Propagating, ""),
    ("application-autoscaling", "ValidationException", "Unable to assume IAM role", Propagating, ""),
    ("application-autoscaling", "FailedResourceAccessException", "", Propagating, "The service-linked role of Application Auto Scaling must be able to read the alarms and the resource."),

    // Kinesis Data Streams. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    ("kinesis", "ResourceInUseException", "already exists", AlreadyExists, ""),
    ("kinesis", "ResourceInUseException", "consumer", InUse, "Deregister the consumers of the stream, or set enforceConsumerDeletion to true and run the update before the deletion."),
    ("kinesis", "ResourceInUseException", "", NotReady, ""),
    ("kinesis", "LimitExceededException", "simultaneously", NotReady, "At most five streams can be created at the same time."),
    ("kinesis", "KMS*", "", AccessDenied, KMS),

    // SNS. https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    ("sns", "InvalidParameter*", "already exists with different", AlreadyExists, ""),
    ("sns", "KMS*", "", AccessDenied, KMS),

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

    // SQS. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    ("sqs", "*NonExistentQueue", "", NotFound, ""),
    ("sqs", "QueueDoesNotExist", "", NotFound, ""),
    ("sqs", "*QueueDeletedRecently", "", NotReady, "A queue of this name was deleted less than a minute ago."),
    ("sqs", "QueueAlreadyExists", "", AlreadyExists, ""),
    ("sqs", "QueueNameExists", "", AlreadyExists, ""),
    ("sqs", "Kms*", "", AccessDenied, KMS),

    // Systems Manager. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    ("ssm", "ParameterMaxVersionLimitExceeded", "", Limit, "Its oldest version has a label; remove the label."),
    ("ssm", "ParameterPatternMismatchException", "", Invalid, "The value must match allowedPattern."),
    ("ssm", "HierarchyLevelLimitExceededException", "", Invalid, "A path has at most 15 levels."),
    ("ssm", "HierarchyTypeMismatchException", "", Invalid, ""),
    ("ssm", "InvalidResourceId", "", NotFound, ""),
    ("ssm", "TooManyUpdates", "", NotReady, ""),
    ("ssm", "InvalidKeyId", "", Invalid, "The KMS key must exist in this region and be enabled."),

    // KMS. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    ("kms", "KMSInvalidStateException", "pending deletion", Invalid, "The key is being deleted; restore it with `aws kms cancel-key-deletion`."),
    ("kms", "KMSInvalidStateException", "", NotReady, ""),
    ("kms", "DisabledException", "", Invalid, "The key is disabled; set isEnabled to true."),
    ("kms", "DependencyTimeoutException", "", Network, ""),
    ("kms", "KMSInternalException", "", Network, ""),
    ("kms", "MalformedPolicyDocumentException", "", Invalid, "Every principal in the policy must exist, and the policy must let this account manage the key."),

    // Cognito. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html
    ("cognito-idp", "InvalidParameterException", "deletion protection", Invalid, PROTECTED),
    ("cognito-idp", "InvalidParameterException", "has a domain configured", InUse, ""),
    ("cognito-idp", "InvalidParameterException", "Domain already", AlreadyExists, ""),
    ("cognito-idp", "InvalidParameterException", "already associated with another user pool", AlreadyExists, ""),
    ("cognito-idp", "InvalidSmsRole*", "", Propagating, "The role must trust cognito-idp.amazonaws.com with the external ID, and may publish to SNS."),
    ("cognito-idp", "FeatureUnavailableInTierException", "", Invalid, "Choose a higher userPoolTier."),
    ("cognito-idp", "TierChangeNotAllowedException", "", Invalid, ""),
    ("cognito-idp", "UserPoolTagging*", "", Invalid, ""),
    ("cognito-idp", "UserPoolAddOnNotEnabledException", "", Invalid, ""),

    // EFS. https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
    ("elasticfilesystem", "Incorrect*State", "", NotReady, ""),
    ("elasticfilesystem", "MountTargetConflict", "", AlreadyExists, "A file system has at most one mount target in a zone, and all in one VPC."),
    ("elasticfilesystem", "NoFreeAddressesInSubnet", "", Limit, "The subnet has no free address left; use a larger one."),
    ("elasticfilesystem", "IpAddressInUse", "", Invalid, "Choose another address, or leave ipAddress out."),
    ("elasticfilesystem", "BadRequest", "", Invalid, ""),
    ("elasticfilesystem", "DependencyTimeout", "", Network, ""),
    ("elasticfilesystem", "InsufficientThroughputCapacity", "", Limit, CAPACITY),
    ("elasticfilesystem", "AvailabilityZonesMismatch", "", Invalid, "The subnet must be in the zone of the One Zone file system."),

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

    // EventBridge. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    ("events", "ValidationException", "since it has targets", InUse, ""),
    ("events", "ValidationException", "RoleArn is required", Invalid, "Give roleArn: a role that trusts events.amazonaws.com and may run the target; for an ECS task ecs:RunTask, and iam:PassRole for the task's roles."),
    ("events", "ValidationException", "cannot be assumed by principal", Propagating, "The role must trust events.amazonaws.com."),
    ("events", "ManagedRuleException", "", Invalid, "An AWS service made this rule and manages it."),
    ("events", "OperationDisabledException", "", Invalid, ""),

    // WAF. https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html and the pages of the others.
    ("wafv2", "WAFNonexistentItemException", "", NotFound, ""),
    ("wafv2", "WAFDuplicateItemException", "", AlreadyExists, ""),
    ("wafv2", "WAFAssociatedItemException", "", InUse, ""),
    ("wafv2", "WAFOptimisticLockException", "", NotReady, "Another process is changing it at the same time."),
    ("wafv2", "WAFUnavailableEntityException", "", Propagating, "What it refers to must exist and be ready."),
    ("wafv2", "WAFLimitsExceededException", "", Limit, QUOTA),
    ("wafv2", "WAFSubscriptionNotFoundException", "", Invalid, "Subscribe to the vendor's group in the AWS Marketplace."),
    ("wafv2", "WAFServiceLinkedRoleErrorException", "", AccessDenied, "Allow iam:CreateServiceLinkedRole for wafv2.amazonaws.com."),
    ("wafv2", "WAFInternalErrorException", "", Network, ""),
    ("wafv2", "WAFTagOperation*", "", Network, ""),
    ("wafv2", "WAF*", "", Invalid, ""),

    // Bedrock AgentCore, whose names of errors are the same for several things.
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
    ("bedrock-agentcore", "ConflictException", "already exists", AlreadyExists, ""),
    ("bedrock-agentcore", "ValidationException", "already exists", AlreadyExists, ""),
    ("bedrock-agentcore", "ValidationException", "Role validation failed", Propagating, "The role must exist and trust bedrock-agentcore.amazonaws.com."),
    ("bedrock-agentcore", "ValidationException", "assume", Propagating, "The role must exist and trust bedrock-agentcore.amazonaws.com."),
    ("bedrock-agentcore", "ValidationException", "Access denied while validating ECR", Propagating, "The role must be allowed ecr:BatchGetImage and ecr:GetDownloadUrlForLayer for the repository, and ecr:GetAuthorizationToken; the image must exist."),
    ("bedrock-agentcore", "ValidationException", "Access denied while validating S3", Propagating, "The role must be allowed s3:GetObject for the ZIP file, which must exist."),
    ("bedrock-agentcore", "ServiceException", "", Network, ""),
    ("bedrock", "ConflictException", "already exists", AlreadyExists, ""),

    // Any service, by the way AWS forms its codes.
    ("*", "*NotFound", "", NotFound, ""),
    ("*", "*NotFoundException", "", NotFound, ""),
    ("*", "*NotFoundFault", "", NotFound, ""),
    ("*", "NoSuch*", "", NotFound, ""),
    ("*", "*AlreadyExists", "", AlreadyExists, ""),
    ("*", "*AlreadyExistsException", "", AlreadyExists, ""),
    ("*", "*AlreadyExistsFault", "", AlreadyExists, ""),
    ("*", "*AlreadyRegisteredFault", "", AlreadyExists, ""),
    ("*", "DuplicateTagKeys", "", Invalid, ""),
    ("*", "*.Duplicate", "", AlreadyExists, ""),
    ("*", "Duplicate*", "", AlreadyExists, ""),
    ("*", "DependencyViolation", "", InUse, ""),
    ("*", "*InUse", "", InUse, ""),
    ("*", "*InUseException", "", InUse, ""),
    ("*", "*LimitExceeded", "", Limit, QUOTA),
    ("*", "*LimitExceededException", "", Limit, QUOTA),
    ("*", "*QuotaExceeded", "", Limit, QUOTA),
    ("*", "*QuotaExceededFault", "", Limit, QUOTA),
    ("*", "*QuotaExceededException", "", Limit, QUOTA),
    ("*", "QuotaExceeded*", "", Limit, QUOTA),
    ("*", "*LimitReached", "", Limit, QUOTA),
    ("*", "TooManyTags*", "", Invalid, "A resource can have at most 50 tags."),
    ("*", "TooMany*", "", Limit, QUOTA),
    ("*", "Insufficient*Capacity*", "", Limit, CAPACITY),
    ("*", "InsufficientAvailableIPs*", "", Limit, "The subnets have no free address left; use larger ones."),
    ("*", "*InProgressException", "", NotReady, ""),
    ("*", "*ConflictException", "", NotReady, ""),
    ("*", "Concurrent*", "", NotReady, ""),
    ("*", "*NotReady", "", NotReady, ""),
    ("*", "Invalid*State", "", NotReady, ""),
    ("*", "Invalid*StateFault", "", NotReady, ""),
    ("*", "InvalidStateException", "", NotReady, ""),
    ("*", "Invalid*", "", Invalid, ""),
    ("*", "Incompatible*", "", Invalid, ""),
    ("*", "Malformed*", "", Invalid, ""),
    ("*", "Missing*", "", Invalid, ""),
    ("*", "Packed*", "", Invalid, ""),
    ("*", "Tag*Exception", "", Invalid, ""),
    ("*", "Unknown*", "", Invalid, ""),
    ("*", "Unmodifiable*", "", Invalid, ""),
    ("*", "Unsupported*", "", Invalid, ""),
    ("*", "Validation*", "", Invalid, ""),
    ("*", "*.Malformed", "", Invalid, ""),
    ("*", "*NotSupported", "", Invalid, ""),
    ("*", "*NotSupportedService", "", Invalid, ""),
];

/// The kind of an error answer and the advice for it, which may be empty.
pub(super) fn classify(service: &str, code: &str, status: u16, message: &str) -> (ErrorKind, &'static str) {
    let row = TABLE.iter().find(|(of, pattern, text, _, _)| {
        (*of == "*" || *of == service) && matches(pattern, code) && contains(message, text)
    });
    if let Some((_, _, _, kind, hint)) = row {
        return (*kind, hint);
    }
    let kind = match status {
        401 | 403 => AccessDenied,
        429 => Throttled,
        500.. => Network,
        _ => Other,
    };
    (kind, "")
}

/// What kept the SDK from having credentials, from the texts of its error, and advice.
pub(super) fn credentials(text: &str) -> (String, &'static str) {
    const PROFILE: &str = "Check the profile in ~/.aws/config and ~/.aws/credentials.";
    const NOTHING: &str = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `pulumi config set agentic:profile <name>`.";
    // The SDK says so of every source that it passed over.
    let text = text.replace("the credential provider was not enabled: ", "");
    let undefined = text
        .split_once("profile `")
        .and_then(|(_, rest)| rest.split_once("` was not defined"))
        .map(|(profile, _)| format!("there is no profile '{profile}'"));
    match undefined {
        Some(message) => (message, PROFILE),
        None if text.starts_with("no credentials found in chain") => {
            ("no AWS credentials were found".to_owned(), NOTHING)
        }
        None if text.contains("did not contain credential") => (text, PROFILE),
        None if text.contains("SSO") => (text, "Sign in with `aws sso login` for this profile."),
        None if contains(&text, "expired") => (text, SIGN_IN),
        None => (text, UNSIGNED),
    }
}

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

fn contains(message: &str, text: &str) -> bool {
    text.is_empty() || message.to_lowercase().contains(&text.to_lowercase())
}

/// Whether a code is of a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, code: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == code;
    };
    let Some(code) = code.strip_prefix(first) else {
        return false;
    };
    match rest.split_once('*') {
        None => code.ends_with(rest),
        Some((middle, _)) => match code.find(middle) {
            Some(at) => matches(rest, &code[at..]),
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_kinds_that_aws_means() {
        const SLOW: &str = "Rate exceeded";
        let cases: &[(ErrorKind, &str, &str, &str)] = &[
            (NotFound, "ec2", "InvalidVpcID.NotFound", ""),
            (NotFound, "ec2", "NatGatewayNotFound", ""),
            (NotFound, "ec2", "InvalidPermission.NotFound", ""),
            (NotFound, "ec2", "Gateway.NotAttached", ""),
            (NotFound, "ecs", "ServiceNotActiveException", ""),
            (NotFound, "ecs", "ClientException", "Unable to describe task definition."),
            (NotFound, "rds", "DBInstanceNotFound", ""),
            (NotFound, "rds", "DBClusterNotFoundFault", ""),
            (NotFound, "iam", "NoSuchEntity", ""),
            (NotFound, "route53", "NoSuchHostedZone", ""),
            (NotFound, "s3", "NoSuchBucket", ""),
            (NotFound, "s3", "OwnershipControlsNotFoundError", ""),
            (NotFound, "cloudfront", "NoSuchDistribution", ""),
            (Invalid, "cloudfront", "NoSuchOrigin", ""),
            (AlreadyExists, "cloudfront", "DistributionAlreadyExists", ""),
            (InUse, "cloudfront", "OriginAccessControlInUse", ""),
            (NotReady, "cloudfront", "PreconditionFailed", ""),
            (InUse, "s3", "BucketNotEmpty", ""),
            (
                NotFound,
                "route53",
                "InvalidChangeBatch",
                "[Tried to delete resource record set [name='a', type='A'] but it was not found]",
            ),
            (
                NotFound,
                "secretsmanager",
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.",
            ),
            (AlreadyExists, "ec2", "InvalidGroup.Duplicate", ""),
            (AlreadyExists, "ec2", "RouteAlreadyExists", ""),
            (AlreadyExists, "elasticloadbalancing", "DuplicateLoadBalancerName", ""),
            (AlreadyExists, "ecs", "InvalidParameterException", "Creation of service was not idempotent."),
            (AlreadyExists, "iam", "EntityAlreadyExists", ""),
            (AlreadyExists, "secretsmanager", "ResourceExistsException", ""),
            (InUse, "ec2", "DependencyViolation", ""),
            (InUse, "ec2", "InvalidIPAddress.InUse", ""),
            (InUse, "ecs", "ClusterContainsServicesException", ""),
            (InUse, "rds", "InvalidDBSubnetGroupStateFault", "Cannot delete the subnet group"),
            (InUse, "ecr", "RepositoryNotEmptyException", ""),
            (InUse, "acm", "ResourceInUseException", ""),
            (InUse, "events", "ValidationException", "Rule can't be deleted since it has targets."),
            (InUse, "wafv2", "WAFAssociatedItemException", ""),
            (InUse, "elasticache", "CacheSubnetGroupInUse", ""),
            (NotReady, "elasticache", "InvalidReplicationGroupState", ""),
            (Limit, "elasticache", "NodeQuotaForCustomerExceeded", ""),
            (Limit, "elasticache", "InsufficientCacheClusterCapacity", ""),
            (AccessDenied, "ec2", "UnauthorizedOperation", ""),
            (AccessDenied, "ecs", "AccessDeniedException", "SecretNotFound"),
            (AccessDenied, "rds", "KMSKeyNotAccessibleFault", ""),
            (
                Credentials,
                "ec2",
                "AuthFailure",
                "AWS was not able to validate the provided access credentials",
            ),
            (Credentials, "sts", "ExpiredToken", ""),
            (Credentials, "ecs", "ExpiredTokenException", ""),
            (Credentials, "sts", "InvalidClientTokenId", ""),
            (Throttled, "ec2", "RequestLimitExceeded", ""),
            (Throttled, "rds", "Throttling", ""),
            (Throttled, "iam", "Throttling", SLOW),
            (Throttled, "ecs", "ThrottlingException", SLOW),
            (Throttled, "application-autoscaling", "ValidationException", SLOW),
            (Throttled, "route53", "PriorRequestNotComplete", ""),
            (
                Throttled,
                "ecs",
                "ClientException",
                "Too many concurrent attempts to create a new revision of the specified family.",
            ),
            (Propagating, "ecs", "InvalidParameterException", "Unable to assume the service linked role."),
            (
                Propagating,
                "ecs",
                "ClientException",
                "ECS was unable to assume the role 'arn:aws:iam::1:role/x'",
            ),
            (
                Propagating,
                "ecs",
                "InvalidParameterException",
                "The target group with targetGroupArn x does not have an associated load balancer.",
            ),
            (Propagating, "iam", "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn\""),
            (
                Propagating,
                "rds",
                "InvalidParameterValue",
                "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
            ),
            (
                Propagating,
                "application-autoscaling",
                "ValidationException",
                "ECS service doesn't exist: service/a/b",
            ),
            (
                Propagating,
                "events",
                "ValidationException",
                "Provided role 'arn:aws:iam::1:role/x' cannot be assumed by principal 'events.amazonaws.com'.",
            ),
            (Propagating, "wafv2", "WAFUnavailableEntityException", ""),
            (NotReady, "wafv2", "WAFOptimisticLockException", ""),
            (Invalid, "wafv2", "WAFInvalidParameterException", ""),
            (Invalid, "events", "ValidationException", "RoleArn is required for target arn:aws:ecs:x."),
            (Invalid, "iam", "MalformedPolicyDocument", "Syntax errors in policy."),
            (Invalid, "ec2", "InvalidParameterValue", ""),
            (Invalid, "ec2", "InvalidSubnet.Conflict", ""),
            (Invalid, "ec2", "InvalidVpcID.Malformed", ""),
            (
                Invalid,
                "rds",
                "InvalidParameterCombination",
                "Cannot delete protected DB Instance, please disable deletion protection and try again.",
            ),
            (Limit, "ec2", "VpcLimitExceeded", ""),
            (Limit, "ecs", "LimitExceededException", ""),
            (Limit, "elasticloadbalancing", "TooManyLoadBalancers", ""),
            (Limit, "rds", "InstanceQuotaExceeded", ""),
            (Limit, "rds", "InsufficientDBInstanceCapacity", ""),
            (NotReady, "rds", "InvalidDBInstanceState", "Instance db is not in available state."),
            (NotReady, "rds", "InvalidDBClusterStateFault", ""),
            (NotReady, "ecs", "UpdateInProgressException", ""),
            (NotReady, "logs", "OperationAbortedException", ""),
            (
                NotReady,
                "secretsmanager",
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ),
            (Network, "ec2", "InternalError", ""),
            (Network, "ecs", "ServerException", ""),
            (Network, "iam", "ServiceFailure", ""),
            (Other, "ec2", "SomethingNew", ""),
        ];
        for (kind, service, code, message) in cases {
            assert_eq!(classify(service, code, 400, message).0, *kind, "{service} {code} {message}");
        }
    }

    #[test]
    fn the_status_decides_where_the_code_is_unknown() {
        for (status, kind) in
            [(403, AccessDenied), (429, Throttled), (500, Network), (503, Network), (418, Other)]
        {
            assert_eq!(classify("ec2", "SomethingNew", status, "").0, kind);
        }
    }

    #[test]
    fn every_row_can_be_reached() {
        for (index, (service, code, text, kind, hint)) in TABLE.iter().enumerate() {
            let service = if *service == "*" { "any" } else { service };
            let code = code.replace('*', "X");
            let first = TABLE.iter().position(|(of, pattern, part, _, _)| {
                (*of == "*" || *of == service) && matches(pattern, &code) && contains(text, part)
            });
            assert_eq!(first, Some(index), "{service} {code} {text} {kind:?} is shadowed");
            assert!(hint.is_empty() || hint.ends_with('.') || hint.ends_with('`'), "{hint}");
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases =
            [("a", "a", true), ("a", "ab", false), ("*", "", true), ("a*", "ab", true), ("*b", "ab", true)];
        let more = [("a*c", "abc", true), ("a*c", "ab", false), ("*b*", "abc", true), ("*x*", "abc", false)];
        for (pattern, code, expected) in cases.into_iter().chain(more) {
            assert_eq!(matches(pattern, code), expected, "{pattern} {code}");
        }
    }

    #[test]
    fn missing_credentials_are_explained() {
        let cases = [
            ("no credentials found in chain. Attempted: ...", "no AWS credentials", "AWS_PROFILE"),
            (
                "the credential provider was not enabled: profile `dev` was not defined: x",
                "no profile 'dev'",
                "~/.aws",
            ),
            ("an error: the SSO token has expired and cannot be refreshed", "SSO token", "aws sso login"),
            ("the process failed", "the process failed", "credentials"),
        ];
        for (text, message, hint) in cases {
            let found = credentials(text);
            assert!(found.0.contains(message) && found.1.contains(hint), "{found:?}");
        }
    }
}
