//! A managed policy attached to a user.

use super::attachments::{Identity, parse};
use super::{User, attachments, check_arn, check_user_name, user};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Actions, Kind, Live, bad_id};
use crate::model::Model;

/// Attaches a managed policy to an IAM user.
#[derive(Clone, Debug, Model)]
pub struct UserPolicyAttachmentArgs {
    /// The ARN of the managed policy, such as
    /// `arn:aws:iam::aws:policy/ReadOnlyAccess`.
    #[model(replace, check = check_arn)]
    pub policy_arn: String,
    /// The name of the user.
    #[model(replace, check = check_user_name, or = "iam.User")]
    pub user: String,
}

/// What AWS says of an attachment, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct UserPolicyAttachmentState {}

/// A managed policy attached to a user.
pub struct UserPolicyAttachment;

impl Kind for UserPolicyAttachment {
    const TOKEN: &'static str = "agentic:iam:UserPolicyAttachment";
    const ID: &'static str = "the name of the user and the ARN of the policy, separated by a slash, such as `app/arn:aws:iam::aws:policy/ReadOnlyAccess`";
    const ACTIONS: Actions = Actions {
        create: &["iam:AttachUserPolicy", "iam:ListAttachedUserPolicies", "iam:GetUser"],
        read: &["iam:ListAttachedUserPolicies"],
        update: &[],
        delete: &["iam:DetachUserPolicy"],
    };
    const GLOBAL: bool = true;

    type Args = UserPolicyAttachmentArgs;
    type State = UserPolicyAttachmentState;

    async fn create(cx: &Cx, args: &UserPolicyAttachmentArgs) -> Result<String> {
        let of_state = user::is_of_state(cx, &args.user);
        attachments::create::<User, Self>(cx, Identity::User, &args.user, &args.policy_arn, of_state).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (user, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        let attached = attachments::attached(cx, Identity::User, user).await?;
        Ok(attached.iter().any(|arn| arn == policy_arn).then(|| Live {
            args: UserPolicyAttachmentArgs { policy_arn: policy_arn.to_owned(), user: user.to_owned() }
                .into(),
            state: UserPolicyAttachmentState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &UserPolicyAttachmentArgs) -> Result<()> {
        let (user, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        attachments::detach(cx, Identity::User, user, policy_arn).await
    }
}
