//! A kind without its types, for the server, the schema and the tests.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::common::Common;
use super::contract::{Description, Kind, Partial, Review};
use super::held::Held;
use super::home::{self, Home};
use super::life;
use super::tagging::{TAGS, TaggedBy};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::tags::{self, Characters};
use crate::engine::check::{self, Naming, is_made};
use crate::engine::diff::{self, Difference};
use crate::engine::names::NameRule;
use crate::engine::unsupported;
use crate::model::{Failures, Field, Model, Object, Path, Table, Value};

/// A kind without its types.
pub trait AnyKind: Send + Sync {
    fn token(&self) -> &'static str;
    fn describe(&self) -> Description;

    /// What it knows of the error codes of its service.
    fn codes(&self) -> &'static [Row] {
        &[]
    }

    /// Fills in names and defaults, and notes all that is wrong. No network.
    fn check(&self, news: Object, default_tags: &Object, naming: &Naming, home: &Home) -> Checked;

    /// What AWS would refuse of inputs that are checked, where there are credentials to ask it with.
    fn foresee<'a>(
        &self,
        _cx: &'a Cx,
        _old: &'a Object,
        _new: &'a Object,
    ) -> Option<BoxFuture<'a, Failures>> {
        None
    }

    /// What an update would change. No network.
    fn diff(&self, old: &Object, outputs: &Object, new: &Object) -> Result<Vec<Difference>>;

    /// What would hold the resource if it had to go before its replacement comes; nothing where that
    /// is not known, or goes with it.
    fn holders<'a>(
        &self,
        _cx: &'a Cx,
        _id: &'a str,
        _inputs: &'a Object,
        _outputs: &'a Object,
    ) -> BoxFuture<'a, Option<String>> {
        Box::pin(async { None })
    }

    /// Hears that the state holds this, and what is wanted of it. Refuses to go on where it is in
    /// another account.
    fn heard<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
        wanted: &'a Object,
    ) -> BoxFuture<'a, Result<()>>;

    /// Makes the resource: its id and outputs.
    fn create<'a>(&self, cx: &'a Cx, inputs: &'a Object) -> BoxFuture<'a, Result<(String, Object), Partial>>;

    /// The resource as AWS has it: inputs and outputs, or nothing where it is gone. On an import
    /// nothing is known of it but the id.
    fn read<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: Option<&'a Object>,
        outputs: Option<&'a Object>,
    ) -> BoxFuture<'a, Result<Option<(Object, Object)>>>;

    /// Changes what differs; the outputs.
    fn update<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: &'a Object,
        outputs: &'a Object,
        new: &'a Object,
    ) -> BoxFuture<'a, Result<Object, Partial>>;

    fn delete<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
    ) -> BoxFuture<'a, Result<()>>;
}

/// The answer to a check.
pub struct Checked {
    pub inputs: Object,
    pub failures: Failures,
}

/// A kind, as a value.
pub struct Of<K>(PhantomData<fn() -> K>);

impl<K: Kind> Of<K> {
    pub const NEW: Self = Of(PhantomData);
}

impl<K: Kind> AnyKind for Of<K> {
    fn token(&self) -> &'static str {
        K::TOKEN
    }

    fn codes(&self) -> &'static [Row] {
        K::CODES
    }

    fn describe(&self) -> Description {
        Description {
            args: K::Args::TABLE,
            state: K::State::TABLE,
            id: K::ID,
            import_id: K::IMPORT_ID,
            actions: K::TAGS.complete(K::ACTIONS),
            name: K::NAME,
            alone: K::ALONE,
            apart: K::APART.iter().map(|argument| argument.name()).collect(),
            shares_name: K::SHARES_NAME,
            global: K::GLOBAL,
            local: false,
            unsupported: K::UNSUPPORTED,
        }
    }

    fn check(&self, mut news: Object, default_tags: &Object, naming: &Naming, home: &Home) -> Checked {
        let mut refused = Failures::new();
        unsupported::take(K::UNSUPPORTED, &mut news, &mut refused);
        let common = Common::take(K::Args::TABLE, K::GLOBAL, K::NAME.is_some(), &mut news);
        common.judge_prefix(K::Args::TABLE, &news, &mut refused);
        let (ending, none) = (K::ending(&news), Object::new());
        let make = || (naming.make)().map(|name| ended(name, ending, K::NAME));
        // A name of another ending is none to keep.
        let olds = if K::ending(naming.olds) == ending { naming.olds } else { &none };
        let naming = &Naming { before: naming.before, olds, make: &make };
        let mut checked = check::<K::Args>(news, default_tags, naming, K::NAME, K::TAGS, |args, failures| {
            K::rules(args, failures);
            match naming.before.is_empty() {
                true => K::creation_rules(args, failures),
                false => {
                    K::change_rules(&as_facts::<K>(naming.before), args, failures);
                }
            }
        });
        checked.failures.extend(refused);
        common.check(&mut checked.failures);
        let common = if K::GLOBAL { common } else { common.at(home, naming.before, &mut checked.failures) };
        Checked { inputs: common.with(checked.inputs), ..checked }
    }

    fn foresee<'a>(&self, cx: &'a Cx, old: &'a Object, new: &'a Object) -> Option<BoxFuture<'a, Failures>> {
        if !K::FORESEES {
            return None;
        }
        Some(Box::pin(async move {
            let cx = Common::of(new).cx(cx, K::GLOBAL);
            let mut found = Failures::new();
            if cx.aws.account().await.is_none() {
                return found;
            }
            let before = (!old.is_empty()).then(|| as_facts::<K>(old));
            K::foresee(&cx, before.as_ref(), &as_facts::<K>(new), &mut found).await;
            found
        }))
    }

    fn diff(&self, old: &Object, outputs: &Object, new: &Object) -> Result<Vec<Difference>> {
        let (old, new) = (life::complete(K::Args::TABLE, old), life::complete(K::Args::TABLE, new));
        let mut differences = diff::compare(K::Args::TABLE, &old, outputs, &new);
        differences.extend(Common::of_state(&old, outputs).differs(&Common::of(&new)));
        if !differences.is_empty() {
            let ignored = &mut Failures::of_facts();
            let (old, new) = (K::Args::read(&old, ignored), K::Args::read(&new, ignored));
            K::review(&mut Review { old: &old, new: &new, outputs, differences: &mut differences })?;
        }
        Ok(differences)
    }

    fn holders<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
    ) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            if !K::STAYS_HELD || cx.aws.account().await.is_none() {
                return None;
            }
            K::holders(&Common::of_state(inputs, outputs).cx(cx, K::GLOBAL), id).await
        })
    }

    fn heard<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
        wanted: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let cx = Common::of_state(inputs, outputs).cx(cx, K::GLOBAL);
            Held::of(&cx).holds::<K>(&cx, id);
            let (old, new) = (as_facts::<K>(inputs), as_facts::<K>(wanted));
            Held::of(&cx).sets(&cx, &life::settings::<K>(id, wanted, &new));
            K::hear(&cx, id, &old, &new);
            home::stays(&cx, outputs).await
        })
    }

    fn create<'a>(&self, cx: &'a Cx, inputs: &'a Object) -> BoxFuture<'a, Result<(String, Object), Partial>> {
        Box::pin(async move {
            let common = Common::of(inputs);
            let cx = common.cx(cx, K::GLOBAL);
            let created = life::create::<K>(&cx, &common.without(inputs)).await;
            let account = cx.aws.account().await;
            let finished = |outputs| home::noted(common.with(outputs), account.as_deref());
            created.map(|(id, outputs)| (id, finished(outputs))).map_err(|partial| partial.map(finished))
        })
    }

    fn read<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: Option<&'a Object>,
        outputs: Option<&'a Object>,
    ) -> BoxFuture<'a, Result<Option<(Object, Object)>>> {
        Box::pin(async move {
            let none = Object::new();
            let outputs = outputs.unwrap_or(&none);
            let common = old.map(|old| Common::of_state(old, outputs)).unwrap_or_default();
            let cx = common.cx(cx, K::GLOBAL);
            let common = if K::GLOBAL { common } else { common.seen_in(cx.region()) };
            home::stays(&cx, outputs).await?;
            cx.note(InState(outputs.clone()));
            let renamed = old.map(|old| Renamed::of(K::Args::TABLE, old, outputs)).unwrap_or_default();
            let old = old.map(|old| renamed.real(common.without(old)));
            let Some((inputs, outputs)) = life::read::<K>(&cx, id, old.as_ref()).await? else {
                Held::of(&cx).is_gone::<K>(&cx, id);
                return Ok(None);
            };
            Held::of(&cx).holds::<K>(&cx, id);
            let outputs = home::noted(common.with(outputs), cx.aws.account().await.as_deref());
            Ok(Some((common.with(renamed.given(inputs)), outputs)))
        })
    }

    fn update<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: &'a Object,
        outputs: &'a Object,
        new: &'a Object,
    ) -> BoxFuture<'a, Result<Object, Partial>> {
        Box::pin(async move {
            let common = Common::of_state(new, outputs);
            let cx = common.cx(cx, K::GLOBAL);
            home::stays(&cx, outputs).await?;
            Held::of(&cx).holds::<K>(&cx, id);
            cx.note(InState(outputs.clone()));
            let renamed = Renamed::of(K::Args::TABLE, old, outputs);
            let old = renamed.real(Common::of(old).without(old));
            let new = renamed.real(common.without(new));
            let updated = life::update::<K>(&cx, id, &old, outputs, &new).await;
            let account = cx.aws.account().await;
            let finished = |outputs| home::noted(common.with(outputs), account.as_deref());
            updated.map(finished).map_err(|partial| partial.map(finished))
        })
    }

    fn delete<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let common = Common::of_state(inputs, outputs);
            let cx = common.cx(cx, K::GLOBAL);
            home::stays(&cx, outputs).await?;
            let inputs = Renamed::of(K::Args::TABLE, inputs, outputs).real(common.without(inputs));
            cx.note(InState(outputs.clone()));
            life::delete::<K>(&cx, id, &inputs).await
        })
    }
}

/// The arguments of what is there already, which no rule judges.
fn as_facts<K: Kind>(inputs: &Object) -> <K::Args as Model>::Input {
    let inputs = Common::of(inputs).without(&life::complete(K::Args::TABLE, inputs));
    K::Args::read(&inputs, &mut Failures::of_facts())
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

/// A name that was made here, with the ending that all names of its sort have.
fn ended(name: Value, ending: &str, rule: Option<&NameRule>) -> Value {
    match (name, rule) {
        (Value::Secret(name), _) => ended(*name, ending, rule).into_secret(),
        (Value::String(name), Some(rule)) => Value::from(rule.ended(&name, ending)),
        (name, _) => name,
    }
}

/// Fills in names and defaults, and notes all that is wrong, by the tables and by the rules.
pub(super) fn check<A: Model>(
    news: Object,
    default_tags: &Object,
    naming: &Naming,
    name: Option<&NameRule>,
    tags: TaggedBy,
    rules: impl FnOnce(&A::Input, &mut Failures),
) -> Checked {
    let mut checked = check::check::<A>(news, default_tags, naming);
    if let Some(rule) = name {
        let judged = |field: &&Field| field.autoname && !checked.kept.contains(&field.name);
        for field in A::TABLE.fields.iter().filter(judged) {
            let name = checked.inputs.get(field.name).and_then(Value::as_str);
            if let Some(Err(reason)) = name.map(|name| rule.check(name)) {
                checked.failures.add(field, reason);
            }
        }
    }
    check_tags(&checked.inputs, tags.characters(), &mut checked.failures);
    rules(&checked.input, &mut checked.failures);
    Checked { inputs: checked.inputs, failures: checked.failures }
}

fn check_tags(inputs: &Object, allowed: Characters, failures: &mut Failures) {
    let Some(given) = inputs.get(TAGS).and_then(Value::as_object) else { return };
    let known = given.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    for (key, reason) in tags::check(&known.collect(), allowed) {
        let at = Path::root().key(TAGS);
        failures.add(if key.is_empty() { at } else { at.key(key) }, reason);
    }
}
