//! A user, with credentials that do not expire.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types;

use super::IAM;
use super::{check_arn, check_path, tag_map, tag_pairs, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim};
use crate::model::Model;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
const USER: NameRule = NameRule { what: "IAM user", max: 64, alphabet: IAM, ..PLAIN };

/// An IAM user. Access keys of a user do not expire, so use a role instead where possible.
#[derive(Clone, Debug, Model)]
pub struct UserArgs {
    /// Whether access keys, policies and memberships that the user still has are removed before the
    /// user is deleted.
    #[model(in_place, default = false, write_only)]
    pub force_destroy: bool,
    /// The name of the user, unique within the account.
    #[model(replace, autoname)]
    pub name: String,
    /// The path of the user. It starts and ends with a slash.
    #[model(in_place, default = "/", check = check_path)]
    pub path: String,
    /// The ARN of the managed policy that sets the permissions boundary of the user.
    #[model(in_place, check = check_arn)]
    pub permissions_boundary: Option<String>,
    /// The tags of the user.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a user.
#[derive(Clone, Debug, Model)]
pub struct UserState {
    /// The ARN of the user.
    #[model(follows = [UserArgs::PATH])]
    pub arn: String,
    /// The stable and unique ID of the user, such as `AIDA1234567890EXAMPLE`.
    pub unique_id: String,
}

/// A user.
pub struct User;

impl Kind for User {
    const TOKEN: &'static str = "agentic:iam:User";
    const ID: &'static str = "the name of the user";
    const TAGS: TaggedBy = TaggedBy::service::<UserTags>();
    const ACTIONS: Actions = Actions {
        create: &["iam:CreateUser", "iam:GetUser"],
        read: &["iam:GetUser"],
        update: &["iam:UpdateUser", "iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary"],
        delete: &[
            "iam:DeleteUser",
            "iam:ListAccessKeys",
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:ListAttachedUserPolicies",
            "iam:DetachUserPolicy",
            "iam:ListUserPolicies",
            "iam:DeleteUserPolicy",
            "iam:ListGroupsForUser",
            "iam:RemoveUserFromGroup",
        ],
    };
    const NAME: Option<&'static NameRule> = Some(&USER);
    const GLOBAL: bool = true;

    type Args = UserArgs;
    type State = UserState;

    async fn create(cx: &Cx, args: &UserArgs) -> Result<String> {
        let call = cx.client::<Client>()?.create_user().user_name(&args.name).path(&args.path);
        let call = call.set_permissions_boundary(args.permissions_boundary.clone());
        match call.set_tags(Some(tagged(cx, &args.tags)?)).send().await.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "IAM user").await
            }
            made => made.map(|_| args.name.clone()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(user) = find(cx, id).await? else { return Ok(None) };
        let tags = tag_map(user.tags());
        Ok(Some(Live {
            args: UserObserved {
                name: Some(user.user_name),
                path: Some(user.path),
                permissions_boundary: Some(
                    user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
                ),
                tags: Some(tags),
                ..UserObserved::default()
            },
            state: UserState { arn: user.arn, unique_id: user.user_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<UserArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        if update.any(&[UserArgs::PATH]) {
            client.update_user().user_name(id).new_path(&new.path).send().await?;
        }
        if update.any(&[UserArgs::PERMISSIONS_BOUNDARY]) {
            match &new.permissions_boundary {
                Some(arn) => {
                    let call = client.put_user_permissions_boundary().user_name(id);
                    call.permissions_boundary(arn).send().await?;
                }
                None => drop(client.delete_user_permissions_boundary().user_name(id).send().await?),
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &UserArgs) -> Result<()> {
        if args.force_destroy {
            release(cx, id).await?;
        }
        cx.client::<Client>()?.delete_user().user_name(id).send().await?;
        Ok(())
    }
}

/// Whether this state has a user.
pub(super) async fn is_of_state(cx: &Cx, name: &str) -> Result<bool> {
    Ok(find(cx, name).await?.is_some_and(|user| cx.standing(tag_pairs(user.tags())).is_of_state()))
}

async fn find(cx: &Cx, name: &str) -> Result<Option<types::User>> {
    let found = found(cx.client::<Client>()?.get_user().user_name(name).send().await)?;
    Ok(found.and_then(|answer| answer.user))
}

/// Takes away what keeps AWS from deleting a user.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
async fn release(cx: &Cx, user: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    let keys = client.list_access_keys().user_name(user).into_paginator().items().send();
    for key in keys.collect::<Result<Vec<_>, _>>().await? {
        let key = key.access_key_id.unwrap_or_default();
        found(client.delete_access_key().user_name(user).access_key_id(key).send().await)?;
    }
    found(client.delete_login_profile().user_name(user).send().await)?;
    let attached = client.list_attached_user_policies().user_name(user).into_paginator().items().send();
    for policy in attached.collect::<Result<Vec<_>, _>>().await? {
        let arn = policy.policy_arn.unwrap_or_default();
        found(client.detach_user_policy().user_name(user).policy_arn(arn).send().await)?;
    }
    let inline = client.list_user_policies().user_name(user).into_paginator().items().send();
    for name in inline.collect::<Result<Vec<_>, _>>().await? {
        found(client.delete_user_policy().user_name(user).policy_name(name).send().await)?;
    }
    let groups = client.list_groups_for_user().user_name(user).into_paginator().items().send();
    for group in groups.collect::<Result<Vec<_>, _>>().await? {
        let call = client.remove_user_from_group().user_name(user);
        found(call.group_name(group.group_name).send().await)?;
    }
    Ok(())
}

/// How IAM tags users.
struct UserTags;

impl Tagging for UserTags {
    const CHANGE: &'static [&'static str] = &["iam:TagUser", "iam:UntagUser"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_user().user_name(&named.id);
        call.set_tags(Some(super::pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        cx.client::<Client>()?.untag_user().user_name(&named.id).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}
