//! Amazon EFS: file systems, and the ways into them.

mod access_point;
mod codes;
mod file_system;
mod mount_target;
mod unsupported;

pub use access_point::*;
pub use file_system::*;
pub use mount_target::*;

use std::collections::BTreeMap;

use aws_sdk_efs::Client;
use aws_sdk_efs::types::{LifeCycleState, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::Poll;
use crate::kinds::{Named, Tagging, Tags};

/// How EFS tags what it has.
struct EfsTags;

impl Tagging for EfsTags {
    const CHANGE: &'static [&'static str] =
        &["elasticfilesystem:TagResource", "elasticfilesystem:UntagResource"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_id(&named.id);
        call.set_tags(Some(tag_list(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_id(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.into_iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    pairs(tags).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Whether something in this state is usable. `what` reads like `file system fs-1`.
fn usable(state: Option<&LifeCycleState>, what: &str) -> Poll {
    match state {
        Some(LifeCycleState::Available) => Poll::Ready(()),
        Some(LifeCycleState::Error | LifeCycleState::Deleting | LifeCycleState::Deleted) => {
            let state = state.map_or("", |state| state.as_str());
            Poll::Failed(Error::new(ErrorKind::Failed, format!("the state of the {what} is {state}")))
        }
        Some(state) => Poll::Pending(state.as_str().to_owned()),
        None => Poll::Pending("not visible yet".to_owned()),
    }
}

/// The name under which clients mount something.
fn dns_name(cx: &Cx, prefix: &str) -> String {
    let region = cx.region().unwrap_or_default();
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{prefix}.efs.{region}.{suffix}")
}
