//! Rules laid over those that a bucket has: what no argument tells stays as it is in AWS.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>

use std::collections::BTreeMap;

use aws_sdk_s3::types::{LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, Tag};

use super::BucketLifecycleRule;
use crate::aws::error::{Error, ErrorKind, Result};

/// All rules that the bucket is to have. What is there and is neither among the old nor among the
/// new ones was made by somebody else since, and stays.
pub(super) fn merge(
    there: &[LifecycleRule],
    old: &[BucketLifecycleRule],
    new: &[BucketLifecycleRule],
) -> Result<Vec<LifecycleRule>> {
    let told: Vec<_> = there.iter().map(BucketLifecycleRule::from_aws).collect();
    let known = pair(old, &told);
    let mut kept = pair(new, &told);
    for (index, rule) in new.iter().enumerate().filter(|(_, rule)| rule.id.is_none()) {
        if kept[index].is_none() {
            kept[index] = known
                .iter()
                .flatten()
                .copied()
                .find(|place| told[*place].prefix == rule.prefix && !kept.contains(&Some(*place)));
        }
    }
    let gone = known.iter().flatten().filter(|place| !kept.contains(&Some(**place)));
    let narrow = gone.clone().map(|place| &there[*place]).find(|rule| Narrowing::of(rule).is_any());
    let is_nameless =
        |(rule, place): (&BucketLifecycleRule, &Option<usize>)| rule.id.is_none() && place.is_none();
    if let (Some(narrow), true) = (narrow, new.iter().zip(&kept).any(is_nameless)) {
        return Err(ambiguous(narrow));
    }
    let mut all = Vec::new();
    for (rule, place) in new.iter().zip(&kept) {
        all.push(match place {
            Some(place) => over(rule, &there[*place], &told[*place])?,
            None => rule.to_aws()?,
        });
    }
    let is_unseen = |place: &usize| !known.contains(&Some(*place)) && !kept.contains(&Some(*place));
    all.extend((0..there.len()).filter(is_unseen).map(|place| there[place].clone()));
    Ok(all)
}

/// Which of the rules that are there each of these is: by its id, or else by all that it says.
fn pair(rules: &[BucketLifecycleRule], told: &[BucketLifecycleRule]) -> Vec<Option<usize>> {
    let by_id = |rule: &BucketLifecycleRule| told.iter().position(|told| told.id == rule.id);
    let mut pairs: Vec<_> = rules.iter().map(|rule| rule.id.as_ref().and_then(|_| by_id(rule))).collect();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.id.is_none()) {
        let is_it = |place: &usize| {
            let tags = told[*place].tags.clone().filter(|_| rule.tags.is_some());
            let told = BucketLifecycleRule { id: None, tags, ..told[*place].clone() };
            told == *rule && !pairs.contains(&Some(*place))
        };
        pairs[index] = (0..told.len()).find(is_it);
    }
    pairs
}

/// A rule as it is to be, with what is there of it that no argument tells.
fn over(
    rule: &BucketLifecycleRule,
    there: &LifecycleRule,
    told: &BucketLifecycleRule,
) -> Result<LifecycleRule> {
    let mut made = rule.to_aws()?;
    made.id = made.id.or_else(|| there.id.clone());
    made.filter = Some(filter(rule, Some(there)));
    if rule.expiration == told.expiration {
        made.expiration.clone_from(&there.expiration);
    }
    if rule.transitions == told.transitions {
        made.transitions.clone_from(&there.transitions);
    }
    if let (Some(made), Some(there)) =
        (&mut made.noncurrent_version_expiration, &there.noncurrent_version_expiration)
    {
        made.newer_noncurrent_versions = there.newer_noncurrent_versions;
    }
    for made in made.noncurrent_version_transitions.iter_mut().flatten() {
        let same =
            there.noncurrent_version_transitions().iter().find(|it| it.storage_class == made.storage_class);
        made.newer_noncurrent_versions = same.and_then(|same| same.newer_noncurrent_versions);
    }
    Ok(made)
}

/// What a filter asks of objects beside their prefix.
#[derive(Default)]
struct Narrowing {
    tags: Vec<Tag>,
    larger_than: Option<i64>,
    smaller_than: Option<i64>,
}

impl Narrowing {
    fn of(rule: &LifecycleRule) -> Self {
        let filter = rule.filter();
        let and = filter.and_then(|filter| filter.and());
        let larger = filter.and_then(|filter| filter.object_size_greater_than);
        let smaller = filter.and_then(|filter| filter.object_size_less_than);
        Narrowing {
            tags: tag_list(&tags(rule)),
            larger_than: larger.or_else(|| and.and_then(|and| and.object_size_greater_than)),
            smaller_than: smaller.or_else(|| and.and_then(|and| and.object_size_less_than)),
        }
    }

    fn is_any(&self) -> bool {
        !self.tags.is_empty() || self.larger_than.is_some() || self.smaller_than.is_some()
    }

    /// The filter together with a prefix. Conditions that are more than one stand within `And`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html>
    fn with(self, prefix: &str) -> LifecycleRuleFilter {
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty() || !self.is_any());
        let sizes = [self.larger_than, self.smaller_than];
        let conditions = usize::from(prefix.is_some()) + self.tags.len() + sizes.iter().flatten().count();
        let filter = LifecycleRuleFilter::builder();
        let filter = match conditions {
            0 | 1 => filter
                .set_prefix(prefix.map(str::to_owned))
                .set_tag(self.tags.into_iter().next())
                .set_object_size_greater_than(self.larger_than)
                .set_object_size_less_than(self.smaller_than),
            _ => filter.and(
                LifecycleRuleAndOperator::builder()
                    .set_prefix(prefix.map(str::to_owned))
                    .set_tags(Some(self.tags).filter(|tags| !tags.is_empty()))
                    .set_object_size_greater_than(self.larger_than)
                    .set_object_size_less_than(self.smaller_than)
                    .build(),
            ),
        };
        filter.build()
    }
}

/// The filter of a rule, with what that of the rule which is there asks beside it: its sizes, and its
/// tags where none are given.
pub(super) fn filter(rule: &BucketLifecycleRule, there: Option<&LifecycleRule>) -> LifecycleRuleFilter {
    let mut narrowing = there.map(Narrowing::of).unwrap_or_default();
    if let Some(tags) = &rule.tags {
        narrowing.tags = tag_list(tags);
    }
    narrowing.with(&rule.prefix)
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// The tags of the objects that a rule is about.
pub(super) fn tags(rule: &LifecycleRule) -> BTreeMap<String, String> {
    let filter = rule.filter();
    let within = filter.and_then(|filter| filter.and()).map(|and| and.tags()).unwrap_or_default();
    let all = within.iter().chain(filter.and_then(|filter| filter.tag()));
    all.map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// The prefix of the objects that a rule is about.
pub(super) fn prefix(rule: &LifecycleRule) -> &str {
    let filter = rule.filter();
    let within = filter.and_then(|filter| filter.and()).and_then(|and| and.prefix());
    // Rules of old have the prefix beside the filter.
    #[allow(deprecated)]
    let beside = rule.prefix();
    filter.and_then(|filter| filter.prefix()).or(within).or(beside).unwrap_or_default()
}

fn ambiguous(narrow: &LifecycleRule) -> Error {
    let id = narrow.id().unwrap_or_default();
    let message = format!(
        "the lifecycle rule {id:?} was restricted to objects of some tags or sizes outside of this program, and a \
         rule without id may be meant to take its place, for all objects"
    );
    Error::new(ErrorKind::Invalid, message).with_hint(format!(
        "Give each of lifecycleRules an id: {id:?} keeps the restriction, and another one makes a new rule."
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Path, Value};
    use serde_json::{Value as J, json};

    fn rules(all: J) -> Vec<BucketLifecycleRule> {
        let mut failures = Failures::new();
        let read = |rule: &J| {
            let input = BucketLifecycleRule::read(Value::from_json(rule).as_object().unwrap(), &mut failures);
            BucketLifecycleRule::settle_fields(&input, &Path::root(), &mut failures).unwrap()
        };
        let all = all.as_array().unwrap().iter().map(read).collect();
        assert!(failures.is_empty(), "{failures}");
        all
    }

    fn there(rule: J, change: impl FnOnce(&mut LifecycleRule)) -> LifecycleRule {
        let mut rule = rules(json!([rule]))[0].to_aws().unwrap();
        rule.id.get_or_insert("made-by-aws".to_owned());
        change(&mut rule);
        rule
    }

    fn small_ones(prefix: &str) -> LifecycleRuleFilter {
        let and = LifecycleRuleAndOperator::builder().prefix(prefix).object_size_less_than(1000);
        LifecycleRuleFilter::builder().and(and.build()).build()
    }

    #[test]
    fn a_filter_stays_when_another_rule_changes() {
        let tmp = json!({"prefix": "tmp/", "expiration": {"days": 1}});
        let narrowed = there(tmp.clone(), |rule| rule.filter = Some(small_ones("tmp/")));
        assert_eq!(prefix(&narrowed), "tmp/");
        let logs = |days: i64| json!({"id": "logs", "prefix": "logs/", "expiration": {"days": days}});
        let all = [narrowed.clone(), there(logs(30), |_| {})];
        let merged = merge(&all, &rules(json!([tmp, logs(30)])), &rules(json!([tmp, logs(60)]))).unwrap();
        assert_eq!(merged[0], narrowed);
        assert_eq!(merged[1].expiration().unwrap().days, Some(60));
    }

    #[test]
    fn a_rule_that_changes_stays_as_narrow_as_it_is() {
        let rule =
            |days: i64, prefix: &str| json!({"id": "a", "prefix": prefix, "expiration": {"days": days}});
        let narrowed = there(rule(30, "a/"), |rule| rule.filter = Some(small_ones("a/")));
        let merged =
            merge(&[narrowed], &rules(json!([rule(30, "a/")])), &rules(json!([rule(1, "")]))).unwrap();
        let by_size = LifecycleRuleFilter::builder().object_size_less_than(1000).build();
        assert_eq!(merged[0].filter(), Some(&by_size));
        assert_eq!(merged[0].expiration().unwrap().days, Some(1));
    }

    #[test]
    fn numbers_of_versions_stay_and_a_date_gives_way() {
        let mut rule = json!({
            "id": "a",
            "noncurrentVersionExpiration": {"noncurrentDays": 10},
            "noncurrentVersionTransitions": [{"noncurrentDays": 5, "storageClass": "GLACIER"}],
            "transitions": [{"days": 0, "storageClass": "GLACIER"}],
        });
        let dated = there(rule.clone(), |rule| {
            let transition = &mut rule.transitions.as_mut().unwrap()[0];
            transition.date = Some(aws_sdk_s3::primitives::DateTime::from_secs(4_000_000_000));
            transition.days = None;
            rule.noncurrent_version_expiration.as_mut().unwrap().newer_noncurrent_versions = Some(3);
            rule.noncurrent_version_transitions.as_mut().unwrap()[0].newer_noncurrent_versions = Some(2);
        });
        let old = rules(json!([rule]));
        rule["noncurrentVersionExpiration"]["noncurrentDays"] = json!(20);
        let merged = merge(std::slice::from_ref(&dated), &old, &rules(json!([rule]))).unwrap().remove(0);
        let transition = &merged.transitions()[0];
        assert_eq!((transition.days, transition.date), (Some(0), None), "the program says days");
        let expiration = merged.noncurrent_version_expiration().unwrap();
        assert_eq!((expiration.noncurrent_days, expiration.newer_noncurrent_versions), (Some(20), Some(3)));
        assert_eq!(merged.noncurrent_version_transitions, dated.noncurrent_version_transitions);
    }

    #[test]
    fn what_nobody_here_knew_of_stays_and_what_was_known_goes() {
        let rule = |id: &str| json!({"id": id, "expiration": {"days": 30}});
        let all = [there(rule("a"), |_| {}), there(rule("b"), |_| {}), there(rule("theirs"), |_| {})];
        let merged = merge(&all, &rules(json!([rule("a"), rule("b")])), &rules(json!([rule("a")]))).unwrap();
        let ids: Vec<_> = merged.iter().filter_map(|rule| rule.id()).collect();
        assert_eq!(ids, ["a", "theirs"]);
    }

    #[test]
    fn a_narrow_rule_is_not_replaced_by_one_that_may_be_meant_for_it() {
        let rule = |prefix: &str| json!({"prefix": prefix, "expiration": {"days": 1}});
        let narrowed = there(rule("a/"), |rule| rule.filter = Some(small_ones("a/")));
        let old = rules(json!([rule("a/")]));
        let there = [narrowed];
        let error = merge(&there, &old, &rules(json!([rule("")]))).unwrap_err();
        assert!(error.to_string().contains("made-by-aws"), "{error}");
        let mut named = rule("");
        named["id"] = json!("new");
        assert_eq!(merge(&there, &old, &rules(json!([named]))).unwrap().len(), 1);
        assert!(merge(&there, &old, &[]).unwrap().is_empty());
    }
}
