//! How far the children of a component are while it is built.
//!
//! A component is written as if all of its children were there at once: it registers one after the
//! other and hands on what is known of each. It is read from top to bottom again and again, each
//! time that a child has come to be: a child is registered as soon as everything is there that its
//! own arguments come from, and until then its outputs are unknown, as they are in a preview. So
//! nothing waits for what it does not need, however the component is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;
use tonic::Status;

use super::rehearsal::Rehearsal;
use super::{Built, Trouble};
use crate::aws::error::Error;
use crate::engine::monitor::{Monitor, Registered, Registration, Stop};
use crate::model::{Dependencies, Failures, In, Object};

/// The children of one component that a program asked for, and theirs.
pub struct Progress {
    monitor: Monitor,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Holds children against the rules of their kinds; nothing is registered meanwhile.
    rehearsal: Option<Rehearsal>,
    children: BTreeMap<String, Entry>,
    /// What look-ups have answered; they are asked once.
    found: BTreeMap<String, Result<Object, Error>>,
    under_way: JoinSet<Done>,
    /// The child that comes before all others.
    first: Option<String>,
    /// What was said to the person at the terminal.
    warned: BTreeSet<String>,
}

/// A child by its URN.
struct Entry {
    parent: String,
    stage: Stage,
    /// Whether the engine knows its outputs, for a component.
    told: bool,
}

enum Stage {
    /// Something that it needs is not there yet.
    Waiting,
    /// The engine makes it.
    UnderWay,
    There(Arc<Registered>),
    /// It does not come, since it failed or something did that it needs, and the engine goes on.
    Lost,
}

/// What the engine is done with: a resource, or being told the outputs of a component.
enum Done {
    Resource(String, Result<Registered, Stop>),
    Outputs(Result<(), Stop>),
}

impl Progress {
    /// Begins with a rehearsal.
    pub fn new(monitor: Monitor, rehearsal: Rehearsal) -> Self {
        let state = State { rehearsal: Some(rehearsal), ..State::default() };
        Progress { monitor, state: Mutex::new(state) }
    }

    /// Ends the rehearsal, and gives all that is wrong with the children that it asked for.
    pub fn rehearsed(&self) -> Failures {
        self.state().rehearsal.take().map(Rehearsal::end).unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The child, as far as it is there. One whose needs are there is registered, if it has not
    /// been: `needs` says what it needs besides its parent, and what to register.
    pub fn child<R: FnOnce() -> Registration>(
        &self,
        urn: &str,
        parent: &str,
        needs: impl FnOnce() -> (Dependencies, R),
    ) -> Arc<Registered> {
        let mut state = self.state();
        match state.children.get(urn).map(|child| &child.stage) {
            Some(Stage::There(registered)) => return registered.clone(),
            Some(Stage::UnderWay | Stage::Lost) => return Arc::new(pending(urn)),
            Some(Stage::Waiting) | None => {}
        }
        let (needed, registration) = needs();
        if let Some(rehearsal) = &mut state.rehearsal {
            rehearsal.check(registration());
            return Arc::new(pending(urn));
        }
        let is_open = state.first.as_deref().is_none_or(|first| first == urn || state.has(first));
        let is_ready = is_open && !state.awaits(parent) && !needed.iter().any(|urn| state.awaits(urn));
        let stage = if is_ready { Stage::UnderWay } else { Stage::Waiting };
        state.children.insert(urn.to_owned(), Entry { parent: parent.to_owned(), stage, told: false });
        if is_ready {
            let (monitor, urn, registration) = (self.monitor.clone(), urn.to_owned(), registration());
            state.under_way.spawn(async move {
                let answer = monitor.register(registration).await;
                Done::Resource(urn, answer)
            });
        }
        Arc::new(pending(urn))
    }

    /// Tells the engine the outputs of a component, once, when all that is in it is there.
    pub fn tell(&self, urn: &str, needed: &Dependencies, outputs: impl FnOnce() -> Object) {
        let mut state = self.state();
        let has_all = |state: &State| {
            let mut within = state.children.values().filter(|child| child.parent == urn);
            within
                .all(|child| matches!(child.stage, Stage::There(_)) && (child.told || !child.is_component()))
        };
        let is_told = state.children.get(urn).is_none_or(|component| component.told);
        if state.rehearsal.is_some()
            || is_told
            || state.awaits(urn)
            || !has_all(&state)
            || needed.iter().any(|urn| state.awaits(urn))
        {
            return;
        }
        if let Some(component) = state.children.get_mut(urn) {
            component.told = true;
        }
        let (monitor, urn, outputs) = (self.monitor.clone(), urn.to_owned(), outputs());
        state.under_way.spawn(async move { Done::Outputs(monitor.register_outputs(&urn, &outputs).await) });
    }

    /// Waits until the engine is done with something more. Nothing more comes where it says so.
    pub async fn next(&self) -> Built<bool> {
        let mut under_way = std::mem::take(&mut self.state().under_way);
        let Some(first) = under_way.join_next().await else { return Ok(false) };
        let mut done = vec![first];
        while let Some(more) = under_way.try_join_next() {
            done.push(more);
        }
        let mut state = self.state();
        state.under_way = under_way;
        for done in done {
            match done.map_err(|error| Stop::Refused(Status::internal(error.to_string())))? {
                Done::Outputs(told) => told?,
                Done::Resource(urn, answer) => state.settle(urn, answer)?,
            }
        }
        Ok(true)
    }

    /// Lets no other child begin before this one is there; the first that says so decides. Gives
    /// whether it is this one.
    pub fn put_first(&self, urn: &str) -> bool {
        self.state().first.get_or_insert_with(|| urn.to_owned()) == urn
    }

    pub fn has(&self, urn: &str) -> bool {
        self.state().has(urn)
    }

    /// The names and types of all children that the program asked for so far.
    pub fn children(&self) -> Vec<(String, String)> {
        let state = self.state();
        let parts = state.children.keys().filter_map(|urn| {
            let mut parts = urn.splitn(4, "::");
            let (types, name) = (parts.nth(2)?, parts.next()?);
            let token = types.rsplit('$').next().unwrap_or(types);
            Some((name.to_owned(), token.to_owned()))
        });
        parts.collect()
    }

    /// Whether this is to be said and has not been said before.
    pub fn is_new(&self, warning: &str) -> bool {
        let mut state = self.state();
        state.rehearsal.is_none() && state.warned.insert(warning.to_owned())
    }

    /// Whether some child did not come to be.
    pub fn lacks_any(&self) -> bool {
        self.state().children.values().any(|child| !matches!(child.stage, Stage::There(_)))
    }

    /// What a look-up answered before.
    pub fn found(&self, question: &str) -> Option<Result<Object, Error>> {
        self.state().found.get(question).cloned()
    }

    pub fn keep(&self, question: String, answer: Result<Object, Error>) {
        self.state().found.insert(question, answer);
    }
}

impl State {
    /// Whether this is a child that is not there yet. What came from elsewhere is.
    fn awaits(&self, urn: &str) -> bool {
        self.children.get(urn).is_some_and(|child| !matches!(child.stage, Stage::There(_)))
    }

    fn has(&self, urn: &str) -> bool {
        self.children.get(urn).is_some_and(|child| matches!(child.stage, Stage::There(_)))
    }

    fn settle(&mut self, urn: String, answer: Result<Registered, Stop>) -> Built<()> {
        let stage = match answer {
            Ok(registered) if registered.urn == urn => Stage::There(Arc::new(registered)),
            Ok(registered) => {
                let message = format!("the engine calls {urn} {}", registered.urn);
                return Err(Trouble::Stopped(Stop::Refused(Status::internal(message))));
            }
            Err(Stop::Skipped) => Stage::Lost,
            Err(stop) => return Err(stop.into()),
        };
        if let Some(child) = self.children.get_mut(&urn) {
            child.stage = stage;
        }
        Ok(())
    }
}

impl Entry {
    fn is_component(&self) -> bool {
        matches!(&self.stage, Stage::There(registered) if registered.is_component)
    }
}

/// What is known of a child that is not there: where its outputs will come from.
fn pending(urn: &str) -> Registered {
    let id = In { dependencies: Dependencies::from([urn.to_owned()]), ..In::unknown() };
    Registered { urn: urn.to_owned(), id, object: Object::new(), is_pending: true, is_component: false }
}

/// The URN of a child.
pub fn urn_of(parent: &str, token: &str, name: &str) -> String {
    // urn:pulumi:stack::project::parent's type::parent's name
    let mut parts = parent.splitn(4, "::");
    let (stack, project, types) = (parts.next(), parts.next(), parts.next());
    let [stack, project, types] = [stack, project, types].map(Option::unwrap_or_default);
    format!("{stack}::{project}::{types}${token}::{name}")
}

#[cfg(test)]
mod tests {
    use super::urn_of;

    #[test]
    fn a_child_has_the_types_of_its_parents_in_its_urn() {
        let parent = "urn:pulumi:dev::app::agentic:index:AgenticStack::my::shop";
        let child = urn_of(parent, "agentic:ec2:Vpc", "my::shop-vpc");
        assert_eq!(child, "urn:pulumi:dev::app::agentic:index:AgenticStack$agentic:ec2:Vpc::my::shop-vpc");
    }
}
