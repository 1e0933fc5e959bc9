//! The calls that make an Auto Scaling group, change it and empty it.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{self, Tag};

use super::instance_refresh;
use super::{GroupArgs, GroupTag, LaunchTemplateOfGroup, MixedInstancesPolicy};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::{Update, taken};

/// How many target groups one call attaches.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachLoadBalancerTargetGroups.html>
const ATTACHED: usize = 10;

/// How many instances one call protects.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html>
const PROTECTED: usize = 50;

/// What sets a number back to none.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html>
const NO_WARMUP: i64 = -1;

pub async fn create(cx: &Cx, args: &GroupArgs) -> Result<String> {
    let own = cx.owned(&BTreeMap::new()).into_iter();
    let own = own.map(|(key, value)| GroupTag { key, propagate_at_launch: false, value });
    let tags = args.tag_list.iter().cloned().chain(own).map(|one| one.to_aws(&args.name));
    let groups = args.target_group_arns.clone().filter(|arns| !arns.is_empty());
    let made = cx
        .client::<Client>()?
        .create_auto_scaling_group()
        .auto_scaling_group_name(&args.name)
        .set_availability_zones(args.availability_zones.clone())
        .capacity_rebalance(args.capacity_rebalance)
        .default_cooldown(small(args.default_cooldown))
        .set_default_instance_warmup(args.default_instance_warmup.map(small))
        .set_desired_capacity(args.desired_capacity.map(small))
        .health_check_grace_period(small(args.health_check_grace_period))
        .health_check_type(&args.health_check_type)
        .set_launch_template(args.launch_template.as_ref().map(LaunchTemplateOfGroup::to_aws))
        .set_max_instance_lifetime(
            (args.max_instance_lifetime > 0).then(|| small(args.max_instance_lifetime)),
        )
        .max_size(small(args.max_size))
        .min_size(small(args.min_size))
        .set_mixed_instances_policy(args.mixed_instances_policy.as_ref().map(MixedInstancesPolicy::to_aws))
        .new_instances_protected_from_scale_in(args.protect_from_scale_in)
        .set_service_linked_role_arn(args.service_linked_role_arn.clone())
        .set_tags(Some(tags.collect()))
        .set_target_group_arns(groups)
        .set_termination_policies(policies(args).filter(|_| !args.termination_policies.is_empty()))
        .set_vpc_zone_identifier(args.vpc_zone_identifiers.as_ref().map(|ids| ids.join(",")))
        .send()
        .await
        .map_err(Error::from);
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(taken(error, "Auto Scaling group", &args.name))
        }
        made => made.map(|_| args.name.clone()),
    }
}

/// Changes what differs: first the group itself, then what has calls of its own.
pub async fn update(cx: &Cx, name: &str, update: &Update<GroupArgs>) -> Result<()> {
    change(cx, name, update).await?;
    let (client, Update { old, new, .. }) = (cx.client::<Client>()?, update);
    if let (true, Some(wanted)) = (update.any(&[GroupArgs::TARGET_GROUP_ARNS]), &new.target_group_arns) {
        let there = old.target_group_arns.clone().unwrap_or_default();
        for arns in beyond(wanted, &there).chunks(ATTACHED) {
            let call = client.attach_load_balancer_target_groups().auto_scaling_group_name(name);
            call.set_target_group_arns(Some(arns.to_vec())).send().await?;
        }
        for arns in beyond(&there, wanted).chunks(ATTACHED) {
            let call = client.detach_load_balancer_target_groups().auto_scaling_group_name(name);
            call.set_target_group_arns(Some(arns.to_vec())).send().await?;
        }
    }
    if update.any(&[GroupArgs::ENABLED_METRICS]) {
        let more = beyond(&new.enabled_metrics, &old.enabled_metrics);
        if !more.is_empty() {
            let call = client.enable_metrics_collection().auto_scaling_group_name(name);
            call.set_metrics(Some(more)).granularity("1Minute").send().await?;
        }
        let fewer = beyond(&old.enabled_metrics, &new.enabled_metrics);
        if !fewer.is_empty() {
            let call = client.disable_metrics_collection().auto_scaling_group_name(name);
            call.set_metrics(Some(fewer)).send().await?;
        }
    }
    if update.any(&[GroupArgs::SUSPENDED_PROCESSES]) {
        let more = beyond(&new.suspended_processes, &old.suspended_processes);
        if !more.is_empty() {
            let call = client.suspend_processes().auto_scaling_group_name(name);
            call.set_scaling_processes(Some(more)).send().await?;
        }
        let fewer = beyond(&old.suspended_processes, &new.suspended_processes);
        if !fewer.is_empty() {
            let call = client.resume_processes().auto_scaling_group_name(name);
            call.set_scaling_processes(Some(fewer)).send().await?;
        }
    }
    if update.any(&[GroupArgs::TAG_LIST]) {
        let more: Vec<_> = new.tag_list.iter().filter(|one| !old.tag_list.contains(one)).cloned().collect();
        if !more.is_empty() {
            tag(cx, name, more).await?;
        }
        let stays = |key: &String| new.tag_list.iter().any(|one| one.key == *key);
        let fewer: Vec<_> =
            old.tag_list.iter().map(|one| one.key.clone()).filter(|key| !stays(key)).collect();
        if !fewer.is_empty() {
            untag(cx, name, fewer).await?;
        }
    }
    instance_refresh::start(cx, name, update).await
}

async fn change(cx: &Cx, name: &str, update: &Update<GroupArgs>) -> Result<()> {
    const OTHERS: &[crate::model::Prop<GroupArgs>] = &[
        GroupArgs::ENABLED_METRICS,
        GroupArgs::FORCE_DELETE,
        GroupArgs::INSTANCE_REFRESH,
        GroupArgs::SUSPENDED_PROCESSES,
        GroupArgs::TAG_LIST,
        GroupArgs::TARGET_GROUP_ARNS,
        GroupArgs::WAIT_FOR_CAPACITY_TIMEOUT,
    ];
    if !update.any_but(OTHERS) {
        return Ok(());
    }
    let new = &update.new;
    let mut call = cx.client::<Client>()?.update_auto_scaling_group().auto_scaling_group_name(name);
    if update.any(&[GroupArgs::AVAILABILITY_ZONES]) && new.vpc_zone_identifiers.is_none() {
        call = call.set_availability_zones(new.availability_zones.clone());
    }
    if update.any(&[GroupArgs::CAPACITY_REBALANCE]) {
        call = call.capacity_rebalance(new.capacity_rebalance);
    }
    if update.any(&[GroupArgs::DEFAULT_COOLDOWN]) {
        call = call.default_cooldown(small(new.default_cooldown));
    }
    if update.any(&[GroupArgs::DEFAULT_INSTANCE_WARMUP]) {
        call = call.default_instance_warmup(small(new.default_instance_warmup.unwrap_or(NO_WARMUP)));
    }
    if update.any(&[GroupArgs::DESIRED_CAPACITY]) {
        call = call.set_desired_capacity(new.desired_capacity.map(small));
    }
    if update.any(&[GroupArgs::HEALTH_CHECK_GRACE_PERIOD]) {
        call = call.health_check_grace_period(small(new.health_check_grace_period));
    }
    if update.any(&[GroupArgs::HEALTH_CHECK_TYPE]) {
        call = call.health_check_type(&new.health_check_type);
    }
    if update.any(&[GroupArgs::LAUNCH_TEMPLATE, GroupArgs::MIXED_INSTANCES_POLICY]) {
        call = call
            .set_launch_template(new.launch_template.as_ref().map(LaunchTemplateOfGroup::to_aws))
            .set_mixed_instances_policy(
                new.mixed_instances_policy.as_ref().map(MixedInstancesPolicy::to_aws),
            );
    }
    if update.any(&[GroupArgs::MAX_INSTANCE_LIFETIME]) {
        call = call.max_instance_lifetime(small(new.max_instance_lifetime));
    }
    if update.any(&[GroupArgs::MAX_SIZE]) {
        call = call.max_size(small(new.max_size));
    }
    if update.any(&[GroupArgs::MIN_SIZE]) {
        call = call.min_size(small(new.min_size));
    }
    if update.any(&[GroupArgs::PROTECT_FROM_SCALE_IN]) {
        call = call.new_instances_protected_from_scale_in(new.protect_from_scale_in);
    }
    if update.any(&[GroupArgs::SERVICE_LINKED_ROLE_ARN]) {
        call = call.set_service_linked_role_arn(new.service_linked_role_arn.clone());
    }
    if update.any(&[GroupArgs::TERMINATION_POLICIES]) {
        call = call.set_termination_policies(policies(new));
    }
    if update.any(&[GroupArgs::VPC_ZONE_IDENTIFIERS]) {
        call = call.set_vpc_zone_identifier(new.vpc_zone_identifiers.as_ref().map(|ids| ids.join(",")));
    }
    call.send().await?;
    Ok(())
}

/// Lets the group terminate its instances. Those that are protected from scale-in would stay.
pub async fn drain(cx: &Cx, name: &str, group: &types::AutoScalingGroup) -> Result<()> {
    let client = cx.client::<Client>()?;
    let protected = group.instances().iter().filter(|one| one.protected_from_scale_in() == Some(true));
    let protected: Vec<String> = protected.filter_map(|one| one.instance_id.clone()).collect();
    for ids in protected.chunks(PROTECTED) {
        let call = client.set_instance_protection().auto_scaling_group_name(name);
        call.set_instance_ids(Some(ids.to_vec())).protected_from_scale_in(false).send().await?;
    }
    if group.max_size() != Some(0) {
        let call = client.update_auto_scaling_group().auto_scaling_group_name(name);
        call.min_size(0).max_size(0).desired_capacity(0).send().await?;
    }
    Ok(())
}

pub async fn tag(cx: &Cx, name: &str, tags: impl IntoIterator<Item = GroupTag>) -> Result<()> {
    let tags = tags.into_iter().map(|one| one.to_aws(name)).collect();
    cx.client::<Client>()?.create_or_update_tags().set_tags(Some(tags)).send().await?;
    Ok(())
}

pub async fn untag(cx: &Cx, name: &str, keys: Vec<String>) -> Result<()> {
    let tags = keys.into_iter().map(|key| of_group(name).key(key).build()).collect();
    cx.client::<Client>()?.delete_tags().set_tags(Some(tags)).send().await?;
    Ok(())
}

impl GroupTag {
    fn to_aws(&self, group: &str) -> Tag {
        of_group(group)
            .key(&self.key)
            .value(&self.value)
            .propagate_at_launch(self.propagate_at_launch)
            .build()
    }
}

fn of_group(name: &str) -> types::builders::TagBuilder {
    Tag::builder().resource_id(name).resource_type("auto-scaling-group")
}

/// Without rules of its own a group has that of AWS.
fn policies(args: &GroupArgs) -> Option<Vec<String>> {
    match args.termination_policies.as_slice() {
        [] => Some(vec!["Default".to_owned()]),
        policies => Some(policies.to_vec()),
    }
}

/// What the first list has beyond the second.
fn beyond(one: &[String], other: &[String]) -> Vec<String> {
    one.iter().filter(|item| !other.contains(item)).cloned().collect()
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
