//! A function that CloudFront runs at its edge locations.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::primitives::Blob;
use aws_sdk_cloudfront::types::{
    self, FunctionConfig, FunctionRuntime, FunctionStage, FunctionSummary, KeyValueStoreAssociation,
    KeyValueStoreAssociations,
};

use super::distribution::{CloudFrontTags, pairs};
use super::policies::missing;
use super::{quantity, told};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html>
const NAME: NameRule = NameRule { what: "function", max: 64, ..PLAIN };

/// The largest code, in bytes.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions>
const MOST_CODE: usize = 10 * 1024;

/// A CloudFront function: JavaScript code that CloudFront runs on requests or responses. The
/// `functionAssociations` of a cache behavior refer to it.
#[derive(Clone, Debug, Model)]
pub struct FunctionArgs {
    /// The code of the function, with a function named `handler`.
    #[model(in_place)]
    pub code: String,
    /// The comment on the function.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
    /// The ARN of the key value store that the function reads, as a list with a single item.
    /// Requires the runtime `cloudfront-js-2.0`.
    #[model(in_place, set, default = [], length = 0..=1)]
    pub key_value_store_associations: Vec<String>,
    /// The name of the function, unique in the account.
    #[model(replace, autoname)]
    pub name: String,
    /// Whether changes are published, so that distributions run them.
    #[model(in_place, default = true, write_only)]
    pub publish: bool,
    /// The runtime.
    #[model(in_place, one_of = ["cloudfront-js-1.0", "cloudfront-js-2.0"])]
    pub runtime: String,
    /// The tags of the function.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a CloudFront function.
#[derive(Clone, Debug, Model)]
pub struct FunctionState {
    /// The ARN of the function.
    pub arn: String,
    /// The version of the function in development.
    #[model(in_place)]
    pub etag: String,
    /// The version of the function that distributions run, if one is published.
    #[model(in_place)]
    pub live_stage_etag: Option<String>,
    /// The status of the function: `UNPUBLISHED`, `UNASSOCIATED` or `ASSOCIATED`.
    #[model(in_place)]
    pub status: String,
}

/// A CloudFront function.
pub struct EdgeFunction;

impl Kind for EdgeFunction {
    const TOKEN: &'static str = "agentic:cloudfront:Function";
    const ID: &'static str = "the name of the function";
    const TAGS: TaggedBy = TaggedBy::service::<CloudFrontTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateFunction",
            "cloudfront:DescribeFunction",
            "cloudfront:GetFunction",
            "cloudfront:PublishFunction",
            "cloudfront:UpdateFunction",
        ],
        read: &["cloudfront:DescribeFunction", "cloudfront:GetFunction"],
        update: &["cloudfront:DescribeFunction", "cloudfront:PublishFunction", "cloudfront:UpdateFunction"],
        delete: &["cloudfront:DescribeFunction", "cloudfront:DeleteFunction"],
    };
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const GLOBAL: bool = true;

    type Args = FunctionArgs;
    type State = FunctionState;

    fn rules(args: &FunctionInputs, failures: &mut Failures) {
        if let Some(code) = args.code.get().filter(|code| code.len() > MOST_CODE) {
            let reason = format!(
                "has {} bytes; CloudFront allows at most {MOST_CODE}, so make it smaller",
                code.len()
            );
            failures.add(FunctionArgs::CODE, reason);
        }
        let has_stores = args.key_value_store_associations.get().is_some_and(|it| !it.is_empty());
        if has_stores && args.runtime.get().is_some_and(|runtime| runtime == "cloudfront-js-1.0") {
            let reason = "requires the runtime cloudfront-js-2.0; give that runtime";
            failures.add(FunctionArgs::KEY_VALUE_STORE_ASSOCIATIONS, reason);
        }
    }

    async fn create(cx: &Cx, args: &FunctionArgs) -> Result<String> {
        let tags = types::Tags::builder().set_items(Some(pairs(cx.owned(&args.tags))?)).build();
        let make = cx.client::<Client>()?.create_function().name(&args.name);
        let make = make.function_config(config(args)?).function_code(Blob::new(args.code.as_bytes()));
        match make.tags(tags).send().await.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "CloudFront function").await
            }
            made => made.map(|_| args.name.clone()),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &FunctionArgs) -> Result<()> {
        if !args.publish {
            return Ok(());
        }
        let live = describe(cx, id, FunctionStage::Live).await?;
        let development = describe(cx, id, FunctionStage::Development).await?;
        match (live, development) {
            (Some((live, _)), Some((there, _))) if !is_newer(&there, &live) => Ok(()),
            (_, Some((_, etag))) => publish(cx, id, etag).await,
            (_, None) => Err(Error::new(ErrorKind::NotReady, format!("{id} exists but is not visible yet"))),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = describe(cx, id, FunctionStage::Development).await? else {
            return Ok(None);
        };
        let get = cx.client::<Client>()?.get_function().name(id).stage(FunctionStage::Development);
        let Some(code) = found(get.send().await)? else { return Ok(None) };
        let code = told(code.function_code, "the code of the function")?.into_inner();
        let live = describe(cx, id, FunctionStage::Live).await?;
        let config = told(there.function_config, "the function's settings")?;
        let stores = config.key_value_store_associations().map(|stores| stores.items()).unwrap_or_default();
        Ok(Some(Live {
            args: FunctionObserved {
                code: Some(String::from_utf8_lossy(&code).into_owned()),
                comment: Some(config.comment.clone()),
                key_value_store_associations: Some(
                    stores.iter().map(|store| store.key_value_store_arn.clone()).collect(),
                ),
                name: Some(there.name),
                runtime: Some(config.runtime.as_str().to_owned()),
                ..FunctionObserved::default()
            },
            state: FunctionState {
                arn: told(there.function_metadata, "the function's ARN")?.function_arn,
                etag,
                live_stage_etag: live.map(|(_, etag)| etag),
                status: there.status.unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<FunctionArgs>) -> Result<()> {
        let new = &update.new;
        let missing = || missing("CloudFront function", id);
        let (_, mut etag) = describe(cx, id, FunctionStage::Development).await?.ok_or_else(missing)?;
        if update.any_but(&[FunctionArgs::PUBLISH, FunctionArgs::TAGS]) {
            let put = cx.client::<Client>()?.update_function().name(id).if_match(etag);
            let put = put.function_config(config(new)?).function_code(Blob::new(new.code.as_bytes()));
            etag = put.send().await?.e_tag.unwrap_or_default();
        }
        match new.publish {
            true => publish(cx, id, etag).await,
            false => Ok(()),
        }
    }

    async fn delete(cx: &Cx, id: &str, _args: &FunctionArgs) -> Result<()> {
        let missing = || missing("CloudFront function", id);
        let (_, etag) = describe(cx, id, FunctionStage::Development).await?.ok_or_else(missing)?;
        cx.client::<Client>()?.delete_function().name(id).if_match(etag).send().await?;
        Ok(())
    }
}

/// The function in a stage, and the version of it that a change must name.
async fn describe(cx: &Cx, name: &str, stage: FunctionStage) -> Result<Option<(FunctionSummary, String)>> {
    let answer = found(cx.client::<Client>()?.describe_function().name(name).stage(stage).send().await)?;
    Ok(answer.and_then(|answer| Some((answer.function_summary?, answer.e_tag.unwrap_or_default()))))
}

async fn publish(cx: &Cx, name: &str, etag: String) -> Result<()> {
    cx.client::<Client>()?.publish_function().name(name).if_match(etag).send().await?;
    Ok(())
}

/// Whether there is a change that is not published.
fn is_newer(development: &FunctionSummary, live: &FunctionSummary) -> bool {
    let changed = |it: &FunctionSummary| it.function_metadata().map(|it| it.last_modified_time.as_nanos());
    changed(development) > changed(live)
}

fn config(args: &FunctionArgs) -> Result<FunctionConfig> {
    let store = |arn: &String| KeyValueStoreAssociation::builder().key_value_store_arn(arn).build();
    let stores: Vec<_> = args.key_value_store_associations.iter().map(store).collect::<Result<_, _>>()?;
    let stores = KeyValueStoreAssociations::builder()
        .quantity(quantity(&stores))
        .set_items(Some(stores).filter(|stores| !stores.is_empty()));
    Ok(FunctionConfig::builder()
        .comment(&args.comment)
        .key_value_store_associations(stores.build()?)
        .runtime(FunctionRuntime::from(args.runtime.as_str()))
        .build()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    #[test]
    fn code_is_small_and_stores_need_the_later_runtime() {
        let args = json!({
            "code": "x".repeat(MOST_CODE + 1),
            "keyValueStoreAssociations": ["arn:aws:cloudfront::123456789012:key-value-store/a"],
            "name": "rewrite",
            "runtime": "cloudfront-js-1.0",
        });
        let input = FunctionArgs::read(Value::from_json(&args).as_object().unwrap(), &mut Failures::new());
        let mut failures = Failures::new();
        EdgeFunction::rules(&input, &mut failures);
        let told: Vec<String> = failures.iter().map(|failure| failure.path.to_string()).collect();
        assert_eq!(told, ["code", "keyValueStoreAssociations"]);
    }
}
