//! A public IPv4 address that stays the same.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, DomainType, ResourceType};

use super::{Ec2Tags, filter, find_by_id, holders, left_behind, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy};
use crate::model::Model;

/// An Elastic IP address: a static public IPv4 address, such as for a NAT gateway. AWS charges for
/// it by the hour, whether or not it is in use.
#[derive(Clone, Debug, Model)]
pub struct EipArgs {
    /// The scope of the address.
    #[model(replace, default = "vpc", one_of = ["vpc"])]
    pub domain: String,
    /// The network border group: the set of Availability Zones, Local Zones or Wavelength Zones
    /// that the address may be used in, such as `us-east-1`. If omitted, the region.
    #[model(replace, aws_default, told)]
    pub network_border_group: Option<String>,
    /// The ID of an address pool that you own, to allocate the address from. If omitted, AWS
    /// allocates the address from the Amazon pool.
    #[model(replace, aws_default, told)]
    pub public_ipv4_pool: Option<String>,
    /// The tags of the Elastic IP address.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of an Elastic IP address.
#[derive(Clone, Debug, Model)]
pub struct EipState {
    /// The allocation ID of the address, as NAT gateways and Network Load Balancers take it.
    pub allocation_id: String,
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
        create: &["ec2:AllocateAddress", "ec2:DescribeTags"],
        read: &["ec2:DescribeAddresses"],
        update: &[],
        delete: &["ec2:ReleaseAddress", "ec2:DescribeNetworkInterfaces"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::EIP;

    type Args = EipArgs;
    type State = EipState;

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

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(address) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: EipObserved {
                domain: address.domain().map(|domain| domain.as_str().to_owned()),
                tags: Some(tag_map(address.tags())),
                network_border_group: Some(address.network_border_group),
                public_ipv4_pool: Some(address.public_ipv4_pool),
            },
            state: EipState {
                allocation_id: id.to_owned(),
                public_ip: address.public_ip.unwrap_or_default(),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &EipArgs) -> Result<()> {
        cx.client::<Client>()?.release_address().allocation_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let with = filter("association.allocation-id", [id.to_owned()]);
        holders::list([holders::interfaces(cx, vec![with]).await])
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::Address>> {
    find_by_id(cx, id, types::Address::allocation_id, |client, ids| async move {
        let found = client.describe_addresses().filters(filter("allocation-id", ids)).send().await?;
        Ok(found.addresses.unwrap_or_default())
    })
    .await
}
