//! A resource's life where nothing goes wrong.

use std::time::Duration;

use agentic::aws::iam_action;
use agentic::model::{Field, Object};

use super::{Findings, action};
use crate::case::Change;
use crate::plugin::{Plugin, Resource, State};
use crate::world::{Verdict, World, differing, same, that};
use aws_proxy::{Fault, Recorded};

/// A second run of the same program changes nothing, nor does a refresh.
pub async fn unchanged(world: &World) -> Verdict {
    let inputs = world.inputs().await?;
    world.aws.clear();
    let (resource, state) = world.create("example", &inputs).await?;
    let actions = world.kind.describe().actions;
    allowed(world, &[&actions.create, &actions.read])?;
    world.settled(&resource, &state, &inputs).await?;
    for field in world.kind.describe().args.fields.iter().chain(world.kind.describe().state.fields) {
        let bare = field.secret && state.outputs.get(field.name).is_some_and(|value| !value.is_secret());
        that(!bare, || format!("the output {} is not secret", field.name))?;
    }
    for field in world.kind.describe().args.fields.iter().filter(|field| field.told) {
        let is_told = state.outputs.contains_key(field.name);
        that(is_told, || format!("the output {} is always there, by the schema, and is not", field.name))?;
    }
    world.aws.clear();
    world.read(&resource, &state).await?;
    allowed(world, &[&actions.read])
}

/// That the calls since the last time are among these permissions.
fn allowed(world: &World, actions: &[&[&str]]) -> Verdict {
    // Needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    let free = |call: &Recorded| call.operation == "GetCallerIdentity";
    for call in world.aws.calls().into_iter().filter(|call| !free(call)) {
        let action = action(&call.name());
        let listed = actions.iter().any(|actions| actions.contains(&action.as_str()));
        that(listed, || format!("{action} is called and not among ACTIONS"))?;
    }
    Ok(())
}

/// Each property, changed: Diff names it and nothing else, and what happens is no more than that.
pub async fn change(world: &World) -> Verdict {
    each_change(world, |world, name, field, change| {
        Box::pin(async move {
            if change.replaces(field) {
                replaced(world, name, change).await
            } else {
                updated(world, name, field, change).await
            }
        })
    })
    .await
}

/// Each property, changed by somebody else: a refresh shows it, and an update puts it right.
pub async fn drift(world: &World) -> Verdict {
    each_change(world, |world, name, field, change| {
        Box::pin(async move {
            let visible = !(change.replaces(field) || field.write_only || change.deaf.is_some());
            if visible && change.unseen.is_none() && change.one_way.is_none() {
                drifted(world, name, change).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Each property, changed by an update of whose first call nobody heard, or that was denied it: made
/// again, the update gets there.
pub async fn again(world: &World) -> Verdict {
    each_change(world, |world, name, field, change| {
        Box::pin(async move {
            if !change.replaces(field) && change.deaf.is_none() {
                for call in &change.calls {
                    updated_again(world, name, change, call, Fault::lose_answer).await?;
                    updated_again(world, name, change, call, Fault::deny).await?;
                }
            }
            Ok(())
        })
    })
    .await
}

async fn updated_again(
    world: &World,
    name: &str,
    change: &Change,
    call: &str,
    harm: fn(Fault) -> Fault,
) -> Verdict {
    let (before, after) = (world.inputs_with(&change.with).await?, changed(world, name, change).await?);
    let (resource, old) = world.create(name, &before).await?;
    let news = world.check(&resource, &old.inputs, &after).await?;
    let services = world.kind.describe().actions.update.into_iter().filter_map(|action| {
        let (service, _) = action.split_once(':')?;
        (iam_action(service, call) == action).then_some(service)
    });
    let service = services.into_iter().next().unwrap_or_default();
    let service = if service == "cloudwatch" { "monitoring" } else { service };
    world.aws.fault(harm(Fault::on(service, call)));
    let first = world.plugin.update(&resource, &old, &news).await;
    that(world.aws.faults_left().is_empty(), || format!("{service}:{call} was not made"))?;
    let left = match first {
        Ok(state) => state,
        // The engine keeps what the failure tells, or else what there was.
        Err(failed) => failed.made.unwrap_or(old),
    };
    let new = world.plugin.update(&resource, &left, &news).await;
    let new = new.map_err(|error| format!("the next Update: {error}"))?;
    world.settled(&resource, &new, &after).await?;
    if change.one_way.is_none() {
        let restored = world.check(&resource, &new.inputs, &before).await?;
        let restored = world.plugin.update(&resource, &new, &restored).await;
        let restored = restored.map_err(|error| format!("changed back: {error}"))?;
        return world.delete(&resource, &restored).await;
    }
    world.delete(&resource, &new).await
}

/// What takes longer waits for something that does not come.
const AT_MOST: Duration = Duration::from_secs(60);

/// How many properties are tried one after another; more of them go into a world of their own.
const IN_TURN: usize = 10;

pub(super) type Look =
    for<'a> fn(&'a World, &'a str, &'a Field, &'a Change) -> futures::future::BoxFuture<'a, Verdict>;

pub(super) async fn each_change(world: &World, look: Look) -> Verdict {
    let tried = world.case.changes.iter().filter(|(_, change)| change.hole.is_none());
    let tried: Vec<(&String, &Change)> = tried.collect();
    let parts = tried.chunks(IN_TURN).map(|part| async move {
        let world = world.another().await;
        let mut findings = Findings::default();
        for (name, change) in part {
            if let Some(field) = world.kind.describe().args.field(name) {
                let verdict = tokio::time::timeout(AT_MOST, look(&world, name, field, change)).await;
                let verdict = verdict.unwrap_or_else(|_| Err(format!("takes longer than {AT_MOST:?}")));
                findings.add(name, verdict);
                world.sweep().await;
            }
        }
        findings
    });
    futures::future::join_all(parts).await.into_iter().collect::<Findings>().verdict()
}

async fn updated(world: &World, name: &str, field: &Field, change: &Change) -> Verdict {
    let (before, after) = (world.inputs_with(&change.with).await?, changed(world, name, change).await?);
    let hidden =
        (field.aws_default || field.if_given) && !before.contains_key(name) && change.one_way.is_none();
    that(!hidden, || {
        "what is there stays where it is left out: give a value in `with`, so that there is a way back".into()
    })?;
    let (resource, old) = world.create(name, &before).await?;
    let new = update_alone(world, &resource, &old, &after, name, change, &change.calls).await?;
    if change.one_way.is_some() {
        return world.settled(&resource, &new, &after).await;
    }
    let back = change.back.as_ref().unwrap_or(&change.calls);
    let restored = update_alone(world, &resource, &new, &before, name, change, back).await;
    let restored = restored.map_err(|error| format!("changed back: {error}"))?;
    world.delete(&resource, &restored).await
}

/// Updates, and looks that this property changes and nothing else.
async fn update_alone(
    world: &World,
    resource: &Resource,
    old: &State,
    program: &Object,
    name: &str,
    change: &Change,
    calls: &[String],
) -> Verdict<State> {
    let news = world.check(resource, &old.inputs, program).await?;
    let (diffs, replaces, _) = world.diff(resource, old, &news).await?;
    that(diffs == names(name, change), || format!("Diff names {diffs:?}"))?;
    that(replaces.is_empty(), || format!("Diff would replace it for {replaces:?}"))?;
    world.aws.clear();
    let new = world.plugin.update(resource, old, &news).await;
    let new = new.map_err(|error| format!("Update: {error}"))?;
    let mut expected = calls.to_vec();
    expected.sort();
    let made = world.changes();
    that(made == expected, || format!("Update calls {made:?}, expected {expected:?}"))?;
    let actions = world.kind.describe().actions;
    allowed(world, &[&actions.update, &actions.read])?;
    if change.deaf.is_none() {
        world.settled(resource, &new, program).await?;
    }
    Ok(new)
}

/// The program after a change.
pub(super) async fn changed(world: &World, name: &str, change: &Change) -> Verdict<Object> {
    let mut others = change.with.clone();
    others.extend(change.and.clone());
    others.insert(name.to_owned(), change.to.clone());
    world.inputs_with(&others).await
}

/// The properties that a change touches, sorted.
fn names(name: &str, change: &Change) -> Vec<String> {
    let mut names: Vec<String> =
        std::iter::once(name).chain(change.and.keys().map(String::as_str)).map(str::to_owned).collect();
    names.sort();
    names
}

async fn replaced(world: &World, name: &str, change: &Change) -> Verdict {
    let (before, after) = (world.inputs_with(&change.with).await?, changed(world, name, change).await?);
    let (resource, old) = world.create(name, &before).await?;
    let news = world.check(&resource, &old.inputs, &after).await?;
    let (diffs, replaces, first_delete) = world.diff(&resource, &old, &news).await?;
    that(diffs == names(name, change), || format!("Diff names {diffs:?}"))?;
    that(replaces.iter().any(|replacing| replacing == name), || "Diff would update it in place".to_owned())?;
    // As the engine does: a replacement has no old inputs.
    let news = world.check(&resource, &Object::new(), &after).await?;
    if first_delete {
        world.delete(&resource, &old).await?;
    }
    let new = world.plugin.create(&resource, &news).await;
    let new = new.map_err(|error| format!("Create of the replacement: {error}"))?;
    world.left(&resource, &new);
    if !first_delete {
        let differs = new.id != old.id || world.case.stays.is_some();
        that(differs, || format!("the replacement has the same id {}", new.id))?;
        world.delete(&resource, &old).await?;
        if !world.kind.describe().local && world.case.stays.is_none() {
            that(world.is_gone(&resource, &old).await?, || "the replaced one is still there".to_owned())?;
        }
    }
    if change.deaf.is_none() {
        world.settled(&resource, &new, &after).await?;
    }
    world.delete(&resource, &new).await
}

async fn drifted(world: &World, name: &str, change: &Change) -> Verdict {
    let (before, after) = (world.inputs_with(&change.with).await?, changed(world, name, change).await?);
    let (resource, state) = world.create(name, &before).await?;
    let somebody = Plugin::start(&world.aws).await;
    let others = world.check(&resource, &state.inputs, &after).await?;
    let other = somebody.update(&resource, &state, &others).await;
    other.map_err(|error| format!("Update by somebody else: {error}"))?;

    let found = world.read(&resource, &state).await?;
    let shown = differing(&found.inputs, &state.inputs);
    let mut visible = names(name, change);
    let args = world.kind.describe().args;
    visible.retain(|name| !args.field(name).is_some_and(|field| field.write_only));
    that(shown == visible, || format!("a refresh shows changes of {shown:?}"))?;
    let news = world.check(&resource, &found.inputs, &before).await?;
    let (diffs, replaces, _) = world.diff(&resource, &found, &news).await?;
    that(diffs == visible, || format!("Diff after the refresh names {diffs:?}"))?;
    that(replaces.is_empty(), || format!("Diff after the refresh replaces it for {replaces:?}"))?;
    let restored = world.plugin.update(&resource, &found, &news).await;
    let restored = restored.map_err(|error| format!("Update: {error}"))?;
    world.settled(&resource, &restored, &before).await?;
    world.delete(&resource, &restored).await
}

/// Deleted by somebody else: a refresh says so, and the next run makes it again.
pub async fn gone(world: &World) -> Verdict {
    let (resource, state) = world.example().await?;
    let somebody = Plugin::start(&world.aws).await;
    let deleted = somebody.delete(&resource, &state).await;
    deleted.map_err(|status| format!("Delete by somebody else: {}", status.message()))?;
    that(world.is_gone(&resource, &state).await?, || "Read finds it all the same".to_owned())?;
    let next_run = Plugin::start(&world.aws).await;
    let again = next_run.create(&resource, &state.inputs).await;
    let again = again.map_err(|error| format!("Create again: {error}"))?;
    world.read(&resource, &again).await?;
    world.delete(&resource, &again).await
}

/// Read by its id alone, it is what the program says, apart from what AWS never tells.
pub async fn import(world: &World) -> Verdict {
    let program = world.inputs().await?;
    let (resource, state) = world.create("example", &program).await?;
    let found = world.plugin.import(&resource, &state.id).await;
    let found = found.map_err(|status| format!("Read: {}", status.message()))?;
    let found = found.ok_or_else(|| format!("Read finds no {}", state.id))?;
    that(found.id == state.id, || format!("the id becomes {}", found.id))?;
    for other in &world.case.imports {
        let id = world.text(&other.replace("${id}", &state.id)).await?;
        let other = world
            .plugin
            .import(&resource, &id)
            .await
            .map_err(|status| format!("Read of {id}: {}", status.message()))?;
        let other = other.ok_or_else(|| format!("Read finds no {id}"))?;
        that(other.id == state.id, || format!("the id {id} becomes {}", other.id))?;
        same("what is imported by another id", &other.outputs, &found.outputs)?;
    }
    // As the engine does: what was read is what there was before.
    let own = world.check(&resource, &found.inputs, &found.inputs).await;
    let own = own.map_err(|error| format!("what Read gives: {error}"))?;
    let (diffs, ..) = world.diff(&resource, &found, &own).await?;
    that(diffs.is_empty(), || format!("Diff of the imported inputs with themselves names {diffs:?}"))?;
    let news = world.check(&resource, &found.inputs, &program).await?;
    let (mut diffs, ..) = world.diff(&resource, &found, &news).await?;
    let args = world.kind.describe().args;
    diffs.retain(|name| !args.field(name).is_some_and(|field| field.write_only));
    diffs.retain(|name| !world.case.untold.contains_key(name));
    that(diffs.is_empty(), || format!("Diff with the program names {diffs:?}"))?;
    let of_state = |outputs: &Object| {
        let fields = world.kind.describe().state.fields.iter();
        fields
            .filter(|field| !world.case.untold.contains_key(field.name))
            .filter_map(|field| Some((field.name.to_owned(), outputs.get(field.name)?.clone())))
            .collect::<Object>()
    };
    same("the state that an import finds", &of_state(&found.outputs), &of_state(&state.outputs))
}

/// Deleted, it is gone with all that it brought; and deleting it once more is no failure.
pub async fn delete(world: &World) -> Verdict {
    let (resource, state) = world.example().await?;
    world.aws.clear();
    world.delete(&resource, &state).await?;
    let actions = world.kind.describe().actions;
    allowed(world, &[&actions.delete])?;
    let is_gone = world.case.stays.is_some() || world.is_gone(&resource, &state).await?;
    that(is_gone, || "Read finds it all the same".to_owned())?;
    let again = world.delete(&resource, &state).await;
    again.map_err(|error| format!("deleted once more: {error}"))?;
    world.tear_down().await
}
