//! Versions of objects.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::Model;

/// The versioning of objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Versioning {
    /// Whether versioning is enabled. Disabling it suspends versioning: existing versions are kept.
    #[model(default = false)]
    pub enabled: bool,
}

/// Whether a bucket keeps versions; nothing where it never did.
pub(in crate::kinds::s3) async fn status(
    client: &Client,
    bucket: &str,
) -> Result<Option<BucketVersioningStatus>> {
    match client.get_bucket_versioning().bucket(bucket).send().await {
        // Services that speak S3's protocol may give the document another name.
        Err(SdkError::ServiceError(answer)) if answer.raw().status().is_success() => {
            let body = answer.raw().body().bytes().unwrap_or_default();
            match status_in(&String::from_utf8_lossy(body)) {
                Some(status) => Ok(status),
                None => Err(SdkError::ServiceError(answer).into()),
            }
        }
        answer => Ok(answer?.status),
    }
}

/// A bucket that once had it has it suspended; it is never off again.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>
pub(in crate::kinds::s3) async fn put_status(
    cx: &Cx,
    bucket: &str,
    status: BucketVersioningStatus,
) -> Result<()> {
    let versioning = VersioningConfiguration::builder().status(status).build();
    let put = cx.client::<Client>()?.put_bucket_versioning().bucket(bucket);
    put.versioning_configuration(versioning).send().await?;
    Ok(())
}

impl Versioning {
    pub(super) fn from_aws(status: Option<BucketVersioningStatus>) -> Self {
        Versioning { enabled: status == Some(BucketVersioningStatus::Enabled) }
    }

    pub(super) fn status(&self) -> BucketVersioningStatus {
        match self.enabled {
            true => BucketVersioningStatus::Enabled,
            false => BucketVersioningStatus::Suspended,
        }
    }
}

/// The status in a document about versioning, where it has one.
fn status_in(document: &str) -> Option<Option<BucketVersioningStatus>> {
    if !document.starts_with("<?xml") || !document.contains("Versioning") {
        return None;
    }
    let status = document.split_once("<Status>").and_then(|(_, rest)| rest.split_once("</Status>"));
    Some(status.map(|(status, _)| BucketVersioningStatus::from(status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_another_name_is_about_versioning_all_the_same() {
        let document = |content: &str| {
            format!("<?xml version=\"1.0\"?>\n<BucketVersioning>{content}</BucketVersioning>")
        };
        assert_eq!(status_in(&document("")), Some(None));
        let enabled = Some(Some(BucketVersioningStatus::Enabled));
        assert_eq!(status_in(&document("<Status>Enabled</Status>")), enabled);
        assert_eq!(status_in("<?xml version=\"1.0\"?><html>Sign in</html>"), None);
        assert_eq!(status_in("Versioning"), None);
    }
}
