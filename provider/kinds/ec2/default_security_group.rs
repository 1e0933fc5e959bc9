//! The default security group of a VPC.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, IpPermission, IpRange, Ipv6Range, UserIdGroupPair};

use super::{filter, find_by_id};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::Model;

/// The default security group of a VPC, which AWS creates with the VPC and gives to whatever names no
/// other group. All rules that are not listed here are removed from it, so that without rules it
/// blocks all traffic.
///
/// Deleting this resource leaves the group as it is: it exists for as long as its VPC.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
#[derive(Clone, Debug, Model)]
pub struct DefaultSecurityGroupArgs {
    /// The rules for outbound traffic.
    #[model(in_place, set, default = [])]
    pub egress: Vec<DefaultSecurityGroupRule>,
    /// The rules for inbound traffic.
    #[model(in_place, set, default = [])]
    pub ingress: Vec<DefaultSecurityGroupRule>,
    /// The ID of the VPC.
    #[model(replace)]
    pub vpc_id: String,
}

/// A rule of a default security group.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DefaultSecurityGroupRule {
    /// The IPv4 ranges in CIDR notation.
    #[model(set, default = [])]
    pub cidr_blocks: Vec<String>,
    /// The first port. It is 0 if the protocol is `-1`.
    #[model(range = -1..=65535)]
    pub from_port: i64,
    /// The IPv6 ranges in CIDR notation.
    #[model(set, default = [])]
    pub ipv6_cidr_blocks: Vec<String>,
    /// The protocol, such as `tcp`, or `-1` for all protocols.
    pub protocol: String,
    /// The IDs of other security groups whose members are allowed.
    #[model(set, default = [])]
    pub security_groups: Vec<String>,
    /// Whether the members of the group itself are allowed.
    #[model(default = false, name = "self")]
    pub itself: bool,
    /// The last port. It is 0 if the protocol is `-1`.
    #[model(range = -1..=65535)]
    pub to_port: i64,
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
    const ID: &'static str = "the id of the group, such as `sg-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:DescribeSecurityGroups",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        read: &["ec2:DescribeSecurityGroups"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        delete: &[],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::DEFAULT_SECURITY_GROUP;

    type Args = DefaultSecurityGroupArgs;
    type State = DefaultSecurityGroupState;

    async fn create(cx: &Cx, args: &DefaultSecurityGroupArgs) -> Result<String> {
        let of = [filter("vpc-id", [args.vpc_id.clone()]), filter("group-name", ["default".to_owned()])];
        let client = cx.client::<Client>()?;
        let found = client.describe_security_groups().set_filters(Some(of.into())).send().await?;
        let id = found.security_groups().first().and_then(|group| group.group_id.clone());
        id.ok_or_else(|| {
            let message = format!("the VPC {} does not show its default security group", args.vpc_id);
            Error::new(ErrorKind::NotReady, message)
        })
    }

    async fn configure(cx: &Cx, id: &str, args: &DefaultSecurityGroupArgs) -> Result<()> {
        let Some(group) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotFound, format!("{id} does not show")));
        };
        open_and_close(cx, &group, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let rules = |permissions: &[IpPermission]| permissions.iter().map(|it| rule(id, it)).collect();
        let owner_id = group.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: DefaultSecurityGroupArgs {
                egress: rules(group.ip_permissions_egress()),
                ingress: rules(group.ip_permissions()),
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

/// Takes away what is not wanted, and opens what is.
async fn open_and_close(
    cx: &Cx,
    group: &types::SecurityGroup,
    args: &DefaultSecurityGroupArgs,
) -> Result<()> {
    let (client, id) = (cx.client::<Client>()?, group.group_id().unwrap_or_default());
    let (closed, opened) = change(id, group.ip_permissions_egress(), &args.egress);
    if !closed.is_empty() {
        let call = client.revoke_security_group_egress().group_id(id);
        call.set_ip_permissions(Some(closed)).send().await?;
    }
    if !opened.is_empty() {
        let call = client.authorize_security_group_egress().group_id(id);
        call.set_ip_permissions(Some(opened)).send().await?;
    }
    let (closed, opened) = change(id, group.ip_permissions(), &args.ingress);
    if !closed.is_empty() {
        let call = client.revoke_security_group_ingress().group_id(id);
        call.set_ip_permissions(Some(closed)).send().await?;
    }
    if !opened.is_empty() {
        let call = client.authorize_security_group_ingress().group_id(id);
        call.set_ip_permissions(Some(opened)).send().await?;
    }
    Ok(())
}

/// What of the rules there are is not wanted, and what of those that are wanted is not there.
fn change(
    id: &str,
    there: &[IpPermission],
    wanted: &[DefaultSecurityGroupRule],
) -> (Vec<IpPermission>, Vec<IpPermission>) {
    let rules: Vec<DefaultSecurityGroupRule> = there.iter().map(|it| rule(id, it)).collect();
    let wanted: Vec<DefaultSecurityGroupRule> = wanted.iter().cloned().map(sorted).collect();
    let closed = there.iter().zip(&rules).filter(|(_, rule)| !wanted.contains(rule));
    let closed = closed.map(|(permission, _)| permission.clone()).collect();
    let opened = wanted.iter().filter(|rule| !rules.contains(rule)).map(|rule| permission(id, rule));
    (closed, opened.collect())
}

fn rule(id: &str, permission: &IpPermission) -> DefaultSecurityGroupRule {
    let groups = permission.user_id_group_pairs().iter().filter_map(|pair| pair.group_id.clone());
    let (own, others): (Vec<String>, Vec<String>) = groups.partition(|group| group == id);
    sorted(DefaultSecurityGroupRule {
        cidr_blocks: permission.ip_ranges().iter().filter_map(|range| range.cidr_ip.clone()).collect(),
        from_port: permission.from_port.map_or(0, i64::from),
        ipv6_cidr_blocks: permission
            .ipv6_ranges()
            .iter()
            .filter_map(|range| range.cidr_ipv6.clone())
            .collect(),
        protocol: permission.ip_protocol.clone().unwrap_or_default(),
        security_groups: others,
        itself: !own.is_empty(),
        to_port: permission.to_port.map_or(0, i64::from),
    })
}

fn sorted(mut rule: DefaultSecurityGroupRule) -> DefaultSecurityGroupRule {
    for list in [&mut rule.cidr_blocks, &mut rule.ipv6_cidr_blocks, &mut rule.security_groups] {
        list.sort();
    }
    rule
}

fn permission(id: &str, rule: &DefaultSecurityGroupRule) -> IpPermission {
    let all = rule.protocol == "-1";
    let port = |port: i64| (!all).then(|| i32::try_from(port).unwrap_or_default());
    let own = rule.itself.then(|| id.to_owned());
    let groups = rule.security_groups.iter().cloned().chain(own);
    let ipv4 = rule.cidr_blocks.iter().map(|range| IpRange::builder().cidr_ip(range).build());
    let ipv6 = rule.ipv6_cidr_blocks.iter().map(|range| Ipv6Range::builder().cidr_ipv6(range).build());
    let groups = groups.map(|group| UserIdGroupPair::builder().group_id(group).build());
    IpPermission::builder()
        .ip_protocol(&rule.protocol)
        .set_from_port(port(rule.from_port))
        .set_to_port(port(rule.to_port))
        .set_ip_ranges(Some(ipv4.collect()))
        .set_ipv6_ranges(Some(ipv6.collect()))
        .set_user_id_group_pairs(Some(groups.collect()))
        .build()
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::SecurityGroup>> {
    find_by_id(cx, id, types::SecurityGroup::group_id, |client, ids| async move {
        let pages = client.describe_security_groups().filters(filter("group-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_opened_and_closed() {
        let web = DefaultSecurityGroupRule {
            cidr_blocks: vec!["10.1.0.0/16".to_owned(), "10.0.0.0/16".to_owned()],
            from_port: 443,
            ipv6_cidr_blocks: Vec::new(),
            protocol: "tcp".to_owned(),
            security_groups: Vec::new(),
            itself: false,
            to_port: 443,
        };
        let own = DefaultSecurityGroupRule { cidr_blocks: Vec::new(), itself: true, ..web.clone() };
        let there = [permission("sg-1", &own), permission("sg-1", &sorted(web.clone()))];
        assert_eq!(change("sg-1", &there, &[web.clone(), own]), (Vec::new(), Vec::new()));
        let (closed, opened) = change("sg-1", &there, std::slice::from_ref(&web));
        assert_eq!((closed, opened), (vec![there[0].clone()], Vec::new()));
        assert_eq!(change("sg-1", &[], &[web]).1.len(), 1);
    }
}
