//! moto, behind the proxies.

use crate::call::{Call, Http, rest_target};
use crate::wire::{self, Answer, Protocol};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, TRANSFER_ENCODING,
};
use hyper::{HeaderMap, Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::OnceCell;

/// An account of its own in one of the motos that all tests of a process share.
///
/// moto keeps accounts apart and takes the account's number from a header, so
/// a new account is an empty AWS that costs nothing to make:
/// <https://docs.getmoto.org/en/latest/docs/multi_account.html>.
#[derive(Debug)]
pub struct Moto {
    server: &'static Server,
    account: AtomicU64,
}

#[derive(Debug)]
struct Server {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: String,
    /// Its input is a pipe: it ends when this process ends.
    process: Mutex<Child>,
}

/// One moto makes use of one processor; a second begins with the second account.
static SERVERS: [OnceCell<Server>; 2] = [const { OnceCell::const_new() }; 2];

static NEXT_SERVER: AtomicUsize = AtomicUsize::new(0);

static NEXT_ACCOUNT: AtomicU64 = AtomicU64::new(123_456_789_012);

fn next_account() -> u64 {
    NEXT_ACCOUNT.fetch_add(1, Ordering::Relaxed)
}

impl Server {
    async fn start() -> Self {
        tokio::task::spawn_blocking(Self::launch).await.expect("moto starts")
    }

    fn launch() -> Self {
        let server = find_server();
        let python = server.with_file_name("python");
        let log = std::env::var_os("AGENTIC_MOTO_LOG").map_or_else(Stdio::null, |path| {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            file.expect("AGENTIC_MOTO_LOG can be written").into()
        });
        let mut process = Command::new(&python)
            .args(["-m", "extended_moto"])
            .env("PYTHONPATH", extensions())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            // They double what an account costs.
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            // Below zero: issued as soon as described. What takes time is the proxy's to say.
            .env("MOTO_ACM_VALIDATION_WAIT", "-1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", python.display()));
        let mut port = String::new();
        let output = process.stdout.take().expect("stdout is piped");
        _ = BufReader::new(output).read_line(&mut port);
        let port: u16 = port.trim().parse().unwrap_or_else(|_| {
            panic!("{} has no moto; set AGENTIC_MOTO_LOG=<file> to see why", python.display())
        });
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, authority: format!("127.0.0.1:{port}"), process: Mutex::new(process) }
    }

    fn forget(&self, account: u64) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = &mut process.stdin {
            // Only memory is lost if this fails.
            _ = writeln!(input, "{account}");
        }
    }
}

/// Where moto's extensions are: in the sources that the tests run from, which several clones that
/// share a build directory each have of their own.
fn extensions() -> PathBuf {
    let below = Path::new("tests/aws-proxy/python");
    let here = std::env::current_dir().unwrap_or_default();
    let found = here.ancestors().map(|above| above.join(below)).find(|path| path.is_dir());
    found.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("python"))
}

impl Moto {
    /// An empty account.
    ///
    /// # Panics
    /// If moto cannot be found or does not start.
    pub async fn new() -> Self {
        let next = NEXT_SERVER.fetch_add(1, Ordering::Relaxed) % SERVERS.len();
        let server = SERVERS[next].get_or_init(Server::start).await;
        Self { server, account: next_account().into() }
    }

    /// The twelve digits of the account.
    pub fn account(&self) -> String {
        self.account.load(Ordering::Relaxed).to_string()
    }

    /// Goes on with another, empty account.
    pub fn renew(&self) {
        self.server.forget(self.account.swap(next_account(), Ordering::Relaxed));
    }

    /// Sends a request as it is.
    pub async fn send(&self, http: &Http) -> Answer {
        let mut request = Request::new(Full::new(http.body.clone()));
        *request.method_mut() = http.method.clone();
        *request.headers_mut() = http.headers.clone();
        for name in [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
            request.headers_mut().remove(name);
        }
        if http.body.is_empty() && http.method == hyper::Method::PUT {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let account = HeaderValue::from_str(&self.account()).expect("digits are a header value");
        request.headers_mut().insert("x-moto-account-id", account);
        match format!("http://{}{}", self.server.authority, http.target).parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(error) => return gateway_error(&error),
        }
        let response = match self.server.client.request(request).await {
            Ok(response) => response,
            Err(error) => return gateway_error(&error),
        };
        let (head, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return gateway_error(&error),
        };
        let mut headers = head.headers;
        for name in [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
            headers.remove(name);
        }
        Answer { status: head.status.as_u16(), headers, body }
    }

    /// Makes a call of the proxy's own, in the account and region of `call`,
    /// and returns the parsed answer, `Null` for an error.
    ///
    /// The parameters are those of the wire: `{"NatGatewayId.1": "nat-1"}` for
    /// a query service, plain JSON for a JSON service, labels for a REST one.
    pub async fn ask(&self, call: &Call, service: &str, operation: &str, params: Value) -> Value {
        let wire = WIRES.iter().find(|(name, _)| *name == service).map(|(_, wire)| wire);
        let (method, target, content_type, amz_target, body) = match wire {
            Some(Wire::Query(version)) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("Action", operation).append_pair("Version", version);
                for (name, value) in params.as_object().into_iter().flatten() {
                    form.append_pair(name, &crate::tree::as_text(value));
                }
                (Method::POST, "/".into(), "application/x-www-form-urlencoded", String::new(), form.finish())
            }
            Some(Wire::Json(prefix)) => {
                let target = format!("{prefix}.{operation}");
                (Method::POST, "/".into(), "application/x-amz-json-1.1", target, params.to_string())
            }
            None => {
                let (method, target) = rest_target(service, operation, &params)
                    .unwrap_or_else(|| panic!("no wire form is known for {service}:{operation}"));
                (method, target, "", String::new(), String::new())
            }
        };
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            call.access_key, call.region
        );
        let mut headers = HeaderMap::new();
        let own = [
            (AUTHORIZATION.as_str(), scope.as_str()),
            (CONTENT_TYPE.as_str(), content_type),
            ("x-amz-target", &amz_target),
        ];
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            headers
                .insert(name, HeaderValue::from_str(value).expect("the proxy's own headers are plain text"));
        }
        let answer = self.send(&Http { method, target, headers, body: body.into() }).await;
        let protocol = match wire {
            Some(Wire::Json(_)) => Protocol::Json,
            _ => Protocol::RestXml,
        };
        if answer.is_success() { wire::parse(protocol, &answer.body) } else { Value::Null }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.server.forget(*self.account.get_mut());
    }
}

/// How the services that the proxy itself calls are spoken to.
enum Wire {
    /// API version.
    Query(&'static str),
    /// Prefix of `X-Amz-Target`.
    Json(&'static str),
}

const WIRES: &[(&str, Wire)] = &[
    ("acm", Wire::Json("CertificateManager")),
    ("cloudtrail", Wire::Json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101")),
    ("ec2", Wire::Query("2016-11-15")),
    ("ecs", Wire::Json("AmazonEC2ContainerServiceV20141113")),
    ("elasticache", Wire::Query("2015-02-02")),
    ("elasticloadbalancing", Wire::Query("2015-12-01")),
    ("iam", Wire::Query("2010-05-08")),
    ("rds", Wire::Query("2014-10-31")),
    ("secretsmanager", Wire::Json("secretsmanager")),
    ("wafv2", Wire::Json("AWSWAF_20190729")),
];

fn gateway_error(error: &dyn std::error::Error) -> Answer {
    Answer::new(502, "text/plain", format!("moto does not answer: {error}"))
}

/// `moto_server`: `AGENTIC_MOTO`, else the newest that `tools/setup` has installed.
fn find_server() -> PathBuf {
    if let Some(path) = std::env::var_os("AGENTIC_MOTO") {
        return path.into();
    }
    let cache = std::env::var_os("AGENTIC_CACHE").map_or_else(
        || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache/agentic"),
        PathBuf::from,
    );
    let installed = std::fs::read_dir(&cache).into_iter().flatten().flatten().filter_map(|entry| {
        let made = entry.path().join(".complete").metadata().ok()?.modified().ok()?;
        let server = entry.path().join("bin/moto_server");
        server.exists().then_some((made, server))
    });
    let Some((_, server)) = installed.max() else {
        panic!(
            "no moto in {}: run `tools/setup moto`, or set AGENTIC_MOTO to a moto_server",
            cache.display()
        );
    };
    server
}
