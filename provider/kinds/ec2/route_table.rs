//! A table of routes for subnets.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, ResourceType, RouteState};

use super::inline_route::{InlineRoute, check, listed, put, same_routes};
use super::{Ec2Tags, Vpc, filter, find_by_id, holders, left_behind_in, tag_map, tag_pairs, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update};
use crate::model::{Failures, Model};

/// A route table: a set of routes that direct the network traffic of the subnets associated with
/// it.
///
/// List the routes in `routes`, or create a `Route` for each. Do not use both: the list must
/// contain all routes, and any other route is removed.
#[derive(Clone, Debug, Model)]
pub struct RouteTableArgs {
    /// All routes except the local routes of the VPC. Routes that are not listed are removed,
    /// except for those that gateways and gateway endpoints add. If omitted, existing routes are
    /// kept, and separate resources can manage routes.
    #[model(in_place, same = same_routes, if_given)]
    pub routes: Option<Vec<InlineRoute>>,
    /// The tags of the route table.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// What AWS says of a route table.
#[derive(Clone, Debug, Model)]
pub struct RouteTableState {
    /// The ARN of the route table.
    pub arn: String,
    /// The ID of the AWS account that owns the route table.
    pub owner_id: String,
}

/// A table of routes for subnets.
pub struct RouteTable;

impl Kind for RouteTable {
    const TOKEN: &'static str = "agentic:ec2:RouteTable";
    const ID: &'static str = "the ID of the route table, such as `rtb-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateRouteTable",
            "ec2:DescribeTags",
            "ec2:DescribeRouteTables",
            "ec2:CreateRoute",
            "ec2:DeleteRoute",
            "ec2:ReplaceRoute",
        ],
        read: &["ec2:DescribeRouteTables"],
        update: &["ec2:DescribeRouteTables", "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"],
        delete: &["ec2:DeleteRouteTable", "ec2:DescribeRouteTables"],
    };

    const READY: Option<Wait> =
        Some(Wait { goal: "its routes are active", usual: [0, 5], budget: Duration::from_secs(5 * 60) });
    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::ROUTE_TABLE;

    type Args = RouteTableArgs;
    type State = RouteTableState;

    fn rules(args: &RouteTableInputs, failures: &mut Failures) {
        check(&RouteTableArgs::ROUTES.into(), &args.routes, failures);
    }

    fn hear(cx: &Cx, id: &str, old: &RouteTableInputs, new: &RouteTableInputs) {
        Wholes::of(cx).hear(cx, id, List::Routes, old.routes.is_set(), new.routes.is_set());
    }

    async fn create(cx: &Cx, args: &RouteTableArgs) -> Result<String> {
        if let Some(id) = left_behind_in::<Vpc, Self>(cx, &args.vpc_id, "route table", args).await? {
            return Ok(id);
        }
        let created = cx
            .client::<Client>()?
            .create_route_table()
            .vpc_id(&args.vpc_id)
            .client_token(cx.client_token())
            .tag_specifications(tagged(cx, ResourceType::RouteTable, &args.tags))
            .send()
            .await?;
        let Some(table) = created.route_table else { return Ok(String::new()) };
        let id = table.route_table_id.clone().unwrap_or_default();
        cx.tell(id.clone(), table);
        Ok(id)
    }

    async fn configure(cx: &Cx, id: &str, args: &RouteTableArgs) -> Result<()> {
        let Some(routes) = &args.routes else { return Ok(()) };
        // The answer to the call that made the table has none of them.
        cx.forget();
        put_into(cx, id, routes).await
    }

    async fn ready(cx: &Cx, id: &str, args: &RouteTableArgs) -> Result<Poll> {
        if args.routes.is_none() {
            return Ok(Poll::Ready(()));
        }
        let Some(table) = find(cx, id).await? else { return Ok(Poll::Pending("not visible yet".to_owned())) };
        let dark = table.routes().iter().find(|route| route.state == Some(RouteState::Blackhole));
        // Where a route leads to an interface or into another network, that may follow later.
        Ok(match dark.and_then(|route| route.nat_gateway_id().or(route.gateway_id())) {
            Some(target) => Poll::Pending(format!("blackhole: {target} does not exist or is not attached")),
            None => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(table) = find(cx, id).await? else { return Ok(None) };
        let owner_id = table.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: RouteTableObserved {
                routes: Some(Some(listed(table.routes()))),
                tags: Some(tag_map(table.tags())),
                vpc_id: table.vpc_id.clone(),
            },
            state: RouteTableState { arn: cx.arn("ec2", &owner_id, &format!("route-table/{id}")), owner_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<RouteTableArgs>) -> Result<()> {
        match &update.new.routes {
            Some(routes) if update.any(&[RouteTableArgs::ROUTES]) => put_into(cx, id, routes).await,
            _ => Ok(()),
        }
    }

    async fn delete(cx: &Cx, id: &str, _args: &RouteTableArgs) -> Result<()> {
        cx.client::<Client>()?.delete_route_table().route_table_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let table = find(cx, id).await.ok()??;
        let associations = table.associations();
        let subnets = holders::named("subnet", associations.iter().map(|a| a.subnet_id()));
        let gateways = holders::named("gateway", associations.iter().map(|a| a.gateway_id()));
        let is_main = associations.iter().any(|association| association.main == Some(true));
        let main = if is_main { vec!["the VPC, as its main route table".to_owned()] } else { Vec::new() };
        holders::list([Ok(subnets), Ok(gateways), Ok(main)])
    }
}

async fn put_into(cx: &Cx, id: &str, routes: &[InlineRoute]) -> Result<()> {
    let Some(table) = find(cx, id).await? else {
        return Err(Error::new(ErrorKind::NotFound, format!("{id} is not visible")));
    };
    put(cx, id, table.routes(), routes).await
}

/// Whether this state has a route table.
pub(super) async fn is_of_state(cx: &Cx, id: &str) -> Result<bool> {
    Ok(find(cx, id).await?.is_some_and(|table| cx.standing(tag_pairs(table.tags())).is_of_state()))
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<types::RouteTable>> {
    find_by_id(cx, id, types::RouteTable::route_table_id, |client, ids| async move {
        let pages = client.describe_route_tables().filters(filter("route-table-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}
