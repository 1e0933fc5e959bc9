//! Amazon CloudFront: content near those who ask for it.

mod cache_policy;
mod codes;
mod distribution;
mod edge_function;
mod invalidation;
mod names;
mod origin_access_control;
mod origin_access_identity;
mod origin_request_policy;
mod policies;
mod response_headers_policy;
mod unsupported;
mod vpc_origin;

pub use cache_policy::*;
pub use distribution::*;
pub use edge_function::*;
pub use invalidation::*;
pub use origin_access_control::*;
pub use origin_access_identity::*;
pub use origin_request_policy::*;
pub use response_headers_policy::*;
pub use vpc_origin::*;

use crate::aws::error::{Error, ErrorKind, Result};

/// What an answer must have.
fn told<T>(part: Option<T>, what: &str) -> Result<T> {
    part.ok_or_else(|| Error::new(ErrorKind::Other, format!("CloudFront did not return {what}")))
}

/// The number of items, which the API wants beside them.
fn quantity<T>(items: &[T]) -> i32 {
    i32::try_from(items.len()).unwrap_or(i32::MAX)
}
