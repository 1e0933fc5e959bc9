//! The look-up of a hosted zone.

use std::collections::BTreeMap;

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{HostedZone, TagResourceType, Vpc};

use super::name;
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;
use crate::engine::unsupported::Unsupported;
use crate::kinds::Function;
use crate::model::{Failures, Model};

/// Gets the hosted zone with the given ID, or with the given name that also matches all other
/// arguments. It is an error if no zone or more than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetZoneArgs {
    /// The name of the hosted zone, such as `example.com`.
    pub name: Option<String>,
    /// Whether to look for a private hosted zone, which only VPCs can resolve. If omitted, a public
    /// hosted zone is looked for.
    pub private_zone: Option<bool>,
    /// The tags that the hosted zone must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of a VPC that is associated with the hosted zone, which must be a private one.
    pub vpc_id: Option<String>,
    /// The ID of the hosted zone.
    pub zone_id: Option<String>,
}

/// A Route 53 hosted zone.
#[derive(Clone, Debug, Model)]
pub struct GetZoneResult {
    /// The ARN of the hosted zone.
    pub arn: String,
    /// The unique string that was specified when the hosted zone was created.
    pub caller_reference: String,
    /// The comment on the hosted zone.
    pub comment: String,
    /// The ID of the hosted zone.
    pub id: String,
    /// The name of the hosted zone, without the trailing dot.
    pub name: String,
    /// The name servers of the hosted zone, to which the registrar of the domain must delegate. A
    /// private zone has none.
    pub name_servers: Vec<String>,
    /// The first of the name servers of the hosted zone. Empty for a private zone.
    pub primary_name_server: String,
    /// Whether the hosted zone is private.
    pub private_zone: bool,
    /// The number of records in the hosted zone.
    pub resource_record_set_count: i64,
    /// The tags of the hosted zone.
    pub tags: BTreeMap<String, String>,
    /// The ID of the first VPC that is associated with the hosted zone, if it is private.
    pub vpc_id: Option<String>,
    /// The ID of the hosted zone.
    pub zone_id: String,
}

/// Finds a hosted zone.
pub struct GetZone;

impl Function for GetZone {
    const TOKEN: &'static str = "agentic:route53:getZone";
    const ACTIONS: &'static [&'static str] = &[
        "route53:GetHostedZone",
        "route53:ListHostedZones",
        "route53:ListHostedZonesByName",
        "route53:ListTagsForResource",
    ];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::GET_ZONE;

    type Args = GetZoneArgs;
    type Result = GetZoneResult;

    fn rules(args: &GetZoneInputs, failures: &mut Failures) {
        let has_tags = args.tags.is_unknown() || args.tags.get().is_some_and(|tags| !tags.is_empty());
        if !args.zone_id.is_set() && !args.name.is_set() && !args.vpc_id.is_set() && !has_tags {
            failures.add(GetZoneArgs::NAME, "is missing; give the name of the zone, or its zoneId");
        }
    }

    async fn call(cx: &Cx, args: &GetZoneArgs) -> Result<GetZoneResult> {
        if let Some(id) = &args.zone_id {
            return describe(cx, name::zone_id(id)).await;
        }
        let candidates = candidates(cx, args).await?;
        let described = candidates.iter().map(|zone| describe_with_vpcs(cx, name::zone_id(zone.id())));
        let mut fitting = futures::future::try_join_all(described).await?;
        fitting.retain(|(zone, vpcs)| {
            let seen = |vpc: &String| vpcs.iter().any(|one| one.vpc_id() == Some(vpc));
            args.vpc_id.as_ref().is_none_or(seen)
                && args.tags.iter().all(|(key, value)| zone.tags.get(key) == Some(value))
        });
        match fitting.len() {
            1 => Ok(fitting.swap_remove(0).0),
            0 => Err(none(cx, args).await),
            _ => {
                let ids: Vec<&str> = fitting.iter().map(|(zone, _)| zone.zone_id.as_str()).collect();
                let message = format!("there are {} {}: {}", ids.len(), wish(args, "zones"), ids.join(", "));
                Err(Error::new(ErrorKind::Invalid, message).with_hint("Give the zoneId of one of them."))
            }
        }
    }
}

/// The zones of the wanted name and sort.
async fn candidates(cx: &Cx, args: &GetZoneArgs) -> Result<Vec<HostedZone>> {
    let client = cx.client::<Client>()?;
    let all = match &args.name {
        Some(name) => {
            // Zones come in order of their names, those of this name first; a hundred are enough.
            let answer = client.list_hosted_zones_by_name().dns_name(name::canonical(name)).send().await?;
            answer.hosted_zones
        }
        None => client.list_hosted_zones().into_paginator().items().send().try_collect().await?,
    };
    let is_wanted = |zone: &HostedZone| {
        let is_private = zone.config().is_some_and(|config| config.private_zone());
        is_private == wants_private(args)
            && args.name.as_ref().is_none_or(|wanted| name::canonical(zone.name()) == name::canonical(wanted))
    };
    Ok(all.into_iter().filter(is_wanted).collect())
}

async fn describe(cx: &Cx, id: &str) -> Result<GetZoneResult> {
    Ok(describe_with_vpcs(cx, id).await?.0)
}

async fn describe_with_vpcs(cx: &Cx, id: &str) -> Result<(GetZoneResult, Vec<Vpc>)> {
    let client = cx.client::<Client>()?;
    let (answer, tagged) =
        tokio::try_join!(async { Ok::<_, Error>(client.get_hosted_zone().id(id).send().await?) }, async {
            let call = client.list_tags_for_resource().resource_type(TagResourceType::Hostedzone);
            Ok(call.resource_id(id).send().await?)
        },)?;
    let zone = answer.hosted_zone;
    let config = zone.as_ref().and_then(|zone| zone.config());
    let name_servers = answer.delegation_set.map(|set| set.name_servers).unwrap_or_default();
    let tags = tagged.resource_tag_set.and_then(|set| set.tags).unwrap_or_default();
    let tags = tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    let vpcs = answer.vpcs.unwrap_or_default();
    let result = GetZoneResult {
        arn: format!("arn:{}:route53:::hostedzone/{id}", partition(cx.region().unwrap_or_default())),
        caller_reference: zone.as_ref().map(|zone| zone.caller_reference().to_owned()).unwrap_or_default(),
        comment: config.and_then(|config| config.comment.clone()).unwrap_or_default(),
        id: id.to_owned(),
        name: name::canonical(zone.as_ref().map(|zone| zone.name()).unwrap_or_default()),
        primary_name_server: name_servers.first().cloned().unwrap_or_default(),
        name_servers,
        private_zone: config.is_some_and(|config| config.private_zone()),
        resource_record_set_count: zone
            .as_ref()
            .and_then(|zone| zone.resource_record_set_count)
            .unwrap_or_default(),
        tags: tags::visible(tags),
        vpc_id: vpcs.first().and_then(|vpc| vpc.vpc_id.clone()),
        zone_id: id.to_owned(),
    };
    Ok((result, vpcs))
}

fn wants_private(args: &GetZoneArgs) -> bool {
    args.private_zone.unwrap_or(args.vpc_id.is_some())
}

/// Zones as asked for, as they read in a sentence: `public hosted zone with the name example.com`.
fn wish(args: &GetZoneArgs, zone: &str) -> String {
    let mut text = format!("{} hosted {zone}", if wants_private(args) { "private" } else { "public" });
    text.extend(args.name.iter().map(|name| format!(" with the name {name}")));
    text.extend(args.vpc_id.iter().map(|vpc| format!(" that {vpc} sees")));
    text.extend(args.tags.iter().map(|(key, value)| format!(" tagged {key}={value}")));
    text
}

/// The error for a zone that is not there, with those that are.
async fn none(cx: &Cx, args: &GetZoneArgs) -> Error {
    let message = format!("there is no {}", wish(args, "zone"));
    let error = Error::new(ErrorKind::NotFound, message);
    let Ok(client) = cx.client::<Client>() else { return error };
    let Ok(found) = client.list_hosted_zones().max_items(20).send().await else { return error };
    let sort = |zone: &HostedZone| {
        if zone.config().is_some_and(|config| config.private_zone()) { " (private)" } else { "" }
    };
    let names: Vec<String> = found
        .hosted_zones()
        .iter()
        .map(|zone| format!("{}{}", name::canonical(zone.name()), sort(zone)))
        .collect();
    match names.is_empty() {
        true => error.with_hint("The account of these credentials has no hosted zone at all."),
        false => error.with_hint(format!("The zones of this account are: {}.", names.join(", "))),
    }
}
