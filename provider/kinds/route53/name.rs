//! Names in DNS, as programs write them and as Route 53 shows them.

use crate::model::Value;

/// A name without the differences that mean nothing: in lower case, without the dot at the end,
/// and with characters in place of the codes that Route 53 shows for them, such as `\052` for `*`.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
pub fn canonical(name: &str) -> String {
    let name = decoded(name.trim());
    name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase()
}

/// The full name of a record: programs may leave the zone's name out.
pub fn full(name: &str, zone: &str) -> String {
    let name = canonical(name);
    if name.is_empty() || name == "@" {
        return zone.to_owned();
    }
    match name == zone || name.ends_with(&format!(".{zone}")) {
        true => name,
        false => format!("{name}.{zone}"),
    }
}

/// A zone's id without the path that some answers of Route 53 have before it.
pub fn zone_id(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

/// Whether two names are of the same place.
pub fn same_name(actual: &Value, wanted: &Value) -> bool {
    both(actual, wanted, canonical)
}

/// Whether two ids are of the same zone.
pub fn same_zone(actual: &Value, wanted: &Value) -> bool {
    both(actual, wanted, |id| zone_id(id).to_owned())
}

/// Whether two names are of the same target of an alias. The console puts `dualstack.` before the
/// names of load balancers, which lead to the same addresses.
pub fn same_target(actual: &Value, wanted: &Value) -> bool {
    both(actual, wanted, |name| {
        let name = canonical(name);
        name.strip_prefix("dualstack.").unwrap_or(&name).to_owned()
    })
}

fn both(actual: &Value, wanted: &Value, form: impl Fn(&str) -> String) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => form(actual) == form(wanted),
        _ => false,
    }
}

fn decoded(name: &str) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('\\') {
        decoded.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code.filter(u8::is_ascii) {
            Some(code) => {
                decoded.push(char::from(code));
                rest = &after[3..];
            }
            None => {
                decoded.push('\\');
                rest = after;
            }
        }
    }
    decoded + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_what_counts_only() {
        assert_eq!(canonical("\\052.Example.COM."), "*.example.com");
        assert_eq!(canonical("a\\b.example.com"), "a\\b.example.com");
        let same = |a: &str, b: &str| same_target(&Value::from(a), &Value::from(b));
        assert!(same("dualstack.web-1.elb.amazonaws.com.", "Web-1.elb.amazonaws.com"));
        assert!(!same("web-2.elb.amazonaws.com", "web-1.elb.amazonaws.com"));
        assert!(same_zone(&Value::from("/hostedzone/Z1"), &Value::from("Z1")));
    }

    #[test]
    fn a_name_may_leave_the_zone_out() {
        for (name, expected) in [
            ("www", "www.example.com"),
            ("www.example.com.", "www.example.com"),
            ("", "example.com"),
            ("example.com", "example.com"),
            ("notexample.com", "notexample.com.example.com"),
        ] {
            assert_eq!(full(name, "example.com"), expected);
        }
    }
}
