//! A delivery: connects a source of logs with a destination.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{self, S3DeliveryConfiguration};

use super::log_group::LogTags;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::Model;

/// The location and format of logs in an S3 bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LogS3Delivery {
    /// Whether the keys of the objects are compatible with Apache Hive. Defaults to `false`.
    #[model(aws_default)]
    pub enable_hive_compatible_path: Option<bool>,
    /// The suffix of the object keys, with variables such as `{yyyy}` that depend on the log type.
    /// Defaults to the suffix path of the log type.
    #[model(aws_default, length = 1..=256)]
    pub suffix_path: Option<String>,
}

/// A CloudWatch Logs delivery: connects a `LogDeliverySource` with a `LogDeliveryDestination`. A
/// source has at most one delivery to each type of destination.
#[derive(Clone, Debug, Model)]
pub struct LogDeliveryArgs {
    /// The ARN of the delivery destination.
    #[model(replace, check = super::check_arn)]
    pub delivery_destination_arn: String,
    /// The name of the delivery source.
    #[model(replace, length = 1..=60)]
    pub delivery_source_name: String,
    /// The delimiter between the fields of a record, for the formats `plain`, `w3c` and `raw`.
    #[model(in_place, aws_default, told, length = 0..=5)]
    pub field_delimiter: Option<String>,
    /// The fields of a record to deliver, in order. Mandatory fields of the log type must be among
    /// them. Defaults to all fields.
    #[model(in_place, aws_default, told, length = 0..=128)]
    pub record_fields: Option<Vec<String>>,
    /// The location and format of the logs, if the destination is an S3 bucket.
    #[model(in_place, aws_default, told, length = 0..=1)]
    pub s3_delivery_configurations: Option<Vec<LogS3Delivery>>,
    /// The tags of the delivery.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a delivery.
#[derive(Clone, Debug, Model)]
pub struct LogDeliveryState {
    /// The ARN of the delivery.
    pub arn: String,
}

/// A delivery.
pub struct LogDelivery;

impl Kind for LogDelivery {
    const TOKEN: &'static str = "agentic:cloudwatch:LogDelivery";
    const ID: &'static str = "the ID of the delivery, such as `jsoGVi4Zq8VlYp9n`";
    const TAGS: TaggedBy = TaggedBy::service::<LogTags>();
    const ACTIONS: Actions = Actions {
        create: &["logs:CreateDelivery", "logs:DescribeDeliveries", "logs:GetDelivery"],
        read: &["logs:GetDelivery"],
        update: &["logs:UpdateDeliveryConfiguration"],
        delete: &["logs:DeleteDelivery"],
    };
    // A source has one delivery to a destination.
    const ALONE: bool = true;

    type Args = LogDeliveryArgs;
    type State = LogDeliveryState;

    async fn create(cx: &Cx, args: &LogDeliveryArgs) -> Result<String> {
        let make = cx.client::<Client>()?.create_delivery().delivery_source_name(&args.delivery_source_name);
        let make = make.delivery_destination_arn(&args.delivery_destination_arn);
        let made = make
            .set_field_delimiter(args.field_delimiter.clone())
            .set_record_fields(args.record_fields.clone())
            .set_s3_delivery_configuration(bucket(args))
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.code() == Some("ConflictException") => match there(cx, args).await? {
                Some(id) => {
                    let error = error.with_kind(ErrorKind::AlreadyExists);
                    claim::<Self>(cx, &id, args, error, "log delivery").await
                }
                None => Err(error),
            },
            made => {
                let made = made?.delivery;
                let id = made.as_ref().and_then(|delivery| delivery.id.clone()).unwrap_or_default();
                if let Some(delivery) = made {
                    cx.tell(id.clone(), delivery);
                }
                Ok(id)
            }
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let delivery = match cx.told(&id.to_owned()) {
            Some(told) => Some(told),
            None => {
                let answer = found(cx.client::<Client>()?.get_delivery().id(id).send().await)?;
                answer.and_then(|answer| answer.delivery)
            }
        };
        let Some(delivery) = delivery else { return Ok(None) };
        let bucket = delivery.s3_delivery_configuration.map(|it| LogS3Delivery {
            enable_hive_compatible_path: it.enable_hive_compatible_path,
            suffix_path: it.suffix_path.filter(|path| !path.is_empty()),
        });
        Ok(Some(Live {
            args: LogDeliveryObserved {
                delivery_destination_arn: delivery.delivery_destination_arn,
                delivery_source_name: delivery.delivery_source_name,
                field_delimiter: Some(delivery.field_delimiter),
                record_fields: Some(delivery.record_fields),
                s3_delivery_configurations: Some(bucket.map(|bucket| vec![bucket])),
                ..LogDeliveryObserved::default()
            },
            state: LogDeliveryState { arn: delivery.arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<LogDeliveryArgs>) -> Result<()> {
        let new = &update.new;
        let these = [
            LogDeliveryArgs::FIELD_DELIMITER,
            LogDeliveryArgs::RECORD_FIELDS,
            LogDeliveryArgs::S3_DELIVERY_CONFIGURATIONS,
        ];
        if update.any(&these) {
            let change = cx.client::<Client>()?.update_delivery_configuration().id(id);
            let change = change.set_field_delimiter(new.field_delimiter.clone());
            let change = change.set_record_fields(new.record_fields.clone());
            change.set_s3_delivery_configuration(bucket(new)).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogDeliveryArgs) -> Result<()> {
        cx.client::<Client>()?.delete_delivery().id(id).send().await?;
        Ok(())
    }
}

fn bucket(args: &LogDeliveryArgs) -> Option<S3DeliveryConfiguration> {
    let given = args.s3_delivery_configurations.as_ref()?.first()?;
    let built = S3DeliveryConfiguration::builder().set_suffix_path(given.suffix_path.clone());
    Some(built.set_enable_hive_compatible_path(given.enable_hive_compatible_path).build())
}

/// The id of the delivery that is between these two already.
async fn there(cx: &Cx, args: &LogDeliveryArgs) -> Result<Option<String>> {
    let mut pages = cx.client::<Client>()?.describe_deliveries().into_paginator().items().send();
    while let Some(delivery) = pages.try_next().await? {
        if is_between(&delivery, args) {
            return Ok(delivery.id);
        }
    }
    Ok(None)
}

fn is_between(delivery: &types::Delivery, args: &LogDeliveryArgs) -> bool {
    delivery.delivery_source_name() == Some(&args.delivery_source_name)
        && delivery.delivery_destination_arn() == Some(&args.delivery_destination_arn)
}
