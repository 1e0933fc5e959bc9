//! The local AWS keeps its promises, seen through the AWS SDK for Rust.
#![allow(clippy::unwrap_used)]

mod clients;
mod faults;
mod holds;
mod refusals;
mod rollouts;
mod stand_in;
mod wire;
