//! Texts of TXT records: in quotes, in strings of 255 bytes, with escapes.
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat>

/// How many bytes one string of a TXT record has at most.
const STRING: usize = 255;

/// A text as Route 53 takes it. A program gives it as it is, or as Route 53 takes it, or, as with
/// Pulumi's AWS package, without the outer quotes and with `""` where a string ends.
pub fn written(value: &str) -> String {
    if strings(value).is_some() {
        return value.to_owned();
    }
    let in_quotes = format!("\"{value}\"");
    if value.contains('"') && strings(&in_quotes).is_some() {
        return in_quotes;
    }
    let text = unescaped(value);
    let mut parts = Vec::new();
    let mut rest = text.as_slice();
    while rest.len() > STRING {
        // A character of several bytes stays whole.
        let at = (1..=STRING).rev().find(|at| rest[*at] & 0xc0 != 0x80).unwrap_or(STRING);
        parts.push(escaped(&rest[..at]));
        rest = &rest[at..];
    }
    parts.push(escaped(rest));
    parts.join(" ")
}

/// A text as programs give it.
pub fn read(value: &str) -> String {
    let text = strings(value).and_then(|text| String::from_utf8(text).ok());
    match text.map(|text| text.replace('\\', "\\\\")) {
        Some(text) if meaning(&text) == meaning(value) => text,
        _ => value.to_owned(),
    }
}

/// What a text says, however it is written.
pub fn meaning(value: &str) -> Vec<u8> {
    let in_quotes = || strings(&format!("\"{value}\"")).filter(|_| value.contains('"'));
    strings(value).or_else(in_quotes).unwrap_or_else(|| unescaped(value))
}

/// The text of strings in quotes, if the value is nothing but that.
fn strings(value: &str) -> Option<Vec<u8>> {
    let mut rest = value.trim().as_bytes();
    let mut text = Vec::new();
    if rest.is_empty() {
        return None;
    }
    while let Some((first, mut inner)) = rest.split_first() {
        if *first != b'"' {
            return None;
        }
        loop {
            let (&first, after) = inner.split_first()?;
            inner = match first {
                b'"' => {
                    rest = after.trim_ascii_start();
                    break;
                }
                _ => one(inner, &mut text),
            };
        }
    }
    Some(text)
}

/// The text with what escapes stand for.
fn unescaped(value: &str) -> Vec<u8> {
    let (mut text, mut rest) = (Vec::new(), value.as_bytes());
    while !rest.is_empty() {
        rest = one(rest, &mut text);
    }
    text
}

/// Takes one byte, or an escape for one: `\"`, `\\`, or three octal digits. Gives the rest.
fn one<'a>(from: &'a [u8], into: &mut Vec<u8>) -> &'a [u8] {
    let (byte, rest) = match from {
        [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
            ((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'), rest)
        }
        [b'\\', byte @ (b'"' | b'\\'), rest @ ..] | [byte, rest @ ..] => (*byte, rest),
        [] => return from,
    };
    into.push(byte);
    rest
}

fn escaped(text: &[u8]) -> String {
    let mut string = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => string.extend(['\\', char::from(byte)]),
            b' '..=b'~' => string.push(char::from(byte)),
            _ => string.push_str(&format!("\\{byte:03o}")),
        }
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_once_and_cut_where_they_are_long() {
        assert_eq!(written("v=spf1 -all"), "\"v=spf1 -all\"");
        assert_eq!(written("\"v=spf1 -all\""), "\"v=spf1 -all\"");
        assert_eq!(written("first\"\"second"), "\"first\"\"second\"");
        assert_eq!(written(""), "\"\"");
        let long = "x".repeat(300);
        assert_eq!(written(&long), format!("\"{}\" \"{}\"", "x".repeat(255), "x".repeat(45)));
        assert_eq!(read(&written(&long)), long);
        assert_eq!(read("\"first\"\"second\""), "firstsecond");
        let wide = written(&"é".repeat(200));
        let parts: Vec<usize> = wide.split(' ').map(|part| part.matches('\\').count()).collect();
        assert_eq!(parts, [254, 146], "no character is cut in two");
    }

    #[test]
    fn quotes_inside_and_what_is_not_ascii_are_escaped() {
        let pairs = [
            (r#"say "hi""#, r#""say \"hi\"""#),
            (r#"{"a": "b"}"#, r#""{\"a\": \"b\"}""#),
            (r#""a" and b"#, r#""\"a\" and b""#),
            (r"C:\dir", r#""C:\\dir""#),
            ("Straße", r#""Stra\303\237e""#),
            ("a\tb", r#""a\011b""#),
        ];
        for (given, sent) in pairs {
            assert_eq!(written(given), sent);
            assert_eq!(written(sent), sent, "what is escaped already stays");
            assert_eq!(meaning(given), meaning(sent), "{given}");
            assert_eq!(written(&read(sent)), sent, "what is read is written again as it was");
        }
        assert_eq!(written(r#"say \"hi\""#), r#""say \"hi\"""#, "as Pulumi's AWS package wants it");
        assert_eq!(written(r"a\052b"), r#""a*b""#);
    }
}
