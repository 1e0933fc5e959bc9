//! A VPC that is there already.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types;

use super::Vpc;
use super::search::{LookUpFilter, Search};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Function, Kind};
use crate::model::Model;

/// Gets the VPC that matches all of the arguments. It is an error if no VPC or more than one
/// matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetVpcArgs {
    /// The primary IPv4 range of the VPC.
    pub cidr_block: Option<String>,
    /// Whether the VPC is the default VPC of the region.
    pub default: Option<bool>,
    /// The ID of the DHCP option set of the VPC.
    pub dhcp_options_id: Option<String>,
    /// Filters of the API operation DescribeVpcs.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The ID of the VPC.
    pub id: Option<String>,
    /// The state of the VPC.
    #[model(one_of = ["available", "pending"])]
    pub state: Option<String>,
    /// The tags of the VPC.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A VPC.
#[derive(Clone, Debug, Model)]
pub struct GetVpcResult {
    /// The ARN of the VPC.
    pub arn: String,
    /// The primary IPv4 range of the VPC.
    pub cidr_block: String,
    /// All IPv4 ranges of the VPC.
    pub cidr_block_associations: Vec<GetVpcCidrBlockAssociation>,
    /// Whether the VPC is the default VPC of the region.
    pub default: bool,
    /// The ID of the DHCP option set of the VPC.
    pub dhcp_options_id: String,
    /// Whether instances with public IP addresses get public DNS hostnames.
    pub enable_dns_hostnames: bool,
    /// Whether the Amazon DNS server resolves names in the VPC.
    pub enable_dns_support: bool,
    /// The ID of the VPC.
    pub id: String,
    /// The tenancy of the instances in the VPC: `default` or `dedicated`.
    pub instance_tenancy: String,
    /// The ID of the main route table, which applies to subnets without an association of their
    /// own.
    pub main_route_table_id: String,
    /// The ID of the AWS account that owns the VPC.
    pub owner_id: String,
    /// The state of the VPC.
    pub state: String,
    /// The tags of the VPC.
    pub tags: BTreeMap<String, String>,
}

/// An IPv4 range of a VPC.
#[derive(Clone, Debug, Model)]
pub struct GetVpcCidrBlockAssociation {
    /// The ID of the association of the range with the VPC.
    pub association_id: String,
    /// The IPv4 range in CIDR notation.
    pub cidr_block: String,
    /// The state of the association, such as `associated`.
    pub state: String,
}

/// Finds a VPC.
pub struct GetVpc;

impl Function for GetVpc {
    const TOKEN: &'static str = "agentic:ec2:getVpc";
    const ACTIONS: &'static [&'static str] = Vpc::ACTIONS.read;

    type Args = GetVpcArgs;
    type Result = GetVpcResult;

    async fn call(cx: &Cx, args: &GetVpcArgs) -> Result<GetVpcResult> {
        let search = Search::default()
            .by("vpc-id", args.id.as_deref())
            .by("cidr", args.cidr_block.as_deref())
            .by("dhcp-options-id", args.dhcp_options_id.as_deref())
            .by_flag("is-default", args.default)
            .by("state", args.state.as_deref())
            .by_tags(&args.tags)
            .by_filters(&args.filters);
        let pages = cx.client::<Client>()?.describe_vpcs().set_filters(Some(search.filters()));
        let found: Vec<types::Vpc> = pages.into_paginator().items().send().try_collect().await?;
        let vpc = search.only(cx, "VPC", found, types::Vpc::vpc_id)?;
        let id = vpc.vpc_id.clone().unwrap_or_default();
        let Some(live) = Vpc::read(cx, &id).await? else { return Err(search.nothing(cx, "VPC")) };
        Ok(GetVpcResult {
            arn: live.state.arn,
            cidr_block: live.args.cidr_block.unwrap_or_default(),
            cidr_block_associations: vpc.cidr_block_association_set().iter().map(range).collect(),
            default: vpc.is_default.unwrap_or_default(),
            dhcp_options_id: vpc.dhcp_options_id.clone().unwrap_or_default(),
            enable_dns_hostnames: live.args.enable_dns_hostnames.unwrap_or_default(),
            enable_dns_support: live.args.enable_dns_support.unwrap_or_default(),
            id,
            instance_tenancy: live.args.instance_tenancy.unwrap_or_default(),
            main_route_table_id: live.state.main_route_table_id,
            owner_id: live.state.owner_id,
            state: vpc.state.as_ref().map_or("available", |state| state.as_str()).to_owned(),
            tags: live.args.tags.unwrap_or_default(),
        })
    }
}

fn range(association: &types::VpcCidrBlockAssociation) -> GetVpcCidrBlockAssociation {
    let state = association.cidr_block_state().and_then(|state| state.state());
    GetVpcCidrBlockAssociation {
        association_id: association.association_id.clone().unwrap_or_default(),
        cidr_block: association.cidr_block.clone().unwrap_or_default(),
        state: state.map_or("associated", |state| state.as_str()).to_owned(),
    }
}
