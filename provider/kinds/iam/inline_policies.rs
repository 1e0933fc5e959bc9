//! Policies that are a part of a role, a user or a group.

use aws_sdk_iam::Client;

use super::attachments::Identity;
use super::document;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::{Kind, alike, bad_id, begin, claim_alike, is_free, taken};
use crate::model::Json;

/// A kind that is a policy in an identity.
pub trait Inline: Kind {
    const IDENTITY: Identity;

    /// The kind of the identity.
    type Whole: Kind;

    /// The name of the identity, that of the policy, and the policy.
    fn parts(args: &Self::Args) -> (&str, &str, &Json);

    /// The arguments with these parts.
    fn args(identity: String, name: String, policy: Json) -> Self::Args;

    /// Whether the identity is this state's.
    fn is_of_state(cx: &Cx, identity: &str) -> impl Future<Output = Result<bool>> + Send;
}

/// Puts the policy into the identity; gives its ID.
pub async fn create<K: Inline>(cx: &Cx, args: &K::Args) -> Result<String> {
    // Putting a policy overwrites whatever has its name.
    let (identity, name, _) = K::parts(args);
    let id = format!("{identity}:{name}");
    let is_free = is_free::<K::Whole, K>(cx, identity, &id);
    match if is_free { None } else { find::<K>(cx, &id).await? } {
        Some(there) if alike(&there, args) => {
            let what = format!("policy of the {}", K::IDENTITY.word());
            claim_alike::<K>(cx, &id, &what, K::is_of_state(cx, identity)).await?;
        }
        Some(_) => {
            let what = format!("policy in the {} {identity}", K::IDENTITY.word());
            return Err(taken(None, &what, name));
        }
        None => {
            begin(cx, &id);
            put::<K>(cx, args).await?;
            cx.tell(id.clone(), args.clone());
        }
    }
    Ok(id)
}

/// What the policy with this ID says.
pub async fn find<K: Inline>(cx: &Cx, id: &str) -> Result<Option<K::Args>> {
    if let Some(told) = cx.told(&id.to_owned()) {
        return Ok(Some(told));
    }
    let (identity, name) = parse::<K>(id)?;
    let text = policy(&cx.client::<Client>()?, K::IDENTITY, identity, name).await?;
    text.map(|text| Ok(K::args(identity.to_owned(), name.to_owned(), document(&text)?))).transpose()
}

async fn policy(client: &Client, of: Identity, identity: &str, name: &str) -> Result<Option<String>> {
    Ok(match of {
        Identity::Group => {
            let call = client.get_group_policy().group_name(identity).policy_name(name);
            found(call.send().await)?.map(|answer| answer.policy_document)
        }
        Identity::Role => {
            let call = client.get_role_policy().role_name(identity).policy_name(name);
            found(call.send().await)?.map(|answer| answer.policy_document)
        }
        Identity::User => {
            let call = client.get_user_policy().user_name(identity).policy_name(name);
            found(call.send().await)?.map(|answer| answer.policy_document)
        }
    })
}

/// Writes the policy, whatever it said before.
pub async fn put<K: Inline>(cx: &Cx, args: &K::Args) -> Result<()> {
    let (identity, name, Json(policy)) = K::parts(args);
    let client = cx.client::<Client>()?;
    let text = policy.to_string();
    match K::IDENTITY {
        Identity::Group => {
            let call = client.put_group_policy().group_name(identity).policy_name(name);
            call.policy_document(text).send().await?;
        }
        Identity::Role => {
            let call = client.put_role_policy().role_name(identity).policy_name(name);
            call.policy_document(text).send().await?;
        }
        Identity::User => {
            let call = client.put_user_policy().user_name(identity).policy_name(name);
            call.policy_document(text).send().await?;
        }
    }
    Ok(())
}

pub async fn delete<K: Inline>(cx: &Cx, id: &str) -> Result<()> {
    let (identity, name) = parse::<K>(id)?;
    let client = cx.client::<Client>()?;
    match K::IDENTITY {
        Identity::Group => {
            client.delete_group_policy().group_name(identity).policy_name(name).send().await?;
        }
        Identity::Role => {
            client.delete_role_policy().role_name(identity).policy_name(name).send().await?;
        }
        Identity::User => {
            client.delete_user_policy().user_name(identity).policy_name(name).send().await?;
        }
    }
    Ok(())
}

/// Neither name may have a colon.
fn parse<K: Kind>(id: &str) -> Result<(&str, &str)> {
    id.split_once(':').ok_or_else(|| bad_id(id, K::ID))
}
