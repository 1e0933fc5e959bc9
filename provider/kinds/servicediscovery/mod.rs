//! AWS Cloud Map: names under which services find each other.

mod codes;
mod private_dns_namespace;
mod service;

pub use private_dns_namespace::*;
pub use service::*;

use aws_sdk_servicediscovery::Client;
use aws_sdk_servicediscovery::types::{Operation, OperationStatus, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::Poll;
use crate::kinds::{Named, Tagging, Tags};

/// How Cloud Map tags what it has.
struct MapTags;

impl Tagging for MapTags {
    const LIST: &'static [&'static str] = &["servicediscovery:ListTagsForResource"];
    const CHANGE: &'static [&'static str] =
        &["servicediscovery:TagResource", "servicediscovery:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(&named.arn);
        let answer = found(call.send().await)?;
        let pairs = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Ok(answer.map(|answer| pairs(answer.tags.unwrap_or_default())))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tag_list(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: Tags) -> Result<Vec<Tag>> {
    tags.into_iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

/// What Cloud Map was asked to do in this operation of ours.
#[derive(Clone)]
struct Asked(String);

/// How far Cloud Map is with what it was asked for.
async fn progress(cx: &Cx, operation: &str) -> Result<Poll> {
    let found = operation_of(cx, operation).await?;
    Ok(match found.as_ref().and_then(|it| it.status.clone()) {
        None => Poll::Pending("not visible yet".to_owned()),
        Some(OperationStatus::Success) => Poll::Ready(()),
        Some(OperationStatus::Fail) => Poll::Failed(failed(found.as_ref())),
        Some(status) => Poll::Pending(status.as_str().to_lowercase()),
    })
}

async fn operation_of(cx: &Cx, operation: &str) -> Result<Option<Operation>> {
    let call = cx.client::<Client>()?.get_operation().operation_id(operation);
    Ok(found(call.send().await)?.and_then(|answer| answer.operation))
}

fn failed(operation: Option<&Operation>) -> Error {
    let code = operation.and_then(|it| it.error_code()).unwrap_or("no code");
    let reason = operation.and_then(|it| it.error_message()).unwrap_or("AWS gives no reason");
    let reason = reason.trim_end_matches('.');
    Error::new(
        ErrorKind::Failed,
        format!("AWS Cloud Map could not complete the operation ({code}): {reason}"),
    )
    .with_hint("Resolve the cause, and run `pulumi up` again.")
}
