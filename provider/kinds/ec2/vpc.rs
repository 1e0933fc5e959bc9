//! A virtual private cloud.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, ResourceType, Tenancy, VpcAttributeName, VpcCidrBlockStateCode as Range,
};

use super::{Ec2Tags, filter, find_by_id, holders, left_behind, tag_map, tagged};
use crate::aws::cidr;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, set_up, set_up_new};
use crate::model::Model;

/// A virtual private cloud (VPC): an isolated virtual network of your account. A VPC itself is free
/// of charge.
#[derive(Clone, Debug, Model)]
pub struct VpcArgs {
    /// Whether AWS assigns an IPv6 range of size /56 to the VPC, from which subnets have ranges of
    /// size /64.
    #[model(in_place, default = false)]
    pub assign_generated_ipv6_cidr_block: bool,
    /// The IPv4 range of the VPC in CIDR notation, such as `10.1.0.0/16`. The prefix length is
    /// between /16 and /28.
    #[model(replace, optional_type, check = cidr::check_vpc)]
    pub cidr_block: String,
    /// Whether instances with public IP addresses get public DNS hostnames. Requires
    /// `enableDnsSupport`.
    #[model(in_place, default = false)]
    pub enable_dns_hostnames: bool,
    /// Whether the Amazon DNS server resolves names in the VPC.
    #[model(in_place, default = true)]
    pub enable_dns_support: bool,
    /// The tenancy of the instances in the VPC. With `dedicated`, instances run on hardware that no
    /// other account uses, at a higher price.
    #[model(replace, default = "default", one_of = ["default", "dedicated"])]
    pub instance_tenancy: String,
    /// The tags of the VPC.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a VPC.
#[derive(Clone, Debug, Model)]
pub struct VpcState {
    /// The ARN of the VPC.
    pub arn: String,
    /// The ID of the default network ACL of the VPC.
    pub default_network_acl_id: String,
    /// The ID of the main route table. Same as `mainRouteTableId`.
    pub default_route_table_id: String,
    /// The ID of the default security group of the VPC.
    pub default_security_group_id: String,
    /// The ID of the DHCP option set of the VPC.
    pub dhcp_options_id: String,
    /// The ID of the association of the IPv6 range, if there is one.
    #[model(follows = [VpcArgs::ASSIGN_GENERATED_IPV6_CIDR_BLOCK])]
    pub ipv6_association_id: String,
    /// The IPv6 range, if there is one.
    #[model(follows = [VpcArgs::ASSIGN_GENERATED_IPV6_CIDR_BLOCK])]
    pub ipv6_cidr_block: String,
    /// The ID of the main route table, which applies to subnets without an association of their
    /// own.
    pub main_route_table_id: String,
    /// The ID of the AWS account that owns the VPC.
    pub owner_id: String,
}

/// A virtual private cloud.
pub struct Vpc;

impl Kind for Vpc {
    const TOKEN: &'static str = "agentic:ec2:Vpc";
    const ID: &'static str = "the ID of the VPC, such as `vpc-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateVpc", "ec2:DescribeTags", "ec2:ModifyVpcAttribute"],
        read: &[
            "ec2:DescribeVpcs",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
        ],
        update: &["ec2:AssociateVpcCidrBlock", "ec2:DisassociateVpcCidrBlock", "ec2:ModifyVpcAttribute"],
        delete: &[
            "ec2:DeleteVpc",
            "ec2:DescribeSubnets",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeNetworkInterfaces",
        ],
    };

    const READY: Option<Wait> = Some(Wait {
        goal: "the IPv6 range of the VPC is associated",
        usual: [0, 5],
        budget: Duration::from_secs(10 * 60),
    });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::VPC;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = VpcArgs;
    type State = VpcState;

    async fn create(cx: &Cx, args: &VpcArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "VPC", args).await? {
            return Ok(id);
        }
        let created = cx
            .client::<Client>()?
            .create_vpc()
            .cidr_block(&args.cidr_block)
            .set_amazon_provided_ipv6_cidr_block(args.assign_generated_ipv6_cidr_block.then_some(true))
            .instance_tenancy(Tenancy::from(args.instance_tenancy.as_str()))
            .tag_specifications(tagged(cx, ResourceType::Vpc, &args.tags))
            .send()
            .await?;
        cx.makes_new();
        Ok(created.vpc.and_then(|vpc| vpc.vpc_id).unwrap_or_default())
    }

    async fn configure(cx: &Cx, id: &str, args: &VpcArgs) -> Result<()> {
        if !cx.is_new() {
            return set_up::<Self>(cx, id, args).await;
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
        set_up_new::<Self>(cx, id, args).await?;
        cx.tell(id.to_owned(), JustSet);
        Ok(())
    }

    async fn ready(cx: &Cx, id: &str, args: &VpcArgs) -> Result<Poll> {
        if !args.assign_generated_ipv6_cidr_block {
            return Ok(Poll::Ready(()));
        }
        let vpc = find(cx, id).await?;
        Ok(match vpc.as_ref().and_then(range_v6).and_then(|range| range.ipv6_cidr_block_state()?.state()) {
            Some(Range::Associated) => Poll::Ready(()),
            Some(state) => Poll::Pending(state.to_string()),
            None => Poll::Pending("not visible yet".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(vpc) = find(cx, id).await? else { return Ok(None) };
        let client = cx.client::<Client>()?;
        let of_vpc = filter("vpc-id", [id.to_owned()]);
        let is_default = |name: &str| [of_vpc.clone(), filter(name, ["true".to_owned()])];
        let (support, hostnames, acls, tables, groups) = tokio::try_join!(
            attribute(cx, id, VpcAttributeName::EnableDnsSupport),
            attribute(cx, id, VpcAttributeName::EnableDnsHostnames),
            async {
                Ok(client
                    .describe_network_acls()
                    .set_filters(Some(is_default("default").into()))
                    .send()
                    .await?)
            },
            async {
                let filters = is_default("association.main").into();
                Ok(client.describe_route_tables().set_filters(Some(filters)).send().await?)
            },
            async {
                let filters = vec![of_vpc.clone(), filter("group-name", ["default".to_owned()])];
                Ok(client.describe_security_groups().set_filters(Some(filters)).send().await?)
            },
        )?;
        let first = |id: Option<Option<String>>| id.flatten().unwrap_or_default();
        let main = first(tables.route_tables().first().map(|table| table.route_table_id.clone()));
        let owner_id = vpc.owner_id.clone().unwrap_or_default();
        let range = range_v6(&vpc);
        Ok(Some(Live {
            args: VpcObserved {
                assign_generated_ipv6_cidr_block: Some(
                    range.is_some_and(|range| range.ipv6_pool().is_none_or(|pool| pool == "Amazon")),
                ),
                cidr_block: vpc.cidr_block.clone(),
                enable_dns_hostnames: hostnames,
                enable_dns_support: support,
                instance_tenancy: vpc.instance_tenancy().map(|tenancy| tenancy.as_str().to_owned()),
                tags: Some(tag_map(vpc.tags())),
            },
            state: VpcState {
                arn: cx.arn("ec2", &owner_id, &format!("vpc/{id}")),
                default_network_acl_id: first(
                    acls.network_acls().first().map(|acl| acl.network_acl_id.clone()),
                ),
                default_security_group_id: first(
                    groups.security_groups().first().map(|group| group.group_id.clone()),
                ),
                default_route_table_id: main.clone(),
                ipv6_association_id: text(range.and_then(|range| range.association_id())),
                ipv6_cidr_block: text(range.and_then(|range| range.ipv6_cidr_block())),
                dhcp_options_id: vpc.dhcp_options_id.clone().unwrap_or_default(),
                main_route_table_id: main,
                owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<VpcArgs>) -> Result<()> {
        let new = &update.new;
        // Host names need the resolver: it is switched on before them, and off after them.
        if update.any(&[VpcArgs::ENABLE_DNS_SUPPORT]) && new.enable_dns_support {
            set_dns_support(cx, id, true).await?;
        }
        if update.any(&[VpcArgs::ENABLE_DNS_HOSTNAMES]) {
            set_dns_hostnames(cx, id, new.enable_dns_hostnames).await?;
        }
        if update.any(&[VpcArgs::ENABLE_DNS_SUPPORT]) && !new.enable_dns_support {
            set_dns_support(cx, id, false).await?;
        }
        if update.any(&[VpcArgs::ASSIGN_GENERATED_IPV6_CIDR_BLOCK]) {
            assign_v6(cx, id, new.assign_generated_ipv6_cidr_block).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &VpcArgs) -> Result<()> {
        cx.client::<Client>()?.delete_vpc().vpc_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let client = cx.client::<Client>().ok()?;
        let of_vpc = filter("vpc-id", [id.to_owned()]);
        let attached = filter("attachment.vpc-id", [id.to_owned()]);
        let (subnets, gateways, groups, interfaces) = tokio::join!(
            client.describe_subnets().filters(of_vpc.clone()).send(),
            client.describe_internet_gateways().filters(attached).send(),
            client.describe_security_groups().filters(of_vpc.clone()).send(),
            holders::interfaces(cx, vec![of_vpc]),
        );
        let subnets =
            subnets.map(|all| holders::named("subnet", all.subnets().iter().map(|s| s.subnet_id())));
        let gateways = gateways.map(|all| {
            let ids = all.internet_gateways().iter().map(|gateway| gateway.internet_gateway_id());
            holders::named("internet gateway", ids)
        });
        // The group named "default" goes with the VPC.
        let groups = groups.map(|all| {
            let own = all.security_groups().iter().filter(|group| group.group_name() != Some("default"));
            holders::named("security group", own.map(|group| group.group_id()))
        });
        let (subnets, gateways, groups) =
            (subnets.map_err(Into::into), gateways.map_err(Into::into), groups.map_err(Into::into));
        holders::list([subnets, gateways, groups, interfaces])
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<types::Vpc>> {
    find_by_id(cx, id, types::Vpc::vpc_id, |client, ids| async move {
        let pages = client.describe_vpcs().filters(filter("vpc-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

/// The IPv6 range that the VPC has, or will have soon.
fn range_v6(vpc: &types::Vpc) -> Option<&types::VpcIpv6CidrBlockAssociation> {
    let is_there = |range: &&types::VpcIpv6CidrBlockAssociation| {
        let state = range.ipv6_cidr_block_state().and_then(|state| state.state());
        state.is_some_and(|state| [Range::Associated, Range::Associating].contains(state))
    };
    vpc.ipv6_cidr_block_association_set().iter().find(is_there)
}

async fn assign_v6(cx: &Cx, id: &str, wanted: bool) -> Result<()> {
    let client = cx.client::<Client>()?;
    let there = find(cx, id).await?;
    let there = there.as_ref().and_then(range_v6).and_then(|range| range.association_id());
    match (wanted, there) {
        (true, None) => {
            client.associate_vpc_cidr_block().vpc_id(id).amazon_provided_ipv6_cidr_block(true).send().await?;
        }
        (false, Some(there)) => {
            client.disassociate_vpc_cidr_block().association_id(there).send().await?;
        }
        _ => {}
    }
    Ok(())
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// The attributes of a new VPC are as they were asked for.
#[derive(Clone)]
struct JustSet;

async fn attribute(cx: &Cx, id: &str, name: VpcAttributeName) -> Result<Option<bool>> {
    if let Some(JustSet) = cx.told(&id.to_owned()) {
        return Ok(None);
    }
    let answer = cx.client::<Client>()?.describe_vpc_attribute().vpc_id(id).attribute(name).send().await?;
    let value = answer.enable_dns_support.or(answer.enable_dns_hostnames);
    Ok(value.and_then(|value| value.value))
}

async fn set_dns_support(cx: &Cx, id: &str, on: bool) -> Result<()> {
    let value = AttributeBooleanValue::builder().value(on).build();
    cx.client::<Client>()?.modify_vpc_attribute().vpc_id(id).enable_dns_support(value).send().await?;
    Ok(())
}

async fn set_dns_hostnames(cx: &Cx, id: &str, on: bool) -> Result<()> {
    let value = AttributeBooleanValue::builder().value(on).build();
    cx.client::<Client>()?.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(value).send().await?;
    Ok(())
}
