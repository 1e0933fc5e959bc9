//! In which order the engine would delete what was registered.

use std::collections::BTreeSet;

use crate::ledger::{Outcome, Registration};

/// The URNs to delete, round by round: all of a round are deleted at the same time.
pub fn deletion_rounds(registrations: &[Registration]) -> Vec<Vec<String>> {
    let mut existing = registrations.iter().filter(|registration| exists(registration)).collect::<Vec<_>>();
    existing.sort_by_key(|registration| registration.finished);
    let dependencies = (0..existing.len()).map(|index| dependencies_of(index, &existing)).collect::<Vec<_>>();

    let mut left = (0..existing.len()).collect::<BTreeSet<_>>();
    let mut rounds = Vec::new();
    while !left.is_empty() {
        let (round, rest): (BTreeSet<usize>, BTreeSet<usize>) =
            left.iter().partition(|index| dependencies[**index].is_disjoint(&left));
        rounds.push(round.iter().map(|index| existing[*index].urn.clone()).collect());
        left = rest;
    }
    rounds.reverse();
    rounds
}

/// The URNs of all that a resource waits for, directly or through others.
pub fn awaited(urn: &str, registrations: &[Registration]) -> BTreeSet<String> {
    let mut existing = registrations.iter().filter(|registration| exists(registration)).collect::<Vec<_>>();
    existing.sort_by_key(|registration| registration.finished);
    let mut found = BTreeSet::new();
    let mut next: Vec<usize> =
        existing.iter().position(|registration| registration.urn == urn).into_iter().collect();
    while let Some(index) = next.pop() {
        for dependency in dependencies_of(index, &existing) {
            if found.insert(existing[dependency].urn.clone()) {
                next.push(dependency);
            }
        }
    }
    found
}

fn exists(registration: &Registration) -> bool {
    match registration.outcome {
        Outcome::Done => true,
        Outcome::Failed(_) => !registration.id.is_empty(),
        Outcome::Pending | Outcome::Elided | Outcome::Skipped => false,
    }
}

/// A resource depends on its parent, its provider and all that it names. A component that it
/// names stands for everything that was by then in the component.
fn dependencies_of(index: usize, existing: &[&Registration]) -> BTreeSet<usize> {
    let earlier = &existing[..index];
    let mut named = existing[index].dependencies();
    if let Some((provider, _)) = existing[index].request.provider.rsplit_once("::") {
        named.insert(provider.to_owned());
    }
    let mut found = BTreeSet::new();
    for (candidate, registration) in earlier.iter().enumerate() {
        if registration.urn == existing[index].request.parent {
            found.insert(candidate);
        }
        if named.contains(&registration.urn) {
            found.insert(candidate);
            if !registration.request.custom {
                found.extend(descendants(&registration.urn, earlier));
            }
        }
    }
    found
}

fn descendants(urn: &str, registrations: &[&Registration]) -> BTreeSet<usize> {
    let mut parents = BTreeSet::from([urn]);
    let mut found = BTreeSet::new();
    // Parents come before their children.
    for (index, registration) in registrations.iter().enumerate() {
        if parents.contains(registration.request.parent.as_str()) {
            parents.insert(&registration.urn);
            found.insert(index);
        }
    }
    found
}
