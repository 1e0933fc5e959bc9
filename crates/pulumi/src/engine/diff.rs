//! Comparing what is with what is wanted, by meaning rather than by text.

use serde_json::Value as J;

use crate::model::{Change, Field, Object, Path, Same, Shape, Table, Value};

/// One property that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub path: Path,
    pub kind: Kind,
    /// Whether the resource must be replaced for it.
    pub replace: bool,
}

/// How a property differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Add,
    Delete,
    Update,
}

/// All that differs between old and new inputs. What AWS has beyond the old inputs is in
/// `outputs`; it counts where AWS picks a value or may have more than was asked for.
pub fn compare(table: &Table, old: &Object, outputs: &Object, new: &Object) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut comparison = Comparison { found: &mut found };
    comparison.fields(table, old, outputs, new, &Path::root(), false);
    found
}

/// Whether what AWS has is what is wanted.
pub fn satisfied(field: &Field, actual: &Value, wanted: &Value) -> bool {
    let mut found = Vec::new();
    let mut comparison = Comparison { found: &mut found };
    comparison.value(&field.shape, field.same, actual, wanted, &Path::root(), false);
    found.is_empty() || field.is_off(actual) && field.is_off(wanted)
}

struct Comparison<'a> {
    found: &'a mut Vec<Difference>,
}

impl Comparison<'_> {
    fn fields(
        &mut self,
        table: &Table,
        old: &Object,
        outputs: &Object,
        new: &Object,
        at: &Path,
        replace: bool,
    ) {
        for field in table.fields {
            let at = at.key(field.name);
            let replace = replace || field.change == Change::Replace;
            let is_taken_out = field.is_taken_out(old.get(field.name), new.get(field.name));
            let old = actual(field, old, outputs);
            match (old, new.get(field.name).filter(|v| !v.is_null())) {
                (None, None) => {}
                (Some(old), None) => {
                    let is_left = field.aws_default && !is_taken_out || field.if_given;
                    if !(is_left || field.is_none(old)) {
                        self.note(at, Kind::Delete, replace);
                    }
                }
                (None, Some(new)) => {
                    if !field.is_none(new) {
                        self.note(at, Kind::Add, replace);
                    }
                }
                (Some(old), Some(new)) if field.is_off(old) && field.is_off(new) => {}
                (Some(old), Some(new)) => self.value(&field.shape, field.same, old, new, &at, replace),
            }
        }
    }

    fn value(&mut self, shape: &Shape, same: Same, old: &Value, new: &Value, at: &Path, replace: bool) {
        let (old, new) = (old.peel(), new.peel());
        if old == new && !new.has_unknown() {
            return;
        }
        if matches!(same, Same::Exact) && self.descend(shape, old, new, at, replace).is_some() {
            return;
        }
        if !means_the_same(shape, same, old, new) {
            self.note(at.clone(), Kind::Update, replace);
        }
    }

    /// Compares part by part where both values have the same parts.
    fn descend(&mut self, shape: &Shape, old: &Value, new: &Value, at: &Path, replace: bool) -> Option<()> {
        match (shape, old, new) {
            (Shape::Object(table), Value::Object(old), Value::Object(new)) => {
                self.fields(table, old, &Object::new(), new, at, replace);
            }
            (Shape::Map(item), Value::Object(old), Value::Object(new)) => {
                for (key, value) in old {
                    match new.get(key) {
                        Some(wanted) => self.value(item, Same::Exact, value, wanted, &at.key(key), replace),
                        None => self.note(at.key(key), Kind::Delete, replace),
                    }
                }
                for key in new.keys().filter(|key| !old.contains_key(*key)) {
                    self.note(at.key(key), Kind::Add, replace);
                }
            }
            (Shape::Array(item), Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.value(item, Same::Exact, old, new, &at.index(index), replace);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn note(&mut self, path: Path, kind: Kind, replace: bool) {
        self.found.push(Difference { path, kind, replace });
    }
}

/// What the resource has of a property.
fn actual<'a>(field: &Field, old: &'a Object, outputs: &'a Object) -> Option<&'a Value> {
    let known_to_aws = || outputs.get(field.name).filter(|v| !v.is_null());
    let given = old.get(field.name).filter(|v| !v.is_null());
    match field.same {
        Same::Floor | Same::Version => known_to_aws().or(given),
        _ if field.aws_default => given.or_else(known_to_aws),
        _ => given,
    }
}

fn means_the_same(shape: &Shape, same: Same, actual: &Value, wanted: &Value) -> bool {
    if wanted.has_unknown() || actual.has_unknown() {
        return false;
    }
    match (same, actual, wanted) {
        (Same::Set, Value::Array(actual), Value::Array(wanted)) => {
            let item = if let Shape::Array(item) = shape { item } else { &Shape::Any };
            same_set(item, actual, wanted)
        }
        (Same::AnyCase, Value::String(actual), Value::String(wanted)) => actual.eq_ignore_ascii_case(wanted),
        (Same::Floor, Value::Number(actual), Value::Number(wanted)) => actual >= wanted,
        (Same::Version, Value::String(actual), Value::String(wanted)) => version_satisfies(actual, wanted),
        (Same::Json, actual, wanted) => json(actual).is_some_and(|a| Some(a) == json(wanted)),
        (Same::Policy, actual, wanted) => {
            json(actual).map(policy).is_some_and(|a| Some(a) == json(wanted).map(policy))
        }
        (Same::By(judge), actual, wanted) => judge(actual, wanted),
        (_, Value::Opaque(actual), Value::Opaque(wanted)) => crate::model::asset::same(actual, wanted),
        _ => match (shape, json(actual)) {
            (Shape::Json, Some(actual)) => Some(actual) == json(wanted),
            _ => false,
        },
    }
}

fn same_set(item: &Shape, actual: &[Value], wanted: &[Value]) -> bool {
    let mut left: Vec<&Value> = actual.iter().collect();
    actual.len() == wanted.len()
        && wanted.iter().all(|wanted| {
            let same = |actual: &&Value| {
                let mut found = Vec::new();
                Comparison { found: &mut found }.value(
                    item,
                    Same::Exact,
                    actual,
                    wanted,
                    &Path::root(),
                    false,
                );
                found.is_empty()
            };
            left.iter().position(same).map(|index| left.swap_remove(index)).is_some()
        })
}

/// Whether two texts or objects mean the same as IAM policies.
pub fn same_policy(one: &Value, other: &Value) -> bool {
    means_the_same(&Shape::Json, Same::Policy, one.peel(), other.peel())
}

fn json(value: &Value) -> Option<J> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => other.to_json(),
    }
}

/// The form of an IAM policy in which equal meanings are equal.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn policy(document: J) -> J {
    match document {
        J::String(text) => J::String(principal(text)),
        J::Bool(value) => J::String(value.to_string()),
        J::Number(value) => J::String(value.to_string()),
        J::Array(items) => {
            let mut items: Vec<J> = items.into_iter().map(policy).collect();
            items.sort_by_key(J::to_string);
            match <[J; 1]>::try_from(items) {
                Ok([only]) => only,
                Err(items) => J::Array(items),
            }
        }
        J::Object(fields) => J::Object(fields.into_iter().map(|(k, v)| (k, policy(v))).collect()),
        other => other,
    }
}

/// AWS turns the number of an account into the ARN of the account itself, its root.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn principal(text: String) -> String {
    let account = text.strip_prefix("arn:").and_then(|rest| {
        let (_partition, rest) = rest.split_once(":iam::")?;
        rest.strip_suffix(":root")
    });
    match account {
        Some(account) if account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()) => {
            account.to_owned()
        }
        _ => text,
    }
}

/// Whether `actual` is `wanted` or a later minor version of it. Versions of Aurora MySQL are those of
/// Aurora, after that of MySQL: `8.0.mysql_aurora.3.08.0`.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Updates.Versions.html>
pub fn version_satisfies(actual: &str, wanted: &str) -> bool {
    const AURORA: &str = ".mysql_aurora.";
    match (actual.split_once(AURORA), wanted.split_once(AURORA)) {
        (Some((_, actual)), Some((_, wanted))) => is_later_minor(actual, wanted),
        (Some((mysql, _)), None) => mysql == wanted,
        _ => actual == wanted || is_later_minor(actual, wanted),
    }
}

fn is_later_minor(actual: &str, wanted: &str) -> bool {
    // ElastiCache calls the line 6 of Redis `6.x`.
    let wanted = wanted.strip_suffix(".x").unwrap_or(wanted);
    let parts = |text: &str| text.split('.').map(|p| p.parse::<u64>().ok()).collect::<Option<Vec<u64>>>();
    match (parts(actual), parts(wanted)) {
        (Some(actual), Some(wanted)) => actual.first() == wanted.first() && actual >= wanted,
        _ => actual == wanted,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Model;
    use std::collections::BTreeMap;

    /// A rule.
    #[derive(Clone, Model)]
    #[allow(dead_code)]
    struct Rule {
        /// The port.
        port: i64,
        /// What AWS calls it.
        #[model(aws_default)]
        label: Option<String>,
    }

    /// A thing.
    #[derive(Model)]
    #[allow(dead_code)]
    struct ThingArgs {
        /// The name.
        #[model(replace)]
        name: String,
        /// Rules.
        #[model(in_place, default = [])]
        rules: Vec<Rule>,
        /// Zones.
        #[model(replace, set, aws_default)]
        zones: Option<Vec<String>>,
        /// Tags.
        #[model(in_place, default = {})]
        tags: BTreeMap<String, String>,
        /// Policy.
        #[model(in_place, policy)]
        policy: Option<String>,
        /// Storage.
        #[model(in_place, floor)]
        storage: Option<i64>,
        /// Version.
        #[model(in_place, version)]
        version: Option<String>,
        /// Openings.
        #[model(in_place, set, if_given)]
        openings: Option<Vec<String>>,
    }

    fn differences(old: J, outputs: J, new: J) -> Vec<String> {
        let object = |json: J| Value::from_json(&json).as_object().unwrap().clone();
        compare(ThingArgs::TABLE, &object(old), &object(outputs), &object(new))
            .iter()
            .map(|d| format!("{:?} {}{}", d.kind, d.path, if d.replace { " replaces" } else { "" }))
            .collect()
    }

    #[test]
    fn what_changed_is_named_by_its_path() {
        let old = serde_json::json!({"name": "a", "rules": [{"port": 1, "label": "x"}], "tags": {"a.b": "1", "c": "2"}});
        let new = serde_json::json!({"name": "b", "rules": [{"port": 2}], "tags": {"a.b": "2", "d": "3"}, "zones": ["z"]});
        let expected = [
            "Update name replaces",
            "Update rules[0].port",
            "Add zones replaces",
            r#"Update tags["a.b"]"#,
            "Delete tags.c",
            "Add tags.d",
        ];
        assert_eq!(differences(old, serde_json::json!({}), new), expected);
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        let none = serde_json::json!({});
        let cases = [
            (serde_json::json!({"tags": {}}), none.clone(), none.clone()),
            (
                serde_json::json!({"zones": ["a", "b"]}),
                none.clone(),
                serde_json::json!({"zones": ["b", "a"]}),
            ),
            (serde_json::json!({"zones": ["a"]}), none.clone(), none.clone()),
            (none.clone(), serde_json::json!({"zones": ["a"]}), serde_json::json!({"zones": ["a"]})),
            (
                serde_json::json!({"policy": r#"{"Action": ["b", "a"], "Resource": ["*"]}"#}),
                none.clone(),
                serde_json::json!({"policy": r#"{"Resource":"*","Action":["a","b"]}"#}),
            ),
            (
                serde_json::json!({"policy": r#"{"Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Condition": {"Bool": {"a": "true"}}}"#}),
                none.clone(),
                serde_json::json!({"policy": r#"{"Principal":{"AWS":["123456789012"]},"Condition":{"Bool":{"a":true}}}"#}),
            ),
            (
                serde_json::json!({"storage": 20}),
                serde_json::json!({"storage": 60}),
                serde_json::json!({"storage": 40}),
            ),
            (
                serde_json::json!({"version": "15"}),
                serde_json::json!({"version": "15.14"}),
                serde_json::json!({"version": "15.13"}),
            ),
        ];
        for (old, outputs, new) in cases {
            assert_eq!(differences(old.clone(), outputs, new.clone()), Vec::<String>::new(), "{old} {new}");
        }
    }

    #[test]
    fn what_counts_only_if_given_is_the_whole_then_and_no_matter_otherwise() {
        let (none, empty) = (serde_json::json!({}), serde_json::json!({"openings": []}));
        let some = serde_json::json!({"openings": ["a"]});
        assert_eq!(differences(some.clone(), none.clone(), none.clone()), Vec::<String>::new());
        assert_eq!(differences(none.clone(), none.clone(), empty.clone()), ["Add openings"]);
        assert_eq!(differences(some, none, empty), ["Update openings"]);
    }

    #[test]
    fn a_policy_that_means_something_else_is_a_change() {
        // The second principal is a role that is gone: AWS shows its id then.
        for other in ["arn:aws:iam::123456789012:role/app", "AROA1234567890EXAMPLE", "210987654321"] {
            let policy =
                |who: &str| serde_json::json!({"policy": format!(r#"{{"Principal": {{"AWS": "{who}"}}}}"#)});
            let found = differences(policy(other), serde_json::json!({}), policy("123456789012"));
            assert_eq!(found, ["Update policy"]);
        }
    }

    #[test]
    fn what_is_unknown_is_a_change() {
        let new = Object::from([("name".to_owned(), Value::Unknown)]);
        let old = Object::from([("name".to_owned(), Value::from("a"))]);
        let found = compare(ThingArgs::TABLE, &old, &Object::new(), &new);
        assert!(found.len() == 1 && found[0].replace);
    }

    #[test]
    fn a_secret_is_compared_by_what_it_holds() {
        let old = Object::from([("name".to_owned(), Value::from("a"))]);
        let new = Object::from([("name".to_owned(), Value::from("a").into_secret())]);
        assert_eq!(compare(ThingArgs::TABLE, &old, &Object::new(), &new), []);
    }

    #[test]
    fn versions_are_satisfied_by_later_minor_ones() {
        assert!(version_satisfies("15.14", "15.13") && version_satisfies("16.3", "16"));
        assert!(!version_satisfies("15.12", "15.13") && !version_satisfies("16.1", "15.13"));
        assert!(version_satisfies("8.0.mysql", "8.0.mysql") && !version_satisfies("8.0.b", "8.0.a"));
        assert!(version_satisfies("6.2", "6.x") && !version_satisfies("7.0", "6.x"));
        assert!(version_satisfies("6.x", "6.x"));
        let aurora = "8.0.mysql_aurora.3.08.0";
        assert!(version_satisfies(aurora, "8.0") && version_satisfies(aurora, "8.0.mysql_aurora.3.04.1"));
        assert!(!version_satisfies(aurora, "8.0.mysql_aurora.3.09.0"));
        assert!(!version_satisfies("5.7.mysql_aurora.2.12.0", "8.0.mysql_aurora.3.04.1"));
    }
}
