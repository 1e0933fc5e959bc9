//! A cluster parameter group: settings of the engine of a database cluster.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbCluster;

use super::DB_PARAMETER_GROUP;
use super::RdsTags;
use super::parameters::{self, Group, Scope, Setting};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html>
const NAME: NameRule = NameRule { what: "cluster parameter group", ..DB_PARAMETER_GROUP };

/// A DB cluster parameter group: the engine settings that apply to all instances of a DB cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterParameterGroupArgs {
    /// The name of the DB cluster parameter group, in lowercase.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The parameter group family: the engine and major version, such as `aurora-postgresql16`.
    #[model(replace, length = 1..=255)]
    pub family: String,
    /// The description of the DB cluster parameter group.
    #[model(replace, default = "Managed by Pulumi")]
    pub description: String,
    /// The parameters whose values differ from the defaults of the engine.
    #[model(in_place, default = [], same = parameters::same)]
    pub parameters: Vec<ClusterParameterGroupParameter>,
    /// The tags of the DB cluster parameter group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A parameter of the engine of a DB cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterParameterGroupParameter {
    /// The name of the parameter, such as `rds.force_ssl`.
    pub name: String,
    /// The value of the parameter.
    pub value: String,
    /// The time at which a change of the value takes effect: immediately, or at the next restart of
    /// the instances. Defaults to `immediate` if the parameter supports it. A change of
    /// `applyMethod` alone is ignored.
    #[model(aws_default, one_of = ["immediate", "pending-reboot"])]
    pub apply_method: Option<String>,
}

/// The outputs of a DB cluster parameter group.
#[derive(Clone, Debug, Model)]
pub struct ClusterParameterGroupState {
    /// The ARN of the DB cluster parameter group.
    pub arn: String,
}

/// A DB cluster parameter group.
pub struct ClusterParameterGroup;

impl Kind for ClusterParameterGroup {
    const TOKEN: &'static str = "agentic:rds:ClusterParameterGroup";
    const ID: &'static str = "the name of the cluster parameter group";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const STAYS_HELD: bool = true;
    const ACTIONS: Actions = Actions {
        create: &[
            "rds:DescribeEngineDefaultClusterParameters",
            "rds:CreateDBClusterParameterGroup",
            "rds:DescribeDBClusterParameterGroups",
            "rds:DescribeDBClusterParameters",
            "rds:ModifyDBClusterParameterGroup",
        ],
        read: &["rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters"],
        update: &[
            "rds:DescribeEngineDefaultClusterParameters",
            "rds:ModifyDBClusterParameterGroup",
            "rds:ResetDBClusterParameterGroup",
            "rds:DescribeDBClusterParameterGroups",
            "rds:DescribeDBClusterParameters",
        ],
        delete: &["rds:DeleteDBClusterParameterGroup", "rds:DescribeDBClusters"],
    };

    type Args = ClusterParameterGroupArgs;
    type State = ClusterParameterGroupState;

    fn rules(args: &ClusterParameterGroupInputs, failures: &mut Failures) {
        let given = args.parameters.get().into_iter().flatten();
        parameters::once(given.map(|given| given.get()?.name.get().map(String::as_str)), failures);
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        old: Option<&ClusterParameterGroupInputs>,
        new: &ClusterParameterGroupInputs,
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
        parameters::check_methods(cx, Scope::Cluster, &new.family, at_once.collect(), failures).await;
    }

    async fn create(cx: &Cx, args: &ClusterParameterGroupArgs) -> Result<String> {
        let group = Group { name: &args.name, family: &args.family, description: &args.description };
        parameters::create::<Self>(cx, Scope::Cluster, &group, &args.tags, args).await
    }

    async fn configure(cx: &Cx, id: &str, args: &ClusterParameterGroupArgs) -> Result<()> {
        parameters::set(cx, Scope::Cluster, id, settings(args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = parameters::read(cx, Scope::Cluster, id).await?;
        Ok(found.map(|found| Live {
            args: ClusterParameterGroupObserved {
                name: Some(found.name),
                family: Some(found.family),
                description: Some(found.description),
                parameters: Some(
                    found.settings.into_iter().map(ClusterParameterGroupParameter::from).collect(),
                ),
                ..ClusterParameterGroupObserved::default()
            },
            state: ClusterParameterGroupState { arn: found.arn },
        }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ClusterParameterGroupArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        let parameters = live.args.parameters.get_or_insert_default();
        let (known, wanted) = (parameters.iter().map(Setting::from).collect::<Vec<_>>(), settings(old));
        let usual = parameters::usual(cx, Scope::Cluster, id, &known, wanted).await?;
        parameters.extend(usual.into_iter().map(ClusterParameterGroupParameter::from));
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterParameterGroupArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        if update.any(&[ClusterParameterGroupArgs::PARAMETERS]) {
            parameters::change(cx, Scope::Cluster, id, settings(old), settings(new)).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ClusterParameterGroupArgs) -> Result<()> {
        parameters::delete(cx, Scope::Cluster, id).await
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let pages = cx.client::<Client>().ok()?.describe_db_clusters().into_paginator().items().send();
        let all: Vec<DbCluster> = pages.try_collect().await.ok()?;
        let held = all.iter().filter(|cluster| cluster.db_cluster_parameter_group() == Some(id));
        let names: Vec<&str> = held.filter_map(DbCluster::db_cluster_identifier).collect();
        (!names.is_empty()).then(|| format!("the database clusters {}", names.join(", ")))
    }
}

fn settings(args: &ClusterParameterGroupArgs) -> Vec<Setting> {
    args.parameters.iter().map(Setting::from).collect()
}

impl From<&ClusterParameterGroupParameter> for Setting {
    fn from(given: &ClusterParameterGroupParameter) -> Self {
        let ClusterParameterGroupParameter { name, value, apply_method } = given.clone();
        Setting { name, value, apply_method }
    }
}

impl From<Setting> for ClusterParameterGroupParameter {
    fn from(found: Setting) -> Self {
        let Setting { name, value, apply_method } = found;
        ClusterParameterGroupParameter { name, value, apply_method }
    }
}
