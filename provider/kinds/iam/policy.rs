//! A policy that several roles can have.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types;

use super::IAM_POLICY;
use super::{check_path, check_permissions, document, tag_map, tagged};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim};
use crate::model::{Failures, Json, Model};

/// How many versions of a policy AWS keeps.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
const VERSIONS: usize = 5;

/// A managed IAM policy, which can be attached to several roles, users and groups.
#[derive(Clone, Debug, Model)]
pub struct PolicyArgs {
    /// The description of the policy.
    #[model(replace, length = 0..=1000)]
    pub description: Option<String>,
    /// The name of the policy, unique within the account.
    #[model(replace, autoname)]
    pub name: String,
    /// The path of the policy. It starts and ends with a slash.
    #[model(replace, default = "/", check = check_path)]
    pub path: String,
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
    /// The tags of the policy.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a managed policy.
#[derive(Clone, Debug, Model)]
pub struct PolicyState {
    /// The ARN of the policy.
    pub arn: String,
    /// The stable and unique ID of the policy.
    pub policy_id: String,
}

/// A managed policy.
pub struct Policy;

impl Kind for Policy {
    const TOKEN: &'static str = "agentic:iam:Policy";
    const ID: &'static str = "the ARN of the policy";
    const TAGS: TaggedBy = TaggedBy::service::<PolicyTags>();
    const ACTIONS: Actions = Actions {
        create: &["iam:CreatePolicy", "iam:GetPolicy", "iam:GetPolicyVersion", "sts:GetCallerIdentity"],
        read: &["iam:GetPolicy", "iam:GetPolicyVersion"],
        update: &["iam:CreatePolicyVersion", "iam:ListPolicyVersions", "iam:DeletePolicyVersion"],
        delete: &[
            "iam:DeletePolicy",
            "iam:ListPolicyVersions",
            "iam:DeletePolicyVersion",
            "iam:ListEntitiesForPolicy",
        ],
    };
    const NAME: Option<&'static NameRule> = Some(&IAM_POLICY);
    /// Attachments of the same program are gone before the policy is, up to AWS's own delay.
    const HELD: Duration = Duration::from_secs(60);
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::POLICY;

    type Args = PolicyArgs;
    type State = PolicyState;

    fn rules(args: &PolicyInputs, failures: &mut Failures) {
        check_permissions(PolicyArgs::POLICY, &args.policy, &policies::MANAGED, failures);
    }

    async fn create(cx: &Cx, args: &PolicyArgs) -> Result<String> {
        let made = cx
            .client::<Client>()?
            .create_policy()
            .policy_name(&args.name)
            .policy_document(args.policy.0.to_string())
            .set_description(args.description.clone())
            .path(&args.path)
            .set_tags(Some(tagged(cx, &args.tags)?))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &arn(cx, args).await?, args, error, "IAM policy").await
            }
            made => Ok(made?.policy.and_then(|policy| policy.arn).unwrap_or_default()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(policy) = find(cx, id).await? else { return Ok(None) };
        let version = policy.default_version_id().unwrap_or_default();
        let get = cx.client::<Client>()?.get_policy_version().policy_arn(id).version_id(version);
        let Some(answer) = found(get.send().await)? else { return Ok(None) };
        let text = answer.policy_version().and_then(|version| version.document()).unwrap_or_default();
        Ok(Some(Live {
            args: PolicyObserved {
                description: Some(policy.description.clone().filter(|text| !text.is_empty())),
                name: policy.policy_name.clone(),
                path: policy.path.clone(),
                policy: Some(document(text)?),
                tags: Some(tag_map(policy.tags())),
            },
            state: PolicyState {
                arn: policy.arn.unwrap_or_default(),
                policy_id: policy.policy_id.unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<PolicyArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        if update.any(&[PolicyArgs::POLICY]) {
            make_room(cx, id).await?;
            let version = client.create_policy_version().policy_arn(id).set_as_default(true);
            version.policy_document(new.policy.0.to_string()).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &PolicyArgs) -> Result<()> {
        let client = cx.client::<Client>()?;
        for version in old_versions(cx, id).await? {
            found(client.delete_policy_version().policy_arn(id).version_id(version).send().await)?;
        }
        client.delete_policy().policy_arn(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let answer =
            cx.client::<Client>().ok()?.list_entities_for_policy().policy_arn(id).send().await.ok()?;
        let roles =
            answer.policy_roles().iter().filter_map(|role| Some(format!("the role {}", role.role_name()?)));
        let users =
            answer.policy_users().iter().filter_map(|user| Some(format!("the user {}", user.user_name()?)));
        let groups = answer
            .policy_groups()
            .iter()
            .filter_map(|group| Some(format!("the group {}", group.group_name()?)));
        let holders: Vec<String> = roles.chain(users).chain(groups).collect();
        (!holders.is_empty()).then(|| holders.join(", "))
    }
}

/// How IAM tags policies.
struct PolicyTags;

impl Tagging for PolicyTags {
    const CHANGE: &'static [&'static str] = &["iam:TagPolicy", "iam:UntagPolicy"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_policy().policy_arn(&named.id);
        call.set_tags(Some(super::pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        cx.client::<Client>()?.untag_policy().policy_arn(&named.id).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<types::Policy>> {
    let found = found(cx.client::<Client>()?.get_policy().policy_arn(arn).send().await)?;
    Ok(found.and_then(|answer| answer.policy))
}

/// The ARN that the policy has once it is made.
async fn arn(cx: &Cx, args: &PolicyArgs) -> Result<String> {
    let (partition, account) = (partition(cx.region().unwrap_or_default()), cx.aws.account_id().await?);
    Ok(format!("arn:{partition}:iam::{account}:policy{}{}", args.path, args.name))
}

/// The versions that are not in force, oldest first.
async fn old_versions(cx: &Cx, arn: &str) -> Result<Vec<String>> {
    let list = cx.client::<Client>()?.list_policy_versions().policy_arn(arn).into_paginator().items().send();
    let mut versions = list.collect::<Result<Vec<_>, _>>().await?;
    versions.retain(|version| !version.is_default_version);
    versions.sort_by_key(|version| version.create_date.map(|date| date.as_nanos()));
    Ok(versions.into_iter().filter_map(|version| version.version_id).collect())
}

async fn make_room(cx: &Cx, arn: &str) -> Result<()> {
    let versions = old_versions(cx, arn).await?;
    if let Some(oldest) = versions.first().filter(|_| versions.len() >= VERSIONS - 1) {
        cx.client::<Client>()?.delete_policy_version().policy_arn(arn).version_id(oldest).send().await?;
    }
    Ok(())
}
