//! Requests about one resource: from the wire to its kind and back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prost_types::Struct;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::answer::{partial_status, status};
use crate::aws::Aws;
use crate::aws::context::{Cx, Notes, digest, unheard_of};
use crate::aws::wait::Clock;
use crate::engine::answer::{diff_response, failures};
use crate::engine::check::Naming;
use crate::engine::log::Log;
use crate::engine::naming::{self, Memory, Wanted};
use crate::engine::proto as rpc;
use crate::engine::unsupported;
use crate::engine::wire::{self, Malformed};
use crate::kinds::{self, AnyKind, Home, PREFERRED_NAME};
use crate::model::{Failures, Object, Path, Value};

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
    let about = kind.describe();
    let (olds, mut news) = (wire::decode(request.olds)?, wire::decode(request.news)?);
    let mut refused = Failures::new();
    unsupported::take(kinds::unsupported_as(type_of(&request.urn)), &mut news, &mut refused);
    let seen = {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        if !olds.is_empty() {
            memory.exists(&request.urn, naming::names(about.args, &olds));
        }
        memory.seen(&request.urn)
    };
    let name = if request.name.is_empty() { name_of(&request.urn) } else { &request.name };
    let wanted = Wanted {
        args: about.args,
        rule: about.name,
        shares_name: about.shares_name,
        urn: &request.urn,
        name,
        preferred: news.get(PREFERRED_NAME).filter(|name| !name.is_null()).cloned(),
        prefix: naming::prefix_of(about.args)
            .filter(|_| about.name.is_some())
            .and_then(|prefix| news.get(prefix).filter(|prefix| !prefix.is_null()).cloned()),
        discriminator: aws.discriminator(),
        engine: request.autonaming.as_ref(),
    };
    let make = || wanted.make(&seen);
    let none = Object::new();
    let naming = Naming { before: &olds, olds: if wanted.stays(&olds) { &olds } else { &none }, make: &make };
    let tags = aws.default_tags().iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
    let home = Home { region: aws.region(), is_configured: aws.has_own_region() };
    let mut checked = kind.check(news, &tags.collect(), &naming, &home);
    checked.failures.extend(refused);
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
    let old = inputs_or(request.old_inputs, &outputs)?;
    let new = wire::decode(request.news)?;
    let cx = work.on(&old);
    kind.heard(&cx, &request.id, &old, &outputs, &new).await.map_err(|error| status(&error))?;
    let differences = kind.diff(&old, &outputs, &new).map_err(|error| status(&error))?;
    let about = kind.describe();
    let replacing = differences.iter().find(|difference| difference.replace);
    if let (true, Some(replacing)) = (about.keeps_name(&old, &new), replacing) {
        let asked = kind.holders(&cx, &request.id, &old, &outputs);
        if let Ok(Some(holders)) = tokio::time::timeout(FORESEE, asked).await {
            let name = about.args.fields.iter().find(|field| field.autoname).map_or("name", |f| f.name);
            return Err(Status::invalid_argument(held(&replacing.path, name, &request.id, &holders)));
        }
    }
    let alone = about.is_alone(&differences, &old, &new);
    Ok(diff_response(&differences, about.stable(), alone))
}

/// Why a replacement would never end.
fn held(path: &Path, name: &str, id: &str, holders: &str) -> String {
    format!(
        "a change of {path} would replace {id}, which is held by {holders}: AWS does not allow a second one with the same {name}, and the first one cannot be deleted. Leave {name} out, so that the new one is created first, under a name of its own; or give another {name} together with the change."
    )
}

pub fn preview_create(request: rpc::CreateRequest) -> Result<rpc::CreateResponse, Status> {
    let about = kind(&request.r#type, &request.urn)?.describe();
    let mut outputs = wire::decode(request.properties)?;
    outputs.retain(|key, _| !key.starts_with("__"));
    about.tell_tags(&mut outputs);
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
            inputs.retain(|key, _| !key.starts_with("__"));
            kind.describe().keep_inputs(&mut inputs);
            Some(inputs)
        }
        _ => None,
    };
    let (id, region) = match old.is_none() && !kind.describe().global {
        true => placed(&request.id),
        false => (request.id.as_str(), None),
    };
    let id = if old.is_none() { (kind.describe().import_id)(id) } else { id };
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
    let outputs = wire::decode(request.olds)?;
    let old = inputs_or(request.old_inputs, &outputs)?;
    let new = wire::decode(request.news)?;
    let outputs = kind.describe().previewed(&old, &outputs, new);
    Ok(rpc::UpdateResponse { properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn update(work: Work, request: rpc::UpdateRequest) -> Result<rpc::UpdateResponse, Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let outputs = wire::decode(request.olds)?;
    let old = inputs_or(request.old_inputs, &outputs)?;
    let new = wire::decode(request.news)?;
    let updated = kind.update(&work.on(&new), &request.id, &old, &outputs, &new).await;
    let outputs = updated.map_err(|partial| partial_status(&partial))?;
    Ok(rpc::UpdateResponse { properties: Some(wire::encode(&outputs)), ..Default::default() })
}

pub async fn delete(work: Work, request: rpc::DeleteRequest) -> Result<(), Status> {
    let kind = kind(&request.r#type, &request.urn)?;
    let outputs = wire::decode(request.properties)?;
    let mut inputs = inputs_or(request.old_inputs, &outputs)?;
    kind.describe().keep_inputs(&mut inputs);
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

/// The inputs of a resource in the state. Engines that tell none have them among the outputs.
fn inputs_or(inputs: Option<Struct>, outputs: &Object) -> Result<Object, Malformed> {
    inputs.map_or_else(|| Ok(outputs.clone()), |inputs| wire::decode(Some(inputs)))
}

fn kind(token: &str, urn: &str) -> Result<&'static dyn AnyKind, Status> {
    let token = if token.is_empty() { type_of(urn) } else { token };
    if crate::components::find(token).is_some() {
        return Err(Status::invalid_argument(format!(
            "{token} is a component, which does not exist in AWS and has no ID: import its resources instead, each by its own type and as a child of the component, such as `pulumi import --parent <name>=<URN of the component> agentic:ec2:Vpc <name> vpc-0a1b2c3d`"
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
