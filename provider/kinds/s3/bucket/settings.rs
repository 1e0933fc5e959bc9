//! Settings of a bucket that are calls of their own.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{
    BucketVersioningStatus, CorsRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};

use super::BucketArgs;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::kms::same_key;
use crate::kinds::s3::setting;
use crate::model::{Failures, In, Model, Path};

/// The default encryption of objects at rest.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BucketEncryption {
    /// Whether an S3 Bucket Key is used, which reduces the requests to KMS. It requires `aws:kms`.
    #[model(default = false)]
    pub bucket_key_enabled: bool,
    /// The KMS key: its ARN, ID or alias. If omitted, the AWS managed key for S3. It requires
    /// `aws:kms`.
    #[model(same = same_key)]
    pub kms_master_key_id: Option<String>,
    /// The encryption algorithm: with S3 managed keys (`AES256`) or with a KMS key (`aws:kms`).
    #[model(default = "AES256", one_of = ["AES256", "aws:kms"])]
    pub sse_algorithm: String,
}

/// The settings that block public access to a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BucketPublicAccessBlock {
    /// Whether new access control lists that grant public access are refused.
    #[model(default = true)]
    pub block_public_acls: bool,
    /// Whether new bucket policies that grant public access are refused.
    #[model(default = true)]
    pub block_public_policy: bool,
    /// Whether access control lists that grant public access are ignored.
    #[model(default = true)]
    pub ignore_public_acls: bool,
    /// Whether a bucket policy that grants public access is restricted to AWS services and the
    /// account of the bucket.
    #[model(default = true)]
    pub restrict_public_buckets: bool,
}

/// The versioning of objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BucketVersioning {
    /// Whether versioning is enabled. Disabling it suspends versioning: existing versions are kept.
    #[model(default = false)]
    pub enabled: bool,
}

/// A cross-origin resource sharing (CORS) rule.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BucketCorsRule {
    /// The headers that requests may have. Each may contain one `*` wildcard.
    #[model(default = [])]
    pub allowed_headers: Vec<String>,
    /// The HTTP methods that requests may use.
    #[model(one_of = ["GET", "PUT", "POST", "DELETE", "HEAD"])]
    pub allowed_methods: Vec<String>,
    /// The origins that requests may come from. Each may contain one `*` wildcard.
    pub allowed_origins: Vec<String>,
    /// The response headers that scripts of the origin may read.
    #[model(default = [])]
    pub expose_headers: Vec<String>,
    /// The time that browsers may cache the response to a preflight request, in seconds.
    pub max_age_seconds: Option<i64>,
}

impl BucketEncryption {
    /// AWS has a rule for every bucket. What has none is not encrypted by default.
    pub(super) fn from_aws(rule: Option<&ServerSideEncryptionRule>) -> Self {
        let by = rule.and_then(|rule| rule.apply_server_side_encryption_by_default());
        BucketEncryption {
            bucket_key_enabled: rule.and_then(|rule| rule.bucket_key_enabled).unwrap_or_default(),
            kms_master_key_id: by.and_then(|by| by.kms_master_key_id.clone()),
            sse_algorithm: by.map_or("none", |by| by.sse_algorithm().as_str()).to_owned(),
        }
    }

    /// Sets this and leaves what else there is of encryption as it is.
    pub(super) async fn put(&self, cx: &Cx, bucket: &str) -> Result<()> {
        let client = cx.client::<Client>()?;
        let there = setting(client.get_bucket_encryption().bucket(bucket).send()).await?;
        let there = there.and_then(|answer| answer.server_side_encryption_configuration);
        let rule = there.and_then(|there| there.rules.into_iter().next());
        let mut rule = rule.unwrap_or_else(|| ServerSideEncryptionRule::builder().build());
        let by = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(self.sse_algorithm.as_str()))
            .set_kms_master_key_id(self.kms_master_key_id.clone());
        rule.apply_server_side_encryption_by_default = Some(by.build()?);
        rule.bucket_key_enabled = Some(self.bucket_key_enabled);
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build()?;
        let put = client.put_bucket_encryption().bucket(bucket);
        put.server_side_encryption_configuration(rules).send().await?;
        Ok(())
    }
}

impl BucketPublicAccessBlock {
    /// Where nothing is said, nothing keeps the public out.
    pub(super) fn from_aws(there: Option<PublicAccessBlockConfiguration>) -> Self {
        let is = |flag: fn(&PublicAccessBlockConfiguration) -> Option<bool>| {
            there.as_ref().and_then(flag).unwrap_or_default()
        };
        BucketPublicAccessBlock {
            block_public_acls: is(|there| there.block_public_acls),
            block_public_policy: is(|there| there.block_public_policy),
            ignore_public_acls: is(|there| there.ignore_public_acls),
            restrict_public_buckets: is(|there| there.restrict_public_buckets),
        }
    }

    pub(super) fn to_aws(&self) -> PublicAccessBlockConfiguration {
        PublicAccessBlockConfiguration::builder()
            .block_public_acls(self.block_public_acls)
            .block_public_policy(self.block_public_policy)
            .ignore_public_acls(self.ignore_public_acls)
            .restrict_public_buckets(self.restrict_public_buckets)
            .build()
    }
}

impl BucketVersioning {
    pub(super) async fn of(client: &Client, bucket: &str) -> Result<Self> {
        let status = match client.get_bucket_versioning().bucket(bucket).send().await {
            // Services that speak S3's protocol may give the document another name.
            Err(SdkError::ServiceError(answer)) if answer.raw().status().is_success() => {
                let body = answer.raw().body().bytes().unwrap_or_default();
                match status_in(&String::from_utf8_lossy(body)) {
                    Some(status) => status,
                    None => return Err(SdkError::ServiceError(answer).into()),
                }
            }
            answer => answer?.status,
        };
        Ok(BucketVersioning { enabled: status == Some(BucketVersioningStatus::Enabled) })
    }

    /// A bucket that once had it has it suspended; it is never off again.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>
    pub(super) fn to_aws(&self) -> VersioningConfiguration {
        let status = match self.enabled {
            true => BucketVersioningStatus::Enabled,
            false => BucketVersioningStatus::Suspended,
        };
        VersioningConfiguration::builder().status(status).build()
    }
}

impl BucketCorsRule {
    pub(super) fn from_aws(rule: &CorsRule) -> Self {
        BucketCorsRule {
            allowed_headers: rule.allowed_headers().to_vec(),
            allowed_methods: rule.allowed_methods().to_vec(),
            allowed_origins: rule.allowed_origins().to_vec(),
            expose_headers: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds.map(i64::from),
        }
    }

    pub(super) fn to_aws(&self) -> Result<CorsRule> {
        let some = |texts: &[String]| Some(texts.to_vec()).filter(|texts| !texts.is_empty());
        Ok(CorsRule::builder()
            .set_allowed_headers(some(&self.allowed_headers))
            .set_allowed_methods(Some(self.allowed_methods.clone()))
            .set_allowed_origins(Some(self.allowed_origins.clone()))
            .set_expose_headers(some(&self.expose_headers))
            .set_max_age_seconds(self.max_age_seconds.map(|seconds| seconds as i32))
            .build()?)
    }
}

/// The rules that a bucket is to have: those that stay as they are, with what no argument tells of
/// them, and those that somebody else has made since.
pub(super) fn merge_cors(
    there: Vec<CorsRule>,
    old: &[BucketCorsRule],
    new: &[BucketCorsRule],
) -> Result<Vec<CorsRule>> {
    let told: Vec<_> = there.iter().map(BucketCorsRule::from_aws).collect();
    let rule = |rule: &BucketCorsRule| match told.iter().position(|told| told == rule) {
        Some(place) => Ok(there[place].clone()),
        None => rule.to_aws(),
    };
    let mut all = new.iter().map(rule).collect::<Result<Vec<_>>>()?;
    let unseen = there.iter().zip(&told).filter(|(_, told)| !old.contains(told) && !new.contains(told));
    all.extend(unseen.map(|(rule, _)| rule.clone()));
    Ok(all)
}

/// The status in a document about versioning, where it has one.
fn status_in(document: &str) -> Option<Option<BucketVersioningStatus>> {
    if !document.starts_with("<?xml") || !document.contains("Versioning") {
        return None;
    }
    let status = document.split_once("<Status>").and_then(|(_, rest)| rest.split_once("</Status>"));
    Some(status.map(|(status, _)| BucketVersioningStatus::from(status)))
}

pub(super) fn ownership(owner: &str) -> Result<OwnershipControls> {
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(owner)).build()?;
    Ok(OwnershipControls::builder().rules(rule).build()?)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>
pub(super) fn check_encryption(encryption: &In<BucketEncryptionInput>, failures: &mut Failures) {
    let Some(encryption) = encryption.get() else { return };
    if encryption.sse_algorithm.get().is_none_or(|by| by != "AES256") {
        return;
    }
    let at = Path::from(BucketArgs::ENCRYPTION);
    let text = "goes with the sseAlgorithm aws:kms, and this is AES256; leave it out, or give aws:kms";
    if encryption.kms_master_key_id.is_set() {
        failures.add(at.key(BucketEncryption::KMS_MASTER_KEY_ID), text);
    }
    if encryption.bucket_key_enabled.get() == Some(&true) {
        failures.add(at.key(BucketEncryption::BUCKET_KEY_ENABLED), text);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn problems(encryption: serde_json::Value) -> Vec<String> {
        let fields = Value::from_json(&encryption).as_object().unwrap().clone();
        let mut failures = Failures::new();
        let input = BucketEncryption::read(&fields, &mut failures);
        check_encryption(&In::known(input), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_key_needs_kms() {
        assert_eq!(problems(json!({})), Vec::<String>::new());
        let kms = json!({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "k", "bucketKeyEnabled": true});
        assert_eq!(problems(kms), Vec::<String>::new());
        let both = ["encryption.kmsMasterKeyId", "encryption.bucketKeyEnabled"];
        assert_eq!(problems(json!({"kmsMasterKeyId": "k", "bucketKeyEnabled": true})), both);
    }

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

    #[test]
    fn what_is_sent_is_what_is_read() {
        let rule = BucketCorsRule {
            allowed_headers: vec!["*".into()],
            allowed_methods: vec!["GET".into()],
            allowed_origins: vec!["https://example.com".into()],
            expose_headers: Vec::new(),
            max_age_seconds: Some(60),
        };
        assert_eq!(BucketCorsRule::from_aws(&rule.to_aws().unwrap()), rule);
        let mut own = rule.to_aws().unwrap();
        own.id = Some("own".to_owned());
        let theirs = BucketCorsRule { max_age_seconds: Some(7), ..rule.clone() };
        let there = vec![own.clone(), theirs.to_aws().unwrap()];
        let known = std::slice::from_ref(&rule);
        let merged = merge_cors(there, known, known).unwrap();
        assert_eq!(merged, [own, theirs.to_aws().unwrap()], "what no argument tells stays");
        let access = BucketPublicAccessBlock {
            block_public_acls: true,
            block_public_policy: false,
            ignore_public_acls: true,
            restrict_public_buckets: false,
        };
        assert_eq!(BucketPublicAccessBlock::from_aws(Some(access.to_aws())), access);
        assert!(!BucketPublicAccessBlock::from_aws(None).block_public_policy);
    }
}
