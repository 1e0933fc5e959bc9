//! The two services of the engine.

use std::{collections::BTreeMap, future::pending, sync::Arc};

use agentic_pulumi::engine::proto::{
    GetRootResourceRequest, GetRootResourceResponse, InvokeRequest, LogRequest,
    RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse, ResourceInvokeRequest,
    ResourceInvokeResponse, Result as Report, SupportsFeatureRequest, SupportsFeatureResponse,
    engine_server::{Engine, EngineServer},
    register_resource_response::PropertyDependencies,
    resource_monitor_server::{ResourceMonitor, ResourceMonitorServer},
};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::{
    Behaviour, MESSAGE_LIMIT, Shared, default_id,
    ledger::{Outcome, Registration},
    provider,
    wire::{self, Json, Object},
};

const FEATURES: [&str; 12] = [
    "secrets",
    "resourceReferences",
    "outputValues",
    "aliasSpecs",
    "replacementTrigger",
    "deletedWith",
    "replaceWith",
    "transforms",
    "invokeTransforms",
    "parameterization",
    "resourceHooks",
    "errorHooks",
];

pub async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let monitor = ResourceMonitorServer::new(Service(shared.clone()))
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    Server::builder()
        .add_service(monitor)
        .add_service(EngineServer::new(Service(shared)))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .unwrap();
}

struct Service(Arc<Shared>);

/// What became of a registration.
pub struct Answer {
    pub outcome: Outcome,
    pub id: String,
    pub outputs: Object,
}

#[tonic::async_trait]
impl ResourceMonitor for Service {
    async fn supports_feature(
        &self,
        request: Request<SupportsFeatureRequest>,
    ) -> Result<Response<SupportsFeatureResponse>, Status> {
        let asked = request.into_inner().id;
        let has_support = FEATURES.contains(&asked.as_str()) && !self.0.setup.lacks.contains(&asked);
        Ok(Response::new(SupportsFeatureResponse { has_support }))
    }

    async fn invoke(
        &self,
        request: Request<ResourceInvokeRequest>,
    ) -> Result<Response<ResourceInvokeResponse>, Status> {
        let request = request.into_inner();
        let response = self.0.unless_shut_down(self.0.invoke(request)).await?;
        Ok(Response::new(response))
    }

    async fn register_resource(
        &self,
        request: Request<RegisterResourceRequest>,
    ) -> Result<Response<RegisterResourceResponse>, Status> {
        let request = request.into_inner();
        let response = self.0.unless_shut_down(self.0.register(request)).await?;
        Ok(Response::new(response))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<RegisterResourceOutputsRequest>,
    ) -> Result<Response<()>, Status> {
        let complete = async {
            self.0.unless_stopped().await;
            let completed = self.0.ledger().complete(request.into_inner());
            completed.map_err(Status::invalid_argument)
        };
        self.0.unless_shut_down(complete).await?;
        self.0.changed.send_replace(());
        Ok(Response::new(()))
    }
}

#[tonic::async_trait]
impl Engine for Service {
    async fn log(&self, request: Request<LogRequest>) -> Result<Response<()>, Status> {
        self.0.ledger().logs.push(request.into_inner());
        Ok(Response::new(()))
    }

    async fn get_root_resource(
        &self,
        _: Request<GetRootResourceRequest>,
    ) -> Result<Response<GetRootResourceResponse>, Status> {
        let urn = self.0.ledger().registrations[0].urn.clone();
        Ok(Response::new(GetRootResourceResponse { urn }))
    }
}

impl Shared {
    async fn register(&self, request: RegisterResourceRequest) -> Result<RegisterResourceResponse, Status> {
        if request.remote {
            return provider::construct_remote(self, request).await;
        }
        let begun = self.ledger().begin(request);
        let registration = begun.map_err(Status::invalid_argument)?;
        self.changed.send_replace(());
        self.unless_stopped().await;
        let answer = self.settle(&registration).await?;
        let Answer { outcome, id, outputs } = answer;
        {
            let mut ledger = self.ledger();
            let failed = matches!(outcome, Outcome::Failed(_));
            ledger.stopped |= failed && !self.setup.continue_on_error;
            ledger.finish(&registration.urn, outcome.clone(), id.clone(), outputs.clone());
        }
        self.changed.send_replace(());
        if matches!(outcome, Outcome::Failed(_)) {
            self.unless_stopped().await;
        }
        respond(&registration, &outcome, id, outputs)
    }

    /// Does what the script, the provider or the kind of deployment say.
    async fn settle(&self, registration: &Registration) -> Result<Answer, Status> {
        if self.ledger().must_skip(registration) {
            return Ok(Answer::of(Outcome::Skipped));
        }
        if !registration.request.custom {
            return Ok(Answer::of(Outcome::Done));
        }
        let behaviours = self.script.lock().unwrap().behaviours.clone();
        for (selector, behaviour) in behaviours {
            if !registration.is(&selector) {
                continue;
            }
            match behaviour {
                Behaviour::Delay(time) => tokio::time::sleep(time).await,
                Behaviour::Hold => self.until_released(&selector).await,
                Behaviour::Fail(reason) => return Ok(Answer::of(Outcome::Failed(reason))),
                Behaviour::Elide => return Ok(Answer::of(Outcome::Elided)),
                Behaviour::Answer { id, outputs } => {
                    return Ok(Answer::done(id, wire::object(outputs)));
                }
            }
        }
        if let Some(provider) = self.provider() {
            return provider::create(self, provider, registration).await;
        }
        if self.setup.preview {
            return Ok(Answer::done(String::new(), registration.inputs.clone()));
        }
        Ok(self.mint(registration))
    }

    fn mint(&self, registration: &Registration) -> Answer {
        let r#type = &registration.request.r#type;
        let outputs = self.script.lock().unwrap().outputs.get(r#type).cloned();
        let mut own = outputs.map_or_else(Object::new, |outputs| wire::object(outputs(registration)));
        let id = match own.remove("id") {
            Some(id) => id.as_str().unwrap().to_owned(),
            None => default_id(registration),
        };
        let mut outputs = registration.inputs.clone();
        outputs.extend(own);
        Answer::done(id, outputs)
    }

    async fn invoke(&self, request: ResourceInvokeRequest) -> Result<ResourceInvokeResponse, Status> {
        let mut args = wire::from_struct(&request.args.unwrap_or_default());
        if request.tok == "pulumi:pulumi:getResource" {
            return self.get_resource(&args);
        }
        let Some(mut provider) = self.provider() else {
            let message = format!("no provider is loaded to answer {}", request.tok);
            return Err(Status::failed_precondition(message));
        };
        args.retain(|_, value| !wire::has_unknown(value));
        let request = InvokeRequest {
            tok: request.tok,
            args: Some(wire::to_struct(&args)),
            preview: self.setup.preview,
        };
        let response = provider.invoke(request).await?.into_inner();
        Ok(ResourceInvokeResponse {
            r#return: response.r#return,
            failures: response.failures,
            unknown: false,
        })
    }

    fn get_resource(&self, args: &Object) -> Result<ResourceInvokeResponse, Status> {
        let urn = args.get("urn").and_then(Json::as_str).unwrap_or_default();
        let ledger = self.ledger();
        let found = ledger.get(urn).filter(|found| found.outcome == Outcome::Done);
        let Some(found) = found else {
            return Err(Status::unknown(format!("unknown resource {urn}")));
        };
        let found = json!({
            "urn": urn,
            "id": found.id,
            "provider": found.request.provider,
            "state": found.outputs,
        });
        Ok(ResourceInvokeResponse {
            r#return: Some(wire::to_struct(&wire::object(found))),
            ..ResourceInvokeResponse::default()
        })
    }

    async fn until_released(&self, selector: &str) {
        let mut changes = self.changed.subscribe();
        while !self.script.lock().unwrap().released.contains(selector) {
            changes.changed().await.unwrap();
        }
    }

    /// Never returns once something has failed: nobody takes registrations any more.
    async fn unless_stopped(&self) {
        let has_stopped = self.ledger().stopped;
        if has_stopped {
            pending::<()>().await;
        }
    }

    async fn unless_shut_down<T>(&self, call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        tokio::select! {
            biased;
            () = self.shut_down.cancelled() => Err(Status::unavailable("resource monitor shut down")),
            answer = call => answer,
        }
    }
}

impl Answer {
    pub fn of(outcome: Outcome) -> Self {
        Answer { outcome, id: String::new(), outputs: Object::new() }
    }

    pub fn done(id: String, outputs: Object) -> Self {
        Answer { outcome: Outcome::Done, id, outputs }
    }
}

fn respond(
    registration: &Registration,
    outcome: &Outcome,
    id: String,
    outputs: Object,
) -> Result<RegisterResourceResponse, Status> {
    let request = &registration.request;
    let result = match outcome {
        Outcome::Failed(_) => Report::Fail,
        Outcome::Skipped => Report::Skip,
        Outcome::Pending | Outcome::Done | Outcome::Elided => Report::Success,
    };
    if result != Report::Success && !request.supports_result_reporting {
        return Err(Status::internal("resource registration failed"));
    }
    let mut object = Object::new();
    for (key, value) in outputs {
        let must_be_secret = request.additional_secret_outputs.contains(&key)
            || registration.inputs.get(&key).is_some_and(wire::is_secret);
        let value = match request.accept_secrets {
            true if must_be_secret && !wire::is_secret(&value) => wire::secret(value),
            true => value,
            false => wire::without_secrets(&value),
        };
        if request.supports_partial_values || !wire::has_unknown(&value) {
            object.insert(key, value);
        }
    }
    Ok(RegisterResourceResponse {
        urn: registration.urn.clone(),
        id,
        object: Some(wire::to_struct(&object)),
        property_dependencies: BTreeMap::<String, PropertyDependencies>::new(),
        result: result.into(),
        unknown: *outcome == Outcome::Elided,
        ..RegisterResourceResponse::default()
    })
}
