//! What the suite says at its end: kinds and behaviours, and every hole with its reason.

use std::collections::BTreeMap;
use std::sync::Mutex;

use agentic::kinds::AnyKind;

use crate::behaviours::BEHAVIOURS;
use crate::case::{Cases, short};

#[derive(Clone, Copy, PartialEq)]
pub enum Outcome {
    Ok,
    Failed,
}

static OUTCOMES: Mutex<BTreeMap<(String, &'static str), Outcome>> = Mutex::new(BTreeMap::new());

pub fn note(kind: &str, behaviour: &'static str, outcome: Outcome) {
    let mut outcomes = OUTCOMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.insert((kind.to_owned(), behaviour), outcome);
}

pub fn print(cases: &Cases, kinds: &[&'static dyn AnyKind]) {
    let outcomes = OUTCOMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ran = |name: &str| outcomes.keys().any(|(kind, _)| kind == name);
    let rows: Vec<_> = kinds
        .iter()
        .filter_map(|kind| Some((short(kind.token()), *kind, cases.of(*kind)?)))
        .filter(|(name, ..)| ran(name))
        .collect();
    let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    let heads: Vec<&str> = BEHAVIOURS.iter().map(|behaviour| behaviour.name).collect();
    println!("{:width$}  {}", "", heads.join("  "));
    let mut holes = Vec::new();
    for (name, kind, case) in rows {
        let cells = BEHAVIOURS.iter().map(|behaviour| {
            let head = behaviour.name;
            let cell = match outcomes.get(&(name.clone(), head)) {
                Some(Outcome::Ok) => "ok",
                Some(Outcome::Failed) => "FAIL",
                None if case.holes.contains_key(head) => "hole",
                None if !behaviour.concerns(kind) => "-",
                None => "",
            };
            format!("{cell:<width$}", width = head.len())
        });
        println!("{name:width$}  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
        holes.extend(case.holes.iter().map(|(behaviour, why)| format!("{name}, {behaviour}: {why}")));
        holes.extend(case.small_holes().map(|(what, why)| format!("{name}, {what}: {why}")));
    }
    if !holes.is_empty() {
        println!("\nholes:\n  {}", holes.join("\n  "));
    }
}
