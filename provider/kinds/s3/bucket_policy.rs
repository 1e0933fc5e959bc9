//! Who may do what with a bucket and its objects.

use aws_sdk_s3::Client;

use super::bucket;
use super::{check_bucket, naming, policy};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
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
        policy::check(&args.policy, BucketPolicyArgs::POLICY, failures);
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
                policy::put(cx, &args.bucket, &args.policy).await?;
                cx.keep(args.bucket.clone(), args.clone());
            }
        }
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = match cx.told(&id.to_owned()) {
            Some(written) => Some(written),
            None => found(find(cx, id).await)?.flatten(),
        };
        Ok(there.map(|args| Live { args: args.into(), state: BucketPolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketPolicyArgs>) -> Result<()> {
        policy::put(cx, &update.new.bucket, &update.new.policy).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketPolicyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_bucket_policy().bucket(id).send().await?;
        Ok(())
    }
}

const ONE: &str =
    "A bucket has one policy: put all statements into it, or take over what is there with `pulumi import`.";

async fn find(cx: &Cx, bucket: &str) -> Result<Option<BucketPolicyArgs>> {
    let there = policy::get(cx, bucket).await?;
    Ok(there.map(|policy| BucketPolicyArgs { bucket: bucket.to_owned(), policy }))
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
        BucketPolicy::rules(&input, &mut failures);
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
