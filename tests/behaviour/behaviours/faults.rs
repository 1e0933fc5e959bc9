//! Every call that changes something, failing in every way, at a creation, an update and a deletion:
//! nothing is left behind, nothing is there twice, nothing is lost, no secret is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agentic::model::{Object, Value};
use aws_proxy::Fault;

use super::Findings;
use super::trouble::{made, missing, once};
use crate::plugin::{Failed, Plugin, Resource, State};
use crate::world::{Making, Verdict, World, fault_on, that};

/// How often something is tried again, as people run `pulumi up` again.
const ATTEMPTS: usize = 3;

/// After this long without a call, what a killed process asked for last is done.
const DYING: Duration = Duration::from_millis(50);

/// How much later than the death of the engine the call under way is answered.
const UNDER_WAY: Duration = Duration::from_millis(20);

/// How many tries a kind has where not all are asked for.
const SAMPLE: usize = 2;

static TRIED: AtomicUsize = AtomicUsize::new(0);
static LEAKED: AtomicUsize = AtomicUsize::new(0);
static TWICE: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicUsize = AtomicUsize::new(0);
static SEEN: AtomicUsize = AtomicUsize::new(0);

/// Whether every fault is tried, and not a fixed sample of them.
pub fn all() -> bool {
    std::env::var_os("AGENTIC_FAULTS").is_some_and(|which| which == "all")
}

/// The last line of the suite, where faults were tried.
pub fn summary() -> Option<String> {
    let [tried, leaked, twice, lost, seen] =
        [&TRIED, &LEAKED, &TWICE, &LOST, &SEEN].map(|count| count.load(Ordering::SeqCst));
    (tried > 0).then(|| {
        format!("faults: {tried} tried, leaked {leaked}, twice {twice}, lost {lost}, secrets seen {seen}")
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Create,
    Update,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    Broken,
    Throttled,
    Lost,
    LostAndLate,
    /// The plugin is killed: the call is made, and nobody hears its answer.
    Killed,
    /// The engine is killed: the plugin hears the answer, and has nobody to tell it to.
    Orphaned,
}

const HARMS: [Harm; 6] =
    [Harm::Broken, Harm::Throttled, Harm::Lost, Harm::LostAndLate, Harm::Killed, Harm::Orphaned];

impl Harm {
    /// What happens to the call.
    fn of(self, call: Fault) -> Fault {
        match self {
            Harm::Broken => call.error(500, "InternalFailure", "We encountered an internal error."),
            Harm::Throttled => call.throttle(),
            Harm::Lost | Harm::LostAndLate | Harm::Killed => call.lose_answer(),
            Harm::Orphaned => call.delay(UNDER_WAY),
        }
    }

    /// Whether the state stays as it was before the operation, and another process goes on.
    fn ends_the_run(self) -> bool {
        matches!(self, Harm::Killed | Harm::Orphaned)
    }
}

/// One fault: on the n-th call of an operation.
#[derive(Clone, Debug)]
struct Try {
    phase: Phase,
    call: String,
    nth: u32,
    harm: Harm,
}

/// What goes from one set of arguments to another in place.
struct Step {
    before: Object,
    after: Object,
}

pub async fn faults(world: &World) -> Verdict {
    let step = step(world).await?;
    let tries = tries(world, step.as_ref()).await?;
    if tries.is_empty() {
        return Ok(());
    }
    let making = world.making().await?;
    let chosen: Vec<Try> = match all() {
        true => tries,
        false => sample(world, tries),
    };
    let mut findings = Findings::default();
    for one in chosen {
        TRIED.fetch_add(1, Ordering::SeqCst);
        let about = format!("{:?} {:?} {} {}", one.phase, one.harm, one.call, one.nth);
        findings.add(&about, tried(world, &making, step.as_ref(), &one).await);
        world.aws.no_faults();
        world.sweep().await;
    }
    findings.verdict()
}

/// The same ones every time, and others for other kinds.
fn sample(world: &World, tries: Vec<Try>) -> Vec<Try> {
    let seed: usize = world.kind.token().bytes().map(usize::from).sum();
    let count = tries.len().max(1);
    let chosen = (0..SAMPLE).map(|n| (seed + n * 7) % count).collect::<std::collections::BTreeSet<_>>();
    tries.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, one)| one).collect()
}

/// An update in place that makes calls, if there is one that can be had by itself.
async fn step(world: &World) -> Verdict<Option<Step>> {
    for (name, change) in &world.case.changes {
        let Some(field) = world.kind.describe().args.field(name) else { continue };
        let is_plain = change.hole.is_none() && change.deaf.is_none() && change.decides.is_none();
        if change.replaces(field) || change.calls.is_empty() || !is_plain {
            continue;
        }
        let before = world.inputs_with(&change.with).await?;
        let mut others = change.with.clone();
        others.extend(change.and.clone());
        others.insert(name.clone(), change.to.clone());
        return Ok(Some(Step { before, after: world.inputs_with(&others).await? }));
    }
    Ok(None)
}

/// All faults on the calls that a life without any makes.
async fn tries(world: &World, step: Option<&Step>) -> Verdict<Vec<Try>> {
    let mut calls: Vec<(Phase, String)> = Vec::new();
    let mut note = |phase: Phase| {
        let made = world.aws.calls().into_iter().filter(|call| call.is_mutation());
        calls.extend(made.map(|call| (phase, call.name())));
        world.aws.clear();
    };
    let before = match step {
        Some(step) => step.before.clone(),
        None => world.inputs().await?,
    };
    world.aws.clear();
    let (resource, mut state) = world.create("plan", &before).await?;
    note(Phase::Create);
    if let Some(step) = step {
        let news = world.check(&resource, &state.inputs, &step.after).await?;
        let updated = world.plugin.update(&resource, &state, &news).await;
        state = updated.map_err(|error| format!("Update: {error}"))?;
        note(Phase::Update);
    }
    world.delete(&resource, &state).await?;
    note(Phase::Delete);
    let mut all = Vec::new();
    for (at, (phase, call)) in calls.iter().enumerate() {
        let nth = calls[..=at].iter().filter(|other| **other == (*phase, call.clone())).count();
        let nth = u32::try_from(nth).unwrap_or(1);
        for harm in HARMS {
            let is_late = harm == Harm::LostAndLate;
            if !is_late || *phase == Phase::Create && world.case.missing.is_some() {
                all.push(Try { phase: *phase, call: call.clone(), nth, harm });
            }
        }
    }
    Ok(all)
}

/// Sets one fault in the way, and lives on.
async fn tried(world: &World, making: &Making, step: Option<&Step>, one: &Try) -> Verdict {
    let before = match step {
        Some(step) => step.before.clone(),
        None => world.inputs().await?,
    };
    let resource = world.resource("example");
    let inputs = world.check(&resource, &Object::new(), &before).await?;
    let secrets = secrets(world, &inputs);
    world.aws.clear();
    let fault = one.harm.of(fault_on(&one.call).nth(one.nth));
    if one.phase == Phase::Create {
        world.aws.fault(fault.clone());
        if one.harm == Harm::LostAndLate && one.call == making.main {
            world.aws.fault(missing(world, making)?.times(2));
        }
    }
    // After a kill the next process goes on.
    let mut next = None;
    if one.phase == Phase::Create && one.harm.ends_the_run() {
        let begun = async |plugin: &Plugin| drop(plugin.create(&resource, &inputs).await);
        next = Some(broken_off(world, one.harm, begun).await);
    }
    let by = next.as_ref().unwrap_or(&world.plugin);
    let mut state = created(world, by, &resource, &inputs, &secrets).await?;
    // A secret that waits for its deletion is restored: nothing is made then.
    if !made(world, making).is_empty() {
        counted(&TWICE, once(world, making, "with the fault"))?;
    }
    if let (Phase::Update, Some(step)) = (one.phase, step) {
        let news = world.check(&resource, &state.inputs, &step.after).await?;
        world.aws.fault(fault.clone());
        if one.harm.ends_the_run() {
            let begun = async |plugin: &Plugin| drop(plugin.update(&resource, &state, &news).await);
            next = Some(broken_off(world, one.harm, begun).await);
        }
        let by = next.as_ref().unwrap_or(&world.plugin);
        state = updated(by, &resource, state, &news, &secrets).await?;
        let (diffs, ..) = world.diff(&resource, &state, &news).await?;
        counted(&LOST, that(diffs.is_empty(), || format!("the update lacks {diffs:?}")))?;
    }
    if one.phase == Phase::Delete {
        world.aws.fault(fault);
        if one.harm.ends_the_run() {
            let begun = async |plugin: &Plugin| drop(plugin.delete(&resource, &state).await);
            next = Some(broken_off(world, one.harm, begun).await);
        }
    }
    let by = next.as_ref().unwrap_or(&world.plugin);
    let mut deleted = Ok(());
    for _ in 0..ATTEMPTS {
        deleted = by.delete(&resource, &state).await;
        match &deleted {
            Ok(()) => break,
            Err(status) => tells(status.message(), &secrets)?,
        }
    }
    let deleted = deleted.map_err(|status| format!("Delete: {}", status.message()));
    counted(&LEAKED, deleted)?;
    if world.case.stays.is_some() {
        return Ok(());
    }
    let is_gone = world.is_gone(&resource, &state).await?;
    counted(&LEAKED, that(is_gone, || format!("{} is still there", state.id)))
}

/// Begins an operation whose process, or whose engine, is killed during the call that has the fault.
/// Returns the next process.
async fn broken_off(world: &World, harm: Harm, operation: impl AsyncFnOnce(&Plugin)) -> Plugin {
    let plugin = Plugin::start(&world.aws).await;
    let is_called = async {
        while !world.aws.faults_left().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = operation(&plugin) => {}
        () = is_called => {}
    }
    match harm {
        Harm::Orphaned => plugin.orphaned().await,
        _ => drop(plugin),
    }
    // What it asked for last is still done.
    let mut before = usize::MAX;
    while before != world.aws.calls().len() || !world.aws.is_idle() {
        before = world.aws.calls().len();
        tokio::time::sleep(DYING).await;
    }
    Plugin::start(&world.aws).await
}

/// Creates until it is there, as the engine does: by an update once it has an id.
async fn created(
    world: &World,
    by: &Plugin,
    resource: &Resource,
    inputs: &Object,
    secrets: &[String],
) -> Verdict<State> {
    let mut state: Option<State> = None;
    let mut told = String::new();
    for _ in 0..ATTEMPTS {
        let outcome = match &state {
            None => by.create(resource, inputs).await,
            Some(there) => by.update(resource, there, inputs).await,
        };
        match outcome {
            Ok(state) => {
                world.left(resource, &state);
                return Ok(state);
            }
            Err(Failed { status, made }) => {
                tells(status.message(), secrets)?;
                told = status.message().to_owned();
                state = made.or(state);
            }
        }
    }
    counted(&LOST, Err(format!("Create: {told}"))).map(|()| State::default())
}

async fn updated(
    by: &Plugin,
    resource: &Resource,
    mut state: State,
    news: &Object,
    secrets: &[String],
) -> Verdict<State> {
    let mut told = String::new();
    for _ in 0..ATTEMPTS {
        match by.update(resource, &state, news).await {
            Ok(state) => return Ok(state),
            Err(Failed { status, made }) => {
                tells(status.message(), secrets)?;
                told = status.message().to_owned();
                state = made.unwrap_or(state);
            }
        }
    }
    counted(&LOST, Err(format!("Update: {told}"))).map(|()| state)
}

/// The texts that nobody may read.
fn secrets(world: &World, inputs: &Object) -> Vec<String> {
    let is_secret = |name: &str, value: &Value| {
        value.has_secret() || world.kind.describe().args.field(name).is_some_and(|field| field.secret)
    };
    let secret = inputs.iter().filter(|(name, value)| is_secret(name, value));
    secret
        .filter_map(|(_, value)| value.peel().as_str().map(str::to_owned))
        .filter(|text| text.len() > 3)
        .collect()
}

fn tells(message: &str, secrets: &[String]) -> Verdict {
    let seen = secrets.iter().any(|secret| message.contains(secret.as_str()));
    counted(&SEEN, that(!seen, || format!("a secret is told: {message}")))
}

fn counted(count: &AtomicUsize, verdict: Verdict) -> Verdict {
    if verdict.is_err() {
        count.fetch_add(1, Ordering::SeqCst);
    }
    verdict
}
