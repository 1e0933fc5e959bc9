//! Who may do what with a bucket and its objects.

use aws_sdk_s3::Client;

use super::bucket;
use super::{check_bucket, naming, setting};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies;
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Json, Model, Prop};

/// The policy of an S3 bucket. A bucket has at most one policy.
#[derive(Clone, Debug, Model)]
pub struct BucketPolicyArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The policy document, as JSON text or as an object.
    #[model(in_place, policy)]
    pub policy: Json,
}

/// The outputs of a bucket policy.
#[derive(Clone, Debug, Model)]
pub struct BucketPolicyState {}

/// The policy of a bucket.
pub struct BucketPolicy;

impl Kind for BucketPolicy {
    const TOKEN: &'static str = "agentic:s3:BucketPolicy";
    const ID: &'static str = "the name of the bucket";
    const ACTIONS: Actions = Actions {
        create: &["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketTagging"],
        read: &["s3:GetBucketPolicy"],
        update: &["s3:PutBucketPolicy"],
        delete: &["s3:DeleteBucketPolicy"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketPolicyArgs::BUCKET];

    type Args = BucketPolicyArgs;
    type State = BucketPolicyState;

    fn rules(args: &BucketPolicyInputs, failures: &mut Failures) {
        check_policy(args, failures);
    }

    async fn create(cx: &Cx, args: &BucketPolicyArgs) -> Result<String> {
        // Putting a policy overwrites the one that is there, and policies have no tags.
        match find(cx, &args.bucket).await.map_err(naming(&args.bucket))? {
            Some(there) if alike(&there, args) => {
                let of_state = bucket::is_of_state(cx, &args.bucket);
                claim_alike::<Self>(cx, &args.bucket, "policy of the bucket", of_state).await?;
            }
            Some(_) => return Err(taken(None, "policy for the bucket", &args.bucket).with_hint(ONE)),
            None => {
                begin(cx, &args.bucket);
                put(cx, args).await?;
            }
        }
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = found(find(cx, id).await)?.flatten();
        Ok(there.map(|args| Live { args: args.into(), state: BucketPolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketPolicyArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketPolicyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_bucket_policy().bucket(id).send().await?;
        Ok(())
    }
}

const ONE: &str =
    "A bucket has one policy: put all statements into it, or take over what is there with `pulumi import`.";

async fn find(cx: &Cx, bucket: &str) -> Result<Option<BucketPolicyArgs>> {
    let answer = setting(cx.client::<Client>()?.get_bucket_policy().bucket(bucket).send()).await?;
    let Some(text) = answer.and_then(|answer| answer.policy) else { return Ok(None) };
    let unreadable =
        |error| Error::new(ErrorKind::Other, format!("S3 returned a policy that is not JSON: {error}"));
    let policy = Json(serde_json::from_str(&text).map_err(unreadable)?);
    Ok(Some(BucketPolicyArgs { bucket: bucket.to_owned(), policy }))
}

async fn put(cx: &Cx, args: &BucketPolicyArgs) -> Result<()> {
    let put = cx.client::<Client>()?.put_bucket_policy().bucket(&args.bucket);
    let put = put.policy(args.policy.0.to_string()).send().await;
    put.map_err(|error| naming(&args.bucket)(error.into()))?;
    Ok(())
}

/// Policies of buckets say who, and on what.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn check_policy(args: &BucketPolicyInputs, failures: &mut Failures) {
    const WHO: [&str; 2] = ["Principal", "NotPrincipal"];
    const WHAT: [&str; 2] = ["Resource", "NotResource"];
    let Some(Json(document)) = args.policy.get() else { return };
    for problem in policies::problems(document, &policies::BUCKET) {
        failures.add(BucketPolicyArgs::POLICY, problem);
    }
    let statements = policies::statements(document).unwrap_or_default();
    for (index, statement) in statements.into_iter().enumerate() {
        let lacks = |keys: [&str; 2]| keys.iter().all(|key| statement.get(key).is_none());
        if lacks(WHO) {
            let text = r#"has no Principal; say who, such as {"Service": "cloudfront.amazonaws.com"}"#;
            failures
                .add(BucketPolicyArgs::POLICY, format!("is not as S3 takes it: Statement[{index}] {text}"));
        }
        if lacks(WHAT) {
            let text = "has no Resource; say on what, such as arn:aws:s3:::<bucket>/*";
            failures
                .add(BucketPolicyArgs::POLICY, format!("is not as S3 takes it: Statement[{index}] {text}"));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn problems(policy: serde_json::Value) -> Vec<String> {
        let fields = Value::from_json(&json!({"bucket": "assets", "policy": policy}));
        let mut failures = Failures::new();
        let input = BucketPolicyArgs::read(fields.as_object().unwrap(), &mut failures);
        check_policy(&input, &mut failures);
        failures.into_iter().map(|failure| failure.reason).collect()
    }

    #[test]
    fn a_policy_says_who_and_on_what() {
        let right = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"});
        assert!(problems(json!({"Statement": right})).is_empty());
        let found = problems(json!({"Statement": [right, {"Effect": "Allow", "Action": "s3:*"}]}));
        assert!(found[0].contains("Statement[1] has no Principal"), "{found:?}");
        assert!(found[1].contains("Statement[1] has no Resource"), "{found:?}");
        assert!(problems(json!({"Version": "2012-10-17"}))[0].contains("is not a policy"));
    }
}
