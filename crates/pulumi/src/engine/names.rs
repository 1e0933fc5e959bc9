//! What names a cloud accepts, and names that fit.

use sha2::{Digest, Sha256};

/// What a cloud says of the names of one kind of thing.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// What is named, as it reads in a sentence: `load balancer`.
    pub what: &'static str,
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
    /// The characters allowed.
    pub alphabet: Alphabet,
    /// Whether the first character must be a letter.
    pub letter_first: bool,
    /// Characters that must stand alone, and between two others: not first, last or doubled.
    pub inner: &'static str,
    /// Whether two characters of `inner` may be neighbours.
    pub doubled: bool,
    /// What the cloud keeps for itself, in lower case: names, and beginnings, which end in a separator
    /// or in `*`.
    pub reserved: &'static [&'static str],
    /// Whether a name that is made is that of the resource in the program, and nothing is added to it.
    pub bare: bool,
    /// What stands between the parts of a name and for characters that are not allowed.
    pub filler: char,
}

/// A set of characters, and how to say it.
#[derive(Clone, Copy, Debug)]
pub struct Alphabet {
    /// The characters, as they read in a sentence.
    pub words: &'static str,
    /// Whether letters are lower-case only.
    pub lower: bool,
    pub holds: fn(char) -> bool,
}

/// How many hexadecimal digits of a hash tell names apart.
const DIGITS: usize = 7;

pub const HYPHENED: Alphabet = Alphabet {
    words: "letters, digits and hyphens",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-',
};

pub const LOWER_HYPHENED: Alphabet = Alphabet {
    words: "lower-case letters, digits and hyphens",
    lower: true,
    holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
};

pub const WORD: Alphabet = Alphabet {
    words: "letters, digits, hyphens and underscores",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
};

pub const PRINTABLE: Alphabet =
    Alphabet { words: "printable characters", lower: false, holds: |c| !c.is_control() };

/// Every kind's rule starts from here.
pub const PLAIN: NameRule = NameRule {
    what: "",
    min: 1,
    max: 255,
    alphabet: WORD,
    letter_first: false,
    inner: "",
    doubled: true,
    reserved: &[],
    bare: false,
    filler: '-',
};

impl NameRule {
    /// Whether this is a legal name; if not, a sentence that says what would be right.
    pub fn check(&self, name: &str) -> Result<(), String> {
        match self.problem(name) {
            None => Ok(()),
            Some(problem) => Err(format!("{problem}; '{}' would do", self.fit(name))),
        }
    }

    fn problem(&self, name: &str) -> Option<String> {
        let what = self.what;
        let length = name.chars().count();
        if length < self.min || length > self.max {
            let (min, max) = (self.min, self.max);
            return Some(format!(
                "the name of a {what} has {min} to {max} characters, and '{name}' has {length}"
            ));
        }
        if let Some(bad) = name.chars().find(|c| !(self.alphabet.holds)(*c)) {
            let words = self.alphabet.words;
            return Some(format!("the name of a {what} consists of {words}, and '{name}' has {bad:?}"));
        }
        if self.letter_first && !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Some(format!("the name of a {what} begins with a letter, and '{name}' does not"));
        }
        if name.starts_with(self.is_inner()) || name.ends_with(self.is_inner()) {
            let inner = spaced(self.inner);
            return Some(format!(
                "the name of a {what} neither begins nor ends with {inner}, and '{name}' does"
            ));
        }
        if !self.doubled && has_neighbours(name, self.inner) {
            let inner = spaced(self.inner);
            return Some(format!("the name of a {what} has no two of {inner} in a row, and '{name}' has"));
        }
        let reserved = self.reserves(name)?.trim_end_matches('*');
        Some(match reserved == name.to_lowercase() {
            true => format!("the name of a {what} is not '{reserved}', which is AWS's own"),
            false => {
                format!("the name of a {what} does not begin with '{reserved}', and '{name}' does")
            }
        })
    }

    /// A legal name that looks like `text`, and is `text` wherever that is legal.
    ///
    /// Equal texts give equal names. Texts that are too long keep their beginning and get a hash
    /// of the whole, so that different long texts give different names.
    pub fn fit(&self, text: &str) -> String {
        self.fit_into(text, self.max)
    }

    /// `base` with seven hexadecimal digits of a hash of `token`, so that the same token gives the
    /// same name again and others a different one.
    pub fn unique(&self, base: &str, token: &str) -> String {
        let room = self.max - DIGITS - 1;
        let mut base = self.fit_into(base, room);
        if self.reserves(&format!("{base}{}", self.filler)).is_some() {
            base = self.fit_into(&format!("x{}{base}", self.filler), room);
        }
        format!("{base}{}{}", self.filler, digits(token))
    }

    /// A name that begins with `prefix`, as far as that is legal, and ends in digits made of a token.
    pub fn prefixed(&self, prefix: &str, token: &str) -> String {
        format!("{}{}", self.beginning(prefix), digits(token))
    }

    /// What all names with this prefix begin with.
    pub fn beginning(&self, prefix: &str) -> String {
        let made = self.unique(prefix.trim_end_matches(self.is_break()), "");
        let begun = made.strip_suffix(&digits("")).unwrap_or(&made);
        match begun.strip_suffix(self.filler) {
            // A prefix that ends in a separator of its own needs no other.
            Some(bare) if bare.ends_with(|c: char| !c.is_alphanumeric()) => bare.to_owned(),
            _ => begun.to_owned(),
        }
    }

    /// A name with this ending, which it has already or gets in place of what is too much. The end
    /// of the name, which tells it from others, stays.
    pub fn ended(&self, name: &str, ending: &str) -> String {
        if name.ends_with(ending) {
            return name.to_owned();
        }
        let (all, room) = (name.chars().count(), self.max - ending.chars().count());
        let cut = all.saturating_sub(room);
        let first = all.saturating_sub(DIGITS + 1 + cut);
        let kept = name.chars().enumerate().filter(|(at, _)| !(first..first + cut).contains(at));
        kept.map(|(_, c)| c).chain(ending.chars()).collect()
    }

    fn fit_into(&self, text: &str, max: usize) -> String {
        let name = self.legal(text);
        let length = name.chars().count();
        if length >= self.min && length <= max {
            return name;
        }
        let kept: String = name.chars().take(max - DIGITS - 1).collect();
        let kept = kept.trim_end_matches(self.is_break());
        match kept.is_empty() {
            true => format!("x{}", digits(text)),
            false => format!("{kept}{}{}", self.filler, digits(text)),
        }
    }

    /// The text with everything illegal replaced or dropped; of any length.
    fn legal(&self, text: &str) -> String {
        let mut name = String::with_capacity(text.len());
        for c in text.chars() {
            let c = if self.alphabet.lower { c.to_ascii_lowercase() } else { c };
            let allowed = (self.alphabet.holds)(c);
            let c = if allowed { c } else { self.filler };
            let needless = !allowed && name.ends_with(self.filler);
            let crowded = !self.doubled && self.inner.contains(c) && name.ends_with(self.is_inner());
            if !needless && !crowded {
                name.push(c);
            }
        }
        let name = name.trim_matches(self.is_inner());
        let begins_badly = self.letter_first && !name.starts_with(|c: char| c.is_ascii_alphabetic());
        match !name.is_empty() && (begins_badly || self.reserves(name).is_some()) {
            true => format!("x{}{}", self.filler, name.trim_start_matches(self.filler)),
            false => name.to_owned(),
        }
    }

    fn reserves(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let holds = |entry: &&&str| match entry.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            true => lower == **entry,
            false => lower.starts_with(entry.trim_end_matches('*')),
        };
        self.reserved.iter().find(holds).copied()
    }

    fn is_inner(&self) -> impl Fn(char) -> bool + use<> {
        let inner = self.inner;
        move |c| inner.contains(c)
    }

    /// Where a name may be cut without leaving something ugly before the hash.
    fn is_break(&self) -> impl Fn(char) -> bool + use<> {
        let (inner, filler) = (self.inner, self.filler);
        move |c| c == filler || inner.contains(c)
    }
}

fn has_neighbours(name: &str, inner: &str) -> bool {
    name.chars().zip(name.chars().skip(1)).any(|(a, b)| inner.contains(a) && inner.contains(b))
}

fn spaced(characters: &str) -> String {
    let quoted: Vec<String> = characters.chars().map(|c| format!("'{c}'")).collect();
    quoted.join(" ")
}

fn digits(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().take(DIGITS.div_ceil(2)).map(|byte| format!("{byte:02x}")).collect();
    hex[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    mod texts;

    use std::collections::HashSet;

    use super::*;
    use texts::texts;

    const HOST: NameRule =
        NameRule { what: "host", max: 32, alphabet: HYPHENED, inner: "-", reserved: &["internal-"], ..PLAIN };

    const DATABASE: NameRule = NameRule {
        what: "database",
        min: 2,
        max: 63,
        alphabet: LOWER_HYPHENED,
        letter_first: true,
        inner: "-",
        doubled: false,
        reserved: &["default"],
        ..PLAIN
    };

    const COLUMN: NameRule = NameRule { what: "column", alphabet: WORD, filler: '_', ..PLAIN };

    const LABEL: NameRule = NameRule { what: "label", alphabet: PRINTABLE, inner: " ", ..PLAIN };

    const ALL: &[NameRule] = &[PLAIN, HOST, DATABASE, COLUMN, LABEL];

    #[test]
    fn every_fitted_name_is_legal_and_stays_as_it_is() {
        for rule in ALL {
            for text in texts() {
                let name = rule.fit(&text);
                assert_eq!(rule.problem(&name), None, "{}: {text:?} gave {name:?}", rule.what);
                assert_eq!(rule.fit(&name), name, "{}", rule.what);
                if rule.problem(&text).is_none() {
                    assert_eq!(name, text, "{}", rule.what);
                }
            }
        }
    }

    #[test]
    fn every_unique_name_is_legal_and_follows_its_token() {
        for rule in ALL {
            for text in texts() {
                let name = rule.unique(&text, "urn:a");
                assert_eq!(rule.problem(&name), None, "{}: {text:?} gave {name:?}", rule.what);
                assert_eq!(name, rule.unique(&text, "urn:a"));
                assert_ne!(name, rule.unique(&text, "urn:b"));
                let suffix = format!("{}{}", rule.filler, digits("urn:a"));
                assert!(name.ends_with(&suffix), "{name}");
            }
        }
    }

    #[test]
    fn long_texts_that_differ_give_names_that_differ() {
        for rule in ALL {
            let base = "a".repeat(rule.max);
            let names: HashSet<_> = (0..1000).map(|n| rule.fit(&format!("{base}{n}"))).collect();
            assert_eq!(names.len(), 1000, "{}", rule.what);
            assert!(names.iter().all(|name| name.chars().count() == rule.max));
        }
    }

    #[test]
    fn names_look_like_their_texts() {
        let fitted = [
            (HOST, "My Stack_api", "My-Stack-api"),
            (HOST, "internal-api", "x-internal-api"),
            (DATABASE, "Orders__DB", "orders-db"),
            (DATABASE, "9lives", "x-9lives"),
            (DATABASE, "default", "x-default"),
            (DATABASE, "default-vpc", "default-vpc"),
            (COLUMN, "learning center", "learning_center"),
        ];
        for (rule, text, name) in fitted {
            assert_eq!(rule.fit(text), name, "{}", rule.what);
        }
        let name = HOST.unique("stage3v3-production-internal-load-balancer", "urn:x");
        assert!(name.starts_with("stage3v3-produc") && name.len() == 32, "{name}");
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let refused = [
            (HOST, "a_b", "letters, digits and hyphens, and 'a_b' has '_'; 'a-b' would do"),
            (HOST, "-a", "neither begins nor ends with '-'"),
            (HOST, "Internal-a", "does not begin with 'internal-'"),
            (HOST, &"a".repeat(33), "1 to 32 characters"),
            (DATABASE, "a--b", "no two of '-' in a row"),
            (DATABASE, "Orders", "lower-case letters"),
            (DATABASE, "1a", "begins with a letter"),
            (DATABASE, "default", "is not 'default'"),
            (LABEL, "a\nb", "printable characters"),
        ];
        for (rule, name, part) in refused {
            let text = rule.check(name).unwrap_err();
            assert!(text.contains(part) && text.contains(rule.what), "{text}");
        }
    }
}
