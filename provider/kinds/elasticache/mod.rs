//! Amazon ElastiCache: replication groups of Redis and Valkey, clusters of Memcached, single nodes of
//! Redis, and the groups they refer to.

mod cluster;
mod codes;
mod parameter_group;
mod replication_group;
mod subnet_group;
mod unsupported;
mod versions;

pub use cluster::*;
pub use parameter_group::*;
pub use replication_group::*;
pub use subnet_group::*;

use std::collections::BTreeMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheCluster, PendingModifiedValues, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{LOWER_HYPHENED, NameRule, PLAIN};
use crate::kinds::{Named, Tagging, Tags};

/// ElastiCache stores names in lower case.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html>,
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html>
const GROUP_NAME: NameRule =
    NameRule { alphabet: LOWER_HYPHENED, letter_first: true, inner: "-", doubled: false, ..PLAIN };

/// All tags of what has this ARN, ours and AWS's included.
async fn tags_of(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = cx.client::<Client>()?.list_tags_for_resource().resource_name(arn).send().await?;
    let pairs = answer.tag_list().iter();
    Ok(pairs.filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()))).collect())
}

/// How ElastiCache tags what it has.
pub(super) struct ElastiCacheTags;

impl Tagging for ElastiCacheTags {
    const LIST: &'static [&'static str] = &["elasticache:ListTagsForResource"];
    const CHANGE: &'static [&'static str] =
        &["elasticache:AddTagsToResource", "elasticache:RemoveTagsFromResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        found(tags_of(cx, &named.arn).await)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.add_tags_to_resource().resource_name(&named.arn);
        call.set_tags(Some(tag_list(tags))).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.remove_tags_from_resource().resource_name(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The replication groups and clusters of the nodes for which this holds, for a person to read.
async fn groups_with(cx: &Cx, holds: impl Fn(&CacheCluster) -> bool) -> Option<String> {
    let pages = cx.client::<Client>().ok()?.describe_cache_clusters().into_paginator().items().send();
    let all: Vec<CacheCluster> = pages.try_collect().await.ok()?;
    let held = all.iter().filter(|node| holds(node));
    let mut names: Vec<&str> =
        held.filter_map(|node| node.replication_group_id().or(node.cache_cluster_id())).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| format!("the caches {}", names.join(", ")))
}

/// A number as AWS takes it; ours are within its bounds.
fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}

/// A text as AWS gives it; an empty one is none.
fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether AWS lists changes to come of a node.
fn node_lists_changes(node: &CacheCluster) -> bool {
    node.pending_modified_values.as_ref().is_some_and(|it| *it != PendingModifiedValues::builder().build())
}
