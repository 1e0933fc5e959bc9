//! A network interface: an address in a subnet, which an instance or a service can have.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, AttachmentStatus, AttributeBooleanValue, AttributeValue, NetworkInterfaceCreationType,
    NetworkInterfaceStatus as Status, NetworkInterfaceType, PrivateIpAddressSpecification, ResourceType,
};

use super::{Ec2Tags, Subnet, filter, find_by_id, left_behind_in, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, set_up};
use crate::model::{Failures, In, Model, Prop, Value};

/// A network interface of a VPC (elastic network interface): private IPv4 addresses in a subnet, with
/// security groups. An instance can have several, and an Elastic IP address or a route can point to
/// one.
#[derive(Clone, Debug, Model)]
pub struct NetworkInterfaceArgs {
    /// The instance that the network interface is attached to: one, or none. If omitted, an existing
    /// attachment is kept.
    #[model(in_place, if_given, length = 0..=1)]
    pub attachments: Option<Vec<InterfaceAttachment>>,
    /// The description of the network interface.
    #[model(in_place, default = "", length = 0..=255)]
    pub description: String,
    /// The type of the network interface, such as `efa` for an Elastic Fabric Adapter. If omitted,
    /// it is a standard network interface.
    #[model(replace, aws_default, told, one_of = ["interface", "efa", "efa-only", "branch", "trunk"])]
    pub interface_type: Option<String>,
    /// The primary private IPv4 address. Conflicts with `privateIps`. If omitted, AWS chooses one.
    #[model(replace, aws_default, told)]
    pub private_ip: Option<String>,
    /// The private IPv4 addresses, the first of which is the primary one of a new network interface.
    /// Without the primary one, the network interface is replaced. If omitted, AWS chooses the
    /// addresses; if removed later, the addresses stay.
    #[model(in_place, set, aws_default, told, follows = [NetworkInterfaceArgs::PRIVATE_IPS_COUNT])]
    pub private_ips: Option<Vec<String>>,
    /// The number of secondary private IPv4 addresses, which AWS chooses. Conflicts with
    /// `privateIps`. If removed later, the addresses stay.
    #[model(in_place, aws_default, told, follows = [NetworkInterfaceArgs::PRIVATE_IPS], range = 0..=49)]
    pub private_ips_count: Option<i64>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, length = 1..=16, check = ids::security_group)]
    pub security_groups: Option<Vec<String>>,
    /// Whether the network interface only takes traffic from or to its own addresses. Must be
    /// `false` for a NAT instance or a router.
    #[model(in_place, default = true)]
    pub source_dest_check: bool,
    /// The ID of the subnet.
    #[model(replace, check = ids::subnet)]
    pub subnet_id: String,
    /// The tags of the network interface.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// An instance that a network interface is attached to.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InterfaceAttachment {
    /// The ID of the attachment.
    #[model(aws_default)]
    pub attachment_id: Option<String>,
    /// The index of the network interface among those of the instance, beginning with 1.
    #[model(range = 0..=99)]
    pub device_index: i64,
    /// The ID of the instance.
    pub instance: String,
    /// The index of the network card, for instance types with several. Defaults to 0.
    #[model(aws_default, range = 0..=99)]
    pub network_card_index: Option<i64>,
}

/// The outputs of a network interface.
#[derive(Clone, Debug, Model)]
pub struct NetworkInterfaceState {
    /// The ARN of the network interface.
    pub arn: String,
    /// The MAC address.
    pub mac_address: String,
    /// The ARN of the Outpost, if the subnet is in one.
    pub outpost_arn: String,
    /// The ID of the account that owns the network interface.
    pub owner_id: String,
    /// The private DNS name, if the VPC has DNS hostnames.
    pub private_dns_name: String,
}

/// A network interface.
pub struct NetworkInterface;

impl Kind for NetworkInterface {
    const TOKEN: &'static str = "agentic:ec2:NetworkInterface";
    const ID: &'static str = "the ID of the network interface, such as `eni-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:AttachNetworkInterface",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeTags",
            "ec2:ModifyNetworkInterfaceAttribute",
        ],
        read: &["ec2:DescribeNetworkInterfaces"],
        update: &[
            "ec2:AssignPrivateIpAddresses",
            "ec2:AttachNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DetachNetworkInterface",
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:UnassignPrivateIpAddresses",
        ],
        delete: &[
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DetachNetworkInterface",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the network interface is available",
        usual: [1, 20],
        budget: Duration::from_secs(5 * 60),
    });
    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(NetworkInterfaceArgs::SECURITY_GROUPS);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::NETWORK_INTERFACE;

    type Args = NetworkInterfaceArgs;
    type State = NetworkInterfaceState;

    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html>
    fn rules(args: &NetworkInterfaceInputs, failures: &mut Failures) {
        if !args.private_ips.is_set() {
            return;
        }
        for (argument, given) in [
            (NetworkInterfaceArgs::PRIVATE_IP, args.private_ip.get().is_some()),
            (NetworkInterfaceArgs::PRIVATE_IPS_COUNT, args.private_ips_count.get().is_some()),
        ] {
            if given {
                failures.add(argument, "conflicts with privateIps; give only one of them");
            }
        }
        if args.private_ips.get().is_some_and(|ips| ips.is_empty()) {
            failures.add(NetworkInterfaceArgs::PRIVATE_IPS, "is empty; give addresses, or leave it out");
        }
    }

    /// The primary address stays with the network interface.
    fn review(review: &mut Review<Self>) -> Result<()> {
        if review.changes(NetworkInterfaceArgs::PRIVATE_IPS) {
            let primary = review.outputs.get(NetworkInterfaceArgs::PRIVATE_IP.name()).and_then(Value::as_str);
            let wanted = review.new.private_ips.get();
            let all_known = wanted.is_some_and(|ips| ips.iter().all(|ip| ip.get().is_some()));
            let keeps = |primary: &str| {
                let mut ips = wanted.into_iter().flatten().filter_map(In::get);
                ips.any(|ip| ip == primary)
            };
            if all_known && primary.is_some_and(|primary| !primary.is_empty() && !keeps(primary)) {
                review.replace(NetworkInterfaceArgs::PRIVATE_IPS);
            }
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &NetworkInterfaceArgs) -> Result<String> {
        let left = left_behind_in::<Subnet, Self>(cx, &args.subnet_id, "network interface", args).await?;
        if let Some(id) = left {
            return Ok(id);
        }
        let ips = args.private_ips.iter().flatten().enumerate().map(|(index, ip)| {
            PrivateIpAddressSpecification::builder().private_ip_address(ip).primary(index == 0).build()
        });
        let ips: Vec<_> = ips.collect();
        let special = args.interface_type.as_deref().filter(|it| *it != "interface");
        let made = cx
            .client::<Client>()?
            .create_network_interface()
            .description(&args.description)
            .set_groups(args.security_groups.clone())
            .set_interface_type(special.map(NetworkInterfaceCreationType::from))
            .set_private_ip_address(args.private_ip.clone())
            .set_private_ip_addresses(Some(ips).filter(|ips| !ips.is_empty()))
            .set_secondary_private_ip_address_count(
                args.private_ips_count.filter(|count| *count > 0).map(|count| count as i32),
            )
            .subnet_id(&args.subnet_id)
            .tag_specifications(tagged(cx, ResourceType::NetworkInterface, &args.tags))
            .send()
            .await?;
        let id = made.network_interface.and_then(|made| made.network_interface_id);
        Ok(id.unwrap_or_default())
    }

    async fn configure(cx: &Cx, id: &str, args: &NetworkInterfaceArgs) -> Result<()> {
        match args.source_dest_check && args.attachments.iter().flatten().next().is_none() {
            true => Ok(()),
            false => set_up::<Self>(cx, id, args).await,
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &NetworkInterfaceArgs) -> Result<Poll> {
        let Some(there) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let attaches = args.attachments.iter().flatten().next().is_some();
        let status = there.attachment().and_then(|attachment| attachment.status());
        // A new one is pending, which is not among the values that the API names.
        Ok(match (there.status().map(Status::as_str), status) {
            (Some("pending"), _) => Poll::Pending("pending".to_owned()),
            (_, Some(AttachmentStatus::Attaching)) => Poll::Pending("attaching".to_owned()),
            (_, None) if attaches => Poll::Pending("not attached yet".to_owned()),
            _ => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let ips = addresses(&there);
        let attached = attachment(&there).map(InterfaceAttachment::from_aws);
        let groups = there.groups().iter().filter_map(|group| group.group_id.clone()).collect();
        let owner = there.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: NetworkInterfaceObserved {
                attachments: Some(Some(attached.into_iter().collect())),
                description: Some(there.description.clone().unwrap_or_default()),
                interface_type: Some(
                    there.interface_type().map(NetworkInterfaceType::as_str).map(str::to_owned),
                ),
                private_ip: Some(there.private_ip_address.clone()),
                private_ips_count: Some(Some(ips.len().saturating_sub(1) as i64)),
                private_ips: Some(Some(ips)),
                security_groups: Some(Some(groups)),
                source_dest_check: Some(there.source_dest_check.unwrap_or(true)),
                subnet_id: there.subnet_id.clone(),
                tags: Some(tag_map(there.tag_set())),
            },
            state: NetworkInterfaceState {
                arn: cx.arn("ec2", &owner, &format!("network-interface/{id}")),
                mac_address: there.mac_address.clone().unwrap_or_default(),
                outpost_arn: there.outpost_arn.clone().unwrap_or_default(),
                owner_id: owner,
                private_dns_name: there.private_dns_name.clone().unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<NetworkInterfaceArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        // One attribute a call.
        let modify = || client.modify_network_interface_attribute().network_interface_id(id);
        if update.any(&[NetworkInterfaceArgs::DESCRIPTION]) {
            modify().description(AttributeValue::builder().value(&new.description).build()).send().await?;
        }
        if let (true, Some(groups)) =
            (update.any(&[NetworkInterfaceArgs::SECURITY_GROUPS]), &new.security_groups)
        {
            modify().set_groups(Some(groups.clone())).send().await?;
        }
        if update.any(&[NetworkInterfaceArgs::SOURCE_DEST_CHECK]) {
            let value = AttributeBooleanValue::builder().value(new.source_dest_check).build();
            modify().source_dest_check(value).send().await?;
        }
        if update.any(&[NetworkInterfaceArgs::PRIVATE_IPS, NetworkInterfaceArgs::PRIVATE_IPS_COUNT]) {
            assign(cx, id, update).await?;
        }
        match &new.attachments {
            Some(wanted) if update.any(&[NetworkInterfaceArgs::ATTACHMENTS]) => {
                attach(cx, id, wanted.first()).await
            }
            _ => Ok(()),
        }
    }

    async fn delete(cx: &Cx, id: &str, _args: &NetworkInterfaceArgs) -> Result<()> {
        if let Some(there) = find(cx, id).await? {
            detach(cx, id, &there).await?;
        }
        cx.client::<Client>()?.delete_network_interface().network_interface_id(id).send().await?;
        Ok(())
    }
}

impl InterfaceAttachment {
    fn from_aws(attachment: &types::NetworkInterfaceAttachment) -> Self {
        InterfaceAttachment {
            attachment_id: attachment.attachment_id.clone(),
            device_index: attachment.device_index.unwrap_or_default().into(),
            instance: attachment.instance_id.clone().unwrap_or_default(),
            network_card_index: attachment.network_card_index.map(i64::from),
        }
    }

    fn is_of(&self, there: &types::NetworkInterfaceAttachment) -> bool {
        let there = InterfaceAttachment::from_aws(there);
        let card = self.network_card_index.unwrap_or_default();
        self.instance == there.instance
            && self.device_index == there.device_index
            && card == there.network_card_index.unwrap_or_default()
    }
}

/// The addresses, the primary one first.
fn addresses(there: &types::NetworkInterface) -> Vec<String> {
    let mut ips: Vec<_> = there.private_ip_addresses().iter().collect();
    ips.sort_by_key(|ip| !ip.primary.unwrap_or_default());
    ips.into_iter().filter_map(|ip| ip.private_ip_address.clone()).collect()
}

/// Attached to an instance, and not about to be detached.
fn attachment(there: &types::NetworkInterface) -> Option<&types::NetworkInterfaceAttachment> {
    let is_going = |it: &&types::NetworkInterfaceAttachment| {
        matches!(it.status(), Some(AttachmentStatus::Detaching | AttachmentStatus::Detached))
    };
    there.attachment().filter(|it| !is_going(it) && it.instance_id().is_some_and(|id| !id.is_empty()))
}

/// Gives the secondary addresses that are wanted, and takes away the others.
async fn assign(cx: &Cx, id: &str, update: &Update<NetworkInterfaceArgs>) -> Result<()> {
    let client = cx.client::<Client>()?;
    cx.forget();
    let there = find(cx, id).await?.map(|there| addresses(&there)).unwrap_or_default();
    let (more, count, fewer) = match (&update.new.private_ips, update.new.private_ips_count) {
        (Some(wanted), _) => {
            let more: Vec<String> = wanted.iter().filter(|ip| !there.contains(ip)).cloned().collect();
            let fewer = there.iter().skip(1).filter(|ip| !wanted.contains(ip)).cloned().collect();
            (more, 0, fewer)
        }
        (None, Some(count)) => {
            let (now, count) = (there.len().saturating_sub(1), count as usize);
            let fewer = there.iter().skip(1 + count).cloned().collect();
            (Vec::new(), count.saturating_sub(now), fewer)
        }
        (None, None) => (Vec::new(), 0, Vec::<String>::new()),
    };
    if !fewer.is_empty() {
        let call = client.unassign_private_ip_addresses().network_interface_id(id);
        call.set_private_ip_addresses(Some(fewer)).send().await?;
    }
    if !more.is_empty() || count > 0 {
        client
            .assign_private_ip_addresses()
            .network_interface_id(id)
            .set_private_ip_addresses(Some(more).filter(|more| !more.is_empty()))
            .set_secondary_private_ip_address_count(Some(count as i32).filter(|count| *count > 0))
            .send()
            .await?;
    }
    Ok(())
}

/// Attaches it where it is wanted. What is attached elsewhere is detached first, which takes a while.
async fn attach(cx: &Cx, id: &str, wanted: Option<&InterfaceAttachment>) -> Result<()> {
    cx.forget();
    let there = find(cx, id).await?;
    if let Some(there) = &there
        && !wanted.is_some_and(|wanted| attachment(there).is_some_and(|there| wanted.is_of(there)))
    {
        match (detach(cx, id, there).await, wanted) {
            (Err(error), None) if error.kind() == ErrorKind::NotReady => return Ok(()),
            (detached, _) => detached?,
        }
    }
    let is_attached = there.as_ref().and_then(attachment).is_some();
    if let Some(wanted) = wanted.filter(|_| !is_attached) {
        cx.client::<Client>()?
            .attach_network_interface()
            .network_interface_id(id)
            .instance_id(&wanted.instance)
            .device_index(wanted.device_index as i32)
            .set_network_card_index(wanted.network_card_index.map(|index| index as i32))
            .send()
            .await?;
    }
    Ok(())
}

/// Detaches it from the instance that it is attached to.
///
/// # Errors
/// Not ready, for as long as it is being detached.
async fn detach(cx: &Cx, id: &str, there: &types::NetworkInterface) -> Result<()> {
    let Some(attached) = there.attachment() else { return Ok(()) };
    if let Some(attached) = attachment(there) {
        let call = cx.client::<Client>()?.detach_network_interface();
        call.set_attachment_id(attached.attachment_id.clone()).send().await?;
    } else if attached.status() != Some(&AttachmentStatus::Detaching) {
        return Ok(());
    }
    let message = format!("the network interface {id} is being detached");
    Err(Error::new(ErrorKind::NotReady, message))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::NetworkInterface>> {
    find_by_id(cx, id, types::NetworkInterface::network_interface_id, |client, ids| async move {
        let of = filter("network-interface-id", ids);
        let pages = client.describe_network_interfaces().filters(of).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_with_the_primary_one_first() {
        let ip = |ip: &str, primary| {
            types::NetworkInterfacePrivateIpAddress::builder().private_ip_address(ip).primary(primary).build()
        };
        let there = types::NetworkInterface::builder()
            .private_ip_addresses(ip("10.0.0.5", false))
            .private_ip_addresses(ip("10.0.0.4", true))
            .build();
        assert_eq!(addresses(&there), ["10.0.0.4", "10.0.0.5"]);
    }

    #[test]
    fn what_is_being_detached_is_attached_no_more() {
        let with = |status| {
            let attached = types::NetworkInterfaceAttachment::builder().instance_id("i-1").status(status);
            types::NetworkInterface::builder().attachment(attached.build()).build()
        };
        assert!(attachment(&with(AttachmentStatus::Attached)).is_some());
        assert!(attachment(&with(AttachmentStatus::Detaching)).is_none());
    }
}
