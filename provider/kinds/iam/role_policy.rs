//! A policy that is a part of its role.

use super::attachments::Identity;
use super::inline_policies::{self, Inline};
use super::{IAM_POLICY, Role, check_permissions, check_role_name, role};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Json, Model};

/// An inline policy of an IAM role. It is deleted with the role.
#[derive(Clone, Debug, Model)]
pub struct RolePolicyArgs {
    /// The name of the policy, unique within the role.
    #[model(replace, autoname)]
    pub name: String,
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
    /// The name of the role.
    #[model(replace, check = check_role_name, or = "iam.Role")]
    pub role: String,
}

/// What AWS says of a role's policy, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct RolePolicyState {}

/// A policy that is a part of its role.
pub struct RolePolicy;

impl Kind for RolePolicy {
    const TOKEN: &'static str = "agentic:iam:RolePolicy";
    const ID: &'static str =
        "the name of the role and the name of the policy, separated by a colon, such as `app:logs`";
    const ACTIONS: Actions = Actions {
        create: &["iam:GetRolePolicy", "iam:PutRolePolicy", "iam:GetRole"],
        read: &["iam:GetRolePolicy"],
        update: &["iam:PutRolePolicy"],
        delete: &["iam:DeleteRolePolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&IAM_POLICY);
    const GLOBAL: bool = true;

    type Args = RolePolicyArgs;
    type State = RolePolicyState;

    fn rules(args: &RolePolicyInputs, failures: &mut Failures) {
        check_permissions(RolePolicyArgs::POLICY, &args.policy, &policies::INLINE, failures);
    }

    async fn create(cx: &Cx, args: &RolePolicyArgs) -> Result<String> {
        inline_policies::create::<Self>(cx, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = inline_policies::find::<Self>(cx, id).await?;
        Ok(found.map(|args| Live { args: args.into(), state: RolePolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<RolePolicyArgs>) -> Result<()> {
        inline_policies::put::<Self>(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &RolePolicyArgs) -> Result<()> {
        inline_policies::delete::<Self>(cx, id).await
    }
}

impl Inline for RolePolicy {
    const IDENTITY: Identity = Identity::Role;

    type Whole = Role;

    fn parts(args: &RolePolicyArgs) -> (&str, &str, &Json) {
        (&args.role, &args.name, &args.policy)
    }

    fn args(role: String, name: String, policy: Json) -> RolePolicyArgs {
        RolePolicyArgs { name, policy, role }
    }

    async fn is_of_state(cx: &Cx, role: &str) -> Result<bool> {
        role::is_of_state(cx, role).await
    }
}
