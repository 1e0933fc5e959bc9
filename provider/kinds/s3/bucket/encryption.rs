//! How objects are encrypted where a request says nothing of it.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    ServerSideEncryption as Algorithm, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};

use super::{BucketArgs, BucketInputs};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::kms::same_key;
use crate::kinds::s3::setting;
use crate::model::{Failures, In, Model, Path};

/// With S3 managed keys, with a KMS key, or with a KMS key and twice.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>
const ALGORITHMS: [&str; 3] = ["AES256", "aws:kms", "aws:kms:dsse"];

/// The default encryption of objects at rest.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Encryption {
    /// Whether an S3 Bucket Key is used, which reduces the requests to KMS. Has no effect with
    /// `AES256`.
    #[model(default = false)]
    pub bucket_key_enabled: bool,
    /// The KMS key: its ARN, ID or alias. Defaults to the AWS managed key for S3. Requires
    /// `aws:kms` or `aws:kms:dsse`.
    #[model(same = same_key)]
    pub kms_master_key_id: Option<String>,
    /// The encryption: with Amazon S3 managed keys (`AES256`), with a KMS key (`aws:kms`), or with
    /// two layers and a KMS key (`aws:kms:dsse`).
    #[model(default = "AES256", one_of = ALGORITHMS)]
    pub sse_algorithm: String,
}

/// The default encryption of objects at rest, with the property names of Pulumi's AWS package.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServerSideEncryption {
    /// The rule for new objects.
    pub rule: EncryptionRule,
}

/// The rule for the encryption of new objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct EncryptionRule {
    /// The algorithm and the key. Defaults to Amazon S3 managed keys (SSE-S3).
    #[model(default = {})]
    pub apply_server_side_encryption_by_default: EncryptionByDefault,
    /// Whether an S3 Bucket Key is used, which reduces the requests to KMS. Has no effect with
    /// `AES256`.
    #[model(default = false)]
    pub bucket_key_enabled: bool,
}

/// The algorithm and the key of the encryption of new objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct EncryptionByDefault {
    /// The KMS key: its ARN, ID or alias. Defaults to the AWS managed key for S3. Requires
    /// `aws:kms` or `aws:kms:dsse`.
    #[model(same = same_key)]
    pub kms_master_key_id: Option<String>,
    /// The encryption: with Amazon S3 managed keys (`AES256`), with a KMS key (`aws:kms`), or with
    /// two layers and a KMS key (`aws:kms:dsse`).
    #[model(default = "AES256", one_of = ALGORITHMS)]
    pub sse_algorithm: String,
}

impl From<&EncryptionRule> for Encryption {
    fn from(rule: &EncryptionRule) -> Self {
        let by = &rule.apply_server_side_encryption_by_default;
        Encryption {
            bucket_key_enabled: rule.bucket_key_enabled,
            kms_master_key_id: by.kms_master_key_id.clone(),
            sse_algorithm: by.sse_algorithm.clone(),
        }
    }
}

impl From<Encryption> for EncryptionRule {
    fn from(encryption: Encryption) -> Self {
        EncryptionRule {
            apply_server_side_encryption_by_default: EncryptionByDefault {
                kms_master_key_id: encryption.kms_master_key_id,
                sse_algorithm: encryption.sse_algorithm,
            },
            bucket_key_enabled: encryption.bucket_key_enabled,
        }
    }
}

impl Encryption {
    /// What every bucket has by itself.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html>
    pub(in crate::kinds::s3) fn usual() -> Self {
        Encryption { bucket_key_enabled: false, kms_master_key_id: None, sse_algorithm: "AES256".to_owned() }
    }

    /// AWS has a rule for every bucket. What has none is not encrypted by default.
    pub(in crate::kinds::s3) fn from_aws(there: Option<ServerSideEncryptionConfiguration>) -> Self {
        let rule = there.and_then(|there| there.rules.into_iter().next());
        let by = rule.as_ref().and_then(|rule| rule.apply_server_side_encryption_by_default());
        Encryption {
            bucket_key_enabled: rule.as_ref().and_then(|rule| rule.bucket_key_enabled).unwrap_or_default(),
            kms_master_key_id: by.and_then(|by| by.kms_master_key_id.clone()),
            sse_algorithm: by.map_or("none", |by| by.sse_algorithm().as_str()).to_owned(),
        }
    }

    /// Sets this and leaves what else there is of encryption as it is.
    pub(in crate::kinds::s3) async fn put(&self, cx: &Cx, bucket: &str) -> Result<()> {
        let client = cx.client::<Client>()?;
        let there = setting(client.get_bucket_encryption().bucket(bucket).send()).await?;
        let there = there.and_then(|answer| answer.server_side_encryption_configuration);
        let rule = there.and_then(|there| there.rules.into_iter().next());
        let mut rule = rule.unwrap_or_else(|| ServerSideEncryptionRule::builder().build());
        let by = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(Algorithm::from(self.sse_algorithm.as_str()))
            .set_kms_master_key_id(self.kms_master_key_id.clone());
        rule.apply_server_side_encryption_by_default = Some(by.build()?);
        rule.bucket_key_enabled = Some(self.bucket_key_enabled);
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build()?;
        let put = client.put_bucket_encryption().bucket(bucket);
        put.server_side_encryption_configuration(rules).send().await?;
        Ok(())
    }
}

pub(super) fn check(args: &BucketInputs, failures: &mut Failures) {
    if args.encryption.is_set() && args.server_side_encryption_configuration.is_set() {
        let reason = "conflicts with serverSideEncryptionConfiguration; give only one of them";
        failures.add(BucketArgs::ENCRYPTION, reason);
    }
    if let Some(encryption) = args.encryption.get() {
        let at = Path::from(BucketArgs::ENCRYPTION).key(Encryption::KMS_MASTER_KEY_ID);
        check_key(&encryption.sse_algorithm, &encryption.kms_master_key_id, at, failures);
    }
    if let Some(rule) = args.server_side_encryption_configuration.get().and_then(|it| it.rule.get()) {
        let at = Path::from(BucketArgs::SERVER_SIDE_ENCRYPTION_CONFIGURATION);
        check_rule(rule, &at.key(ServerSideEncryption::RULE), failures);
    }
}

pub(in crate::kinds::s3) fn check_rule(rule: &EncryptionRuleInput, at: &Path, failures: &mut Failures) {
    let Some(by) = rule.apply_server_side_encryption_by_default.get() else { return };
    let at = at.key(EncryptionRule::APPLY_SERVER_SIDE_ENCRYPTION_BY_DEFAULT);
    let at = at.key(EncryptionByDefault::KMS_MASTER_KEY_ID);
    check_key(&by.sse_algorithm, &by.kms_master_key_id, at, failures);
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>
fn check_key(algorithm: &In<String>, key: &In<String>, at: Path, failures: &mut Failures) {
    if algorithm.get().is_some_and(|by| by == "AES256") && key.is_set() {
        let text = "is only for the sseAlgorithm aws:kms, and it is AES256; leave it out, or give aws:kms";
        failures.add(at, text);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn problems(args: serde_json::Value) -> Vec<String> {
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let mut failures = Failures::new();
        check(&BucketArgs::read(&fields, &mut Failures::new()), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_key_needs_kms() {
        assert_eq!(problems(json!({})), Vec::<String>::new());
        let kms = json!({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "k", "bucketKeyEnabled": true});
        assert_eq!(problems(json!({ "encryption": kms })), Vec::<String>::new());
        let key = json!({ "kmsMasterKeyId": "k", "bucketKeyEnabled": true });
        assert_eq!(problems(json!({ "encryption": key })), ["encryption.kmsMasterKeyId"]);
        let rule = json!({ "rule": { "applyServerSideEncryptionByDefault": key } });
        let rule = json!({ "serverSideEncryptionConfiguration": rule, "encryption": {} });
        let at = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.kmsMasterKeyId";
        assert_eq!(problems(rule), ["encryption", at]);
    }

    #[test]
    fn both_spellings_say_the_same() {
        let rule = EncryptionRule::from(Encryption::usual());
        assert_eq!(Encryption::from(&rule), Encryption::usual());
    }
}
