//! An argument that a program gave once, and gives no longer.

use std::collections::BTreeSet;

use agentic::engine::schema::KEPT;
use agentic::model::{Change as Effect, Field, Object, Shape, Value};
use aws_proxy::Fault;
use serde_json::Value as Json;

use super::Findings;
use super::life::{changed, each_change};
use crate::case::Change;
use crate::plugin::{Resource, State};
use crate::world::{Verdict, World, fault_on, that};

/// Each property, taken out of the program: AWS's own value is there again, also where the first
/// attempt at it failed; or the value stays, and the description says so.
pub async fn taken_out(world: &World) -> Verdict {
    each_change(world, |world, name, field, change| {
        Box::pin(async move {
            let is_optional = !field.required && !field.autoname;
            if is_optional && may_go(field, change) {
                for with in given(world, name, change).await? {
                    let mut without = with.clone();
                    let is_given = without.remove(name).is_some_and(|value| !value.is_null());
                    if is_given && is_legal(world, name, &with, &without).await {
                        let stays = field.is_kept().then(|| description(world, name, &[]));
                        return taken(world, &Taken { name, with, without, stays, kept: None }).await;
                    }
                }
            }
            Ok(())
        })
    })
    .await
}

/// The same for each part of a property of which AWS picks a value.
pub async fn part_taken_out(world: &World) -> Verdict {
    each_change(world, |world, name, field, change| {
        Box::pin(async move {
            let mut findings = Findings::default();
            if may_go(field, change) {
                let mut tried = BTreeSet::new();
                let [one, other] = given(world, name, change).await?;
                for (with, other) in [(&one, &other), (&other, &one)] {
                    let mut parts = Vec::new();
                    with.get(name).inspect(|value| picked(&field.shape, value, &[], &mut parts));
                    for (steps, part) in parts {
                        let about = path(&steps);
                        let less = |program: &Object| {
                            let mut without = program.clone();
                            without.entry(name.to_owned()).and_modify(|value| remove(value, &steps));
                            without
                        };
                        let without = less(with);
                        if tried.insert(about.clone()) && is_legal(world, name, with, &without).await {
                            let stays = part.is_kept().then(|| description(world, name, &steps));
                            let lasts = part.is_kept() && part.follows.is_empty();
                            let kept = lasts.then(|| (steps.clone(), less(other)));
                            let it = Taken { name, with: with.clone(), without, stays, kept };
                            findings.add(&about, taken(world, &it).await);
                            world.sweep().await;
                        }
                    }
                }
            }
            findings.verdict()
        })
    })
    .await
}

/// Whether a value can be taken out of a resource that goes on living.
fn may_go(field: &Field, change: &Change) -> bool {
    let is_in_place = field.change == Effect::InPlace && !field.write_only;
    is_in_place && change.deaf.is_none() && change.one_way.is_none()
}

/// The programs that give the property.
async fn given(world: &World, name: &str, change: &Change) -> Verdict<[Object; 2]> {
    Ok([changed(world, name, change).await?, world.inputs_with(&change.with).await?])
}

/// Whether Check takes the program that gives less.
async fn is_legal(world: &World, name: &str, with: &Object, without: &Object) -> bool {
    world.plugin.check(&world.resource(name), with, without).await.failures.is_empty()
}

/// A program that gives a value, and the same one without it.
struct Taken<'a> {
    name: &'a str,
    with: Object,
    without: Object,
    /// The description, where the value stays.
    stays: Option<Verdict<String>>,
    /// Where the part is that stays, and a program that gives other parts another value, and not this one.
    kept: Option<(Vec<Step>, Object)>,
}

async fn taken(world: &World, it: &Taken<'_>) -> Verdict {
    let Taken { name, with, without, stays, .. } = it;
    let (resource, fresh) = world.create(name, without).await?;
    let news = world.check(&resource, &fresh.inputs, with).await?;
    let (_, replaces, _) = world.diff(&resource, &fresh, &news).await?;
    if !replaces.is_empty() {
        return world.delete(&resource, &fresh).await;
    }
    let given = updated(world, &resource, &fresh, with).await?;
    if let Some(description) = stays {
        let description = description.as_ref().map_err(Clone::clone)?;
        return kept(world, &resource, &given, it, description).await;
    }
    let usual = fresh.outputs.get(*name);
    world.aws.clear();
    let taken = updated(world, &resource, &given, without).await?;
    that(taken.outputs.get(*name) == usual, || {
        format!("taken out, it is {:?}, and {usual:?} by itself", taken.outputs.get(*name))
    })?;
    world.settled(&resource, &taken, without).await?;

    let calls = world.aws.calls().into_iter().filter(|call| call.is_mutation());
    if let Some(first) = calls.map(|call| call.name()).next() {
        let given = updated(world, &resource, &taken, with).await?;
        let news = world.check(&resource, &given.inputs, without).await?;
        world.aws.fault(Fault::deny(fault_on(&first)));
        let failed = world.plugin.update(&resource, &given, &news).await;
        world.aws.no_faults();
        if let Err(failed) = failed {
            // The engine keeps what the failure tells, or else what there was.
            let left = failed.made.unwrap_or(given);
            let again = updated(world, &resource, &left, without).await?;
            that(again.outputs.get(*name) == usual, || {
                let found = again.outputs.get(*name);
                format!("taken out by a second attempt, it is {found:?}, and {usual:?} by itself")
            })?;
        }
    }
    world.delete(&resource, &taken).await
}

async fn updated(world: &World, resource: &Resource, old: &State, program: &Object) -> Verdict<State> {
    let news = world.check(resource, &old.inputs, program).await?;
    let new = world.plugin.update(resource, old, &news).await;
    new.map_err(|error| format!("Update: {error}"))
}

/// What AWS has of it stays, nothing is to be done, and a reader of the schema knows.
async fn kept(
    world: &World,
    resource: &Resource,
    given: &State,
    it: &Taken<'_>,
    description: &str,
) -> Verdict {
    let news = world.check(resource, &given.inputs, &it.without).await?;
    let (diffs, ..) = world.diff(resource, given, &news).await?;
    that(diffs.is_empty(), || format!("it is kept where it is taken out, and yet Diff names {diffs:?}"))?;
    let says = [KEPT, "stay", "is kept", "are kept"].iter().any(|words| description.contains(words));
    that(says, || "it stays where it is taken out, and its description does not say so".to_owned())?;
    let read = world.read(resource, given).await?;
    let is_there = |state: &State| state.outputs.get(it.name).map(Value::peel).cloned();
    that(is_there(&read) == is_there(given), || "it does not stay".to_owned())?;
    match &it.kept {
        Some((steps, other)) if is_legal(world, it.name, &it.with, other).await => {
            kept_beside_a_change(world, resource, given, it.name, steps, other).await
        }
        _ => world.delete(resource, given).await,
    }
}

/// A part stays also where the parts beside it change, and the property is sent as a whole.
async fn kept_beside_a_change(
    world: &World,
    resource: &Resource,
    given: &State,
    name: &str,
    steps: &[Step],
    other: &Object,
) -> Verdict {
    let news = world.check(resource, &given.inputs, other).await?;
    let (diffs, replaces, _) = world.diff(resource, given, &news).await?;
    // An item of a list may be another one in the other program, and what it leaves out as a whole is no part.
    let is_in_list = steps.iter().any(|step| matches!(step, Step::Index(_)));
    let around = steps.split_last().and_then(|(_, around)| at(other.get(name)?, around));
    if diffs.is_empty() || !replaces.is_empty() || is_in_list || around.is_none() {
        return world.delete(resource, given).await;
    }
    let changed = updated(world, resource, given, other).await?;
    let part = |state: &State| state.outputs.get(name).and_then(|value| at(value, steps)).cloned();
    // Outputs leave out some parts that a program leaves out.
    that(part(&changed).is_none_or(|now| Some(now) == part(given)), || {
        format!("it does not stay where the parts beside it change: it is {:?}", part(&changed))
    })?;
    world.settled(resource, &changed, other).await?;
    world.delete(resource, &changed).await
}

/// A step into a value.
#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The parts that a value gives, and that AWS would pick.
fn picked(shape: &Shape, value: &Value, at: &[Step], found: &mut Vec<(Vec<Step>, &'static Field)>) {
    let on = |step: Step| [at, &[step]].concat();
    match (shape, value.peel()) {
        (Shape::Object(table), Value::Object(fields)) => {
            for field in table.fields {
                let Some(value) = fields.get(field.name).filter(|value| !value.is_null()) else { continue };
                let at = on(Step::Key(field.name.to_owned()));
                if field.aws_default && !field.write_only {
                    found.push((at.clone(), field));
                }
                picked(&field.shape, value, &at, found);
            }
        }
        (Shape::Map(item), Value::Object(fields)) => {
            for (key, value) in fields {
                picked(item, value, &on(Step::Key(key.clone())), found);
            }
        }
        (Shape::Array(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                picked(item, value, &on(Step::Index(index)), found);
            }
        }
        _ => {}
    }
}

fn remove(value: &mut Value, steps: &[Step]) {
    match (value, steps) {
        (Value::Secret(inner), steps) => remove(inner, steps),
        (Value::Object(fields), [Step::Key(last)]) => drop(fields.remove(last)),
        (Value::Object(fields), [Step::Key(key), rest @ ..]) => {
            fields.entry(key.clone()).and_modify(|value| remove(value, rest));
        }
        (Value::Array(items), [Step::Index(index), rest @ ..]) => {
            items.get_mut(*index).into_iter().for_each(|item| remove(item, rest));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    match (value.peel(), steps) {
        (value, []) => Some(value),
        (Value::Object(fields), [Step::Key(key), rest @ ..]) => at(fields.get(key)?, rest),
        (Value::Array(items), [Step::Index(index), rest @ ..]) => at(items.get(*index)?, rest),
        _ => None,
    }
}

/// Where it is, whichever item of a list it is part of.
fn path(steps: &[Step]) -> String {
    let names = steps.iter().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// What the schema says of a property, or of a part of it.
fn description(world: &World, name: &str, steps: &[Step]) -> Verdict<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/schema.json");
    let schema = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let schema: Json = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    let mut property = &schema["resources"][world.kind.token()]["inputProperties"][name];
    for step in steps {
        let whole = property.get("oneOf").map_or(property, |forms| &forms[0]);
        let named = whole["$ref"].as_str().and_then(|name| name.strip_prefix("#/types/"));
        property = match (step, named) {
            (Step::Key(key), Some(name)) => &schema["types"][name]["properties"][key],
            (Step::Key(_), None) => &whole["additionalProperties"],
            (Step::Index(_), _) => &whole["items"],
        };
    }
    let said = property["description"].as_str();
    said.map(str::to_owned).ok_or_else(|| format!("the schema does not describe {}", path(steps)))
}
