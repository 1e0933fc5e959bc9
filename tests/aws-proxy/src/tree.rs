//! One form for every request and answer, whatever its wire format: a [`Value`].
//!
//! An XML element becomes an object of its children, repeated children become
//! an array, and an element without children becomes its text. The order of
//! differently named children is lost; no AWS client depends on it.

use serde_json::{Map, Value};
use std::fmt::Write;

/// The key that keeps the default namespace of an XML document's root.
const NAMESPACE: &str = "@xmlns";

/// Parses an XML document into an object with one key, the root's name.
pub fn from_xml(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let root = document.root_element();
    let mut content = element(root);
    if let (Value::Object(fields), Some(namespace)) = (&mut content, root.default_namespace()) {
        fields.insert(NAMESPACE.into(), namespace.into());
    }
    Some(object(root.tag_name().name(), content))
}

fn element(node: roxmltree::Node) -> Value {
    let mut fields = Map::new();
    for child in node.children().filter(roxmltree::Node::is_element) {
        let value = element(child);
        match fields.get_mut(child.tag_name().name()) {
            None => {
                fields.insert(child.tag_name().name().into(), value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    if fields.is_empty() {
        return node.text().unwrap_or_default().into();
    }
    Value::Object(fields)
}

/// Writes a tree as XML; its only key is the root.
pub fn to_xml(tree: &Value) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for (name, value) in tree.as_object().into_iter().flatten() {
        write_element(&mut xml, name, value);
    }
    xml
}

fn write_element(xml: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| write_element(xml, name, item)),
        Value::Object(fields) => {
            match fields.get(NAMESPACE).and_then(Value::as_str) {
                Some(namespace) => _ = write!(xml, "<{name} xmlns=\"{}\">", escape(namespace)),
                None => _ = write!(xml, "<{name}>"),
            }
            // The SDK for Rust wants the metadata behind the result.
            let is_last = |field: &str| field == "ResponseMetadata";
            let (last, first): (Vec<_>, Vec<_>) =
                fields.iter().filter(|(field, _)| *field != NAMESPACE).partition(|(field, _)| is_last(field));
            for (field, value) in first.into_iter().chain(last) {
                write_element(xml, field, value);
            }
            _ = write!(xml, "</{name}>");
        }
        scalar => _ = write!(xml, "<{name}>{}</{name}>", escape(&as_text(scalar))),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Parses a form body (`A.member.1.B=x`) into a tree: numbered keys become
/// arrays, and the names between a list and its numbers (`member`, `Filter`)
/// are left out.
pub fn from_form(body: &[u8]) -> Value {
    let mut root = Map::new();
    for (key, value) in form_urlencoded::parse(body) {
        let mut fields = &mut root;
        let mut path = key.split('.').peekable();
        while let Some(name) = path.next() {
            if path.peek().is_none() {
                fields.insert(name.into(), value.as_ref().into());
                break;
            }
            let next = fields
                .entry(name)
                .and_modify(|value| {
                    if !value.is_object() {
                        *value = Value::Object(Map::new());
                    }
                })
                .or_insert_with(|| Value::Object(Map::new()));
            match next {
                Value::Object(next) => fields = next,
                _ => break,
            }
        }
    }
    Value::Object(root.into_iter().map(|(k, v)| (k, collapse(v))).collect())
}

fn collapse(value: Value) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    let mut fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name, collapse(value))).collect();
    if fields.keys().all(|name| name.parse::<u32>().is_ok()) {
        let mut items: Vec<(u32, Value)> =
            fields.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect();
        items.sort_by_key(|(number, _)| *number);
        return items.into_iter().map(|(_, value)| value).collect();
    }
    if fields.len() == 1 && fields.values().all(Value::is_array) {
        let only = fields.keys().next().cloned().unwrap_or_default();
        return fields.remove(&only).unwrap_or_default();
    }
    Value::Object(fields)
}

/// An object with one field.
pub fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_string(), value)]))
}

/// A scalar as text, everything else as an empty text.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

/// The text at a dotted path, empty where there is none.
pub fn text(value: &Value, path: &str) -> String {
    path.split('.').try_fold(value, |value, name| value.get(name)).map(as_text).unwrap_or_default()
}

/// Every object, at any depth, that has a scalar field of this name.
pub fn nodes<'a>(value: &'a Value, field: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    visit(value, &mut |node| {
        if node.get(field).is_some_and(is_scalar) {
            found.push(node);
        }
    });
    found
}

/// Every text under fields of this name, at any depth.
pub fn texts(value: &Value, field: &str) -> Vec<String> {
    let mut found = Vec::new();
    visit(value, &mut |node| {
        if let Some(value) = node.get(field) {
            leaves(value, &mut found);
        }
    });
    found
}

/// Every scalar in a tree, in order.
pub fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Null => {}
        scalar => found.push(as_text(scalar)),
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn visit<'a>(value: &'a Value, seen: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Object(fields) => {
            seen(value);
            fields.values().for_each(|value| visit(value, seen));
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, seen)),
        _ => {}
    }
}

/// Calls `change` on every object, at any depth, with a scalar field of this name.
pub fn change(value: &mut Value, field: &str, change_node: &mut impl FnMut(&mut Value)) {
    if value.get(field).is_some_and(is_scalar) {
        change_node(value);
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| change(value, field, change_node)),
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, field, change_node)),
        _ => {}
    }
}

/// Sets the text at a dotted path where that path exists; an empty text
/// removes the field.
pub fn set(value: &mut Value, path: &str, text: &str) {
    let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
    let parent =
        parent.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get_mut(name));
    if let Some(Value::Object(fields)) = parent
        && fields.contains_key(field)
    {
        if text.is_empty() {
            fields.remove(field);
        } else {
            fields.insert(field.into(), text.into());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn xml_survives_the_way_through_a_tree() {
        let xml = b"<R xmlns=\"urn:x\"><A><item>1</item><item>2 &amp; 3</item></A><B/></R>";
        let tree = from_xml(xml).unwrap();
        assert_eq!(tree, json!({"R": {"@xmlns": "urn:x", "A": {"item": ["1", "2 & 3"]}, "B": ""}}));
        assert_eq!(from_xml(to_xml(&tree).as_bytes()).unwrap(), tree);
    }

    #[test]
    fn forms_become_lists_and_structures() {
        let tree =
            from_form(b"Filters.Filter.1.Name=a&Filters.Filter.1.Values.Value.1=b&Ids.2=y&Ids.1=x&Flag=true");
        assert_eq!(
            tree,
            json!({"Filters": [{"Name": "a", "Values": ["b"]}], "Ids": ["x", "y"], "Flag": "true"})
        );
    }

    #[test]
    fn fields_are_found_and_set_at_any_depth() {
        let mut tree = json!({"L": [{"Id": "a", "State": {"Code": "x"}}, {"Id": "b"}]});
        assert_eq!(nodes(&tree, "Id").len(), 2);
        assert_eq!(texts(&tree, "State"), ["x"]);
        change(&mut tree, "Id", &mut |node| set(node, "State.Code", "y"));
        assert_eq!(tree, json!({"L": [{"Id": "a", "State": {"Code": "y"}}, {"Id": "b"}]}));
    }
}
