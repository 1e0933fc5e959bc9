//! A domain that resolves within a VPC, in which services get names.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_servicediscovery::Client;
use aws_sdk_servicediscovery::operation::list_namespaces::ListNamespacesOutput;
use aws_sdk_servicediscovery::types::{
    Namespace, NamespaceFilter, NamespaceFilterName, OperationTargetType, PrivateDnsNamespaceChange,
};

use super::{Asked, MapTags, failed, operation_of, progress, tag_list};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::owner::as_pairs;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Update, adopt, only_one, search};
use crate::model::{Model, Prop};

/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html>
const NAMESPACE: NameRule = NameRule {
    what: "private DNS namespace",
    max: 253,
    alphabet: Alphabet {
        words: "letters, digits, hyphens, underscores and dots",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "-_.".contains(c),
    },
    inner: ".",
    doubled: false,
    ..PLAIN
};

/// A private DNS namespace of AWS Cloud Map: a domain that resolves within a VPC, such as
/// `shop.internal`, in which ECS services register their tasks.
#[derive(Clone, Debug, Model)]
pub struct PrivateDnsNamespaceArgs {
    /// The description of the namespace.
    #[model(in_place, length = 0..=1024)]
    pub description: Option<String>,
    /// The domain name, such as `shop.internal`.
    #[model(replace, autoname)]
    pub name: String,
    /// The tags of the namespace.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC in which the names resolve.
    #[model(replace, check = ids::vpc)]
    pub vpc: String,
}

/// What AWS says of a private DNS namespace.
#[derive(Clone, Debug, Model)]
pub struct PrivateDnsNamespaceState {
    /// The ARN of the namespace.
    pub arn: String,
    /// The ID of the Route 53 hosted zone that Cloud Map creates for the namespace.
    pub hosted_zone: String,
}

/// A domain that resolves within a VPC.
pub struct PrivateDnsNamespace;

impl Kind for PrivateDnsNamespace {
    const TOKEN: &'static str = "agentic:servicediscovery:PrivateDnsNamespace";
    const ID: &'static str = "the ID of the namespace, such as `ns-0a1b2c3d4e5f6789`";
    // `ns-0a1b2c:vpc-0a1b2c`.
    const IMPORT_ID: fn(&str) -> &str = |id| id.split(':').next().unwrap_or(id);
    const NAME: Option<&'static NameRule> = Some(&NAMESPACE);
    const TAGS: TaggedBy = TaggedBy::service::<MapTags>();
    const ACTIONS: Actions = Actions {
        // Cloud Map makes the hosted zone with the caller's rights.
        create: &[
            "servicediscovery:CreatePrivateDnsNamespace",
            "servicediscovery:GetOperation",
            "servicediscovery:ListNamespaces",
            "ec2:DescribeVpcs",
            "route53:CreateHostedZone",
            "route53:GetHostedZone",
            "route53:ListHostedZonesByName",
        ],
        read: &["servicediscovery:GetNamespace", "route53:GetHostedZone"],
        update: &["servicediscovery:UpdatePrivateDnsNamespace", "servicediscovery:GetOperation"],
        delete: &[
            "servicediscovery:DeleteNamespace",
            "servicediscovery:GetNamespace",
            "route53:DeleteHostedZone",
        ],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the namespace is ready", usual: [30, 60], budget: Duration::from_secs(10 * 60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the namespace is gone", usual: [10, 60], budget: Duration::from_secs(10 * 60) });
    const PATIENCE: Duration = Duration::from_secs(10 * 60);
    // A VPC can have one hosted zone of a name.
    const APART: &'static [Prop<Self::Args>] = &[PrivateDnsNamespaceArgs::NAME, PrivateDnsNamespaceArgs::VPC];

    type Args = PrivateDnsNamespaceArgs;
    type State = PrivateDnsNamespaceState;

    async fn create(cx: &Cx, args: &PrivateDnsNamespaceArgs) -> Result<String> {
        if let Some(Asked(operation)) = cx.noted() {
            return made(cx, &operation).await;
        }
        if let Some(id) = search(cx, || left(cx, &args.name)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        let call = cx
            .client::<Client>()?
            .create_private_dns_namespace()
            .creator_request_id(cx.client_token())
            .set_description(args.description.clone())
            .name(&args.name)
            .set_tags(Some(tag_list(cx.owned(&args.tags))?))
            .vpc(&args.vpc);
        let operation = call.send().await?.operation_id.unwrap_or_default();
        cx.note(Asked(operation.clone()));
        made(cx, &operation).await
    }

    async fn ready(cx: &Cx, _id: &str, _args: &PrivateDnsNamespaceArgs) -> Result<Poll> {
        match cx.noted::<Asked>() {
            Some(Asked(operation)) => progress(cx, &operation).await,
            None => Ok(Poll::Ready(())),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let dns = there.properties.as_ref().and_then(|it| it.dns_properties());
        let zone = dns.and_then(|dns| dns.hosted_zone_id()).unwrap_or_default();
        Ok(Some(Live {
            args: PrivateDnsNamespaceObserved {
                description: Some(there.description.clone().filter(|text| !text.is_empty())),
                name: there.name.clone(),
                tags: None,
                vpc: vpc_of(cx, zone).await?,
            },
            state: PrivateDnsNamespaceState {
                arn: there.arn.clone().unwrap_or_default(),
                hosted_zone: zone.to_owned(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<PrivateDnsNamespaceArgs>) -> Result<()> {
        if !update.any(&[PrivateDnsNamespaceArgs::DESCRIPTION]) {
            return Ok(());
        }
        let description = update.new.description.clone().unwrap_or_default();
        let change = PrivateDnsNamespaceChange::builder().description(description).build();
        let call = cx.client::<Client>()?.update_private_dns_namespace().id(id).namespace(change);
        let answer = call.updater_request_id(cx.client_token()).send().await?;
        cx.note(Asked(answer.operation_id.unwrap_or_default()));
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &PrivateDnsNamespaceArgs) -> Result<()> {
        cx.client::<Client>()?.delete_namespace().id(id).send().await?;
        Ok(())
    }
}

/// The namespace that Cloud Map was asked to make, once it has an ID.
async fn made(cx: &Cx, operation: &str) -> Result<String> {
    let found = operation_of(cx, operation).await?;
    let id = found.as_ref().and_then(|it| it.targets()?.get(&OperationTargetType::Namespace).cloned());
    match id {
        Some(id) => Ok(id),
        None if found
            .as_ref()
            .is_some_and(|it| it.status.as_ref().is_some_and(|it| it.as_str() == "FAIL")) =>
        {
            Err(failed(found.as_ref()))
        }
        None => Err(Error::new(ErrorKind::NotReady, "AWS Cloud Map is creating the namespace")),
    }
}

/// What an earlier attempt to create this very namespace left. Names are not unique in an account.
async fn left(cx: &Cx, name: &str) -> Result<Option<String>> {
    let named = NamespaceFilter::builder().name(NamespaceFilterName::Name).values(name).build()?;
    let pages = cx.client::<Client>()?.list_namespaces().filters(named).into_paginator();
    let pages: Vec<ListNamespacesOutput> = pages.send().try_collect().await?;
    let all = pages.into_iter().flat_map(|page| page.namespaces.unwrap_or_default());
    let mut found = Vec::new();
    for one in all.filter(|one| one.name() == Some(name)) {
        let (id, arn) = (one.id.unwrap_or_default(), one.arn.unwrap_or_default());
        let tags = MapTags::list(cx, &Named { id: id.clone(), arn }).await?.unwrap_or_default();
        found.push((id, cx.standing(as_pairs(&tags))));
    }
    only_one::<PrivateDnsNamespace>(cx, "private DNS namespace", found)
}

/// The VPC in which the names resolve, which only the hosted zone tells.
async fn vpc_of(cx: &Cx, zone: &str) -> Result<Option<String>> {
    let call = cx.client::<aws_sdk_route53::Client>()?.get_hosted_zone().id(zone);
    let answer = found(call.send().await)?;
    let vpcs = answer.and_then(|answer| answer.vpcs).unwrap_or_default();
    Ok(vpcs.into_iter().find_map(|vpc| vpc.vpc_id))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<Namespace>> {
    let call = cx.client::<Client>()?.get_namespace().id(id);
    Ok(found(call.send().await)?.and_then(|answer| answer.namespace))
}
