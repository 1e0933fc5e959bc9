//! Who may use a key, beside the key.

use aws_sdk_kms::Client;

use super::key::{self, POLICY, POLICY_NAME, usual_policy};
use super::{Key, key_id};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::policies;
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, is_free};
use crate::model::{Failures, Json, Model};

/// The key policy of a KMS key, as a separate resource, for a policy that refers to the key itself
/// or to a resource that depends on it. Use either this resource or the property `policy` of the
/// key. Deleting the resource restores the default key policy, under which IAM policies of the
/// account control access to the key.
#[derive(Clone, Debug, Model)]
pub struct KeyPolicyArgs {
    /// Whether to accept a key policy that could prevent the account from managing the key.
    #[model(in_place, write_only, default = false)]
    pub bypass_policy_lockout_safety_check: bool,
    /// The ID or ARN of the key.
    #[model(replace, same = same_key, check = check_key, length = 1..=2048)]
    pub key_id: String,
    /// The key policy, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
}

/// The outputs of a key policy.
#[derive(Clone, Debug, Model)]
pub struct KeyPolicyState {}

/// The policy of a key.
pub struct KeyPolicy;

impl Kind for KeyPolicy {
    const TOKEN: &'static str = "agentic:kms:KeyPolicy";
    const ID: &'static str = "the ID of the key";
    const IMPORT_ID: fn(&str) -> &str = key_id;
    const ACTIONS: Actions = Actions {
        create: &["kms:GetKeyPolicy", "kms:ListResourceTags", "kms:PutKeyPolicy"],
        read: &["kms:GetKeyPolicy"],
        update: &["kms:PutKeyPolicy"],
        delete: &["kms:PutKeyPolicy"],
    };
    /// A key has one.
    const ALONE: bool = true;

    type Args = KeyPolicyArgs;
    type State = KeyPolicyState;

    fn rules(args: &KeyPolicyInputs, failures: &mut Failures) {
        let policy = args.policy.get();
        for problem in policy.iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(KeyPolicyArgs::POLICY, problem);
        }
    }

    async fn create(cx: &Cx, args: &KeyPolicyArgs) -> Result<String> {
        // Putting a policy overwrites the one that is there.
        let id = key_id(&args.key_id);
        let there = if is_free::<Key, Self>(cx, id, id) { None } else { find(cx, id).await? };
        let there = match there {
            Some(there) if !is_usual(cx, &there).await? => Some(there),
            _ => None,
        };
        match there {
            Some(there) if is_same(&there, &args.policy) => {
                claim_alike::<Self>(cx, id, "policy of the key", key::is_of_state(cx, id)).await?;
            }
            Some(_) => {
                let message = format!("the key {id} has another policy already");
                let hint =
                    "Take the policy out of the key's own arguments; or import it with `pulumi import`.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, id);
                put(cx, id, args).await?;
            }
        }
        Ok(id.to_owned())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        match find(cx, id).await? {
            Some(there) if !is_usual(cx, &there).await? => Ok(Some(live(id, there))),
            _ => Ok(None),
        }
    }

    /// A key has a policy at any time. Unless it is what was asked for, the default one is none.
    async fn refresh(cx: &Cx, id: &str, old: &KeyPolicyArgs) -> Result<Option<Live<Self>>> {
        match find(cx, id).await? {
            Some(there) if is_same(&there, &old.policy) => Ok(Some(live(id, there))),
            _ => Self::read(cx, id).await,
        }
    }

    async fn update(cx: &Cx, id: &str, update: &Update<KeyPolicyArgs>) -> Result<()> {
        match update.any(&[KeyPolicyArgs::POLICY]) {
            true => put(cx, id, &update.new).await,
            false => Ok(()),
        }
    }

    async fn delete(cx: &Cx, id: &str, args: &KeyPolicyArgs) -> Result<()> {
        put(cx, id, &KeyPolicyArgs { policy: Json(usual_policy(cx).await?), ..args.clone() }).await
    }
}

fn live(id: &str, policy: Json) -> Live<KeyPolicy> {
    let args = KeyPolicyObserved {
        key_id: Some(id.to_owned()),
        policy: Some(policy),
        ..KeyPolicyObserved::default()
    };
    Live { args, state: KeyPolicyState {} }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<Json>> {
    let call = cx.client::<Client>()?.get_key_policy().key_id(key_id(id)).policy_name(POLICY_NAME);
    let text = found(call.send().await)?.and_then(|answer| answer.policy);
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).map(Json))
}

async fn put(cx: &Cx, id: &str, args: &KeyPolicyArgs) -> Result<()> {
    let call = cx.client::<Client>()?.put_key_policy().key_id(key_id(id)).policy_name(POLICY_NAME);
    let call = call.bypass_policy_lockout_safety_check(args.bypass_policy_lockout_safety_check);
    call.policy(args.policy.0.to_string()).send().await?;
    Ok(())
}

/// Whether it is the policy that KMS gives a key by itself.
async fn is_usual(cx: &Cx, policy: &Json) -> Result<bool> {
    Ok(is_same(policy, &Json(usual_policy(cx).await?)))
}

fn is_same(one: &Json, other: &Json) -> bool {
    let of = |policy: &Json| KeyPolicyArgs {
        bypass_policy_lockout_safety_check: false,
        key_id: String::new(),
        policy: policy.clone(),
    };
    alike(&of(one), &of(other))
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
fn check_key(key: &str) -> Result<(), String> {
    match key.contains("alias/") {
        true => Err(format!("is {key:?}, an alias; give the ID or ARN of a key")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_is_told_by_what_it_says() {
        let of = |actions: serde_json::Value| {
            let statement = json!({"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"});
            Json(json!({"Version": "2012-10-17", "Statement": [statement]}))
        };
        assert!(is_same(&of(json!(["kms:*"])), &of(json!("kms:*"))));
        assert!(!is_same(&of(json!("kms:*")), &of(json!("kms:Decrypt"))));
    }

    #[test]
    fn an_alias_is_no_key() {
        assert!(check_key("alias/app").is_err() && check_key("1234abcd").is_ok());
    }
}
