//! An empty AWS, and the plugin's kinds in it as the server drives them.

use std::sync::{Arc, Mutex};

use agentic::aws::context::{Cx, Notes, Progress};
use agentic::aws::wait::Clock;
use agentic::aws::{Aws, Settings, codes};
use agentic::engine::check::Naming;
use agentic::kinds::{self, AnyKind, Home, Partial};
use agentic::model::{Object, Value};
use aws_proxy::LocalAws;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

pub const REGION: &str = "eu-west-1";

pub struct Stage {
    pub aws: LocalAws,
    pub clients: Aws,
    pub cancel: CancellationToken,
    clock: Clock,
    said: Arc<Said>,
}

/// Keeps what is said beside a resource.
#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl Progress for Said {
    fn say(&self, text: &str) {
        if !text.is_empty() {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    fn tell(&self, text: &str) {
        self.say(text);
    }
}

impl Stage {
    /// Time passes faster for waits here.
    pub async fn new() -> Self {
        Stage::at(REGION, Clock::fast(100)).await
    }

    pub async fn at(region: &str, clock: Clock) -> Self {
        codes::learn(kinds::codes);
        let aws = LocalAws::start().await;
        let clients = clients(region, &aws).await;
        Stage { aws, clients, cancel: CancellationToken::new(), clock, said: Arc::default() }
    }

    /// The next deployment in the same AWS.
    pub async fn anew(self) -> Self {
        let clients = clients(REGION, &self.aws).await;
        Stage { clients, ..self }
    }

    /// What an operation on a resource has at hand: the one of this URN, or the only one of a type.
    pub fn cx(&self, urn: &str) -> Cx {
        let urn = match urn.starts_with("urn:") {
            true => urn.to_owned(),
            false => format!("urn:pulumi:test::shop::{urn}::only"),
        };
        Cx {
            aws: self.clients.clone(),
            region: None,
            urn,
            instance: None,
            timeout: None,
            cancel: self.cancel.clone(),
            clock: self.clock,
            progress: self.said.clone(),
            notes: Notes::default(),
        }
    }

    /// The lines that a person saw beside a resource.
    pub fn said(&self) -> Vec<String> {
        self.said.0.lock().unwrap().clone()
    }

    pub fn forget_said(&self) {
        self.said.0.lock().unwrap().clear();
    }

    /// Creates the only resource of its type.
    pub async fn create(&self, token: &str, inputs: &Json) -> Result<(String, Object), Partial> {
        kind(token).create(&self.cx(token), &checked(token, inputs)).await
    }

    pub async fn update(
        &self,
        token: &str,
        made: &(String, Object),
        old: &Json,
        new: &Json,
    ) -> Result<Object, Partial> {
        let (old, new) = (checked(token, old), checked(token, new));
        kind(token).update(&self.cx(token), &made.0, &old, &made.1, &new).await
    }

    pub async fn delete(&self, token: &str, id: &str, inputs: &Json) -> agentic::aws::Result<()> {
        kind(token).delete(&self.cx(token), id, &checked(token, inputs), &Object::new()).await
    }

    /// What is there, as inputs.
    pub async fn read(&self, token: &str, id: &str) -> Option<Json> {
        let found = kind(token).read(&self.cx(token), id, None, None).await.unwrap();
        found.and_then(|(inputs, _)| Value::Object(inputs).to_json())
    }
}

async fn clients(region: &str, aws: &LocalAws) -> Aws {
    let settings = Settings {
        region: Some(region.into()),
        access_key: Some("local".into()),
        secret_key: Some("local".into()),
        endpoint: Some(aws.endpoint()),
        provider_id: "state".into(),
        ..Settings::default()
    };
    Aws::new(settings).await.unwrap()
}

pub fn kind(token: &str) -> &'static dyn AnyKind {
    kinds::find(token).unwrap()
}

/// Arguments as the engine would hand them on, which must be right.
pub fn checked(token: &str, inputs: &Json) -> Object {
    checked_object(token, Value::from_json(inputs).as_object().unwrap().clone())
}

/// The same for arguments that are values already.
pub fn checked_object(token: &str, inputs: Object) -> Object {
    let make = || Ok(Value::from("unnamed"));
    let naming = Naming { olds: &Object::new(), before: &Object::new(), make: &make };
    let home = Home { region: Some(REGION), is_configured: true };
    let checked = kind(token).check(inputs, &Object::new(), &naming, &home);
    assert!(checked.failures.is_empty(), "{}", checked.failures);
    checked.inputs
}
