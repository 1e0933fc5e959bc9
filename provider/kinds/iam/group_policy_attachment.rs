//! A managed policy attached to a group.

use super::attachments::{Identity, parse};
use super::{Group, attachments, check_arn, check_group_name};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Actions, Kind, Live, bad_id};
use crate::model::Model;

/// Attaches a managed policy to an IAM group.
#[derive(Clone, Debug, Model)]
pub struct GroupPolicyAttachmentArgs {
    /// The name of the group.
    #[model(replace, check = check_group_name, or = "iam.Group")]
    pub group: String,
    /// The ARN of the managed policy, such as
    /// `arn:aws:iam::aws:policy/ReadOnlyAccess`.
    #[model(replace, check = check_arn)]
    pub policy_arn: String,
}

/// What AWS says of an attachment, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct GroupPolicyAttachmentState {}

/// A managed policy attached to a group.
pub struct GroupPolicyAttachment;

impl Kind for GroupPolicyAttachment {
    const TOKEN: &'static str = "agentic:iam:GroupPolicyAttachment";
    const ID: &'static str = "the name of the group and the ARN of the policy, separated by a slash, such as `app/arn:aws:iam::aws:policy/ReadOnlyAccess`";
    const ACTIONS: Actions = Actions {
        create: &["iam:AttachGroupPolicy", "iam:ListAttachedGroupPolicies"],
        read: &["iam:ListAttachedGroupPolicies"],
        update: &[],
        delete: &["iam:DetachGroupPolicy"],
    };
    const GLOBAL: bool = true;

    type Args = GroupPolicyAttachmentArgs;
    type State = GroupPolicyAttachmentState;

    async fn create(cx: &Cx, args: &GroupPolicyAttachmentArgs) -> Result<String> {
        // A group has no tags that could say whose it is.
        let of_state = async { Ok(false) };
        attachments::create::<Group, Self>(cx, Identity::Group, &args.group, &args.policy_arn, of_state).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (group, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        let attached = attachments::attached(cx, Identity::Group, group).await?;
        Ok(attached.iter().any(|arn| arn == policy_arn).then(|| Live {
            args: GroupPolicyAttachmentArgs { group: group.to_owned(), policy_arn: policy_arn.to_owned() }
                .into(),
            state: GroupPolicyAttachmentState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &GroupPolicyAttachmentArgs) -> Result<()> {
        let (group, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        attachments::detach(cx, Identity::Group, group, policy_arn).await
    }
}
