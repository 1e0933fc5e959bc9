//! Amazon EC2: networks and what guards them.

mod availability_zones;
mod classic_rule;
mod codes;
mod default_security_group;
mod eip;
mod eip_association;
mod flow_log;
mod get_ami;
mod get_subnets;
mod get_vpc;
mod holders;
mod inline_route;
mod inline_rule;
mod instance;
mod internet_gateway;
mod key_pair;
mod launch_template;
mod look_ups;
mod main_route_table_association;
mod nat_gateway;
mod network_acl;
mod network_acl_entry;
mod network_acl_rule;
mod network_interface;
mod opening;
mod route;
mod route_table;
mod route_table_association;
mod search;
mod security_group;
mod security_group_rule;
mod subnet;
mod tag;
mod unsupported;
mod vpc;
mod vpc_endpoint;
mod vpc_peering_connection;
mod vpc_peering_connection_accepter;
mod vpc_tiers;

pub use availability_zones::*;
pub use classic_rule::*;
pub use default_security_group::*;
pub use eip::*;
pub use eip_association::*;
pub use flow_log::*;
pub use get_ami::*;
pub use get_subnets::*;
pub use get_vpc::*;
pub use inline_route::*;
pub use inline_rule::*;
pub use instance::*;
pub use internet_gateway::*;
pub use key_pair::*;
pub use launch_template::*;
pub use look_ups::*;
pub use main_route_table_association::*;
pub use nat_gateway::*;
pub use network_acl::*;
pub use network_acl_rule::*;
pub use network_interface::*;
pub use route::*;
pub use route_table::*;
pub use route_table_association::*;
pub use security_group::*;
pub use security_group_rule::*;
pub use subnet::*;
pub use tag::*;
pub use vpc::*;
pub use vpc_endpoint::*;
pub use vpc_peering_connection::*;
pub use vpc_peering_connection_accepter::*;
pub use vpc_tiers::*;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag as AwsTag, TagDescription, TagSpecification};

use super::{Kind, adopt, is_free, only_one, search};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};
use crate::aws::owner::{ATTEMPT, Standing, TOKEN};
use crate::aws::tags::Characters;
use crate::kinds::{Named, Setting, Tagging, Tags};
use crate::model::{Failures, In, Path, Prop};

/// How many ids one filter takes. <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>
const FILTER_VALUES: usize = 200;

/// How many resources one call tags.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>
const TAGGED: usize = 1000;

/// The tags that a create call gives to what it makes, the one that says whose it is included.
fn tagged(cx: &Cx, kind: ResourceType, user: &BTreeMap<String, String>) -> TagSpecification {
    let tags = cx.owned(user).into_iter().map(|(key, value)| tag(key, value));
    TagSpecification::builder().resource_type(kind).set_tags(Some(tags.collect())).build()
}

/// What an earlier attempt to create this very resource made, brought to what is wanted now. `what`
/// reads like `VPC`.
async fn left_behind<K: Kind>(cx: &Cx, what: &str, args: &K::Args) -> Result<Option<String>> {
    let found = search(cx, || async {
        let mut found = Vec::new();
        for (id, standing) in made_before(cx).await? {
            // The tags of what was deleted may stay visible for a while.
            if K::read(cx, &id).await?.is_some() {
                found.push((id, standing));
            }
        }
        only_one::<K>(cx, what, found)
    });
    match found.await? {
        Some(id) => adopt::<K>(cx, &id, args).await.map(Some),
        None => Ok(None),
    }
}

/// The same for what is part of something else, where there can be nothing if this deployment made the
/// whole a moment ago.
async fn left_behind_in<Whole: Kind, K: Kind>(
    cx: &Cx,
    whole: &str,
    what: &str,
    args: &K::Args,
) -> Result<Option<String>> {
    match is_free::<Whole, K>(cx, whole, "") {
        true => Ok(None),
        false => left_behind::<K>(cx, what, args).await,
    }
}

/// What attempts to create this very resource made.
async fn made_before(cx: &Cx) -> Result<Vec<(String, Standing)>> {
    let ids = made_with(cx, cx.token()).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let client = cx.client::<Client>()?;
    let attempts = [filter("key", [ATTEMPT.to_owned()]), filter("resource-id", ids.clone())];
    let found = client.describe_tags().set_filters(Some(attempts.into())).send().await?;
    let token = cx.token();
    let standing = |id: String| {
        let mut attempts = found.tags().iter().filter(|tag| tag.resource_id() == Some(&id));
        let attempt = attempts.next().map(|tag| (ATTEMPT, tag.value().unwrap_or_default()));
        let standing = cx.standing([(TOKEN, token.as_str())].into_iter().chain(attempt));
        (id, standing)
    };
    Ok(ids.into_iter().map(standing).collect())
}

/// The ids of what has this token.
async fn made_with(cx: &Cx, token: String) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let found = cx.batched(FILTER_VALUES, token, move |tokens| {
        let of_tokens = [filter("key", [TOKEN.to_owned()]), filter("value", tokens)];
        let pages = client.describe_tags().set_filters(Some(of_tokens.into())).into_paginator();
        async move {
            let mut found: HashMap<String, Vec<String>> = HashMap::new();
            let all: Vec<TagDescription> = pages.items().send().try_collect().await?;
            for tag in all {
                found.entry(tag.value.unwrap_or_default()).or_default().extend(tag.resource_id);
            }
            Ok(found)
        }
    });
    Ok(found.await?.unwrap_or_default())
}

/// Reads one thing by its id, together with all others of its kind that are asked for now.
async fn find_by_id<T, L, R>(cx: &Cx, id: &str, id_of: fn(&T) -> Option<&str>, load: L) -> Result<Option<T>>
where
    T: Clone + Send + Sync + 'static,
    L: Fn(Client, Vec<String>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<T>>> + Send + 'static,
{
    let client = cx.client::<Client>()?;
    cx.batched(FILTER_VALUES, id.to_owned(), move |ids| {
        let loaded = load(client.clone(), ids);
        async move {
            let with_id = |thing: T| Some((id_of(&thing)?.to_owned(), thing));
            Ok(loaded.await?.into_iter().filter_map(with_id).collect())
        }
    })
    .await
}

/// How EC2 tags what it has.
pub(super) struct Ec2Tags;

impl Tagging for Ec2Tags {
    const CHANGE: &'static [&'static str] = &["ec2:CreateTags", "ec2:DeleteTags"];
    const CHARACTERS: Characters = Characters::Any;

    fn setting(id: &str, key: &str) -> Option<Setting> {
        Some(Setting::of::<Tag>(format!("{id},{key}")))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags = tags.into_iter().map(|(key, value)| tag(key, value)).collect();
        cx.client::<Client>()?.create_tags().resources(&named.id).set_tags(Some(tags)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let remove = move |ids, keys: Vec<String>| {
            let keys = keys.into_iter().map(|key| AwsTag::builder().key(key).build()).collect();
            let call = client.delete_tags().set_resources(Some(ids)).set_tags(Some(keys));
            async { call.send().await.map(drop).map_err(Error::from) }
        };
        cx.together(TAGGED, &named.id, keys, remove).await
    }
}

fn tag_map(tags: &[AwsTag]) -> BTreeMap<String, String> {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())));
    pairs.collect()
}

fn tag_pairs(tags: &[AwsTag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)))
}

fn tag(key: String, value: String) -> AwsTag {
    AwsTag::builder().key(key).value(value).build()
}

fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// Notes it where not exactly one of some arguments is given. `what` completes "a route has one
/// ...".
fn exactly_one<A>(failures: &mut Failures, what: &str, arguments: &[(Prop<A>, &In<String>)]) {
    let named: Vec<_> = arguments.iter().map(|(name, value)| (name.name(), *value)).collect();
    exactly_one_of(failures, &Path::root(), what, &named);
}

/// The same for what stands deeper.
fn exactly_one_of(failures: &mut Failures, at: &Path, what: &str, arguments: &[(&str, &In<String>)]) {
    let names: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
    let given: Vec<_> = arguments.iter().filter(|(_, a)| a.get().is_some()).map(|(n, _)| *n).collect();
    match given.as_slice() {
        [] if arguments.iter().any(|(_, argument)| argument.is_unknown()) => {}
        [] => failures.add(at.key(names[0]), format!("is missing: {what}; give one of {}", names.join(", "))),
        [_] => {}
        [first, others @ ..] => {
            for other in others {
                let reason = format!("conflicts with {first}: {what}; give only one of them");
                failures.add(at.key(*other), reason);
            }
        }
    }
}

/// What AWS takes as the description of a security group or of a rule.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
fn check_description(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(bad) => {
            Err(format!("contains {bad:?}; use only letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_of_many_is_asked_for() {
        let text = |text: &str| In::from(text);
        let failures = |a: In<String>, b: In<String>| {
            let mut failures = Failures::new();
            exactly_one(
                &mut failures,
                "a route has one target",
                &[(RouteArgs::GATEWAY_ID, &a), (RouteArgs::NAT_GATEWAY_ID, &b)],
            );
            failures.to_string()
        };
        assert_eq!(failures(text("igw-1"), In::default()), "");
        assert_eq!(failures(In::default(), In::unknown()), "");
        // What is unknown may turn out to be nothing.
        assert_eq!(failures(text("igw-1"), In::unknown()), "");
        assert!(failures(In::default(), In::default()).contains("give one of gatewayId, natGatewayId"));
        assert!(failures(text("igw-1"), text("nat-1")).starts_with("natGatewayId: conflicts with gatewayId"));
    }

    #[test]
    fn a_description_has_the_characters_that_aws_takes() {
        assert_eq!(check_description("Managed by Pulumi (v2): web, api & db"), Ok(()));
        assert!(check_description("the web's group").unwrap_err().contains("'\\''"));
    }
}
