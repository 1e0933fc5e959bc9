//! One suite of behaviours over every kind, through the plugin's own gRPC service against a local
//! AWS. A kind brings its example arguments and one change a property: `cases/<service>.<Kind>.json`.
//!
//! `cargo test --test behaviour -- ec2.Vpc` runs those of one kind, `-- ::drift` one behaviour.
#![allow(clippy::unwrap_used)]

mod behaviours;
mod case;
mod outside;
mod plugin;
mod table;
mod world;

use std::cmp::Reverse;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Duration;

use agentic::kinds::ALL;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::{Builder, Runtime};

use behaviours::BEHAVIOURS;
use case::{Cases, short};
use table::Outcome;
use world::World;

/// Most of a behaviour's time is spent on waiting.
const AT_ONCE: usize = 8;

/// What takes longer waits for something that does not come.
const AT_MOST: Duration = Duration::from_secs(300);

/// The same for all faults of a kind, one after the other.
const ALL_FAULTS: Duration = Duration::from_secs(3600);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads can be started")
});

static CASES: LazyLock<Cases> = LazyLock::new(Cases::load);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let mut trials = vec![(
        usize::MAX,
        Trial::test("cases", || {
            let problems = CASES.problems(ALL);
            if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
        }),
    )];
    for kind in ALL.iter().copied() {
        let Some(case) = CASES.of(kind) else { continue };
        let name = short(kind.token());
        let held = BEHAVIOURS.iter().filter(|behaviour| behaviour.concerns(kind));
        for behaviour in held.filter(|behaviour| !case.holes.contains_key(behaviour.name)) {
            let name = name.clone();
            let weight = if behaviour.is_long() { case.changes.len() } else { 0 };
            let trial = Trial::test(format!("{name}::{}", behaviour.name), move || {
                table::note(&name, behaviour.name, Outcome::Failed);
                RUNTIME.block_on(async {
                    let world = World::new(&CASES, kind, case).await;
                    let at_most = if behaviours::faults::all() { ALL_FAULTS } else { AT_MOST };
                    let verdict = tokio::time::timeout(at_most, (behaviour.run)(&world)).await;
                    verdict.unwrap_or_else(|_| {
                        let calls = world.aws.calls();
                        let last = calls.last().map(|call| (call.name(), &call.code, &call.params));
                        Err(format!("takes longer than {at_most:?}; the last call was {last:?}"))
                    })
                })?;
                table::note(&name, behaviour.name, Outcome::Ok);
                Ok(())
            });
            trials.push((weight, trial));
        }
    }
    // The longest first, so that none is left to run alone.
    trials.sort_by_key(|(weight, _)| Reverse(*weight));
    let trials = trials.into_iter().map(|(_, trial)| trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        table::print(&CASES, ALL);
        if let Some(summary) = behaviours::faults::summary() {
            println!("{summary}");
        }
    }
    conclusion.exit_code()
}
