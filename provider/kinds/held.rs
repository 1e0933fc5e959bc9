//! What the state holds, as far as this process has heard, and what was made here.
//!
//! Some things AWS knows by their place alone, such as a route, or by what they say, such as a record:
//! two resources of a program can be the same thing, and one can pass to another when a resource
//! is renamed or replaced. A deletion must leave alone what another resource holds, or another
//! instance of the same one; the engine tells who holds what in every request about what exists.
//!
//! And AWS may answer 'not found' for what was made a moment ago. That is worth another try, while
//! an id that somebody mistyped is not.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::contract::Kind;
use crate::aws::context::Cx;

/// What this process has heard of and made.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Mutex<Things>>);

impl Held {
    /// All that the provider of `cx` has heard of.
    pub fn of(cx: &Cx) -> Self {
        cx.aws.shared::<Held, Held>("", Held::default)
    }

    /// The resource of `cx` holds this.
    pub fn holds(&self, cx: &Cx, kind: &'static str, id: &str) {
        self.lock().holders.entry(thing(cx, kind, id)).or_default().insert(holder(cx));
    }

    /// The resource of `cx` makes these settings, and no others any more.
    pub fn sets(&self, cx: &Cx, settings: &[Setting]) {
        let things = settings.iter().map(|setting| setting.thing(cx)).collect();
        self.lock().sets(holder(cx), things);
    }

    /// The same, for what was made here.
    pub fn made(&self, cx: &Cx, kind: &'static str, id: &str) {
        self.lock().made.insert(id.to_owned());
        self.holds(cx, kind, id);
    }

    /// This was made here just now, so that nothing is in it but what comes from here.
    pub fn made_bare(&self, cx: &Cx, kind: &'static str, id: &str) {
        self.lock().bare.insert(thing(cx, kind, id));
    }

    /// A call that makes something was lost, and what became of it was not found out: anything may be
    /// anywhere.
    pub fn doubts(&self) {
        self.lock().bare.clear();
    }

    /// Whether it was made here.
    pub fn is_bare(&self, cx: &Cx, kind: &'static str, id: &str) -> bool {
        self.lock().bare.contains(&thing(cx, kind, id))
    }

    /// The resource of `cx` holds this no longer. Gives another that does, by its URN.
    pub fn lets_go(&self, cx: &Cx, kind: &'static str, id: &str) -> Option<String> {
        self.lock().lets_go(&thing(cx, kind, id), &holder(cx))
    }

    /// Another resource of the state that holds this, by its URN.
    pub fn other(&self, cx: &Cx, kind: &'static str, id: &str) -> Option<String> {
        self.lock().other(&thing(cx, kind, id), &holder(cx))
    }

    /// The thing is there no longer.
    pub fn is_gone(&self, cx: &Cx, kind: &'static str, id: &str) {
        let mut things = self.lock();
        things.made.remove(id);
        things.holders.remove(&thing(cx, kind, id));
        things.bare.remove(&thing(cx, kind, id));
    }

    /// Whether a message names something that was made here and is still there.
    pub fn is_named_in(&self, message: &str) -> bool {
        self.lock().made.iter().any(|id| message.contains(id.as_str()))
    }

    fn lock(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another resource of the state that makes this setting as well, by its URN.
pub fn sets_too(cx: &Cx, setting: &Setting) -> Option<String> {
    Held::of(cx).lock().other(&setting.thing(cx), &holder(cx))
}

/// The kind of a thing, its region and its id.
type Thing = (&'static str, String, String);

/// What one resource has among its arguments, and another one is by itself: the policy of a bucket, of
/// the `Bucket` and of a `BucketPolicy`. Where a program passes it from one to the other, the deletion
/// of the first comes last and must leave alone what the second gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    kind: &'static str,
    id: String,
}

impl Setting {
    /// What a resource of this kind with this ID is.
    pub fn of<K: Kind>(id: impl Into<String>) -> Self {
        Setting { kind: K::TOKEN, id: id.into() }
    }

    fn thing(&self, cx: &Cx) -> Thing {
        (self.kind, cx.region().unwrap_or_default().to_owned(), self.id.clone())
    }
}

/// A resource, by its URN, and which instance of it.
type Holder = (String, Option<String>);

fn thing(cx: &Cx, kind: &'static str, id: &str) -> Thing {
    (kind, cx.region().unwrap_or_default().to_owned(), id.to_owned())
}

fn holder(cx: &Cx) -> Holder {
    (cx.urn.clone(), cx.instance.clone())
}

#[derive(Default)]
struct Things {
    holders: HashMap<Thing, BTreeSet<Holder>>,
    /// What each resource sets.
    settings: HashMap<Holder, Vec<Thing>>,
    /// The ids of what was made here.
    made: BTreeSet<String>,
    /// What was made here and not found, so that nobody else has put anything into it.
    bare: HashSet<Thing>,
}

impl Things {
    fn other(&self, thing: &Thing, holder: &Holder) -> Option<String> {
        // A state of an earlier version does not say which instance it holds.
        let is_same = |(urn, instance): &&Holder| {
            *urn == holder.0 && (*instance == holder.1 || instance.is_none() || holder.1.is_none())
        };
        let mut others = self.holders.get(thing)?.iter().filter(|other| !is_same(other));
        others.next().map(|(urn, _)| urn.clone())
    }

    fn sets(&mut self, holder: Holder, things: Vec<Thing>) {
        for thing in self.settings.remove(&holder).unwrap_or_default() {
            self.lets_go(&thing, &holder);
        }
        for thing in &things {
            self.holders.entry(thing.clone()).or_default().insert(holder.clone());
        }
        if !things.is_empty() {
            self.settings.insert(holder, things);
        }
    }

    fn lets_go(&mut self, thing: &Thing, holder: &Holder) -> Option<String> {
        self.holders.get_mut(thing)?.remove(holder);
        self.other(thing, holder)
    }
}

/// What has the name that is wanted, by its id: the instance that is about to be replaced.
#[derive(Clone)]
pub(super) struct Predecessor(pub String);

/// The outcome of a call of this operation that makes something is not known.
#[derive(Clone)]
pub(super) struct OutcomeUnknown;

/// Tells that one more is made, where the engine has not said that this one is replaced.
pub(super) fn makes_another(cx: &Cx, kind: &'static str, id: &str) {
    if Held::of(cx).other(cx, kind, id).is_none() && cx.noted::<OutcomeUnknown>().is_none() {
        cx.progress.tell(&format!("creates another one, since this resource had {id}, which is still there"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route() -> Thing {
        ("agentic:ec2:Route", "us-east-1".to_owned(), "rtb-1_0.0.0.0/0".to_owned())
    }

    fn holder(urn: &str, instance: &str) -> Holder {
        (urn.to_owned(), Some(instance.to_owned()))
    }

    fn things(holders: &[Holder]) -> Things {
        let mut things = Things::default();
        things.holders.entry(route()).or_default().extend(holders.iter().cloned());
        things
    }

    #[test]
    fn what_another_resource_holds_is_left_to_it() {
        let mut things = things(&[holder("urn:new", "1")]);
        assert_eq!(things.lets_go(&route(), &holder("urn:old", "0")).as_deref(), Some("urn:new"));
        assert_eq!(things.lets_go(&route(), &holder("urn:new", "1")), None);
    }

    #[test]
    fn what_a_later_instance_holds_is_left_to_it() {
        let mut things = things(&[holder("urn:a", "0"), holder("urn:a", "1")]);
        assert_eq!(things.lets_go(&route(), &holder("urn:a", "0")).as_deref(), Some("urn:a"));
        assert_eq!(things.lets_go(&route(), &holder("urn:a", "1")), None, "and this is the last");
    }

    #[test]
    fn a_state_that_tells_no_instance_is_as_good_as_any() {
        let mut things = things(&[("urn:a".to_owned(), None)]);
        assert_eq!(things.lets_go(&route(), &holder("urn:a", "1")), None);
    }

    #[test]
    fn a_resource_makes_the_settings_that_it_had_last() {
        let (mut things, whole) = (Things::default(), holder("urn:whole", "0"));
        things.sets(whole.clone(), vec![route()]);
        assert_eq!(things.other(&route(), &holder("urn:part", "0")).as_deref(), Some("urn:whole"));
        assert_eq!(things.other(&route(), &whole), None);
        things.sets(whole, Vec::new());
        assert_eq!(things.other(&route(), &holder("urn:part", "0")), None);
    }

    #[test]
    fn what_nobody_has_told_of_is_held_by_nobody_else() {
        assert_eq!(Things::default().lets_go(&route(), &holder("urn:a", "0")), None);
    }
}
