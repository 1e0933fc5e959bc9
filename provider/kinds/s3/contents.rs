//! What is in a bucket: how it is deleted.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{self, Delete, ObjectIdentifier};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};

/// How many objects one call deletes, and one page lists.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const BATCH: i32 = 1000;

/// Deletes every version of every object, and what marks objects as deleted.
pub async fn delete(cx: &Cx, bucket: &str) -> Result<()> {
    let client = cx.client::<Client>()?;
    let mut deleted = 0;
    loop {
        if cx.cancel.is_cancelled() {
            let message = format!("cancelled while the bucket was emptied: {deleted} versions are deleted");
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        // What was listed before is gone, so that the first page is always the next.
        let page = client.list_object_versions().bucket(bucket).max_keys(BATCH).send().await?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let all = versions.chain(markers).filter_map(|(key, version)| {
            let object = ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned));
            Some(object.build())
        });
        let all: Vec<_> = all.collect::<Result<_, _>>()?;
        if all.is_empty() {
            cx.progress.say("");
            return Ok(());
        }
        let count = all.len();
        let batch = Delete::builder().set_objects(Some(all)).quiet(true).build()?;
        let answer = client.delete_objects().bucket(bucket).delete(batch).send().await?;
        if let Some(error) = answer.errors().first() {
            return Err(kept(bucket, error));
        }
        deleted += count;
        cx.progress.say(&format!("emptying the bucket: {deleted} versions of objects deleted"));
    }
}

/// Deletes every version of one object, and what marks it as deleted. `in_spite` of a lock in the mode
/// `GOVERNANCE`, where that is said.
pub async fn delete_object(cx: &Cx, bucket: &str, key: &str, in_spite: bool) -> Result<()> {
    let client = cx.client::<Client>()?;
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let list = client.list_object_versions().bucket(bucket).prefix(key).max_keys(BATCH);
        let page = list.set_key_marker(key_marker).set_version_id_marker(version_marker).send().await?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        // Other keys may begin with this one.
        for (_, version) in versions.chain(markers).filter(|(found, _)| *found == Some(key)) {
            let delete = client.delete_object().bucket(bucket).key(key);
            // Without an ID, a bucket that has versions would keep this one behind a mark. `null` is one:
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
            let delete = delete.set_version_id(version.map(str::to_owned));
            delete.set_bypass_governance_retention(in_spite.then_some(true)).send().await?;
        }
        let is_past = page.next_key_marker().is_none_or(|next| next != key);
        if page.is_truncated != Some(true) || is_past {
            return Ok(());
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

/// Why an object stays.
fn kept(bucket: &str, error: &types::Error) -> Error {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let (key, code, message) = (text(error.key()), text(error.code()), text(error.message()));
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    let kind = match code.as_str() {
        "AccessDenied" => ErrorKind::AccessDenied,
        "SlowDown" | "ServiceUnavailable" => ErrorKind::Throttled,
        "InternalError" => ErrorKind::Network,
        _ => ErrorKind::Other,
    };
    let message = format!("the object {key:?} in the bucket {bucket:?} cannot be deleted: {code}: {message}");
    let error = Error::new(kind, message);
    match kind {
        ErrorKind::AccessDenied => error.with_hint(
            "Allow the action s3:DeleteObjectVersion for this role; an object lock or a policy of the bucket may forbid it as well.",
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_stays_is_named() {
        let error = types::Error::builder().key("a/b").code("AccessDenied").message("Access Denied").build();
        let told = kept("logs", &error);
        assert_eq!(told.kind(), ErrorKind::AccessDenied);
        assert!(told.to_string().contains("\"a/b\"") && told.to_string().contains("s3:DeleteObjectVersion"));
        let slow = types::Error::builder().key("a").code("SlowDown").build();
        assert!(kept("logs", &slow).is_temporary());
    }
}
