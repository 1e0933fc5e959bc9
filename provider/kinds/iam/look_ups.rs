//! Look-ups of roles and policies.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;

use super::{Policy, Role};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::LookUp;
use crate::model::{Failures, Model};

/// Gets an IAM role by its name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRoleArgs {
    /// The name of the role, without its path.
    pub name: String,
    /// The tags that the role must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a role.
pub struct GetRole;

impl LookUp for GetRole {
    const TOKEN: &'static str = "agentic:iam:getRole";
    const WHAT: &'static str = "IAM role";

    type Kind = Role;
    type Args = GetRoleArgs;

    async fn find(_cx: &Cx, args: &GetRoleArgs) -> Result<Vec<String>> {
        Ok(vec![args.name.clone()])
    }
}

/// Gets a managed IAM policy by its ARN or name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetPolicyArgs {
    /// The ARN of the policy. Specify either this or `name`.
    pub arn: Option<String>,
    /// The name of the policy. Specify either this or `arn`.
    pub name: Option<String>,
    /// The beginning of the path of the policy, such as `/service-role/`.
    pub path_prefix: Option<String>,
    /// The tags that the policy must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a policy.
pub struct GetPolicy;

impl LookUp for GetPolicy {
    const TOKEN: &'static str = "agentic:iam:getPolicy";
    const WHAT: &'static str = "IAM policy";
    const ACTIONS: &'static [&'static str] = &["iam:ListPolicies"];

    type Kind = Policy;
    type Args = GetPolicyArgs;

    fn rules(args: &GetPolicyInputs, failures: &mut Failures) {
        match (args.arn.is_set(), args.name.is_set()) {
            (false, false) => {
                failures.add(GetPolicyArgs::NAME, "is missing; give the name or the ARN of a policy");
            }
            (true, true) => failures.add(GetPolicyArgs::NAME, "conflicts with arn; give only one of them"),
            _ => {}
        }
    }

    async fn find(cx: &Cx, args: &GetPolicyArgs) -> Result<Vec<String>> {
        if let Some(arn) = &args.arn {
            return Ok(vec![arn.clone()]);
        }
        let call = cx.client::<Client>()?.list_policies().set_path_prefix(args.path_prefix.clone());
        let all: Vec<_> = call.into_paginator().items().send().try_collect().await?;
        let named = all.into_iter().filter(|policy| policy.policy_name == args.name);
        Ok(named.filter_map(|policy| policy.arn).collect())
    }
}
