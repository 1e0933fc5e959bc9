//! What a service is asked for, and what it says when it is there.

use std::collections::BTreeMap;

use super::super::Inputs;
use super::super::deployment;
use super::super::naming::Placed;
use super::super::workload::{self, Reach, Scaling, Workload};
use super::super::{auth, volume};
use super::FargateService;
use crate::aws::ids;
use crate::model::{Failures, Model, Path};

/// A service on AWS Fargate: a task definition, a log group, IAM roles with least privilege, a
/// security group that allows only permitted callers, optionally a load balancer, automatic scaling
/// and alarms. A deployment that fails is rolled back, and the cause is reported.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct FargateServiceArgs {
    #[model(flatten)]
    pub workload: Workload,
    /// The ID of the VPC of the service.
    #[model(check = ids::vpc)]
    pub vpc_id: String,
    /// The IDs of the subnets of the tasks.
    #[model(check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The ARN of the ECS cluster. If omitted, the service gets a cluster of its own.
    pub cluster_arn: Option<String>,
    /// Whether the tasks have public IP addresses. Tasks in public subnets require them to reach
    /// the internet and to pull their images.
    #[model(default = false)]
    pub assign_public_ip: bool,
    /// The exposure of the service through a load balancer of its own: on the internet (`public`),
    /// within the VPC (`internal`), or none. To use an existing load balancer, specify
    /// `listenerArn` or `targetGroupArn` instead.
    #[model(default = "none", one_of = ["public", "internal", "none"])]
    pub expose: String,
    /// The IDs of the subnets of the service's own load balancer. Defaults to the subnets of the
    /// tasks.
    pub load_balancer_subnet_ids: Option<Vec<String>>,
    /// The ARN of the certificate for HTTPS on the service's own load balancer.
    pub certificate_arn: Option<String>,
    /// The ARN of an existing listener that forwards the requests for `paths` and `hosts` to the
    /// service.
    pub listener_arn: Option<String>,
    /// The ARN of an existing target group that the tasks register with.
    pub target_group_arn: Option<String>,
    /// The ARN of the load balancer of `targetGroupArn`. Scaling by `requestsPerTarget` requires
    /// it.
    pub load_balancer_arn: Option<String>,
    /// The ARN of a second existing target group, for deployments that shift requests between it
    /// and `targetGroupArn`.
    pub alternate_target_group_arn: Option<String>,
    /// The ARN of the listener rule that forwards requests to `targetGroupArn` and
    /// `alternateTargetGroupArn`. ECS changes its weights.
    pub production_listener_rule: Option<String>,
    /// The ARN of the listener rule that forwards test requests to `targetGroupArn` and
    /// `alternateTargetGroupArn`. ECS changes its weights.
    pub test_listener_rule: Option<String>,
    /// The ID of the security group of the existing load balancer of the service.
    pub load_balancer_security_group_id: Option<String>,
    /// The IDs of existing security groups of the tasks, which must allow connections from all
    /// callers. If omitted, the service gets a security group of its own.
    #[model(check = ids::security_group)]
    pub security_group_ids: Option<Vec<String>>,
    /// The IDs of the security groups that may connect to the service.
    #[model(default = [])]
    pub called_by: Vec<String>,
    /// The destinations that the service connects to.
    #[model(default = [])]
    pub reaches: Vec<Reach>,
    /// The ARN of the task execution role. If omitted, the service gets a role that may only pull
    /// its image, read its secrets and write its logs.
    pub execution_role_arn: Option<String>,
    /// The ARN of the task role. If omitted, the service gets a role with `taskPolicy`.
    pub task_role_arn: Option<String>,
    /// The ARN of the role of Application Auto Scaling. Defaults to the service-linked role of
    /// Application Auto Scaling.
    pub autoscaling_role_arn: Option<String>,
    /// The number of days to retain log events. 0 retains them indefinitely.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub log_retention_in_days: i64,
    /// The ARN of the KMS key that encrypts the logs. If omitted, CloudWatch Logs encrypts the logs
    /// with keys that it manages. The key policy must allow CloudWatch Logs to use the key:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub log_kms_key_id: Option<String>,
    /// Whether deletion protection is enabled for the service's own load balancer.
    #[model(default = false)]
    pub load_balancer_deletion_protection: bool,
    /// Whether the service has alarms for CPU and memory utilization.
    #[model(default = true)]
    pub alarms: bool,
    /// The ARNs of the actions of the alarms, such as SNS topics.
    #[model(default = [])]
    pub alarm_actions: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of a service.
#[derive(Clone, Debug, Model)]
pub struct FargateServiceState {
    /// The name of the ECS service.
    pub service_name: String,
    /// The ARN of the ECS service.
    pub service_arn: String,
    /// The ARN of the ECS cluster.
    pub cluster_arn: String,
    /// The name of the ECS cluster.
    pub cluster_name: String,
    /// The ARN of the task definition, including its revision.
    pub task_definition_arn: String,
    /// The ID of the security group of the tasks, or of the first if several are specified.
    pub security_group_id: String,
    /// The ARN of the target group of the tasks, if they are behind a load balancer.
    pub target_group_arn: Option<String>,
    /// The DNS name of the service's own load balancer.
    pub load_balancer_dns_name: Option<String>,
    /// The ARN of the service's own load balancer.
    pub load_balancer_arn: Option<String>,
    /// The ID of the hosted zone of the service's own load balancer, for alias records.
    pub load_balancer_zone_id: Option<String>,
    /// The ID of the security group of the service's own load balancer.
    pub load_balancer_security_group_id: Option<String>,
    /// The ARNs of the listeners of the service's own load balancer, by their protocol, `http` and
    /// `https`.
    pub load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// The URL of the service's own load balancer.
    pub url: Option<String>,
    /// The ARNs of the alarms.
    pub alarm_arns: Vec<String>,
    /// The name of the log group.
    pub log_group_name: String,
    /// The ARN of the log group.
    pub log_group_arn: String,
    /// The ARN of the task role.
    pub task_role_arn: String,
    /// The ARN of the task execution role.
    pub execution_role_arn: String,
}

/// What no single argument tells by itself.
pub fn rules(args: &Inputs<FargateService>, failures: &mut Failures) {
    workload::rules(&args.workload, &Path::root(), failures);
    volume::rules(&args.workload.volumes, &Path::root(), false, failures);
    let exposed = args.expose.get().is_some_and(|expose| expose != "none");
    let why_not = if args.target_group_arn.is_set() {
        Some(
            "is checked by a listener, and with targetGroupArn that is made elsewhere; give it there, or give listenerArn in place of targetGroupArn",
        )
    } else if args.listener_arn.is_set() || exposed && args.certificate_arn.is_set() {
        None
    } else if exposed {
        Some("requires HTTPS; give certificateArn")
    } else {
        Some("requires a load balancer that serves HTTPS; give expose and certificateArn, or listenerArn")
    };
    auth::rules(&args.workload.auth, &Path::from(Workload::AUTH), why_not, false, failures);
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
        let reason = format!(
            "has {count}, but a load balancer needs subnets in two Availability Zones; give at least two"
        );
        failures.add(name, reason);
    }
    let is_behind = exposed || args.listener_arn.is_set() || args.target_group_arn.is_set();
    if let Some(deployment) = args.workload.deployment.get() {
        deployment::rules(deployment, is_behind, &Path::from(Workload::DEPLOYMENT), failures);
    }
    if args.target_group_arn.is_set() && deployment::shifts(&args.workload.deployment) {
        for (name, is_given) in [
            (FargateServiceArgs::ALTERNATE_TARGET_GROUP_ARN, args.alternate_target_group_arn.is_set()),
            (FargateServiceArgs::PRODUCTION_LISTENER_RULE, args.production_listener_rule.is_set()),
        ] {
            if !is_given {
                let reason =
                    "is missing; a deployment that shifts requests needs it in addition to targetGroupArn";
                failures.add(name, reason);
            }
        }
    }
    let counts_requests =
        args.workload.scaling.get().is_some_and(|scaling| scaling.requests_per_target.is_set());
    let at = Path::from(Workload::SCALING).key(Scaling::REQUESTS_PER_TARGET);
    if counts_requests && args.target_group_arn.is_set() {
        if !args.load_balancer_arn.is_set() {
            failures.add(at, "requires the load balancer; give loadBalancerArn");
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
