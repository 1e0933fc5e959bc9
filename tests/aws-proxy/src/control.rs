//! The proxy's own HTTP interface, for tests in other languages.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_proxy/calls`, `GET /_proxy/mutations` | the calls so far, or those that are no reads |
//! | `GET /_proxy/spans` | what has taken time since it was scaled: how long on AWS, since when, when noticed |
//! | `POST /_proxy/clear` | forgets the calls so far |
//! | `POST /_proxy/reset` | forgets everything; the account is a new one from now on |
//! | `POST /_proxy/hold` | `{"service", "kind", "polls"}` |
//! | `POST /_proxy/scale` | `{"scale"}`: all takes as long as on AWS, divided by this |
//! | `POST /_proxy/states` | `{"service", "kind", "operation", "states"}` |
//! | `POST /_proxy/end` | `{"service", "kind", "state", "fields"}` |
//! | `POST /_proxy/rollout` | `{"service", "rollout"}` |
//! | `POST /_proxy/fault` | a [`Fault`](crate::Fault) |

use crate::call::Http;
use crate::ecs::script::Rollout;
use crate::fault::Fault;
use crate::hold::End;
use crate::proxy::{Proxy, Recorded};
use crate::wire::Answer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const PREFIX: &str = "/_proxy/";

#[derive(Deserialize)]
struct Hold {
    service: String,
    kind: String,
    polls: usize,
}

#[derive(Deserialize)]
struct Scale {
    scale: u32,
}

#[derive(Deserialize)]
struct States {
    service: String,
    kind: String,
    operation: String,
    states: Vec<String>,
}

#[derive(Deserialize)]
struct EndsIn {
    service: String,
    kind: String,
    #[serde(flatten)]
    end: End,
}

#[derive(Deserialize)]
struct Script {
    service: String,
    rollout: Rollout,
}

/// Answers a request to the proxy itself; others are none of its business.
pub fn answer(proxy: &Proxy, http: &Http) -> Option<Answer> {
    let what = http.path().strip_prefix(PREFIX)?;
    if what == "reset" {
        proxy.reset();
        return Some(Answer::new(204, "text/plain", ""));
    }
    let mut state = proxy.state();
    let done = match what {
        "calls" => return Some(recorded(state.calls.iter())),
        "mutations" => return Some(recorded(state.calls.iter().filter(|call| call.is_mutation()))),
        "spans" => return Some(told(&state.spans())),
        "clear" => {
            state.calls.clear();
            Ok(())
        }
        "hold" => {
            read(http).and_then(|Hold { service, kind, polls }| state.holds.hold(&service, &kind, polls))
        }
        "scale" => read(http).map(|Scale { scale }| state.scale(scale)),
        "states" => read(http).and_then(|States { service, kind, operation, states }| {
            state.holds.states(&service, &kind, &operation, states)
        }),
        "end" => read(http).and_then(|EndsIn { service, kind, end }| state.holds.end(&service, &kind, end)),
        "rollout" => read(http).map(|Script { service, rollout }| state.ecs.rollout(&service, rollout)),
        "fault" => read::<Fault>(http).map(|fault| state.faults.push(fault)),
        _ => Err(format!("there is no {what}")),
    };
    Some(match done {
        Ok(()) => Answer::new(204, "text/plain", ""),
        Err(error) => Answer::new(400, "text/plain", error),
    })
}

fn read<T: DeserializeOwned>(http: &Http) -> Result<T, String> {
    serde_json::from_slice(&http.body).map_err(|error| error.to_string())
}

fn recorded<'a>(calls: impl Iterator<Item = &'a Recorded>) -> Answer {
    told(&calls.collect::<Vec<_>>())
}

fn told(value: &impl Serialize) -> Answer {
    Answer::new(200, "application/json", serde_json::to_vec(value).unwrap_or_default())
}
