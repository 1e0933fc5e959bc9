//! A public IPv4 address that stays the same.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, DomainType, ResourceType};

use super::{Ec2Tags, EipAssociation, filter, find_by_id, holders, left_behind, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Setting, TaggedBy, Update, set_up};
use crate::model::{Failures, Model};

/// An Elastic IP address: a static public IPv4 address, for example of a NAT gateway. AWS charges
/// for it by the hour, whether or not it is in use.
#[derive(Clone, Debug, Model)]
pub struct EipArgs {
    /// The scope of the address.
    #[model(replace, default = "vpc", one_of = ["vpc"])]
    pub domain: String,
    /// The ID of the instance to associate the address with. If omitted, the resource that uses the
    /// address associates it, such as a NAT gateway.
    #[model(in_place, aws_default, told, resets)]
    pub instance: Option<String>,
    /// The network border group: the set of Availability Zones, Local Zones or Wavelength Zones
    /// that the address may be used in, such as `us-east-1`. Defaults to the region.
    #[model(replace, aws_default, told)]
    pub network_border_group: Option<String>,
    /// The ID of an address pool that you own, to allocate the address from. If omitted, AWS
    /// allocates the address from the Amazon pool.
    #[model(replace, aws_default, told)]
    pub public_ipv4_pool: Option<String>,
    /// The tags of the Elastic IP address.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// Whether the address is for use in a VPC, which is always the case. Former name of `domain`.
    #[model(in_place, write_only)]
    pub vpc: Option<bool>,
}

/// What AWS says of an Elastic IP address.
#[derive(Clone, Debug, Model)]
pub struct EipState {
    /// The allocation ID of the address, which NAT gateways and Network Load Balancers require.
    pub allocation_id: String,
    /// The ARN of the address.
    pub arn: String,
    /// The ID of the association with `instance`.
    #[model(follows = [EipArgs::INSTANCE])]
    pub association_id: String,
    /// The ID of the network interface of `instance` that has the address.
    #[model(follows = [EipArgs::INSTANCE])]
    pub network_interface: String,
    /// The private IPv4 address of `instance` that the address is associated with.
    #[model(follows = [EipArgs::INSTANCE])]
    pub private_ip: String,
    /// The public IPv4 address.
    pub public_ip: String,
}

/// A public IPv4 address that stays the same.
pub struct Eip;

impl Kind for Eip {
    const TOKEN: &'static str = "agentic:ec2:Eip";
    const ID: &'static str = "the allocation ID of the address, such as `eipalloc-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &["ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:DescribeTags"],
        read: &["ec2:DescribeAddresses"],
        update: &["ec2:AssociateAddress", "ec2:DisassociateAddress"],
        delete: &["ec2:DisassociateAddress", "ec2:ReleaseAddress", "ec2:DescribeNetworkInterfaces"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::EIP;

    type Args = EipArgs;
    type State = EipState;

    fn rules(args: &EipInputs, failures: &mut Failures) {
        if args.vpc.get() == Some(&false) {
            failures.add(EipArgs::VPC, "is false, and every address is for use in a VPC; leave it out");
        }
    }

    fn settings(id: &str, args: &EipInputs) -> Vec<Setting> {
        args.instance.is_set().then(|| Setting::of::<EipAssociation>(id)).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &EipArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "elastic IP address", args).await? {
            return Ok(id);
        }
        let tags = tagged(cx, ResourceType::ElasticIp, &args.tags);
        let allocated = cx
            .client::<Client>()?
            .allocate_address()
            .domain(DomainType::from(args.domain.as_str()))
            .set_network_border_group(args.network_border_group.clone())
            .set_public_ipv4_pool(args.public_ipv4_pool.clone())
            .tag_specifications(tags.clone())
            .send()
            .await?;
        let id = allocated.allocation_id.unwrap_or_default();
        let address = types::Address::builder()
            .allocation_id(&id)
            .set_public_ip(allocated.public_ip)
            .set_domain(allocated.domain)
            .set_network_border_group(allocated.network_border_group)
            .set_public_ipv4_pool(allocated.public_ipv4_pool)
            .set_tags(tags.tags);
        cx.tell(id.clone(), address.build());
        Ok(id)
    }

    async fn configure(cx: &Cx, id: &str, args: &EipArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(address) = find(cx, id).await? else { return Ok(None) };
        let account = cx.aws.account_id().await?;
        // What else uses the address says so itself, and comes and goes without this resource.
        let of_instance = |value: Option<&str>| match address.instance_id().unwrap_or_default() {
            "" => String::new(),
            _ => value.unwrap_or_default().to_owned(),
        };
        let instance = address.instance_id().filter(|id| !id.is_empty());
        Ok(Some(Live {
            args: EipObserved {
                domain: address.domain().map(|domain| domain.as_str().to_owned()),
                instance: Some(instance.map(str::to_owned)),
                tags: Some(tag_map(address.tags())),
                network_border_group: Some(address.network_border_group.clone()),
                public_ipv4_pool: Some(address.public_ipv4_pool.clone()),
                vpc: None,
            },
            state: EipState {
                allocation_id: id.to_owned(),
                arn: cx.arn("ec2", &account, &format!("elastic-ip/{id}")),
                association_id: of_instance(address.association_id()),
                network_interface: of_instance(address.network_interface_id()),
                private_ip: of_instance(address.private_ip_address()),
                public_ip: address.public_ip.clone().unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<EipArgs>) -> Result<()> {
        if !update.any(&[EipArgs::INSTANCE]) {
            return Ok(());
        }
        match &update.new.instance {
            Some(instance) => {
                let call = cx.client::<Client>()?.associate_address().allocation_id(id);
                call.instance_id(instance).allow_reassociation(true).send().await?;
                Ok(())
            }
            None => disassociate(cx, id).await,
        }
    }

    async fn delete(cx: &Cx, id: &str, args: &EipArgs) -> Result<()> {
        if args.instance.is_some() {
            disassociate(cx, id).await?;
        }
        cx.client::<Client>()?.release_address().allocation_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let with = filter("association.allocation-id", [id.to_owned()]);
        holders::list([holders::interfaces(cx, vec![with]).await])
    }
}

/// Takes the address from the instance that has it.
async fn disassociate(cx: &Cx, id: &str) -> Result<()> {
    let Some(association) = find(cx, id).await?.and_then(|address| address.association_id) else {
        return Ok(());
    };
    let call = cx.client::<Client>()?.disassociate_address().association_id(association);
    found(call.send().await)?;
    Ok(())
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::Address>> {
    find_by_id(cx, id, types::Address::allocation_id, |client, ids| async move {
        let found = client.describe_addresses().filters(filter("allocation-id", ids)).send().await?;
        Ok(found.addresses.unwrap_or_default())
    })
    .await
}
