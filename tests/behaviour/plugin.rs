//! The plugin as the engine sees it: its gRPC service, over a socket.

use agentic::aws::wait::Clock;
use agentic::engine::proto::resource_provider_client::ResourceProviderClient;
use agentic::engine::proto::resource_provider_server::ResourceProviderServer;
use agentic::engine::proto::{self as rpc, rpc as google};
use agentic::engine::wire;
use agentic::model::{Object, Value};
use agentic::server::Provider;
use aws_proxy::LocalAws;
use prost::Message;
use prost_types::Struct;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tonic::Status;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};

pub const REGION: &str = "eu-west-1";

/// The id of the provider in the state.
const STATE: &str = "8f1d5a3e-suite";

/// How much faster time passes for the plugin's waits.
const SPEED: u32 = 10;

/// One process of the plugin, killed when dropped: nothing of what it was about to do is done.
pub struct Plugin {
    client: ResourceProviderClient<Channel>,
    provider: Arc<Provider>,
    process: Option<Runtime>,
}

/// A resource of a program.
#[derive(Clone)]
pub struct Resource {
    pub token: &'static str,
    pub name: String,
}

/// What the engine keeps of a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub id: String,
    pub inputs: Object,
    pub outputs: Object,
}

/// The answer to a check.
pub struct Checked {
    pub inputs: Object,
    /// First names of properties, and what is wrong with them.
    pub failures: Vec<(String, String)>,
}

/// A failure, with what exists all the same.
#[derive(Debug)]
pub struct Failed {
    pub status: Status,
    pub made: Option<State>,
}

impl Resource {
    pub fn urn(&self) -> String {
        format!("urn:pulumi:test::suite::{}::{}", self.token, self.name)
    }
}

impl Plugin {
    pub async fn start(aws: &LocalAws) -> Self {
        Plugin::of_state(aws, STATE).await
    }

    /// A process for a state whose provider has this id.
    pub async fn of_state(aws: &LocalAws, id: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a socket can be asked without waiting");
        let address = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let provider = Arc::new(Provider::new(None).with_clock(Clock::fast(SPEED)));
        let service = ResourceProviderServer::from_arc(provider.clone());
        let server = Server::builder().add_service(service);
        let process = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let process = process.expect("a thread can be started");
        process.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is a socket");
            server
                .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
                .await
                .expect("the plugin serves");
        });
        let channel = Endpoint::from_shared(address).expect("it is a URL").connect().await;
        let client = ResourceProviderClient::new(channel.expect("the plugin listens"));
        let args = [
            ("region", REGION),
            ("accessKey", "local"),
            ("secretKey", "local"),
            ("endpoint", &aws.endpoint()),
        ];
        let args = args.map(|(key, value)| (key.to_owned(), Value::from(value)));
        let request = rpc::ConfigureRequest {
            args: Some(wire::encode(&args.into())),
            accept_secrets: true,
            accept_resources: true,
            sends_old_inputs: true,
            sends_old_inputs_to_delete: true,
            id: Some(id.to_owned()),
            ..Default::default()
        };
        client.clone().configure(request).await.expect("the plugin is configured");
        Plugin { client, provider, process: Some(process) }
    }

    pub async fn check(&self, of: &Resource, olds: &Object, news: &Object) -> Checked {
        let request = rpc::CheckRequest {
            urn: of.urn(),
            olds: Some(wire::encode(olds)),
            news: Some(wire::encode(news)),
            name: of.name.clone(),
            r#type: of.token.to_owned(),
            ..Default::default()
        };
        let answer = self.client.clone().check(request).await.expect("Check answers").into_inner();
        let failures = answer.failures.into_iter().map(|failure| (failure.property, failure.reason));
        Checked { inputs: decode(answer.inputs), failures: failures.collect() }
    }

    pub async fn diff(&self, of: &Resource, old: &State, news: &Object) -> Result<rpc::DiffResponse, Status> {
        let request = rpc::DiffRequest {
            id: old.id.clone(),
            urn: of.urn(),
            olds: Some(wire::encode(&old.outputs)),
            old_inputs: Some(wire::encode(&old.inputs)),
            news: Some(wire::encode(news)),
            name: of.name.clone(),
            r#type: of.token.to_owned(),
            ..Default::default()
        };
        Ok(self.client.clone().diff(request).await?.into_inner())
    }

    /// What a preview says of a creation.
    pub async fn preview(&self, of: &Resource, inputs: &Object) -> Result<State, Status> {
        let request = rpc::CreateRequest { preview: true, ..create_request(of, inputs) };
        let answer = self.client.clone().create(request).await?.into_inner();
        Ok(State { id: answer.id, inputs: inputs.clone(), outputs: decode(answer.properties) })
    }

    pub async fn create(&self, of: &Resource, inputs: &Object) -> Result<State, Failed> {
        self.create_within(of, inputs, 0.0).await
    }

    /// Creates with a custom timeout, in seconds.
    pub async fn create_within(&self, of: &Resource, inputs: &Object, timeout: f64) -> Result<State, Failed> {
        let request = rpc::CreateRequest { timeout, ..create_request(of, inputs) };
        let answer = self.client.clone().create(request).await;
        let answer = answer.map_err(|status| Failed::read(status, inputs))?.into_inner();
        Ok(State { id: answer.id, inputs: inputs.clone(), outputs: decode(answer.properties) })
    }

    /// The resource as it is, or nothing where it is gone.
    pub async fn read(&self, of: &Resource, old: &State) -> Result<Option<State>, Status> {
        self.read_by(of, &old.id, Some(old)).await
    }

    /// Reads for an import, which knows the id alone.
    pub async fn import(&self, of: &Resource, id: &str) -> Result<Option<State>, Status> {
        self.read_by(of, id, None).await
    }

    async fn read_by(&self, of: &Resource, id: &str, old: Option<&State>) -> Result<Option<State>, Status> {
        let request = rpc::ReadRequest {
            id: id.to_owned(),
            urn: of.urn(),
            inputs: old.map(|old| wire::encode(&old.inputs)),
            properties: old.map(|old| wire::encode(&old.outputs)),
            name: of.name.clone(),
            r#type: of.token.to_owned(),
            ..Default::default()
        };
        let answer = self.client.clone().read(request).await?.into_inner();
        Ok((!answer.id.is_empty()).then(|| State {
            id: answer.id,
            inputs: decode(answer.inputs),
            outputs: decode(answer.properties),
        }))
    }

    pub async fn update(&self, of: &Resource, old: &State, news: &Object) -> Result<State, Failed> {
        let request = rpc::UpdateRequest {
            id: old.id.clone(),
            urn: of.urn(),
            olds: Some(wire::encode(&old.outputs)),
            old_inputs: Some(wire::encode(&old.inputs)),
            news: Some(wire::encode(news)),
            name: of.name.clone(),
            r#type: of.token.to_owned(),
            ..Default::default()
        };
        let answer = self.client.clone().update(request).await;
        let answer = answer.map_err(|status| Failed::read(status, news))?.into_inner();
        Ok(State { id: old.id.clone(), inputs: news.clone(), outputs: decode(answer.properties) })
    }

    pub async fn delete(&self, of: &Resource, old: &State) -> Result<(), Status> {
        let request = rpc::DeleteRequest {
            id: old.id.clone(),
            urn: of.urn(),
            properties: Some(wire::encode(&old.outputs)),
            old_inputs: Some(wire::encode(&old.inputs)),
            name: of.name.clone(),
            r#type: of.token.to_owned(),
            ..Default::default()
        };
        self.client.clone().delete(request).await?;
        Ok(())
    }

    /// What the process does once its engine was killed: it ends what is under way, and then itself.
    pub async fn orphaned(self) {
        self.provider.cancel();
        // As long as the process gives it, see `server/serve.rs`.
        tokio::time::timeout(Duration::from_secs(10), self.provider.idle()).await.ok();
    }

    /// Asks the plugin to end what it is doing.
    pub async fn cancel(&self) {
        self.client.clone().cancel(()).await.expect("Cancel answers");
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.shutdown_background();
        }
    }
}

impl Failed {
    /// Looks for the detail in which the engine finds what exists.
    fn read(status: Status, inputs: &Object) -> Self {
        let details = google::Status::decode(status.details()).unwrap_or_default().details;
        let detail = details.iter().find(|detail| detail.type_url.ends_with("ErrorResourceInitFailed"));
        let detail = detail.and_then(|any| rpc::ErrorResourceInitFailed::decode(&*any.value).ok());
        let made = detail.map(|detail| State {
            id: detail.id,
            inputs: detail.inputs.map_or_else(|| inputs.clone(), |inputs| decode(Some(inputs))),
            outputs: decode(detail.properties),
        });
        Failed { status, made }
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.status.message())
    }
}

fn create_request(of: &Resource, inputs: &Object) -> rpc::CreateRequest {
    rpc::CreateRequest {
        urn: of.urn(),
        properties: Some(wire::encode(inputs)),
        name: of.name.clone(),
        r#type: of.token.to_owned(),
        ..Default::default()
    }
}

fn decode(fields: Option<Struct>) -> Object {
    wire::decode(fields).expect("the plugin writes proper values")
}
