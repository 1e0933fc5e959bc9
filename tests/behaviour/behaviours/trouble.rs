//! A resource's life where AWS, the network or the person gets in the way.

use std::time::Duration;

use agentic::aws::owner::ATTEMPT;
use agentic::model::Object;
use aws_proxy::Fault;

use super::{Findings, action};
use crate::plugin::{Failed, Plugin, Resource, State};
use crate::world::{Making, Verdict, World, fault_on, same, that};

/// Created again because nobody heard of the first time, it is there once.
pub async fn lost(world: &World) -> Verdict {
    let making = world.making().await?;
    let inputs = world.inputs().await?;
    let resource = world.resource("example");
    let inputs = world.check(&resource, &Object::new(), &inputs).await?;

    world.aws.fault(making.fault().lose_answer());
    let mut state = world.plugin.create(&resource, &inputs).await;
    for _ in 0..2 {
        if state.is_err() {
            state = world.plugin.create(&resource, &inputs).await;
        }
    }
    let state = state.map_err(|error| format!("Create after a lost answer: {error}"))?;
    once(world, &making, "after a lost answer")?;
    world.read(&resource, &state).await?;

    world.delete(&resource, &state).await?;
    if world.case.stays.is_some() {
        return Ok(());
    }
    that(world.is_gone(&resource, &state).await?, || "Read finds it after its deletion".to_owned())?;
    world.aws.clear();
    let next_run = Plugin::start(&world.aws).await;
    let anew = next_run.create(&resource, &inputs).await;
    anew.map_err(|error| format!("Create after the deletion: {error}"))?;
    let restored = world.changes().iter().any(|operation| operation.starts_with("Restore"));
    that(restored || !made(world, &making).is_empty(), || {
        "after the deletion, one more was still there".to_owned()
    })
}

/// That AWS was told once to make the resource, or told the same again in a way that it knows.
pub(super) fn once(world: &World, making: &Making, when: &str) -> Verdict {
    let mut made = made(world, making);
    let operation = making.main.split(':').nth(1).unwrap_or_default();
    const SETTING: [&str; 5] = ["Put", "Set", "Modify", "Update", "RegisterScalableTarget"];
    let sets = SETTING.iter().any(|verb| operation.starts_with(verb));
    let has_token = |params: &serde_json::Value| {
        const TOKENS: [&str; 6] = [
            "ClientToken",
            "clientToken",
            "ClientRequestToken",
            "CreatorRequestId",
            "CallerReference",
            "IdempotencyToken",
        ];
        // CloudFront has it within the settings.
        let inner = params.as_object().into_iter().flat_map(serde_json::Map::values);
        let mut all = std::iter::once(params).chain(inner);
        all.any(|part| TOKENS.iter().any(|token| part.get(token).is_some()))
    };
    if world.case.repeatable || sets || made.iter().all(has_token) {
        made.iter_mut().for_each(in_order);
        made.dedup();
    }
    that(made.len() == 1, || format!("{when}, {} was called {} times", making.main, made.len()))
}

/// Puts lists into an order, since the SDK sends the entries of a map in any, and leaves out what differs
/// between two attempts.
fn in_order(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => {
            // When an attempt began is no setting.
            items.retain(|item| item.get("Key").or(item.get("key")).is_none_or(|key| key != ATTEMPT));
            items.iter_mut().for_each(in_order);
            items.sort_by_key(ToString::to_string);
        }
        serde_json::Value::Object(fields) => fields.values_mut().for_each(in_order),
        _ => {}
    }
}

/// The parameters of the calls that made a resource, whether or not their answer arrived.
pub(super) fn made(world: &World, making: &Making) -> Vec<serde_json::Value> {
    let calls = world.aws.calls().into_iter().filter(|call| call.name() == making.main);
    calls.filter(|call| call.status.is_none_or(|status| status < 300)).map(|call| call.params).collect()
}

/// Cancelled, out of time or refused a look while it waits, the id is not lost, and the next update
/// goes on.
pub async fn wait(world: &World) -> Verdict {
    let making = world.making().await?;
    let mut findings = Findings::default();
    if world.case.told {
        let look = world.case.missing.as_ref().map(|missing| missing.call.as_str()).unwrap_or_default();
        findings.add("denied, where nothing takes time", told(world, making.fault_after(look).deny()).await);
    }
    if !world.case.told || world.case.hold.is_some() {
        findings.add("cancelled", given_up(world, &making, How::Cancelled).await);
        findings.add("out of time", given_up(world, &making, How::OutOfTime).await);
        findings.add("denied", given_up(world, &making, How::Denied).await);
    }
    findings.verdict()
}

enum How {
    Cancelled,
    OutOfTime,
    Denied,
}

async fn given_up(world: &World, making: &Making, how: How) -> Verdict {
    let inputs = world.inputs().await?;
    world.aws.clear();
    let resource = world.resource(match how {
        How::Cancelled => "cancelled",
        How::OutOfTime => "late",
        How::Denied => "denied",
    });
    let inputs = world.check(&resource, &Object::new(), &inputs).await?;
    match (&how, &world.case.hold) {
        (How::Denied, _) => {
            let missing = world.case.missing.as_ref().map(|missing| &missing.call);
            let look = world.case.look.as_ref().or(missing).map(String::as_str).unwrap_or_default();
            world.aws.fault(making.fault_after(look).deny().always());
        }
        (_, Some(hold)) => {
            let (service, kind) = hold.split_once(':').unwrap_or_default();
            world.aws.hold(service, kind, 3);
        }
        (_, None) => world.aws.fault(missing(world, making)?.times(5)),
    }
    // What a cancelled process does not do any more, others are still needed for.
    let own = match how {
        How::Cancelled => Some(Plugin::start(&world.aws).await),
        How::OutOfTime | How::Denied => None,
    };
    let plugin = own.as_ref().unwrap_or(&world.plugin);
    let failed = match how {
        How::OutOfTime => plugin.create_within(&resource, &inputs, 0.2).await,
        How::Cancelled => {
            let cancel = async {
                // Once it is made, there is something to lose.
                while !world
                    .aws
                    .calls()
                    .iter()
                    .any(|call| call.name() == making.main && call.status.is_some())
                {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                plugin.cancel().await;
            };
            tokio::join!(plugin.create(&resource, &inputs), cancel).0
        }
        How::Denied => {
            let denied = plugin.create(&resource, &inputs).await;
            world.aws.no_faults();
            denied
        }
    };
    let made = kept(failed)?;
    let given = inputs.iter().filter(|(name, _)| !name.starts_with("__"));
    let lacks: Vec<&String> =
        given.map(|(name, _)| name).filter(|name| !made.outputs.contains_key(*name)).collect();
    that(lacks.is_empty(), || format!("the state lacks {lacks:?}"))?;

    let next = world.plugin.update(&resource, &made, &inputs).await;
    let next = next.map_err(|error| format!("the next Update: {error}"))?;
    world.settled(&resource, &next, &inputs).await?;
    let made = self::made(world, making).len();
    that(made == 1, || format!("{} was called {made} times", making.main))?;
    world.delete(&resource, &next).await
}

/// What a creation that failed half-way left in the state.
fn kept(failed: Result<State, Failed>) -> Verdict<State> {
    match failed {
        Ok(state) => Err(format!("Create ended well, with {}, though it was to fail", state.id)),
        Err(Failed { made: Some(state), .. }) if !state.id.is_empty() => Ok(state),
        Err(failed) => Err(format!("Create fails and does not tell what exists: {failed}")),
    }
}

pub(super) fn missing(world: &World, making: &Making) -> Verdict<Fault> {
    let missing = world.case.missing.as_ref();
    let missing = missing.ok_or("the case does not say how AWS answers for what is `missing`")?;
    let fault = making.fault_after(&missing.call);
    if let Some(code) = &missing.code {
        let status = if missing.call.starts_with("ec2:") { 400 } else { 404 };
        return Ok(fault.error(status, code, &missing.message));
    }
    Ok(fault.nothing())
}

/// What AWS does not show at once, though it made it, is not gone.
pub async fn late(world: &World) -> Verdict {
    let making = world.making().await?;
    if world.case.told {
        return told(world, missing(world, &making)?).await;
    }
    let inputs = world.inputs().await?;
    world.aws.fault(missing(world, &making)?.times(2));
    let (resource, state) = world.create("example", &inputs).await?;
    let left = world.aws.faults_left();
    that(left.is_empty(), || "it was not looked for after it was made".to_owned())?;
    world.settled(&resource, &state, &inputs).await
}

/// What the answer to the call that makes it has told is not asked for again, so that nothing depends on
/// how a look would end.
async fn told(world: &World, look: Fault) -> Verdict {
    let inputs = world.inputs().await?;
    world.aws.fault(look.always());
    let (resource, state) = world.create("example", &inputs).await?;
    that(!world.aws.faults_left().is_empty(), || "it was looked for after it was made".to_owned())?;
    world.aws.no_faults();
    world.settled(&resource, &state, &inputs).await?;
    world.delete(&resource, &state).await
}

/// Whoever may not look does not see that it is gone; whoever may not delete it does not lose it
/// from the state.
pub async fn denied(world: &World) -> Verdict {
    let (resource, state) = world.example().await?;
    world.aws.clear();
    world.read(&resource, &state).await?;
    let mut calls: Vec<String> = world.aws.calls().iter().map(|call| call.name()).collect();
    calls.sort();
    calls.dedup();
    let mut findings = Findings::default();
    for call in calls {
        findings.add(&call, denied_one(world, &resource, &state, &call).await);
        world.aws.no_faults();
    }
    world.aws.clear();
    world.delete(&resource, &state).await?;
    let mut calls: Vec<String> = world.aws.calls().iter().map(|call| call.name()).collect();
    calls.sort();
    calls.dedup();
    for call in calls {
        let verdict = denied_deletion(world, &call).await;
        findings.add("deletion", verdict.map_err(|error| format!("{call} {error}")));
        world.aws.no_faults();
        world.sweep().await;
    }
    findings.verdict()
}

async fn denied_deletion(world: &World, call: &str) -> Verdict {
    let (resource, state) = world.example().await?;
    world.aws.fault(fault_on(call).deny().always());
    let deleted = world.plugin.delete(&resource, &state).await;
    world.aws.no_faults();
    match deleted {
        Err(status) => {
            let action = action(call);
            let message = status.message();
            that(message.contains(&action), || format!("denied, the message does not name it: {message}"))
        }
        Ok(()) => {
            let is_gone = world.case.stays.is_some() || world.is_gone(&resource, &state).await?;
            that(is_gone, || "denied, Delete says that it is gone".to_owned())
        }
    }
}

async fn denied_one(world: &World, resource: &Resource, state: &State, call: &str) -> Verdict {
    world.aws.fault(fault_on(call).deny().always());
    let action = action(call);
    for old in [Some(state), None] {
        world.aws.clear();
        let answer = match old {
            Some(old) => world.plugin.read(resource, old).await,
            None => world.plugin.import(resource, &state.id).await,
        };
        // An import may need to ask less.
        let was_denied = world.aws.calls().iter().any(|made| made.name() == call);
        match answer {
            Ok(None) => return Err("denied, Read says that it is gone".to_owned()),
            Ok(Some(found)) if world.case.spared.contains_key(call) => {
                if old.is_some() {
                    same("denied, the inputs", &found.inputs, &state.inputs)?;
                    same("denied, the outputs", &found.outputs, &state.outputs)?;
                }
            }
            Ok(Some(_)) if was_denied => return Err("denied, Read takes it for nothing".to_owned()),
            Ok(Some(_)) => {}
            Err(status) => {
                let message = status.message();
                that(message.contains(&action), || format!("the message does not name {action}: {message}"))?;
            }
        }
    }
    Ok(())
}
