//! The ways to name a KMS key, which AWS takes all and answers with one.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/find-cmk-id-arn.html>

use crate::model::Value;

/// Whether two names may be those of one key.
///
/// A key and an alias cannot be told apart without a call, so they pass for the same.
pub fn same_key(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => may_be_one(actual, wanted),
        _ => false,
    }
}

fn may_be_one(a: &str, b: &str) -> bool {
    if a.starts_with("arn:") && b.starts_with("arn:") && is_alias(a) == is_alias(b) {
        return a == b;
    }
    is_alias(a) != is_alias(b) || tail(a) == tail(b)
}

fn is_alias(name: &str) -> bool {
    tail(name).starts_with("alias/")
}

/// The id or alias at the end of an ARN.
fn tail(name: &str) -> &str {
    let last = name.rsplit(':').next().unwrap_or(name);
    last.strip_prefix("key/").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_many_names() {
        let arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
        let alias = "arn:aws:kms:us-east-1:123456789012:alias/app";
        for (a, b) in [(arn, "1234abcd"), (alias, "alias/app"), (arn, alias), (arn, "alias/app"), (arn, arn)]
        {
            assert!(may_be_one(a, b) && may_be_one(b, a), "{a} {b}");
        }
        let elsewhere = "arn:aws:kms:us-west-2:123456789012:key/1234abcd";
        for (a, b) in [(arn, "5678"), (arn, elsewhere), ("alias/app", "alias/other"), (alias, "alias/other")]
        {
            assert!(!may_be_one(a, b) && !may_be_one(b, a), "{a} {b}");
        }
    }
}
