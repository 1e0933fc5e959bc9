//! A policy that is a part of its role.

use aws_sdk_iam::Client;

use super::{IAM_POLICY, Role};
use super::{check_permissions, check_role_name, document, role};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::policies;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, Update, alike, bad_id, begin, claim_alike, is_free, taken};
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
        // Putting a policy overwrites whatever has its name.
        let id = format!("{}:{}", args.role, args.name);
        let is_free = is_free::<Role, Self>(cx, &args.role, &id);
        match if is_free { None } else { find(cx, &args.role, &args.name).await? } {
            Some(there) if alike(&there, args) => {
                let of_state = role::is_of_state(cx, &args.role);
                claim_alike::<Self>(cx, &id, "policy of the role", of_state).await?;
            }
            Some(_) => {
                return Err(taken(None, &format!("policy in the role {}", args.role), &args.name));
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
        let (role, name) = parse(id)?;
        let found = find(cx, role, name).await?;
        Ok(found.map(|args| Live { args: args.into(), state: RolePolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<RolePolicyArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &RolePolicyArgs) -> Result<()> {
        let (role, name) = parse(id)?;
        cx.client::<Client>()?.delete_role_policy().role_name(role).policy_name(name).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, role: &str, name: &str) -> Result<Option<RolePolicyArgs>> {
    if let Some(told) = cx.told(&format!("{role}:{name}")) {
        return Ok(Some(told));
    }
    let client = cx.client::<Client>()?;
    let Some(there) = found(client.get_role_policy().role_name(role).policy_name(name).send().await)? else {
        return Ok(None);
    };
    Ok(Some(RolePolicyArgs {
        policy: document(there.policy_document())?,
        name: there.policy_name,
        role: there.role_name,
    }))
}

async fn put(cx: &Cx, args: &RolePolicyArgs) -> Result<()> {
    let put = cx.client::<Client>()?.put_role_policy().role_name(&args.role).policy_name(&args.name);
    put.policy_document(args.policy.0.to_string()).send().await?;
    Ok(())
}

/// Neither name may have a colon.
fn parse(id: &str) -> Result<(&str, &str)> {
    id.split_once(':').ok_or_else(|| bad_id(id, RolePolicy::ID))
}
