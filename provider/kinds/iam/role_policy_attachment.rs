//! A managed policy attached to a role.

use std::collections::HashMap;

use aws_sdk_iam::Client;

use super::{Role, check_arn, check_role_name, role};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike, is_free};
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
        let id = format!("{}/{}", args.role, args.policy_arn);
        // Attaching again changes nothing, and says nothing.
        let is_free = is_free::<Role, Self>(cx, &args.role, &id);
        if !is_free && attached(cx, &args.role).await?.unwrap_or_default().contains(&args.policy_arn) {
            let of_state = role::is_of_state(cx, &args.role);
            claim_alike::<Self>(cx, &id, "attachment of the policy to the role", of_state).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let attach = cx.client::<Client>()?.attach_role_policy().role_name(&args.role);
        attach.policy_arn(&args.policy_arn).send().await?;
        cx.tell(args.role.clone(), vec![args.policy_arn.clone()]);
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (role, policy_arn) = parse(id)?;
        let attached = attached(cx, role).await?.unwrap_or_default();
        Ok(attached.iter().any(|arn| arn == policy_arn).then(|| Live {
            args: RolePolicyAttachmentArgs { policy_arn: policy_arn.to_owned(), role: role.to_owned() }
                .into(),
            state: RolePolicyAttachmentState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &RolePolicyAttachmentArgs) -> Result<()> {
        let (role, policy_arn) = parse(id)?;
        cx.client::<Client>()?.detach_role_policy().role_name(role).policy_arn(policy_arn).send().await?;
        Ok(())
    }
}

/// The ARNs of the policies that a role has; one call serves all its attachments.
async fn attached(cx: &Cx, role: &str) -> Result<Option<Vec<String>>> {
    let client = cx.client::<Client>()?;
    cx.batched(1, role.to_owned(), move |roles| {
        let client = client.clone();
        async move {
            let mut lists = HashMap::new();
            for role in roles {
                let list =
                    client.list_attached_role_policies().role_name(&role).into_paginator().items().send();
                match list.collect::<Result<Vec<_>, _>>().await.map_err(Error::from) {
                    Ok(list) => {
                        lists.insert(role, list.into_iter().filter_map(|policy| policy.policy_arn).collect());
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(lists)
        }
    })
    .await
}

/// A role's name has no slash.
fn parse(id: &str) -> Result<(&str, &str)> {
    let parts = id.split_once('/').filter(|(_, arn)| arn.starts_with("arn:"));
    parts.ok_or_else(|| bad_id(id, RolePolicyAttachment::ID))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_is_a_role_and_an_arn() {
        let id = "app/arn:aws:iam::aws:policy/service-role/X";
        assert_eq!(parse(id).unwrap(), ("app", "arn:aws:iam::aws:policy/service-role/X"));
        assert!(parse("app/X").is_err() && parse("app").is_err());
    }
}
