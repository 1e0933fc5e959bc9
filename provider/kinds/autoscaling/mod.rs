//! Amazon EC2 Auto Scaling: groups of instances.

mod group;
mod unsupported;

pub use group::*;
