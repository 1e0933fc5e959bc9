//! A kind without its types, for the server, the schema and the tests.

use futures::future::BoxFuture;

use super::common::Common;
use super::contract::{Description, Kind, Partial, Review};
use super::home::Home;
use super::life;
use super::operations;
use super::steps;
use super::tagging::{TAGS, TaggedBy};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::tags::{self, Characters};
use crate::engine::check::{self, Naming};
use crate::engine::diff::{self, Difference};
use crate::engine::names::NameRule;
use crate::engine::unsupported;
use crate::model::{Failures, Field, Model, Object, Path, Value};

pub use super::steps::Of;

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
        Box::pin(operations::holders(steps::of::<K>(), cx, id, inputs, outputs))
    }

    fn heard<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
        wanted: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(operations::heard(steps::of::<K>(), cx, id, inputs, outputs, wanted))
    }

    fn create<'a>(&self, cx: &'a Cx, inputs: &'a Object) -> BoxFuture<'a, Result<(String, Object), Partial>> {
        Box::pin(operations::create(steps::of::<K>(), cx, inputs))
    }

    fn read<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: Option<&'a Object>,
        outputs: Option<&'a Object>,
    ) -> BoxFuture<'a, Result<Option<(Object, Object)>>> {
        Box::pin(operations::read(steps::of::<K>(), cx, id, old, outputs))
    }

    fn update<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: &'a Object,
        outputs: &'a Object,
        new: &'a Object,
    ) -> BoxFuture<'a, Result<Object, Partial>> {
        Box::pin(operations::update(steps::of::<K>(), cx, id, old, outputs, new))
    }

    fn delete<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        inputs: &'a Object,
        outputs: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(operations::delete(steps::of::<K>(), cx, id, inputs, outputs))
    }
}

/// The arguments of what is there already, which no rule judges.
fn as_facts<K: Kind>(inputs: &Object) -> <K::Args as Model>::Input {
    K::Args::read(&operations::facts_of(K::Args::TABLE, inputs), &mut Failures::of_facts())
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
