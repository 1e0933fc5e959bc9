//! The types that a property can have.

use std::collections::BTreeMap;

use super::{Json, Property, Text, collect_dependencies, encode_in, field_dependencies, read, wrong};
use crate::model::{Dependencies, Failures, In, Path, Shape, Value};

macro_rules! leaf {
    ($type:ty, $shape:expr, $pattern:pat $(if $guard:expr)? => $decoded:expr, $self:ident => $encoded:expr) => {
        impl Property for $type {
            const SHAPE: Shape = $shape;
            type Input = $type;

            fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<$type> {
                match value {
                    $pattern $(if $guard)? => $decoded,
                    other => wrong(&Self::SHAPE, other, at, failures),
                }
            }

            fn settle(input: &$type, _at: &Path, _failures: &mut Failures) -> Option<$type> {
                Some(input.clone())
            }

            fn encode(&self) -> Value {
                let $self = self;
                $encoded
            }

            fn encode_input(input: &$type) -> Value {
                input.encode()
            }
        }
    };
}

leaf!(bool, Shape::Boolean, Value::Bool(b) => Some(*b), b => Value::Bool(*b));
leaf!(f64, Shape::Number, Value::Number(n) => Some(*n), n => Value::Number(*n));
leaf!(String, Shape::String, Value::String(s) => Some(s.clone()), s => Value::String(s.clone()));
leaf!(i64, Shape::Integer, Value::Number(n) if n.fract() == 0.0 => Some(*n as i64), n => Value::Number(*n as f64));

/// Any value, its wrappers kept.
impl Property for Value {
    const SHAPE: Shape = Shape::Any;
    type Input = Value;

    fn decode(value: &Value, _at: &Path, _failures: &mut Failures) -> Option<Value> {
        Some(value.clone())
    }

    fn settle(input: &Value, _at: &Path, _failures: &mut Failures) -> Option<Value> {
        Some(input.clone())
    }

    fn encode(&self) -> Value {
        self.clone()
    }

    fn encode_input(input: &Value) -> Value {
        input.clone()
    }

    fn dependencies(input: &Value, into: &mut Dependencies) {
        collect_dependencies(input, into);
    }
}

impl Property for Json {
    const SHAPE: Shape = Shape::Json;
    type Input = Json;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Json> {
        match value {
            Value::String(text) => match serde_json::from_str(text) {
                Ok(json) => Some(Json(json)),
                Err(error) => {
                    failures.add(at, format!("is not JSON: {error}"));
                    None
                }
            },
            // A part may be unknown: then the whole is.
            Value::Object(_) | Value::Array(_) => value.to_json().map(Json),
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &Json, _at: &Path, _failures: &mut Failures) -> Option<Json> {
        Some(input.clone())
    }

    fn encode(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn encode_input(input: &Json) -> Value {
        input.encode()
    }
}

impl Property for Text {
    const SHAPE: Shape = Shape::Json;
    type Input = Text;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Text> {
        match value {
            Value::String(text) => Some(Text(text.clone())),
            Value::Object(_) | Value::Array(_) => value.to_json().map(|json| Text(json.to_string())),
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &Text, _at: &Path, _failures: &mut Failures) -> Option<Text> {
        Some(input.clone())
    }

    fn encode(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn encode_input(input: &Text) -> Value {
        input.encode()
    }
}

impl<T: Property> Property for Vec<T> {
    const SHAPE: Shape = Shape::Array(&T::SHAPE);
    type Input = Vec<In<T::Input>>;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Self::Input> {
        match value {
            Value::Array(items) => Some(
                items.iter().enumerate().map(|(i, item)| read::<T>(item, &at.index(i), failures)).collect(),
            ),
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &Self::Input, at: &Path, failures: &mut Failures) -> Option<Self> {
        let settled: Vec<Option<T>> = input
            .iter()
            .enumerate()
            .map(|(i, item)| settle_item::<T>(item, &at.index(i), failures))
            .collect();
        settled.into_iter().collect()
    }

    fn encode(&self) -> Value {
        Value::Array(self.iter().map(T::encode).collect())
    }

    fn encode_input(input: &Self::Input) -> Value {
        Value::Array(input.iter().filter_map(encode_in::<T>).collect())
    }

    fn dependencies(input: &Self::Input, into: &mut Dependencies) {
        input.iter().for_each(|item| into.extend(field_dependencies::<T>(item)));
    }
}

impl<T: Property> Property for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
    type Input = BTreeMap<String, In<T::Input>>;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Self::Input> {
        match value {
            Value::Object(fields) => {
                Some(fields.iter().map(|(k, v)| (k.clone(), read::<T>(v, &at.key(k), failures))).collect())
            }
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &Self::Input, at: &Path, failures: &mut Failures) -> Option<Self> {
        let settled: Vec<(String, Option<T>)> =
            input.iter().map(|(k, v)| (k.clone(), settle_item::<T>(v, &at.key(k), failures))).collect();
        settled.into_iter().map(|(k, v)| Some((k, v?))).collect()
    }

    fn encode(&self) -> Value {
        Value::Object(self.iter().map(|(k, v)| (k.clone(), v.encode())).collect())
    }

    fn encode_input(input: &Self::Input) -> Value {
        Value::Object(input.iter().filter_map(|(k, v)| Some((k.clone(), encode_in::<T>(v)?))).collect())
    }

    fn dependencies(input: &Self::Input, into: &mut Dependencies) {
        input.values().for_each(|item| into.extend(field_dependencies::<T>(item)));
    }
}

fn settle_item<T: Property>(input: &In<T::Input>, at: &Path, failures: &mut Failures) -> Option<T> {
    match input.get() {
        Some(value) => T::settle(value, at, failures),
        None => {
            failures.add(at, "is not yet known");
            None
        }
    }
}
