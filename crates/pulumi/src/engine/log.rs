//! Lines for the person at the terminal, sent to the engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tonic::transport::{Channel, Endpoint};

use super::proto::engine_client::EngineClient;
use super::proto::{LogRequest, LogSeverity};

/// Shows a person what an operation is about.
pub trait Progress: Send + Sync {
    /// Replaces the line shown beside the resource; an empty text clears it.
    fn say(&self, text: &str);

    /// Adds a line that stays.
    fn tell(&self, text: &str);

    /// Adds a warning, shown again at the end.
    fn warn(&self, text: &str) {
        self.tell(text);
    }
}

/// How often a status line may change.
const PACE: Duration = Duration::from_secs(1);

/// The engine's log. Sending never blocks and never fails an operation.
#[derive(Clone, Default)]
pub struct Log(Option<UnboundedSender<LogRequest>>);

impl Log {
    /// A log that goes to the engine at `address`, such as `127.0.0.1:4040`.
    pub fn to(address: &str) -> Self {
        let Ok(endpoint) = Endpoint::from_shared(format!("http://{address}")) else { return Log(None) };
        let mut client: EngineClient<Channel> = EngineClient::new(endpoint.connect_lazy());
        let (sender, mut lines) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                // A line that cannot be shown is lost; the operation goes on.
                let _ = client.log(line).await;
            }
        });
        Log(Some(sender))
    }

    /// A line that stays, beside the resource that it is about.
    pub fn info(&self, urn: &str, message: &str) {
        self.send(urn, message, LogSeverity::Info, false);
    }

    /// A warning, shown again at the end.
    pub fn warn(&self, urn: &str, message: &str) {
        self.send(urn, message, LogSeverity::Warning, false);
    }

    /// The status line of one resource.
    pub fn status(&self, urn: &str) -> Arc<dyn Progress> {
        Arc::new(Status { log: self.clone(), urn: urn.to_owned(), last: Mutex::default() })
    }

    fn send(&self, urn: &str, message: &str, severity: LogSeverity, ephemeral: bool) {
        if let Some(sender) = &self.0 {
            let line = LogRequest {
                severity: severity.into(),
                message: message.to_owned(),
                urn: urn.to_owned(),
                ephemeral,
                ..LogRequest::default()
            };
            let _ = sender.send(line);
        }
    }
}

struct Status {
    log: Log,
    urn: String,
    last: Mutex<Option<Instant>>,
}

impl Progress for Status {
    fn say(&self, text: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if text.is_empty() {
            if last.take().is_some() {
                self.log.send(&self.urn, "", LogSeverity::Info, true);
            }
        } else if last.is_none_or(|last| last.elapsed() >= PACE) {
            *last = Some(Instant::now());
            self.log.send(&self.urn, text, LogSeverity::Info, true);
        }
    }

    fn tell(&self, text: &str) {
        self.log.info(&self.urn, text);
    }

    fn warn(&self, text: &str) {
        self.log.warn(&self.urn, text);
    }
}
