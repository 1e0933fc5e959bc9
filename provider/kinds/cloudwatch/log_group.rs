//! A log group: where containers and services write.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{self, LogGroupClass};
use futures::future::try_join_all;

use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim, set_up, set_up_from};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
const LOG_GROUP: NameRule = NameRule {
    what: "log group",
    max: 512,
    alphabet: Alphabet {
        words: "letters, digits and _ - / . #",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "_-/.#".contains(c),
    },
    reserved: &["aws/"],
    ..PLAIN
};

/// How many days AWS can keep log events; 0 stands for ever.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
pub const RETENTION_DAYS: [i64; 23] = [
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
    3653,
];

/// A CloudWatch Logs log group: stores the logs of containers and services. AWS charges for stored
/// logs, so set a retention.
#[derive(Clone, Debug, Model)]
pub struct LogGroupArgs {
    /// The ARN of the KMS key that encrypts the logs. If omitted, CloudWatch Logs encrypts them
    /// with keys that it manages.
    #[model(in_place, check = check_key)]
    pub kms_key_id: Option<String>,
    /// The class of the log group. `INFREQUENT_ACCESS` costs half as much to ingest and has fewer
    /// features; `DELIVERY` only delivers Lambda logs to other destinations.
    #[model(replace, default = "STANDARD", one_of = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"])]
    pub log_group_class: String,
    /// The name of the log group, such as `/ecs/api`.
    #[model(replace, autoname)]
    pub name: String,
    /// The number of days to retain log events. 0 retains them indefinitely.
    #[model(in_place, default = 0, numbers = RETENTION_DAYS)]
    pub retention_in_days: i64,
    /// Whether the log group and its logs are kept in AWS when the resource is deleted.
    #[model(in_place, default = false, write_only)]
    pub skip_destroy: bool,
    /// The tags of the log group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a log group.
#[derive(Clone, Debug, Model)]
pub struct LogGroupState {
    /// The ARN of the log group, without the suffix `:*` for its log streams.
    pub arn: String,
}

/// A log group.
pub struct LogGroup;

impl Kind for LogGroup {
    const TOKEN: &'static str = "agentic:cloudwatch:LogGroup";
    const ID: &'static str = "the name of the log group";
    const TAGS: TaggedBy = TaggedBy::service::<LogTags>();
    const ACTIONS: Actions = Actions {
        create: &["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        read: &["logs:DescribeLogGroups"],
        update: &[
            "logs:PutRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            "logs:AssociateKmsKey",
            "logs:DisassociateKmsKey",
        ],
        delete: &["logs:DeleteLogGroup"],
    };
    const NAME: Option<&'static NameRule> = Some(&LOG_GROUP);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::LOG_GROUP;
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // CloudWatch Logs: another change of the same group is under way.
        ("logs", "OperationAbortedException", "", ErrorKind::NotReady, ""),
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        ("logs", "InvalidParameterException", "KMS key", ErrorKind::Invalid, "The key's own policy must let logs.<region>.amazonaws.com use it."),
    ];

    type Args = LogGroupArgs;
    type State = LogGroupState;

    fn rules(args: &LogGroupInputs, failures: &mut Failures) {
        let is_delivery = args.log_group_class.get().is_some_and(|class| class == "DELIVERY");
        if is_delivery && args.retention_in_days.get().is_some_and(|days| *days != 0) {
            failures.add(LogGroupArgs::RETENTION_IN_DAYS, "is fixed for the class DELIVERY; leave it out");
        }
    }

    async fn create(cx: &Cx, args: &LogGroupArgs) -> Result<String> {
        let made = cx
            .client::<Client>()?
            .create_log_group()
            .log_group_name(&args.name)
            .set_kms_key_id(args.kms_key_id.clone())
            .log_group_class(LogGroupClass::from(args.log_group_class.as_str()))
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "log group").await
            }
            made => {
                made?;
                cx.makes_new();
                Ok(args.name.clone())
            }
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &LogGroupArgs) -> Result<()> {
        if !cx.is_new() {
            return set_up::<Self>(cx, id, args).await;
        }
        // Without a retention policy, events never expire.
        let usual = LogGroupObserved { retention_in_days: Some(0), ..LogGroupObserved::default() };
        set_up_from::<Self>(cx, id, args, usual).await?;
        // All of it is known: it was asked for and acknowledged.
        if let Some(account) = cx.aws.account().await {
            let arn = cx.arn("logs", &account, &format!("log-group:{id}"));
            cx.keep(id.to_owned(), LogGroupState { arn });
        }
        Ok(())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some(state) = cx.told(&id.to_owned()) {
            return Ok(Some(Live { args: LogGroupObserved::default(), state }));
        }
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let class = group.log_group_class().unwrap_or(&LogGroupClass::Standard);
        let days = match class {
            LogGroupClass::Delivery => None,
            _ => group.retention_in_days,
        };
        Ok(Some(Live {
            args: LogGroupObserved {
                kms_key_id: Some(group.kms_key_id.clone()),
                log_group_class: Some(class.as_str().to_owned()),
                name: Some(id.to_owned()),
                retention_in_days: Some(days.unwrap_or_default().into()),
                ..LogGroupObserved::default()
            },
            state: LogGroupState { arn: arn(&group) },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<LogGroupArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        if update.any(&[LogGroupArgs::RETENTION_IN_DAYS]) {
            match new.retention_in_days {
                0 => drop(client.delete_retention_policy().log_group_name(id).send().await?),
                days => {
                    let put = client.put_retention_policy().log_group_name(id);
                    drop(put.retention_in_days(days as i32).send().await?)
                }
            }
        }
        if update.any(&[LogGroupArgs::KMS_KEY_ID]) {
            match &new.kms_key_id {
                Some(key) => {
                    drop(client.associate_kms_key().log_group_name(id).kms_key_id(key).send().await?)
                }
                None => drop(client.disassociate_kms_key().log_group_name(id).send().await?),
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &LogGroupArgs) -> Result<()> {
        if !args.skip_destroy {
            cx.client::<Client>()?.delete_log_group().log_group_name(id).send().await?;
        }
        Ok(())
    }
}

/// How many log groups one page tells of.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
const PAGE: usize = 50;

async fn find(cx: &Cx, name: &str) -> Result<Option<types::LogGroup>> {
    let client = cx.client::<Client>()?;
    cx.batched(usize::MAX, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            // Where others begin like these, it may take more pages than there are names.
            let (mut found, rest) = listed(&client, &names, names.len()).await?;
            let rest = rest.into_iter().map(|name| async {
                let alone = std::slice::from_ref(name);
                Ok::<_, Error>(listed(&client, alone, usize::MAX).await?.0)
            });
            found.extend(try_join_all(rest).await?.into_iter().flatten());
            Ok(found)
        }
    })
    .await
}

/// The log groups of these names, and the names that were not met in so many pages. AWS lists by how
/// names begin: `/ecs/api` finds `/ecs/api-2` as well.
async fn listed<'a>(
    client: &Client,
    names: &'a [String],
    most: usize,
) -> Result<(HashMap<String, types::LogGroup>, Vec<&'a String>)> {
    let prefix = Some(common_prefix(names)).filter(|prefix| !prefix.is_empty()).map(str::to_owned);
    let describe = client.describe_log_groups().set_log_group_name_prefix(prefix).limit(PAGE as i32);
    let mut pages = describe.into_paginator().send();
    let mut found = HashMap::new();
    for _ in 0..most {
        let Some(page) = pages.try_next().await? else { return Ok((found, Vec::new())) };
        for group in page.log_groups.unwrap_or_default() {
            if let Some(name) = group.log_group_name().filter(|name| names.iter().any(|it| it == name)) {
                found.insert(name.to_owned(), group);
            }
        }
        if found.len() == names.len() {
            break;
        }
    }
    let rest = names.iter().filter(|name| !found.contains_key(*name)).collect();
    Ok((found, rest))
}

/// What all of these begin with.
fn common_prefix(names: &[String]) -> &str {
    let Some((first, others)) = names.split_first() else { return "" };
    let shared = |other: &String| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let length = others.iter().map(shared).min().unwrap_or(first.len());
    &first[..first.floor_char_boundary(length)]
}

fn arn(group: &types::LogGroup) -> String {
    let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
    arn.trim_end_matches(":*").to_owned()
}

/// How CloudWatch Logs tags what it has.
pub(super) struct LogTags;

impl Tagging for LogTags {
    const LIST: &'static [&'static str] = &["logs:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["logs:TagResource", "logs:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(&named.arn);
        let answer = found(call.send().await)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
fn check_key(key: &str) -> Result<(), String> {
    match key.starts_with("arn:") {
        true => Ok(()),
        false => Err(format!("is {key:?}; give the ARN of the key; CloudWatch Logs accepts no ID or alias")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(days: i64, class: &str) -> Vec<String> {
        let inputs = LogGroupInputs {
            retention_in_days: days.into(),
            log_group_class: class.into(),
            ..Default::default()
        };
        let mut failures = Failures::new();
        LogGroup::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| failure.reason).collect()
    }

    #[test]
    fn retention_is_fixed_where_logs_are_only_passed_on() {
        assert!(failures(0, "DELIVERY").is_empty() && failures(30, "STANDARD").is_empty());
        assert!(failures(30, "DELIVERY")[0].contains("leave it out"));
    }

    #[test]
    fn the_arn_is_that_of_the_group_and_not_of_its_streams() {
        let star = "arn:aws:logs:us-east-1:1:log-group:/ecs/api:*";
        let group = types::LogGroup::builder().arn(star).build();
        assert_eq!(arn(&group), "arn:aws:logs:us-east-1:1:log-group:/ecs/api");
    }
}
