//! Amazon EC2: networks and what guards them.

mod vpc;

pub use vpc::*;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::tags;

/// How many ids one filter takes. <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>
const FILTER_VALUES: usize = 200;

/// The tags that a create call gives to what it makes, the one that says whose it is included.
fn tagged(cx: &Cx, kind: ResourceType, user: &BTreeMap<String, String>) -> TagSpecification {
    let tags = cx.owned(user).into_iter().map(|(key, value)| tag(key, value));
    TagSpecification::builder().resource_type(kind).set_tags(Some(tags.collect())).build()
}

/// What an earlier attempt to create this very resource made.
async fn left_behind(cx: &Cx, kind: ResourceType) -> Result<Option<String>> {
    let filters = [
        filter("resource-type", [kind.as_str().to_owned()]),
        filter("key", [tags::OWNER.to_owned()]),
        filter("value", [cx.token()]),
    ];
    let found = cx.client::<Client>()?.describe_tags().set_filters(Some(filters.into())).send().await?;
    Ok(found.tags().iter().find_map(|tag| tag.resource_id.clone()))
}

/// Changes the tags of a resource from one set to another.
async fn retag(
    cx: &Cx,
    id: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Result<()> {
    let client = cx.client::<Client>()?;
    let (set, removed) = tags::changes(old, new);
    if !removed.is_empty() {
        let keys = removed.into_iter().map(|key| Tag::builder().key(key).build());
        client.delete_tags().resources(id).set_tags(Some(keys.collect())).send().await?;
    }
    if !set.is_empty() {
        let pairs = set.into_iter().map(|(key, value)| tag(key, value));
        client.create_tags().resources(id).set_tags(Some(pairs.collect())).send().await?;
    }
    Ok(())
}

/// The tags that are the user's.
fn user_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags::visible(
        tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()))),
    )
}

fn tag(key: String, value: String) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}
