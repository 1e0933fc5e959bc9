//! A topic: what is said there reaches everybody who has subscribed.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use serde_json::json;

use super::{TopicPolicy, document, flag, text};
use crate::aws::codes::{KMS, Row};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::as_pairs;
use crate::aws::policies;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, Setting, TaggedBy, Tagging, Tags, Update, claim};
use crate::model::{Failures, Json, Model, Object, Prop, Value};

/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
pub const TOPIC: NameRule = NameRule {
    what: "topic",
    max: 256,
    alphabet: Alphabet {
        words: "letters, digits, hyphens and underscores",
        lower: false,
        // The dot is that of `.fifo`, see `rules`.
        holds: |c| c.is_ascii_alphanumeric() || "-_.".contains(c),
    },
    inner: ".",
    ..PLAIN
};

const FIFO: &str = ".fifo";

/// An SNS topic: delivers each message to all of its subscribers, for example alarms by email.
#[derive(Clone, Debug, Model)]
pub struct TopicArgs {
    /// Whether a FIFO topic recognizes duplicate messages by their content. If `false`, publishers
    /// must specify a deduplication ID.
    #[model(in_place, default = false)]
    pub content_based_deduplication: bool,
    /// The delivery policy, which controls retries of HTTP and HTTPS deliveries, as JSON text or as
    /// an object.
    #[model(in_place, json)]
    pub delivery_policy: Option<Json>,
    /// The display name: the name of the sender in emails and text messages.
    #[model(in_place, length = 1..=100)]
    pub display_name: Option<String>,
    /// Whether the topic is a FIFO topic, which delivers messages in order and exactly once. The
    /// name of a FIFO topic must end in `.fifo`.
    #[model(replace, default = false)]
    pub fifo_topic: bool,
    /// The KMS key that encrypts messages at rest: its ID, ARN or alias. CloudWatch alarms can
    /// publish to the topic only if the key policy allows `cloudwatch.amazonaws.com` to use the
    /// key, which the policy of `alias/aws/sns` does not.
    #[model(in_place)]
    pub kms_master_key_id: Option<String>,
    /// The name of the topic.
    #[model(replace, autoname)]
    pub name: String,
    /// The access policy of the topic, as JSON text or as an object. If omitted or removed later,
    /// only the account of the topic has access.
    #[model(in_place, policy, aws_default, resets, told)]
    pub policy: Option<Json>,
    /// The tags of the topic.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a topic.
#[derive(Clone, Debug, Model)]
pub struct TopicState {
    /// The ARN of the topic.
    pub arn: String,
    /// The ID of the AWS account that owns the topic.
    pub owner: String,
}

/// A topic.
pub struct Topic;

impl Kind for Topic {
    const TOKEN: &'static str = "agentic:sns:Topic";
    const ID: &'static str = "the ARN of the topic";
    const TAGS: TaggedBy = TaggedBy::service::<SnsTags>();
    const ACTIONS: Actions = Actions {
        create: &["sns:CreateTopic", "sns:SetTopicAttributes"],
        read: &["sns:GetTopicAttributes"],
        update: &["sns:SetTopicAttributes"],
        delete: &["sns:DeleteTopic"],
    };
    const NAME: Option<&'static NameRule> = Some(&TOPIC);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TOPIC;
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // SNS. https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
        ("sns", "InvalidParameter*", "already exists with different", ErrorKind::AlreadyExists, ""),
        ("sns", "KMS*", "", ErrorKind::AccessDenied, KMS),
    ];

    type Args = TopicArgs;
    type State = TopicState;

    fn ending(inputs: &Object) -> &'static str {
        match inputs.get(TopicArgs::FIFO_TOPIC.name()).map(Value::peel) {
            Some(Value::Bool(true)) => FIFO,
            _ => "",
        }
    }

    fn rules(args: &TopicInputs, failures: &mut Failures) {
        for problem in
            args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &policies::TOPIC))
        {
            failures.add(TopicArgs::POLICY, problem);
        }
        let (name, is_fifo) = (args.name.get(), args.fifo_topic.get().copied());
        match (name, is_fifo) {
            (Some(name), Some(true)) if !name.ends_with(FIFO) => {
                failures.add(
                    TopicArgs::NAME,
                    format!("is {name:?}; the name of a FIFO topic must end in {FIFO}"),
                );
            }
            (Some(name), Some(false)) if name.contains('.') => {
                let reason =
                    format!("is {name:?}; only names of FIFO topics may contain a dot; give fifoTopic");
                failures.add(TopicArgs::NAME, reason);
            }
            _ => {}
        }
        if is_fifo == Some(false) && args.content_based_deduplication.get() == Some(&true) {
            failures.add(
                TopicArgs::CONTENT_BASED_DEDUPLICATION,
                "is for FIFO topics; give fifoTopic or leave it out",
            );
        }
    }

    fn settings(id: &str, args: &TopicInputs) -> Vec<Setting> {
        args.policy.is_set().then(|| Setting::of::<TopicPolicy>(id)).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &TopicArgs) -> Result<String> {
        let arn = cx.arn("sns", &cx.aws.account_id().await?, &args.name);
        // Creating one that is there is no failure where it has the same tags and attributes.
        let look = cx.client::<Client>()?.get_topic_attributes().topic_arn(&arn);
        if found(look.send().await)?.is_some() {
            return claim::<Self>(cx, &arn, args, None, "SNS topic").await;
        }
        let tags = cx.owned(&args.tags).into_iter();
        let tags: Result<Vec<_>, _> = tags.map(|(key, value)| tag(key, value)).collect();
        let make = cx.client::<Client>()?.create_topic().name(&args.name).set_tags(Some(tags?));
        let made = make.set_attributes(Some(attributes(args))).send().await.map_err(Error::from);
        match made {
            // A topic with other tags or attributes; one with the same is the answer itself.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &arn, args, error, "SNS topic").await
            }
            made => Ok(made?.topic_arn.unwrap_or_default()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let client = cx.client::<Client>()?;
        let Some(topic) = found(client.get_topic_attributes().topic_arn(id).send().await)? else {
            return Ok(None);
        };
        let attributes = topic.attributes.unwrap_or_default();
        Ok(Some(Live {
            args: TopicObserved {
                content_based_deduplication: Some(flag(&attributes, "ContentBasedDeduplication")),
                delivery_policy: Some(document(&attributes, "DeliveryPolicy")),
                display_name: Some(text(&attributes, "DisplayName")),
                fifo_topic: Some(flag(&attributes, "FifoTopic")),
                kms_master_key_id: Some(text(&attributes, "KmsMasterKeyId")),
                name: id.rsplit(':').next().map(str::to_owned),
                policy: Some(document(&attributes, "Policy")),
                ..TopicObserved::default()
            },
            state: TopicState { arn: id.to_owned(), owner: text(&attributes, "Owner").unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TopicArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let mut wanted = attributes(&update.new);
        wanted.entry("Policy".to_owned()).or_insert_with(|| usual_policy(id).to_string());
        for (argument, attribute) in ATTRIBUTES {
            if update.any(&[argument]) {
                let set = client.set_topic_attributes().topic_arn(id).attribute_name(attribute);
                // Without a value SNS goes back to what it does by itself, but for the policy.
                set.attribute_value(wanted.get(attribute).map_or("", String::as_str)).send().await?;
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &TopicArgs) -> Result<()> {
        cx.client::<Client>()?.delete_topic().topic_arn(id).send().await?;
        Ok(())
    }
}

/// How SNS tags what it has.
struct SnsTags;

impl Tagging for SnsTags {
    const LIST: &'static [&'static str] = &["sns:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["sns:TagResource", "sns:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        found(all_tags(cx, &named.id).await)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.id);
        call.set_tags(Some(tags.into_iter().map(|(key, value)| tag(key, value)).collect::<Result<_>>()?))
            .send()
            .await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// The arguments that are attributes of a topic and can change.
/// <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>
const ATTRIBUTES: [(Prop<TopicArgs>, &str); 5] = [
    (TopicArgs::CONTENT_BASED_DEDUPLICATION, "ContentBasedDeduplication"),
    (TopicArgs::DELIVERY_POLICY, "DeliveryPolicy"),
    (TopicArgs::DISPLAY_NAME, "DisplayName"),
    (TopicArgs::KMS_MASTER_KEY_ID, "KmsMasterKeyId"),
    (TopicArgs::POLICY, "Policy"),
];

fn attributes(args: &TopicArgs) -> HashMap<String, String> {
    let fifo = args.fifo_topic.then(|| "true".to_owned());
    let by_content = args.fifo_topic.then(|| args.content_based_deduplication.to_string());
    let all = [
        ("ContentBasedDeduplication", by_content),
        ("DeliveryPolicy", args.delivery_policy.as_ref().map(|policy| policy.0.to_string())),
        ("DisplayName", args.display_name.clone()),
        ("FifoTopic", fifo),
        ("KmsMasterKeyId", args.kms_master_key_id.clone()),
        ("Policy", args.policy.as_ref().map(|policy| policy.0.to_string())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The policy that SNS gives a topic by itself. None can be taken away.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
pub(super) fn usual_policy(arn: &str) -> serde_json::Value {
    let account = arn.split(':').nth(4).unwrap_or_default();
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    })
}

fn tag(key: String, value: String) -> Result<Tag> {
    Ok(Tag::builder().key(key).value(value).build()?)
}

/// Whether this state has a topic.
pub(super) async fn is_of_state(cx: &Cx, arn: &str) -> Result<bool> {
    let tags = found(all_tags(cx, arn).await)?;
    Ok(tags.is_some_and(|tags| cx.standing(as_pairs(&tags)).is_of_state()))
}

pub(super) async fn all_tags(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = cx.client::<Client>()?.list_tags_for_resource().resource_arn(arn).send().await?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(name: &str, fifo: bool, by_content: bool) -> Vec<String> {
        let inputs = TopicInputs {
            name: name.into(),
            fifo_topic: fifo.into(),
            content_based_deduplication: by_content.into(),
            ..TopicInputs::default()
        };
        let mut failures = Failures::new();
        Topic::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn a_fifo_topic_is_told_by_its_name() {
        assert!(failures("alarms", false, false).is_empty() && failures("jobs.fifo", true, true).is_empty());
        assert!(failures("jobs", true, false)[0].contains("end in .fifo"));
        assert!(failures("jobs.fifo", false, false)[0].contains("give fifoTopic"));
        assert!(failures("jobs", false, true)[0].starts_with("contentBasedDeduplication: "));
    }
}
