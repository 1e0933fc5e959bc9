//! Amazon Elastic Container Registry: where images are kept.

mod lifecycle_policy;
mod repository;

pub use lifecycle_policy::*;
pub use repository::*;
