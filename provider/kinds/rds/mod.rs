//! Amazon RDS: database instances and the groups they refer to.

mod instance;
mod parameter_group;
mod subnet_group;

pub use instance::*;
pub use parameter_group::*;
pub use subnet_group::*;

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbInstance, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;

/// All tags of what has this ARN, ours and AWS's included.
async fn tags_of(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = cx.client::<Client>()?.list_tags_for_resource().resource_name(arn).send().await?;
    Ok(tag_map(answer.tag_list()))
}

/// Changes the tags of what has this ARN from one set to another.
async fn retag(
    cx: &Cx,
    arn: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Result<()> {
    let client = cx.client::<Client>()?;
    let (set, removed) = tags::changes(old, new);
    if !removed.is_empty() {
        let call = client.remove_tags_from_resource().resource_name(arn);
        call.set_tag_keys(Some(removed)).send().await?;
    }
    if !set.is_empty() {
        let call = client.add_tags_to_resource().resource_name(arn);
        call.set_tags(Some(tag_list(set))).send().await?;
    }
    Ok(())
}

fn tag_list(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())));
    pairs.collect()
}

/// Whether these tags say that what has them is this very resource.
fn is_ours(cx: &Cx, tags: &BTreeMap<String, String>) -> bool {
    cx.is_ours(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// The error for a name that something has which this program did not make.
fn taken(error: Error, what: &str, name: &str) -> Error {
    error
        .with_kind(ErrorKind::AlreadyExists)
        .with_message(format!(
            "there is a {what} of the name {name} already, which this program did not make"
        ))
        .with_hint(format!("Choose another name, or import that {what}."))
}

/// The identifiers of the database instances for which this holds, for a person to read.
async fn instances_with(cx: &Cx, holds: impl Fn(&DbInstance) -> bool) -> Option<String> {
    let pages = cx.client::<Client>().ok()?.describe_db_instances().into_paginator().items().send();
    let all: Vec<DbInstance> = pages.try_collect().await.ok()?;
    let names = all.iter().filter(|instance| holds(instance)).filter_map(DbInstance::db_instance_identifier);
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| format!("the database instances {}", names.join(", ")))
}
