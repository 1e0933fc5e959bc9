//! The names of resources whose program gives none, and what must be remembered for them.

use std::collections::HashMap;

use crate::aws::context::{Replaced, instance_token};
use crate::engine::proto::check_request::AutonamingOptions;
use crate::engine::proto::check_request::autonaming_options::Mode;
use crate::kinds::{AnyKind, PREFERRED_NAME};
use crate::model::{Object, Value};

/// What this process has seen of resources that may be about to be replaced.
///
/// A replacement is checked and created like a first instance; only what came before tells that
/// its name and its ownership tag must differ from those of the one that it replaces.
#[derive(Default)]
pub struct Memory(HashMap<String, Seen>);

/// What was seen of one resource.
#[derive(Clone, Default)]
pub struct Seen {
    replaced: Replaced,
    /// The names of the instance, and what they were made from.
    names: Object,
}

impl Memory {
    /// What an instance that is created now takes the place of.
    pub fn of(&self, urn: &str) -> Replaced {
        self.0.get(urn).map(|seen| seen.replaced.clone()).unwrap_or_default()
    }

    pub fn seen(&self, urn: &str) -> Seen {
        self.0.get(urn).cloned().unwrap_or_default()
    }

    pub fn exists(&mut self, urn: &str, names: Object) {
        let seen = self.0.entry(urn.to_owned()).or_default();
        if seen.replaced == Replaced::Nothing {
            seen.replaced = Replaced::Something;
        }
        seen.names = names;
    }

    pub fn has_id(&mut self, urn: &str, id: &str) {
        self.0.entry(urn.to_owned()).or_default().replaced = Replaced::Id(id.to_owned());
    }
}

/// What there is to make a name of.
pub struct Wanted<'a> {
    pub kind: &'static dyn AnyKind,
    pub urn: &'a str,
    /// The name of the resource in the program.
    pub name: &'a str,
    /// The name in AWS that the program would like.
    pub preferred: Option<Value>,
    /// What the engine is configured to do.
    pub engine: Option<&'a AutonamingOptions>,
}

impl Wanted<'_> {
    /// Whether a resource keeps the name that it has by these inputs.
    pub fn stays(&self, olds: &Object) -> bool {
        self.preferred.as_ref().is_none_or(|wish| self.makes(wish, &names(self.kind, olds)))
    }

    /// A name for an instance that is made now.
    pub fn make(&self, seen: &Seen) -> Result<Value, String> {
        let about = self.kind.describe();
        let Some(rule) = about.name else {
            return Err("give a name".to_owned());
        };
        let replaced = if about.shares_name { &Replaced::Nothing } else { &seen.replaced };
        let unique = |name: &str| rule.unique(name, &instance_token(self.urn, replaced));
        if let Some(wish) = &self.preferred {
            let Some(text) = wish.as_str() else {
                // What is no text is not known yet, or fails the check by itself.
                return Ok(Value::Unknown);
            };
            let taken = *replaced != Replaced::Nothing && self.makes(wish, &seen.names);
            let name = Value::from(if taken { unique(text) } else { rule.fit(text) });
            return Ok(if wish.is_secret() { name.into_secret() } else { name });
        }
        Ok(Value::from(match self.engine.map(|wish| (wish.mode(), wish.proposed_name.as_str())) {
            None => unique(self.name),
            Some((Mode::Propose, proposed)) => rule.fit(proposed),
            Some((Mode::Enforce, proposed)) => proposed.to_owned(),
            Some((Mode::Disable, _)) => {
                return Err("is missing; give a name, since automatic naming is switched off".to_owned());
            }
        }))
    }

    /// Whether these names are what a preferred one makes.
    fn makes(&self, wish: &Value, names: &Object) -> bool {
        if let Some(known) = names.get(PREFERRED_NAME) {
            return known == wish.peel();
        }
        let rule = self.kind.describe().name;
        let fitting = rule.zip(wish.as_str()).map(|(rule, wish)| Value::from(rule.fit(wish)));
        names.values().any(|name| Some(name) == fitting.as_ref())
    }
}

/// The names among the inputs of a resource, and what they were made from.
pub fn names(kind: &dyn AnyKind, inputs: &Object) -> Object {
    let table = kind.describe().args;
    let is_name = |key: &str| key == PREFERRED_NAME || table.field(key).is_some_and(|field| field.autoname);
    let names = inputs.iter().filter(|(key, value)| is_name(key) && !value.is_null());
    names.map(|(key, value)| (key.clone(), value.peel().clone())).collect()
}
