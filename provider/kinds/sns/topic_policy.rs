//! Who may use a topic, beside the topic.

use aws_sdk_sns::Client;

use super::topic::{self, usual_policy};
use super::{Topic, document, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies;
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, Json, Model};

/// The access policy of a topic, as a separate resource, for a policy that refers to the topic
/// itself or to a resource that depends on it. Use either this resource or the property `policy` of
/// the topic. Deleting the resource restores the policy of a new topic, which allows access from
/// its account only.
#[derive(Clone, Debug, Model)]
pub struct TopicPolicyArgs {
    /// The ARN of the topic.
    #[model(replace, check = check_arn)]
    pub arn: String,
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
}

/// What AWS says of the policy of a topic.
#[derive(Clone, Debug, Model)]
pub struct TopicPolicyState {
    /// The ID of the AWS account that owns the topic.
    pub owner: String,
}

/// The policy of a topic.
pub struct TopicPolicy;

impl Kind for TopicPolicy {
    const TOKEN: &'static str = "agentic:sns:TopicPolicy";
    const ID: &'static str = "the ARN of the topic";
    const ACTIONS: Actions = Actions {
        create: &["sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:ListTagsForResource"],
        read: &["sns:GetTopicAttributes"],
        update: &["sns:SetTopicAttributes"],
        delete: &["sns:SetTopicAttributes"],
    };
    /// A topic has one.
    const ALONE: bool = true;

    type Args = TopicPolicyArgs;
    type State = TopicPolicyState;

    fn rules(args: &TopicPolicyInputs, failures: &mut Failures) {
        let policy = args.policy.get();
        for problem in policy.iter().flat_map(|policy| policies::problems(&policy.0, &policies::TOPIC)) {
            failures.add(TopicPolicyArgs::POLICY, problem);
        }
    }

    async fn create(cx: &Cx, args: &TopicPolicyArgs) -> Result<String> {
        // Setting a policy overwrites the one that is there.
        let arn = &args.arn;
        match if is_free::<Topic, Self>(cx, arn, arn) { None } else { find(cx, arn).await? } {
            Some((there, _)) if alike(&there, args) && !is_usual(&there) => {
                let of_state = topic::is_of_state(cx, arn);
                claim_alike::<Self>(cx, arn, "policy of the topic", of_state).await?;
            }
            Some((there, _)) if !is_usual(&there) => {
                let message = format!("the topic {arn} has another policy already");
                let hint =
                    "Take the policy out of the topic's own arguments; or import it with `pulumi import`.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            _ => {
                begin(cx, arn);
                set(cx, arn, args.policy.0.to_string()).await?;
            }
        }
        Ok(arn.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if check_arn(id).is_err() {
            return Err(bad_id(id, Self::ID));
        }
        let found = find(cx, id).await?.filter(|(there, _)| !is_usual(there));
        Ok(found.map(|(there, owner)| Live { args: there.into(), state: TopicPolicyState { owner } }))
    }

    /// A topic has a policy at any time. Unless it is what was asked for, that of a new topic is none.
    async fn refresh(cx: &Cx, id: &str, old: &TopicPolicyArgs) -> Result<Option<Live<Self>>> {
        match find(cx, id).await? {
            Some((there, owner)) if alike(&there, old) => {
                Ok(Some(Live { args: there.into(), state: TopicPolicyState { owner } }))
            }
            _ => Self::read(cx, id).await,
        }
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TopicPolicyArgs>) -> Result<()> {
        set(cx, id, update.new.policy.0.to_string()).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &TopicPolicyArgs) -> Result<()> {
        set(cx, id, usual_policy(id).to_string()).await
    }
}

/// The policy of a topic, and the account that owns the topic.
async fn find(cx: &Cx, arn: &str) -> Result<Option<(TopicPolicyArgs, String)>> {
    let call = cx.client::<Client>()?.get_topic_attributes().topic_arn(arn);
    let Some(answer) = found(call.send().await)? else { return Ok(None) };
    let attributes = answer.attributes.unwrap_or_default();
    let owner = text(&attributes, "Owner").unwrap_or_default();
    let policy = document(&attributes, "Policy");
    Ok(policy.map(|policy| (TopicPolicyArgs { arn: arn.to_owned(), policy }, owner)))
}

/// Whether it is the policy that a new topic has.
fn is_usual(there: &TopicPolicyArgs) -> bool {
    let usual = TopicPolicyArgs { policy: Json(usual_policy(&there.arn)), ..there.clone() };
    alike(there, &usual)
}

async fn set(cx: &Cx, arn: &str, policy: String) -> Result<()> {
    let call = cx.client::<Client>()?.set_topic_attributes().topic_arn(arn);
    call.attribute_name("Policy").attribute_value(policy).send().await?;
    Ok(())
}

fn check_arn(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":sns:") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a topic")),
    }
}
