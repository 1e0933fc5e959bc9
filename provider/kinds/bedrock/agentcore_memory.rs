//! A memory: what agents keep of their conversations.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::types::{Memory, MemoryStatus as Status, MemoryView};

use super::{AGENTCORE, AgentcoreTags, text, token};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim, taken};
use crate::model::Model;

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateMemory.html>
pub const MEMORY: NameRule = NameRule { what: "Bedrock memory", ..AGENTCORE };

/// A Bedrock AgentCore memory: stores the events of conversations for a limited time, and the
/// records that strategies extract from them permanently. Deleting the memory deletes all data that
/// it stores.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreMemoryArgs {
    /// The description of the memory. It can be changed, but not removed.
    #[model(in_place, aws_default, length = 1..=4096)]
    pub description: Option<String>,
    /// The ARN of the KMS key that encrypts the memory. Defaults to an AWS owned key. A change
    /// replaces the memory with an empty one.
    #[model(replace, length = 20..=2048)]
    pub encryption_key_arn: Option<String>,
    /// The number of days after which events expire.
    #[model(in_place, range = 3..=3650)]
    pub event_expiry_duration: i64,
    /// The ARN of the IAM role with which strategies of type `CUSTOM` invoke models. It must trust
    /// `bedrock-agentcore.amazonaws.com`. It can be changed, but not removed.
    #[model(in_place, aws_default, length = 20..=2048)]
    pub memory_execution_role_arn: Option<String>,
    /// The name of the memory: letters, digits and underscores, beginning with a letter.
    #[model(replace, autoname, length = 1..=48)]
    pub name: String,
    /// The tags of the memory.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a memory.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreMemoryState {
    /// The ARN of the memory.
    pub arn: String,
}

/// A memory.
pub struct AgentcoreMemory;

impl Kind for AgentcoreMemory {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreMemory";
    const ID: &'static str = "the ID of the memory, such as `conversations-a1b2c3d4e5`";
    const TAGS: TaggedBy = TaggedBy::service::<AgentcoreTags>();
    const NAME: Option<&'static NameRule> = Some(&MEMORY);
    const READY: Option<Wait> =
        Some(Wait { goal: "the memory is active", usual: [60, 180], budget: Duration::from_secs(20 * 60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the memory is gone", usual: [10, 120], budget: Duration::from_secs(20 * 60) });
    /// A change of a strategy makes the memory busy for some minutes.
    const PATIENCE: Duration = Duration::from_secs(15 * 60);
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock-agentcore:CreateMemory",
            "bedrock-agentcore:GetMemory",
            "bedrock-agentcore:ListMemories",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:Decrypt",
        ],
        read: &["bedrock-agentcore:GetMemory"],
        update: &["bedrock-agentcore:UpdateMemory", "bedrock-agentcore:GetMemory", "iam:PassRole"],
        delete: &["bedrock-agentcore:DeleteMemory", "bedrock-agentcore:GetMemory"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_MEMORY;

    type Args = AgentcoreMemoryArgs;
    type State = AgentcoreMemoryState;

    async fn create(cx: &Cx, args: &AgentcoreMemoryArgs) -> Result<String> {
        let made = cx
            .client::<Client>()?
            .create_memory()
            .client_token(token(cx))
            .name(&args.name)
            .set_description(args.description.clone())
            .set_encryption_key_arn(args.encryption_key_arn.clone())
            .set_memory_execution_role_arn(args.memory_execution_role_arn.clone())
            .event_expiry_duration(args.event_expiry_duration as i32)
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match named(cx, &args.name).await? {
                Some(id) => claim::<Self>(cx, &id, args, error, "memory").await,
                None => Err(taken(error, "memory", &args.name)),
            },
            made => Ok(made?.memory.map(|memory| memory.id).unwrap_or_default()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &AgentcoreMemoryArgs) -> Result<Poll> {
        let Some(memory) = find_memory(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &memory.status {
            Status::Active => Poll::Ready(()),
            Status::Failed => {
                let reason = text(&memory.failure_reason).unwrap_or_else(|| "AWS gives no reason".to_owned());
                let reason = reason.trim_end_matches('.');
                let message = format!("the memory {} is FAILED: {reason}", memory.name);
                let hint = "Resolve the cause, delete the memory, and run `pulumi up` again.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            Status::Deleting => {
                let message = format!("{id} is DELETING: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            status => Poll::Pending(status.to_string()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(memory) = find_memory(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: AgentcoreMemoryObserved {
                description: Some(text(&memory.description)),
                encryption_key_arn: Some(text(&memory.encryption_key_arn)),
                event_expiry_duration: Some(memory.event_expiry_duration.into()),
                memory_execution_role_arn: Some(text(&memory.memory_execution_role_arn)),
                name: Some(memory.name),
                ..AgentcoreMemoryObserved::default()
            },
            state: AgentcoreMemoryState { arn: memory.arn },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AgentcoreMemoryArgs>) -> Result<()> {
        type Args = AgentcoreMemoryArgs;
        let new = &update.new;
        let days = update.any(&[Args::EVENT_EXPIRY_DURATION]).then_some(new.event_expiry_duration as i32);
        let role = new.memory_execution_role_arn.clone();
        cx.client::<Client>()?
            .update_memory()
            .memory_id(id)
            .set_description(new.description.clone().filter(|_| update.any(&[Args::DESCRIPTION])))
            .set_event_expiry_duration(days)
            .set_memory_execution_role_arn(role.filter(|_| update.any(&[Args::MEMORY_EXECUTION_ROLE_ARN])))
            .send()
            .await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &AgentcoreMemoryArgs) -> Result<()> {
        match find_memory(cx, id).await? {
            None => return Ok(()),
            Some(memory) if memory.status == Status::Deleting => return Ok(()),
            Some(_) => {}
        }
        cx.client::<Client>()?.delete_memory().memory_id(id).send().await?;
        Ok(())
    }
}

/// A memory with its strategies.
pub(super) async fn find_memory(cx: &Cx, id: &str) -> Result<Option<Memory>> {
    let client = cx.client::<Client>()?;
    let look = move |id: String| {
        let call = client.get_memory().memory_id(id).view(MemoryView::Full);
        async move { Ok(found(call.send().await)?.and_then(|answer| answer.memory)) }
    };
    cx.alone(id.to_owned(), look).await
}

/// The ID of the memory with this name, which its ID begins with.
async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let mut pages = cx.client::<Client>()?.list_memories().into_paginator().items().send();
    while let Some(memory) = pages.next().await.transpose()? {
        let id = memory.id.unwrap_or_default();
        if id.rsplit_once('-').is_some_and(|(of, _)| of == name) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
