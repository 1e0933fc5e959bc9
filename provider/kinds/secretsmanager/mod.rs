//! AWS Secrets Manager: secrets, their versions and rotation, and look-ups.

mod codes;
mod look_up;
mod random_password;
mod secret;
mod secret_rotation;
mod secret_version;
mod unsupported;

pub use look_up::*;
pub use random_password::*;
pub use secret::*;
pub use secret_rotation::*;
pub use secret_version::*;

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;

use crate::aws::context::Cx;
use crate::aws::error::{self, Result};
use crate::kinds::{Named, Tagging, Tags};
use crate::model::Value;

/// The secret of this ARN or name, also while it waits for its deletion.
async fn describe(cx: &Cx, secret: &str) -> Result<Option<DescribeSecretOutput>> {
    error::found(cx.client::<Client>()?.describe_secret().secret_id(secret).send().await)
}

/// How Secrets Manager tags what it has.
pub(super) struct SecretTags;

impl Tagging for SecretTags {
    const CHANGE: &'static [&'static str] = &["secretsmanager:TagResource", "secretsmanager:UntagResource"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().secret_id(&named.id);
        call.set_tags(Some(tag_list(tags))).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().secret_id(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tag_pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())))
}

fn all_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tag_pairs(tags).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Whether two texts name the same secret, one of them perhaps by its ARN.
fn same_secret(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => {
            actual == wanted || name_in_arn(actual) == Some(wanted) || name_in_arn(wanted) == Some(actual)
        }
        _ => false,
    }
}

/// The name of a secret from its ARN, which ends in a hyphen and six characters of AWS's choice.
fn name_in_arn(arn: &str) -> Option<&str> {
    let (_, name) = arn.strip_prefix("arn:")?.split_once(":secret:")?;
    name.len().checked_sub(7).and_then(|end| name.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name_or_arn() {
        let arn = Value::from("arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-master-AbCdEf");
        assert!(same_secret(&arn, &arn) && same_secret(&arn, &"app/db-master".into()));
        assert!(same_secret(&"app/db-master".into(), &arn));
        assert!(!same_secret(&arn, &"app/db".into()) && !same_secret(&"a".into(), &"b".into()));
    }
}
