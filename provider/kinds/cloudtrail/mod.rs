//! AWS CloudTrail: trails of what was done in an account.

mod trail;
mod unsupported;

pub use trail::*;
