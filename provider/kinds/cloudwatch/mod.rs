//! Amazon CloudWatch: logs and alarms.

mod log_group;

pub use log_group::*;
