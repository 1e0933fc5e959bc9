//! How the objects of a bucket are encrypted where a request says nothing of it.

use aws_sdk_s3::Client;

use super::bucket::{Encryption, EncryptionRule, check_rule};
use super::{check_bucket, naming, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Model, Path, Prop};

/// The default encryption of the objects of an S3 bucket. Deleting the resource restores the
/// default of a new bucket: Amazon S3 managed keys (SSE-S3).
#[derive(Clone, Debug, Model)]
pub struct BucketServerSideEncryptionConfigurationArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The rule for new objects, as a list with a single item.
    #[model(in_place, length = 1..=1)]
    pub rules: Vec<EncryptionRule>,
}

/// The outputs of the default encryption.
#[derive(Clone, Debug, Model)]
pub struct BucketServerSideEncryptionConfigurationState {}

/// The default encryption of objects.
pub struct BucketServerSideEncryptionConfiguration;

impl Kind for BucketServerSideEncryptionConfiguration {
    const TOKEN: &'static str = "agentic:s3:BucketServerSideEncryptionConfiguration";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"],
        read: &["s3:GetEncryptionConfiguration"],
        update: &["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"],
        delete: &["s3:PutEncryptionConfiguration"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketServerSideEncryptionConfigurationArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] =
        super::unsupported::BUCKET_SERVER_SIDE_ENCRYPTION_CONFIGURATION;

    type Args = BucketServerSideEncryptionConfigurationArgs;
    type State = BucketServerSideEncryptionConfigurationState;

    fn rules(args: &BucketServerSideEncryptionConfigurationInputs, failures: &mut Failures) {
        for (index, rule) in args.rules.get().into_iter().flatten().enumerate() {
            let at = Path::from(BucketServerSideEncryptionConfigurationArgs::RULES).index(index);
            rule.get().into_iter().for_each(|rule| check_rule(rule, &at, failures));
        }
    }

    async fn create(cx: &Cx, args: &BucketServerSideEncryptionConfigurationArgs) -> Result<String> {
        put(cx, args).await?;
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = setting(cx.client::<Client>()?.get_bucket_encryption().bucket(id).send()).await;
        let Some(Some(there)) = found(there)? else { return Ok(None) };
        let there = Encryption::from_aws(there.server_side_encryption_configuration);
        let args = BucketServerSideEncryptionConfigurationArgs {
            bucket: id.to_owned(),
            rules: vec![EncryptionRule::from(there)],
        };
        Ok(Some(Live { args: args.into(), state: BucketServerSideEncryptionConfigurationState {} }))
    }

    async fn update(
        cx: &Cx,
        _id: &str,
        update: &Update<BucketServerSideEncryptionConfigurationArgs>,
    ) -> Result<()> {
        put(cx, &update.new).await
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html>
    async fn delete(cx: &Cx, id: &str, _args: &BucketServerSideEncryptionConfigurationArgs) -> Result<()> {
        cx.client::<Client>()?.delete_bucket_encryption().bucket(id).send().await?;
        Ok(())
    }
}

async fn put(cx: &Cx, args: &BucketServerSideEncryptionConfigurationArgs) -> Result<()> {
    let Some(rule) = args.rules.first() else { return Ok(()) };
    Encryption::from(rule).put(cx, &args.bucket).await.map_err(naming(&args.bucket))
}
