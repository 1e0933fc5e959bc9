//! A cache subnet group: the subnets in which ElastiCache may place nodes.

use std::collections::BTreeMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheSubnetGroup, Subnet};

use super::{ElastiCacheTags, GROUP_NAME, groups_with, tag_list};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::ids;
use crate::engine::names::NameRule;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::Model;

const NAME: NameRule = NameRule { what: "cache subnet group", reserved: &["default"], ..GROUP_NAME };

/// A cache subnet group: the subnets of a VPC in which ElastiCache may place the nodes of a cache.
#[derive(Clone, Debug, Model)]
pub struct SubnetGroupArgs {
    /// The name of the cache subnet group: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=255)]
    pub name: String,
    /// The IDs of the subnets. A subnet that a node uses cannot be removed.
    #[model(in_place, set, length = 1..=20, check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The description of the cache subnet group.
    #[model(in_place, default = "Managed by Pulumi")]
    pub description: String,
    /// The tags of the cache subnet group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a cache subnet group.
#[derive(Clone, Debug, Model)]
pub struct SubnetGroupState {
    /// The ARN of the cache subnet group.
    pub arn: String,
    /// The ID of the VPC of the subnets.
    #[model(in_place)]
    pub vpc_id: String,
}

/// A cache subnet group.
pub struct SubnetGroup;

impl Kind for SubnetGroup {
    const TOKEN: &'static str = "agentic:elasticache:SubnetGroup";
    const ID: &'static str = "the name of the cache subnet group";
    const TAGS: TaggedBy = TaggedBy::service::<ElastiCacheTags>();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticache:CreateCacheSubnetGroup",
            "elasticache:DescribeCacheSubnetGroups",
            "elasticache:ModifyCacheSubnetGroup",
        ],
        read: &["elasticache:DescribeCacheSubnetGroups"],
        update: &["elasticache:ModifyCacheSubnetGroup", "elasticache:DescribeCacheSubnetGroups"],
        delete: &["elasticache:DeleteCacheSubnetGroup", "elasticache:DescribeCacheClusters"],
    };

    type Args = SubnetGroupArgs;
    type State = SubnetGroupState;

    async fn create(cx: &Cx, args: &SubnetGroupArgs) -> Result<String> {
        let created = cx
            .client::<Client>()?
            .create_cache_subnet_group()
            .cache_subnet_group_name(&args.name)
            .cache_subnet_group_description(&args.description)
            .set_subnet_ids(Some(args.subnet_ids.clone()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "cache subnet group").await
            }
            other => other.map(|_| args.name.clone()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let subnets = group.subnets().iter().filter_map(Subnet::subnet_identifier);
        Ok(Some(Live {
            args: SubnetGroupObserved {
                subnet_ids: Some(subnets.map(str::to_owned).collect()),
                name: group.cache_subnet_group_name.clone(),
                description: Some(group.cache_subnet_group_description.clone().unwrap_or_default()),
                ..SubnetGroupObserved::default()
            },
            state: SubnetGroupState {
                arn: group.arn.clone().unwrap_or_default(),
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
        cx.client::<Client>()?.delete_cache_subnet_group().cache_subnet_group_name(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        groups_with(cx, |node| node.cache_subnet_group_name() == Some(id)).await
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<CacheSubnetGroup>> {
    let call = cx.client::<Client>()?.describe_cache_subnet_groups().cache_subnet_group_name(name);
    let answer = error::found(call.send().await)?;
    Ok(answer.and_then(|answer| answer.cache_subnet_groups.unwrap_or_default().into_iter().next()))
}

/// AWS takes all subnets or none.
async fn modify(cx: &Cx, name: &str, args: &SubnetGroupArgs) -> Result<()> {
    let call = cx.client::<Client>()?.modify_cache_subnet_group().cache_subnet_group_name(name);
    let call = call.cache_subnet_group_description(&args.description);
    call.set_subnet_ids(Some(args.subnet_ids.clone())).send().await?;
    Ok(())
}
