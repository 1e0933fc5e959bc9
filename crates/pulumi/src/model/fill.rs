//! What a program gives, brought into the form that the rest works with.

use super::property::collect_dependencies;
use super::{Dependencies, Field, Object, OutputValue, ResourceRef, Shape, Table, Value};

/// Puts what a program left out, or spelled another way, into the form that the rest works with:
/// names, types, defaults, JSON documents as text, and no nulls.
pub fn fill_defaults(table: &Table, fields: &mut Object) {
    fields.retain(|_, value| !value.is_null());
    respell(table, fields);
    for field in table.fields {
        if let Some(value) = field.alias.and_then(|alias| fields.remove(alias)) {
            fields.entry(field.name.to_owned()).or_insert(value);
        }
        if let (Some(property), Some(value)) = (field.within, fields.get_mut(field.name)) {
            take_out(property, value);
        }
        if let (false, Some(default)) = (fields.contains_key(field.name), &field.default) {
            fields.insert(field.name.to_owned(), default.value());
        }
        if let Some(value) = fields.get_mut(field.name) {
            fill_inside(&field.shape, value);
        }
    }
}

/// Puts in place of an object the only property that it has, where that is an object itself.
pub fn take_out(property: &str, value: &mut Value) {
    match value {
        Value::Secret(inner) => take_out(property, inner),
        Value::Output(output) => {
            if let Some(value) = &mut output.value {
                take_out(property, value);
            }
        }
        Value::Object(fields) if fields.len() == 1 => {
            let is_inside = |value: &Value| matches!(value.peel(), Value::Object(_) | Value::Unknown);
            if fields.get(property).is_some_and(is_inside)
                && let Some(inside) = fields.remove(property)
            {
                *value = inside;
            }
        }
        _ => {}
    }
}

/// The value that stands in for one that is not given, with the defaults inside it.
pub fn default_of(field: &Field) -> Option<Value> {
    let mut value = field.default?.value();
    fill_inside(&field.shape, &mut value);
    Some(value)
}

/// Takes the properties of nested objects by the names that they have in Terraform as well, such as
/// `security_groups`, as Pulumi's AWS package does.
fn respell(table: &Table, fields: &mut Object) {
    let others = fields.keys().filter(|key| key.contains('_') && !table.names().any(|name| name == *key));
    for other in others.cloned().collect::<Vec<_>>() {
        let name = camel_case(&other);
        if table.field(&name).is_some()
            && !fields.contains_key(&name)
            && let Some(value) = fields.remove(&other)
        {
            fields.insert(name, value);
        }
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let start = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &start.into_iter().chain(letters).collect::<String>()
    })
}

/// Makes of a text, number or boolean what is wanted in its place, where that means the same.
fn convert(shape: &Shape, value: &mut Value) {
    let converted = match (shape, &*value) {
        (Shape::Boolean, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        (Shape::Integer | Shape::Number, Value::String(text)) => {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|number| number.is_finite()).map(Value::Number)
        }
        (Shape::String, Value::Number(number)) => Some(Value::String(number.to_string())),
        (Shape::String, Value::Bool(flag)) => Some(Value::String(flag.to_string())),
        _ => None,
    };
    if let Some(converted) = converted {
        *value = converted;
    }
}

fn fill_inside(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (shape, Value::Secret(inner)) => fill_inside(shape, inner),
        (shape, Value::Output(output)) => {
            if let Some(value) = &mut output.value {
                fill_inside(shape, value);
            }
        }
        // A resource stands for its ID, as the engine has it for providers that know of no references.
        (Shape::String, value @ Value::Resource(_)) => {
            if let Value::Resource(ResourceRef { id: Some(id), .. }) = value {
                *value = if id.is_empty() { Value::Unknown } else { Value::String(std::mem::take(id)) };
            }
        }
        (Shape::Object(table), Value::Object(fields)) => fill_defaults(table, fields),
        (Shape::Array(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| fill_inside(item, value));
        }
        (Shape::Map(item), Value::Object(fields)) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(|value| fill_inside(item, value));
        }
        // A part is unknown: then the whole is. What goes back as a text must not be an object in a preview.
        (Shape::Json, value @ (Value::Object(_) | Value::Array(_))) if value.has_unknown() => {
            let mut dependencies = Dependencies::new();
            collect_dependencies(value, &mut dependencies);
            let secret = value.has_secret();
            *value = match (dependencies.is_empty(), secret) {
                (true, false) => Value::Unknown,
                (true, true) => Value::Unknown.into_secret(),
                (false, _) => Value::Output(Box::new(OutputValue { value: None, secret, dependencies })),
            };
        }
        (Shape::Json, value @ (Value::Object(_) | Value::Array(_))) => {
            if let Some(json) = value.to_json() {
                let text = Value::String(json.to_string());
                *value = if value.has_secret() { text.into_secret() } else { text };
            }
        }
        (shape, value) => convert(shape, value),
    }
}
