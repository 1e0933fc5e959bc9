//! The steps of a kind's life, without its types: [`super::life`] puts them in order, and is compiled
//! once and not for each kind.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, TryFutureExt};

use super::contract::{Kind, Live, Update};
use super::held::Setting;
use super::tagging::{TAGS, TaggedBy, Tags, has_tags};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::tags::visible;
use crate::aws::wait::{Poll, Wait};
use crate::engine::check;
use crate::engine::names::NameRule;
use crate::model::{Arguments, Failures, Model, Object, Prop, Table, Value};

/// What a kind says of itself, as far as its life depends on it: the constants of [`Kind`].
pub(super) struct Facts {
    pub token: &'static str,
    pub args: &'static Table,
    pub state: &'static Table,
    pub tags: TaggedBy,
    pub global: bool,
    pub name: Option<&'static NameRule>,
    pub arn: &'static str,
    pub ready: Option<Wait>,
    pub gone: Option<Wait>,
    pub held: Duration,
    pub patience: Duration,
    pub is_settings: bool,
    pub stays_held: bool,
    pub security_groups: Option<&'static str>,
}

impl Facts {
    /// Whether its resources take tags as a map.
    pub fn takes_tags(&self) -> bool {
        has_tags(self.args)
    }
}

/// A kind, in the steps that take no arguments of its type.
pub(super) trait Steps: Send + Sync {
    fn facts(&self) -> &'static Facts;

    fn ending(&self, inputs: &Object) -> &'static str;

    /// The arguments, once they are known. Check has judged those that are wanted, and what is there is
    /// as it is: none is held against a rule here.
    fn settle(&self, inputs: &Object) -> Result<Box<dyn AnyArgs>, Failures>;

    /// What leads from what is there to what is wanted; `changed` names the arguments that differ.
    fn towards(&self, old: &Object, new: &Object, changed: &[String])
    -> Result<Box<dyn AnyUpdate>, Failures>;

    /// What the rules refuse of inputs that no program has given.
    fn refuses(&self, inputs: &Object) -> Failures;

    fn settings(&self, id: &str, inputs: &Object) -> Vec<Setting>;

    fn hear(&self, cx: &Cx, id: &str, old: Option<&Object>, new: &Object);

    fn read<'a>(&self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Option<Seen>>>;

    fn holders<'a>(&self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Option<String>>;
}

/// What is asked of a resource: arguments that are settled.
pub(super) trait AnyArgs: Send + Sync {
    fn create<'a>(&'a self, cx: &'a Cx) -> BoxFuture<'a, Result<String>>;
    fn configure<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>>;
    fn ready<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Poll>>;
    fn takes(&self) -> Duration;
    fn refresh<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Option<Seen>>>;
    fn delete<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>>;
    fn gone<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Poll>>;
}

/// What an update is to change.
pub(super) trait AnyUpdate: Send + Sync {
    fn changed(&self) -> Vec<&'static str>;
    /// What is wanted.
    fn wanted(&self) -> &dyn AnyArgs;
    /// The tags that are there, and those that are wanted.
    fn tags(&self) -> [Tags; 2];
    fn apply<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>>;
}

/// A resource as AWS has it.
pub(super) struct Seen {
    /// What AWS tells of its arguments.
    pub told: Object,
    pub state: Object,
}

impl Seen {
    /// The tags, where AWS tells them.
    pub fn tags(&self) -> Option<Tags> {
        Some(tags_of(self.told.get(TAGS)?.as_object()?))
    }

    pub fn set_tags(&mut self, tags: Tags) {
        let tags = tags.into_iter().map(|(key, value)| (key, Value::from(value)));
        self.told.insert(TAGS.to_owned(), Value::Object(tags.collect()));
    }

    /// Leaves the tags that are the user's, of all that AWS tells.
    pub fn hide_tags(&mut self, facts: &Facts) {
        if let Some(tags) = self.tags().filter(|_| facts.takes_tags()) {
            self.set_tags(visible(tags));
        }
    }
}

/// A kind, as a value.
pub struct Of<K>(PhantomData<fn() -> K>);

impl<K: Kind> Of<K> {
    pub const NEW: Self = Of(PhantomData);
}

/// The steps of a kind.
pub(super) const fn of<K: Kind>() -> &'static dyn Steps {
    &Of::<K>::NEW
}

impl<K: Kind> Of<K> {
    const FACTS: &'static Facts = &Facts {
        token: K::TOKEN,
        args: K::Args::TABLE,
        state: K::State::TABLE,
        tags: K::TAGS,
        global: K::GLOBAL,
        name: K::NAME,
        arn: K::ARN,
        ready: K::READY,
        gone: K::GONE,
        held: K::HELD,
        patience: K::PATIENCE,
        is_settings: K::IS_SETTINGS,
        stays_held: K::STAYS_HELD,
        security_groups: match K::SECURITY_GROUPS {
            Some(groups) => Some(groups.name()),
            None => None,
        },
    };
}

impl<K: Kind> Steps for Of<K> {
    fn facts(&self) -> &'static Facts {
        Self::FACTS
    }

    fn ending(&self, inputs: &Object) -> &'static str {
        K::ending(inputs)
    }

    fn settle(&self, inputs: &Object) -> Result<Box<dyn AnyArgs>, Failures> {
        Ok(Box::new(Args::<K>(Arc::new(settled(inputs)?))))
    }

    fn towards(
        &self,
        old: &Object,
        new: &Object,
        changed: &[String],
    ) -> Result<Box<dyn AnyUpdate>, Failures> {
        let changed = changed.iter().filter_map(|name| Prop::named(name)).collect();
        Ok(Box::new(Change::<K>::of(Update { old: settled(old)?, new: Arc::new(settled(new)?), changed })))
    }

    fn refuses(&self, inputs: &Object) -> Failures {
        let mut failures = Failures::new();
        let read = K::Args::read(inputs, &mut Failures::new());
        K::rules(&read, &mut failures);
        K::creation_rules(&read, &mut failures);
        failures
    }

    fn settings(&self, id: &str, inputs: &Object) -> Vec<Setting> {
        K::settings(id, &K::Args::read(inputs, &mut Failures::of_facts()))
    }

    fn hear(&self, cx: &Cx, id: &str, old: Option<&Object>, new: &Object) {
        let read = |inputs: &Object| K::Args::read(inputs, &mut Failures::of_facts());
        K::hear(cx, id, &old.map(read).unwrap_or_default(), &read(new));
    }

    fn read<'a>(&self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Option<Seen>>> {
        K::read(cx, id).map_ok(seen::<K>).boxed()
    }

    fn holders<'a>(&self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(K::holders(cx, id))
    }
}

/// Arguments of a kind.
struct Args<K: Kind>(Arc<K::Args>);

impl<K: Kind> AnyArgs for Args<K> {
    fn create<'a>(&'a self, cx: &'a Cx) -> BoxFuture<'a, Result<String>> {
        Box::pin(K::create(cx, &self.0))
    }

    fn configure<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(K::configure(cx, id, &self.0))
    }

    fn ready<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Poll>> {
        Box::pin(K::ready(cx, id, &self.0))
    }

    fn takes(&self) -> Duration {
        K::takes(&self.0)
    }

    fn refresh<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Option<Seen>>> {
        K::refresh(cx, id, &self.0).map_ok(seen::<K>).boxed()
    }

    fn delete<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(K::delete(cx, id, &self.0))
    }

    fn gone<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<Poll>> {
        Box::pin(K::gone(cx, id, &self.0))
    }
}

/// A change of a resource of a kind.
pub(super) struct Change<K: Kind> {
    update: Update<K::Args>,
    asked: Args<K>,
}

impl<K: Kind> Change<K> {
    pub fn of(update: Update<K::Args>) -> Self {
        let asked = Args(update.new.clone());
        Change { update, asked }
    }
}

impl<K: Kind> AnyUpdate for Change<K> {
    fn changed(&self) -> Vec<&'static str> {
        self.update.changed.iter().map(|changed| changed.name()).collect()
    }

    fn wanted(&self) -> &dyn AnyArgs {
        &self.asked
    }

    fn tags(&self) -> [Tags; 2] {
        [self.update.old.encode_fields(), self.update.new.encode_fields()].map(|fields| {
            let tags = fields.get(TAGS).and_then(Value::as_object);
            tags.map(tags_of).unwrap_or_default()
        })
    }

    fn apply<'a>(&'a self, cx: &'a Cx, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(K::update(cx, id, &self.update))
    }
}

fn settled<A: Model>(inputs: &Object) -> Result<A, Failures> {
    let mut failures = Failures::of_facts();
    check::settle(inputs, &mut failures, |_, _| {}).ok_or(failures)
}

fn seen<K: Kind>(live: Option<Live<K>>) -> Option<Seen> {
    live.map(|live| Seen { told: K::Args::encode_observed(&live.args), state: live.state.encode_fields() })
}

fn tags_of(tags: &Object) -> Tags {
    tags.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
