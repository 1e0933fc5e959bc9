//! A tag of a resource that is not of this program.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Tag as AwsTag, TagDescription};

use super::{FILTER_VALUES, filter};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags::{self, Characters};
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike};
use crate::model::{Failures, Model, Prop};

/// A tag of an EC2 resource that the program does not create, such as an existing VPC or subnet.
/// For resources of the program, use `tags`.
#[derive(Clone, Debug, Model)]
pub struct TagArgs {
    /// The key of the tag.
    #[model(replace)]
    pub key: String,
    /// The ID of the resource.
    #[model(replace, check = check_resource)]
    pub resource_id: String,
    /// The value of the tag.
    #[model(in_place)]
    pub value: String,
}

/// What AWS says of a tag, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct TagState {}

/// A tag of a resource.
pub struct Tag;

impl Kind for Tag {
    const TOKEN: &'static str = "agentic:ec2:Tag";
    const ID: &'static str =
        "the ID of the resource and the key of the tag, separated by a comma, such as `subnet-0a1b2c3d,Name`";
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateTags", "ec2:DescribeTags"],
        read: &["ec2:DescribeTags"],
        update: &["ec2:CreateTags"],
        delete: &["ec2:DeleteTags"],
    };
    const APART: &'static [Prop<Self::Args>] = &[TagArgs::KEY, TagArgs::RESOURCE_ID];

    type Args = TagArgs;
    type State = TagState;

    fn rules(args: &TagInputs, failures: &mut Failures) {
        let Some(key) = args.key.get() else { return };
        let value = args.value.get().cloned().unwrap_or_default();
        for (_, problem) in tags::check(&BTreeMap::from([(key.clone(), value)]), Characters::Any) {
            failures.add(TagArgs::KEY, problem);
        }
    }

    async fn create(cx: &Cx, args: &TagArgs) -> Result<String> {
        // Setting a tag overwrites the one that is there.
        let id = format!("{},{}", args.resource_id, args.key);
        match all(cx, &args.resource_id).await?.get(&args.key) {
            Some(there) if *there == args.value => {
                claim_alike::<Self>(cx, &id, "tag of the resource", async { Ok(false) }).await?;
            }
            Some(there) => {
                let message = format!(
                    "{} has a tag {:?} already, with the value {there:?}",
                    args.resource_id, args.key
                );
                let hint =
                    format!("Take it over with `pulumi import` and the id {id}, or choose another key.");
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, &id);
                set(cx, args).await?;
            }
        }
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (resource, key) = parse(id)?;
        Ok(all(cx, resource).await?.remove(key).map(|value| Live {
            args: TagArgs { key: key.to_owned(), resource_id: resource.to_owned(), value }.into(),
            state: TagState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<TagArgs>) -> Result<()> {
        set(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &TagArgs) -> Result<()> {
        let (resource, key) = parse(id)?;
        let call = cx.client::<Client>()?.delete_tags().resources(resource);
        call.tags(AwsTag::builder().key(key).build()).send().await?;
        Ok(())
    }
}

/// All tags of a resource; one look serves all resources whose tags are asked for now.
async fn all(cx: &Cx, resource: &str) -> Result<HashMap<String, String>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(FILTER_VALUES, resource.to_owned(), move |ids| {
        let call = client.describe_tags().filters(filter("resource-id", ids));
        let pages = call.into_paginator().items().send();
        async move {
            let mut found: HashMap<String, HashMap<String, String>> = HashMap::new();
            let all: Vec<TagDescription> = pages.try_collect().await?;
            for tag in all {
                let of_resource = found.entry(tag.resource_id.unwrap_or_default()).or_default();
                of_resource.insert(tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
            }
            Ok(found)
        }
    });
    Ok(read.await?.unwrap_or_default())
}

async fn set(cx: &Cx, args: &TagArgs) -> Result<()> {
    let call = cx.client::<Client>()?.create_tags().resources(&args.resource_id);
    call.tags(super::tag(args.key.clone(), args.value.clone())).send().await?;
    Ok(())
}

/// An ID of EC2 has no comma.
fn parse(id: &str) -> Result<(&str, &str)> {
    let parts =
        id.split_once(',').filter(|(resource, key)| check_resource(resource).is_ok() && !key.is_empty());
    parts.ok_or_else(|| bad_id(id, Tag::ID))
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html>
fn check_resource(id: &str) -> Result<(), String> {
    match id.starts_with("arn:") || !id.contains('-') || id.contains(',') {
        true => Err(format!("is {id:?}; give the ID of an EC2 resource, such as subnet-0a1b2c3d")),
        false => Ok(()),
    }
}
