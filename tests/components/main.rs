//! The components, built by the plugin itself against an engine in this process.
//!
//! `UPDATE=1 cargo test --test components` writes the trees in `tests/components/` anew. The names of
//! children are part of the interface: another name replaces what people have deployed.

#![allow(clippy::unwrap_used)]

mod bidops;
mod changes;
mod mistakes;
mod networks;
mod order;
mod rights;
mod services;
mod stage;
mod trees;
