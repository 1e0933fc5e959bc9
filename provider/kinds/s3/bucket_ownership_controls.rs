//! Whose the objects of a bucket are.

use aws_sdk_s3::Client;

use super::bucket::{ENFORCED, OWNERSHIP, owner_in, put_owner};
use super::{check_bucket, naming, setting};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Model, Prop};

/// The ownership of the objects of an S3 bucket, and whether access control lists are enabled.
/// Deleting the resource disables access control lists, as in a new bucket, unless the bucket still
/// has a list that grants access.
#[derive(Clone, Debug, Model)]
pub struct BucketOwnershipControlsArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The rule for all objects.
    #[model(in_place)]
    pub rule: OwnershipRule,
}

/// The ownership of objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct OwnershipRule {
    /// The owner: the bucket owner, with access control lists disabled (`BucketOwnerEnforced`); the
    /// bucket owner, if the writer grants it full control (`BucketOwnerPreferred`); or the writer
    /// (`ObjectWriter`).
    #[model(one_of = OWNERSHIP)]
    pub object_ownership: String,
}

/// The outputs of the ownership of objects.
#[derive(Clone, Debug, Model)]
pub struct BucketOwnershipControlsState {}

/// The ownership of objects.
pub struct BucketOwnershipControls;

impl Kind for BucketOwnershipControls {
    const TOKEN: &'static str = "agentic:s3:BucketOwnershipControls";
    const ID: &'static str = "the name of the bucket";
    const ACTIONS: Actions = Actions {
        create: &["s3:PutBucketOwnershipControls"],
        read: &["s3:GetBucketOwnershipControls"],
        update: &["s3:PutBucketOwnershipControls"],
        delete: &["s3:PutBucketOwnershipControls"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketOwnershipControlsArgs::BUCKET];

    type Args = BucketOwnershipControlsArgs;
    type State = BucketOwnershipControlsState;

    async fn create(cx: &Cx, args: &BucketOwnershipControlsArgs) -> Result<String> {
        let put = put_owner(cx, &args.bucket, &args.rule.object_ownership).await;
        put.map_err(naming(&args.bucket))?;
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = setting(cx.client::<Client>()?.get_bucket_ownership_controls().bucket(id).send()).await;
        let Some(Some(there)) = found(there)? else { return Ok(None) };
        let rule = OwnershipRule { object_ownership: owner_in(Some(there)) };
        let args = BucketOwnershipControlsArgs { bucket: id.to_owned(), rule };
        Ok(Some(Live { args: args.into(), state: BucketOwnershipControlsState {} }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<BucketOwnershipControlsArgs>) -> Result<()> {
        put_owner(cx, id, &update.new.rule.object_ownership).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketOwnershipControlsArgs) -> Result<()> {
        match put_owner(cx, id, ENFORCED).await {
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-existing-bucket.html
            Err(error) if error.code() == Some("InvalidBucketAclWithObjectOwnership") => Ok(()),
            put => put,
        }
    }
}
