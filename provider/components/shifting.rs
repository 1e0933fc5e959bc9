//! The two target groups of a service that shifts requests, and the rules that lead to them.

use std::collections::BTreeMap;

use super::deployment::{DeploymentInput, DeploymentTestInput, shifts};
use super::edge::{self, Front, Leads, TargetPlan, Wanted};
use super::settled::Since;
use super::{Child, Scope};
use crate::kinds::lb::{ActionInput, Listener, ListenerRule, TargetGroup};
use crate::model::In;

/// The target groups of a service: its own, and the second one where requests shift or have shifted.
pub struct Groups {
    pub own: Child<TargetGroup>,
    pub alternate: Option<Child<TargetGroup>>,
}

/// Makes the target groups of a service, alike but for their names.
pub fn groups(
    at: &Scope,
    suffix: &str,
    plan: &TargetPlan<'_>,
    balancer: &In<String>,
    since: Option<Since>,
) -> Groups {
    Groups {
        own: edge::target_group(at, suffix, plan, balancer),
        alternate: since.map(|_| edge::target_group(at, &format!("{suffix}-alternate"), plan, balancer)),
    }
}

impl Groups {
    /// Where requests go, after what comes before.
    pub fn leads(&self, before: Vec<In<ActionInput>>) -> Leads {
        let or = self.alternate.as_ref().map(|group| group.id.clone()).unwrap_or_default();
        Leads { before, to: self.own.id.clone(), or }
    }

    /// Where a listener sends requests that no rule is for, if they are for this service. With two
    /// groups a rule takes all of them. A listener that was there before that rule keeps its group,
    /// so that no request goes astray while the rule is made.
    pub fn default_of_listener(&self, since: Option<Since>) -> In<String> {
        match since {
            Some(Since::First) => In::default(),
            None | Some(Since::Later) => self.own.id.clone(),
        }
    }
}

/// The test requests of a deployment that shifts.
pub fn test(deployment: &In<DeploymentInput>) -> Option<&DeploymentTestInput> {
    deployment.get().filter(|_| shifts(deployment)).and_then(|deployment| deployment.test.get())
}

/// A rule of a listener for test requests with a header.
pub fn by_header(
    at: &Scope,
    suffix: &str,
    listener: &In<String>,
    leads: &Leads,
    wanted: &Wanted<'_>,
    test: &DeploymentTestInput,
) -> Option<Child<ListenerRule>> {
    test.header.is_set().then(|| {
        let wanted = Wanted { header: Some((&test.header, &test.value)), place: None, ..*wanted };
        edge::rule(at, suffix, listener.clone(), leads, &wanted, &[])
    })
}

/// Where test requests arrive.
pub struct Place<'a> {
    pub front: &'a Front,
    pub label: &'a str,
    pub listener: &'a In<String>,
    pub certificate_arn: &'a In<String>,
    pub is_public: bool,
}

impl Place<'_> {
    /// Makes the rule for test requests: on the listener of all requests by a header, or on a listener
    /// of its own by a port. `listeners` has those by their ports.
    pub fn test(
        &self,
        at: &Scope,
        suffix: &str,
        leads: &Leads,
        wanted: &Wanted<'_>,
        test: &DeploymentTestInput,
        listeners: &mut BTreeMap<i64, Child<Listener>>,
    ) -> Option<Child<ListenerRule>> {
        let Some(&port) = test.port.get() else {
            return by_header(at, suffix, self.listener, leads, wanted, test);
        };
        let listener = listeners.entry(port).or_insert_with(|| {
            if self.is_public {
                edge::open_to_anyone(at, self.label, &self.front.security_group.id, port);
            }
            edge::test_listener(at, self.front, self.label, port, self.certificate_arn)
        });
        Some(edge::rule(at, suffix, listener.id.clone(), leads, &Wanted { place: None, ..*wanted }, &[]))
    }
}
