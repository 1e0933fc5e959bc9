//! Look-ups of parts of networks that are there already.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::SecurityGroup as Group;

use super::get_subnets;
use super::search::{LookUpFilter, Search};
use super::{RouteTable, SecurityGroup, Subnet};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Function, LookUp};
use crate::model::Model;

/// Gets the subnet that matches all of the arguments. It is an error if no subnet or more than one
/// matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSubnetArgs {
    /// The Availability Zone of the subnet.
    pub availability_zone: Option<String>,
    /// The ID of the Availability Zone of the subnet, such as `euw1-az1`.
    pub availability_zone_id: Option<String>,
    /// The IPv4 range of the subnet.
    pub cidr_block: Option<String>,
    /// Whether the subnet is the default subnet of its Availability Zone.
    pub default_for_az: Option<bool>,
    /// Filters of the API operation DescribeSubnets.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The ID of the subnet.
    pub id: Option<String>,
    /// The state of the subnet.
    #[model(one_of = ["available", "pending"])]
    pub state: Option<String>,
    /// The tags of the subnet.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the subnet.
    pub vpc_id: Option<String>,
}

/// Finds a subnet.
pub struct GetSubnet;

impl LookUp for GetSubnet {
    const TOKEN: &'static str = "agentic:ec2:getSubnet";
    const WHAT: &'static str = "subnet";

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::GET_SUBNET;

    type Kind = Subnet;
    type Args = GetSubnetArgs;

    async fn find(cx: &Cx, args: &GetSubnetArgs) -> Result<Vec<String>> {
        let search = Search::default()
            .by("availability-zone", args.availability_zone.as_deref())
            .by("availability-zone-id", args.availability_zone_id.as_deref())
            .by("cidr-block", args.cidr_block.as_deref())
            .by_flag("default-for-az", args.default_for_az)
            .by("subnet-id", args.id.as_deref())
            .by("state", args.state.as_deref())
            .by("vpc-id", args.vpc_id.as_deref())
            .by_tags(&args.tags)
            .by_filters(&args.filters);
        let found = get_subnets::all(cx, &search).await?;
        Ok(found.into_iter().filter_map(|subnet| subnet.subnet_id).collect())
    }
}

/// Gets the IDs of the subnets that match all of the arguments. It is an error if no subnet
/// matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSubnetIdsArgs {
    /// Filters of the API operation DescribeSubnets.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The tags of the subnets.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the subnets.
    pub vpc_id: String,
}

/// Subnets of a VPC.
#[derive(Clone, Debug, Model)]
pub struct GetSubnetIdsResult {
    /// The ID of the VPC.
    pub id: String,
    /// The IDs of the subnets, ordered by Availability Zone and IPv4 range.
    pub ids: Vec<String>,
    /// The tags that were specified.
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the subnets.
    pub vpc_id: String,
}

/// Finds the subnets of a VPC.
pub struct GetSubnetIds;

impl Function for GetSubnetIds {
    const TOKEN: &'static str = "agentic:ec2:getSubnetIds";
    const ACTIONS: &'static [&'static str] = &["ec2:DescribeSubnets"];

    type Args = GetSubnetIdsArgs;
    type Result = GetSubnetIdsResult;

    async fn call(cx: &Cx, args: &GetSubnetIdsArgs) -> Result<GetSubnetIdsResult> {
        let search = Search::default().by("vpc-id", Some(&args.vpc_id)).by_tags(&args.tags);
        let search = search.by_filters(&args.filters);
        let found = get_subnets::all(cx, &search).await?;
        let ids: Vec<String> = found.into_iter().filter_map(|subnet| subnet.subnet_id).collect();
        if ids.is_empty() {
            return Err(search.nothing(cx, "subnet"));
        }
        let (id, vpc_id) = (args.vpc_id.clone(), args.vpc_id.clone());
        Ok(GetSubnetIdsResult { id, ids, tags: args.tags.clone(), vpc_id })
    }
}

/// Gets the route table that matches all of the arguments. It is an error if no route table or more
/// than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRouteTableArgs {
    /// Filters of the API operation DescribeRouteTables.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The ID of an internet gateway or virtual private gateway that is associated with the route
    /// table.
    pub gateway_id: Option<String>,
    /// The ID of the route table.
    pub route_table_id: Option<String>,
    /// The ID of a subnet that is associated with the route table. A subnet without an association
    /// of its own uses the main route table, which this argument does not find.
    pub subnet_id: Option<String>,
    /// The tags of the route table.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the route table.
    pub vpc_id: Option<String>,
}

/// Finds a route table.
pub struct GetRouteTable;

impl LookUp for GetRouteTable {
    const TOKEN: &'static str = "agentic:ec2:getRouteTable";
    const WHAT: &'static str = "route table";

    type Kind = RouteTable;
    type Args = GetRouteTableArgs;

    async fn find(cx: &Cx, args: &GetRouteTableArgs) -> Result<Vec<String>> {
        let search = Search::default()
            .by("association.gateway-id", args.gateway_id.as_deref())
            .by("route-table-id", args.route_table_id.as_deref())
            .by("association.subnet-id", args.subnet_id.as_deref())
            .by("vpc-id", args.vpc_id.as_deref())
            .by_tags(&args.tags)
            .by_filters(&args.filters);
        let call = cx.client::<Client>()?.describe_route_tables().set_filters(Some(search.filters()));
        let found: Vec<_> = call.into_paginator().items().send().try_collect().await?;
        Ok(found.into_iter().filter_map(|table| table.route_table_id).collect())
    }
}

/// Gets the security group that matches all of the arguments. It is an error if no security group
/// or more than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSecurityGroupArgs {
    /// Filters of the API operation DescribeSecurityGroups.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The ID of the security group.
    pub id: Option<String>,
    /// The name of the security group, which is unique within its VPC.
    pub name: Option<String>,
    /// The tags of the security group.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the security group.
    pub vpc_id: Option<String>,
}

/// Finds a security group.
pub struct GetSecurityGroup;

impl LookUp for GetSecurityGroup {
    const TOKEN: &'static str = "agentic:ec2:getSecurityGroup";
    const WHAT: &'static str = "security group";

    type Kind = SecurityGroup;
    type Args = GetSecurityGroupArgs;

    async fn find(cx: &Cx, args: &GetSecurityGroupArgs) -> Result<Vec<String>> {
        let search = Search::default()
            .by("group-id", args.id.as_deref())
            .by("group-name", args.name.as_deref())
            .by("vpc-id", args.vpc_id.as_deref())
            .by_tags(&args.tags)
            .by_filters(&args.filters);
        Ok(groups(cx, &search).await?.into_iter().filter_map(|group| group.group_id).collect())
    }
}

/// Gets the security groups that match all of the arguments. The result may be empty.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSecurityGroupsArgs {
    /// Filters of the API operation DescribeSecurityGroups.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The tags of the security groups.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Security groups, ordered by their IDs.
#[derive(Clone, Debug, Model)]
pub struct GetSecurityGroupsResult {
    /// The ARNs of the security groups.
    pub arns: Vec<String>,
    /// The AWS region of the lookup.
    pub id: String,
    /// The IDs of the security groups.
    pub ids: Vec<String>,
    /// The tags that were specified.
    pub tags: BTreeMap<String, String>,
    /// The IDs of the VPCs of the security groups.
    pub vpc_ids: Vec<String>,
}

/// Finds security groups.
pub struct GetSecurityGroups;

impl Function for GetSecurityGroups {
    const TOKEN: &'static str = "agentic:ec2:getSecurityGroups";
    const ACTIONS: &'static [&'static str] = &["ec2:DescribeSecurityGroups"];

    type Args = GetSecurityGroupsArgs;
    type Result = GetSecurityGroupsResult;

    async fn call(cx: &Cx, args: &GetSecurityGroupsArgs) -> Result<GetSecurityGroupsResult> {
        let search = Search::default().by_tags(&args.tags).by_filters(&args.filters);
        let mut found = groups(cx, &search).await?;
        found.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        let each = |tell: fn(&Group) -> Option<&str>| {
            found.iter().map(|group| tell(group).unwrap_or_default().to_owned()).collect()
        };
        Ok(GetSecurityGroupsResult {
            arns: each(Group::security_group_arn),
            id: cx.region().unwrap_or_default().to_owned(),
            ids: each(Group::group_id),
            tags: args.tags.clone(),
            vpc_ids: each(Group::vpc_id),
        })
    }
}

async fn groups(cx: &Cx, search: &Search) -> Result<Vec<Group>> {
    let call = cx.client::<Client>()?.describe_security_groups().set_filters(Some(search.filters()));
    Ok(call.into_paginator().items().send().try_collect().await?)
}
