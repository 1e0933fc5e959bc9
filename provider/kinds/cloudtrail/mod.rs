//! AWS CloudTrail: trails of what was done in an account.

mod codes;
mod trail;
mod unsupported;

pub use trail::*;
