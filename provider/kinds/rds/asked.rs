//! What was asked of RDS, and whether it has done it. For a while after it was asked, RDS may show
//! things as they were before.

use aws_sdk_rds::types::{DbInstance, PendingModifiedValues};

use super::status::{self, Passing, Phase};
use crate::aws::wait::Poll;
use crate::kinds::Update;
use crate::model::{Arguments, Prop};

/// What was asked of RDS, for the wait that follows.
#[derive(Clone)]
pub struct Asked<A> {
    pub fields: Vec<Prop<A>>,
    pub password: bool,
    pub immediately: bool,
    /// The status before.
    pub before: String,
}

/// The arguments that RDS can change and that are not as asked for.
pub fn differing<A: Arguments + Clone>(
    told: A::Observed,
    wanted: &A,
    is_modifiable: impl Fn(Prop<A>) -> bool,
) -> Vec<Prop<A>> {
    Update::towards(wanted, told).in_place().filter(|argument| is_modifiable(*argument)).collect()
}

/// What was asked for and is not there.
pub enum Outstanding<A> {
    /// RDS shows that it is on its way.
    Moving(Prop<A>),
    /// RDS shows nothing of it.
    Unseen(Prop<A>),
}

impl<A> Outstanding<A> {
    /// What differs in a thing of which RDS lists changes to come, or none.
    pub fn differs(what: Prop<A>, lists_changes: bool) -> Self {
        if lists_changes { Outstanding::Moving(what) } else { Outstanding::Unseen(what) }
    }
}

/// Whether a thing is usable, with all that was asked of RDS in this operation.
pub fn look<A>(
    thing: &impl Passing,
    asked: Option<Asked<A>>,
    outstanding: impl FnOnce(&Asked<A>) -> Option<Outstanding<A>>,
) -> Poll {
    let status = status::of(thing);
    match status::phase(status) {
        Phase::Usable => {}
        Phase::Stuck(advice) if asked.as_ref().is_none_or(|asked| asked.before != status) => {
            return Poll::Failed(status::stuck(thing, advice));
        }
        _ => return Poll::Pending(status::progress(thing)),
    }
    let waits = asked.filter(|asked| asked.immediately);
    match waits.and_then(|asked| outstanding(&asked)) {
        Some(Outstanding::Moving(what)) => Poll::Pending(format!("{what} is not changed yet")),
        Some(Outstanding::Unseen(what)) => Poll::Settling(format!("{what} is not changed yet"), ()),
        None => Poll::Ready(()),
    }
}

/// Whether a part of a thing is on its way.
pub fn is_moving(status: Option<&str>, words: &[&str]) -> bool {
    status.is_some_and(|status| words.contains(&status))
}

/// Whether RDS lists changes to come of an instance.
pub fn lists_changes(instance: &DbInstance) -> bool {
    let pending = instance.pending_modified_values.as_ref();
    pending.is_some_and(|pending| *pending != PendingModifiedValues::builder().build())
}
