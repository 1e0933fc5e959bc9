//! What a restored database takes from where it comes.

use aws_smithy_types::DateTime;

use super::rules;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::kms::same_key;
use crate::model::Value;

/// Where the data comes from, and how it is encrypted there.
pub struct Source<'a> {
    /// As it reads in a sentence: `the snapshot orders-final`.
    pub what: String,
    pub encrypted: bool,
    pub kms_key_id: Option<&'a str>,
}

/// The encryption that the program wants.
pub struct Wanted<'a> {
    pub encrypted: Option<bool>,
    pub kms_key_id: Option<&'a str>,
    /// Whether a restored database can have another key than its source.
    pub takes_key: bool,
}

impl Wanted<'_> {
    /// Whether the program says anything about it.
    pub fn is_said(&self) -> bool {
        self.encrypted.is_some() || self.kms_key_id.is_some()
    }

    /// That the database can be encrypted as wanted. RDS would restore it as the source is, and say
    /// nothing.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html>
    pub fn check(&self, source: &Source) -> Result<()> {
        let what = &source.what;
        let refuse =
            |message: String, hint: &str| Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
        let wants = self.encrypted == Some(true) || self.kms_key_id.is_some();
        match (wants, source.encrypted) {
            _ if self.takes_key && self.kms_key_id.is_some() && self.encrypted != Some(false) => Ok(()),
            (true, false) if self.takes_key => refuse(
                format!("{what} is not encrypted, so a database restored from it is not either"),
                "Give a kmsKeyId, with which RDS encrypts it; or set storageEncrypted to false.",
            ),
            (true, false) => refuse(
                format!("{what} is not encrypted, so a database restored from it is not either"),
                "Copy it with a KMS key (`aws rds copy-db-snapshot --kms-key-id`) and restore the copy; or set storageEncrypted to false.",
            ),
            (false, true) if self.encrypted == Some(false) => refuse(
                format!("{what} is encrypted, so a database restored from it is too"),
                "Leave storageEncrypted out.",
            ),
            (true, true) => match (source.kms_key_id, self.kms_key_id) {
                (Some(has), Some(wants)) if !same_key(&Value::from(has), &Value::from(wants)) => refuse(
                    format!("{what} is encrypted with the key {has}, so a database restored from it is too"),
                    "Copy it with the other key and restore the copy, or leave kmsKeyId out.",
                ),
                _ => Ok(()),
            },
            (false, _) => Ok(()),
        }
    }
}

/// The moment to restore, where one is given.
pub fn moment_of(text: Option<&str>) -> Result<Option<DateTime>> {
    let time = text.map(rules::time).transpose();
    time.map_err(|reason| Error::new(ErrorKind::Invalid, format!("the time to restore {reason}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:1:key/a";
    const OTHER: &str = "arn:aws:kms:us-east-1:1:key/b";

    fn told(encrypted: Option<bool>, key: Option<&str>, takes_key: bool, source: Option<&str>) -> String {
        let wanted = Wanted { encrypted, kms_key_id: key, takes_key };
        let what = "the snapshot s".to_owned();
        let source = Source { what, encrypted: source.is_some(), kms_key_id: source };
        let checked = wanted.check(&source);
        checked
            .map_or_else(|error| format!("{error} {}", error.hint().unwrap_or_default()), |()| String::new())
    }

    #[test]
    fn a_restored_database_is_encrypted_as_its_source_is() {
        assert_eq!(told(None, None, false, None), "");
        assert_eq!(told(Some(true), None, false, Some(KEY)), "");
        assert_eq!(told(Some(true), Some(KEY), false, Some(KEY)), "");
        assert_eq!(told(Some(false), None, false, None), "");
        assert!(told(Some(true), None, false, None).contains("copy-db-snapshot"));
        assert!(told(Some(false), None, false, Some(KEY)).contains("Leave storageEncrypted out"));
        assert!(told(Some(true), Some(OTHER), false, Some(KEY)).contains("with the key"));
    }

    #[test]
    fn a_cluster_may_have_a_key_of_its_own() {
        assert_eq!(told(None, Some(OTHER), true, Some(KEY)), "");
        assert_eq!(told(Some(true), Some(OTHER), true, None), "");
        assert!(told(Some(true), None, true, None).contains("Give a kmsKeyId"));
        assert!(told(Some(false), None, true, Some(KEY)).contains("Leave storageEncrypted out"));
    }
}
