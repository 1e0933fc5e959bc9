//! What a component cannot change any more without a loss of data, told before it changes anything.
//!
//! The kinds refuse as well what would lose data, but each of them for itself, when others have been
//! changed already.

use std::collections::BTreeMap;

use super::{Built, Child, Options, Scope, Trouble};
use crate::kinds::settled::{Settled, SettledInputs};
use crate::model::{Failures, In, Path};

/// An argument that stays as it is.
pub struct Fact {
    path: Path,
    value: In<String>,
    is_free: bool,
    is_made: bool,
    /// What a change would do and what to do instead.
    why: String,
}

impl Fact {
    /// An argument whose change does this; `why` continues "changed from bee to bee2, ...".
    pub fn new(path: impl Into<Path>, value: In<String>, why: impl Into<String>) -> Self {
        // What is left out has a value as well, so that giving it later is a change.
        let value = if value.is_set() { value } else { String::new().into() };
        Fact { path: path.into(), value, is_free: false, is_made: false, why: why.into() }
    }

    /// A name that is made of other arguments, where the program does not give it.
    pub fn made(path: impl Into<Path>, name: String, why: impl Into<String>) -> Self {
        Fact { is_made: true, ..Fact::new(path, name.into(), why) }
    }

    /// An argument that names are made of.
    pub fn maker(path: impl Into<Path>, value: In<String>) -> Self {
        Fact::new(path, value, String::new()).unless(true)
    }

    /// The same, which may change now where this says so.
    #[must_use]
    pub fn unless(mut self, is_free: bool) -> Self {
        self.is_free |= is_free;
        self
    }

    /// The same, which may become empty.
    #[must_use]
    pub fn until_left_out(self) -> Self {
        let is_left_out = self.value.get().is_some_and(String::is_empty);
        self.unless(is_left_out)
    }
}

/// Holds the arguments against those of before, before any other child is registered. Parts of a
/// component leave it to the component.
pub fn settle(at: &Scope, facts: Vec<Fact>) -> Built<()> {
    settle_and_recall(at, facts, &[]).map(drop)
}

/// What is recalled of earlier deployments.
#[derive(Default)]
pub struct Recalled {
    pub lasting: Lasting,
    /// The recorded values before they changed last, by their paths.
    pub before: BTreeMap<String, String>,
    /// Whether, in a preview, this deployment changes them.
    pub changes: bool,
}

/// Whether something was made that lasts, by its path.
pub type Lasting = BTreeMap<String, Since>;

/// Since when something that lasts is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Since the component is, or the part of it that it belongs to.
    First,
    /// It came to what ran without it.
    Later,
}

/// The same, and recalls what was made once and lasts, though the arguments may ask for it no more.
pub fn settle_and_recall(at: &Scope, facts: Vec<Fact>, lasting: &[(Path, bool)]) -> Built<Recalled> {
    let asked = lasting.iter().filter(|(_, is_asked)| *is_asked).map(|(path, _)| path.to_string());
    let asked = Recalled { lasting: asked.map(|path| (path, Since::First)).collect(), ..Recalled::default() };
    if facts.is_empty() && lasting.is_empty() || !at.comes_first::<Settled>("settled") {
        return Ok(asked);
    }
    let values = facts.iter().map(|fact| (fact.path.to_string(), fact.value.clone()));
    let marks = lasting
        .iter()
        .map(|(path, is_asked)| (path.to_string(), In::from(if *is_asked { "first" } else { "" })));
    let free = facts.iter().filter(|fact| fact.is_free).map(|fact| In::from(fact.path.to_string()));
    let inputs = SettledInputs {
        values: In::entries(values.chain(marks)),
        free: In::list(free),
        lasting: In::list(lasting.iter().map(|(path, _)| In::from(path.to_string()))),
        // Its own check says what was before.
        before: In::default(),
    };
    let there: Child<Settled> = at.child("settled", inputs, Options::default());
    if !at.is_there(&there.urn) {
        return Ok(asked);
    }
    let settled = there.get::<BTreeMap<String, String>>("values");
    let recalled = lasting.iter().filter_map(|(path, _)| {
        let path = path.to_string();
        match settled.get()?.get(&path)?.get()?.as_str() {
            "" => None,
            "later" => Some((path, Since::Later)),
            _ => Some((path, Since::First)),
        }
    });
    let before = there.get::<BTreeMap<String, String>>("before");
    let before = before.get().into_iter().flatten();
    let before = before.filter_map(|(path, value)| Some((path.clone(), value.get()?.clone())));
    // What follows from the values is known where they stay.
    let changes = there.out.count.get().is_none();
    let recalled = Recalled { lasting: recalled.collect(), before: before.collect(), changes };
    let change = |fact: &Fact| {
        let before = settled.get()?.get(&fact.path.to_string())?.get()?;
        let now = fact.value.get().filter(|now| *now != before)?;
        let shown = |value: &str| match value {
            "" => "nothing".to_owned(),
            value => format!("{value:?}"),
        };
        Some(format!("changed from {} to {}", shown(before), shown(now)))
    };
    let mut failures = Failures::new();
    for fact in facts.iter().filter(|fact| !fact.is_free) {
        let Some(changed) = change(fact) else { continue };
        let makers = facts.iter().filter(|fact| fact.why.is_empty());
        let makers: Vec<(&Fact, String)> =
            makers.filter_map(|maker| Some((maker, change(maker)?))).filter(|_| fact.is_made).collect();
        for (maker, changed) in &makers {
            failures.add(maker.path.clone(), format!("{changed}, {}", fact.why));
        }
        if makers.is_empty() {
            failures.add(fact.path.clone(), format!("{changed}, {}", fact.why));
        }
    }
    if failures.is_empty() { Ok(recalled) } else { Err(Trouble::Invalid(failures)) }
}
