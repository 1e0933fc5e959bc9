//! Amazon SQS: queues of messages.

mod queue;
mod queue_policy;

pub use queue::*;
pub use queue_policy::*;
