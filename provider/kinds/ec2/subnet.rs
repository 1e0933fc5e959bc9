//! A subnet of a VPC.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::modify_subnet_attribute::builders::ModifySubnetAttributeFluentBuilder;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, HostnameType, ResourceType, SubnetCidrBlockStateCode as Range,
    SubnetState as Status,
};

use super::{Ec2Tags, Vpc, filter, find_by_id, holders, left_behind_in, tag_map, tagged};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, set_up};
use crate::model::{Failures, Model, Prop};

/// A subnet: a range of IP addresses of a VPC in one Availability Zone. The route table of a subnet
/// decides whether the subnet is public, private or isolated.
#[derive(Clone, Debug, Model)]
pub struct SubnetArgs {
    /// Whether network interfaces that are created in the subnet get an IPv6 address. Requires
    /// `ipv6CidrBlock`.
    #[model(in_place, default = false)]
    pub assign_ipv6_address_on_creation: bool,
    /// The Availability Zone, such as `us-east-1a`. Conflicts with `availabilityZoneId`. If neither
    /// is specified, AWS chooses a zone.
    #[model(replace, aws_default, told)]
    pub availability_zone: Option<String>,
    /// The ID of the Availability Zone, such as `use1-az1`, which identifies the same location in
    /// every account. Conflicts with `availabilityZone`.
    #[model(replace, aws_default, told)]
    pub availability_zone_id: Option<String>,
    /// The IPv4 range of the subnet in CIDR notation, such as `10.1.1.0/24`, within the range of
    /// the VPC. The prefix length is between /16 and /28, and AWS reserves five addresses of each
    /// subnet.
    #[model(replace, optional_type, check = cidr::check_vpc)]
    pub cidr_block: String,
    /// Whether AWS answers DNS queries for the resource names of new instances with A records.
    #[model(in_place, default = false)]
    pub enable_resource_name_dns_a_record_on_launch: bool,
    /// The IPv6 range of the subnet, such as `2001:db8:1234:1a00::/64`, within the IPv6 range of the
    /// VPC.
    #[model(in_place, told, check = cidr::check_v6, same = cidr::same)]
    pub ipv6_cidr_block: Option<String>,
    /// Whether network interfaces that are created in the subnet get a public IPv4 address. AWS
    /// charges for public IPv4 addresses by the hour.
    #[model(in_place, default = false)]
    pub map_public_ip_on_launch: bool,
    /// The type of hostname for new instances: based on the private IPv4 address (`ip-name`) or on
    /// the instance ID (`resource-name`). If omitted, AWS chooses one.
    #[model(in_place, aws_default, told, one_of = ["ip-name", "resource-name"])]
    pub private_dns_hostname_type_on_launch: Option<String>,
    /// The tags of the subnet.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// What AWS says of a subnet.
#[derive(Clone, Debug, Model)]
pub struct SubnetState {
    /// The ARN of the subnet.
    pub arn: String,
    /// The ID of the association of the IPv6 range, if there is one.
    #[model(follows = [SubnetArgs::IPV6_CIDR_BLOCK])]
    pub ipv6_cidr_block_association_id: String,
    /// The ID of the AWS account that owns the subnet.
    pub owner_id: String,
}

/// A subnet of a VPC.
pub struct Subnet;

impl Kind for Subnet {
    const TOKEN: &'static str = "agentic:ec2:Subnet";
    const ID: &'static str = "the ID of the subnet, such as `subnet-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateSubnet", "ec2:DescribeTags", "ec2:ModifySubnetAttribute"],
        read: &["ec2:DescribeSubnets"],
        update: &[
            "ec2:AssociateSubnetCidrBlock",
            "ec2:DisassociateSubnetCidrBlock",
            "ec2:ModifySubnetAttribute",
        ],
        delete: &["ec2:DeleteSubnet", "ec2:DescribeNetworkInterfaces"],
    };
    // Two subnets of a VPC have no address in common.
    const APART: &'static [Prop<Self::Args>] = &[SubnetArgs::CIDR_BLOCK, SubnetArgs::VPC_ID];
    const READY: Option<Wait> =
        Some(Wait { goal: "the subnet is available", usual: [0, 5], budget: Duration::from_secs(10 * 60) });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SUBNET;

    type Args = SubnetArgs;
    type State = SubnetState;

    fn rules(args: &SubnetInputs, failures: &mut Failures) {
        if let (Some(_), Some(id)) = (args.availability_zone.get(), args.availability_zone_id.get()) {
            let reason = format!("is {id:?}, and availabilityZone is given too; give only one of them");
            failures.add(SubnetArgs::AVAILABILITY_ZONE_ID, reason);
        }
        if args.assign_ipv6_address_on_creation.get() == Some(&true) && !args.ipv6_cidr_block.is_set() {
            let reason = "needs ipv6CidrBlock; give it, or leave this out";
            failures.add(SubnetArgs::ASSIGN_IPV6_ADDRESS_ON_CREATION, reason);
        }
    }

    async fn create(cx: &Cx, args: &SubnetArgs) -> Result<String> {
        if let Some(id) = left_behind_in::<Vpc, Self>(cx, &args.vpc_id, "subnet", args).await? {
            return Ok(id);
        }
        let created = cx
            .client::<Client>()?
            .create_subnet()
            .vpc_id(&args.vpc_id)
            .cidr_block(&args.cidr_block)
            .set_ipv6_cidr_block(args.ipv6_cidr_block.clone())
            .set_availability_zone(args.availability_zone.clone())
            .set_availability_zone_id(args.availability_zone_id.clone())
            .tag_specifications(tagged(cx, ResourceType::Subnet, &args.tags))
            .send()
            .await?;
        let Some(subnet) = created.subnet else { return Ok(String::new()) };
        let id = subnet.subnet_id.clone().unwrap_or_default();
        cx.tell(id.clone(), subnet);
        Ok(id)
    }

    async fn configure(cx: &Cx, id: &str, args: &SubnetArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, _args: &SubnetArgs) -> Result<Poll> {
        let Some(subnet) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let range = range_v6(&subnet).and_then(|range| range.ipv6_cidr_block_state()?.state());
        Ok(match (&subnet.state, range) {
            (_, Some(state @ Range::Associating)) => Poll::Pending(format!("IPv6 range {state}")),
            (Some(Status::Available), _) => Poll::Ready(()),
            (Some(state), _) => Poll::Pending(state.to_string()),
            (None, _) => Poll::Pending("not visible yet".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(subnet) = find(cx, id).await? else { return Ok(None) };
        let owner_id = subnet.owner_id.clone().unwrap_or_default();
        let names = subnet.private_dns_name_options_on_launch.clone();
        let hostname_type = names.as_ref().and_then(|n| n.hostname_type.as_ref());
        let range = range_v6(&subnet);
        let association = range.and_then(|range| range.association_id.clone()).unwrap_or_default();
        Ok(Some(Live {
            args: SubnetObserved {
                assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation,
                availability_zone: Some(subnet.availability_zone.clone()),
                availability_zone_id: Some(subnet.availability_zone_id.clone()),
                cidr_block: subnet.cidr_block.clone(),
                private_dns_hostname_type_on_launch: Some(hostname_type.map(|kind| kind.as_str().to_owned())),
                enable_resource_name_dns_a_record_on_launch: names
                    .and_then(|names| names.enable_resource_name_dns_a_record),
                ipv6_cidr_block: Some(range.and_then(|range| range.ipv6_cidr_block.clone())),
                map_public_ip_on_launch: subnet.map_public_ip_on_launch,
                tags: Some(tag_map(subnet.tags())),
                vpc_id: subnet.vpc_id.clone(),
            },
            state: SubnetState {
                arn: cx.arn("ec2", &owner_id, &format!("subnet/{id}")),
                ipv6_cidr_block_association_id: association,
                owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SubnetArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&[SubnetArgs::MAP_PUBLIC_IP_ON_LAUNCH]) {
            map_public_ip(cx, id, new.map_public_ip_on_launch).await?;
        }
        if update.any(&[SubnetArgs::ENABLE_RESOURCE_NAME_DNS_A_RECORD_ON_LAUNCH]) {
            name_records(cx, id, new.enable_resource_name_dns_a_record_on_launch).await?;
        }
        if update.any(&[SubnetArgs::PRIVATE_DNS_HOSTNAME_TYPE_ON_LAUNCH])
            && let Some(kind) = &new.private_dns_hostname_type_on_launch
        {
            hostname_type(cx, id, kind).await?;
        }
        if update.any(&[SubnetArgs::ASSIGN_IPV6_ADDRESS_ON_CREATION, SubnetArgs::IPV6_CIDR_BLOCK]) {
            v6(cx, id, new).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &SubnetArgs) -> Result<()> {
        cx.client::<Client>()?.delete_subnet().subnet_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let of_subnet = filter("subnet-id", [id.to_owned()]);
        holders::list([holders::interfaces(cx, vec![of_subnet]).await])
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<types::Subnet>> {
    find_by_id(cx, id, types::Subnet::subnet_id, |client, ids| async move {
        let pages = client.describe_subnets().filters(filter("subnet-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

/// The IPv6 range that the subnet has, or will have soon.
fn range_v6(subnet: &types::Subnet) -> Option<&types::SubnetIpv6CidrBlockAssociation> {
    let is_there = |range: &&types::SubnetIpv6CidrBlockAssociation| {
        let state = range.ipv6_cidr_block_state().and_then(|state| state.state());
        state.is_some_and(|state| [Range::Associated, Range::Associating].contains(state))
    };
    subnet.ipv6_cidr_block_association_set().iter().find(is_there)
}

/// Brings the IPv6 range, and whether interfaces get addresses of it, to what is wanted. A subnet has
/// one range, which goes before another comes, and none while interfaces get addresses of it.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSubnetCidrBlock.html>
async fn v6(cx: &Cx, id: &str, new: &SubnetArgs) -> Result<()> {
    let client = cx.client::<Client>()?;
    let Some(subnet) = find(cx, id).await? else { return Ok(()) };
    let there = range_v6(&subnet);
    let has = there.and_then(|range| range.ipv6_cidr_block()).map(cidr::canonical);
    let wanted = new.ipv6_cidr_block.as_deref().map(cidr::canonical);
    let moves = has != wanted;
    let assigns = subnet.assign_ipv6_address_on_creation.unwrap_or_default();
    let assign = new.assign_ipv6_address_on_creation;
    if assigns && (moves || !assign) {
        modify(cx, id)?.assign_ipv6_address_on_creation(boolean(false)).send().await?;
    }
    if moves && let Some(there) = there.and_then(|range| range.association_id()) {
        client.disassociate_subnet_cidr_block().association_id(there).send().await?;
    }
    if moves && let Some(wanted) = wanted {
        client.associate_subnet_cidr_block().subnet_id(id).ipv6_cidr_block(wanted).send().await?;
    }
    if assign && (moves || !assigns) {
        modify(cx, id)?.assign_ipv6_address_on_creation(boolean(true)).send().await?;
    }
    Ok(())
}

// AWS changes one attribute a call.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html

async fn map_public_ip(cx: &Cx, id: &str, on: bool) -> Result<()> {
    modify(cx, id)?.map_public_ip_on_launch(boolean(on)).send().await?;
    Ok(())
}

async fn name_records(cx: &Cx, id: &str, on: bool) -> Result<()> {
    modify(cx, id)?.enable_resource_name_dns_a_record_on_launch(boolean(on)).send().await?;
    Ok(())
}

async fn hostname_type(cx: &Cx, id: &str, kind: &str) -> Result<()> {
    modify(cx, id)?.private_dns_hostname_type_on_launch(HostnameType::from(kind)).send().await?;
    Ok(())
}

fn modify(cx: &Cx, id: &str) -> Result<ModifySubnetAttributeFluentBuilder> {
    Ok(cx.client::<Client>()?.modify_subnet_attribute().subnet_id(id))
}

fn boolean(on: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(on).build()
}
