//! An Auto Scaling group as AWS has it.

use aws_sdk_autoscaling::types;

use super::{
    Group, GroupArgs, GroupObserved, GroupState, GroupTag, LaunchTemplateOfGroup, MixedInstancesPolicy,
};
use crate::aws::tags::is_system;
use crate::kinds::Live;

/// The tag with which ECS marks the groups of its capacity providers.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html>
const OF_ECS: &str = "AmazonECSManaged";

/// What AWS gives a group without rules of its own.
const USUAL_POLICY: &str = "Default";

/// The group, in the words of what is asked for, where that is known.
pub fn live(group: types::AutoScalingGroup, asked: Option<&GroupArgs>) -> Live<Group> {
    let subnets = group.vpc_zone_identifier().unwrap_or_default().split(',').filter(|id| !id.is_empty());
    let subnets = subnets.map(str::to_owned).collect();
    let large = |number: Option<i32>| number.map(i64::from);
    let asks_for = |key: &str| asked.is_some_and(|asked| asked.tag_list.iter().any(|tag| tag.key == key));
    let template = asked.and_then(|asked| asked.launch_template.as_ref());
    let mixed = asked.and_then(|asked| asked.mixed_instances_policy.as_ref());
    let tags = group.tags().iter().filter_map(|tag| {
        let key = tag.key().filter(|key| !is_system(key) && (*key != OF_ECS || asks_for(key)))?;
        Some(GroupTag {
            key: key.to_owned(),
            propagate_at_launch: tag.propagate_at_launch().unwrap_or_default(),
            value: tag.value().unwrap_or_default().to_owned(),
        })
    });
    let policies = group.termination_policies();
    let policies = if policies == [USUAL_POLICY] { &[] } else { policies };
    Live {
        args: GroupObserved {
            availability_zones: Some(group.availability_zones.clone()),
            capacity_rebalance: Some(group.capacity_rebalance.unwrap_or_default()),
            default_cooldown: large(group.default_cooldown),
            default_instance_warmup: Some(large(group.default_instance_warmup)),
            desired_capacity: Some(large(group.desired_capacity)),
            enabled_metrics: Some(
                group.enabled_metrics().iter().filter_map(|metric| metric.metric.clone()).collect(),
            ),
            force_delete: None,
            health_check_grace_period: large(group.health_check_grace_period),
            health_check_type: group.health_check_type.clone(),
            instance_refresh: None,
            launch_template: Some(
                group.launch_template().map(|told| LaunchTemplateOfGroup::from_aws(told, template)),
            ),
            max_instance_lifetime: Some(large(group.max_instance_lifetime).unwrap_or_default()),
            max_size: large(group.max_size),
            min_size: large(group.min_size),
            mixed_instances_policy: Some(
                group.mixed_instances_policy().and_then(|told| MixedInstancesPolicy::from_aws(told, mixed)),
            ),
            name: group.auto_scaling_group_name.clone(),
            protect_from_scale_in: Some(group.new_instances_protected_from_scale_in.unwrap_or_default()),
            service_linked_role_arn: Some(group.service_linked_role_arn.clone()),
            suspended_processes: Some(
                group.suspended_processes().iter().filter_map(|one| one.process_name.clone()).collect(),
            ),
            tag_list: Some(tags.collect()),
            target_group_arns: Some(Some(group.target_group_arns().to_vec())),
            termination_policies: Some(policies.to_vec()),
            vpc_zone_identifiers: Some(Some(subnets)),
            wait_for_capacity_timeout: None,
        },
        state: GroupState { arn: group.auto_scaling_group_arn.clone().unwrap_or_default() },
    }
}
