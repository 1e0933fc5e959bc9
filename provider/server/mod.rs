//! The gRPC service: one thin method a request, everything else below.

mod answer;
mod config;
mod construct;
mod resource;
mod serve;
mod stack_config;
mod unsupported;

use std::io::Read;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use flate2::read::DeflateDecoder;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

pub use config::ProviderArgs;
pub use serve::serve;
pub use unsupported::PROVIDER as UNSUPPORTED_OF_PROVIDER;

use crate::aws::wait::Clock;
use crate::aws::{Aws, codes, missing_profile};
use crate::engine::log::Log;
use crate::engine::monitor::Source;
use crate::engine::naming::Memory;
use crate::engine::proto as rpc;
use crate::engine::proto::resource_provider_server::ResourceProvider;
use crate::kinds::{self, Endings};
use answer::{Answer, Operations};

/// The version of the plugin, of its schema and of its SDKs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first version of Pulumi that has replacement triggers, without which another network would leave what is in
/// it behind.
pub const OLDEST_ENGINE: &str = "3.208.0";

const SCHEMA: &[u8] = agentic_pulumi::deflated!("schema/schema.json");

/// The provider: what one process knows.
#[derive(Default)]
pub struct Provider {
    aws: OnceLock<Aws>,
    source: OnceLock<Source>,
    log: RwLock<Log>,
    memory: Mutex<Memory>,
    cancel: CancellationToken,
    clock: Clock,
    operations: Operations,
}

impl Provider {
    /// A provider that reports to the engine at this address, where there is one already.
    pub fn new(engine: Option<&str>) -> Self {
        codes::learn(kinds::codes);
        let provider = Provider::default();
        if let Some(address) = engine {
            provider.attach_to(address);
        }
        provider
    }

    /// The same provider, whose waits go by another clock.
    pub fn with_clock(self, clock: Clock) -> Self {
        Provider { clock, ..self }
    }

    /// Ends all waits; what exists is kept in the state.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Ends when no operation is under way.
    pub async fn idle(&self) {
        self.operations.idle().await;
    }

    fn attach_to(&self, address: &str) {
        *self.log.write().unwrap_or_else(PoisonError::into_inner) = Log::to(address);
    }

    fn log(&self) -> Log {
        self.log.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn aws(&self) -> Result<Aws, Status> {
        if let Some(aws) = self.aws.get() {
            return Ok(aws.clone());
        }
        // Not configured, as when only look-ups are asked for: the environment has to do.
        let aws = Aws::new(Default::default()).await.map_err(|error| answer::status(&error))?;
        Ok(self.aws.get_or_init(|| aws).clone())
    }
}

#[tonic::async_trait]
impl ResourceProvider for Provider {
    async fn handshake(
        &self,
        request: Request<rpc::ProviderHandshakeRequest>,
    ) -> Answer<rpc::ProviderHandshakeResponse> {
        let engine = request.into_inner().engine_address;
        if !engine.is_empty() {
            self.attach_to(&engine);
        }
        Ok(Response::new(rpc::ProviderHandshakeResponse {
            accept_secrets: true,
            accept_resources: true,
            accept_outputs: true,
            supports_autonaming_configuration: true,
            ..Default::default()
        }))
    }

    async fn attach(&self, request: Request<rpc::PluginAttach>) -> Answer<()> {
        self.attach_to(&request.into_inner().address);
        Ok(Response::new(()))
    }

    async fn get_plugin_info(&self, _: Request<()>) -> Answer<rpc::PluginInfo> {
        Ok(Response::new(rpc::PluginInfo { version: VERSION.to_owned() }))
    }

    async fn get_schema(&self, request: Request<rpc::GetSchemaRequest>) -> Answer<rpc::GetSchemaResponse> {
        match request.into_inner().version {
            0 => {
                let mut schema = String::new();
                DeflateDecoder::new(SCHEMA).read_to_string(&mut schema)?;
                Ok(Response::new(rpc::GetSchemaResponse { schema }))
            }
            other => Err(Status::invalid_argument(format!(
                "there is no schema of version {other}; request version 0"
            ))),
        }
    }

    async fn check_config(&self, request: Request<rpc::CheckRequest>) -> Answer<rpc::CheckResponse> {
        answer::step(|| config::check(request.into_inner()))
    }

    async fn diff_config(&self, request: Request<rpc::DiffRequest>) -> Answer<rpc::DiffResponse> {
        answer::step(|| config::diff(request.into_inner()))
    }

    async fn configure(&self, request: Request<rpc::ConfigureRequest>) -> Answer<rpc::ConfigureResponse> {
        let request = request.into_inner();
        let source = config::source(request.args.as_ref())?;
        let settings = config::settings(request)?;
        if let Some(error) = missing_profile(&settings) {
            return Err(answer::status(&error));
        }
        let aws = Aws::new(settings).await.map_err(|error| answer::status(&error))?;
        if self.aws.set(aws).is_err() {
            return Err(Status::failed_precondition("this process is configured already"));
        }
        let _ = self.source.set(source);
        Ok(Response::new(rpc::ConfigureResponse {
            accept_secrets: true,
            supports_preview: true,
            accept_resources: true,
            accept_outputs: true,
            supports_autonaming_configuration: true,
        }))
    }

    async fn check(&self, request: Request<rpc::CheckRequest>) -> Answer<rpc::CheckResponse> {
        let aws = self.aws().await?;
        let request = request.into_inner();
        let (token, urn, olds) = (request.r#type.clone(), request.urn.clone(), request.olds.clone());
        let mut answer = answer::step(|| resource::check(&aws, &self.memory, request))?;
        let at = self.work(&urn, 0.0).await?;
        let foreseen = resource::foresee(at, &token, olds, answer.get_ref().inputs.clone());
        let foreseen = answer::until_dropped(foreseen).await?.into_inner();
        answer.get_mut().failures.extend(foreseen);
        Ok(answer)
    }

    async fn diff(&self, request: Request<rpc::DiffRequest>) -> Answer<rpc::DiffResponse> {
        let request = request.into_inner();
        let at = self.work(&request.urn, 0.0).await?;
        answer::until_dropped(resource::diff(at, &self.memory, request)).await
    }

    async fn create(&self, request: Request<rpc::CreateRequest>) -> Answer<rpc::CreateResponse> {
        let request = request.into_inner();
        if request.preview {
            return answer::step(|| resource::preview_create(request));
        }
        let at = self.work(&request.urn, request.timeout).await?;
        self.operations.run(resource::create(at, request)).await
    }

    async fn read(&self, request: Request<rpc::ReadRequest>) -> Answer<rpc::ReadResponse> {
        let request = request.into_inner();
        let at = self.work(&request.urn, request.timeout).await?;
        self.operations.run(resource::read(at, request)).await
    }

    async fn update(&self, request: Request<rpc::UpdateRequest>) -> Answer<rpc::UpdateResponse> {
        let request = request.into_inner();
        if request.preview {
            return answer::step(|| resource::preview_update(request));
        }
        let at = self.work(&request.urn, request.timeout).await?;
        self.operations.run(resource::update(at, request)).await
    }

    async fn delete(&self, request: Request<rpc::DeleteRequest>) -> Answer<()> {
        let request = request.into_inner();
        let at = self.work(&request.urn, request.timeout).await?;
        self.operations.run(resource::delete(at, request)).await
    }

    async fn invoke(&self, request: Request<rpc::InvokeRequest>) -> Answer<rpc::InvokeResponse> {
        let at = self.work("", 0.0).await?;
        self.operations.run(resource::invoke(at, request.into_inner())).await
    }

    async fn construct(&self, request: Request<rpc::ConstructRequest>) -> Answer<rpc::ConstructResponse> {
        let work = self.work("", 0.0).await?;
        let source = self.source.get().cloned().unwrap_or_default();
        // Not a task of its own: the engine ends a component by dropping its request.
        answer::until_dropped(construct::construct(work.cx, request.into_inner(), source)).await
    }

    async fn cancel(&self, _: Request<()>) -> Answer<()> {
        self.cancel.cancel();
        if let Some(aws) = self.aws.get() {
            // The engine waits for this answer for five seconds.
            let _ = tokio::time::timeout(Duration::from_secs(4), Endings::of(aws).now()).await;
        }
        Ok(Response::new(()))
    }

    async fn call(&self, request: Request<rpc::CallRequest>) -> Answer<rpc::CallResponse> {
        let token = request.into_inner().tok;
        Err(Status::invalid_argument(format!("there is no method {token:?} in agentic {VERSION}")))
    }

    type ListStream = tokio_stream::Empty<Result<rpc::ListResponse, Status>>;

    async fn list(&self, _: Request<rpc::ListRequest>) -> Answer<Self::ListStream> {
        Err(Status::unimplemented("agentic does not list resources"))
    }

    async fn parameterize(&self, _: Request<rpc::ParameterizeRequest>) -> Answer<rpc::ParameterizeResponse> {
        Err(Status::unimplemented("agentic does not support parameters"))
    }

    async fn get_mapping(&self, _: Request<rpc::GetMappingRequest>) -> Answer<rpc::GetMappingResponse> {
        Ok(Response::new(rpc::GetMappingResponse::default()))
    }

    async fn get_mappings(&self, _: Request<rpc::GetMappingsRequest>) -> Answer<rpc::GetMappingsResponse> {
        Ok(Response::new(rpc::GetMappingsResponse::default()))
    }
}

impl Provider {
    /// What one operation on one resource works with.
    async fn work(&self, urn: &str, timeout: f64) -> Result<resource::Work, Status> {
        let log = self.log();
        Ok(resource::Work::new(self.aws().await?, urn, timeout, &log, self.cancel.clone(), self.clock))
    }
}
