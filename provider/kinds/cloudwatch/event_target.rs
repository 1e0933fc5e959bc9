//! What a rule of EventBridge runs.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types;

use super::event_rule;
use super::event_target_ecs::check_ecs;
use super::event_targets::event_targets;
use super::{DEFAULT_BUS, EVENTS, EventTargetEcsTarget};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, taken};
use crate::model::{Failures, Json, Model, Property, Value};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html>
const EVENT_TARGET: NameRule = NameRule { what: "event target", max: 64, alphabet: EVENTS, ..PLAIN };

/// A target of an EventBridge rule: the resource that the rule invokes, such as an ECS task, a
/// Lambda function, an SQS queue or an SNS topic.
#[derive(Clone, Debug, Model)]
pub struct EventTargetArgs {
    /// The ARN of the target: the ARN of the cluster for ECS tasks, and that of the function,
    /// queue, topic, log group or other resource for all others.
    #[model(in_place, check = check_arn)]
    pub arn: String,
    /// The dead-letter queue for events that cannot be delivered to the target.
    #[model(in_place)]
    pub dead_letter_config: Option<EventTargetDeadLetterConfig>,
    /// The task to run, if the target is an ECS cluster.
    #[model(in_place)]
    pub ecs_target: Option<EventTargetEcsTarget>,
    /// The name or ARN of the event bus of the rule.
    #[model(replace, default = DEFAULT_BUS, length = 1..=1600)]
    pub event_bus_name: String,
    /// The JSON to pass to the target instead of the event, at most 8192 characters. For an ECS
    /// task, an object with `containerOverrides`.
    #[model(in_place)]
    pub input: Option<Json>,
    /// The JSONPath of the part of the event to pass to the target, such as `$.detail`.
    #[model(in_place, length = 1..=256)]
    pub input_path: Option<String>,
    /// The transformation of the event into the input of the target.
    #[model(in_place)]
    pub input_transformer: Option<EventTargetInputTransformer>,
    /// The retry policy of failed invocations. If omitted, EventBridge retries for 24 hours and up
    /// to 185 times.
    #[model(in_place, off = is_usual)]
    pub retry_policy: Option<EventTargetRetryPolicy>,
    /// The ARN of the IAM role that EventBridge assumes to invoke the target. ECS tasks, streams
    /// and state machines require a role that trusts events.amazonaws.com; functions, queues and
    /// topics allow EventBridge in their resource policies instead.
    #[model(in_place, check = check_arn)]
    pub role_arn: Option<String>,
    /// The name of the rule.
    #[model(replace, check = check_rule)]
    pub rule: String,
    /// The message group, if the target is a FIFO queue.
    #[model(in_place)]
    pub sqs_target: Option<EventTargetSqsTarget>,
    /// The ID of the target, unique in its rule.
    #[model(replace, autoname)]
    pub target_id: String,
}

/// The dead-letter queue for events that cannot be delivered to a target.
#[derive(Clone, Debug, Model)]
pub struct EventTargetDeadLetterConfig {
    /// The ARN of the SQS queue, whose policy must allow events.amazonaws.com to send messages.
    #[model(check = check_queue)]
    pub arn: String,
}

/// The transformation of an event into the input of a target.
#[derive(Clone, Debug, Model)]
pub struct EventTargetInputTransformer {
    /// The variables of the template and the JSONPath of the event that each stands for, such as
    /// `{task: "$.detail.taskArn"}`; at most 100.
    #[model(default = {})]
    pub input_paths: BTreeMap<String, String>,
    /// The template of the input, with variables in angle brackets, such as
    /// `"The task <task> stopped."`. A template that is not a JSON object must be a JSON string,
    /// including its quotation marks.
    #[model(length = 1..=8192)]
    pub input_template: String,
}

/// The retry policy of failed invocations.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct EventTargetRetryPolicy {
    /// The maximum age of an event that is retried, in seconds.
    #[model(default = 86_400, range = 60..=86_400)]
    pub maximum_event_age_in_seconds: i64,
    /// The maximum number of retries.
    #[model(default = 185, range = 0..=185)]
    pub maximum_retry_attempts: i64,
}

/// The message group of messages to a FIFO queue.
#[derive(Clone, Debug, Model)]
pub struct EventTargetSqsTarget {
    /// The ID of the message group.
    #[model(length = 1..=128)]
    pub message_group_id: String,
}

/// The outputs of a target.
#[derive(Clone, Debug, Model)]
pub struct EventTargetState {}

/// A target of an event rule.
pub struct EventTarget;

impl Kind for EventTarget {
    const TOKEN: &'static str = "agentic:cloudwatch:EventTarget";
    const ID: &'static str = "the name of the rule and the ID of the target, separated by a slash, such as `nightly/report`; on an event bus other than the default one, preceded by the name of the bus and a slash";
    const IMPORT_ID: fn(&str) -> &str = |id| id.strip_prefix("default/").unwrap_or(id);
    const ACTIONS: Actions = Actions {
        create: &[
            "events:ListTargetsByRule",
            "events:PutTargets",
            "iam:PassRole",
            "events:DescribeRule",
            "events:ListTagsForResource",
        ],
        read: &["events:ListTargetsByRule"],
        update: &["events:PutTargets", "iam:PassRole"],
        delete: &["events:RemoveTargets"],
    };
    const NAME: Option<&'static NameRule> = Some(&EVENT_TARGET);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::EVENT_TARGET;

    type Args = EventTargetArgs;
    type State = EventTargetState;

    fn rules(args: &EventTargetInputs, failures: &mut Failures) {
        check_input(args, failures);
        check_ecs(args, failures);
        if let Some(arn) = args.arn.get()
            && arn.contains(":sqs:")
            && arn.ends_with(".fifo")
            && !args.sqs_target.is_set()
        {
            failures.add(EventTargetArgs::SQS_TARGET, "is missing; a FIFO queue requires a messageGroupId");
        }
    }

    async fn create(cx: &Cx, args: &EventTargetArgs) -> Result<String> {
        let place = Place::named(&args.event_bus_name, &args.rule, &args.target_id);
        // Putting a target overwrites whatever has its id.
        match find(cx, &place).await? {
            Some(there) if alike(&EventTargetArgs::from_aws(&place, &there), args) => {
                let of_state = event_rule::is_of_state(cx, &args.event_bus_name, &args.rule);
                claim_alike::<Self>(cx, &place.id(), "target of the rule", of_state).await?;
            }
            Some(_) => {
                return Err(taken(None, &format!("target of the rule {:?}", args.rule), &args.target_id));
            }
            None => {
                begin(cx, &place.id());
                put(cx, args, None).await?;
                cx.keep(place.id(), args.clone());
            }
        }
        Ok(place.id())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some(written) = cx.told::<_, EventTargetArgs>(&id.to_owned()) {
            return Ok(Some(Live { args: written.into(), state: EventTargetState {} }));
        }
        let place = Place::parse(id)?;
        let found = find(cx, &place).await?;
        Ok(found.map(|target| Live {
            args: EventTargetArgs::from_aws(&place, &target).into(),
            state: EventTargetState {},
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<EventTargetArgs>) -> Result<()> {
        let there = find(cx, &Place::parse(id)?).await?;
        put(cx, &update.new, there).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &EventTargetArgs) -> Result<()> {
        let place = Place::parse(id)?;
        let remove = cx.client::<Client>()?.remove_targets().event_bus_name(place.bus).rule(place.rule);
        let answer = remove.ids(place.target).send().await?;
        match answer.failed_entries().first() {
            None => Ok(()),
            Some(entry) => Err(refused("events:RemoveTargets", entry.error_code(), entry.error_message())),
        }
    }
}

/// Where a target is: its event bus, its rule and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    bus: String,
    rule: String,
    target: String,
}

impl Place {
    fn named(bus: &str, rule: &str, target: &str) -> Self {
        Place { bus: bus.to_owned(), rule: rule.to_owned(), target: target.to_owned() }
    }

    fn id(&self) -> String {
        let Place { bus, rule, target } = self;
        match bus.as_str() {
            DEFAULT_BUS => format!("{rule}/{target}"),
            bus => format!("{bus}/{rule}/{target}"),
        }
    }

    /// The name of a partner's bus has slashes, those of rules and targets have none.
    fn parse(id: &str) -> Result<Self> {
        let (rest, target) = id.rsplit_once('/').ok_or_else(|| bad_id(id, EventTarget::ID))?;
        let (bus, rule) = rest.rsplit_once('/').unwrap_or((DEFAULT_BUS, rest));
        match bus.is_empty() || rule.is_empty() || target.is_empty() {
            true => Err(bad_id(id, EventTarget::ID)),
            false => Ok(Place::named(bus, rule, target)),
        }
    }
}

/// Whether this is the retry policy that EventBridge has by itself, and may spell out.
fn is_usual(policy: &Value) -> bool {
    let usual = EventTargetRetryPolicy { maximum_event_age_in_seconds: 86_400, maximum_retry_attempts: 185 };
    *policy == usual.encode()
}

impl EventTargetArgs {
    fn from_aws(place: &Place, target: &types::Target) -> Self {
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.into());
        EventTargetArgs {
            arn: target.arn.clone(),
            dead_letter_config: target
                .dead_letter_config()
                .and_then(|config| config.arn.clone())
                .map(|arn| EventTargetDeadLetterConfig { arn }),
            ecs_target: target.ecs_parameters().map(EventTargetEcsTarget::from_aws),
            event_bus_name: place.bus.clone(),
            input: target.input().map(|text| Json(json(text))),
            input_path: target.input_path.clone(),
            input_transformer: target.input_transformer().map(|transformer| EventTargetInputTransformer {
                input_paths: transformer.input_paths_map.clone().unwrap_or_default().into_iter().collect(),
                input_template: transformer.input_template.clone(),
            }),
            retry_policy: target.retry_policy().map(|policy| EventTargetRetryPolicy {
                maximum_event_age_in_seconds: policy.maximum_event_age_in_seconds.map_or(86_400, i64::from),
                maximum_retry_attempts: policy.maximum_retry_attempts.map_or(185, i64::from),
            }),
            role_arn: target.role_arn.clone(),
            rule: place.rule.clone(),
            sqs_target: target
                .sqs_parameters()
                .and_then(|sqs| sqs.message_group_id.clone())
                .map(|message_group_id| EventTargetSqsTarget { message_group_id }),
            target_id: place.target.clone(),
        }
    }

    /// The target as the API takes it. What it has of what no argument is about stays.
    fn to_aws(&self, there: Option<types::Target>) -> Result<types::Target> {
        let mut target = match there {
            Some(there) => there,
            None => types::Target::builder().id(&self.target_id).arn(&self.arn).build()?,
        };
        let ecs = target.ecs_parameters.take();
        target.arn.clone_from(&self.arn);
        target.dead_letter_config = self
            .dead_letter_config
            .as_ref()
            .map(|config| types::DeadLetterConfig::builder().arn(&config.arn).build());
        target.ecs_parameters = self.ecs_target.as_ref().map(|asked| asked.to_aws(ecs)).transpose()?;
        target.input = self.input.as_ref().map(|input| input.0.to_string());
        target.input_path.clone_from(&self.input_path);
        target.input_transformer = self
            .input_transformer
            .as_ref()
            .map(|transformer| {
                let paths: HashMap<_, _> = transformer.input_paths.clone().into_iter().collect();
                types::InputTransformer::builder()
                    .set_input_paths_map(Some(paths).filter(|paths| !paths.is_empty()))
                    .input_template(&transformer.input_template)
                    .build()
            })
            .transpose()?;
        target.retry_policy = self.retry_policy.as_ref().map(|policy| {
            types::RetryPolicy::builder()
                .maximum_event_age_in_seconds(policy.maximum_event_age_in_seconds as i32)
                .maximum_retry_attempts(policy.maximum_retry_attempts as i32)
                .build()
        });
        target.role_arn.clone_from(&self.role_arn);
        target.sqs_parameters = self
            .sqs_target
            .as_ref()
            .map(|sqs| types::SqsParameters::builder().message_group_id(&sqs.message_group_id).build());
        Ok(target)
    }
}

/// Puts the whole target. AWS answers that all is well also where it did not take a target.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
async fn put(cx: &Cx, args: &EventTargetArgs, there: Option<types::Target>) -> Result<()> {
    let put = cx.client::<Client>()?.put_targets().event_bus_name(&args.event_bus_name).rule(&args.rule);
    let answer = put.targets(args.to_aws(there)?).send().await?;
    match answer.failed_entries().first() {
        None if answer.failed_entry_count == 0 => Ok(()),
        None => Err(refused("events:PutTargets", None, None)),
        Some(entry) => Err(refused("events:PutTargets", entry.error_code(), entry.error_message())),
    }
}

/// The error for a target that an answer says was not taken.
fn refused(action: &str, code: Option<&str>, message: Option<&str>) -> Error {
    let message = message.filter(|message| !message.is_empty());
    Error::in_answer(action, code.unwrap_or_default(), message.unwrap_or("AWS did not take the target"))
}

async fn find(cx: &Cx, place: &Place) -> Result<Option<types::Target>> {
    let targets = event_targets(cx, &place.bus, &place.rule).await?;
    Ok(targets.and_then(|targets| targets.into_iter().find(|target| target.id == place.target)))
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
fn check_input(args: &EventTargetInputs, failures: &mut Failures) {
    let given = [
        (EventTargetArgs::INPUT, args.input.is_set()),
        (EventTargetArgs::INPUT_PATH, args.input_path.is_set()),
        (EventTargetArgs::INPUT_TRANSFORMER, args.input_transformer.is_set()),
    ];
    let given: Vec<_> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if let [first, others @ ..] = &given[..] {
        for other in others {
            failures.add(*other, format!("conflicts with {first}; give only one of them"));
        }
    }
    if let Some(Json(input)) = args.input.get() {
        let length = input.to_string().chars().count();
        if length > 8192 {
            failures.add(EventTargetArgs::INPUT, format!("has {length} characters; give at most 8192"));
        }
    }
    let paths = args.input_transformer.get().and_then(|transformer| transformer.input_paths.get());
    for (name, path) in paths.into_iter().flatten() {
        let at = || {
            crate::model::Path::from(EventTargetArgs::INPUT_TRANSFORMER)
                .key(EventTargetInputTransformer::INPUT_PATHS)
                .key(name)
        };
        if name.to_uppercase().starts_with("AWS") {
            failures.add(at(), "begins with AWS, which is reserved; choose another name");
        }
        if let Some(path) = path.get().filter(|path| !path.starts_with('$')) {
            failures.add(at(), format!("is {path:?}; give a path such as $.detail.state"));
        }
    }
}

fn check_arn(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") {
        true => Ok(()),
        false => {
            Err(format!("is {arn:?}; give an ARN, such as arn:aws:ecs:eu-west-1:123456789012:cluster/main"))
        }
    }
}

fn check_queue(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":sqs:") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of an SQS queue")),
    }
}

fn check_rule(rule: &str) -> Result<(), String> {
    match rule.rsplit_once('/').filter(|_| rule.starts_with("arn:")) {
        Some((_, name)) => Err(format!("is {rule:?}; give the name of the rule, {name:?}")),
        None if rule.is_empty() => Err("is empty; give the name of a rule".to_owned()),
        None if !rule.chars().all(EVENTS.holds) => {
            Err(format!("is {rule:?}; the name of a rule consists of {}", EVENTS.words))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::aws::error::ErrorKind;
    use crate::model::{Path, Value};
    use serde_json::{Value as J, json};

    const CLUSTER: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/main";

    fn ecs() -> J {
        json!({
            "taskCount": 1,
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/report:1",
            "launchType": "FARGATE",
            "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
        })
    }

    fn read(args: &J) -> (EventTargetInputs, Failures) {
        let mut failures = Failures::new();
        let mut fields = Value::from_json(args).as_object().unwrap().clone();
        fields.entry("rule".to_owned()).or_insert("nightly".into());
        fields.insert("targetId".to_owned(), "report".into());
        let input = EventTargetArgs::read(&fields, &mut failures);
        EventTarget::rules(&input, &mut failures);
        (input, failures)
    }

    fn problems(args: J) -> Vec<String> {
        read(&args).1.into_iter().map(|failure| failure.to_string()).collect()
    }

    fn settled(args: &J) -> EventTargetArgs {
        let (input, mut failures) = read(args);
        assert!(failures.is_empty(), "{failures}");
        EventTargetArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap()
    }

    #[test]
    fn an_ecs_task_needs_a_cluster_and_its_network() {
        assert_eq!(problems(json!({"arn": CLUSTER, "ecsTarget": ecs()})), Vec::<String>::new());
        assert!(problems(json!({"arn": CLUSTER}))[0].starts_with("ecsTarget: is missing"));
        let queue = "arn:aws:sqs:us-east-1:123456789012:jobs";
        assert!(problems(json!({"arn": queue, "ecsTarget": ecs()}))[0].contains("is not an ECS cluster"));
        let mut bare = ecs();
        bare["networkConfiguration"] = J::Null;
        assert!(problems(json!({"arn": CLUSTER, "ecsTarget": bare}))[0].contains("Fargate needs"));
        let mut both = ecs();
        both["capacityProviderStrategies"] = json!([{"capacityProvider": "FARGATE_SPOT", "weight": 1}]);
        assert!(problems(json!({"arn": CLUSTER, "ecsTarget": both}))[0].contains("give only one of them"));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let found = problems(json!({
            "arn": "main", "roleArn": "admin", "rule": "arn:aws:events:us-east-1:1:rule/nightly",
            "input": "{}", "inputPath": "$.detail", "deadLetterConfig": {"arn": "arn:aws:sns:us-east-1:1:x"},
            "retryPolicy": {"maximumRetryAttempts": 186},
        }));
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(found.iter().any(|text| text.contains("give the name of the rule, \"nightly\"")));
        assert!(found.iter().any(|text| text.contains("inputPath: conflicts with input")));
        let fifo = problems(json!({"arn": "arn:aws:sqs:us-east-1:1:jobs.fifo"}));
        assert!(fifo[0].contains("messageGroupId"));
        let queue = "arn:aws:sqs:us-east-1:1:jobs";
        let paths = json!({"inputPaths": {"awsId": "$.id", "b": "detail"}, "inputTemplate": "<b>"});
        assert_eq!(problems(json!({"arn": queue, "inputTransformer": paths})).len(), 2);
    }

    #[test]
    fn what_is_sent_comes_back() {
        let args = settled(&json!({
            "arn": CLUSTER, "ecsTarget": ecs(), "roleArn": "arn:aws:iam::1:role/events",
            "inputTransformer": {"inputPaths": {"a": "$.detail"}, "inputTemplate": "\"<a>\""},
            "deadLetterConfig": {"arn": "arn:aws:sqs:us-east-1:1:dead"},
            "retryPolicy": {"maximumRetryAttempts": 2},
        }));
        let sent = args.to_aws(None).unwrap();
        let place = Place::named("default", "nightly", "report");
        assert!(alike(&EventTargetArgs::from_aws(&place, &sent), &args));
        let plain = settled(&json!({"arn": CLUSTER, "ecsTarget": ecs()}));
        let mut spelt_out = plain.to_aws(None).unwrap();
        spelt_out.retry_policy = Some(
            types::RetryPolicy::builder()
                .maximum_retry_attempts(185)
                .maximum_event_age_in_seconds(86_400)
                .build(),
        );
        let read = EventTargetArgs::from_aws(&place, &spelt_out);
        assert!(alike(&read, &plain) && !alike(&read, &args));
    }

    #[test]
    fn what_no_argument_is_about_stays() {
        let stream = settled(&json!({"arn": "arn:aws:kinesis:us-east-1:1:stream/a"}));
        let mut there = stream.to_aws(None).unwrap();
        there.kinesis_parameters =
            Some(types::KinesisParameters::builder().partition_key_path("$.id").build().unwrap());
        assert!(stream.to_aws(Some(there)).unwrap().kinesis_parameters.is_some());
    }

    #[test]
    fn a_failed_entry_is_an_error_of_its_kind() {
        let kind = |code: &str, message: &str| refused("events:PutTargets", Some(code), Some(message)).kind();
        assert_eq!(kind("ConcurrentModificationException", ""), ErrorKind::NotReady);
        assert_eq!(kind("AccessDeniedException", "no"), ErrorKind::AccessDenied);
        let error = refused("events:PutTargets", Some("X"), Some("no such queue"));
        assert_eq!(error.to_string(), "events:PutTargets failed (X): no such queue.");
        assert!(refused("events:PutTargets", None, None).to_string().contains("did not take"));
    }

    #[test]
    fn an_id_is_a_rule_and_a_target_or_a_bus_and_both() {
        let place = Place::named("default", "nightly", "report");
        assert_eq!(place.id(), "nightly/report");
        assert_eq!(Place::parse("nightly/report").unwrap(), place);
        let other = Place::named("aws.partner/example.com/1", "nightly", "report");
        assert_eq!(Place::parse(&other.id()).unwrap(), other);
        assert!(Place::parse("nightly").is_err() && Place::parse("nightly/").is_err());
    }
}
