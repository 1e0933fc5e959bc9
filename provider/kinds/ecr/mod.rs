//! Amazon Elastic Container Registry: where images are kept.

mod lifecycle_policy;
mod look_ups;
mod repository;
mod repository_policy;

pub use lifecycle_policy::*;
pub use look_ups::*;
pub use repository::*;
pub use repository_policy::*;
