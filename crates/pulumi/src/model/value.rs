//! A property value as Pulumi knows it: plain data, secrets, unknowns, outputs and references.

use std::collections::BTreeMap;
use std::fmt;

use super::Dependencies;

/// The properties of an object, by name.
pub type Object = BTreeMap<String, Value>;

/// A property value.
#[derive(Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Value>),
    Object(Object),
    /// A value that is never printed and is encrypted in the state.
    Secret(Box<Value>),
    /// A value that is known only after a deployment.
    Unknown,
    /// A value together with the resources it came from.
    Output(Box<OutputValue>),
    /// A reference to a resource of the deployment.
    Resource(ResourceRef),
    /// An asset or archive; carried along, never looked into.
    Opaque(Object),
}

/// A value together with the resources it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputValue {
    /// The value, or nothing while it is unknown.
    pub value: Option<Value>,
    pub secret: bool,
    /// URNs of the resources that the value came from.
    pub dependencies: Dependencies,
}

/// A reference to a resource of the deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceRef {
    pub urn: String,
    /// The id of a custom resource: absent for components, empty while unknown.
    pub id: Option<String>,
    pub package_version: String,
}

impl Value {
    /// An object made of the given properties.
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Object(entries.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// This value without the secret and output wrappers around it; an output that is not yet
    /// known is [`Value::Unknown`].
    pub fn peel(&self) -> &Value {
        match self {
            Value::Secret(inner) => inner.peel(),
            Value::Output(output) => output.value.as_ref().map_or(&Value::Unknown, Value::peel),
            other => other,
        }
    }

    /// Whether a wrapper around this value makes it secret.
    pub fn is_secret(&self) -> bool {
        match self {
            Value::Secret(_) => true,
            Value::Output(output) => output.secret || output.value.as_ref().is_some_and(Value::is_secret),
            _ => false,
        }
    }

    /// Wraps the value as a secret, once.
    #[must_use]
    pub fn into_secret(self) -> Self {
        match self {
            secret @ Value::Secret(_) => secret,
            other => Value::Secret(Box::new(other)),
        }
    }

    /// Whether this value or anything inside it is unknown.
    pub fn has_unknown(&self) -> bool {
        match self.peel() {
            Value::Unknown => true,
            Value::Array(items) => items.iter().any(Value::has_unknown),
            Value::Object(fields) => fields.values().any(Value::has_unknown),
            _ => false,
        }
    }

    /// Whether this value or anything inside it is secret.
    pub fn has_secret(&self) -> bool {
        self.is_secret()
            || match self.peel() {
                Value::Array(items) => items.iter().any(Value::has_secret),
                Value::Object(fields) => fields.values().any(Value::has_secret),
                _ => false,
            }
    }

    /// Whether the value counts as not given.
    pub fn is_null(&self) -> bool {
        matches!(self.peel(), Value::Null)
    }

    /// Whether this is nothing, false or empty, or made of such alone: what switches something off.
    pub fn is_off(&self) -> bool {
        match self.peel() {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.values().all(Value::is_off),
            _ => false,
        }
    }

    /// The text, where this is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self.peel() {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The properties, where this is a known object.
    pub fn as_object(&self) -> Option<&Object> {
        match self.peel() {
            Value::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// What a person would call this kind of value.
    pub fn type_name(&self) -> &'static str {
        match self.peel() {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
            Value::Resource(_) => "a resource",
            Value::Opaque(_) => "an asset or archive",
            Value::Unknown | Value::Secret(_) | Value::Output(_) => "a value not yet known",
        }
    }

    /// The value as JSON, without wrappers. Nothing where a part of it is not yet known.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as J;
        Some(match self.peel() {
            Value::Null => J::Null,
            Value::Bool(b) => J::Bool(*b),
            Value::Number(n) => json_number(*n),
            Value::String(s) => J::String(s.clone()),
            Value::Array(items) => J::Array(items.iter().map(Value::to_json).collect::<Option<_>>()?),
            Value::Object(fields) => {
                J::Object(fields.iter().map(|(k, v)| Some((k.clone(), v.to_json()?))).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// A value made of JSON.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as J;
        match json {
            J::Null => Value::Null,
            J::Bool(b) => Value::Bool(*b),
            J::Number(n) => Value::Number(n.as_f64().unwrap_or_default()),
            J::String(s) => Value::String(s.clone()),
            J::Array(items) => Value::Array(items.iter().map(Value::from_json).collect()),
            J::Object(fields) => Value::object(fields.iter().map(|(k, v)| (k.clone(), Value::from_json(v)))),
        }
    }
}

fn json_number(n: f64) -> serde_json::Value {
    // 2^53: up to here every whole number has an exact double.
    if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 {
        serde_json::Value::from(n as i64)
    } else {
        serde_json::Value::from(n)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::String(s) => write!(f, "{s:?}"),
            Value::Array(items) => f.debug_list().entries(items).finish(),
            Value::Object(fields) => f.debug_map().entries(fields).finish(),
            Value::Secret(_) => f.write_str("[secret]"),
            Value::Unknown => f.write_str("[unknown]"),
            Value::Output(o) if o.secret => f.write_str("[secret]"),
            Value::Output(o) => write!(f, "output({:?})", o.value),
            Value::Resource(r) => write!(f, "resource({})", r.urn),
            Value::Opaque(_) => f.write_str("[asset]"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown_by_debug() {
        let value = Value::object([("password", Value::from("hunter2").into_secret())]);
        assert_eq!(format!("{value:?}"), r#"{"password": [secret]}"#);
    }

    #[test]
    fn wrappers_do_not_hide_what_is_unknown_or_secret() {
        let output = Value::Output(Box::new(OutputValue {
            value: None,
            secret: true,
            dependencies: Dependencies::default(),
        }));
        let value = Value::Array(vec![output]);
        assert!(value.has_unknown() && value.has_secret());
    }
}
