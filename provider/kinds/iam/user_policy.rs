//! A policy that is a part of its user.

use super::attachments::Identity;
use super::inline_policies::{self, Inline};
use super::{IAM_POLICY, User, check_permissions, check_user_name, user};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Json, Model};

/// An inline policy of an IAM user. A user that still has an inline policy can be deleted only if
/// `forceDestroy` of the user is `true`.
#[derive(Clone, Debug, Model)]
pub struct UserPolicyArgs {
    /// The name of the policy, unique within the user.
    #[model(replace, autoname)]
    pub name: String,
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
    /// The name of the user.
    #[model(replace, check = check_user_name, or = "iam.User")]
    pub user: String,
}

/// What AWS says of a user's policy, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct UserPolicyState {}

/// A policy that is a part of its user.
pub struct UserPolicy;

impl Kind for UserPolicy {
    const TOKEN: &'static str = "agentic:iam:UserPolicy";
    const ID: &'static str =
        "the name of the user and the name of the policy, separated by a colon, such as `app:logs`";
    const ACTIONS: Actions = Actions {
        create: &["iam:GetUserPolicy", "iam:PutUserPolicy", "iam:GetUser"],
        read: &["iam:GetUserPolicy"],
        update: &["iam:PutUserPolicy"],
        delete: &["iam:DeleteUserPolicy"],
    };
    const NAME: Option<&'static NameRule> = Some(&IAM_POLICY);
    const GLOBAL: bool = true;

    type Args = UserPolicyArgs;
    type State = UserPolicyState;

    fn rules(args: &UserPolicyInputs, failures: &mut Failures) {
        check_permissions(UserPolicyArgs::POLICY, &args.policy, &policies::INLINE_OF_USER, failures);
    }

    async fn create(cx: &Cx, args: &UserPolicyArgs) -> Result<String> {
        inline_policies::create::<Self>(cx, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = inline_policies::find::<Self>(cx, id).await?;
        Ok(found.map(|args| Live { args: args.into(), state: UserPolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<UserPolicyArgs>) -> Result<()> {
        inline_policies::put::<Self>(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &UserPolicyArgs) -> Result<()> {
        inline_policies::delete::<Self>(cx, id).await
    }
}

impl Inline for UserPolicy {
    const IDENTITY: Identity = Identity::User;

    type Whole = User;

    fn parts(args: &UserPolicyArgs) -> (&str, &str, &Json) {
        (&args.user, &args.name, &args.policy)
    }

    fn args(user: String, name: String, policy: Json) -> UserPolicyArgs {
        UserPolicyArgs { name, policy, user }
    }

    async fn is_of_state(cx: &Cx, user: &str) -> Result<bool> {
        user::is_of_state(cx, user).await
    }
}
