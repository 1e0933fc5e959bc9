//! Tags of hosted zones and health checks, which no call that makes one takes.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{Tag, TagResourceType};

use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::Tags;

pub(super) const LIST: &[&str] = &["route53:ListTagsForResource"];
pub(super) const CHANGE: &[&str] = &["route53:ChangeTagsForResource"];

/// All tags, or nothing where there is no such thing.
pub(super) async fn list(cx: &Cx, kind: TagResourceType, id: &str) -> Result<Option<Tags>> {
    let call = cx.client::<Client>()?.list_tags_for_resource().resource_type(kind).resource_id(id);
    let answer = found(call.send().await)?;
    let tags = answer.map(|answer| answer.resource_tag_set.and_then(|set| set.tags).unwrap_or_default());
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(tags.map(|tags| tags.into_iter().filter_map(pair).collect()))
}

pub(super) async fn set(cx: &Cx, kind: TagResourceType, id: &str, tags: Tags) -> Result<()> {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let call = cx.client::<Client>()?.change_tags_for_resource().set_add_tags(Some(tags.collect()));
    call.resource_type(kind).resource_id(id).send().await?;
    Ok(())
}

pub(super) async fn remove(cx: &Cx, kind: TagResourceType, id: &str, keys: Vec<String>) -> Result<()> {
    let call = cx.client::<Client>()?.change_tags_for_resource().set_remove_tag_keys(Some(keys));
    call.resource_type(kind).resource_id(id).send().await?;
    Ok(())
}

/// What Route 53 keeps of a request: whose it is, and another for each attempt to make one, since a
/// reference serves once.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html>
pub(super) fn reference(cx: &Cx) -> String {
    let attempt: String = cx.client_token().chars().take(24).collect();
    format!("{}-{attempt}", cx.token())
}
