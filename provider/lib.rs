//! The Pulumi resource provider `agentic`: a whole agent platform on AWS from a short program.

pub mod engine;
pub mod model;
