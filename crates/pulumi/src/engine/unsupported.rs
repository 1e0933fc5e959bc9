//! Arguments that a package of the same names has and this one does not: known by name, so that none
//! is lost in silence.

use crate::model::{Failures, Object, Path, Value};

/// An argument that is not supported.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported {
    pub name: &'static str,
    /// What to do instead, as a clause: `give cidrBlock instead`.
    pub advice: &'static str,
    /// Values that ask for nothing: what AWS does anyway.
    pub usual: &'static [&'static str],
}

/// An argument that is not supported, and what to do instead.
pub const fn without(name: &'static str, advice: &'static str) -> Unsupported {
    Unsupported { name, advice, usual: &[] }
}

impl Unsupported {
    /// With values that may be given all the same, since they ask for what AWS does anyway.
    pub const fn but(self, usual: &'static [&'static str]) -> Self {
        Unsupported { usual, ..self }
    }

    /// What the schema says of it.
    pub fn description(&self) -> String {
        format!("Not supported: {}.", self.advice)
    }

    fn asks_for_nothing(&self, value: &Value) -> bool {
        match value.peel() {
            Value::Null | Value::Bool(false) => true,
            Value::Bool(true) => self.usual.contains(&"true"),
            Value::Number(number) => *number == 0.0 || self.usual.contains(&number.to_string().as_str()),
            Value::String(text) => text.is_empty() || self.usual.contains(&text.as_str()),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        }
    }
}

/// Takes what is not supported out of the arguments, and notes each that asks for something.
pub fn take(unsupported: &[Unsupported], news: &mut Object, failures: &mut Failures) {
    for argument in unsupported {
        let Some(value) = news.remove(argument.name) else { continue };
        if !argument.asks_for_nothing(&value) {
            let reason = format!("is not supported; {}", argument.advice);
            failures.add(Path::root().key(argument.name), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Unsupported] = &[
        without("engineMode", "use serverlessv2ScalingConfiguration").but(&["provisioned"]),
        without("ipv6Native", "give cidrBlock as well"),
        without("keep", "leave it out").but(&["true", "7"]),
    ];

    fn told(name: &str, value: Value) -> Vec<String> {
        let mut news = Object::from([(name.to_owned(), value)]);
        let mut failures = Failures::new();
        take(ALL, &mut news, &mut failures);
        assert!(news.is_empty(), "what is not supported goes no further");
        failures.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_asks_for_something_is_refused_with_what_to_do() {
        let refused = ["engineMode: is not supported; use serverlessv2ScalingConfiguration"];
        assert_eq!(told("engineMode", Value::from("serverless")), refused);
        assert_eq!(
            told("ipv6Native", Value::Bool(true)),
            ["ipv6Native: is not supported; give cidrBlock as well"]
        );
        assert_eq!(told("ipv6Native", Value::Unknown).len(), 1);
        assert_eq!(told("keep", Value::Number(8.0)).len(), 1);
    }

    #[test]
    fn what_asks_for_nothing_is_taken() {
        for nothing in [Value::Null, Value::Bool(false), Value::from(""), Value::Array(Vec::new())] {
            assert!(told("ipv6Native", nothing).is_empty());
        }
        assert!(told("engineMode", Value::from("provisioned")).is_empty());
        assert!(told("keep", Value::Bool(true)).is_empty());
        assert!(told("keep", Value::Number(7.0)).is_empty());
    }
}
