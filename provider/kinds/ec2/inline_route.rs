//! The routes that a route table lists itself.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, RouteOrigin};

use super::exactly_one_of;
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::model::{Failures, In, Model, Path, Value};

/// A route of a route table. It has exactly one destination and one target.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct InlineRoute {
    /// The ID of a carrier gateway as the target. Only for subnets in Wavelength Zones.
    pub carrier_gateway_id: Option<String>,
    /// The IPv4 range of the destination, such as `0.0.0.0/0` for the default route.
    #[model(check = cidr::check)]
    pub cidr_block: Option<String>,
    /// The ARN of a core network as the target.
    pub core_network_arn: Option<String>,
    /// The ID of the prefix list of the destination.
    #[model(check = ids::prefix_list)]
    pub destination_prefix_list_id: Option<String>,
    /// The ID of an egress-only internet gateway as the target. Only for IPv6 destinations.
    #[model(check = ids::egress_gateway)]
    pub egress_only_gateway_id: Option<String>,
    /// The ID of an internet gateway or virtual private gateway as the target, or `local` for a
    /// range of the VPC.
    #[model(check = ids::gateway)]
    pub gateway_id: Option<String>,
    /// The IPv6 range of the destination, such as `::/0` for the default route.
    #[model(check = cidr::check_v6)]
    pub ipv6_cidr_block: Option<String>,
    /// The ID of a local gateway as the target. Only for subnets on an Outpost.
    pub local_gateway_id: Option<String>,
    /// The ID of a NAT gateway as the target.
    #[model(check = ids::nat_gateway)]
    pub nat_gateway_id: Option<String>,
    /// The ID of a network interface as the target.
    #[model(check = ids::interface)]
    pub network_interface_id: Option<String>,
    /// The ID of a transit gateway as the target.
    #[model(check = ids::transit_gateway)]
    pub transit_gateway_id: Option<String>,
    /// The ID of a Gateway Load Balancer endpoint as the target.
    #[model(check = ids::endpoint)]
    pub vpc_endpoint_id: Option<String>,
    /// The ID of a VPC peering connection as the target.
    #[model(check = ids::peering)]
    pub vpc_peering_connection_id: Option<String>,
}

/// The target of traffic that stays within the VPC. AWS makes these routes.
const LOCAL: &str = "local";

/// What is wrong with the routes that a table lists.
pub(super) fn check(at: &Path, given: &In<Vec<In<InlineRouteInput>>>, failures: &mut Failures) {
    let mut seen = BTreeMap::new();
    for (index, route) in given.get().into_iter().flatten().enumerate() {
        let (Some(route), at) = (route.get(), at.index(index)) else { continue };
        let destinations = [
            (InlineRoute::CIDR_BLOCK.name(), &route.cidr_block),
            (InlineRoute::IPV6_CIDR_BLOCK.name(), &route.ipv6_cidr_block),
            (InlineRoute::DESTINATION_PREFIX_LIST_ID.name(), &route.destination_prefix_list_id),
        ];
        let targets = [
            (InlineRoute::GATEWAY_ID.name(), &route.gateway_id),
            (InlineRoute::NAT_GATEWAY_ID.name(), &route.nat_gateway_id),
            (InlineRoute::TRANSIT_GATEWAY_ID.name(), &route.transit_gateway_id),
            (InlineRoute::VPC_PEERING_CONNECTION_ID.name(), &route.vpc_peering_connection_id),
            (InlineRoute::NETWORK_INTERFACE_ID.name(), &route.network_interface_id),
            (InlineRoute::EGRESS_ONLY_GATEWAY_ID.name(), &route.egress_only_gateway_id),
            (InlineRoute::VPC_ENDPOINT_ID.name(), &route.vpc_endpoint_id),
            (InlineRoute::CARRIER_GATEWAY_ID.name(), &route.carrier_gateway_id),
            (InlineRoute::LOCAL_GATEWAY_ID.name(), &route.local_gateway_id),
            (InlineRoute::CORE_NETWORK_ARN.name(), &route.core_network_arn),
        ];
        exactly_one_of(failures, &at, "a route has one destination", &destinations);
        exactly_one_of(failures, &at, "a route has one target", &targets);
        if route.cidr_block.get().is_some() && route.egress_only_gateway_id.get().is_some() {
            let reason = "takes IPv6 only; give natGatewayId for an IPv4 destination";
            failures.add(at.key(InlineRoute::EGRESS_ONLY_GATEWAY_ID), reason);
        }
        let destination = destinations.iter().find_map(|(_, value)| value.get());
        if let Some(destination) = destination.map(|destination| cidr::canonical(destination))
            && let Some(first) = seen.insert(destination.clone(), index)
        {
            let reason =
                format!("leads to {destination}, as number {first} of the list does; remove one of them");
            failures.add(at, reason);
        }
    }
}

impl InlineRoute {
    /// The destination in the form in which AWS has it.
    fn destination(&self) -> String {
        let ranges = self.cidr_block.as_deref().or(self.ipv6_cidr_block.as_deref());
        let destination = ranges.or(self.destination_prefix_list_id.as_deref());
        destination.map(cidr::canonical).unwrap_or_default()
    }

    fn target(&self) -> Option<&str> {
        let targets = [
            &self.gateway_id,
            &self.nat_gateway_id,
            &self.transit_gateway_id,
            &self.vpc_peering_connection_id,
            &self.network_interface_id,
            &self.egress_only_gateway_id,
            &self.vpc_endpoint_id,
            &self.carrier_gateway_id,
            &self.local_gateway_id,
            &self.core_network_arn,
        ];
        targets.into_iter().find_map(Option::as_deref)
    }

    fn is_local(&self) -> bool {
        self.target() == Some(LOCAL)
    }
}

/// Whether two lists lead the same ways. The local routes are no part of it.
pub(super) fn same_routes(actual: &Value, wanted: &Value) -> bool {
    let read = |value: &Value| {
        let routes = crate::model::derive::told::<Vec<InlineRoute>>(value)?;
        let routes = routes.into_iter().filter(|route| !route.is_local());
        Some(routes.map(|it| (it.destination(), it.target().map(str::to_owned))).collect::<BTreeMap<_, _>>())
    };
    read(actual).is_some_and(|actual| Some(actual) == read(wanted))
}

/// The routes of a table that somebody made: not the local ones, nor what a gateway brings itself.
pub(super) fn listed(routes: &[types::Route]) -> Vec<InlineRoute> {
    routes.iter().filter(|route| is_made(route)).map(inline).collect()
}

fn is_made(route: &types::Route) -> bool {
    let gateway = route.gateway_id().unwrap_or_default();
    let by_itself =
        matches!(route.origin, Some(RouteOrigin::EnableVgwRoutePropagation | RouteOrigin::Advertisement));
    // The endpoint of a gateway puts its route into the tables that it is told of.
    // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    let of_endpoint = gateway.starts_with("vpce-") && route.destination_prefix_list_id().is_some();
    gateway != LOCAL && !by_itself && !of_endpoint
}

fn inline(route: &types::Route) -> InlineRoute {
    // AWS calls the endpoint of a Gateway Load Balancer a gateway here.
    let (vpc_endpoint_id, gateway_id) = match &route.gateway_id {
        Some(id) if id.starts_with("vpce-") => (Some(id.clone()), None),
        other => (None, other.clone()),
    };
    InlineRoute {
        carrier_gateway_id: route.carrier_gateway_id.clone(),
        cidr_block: route.destination_cidr_block.clone(),
        core_network_arn: route.core_network_arn.clone(),
        destination_prefix_list_id: route.destination_prefix_list_id.clone(),
        egress_only_gateway_id: route.egress_only_internet_gateway_id.clone(),
        gateway_id,
        ipv6_cidr_block: route.destination_ipv6_cidr_block.clone(),
        local_gateway_id: route.local_gateway_id.clone(),
        nat_gateway_id: route.nat_gateway_id.clone(),
        network_interface_id: route.network_interface_id.clone(),
        transit_gateway_id: route.transit_gateway_id.clone(),
        vpc_endpoint_id,
        vpc_peering_connection_id: route.vpc_peering_connection_id.clone(),
    }
}

/// Makes these the routes of a table: what is missing comes before anything goes.
pub(super) async fn put(cx: &Cx, table: &str, there: &[types::Route], wanted: &[InlineRoute]) -> Result<()> {
    let change = Change::between(there, wanted);
    if let Some(route) = change.nowhere {
        let destination = route.destination();
        let message = format!("{table} has no local route for {destination}, which is no range of its VPC");
        let hint = "Leave the route out of `routes`, or give it another target.";
        return Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
    }
    for route in change.made {
        make(cx, table, route).await?;
    }
    for route in change.led {
        lead(cx, table, route).await?;
    }
    for route in &change.unwanted {
        match route.origin {
            // AWS keeps a route for each range of the VPC.
            Some(RouteOrigin::CreateRouteTable) => {
                let local = InlineRoute { gateway_id: Some(LOCAL.to_owned()), ..place(&inline(route)) };
                lead(cx, table, &local).await?;
            }
            _ => remove(cx, table, &inline(route)).await?,
        }
    }
    Ok(())
}

/// What has to be done for a table to have the wanted routes.
#[derive(Debug, Default)]
struct Change<'a> {
    made: Vec<&'a InlineRoute>,
    /// Routes that are there and lead elsewhere.
    led: Vec<&'a InlineRoute>,
    /// Routes that nobody asks for.
    unwanted: Vec<types::Route>,
    /// A local route that is not there: nobody can make one.
    nowhere: Option<&'a InlineRoute>,
}

impl<'a> Change<'a> {
    fn between(there: &[types::Route], wanted: &'a [InlineRoute]) -> Self {
        let mut change = Change::default();
        let found: BTreeMap<String, InlineRoute> =
            there.iter().map(inline).map(|route| (route.destination(), route)).collect();
        for route in wanted {
            match found.get(&route.destination()) {
                Some(found) if found.target() == route.target() => {}
                Some(_) => change.led.push(route),
                None if route.is_local() => change.nowhere = Some(route),
                None => change.made.push(route),
            }
        }
        let is_wanted =
            |route: &types::Route| wanted.iter().any(|it| it.destination() == inline(route).destination());
        let unwanted = there.iter().filter(|route| is_made(route) && !is_wanted(route));
        change.unwanted = unwanted.cloned().collect();
        change
    }
}

/// The destination of a route alone.
fn place(route: &InlineRoute) -> InlineRoute {
    InlineRoute {
        cidr_block: route.cidr_block.clone(),
        ipv6_cidr_block: route.ipv6_cidr_block.clone(),
        destination_prefix_list_id: route.destination_prefix_list_id.clone(),
        ..InlineRoute::default()
    }
}

async fn make(cx: &Cx, table: &str, route: &InlineRoute) -> Result<()> {
    cx.client::<Client>()?
        .create_route()
        .route_table_id(table)
        .set_destination_cidr_block(route.cidr_block.clone())
        .set_destination_ipv6_cidr_block(route.ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(route.destination_prefix_list_id.clone())
        .set_carrier_gateway_id(route.carrier_gateway_id.clone())
        .set_core_network_arn(route.core_network_arn.clone())
        .set_egress_only_internet_gateway_id(route.egress_only_gateway_id.clone())
        .set_gateway_id(route.gateway_id.clone())
        .set_local_gateway_id(route.local_gateway_id.clone())
        .set_nat_gateway_id(route.nat_gateway_id.clone())
        .set_network_interface_id(route.network_interface_id.clone())
        .set_transit_gateway_id(route.transit_gateway_id.clone())
        .set_vpc_endpoint_id(route.vpc_endpoint_id.clone())
        .set_vpc_peering_connection_id(route.vpc_peering_connection_id.clone())
        .send()
        .await?;
    Ok(())
}

/// Gives the route that is there another target.
async fn lead(cx: &Cx, table: &str, route: &InlineRoute) -> Result<()> {
    let local = route.is_local();
    cx.client::<Client>()?
        .replace_route()
        .route_table_id(table)
        .set_destination_cidr_block(route.cidr_block.clone())
        .set_destination_ipv6_cidr_block(route.ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(route.destination_prefix_list_id.clone())
        .set_local_target(local.then_some(true))
        .set_carrier_gateway_id(route.carrier_gateway_id.clone())
        .set_core_network_arn(route.core_network_arn.clone())
        .set_egress_only_internet_gateway_id(route.egress_only_gateway_id.clone())
        .set_gateway_id(route.gateway_id.clone().filter(|_| !local))
        .set_local_gateway_id(route.local_gateway_id.clone())
        .set_nat_gateway_id(route.nat_gateway_id.clone())
        .set_network_interface_id(route.network_interface_id.clone())
        .set_transit_gateway_id(route.transit_gateway_id.clone())
        .set_vpc_endpoint_id(route.vpc_endpoint_id.clone())
        .set_vpc_peering_connection_id(route.vpc_peering_connection_id.clone())
        .send()
        .await?;
    Ok(())
}

async fn remove(cx: &Cx, table: &str, route: &InlineRoute) -> Result<()> {
    let removed = cx
        .client::<Client>()?
        .delete_route()
        .route_table_id(table)
        .set_destination_cidr_block(route.cidr_block.clone())
        .set_destination_ipv6_cidr_block(route.ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(route.destination_prefix_list_id.clone())
        .send()
        .await
        .map_err(Error::from);
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Property;

    fn to(range: &str, gateway: &str) -> InlineRoute {
        InlineRoute {
            cidr_block: Some(range.to_owned()),
            gateway_id: Some(gateway.to_owned()),
            ..InlineRoute::default()
        }
    }

    fn there(range: &str, gateway: &str) -> types::Route {
        types::Route::builder().destination_cidr_block(range).gateway_id(gateway).build()
    }

    #[test]
    fn the_local_route_is_no_part_of_the_list() {
        let table = [there("10.0.0.0/16", LOCAL), there("0.0.0.0/0", "igw-1")];
        assert_eq!(listed(&table), [to("0.0.0.0/0", "igw-1")]);
        let change = Change::between(&table, &[]);
        assert_eq!(change.unwanted.len(), 1);
        let value = |routes: &[InlineRoute]| Value::Array(routes.iter().map(Property::encode).collect());
        let both = [to("10.0.0.0/16", LOCAL), to("0.0.0.0/0", "igw-1")];
        assert!(same_routes(&value(&both[1..]), &value(&both)));
        assert!(!same_routes(&value(&both[1..]), &value(&both[..1])));
    }

    #[test]
    fn what_a_gateway_brings_itself_is_no_part_of_the_list() {
        let propagated = types::Route::builder().origin(RouteOrigin::EnableVgwRoutePropagation);
        let propagated = propagated.destination_cidr_block("10.9.0.0/16").gateway_id("vgw-1").build();
        let endpoint = types::Route::builder().destination_prefix_list_id("pl-1").gateway_id("vpce-1");
        assert_eq!(listed(&[propagated, endpoint.build()]), []);
        let balancer = listed(&[there("0.0.0.0/0", "vpce-2")]);
        assert_eq!(balancer[0].vpc_endpoint_id.as_deref(), Some("vpce-2"));
    }

    #[test]
    fn only_what_differs_is_changed() {
        let table =
            [there("0.0.0.0/0", "igw-1"), there("10.8.0.0/16", "igw-1"), there("10.7.0.0/16", "igw-1")];
        let wanted = [to("0.0.0.0/0", "igw-1"), to("10.8.0.0/16", "vgw-1"), to("10.6.0.0/16", "vgw-1")];
        let change = Change::between(&table, &wanted);
        assert_eq!((change.made, change.led), (vec![&wanted[2]], vec![&wanted[1]]));
        assert_eq!(change.unwanted, table[2..]);
        assert!(Change::between(&table, &[to("10.0.0.0/16", LOCAL)]).nowhere.is_some());
    }

    #[test]
    fn a_route_has_one_destination_and_one_target() {
        let told = |routes: Vec<InlineRouteInput>| {
            let mut failures = Failures::new();
            let given = In::list(routes.into_iter().map(In::known));
            check(&Path::root().key("routes"), &given, &mut failures);
            failures.to_string()
        };
        let fine = || InlineRouteInput {
            cidr_block: "0.0.0.0/0".into(),
            gateway_id: "igw-1".into(),
            ..InlineRouteInput::default()
        };
        assert_eq!(told(vec![fine()]), "");
        let both = InlineRouteInput { nat_gateway_id: "nat-1".into(), ..fine() };
        assert!(told(vec![both]).starts_with("routes[0].natGatewayId: conflicts with gatewayId"));
        assert!(told(vec![InlineRouteInput::default()]).contains("routes[0].cidrBlock: is missing"));
        assert!(told(vec![fine(), fine()]).contains("routes[1]: leads to 0.0.0.0/0, as number 0"));
    }
}
