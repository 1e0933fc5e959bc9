//! What a policy of a bucket must have, and the calls for it.

use aws_sdk_s3::Client;

use super::{naming, setting};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::policies;
use crate::model::{Failures, In, Json, Prop};

/// The policy of a bucket, where it has one.
pub(super) async fn get(cx: &Cx, bucket: &str) -> Result<Option<Json>> {
    let answer = setting(cx.client::<Client>()?.get_bucket_policy().bucket(bucket).send()).await?;
    let Some(text) = answer.and_then(|answer| answer.policy) else { return Ok(None) };
    let unreadable =
        |error| Error::new(ErrorKind::Other, format!("S3 returned a policy that is not JSON: {error}"));
    Ok(Some(Json(serde_json::from_str(&text).map_err(unreadable)?)))
}

pub(super) async fn put(cx: &Cx, bucket: &str, policy: &Json) -> Result<()> {
    let put = cx.client::<Client>()?.put_bucket_policy().bucket(bucket);
    let put = put.policy(policy.0.to_string()).send().await;
    put.map_err(|error| naming(bucket)(error.into()))?;
    Ok(())
}

/// Policies of buckets say who, and on what.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
pub(super) fn check<A>(policy: &In<Json>, at: Prop<A>, failures: &mut Failures) {
    const WHO: [&str; 2] = ["Principal", "NotPrincipal"];
    const WHAT: [&str; 2] = ["Resource", "NotResource"];
    let Some(Json(document)) = policy.get() else { return };
    for problem in policies::problems(document, &policies::BUCKET) {
        failures.add(at, problem);
    }
    let statements = policies::statements(document).unwrap_or_default();
    for (index, statement) in statements.into_iter().enumerate() {
        let lacks = |keys: [&str; 2]| keys.iter().all(|key| statement.get(key).is_none());
        if lacks(WHO) {
            let text = r#"has no Principal; give one, such as {"Service": "cloudfront.amazonaws.com"}"#;
            failures.add(at, format!("is not a policy that S3 accepts: Statement[{index}] {text}"));
        }
        if lacks(WHAT) {
            let text = "has no Resource; give one, such as arn:aws:s3:::<bucket>/*";
            failures.add(at, format!("is not a policy that S3 accepts: Statement[{index}] {text}"));
        }
    }
}
