//! What is to be scaled, and between which bounds.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_applicationautoscaling::types::{self, SuspendedState};
use aws_sdk_applicationautoscaling::{Client, Config};
use aws_smithy_types::retry::RetryConfig;
use futures::future::try_join_all;

use super::{Scaled, dimension_problem};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::as_pairs;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, adopt, bad_id, may_claim};
use crate::model::{Failures, Model, Prop, Value};

/// How many targets one call gives.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html>
const PAGE: usize = 50;

/// A scalable target of Application Auto Scaling: a resource whose capacity can be scaled, such as
/// the number of tasks of an ECS service, and the limits of its capacity.
#[derive(Clone, Debug, Model)]
pub struct TargetArgs {
    /// The maximum capacity to scale out to.
    #[model(in_place, range = 0..=2_147_483_647)]
    pub max_capacity: i64,
    /// The minimum capacity to scale in to.
    #[model(in_place, range = 0..=2_147_483_647)]
    pub min_capacity: i64,
    /// The ID of the resource to scale, such as `service/<cluster name>/<service name>`.
    #[model(replace, length = 1..=1600)]
    pub resource_id: String,
    /// The ARN of the role that Application Auto Scaling assumes. Defaults to the service-linked
    /// role of the AWS service, which AWS creates and which most services, such as ECS, always use.
    #[model(in_place, aws_default, told, same = same_role)]
    pub role_arn: Option<String>,
    /// The scalable dimension, such as `ecs:service:DesiredCount`.
    #[model(replace)]
    pub scalable_dimension: String,
    /// The namespace of the AWS service, such as `ecs`.
    #[model(replace)]
    pub service_namespace: String,
    /// The scaling activities that are suspended.
    #[model(in_place, told, off = Value::is_off)]
    pub suspended_state: Option<TargetSuspendedState>,
    /// The tags of the scalable target.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The suspended scaling activities of a scalable target.
#[derive(Clone, Debug, Default, Model)]
pub struct TargetSuspendedState {
    /// Whether scale-in activities of scaling policies are suspended.
    #[model(default = false)]
    pub dynamic_scaling_in_suspended: bool,
    /// Whether scale-out activities of scaling policies are suspended.
    #[model(default = false)]
    pub dynamic_scaling_out_suspended: bool,
    /// Whether scheduled actions are suspended.
    #[model(default = false)]
    pub scheduled_scaling_suspended: bool,
}

/// What AWS says of a scalable target.
#[derive(Clone, Debug, Model)]
pub struct TargetState {
    /// The ARN of the scalable target.
    pub arn: String,
}

/// A scalable target.
pub struct Target;

impl Kind for Target {
    const TOKEN: &'static str = "agentic:applicationautoscaling:Target";
    const ID: &'static str = "the service namespace, resource ID and scalable dimension, separated by slashes, such as `ecs/service/agents/api/ecs:service:DesiredCount`";
    const TAGS: TaggedBy = TaggedBy::service::<TargetTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:RegisterScalableTarget",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
        ],
        read: &["application-autoscaling:DescribeScalableTargets"],
        update: &["application-autoscaling:RegisterScalableTarget", "iam:PassRole"],
        delete: &["application-autoscaling:DeregisterScalableTarget"],
    };
    // A service has one target for each dimension.
    const APART: &'static [Prop<Self::Args>] =
        &[TargetArgs::RESOURCE_ID, TargetArgs::SCALABLE_DIMENSION, TargetArgs::SERVICE_NAMESPACE];
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // Application Auto Scaling. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
        ("application-autoscaling", "ValidationException", "ECS service doesn't exist", ErrorKind::Propagating, ""),
        ("application-autoscaling", "ValidationException", "Unable to assume IAM role", ErrorKind::Propagating, ""),
        ("application-autoscaling", "FailedResourceAccessException", "", ErrorKind::Propagating, "The service-linked role of Application Auto Scaling must be able to read the alarms and the resource."),
    ];

    type Args = TargetArgs;
    type State = TargetState;

    fn rules(args: &TargetInputs, failures: &mut Failures) {
        if let (Some(min), Some(max)) = (args.min_capacity.get(), args.max_capacity.get())
            && min > max
        {
            failures
                .add(TargetArgs::MIN_CAPACITY, format!("is {min}, which is more than maxCapacity, {max}"));
        }
        let problem = dimension_problem(args.service_namespace.get(), args.scalable_dimension.get());
        if let Some(problem) = problem {
            failures.add(TargetArgs::SCALABLE_DIMENSION, problem);
        }
    }

    async fn create(cx: &Cx, args: &TargetArgs) -> Result<String> {
        let scaled = args.scaled();
        let id = scaled.to_string();
        // Registering overwrites the bounds that are there.
        if let Some(target) = find(cx, &scaled).await? {
            let tags = tags_of(cx, target.scalable_target_arn().unwrap_or_default(), None).await?;
            may_claim::<Self>(cx, &id, as_pairs(&tags), None, "scalable target")?;
            return adopt::<Self>(cx, &id, args).await;
        }
        let tags = cx.owned(&args.tags).into_iter().collect();
        register(cx, &scaled, args)?.set_tags(Some(tags)).send().await?;
        cx.makes_new();
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let scaled = parse(id)?;
        let Some(target) = find(cx, &scaled).await? else { return Ok(None) };
        Ok(Some(Live {
            args: TargetObserved {
                max_capacity: Some(target.max_capacity.into()),
                min_capacity: Some(target.min_capacity.into()),
                resource_id: Some(scaled.resource),
                suspended_state: Some(target.suspended_state().map(TargetSuspendedState::from_aws)),
                role_arn: Some(Some(target.role_arn)),
                scalable_dimension: Some(scaled.dimension),
                service_namespace: Some(scaled.namespace),
                ..TargetObserved::default()
            },
            state: TargetState { arn: target.scalable_target_arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TargetArgs>) -> Result<()> {
        let scaled = parse(id)?;
        register(cx, &scaled, &update.new)?.send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &TargetArgs) -> Result<()> {
        let scaled = parse(id)?;
        cx.client::<Client>()?
            .deregister_scalable_target()
            .service_namespace(scaled.service_namespace())
            .scalable_dimension(scaled.scalable_dimension())
            .resource_id(scaled.resource)
            .send()
            .await?;
        Ok(())
    }
}

/// How Application Auto Scaling tags what it has.
struct TargetTags;

impl Tagging for TargetTags {
    const LIST: &'static [&'static str] = &["application-autoscaling:ListTagsForResource"];
    const CHANGE: &'static [&'static str] =
        &["application-autoscaling:TagResource", "application-autoscaling:UntagResource"];

    /// Tags of targets have a call and a permission of their own, which came years after the targets:
    /// where it is not to be had, tags count as they are known. They are not worth a long wait either.
    /// <https://docs.aws.amazon.com/autoscaling/application/userguide/doc-history.html>
    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        match tags_of(cx, &named.arn, Some(2)).await {
            Err(error) if matches!(error.kind(), ErrorKind::AccessDenied | ErrorKind::Network) => Ok(None),
            listed => listed.map(Some),
        }
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

impl TargetArgs {
    fn scaled(&self) -> Scaled {
        Scaled::new(&self.service_namespace, &self.resource_id, &self.scalable_dimension)
    }
}

impl TargetSuspendedState {
    fn to_aws(&self) -> SuspendedState {
        SuspendedState::builder()
            .dynamic_scaling_in_suspended(self.dynamic_scaling_in_suspended)
            .dynamic_scaling_out_suspended(self.dynamic_scaling_out_suspended)
            .scheduled_scaling_suspended(self.scheduled_scaling_suspended)
            .build()
    }

    fn from_aws(state: &SuspendedState) -> Self {
        TargetSuspendedState {
            dynamic_scaling_in_suspended: state.dynamic_scaling_in_suspended.unwrap_or_default(),
            dynamic_scaling_out_suspended: state.dynamic_scaling_out_suspended.unwrap_or_default(),
            scheduled_scaling_suspended: state.scheduled_scaling_suspended.unwrap_or_default(),
        }
    }
}

type Register = aws_sdk_applicationautoscaling::operation::register_scalable_target::builders::RegisterScalableTargetFluentBuilder;

fn register(cx: &Cx, scaled: &Scaled, args: &TargetArgs) -> Result<Register> {
    // What is left out here stays as it is.
    let suspended = args.suspended_state.clone().unwrap_or_default();
    Ok(cx
        .client::<Client>()?
        .register_scalable_target()
        .service_namespace(scaled.service_namespace())
        .scalable_dimension(scaled.scalable_dimension())
        .resource_id(&scaled.resource)
        .max_capacity(args.max_capacity as i32)
        .min_capacity(args.min_capacity as i32)
        .set_role_arn(args.role_arn.clone())
        .suspended_state(suspended.to_aws()))
}

/// Whether this state has the target.
pub(super) async fn is_of_state(cx: &Cx, scaled: &Scaled) -> Result<bool> {
    let Some(target) = find(cx, scaled).await? else { return Ok(false) };
    let tags = tags_of(cx, target.scalable_target_arn().unwrap_or_default(), None).await?;
    Ok(cx.standing(as_pairs(&tags)).is_of_state())
}

async fn find(cx: &Cx, scaled: &Scaled) -> Result<Option<types::ScalableTarget>> {
    let client = cx.client::<Client>()?;
    cx.batched(PAGE, scaled.clone(), move |wanted| {
        let client = client.clone();
        async move {
            let mut resources: HashMap<String, Vec<String>> = HashMap::new();
            for scaled in wanted {
                resources.entry(scaled.namespace).or_default().push(scaled.resource);
            }
            let found = resources.into_iter().map(|(namespace, resources)| {
                let describe =
                    client.describe_scalable_targets().service_namespace(namespace.as_str().into());
                let describe = describe.set_resource_ids(Some(resources)).into_paginator().items().send();
                async { Ok::<_, Error>(describe.collect::<Result<Vec<_>, _>>().await?) }
            });
            let found = try_join_all(found).await?.into_iter().flatten();
            Ok(found.map(|target| (key(&target), target)).collect())
        }
    })
    .await
}

fn key(target: &types::ScalableTarget) -> Scaled {
    let (namespace, dimension) = (target.service_namespace.as_str(), target.scalable_dimension.as_str());
    Scaled::new(namespace, &target.resource_id, dimension)
}

async fn tags_of(cx: &Cx, arn: &str, tries: Option<u32>) -> Result<Tags> {
    let mut config = Config::builder();
    config.set_retry_config(tries.map(|tries| RetryConfig::standard().with_max_attempts(tries)));
    let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(arn);
    let answer = call.customize().config_override(config).send().await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

fn parse(id: &str) -> Result<Scaled> {
    match Scaled::parse(id) {
        Some((scaled, None)) => Ok(scaled),
        _ => Err(bad_id(id, Target::ID)),
    }
}

/// AWS uses a service-linked role where it has one, whatever role it is given.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
fn same_role(actual: &Value, wanted: &Value) -> bool {
    let linked = actual.as_str().is_some_and(|arn| arn.contains(":role/aws-service-role/"));
    linked || actual == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in_order() {
        let problems = |min: i64, max: i64| {
            let inputs =
                TargetInputs { min_capacity: min.into(), max_capacity: max.into(), ..Default::default() };
            let mut failures = Failures::new();
            Target::rules(&inputs, &mut failures);
            failures.into_iter().map(|failure| failure.reason).collect::<Vec<_>>()
        };
        assert!(problems(1, 1).is_empty());
        assert_eq!(problems(4, 3), ["is 4, which is more than maxCapacity, 3"]);
    }

    #[test]
    fn the_service_linked_role_stands_for_any() {
        let linked =
            Value::from("arn:aws:iam::1:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/X");
        let (own, other) = (Value::from("arn:aws:iam::1:role/own"), Value::from("arn:aws:iam::1:role/other"));
        assert!(same_role(&linked, &own) && same_role(&own, &own));
        assert!(!same_role(&other, &own));
    }
}
