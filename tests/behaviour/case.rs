//! What each kind brings to the suite: its example arguments and one change a property.
//!
//! `cases/<service>.<Kind>.json` holds one [`Case`], `cases/needs.json` what several of them need.
//! In any text `${name.property}` stands for an output (or the `id`) of the need of that name,
//! which is made as soon as something refers to it; `${account}` and `${region}` are known as well, and
//! `$${` stands for `${` itself.

use std::collections::BTreeMap;
use std::path::Path;

use agentic::kinds::AnyKind;
use agentic::model::{Change as Effect, Field};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::behaviours::BEHAVIOURS;

pub type JsonObject = Map<String, Json>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// What only this kind's example needs.
    #[serde(default)]
    pub needs: BTreeMap<String, Need>,
    /// Needs that must be there though no argument refers to them.
    #[serde(default)]
    pub after: Vec<String>,
    /// The example arguments.
    pub inputs: JsonObject,
    /// One change a property.
    pub changes: BTreeMap<String, Change>,
    /// The call that makes the resource, as `ec2:CreateVpc`, where it is not the first that changes
    /// anything.
    pub create: Option<String>,
    /// Whether that call changes nothing when it is made again.
    #[serde(default)]
    pub repeatable: bool,
    /// How AWS answers while it does not show the resource yet.
    pub missing: Option<Missing>,
    /// Whether the answer to the call that makes it tells all of it, so that no look follows.
    #[serde(default)]
    pub told: bool,
    /// What takes time until the resource is usable, as `rds:DBInstance` of the proxy's table.
    pub hold: Option<String>,
    /// The call by which that is waited for, where it is not the one of `missing`.
    pub look: Option<String>,
    /// Why AWS keeps it when it is deleted.
    pub stays: Option<String>,
    /// Why two stacks may have one and the same.
    pub shared: Option<String>,
    /// Calls that a look does without where they are denied, and why: what they tell counts as known.
    #[serde(default)]
    pub spared: BTreeMap<String, String>,
    /// Arguments and outputs that an import cannot tell, and why.
    #[serde(default)]
    pub untold: BTreeMap<String, String>,
    /// Other IDs by which it can be imported; `${id}` is its own.
    #[serde(default)]
    pub imports: Vec<String>,
    /// Behaviours that this kind is not held against, and why.
    #[serde(default)]
    pub holes: BTreeMap<String, String>,
}

/// A resource that others need.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its kind, as `ec2.Vpc`.
    pub kind: String,
    /// Its arguments, or those of the kind's own example.
    pub inputs: Option<JsonObject>,
    #[serde(default)]
    pub after: Vec<String>,
}

/// A property changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Change {
    /// The new value; `null` leaves the property out.
    #[serde(default)]
    pub to: Json,
    /// Arguments beside or instead of the example's, before and after.
    #[serde(default)]
    pub with: JsonObject,
    /// What else changes at the same time.
    #[serde(default)]
    pub and: JsonObject,
    /// The calls that change anything, in any order; for a change in place.
    #[serde(default)]
    pub calls: Vec<String>,
    /// The same for the way back, where they are others.
    pub back: Option<Vec<String>>,
    /// Whether the resource is replaced, where that is not what the schema says of the property.
    pub replaces: Option<bool>,
    /// Why the local AWS does not show the change, though it takes the calls.
    pub deaf: Option<String>,
    /// Why there is no way back.
    pub one_way: Option<String>,
    /// Why a change that somebody else made does not show.
    pub unseen: Option<String>,
    /// Why a deletion goes by it, and leaves alone what has another value.
    pub decides: Option<String>,
    /// Why the change is not tried.
    pub hole: Option<String>,
}

/// How AWS answers while it does not show a resource yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The call that reads it, as `ec2:DescribeVpcs`.
    pub call: String,
    /// The error that the call answers; otherwise it finds nothing.
    pub code: Option<String>,
    /// The text of that error.
    #[serde(default)]
    pub message: String,
}

impl Change {
    pub fn replaces(&self, field: &Field) -> bool {
        self.replaces.unwrap_or(field.change == Effect::Replace)
    }
}

/// All cases, by kind.
pub struct Cases {
    cases: BTreeMap<String, Case>,
    needs: BTreeMap<String, Need>,
}

impl Cases {
    /// # Panics
    /// If a file cannot be read.
    pub fn load() -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour/cases");
        let mut cases = BTreeMap::new();
        for entry in std::fs::read_dir(&directory).expect("the cases can be listed") {
            let path = entry.expect("the cases can be listed").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|extension| extension == "json") && name != "needs" {
                cases.insert(name, read(&path));
            }
        }
        Cases { cases, needs: read(&directory.join("needs.json")) }
    }

    pub fn of(&self, kind: &dyn AnyKind) -> Option<&Case> {
        self.cases.get(&short(kind.token()))
    }

    pub fn need<'a>(&'a self, case: &'a Case, name: &str) -> Option<&'a Need> {
        case.needs.get(name).or_else(|| self.needs.get(name))
    }

    /// What is wrong with the cases themselves.
    pub fn problems(&self, kinds: &[&'static dyn AnyKind]) -> Vec<String> {
        let mut problems = Vec::new();
        for kind in kinds {
            let name = short(kind.token());
            match self.of(*kind) {
                Some(case) => {
                    problems.extend(case.problems(*kind).map(|problem| format!("{name}: {problem}")))
                }
                None => {
                    problems.push(format!("{name}: has no case; write tests/behaviour/cases/{name}.json"))
                }
            }
        }
        let known = |name: &String| kinds.iter().any(|kind| short(kind.token()) == *name);
        let stray = self.cases.keys().filter(|name| !known(name));
        problems.extend(stray.map(|name| format!("{name}: there is no such kind")));
        problems
    }
}

impl Case {
    fn problems(&self, kind: &dyn AnyKind) -> impl Iterator<Item = String> {
        let args = kind.describe().args;
        let without_change = args.fields.iter().filter(|field| !self.changes.contains_key(field.name));
        let without_change = without_change.map(|field| format!("changes lack {:?}", field.name));
        let strange = self.changes.keys().filter(|name| args.field(name).is_none());
        let strange = strange.map(|name| format!("changes have {name:?}, which is no property"));
        let is_behaviour = |name: &str| BEHAVIOURS.iter().any(|behaviour| behaviour.name == name);
        let holes = self.holes.keys().filter(move |name| !is_behaviour(name));
        let holes = holes.map(|name| format!("holes have {name:?}, which is no behaviour"));
        let of_behaviours = self.holes.iter().map(|(name, why)| (name.clone(), why.as_str()));
        let unexplained = of_behaviours.chain(self.small_holes()).filter(|(_, why)| why.trim().is_empty());
        let unexplained = unexplained.map(|(what, _)| format!("says not why there is no {what}"));
        let looked_for = ["late", "wait"].iter().all(|name| self.holes.contains_key(*name));
        let blind = !kind.describe().local && self.missing.is_none() && !looked_for;
        let blind = blind.then(|| "says not how AWS answers for what is `missing`".to_owned());
        let all = without_change.chain(strange).chain(holes).chain(unexplained).chain(blind);
        all.collect::<Vec<_>>().into_iter()
    }

    /// Single changes that are not tried, or not in full, and why.
    pub fn small_holes(&self) -> impl Iterator<Item = (String, &str)> {
        let stays = self.stays.as_deref().map(|reason| ("gone after its deletion".to_owned(), reason));
        let changes = self.changes.iter().flat_map(|(property, change)| {
            let of = |what: &str, reason: &'_ Option<String>| {
                reason.is_some().then(|| format!("{what} of {property}"))
            };
            [
                of("change", &change.hole).zip(change.hole.as_deref()),
                of("effect of a change", &change.deaf).zip(change.deaf.as_deref()),
                of("way back", &change.one_way).zip(change.one_way.as_deref()),
                of("deletion in spite of an illegal value", &change.decides).zip(change.decides.as_deref()),
                of("drift", &change.unseen).zip(change.unseen.as_deref()),
            ]
            .into_iter()
            .flatten()
        });
        let spared = self.spared.iter().map(|(call, why)| (format!("refusal where {call} is denied"), why));
        let shared =
            self.shared.as_deref().map(|reason| ("one of its own for each stack".to_owned(), reason));
        stays.into_iter().chain(shared).chain(changes).chain(spared.map(|(what, why)| (what, why.as_str())))
    }
}

/// `ec2.Vpc` for `agentic:ec2:Vpc`.
pub fn short(token: &str) -> String {
    token.trim_start_matches("agentic:").replace(':', ".")
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
