//! A Pulumi engine for tests: it serves `ResourceMonitor` and `Engine` on a loopback port, keeps
//! the engine's rules, and remembers all it is told.
//!
//! Custom resources are made by a script (outputs of a type, failures, delays) or by a provider
//! that the test plugs in. What breaks a rule is answered with an error at once, where the real
//! engine may let the caller hang, and is listed in [`FakeEngine::violations`].

#![allow(clippy::unwrap_used)]

mod graph;
mod ledger;
mod monitor;
mod provider;
mod tree;
pub mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use agentic_pulumi::engine::proto::{
    ConstructRequest, ConstructResponse, LogRequest, RegisterResourceRequest,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use ledger::{Ledger, STACK};
pub use ledger::{Outcome, Registration};
pub use provider::{Provider, serve};
use wire::Json;

/// How long [`FakeEngine::wait_until`] waits before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Both sides of Pulumi's connections take messages of this size, in bytes.
pub const MESSAGE_LIMIT: usize = 400 << 20;

/// The deployment to play.
#[derive(Clone, Debug)]
pub struct Setup {
    pub preview: bool,
    pub continue_on_error: bool,
    pub organization: String,
    pub project: String,
    pub stack: String,
    /// Features that an older engine does not have.
    pub lacks: BTreeSet<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            preview: false,
            continue_on_error: false,
            organization: "organization".into(),
            project: "project".into(),
            stack: "stack".into(),
            lacks: BTreeSet::new(),
        }
    }
}

/// What happens to a custom resource instead of its creation.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// The creation fails with this message.
    Fail(String),
    /// The creation takes this long.
    Delay(Duration),
    /// The creation waits for [`FakeEngine::release`].
    Hold,
    /// The answer is this, in a preview too: a resource that was there before.
    Answer { id: String, outputs: Json },
    /// The resource is passed over, as one that is not targeted: all its outputs are unknown.
    Elide,
}

type Outputs = Arc<dyn Fn(&Registration) -> Json + Send + Sync>;

pub struct FakeEngine {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    address: String,
    setup: Setup,
    ledger: Mutex<Ledger>,
    script: Mutex<Script>,
    changed: watch::Sender<()>,
    shut_down: CancellationToken,
}

#[derive(Default)]
struct Script {
    behaviours: Vec<(String, Behaviour)>,
    released: BTreeSet<String>,
    outputs: BTreeMap<String, Outputs>,
    provider: Option<Provider>,
    maker: Option<Outputs>,
}

impl FakeEngine {
    /// An engine that previews.
    pub async fn preview() -> Self {
        FakeEngine::start(Setup { preview: true, ..Setup::default() }).await
    }

    /// An engine that creates.
    pub async fn update() -> Self {
        FakeEngine::start(Setup::default()).await
    }

    pub async fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            address: listener.local_addr().unwrap().to_string(),
            setup: setup.clone(),
            ledger: Mutex::new(Ledger::new(setup)),
            script: Mutex::default(),
            changed: watch::Sender::new(()),
            shut_down: CancellationToken::new(),
        });
        let server = tokio::spawn(monitor::serve(shared.clone(), listener));
        let engine = FakeEngine { shared, server };
        let Setup { project, stack, .. } = &engine.shared.setup;
        engine.settled(RegisterResourceRequest {
            r#type: STACK.into(),
            name: format!("{project}-{stack}"),
            ..RegisterResourceRequest::default()
        });
        engine
    }

    /// `host:port` of both the resource monitor and the engine.
    pub fn address(&self) -> &str {
        &self.shared.address
    }

    pub fn urn(&self, parent: &str, r#type: &str, name: &str) -> String {
        self.shared.ledger().urn(parent, r#type, name)
    }

    pub fn stack_urn(&self) -> String {
        self.shared.ledger().registrations[0].urn.clone()
    }

    // What is to happen. A selector is a resource's URN, name or type.

    pub fn behave(&self, selector: &str, behaviour: Behaviour) {
        let mut script = self.shared.script.lock().unwrap();
        script.behaviours.push((selector.into(), behaviour));
    }

    /// Lets go what [`Behaviour::Hold`] holds under the same selector.
    pub fn release(&self, selector: &str) {
        self.shared.script.lock().unwrap().released.insert(selector.into());
        self.shared.changed.send_replace(());
    }

    /// What the resources of a type have as outputs besides their inputs once they are created;
    /// `id` is taken as the id. Without it, ids are `<type>-<name>`.
    pub fn outputs(&self, r#type: &str, outputs: impl Fn(&Registration) -> Json + Send + Sync + 'static) {
        let mut script = self.shared.script.lock().unwrap();
        script.outputs.insert(r#type.into(), Arc::new(outputs));
    }

    /// Makes custom resources without the provider, which only checks them then: each has these
    /// outputs besides its inputs, and `id` among them is its id.
    pub fn make(&self, outputs: impl Fn(&Registration) -> Json + Send + Sync + 'static) {
        self.shared.script.lock().unwrap().maker = Some(Arc::new(outputs));
    }

    /// A custom resource of the user's program, there before the component. Its `parent` is the
    /// stack unless given.
    pub fn program_resource(&self, request: RegisterResourceRequest) -> String {
        self.settled(RegisterResourceRequest {
            custom: true,
            parent: some_or(request.parent, || self.stack_urn()),
            ..request
        })
    }

    fn settled(&self, request: RegisterResourceRequest) -> String {
        let mut ledger = self.shared.ledger();
        let registration = ledger.begin(request).unwrap();
        let id = if registration.request.custom { default_id(&registration) } else { String::new() };
        ledger.finish(&registration.urn, Outcome::Done, id, registration.inputs);
        registration.urn
    }

    /// Plugs in a provider: it gets a handshake and its configuration, and from then on it checks
    /// and creates the custom resources, and answers invokes and remote components.
    pub async fn load(&self, provider: Provider, config: Json) -> Result<(), Status> {
        provider::configure(&self.shared, provider.clone(), config).await?;
        self.shared.script.lock().unwrap().provider = Some(provider);
        Ok(())
    }

    /// Asks the provider for a component, as an SDK's remote registration does. Type, name and
    /// inputs are enough: the rest is filled in.
    pub async fn construct(&self, request: ConstructRequest) -> Result<ConstructResponse, Status> {
        provider::construct(&self.shared, request).await
    }

    /// Ends the deployment: whatever still waits for an answer gets UNAVAILABLE.
    pub fn shut_down(&self) {
        self.shared.shut_down.cancel();
    }

    // What has happened.

    /// Waits until the registrations are as wanted, and panics when they do not become so.
    pub async fn wait_until(&self, wanted: impl Fn(&[Registration]) -> bool) {
        let mut changes = self.shared.changed.subscribe();
        let become_so = async {
            while !wanted(&self.shared.ledger().registrations) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, become_so).await.is_err() {
            panic!("waited in vain; registered so far:\n{}", self.tree());
        }
    }

    pub async fn wait_started(&self, selector: &str) {
        self.wait_until(|all| all.iter().any(|registration| registration.is(selector))).await;
    }

    pub async fn wait_finished(&self, selector: &str) {
        let is_finished =
            |registration: &Registration| registration.is(selector) && registration.finished.is_some();
        self.wait_until(|all| all.iter().any(is_finished)).await;
    }

    /// All resources but the stack, in the order in which their registrations began.
    pub fn registrations(&self) -> Vec<Registration> {
        self.shared.ledger().registrations[1..].to_vec()
    }

    /// The only resource that the selector finds.
    pub fn registration(&self, selector: &str) -> Registration {
        let mut found = self.registrations();
        found.retain(|registration| registration.is(selector));
        assert_eq!(found.len(), 1, "`{selector}` finds not one in\n{}", self.tree());
        found.remove(0)
    }

    pub fn logs(&self) -> Vec<LogRequest> {
        self.shared.ledger().logs.clone()
    }

    /// The rules of the engine that were broken, each in a sentence.
    pub fn violations(&self) -> Vec<String> {
        self.shared.ledger().violations.clone()
    }

    /// What was registered, as a text for a golden file.
    pub fn tree(&self) -> String {
        tree::tree(&self.shared.ledger().registrations)
    }

    /// The URNs in the order in which a destroy would delete them, round by round.
    pub fn deletion_rounds(&self) -> Vec<Vec<String>> {
        graph::deletion_rounds(&self.shared.ledger().registrations)
    }

    /// True when a destroy is done with the first before it begins with the second.
    pub fn is_deleted_before(&self, first: &str, second: &str) -> bool {
        let rounds = self.deletion_rounds();
        let round = |selector: &str| {
            let urn = self.registration(selector).urn;
            let round = rounds.iter().position(|round| round.contains(&urn));
            round.unwrap_or_else(|| panic!("`{selector}` does not exist"))
        };
        round(first) < round(second)
    }

    /// True when the first is registered only once the second is there.
    pub fn waits_for(&self, first: &str, second: &str) -> bool {
        let awaited = graph::awaited(&self.registration(first).urn, &self.shared.ledger().registrations);
        awaited.contains(&self.registration(second).urn)
    }

    /// True when the two were being created at the same time.
    pub fn overlap(&self, one: &str, other: &str) -> bool {
        let begin_and_end = |selector: &str| {
            let registration = self.registration(selector);
            (registration.started, registration.finished.unwrap_or(usize::MAX))
        };
        let (one, other) = (begin_and_end(one), begin_and_end(other));
        one.0 < other.1 && other.0 < one.1
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    fn provider(&self) -> Option<Provider> {
        self.script.lock().unwrap().provider.clone()
    }
}

/// A ConstructRequest with what a program says about a component.
pub fn component(r#type: &str, name: &str, inputs: Json) -> ConstructRequest {
    ConstructRequest {
        r#type: r#type.into(),
        name: name.into(),
        inputs: Some(wire::to_struct(&wire::object(inputs))),
        ..ConstructRequest::default()
    }
}

fn default_id(registration: &Registration) -> String {
    let r#type = registration.request.r#type.rsplit(':').next().unwrap();
    format!("{}-{}", r#type.to_lowercase(), registration.name())
}

fn some_or(text: String, other: impl FnOnce() -> String) -> String {
    if text.is_empty() { other() } else { text }
}
