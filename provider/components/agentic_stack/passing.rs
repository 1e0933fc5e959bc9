//! Requests that pass from one service to another, while both run.
//!
//! The record of what is settled tells which service had which requests before the arguments changed
//! last. What follows from it stays until they change again, so that a second run changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json_, json};

use super::args::is_default;
use super::{AgenticStackArgs, Builder, ServiceInput};
use crate::components::edge;
use crate::components::fargate_service::FargateService;
use crate::components::policy::all;
use crate::components::settled::Fact;
use crate::kinds::ecs;
use crate::kinds::lb::ListenerRule;
use crate::model::{In, Path};

/// Which requests each service has and had, by its name.
#[derive(Default)]
pub struct Passing {
    before: BTreeMap<String, Requests>,
    now: BTreeMap<String, Requests>,
    /// The services that shift their requests, whose rule ECS knows.
    shifting: BTreeSet<String>,
    /// Whether everything moves to another VPC.
    moves: bool,
}

/// The requests that are for a service.
#[derive(Clone, Debug, Default, PartialEq)]
struct Requests {
    exposure: String,
    paths: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

impl Requests {
    fn is_rest(&self) -> bool {
        self.paths.is_empty() && self.hosts.is_empty()
    }

    /// Whether some requests are for both.
    fn meets(&self, other: &Self) -> bool {
        let meet = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            a.is_empty() && b.is_empty() || a.intersection(b).next().is_some()
        };
        self.exposure == other.exposure && meet(&self.paths, &other.paths) && meet(&self.hosts, &other.hosts)
    }

    fn longest(&self) -> usize {
        self.paths.iter().map(String::len).max().unwrap_or_default()
    }
}

/// Why such values may change: what they tell of passes from one to another.
const PASSES: &str = "which passes";

/// What ends the paths of the values that the record has of requests.
const REQUESTS: &str = "requests";

/// The path of the value that says which VPC it is.
const PLACE: &str = "network.place";

impl Passing {
    /// `before` is what the record had before it changed last.
    pub fn new<'a>(
        before: &BTreeMap<String, String>,
        now: impl Iterator<Item = (&'a String, &'a ServiceInput)>,
        shifting: BTreeSet<String>,
        place: &str,
    ) -> Self {
        let moves = before.get(PLACE).is_some_and(|before| before != place);
        let before = before.iter().filter_map(|(path, value)| {
            let name = path.strip_prefix("services.")?.strip_suffix(REQUESTS)?.strip_suffix('.')?;
            let told: Json_ = serde_json::from_str(value).ok()?;
            let texts = |key: &str| {
                let all = told.get(key).and_then(Json_::as_array).into_iter().flatten();
                all.filter_map(Json_::as_str).map(str::to_owned).collect()
            };
            let exposure = told.get("expose")?.as_str()?.to_owned();
            let had = Requests { exposure, paths: texts("paths"), hosts: texts("hosts") };
            Some((name.to_owned(), had))
        });
        let now = now.filter(|(_, service)| is_exposed(service)).map(|(name, service)| {
            let texts = |list: &In<Vec<In<String>>>| {
                list.get().into_iter().flatten().filter_map(In::get).cloned().collect()
            };
            let exposure = service.expose.get().cloned().unwrap_or_default();
            let (paths, hosts) = (texts(&service.workload.paths), texts(&service.workload.hosts));
            (name.clone(), Requests { exposure, paths, hosts })
        });
        Passing { before: before.collect(), now: now.collect(), shifting, moves }
    }

    /// Whether everything moves to another VPC.
    pub fn moves(&self) -> bool {
        self.moves
    }

    fn had<'a>(&'a self, name: &str, exposure: &str) -> Option<&'a Requests> {
        self.before.get(name).filter(|had| had.exposure == exposure)
    }

    fn has<'a>(&'a self, name: &str, exposure: &str) -> Option<&'a Requests> {
        self.now.get(name).filter(|has| has.exposure == exposure)
    }

    /// The services that had requests which are now for this one.
    fn givers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a String, &'a Requests)> {
        let now = self.now.get(name);
        let others = self.before.iter().filter(move |(other, _)| other.as_str() != name);
        others.filter(move |(_, had)| now.is_some_and(|now| now.meets(had)))
    }

    /// Whether the service comes to a load balancer and takes requests there that another one had. It
    /// gets them once its tasks are there.
    pub fn comes(&self, name: &str) -> bool {
        let is_new = self.now.get(name).is_some_and(|now| self.had(name, &now.exposure).is_none());
        is_new && self.givers(name).next().is_some() && !self.shifting.contains(name)
    }

    /// Whether the service had requests at this load balancer, has none there now, and another one has
    /// some of them: it keeps its tasks there until that one has the requests.
    fn leaves(&self, name: &str, exposure: &str) -> bool {
        let Some(had) = self.had(name, exposure) else { return false };
        self.has(name, exposure).is_none() && self.now.values().any(|now| now.meets(had))
    }

    /// Whether the listener leads the requests that no rule is for to another service than before, or
    /// the one that had them gets some by a rule: then all rules are there before the listener changes.
    pub fn rest_passes(&self, exposure: &str) -> bool {
        let mut had = self.before.iter().filter(|(_, had)| had.exposure == exposure && had.is_rest());
        had.any(|(name, _)| match self.has(name, exposure) {
            Some(has) => !has.is_rest(),
            None => self.now.values().any(|now| now.exposure == exposure && now.is_rest()),
        })
    }

    /// The services whose tasks must be there before those of this one leave a load balancer.
    fn awaits(&self, name: &str) -> Vec<&str> {
        let Some(had) = self.before.get(name).filter(|had| self.leaves(name, &had.exposure)) else {
            return Vec::new();
        };
        let coming = self.now.iter().filter(|(other, now)| now.exposure == had.exposure && self.comes(other));
        coming.map(|(other, _)| other.as_str()).collect()
    }

    /// The load balancer that the service leaves, where what it had must have passed first.
    pub fn left(&self, name: &str) -> Option<&str> {
        let had = self.before.get(name).filter(|had| self.leaves(name, &had.exposure))?;
        (!self.is_circular(name)).then_some(had.exposure.as_str())
    }

    /// Whether services wait for each other, as two do that change load balancers.
    pub fn is_circular(&self, name: &str) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), self.awaits(name));
        while let Some(next) = open.pop() {
            if next == name {
                return true;
            }
            if seen.insert(next) {
                open.extend(self.awaits(next));
            }
        }
        false
    }

    /// The place that the rule of this service must be before: that of a service which leaves its
    /// requests, but not at once its rule. `place` says where the rule of a service was.
    pub fn precedes(&self, name: &str, place: impl Fn(&str, usize) -> i64) -> Option<i64> {
        let now = self.now.get(name)?;
        let leaving = self.givers(name).filter(|(giver, had)| self.has(giver, &had.exposure).is_none());
        // A rule for longer paths keeps its place before those for shorter ones.
        let alike = leaving.filter(|(_, had)| had.longest() == now.longest());
        alike.map(|(giver, had)| self.place_before(giver, had, &place)).min()
    }

    fn place_before(&self, name: &str, had: &Requests, place: impl Fn(&str, usize) -> i64) -> i64 {
        if had.is_rest() { edge::LAST_PRIORITY } else { place(name, had.longest()) }
    }

    /// The places of the rules that go, of services that leave this load balancer.
    pub fn going(&self, exposure: &str, place: impl Fn(&str, usize) -> i64) -> Vec<i64> {
        let had = self.before.iter().filter(|(_, had)| had.exposure == exposure);
        let gone = had.filter(|(name, _)| self.has(name, exposure).is_none());
        gone.map(|(name, had)| self.place_before(name, had, &place)).collect()
    }

    /// The services whose rules get what the rule of this one loses. It changes in place, since ECS
    /// knows it, and so after them.
    pub fn takers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a String> {
        let had = self.before.get(name).filter(|had| self.now.get(name) != Some(*had));
        let others = self.now.iter().filter(move |(other, _)| other.as_str() != name);
        let takers = others.filter(move |(_, now)| had.is_some_and(|had| now.meets(had)));
        takers.map(|(other, _)| other).filter(|other| !self.shifting.contains(*other))
    }

    /// Services that get requests before their tasks are there, whatever comes first.
    pub fn unready(&self) -> impl Iterator<Item = &String> {
        let new = self.now.iter().filter(|(name, now)| self.had(name, &now.exposure).is_none());
        let taking = new.filter(|(name, _)| self.givers(name).next().is_some());
        taking.map(|(name, _)| name).filter(|name| self.shifting.contains(*name) || self.is_circular(name))
    }
}

fn is_exposed(service: &ServiceInput) -> bool {
    service.expose.get().is_some_and(|expose| expose != "none")
}

impl Builder<'_> {
    /// What the record has of the requests of each service.
    pub(super) fn requests(&self) -> Vec<Fact> {
        let exposed = self.each_service().filter(|(_, service)| is_exposed(service));
        let facts = exposed.map(|(name, service)| {
            let texts = |list: &In<Vec<In<String>>>| all(list.get().into_iter().flatten().cloned());
            let (paths, hosts) = (texts(&service.workload.paths), texts(&service.workload.hosts));
            let expose = service.expose.clone();
            let told = expose.zip(paths.zip(hosts)).map(|(expose, (paths, hosts))| {
                json!({ "expose": expose, "paths": paths, "hosts": hosts }).to_string()
            });
            let path = Path::from(AgenticStackArgs::SERVICES).key(name.as_str()).key(REQUESTS);
            Fact::new(path, told, PASSES).unless(true)
        });
        let place = Fact::new(Path::root().key("network").key("place"), self.place(), PASSES).unless(true);
        let has_name = self.args.domain.is_set().then_some(place);
        facts.chain(has_name).collect()
    }

    /// What makes the VPC another one where it changes.
    pub(super) fn place(&self) -> In<String> {
        let network = self.args.network.get().cloned().unwrap_or_default();
        match network.existing_vpc_id.is_set() {
            true => network.existing_vpc_id,
            false => network.cidr_block,
        }
    }

    /// Says which services take requests that another one had before they have tasks for them.
    pub(super) fn warn_of_the_unready(&self) {
        for name in self.passing.unready() {
            let why = match self.passing.is_circular(name) {
                true => "it changes places with a service of another load balancer",
                false => "its deployment shifts requests, for which its rule has to be there first",
            };
            self.at.warn(&format!(
                "services.{name} takes over requests of another service, and these are not answered until its tasks run: {why}. To avoid this, deploy it with paths of its own first, and let it take over the requests in a second deployment."
            ));
        }
    }

    /// The URN of the ECS service of a service.
    pub(super) fn urn_of_tasks(&self, name: &str) -> String {
        self.at.urn_within::<FargateService, ecs::Service>(name, "service")
    }

    /// The rules that get what this one loses.
    pub(super) fn rules_of_takers(&self, name: &str) -> Vec<String> {
        let has_rule = |taker: &&String| {
            self.each_service().any(|(other, service)| other == *taker && !is_default(service))
        };
        let takers = self.passing.takers(name).filter(has_rule);
        takers.map(|taker| self.at.urn_of::<ListenerRule>(&format!("{taker}-rule"))).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn passing(before: &[(&str, &str, &[&str])], now: &[(&str, &str, &[&str])]) -> Passing {
        let all = |given: &[(&str, &str, &[&str])]| {
            let requests = |exposure: &str, paths: &[&str]| Requests {
                exposure: exposure.to_owned(),
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
                hosts: BTreeSet::new(),
            };
            given
                .iter()
                .map(|(name, exposure, paths)| ((*name).to_owned(), requests(exposure, paths)))
                .collect()
        };
        Passing { before: all(before), now: all(now), ..Passing::default() }
    }

    #[test]
    fn who_comes_takes_what_another_had() {
        let passing = passing(
            &[("a", "public", &["/x"]), ("web", "public", &[])],
            &[("b", "public", &["/x", "/y"]), ("c", "public", &["/z"]), ("web", "public", &[])],
        );
        assert!(passing.comes("b") && !passing.comes("c") && !passing.comes("web"));
        assert_eq!(passing.left("a"), Some("public"));
        assert!(!passing.rest_passes("public") && !passing.rest_passes("internal"));
        assert_eq!(passing.precedes("b", place), Some(place("a", 2)));
    }

    fn place(name: &str, longest: usize) -> i64 {
        edge::place(name, longest)
    }

    #[test]
    fn the_rest_passes_where_who_had_it_has_less() {
        let before: &[(&str, &str, &[&str])] = &[("web", "public", &[])];
        assert!(passing(before, &[("web", "public", &["/w"])]).rest_passes("public"));
        assert!(passing(before, &[("a", "public", &[])]).rest_passes("public"));
        assert!(!passing(before, &[("a", "public", &["/a"])]).rest_passes("public"));
        assert!(!passing(before, before).rest_passes("public"));
    }

    #[test]
    fn two_that_change_load_balancers_do_not_wait_for_each_other() {
        let passing = passing(
            &[("a", "public", &[]), ("b", "internal", &[])],
            &[("b", "public", &[]), ("a", "internal", &[])],
        );
        assert_eq!((passing.left("a"), passing.left("b")), (None, None));
        assert_eq!(passing.unready().collect::<Vec<_>>(), ["a", "b"]);
    }
}
