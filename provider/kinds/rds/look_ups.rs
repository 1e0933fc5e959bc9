//! Look-ups of databases.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;

use super::{Cluster, Instance, InstanceObserved};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Live, LookUp};
use crate::model::{Field, Model, Object, Shape, Value};

/// Gets the RDS DB instance that matches all of the arguments. It is an error if no instance or more
/// than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetInstanceArgs {
    /// The identifier of the DB instance.
    pub db_instance_identifier: Option<String>,
    /// The tags that the DB instance must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a database instance.
pub struct GetInstance;

impl LookUp for GetInstance {
    const TOKEN: &'static str = "agentic:rds:getInstance";
    const WHAT: &'static str = "DB instance";
    const ACTIONS: &'static [&'static str] = &["rds:DescribeDBInstances"];
    const ALSO: &'static [Field] = &[
        Field::new("dbInstanceArn", "The ARN of the DB instance.", Shape::String, true),
        Field::new("dbInstanceClass", "The instance class, such as `db.t4g.medium`.", Shape::String, true),
        Field::new("dbInstancePort", "The port of the database.", Shape::Integer, true),
        Field::new(
            "dbParameterGroups",
            "The names of the DB parameter groups.",
            Shape::Array(&Shape::String),
            true,
        ),
        Field::new("dbSubnetGroup", "The name of the DB subnet group.", Shape::String, true),
        Field::new("masterUsername", "The name of the master user.", Shape::String, true),
        Field::new(
            "optionGroupMemberships",
            "The names of the option groups.",
            Shape::Array(&Shape::String),
            true,
        ),
        Field::new("preferredBackupWindow", "The daily time range of backups, in UTC.", Shape::String, true),
        Field::new(
            "preferredMaintenanceWindow",
            "The weekly time range for maintenance, in UTC.",
            Shape::String,
            true,
        ),
        Field::new(
            "vpcSecurityGroups",
            "The IDs of the security groups.",
            Shape::Array(&Shape::String),
            true,
        ),
    ];

    type Kind = Instance;
    type Args = GetInstanceArgs;

    async fn find(cx: &Cx, args: &GetInstanceArgs) -> Result<Vec<String>> {
        if let Some(id) = &args.db_instance_identifier {
            return Ok(vec![id.clone()]);
        }
        let call = cx.client::<Client>()?.describe_db_instances();
        let all: Vec<_> = call.into_paginator().items().send().try_collect().await?;
        Ok(all.into_iter().filter_map(|it| it.db_instance_identifier).collect())
    }

    fn also(live: &Live<Instance>) -> Object {
        let InstanceObserved { instance_class, port, parameter_group_name, db_subnet_group_name, .. } =
            &live.args;
        let InstanceObserved { username, option_group_name, backup_window, maintenance_window, .. } =
            &live.args;
        let text = |value: &Option<Option<String>>| value.iter().flatten().next().cloned().map(Value::from);
        let list = |value: &Option<Option<String>>| Some(Value::Array(text(value).into_iter().collect()));
        let groups = live.args.vpc_security_group_ids.iter().flatten().flatten();
        let all = [
            ("dbInstanceArn", Some(Value::from(live.state.arn.as_str()))),
            ("dbInstanceClass", text(instance_class)),
            ("dbInstancePort", port.flatten().map(|port| Value::Number(port as f64))),
            ("dbParameterGroups", list(parameter_group_name)),
            ("dbSubnetGroup", text(db_subnet_group_name)),
            ("masterUsername", text(username)),
            ("optionGroupMemberships", list(option_group_name)),
            ("preferredBackupWindow", text(backup_window)),
            ("preferredMaintenanceWindow", text(maintenance_window)),
            ("vpcSecurityGroups", Some(Value::Array(groups.map(|id| Value::from(id.as_str())).collect()))),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Gets an RDS DB cluster by its identifier.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetClusterArgs {
    /// The identifier of the DB cluster.
    pub cluster_identifier: String,
    /// The tags that the DB cluster must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a database cluster.
pub struct GetCluster;

impl LookUp for GetCluster {
    const TOKEN: &'static str = "agentic:rds:getCluster";
    const WHAT: &'static str = "DB cluster";

    type Kind = Cluster;
    type Args = GetClusterArgs;

    async fn find(_cx: &Cx, args: &GetClusterArgs) -> Result<Vec<String>> {
        Ok(vec![args.cluster_identifier.clone()])
    }
}
