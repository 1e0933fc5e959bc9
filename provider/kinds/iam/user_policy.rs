//! A policy that is a part of its user.

use aws_sdk_iam::Client;

use super::{IAM_POLICY, User};
use super::{check_permissions, check_user_name, document, user};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, is_free, taken};
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
        // Putting a policy overwrites whatever has its name.
        let id = format!("{}:{}", args.user, args.name);
        let is_free = is_free::<User, Self>(cx, &args.user, &id);
        match if is_free { None } else { find(cx, &args.user, &args.name).await? } {
            Some(there) if alike(&there, args) => {
                let of_state = user::is_of_state(cx, &args.user);
                claim_alike::<Self>(cx, &id, "policy of the user", of_state).await?;
            }
            Some(_) => {
                return Err(taken(None, &format!("policy in the user {}", args.user), &args.name));
            }
            None => {
                begin(cx, &id);
                put(cx, args).await?;
                cx.tell(id.clone(), args.clone());
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (user, name) = parse(id)?;
        let found = find(cx, user, name).await?;
        Ok(found.map(|args| Live { args: args.into(), state: UserPolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<UserPolicyArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &UserPolicyArgs) -> Result<()> {
        let (user, name) = parse(id)?;
        cx.client::<Client>()?.delete_user_policy().user_name(user).policy_name(name).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, user: &str, name: &str) -> Result<Option<UserPolicyArgs>> {
    if let Some(told) = cx.told(&format!("{user}:{name}")) {
        return Ok(Some(told));
    }
    let client = cx.client::<Client>()?;
    let Some(there) = found(client.get_user_policy().user_name(user).policy_name(name).send().await)? else {
        return Ok(None);
    };
    Ok(Some(UserPolicyArgs {
        policy: document(there.policy_document())?,
        name: there.policy_name,
        user: there.user_name,
    }))
}

async fn put(cx: &Cx, args: &UserPolicyArgs) -> Result<()> {
    let put = cx.client::<Client>()?.put_user_policy().user_name(&args.user).policy_name(&args.name);
    put.policy_document(args.policy.0.to_string()).send().await?;
    Ok(())
}

/// Neither name may have a colon.
fn parse(id: &str) -> Result<(&str, &str)> {
    id.split_once(':').ok_or_else(|| bad_id(id, UserPolicy::ID))
}
