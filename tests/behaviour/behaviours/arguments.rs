//! Before anything exists: the schema, checks, previews; and secrets, which go through all of it.

use agentic::model::{Change, Object, Shape, Table, Value};
use serde_json::Value as Json;

use super::Findings;
use crate::world::{Verdict, World, same, that};

/// Parts of names by which a person knows that a value is secret.
const SECRETIVE: [&str; 5] = ["password", "secretstring", "secretbinary", "privatekey", "authtoken"];

/// Every property is described, has its class of change, and is marked where it is secret; and
/// the package's schema has them all.
pub async fn schema(world: &World) -> Verdict {
    let description = world.kind.describe();
    let mut findings = Findings::default();
    look_through(description.args, &mut findings);
    look_through(description.state, &mut findings);
    for field in description.args.fields {
        let classed = field.change != Change::Inherited;
        findings.add(field.name, that(classed, || "says neither in_place nor replace".to_owned()));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/schema.json");
    let schema = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let schema: Json = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    let resource = &schema["resources"][world.kind.token()];
    for field in description.args.fields {
        let input = &resource["inputProperties"][field.name];
        let output = &resource["properties"][field.name];
        findings
            .add(field.name, that(!input.is_null() && !output.is_null(), || "is not in the schema".into()));
        let marked = !field.secret || input["secret"] == true && output["secret"] == true;
        findings.add(field.name, that(marked, || "is not secret in the schema".into()));
    }
    findings.verdict()
}

fn look_through(table: &'static Table, findings: &mut Findings) {
    findings.add(table.name, that(!table.doc.is_empty(), || "has no description".to_owned()));
    for field in table.fields {
        let name = format!("{}.{}", table.name, field.name);
        findings.add(&name, that(!field.doc.is_empty(), || "has no description".to_owned()));
        let plain = field.name.to_lowercase();
        let secretive =
            matches!(field.shape, Shape::String) && SECRETIVE.iter().any(|part| plain.ends_with(part));
        findings.add(&name, that(field.secret || !secretive, || "is not marked as secret".to_owned()));
        if let Some(nested) = nested(&field.shape)
            && nested.name != table.name
        {
            look_through(nested, findings);
        }
    }
}

fn nested(shape: &Shape) -> Option<&'static Table> {
    match shape {
        Shape::Object(table) => Some(table),
        Shape::Array(item) | Shape::Map(item) => nested(item),
        _ => None,
    }
}

/// Check changes nothing of what it gave itself, lets pass what is not yet known, and names what
/// is wrong.
pub async fn check(world: &World) -> Verdict {
    let mut findings = Findings::default();
    let table = world.kind.describe().args;
    let resource = world.resource("example");
    let none = Object::new();
    let inputs = world.inputs().await?;
    let first = world.check(&resource, &none, &inputs).await?;
    let second = world.check(&resource, &none, &first).await?;
    // Which values were made here is known only where they are not yet given.
    let without_notes = |object: &Object| {
        let given = object.iter().filter(|(key, _)| !key.starts_with("__"));
        given.map(|(key, value)| (key.clone(), value.clone())).collect::<Object>()
    };
    let fixed = same("Check of its own answer", &without_notes(&second), &without_notes(&first));
    findings.add("fixpoint", fixed);
    let third = world.check(&resource, &first, &inputs).await?;
    findings.add("second run", same("Check with old inputs", &third, &first));

    let mut examples = vec![inputs.clone()];
    for change in world.case.changes.values().filter(|change| !change.with.is_empty()) {
        examples.push(world.inputs_with(&change.with).await?);
    }
    for example in &examples {
        let mut all = Object::new();
        for name in example.keys() {
            let unknown = with(example, name, Value::Unknown);
            findings.add(name, passes_unknown(world, &unknown, name).await);
            all.insert(name.clone(), Value::Unknown);
        }
        for name in example.keys() {
            findings.add("everything unknown", passes_unknown(world, &all, name).await);
        }
    }

    for field in table.fields {
        if let Some(wrong) = wrong_for(&field.shape) {
            let news = with(&inputs, field.name, wrong.clone());
            let refused = refused(world, &news, field.name, field.secret).await;
            findings.add(field.name, refused.map_err(|error| format!("given as {wrong:?}: {error}")));
        }
        if field.required {
            let mut news = inputs.clone();
            news.remove(field.name);
            let refused = refused(world, &news, field.name, field.secret).await;
            findings.add(field.name, refused.map_err(|error| format!("left out: {error}")));
        }
    }
    let news = with(&inputs, "nosuchthing", Value::from("x"));
    findings.add("unknown property", refused(world, &news, "nosuchthing", false).await);
    findings.verdict()
}

fn with(inputs: &Object, name: &str, value: Value) -> Object {
    let mut inputs = inputs.clone();
    inputs.insert(name.to_owned(), value);
    inputs
}

async fn passes_unknown(world: &World, news: &Object, name: &str) -> Verdict {
    let checked = world.plugin.check(&world.resource("example"), &Object::new(), news).await;
    let failures = checked.failures;
    that(failures.is_empty(), || format!("not yet known, Check fails: {failures:?}"))?;
    let echoed = checked.inputs.get(name) == Some(&Value::Unknown);
    that(echoed, || format!("not yet known, it comes back as {:?}", checked.inputs.get(name)))
}

/// That the check names what is wrong. The engine prints the value of a property that goes by its
/// name, so that a secret one goes by none.
async fn refused(world: &World, news: &Object, name: &str, secret: bool) -> Verdict {
    let checked = world.plugin.check(&world.resource("example"), &Object::new(), news).await;
    let failures = checked.failures;
    let named = failures.iter().any(|(property, reason)| match secret {
        true => property.is_empty() && reason.starts_with(name),
        false => property == name,
    });
    that(named, || format!("Check does not name it; its failures are {failures:?}"))
}

/// A value that no property of this shape takes.
fn wrong_for(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Boolean | Shape::Integer | Shape::Number | Shape::String => {
            Some(Value::Array(vec![Value::object([("a", Value::Bool(true))])]))
        }
        Shape::Array(_) | Shape::Map(_) | Shape::Object(_) | Shape::Asset => Some(Value::Bool(true)),
        Shape::Json | Shape::Any => None,
    }
}

/// A preview asks AWS nothing, and promises what was given but neither id nor state.
pub async fn preview(world: &World) -> Verdict {
    let resource = world.resource("example");
    let mut inputs = world.check(&resource, &Object::new(), &world.inputs().await?).await?;
    inputs.retain(|name, _| !name.starts_with("__"));
    world.aws.clear();
    let mut all = vec![inputs.clone()];
    all.extend(inputs.keys().map(|name| with(&inputs, name, Value::Unknown)));
    for inputs in all {
        let made = world.plugin.preview(&resource, &inputs).await;
        let made = made.map_err(|status| format!("Create: {}", status.message()))?;
        that(made.id.is_empty(), || format!("the id is {:?}", made.id))?;
        let kept = made.outputs.iter().filter(|(name, _)| inputs.contains_key(*name));
        let kept: Object = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        // A property that is secret by itself may come back marked.
        same("previewed outputs", &peeled(&kept), &peeled(&inputs))?;
    }
    let calls = world.aws.calls();
    that(calls.is_empty(), || format!("AWS was asked {:?}", calls[0].name()))
}

fn peeled(object: &Object) -> Object {
    object.iter().map(|(name, value)| (name.clone(), value.peel().clone())).collect()
}

/// What is given as secret, whole or in parts, comes back as secret from every operation.
pub async fn secret(world: &World) -> Verdict {
    let inputs = world.inputs().await?;
    let mut findings = Findings::default();
    let whole = inputs.iter().map(|(name, value)| (name.clone(), value.clone().into_secret())).collect();
    findings.add("whole", keeps_secrets(world, "whole", &whole).await);
    let parts = inputs.iter().map(|(name, value)| (name.clone(), with_secret_leaves(value))).collect();
    findings.add("parts", keeps_secrets(world, "parts", &parts).await);
    findings.verdict()
}

async fn keeps_secrets(world: &World, name: &str, inputs: &Object) -> Verdict {
    let mut findings = Findings::default();
    let resource = world.resource(name);
    let checked = world.check(&resource, &Object::new(), inputs).await?;
    findings.add("Check", marked(&checked, inputs));
    let previewed = world.plugin.preview(&resource, &checked).await;
    let previewed = previewed.map_err(|status| status.message().to_owned())?;
    findings.add("preview", marked(&previewed.outputs, inputs));
    let state = world.plugin.create(&resource, &checked).await;
    let state = state.map_err(|error| format!("Create: {error}"))?;
    findings.add("Create", marked(&state.outputs, inputs));
    let found = world.read(&resource, &state).await?;
    findings.add("Read, inputs", marked(&found.inputs, inputs));
    findings.add("Read, outputs", marked(&found.outputs, inputs));
    let updated = world.plugin.update(&resource, &found, &checked).await;
    let updated = updated.map_err(|error| format!("Update: {error}"))?;
    findings.add("Update", marked(&updated.outputs, inputs));
    world.delete(&resource, &state).await?;
    findings.verdict()
}

fn with_secret_leaves(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(with_secret_leaves).collect()),
        Value::Object(fields) => Value::object(
            fields
                .iter()
                .map(|(name, value)| (name, with_secret_leaves(value)))
                .map(|(name, value)| (name.clone(), value)),
        ),
        leaf => leaf.clone().into_secret(),
    }
}

/// That every value is there and as secret as it was given.
fn marked(found: &Object, given: &Object) -> Verdict {
    let bare: Vec<&String> = given
        .iter()
        .filter(|(name, value)| !keeps(found.get(*name).unwrap_or(&Value::Null), value))
        .map(|(name, _)| name)
        .collect();
    that(bare.is_empty(), || format!("no longer secret, or no longer as given: {bare:?}"))
}

/// Whether what was given is there, and as secret; there may be more, and more may be secret.
fn keeps(found: &Value, given: &Value) -> bool {
    match (found, given) {
        (Value::Secret(_), _) => true,
        (_, Value::Secret(_)) => false,
        (Value::Array(found), Value::Array(given)) => {
            found.len() == given.len() && found.iter().zip(given).all(|(found, given)| keeps(found, given))
        }
        (Value::Object(found), Value::Object(given)) => {
            given.iter().all(|(name, given)| found.get(name).is_some_and(|found| keeps(found, given)))
        }
        _ => found == given,
    }
}
