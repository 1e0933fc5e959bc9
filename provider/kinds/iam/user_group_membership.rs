//! Groups of a user.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;

use super::group_membership::{add, membership, release};
use super::{User, check_group_name, check_user_name, user};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Setting, Update, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, In, Model, Prop};

/// Adds an IAM user to groups. Other groups of the user are left alone. Use either this resource or
/// an `iam.GroupMembership` of the group, which has the whole list of its users.
#[derive(Clone, Debug, Model)]
pub struct UserGroupMembershipArgs {
    /// The names of the groups to add the user to.
    #[model(in_place, set, check = check_group_name)]
    pub groups: Vec<String>,
    /// The name of the user.
    #[model(replace, check = check_user_name)]
    pub user: String,
}

/// The outputs of a membership.
#[derive(Clone, Debug, Model)]
pub struct UserGroupMembershipState {}

/// Groups of a user.
pub struct UserGroupMembership;

/// The groups that an operation asks for. The ID has those of the creation.
#[derive(Clone)]
struct Asked(BTreeSet<String>);

impl Kind for UserGroupMembership {
    const TOKEN: &'static str = "agentic:iam:UserGroupMembership";
    const ID: &'static str = "the name of the user and those of the groups, separated by slashes, such as `anna/developers/operators`";
    const ACTIONS: Actions = Actions {
        create: &["iam:AddUserToGroup", "iam:GetUser", "iam:ListGroupsForUser"],
        read: &["iam:ListGroupsForUser"],
        update: &["iam:AddUserToGroup", "iam:ListGroupsForUser", "iam:RemoveUserFromGroup"],
        delete: &["iam:RemoveUserFromGroup"],
    };
    const GLOBAL: bool = true;
    const APART: &'static [Prop<Self::Args>] =
        &[UserGroupMembershipArgs::GROUPS, UserGroupMembershipArgs::USER];

    type Args = UserGroupMembershipArgs;
    type State = UserGroupMembershipState;

    fn rules(args: &UserGroupMembershipInputs, failures: &mut Failures) {
        if args.groups.get().is_some_and(|groups| groups.is_empty()) {
            failures.add(UserGroupMembershipArgs::GROUPS, "is empty; give groups, or remove the resource");
        }
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&UserGroupMembershipInputs>,
        new: &UserGroupMembershipInputs,
        failures: &mut Failures,
    ) {
        let wholes = Wholes::of(cx);
        let groups = new.groups.get().into_iter().flatten().filter_map(In::get);
        for reason in groups.filter_map(|group| wholes.objection(cx, group, List::Users)) {
            failures.add(UserGroupMembershipArgs::GROUPS, reason);
        }
    }

    const IS_SETTINGS: bool = true;

    fn settings(_id: &str, args: &UserGroupMembershipInputs) -> Vec<Setting> {
        let Some(user) = args.user.get() else { return Vec::new() };
        let groups = args.groups.get().into_iter().flatten().filter_map(In::get);
        groups.map(|group| membership(group, user)).collect()
    }

    async fn create(cx: &Cx, args: &UserGroupMembershipArgs) -> Result<String> {
        let (user, wanted) = (&args.user, names(&args.groups));
        let id = format!("{user}/{}", wanted.iter().cloned().collect::<Vec<_>>().join("/"));
        allow(cx, &wanted)?;
        let is_free = is_free::<User, Self>(cx, user, &id);
        let there = if is_free { None } else { groups_of(cx, user).await? }.unwrap_or_default();
        if wanted.is_subset(&there) {
            let of_state = user::is_of_state(cx, user);
            claim_alike::<Self>(cx, &id, "membership of the user in the groups", of_state).await?;
        }
        begin(cx, &id);
        for group in wanted.difference(&there) {
            add(cx, group, user).await?;
        }
        cx.note(Asked(wanted));
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (user, groups) = parse(id)?;
        let asked = cx.noted::<Asked>().map_or(groups, |asked| asked.0);
        live(cx, user, &asked).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &UserGroupMembershipArgs) -> Result<Option<Live<Self>>> {
        live(cx, parse(id)?.0, &names(&old.groups)).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<UserGroupMembershipArgs>) -> Result<()> {
        let (user, old, new) = (parse(id)?.0, names(&update.old.groups), names(&update.new.groups));
        let there = groups_of(cx, user).await?.unwrap_or_default();
        let more: BTreeSet<String> = new.difference(&there).cloned().collect();
        allow(cx, &more)?;
        for group in &more {
            add(cx, group, user).await?;
        }
        for group in old.difference(&new).filter(|group| there.contains(*group)) {
            leave(cx, group, user).await?;
        }
        cx.note(Asked(new));
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &UserGroupMembershipArgs) -> Result<()> {
        let user = parse(id)?.0;
        for group in names(&args.groups) {
            leave(cx, &group, user).await?;
        }
        Ok(())
    }
}

fn names(groups: &[String]) -> BTreeSet<String> {
    groups.iter().cloned().collect()
}

/// Whether the groups have no list of all of their users, which would not have this one.
fn allow(cx: &Cx, groups: &BTreeSet<String>) -> Result<()> {
    groups.iter().try_for_each(|group| Wholes::of(cx).allow(cx, group, List::Users))
}

async fn leave(cx: &Cx, group: &str, user: &str) -> Result<()> {
    match Wholes::of(cx).took_over(cx, group, List::Users) {
        true => Ok(()),
        false => release(cx, group, user).await,
    }
}

/// Those of the groups that the user is in.
async fn live(cx: &Cx, user: &str, asked: &BTreeSet<String>) -> Result<Option<Live<UserGroupMembership>>> {
    let Some(there) = groups_of(cx, user).await? else { return Ok(None) };
    let groups: Vec<String> = asked.intersection(&there).cloned().collect();
    let is_any = !groups.is_empty();
    Ok(is_any.then(|| Live {
        args: UserGroupMembershipArgs { groups, user: user.to_owned() }.into(),
        state: UserGroupMembershipState {},
    }))
}

/// The groups of a user; nothing where there is no such user.
async fn groups_of(cx: &Cx, user: &str) -> Result<Option<BTreeSet<String>>> {
    let pages = cx.client::<Client>()?.list_groups_for_user().user_name(user).into_paginator();
    let groups: Result<Vec<_>, _> = pages.items().send().try_collect().await;
    let groups = found(groups)?;
    Ok(groups.map(|groups| groups.into_iter().map(|group| group.group_name).collect()))
}

/// No name has a slash.
fn parse(id: &str) -> Result<(&str, BTreeSet<String>)> {
    let (user, groups) = id.split_once('/').ok_or_else(|| bad_id(id, UserGroupMembership::ID))?;
    let groups: BTreeSet<String> = groups.split('/').map(str::to_owned).collect();
    match user.is_empty() || groups.iter().any(String::is_empty) {
        true => Err(bad_id(id, UserGroupMembership::ID)),
        false => Ok((user, groups)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_membership_is_told_by_the_user_and_the_groups() {
        let (user, groups) = parse("anna/developers/operators").unwrap();
        assert_eq!((user, groups.len()), ("anna", 2));
        assert!(parse("anna").is_err() && parse("/a").is_err() && parse("anna/").is_err());
    }
}
