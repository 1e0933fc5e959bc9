//! An identity by which CloudFront reads a bucket, as it was done before origin access controls.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{CloudFrontOriginAccessIdentity, CloudFrontOriginAccessIdentityConfig};

use super::policies::{self, missing};
use super::told;
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::{Actions, Kind, Live, Update, search};
use crate::model::Model;

/// An origin access identity, with which CloudFront reads a private bucket. AWS recommends an
/// `OriginAccessControl` instead.
#[derive(Clone, Debug, Model)]
pub struct OriginAccessIdentityArgs {
    /// The comment on the identity.
    #[model(in_place, default = "", length = 0..=128)]
    pub comment: String,
}

/// The outputs of an origin access identity.
#[derive(Clone, Debug, Model)]
pub struct OriginAccessIdentityState {
    /// The ARN of the identity.
    pub arn: String,
    /// The unique value that identifies the request that created the identity.
    pub caller_reference: String,
    /// The path of the identity, for `originAccessIdentity` of the origin of a distribution:
    /// `origin-access-identity/cloudfront/<id>`.
    pub cloudfront_access_identity_path: String,
    /// The version of the identity.
    #[model(in_place)]
    pub etag: String,
    /// The ARN of the identity as a principal of the policy of a bucket.
    pub iam_arn: String,
    /// The canonical user ID of the identity, for access control lists.
    pub s3_canonical_user_id: String,
}

/// An origin access identity.
pub struct OriginAccessIdentity;

impl Kind for OriginAccessIdentity {
    const TOKEN: &'static str = "agentic:cloudfront:OriginAccessIdentity";
    const ID: &'static str = "the ID of the origin access identity, such as `E1A2B3C4D5E6F7`";
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateCloudFrontOriginAccessIdentity",
            "cloudfront:GetCloudFrontOriginAccessIdentity",
            "cloudfront:ListCloudFrontOriginAccessIdentities",
            "cloudfront:UpdateCloudFrontOriginAccessIdentity",
        ],
        read: &["cloudfront:GetCloudFrontOriginAccessIdentity"],
        update: &[
            "cloudfront:GetCloudFrontOriginAccessIdentity",
            "cloudfront:UpdateCloudFrontOriginAccessIdentity",
        ],
        delete: &[
            "cloudfront:GetCloudFrontOriginAccessIdentity",
            "cloudfront:DeleteCloudFrontOriginAccessIdentity",
        ],
    };
    const GLOBAL: bool = true;

    type Args = OriginAccessIdentityArgs;
    type State = OriginAccessIdentityState;

    /// CloudFront answers a reference that it knows with the identity that it made then, and refuses it
    /// with another comment.
    async fn create(cx: &Cx, args: &OriginAccessIdentityArgs) -> Result<String> {
        let reference = cx.token();
        match make(cx, args, &reference).await {
            Err(error) if error.code() == Some("CloudFrontOriginAccessIdentityAlreadyExists") => {
                match search(cx, || made_by(cx, &reference)).await? {
                    Some(id) => put(cx, &id, args).await.map(|()| id),
                    // AWS knows the reference from one that was deleted since.
                    None => make(cx, args, &cx.client_token()).await,
                }
            }
            made => made,
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = get(cx, id).await? else { return Ok(None) };
        let config = told(there.cloud_front_origin_access_identity_config, "the identity's settings")?;
        let partition = partition(cx.region().unwrap_or_default());
        Ok(Some(Live {
            args: OriginAccessIdentityArgs { comment: config.comment }.into(),
            state: OriginAccessIdentityState {
                arn: policies::arn(cx, &format!("origin-access-identity/{id}")).await?,
                caller_reference: config.caller_reference,
                cloudfront_access_identity_path: format!("origin-access-identity/cloudfront/{id}"),
                etag,
                iam_arn: format!(
                    "arn:{partition}:iam::cloudfront:user/CloudFront Origin Access Identity {id}"
                ),
                s3_canonical_user_id: there.s3_canonical_user_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<OriginAccessIdentityArgs>) -> Result<()> {
        put(cx, id, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &OriginAccessIdentityArgs) -> Result<()> {
        let Some((_, etag)) = get(cx, id).await? else { return Err(missing("origin access identity", id)) };
        let delete = cx.client::<Client>()?.delete_cloud_front_origin_access_identity();
        delete.id(id).if_match(etag).send().await?;
        Ok(())
    }
}

fn config(reference: &str, args: &OriginAccessIdentityArgs) -> Result<CloudFrontOriginAccessIdentityConfig> {
    let built = CloudFrontOriginAccessIdentityConfig::builder().caller_reference(reference);
    Ok(built.comment(&args.comment).build()?)
}

async fn make(cx: &Cx, args: &OriginAccessIdentityArgs, reference: &str) -> Result<String> {
    let make = cx.client::<Client>()?.create_cloud_front_origin_access_identity();
    let made = make.cloud_front_origin_access_identity_config(config(reference, args)?).send().await?;
    Ok(told(made.cloud_front_origin_access_identity, "the identity that it created")?.id)
}

/// What there is, and the version of it that a change must name.
async fn get(cx: &Cx, id: &str) -> Result<Option<(CloudFrontOriginAccessIdentity, String)>> {
    let answer = found(cx.client::<Client>()?.get_cloud_front_origin_access_identity().id(id).send().await)?;
    let Some(answer) = answer else { return Ok(None) };
    let there = told(answer.cloud_front_origin_access_identity, "the origin access identity")?;
    Ok(Some((there, answer.e_tag.unwrap_or_default())))
}

/// The identity that a request with this reference made.
async fn made_by(cx: &Cx, reference: &str) -> Result<Option<String>> {
    let client = cx.client::<Client>()?;
    let all = client.list_cloud_front_origin_access_identities().into_paginator().items().send();
    let all: Vec<_> = all.try_collect().await?;
    for item in all {
        let Some((there, _)) = get(cx, item.id()).await? else { continue };
        let config = there.cloud_front_origin_access_identity_config();
        if config.is_some_and(|config| config.caller_reference() == reference) {
            return Ok(Some(there.id));
        }
    }
    Ok(None)
}

async fn put(cx: &Cx, id: &str, args: &OriginAccessIdentityArgs) -> Result<()> {
    let Some((there, etag)) = get(cx, id).await? else { return Err(missing("origin access identity", id)) };
    let there = told(there.cloud_front_origin_access_identity_config, "the identity's settings")?;
    let put = cx.client::<Client>()?.update_cloud_front_origin_access_identity().id(id).if_match(etag);
    let config = config(&there.caller_reference, args)?;
    put.cloud_front_origin_access_identity_config(config).send().await?;
    Ok(())
}
