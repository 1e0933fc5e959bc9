//! The list of kinds and functions: the one place that knows them all.

use std::borrow::Cow;

use super::*;
use crate::aws::codes::Row;
use crate::engine::unsupported::Unsupported;

/// Every kind, in the order of its token. A new kind adds its line here.
pub const ALL: &[&dyn AnyKind] = &[
    &any::Of::<acm::Certificate>::NEW,
    &any::Of::<acm::CertificateValidation>::NEW,
    &any::Of::<applicationautoscaling::Policy>::NEW,
    &any::Of::<applicationautoscaling::ScheduledAction>::NEW,
    &any::Of::<applicationautoscaling::Target>::NEW,
    &any::Of::<autoscaling::Attachment>::NEW,
    &any::Of::<autoscaling::Group>::NEW,
    &any::Of::<autoscaling::Policy>::NEW,
    &any::Of::<bedrock::AgentcoreAgentRuntime>::NEW,
    &any::Of::<bedrock::AgentcoreAgentRuntimeEndpoint>::NEW,
    &any::Of::<bedrock::AgentcoreGateway>::NEW,
    &any::Of::<bedrock::AgentcoreGatewayTarget>::NEW,
    &any::Of::<bedrock::AgentcoreMemory>::NEW,
    &any::Of::<bedrock::AgentcoreMemoryStrategy>::NEW,
    &any::Of::<bedrockdataautomation::Project>::NEW,
    &any::Of::<cloudfront::CachePolicy>::NEW,
    &any::Of::<cloudfront::Distribution>::NEW,
    &any::Of::<cloudfront::EdgeFunction>::NEW,
    &any::Of::<cloudfront::Invalidation>::NEW,
    &any::Of::<cloudfront::OriginAccessControl>::NEW,
    &any::Of::<cloudfront::OriginAccessIdentity>::NEW,
    &any::Of::<cloudfront::OriginRequestPolicy>::NEW,
    &any::Of::<cloudfront::ResponseHeadersPolicy>::NEW,
    &any::Of::<cloudfront::VpcOrigin>::NEW,
    &any::Of::<cloudwatch::Dashboard>::NEW,
    &any::Of::<cloudwatch::EventRule>::NEW,
    &any::Of::<cloudwatch::EventTarget>::NEW,
    &any::Of::<cloudwatch::LogDelivery>::NEW,
    &any::Of::<cloudwatch::LogDeliveryDestination>::NEW,
    &any::Of::<cloudwatch::LogDeliverySource>::NEW,
    &any::Of::<cloudwatch::LogGroup>::NEW,
    &any::Of::<cloudwatch::LogMetricFilter>::NEW,
    &any::Of::<cloudwatch::LogResourcePolicy>::NEW,
    &any::Of::<cloudwatch::LogStream>::NEW,
    &any::Of::<cloudwatch::MetricAlarm>::NEW,
    &any::Of::<cloudwatch::QueryDefinition>::NEW,
    &any::Of::<cloudtrail::Trail>::NEW,
    &any::Of::<cognito::UserPool>::NEW,
    &any::Of::<cognito::UserPoolClient>::NEW,
    &any::Of::<cognito::UserPoolDomain>::NEW,
    &any::Of::<ec2::DefaultSecurityGroup>::NEW,
    &any::Of::<ec2::Eip>::NEW,
    &any::Of::<ec2::EipAssociation>::NEW,
    &any::Of::<ec2::FlowLog>::NEW,
    &any::Of::<ec2::Instance>::NEW,
    &any::Of::<ec2::InternetGateway>::NEW,
    &any::Of::<ec2::KeyPair>::NEW,
    &any::Of::<ec2::LaunchTemplate>::NEW,
    &any::Of::<ec2::MainRouteTableAssociation>::NEW,
    &any::Of::<ec2::NatGateway>::NEW,
    &any::Of::<ec2::NetworkAcl>::NEW,
    &any::Of::<ec2::NetworkAclRule>::NEW,
    &any::Of::<ec2::NetworkInterface>::NEW,
    &any::Of::<ec2::Route>::NEW,
    &any::Of::<ec2::RouteTable>::NEW,
    &any::Of::<ec2::RouteTableAssociation>::NEW,
    &any::Of::<ec2::SecurityGroup>::NEW,
    &any::Of::<ec2::SecurityGroupEgressRule>::NEW,
    &any::Of::<ec2::SecurityGroupIngressRule>::NEW,
    &any::Of::<ec2::ClassicRule>::NEW,
    &any::Of::<ec2::Subnet>::NEW,
    &any::Of::<ec2::Tag>::NEW,
    &any::Of::<ec2::Vpc>::NEW,
    &any::Of::<ec2::VpcEndpoint>::NEW,
    &any::Of::<ec2::VpcPeeringConnection>::NEW,
    &any::Of::<ec2::VpcPeeringConnectionAccepter>::NEW,
    &any::Of::<ecr::LifecyclePolicy>::NEW,
    &any::Of::<ecr::Repository>::NEW,
    &any::Of::<ecr::RepositoryPolicy>::NEW,
    &any::Of::<ecs::CapacityProvider>::NEW,
    &any::Of::<ecs::Cluster>::NEW,
    &any::Of::<ecs::ClusterCapacityProviders>::NEW,
    &any::Of::<ecs::Service>::NEW,
    &any::Of::<ecs::TaskDefinition>::NEW,
    &any::Of::<efs::AccessPoint>::NEW,
    &any::Of::<efs::FileSystem>::NEW,
    &any::Of::<efs::MountTarget>::NEW,
    &any::Of::<elasticache::Cluster>::NEW,
    &any::Of::<elasticache::ParameterGroup>::NEW,
    &any::Of::<elasticache::ReplicationGroup>::NEW,
    &any::Of::<elasticache::SubnetGroup>::NEW,
    &any::Of::<iam::AccessKey>::NEW,
    &any::Of::<iam::Group>::NEW,
    &any::Of::<iam::GroupMembership>::NEW,
    &any::Of::<iam::GroupPolicy>::NEW,
    &any::Of::<iam::GroupPolicyAttachment>::NEW,
    &any::Of::<iam::InstanceProfile>::NEW,
    &any::Of::<iam::OpenIdConnectProvider>::NEW,
    &any::Of::<iam::Policy>::NEW,
    &any::Of::<iam::PolicyAttachment>::NEW,
    &any::Of::<iam::Role>::NEW,
    &any::Of::<iam::RolePolicy>::NEW,
    &any::Of::<iam::RolePolicyAttachment>::NEW,
    &any::Of::<iam::User>::NEW,
    &any::Of::<iam::UserGroupMembership>::NEW,
    &any::Of::<iam::UserPolicy>::NEW,
    &any::Of::<iam::UserPolicyAttachment>::NEW,
    &any::Of::<kinesis::Stream>::NEW,
    &any::Of::<kms::Alias>::NEW,
    &any::Of::<kms::Key>::NEW,
    &any::Of::<kms::KeyPolicy>::NEW,
    &any::Of::<lb::Listener>::NEW,
    &any::Of::<lb::ListenerCertificate>::NEW,
    &any::Of::<lb::ListenerRule>::NEW,
    &any::Of::<lb::LoadBalancer>::NEW,
    &any::Of::<lb::TargetGroup>::NEW,
    &local::Of::<password::Password>::NEW,
    &local::Of::<retained::Retained>::NEW,
    &local::Of::<settled::Settled>::NEW,
    &any::Of::<lb::TargetGroupAttachment>::NEW,
    &any::Of::<rds::Cluster>::NEW,
    &any::Of::<rds::ClusterInstance>::NEW,
    &any::Of::<rds::ClusterParameterGroup>::NEW,
    &any::Of::<rds::ClusterSnapshot>::NEW,
    &any::Of::<rds::Instance>::NEW,
    &any::Of::<rds::ParameterGroup>::NEW,
    &any::Of::<rds::Proxy>::NEW,
    &any::Of::<rds::ProxyDefaultTargetGroup>::NEW,
    &any::Of::<rds::ProxyTarget>::NEW,
    &any::Of::<rds::Snapshot>::NEW,
    &any::Of::<rds::SubnetGroup>::NEW,
    &any::Of::<route53::HealthCheck>::NEW,
    &any::Of::<route53::Record>::NEW,
    &any::Of::<route53::Zone>::NEW,
    &any::Of::<s3::Bucket>::NEW,
    &any::Of::<s3::BucketAcl>::NEW,
    &any::Of::<s3::BucketCorsConfiguration>::NEW,
    &any::Of::<s3::BucketLifecycleConfiguration>::NEW,
    &any::Of::<s3::BucketLogging>::NEW,
    &any::Of::<s3::BucketNotification>::NEW,
    &any::Of::<s3::BucketObject>::NEW,
    &any::Of::<s3::BucketOwnershipControls>::NEW,
    &any::Of::<s3::BucketPolicy>::NEW,
    &any::Of::<s3::BucketPublicAccessBlock>::NEW,
    &any::Of::<s3::BucketServerSideEncryptionConfiguration>::NEW,
    &any::Of::<s3::BucketVersioning>::NEW,
    &any::Of::<s3::BucketWebsiteConfiguration>::NEW,
    &any::Of::<secretsmanager::Secret>::NEW,
    &any::Of::<secretsmanager::SecretRotation>::NEW,
    &any::Of::<secretsmanager::SecretVersion>::NEW,
    &any::Of::<servicediscovery::PrivateDnsNamespace>::NEW,
    &any::Of::<servicediscovery::Service>::NEW,
    &any::Of::<sns::Topic>::NEW,
    &any::Of::<sns::TopicPolicy>::NEW,
    &any::Of::<sns::TopicSubscription>::NEW,
    &any::Of::<sqs::Queue>::NEW,
    &any::Of::<sqs::QueuePolicy>::NEW,
    &any::Of::<ssm::Parameter>::NEW,
    &any::Of::<wafv2::WebAcl>::NEW,
    &any::Of::<wafv2::WebAclAssociation>::NEW,
];

/// Every function, in the order of its token. A new function adds its line here.
pub const FUNCTIONS: &[&dyn AnyFunction] = &[
    &function::Callable::<cloudfront::GetCachePolicy>::NEW,
    &function::Callable::<cloudfront::GetOriginRequestPolicy>::NEW,
    &look_up::Of::<acm::GetCertificate>::NEW,
    &look_up::Of::<cloudwatch::GetLogGroup>::NEW,
    &look_up::Of::<ec2::GetRouteTable>::NEW,
    &look_up::Of::<ec2::GetSecurityGroup>::NEW,
    &look_up::Of::<ec2::GetSubnet>::NEW,
    &function::Callable::<ec2::GetAmi>::NEW,
    &function::Callable::<ec2::GetAvailabilityZones>::NEW,
    &function::Callable::<ec2::GetSecurityGroups>::NEW,
    &function::Callable::<ec2::GetSubnetIds>::NEW,
    &function::Callable::<ec2::GetSubnets>::NEW,
    &function::Callable::<ec2::GetVpc>::NEW,
    &function::Callable::<ec2::GetVpcTiers>::NEW,
    &function::Callable::<ecr::GetAuthorizationToken>::NEW,
    &function::Callable::<ecr::GetCredentials>::NEW,
    &look_up::Of::<ecr::GetRepository>::NEW,
    &look_up::Of::<ecs::GetCluster>::NEW,
    &look_up::Of::<ecs::GetService>::NEW,
    &function::Callable::<elb::GetServiceAccount>::NEW,
    &look_up::Of::<iam::GetPolicy>::NEW,
    &function::Callable::<iam::GetPolicyDocument>::NEW,
    &look_up::Of::<iam::GetRole>::NEW,
    &function::Callable::<account::GetCallerIdentity>::NEW,
    &function::Callable::<account::GetPartition>::NEW,
    &function::Callable::<account::GetRegion>::NEW,
    &function::Callable::<kms::GetKey>::NEW,
    &look_up::Of::<lb::GetListener>::NEW,
    &look_up::Of::<lb::GetLoadBalancer>::NEW,
    &look_up::Of::<lb::GetTargetGroup>::NEW,
    &look_up::Of::<rds::GetCluster>::NEW,
    &look_up::Of::<rds::GetInstance>::NEW,
    &function::Callable::<route53::GetZone>::NEW,
    &function::Callable::<s3::GetBucket>::NEW,
    &function::Callable::<secretsmanager::GetRandomPassword>::NEW,
    &function::Callable::<secretsmanager::GetSecret>::NEW,
    &function::Callable::<secretsmanager::GetSecretVersion>::NEW,
    &function::Callable::<ssm::GetParameter>::NEW,
];

/// Other names that Pulumi's AWS package has, and what they stand for: whole modules, whose names end in
/// a colon, and single tokens. One kind goes by all of its names; the state keeps the one that a program
/// used.
const ALIASES: &[(&str, &str)] = &[
    ("agentic:alb:", "agentic:lb:"),
    ("agentic:appautoscaling:", "agentic:applicationautoscaling:"),
    ("agentic:elasticloadbalancingv2:", "agentic:lb:"),
    ("agentic:s3:BucketAclV2", "agentic:s3:BucketAcl"),
    ("agentic:s3:BucketCorsConfigurationV2", "agentic:s3:BucketCorsConfiguration"),
    ("agentic:s3:BucketLifecycleConfigurationV2", "agentic:s3:BucketLifecycleConfiguration"),
    ("agentic:s3:BucketLoggingV2", "agentic:s3:BucketLogging"),
    ("agentic:s3:BucketObjectv2", "agentic:s3:BucketObject"),
    (
        "agentic:s3:BucketServerSideEncryptionConfigurationV2",
        "agentic:s3:BucketServerSideEncryptionConfiguration",
    ),
    ("agentic:s3:BucketV2", "agentic:s3:Bucket"),
    ("agentic:s3:BucketVersioningV2", "agentic:s3:BucketVersioning"),
    ("agentic:s3:BucketWebsiteConfigurationV2", "agentic:s3:BucketWebsiteConfiguration"),
    ("agentic:vpc:SecurityGroupEgressRule", "agentic:ec2:SecurityGroupEgressRule"),
    ("agentic:vpc:SecurityGroupIngressRule", "agentic:ec2:SecurityGroupIngressRule"),
];

/// Arguments that are known by name, and refused, under one name of a kind only: in Pulumi's AWS package
/// the resource of that name has them, and that of the first name has not.
const UNSUPPORTED: &[(&str, &[Unsupported])] =
    &[("agentic:s3:BucketObjectv2", s3::BUCKET_OBJECT_V2), ("agentic:s3:BucketV2", s3::BUCKET_V2)];

/// The other tokens of a kind or function.
pub fn aliases(token: &str) -> impl Iterator<Item = String> {
    ALIASES.iter().filter_map(move |(alias, first)| renamed(token, first, alias))
}

/// The token that this one stands for.
fn first_of(token: &str) -> Cow<'_, str> {
    let first = |(alias, first): &(&str, &str)| renamed(token, alias, first);
    ALIASES.iter().find_map(first).map_or(Cow::Borrowed(token), Cow::Owned)
}

/// The token with another name, where it is the one that is renamed or in the module that is.
fn renamed(token: &str, from: &str, to: &str) -> Option<String> {
    let rest = token.strip_prefix(from)?;
    (rest.is_empty() || from.ends_with(':')).then(|| format!("{to}{rest}"))
}

/// What the kinds know of the error codes of their services.
pub fn codes() -> Vec<&'static [Row]> {
    ALL.iter().map(|kind| kind.codes()).collect()
}

/// What is refused under this name of a kind, beside what the kind refuses under all of its names.
pub fn unsupported_as(token: &str) -> &'static [Unsupported] {
    UNSUPPORTED.iter().find(|(alias, _)| *alias == token).map_or(&[], |(_, arguments)| *arguments)
}

/// The function with this token.
pub fn find_function(token: &str) -> Option<&'static dyn AnyFunction> {
    let token = first_of(token);
    FUNCTIONS.iter().copied().find(|function| function.token() == token)
}

/// The kind with this token.
pub fn find(token: &str) -> Option<&'static dyn AnyKind> {
    let token = first_of(token);
    ALL.iter().copied().find(|kind| kind.token() == token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::codes::{classify, faults_of_rows, learn};
    use crate::aws::error::ErrorKind::{self, *};

    #[test]
    fn a_kind_goes_by_all_of_its_names() {
        let first = |token: &str| find(token).map(|kind| kind.token());
        assert_eq!(first("agentic:alb:Listener"), Some("agentic:lb:Listener"));
        assert_eq!(first("agentic:appautoscaling:Policy"), Some("agentic:applicationautoscaling:Policy"));
        assert_eq!(first("agentic:vpc:SecurityGroupEgressRule"), Some("agentic:ec2:SecurityGroupEgressRule"));
        assert_eq!(first("agentic:vpc:Vpc"), None);
        assert_eq!(first("agentic:s3:BucketV2"), Some("agentic:s3:Bucket"));
        assert_eq!(first("agentic:s3:BucketAclV2"), Some("agentic:s3:BucketAcl"));
        assert_eq!(first("agentic:s3:BucketV2Acl"), None);
        let of_bucket: Vec<String> = aliases("agentic:s3:Bucket").collect();
        assert_eq!(of_bucket, ["agentic:s3:BucketV2"]);
        let names: Vec<String> = aliases("agentic:lb:Listener").collect();
        assert_eq!(names, ["agentic:alb:Listener", "agentic:elasticloadbalancingv2:Listener"]);
    }

    #[test]
    fn every_alias_stands_for_something() {
        for (alias, first) in ALIASES {
            let is_renamed = |token: &str, from: &str| renamed(token, from, "").is_some();
            assert!(ALL.iter().any(|kind| is_renamed(kind.token(), first)), "{alias}");
            assert!(!ALL.iter().any(|kind| is_renamed(kind.token(), alias)), "{alias}");
            assert_eq!(first.ends_with(':'), alias.ends_with(':'), "{alias}");
        }
        assert!(UNSUPPORTED.iter().all(|(alias, _)| ALIASES.iter().any(|(known, _)| known == alias)));
    }

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
        learn(codes);
        for (kind, service, code, message) in cases {
            assert_eq!(classify(service, code, 400, message).0, *kind, "{service} {code} {message}");
        }
    }

    #[test]
    fn every_error_code_can_be_reached() {
        learn(codes);
        assert_eq!(faults_of_rows(), Vec::<String>::new());
    }
}
