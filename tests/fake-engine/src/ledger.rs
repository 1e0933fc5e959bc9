//! What was registered, and the engine's rules about it.

use std::collections::BTreeSet;

use agentic_pulumi::engine::proto::{LogRequest, RegisterResourceOutputsRequest, RegisterResourceRequest};

use crate::{
    Setup,
    wire::{self, Json, Object},
};

pub const STACK: &str = "pulumi:pulumi:Stack";

/// One resource, from its registration on.
#[derive(Clone, Debug)]
pub struct Registration {
    pub urn: String,
    /// As it was sent.
    pub request: RegisterResourceRequest,
    /// The object of the request, with output values turned into plain ones.
    pub inputs: Object,
    /// Both count all beginnings and ends of the deployment, from 0.
    pub started: usize,
    pub finished: Option<usize>,
    pub outcome: Outcome,
    pub id: String,
    /// The state: a component has none before its RegisterResourceOutputs.
    pub outputs: Object,
    /// True once RegisterResourceOutputs has been called.
    pub completed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Pending,
    Done,
    /// Passed over, with all outputs unknown.
    Elided,
    /// With the reason. The resource exists if it has an id.
    Failed(String),
    /// Not tried, since something that it depends on failed.
    Skipped,
}

impl Registration {
    pub fn name(&self) -> &str {
        &self.request.name
    }

    /// True when `selector` is the URN, the name or the type.
    pub fn is(&self, selector: &str) -> bool {
        selector == self.urn || selector == self.request.name || selector == self.request.r#type
    }

    /// The URNs behind one property, those in its output values included.
    pub fn property_dependencies(&self, property: &str) -> BTreeSet<String> {
        let named = self.request.property_dependencies.get(property);
        let named = named.into_iter().flat_map(|dependencies| dependencies.urns.clone());
        let sent = wire::from_struct(&self.request.object.clone().unwrap_or_default());
        let carried = sent.get(property).map(wire::dependencies);
        named.chain(carried.into_iter().flatten()).collect()
    }

    /// All URNs that it depends on, except its parent.
    pub fn dependencies(&self) -> BTreeSet<String> {
        let mut urns: BTreeSet<_> = self.request.dependencies.iter().cloned().collect();
        let named = self.request.property_dependencies.keys();
        for property in named.chain(self.inputs.keys()) {
            urns.extend(self.property_dependencies(property));
        }
        urns.extend(self.request.replace_with.iter().cloned());
        urns.extend([self.request.deleted_with.clone()].into_iter().filter(|urn| !urn.is_empty()));
        urns
    }
}

/// The record of one deployment.
#[derive(Default)]
pub struct Ledger {
    pub setup: Setup,
    pub registrations: Vec<Registration>,
    pub logs: Vec<LogRequest>,
    /// The rules of the engine that were broken.
    pub violations: Vec<String>,
    /// True once something has failed and the deployment does not go on.
    pub stopped: bool,
    ticks: usize,
}

impl Ledger {
    pub fn new(setup: Setup) -> Self {
        Ledger { setup, ..Ledger::default() }
    }

    fn tick(&mut self) -> usize {
        self.ticks += 1;
        self.ticks - 1
    }

    pub fn get(&self, urn: &str) -> Option<&Registration> {
        self.registrations.iter().find(|registration| registration.urn == urn)
    }

    pub fn get_mut(&mut self, urn: &str) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|registration| registration.urn == urn)
    }

    pub fn urn(&self, parent: &str, r#type: &str, name: &str) -> String {
        let mut full_type = r#type.to_owned();
        let parent_type = parent.split("::").nth(2);
        if let Some(parent_type) = parent_type.filter(|parent_type| *parent_type != STACK) {
            full_type = format!("{parent_type}${full_type}");
        }
        let Setup { stack, project, .. } = &self.setup;
        format!("urn:pulumi:{stack}::{project}::{full_type}::{name}")
    }

    /// Takes a registration in, or says which rule it breaks.
    pub fn begin(&mut self, request: RegisterResourceRequest) -> Result<Registration, String> {
        let sent = Json::Object(wire::from_struct(&request.object.clone().unwrap_or_default()));
        let registration = Registration {
            urn: self.urn(&request.parent, &request.r#type, &request.name),
            inputs: wire::object(wire::without_outputs(&sent)),
            started: self.tick(),
            finished: None,
            outcome: Outcome::Pending,
            id: String::new(),
            outputs: Object::new(),
            completed: false,
            request,
        };
        self.check(&registration).map_err(|broken| self.broken(format!("{}: {broken}", registration.urn)))?;
        self.registrations.push(registration.clone());
        Ok(registration)
    }

    fn check(&self, registration: &Registration) -> Result<(), String> {
        let Registration { request, urn, .. } = registration;
        if request.name.is_empty() {
            return Err("has no name".into());
        }
        if request.custom && request.r#type.split(':').count() != 3 {
            return Err(format!("`{}` is no type of a custom resource", request.r#type));
        }
        if self.get(urn).is_some() {
            return Err("duplicate resource URN".into());
        }
        if !request.parent.is_empty() && !self.has_settled(&request.parent) {
            return Err(format!("could not find parent resource {}", request.parent));
        }
        for dependency in registration.dependencies() {
            if !self.has_settled(&dependency) {
                return Err(format!("depends on {dependency}, which is not registered"));
            }
            if self.ancestors(registration).contains(&dependency) {
                return Err(format!("depends on {dependency}, which it lies in"));
            }
        }
        for reference in request.providers.values().chain([&request.provider]) {
            let is_well_formed = reference
                .rsplit_once("::")
                .is_some_and(|(urn, id)| urn.contains("::pulumi:providers:") && !id.is_empty());
            if !reference.is_empty() && !is_well_formed {
                return Err(format!("`{reference}` is no provider reference"));
            }
        }
        let may_be_unknown =
            self.setup.preview || self.registrations.iter().any(|other| other.outcome == Outcome::Elided);
        let unknown = registration.inputs.iter().find(|(_, value)| wire::has_unknown(value));
        match unknown {
            Some((key, _)) if !may_be_unknown => Err(format!("`{key}` is unknown in an update")),
            _ => Ok(()),
        }
    }

    /// Takes the outputs of a component in, or says which rule they break.
    pub fn complete(&mut self, request: RegisterResourceOutputsRequest) -> Result<(), String> {
        let outputs = wire::from_struct(&request.outputs.unwrap_or_default());
        let broken = match self.get(&request.urn) {
            None => Some("is not registered".to_owned()),
            Some(registration) if registration.request.custom => {
                Some("is no component and has no outputs to register".into())
            }
            Some(registration) if registration.completed => Some("has registered its outputs before".into()),
            Some(_) => outputs
                .iter()
                .find(|(_, value)| wire::has_output(value))
                .map(|(key, _)| format!("registers an output value as `{key}`")),
        };
        if let Some(broken) = broken {
            return Err(self.broken(format!("{}: {broken}", request.urn)));
        }
        let registration = self.get_mut(&request.urn).unwrap();
        registration.outputs = outputs;
        registration.completed = true;
        Ok(())
    }

    pub fn finish(&mut self, urn: &str, outcome: Outcome, id: String, outputs: Object) {
        let tick = self.tick();
        let registration = self.get_mut(urn).unwrap();
        registration.finished = Some(tick);
        registration.outcome = outcome;
        registration.id = id;
        registration.outputs = outputs;
    }

    /// True when something that `registration` needs has failed or was itself skipped.
    pub fn must_skip(&self, registration: &Registration) -> bool {
        let mut needs = registration.dependencies();
        needs.insert(registration.request.parent.clone());
        needs
            .iter()
            .filter_map(|urn| self.get(urn))
            .any(|needed| matches!(needed.outcome, Outcome::Failed(_) | Outcome::Skipped))
    }

    pub fn broken(&mut self, rule: String) -> String {
        self.violations.push(rule.clone());
        rule
    }

    pub fn has_settled(&self, urn: &str) -> bool {
        self.get(urn).is_some_and(|registration| registration.outcome != Outcome::Pending)
    }

    /// The URNs of the parent, its parent, and so on.
    pub fn ancestors(&self, registration: &Registration) -> Vec<String> {
        let mut ancestors = Vec::new();
        let mut next = self.get(&registration.request.parent);
        while let Some(ancestor) = next {
            ancestors.push(ancestor.urn.clone());
            next = self.get(&ancestor.request.parent);
        }
        ancestors
    }
}
