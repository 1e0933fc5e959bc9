//! Whose a resource is: what an interrupted attempt left, what a state holds, what is another's.

use agentic::model::Object;

use super::action;
use super::trouble::{made, once};
use crate::plugin::Plugin;
use crate::world::{Verdict, World, checked, that};

/// The process that created it died before it could say so: the next one goes on with it, and makes
/// nothing twice.
pub async fn interrupted(world: &World) -> Verdict {
    let making = world.making().await?;
    let inputs = world.inputs().await?;
    let resource = world.resource("example");
    let inputs = world.check(&resource, &Object::new(), &inputs).await?;
    world.aws.clear();
    let dies = Plugin::start(&world.aws).await;
    let state = dies.create(&resource, &inputs).await.map_err(|error| format!("Create: {error}"))?;
    drop(dies);
    once(world, &making, "at first")?;

    let other = Plugin::start(&world.aws).await;
    let same_inputs = checked(&other, &resource, &Object::new(), &world.inputs().await?).await?;
    let again = other.create(&resource, &same_inputs).await;
    let again = again.map_err(|error| format!("Create by a second process: {error}"))?;
    that(again.id == state.id, || format!("a second process makes {} beside {}", again.id, state.id))?;
    once(world, &making, "after a second process")?;
    other.delete(&resource, &again).await.map_err(|status| format!("Delete: {}", status.message()))?;
    that(world.case.stays.is_some() || world.is_gone(&resource, &again).await?, || {
        "Read finds it after its deletion".to_owned()
    })
}

/// Whether an error says that the name or place is taken.
fn is_refusal(told: &str) -> bool {
    ["already", "conflict", "InUse"].iter().any(|word| told.contains(word))
}

/// A replacement of which the engine tells nothing, as with `--replace`, makes another thing, or says
/// that its name or place is taken. What has one place stays there when the old instance goes.
pub async fn replaced(world: &World) -> Verdict {
    let resource = world.resource("example");
    let inputs = world.inputs().await?;
    let first = Plugin::start(&world.aws).await;
    let checked_first = checked(&first, &resource, &Object::new(), &inputs).await?;
    let old = first.create(&resource, &checked_first).await.map_err(|error| format!("Create: {error}"))?;
    // The engine has written it down and is done with the process.
    first.cancel().await;
    let plugin = Plugin::start(&world.aws).await;
    let inputs = checked(&plugin, &resource, &Object::new(), &world.inputs().await?).await?;
    let new = match plugin.create(&resource, &inputs).await {
        Ok(new) => new,
        Err(failed) => {
            let told = failed.status.message();
            that(is_refusal(told), || format!("Create: {told}"))?;
            that(failed.made.is_none(), || format!("Create fails and tells of {:?}", failed.made))?;
            that(!world.is_gone(&resource, &old).await?, || "it is gone".to_owned())?;
            return world.delete(&resource, &old).await;
        }
    };
    let has_tags = world.kind.describe().args.field("tags").is_some();
    that(!has_tags || new.id != old.id, || format!("takes {}, which the state holds, for its own", new.id))?;
    plugin
        .delete(&resource, &old)
        .await
        .map_err(|status| format!("Delete of the old: {}", status.message()))?;
    let there = plugin.read(&resource, &new).await;
    let there = there.map_err(|status| format!("Read of the new: {}", status.message()))?;
    that(there.is_some(), || "the deletion of the old instance took the new one away".to_owned())?;
    plugin
        .delete(&resource, &new)
        .await
        .map_err(|status| format!("Delete of the new: {}", status.message()))?;
    that(world.case.stays.is_some() || world.is_gone(&resource, &new).await?, || {
        "Read finds the new one after its deletion".to_owned()
    })
}

/// A second stack of the same project and name never gets what the first one has.
pub async fn foreign(world: &World) -> Verdict {
    let making = world.making().await?;
    let (resource, first) = world.example().await?;
    let plugin = Plugin::of_state(&world.aws, "another").await;
    let inputs = checked(&plugin, &resource, &Object::new(), &world.inputs().await?).await?;
    let before = made(world, &making).len();
    match plugin.create(&resource, &inputs).await {
        Ok(second) => {
            let shared = world.case.shared.is_some();
            that(shared || second.id != first.id, || format!("takes {} for its own", second.id))?;
            if shared {
                return Ok(());
            }
            plugin.delete(&resource, &second).await.map_err(|status| status.message().to_owned())?;
        }
        Err(failed) => {
            let told = failed.status.message();
            that(is_refusal(told), || format!("Create: {told}"))?;
            let now = made(world, &making).len();
            that(now == before, || format!("{} was called all the same", action(&making.main)))?;
        }
    }
    that(!world.is_gone(&resource, &first).await?, || "what the first stack has is gone".to_owned())?;
    world.settled(&resource, &first, &world.inputs().await?).await
}
