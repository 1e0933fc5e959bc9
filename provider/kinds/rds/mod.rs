//! Amazon RDS and Aurora: database instances and clusters, their snapshots, and the groups they
//! refer to.

mod asked;
mod cluster;
mod cluster_instance;
mod cluster_parameter_group;
mod cluster_snapshot;
mod codes;
mod instance;
mod look_ups;
mod parameter_group;
mod parameters;
mod proxy;
mod proxy_default_target_group;
mod proxy_target;
mod replacement;
mod restore;
mod rules;
mod snapshot;
mod status;
mod storage;
mod subnet_group;
mod unsupported;
mod versions;

pub use cluster::*;
pub use cluster_instance::*;
pub use cluster_parameter_group::*;
pub use cluster_snapshot::*;
pub use instance::*;
pub use look_ups::*;
pub use parameter_group::*;
pub use proxy::*;
pub use proxy_default_target_group::*;
pub use proxy_target::*;
pub use rules::{
    MONITORING_INTERVALS, check_backup_window, check_maintenance_window, moment, one_origin, replaceable,
    windows,
};
pub use snapshot::*;
pub use subnet_group::*;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DbInstance, Filter, Tag};
use aws_smithy_types::DateTime;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::tags;
use crate::engine::names::{Alphabet, LOWER_HYPHENED, NameRule, PLAIN};
use crate::kinds::{Named, Tagging, Tags};

/// RDS stores identifiers in lower case.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
const DB_INSTANCE: NameRule = NameRule {
    what: "database instance",
    max: 63,
    alphabet: LOWER_HYPHENED,
    letter_first: true,
    inner: "-",
    doubled: false,
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html>
const DB_SNAPSHOT: NameRule = NameRule { what: "database snapshot", max: 255, ..DB_INSTANCE };

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html>
const DB_PARAMETER_GROUP: NameRule = NameRule { what: "database parameter group", max: 255, ..DB_INSTANCE };

/// A database within PostgreSQL.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
const DB_NAME: NameRule = NameRule {
    what: "database",
    max: 63,
    alphabet: Alphabet {
        words: "letters, digits and underscores",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || c == '_',
    },
    letter_first: true,
    filler: '_',
    ..PLAIN
};

/// All tags of what has this ARN, ours and AWS's included.
async fn tags_of(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = cx.client::<Client>()?.list_tags_for_resource().resource_name(arn).send().await?;
    Ok(tag_map(answer.tag_list()))
}

/// Brings the tags of what was taken up to what is wanted of it now.
async fn retag(cx: &Cx, arn: Option<&str>, there: &[Tag], wanted: &BTreeMap<String, String>) -> Result<()> {
    let named = Named { id: String::new(), arn: arn.unwrap_or_default().to_owned() };
    RdsTags::change(cx, &named, tags::Change::between(&tags::visible(tag_map(there)), wanted)).await
}

/// How RDS tags what it has.
pub(super) struct RdsTags;

impl Tagging for RdsTags {
    const LIST: &'static [&'static str] = &["rds:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["rds:AddTagsToResource", "rds:RemoveTagsFromResource"];

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

/// How many things one page tells of.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html>
const PAGE: usize = 100;

/// Reads many things by a filter, or one by its name. What the filter does not find is asked for by its
/// name before it counts as gone, and so is all where the filter may not be used: a policy may allow
/// to describe what it names only.
async fn many_or_one<T, F, A>(
    names: Vec<String>,
    filtered: impl FnOnce(Vec<String>) -> F,
    alone: impl Fn(String) -> A,
    name_of: fn(&T) -> Option<&str>,
) -> Result<HashMap<String, T>>
where
    F: Future<Output = Result<Vec<T>>>,
    A: Future<Output = Result<Option<T>>>,
{
    let mut found = HashMap::new();
    if names.len() > 1 {
        match filtered(names.clone()).await {
            Ok(all) => {
                let named = all.into_iter().filter_map(|one| Some((name_of(&one)?.to_owned(), one)));
                found.extend(named);
            }
            Err(error) if error.kind() == ErrorKind::AccessDenied => {}
            Err(error) => return Err(error),
        }
    }
    let missing: Vec<String> = names.into_iter().filter(|name| !found.contains_key(name)).collect();
    let asked = missing.into_iter().map(|name| {
        let asked = alone(name.clone());
        async { Ok::<_, Error>((name, asked.await?)) }
    });
    let asked = futures::future::try_join_all(asked).await?;
    found.extend(asked.into_iter().filter_map(|(name, one)| Some((name, one?))));
    Ok(found)
}

fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
}

fn tag_list(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())));
    pairs.collect()
}

/// The identifiers of the database instances for which this holds, for a person to read.
async fn instances_with(cx: &Cx, holds: impl Fn(&DbInstance) -> bool) -> Option<String> {
    let pages = cx.client::<Client>().ok()?.describe_db_instances().into_paginator().items().send();
    let all: Vec<DbInstance> = pages.try_collect().await.ok()?;
    let names = all.iter().filter(|instance| holds(instance)).filter_map(DbInstance::db_instance_identifier);
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| format!("the database instances {}", names.join(", ")))
}

/// The name of a final snapshot: as given, or one that only this very database has.
fn final_snapshot_name(given: Option<&str>, id: &str, born: (Option<&str>, Option<&DateTime>)) -> String {
    let this =
        format!("{} {}", born.0.unwrap_or_default(), born.1.map(ToString::to_string).unwrap_or_default());
    given.map_or_else(|| DB_SNAPSHOT.unique(&format!("{id}-final"), &this), str::to_owned)
}

/// Which exports of logs to begin and to end.
fn exported_logs(now: &[String], new: &[String]) -> CloudwatchLogsExportConfiguration {
    let beyond = |some: &[String], others: &[String]| {
        let names: Vec<String> = some.iter().filter(|name| !others.contains(name)).cloned().collect();
        Some(names).filter(|names| !names.is_empty())
    };
    CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types(beyond(new, now))
        .set_disable_log_types(beyond(now, new))
        .build()
}

/// A number as AWS takes it; ours are within its bounds.
fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}

/// A number as AWS gives it.
fn number(number: Option<i32>) -> Option<i64> {
    number.map(i64::from)
}

/// A text as AWS gives it; an empty one is none.
fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
