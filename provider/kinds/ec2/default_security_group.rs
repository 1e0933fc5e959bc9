//! The default security group of a VPC.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types;

use super::inline_rule::{InlineRule, check, listed, put, same_rules};
use super::security_group::rules;
use super::{filter, find_by_id};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::unsupported::Unsupported;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Model};

/// The default security group of a VPC, which AWS creates with the VPC, and which applies to resources
/// without a security group of their own. All rules that are not listed here are removed from it, so
/// that without rules it blocks all traffic.
///
/// Deleting this resource leaves the group as it is: it exists for as long as its VPC.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
#[derive(Clone, Debug, Model)]
pub struct DefaultSecurityGroupArgs {
    /// The rules for outbound traffic.
    #[model(in_place, same = same_rules, default = [])]
    pub egress: Vec<InlineRule>,
    /// The rules for inbound traffic.
    #[model(in_place, same = same_rules, default = [])]
    pub ingress: Vec<InlineRule>,
    /// The ID of the VPC.
    #[model(replace, optional_type)]
    pub vpc_id: String,
}

/// What AWS says of a default security group.
#[derive(Clone, Debug, Model)]
pub struct DefaultSecurityGroupState {
    /// The ARN of the group.
    pub arn: String,
    /// The ID of the account that owns the group.
    pub owner_id: String,
}

/// The default security group of a VPC.
pub struct DefaultSecurityGroup;

impl Kind for DefaultSecurityGroup {
    const TOKEN: &'static str = "agentic:ec2:DefaultSecurityGroup";
    const ID: &'static str = "the ID of the security group, such as `sg-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSecurityGroupRules",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        read: &["ec2:DescribeSecurityGroups"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSecurityGroupRules",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        delete: &[],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::DEFAULT_SECURITY_GROUP;

    type Args = DefaultSecurityGroupArgs;
    type State = DefaultSecurityGroupState;

    fn rules(args: &DefaultSecurityGroupInputs, failures: &mut Failures) {
        check(&DefaultSecurityGroupArgs::EGRESS.into(), &args.egress, failures);
        check(&DefaultSecurityGroupArgs::INGRESS.into(), &args.ingress, failures);
    }

    fn hear(cx: &Cx, id: &str, _old: &DefaultSecurityGroupInputs, _new: &DefaultSecurityGroupInputs) {
        for list in [List::Egress, List::Ingress] {
            Wholes::of(cx).hear(cx, id, list, true, true);
        }
    }

    async fn create(cx: &Cx, args: &DefaultSecurityGroupArgs) -> Result<String> {
        of_vpc(cx, &args.vpc_id).await
    }

    async fn configure(cx: &Cx, id: &str, args: &DefaultSecurityGroupArgs) -> Result<()> {
        let there = rules(cx, id).await?;
        put(cx, id, true, &there, &args.egress).await?;
        put(cx, id, false, &there, &args.ingress).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let owner_id = group.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: DefaultSecurityGroupArgs {
                egress: listed(id, &owner_id, group.ip_permissions_egress()),
                ingress: listed(id, &owner_id, group.ip_permissions()),
                vpc_id: group.vpc_id.clone().unwrap_or_default(),
            }
            .into(),
            state: DefaultSecurityGroupState {
                arn: cx.arn("ec2", &owner_id, &format!("security-group/{id}")),
                owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<DefaultSecurityGroupArgs>) -> Result<()> {
        Self::configure(cx, id, &update.new).await
    }

    /// The group goes with its VPC.
    async fn delete(_cx: &Cx, _id: &str, _args: &DefaultSecurityGroupArgs) -> Result<()> {
        Ok(())
    }
}

/// The default security group of the VPC that another group is in.
pub async fn default_group_beside(cx: &Cx, group: &str) -> Result<String> {
    let beside = find(cx, group).await?;
    let vpc = beside.and_then(|beside| beside.vpc_id).ok_or_else(|| {
        let message =
            format!("the security group {group} no longer exists, so that its VPC cannot be determined");
        Error::new(ErrorKind::NotFound, message).with_hint("Give the security groups that shall apply.")
    })?;
    of_vpc(cx, &vpc).await
}

async fn of_vpc(cx: &Cx, vpc: &str) -> Result<String> {
    let of = [filter("vpc-id", [vpc.to_owned()]), filter("group-name", ["default".to_owned()])];
    let client = cx.client::<Client>()?;
    let found = client.describe_security_groups().set_filters(Some(of.into())).send().await?;
    let id = found.security_groups().first().and_then(|group| group.group_id.clone());
    id.ok_or_else(|| {
        let message = format!("AWS does not return the default security group of the VPC {vpc}");
        Error::new(ErrorKind::NotReady, message)
    })
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::SecurityGroup>> {
    find_by_id(cx, id, types::SecurityGroup::group_id, |client, ids| async move {
        let pages = client.describe_security_groups().filters(filter("group-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}
