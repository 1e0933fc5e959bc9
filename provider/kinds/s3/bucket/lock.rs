//! What keeps objects from being deleted.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
};

use super::{BucketArgs, BucketInputs};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Failures, Model, Path};

/// The Object Lock of a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ObjectLock {
    /// The rule for new objects.
    pub rule: LockRule,
}

/// The rule for new objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LockRule {
    /// The retention of new objects.
    pub default_retention: LockRetention,
}

/// The retention of new objects. Specify either `days` or `years`.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LockRetention {
    /// The retention period in days.
    #[model(range = 1..=36_500)]
    pub days: Option<i64>,
    /// The retention mode: only users with a special permission can delete versions earlier
    /// (`GOVERNANCE`), or no one can, not even the root user (`COMPLIANCE`).
    #[model(one_of = ["GOVERNANCE", "COMPLIANCE"])]
    pub mode: String,
    /// The retention period in years.
    #[model(range = 1..=100)]
    pub years: Option<i64>,
}

/// The lock of a bucket as AWS has it.
pub(super) struct Lock(pub Option<ObjectLockConfiguration>);

impl Lock {
    pub fn is_enabled(&self) -> bool {
        let enabled = self.0.as_ref().and_then(|lock| lock.object_lock_enabled());
        enabled == Some(&ObjectLockEnabled::Enabled)
    }

    pub fn rule(&self) -> Option<ObjectLock> {
        let retention = self.0.as_ref()?.rule()?.default_retention()?;
        // Services that speak S3's protocol may tell the one that is not given as zero.
        let given = |number: Option<i32>| number.map(i64::from).filter(|number| *number > 0);
        let default_retention = LockRetention {
            days: given(retention.days),
            mode: retention.mode()?.as_str().to_owned(),
            years: given(retention.years),
        };
        Some(ObjectLock { rule: LockRule { default_retention } })
    }
}

/// Enables the lock, with the retention that is wanted.
pub(super) async fn put(cx: &Cx, bucket: &str, args: &BucketArgs) -> Result<()> {
    if !args.object_lock_enabled {
        return Ok(());
    }
    let rule = args.object_lock_configuration.as_ref().map(|lock| {
        let retention = &lock.rule.default_retention;
        let retention = DefaultRetention::builder()
            .mode(ObjectLockRetentionMode::from(retention.mode.as_str()))
            .set_days(retention.days.map(|days| days as i32))
            .set_years(retention.years.map(|years| years as i32));
        ObjectLockRule::builder().default_retention(retention.build()).build()
    });
    let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled);
    let put = cx.client::<Client>()?.put_object_lock_configuration().bucket(bucket);
    put.object_lock_configuration(lock.set_rule(rule).build()).send().await?;
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html>
pub(super) fn check(args: &BucketInputs, failures: &mut Failures) {
    let is_enabled = args.object_lock_enabled.get() == Some(&true);
    let versioned = args.versioning.get().and_then(|versioning| versioning.enabled.get());
    if is_enabled && versioned == Some(&false) {
        let reason = "requires versioning; set versioning.enabled to true";
        failures.add(BucketArgs::OBJECT_LOCK_ENABLED, reason);
    }
    let Some(lock) = args.object_lock_configuration.get() else { return };
    if args.object_lock_enabled.get() == Some(&false) {
        let reason = "requires objectLockEnabled; set that to true";
        failures.add(BucketArgs::OBJECT_LOCK_CONFIGURATION, reason);
    }
    let retention = lock.rule.get().and_then(|rule| rule.default_retention.get());
    let Some(retention) = retention else { return };
    let at = Path::from(BucketArgs::OBJECT_LOCK_CONFIGURATION)
        .key(ObjectLock::RULE)
        .key(LockRule::DEFAULT_RETENTION);
    if retention.days.get().is_some() && retention.years.get().is_some() {
        let reason = "conflicts with days; give only one of them";
        failures.add(at.key(LockRetention::YEARS), reason);
    }
    if !retention.days.is_set() && !retention.years.is_set() {
        failures.add(at.key(LockRetention::DAYS), "is missing; give it, or years");
    }
}

/// AWS takes the lock away from no bucket.
pub(super) fn check_change(old: &BucketInputs, new: &BucketInputs, failures: &mut Failures) {
    let (was, is) = (old.object_lock_enabled.get(), new.object_lock_enabled.get());
    if was == Some(&true) && is == Some(&false) {
        let reason = "is false, but AWS cannot take Object Lock away from a bucket; set it to true";
        failures.add(BucketArgs::OBJECT_LOCK_ENABLED, reason);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as Json, json};

    fn input(args: Json) -> BucketInputs {
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        BucketArgs::read(&fields, &mut Failures::new())
    }

    fn told(args: Json) -> String {
        let mut failures = Failures::new();
        check(&input(args), &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_lock_has_versions_and_one_period() {
        let lock = |retention: Json| json!({ "rule": { "defaultRetention": retention } });
        let bucket = |lock: Json| json!({ "bucket": "logs", "objectLockEnabled": true, "versioning": { "enabled": true }, "objectLockConfiguration": lock });
        assert_eq!(told(bucket(lock(json!({ "mode": "GOVERNANCE", "days": 30 })))), "");
        let both = told(bucket(lock(json!({ "mode": "GOVERNANCE", "days": 30, "years": 1 }))));
        assert!(both.starts_with("objectLockConfiguration.rule.defaultRetention.years: conflicts"), "{both}");
        assert!(told(bucket(lock(json!({ "mode": "GOVERNANCE" })))).contains("days: is missing"));
        let off = json!({ "objectLockEnabled": true, "versioning": { "enabled": false } });
        assert!(told(off).contains("requires versioning"));
        assert_eq!(told(json!({ "objectLockEnabled": true })), "", "the lock of a new bucket enables it");
        let alone =
            told(json!({ "objectLockConfiguration": lock(json!({ "mode": "COMPLIANCE", "years": 1 })) }));
        assert!(alone.contains("requires objectLockEnabled"), "{alone}");
    }

    #[test]
    fn a_lock_stays() {
        let mut failures = Failures::new();
        let locked = input(json!({ "objectLockEnabled": true, "versioning": { "enabled": true } }));
        check_change(&locked, &input(json!({})), &mut failures);
        assert!(failures.to_string().contains("cannot take Object Lock away"));
    }
}
