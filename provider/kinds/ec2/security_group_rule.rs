//! Rules that open a security group, one way or the other.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, SecurityGroupRuleRequest,
    SecurityGroupRuleUpdate, UserIdGroupPair,
};

use super::opening::{account_and_group, canonical, check_protocol, has_ports, port_problem};
use super::security_group::{SecurityGroup, revoke_egress, revoke_ingress, rules};
use super::{Ec2Tags, check_description, exactly_one, filter, find_by_id, tag, tag_map, tag_pairs, tagged};
use crate::aws::cidr;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, adopt, is_free, only_one, search};
use crate::model::{Failures, In, Model, Prop, Value};

/// A rule of a security group: an ingress rule allows inbound traffic from one source, an egress
/// rule outbound traffic to one destination. Responses to allowed traffic are allowed as well.
#[derive(Clone, Debug, Model)]
pub struct SecurityGroupRuleArgs {
    /// The source or destination IPv4 range, such as `10.1.0.0/16`.
    #[model(in_place, check = cidr::check)]
    pub cidr_ipv4: Option<String>,
    /// The source or destination IPv6 range, such as `2001:db8::/32`.
    #[model(in_place, check = cidr::check_v6, same = cidr::same)]
    pub cidr_ipv6: Option<String>,
    /// The description of the rule.
    #[model(in_place, length = 1..=255, check = check_description)]
    pub description: Option<String>,
    /// The first port of the range, or the ICMP type, where -1 means all types. Required for the
    /// protocols `tcp`, `udp` and `icmp`.
    #[model(in_place, aws_default, follows = [SecurityGroupRuleArgs::IP_PROTOCOL], range = -1..=65535)]
    pub from_port: Option<i64>,
    /// The IP protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all
    /// protocols and ports.
    #[model(in_place, check = check_protocol, same = same_protocol)]
    pub ip_protocol: String,
    /// The ID of the source or destination prefix list.
    #[model(in_place, check = ids::prefix_list)]
    pub prefix_list_id: Option<String>,
    /// The ID of the source or destination security group. A group of another account is written
    /// `123456789012/sg-0a1b2c3d4e5f67890`.
    #[model(in_place, same = same_group, check = ids::any_security_group)]
    pub referenced_security_group_id: Option<String>,
    /// The ID of the security group that the rule belongs to.
    #[model(replace, check = ids::security_group)]
    pub security_group_id: String,
    /// The tags of the rule.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The last port of the range, or the ICMP code, where -1 means all codes. Required for the
    /// protocols `tcp`, `udp` and `icmp`.
    #[model(in_place, aws_default, follows = [SecurityGroupRuleArgs::IP_PROTOCOL], range = -1..=65535)]
    pub to_port: Option<i64>,
}

/// What AWS says of a rule of a security group.
#[derive(Clone, Debug, Model)]
pub struct SecurityGroupRuleState {
    /// The ARN of the rule.
    pub arn: String,
    /// The ID of the rule.
    pub security_group_rule_id: String,
}

/// A rule that opens a security group, to the outside or to the inside.
pub struct SecurityGroupRule<const EGRESS: bool>;

/// A rule that lets traffic in.
pub type SecurityGroupIngressRule = SecurityGroupRule<false>;

/// A rule that lets traffic out.
pub type SecurityGroupEgressRule = SecurityGroupRule<true>;

impl<const EGRESS: bool> Kind for SecurityGroupRule<EGRESS> {
    const TOKEN: &'static str =
        if EGRESS { "agentic:ec2:SecurityGroupEgressRule" } else { "agentic:ec2:SecurityGroupIngressRule" };
    const ID: &'static str = "the ID of the rule, such as `sgr-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: if EGRESS {
            &[
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ]
        } else {
            &[
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ]
        },
        read: &["ec2:DescribeSecurityGroupRules"],
        update: &["ec2:ModifySecurityGroupRules"],
        delete: if EGRESS { &["ec2:RevokeSecurityGroupEgress"] } else { &["ec2:RevokeSecurityGroupIngress"] },
    };

    type Args = SecurityGroupRuleArgs;
    type State = SecurityGroupRuleState;

    fn rules(args: &SecurityGroupRuleInputs, failures: &mut Failures) {
        exactly_one(failures, "a rule has one source or destination", &other_sides(args));
        check_ports(args, failures);
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&SecurityGroupRuleInputs>,
        new: &SecurityGroupRuleInputs,
        failures: &mut Failures,
    ) {
        let group = new.security_group_id.get();
        let objection = group.and_then(|group| Wholes::of(cx).objection(cx, group, List::of_rules(EGRESS)));
        if let Some(reason) = objection {
            failures.add(SecurityGroupRuleArgs::SECURITY_GROUP_ID, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        // Where ports mean nothing, none is the same as any.
        let without =
            |args: &SecurityGroupRuleInputs| args.ip_protocol.get().is_some_and(|it| !has_ports(it));
        if without(review.old) && without(review.new) {
            review.forget(SecurityGroupRuleArgs::FROM_PORT);
            review.forget(SecurityGroupRuleArgs::TO_PORT);
        }
        // AWS does not change what sort of thing is on the other side.
        // https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
        let sort = |args: &SecurityGroupRuleInputs| other_sides(args).map(|(_, side)| side.is_set());
        if sort(review.old) != sort(review.new) {
            for (name, _) in other_sides(review.new) {
                review.replace(name);
            }
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &SecurityGroupRuleArgs) -> Result<String> {
        let group = &args.security_group_id;
        Wholes::of(cx).allow(cx, group, List::of_rules(EGRESS))?;
        // Another resource that opens the same is refused by AWS.
        let left = match is_free::<SecurityGroup, Self>(cx, group, "") {
            true => None,
            false => search(cx, || left::<EGRESS>(cx, group)).await?,
        };
        if let Some((id, rule)) = left {
            if opens_the_same(&rule, args, EGRESS) {
                return adopt::<Self>(cx, &id, args).await;
            }
            // The program changed since the earlier attempt.
            revoke::<EGRESS>(cx, &args.security_group_id, id).await?;
        }
        let authorized = authorize::<EGRESS>(cx, args).await;
        match authorized {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let all = rules(cx, &args.security_group_id).await?;
                let same = all.iter().find(|rule| opens_the_same(rule, args, EGRESS));
                // The group listed its rules until now, and this is one of them.
                if let Some(id) =
                    same.filter(|rule| rule.tags().is_empty()).and_then(|rule| rule.security_group_rule_id())
                    && Wholes::of(cx).was_whole(cx, group, List::of_rules(EGRESS))
                {
                    let tags: Vec<_> =
                        cx.owned(&args.tags).into_iter().map(|(key, value)| tag(key, value)).collect();
                    cx.client::<Client>()?.create_tags().resources(id).set_tags(Some(tags)).send().await?;
                    return adopt::<Self>(cx, id, args).await;
                }
                Err(match same.and_then(|rule| rule.security_group_rule_id()) {
                    Some(id) => error.with_hint(format!(
                        "It is {id}: import it, or remove one of the two. If the resource in your program was renamed, give it an alias."
                    )),
                    None => error,
                })
            }
            other => other,
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(rule) = find(cx, id).await? else { return Ok(None) };
        if rule.is_egress.unwrap_or_default() != EGRESS {
            let (is, kind) = match EGRESS {
                true => ("an ingress", "SecurityGroupIngressRule"),
                false => ("an egress", "SecurityGroupEgressRule"),
            };
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("{id} is {is} rule; use the resource type {kind}"),
            ));
        }
        let owner_id = rule.group_owner_id().unwrap_or_default();
        Ok(Some(Live {
            args: args_of(&rule).into(),
            state: SecurityGroupRuleState {
                arn: cx.arn("ec2", owner_id, &format!("security-group-rule/{id}")),
                security_group_rule_id: id.to_owned(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SecurityGroupRuleArgs>) -> Result<()> {
        let new = &update.new;
        let opens = [
            SecurityGroupRuleArgs::CIDR_IPV4,
            SecurityGroupRuleArgs::CIDR_IPV6,
            SecurityGroupRuleArgs::PREFIX_LIST_ID,
            SecurityGroupRuleArgs::REFERENCED_SECURITY_GROUP_ID,
        ];
        if update.any(&opens)
            || update.any(&[
                SecurityGroupRuleArgs::IP_PROTOCOL,
                SecurityGroupRuleArgs::FROM_PORT,
                SecurityGroupRuleArgs::TO_PORT,
                SecurityGroupRuleArgs::DESCRIPTION,
            ])
        {
            let mut wanted = request(new);
            // An empty text takes away the one that is there.
            wanted.description.get_or_insert_default();
            let rule =
                SecurityGroupRuleUpdate::builder().security_group_rule_id(id).security_group_rule(wanted);
            let call = cx.client::<Client>()?.modify_security_group_rules().group_id(&new.security_group_id);
            call.security_group_rules(rule.build()).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &SecurityGroupRuleArgs) -> Result<()> {
        if Wholes::of(cx).took_over(cx, &args.security_group_id, List::of_rules(EGRESS)) {
            return Ok(());
        }
        revoke::<EGRESS>(cx, &args.security_group_id, id.to_owned()).await
    }
}

/// The arguments of which a rule has exactly one.
fn other_sides(args: &SecurityGroupRuleInputs) -> [(Prop<SecurityGroupRuleArgs>, &In<String>); 4] {
    [
        (SecurityGroupRuleArgs::CIDR_IPV4, &args.cidr_ipv4),
        (SecurityGroupRuleArgs::CIDR_IPV6, &args.cidr_ipv6),
        (SecurityGroupRuleArgs::PREFIX_LIST_ID, &args.prefix_list_id),
        (SecurityGroupRuleArgs::REFERENCED_SECURITY_GROUP_ID, &args.referenced_security_group_id),
    ]
}

/// Ports are needed for `tcp`, `udp` and `icmp`, and may be left out otherwise. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
fn check_ports(args: &SecurityGroupRuleInputs, failures: &mut Failures) {
    let ports = [
        (SecurityGroupRuleArgs::FROM_PORT, &args.from_port),
        (SecurityGroupRuleArgs::TO_PORT, &args.to_port),
    ];
    let Some(protocol) = args.ip_protocol.get().map(|protocol| canonical(protocol)) else { return };
    match protocol.as_str() {
        "tcp" | "udp" | "icmp" => {
            let what = if protocol == "icmp" { "type and code" } else { "ports" };
            for (name, _) in ports.iter().filter(|(_, port)| !port.is_set()) {
                failures.add(*name, format!("is missing; ipProtocol {protocol} needs {what}"));
            }
        }
        _ => {}
    }
    let (from, to) = (args.from_port.get().copied(), args.to_port.get().copied());
    if let Some((is_from, reason)) = port_problem(&protocol, "ipProtocol", from, to) {
        let end = if is_from { SecurityGroupRuleArgs::FROM_PORT } else { SecurityGroupRuleArgs::TO_PORT };
        failures.add(end, reason);
    }
}

fn same_protocol(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => canonical(actual) == canonical(wanted),
        _ => false,
    }
}

/// The id of a group says which account it is of.
fn same_group(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => account_and_group(actual).1 == account_and_group(wanted).1,
        _ => false,
    }
}

async fn authorize<const EGRESS: bool>(cx: &Cx, args: &SecurityGroupRuleArgs) -> Result<String> {
    let client = cx.client::<Client>()?;
    let tags = tagged(cx, ResourceType::SecurityGroupRule, &args.tags);
    let given = tags.tags.clone();
    let made = if EGRESS {
        let call = client.authorize_security_group_egress().group_id(&args.security_group_id);
        call.ip_permissions(permission(args)).tag_specifications(tags).send().await?.security_group_rules
    } else {
        let call = client.authorize_security_group_ingress().group_id(&args.security_group_id);
        call.ip_permissions(permission(args)).tag_specifications(tags).send().await?.security_group_rules
    };
    let Some(mut rule) = made.unwrap_or_default().pop() else { return Ok(String::new()) };
    let id = rule.security_group_rule_id.clone().unwrap_or_default();
    rule.tags = given;
    cx.tell(id.clone(), rule);
    Ok(id)
}

async fn revoke<const EGRESS: bool>(cx: &Cx, group: &str, rule: String) -> Result<()> {
    if EGRESS {
        revoke_egress(cx, group, vec![rule]).await
    } else {
        revoke_ingress(cx, group, vec![rule]).await
    }
}

/// The rule as the call that makes it has it.
fn permission(args: &SecurityGroupRuleArgs) -> IpPermission {
    let text = args.description.clone();
    let mut permission = IpPermission::builder()
        .ip_protocol(canonical(&args.ip_protocol))
        .set_from_port(port(args, args.from_port))
        .set_to_port(port(args, args.to_port));
    if let Some(range) = &args.cidr_ipv4 {
        permission =
            permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(text.clone()).build());
    }
    if let Some(range) = &args.cidr_ipv6 {
        let range = Ipv6Range::builder().cidr_ipv6(range).set_description(text.clone());
        permission = permission.ipv6_ranges(range.build());
    }
    if let Some(list) = &args.prefix_list_id {
        let list = PrefixListId::builder().prefix_list_id(list).set_description(text.clone());
        permission = permission.prefix_list_ids(list.build());
    }
    if let Some(group) = &args.referenced_security_group_id {
        let (account, group) = account_and_group(group);
        let pair = UserIdGroupPair::builder().set_user_id(account).group_id(group).set_description(text);
        permission = permission.user_id_group_pairs(pair.build());
    }
    permission.build()
}

/// The rule as the call that changes it has it. AWS does not say what becomes of a description that is
/// left out: an empty one takes it away.
fn request(args: &SecurityGroupRuleArgs) -> SecurityGroupRuleRequest {
    let group = args.referenced_security_group_id.as_deref().map(|group| account_and_group(group).1);
    SecurityGroupRuleRequest::builder()
        .ip_protocol(canonical(&args.ip_protocol))
        .set_from_port(port(args, args.from_port))
        .set_to_port(port(args, args.to_port))
        .set_cidr_ipv4(args.cidr_ipv4.clone())
        .set_cidr_ipv6(args.cidr_ipv6.clone())
        .set_prefix_list_id(args.prefix_list_id.clone())
        .set_referenced_group_id(group)
        .description(args.description.clone().unwrap_or_default())
        .build()
}

/// The rule as AWS gives it back.
fn args_of(rule: &types::SecurityGroupRule) -> SecurityGroupRuleArgs {
    let ip_protocol = rule.ip_protocol.clone().unwrap_or_default();
    // Where ports mean nothing, AWS says -1.
    let has_ports = has_ports(&ip_protocol);
    let port = |port: Option<i32>| port.filter(|_| has_ports).map(i64::from);
    let referenced = rule.referenced_group_info().and_then(|other| {
        let group = other.group_id.clone()?;
        let here = rule.group_owner_id().filter(|account| !account.is_empty());
        let elsewhere = other.user_id().filter(|account| here.is_some_and(|here| here != *account));
        Some(elsewhere.map(|account| format!("{account}/{group}")).unwrap_or(group))
    });
    SecurityGroupRuleArgs {
        cidr_ipv4: rule.cidr_ipv4.clone(),
        cidr_ipv6: rule.cidr_ipv6.clone(),
        description: rule.description.clone().filter(|text| !text.is_empty()),
        from_port: port(rule.from_port),
        ip_protocol,
        prefix_list_id: rule.prefix_list_id.clone(),
        referenced_security_group_id: referenced,
        security_group_id: rule.group_id.clone().unwrap_or_default(),
        tags: tag_map(rule.tags()),
        to_port: port(rule.to_port),
    }
}

/// The rule that an earlier attempt to create this very resource left.
async fn left<const EGRESS: bool>(
    cx: &Cx,
    group: &str,
) -> Result<Option<(String, types::SecurityGroupRule)>> {
    let all = rules(cx, group).await?;
    let found = all
        .iter()
        .filter_map(|rule| Some((rule.security_group_rule_id.clone()?, cx.standing(tag_pairs(rule.tags())))));
    let left = only_one::<SecurityGroupRule<EGRESS>>(cx, "rule", found.collect())?;
    let rule = |id: &String| all.iter().find(|rule| rule.security_group_rule_id.as_ref() == Some(id));
    Ok(left.and_then(|id| rule(&id).cloned().map(|rule| (id, rule))))
}

/// Whether AWS takes a rule for the one that is wanted: it takes one of a sort only, whatever the
/// description.
fn opens_the_same(rule: &types::SecurityGroupRule, wanted: &SecurityGroupRuleArgs, egress: bool) -> bool {
    let actual = args_of(rule);
    let range = |range: &Option<String>| range.as_deref().map(cidr::canonical);
    let group = |args: &SecurityGroupRuleArgs| {
        args.referenced_security_group_id.as_deref().map(|group| account_and_group(group).1)
    };
    let ports = |args: &SecurityGroupRuleArgs| {
        has_ports(&args.ip_protocol).then(|| (args.from_port.unwrap_or(-1), args.to_port.unwrap_or(-1)))
    };
    rule.is_egress == Some(egress)
        && canonical(&actual.ip_protocol) == canonical(&wanted.ip_protocol)
        && ports(&actual) == ports(wanted)
        && range(&actual.cidr_ipv4) == range(&wanted.cidr_ipv4)
        && range(&actual.cidr_ipv6) == range(&wanted.cidr_ipv6)
        && actual.prefix_list_id == wanted.prefix_list_id
        && group(&actual) == group(wanted)
}

/// Checked to be a port or -1, where ports mean anything.
fn port(args: &SecurityGroupRuleArgs, port: Option<i64>) -> Option<i32> {
    port.filter(|_| has_ports(&args.ip_protocol)).and_then(|port| i32::try_from(port).ok())
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::SecurityGroupRule>> {
    find_by_id(cx, id, types::SecurityGroupRule::security_group_rule_id, |client, ids| async move {
        let filter = filter("security-group-rule-id", ids);
        let pages = client.describe_security_group_rules().filters(filter).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ReferencedSecurityGroup;

    fn check(protocol: &str, from: Option<i64>, to: Option<i64>) -> String {
        let inputs = SecurityGroupRuleInputs {
            cidr_ipv4: "0.0.0.0/0".into(),
            ip_protocol: protocol.into(),
            from_port: from.into(),
            to_port: to.into(),
            ..Default::default()
        };
        let mut failures = Failures::new();
        SecurityGroupIngressRule::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn ports_are_given_where_they_mean_something() {
        assert_eq!(check("tcp", Some(443), Some(443)), "");
        assert_eq!(check("6", Some(0), Some(65535)), "");
        assert_eq!(check("-1", None, None), "");
        assert_eq!(check("icmp", Some(8), Some(-1)), "");
        assert_eq!(check("icmpv6", None, None), "");
        assert!(check("tcp", Some(443), None).starts_with("toPort: is missing"));
        assert!(check("icmp", None, None).contains("type and code"));
        assert!(check("-1", Some(443), Some(443)).contains("opens every port"));
        assert!(check("50", Some(443), Some(443)).contains("ipProtocol 50 opens every port"));
        assert!(check("tcp", Some(-1), Some(-1)).contains("fromPort: is -1"));
        assert!(check("udp", Some(90), Some(80)).contains("give 90 or more"));
    }

    #[test]
    fn a_rule_has_one_other_side() {
        let mut failures = Failures::new();
        let mut inputs =
            SecurityGroupRuleInputs { ip_protocol: "-1".into(), ..SecurityGroupRuleInputs::default() };
        SecurityGroupEgressRule::rules(&inputs, &mut failures);
        assert!(failures.to_string().starts_with("cidrIpv4: is missing"));
        let mut failures = Failures::new();
        inputs.cidr_ipv4 = "0.0.0.0/0".into();
        inputs.referenced_security_group_id = "sg-1".into();
        SecurityGroupEgressRule::rules(&inputs, &mut failures);
        assert!(failures.to_string().starts_with("referencedSecurityGroupId: conflicts with cidrIpv4"));
    }

    #[test]
    fn a_protocol_has_a_name_or_a_number() {
        assert!(["tcp", "UDP", "-1", "all", "icmpv6", "0", "255"].iter().all(|p| check_protocol(p).is_ok()));
        assert!(["http", "256", "-2", ""].iter().all(|p| check_protocol(p).is_err()));
        assert!(same_protocol(&Value::from("tcp"), &Value::from("6")));
        assert!(!same_protocol(&Value::from("tcp"), &Value::from("udp")));
    }

    #[test]
    fn a_rule_is_read_as_it_was_given() {
        let rule = types::SecurityGroupRule::builder()
            .group_owner_id("1")
            .is_egress(false)
            .ip_protocol("-1")
            .from_port(-1)
            .to_port(-1)
            .referenced_group_info(ReferencedSecurityGroup::builder().user_id("1").group_id("sg-2").build())
            .build();
        let args = args_of(&rule);
        assert_eq!((args.from_port, args.to_port), (None, None));
        assert_eq!(args.referenced_security_group_id.as_deref(), Some("sg-2"));
        assert!(opens_the_same(&rule, &args, false) && !opens_the_same(&rule, &args, true));
        let other = SecurityGroupRuleArgs { description: Some("other".to_owned()), ..args.clone() };
        assert!(opens_the_same(&rule, &other, false));
        let narrower = SecurityGroupRuleArgs { ip_protocol: "tcp".to_owned(), ..args };
        assert!(!opens_the_same(&rule, &narrower, false));
    }

    #[test]
    fn a_group_of_another_account_keeps_its_account() {
        let of = |account: &str| ReferencedSecurityGroup::builder().user_id(account).group_id("sg-2").build();
        let rule = types::SecurityGroupRule::builder().group_owner_id("1").referenced_group_info(of("2"));
        let args = args_of(&rule.build());
        assert_eq!(args.referenced_security_group_id.as_deref(), Some("2/sg-2"));
        let pair = permission(&args);
        let pair = &pair.user_id_group_pairs()[0];
        assert_eq!((pair.user_id(), pair.group_id()), (Some("2"), Some("sg-2")));
        assert_eq!(request(&args).referenced_group_id(), Some("sg-2"));
    }
}
