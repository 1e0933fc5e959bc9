//! Files that a program hands over: Pulumi's assets and archives, or a path alone.

use super::property::wrong;
use super::{Failures, Object, Path, Property, Shape, Value};

/// A file, or what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset(Value);

/// Where the content of an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// The content itself.
    Text(&'a str),
    /// A file on this machine.
    File(&'a str),
    /// An address to get it from.
    Address(&'a str),
    /// Several files, which nobody has put into one.
    Several,
}

impl Asset {
    /// A file on this machine.
    pub fn file(path: &str) -> Self {
        Asset(Value::from(path))
    }

    pub fn content(&self) -> Content<'_> {
        let fields = match &self.0 {
            Value::String(path) => return Content::File(path),
            Value::Opaque(fields) => fields,
            _ => return Content::Several,
        };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text("path"), text("uri"), fields.get("text").and_then(Value::as_str)) {
            (Some(path), _, _) => Content::File(path),
            (_, Some(address), _) => Content::Address(address),
            (_, _, Some(text)) => Content::Text(text),
            _ => Content::Several,
        }
    }
}

/// Whether two assets have the same content, wherever it is.
pub(crate) fn same(one: &Object, two: &Object) -> bool {
    let hash = |fields: &Object| fields.get("hash").and_then(Value::as_str).map(str::to_owned);
    hash(one).is_some_and(|hash_of_one| !hash_of_one.is_empty() && Some(hash_of_one) == hash(two))
}

impl Property for Asset {
    const SHAPE: Shape = Shape::Asset;
    type Input = Asset;

    fn decode(value: &Value, at: &Path, failures: &mut Failures) -> Option<Asset> {
        match value {
            Value::String(_) | Value::Opaque(_) => Some(Asset(value.clone())),
            other => wrong(&Self::SHAPE, other, at, failures),
        }
    }

    fn settle(input: &Asset, _at: &Path, _failures: &mut Failures) -> Option<Asset> {
        Some(input.clone())
    }

    fn encode(&self) -> Value {
        self.0.clone()
    }

    fn encode_input(input: &Asset) -> Value {
        input.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(fields: &[(&str, &str)]) -> Object {
        fields.iter().map(|(key, text)| ((*key).to_owned(), Value::from(*text))).collect()
    }

    #[test]
    fn an_asset_says_where_its_content_is() {
        let of = |fields: &[(&str, &str)]| Asset(Value::Opaque(asset(fields)));
        // The SDKs fill in what an asset lacks with nothing.
        assert_eq!(of(&[("path", "a.html"), ("text", ""), ("uri", "")]).content(), Content::File("a.html"));
        assert_eq!(of(&[("text", "hello")]).content(), Content::Text("hello"));
        assert_eq!(of(&[("text", ""), ("path", "")]).content(), Content::Text(""));
        assert_eq!(
            of(&[("uri", "https://example.com/a")]).content(),
            Content::Address("https://example.com/a")
        );
        assert_eq!(of(&[("assets", "")]).content(), Content::Several);
        assert_eq!(Asset::file("a.html").content(), Content::File("a.html"));
    }

    #[test]
    fn the_same_content_in_another_place_is_the_same() {
        assert!(same(&asset(&[("hash", "1"), ("path", "a")]), &asset(&[("hash", "1"), ("path", "b")])));
        assert!(!same(&asset(&[("hash", "1"), ("path", "a")]), &asset(&[("hash", "2"), ("path", "a")])));
        assert!(!same(&asset(&[("path", "a")]), &asset(&[("path", "a")])), "nothing says so");
    }
}
