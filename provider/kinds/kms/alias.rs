//! Another name of a KMS key.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::AliasListEntry;

use super::key_id;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::kms::same_key;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, taken};
use crate::model::{Failures, Model, Value};

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html>
const ALIAS: NameRule = NameRule {
    what: "alias",
    max: 250,
    alphabet: Alphabet {
        words: "letters, digits and / _ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "/_-".contains(c),
    },
    ..PLAIN
};

const PREFIX: &str = "alias/";

/// An alias of a KMS key: a name that can be moved to another key.
#[derive(Clone, Debug, Model)]
pub struct AliasArgs {
    /// The name of the alias. The prefix `alias/` may be omitted.
    #[model(replace, autoname, same = same_alias)]
    pub name: String,
    /// The ID or ARN of the key. Data that previous keys of the alias encrypted can be decrypted
    /// for as long as those keys exist.
    #[model(in_place, same = same_key)]
    pub target_key_id: String,
}

/// The outputs of an alias.
#[derive(Clone, Debug, Model)]
pub struct AliasState {
    /// The ARN of the alias.
    pub arn: String,
    /// The ARN of the key.
    #[model(in_place)]
    pub target_key_arn: String,
}

/// Another name of a KMS key.
pub struct Alias;

impl Kind for Alias {
    const TOKEN: &'static str = "agentic:kms:Alias";
    const ID: &'static str = "the name of the alias, such as `alias/app`";
    const NAME: Option<&'static NameRule> = Some(&ALIAS);
    const ACTIONS: Actions = Actions {
        create: &["kms:CreateAlias", "kms:ListAliases"],
        read: &["kms:ListAliases"],
        update: &["kms:UpdateAlias"],
        delete: &["kms:DeleteAlias"],
    };

    type Args = AliasArgs;
    type State = AliasState;

    fn rules(args: &AliasInputs, failures: &mut Failures) {
        let name = args.name.get().map(|name| prefixed(name));
        if let Some(name) = name.filter(|name| name.starts_with("alias/aws/")) {
            failures
                .add(AliasArgs::NAME, format!("is {name:?}; names that begin with alias/aws/ are reserved"));
        }
        if let Some(key) = args.target_key_id.get().filter(|key| key.contains(PREFIX)) {
            let reason = format!("is {key:?}, an alias itself; give the ID or ARN of a key");
            failures.add(AliasArgs::TARGET_KEY_ID, reason);
        }
    }

    async fn create(cx: &Cx, args: &AliasArgs) -> Result<String> {
        let name = prefixed(&args.name);
        match find(cx, &name).await? {
            Some(there) if there.target_key_id() == Some(key_id(&args.target_key_id)) => {
                claim_alike::<Self>(cx, &name, "KMS alias", async { Ok(false) }).await?;
            }
            Some(_) => return Err(taken(None, "KMS alias", &name)),
            None => {
                begin(cx, &name);
                let call = cx.client::<Client>()?.create_alias().alias_name(&name);
                let made = call.target_key_id(&args.target_key_id).send().await.map_err(Error::from);
                made.map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => taken(error, "KMS alias", &name),
                    _ => error,
                })?;
            }
        }
        Ok(name)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let name = prefixed(id);
        let Some(alias) = find(cx, &name).await? else { return Ok(None) };
        let (arn, target) = (alias.alias_arn.unwrap_or_default(), alias.target_key_id.unwrap_or_default());
        let account = arn.strip_suffix(&name).unwrap_or_default();
        Ok(Some(Live {
            state: AliasState { target_key_arn: format!("{account}key/{target}"), arn: arn.clone() },
            args: AliasObserved { name: Some(name), target_key_id: Some(target) },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AliasArgs>) -> Result<()> {
        if update.any(&[AliasArgs::TARGET_KEY_ID]) {
            let call = cx.client::<Client>()?.update_alias().alias_name(prefixed(id));
            call.target_key_id(&update.new.target_key_id).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &AliasArgs) -> Result<()> {
        cx.client::<Client>()?.delete_alias().alias_name(prefixed(id)).send().await?;
        Ok(())
    }
}

fn prefixed(name: &str) -> String {
    format!("{PREFIX}{}", name.strip_prefix(PREFIX).unwrap_or(name))
}

fn same_alias(actual: &Value, wanted: &Value) -> bool {
    actual.as_str().map(prefixed).zip(wanted.as_str().map(prefixed)).is_some_and(|(a, b)| a == b)
}

/// KMS shows all aliases of the region or those of a key.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
async fn find(cx: &Cx, name: &str) -> Result<Option<AliasListEntry>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(usize::MAX, name.to_owned(), move |_| {
        let client = client.clone();
        async move {
            let all = client.list_aliases().limit(100).into_paginator().items().send();
            let all: Vec<AliasListEntry> = all.try_collect().await?;
            let named = all.into_iter().filter_map(|alias| Some((alias.alias_name.clone()?, alias)));
            Ok(named.collect::<HashMap<_, _>>())
        }
    });
    read.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_may_be_said_without_its_prefix() {
        let same = |a: &str, b: &str| same_alias(&a.into(), &b.into());
        assert!(same("alias/app", "app") && same("app", "app") && !same("alias/app", "alias/other"));
    }

    #[test]
    fn what_kms_keeps_for_itself_is_told() {
        let mut failures = Failures::new();
        let inputs =
            AliasInputs { name: "aws/app".to_owned().into(), target_key_id: "alias/app".to_owned().into() };
        Alias::rules(&inputs, &mut failures);
        let told: Vec<_> = failures.iter().map(|failure| failure.path.to_string()).collect();
        assert_eq!(told, ["name", "targetKeyId"]);
    }
}
