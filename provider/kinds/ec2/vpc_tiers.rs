//! The subnets of a VPC that is there already, by what their routes say.

use std::collections::HashMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, RouteState, RouteTable};

use super::get_subnets;
use super::search::Search;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::Function;
use crate::model::Model;

/// Groups the subnets of a VPC by the default route of their route tables: public subnets route to
/// an internet gateway, private subnets to another target, such as a NAT gateway, and isolated
/// subnets have no default route.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetVpcTiersArgs {
    /// The ID of the VPC.
    pub vpc_id: String,
}

/// The subnets of a VPC by their tiers, each list in the order of zones and ranges.
#[derive(Clone, Debug, Model)]
pub struct GetVpcTiersResult {
    /// The primary IPv4 range of the VPC.
    pub cidr_block: String,
    /// The IDs of the subnets without a default route, ordered by Availability Zone and IPv4 range.
    pub isolated_subnet_ids: Vec<String>,
    /// The IDs of the subnets whose default route leads to a target other than an internet gateway,
    /// ordered by Availability Zone and IPv4 range.
    pub private_subnet_ids: Vec<String>,
    /// The IDs of the subnets whose default route leads to an internet gateway, ordered by
    /// Availability Zone and IPv4 range.
    pub public_subnet_ids: Vec<String>,
    /// All subnets of the VPC.
    pub subnets: Vec<GetVpcTiersSubnet>,
    /// The ID of the VPC.
    pub vpc_id: String,
}

/// A subnet and its tier.
#[derive(Clone, Debug, Model, PartialEq)]
pub struct GetVpcTiersSubnet {
    /// The Availability Zone of the subnet.
    pub availability_zone: String,
    /// The ID of the Availability Zone of the subnet.
    pub availability_zone_id: String,
    /// The IPv4 range of the subnet. Absent for an IPv6-only subnet.
    pub cidr_block: Option<String>,
    /// The ID of the subnet.
    pub id: String,
    /// The ID of the route table that the subnet uses.
    pub route_table_id: String,
    /// The tier of the subnet: `public`, `private` or `isolated`.
    pub tier: String,
}

/// Sorts the subnets of a VPC by their routes.
pub struct GetVpcTiers;

impl Function for GetVpcTiers {
    const TOKEN: &'static str = "agentic:ec2:getVpcTiers";
    const ACTIONS: &'static [&'static str] =
        &["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"];

    type Args = GetVpcTiersArgs;
    type Result = GetVpcTiersResult;

    async fn call(cx: &Cx, args: &GetVpcTiersArgs) -> Result<GetVpcTiersResult> {
        let id = &args.vpc_id;
        let search = Search::default().by("vpc-id", Some(id));
        let client = cx.client::<Client>()?;
        let (vpc, subnets, tables) =
            tokio::try_join!(super::vpc::find(cx, id), get_subnets::all(cx, &search), async {
                let call = client.describe_route_tables().set_filters(Some(search.filters()));
                let tables: Vec<RouteTable> = call.into_paginator().items().send().try_collect().await?;
                Ok(tables)
            },)?;
        let Some(vpc) = vpc else { return Err(no_vpc(cx, id)) };
        let subnets = sort(&subnets, &tables);
        let ids = |tier: &str| {
            subnets.iter().filter(|subnet| subnet.tier == tier).map(|subnet| subnet.id.clone()).collect()
        };
        Ok(GetVpcTiersResult {
            cidr_block: vpc.cidr_block.unwrap_or_default(),
            isolated_subnet_ids: ids(ISOLATED),
            private_subnet_ids: ids(PRIVATE),
            public_subnet_ids: ids(PUBLIC),
            vpc_id: id.clone(),
            subnets,
        })
    }
}

const PUBLIC: &str = "public";
const PRIVATE: &str = "private";
const ISOLATED: &str = "isolated";

fn no_vpc(cx: &Cx, id: &str) -> Error {
    let region = cx.region().unwrap_or("this region");
    Error::new(ErrorKind::NotFound, format!("vpcId is {id:?}, and there is no such VPC in {region}"))
        .with_hint("Check the ID, the region and the account.")
}

fn sort(subnets: &[types::Subnet], tables: &[RouteTable]) -> Vec<GetVpcTiersSubnet> {
    let associations = tables.iter().flat_map(|table| table.associations().iter().map(move |a| (table, a)));
    let mut main = None;
    let mut by_subnet = HashMap::new();
    for (table, association) in associations {
        if association.main == Some(true) {
            main = Some(table);
        }
        by_subnet.extend(association.subnet_id().map(|subnet| (subnet, table)));
    }
    subnets
        .iter()
        .map(|subnet| {
            let id = subnet.subnet_id().unwrap_or_default();
            let table = by_subnet.get(id).copied().or(main);
            GetVpcTiersSubnet {
                availability_zone: subnet.availability_zone.clone().unwrap_or_default(),
                availability_zone_id: subnet.availability_zone_id.clone().unwrap_or_default(),
                cidr_block: subnet.cidr_block.clone().filter(|range| !range.is_empty()),
                id: id.to_owned(),
                route_table_id: table.and_then(|table| table.route_table_id.clone()).unwrap_or_default(),
                tier: table.map_or(ISOLATED, tier).to_owned(),
            }
        })
        .collect()
}

/// The tier of the subnets that use a route table. A route whose target is gone leads nowhere.
fn tier(table: &RouteTable) -> &'static str {
    let default = table.routes().iter().find(|route| {
        let is_default = route.destination_cidr_block() == Some("0.0.0.0/0");
        is_default && route.state() != Some(&RouteState::Blackhole)
    });
    match default {
        Some(route) if route.gateway_id().is_some_and(|gateway| gateway.starts_with("igw-")) => PUBLIC,
        Some(_) => PRIVATE,
        None => ISOLATED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{Route, RouteTableAssociation, Subnet};

    fn table(id: &str, route: Option<Route>) -> types::builders::RouteTableBuilder {
        RouteTable::builder().route_table_id(id).set_routes(route.map(|route| vec![route]))
    }

    fn to(subnet: &str) -> RouteTableAssociation {
        RouteTableAssociation::builder().subnet_id(subnet).build()
    }

    #[test]
    fn the_default_route_makes_the_tier() {
        let default = || Route::builder().destination_cidr_block("0.0.0.0/0");
        let tables = [
            table("rtb-main", None).associations(RouteTableAssociation::builder().main(true).build()),
            table("rtb-public", Some(default().gateway_id("igw-1").build())).associations(to("subnet-1")),
            table("rtb-nat", Some(default().nat_gateway_id("nat-1").build())).associations(to("subnet-2")),
            table("rtb-hub", Some(default().transit_gateway_id("tgw-1").build()))
                .associations(to("subnet-3")),
            table("rtb-vpn", Some(default().gateway_id("vgw-1").build())).associations(to("subnet-4")),
            table("rtb-gone", Some(default().nat_gateway_id("nat-2").state(RouteState::Blackhole).build()))
                .associations(to("subnet-5")),
            table("rtb-local", Some(Route::builder().destination_cidr_block("10.0.0.0/8").build()))
                .associations(to("subnet-6")),
        ]
        .map(|table| table.build());
        let subnets: Vec<Subnet> =
            (1..=7).map(|n| Subnet::builder().subnet_id(format!("subnet-{n}")).build()).collect();
        let sorted = sort(&subnets, &tables);
        let tiers: Vec<&str> = sorted.iter().map(|subnet| subnet.tier.as_str()).collect();
        assert_eq!(tiers, ["public", "private", "private", "private", "isolated", "isolated", "isolated"]);
        assert_eq!(sorted[0].route_table_id, "rtb-public");
        assert_eq!(sorted[6].route_table_id, "rtb-main");
    }

    #[test]
    fn a_main_table_counts_for_subnets_without_their_own() {
        let route = Route::builder().destination_cidr_block("0.0.0.0/0").gateway_id("igw-1").build();
        let main = table("rtb-main", Some(route))
            .associations(RouteTableAssociation::builder().main(true).build())
            .build();
        let subnets = [Subnet::builder().subnet_id("subnet-1").cidr_block("172.31.0.0/20").build()];
        assert_eq!(sort(&subnets, &[main])[0].tier, "public");
    }
}
