//! Buckets, and what their policies have in common.

use serde_json::{Value as Json_, json};

use super::naming::Names;
use super::policy::policy;
use super::{Built, Child, Options, Scope};
use crate::kinds::s3::{
    Bucket, BucketInputs, BucketLifecycleRuleInput, BucketPolicy, BucketPolicyInputs, EncryptionInput,
    PublicAccessInput, RuleTransitionInput, VersioningInput,
};
use crate::model::In;

/// The name of a bucket, which nobody else in AWS may have: where the program says nothing of names,
/// the account's number is part of it.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub async fn name(at: &Scope, names: &Names, kind: &str) -> Built<String> {
    let name = names.of(kind);
    if !names.is_ours(kind) {
        return Ok(name);
    }
    Ok(format!("{name}-{}", at.account_id().await?))
}

/// A bucket that is encrypted and closed. What is not said stays as it is; so it is said.
pub fn closed() -> BucketInputs {
    BucketInputs {
        cors_rules: In::list([]),
        encryption: EncryptionInput::default().into(),
        object_ownership: "BucketOwnerEnforced".into(),
        public_access_block: PublicAccessInput::default().into(),
        versioning: VersioningInput::default().into(),
        ..BucketInputs::default()
    }
}

/// Ends uploads in parts that never came to an end, and are paid for until then.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html>
pub fn unfinished(days: In<i64>) -> BucketLifecycleRuleInput {
    BucketLifecycleRuleInput {
        id: "unfinished-uploads".into(),
        enabled: true.into(),
        abort_incomplete_multipart_upload_days: days,
        ..BucketLifecycleRuleInput::default()
    }
}

/// Moves objects to where they cost less to store and more to read, after this many days.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
pub fn aside(days: &In<i64>) -> Option<BucketLifecycleRuleInput> {
    let transition = RuleTransitionInput {
        days: days.clone(),
        storage_class: "STANDARD_IA".into(),
        ..RuleTransitionInput::default()
    };
    days.is_set().then(|| BucketLifecycleRuleInput {
        id: "infrequent-access".into(),
        enabled: true.into(),
        transitions: In::list([transition.into()]),
        ..BucketLifecycleRuleInput::default()
    })
}

/// Gives a bucket a policy that opens it to nobody.
pub fn close(at: &Scope, suffix: &str, bucket: &Child<Bucket>) -> Child<BucketPolicy> {
    let closed = BucketPolicyInputs { bucket: bucket.id.clone(), policy: policy([only_encrypted(bucket)]) };
    at.child(suffix, closed, Options::default())
}

/// Refuses requests that are not encrypted on their way.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html>
pub fn only_encrypted(bucket: &Child<Bucket>) -> In<Json_> {
    bucket.out.arn.clone().map(|arn| {
        json!({
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })
    })
}
