//! The way out for subnets that nothing can come into.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, AvailabilityMode, ConnectivityType, NatGatewayState as Status, ResourceType};

use super::{Ec2Tags, filter, find_by_id, tag_map, tag_pairs, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::owner::TOKEN;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, adopt, only_one, search};
use crate::model::{Failures, Model};

const ZONAL: &str = "zonal";
const REGIONAL: &str = "regional";

/// A NAT gateway: lets resources in private subnets connect to the internet or to other networks,
/// while nothing can connect to them. AWS charges for it by the hour and by the gigabyte.
///
/// A public NAT gateway requires an internet gateway attached to the VPC: let it depend on the
/// internet gateway. A zonal NAT gateway is in one subnet; a regional one serves all Availability
/// Zones of a VPC, and needs neither a subnet nor an address.
#[derive(Clone, Debug, Model)]
pub struct NatGatewayArgs {
    /// The allocation ID of the Elastic IP address of the NAT gateway. Required for a public zonal
    /// NAT gateway, and not allowed for a private or a regional one.
    #[model(replace, check = ids::address)]
    pub allocation_id: Option<String>,
    /// The availability of the NAT gateway: `zonal` is in the Availability Zone of its subnet;
    /// `regional` spans those in which the VPC has resources, and AWS allocates its addresses.
    #[model(replace, default = ZONAL, one_of = [ZONAL, REGIONAL])]
    pub availability_mode: String,
    /// The connectivity of the NAT gateway: `public` connects to the internet, `private` only to
    /// other VPCs and on-premises networks.
    #[model(replace, default = "public", one_of = ["public", "private"])]
    pub connectivity_type: String,
    /// The private IPv4 address of the NAT gateway in its subnet. If omitted, AWS chooses one.
    #[model(replace, aws_default, told)]
    pub private_ip: Option<String>,
    /// The ID of the subnet of a zonal NAT gateway. A public NAT gateway requires a public subnet.
    #[model(replace, check = ids::subnet)]
    pub subnet_id: Option<String>,
    /// The tags of the NAT gateway.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC of a regional NAT gateway. Defaults to the VPC of the subnet.
    #[model(replace, aws_default, told, check = ids::vpc)]
    pub vpc_id: Option<String>,
}

/// What AWS says of a NAT gateway.
#[derive(Clone, Debug, Model)]
pub struct NatGatewayState {
    /// The ID of the association of the Elastic IP address with the NAT gateway.
    #[model(told)]
    pub association_id: Option<String>,
    /// Whether a regional NAT gateway adds addresses by itself as connections increase: `enabled` or
    /// `disabled`.
    #[model(told)]
    pub auto_scaling_ips: Option<String>,
    /// Whether a regional NAT gateway extends to Availability Zones by itself: `enabled` or
    /// `disabled`.
    #[model(told)]
    pub auto_provision_zones: Option<String>,
    /// The ID of the network interface of a zonal NAT gateway.
    pub network_interface_id: String,
    /// The public IPv4 address of a public NAT gateway.
    #[model(told)]
    pub public_ip: Option<String>,
    /// The ID of the route table of a regional NAT gateway, which leads to the internet.
    #[model(told)]
    pub route_table_id: Option<String>,
}

/// The way out for subnets that nothing can come into.
pub struct NatGateway;

impl Kind for NatGateway {
    const TOKEN: &'static str = "agentic:ec2:NatGateway";
    const ID: &'static str = "the ID of the NAT gateway, such as `nat-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateNatGateway", "ec2:DescribeNatGateways"],
        read: &["ec2:DescribeNatGateways"],
        update: &[],
        delete: &[
            "ec2:DescribeNatGateways",
            "ec2:DeleteNatGateway",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DisassociateAddress",
            "ec2:DeleteNetworkInterface",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the NAT gateway is available",
        usual: [85, 125],
        budget: Duration::from_secs(15 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the NAT gateway is deleted",
        usual: [30, 90],
        budget: Duration::from_secs(30 * 60),
    });
    // The one that is replaced has the address until it is gone.
    const ALONE: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::NAT_GATEWAY;

    type Args = NatGatewayArgs;
    type State = NatGatewayState;

    fn rules(args: &NatGatewayInputs, failures: &mut Failures) {
        if args.availability_mode.get().is_some_and(|mode| mode == REGIONAL) {
            return regional_rules(args, failures);
        }
        if args.availability_mode.is_unknown() {
            return;
        }
        if !args.subnet_id.is_set() {
            let reason = "is missing; a zonal NAT gateway is in a subnet";
            failures.add(NatGatewayArgs::SUBNET_ID, reason);
        }
        match args.connectivity_type.get().map(String::as_str) {
            Some("public") if !args.allocation_id.is_set() => {
                failures.add(
                    NatGatewayArgs::ALLOCATION_ID,
                    "is missing; a public NAT gateway needs an Elastic IP address",
                );
            }
            Some("private") if args.allocation_id.get().is_some() => {
                let reason = "is given, but a private NAT gateway has no Elastic IP address; leave it out";
                failures.add(NatGatewayArgs::ALLOCATION_ID, reason);
            }
            _ => {}
        }
    }

    async fn create(cx: &Cx, args: &NatGatewayArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        let is_regional = args.availability_mode == REGIONAL;
        let regional = is_regional.then_some(AvailabilityMode::Regional);
        let created = cx
            .client::<Client>()?
            .create_nat_gateway()
            .client_token(cx.client_token())
            .set_availability_mode(regional)
            .set_subnet_id(args.subnet_id.clone())
            .set_vpc_id(args.vpc_id.clone().filter(|_| is_regional))
            .connectivity_type(ConnectivityType::from(args.connectivity_type.as_str()))
            .set_allocation_id(args.allocation_id.clone())
            .set_private_ip_address(args.private_ip.clone())
            .tag_specifications(tagged(cx, ResourceType::Natgateway, &args.tags))
            .send()
            .await
            .map_err(|error| match Error::from(error) {
                error if error.kind() == ErrorKind::AlreadyExists => error.with_hint(FREE_ADDRESS),
                error => error,
            })?;
        Ok(created.nat_gateway.and_then(|gateway| gateway.nat_gateway_id).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &NatGatewayArgs) -> Result<Poll> {
        let Some(gateway) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &gateway.state {
            Some(Status::Available) => Poll::Ready(()),
            Some(Status::Failed) => Poll::Failed(failure(&gateway)),
            Some(state @ (Status::Deleting | Status::Deleted)) => {
                let message = format!("{id} is {state}: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            Some(state) => Poll::Pending(state.to_string()),
            None => Poll::Pending("the state is unknown".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(gateway) = find(cx, id).await? else { return Ok(None) };
        // AWS shows what is deleted or has failed for about an hour.
        if matches!(gateway.state, Some(Status::Deleted | Status::Failed)) {
            return Ok(None);
        }
        let mode = gateway.availability_mode().map_or(ZONAL, |mode| mode.as_str());
        // A regional one has addresses in each zone, which come and go.
        let address = gateway.nat_gateway_addresses().iter();
        let address = address.filter(|_| mode == ZONAL).find(|address| address.is_primary != Some(false));
        Ok(Some(Live {
            args: NatGatewayObserved {
                allocation_id: Some(address.and_then(|address| address.allocation_id.clone())),
                availability_mode: Some(mode.to_owned()),
                connectivity_type: gateway.connectivity_type().map(|kind| kind.as_str().to_owned()),
                private_ip: Some(address.and_then(|address| address.private_ip.clone())),
                subnet_id: Some(gateway.subnet_id.clone().filter(|id| mode == ZONAL && !id.is_empty())),
                tags: Some(tag_map(gateway.tags())),
                vpc_id: Some(gateway.vpc_id.clone()),
            },
            state: NatGatewayState {
                association_id: address.and_then(|address| address.association_id.clone()),
                auto_provision_zones: gateway.auto_provision_zones().map(|it| it.as_str().to_owned()),
                auto_scaling_ips: gateway.auto_scaling_ips().map(|it| it.as_str().to_owned()),
                network_interface_id: address
                    .and_then(|address| address.network_interface_id.clone())
                    .unwrap_or_default(),
                public_ip: address.and_then(|address| address.public_ip.clone()),
                route_table_id: gateway.route_table_id.clone(),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &NatGatewayArgs) -> Result<()> {
        if let Some(gateway) = find(cx, id).await? {
            let addresses = gateway.nat_gateway_addresses.unwrap_or_default();
            let interfaces = addresses.into_iter().filter_map(|address| address.network_interface_id);
            cx.note(Interfaces(interfaces.collect()));
        }
        cx.client::<Client>()?.delete_nat_gateway().nat_gateway_id(id).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &NatGatewayArgs) -> Result<Poll> {
        Ok(match find(cx, id).await?.and_then(|gateway| gateway.state) {
            None | Some(Status::Deleted | Status::Failed) => {
                remove_left(cx).await;
                Poll::Ready(())
            }
            Some(state) => Poll::Pending(state.to_string()),
        })
    }
}

/// <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html>
fn regional_rules(args: &NatGatewayInputs, failures: &mut Failures) {
    let of_one_zone = [
        (NatGatewayArgs::SUBNET_ID, args.subnet_id.get().is_some()),
        (NatGatewayArgs::ALLOCATION_ID, args.allocation_id.get().is_some()),
        (NatGatewayArgs::PRIVATE_IP, args.private_ip.get().is_some()),
    ];
    for (name, _) in of_one_zone.into_iter().filter(|(_, given)| *given) {
        failures.add(name, "is not for regional NAT gateways; leave it out");
    }
    if !args.vpc_id.is_set() {
        failures.add(NatGatewayArgs::VPC_ID, "is missing; a regional NAT gateway requires the ID of its VPC");
    }
    if args.connectivity_type.get().is_some_and(|kind| kind == "private") {
        let reason = "is private, but regional NAT gateways are public; leave it out";
        failures.add(NatGatewayArgs::CONNECTIVITY_TYPE, reason);
    }
}

/// The network interfaces of a gateway that is being deleted.
#[derive(Clone)]
struct Interfaces(Vec<String>);

/// Removes what a gateway left: AWS takes its interfaces away with it, but one that stays behind,
/// attached to nothing, would hold the subnet and the address for good.
async fn remove_left(cx: &Cx) {
    let Some(Interfaces(ids)) = cx.noted() else { return };
    let Ok(client) = cx.client::<Client>() else { return };
    let call = client.describe_network_interfaces().filters(filter("network-interface-id", ids));
    // The gateway is gone whether or not the account may look.
    let Ok(found) = call.send().await else { return };
    for interface in found.network_interfaces() {
        if interface.attachment.is_some() {
            continue;
        }
        if let Some(association) = interface.association().and_then(|it| it.association_id()) {
            let _ = client.disassociate_address().association_id(association).send().await;
        }
        let _ = client
            .delete_network_interface()
            .set_network_interface_id(interface.network_interface_id.clone())
            .send()
            .await;
    }
}

const FREE_ADDRESS: &str = "Give an Elastic IP address that nothing else uses.";

/// What an earlier attempt to create this very gateway left, unless that failed or is gone.
async fn left(cx: &Cx) -> Result<Option<String>> {
    let ours = filter(&format!("tag:{TOKEN}"), [cx.token()]);
    let pages = cx.client::<Client>()?.describe_nat_gateways().filter(ours).into_paginator();
    let found: Vec<types::NatGateway> = pages.items().send().try_collect().await?;
    let lives =
        |gateway: &types::NatGateway| matches!(gateway.state, Some(Status::Pending | Status::Available));
    let found = found.into_iter().filter(lives).filter_map(|gateway| {
        let standing = cx.standing(tag_pairs(gateway.tags()));
        Some((gateway.nat_gateway_id?, standing))
    });
    only_one::<NatGateway>(cx, "NAT gateway", found.collect())
}

/// Why AWS could not make the gateway.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>
fn failure(gateway: &types::NatGateway) -> Error {
    let subnet = gateway.subnet_id().or(gateway.vpc_id()).unwrap_or_default();
    let code = gateway.failure_code().unwrap_or("no code");
    let reason = gateway.failure_message().unwrap_or("AWS gives no reason").trim_end_matches('.');
    let advice = match code {
        "InsufficientFreeAddressesInSubnet" => {
            format!("Free an address of {subnet}, or use a larger subnet.")
        }
        "Gateway.NotAttached" => {
            "Attach an internet gateway to the VPC first, and let the NAT gateway depend on it.".to_owned()
        }
        "InvalidAllocationID.NotFound" => {
            "Give the allocation ID of an Elastic IP address of this region.".to_owned()
        }
        "Resource.AlreadyAssociated" => FREE_ADDRESS.to_owned(),
        "InvalidSubnetID.NotFound" => "Give a subnet that exists.".to_owned(),
        "InternalError" => "This is an internal error of AWS: run `pulumi up` again.".to_owned(),
        _ => "Resolve the cause, and run `pulumi up` again.".to_owned(),
    };
    Error::new(
        ErrorKind::Failed,
        format!("AWS could not create the NAT gateway in {subnet} ({code}): {reason}"),
    )
    .with_hint(advice)
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::NatGateway>> {
    find_by_id(cx, id, types::NatGateway::nat_gateway_id, |client, ids| async move {
        let pages = client.describe_nat_gateways().filter(filter("nat-gateway-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connectivity: &str, allocation: Option<&str>) -> String {
        let inputs = NatGatewayInputs {
            connectivity_type: connectivity.into(),
            allocation_id: allocation.map(str::to_owned).into(),
            availability_mode: ZONAL.into(),
            subnet_id: Some("subnet-1".to_owned()).into(),
            ..Default::default()
        };
        let mut failures = Failures::new();
        NatGateway::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_regional_gateway_has_a_vpc_and_nothing_of_one_zone() {
        let check = |subnet: Option<&str>, vpc: Option<&str>| {
            let inputs = NatGatewayInputs {
                availability_mode: REGIONAL.into(),
                connectivity_type: "public".into(),
                subnet_id: subnet.map(str::to_owned).into(),
                vpc_id: vpc.map(str::to_owned).into(),
                ..Default::default()
            };
            let mut failures = Failures::new();
            NatGateway::rules(&inputs, &mut failures);
            failures.to_string()
        };
        assert_eq!(check(None, Some("vpc-1")), "");
        assert!(check(Some("subnet-1"), Some("vpc-1")).contains("not for regional NAT gateways"));
        assert!(check(None, None).contains("vpcId: is missing"));
    }

    #[test]
    fn a_public_gateway_has_an_address_and_a_private_one_has_none() {
        assert_eq!(check("public", Some("eipalloc-1")), "");
        assert_eq!(check("private", None), "");
        assert!(check("public", None).contains("needs an Elastic IP address"));
        assert!(check("private", Some("eipalloc-1")).contains("leave it out"));
    }

    #[test]
    fn a_failure_says_why_and_what_to_do() {
        let gateway = types::NatGateway::builder()
            .subnet_id("subnet-1")
            .failure_code("Gateway.NotAttached")
            .failure_message("Network vpc-1 has no Internet gateway attached.");
        let error = failure(&gateway.build());
        assert_eq!(
            error.to_string(),
            "AWS could not create the NAT gateway in subnet-1 (Gateway.NotAttached): Network vpc-1 has no Internet gateway attached. Attach an internet gateway to the VPC first, and let the NAT gateway depend on it."
        );
    }
}
