//! Who has asked for the objects of a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLoggingStatus, LoggingEnabled};

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::s3::{check_bucket, setting};
use crate::model::Model;

/// The server access logging of a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Logging {
    /// The name of the bucket that receives the records. Its policy must allow
    /// `logging.s3.amazonaws.com` to write, and it must be in the same region and account.
    #[model(check = check_bucket)]
    pub target_bucket: String,
    /// The prefix of the keys of the log objects.
    #[model(default = "")]
    pub target_prefix: String,
}

impl Logging {
    pub(super) fn from_aws(there: LoggingEnabled) -> Self {
        Logging { target_bucket: there.target_bucket, target_prefix: there.target_prefix }
    }
}

/// Writes where records of requests go. How their keys look stays as it is.
pub(super) async fn put(cx: &Cx, bucket: &str, wanted: &Logging) -> Result<()> {
    let there = if cx.is_new() { None } else { get_log(cx, bucket).await? };
    let format = there.and_then(|there| there.target_object_key_format);
    let built = LoggingEnabled::builder().target_bucket(&wanted.target_bucket);
    let built = built.target_prefix(&wanted.target_prefix).set_target_object_key_format(format);
    put_log(cx, bucket, Some(built.build()?)).await
}

pub(in crate::kinds::s3) async fn get_log(cx: &Cx, bucket: &str) -> Result<Option<LoggingEnabled>> {
    let there = setting(cx.client::<Client>()?.get_bucket_logging().bucket(bucket).send()).await?;
    Ok(there.and_then(|there| there.logging_enabled))
}

/// Writes all that is said of the log, or that there is none.
pub(in crate::kinds::s3) async fn put_log(cx: &Cx, bucket: &str, log: Option<LoggingEnabled>) -> Result<()> {
    let status = BucketLoggingStatus::builder().set_logging_enabled(log).build();
    cx.client::<Client>()?.put_bucket_logging().bucket(bucket).bucket_logging_status(status).send().await?;
    Ok(())
}
