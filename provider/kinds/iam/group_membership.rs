//! A group with all of its users.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;

use super::{Group, IAM, UserGroupMembership, check_group_name, check_user_name, user};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Setting, Update, bad_id, begin, claim_alike, is_free, sets_too};
use crate::model::{Failures, In, Model, Prop};

/// A name that is known in the state alone.
const MEMBERSHIP: NameRule = NameRule { what: "group membership", max: 128, alphabet: IAM, ..PLAIN };

/// The users of an IAM group, as the whole list: any other user of the group is drift after a
/// refresh, and is removed by the next update. To keep other users, use `iam.UserGroupMembership`.
#[derive(Clone, Debug, Model)]
pub struct GroupMembershipArgs {
    /// The name of the group.
    #[model(replace, check = check_group_name)]
    pub group: String,
    /// The name of the membership. It is part of the resource ID, and is not stored in AWS.
    #[model(replace, autoname)]
    pub name: String,
    /// The names of the users of the group.
    #[model(in_place, set, check = check_user_name)]
    pub users: Vec<String>,
}

/// The outputs of a group membership.
#[derive(Clone, Debug, Model)]
pub struct GroupMembershipState {}

/// A group with all of its users.
pub struct GroupMembership;

impl Kind for GroupMembership {
    const TOKEN: &'static str = "agentic:iam:GroupMembership";
    const ID: &'static str =
        "a name for the membership and the name of the group, separated by a slash, such as `all/developers`";
    const ACTIONS: Actions = Actions {
        create: &["iam:AddUserToGroup", "iam:GetGroup", "iam:GetUser"],
        read: &["iam:GetGroup"],
        update: &["iam:AddUserToGroup", "iam:GetGroup", "iam:RemoveUserFromGroup"],
        delete: &["iam:RemoveUserFromGroup"],
    };
    const NAME: Option<&'static NameRule> = Some(&MEMBERSHIP);
    const GLOBAL: bool = true;
    /// Two of one group would take away what the other adds.
    const APART: &'static [Prop<Self::Args>] = &[GroupMembershipArgs::GROUP];

    type Args = GroupMembershipArgs;
    type State = GroupMembershipState;

    fn rules(args: &GroupMembershipInputs, failures: &mut Failures) {
        if args.users.get().is_some_and(|users| users.is_empty()) {
            failures.add(GroupMembershipArgs::USERS, "is empty; give users, or remove the resource");
        }
    }

    fn hear(cx: &Cx, id: &str, _old: &GroupMembershipInputs, _new: &GroupMembershipInputs) {
        if let Ok((_, group)) = parse(id) {
            Wholes::of(cx).hear(cx, group, List::Users, true, true);
        }
    }

    fn settings(_id: &str, args: &GroupMembershipInputs) -> Vec<Setting> {
        let Some(group) = args.group.get() else { return Vec::new() };
        let users = args.users.get().into_iter().flatten().filter_map(In::get);
        users.map(|user| membership(group, user)).collect()
    }

    async fn create(cx: &Cx, args: &GroupMembershipArgs) -> Result<String> {
        let group = &args.group;
        let id = format!("{}/{group}", args.name);
        let wanted = names(&args.users);
        let is_free = is_free::<Group, Self>(cx, group, &id);
        let there = if is_free { None } else { users_of(cx, group).await? }.unwrap_or_default();
        if !wanted.is_empty() && wanted.is_subset(&there) {
            let of_state = async { is_of_state(cx, &wanted).await };
            claim_alike::<Self>(cx, &id, "membership of the users in the group", of_state).await?;
        }
        let others: Vec<&str> = there.difference(&wanted).map(String::as_str).collect();
        if !others.is_empty() {
            cx.progress.tell(&format!(
                "the group {group} also has {}, which this resource does not list: after a refresh, an update removes it",
                others.join(", ")
            ));
        }
        begin(cx, &id);
        for user in wanted.difference(&there) {
            add(cx, group, user).await?;
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (name, group) = parse(id)?;
        let users = users_of(cx, group).await?.filter(|users| !users.is_empty());
        Ok(users.map(|users| Live {
            args: GroupMembershipArgs {
                group: group.to_owned(),
                name: name.to_owned(),
                users: users.into_iter().collect(),
            }
            .into(),
            state: GroupMembershipState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<GroupMembershipArgs>) -> Result<()> {
        let (group, wanted) = (&update.new.group, names(&update.new.users));
        let there = users_of(cx, group).await?.unwrap_or_default();
        for user in wanted.difference(&there) {
            add(cx, group, user).await?;
        }
        for user in there.difference(&wanted) {
            release(cx, group, user).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &GroupMembershipArgs) -> Result<()> {
        let (_, group) = parse(id)?;
        for user in names(&args.users) {
            release(cx, group, &user).await?;
        }
        Ok(())
    }
}

/// That a user is in a group.
pub(super) fn membership(group: &str, user: &str) -> Setting {
    Setting::of::<UserGroupMembership>(format!("{user}/{group}"))
}

/// Removes a user from a group, unless another resource adds it now.
pub(super) async fn release(cx: &Cx, group: &str, user: &str) -> Result<()> {
    match sets_too(cx, &membership(group, user)) {
        Some(urn) => {
            cx.progress.tell(&format!("left {user} in the group {group}: {urn} adds it now"));
            Ok(())
        }
        None => remove(cx, group, user).await,
    }
}

fn names(users: &[String]) -> BTreeSet<String> {
    users.iter().cloned().collect()
}

/// The users of a group; nothing where there is no such group.
async fn users_of(cx: &Cx, group: &str) -> Result<Option<BTreeSet<String>>> {
    let mut pages = cx.client::<Client>()?.get_group().group_name(group).into_paginator().send();
    let mut all = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let Some(page) = found(page)? else { return Ok(None) };
        all.extend(page.users.into_iter().map(|user| user.user_name));
    }
    Ok(Some(all))
}

pub(super) async fn add(cx: &Cx, group: &str, user: &str) -> Result<()> {
    cx.client::<Client>()?.add_user_to_group().group_name(group).user_name(user).send().await?;
    Ok(())
}

/// A user that is not in the group, or not there at all, is not to be removed.
async fn remove(cx: &Cx, group: &str, user: &str) -> Result<()> {
    let call = cx.client::<Client>()?.remove_user_from_group().group_name(group).user_name(user);
    found(call.send().await).map(drop)
}

/// Whether one of these users is of this state. A group does not say whose it is.
async fn is_of_state(cx: &Cx, users: &BTreeSet<String>) -> Result<bool> {
    for name in users {
        if user::is_of_state(cx, name).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// No name has a slash.
fn parse(id: &str) -> Result<(&str, &str)> {
    let parts = id.split_once('/').filter(|(name, group)| !name.is_empty() && !group.is_empty());
    parts.filter(|(_, group)| !group.contains('/')).ok_or_else(|| bad_id(id, GroupMembership::ID))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_membership_is_told_by_its_name_and_the_group() {
        assert_eq!(parse("all/developers").unwrap(), ("all", "developers"));
        assert!(parse("developers").is_err() && parse("a/b/c").is_err());
    }
}
