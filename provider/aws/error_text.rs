//! How the messages of AWS are told.

/// One line, without the encoded part of an authorization failure (it can be thousands of
/// characters long) and without the values of secret fields that a validation message repeats.
pub(super) fn tidy(message: &str) -> String {
    let message = message.split("Encoded authorization failure message").next().unwrap_or_default();
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    conceal(&line)
}

/// Validation messages read `Value 'x' at 'masterUserPassword' failed to satisfy constraint`.
fn conceal(line: &str) -> String {
    const START: &str = "Value '";
    let mut rest = line;
    let mut out = String::with_capacity(line.len());
    while let Some(start) = rest.find(START) {
        let (before, value) = rest.split_at(start);
        let value = &value[START.len()..];
        let Some((shown, after)) = value.split_once("' at '") else {
            break;
        };
        let field = after.split('\'').next().unwrap_or_default().to_lowercase();
        let secret = ["password", "secret", "token"].iter().any(|word| field.contains(word));
        out.push_str(before);
        out.push_str(START);
        out.push_str(if secret { "[hidden]" } else { shown });
        out.push_str("' at '");
        rest = after;
    }
    out.push_str(rest);
    out
}

pub(super) fn sentence(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

pub(super) fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}
