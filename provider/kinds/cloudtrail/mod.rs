//! AWS CloudTrail: trails of what was done in an account.

mod trail;

pub use trail::*;
