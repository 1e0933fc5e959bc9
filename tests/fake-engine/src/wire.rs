//! Property values as JSON, in the encoding that the engine and plugins exchange. Written apart
//! from the plugin's own codec, so that the two check each other.

use std::collections::BTreeSet;

use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::{Map, Number, json};

pub type Json = serde_json::Value;
pub type Object = Map<String, Json>;

/// A string that stands for an unknown value.
pub const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const OTHER_UNKNOWNS: [&str; 6] = [
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];
const KIND: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";

pub fn secret(value: impl Into<Json>) -> Json {
    json!({ KIND: SECRET, "value": value.into() })
}

/// An output value; `None` is an unknown one.
pub fn output(value: Option<Json>, is_secret: bool, dependencies: &[&str]) -> Json {
    let mut output = json!({ KIND: OUTPUT, "secret": is_secret, "dependencies": dependencies });
    if let Some(value) = value {
        output["value"] = value;
    }
    output
}

/// A reference to a custom resource.
pub fn reference(urn: &str, id: &str) -> Json {
    json!({ KIND: RESOURCE, "urn": urn, "id": id })
}

pub fn is_secret(value: &Json) -> bool {
    value[KIND] == SECRET || (value[KIND] == OUTPUT && value["secret"] == true)
}

pub fn has_output(value: &Json) -> bool {
    any(value, &|value| value[KIND] == OUTPUT)
}

pub fn has_unknown(value: &Json) -> bool {
    any(value, &is_unknown)
}

fn is_unknown(value: &Json) -> bool {
    match value.as_str() {
        Some(text) => text == UNKNOWN || OTHER_UNKNOWNS.contains(&text),
        None => value[KIND] == OUTPUT && value.get("value").is_none(),
    }
}

/// The URNs in the output values inside `value`.
pub fn dependencies(value: &Json) -> BTreeSet<String> {
    let mut urns = BTreeSet::new();
    if value[KIND] == OUTPUT
        && let Some(list) = value["dependencies"].as_array()
    {
        urns.extend(list.iter().filter_map(Json::as_str).map(str::to_owned));
    }
    for child in children(value) {
        urns.extend(dependencies(child));
    }
    urns
}

/// Turns output values into plain, secret and unknown ones.
pub fn without_outputs(value: &Json) -> Json {
    if value[KIND] == OUTPUT {
        let inner = value.get("value").map_or_else(|| UNKNOWN.into(), without_outputs);
        return if is_secret(value) { secret(inner) } else { inner };
    }
    map(value, without_outputs)
}

pub fn without_secrets(value: &Json) -> Json {
    if value[KIND] == SECRET {
        return without_secrets(&value["value"]);
    }
    map(value, without_secrets)
}

/// One line for people: unknowns, secrets and resource references are spelled out.
pub fn show(value: &Json) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        value if is_unknown(value) => "<unknown>".into(),
        value if value[KIND] == SECRET => format!("<secret {}>", show(&value["value"])),
        value if value[KIND] == RESOURCE => format!("<resource {}>", show(&value["urn"])),
        Json::Array(items) => format!("[{}]", list(items.iter().map(show).collect())),
        Json::Object(object) => {
            let fields = object.iter().map(|(key, value)| format!("{key}: {}", show(value)));
            format!("{{{}}}", list(fields.collect()))
        }
        plain => plain.to_string(),
    }
}

pub fn to_struct(object: &Object) -> Struct {
    let fields = object.iter().map(|(key, value)| (key.clone(), to_value(value)));
    Struct { fields: fields.collect() }
}

pub fn from_struct(object: &Struct) -> Object {
    let fields = object.fields.iter();
    fields.map(|(key, value)| (key.clone(), from_value(value))).collect()
}

/// Takes a JSON object apart; anything else is a slip of the test.
pub fn object(value: Json) -> Object {
    match value {
        Json::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn to_value(value: &Json) -> Value {
    let kind = match value {
        Json::Null => Kind::NullValue(0),
        Json::Bool(bool) => Kind::BoolValue(*bool),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap()),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(items) => Kind::ListValue(ListValue { values: items.iter().map(to_value).collect() }),
        Json::Object(object) => Kind::StructValue(to_struct(object)),
    };
    Value { kind: Some(kind) }
}

pub fn from_value(value: &Value) -> Json {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(bool)) => Json::Bool(*bool),
        Some(Kind::NumberValue(number)) => from_number(*number),
        Some(Kind::StringValue(text)) => Json::String(text.clone()),
        Some(Kind::ListValue(list)) => list.values.iter().map(from_value).collect(),
        Some(Kind::StructValue(object)) => Json::Object(from_struct(object)),
    }
}

/// Whole numbers become integers, so that they equal those of `json!`.
fn from_number(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Json::Number((number as i64).into());
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn any(value: &Json, is: &impl Fn(&Json) -> bool) -> bool {
    is(value) || children(value).iter().any(|child| any(child, is))
}

fn children(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

fn map(value: &Json, change: fn(&Json) -> Json) -> Json {
    match value {
        Json::Array(items) => items.iter().map(change).collect(),
        Json::Object(object) => {
            let fields = object.iter().map(|(key, value)| (key.clone(), change(value)));
            Json::Object(fields.collect())
        }
        plain => plain.clone(),
    }
}
