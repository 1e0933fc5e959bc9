//! Resources that take time: after a change they stay in a passing state for
//! a number of polls, or for as long as on AWS, where moto is done at once.

mod durations;
mod kinds;

use crate::call::{Call, Http};
use crate::span::{self, Span};
use crate::tree;
use crate::wire::{self, Answer, AwsError};
use kinds::{Delete, KINDS, Kind, Reply};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

fn kinds(service: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.service == service)
}

/// What the test wants for a kind.
#[derive(Clone, Debug, Default)]
struct Wish {
    /// Polls of the usual states.
    polls: usize,
    /// Polls in other states, by operation.
    states: HashMap<String, Vec<String>>,
    /// Where the next new resource ends up.
    end: Option<End>,
}

/// A state that a resource comes to and stays in, with what AWS says besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub state: String,
    #[serde(default)]
    pub fields: Vec<(String, String)>,
}

/// A resource that is on its way.
#[derive(Debug)]
struct Held {
    course: Course,
    end: Option<End>,
    /// The deletion to be made when the course is over.
    deletion: Option<Http>,
    /// Where it stands among the spans.
    span: Option<usize>,
}

/// The states that a resource goes through.
#[derive(Clone, Debug)]
enum Course {
    /// One a poll.
    Polls(VecDeque<String>),
    /// One after the other, from a moment on that may be still to come.
    Time { states: &'static [&'static str], start: Option<Instant>, takes: Duration },
}

/// All wishes, and all resources that are on their way.
#[derive(Debug, Default)]
pub struct Holds {
    wishes: HashMap<(&'static str, &'static str), Wish>,
    /// How many times as fast as on AWS things are; none where they take no time.
    scale: Option<u32>,
    /// When records came to be, by name.
    records: HashMap<String, Instant>,
    held: HashMap<Key, Held>,
    spans: Vec<Span>,
}

/// Service, kind, region and id.
type Key = (&'static str, &'static str, String, String);

fn key(kind: &Kind, call: &Call, id: &str) -> Key {
    // Route 53 takes and gives the ids of changes with and without this.
    let id = id.trim_start_matches("/change/");
    (kind.service, kind.name, call.region.clone(), id.into())
}

impl Holds {
    /// The wish for a kind, or an error if there is no such kind in the table.
    fn wish(&mut self, service: &str, name: &str) -> Result<&mut Wish, String> {
        let kind = kinds(service).find(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| format!("no state to hold is known for {service} {name}"))?;
        Ok(self.wishes.entry((kind.service, kind.name)).or_default())
    }

    pub fn hold(&mut self, service: &str, name: &str, polls: usize) -> Result<(), String> {
        self.wish(service, name)?.polls = polls;
        Ok(())
    }

    pub fn states(
        &mut self,
        service: &str,
        name: &str,
        operation: &str,
        states: Vec<String>,
    ) -> Result<(), String> {
        self.wish(service, name)?.states.insert(operation.into(), states);
        Ok(())
    }

    pub fn end(&mut self, service: &str, name: &str, end: End) -> Result<(), String> {
        self.wish(service, name)?.end = Some(end);
        Ok(())
    }

    /// From now on all takes as long as on AWS, divided by this.
    pub fn scale(&mut self, scale: u32) {
        self.scale = Some(scale.max(1));
    }

    /// How long a deployment of an ECS service takes.
    pub fn rollout(&self) -> Option<Duration> {
        durations::ROLLOUT.checked_div(self.scale?)
    }

    /// The same on AWS.
    pub fn aws_rollout(&self) -> Duration {
        durations::ROLLOUT
    }

    /// What has taken time since it was scaled.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Takes note of what takes time from now on.
    fn note(&mut self, kind: &Kind, call: &Call, id: String, course: &Course) -> Option<usize> {
        let Course::Time { start, takes, .. } = course else { return None };
        let scale = self.scale.filter(|_| !takes.is_zero())?;
        self.spans.push(Span {
            service: kind.service,
            kind: kind.name,
            operation: call.operation.clone(),
            region: call.region.clone(),
            id,
            seconds: (*takes * scale).as_secs_f64(),
            began: start.map(span::moment),
            noticed: None,
            looks: 0,
        });
        Some(self.spans.len() - 1)
    }

    /// Whether the answer to this call may have to be changed.
    pub fn concern(&self, call: &Call) -> bool {
        let is_scaled = self.scale.is_some() && kinds(&call.service).next().is_some();
        is_scaled || self.wishes.keys().any(|(service, _)| *service == call.service)
    }

    /// Whether a resource is on its way out.
    pub fn is_going(&self, call: &Call, id: &str) -> bool {
        self.held.iter().any(|((service, _, region, held_id), held)| {
            *service == call.service && *region == call.region && held_id == id && held.deletion.is_some()
        })
    }

    /// What a change goes through.
    fn course(&self, kind: &Kind, call: &Call, usual: &'static [&'static str]) -> Course {
        let wish = self.wishes.get(&(kind.service, kind.name));
        match (wish, wish.and_then(|wish| wish.states.get(&call.operation)), self.scale) {
            (_, Some(states), _) => Course::Polls(states.iter().cloned().collect()),
            (Some(wish), ..) if wish.polls > 0 => {
                let state = |poll: usize| usual[poll * usual.len() / wish.polls].to_string();
                Course::Polls((0..wish.polls).map(state).collect())
            }
            (_, _, Some(scale)) => {
                // A certificate's time begins with its record.
                let start = (kind.name != "Certificate").then(Instant::now);
                Course::Time { states: usual, start, takes: durations::of(kind, call) / scale }
            }
            _ => Course::Polls(VecDeque::new()),
        }
    }

    /// Deletions whose time is over, to be made before this call.
    pub fn due(&mut self, call: &Call) -> Vec<Http> {
        let polled = |service: &str, name: &str| {
            kinds(service).any(|kind| kind.name == name && kind.polls.contains(&call.operation.as_str()))
        };
        let due = |key: &Key, held: &mut Held| {
            let over = held.deletion.is_some() && held.course.state().is_none();
            over && key.0 == call.service && key.2 == call.region && polled(key.0, key.1)
        };
        let due: Vec<_> = self.held.extract_if(due).map(|(_, held)| held).collect();
        for span in due.iter().filter_map(|held| held.span) {
            self.spans[span].look(true);
        }
        due.into_iter().filter_map(|held| held.deletion).collect()
    }

    /// The call with which to look a resource up before its deletion, if that
    /// deletion is to be put off.
    pub fn lookup(&self, call: &Call) -> Option<(&'static str, Value)> {
        let (kind, delete) = deletion(call)?;
        self.course(kind, call, delete.states).state()?;
        let mut params = Map::new();
        for (name, from) in delete.lookup {
            let value = match call.params.get(from) {
                Some(Value::Array(items)) if items.len() == 1 => items[0].clone(),
                Some(value) => value.clone(),
                None => continue,
            };
            match name.strip_suffix("[]") {
                Some(name) => params.insert(name.into(), json!([value])),
                None => params.insert((*name).into(), value),
            };
        }
        Some((kind.polls[0], Value::Object(params)))
    }

    /// Puts a deletion off and answers it, unless the resource that was looked
    /// up is not there or AWS refuses.
    pub fn put_off(&mut self, call: &Call, found: &Value) -> Option<Answer> {
        let (kind, delete) = deletion(call)?;
        let mut resource = (*tree::nodes(found, kind.id).first()?).clone();
        let refused = delete.refused.is_some_and(|(field, value)| tree::text(&resource, field) == value);
        if refused {
            return None;
        }
        let id = tree::text(&resource, kind.id);
        let key = key(kind, call, &id);
        let course = self.course(kind, call, delete.states);
        if self.held.get(&key).is_some_and(|held| held.deletion.is_some()) {
            if let Some((code, message)) = delete.again {
                let error = AwsError::new(400, code, message.replace("{id}", &id));
                return Some(wire::error(call.protocol, &call.service, &error));
            }
        } else {
            let span = self.note(kind, call, id.clone(), &course);
            let held = Held { course, end: None, deletion: Some(call.http.clone()), span };
            held.show(kind, &mut resource);
            self.held.insert(key, held);
        }
        let members = match delete.reply {
            Reply::Resource(name) => tree::object(name, resource),
            Reply::Fields => resource,
            Reply::Id => tree::object(kind.id, id.into()),
            Reply::Nothing => json!({}),
        };
        Some(wire::success(call.protocol, &call.operation, members))
    }

    /// Changes the states in an answer.
    pub fn after(&mut self, call: &Call, answer: &mut Value) {
        if call.operation == "ChangeResourceRecordSets" {
            let names = tree::texts(&call.params, "Name");
            self.records.extend(names.into_iter().map(|name| (absolute(&name), Instant::now())));
        }
        for kind in kinds(&call.service) {
            let change = kind.changes.iter().find(|(operation, _)| *operation == call.operation);
            if let Some((_, usual)) = change {
                let course = self.course(kind, call, usual);
                let wish = self.wishes.get_mut(&(kind.service, kind.name));
                let end = wish.and_then(|wish| wish.end.take());
                tree::change(answer, kind.id, &mut |node| {
                    let id = tree::text(node, kind.id);
                    let key = key(kind, call, &id);
                    let span = self.note(kind, call, id, &course);
                    let held = Held { course: course.clone(), end: end.clone(), deletion: None, span };
                    held.show(kind, node);
                    self.held.insert(key, held);
                });
            } else if kind.polls.contains(&call.operation.as_str()) {
                tree::change(answer, kind.id, &mut |node| {
                    let key = key(kind, call, &tree::text(node, kind.id));
                    if let Some(held) = self.held.get_mut(&key) {
                        held.course.begin(node, &self.records);
                        held.show(kind, node);
                        held.course.seen();
                        if let Some(span) = held.span.and_then(|span| self.spans.get_mut(span)) {
                            span.began = held.course.began();
                            span.look(held.course.state().is_none());
                        }
                    }
                });
            }
        }
    }
}

impl Course {
    /// The state now; none once the course is over.
    fn state(&self) -> Option<&str> {
        match self {
            Self::Polls(states) => states.front().map(String::as_str),
            Self::Time { states, start: None, .. } => states.first().copied(),
            Self::Time { states, start: Some(start), takes } => {
                let done = start.elapsed().div_duration_f64(*takes);
                if done < 1.0 { states.get((done * states.len() as f64) as usize).copied() } else { None }
            }
        }
    }

    /// Lets the time begin once the records of a certificate are there.
    fn begin(&mut self, node: &Value, records: &HashMap<String, Instant>) {
        if let Self::Time { start: start @ None, .. } = self {
            let names = tree::texts(node, "Name");
            let made: Option<Vec<_>> = names.iter().map(|name| records.get(&absolute(name))).collect();
            *start = made.and_then(|made| made.into_iter().max().copied());
        }
    }

    /// When its time began, in seconds since 1970.
    fn began(&self) -> Option<f64> {
        match self {
            Self::Time { start, .. } => start.map(span::moment),
            Self::Polls(_) => None,
        }
    }

    fn seen(&mut self) {
        if let Self::Polls(states) = self {
            states.pop_front();
        }
    }
}

/// The name of a record with its last dot, as it is compared.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_lowercase())
}

impl Held {
    fn show(&self, kind: &Kind, node: &mut Value) {
        let state = match (self.course.state(), &self.end) {
            (Some(state), _) => state,
            (None, Some(end)) => {
                if let Value::Object(node) = node {
                    node.extend(end.fields.iter().map(|(name, text)| (name.clone(), text.as_str().into())));
                }
                end.state.as_str()
            }
            (None, None) => return,
        };
        tree::set(node, kind.state, state);
        if !kind.also.is_empty() {
            tree::change(node, kind.also, &mut |node| tree::set(node, kind.also, state));
        }
    }
}

fn deletion(call: &Call) -> Option<(&'static Kind, &'static Delete)> {
    kinds(&call.service)
        .filter_map(|kind| Some((kind, kind.delete.as_ref()?)))
        .find(|(_, delete)| delete.operation == call.operation)
}
