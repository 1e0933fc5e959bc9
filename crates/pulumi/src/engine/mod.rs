//! What is Pulumi's: values on the wire, check and diff, schema, the monitor and the engine's log.

pub mod answer;
pub mod check;
pub mod codec;
pub mod construct;
pub mod diff;
pub mod hash;
pub mod log;
pub mod monitor;
pub mod names;
pub mod naming;
pub mod proto;
pub mod refresh;
pub mod schema;
pub mod unsupported;
pub mod wire;
