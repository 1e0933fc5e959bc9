//! Who may use a queue, beside the queue.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use super::Queue;
use super::queue::{self, POLICY};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike, is_free, is_wanted};
use crate::model::{Failures, Json, Model};

/// The access policy of a queue, as a separate resource, for a policy that refers to the queue
/// itself or to a resource that depends on it. Use either this resource or the property `policy` of
/// the queue.
#[derive(Clone, Debug, Model)]
pub struct QueuePolicyArgs {
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
    /// The URL of the queue, which is its ID.
    #[model(replace, check = check_url)]
    pub queue_url: String,
}

/// What AWS says of the policy of a queue, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct QueuePolicyState {}

/// The policy of a queue.
pub struct QueuePolicy;

impl Kind for QueuePolicy {
    const TOKEN: &'static str = "agentic:sqs:QueuePolicy";
    const ID: &'static str = "the URL of the queue";
    const ACTIONS: Actions = Actions {
        create: &["sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:ListQueueTags"],
        read: &["sqs:GetQueueAttributes"],
        update: &["sqs:SetQueueAttributes"],
        delete: &["sqs:SetQueueAttributes"],
    };
    /// A queue has one.
    const ALONE: bool = true;

    type Args = QueuePolicyArgs;
    type State = QueuePolicyState;

    fn rules(args: &QueuePolicyInputs, failures: &mut Failures) {
        for problem in args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(QueuePolicyArgs::POLICY, problem);
        }
    }

    async fn create(cx: &Cx, args: &QueuePolicyArgs) -> Result<String> {
        // Setting a policy overwrites the one that is there.
        let url = &args.queue_url;
        match if is_free::<Queue, Self>(cx, url, url) { None } else { find(cx, url).await? } {
            Some(there) if is_wanted(there.args.clone(), args) => {
                let of_state = queue::is_of_state(cx, url);
                claim_alike::<Self>(cx, url, "policy of the queue", of_state).await?;
            }
            Some(_) => {
                let message = format!("the queue {url} has another policy already");
                let hint =
                    "Take the policy out of the queue's own arguments; or import it with `pulumi import`.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, url);
                set(cx, url, args.policy.0.to_string()).await?;
            }
        }
        Ok(url.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !id.starts_with("http") {
            return Err(bad_id(id, Self::ID));
        }
        find(cx, id).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<QueuePolicyArgs>) -> Result<()> {
        set(cx, id, update.new.policy.0.to_string()).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &QueuePolicyArgs) -> Result<()> {
        set(cx, id, String::new()).await
    }
}

fn check_url(url: &str) -> Result<(), String> {
    match url.starts_with("http") {
        true => Ok(()),
        false => Err(format!("is {url:?}; give the URL of a queue, which is its id")),
    }
}

async fn find(cx: &Cx, url: &str) -> Result<Option<Live<QueuePolicy>>> {
    let call = cx.client::<Client>()?.get_queue_attributes().queue_url(url).attribute_names(Name::Policy);
    let Some(answer) = found(call.send().await)? else { return Ok(None) };
    let text = answer.attributes.and_then(|mut all| all.remove(&Name::Policy)).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = |error| {
        Error::new(ErrorKind::Other, format!("SQS returned a policy that is not valid JSON: {error}"))
    };
    Ok(Some(Live {
        args: QueuePolicyObserved {
            policy: Some(Json(serde_json::from_str(&text).map_err(unreadable)?)),
            queue_url: Some(url.to_owned()),
        },
        state: QueuePolicyState {},
    }))
}

async fn set(cx: &Cx, url: &str, policy: String) -> Result<()> {
    let call = cx.client::<Client>()?.set_queue_attributes().queue_url(url);
    call.set_attributes(Some(HashMap::from([(Name::Policy, policy)]))).send().await?;
    Ok(())
}
