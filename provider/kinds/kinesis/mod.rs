//! Amazon Kinesis.

mod stream;

pub use stream::*;
