//! Amazon EC2 Auto Scaling: groups of instances.

mod group;
mod policy;
mod unsupported;

pub use group::*;
pub use policy::*;
