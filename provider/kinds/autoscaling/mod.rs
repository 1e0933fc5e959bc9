//! Amazon EC2 Auto Scaling: groups of instances.

mod attachment;
mod codes;
mod group;
mod policy;
mod unsupported;

pub use attachment::*;
pub use group::*;
pub use policy::*;
