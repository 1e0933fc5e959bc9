//! Checking the arguments of a resource before anything is created.

use crate::model::{Failures, Model, Object, Value, fill_defaults};

/// Names for resources whose program gives none.
pub struct Naming<'a> {
    /// The name that the resource had, from its old inputs.
    pub olds: &'a Object,
    /// Makes a new one.
    pub make: &'a dyn Fn() -> Result<String, String>,
}

/// Arguments with all that was left out put in, and all that is wrong with them.
pub struct Checked<I> {
    /// What goes back to the engine: as given, with secrets and unknowns in place.
    pub inputs: Object,
    /// The same, decoded.
    pub input: I,
    pub failures: Failures,
}

/// Fills in names and defaults, and decodes. The rules of the kind come after.
pub fn check<M: Model>(mut news: Object, default_tags: &Object, naming: &Naming) -> Checked<M::Input> {
    let mut failures = Failures::new();
    fill_defaults(M::TABLE, &mut news);
    if M::TABLE.field("tags").is_some() {
        merge_tags(&mut news, default_tags);
    }
    for field in M::TABLE.fields.iter().filter(|field| field.autoname) {
        if news.contains_key(field.name) {
            continue;
        }
        match naming.olds.get(field.name).cloned().map_or_else(|| (naming.make)().map(Value::String), Ok) {
            Ok(name) => drop(news.insert(field.name.to_owned(), name)),
            Err(reason) => failures.add(field.name, reason),
        }
    }
    let input = M::read(&news, &mut failures);
    Checked { inputs: news, input, failures }
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
