//! A managed policy attached to a role.

use super::attachments::{Identity, parse};
use super::{Role, attachments, check_arn, check_role_name, role};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Actions, Kind, Live, bad_id};
use crate::model::Model;

/// Attaches a managed policy to an IAM role.
#[derive(Clone, Debug, Model)]
pub struct RolePolicyAttachmentArgs {
    /// The ARN of the managed policy, such as
    /// `arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy`.
    #[model(replace, check = check_arn)]
    pub policy_arn: String,
    /// The name of the role.
    #[model(replace, check = check_role_name, or = "iam.Role")]
    pub role: String,
}

/// What AWS says of an attachment, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct RolePolicyAttachmentState {}

/// A managed policy attached to a role.
pub struct RolePolicyAttachment;

impl Kind for RolePolicyAttachment {
    const TOKEN: &'static str = "agentic:iam:RolePolicyAttachment";
    const ID: &'static str = "the name of the role and the ARN of the policy, separated by a slash, such as `app/arn:aws:iam::aws:policy/ReadOnlyAccess`";
    const ACTIONS: Actions = Actions {
        create: &["iam:AttachRolePolicy", "iam:ListAttachedRolePolicies", "iam:GetRole"],
        read: &["iam:ListAttachedRolePolicies"],
        update: &[],
        delete: &["iam:DetachRolePolicy"],
    };
    const GLOBAL: bool = true;

    type Args = RolePolicyAttachmentArgs;
    type State = RolePolicyAttachmentState;

    async fn create(cx: &Cx, args: &RolePolicyAttachmentArgs) -> Result<String> {
        let of_state = role::is_of_state(cx, &args.role);
        attachments::create::<Role, Self>(cx, Identity::Role, &args.role, &args.policy_arn, of_state).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (role, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        let attached = attachments::attached(cx, Identity::Role, role).await?;
        Ok(attached.iter().any(|arn| arn == policy_arn).then(|| Live {
            args: RolePolicyAttachmentArgs { policy_arn: policy_arn.to_owned(), role: role.to_owned() }
                .into(),
            state: RolePolicyAttachmentState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &RolePolicyAttachmentArgs) -> Result<()> {
        let (role, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        attachments::detach(cx, Identity::Role, role, policy_arn).await
    }
}
