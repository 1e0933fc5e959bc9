//! What becomes of the objects of a bucket as time passes.

mod rules;
mod to_aws;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    self, BucketLifecycleConfiguration as AwsLifecycle, TransitionDefaultMinimumObjectSize,
};

use std::collections::BTreeMap;

use super::bucket::{CLASSES, MOST_DAYS};
use super::dates::check_date;
use super::{check_bucket, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Observed, Update};
use crate::model::{Failures, Model, Prop, Value};

/// The lifecycle rules of an S3 bucket. Rules that are not listed are removed.
#[derive(Clone, Debug, Model)]
pub struct BucketLifecycleConfigurationArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The rules. Their order does not matter.
    #[model(in_place, optional_type, set, length = 1..=1000)]
    pub rules: Vec<LifecycleRule>,
    /// The minimum size of objects that transition to another storage class: 128 KB for all
    /// classes, or a size that depends on the class. Defaults to `all_storage_classes_128K` for a
    /// new bucket.
    #[model(in_place, aws_default, resets = "all_storage_classes_128K", one_of = ["all_storage_classes_128K", "varies_by_storage_class"])]
    pub transition_default_minimum_object_size: Option<String>,
}

/// A lifecycle rule.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LifecycleRule {
    /// The abortion of incomplete multipart uploads.
    pub abort_incomplete_multipart_upload: Option<AbortUploads>,
    /// The expiration of objects. With versioning, expired objects become noncurrent versions.
    pub expiration: Option<Expiration>,
    /// The objects that the rule applies to. If omitted, the rule applies to all objects.
    #[model(off = is_all)]
    pub filter: Option<LifecycleFilter>,
    /// The ID of the rule, unique in the bucket.
    #[model(length = 1..=255)]
    pub id: String,
    /// The expiration of noncurrent versions of objects.
    pub noncurrent_version_expiration: Option<NoncurrentExpiration>,
    /// The transitions of noncurrent versions of objects to other storage classes.
    #[model(set, default = [])]
    pub noncurrent_version_transitions: Vec<NoncurrentTransition>,
    /// The key prefix of the objects that the rule applies to. Deprecated by AWS in favor of
    /// `filter`, with which it conflicts.
    pub prefix: Option<String>,
    /// Whether the rule is enabled.
    #[model(one_of = ["Enabled", "Disabled"])]
    pub status: String,
    /// The transitions of objects to other storage classes.
    #[model(set, default = [])]
    pub transitions: Vec<Transition>,
}

/// The abortion of multipart uploads.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AbortUploads {
    /// The number of days after which an upload is aborted and its parts are deleted.
    #[model(range = 1..=MOST_DAYS)]
    pub days_after_initiation: i64,
}

/// The expiration of objects. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Expiration {
    /// The date after which objects expire: midnight UTC, such as `2030-01-01T00:00:00Z`.
    #[model(check = check_date)]
    pub date: Option<String>,
    /// The number of days after creation when objects expire.
    #[model(range = 1..=MOST_DAYS)]
    pub days: Option<i64>,
    /// Whether to remove delete markers without noncurrent versions.
    #[model(default = false)]
    pub expired_object_delete_marker: bool,
}

/// The objects that a rule applies to. Specify one condition, or several within `and`.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LifecycleFilter {
    /// Several conditions, all of which objects must meet.
    pub and: Option<LifecycleFilterAnd>,
    /// The size in bytes that objects must exceed.
    #[model(range = 0..=MOST_BYTES)]
    pub object_size_greater_than: Option<i64>,
    /// The size in bytes that objects must stay below.
    #[model(range = 1..=MOST_BYTES)]
    pub object_size_less_than: Option<i64>,
    /// The key prefix of the objects.
    pub prefix: Option<String>,
    /// A tag of the objects.
    pub tag: Option<LifecycleTag>,
}

/// Several conditions.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LifecycleFilterAnd {
    /// The size in bytes that objects must exceed.
    #[model(range = 0..=MOST_BYTES)]
    pub object_size_greater_than: Option<i64>,
    /// The size in bytes that objects must stay below.
    #[model(range = 1..=MOST_BYTES)]
    pub object_size_less_than: Option<i64>,
    /// The key prefix of the objects.
    pub prefix: Option<String>,
    /// The tags of the objects.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A tag of objects.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LifecycleTag {
    /// The key of the tag.
    pub key: String,
    /// The value of the tag.
    pub value: String,
}

/// The expiration of noncurrent versions.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NoncurrentExpiration {
    /// The number of most recent noncurrent versions that are always kept.
    #[model(range = 1..=100)]
    pub newer_noncurrent_versions: Option<i64>,
    /// The number of days after a version becomes noncurrent when it expires.
    #[model(range = 1..=MOST_DAYS)]
    pub noncurrent_days: i64,
}

/// A transition of noncurrent versions to another storage class.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NoncurrentTransition {
    /// The number of most recent noncurrent versions that always stay in their storage class.
    #[model(range = 1..=100)]
    pub newer_noncurrent_versions: Option<i64>,
    /// The number of days after a version becomes noncurrent when it transitions.
    #[model(range = 0..=MOST_DAYS)]
    pub noncurrent_days: i64,
    /// The storage class to transition to.
    #[model(one_of = CLASSES)]
    pub storage_class: String,
}

/// A transition of objects to another storage class. Specify either `date` or `days`.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Transition {
    /// The date after which objects transition: midnight UTC, such as `2030-01-01T00:00:00Z`.
    #[model(check = check_date)]
    pub date: Option<String>,
    /// The number of days after creation when objects transition.
    #[model(range = 0..=MOST_DAYS)]
    pub days: Option<i64>,
    /// The storage class to transition to.
    #[model(one_of = CLASSES)]
    pub storage_class: String,
}

/// The largest object, in bytes: 50 TB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_BYTES: i64 = 50 << 40;

/// The outputs of lifecycle rules.
#[derive(Clone, Debug, Model)]
pub struct BucketLifecycleConfigurationState {}

/// The lifecycle rules of a bucket.
pub struct BucketLifecycleConfiguration;

impl Kind for BucketLifecycleConfiguration {
    const TOKEN: &'static str = "agentic:s3:BucketLifecycleConfiguration";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:GetBucketTagging"],
        read: &["s3:GetLifecycleConfiguration"],
        update: &["s3:PutLifecycleConfiguration"],
        delete: &["s3:PutLifecycleConfiguration"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketLifecycleConfigurationArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_LIFECYCLE_CONFIGURATION;

    type Args = BucketLifecycleConfigurationArgs;
    type State = BucketLifecycleConfigurationState;

    fn rules(args: &BucketLifecycleConfigurationInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &BucketLifecycleConfigurationArgs) -> Result<String> {
        let there = find(cx, &args.bucket).await;
        settings::give::<Self>(cx, &args.bucket, args, there, "set of lifecycle rules", put(cx, args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = found(find(cx, id).await)?.flatten();
        Ok(there.map(|args| Live { args, state: BucketLifecycleConfigurationState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketLifecycleConfigurationArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketLifecycleConfigurationArgs) -> Result<()> {
        cx.client::<Client>()?.delete_bucket_lifecycle().bucket(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, bucket: &str) -> Result<Option<Observed<BucketLifecycleConfiguration>>> {
    let get = cx.client::<Client>()?.get_bucket_lifecycle_configuration().bucket(bucket);
    let Some(there) = setting(get.send()).await? else { return Ok(None) };
    let smallest = there.transition_default_minimum_object_size.as_ref();
    let rules = there.rules.as_deref().unwrap_or_default();
    Ok((!rules.is_empty()).then(|| BucketLifecycleConfigurationObserved {
        bucket: Some(bucket.to_owned()),
        rules: Some(rules.iter().map(LifecycleRule::from_aws).collect()),
        transition_default_minimum_object_size: smallest.map(|size| Some(size.as_str().to_owned())),
    }))
}

async fn put(cx: &Cx, args: &BucketLifecycleConfigurationArgs) -> Result<()> {
    let rules: Vec<types::LifecycleRule> =
        args.rules.iter().map(LifecycleRule::to_aws).collect::<Result<_>>()?;
    let rules = AwsLifecycle::builder().set_rules(Some(rules)).build()?;
    let smallest = args.transition_default_minimum_object_size.as_deref();
    let put = cx.client::<Client>()?.put_bucket_lifecycle_configuration().bucket(&args.bucket);
    let put = put
        .set_transition_default_minimum_object_size(smallest.map(TransitionDefaultMinimumObjectSize::from));
    put.lifecycle_configuration(rules).send().await?;
    Ok(())
}

/// Whether a filter lets all objects pass.
fn is_all(filter: &Value) -> bool {
    let is_none = |value: &Value| value.is_off() || value.peel().as_str() == Some("");
    filter.as_object().is_none_or(|fields| fields.values().all(is_none))
}
