//! The list of kinds and functions: the one place that knows them all.

use super::*;

/// Every kind, in the order of its token. A new kind adds its line here.
pub const ALL: &[&dyn AnyKind] = &[
    &any::Of::<acm::Certificate>::NEW,
    &any::Of::<acm::CertificateValidation>::NEW,
    &any::Of::<applicationautoscaling::Policy>::NEW,
    &any::Of::<applicationautoscaling::ScheduledAction>::NEW,
    &any::Of::<applicationautoscaling::Target>::NEW,
    &any::Of::<cloudfront::Distribution>::NEW,
    &any::Of::<cloudfront::Invalidation>::NEW,
    &any::Of::<cloudfront::OriginAccessControl>::NEW,
    &any::Of::<cloudwatch::Dashboard>::NEW,
    &any::Of::<cloudwatch::EventRule>::NEW,
    &any::Of::<cloudwatch::EventTarget>::NEW,
    &any::Of::<cloudwatch::LogDelivery>::NEW,
    &any::Of::<cloudwatch::LogDeliveryDestination>::NEW,
    &any::Of::<cloudwatch::LogDeliverySource>::NEW,
    &any::Of::<cloudwatch::LogGroup>::NEW,
    &any::Of::<cloudwatch::LogMetricFilter>::NEW,
    &any::Of::<cloudwatch::MetricAlarm>::NEW,
    &any::Of::<ec2::DefaultSecurityGroup>::NEW,
    &any::Of::<ec2::Eip>::NEW,
    &any::Of::<ec2::FlowLog>::NEW,
    &any::Of::<ec2::InternetGateway>::NEW,
    &any::Of::<ec2::NatGateway>::NEW,
    &any::Of::<ec2::Route>::NEW,
    &any::Of::<ec2::RouteTable>::NEW,
    &any::Of::<ec2::RouteTableAssociation>::NEW,
    &any::Of::<ec2::SecurityGroup>::NEW,
    &any::Of::<ec2::SecurityGroupEgressRule>::NEW,
    &any::Of::<ec2::SecurityGroupIngressRule>::NEW,
    &any::Of::<ec2::Subnet>::NEW,
    &any::Of::<ec2::Vpc>::NEW,
    &any::Of::<ec2::VpcEndpoint>::NEW,
    &any::Of::<ecr::LifecyclePolicy>::NEW,
    &any::Of::<ecr::Repository>::NEW,
    &any::Of::<ecs::Cluster>::NEW,
    &any::Of::<ecs::Service>::NEW,
    &any::Of::<ecs::TaskDefinition>::NEW,
    &any::Of::<elasticache::ParameterGroup>::NEW,
    &any::Of::<elasticache::ReplicationGroup>::NEW,
    &any::Of::<elasticache::SubnetGroup>::NEW,
    &any::Of::<iam::Policy>::NEW,
    &any::Of::<iam::Role>::NEW,
    &any::Of::<iam::RolePolicy>::NEW,
    &any::Of::<iam::RolePolicyAttachment>::NEW,
    &any::Of::<kms::Alias>::NEW,
    &any::Of::<kms::Key>::NEW,
    &any::Of::<lb::Listener>::NEW,
    &any::Of::<lb::ListenerRule>::NEW,
    &any::Of::<lb::LoadBalancer>::NEW,
    &any::Of::<lb::TargetGroup>::NEW,
    &local::Of::<password::Password>::NEW,
    &local::Of::<retained::Retained>::NEW,
    &local::Of::<settled::Settled>::NEW,
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
    &any::Of::<route53::Record>::NEW,
    &any::Of::<s3::Bucket>::NEW,
    &any::Of::<s3::BucketPolicy>::NEW,
    &any::Of::<secretsmanager::Secret>::NEW,
    &any::Of::<secretsmanager::SecretVersion>::NEW,
    &any::Of::<sns::Topic>::NEW,
    &any::Of::<sns::TopicSubscription>::NEW,
    &any::Of::<sqs::Queue>::NEW,
    &any::Of::<ssm::Parameter>::NEW,
    &any::Of::<wafv2::WebAcl>::NEW,
    &any::Of::<wafv2::WebAclAssociation>::NEW,
];

/// Every function, in the order of its token. A new function adds its line here.
pub const FUNCTIONS: &[&dyn AnyFunction] = &[
    &function::Callable::<ec2::GetAvailabilityZones>::NEW,
    &function::Callable::<ec2::GetSubnets>::NEW,
    &function::Callable::<ec2::GetVpc>::NEW,
    &function::Callable::<ec2::GetVpcTiers>::NEW,
    &function::Callable::<iam::GetPolicyDocument>::NEW,
    &function::Callable::<account::GetCallerIdentity>::NEW,
    &function::Callable::<account::GetRegion>::NEW,
    &function::Callable::<route53::GetZone>::NEW,
    &function::Callable::<secretsmanager::GetSecret>::NEW,
    &function::Callable::<secretsmanager::GetSecretVersion>::NEW,
];

/// The function with this token.
pub fn find_function(token: &str) -> Option<&'static dyn AnyFunction> {
    FUNCTIONS.iter().copied().find(|function| function.token() == token)
}

/// The kind with this token.
pub fn find(token: &str) -> Option<&'static dyn AnyKind> {
    ALL.iter().copied().find(|kind| kind.token() == token)
}
