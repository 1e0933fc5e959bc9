//! A database parameter group: settings of the database engine.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ApplyMethod, DbParameterGroup, Parameter};

use super::{instances_with, is_ours, retag, tag_list, tags_of, taken};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::names::{DB_PARAMETER_GROUP, NameRule};
use crate::aws::tags;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Model, Path, Value};

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

/// A database parameter group: settings of the database engine.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupArgs {
    /// The name of the group, in lower case.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The engine and major version, such as `postgres16`.
    #[model(replace, length = 1..=255)]
    pub family: String,
    /// What the group is for.
    #[model(replace, default = "Managed by Pulumi")]
    pub description: String,
    /// The settings that differ from those of the engine.
    #[model(in_place, default = [], same = same_parameters)]
    pub parameters: Vec<ParameterGroupParameter>,
    /// Tags of the group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A setting of the database engine.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupParameter {
    /// The name of the parameter, such as `rds.force_ssl`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// When a change takes effect: at once, or when the database is restarted next. Otherwise at
    /// once where the parameter allows it. It says how to change the value and is not itself
    /// compared.
    #[model(aws_default, one_of = ["immediate", "pending-reboot"])]
    pub apply_method: Option<String>,
}

/// What AWS says of a database parameter group.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupState {
    /// The ARN of the group.
    pub arn: String,
}

/// A database parameter group.
pub struct ParameterGroup;

impl Kind for ParameterGroup {
    const TOKEN: &'static str = "agentic:rds:ParameterGroup";
    const ID: &'static str = "the name of the database parameter group";
    const NAME: Option<&'static NameRule> = Some(&DB_PARAMETER_GROUP);
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:CreateDBParameterGroup",
            "rds:AddTagsToResource",
            "rds:DescribeDBParameterGroups",
            "rds:ListTagsForResource",
            "rds:DescribeDBParameters",
            "rds:ModifyDBParameterGroup",
        ],
        read: &["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:ListTagsForResource"],
        update: &[
            "rds:ModifyDBParameterGroup",
            "rds:ResetDBParameterGroup",
            "rds:DescribeDBParameterGroups",
            "rds:DescribeDBParameters",
            "rds:AddTagsToResource",
            "rds:RemoveTagsFromResource",
        ],
        delete: &["rds:DeleteDBParameterGroup", "rds:DescribeDBInstances"],
    };

    type Args = ParameterGroupArgs;
    type State = ParameterGroupState;

    fn rules(args: &ParameterGroupInputs, failures: &mut Failures) {
        let mut seen: Vec<String> = Vec::new();
        for (index, parameter) in args.parameters.get().into_iter().flatten().enumerate() {
            let Some(name) = parameter.get().and_then(|parameter| parameter.name.get()) else { continue };
            if seen.contains(&name.to_lowercase()) {
                let at = Path::from("parameters").index(index).key("name");
                failures.add(at, format!("is {name:?}, which is given twice; give it once"));
            }
            seen.push(name.to_lowercase());
        }
    }

    async fn create(cx: &Cx, args: &ParameterGroupArgs) -> Result<String> {
        let created = cx
            .client::<Client>()?
            .create_db_parameter_group()
            .db_parameter_group_name(&args.name)
            .db_parameter_group_family(&args.family)
            .description(&args.description)
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let arn = find(cx, &args.name).await?.and_then(|group| group.db_parameter_group_arn);
                match is_ours(cx, &tags_of(cx, &arn.unwrap_or_default()).await?) {
                    true => Ok(args.name.clone()),
                    false => Err(taken(error, "database parameter group", &args.name)),
                }
            }
            other => other.map(|_| args.name.clone()),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &ParameterGroupArgs) -> Result<()> {
        set(cx, id, args.parameters.iter().collect()).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let arn = group.db_parameter_group_arn.clone().unwrap_or_default();
        let (tags, parameters) = tokio::try_join!(async { error::found(tags_of(cx, &arn).await) }, async {
            error::found(parameters(cx, id, Some("user")).await)
        },)?;
        let (Some(tags), Some(parameters)) = (tags, parameters) else { return Ok(None) };
        Ok(Some(Live {
            args: ParameterGroupArgs {
                name: group.db_parameter_group_name.unwrap_or_default(),
                family: group.db_parameter_group_family.unwrap_or_default(),
                description: group.description.unwrap_or_default(),
                parameters: parameters.iter().filter_map(as_argument).collect(),
                tags: tags::visible(tags),
            },
            state: ParameterGroupState { arn },
        }))
    }

    /// A parameter that was asked for with the engine's own value is one of hundreds in the answer.
    async fn refresh(cx: &Cx, id: &str, old: &ParameterGroupArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        let known: Vec<String> = live.args.parameters.iter().map(key).collect();
        let mut missing = old.parameters.clone();
        missing.retain(|wanted| !known.contains(&key(wanted)));
        if !missing.is_empty() {
            let all = error::found(parameters(cx, id, None).await)?.unwrap_or_default();
            let has = |wanted: &ParameterGroupParameter| {
                let mut found = all.iter().filter_map(as_argument);
                found.any(|found| key(&found) == key(wanted) && found.value == wanted.value)
            };
            missing.retain(has);
            live.args.parameters.extend(missing);
        }
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ParameterGroupArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        if update.any(&["parameters"]) {
            let had = |wanted: &&ParameterGroupParameter| {
                old.parameters.iter().any(|had| key(had) == key(wanted) && had.value == wanted.value)
            };
            set(cx, id, new.parameters.iter().filter(|wanted| !had(wanted)).collect()).await?;
            let wants =
                |had: &&ParameterGroupParameter| new.parameters.iter().any(|new| key(new) == key(had));
            reset(cx, id, old.parameters.iter().filter(|had| !wants(had)).collect()).await?;
        }
        if update.any(&["tags"]) {
            let arn = find(cx, id).await?.and_then(|group| group.db_parameter_group_arn).unwrap_or_default();
            retag(cx, &arn, &old.tags, &new.tags).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ParameterGroupArgs) -> Result<()> {
        cx.client::<Client>()?.delete_db_parameter_group().db_parameter_group_name(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        instances_with(cx, |instance| {
            let mut groups = instance.db_parameter_groups().iter();
            groups.any(|group| group.db_parameter_group_name() == Some(id))
        })
        .await
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<DbParameterGroup>> {
    let call = cx.client::<Client>()?.describe_db_parameter_groups().db_parameter_group_name(name);
    let answer = error::found(call.send().await)?;
    Ok(answer.and_then(|answer| answer.db_parameter_groups.unwrap_or_default().into_iter().next()))
}

/// The parameters of a group: of one source, or all that the engine has.
async fn parameters(cx: &Cx, group: &str, source: Option<&str>) -> Result<Vec<Parameter>> {
    let call = cx.client::<Client>()?.describe_db_parameters().db_parameter_group_name(group);
    let pages = call.set_source(source.map(str::to_owned)).into_paginator().items().send();
    Ok(pages.try_collect().await?)
}

/// Gives parameters their values.
async fn set(cx: &Cx, group: &str, wanted: Vec<&ParameterGroupParameter>) -> Result<()> {
    let client = cx.client::<Client>()?;
    for chunk in chunks(changes(cx, group, wanted).await?) {
        let call = client.modify_db_parameter_group().db_parameter_group_name(group);
        call.set_parameters(Some(chunk)).send().await?;
    }
    Ok(())
}

/// Gives parameters the engine's values back.
async fn reset(cx: &Cx, group: &str, dropped: Vec<&ParameterGroupParameter>) -> Result<()> {
    let client = cx.client::<Client>()?;
    for chunk in chunks(changes(cx, group, dropped).await?) {
        let call =
            client.reset_db_parameter_group().db_parameter_group_name(group).reset_all_parameters(false);
        let names = chunk.into_iter().map(|mut parameter| {
            parameter.parameter_value = None;
            parameter
        });
        call.set_parameters(Some(names.collect())).send().await?;
    }
    Ok(())
}

/// The parameters as AWS takes them, each with a way to apply it. A static parameter takes effect
/// with a restart only, and AWS refuses to apply it at once.
async fn changes(cx: &Cx, group: &str, given: Vec<&ParameterGroupParameter>) -> Result<Vec<Parameter>> {
    let mut kinds: HashMap<String, bool> = HashMap::new();
    if given.iter().any(|parameter| parameter.apply_method.is_none()) {
        let all = parameters(cx, group, None).await?;
        kinds.extend(all.into_iter().filter_map(|parameter| {
            Some((
                parameter.parameter_name?.to_lowercase(),
                parameter.apply_type.as_deref() == Some("static"),
            ))
        }));
    }
    let change = |given: &&ParameterGroupParameter| {
        let is_static = kinds.get(&key(given)).copied().unwrap_or_default();
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

fn as_argument(parameter: &Parameter) -> Option<ParameterGroupParameter> {
    Some(ParameterGroupParameter {
        name: parameter.parameter_name.clone()?,
        value: parameter.parameter_value.clone()?,
        apply_method: parameter.apply_method().map(|method| method.as_str().to_owned()),
    })
}

fn key(parameter: &ParameterGroupParameter) -> String {
    parameter.name.to_lowercase()
}

/// Whether two lists give the same parameters the same values.
fn same_parameters(actual: &Value, wanted: &Value) -> bool {
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
        assert!(same_parameters(
            &actual,
            &list(json!([{"name": "B", "value": "2"}, {"name": "a", "value": "1"}]))
        ));
        assert!(!same_parameters(&actual, &list(json!([{"name": "a", "value": "1"}]))));
        assert!(!same_parameters(
            &actual,
            &list(json!([{"name": "a", "value": "1"}, {"name": "b", "value": "3"}]))
        ));
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
