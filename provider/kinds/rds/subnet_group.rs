//! A database subnet group: the subnets in which RDS may place a database.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbSubnetGroup, Subnet};

use super::{RdsTags, instances_with, tag_list};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::Model;

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>
const DB_SUBNET_GROUP: NameRule = NameRule {
    what: "database subnet group",
    alphabet: Alphabet {
        words: "lower-case letters, digits, spaces and . _ -",
        lower: true,
        holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || " ._-".contains(c),
    },
    letter_first: true,
    reserved: &["default"],
    ..PLAIN
};

/// A DB subnet group: the subnets in which RDS may place a database and its standby. The subnets
/// must be in at least two Availability Zones of one VPC.
#[derive(Clone, Debug, Model)]
pub struct SubnetGroupArgs {
    /// The name of the DB subnet group, in lowercase.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The IDs of the subnets. A subnet that a database uses cannot be removed.
    #[model(in_place, set, length = 1..=20, check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The description of the DB subnet group.
    #[model(in_place, default = "Managed by Pulumi")]
    pub description: String,
    /// The tags of the DB subnet group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a DB subnet group.
#[derive(Clone, Debug, Model)]
pub struct SubnetGroupState {
    /// The ARN of the DB subnet group.
    pub arn: String,
    /// The network types that databases in the group can have: `IPV4`, `DUAL`.
    #[model(in_place)]
    pub supported_network_types: Vec<String>,
    /// The ID of the VPC of the subnets.
    #[model(in_place)]
    pub vpc_id: String,
}

/// A DB subnet group.
pub struct SubnetGroup;

impl Kind for SubnetGroup {
    const TOKEN: &'static str = "agentic:rds:SubnetGroup";
    const ID: &'static str = "the name of the database subnet group";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const NAME: Option<&'static NameRule> = Some(&DB_SUBNET_GROUP);
    const ACTIONS: Actions = Actions {
        create: &["rds:CreateDBSubnetGroup", "rds:DescribeDBSubnetGroups", "rds:ModifyDBSubnetGroup"],
        read: &["rds:DescribeDBSubnetGroups"],
        update: &["rds:ModifyDBSubnetGroup", "rds:DescribeDBSubnetGroups"],
        delete: &["rds:DeleteDBSubnetGroup", "rds:DescribeDBInstances"],
    };

    type Args = SubnetGroupArgs;
    type State = SubnetGroupState;

    async fn create(cx: &Cx, args: &SubnetGroupArgs) -> Result<String> {
        let created = cx
            .client::<Client>()?
            .create_db_subnet_group()
            .db_subnet_group_name(&args.name)
            .db_subnet_group_description(&args.description)
            .set_subnet_ids(Some(args.subnet_ids.clone()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Ok(created) => {
                if let Some(group) = created.db_subnet_group {
                    cx.tell(args.name.clone(), group);
                }
                Ok(args.name.clone())
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "database subnet group").await
            }
            Err(error) => Err(error),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let subnets = group.subnets().iter().filter_map(Subnet::subnet_identifier);
        Ok(Some(Live {
            args: SubnetGroupObserved {
                subnet_ids: Some(subnets.map(str::to_owned).collect()),
                name: group.db_subnet_group_name.clone(),
                description: Some(group.db_subnet_group_description.clone().unwrap_or_default()),
                ..SubnetGroupObserved::default()
            },
            state: SubnetGroupState {
                arn: group.db_subnet_group_arn.clone().unwrap_or_default(),
                supported_network_types: group.supported_network_types().to_vec(),
                vpc_id: group.vpc_id.clone().unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SubnetGroupArgs>) -> Result<()> {
        if update.any(&[SubnetGroupArgs::SUBNET_IDS, SubnetGroupArgs::DESCRIPTION]) {
            modify(cx, id, &update.new).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &SubnetGroupArgs) -> Result<()> {
        cx.client::<Client>()?.delete_db_subnet_group().db_subnet_group_name(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        instances_with(cx, |instance| {
            let group = instance.db_subnet_group.as_ref();
            group.and_then(DbSubnetGroup::db_subnet_group_name) == Some(id)
        })
        .await
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<DbSubnetGroup>> {
    if let Some(told) = cx.told(&name.to_owned()) {
        return Ok(Some(told));
    }
    let answer = cx.client::<Client>()?.describe_db_subnet_groups().db_subnet_group_name(name).send().await;
    Ok(error::found(answer)?
        .and_then(|answer| answer.db_subnet_groups.unwrap_or_default().into_iter().next()))
}

/// AWS takes all subnets or none.
async fn modify(cx: &Cx, name: &str, args: &SubnetGroupArgs) -> Result<()> {
    let call = cx.client::<Client>()?.modify_db_subnet_group().db_subnet_group_name(name);
    let call = call.db_subnet_group_description(&args.description);
    call.set_subnet_ids(Some(args.subnet_ids.clone())).send().await?;
    Ok(())
}
