//! Managed policies that are attached to a user, a group or a role.

use std::collections::HashMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::AttachedPolicy;

use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::kinds::{Kind, begin, claim_alike, is_free};

/// What has policies of its own, and policies attached to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    Group,
    Role,
    User,
}

impl Identity {
    pub fn word(self) -> &'static str {
        match self {
            Identity::Group => "group",
            Identity::Role => "role",
            Identity::User => "user",
        }
    }
}

/// Attaches a policy, for a resource `Part` that is this attachment and no more; gives its ID. `of_state`
/// looks whether the identity, a `Whole`, is this state's.
pub async fn create<Whole: Kind, Part: Kind>(
    cx: &Cx,
    identity: Identity,
    name: &str,
    policy: &str,
    of_state: impl Future<Output = Result<bool>>,
) -> Result<String> {
    let id = format!("{name}/{policy}");
    // Attaching again changes nothing, and says nothing.
    let is_free = is_free::<Whole, Part>(cx, name, &id);
    if !is_free && attached(cx, identity, name).await?.iter().any(|arn| arn == policy) {
        let what = format!("attachment of the policy to the {}", identity.word());
        claim_alike::<Part>(cx, &id, &what, of_state).await?;
        return Ok(id);
    }
    begin(cx, &id);
    attach(cx, identity, name, policy).await?;
    cx.tell((identity, name.to_owned()), vec![policy.to_owned()]);
    Ok(id)
}

/// The ARNs of the policies that an identity has; one call serves all of its attachments.
pub async fn attached(cx: &Cx, identity: Identity, name: &str) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(1, (identity, name.to_owned()), move |identities| {
        let client = client.clone();
        async move {
            let mut lists = HashMap::new();
            for (identity, name) in identities {
                if let Some(list) = found(list(&client, identity, &name).await)? {
                    let arns = list.into_iter().filter_map(|policy| policy.policy_arn);
                    lists.insert((identity, name), arns.collect::<Vec<_>>());
                }
            }
            Ok(lists)
        }
    });
    Ok(read.await?.unwrap_or_default())
}

async fn list(client: &Client, identity: Identity, name: &str) -> Result<Vec<AttachedPolicy>> {
    let list: Result<Vec<_>, Error> = match identity {
        Identity::Group => {
            let pages = client.list_attached_group_policies().group_name(name).into_paginator();
            pages.items().send().try_collect().await.map_err(Error::from)
        }
        Identity::Role => {
            let pages = client.list_attached_role_policies().role_name(name).into_paginator();
            pages.items().send().try_collect().await.map_err(Error::from)
        }
        Identity::User => {
            let pages = client.list_attached_user_policies().user_name(name).into_paginator();
            pages.items().send().try_collect().await.map_err(Error::from)
        }
    };
    list
}

pub async fn attach(cx: &Cx, identity: Identity, name: &str, policy: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    match identity {
        Identity::Group => {
            client.attach_group_policy().group_name(name).policy_arn(policy).send().await?;
        }
        Identity::Role => {
            client.attach_role_policy().role_name(name).policy_arn(policy).send().await?;
        }
        Identity::User => {
            client.attach_user_policy().user_name(name).policy_arn(policy).send().await?;
        }
    }
    Ok(())
}

pub async fn detach(cx: &Cx, identity: Identity, name: &str, policy: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    match identity {
        Identity::Group => {
            client.detach_group_policy().group_name(name).policy_arn(policy).send().await?;
        }
        Identity::Role => {
            client.detach_role_policy().role_name(name).policy_arn(policy).send().await?;
        }
        Identity::User => {
            client.detach_user_policy().user_name(name).policy_arn(policy).send().await?;
        }
    }
    Ok(())
}

/// The name and the ARN in the ID of an attachment. No name has a slash.
pub fn parse(id: &str) -> Option<(&str, &str)> {
    id.split_once('/').filter(|(_, arn)| arn.starts_with("arn:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_name_and_an_arn() {
        let id = "app/arn:aws:iam::aws:policy/service-role/X";
        assert_eq!(parse(id), Some(("app", "arn:aws:iam::aws:policy/service-role/X")));
        assert!(parse("app/X").is_none() && parse("app").is_none());
    }
}
