//! Tags of what is there: each service says once how it lists, sets and removes them.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::contract::{Actions, Needed};
use super::held::Setting;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::tags::{Change, Characters, visible};
use crate::model::{Arguments, Object, Shape, Table, Value};

/// The argument that has the tags of a resource.
pub(super) const TAGS: &str = "tags";

/// How a resource is called in calls about its tags.
#[derive(Clone, Debug)]
pub struct Named {
    pub id: String,
    /// The ARN, where an output tells it.
    pub arn: String,
}

impl Named {
    /// A resource with these outputs, of which one may be the ARN.
    pub(super) fn by(arn: &str, id: &str, outputs: &Object) -> Self {
        let arn = outputs.get(arn).and_then(Value::as_str).unwrap_or_default();
        Named { id: id.to_owned(), arn: arn.to_owned() }
    }
}

/// Tags by their keys.
pub type Tags = BTreeMap<String, String>;

/// Whether these arguments have tags as a map. Where they are a list, as those of an Auto Scaling group,
/// they are arguments like others, which the kind sets and tells by itself.
pub(super) fn has_tags(table: &Table) -> bool {
    table.field(TAGS).is_some_and(|field| matches!(field.shape, Shape::Map(_)))
}

/// Leaves the tags that are the user's, of all that AWS tells.
pub(super) fn hide_tags<A: Arguments>(told: &mut A::Observed) {
    if let Some(tags) = A::observed_tags(told) {
        *tags = tags.take().map(visible);
    }
}

/// How a service lists, sets and removes the tags of its resources, ours among them.
pub trait Tagging: Send + Sync + 'static {
    /// The IAM actions that listing tags needs.
    const LIST: &'static [&'static str] = &[];
    /// The IAM actions that setting and removing tags need.
    const CHANGE: &'static [&'static str];

    /// The characters that it allows in tags.
    const CHARACTERS: Characters = Characters::Common;

    /// A tag, where it may be a resource of its own.
    fn setting(_id: &str, _key: &str) -> Option<Setting> {
        None
    }

    /// The tags of a resource, or nothing where it is gone. For services that do not tell them with
    /// the resource itself.
    fn list(_cx: &Cx, _named: &Named) -> impl Future<Output = Result<Option<Tags>>> + Send {
        async { Ok(None) }
    }

    /// Adds these tags to what is there.
    fn set(cx: &Cx, named: &Named, tags: Tags) -> impl Future<Output = Result<()>> + Send;

    fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> impl Future<Output = Result<()>> + Send;

    fn change(cx: &Cx, named: &Named, change: Change) -> impl Future<Output = Result<()>> + Send {
        async move {
            if !change.removed.is_empty() {
                Self::remove(cx, named, change.removed).await?;
            }
            if !change.set.is_empty() {
                Self::set(cx, named, change.set).await?;
            }
            Ok(())
        }
    }
}

/// The tagging of a kind's service, as a value.
#[derive(Clone, Copy)]
pub struct TaggedBy(Option<&'static dyn AnyTagging>);

impl TaggedBy {
    /// For kinds without tags.
    pub const NONE: Self = TaggedBy(None);

    pub const fn service<T: Tagging>() -> Self {
        TaggedBy(Some(&Of::<T>::NEW))
    }

    /// Whether its resources say by tags whose they are.
    pub(super) fn is_some(self) -> bool {
        self.0.is_some()
    }

    pub(super) fn setting(self, id: &str, key: &str) -> Option<Setting> {
        self.0.and_then(|service| service.setting(id, key))
    }

    pub(super) fn characters(self) -> Characters {
        self.0.map_or(Characters::Common, AnyTagging::characters)
    }

    /// The actions of a kind with those for its tags.
    pub(super) fn complete(self, actions: Actions) -> Needed {
        let (list, change) = self.0.map(AnyTagging::actions).unwrap_or_default();
        let joined = |parts: &[&[&'static str]]| parts.concat();
        Needed {
            create: joined(&[actions.create, list, change]),
            read: joined(&[actions.read, list]),
            update: joined(&[actions.update, change]),
            delete: actions.delete.to_vec(),
        }
    }

    pub(super) async fn list(self, cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        match self.0 {
            Some(service) => service.list(cx, named).await,
            None => Ok(None),
        }
    }

    pub(super) async fn change(self, cx: &Cx, named: &Named, change: Change) -> Result<()> {
        match self.0 {
            Some(service) => service.change(cx, named, change).await,
            None => Ok(()),
        }
    }
}

/// A tagging without its type.
trait AnyTagging: Sync {
    fn actions(&self) -> (&'static [&'static str], &'static [&'static str]);
    fn characters(&self) -> Characters;
    fn setting(&self, id: &str, key: &str) -> Option<Setting>;
    fn list<'a>(&self, cx: &'a Cx, named: &'a Named) -> BoxFuture<'a, Result<Option<Tags>>>;
    fn change<'a>(&self, cx: &'a Cx, named: &'a Named, change: Change) -> BoxFuture<'a, Result<()>>;
}

struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    const NEW: Self = Of(PhantomData);
}

impl<T: Tagging> AnyTagging for Of<T> {
    fn actions(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (T::LIST, T::CHANGE)
    }

    fn characters(&self) -> Characters {
        T::CHARACTERS
    }

    fn setting(&self, id: &str, key: &str) -> Option<Setting> {
        T::setting(id, key)
    }

    fn list<'a>(&self, cx: &'a Cx, named: &'a Named) -> BoxFuture<'a, Result<Option<Tags>>> {
        Box::pin(T::list(cx, named))
    }

    fn change<'a>(&self, cx: &'a Cx, named: &'a Named, change: Change) -> BoxFuture<'a, Result<()>> {
        Box::pin(T::change(cx, named, change))
    }
}
