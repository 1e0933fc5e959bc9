//! An argument that a program gave once, and gives no longer.

use agentic::engine::schema::KEPT;
use agentic::model::{Change as Effect, Field, Object, Value};
use aws_proxy::Fault;
use serde_json::Value as Json;

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
            let may_go = is_optional && field.change == Effect::InPlace && !field.write_only;
            if may_go && change.deaf.is_none() && change.one_way.is_none() {
                taken(world, name, field, change).await?;
            }
            Ok(())
        })
    })
    .await
}

async fn taken(world: &World, name: &str, field: &Field, change: &Change) -> Verdict {
    let Some((with, without)) = programs(world, name, change).await? else { return Ok(()) };
    let (resource, fresh) = world.create(name, &without).await?;
    let news = world.check(&resource, &fresh.inputs, &with).await?;
    let (_, replaces, _) = world.diff(&resource, &fresh, &news).await?;
    if !replaces.is_empty() {
        return world.delete(&resource, &fresh).await;
    }
    let given = updated(world, &resource, &fresh, &with).await?;
    if field.is_kept() {
        return kept(world, &resource, &given, field, &without).await;
    }
    let usual = fresh.outputs.get(name);
    world.aws.clear();
    let taken = updated(world, &resource, &given, &without).await?;
    that(taken.outputs.get(name) == usual, || {
        format!("taken out, it is {:?}, and {usual:?} by itself", taken.outputs.get(name))
    })?;
    world.settled(&resource, &taken, &without).await?;

    let calls = world.aws.calls().into_iter().filter(|call| call.is_mutation());
    if let Some(first) = calls.map(|call| call.name()).next() {
        let given = updated(world, &resource, &taken, &with).await?;
        let news = world.check(&resource, &given.inputs, &without).await?;
        world.aws.fault(Fault::deny(fault_on(&first)));
        let failed = world.plugin.update(&resource, &given, &news).await;
        world.aws.no_faults();
        if let Err(failed) = failed {
            // The engine keeps what the failure tells, or else what there was.
            let left = failed.made.unwrap_or(given);
            let again = updated(world, &resource, &left, &without).await?;
            that(again.outputs.get(name) == usual, || {
                let found = again.outputs.get(name);
                format!("taken out by a second attempt, it is {found:?}, and {usual:?} by itself")
            })?;
        }
    }
    world.delete(&resource, &taken).await
}

/// A program that gives the property, and the same one without it. None where Check wants it there.
async fn programs(world: &World, name: &str, change: &Change) -> Verdict<Option<(Object, Object)>> {
    let resource = world.resource(name);
    for with in [changed(world, name, change).await?, world.inputs_with(&change.with).await?] {
        let mut without = with.clone();
        let is_given = without.remove(name).is_some_and(|value| !value.is_null());
        if is_given && world.plugin.check(&resource, &with, &without).await.failures.is_empty() {
            return Ok(Some((with, without)));
        }
    }
    Ok(None)
}

async fn updated(world: &World, resource: &Resource, old: &State, program: &Object) -> Verdict<State> {
    let news = world.check(resource, &old.inputs, program).await?;
    let new = world.plugin.update(resource, old, &news).await;
    new.map_err(|error| format!("Update: {error}"))
}

/// What AWS has of it stays, nothing is to be done, and a reader of the schema knows.
async fn kept(world: &World, resource: &Resource, given: &State, field: &Field, without: &Object) -> Verdict {
    let news = world.check(resource, &given.inputs, without).await?;
    let (diffs, ..) = world.diff(resource, given, &news).await?;
    that(diffs.is_empty(), || format!("it is kept where it is taken out, and yet Diff names {diffs:?}"))?;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/schema.json");
    let schema = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let schema: Json = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    let property = &schema["resources"][world.kind.token()]["inputProperties"][field.name];
    let description = property["description"].as_str().unwrap_or_default();
    let says = [KEPT, "stay", "left alone"].iter().any(|words| description.contains(words));
    that(says, || "it stays where it is taken out, and its description does not say so".to_owned())?;
    let read = world.read(resource, given).await?;
    let is_there = |state: &State| state.outputs.get(field.name).map(Value::peel).cloned();
    that(is_there(&read) == is_there(given), || "it does not stay".to_owned())?;
    world.delete(resource, given).await
}
