//! The rules that a security group lists itself.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{IpPermission, SecurityGroupRule, SecurityGroupRuleUpdate};

use super::check_description;
use super::opening::{Opening, Side, check_protocol, port_problem};
use super::security_group::{revoke_egress, revoke_ingress};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::model::{Failures, In, Model, Path, Value};

/// A rule of a security group. Every source or destination that it lists is allowed.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InlineRule {
    /// The IPv4 ranges of the sources or destinations, in CIDR notation.
    #[model(set, default = [], check = cidr::check)]
    pub cidr_blocks: Vec<String>,
    /// The description of the rule.
    #[model(length = 0..=255, check = check_description)]
    pub description: Option<String>,
    /// The first port of the range, or the ICMP type, where -1 means all types. Must be 0 for the
    /// protocol `-1`.
    #[model(range = -1..=65535)]
    pub from_port: i64,
    /// The IPv6 ranges of the sources or destinations, in CIDR notation.
    #[model(set, default = [], check = cidr::check_v6)]
    pub ipv6_cidr_blocks: Vec<String>,
    /// The IDs of the prefix lists of the sources or destinations.
    #[model(set, default = [], check = ids::prefix_list)]
    pub prefix_list_ids: Vec<String>,
    /// The IP protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all
    /// protocols and ports.
    #[model(check = check_protocol)]
    pub protocol: String,
    /// Whether the members of the group itself are a source or destination.
    #[model(default = false, name = "self")]
    pub itself: bool,
    /// The IDs of the security groups whose members are sources or destinations. A group of another
    /// account is written `123456789012/sg-0a1b2c3d4e5f67890`.
    #[model(set, default = [], check = ids::any_security_group)]
    pub security_groups: Vec<String>,
    /// The last port of the range, or the ICMP code, where -1 means all codes. Must be 0 for the
    /// protocol `-1`.
    #[model(range = -1..=65535)]
    pub to_port: i64,
}

/// What a program gives as the rules of a group.
pub(super) type Given = In<Vec<In<InlineRuleInput>>>;

/// What is wrong with the rules that a group lists.
pub(super) fn check(at: &Path, given: &Given, failures: &mut Failures) {
    let mut seen: BTreeMap<Opening, (usize, Option<String>)> = BTreeMap::new();
    for (index, rule) in given.get().into_iter().flatten().enumerate() {
        let (Some(rule), at) = (rule.get(), at.index(index)) else { continue };
        check_one(&at, rule, failures);
        // What cannot be read is told already.
        let unjudged = &mut Failures::of_facts();
        let Some(rule) = InlineRule::settle_fields(rule, &at, unjudged) else { continue };
        for opening in rule.openings() {
            match seen.get(&opening) {
                Some((first, text)) if *text != rule.text() => {
                    let reason = format!(
                        "opens the same as number {first} of the list ({opening}) with another description, and AWS allows only one such rule; remove one of them"
                    );
                    failures.add(at.clone(), reason);
                }
                _ => drop(seen.insert(opening, (index, rule.text()))),
            }
        }
    }
}

fn check_one(at: &Path, rule: &InlineRuleInput, failures: &mut Failures) {
    let lists = [&rule.cidr_blocks, &rule.ipv6_cidr_blocks, &rule.prefix_list_ids, &rule.security_groups];
    let is_open =
        lists.iter().any(|list| list.is_unknown() || list.get().is_some_and(|list| !list.is_empty()))
            || rule.itself.is_unknown()
            || rule.itself.get() == Some(&true);
    if !is_open {
        let reason = "has no source or destination; give cidrBlocks, ipv6CidrBlocks, prefixListIds, securityGroups or self";
        failures.add(at.clone(), reason);
    }
    let ends = (rule.protocol.get(), rule.from_port.get(), rule.to_port.get());
    if let (Some(protocol), Some(from), Some(to)) = ends
        && let Some((is_from, reason)) = port_problem(protocol, "protocol", Some(*from), Some(*to))
    {
        let end = if is_from { InlineRule::FROM_PORT } else { InlineRule::TO_PORT };
        failures.add(at.key(end), reason);
    }
}

impl InlineRule {
    fn openings(&self) -> impl Iterator<Item = Opening> {
        let text = |sides: &[String], side: fn(&str) -> Side| -> Vec<Side> {
            sides.iter().map(|text| side(text)).collect()
        };
        let itself = self.itself.then_some(Side::Itself);
        let sides = text(&self.cidr_blocks, Side::ipv4)
            .into_iter()
            .chain(text(&self.ipv6_cidr_blocks, Side::ipv6))
            .chain(text(&self.prefix_list_ids, Side::prefix_list))
            .chain(text(&self.security_groups, Side::group))
            .chain(itself);
        sides.map(|side| Opening::new(&self.protocol, self.from_port, self.to_port, side))
    }

    /// The description, if there is any in it.
    fn text(&self) -> Option<String> {
        self.description.clone().filter(|text| !text.is_empty())
    }
}

/// What a list opens, each with its description.
type Openings = BTreeMap<Opening, Option<String>>;

fn openings(rules: &[InlineRule]) -> Openings {
    rules.iter().flat_map(|rule| rule.openings().map(|opening| (opening, rule.text()))).collect()
}

/// Whether two lists open the same. AWS puts the rules of the same ports together.
pub(super) fn same_rules(actual: &Value, wanted: &Value) -> bool {
    let read =
        |value: &Value| crate::model::derive::told::<Vec<InlineRule>>(value).map(|rules| openings(&rules));
    read(actual).is_some_and(|actual| Some(actual) == read(wanted))
}

/// The rules of a group as AWS shows them with the group. `account` is that of the group.
pub(super) fn listed(id: &str, account: &str, permissions: &[IpPermission]) -> Vec<InlineRule> {
    let mut rules: BTreeMap<(String, i64, i64, Option<String>), BTreeSet<Side>> = BTreeMap::new();
    for permission in permissions {
        for (opening, text) in Opening::all_of(permission, id, account) {
            let (from, to) = opening.ports();
            rules.entry((opening.protocol, from, to, text)).or_default().insert(opening.side);
        }
    }
    let rule = |((protocol, from_port, to_port, description), sides)| {
        let mut rule = InlineRule {
            cidr_blocks: Vec::new(),
            description,
            from_port,
            ipv6_cidr_blocks: Vec::new(),
            prefix_list_ids: Vec::new(),
            protocol,
            itself: false,
            security_groups: Vec::new(),
            to_port,
        };
        for side in sides {
            match side {
                Side::Ipv4(range) => rule.cidr_blocks.push(range),
                Side::Ipv6(range) => rule.ipv6_cidr_blocks.push(range),
                Side::PrefixList(list) => rule.prefix_list_ids.push(list),
                Side::Group(group) => rule.security_groups.push(group.to_string()),
                Side::Itself => rule.itself = true,
            }
        }
        rule
    };
    rules.into_iter().map(rule).collect()
}

/// Makes these the rules of a group, one way: opens what is missing before it closes what nobody
/// asks for, so that what stays allowed in another rule is never cut off. `there` are all rules of
/// the group.
pub(super) async fn put(
    cx: &Cx,
    group: &str,
    egress: bool,
    there: &[SecurityGroupRule],
    wanted: &[InlineRule],
) -> Result<()> {
    let change = Change::between(group, egress, there, wanted);
    if let Err(error) = open(cx, group, egress, &change.opened).await {
        // A group takes so many rules, and those that go count until they are gone.
        // https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
        if error.kind() != ErrorKind::Limit || change.closed.is_empty() {
            return Err(error);
        }
        close(cx, group, egress, change.closed).await?;
        open(cx, group, egress, &change.opened).await?;
        return describe(cx, group, change.described).await;
    }
    describe(cx, group, change.described).await?;
    close(cx, group, egress, change.closed).await
}

/// What has to be done for a group to have the wanted rules.
#[derive(Debug, Default, PartialEq)]
struct Change {
    opened: Openings,
    /// Other descriptions, by the IDs of their rules.
    described: Vec<(String, Opening, Option<String>)>,
    /// The IDs of rules that nobody asks for.
    closed: Vec<String>,
}

impl Change {
    fn between(group: &str, egress: bool, there: &[SecurityGroupRule], wanted: &[InlineRule]) -> Self {
        let mut change = Change { opened: openings(wanted), ..Change::default() };
        for rule in there.iter().filter(|rule| rule.is_egress == Some(egress)) {
            let Some(id) = rule.security_group_rule_id.clone() else { continue };
            let text = rule.description.clone().filter(|text| !text.is_empty());
            let opening = Opening::of(rule, group);
            match opening.and_then(|opening| change.opened.remove_entry(&opening)) {
                Some((_, wanted)) if wanted == text => {}
                Some((opening, wanted)) => change.described.push((id, opening, wanted)),
                None => change.closed.push(id),
            }
        }
        change
    }
}

async fn open(cx: &Cx, group: &str, egress: bool, opened: &Openings) -> Result<()> {
    if opened.is_empty() {
        return Ok(());
    }
    let permissions = opened.iter().map(|(opening, text)| opening.permission(group, text.clone()));
    let (client, permissions) = (cx.client::<Client>()?, Some(permissions.collect()));
    if egress {
        let call = client.authorize_security_group_egress().group_id(group);
        call.set_ip_permissions(permissions).send().await.map(drop).map_err(Error::from)
    } else {
        let call = client.authorize_security_group_ingress().group_id(group);
        call.set_ip_permissions(permissions).send().await.map(drop).map_err(Error::from)
    }
}

async fn describe(cx: &Cx, group: &str, described: Vec<(String, Opening, Option<String>)>) -> Result<()> {
    if described.is_empty() {
        return Ok(());
    }
    let update = |(id, opening, text): (String, Opening, Option<String>)| {
        let rule = opening.request(group, text);
        SecurityGroupRuleUpdate::builder().security_group_rule_id(id).security_group_rule(rule).build()
    };
    let call = cx.client::<Client>()?.modify_security_group_rules().group_id(group);
    let updates = described.into_iter().map(update).collect();
    call.set_security_group_rules(Some(updates)).send().await?;
    Ok(())
}

async fn close(cx: &Cx, group: &str, egress: bool, closed: Vec<String>) -> Result<()> {
    match egress {
        true => revoke_egress(cx, group, closed).await,
        false => revoke_ingress(cx, group, closed).await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn web() -> InlineRule {
        InlineRule {
            cidr_blocks: vec!["10.1.0.0/16".to_owned(), "10.0.0.0/16".to_owned()],
            description: None,
            from_port: 443,
            ipv6_cidr_blocks: Vec::new(),
            prefix_list_ids: Vec::new(),
            protocol: "tcp".to_owned(),
            itself: false,
            security_groups: Vec::new(),
            to_port: 443,
        }
    }

    fn told(given: &Given) -> String {
        let mut failures = Failures::new();
        check(&Path::root().key("ingress"), given, &mut failures);
        failures.to_string()
    }

    fn given(rules: &[InlineRule]) -> Given {
        let value = Value::Array(rules.iter().map(crate::model::Property::encode).collect());
        let fields = crate::model::Object::from([("rules".to_owned(), value)]);
        #[derive(Model)]
        /// Rules.
        struct Rules {
            /// Rules.
            #[allow(dead_code)]
            rules: Vec<InlineRule>,
        }
        Rules::read(&fields, &mut Failures::new()).rules
    }

    #[test]
    fn rules_are_the_same_however_they_are_put_together() {
        let value =
            |rules: &[InlineRule]| Value::Array(rules.iter().map(crate::model::Property::encode).collect());
        let one = |range: &str| InlineRule { cidr_blocks: vec![range.to_owned()], ..web() };
        let apart = [one("10.0.0.0/16"), one("10.1.0.0/16")];
        assert!(same_rules(&value(&[web()]), &value(&apart)));
        assert!(!same_rules(&value(&[web()]), &value(&apart[..1])));
        let described = InlineRule { description: Some("web".to_owned()), ..web() };
        assert!(!same_rules(&value(&[web()]), &value(&[described])));
        let nothing = InlineRule { description: Some(String::new()), ..web() };
        assert!(same_rules(&value(&[web()]), &value(&[nothing])));
        let all = |from, to| InlineRule { protocol: "-1".to_owned(), from_port: from, to_port: to, ..web() };
        assert!(same_rules(&value(&[all(0, 0)]), &value(&[all(-1, -1)])));
    }

    #[test]
    fn what_aws_shows_is_read_as_it_was_given() {
        let itself = InlineRule { itself: true, description: Some("among us".to_owned()), ..web() };
        for rule in [web(), itself] {
            let wanted = openings(std::slice::from_ref(&rule));
            let permissions: Vec<_> =
                wanted.iter().map(|(it, text)| it.permission("sg-1", text.clone())).collect();
            let seen = listed("sg-1", "1", &permissions);
            assert_eq!((seen.len(), openings(&seen)), (1, wanted));
        }
    }

    #[test]
    fn only_what_differs_is_opened_and_closed() {
        let rule = |id: &str, range: &str| {
            let rule = SecurityGroupRule::builder().is_egress(false).ip_protocol("tcp");
            rule.security_group_rule_id(id).from_port(443).to_port(443).cidr_ipv4(range).build()
        };
        let there = [rule("sgr-1", "10.0.0.0/16"), rule("sgr-2", "10.2.0.0/16")];
        let change = Change::between("sg-1", false, &there, &[web()]);
        assert_eq!((change.opened.len(), change.described.len()), (1, 0));
        assert_eq!(change.closed, ["sgr-2"]);
        let described = InlineRule { description: Some("web".to_owned()), ..web() };
        let change = Change::between("sg-1", false, &there[..1], &[described]);
        assert_eq!((change.described[0].0.as_str(), change.closed.len()), ("sgr-1", 0));
        let outbound = Change::between("sg-1", true, &there, &[]);
        assert_eq!(outbound, Change::default());
    }

    #[test]
    fn what_opens_nothing_or_twice_is_told() {
        assert_eq!(told(&given(&[web()])), "");
        let nobody = InlineRule { cidr_blocks: Vec::new(), ..web() };
        assert!(told(&given(&[nobody])).starts_with("ingress[0]: has no source"));
        let all = InlineRule { protocol: "-1".to_owned(), ..web() };
        assert!(told(&given(std::slice::from_ref(&all))).contains("ingress[0].fromPort: is 443"));
        assert_eq!(told(&given(&[InlineRule { from_port: 0, to_port: 0, ..all }])), "");
        let described = InlineRule { description: Some("web".to_owned()), ..web() };
        assert!(told(&given(&[web(), described])).contains("ingress[1]: opens the same as number 0"));
        assert_eq!(told(&given(&[web(), web()])), "");
    }
}
