//! AWS Systems Manager: parameters.

mod get_parameter;
mod parameter;
mod unsupported;

pub use get_parameter::*;
pub use parameter::*;
