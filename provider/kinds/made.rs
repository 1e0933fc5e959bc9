//! What this process has made, and for which resource of the program.
//!
//! AWS may answer 'not found' for what was made a moment ago. That is worth another try, while an
//! id that somebody mistyped is not.
//!
//! And a thing that AWS knows by its place alone, such as a route, can pass from one resource of a
//! program to another: when a resource was renamed, the new one finds the route in place and has
//! it from then on. The deletion of the old resource must then leave it alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Kind;
use crate::aws::context::Cx;

/// What this process has made.
#[derive(Clone, Default)]
pub(super) struct Made(Arc<Mutex<HashMap<Thing, Owner>>>);

/// The kind of a thing, its region and its id.
type Thing = (&'static str, String, String);

/// The URN of the resource that has a thing.
type Owner = String;

impl Made {
    /// All that the provider of `cx` has made.
    pub fn of(cx: &Cx) -> Self {
        cx.aws.shared::<Made, Made>("", Made::default)
    }

    pub fn note<K: Kind>(&self, cx: &Cx, id: &str) {
        self.lock().insert(thing::<K>(cx, id), cx.urn.clone());
    }

    pub fn forget<K: Kind>(&self, cx: &Cx, id: &str) {
        self.lock().remove(&thing::<K>(cx, id));
    }

    /// Whether another resource of the program has this thing now.
    pub fn has_passed_on<K: Kind>(&self, cx: &Cx, id: &str) -> bool {
        self.lock().get(&thing::<K>(cx, id)).is_some_and(|owner| *owner != cx.urn)
    }

    /// Whether a message names something that was made here.
    pub fn is_named_in(&self, message: &str) -> bool {
        self.lock().keys().any(|(_, _, id)| message.contains(id.as_str()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Thing, Owner>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn thing<K: Kind>(cx: &Cx, id: &str) -> Thing {
    (K::TOKEN, cx.region().unwrap_or_default().to_owned(), id.to_owned())
}
