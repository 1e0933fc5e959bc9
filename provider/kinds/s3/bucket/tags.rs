//! The tags of a bucket, all of which one call sets.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::Tag;

use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::tags;
use crate::kinds::s3::setting;
use crate::kinds::{Named, Tagging, Tags};

/// How S3 tags buckets: all at once.
pub(super) struct BucketTags;

impl Tagging for BucketTags {
    const LIST: &'static [&'static str] = &["s3:GetBucketTagging"];
    const CHANGE: &'static [&'static str] = &["s3:PutBucketTagging"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let there = tags_of(cx, &named.id).await?;
        Ok(there.map(|there| there.into_iter().map(|tag| (tag.key, tag.value)).collect()))
    }

    async fn set(cx: &Cx, named: &Named, set: Tags) -> Result<()> {
        Self::change(cx, named, tags::Change { set, removed: Vec::new() }).await
    }

    async fn remove(cx: &Cx, named: &Named, removed: Vec<String>) -> Result<()> {
        Self::change(cx, named, tags::Change { set: Tags::new(), removed }).await
    }

    async fn change(cx: &Cx, named: &Named, change: tags::Change) -> Result<()> {
        let there = Self::list(cx, named).await?.unwrap_or_default();
        put_tags(cx, &named.id, pairs(change.applied(there))?).await
    }
}

/// Whether this state has a bucket.
pub(in crate::kinds::s3) async fn is_of_state(cx: &Cx, bucket: &str) -> Result<bool> {
    Ok(tags_of(cx, bucket).await?.is_some_and(|tags| cx.standing(tag_pairs(&tags)).is_of_state()))
}

/// All tags of a bucket, or nothing where there is no such bucket.
pub(super) async fn tags_of(cx: &Cx, bucket: &str) -> Result<Option<Vec<Tag>>> {
    let tagging = setting(cx.client::<Client>()?.get_bucket_tagging().bucket(bucket).send()).await;
    let tagging = found(tagging)?;
    Ok(tagging.map(|answer| answer.map(|answer| answer.tag_set).unwrap_or_default()))
}

pub(super) async fn put_tags(cx: &Cx, bucket: &str, all: Vec<Tag>) -> Result<()> {
    let client = cx.client::<Client>()?;
    if all.is_empty() {
        client.delete_bucket_tagging().bucket(bucket).send().await?;
    } else {
        let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(all)).build()?;
        client.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await?;
    }
    Ok(())
}

pub(super) fn tag_pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

pub(in crate::kinds::s3) fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, BuildError> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
