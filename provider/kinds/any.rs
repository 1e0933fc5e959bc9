//! A kind without its types, for the server, the schema and the tests.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::common::Common;
use super::{Actions, Kind, Review, life};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};
use crate::aws::names::NameRule;
use crate::aws::tags;
use crate::engine::check::{self, Naming};
use crate::engine::diff::{self, Difference};
use crate::model::{Failures, Field, Model, Object, Path, Table, Value};

/// A kind without its types.
pub trait AnyKind: Send + Sync {
    fn token(&self) -> &'static str;
    fn describe(&self) -> Description;

    /// Fills in names and defaults, and notes all that is wrong. No network.
    fn check(&self, news: Object, default_tags: &Object, naming: &Naming) -> Checked;

    /// What an update would change. No network.
    fn diff(&self, old: &Object, outputs: &Object, new: &Object) -> Result<Vec<Difference>>;

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

    fn delete<'a>(&self, cx: &'a Cx, id: &'a str, inputs: &'a Object) -> BoxFuture<'a, Result<()>>;
}

/// What there is to say about a kind.
#[derive(Clone, Copy)]
pub struct Description {
    pub args: &'static Table,
    pub state: &'static Table,
    pub id: &'static str,
    pub actions: Actions,
    pub name: Option<&'static NameRule>,
    /// Whether two instances cannot exist side by side, whatever their names.
    pub alone: bool,
    /// Arguments of which one must differ for two instances to exist side by side, if any.
    pub apart: &'static [&'static str],
    /// Whether a replacement takes the name of what it replaces while that still exists.
    pub shares_name: bool,
    /// Whether the resource belongs to the account as a whole and to no region.
    pub global: bool,
    /// Whether the resource is in the state and nowhere else.
    pub local: bool,
}

/// The answer to a check.
pub struct Checked {
    pub inputs: Object,
    pub failures: Failures,
}

/// A failure, with what exists all the same.
#[derive(Debug)]
pub struct Partial {
    pub error: Error,
    /// The id and outputs of a resource that exists but is not as it should be.
    pub made: Option<(String, Object)>,
}

impl From<Error> for Partial {
    fn from(error: Error) -> Self {
        Partial { error, made: None }
    }
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

    fn describe(&self) -> Description {
        Description {
            args: K::Args::TABLE,
            state: K::State::TABLE,
            id: K::ID,
            actions: K::ACTIONS,
            name: K::NAME,
            alone: K::ALONE,
            apart: K::APART,
            shares_name: K::SHARES_NAME,
            global: K::GLOBAL,
            local: false,
        }
    }

    fn check(&self, mut news: Object, default_tags: &Object, naming: &Naming) -> Checked {
        let common = Common::take::<K>(&mut news);
        let mut checked = check::<K::Args>(news, default_tags, naming, K::NAME, |args, failures| {
            K::rules(args, failures);
            match naming.before.is_empty() {
                true => K::creation_rules(args, failures),
                false => {
                    let before = Common::of(naming.before).without(&life::complete::<K>(naming.before));
                    K::change_rules(&K::Args::read(&before, &mut Failures::of_facts()), args, failures);
                }
            }
        });
        common.check(&mut checked.failures);
        Checked { inputs: common.with(checked.inputs), ..checked }
    }

    fn diff(&self, old: &Object, outputs: &Object, new: &Object) -> Result<Vec<Difference>> {
        let (old, new) = (life::complete::<K>(old), life::complete::<K>(new));
        let mut differences = diff::compare(K::Args::TABLE, &old, outputs, &new);
        differences.extend(Common::of(&old).differs(&Common::of(&new)));
        if !differences.is_empty() {
            let ignored = &mut Failures::of_facts();
            let (old, new) = (K::Args::read(&old, ignored), K::Args::read(&new, ignored));
            K::review(&mut Review { old: &old, new: &new, outputs, differences: &mut differences })?;
        }
        Ok(differences)
    }

    fn create<'a>(&self, cx: &'a Cx, inputs: &'a Object) -> BoxFuture<'a, Result<(String, Object), Partial>> {
        Box::pin(async move {
            let common = Common::of(inputs);
            let created = life::create::<K>(&common.cx(cx, K::GLOBAL), &common.without(inputs)).await;
            created
                .map(|(id, outputs)| (id, common.with(outputs)))
                .map_err(|partial| common.with_partial(partial))
        })
    }

    fn read<'a>(
        &self,
        cx: &'a Cx,
        id: &'a str,
        old: Option<&'a Object>,
        _outputs: Option<&'a Object>,
    ) -> BoxFuture<'a, Result<Option<(Object, Object)>>> {
        Box::pin(async move {
            let common = old.map(Common::of).unwrap_or_default();
            let old = old.map(|old| common.without(old));
            let found = life::read::<K>(&common.cx(cx, K::GLOBAL), id, old.as_ref()).await?;
            Ok(found.map(|(inputs, outputs)| (common.with(inputs), common.with(outputs))))
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
            let common = Common::of(new);
            let (old, new) = (Common::of(old).without(old), common.without(new));
            let updated = life::update::<K>(&common.cx(cx, K::GLOBAL), id, &old, outputs, &new).await;
            updated.map(|outputs| common.with(outputs)).map_err(|partial| common.with_partial(partial))
        })
    }

    fn delete<'a>(&self, cx: &'a Cx, id: &'a str, inputs: &'a Object) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let common = Common::of(inputs);
            life::delete::<K>(&common.cx(cx, K::GLOBAL), id, &common.without(inputs)).await
        })
    }
}

/// Fills in names and defaults, and notes all that is wrong, by the tables and by the rules.
pub(super) fn check<A: Model>(
    news: Object,
    default_tags: &Object,
    naming: &Naming,
    name: Option<&NameRule>,
    rules: impl FnOnce(&A::Input, &mut Failures),
) -> Checked {
    let mut checked = check::check::<A>(news, default_tags, naming);
    if let Some(rule) = name {
        let judged = |field: &&Field| field.autoname && !checked.kept.contains(&field.name);
        for field in A::TABLE.fields.iter().filter(judged) {
            let name = checked.inputs.get(field.name).and_then(Value::as_str);
            if let Some(Err(reason)) = name.map(|name| rule.check(name)) {
                checked.failures.add(field.name, reason);
            }
        }
    }
    check_tags(&checked.inputs, &mut checked.failures);
    rules(&checked.input, &mut checked.failures);
    Checked { inputs: checked.inputs, failures: checked.failures }
}

fn check_tags(inputs: &Object, failures: &mut Failures) {
    let Some(given) = inputs.get("tags").and_then(Value::as_object) else { return };
    let known = given.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    for (key, reason) in tags::check(&known.collect()) {
        let at = Path::from("tags");
        failures.add(if key.is_empty() { at } else { at.key(key) }, reason);
    }
}
