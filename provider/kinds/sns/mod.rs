//! Amazon SNS: topics, and who hears of what is said there.

mod topic;
mod topic_policy;
mod topic_subscription;
mod unsupported;

pub use topic::*;
pub use topic_policy::*;
pub use topic_subscription::*;

use std::collections::HashMap;

use crate::model::Json;

/// A document among attributes, which SNS leaves empty where there is none.
fn document(attributes: &HashMap<String, String>, name: &str) -> Option<Json> {
    serde_json::from_str(attributes.get(name)?).ok().map(Json)
}

fn flag(attributes: &HashMap<String, String>, name: &str) -> bool {
    attributes.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn text(attributes: &HashMap<String, String>, name: &str) -> Option<String> {
    attributes.get(name).filter(|value| !value.is_empty()).cloned()
}
