//! The audit of a stack's account: a trail, in a bucket that nobody empties.

use serde_json::json;

use super::Builder;
use crate::aws::clients::partition;
use crate::components::policy::policy;
use crate::components::{Built, Child, Options, bucket};
use crate::kinds::cloudtrail::{Trail, TrailInputs};
use crate::kinds::s3::{
    Bucket, BucketInputs, BucketLifecycleRuleInput, BucketPolicy, BucketPolicyInputs, RuleExpirationInput,
    VersioningInput,
};
use crate::model::{In, Model};

/// The audit of an account.
#[derive(Clone, Debug, Model)]
pub struct Audit {
    /// Whether events of all regions are recorded.
    #[model(default = true)]
    pub is_multi_region_trail: bool,
    /// The number of days to retain log files. If omitted, log files are retained indefinitely.
    #[model(range = 1..=36_500)]
    pub retention_in_days: Option<i64>,
    /// The ARN of the KMS key that encrypts the log files. The key policy must allow CloudTrail to
    /// use the key. Defaults to Amazon S3 managed keys (SSE-S3).
    pub kms_key_id: Option<String>,
    /// Whether the log files are deleted with the stack. Defaults to `false` in the production
    /// environments `prod`, `production` and `live`, and to `true` in others.
    pub force_destroy: Option<bool>,
}

/// The audit of a stack.
pub struct Audited {
    pub trail: Child<Trail>,
    pub bucket: Child<Bucket>,
}

impl Builder<'_> {
    /// Makes the trail, where there is to be one.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>
    pub(super) async fn audit(&self) -> Built<Option<Audited>> {
        let Some(plan) = self.args.audit.get() else { return Ok(None) };
        let account = self.at.account_id().await?;
        let expiry = plan.retention_in_days.is_set().then(|| BucketLifecycleRuleInput {
            id: "old-logs".into(),
            enabled: true.into(),
            expiration: RuleExpirationInput {
                days: plan.retention_in_days.clone(),
                ..RuleExpirationInput::default()
            }
            .into(),
            ..BucketLifecycleRuleInput::default()
        });
        let rules = expiry.into_iter().chain([bucket::unfinished(7.into())]).map(Into::into);
        let inputs = BucketInputs {
            versioning: VersioningInput { enabled: true.into() }.into(),
            lifecycle_rules: In::list(rules),
            force_destroy: self.may_empty(plan.force_destroy.clone()),
            ..bucket::closed()
        };
        let label = "audit-logs";
        let name = bucket::name(self.at, &self.at.names, label).await?;
        let made: Child<Bucket> = self.at.child(label, inputs, Options::named(name));
        let region = self.at.region().unwrap_or_default().to_owned();
        let partition = partition(&region);
        let trail_name = self.at.names.of("audit-trail");
        let trail_arn = format!("arn:{partition}:cloudtrail:{region}:{account}:trail/{trail_name}");
        let by_trail = json!({ "StringEquals": { "aws:SourceArn": trail_arn } });
        let mut written = by_trail.clone();
        written["StringEquals"]["s3:x-amz-acl"] = json!("bucket-owner-full-control");
        let who = json!({ "Service": "cloudtrail.amazonaws.com" });
        let look = made.out.arn.clone().map({
            let who = who.clone();
            move |arn| {
                json!({
                    "Effect": "Allow", "Principal": who, "Action": "s3:GetBucketAcl", "Resource": arn,
                    "Condition": by_trail,
                })
            }
        });
        let write = made.out.arn.clone().map(move |arn| {
            json!({
                "Effect": "Allow", "Principal": who, "Action": "s3:PutObject",
                "Resource": format!("{arn}/AWSLogs/{account}/*"), "Condition": written,
            })
        });
        // Lifecycle rules delete without asking policies.
        let keep = made.out.arn.clone().map(|arn| {
            json!({
                "Effect": "Deny", "Principal": "*", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
                "Resource": format!("{arn}/*"),
            })
        });
        let allowed = BucketPolicyInputs {
            bucket: made.id.clone(),
            policy: policy([look, write, keep, bucket::only_encrypted(&made)]),
        };
        let allowed: Child<BucketPolicy> =
            self.at.child(&format!("{label}-policy"), allowed, Options::default());
        let trail = TrailInputs {
            is_multi_region_trail: plan.is_multi_region_trail.clone(),
            kms_key_id: plan.kms_key_id.clone(),
            s3_bucket_name: made.id.clone().depending_on([&allowed.urn]),
            ..TrailInputs::default()
        };
        let trail: Child<Trail> = self.at.child("audit-trail", trail, Options::named(trail_name));
        Ok(Some(Audited { trail, bucket: made }))
    }
}
