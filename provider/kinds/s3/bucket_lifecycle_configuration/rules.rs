//! What must hold within lifecycle rules.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>

use super::super::bucket::check_age;
use super::{
    BucketLifecycleConfigurationArgs, BucketLifecycleConfigurationInputs, Expiration, LifecycleFilter,
    LifecycleFilterInput, LifecycleRule, LifecycleRuleInput, NoncurrentTransition, Transition,
};
use crate::model::{Failures, Path};

pub(super) fn check(args: &BucketLifecycleConfigurationInputs, failures: &mut Failures) {
    let mut ids = Vec::new();
    for (index, rule) in args.rules.get().into_iter().flatten().enumerate() {
        let Some(rule) = rule.get() else { continue };
        let at = Path::from(BucketLifecycleConfigurationArgs::RULES).index(index);
        if let Some(id) = rule.id.get() {
            if ids.contains(&id) {
                let reason =
                    format!("is {id:?}, which another rule has already; give each rule an ID of its own");
                failures.add(at.key(LifecycleRule::ID), reason);
            }
            ids.push(id);
        }
        check_rule(rule, &at, failures);
    }
}

fn check_rule(rule: &LifecycleRuleInput, at: &Path, failures: &mut Failures) {
    let does = [
        rule.abort_incomplete_multipart_upload.is_set(),
        rule.expiration.is_set(),
        rule.noncurrent_version_expiration.is_set(),
        rule.transitions.get().is_none_or(|items| !items.is_empty()),
        rule.noncurrent_version_transitions.get().is_none_or(|items| !items.is_empty()),
    ];
    if !does.contains(&true) {
        let reason = "does nothing; give an expiration, transitions or abortIncompleteMultipartUpload";
        failures.add(at.clone(), reason);
    }
    if rule.prefix.is_set() && rule.filter.is_set() {
        failures.add(at.key(LifecycleRule::PREFIX), "conflicts with filter; give filter.prefix instead");
    }
    if let Some(expiration) = rule.expiration.get() {
        let marks = expiration.expired_object_delete_marker.get() == Some(&true);
        let given = [expiration.date.is_set(), expiration.days.is_set(), marks];
        let at = at.key(LifecycleRule::EXPIRATION);
        match given.iter().filter(|is_given| **is_given).count() {
            1 => {}
            0 if expiration.expired_object_delete_marker.is_unknown() => {}
            0 => failures.add(at, "is incomplete; give days, date or expiredObjectDeleteMarker"),
            _ => {
                let of = if marks { Expiration::EXPIRED_OBJECT_DELETE_MARKER } else { Expiration::DATE };
                failures.add(
                    at.key(of),
                    "conflicts with what else is given; give one of days, date and expiredObjectDeleteMarker",
                );
            }
        }
    }
    if let Some(filter) = rule.filter.get() {
        check_filter(filter, &at.key(LifecycleRule::FILTER), failures);
    }
    for (index, transition) in rule.transitions.get().into_iter().flatten().enumerate() {
        let Some(transition) = transition.get() else { continue };
        let at = at.key(LifecycleRule::TRANSITIONS).index(index);
        match (transition.date.is_set(), transition.days.is_set()) {
            (true, true) => {
                failures.add(at.key(Transition::DATE), "conflicts with days; give only one of them")
            }
            (false, false) => failures.add(at.key(Transition::DAYS), "is missing; give it, or date"),
            _ => {}
        }
        check_age(transition.storage_class.get(), transition.days.get(), &at.key(Transition::DAYS), failures);
    }
    for (index, transition) in rule.noncurrent_version_transitions.get().into_iter().flatten().enumerate() {
        let Some(transition) = transition.get() else { continue };
        let at = at.key(LifecycleRule::NONCURRENT_VERSION_TRANSITIONS).index(index);
        let days = transition.noncurrent_days.get();
        let at = at.key(NoncurrentTransition::NONCURRENT_DAYS);
        check_age(transition.storage_class.get(), days, &at, failures);
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html>
fn check_filter(filter: &LifecycleFilterInput, at: &Path, failures: &mut Failures) {
    let given = [
        filter.and.is_set(),
        filter.object_size_greater_than.is_set(),
        filter.object_size_less_than.is_set(),
        filter.prefix.is_set(),
        filter.tag.is_set(),
    ];
    if given.iter().filter(|is_given| **is_given).count() > 1 {
        let reason = "has several conditions; put them all into filter.and";
        failures.add(at.clone(), reason);
    }
    if let Some(and) = filter.and.get() {
        let tags = and.tags.get().map_or(usize::from(and.tags.is_unknown()) * 2, |tags| tags.len());
        let others =
            [and.object_size_greater_than.is_set(), and.object_size_less_than.is_set(), and.prefix.is_set()];
        if tags + others.iter().filter(|is_given| **is_given).count() < 2 {
            let reason = "has fewer than two conditions; give more, or put the one into the filter itself";
            failures.add(at.key(LifecycleFilter::AND), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::json;

    #[test]
    fn all_that_aws_would_refuse_is_told_at_once() {
        let told = |rules: serde_json::Value| -> Vec<String> {
            let args = Value::from_json(&json!({ "bucket": "logs", "rules": rules }));
            let input =
                BucketLifecycleConfigurationArgs::read(args.as_object().unwrap(), &mut Failures::new());
            let mut failures = Failures::new();
            check(&input, &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect()
        };
        let rule = |of: serde_json::Value| {
            let mut rule = json!({ "id": "a", "status": "Enabled" });
            rule.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
            rule
        };
        assert_eq!(told(json!([rule(json!({ "expiration": { "days": 1 }, "filter": {} }))])), [""; 0]);
        let wrong = json!([
            rule(json!({})),
            rule(json!({ "expiration": { "days": 1, "date": "2030-01-01T00:00:00Z" } })),
            rule(json!({ "id": "b", "expiration": {}, "prefix": "a", "filter": { "prefix": "a" } })),
            rule(
                json!({ "id": "c", "expiration": { "days": 1 }, "filter": { "prefix": "a", "tag": { "key": "a", "value": "b" } } })
            ),
            rule(json!({ "id": "d", "expiration": { "days": 1 }, "filter": { "and": { "prefix": "a" } } })),
            rule(
                json!({ "id": "e", "transitions": [{ "storageClass": "GLACIER" }, { "days": 7, "storageClass": "STANDARD_IA" }] })
            ),
        ]);
        let expected = [
            "rules[0]",
            "rules[1].id",
            "rules[1].expiration.date",
            "rules[2].prefix",
            "rules[2].expiration",
            "rules[3].filter",
            "rules[4].filter.and",
            "rules[5].transitions[0].days",
            "rules[5].transitions[1].days",
        ];
        assert_eq!(told(wrong), expected);
    }
}
