//! Tags: those of a user, apart from AWS's and ours, and AWS's limits.

use std::collections::BTreeMap;

/// Keys that begin like this are ours and stay out of a user's sight.
const OURS: &str = "agentic:";

/// Keys that begin like this are AWS's own; AWS reserves them in any case.
const RESERVED: &str = "aws:";

/// The most tags a resource may have.
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
pub const MAX_TAGS: usize = 50;
/// How many of them ours take: those of [`super::owner`].
const OUR_TAGS: usize = 2;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// The tags that a user set, without AWS's and ours.
pub fn visible(tags: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    tags.into_iter().filter(|(key, _)| !is_system(key)).collect()
}

/// What to set and which keys to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub set: BTreeMap<String, String>,
    pub removed: Vec<String>,
}

impl Change {
    /// What it takes to get from one set of tags to another.
    pub fn between(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Self {
        let set = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
        let removed = old.keys().filter(|key| !new.contains_key(*key));
        Change {
            set: set.map(|(key, value)| (key.clone(), value.clone())).collect(),
            removed: removed.cloned().collect(),
        }
    }

    /// All tags after the change of those that are there, for services that take them as a whole.
    pub fn applied(self, mut there: BTreeMap<String, String>) -> BTreeMap<String, String> {
        there.retain(|key, _| !self.removed.contains(key));
        there.extend(self.set);
        there
    }
}

/// Whether AWS or this program made a tag of this key.
pub fn is_system(key: &str) -> bool {
    let lower = key.to_lowercase();
    lower.starts_with(RESERVED) || lower.starts_with(OURS)
}

/// The characters that a service allows in tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Characters {
    /// Those that every service allows.
    Common,
    /// All, as in EC2.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>
    Any,
}

/// What AWS would refuse in these tags: a sentence for each, with the key it is about.
///
/// Places are kept for ours, so a user has 48 of AWS's 50.
pub fn check(tags: &BTreeMap<String, String>, allowed: Characters) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let most = MAX_TAGS - OUR_TAGS;
    if tags.len() > most {
        let text = format!(
            "has {} tags; AWS allows {MAX_TAGS}, and the provider uses {OUR_TAGS}, so give at most {most}",
            tags.len()
        );
        problems.push((String::new(), text));
    }
    for (key, value) in tags {
        if let Some(text) = check_tag(key, value, allowed) {
            problems.push((key.clone(), text));
        }
    }
    problems
}

fn check_tag(key: &str, value: &str, allowed: Characters) -> Option<String> {
    let (keys, values) = (key.chars().count(), value.chars().count());
    if key.is_empty() {
        return Some("a tag has an empty key; give it a name".to_owned());
    }
    if keys > MAX_KEY {
        return Some(format!("the tag key '{key}' has {keys} characters; AWS allows {MAX_KEY}"));
    }
    if values > MAX_VALUE {
        return Some(format!("the value of the tag '{key}' has {values} characters; AWS allows {MAX_VALUE}"));
    }
    if is_system(key) {
        return Some(format!(
            "the tag key '{key}' begins with '{RESERVED}' or '{OURS}', which are reserved; use another prefix"
        ));
    }
    let is_allowed = |c: &char| allowed == Characters::Any || is_common(*c);
    if let Some(bad) = key.chars().find(|c| !is_allowed(c)) {
        return Some(format!("the tag key '{key}' has the character {bad:?}; {ALPHABET}"));
    }
    let bad = value.chars().find(|c| !is_allowed(c))?;
    Some(format!("the value of the tag '{key}' has the character {bad:?}; {ALPHABET}"))
}

const ALPHABET: &str = "use letters, digits, spaces and _ . : / = + - @";

fn is_common(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::owner::TOKEN;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn system_tags_stay_out_of_sight() {
        let all = tags(&[("Name", "a"), (TOKEN, "b"), ("aws:cloudformation:stack-id", "c"), ("awsome", "d")]);
        assert_eq!(visible(all), tags(&[("Name", "a"), ("awsome", "d")]));
    }

    #[test]
    fn what_aws_takes_passes() {
        let long = ("k".repeat(128), "v".repeat(256));
        let fine = tags(&[("Name", ""), ("Größe", "Straße 1 / +=_.:-@"), (&long.0, &long.1)]);
        assert_eq!(check(&fine, Characters::Common), vec![]);
        assert_eq!(check(&tags(&[("Name", "web, db #1")]), Characters::Any), vec![]);
    }

    #[test]
    fn each_problem_names_its_key() {
        let bad = [("", "x"), ("AWS:x", "x"), (TOKEN, "x"), ("a#b", "x"), ("ab", "x#"), ("tab", "a\tb")];
        for (key, value) in bad {
            let problems = check(&tags(&[(key, value), ("fine", "fine")]), Characters::Common);
            assert_eq!(problems.len(), 1, "{key}");
            assert!(problems[0].0 == key && problems[0].1.contains(key), "{problems:?}");
        }
        let long = "é".repeat(129);
        assert!(check(&tags(&[(&long, "")]), Characters::Any)[0].1.contains("129"));
        assert!(check(&tags(&[("a", &"é".repeat(257))]), Characters::Any)[0].1.contains("257"));
    }

    #[test]
    fn places_are_kept_for_the_tags_of_ours() {
        let many: BTreeMap<_, _> = (0..49).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(check(&many, Characters::Common).len(), 1);
        let most: BTreeMap<_, _> = many.into_iter().take(48).collect();
        assert!(check(&most, Characters::Common).is_empty());
    }
}
