//! A stream of log events from one source.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types;

use super::LogGroup;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike, is_free};
use crate::model::Model;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html>
const STREAM: NameRule = NameRule {
    what: "log stream",
    max: 512,
    alphabet: Alphabet {
        words: "printable characters other than : and *",
        lower: false,
        holds: |c| !c.is_control() && !":*".contains(c),
    },
    ..PLAIN
};

/// A log stream of a CloudWatch Logs log group: the log events of one source. Services such as ECS
/// and Lambda create their log streams themselves. Deleting it deletes its log events.
#[derive(Clone, Debug, Model)]
pub struct LogStreamArgs {
    /// The name of the log group.
    #[model(replace, length = 1..=512)]
    pub log_group_name: String,
    /// The name of the log stream, unique within the log group.
    #[model(replace, autoname)]
    pub name: String,
}

/// The outputs of a log stream.
#[derive(Clone, Debug, Model)]
pub struct LogStreamState {
    /// The ARN of the log stream.
    pub arn: String,
}

/// A log stream.
pub struct LogStream;

impl Kind for LogStream {
    const TOKEN: &'static str = "agentic:cloudwatch:LogStream";
    const ID: &'static str = "the name of the log group and the name of the log stream, separated by a colon, such as `/ecs/api:audit`";
    const ACTIONS: Actions = Actions {
        create: &["logs:CreateLogStream", "logs:DescribeLogStreams"],
        read: &["logs:DescribeLogStreams"],
        update: &[],
        delete: &["logs:DeleteLogStream"],
    };
    const NAME: Option<&'static NameRule> = Some(&STREAM);

    type Args = LogStreamArgs;
    type State = LogStreamState;

    async fn create(cx: &Cx, args: &LogStreamArgs) -> Result<String> {
        let (group, name) = (&args.log_group_name, &args.name);
        let id = format!("{group}:{name}");
        let is_free = is_free::<LogGroup, Self>(cx, group, &id);
        if !is_free && find(cx, group, name).await?.is_some() {
            // What writes to a group may make streams in it: the group does not say whose they are.
            claim_alike::<Self>(cx, &id, "log stream", async { Ok(false) }).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let call = cx.client::<Client>()?.create_log_stream().log_group_name(group);
        call.log_stream_name(name).send().await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (group, name) = parse(id)?;
        let found = find(cx, group, name).await?;
        Ok(found.map(|stream| Live {
            args: LogStreamArgs { log_group_name: group.to_owned(), name: name.to_owned() }.into(),
            state: LogStreamState { arn: stream.arn.unwrap_or_default() },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogStreamArgs) -> Result<()> {
        let (group, name) = parse(id)?;
        cx.client::<Client>()?.delete_log_stream().log_group_name(group).log_stream_name(name).send().await?;
        Ok(())
    }
}

/// AWS looks for names that begin like this one, and knows no streams of a group that is not there.
async fn find(cx: &Cx, group: &str, name: &str) -> Result<Option<types::LogStream>> {
    let describe = cx.client::<Client>()?.describe_log_streams().log_group_name(group);
    let mut pages = describe.log_stream_name_prefix(name).into_paginator().items().send();
    while let Some(stream) = found(pages.try_next().await.map_err(Error::from))?.flatten() {
        if stream.log_stream_name() == Some(name) {
            return Ok(Some(stream));
        }
    }
    Ok(None)
}

/// Names of streams may have a slash, and none has a colon.
fn parse(id: &str) -> Result<(&str, &str)> {
    let parts = id.split_once(':').filter(|(group, name)| !group.is_empty() && !name.is_empty());
    parts.ok_or_else(|| bad_id(id, LogStream::ID))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stream_is_told_by_its_group_and_name() {
        assert_eq!(parse("/ecs/api:web/1").unwrap(), ("/ecs/api", "web/1"));
        assert!(parse("audit").is_err() && parse(":audit").is_err());
    }
}
