//! Who is told of what happens to the objects of a bucket.

use std::fmt::Write;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
    TopicConfiguration,
};

use super::{check_bucket, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::{Actions, Kind, Live, Observed, Update};
use crate::model::{Failures, In, Model, Path, Prop};

/// The notifications of an S3 bucket: events that it sends to functions, queues, topics and
/// EventBridge. Notifications that are not listed are removed. The policy of each destination must
/// allow `s3.amazonaws.com` to send to it.
#[derive(Clone, Debug, Model)]
pub struct BucketNotificationArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// Whether all events are sent to Amazon EventBridge.
    #[model(in_place, default = false)]
    pub eventbridge: bool,
    /// The Lambda functions that receive events.
    #[model(in_place, set, default = [])]
    pub lambda_functions: Vec<NotifiedFunction>,
    /// The SQS queues that receive events.
    #[model(in_place, set, default = [])]
    pub queues: Vec<NotifiedQueue>,
    /// The SNS topics that receive events.
    #[model(in_place, set, default = [])]
    pub topics: Vec<NotifiedTopic>,
}

/// Which events are sent.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Notified {
    /// The events, such as `s3:ObjectCreated:*`.
    #[model(set, check = check_event)]
    pub events: Vec<String>,
    /// The prefix of the keys of the objects. If omitted, all objects match.
    #[model(default = "")]
    pub filter_prefix: String,
    /// The suffix of the keys of the objects. If omitted, all objects match.
    #[model(default = "")]
    pub filter_suffix: String,
    /// The ID of the notification. If omitted, AWS generates one.
    #[model(aws_default, length = 1..=255)]
    pub id: Option<String>,
}

/// A Lambda function that receives events.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NotifiedFunction {
    #[model(flatten)]
    pub notified: Notified,
    /// The ARN of the function.
    pub lambda_function_arn: String,
}

/// An SQS queue that receives events.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NotifiedQueue {
    #[model(flatten)]
    pub notified: Notified,
    /// The ARN of the queue, which must not be a FIFO queue.
    #[model(check = check_standard)]
    pub queue_arn: String,
}

/// An SNS topic that receives events.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NotifiedTopic {
    #[model(flatten)]
    pub notified: Notified,
    /// The ARN of the topic, which must not be a FIFO topic.
    #[model(check = check_standard)]
    pub topic_arn: String,
}

/// The outputs of notifications.
#[derive(Clone, Debug, Model)]
pub struct BucketNotificationState {}

/// The notifications of a bucket.
pub struct BucketNotification;

impl Kind for BucketNotification {
    const TOKEN: &'static str = "agentic:s3:BucketNotification";
    const ID: &'static str = "the name of the bucket";
    const ACTIONS: Actions = Actions {
        create: &["s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketTagging"],
        read: &["s3:GetBucketNotification"],
        update: &["s3:PutBucketNotification"],
        delete: &["s3:PutBucketNotification"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketNotificationArgs::BUCKET];

    type Args = BucketNotificationArgs;
    type State = BucketNotificationState;

    fn rules(args: &BucketNotificationInputs, failures: &mut Failures) {
        let has = |is_set: bool, is_empty: bool| is_set && !is_empty;
        let lists = [
            has(args.lambda_functions.is_set(), args.lambda_functions.get().is_some_and(Vec::is_empty)),
            has(args.queues.is_set(), args.queues.get().is_some_and(Vec::is_empty)),
            has(args.topics.is_set(), args.topics.get().is_some_and(Vec::is_empty)),
            args.eventbridge.is_unknown() || args.eventbridge.get() == Some(&true),
        ];
        if !lists.contains(&true) {
            let reason = "is missing; give one of topics, queues and lambdaFunctions, or eventbridge: true";
            failures.add(BucketNotificationArgs::TOPICS, reason);
        }
        check_events(
            &args.lambda_functions,
            BucketNotificationArgs::LAMBDA_FUNCTIONS.into(),
            |it| &it.notified,
            failures,
        );
        check_events(&args.queues, BucketNotificationArgs::QUEUES.into(), |it| &it.notified, failures);
        check_events(&args.topics, BucketNotificationArgs::TOPICS.into(), |it| &it.notified, failures);
    }

    async fn create(cx: &Cx, args: &BucketNotificationArgs) -> Result<String> {
        let there = find(cx, &args.bucket).await;
        let what = "set of notifications";
        settings::give::<Self>(cx, &args.bucket, args, there, what, put(cx, &args.bucket, Some(args))).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = found(find(cx, id).await)?.flatten();
        Ok(there.map(|args| Live { args, state: BucketNotificationState {} }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<BucketNotificationArgs>) -> Result<()> {
        put(cx, id, Some(&update.new)).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketNotificationArgs) -> Result<()> {
        put(cx, id, None).await
    }
}

/// The notifications of a bucket, where it has any.
async fn find(cx: &Cx, bucket: &str) -> Result<Option<Observed<BucketNotification>>> {
    let get = cx.client::<Client>()?.get_bucket_notification_configuration().bucket(bucket);
    let Some(there) = setting(get.send()).await? else { return Ok(None) };
    let is_none = there.event_bridge_configuration.is_none()
        && there.lambda_function_configurations().is_empty()
        && there.queue_configurations().is_empty()
        && there.topic_configurations().is_empty();
    Ok((!is_none).then(|| from_aws(bucket, &there).into()))
}

fn from_aws(bucket: &str, there: &GetBucketNotificationConfigurationOutput) -> BucketNotificationArgs {
    let function = |it: &LambdaFunctionConfiguration| NotifiedFunction {
        notified: Notified::from_aws(&it.events, it.filter(), it.id()),
        lambda_function_arn: it.lambda_function_arn.clone(),
    };
    let queue = |it: &QueueConfiguration| NotifiedQueue {
        notified: Notified::from_aws(&it.events, it.filter(), it.id()),
        queue_arn: it.queue_arn.clone(),
    };
    let topic = |it: &TopicConfiguration| NotifiedTopic {
        notified: Notified::from_aws(&it.events, it.filter(), it.id()),
        topic_arn: it.topic_arn.clone(),
    };
    BucketNotificationArgs {
        bucket: bucket.to_owned(),
        eventbridge: there.event_bridge_configuration.is_some(),
        lambda_functions: there.lambda_function_configurations().iter().map(function).collect(),
        queues: there.queue_configurations().iter().map(queue).collect(),
        topics: there.topic_configurations().iter().map(topic).collect(),
    }
}

impl Notified {
    fn from_aws(
        events: &[Event],
        filter: Option<&NotificationConfigurationFilter>,
        id: Option<&str>,
    ) -> Self {
        let rules = filter.and_then(|filter| filter.key()).map(|key| key.filter_rules()).unwrap_or_default();
        // AWS gives the names in capitals.
        let value = |name: &str| {
            let is_it = |rule: &&FilterRule| {
                rule.name().is_some_and(|found| found.as_str().eq_ignore_ascii_case(name))
            };
            rules.iter().find(is_it).and_then(|rule| rule.value.clone()).unwrap_or_default()
        };
        Notified {
            events: events.iter().map(|event| event.as_str().to_owned()).collect(),
            filter_prefix: value("prefix"),
            filter_suffix: value("suffix"),
            id: id.map(str::to_owned),
        }
    }

    fn events(&self) -> Vec<Event> {
        self.events.iter().map(|event| Event::from(event.as_str())).collect()
    }

    fn filter(&self) -> Option<NotificationConfigurationFilter> {
        let both =
            [(FilterRuleName::Prefix, &self.filter_prefix), (FilterRuleName::Suffix, &self.filter_suffix)];
        let rule =
            |(name, value): (FilterRuleName, &String)| FilterRule::builder().name(name).value(value).build();
        let rules: Vec<_> = both.into_iter().filter(|(_, value)| !value.is_empty()).map(rule).collect();
        let key = || S3KeyFilter::builder().set_filter_rules(Some(rules.clone())).build();
        (!rules.is_empty()).then(|| NotificationConfigurationFilter::builder().key(key()).build())
    }
}

async fn put(cx: &Cx, bucket: &str, args: Option<&BucketNotificationArgs>) -> Result<()> {
    let config = args.map_or_else(|| Ok(NotificationConfiguration::builder().build()), to_aws)?;
    let put = cx.client::<Client>()?.put_bucket_notification_configuration().bucket(bucket);
    put.notification_configuration(config).send().await?;
    Ok(())
}

fn to_aws(args: &BucketNotificationArgs) -> Result<NotificationConfiguration> {
    let function = |it: &NotifiedFunction| {
        let built = LambdaFunctionConfiguration::builder().lambda_function_arn(&it.lambda_function_arn);
        let built = built.set_events(Some(it.notified.events())).set_filter(it.notified.filter());
        built.set_id(it.notified.id.clone()).build()
    };
    let queue = |it: &NotifiedQueue| {
        let built = QueueConfiguration::builder().queue_arn(&it.queue_arn);
        let built = built.set_events(Some(it.notified.events())).set_filter(it.notified.filter());
        built.set_id(it.notified.id.clone()).build()
    };
    let topic = |it: &NotifiedTopic| {
        let built = TopicConfiguration::builder().topic_arn(&it.topic_arn);
        let built = built.set_events(Some(it.notified.events())).set_filter(it.notified.filter());
        built.set_id(it.notified.id.clone()).build()
    };
    let functions: Vec<_> = args.lambda_functions.iter().map(function).collect::<Result<_, _>>()?;
    let queues: Vec<_> = args.queues.iter().map(queue).collect::<Result<_, _>>()?;
    let topics: Vec<_> = args.topics.iter().map(topic).collect::<Result<_, _>>()?;
    Ok(NotificationConfiguration::builder()
        .set_event_bridge_configuration(args.eventbridge.then(|| EventBridgeConfiguration::builder().build()))
        .set_lambda_function_configurations(Some(functions).filter(|it| !it.is_empty()))
        .set_queue_configurations(Some(queues).filter(|it| !it.is_empty()))
        .set_topic_configurations(Some(topics).filter(|it| !it.is_empty()))
        .build())
}

/// Each notification sends something, and no ID comes twice.
fn check_events<T>(list: &In<Vec<In<T>>>, at: Path, of: fn(&T) -> &NotifiedInput, failures: &mut Failures) {
    for (index, notified) in list.get().into_iter().flatten().enumerate() {
        let Some(notified) = notified.get().map(of) else { continue };
        if notified.events.get().is_some_and(Vec::is_empty) {
            let reason = "is empty; give at least one event, such as s3:ObjectCreated:*";
            failures.add(at.index(index).key(Notified::EVENTS), reason);
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html>
fn check_event(event: &str) -> Result<(), String> {
    match event.starts_with("s3:") {
        true => Ok(()),
        false => {
            let mut text = format!("is {event:?}; give an event of S3, such as s3:ObjectCreated:*");
            if event.starts_with("Object") {
                let _ = write!(text, " or s3:{event}");
            }
            Err(text)
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html>
fn check_standard(arn: &str) -> Result<(), String> {
    match (arn.starts_with("arn:"), arn.ends_with(".fifo")) {
        (false, _) => Err(format!("is {arn:?}; give an ARN")),
        (_, true) => Err(format!("is {arn:?}; S3 cannot send to FIFO queues and FIFO topics")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn input(args: serde_json::Value) -> BucketNotificationInputs {
        BucketNotificationArgs::read(Value::from_json(&args).as_object().unwrap(), &mut Failures::new())
    }

    #[test]
    fn a_notification_goes_somewhere() {
        let told = |args: serde_json::Value| {
            let mut failures = Failures::new();
            BucketNotification::rules(&input(args), &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told(json!({ "eventbridge": true })), [""; 0]);
        assert_eq!(told(json!({})), ["topics"]);
        let none = json!({ "queues": [{ "queueArn": "arn:aws:sqs:eu-west-1:1:a", "events": [] }] });
        assert_eq!(told(none), ["queues[0].events"]);
        assert!(check_event("ObjectCreated:*").unwrap_err().ends_with("or s3:ObjectCreated:*"));
        assert!(check_standard("arn:aws:sqs:eu-west-1:1:a.fifo").is_err());
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let of = |key: &str, arn: &str| {
            json!([{
                key: arn,
                "id": "one",
                "events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
                "filterPrefix": "uploads/",
                "filterSuffix": ".jpg",
            }])
        };
        let input = input(json!({
            "bucket": "uploads",
            "eventbridge": true,
            "lambdaFunctions": of("lambdaFunctionArn", "arn:aws:lambda:eu-west-1:1:function:a"),
            "queues": of("queueArn", "arn:aws:sqs:eu-west-1:1:a"),
            "topics": of("topicArn", "arn:aws:sns:eu-west-1:1:a"),
        }));
        let mut failures = Failures::new();
        let args = BucketNotificationArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        let sent = to_aws(&args).unwrap();
        let answer = GetBucketNotificationConfigurationOutput::builder()
            .set_event_bridge_configuration(sent.event_bridge_configuration)
            .set_lambda_function_configurations(sent.lambda_function_configurations)
            .set_queue_configurations(sent.queue_configurations)
            .set_topic_configurations(sent.topic_configurations)
            .build();
        let read = from_aws("uploads", &answer);
        assert_eq!(read.encode_fields(), args.encode_fields());
    }
}
