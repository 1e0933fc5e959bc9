//! A cache parameter group: settings of the cache engine.

use std::collections::BTreeMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheParameterGroup, Parameter, ParameterNameValue};

use super::{ElastiCacheTags, GROUP_NAME, groups_with, tag_list};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Path};

const NAME: NameRule = NameRule { what: "cache parameter group", reserved: &["default."], ..GROUP_NAME };

/// How many parameters one call changes.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html>
const AT_ONCE: usize = 20;

/// A cache parameter group: the settings of the cache engine.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupArgs {
    /// The name of the cache parameter group: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The parameter group family: the engine and major version, such as `redis7` or `valkey8`.
    #[model(replace, length = 1..=255)]
    pub family: String,
    /// The description of the cache parameter group.
    #[model(replace, default = "Managed by Pulumi")]
    pub description: String,
    /// The parameters, such as `maxmemory-policy`, whose values differ from the defaults of the
    /// engine.
    #[model(in_place, set, default = [])]
    pub parameters: Vec<ParameterGroupParameter>,
    /// The tags of the cache parameter group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A parameter of the cache engine.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ParameterGroupParameter {
    /// The name of the parameter.
    pub name: String,
    /// The value of the parameter.
    pub value: String,
}

/// The outputs of a cache parameter group.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupState {
    /// The ARN of the cache parameter group.
    pub arn: String,
}

/// A cache parameter group.
pub struct ParameterGroup;

impl Kind for ParameterGroup {
    const TOKEN: &'static str = "agentic:elasticache:ParameterGroup";
    const ID: &'static str = "the name of the cache parameter group";
    const TAGS: TaggedBy = TaggedBy::service::<ElastiCacheTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const STAYS_HELD: bool = true;
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticache:CreateCacheParameterGroup",
            "elasticache:DescribeCacheParameterGroups",
            "elasticache:ModifyCacheParameterGroup",
        ],
        read: &["elasticache:DescribeCacheParameterGroups", "elasticache:DescribeCacheParameters"],
        update: &[
            "elasticache:ModifyCacheParameterGroup",
            "elasticache:ResetCacheParameterGroup",
            "elasticache:DescribeCacheParameterGroups",
        ],
        delete: &["elasticache:DeleteCacheParameterGroup", "elasticache:DescribeCacheClusters"],
    };

    type Args = ParameterGroupArgs;
    type State = ParameterGroupState;

    fn rules(args: &ParameterGroupInputs, failures: &mut Failures) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, parameter) in args.parameters.get().into_iter().flatten().enumerate() {
            let Some(name) = parameter.get().and_then(|parameter| parameter.name.get()) else { continue };
            if seen.contains(&name.as_str()) {
                let at = Path::from(ParameterGroupArgs::PARAMETERS)
                    .index(index)
                    .key(ParameterGroupParameter::NAME);
                failures.add(at, format!("is {name:?}, which is given twice; give it once"));
            }
            seen.push(name);
        }
    }

    async fn create(cx: &Cx, args: &ParameterGroupArgs) -> Result<String> {
        let created = cx
            .client::<Client>()?
            .create_cache_parameter_group()
            .cache_parameter_group_name(&args.name)
            .cache_parameter_group_family(&args.family)
            .description(&args.description)
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "cache parameter group").await
            }
            other => other.map(|_| args.name.clone()),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &ParameterGroupArgs) -> Result<()> {
        set(cx, id, args.parameters.iter().collect()).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let parameters = error::found(parameters(cx, id, Some("user")).await)?;
        let Some(parameters) = parameters else { return Ok(None) };
        Ok(Some(Live {
            args: ParameterGroupObserved {
                name: group.cache_parameter_group_name,
                family: group.cache_parameter_group_family,
                description: Some(group.description.unwrap_or_default()),
                parameters: Some(parameters.iter().filter_map(as_argument).collect()),
                ..ParameterGroupObserved::default()
            },
            state: ParameterGroupState { arn: group.arn.unwrap_or_default() },
        }))
    }

    /// A parameter that was asked for with the engine's own value is one of many in the answer.
    async fn refresh(cx: &Cx, id: &str, old: &ParameterGroupArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        let known = live.args.parameters.get_or_insert_default();
        let is_known = |wanted: &ParameterGroupParameter| known.iter().any(|known| known.name == wanted.name);
        let mut usual = old.parameters.clone();
        usual.retain(|wanted| !is_known(wanted));
        if !usual.is_empty() {
            let all = error::found(parameters(cx, id, None).await)?.unwrap_or_default();
            usual.retain(|wanted| all.iter().filter_map(as_argument).any(|found| found == *wanted));
            known.extend(usual);
        }
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ParameterGroupArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        if update.any(&[ParameterGroupArgs::PARAMETERS]) {
            let changed = new.parameters.iter().filter(|wanted| !old.parameters.contains(wanted));
            set(cx, id, changed.collect()).await?;
            let is_given =
                |had: &&ParameterGroupParameter| new.parameters.iter().any(|new| new.name == had.name);
            reset(cx, id, old.parameters.iter().filter(|had| !is_given(had)).collect()).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ParameterGroupArgs) -> Result<()> {
        cx.client::<Client>()?.delete_cache_parameter_group().cache_parameter_group_name(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        groups_with(cx, |node| {
            let group = node.cache_parameter_group.as_ref();
            group.and_then(|group| group.cache_parameter_group_name()) == Some(id)
        })
        .await
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<CacheParameterGroup>> {
    let call = cx.client::<Client>()?.describe_cache_parameter_groups().cache_parameter_group_name(name);
    let answer = error::found(call.send().await)?;
    Ok(answer.and_then(|answer| answer.cache_parameter_groups.unwrap_or_default().into_iter().next()))
}

/// The parameters of a group: of one source, or all that the engine has.
async fn parameters(cx: &Cx, group: &str, source: Option<&str>) -> Result<Vec<Parameter>> {
    let call = cx.client::<Client>()?.describe_cache_parameters().cache_parameter_group_name(group);
    let mut pages = call.set_source(source.map(str::to_owned)).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        all.extend(page?.parameters.unwrap_or_default());
    }
    Ok(all)
}

/// Gives parameters their values.
async fn set(cx: &Cx, group: &str, wanted: Vec<&ParameterGroupParameter>) -> Result<()> {
    let client = cx.client::<Client>()?;
    for chunk in wanted.chunks(AT_ONCE) {
        let call = client.modify_cache_parameter_group().cache_parameter_group_name(group);
        call.set_parameter_name_values(Some(named(chunk))).send().await?;
    }
    Ok(())
}

/// Gives parameters the engine's values back.
async fn reset(cx: &Cx, group: &str, dropped: Vec<&ParameterGroupParameter>) -> Result<()> {
    let client = cx.client::<Client>()?;
    for chunk in dropped.chunks(AT_ONCE) {
        let call = client.reset_cache_parameter_group().cache_parameter_group_name(group);
        call.reset_all_parameters(false).set_parameter_name_values(Some(named(chunk))).send().await?;
    }
    Ok(())
}

fn named(parameters: &[&ParameterGroupParameter]) -> Vec<ParameterNameValue> {
    let pair = |given: &&ParameterGroupParameter| {
        ParameterNameValue::builder().parameter_name(&given.name).parameter_value(&given.value).build()
    };
    parameters.iter().map(pair).collect()
}

fn as_argument(parameter: &Parameter) -> Option<ParameterGroupParameter> {
    Some(ParameterGroupParameter {
        name: parameter.parameter_name.clone()?,
        value: parameter.parameter_value.clone()?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    #[test]
    fn a_parameter_is_given_once() {
        let fields = Value::from_json(&json!({
            "name": "a", "family": "redis7",
            "parameters": [{"name": "timeout", "value": "1"}, {"name": "timeout", "value": "2"}],
        }));
        let mut failures = Failures::new();
        let input = ParameterGroupArgs::read(fields.as_object().unwrap(), &mut failures);
        ParameterGroup::rules(&input, &mut failures);
        assert!(failures.to_string().contains("given twice"), "{failures}");
    }
}
