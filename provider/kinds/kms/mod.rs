//! AWS KMS: keys and their aliases.

mod alias;
mod get_key;
mod key;
mod key_policy;
mod unsupported;

pub use alias::*;
pub use get_key::*;
pub use key::*;
pub use key_policy::*;

/// The id of a key, from its id or ARN.
fn key_id(name: &str) -> &str {
    name.rsplit_once(":key/").map_or(name, |(_, id)| id)
}
