//! What becomes of objects as time passes.

mod merge;

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, NoncurrentVersionExpiration, NoncurrentVersionTransition, Transition,
    TransitionStorageClass,
};

use super::BucketArgs;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::s3::dates::{check_day, date, same_day, told_day};
use crate::kinds::s3::setting;
use crate::model::{Failures, In, Model, Path};

/// Classes that objects can go over to.
pub(in crate::kinds::s3) const CLASSES: [&str; 6] =
    ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

/// The most days that fit into the API's number.
pub(in crate::kinds::s3) const MOST_DAYS: i64 = i32::MAX as i64;

/// A lifecycle rule for all objects, or for objects with a common key prefix or with tags. A filter by
/// tags or sizes that was set outside of this program is preserved when the rule changes.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct BucketLifecycleRule {
    /// The number of days after which incomplete multipart uploads are aborted and their parts
    /// deleted.
    #[model(range = 1..=MOST_DAYS)]
    pub abort_incomplete_multipart_upload_days: Option<i64>,
    /// Whether the rule is enabled.
    #[model(default = true)]
    pub enabled: bool,
    /// The expiration of objects. With versioning, expired objects become noncurrent versions.
    pub expiration: Option<RuleExpiration>,
    /// The ID of the rule, unique in the bucket. If omitted, AWS generates one.
    #[model(aws_default, length = 1..=255)]
    pub id: Option<String>,
    /// The expiration of noncurrent versions of objects.
    pub noncurrent_version_expiration: Option<RuleNoncurrentExpiration>,
    /// The transitions of noncurrent versions of objects to other storage classes.
    #[model(set, default = [])]
    pub noncurrent_version_transitions: Vec<RuleNoncurrentTransition>,
    /// The key prefix of the objects that the rule applies to. If omitted, the rule applies to all
    /// objects.
    #[model(default = "")]
    pub prefix: String,
    /// The tags of the objects that the rule applies to, all of which they must have. To remove the
    /// tags from a rule, specify an empty map.
    #[model(aws_default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The transitions of objects to other storage classes.
    #[model(set, default = [])]
    pub transitions: Vec<RuleTransition>,
}

/// The expiration of objects. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuleExpiration {
    /// The day from which objects expire, such as `2030-01-01`, in UTC.
    #[model(same = same_day, check = check_day)]
    pub date: Option<String>,
    /// The number of days after creation when objects expire.
    #[model(range = 1..=MOST_DAYS)]
    pub days: Option<i64>,
    /// Whether to remove delete markers without noncurrent versions. Conflicts with `date` and
    /// `days`.
    #[model(default = false)]
    pub expired_object_delete_marker: bool,
}

/// A transition of objects to another storage class. Specify either `date` or `days`.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuleTransition {
    /// The day from which objects transition, such as `2030-01-01`, in UTC.
    #[model(same = same_day, check = check_day)]
    pub date: Option<String>,
    /// The number of days after creation when objects transition.
    #[model(range = 0..=MOST_DAYS)]
    pub days: Option<i64>,
    /// The storage class to transition to.
    #[model(one_of = CLASSES)]
    pub storage_class: String,
}

/// A transition of noncurrent versions of objects to another storage class.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuleNoncurrentTransition {
    /// The number of days after a version becomes noncurrent when it transitions.
    #[model(alias = "days", range = 0..=MOST_DAYS)]
    pub noncurrent_days: i64,
    /// The storage class to transition to.
    #[model(one_of = CLASSES)]
    pub storage_class: String,
}

/// The expiration of noncurrent versions of objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuleNoncurrentExpiration {
    /// The number of days after a version becomes noncurrent when it expires.
    #[model(alias = "days", range = 1..=MOST_DAYS)]
    pub noncurrent_days: i64,
}

impl BucketLifecycleRule {
    pub(super) fn from_aws(rule: &LifecycleRule) -> Self {
        let days = |days: Option<i32>| days.map(i64::from).unwrap_or_default();
        let class = |class: Option<&TransitionStorageClass>| {
            class.map(|class| class.as_str()).unwrap_or_default().to_owned()
        };
        BucketLifecycleRule {
            abort_incomplete_multipart_upload_days: rule
                .abort_incomplete_multipart_upload()
                .and_then(|abort| abort.days_after_initiation)
                .map(i64::from),
            enabled: *rule.status() == ExpirationStatus::Enabled,
            expiration: rule.expiration().map(|expiration| RuleExpiration {
                date: expiration.date.as_ref().and_then(told_day),
                days: expiration.days.filter(|days| *days > 0).map(i64::from),
                expired_object_delete_marker: expiration.expired_object_delete_marker.unwrap_or_default(),
            }),
            id: rule.id.clone(),
            noncurrent_version_expiration: rule.noncurrent_version_expiration().map(|expiration| {
                let noncurrent_days = days(expiration.noncurrent_days);
                RuleNoncurrentExpiration { noncurrent_days }
            }),
            noncurrent_version_transitions: rule
                .noncurrent_version_transitions()
                .iter()
                .map(|transition| RuleNoncurrentTransition {
                    noncurrent_days: days(transition.noncurrent_days),
                    storage_class: class(transition.storage_class()),
                })
                .collect(),
            prefix: merge::prefix(rule).to_owned(),
            tags: Some(merge::tags(rule)).filter(|tags| !tags.is_empty()),
            transitions: rule
                .transitions()
                .iter()
                .map(|transition| RuleTransition {
                    date: transition.date.as_ref().and_then(told_day),
                    days: transition.days.filter(|_| transition.date.is_none()).map(i64::from),
                    storage_class: class(transition.storage_class()),
                })
                .collect(),
        }
    }

    fn to_aws(&self) -> Result<LifecycleRule> {
        let expiration = self.expiration.as_ref().map(|expiration| {
            LifecycleExpiration::builder()
                .set_date(expiration.date.as_deref().and_then(date))
                .set_days(expiration.days.map(|days| days as i32))
                .set_expired_object_delete_marker(
                    Some(true).filter(|_| expiration.expired_object_delete_marker),
                )
                .build()
        });
        let transitions = self.transitions.iter().map(|transition| {
            Transition::builder()
                .set_date(transition.date.as_deref().and_then(date))
                .set_days(transition.days.map(|days| days as i32))
                .storage_class(TransitionStorageClass::from(transition.storage_class.as_str()))
                .build()
        });
        let noncurrent_transitions = self.noncurrent_version_transitions.iter().map(|transition| {
            NoncurrentVersionTransition::builder()
                .noncurrent_days(transition.noncurrent_days as i32)
                .storage_class(TransitionStorageClass::from(transition.storage_class.as_str()))
                .build()
        });
        let noncurrent_expiration = self.noncurrent_version_expiration.as_ref().map(|expiration| {
            let days = expiration.noncurrent_days as i32;
            NoncurrentVersionExpiration::builder().noncurrent_days(days).build()
        });
        let abort = self
            .abort_incomplete_multipart_upload_days
            .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days as i32).build());
        Ok(LifecycleRule::builder()
            .set_abort_incomplete_multipart_upload(abort)
            .set_expiration(expiration)
            .filter(merge::filter(self, None))
            .set_id(self.id.clone())
            .set_noncurrent_version_expiration(noncurrent_expiration)
            .set_noncurrent_version_transitions(some(noncurrent_transitions.collect()))
            .set_transitions(some(transitions.collect()))
            .status(match self.enabled {
                true => ExpirationStatus::Enabled,
                false => ExpirationStatus::Disabled,
            })
            .build()?)
    }
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    Some(items).filter(|items| !items.is_empty())
}

/// Brings the rules of a bucket from the old ones to the new ones. The call sets all of them.
pub(super) async fn put(
    cx: &Cx,
    bucket: &str,
    old: &[BucketLifecycleRule],
    new: &[BucketLifecycleRule],
) -> Result<()> {
    let client = cx.client::<Client>()?;
    let there = match cx.is_new() {
        true => None,
        false => setting(client.get_bucket_lifecycle_configuration().bucket(bucket).send()).await?,
    };
    let smallest = there.as_ref().and_then(|there| there.transition_default_minimum_object_size.clone());
    let there = there.and_then(|there| there.rules).unwrap_or_default();
    let rules = merge::merge(&there, old, new)?;
    if rules.is_empty() {
        client.delete_bucket_lifecycle().bucket(bucket).send().await?;
        return Ok(());
    }
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build()?;
    let put = client.put_bucket_lifecycle_configuration().bucket(bucket);
    let put = put.set_transition_default_minimum_object_size(smallest);
    put.lifecycle_configuration(rules).send().await?;
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
/// and <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html>
pub(super) fn check(rules: &In<Vec<In<BucketLifecycleRuleInput>>>, failures: &mut Failures) {
    let mut ids = Vec::new();
    for (index, rule) in rules.get().into_iter().flatten().enumerate() {
        let Some(rule) = rule.get() else { continue };
        let at = Path::from(BucketArgs::LIFECYCLE_RULES).index(index);
        if let Some(id) = rule.id.get() {
            if ids.contains(&id) {
                failures.add(
                    at.key(BucketLifecycleRule::ID),
                    format!("is {id:?}, which another rule has already; give each rule an ID of its own"),
                );
            }
            ids.push(id);
        }
        check_actions(rule, &at, failures);
        check_expiration(&rule.expiration, &at, failures);
        for (index, transition) in rule.transitions.get().into_iter().flatten().enumerate() {
            let Some(transition) = transition.get() else { continue };
            let at = at.key(BucketLifecycleRule::TRANSITIONS).index(index);
            match (transition.date.is_set(), transition.days.is_set()) {
                (true, true) => {
                    failures.add(at.key(RuleTransition::DATE), "conflicts with days; give only one of them");
                }
                (false, false) => failures.add(at.key(RuleTransition::DAYS), "is missing; give it, or date"),
                _ => {}
            }
            check_age(
                transition.storage_class.get(),
                transition.days.get(),
                &at.key(RuleTransition::DAYS),
                failures,
            );
        }
        for (index, transition) in rule.noncurrent_version_transitions.get().into_iter().flatten().enumerate()
        {
            let Some(transition) = transition.get() else { continue };
            let at = at
                .key(BucketLifecycleRule::NONCURRENT_VERSION_TRANSITIONS)
                .index(index)
                .key(RuleNoncurrentTransition::NONCURRENT_DAYS);
            check_age(transition.storage_class.get(), transition.noncurrent_days.get(), &at, failures);
        }
    }
}

fn check_actions(rule: &BucketLifecycleRuleInput, at: &Path, failures: &mut Failures) {
    let does = [
        rule.abort_incomplete_multipart_upload_days.is_set(),
        rule.expiration.is_set(),
        rule.noncurrent_version_expiration.is_set(),
        rule.transitions.get().is_none_or(|items| !items.is_empty()),
        rule.noncurrent_version_transitions.get().is_none_or(|items| !items.is_empty()),
    ];
    if !does.contains(&true) {
        failures.add(
            at.clone(),
            "does nothing; give an expiration, transitions or abortIncompleteMultipartUploadDays",
        );
    }
}

fn check_expiration(expiration: &In<RuleExpirationInput>, at: &Path, failures: &mut Failures) {
    let Some(expiration) = expiration.get() else { return };
    let at = at.key(BucketLifecycleRule::EXPIRATION);
    if expiration.days.is_set() && expiration.date.is_set() {
        failures.add(at.key(RuleExpiration::DATE), "conflicts with days; give only one of them");
        return;
    }
    let has_time = expiration.days.is_set() || expiration.date.is_set();
    match (has_time, expiration.expired_object_delete_marker.get()) {
        (true, Some(true)) => failures.add(
            at,
            "has days or a date and expiredObjectDeleteMarker; AWS takes one of them, and with days deletes such markers as well",
        ),
        (false, Some(false)) => failures.add(at, "is incomplete; give days, date or expiredObjectDeleteMarker"),
        _ => {}
    }
}

pub(in crate::kinds::s3) fn check_age(
    class: Option<&String>,
    days: Option<&i64>,
    at: &Path,
    failures: &mut Failures,
) {
    if let (Some(class), Some(days)) = (class, days)
        && class.ends_with("_IA")
        && *days < 30
    {
        failures.add(at.clone(), format!("is {days}; objects can transition to {class} only after 30 days"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn read(rule: &serde_json::Value, failures: &mut Failures) -> BucketLifecycleRuleInput {
        BucketLifecycleRule::read(Value::from_json(rule).as_object().unwrap(), failures)
    }

    fn problems(rules: serde_json::Value) -> Vec<String> {
        let mut failures = Failures::new();
        let rules: Vec<_> =
            rules.as_array().unwrap().iter().map(|rule| In::known(read(rule, &mut failures))).collect();
        check(&In::known(rules), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn all_that_aws_would_refuse_is_told_at_once() {
        let none = Vec::<String>::new();
        let glacier = json!({"noncurrentVersionTransitions": [{"days": 90, "storageClass": "GLACIER"}]});
        assert_eq!(problems(json!([glacier])), none);
        assert_eq!(problems(json!([{"expiration": {"expiredObjectDeleteMarker": true}}])), none);
        let wrong = json!([
            {"id": "a"},
            {"id": "a", "expiration": {"days": 1, "expiredObjectDeleteMarker": true}},
            {"expiration": {}},
            {"transitions": [{"days": 7, "storageClass": "STANDARD_IA"}, {"storageClass": "GLACIER"}]},
            {"expiration": {"days": 1, "date": "2030-01-01"}},
            {"noncurrentVersionTransitions": [{"noncurrentDays": 29, "storageClass": "ONEZONE_IA"}]},
        ]);
        let expected = [
            "lifecycleRules[0]",
            "lifecycleRules[1].id",
            "lifecycleRules[1].expiration",
            "lifecycleRules[2].expiration",
            "lifecycleRules[3].transitions[0].days",
            "lifecycleRules[3].transitions[1].days",
            "lifecycleRules[4].expiration.date",
            "lifecycleRules[5].noncurrentVersionTransitions[0].noncurrentDays",
        ];
        assert_eq!(problems(wrong), expected);
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let by_date = json!({
            "id": "drafts",
            "tags": {"sort": "draft", "team": "a"},
            "expiration": {"date": "2030-01-01"},
            "transitions": [{"date": "2029-01-01", "storageClass": "GLACIER"}],
        });
        let one_tag = json!({"id": "one", "tags": {"sort": "draft"}, "expiration": {"days": 1}});
        let rule = json!({
            "id": "archive",
            "enabled": false,
            "prefix": "assets/",
            "abortIncompleteMultipartUploadDays": 7,
            "expiration": {"days": 365},
            "noncurrentVersionExpiration": {"noncurrentDays": 400},
            "noncurrentVersionTransitions": [{"noncurrentDays": 90, "storageClass": "GLACIER"}],
            "transitions": [{"days": 0, "storageClass": "INTELLIGENT_TIERING"}],
        });
        for rule in [rule, by_date, one_tag] {
            let mut failures = Failures::new();
            let input = read(&rule, &mut failures);
            let rule = BucketLifecycleRule::settle_fields(&input, &Path::root(), &mut failures).unwrap();
            assert!(failures.is_empty());
            assert_eq!(BucketLifecycleRule::from_aws(&rule.to_aws().unwrap()), rule);
        }
    }
}
