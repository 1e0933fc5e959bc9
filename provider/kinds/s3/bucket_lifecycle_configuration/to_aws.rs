//! Lifecycle rules as AWS says them.

use super::{
    AbortUploads, Expiration, LifecycleFilter, LifecycleFilterAnd, LifecycleRule, LifecycleTag,
    NoncurrentExpiration, NoncurrentTransition, Transition,
};
use crate::aws::error::Result;
use crate::kinds::s3::dates::{date, told_date};
use aws_sdk_s3::types;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRuleAndOperator,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag,
    TransitionStorageClass,
};

impl LifecycleRule {
    pub(super) fn from_aws(there: &types::LifecycleRule) -> Self {
        let expiration = |it: &LifecycleExpiration| Expiration {
            date: it.date.as_ref().and_then(told_date),
            days: it.days.filter(|days| *days > 0).map(i64::from),
            expired_object_delete_marker: it.expired_object_delete_marker.unwrap_or_default(),
        };
        let noncurrent = |it: &NoncurrentVersionTransition| NoncurrentTransition {
            newer_noncurrent_versions: it.newer_noncurrent_versions.map(i64::from),
            noncurrent_days: it.noncurrent_days.map(i64::from).unwrap_or_default(),
            storage_class: class(it.storage_class()),
        };
        let transition = |it: &types::Transition| Transition {
            date: it.date.as_ref().and_then(told_date),
            days: it.days.filter(|_| it.date.is_none()).map(i64::from),
            storage_class: class(it.storage_class()),
        };
        #[allow(deprecated)]
        let prefix = there.prefix.clone().filter(|_| there.filter.is_none());
        LifecycleRule {
            abort_incomplete_multipart_upload: there
                .abort_incomplete_multipart_upload()
                .and_then(|abort| abort.days_after_initiation)
                .map(|days| AbortUploads { days_after_initiation: days.into() }),
            expiration: there.expiration().map(expiration),
            filter: there
                .filter()
                .map(LifecycleFilter::from_aws)
                .filter(|filter| *filter != LifecycleFilter::ALL),
            id: there.id.clone().unwrap_or_default(),
            noncurrent_version_expiration: there.noncurrent_version_expiration().map(|it| {
                NoncurrentExpiration {
                    newer_noncurrent_versions: it.newer_noncurrent_versions.map(i64::from),
                    noncurrent_days: it.noncurrent_days.map(i64::from).unwrap_or_default(),
                }
            }),
            noncurrent_version_transitions: there
                .noncurrent_version_transitions()
                .iter()
                .map(noncurrent)
                .collect(),
            prefix,
            status: there.status.as_str().to_owned(),
            transitions: there.transitions().iter().map(transition).collect(),
        }
    }

    pub(super) fn to_aws(&self) -> Result<types::LifecycleRule> {
        let some = |number: Option<i64>| number.map(|number| number as i32);
        let abort = self.abort_incomplete_multipart_upload.as_ref();
        let abort = abort.map(|abort| abort.days_after_initiation as i32);
        let expiration = self.expiration.as_ref().map(|it| {
            LifecycleExpiration::builder()
                .set_date(it.date.as_deref().and_then(date))
                .set_days(some(it.days))
                .set_expired_object_delete_marker(it.expired_object_delete_marker.then_some(true))
                .build()
        });
        let noncurrent = self.noncurrent_version_transitions.iter().map(|it| {
            NoncurrentVersionTransition::builder()
                .set_newer_noncurrent_versions(some(it.newer_noncurrent_versions))
                .noncurrent_days(it.noncurrent_days as i32)
                .storage_class(TransitionStorageClass::from(it.storage_class.as_str()))
                .build()
        });
        let noncurrent_expiration = self.noncurrent_version_expiration.as_ref().map(|it| {
            NoncurrentVersionExpiration::builder()
                .set_newer_noncurrent_versions(some(it.newer_noncurrent_versions))
                .noncurrent_days(it.noncurrent_days as i32)
                .build()
        });
        let transitions = self.transitions.iter().map(|it| {
            types::Transition::builder()
                .set_date(it.date.as_deref().and_then(date))
                .set_days(some(it.days))
                .storage_class(TransitionStorageClass::from(it.storage_class.as_str()))
                .build()
        });
        let filter = || self.filter.as_ref().map_or_else(LifecycleFilter::all, LifecycleFilter::to_aws);
        #[allow(deprecated)]
        let built = types::LifecycleRule::builder().set_prefix(self.prefix.clone());
        Ok(built
            .set_abort_incomplete_multipart_upload(
                abort.map(|days| {
                    AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
                }),
            )
            .set_expiration(expiration)
            .set_filter(self.prefix.is_none().then(filter))
            .id(&self.id)
            .set_noncurrent_version_expiration(noncurrent_expiration)
            .set_noncurrent_version_transitions(Some(noncurrent.collect()).filter(is_any))
            .set_transitions(Some(transitions.collect()).filter(is_any))
            .status(ExpirationStatus::from(self.status.as_str()))
            .build()?)
    }
}

#[allow(clippy::ptr_arg, reason = "Option::filter hands the whole")]
fn is_any<T>(items: &Vec<T>) -> bool {
    !items.is_empty()
}

fn class(class: Option<&TransitionStorageClass>) -> String {
    class.map(|class| class.as_str()).unwrap_or_default().to_owned()
}

impl LifecycleFilter {
    pub(super) const ALL: Self = LifecycleFilter {
        and: None,
        object_size_greater_than: None,
        object_size_less_than: None,
        prefix: None,
        tag: None,
    };

    fn all() -> LifecycleRuleFilter {
        LifecycleRuleFilter::builder().prefix("").build()
    }

    fn from_aws(there: &LifecycleRuleFilter) -> Self {
        let tag = |tag: &Tag| (tag.key.clone(), tag.value.clone());
        let some = |prefix: &Option<String>| prefix.clone().filter(|prefix| !prefix.is_empty());
        LifecycleFilter {
            and: there.and().map(|and| LifecycleFilterAnd {
                object_size_greater_than: and.object_size_greater_than,
                object_size_less_than: and.object_size_less_than,
                prefix: some(&and.prefix),
                tags: and.tags().iter().map(tag).collect(),
            }),
            object_size_greater_than: there.object_size_greater_than,
            object_size_less_than: there.object_size_less_than,
            prefix: some(&there.prefix),
            tag: there.tag().map(tag).map(|(key, value)| LifecycleTag { key, value }),
        }
    }

    fn to_aws(&self) -> LifecycleRuleFilter {
        let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build().ok();
        let and = self.and.as_ref().map(|and| {
            LifecycleRuleAndOperator::builder()
                .set_object_size_greater_than(and.object_size_greater_than)
                .set_object_size_less_than(and.object_size_less_than)
                .set_prefix(and.prefix.clone())
                .set_tags(Some(and.tags.iter().filter_map(tag).collect()).filter(is_any))
                .build()
        });
        if *self == Self::ALL {
            return Self::all();
        }
        LifecycleRuleFilter::builder()
            .set_and(and)
            .set_object_size_greater_than(self.object_size_greater_than)
            .set_object_size_less_than(self.object_size_less_than)
            .set_prefix(self.prefix.clone())
            .set_tag(self.tag.as_ref().and_then(|it| tag((&it.key, &it.value))))
            .build()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Path, Value};
    use serde_json::json;

    fn rule(of: serde_json::Value) -> LifecycleRule {
        let mut failures = Failures::new();
        let input = LifecycleRule::read(Value::from_json(&of).as_object().unwrap(), &mut failures);
        let rule = LifecycleRule::settle_fields(&input, &Path::root(), &mut failures);
        assert!(failures.is_empty(), "{failures}");
        rule.unwrap()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let rules = [
            json!({
                "id": "all",
                "status": "Enabled",
                "abortIncompleteMultipartUpload": { "daysAfterInitiation": 7 },
                "expiration": { "date": "2030-01-01T00:00:00Z" },
                "noncurrentVersionExpiration": { "noncurrentDays": 400, "newerNoncurrentVersions": 3 },
                "noncurrentVersionTransitions": [{ "noncurrentDays": 90, "storageClass": "GLACIER" }],
            }),
            json!({
                "id": "some",
                "status": "Disabled",
                "filter": { "and": { "prefix": "logs/", "tags": { "a": "b" }, "objectSizeGreaterThan": 1000 } },
                "transitions": [{ "days": 0, "storageClass": "GLACIER_IR" }],
            }),
            json!({ "id": "tag", "status": "Enabled", "filter": { "tag": { "key": "a", "value": "b" } }, "expiration": { "days": 1 } }),
            json!({ "id": "old", "status": "Enabled", "prefix": "logs/", "expiration": { "days": 1 } }),
        ];
        for rule in rules.map(rule) {
            assert_eq!(LifecycleRule::from_aws(&rule.to_aws().unwrap()), rule);
        }
    }

    #[test]
    fn a_rule_without_a_filter_is_for_all_objects() {
        let sent =
            rule(json!({ "id": "all", "status": "Enabled", "expiration": { "days": 1 } })).to_aws().unwrap();
        assert_eq!(sent.filter().and_then(|filter| filter.prefix()), Some(""));
    }
}
