//! Amazon ECS: containers that run on Fargate.

mod capacity_provider;
mod cluster;
mod cluster_capacity_providers;
mod codes;
mod containers;
mod deployment;
mod diagnosis;
mod look_ups;
mod rollout;
mod service;
mod shift;
mod size;
mod task_definition;
mod unsupported;

pub use capacity_provider::*;
pub use cluster::*;
pub use cluster_capacity_providers::*;
pub use containers::check_image;
pub use deployment::*;
pub use look_ups::*;
pub use service::*;
pub use size::check_pair;
pub use task_definition::*;

use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{CapacityProviderStrategyItem, Failure, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::{Named, Tagging, Tags};
use crate::model::Value;

/// Tags as ECS takes them.
fn tag_list(tags: BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    Some(tags.into_iter().map(tag).collect())
}

/// The keys and values of tags.
fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())))
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    pairs(tags).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// How ECS tags what it has.
pub(super) struct EcsTags;

impl Tagging for EcsTags {
    const CHANGE: &'static [&'static str] = &["ecs:TagResource", "ecs:UntagResource"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.id);
        call.set_tags(tag_list(tags)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// What a describe call could not give: `MISSING` is an answer, all else is an error.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
fn only_missing(failures: &[Failure]) -> Result<()> {
    match failures.iter().find(|failure| failure.reason() != Some("MISSING")) {
        None => Ok(()),
        Some(failure) => {
            let (arn, reason) = (failure.arn().unwrap_or_default(), failure.reason().unwrap_or_default());
            let detail = failure.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            Err(Error::new(ErrorKind::Other, format!("ECS cannot describe {arn}: {reason}{detail}")))
        }
    }
}

/// Whether two references are to the same cluster or service: the ARN and the name mean the same.
fn same_name_or_arn(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => {
            actual == wanted || last(actual) == last(wanted) && !both_arns(actual, wanted)
        }
        _ => false,
    }
}

/// Whether a task definition is the one that is wanted: by ARN, by family and revision, or by family
/// alone, which any revision of it satisfies.
fn same_task_definition(actual: &Value, wanted: &Value) -> bool {
    let (Some(actual), Some(wanted)) = (actual.as_str(), wanted.as_str()) else { return false };
    let (actual_name, wanted_name) = (last(actual), last(wanted));
    let (family, _) = actual_name.split_once(':').unwrap_or((actual_name, ""));
    let same = wanted_name == actual_name || wanted_name == family;
    same && (!both_arns(actual, wanted) || actual.starts_with(wanted))
}

/// The last part of an ARN, or the whole of a name.
fn last(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn)
}

fn both_arns(a: &str, b: &str) -> bool {
    a.starts_with("arn:") && b.starts_with("arn:")
}

/// One part of a capacity provider strategy, as ECS takes it.
fn strategy_item(provider: &str, base: i64, weight: i64) -> Result<CapacityProviderStrategyItem> {
    let item = CapacityProviderStrategyItem::builder().capacity_provider(provider);
    Ok(item.base(small(base)).weight(small(weight)).build()?)
}

/// A number as ECS takes it. Ranges are checked before; what is beyond them stays beyond them.
fn small(number: i64) -> i32 {
    number.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_definition_has_several_names() {
        let same = |a: &str, b: &str| same_task_definition(&Value::from(a), &Value::from(b));
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/app:7";
        assert!(same(arn, arn) && same(arn, "app:7") && same(arn, "app"));
        assert!(same(arn, "arn:aws:ecs:us-east-1:123456789012:task-definition/app"));
        assert!(!same(arn, "app:8") && !same(arn, "ap") && !same("app", arn));
        assert!(!same(arn, "arn:aws:ecs:us-east-1:123456789012:task-definition/app:77"));
        assert!(!same("arn:aws:ecs:us-east-1:123456789012:task-definition/app:77", arn));
    }

    #[test]
    fn a_name_means_the_same_as_the_arn_that_ends_in_it() {
        let same = |a: &str, b: &str| same_name_or_arn(&Value::from(a), &Value::from(b));
        let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/main";
        assert!(same(arn, "main") && same("main", arn) && same(arn, arn));
        assert!(!same(arn, "other"));
        assert!(!same(arn, "arn:aws:ecs:us-east-1:210987654321:cluster/main"));
    }
}
