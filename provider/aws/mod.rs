//! What is AWS's and common to all kinds: errors, clients, batched reads, domain names, tags and whose a thing is.

mod actions;
pub mod batch;
pub mod cidr;
pub mod clients;
mod clock;
pub mod codes;
pub mod context;
pub mod domain;
pub mod error;
mod error_kind;
mod error_text;
mod http;
pub mod ids;
pub mod kms;
pub mod owner;
pub mod policies;
mod repeat;
pub mod tags;
pub mod versions;
pub mod wait;
pub mod windows;

pub use actions::iam_action;
pub use clients::{AssumeRole, Aws, ServiceClient, Settings, missing_profile};

pub use error::{Error, ErrorKind, Result};
