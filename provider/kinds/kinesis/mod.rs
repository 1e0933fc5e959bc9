//! Amazon Kinesis.

mod stream;
mod unsupported;

pub use stream::*;
