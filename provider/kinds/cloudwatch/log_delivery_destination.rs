//! A delivery destination: where logs or traces are delivered to.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{
    DeliveryDestination, DeliveryDestinationConfiguration, DeliveryDestinationType, OutputFormat,
};

use super::log_group::LogTags;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, claim};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html>
const DESTINATION: NameRule = NameRule { what: "log delivery destination", max: 60, ..PLAIN };

/// The resource that receives the logs.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LogDestinationConfiguration {
    /// The ARN of the S3 bucket, CloudWatch Logs log group or Firehose stream that receives the
    /// logs.
    #[model(check = super::check_arn)]
    pub destination_resource_arn: String,
}

/// A CloudWatch Logs delivery destination: an S3 bucket, a log group, a Firehose stream or X-Ray,
/// which receives what delivery sources send. A `LogDelivery` connects it with a source.
#[derive(Clone, Debug, Model)]
pub struct LogDeliveryDestinationArgs {
    /// The resource that receives the logs. Required unless `deliveryDestinationType` is `XRAY`. A
    /// change to a resource of another service replaces the delivery destination.
    #[model(in_place)]
    pub delivery_destination_configuration: Option<LogDestinationConfiguration>,
    /// The type of the destination: an S3 bucket (`S3`), a log group (`CWL`), a Firehose stream
    /// (`FH`) or X-Ray, for traces (`XRAY`). Defaults to the type of the resource in
    /// `deliveryDestinationConfiguration`.
    #[model(replace, aws_default, told, one_of = ["S3", "CWL", "FH", "XRAY"])]
    pub delivery_destination_type: Option<String>,
    /// The name of the delivery destination, unique in the account and region.
    #[model(replace, autoname)]
    pub name: String,
    /// The format of the delivered logs. Defaults to the format that the source and the destination
    /// have in common.
    #[model(replace, aws_default, one_of = ["json", "plain", "w3c", "raw", "parquet"])]
    pub output_format: Option<String>,
    /// The tags of the delivery destination.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a delivery destination.
#[derive(Clone, Debug, Model)]
pub struct LogDeliveryDestinationState {
    /// The ARN of the delivery destination.
    pub arn: String,
}

/// A delivery destination.
pub struct LogDeliveryDestination;

impl Kind for LogDeliveryDestination {
    const TOKEN: &'static str = "agentic:cloudwatch:LogDeliveryDestination";
    const ID: &'static str = "the name of the delivery destination";
    const TAGS: TaggedBy = TaggedBy::service::<LogTags>();
    const ACTIONS: Actions = Actions {
        create: &["logs:GetDeliveryDestination", "logs:PutDeliveryDestination"],
        read: &["logs:GetDeliveryDestination"],
        update: &["logs:PutDeliveryDestination"],
        delete: &["logs:DeleteDeliveryDestination"],
    };
    const NAME: Option<&'static NameRule> = Some(&DESTINATION);

    type Args = LogDeliveryDestinationArgs;
    type State = LogDeliveryDestinationState;

    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html>
    fn rules(args: &LogDeliveryDestinationInputs, failures: &mut Failures) {
        let is_traces = args.delivery_destination_type.get().is_some_and(|kind| kind == "XRAY");
        let configuration = &args.delivery_destination_configuration;
        let this = LogDeliveryDestinationArgs::DELIVERY_DESTINATION_CONFIGURATION;
        if is_traces && configuration.get().is_some() {
            failures.add(this, "is not for deliveryDestinationType XRAY; leave it out");
        }
        let may_be_traces = is_traces || args.delivery_destination_type.is_unknown();
        if !may_be_traces && !configuration.is_set() {
            failures.add(
                this,
                "is missing; give destinationResourceArn: the ARN of a bucket, log group or Firehose stream",
            );
        }
        let Some(arn) = configuration.get().and_then(|it| it.destination_resource_arn.get()) else { return };
        if let (Some(given), Some(actual)) = (args.delivery_destination_type.get(), type_of(arn))
            && given != actual
            && !is_traces
        {
            let reason = format!("is {given}, but {arn} is of the type {actual}; leave it out");
            failures.add(LogDeliveryDestinationArgs::DELIVERY_DESTINATION_TYPE, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let this = LogDeliveryDestinationArgs::DELIVERY_DESTINATION_CONFIGURATION;
        let kind = |args: &LogDeliveryDestinationInputs| {
            let configuration = args.delivery_destination_configuration.get()?;
            type_of(configuration.destination_resource_arn.get()?)
        };
        if review.changes(this) && kind(review.old) != kind(review.new) {
            review.replace(this);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &LogDeliveryDestinationArgs) -> Result<String> {
        // Putting one overwrites whatever has its name.
        if find(cx, &args.name).await?.is_some() {
            return claim::<Self>(cx, &args.name, args, None, "log delivery destination").await;
        }
        let put = put(cx, args)?;
        let made = put.set_tags(Some(cx.owned(&args.tags).into_iter().collect())).send().await?;
        if let Some(destination) = made.delivery_destination {
            cx.tell(args.name.clone(), destination);
        }
        Ok(args.name.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let target = there.delivery_destination_configuration.map(|it| it.destination_resource_arn);
        let target = target.filter(|arn| !arn.is_empty());
        Ok(Some(Live {
            args: LogDeliveryDestinationObserved {
                delivery_destination_configuration: Some(target.map(|destination_resource_arn| {
                    LogDestinationConfiguration { destination_resource_arn }
                })),
                delivery_destination_type: Some(
                    there.delivery_destination_type.map(|kind| kind.as_str().to_owned()),
                ),
                name: Some(id.to_owned()),
                output_format: Some(there.output_format.map(|format| format.as_str().to_owned())),
                ..LogDeliveryDestinationObserved::default()
            },
            state: LogDeliveryDestinationState { arn: there.arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<LogDeliveryDestinationArgs>) -> Result<()> {
        put(cx, &update.new)?.send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogDeliveryDestinationArgs) -> Result<()> {
        cx.client::<Client>()?.delete_delivery_destination().name(id).send().await?;
        Ok(())
    }
}

type Put =
    aws_sdk_cloudwatchlogs::operation::put_delivery_destination::builders::PutDeliveryDestinationFluentBuilder;

/// The whole destination; a format that is not named stays as it is.
fn put(cx: &Cx, args: &LogDeliveryDestinationArgs) -> Result<Put> {
    let target = args.delivery_destination_configuration.as_ref().map(|it| {
        let configuration = DeliveryDestinationConfiguration::builder();
        configuration.destination_resource_arn(&it.destination_resource_arn).build()
    });
    Ok(cx
        .client::<Client>()?
        .put_delivery_destination()
        .name(&args.name)
        .set_delivery_destination_configuration(target.transpose().map_err(Error::from)?)
        .set_delivery_destination_type(
            args.delivery_destination_type.as_deref().map(DeliveryDestinationType::from),
        )
        .set_output_format(args.output_format.as_deref().map(OutputFormat::from)))
}

async fn find(cx: &Cx, name: &str) -> Result<Option<DeliveryDestination>> {
    let client = cx.client::<Client>()?;
    let look = move |name: String| {
        let call = client.get_delivery_destination().name(name);
        async move { Ok(found(call.send().await)?.and_then(|answer| answer.delivery_destination)) }
    };
    cx.alone(name.to_owned(), look).await
}

/// The type of destination that a resource is, by its ARN.
fn type_of(arn: &str) -> Option<&'static str> {
    match arn.split(':').nth(2)? {
        "s3" => Some("S3"),
        "logs" => Some("CWL"),
        "firehose" => Some("FH"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::In;

    fn failures(kind: Option<&str>, arn: Option<&str>) -> String {
        let configuration =
            arn.map(|arn| LogDestinationConfigurationInput { destination_resource_arn: arn.into() });
        let inputs = LogDeliveryDestinationInputs {
            delivery_destination_type: kind.map(str::to_owned).into(),
            delivery_destination_configuration: configuration.map_or_else(In::default, In::known),
            ..LogDeliveryDestinationInputs::default()
        };
        let mut failures = Failures::new();
        LogDeliveryDestination::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn only_traces_have_no_resource_to_go_to() {
        let bucket = "arn:aws:s3:::logs";
        assert_eq!(failures(None, Some(bucket)), "");
        assert_eq!(failures(Some("XRAY"), None), "");
        assert!(failures(None, None).contains("deliveryDestinationConfiguration: is missing"));
        assert!(failures(Some("XRAY"), Some(bucket)).contains("leave it out"));
        assert!(failures(Some("CWL"), Some(bucket)).contains("of the type S3"));
    }
}
