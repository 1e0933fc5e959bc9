//! AWS Identity and Access Management: roles and what they may do.

mod access_key;
mod attachments;
mod codes;
mod group;
mod group_membership;
mod group_policy;
mod group_policy_attachment;
mod inline_policies;
mod instance_profile;
mod look_ups;
mod open_id_connect_provider;
mod policy;
mod policy_attachment;
mod policy_document;
mod role;
mod role_policy;
mod role_policy_attachment;
mod unsupported;
mod user;
mod user_group_membership;
mod user_policy;
mod user_policy_attachment;

pub use access_key::*;
pub use group::*;
pub use group_membership::*;
pub use group_policy::*;
pub use group_policy_attachment::*;
pub use instance_profile::*;
pub use look_ups::*;
pub use open_id_connect_provider::*;
pub use policy::*;
pub use policy_attachment::*;
pub use policy_document::*;
pub use role::*;
pub use role_policy::*;
pub use role_policy_attachment::*;
pub use user::*;
pub use user_group_membership::*;
pub use user_policy::*;
pub use user_policy_attachment::*;

use std::collections::BTreeMap;

use aws_sdk_iam::error::BuildError;
use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use serde_json::Value as J;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::policies::{self, Sort};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::model::{Failures, In, Json, Prop};

/// Managed and inline policies.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
const IAM_POLICY: NameRule = NameRule { what: "IAM policy", max: 128, alphabet: IAM, ..PLAIN };

const IAM: Alphabet = Alphabet {
    words: "letters, digits and + = , . @ _ -",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c),
};

/// Who a statement is about, which the policy of an identity leaves open.
const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];

/// What a statement is about, which a trust policy leaves open.
const RESOURCES: [&str; 2] = ["Resource", "NotResource"];

/// The tags that a create call gives to what it makes, the one that says whose it is included.
fn tagged(cx: &Cx, user: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    Ok(pairs(cx.owned(user))?)
}

fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, BuildError> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tag_pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Reads a policy as IAM returns it: JSON, percent-encoded.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
fn document(encoded: &str) -> Result<Json> {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    let unreadable = |error| {
        Error::new(ErrorKind::Other, format!("IAM returned a policy that is not valid JSON: {error}"))
    };
    Ok(Json(serde_json::from_str(&text).map_err(unreadable)?))
}

/// Holds the policy of an identity against the grammar: it says what, and never who.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn check_permissions<A>(name: Prop<A>, policy: &In<Json>, sort: &Sort, failures: &mut Failures) {
    let Some(Json(document)) = policy.get() else { return };
    for problem in check_document(document, sort) {
        failures.add(name, problem);
    }
}

/// What is wrong with the policy of an identity.
fn check_document(document: &J, sort: &Sort) -> Vec<String> {
    statement_problems(document, sort, |statement| {
        let Some(who) = PRINCIPALS.iter().find(|key| statement.contains_key(**key)) else {
            let lacks = !RESOURCES.iter().any(|key| statement.contains_key(*key));
            return lacks.then(|| "has no Resource; give ARNs, or \"*\"".to_owned());
        };
        Some(format!("has {who}; leave it out, since the policy applies to what it is attached to"))
    })
}

/// Holds a trust policy against the grammar: it says who, and never on what.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn check_trust<A>(name: Prop<A>, policy: &In<Json>, failures: &mut Failures) {
    let Some(Json(document)) = policy.get() else { return };
    let problems = statement_problems(document, &policies::TRUST, |statement| {
        if let Some(what) = RESOURCES.iter().find(|key| statement.contains_key(**key)) {
            return Some(format!("has {what}; leave it out, since a trust policy applies to its own role"));
        }
        let names_nobody = !PRINCIPALS.iter().any(|key| statement.contains_key(*key));
        names_nobody.then(|| {
            r#"has no Principal; give who may assume the role, such as {"Service": "ecs-tasks.amazonaws.com"}"#
                .to_owned()
        })
    });
    for problem in problems {
        failures.add(name, problem);
    }
}

fn statement_problems(
    document: &J,
    sort: &Sort,
    problem: impl Fn(&serde_json::Map<String, J>) -> Option<String>,
) -> Vec<String> {
    let mut problems = policies::problems(document, sort);
    let statements = policies::statements(document).unwrap_or_default();
    for (index, statement) in statements.into_iter().enumerate() {
        if let Some(problem) = statement.as_object().and_then(&problem) {
            problems.push(format!("is not a valid policy: Statement[{index}] {problem}"));
        }
        let sid = statement.get("Sid").and_then(J::as_str).unwrap_or_default();
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            let reason = format!("has the Sid {sid:?}; use letters and digits");
            problems.push(format!("is not a valid policy: Statement[{index}] {reason}"));
        }
    }
    problems
}

/// Roles are told by name; an ARN in its place is a common slip.
fn check_role_name(name: &str) -> Result<(), String> {
    check_short(name, "role")
}

fn check_user_name(name: &str) -> Result<(), String> {
    check_short(name, "user")
}

fn check_group_name(name: &str) -> Result<(), String> {
    check_short(name, "group")
}

fn check_short(name: &str, what: &str) -> Result<(), String> {
    match name.rsplit_once('/').filter(|_| name.starts_with("arn:")) {
        Some((_, short)) => Err(format!("is the ARN of a {what}; give its name, {short:?}")),
        None => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
fn check_path(path: &str) -> Result<(), String> {
    let printable = path.chars().all(|c| ('!'..='\u{7f}').contains(&c));
    match path.starts_with('/') && path.ends_with('/') && printable && path.len() <= 512 {
        true => Ok(()),
        false => Err(format!("is {path:?}; give a path that starts and ends with a slash, such as /agents/")),
    }
}

fn check_arn(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give an ARN, such as arn:aws:iam::aws:policy/ReadOnlyAccess")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn failures(
        check: fn(Prop<RolePolicyArgs>, &In<Json>, &mut Failures),
        document: serde_json::Value,
    ) -> Vec<String> {
        let mut failures = Failures::new();
        check(RolePolicyArgs::POLICY, &In::known(Json(document)), &mut failures);
        failures.into_iter().map(|failure| failure.reason).collect()
    }

    #[test]
    fn a_policy_comes_percent_encoded() {
        let text =
            "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%2C%22Id%22%3A%22a%2Bb%20c%22%7D";
        let read = document(text).unwrap();
        assert_eq!(read.0, json!({"Version": "2012-10-17", "Statement": [], "Id": "a+b c"}));
        assert_eq!(document(r#"{"Id": "100"}"#).unwrap().0, json!({"Id": "100"}));
        assert!(document("nonsense").is_err());
    }

    #[test]
    fn trust_says_who_and_permissions_say_what() {
        let trust = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "x"}}});
        let permission = json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
        assert!(failures(check_trust, trust.clone()).is_empty());
        let check_permissions = |name: Prop<RolePolicyArgs>, policy: &In<Json>, failures: &mut Failures| {
            check_permissions(name, policy, &policies::INLINE, failures);
        };
        assert!(failures(check_permissions, permission.clone()).is_empty());
        assert!(failures(check_permissions, trust)[0].contains("Statement[0] has Principal"));
        assert!(failures(check_trust, permission)[0].contains("Statement[0] has Resource"));
        assert!(
            failures(check_trust, json!({"Statement": [{"Effect": "Allow", "Action": "a:b"}]}))[0]
                .contains("no Principal")
        );
        assert!(failures(check_trust, json!([]))[0].contains("is not a policy"));
    }

    #[test]
    fn slips_with_names_and_paths_are_told() {
        assert!(check_role_name("app").is_ok());
        assert!(check_role_name("arn:aws:iam::1:role/team/app").unwrap_err().contains("\"app\""));
        assert!(check_path("/").is_ok() && check_path("/agents/").is_ok());
        assert!(check_path("agents").is_err() && check_path("/a b/").is_err());
    }
}
