//! Groups of parameters: of instances and of clusters, which have calls of their own and are alike
//! otherwise.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ApplyMethod, Parameter};

use super::tag_list;
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::kinds::{Kind, claim};
use crate::model::{Failures, In, Path, Value};

/// How many parameters one call changes.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html>
const AT_ONCE: usize = 20;

/// Parameters that AWS only takes together with another of them, so that they go in one call.
const TOGETHER: [&str; 6] = [
    "password_encryption",
    "rds.accepted_password_auth_method",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "character_set_server",
    "collation_server",
];

/// The argument of both sorts of groups, and the part of it, that a parameter is named by.
const PARAMETERS: &str = "parameters";
const NAME: &str = "name";

/// What a group is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Instance,
    Cluster,
}

/// A group to make.
pub struct Group<'a> {
    pub name: &'a str,
    pub family: &'a str,
    pub description: &'a str,
}

/// A group that is there, without its parameters.
struct Head {
    name: String,
    family: String,
    description: String,
    arn: String,
}

/// A group that is there.
pub struct Found {
    pub name: String,
    pub family: String,
    pub description: String,
    pub arn: String,
    pub settings: Vec<Setting>,
}

/// A parameter with its value, and perhaps with how to change it.
#[derive(Clone)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub apply_method: Option<String>,
}

impl Setting {
    fn key(&self) -> String {
        self.name.to_lowercase()
    }

    fn of(parameter: &Parameter) -> Option<Self> {
        Some(Setting {
            name: parameter.parameter_name.clone()?,
            value: parameter.parameter_value.clone()?,
            apply_method: parameter.apply_method().map(|method| method.as_str().to_owned()),
        })
    }
}

impl Scope {
    fn what(self) -> &'static str {
        match self {
            Scope::Instance => "database parameter group",
            Scope::Cluster => "cluster parameter group",
        }
    }

    async fn find(self, cx: &Cx, name: &str) -> Result<Option<Head>> {
        let client = cx.client::<Client>()?;
        Ok(match self {
            Scope::Instance => {
                let call = client.describe_db_parameter_groups().db_parameter_group_name(name);
                let groups = error::found(call.send().await)?.and_then(|answer| answer.db_parameter_groups);
                groups.unwrap_or_default().into_iter().next().map(|group| Head {
                    name: group.db_parameter_group_name.unwrap_or_default(),
                    family: group.db_parameter_group_family.unwrap_or_default(),
                    description: group.description.unwrap_or_default(),
                    arn: group.db_parameter_group_arn.unwrap_or_default(),
                })
            }
            Scope::Cluster => {
                let call =
                    client.describe_db_cluster_parameter_groups().db_cluster_parameter_group_name(name);
                let groups =
                    error::found(call.send().await)?.and_then(|answer| answer.db_cluster_parameter_groups);
                groups.unwrap_or_default().into_iter().next().map(|group| Head {
                    name: group.db_cluster_parameter_group_name.unwrap_or_default(),
                    family: group.db_parameter_group_family.unwrap_or_default(),
                    description: group.description.unwrap_or_default(),
                    arn: group.db_cluster_parameter_group_arn.unwrap_or_default(),
                })
            }
        })
    }

    /// The parameters that groups of a family begin with.
    async fn defaults(self, cx: &Cx, family: &str) -> Result<Vec<Parameter>> {
        let client = cx.client::<Client>()?;
        if self == Scope::Cluster {
            let call = client.describe_engine_default_cluster_parameters().db_parameter_group_family(family);
            let defaults = call.send().await?.engine_defaults;
            return Ok(defaults.and_then(|defaults| defaults.parameters).unwrap_or_default());
        }
        let call = client.describe_engine_default_parameters().db_parameter_group_family(family);
        Ok(call.into_paginator().items().send().try_collect().await?)
    }

    /// The parameters of a group: of one source, or all that the engine has.
    async fn parameters(self, cx: &Cx, group: &str, source: Option<&str>) -> Result<Vec<Parameter>> {
        let (client, source) = (cx.client::<Client>()?, source.map(str::to_owned));
        Ok(match self {
            Scope::Instance => {
                let call = client.describe_db_parameters().db_parameter_group_name(group);
                call.set_source(source).into_paginator().items().send().try_collect().await?
            }
            Scope::Cluster => {
                let call = client.describe_db_cluster_parameters().db_cluster_parameter_group_name(group);
                call.set_source(source).into_paginator().items().send().try_collect().await?
            }
        })
    }

    async fn modify(self, cx: &Cx, group: &str, parameters: Vec<Parameter>) -> Result<()> {
        let (client, parameters) = (cx.client::<Client>()?, Some(parameters));
        match self {
            Scope::Instance => {
                let call = client.modify_db_parameter_group().db_parameter_group_name(group);
                call.set_parameters(parameters).send().await?;
            }
            Scope::Cluster => {
                let call = client.modify_db_cluster_parameter_group().db_cluster_parameter_group_name(group);
                call.set_parameters(parameters).send().await?;
            }
        }
        Ok(())
    }

    async fn reset(self, cx: &Cx, group: &str, parameters: Vec<Parameter>) -> Result<()> {
        let (client, parameters) = (cx.client::<Client>()?, Some(parameters));
        match self {
            Scope::Instance => {
                let call = client.reset_db_parameter_group().db_parameter_group_name(group);
                call.reset_all_parameters(false).set_parameters(parameters).send().await?;
            }
            Scope::Cluster => {
                let call = client.reset_db_cluster_parameter_group().db_cluster_parameter_group_name(group);
                call.reset_all_parameters(false).set_parameters(parameters).send().await?;
            }
        }
        Ok(())
    }
}

pub async fn create<K: Kind>(
    cx: &Cx,
    scope: Scope,
    group: &Group<'_>,
    tags: &BTreeMap<String, String>,
    args: &K::Args,
) -> Result<String> {
    let (client, tags) = (cx.client::<Client>()?, Some(tag_list(cx.owned(tags))));
    let created = match scope {
        Scope::Instance => client
            .create_db_parameter_group()
            .db_parameter_group_name(group.name)
            .db_parameter_group_family(group.family)
            .description(group.description)
            .set_tags(tags)
            .send()
            .await
            .map(drop)
            .map_err(Error::from),
        Scope::Cluster => client
            .create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group.name)
            .db_parameter_group_family(group.family)
            .description(group.description)
            .set_tags(tags)
            .send()
            .await
            .map(drop)
            .map_err(Error::from),
    };
    match created {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            claim::<K>(cx, group.name, args, error, scope.what()).await
        }
        other => other.map(|()| group.name.to_owned()),
    }
}

pub async fn read(cx: &Cx, scope: Scope, id: &str) -> Result<Option<Found>> {
    let Some(head) = scope.find(cx, id).await? else { return Ok(None) };
    let parameters = error::found(scope.parameters(cx, id, Some("user")).await)?;
    let Some(parameters) = parameters else { return Ok(None) };
    let Head { name, family, description, arn } = head;
    let settings = parameters.iter().filter_map(Setting::of).collect();
    Ok(Some(Found { name, family, description, arn, settings }))
}

/// What was asked for with the engine's own value: it is one of hundreds in the answer.
pub async fn usual(
    cx: &Cx,
    scope: Scope,
    id: &str,
    known: &[Setting],
    mut wanted: Vec<Setting>,
) -> Result<Vec<Setting>> {
    wanted.retain(|wanted| !known.iter().any(|known| known.key() == wanted.key()));
    if !wanted.is_empty() {
        let all = error::found(scope.parameters(cx, id, None).await)?.unwrap_or_default();
        let has = |wanted: &Setting| {
            let mut found = all.iter().filter_map(Setting::of);
            found.any(|found| found.key() == wanted.key() && found.value == wanted.value)
        };
        wanted.retain(has);
    }
    Ok(wanted)
}

/// Gives parameters their values.
pub async fn set(cx: &Cx, scope: Scope, group: &str, wanted: Vec<Setting>) -> Result<()> {
    for chunk in chunks(changes(cx, scope, group, wanted).await?) {
        scope.modify(cx, group, chunk).await?;
    }
    Ok(())
}

/// Gives parameters their new values, and the engine's own to those that are no longer given.
pub async fn change(cx: &Cx, scope: Scope, group: &str, old: Vec<Setting>, new: Vec<Setting>) -> Result<()> {
    let is_given = |had: &&Setting| new.iter().any(|new| new.key() == had.key());
    let dropped: Vec<Setting> = old.iter().filter(|had| !is_given(had)).cloned().collect();
    let had =
        |wanted: &&Setting| old.iter().any(|had| had.key() == wanted.key() && had.value == wanted.value);
    let changed: Vec<Setting> = new.iter().filter(|wanted| !had(wanted)).cloned().collect();
    set(cx, scope, group, changed).await?;
    for chunk in chunks(changes(cx, scope, group, dropped).await?) {
        let names = chunk.into_iter().map(|mut parameter| {
            parameter.parameter_value = None;
            parameter
        });
        scope.reset(cx, group, names.collect()).await?;
    }
    Ok(())
}

pub async fn delete(cx: &Cx, scope: Scope, id: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    match scope {
        Scope::Instance => {
            client.delete_db_parameter_group().db_parameter_group_name(id).send().await?;
        }
        Scope::Cluster => {
            client.delete_db_cluster_parameter_group().db_cluster_parameter_group_name(id).send().await?;
        }
    }
    Ok(())
}

/// Notes each static parameter that is to take effect at once, of parameters with their places and
/// names. AWS would refuse them, together with all others.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEngineDefaultParameters.html>
pub async fn check_methods(
    cx: &Cx,
    scope: Scope,
    family: &In<String>,
    at_once: Vec<(usize, String)>,
    failures: &mut Failures,
) {
    let Some(family) = family.get().filter(|_| !at_once.is_empty()) else { return };
    let Ok(known) = scope.defaults(cx, family).await else { return };
    for (index, name) in at_once {
        let is_it = |known: &&Parameter| {
            known.parameter_name().is_some_and(|known| known.eq_ignore_ascii_case(&name))
        };
        if known.iter().find(is_it).is_some_and(|known| known.apply_type() == Some("static")) {
            let at = Path::root().key(PARAMETERS).index(index).key("applyMethod");
            let reason = format!(
                "is \"immediate\", but {name} is a static parameter, which takes effect when the database is restarted; give \"pending-reboot\", or leave it out"
            );
            failures.add(at, reason);
        }
    }
}

/// The parameters as AWS takes them, each with a way to apply it. A static parameter takes effect
/// with a restart only, and AWS refuses to apply it at once.
async fn changes(cx: &Cx, scope: Scope, group: &str, given: Vec<Setting>) -> Result<Vec<Parameter>> {
    let mut kinds: HashMap<String, bool> = HashMap::new();
    if given.iter().any(|setting| setting.apply_method.is_none()) {
        let all = scope.parameters(cx, group, None).await?;
        kinds.extend(all.into_iter().filter_map(|parameter| {
            Some((
                parameter.parameter_name?.to_lowercase(),
                parameter.apply_type.as_deref() == Some("static"),
            ))
        }));
    }
    let change = |given: &Setting| {
        let is_static = kinds.get(&given.key()).copied().unwrap_or_default();
        let usual = if is_static { ApplyMethod::PendingReboot } else { ApplyMethod::Immediate };
        let method = given.apply_method.as_deref().map_or(usual, ApplyMethod::from);
        let parameter = Parameter::builder().parameter_name(&given.name).parameter_value(&given.value);
        parameter.apply_method(method).build()
    };
    Ok(given.iter().map(change).collect())
}

fn chunks(mut parameters: Vec<Parameter>) -> Vec<Vec<Parameter>> {
    parameters.sort_by_key(|parameter| !TOGETHER.contains(&parameter.parameter_name().unwrap_or_default()));
    parameters.chunks(AT_ONCE).map(<[Parameter]>::to_vec).collect()
}

/// Notes each parameter that is given twice; what is not known yet has no name.
pub fn once<'a>(names: impl Iterator<Item = Option<&'a str>>, failures: &mut Failures) {
    let mut seen: Vec<String> = Vec::new();
    for (index, name) in names.enumerate() {
        let Some(name) = name else { continue };
        if seen.contains(&name.to_lowercase()) {
            let at = Path::root().key(PARAMETERS).index(index).key(NAME);
            failures.add(at, format!("is {name:?}, which is given twice; give it once"));
        }
        seen.push(name.to_lowercase());
    }
}

/// Whether two lists give the same parameters the same values.
pub fn same(actual: &Value, wanted: &Value) -> bool {
    match (values(actual), values(wanted)) {
        (Some(actual), Some(wanted)) => actual == wanted,
        _ => false,
    }
}

fn values(list: &Value) -> Option<BTreeMap<String, String>> {
    let Value::Array(items) = list.peel() else { return None };
    let pair = |item: &Value| {
        let fields = item.as_object()?;
        Some((fields.get("name")?.as_str()?.to_lowercase(), fields.get("value")?.as_str()?.to_owned()))
    };
    items.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_the_same_by_name_and_value() {
        let list = |json| Value::from_json(&json);
        let actual = list(json!([
            {"name": "a", "value": "1", "applyMethod": "pending-reboot"},
            {"name": "b", "value": "2", "applyMethod": "immediate"},
        ]));
        assert!(same(&actual, &list(json!([{"name": "B", "value": "2"}, {"name": "a", "value": "1"}]))));
        assert!(!same(&actual, &list(json!([{"name": "a", "value": "1"}]))));
        assert!(!same(&actual, &list(json!([{"name": "a", "value": "1"}, {"name": "b", "value": "3"}]))));
    }

    #[test]
    fn twenty_parameters_go_in_a_call_and_those_that_belong_together_in_the_first() {
        let mut all: Vec<Parameter> =
            (0..41).map(|n| Parameter::builder().parameter_name(n.to_string()).build()).collect();
        all.push(Parameter::builder().parameter_name("password_encryption").build());
        let chunks = chunks(all);
        assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 2]);
        assert_eq!(chunks[0][0].parameter_name(), Some("password_encryption"));
    }
}
