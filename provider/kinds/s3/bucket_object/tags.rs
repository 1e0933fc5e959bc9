//! The tags of an object, all of which one call sets.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::bucket::pairs;
use super::parts;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::tags;
use crate::kinds::{Named, Tagging, Tags};

/// How S3 tags objects: all at once.
pub(super) struct ObjectTags;

impl Tagging for ObjectTags {
    const LIST: &'static [&'static str] = &["s3:GetObjectTagging"];
    const CHANGE: &'static [&'static str] = &["s3:PutObjectTagging"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let (bucket, key) = parts(&named.id)?;
        of(cx, bucket, key).await
    }

    async fn set(cx: &Cx, named: &Named, set: Tags) -> Result<()> {
        Self::change(cx, named, tags::Change { set, removed: Vec::new() }).await
    }

    async fn remove(cx: &Cx, named: &Named, removed: Vec<String>) -> Result<()> {
        Self::change(cx, named, tags::Change { set: Tags::new(), removed }).await
    }

    async fn change(cx: &Cx, named: &Named, change: tags::Change) -> Result<()> {
        let (bucket, key) = parts(&named.id)?;
        let there = of(cx, bucket, key).await?.unwrap_or_default();
        let all = pairs(change.applied(there))?;
        let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(all)).build()?;
        cx.client::<Client>()?.put_object_tagging().bucket(bucket).key(key).tagging(tagging).send().await?;
        Ok(())
    }
}

/// All tags of an object, or nothing where there is no such object.
pub(super) async fn of(cx: &Cx, bucket: &str, key: &str) -> Result<Option<Tags>> {
    let answer = found(cx.client::<Client>()?.get_object_tagging().bucket(bucket).key(key).send().await)?;
    Ok(answer.map(|answer| answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

/// Tags as the header of a request has them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(super) fn query(tags: &BTreeMap<String, String>) -> String {
    let text = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = tags.iter().map(|(key, value)| format!("{}={}", text(key), text(value)));
    pairs.collect::<Vec<_>>().join("&")
}
