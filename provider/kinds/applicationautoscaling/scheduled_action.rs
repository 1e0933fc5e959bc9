//! Other bounds of a target at certain times.

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{self, ScalableTargetAction};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::target;
use super::{Scaled, dimension_problem, needs_target};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, taken};
use crate::model::{Failures, Model, Value};

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html>
const SCHEDULED_ACTION: NameRule = NameRule {
    what: "scheduled action",
    max: 256,
    alphabet: Alphabet {
        words: "printable characters other than : / |",
        lower: false,
        holds: |c| !c.is_control() && !":/|".contains(c),
    },
    inner: " ",
    ..PLAIN
};

/// A scheduled action of Application Auto Scaling: sets the capacity limits of a scalable target at
/// certain times. Since the limits in AWS then differ from those of the target, use `ignoreChanges`
/// for its `minCapacity` and `maxCapacity`.
#[derive(Clone, Debug, Model)]
pub struct ScheduledActionArgs {
    /// The date and time at which the schedule ends, such as `2026-12-31T23:00:00Z`.
    #[model(in_place, check = check_time, same = same_time)]
    pub end_time: Option<String>,
    /// The name of the scheduled action, unique within its scalable target.
    #[model(replace, autoname)]
    pub name: String,
    /// The ID of the scalable target, such as `service/<cluster name>/<service name>`.
    #[model(replace, length = 1..=1600)]
    pub resource_id: String,
    /// The scalable dimension, such as `ecs:service:DesiredCount`.
    #[model(replace)]
    pub scalable_dimension: String,
    /// The capacity limits that the action sets.
    #[model(in_place)]
    pub scalable_target_action: ScheduledActionScalableTargetAction,
    /// The schedule of the action: `cron(0 8 * * ? *)`, `rate(1 hour)` or
    /// `at(2026-12-31T20:00:00)`.
    #[model(in_place, check = check_schedule)]
    pub schedule: String,
    /// The namespace of the AWS service, such as `ecs`.
    #[model(replace)]
    pub service_namespace: String,
    /// The date and time at which the schedule starts, such as `2026-12-01T00:00:00Z`.
    #[model(in_place, check = check_time, same = same_time)]
    pub start_time: Option<String>,
    /// The time zone of the schedule, such as `Europe/Berlin`.
    #[model(in_place, default = "UTC")]
    pub timezone: String,
}

/// The capacity limits that a scheduled action sets. At least one of them must be given.
#[derive(Clone, Debug, Model)]
pub struct ScheduledActionScalableTargetAction {
    /// The maximum capacity. If omitted, the maximum capacity does not change.
    #[model(range = 0..=2_147_483_647)]
    pub max_capacity: Option<i64>,
    /// The minimum capacity. If omitted, the minimum capacity does not change.
    #[model(range = 0..=2_147_483_647)]
    pub min_capacity: Option<i64>,
}

/// What AWS says of a scheduled action.
#[derive(Clone, Debug, Model)]
pub struct ScheduledActionState {
    /// The ARN of the scheduled action.
    pub arn: String,
}

/// A scheduled action.
pub struct ScheduledAction;

impl Kind for ScheduledAction {
    const TOKEN: &'static str = "agentic:applicationautoscaling:ScheduledAction";
    const ID: &'static str = "the service namespace, resource ID, scalable dimension and name, separated by slashes, such as `ecs/service/agents/api/ecs:service:DesiredCount/night`";
    const ACTIONS: Actions = Actions {
        create: &[
            "application-autoscaling:DescribeScheduledActions",
            "application-autoscaling:PutScheduledAction",
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:ListTagsForResource",
        ],
        read: &["application-autoscaling:DescribeScheduledActions"],
        update: &["application-autoscaling:PutScheduledAction"],
        delete: &["application-autoscaling:DeleteScheduledAction"],
    };
    const NAME: Option<&'static NameRule> = Some(&SCHEDULED_ACTION);

    type Args = ScheduledActionArgs;
    type State = ScheduledActionState;

    fn rules(args: &ScheduledActionInputs, failures: &mut Failures) {
        let problem = dimension_problem(args.service_namespace.get(), args.scalable_dimension.get());
        if let Some(problem) = problem {
            failures.add(ScheduledActionArgs::SCALABLE_DIMENSION, problem);
        }
        let Some(action) = args.scalable_target_action.get() else { return };
        if !action.min_capacity.is_set() && !action.max_capacity.is_set() {
            failures.add(
                ScheduledActionArgs::SCALABLE_TARGET_ACTION,
                "sets nothing; give minCapacity, maxCapacity or both",
            );
        }
        if let (Some(min), Some(max)) = (action.min_capacity.get(), action.max_capacity.get())
            && min > max
        {
            failures.add(
                ScheduledActionArgs::SCALABLE_TARGET_ACTION,
                format!("has minCapacity {min}, which is more than maxCapacity, {max}"),
            );
        }
    }

    async fn create(cx: &Cx, args: &ScheduledActionArgs) -> Result<String> {
        let scaled = args.scaled();
        let id = format!("{scaled}/{}", args.name);
        // Putting an action overwrites whatever has its name.
        match find(cx, &scaled, &args.name).await? {
            Some(there) if alike(&ScheduledActionArgs::from_aws(&there), args) => {
                claim_alike::<Self>(cx, &id, "scheduled action", target::is_of_state(cx, &scaled)).await?;
            }
            Some(_) => return Err(taken(None, &format!("scheduled action of {scaled}"), &args.name)),
            None => {
                begin(cx, &id);
                put(cx, args).await?;
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (scaled, name) = parse(id)?;
        let Some(action) = find(cx, &scaled, name).await? else { return Ok(None) };
        Ok(Some(Live {
            args: ScheduledActionArgs::from_aws(&action).into(),
            state: ScheduledActionState { arn: action.scheduled_action_arn },
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<ScheduledActionArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &ScheduledActionArgs) -> Result<()> {
        let (scaled, name) = parse(id)?;
        cx.client::<Client>()?
            .delete_scheduled_action()
            .scheduled_action_name(name)
            .service_namespace(scaled.service_namespace())
            .scalable_dimension(scaled.scalable_dimension())
            .resource_id(scaled.resource)
            .send()
            .await?;
        Ok(())
    }
}

impl ScheduledActionArgs {
    fn scaled(&self) -> Scaled {
        Scaled::new(&self.service_namespace, &self.resource_id, &self.scalable_dimension)
    }

    fn from_aws(action: &types::ScheduledAction) -> Self {
        let bounds = action.scalable_target_action();
        let time = |time: &DateTime| time.fmt(Format::DateTime).unwrap_or_default();
        ScheduledActionArgs {
            end_time: action.end_time().map(time),
            name: action.scheduled_action_name.clone(),
            resource_id: action.resource_id.clone(),
            scalable_dimension: action.scalable_dimension().map_or("", |it| it.as_str()).to_owned(),
            scalable_target_action: ScheduledActionScalableTargetAction {
                max_capacity: bounds.and_then(|bounds| bounds.max_capacity).map(i64::from),
                min_capacity: bounds.and_then(|bounds| bounds.min_capacity).map(i64::from),
            },
            schedule: action.schedule.clone(),
            service_namespace: action.service_namespace.as_str().to_owned(),
            start_time: action.start_time().map(time),
            timezone: action.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
        }
    }
}

async fn find(cx: &Cx, scaled: &Scaled, name: &str) -> Result<Option<types::ScheduledAction>> {
    let describe = cx
        .client::<Client>()?
        .describe_scheduled_actions()
        .service_namespace(scaled.service_namespace())
        .scalable_dimension(scaled.scalable_dimension())
        .resource_id(&scaled.resource)
        .scheduled_action_names(name);
    let found = describe.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
    Ok(found.into_iter().find(|action| action.scheduled_action_name == name))
}

async fn put(cx: &Cx, args: &ScheduledActionArgs) -> Result<()> {
    let scaled = args.scaled();
    let bounds = &args.scalable_target_action;
    let bounds = ScalableTargetAction::builder()
        .set_max_capacity(bounds.max_capacity.map(|most| most as i32))
        .set_min_capacity(bounds.min_capacity.map(|least| least as i32));
    cx.client::<Client>()?
        .put_scheduled_action()
        .scheduled_action_name(&args.name)
        .service_namespace(scaled.service_namespace())
        .scalable_dimension(scaled.scalable_dimension())
        .resource_id(&scaled.resource)
        .schedule(&args.schedule)
        .timezone(&args.timezone)
        .set_start_time(args.start_time.as_deref().and_then(time))
        .set_end_time(args.end_time.as_deref().and_then(time))
        .scalable_target_action(bounds.build())
        .send()
        .await
        .map_err(|error| needs_target(error.into()))?;
    Ok(())
}

fn parse(id: &str) -> Result<(Scaled, &str)> {
    match Scaled::parse(id) {
        Some((scaled, Some(name))) => Ok((scaled, name)),
        _ => Err(bad_id(id, ScheduledAction::ID)),
    }
}

fn time(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).ok()
}

fn check_time(text: &str) -> Result<(), String> {
    match time(text) {
        Some(_) => Ok(()),
        None => Err(format!("is {text:?}; give a time such as 2026-12-31T23:00:00Z")),
    }
}

/// The same moment, however it is written.
fn same_time(actual: &Value, wanted: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(time).map(|time| time.secs());
    moment(actual).is_some() && moment(actual) == moment(wanted)
}

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html>
fn check_schedule(schedule: &str) -> Result<(), String> {
    let known = ["cron(", "rate(", "at("].iter().any(|form| schedule.starts_with(form));
    match known && schedule.ends_with(')') {
        true => Ok(()),
        false => Err(format!("is {schedule:?}; give cron(...), rate(...) or at(...)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_however_it_is_written() {
        let same = |a: &str, b: &str| same_time(&Value::from(a), &Value::from(b));
        assert!(same("2026-12-31T23:00:00Z", "2026-12-31T23:00:00.000Z"));
        assert!(same("2026-12-31T23:00:00Z", "2027-01-01T00:00:00+01:00"));
        assert!(!same("2026-12-31T23:00:00Z", "2026-12-31T23:00:01Z"));
        assert!(check_time("tomorrow").is_err() && check_time("2026-12-31T23:00:00Z").is_ok());
    }

    #[test]
    fn a_schedule_has_one_of_three_forms() {
        assert!(
            check_schedule("cron(0 8 * * ? *)").is_ok() && check_schedule("at(2026-12-31T20:00:00)").is_ok()
        );
        assert!(check_schedule("0 8 * * *").is_err() && check_schedule("rate(1 hour").is_err());
    }
}
