//! Settings of a bucket that are resources of their own, beside the bucket: neither takes away what the
//! other sets.

use agentic::aws::ErrorKind;
use agentic::aws::context::Cx;
use agentic::kinds::{AnyKind, Partial};
use agentic::model::{Object, Value};
use serde_json::{Value as J, json};

use crate::stage::{Stage, checked, kind};

/// A resource of a stack.
struct Made {
    cx: Cx,
    kind: &'static dyn AnyKind,
    id: String,
    inputs: Object,
    outputs: Object,
}

/// Makes a resource; for `assets` in its arguments the name of a bucket that no other test has.
async fn make(stage: &Stage, name: &str, inputs: J) -> Result<Made, Partial> {
    let inputs = with_name(stage, &inputs);
    let token = format!("agentic:s3:{name}");
    let cx = stage.cx(&format!("urn:pulumi:dev::app::{token}::it"));
    let (kind, inputs) = (kind(&token), checked(&token, &inputs));
    let (id, outputs) = kind.create(&cx, &inputs).await?;
    Ok(Made { cx, kind, id, inputs, outputs })
}

fn with_name(stage: &Stage, inputs: &J) -> J {
    let text = inputs.to_string().replace("assets", &format!("assets-{}", stage.aws.account()));
    serde_json::from_str(&text).unwrap()
}

impl Made {
    /// That a second run and a refresh change nothing.
    async fn stays(&self, what: &str) {
        let differences = self.kind.diff(&self.inputs, &self.outputs, &self.inputs).unwrap();
        assert_eq!(differences, [], "{what}: a second run");
        let found = self.kind.read(&self.cx, &self.id, Some(&self.inputs), Some(&self.outputs)).await;
        let (inputs, outputs) = found.unwrap().unwrap_or_else(|| panic!("{what}: it is gone"));
        assert_eq!(inputs, self.inputs, "{what}: a refresh changes inputs");
        assert_eq!(outputs, self.outputs, "{what}: a refresh changes outputs");
    }

    async fn update(&mut self, changes: J) {
        let mut news = self.inputs.clone();
        news.extend(Value::from_json(&changes).as_object().unwrap().clone());
        let outputs = self.kind.update(&self.cx, &self.id, &self.inputs, &self.outputs, &news).await;
        self.outputs = outputs.map_err(|partial| partial.error).unwrap();
        self.inputs = news;
    }
}

/// Each setting, with what it needs beside itself, and the same as an argument of the bucket.
fn settings() -> Vec<(&'static str, J, J)> {
    let open = json!({ "blockPublicAcls": false, "restrictPublicBuckets": false });
    let shut = json!({ "blockPublicPolicy": true, "ignorePublicAcls": true, "blockPublicAcls": false, "restrictPublicBuckets": false });
    let rule = json!({ "applyServerSideEncryptionByDefault": { "sseAlgorithm": "aws:kms" }, "bucketKeyEnabled": true });
    let cors = json!([{ "allowedMethods": ["GET"], "allowedOrigins": ["*"] }]);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "cloudfront.amazonaws.com" },
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::assets/*",
        }],
    });
    let expire = json!([{ "id": "old", "status": "Enabled", "expiration": { "days": 30 } }]);
    vec![
        ("BucketPublicAccessBlock", shut, json!({ "publicAccessBlock": open })),
        (
            "BucketOwnershipControls",
            json!({ "rule": { "objectOwnership": "ObjectWriter" } }),
            json!({ "objectOwnership": "ObjectWriter" }),
        ),
        (
            "BucketVersioning",
            json!({ "versioningConfiguration": { "status": "Enabled" } }),
            json!({ "versioning": { "enabled": true } }),
        ),
        (
            "BucketServerSideEncryptionConfiguration",
            json!({ "rules": [rule] }),
            json!({ "serverSideEncryptionConfiguration": { "rule": rule } }),
        ),
        (
            "BucketLifecycleConfiguration",
            json!({ "rules": expire }),
            json!({ "lifecycleRules": [{ "id": "old", "expiration": { "days": 30 } }] }),
        ),
        (
            "BucketWebsiteConfiguration",
            json!({ "indexDocument": { "suffix": "index.html" } }),
            json!({ "website": { "indexDocument": "index.html" } }),
        ),
        ("BucketCorsConfiguration", json!({ "corsRules": cors }), json!({ "corsRules": cors })),
        ("BucketPolicy", json!({ "policy": policy }), json!({ "policy": policy })),
        ("BucketNotification", json!({ "eventbridge": true }), json!({})),
    ]
}

fn with_bucket(mut args: J) -> J {
    args["bucket"] = json!("assets");
    args
}

#[tokio::test]
async fn what_a_bucket_leaves_out_is_left_to_what_is_beside_it() {
    for (name, args, _) in settings() {
        let stage = Stage::new().await;
        let mut bucket = make(&stage, "Bucket", json!({ "bucket": "assets" })).await.unwrap();
        let beside = make(&stage, name, with_bucket(args)).await;
        let beside = beside.unwrap_or_else(|partial| panic!("{name}: {}", partial.error));
        beside.stays(name).await;
        bucket.stays(&format!("the bucket of a {name}")).await;
        // An update of the bucket, and one that is made again after it failed.
        bucket.update(json!({ "tags": { "team": "a" } })).await;
        bucket.update(json!({})).await;
        beside.stays(&format!("{name} after an update of the bucket")).await;
    }
}

#[tokio::test]
async fn what_a_bucket_no_longer_says_stays_and_can_pass_to_what_is_beside_it() {
    for (name, args, own) in settings() {
        let stage = Stage::new().await;
        let mut first = own.clone();
        first["bucket"] = json!("assets");
        let mut bucket = make(&stage, "Bucket", first).await.unwrap();
        let without = checked("agentic:s3:Bucket", &with_name(&stage, &json!({ "bucket": "assets" })));
        let differences = bucket.kind.diff(&bucket.inputs, &bucket.outputs, &without).unwrap();
        assert_eq!(differences, [], "{name}");
        bucket.inputs = without;
        if own.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        let beside = make(&stage, name, with_bucket(args)).await;
        let beside = beside.unwrap_or_else(|partial| panic!("{name}: {}", partial.error));
        beside.stays(name).await;
        let there = bucket.kind.read(&bucket.cx, &bucket.id, Some(&bucket.inputs), Some(&bucket.outputs));
        assert_eq!(there.await.unwrap().unwrap().0, bucket.inputs, "{name}: the bucket's own inputs");
    }
}

#[tokio::test]
async fn two_that_say_the_same_setting_differently_are_told() {
    let stage = Stage::new().await;
    let website = json!({ "bucket": "assets", "website": { "indexDocument": "index.html" } });
    make(&stage, "Bucket", website).await.unwrap();
    let other = json!({ "bucket": "assets", "indexDocument": { "suffix": "home.html" } });
    let error = make(&stage, "BucketWebsiteConfiguration", other).await.err().unwrap().error;
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let text = error.to_string();
    assert!(text.contains("one website of the bucket") && text.contains("arguments of the bucket"), "{text}");
}

#[tokio::test]
async fn a_new_bucket_is_closed_without_a_word() {
    let stage = Stage::new().await;
    let bucket = make(&stage, "Bucket", json!({ "bucket": "assets" })).await.unwrap().id;
    let s3: aws_sdk_s3::Client = stage.clients.client(None).unwrap();
    let access = s3.get_public_access_block().bucket(&bucket).send().await.unwrap();
    let access = access.public_access_block_configuration.unwrap();
    let all = [
        access.block_public_acls,
        access.block_public_policy,
        access.ignore_public_acls,
        access.restrict_public_buckets,
    ];
    assert_eq!(all, [Some(true); 4]);
    let owner = s3.get_bucket_ownership_controls().bucket(&bucket).send().await.unwrap();
    let owner = owner.ownership_controls.unwrap().rules.remove(0).object_ownership;
    assert_eq!(owner.as_str(), "BucketOwnerEnforced");
    s3.get_bucket_encryption().bucket(&bucket).send().await.unwrap();
}
