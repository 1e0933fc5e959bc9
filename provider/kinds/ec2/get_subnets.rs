//! Subnets that are there already.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Subnet;

use super::search::{LookUpFilter, Search};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::Function;
use crate::model::Model;

/// Gets the IDs of the subnets that match all of the arguments. The result may be empty.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSubnetsArgs {
    /// Filters of the API operation DescribeSubnets.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// The tags of the subnets.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of the subnets.
    pub vpc_id: Option<String>,
}

/// Subnets.
#[derive(Clone, Debug, Model)]
pub struct GetSubnetsResult {
    /// The AWS region of the lookup.
    pub id: String,
    /// The IDs of the subnets, ordered by Availability Zone and IPv4 range.
    pub ids: Vec<String>,
}

/// Finds subnets.
pub struct GetSubnets;

impl Function for GetSubnets {
    const TOKEN: &'static str = "agentic:ec2:getSubnets";
    const ACTIONS: &'static [&'static str] = &["ec2:DescribeSubnets"];

    type Args = GetSubnetsArgs;
    type Result = GetSubnetsResult;

    async fn call(cx: &Cx, args: &GetSubnetsArgs) -> Result<GetSubnetsResult> {
        let search = Search::default().by("vpc-id", args.vpc_id.as_deref()).by_tags(&args.tags);
        let search = search.by_filters(&args.filters);
        let subnets = all(cx, &search).await?;
        Ok(GetSubnetsResult {
            id: cx.region().unwrap_or_default().to_owned(),
            ids: subnets.into_iter().filter_map(|subnet| subnet.subnet_id).collect(),
        })
    }
}

/// All subnets that match, in the order of their zones and ranges, which no later call changes.
pub(super) async fn all(cx: &Cx, search: &Search) -> Result<Vec<Subnet>> {
    let call = cx.client::<Client>()?.describe_subnets().set_filters(Some(search.filters()));
    let mut subnets: Vec<Subnet> = call.into_paginator().items().send().try_collect().await?;
    subnets.sort_by_cached_key(place);
    Ok(subnets)
}

fn place(subnet: &Subnet) -> (Option<String>, Option<ipnet::Ipv4Net>, Option<String>) {
    let range = subnet.cidr_block().and_then(|range| range.parse().ok());
    (subnet.availability_zone.clone(), range, subnet.subnet_id.clone())
}
