//! The Pulumi resource provider `agentic`: a whole agent platform on AWS from a short program.

pub mod aws;
pub mod components;
pub mod kinds;
pub mod package;
pub mod server;

pub use agentic_pulumi::{engine, model};
