//! What a provider must know of Pulumi, and nothing of AWS: property values, checks, diffs and schema
//! in [`model`] and [`engine`], and the engine's services.

pub mod engine;
pub mod model;

pub use agentic_derive::deflated;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
