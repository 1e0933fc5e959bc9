//! A value as a program gives it: perhaps absent, perhaps not yet known, perhaps secret.

use std::collections::{BTreeMap, BTreeSet};

/// URNs of the resources that a value came from.
pub type Dependencies = BTreeSet<String>;

/// A value that a program may leave out, or know only after a deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Maybe<T> {
    #[default]
    Absent,
    Unknown,
    Known(T),
}

/// A value as a program gives it: with whether it is secret and what it depends on.
#[derive(Clone, PartialEq)]
pub struct In<T> {
    pub value: Maybe<T>,
    pub secret: bool,
    pub dependencies: Dependencies,
}

impl<T> In<T> {
    /// A plain value.
    pub fn known(value: T) -> Self {
        In { value: Maybe::Known(value), ..In::default() }
    }

    /// A value that is known only after a deployment.
    pub fn unknown() -> Self {
        In { value: Maybe::Unknown, ..In::default() }
    }

    /// The value, where it is given and known.
    pub fn get(&self) -> Option<&T> {
        match &self.value {
            Maybe::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the program gave the value, known or not.
    pub fn is_set(&self) -> bool {
        !matches!(self.value, Maybe::Absent)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.value, Maybe::Unknown)
    }

    /// Makes the value secret.
    #[must_use]
    pub fn into_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The same provenance around another value.
    #[must_use]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> In<U> {
        let value = match self.value {
            Maybe::Absent => Maybe::Absent,
            Maybe::Unknown => Maybe::Unknown,
            Maybe::Known(value) => Maybe::Known(f(value)),
        };
        In { value, secret: self.secret, dependencies: self.dependencies }
    }

    /// What `f` makes of the value, keeping the provenance of both.
    #[must_use]
    pub fn and_then<U>(self, f: impl FnOnce(T) -> In<U>) -> In<U> {
        let (secret, dependencies) = (self.secret, self.dependencies);
        let mut made = match self.value {
            Maybe::Absent => In::default(),
            Maybe::Unknown => In::unknown(),
            Maybe::Known(value) => f(value),
        };
        made.secret |= secret;
        made.dependencies.extend(dependencies);
        made
    }

    /// Both values together: unknown while either is, secret when either is, and from where both
    /// come.
    #[must_use]
    pub fn zip<U>(mut self, other: In<U>) -> In<(T, U)> {
        self.dependencies.extend(other.dependencies);
        let value = match (self.value, other.value) {
            (Maybe::Absent, _) | (_, Maybe::Absent) => Maybe::Absent,
            (Maybe::Known(a), Maybe::Known(b)) => Maybe::Known((a, b)),
            _ => Maybe::Unknown,
        };
        In { value, secret: self.secret || other.secret, dependencies: self.dependencies }
    }

    /// This value, or `other` where it is absent.
    #[must_use]
    pub fn or(self, other: impl Into<In<T>>) -> In<T> {
        if self.is_set() { self } else { other.into() }
    }

    /// Adds what else the value depends on.
    #[must_use]
    pub fn depending_on<'a>(mut self, urns: impl IntoIterator<Item = &'a String>) -> Self {
        self.dependencies.extend(urns.into_iter().cloned());
        self
    }
}

impl<T> In<Vec<In<T>>> {
    /// A list of values that may each be unknown.
    pub fn list(items: impl IntoIterator<Item = In<T>>) -> Self {
        In::known(items.into_iter().collect())
    }
}

impl<T> In<BTreeMap<String, In<T>>> {
    /// A map of values that may each be unknown.
    pub fn entries<K: Into<String>>(items: impl IntoIterator<Item = (K, In<T>)>) -> Self {
        In::known(items.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }
}

impl<T> Default for In<T> {
    fn default() -> Self {
        In { value: Maybe::Absent, secret: false, dependencies: Dependencies::new() }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for In<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.value, self.secret) {
            (Maybe::Known(_), true) => f.write_str("[secret]"),
            (value, _) => value.fmt(f),
        }
    }
}

impl<T> From<T> for In<T> {
    fn from(value: T) -> Self {
        In::known(value)
    }
}

impl From<&str> for In<String> {
    fn from(value: &str) -> Self {
        In::known(value.to_owned())
    }
}

impl<T> From<Option<T>> for In<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(In::default, In::known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_value_keeps_the_provenance_of_both() {
        let host = In::known("db".to_owned()).depending_on(&["urn:db".to_owned()]);
        let password = In::<String>::unknown().into_secret();
        let url = host.zip(password).map(|(host, password)| format!("{host}{password}"));
        assert!(url.is_unknown() && url.secret);
        assert!(url.dependencies.contains("urn:db"));
        let turned = In::<String>::unknown().zip(url);
        assert!(turned.secret && turned.dependencies.contains("urn:db"));
    }

    #[test]
    fn a_secret_is_never_shown_by_debug() {
        assert_eq!(format!("{:?}", In::known("hunter2").into_secret()), "[secret]");
    }
}
