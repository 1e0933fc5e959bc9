//! A rule of EventBridge: runs its targets on a schedule, or when an event fits a pattern.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::types::{RuleState, Tag};

use super::event_targets::event_targets;
use super::schedule::check_schedule;
use super::{DEFAULT_BUS, EVENTS};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::as_pairs;
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, bad_id, claim};
use crate::model::{Failures, Json, Model};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
const EVENT_RULE: NameRule = NameRule { what: "event rule", max: 64, alphabet: EVENTS, ..PLAIN };

/// An EventBridge rule: invokes its targets on a schedule, or for each event that matches a
/// pattern.
#[derive(Clone, Debug, Model)]
pub struct EventRuleArgs {
    /// The description of the rule.
    #[model(in_place, length = 0..=512)]
    pub description: Option<String>,
    /// The name or ARN of the event bus. Schedules are supported on the default bus only.
    #[model(replace, default = DEFAULT_BUS, length = 1..=1600)]
    pub event_bus_name: String,
    /// The pattern that events must match, such as `{"source": ["aws.ecs"]}`. Specify at least one
    /// of this and `scheduleExpression`.
    #[model(in_place)]
    pub event_pattern: Option<Json>,
    /// Whether the rule is deleted with targets that are not in the program, and if it is managed
    /// by an AWS service. If `false`, AWS refuses to delete such a rule.
    #[model(in_place, write_only, default = false)]
    pub force_destroy: bool,
    /// The name of the rule, unique on its event bus.
    #[model(replace, autoname)]
    pub name: String,
    /// The ARN of the IAM role that EventBridge assumes to invoke the targets. Prefer `roleArn` of
    /// the targets.
    #[model(in_place, check = check_role)]
    pub role_arn: Option<String>,
    /// The schedule, in UTC: `rate(1 minute)`, `rate(5 minutes)`, or
    /// `cron(minutes hours day-of-month month day-of-week year)` such as `cron(0 8 * * ? *)`.
    /// Specify at least one of this and `eventPattern`.
    #[model(in_place, check = check_schedule)]
    pub schedule_expression: Option<String>,
    /// The state of the rule. `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` also matches
    /// read-only management events.
    #[model(in_place, default = "ENABLED", one_of = [
        "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    ])]
    pub state: String,
    /// The tags of the rule.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a rule.
#[derive(Clone, Debug, Model)]
pub struct EventRuleState {
    /// The ARN of the rule.
    pub arn: String,
}

/// A rule of EventBridge.
pub struct EventRule;

impl Kind for EventRule {
    const TOKEN: &'static str = "agentic:cloudwatch:EventRule";
    const ID: &'static str = "the name of the rule, such as `nightly`; on an event bus other than the default one, preceded by the name of the bus and a slash, such as `orders/nightly`";
    const IMPORT_ID: fn(&str) -> &str = |id| id.strip_prefix("default/").unwrap_or(id);
    const TAGS: TaggedBy = TaggedBy::service::<EventTags>();
    const ACTIONS: Actions = Actions {
        create: &["events:DescribeRule", "events:PutRule", "iam:PassRole"],
        read: &["events:DescribeRule"],
        update: &["events:PutRule", "iam:PassRole"],
        delete: &["events:DeleteRule", "events:ListTargetsByRule", "events:RemoveTargets"],
    };
    const NAME: Option<&'static NameRule> = Some(&EVENT_RULE);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::EVENT_RULE;
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // EventBridge. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
        ("events", "ValidationException", "since it has targets", ErrorKind::InUse, ""),
        ("events", "ValidationException", "RoleArn is required", ErrorKind::Invalid, "Give roleArn: a role that trusts events.amazonaws.com and may run the target; for an ECS task ecs:RunTask, and iam:PassRole for the task's roles."),
        ("events", "ValidationException", "cannot be assumed by principal", ErrorKind::Propagating, "The role must trust events.amazonaws.com."),
        ("events", "ManagedRuleException", "", ErrorKind::Invalid, "An AWS service made this rule and manages it."),
        ("events", "OperationDisabledException", "", ErrorKind::Invalid, ""),
    ];

    type Args = EventRuleArgs;
    type State = EventRuleState;

    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>
    fn rules(args: &EventRuleInputs, failures: &mut Failures) {
        if !args.schedule_expression.is_set() && !args.event_pattern.is_set() {
            failures.add(
                EventRuleArgs::SCHEDULE_EXPRESSION,
                "is missing; give it, such as rate(5 minutes), or eventPattern, or both",
            );
        }
        if let (true, Some(bus)) = (args.schedule_expression.is_set(), args.event_bus_name.get())
            && bus.rsplit('/').next() != Some(DEFAULT_BUS)
        {
            failures.add(
                EventRuleArgs::EVENT_BUS_NAME,
                format!("is {bus:?} and there is a scheduleExpression; schedules run on the default bus only, so leave one of them out"),
            );
        }
        if let Some(Json(pattern)) = args.event_pattern.get()
            && pattern.as_object().is_none_or(|fields| fields.is_empty())
        {
            failures.add(
                EventRuleArgs::EVENT_PATTERN,
                "is not an event pattern; give an object such as {\"source\": [\"aws.ecs\"]}",
            );
        }
    }

    async fn create(cx: &Cx, args: &EventRuleArgs) -> Result<String> {
        let id = id_of(&args.event_bus_name, &args.name);
        // Putting a rule overwrites whatever has its name.
        if find(cx, &args.event_bus_name, &args.name).await?.is_some() {
            return claim::<Self>(cx, &id, args, None, "event rule").await;
        }
        let put = put(cx, args)?.set_tags(Some(tag_list(cx.owned(&args.tags))?)).send().await?;
        if let Some(arn) = put.rule_arn {
            cx.keep(id.clone(), EventRuleState { arn });
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some(state) = cx.told(&id.to_owned()) {
            return Ok(Some(Live { args: EventRuleObserved::default(), state }));
        }
        let (bus, name) = parse(id)?;
        let Some(rule) = find(cx, bus, name).await? else { return Ok(None) };
        let unreadable =
            |error| Error::new(ErrorKind::Other, format!("the event pattern of {id} is not JSON: {error}"));
        let pattern = rule.event_pattern().map(|text| serde_json::from_str(text).map_err(unreadable));
        Ok(Some(Live {
            args: EventRuleObserved {
                event_bus_name: Some(bus.to_owned()),
                event_pattern: Some(pattern.transpose()?.map(Json)),
                name: Some(name.to_owned()),
                state: rule.state().map(|state| state.as_str().to_owned()),
                description: Some(rule.description.filter(|text| !text.is_empty())),
                role_arn: Some(rule.role_arn),
                schedule_expression: Some(rule.schedule_expression),
                ..EventRuleObserved::default()
            },
            state: EventRuleState { arn: rule.arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<EventRuleArgs>) -> Result<()> {
        if update.any_but(&[EventRuleArgs::FORCE_DESTROY]) {
            put(cx, &update.new)?.send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &EventRuleArgs) -> Result<()> {
        let (bus, name) = parse(id)?;
        let client = cx.client::<Client>()?;
        if args.force_destroy {
            let targets = event_targets(cx, bus, name).await?.unwrap_or_default();
            // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html
            for some in targets.chunks(100) {
                let ids = some.iter().map(|target| target.id.clone()).collect();
                let remove = client.remove_targets().event_bus_name(bus).rule(name).force(true);
                remove.set_ids(Some(ids)).send().await?;
            }
        }
        client.delete_rule().event_bus_name(bus).name(name).force(args.force_destroy).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let (bus, name) = parse(id).ok()?;
        let targets = event_targets(cx, bus, name).await.ok()??;
        let each = targets.iter().map(|target| format!("its target {:?} ({})", target.id, target.arn));
        let each = each.collect::<Vec<_>>().join(", ");
        (!each.is_empty())
            .then(|| format!("{each}. Remove what is not in the program with `aws events remove-targets`, or set forceDestroy and run `pulumi up` first."))
    }
}

/// How EventBridge tags what it has.
struct EventTags;

impl Tagging for EventTags {
    const LIST: &'static [&'static str] = &["events:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["events:TagResource", "events:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        found(tags_of(cx, &named.arn).await)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tag_list(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// The whole rule: what is not said here goes back to its default.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
fn put(
    cx: &Cx,
    args: &EventRuleArgs,
) -> Result<aws_sdk_eventbridge::operation::put_rule::builders::PutRuleFluentBuilder> {
    Ok(cx
        .client::<Client>()?
        .put_rule()
        .set_description(args.description.clone())
        .event_bus_name(&args.event_bus_name)
        .set_event_pattern(args.event_pattern.as_ref().map(|pattern| pattern.0.to_string()))
        .name(&args.name)
        .set_role_arn(args.role_arn.clone())
        .set_schedule_expression(args.schedule_expression.clone())
        .state(RuleState::from(args.state.as_str())))
}

/// Whether this state has a rule.
pub(super) async fn is_of_state(cx: &Cx, bus: &str, name: &str) -> Result<bool> {
    let Some(rule) = find(cx, bus, name).await? else { return Ok(false) };
    let tags = tags_of(cx, rule.arn().unwrap_or_default()).await?;
    Ok(cx.standing(as_pairs(&tags)).is_of_state())
}

async fn find(cx: &Cx, bus: &str, name: &str) -> Result<Option<DescribeRuleOutput>> {
    let describe = cx.client::<Client>()?.describe_rule().event_bus_name(bus).name(name);
    found(describe.send().await)
}

async fn tags_of(cx: &Cx, arn: &str) -> Result<Tags> {
    let answer = cx.client::<Client>()?.list_tags_for_resource().resource_arn(arn).send().await?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    Ok(tags.collect::<Result<_, _>>()?)
}

fn id_of(bus: &str, name: &str) -> String {
    match bus {
        DEFAULT_BUS => name.to_owned(),
        bus => format!("{bus}/{name}"),
    }
}

/// The event bus and the name. The name of a partner's bus has slashes, that of a rule has none.
fn parse(id: &str) -> Result<(&str, &str)> {
    let (bus, name) = id.rsplit_once('/').unwrap_or((DEFAULT_BUS, id));
    match bus.is_empty() || EVENT_RULE.check(name).is_err() {
        true => Err(bad_id(id, EventRule::ID)),
        false => Ok((bus, name)),
    }
}

fn check_role(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":role/") {
        true => Ok(()),
        false => {
            Err(format!("is {arn:?}; give the ARN of a role, such as arn:aws:iam::123456789012:role/events"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{In, Value};
    use serde_json::{Value as J, json};

    fn problems(args: J) -> Vec<String> {
        let mut failures = Failures::new();
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let input = EventRuleArgs::read(&fields, &mut failures);
        EventRule::rules(&input, &mut failures);
        failures.into_iter().map(|failure| failure.to_string()).collect()
    }

    #[test]
    fn a_rule_has_a_schedule_or_a_pattern() {
        let pattern = json!({"source": ["aws.ecs"]});
        assert_eq!(problems(json!({"scheduleExpression": "rate(1 minute)"})), Vec::<String>::new());
        assert_eq!(
            problems(json!({"eventPattern": pattern, "eventBusName": "orders"})),
            Vec::<String>::new()
        );
        assert!(problems(json!({}))[0].starts_with("scheduleExpression: is missing"));
        assert!(problems(json!({"eventPattern": "{}"}))[0].contains("is not an event pattern"));
        let unknown = EventRuleInputs { event_pattern: In::unknown(), ..Default::default() };
        let mut failures = Failures::new();
        EventRule::rules(&unknown, &mut failures);
        assert!(failures.is_empty());
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let found = problems(json!({
            "scheduleExpression": "rate(1 minutes)", "eventBusName": "orders", "roleArn": "admin", "state": "ON",
            "description": "x".repeat(513),
        }));
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found.iter().any(|text| text.contains("schedules run on the default bus only")));
        let arn = "arn:aws:events:us-east-1:1:event-bus/default";
        let on_default = json!({"scheduleExpression": "rate(1 minute)", "eventBusName": arn});
        assert_eq!(problems(on_default), Vec::<String>::new());
    }

    #[test]
    fn an_id_is_a_name_or_a_bus_and_a_name() {
        assert_eq!(parse("nightly").unwrap(), ("default", "nightly"));
        assert_eq!(parse("orders/nightly").unwrap(), ("orders", "nightly"));
        assert_eq!(parse("aws.partner/example.com/1/new").unwrap(), ("aws.partner/example.com/1", "new"));
        assert_eq!(parse(&id_of("default", "a")).unwrap(), ("default", "a"));
        assert_eq!(parse(&id_of("b", "a")).unwrap(), ("b", "a"));
        assert!(parse("").is_err() && parse("/a").is_err() && parse("a b").is_err());
    }
}
