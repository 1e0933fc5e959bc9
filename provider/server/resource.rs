//! Requests about one resource: from the wire to its kind and back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::answer::{partial_status, status};
use super::naming::{self, Memory, Wanted};
use crate::aws::Aws;
use crate::aws::context::{Cx, Notes, digest, unheard_of};
use crate::aws::wait::Clock;
use crate::engine::check::{Naming, is_made};
use crate::engine::diff::{self, Difference, Kind as How};
use crate::engine::log::Log;
use crate::engine::proto as rpc;
use crate::engine::proto::property_diff::Kind as Shown;
use crate::engine::wire;
use crate::kinds::{self, AnyKind, Home, PREFERRED_NAME};
use crate::model::{Change, Failures, Field, Object, Path, Table, Value};

/// What one operation on one resource works with.
pub struct Work {
    pub cx: Cx,
}

impl Work {
    pub fn new(
        aws: Aws,
        urn: &str,
        timeout: f64,
        log: &Log,
        cancel: CancellationToken,
        clock: Clock,
    ) -> Self {
        // The engine writes 0 where the program gives no timeout.
        let timeout = Duration::try_from_secs_f64(timeout).ok().filter(|timeout| !timeout.is_zero());
        let progress = log.status(urn);
        let (urn, notes) = (urn.to_owned(), Notes::default());
        Work { cx: Cx { aws, region: None, urn, instance: None, timeout, cancel, clock, progress, notes } }
    }

    /// The same for the instance that has these inputs.
    fn on(self, inputs: &Object) -> Cx {
        let instance = inputs.get(INSTANCE).and_then(Value::as_str).map(str::to_owned);
        Cx { instance, ..self.cx }
    }
}

/// The input that tells one instance of a resource from those that it replaces or that replace it.
const INSTANCE: &str = "__instance";

pub fn check(
    aws: &Aws,
    memory: &Mutex<Memory>,
    request: rpc::CheckRequest,
) -> Result<rpc::CheckResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let (olds, news) = (wire::decode(request.olds)?, wire::decode(request.news)?);
    let seen = {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        if !olds.is_empty() {
            memory.exists(&request.urn, naming::names(kind, &olds));
        }
        memory.seen(&request.urn)
    };
    let name = if request.name.is_empty() { name_of(&request.urn) } else { &request.name };
    let wanted = Wanted {
        kind,
        urn: &request.urn,
        name,
        preferred: news.get(PREFERRED_NAME).filter(|name| !name.is_null()).cloned(),
        discriminator: aws.discriminator(),
        engine: request.autonaming.as_ref(),
    };
    let make = || wanted.make(&seen);
    let none = Object::new();
    let naming = Naming { before: &olds, olds: if wanted.stays(&olds) { &olds } else { &none }, make: &make };
    let tags = aws.default_tags().iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
    let home = Home { region: aws.region(), is_configured: aws.has_own_region() };
    let checked = kind.check(news, &tags.collect(), &naming, &home);
    let failures = failures(checked.failures, kind.describe().args, &checked.inputs);
    let mut inputs = checked.inputs;
    inputs.insert(INSTANCE.to_owned(), instance(&olds, &request.urn, &request.random_seed));
    Ok(rpc::CheckResponse { inputs: Some(wire::encode(&inputs)), failures })
}

/// How long a check may wait for what AWS says.
const FORESEE: Duration = Duration::from_secs(3);

/// Whether AWS took longer, and is asked no more.
#[derive(Clone, Default)]
struct Silent(Arc<AtomicBool>);

/// What AWS would refuse of inputs that are checked.
pub async fn foresee(
    work: Work,
    token: &str,
    olds: Option<prost_types::Struct>,
    inputs: Option<prost_types::Struct>,
) -> Result<Vec<rpc::CheckFailure>, Status> {
    let kind = kind(token, &work.cx.urn)?;
    let (olds, inputs) = (wire::decode(olds)?, wire::decode(inputs)?);
    let cx = work.on(&inputs);
    let Some(asked) = kind.foresee(&cx, &olds, &inputs) else { return Ok(Vec::new()) };
    let silent = cx.aws.shared::<Silent, Silent>("", Silent::default);
    if silent.0.load(Ordering::Relaxed) {
        return Ok(Vec::new());
    }
    let found = tokio::time::timeout(FORESEE, asked).await.unwrap_or_else(|_| {
        silent.0.store(true, Ordering::Relaxed);
        Failures::new()
    });
    Ok(failures(found, kind.describe().args, &inputs))
}

/// Which instance of a resource it is: that of before, or another where there is none. The engine
/// gives the same seed where it goes by a saved plan.
fn instance(olds: &Object, urn: &str, seed: &[u8]) -> Value {
    match olds.get(INSTANCE) {
        Some(known) => known.clone(),
        None if seed.is_empty() => Value::from(unheard_of()),
        None => Value::from(digest(&[urn.as_bytes(), seed])),
    }
}

pub async fn diff(
    work: Work,
    memory: &Mutex<Memory>,
    request: rpc::DiffRequest,
) -> Result<rpc::DiffResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    memory.lock().unwrap_or_else(PoisonError::into_inner).has_id(&request.urn, &request.id);
    let outputs = wire::decode(request.olds)?;
    let old = match request.old_inputs {
        Some(inputs) => wire::decode(Some(inputs))?,
        None => outputs.clone(),
    };
    let new = wire::decode(request.news)?;
    let cx = work.on(&old);
    kind.heard(&cx, &request.id, &old, &outputs).await.map_err(|error| status(&error))?;
    let differences = kind.diff(&old, &outputs, &new).map_err(|error| status(&error))?;
    let description = kind.describe();
    let stays = |field: &&Field| field.change == Change::Inherited && field.follows.is_empty();
    let picked =
        |field: &&Field| field.aws_default && field.change == Change::Replace && field.follows.is_empty();
    let stables = description.args.fields.iter().filter(picked);
    let stables =
        description.state.fields.iter().filter(stays).chain(stables).map(|field| field.name.to_owned());
    // A name that the program chose can be had once only.
    let named = description.args.fields.iter().filter(|field| field.autoname);
    let same_name = !description.shares_name
        && named.clone().count() > 0
        && named.clone().all(|f| !is_made(&new, f.name) && old.get(f.name) == new.get(f.name));
    let replacing = differences.iter().find(|difference| difference.replace);
    if let (true, Some(replacing)) = (same_name, replacing) {
        let asked = kind.holders(&cx, &request.id, &old, &outputs);
        if let Ok(Some(holders)) = tokio::time::timeout(FORESEE, asked).await {
            let name = description.args.fields.iter().find(|field| field.autoname).map_or("name", |f| f.name);
            return Err(Status::invalid_argument(held(&replacing.path, name, &request.id, &holders)));
        }
    }
    let differs = |name: &str| differences.iter().any(|difference| difference.path.top() == Some(name));
    let same_place = !description.apart.is_empty() && !description.apart.iter().copied().any(differs);
    let alone = description.alone || same_name || same_place;
    Ok(diff_response(&differences, stables.collect(), alone))
}

/// Why a replacement would never end.
fn held(path: &Path, name: &str, id: &str, holders: &str) -> String {
    format!(
        "a change of {path} would replace {id}, which is held by {holders}: AWS takes no second one of its {name}, and the first cannot go. Leave {name} out, so that another one is made first, under a name of its own; or give another {name} together with the change."
    )
}

pub fn preview_create(request: rpc::CreateRequest) -> Result<rpc::CreateResponse, Status> {
    kind(&request.r#type, &request.urn)?;
    let mut outputs = wire::decode(request.properties)?;
    outputs.retain(|key, _| !key.starts_with("__"));
    // What is left out is unknown to the engine, the id included.
    Ok(rpc::CreateResponse { properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn create(work: Work, request: rpc::CreateRequest) -> Result<rpc::CreateResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let inputs = wire::decode(request.properties)?;
    let created = kind.create(&work.on(&inputs), &inputs).await;
    let (id, outputs) = created.map_err(|partial| partial_status(&partial))?;
    Ok(rpc::CreateResponse { id, properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn read(work: Work, request: rpc::ReadRequest) -> Result<rpc::ReadResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    // Nothing but the id is known on import.
    let outputs = match request.properties {
        Some(state) if !state.fields.is_empty() => Some(wire::decode(Some(state))?),
        _ => None,
    };
    let old = match (request.inputs, &outputs) {
        (Some(inputs), _) if !inputs.fields.is_empty() => Some(wire::decode(Some(inputs))?),
        (_, Some(outputs)) => {
            let mut inputs = outputs.clone();
            inputs.retain(|key, _| kinds::is_common(key) || kind.describe().args.field(key).is_some());
            Some(inputs)
        }
        _ => None,
    };
    let (id, region) = match old.is_none() && !kind.describe().global {
        true => placed(&request.id),
        false => (request.id.as_str(), None),
    };
    let cx = match &old {
        Some(old) => work.on(old),
        None => Cx { region: region.or(work.cx.region.clone()), ..work.cx },
    };
    let found = kind.read(&cx, id, old.as_ref(), outputs.as_ref()).await;
    let found = found.map_err(|error| status(&error))?;
    Ok(match found {
        None => rpc::ReadResponse::default(),
        Some((inputs, outputs)) => rpc::ReadResponse {
            id: id.to_owned(),
            properties: Some(wire::encode(&outputs)),
            inputs: Some(wire::encode(&inputs)),
            ..Default::default()
        },
    })
}

/// An id that a person gives to import, and the region that it names: as an ARN does, or behind an
/// `@`, as in `vpc-0a1b2c@eu-west-1`.
fn placed(id: &str) -> (&str, Option<String>) {
    let is_region = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let ends_in_digit = parts.last().is_some_and(|last| last.parse::<u8>().is_ok());
        let words = parts[..parts.len() - 1].iter().all(|part| part.chars().all(|c| c.is_ascii_lowercase()));
        parts.len() >= 3 && ends_in_digit && words
    };
    if let Some((bare, region)) = id.rsplit_once('@').filter(|(_, region)| is_region(region)) {
        return (bare, Some(region.to_owned()));
    }
    let region = id.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
    (id, region.filter(|region| is_region(region)).map(str::to_owned))
}

pub fn preview_update(request: rpc::UpdateRequest) -> Result<rpc::UpdateResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let mut outputs = wire::decode(request.news)?;
    outputs.retain(|key, _| !key.starts_with("__"));
    let olds = wire::decode(request.olds)?;
    let old_inputs =
        request.old_inputs.map_or_else(|| Ok(olds.clone()), |inputs| wire::decode(Some(inputs)))?;
    let description = kind.describe();
    let differences = diff::compare(description.args, &old_inputs, &olds, &outputs);
    let changes = |name: &&str| differences.iter().any(|difference| difference.path.top() == Some(*name));
    let picked = description.args.fields.iter().filter(|field| field.aws_default);
    for field in description.state.fields.iter().chain(picked) {
        // What the update can change is unknown until it is made.
        let may_change = match field.follows {
            [] => field.change == Change::InPlace && !field.aws_default,
            arguments => arguments.iter().any(&changes),
        };
        if let Some(value) = olds.get(field.name).filter(|_| !may_change) {
            outputs.entry(field.name.to_owned()).or_insert_with(|| value.clone());
        }
    }
    Ok(rpc::UpdateResponse { properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn update(work: Work, request: rpc::UpdateRequest) -> Result<rpc::UpdateResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let outputs = wire::decode(request.olds)?;
    let old = match request.old_inputs {
        Some(inputs) => wire::decode(Some(inputs))?,
        None => outputs.clone(),
    };
    let new = wire::decode(request.news)?;
    let updated = kind.update(&work.on(&new), &request.id, &old, &outputs, &new).await;
    let outputs = updated.map_err(|partial| partial_status(&partial))?;
    Ok(rpc::UpdateResponse { properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn delete(work: Work, request: rpc::DeleteRequest) -> Result<(), Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let outputs = wire::decode(request.properties)?;
    let inputs =
        request.old_inputs.map_or_else(|| Ok(outputs.clone()), |inputs| wire::decode(Some(inputs)))?;
    let is_input = |key: &str| {
        key.starts_with("__") || kinds::is_common(key) || kind.describe().args.field(key).is_some()
    };
    let mut inputs = inputs;
    inputs.retain(|key, _| is_input(key));
    kind.delete(&work.on(&inputs), &request.id, &inputs, &outputs).await.map_err(|error| status(&error))
}

pub async fn invoke(work: Work, request: rpc::InvokeRequest) -> Result<rpc::InvokeResponse, Status> {
    let Some(function) = kinds::find_function(&request.tok) else {
        return Err(Status::invalid_argument(format!("there is no function {:?} in agentic", request.tok)));
    };
    let args = wire::decode(request.args)?;
    let mut failures_found = Failures::new();
    let answer = function.call(&work.cx, &args, &mut failures_found).await.map_err(|error| status(&error))?;
    Ok(rpc::InvokeResponse {
        r#return: answer.as_ref().map(wire::encode),
        failures: failures(failures_found, function.args(), &args),
    })
}

/// Check failures as the engine takes them. It knows properties by their first name only, so that
/// the rest of the path goes into the text; and it prints the value of the property, secrets too,
/// so that those go by no name.
pub fn failures(failures: Failures, table: &Table, inputs: &Object) -> Vec<rpc::CheckFailure> {
    failures
        .into_iter()
        .map(|failure| {
            let top = failure.path.top().unwrap_or_default();
            let value = inputs.get(top);
            let is_secret =
                table.field(top).is_some_and(|field| field.secret) || value.is_some_and(Value::has_secret);
            // The engine prints the whole value beside it.
            let is_long = value.is_some_and(|value| length(value) > LONG);
            let property = if is_secret || is_long { String::new() } else { top.to_owned() };
            let path = failure.path.to_string();
            let reason = match is_secret && value.is_some_and(|value| tells(&failure.reason, value)) {
                true => without(&failure.reason, value),
                false => failure.reason,
            };
            let reason = if path == property { reason } else { format!("{path} {reason}") };
            rpc::CheckFailure { property, reason }
        })
        .collect()
}

/// What is wrong with a secret value: the rule without the value, which comes first.
fn without(reason: &str, value: Option<&Value>) -> String {
    const HIDDEN: &str = "is not legal; it is secret, so that it is not shown";
    let rule = reason.split_once("; ").map(|(_, rule)| rule).filter(|rule| {
        let mut quoted = rule.split(['"', '\'', '`']).skip(1).step_by(2).filter(|part| !part.is_empty());
        value.is_some_and(|value| !tells(rule, value) && !quoted.any(|part| holds(value, part)))
    });
    rule.map_or_else(|| HIDDEN.to_owned(), |rule| format!("{HIDDEN}; {rule}"))
}

/// Whether some text of a value has this part in it.
fn holds(value: &Value, part: &str) -> bool {
    match value.peel() {
        Value::String(text) => text.contains(part),
        Value::Array(items) => items.iter().any(|item| holds(item, part)),
        Value::Object(fields) => fields.values().any(|field| holds(field, part)),
        _ => false,
    }
}

/// From how many bytes on a value is not printed.
const LONG: usize = 4_000;

/// About how long a value is when it is printed.
fn length(value: &Value) -> usize {
    match value.peel() {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| length(item) + 1).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + length(value) + 1).sum(),
        _ => 1,
    }
}

/// How much of a text tells that it is repeated.
const PROBE: usize = 40;

/// Whether a text has some part of a value in it.
fn tells(text: &str, value: &Value) -> bool {
    match value.peel() {
        Value::String(part) => {
            // A message may have it with escapes, and of a long one the beginning only.
            let first: String = part.chars().take(PROBE).collect();
            let escaped = first.escape_debug().to_string();
            !part.is_empty() && (text.contains(&first) || text.contains(&escaped))
        }
        Value::Number(number) => text.contains(&number.to_string()),
        Value::Array(items) => items.iter().any(|item| tells(text, item)),
        Value::Object(fields) => fields.values().any(|field| tells(text, field)),
        _ => false,
    }
}

pub fn diff_response(differences: &[Difference], stables: Vec<String>, alone: bool) -> rpc::DiffResponse {
    let tops = |keep: &dyn Fn(&Difference) -> bool| {
        let mut tops: Vec<String> = differences
            .iter()
            .filter(|difference| keep(difference))
            .filter_map(|difference| difference.path.top().map(str::to_owned))
            .collect();
        tops.dedup();
        tops
    };
    let detailed = differences.iter().map(|difference| {
        let kind = match (difference.kind, difference.replace) {
            (How::Add, false) => Shown::Add,
            (How::Add, true) => Shown::AddReplace,
            (How::Delete, false) => Shown::Delete,
            (How::Delete, true) => Shown::DeleteReplace,
            (How::Update, false) => Shown::Update,
            (How::Update, true) => Shown::UpdateReplace,
        };
        (difference.path.to_string(), rpc::PropertyDiff { kind: kind.into(), input_diff: true })
    });
    let replaces = tops(&|difference| difference.replace);
    let changes = if differences.is_empty() {
        rpc::diff_response::DiffChanges::DiffNone
    } else {
        rpc::diff_response::DiffChanges::DiffSome
    };
    rpc::DiffResponse {
        changes: changes.into(),
        diffs: tops(&|_| true),
        delete_before_replace: alone && !replaces.is_empty(),
        replaces,
        stables,
        detailed_diff: detailed.collect(),
        has_detailed_diff: true,
    }
}

fn kind(token: &str, urn: &str) -> Result<&'static dyn AnyKind, Status> {
    let token = if token.is_empty() { type_of(urn) } else { token };
    if crate::components::find(token).is_some() {
        return Err(Status::invalid_argument(format!(
            "{token} is a component, which is nothing in AWS by itself and has no ID: import its resources instead, each by its own type and as a child of the component, such as `pulumi import --parent <name>=<URN of the component> agentic:ec2:Vpc <name> vpc-0a1b2c3d`"
        )));
    }
    kinds::find(token).ok_or_else(|| {
        Status::invalid_argument(format!("there is no resource type {token:?} in agentic {}", super::VERSION))
    })
}

/// `urn:pulumi:stack::project::parent$type::name`
fn type_of(urn: &str) -> &str {
    let types = urn.split("::").nth(2).unwrap_or_default();
    types.rsplit('$').next().unwrap_or_default()
}

fn name_of(urn: &str) -> &str {
    urn.splitn(4, "::").nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_a_secret_shows_nothing_of_it() {
        /// What is checked.
        #[derive(crate::model::Model)]
        #[allow(dead_code)]
        #[model(component)]
        struct ThingArgs {
            /// A password.
            #[model(secret)]
            password: String,
            /// A size.
            size: i64,
        }
        let inputs = Object::from([
            ("password".to_owned(), Value::from("hunter2")),
            ("size".to_owned(), Value::Number(7.0).into_secret()),
        ]);
        let mut found = Failures::new();
        found.add("password", "is too short");
        found.add("password", "is \"hunter2\"");
        found.add("size", "is 7; give 8 or 9");
        found.add("password", "is \"hunter2\"; a password begins with \"hunter\"");
        let shown = failures(found, <ThingArgs as crate::model::Model>::TABLE, &inputs);
        assert!(shown.iter().all(|failure| failure.property.is_empty()), "the engine would print the value");
        let reasons: Vec<&str> = shown.iter().map(|failure| failure.reason.as_str()).collect();
        let hidden = "is not legal; it is secret, so that it is not shown";
        assert_eq!(
            reasons,
            [
                "password is too short",
                &format!("password {hidden}"),
                &format!("size {hidden}; give 8 or 9"),
                &format!("password {hidden}"),
            ]
        );
    }

    #[test]
    fn an_id_may_say_in_which_region_it_is() {
        let there = Some("eu-west-1".to_owned());
        assert_eq!(placed("vpc-0a1b@eu-west-1"), ("vpc-0a1b", there.clone()));
        let arn = "arn:aws:sns:eu-west-1:123456789012:alarms";
        assert_eq!(placed(arn), (arn, there.clone()));
        assert_eq!(placed(&format!("{arn}@us-gov-west-1")), (arn, Some("us-gov-west-1".to_owned())));
        for id in ["vpc-0a1b", "a@b", "someone@example-1", "arn:aws:iam::123456789012:policy/a"] {
            assert_eq!(placed(id), (id, None));
        }
    }

    #[test]
    fn type_and_name_are_read_from_the_urn() {
        let urn = "urn:pulumi:dev::app::agentic:index:AgenticStack$agentic:ec2:Vpc::my::vpc";
        assert_eq!(type_of(urn), "agentic:ec2:Vpc");
        assert_eq!(name_of(urn), "my::vpc");
        assert_eq!((type_of("nonsense"), name_of("nonsense")), ("", ""));
    }
}
