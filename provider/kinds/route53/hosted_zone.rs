//! A hosted zone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, HostedZone, HostedZoneConfig, ResourceRecordSet, RrType,
    TagResourceType, Vpc, VpcRegion,
};

use super::name::{self, same_name, same_zone};
use super::tagged::{self, reference};
use super::{Pending, unsupported, zone_name};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::owner::{RECENT, Standing, as_pairs};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::held::OutcomeUnknown;
use crate::kinds::{
    Actions, Kind, Live, Named, Review, TaggedBy, Tagging, Tags, Update, adopt, began, begin, only_one,
    search,
};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
const DOMAIN: NameRule = NameRule { what: "domain", alphabet: PRINTABLE, inner: "", bare: true, ..PLAIN };

/// A Route 53 hosted zone: the records of a domain. A public zone resolves on the internet, a
/// private zone only in the VPCs that are associated with it.
///
/// AWS charges by the month for each zone. At the registrar of a public domain, set the name
/// servers of the zone.
#[derive(Clone, Debug, Model)]
pub struct ZoneArgs {
    /// The comment on the hosted zone.
    #[model(in_place, default = "Managed by Pulumi", length = 0..=256)]
    pub comment: String,
    /// The ID of the reusable delegation set, whose name servers the zone gets. Only for public zones.
    #[model(replace, same = same_delegation_set)]
    pub delegation_set_id: Option<String>,
    /// Whether all records of the hosted zone are deleted with it. If `false`, a zone with records
    /// other than its NS and SOA records cannot be deleted.
    #[model(in_place, write_only, default = false)]
    pub force_destroy: bool,
    /// The name of the domain, such as `example.com`.
    #[model(replace, autoname, length = 1..=255, same = same_name, check = check_name)]
    pub name: String,
    /// The tags of the hosted zone.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The VPCs of a private hosted zone. If omitted, the zone is public. A change between public
    /// and private replaces the zone.
    #[model(in_place, set, default = [])]
    pub vpcs: Vec<ZoneVpc>,
}

/// A VPC of a private hosted zone.
#[derive(Clone, Debug, Model)]
pub struct ZoneVpc {
    /// The ID of the VPC. DNS support and DNS hostnames of the VPC must be enabled.
    #[model(check = ids::vpc)]
    pub vpc_id: String,
    /// The AWS region of the VPC. Defaults to the region of the provider.
    #[model(aws_default)]
    pub vpc_region: Option<String>,
}

/// What AWS says of a hosted zone.
#[derive(Clone, Debug, Model)]
pub struct ZoneState {
    /// The ARN of the hosted zone.
    pub arn: String,
    /// The name servers of the hosted zone. A private zone has none.
    pub name_servers: Vec<String>,
    /// The first of the name servers of the hosted zone. Empty for a private zone.
    pub primary_name_server: String,
    /// The ID of the hosted zone.
    pub zone_id: String,
}

/// A hosted zone.
pub struct Zone;

impl Kind for Zone {
    const TOKEN: &'static str = "agentic:route53:Zone";
    const ID: &'static str = "the ID of the hosted zone, such as `Z0123456789ABCDEFGHIJ`";
    const NAME: Option<&'static NameRule> = Some(&DOMAIN);
    const TAGS: TaggedBy = TaggedBy::service::<ZoneTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "route53:CreateHostedZone",
            "route53:AssociateVPCWithHostedZone",
            "route53:ChangeTagsForResource",
            "route53:GetChange",
            "route53:GetHostedZone",
            "route53:ListHostedZonesByName",
            "route53:ListTagsForResource",
            "ec2:DescribeVpcs",
        ],
        read: &["route53:GetHostedZone"],
        update: &[
            "route53:UpdateHostedZoneComment",
            "route53:AssociateVPCWithHostedZone",
            "route53:DisassociateVPCFromHostedZone",
            "route53:GetChange",
            "route53:GetHostedZone",
            "ec2:DescribeVpcs",
        ],
        delete: &[
            "route53:DeleteHostedZone",
            "route53:GetHostedZone",
            "route53:ListResourceRecordSets",
            "route53:ChangeResourceRecordSets",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "all name servers of Route 53 have the zone",
        usual: [25, 60],
        budget: Duration::from_secs(30 * 60),
    });
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = unsupported::ZONE;

    type Args = ZoneArgs;
    type State = ZoneState;

    fn rules(args: &ZoneInputs, failures: &mut Failures) {
        if args.delegation_set_id.is_set() && args.vpcs.get().is_some_and(|vpcs| !vpcs.is_empty()) {
            let reason = "is for public zones; leave it out, or leave out vpcs";
            failures.add(ZoneArgs::DELEGATION_SET_ID, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let is_private = |args: &ZoneInputs| args.vpcs.get().map(|vpcs| !vpcs.is_empty());
        if let (Some(was), Some(is)) = (is_private(review.old), is_private(review.new))
            && was != is
        {
            review.replace(ZoneArgs::VPCS);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ZoneArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx, &args.name)).await? {
            sign(cx, &id, args).await?;
            return adopt::<Self>(cx, &id, args).await;
        }
        begin(cx, &args.name);
        let private = !args.vpcs.is_empty();
        let config = HostedZoneConfig::builder().comment(&args.comment).private_zone(private).build();
        let call = cx
            .client::<Client>()?
            .create_hosted_zone()
            .caller_reference(reference(cx))
            .name(&args.name)
            .hosted_zone_config(config)
            .set_delegation_set_id(args.delegation_set_id.clone())
            .set_vpc(args.vpcs.first().map(|vpc| vpc.to_aws(cx)));
        let made = call.send().await?;
        Pending::note(cx, made.change_info());
        let id = made.hosted_zone().map(|zone| name::zone_id(zone.id()).to_owned()).unwrap_or_default();
        sign(cx, &id, args).await?;
        Ok(id)
    }

    async fn configure(cx: &Cx, id: &str, args: &ZoneArgs) -> Result<()> {
        match args.vpcs.len() {
            0 | 1 => Ok(()),
            _ => associate(cx, id, &args.vpcs).await,
        }
    }

    async fn ready(cx: &Cx, _id: &str, _args: &ZoneArgs) -> Result<Poll> {
        Pending::look(cx).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(answer) = find(cx, id).await? else { return Ok(None) };
        let (vpcs, set) = (answer.vpcs(), answer.delegation_set());
        let Some(zone) = answer.hosted_zone() else { return Ok(None) };
        let name_servers = set.map(|set| set.name_servers().to_vec()).unwrap_or_default();
        Ok(Some(Live {
            args: ZoneObserved {
                comment: Some(
                    zone.config().and_then(|config| config.comment()).unwrap_or_default().to_owned(),
                ),
                delegation_set_id: Some(
                    set.and_then(|set| set.id())
                        .filter(|id| !id.is_empty())
                        .map(|id| bare_set(id).to_owned()),
                ),
                force_destroy: None,
                name: Some(name::canonical(zone.name())),
                tags: None,
                vpcs: Some(vpcs.iter().map(ZoneVpc::of).collect()),
            },
            state: ZoneState {
                arn: format!(
                    "arn:{}:route53:::hostedzone/{}",
                    partition(cx.region().unwrap_or_default()),
                    name::zone_id(id)
                ),
                primary_name_server: name_servers.first().cloned().unwrap_or_default(),
                name_servers,
                zone_id: name::zone_id(id).to_owned(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ZoneArgs>) -> Result<()> {
        if update.any(&[ZoneArgs::COMMENT]) {
            let call = cx.client::<Client>()?.update_hosted_zone_comment().id(id);
            call.comment(&update.new.comment).send().await?;
        }
        match update.any(&[ZoneArgs::VPCS]) {
            true => associate(cx, id, &update.new.vpcs).await,
            false => Ok(()),
        }
    }

    async fn delete(cx: &Cx, id: &str, args: &ZoneArgs) -> Result<()> {
        let others = others(cx, id).await?;
        match others.is_empty() || args.force_destroy {
            true => clear(cx, id, others).await?,
            false => return Err(holds(id, &others)),
        }
        cx.client::<Client>()?.delete_hosted_zone().id(id).send().await?;
        Ok(())
    }
}

impl ZoneVpc {
    fn to_aws(&self, cx: &Cx) -> Vpc {
        let region = self.vpc_region.as_deref().or(cx.region());
        Vpc::builder().vpc_id(&self.vpc_id).set_vpc_region(region.map(VpcRegion::from)).build()
    }

    fn of(vpc: &Vpc) -> Self {
        let vpc_region = vpc.vpc_region().map(|region| region.as_str().to_owned());
        ZoneVpc { vpc_id: vpc.vpc_id().unwrap_or_default().to_owned(), vpc_region }
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<GetHostedZoneOutput>> {
    found(cx.client::<Client>()?.get_hosted_zone().id(id).send().await)
}

/// What an earlier attempt to create this very zone left. Names are not unique in an account; what
/// Route 53 keeps of the request tells which resource made it.
async fn left(cx: &Cx, wanted: &str) -> Result<Option<String>> {
    let wanted = name::canonical(wanted);
    // Zones come in the order of their names, those of this name first.
    let call = cx.client::<Client>()?.list_hosted_zones_by_name().dns_name(&wanted);
    let answer = call.send().await?;
    let ours = |zone: &&HostedZone| {
        name::canonical(zone.name()) == wanted && zone.caller_reference().starts_with(&cx.token())
    };
    let mut found = Vec::new();
    for zone in answer.hosted_zones().iter().filter(ours) {
        let id = name::zone_id(zone.id()).to_owned();
        let tags = ZoneTags::list(cx, &named(&id)).await?.unwrap_or_default();
        let standing = match cx.standing(as_pairs(&tags)) {
            // It broke off before the tags were there.
            Standing::Foreign if cx.noted::<OutcomeUnknown>().is_some() || began(cx, &wanted) => {
                Standing::Left(Duration::ZERO)
            }
            Standing::Foreign => Standing::Left(RECENT.saturating_mul(2)),
            known => known,
        };
        found.push((id, standing));
    }
    only_one::<Zone>(cx, "hosted zone", found)
}

/// Gives the zone the tags that say whose it is, which no call that makes one takes.
async fn sign(cx: &Cx, id: &str, args: &ZoneArgs) -> Result<()> {
    ZoneTags::set(cx, &named(id), cx.owned(&args.tags)).await
}

/// Associates the VPCs that are wanted, and then takes the others away: a zone always has one.
async fn associate(cx: &Cx, id: &str, wanted: &[ZoneVpc]) -> Result<()> {
    let there = find(cx, id).await?.and_then(|answer| answer.vpcs).unwrap_or_default();
    let client = cx.client::<Client>()?;
    let has = |vpcs: &[Vpc], one: &str| vpcs.iter().any(|vpc| vpc.vpc_id() == Some(one));
    for vpc in wanted.iter().filter(|vpc| !has(&there, &vpc.vpc_id)) {
        let call = client.associate_vpc_with_hosted_zone().hosted_zone_id(id);
        Pending::note(cx, call.vpc(vpc.to_aws(cx)).send().await?.change_info());
    }
    let wanted: BTreeSet<&str> = wanted.iter().map(|vpc| vpc.vpc_id.as_str()).collect();
    for vpc in there.into_iter().filter(|vpc| !wanted.contains(vpc.vpc_id().unwrap_or_default())) {
        let call = client.disassociate_vpc_from_hosted_zone().hosted_zone_id(id).vpc(vpc);
        Pending::note(cx, call.send().await?.change_info());
    }
    Ok(())
}

/// The records that are not the zone's own: AWS makes an NS and a SOA record with each zone, which go
/// with it.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html>
async fn others(cx: &Cx, id: &str) -> Result<Vec<ResourceRecordSet>> {
    let zone = zone_name(cx, id).await?;
    let is_own = |set: &ResourceRecordSet| {
        name::canonical(set.name()) == zone && matches!(set.r#type(), RrType::Ns | RrType::Soa)
    };
    let client = cx.client::<Client>()?;
    let (mut all, mut from) = (Vec::new(), None::<(String, RrType, Option<String>)>);
    loop {
        let mut call = client.list_resource_record_sets().hosted_zone_id(id);
        if let Some((name, kind, set)) = from.take() {
            call = call.start_record_name(name).start_record_type(kind).set_start_record_identifier(set);
        }
        let Some(page) = found(call.send().await)? else { return Ok(all) };
        all.extend(page.resource_record_sets.into_iter().filter(|set| !is_own(set)));
        match (page.is_truncated, page.next_record_name, page.next_record_type) {
            (true, Some(name), Some(kind)) => from = Some((name, kind, page.next_record_identifier)),
            _ => return Ok(all),
        }
    }
}

/// How many records one call deletes.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets>
const BATCH: usize = 100;

async fn clear(cx: &Cx, id: &str, records: Vec<ResourceRecordSet>) -> Result<()> {
    for records in records.chunks(BATCH) {
        let delete = |set: &ResourceRecordSet| {
            Change::builder().action(ChangeAction::Delete).resource_record_set(set.clone()).build()
        };
        let changes = records.iter().map(delete).collect::<Result<Vec<_>, _>>()?;
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build()?;
        let call = cx.client::<Client>()?.change_resource_record_sets().hosted_zone_id(id);
        call.change_batch(batch).send().await?;
    }
    Ok(())
}

/// How many records an error names.
const NAMED: usize = 5;

fn holds(id: &str, records: &[ResourceRecordSet]) -> Error {
    let name = |set: &ResourceRecordSet| format!("{} {}", name::canonical(set.name()), set.r#type().as_str());
    let mut names: Vec<String> = records.iter().take(NAMED).map(name).collect();
    if records.len() > NAMED {
        names.push(format!("{} more", records.len() - NAMED));
    }
    let message =
        format!("the hosted zone {id} has records that are not of this stack: {}", names.join(", "));
    Error::new(ErrorKind::Invalid, message).with_hint(
        "Delete them, or give the zone forceDestroy: true and run `pulumi up` before `pulumi destroy`.",
    )
}

fn named(id: &str) -> Named {
    Named { id: id.to_owned(), arn: String::new() }
}

/// The ID of a delegation set without the path that some answers have before it.
fn bare_set(id: &str) -> &str {
    id.strip_prefix("/delegationset/").unwrap_or(id)
}

fn same_delegation_set(actual: &crate::model::Value, wanted: &crate::model::Value) -> bool {
    same_zone(actual, wanted) || actual.as_str().map(bare_set) == wanted.as_str().map(bare_set)
}

/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
fn check_name(name: &str) -> Result<(), String> {
    let labels = name.strip_suffix('.').unwrap_or(name).split('.');
    let bad = labels.map(|label| (label, label.len())).find(|(_, length)| !(1..=63).contains(length));
    match bad {
        None if !name.contains(char::is_whitespace) && !name.contains('/') => Ok(()),
        None => Err(format!("is {name:?}; give the name of a domain, such as example.com")),
        Some((label, _)) => {
            Err(format!("has the part {label:?}; each part between the dots has 1 to 63 characters"))
        }
    }
}

/// How Route 53 tags hosted zones.
struct ZoneTags;

impl Tagging for ZoneTags {
    const LIST: &'static [&'static str] = tagged::LIST;
    const CHANGE: &'static [&'static str] = tagged::CHANGE;

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        tagged::list(cx, TagResourceType::Hostedzone, name::zone_id(&named.id)).await
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        tagged::set(cx, TagResourceType::Hostedzone, name::zone_id(&named.id), tags).await
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        tagged::remove(cx, TagResourceType::Hostedzone, name::zone_id(&named.id), keys).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_that_of_a_domain() {
        for name in ["example.com", "example.com.", "_internal.shop", "10.in-addr.arpa", "local"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        assert!(check_name("a..b").unwrap_err().contains("1 to 63"));
        assert!(check_name(&"a".repeat(64)).is_err());
        assert!(check_name("https://example.com").unwrap_err().contains("such as example.com"));
    }

    #[test]
    fn what_holds_a_zone_is_named() {
        let set = |name: &str| ResourceRecordSet::builder().name(name).r#type(RrType::A).build().unwrap();
        let sets: Vec<_> = (0..7).map(|n| set(&format!("n{n}.example.com."))).collect();
        let told = holds("Z1", &sets).to_string();
        assert!(told.contains("n0.example.com A") && told.contains("2 more"), "{told}");
        assert!(told.contains("forceDestroy"), "{told}");
    }
}
