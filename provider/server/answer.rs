//! Errors as gRPC answers, and panics kept inside one request.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use prost::Message;
use tokio::sync::Notify;
use tonic::{Code, Response, Status};

use crate::aws::error::{Error, ErrorKind};
use crate::engine::proto as rpc;
use crate::engine::wire;
use crate::kinds::Partial;
use crate::model::shortened;

/// What every method of the service returns.
pub type Answer<T> = Result<Response<T>, Status>;

/// The operations under way.
#[derive(Clone, Default)]
pub struct Operations(Arc<(AtomicUsize, Notify)>);

impl Operations {
    /// Runs an operation to its end, even when the engine goes away meanwhile, so that nothing is
    /// cut between "created" and "recorded". A panic becomes an error of this one request.
    pub async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T, Status>> + Send + 'static,
    ) -> Answer<T> {
        let running = Running::new(self.clone());
        let task = tokio::spawn(async move {
            let _running = running;
            operation.await
        });
        match task.await {
            Ok(answer) => answer.map(Response::new),
            Err(error) => Err(match error.try_into_panic() {
                Ok(panic) => panicked(panic.as_ref()),
                Err(error) => broken(&error.to_string()),
            }),
        }
    }

    /// Ends when no operation is under way.
    pub async fn idle(&self) {
        let (count, changed) = &*self.0;
        loop {
            let next = changed.notified();
            if count.load(Ordering::SeqCst) == 0 {
                return;
            }
            next.await;
        }
    }
}

/// Runs a step that asks AWS nothing. A panic becomes an error of this one request.
pub fn step<T>(step: impl FnOnce() -> Result<T, Status>) -> Answer<T> {
    let outcome = catch_unwind(AssertUnwindSafe(step));
    outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))).map(Response::new)
}

/// Runs something that the engine may end by dropping its request. A panic becomes an error of this
/// one request.
pub async fn until_dropped<T>(work: impl Future<Output = Result<T, Status>>) -> Answer<T> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))).map(Response::new)
}

struct Running(Operations);

impl Running {
    fn new(operations: Operations) -> Self {
        operations.0.0.fetch_add(1, Ordering::SeqCst);
        Running(operations)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let (count, changed) = &*self.0.0;
        count.fetch_sub(1, Ordering::SeqCst);
        changed.notify_waiters();
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Status {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    broken(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked"))
}

fn broken(what: &str) -> Status {
    Status::internal(format!("the agentic plugin failed; please report this: {what}"))
}

/// The answer for an operation that left nothing behind.
pub fn status(error: &Error) -> Status {
    // Internal, Unknown and DataLoss would tell the engine that it cannot trust its state.
    let code = match error.kind() {
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::InUse | ErrorKind::NotReady | ErrorKind::Failed => Code::FailedPrecondition,
        ErrorKind::AccessDenied => Code::PermissionDenied,
        ErrorKind::Credentials => Code::Unauthenticated,
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::Limit | ErrorKind::Throttled => Code::ResourceExhausted,
        ErrorKind::Timeout => Code::DeadlineExceeded,
        _ => Code::Aborted,
    };
    Status::new(code, shortened(error.to_string()))
}

/// The answer for an operation that failed, with what exists all the same.
pub fn partial_status(partial: &Partial) -> Status {
    let Some((id, outputs)) = &partial.made else { return status(&partial.error) };
    let message = shortened(partial.error.to_string());
    let detail = rpc::ErrorResourceInitFailed {
        id: id.clone(),
        properties: Some(wire::encode(outputs)),
        reasons: vec![message.clone()],
        ..Default::default()
    };
    // The engine looks for the detail, whatever the code; its own SDKs send Unknown.
    let status = rpc::rpc::Status {
        code: Code::Unknown.into(),
        message: message.clone(),
        details: vec![prost_types::Any {
            type_url: "type.googleapis.com/pulumirpc.ErrorResourceInitFailed".to_owned(),
            value: detail.encode_to_vec(),
        }],
    };
    Status::with_details(Code::Unknown, message, status.encode_to_vec().into())
}
