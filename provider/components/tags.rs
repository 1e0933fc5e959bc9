//! The tags of all parts of a component.

use std::collections::BTreeMap;

use crate::model::In;

/// Tags of a stack, for children that show a name by a tag.
#[derive(Clone, Default)]
pub struct Tags(pub In<BTreeMap<String, In<String>>>);

impl Tags {
    /// The tags together with this name.
    pub fn named(&self, name: &str) -> In<BTreeMap<String, In<String>>> {
        let name = (String::from("Name"), In::from(name));
        let tags = if self.0.is_set() { self.0.clone() } else { In::known(BTreeMap::new()) };
        tags.map(|mut tags| {
            tags.entry(name.0).or_insert(name.1);
            tags
        })
    }
}
