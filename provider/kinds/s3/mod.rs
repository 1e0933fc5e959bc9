//! Amazon S3: buckets and who may use them.

mod bucket;
mod bucket_acl;
mod bucket_cors_configuration;
mod bucket_lifecycle_configuration;
mod bucket_logging;
mod bucket_notification;
mod bucket_object;
mod bucket_ownership_controls;
mod bucket_policy;
mod bucket_public_access_block;
mod bucket_server_side_encryption_configuration;
mod bucket_versioning;
mod bucket_website_configuration;
mod codes;
mod contents;
mod dates;
mod get_bucket;
mod place;
mod policy;
mod settings;
mod unsupported;

pub use bucket::*;
pub use bucket_acl::*;
pub use bucket_cors_configuration::*;
pub use bucket_lifecycle_configuration::*;
pub use bucket_logging::*;
pub use bucket_notification::*;
pub use bucket_object::*;
pub use bucket_ownership_controls::*;
pub use bucket_policy::*;
pub use bucket_public_access_block::*;
pub use bucket_server_side_encryption_configuration::*;
pub use bucket_versioning::*;
pub use bucket_website_configuration::*;
pub use get_bucket::*;
pub use unsupported::{BUCKET_OBJECT_V2, BUCKET_V2};

use futures::future::BoxFuture;

use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::names::{Alphabet, NameRule, PLAIN};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const BUCKET: NameRule = NameRule {
    what: "bucket",
    min: 3,
    max: 63,
    alphabet: Alphabet {
        words: "lower-case letters, digits, hyphens and dots",
        lower: true,
        holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.',
    },
    inner: "-.",
    reserved: &["xn--", "sthree-", "amzn-s3-demo-"],
    ..PLAIN
};

/// What the rule for names cannot say.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn check_bucket(name: &str) -> Result<(), String> {
    const ENDINGS: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];
    if name.starts_with("arn:") {
        let name = name.rsplit(':').next().unwrap_or_default();
        return Err(format!("is the ARN of a bucket; give its name, {name:?}"));
    }
    if name.contains("..") {
        return Err(format!("is {name:?}; the name of a bucket cannot have two adjacent dots"));
    }
    if name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok()) {
        return Err(format!("is {name:?}; the name of a bucket cannot be an IP address"));
    }
    match ENDINGS.iter().find(|ending| name.ends_with(**ending)) {
        Some(ending) => Err(format!("is {name:?}; bucket names that end in {ending:?} are reserved by AWS")),
        None => Ok(()),
    }
}

/// A setting of a bucket, or nothing where it has none. A bucket that is not there is an error.
///
/// It is boxed, since several such calls side by side are too large for a thread's stack.
fn setting<'a, T, E: Into<Error>>(
    call: impl Future<Output = Result<T, E>> + Send + 'a,
) -> BoxFuture<'a, Result<Option<T>>> {
    Box::pin(async move {
        match call.await.map_err(Into::into) {
            Err(error) if error.kind() == ErrorKind::NotFound && !is_gone(&error) => Ok(None),
            answer => answer.map(Some),
        }
    })
}

/// Whether it is the bucket itself that is not there.
fn is_gone(error: &Error) -> bool {
    error.code() == Some("NoSuchBucket")
}

/// AWS does not say which bucket is not there.
fn naming(bucket: &str) -> impl Fn(Error) -> Error {
    move |error| match is_gone(&error) {
        true => error.with_message(format!("there is no bucket {bucket:?}")),
        false => error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_that_aws_refuses_are_told_with_what_would_be_right() {
        for name in ["assets", "a-b.c", "my--bucket", "1.2.3", "app-2"] {
            assert!(BUCKET.check(name).is_ok() && check_bucket(name).is_ok(), "{name}");
        }
        for name in ["ab", "Assets", "-a-b", "a_b", "xn--a", "sthree-a"] {
            assert!(BUCKET.check(name).is_err(), "{name}");
        }
        let refused = [
            ("a..b", "two adjacent dots"),
            ("192.168.5.4", "an IP address"),
            ("logs-s3alias", "\"-s3alias\""),
            ("arn:aws:s3:::assets", "give its name, \"assets\""),
        ];
        for (name, part) in refused {
            let text = check_bucket(name).unwrap_err();
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn names_that_are_made_are_legal() {
        for text in ["Assets of My_App", "-", "a", &"long-".repeat(30)] {
            let name = BUCKET.unique(text, "urn:a");
            assert!(BUCKET.check(&name).is_ok() && check_bucket(&name).is_ok(), "{name}");
        }
    }
}
