//! Schemas of tools as JSON, in the form of JSON Schema.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_bedrockagentcorecontrol::types::SchemaDefinition;
use serde_json::{Map, Value as Json_, json};

use super::{Property, TYPES, definition, properties_of};
use crate::model::{Json, Value};

/// A schema from JSON, which a program may have given as text.
pub fn read(json: &Json_) -> Result<SchemaDefinition, String> {
    let json = parsed(json)?;
    let object = json.as_object().ok_or("is not an object with a type")?;
    let r#type = object.get("type").and_then(Json_::as_str).filter(|it| TYPES.contains(it));
    let r#type = r#type.ok_or_else(|| format!("has no type; give one of {}", TYPES.join(", ")))?;
    let description = object.get("description").and_then(Json_::as_str).map(str::to_owned);
    let items = object.get("items").map(read).transpose()?;
    let properties = match object.contains_key("properties") {
        true => read_properties(&json)?,
        false => Vec::new(),
    };
    definition(r#type, &description, items, properties).map_err(|error| error.to_string())
}

/// Properties from JSON: by name, or in `properties` with those that must be given in `required`.
pub fn read_properties(json: &Json_) -> Result<Vec<Property>, String> {
    let json = parsed(json)?;
    let object = json.as_object().ok_or("is not an object with properties")?;
    let inner = object.get("properties").and_then(Json_::as_object);
    // A property may itself be called `properties`.
    let inner = inner.filter(|inner| inner.values().all(Json_::is_object));
    let required: BTreeSet<&str> = match inner {
        Some(_) => object.get("required").and_then(Json_::as_array).into_iter().flatten(),
        None => None.into_iter().flatten(),
    }
    .filter_map(Json_::as_str)
    .collect();
    let all: &Map<String, Json_> = inner.unwrap_or(object);
    let all = all.iter().map(|(name, schema)| {
        let schema = read(schema).map_err(|reason| format!("{reason}, at {name:?}"))?;
        Ok((name.clone(), required.contains(name.as_str()), schema))
    });
    all.collect()
}

fn parsed(json: &Json_) -> Result<Json_, String> {
    match json {
        Json_::String(text) => serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}")),
        other => Ok(other.clone()),
    }
}

pub fn items_json(schema: &SchemaDefinition) -> Option<Json> {
    schema.items.as_deref().map(|items| Json(written(items)))
}

pub fn properties_json(schema: &SchemaDefinition) -> Option<Json> {
    schema.properties.is_some().then(|| Json(written_properties(schema)))
}

fn written(schema: &SchemaDefinition) -> Json_ {
    let mut json = json!({ "type": schema.r#type.as_str() });
    if let Some(description) = &schema.description {
        json["description"] = json!(description);
    }
    if let Some(items) = &schema.items {
        json["items"] = written(items);
    }
    if let (true, Json_::Object(more)) = (schema.properties.is_some(), written_properties(schema)) {
        more.into_iter().for_each(|(key, value)| json[key] = value);
    }
    json
}

fn written_properties(schema: &SchemaDefinition) -> Json_ {
    let all = properties_of(schema);
    let required: Vec<&String> = all.iter().filter(|(_, it, _)| *it).map(|(name, _, _)| name).collect();
    let mut json = json!({});
    if !required.is_empty() {
        json["required"] = json!(required);
    }
    json["properties"] =
        all.iter().map(|(name, _, schema)| (name.clone(), written(schema))).collect::<Map<_, _>>().into();
    json
}

/// Whether two texts of properties mean the same.
pub fn same_properties(actual: &Value, wanted: &Value) -> bool {
    let read = |value: &Value| {
        let all = read_properties(&value.to_json()?).ok()?;
        Some(
            all.into_iter()
                .map(|(name, required, schema)| (name, (required, schema)))
                .collect::<HashMap<_, _>>(),
        )
    };
    match (read(actual), read(wanted)) {
        (Some(actual), Some(wanted)) => actual == wanted,
        _ => false,
    }
}

pub fn check_items(text: &str) -> Result<(), String> {
    read(&Json_::from(text)).map(drop)
}

pub fn check_properties(text: &str) -> Result<(), String> {
    read_properties(&Json_::from(text)).map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn properties_may_be_written_in_two_ways() {
        let same = |a: &str, b: &str| same_properties(&Value::from(a), &Value::from(b));
        let plain = r#"{"sku": {"type": "string"}}"#;
        assert!(same(plain, r#"{"properties": {"sku": {"type": "string"}}, "required": []}"#));
        assert!(!same(plain, r#"{"properties": {"sku": {"type": "string"}}, "required": ["sku"]}"#));
        // A property that is called so is none of the words.
        assert!(!same(r#"{"properties": {"type": "string"}}"#, plain));
        assert!(check_properties(r#"{"properties": {"type": "string"}}"#).is_ok());
        assert!(check_properties(r#"{"sku": {"type": "text"}}"#).unwrap_err().contains("at \"sku\""));
        assert!(check_items("[]").is_err() && check_items(r#"{"type": "string"}"#).is_ok());
    }
}
