//! The inputs that a refresh or an import writes into the state, from what AWS says.

use super::diff;
use crate::model::{Field, Object, Shape, Table, Value, default_of};

/// What the inputs would have to be for AWS to look as it does. What still means the same keeps
/// the form that the program gave it, secrets included, and what AWS does not tell stays. It tells
/// that there is none by a null.
pub fn inputs(table: &Table, old: &Object, observed: &Object) -> Object {
    let input = |field: &Field| match (old.get(field.name), observed.get(field.name)) {
        (old, None) => old.filter(|v| !v.is_null()).cloned(),
        (old, told) => input(field, old, told),
    };
    table.fields.iter().filter_map(|field| Some((field.name.to_owned(), input(field)?))).collect()
}

/// The same for an object inside the inputs, of which AWS tells all or nothing.
fn parts(table: &Table, old: &Object, observed: &Object) -> Object {
    table
        .fields
        .iter()
        .filter_map(|field| {
            Some((field.name.to_owned(), input(field, old.get(field.name), observed.get(field.name))?))
        })
        .collect()
}

/// The inputs of a resource that no program has described yet: what it needs, and what is not as
/// it would be by itself.
pub fn imported(table: &Table, observed: &Object) -> Object {
    table
        .fields
        .iter()
        .filter_map(|field| {
            let value = observed.get(field.name).filter(|v| !v.is_null())?;
            let needed = field.required || field.autoname;
            let usual = (field.aws_default && !field.imported)
                || default_of(field).is_some_and(|default| diff::satisfied(field, value, &default))
                || says_nothing(&field.shape, value)
                || field.is_off(value);
            (needed || !usual).then(|| (field.name.to_owned(), wrap(field, value.clone())))
        })
        .collect()
}

fn input(field: &Field, old: Option<&Value>, observed: Option<&Value>) -> Option<Value> {
    let observed = observed.filter(|v| !v.is_null());
    match (old.filter(|v| !v.is_null()), observed) {
        (None, None) => None,
        (None, Some(_)) if field.aws_default || field.if_given => None,
        (None, Some(value)) => {
            (!says_nothing(&field.shape, value) && !field.is_off(value)).then(|| wrap(field, value.clone()))
        }
        (Some(old), None) => {
            let is_kept = field.aws_default || *old.peel() == empty(&field.shape) || field.is_off(old);
            is_kept.then(|| old.clone())
        }
        (Some(old), Some(observed)) if diff::satisfied(field, observed, old) => Some(old.clone()),
        (Some(old), Some(observed)) => {
            let merged = merge(&field.shape, old.peel(), observed);
            Some(if old.has_secret() { merged.into_secret() } else { wrap(field, merged) })
        }
    }
}

/// Keeps, inside a value that drifted, the parts that did not.
fn merge(shape: &Shape, old: &Value, observed: &Value) -> Value {
    match (shape, old, observed.peel()) {
        (Shape::Object(table), Value::Object(old), Value::Object(observed)) => {
            Value::Object(parts(table, old, observed))
        }
        (Shape::Array(item), Value::Array(old), Value::Array(observed)) if old.len() == observed.len() => {
            Value::Array(old.iter().zip(observed).map(|(old, new)| merge(item, old.peel(), new)).collect())
        }
        _ => observed.clone(),
    }
}

/// Whether a value says no more than an absent one. An object without properties may say something: it can stand
/// for a choice, such as the action of a rule.
fn says_nothing(shape: &Shape, value: &Value) -> bool {
    match (shape, value.peel()) {
        (_, Value::Null) => true,
        (Shape::String, Value::String(text)) => text.is_empty(),
        (Shape::Object(table), Value::Object(parts)) => {
            let tells =
                |field: &Field| parts.get(field.name).is_some_and(|part| !says_nothing(&field.shape, part));
            !parts.is_empty() && !table.fields.iter().any(tells)
        }
        (shape, value) => *value == empty(shape),
    }
}

fn empty(shape: &Shape) -> Value {
    match shape {
        Shape::Array(_) => Value::Array(Vec::new()),
        Shape::Map(_) => Value::Object(Object::new()),
        _ => Value::Null,
    }
}

fn wrap(field: &Field, value: Value) -> Value {
    if field.secret { value.into_secret() } else { value }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Model;
    use serde_json::json;
    use std::collections::BTreeMap;

    /// Where logs go.
    #[derive(Clone, Model)]
    #[allow(dead_code)]
    struct Logs {
        /// Whether they go there.
        enabled: Option<bool>,
    }

    /// Where a thing comes from.
    #[derive(Clone, Model)]
    #[allow(dead_code)]
    struct Origin {
        /// The host.
        host: Option<String>,
        /// The paths.
        paths: Option<Vec<String>>,
    }

    /// A thing.
    #[derive(Model)]
    #[allow(dead_code)]
    struct ThingArgs {
        /// The name.
        #[model(replace, autoname)]
        name: String,
        /// The size.
        #[model(in_place, default = 1)]
        size: i64,
        /// The zone.
        #[model(replace, aws_default)]
        zone: Option<String>,
        /// The kind.
        #[model(replace, aws_default, imported)]
        kind: Option<String>,
        /// The places.
        #[model(in_place, aws_default, imported)]
        places: Option<Vec<String>>,
        /// The password.
        #[model(in_place, secret, write_only)]
        password: Option<String>,
        /// Tags.
        #[model(in_place, default = {})]
        tags: BTreeMap<String, String>,
        /// The zones.
        #[model(in_place, set)]
        zones: Option<Vec<String>>,
        /// Where logs go.
        #[model(in_place, off = Value::is_off)]
        logs: Option<Logs>,
        /// The label.
        #[model(in_place)]
        label: Option<String>,
        /// Where it comes from.
        #[model(in_place)]
        origin: Option<Origin>,
        /// The openings.
        #[model(in_place, if_given)]
        openings: Option<Vec<String>>,
    }

    fn object(json: serde_json::Value) -> Object {
        Value::from_json(&json).as_object().unwrap().clone()
    }

    #[test]
    fn what_did_not_drift_keeps_its_form() {
        let mut old = object(json!({"name": "a", "size": 1, "tags": {}, "zones": ["b", "a"]}));
        old.insert("password".into(), Value::from("hunter2").into_secret());
        let observed = object(json!({"name": "a", "size": 1, "zone": "z", "tags": {}, "zones": ["a", "b"]}));
        assert_eq!(inputs(ThingArgs::TABLE, &old, &observed), old);
    }

    #[test]
    fn what_aws_does_not_tell_stays() {
        let old = object(json!({"name": "a", "size": 1, "tags": {}, "zones": ["a"]}));
        assert_eq!(inputs(ThingArgs::TABLE, &old, &object(json!({"name": "a"}))), old);
    }

    #[test]
    fn what_counts_only_if_given_drifts_only_then() {
        let observed = object(json!({"openings": ["b"]}));
        let none = object(json!({"name": "a"}));
        assert_eq!(inputs(ThingArgs::TABLE, &none, &observed), none);
        let some = object(json!({"name": "a", "openings": ["a"]}));
        let expected = object(json!({"name": "a", "openings": ["b"]}));
        assert_eq!(inputs(ThingArgs::TABLE, &some, &observed), expected);
        assert_eq!(imported(ThingArgs::TABLE, &observed), observed);
    }

    #[test]
    fn what_is_switched_off_is_as_if_it_were_not_there() {
        let old = object(json!({"name": "a", "logs": {"enabled": false}}));
        for observed in [json!({"logs": null}), json!({"logs": {}}), json!({"logs": {"enabled": false}})] {
            assert_eq!(inputs(ThingArgs::TABLE, &old, &object(observed.clone())), old);
            assert_eq!(imported(ThingArgs::TABLE, &object(observed.clone())), Object::new());
            let none = object(json!({"name": "a"}));
            assert_eq!(inputs(ThingArgs::TABLE, &none, &object(observed)), none);
        }
        let on = object(json!({"name": "a", "logs": {"enabled": true}}));
        assert_eq!(inputs(ThingArgs::TABLE, &old, &on), on);
    }

    #[test]
    fn empty_texts_are_as_if_they_were_not_there() {
        let none = object(json!({"name": "a"}));
        for told in [json!({"label": ""}), json!({"origin": {"host": "", "paths": []}})] {
            assert_eq!(inputs(ThingArgs::TABLE, &none, &object(told.clone())), none);
            assert_eq!(imported(ThingArgs::TABLE, &object(told)), Object::new());
        }
        // One that was given drifts, a tag has no value and is there, and an object may say something by itself.
        let labelled = object(json!({"name": "a", "label": "l"}));
        let gone = object(json!({"name": "a", "label": ""}));
        assert_eq!(inputs(ThingArgs::TABLE, &labelled, &gone), gone);
        for told in [json!({"tags": {"k": ""}}), json!({"origin": {}})] {
            let mut expected = none.clone();
            expected.extend(object(told.clone()));
            assert_eq!(inputs(ThingArgs::TABLE, &none, &object(told)), expected);
        }
    }

    #[test]
    fn what_drifted_is_as_aws_says() {
        let old = object(json!({"name": "a", "size": 1, "zones": ["a"]}));
        let observed = object(json!({"name": "a", "size": 2, "tags": {"k": "v"}, "zones": null}));
        let expected = object(json!({"name": "a", "size": 2, "tags": {"k": "v"}}));
        assert_eq!(inputs(ThingArgs::TABLE, &old, &observed), expected);
    }

    #[test]
    fn an_import_has_what_is_needed_and_what_is_unusual() {
        let mut observed = object(json!({"name": "a", "zones": ["a"], "kind": "k"}));
        let expected = observed.clone();
        observed.extend(object(json!({"size": 1, "zone": "z", "tags": {}, "places": []})));
        assert_eq!(imported(ThingArgs::TABLE, &observed), expected);
    }
}
