//! A local AWS for tests: moto behind a proxy.
//!
//! moto does everything at once, refuses little and never fails on the way.
//! The proxy in front of it adds what a deployment has to live with: resources
//! that take time ([`LocalAws::hold`]), ECS rollouts ([`LocalAws::rollout`]),
//! the refusals that AWS documents, and faults ([`LocalAws::fault`]). It
//! records every call ([`LocalAws::calls`]).
//!
//! ```no_run
//! # async fn example() {
//! let aws = aws_proxy::LocalAws::start().await;
//! aws.hold("rds", "DBInstance", 3);
//! // ... a client of `aws.endpoint()` creates a DB instance and waits for it ...
//! assert_eq!(aws.mutations(), ["rds:CreateDBInstance"]);
//! # }
//! ```

mod call;
mod cbor;
mod control;
mod ecs;
mod fault;
mod hold;
mod keep;
mod limits;
mod mend;
mod moto;
mod places;
mod proxy;
mod refuse;
mod span;
mod tags;
mod tree;
mod versions;
mod wire;

pub use ecs::script::{Rollout, RolloutState, Step, StoppedContainer, StoppedTask, TargetHealth};
pub use fault::Fault;
pub use proxy::Recorded;
pub use span::Span;

use bytes::Bytes;
use call::Http;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use moto::Moto;
use proxy::{Lost, Proxy, State};
use std::sync::{Arc, LazyLock, MutexGuard};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

/// The proxies' own threads: a test may block its own without harm.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads can be started")
});

/// An AWS of one's own: a proxy and an empty account, gone when dropped.
///
/// All of one process share a moto, but no resources. Only what is unique in
/// all of AWS, the names of S3 buckets, must differ between tests.
#[derive(Debug)]
pub struct LocalAws {
    endpoint: String,
    proxy: Arc<Proxy>,
    server: JoinHandle<()>,
}

impl LocalAws {
    /// # Panics
    /// If moto is not installed or does not start.
    pub async fn start() -> Self {
        Self::start_at(0).await
    }

    /// Starts on a given port of the loopback interface.
    ///
    /// # Panics
    /// If moto is not installed or does not start, or the port is taken.
    pub async fn start_at(port: u16) -> Self {
        RUNTIME.spawn(Self::launch(port)).await.expect("the local AWS starts")
    }

    async fn launch(port: u16) -> Self {
        let proxy = Arc::new(Proxy::new(Moto::new().await));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let server = tokio::spawn(serve(listener, proxy.clone()));
        Self { endpoint: format!("http://{address}"), proxy, server }
    }

    /// The URL for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The number of the account.
    pub fn account(&self) -> String {
        self.proxy.moto.account()
    }

    /// The environment in which a program uses this AWS and no other.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "local".into()),
            ("AWS_SECRET_ACCESS_KEY", "local".into()),
            ("AWS_REGION", "eu-south-2".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_CONFIG_FILE", "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
        ]
    }

    /// From now on each change of a resource of this kind takes this many
    /// polls; 0, the default, is at once. The kinds are those of the table in
    /// `hold.rs`; the service goes by its signing name.
    ///
    /// # Panics
    /// If the table has no such kind.
    pub fn hold(&self, service: &str, kind: &str, polls: usize) {
        self.state().holds.hold(service, kind, polls).unwrap_or_else(|error| panic!("{error}"));
    }

    /// From now on all takes as long as on AWS, divided by this. What [`LocalAws::hold`],
    /// [`LocalAws::states`] and [`LocalAws::rollout`] say of a kind or service counts before it.
    pub fn scale(&self, scale: u32) {
        self.state().scale(scale);
    }

    /// From now on a resource of this kind goes through these states after
    /// this operation, one a poll.
    ///
    /// # Panics
    /// If the table has no such kind.
    pub fn states(&self, service: &str, kind: &str, operation: &str, states: &[&str]) {
        let states = states.iter().map(ToString::to_string).collect();
        self.state().holds.states(service, kind, operation, states).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The next new or changed resource of this kind ends up in this state and
    /// stays there, with these fields besides: `failureCode`, `StatusReason`, ...
    ///
    /// # Panics
    /// If the table has no such kind.
    pub fn ends_in(&self, service: &str, kind: &str, state: &str, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        let end = hold::End { state: state.into(), fields };
        self.state().holds.end(service, kind, end).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Scripts the next deployment, not yet scripted, of the ECS service with this name.
    pub fn rollout(&self, service: &str, rollout: Rollout) {
        self.state().ecs.rollout(service, rollout);
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Faults that have not hit yet, or not as often as they should.
    pub fn faults_left(&self) -> Vec<Fault> {
        self.state().faults.clone()
    }

    /// Takes back all faults that are left.
    pub fn no_faults(&self) {
        self.state().faults.clear();
    }

    /// Every call so far, in order of arrival.
    pub fn calls(&self) -> Vec<Recorded> {
        self.state().calls.clone()
    }

    /// The names (`ec2:CreateVpc`) of the calls so far that are no reads, in order of arrival.
    pub fn mutations(&self) -> Vec<String> {
        let state = self.state();
        state.calls.iter().filter(|call| call.is_mutation()).map(Recorded::name).collect()
    }

    /// What has taken time since [`LocalAws::scale`] was called, in the order in which it began.
    pub fn spans(&self) -> Vec<Span> {
        self.state().spans()
    }

    /// How often this operation was called.
    pub fn count(&self, service: &str, operation: &str) -> usize {
        let calls = self.calls();
        calls.iter().filter(|call| call.service == service && call.operation == operation).count()
    }

    /// Whether no call is under way.
    pub fn is_idle(&self) -> bool {
        self.proxy.is_idle()
    }

    /// Forgets the calls so far.
    pub fn clear(&self) {
        self.state().calls.clear();
    }

    /// Forgets everything: the account is a new, empty one from now on.
    pub fn reset(&self) {
        self.proxy.reset();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.proxy.state()
    }
}

impl Drop for LocalAws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, proxy: Arc<Proxy>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
        };
        let proxy = proxy.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let proxy = proxy.clone();
                async move { respond(&proxy, request).await }
            });
            // An error is a client that has gone, or an answer that was to get lost.
            _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(proxy: &Arc<Proxy>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Gone> {
    let (head, body) = request.into_parts();
    let http = Http {
        method: head.method,
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: head.headers,
        body: body.collect().await.map_err(|_| Gone)?.to_bytes(),
    };
    let answer = match control::answer(proxy, &http) {
        Some(answer) => answer,
        // AWS goes on with a call though the caller has gone.
        None => {
            let proxy = proxy.clone();
            let handled = tokio::spawn(async move { proxy.handle(http).await });
            handled.await.map_err(|_| Gone)?.map_err(|Lost| Gone)?
        }
    };
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status.try_into().map_err(|_| Gone)?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// Makes hyper close the connection.
#[derive(Debug)]
struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("the connection is to be closed")
    }
}

impl std::error::Error for Gone {}
