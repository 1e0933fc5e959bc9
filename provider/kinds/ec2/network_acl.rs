//! A network ACL: what may enter and leave subnets.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, ResourceType};

use super::network_acl_entry::{Entry, delete, entries, has_ports, is_icmp};
use super::network_acl_rule::same_protocol;
use super::opening::check_protocol;
use super::{
    Ec2Tags, Vpc, exactly_one_of, filter, find_by_id, holders, left_behind_in, tag_map, tag_pairs, tagged,
};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, set_up};
use crate::model::{Failures, In, Model, Path, Value};

/// A network ACL: numbered rules for the traffic that enters and leaves subnets. It is stateless, so
/// that answers need rules of their own, and what no rule allows is denied. Security groups are
/// enough for most applications.
#[derive(Clone, Debug, Model)]
pub struct NetworkAclArgs {
    /// All rules for outbound traffic. Rules that are not listed are removed. If omitted, existing
    /// rules are kept, and separate resources can manage rules.
    #[model(in_place, same = same_rules, if_given)]
    pub egress: Option<Vec<AclRule>>,
    /// All rules for inbound traffic. Rules that are not listed are removed. If omitted, existing
    /// rules are kept, and separate resources can manage rules.
    #[model(in_place, same = same_rules, if_given)]
    pub ingress: Option<Vec<AclRule>>,
    /// The IDs of the subnets that the network ACL applies to. Subnets that are removed get the
    /// default network ACL of the VPC. If omitted, existing associations are kept.
    #[model(in_place, set, aws_default, told, check = ids::subnet)]
    pub subnet_ids: Option<Vec<String>>,
    /// The tags of the network ACL.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// A rule of a network ACL.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AclRule {
    /// Whether the traffic is allowed or denied.
    #[model(any_case, one_of = ["allow", "deny"])]
    pub action: String,
    /// The IPv4 range of the other side in CIDR notation. Conflicts with `ipv6CidrBlock`.
    #[model(check = cidr::check)]
    pub cidr_block: Option<String>,
    /// The first port. Must be 0 for the protocol `-1`.
    #[model(range = -1..=65_535)]
    pub from_port: i64,
    /// The ICMP code, where -1 means all codes. Defaults to 0.
    #[model(range = -1..=255)]
    pub icmp_code: Option<i64>,
    /// The ICMP type, where -1 means all types. Defaults to 0.
    #[model(range = -1..=255)]
    pub icmp_type: Option<i64>,
    /// The IPv6 range of the other side in CIDR notation. Conflicts with `cidrBlock`.
    #[model(check = cidr::check_v6)]
    pub ipv6_cidr_block: Option<String>,
    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all protocols
    /// and ports.
    #[model(check = check_protocol, same = same_protocol)]
    pub protocol: String,
    /// The number of the rule. The rule with the lowest number that matches decides.
    #[model(range = 1..=32_766)]
    pub rule_no: i64,
    /// The last port. Must be 0 for the protocol `-1`.
    #[model(range = -1..=65_535)]
    pub to_port: i64,
}

/// The outputs of a network ACL.
#[derive(Clone, Debug, Model)]
pub struct NetworkAclState {
    /// The ARN of the network ACL.
    pub arn: String,
    /// The ID of the account that owns the network ACL.
    pub owner_id: String,
}

/// A network ACL.
pub struct NetworkAcl;

impl Kind for NetworkAcl {
    const TOKEN: &'static str = "agentic:ec2:NetworkAcl";
    const ID: &'static str = "the ID of the network ACL, such as `acl-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateNetworkAcl",
            "ec2:CreateNetworkAclEntry",
            "ec2:DeleteNetworkAclEntry",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeTags",
            "ec2:ReplaceNetworkAclAssociation",
            "ec2:ReplaceNetworkAclEntry",
        ],
        read: &["ec2:DescribeNetworkAcls"],
        update: &[
            "ec2:CreateNetworkAclEntry",
            "ec2:DeleteNetworkAclEntry",
            "ec2:DescribeNetworkAcls",
            "ec2:ReplaceNetworkAclAssociation",
            "ec2:ReplaceNetworkAclEntry",
        ],
        delete: &["ec2:DeleteNetworkAcl", "ec2:DescribeNetworkAcls", "ec2:ReplaceNetworkAclAssociation"],
    };

    type Args = NetworkAclArgs;
    type State = NetworkAclState;

    fn rules(args: &NetworkAclInputs, failures: &mut Failures) {
        check(&NetworkAclArgs::EGRESS.into(), &args.egress, failures);
        check(&NetworkAclArgs::INGRESS.into(), &args.ingress, failures);
    }

    fn hear(cx: &Cx, id: &str, old: &NetworkAclInputs, new: &NetworkAclInputs) {
        let wholes = Wholes::of(cx);
        wholes.hear(cx, id, List::Egress, old.egress.is_set(), new.egress.is_set());
        wholes.hear(cx, id, List::Ingress, old.ingress.is_set(), new.ingress.is_set());
    }

    async fn create(cx: &Cx, args: &NetworkAclArgs) -> Result<String> {
        if let Some(id) = left_behind_in::<Vpc, Self>(cx, &args.vpc_id, "network ACL", args).await? {
            return Ok(id);
        }
        let made = cx
            .client::<Client>()?
            .create_network_acl()
            .vpc_id(&args.vpc_id)
            .client_token(cx.client_token())
            .tag_specifications(tagged(cx, ResourceType::NetworkAcl, &args.tags))
            .send()
            .await?;
        cx.makes_new();
        Ok(made.network_acl.and_then(|acl| acl.network_acl_id).unwrap_or_default())
    }

    async fn configure(cx: &Cx, id: &str, args: &NetworkAclArgs) -> Result<()> {
        let has_more = args.egress.is_some() || args.ingress.is_some() || args.subnet_ids.is_some();
        if has_more { set_up::<Self>(cx, id, args).await } else { Ok(()) }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(acl) = find(cx, id).await? else { return Ok(None) };
        let owner_id = acl.owner_id.clone().unwrap_or_default();
        let listed = |egress| {
            let mut rules: Vec<AclRule> =
                entries(&acl).iter().filter(|it| it.egress == egress).map(AclRule::of).collect();
            rules.sort_by_key(|rule| rule.rule_no);
            rules
        };
        Ok(Some(Live {
            args: NetworkAclObserved {
                egress: Some(Some(listed(true))),
                ingress: Some(Some(listed(false))),
                subnet_ids: Some(Some(subnets(&acl))),
                tags: Some(tag_map(acl.tags())),
                vpc_id: acl.vpc_id.clone(),
            },
            state: NetworkAclState { arn: cx.arn("ec2", &owner_id, &format!("network-acl/{id}")), owner_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<NetworkAclArgs>) -> Result<()> {
        cx.forget();
        let Some(acl) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotFound, format!("{id} is not visible")));
        };
        let there = entries(&acl);
        for (list, egress, argument) in [
            (&update.new.egress, true, NetworkAclArgs::EGRESS),
            (&update.new.ingress, false, NetworkAclArgs::INGRESS),
        ] {
            if let (Some(rules), true) = (list, update.any(&[argument])) {
                put(cx, id, egress, &there, rules).await?;
            }
        }
        if let (Some(wanted), true) = (&update.new.subnet_ids, update.any(&[NetworkAclArgs::SUBNET_IDS])) {
            let there = subnets(&acl);
            for subnet in wanted.iter().filter(|subnet| !there.contains(subnet)) {
                associate(cx, subnet, id).await?;
            }
            let left: Vec<String> = there.into_iter().filter(|subnet| !wanted.contains(subnet)).collect();
            give_back(cx, &acl, &left).await?;
        }
        Ok(())
    }

    /// Its subnets get the default network ACL.
    async fn delete(cx: &Cx, id: &str, _args: &NetworkAclArgs) -> Result<()> {
        if let Some(acl) = find(cx, id).await? {
            give_back(cx, &acl, &subnets(&acl)).await?;
        }
        cx.client::<Client>()?.delete_network_acl().network_acl_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let acl = find(cx, id).await.ok()??;
        let subnets = holders::named("subnet", acl.associations().iter().map(|it| it.subnet_id()));
        holders::list([Ok(subnets)])
    }
}

impl AclRule {
    fn of(entry: &Entry) -> Self {
        AclRule {
            action: entry.action.clone(),
            cidr_block: entry.ipv4(),
            from_port: entry.ports.map_or(0, |(from, _)| from),
            icmp_code: entry.icmp.map(|(_, code)| code),
            icmp_type: entry.icmp.map(|(kind, _)| kind),
            ipv6_cidr_block: entry.ipv6(),
            protocol: entry.protocol.clone(),
            rule_no: entry.number,
            to_port: entry.ports.map_or(0, |(_, to)| to),
        }
    }

    fn entry(&self, egress: bool) -> Entry {
        let range = self.cidr_block.as_deref().or(self.ipv6_cidr_block.as_deref());
        Entry::new(
            (egress, self.rule_no),
            &self.action,
            &self.protocol,
            range.unwrap_or_default(),
            [Some(self.from_port), Some(self.to_port), self.icmp_type, self.icmp_code],
        )
    }
}

/// Whether two lists say the same, in whatever order.
fn same_rules(actual: &Value, wanted: &Value) -> bool {
    let read = |value: &Value| {
        let rules = crate::model::derive::told::<Vec<AclRule>>(value)?;
        let mut entries: Vec<Entry> = rules.iter().map(|rule| rule.entry(false)).collect();
        entries.sort_by_key(|entry| entry.number);
        Some(entries)
    };
    read(actual).is_some_and(|actual| Some(actual) == read(wanted))
}

/// What is wrong with the rules that a network ACL lists.
fn check(at: &Path, given: &In<Vec<In<AclRuleInput>>>, failures: &mut Failures) {
    let mut seen = BTreeMap::new();
    for (index, rule) in given.get().into_iter().flatten().enumerate() {
        let (Some(rule), at) = (rule.get(), at.index(index)) else { continue };
        let ranges = [
            (AclRule::CIDR_BLOCK.name(), &rule.cidr_block),
            (AclRule::IPV6_CIDR_BLOCK.name(), &rule.ipv6_cidr_block),
        ];
        exactly_one_of(failures, &at, "a rule has one range", &ranges);
        if let (Some(protocol), Some(from), Some(to)) =
            (rule.protocol.get(), rule.from_port.get(), rule.to_port.get())
        {
            if has_ports(protocol) && from > to {
                let reason = format!("is {to}, which is below fromPort, {from}; give {from} or more");
                failures.add(at.key(AclRule::TO_PORT), reason);
            }
            if !has_ports(protocol) && !is_icmp(protocol) && (*from, *to) != (0, 0) {
                let reason =
                    format!("is {from}, but the protocol {protocol} opens every port; give 0 for both ports");
                failures.add(at.key(AclRule::FROM_PORT), reason);
            }
        }
        if let Some(number) = rule.rule_no.get()
            && let Some(first) = seen.insert(*number, index)
        {
            let reason = format!("is {number}, as that of number {first} of the list; give another one");
            failures.add(at.key(AclRule::RULE_NO), reason);
        }
    }
}

/// Brings the rules of one direction to what is listed.
async fn put(cx: &Cx, id: &str, egress: bool, there: &[Entry], rules: &[AclRule]) -> Result<()> {
    let wanted: Vec<Entry> = rules.iter().map(|rule| rule.entry(egress)).collect();
    let there: Vec<&Entry> = there.iter().filter(|entry| entry.egress == egress).collect();
    for entry in &wanted {
        match there.iter().find(|it| it.number == entry.number) {
            None => entry.create(cx, id).await?,
            Some(it) if *it != entry => entry.replace(cx, id).await?,
            Some(_) => {}
        }
    }
    for entry in there.iter().filter(|it| !wanted.iter().any(|entry| entry.number == it.number)) {
        delete(cx, id, egress, entry.number).await?;
    }
    Ok(())
}

fn subnets(acl: &types::NetworkAcl) -> Vec<String> {
    acl.associations().iter().filter_map(|it| it.subnet_id.clone()).collect()
}

/// Gives a subnet this network ACL in the place of the one that it has.
async fn associate(cx: &Cx, subnet: &str, acl: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    let of_subnet = filter("association.subnet-id", [subnet.to_owned()]);
    let answer = client.describe_network_acls().filters(of_subnet).send().await?;
    let mut all = answer.network_acls().iter().flat_map(|acl| acl.associations());
    let association = all.find(|it| it.subnet_id() == Some(subnet));
    let Some(association) = association.and_then(|it| it.network_acl_association_id.clone()) else {
        let message = format!("the subnet {subnet} has no network ACL yet");
        return Err(Error::new(ErrorKind::NotReady, message));
    };
    let call = client.replace_network_acl_association().association_id(association);
    call.network_acl_id(acl).send().await?;
    Ok(())
}

/// Gives these subnets the default network ACL of the VPC.
async fn give_back(cx: &Cx, acl: &types::NetworkAcl, subnets: &[String]) -> Result<()> {
    if subnets.is_empty() {
        return Ok(());
    }
    let vpc = acl.vpc_id.clone().unwrap_or_default();
    let of = [filter("vpc-id", [vpc.clone()]), filter("default", ["true".to_owned()])];
    let call = cx.client::<Client>()?.describe_network_acls().set_filters(Some(of.into()));
    let usual = call.send().await?.network_acls.unwrap_or_default().into_iter().next();
    let Some(usual) = usual.and_then(|usual| usual.network_acl_id) else {
        let message = format!("AWS does not return the default network ACL of the VPC {vpc}");
        return Err(Error::new(ErrorKind::NotReady, message));
    };
    for subnet in subnets {
        associate(cx, subnet, &usual).await?;
    }
    Ok(())
}

/// Whether this state has a network ACL.
pub(super) async fn is_of_state(cx: &Cx, id: &str) -> Result<bool> {
    Ok(find(cx, id).await?.is_some_and(|acl| cx.standing(tag_pairs(acl.tags())).is_of_state()))
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<types::NetworkAcl>> {
    find_by_id(cx, id, types::NetworkAcl::network_acl_id, |client, ids| async move {
        let pages = client.describe_network_acls().filters(filter("network-acl-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}
