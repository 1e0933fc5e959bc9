//! The way between a VPC and the internet.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, ResourceType};

use super::{Ec2Tags, filter, find_by_id, holders, left_behind, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update};
use crate::model::Model;

/// An internet gateway: connects the public subnets of a VPC to the internet. An internet gateway
/// itself is free of charge.
#[derive(Clone, Debug, Model)]
pub struct InternetGatewayArgs {
    /// The tags of the internet gateway.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the VPC to attach the internet gateway to. A change from one VPC to another
    /// replaces the internet gateway, since the first VPC may still need its own.
    #[model(in_place, told, check = ids::vpc)]
    pub vpc_id: Option<String>,
}

/// What AWS says of an internet gateway.
#[derive(Clone, Debug, Model)]
pub struct InternetGatewayState {
    /// The ARN of the internet gateway.
    pub arn: String,
    /// The ID of the AWS account that owns the internet gateway.
    pub owner_id: String,
}

/// The way between a VPC and the internet.
pub struct InternetGateway;

impl Kind for InternetGateway {
    const TOKEN: &'static str = "agentic:ec2:InternetGateway";
    const ID: &'static str = "the ID of the internet gateway, such as `igw-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateInternetGateway",
            "ec2:DescribeTags",
            "ec2:AttachInternetGateway",
            "ec2:DetachInternetGateway",
        ],
        read: &["ec2:DescribeInternetGateways"],
        update: &["ec2:AttachInternetGateway", "ec2:DetachInternetGateway"],
        delete: &[
            "ec2:DeleteInternetGateway",
            "ec2:DetachInternetGateway",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeNetworkInterfaces",
        ],
    };

    type Args = InternetGatewayArgs;
    type State = InternetGatewayState;

    fn review(review: &mut Review<Self>) -> Result<()> {
        // Detaching is refused while the VPC has public addresses, and a VPC that is replaced has
        // them until the end.
        if review.changes(InternetGatewayArgs::VPC_ID)
            && review.old.vpc_id.is_set()
            && review.new.vpc_id.is_set()
        {
            review.replace(InternetGatewayArgs::VPC_ID);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &InternetGatewayArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "internet gateway", args).await? {
            return Ok(id);
        }
        let created = cx
            .client::<Client>()?
            .create_internet_gateway()
            .tag_specifications(tagged(cx, ResourceType::InternetGateway, &args.tags))
            .send()
            .await?;
        let Some(gateway) = created.internet_gateway else { return Ok(String::new()) };
        let id = gateway.internet_gateway_id.clone().unwrap_or_default();
        cx.tell(id.clone(), gateway);
        Ok(id)
    }

    async fn configure(cx: &Cx, id: &str, args: &InternetGatewayArgs) -> Result<()> {
        attach(cx, id, args.vpc_id.as_deref()).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(gateway) = find(cx, id).await? else { return Ok(None) };
        let owner_id = gateway.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: InternetGatewayObserved {
                tags: Some(tag_map(gateway.tags())),
                vpc_id: Some(attached(&gateway).first().map(|vpc| (*vpc).to_owned())),
            },
            state: InternetGatewayState {
                arn: cx.arn("ec2", &owner_id, &format!("internet-gateway/{id}")),
                owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<InternetGatewayArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&[InternetGatewayArgs::VPC_ID]) {
            attach(cx, id, new.vpc_id.as_deref()).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &InternetGatewayArgs) -> Result<()> {
        attach(cx, id, None).await?;
        cx.client::<Client>()?.delete_internet_gateway().internet_gateway_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let gateway = find(cx, id).await.ok()??;
        let vpcs = attached(&gateway).into_iter().map(str::to_owned);
        let public = [filter("vpc-id", vpcs), filter("association.public-ip", ["*".to_owned()])];
        holders::list([holders::interfaces(cx, public.into()).await])
    }
}

/// Sees to it that the gateway is attached to this VPC and to no other.
async fn attach(cx: &Cx, id: &str, vpc: Option<&str>) -> Result<()> {
    let client = cx.client::<Client>()?;
    let gateway = find(cx, id).await?;
    let attached = gateway.as_ref().map(attached).unwrap_or_default();
    for other in attached.iter().copied().filter(|other| Some(*other) != vpc) {
        found(client.detach_internet_gateway().internet_gateway_id(id).vpc_id(other).send().await)?;
    }
    if let Some(vpc) = vpc.filter(|vpc| !attached.contains(vpc)) {
        if gateway.is_none() {
            // It may be attached and not show yet.
            return Err(Error::new(ErrorKind::NotFound, format!("{id} is not visible yet")));
        }
        let told = cx.told::<_, types::InternetGateway>(&id.to_owned());
        cx.forget();
        client.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await?;
        if let Some(mut told) = told {
            let state = types::AttachmentStatus::from("available");
            let attachment = types::InternetGatewayAttachment::builder().vpc_id(vpc).state(state).build();
            told.attachments.get_or_insert_default().push(attachment);
            cx.tell(id.to_owned(), told);
        }
    }
    Ok(())
}

/// The VPCs that the gateway is attached to: one at most, as things are.
fn attached(gateway: &types::InternetGateway) -> Vec<&str> {
    let attachments = gateway.attachments().iter();
    // AWS calls an attached gateway "available".
    let here = attachments.filter(|a| a.state().is_none_or(|state| !state.as_str().starts_with("detach")));
    here.filter_map(|attachment| attachment.vpc_id()).collect()
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::InternetGateway>> {
    find_by_id(cx, id, types::InternetGateway::internet_gateway_id, |client, ids| async move {
        let filter = filter("internet-gateway-id", ids);
        let pages = client.describe_internet_gateways().filters(filter).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{AttachmentStatus, InternetGatewayAttachment};

    #[test]
    fn a_gateway_that_is_being_detached_is_attached_no_more() {
        let attachment = |vpc: &str, state: &str| {
            InternetGatewayAttachment::builder().vpc_id(vpc).state(AttachmentStatus::from(state)).build()
        };
        let gateway = types::InternetGateway::builder()
            .attachments(attachment("vpc-1", "detaching"))
            .attachments(attachment("vpc-2", "available"))
            .build();
        assert_eq!(attached(&gateway), ["vpc-2"]);
    }
}
