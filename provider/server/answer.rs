//! Errors as gRPC answers, and panics kept inside one request.

use prost::Message;
use prost_types::Any;
use tonic::{Code, Response, Status};

use crate::aws::error::{Error, ErrorKind};
use crate::engine::proto as rpc;
use crate::engine::wire::{self, Malformed};
use crate::kinds::Partial;

/// What every method of the service returns.
pub type Answer<T> = Result<Response<T>, Status>;

/// Runs an operation to its end, even when the engine goes away meanwhile, so that nothing is cut
/// between "created" and "recorded". A panic becomes an error of this one request.
pub async fn catch<T: Send + 'static>(
    operation: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Answer<T> {
    match tokio::spawn(operation).await {
        Ok(answer) => answer.map(Response::new),
        Err(error) => {
            let what = match error.try_into_panic() {
                Ok(panic) => panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
                    .unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            Err(Status::internal(format!("the agentic plugin failed; please report this: {what}")))
        }
    }
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
    Status::new(code, error.to_string())
}

/// The answer for an operation that failed, with what exists all the same.
pub fn partial_status(partial: &Partial) -> Status {
    let Some((id, outputs)) = &partial.made else { return status(&partial.error) };
    let message = partial.error.to_string();
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
        details: vec![Any {
            type_url: "type.googleapis.com/pulumirpc.ErrorResourceInitFailed".to_owned(),
            value: detail.encode_to_vec(),
        }],
    };
    Status::with_details(Code::Unknown, message, status.encode_to_vec().into())
}

impl From<Malformed> for Status {
    fn from(malformed: Malformed) -> Self {
        Status::invalid_argument(malformed.to_string())
    }
}
