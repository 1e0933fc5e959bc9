//! The Pulumi resource provider `agentic`: a whole agent platform on AWS from a short program.

pub mod aws;
pub mod engine;
pub mod model;
