//! The HTTP client under all AWS clients: one pool of connections and one set of root
//! certificates, both made when the first request needs them.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::{Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client that builds nothing until it is used, and then once per pair of timeouts.
#[derive(Debug, Default)]
pub(super) struct LazyHttpClient {
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

/// Connect and read timeout.
type Timeouts = (Option<Duration>, Option<Duration>);

impl LazyHttpClient {
    fn connect(settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let connector = Connector::builder()
            .connector_settings(settings.clone())
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build();
        SharedHttpConnector::new(Reporting(connector))
    }
}

impl HttpClient for LazyHttpClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let key = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(key).or_insert_with(|| Self::connect(settings)).clone()
    }
}

/// Adds to a connector's error which host it was, and whether the request may have reached it.
#[derive(Debug)]
struct Reporting(Connector);

impl HttpConnector for Reporting {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let host = host_of(request.uri()).to_owned();
        let connection = match request.extension::<CaptureSmithyConnection>() {
            Some(connection) => connection.clone(),
            None => {
                let connection = CaptureSmithyConnection::new();
                request.add_extension(connection.clone());
                connection
            }
        };
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            answer.await.map_err(|error| {
                let sent = connection.get().is_some();
                report(host, sent, error)
            })
        })
    }
}

/// A request without an answer.
#[derive(Debug)]
pub(super) struct Undelivered {
    pub(super) host: String,
    /// Whether the request, or a part of it, may have reached the host.
    pub(super) sent: bool,
    pub(super) source: BoxError,
}

impl Undelivered {
    /// Whether the name of the host could not be resolved.
    pub(super) fn unknown_host(&self) -> bool {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self.source.as_ref());
        while let Some(error) = next {
            if error.to_string().contains("dns error") {
                return true;
            }
            next = error.source();
        }
        false
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sent {
            true => write!(f, "{} did not respond", self.host),
            false => write!(f, "no connection to {}", self.host),
        }
    }
}

impl StdError for Undelivered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

fn report(host: String, sent: bool, error: ConnectorError) -> ConnectorError {
    let rebuild: fn(BoxError) -> ConnectorError = match &error {
        error if error.is_timeout() => ConnectorError::timeout,
        error if error.is_user() => ConnectorError::user,
        error if error.is_io() => ConnectorError::io,
        _ => {
            let kind = error.as_other();
            let source = error.into_source();
            return ConnectorError::other(Undelivered { host, sent, source }.into(), kind);
        }
    };
    let source = error.into_source();
    rebuild(Undelivered { host, sent, source }.into())
}

fn host_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}
