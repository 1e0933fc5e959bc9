//! A policy that is a part of its group.

use super::attachments::Identity;
use super::inline_policies::{self, Inline};
use super::{Group, IAM_POLICY, check_group_name, check_permissions};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Json, Model};

/// An inline policy of an IAM group. A group that still has an inline policy cannot be deleted.
#[derive(Clone, Debug, Model)]
pub struct GroupPolicyArgs {
    /// The name of the group.
    #[model(replace, check = check_group_name, or = "iam.Group")]
    pub group: String,
    /// The name of the policy, unique within the group.
    #[model(replace, autoname)]
    pub name: String,
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
}

/// What AWS says of a group's policy, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct GroupPolicyState {}

/// A policy that is a part of its group.
pub struct GroupPolicy;

impl Kind for GroupPolicy {
    const TOKEN: &'static str = "agentic:iam:GroupPolicy";
    const ID: &'static str =
        "the name of the group and the name of the policy, separated by a colon, such as `app:logs`";
    const ACTIONS: Actions = Actions {
        create: &["iam:GetGroupPolicy", "iam:PutGroupPolicy"],
        read: &["iam:GetGroupPolicy"],
        update: &["iam:PutGroupPolicy"],
        delete: &["iam:DeleteGroupPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&IAM_POLICY);
    const GLOBAL: bool = true;

    type Args = GroupPolicyArgs;
    type State = GroupPolicyState;

    fn rules(args: &GroupPolicyInputs, failures: &mut Failures) {
        check_permissions(GroupPolicyArgs::POLICY, &args.policy, &policies::INLINE_OF_GROUP, failures);
    }

    async fn create(cx: &Cx, args: &GroupPolicyArgs) -> Result<String> {
        inline_policies::create::<Self>(cx, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = inline_policies::find::<Self>(cx, id).await?;
        Ok(found.map(|args| Live { args: args.into(), state: GroupPolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<GroupPolicyArgs>) -> Result<()> {
        inline_policies::put::<Self>(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &GroupPolicyArgs) -> Result<()> {
        inline_policies::delete::<Self>(cx, id).await
    }
}

impl Inline for GroupPolicy {
    const IDENTITY: Identity = Identity::Group;

    type Whole = Group;

    fn parts(args: &GroupPolicyArgs) -> (&str, &str, &Json) {
        (&args.group, &args.name, &args.policy)
    }

    fn args(group: String, name: String, policy: Json) -> GroupPolicyArgs {
        GroupPolicyArgs { group, name, policy }
    }

    /// A group has no tags that could say whose it is.
    async fn is_of_state(_cx: &Cx, _group: &str) -> Result<bool> {
        Ok(false)
    }
}
