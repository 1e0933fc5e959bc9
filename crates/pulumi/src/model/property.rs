//! Decoding and encoding of properties, driven by the types of struct fields.

mod types;

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::{
    Dependencies, Failures, Field, In, Maybe, Object, OutputValue, Path, Shape, Table, Value, fill_defaults,
};

/// A type that a property can have.
pub trait Property: Sized {
    const SHAPE: Shape;

    /// The same value as a program gives it, with parts that may be unknown.
    type Input: Clone + Debug + PartialEq + Send + Sync;

    /// Reads a known value; parts of it may be unknown. Notes what is wrong and gives nothing then.
    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Self::Input>;

    /// The value itself, once every part of it is known. Notes what is not.
    fn settle(input: &Self::Input, at: &Path, failures: &mut Failures) -> Option<Self>;

    fn encode(&self) -> Value;

    fn encode_input(input: &Self::Input) -> Value;

    /// Adds the resources that parts of the value came from.
    fn dependencies(_input: &Self::Input, _into: &mut Dependencies) {}
}

/// A struct with properties; written by the derive.
pub trait Model: Sized {
    const TABLE: &'static Table;

    type Input: Clone + Debug + Default + PartialEq + Send + Sync;

    /// Reads the properties of this struct; whoever embeds it may have others.
    fn decode_part(fields: &Object, at: &Path, failures: &mut Failures) -> Self::Input;

    fn decode_fields(fields: &Object, at: &Path, failures: &mut Failures) -> Self::Input {
        refuse_unknown(Self::TABLE, fields, at, failures);
        Self::decode_part(fields, at, failures)
    }

    fn settle_fields(input: &Self::Input, at: &Path, failures: &mut Failures) -> Option<Self>;

    fn encode_fields(&self) -> Object;

    fn encode_input_fields(input: &Self::Input) -> Object;

    /// Visits each property with the resources it came from.
    fn each_dependency(input: &Self::Input, visit: &mut dyn FnMut(&'static str, Dependencies));

    /// Reads arguments from the wire, with other spellings and defaults put in place, and notes
    /// all that is wrong with them.
    fn read(fields: &Object, failures: &mut Failures) -> Self::Input {
        let mut fields = fields.clone();
        fill_defaults(Self::TABLE, &mut fields);
        Self::decode_fields(&fields, &Path::root(), failures)
    }
}

/// The arguments of a kind; written by the derive.
pub trait Arguments: Model {
    /// What AWS tells of them; what is absent it does not tell.
    type Observed: Clone + Default + From<Self> + Send + Sync;

    /// These arguments, with what AWS tells in the place of what was asked for.
    #[must_use]
    fn overlaid(self, observed: Self::Observed) -> Self;

    /// What AWS tells: nothing of what it does not tell, and a null where it tells that there is none.
    fn encode_observed(observed: &Self::Observed) -> Object;

    /// Takes over what AWS tells of some arguments, by their names.
    fn observe(observed: &mut Self::Observed, told: &Object);

    /// The tags that AWS tells, where the kind has tags.
    fn observed_tags(observed: &mut Self::Observed) -> Option<&mut Option<BTreeMap<String, String>>>;
}

/// A JSON document, given as text or as an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any text; an object stands for its JSON document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text(pub String);

/// Reads one field of an object. For the derive.
pub fn take<T: Property>(fields: &Object, field: &Field, at: &Path, failures: &mut Failures) -> In<T::Input> {
    let at = at.key(field.name);
    match fields.get(field.name) {
        Some(value) if failures.judges() && size(value) > MOST => {
            let reason = format!("has {} entries; give at most {MOST}", size(value));
            failures.add(at, reason);
            In { value: Maybe::Unknown, ..In::default() }
        }
        Some(value) if !value.is_null() => {
            let before = failures.iter().count();
            let input = read::<T>(value, &at, failures);
            if failures.judges() && failures.iter().count() == before {
                constrain(field, value, &at, failures);
            }
            input
        }
        _ => {
            if failures.judges() && field.required {
                failures.add(at, format!("is missing; {}", expectation(field)));
            }
            In::default()
        }
    }
}

/// More entries than any list or map of AWS has; WAF's sets of addresses have this many.
/// <https://docs.aws.amazon.com/waf/latest/developerguide/limits.html>
const MOST: usize = 10_000;

/// How many entries a list or map has.
fn size(value: &Value) -> usize {
    match value.peel() {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    }
}

fn read<T: Property>(value: &Value, at: &Path, failures: &mut Failures) -> In<T::Input> {
    let value_in = match value.peel() {
        Value::Unknown => Maybe::Unknown,
        Value::Null => Maybe::Absent,
        known => T::decode(known, at, failures).map_or(Maybe::Unknown, Maybe::Known),
    };
    In { value: value_in, secret: value.is_secret(), dependencies: wrapper_dependencies(value) }
}

/// The resources named by the wrappers around a value; those of its parts are kept with the parts.
fn wrapper_dependencies(value: &Value) -> Dependencies {
    match value {
        Value::Secret(inner) => wrapper_dependencies(inner),
        Value::Output(output) => {
            let mut all = output.dependencies.clone();
            all.extend(output.value.as_ref().map(wrapper_dependencies).unwrap_or_default());
            all
        }
        _ => Dependencies::new(),
    }
}

pub(super) fn collect_dependencies(value: &Value, into: &mut Dependencies) {
    match value {
        Value::Secret(inner) => collect_dependencies(inner, into),
        Value::Output(output) => {
            into.extend(output.dependencies.iter().cloned());
            if let Some(inner) = &output.value {
                collect_dependencies(inner, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_dependencies(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| collect_dependencies(field, into)),
        _ => {}
    }
}

fn expectation(field: &Field) -> String {
    let first_sentence = field.doc.split_once(". ").map_or(field.doc, |(first, _)| first);
    format!("give {}: {}", shape_name(&field.shape), first_sentence.trim_end_matches('.'))
}

fn shape_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Boolean => "a boolean",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::String => "a string",
        Shape::Json => "a JSON document",
        Shape::Any => "a value",
        Shape::Asset => "an asset, such as a FileAsset or a StringAsset",
        Shape::Array(_) => "a list",
        Shape::Map(_) => "a map",
        Shape::Object(_) => "an object",
    }
}

/// Holds a known value against what its field says of it.
fn constrain(field: &Field, value: &Value, at: &Path, failures: &mut Failures) {
    let value = value.peel();
    if let (Some((low, high)), Value::Array(items)) = (field.length, value)
        && !(low..=high).contains(&items.len())
    {
        failures.add(at, format!("has {} items; give {low} to {high}", items.len()));
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                constrain_one(field, item.peel(), &at.index(index), failures);
            }
        }
        other => constrain_one(field, other, at, failures),
    }
}

fn constrain_one(field: &Field, value: &Value, at: &Path, failures: &mut Failures) {
    if let (Some((low, high)), Value::Number(number)) = (field.range, value)
        && !(low..=high).contains(number)
    {
        failures.add(at, format!("is {number}; give a number from {low} to {high}"));
        return;
    }
    if let Value::Number(number) = value
        && !field.numbers.is_empty()
        && !field.numbers.iter().any(|legal| *legal as f64 == *number)
    {
        let legal = field.numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        failures.add(at, format!("is {number}; give one of {legal}"));
        return;
    }
    if let Value::String(text) = value {
        let characters = text.chars().count();
        if let Some((low, high)) = field.length
            && matches!(field.shape, Shape::String)
            && !(low..=high).contains(&characters)
        {
            failures.add(at, format!("has {characters} characters; give {low} to {high}"));
            return;
        }
        if !field.one_of.is_empty() && !field.one_of.contains(&text.as_str()) {
            failures.add(at, not_one_of(field, text));
            return;
        }
    }
    if let Some(check) = field.check
        && matches!(value, Value::String(_) | Value::Number(_))
        && let Err(reason) = check(value)
    {
        failures.add(at, reason);
    }
}

fn not_one_of(field: &Field, text: &str) -> String {
    let choices = field.one_of.join(", ");
    let shown = if field.secret { "not legal".to_owned() } else { format!("{text:?}") };
    let likeness = |choice: &&'static str| strsim::jaro_winkler(&choice.to_lowercase(), &text.to_lowercase());
    let nearest = field.one_of.iter().map(|choice| (likeness(choice), choice));
    let nearest = nearest.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
    let advice = match nearest.filter(|_| !field.secret) {
        Some((_, choice)) => format!("; did you mean {choice:?}?"),
        None => String::new(),
    };
    format!("is {shown}; give one of {choices}{advice}")
}

/// Notes every property that `table` does not have, with the nearest one that it has.
fn refuse_unknown(table: &'static Table, fields: &Object, at: &Path, failures: &mut Failures) {
    if !failures.judges() {
        return;
    }
    for key in fields.keys().filter(|key| !key.starts_with("__")) {
        if table.names().any(|name| name == key) {
            continue;
        }
        let nearest = table
            .names()
            .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &key.to_lowercase()), name))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let advice = match nearest {
            Some((likeness, name)) if likeness > 0.8 => format!("did you mean {name:?}?"),
            None => "there are none".to_owned(),
            _ => format!("the valid properties are {}", table.names().collect::<Vec<_>>().join(", ")),
        };
        failures.add(at.key(key), format!("there is no such property; {advice}"));
    }
}

/// A value that must be there. For the derive.
pub fn settle_required<T: Property>(
    input: &In<T::Input>,
    field: &Field,
    at: &Path,
    failures: &mut Failures,
) -> Option<T> {
    let at = at.key(field.name);
    match &input.value {
        Maybe::Known(value) => T::settle(value, &at, failures),
        Maybe::Unknown => {
            failures.add(at, "is not yet known");
            None
        }
        Maybe::Absent => {
            failures.add(at, format!("is missing; {}", expectation(field)));
            None
        }
    }
}

/// A value that may be left out. For the derive.
pub fn settle_optional<T: Property>(
    input: &In<T::Input>,
    field: &Field,
    at: &Path,
    failures: &mut Failures,
) -> Option<Option<T>> {
    match &input.value {
        Maybe::Absent => Some(None),
        _ => settle_required(input, field, at, failures).map(Some),
    }
}

/// A value that AWS tells. For the derive.
pub fn told<T: Property>(value: &Value) -> Option<T> {
    let (at, failures) = (Path::root(), &mut Failures::of_facts());
    let input = T::decode(value, &at, failures)?;
    T::settle(&input, &at, failures)
}

/// Puts a value as given by a program into an object. For the derive.
pub fn put_input<T: Property>(into: &mut Object, name: &str, input: &In<T::Input>) {
    if let Some(value) = encode_in::<T>(input) {
        into.insert(name.to_owned(), value);
    }
}

/// The resources that a field's value came from. For the derive.
pub fn field_dependencies<T: Property>(input: &In<T::Input>) -> Dependencies {
    let mut all = input.dependencies.clone();
    if let Some(value) = input.get() {
        T::dependencies(value, &mut all);
    }
    all
}

fn encode_in<T: Property>(input: &In<T::Input>) -> Option<Value> {
    let value = match &input.value {
        Maybe::Absent => return None,
        Maybe::Unknown => Value::Unknown,
        Maybe::Known(value) => T::encode_input(value),
    };
    Some(if !input.dependencies.is_empty() {
        Value::Output(Box::new(OutputValue {
            value: (value != Value::Unknown).then_some(value),
            secret: input.secret,
            dependencies: input.dependencies.clone(),
        }))
    } else if input.secret {
        value.into_secret()
    } else {
        value
    })
}

impl<M: Model> Property for M {
    const SHAPE: Shape = Shape::Object(M::TABLE);
    type Input = M::Input;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<M::Input> {
        match value {
            Value::Object(fields) => Some(M::decode_fields(fields, at, failures)),
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &M::Input, at: &Path, failures: &mut Failures) -> Option<Self> {
        M::settle_fields(input, at, failures)
    }

    fn encode(&self) -> Value {
        Value::Object(self.encode_fields())
    }

    fn encode_input(input: &M::Input) -> Value {
        Value::Object(M::encode_input_fields(input))
    }

    fn dependencies(input: &M::Input, into: &mut Dependencies) {
        M::each_dependency(input, &mut |_, found| into.extend(found));
    }
}

pub(super) fn wrong<T>(shape: &Shape, found: &Value, at: &Path, failures: &mut Failures) -> Option<T> {
    let found = match (shape, found) {
        (Shape::Integer, Value::Number(_)) => "a number with a fraction",
        _ => found.type_name(),
    };
    failures.add(at, format!("is {found}; give {}", shape_name(shape)));
    None
}
