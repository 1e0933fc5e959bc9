//! Which instance or network interface has an Elastic IP address.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Address;

use super::{filter, find_by_id};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::kinds::{Actions, Kind, Live, Setting, begin, claim_alike};
use crate::model::{Failures, Model, Prop};

/// Associates an Elastic IP address with an instance or a network interface, as a separate
/// resource. Use either this resource or the property `instance` of the address.
#[derive(Clone, Debug, Model)]
pub struct EipAssociationArgs {
    /// The allocation ID of the address. Conflicts with `publicIp`.
    #[model(replace, aws_default, told, follows = [EipAssociationArgs::PUBLIC_IP], check = ids::address)]
    pub allocation_id: Option<String>,
    /// Whether an address that is already associated is moved from its current instance or network
    /// interface.
    #[model(replace, write_only, default = false)]
    pub allow_reassociation: bool,
    /// The ID of the instance, whose primary network interface gets the address.
    #[model(replace, aws_default, told, follows = [EipAssociationArgs::NETWORK_INTERFACE_ID])]
    pub instance_id: Option<String>,
    /// The ID of the network interface. Required for an instance with several network interfaces.
    #[model(replace, aws_default, told, follows = [EipAssociationArgs::INSTANCE_ID], check = ids::interface)]
    pub network_interface_id: Option<String>,
    /// The private IPv4 address to associate the Elastic IP address with. Defaults to the primary
    /// private address.
    #[model(replace, aws_default, told)]
    pub private_ip_address: Option<String>,
    /// The public IPv4 address. Conflicts with `allocationId`.
    #[model(replace, aws_default, told, follows = [EipAssociationArgs::ALLOCATION_ID])]
    pub public_ip: Option<String>,
}

/// What AWS says of an association, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct EipAssociationState {}

/// Which instance or network interface has an Elastic IP address.
pub struct EipAssociation;

impl Kind for EipAssociation {
    const TOKEN: &'static str = "agentic:ec2:EipAssociation";
    const ID: &'static str = "the ID of the association, such as `eipassoc-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &["ec2:AssociateAddress", "ec2:DescribeAddresses"],
        read: &["ec2:DescribeAddresses"],
        update: &[],
        delete: &["ec2:DisassociateAddress"],
    };
    /// An address is with one thing at a time.
    const APART: &'static [Prop<Self::Args>] =
        &[EipAssociationArgs::ALLOCATION_ID, EipAssociationArgs::PUBLIC_IP];

    type Args = EipAssociationArgs;
    type State = EipAssociationState;

    fn rules(args: &EipAssociationInputs, failures: &mut Failures) {
        if args.allocation_id.get().is_some() && args.public_ip.get().is_some() {
            failures.add(EipAssociationArgs::PUBLIC_IP, "conflicts with allocationId; give only one of them");
        }
        if !args.allocation_id.is_set() && !args.public_ip.is_set() {
            failures.add(EipAssociationArgs::ALLOCATION_ID, "is missing; give it, or publicIp");
        }
        if args.instance_id.get().is_some() && args.network_interface_id.get().is_some() {
            let reason = "conflicts with instanceId; give only one of them";
            failures.add(EipAssociationArgs::NETWORK_INTERFACE_ID, reason);
        }
        if !args.instance_id.is_set() && !args.network_interface_id.is_set() {
            failures.add(EipAssociationArgs::INSTANCE_ID, "is missing; give it, or networkInterfaceId");
        }
    }

    const IS_SETTINGS: bool = true;

    fn settings(_id: &str, args: &EipAssociationInputs) -> Vec<Setting> {
        args.allocation_id.get().map(Setting::of::<Self>).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &EipAssociationArgs) -> Result<String> {
        let address = wanted(cx, args).await?;
        let of_state = cx.standing(super::tag_pairs(address.tags())).is_of_state();
        let allocation = address.allocation_id.clone().unwrap_or_default();
        if let Some(there) = address.association_id.clone().filter(|id| !id.is_empty()) {
            if is_with(&address, args) {
                let what = "association of the address";
                claim_alike::<Self>(cx, &there, what, async { Ok(of_state) }).await?;
                return Ok(there);
            }
            if !args.allow_reassociation {
                return Err(elsewhere(&address));
            }
        }
        begin(cx, &allocation);
        let call = cx.client::<Client>()?.associate_address().allocation_id(allocation);
        let made = call
            .allow_reassociation(args.allow_reassociation)
            .set_instance_id(args.instance_id.clone())
            .set_network_interface_id(args.network_interface_id.clone())
            .set_private_ip_address(args.private_ip_address.clone())
            .send()
            .await?;
        Ok(made.association_id.unwrap_or_default())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(address) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: EipAssociationObserved {
                allocation_id: Some(address.allocation_id),
                allow_reassociation: None,
                instance_id: Some(address.instance_id.filter(|id| !id.is_empty())),
                network_interface_id: Some(address.network_interface_id),
                private_ip_address: Some(address.private_ip_address),
                public_ip: Some(address.public_ip),
            },
            state: EipAssociationState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &EipAssociationArgs) -> Result<()> {
        cx.client::<Client>()?.disassociate_address().association_id(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<Address>> {
    find_by_id(cx, id, Address::association_id, |client, ids| async move {
        let found = client.describe_addresses().filters(filter("association-id", ids)).send().await?;
        Ok(found.addresses.unwrap_or_default())
    })
    .await
}

/// The address that is to be associated.
async fn wanted(cx: &Cx, args: &EipAssociationArgs) -> Result<Address> {
    let call = cx.client::<Client>()?.describe_addresses();
    let call = match (&args.allocation_id, &args.public_ip) {
        (Some(id), _) => call.allocation_ids(id),
        (None, ip) => call.public_ips(ip.as_deref().unwrap_or_default()),
    };
    let address = found(call.send().await)?.and_then(|answer| answer.addresses?.into_iter().next());
    address.ok_or_else(|| {
        let name = args.allocation_id.as_ref().or(args.public_ip.as_ref());
        let message = format!("there is no Elastic IP address {}", name.map_or("", String::as_str));
        Error::new(ErrorKind::NotFound, message)
    })
}

/// Whether the address is where it is wanted.
fn is_with(address: &Address, args: &EipAssociationArgs) -> bool {
    let same = |there: Option<&str>, wanted: &Option<String>| wanted.is_none() || there == wanted.as_deref();
    same(address.instance_id(), &args.instance_id)
        && same(address.network_interface_id(), &args.network_interface_id)
        && same(address.private_ip_address(), &args.private_ip_address)
}

fn elsewhere(address: &Address) -> Error {
    let holder = address.instance_id().filter(|id| !id.is_empty()).or(address.network_interface_id());
    let message = format!(
        "the address {} is associated with {} already",
        address.public_ip().unwrap_or_default(),
        holder.unwrap_or("something else")
    );
    Error::new(ErrorKind::AlreadyExists, message)
        .with_hint("Set allowReassociation to take it from there, or disassociate it first.")
}
