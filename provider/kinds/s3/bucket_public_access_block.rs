//! Whether the public may get at a bucket.

use aws_sdk_s3::Client;

use super::bucket::PublicAccess;
use super::{check_bucket, naming, setting};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Model, Prop};

/// The settings that block public access to an S3 bucket, regardless of policies and access control
/// lists. A setting that is omitted is disabled, although all settings are enabled for a new
/// bucket. Deleting the resource enables all settings.
#[derive(Clone, Debug, Model)]
pub struct BucketPublicAccessBlockArgs {
    /// Whether new access control lists that grant public access are refused.
    #[model(in_place, default = false)]
    pub block_public_acls: bool,
    /// Whether new bucket policies that grant public access are refused.
    #[model(in_place, default = false)]
    pub block_public_policy: bool,
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// Whether access control lists that grant public access are ignored.
    #[model(in_place, default = false)]
    pub ignore_public_acls: bool,
    /// Whether a bucket policy that grants public access is restricted to AWS services and the
    /// account of the bucket.
    #[model(in_place, default = false)]
    pub restrict_public_buckets: bool,
    /// Whether the settings are kept when the resource is deleted.
    #[model(in_place, default = false, write_only)]
    pub skip_destroy: bool,
}

/// The outputs of the settings that block public access.
#[derive(Clone, Debug, Model)]
pub struct BucketPublicAccessBlockState {}

/// The settings that block public access.
pub struct BucketPublicAccessBlock;

impl Kind for BucketPublicAccessBlock {
    const TOKEN: &'static str = "agentic:s3:BucketPublicAccessBlock";
    const ID: &'static str = "the name of the bucket";
    const ACTIONS: Actions = Actions {
        create: &["s3:PutBucketPublicAccessBlock"],
        read: &["s3:GetBucketPublicAccessBlock"],
        update: &["s3:PutBucketPublicAccessBlock"],
        delete: &["s3:PutBucketPublicAccessBlock"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketPublicAccessBlockArgs::BUCKET];

    type Args = BucketPublicAccessBlockArgs;
    type State = BucketPublicAccessBlockState;

    async fn create(cx: &Cx, args: &BucketPublicAccessBlockArgs) -> Result<String> {
        put(cx, args).await?;
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = setting(cx.client::<Client>()?.get_public_access_block().bucket(id).send()).await;
        let Some(Some(there)) = found(there)? else { return Ok(None) };
        let there = PublicAccess::from_aws(there.public_access_block_configuration);
        Ok(Some(Live {
            args: BucketPublicAccessBlockObserved {
                block_public_acls: Some(there.block_public_acls),
                block_public_policy: Some(there.block_public_policy),
                bucket: Some(id.to_owned()),
                ignore_public_acls: Some(there.ignore_public_acls),
                restrict_public_buckets: Some(there.restrict_public_buckets),
                ..BucketPublicAccessBlockObserved::default()
            },
            state: BucketPublicAccessBlockState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketPublicAccessBlockArgs>) -> Result<()> {
        match update.any_but(&[BucketPublicAccessBlockArgs::SKIP_DESTROY]) {
            true => put(cx, &update.new).await,
            false => Ok(()),
        }
    }

    /// A bucket without the settings would be open to whatever its policy says.
    async fn delete(cx: &Cx, id: &str, args: &BucketPublicAccessBlockArgs) -> Result<()> {
        match args.skip_destroy {
            true => Ok(()),
            false => PublicAccess::CLOSED.put(cx, id).await,
        }
    }
}

async fn put(cx: &Cx, args: &BucketPublicAccessBlockArgs) -> Result<()> {
    let access = PublicAccess {
        block_public_acls: args.block_public_acls,
        block_public_policy: args.block_public_policy,
        ignore_public_acls: args.ignore_public_acls,
        restrict_public_buckets: args.restrict_public_buckets,
    };
    access.put(cx, &args.bucket).await.map_err(naming(&args.bucket))
}
