//! What this process has made, and for which resource of the program.
//!
//! AWS may answer 'not found' for what was made a moment ago. That is worth another try, while an
//! id that somebody mistyped is not.
//!
//! And a thing that AWS knows by its place alone, such as a route, can pass from one resource of a
//! program to another: when a resource was renamed, the new one finds the route in place and has
//! it from then on. The deletion of the old resource must then leave it alone. The same goes for
//! the old instance of a resource whose replacement found the thing in place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Kind;
use crate::aws::context::{Cx, Replaced};

/// What this process has made.
#[derive(Clone, Default)]
pub(super) struct Made(Arc<Mutex<Things>>);

impl Made {
    /// All that the provider of `cx` has made.
    pub fn of(cx: &Cx) -> Self {
        cx.aws.shared::<Made, Made>("", Made::default)
    }

    pub fn note<K: Kind>(&self, cx: &Cx, id: &str) {
        self.lock().note(thing::<K>(cx, id), &cx.urn, &cx.replaced);
    }

    /// Whether the deletion of a thing must leave it alone, since somebody else has it now.
    pub fn has_passed_on<K: Kind>(&self, cx: &Cx, id: &str) -> bool {
        self.lock().has_passed_on(&thing::<K>(cx, id), &cx.urn)
    }

    pub fn deleted<K: Kind>(&self, cx: &Cx, id: &str) {
        self.lock().0.insert(thing::<K>(cx, id), Owner::Nobody);
    }

    /// Whether a message names something that was made here and is still there.
    pub fn is_named_in(&self, message: &str) -> bool {
        self.lock().is_named_in(message)
    }

    fn lock(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kind of a thing, its region and its id.
type Thing = (&'static str, String, String);

fn thing<K: Kind>(cx: &Cx, id: &str) -> Thing {
    (K::TOKEN, cx.region().unwrap_or_default().to_owned(), id.to_owned())
}

/// Who has a thing.
enum Owner {
    /// The resource with this URN.
    Resource(String),
    /// The resource with this URN, whose instance before had the very same thing and is still to be
    /// deleted.
    Successor(String),
    /// Nobody any more: it was deleted.
    Nobody,
}

#[derive(Default)]
struct Things(HashMap<Thing, Owner>);

impl Things {
    fn note(&mut self, thing: Thing, urn: &str, replaced: &Replaced) {
        let was_deleted = matches!(self.0.get(&thing), Some(Owner::Nobody));
        let owner = match replaced {
            Replaced::Id(before) if *before == thing.2 && !was_deleted => Owner::Successor(urn.to_owned()),
            _ => Owner::Resource(urn.to_owned()),
        };
        self.0.insert(thing, owner);
    }

    fn has_passed_on(&mut self, thing: &Thing, urn: &str) -> bool {
        let Some(owner) = self.0.get_mut(thing) else { return false };
        match owner {
            Owner::Resource(now) => now != urn,
            Owner::Successor(now) => {
                *owner = Owner::Resource(std::mem::take(now));
                true
            }
            Owner::Nobody => false,
        }
    }

    fn is_named_in(&self, message: &str) -> bool {
        let mut there = self.0.iter().filter(|(_, owner)| !matches!(owner, Owner::Nobody));
        there.any(|((_, _, id), _)| message.contains(id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(id: &str) -> Thing {
        ("agentic:ec2:Route", "us-east-1".to_owned(), id.to_owned())
    }

    #[test]
    fn a_thing_passes_to_the_resource_that_found_it_in_place() {
        let mut things = Things::default();
        assert!(!things.has_passed_on(&route("rtb-1_0.0.0.0/0"), "urn:old"));
        things.note(route("rtb-1_0.0.0.0/0"), "urn:new", &Replaced::Nothing);
        assert!(things.has_passed_on(&route("rtb-1_0.0.0.0/0"), "urn:old"));
        assert!(!things.has_passed_on(&route("rtb-1_0.0.0.0/0"), "urn:new"));
        assert!(!things.has_passed_on(&route("rtb-2_0.0.0.0/0"), "urn:old"));
    }

    #[test]
    fn a_replacement_that_found_the_thing_in_place_keeps_it() {
        let id = "rtb-1_0.0.0.0/0";
        let mut things = Things::default();
        things.note(route(id), "urn:a", &Replaced::Id(id.to_owned()));
        assert!(things.has_passed_on(&route(id), "urn:a"), "this deletes the old instance");
        assert!(!things.has_passed_on(&route(id), "urn:a"), "and this the new one");

        things.0.insert(route(id), Owner::Nobody);
        things.note(route(id), "urn:a", &Replaced::Id(id.to_owned()));
        assert!(!things.has_passed_on(&route(id), "urn:a"), "the old instance was deleted first");
    }

    #[test]
    fn only_what_was_made_here_may_be_too_new_to_be_found() {
        let mut things = Things::default();
        let message = "The routeTable ID 'rtb-1' does not exist";
        assert!(!things.is_named_in(message));
        things.note(route("rtb-1"), "urn:a", &Replaced::Nothing);
        assert!(things.is_named_in(message));
        things.0.insert(route("rtb-1"), Owner::Nobody);
        assert!(!things.is_named_in(message));
    }
}
