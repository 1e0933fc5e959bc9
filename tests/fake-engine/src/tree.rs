//! What was registered as a text, for golden files.

use std::{collections::BTreeSet, fmt::Write};

use agentic_pulumi::engine::proto::{RegisterResourceRequest, alias::Alias};

use crate::{
    ledger::{Outcome, Registration, STACK},
    wire,
};

/// The registered resources below the stack, each under its parent, sorted by type and name.
///
/// Under each come its inputs, with the names of the resources behind them after `<-`, its options
/// after `!` and, for a component, its outputs after `=>`. Versions, download URLs and source
/// positions are left out, since they change without a change of meaning.
pub fn tree(registrations: &[Registration]) -> String {
    let mut text = String::new();
    let is_root = |parent: &str| !registrations.iter().any(|other| other.urn == parent);
    for root in sorted(registrations, is_root) {
        if root.request.r#type == STACK {
            for child in sorted(registrations, |parent| parent == root.urn) {
                write(child, registrations, 0, &mut text);
            }
        } else {
            write(root, registrations, 0, &mut text);
        }
    }
    text
}

fn sorted(registrations: &[Registration], is: impl Fn(&str) -> bool) -> Vec<&Registration> {
    let mut found =
        registrations.iter().filter(|registration| is(&registration.request.parent)).collect::<Vec<_>>();
    found.sort_by_key(|registration| (&registration.request.r#type, &registration.request.name));
    found
}

fn write(registration: &Registration, all: &[Registration], depth: usize, text: &mut String) {
    let Registration { request, .. } = registration;
    let mut line = |depth: usize, rest: &str| {
        writeln!(text, "{:1$}{rest}", "", depth * 2).unwrap();
    };
    let state = match &registration.outcome {
        Outcome::Done => String::new(),
        Outcome::Pending => " (pending)".into(),
        Outcome::Elided => " (passed over)".into(),
        Outcome::Failed(reason) => format!(" (failed: {reason})"),
        Outcome::Skipped => " (skipped)".into(),
    };
    line(depth, &format!("{} {}{state}", request.r#type, request.name));
    let mut through_inputs = BTreeSet::new();
    for (key, value) in &registration.inputs {
        let dependencies = registration.property_dependencies(key);
        let from = match dependencies.is_empty() {
            true => String::new(),
            false => format!("  <- {}", names(&dependencies, all)),
        };
        through_inputs.extend(dependencies);
        line(depth + 2, &format!("{key}: {}{from}", wire::show(value)));
    }
    let dependencies = request.dependencies.iter().cloned().collect::<BTreeSet<_>>();
    if dependencies != through_inputs {
        line(depth + 2, &format!("! dependencies: [{}]", names(&dependencies, all)));
    }
    for (option, value) in options(request, all) {
        line(depth + 2, &format!("! {option}: {value}"));
    }
    if !request.custom {
        for (key, value) in &registration.outputs {
            line(depth + 2, &format!("=> {key}: {}", wire::show(value)));
        }
    }
    for child in sorted(all, |parent| parent == registration.urn) {
        write(child, all, depth + 1, text);
    }
}

fn options(request: &RegisterResourceRequest, all: &[Registration]) -> Vec<(&'static str, String)> {
    let list = |items: &[String]| format!("[{}]", items.join(", "));
    let urns = |urns: &[String]| format!("[{}]", names(&urns.iter().cloned().collect(), all));
    let given = |option: &'static str, text: &str| {
        (!text.is_empty() && text != "[]").then(|| (option, text.to_owned()))
    };
    let set = |option: &'static str, value: Option<bool>| Some((option, value?.to_string()));
    let providers = request.providers.iter().map(|(package, urn)| format!("{package}: {urn}"));
    let aliases = request.aliases.iter().map(|alias| match &alias.alias {
        Some(Alias::Urn(urn)) => urn.clone(),
        Some(Alias::Spec(spec)) => format!("{spec:?}"),
        None => "?".into(),
    });
    let timeouts = request.custom_timeouts.clone().unwrap_or_default();
    let timeouts = [
        ("create", timeouts.create),
        ("read", timeouts.read),
        ("update", timeouts.update),
        ("delete", timeouts.delete),
    ];
    let timeouts = timeouts.into_iter().filter(|(_, time)| !time.is_empty());
    let timeouts = timeouts.map(|(operation, time)| format!("{operation}: {time}"));
    let before = request.delete_before_replace_defined || request.delete_before_replace;
    [
        given("additionalSecretOutputs", &list(&request.additional_secret_outputs)),
        given("aliases", &list(&aliases.collect::<Vec<_>>())),
        given("customTimeouts", &list(&timeouts.collect::<Vec<_>>())),
        set("deleteBeforeReplace", before.then_some(request.delete_before_replace)),
        given("deletedWith", &request.deleted_with),
        given("hideDiffs", &list(&request.hide_diffs)),
        given("ignoreChanges", &list(&request.ignore_changes)),
        given("importId", &request.import_id),
        set("protect", request.protect),
        given("provider", &request.provider),
        given("providers", &list(&providers.collect::<Vec<_>>())),
        given("replaceOnChanges", &list(&request.replace_on_changes)),
        given("replaceWith", &urns(&request.replace_with)),
        set("retainOnDelete", request.retain_on_delete),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Names where these are clear, URNs where they are not.
fn names(urns: &BTreeSet<String>, all: &[Registration]) -> String {
    let name = |urn: &String| {
        let name = urn.rsplit("::").next().unwrap_or(urn);
        let is_clear = all.iter().filter(|other| other.name() == name).count() == 1;
        if is_clear { name.to_owned() } else { urn.clone() }
    };
    let mut names = urns.iter().map(name).collect::<Vec<_>>();
    names.sort();
    names.join(", ")
}
