//! A numbered rule of a network ACL, as AWS has it.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, IcmpTypeCode, PortRange, RuleAction};

use super::opening::canonical;
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};

/// The numbers that a program may give; the others are those of AWS.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html>
pub(super) const LAST: i64 = 32_766;

/// A rule: what is said twice in different ways is the same here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub egress: bool,
    pub number: i64,
    pub action: String,
    pub protocol: String,
    /// An IPv4 or IPv6 range.
    pub range: String,
    /// The first and the last port, where the protocol has ports.
    pub ports: Option<(i64, i64)>,
    /// The type and the code, where the protocol is that of ICMP.
    pub icmp: Option<(i64, i64)>,
}

impl Entry {
    /// `numbers` are the ports, and the type and code of ICMP.
    pub fn new(
        (egress, number): (bool, i64),
        action: &str,
        protocol: &str,
        range: &str,
        numbers: [Option<i64>; 4],
    ) -> Self {
        let protocol = canonical(protocol);
        let [from, to, kind, code] = numbers.map(Option::unwrap_or_default);
        Entry {
            egress,
            number,
            action: action.to_lowercase(),
            ports: has_ports(&protocol).then_some((from, to)),
            icmp: is_icmp(&protocol).then_some((kind, code)),
            protocol,
            range: cidr::canonical(range),
        }
    }

    pub fn from_aws(entry: &types::NetworkAclEntry) -> Self {
        let (ports, icmp) = (entry.port_range(), entry.icmp_type_code());
        let range = entry.cidr_block().filter(|it| !it.is_empty()).or(entry.ipv6_cidr_block());
        Entry::new(
            (entry.egress.unwrap_or_default(), entry.rule_number.unwrap_or_default().into()),
            entry.rule_action().map_or("", RuleAction::as_str),
            entry.protocol().unwrap_or_default(),
            range.unwrap_or_default(),
            [
                ports.and_then(|ports| ports.from).map(i64::from),
                ports.and_then(|ports| ports.to).map(i64::from),
                icmp.and_then(|icmp| icmp.r#type).map(i64::from),
                icmp.and_then(|icmp| icmp.code).map(i64::from),
            ],
        )
    }

    pub fn ipv4(&self) -> Option<String> {
        Some(self.range.clone()).filter(|range| !range.contains(':'))
    }

    pub fn ipv6(&self) -> Option<String> {
        Some(self.range.clone()).filter(|range| range.contains(':'))
    }

    fn port_range(&self) -> Option<PortRange> {
        let (from, to) = self.ports?;
        Some(PortRange::builder().from(from as i32).to(to as i32).build())
    }

    fn icmp_type_code(&self) -> Option<IcmpTypeCode> {
        let (kind, code) = self.icmp?;
        Some(IcmpTypeCode::builder().r#type(kind as i32).code(code as i32).build())
    }

    pub async fn create(&self, cx: &Cx, acl: &str) -> Result<()> {
        cx.client::<Client>()?
            .create_network_acl_entry()
            .network_acl_id(acl)
            .rule_number(self.number as i32)
            .egress(self.egress)
            .rule_action(RuleAction::from(self.action.as_str()))
            .protocol(number(&self.protocol))
            .set_cidr_block(self.ipv4())
            .set_ipv6_cidr_block(self.ipv6())
            .set_port_range(self.port_range())
            .set_icmp_type_code(self.icmp_type_code())
            .send()
            .await?;
        Ok(())
    }

    /// Puts it into the place of the rule that has its number.
    pub async fn replace(&self, cx: &Cx, acl: &str) -> Result<()> {
        cx.client::<Client>()?
            .replace_network_acl_entry()
            .network_acl_id(acl)
            .rule_number(self.number as i32)
            .egress(self.egress)
            .rule_action(RuleAction::from(self.action.as_str()))
            .protocol(number(&self.protocol))
            .set_cidr_block(self.ipv4())
            .set_ipv6_cidr_block(self.ipv6())
            .set_port_range(self.port_range())
            .set_icmp_type_code(self.icmp_type_code())
            .send()
            .await?;
        Ok(())
    }
}

pub(super) async fn delete(cx: &Cx, acl: &str, egress: bool, number: i64) -> Result<()> {
    let call = cx.client::<Client>()?.delete_network_acl_entry().network_acl_id(acl);
    found(call.egress(egress).rule_number(number as i32).send().await).map(drop)
}

/// The rules that somebody made.
pub(super) fn entries(acl: &types::NetworkAcl) -> Vec<Entry> {
    let all = acl.entries().iter().map(Entry::from_aws);
    all.filter(|entry| entry.number <= LAST).collect()
}

pub(super) fn has_ports(protocol: &str) -> bool {
    matches!(canonical(protocol).as_str(), "tcp" | "udp")
}

pub(super) fn is_icmp(protocol: &str) -> bool {
    matches!(canonical(protocol).as_str(), "icmp" | "icmpv6")
}

/// EC2 wants numbers here.
fn number(protocol: &str) -> &str {
    match protocol {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" => "58",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_is_the_same() {
        let tcp = |protocol, range| {
            Entry::new((false, 100), "ALLOW", protocol, range, [Some(443), Some(443), None, None])
        };
        assert_eq!(tcp("6", "10.0.0.0/16"), tcp("TCP", "10.0.0.0/16"));
        let all = |port| Entry::new((true, 1), "deny", "-1", "::/0", [Some(port), Some(port), None, None]);
        assert_eq!(all(0), all(65_535));
        assert_eq!((all(0).ipv4(), all(0).ipv6().as_deref()), (None, Some("::/0")));
        assert_eq!(number(&canonical("icmpv6")), "58");
    }
}
