//! Property paths in Pulumi's grammar, and failures that name them.

use std::fmt;

use super::Field;

/// One step of a property path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Key(String),
    Index(usize),
}

/// Where a property is, from the arguments of its resource: `ingress[0].cidrBlocks`.
///
/// It begins with the symbol of a property, and no text does for one:
///
/// ```compile_fail,E0277
/// use agentic_pulumi::model::Failures;
/// Failures::new().add("cidrBlok", "is no range");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path of a whole set of arguments.
    pub fn root() -> Self {
        Path::default()
    }

    /// The path of the property `key` of what is here.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// The path of item number `index` of the list that is here.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The property of the arguments that this path starts with.
    pub fn top(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.0.clone();
        path.push(segment);
        Path(path)
    }
}

impl fmt::Display for Path {
    // Pulumi's grammar: a.b[0]["key.with.dot"]; no dot before a bracket.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) && key.len() <= LONG_KEY => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                Segment::Key(key) if key.len() > LONG_KEY => {
                    let (first, all) = (key.chars().take(LONG_KEY / 2), key.chars().count());
                    write!(f, "[\"{}… ({all} characters)\"]", first.collect::<String>().escape_debug())?;
                }
                Segment::Key(key) => write!(f, "[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""))?,
            }
        }
        Ok(())
    }
}

/// From how many bytes on a key is shown in part.
const LONG_KEY: usize = 200;

/// From how many bytes on a text is shown in part.
const LONG_TEXT: usize = 4_000;

/// A text that a person can read: of a long one the beginning and the end.
pub fn shortened(text: String) -> String {
    if text.len() <= LONG_TEXT {
        return text;
    }
    let all = text.chars().count();
    let part = LONG_TEXT / 8;
    let (first, last) = (text.chars().take(part), text.chars().skip(all - 2 * part));
    let left_out = all - 3 * part;
    format!("{} … ({left_out} characters left out) … {}", first.collect::<String>(), last.collect::<String>())
}

fn is_plain(key: &str) -> bool {
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What is wrong with one property, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub path: Path,
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// All that is wrong with a set of arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    all: Vec<Failure>,
    of_facts: bool,
}

impl Failures {
    pub fn new() -> Self {
        Failures::default()
    }

    /// Of values that are in a state or in AWS: they are what they are, and no rule is held against
    /// them. Only what cannot be decoded is noted.
    pub fn of_facts() -> Self {
        Failures { all: Vec::new(), of_facts: true }
    }

    /// Whether values are held against the rules of their properties.
    pub fn judges(&self) -> bool {
        !self.of_facts
    }

    /// Notes that the property at `path` is wrong.
    pub fn add(&mut self, path: impl Into<Path>, reason: impl Into<String>) {
        self.all.push(Failure { path: path.into(), reason: shortened(reason.into()) });
    }

    /// Adds what `rules` say of the arguments that are at this place.
    pub fn within(&mut self, at: &Path, rules: impl FnOnce(&mut Failures)) {
        let mut inside = Failures { all: Vec::new(), of_facts: self.of_facts };
        rules(&mut inside);
        let place = |failure: Failure| {
            let segments = at.0.iter().chain(&failure.path.0).cloned().collect();
            Failure { path: Path(segments), ..failure }
        };
        self.all.extend(inside.all.into_iter().map(place));
    }

    /// Adds all that is noted elsewhere.
    pub fn extend(&mut self, others: Failures) {
        self.all.extend(others.all);
    }

    /// Drops the failures that are none.
    pub fn retain(&mut self, is_one: impl FnMut(&Failure) -> bool) {
        self.all.retain(is_one);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Failure> {
        self.all.iter()
    }
}

impl From<&Field> for Path {
    /// The path of a property of the arguments.
    fn from(field: &Field) -> Self {
        Path::root().key(field.name)
    }
}

impl From<&Path> for Path {
    fn from(path: &Path) -> Self {
        path.clone()
    }
}

impl IntoIterator for Failures {
    type Item = Failure;
    type IntoIter = std::vec::IntoIter<Failure>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.all.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_printed_in_pulumis_grammar() {
        let path = Path::root().key("tags").key("a.b/\"c\"").index(2).key("plain_1");
        assert_eq!(path.to_string(), r#"tags["a.b/\"c\""][2].plain_1"#);
        assert_eq!(Path::root().key("x-y").to_string(), r#"["x-y"]"#);
        assert_eq!(path.top(), Some("tags"));
    }
}
