//! Old values are facts: what a state has is what there was, whatever the rules of today say of it.

use agentic::model::{Field, Object, Shape, Table, Value};

use super::Findings;
use crate::plugin::{Resource, State};
use crate::world::{Verdict, World, that};

/// Values in the state that no program could give today, as a refresh, an import or an earlier
/// version may have left them: the next update brings each back, and a deletion minds none.
pub async fn facts(world: &World) -> Verdict {
    let program = world.inputs().await?;
    let mut findings = Findings::default();
    let (resource, mut state) = world.create("example", &program).await?;
    let mut everything = state.clone();
    for field in world.kind.describe().args.fields {
        for example in examples(world, field.name, &program).await? {
            let Some(illegal) = illegal(field, example.as_ref()) else { continue };
            if !decides(world, field) {
                set(&mut everything, field, &illegal);
            }
            let mut before = state.clone();
            set(&mut before, field, &illegal);
            let verdict = brought_back(world, &resource, &before, &program, field).await;
            match verdict.map_err(|error| format!("{illegal:?} in the state: {error}")) {
                Ok(Some(updated)) => state = updated,
                Ok(None) => {}
                Err(error) => findings.add(field.name, Err(error)),
            }
        }
    }
    everything.outputs.extend(only_state(world, &state.outputs));
    findings.add("all that is illegal", deleted(world, &resource, &everything).await);
    world.sweep().await;

    let (resource, state) = world.create("unreadable", &program).await?;
    let mut everything = state.clone();
    for field in world.kind.describe().args.fields {
        let mut before = state.clone();
        if field.required {
            remove(&mut before, field.name);
            remove(&mut everything, field.name);
        } else {
            let Some(other) = of_another_type(&field.shape) else { continue };
            set(&mut before, field, &other);
            set(&mut everything, field, &other);
        }
        let verdict = brought_back(world, &resource, &before, &program, field).await;
        findings.add(field.name, verdict.map(drop).map_err(|error| format!("unreadable: {error}")));
    }
    findings.add("all that is unreadable", deleted(world, &resource, &everything).await);
    findings.verdict()
}

/// What a refresh and the next run of the program make of such a state. The new state, where there
/// was something to update.
async fn brought_back(
    world: &World,
    resource: &Resource,
    before: &State,
    program: &Object,
    field: &Field,
) -> Verdict<Option<State>> {
    world.read(resource, before).await?;
    if field.write_only && !program.contains_key(field.name) {
        return Ok(None);
    }
    let news = match world.check(resource, &before.inputs, program).await {
        // A database is not replaced behind anybody's back, whatever its old value is.
        Err(error) if error.contains("allowReplacement") => return Ok(None),
        news => news?,
    };
    let (diffs, replaces, _) = match world.diff(resource, before, &news).await {
        // Nor are users, files or keys.
        Err(error) if error.contains(" requires another ") => return Ok(None),
        found => found?,
    };
    that(diffs.iter().all(|name| name == field.name), || format!("Diff names {diffs:?}"))?;
    if diffs.is_empty() || !replaces.is_empty() {
        return Ok(None);
    }
    let updated = world.plugin.update(resource, before, &news).await;
    let updated = updated.map_err(|error| format!("Update: {error}"))?;
    world.settled(resource, &updated, program).await?;
    Ok(Some(updated))
}

fn decides(world: &World, field: &Field) -> bool {
    world.case.changes.get(field.name).is_some_and(|change| change.decides.is_some())
}

async fn deleted(world: &World, resource: &Resource, state: &State) -> Verdict {
    world.delete(resource, state).await?;
    let is_gone = world.case.stays.is_some() || world.is_gone(resource, state).await?;
    that(is_gone, || "Read finds it all the same".to_owned())
}

/// The values that the example and its change give to an argument; nothing where they give none.
async fn examples(world: &World, name: &str, program: &Object) -> Verdict<Vec<Option<Value>>> {
    let mut all = vec![program.get(name).cloned()];
    if let Some(change) = world.case.changes.get(name).filter(|change| change.hole.is_none()) {
        let mut with = change.with.clone();
        with.insert(name.to_owned(), change.to.clone());
        all.push(world.inputs_with(&with).await?.get(name).cloned());
    }
    all.dedup();
    Ok(all)
}

fn set(state: &mut State, field: &Field, value: &Value) {
    let value = if field.secret { value.clone().into_secret() } else { value.clone() };
    state.inputs.insert(field.name.to_owned(), value.clone());
    state.outputs.insert(field.name.to_owned(), value);
}

fn remove(state: &mut State, name: &str) {
    state.inputs.remove(name);
    state.outputs.remove(name);
}

/// What the outputs have beyond the arguments.
fn only_state(world: &World, outputs: &Object) -> Object {
    let args = world.kind.describe().args;
    let beyond = outputs.iter().filter(|(name, _)| args.field(name).is_none());
    beyond.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The example with a value that no program may give wherever a rule stands; nothing where none
/// does.
fn illegal(field: &Field, example: Option<&Value>) -> Option<Value> {
    let inside = example.and_then(|example| illegal_inside(&field.shape, example));
    inside.or_else(|| match &field.shape {
        Shape::Array(item) => Some(Value::Array(vec![breach(field, item)?])),
        shape => breach(field, shape),
    })
}

fn illegal_inside(shape: &Shape, example: &Value) -> Option<Value> {
    match (shape, example.peel()) {
        (Shape::Object(table), Value::Object(fields)) => illegal_fields(table, fields).map(Value::Object),
        (Shape::Array(item), Value::Array(items)) => {
            let illegal: Vec<_> = items.iter().map(|value| illegal_inside(item, value)).collect();
            let any = illegal.iter().any(Option::is_some);
            let all = illegal.into_iter().zip(items).map(|(illegal, value)| illegal.unwrap_or(value.clone()));
            any.then(|| Value::Array(all.collect()))
        }
        (Shape::Map(item), Value::Object(fields)) => {
            let illegal =
                |(name, value): (&String, &Value)| Some((name.clone(), illegal_inside(item, value)?));
            let illegal: Object = fields.iter().filter_map(illegal).collect();
            (!illegal.is_empty()).then(|| Value::Object(fields.clone().into_iter().chain(illegal).collect()))
        }
        _ => None,
    }
}

fn illegal_fields(table: &Table, fields: &Object) -> Option<Object> {
    let of = |field: &Field| Some((field.name.to_owned(), illegal(field, fields.get(field.name))?));
    let illegal: Object = table.fields.iter().filter_map(of).collect();
    (!illegal.is_empty()).then(|| fields.clone().into_iter().chain(illegal).collect())
}

/// A value of this shape that the field's own rules refuse.
fn breach(field: &Field, shape: &Shape) -> Option<Value> {
    let candidates: Vec<Value> = match shape {
        Shape::String => ["of-a-later-time", "", " of old: ", &"x".repeat(3000)].map(Value::from).into(),
        Shape::Integer | Shape::Number => [-7.0, 0.0, 17.0, 9e9].map(Value::Number).into(),
        _ => return None,
    };
    candidates.into_iter().find(|value| refuses(field, value))
}

fn refuses(field: &Field, value: &Value) -> bool {
    let by_table = match value {
        Value::String(text) => {
            let length = text.chars().count();
            let is_text = matches!(field.shape, Shape::String);
            !field.one_of.is_empty() && !field.one_of.contains(&text.as_str())
                || is_text && field.length.is_some_and(|(low, high)| !(low..=high).contains(&length))
        }
        Value::Number(number) => {
            !field.numbers.is_empty() && field.numbers.iter().all(|legal| *legal as f64 != *number)
                || field.range.is_some_and(|(low, high)| !(low..=high).contains(number))
        }
        _ => false,
    };
    by_table || field.check.is_some_and(|check| check(value).is_err())
}

/// A value that cannot be decoded as this shape.
fn of_another_type(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Boolean | Shape::Integer | Shape::Number => Some(Value::from("of another type")),
        Shape::String => Some(Value::Array(vec![Value::Number(1.5)])),
        Shape::Json => Some(Value::Number(1.5)),
        Shape::Array(_) | Shape::Map(_) | Shape::Object(_) | Shape::Asset => Some(Value::Bool(true)),
        Shape::Any => None,
    }
}
