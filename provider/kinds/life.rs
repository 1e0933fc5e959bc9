//! The life of a resource of any kind: create, wait, read, update, delete.

use super::common::TAGS_ALL;
use super::contract::Partial;
use super::endings::Endings;
use super::held::{Held, OutcomeUnknown, Predecessor, Setting, makes_another, sets_too};
use super::holders::{HELD_BY, Holders, WAY_OUT};
use super::journal;
use super::steps::{AnyArgs, AnyUpdate, Facts, Seen, Steps};
use super::tagging::{Named, TAGS};
use super::usual::with_usual;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;
use crate::aws::wait::{self, PROPAGATION, Poll, Wait};
use crate::engine::check::is_made;
use crate::engine::{diff, naming, refresh};
use crate::model::{Failures, Field, Object, Resets, Shape, Table, Value, fill_defaults};

/// How long what was just made may stay invisible, or its parts unknown to each other.
const VISIBLE: Wait = Wait { goal: "AWS shows it", usual: [0, 5], budget: PROPAGATION };

pub(super) async fn create(kind: &dyn Steps, cx: &Cx, inputs: &Object) -> Result<(String, Object), Partial> {
    let facts = kind.facts();
    cx.aws.ensure_account_allowed().await?;
    let (id, inputs, asked) = make(kind, cx, inputs).await?;
    let held = Held::of(cx);
    held.made(cx, facts.token, &id);
    held.sets(cx, &settings(kind, &id, &inputs, &inputs));
    kind.hear(cx, &id, None, &inputs);
    if cx.is_new() {
        held.made_bare(cx, facts.token, &id);
    }
    let done = async {
        configure(facts, cx, &id, asked.as_ref()).await?;
        finish(kind, cx, facts.ready, &id, asked.as_ref()).await
    };
    let done = match done.await {
        Ok(seen) => Ok((id, outputs(facts, &inputs, seen))),
        Err(error) => Err(partial(kind, cx, id, &inputs, error).await),
    };
    let made = done.as_ref().map_or_else(|partial| partial.made.as_ref(), Some);
    if let Some((id, outputs)) = made {
        Endings::add(cx, facts.tags, Named::by(facts.arn, id, outputs));
    }
    done
}

/// How many names to try where each is that of an instance that is being replaced.
const NAMES: u8 = 5;

/// Makes the resource. Where its name was made here and the instance that it replaces still has it,
/// the next name is taken: the engine does not tell of a replacement that a person asked for.
async fn make(kind: &dyn Steps, cx: &Cx, inputs: &Object) -> Result<(String, Object, Box<dyn AnyArgs>)> {
    let facts = kind.facts();
    let mut inputs = inputs.clone();
    let name = facts.args.fields.iter().find(|field| field.autoname && is_made(&inputs, field.name));
    let first = name.and_then(|field| inputs.get(field.name)?.as_str()).map(str::to_owned);
    let mut others = 1..NAMES;
    loop {
        let asked = settle(kind, &inputs)?;
        let made = patiently(facts, cx, None, || {
            cx.begin_anew();
            asked.create(cx)
        });
        let made = made.await;
        if made.as_ref().is_err_and(|error| error.kind() != ErrorKind::Network) {
            journal::withdraw(cx);
        }
        if made.is_err() && cx.noted::<OutcomeUnknown>().is_some() {
            Held::of(cx).doubts();
        }
        let predecessor = cx.take_note::<Predecessor>().filter(|_| made.is_err());
        match (facts.name, name, &first, predecessor, others.next()) {
            (Some(rule), Some(field), Some(first), Some(Predecessor(id)), Some(number)) => {
                makes_another(cx, facts.token, &id);
                let ending = kind.ending(&inputs);
                let first = first.strip_suffix(ending).unwrap_or(first);
                let next = naming::another(rule, first, &cx.urn, number);
                let next = rule.ended(&next, ending);
                inputs.insert(field.name.to_owned(), Value::from(next));
            }
            _ => return Ok((told(facts.token, made?)?, inputs, asked)),
        }
    }
}

/// The id of what was made, without which it would be lost to the state.
fn told(token: &str, id: String) -> Result<String> {
    if !id.is_empty() {
        return Ok(id);
    }
    let message = format!("AWS did not return the ID of the new {token}");
    let hint = "Run the update again: it continues with what was created.";
    Err(Error::new(ErrorKind::Other, message).with_hint(hint))
}

/// Changes what differs, the tags last.
pub(super) async fn change(kind: &dyn Steps, cx: &Cx, named: &Named, update: &dyn AnyUpdate) -> Result<()> {
    let facts = kind.facts();
    let is_tags = |changed: &&'static str| facts.takes_tags() && *changed == TAGS;
    let (tags, others): (Vec<_>, Vec<_>) = update.changed().into_iter().partition(is_tags);
    if !others.is_empty() {
        update.apply(cx, &named.id).await?;
    }
    if !tags.is_empty() {
        let [old, new] = update.tags();
        let change = tags::Change::between(&old, &new);
        // An attempt that could not be read left no outputs in the state.
        let read = if named.arn.is_empty() { kind.read(cx, &named.id).await? } else { None };
        let named = read.map_or_else(|| named.clone(), |seen| Named::by(facts.arn, &named.id, &seen.state));
        if change != tags::Change::default() {
            facts.tags.change(cx, &named, change).await?;
        }
    }
    Ok(())
}

/// The resource as AWS has it, with the tags that are the user's; `asked` is what is wanted of it, where
/// that is known.
async fn look(kind: &dyn Steps, cx: &Cx, id: &str, asked: Option<&dyn AnyArgs>) -> Result<Option<Seen>> {
    let facts = kind.facts();
    let seen = match asked {
        Some(asked) => asked.refresh(cx, id).await?,
        None => kind.read(cx, id).await?,
    };
    let Some(mut seen) = seen else { return Ok(None) };
    if facts.takes_tags()
        && seen.tags().is_none()
        && let Some(tags) = facts.tags.list(cx, &Named::by(facts.arn, id, &seen.state)).await?
    {
        seen.set_tags(tags);
    }
    seen.hide_tags(facts);
    Ok(Some(seen))
}

pub(super) async fn read(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    old: Option<&Object>,
) -> Result<Option<(Object, Object)>> {
    let facts = kind.facts();
    let asked = old.and_then(|old| kind.settle(&complete(facts.args, old)).ok());
    let Some(seen) = look(kind, cx, id, asked.as_deref()).await? else { return Ok(None) };
    Ok(Some(match old {
        Some(old) => {
            let inputs = observed(facts.args, old, &seen.told);
            let outputs = outputs(facts, &inputs, seen);
            (inputs, outputs)
        }
        None => {
            let inputs = imported(kind, &seen.told);
            let outputs = outputs(facts, &complete(facts.args, &inputs), seen);
            (inputs, outputs)
        }
    }))
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
    let Planned { is_another_try, there, complete_old, changed } = planned(facts.args, old, outputs, new);
    cx.aws.ensure_account_allowed().await?;
    let wanted = with_usual(kind, cx, id, &complete_old, new).await?;
    drop(settle(kind, &wanted)?);
    // What cannot be decoded differs, and is in AWS whatever it is.
    let gone = || Error::new(ErrorKind::NotFound, format!("there is no {id} to update"));
    let old = as_far_as_known(kind, cx, id, complete_old).await?.ok_or_else(gone)?;
    let update = kind.towards(&old, &wanted, &changed).map_err(|failures| invalid(&failures))?;
    let done = async {
        if is_another_try {
            configure(facts, cx, id, update.wanted()).await?;
        }
        if !changed.is_empty() {
            let named = Named::by(facts.arn, id, outputs);
            patiently(facts, cx, None, || change(kind, cx, &named, update.as_ref())).await?;
        }
        // Tags change nothing that is to be waited for.
        let only_tags = matches!(&changed[..], [changed] if changed == TAGS);
        match !is_another_try && only_tags {
            true => shown(kind, cx, id).await,
            false => finish(kind, cx, facts.ready.map(Wait::of_change), id, update.wanted()).await,
        }
    };
    match done.await {
        Ok(seen) => Ok(self::outputs(facts, new, seen)),
        Err(error) => {
            let mut partial = partial(kind, cx, id.to_owned(), &there, error).await;
            if let Some((_, found)) = &mut partial.made {
                // Where it could not be read, what was known of it stays known.
                keep_unread(facts.args, outputs, found);
            }
            Err(partial)
        }
    }
}

fn keep_unread(args: &Table, outputs: &Object, found: &mut Object) {
    for (key, value) in outputs.iter().filter(|(key, _)| args.field(key).is_none()) {
        found.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

/// What an update is to do.
struct Planned {
    /// Whether it goes on with one that failed.
    is_another_try: bool,
    /// The inputs of what is there, and the same with all defaults.
    there: Object,
    complete_old: Object,
    /// The names of the arguments that differ.
    changed: Vec<String>,
}

fn planned(args: &'static Table, old: &Object, outputs: &Object, new: &Object) -> Planned {
    // After an update that failed the engine has the new inputs for the old ones. What is there is
    // in the outputs, and there alone.
    let asks_the_same = same(args, old, outputs, new) || same(args, old, &Object::new(), new);
    let is_another_try = !outputs.is_empty() && asks_the_same;
    let there = if is_another_try { there(args, old, outputs) } else { old.clone() };
    let complete_old = complete(args, &there);
    let mut changed: Vec<_> = diff::compare(args, &complete_old, outputs, &complete(args, new))
        .iter()
        .filter_map(|difference| difference.path.top().map(str::to_owned))
        .filter(|name| args.field(name).is_some())
        .collect();
    changed.dedup();
    Planned { is_another_try, there, complete_old, changed }
}

/// Whether new inputs ask for nothing else than old ones, or than what AWS has beyond them.
fn same(args: &'static Table, old: &Object, outputs: &Object, new: &Object) -> bool {
    diff::compare(args, &complete(args, old), outputs, &complete(args, new)).is_empty()
}

/// The inputs, as far as the outputs show them as they are.
fn there(args: &Table, inputs: &Object, outputs: &Object) -> Object {
    let mut there = inputs.clone();
    for field in args.fields {
        match outputs.get(field.name) {
            Some(_) if !inputs.contains_key(field.name) && field.is_kept() => {}
            // What switches something off is a value where AWS's own is another.
            Some(value) if !stands_for_none(field, value) || is_switch(field) => {
                drop(there.insert(field.name.to_owned(), value.clone()))
            }
            _ => drop(there.remove(field.name)),
        }
    }
    there
}

fn is_switch(field: &Field) -> bool {
    field.resets != Resets::Never && matches!(field.shape, Shape::Boolean)
}

/// Whether an output is there only because AWS tells none.
fn stands_for_none(field: &Field, value: &Value) -> bool {
    field.told && *value.peel() == empty(&field.shape)
}

pub(super) async fn delete(kind: &dyn Steps, cx: &Cx, id: &str, inputs: &Object) -> Result<()> {
    let facts = kind.facts();
    cx.aws.ensure_account_allowed().await?;
    let held = Held::of(cx);
    let settings = settings(kind, id, inputs, inputs);
    held.sets(cx, &[]);
    let others: Option<Vec<_>> = settings.iter().map(|setting| sets_too(cx, setting)).collect();
    let other = others.and_then(|others| others.into_iter().next()).filter(|_| facts.is_settings);
    if let Some(urn) = held.lets_go(cx, facts.token, id).or(other) {
        let whose = if urn == cx.urn { "its replacement" } else { &urn };
        cx.progress.tell(&format!("left {id} in place, which {whose} has now"));
        return Ok(());
    }
    let Some(inputs) = as_far_as_known(kind, cx, id, complete(facts.args, inputs)).await? else {
        held.is_gone(cx, facts.token, id);
        return Ok(());
    };
    let asked = settle(kind, &inputs)?;
    let budget = cx.timeout.unwrap_or(facts.held);
    let holders = Holders::new(cx);
    let may_pass = |error: &Error| match error.kind() {
        ErrorKind::InUse => cx.timeout.is_some() || !holders.last(),
        _ => error.is_temporary(),
    };
    let deleted = wait::retrying(cx, budget, None, may_pass, || async {
        match asked.delete(cx, id).await {
            Err(error) if error.kind() == ErrorKind::InUse => Err(match kind.holders(cx, id).await {
                Some(found) => error.with_hint(holders.seen(found)),
                None => error,
            }),
            other => other,
        }
    });
    match deleted.await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            held.is_gone(cx, facts.token, id);
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::InUse => {
            return Err(match error.hint() {
                Some(held) if held.starts_with(HELD_BY) => {
                    let hint = format!("{held}. {WAY_OUT}");
                    error.with_hint(hint)
                }
                _ => error,
            });
        }
        other => other?,
    }
    held.is_gone(cx, facts.token, id);
    let Some(gone) = &facts.gone else { return Ok(()) };
    wait::until(cx, gone, || asked.gone(cx, id)).await
}

/// What a resource sets that others can set as well, its tags among it.
pub(super) fn settings(kind: &dyn Steps, id: &str, inputs: &Object, args: &Object) -> Vec<Setting> {
    let mut all = kind.settings(id, args);
    let tags = inputs.get(TAGS).and_then(Value::as_object).into_iter().flatten();
    all.extend(tags.filter_map(|(key, _)| kind.facts().tags.setting(id, key)));
    all
}

/// Tries again what may pass: for as long as the kind says where something is not ready for it,
/// and otherwise for as long as AWS may take to make things known, such as what was made here.
async fn patiently<T, F>(
    facts: &Facts,
    cx: &Cx,
    until: Option<&Wait>,
    attempt: impl FnMut() -> F + Send,
) -> Result<T>
where
    T: Send,
    F: Future<Output = Result<T>> + Send,
{
    let start = cx.clock.start();
    let budget = match cx.timeout {
        Some(timeout) if facts.patience > PROPAGATION => timeout,
        Some(timeout) => timeout.min(facts.patience),
        None => facts.patience,
    };
    let held = Held::of(cx);
    let may_pass = |error: &Error| match error.kind() {
        ErrorKind::NotReady => true,
        ErrorKind::Network => {
            cx.note(OutcomeUnknown);
            start.elapsed() < PROPAGATION
        }
        ErrorKind::NotFound => held.is_named_in(error.message()) && start.elapsed() < PROPAGATION,
        // What a lost call made is in the way before it shows: the next attempt looks for it again.
        _ if is_conflict(error) && cx.noted::<OutcomeUnknown>().is_some() => start.elapsed() < PROPAGATION,
        _ => error.is_temporary() && start.elapsed() < PROPAGATION,
    };
    wait::retrying(cx, budget, until, may_pass, attempt).await
}

/// Whether something of the same name, or in the same place, is there already.
fn is_conflict(error: &Error) -> bool {
    error.kind() == ErrorKind::AlreadyExists || error.code().is_some_and(|code| code.ends_with(".Conflict"))
}

/// Waits until the resource is usable, and reads it.
async fn finish(
    kind: &dyn Steps,
    cx: &Cx,
    ready: Option<Wait>,
    id: &str,
    asked: &dyn AnyArgs,
) -> Result<Seen> {
    let Some(ready) = ready.map(|ready| ready.longer(asked.takes())) else {
        return shown(kind, cx, id).await;
    };
    let mut is_first = true;
    let look = || {
        // What the call that made it has told is as good as a first look.
        if !std::mem::take(&mut is_first) {
            cx.forget();
        }
        cx.remember();
        asked.ready(cx, id)
    };
    let waited = wait::until(cx, &ready, look).await;
    // Nothing was written since the last look: what it has seen is not asked for again.
    let seen = if waited.is_ok() { kind.read(cx, id).await.ok().flatten() } else { None };
    cx.forget();
    waited?;
    match seen {
        Some(seen) => Ok(seen),
        None => shown(kind, cx, id).await,
    }
}

async fn shown(kind: &dyn Steps, cx: &Cx, id: &str) -> Result<Seen> {
    let look = || async {
        let seen = kind.read(cx, id).await?;
        cx.forget();
        Ok(Poll::seen(seen, "not visible yet"))
    };
    wait::until(cx, &VISIBLE, look).await
}

/// Says what the call that made the resource could not say.
async fn configure(facts: &Facts, cx: &Cx, id: &str, asked: &dyn AnyArgs) -> Result<()> {
    let start = cx.clock.start();
    patiently(facts, cx, facts.ready.as_ref(), || async {
        asked.configure(cx, id).await.map_err(|error| match error.kind() {
            // Not visible yet.
            ErrorKind::NotFound if start.elapsed() < PROPAGATION => error.with_kind(ErrorKind::Propagating),
            _ => error,
        })
    })
    .await
}

/// A failure after the resource came to be: with its id and all that is known of it, so that the
/// next update goes on from here.
async fn partial(kind: &dyn Steps, cx: &Cx, id: String, inputs: &Object, error: Error) -> Partial {
    let facts = kind.facts();
    let asked = kind.settle(&complete(facts.args, inputs)).ok();
    cx.forget();
    let outputs = match look(kind, cx, &id, asked.as_deref()).await {
        Ok(Some(seen)) => {
            let outputs = outputs(facts, &observed(facts.args, inputs, &seen.told), seen);
            without_picked(facts.args, inputs, outputs)
        }
        // It cannot become good and is as good as gone: the next update makes another.
        Ok(None) if error.kind() == ErrorKind::Failed => return error.into(),
        _ => inputs.clone(),
    };
    Partial { error, made: Some((id, outputs)) }
}

/// What AWS picked was in no program: the next try would put it back where it is already.
fn without_picked(args: &Table, inputs: &Object, mut outputs: Object) -> Object {
    outputs.retain(|key, _| {
        let resets = args.field(key).is_some_and(|field| field.resets != Resets::Never);
        !resets || inputs.contains_key(key)
    });
    outputs
}

/// What the inputs would have to be for AWS to look as it does.
fn observed(args: &'static Table, old: &Object, told: &Object) -> Object {
    let mut inputs = refresh::inputs(args, &complete(args, old), told);
    let kept = old.iter().filter(|(key, _)| args.field(key).is_none());
    inputs.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    inputs
}

/// The inputs of a resource that no program has described yet: also those that AWS may pick, where
/// the rules of the kind want the program to say them.
fn imported(kind: &dyn Steps, observed: &Object) -> Object {
    let args = kind.facts().args;
    let mut inputs = refresh::imported(args, observed);
    for failure in kind.refuses(&complete(args, &inputs)) {
        if let Some(name) = failure.path.top().filter(|name| !inputs.contains_key(*name))
            && let Some(value) = observed.get(name).filter(|value| !value.is_null())
        {
            inputs.insert(name.to_owned(), value.clone());
        }
    }
    inputs
}

/// The outputs of a resource: its inputs, with what AWS picked, and what it added, with secrets marked.
fn outputs(facts: &Facts, inputs: &Object, seen: Seen) -> Object {
    let Facts { args, state, .. } = facts;
    let mut outputs = inputs.clone();
    outputs.retain(|key, _| !key.starts_with("__"));
    let picked = seen
        .told
        .into_iter()
        .filter(|(key, value)| !value.is_null() && args.field(key).is_some_and(|field| field.aws_default));
    for (key, value) in picked.chain(seen.state) {
        let was_secret = inputs.get(&key).is_some_and(Value::has_secret);
        outputs.insert(key, if was_secret { value.into_secret() } else { value });
    }
    if let Some(tags) = outputs.get(TAGS).filter(|_| facts.takes_tags()) {
        outputs.insert(TAGS_ALL.to_owned(), tags.clone());
    }
    for field in args.fields.iter().chain(state.fields).filter(|field| field.told) {
        // The schema says that it is always there.
        outputs.entry(field.name.to_owned()).or_insert_with(|| empty(&field.shape));
    }
    state.mark_secrets(&mut outputs);
    args.mark_secrets(&mut outputs);
    outputs
}

/// What stands for a value that AWS always tells, where an answer leaves it out all the same.
pub(super) fn empty(shape: &Shape) -> Value {
    match shape {
        Shape::Boolean => Value::Bool(false),
        Shape::Integer | Shape::Number => Value::Number(0.0),
        Shape::Array(_) => Value::Array(Vec::new()),
        Shape::Map(_) | Shape::Object(_) => Value::Object(Object::new()),
        Shape::String | Shape::Json | Shape::Any | Shape::Asset => Value::from(""),
    }
}

/// Inputs with all defaults of this version in place, for state that an older one wrote.
pub(super) fn complete(args: &Table, inputs: &Object) -> Object {
    let mut inputs = inputs.clone();
    fill_defaults(args, &mut inputs);
    inputs
}

/// The arguments, which Check has judged.
fn settle(kind: &dyn Steps, inputs: &Object) -> Result<Box<dyn AnyArgs>> {
    kind.settle(inputs).map_err(|failures| invalid(&failures))
}

fn invalid(failures: &Failures) -> Error {
    Error::new(ErrorKind::Invalid, failures.to_string())
}

/// Old arguments. Where some are missing or cannot be decoded, those are as AWS has them. Nothing where
/// the resource is gone.
async fn as_far_as_known(kind: &dyn Steps, cx: &Cx, id: &str, old: Object) -> Result<Option<Object>> {
    let (facts, Err(failures)) = (kind.facts(), kind.settle(&old)) else { return Ok(Some(old)) };
    let Some(mut seen) = kind.read(cx, id).await? else { return Ok(None) };
    seen.hide_tags(facts);
    let mut known = old;
    for name in failures.iter().filter_map(|failure| failure.path.top()) {
        match seen.told.get(name) {
            Some(value) => known.insert(name.to_owned(), value.clone()),
            None => known.remove(name),
        };
    }
    Ok(Some(complete(facts.args, &known)))
}
