//! The life of a resource of any kind: create, wait, read, update, delete.

use std::collections::BTreeMap;

use super::common::TAGS_ALL;
use super::contract::takes_tags;
use super::contract::{Kind, Live, Partial, Update};
use super::endings::Endings;
use super::held::{Held, OutcomeUnknown, Predecessor, Setting, makes_another, sets_too};
use super::holders::{HELD_BY, Holders, WAY_OUT};
use super::journal;
use super::tagging::{Named, TAGS, hide_tags};
use super::usual::with_usual;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;
use crate::aws::wait::{self, PROPAGATION, Poll, Wait};
use crate::engine::check::{self, is_made};
use crate::engine::{diff, naming, refresh};
use crate::model::{
    Arguments, Failures, Field, Model, Object, Prop, Resets, Shape, Table, Value, fill_defaults,
};

/// How long what was just made may stay invisible, or its parts unknown to each other.
const VISIBLE: Wait = Wait { goal: "AWS shows it", usual: [0, 5], budget: PROPAGATION };

pub(super) async fn create<K: Kind>(cx: &Cx, inputs: &Object) -> Result<(String, Object), Partial> {
    cx.aws.ensure_account_allowed().await?;
    let (id, inputs, args) = make::<K>(cx, inputs).await?;
    let held = Held::of(cx);
    held.made::<K>(cx, &id);
    let wanted = K::Args::read(&inputs, &mut Failures::of_facts());
    held.sets(cx, &settings::<K>(&id, &inputs, &wanted));
    K::hear(cx, &id, &Default::default(), &wanted);
    if cx.is_new() {
        held.made_bare::<K>(cx, &id);
    }
    let done = async {
        configure::<K>(cx, &id, &args).await?;
        finish::<K>(cx, K::READY, &id, &args).await
    };
    let done = match done.await {
        Ok(live) => Ok((id, outputs::<K>(&inputs, &live))),
        Err(error) => Err(partial::<K>(cx, id, &inputs, error).await),
    };
    let made = done.as_ref().map_or_else(|partial| partial.made.as_ref(), Some);
    if let Some((id, outputs)) = made {
        Endings::add::<K>(cx, Named::by::<K>(id, outputs));
    }
    done
}

/// How many names to try where each is that of an instance that is being replaced.
const NAMES: u8 = 5;

/// Makes the resource. Where its name was made here and the instance that it replaces still has it,
/// the next name is taken: the engine does not tell of a replacement that a person asked for.
async fn make<K: Kind>(cx: &Cx, inputs: &Object) -> Result<(String, Object, K::Args)> {
    let mut inputs = inputs.clone();
    let name = K::Args::TABLE.fields.iter().find(|field| field.autoname && is_made(&inputs, field.name));
    let first = name.and_then(|field| inputs.get(field.name)?.as_str()).map(str::to_owned);
    let mut others = 1..NAMES;
    loop {
        let args = settle::<K>(&inputs)?;
        let made = patiently::<K, _, _>(cx, || {
            cx.begin_anew();
            K::create(cx, &args)
        });
        let made = made.await;
        if made.as_ref().is_err_and(|error| error.kind() != ErrorKind::Network) {
            journal::withdraw(cx);
        }
        if made.is_err() && cx.noted::<OutcomeUnknown>().is_some() {
            Held::of(cx).doubts();
        }
        let predecessor = cx.take_note::<Predecessor>().filter(|_| made.is_err());
        match (K::NAME, name, &first, predecessor, others.next()) {
            (Some(rule), Some(field), Some(first), Some(Predecessor(id)), Some(number)) => {
                makes_another::<K>(cx, &id);
                let ending = K::ending(&inputs);
                let first = first.strip_suffix(ending).unwrap_or(first);
                let next = naming::another(rule, first, &cx.urn, number);
                let next = rule.ended(&next, ending);
                inputs.insert(field.name.to_owned(), Value::from(next));
            }
            _ => return Ok((told(K::TOKEN, made?)?, inputs, args)),
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
pub(super) async fn change<K: Kind>(cx: &Cx, named: &Named, update: &Update<K::Args>) -> Result<()> {
    let tags: Vec<_> = Prop::named(TAGS).into_iter().filter(|_| takes_tags::<K>()).collect();
    if update.any_but(&tags) {
        K::update(cx, &named.id, update).await?;
    }
    if update.any(&tags) {
        let change = tags::Change::between(&tags_of(&update.old), &tags_of(&update.new));
        // An attempt that could not be read left no outputs in the state.
        let read = if named.arn.is_empty() { K::read(cx, &named.id).await? } else { None };
        let named = read.map_or_else(|| named.clone(), |live| Named::of::<K>(&named.id, &live.state));
        if change != tags::Change::default() {
            K::TAGS.change(cx, &named, change).await?;
        }
    }
    Ok(())
}

/// The resource as AWS has it, with the tags that are the user's; `asked` is what is wanted of it, where
/// that is known.
pub(super) async fn look<K: Kind>(cx: &Cx, id: &str, asked: Option<&K::Args>) -> Result<Option<Live<K>>> {
    let mut live = look_whole::<K>(cx, id, asked).await?;
    if let Some(live) = &mut live {
        hide_tags::<K::Args>(&mut live.args);
    }
    Ok(live)
}

/// The same with all tags, ours among them.
pub(super) async fn look_whole<K: Kind>(
    cx: &Cx,
    id: &str,
    asked: Option<&K::Args>,
) -> Result<Option<Live<K>>> {
    let live = match asked {
        Some(asked) => K::refresh(cx, id, asked).await?,
        None => K::read(cx, id).await?,
    };
    let Some(mut live) = live else { return Ok(None) };
    if let Some(tags @ None) = K::Args::observed_tags(&mut live.args) {
        *tags = K::TAGS.list(cx, &Named::of::<K>(id, &live.state)).await?;
    }
    Ok(Some(live))
}

/// Says what the call that made the resource could not say as an update would: what differs from
/// what AWS gives it by itself.
pub async fn set_up<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<()> {
    let Some(live) = K::refresh(cx, id, args).await? else { return Err(not_shown(id)) };
    set_up_from::<K>(cx, id, args, live.args).await
}

/// The same, for what is new and has the defaults of the arguments, which are AWS's.
pub async fn set_up_new<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<()> {
    let (mut defaults, mut usual) = (Object::new(), super::Observed::<K>::default());
    fill_defaults(K::Args::TABLE, &mut defaults);
    K::Args::observe(&mut usual, &defaults);
    set_up_from::<K>(cx, id, args, usual).await
}

/// The same, where it is known what AWS gives it by itself.
pub async fn set_up_from<K: Kind>(
    cx: &Cx,
    id: &str,
    args: &K::Args,
    there: super::Observed<K>,
) -> Result<()> {
    let mut update = Update::towards(args, there);
    update.changed = update.in_place().filter(|changed| changed.name() != TAGS).collect();
    if update.changed.is_empty() {
        return Ok(());
    }
    cx.forget();
    K::update(cx, id, &update).await
}

pub(super) fn not_shown(id: &str) -> Error {
    Error::new(ErrorKind::NotReady, format!("{id} exists but is not visible yet"))
}

fn tags_of<M: Model>(args: &M) -> BTreeMap<String, String> {
    let fields = args.encode_fields();
    let tags = fields.get(TAGS).and_then(Value::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

pub(super) async fn read<K: Kind>(
    cx: &Cx,
    id: &str,
    old: Option<&Object>,
) -> Result<Option<(Object, Object)>> {
    let settled = old.and_then(|old| settle::<K>(&complete(K::Args::TABLE, old)).ok());
    let Some(live) = look::<K>(cx, id, settled.as_ref()).await? else { return Ok(None) };
    Ok(Some(match old {
        Some(old) => {
            let inputs = observed::<K>(old, &live);
            let outputs = outputs::<K>(&inputs, &live);
            (inputs, outputs)
        }
        None => {
            let inputs = imported::<K>(&K::Args::encode_observed(&live.args));
            let outputs = outputs::<K>(&complete(K::Args::TABLE, &inputs), &live);
            (inputs, outputs)
        }
    }))
}

pub(super) async fn update<K: Kind>(
    cx: &Cx,
    id: &str,
    old: &Object,
    outputs: &Object,
    new: &Object,
) -> Result<Object, Partial> {
    let Planned { is_another_try, there, complete_old, changed } = planned(K::Args::TABLE, old, outputs, new);
    cx.aws.ensure_account_allowed().await?;
    let new_args = settle::<K>(&with_usual::<K>(cx, id, &complete_old, new).await?)?;
    // What cannot be decoded differs, and is in AWS whatever it is.
    let old = match settle::<K>(&complete_old) {
        Ok(old) => Some(old),
        Err(_) => as_far_as_known::<K>(cx, id, &complete_old).await?,
    };
    let gone = || Error::new(ErrorKind::NotFound, format!("there is no {id} to update"));
    let old = old.ok_or_else(gone)?;
    let changed = changed.iter().filter_map(|name| Prop::named(name)).collect();
    let update = Update { old, new: new_args, changed };
    let done = async {
        if is_another_try {
            configure::<K>(cx, id, &update.new).await?;
        }
        if !update.changed.is_empty() {
            let named = Named::by::<K>(id, outputs);
            patiently::<K, _, _>(cx, || change::<K>(cx, &named, &update)).await?;
        }
        // Tags change nothing that is to be waited for.
        let only_tags = matches!(update.changed[..], [changed] if changed.name() == TAGS);
        match !is_another_try && only_tags {
            true => shown::<K>(cx, id).await,
            false => finish::<K>(cx, K::READY.map(Wait::of_change), id, &update.new).await,
        }
    };
    match done.await {
        Ok(live) => Ok(self::outputs::<K>(new, &live)),
        Err(error) => {
            let mut partial = partial::<K>(cx, id.to_owned(), &there, error).await;
            if let Some((_, found)) = &mut partial.made {
                // Where it could not be read, what was known of it stays known.
                keep_unread(K::Args::TABLE, outputs, found);
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

// Not of a kind, so that it is compiled once.
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

pub(super) async fn delete<K: Kind>(cx: &Cx, id: &str, inputs: &Object) -> Result<()> {
    cx.aws.ensure_account_allowed().await?;
    let held = Held::of(cx);
    let settings = settings::<K>(id, inputs, &K::Args::read(inputs, &mut Failures::of_facts()));
    held.sets(cx, &[]);
    let others: Option<Vec<_>> = settings.iter().map(|setting| sets_too(cx, setting)).collect();
    let other = others.and_then(|others| others.into_iter().next()).filter(|_| K::IS_SETTINGS);
    if let Some(urn) = held.lets_go::<K>(cx, id).or(other) {
        let whose = if urn == cx.urn { "its replacement" } else { &urn };
        cx.progress.tell(&format!("left {id} in place, which {whose} has now"));
        return Ok(());
    }
    let inputs = complete(K::Args::TABLE, inputs);
    let args = match settle::<K>(&inputs) {
        Ok(args) => args,
        Err(_) => match as_far_as_known::<K>(cx, id, &inputs).await? {
            Some(args) => args,
            None => {
                held.is_gone::<K>(cx, id);
                return Ok(());
            }
        },
    };
    let budget = cx.timeout.unwrap_or(K::HELD);
    let holders = Holders::new(cx);
    let may_pass = |error: &Error| match error.kind() {
        ErrorKind::InUse => cx.timeout.is_some() || !holders.last(),
        _ => error.is_temporary(),
    };
    let deleted = wait::retrying(cx, budget, may_pass, || async {
        match K::delete(cx, id, &args).await {
            Err(error) if error.kind() == ErrorKind::InUse => Err(match K::holders(cx, id).await {
                Some(found) => error.with_hint(holders.seen(found)),
                None => error,
            }),
            other => other,
        }
    });
    match deleted.await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            held.is_gone::<K>(cx, id);
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
    held.is_gone::<K>(cx, id);
    let Some(gone) = K::GONE else { return Ok(()) };
    wait::until(cx, &gone, || K::gone(cx, id, &args)).await
}

/// What a resource sets that others can set as well, its tags among it.
pub(super) fn settings<K: Kind>(id: &str, inputs: &Object, args: &<K::Args as Model>::Input) -> Vec<Setting> {
    let mut all = K::settings(id, args);
    let tags = inputs.get(TAGS).and_then(Value::as_object).into_iter().flatten();
    all.extend(tags.filter_map(|(key, _)| K::TAGS.setting(id, key)));
    all
}

/// Tries again what may pass: for as long as the kind says where something is not ready for it,
/// and otherwise for as long as AWS may take to make things known, such as what was made here.
async fn patiently<K: Kind, T, F>(cx: &Cx, attempt: impl FnMut() -> F + Send) -> Result<T>
where
    T: Send,
    F: Future<Output = Result<T>> + Send,
{
    let start = cx.clock.start();
    let budget = match cx.timeout {
        Some(timeout) if K::PATIENCE > PROPAGATION => timeout,
        Some(timeout) => timeout.min(K::PATIENCE),
        None => K::PATIENCE,
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
    wait::retrying(cx, budget, may_pass, attempt).await
}

/// Whether something of the same name, or in the same place, is there already.
fn is_conflict(error: &Error) -> bool {
    error.kind() == ErrorKind::AlreadyExists || error.code().is_some_and(|code| code.ends_with(".Conflict"))
}

/// Waits until the resource is usable, and reads it.
async fn finish<K: Kind>(cx: &Cx, ready: Option<Wait>, id: &str, args: &K::Args) -> Result<Live<K>> {
    let Some(ready) = ready.map(|ready| ready.longer(K::takes(args))) else { return shown(cx, id).await };
    let mut is_first = true;
    let look = || {
        // What the call that made it has told is as good as a first look.
        if !std::mem::take(&mut is_first) {
            cx.forget();
        }
        cx.remember();
        K::ready(cx, id, args)
    };
    let waited = wait::until(cx, &ready, look).await;
    // Nothing was written since the last look: what it has seen is not asked for again.
    let seen = if waited.is_ok() { K::read(cx, id).await.ok().flatten() } else { None };
    cx.forget();
    waited?;
    match seen {
        Some(live) => Ok(live),
        None => shown(cx, id).await,
    }
}

async fn shown<K: Kind>(cx: &Cx, id: &str) -> Result<Live<K>> {
    let look = || async {
        let seen = K::read(cx, id).await?;
        cx.forget();
        Ok(Poll::seen(seen, "not visible yet"))
    };
    wait::until(cx, &VISIBLE, look).await
}

/// Says what the call that made the resource could not say.
async fn configure<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<()> {
    let start = cx.clock.start();
    patiently::<K, _, _>(cx, || async {
        K::configure(cx, id, args).await.map_err(|error| match error.kind() {
            // Not visible yet.
            ErrorKind::NotFound if start.elapsed() < PROPAGATION => error.with_kind(ErrorKind::Propagating),
            _ => error,
        })
    })
    .await
}

/// A failure after the resource came to be: with its id and all that is known of it, so that the
/// next update goes on from here.
async fn partial<K: Kind>(cx: &Cx, id: String, inputs: &Object, error: Error) -> Partial {
    let asked = settle::<K>(&complete(K::Args::TABLE, inputs)).ok();
    cx.forget();
    let outputs = match look::<K>(cx, &id, asked.as_ref()).await {
        Ok(Some(live)) => {
            without_picked(K::Args::TABLE, inputs, outputs::<K>(&observed::<K>(inputs, &live), &live))
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
fn observed<K: Kind>(old: &Object, live: &Live<K>) -> Object {
    refreshed(K::Args::TABLE, old, &K::Args::encode_observed(&live.args))
}

fn refreshed(args: &'static Table, old: &Object, told: &Object) -> Object {
    let mut inputs = refresh::inputs(args, &complete(args, old), told);
    let kept = old.iter().filter(|(key, _)| args.field(key).is_none());
    inputs.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    inputs
}

/// The inputs of a resource that no program has described yet: also those that AWS may pick, where
/// the rules of the kind want the program to say them.
fn imported<K: Kind>(observed: &Object) -> Object {
    let mut inputs = refresh::imported(K::Args::TABLE, observed);
    let mut failures = Failures::new();
    let read = K::Args::read(&complete(K::Args::TABLE, &inputs), &mut Failures::new());
    K::rules(&read, &mut failures);
    K::creation_rules(&read, &mut failures);
    for failure in failures {
        if let Some(name) = failure.path.top().filter(|name| !inputs.contains_key(*name))
            && let Some(value) = observed.get(name).filter(|value| !value.is_null())
        {
            inputs.insert(name.to_owned(), value.clone());
        }
    }
    inputs
}

/// The outputs of a resource: its inputs, with what AWS picked, and what it added, with secrets marked.
fn outputs<K: Kind>(inputs: &Object, live: &Live<K>) -> Object {
    let (told, added) = (K::Args::encode_observed(&live.args), live.state.encode_fields());
    outputs_of([K::Args::TABLE, K::State::TABLE], takes_tags::<K>(), inputs, told, added)
}

fn outputs_of(
    [args, state]: [&'static Table; 2],
    takes_tags: bool,
    inputs: &Object,
    told: Object,
    added: Object,
) -> Object {
    let mut outputs = inputs.clone();
    outputs.retain(|key, _| !key.starts_with("__"));
    let picked = told
        .into_iter()
        .filter(|(key, value)| !value.is_null() && args.field(key).is_some_and(|field| field.aws_default));
    for (key, value) in picked.chain(added) {
        let was_secret = inputs.get(&key).is_some_and(Value::has_secret);
        outputs.insert(key, if was_secret { value.into_secret() } else { value });
    }
    if let Some(tags) = outputs.get(TAGS).filter(|_| takes_tags) {
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

/// The arguments, once they are known. Check has judged those that are wanted, and what is there is
/// as it is: none is held against a rule here.
fn settled<A: Model>(inputs: &Object) -> Result<A, Failures> {
    let mut failures = Failures::of_facts();
    check::settle(inputs, &mut failures, |_, _| {}).ok_or(failures)
}

fn settle<K: Kind>(inputs: &Object) -> Result<K::Args> {
    settled(inputs).map_err(|failures| Error::new(ErrorKind::Invalid, failures.to_string()))
}

/// Old arguments of which some are missing or cannot be decoded: those are as AWS has them. Nothing
/// where the resource is gone.
async fn as_far_as_known<K: Kind>(cx: &Cx, id: &str, old: &Object) -> Result<Option<K::Args>> {
    let Some(mut live) = K::read(cx, id).await? else { return Ok(None) };
    hide_tags::<K::Args>(&mut live.args);
    let Err(failures) = settled::<K::Args>(old) else { return settle::<K>(old).map(Some) };
    let (mut known, found) = (old.clone(), K::Args::encode_observed(&live.args));
    for name in failures.iter().filter_map(|failure| failure.path.top()) {
        match found.get(name) {
            Some(value) => known.insert(name.to_owned(), value.clone()),
            None => known.remove(name),
        };
    }
    settle::<K>(&complete(K::Args::TABLE, &known)).map(Some)
}
