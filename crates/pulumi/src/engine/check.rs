//! Checking the arguments of a resource before anything is created.

use crate::model::{Failures, Field, Model, Object, Path, Shape, Table, Value, fill_defaults};

/// The input that lists the properties whose values were made here, as in other providers.
const MADE_NAMES: &str = "__defaults";

/// Whether the value of a property was made here rather than given by the program.
pub fn is_made(inputs: &Object, property: &str) -> bool {
    match inputs.get(MADE_NAMES) {
        Some(Value::Array(names)) => names.iter().any(|name| name.as_str() == Some(property)),
        _ => false,
    }
}

/// Names for resources whose program gives none.
pub struct Naming<'a> {
    /// All old inputs; none where the resource is about to be created.
    pub before: &'a Object,
    /// The old inputs, where the resource keeps the name that it has there.
    pub olds: &'a Object,
    /// Makes a new one.
    pub make: &'a dyn Fn() -> Result<Value, String>,
}

/// Arguments with all that was left out put in, and all that is wrong with them.
pub struct Checked<I> {
    /// What goes back to the engine: as given, with secrets and unknowns in place.
    pub inputs: Object,
    /// The same, decoded.
    pub input: I,
    pub failures: Failures,
    /// The properties that keep the name made for them earlier.
    pub kept: Vec<&'static str>,
}

/// Fills in names and defaults, and decodes. The rules of the kind come after.
pub fn check<M: Model>(mut news: Object, default_tags: &Object, naming: &Naming) -> Checked<M::Input> {
    let mut failures = Failures::new();
    leave_out_empty(M::TABLE, &mut news);
    fill_defaults(M::TABLE, &mut news);
    if M::TABLE.field("tags").is_some() {
        merge_tags(&mut news, default_tags);
    }
    let unnamed = |field: &&Field| field.autoname && !news.contains_key(field.name);
    let unnamed: Vec<&Field> = M::TABLE.fields.iter().filter(unnamed).collect();
    if !unnamed.is_empty() {
        let names = unnamed.iter().map(|field| Value::from(field.name)).collect();
        news.insert(MADE_NAMES.to_owned(), Value::Array(names));
    }
    let mut kept = Vec::new();
    for field in unnamed {
        let old = naming.olds.get(field.name).filter(|name| name.as_str().is_some()).cloned();
        if old.is_some() {
            kept.push(field.name);
        }
        match old.map_or_else(naming.make, Ok) {
            Ok(name) => drop(news.insert(field.name.to_owned(), name)),
            Err(reason) => failures.add(field, reason),
        }
    }
    let input = M::read(&news, &mut failures);
    // The name that a resource has is a fact, whatever the rules for new ones are.
    failures.retain(|failure| !failure.path.top().is_some_and(|top| kept.contains(&top)));
    Checked { inputs: news, input, failures, kept }
}

/// Leaves out empty texts and zeros where AWS has no such value, as Pulumi's AWS package does: a program that
/// makes an argument of a setting gives `""` where it has none.
fn leave_out_empty(table: &Table, fields: &mut Object) {
    fields.retain(|name, value| !table.field(name).is_some_and(|field| is_none(field, value.peel())));
    for field in table.fields {
        if let Some(value) = fields.get_mut(field.name) {
            leave_out_empty_inside(&field.shape, value);
        }
    }
}

fn leave_out_empty_inside(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (shape, Value::Secret(inner)) => leave_out_empty_inside(shape, inner),
        (shape, Value::Output(output)) => {
            output.value.iter_mut().for_each(|value| leave_out_empty_inside(shape, value));
        }
        (Shape::Object(table), Value::Object(fields)) => leave_out_empty(table, fields),
        (Shape::Array(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| leave_out_empty_inside(item, value));
        }
        (Shape::Map(item), Value::Object(fields)) => {
            fields.values_mut().for_each(|value| leave_out_empty_inside(item, value));
        }
        _ => {}
    }
}

fn is_none(field: &Field, value: &Value) -> bool {
    let is_refused = match (field.shape, value) {
        (Shape::Boolean | Shape::Integer | Shape::Number, Value::String(text)) => text.is_empty(),
        (Shape::String, Value::String(text)) if text.is_empty() => {
            field.length.is_some_and(|(least, _)| least > 0)
                || !(field.one_of.is_empty() || field.one_of.contains(&""))
                || field.check.is_some_and(|check| check(value).is_err())
        }
        (Shape::Integer | Shape::Number, Value::Number(0.0)) => {
            field.range.is_some_and(|(least, _)| least > 0.0) && field.default.is_none()
        }
        _ => false,
    };
    is_refused && !field.required
}

/// The arguments, where all of them are known and nothing is wrong with them.
pub fn settle<M: Model>(
    fields: &Object,
    failures: &mut Failures,
    rules: impl FnOnce(&M::Input, &mut Failures),
) -> Option<M> {
    let input = M::read(fields, failures);
    rules(&input, failures);
    let settled = M::settle_fields(&input, &Path::root(), failures);
    settled.filter(|_| failures.is_empty())
}

/// Adds the provider's tags to those of the resource, which win.
fn merge_tags(news: &mut Object, default_tags: &Object) {
    if default_tags.is_empty() {
        return;
    }
    if let Some(Value::Object(tags)) = news.get_mut("tags") {
        for (key, value) in default_tags {
            tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thing.
    #[derive(Model)]
    #[allow(dead_code)]
    struct ThingArgs {
        /// The name.
        #[model(replace, autoname, length = 1..=4)]
        name: String,
    }

    /// A port.
    #[derive(Model)]
    #[allow(dead_code)]
    struct PortArgs {
        /// The description.
        #[model(in_place)]
        description: Option<String>,
        /// The number.
        #[model(in_place)]
        number: Option<i64>,
        /// The rate.
        #[model(in_place, range = 1..=9)]
        rate: Option<i64>,
        /// The protocol.
        #[model(in_place, default = "tcp", one_of = ["tcp", "udp"])]
        protocol: String,
    }

    #[test]
    fn an_empty_text_is_none_where_there_is_no_empty_value() {
        let given = ["description", "number", "protocol"].map(|name| (name.to_owned(), Value::from("")));
        let naming = Naming { before: &Object::new(), olds: &Object::new(), make: &|| Err(String::new()) };
        let mut given = Object::from(given);
        given.insert("rate".to_owned(), Value::Number(0.0));
        let checked = check::<PortArgs>(given, &Object::new(), &naming);
        assert!(checked.failures.is_empty(), "{}", checked.failures);
        let expected =
            [("description", ""), ("protocol", "tcp")].map(|(name, text)| (name.to_owned(), text.into()));
        assert_eq!(checked.inputs, Object::from(expected));
    }

    #[test]
    fn a_name_that_was_made_earlier_is_not_judged_again() {
        let old = Object::from([("name".to_owned(), Value::from("of old"))]);
        let make = || Ok(Value::from("new"));
        let check = |news: &Object, olds: &Object| {
            check::<ThingArgs>(news.clone(), &Object::new(), &Naming { before: olds, olds, make: &make })
        };
        let kept = check(&Object::new(), &old);
        assert!(kept.failures.is_empty() && kept.inputs.get("name") == old.get("name"));
        assert!(!check(&old, &old).failures.is_empty(), "what a program gives is judged");
        let unreadable = Object::from([("name".to_owned(), Value::Bool(true))]);
        assert_eq!(check(&Object::new(), &unreadable).inputs.get("name"), Some(&Value::from("new")));
    }
}
