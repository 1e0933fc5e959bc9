//! A queue: keeps messages until a consumer has processed them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use super::QueuePolicy;
use crate::aws::codes::{KMS, Row};
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::owner::as_pairs;
use crate::aws::policies;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{
    Actions, Kind, Live, Named, Setting, TaggedBy, Tagging, Tags, Update, bad_id, claim, is_wanted,
};
use crate::model::{Failures, Json, Model, Object, Prop, Value};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
const QUEUE: NameRule = NameRule {
    what: "queue",
    max: 80,
    alphabet: Alphabet {
        words: "letters, digits, hyphens and underscores",
        lower: false,
        // The dot is that of `.fifo`, see `rules`.
        holds: |c| c.is_ascii_alphanumeric() || "-_.".contains(c),
    },
    inner: ".",
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html>
pub(super) const POLICY: policies::Sort = policies::Sort::bytes(8 * 1024, "SQS allows 8 KB");

const FIFO: &str = ".fifo";

/// An SQS queue: stores messages until consumers have processed and deleted them. AWS charges by
/// the request. A queue that is replaced or deleted loses the messages in it.
#[derive(Clone, Debug, Model)]
pub struct QueueArgs {
    /// Whether a FIFO queue recognizes duplicate messages by their content. If `false`, producers
    /// must specify a deduplication ID.
    #[model(in_place, default = false)]
    pub content_based_deduplication: bool,
    /// Whether duplicates are recognized within the queue or within each message group. Only for
    /// FIFO queues. Defaults to `queue`.
    #[model(in_place, aws_default, resets, told, one_of = ["queue", "messageGroup"])]
    pub deduplication_scope: Option<String>,
    /// The time in seconds by which the delivery of new messages is delayed.
    #[model(in_place, default = 0, range = 0..=900)]
    pub delay_seconds: i64,
    /// Whether the queue is a FIFO queue, which delivers messages in order and exactly once. The
    /// name of a FIFO queue must end in `.fifo`.
    #[model(replace, default = false)]
    pub fifo_queue: bool,
    /// Whether the throughput quota applies to the queue or to each message group. Only for FIFO
    /// queues; `perMessageGroupId` requires the `deduplicationScope` `messageGroup`. Defaults to
    /// `perQueue`.
    #[model(in_place, aws_default, resets, told, one_of = ["perQueue", "perMessageGroupId"])]
    pub fifo_throughput_limit: Option<String>,
    /// The time in seconds for which SQS reuses a data key before it calls KMS again. Requires
    /// `kmsMasterKeyId`. Defaults to 300.
    #[model(in_place, aws_default, resets = 300, told, follows = [QueueArgs::KMS_MASTER_KEY_ID], range = 60..=86_400)]
    pub kms_data_key_reuse_period_seconds: Option<i64>,
    /// The KMS key that encrypts messages at rest: its ID, ARN or alias. If omitted, messages are
    /// encrypted with keys that SQS manages (SSE-SQS).
    #[model(in_place, same = same_key)]
    pub kms_master_key_id: Option<String>,
    /// The maximum size of a message in bytes.
    #[model(in_place, default = 262_144, range = 1_024..=1_048_576)]
    pub max_message_size: i64,
    /// The time in seconds for which a message is kept.
    #[model(in_place, default = 345_600, range = 60..=1_209_600)]
    pub message_retention_seconds: i64,
    /// The name of the queue.
    #[model(replace, autoname)]
    pub name: String,
    /// The access policy of the queue, as JSON text or as an object. If omitted, only the account
    /// of the queue has access.
    #[model(in_place, policy, aws_default, resets, told)]
    pub policy: Option<Json>,
    /// The time in seconds for which a request to receive messages waits for one to arrive. Values
    /// above 0 enable long polling.
    #[model(in_place, default = 0, range = 0..=20)]
    pub receive_wait_time_seconds: i64,
    /// The source queues that may use this queue as their dead-letter queue, as JSON text or as an
    /// object with `redrivePermission` (`allowAll`, `denyAll` or `byQueue`) and `sourceQueueArns`.
    #[model(in_place, told, json)]
    pub redrive_allow_policy: Option<Json>,
    /// The dead-letter queue of this queue, as JSON text or as an object with `deadLetterTargetArn`
    /// and `maxReceiveCount`, the number of receives after which a message is moved to the
    /// dead-letter queue.
    #[model(in_place, told, json)]
    pub redrive_policy: Option<Json>,
    /// Whether messages at rest are encrypted with keys that SQS manages (SSE-SQS). Conflicts with
    /// `kmsMasterKeyId`. Defaults to `true` unless `kmsMasterKeyId` is specified.
    #[model(in_place, aws_default, resets, told, follows = [QueueArgs::KMS_MASTER_KEY_ID])]
    pub sqs_managed_sse_enabled: Option<bool>,
    /// The tags of the queue.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The time in seconds for which a received message is hidden from other consumers.
    #[model(in_place, default = 30, range = 0..=43_200)]
    pub visibility_timeout_seconds: i64,
}

/// The outputs of a queue.
#[derive(Clone, Debug, Model)]
pub struct QueueState {
    /// The ARN of the queue.
    pub arn: String,
    /// The URL of the queue, which is also its ID.
    pub url: String,
}

/// A queue.
pub struct Queue;

impl Kind for Queue {
    const TOKEN: &'static str = "agentic:sqs:Queue";
    const ID: &'static str = "the URL of the queue";
    const TAGS: TaggedBy = TaggedBy::service::<SqsTags>();
    const NAME: Option<&'static NameRule> = Some(&QUEUE);
    const ACTIONS: Actions = Actions {
        create: &["sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:SetQueueAttributes"],
        read: &["sqs:GetQueueAttributes"],
        update: &["sqs:SetQueueAttributes"],
        delete: &["sqs:DeleteQueue", "sqs:GetQueueAttributes"],
    };
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    const READY: Option<Wait> = Some(Wait {
        goal: "the settings of the queue take effect",
        usual: [0, 60],
        budget: Duration::from_secs(5 * 60),
    });
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
    const GONE: Option<Wait> =
        Some(Wait { goal: "the queue is gone", usual: [0, 60], budget: Duration::from_secs(3 * 60) });
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // SQS. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
        ("sqs", "*NonExistentQueue", "", ErrorKind::NotFound, ""),
        ("sqs", "QueueDoesNotExist", "", ErrorKind::NotFound, ""),
        ("sqs", "*QueueDeletedRecently", "", ErrorKind::NotReady, "A queue of this name was deleted less than a minute ago."),
        ("sqs", "QueueAlreadyExists", "", ErrorKind::AlreadyExists, ""),
        ("sqs", "QueueNameExists", "", ErrorKind::AlreadyExists, ""),
        ("sqs", "Kms*", "", ErrorKind::AccessDenied, KMS),
    ];

    type Args = QueueArgs;
    type State = QueueState;

    fn ending(inputs: &Object) -> &'static str {
        match inputs.get(QueueArgs::FIFO_QUEUE.name()).map(Value::peel) {
            Some(Value::Bool(true)) => FIFO,
            _ => "",
        }
    }

    fn rules(args: &QueueInputs, failures: &mut Failures) {
        for problem in args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(QueueArgs::POLICY, problem);
        }
        let redrive = args.redrive_policy.get();
        for part in ["deadLetterTargetArn", "maxReceiveCount"] {
            if redrive.is_some_and(|policy| policy.0.get(part).is_none()) {
                failures.add(QueueArgs::REDRIVE_POLICY, format!("has no {part}; add it"));
            }
        }
        if args.sqs_managed_sse_enabled.get() == Some(&true) && args.kms_master_key_id.is_set() {
            let reason = "cannot be combined with kmsMasterKeyId; leave one of them out";
            failures.add(QueueArgs::SQS_MANAGED_SSE_ENABLED, reason);
        }
        if args.kms_data_key_reuse_period_seconds.is_set() && !args.kms_master_key_id.is_set() {
            let reason = "is only for queues with a key; give kmsMasterKeyId or leave it out";
            failures.add(QueueArgs::KMS_DATA_KEY_REUSE_PERIOD_SECONDS, reason);
        }
        let is_fifo = args.fifo_queue.get().copied();
        match (args.name.get(), is_fifo) {
            (Some(name), Some(true)) if !name.ends_with(FIFO) => failures
                .add(QueueArgs::NAME, format!("is {name:?}; the name of a FIFO queue must end in {FIFO}")),
            (Some(name), Some(false)) if name.contains('.') => {
                let reason =
                    format!("is {name:?}; only names of FIFO queues may contain a dot; give fifoQueue");
                failures.add(QueueArgs::NAME, reason);
            }
            _ => {}
        }
        if is_fifo == Some(false) {
            let given = [
                (
                    QueueArgs::CONTENT_BASED_DEDUPLICATION,
                    args.content_based_deduplication.get() == Some(&true),
                ),
                (QueueArgs::DEDUPLICATION_SCOPE, args.deduplication_scope.is_set()),
                (QueueArgs::FIFO_THROUGHPUT_LIMIT, args.fifo_throughput_limit.is_set()),
            ];
            for (argument, _) in given.into_iter().filter(|(_, given)| *given) {
                failures.add(argument, "is for FIFO queues; give fifoQueue or leave it out");
            }
        }
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/enable-high-throughput-fifo.html
        let by_group = args.fifo_throughput_limit.get().is_some_and(|limit| limit == "perMessageGroupId");
        if by_group
            && args.deduplication_scope.get().is_none_or(|scope| scope != "messageGroup")
            && !args.deduplication_scope.is_unknown()
        {
            let reason =
                "is perMessageGroupId, which requires the deduplicationScope messageGroup; give that";
            failures.add(QueueArgs::FIFO_THROUGHPUT_LIMIT, reason);
        }
    }

    fn settings(id: &str, args: &QueueInputs) -> Vec<Setting> {
        args.policy.is_set().then(|| Setting::of::<QueuePolicy>(id)).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &QueueArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        // Creating one that is there is no failure where it has the same attributes.
        let look = found(client.get_queue_url().queue_name(&args.name).send().await)?;
        if let Some(url) = look.and_then(|look| look.queue_url) {
            return claim::<Self>(cx, &url, args, None, "queue").await;
        }
        let mut wanted = attributes(args);
        wanted.retain(|_, value| !value.is_empty());
        let make = client.create_queue().queue_name(&args.name).set_attributes(Some(wanted));
        let made = make.set_tags(Some(cx.owned(&args.tags).into_iter().collect())).send().await?;
        Ok(made.queue_url.unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, args: &QueueArgs) -> Result<Poll> {
        let live = Self::read(cx, id).await?;
        // Without a key of one's own SQS does not tell for how long it uses a data key.
        let told = |live: Live<Self>| {
            let reuse = live.args.kms_data_key_reuse_period_seconds.filter(Option::is_some);
            QueueObserved { tags: None, kms_data_key_reuse_period_seconds: reuse, ..live.args }
        };
        let live = live.map(told);
        let is_there = live.filter(|live| is_wanted(live.clone(), args));
        Ok(Poll::seen(is_there.map(drop), "its settings are not in effect yet"))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !id.starts_with("http") {
            return Err(bad_id(id, Self::ID));
        }
        let look = cx.client::<Client>()?.get_queue_attributes().queue_url(id);
        let Some(queue) = found(look.attribute_names(Name::All).send().await)? else { return Ok(None) };
        let attributes = queue.attributes.unwrap_or_default();
        let text = |name: &Name| attributes.get(name).filter(|value| !value.is_empty()).cloned();
        let number = |name: &Name| text(name).and_then(|value| value.parse().ok());
        let flag = |name: &Name| text(name).map(|value| value.eq_ignore_ascii_case("true"));
        let document = |name: &Name| text(name).and_then(|value| serde_json::from_str(&value).ok()).map(Json);
        Ok(Some(Live {
            args: QueueObserved {
                content_based_deduplication: Some(flag(&Name::ContentBasedDeduplication).unwrap_or_default()),
                deduplication_scope: Some(text(&Name::DeduplicationScope)),
                delay_seconds: number(&Name::DelaySeconds),
                fifo_queue: Some(flag(&Name::FifoQueue).unwrap_or_default()),
                fifo_throughput_limit: Some(text(&Name::FifoThroughputLimit)),
                kms_data_key_reuse_period_seconds: Some(number(&Name::KmsDataKeyReusePeriodSeconds)),
                kms_master_key_id: Some(text(&Name::KmsMasterKeyId)),
                max_message_size: number(&Name::MaximumMessageSize),
                message_retention_seconds: number(&Name::MessageRetentionPeriod),
                name: id.rsplit('/').next().map(str::to_owned),
                policy: Some(document(&Name::Policy)),
                receive_wait_time_seconds: number(&Name::ReceiveMessageWaitTimeSeconds),
                redrive_allow_policy: Some(document(&Name::RedriveAllowPolicy)),
                redrive_policy: Some(document(&Name::RedrivePolicy)),
                sqs_managed_sse_enabled: Some(flag(&Name::SqsManagedSseEnabled)),
                visibility_timeout_seconds: number(&Name::VisibilityTimeout),
                ..QueueObserved::default()
            },
            state: QueueState { arn: text(&Name::QueueArn).unwrap_or_default(), url: id.to_owned() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<QueueArgs>) -> Result<()> {
        let wanted = attributes(&update.new);
        let moves_key = update.any(&[QueueArgs::KMS_MASTER_KEY_ID]);
        let changed = ATTRIBUTES.into_iter().filter(|(argument, name)| {
            // A queue is encrypted in one way, and in none unless that is said.
            update.any(&[*argument]) || moves_key && *name == Name::SqsManagedSseEnabled
        });
        let changed = changed.filter_map(|(_, name)| Some((name.clone(), wanted.get(&name)?.clone())));
        let changed: HashMap<_, _> = changed.collect();
        if !changed.is_empty() {
            let set = cx.client::<Client>()?.set_queue_attributes().queue_url(id);
            set.set_attributes(Some(changed)).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &QueueArgs) -> Result<()> {
        cx.client::<Client>()?.delete_queue().queue_url(id).send().await?;
        Ok(())
    }
}

/// Whether this state has a queue.
pub(super) async fn is_of_state(cx: &Cx, url: &str) -> Result<bool> {
    let named = Named { id: url.to_owned(), arn: String::new() };
    let tags = SqsTags::list(cx, &named).await?;
    Ok(tags.is_some_and(|tags| cx.standing(as_pairs(&tags)).is_of_state()))
}

/// How SQS tags what it has.
struct SqsTags;

impl Tagging for SqsTags {
    const LIST: &'static [&'static str] = &["sqs:ListQueueTags"];
    const CHANGE: &'static [&'static str] = &["sqs:TagQueue", "sqs:UntagQueue"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let answer = found(cx.client::<Client>()?.list_queue_tags().queue_url(&named.id).send().await)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_queue().queue_url(&named.id);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_queue().queue_url(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// The arguments that can change, and their attributes.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
const ATTRIBUTES: [(Prop<QueueArgs>, Name); 14] = [
    (QueueArgs::CONTENT_BASED_DEDUPLICATION, Name::ContentBasedDeduplication),
    (QueueArgs::DEDUPLICATION_SCOPE, Name::DeduplicationScope),
    (QueueArgs::DELAY_SECONDS, Name::DelaySeconds),
    (QueueArgs::FIFO_THROUGHPUT_LIMIT, Name::FifoThroughputLimit),
    (QueueArgs::KMS_DATA_KEY_REUSE_PERIOD_SECONDS, Name::KmsDataKeyReusePeriodSeconds),
    (QueueArgs::KMS_MASTER_KEY_ID, Name::KmsMasterKeyId),
    (QueueArgs::MAX_MESSAGE_SIZE, Name::MaximumMessageSize),
    (QueueArgs::MESSAGE_RETENTION_SECONDS, Name::MessageRetentionPeriod),
    (QueueArgs::POLICY, Name::Policy),
    (QueueArgs::RECEIVE_WAIT_TIME_SECONDS, Name::ReceiveMessageWaitTimeSeconds),
    (QueueArgs::REDRIVE_ALLOW_POLICY, Name::RedriveAllowPolicy),
    (QueueArgs::REDRIVE_POLICY, Name::RedrivePolicy),
    (QueueArgs::SQS_MANAGED_SSE_ENABLED, Name::SqsManagedSseEnabled),
    (QueueArgs::VISIBILITY_TIMEOUT_SECONDS, Name::VisibilityTimeout),
];

/// The attributes of a queue, empty where there is to be none.
fn attributes(args: &QueueArgs) -> HashMap<Name, String> {
    let key = args.kms_master_key_id.clone();
    let managed = args.sqs_managed_sse_enabled.unwrap_or(key.is_none());
    let document = |document: &Option<Json>| document.as_ref().map(|it| it.0.to_string());
    let text = |document: Option<String>| Some(document.unwrap_or_default());
    let fifo = |value: Option<String>| value.filter(|_| args.fifo_queue);
    let reuse = args.kms_data_key_reuse_period_seconds.filter(|_| key.is_some());
    let all = [
        (Name::ContentBasedDeduplication, fifo(Some(args.content_based_deduplication.to_string()))),
        (
            Name::DeduplicationScope,
            fifo(Some(args.deduplication_scope.clone().unwrap_or_else(|| "queue".to_owned()))),
        ),
        (Name::DelaySeconds, Some(args.delay_seconds.to_string())),
        (Name::FifoQueue, fifo(Some("true".to_owned()))),
        (
            Name::FifoThroughputLimit,
            fifo(Some(args.fifo_throughput_limit.clone().unwrap_or_else(|| "perQueue".to_owned()))),
        ),
        (Name::KmsDataKeyReusePeriodSeconds, reuse.map(|seconds| seconds.to_string())),
        (Name::MaximumMessageSize, Some(args.max_message_size.to_string())),
        (Name::MessageRetentionPeriod, Some(args.message_retention_seconds.to_string())),
        (Name::Policy, text(document(&args.policy))),
        (Name::ReceiveMessageWaitTimeSeconds, Some(args.receive_wait_time_seconds.to_string())),
        (Name::RedriveAllowPolicy, text(document(&args.redrive_allow_policy))),
        (Name::RedrivePolicy, text(document(&args.redrive_policy))),
        // A key switches it off by itself, and both in one call are refused.
        (Name::SqsManagedSseEnabled, key.is_none().then(|| managed.to_string())),
        (Name::KmsMasterKeyId, text(key)),
        (Name::VisibilityTimeout, Some(args.visibility_timeout_seconds.to_string())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(change: impl FnOnce(&mut QueueInputs)) -> Vec<String> {
        let mut inputs =
            QueueInputs { name: "jobs".into(), fifo_queue: false.into(), ..QueueInputs::default() };
        change(&mut inputs);
        let mut failures = Failures::new();
        Queue::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn what_is_for_fifo_queues_is_told() {
        assert!(failures(|_| ()).is_empty());
        let fifo =
            |inputs: &mut QueueInputs| (inputs.name, inputs.fifo_queue) = ("jobs.fifo".into(), true.into());
        assert!(failures(fifo).is_empty());
        assert!(failures(|inputs| inputs.fifo_queue = true.into())[0].contains("end in .fifo"));
        assert!(failures(|inputs| inputs.name = "jobs.fifo".into())[0].contains("give fifoQueue"));
        let told = failures(|inputs| {
            inputs.content_based_deduplication = true.into();
            inputs.deduplication_scope = "messageGroup".to_owned().into();
        });
        assert_eq!(told.len(), 2, "{told:?}");
        let limit = failures(|inputs| {
            fifo(inputs);
            inputs.fifo_throughput_limit = "perMessageGroupId".to_owned().into();
        });
        assert!(limit[0].starts_with("fifoThroughputLimit: "), "{limit:?}");
    }

    #[test]
    fn a_queue_is_encrypted_in_one_way() {
        let told = failures(|inputs| {
            inputs.kms_master_key_id = "alias/jobs".to_owned().into();
            inputs.sqs_managed_sse_enabled = true.into();
        });
        assert!(told[0].starts_with("sqsManagedSseEnabled: "), "{told:?}");
        let told = failures(|inputs| inputs.kms_data_key_reuse_period_seconds = 300.into());
        assert!(told[0].starts_with("kmsDataKeyReusePeriodSeconds: "), "{told:?}");
    }

    #[test]
    fn a_dead_letter_queue_has_an_arn_and_a_count() {
        let told = failures(|inputs| {
            inputs.redrive_policy = Json(serde_json::json!({"deadLetterTargetArn": "arn"})).into();
        });
        assert_eq!(told, ["redrivePolicy: has no maxReceiveCount; add it"]);
    }
}
