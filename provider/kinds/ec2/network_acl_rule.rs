//! A rule of a network ACL.

use super::network_acl_entry::{Entry, delete, entries, has_ports, is_icmp};
use super::opening::{canonical, check_protocol};
use super::{NetworkAcl, exactly_one, network_acl};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, Model, Prop, Value};

/// A rule of a network ACL, as a separate resource. Use either these resources or the properties
/// `ingress` and `egress` of the network ACL.
#[derive(Clone, Debug, Model)]
pub struct NetworkAclRuleArgs {
    /// The IPv4 range of the other side in CIDR notation. Conflicts with `ipv6CidrBlock`.
    #[model(in_place, check = cidr::check, same = cidr::same)]
    pub cidr_block: Option<String>,
    /// Whether the rule is for outbound traffic.
    #[model(replace, default = false)]
    pub egress: bool,
    /// The first port. Required for `tcp` and `udp`, and ignored for other protocols.
    #[model(in_place, range = -1..=65_535)]
    pub from_port: Option<i64>,
    /// The ICMP code, where -1 means all codes. Required for `icmp` and `icmpv6`.
    #[model(in_place, range = -1..=255)]
    pub icmp_code: Option<i64>,
    /// The ICMP type, where -1 means all types. Required for `icmp` and `icmpv6`.
    #[model(in_place, range = -1..=255)]
    pub icmp_type: Option<i64>,
    /// The IPv6 range of the other side in CIDR notation. Conflicts with `cidrBlock`.
    #[model(in_place, check = cidr::check_v6, same = cidr::same)]
    pub ipv6_cidr_block: Option<String>,
    /// The ID of the network ACL.
    #[model(replace, check = ids::network_acl)]
    pub network_acl_id: String,
    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all protocols
    /// and ports.
    #[model(in_place, check = check_protocol, same = same_protocol)]
    pub protocol: String,
    /// Whether the traffic is allowed or denied.
    #[model(in_place, any_case, one_of = ["allow", "deny"])]
    pub rule_action: String,
    /// The number of the rule. The rule with the lowest number that matches decides.
    #[model(replace, range = 1..=32_766)]
    pub rule_number: i64,
    /// The last port. Required for `tcp` and `udp`, and ignored for other protocols.
    #[model(in_place, range = -1..=65_535)]
    pub to_port: Option<i64>,
}

/// The outputs of a rule of a network ACL.
#[derive(Clone, Debug, Model)]
pub struct NetworkAclRuleState {}

/// A rule of a network ACL.
pub struct NetworkAclRule;

impl Kind for NetworkAclRule {
    const TOKEN: &'static str = "agentic:ec2:NetworkAclRule";
    const ID: &'static str = "the ID of the network ACL, the number of the rule, its protocol, and whether it is for outbound traffic, separated by colons, such as `acl-0a1b2c3d4e5f67890:100:tcp:false`";
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateNetworkAclEntry", "ec2:DescribeNetworkAcls"],
        read: &["ec2:DescribeNetworkAcls"],
        update: &["ec2:ReplaceNetworkAclEntry"],
        delete: &["ec2:DeleteNetworkAclEntry"],
    };
    const APART: &'static [Prop<Self::Args>] =
        &[NetworkAclRuleArgs::EGRESS, NetworkAclRuleArgs::NETWORK_ACL_ID, NetworkAclRuleArgs::RULE_NUMBER];

    type Args = NetworkAclRuleArgs;
    type State = NetworkAclRuleState;

    fn rules(args: &NetworkAclRuleInputs, failures: &mut Failures) {
        let ranges = [
            (NetworkAclRuleArgs::CIDR_BLOCK, &args.cidr_block),
            (NetworkAclRuleArgs::IPV6_CIDR_BLOCK, &args.ipv6_cidr_block),
        ];
        exactly_one(failures, "a rule has one range", &ranges);
        let Some(protocol) = args.protocol.get() else { return };
        let needed = [
            (NetworkAclRuleArgs::FROM_PORT, &args.from_port, has_ports(protocol)),
            (NetworkAclRuleArgs::TO_PORT, &args.to_port, has_ports(protocol)),
            (NetworkAclRuleArgs::ICMP_CODE, &args.icmp_code, is_icmp(protocol)),
            (NetworkAclRuleArgs::ICMP_TYPE, &args.icmp_type, is_icmp(protocol)),
        ];
        for (argument, _, _) in needed.into_iter().filter(|(_, given, needed)| *needed && !given.is_set()) {
            failures.add(argument, format!("is missing; the protocol {protocol} requires it"));
        }
        if let (Some(from), Some(to)) = (args.from_port.get(), args.to_port.get())
            && from > to
        {
            let reason = format!("is {to}, which is below fromPort, {from}; give {from} or more");
            failures.add(NetworkAclRuleArgs::TO_PORT, reason);
        }
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&NetworkAclRuleInputs>,
        new: &NetworkAclRuleInputs,
        failures: &mut Failures,
    ) {
        let (Some(acl), Some(egress)) = (new.network_acl_id.get(), new.egress.get()) else { return };
        if let Some(reason) = Wholes::of(cx).objection(cx, acl, List::of_rules(*egress)) {
            failures.add(NetworkAclRuleArgs::NETWORK_ACL_ID, reason);
        }
    }

    async fn create(cx: &Cx, args: &NetworkAclRuleArgs) -> Result<String> {
        let (acl, list) = (&args.network_acl_id, List::of_rules(args.egress));
        let id = format!("{acl}:{}:{}:{}", args.rule_number, canonical(&args.protocol), args.egress);
        let (wanted, wholes) = (args.entry(), Wholes::of(cx));
        wholes.allow(cx, acl, list)?;
        let is_free = is_free::<NetworkAcl, Self>(cx, acl, &id);
        match if is_free { None } else { find(cx, acl, args.egress, args.rule_number).await? } {
            Some(there) if there == wanted => {
                let of_state =
                    async { Ok(wholes.was_whole(cx, acl, list) || network_acl::is_of_state(cx, acl).await?) };
                claim_alike::<Self>(cx, &id, "rule of the network ACL", of_state).await?;
            }
            Some(_) => {
                let message = format!("{acl} has another rule with the number {} already", args.rule_number);
                return Err(Error::new(ErrorKind::AlreadyExists, message)
                    .with_hint("Give the rule another number, or import it with `pulumi import`."));
            }
            None => {
                begin(cx, &id);
                wanted.create(cx, acl).await?;
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (acl, number, egress) = parse(id)?;
        let Some(there) = find(cx, acl, egress, number).await? else { return Ok(None) };
        // What the protocol does not have means nothing, whatever a program gives.
        Ok(Some(Live {
            args: NetworkAclRuleObserved {
                cidr_block: Some(there.ipv4()),
                egress: Some(egress),
                from_port: there.ports.map(|(from, _)| Some(from)),
                icmp_code: there.icmp.map(|(_, code)| Some(code)),
                icmp_type: there.icmp.map(|(kind, _)| Some(kind)),
                ipv6_cidr_block: Some(there.ipv6()),
                network_acl_id: Some(acl.to_owned()),
                protocol: Some(there.protocol),
                rule_action: Some(there.action),
                rule_number: Some(number),
                to_port: there.ports.map(|(_, to)| Some(to)),
            },
            state: NetworkAclRuleState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<NetworkAclRuleArgs>) -> Result<()> {
        update.new.entry().replace(cx, &update.new.network_acl_id).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &NetworkAclRuleArgs) -> Result<()> {
        let (acl, number, egress) = parse(id)?;
        match Wholes::of(cx).took_over(cx, acl, List::of_rules(egress)) {
            true => Ok(()),
            false => delete(cx, acl, egress, number).await,
        }
    }
}

impl NetworkAclRuleArgs {
    fn entry(&self) -> Entry {
        let range = self.cidr_block.as_deref().or(self.ipv6_cidr_block.as_deref());
        Entry::new(
            (self.egress, self.rule_number),
            &self.rule_action,
            &self.protocol,
            range.unwrap_or_default(),
            [self.from_port, self.to_port, self.icmp_type, self.icmp_code],
        )
    }
}

async fn find(cx: &Cx, acl: &str, egress: bool, number: i64) -> Result<Option<Entry>> {
    let acl = network_acl::find(cx, acl).await?;
    let all = acl.as_ref().map(entries).unwrap_or_default();
    Ok(all.into_iter().find(|entry| entry.egress == egress && entry.number == number))
}

/// The protocol may have changed since.
fn parse(id: &str) -> Result<(&str, i64, bool)> {
    let parts: Vec<&str> = id.split(':').collect();
    let parsed = match parts[..] {
        [acl, number, _, egress] if ids::network_acl(acl).is_ok() => {
            number.parse().ok().zip(egress.parse().ok()).map(|(number, egress)| (acl, number, egress))
        }
        _ => None,
    };
    parsed.ok_or_else(|| bad_id(id, NetworkAclRule::ID))
}

pub(super) fn same_protocol(actual: &Value, wanted: &Value) -> bool {
    let named = |value: &Value| value.as_str().map(canonical);
    named(actual).is_some_and(|actual| Some(actual) == named(wanted))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let mut failures = Failures::new();
        let inputs = NetworkAclRuleArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        NetworkAclRule::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_protocol_has_what_it_needs() {
        let rule = |change: J| {
            let mut fields = json!({"networkAclId": "acl-1", "ruleNumber": 100, "ruleAction": "allow", "cidrBlock": "10.0.0.0/8"});
            fields.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            told(fields)
        };
        assert_eq!(rule(json!({"protocol": "-1"})), Vec::<String>::new());
        assert_eq!(rule(json!({"protocol": "tcp"})), ["fromPort", "toPort"]);
        assert_eq!(rule(json!({"protocol": "tcp", "fromPort": 2, "toPort": 1})), ["toPort"]);
        assert_eq!(rule(json!({"protocol": "icmp", "icmpType": -1})), ["icmpCode"]);
        assert_eq!(rule(json!({"protocol": "-1", "ipv6CidrBlock": "::/0"})), ["ipv6CidrBlock"]);
    }

    #[test]
    fn a_rule_is_told_by_its_number_and_direction() {
        assert_eq!(parse("acl-0a1b:100:tcp:false").unwrap(), ("acl-0a1b", 100, false));
        assert!(parse("acl-0a1b:100").is_err() && parse("acl-0a1b:x:tcp:false").is_err());
    }
}
