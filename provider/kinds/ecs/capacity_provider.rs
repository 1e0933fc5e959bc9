//! A capacity provider: the instances of an Auto Scaling group, as capacity for tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    AutoScalingGroupProvider, AutoScalingGroupProviderUpdate, CapacityProvider as Provider,
    CapacityProviderField, CapacityProviderStatus, CapacityProviderUpdateStatus, ManagedDraining,
    ManagedScaling, ManagedScalingStatus, ManagedTerminationProtection,
};

use super::{EcsTags, last, only_missing, small, tag_list, tag_map, unsupported};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, claim, search};
use crate::model::{Failures, Model, Path, Value};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html>
const NAME: NameRule =
    NameRule { what: "capacity provider", reserved: &["aws*", "ecs*", "fargate*"], ..PLAIN };

/// An ECS capacity provider: an Auto Scaling group whose EC2 instances run the tasks of a cluster.
///
/// A cluster can use it once it is listed in `capacityProviders` of the cluster or of an
/// `ecs.ClusterCapacityProviders`. `FARGATE` and `FARGATE_SPOT` exist in every account, and require
/// no resource.
#[derive(Clone, Debug, Model)]
pub struct CapacityProviderArgs {
    /// The Auto Scaling group, and how ECS manages it.
    #[model(in_place, optional_type)]
    pub auto_scaling_group_provider: CapacityProviderAutoScalingGroupProvider,
    /// The name of the capacity provider, which does not begin with `aws`, `ecs` or `fargate`.
    #[model(replace, autoname)]
    pub name: String,
    /// The tags of the capacity provider.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// An Auto Scaling group, and how ECS manages it.
#[derive(Clone, Debug, Model)]
pub struct CapacityProviderAutoScalingGroupProvider {
    /// The ARN of the Auto Scaling group. A change replaces the capacity provider.
    #[model(same = same_group)]
    pub auto_scaling_group_arn: String,
    /// Whether ECS drains instances before they are terminated, so that services move their tasks.
    /// If omitted, ECS chooses the setting.
    #[model(aws_default, one_of = ["ENABLED", "DISABLED"])]
    pub managed_draining: Option<String>,
    /// The managed scaling of the Auto Scaling group, which follows the capacity that tasks need.
    /// If omitted, ECS does not scale the group.
    #[model(aws_default)]
    pub managed_scaling: Option<CapacityProviderAutoScalingGroupProviderManagedScaling>,
    /// Whether instances with tasks are protected from termination when the group scales in.
    /// Requires managed scaling, and an Auto Scaling group whose instances are protected from
    /// scale-in. Defaults to `DISABLED`.
    #[model(aws_default, one_of = ["ENABLED", "DISABLED"])]
    pub managed_termination_protection: Option<String>,
}

/// The managed scaling of an Auto Scaling group.
#[derive(Clone, Debug, Model)]
pub struct CapacityProviderAutoScalingGroupProviderManagedScaling {
    /// The time after which a new instance contributes to the scaling metrics, in seconds. Defaults
    /// to 300.
    #[model(aws_default, range = 0..=10_000)]
    pub instance_warmup_period: Option<i64>,
    /// The maximum number of instances that are added at one time. Defaults to 10000.
    #[model(aws_default, range = 1..=10_000)]
    pub maximum_scaling_step_size: Option<i64>,
    /// The minimum number of instances that are added at one time. Defaults to 1.
    #[model(aws_default, range = 1..=10_000)]
    pub minimum_scaling_step_size: Option<i64>,
    /// Whether ECS scales the Auto Scaling group. Defaults to `DISABLED`.
    #[model(aws_default, one_of = ["ENABLED", "DISABLED"])]
    pub status: Option<String>,
    /// The target utilization of the instances, in percent. Values below 100 keep instances in
    /// reserve. Defaults to 100.
    #[model(aws_default, range = 1..=100)]
    pub target_capacity: Option<i64>,
}

/// What AWS says of a capacity provider.
#[derive(Clone, Debug, Model)]
pub struct CapacityProviderState {
    /// The ARN of the capacity provider.
    pub arn: String,
}

/// A capacity provider.
pub struct CapacityProvider;

impl Kind for CapacityProvider {
    const TOKEN: &'static str = "agentic:ecs:CapacityProvider";
    const ID: &'static str = "the ARN of the capacity provider, such as `arn:aws:ecs:us-east-1:123456789012:capacity-provider/main`";
    const TAGS: TaggedBy = TaggedBy::service::<EcsTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const ACTIONS: Actions = Actions {
        create: &[
            "ecs:CreateCapacityProvider",
            "ecs:DescribeCapacityProviders",
            "ecs:UpdateCapacityProvider",
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:DescribeAutoScalingGroups",
            "iam:CreateServiceLinkedRole",
        ],
        read: &["ecs:DescribeCapacityProviders"],
        update: &["ecs:UpdateCapacityProvider"],
        delete: &["ecs:DeleteCapacityProvider", "ecs:DescribeCapacityProviders"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the capacity provider is active",
        usual: [1, 30],
        budget: Duration::from_secs(10 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the capacity provider is gone",
        usual: [5, 60],
        budget: Duration::from_secs(20 * 60),
    });

    const UNSUPPORTED: &'static [Unsupported] = unsupported::CAPACITY_PROVIDER;

    type Args = CapacityProviderArgs;
    type State = CapacityProviderState;

    fn rules(args: &CapacityProviderInputs, failures: &mut Failures) {
        let Some(group) = args.auto_scaling_group_provider.get() else { return };
        let group_at = || Path::from(CapacityProviderArgs::AUTO_SCALING_GROUP_PROVIDER);
        let scaling = group.managed_scaling.get();
        let is_on = |status: Option<&String>| status.is_some_and(|status| status == "ENABLED");
        let scales = || match scaling {
            Some(scaling) => scaling.status.is_unknown() || is_on(scaling.status.get()),
            None => group.managed_scaling.is_unknown(),
        };
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AutoScalingGroupProvider.html
        if is_on(group.managed_termination_protection.get()) && !scales() {
            let at = group_at().key(CapacityProviderAutoScalingGroupProvider::MANAGED_TERMINATION_PROTECTION);
            let reason = "is ENABLED, which requires managed scaling; give managedScaling: { status: \"ENABLED\" } as well";
            failures.add(at, reason);
        }
        let steps = scaling.and_then(|scaling| {
            Some((*scaling.minimum_scaling_step_size.get()?, *scaling.maximum_scaling_step_size.get()?))
        });
        if let Some((fewest, most)) = steps.filter(|(fewest, most)| fewest > most) {
            let at = group_at()
                .key(CapacityProviderAutoScalingGroupProvider::MANAGED_SCALING)
                .key(CapacityProviderAutoScalingGroupProviderManagedScaling::MINIMUM_SCALING_STEP_SIZE);
            failures.add(
                at,
                format!("is {fewest}, and maximumScalingStepSize {most}; give the smaller one here"),
            );
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let group = |args: &CapacityProviderInputs| {
            args.auto_scaling_group_provider.get()?.auto_scaling_group_arn.get().cloned()
        };
        let same = match (group(review.old), group(review.new)) {
            (Some(old), Some(new)) => same_group(&Value::from(old), &Value::from(new)),
            _ => false,
        };
        if review.changes(CapacityProviderArgs::AUTO_SCALING_GROUP_PROVIDER) && !same {
            review.replace(CapacityProviderArgs::AUTO_SCALING_GROUP_PROVIDER);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &CapacityProviderArgs) -> Result<String> {
        if let Some(there) = search(cx, || find(cx, &args.name)).await? {
            let arn = there.capacity_provider_arn().unwrap_or_default();
            return claim::<Self>(cx, arn, args, None, "capacity provider").await;
        }
        let given = &args.auto_scaling_group_provider;
        let group = AutoScalingGroupProvider::builder()
            .auto_scaling_group_arn(&given.auto_scaling_group_arn)
            .set_managed_draining(given.managed_draining.as_deref().map(ManagedDraining::from))
            .set_managed_scaling(given.managed_scaling.as_ref().map(scaling))
            .set_managed_termination_protection(
                given.managed_termination_protection.as_deref().map(ManagedTerminationProtection::from),
            );
        let call = cx.client::<Client>()?.create_capacity_provider().name(&args.name);
        let call = call.auto_scaling_group_provider(group.build()?).set_tags(tag_list(cx.owned(&args.tags)));
        let made = call.send().await?.capacity_provider;
        Ok(made.and_then(|made| made.capacity_provider_arn).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &CapacityProviderArgs) -> Result<Poll> {
        use CapacityProviderUpdateStatus::{CreateFailed, CreateInProgress, UpdateFailed, UpdateInProgress};
        let Some(there) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match (there.status(), there.update_status()) {
            (_, Some(CreateFailed | UpdateFailed)) => Poll::Failed(failed(&there, "be set up")),
            (Some(CapacityProviderStatus::Provisioning), _)
            | (_, Some(CreateInProgress | UpdateInProgress)) => {
                Poll::Pending("the Auto Scaling group is being set up".to_owned())
            }
            _ => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let group = there.auto_scaling_group_provider().map(shown);
        Ok(Some(Live {
            args: CapacityProviderObserved {
                auto_scaling_group_provider: group,
                name: there.name.clone(),
                tags: Some(tag_map(there.tags())),
            },
            state: CapacityProviderState { arn: there.capacity_provider_arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<CapacityProviderArgs>) -> Result<()> {
        if !update.any(&[CapacityProviderArgs::AUTO_SCALING_GROUP_PROVIDER]) {
            return Ok(());
        }
        let new = &update.new.auto_scaling_group_provider;
        let group = AutoScalingGroupProviderUpdate::builder()
            .set_managed_draining(new.managed_draining.as_deref().map(ManagedDraining::from))
            .set_managed_scaling(new.managed_scaling.as_ref().map(scaling))
            .set_managed_termination_protection(
                new.managed_termination_protection.as_deref().map(ManagedTerminationProtection::from),
            );
        let call = cx.client::<Client>()?.update_capacity_provider().name(last(id));
        call.auto_scaling_group_provider(group.build()).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &CapacityProviderArgs) -> Result<()> {
        if find(cx, id).await?.is_none() {
            return Ok(());
        }
        let call = cx.client::<Client>()?.delete_capacity_provider().capacity_provider(id);
        let answer = call.send().await?.capacity_provider;
        // ECS refuses to delete one that a cluster has by its status, and not by an error.
        match answer.filter(has_failed_to_go) {
            Some(there) => Err(failed(&there, "be deleted").with_kind(ErrorKind::InUse)),
            None => Ok(()),
        }
    }

    async fn gone(cx: &Cx, id: &str, _args: &CapacityProviderArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(there) if has_failed_to_go(&there) => Poll::Failed(failed(&there, "be deleted")),
            Some(_) => Poll::Pending("still there".to_owned()),
        })
    }
}

/// The capacity provider of this name or ARN; deleted ones show for a while.
async fn find(cx: &Cx, name_or_arn: &str) -> Result<Option<Provider>> {
    let call = cx.client::<Client>()?.describe_capacity_providers().capacity_providers(name_or_arn);
    let answer = call.include(CapacityProviderField::Tags).send().await?;
    only_missing(answer.failures())?;
    let mut found = answer.capacity_providers.unwrap_or_default().into_iter();
    Ok(found.find(|one| one.status() != Some(&CapacityProviderStatus::Inactive)))
}

fn has_failed_to_go(there: &Provider) -> bool {
    there.update_status() == Some(&CapacityProviderUpdateStatus::DeleteFailed)
}

fn failed(there: &Provider, what: &str) -> Error {
    let name = there.name().unwrap_or_default();
    let reason = there.update_status_reason().unwrap_or("AWS does not say why");
    Error::new(ErrorKind::Failed, format!("the capacity provider {name} could not {what}: {reason}"))
}

fn scaling(given: &CapacityProviderAutoScalingGroupProviderManagedScaling) -> ManagedScaling {
    ManagedScaling::builder()
        .set_instance_warmup_period(given.instance_warmup_period.map(small))
        .set_maximum_scaling_step_size(given.maximum_scaling_step_size.map(small))
        .set_minimum_scaling_step_size(given.minimum_scaling_step_size.map(small))
        .set_status(given.status.as_deref().map(ManagedScalingStatus::from))
        .set_target_capacity(given.target_capacity.map(small))
        .build()
}

fn shown(group: &AutoScalingGroupProvider) -> CapacityProviderAutoScalingGroupProvider {
    let scaling =
        group.managed_scaling().map(|scaling| CapacityProviderAutoScalingGroupProviderManagedScaling {
            instance_warmup_period: scaling.instance_warmup_period.map(i64::from),
            maximum_scaling_step_size: scaling.maximum_scaling_step_size.map(i64::from),
            minimum_scaling_step_size: scaling.minimum_scaling_step_size.map(i64::from),
            status: scaling.status().map(|status| status.as_str().to_owned()),
            target_capacity: scaling.target_capacity.map(i64::from),
        });
    CapacityProviderAutoScalingGroupProvider {
        auto_scaling_group_arn: group.auto_scaling_group_arn().to_owned(),
        managed_draining: group.managed_draining().map(|draining| draining.as_str().to_owned()),
        managed_scaling: scaling,
        managed_termination_protection: group
            .managed_termination_protection()
            .map(|protection| protection.as_str().to_owned()),
    }
}

/// Whether two references are to the same Auto Scaling group: by its ARN or by its name, which is at
/// the end of the ARN.
fn same_group(actual: &Value, wanted: &Value) -> bool {
    let name = |text: &str| text.rsplit("autoScalingGroupName/").next().unwrap_or(text).to_owned();
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => {
            actual == wanted
                || name(actual) == name(wanted) && !(actual.starts_with("arn:") && wanted.starts_with("arn:"))
        }
        _ => false,
    }
}
