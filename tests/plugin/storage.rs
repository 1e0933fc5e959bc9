//! What the suite of behaviours cannot try of buckets and distributions: objects, names that are
//! taken, and references that AWS knows already.

use std::ops::Deref;

use agentic::aws::ErrorKind;
use agentic::aws::context::Cx;
use agentic::aws::wait::Clock;
use agentic::kinds::Partial;
use agentic::model::{Object, Value};
use aws_proxy::Fault;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
};
use serde_json::json;

use crate::stage::{Stage, checked, kind};

const BUCKET: &str = "agentic:s3:Bucket";
const OBJECT: &str = "agentic:s3:BucketObject";
const DISTRIBUTION: &str = "agentic:cloudfront:Distribution";

/// The plugin's kinds in an AWS of their own.
struct Place(Stage);

impl Deref for Place {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Place {
    async fn new(region: &str) -> Self {
        Place(Stage::at(region, Clock::fast(100)).await)
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        self.clients.client(None).unwrap()
    }

    fn name(&self) -> String {
        format!("bucket-{}", self.aws.account())
    }

    /// What an operation of its own has at hand.
    fn cx(&self) -> Cx {
        self.0.cx("urn")
    }

    async fn create(&self, token: &str, inputs: &Object) -> Result<String, Partial> {
        let made = kind(token).create(&self.cx(), inputs).await;
        made.map(|(id, _)| id)
    }

    async fn delete(&self, token: &str, id: &str, inputs: &Object) -> agentic::aws::Result<()> {
        kind(token).delete(&self.cx(), id, inputs, &Object::new()).await
    }

    /// What an account's own rules do to the encryption of a bucket.
    async fn encrypt(&self, bucket: &str, algorithm: Option<&str>) {
        let Some(algorithm) = algorithm else {
            self.s3().delete_bucket_encryption().bucket(bucket).send().await.unwrap();
            return;
        };
        let by = ServerSideEncryptionByDefault::builder().sse_algorithm(algorithm.into()).build().unwrap();
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        let put = self.s3().put_bucket_encryption().bucket(bucket);
        put.server_side_encryption_configuration(rules).send().await.unwrap();
    }

    async fn version(&self, bucket: &str, status: BucketVersioningStatus) {
        let versioning = VersioningConfiguration::builder().status(status).build();
        let put = self.s3().put_bucket_versioning().bucket(bucket);
        put.versioning_configuration(versioning).send().await.unwrap();
    }

    /// How many versions of objects the bucket has, with what marks objects as deleted.
    async fn versions(&self, bucket: &str) -> usize {
        let listed = self.s3().list_object_versions().bucket(bucket).send().await.unwrap();
        listed.versions().len() + listed.delete_markers().len()
    }

    /// A bucket with this many objects, each deleted and made once more where versions are kept.
    async fn filled(&self, more: serde_json::Value, objects: usize) -> (String, Object) {
        let mut inputs = json!({"bucket": self.name()});
        inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let inputs = checked(BUCKET, &inputs);
        let bucket = self.create(BUCKET, &inputs).await.unwrap();
        let s3 = &self.s3();
        let fill = (0..objects).map(|index| {
            let bucket = bucket.clone();
            async move {
                let key = format!("object-{index}");
                let put = || s3.put_object().bucket(&bucket).key(&key).body(ByteStream::from_static(b"x"));
                put().send().await.unwrap();
                s3.delete_object().bucket(&bucket).key(&key).send().await.unwrap();
                put().send().await.unwrap();
            }
        });
        futures::future::join_all(fill).await;
        (bucket, inputs)
    }
}

#[tokio::test]
async fn a_bucket_with_objects_stays_unless_the_program_says_otherwise() {
    let place = Place::new("eu-west-1").await;
    let (bucket, inputs) = place.filled(json!({}), 1).await;
    let error = place.delete(BUCKET, &bucket, &inputs).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed);
    assert!(error.to_string().contains("forceDestroy"), "{error}");
    place.s3().head_object().bucket(&bucket).key("object-0").send().await.unwrap();
}

#[tokio::test]
async fn a_bucket_goes_with_all_versions_of_its_objects() {
    let place = Place::new("eu-west-1").await;
    let more = json!({"forceDestroy": true, "versioning": {"enabled": true}});
    let (bucket, inputs) = place.filled(more, 400).await;
    place.aws.clear();
    place.delete(BUCKET, &bucket, &inputs).await.unwrap();
    // Two versions of each, and a mark between them.
    assert_eq!(place.aws.count("s3", "DeleteObjects"), 2);
    assert!(place.said().iter().any(|line| line.contains("1200 versions")));
    assert!(place.s3().head_bucket().bucket(&bucket).send().await.is_err());
}

/// Versioning that is suspended keeps what it kept, and marks what is deleted since.
#[tokio::test]
async fn a_bucket_goes_with_what_it_kept_before_its_versioning_was_suspended() {
    let place = Place::new("eu-west-1").await;
    let more = json!({"forceDestroy": true, "versioning": {"enabled": true}});
    let (bucket, inputs) = place.filled(more, 2).await;
    place.s3().delete_object().bucket(&bucket).key("object-0").send().await.unwrap();
    place.version(&bucket, BucketVersioningStatus::Suspended).await;
    place.s3().delete_object().bucket(&bucket).key("object-1").send().await.unwrap();
    // Two versions of each, a mark between them, and one above.
    assert_eq!(place.versions(&bucket).await, 8);
    place.delete(BUCKET, &bucket, &inputs).await.unwrap();
    assert!(place.s3().head_bucket().bucket(&bucket).send().await.is_err());
}

/// What is put into a bucket without versioning has a version as well, `null`.
#[tokio::test]
async fn an_object_goes_with_the_version_from_before_the_versioning_of_its_bucket() {
    for status in [None, Some(BucketVersioningStatus::Enabled), Some(BucketVersioningStatus::Suspended)] {
        let place = Place::new("eu-west-1").await;
        let (bucket, _) = place.filled(json!({}), 0).await;
        let inputs = checked(OBJECT, &json!({"bucket": bucket, "key": "index.html", "content": "1"}));
        let id = place.create(OBJECT, &inputs).await.unwrap();
        if let Some(status) = status.clone() {
            place.version(&bucket, status).await;
        }
        let second = checked(OBJECT, &json!({"bucket": bucket, "key": "index.html", "content": "2"}));
        kind(OBJECT).update(&place.cx(), &id, &inputs, &inputs, &second).await.unwrap();
        let expected = if status == Some(BucketVersioningStatus::Enabled) { 2 } else { 1 };
        assert_eq!(place.versions(&bucket).await, expected, "{status:?}");
        place.delete(OBJECT, &id, &second).await.unwrap();
        assert_eq!(place.versions(&bucket).await, 0, "{status:?}");
    }
}

#[tokio::test]
async fn an_object_that_stays_keeps_its_bucket() {
    let place = Place::new("eu-west-1").await;
    let (bucket, inputs) = place.filled(json!({"forceDestroy": true}), 1).await;
    let answer = "<DeleteResult><Error><Key>object-0</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>";
    place.aws.fault(Fault::on("s3", "DeleteObjects").raw(200, "application/xml", answer));
    let error = place.delete(BUCKET, &bucket, &inputs).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert!(error.to_string().contains("object-0"), "{error}");
    place.s3().head_bucket().bucket(&bucket).send().await.unwrap();
}

/// Every algorithm that AWS has, and none at all: what a program of ours cannot say is seen, put
/// right, and no obstacle to a deletion.
#[tokio::test]
async fn encryption_that_somebody_else_set_is_put_right_and_goes_with_the_bucket() {
    let place = Place::new("eu-west-1").await;
    let kind = kind(BUCKET);
    let (bucket, inputs) = place.filled(json!({"encryption": {}}), 0).await;
    for algorithm in [Some("aws:kms:dsse"), None] {
        place.encrypt(&bucket, algorithm).await;
        let (seen, outputs) = kind.read(&place.cx(), &bucket, Some(&inputs), None).await.unwrap().unwrap();
        assert_ne!(seen.get("encryption"), inputs.get("encryption"));
        let differences = kind.diff(&seen, &outputs, &inputs).unwrap();
        assert!(!differences.is_empty() && differences.iter().all(|d| d.path.top() == Some("encryption")));
        let updated = kind.update(&place.cx(), &bucket, &seen, &outputs, &inputs).await.unwrap();
        assert_eq!(updated.get("encryption"), inputs.get("encryption"));
    }
    place.encrypt(&bucket, None).await;
    let (imported, _) = kind.read(&place.cx(), &bucket, None, None).await.unwrap().unwrap();
    place.delete(BUCKET, &bucket, &imported).await.unwrap();
    assert!(place.s3().head_bucket().bucket(&bucket).send().await.is_err());
}

/// A bucket with a rule that deletes some objects of one tag alone, as somebody else made it.
#[tokio::test]
async fn a_lifecycle_rule_is_never_widened() {
    let place = Place::new("eu-west-1").await;
    let kind = kind(BUCKET);
    let logs = |days: i64| json!({"id": "logs", "prefix": "logs/", "expiration": {"days": days}});
    let (bucket, _) = place.filled(json!({"lifecycleRules": [logs(30)]}), 0).await;
    let tag = Tag::builder().key("temporary").value("yes").build().unwrap();
    let both = LifecycleRuleAndOperator::builder().prefix("data/").tags(tag.clone()).build();
    let filters =
        [LifecycleRuleFilter::builder().tag(tag).build(), LifecycleRuleFilter::builder().and(both).build()];
    let get = || async {
        let got = place.s3().get_bucket_lifecycle_configuration().bucket(&bucket).send().await;
        got.unwrap().rules.unwrap()
    };
    for (filter, prefix) in filters.into_iter().zip(["", "data/"]) {
        let mut rules: Vec<LifecycleRule> = get().await;
        rules.retain(|rule| rule.id() != Some("temporary"));
        let day = LifecycleExpiration::builder().days(1).build();
        let narrow = LifecycleRule::builder().id("temporary").status(ExpirationStatus::Enabled);
        rules.push(narrow.filter(filter.clone()).expiration(day).build().unwrap());
        let all = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
        let put = place.s3().put_bucket_lifecycle_configuration().bucket(&bucket);
        put.lifecycle_configuration(all).send().await.unwrap();

        let (seen, outputs) = kind.read(&place.cx(), &bucket, None, None).await.unwrap().unwrap();
        let temporary = json!({"id": "temporary", "prefix": prefix, "expiration": {"days": 1}});
        for days in [60, 30] {
            let rules = json!([logs(days), temporary]);
            let program = checked(BUCKET, &json!({"bucket": place.name(), "lifecycleRules": rules}));
            kind.update(&place.cx(), &bucket, &seen, &outputs, &program).await.unwrap();
            let rules = get().await;
            let days_of = |id: &str| {
                let rule = rules.iter().find(|rule| rule.id() == Some(id)).unwrap();
                (rule.expiration().unwrap().days, rule.filter.clone().unwrap())
            };
            assert_eq!(days_of("logs").0, Some(i32::try_from(days).unwrap()));
            assert_eq!(days_of("temporary"), (Some(1), filter.clone()));
        }
    }
}

#[tokio::test]
async fn tags_that_somebody_else_gave_a_bucket_stay() {
    let place = Place::new("eu-west-1").await;
    let kind = kind(BUCKET);
    let (bucket, inputs) = place.filled(json!({"tags": {"team": "a", "old": "x"}}), 0).await;
    let tags = || async {
        let got = place.s3().get_bucket_tagging().bucket(&bucket).send().await;
        got.unwrap().tag_set
    };
    let mut all = tags().await;
    all.push(Tag::builder().key("cost").value("7").build().unwrap());
    let all = Tagging::builder().set_tag_set(Some(all)).build().unwrap();
    place.s3().put_bucket_tagging().bucket(&bucket).tagging(all).send().await.unwrap();
    let program = checked(BUCKET, &json!({"bucket": place.name(), "tags": {"team": "b"}}));
    kind.update(&place.cx(), &bucket, &inputs, &inputs, &program).await.unwrap();
    let mut now: Vec<_> = tags().await.into_iter().map(|tag| (tag.key, tag.value)).collect();
    now.retain(|(key, _)| !key.starts_with("agentic:"));
    now.sort();
    assert_eq!(now, [("cost".to_owned(), "7".to_owned()), ("team".to_owned(), "b".to_owned())]);
}

/// In us-east-1 AWS answers well when the account makes a bucket that it has.
#[tokio::test]
async fn a_bucket_that_somebody_else_made_is_left_alone() {
    for region in ["us-east-1", "eu-west-1"] {
        let place = Place::new(region).await;
        let inputs = checked(BUCKET, &json!({"bucket": place.name()}));
        let mut before = inputs.clone();
        before.insert("tags".to_owned(), Value::object([("team", Value::from("other"))]));
        let theirs = Cx { urn: "another urn".to_owned(), ..place.cx() };
        kind(BUCKET).create(&theirs, &before).await.unwrap();
        place.aws.clear();
        let refused = place.create(BUCKET, &inputs).await.unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::AlreadyExists, "{}", refused.error);
        assert!(refused.made.is_none());
        assert_eq!(place.aws.mutations(), Vec::<String>::new(), "{region}");
    }
}

#[tokio::test]
async fn a_name_that_another_account_has_is_told_as_taken() {
    let place = Place::new("eu-west-1").await;
    let inputs = checked(BUCKET, &json!({"bucket": place.name()}));
    let taken = "The requested bucket name is not available.";
    place.aws.fault(Fault::on("s3", "CreateBucket").error(409, "BucketAlreadyExists", taken));
    let refused = place.create(BUCKET, &inputs).await.unwrap_err().error;
    assert!(refused.to_string().contains("unique in all of AWS"), "{refused}");
    place.aws.fault(Fault::on("s3", "GetBucketTagging").deny());
    let refused = place.create(BUCKET, &inputs).await.unwrap_err().error;
    assert!(refused.to_string().contains("another account's"), "{refused}");
}

fn site() -> Object {
    checked(
        DISTRIBUTION,
        &json!({
            "origins": [{"originId": "site", "domainName": "site.example.com", "customOriginConfig": {}}],
            "defaultCacheBehavior": {"targetOriginId": "site"},
        }),
    )
}

#[tokio::test]
async fn a_distribution_is_found_where_the_refusal_does_not_name_it() {
    let place = Place::new("us-east-1").await;
    let made = place.create(DISTRIBUTION, &site()).await.unwrap();
    let known = Fault::on("cloudfront", "CreateDistributionWithTags");
    place.aws.fault(known.error(409, "DistributionAlreadyExists", "It exists already"));
    assert_eq!(place.create(DISTRIBUTION, &site()).await.unwrap(), made);
}

#[tokio::test]
async fn a_reference_that_aws_knows_from_a_deleted_distribution_is_no_obstacle() {
    let place = Place::new("us-east-1").await;
    let message = "The caller reference that you are using to create a distribution is associated with \
                   another distribution. Already exists: E0GONE0GONE00";
    let known = Fault::on("cloudfront", "CreateDistributionWithTags");
    place.aws.fault(known.clone().error(409, "DistributionAlreadyExists", message));
    let made = place.create(DISTRIBUTION, &site()).await.unwrap();
    // Its own reference is another one now; what an attempt made of which nobody heard is found.
    place.aws.fault(known.error(409, "DistributionAlreadyExists", message));
    assert_eq!(place.create(DISTRIBUTION, &site()).await.unwrap(), made);
}

#[tokio::test]
async fn a_distribution_is_switched_off_everywhere_before_it_goes() {
    let place = Place::new("us-east-1").await;
    let made = place.create(DISTRIBUTION, &site()).await.unwrap();
    place.aws.hold("cloudfront", "Distribution", 3);
    place.aws.clear();
    place.delete(DISTRIBUTION, &made, &site()).await.unwrap();
    assert_eq!(place.aws.mutations(), ["cloudfront:UpdateDistribution", "cloudfront:DeleteDistribution"]);
    assert!(place.said().iter().any(|line| line.contains("switching the distribution off")));
}
