//! What the engine asks of a resource of any kind: its life, in the region and under the name that the
//! program and the state say.

use super::common::Common;
use super::contract::Partial;
use super::held::Held;
use super::home;
use super::life;
use super::steps::Steps;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::check::is_made;
use crate::model::{Object, Table, Value};

pub(super) async fn holders(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    inputs: &Object,
    outputs: &Object,
) -> Option<String> {
    let facts = kind.facts();
    if !facts.stays_held || cx.aws.account().await.is_none() {
        return None;
    }
    kind.holders(&Common::of_state(inputs, outputs).cx(cx, facts.global), id).await
}

pub(super) async fn heard(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    inputs: &Object,
    outputs: &Object,
    wanted: &Object,
) -> Result<()> {
    let facts = kind.facts();
    let cx = Common::of_state(inputs, outputs).cx(cx, facts.global);
    Held::of(&cx).holds(&cx, facts.token, id);
    let (old, new) = (facts_of(facts.args, inputs), facts_of(facts.args, wanted));
    Held::of(&cx).sets(&cx, &life::settings(kind, id, wanted, &new));
    kind.hear(&cx, id, Some(&old), &new);
    home::stays(&cx, outputs).await
}

pub(super) async fn create(kind: &dyn Steps, cx: &Cx, inputs: &Object) -> Result<(String, Object), Partial> {
    let common = Common::of(inputs);
    let cx = common.cx(cx, kind.facts().global);
    let created = life::create(kind, &cx, &common.without(inputs)).await;
    let account = cx.aws.account().await;
    let finished = |outputs| home::noted(common.with(outputs), account.as_deref());
    created.map(|(id, outputs)| (id, finished(outputs))).map_err(|partial| partial.map(finished))
}

pub(super) async fn read(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    old: Option<&Object>,
    outputs: Option<&Object>,
) -> Result<Option<(Object, Object)>> {
    let (facts, none) = (kind.facts(), Object::new());
    let outputs = outputs.unwrap_or(&none);
    let common = old.map(|old| Common::of_state(old, outputs)).unwrap_or_default();
    let cx = common.cx(cx, facts.global);
    let common = if facts.global { common } else { common.seen_in(cx.region()) };
    home::stays(&cx, outputs).await?;
    cx.note(InState(outputs.clone()));
    let renamed = old.map(|old| Renamed::of(facts.args, old, outputs)).unwrap_or_default();
    let old = old.map(|old| renamed.real(common.without(old)));
    let Some((inputs, outputs)) = life::read(kind, &cx, id, old.as_ref()).await? else {
        Held::of(&cx).is_gone(&cx, facts.token, id);
        return Ok(None);
    };
    Held::of(&cx).holds(&cx, facts.token, id);
    let outputs = home::noted(common.with(outputs), cx.aws.account().await.as_deref());
    Ok(Some((common.with(renamed.given(inputs)), outputs)))
}

pub(super) async fn update(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    old: &Object,
    outputs: &Object,
    new: &Object,
) -> Result<Object, Partial> {
    let facts = kind.facts();
    let common = Common::of_state(new, outputs);
    let cx = common.cx(cx, facts.global);
    home::stays(&cx, outputs).await?;
    Held::of(&cx).holds(&cx, facts.token, id);
    cx.note(InState(outputs.clone()));
    let renamed = Renamed::of(facts.args, old, outputs);
    let old = renamed.real(Common::of(old).without(old));
    let new = renamed.real(common.without(new));
    let updated = life::update(kind, &cx, id, &old, outputs, &new).await;
    let account = cx.aws.account().await;
    let finished = |outputs| home::noted(common.with(outputs), account.as_deref());
    updated.map(finished).map_err(|partial| partial.map(finished))
}

pub(super) async fn delete(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    inputs: &Object,
    outputs: &Object,
) -> Result<()> {
    let facts = kind.facts();
    let common = Common::of_state(inputs, outputs);
    let cx = common.cx(cx, facts.global);
    home::stays(&cx, outputs).await?;
    let inputs = Renamed::of(facts.args, inputs, outputs).real(common.without(inputs));
    cx.note(InState(outputs.clone()));
    life::delete(kind, &cx, id, &inputs).await
}

/// The arguments of what is there already, as the kind itself reads them.
pub(super) fn facts_of(args: &Table, inputs: &Object) -> Object {
    Common::of(inputs).without(&life::complete(args, inputs))
}

/// The outputs of what is there, as the state has them.
#[derive(Clone)]
pub(super) struct InState(Object);

impl InState {
    /// One of them, where it is known.
    pub fn text(cx: &Cx, output: &str) -> Option<String> {
        cx.noted::<InState>()?.0.get(output)?.as_str().map(str::to_owned)
    }
}

/// A name that was made here and turned out to be that of the instance before: by which name the
/// state knows the resource, and by which AWS does.
#[derive(Default)]
struct Renamed(Option<(&'static str, Value, Value)>);

impl Renamed {
    fn of(args: &Table, inputs: &Object, outputs: &Object) -> Self {
        let made = args.fields.iter().find(|field| field.autoname && is_made(inputs, field.name));
        Renamed(made.and_then(|field| {
            let (given, real) = (inputs.get(field.name)?.peel(), outputs.get(field.name)?.peel());
            let differ = given != real && real.as_str().is_some();
            differ.then(|| (field.name, given.clone(), real.clone()))
        }))
    }

    fn real(&self, inputs: Object) -> Object {
        match &self.0 {
            Some((name, given, real)) => exchanged(inputs, name, given, real),
            None => inputs,
        }
    }

    fn given(&self, inputs: Object) -> Object {
        match &self.0 {
            Some((name, given, real)) => exchanged(inputs, name, real, given),
            None => inputs,
        }
    }
}

fn exchanged(mut inputs: Object, name: &str, from: &Value, to: &Value) -> Object {
    if let Some(value) = inputs.get_mut(name).filter(|value| value.peel() == from) {
        *value = to.clone();
    }
    inputs
}
