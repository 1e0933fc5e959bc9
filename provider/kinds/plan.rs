//! What a kind plans, from what is said about it: what a change leaves as it is, and in which order a
//! replacement goes.

use super::common::TAGS_ALL;
use super::common::is_common;
use super::contract::Description;
use super::tagging::{TAGS, has_tags};
use crate::engine::check::is_made;
use crate::engine::diff::{self, Difference};
use crate::model::{Change, Field, Object};

impl Description {
    /// The properties that no update changes.
    pub fn stable(&self) -> Vec<String> {
        let stays = |field: &&Field| field.change == Change::Inherited && field.follows.is_empty();
        let picked =
            |field: &&Field| field.aws_default && field.change == Change::Replace && field.follows.is_empty();
        let picked = self.args.fields.iter().filter(picked);
        self.state.fields.iter().filter(stays).chain(picked).map(|field| field.name.to_owned()).collect()
    }

    /// Whether a replacement would have the name of what it replaces: one that the program chose can be
    /// had once only.
    pub fn keeps_name(&self, old: &Object, new: &Object) -> bool {
        let mut named = self.args.fields.iter().filter(|field| field.autoname).peekable();
        !self.shares_name
            && named.peek().is_some()
            && named.all(|field| !is_made(new, field.name) && old.get(field.name) == new.get(field.name))
    }

    /// Whether a replacement cannot be there beside what it replaces, which goes first then.
    pub fn is_alone(&self, differences: &[Difference], old: &Object, new: &Object) -> bool {
        let differs = |name: &str| differences.iter().any(|difference| difference.path.top() == Some(name));
        let same_place = !self.apart.is_empty() && !self.apart.iter().copied().any(differs);
        self.alone || self.keeps_name(old, new) || same_place
    }

    /// The outputs that a resource will have after an update, as far as they are known before it.
    pub fn previewed(&self, old: &Object, outputs: &Object, new: Object) -> Object {
        let mut planned = new;
        planned.retain(|key, _| !key.starts_with("__"));
        let differences = diff::compare(self.args, old, outputs, &planned);
        let changes = |name: &&str| differences.iter().any(|difference| difference.path.top() == Some(*name));
        let picked = self.args.fields.iter().filter(|field| field.aws_default);
        for field in self.state.fields.iter().chain(picked) {
            // What the update can change is unknown until it is made.
            let may_change = changes(&field.name)
                || match field.follows {
                    [] => field.change == Change::InPlace && !field.aws_default,
                    arguments => arguments.iter().any(&changes),
                };
            if let Some(value) = outputs.get(field.name).filter(|_| !may_change) {
                planned.entry(field.name.to_owned()).or_insert_with(|| value.clone());
            }
        }
        self.tell_tags(&mut planned);
        planned
    }

    /// Shows the tags of a resource once more as all of its tags, those of the provider among them.
    pub fn tell_tags(&self, outputs: &mut Object) {
        if has_tags(self.args)
            && let Some(tags) = outputs.get(TAGS)
        {
            outputs.insert(TAGS_ALL.to_owned(), tags.clone());
        }
    }

    /// Leaves the inputs alone of what may have outputs among them.
    pub fn keep_inputs(&self, fields: &mut Object) {
        let is_input = |key: &str| key.starts_with("__") || is_common(key) || self.args.field(key).is_some();
        fields.retain(|key, _| is_input(key));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::kinds::find;
    use crate::model::{Object, Value};

    fn object(fields: &[(&str, &str)]) -> Object {
        fields.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn what_has_the_same_given_name_goes_before_its_replacement() {
        let about = find("agentic:lb:TargetGroup").unwrap().describe();
        let given = object(&[("name", "web")]);
        assert!(about.is_alone(&[], &given, &given));
        assert!(!about.is_alone(&[], &given, &object(&[("name", "api")])));
        let mut made = given.clone();
        made.insert("__defaults".to_owned(), Value::Array(vec![Value::from("name")]));
        assert!(!about.is_alone(&[], &made, &made));
    }

    #[test]
    fn a_preview_keeps_what_no_update_changes_and_no_input_of_ours() {
        let about = find("agentic:ec2:Vpc").unwrap().describe();
        assert!(about.stable().contains(&"arn".to_owned()));
        let old = object(&[("cidrBlock", "10.0.0.0/16")]);
        let outputs = object(&[("cidrBlock", "10.0.0.0/16"), ("arn", "arn:1")]);
        let new = object(&[("cidrBlock", "10.0.0.0/16"), ("__instance", "i")]);
        let planned = about.previewed(&old, &outputs, new);
        assert_eq!(planned.get("arn"), Some(&Value::from("arn:1")));
        assert!(!planned.contains_key("__instance"));
    }
}
