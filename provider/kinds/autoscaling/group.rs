//! A group of instances that AWS keeps at a number.

mod from_aws;
mod instance_refresh;
mod rules;
mod template;
mod to_aws;

pub use instance_refresh::*;
pub use template::*;

use std::time::Duration;

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{self, LifecycleState, ScalingActivityStatusCode};

use super::unsupported;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, adopt, may_claim, set_up};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
const GROUP: NameRule = NameRule {
    what: "Auto Scaling group",
    alphabet: Alphabet {
        words: "printable characters other than colons",
        lower: false,
        holds: |c| (c.is_ascii_graphic() || c == ' ') && c != ':',
    },
    ..PLAIN
};

/// How many groups one call describes.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html>
const DESCRIBED: usize = 50;

/// How long instances are waited for unless a program says otherwise.
const CAPACITY: Duration = Duration::from_secs(10 * 60);

/// An Auto Scaling group: keeps a number of EC2 instances running, such as the container instances of an
/// ECS cluster. It waits until the instances are in service, and terminates them before it is deleted.
#[derive(Clone, Debug, Model)]
pub struct GroupArgs {
    /// The Availability Zones, for instances in the default VPC. Conflicts with `vpcZoneIdentifiers`.
    #[model(in_place, set, aws_default, told, follows = [GroupArgs::VPC_ZONE_IDENTIFIERS])]
    pub availability_zones: Option<Vec<String>>,
    /// Whether Spot Instances are replaced as soon as their risk of interruption is elevated.
    #[model(in_place, default = false)]
    pub capacity_rebalance: bool,
    /// The number of seconds after a scaling activity before simple scaling policies start another.
    #[model(in_place, default = 300, range = 0..=1_000_000)]
    pub default_cooldown: i64,
    /// The number of seconds after which a new instance contributes to the metrics of the group.
    #[model(in_place, range = 0..=1_000_000)]
    pub default_instance_warmup: Option<i64>,
    /// The number of instances to keep running. If omitted, a new group starts with `minSize`
    /// instances, and scaling policies or the managed scaling of ECS change the number.
    #[model(in_place, aws_default, told, range = 0..=1_000_000)]
    pub desired_capacity: Option<i64>,
    /// The metrics of the group that are sent to CloudWatch every minute, such as
    /// `GroupInServiceInstances`.
    #[model(in_place, set, default = [])]
    pub enabled_metrics: Vec<String>,
    /// Whether the group is deleted together with its instances, without waiting for them to drain.
    #[model(in_place, default = false, write_only)]
    pub force_delete: bool,
    /// The health check grace period in seconds: how long failed health checks of a new instance
    /// are ignored.
    #[model(in_place, default = 300, range = 0..=1_000_000)]
    pub health_check_grace_period: i64,
    /// The health checks that the group uses in addition to those of EC2.
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
    #[model(in_place, default = "EC2", one_of = ["EC2", "ELB", "EBS", "VPC_LATTICE"])]
    pub health_check_type: String,
    /// The instance refresh that replaces running instances when what they are launched from changes.
    /// If omitted, running instances stay as they are.
    #[model(in_place, write_only)]
    pub instance_refresh: Option<InstanceRefresh>,
    /// The launch template that instances are launched from. Conflicts with `mixedInstancesPolicy`.
    /// A change affects running instances only with `instanceRefresh`.
    #[model(in_place)]
    pub launch_template: Option<LaunchTemplateOfGroup>,
    /// The number of seconds after which an instance is replaced: 0 for never, or at least one day.
    #[model(in_place, default = 0)]
    pub max_instance_lifetime: i64,
    /// The maximum number of instances.
    #[model(in_place, range = 0..=1_000_000)]
    pub max_size: i64,
    /// The minimum number of instances.
    #[model(in_place, range = 0..=1_000_000)]
    pub min_size: i64,
    /// The mixed instances policy: a launch template together with instance types and purchase
    /// options. Conflicts with `launchTemplate`.
    #[model(in_place)]
    pub mixed_instances_policy: Option<MixedInstancesPolicy>,
    /// The name of the Auto Scaling group.
    #[model(replace, autoname)]
    pub name: String,
    /// Whether new instances are protected from termination when the group scales in. Required for
    /// the managed termination protection of an ECS capacity provider.
    #[model(in_place, default = false)]
    pub protect_from_scale_in: bool,
    /// The ARN of the service-linked role with which the group calls other AWS services. Defaults
    /// to `AWSServiceRoleForAutoScaling`.
    #[model(in_place, aws_default, told)]
    pub service_linked_role_arn: Option<String>,
    /// The processes of the group that are suspended.
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
    #[model(
        in_place,
        set,
        default = [],
        one_of = [
            "Launch",
            "Terminate",
            "AddToLoadBalancer",
            "AlarmNotification",
            "AZRebalance",
            "HealthCheck",
            "InstanceRefresh",
            "ReplaceUnhealthy",
            "ScheduledActions",
        ]
    )]
    pub suspended_processes: Vec<String>,
    /// The tags of the group, each of which may be passed on to its instances. Default tags of the
    /// provider are not added. The tag `AmazonECSManaged`, which ECS adds, is kept.
    #[model(name = "tags", in_place, set, default = [])]
    pub tag_list: Vec<GroupTag>,
    /// The ARNs of the target groups that instances are registered with. If omitted, existing
    /// registrations are kept, such as those of an `autoscaling.Attachment`.
    #[model(in_place, set, aws_default, told)]
    pub target_group_arns: Option<Vec<String>>,
    /// The termination policies, which select the instances to terminate first, in order, such as
    /// `OldestInstance`.
    #[model(in_place, default = [], same = rules::same_policies)]
    pub termination_policies: Vec<String>,
    /// The IDs of the subnets that instances are launched in. Conflicts with `availabilityZones`.
    #[model(in_place, set, aws_default, told, follows = [GroupArgs::AVAILABILITY_ZONES], check = ids::subnet)]
    pub vpc_zone_identifiers: Option<Vec<String>>,
    /// The maximum time to wait until instances are in service, such as `15m`. With `0`, the
    /// deployment does not wait.
    #[model(in_place, default = "10m", write_only, check = rules::check_timeout)]
    pub wait_for_capacity_timeout: String,
}

/// A tag of an Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct GroupTag {
    /// The key of the tag.
    #[model(length = 1..=128)]
    pub key: String,
    /// Whether instances that the group launches also get the tag.
    pub propagate_at_launch: bool,
    /// The value of the tag.
    #[model(length = 0..=256)]
    pub value: String,
}

/// What AWS says of an Auto Scaling group.
#[derive(Clone, Debug, Model)]
pub struct GroupState {
    /// The ARN of the Auto Scaling group.
    pub arn: String,
}

/// A group of instances.
pub struct Group;

impl Kind for Group {
    const TOKEN: &'static str = "agentic:autoscaling:Group";
    const ID: &'static str = "the name of the Auto Scaling group";
    const NAME: Option<&'static NameRule> = Some(&GROUP);
    const TAGS: TaggedBy = TaggedBy::service::<GroupTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:EnableMetricsCollection",
            "autoscaling:SuspendProcesses",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:RunInstances",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
        ],
        read: &["autoscaling:DescribeAutoScalingGroups"],
        update: &[
            "autoscaling:AttachLoadBalancerTargetGroups",
            "autoscaling:CancelInstanceRefresh",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DetachLoadBalancerTargetGroups",
            "autoscaling:DisableMetricsCollection",
            "autoscaling:EnableMetricsCollection",
            "autoscaling:ResumeProcesses",
            "autoscaling:StartInstanceRefresh",
            "autoscaling:SuspendProcesses",
            "autoscaling:UpdateAutoScalingGroup",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:RunInstances",
            "iam:PassRole",
        ],
        delete: &[
            "autoscaling:DeleteAutoScalingGroup",
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:SetInstanceProtection",
            "autoscaling:UpdateAutoScalingGroup",
        ],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the instances are in service", usual: [20, 120], budget: CAPACITY });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the Auto Scaling group is gone", usual: [5, 120], budget: CAPACITY });

    const UNSUPPORTED: &'static [Unsupported] = unsupported::GROUP;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = GroupArgs;
    type State = GroupState;

    fn rules(args: &GroupInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn hear(cx: &Cx, id: &str, old: &GroupInputs, new: &GroupInputs) {
        let (before, now) = (old.target_group_arns.is_set(), new.target_group_arns.is_set());
        Wholes::of(cx).hear(cx, id, List::TargetGroups, before, now);
    }

    async fn create(cx: &Cx, args: &GroupArgs) -> Result<String> {
        match find(cx, &args.name).await? {
            Some(group) if is_going(&group) => {
                let message = format!("an Auto Scaling group {} is being deleted", args.name);
                Err(Error::new(ErrorKind::NotReady, message))
            }
            Some(group) => {
                let tags = group.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
                may_claim::<Self>(cx, &args.name, tags, None, "Auto Scaling group")?;
                adopt::<Self>(cx, &args.name, args).await
            }
            None => to_aws::create(cx, args).await,
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &GroupArgs) -> Result<()> {
        match args.enabled_metrics.is_empty() && args.suspended_processes.is_empty() {
            true => Ok(()),
            false => set_up::<Self>(cx, id, args).await,
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &GroupArgs) -> Result<Poll> {
        let Some(group) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let launches = !args.suspended_processes.iter().any(|process| process == "Launch");
        let wanted = args.desired_capacity.unwrap_or(args.min_size);
        let there = in_service(&group);
        if there >= wanted || !launches || timeout(args).is_zero() {
            return Ok(Poll::Ready(()));
        }
        let now = format!("{there} of {wanted} in service");
        let failures = failed_launches(cx, id).await?;
        Ok(match failures.first() {
            // What was tried before an update says nothing of what it has changed.
            Some(reason) if failures.len() >= HOPELESS && cx.noted::<Changed>().is_none() => {
                Poll::Failed(hopeless(id, reason))
            }
            Some(reason) => Poll::Pending(format!("{now}; the last launch failed: {reason}")),
            None => Poll::Pending(now),
        })
    }

    fn takes(args: &GroupArgs) -> Duration {
        timeout(args).saturating_sub(CAPACITY)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = find(cx, id).await?.filter(|group| !is_going(group));
        Ok(found.map(|group| from_aws::live(group, None)))
    }

    async fn refresh(cx: &Cx, id: &str, old: &GroupArgs) -> Result<Option<Live<Self>>> {
        let found = find(cx, id).await?.filter(|group| !is_going(group));
        Ok(found.map(|group| from_aws::live(group, Some(old))))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<GroupArgs>) -> Result<()> {
        to_aws::update(cx, id, update).await?;
        cx.note(Changed);
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &GroupArgs) -> Result<()> {
        let Some(group) = find(cx, id).await?.filter(|group| !is_going(group)) else { return Ok(()) };
        let left = group.instances().len();
        if left > 0 && !args.force_delete {
            to_aws::drain(cx, id, &group).await?;
            let message = format!("{left} instances of the Auto Scaling group {id} are being terminated");
            return Err(Error::new(ErrorKind::InUse, message));
        }
        let call = cx.client::<Client>()?.delete_auto_scaling_group().auto_scaling_group_name(id);
        call.force_delete(args.force_delete).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &GroupArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(group) => Poll::Pending(format!("{} instances left", group.instances().len())),
        })
    }
}

/// An update of this operation has changed the group.
#[derive(Clone)]
struct Changed;

/// After so many launches in a row that failed, more time does not help. A single one fails where an
/// instance profile is not known to EC2 yet.
const HOPELESS: usize = 3;

pub(super) async fn find(cx: &Cx, name: &str) -> Result<Option<types::AutoScalingGroup>> {
    let client = cx.client::<Client>()?;
    cx.batched(DESCRIBED, name.to_owned(), move |names| {
        let call = client.describe_auto_scaling_groups().set_auto_scaling_group_names(Some(names));
        let pages = call.into_paginator().items().send();
        async move {
            let all: Vec<types::AutoScalingGroup> = pages.try_collect().await?;
            let named =
                all.into_iter().filter_map(|group| Some((group.auto_scaling_group_name.clone()?, group)));
            Ok(named.collect())
        }
    })
    .await
}

/// Whether this state has a group.
pub(super) async fn is_of_state(cx: &Cx, name: &str) -> Result<bool> {
    let Some(group) = find(cx, name).await? else { return Ok(false) };
    let tags = group.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
    Ok(cx.standing(tags).is_of_state())
}

/// AWS tells a status only of what is being deleted.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html>
fn is_going(group: &types::AutoScalingGroup) -> bool {
    group.status().is_some_and(|status| !status.is_empty())
}

/// The capacity of the instances in service: their number, unless they have weights.
fn in_service(group: &types::AutoScalingGroup) -> i64 {
    let serves = |instance: &&types::Instance| {
        instance.lifecycle_state() == Some(&LifecycleState::InService)
            && instance.health_status().is_none_or(|status| status.eq_ignore_ascii_case("healthy"))
    };
    let weight = |instance: &types::Instance| instance.weighted_capacity()?.parse::<i64>().ok();
    group.instances().iter().filter(serves).map(|instance| weight(instance).unwrap_or(1)).sum()
}

/// Why the newest activities failed, the newest first, down to one that did not.
async fn failed_launches(cx: &Cx, name: &str) -> Result<Vec<String>> {
    let call = cx.client::<Client>()?.describe_scaling_activities().auto_scaling_group_name(name);
    let all = call.max_records(HOPELESS as i32 * 2).send().await?.activities.unwrap_or_default();
    let done = all.into_iter().filter(|activity| {
        matches!(
            activity.status_code(),
            Some(
                ScalingActivityStatusCode::Failed
                    | ScalingActivityStatusCode::Cancelled
                    | ScalingActivityStatusCode::Successful
            )
        )
    });
    let failed =
        done.take_while(|activity| activity.status_code() != Some(&ScalingActivityStatusCode::Successful));
    Ok(failed.map(|activity| activity.status_message.unwrap_or_default()).collect())
}

fn hopeless(name: &str, reason: &str) -> Error {
    let reason = reason.trim_end_matches('.');
    Error::new(ErrorKind::Failed, format!("the Auto Scaling group {name} cannot launch instances: {reason}"))
        .with_hint("Correct the launch template, the subnets or the quotas of the account, and run `pulumi up` again.")
}

fn timeout(args: &GroupArgs) -> Duration {
    rules::parse_timeout(&args.wait_for_capacity_timeout).unwrap_or(CAPACITY)
}

/// How Auto Scaling tags groups: each tag says whether it is passed on, and those that say whose a
/// group is are not.
struct GroupTags;

impl Tagging for GroupTags {
    const CHANGE: &'static [&'static str] = &["autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags = tags.into_iter().map(|(key, value)| GroupTag { key, propagate_at_launch: false, value });
        to_aws::tag(cx, &named.id, tags).await
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        to_aws::untag(cx, &named.id, keys).await
    }
}
