//! What an earlier version wrote into the state.
//!
//! `tests/behaviour/kept/<version>/<kind>.json` is what that version kept of the example: `AGENTIC_KEEP=1` writes
//! it for this version. `LIVE` stands where it had something that AWS makes anew for each resource.

use std::path::{Path, PathBuf};
use std::time::Duration;

use agentic::engine::wire;
use agentic::model::Object;
use agentic::model::Value;
use agentic::server::VERSION;
use fake_engine::wire::{from_struct, to_struct};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::case::{JsonObject, short};
use crate::plugin::State;
use crate::world::{Verdict, World, that};

const LIVE: &str = "${live}";

/// What a version kept of its example.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The arguments as the program gave them.
    program: JsonObject,
    inputs: Map<String, Json>,
    outputs: Map<String, Json>,
}

/// A state that an earlier version wrote is taken over: the same program changes nothing, a refresh finds no drift,
/// and the resource can be deleted.
pub async fn upgraded(world: &World) -> Verdict {
    if std::env::var_os("AGENTIC_KEEP").is_some() {
        keep(world).await?;
    }
    for file in kept(world) {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let kept = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let taken = taken_over(&world.another().await, kept).await;
        taken.map_err(|error| format!("the state in {}: {error}", file.display()))?;
    }
    Ok(())
}

/// The files of this kind, of all versions that have any.
fn kept(world: &World) -> Vec<PathBuf> {
    let name = format!("{}.json", short(world.kind.token()));
    let versions = std::fs::read_dir(directory()).into_iter().flatten().flatten();
    let mut files: Vec<_> = versions.map(|version| version.path().join(&name)).collect();
    files.retain(|file| file.exists());
    files.sort();
    files
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour/kept")
}

async fn taken_over(world: &World, kept: Kept) -> Verdict {
    // Exactly what the program gave then, whatever the example is by now.
    let mut given: JsonObject = world.case.inputs.keys().map(|name| (name.clone(), Json::Null)).collect();
    given.extend(kept.program);
    let program = world.inputs_with(&given).await?;
    let (resource, live) = world.create("example", &program).await?;
    let old = State {
        id: live.id.clone(),
        inputs: with_live(kept.inputs, &live.inputs)?,
        outputs: with_live(kept.outputs, &live.outputs)?,
    };

    let news = world.check(&resource, &old.inputs, &program).await?;
    let (diffs, ..) = world.diff(&resource, &old, &news).await?;
    that(diffs.is_empty(), || format!("the same program changes {diffs:?}"))?;
    let found = world.read(&resource, &old).await?;
    let (diffs, ..) = world.diff(&resource, &found, &news).await?;
    that(diffs.is_empty(), || format!("after a refresh the same program changes {diffs:?}"))?;
    let drifted: Vec<_> = old
        .inputs
        .iter()
        .filter(|(name, value)| found.inputs.get(*name).map(bare) != Some(bare(value)))
        .map(|(name, value)| (name, value, found.inputs.get(name)))
        .collect();
    that(drifted.is_empty(), || format!("a refresh finds drift where there is none: {drifted:?}"))?;
    world.delete(&resource, &old).await?;
    if world.case.stays.is_none() && !world.kind.describe().local {
        that(world.is_gone(&resource, &old).await?, || "it is there after its deletion".to_owned())?;
    }
    Ok(())
}

/// Writes what this version keeps: what two accounts have in common.
async fn keep(world: &World) -> Verdict {
    let (_, one) = world.example().await?;
    // Times are told in seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let another = world.another().await;
    let (_, other) = another.example().await?;
    let both = |one: &Object, other: &Object| fields_in_common(&json(one), &json(other));
    let kept = Kept {
        program: world.case.inputs.clone(),
        inputs: both(&one.inputs, &other.inputs),
        outputs: both(&one.outputs, &other.outputs),
    };
    let file = directory().join(VERSION).join(format!("{}.json", short(world.kind.token())));
    let text = serde_json::to_string_pretty(&kept).map_err(|error| error.to_string())? + "\n";
    let written =
        std::fs::create_dir_all(file.parent().unwrap_or(&file)).and_then(|()| std::fs::write(&file, text));
    written.map_err(|error| format!("{}: {error}", file.display()))
}

fn json(object: &Object) -> Map<String, Json> {
    from_struct(&wire::encode(object))
}

fn fields_in_common(one: &Map<String, Json>, other: &Map<String, Json>) -> Map<String, Json> {
    let both = one.iter().filter_map(|(name, value)| Some((name, value, other.get(name)?)));
    both.map(|(name, value, other)| (name.clone(), in_common(value, other))).collect()
}

fn in_common(one: &Json, other: &Json) -> Json {
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => Json::Object(fields_in_common(one, other)),
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            Json::Array(one.iter().zip(other).map(|(one, other)| in_common(one, other)).collect())
        }
        (one, other) if one == other => one.clone(),
        _ => Json::from(LIVE),
    }
}

/// The kept values, with those of what is there now where a resource has its own.
fn with_live(kept: Map<String, Json>, live: &Object) -> Verdict<Object> {
    let mut kept = Json::Object(kept);
    fill(&mut kept, &Json::Object(json(live)), "")?;
    let kept = kept.as_object().cloned().unwrap_or_default();
    wire::decode(Some(to_struct(&kept))).map_err(|error| format!("it cannot be read: {error}"))
}

fn fill(kept: &mut Json, live: &Json, at: &str) -> Verdict {
    match kept {
        Json::String(text) if text == LIVE => {
            that(!live.is_null(), || format!("{at} was there, and is no more"))?;
            *kept = live.clone();
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                fill(value, &live[name.as_str()], &format!("{at}.{name}"))?;
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter_mut().enumerate() {
                fill(value, &live[index], &format!("{at}[{index}]"))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Without lists and objects that are empty: a later version may have more of them.
fn bare(value: &Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        value => value.is_null(),
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), bare(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(bare).collect()),
        value => value.clone(),
    }
}
