//! What the suite of behaviours cannot try of the plugin: answers that are neither a success nor an
//! error, what others made beside, scripted rollouts, and messages that no engine sends.

#![allow(clippy::unwrap_used)]

mod agents;
mod answers;
mod beside;
mod groups;
mod keys;
mod lists;
mod look_ups;
mod looks;
mod many;
mod nonsense;
mod passed;
mod rollouts;
mod settings;
mod stage;
mod storage;
mod told;
mod zones;
