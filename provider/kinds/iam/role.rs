//! A role that services and people take on.

mod policies_of;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types;
use aws_smithy_types::date_time::Format;

use super::{IAM, RolePolicy, RolePolicyAttachment};
use super::{check_arn, check_path, check_trust, document, tag_map, tag_pairs, tagged};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies;
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, Setting, TaggedBy, Tagging, Tags, Update, claim, set_up};
use crate::model::{Failures, In, Json, Model};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
const IAM_ROLE: NameRule = NameRule { what: "IAM role", max: 64, alphabet: IAM, ..PLAIN };

/// An IAM role: an identity with permissions that services and users can assume to obtain temporary
/// credentials.
#[derive(Clone, Debug, Model)]
pub struct RoleArgs {
    /// The trust policy, which defines who can assume the role, as an object or as JSON text.
    #[model(in_place, policy)]
    pub assume_role_policy: Json,
    /// The description of the role.
    #[model(in_place, length = 0..=1000)]
    pub description: Option<String>,
    /// Whether remaining policies and instance profiles are detached before the role is deleted.
    #[model(in_place, default = false, write_only)]
    pub force_detach_policies: bool,
    /// All inline policies of the role. Any others are removed, including those of `RolePolicy`
    /// resources: use only one of the two. If omitted, existing inline policies are kept.
    #[model(in_place, if_given, same = policies_of::same_inline)]
    pub inline_policies: Option<Vec<RoleInlinePolicy>>,
    /// The ARNs of all managed policies of the role. Any others are detached, including those of
    /// `RolePolicyAttachment` resources: use only one of the two. If omitted, existing attachments
    /// are kept.
    #[model(in_place, if_given, set, check = check_arn)]
    pub managed_policy_arns: Option<Vec<String>>,
    /// The maximum session duration in seconds.
    #[model(in_place, default = 3600, range = 3600..=43200)]
    pub max_session_duration: i64,
    /// The name of the role, unique within the account.
    #[model(replace, autoname)]
    pub name: String,
    /// The path of the role. It starts and ends with a slash.
    #[model(replace, default = "/", check = check_path)]
    pub path: String,
    /// The ARN of the managed policy that sets the permissions boundary of the role.
    #[model(in_place, check = check_arn)]
    pub permissions_boundary: Option<String>,
    /// The tags of the role.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A policy that is embedded in a role. A single empty object means that the role has no inline
/// policies.
#[derive(Clone, Debug, Model)]
pub struct RoleInlinePolicy {
    /// The name of the policy, unique within the role.
    #[model(length = 1..=128)]
    pub name: Option<String>,
    /// The permissions, as an object or as JSON text.
    #[model(policy)]
    pub policy: Option<Json>,
}

/// What AWS says of a role.
#[derive(Clone, Debug, Model)]
pub struct RoleState {
    /// The ARN of the role.
    pub arn: String,
    /// The date and time of the creation of the role, such as `2026-01-31T12:00:00Z`.
    pub create_date: String,
    /// The stable and unique ID of the role, such as `AROA1234567890EXAMPLE`.
    pub unique_id: String,
}

/// A role.
pub struct Role;

impl Kind for Role {
    const TOKEN: &'static str = "agentic:iam:Role";
    const ID: &'static str = "the name of the role";
    const TAGS: TaggedBy = TaggedBy::service::<RoleTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "iam:GetAccountSummary",
            "iam:CreateRole",
            "iam:GetRole",
            "iam:AttachRolePolicy",
            "iam:PutRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
        ],
        read: &["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"],
        update: &[
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:GetAccountSummary",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
        ],
        delete: &[
            "iam:DeleteRole",
            "iam:ListAttachedRolePolicies",
            "iam:DetachRolePolicy",
            "iam:ListRolePolicies",
            "iam:DeleteRolePolicy",
            "iam:ListInstanceProfilesForRole",
            "iam:RemoveRoleFromInstanceProfile",
        ],
    };
    const NAME: Option<&'static NameRule> = Some(&IAM_ROLE);
    /// Policies of the same program are gone before the role is, up to AWS's own delay.
    const HELD: Duration = Duration::from_secs(60);
    const GLOBAL: bool = true;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = RoleArgs;
    type State = RoleState;

    fn rules(args: &RoleInputs, failures: &mut Failures) {
        check_trust(RoleArgs::ASSUME_ROLE_POLICY, &args.assume_role_policy, failures);
        policies_of::check(args, failures);
    }

    const FORESEES: bool = true;

    /// The quota of trust policies is 2,048 characters, unless the account has a larger one.
    async fn foresee(cx: &Cx, old: Option<&RoleInputs>, new: &RoleInputs, failures: &mut Failures) {
        let Some(Json(policy)) = new.assume_role_policy.get() else { return };
        let size = policies::size(policy, &policies::TRUST);
        let is_as_before =
            old.is_some_and(|old| old.assume_role_policy.get() == new.assume_role_policy.get());
        if is_as_before || size <= policies::TRUST_QUOTA || size > policies::TRUST.most {
            return;
        }
        let quota = trust_quota(cx).await.unwrap_or(policies::TRUST_QUOTA);
        if size > quota {
            let (size, quota) = (policies::grouped(size), policies::grouped(quota));
            let reason = format!(
                "has {size} characters, not counting white space; a trust policy allows {quota} in this account, which Service Quotas can raise to 8,192"
            );
            failures.add(RoleArgs::ASSUME_ROLE_POLICY, reason);
        }
    }

    fn settings(id: &str, args: &RoleInputs) -> Vec<Setting> {
        let attached = args.managed_policy_arns.get().into_iter().flatten().filter_map(In::get);
        let attached = attached.map(|arn| Setting::of::<RolePolicyAttachment>(format!("{id}/{arn}")));
        let embedded = args.inline_policies.get().into_iter().flatten().filter_map(In::get);
        let embedded = embedded.filter_map(|policy| policy.name.get().cloned());
        let embedded = embedded.map(|name| Setting::of::<RolePolicy>(format!("{id}:{name}")));
        attached.chain(embedded).collect()
    }

    async fn create(cx: &Cx, args: &RoleArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        let tags = tagged(cx, &args.tags)?;
        let made = client
            .create_role()
            .role_name(&args.name)
            .assume_role_policy_document(args.assume_role_policy.0.to_string())
            .set_description(args.description.clone())
            .max_session_duration(args.max_session_duration as i32)
            .path(&args.path)
            .set_permissions_boundary(args.permissions_boundary.clone())
            .set_tags(Some(tags.clone()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "IAM role").await
            }
            made => {
                if let Some(mut role) = made?.role {
                    // The answer has not all of what was asked for.
                    role.description = args.description.clone();
                    role.max_session_duration = Some(args.max_session_duration as i32);
                    role.permissions_boundary = args.permissions_boundary.as_ref().map(|boundary| {
                        types::AttachedPermissionsBoundary::builder()
                            .permissions_boundary_arn(boundary)
                            .build()
                    });
                    role.tags = Some(tags);
                    cx.tell(args.name.clone(), role);
                }
                Ok(args.name.clone())
            }
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(role) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: RoleObserved {
                assume_role_policy: Some(document(role.assume_role_policy_document().unwrap_or_default())?),
                description: Some(role.description.clone().filter(|text| !text.is_empty())),
                max_session_duration: Some(role.max_session_duration.unwrap_or(3600).into()),
                name: Some(role.role_name.clone()),
                path: Some(role.path.clone()),
                permissions_boundary: Some(
                    role.permissions_boundary()
                        .and_then(|boundary| boundary.permissions_boundary_arn.clone()),
                ),
                tags: Some(tag_map(role.tags())),
                ..RoleObserved::default()
            },
            state: RoleState {
                arn: role.arn,
                create_date: role.create_date.fmt(Format::DateTime).unwrap_or_default(),
                unique_id: role.role_id,
            },
        }))
    }

    /// A program that lists policies hears of all that there are.
    async fn refresh(cx: &Cx, id: &str, old: &RoleArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        if old.managed_policy_arns.is_some() {
            live.args.managed_policy_arns = Some(Some(policies_of::attached(cx, id).await?));
        }
        if old.inline_policies.is_some() {
            live.args.inline_policies = Some(Some(policies_of::inline(cx, id).await?));
        }
        Ok(Some(live))
    }

    async fn configure(cx: &Cx, id: &str, args: &RoleArgs) -> Result<()> {
        match args.managed_policy_arns.is_some() || args.inline_policies.is_some() {
            true => set_up::<Self>(cx, id, args).await,
            false => Ok(()),
        }
    }

    async fn update(cx: &Cx, id: &str, update: &Update<RoleArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        if let (true, Some(wanted)) = (update.any(&[RoleArgs::MANAGED_POLICY_ARNS]), &new.managed_policy_arns)
        {
            policies_of::attach(cx, id, wanted).await?;
        }
        if let (true, Some(wanted)) = (update.any(&[RoleArgs::INLINE_POLICIES]), &new.inline_policies) {
            policies_of::embed(cx, id, update.old.inline_policies.as_deref(), wanted).await?;
        }
        if update.any(&[RoleArgs::ASSUME_ROLE_POLICY]) {
            let policy = new.assume_role_policy.0.to_string();
            client.update_assume_role_policy().role_name(id).policy_document(policy).send().await?;
        }
        if update.any(&[RoleArgs::DESCRIPTION, RoleArgs::MAX_SESSION_DURATION]) {
            // What is left out goes back to its default: both are said.
            client
                .update_role()
                .role_name(id)
                .description(new.description.as_deref().unwrap_or_default())
                .max_session_duration(new.max_session_duration as i32)
                .send()
                .await?;
        }
        if update.any(&[RoleArgs::PERMISSIONS_BOUNDARY]) {
            match &new.permissions_boundary {
                Some(arn) => drop(
                    client
                        .put_role_permissions_boundary()
                        .role_name(id)
                        .permissions_boundary(arn)
                        .send()
                        .await?,
                ),
                None => drop(client.delete_role_permissions_boundary().role_name(id).send().await?),
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &RoleArgs) -> Result<()> {
        if args.force_detach_policies {
            Held::by(cx, id).await?.release(cx, id).await?;
        }
        policies_of::release(cx, id, args).await?;
        cx.client::<Client>()?.delete_role().role_name(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let text = Held::by(cx, id).await.ok()?.to_string();
        (!text.is_empty()).then(|| format!("{text}; detach them, or set forceDetachPolicies to true first"))
    }
}

/// How IAM tags roles.
struct RoleTags;

impl Tagging for RoleTags {
    const CHANGE: &'static [&'static str] = &["iam:TagRole", "iam:UntagRole"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_role().role_name(&named.id);
        call.set_tags(Some(super::pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        cx.client::<Client>()?.untag_role().role_name(&named.id).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// Whether this state has a role.
pub(super) async fn is_of_state(cx: &Cx, name: &str) -> Result<bool> {
    Ok(find(cx, name).await?.is_some_and(|role| cx.standing(tag_pairs(role.tags())).is_of_state()))
}

/// How many characters the account lets a trust policy have.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
async fn trust_quota(cx: &Cx) -> Option<usize> {
    let summary = cx.client::<Client>().ok()?.get_account_summary().send().await.ok()?.summary_map?;
    let quota = summary.get(&types::SummaryKeyType::AssumeRolePolicySizeQuota)?;
    usize::try_from(*quota).ok()
}

async fn find(cx: &Cx, name: &str) -> Result<Option<types::Role>> {
    if let Some(told) = cx.told(&name.to_owned()) {
        return Ok(Some(told));
    }
    let found = found(cx.client::<Client>()?.get_role().role_name(name).send().await)?;
    Ok(found.and_then(|answer| answer.role))
}

/// What keeps AWS from deleting a role.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
struct Held {
    attached: Vec<String>,
    inline: Vec<String>,
    profiles: Vec<String>,
}

impl Held {
    async fn by(cx: &Cx, role: &str) -> Result<Self> {
        let client = cx.client::<Client>()?;
        let attached = client.list_attached_role_policies().role_name(role).into_paginator().items().send();
        let inline = client.list_role_policies().role_name(role).into_paginator().items().send();
        let profiles =
            client.list_instance_profiles_for_role().role_name(role).into_paginator().items().send();
        let (attached, inline, profiles) = tokio::try_join!(
            async { Ok::<_, Error>(attached.collect::<Result<Vec<_>, _>>().await?) },
            async { Ok(inline.collect::<Result<Vec<_>, _>>().await?) },
            async { Ok(profiles.collect::<Result<Vec<_>, _>>().await?) },
        )?;
        Ok(Held {
            attached: attached.into_iter().filter_map(|policy| policy.policy_arn).collect(),
            inline,
            profiles: profiles.into_iter().map(|profile| profile.instance_profile_name).collect(),
        })
    }

    async fn release(&self, cx: &Cx, role: &str) -> Result<()> {
        let client = cx.client::<Client>()?;
        for arn in &self.attached {
            found(client.detach_role_policy().role_name(role).policy_arn(arn).send().await)?;
        }
        for name in &self.inline {
            found(client.delete_role_policy().role_name(role).policy_name(name).send().await)?;
        }
        for name in &self.profiles {
            let profile = client.remove_role_from_instance_profile().role_name(role);
            found(profile.instance_profile_name(name).send().await)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let attached = self.attached.iter().map(|arn| format!("the attached policy {arn}"));
        let inline = self.inline.iter().map(|name| format!("the inline policy {name}"));
        let profiles = self.profiles.iter().map(|name| format!("the instance profile {name}"));
        f.write_str(&attached.chain(inline).chain(profiles).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_role_is_named() {
        let held = Held {
            attached: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
            inline: vec!["logs".to_owned()],
            profiles: Vec::new(),
        };
        let expected = "the attached policy arn:aws:iam::aws:policy/ReadOnlyAccess, the inline policy logs";
        assert_eq!(held.to_string(), expected);
    }
}
