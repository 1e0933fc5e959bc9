//! A delivery source: a resource of AWS whose logs or traces are to be delivered.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::DeliverySource;

use super::log_group::LogTags;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, TaggedBy, claim};
use crate::model::Model;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html>
const SOURCE: NameRule = NameRule { what: "log delivery source", max: 60, ..PLAIN };

/// A CloudWatch Logs delivery source: an AWS resource whose logs or traces can be delivered to S3,
/// CloudWatch Logs, Data Firehose or X-Ray. A `LogDelivery` connects it with a destination.
#[derive(Clone, Debug, Model)]
pub struct LogDeliverySourceArgs {
    /// The type of the logs, such as `APPLICATION_LOGS` or `TRACES` of a Bedrock AgentCore runtime,
    /// or `ACCESS_LOGS` of a CloudFront distribution. The documentation of the service that sends
    /// the logs lists its types.
    #[model(replace, length = 1..=255)]
    pub log_type: String,
    /// The name of the delivery source, unique in the account and region.
    #[model(replace, autoname)]
    pub name: String,
    /// The ARN of the resource that sends the logs.
    #[model(replace, check = super::check_arn)]
    pub resource_arn: String,
    /// The tags of the delivery source.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a delivery source.
#[derive(Clone, Debug, Model)]
pub struct LogDeliverySourceState {
    /// The ARN of the delivery source.
    pub arn: String,
    /// The AWS service that sends the logs, such as `bedrock-agentcore`.
    pub service: String,
}

/// A delivery source.
pub struct LogDeliverySource;

impl Kind for LogDeliverySource {
    const TOKEN: &'static str = "agentic:cloudwatch:LogDeliverySource";
    const ID: &'static str = "the name of the delivery source";
    const TAGS: TaggedBy = TaggedBy::service::<LogTags>();
    const ACTIONS: Actions = Actions {
        create: &["logs:GetDeliverySource", "logs:PutDeliverySource"],
        read: &["logs:GetDeliverySource"],
        update: &[],
        delete: &["logs:DeleteDeliverySource"],
    };
    const NAME: Option<&'static NameRule> = Some(&SOURCE);

    type Args = LogDeliverySourceArgs;
    type State = LogDeliverySourceState;

    async fn create(cx: &Cx, args: &LogDeliverySourceArgs) -> Result<String> {
        // Putting one overwrites whatever has its name.
        if find(cx, &args.name).await?.is_some() {
            return claim::<Self>(cx, &args.name, args, None, "log delivery source").await;
        }
        let put = cx.client::<Client>()?.put_delivery_source().name(&args.name).log_type(&args.log_type);
        let put = put.resource_arn(&args.resource_arn);
        let made = put.set_tags(Some(cx.owned(&args.tags).into_iter().collect())).send().await?;
        if let Some(source) = made.delivery_source {
            cx.tell(args.name.clone(), source);
        }
        Ok(args.name.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(source) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: LogDeliverySourceObserved {
                resource_arn: source.resource_arns().first().cloned(),
                log_type: source.log_type,
                name: Some(id.to_owned()),
                ..LogDeliverySourceObserved::default()
            },
            state: LogDeliverySourceState {
                arn: source.arn.unwrap_or_default(),
                service: source.service.unwrap_or_default(),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogDeliverySourceArgs) -> Result<()> {
        cx.client::<Client>()?.delete_delivery_source().name(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<DeliverySource>> {
    let client = cx.client::<Client>()?;
    let look = move |name: String| {
        let call = client.get_delivery_source().name(name);
        async move { Ok(found(call.send().await)?.and_then(|answer| answer.delivery_source)) }
    };
    cx.alone(name.to_owned(), look).await
}
