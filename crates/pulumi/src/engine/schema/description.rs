//! How a property is described.

use crate::model::{Change, Default_, Field, Shape};

/// Where a property stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Input,
    Output,
    /// Arguments of providers and functions.
    Plain,
    /// The configuration of a stack.
    Config,
    /// In a type that inputs and outputs share.
    Nested,
}

/// The description of a property: what its struct says, and what follows from its attributes.
pub(super) fn describe(field: &Field, side: Side) -> String {
    let mut text = field.doc.to_owned();
    if side == Side::Output {
        return text;
    }
    let mut say = |sentence: String| {
        text.push(' ');
        text.push_str(&sentence);
    };
    if let (Some(kind), Side::Input) = (field.resource, side) {
        let name = kind.rsplit('.').next().unwrap_or(kind);
        say(format!("A `{name}` resource stands for its ID."));
    }
    if !field.one_of.is_empty() {
        say(valid_values(field.one_of.iter().map(|choice| format!("`{choice}`"))));
    }
    if !field.numbers.is_empty() {
        say(valid_values(field.numbers.iter().map(i64::to_string)));
    }
    if let Some((low, high)) = field.range {
        say(format!("Must be between {low} and {high}."));
    }
    match (field.length, &field.shape) {
        (Some(length), Shape::String) => say(format!("Must be {} long.", amount(length, "character"))),
        (Some(length), Shape::Array(_)) => say(format!("Must have {}.", amount(length, "item"))),
        _ => {}
    }
    if field.autoname {
        say("If omitted, a name is generated from the name of the resource.".to_owned());
    }
    match &field.default {
        Some(Default_::Bool(value)) => say(format!("Defaults to `{value}`.")),
        Some(Default_::Integer(value)) => say(format!("Defaults to {value}.")),
        Some(Default_::Number(value)) => say(format!("Defaults to {value}.")),
        Some(Default_::String(value)) if !value.is_empty() => say(format!("Defaults to `{value}`.")),
        Some(Default_::String(_) | Default_::List | Default_::Map) | None => {}
    }
    // What counts only if given says so by itself.
    let is_argument = field.change != Change::Inherited && side == Side::Input || side == Side::Nested;
    if field.aws_default && field.is_kept() && is_argument {
        say(KEPT.to_owned());
    }
    text
}

/// What becomes of a value that AWS keeps.
pub const KEPT: &str = "If removed from the program later, the value is kept.";

fn valid_values(choices: impl Iterator<Item = String>) -> String {
    match choices.collect::<Vec<_>>().as_slice() {
        [only] => format!("The only valid value is {only}."),
        choices => format!("Valid values: {}.", choices.join(", ")),
    }
}

fn amount((low, high): (usize, usize), what: &str) -> String {
    let plural = if high == 1 { "" } else { "s" };
    match low {
        0 => format!("at most {high} {what}{plural}"),
        low if low == high => format!("exactly {high} {what}{plural}"),
        low => format!("{low} to {high} {what}{plural}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Rules;

    #[test]
    fn what_follows_from_attributes_is_said_in_sentences() {
        let said = |change: fn(&mut Rules), shape: Shape| {
            let mut rules = Rules::new(false);
            change(&mut rules);
            let field =
                Field { rules: Box::leak(Box::new(rules)), ..Field::new("size", "The size.", shape, false) };
            describe(&field, Side::Input).replace("The size.", "").trim().to_owned()
        };
        let list = Shape::Array(&Shape::String);
        assert_eq!(said(|rules| rules.one_of = &["a", "b"], Shape::String), "Valid values: `a`, `b`.");
        assert_eq!(said(|rules| rules.one_of = &["a"], Shape::String), "The only valid value is `a`.");
        assert_eq!(said(|rules| rules.numbers = &[1, 10], Shape::Integer), "Valid values: 1, 10.");
        assert_eq!(
            said(|rules| rules.range = Some((0.0, 2_147_483_647.0)), Shape::Integer),
            "Must be between 0 and 2147483647."
        );
        assert_eq!(
            said(|rules| rules.length = Some((1, 255)), Shape::String),
            "Must be 1 to 255 characters long."
        );
        assert_eq!(
            said(|rules| rules.length = Some((0, 64)), Shape::String),
            "Must be at most 64 characters long."
        );
        assert_eq!(said(|rules| rules.length = Some((1, 1)), list), "Must have exactly 1 item.");
        assert_eq!(said(|rules| rules.length = Some((0, 5)), list), "Must have at most 5 items.");
        assert_eq!(
            said(|rules| rules.autoname = true, Shape::String),
            "If omitted, a name is generated from the name of the resource."
        );
        assert_eq!(
            said(|rules| rules.default = Some(Default_::String("x")), Shape::String),
            "Defaults to `x`."
        );
        assert_eq!(said(|rules| rules.default = Some(Default_::String("")), Shape::String), "");
        assert_eq!(said(|rules| rules.default = Some(Default_::List), list), "");
    }
}
