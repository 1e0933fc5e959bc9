//! A managed policy with all that it is attached to.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;

use super::attachments::{Identity, attach, detach, parse};
use super::{
    GroupPolicyAttachment, IAM, RolePolicyAttachment, UserPolicyAttachment, check_arn, check_group_name,
    check_role_name, check_user_name, role, user,
};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Setting, Update, bad_id, begin, claim_alike, sets_too};
use crate::model::{Failures, In, Model, Prop};

/// A name that is known in the state alone.
const ATTACHMENT: NameRule = NameRule { what: "policy attachment", max: 128, alphabet: IAM, ..PLAIN };

/// Attaches a managed policy exclusively to the given users, roles and groups: any other attachment
/// of the policy in the account is drift after a refresh, and is removed by the next update. To
/// keep other attachments, use `RolePolicyAttachment`, `UserPolicyAttachment` or
/// `GroupPolicyAttachment`.
#[derive(Clone, Debug, Model)]
pub struct PolicyAttachmentArgs {
    /// The names of the groups that the policy is attached to.
    #[model(in_place, set, default = [], check = check_group_name, or = "iam.Group")]
    pub groups: Vec<String>,
    /// The name of the attachment. It is part of the resource ID, and is not stored in AWS.
    #[model(replace, autoname)]
    pub name: String,
    /// The ARN of the managed policy, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`.
    #[model(replace, check = check_arn)]
    pub policy_arn: String,
    /// The names of the roles that the policy is attached to.
    #[model(in_place, set, default = [], check = check_role_name, or = "iam.Role")]
    pub roles: Vec<String>,
    /// The names of the users that the policy is attached to.
    #[model(in_place, set, default = [], check = check_user_name, or = "iam.User")]
    pub users: Vec<String>,
}

/// What AWS says of a policy attachment, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct PolicyAttachmentState {}

/// A managed policy with all that it is attached to.
pub struct PolicyAttachment;

/// Users, roles and groups by their names.
type Holders = BTreeSet<(Identity, String)>;

impl Kind for PolicyAttachment {
    const TOKEN: &'static str = "agentic:iam:PolicyAttachment";
    const ID: &'static str = "a name for the attachment and the ARN of the policy, separated by a slash, such as `all/arn:aws:iam::aws:policy/ReadOnlyAccess`";
    const ACTIONS: Actions = Actions {
        create: &[
            "iam:AttachGroupPolicy",
            "iam:AttachRolePolicy",
            "iam:AttachUserPolicy",
            "iam:GetRole",
            "iam:GetUser",
            "iam:ListEntitiesForPolicy",
        ],
        read: &["iam:ListEntitiesForPolicy"],
        update: &[
            "iam:AttachGroupPolicy",
            "iam:AttachRolePolicy",
            "iam:AttachUserPolicy",
            "iam:DetachGroupPolicy",
            "iam:DetachRolePolicy",
            "iam:DetachUserPolicy",
            "iam:ListEntitiesForPolicy",
        ],
        delete: &["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&ATTACHMENT);
    const GLOBAL: bool = true;
    /// Two of one policy would take away what the other attaches.
    const APART: &'static [Prop<Self::Args>] = &[PolicyAttachmentArgs::POLICY_ARN];

    type Args = PolicyAttachmentArgs;
    type State = PolicyAttachmentState;

    fn rules(args: &PolicyAttachmentInputs, failures: &mut Failures) {
        let lists = [&args.groups, &args.roles, &args.users];
        if lists.iter().all(|list| list.get().is_some_and(|list| list.is_empty())) {
            let reason = "is missing: the policy would be attached to nothing; give roles, users or groups";
            failures.add(PolicyAttachmentArgs::ROLES, reason);
        }
    }

    fn settings(_id: &str, args: &PolicyAttachmentInputs) -> Vec<Setting> {
        let Some(policy) = args.policy_arn.get() else { return Vec::new() };
        let names = |list: &In<Vec<In<String>>>| -> Vec<String> {
            list.get().into_iter().flatten().filter_map(In::get).cloned().collect()
        };
        let of = |identity, list| names(list).into_iter().map(move |name| (identity, name));
        let all = of(Identity::Group, &args.groups)
            .chain(of(Identity::Role, &args.roles))
            .chain(of(Identity::User, &args.users));
        all.map(|(identity, name)| setting(identity, &name, policy)).collect()
    }

    async fn create(cx: &Cx, args: &PolicyAttachmentArgs) -> Result<String> {
        let id = format!("{}/{}", args.name, args.policy_arn);
        let wanted = holders(args);
        let there = attached(cx, &args.policy_arn).await?.unwrap_or_default();
        if wanted.is_subset(&there) {
            claim_alike::<Self>(cx, &id, "attachment of the policy", is_of_state(cx, &wanted)).await?;
        }
        let others: Vec<&str> = there.difference(&wanted).map(|(_, name)| name.as_str()).collect();
        if !others.is_empty() {
            cx.progress.tell(&format!(
                "{} is also attached to {}, which this resource does not list: after a refresh, an update detaches it",
                args.policy_arn,
                others.join(", ")
            ));
        }
        begin(cx, &id);
        for (identity, name) in wanted.difference(&there) {
            attach(cx, *identity, name, &args.policy_arn).await?;
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (name, policy_arn) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        let there = attached(cx, policy_arn).await?.unwrap_or_default();
        if there.is_empty() {
            return Ok(None);
        }
        let of = |wanted: Identity| {
            let names = there.iter().filter(|(identity, _)| *identity == wanted);
            names.map(|(_, name)| name.clone()).collect()
        };
        let (groups, roles, users) = (of(Identity::Group), of(Identity::Role), of(Identity::User));
        let (name, policy_arn) = (name.to_owned(), policy_arn.to_owned());
        Ok(Some(Live {
            args: PolicyAttachmentArgs { groups, name, policy_arn, roles, users }.into(),
            state: PolicyAttachmentState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<PolicyAttachmentArgs>) -> Result<()> {
        let (policy, wanted) = (&update.new.policy_arn, holders(&update.new));
        let there = attached(cx, policy).await?.unwrap_or_default();
        for (identity, name) in wanted.difference(&there) {
            attach(cx, *identity, name, policy).await?;
        }
        for (identity, name) in there.difference(&wanted) {
            release(cx, *identity, name, policy).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &PolicyAttachmentArgs) -> Result<()> {
        let (_, policy) = parse(id).ok_or_else(|| bad_id(id, Self::ID))?;
        for (identity, name) in holders(args) {
            release(cx, identity, &name, policy).await?;
        }
        Ok(())
    }
}

/// Detaches the policy, unless another resource attaches it there now.
async fn release(cx: &Cx, identity: Identity, name: &str, policy: &str) -> Result<()> {
    match sets_too(cx, &setting(identity, name, policy)) {
        Some(urn) => {
            cx.progress.tell(&format!(
                "left {policy} attached to the {} {name}: {urn} attaches it now",
                identity.word()
            ));
            Ok(())
        }
        None => found(detach(cx, identity, name, policy).await).map(drop),
    }
}

/// The attachment as a resource of its own.
fn setting(identity: Identity, name: &str, policy: &str) -> Setting {
    let id = format!("{name}/{policy}");
    match identity {
        Identity::Group => Setting::of::<GroupPolicyAttachment>(id),
        Identity::Role => Setting::of::<RolePolicyAttachment>(id),
        Identity::User => Setting::of::<UserPolicyAttachment>(id),
    }
}

fn holders(args: &PolicyAttachmentArgs) -> Holders {
    let of = |identity, names: &[String]| names.iter().map(move |name| (identity, name.clone())).collect();
    let all: [Holders; 3] =
        [of(Identity::Group, &args.groups), of(Identity::Role, &args.roles), of(Identity::User, &args.users)];
    all.into_iter().flatten().collect()
}

/// All that a policy is attached to; nothing where there is no such policy.
async fn attached(cx: &Cx, policy: &str) -> Result<Option<Holders>> {
    let call = cx.client::<Client>()?.list_entities_for_policy().policy_arn(policy);
    // It may be the boundary of others.
    let call = call.policy_usage_filter(PolicyUsageType::PermissionsPolicy);
    let mut pages = call.into_paginator().send();
    let mut all = Holders::new();
    while let Some(page) = pages.next().await {
        let Some(page) = found(page)? else { return Ok(None) };
        let groups = page.policy_groups().iter().filter_map(|group| group.group_name.clone());
        let roles = page.policy_roles().iter().filter_map(|role| role.role_name.clone());
        let users = page.policy_users().iter().filter_map(|user| user.user_name.clone());
        all.extend(groups.map(|name| (Identity::Group, name)));
        all.extend(roles.map(|name| (Identity::Role, name)));
        all.extend(users.map(|name| (Identity::User, name)));
    }
    Ok(Some(all))
}

/// Whether a role or user among these is of this state. A group does not say whose it is.
async fn is_of_state(cx: &Cx, holders: &Holders) -> Result<bool> {
    for (identity, name) in holders {
        let is_ours = match identity {
            Identity::Group => false,
            Identity::Role => role::is_of_state(cx, name).await?,
            Identity::User => user::is_of_state(cx, name).await?,
        };
        if is_ours {
            return Ok(true);
        }
    }
    Ok(false)
}
