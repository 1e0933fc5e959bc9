//! The domain names that AWS accepts.

/// Whether Route 53 takes this as the name of a zone or a record; if not, what would be right.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
pub fn check_domain(name: &str) -> Result<(), String> {
    let labels = name.strip_suffix('.').unwrap_or(name);
    if labels.len() > 255 {
        return Err(format!("a domain name has 255 characters at most, and '{name}' has {}", labels.len()));
    }
    for label in labels.split('.') {
        if label.is_empty() {
            return Err(format!(
                "the labels of a domain name are separated by single dots, unlike those of '{name}'"
            ));
        }
        if label.len() > 63 {
            return Err(format!("a label of a domain name has at most 63 characters, unlike '{label}'"));
        }
        if let Some(bad) = label.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(format!(
                "a domain name consists of ASCII letters, digits, hyphens and underscores, and '{name}' has {bad:?}; write other letters in Punycode (xn--...)"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names() {
        let long = format!("{}.example.com", "a".repeat(64));
        let refused = ["", ".", "a..b", ".a", "straße.de", "a b.de", &long, &"a.".repeat(129)];
        for name in refused {
            assert!(check_domain(name).is_err(), "{name}");
        }
        for name in
            ["example.com", "example.com.", "*.example.com", "_acme-challenge.x.de", "xn--strae-oqa.de"]
        {
            assert_eq!(check_domain(name), Ok(()));
        }
    }
}
