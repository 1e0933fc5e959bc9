//! One line of a route table.

use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, RouteState as Status};

use super::{exactly_one, route_table};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike};
use crate::model::{Failures, In, Model, Prop};

/// A route of a route table. It has exactly one destination and one target.
#[derive(Clone, Debug, Model)]
pub struct RouteArgs {
    /// The IPv4 range of the destination, such as `0.0.0.0/0` for the default route.
    #[model(replace, check = cidr::check)]
    pub destination_cidr_block: Option<String>,
    /// The IPv6 range of the destination, such as `::/0` for the default route.
    #[model(replace, check = cidr::check_v6, same = cidr::same)]
    pub destination_ipv6_cidr_block: Option<String>,
    /// The ID of the prefix list of the destination.
    #[model(replace, check = ids::prefix_list)]
    pub destination_prefix_list_id: Option<String>,
    /// The ID of an egress-only internet gateway as the target. Only for IPv6 destinations.
    #[model(in_place, check = ids::egress_gateway)]
    pub egress_only_gateway_id: Option<String>,
    /// The ID of an internet gateway or virtual private gateway as the target.
    #[model(in_place, check = ids::gateway)]
    pub gateway_id: Option<String>,
    /// The ID of a NAT gateway as the target.
    #[model(in_place, check = ids::nat_gateway)]
    pub nat_gateway_id: Option<String>,
    /// The ID of a network interface as the target.
    #[model(in_place, told, check = ids::interface)]
    pub network_interface_id: Option<String>,
    /// The ID of the route table.
    #[model(replace, check = ids::route_table)]
    pub route_table_id: String,
    /// The ID of a transit gateway as the target.
    #[model(in_place, check = ids::transit_gateway)]
    pub transit_gateway_id: Option<String>,
    /// The ID of a Gateway Load Balancer endpoint as the target.
    #[model(in_place, check = ids::endpoint)]
    pub vpc_endpoint_id: Option<String>,
    /// The ID of a VPC peering connection as the target.
    #[model(in_place, check = ids::peering)]
    pub vpc_peering_connection_id: Option<String>,
}

/// What AWS says of a route.
#[derive(Clone, Debug, Model)]
pub struct RouteState {
    /// The way in which the route was created: `CreateRoute`, `CreateRouteTable` or
    /// `EnableVgwRoutePropagation`.
    pub origin: String,
}

/// One line of a route table.
pub struct Route;

/// The arguments that say where traffic goes.
const TARGETS: [Prop<RouteArgs>; 7] = [
    RouteArgs::GATEWAY_ID,
    RouteArgs::NAT_GATEWAY_ID,
    RouteArgs::TRANSIT_GATEWAY_ID,
    RouteArgs::VPC_PEERING_CONNECTION_ID,
    RouteArgs::NETWORK_INTERFACE_ID,
    RouteArgs::EGRESS_ONLY_GATEWAY_ID,
    RouteArgs::VPC_ENDPOINT_ID,
];

impl Kind for Route {
    const TOKEN: &'static str = "agentic:ec2:Route";
    const ID: &'static str = "the ID of the route table and the destination, separated by an underscore, such as `rtb-0a1b2c3d4e5f67890_0.0.0.0/0`";
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateRoute", "ec2:DescribeRouteTables"],
        read: &["ec2:DescribeRouteTables"],
        update: &["ec2:ReplaceRoute"],
        delete: &["ec2:DeleteRoute"],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the route is active", usual: [0, 5], budget: Duration::from_secs(5 * 60) });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::ROUTE;

    type Args = RouteArgs;
    type State = RouteState;

    fn rules(args: &RouteInputs, failures: &mut Failures) {
        let destinations = [
            (RouteArgs::DESTINATION_CIDR_BLOCK, &args.destination_cidr_block),
            (RouteArgs::DESTINATION_IPV6_CIDR_BLOCK, &args.destination_ipv6_cidr_block),
            (RouteArgs::DESTINATION_PREFIX_LIST_ID, &args.destination_prefix_list_id),
        ];
        exactly_one(failures, "a route has one destination", &destinations);
        exactly_one(failures, "a route has one target", &targets(args));
        if args.destination_cidr_block.get().is_some() && args.egress_only_gateway_id.get().is_some() {
            let reason = "takes IPv6 only; give natGatewayId for an IPv4 destination";
            failures.add(RouteArgs::EGRESS_ONLY_GATEWAY_ID, reason);
        }
    }

    const FORESEES: bool = true;

    async fn foresee(cx: &Cx, _old: Option<&RouteInputs>, new: &RouteInputs, failures: &mut Failures) {
        let table = new.route_table_id.get();
        if let Some(reason) = table.and_then(|table| Wholes::of(cx).objection(cx, table, List::Routes)) {
            failures.add(RouteArgs::ROUTE_TABLE_ID, reason);
        }
    }

    async fn create(cx: &Cx, args: &RouteArgs) -> Result<String> {
        let id = format!("{}_{}", args.route_table_id, destination(args));
        Wholes::of(cx).allow(cx, &args.route_table_id, List::Routes)?;
        begin(cx, &id);
        let created = cx
            .client::<Client>()?
            .create_route()
            .route_table_id(&args.route_table_id)
            .set_destination_cidr_block(args.destination_cidr_block.clone())
            .set_destination_ipv6_cidr_block(args.destination_ipv6_cidr_block.clone())
            .set_destination_prefix_list_id(args.destination_prefix_list_id.clone())
            .set_egress_only_internet_gateway_id(args.egress_only_gateway_id.clone())
            .set_gateway_id(args.gateway_id.clone())
            .set_nat_gateway_id(args.nat_gateway_id.clone())
            .set_network_interface_id(args.network_interface_id.clone())
            .set_transit_gateway_id(args.transit_gateway_id.clone())
            .set_vpc_endpoint_id(args.vpc_endpoint_id.clone())
            .set_vpc_peering_connection_id(args.vpc_peering_connection_id.clone())
            .send()
            .await
            .map_err(Error::from);
        match created {
            Ok(_) => Ok(id),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => in_place(cx, id, args, error).await,
            Err(error) => Err(error),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &RouteArgs) -> Result<Poll> {
        let Some(route) = find(cx, id).await? else { return Ok(Poll::Pending("not visible yet".to_owned())) };
        // Where a route leads to an interface or into another network, that may follow later.
        Ok(match route.nat_gateway_id().or(route.gateway_id()) {
            Some(target) if route.state == Some(Status::Blackhole) => {
                Poll::Pending(format!("blackhole: {target} does not exist or is not attached"))
            }
            _ => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(route) = find(cx, id).await? else { return Ok(None) };
        let (table, _) = split(id)?;
        let origin = route.origin.as_ref().map_or("CreateRoute", |origin| origin.as_str()).to_owned();
        Ok(Some(Live { args: args_of(table, route).into(), state: RouteState { origin } }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<RouteArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&TARGETS) {
            cx.client::<Client>()?
                .replace_route()
                .route_table_id(&new.route_table_id)
                .set_destination_cidr_block(new.destination_cidr_block.clone())
                .set_destination_ipv6_cidr_block(new.destination_ipv6_cidr_block.clone())
                .set_destination_prefix_list_id(new.destination_prefix_list_id.clone())
                .set_egress_only_internet_gateway_id(new.egress_only_gateway_id.clone())
                .set_gateway_id(new.gateway_id.clone())
                .set_nat_gateway_id(new.nat_gateway_id.clone())
                .set_network_interface_id(new.network_interface_id.clone())
                .set_transit_gateway_id(new.transit_gateway_id.clone())
                .set_vpc_endpoint_id(new.vpc_endpoint_id.clone())
                .set_vpc_peering_connection_id(new.vpc_peering_connection_id.clone())
                .send()
                .await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &RouteArgs) -> Result<()> {
        let (table, destination) = split(id)?;
        if Wholes::of(cx).took_over(cx, table, List::Routes) {
            return Ok(());
        }
        let call = cx.client::<Client>()?.delete_route().route_table_id(table);
        let call = match sort_of(destination) {
            Destination::Ipv4 => call.destination_cidr_block(destination),
            Destination::Ipv6 => call.destination_ipv6_cidr_block(destination),
            Destination::PrefixList => call.destination_prefix_list_id(destination),
        };
        call.send().await?;
        Ok(())
    }
}

fn targets(args: &RouteInputs) -> [(Prop<RouteArgs>, &In<String>); 7] {
    let values = [
        &args.gateway_id,
        &args.nat_gateway_id,
        &args.transit_gateway_id,
        &args.vpc_peering_connection_id,
        &args.network_interface_id,
        &args.egress_only_gateway_id,
        &args.vpc_endpoint_id,
    ];
    std::array::from_fn(|index| (TARGETS[index], values[index]))
}

/// What to make of it that the table has a route for this destination. A route has no tags to say
/// whose it is.
async fn in_place(cx: &Cx, id: String, args: &RouteArgs, error: Error) -> Result<String> {
    let Some(route) = find(cx, &id).await? else { return Err(error) };
    let there = target(&args_of(&args.route_table_id, route));
    if there == target(args) {
        let of_state = route_table::is_of_state(cx, &args.route_table_id);
        claim_alike::<Route>(cx, &id, "route", of_state).await?;
        return Ok(id);
    }
    let (table, destination) = (&args.route_table_id, destination(args));
    let leads = there.map_or_else(String::new, |target| format!(", which leads to {target}"));
    Err(error
        .with_message(format!("{table} has a route for {destination} already{leads}"))
        .with_hint(format!("Delete that route, or import it as {id}.")))
}

/// The destination in the form in which AWS has it.
fn destination(args: &RouteArgs) -> String {
    let ipv6 = || args.destination_ipv6_cidr_block.as_deref().map(cidr::canonical);
    let given = args.destination_cidr_block.clone().or_else(ipv6);
    given.or_else(|| args.destination_prefix_list_id.clone()).unwrap_or_default()
}

fn target(args: &RouteArgs) -> Option<String> {
    args.gateway_id
        .as_ref()
        .or(args.nat_gateway_id.as_ref())
        .or(args.transit_gateway_id.as_ref())
        .or(args.vpc_peering_connection_id.as_ref())
        .or(args.network_interface_id.as_ref())
        .or(args.egress_only_gateway_id.as_ref())
        .or(args.vpc_endpoint_id.as_ref())
        .cloned()
}

/// The route as AWS gives it back.
fn args_of(table: &str, route: types::Route) -> RouteArgs {
    // AWS calls the endpoint of a Gateway Load Balancer a gateway here.
    let (vpc_endpoint_id, gateway_id) = match route.gateway_id {
        Some(id) if id.starts_with("vpce-") => (Some(id), None),
        other => (None, other),
    };
    RouteArgs {
        destination_cidr_block: route.destination_cidr_block,
        destination_ipv6_cidr_block: route.destination_ipv6_cidr_block,
        destination_prefix_list_id: route.destination_prefix_list_id,
        egress_only_gateway_id: route.egress_only_internet_gateway_id,
        gateway_id,
        nat_gateway_id: route.nat_gateway_id,
        network_interface_id: route.network_interface_id,
        route_table_id: table.to_owned(),
        transit_gateway_id: route.transit_gateway_id,
        vpc_endpoint_id,
        vpc_peering_connection_id: route.vpc_peering_connection_id,
    }
}

enum Destination {
    Ipv4,
    Ipv6,
    PrefixList,
}

fn sort_of(destination: &str) -> Destination {
    match destination {
        list if list.starts_with("pl-") => Destination::PrefixList,
        range if range.contains(':') => Destination::Ipv6,
        _ => Destination::Ipv4,
    }
}

fn split(id: &str) -> Result<(&str, &str)> {
    id.split_once('_').ok_or_else(|| bad_id(id, Route::ID))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::Route>> {
    let (table, destination) = split(id)?;
    let wanted = cidr::canonical(destination);
    let Some(table) = route_table::find(cx, table).await? else { return Ok(None) };
    let is_it = |route: &types::Route| {
        let named = [
            route.destination_cidr_block(),
            route.destination_ipv6_cidr_block(),
            route.destination_prefix_list_id(),
        ];
        named.into_iter().flatten().any(|destination| cidr::canonical(destination) == wanted)
    };
    Ok(table.routes.unwrap_or_default().into_iter().find(is_it))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_route_has_one_destination_and_one_target() {
        let check = |inputs: &RouteInputs| {
            let mut failures = Failures::new();
            Route::rules(inputs, &mut failures);
            failures.to_string()
        };
        let mut inputs = RouteInputs {
            destination_cidr_block: "0.0.0.0/0".into(),
            nat_gateway_id: In::unknown(),
            ..RouteInputs::default()
        };
        assert_eq!(check(&inputs), "");
        inputs.gateway_id = "igw-1".into();
        inputs.nat_gateway_id = "nat-1".into();
        assert!(check(&inputs).starts_with("natGatewayId: conflicts with gatewayId"));
        let nothing = check(&RouteInputs::default());
        assert!(
            nothing.contains("destinationCidrBlock: is missing") && nothing.contains("gatewayId: is missing")
        );
        let egress_only = RouteInputs {
            destination_cidr_block: "0.0.0.0/0".into(),
            egress_only_gateway_id: "eigw-1".into(),
            ..RouteInputs::default()
        };
        assert!(check(&egress_only).contains("takes IPv6 only"));
    }

    #[test]
    fn a_route_is_read_as_it_was_given() {
        let route = types::Route::builder().destination_cidr_block("0.0.0.0/0").gateway_id("vpce-1").build();
        let args = args_of("rtb-1", route);
        assert_eq!((args.vpc_endpoint_id.as_deref(), args.gateway_id.as_deref()), (Some("vpce-1"), None));
        assert_eq!(target(&args).as_deref(), Some("vpce-1"));
        assert_eq!(destination(&args), "0.0.0.0/0");
    }

    #[test]
    fn an_id_names_table_and_destination() {
        assert_eq!(split("rtb-1_2001:db8::/32").unwrap(), ("rtb-1", "2001:db8::/32"));
        assert!(split("rtb-1").unwrap_err().to_string().contains("rtb-1"));
        assert!(matches!(sort_of("pl-1"), Destination::PrefixList));
        assert!(matches!(sort_of("::/0"), Destination::Ipv6));
        assert!(matches!(sort_of("10.0.0.0/8"), Destination::Ipv4));
    }
}
