//! A database parameter group: settings of the database engine.

use std::collections::BTreeMap;

use super::DB_PARAMETER_GROUP;
use super::parameters::{self, Group, Scope, Setting};
use super::{RdsTags, instances_with};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update};
use crate::model::{Failures, Model};

/// A DB parameter group: the settings of the database engine for DB instances.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupArgs {
    /// The name of the parameter group, in lowercase.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The parameter group family: the engine and major version, such as `postgres16`.
    #[model(replace, length = 1..=255)]
    pub family: String,
    /// The description of the parameter group.
    #[model(replace, default = "Managed by Pulumi")]
    pub description: String,
    /// The parameters whose values differ from the defaults of the engine.
    #[model(in_place, default = [], same = parameters::same)]
    pub parameters: Vec<ParameterGroupParameter>,
    /// The tags of the parameter group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A parameter of the database engine.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupParameter {
    /// The name of the parameter, such as `rds.force_ssl`.
    pub name: String,
    /// The value of the parameter.
    pub value: String,
    /// The time at which a change of the value takes effect: immediately, or at the next restart of
    /// the DB instance. Defaults to `immediate` if the parameter supports it. A change of
    /// `applyMethod` alone is ignored.
    #[model(aws_default, one_of = ["immediate", "pending-reboot"])]
    pub apply_method: Option<String>,
}

/// The outputs of a DB parameter group.
#[derive(Clone, Debug, Model)]
pub struct ParameterGroupState {
    /// The ARN of the parameter group.
    pub arn: String,
}

/// A DB parameter group.
pub struct ParameterGroup;

impl Kind for ParameterGroup {
    const TOKEN: &'static str = "agentic:rds:ParameterGroup";
    const ID: &'static str = "the name of the database parameter group";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_PARAMETER_GROUP);
    const STAYS_HELD: bool = true;
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:DescribeEngineDefaultParameters",
            "rds:CreateDBParameterGroup",
            "rds:DescribeDBParameterGroups",
            "rds:DescribeDBParameters",
            "rds:ModifyDBParameterGroup",
        ],
        read: &["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters"],
        update: &[
            "rds:DescribeEngineDefaultParameters",
            "rds:ModifyDBParameterGroup",
            "rds:ResetDBParameterGroup",
            "rds:DescribeDBParameterGroups",
            "rds:DescribeDBParameters",
        ],
        delete: &["rds:DeleteDBParameterGroup", "rds:DescribeDBInstances"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::PARAMETER_GROUP;

    type Args = ParameterGroupArgs;
    type State = ParameterGroupState;

    fn rules(args: &ParameterGroupInputs, failures: &mut Failures) {
        let given = args.parameters.get().into_iter().flatten();
        parameters::once(given.map(|given| given.get()?.name.get().map(String::as_str)), failures);
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        old: Option<&ParameterGroupInputs>,
        new: &ParameterGroupInputs,
        failures: &mut Failures,
    ) {
        if old.is_some_and(|old| old.parameters.get() == new.parameters.get()) {
            return;
        }
        let given = new.parameters.get().into_iter().flatten().enumerate();
        let at_once = given.filter_map(|(index, given)| {
            let given = given.get()?;
            let is_at_once = given.apply_method.get().is_some_and(|method| method == "immediate");
            Some((index, given.name.get().filter(|_| is_at_once)?.clone()))
        });
        parameters::check_methods(cx, Scope::Instance, &new.family, at_once.collect(), failures).await;
    }

    async fn create(cx: &Cx, args: &ParameterGroupArgs) -> Result<String> {
        let group = Group { name: &args.name, family: &args.family, description: &args.description };
        parameters::create::<Self>(cx, Scope::Instance, &group, &args.tags, args).await
    }

    async fn configure(cx: &Cx, id: &str, args: &ParameterGroupArgs) -> Result<()> {
        parameters::set(cx, Scope::Instance, id, settings(args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = parameters::read(cx, Scope::Instance, id).await?;
        Ok(found.map(|found| Live {
            args: ParameterGroupObserved {
                name: Some(found.name),
                family: Some(found.family),
                description: Some(found.description),
                parameters: Some(found.settings.into_iter().map(ParameterGroupParameter::from).collect()),
                ..ParameterGroupObserved::default()
            },
            state: ParameterGroupState { arn: found.arn },
        }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ParameterGroupArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        let parameters = live.args.parameters.get_or_insert_default();
        let (known, wanted) = (parameters.iter().map(Setting::from).collect::<Vec<_>>(), settings(old));
        let usual = parameters::usual(cx, Scope::Instance, id, &known, wanted).await?;
        parameters.extend(usual.into_iter().map(ParameterGroupParameter::from));
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ParameterGroupArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        if update.any(&[ParameterGroupArgs::PARAMETERS]) {
            parameters::change(cx, Scope::Instance, id, settings(old), settings(new)).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ParameterGroupArgs) -> Result<()> {
        parameters::delete(cx, Scope::Instance, id).await
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        instances_with(cx, |instance| {
            let mut groups = instance.db_parameter_groups().iter();
            groups.any(|group| group.db_parameter_group_name() == Some(id))
        })
        .await
    }
}

fn settings(args: &ParameterGroupArgs) -> Vec<Setting> {
    args.parameters.iter().map(Setting::from).collect()
}

impl From<&ParameterGroupParameter> for Setting {
    fn from(given: &ParameterGroupParameter) -> Self {
        let ParameterGroupParameter { name, value, apply_method } = given.clone();
        Setting { name, value, apply_method }
    }
}

impl From<Setting> for ParameterGroupParameter {
    fn from(found: Setting) -> Self {
        let Setting { name, value, apply_method } = found;
        ParameterGroupParameter { name, value, apply_method }
    }
}
