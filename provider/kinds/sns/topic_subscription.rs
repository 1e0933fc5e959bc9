//! A subscription: who hears of what is said at a topic, and how.

use std::collections::HashMap;

use aws_sdk_sns::Client;
use serde_json::json;

use super::topic;
use super::{document, flag, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::as_pairs;
use crate::aws::wait::Poll;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, claim_alike, taken};
use crate::model::{Failures, Json, Model, Prop};

/// A subscription to an SNS topic. A subscription by email, or of an endpoint in another account,
/// works only after its owner has confirmed it. The deployment does not wait for the confirmation;
/// see `pendingConfirmation`.
#[derive(Clone, Debug, Model)]
pub struct TopicSubscriptionArgs {
    /// The delivery policy, which controls retries of HTTP and HTTPS deliveries, as JSON text or as
    /// an object.
    #[model(in_place, json)]
    pub delivery_policy: Option<Json>,
    /// The endpoint that messages are delivered to: an email address, a URL, a phone number, or an
    /// ARN.
    #[model(replace)]
    pub endpoint: String,
    /// The filter policy, which selects the messages to deliver, as JSON text or as an object. If
    /// omitted, all messages are delivered.
    #[model(in_place, json)]
    pub filter_policy: Option<Json>,
    /// Whether the filter policy applies to the attributes or to the body of messages.
    #[model(in_place, default = "MessageAttributes", one_of = ["MessageAttributes", "MessageBody"])]
    pub filter_policy_scope: String,
    /// The protocol with which messages are delivered.
    #[model(replace, one_of = [
        "email", "email-json", "http", "https", "sms", "sqs", "lambda", "firehose", "application",
    ])]
    pub protocol: String,
    /// Whether messages to HTTP, HTTPS, SQS and Firehose endpoints are delivered without the JSON
    /// envelope of SNS.
    #[model(in_place, default = false)]
    pub raw_message_delivery: bool,
    /// The redrive policy, which sends undeliverable messages to a dead-letter queue:
    /// `{"deadLetterTargetArn": "<queue ARN>"}`.
    #[model(in_place, json)]
    pub redrive_policy: Option<Json>,
    /// The ARN of the IAM role with which SNS writes to Firehose.
    #[model(in_place)]
    pub subscription_role_arn: Option<String>,
    /// The ARN of the topic.
    #[model(replace, or = "sns.Topic")]
    pub topic: String,
}

/// The outputs of a subscription.
#[derive(Clone, Debug, Model)]
pub struct TopicSubscriptionState {
    /// The ARN of the subscription.
    pub arn: String,
    /// The ID of the AWS account that owns the subscription.
    pub owner_id: String,
    /// Whether the owner of the endpoint has not yet confirmed the subscription. AWS deletes a
    /// subscription that is not confirmed within 48 hours.
    #[model(in_place)]
    pub pending_confirmation: bool,
}

/// A subscription.
pub struct TopicSubscription;

impl Kind for TopicSubscription {
    const TOKEN: &'static str = "agentic:sns:TopicSubscription";
    const ID: &'static str = "the ARN of the subscription";
    const ACTIONS: Actions = Actions {
        create: &["sns:Subscribe", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"],
        read: &["sns:GetSubscriptionAttributes"],
        update: &["sns:SetSubscriptionAttributes"],
        delete: &["sns:Unsubscribe", "sns:GetSubscriptionAttributes"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TOPIC_SUBSCRIPTION;

    type Args = TopicSubscriptionArgs;
    type State = TopicSubscriptionState;

    fn rules(args: &TopicSubscriptionInputs, failures: &mut Failures) {
        let (Some(protocol), Some(endpoint)) = (args.protocol.get(), args.endpoint.get()) else { return };
        let form = match protocol.as_str() {
            "email" | "email-json" if !endpoint.contains('@') => "an e-mail address",
            "http" if !endpoint.starts_with("http://") => "a URL that begins with http://",
            "https" if !endpoint.starts_with("https://") => "a URL that begins with https://",
            "sms" if !endpoint.starts_with('+') => "a telephone number such as +14155550123",
            "sqs" | "lambda" | "firehose" | "application" if !endpoint.starts_with("arn:") => "an ARN",
            _ => "",
        };
        if !form.is_empty() {
            failures.add(
                TopicSubscriptionArgs::ENDPOINT,
                format!("is {endpoint:?}; with protocol {protocol} give {form}"),
            );
        }
        let raw = ["http", "https", "sqs", "firehose"];
        if args.raw_message_delivery.get() == Some(&true) && !raw.contains(&protocol.as_str()) {
            let reason = format!("is for the protocols {}, not for {protocol}", raw.join(", "));
            failures.add(TopicSubscriptionArgs::RAW_MESSAGE_DELIVERY, reason);
        }
        if protocol == "firehose" && !args.subscription_role_arn.is_set() {
            failures.add(
                TopicSubscriptionArgs::SUBSCRIPTION_ROLE_ARN,
                "is missing; give the role with which SNS writes to Firehose",
            );
        }
    }

    async fn create(cx: &Cx, args: &TopicSubscriptionArgs) -> Result<String> {
        // Subscribing again changes nothing, and says nothing.
        if let Some(arn) = find(cx, args).await? {
            let of_state = async {
                let tags = topic::all_tags(cx, &args.topic).await?;
                Ok(cx.standing(as_pairs(&tags)).is_of_state())
            };
            claim_alike::<Self>(cx, &arn, "subscription of the topic", of_state).await?;
            return Ok(arn);
        }
        let subscribe = cx.client::<Client>()?.subscribe().topic_arn(&args.topic).protocol(&args.protocol);
        let made = subscribe
            .endpoint(&args.endpoint)
            .set_attributes(Some(attributes(args)))
            .return_subscription_arn(true)
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(taken(error, "subscription", &args.endpoint))
            }
            made => Ok(made?.subscription_arn.unwrap_or_default()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(attributes) = look(cx, id).await? else { return Ok(None) };
        let scope = text(&attributes, SCOPE).unwrap_or_else(|| "MessageAttributes".to_owned());
        Ok(Some(Live {
            args: TopicSubscriptionArgs {
                delivery_policy: document(&attributes, "DeliveryPolicy"),
                endpoint: text(&attributes, "Endpoint").unwrap_or_default(),
                filter_policy: document(&attributes, "FilterPolicy").filter(|policy| policy.0 != json!({})),
                filter_policy_scope: scope,
                protocol: text(&attributes, "Protocol").unwrap_or_default(),
                raw_message_delivery: flag(&attributes, "RawMessageDelivery"),
                redrive_policy: document(&attributes, "RedrivePolicy"),
                subscription_role_arn: text(&attributes, "SubscriptionRoleArn"),
                topic: text(&attributes, "TopicArn").unwrap_or_default(),
            }
            .into(),
            state: TopicSubscriptionState {
                arn: id.to_owned(),
                owner_id: text(&attributes, "Owner").unwrap_or_default(),
                pending_confirmation: flag(&attributes, "PendingConfirmation"),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TopicSubscriptionArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let wanted = attributes(&update.new);
        for (argument, attribute) in ATTRIBUTES {
            let value = wanted.get(attribute).cloned().or_else(|| none(attribute).map(str::to_owned));
            if update.any(&[argument]) && (value.is_some() || attribute != SCOPE) {
                let set = client.set_subscription_attributes().subscription_arn(id).attribute_name(attribute);
                set.set_attribute_value(value).send().await?;
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &TopicSubscriptionArgs) -> Result<()> {
        // Nobody can end what is not confirmed yet: AWS drops it by itself, after 48 hours.
        // https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
        let pending = look(cx, id).await?.is_some_and(|attributes| flag(&attributes, "PendingConfirmation"));
        if !pending {
            cx.client::<Client>()?.unsubscribe().subscription_arn(id).send().await?;
        }
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &TopicSubscriptionArgs) -> Result<Poll> {
        Ok(match look(cx, id).await? {
            Some(attributes) if !flag(&attributes, "PendingConfirmation") => {
                Poll::Pending("still there".to_owned())
            }
            _ => Poll::Ready(()),
        })
    }
}

const SCOPE: &str = "FilterPolicyScope";

/// What takes an attribute back; for others it is no value at all.
/// <https://docs.aws.amazon.com/sns/latest/dg/message-filtering-apply.html>
fn none(attribute: &str) -> Option<&'static str> {
    match attribute {
        "FilterPolicy" => Some("{}"),
        "RawMessageDelivery" => Some("false"),
        _ => None,
    }
}

/// The arguments that are attributes of a subscription, a filter's scope before the filter.
/// <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>
const ATTRIBUTES: [(Prop<TopicSubscriptionArgs>, &str); 6] = [
    (TopicSubscriptionArgs::DELIVERY_POLICY, "DeliveryPolicy"),
    (TopicSubscriptionArgs::FILTER_POLICY_SCOPE, SCOPE),
    (TopicSubscriptionArgs::FILTER_POLICY, "FilterPolicy"),
    (TopicSubscriptionArgs::RAW_MESSAGE_DELIVERY, "RawMessageDelivery"),
    (TopicSubscriptionArgs::REDRIVE_POLICY, "RedrivePolicy"),
    (TopicSubscriptionArgs::SUBSCRIPTION_ROLE_ARN, "SubscriptionRoleArn"),
];

fn attributes(args: &TopicSubscriptionArgs) -> HashMap<String, String> {
    let text = |policy: &Option<Json>| policy.as_ref().map(|policy| policy.0.to_string());
    // A scope without a filter means nothing, and AWS does not show it.
    let scope = args.filter_policy.is_some().then(|| args.filter_policy_scope.clone());
    let all = [
        ("DeliveryPolicy", text(&args.delivery_policy)),
        ("FilterPolicy", text(&args.filter_policy)),
        (SCOPE, scope),
        ("RawMessageDelivery", args.raw_message_delivery.then(|| "true".to_owned())),
        ("RedrivePolicy", text(&args.redrive_policy)),
        ("SubscriptionRoleArn", args.subscription_role_arn.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The subscription of this endpoint that the topic has already.
async fn find(cx: &Cx, args: &TopicSubscriptionArgs) -> Result<Option<String>> {
    let list = cx.client::<Client>()?.list_subscriptions_by_topic().topic_arn(&args.topic);
    let mut all = list.into_paginator().items().send();
    while let Some(there) = all.try_next().await? {
        let arn = there.subscription_arn().unwrap_or_default();
        let same = there.protocol() == Some(&args.protocol) && there.endpoint() == Some(&args.endpoint);
        // One that nobody has confirmed yet shows a word in place of its ARN.
        if same && arn.starts_with("arn:") {
            return Ok(Some(arn.to_owned()));
        }
    }
    Ok(None)
}

async fn look(cx: &Cx, arn: &str) -> Result<Option<HashMap<String, String>>> {
    let client = cx.client::<Client>()?;
    let answer = found(client.get_subscription_attributes().subscription_arn(arn).send().await)?;
    Ok(answer.map(|answer| answer.attributes.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(protocol: &str, endpoint: &str, raw: bool) -> Vec<String> {
        let inputs = TopicSubscriptionInputs {
            protocol: protocol.into(),
            endpoint: endpoint.into(),
            raw_message_delivery: raw.into(),
            ..TopicSubscriptionInputs::default()
        };
        let mut failures = Failures::new();
        TopicSubscription::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn an_endpoint_is_of_its_protocol() {
        assert!(failures("email", "ops@example.com", false).is_empty());
        assert!(failures("email", "https://example.com", false)[0].contains("give an e-mail address"));
        assert!(failures("https", "http://example.com", false)[0].contains("https://"));
        assert!(failures("sqs", "jobs", false)[0].contains("give an ARN"));
        assert!(failures("sms", "0123", false)[0].contains("+14155550123"));
        assert!(failures("lambda", "arn:aws:lambda:x", true)[0].starts_with("rawMessageDelivery: "));
        assert!(failures("firehose", "arn:aws:firehose:x", true)[0].starts_with("subscriptionRoleArn: "));
    }
}
