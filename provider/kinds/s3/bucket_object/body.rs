//! The content of an object, wherever the program has it.

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::base64;
use md5::{Digest, Md5};

use super::BucketObjectArgs;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::{Asset, Content};

pub(super) async fn of(args: &BucketObjectArgs) -> Result<ByteStream> {
    if let Some(source) = &args.source {
        return of_asset(source).await;
    }
    Ok(ByteStream::from(bytes(args).unwrap_or_default()))
}

async fn of_asset(source: &Asset) -> Result<ByteStream> {
    let wrong = |reason: String| Err(Error::new(ErrorKind::Invalid, reason));
    match source.content() {
        Content::Text(text) => Ok(ByteStream::from(text.as_bytes().to_vec())),
        Content::File(path) if std::fs::metadata(path).is_ok_and(|file| file.is_dir()) => wrong(format!(
            "source is {path:?}, which is a directory; give one file, such as an archive of it"
        )),
        Content::File(path) => match ByteStream::from_path(path).await {
            Ok(body) => Ok(body),
            Err(error) => wrong(format!("source is {path:?}, which cannot be read: {error}")),
        },
        Content::Address(_) | Content::Several => {
            wrong(format!("source {}", unusable(source).unwrap_or_default()))
        }
    }
}

/// Why an asset is no content of an object, whatever is in it; nothing where it is some.
pub(super) fn unusable(source: &Asset) -> Option<String> {
    match source.content() {
        Content::Address(address) => {
            Some(format!("is the address {address:?}, which is not fetched here; give a file or its content"))
        }
        Content::Several => Some(
            "is an archive of several assets; write it into one file, and give that as a FileArchive or FileAsset"
                .to_owned(),
        ),
        Content::Text(_) | Content::File(_) => None,
    }
}

/// The content, where the arguments themselves have it.
fn bytes(args: &BucketObjectArgs) -> Option<Vec<u8>> {
    if let Some(text) = &args.content {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(text) = &args.content_base64 {
        return base64::decode(text).ok();
    }
    match args.source.as_ref().map(Asset::content) {
        Some(Content::Text(text)) => Some(text.as_bytes().to_vec()),
        Some(_) => None,
        None => Some(Vec::new()),
    }
}

/// The hash by which AWS knows the content.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
pub(super) fn hash(args: &BucketObjectArgs) -> Option<String> {
    let digest = Md5::digest(bytes(args)?);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(super) fn check_base64(text: &str) -> Result<(), String> {
    match base64::decode(text) {
        Ok(_) => Ok(()),
        Err(_) => Err("is not Base64; give the content in Base64, or give it as content".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base64_is_taken_for_it() {
        assert!(check_base64("aGVsbG8=").is_ok());
        assert!(check_base64("hello!").is_err());
    }
}
