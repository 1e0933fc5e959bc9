//! A flow log: what passes through a VPC, a subnet or a network interface.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, DestinationFileFormat, DestinationOptionsRequest, FlowLogsResourceType, LogDestinationType,
    ResourceType, TrafficType,
};

use super::{Ec2Tags, exactly_one, filter, find_by_id, left_behind, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, claim};
use crate::model::{Failures, In, Model, Prop};

const LOGS: &str = "cloud-watch-logs";
const BUCKET: &str = "s3";
const STREAM: &str = "kinesis-data-firehose";

/// The format of flow logs in an S3 bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct FlowLogDestinationOptions {
    /// The format of the files.
    #[model(default = "plain-text", one_of = ["plain-text", "parquet"])]
    pub file_format: String,
    /// Whether the keys of the files are compatible with Apache Hive.
    #[model(default = false)]
    pub hive_compatible_partitions: bool,
    /// Whether files are partitioned by hour, which makes queries faster and cheaper, instead of by
    /// day.
    #[model(default = false)]
    pub per_hour_partition: bool,
}

/// A flow log: records the IP traffic of a VPC, a subnet, a network interface or a transit gateway.
/// AWS charges for the logs. A flow log cannot be changed in place: any change except to its tags
/// replaces it.
#[derive(Clone, Debug, Model)]
pub struct FlowLogArgs {
    /// The ARN of the IAM role with which flow logs are delivered to another account.
    #[model(replace, check = check_role)]
    pub deliver_cross_account_role: Option<String>,
    /// The format of the logs in an S3 bucket.
    #[model(replace)]
    pub destination_options: Option<FlowLogDestinationOptions>,
    /// The ID of the network interface to record the traffic of.
    #[model(replace, check = ids::interface)]
    pub eni_id: Option<String>,
    /// The ARN of the IAM role that may write to the log group. Required for `cloud-watch-logs`, and
    /// for a Firehose stream in another account. It must trust `vpc-flow-logs.amazonaws.com`.
    #[model(replace, check = check_role)]
    pub iam_role_arn: Option<String>,
    /// The ARN of the CloudWatch Logs log group, the S3 bucket (with an optional folder) or the
    /// Firehose stream that receives the logs.
    #[model(replace, optional_type, check = check_destination)]
    pub log_destination: String,
    /// The type of the destination.
    #[model(replace, default = LOGS, one_of = [LOGS, BUCKET, STREAM])]
    pub log_destination_type: String,
    /// The format of a record, as a list of fields such as `${version} ${srcaddr} ${dstaddr}`. If
    /// omitted, AWS uses its default format.
    #[model(replace, aws_default, told)]
    pub log_format: Option<String>,
    /// The maximum aggregation interval in seconds, during which packets are aggregated into one
    /// record: 60 or 600. A transit gateway requires 60.
    #[model(replace, default = 600, numbers = [60, 600])]
    pub max_aggregation_interval: i64,
    /// The ID of the subnet to record the traffic of.
    #[model(replace, check = ids::subnet)]
    pub subnet_id: Option<String>,
    /// The tags of the flow log.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The traffic to record. Required, except for a transit gateway.
    #[model(replace, one_of = ["ACCEPT", "REJECT", "ALL"])]
    pub traffic_type: Option<String>,
    /// The ID of the transit gateway attachment to record the traffic of.
    #[model(replace)]
    pub transit_gateway_attachment_id: Option<String>,
    /// The ID of the transit gateway to record the traffic of.
    #[model(replace, check = ids::transit_gateway)]
    pub transit_gateway_id: Option<String>,
    /// The ID of the VPC to record the traffic of.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: Option<String>,
}

/// What AWS says of a flow log.
#[derive(Clone, Debug, Model)]
pub struct FlowLogState {
    /// The ARN of the flow log.
    pub arn: String,
}

/// What passes through a network.
pub struct FlowLog;

impl Kind for FlowLog {
    const TOKEN: &'static str = "agentic:ec2:FlowLog";
    const ID: &'static str = "the ID of the flow log, such as `fl-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateFlowLogs",
            "ec2:DescribeTags",
            "ec2:DescribeFlowLogs",
            "iam:PassRole",
            "logs:CreateLogDelivery",
        ],
        read: &["ec2:DescribeFlowLogs"],
        update: &[],
        delete: &["ec2:DeleteFlowLogs", "logs:DeleteLogDelivery"],
    };
    // AWS takes no second one from the same place to the same destination.
    const APART: &'static [Prop<FlowLogArgs>] = &[
        FlowLogArgs::ENI_ID,
        FlowLogArgs::LOG_DESTINATION,
        FlowLogArgs::SUBNET_ID,
        FlowLogArgs::TRANSIT_GATEWAY_ATTACHMENT_ID,
        FlowLogArgs::TRANSIT_GATEWAY_ID,
        FlowLogArgs::VPC_ID,
    ];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::FLOW_LOG;

    type Args = FlowLogArgs;
    type State = FlowLogState;

    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html>
    fn rules(args: &FlowLogInputs, failures: &mut Failures) {
        exactly_one(
            failures,
            "a flow log records one resource",
            &[
                (FlowLogArgs::VPC_ID, &args.vpc_id),
                (FlowLogArgs::SUBNET_ID, &args.subnet_id),
                (FlowLogArgs::ENI_ID, &args.eni_id),
                (FlowLogArgs::TRANSIT_GATEWAY_ID, &args.transit_gateway_id),
                (FlowLogArgs::TRANSIT_GATEWAY_ATTACHMENT_ID, &args.transit_gateway_attachment_id),
            ],
        );
        let transit = [&args.transit_gateway_id, &args.transit_gateway_attachment_id];
        if transit.iter().any(|id: &&In<String>| id.get().is_some()) {
            if args.traffic_type.get().is_some() {
                failures.add(FlowLogArgs::TRAFFIC_TYPE, "is not for transit gateways; leave it out");
            }
            if args.max_aggregation_interval.get().is_some_and(|seconds| *seconds != 60) {
                failures.add(FlowLogArgs::MAX_AGGREGATION_INTERVAL, "must be 60 for transit gateways");
            }
        } else if transit.iter().all(|id| !id.is_unknown()) && !args.traffic_type.is_set() {
            failures.add(FlowLogArgs::TRAFFIC_TYPE, "is missing; give ALL, ACCEPT or REJECT");
        }
        let Some(kind) = args.log_destination_type.get().map(String::as_str) else { return };
        if kind == LOGS && !args.iam_role_arn.is_set() {
            let reason = "is missing; give a role that may write to the log group";
            failures.add(FlowLogArgs::IAM_ROLE_ARN, reason);
        }
        if kind == BUCKET && args.iam_role_arn.get().is_some() {
            let reason = "is not for S3 buckets, where the bucket policy allows the delivery; leave it out";
            failures.add(FlowLogArgs::IAM_ROLE_ARN, reason);
        }
        if kind != BUCKET && args.destination_options.is_set() && !args.destination_options.is_unknown() {
            failures.add(FlowLogArgs::DESTINATION_OPTIONS, "is for S3 buckets; leave it out");
        }
        let service = args.log_destination.get().and_then(|arn| arn.split(':').nth(2));
        let expected = match kind {
            LOGS => "logs",
            BUCKET => "s3",
            _ => "firehose",
        };
        if service.is_some_and(|service| service != expected) {
            let reason = format!("is {kind}, but logDestination is the ARN of another service");
            failures.add(FlowLogArgs::LOG_DESTINATION_TYPE, reason);
        }
    }

    async fn create(cx: &Cx, args: &FlowLogArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "flow log", args).await? {
            return Ok(id);
        }
        let (kind, id) = resource(args);
        let options = args.destination_options.as_ref().map(|options| {
            DestinationOptionsRequest::builder()
                .file_format(DestinationFileFormat::from(options.file_format.as_str()))
                .hive_compatible_partitions(options.hive_compatible_partitions)
                .per_hour_partition(options.per_hour_partition)
                .build()
        });
        let made = cx
            .client::<Client>()?
            .create_flow_logs()
            .client_token(cx.client_token())
            .resource_type(kind)
            .resource_ids(id)
            .set_deliver_cross_account_role(args.deliver_cross_account_role.clone())
            .set_deliver_logs_permission_arn(args.iam_role_arn.clone())
            .set_destination_options(options)
            .log_destination(&args.log_destination)
            .log_destination_type(LogDestinationType::from(args.log_destination_type.as_str()))
            .set_log_format(args.log_format.clone())
            .max_aggregation_interval(args.max_aggregation_interval as i32)
            .set_traffic_type(args.traffic_type.as_deref().map(TrafficType::from))
            .tag_specifications(tagged(cx, ResourceType::VpcFlowLog, &args.tags))
            .send()
            .await
            .map_err(Error::from);
        let made = match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return there(cx, id, args, error).await;
            }
            made => made?,
        };
        if let Some(error) = made.unsuccessful().first().and_then(|item| item.error()) {
            let (code, reason) = (error.code().unwrap_or("no code"), error.message().unwrap_or("no reason"));
            let message = format!("AWS could not create the flow log of {id} ({code}): {reason}");
            return Err(Error::new(ErrorKind::Invalid, message)
                .with_hint("Check logDestination, and what the destination allows."));
        }
        Ok(made.flow_log_ids.unwrap_or_default().into_iter().next().unwrap_or_default())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(log) = find(cx, id).await? else { return Ok(None) };
        let of = log.resource_id.clone();
        let is = |prefix: &str| Some(of.clone().filter(|id| id.starts_with(prefix)));
        // The attachment of a transit gateway begins like the gateway.
        let gateway = of.clone().filter(|id| id.starts_with("tgw-") && !id.starts_with("tgw-attach-"));
        let options = log.destination_options().map(|options| FlowLogDestinationOptions {
            file_format: options.file_format().map_or("plain-text", |format| format.as_str()).to_owned(),
            hive_compatible_partitions: options.hive_compatible_partitions.unwrap_or_default(),
            per_hour_partition: options.per_hour_partition.unwrap_or_default(),
        });
        let account = cx.aws.account_id().await?;
        Ok(Some(Live {
            args: FlowLogObserved {
                deliver_cross_account_role: Some(log.deliver_cross_account_role.clone()),
                destination_options: Some(options),
                eni_id: is("eni-"),
                iam_role_arn: Some(log.deliver_logs_permission_arn.clone()),
                log_destination: log.log_destination.clone(),
                log_destination_type: log.log_destination_type().map(|kind| kind.as_str().to_owned()),
                log_format: Some(log.log_format.clone()),
                max_aggregation_interval: log.max_aggregation_interval.map(i64::from),
                subnet_id: is("subnet-"),
                tags: Some(tag_map(log.tags())),
                traffic_type: Some(log.traffic_type().map(|kind| kind.as_str().to_owned())),
                transit_gateway_attachment_id: is("tgw-attach-"),
                transit_gateway_id: Some(gateway),
                vpc_id: is("vpc-"),
            },
            state: FlowLogState { arn: cx.arn("ec2", &account, &format!("vpc-flow-log/{id}")) },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &FlowLogArgs) -> Result<()> {
        let answer = cx.client::<Client>()?.delete_flow_logs().flow_log_ids(id).send().await?;
        match answer.unsuccessful().first().and_then(|item| item.error()) {
            Some(error) if error.code().is_some_and(|code| code.ends_with("NotFound")) => Ok(()),
            Some(error) => {
                let (code, reason) =
                    (error.code().unwrap_or("no code"), error.message().unwrap_or("no reason"));
                Err(Error::new(ErrorKind::Other, format!("AWS did not delete {id} ({code}): {reason}")))
            }
            None => Ok(()),
        }
    }
}

/// What is recorded, and its type.
fn resource(args: &FlowLogArgs) -> (FlowLogsResourceType, &str) {
    let all = [
        (&args.vpc_id, FlowLogsResourceType::Vpc),
        (&args.subnet_id, FlowLogsResourceType::Subnet),
        (&args.eni_id, FlowLogsResourceType::NetworkInterface),
        (&args.transit_gateway_id, FlowLogsResourceType::TransitGateway),
        (&args.transit_gateway_attachment_id, FlowLogsResourceType::TransitGatewayAttachment),
    ];
    let given = all.into_iter().find_map(|(id, kind)| Some((kind, id.as_deref()?)));
    given.unwrap_or((FlowLogsResourceType::Vpc, ""))
}

/// What to make of it that there is a flow log of this resource with this destination.
async fn there(cx: &Cx, resource: &str, args: &FlowLogArgs, error: Error) -> Result<String> {
    let of = filter("resource-id", [resource.to_owned()]);
    let pages = cx.client::<Client>()?.describe_flow_logs().filter(of).into_paginator();
    let all: Vec<types::FlowLog> = pages.items().send().try_collect().await?;
    let same = |log: &&types::FlowLog| log.log_destination() == Some(&args.log_destination);
    match all.iter().find(same).and_then(|log| log.flow_log_id()) {
        Some(id) => claim::<FlowLog>(cx, id, args, error, "flow log").await,
        None => Err(error),
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::FlowLog>> {
    find_by_id(cx, id, types::FlowLog::flow_log_id, |client, ids| async move {
        let pages = client.describe_flow_logs().filter(filter("flow-log-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

fn check_role(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":role/") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of an IAM role")),
    }
}

fn check_destination(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") {
        true if arn.contains(":log-group:") && arn.ends_with(":*") => {
            Err(format!("is {arn:?}; give the ARN of the log group without `:*`"))
        }
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a log group, bucket or Firehose stream")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut FlowLogInputs)) -> String {
        let mut inputs = FlowLogInputs {
            iam_role_arn: Some("arn:aws:iam::1:role/flow".to_owned()).into(),
            log_destination: "arn:aws:logs:eu-west-1:1:log-group:flow".into(),
            log_destination_type: LOGS.into(),
            max_aggregation_interval: 600.into(),
            traffic_type: Some("ALL".to_owned()).into(),
            vpc_id: Some("vpc-1".to_owned()).into(),
            ..FlowLogInputs::default()
        };
        change(&mut inputs);
        let mut failures = Failures::new();
        FlowLog::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_flow_log_has_one_place_and_one_destination() {
        assert_eq!(check(|_| ()), "");
        let subnet = || Some("subnet-1".to_owned()).into();
        assert!(check(|it| it.subnet_id = subnet()).contains("conflicts with vpcId"));
        assert!(check(|it| it.traffic_type = In::default()).contains("trafficType: is missing"));
        assert!(check(|it| it.iam_role_arn = In::default()).contains("iamRoleArn: is missing"));
        assert!(check(|it| it.log_destination_type = BUCKET.into()).contains("of another service"));
        let transit = check(|it| {
            it.vpc_id = In::default();
            it.transit_gateway_id = Some("tgw-1".to_owned()).into();
        });
        assert!(transit.contains("trafficType: is not for transit") && transit.contains("must be 60"));
    }

    #[test]
    fn a_destination_is_a_group_and_not_its_streams() {
        assert!(check_destination("arn:aws:s3:::logs/vpc/").is_ok());
        assert!(check_destination("arn:aws:logs:eu-west-1:1:log-group:flow:*").is_err());
        assert!(check_destination("flow").is_err() && check_role("flow").is_err());
    }
}
