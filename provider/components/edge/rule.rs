//! The rules of a listener: which requests are for which service, and in which order.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::forwarding;
use crate::components::workload::WorkloadInput;
use crate::components::{Child, Options, Scope};
use crate::kinds::lb::{
    ActionInput, ListenerRule, ListenerRuleConditionHostHeaderInput, ListenerRuleConditionHttpHeaderInput,
    ListenerRuleConditionInput, ListenerRuleConditionPathPatternInput, ListenerRuleConditionSourceIpInput,
    ListenerRuleInputs,
};
use crate::model::In;

/// Texts of which each may be unknown.
type Texts = In<Vec<In<String>>>;

/// Where a rule of a listener sends requests: to one target group, or to the one of two that ECS has
/// shifted them to. ECS adds the second one to the rule, where it is not yet.
pub struct Leads {
    /// The actions that come first, such as an authentication.
    pub before: Vec<In<ActionInput>>,
    pub to: In<String>,
    /// The second target group.
    pub or: In<String>,
}

/// Which requests a rule is for.
#[derive(Default)]
pub struct Wanted<'a> {
    pub paths: Option<&'a Texts>,
    pub hosts: Option<&'a Texts>,
    /// The name and value of a header.
    pub header: Option<(&'a In<String>, &'a In<String>)>,
    /// The place among the rules, where it is not the one that follows from the paths.
    pub place: Option<i64>,
}

impl<'a> Wanted<'a> {
    /// The requests that are for a service.
    pub fn by(workload: &'a WorkloadInput) -> Self {
        Wanted { paths: Some(&workload.paths), hosts: Some(&workload.hosts), ..Wanted::default() }
    }

    /// Whether all requests are meant that no other rule is for.
    fn is_rest(&self) -> bool {
        let is_empty = |list: &Option<&Texts>| {
            list.is_none_or(|list| !list.is_set() || list.get().is_some_and(Vec::is_empty))
        };
        is_empty(&self.paths) && is_empty(&self.hosts)
    }

    fn conditions(&self) -> Vec<In<ListenerRuleConditionInput>> {
        let mut conditions = Vec::new();
        let given = |list: Option<&'a Texts>| {
            list.filter(|list| list.is_set() && list.get().is_none_or(|list| !list.is_empty())).cloned()
        };
        let paths = given(self.paths).or_else(|| self.is_rest().then(|| In::list([In::from("/*")])));
        if let Some(values) = paths {
            let pattern = ListenerRuleConditionPathPatternInput { values };
            conditions.push(
                ListenerRuleConditionInput { path_pattern: pattern.into(), ..Default::default() }.into(),
            );
        }
        if let Some(values) = given(self.hosts) {
            let header = ListenerRuleConditionHostHeaderInput { values };
            conditions
                .push(ListenerRuleConditionInput { host_header: header.into(), ..Default::default() }.into());
        }
        if let Some((name, value)) = self.header {
            let header = ListenerRuleConditionHttpHeaderInput {
                http_header_name: name.clone(),
                values: In::list([value.clone()]),
            };
            conditions
                .push(ListenerRuleConditionInput { http_header: header.into(), ..Default::default() }.into());
        }
        conditions
    }

    /// Longer paths come first, and the requests that no other rule is for last; those with a header
    /// before the same ones without.
    pub fn priority(&self, key: &str) -> i64 {
        if let Some(place) = self.place {
            return place;
        }
        let last = match self.header {
            Some(_) => LAST_PRIORITY - 1,
            None => LAST_PRIORITY,
        };
        if self.is_rest() {
            return last;
        }
        let length = |path: &In<String>| path.get().map_or(0, String::len);
        let paths = self.paths.and_then(|paths| paths.get()).into_iter().flatten();
        let priority = place(key, paths.map(length).max().unwrap_or_default());
        match self.header {
            Some(_) if priority > 1000 => priority - 1000,
            Some(_) => (priority / 2).max(1),
            None => priority,
        }
    }
}

/// The priority of the rule for the rest.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>
pub const LAST_PRIORITY: i64 = 50_000;

/// The places of the rules of a listener, of which each is one rule's.
pub struct Order {
    taken: BTreeSet<i64>,
}

impl Order {
    /// All free but these, and that of test requests for the rest.
    pub fn without(taken: impl IntoIterator<Item = i64>) -> Self {
        Order { taken: taken.into_iter().chain([LAST_PRIORITY - 1]).collect() }
    }

    /// Takes this place, or the next free one; where another rule must come after, the last free one
    /// before that.
    pub fn take(&mut self, wanted: i64, before: Option<i64>) -> i64 {
        let is_free = |place: &i64| !self.taken.contains(place);
        let place = match before {
            Some(before) => (1..before.min(wanted + 1)).rev().find(is_free),
            None => (wanted..=LAST_PRIORITY).chain((1..wanted).rev()).find(is_free),
        };
        let place = place.unwrap_or(wanted);
        self.taken.insert(place);
        place
    }
}

/// Ties a target group to a load balancer by a rule that no request meets, so that tasks can be in it
/// before requests are sent there: ECS takes no other group. The range is one of those for
/// documentation, from which nothing on the internet comes.
/// <https://datatracker.ietf.org/doc/html/rfc5737>
pub fn door(
    at: &Scope,
    suffix: &str,
    listener_arn: In<String>,
    group: In<String>,
    place: i64,
) -> Child<ListenerRule> {
    let nobody = ListenerRuleConditionSourceIpInput { values: In::list(["192.0.2.0/32".into()]) };
    let condition = ListenerRuleConditionInput { source_ip: nobody.into(), ..Default::default() };
    let inputs = ListenerRuleInputs {
        listener_arn,
        priority: place.into(),
        actions: In::known(forwarding((Vec::new(), group))),
        conditions: In::list([condition.into()]),
        ..ListenerRuleInputs::default()
    };
    at.child(suffix, inputs, Options::default())
}

/// Makes the rule that sends a service its requests.
///
/// Other conditions are another rule, which is there before the old one goes: so what passes from one
/// service to another always has one of them. A rule that ECS shifts stays the one that it knows.
pub fn rule(
    at: &Scope,
    suffix: &str,
    listener_arn: In<String>,
    leads: &Leads,
    wanted: &Wanted<'_>,
    after: &[String],
) -> Child<ListenerRule> {
    let options = Options::default().after(after);
    let options = if leads.or.is_set() { options } else { options.anew_with(&["conditions"]) };
    let inputs = ListenerRuleInputs {
        listener_arn,
        priority: wanted.priority(&format!("{}-{suffix}", at.name)).into(),
        actions: In::known(forwarding((leads.before.clone(), leads.to.clone()))),
        conditions: In::known(wanted.conditions()),
        shifted: if leads.or.is_set() { true.into() } else { In::default() },
        ..ListenerRuleInputs::default()
    };
    at.child(suffix, inputs, options)
}

/// The priority of a rule: longer paths first, and the same whatever other rules there are.
/// Elastic Load Balancing has the priorities 1 to 50000.
pub fn place(key: &str, longest: usize) -> i64 {
    let longest = longest.min(49) as i64;
    let digest = Sha256::digest(key);
    let within = i64::from(u16::from_be_bytes([digest[0], digest[1]])) % 999;
    (49 - longest) * 1000 + within + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_a_place_of_its_own() {
        let mut order = Order::without([44_001]);
        assert_eq!(order.take(44_000, None), 44_000);
        assert_eq!(order.take(44_000, None), 44_002);
        assert_eq!(order.take(45_000, Some(44_001)), 43_999);
        assert_eq!(order.take(43_000, Some(44_001)), 43_000, "it is before the other anyway");
        assert_eq!((order.take(50_000, None), order.take(50_000, Some(50_000))), (50_000, 49_998));
    }

    #[test]
    fn longer_paths_come_first_and_priorities_are_legal() {
        let of = |key, text: &str| place(key, text.len());
        assert!(of("a", "/api/v2/*") < of("b", "/api/*"));
        assert_eq!(of("a", "/api/*"), of("a", "/api/*"));
        for text in ["", "/", &"x".repeat(100)] {
            assert!((1..=50000).contains(&of("key", text)));
        }
    }
}
