//! The older kind of rule of a security group, which has several sources or destinations.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, SecurityGroupRuleUpdate};

use super::check_description;
use super::opening::{Opening, Side, account_and_group, canonical, check_protocol, has_ports, port_problem};
use super::security_group::{self, revoke_egress, revoke_ingress, rules};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Review, Update, bad_id, begin, claim_alike};
use crate::model::{Failures, In, Model, Prop, Value};

/// A rule of a security group with one or more sources or destinations. Prefer
/// `SecurityGroupIngressRule` and `SecurityGroupEgressRule`, which are changed in place: if a list
/// of this resource changes, the rule is removed before the new rule is created.
#[derive(Clone, Debug, Model)]
pub struct ClassicRuleArgs {
    /// The source or destination IPv4 ranges in CIDR notation.
    #[model(replace, set, check = cidr::check)]
    pub cidr_blocks: Option<Vec<String>>,
    /// The description of the rule.
    #[model(in_place, length = 0..=255, check = check_description, off = is_empty)]
    pub description: Option<String>,
    /// The first port of the range, or the ICMP type, where -1 means all types. Must be 0 for the
    /// protocol `-1`.
    #[model(replace, range = -1..=65535)]
    pub from_port: i64,
    /// The source or destination IPv6 ranges in CIDR notation.
    #[model(replace, set, check = cidr::check_v6)]
    pub ipv6_cidr_blocks: Option<Vec<String>>,
    /// The IDs of the source or destination prefix lists.
    #[model(replace, set, check = ids::prefix_list)]
    pub prefix_list_ids: Option<Vec<String>>,
    /// The IP protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all
    /// protocols and ports.
    #[model(replace, check = check_protocol, same = same_protocol)]
    pub protocol: String,
    /// The ID of the security group that the rule belongs to.
    #[model(replace, check = ids::security_group)]
    pub security_group_id: String,
    /// Whether the members of the group itself are a source or destination.
    #[model(replace, default = false, name = "self")]
    pub itself: bool,
    /// The ID of the source or destination security group. A group of another account is written
    /// `123456789012/sg-0a1b2c3d4e5f67890`. Conflicts with `cidrBlocks`, `ipv6CidrBlocks` and `self`.
    #[model(replace, same = same_group, check = ids::any_security_group)]
    pub source_security_group_id: Option<String>,
    /// The last port of the range, or the ICMP code, where -1 means all codes. Must be 0 for the
    /// protocol `-1`.
    #[model(replace, range = -1..=65535)]
    pub to_port: i64,
    /// The direction of the traffic that the rule allows.
    #[model(replace, one_of = ["ingress", "egress"])]
    pub r#type: String,
}

/// What AWS says of a rule.
#[derive(Clone, Debug, Model)]
pub struct ClassicRuleState {
    /// The ID of the rule, if it has only one source or destination.
    pub security_group_rule_id: Option<String>,
}

/// The older kind of rule of a security group.
pub struct ClassicRule;

impl Kind for ClassicRule {
    const TOKEN: &'static str = "agentic:ec2:SecurityGroupRule";
    const ID: &'static str = "the ID of the group, the type, protocol, ports and all sources or destinations, such as `sg-0a1b2c3d4e5f67890_ingress_tcp_443_443_10.0.0.0/16_10.1.0.0/16`; `self` stands for the group itself";
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DescribeSecurityGroupRules",
            "ec2:DescribeSecurityGroups",
        ],
        read: &["ec2:DescribeSecurityGroupRules"],
        update: &["ec2:DescribeSecurityGroupRules", "ec2:ModifySecurityGroupRules"],
        delete: &[
            "ec2:DescribeSecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
    };
    // AWS has a rule for each source or destination, and each of them once.
    const APART: &'static [Prop<ClassicRuleArgs>] = &[
        ClassicRuleArgs::FROM_PORT,
        ClassicRuleArgs::PROTOCOL,
        ClassicRuleArgs::SECURITY_GROUP_ID,
        ClassicRuleArgs::SOURCE_SECURITY_GROUP_ID,
        ClassicRuleArgs::TO_PORT,
        ClassicRuleArgs::TYPE,
    ];

    type Args = ClassicRuleArgs;
    type State = ClassicRuleState;

    fn rules(args: &ClassicRuleInputs, failures: &mut Failures) {
        check_sides(args, failures);
        let ends = (args.protocol.get(), args.from_port.get(), args.to_port.get());
        if let (Some(protocol), Some(from), Some(to)) = ends
            && let Some((is_from, reason)) = port_problem(protocol, "protocol", Some(*from), Some(*to))
        {
            let end = if is_from { ClassicRuleArgs::FROM_PORT } else { ClassicRuleArgs::TO_PORT };
            failures.add(end, reason);
        }
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&ClassicRuleInputs>,
        new: &ClassicRuleInputs,
        failures: &mut Failures,
    ) {
        let (Some(group), Some(direction)) = (new.security_group_id.get(), new.r#type.get()) else { return };
        if let Some(reason) = Wholes::of(cx).objection(cx, group, List::of_rules(direction == EGRESS)) {
            failures.add(ClassicRuleArgs::SECURITY_GROUP_ID, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        // Where ports mean nothing, one is the same as any.
        let without = |args: &ClassicRuleInputs| args.protocol.get().is_some_and(|it| !has_ports(it));
        if without(review.old) && without(review.new) {
            review.forget(ClassicRuleArgs::FROM_PORT);
            review.forget(ClassicRuleArgs::TO_PORT);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ClassicRuleArgs) -> Result<String> {
        let place = Place::of(args);
        let (id, group) = (place.id(), &place.group);
        Wholes::of(cx).allow(cx, group, place.list())?;
        begin(cx, &id);
        let text = args.description.clone().filter(|text| !text.is_empty());
        let permissions = place.openings().map(|opening| opening.permission(group, text.clone()));
        let (client, permissions) = (cx.client::<Client>()?, Some(permissions.collect()));
        let made = if place.egress {
            let call = client.authorize_security_group_egress().group_id(group);
            call.set_ip_permissions(permissions).send().await.map(drop).map_err(Error::from)
        } else {
            let call = client.authorize_security_group_ingress().group_id(group);
            call.set_ip_permissions(permissions).send().await.map(drop).map_err(Error::from)
        };
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                in_place(cx, &place, id, &text, error).await
            }
            other => other.map(|()| id),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let place = Place::parse(id)?;
        let found = place.found(cx).await?;
        let Some((_, first)) = found.first() else { return Ok(None) };
        let texts = |side: fn(&Side) -> Option<String>| {
            let texts: Vec<String> = found.iter().filter_map(|(opening, _)| side(&opening.side)).collect();
            (!texts.is_empty()).then_some(texts)
        };
        let group = texts(|side| if let Side::Group(group) = side { Some(group.to_string()) } else { None });
        let description = first.description.clone().filter(|text| !text.is_empty());
        let only = first.security_group_rule_id.clone().filter(|_| place.sides.len() == 1);
        Ok(Some(Live {
            args: ClassicRuleArgs {
                cidr_blocks: texts(
                    |side| if let Side::Ipv4(range) = side { Some(range.clone()) } else { None },
                ),
                description,
                from_port: place.from,
                ipv6_cidr_blocks: texts(|side| {
                    if let Side::Ipv6(range) = side { Some(range.clone()) } else { None }
                }),
                prefix_list_ids: texts(|side| {
                    if let Side::PrefixList(list) = side { Some(list.clone()) } else { None }
                }),
                protocol: place.protocol.clone(),
                security_group_id: place.group.clone(),
                itself: found.iter().any(|(opening, _)| opening.side == Side::Itself),
                source_security_group_id: group.and_then(|groups| groups.into_iter().next()),
                to_port: place.to,
                r#type: place.direction().to_owned(),
            }
            .into(),
            state: ClassicRuleState { security_group_rule_id: only },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClassicRuleArgs>) -> Result<()> {
        if !update.any(&[ClassicRuleArgs::DESCRIPTION]) {
            return Ok(());
        }
        let place = Place::parse(id)?;
        // An empty text takes away the one that is there.
        let text = update.new.description.clone().or_else(|| Some(String::new()));
        let change = |(opening, rule): &(Opening, types::SecurityGroupRule)| {
            let rule_id = rule.security_group_rule_id.clone();
            let request = opening.request(&place.group, text.clone());
            SecurityGroupRuleUpdate::builder()
                .set_security_group_rule_id(rule_id)
                .security_group_rule(request)
        };
        let changes = place.found(cx).await?.iter().map(|found| change(found).build()).collect();
        let call = cx.client::<Client>()?.modify_security_group_rules().group_id(&place.group);
        call.set_security_group_rules(Some(changes)).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ClassicRuleArgs) -> Result<()> {
        let place = Place::parse(id)?;
        if Wholes::of(cx).took_over(cx, &place.group, place.list()) {
            return Ok(());
        }
        let found = place.found(cx).await?;
        let found = found.into_iter().filter_map(|(_, rule)| rule.security_group_rule_id).collect();
        match place.egress {
            true => revoke_egress(cx, &place.group, found).await,
            false => revoke_ingress(cx, &place.group, found).await,
        }
    }
}

const EGRESS: &str = "egress";
const INGRESS: &str = "ingress";

/// A rule has a source or destination, and a group alone is one.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
fn check_sides(args: &ClassicRuleInputs, failures: &mut Failures) {
    let ranges = [
        (ClassicRuleArgs::CIDR_BLOCKS, &args.cidr_blocks),
        (ClassicRuleArgs::IPV6_CIDR_BLOCKS, &args.ipv6_cidr_blocks),
    ];
    let has = |list: &In<Vec<In<String>>>| list.get().is_some_and(|list| !list.is_empty());
    let mut lists = ranges.iter().map(|(_, list)| *list).chain([&args.prefix_list_ids]);
    let may = lists.any(|list| list.is_unknown() || has(list))
        || args.source_security_group_id.is_set()
        || args.itself.is_unknown()
        || args.itself.get() == Some(&true);
    if !may {
        let reason = "is missing: a rule has a source or destination; give cidrBlocks, ipv6CidrBlocks, prefixListIds, self or sourceSecurityGroupId";
        failures.add(ClassicRuleArgs::CIDR_BLOCKS, reason);
    }
    if args.source_security_group_id.get().is_some() {
        let itself = (args.itself.get() == Some(&true)).then_some(ClassicRuleArgs::ITSELF);
        let others = ranges.iter().filter(|(_, list)| has(list)).map(|(name, _)| *name);
        for other in others.chain(itself) {
            let reason = "conflicts with sourceSecurityGroupId; make a rule for each";
            failures.add(other, reason);
        }
    }
}

/// What a rule is: where, which way, and for whom. Its ID says all of it.
struct Place {
    group: String,
    egress: bool,
    protocol: String,
    from: i64,
    to: i64,
    sides: BTreeSet<Side>,
}

impl Place {
    fn of(args: &ClassicRuleArgs) -> Self {
        let texts = |list: &Option<Vec<String>>, side: fn(&str) -> Side| -> Vec<Side> {
            list.iter().flatten().map(|text| side(text)).collect()
        };
        let sides = texts(&args.cidr_blocks, Side::ipv4)
            .into_iter()
            .chain(texts(&args.ipv6_cidr_blocks, Side::ipv6))
            .chain(texts(&args.prefix_list_ids, Side::prefix_list))
            .chain(args.source_security_group_id.as_deref().map(|group| match group {
                itself if itself == args.security_group_id => Side::Itself,
                other => Side::group(other),
            }))
            .chain(args.itself.then_some(Side::Itself));
        Place {
            group: args.security_group_id.clone(),
            egress: args.r#type == EGRESS,
            protocol: canonical(&args.protocol),
            from: args.from_port,
            to: args.to_port,
            sides: sides.collect(),
        }
    }

    fn id(&self) -> String {
        let Place { group, protocol, from, to, .. } = self;
        let sides: Vec<String> = self.sides.iter().map(ToString::to_string).collect();
        format!("{group}_{}_{protocol}_{from}_{to}_{}", self.direction(), sides.join("_"))
    }

    fn parse(id: &str) -> Result<Self> {
        let bad = || bad_id(id, ClassicRule::ID);
        let mut parts = id.split('_');
        let mut next = || parts.next().ok_or_else(bad);
        let (group, direction, protocol) = (next()?.to_owned(), next()?, canonical(next()?));
        let ports = (next()?.parse::<i64>(), next()?.parse::<i64>());
        let (Ok(from), Ok(to)) = ports else { return Err(bad()) };
        let egress = match direction {
            EGRESS => true,
            INGRESS => false,
            _ => return Err(bad()),
        };
        let sides: BTreeSet<Side> = parts.filter(|part| !part.is_empty()).map(side).collect();
        if sides.is_empty() || !group.starts_with("sg-") {
            return Err(bad());
        }
        Ok(Place { group, egress, protocol, from, to, sides })
    }

    fn direction(&self) -> &'static str {
        if self.egress { EGRESS } else { INGRESS }
    }

    fn list(&self) -> List {
        List::of_rules(self.egress)
    }

    fn openings(&self) -> impl Iterator<Item = Opening> {
        self.sides.iter().map(|side| Opening::new(&self.protocol, self.from, self.to, side.clone()))
    }

    /// The rules that AWS has of it.
    async fn found(&self, cx: &Cx) -> Result<Vec<(Opening, types::SecurityGroupRule)>> {
        let wanted: BTreeSet<Opening> = self.openings().collect();
        let all = rules(cx, &self.group).await?;
        let same_way = all.into_iter().filter(|rule| rule.is_egress == Some(self.egress));
        let found = same_way.filter_map(|rule| Some((Opening::of(&rule, &self.group)?, rule)));
        let mut found: Vec<_> = found.filter(|(opening, _)| wanted.contains(opening)).collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }
}

fn side(text: &str) -> Side {
    match text {
        "self" => Side::Itself,
        list if list.starts_with("pl-") => Side::prefix_list(list),
        group if group.contains("sg-") => Side::group(group),
        range if range.contains(':') => Side::ipv6(range),
        range => Side::ipv4(range),
    }
}

/// What to make of it that the group has a part of the rule already. It has no tags to say whose it is;
/// those of the newer kinds have.
async fn in_place(cx: &Cx, place: &Place, id: String, text: &Option<String>, error: Error) -> Result<String> {
    let found = place.found(cx).await?;
    let alike = |rule: &types::SecurityGroupRule| {
        let same_text = rule.description().unwrap_or_default() == text.as_deref().unwrap_or_default();
        rule.tags().is_empty() && same_text
    };
    if found.len() == place.sides.len() && found.iter().all(|(_, rule)| alike(rule)) {
        let of_state = async {
            let was_whole = Wholes::of(cx).was_whole(cx, &place.group, place.list());
            Ok(was_whole || security_group::is_of_state(cx, &place.group).await?)
        };
        claim_alike::<ClassicRule>(cx, &id, "rule", of_state).await?;
        return Ok(id);
    }
    let rules: Vec<String> = found
        .iter()
        .map(|(opening, rule)| format!("{} ({opening})", rule.security_group_rule_id().unwrap_or_default()))
        .collect();
    Err(error
        .with_message(format!("{} has a part of this rule already: {}", place.group, rules.join(", ")))
        .with_hint("Remove that part from one of the two. If the resource in your program was renamed, give it an alias."))
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("")
}

fn same_protocol(actual: &Value, wanted: &Value) -> bool {
    matches!((actual.as_str(), wanted.as_str()), (Some(actual), Some(wanted)) if canonical(actual) == canonical(wanted))
}

/// The id of a group says which account it is of.
fn same_group(actual: &Value, wanted: &Value) -> bool {
    matches!((actual.as_str(), wanted.as_str()), (Some(actual), Some(wanted)) if account_and_group(actual).1 == account_and_group(wanted).1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn inputs() -> ClassicRuleInputs {
        ClassicRuleInputs {
            from_port: 443.into(),
            protocol: "tcp".into(),
            security_group_id: "sg-1".into(),
            to_port: 443.into(),
            r#type: "ingress".into(),
            itself: false.into(),
            ..ClassicRuleInputs::default()
        }
    }

    fn told(inputs: &ClassicRuleInputs) -> String {
        let mut failures = Failures::new();
        ClassicRule::rules(inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn an_id_says_all_of_a_rule() {
        let id = "sg-1_egress_tcp_80_443_10.0.0.0/16_2001:db8::/32_pl-1_sg-2_self";
        let place = Place::parse(id).unwrap();
        assert_eq!(place.id(), id);
        assert_eq!(place.openings().count(), 5);
        for bad in
            ["sgr-1", "sg-1_ingress_tcp_80_443", "sg-1_up_tcp_80_443_self", "vpc-1_ingress_tcp_1_1_self"]
        {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_has_a_source_and_a_group_alone_is_one() {
        assert!(told(&inputs()).starts_with("cidrBlocks: is missing"));
        let cidr_blocks = || In::list(["10.0.0.0/16".into()]);
        assert_eq!(told(&ClassicRuleInputs { cidr_blocks: cidr_blocks(), ..inputs() }), "");
        assert_eq!(told(&ClassicRuleInputs { cidr_blocks: In::unknown(), ..inputs() }), "");
        let both = ClassicRuleInputs {
            cidr_blocks: cidr_blocks(),
            source_security_group_id: "sg-2".into(),
            ..inputs()
        };
        assert!(told(&both).starts_with("cidrBlocks: conflicts with sourceSecurityGroupId"));
        let all = ClassicRuleInputs { protocol: "-1".into(), itself: true.into(), ..inputs() };
        assert!(told(&all).contains("opens every port"));
        assert_eq!(told(&ClassicRuleInputs { from_port: 0.into(), to_port: 0.into(), ..all }), "");
    }
}
