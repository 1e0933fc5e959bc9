//! A firewall around network interfaces.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, ResourceType, SecurityGroupRule};

use super::inline_rule::{InlineRule, check, listed, put, same_rules};
use super::{
    Ec2Tags, FILTER_VALUES, Vpc, check_description, filter, find_by_id, holders, left_behind_in, tag_map,
    tag_pairs, tagged,
};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, may_claim};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
const SECURITY_GROUP: NameRule = NameRule {
    what: "security group",
    alphabet: Alphabet {
        words: "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c),
    },
    inner: " ",
    reserved: &["sg-"],
    ..PLAIN
};

/// A security group: a firewall for the network interfaces that it is associated with. A new group
/// has no rules and allows no traffic: the default rule of AWS that allows all outbound traffic is
/// removed.
///
/// List the rules in `ingress` and `egress`, or create a `SecurityGroupIngressRule` or
/// `SecurityGroupEgressRule` for each. Do not use both for the same direction: a list must contain
/// all rules, and any other rule is removed.
#[derive(Clone, Debug, Model)]
pub struct SecurityGroupArgs {
    /// The description of the security group.
    #[model(replace, default = "Managed by Pulumi", length = 1..=255, check = check_description)]
    pub description: String,
    /// All rules for outbound traffic. Rules that are not listed are removed. If omitted, existing
    /// rules are kept, and separate resources can manage rules.
    #[model(in_place, same = same_rules, if_given)]
    pub egress: Option<Vec<InlineRule>>,
    /// All rules for inbound traffic. Rules that are not listed are removed. If omitted, existing
    /// rules are kept, and separate resources can manage rules.
    #[model(in_place, same = same_rules, if_given)]
    pub ingress: Option<Vec<InlineRule>>,
    /// The name of the security group, unique within its VPC.
    #[model(replace, autoname)]
    pub name: String,
    /// Whether all remaining rules are revoked before the security group is deleted. Use this for a
    /// group that other programs add rules to.
    #[model(in_place, default = false, write_only)]
    pub revoke_rules_on_delete: bool,
    /// The tags of the security group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC. Defaults to the default VPC of the region.
    #[model(replace, aws_default, told, check = ids::vpc)]
    pub vpc_id: Option<String>,
}

/// What AWS says of a security group.
#[derive(Clone, Debug, Model)]
pub struct SecurityGroupState {
    /// The ARN of the security group.
    pub arn: String,
    /// The ID of the AWS account that owns the security group.
    pub owner_id: String,
}

/// A firewall around network interfaces.
pub struct SecurityGroup;

impl Kind for SecurityGroup {
    const TOKEN: &'static str = "agentic:ec2:SecurityGroup";
    const ID: &'static str = "the ID of the security group, such as `sg-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateSecurityGroup",
            "ec2:DescribeTags",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSecurityGroupRules",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        read: &["ec2:DescribeSecurityGroups"],
        update: &[
            "ec2:DescribeSecurityGroupRules",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        delete: &[
            "ec2:DeleteSecurityGroup",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
    };
    const NAME: Option<&'static NameRule> = Some(&SECURITY_GROUP);

    type Args = SecurityGroupArgs;
    type State = SecurityGroupState;

    fn rules(args: &SecurityGroupInputs, failures: &mut Failures) {
        check(&SecurityGroupArgs::EGRESS.into(), &args.egress, failures);
        check(&SecurityGroupArgs::INGRESS.into(), &args.ingress, failures);
    }

    fn hear(cx: &Cx, id: &str, old: &SecurityGroupInputs, new: &SecurityGroupInputs) {
        let wholes = Wholes::of(cx);
        wholes.hear(cx, id, List::Egress, old.egress.is_set(), new.egress.is_set());
        wholes.hear(cx, id, List::Ingress, old.ingress.is_set(), new.ingress.is_set());
    }

    async fn create(cx: &Cx, args: &SecurityGroupArgs) -> Result<String> {
        let vpc = args.vpc_id.as_deref().unwrap_or_default();
        if let Some(id) = left_behind_in::<Vpc, Self>(cx, vpc, "security group", args).await? {
            return Ok(id);
        }
        let tags = tagged(cx, ResourceType::SecurityGroup, &args.tags);
        let created = cx
            .client::<Client>()?
            .create_security_group()
            .group_name(&args.name)
            .description(&args.description)
            .set_vpc_id(args.vpc_id.clone())
            .tag_specifications(tags.clone())
            .send()
            .await
            .map_err(Error::from);
        match created {
            Ok(created) => {
                let id = created.group_id.unwrap_or_default();
                cx.makes_new();
                // Which VPC is the default one is not in the answer.
                if let (Some(vpc), Some(owner)) = (&args.vpc_id, cx.aws.account().await) {
                    let group = types::SecurityGroup::builder()
                        .group_id(&id)
                        .group_name(&args.name)
                        .description(&args.description)
                        .owner_id(owner)
                        .vpc_id(vpc)
                        .set_tags(tags.tags);
                    cx.tell(id.clone(), group.build());
                }
                Ok(id)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => same_name(cx, args, error).await,
            Err(error) => Err(error),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &SecurityGroupArgs) -> Result<()> {
        let there = rules(cx, id).await?;
        if args.egress.is_some() || args.ingress.is_some() {
            // The answer to the call that made the group has no rules.
            cx.forget();
        }
        match &args.egress {
            Some(egress) => put(cx, id, true, &there, egress).await?,
            // https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
            None => {
                let opened = there.iter().filter(|rule| is_from_aws(rule)).filter_map(rule_id);
                revoke_egress(cx, id, opened.collect()).await?;
            }
        }
        match &args.ingress {
            Some(ingress) => put(cx, id, false, &there, ingress).await,
            None => Ok(()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let owner_id = group.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: SecurityGroupObserved {
                egress: Some(Some(listed(id, &owner_id, group.ip_permissions_egress()))),
                ingress: Some(Some(listed(id, &owner_id, group.ip_permissions()))),
                tags: Some(tag_map(group.tags())),
                description: group.description,
                name: group.group_name,
                vpc_id: Some(group.vpc_id),
                ..SecurityGroupObserved::default()
            },
            state: SecurityGroupState {
                arn: cx.arn("ec2", &owner_id, &format!("security-group/{id}")),
                owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SecurityGroupArgs>) -> Result<()> {
        let SecurityGroupArgs { egress, ingress, .. } = update.new.as_ref();
        let egress = egress.as_ref().filter(|_| update.any(&[SecurityGroupArgs::EGRESS]));
        let ingress = ingress.as_ref().filter(|_| update.any(&[SecurityGroupArgs::INGRESS]));
        if egress.is_some() || ingress.is_some() {
            let there = rules(cx, id).await?;
            if let Some(egress) = egress {
                put(cx, id, true, &there, egress).await?;
            }
            if let Some(ingress) = ingress {
                put(cx, id, false, &there, ingress).await?;
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &SecurityGroupArgs) -> Result<()> {
        if args.revoke_rules_on_delete {
            let (egress, ingress): (Vec<_>, Vec<_>) =
                rules(cx, id).await?.into_iter().partition(|rule| rule.is_egress == Some(true));
            revoke_egress(cx, id, egress.iter().filter_map(rule_id).collect()).await?;
            revoke_ingress(cx, id, ingress.iter().filter_map(rule_id).collect()).await?;
        }
        cx.client::<Client>()?.delete_security_group().group_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let with = |name: &str| filter(name, [id.to_owned()]);
        let (interfaces, sources, destinations) = tokio::join!(
            holders::interfaces(cx, vec![with("group-id")]),
            named_by(cx, id, "ip-permission.group-id"),
            named_by(cx, id, "egress.ip-permission.group-id"),
        );
        holders::list([interfaces, sources, destinations])
    }
}

/// What to make of it that there is a group of this name: ours, if the answer to an earlier
/// attempt was lost.
async fn same_name(cx: &Cx, args: &SecurityGroupArgs, error: Error) -> Result<String> {
    let mut filters = vec![filter("group-name", [args.name.clone()])];
    filters.extend(args.vpc_id.clone().map(|vpc| filter("vpc-id", [vpc])));
    let found = cx.client::<Client>()?.describe_security_groups().set_filters(Some(filters)).send().await?;
    let named = found.security_groups().first();
    let Some(id) = named.and_then(|group| group.group_id()) else {
        return Err(error.with_kind(ErrorKind::NotReady));
    };
    let tags = named.map(|group| group.tags()).unwrap_or_default();
    may_claim::<SecurityGroup>(cx, id, tag_pairs(tags), error, "security group")?;
    Ok(id.to_owned())
}

/// The rules of a group.
pub(super) async fn rules(cx: &Cx, group: &str) -> Result<Vec<SecurityGroupRule>> {
    let client = cx.client::<Client>()?;
    let found = cx.batched(FILTER_VALUES, group.to_owned(), move |groups| {
        let pages =
            client.describe_security_group_rules().filters(filter("group-id", groups)).into_paginator();
        async move {
            let mut found: HashMap<String, Vec<SecurityGroupRule>> = HashMap::new();
            let all: Vec<SecurityGroupRule> = pages.items().send().try_collect().await?;
            for rule in all {
                found.entry(rule.group_id.clone().unwrap_or_default()).or_default().push(rule);
            }
            Ok(found)
        }
    });
    Ok(found.await?.unwrap_or_default())
}

/// Whether it is the rule by which AWS lets everything out of a new group, for IPv4 or for IPv6.
/// A rule that a program made has a tag at least.
fn is_from_aws(rule: &SecurityGroupRule) -> bool {
    let anywhere = rule.cidr_ipv4() == Some("0.0.0.0/0") || rule.cidr_ipv6() == Some("::/0");
    rule.is_egress == Some(true)
        && rule.ip_protocol() == Some("-1")
        && anywhere
        && rule.description().unwrap_or_default().is_empty()
        && rule.tags().is_empty()
}

fn rule_id(rule: &SecurityGroupRule) -> Option<String> {
    rule.security_group_rule_id.clone()
}

pub(super) async fn revoke_egress(cx: &Cx, group: &str, rules: Vec<String>) -> Result<()> {
    if !rules.is_empty() {
        let call = cx.client::<Client>()?.revoke_security_group_egress().group_id(group);
        call.set_security_group_rule_ids(Some(rules)).send().await?;
    }
    Ok(())
}

pub(super) async fn revoke_ingress(cx: &Cx, group: &str, rules: Vec<String>) -> Result<()> {
    if !rules.is_empty() {
        let call = cx.client::<Client>()?.revoke_security_group_ingress().group_id(group);
        call.set_security_group_rule_ids(Some(rules)).send().await?;
    }
    Ok(())
}

/// The other groups whose rules name a group.
async fn named_by(cx: &Cx, id: &str, filter_name: &str) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let by = filter(filter_name, [id.to_owned()]);
    let pages = client.describe_security_groups().filters(by).into_paginator();
    let groups: Vec<types::SecurityGroup> = pages.items().send().try_collect().await?;
    let others = groups.iter().map(|group| group.group_id().filter(|other| *other != id));
    Ok(holders::named("a rule of security group", others))
}

/// Whether this state has a group.
pub(super) async fn is_of_state(cx: &Cx, id: &str) -> Result<bool> {
    Ok(find(cx, id).await?.is_some_and(|group| cx.standing(tag_pairs(group.tags())).is_of_state()))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::SecurityGroup>> {
    find_by_id(cx, id, types::SecurityGroup::group_id, |client, ids| async move {
        let pages = client.describe_security_groups().filters(filter("group-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::Tag;

    #[test]
    fn only_the_rule_that_aws_makes_is_taken_away() {
        let rule = SecurityGroupRule::builder().is_egress(true).ip_protocol("-1").cidr_ipv4("0.0.0.0/0");
        assert!(is_from_aws(&rule.clone().build()));
        assert!(is_from_aws(&rule.clone().set_cidr_ipv4(None).cidr_ipv6("::/0").build()));
        let others = [
            rule.clone().is_egress(false),
            rule.clone().ip_protocol("tcp"),
            rule.clone().cidr_ipv4("10.0.0.0/8"),
            rule.clone().description("everything"),
            rule.tags(Tag::builder().key("agentic:token").value("1").build()),
        ];
        assert!(others.into_iter().all(|rule| !is_from_aws(&rule.build())));
    }
}
