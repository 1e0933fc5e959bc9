//! The engine's side of the provider protocol.

use std::collections::BTreeMap;

use agentic_pulumi::engine::proto::{
    CheckRequest, ConfigureRequest, ConstructRequest, ConstructResponse, CreateRequest,
    ErrorResourceInitFailed, ProviderHandshakeRequest, RegisterResourceRequest, RegisterResourceResponse,
    construct_request,
    register_resource_response::PropertyDependencies,
    resource_provider_client::ResourceProviderClient,
    resource_provider_server::{ResourceProvider, ResourceProviderServer},
    rpc,
};
use prost::Message;
use prost_types::Struct;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Status};

use crate::{
    MESSAGE_LIMIT, Shared,
    ledger::{Outcome, Registration},
    monitor::Answer,
    some_or,
    wire::{self, Json, Object},
};

/// A connection to a plugin.
pub type Provider = ResourceProviderClient<Channel>;

/// The random seed of every Check.
const SEED: [u8; 32] = [7; 32];

/// Serves a provider on a loopback port for as long as the test runs, and connects to it.
pub async fn serve(provider: impl ResourceProvider) -> Provider {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = ResourceProviderServer::new(provider)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let server = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    tokio::spawn(async { server.await.unwrap() });
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    ResourceProviderClient::new(channel)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

pub async fn configure(shared: &Shared, mut provider: Provider, config: Json) -> Result<(), Status> {
    let handshake = ProviderHandshakeRequest {
        engine_address: shared.address.clone(),
        configure_with_urn: true,
        supports_refresh_before_update: true,
        invoke_with_preview: true,
        ..ProviderHandshakeRequest::default()
    };
    let flags = provider.handshake(handshake).await?.into_inner();
    if !(flags.accept_secrets && flags.accept_resources && flags.accept_outputs) {
        let message = "components need secrets, resource references and output values";
        return Err(Status::failed_precondition(message));
    }
    let name = "default".to_owned();
    let r#type = "pulumi:providers:agentic".to_owned();
    let urn = shared.ledger().urn("", &r#type, &name);
    let check = CheckRequest {
        urn: urn.clone(),
        olds: Some(Struct::default()),
        news: Some(wire::to_struct(&encoded(wire::object(config)))),
        name: name.clone(),
        r#type: r#type.clone(),
        ..CheckRequest::default()
    };
    let checked = match provider.check_config(check.clone()).await {
        Ok(response) => response.into_inner(),
        Err(status) if status.code() == Code::Unimplemented => Default::default(),
        Err(status) => return Err(status),
    };
    refuse_failures(&checked.failures).map_err(Status::invalid_argument)?;
    let configure = ConfigureRequest {
        args: checked.inputs.or(check.news),
        accept_secrets: true,
        accept_resources: true,
        sends_old_inputs: true,
        sends_old_inputs_to_delete: true,
        id: Some("provider-id".into()),
        urn: Some(urn),
        name: Some(name),
        r#type: Some(r#type),
        ..ConfigureRequest::default()
    };
    provider.configure(configure).await?;
    Ok(())
}

/// The engine sends configuration that is no string as JSON text.
fn encoded(config: Object) -> Object {
    let encode = |value: Json| match value {
        Json::String(text) => Json::String(text),
        other => Json::String(other.to_string()),
    };
    config.into_iter().map(|(key, value)| (key, encode(value))).collect()
}

pub async fn create(
    shared: &Shared,
    mut provider: Provider,
    registration: &Registration,
) -> Result<Answer, Status> {
    let Registration { request, urn, .. } = registration;
    let timeouts = request.custom_timeouts.clone().unwrap_or_default();
    let timeout = seconds(&timeouts.create).map_err(Status::invalid_argument)?;
    let check = CheckRequest {
        urn: urn.clone(),
        olds: Some(Struct::default()),
        news: Some(wire::to_struct(&registration.inputs)),
        random_seed: SEED.into(),
        name: request.name.clone(),
        r#type: request.r#type.clone(),
        ..CheckRequest::default()
    };
    let checked = match provider.check(check).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(failed(&status)),
    };
    if let Err(reasons) = refuse_failures(&checked.failures) {
        return Ok(Answer::of(Outcome::Failed(reasons)));
    }
    let maker = shared.script.lock().unwrap().maker.clone();
    if let Some(outputs) = maker {
        let mut made = wire::from_struct(&checked.inputs.unwrap_or_default());
        made.retain(|key, _| !key.starts_with("__"));
        let mut own = wire::object(outputs(registration));
        let id = own.remove("id").and_then(|id| id.as_str().map(str::to_owned));
        made.extend(own);
        return Ok(Answer::done(id.unwrap_or_else(|| super::default_id(registration)), made));
    }
    let create = CreateRequest {
        urn: urn.clone(),
        properties: Some(checked.inputs.unwrap_or_default()),
        timeout,
        preview: shared.setup.preview,
        name: request.name.clone(),
        r#type: request.r#type.clone(),
        ..CreateRequest::default()
    };
    let created = match provider.create(create).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(failed(&status)),
    };
    let outputs = wire::from_struct(&created.properties.unwrap_or_default());
    if !shared.setup.preview {
        let unknown = outputs.iter().find(|(_, value)| wire::has_unknown(value));
        let broken = match unknown {
            _ if created.id.is_empty() => Some("was created without an id".to_owned()),
            Some((key, _)) => Some(format!("was created with an unknown `{key}`")),
            None => None,
        };
        if let Some(broken) = broken {
            let broken = shared.ledger().broken(format!("{urn}: {broken}"));
            return Ok(Answer::of(Outcome::Failed(broken)));
        }
    }
    Ok(Answer::done(created.id, outputs))
}

/// An error, and the resource that may exist nevertheless.
fn failed(status: &Status) -> Answer {
    const TYPE: &str = "pulumirpc.ErrorResourceInitFailed";
    let details = rpc::Status::decode(status.details()).unwrap_or_default().details;
    let partial = details.iter().find(|detail| detail.type_url.ends_with(TYPE));
    let partial = partial.map(|detail| ErrorResourceInitFailed::decode(&*detail.value).unwrap());
    let partial = partial.unwrap_or_default();
    Answer {
        outcome: Outcome::Failed(status.message().to_owned()),
        id: partial.id,
        outputs: wire::from_struct(&partial.properties.unwrap_or_default()),
    }
}

fn refuse_failures(failures: &[agentic_pulumi::engine::proto::CheckFailure]) -> Result<(), String> {
    let reasons = failures.iter().map(|failure| match failure.property.as_str() {
        "" => failure.reason.clone(),
        property => format!("{property}: {}", failure.reason),
    });
    let reasons = reasons.collect::<Vec<_>>();
    if reasons.is_empty() { Ok(()) } else { Err(reasons.join("\n")) }
}

pub async fn construct(shared: &Shared, request: ConstructRequest) -> Result<ConstructResponse, Status> {
    let Some(mut provider) = shared.provider() else {
        return Err(Status::failed_precondition("no provider is loaded"));
    };
    let setup = &shared.setup;
    let mut request = ConstructRequest {
        project: setup.project.clone(),
        stack: setup.stack.clone(),
        organization: setup.organization.clone(),
        dry_run: setup.preview,
        parallel: 16,
        monitor_endpoint: shared.address.clone(),
        parent: some_or(request.parent, || shared.ledger().registrations[0].urn.clone()),
        accepts_output_values: true,
        ..request
    };
    let inputs = wire::from_struct(request.inputs.get_or_insert_default());
    for (key, value) in &inputs {
        let dependencies = request.input_dependencies.entry(key.clone()).or_default();
        for urn in wire::dependencies(value) {
            if !dependencies.urns.contains(&urn) {
                dependencies.urns.push(urn);
            }
        }
    }
    let response = provider.construct(request).await?.into_inner();
    check_constructed(shared, &response)
        .map_err(|broken| Status::internal(shared.ledger().broken(format!("{}: {broken}", response.urn))))?;
    Ok(response)
}

fn check_constructed(shared: &Shared, response: &ConstructResponse) -> Result<(), String> {
    let ledger = shared.ledger();
    match ledger.get(&response.urn) {
        None => return Err("was constructed, but not registered".into()),
        Some(component) if !component.completed => {
            return Err("was constructed, but its outputs were not registered".into());
        }
        Some(_) => {}
    }
    let dependencies = response.state_dependencies.values().flat_map(|named| &named.urns);
    match dependencies.into_iter().find(|urn| !ledger.has_settled(urn)) {
        Some(urn) => Err(format!("its state depends on {urn}, which is not registered")),
        None => Ok(()),
    }
}

/// A component in a component, registered as a program would.
pub async fn construct_remote(
    shared: &Shared,
    request: RegisterResourceRequest,
) -> Result<RegisterResourceResponse, Status> {
    let dependencies = request.property_dependencies.into_iter().map(|(key, named)| {
        let named = construct_request::PropertyDependencies { urns: named.urns };
        (key, named)
    });
    let timeouts = request.custom_timeouts.map(|timeouts| construct_request::CustomTimeouts {
        create: timeouts.create,
        update: timeouts.update,
        delete: timeouts.delete,
        read: timeouts.read,
    });
    let before = request.delete_before_replace_defined || request.delete_before_replace;
    let construct_request = ConstructRequest {
        r#type: request.r#type,
        name: request.name,
        parent: request.parent,
        inputs: request.object,
        input_dependencies: dependencies.collect(),
        providers: request.providers,
        dependencies: request.dependencies,
        protect: request.protect,
        aliases: request.aliases,
        additional_secret_outputs: request.additional_secret_outputs,
        custom_timeouts: timeouts,
        deleted_with: request.deleted_with,
        delete_before_replace: before.then_some(request.delete_before_replace),
        ignore_changes: request.ignore_changes,
        replace_on_changes: request.replace_on_changes,
        retain_on_delete: request.retain_on_delete,
        replace_with: request.replace_with,
        ..ConstructRequest::default()
    };
    let response = construct(shared, construct_request).await?;
    let state = wire::from_struct(&response.state.unwrap_or_default());
    let mut dependencies = response
        .state_dependencies
        .into_iter()
        .map(|(key, named)| (key, PropertyDependencies { urns: named.urns }))
        .collect::<BTreeMap<_, _>>();
    for (key, value) in &state {
        let carried = wire::dependencies(value);
        dependencies.entry(key.clone()).or_default().urns.extend(carried);
    }
    let state = wire::object(wire::without_outputs(&Json::Object(state)));
    Ok(RegisterResourceResponse {
        urn: response.urn,
        object: Some(wire::to_struct(&state)),
        property_dependencies: dependencies,
        ..RegisterResourceResponse::default()
    })
}

/// Reads a Go duration of hours, minutes and seconds.
fn seconds(duration: &str) -> Result<f64, String> {
    let mut total = 0.0;
    let mut rest = duration;
    while !rest.is_empty() {
        let wrong = || format!("`{duration}` is no duration");
        let end = rest.find(['h', 'm', 's']).ok_or_else(wrong)?;
        let number = rest[..end].parse::<f64>().map_err(|_| wrong())?;
        let unit = match &rest[end..=end] {
            "h" => 3600.0,
            "m" => 60.0,
            _ => 1.0,
        };
        total += number * unit;
        rest = &rest[end + 1..];
    }
    Ok(total)
}
