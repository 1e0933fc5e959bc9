//! The policies that a role lists among its own arguments: all that it has, and no others.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use serde_json::Value as J;

use super::{RoleArgs, RoleInlinePolicy, RoleInputs};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::aws::policies;
use crate::engine::diff::same_policy;
use crate::kinds::iam::{check_document, document};
use crate::model::{Failures, Json, Path, Value};

pub fn check(args: &RoleInputs, failures: &mut Failures) {
    let Some(listed) = args.inline_policies.get() else { return };
    let mut names: Vec<&String> = Vec::new();
    for (index, item) in listed.iter().enumerate() {
        let Some(item) = item.get() else { continue };
        let at = Path::from(RoleArgs::INLINE_POLICIES).index(index);
        match (item.name.is_set(), item.policy.is_set()) {
            (false, true) => failures.add(at.key(RoleInlinePolicy::NAME), "is missing; name the policy"),
            (true, false) => {
                failures.add(at.key(RoleInlinePolicy::POLICY), "is missing; give the permissions")
            }
            _ => {}
        }
        if let Some(Json(policy)) = item.policy.get() {
            for problem in check_document(policy, &policies::INLINE) {
                failures.add(at.key(RoleInlinePolicy::POLICY.name()), problem);
            }
        }
        let Some(name) = item.name.get() else { continue };
        if names.contains(&name) {
            let reason =
                format!("is {name:?}, which another policy of the list has; give each a name of its own");
            failures.add(at.key(RoleInlinePolicy::NAME.name()), reason);
        }
        names.push(name);
    }
}

/// Whether two lists have the same policies by the same names, in any order.
pub fn same_inline(one: &Value, other: &Value) -> bool {
    match (by_name(one), by_name(other)) {
        (Some(one), Some(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, policy)| other.get(name).is_some_and(|it| same_policy(policy, it)))
        }
        _ => false,
    }
}

fn by_name(list: &Value) -> Option<BTreeMap<&str, &Value>> {
    let Value::Array(items) = list else { return None };
    let fields: Vec<_> = items.iter().map(|item| item.peel().as_object()).collect::<Option<_>>()?;
    let given = fields.into_iter().filter(|item| item.values().any(|value| !value.is_null()));
    given.map(|item| Some((item.get("name")?.as_str()?, item.get("policy")?))).collect()
}

/// The ARNs of what is attached.
pub async fn attached(cx: &Cx, role: &str) -> Result<Vec<String>> {
    let call = cx.client::<Client>()?.list_attached_role_policies().role_name(role);
    let found: Vec<_> = call.into_paginator().items().send().try_collect().await?;
    Ok(found.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

/// The inline policies, with what they say.
pub async fn inline(cx: &Cx, role: &str) -> Result<Vec<RoleInlinePolicy>> {
    let client = cx.client::<Client>()?;
    let call = client.list_role_policies().role_name(role);
    let names: Vec<String> = call.into_paginator().items().send().try_collect().await?;
    let read = names.into_iter().map(|name| async {
        let answer = client.get_role_policy().role_name(role).policy_name(&name).send().await?;
        let policy = Some(document(&answer.policy_document)?);
        Ok::<_, Error>(RoleInlinePolicy { name: Some(name), policy })
    });
    futures::future::try_join_all(read).await
}

/// Attaches what is wanted, and detaches everything else.
pub async fn attach(cx: &Cx, role: &str, wanted: &[String]) -> Result<()> {
    let client = cx.client::<Client>()?;
    let there = attached(cx, role).await?;
    for arn in wanted.iter().filter(|arn| !there.contains(arn)) {
        client.attach_role_policy().role_name(role).policy_arn(arn).send().await?;
    }
    for arn in there.iter().filter(|arn| !wanted.contains(arn)) {
        found(client.detach_role_policy().role_name(role).policy_arn(arn).send().await)?;
    }
    Ok(())
}

/// Writes what is wanted and is not there like that, and deletes everything else.
pub async fn embed(
    cx: &Cx,
    role: &str,
    old: Option<&[RoleInlinePolicy]>,
    wanted: &[RoleInlinePolicy],
) -> Result<()> {
    let client = cx.client::<Client>()?;
    let is_there = |name: &str, policy: &J| {
        let same = |(there, old): (&str, &J)| there == name && same_policy(&text(old), &text(policy));
        given(old.unwrap_or_default()).any(same)
    };
    for (name, policy) in given(wanted).filter(|(name, policy)| !is_there(name, policy)) {
        let call = client.put_role_policy().role_name(role).policy_name(name);
        call.policy_document(policy.to_string()).send().await?;
    }
    let call = client.list_role_policies().role_name(role);
    let names: Vec<String> = call.into_paginator().items().send().try_collect().await?;
    for name in names.iter().filter(|name| !given(wanted).any(|(wanted, _)| wanted == **name)) {
        found(client.delete_role_policy().role_name(role).policy_name(name).send().await)?;
    }
    Ok(())
}

/// Takes away what the role lists, without which AWS does not delete it.
pub async fn release(cx: &Cx, role: &str, args: &RoleArgs) -> Result<()> {
    let client = cx.client::<Client>()?;
    for arn in args.managed_policy_arns.iter().flatten() {
        found(client.detach_role_policy().role_name(role).policy_arn(arn).send().await)?;
    }
    for (name, _) in given(args.inline_policies.as_deref().unwrap_or_default()) {
        found(client.delete_role_policy().role_name(role).policy_name(name).send().await)?;
    }
    Ok(())
}

/// The policies of a list by their names, without those that stand for none.
fn given(list: &[RoleInlinePolicy]) -> impl Iterator<Item = (&str, &J)> {
    list.iter().filter_map(|item| Some((item.name.as_deref()?, &item.policy.as_ref()?.0)))
}

fn text(policy: &J) -> Value {
    Value::String(policy.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Model;
    use serde_json::json;

    fn list(items: J) -> Value {
        Value::from_json(&items)
    }

    #[test]
    fn lists_are_the_same_where_each_name_says_the_same() {
        let one = json!({"name": "a", "policy": r#"{"Statement": [{"Action": ["s3:*"]}]}"#});
        let alike = json!({"name": "a", "policy": r#"{"Statement": {"Action": "s3:*"}}"#});
        let other = json!({"name": "b", "policy": "{}"});
        assert!(same_inline(&list(json!([one, other])), &list(json!([other, alike]))));
        assert!(!same_inline(&list(json!([one])), &list(json!([one, other]))));
        assert!(same_inline(&list(json!([{}])), &list(json!([]))), "an empty object stands for none");
        assert!(!same_inline(
            &list(json!([other])),
            &list(json!([{"name": "b", "policy": r#"{"Id": "x"}"#}]))
        ));
    }

    #[test]
    fn what_is_wrong_with_a_listed_policy_is_told_with_its_place() {
        let statement = json!({"Effect": "Allow", "Action": "s3:*", "Principal": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        let fields = Value::from_json(&json!({"inlinePolicies": [
            {"name": "a", "policy": policy}, {"name": "a", "policy": {"Statement": []}}, {}, {"name": "b"},
        ]}));
        let mut failures = Failures::new();
        let args = RoleArgs::read(fields.as_object().unwrap(), &mut Failures::new());
        check(&args, &mut failures);
        let text = failures.to_string();
        assert!(
            text.contains("inlinePolicies[0].policy: is not a valid policy: Statement[0] has Principal"),
            "{text}"
        );
        assert!(text.contains("inlinePolicies[1].name: is \"a\""), "{text}");
        assert!(text.contains("inlinePolicies[3].policy: is missing") && !text.contains("[2]"), "{text}");
    }
}
