//! Whether a bucket keeps versions of its objects.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::BucketVersioningStatus;

use super::bucket::{put_status, status};
use super::{check_bucket, naming, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Model, Path, Prop};

const DISABLED: &str = "Disabled";

/// The versioning of the objects of an S3 bucket. Deleting the resource suspends versioning:
/// existing versions are kept.
#[derive(Clone, Debug, Model)]
pub struct BucketVersioningArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The state of versioning.
    #[model(in_place)]
    pub versioning_configuration: VersioningConfiguration,
}

/// The state of versioning.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VersioningConfiguration {
    /// The state of versioning. Once versioning was enabled for a bucket, the state can only be
    /// `Enabled` or `Suspended`.
    #[model(one_of = ["Enabled", "Suspended", DISABLED])]
    pub status: String,
}

/// The outputs of versioning.
#[derive(Clone, Debug, Model)]
pub struct BucketVersioningState {}

/// The versioning of objects.
pub struct BucketVersioning;

impl Kind for BucketVersioning {
    const TOKEN: &'static str = "agentic:s3:BucketVersioning";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:PutBucketVersioning"],
        read: &["s3:GetBucketVersioning"],
        update: &["s3:PutBucketVersioning"],
        delete: &["s3:PutBucketVersioning", "s3:GetBucketVersioning"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketVersioningArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_VERSIONING;

    type Args = BucketVersioningArgs;
    type State = BucketVersioningState;

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>
    fn change_rules(old: &BucketVersioningInputs, new: &BucketVersioningInputs, failures: &mut Failures) {
        let status = |args: &BucketVersioningInputs| {
            args.versioning_configuration.get().and_then(|it| it.status.get().cloned())
        };
        let same_bucket = old.bucket.get() == new.bucket.get();
        if let (true, Some(old), Some(new)) = (same_bucket, status(old), status(new))
            && new == DISABLED
            && old != DISABLED
        {
            let at = Path::from(BucketVersioningArgs::VERSIONING_CONFIGURATION);
            let reason = "is Disabled, but versioning cannot be disabled once it was enabled; give Suspended";
            failures.add(at.key(VersioningConfiguration::STATUS), reason);
        }
    }

    async fn create(cx: &Cx, args: &BucketVersioningArgs) -> Result<String> {
        put(cx, args).await?;
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let client = cx.client::<Client>()?;
        let Some(there) = found(status(&client, id).await)? else { return Ok(None) };
        let status = there.map_or_else(|| DISABLED.to_owned(), |status| status.as_str().to_owned());
        let versioning_configuration = VersioningConfiguration { status };
        let args = BucketVersioningArgs { bucket: id.to_owned(), versioning_configuration };
        Ok(Some(Live { args: args.into(), state: BucketVersioningState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketVersioningArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketVersioningArgs) -> Result<()> {
        let client = cx.client::<Client>()?;
        match status(&client, id).await? {
            Some(BucketVersioningStatus::Enabled) => {
                put_status(cx, id, BucketVersioningStatus::Suspended).await
            }
            _ => Ok(()),
        }
    }
}

async fn put(cx: &Cx, args: &BucketVersioningArgs) -> Result<()> {
    let status = args.versioning_configuration.status.as_str();
    if status == DISABLED {
        return Ok(());
    }
    let put = put_status(cx, &args.bucket, BucketVersioningStatus::from(status)).await;
    put.map_err(naming(&args.bucket))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    #[test]
    fn versioning_is_never_disabled_again() {
        let input = |status: &str| {
            let args = json!({ "bucket": "a-bucket", "versioningConfiguration": { "status": status } });
            BucketVersioningArgs::read(Value::from_json(&args).as_object().unwrap(), &mut Failures::new())
        };
        let problems = |old: &str, new: &str| {
            let mut failures = Failures::new();
            BucketVersioning::change_rules(&input(old), &input(new), &mut failures);
            failures.iter().count()
        };
        assert_eq!((problems("Enabled", "Disabled"), problems("Suspended", "Disabled")), (1, 1));
        assert_eq!((problems("Enabled", "Suspended"), problems("Disabled", "Disabled")), (0, 0));
    }
}
