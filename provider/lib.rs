//! The Pulumi resource provider `agentic`: a whole agent platform on AWS from a short program.

pub mod aws;
pub mod components;
pub mod engine;
pub mod kinds;
pub mod model;
pub mod package;
pub mod server;
