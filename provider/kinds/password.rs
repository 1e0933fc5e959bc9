//! A random password.

use std::collections::BTreeMap;

use super::contract::Custom;
use super::local::Local;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::Model;

/// A random password that is generated once and stored in the state as a secret. It consists of
/// letters, digits and, unless disabled, the characters `-` `_` `.` `~`, which are allowed in
/// passwords of PostgreSQL and MySQL on RDS and have no special meaning in URLs and shells.
#[derive(Clone, Debug, Model)]
pub struct PasswordArgs {
    /// The characters that the password does not contain.
    #[model(replace)]
    pub exclude_characters: Option<String>,
    /// The number of characters of the password. MySQL and MariaDB on RDS allow at most 41.
    #[model(replace, default = 32, range = 8..=128)]
    pub length: i64,
    /// Whether the password contains characters other than letters and digits.
    #[model(replace, default = true)]
    pub special: bool,
    /// Arbitrary values that generate a new password when one of them changes.
    #[model(replace, default = {})]
    pub keepers: BTreeMap<String, String>,
}

/// What was made.
#[derive(Clone, Model)]
pub struct PasswordState {
    /// The password.
    #[model(secret)]
    pub result: String,
}

/// A random password.
pub struct Password;

impl Local for Password {
    const TOKEN: &'static str = "agentic:index:Password";
    const WHAT: &'static str = "password";

    type Args = PasswordArgs;
    type State = PasswordState;

    fn make(args: &PasswordArgs) -> Result<PasswordState> {
        let length = usize::try_from(args.length).unwrap_or_default();
        let excluded = args.exclude_characters.as_deref().unwrap_or_default();
        Ok(PasswordState { result: password(length, args.special, excluded)? })
    }
}

impl Custom for Password {
    const TOKEN: &'static str = <Self as Local>::TOKEN;
    const GLOBAL: bool = true;
    const NAMED: bool = false;

    type Args = PasswordArgs;
    type State = PasswordState;
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
/// What RFC 3986 leaves unreserved beside letters and digits. RDS refuses `/`, `@`, `"` and space:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
const SPECIAL: &str = "-_.~";

/// A password with at least one character of each class, every such password being as likely as
/// any other.
fn password(length: usize, special: bool, excluded: &str) -> Result<String> {
    let classes: &[&str] = if special { &[LOWER, UPPER, DIGITS, SPECIAL] } else { &[LOWER, UPPER, DIGITS] };
    let kept = |class: &&str| class.chars().filter(|c| !excluded.contains(*c)).collect::<String>();
    let classes: Vec<String> = classes.iter().map(kept).filter(|class| !class.is_empty()).collect();
    let alphabet = classes.concat();
    if alphabet.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "excludeCharacters leaves no character for a password"));
    }
    loop {
        let text = random_text(length, alphabet.as_bytes())?;
        if classes.iter().all(|class| text.contains(|c| class.contains(c))) {
            return Ok(text);
        }
    }
}

fn random_text(length: usize, alphabet: &[u8]) -> Result<String> {
    // Bytes beyond the last whole multiple of the alphabet would favour its beginning.
    let usable = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0_u8; 64];
        getrandom::fill(&mut bytes).map_err(|error| {
            Error::new(ErrorKind::Other, format!("this machine provides no random numbers: {error}"))
        })?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < usable);
        text.extend(fair.map(|byte| char::from(alphabet[byte % alphabet.len()])).take(length - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_has_each_class_and_nothing_else() {
        for length in [8, 32, 128] {
            let text = password(length, true, "").unwrap();
            assert_eq!(text.len(), length);
            for class in [LOWER, UPPER, DIGITS, SPECIAL] {
                assert!(text.contains(|c| class.contains(c)), "{class}");
            }
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || SPECIAL.contains(c)));
            assert!(password(length, false, "").unwrap().chars().all(|c| c.is_ascii_alphanumeric()));
        }
        assert_ne!(password(32, true, "").unwrap(), password(32, true, "").unwrap());
    }

    #[test]
    fn what_is_excluded_is_in_no_password() {
        let excluded = "\"@/\\-_.~0O1lI";
        for _ in 0..20 {
            let text = password(64, true, excluded).unwrap();
            assert!(!text.contains(|c| excluded.contains(c)), "{text}");
            assert!([LOWER, UPPER, DIGITS].iter().all(|class| text.contains(|c| class.contains(c))));
        }
        let all = [LOWER, UPPER, DIGITS, SPECIAL].concat();
        assert!(password(32, true, &all).unwrap_err().to_string().contains("leaves no character"));
    }

    #[test]
    fn every_character_is_about_as_frequent() {
        let alphabet = [LOWER, UPPER, DIGITS, SPECIAL].concat();
        let text = random_text(66 * 1000, alphabet.as_bytes()).unwrap();
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
        // The deviation is 32; a count out of these bounds has a chance below one in a billion.
        assert!(counts.len() == 66 && counts.values().all(|count| (780..1220).contains(count)), "{counts:?}");
    }
}
