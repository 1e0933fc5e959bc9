//! The calls for policies, which are alike for each sort of them.

use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};

/// The ARN of what CloudFront has in no region.
pub(super) async fn arn(cx: &Cx, what: &str) -> Result<String> {
    let partition = partition(cx.region().unwrap_or_default());
    Ok(format!("arn:{partition}:cloudfront::{}:{what}", cx.aws.account_id().await?))
}

pub(super) fn missing(what: &str, id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {what} {id}"))
}

/// Writes the calls for one sort of policy: `make`, `get`, `named`, `put` and `remove`.
macro_rules! policy_calls {
    (
        $what:literal, $policy:ident, $config:ident: $Config:ident,
        $create:ident $get:ident $update:ident $delete:ident $list:ident -> $found:ident
    ) => {
        async fn make(cx: &Cx, config: types::$Config) -> Result<String> {
            let made = cx.client::<Client>()?.$create().$config(config).send().await?;
            Ok(told(made.$policy, "the policy that it created")?.id)
        }

        /// What there is, and the version of it that a change must name.
        async fn get(cx: &Cx, id: &str) -> Result<Option<(types::$Config, String)>> {
            let answer = found(cx.client::<Client>()?.$get().id(id).send().await)?;
            let Some(answer) = answer else { return Ok(None) };
            let config = told(answer.$policy.and_then(|there| there.$config), "the policy's settings")?;
            Ok(Some((config, answer.e_tag.unwrap_or_default())))
        }

        /// The id of the policy of this name, of AWS or of the account.
        async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
            let client = cx.client::<Client>()?;
            let mut marker = None;
            loop {
                let page = client.$list().set_marker(marker).send().await?;
                let page = told(page.$found, "the list of policies")?;
                let all = page.items().iter().filter_map(|item| item.$policy());
                let mut fitting = all.filter(|it| it.$config().is_some_and(|config| config.name() == name));
                if let Some(there) = fitting.next() {
                    return Ok(Some(there.id().to_owned()));
                }
                marker = page.next_marker.filter(|marker| !marker.is_empty());
                if marker.is_none() {
                    return Ok(None);
                }
            }
        }

        async fn put(cx: &Cx, id: &str, config: types::$Config) -> Result<()> {
            let Some((_, etag)) = get(cx, id).await? else { return Err(policies::missing($what, id)) };
            cx.client::<Client>()?.$update().id(id).if_match(etag).$config(config).send().await?;
            Ok(())
        }

        async fn remove(cx: &Cx, id: &str) -> Result<()> {
            let Some((_, etag)) = get(cx, id).await? else { return Err(policies::missing($what, id)) };
            cx.client::<Client>()?.$delete().id(id).if_match(etag).send().await?;
            Ok(())
        }

        /// Makes the policy, or takes up the one of its name that an attempt before this one made.
        async fn make_or_claim<K: Kind>(
            cx: &Cx,
            name: &str,
            config: types::$Config,
            is_wanted: impl FnOnce(&types::$Config) -> Result<bool>,
        ) -> Result<String> {
            begin(cx, name);
            match make(cx, config).await {
                // It takes neither tags nor a token.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => match named(cx, name).await? {
                    Some(id) => match get(cx, &id).await? {
                        Some((there, _)) if is_wanted(&there)? => {
                            claim_alike::<K>(cx, name, $what, async { Ok(false) }).await?;
                            Ok(id)
                        }
                        _ => Err(taken(error, $what, name)),
                    },
                    None => Err(error.with_kind(ErrorKind::NotReady)),
                },
                made => made,
            }
        }
    };
}

pub(super) use policy_calls;
