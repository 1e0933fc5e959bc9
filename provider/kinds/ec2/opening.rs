//! What a rule of a security group opens. AWS has a rule for each source or destination.

use std::fmt;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, SecurityGroupRuleRequest,
    UserIdGroupPair,
};

use crate::aws::cidr;

/// One source or destination, by which ports and protocol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    pub protocol: String,
    /// Nothing where ports mean nothing.
    ports: Option<(i64, i64)>,
    pub side: Side,
}

/// A source or destination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Ipv4(String),
    Ipv6(String),
    PrefixList(String),
    Group(Group),
    /// The group that has the rule.
    Itself,
}

/// Another group. Its ID alone says which one it is; a call wants its account too, where that is
/// another one.
#[derive(Clone, Debug)]
pub(super) struct Group {
    account: Option<String>,
    id: String,
}

impl Side {
    pub fn ipv4(range: &str) -> Self {
        Side::Ipv4(cidr::canonical(range))
    }

    pub fn ipv6(range: &str) -> Self {
        Side::Ipv6(cidr::canonical(range))
    }

    pub fn prefix_list(id: &str) -> Self {
        Side::PrefixList(id.to_owned())
    }

    pub fn group(text: &str) -> Self {
        let (account, id) = account_and_group(text);
        Side::Group(Group { account, id })
    }

    /// A group as AWS shows it, in a rule of the group `own` of the account `here`.
    fn shown(id: &str, account: Option<&str>, own: &str, here: &str) -> Self {
        if id == own {
            return Side::Itself;
        }
        let elsewhere = account.filter(|account| !here.is_empty() && *account != here);
        Side::Group(Group { account: elsewhere.map(str::to_owned), id: id.to_owned() })
    }
}

impl Opening {
    pub fn new(protocol: &str, from: i64, to: i64, side: Side) -> Self {
        let protocol = canonical(protocol);
        let ports = has_ports(&protocol).then_some((from, to));
        Opening { protocol, ports, side }
    }

    /// The ports as a program gives them.
    pub fn ports(&self) -> (i64, i64) {
        self.ports.unwrap_or_default()
    }

    /// What a rule of the group `own` opens.
    pub fn of(rule: &SecurityGroupRule, own: &str) -> Option<Self> {
        let here = rule.group_owner_id().unwrap_or_default();
        let group = || {
            let other = rule.referenced_group_info()?;
            Some(Side::shown(other.group_id()?, other.user_id(), own, here))
        };
        let side = rule
            .cidr_ipv4()
            .map(Side::ipv4)
            .or_else(|| rule.cidr_ipv6().map(Side::ipv6))
            .or_else(|| rule.prefix_list_id().map(Side::prefix_list))
            .or_else(group)?;
        let port = |port: Option<i32>| port.map_or(-1, i64::from);
        let protocol = rule.ip_protocol().unwrap_or_default();
        Some(Opening::new(protocol, port(rule.from_port), port(rule.to_port), side))
    }

    /// What a permission of the group `own` of the account `here` opens, with the descriptions.
    pub fn all_of(permission: &IpPermission, own: &str, here: &str) -> Vec<(Self, Option<String>)> {
        let ipv4 = permission.ip_ranges().iter();
        let ipv4 = ipv4.filter_map(|it| Some((Side::ipv4(it.cidr_ip()?), it.description())));
        let ipv6 = permission.ipv6_ranges().iter();
        let ipv6 = ipv6.filter_map(|it| Some((Side::ipv6(it.cidr_ipv6()?), it.description())));
        let lists = permission.prefix_list_ids().iter();
        let lists = lists.filter_map(|it| Some((Side::prefix_list(it.prefix_list_id()?), it.description())));
        let groups = permission.user_id_group_pairs().iter();
        let groups = groups
            .filter_map(|it| Some((Side::shown(it.group_id()?, it.user_id(), own, here), it.description())));
        let port = |port: Option<i32>| port.map_or(-1, i64::from);
        let (from, to) = (port(permission.from_port), port(permission.to_port));
        let protocol = permission.ip_protocol().unwrap_or_default();
        let opening = |(side, text): (Side, Option<&str>)| {
            let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
            (Opening::new(protocol, from, to, side), text)
        };
        ipv4.chain(ipv6).chain(lists).chain(groups).map(opening).collect()
    }

    /// The call that opens it, for a rule of the group `own`.
    pub fn permission(&self, own: &str, text: Option<String>) -> IpPermission {
        let permission = IpPermission::builder()
            .ip_protocol(&self.protocol)
            .set_from_port(self.ports.and_then(|(from, _)| i32::try_from(from).ok()))
            .set_to_port(self.ports.and_then(|(_, to)| i32::try_from(to).ok()));
        let pair = UserIdGroupPair::builder().set_description(text.clone());
        let permission = match &self.side {
            Side::Ipv4(range) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(text).build())
            }
            Side::Ipv6(range) => {
                permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range).set_description(text).build())
            }
            Side::PrefixList(list) => permission
                .prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(text).build()),
            Side::Group(group) => permission
                .user_id_group_pairs(pair.group_id(&group.id).set_user_id(group.account.clone()).build()),
            Side::Itself => permission.user_id_group_pairs(pair.group_id(own).build()),
        };
        permission.build()
    }

    /// The same for the call that changes a rule of the group `own`. AWS does not say what becomes of a
    /// description that is left out: an empty one takes it away.
    pub fn request(&self, own: &str, text: Option<String>) -> SecurityGroupRuleRequest {
        // Where ports mean nothing, AWS says -1 itself.
        let (from, to) = self.ports.unwrap_or((-1, -1));
        let request = SecurityGroupRuleRequest::builder()
            .ip_protocol(&self.protocol)
            .set_from_port(i32::try_from(from).ok())
            .set_to_port(i32::try_from(to).ok())
            .description(text.unwrap_or_default());
        let request = match &self.side {
            Side::Ipv4(range) => request.cidr_ipv4(range),
            Side::Ipv6(range) => request.cidr_ipv6(range),
            Side::PrefixList(list) => request.prefix_list_id(list),
            Side::Group(group) => request.referenced_group_id(&group.id),
            Side::Itself => request.referenced_group_id(own),
        };
        request.build()
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Group {}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(f, "{account}/{}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Ipv4(text) | Side::Ipv6(text) | Side::PrefixList(text) => f.write_str(text),
            Side::Group(group) => write!(f, "{group}"),
            Side::Itself => f.write_str("self"),
        }
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = &self.protocol;
        match self.ports {
            Some((from, to)) if from == to => write!(f, "{protocol} {from}, {}", self.side),
            Some((from, to)) => write!(f, "{protocol} {from} to {to}, {}", self.side),
            None if protocol == "-1" => write!(f, "all traffic, {}", self.side),
            None => write!(f, "protocol {protocol}, {}", self.side),
        }
    }
}

/// What is wrong with the ports that are given, and whether with the first of them. `argument` is
/// the name of that for the protocol.
///
/// AWS opens every port where the protocol has none or is unknown to it, whatever the ports are.
/// What does not narrow anything is as good as nothing: 0 for both, as many programs have it.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
pub(super) fn port_problem(
    protocol: &str,
    argument: &str,
    from: Option<i64>,
    to: Option<i64>,
) -> Option<(bool, String)> {
    let protocol = canonical(protocol);
    match (protocol.as_str(), from, to) {
        ("icmp" | "icmpv6", _, _) => None,
        ("tcp" | "udp", Some(port @ ..0), _) => {
            Some((true, format!("is {port}; give a port between 0 and 65535 for {protocol}")))
        }
        ("tcp" | "udp", _, Some(port @ ..0)) => {
            Some((false, format!("is {port}; give a port between 0 and 65535 for {protocol}")))
        }
        ("tcp" | "udp", Some(from), Some(to)) if from > to => {
            Some((false, format!("is {to}, which is below fromPort, {from}; give {from} or more")))
        }
        ("tcp" | "udp", _, _) | (_, Some(0), Some(65535)) => None,
        (_, from, to) => {
            let narrows = |port: &i64| !(-1..=0).contains(port);
            let found = from.filter(narrows).map(|port| (true, port));
            let (is_from, port) = found.or_else(|| to.filter(narrows).map(|port| (false, port)))?;
            let reason = format!(
                "is {port}, but {argument} {protocol} opens every port; give 0 for both ports, or set {argument} to tcp or udp"
            );
            Some((is_from, reason))
        }
    }
}

/// Whether ports, or the types of ICMP, mean anything for a protocol.
pub(super) fn has_ports(protocol: &str) -> bool {
    matches!(canonical(protocol).as_str(), "tcp" | "udp" | "icmp" | "icmpv6")
}

pub(super) fn check_protocol(text: &str) -> Result<(), String> {
    let named = ["-1", "tcp", "udp", "icmp", "icmpv6"].contains(&canonical(text).as_str());
    if named || text.parse::<u8>().is_ok() {
        return Ok(());
    }
    Err(format!("is {text:?}; give tcp, udp, icmp, icmpv6, -1 for all, or a protocol number up to 255"))
}

/// A protocol the way AWS calls it.
pub(super) fn canonical(protocol: &str) -> String {
    match protocol.to_lowercase().as_str() {
        "all" => "-1",
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "58" => "icmpv6",
        other => other,
    }
    .to_owned()
}

pub(super) fn account_and_group(text: &str) -> (Option<String>, String) {
    match text.split_once('/') {
        Some((account, group)) => (Some(account.to_owned()), group.to_owned()),
        None => (None, text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_narrow_nothing_are_none() {
        let told = |protocol: &str, from, to| port_problem(protocol, "protocol", Some(from), Some(to));
        for (from, to) in [(0, 0), (-1, -1), (0, 65535)] {
            assert_eq!(told("-1", from, to), None);
        }
        assert_eq!(told("tcp", 0, 65535), None);
        assert!(
            told("-1", 443, 443).is_some_and(|(is_from, text)| is_from && text.contains("opens every port"))
        );
        assert!(told("50", 0, 443).is_some_and(|(is_from, _)| !is_from));
        assert!(told("udp", 90, 80).is_some_and(|(_, text)| text.contains("give 90 or more")));
        assert_eq!(port_problem("-1", "ipProtocol", None, None), None);
    }

    #[test]
    fn an_opening_is_the_same_whatever_the_ports_of_all_traffic_are() {
        let of = |from, to| Opening::new("all", from, to, Side::ipv4("0.0.0.0/0"));
        assert_eq!(of(0, 0), of(-1, -1));
        assert_eq!(of(0, 0).to_string(), "all traffic, 0.0.0.0/0");
    }

    #[test]
    fn a_group_of_another_account_keeps_its_account() {
        let opening = Opening::new("tcp", 1, 1, Side::group("2/sg-2"));
        let shown = opening.permission("sg-1", None);
        let pair = &shown.user_id_group_pairs()[0];
        assert_eq!((pair.user_id(), pair.group_id()), (Some("2"), Some("sg-2")));
        let read = Opening::all_of(&shown, "sg-1", "1");
        assert_eq!(read[0].0.side.to_string(), "2/sg-2");
        assert_eq!(opening, Opening::new("tcp", 1, 1, Side::group("sg-2")));
    }
}
