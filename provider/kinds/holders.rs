//! What holds a resource that is to be deleted.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::aws::context::Cx;
use crate::aws::wait::{Clock, Stopwatch};

/// How long the same things may hold what is to be deleted: what a service of AWS takes away by
/// itself, such as the network interface of a load balancer, is gone by then.
const STUCK: Duration = Duration::from_secs(5 * 60);

pub(super) const HELD_BY: &str = "It is still held by ";

pub(super) const WAY_OUT: &str = "Delete what holds it, if nothing needs that; if an interrupted deployment of this stack made it, run `pulumi up`, which takes it over, and then `pulumi destroy`.";

/// What holds a resource that is to be deleted, and for how long it has been the same.
pub(super) struct Holders {
    clock: Clock,
    seen: Mutex<Option<(String, Stopwatch)>>,
}

impl Holders {
    pub(super) fn new(cx: &Cx) -> Self {
        Holders { clock: cx.clock, seen: Mutex::default() }
    }

    pub(super) fn seen(&self, found: String) -> String {
        let text = format!("{HELD_BY}{found}");
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref().is_none_or(|(before, _)| *before != found) {
            *seen = Some((found, self.clock.start()));
        }
        text
    }

    /// Whether they are there to stay.
    pub(super) fn last(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().is_some_and(|(_, since)| since.elapsed() >= STUCK)
    }
}
