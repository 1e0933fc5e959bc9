//! Arguments that AWS keeps as attributes: texts by key, in a call of their own.

use std::collections::HashMap;

use crate::model::{Failures, Field, Object, Shape, Table, Value};

/// An argument that AWS keeps as an attribute.
pub struct Attribute {
    pub argument: &'static str,
    pub key: &'static str,
    /// The sorts of resources that have it, such as `application`.
    pub of: &'static [&'static str],
}

/// The attributes of a kind, each an argument with a default or an optional one.
pub struct Attributes {
    pub table: &'static Table,
    pub all: &'static [Attribute],
}

impl Attributes {
    /// The names of the arguments.
    pub fn arguments(&self) -> Vec<&'static str> {
        self.all.iter().map(|attribute| attribute.argument).collect()
    }

    /// What has to be set for a resource of this sort to be as the arguments say.
    pub fn changes(
        &self,
        sort: &str,
        arguments: &Object,
        found: &HashMap<String, String>,
    ) -> Vec<(String, String)> {
        let of_sort = self.all.iter().filter(|attribute| attribute.of.contains(&sort));
        let wanted = of_sort.filter_map(|attribute| {
            let wanted = text(arguments.get(attribute.argument)?);
            // An attribute that is not there is one that this region does not have.
            let there = found.get(attribute.key).cloned().or_else(|| self.usual(attribute).map(|v| text(&v)));
            (there.as_ref() != Some(&wanted)).then(|| (attribute.key.to_owned(), wanted))
        });
        wanted.collect()
    }

    /// The arguments as AWS has them. What a resource of this sort does not have is as it would be
    /// if left out.
    pub fn read(&self, sort: &str, found: &HashMap<String, String>) -> Found {
        let read = |attribute: &Attribute| {
            let there = found.get(attribute.key).filter(|_| attribute.of.contains(&sort));
            let value = match there {
                Some(there) => parse(&self.field(attribute)?.shape, there)?,
                None => self.usual(attribute)?,
            };
            Some((attribute.argument.to_owned(), value))
        };
        Found(self.all.iter().filter_map(read).collect())
    }

    /// Notes what a resource of this sort cannot have.
    pub fn check(&self, sort: &str, what: &str, arguments: &Object, failures: &mut Failures) {
        for attribute in self.all.iter().filter(|attribute| !attribute.of.contains(&sort)) {
            let given = arguments.get(attribute.argument).filter(|value| !value.has_unknown());
            if given.is_some_and(|given| Some(given.peel()) != self.usual(attribute).as_ref()) {
                failures.add(attribute.argument, format!("is nothing that {what} has; leave it out"));
            }
        }
    }

    fn field(&self, attribute: &Attribute) -> Option<&'static Field> {
        self.table.field(attribute.argument)
    }

    fn usual(&self, attribute: &Attribute) -> Option<Value> {
        self.field(attribute)?.default.map(|default| default.value())
    }
}

/// The arguments as AWS has them.
pub struct Found(Object);

impl Found {
    pub fn flag(&self, argument: &str) -> bool {
        self.0.get(argument) == Some(&Value::Bool(true))
    }

    pub fn number(&self, argument: &str) -> i64 {
        match self.0.get(argument) {
            Some(Value::Number(number)) => *number as i64,
            _ => 0,
        }
    }

    pub fn text(&self, argument: &str) -> Option<String> {
        self.0.get(argument).and_then(Value::as_str).map(str::to_owned)
    }
}

fn text(value: &Value) -> String {
    match value.peel() {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        _ => String::new(),
    }
}

fn parse(shape: &Shape, text: &str) -> Option<Value> {
    match shape {
        Shape::Boolean => text.parse().ok().map(Value::Bool),
        Shape::Integer => text.parse().ok().map(Value::Number),
        _ => Some(Value::from(text)),
    }
}
