//! AWS Systems Manager: parameters.

mod parameter;

pub use parameter::*;
