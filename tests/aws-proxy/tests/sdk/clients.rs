//! SDK clients of a local AWS, and things to start from.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_proxy::LocalAws;
use aws_sdk_ecs::types as ecs;
use aws_sdk_elasticloadbalancingv2::types as elb;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::fmt::Debug;
use std::ops::Deref;

/// A local AWS with clients that do not retry.
pub struct Aws {
    local: LocalAws,
    config: SdkConfig,
}

impl Deref for Aws {
    type Target = LocalAws;

    fn deref(&self) -> &LocalAws {
        &self.local
    }
}

macro_rules! clients {
    ($($name:ident: $krate:ident),* $(,)?) => {
        impl Aws {
            $(pub fn $name(&self) -> $krate::Client {
                $krate::Client::new(&self.config)
            })*
        }
    };
}

clients! {
    acm: aws_sdk_acm,
    cloudwatch: aws_sdk_cloudwatch,
    ec2: aws_sdk_ec2,
    ecr: aws_sdk_ecr,
    ecs: aws_sdk_ecs,
    elasticache: aws_sdk_elasticache,
    elb: aws_sdk_elasticloadbalancingv2,
    iam: aws_sdk_iam,
    logs: aws_sdk_cloudwatchlogs,
    rds: aws_sdk_rds,
    route53: aws_sdk_route53,
    secrets: aws_sdk_secretsmanager,
    sts: aws_sdk_sts,
    wafv2: aws_sdk_wafv2,
}

/// A VPC with two subnets and a security group.
pub struct Network {
    pub vpc: String,
    pub subnets: [String; 2],
    pub group: String,
}

impl Aws {
    pub async fn start() -> Self {
        let local = LocalAws::start().await;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-south-2"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(local.endpoint())
            .load()
            .await;
        Self { local, config }
    }

    /// The same, retrying as often as the SDK does by itself.
    pub fn retrying(mut self) -> Self {
        self.config = self.config.into_builder().retry_config(RetryConfig::standard()).build();
        self
    }

    pub async fn vpc(&self) -> String {
        let made = self.ec2().create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
        made.vpc.unwrap().vpc_id.unwrap()
    }

    pub async fn network(&self) -> Network {
        let vpc = self.vpc().await;
        let mut subnets = Vec::new();
        for (zone, cidr) in [("eu-south-2a", "10.0.0.0/24"), ("eu-south-2b", "10.0.1.0/24")] {
            let subnet = self.ec2().create_subnet().vpc_id(&vpc).cidr_block(cidr).availability_zone(zone);
            subnets.push(subnet.send().await.unwrap().subnet.unwrap().subnet_id.unwrap());
        }
        let group = self.group(&vpc, "one").await;
        Network { vpc, subnets: subnets.try_into().unwrap(), group }
    }

    pub async fn group(&self, vpc: &str, name: &str) -> String {
        let group = self.ec2().create_security_group().group_name(name).description(name).vpc_id(vpc);
        group.send().await.unwrap().group_id.unwrap()
    }

    pub async fn nat_gateway(&self, network: &Network) -> (String, String) {
        let address = self.ec2().allocate_address().domain(aws_sdk_ec2::types::DomainType::Vpc).send().await;
        let address = address.unwrap().allocation_id.unwrap();
        let gateway = self.ec2().create_nat_gateway().subnet_id(&network.subnets[0]).allocation_id(&address);
        let gateway = gateway.send().await.unwrap().nat_gateway.unwrap().nat_gateway_id.unwrap();
        (gateway, address)
    }

    pub async fn balancer(&self, network: &Network) -> String {
        let balancer = self.elb().create_load_balancer().name("lb").security_groups(&network.group);
        let balancer = balancer.set_subnets(Some(network.subnets.to_vec())).send().await.unwrap();
        balancer.load_balancers()[0].load_balancer_arn.clone().unwrap()
    }

    pub async fn target_group(&self, network: &Network) -> String {
        let group = self.elb().create_target_group().name("tg").protocol(elb::ProtocolEnum::Http).port(80);
        let group = group.vpc_id(&network.vpc).target_type(elb::TargetTypeEnum::Ip).send().await.unwrap();
        group.target_groups()[0].target_group_arn.clone().unwrap()
    }

    /// A listener that forwards everything to a target group.
    pub async fn listener(&self, balancer: &str, group: &str) {
        let action = elb::Action::builder().r#type(elb::ActionTypeEnum::Forward).target_group_arn(group);
        let listener = self.elb().create_listener().load_balancer_arn(balancer).port(80);
        let listener = listener.protocol(elb::ProtocolEnum::Http).default_actions(action.build());
        listener.send().await.unwrap();
    }

    pub async fn db_instance(&self, name: &str) -> aws_sdk_rds::types::DbInstance {
        let instance = self.rds().create_db_instance().db_instance_identifier(name).engine("postgres");
        let instance = instance.db_instance_class("db.t4g.micro").allocated_storage(20);
        let instance = instance.master_username("root").master_user_password("correct-horse");
        instance.send().await.unwrap().db_instance.unwrap()
    }

    pub async fn task_definition(&self) -> String {
        let container =
            ecs::ContainerDefinition::builder().name("api").image("api:1").cpu(256).memory(512).build();
        let definition = self.ecs().register_task_definition().family("api").container_definitions(container);
        let definition = definition.network_mode(ecs::NetworkMode::Awsvpc).cpu("256").memory("512");
        let definition =
            definition.requires_compatibilities(ecs::Compatibility::Fargate).send().await.unwrap();
        definition.task_definition.unwrap().task_definition_arn.unwrap()
    }
}

/// The code of a refused call.
pub fn code<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, E>) -> String {
    result.unwrap_err().code().unwrap_or_default().to_string()
}

/// The message of a refused call.
pub fn message<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, E>) -> String {
    result.unwrap_err().message().unwrap_or_default().to_string()
}
