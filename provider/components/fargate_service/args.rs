//! What a service is asked for, and what it says when it is there.

use std::collections::BTreeMap;

use super::super::Inputs;
use super::super::naming::Placed;
use super::super::workload::{self, Reach, Scaling, Workload};
use super::FargateService;
use crate::model::{Failures, Model, Path};

/// A service on AWS Fargate: task definition, log group, roles with least privilege, a security
/// group that is open only to who may call it, a place behind a load balancer or none, scaling,
/// alarms, and a deployment that rolls back when it fails and says why.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct FargateServiceArgs {
    #[model(flatten)]
    pub workload: Workload,
    /// The VPC that the service is in.
    pub vpc_id: String,
    /// The subnets that the tasks are in.
    pub subnet_ids: Vec<String>,
    /// The ECS cluster. Otherwise the service gets a cluster of its own.
    pub cluster_arn: Option<String>,
    /// Whether tasks have public addresses. Tasks in public subnets need them to reach the
    /// internet, their image included.
    #[model(default = false)]
    pub assign_public_ip: bool,
    /// Whether the service has a load balancer of its own, and for whom. With `listenerArn` or
    /// `targetGroupArn` it stands behind one that is there already.
    #[model(default = "none", one_of = ["public", "internal", "none"])]
    pub expose: String,
    /// The subnets of the service's own load balancer. Otherwise those of the tasks.
    pub load_balancer_subnet_ids: Option<Vec<String>>,
    /// The certificate with which the service's own load balancer speaks HTTPS.
    pub certificate_arn: Option<String>,
    /// A listener that sends the requests for `paths` and `hosts` to the service.
    pub listener_arn: Option<String>,
    /// A target group that the tasks join, where a load balancer knows it already.
    pub target_group_arn: Option<String>,
    /// The load balancer in front of `targetGroupArn`. Scaling by `requestsPerTarget` needs it.
    pub load_balancer_arn: Option<String>,
    /// The security group of the load balancer in front of the service.
    pub load_balancer_security_group_id: Option<String>,
    /// Security groups that the tasks are in, and that are open to all who call. Otherwise the
    /// service gets one of its own.
    pub security_group_ids: Option<Vec<String>>,
    /// Security groups whose members may call the service.
    #[model(default = [])]
    pub called_by: Vec<String>,
    /// Other parts that the service reaches.
    #[model(default = [])]
    pub reaches: Vec<Reach>,
    /// The role with which ECS starts the tasks. Otherwise the service gets one that may read
    /// just its image, its secrets and write its logs.
    pub execution_role_arn: Option<String>,
    /// The role of the tasks themselves. Otherwise the service gets one with `taskPolicy`.
    pub task_role_arn: Option<String>,
    /// The role with which Application Auto Scaling works. Otherwise AWS's own.
    pub autoscaling_role_arn: Option<String>,
    /// How many days logs are kept; 0 keeps them for ever.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub log_retention_in_days: i64,
    /// The ARN of the KMS key that encrypts the logs. Otherwise CloudWatch uses a key of its own. The
    /// key must let CloudWatch use it:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub log_kms_key_id: Option<String>,
    /// Whether AWS refuses to delete the service's own load balancer.
    #[model(default = false)]
    pub load_balancer_deletion_protection: bool,
    /// Whether alarms watch CPU and memory.
    #[model(default = true)]
    pub alarms: bool,
    /// Topics and other actions that alarms call, by ARN.
    #[model(default = [])]
    pub alarm_actions: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// What a service has when it is there.
#[derive(Clone, Debug, Model)]
pub struct FargateServiceState {
    /// The name of the ECS service.
    pub service_name: String,
    /// The ARN of the ECS service.
    pub service_arn: String,
    /// The ARN of the cluster.
    pub cluster_arn: String,
    /// The name of the cluster.
    pub cluster_name: String,
    /// The ARN of the task definition, its revision included.
    pub task_definition_arn: String,
    /// The security group of the tasks; the first, where the program gives several.
    pub security_group_id: String,
    /// The target group of the tasks, where they stand behind a load balancer.
    pub target_group_arn: Option<String>,
    /// The host name of the service's own load balancer.
    pub load_balancer_dns_name: Option<String>,
    /// The ARN of the service's own load balancer.
    pub load_balancer_arn: Option<String>,
    /// The hosted zone of the service's own load balancer, for alias records.
    pub load_balancer_zone_id: Option<String>,
    /// The security group of the service's own load balancer.
    pub load_balancer_security_group_id: Option<String>,
    /// The listeners of the service's own load balancer by their protocol, `http` and `https`.
    pub load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// Where the service's own load balancer is reached.
    pub url: Option<String>,
    /// The ARNs of the alarms.
    pub alarm_arns: Vec<String>,
    /// The name of the log group.
    pub log_group_name: String,
    /// The ARN of the log group.
    pub log_group_arn: String,
    /// The role of the tasks.
    pub task_role_arn: String,
    /// The role with which ECS starts the tasks.
    pub execution_role_arn: String,
}

/// What no single argument tells by itself.
pub fn rules(args: &Inputs<FargateService>, failures: &mut Failures) {
    workload::rules(&args.workload, &Path::root(), failures);
    if !args.workload.image.is_set() {
        failures.add(
            Workload::IMAGE,
            "is missing; give the image that the tasks run, such as ghcr.io/acme/api:1.4.2",
        );
    }
    for (name, given) in [
        (FargateServiceArgs::CALLED_BY, &args.called_by.get().map(Vec::len)),
        (FargateServiceArgs::REACHES, &args.reaches.get().map(Vec::len)),
    ] {
        if args.security_group_ids.is_set() && given.is_some_and(|count| count > 0) {
            failures.add(
                name,
                "opens the service's own security group; leave out securityGroupIds, or open those yourself",
            );
        }
    }
    if args.security_group_ids.get().is_some_and(Vec::is_empty) {
        failures
            .add(FargateServiceArgs::SECURITY_GROUP_IDS, "is empty; give a security group, or leave it out");
    }
    let exposed = args.expose.get().is_some_and(|expose| expose != "none");
    for (name, given) in [
        (FargateServiceArgs::EXPOSE, exposed),
        (FargateServiceArgs::LISTENER_ARN, args.listener_arn.is_set()),
        (FargateServiceArgs::TARGET_GROUP_ARN, args.target_group_arn.is_set()),
    ] {
        if given && !args.workload.port.is_set() {
            failures.add(
                Workload::PORT,
                format!("is missing; with {name}, give the port that the container listens on"),
            );
        }
    }
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    let (name, subnets) = match args.load_balancer_subnet_ids.is_set() {
        true => (FargateServiceArgs::LOAD_BALANCER_SUBNET_IDS, &args.load_balancer_subnet_ids),
        false => (FargateServiceArgs::SUBNET_IDS, &args.subnet_ids),
    };
    let has_own = exposed && !args.listener_arn.is_set() && !args.target_group_arn.is_set();
    if let (true, Some(count @ 0..=1)) = (has_own, subnets.get().map(Vec::len)) {
        let reason =
            format!("has {count}, but a load balancer needs subnets in two zones; give two at least");
        failures.add(name, reason);
    }
    let counts_requests =
        args.workload.scaling.get().is_some_and(|scaling| scaling.requests_per_target.is_set());
    let at = Path::from(Workload::SCALING).key(Scaling::REQUESTS_PER_TARGET);
    if counts_requests && args.target_group_arn.is_set() {
        if !args.load_balancer_arn.is_set() {
            failures.add(at, "counts the requests of a load balancer; give loadBalancerArn");
        }
    } else if counts_requests && !exposed && !args.listener_arn.is_set() {
        failures
            .add(at, "counts the requests of a load balancer; give expose, listenerArn or targetGroupArn");
    }
    if args.listener_arn.is_set() {
        workload::request_rules(&args.workload, &Path::root(), failures);
    }
    let has_conditions = [&args.workload.paths, &args.workload.hosts]
        .iter()
        .any(|list| list.get().is_none_or(|list| !list.is_empty()));
    if args.listener_arn.is_set() && !has_conditions {
        failures.add(
            Workload::PATHS,
            "is missing; with listenerArn, give the paths or hosts that are for this service",
        );
    }
}
