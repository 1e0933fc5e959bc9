//! Amazon Bedrock Data Automation: what is made of documents, images, videos and recordings.

mod project;

pub use project::*;
