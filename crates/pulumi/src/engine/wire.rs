//! Property values on the wire: `google.protobuf.Struct` with Pulumi's signatures and sentinels.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as Wire};

use crate::model::{Dependencies, Object, OutputValue, ResourceRef, Value};

/// The key that marks an object as a special value.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";

/// What stands for a value that is not yet known; the engine sends any of them at any place.
const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS: [&str; 7] = [
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/// A message that is not what the protocol says.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(String);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "malformed property value: {}", self.0)
    }
}

impl From<Malformed> for tonic::Status {
    fn from(malformed: Malformed) -> Self {
        tonic::Status::invalid_argument(malformed.to_string())
    }
}

/// Reads the properties of a message; a message without any has none.
pub fn decode(fields: Option<Struct>) -> Result<Object, Malformed> {
    decode_fields(fields.unwrap_or_default())
}

/// Writes properties as a message.
pub fn encode(fields: &Object) -> Struct {
    Struct { fields: fields.iter().map(|(key, value)| (key.clone(), encode_value(value))).collect() }
}

fn decode_fields(fields: Struct) -> Result<Object, Malformed> {
    fields.fields.into_iter().map(|(key, value)| Ok((key, decode_value(value)?))).collect()
}

fn decode_value(value: Wire) -> Result<Value, Malformed> {
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(value)) => Value::Number(value),
        Some(Kind::StringValue(text)) if UNKNOWNS.contains(&text.as_str()) => Value::Unknown,
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => {
            Value::Array(list.values.into_iter().map(decode_value).collect::<Result<_, _>>()?)
        }
        Some(Kind::StructValue(fields)) => decode_object(decode_fields(fields)?)?,
    })
}

fn decode_object(mut fields: Object) -> Result<Value, Malformed> {
    let Some(signature) = fields.remove(SIGNATURE) else { return Ok(Value::Object(fields)) };
    let Value::String(signature) = signature else {
        return Err(Malformed("a signature that is not a string".into()));
    };
    Ok(match signature.as_str() {
        SECRET => {
            let inner = fields.remove("value").ok_or_else(|| Malformed("a secret without a value".into()))?;
            inner.into_secret()
        }
        OUTPUT => Value::Output(Box::new(OutputValue {
            value: fields.remove("value"),
            secret: matches!(fields.get("secret"), Some(Value::Bool(true))),
            dependencies: urns(fields.remove("dependencies"))?,
        })),
        RESOURCE => Value::Resource(ResourceRef {
            urn: text(&mut fields, "urn")
                .ok_or_else(|| Malformed("a resource reference without a URN".into()))?,
            // An unknown id is written as an empty text.
            id: match fields.remove("id") {
                Some(Value::String(id)) => Some(id),
                Some(Value::Unknown) => Some(String::new()),
                _ => None,
            },
            package_version: text(&mut fields, "packageVersion").unwrap_or_default(),
        }),
        ASSET | ARCHIVE => {
            fields.insert(SIGNATURE.to_owned(), Value::String(signature));
            Value::Opaque(fields)
        }
        other => return Err(Malformed(format!("unknown signature {other:?}"))),
    })
}

fn text(fields: &mut Object, key: &str) -> Option<String> {
    match fields.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn urns(value: Option<Value>) -> Result<Dependencies, Malformed> {
    match value {
        None | Some(Value::Null) => Ok(Dependencies::new()),
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::String(urn) => Ok(urn),
                other => Err(Malformed(format!("a dependency that is {}", other.type_name()))),
            })
            .collect(),
        Some(other) => Err(Malformed(format!("dependencies that are {}", other.type_name()))),
    }
}

/// Writes one value.
pub fn encode_value(value: &Value) -> Wire {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(value) => Kind::NumberValue(*value),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Unknown => Kind::StringValue(UNKNOWN.to_owned()),
        Value::Array(items) => {
            Kind::ListValue(ListValue { values: items.iter().map(encode_value).collect() })
        }
        Value::Object(fields) | Value::Opaque(fields) => Kind::StructValue(encode(fields)),
        Value::Secret(inner) => special(SECRET, [("value", encode_value(inner))]),
        // Plain wherever outputs are not expected: the dependencies travel beside the properties.
        Value::Output(output) => {
            let inner = output.value.clone().unwrap_or(Value::Unknown);
            return encode_value(&if output.secret { inner.into_secret() } else { inner });
        }
        Value::Resource(reference) => {
            let mut fields =
                vec![("urn", string(&reference.urn)), ("packageVersion", string(&reference.package_version))];
            fields.extend(reference.id.as_ref().map(|id| ("id", string(id))));
            special(RESOURCE, fields)
        }
    };
    Wire { kind: Some(kind) }
}

fn special(signature: &str, fields: impl IntoIterator<Item = (&'static str, Wire)>) -> Kind {
    let mut all: std::collections::BTreeMap<String, Wire> =
        fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    all.insert(SIGNATURE.to_owned(), string(signature));
    Kind::StructValue(Struct { fields: all })
}

fn string(text: &str) -> Wire {
    Wire { kind: Some(Kind::StringValue(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn round_trip(value: Value) -> Value {
        decode_value(encode_value(&value)).unwrap()
    }

    #[test]
    fn every_kind_of_value_survives_the_wire_at_any_depth() {
        let reference =
            ResourceRef { urn: "urn:a".into(), id: Some("i".into()), package_version: "1.0.0".into() };
        let asset = Object::from([
            (SIGNATURE.to_owned(), Value::from(ASSET)),
            ("hash".to_owned(), Value::from("abc")),
        ]);
        let leaves = [
            Value::Null,
            Value::Bool(true),
            Value::Number(1.5),
            Value::from("text"),
            Value::Unknown,
            Value::from("x").into_secret(),
            Value::Unknown.into_secret(),
            Value::Resource(reference),
            Value::Opaque(asset),
        ];
        for leaf in leaves {
            let deep = Value::Array(vec![Value::object([("a", leaf.clone())]).into_secret()]);
            assert_eq!(round_trip(leaf.clone()), leaf);
            assert_eq!(round_trip(deep.clone()), deep);
        }
    }

    #[test]
    fn every_sentinel_is_unknown() {
        for sentinel in UNKNOWNS {
            assert_eq!(decode_value(string(sentinel)).unwrap(), Value::Unknown);
        }
    }

    #[test]
    fn outputs_carry_their_dependencies_in() {
        let fields = [
            ("secret", Wire { kind: Some(Kind::BoolValue(true)) }),
            (
                "dependencies",
                Wire { kind: Some(Kind::ListValue(ListValue { values: vec![string("urn:a")] })) },
            ),
        ];
        let wire = Wire { kind: Some(special(OUTPUT, fields)) };
        let Value::Output(output) = decode_value(wire).unwrap() else { panic!("not an output") };
        assert_eq!(
            *output,
            OutputValue { value: None, secret: true, dependencies: ["urn:a".to_owned()].into() }
        );
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let unknown_signature = Wire { kind: Some(special("nonsense", [])) };
        assert!(decode_value(unknown_signature).unwrap_err().to_string().contains("nonsense"));
        assert!(decode_value(Wire { kind: Some(special(SECRET, [])) }).is_err());
        assert!(decode_value(Wire { kind: Some(special(RESOURCE, [])) }).is_err());
        let bad = [("dependencies", string("urn:a"))];
        assert!(decode_value(Wire { kind: Some(special(OUTPUT, bad)) }).is_err());
    }
}
