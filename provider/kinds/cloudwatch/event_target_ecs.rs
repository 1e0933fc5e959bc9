//! The task that a rule runs on an ECS cluster.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::{self, AssignPublicIp, LaunchType, PropagateTags};

use super::{EventTargetArgs, EventTargetInputs};
use crate::aws::error::Result;
use crate::aws::ids;
use crate::model::{Failures, Maybe, Model, Path};

/// The task that a rule runs on an ECS cluster.
#[derive(Clone, Debug, Model)]
pub struct EventTargetEcsTarget {
    /// The capacity provider strategy of the tasks, instead of `launchType`.
    #[model(set, default = [], length = 0..=6)]
    pub capacity_provider_strategies: Vec<EcsStrategyItem>,
    /// Whether ECS adds its managed tags, such as the name of the cluster, to the tasks.
    #[model(default = false)]
    pub enable_ecs_managed_tags: bool,
    /// Whether ECS Exec, as with `aws ecs execute-command`, is enabled for the tasks.
    #[model(default = false)]
    pub enable_execute_command: bool,
    /// The task group of the tasks.
    #[model(length = 1..=255)]
    pub group: Option<String>,
    /// The launch type of the tasks. Defaults to the default capacity provider strategy of the
    /// cluster.
    #[model(one_of = ["FARGATE", "EC2", "EXTERNAL"])]
    pub launch_type: Option<String>,
    /// The network configuration of tasks with the network mode `awsvpc`, which Fargate requires.
    pub network_configuration: Option<EcsNetwork>,
    /// The Fargate platform version, such as `1.4.0`. Defaults to the latest version.
    pub platform_version: Option<String>,
    /// Whether the tags of the task definition are copied to the tasks.
    #[model(one_of = ["TASK_DEFINITION"])]
    pub propagate_tags: Option<String>,
    /// The tags of the tasks.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The number of tasks to run for each event.
    #[model(default = 1, range = 1..=2_147_483_647)]
    pub task_count: i64,
    /// The ARN of the task definition. Without a revision, the latest active revision runs.
    #[model(check = check_definition)]
    pub task_definition_arn: String,
}

/// A capacity provider of a capacity provider strategy.
#[derive(Clone, Debug, Model)]
pub struct EcsStrategyItem {
    /// The minimum number of tasks to run on the capacity provider, before `weight` applies.
    #[model(default = 0, range = 0..=100_000)]
    pub base: i64,
    /// The name of the capacity provider, such as `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// The share of the tasks to run on the capacity provider, relative to the weights of the
    /// others.
    #[model(default = 0, range = 0..=1000)]
    pub weight: i64,
}

/// The network configuration of tasks.
#[derive(Clone, Debug, Model)]
pub struct EcsNetwork {
    /// Whether the tasks have public IP addresses. Only for Fargate.
    #[model(default = false)]
    pub assign_public_ip: bool,
    /// The IDs of the security groups of the tasks. Defaults to the default security group of the
    /// VPC.
    #[model(set, default = [], length = 0..=5, check = ids::security_group)]
    pub security_groups: Vec<String>,
    /// The IDs of the subnets of the tasks.
    #[model(set, length = 1..=16, check = ids::subnet)]
    pub subnets: Vec<String>,
}

impl EventTargetEcsTarget {
    /// The task as the API takes it. What it has of what no argument is about stays.
    pub(super) fn to_aws(&self, there: Option<types::EcsParameters>) -> Result<types::EcsParameters> {
        let mut ecs = match there {
            Some(there) => there,
            None => types::EcsParameters::builder().task_definition_arn(&self.task_definition_arn).build()?,
        };
        let strategy = |strategy: &EcsStrategyItem| {
            types::CapacityProviderStrategyItem::builder()
                .capacity_provider(&strategy.capacity_provider)
                .base(strategy.base as i32)
                .weight(strategy.weight as i32)
                .build()
        };
        let strategies = self.capacity_provider_strategies.iter().map(strategy);
        let strategies = strategies.collect::<Result<Vec<_>, _>>()?;
        let tags = self.tags.iter().map(|(key, value)| types::Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<Vec<_>, _>>()?;
        ecs.capacity_provider_strategy = Some(strategies).filter(|strategies| !strategies.is_empty());
        ecs.enable_ecs_managed_tags = self.enable_ecs_managed_tags;
        ecs.enable_execute_command = self.enable_execute_command;
        ecs.group.clone_from(&self.group);
        ecs.launch_type = self.launch_type.as_deref().map(LaunchType::from);
        ecs.network_configuration =
            self.network_configuration.as_ref().map(|network| network.to_aws()).transpose()?;
        ecs.platform_version.clone_from(&self.platform_version);
        ecs.propagate_tags = self.propagate_tags.as_deref().map(PropagateTags::from);
        ecs.tags = Some(tags).filter(|tags| !tags.is_empty());
        ecs.task_count = Some(self.task_count as i32);
        ecs.task_definition_arn.clone_from(&self.task_definition_arn);
        Ok(ecs)
    }

    pub(super) fn from_aws(ecs: &types::EcsParameters) -> Self {
        let strategy = |item: &types::CapacityProviderStrategyItem| EcsStrategyItem {
            base: item.base.into(),
            capacity_provider: item.capacity_provider.clone(),
            weight: item.weight.into(),
        };
        let network = ecs.network_configuration().and_then(|network| network.awsvpc_configuration());
        EventTargetEcsTarget {
            capacity_provider_strategies: ecs.capacity_provider_strategy().iter().map(strategy).collect(),
            enable_ecs_managed_tags: ecs.enable_ecs_managed_tags,
            enable_execute_command: ecs.enable_execute_command,
            group: ecs.group.clone(),
            launch_type: ecs.launch_type().map(|launch_type| launch_type.as_str().to_owned()),
            network_configuration: network.map(EcsNetwork::from_aws),
            platform_version: ecs.platform_version.clone(),
            propagate_tags: ecs.propagate_tags().map(|from| from.as_str().to_owned()),
            tags: ecs.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
            task_count: ecs.task_count.map_or(1, i64::from),
            task_definition_arn: ecs.task_definition_arn.clone(),
        }
    }
}

impl EcsNetwork {
    fn to_aws(&self) -> Result<types::NetworkConfiguration> {
        let public = if self.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
        let vpc = types::AwsVpcConfiguration::builder()
            .assign_public_ip(public)
            .set_security_groups(Some(self.security_groups.clone()).filter(|groups| !groups.is_empty()))
            .set_subnets(Some(self.subnets.clone()))
            .build()?;
        Ok(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
    }

    fn from_aws(vpc: &types::AwsVpcConfiguration) -> Self {
        EcsNetwork {
            assign_public_ip: vpc.assign_public_ip() == Some(&AssignPublicIp::Enabled),
            security_groups: vpc.security_groups().to_vec(),
            subnets: vpc.subnets.clone(),
        }
    }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html>
pub(super) fn check_ecs(args: &EventTargetInputs, failures: &mut Failures) {
    let at = Path::from(EventTargetArgs::ECS_TARGET);
    let is_cluster = args.arn.get().map(|arn| arn.contains(":ecs:") && arn.contains(":cluster/"));
    match (is_cluster, &args.ecs_target.value) {
        (Some(true), Maybe::Absent) => {
            failures.add(&at, "is missing; a target that is an ECS cluster requires it");
        }
        (Some(false), Maybe::Known(_)) => {
            failures.add(
                &at,
                "is given, but arn is not an ECS cluster; leave it out, or give the ARN of a cluster",
            );
        }
        _ => {}
    }
    let Some(ecs) = args.ecs_target.get() else { return };
    let launch_type = ecs.launch_type.get().map(String::as_str);
    if ecs.launch_type.is_set() && ecs.capacity_provider_strategies.get().is_some_and(|all| !all.is_empty()) {
        let reason = "conflicts with capacityProviderStrategies; give only one of them";
        failures.add(at.key(EventTargetEcsTarget::LAUNCH_TYPE), reason);
    }
    if launch_type == Some("FARGATE") && !ecs.network_configuration.is_set() {
        let reason = "is missing; Fargate needs subnets and security groups";
        failures.add(at.key(EventTargetEcsTarget::NETWORK_CONFIGURATION), reason);
    }
    let is_public = ecs.network_configuration.get().and_then(|network| network.assign_public_ip.get());
    if let (Some("EC2" | "EXTERNAL"), Some(true)) = (launch_type, is_public) {
        let reason = "is true; only tasks on Fargate can have public addresses";
        failures.add(
            at.key(EventTargetEcsTarget::NETWORK_CONFIGURATION).key(EcsNetwork::ASSIGN_PUBLIC_IP),
            reason,
        );
    }
}

fn check_definition(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":task-definition/") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a task definition")),
    }
}
