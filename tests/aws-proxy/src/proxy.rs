//! What happens to a call on its way to moto and back.

use crate::call::{Call, Http, is_read};
use crate::cbor;
use crate::ecs::{self, Ecs};
use crate::fault::{self, Fault};
use crate::hold::Holds;
use crate::keep::{self, Kept};
use crate::mend::{self, Promoted};
use crate::moto::Moto;
use crate::refuse;
use crate::span::{self, Span};
use crate::tags::Tags;
use crate::versions;
use crate::wire::{self, Answer, AwsError, Protocol};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// A call that has come in, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// When it came in, in seconds since 1970.
    pub at: f64,
    /// The signing name: `ec2`, `elasticloadbalancing`, `monitoring`, ...
    pub service: String,
    pub operation: String,
    pub region: String,
    pub params: Value,
    /// The answer's HTTP status, none if the answer was lost or is not there yet.
    pub status: Option<u16>,
    /// The code of an error.
    pub code: Option<String>,
}

impl Recorded {
    /// Whether the call is one that may change something.
    pub fn is_mutation(&self) -> bool {
        !is_read(&self.operation)
    }

    /// `service:Operation`, as IAM writes it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub struct Lost;

/// What the test has asked for, and what there is to remember between calls.
#[derive(Debug, Default)]
pub struct State {
    pub calls: Vec<Recorded>,
    pub faults: Vec<Fault>,
    pub holds: Holds,
    pub ecs: Ecs,
    kept: Kept,
    tags: Tags,
    promoted: Promoted,
    /// Answers by client token: service, operation, region, token.
    answers: HashMap<[String; 4], Answer>,
}

impl State {
    /// From now on all takes as long as on AWS, divided by this.
    pub fn scale(&mut self, scale: u32) {
        self.holds.scale(scale);
        self.ecs.takes(self.holds.rollout());
    }

    /// What has taken time, in the order in which it began.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.ecs.spans(self.holds.aws_rollout());
        spans.extend_from_slice(self.holds.spans());
        spans.sort_by(|a, b| a.began.partial_cmp(&b.began).unwrap_or(std::cmp::Ordering::Equal));
        spans
    }
}

#[derive(Debug)]
pub struct Proxy {
    pub moto: Moto,
    state: Mutex<State>,
    under_way: AtomicUsize,
}

/// Operations that answer the same token with the same answer:
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html>,
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>,
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html>,
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html>.
const TOKENS: [(&str, &str, &str); 7] = [
    ("ec2", "", "ClientToken"),
    ("ecs", "", "clientToken"),
    ("bedrock", "", "clientToken"),
    ("bedrock-agentcore", "", "clientToken"),
    ("logs", "PutQueryDefinition", "clientToken"),
    ("secretsmanager", "", "ClientRequestToken"),
    ("cloudfront", "CreateInvalidation", "CallerReference"),
];

impl Proxy {
    pub fn new(moto: Moto) -> Self {
        Self { moto, state: Mutex::default(), under_way: AtomicUsize::new(0) }
    }

    /// Forgets everything; the account is a new one from now on.
    pub fn reset(&self) {
        self.moto.renew();
        *self.state() = State::default();
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the state panics")
    }

    /// Whether no request is under way.
    pub fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) == 0
    }

    /// Takes a request to its answer.
    pub async fn handle(&self, http: Http) -> Result<Answer, Lost> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let handled = self.handled(http).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        handled
    }

    async fn handled(&self, http: Http) -> Result<Answer, Lost> {
        if !cbor::is_spoken(&http) {
            return self.take(http).await;
        }
        match cbor::request(&http) {
            Some(http) => self.take(http).await.map(cbor::answer),
            // https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#operation-error-serialization
            None => {
                let error = AwsError::new(400, "SerializationException", "The request cannot be read");
                Ok(cbor::answer(wire::error(Protocol::Json, "", &error)))
            }
        }
    }

    async fn take(&self, http: Http) -> Result<Answer, Lost> {
        let call = Call::read(http);
        let (order, verdict) = {
            let mut state = self.state();
            state.calls.push(Recorded {
                at: span::now(),
                service: call.service.clone(),
                operation: call.operation.clone(),
                region: call.region.clone(),
                params: call.params.clone(),
                status: None,
                code: None,
            });
            (state.calls.len() - 1, fault::judge(&mut state.faults, &self.moto.account(), &call))
        };
        if !verdict.delay.is_zero() {
            tokio::time::sleep(verdict.delay).await;
        }
        if verdict.lose_call {
            return Err(Lost);
        }
        let answer = match verdict.answer {
            Some(answer) => answer,
            None => self.answer(&call).await,
        };
        if verdict.lose_answer {
            return Err(Lost);
        }
        if let Some(recorded) = self.state().calls.get_mut(order) {
            recorded.status = Some(answer.status);
            recorded.code = answer.error_code(call.protocol);
        }
        Ok(answer)
    }

    async fn answer(&self, call: &Call) -> Answer {
        let token = token(call);
        if let Some(known) = token.as_ref().and_then(|token| self.state().answers.get(token).cloned()) {
            return known;
        }
        self.make_due_deletions(call).await;
        if let Some(answer) = self.refusal(call).await {
            return answer;
        }
        if let Some(answer) = self.put_off(call).await {
            return answer;
        }
        let own = {
            let mut state = self.state();
            let own =
                versions::answer(call).or_else(|| state.ecs.answer(call)).or_else(|| state.tags.answer(call));
            own.or_else(|| state.kept.answer(call))
        };
        let answer = match own {
            Some(answer) => answer,
            None => self.forward(call).await,
        };
        // A token is one of the secret that it was used for, and goes with it:
        // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
        if call.is("secretsmanager", "DeleteSecret") && answer.is_success() {
            self.state().answers.retain(|[service, ..], _| service != "secretsmanager");
        }
        if let Some(token) = token.filter(|_| answer.is_success()) {
            self.state().answers.insert(token, answer.clone());
        }
        answer
    }

    /// What AWS would not do.
    async fn refusal(&self, call: &Call) -> Option<Answer> {
        if is_read(&call.operation) {
            return None;
        }
        let found = {
            let state = self.state();
            let held = match (call.service.as_str(), call.operation.as_str()) {
                ("ecs", _) => state.ecs.refusal(call, |service| state.holds.is_going(call, service)),
                ("ec2", "DeleteSecurityGroup") => state.ecs.holder(call, &call.text("GroupId")).map(|_| {
                    refuse::dependency(format!("resource {} has a dependent object", call.text("GroupId")))
                }),
                ("ec2", "DeleteSubnet") => state.ecs.holder(call, &call.text("SubnetId")).map(|_| {
                    let id = call.text("SubnetId");
                    refuse::dependency(format!("The subnet '{id}' has dependencies and cannot be deleted."))
                }),
                _ => None,
            };
            held.map(|error: AwsError| wire::error(call.protocol, &call.service, &error))
        };
        match found {
            Some(answer) => Some(answer),
            None => {
                let promoted = self.state().promoted.clone();
                refuse::refusal(&self.moto, &promoted, call).await
            }
        }
    }

    /// Puts off the deletion of a resource whose kind is held.
    async fn put_off(&self, call: &Call) -> Option<Answer> {
        let (operation, params) = self.state().holds.lookup(call)?;
        let mut found = self.moto.ask(call, &call.service, operation, params).await;
        let mut state = self.state();
        state.ecs.drain(&mut found);
        state.holds.put_off(call, &found)
    }

    async fn make_due_deletions(&self, call: &Call) {
        let due = self.state().holds.due(call);
        for http in due {
            let deletion = Call::read(http);
            self.before(&deletion).await;
            let answer = self.moto.send(&deletion.http).await;
            mend::after(&self.moto, &deletion).await;
            self.state().ecs.deleted(&wire::parse(deletion.protocol, &answer.body));
        }
    }

    async fn before(&self, call: &Call) {
        let promoted = mend::before(&self.moto, call).await;
        let mut state = self.state();
        state.promoted.extend(promoted.into_iter().map(|name| (call.region.clone(), name)));
        if call.operation.starts_with("CreateDBInstance") {
            state.promoted.remove(&(call.region.clone(), call.text("DBInstanceIdentifier")));
        }
    }

    /// Makes a call at moto, and shows its answer as AWS would.
    async fn forward(&self, call: &Call) -> Answer {
        let definition = if call.service == "ecs" { ecs::definition(&self.moto, call).await } else { None };
        self.before(call).await;
        let mut answer = self.moto.send(&mend::request(call)).await;
        if !answer.is_success() {
            return mend::failure(call, answer);
        }
        mend::after(&self.moto, call).await;
        self.state().tags.after(call, &answer);
        let held = self.state().holds.concern(call);
        if held || call.service == "ecs" || mend::concerns(call) || keep::concerns(call) {
            let mut tree = wire::parse(call.protocol, &answer.body);
            let follow_ups = if call.service == "ecs" {
                self.state().ecs.after(call, definition, &mut tree)
            } else {
                Vec::new()
            };
            for (service, operation, params) in follow_ups {
                self.moto.ask(call, service, operation, params).await;
            }
            let promoted = self.state().promoted.clone();
            mend::answer(&self.moto, call, &promoted, &mut tree).await;
            self.state().kept.after(call, &mut tree);
            self.state().holds.after(call, &mut tree);
            answer.body = wire::render(call.protocol, &tree);
        }
        answer
    }
}

fn token(call: &Call) -> Option<[String; 4]> {
    let takes = |operation: &str| operation.is_empty() || operation == call.operation;
    let (.., param) = TOKENS.iter().find(|(service, of, _)| *service == call.service && takes(of))?;
    let token = call.text(param);
    let key = [call.service.clone(), call.operation.clone(), call.region.clone(), token];
    (!key[3].is_empty()).then_some(key)
}
