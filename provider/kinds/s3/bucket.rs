//! A bucket, which holds objects.

mod lifecycle;
mod lock;
mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CorsConfiguration, CreateBucketConfiguration, ObjectOwnership, Tag,
};

pub use lifecycle::*;
pub use lock::*;
pub use settings::*;

use super::contents;
use super::{BUCKET, check_bucket, domain, setting};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::TOKEN;
use crate::aws::tags;
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, adopt, may_claim, taken};
use crate::model::{Failures, Model};

/// An S3 bucket. By default, it is encrypted, blocks public access and has access control lists
/// disabled.
#[derive(Clone, Debug, Model)]
pub struct BucketArgs {
    /// The name of the bucket, unique across all of AWS. A generated name is the same in every
    /// account, so two accounts with the same project and stack need explicit names.
    #[model(replace, autoname, check = check_bucket)]
    pub bucket: String,
    /// The cross-origin resource sharing (CORS) rules. AWS applies the first rule that matches a
    /// request.
    #[model(in_place, default = [], length = 0..=100)]
    pub cors_rules: Vec<BucketCorsRule>,
    /// The default encryption of objects at rest. If omitted, S3 managed keys (SSE-S3).
    #[model(in_place, default = {})]
    pub encryption: BucketEncryption,
    /// Whether all objects in the bucket and all their versions are deleted with the bucket. If
    /// `false`, a bucket that is not empty is not deleted.
    #[model(in_place, default = false, write_only)]
    pub force_destroy: bool,
    /// The lifecycle rules. Their order does not matter.
    #[model(in_place, set, default = [], length = 0..=1000)]
    pub lifecycle_rules: Vec<BucketLifecycleRule>,
    /// The server access log: the bucket that receives a record of each request. If omitted, there is
    /// none.
    #[model(in_place)]
    pub logging: Option<BucketLogging>,
    /// The default retention of new objects. It requires `objectLockEnabled`.
    #[model(in_place)]
    pub object_lock_configuration: Option<BucketObjectLockConfiguration>,
    /// Whether Object Lock is enabled, so that versions of objects can be protected from deletion. It
    /// requires versioning, and cannot be disabled again.
    #[model(in_place, default = false)]
    pub object_lock_enabled: bool,
    /// The ownership of objects: the bucket owner, with access control lists disabled
    /// (`BucketOwnerEnforced`); the bucket owner, if the writer grants it full control
    /// (`BucketOwnerPreferred`); or the writer (`ObjectWriter`).
    #[model(in_place, default = "BucketOwnerEnforced", one_of = [
        "BucketOwnerEnforced",
        "BucketOwnerPreferred",
        "ObjectWriter",
    ])]
    pub object_ownership: String,
    /// The settings that block public access, regardless of policies and access control lists. If
    /// omitted, all of them are enabled.
    #[model(in_place, default = {})]
    pub public_access_block: BucketPublicAccessBlock,
    /// The tags of the bucket.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The versioning of objects. If omitted, versioning is disabled.
    #[model(in_place, default = {})]
    pub versioning: BucketVersioning,
}

/// The outputs of a bucket.
#[derive(Clone, Debug, Model)]
pub struct BucketState {
    /// The ARN of the bucket.
    pub arn: String,
    /// The global domain name of the bucket: `<bucket>.s3.amazonaws.com`.
    pub bucket_domain_name: String,
    /// The regional domain name of the bucket, for origins of CloudFront distributions:
    /// `<bucket>.s3.<region>.amazonaws.com`.
    pub bucket_regional_domain_name: String,
    /// The region of the bucket.
    pub region: String,
}

/// A bucket.
///
/// The call that makes a bucket gives it our tag as well, so that whatever becomes of the answer, a
/// bucket of ours has the tag and a bucket without it is not ours. Whether there is one is looked at
/// first: in us-east-1 AWS answers well when the account makes a bucket that it has, and resets its
/// access control lists.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
pub struct Bucket;

impl Kind for Bucket {
    const TOKEN: &'static str = "agentic:s3:Bucket";
    const ID: &'static str = "the name of the bucket";
    const TAGS: TaggedBy = TaggedBy::service::<BucketTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "s3:CreateBucket",
            "s3:TagResource",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:PutBucketCORS",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketLogging",
            "s3:PutBucketObjectLockConfiguration",
        ],
        read: &[
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:GetBucketCORS",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketLogging",
            "s3:GetBucketObjectLockConfiguration",
        ],
        update: &[
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:PutBucketCORS",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketLogging",
            "s3:PutBucketObjectLockConfiguration",
        ],
        delete: &["s3:DeleteBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    };
    const NAME: Option<&'static NameRule> = Some(&BUCKET);
    /// AWS keeps the name of a deleted bucket for a while.
    const PATIENCE: Duration = Duration::from_secs(10 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET;

    type Args = BucketArgs;
    type State = BucketState;

    fn rules(args: &BucketInputs, failures: &mut Failures) {
        settings::check_encryption(&args.encryption, failures);
        lifecycle::check(&args.lifecycle_rules, failures);
        lock::check(args, failures);
    }

    fn change_rules(old: &BucketInputs, new: &BucketInputs, failures: &mut Failures) {
        lock::check_change(old, new, failures);
    }

    async fn create(cx: &Cx, args: &BucketArgs) -> Result<String> {
        let name = &args.bucket;
        if let Some(there) = tags_of(cx, name).await.map_err(|error| closed(error, name))? {
            may_claim::<Self>(cx, name, tag_pairs(&there), None, "S3 bucket")?;
            return Ok(name.clone());
        }
        let made = cx
            .client::<Client>()?
            .create_bucket()
            .bucket(name)
            .object_ownership(ObjectOwnership::from(args.object_ownership.as_str()))
            .set_object_lock_enabled_for_bucket(args.object_lock_enabled.then_some(true))
            .create_bucket_configuration(
                CreateBucketConfiguration::builder()
                    .set_location_constraint(location(cx.region().unwrap_or_default()))
                    .set_tags(Some(pairs(cx.owned(&args.tags))?))
                    .build(),
            )
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => match tags_of(cx, name).await? {
                Some(there) => {
                    may_claim::<Self>(cx, name, tag_pairs(&there), error, "S3 bucket")?;
                    Ok(name.clone())
                }
                None => Err(taken(error, "S3 bucket", name)),
            },
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let hint = "Names of buckets are unique in all of AWS: give another one as `bucket`.";
                Err(taken(error, "S3 bucket", name).with_hint(hint))
            }
            made => made.map(|_| name.clone()),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &BucketArgs) -> Result<()> {
        // Services that speak S3's protocol may leave the tags of a creation out.
        let there = tags_of(cx, id).await?;
        if there.is_some_and(|there| there.iter().all(|tag| tag.key != TOKEN)) {
            put_tags(cx, id, pairs(cx.owned(&args.tags))?).await?;
        }
        adopt::<Self>(cx, id, args).await.map(drop)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let client = cx.client::<Client>()?;
        let settings = async {
            tokio::try_join!(
                setting(client.get_bucket_ownership_controls().bucket(id).send()),
                setting(BucketVersioning::of(&client, id)),
                setting(client.get_bucket_encryption().bucket(id).send()),
                setting(client.get_bucket_lifecycle_configuration().bucket(id).send()),
                setting(client.get_bucket_cors().bucket(id).send()),
                setting(client.get_public_access_block().bucket(id).send()),
                setting(client.get_bucket_logging().bucket(id).send()),
                setting(client.get_object_lock_configuration().bucket(id).send()),
            )
        };
        let Some(settings) = found(settings.await)? else { return Ok(None) };
        let (ownership, versioning, encryption, lifecycle, cors, access, logging, lock) = settings;
        let ownership = ownership.and_then(|answer| answer.ownership_controls);
        let ownership = ownership.as_ref().and_then(|controls| controls.rules().first());
        let encryption = encryption.and_then(|answer| answer.server_side_encryption_configuration);
        let lock = lock::Lock(lock.and_then(|answer| answer.object_lock_configuration));
        let region = cx.region().unwrap_or_default();
        let domain = domain(region);
        Ok(Some(Live {
            args: BucketObserved {
                bucket: Some(id.to_owned()),
                cors_rules: Some(
                    cors.iter().flat_map(|it| it.cors_rules()).map(BucketCorsRule::from_aws).collect(),
                ),
                encryption: Some(BucketEncryption::from_aws(
                    encryption.as_ref().and_then(|encryption| encryption.rules().first()),
                )),
                lifecycle_rules: Some(
                    lifecycle.iter().flat_map(|it| it.rules()).map(BucketLifecycleRule::from_aws).collect(),
                ),
                logging: Some(logging.and_then(|answer| answer.logging_enabled).map(BucketLogging::from_aws)),
                object_lock_configuration: Some(lock.rule()),
                object_lock_enabled: Some(lock.is_enabled()),
                // Buckets from before April 2023 may have none, which leaves objects to their writers.
                // https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
                object_ownership: Some(
                    ownership
                        .map_or(&ObjectOwnership::ObjectWriter, |rule| rule.object_ownership())
                        .as_str()
                        .to_owned(),
                ),
                public_access_block: Some(BucketPublicAccessBlock::from_aws(
                    access.and_then(|answer| answer.public_access_block_configuration),
                )),
                versioning: Some(versioning.unwrap_or(BucketVersioning { enabled: false })),
                ..BucketObserved::default()
            },
            state: BucketState {
                arn: format!("arn:{}:s3:::{id}", partition(region)),
                bucket_domain_name: format!("{id}.s3.{domain}"),
                bucket_regional_domain_name: format!("{id}.s3.{region}.{domain}"),
                region: region.to_owned(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<BucketArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        // What keeps others out comes first.
        if update.any(&[BucketArgs::PUBLIC_ACCESS_BLOCK]) {
            let access = new.public_access_block.to_aws();
            client
                .put_public_access_block()
                .bucket(id)
                .public_access_block_configuration(access)
                .send()
                .await?;
        }
        if update.any(&[BucketArgs::OBJECT_OWNERSHIP]) {
            let controls = settings::ownership(&new.object_ownership)?;
            client.put_bucket_ownership_controls().bucket(id).ownership_controls(controls).send().await?;
        }
        if update.any(&[BucketArgs::ENCRYPTION]) {
            new.encryption.put(cx, id).await?;
        }
        if update.any(&[BucketArgs::VERSIONING]) {
            let versioning = new.versioning.to_aws();
            client.put_bucket_versioning().bucket(id).versioning_configuration(versioning).send().await?;
        }
        if update.any(&[BucketArgs::OBJECT_LOCK_ENABLED, BucketArgs::OBJECT_LOCK_CONFIGURATION]) {
            lock::put(cx, id, new).await?;
        }
        if update.any(&[BucketArgs::LOGGING]) {
            lock::put_logging(cx, id, new.logging.as_ref()).await?;
        }
        if update.any(&[BucketArgs::LIFECYCLE_RULES]) {
            lifecycle::put(cx, id, &update.old.lifecycle_rules, &new.lifecycle_rules).await?;
        }
        if update.any(&[BucketArgs::CORS_RULES]) {
            let there = setting(client.get_bucket_cors().bucket(id).send()).await?;
            let there = there.and_then(|there| there.cors_rules).unwrap_or_default();
            let rules = settings::merge_cors(there, &update.old.cors_rules, &new.cors_rules)?;
            match rules.is_empty() {
                true => drop(client.delete_bucket_cors().bucket(id).send().await?),
                false => {
                    let rules = CorsConfiguration::builder().set_cors_rules(Some(rules)).build()?;
                    client.put_bucket_cors().bucket(id).cors_configuration(rules).send().await?;
                }
            }
        }
        Ok(())
    }

    /// The call sets all tags: AWS's stay as they are.
    async fn delete(cx: &Cx, id: &str, args: &BucketArgs) -> Result<()> {
        if args.force_destroy {
            contents::delete(cx, id).await?;
        }
        match cx.client::<Client>()?.delete_bucket().bucket(id).send().await.map_err(Error::from) {
            // Objects do not go by themselves: waiting would be in vain.
            Err(error) if error.code() == Some("BucketNotEmpty") && !args.force_destroy => {
                let hint = "Set forceDestroy to true and run `pulumi up` before the deletion, which then \
                            deletes them with all their versions, or delete them by other means.";
                let message = format!("the bucket {id:?} has objects, and forceDestroy is false");
                Err(error.with_kind(ErrorKind::Failed).with_message(message).with_hint(hint))
            }
            deleted => deleted.map(drop),
        }
    }
}

/// How S3 tags buckets: all at once.
struct BucketTags;

impl Tagging for BucketTags {
    const LIST: &'static [&'static str] = &["s3:GetBucketTagging"];
    const CHANGE: &'static [&'static str] = &["s3:PutBucketTagging"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let there = tags_of(cx, &named.id).await?;
        Ok(there.map(|there| there.into_iter().map(|tag| (tag.key, tag.value)).collect()))
    }

    async fn set(cx: &Cx, named: &Named, set: Tags) -> Result<()> {
        Self::change(cx, named, tags::Change { set, removed: Vec::new() }).await
    }

    async fn remove(cx: &Cx, named: &Named, removed: Vec<String>) -> Result<()> {
        Self::change(cx, named, tags::Change { set: Tags::new(), removed }).await
    }

    async fn change(cx: &Cx, named: &Named, change: tags::Change) -> Result<()> {
        let there = Self::list(cx, named).await?.unwrap_or_default();
        put_tags(cx, &named.id, pairs(change.applied(there))?).await
    }
}

/// Whether this state has a bucket.
pub(super) async fn is_of_state(cx: &Cx, bucket: &str) -> Result<bool> {
    Ok(tags_of(cx, bucket).await?.is_some_and(|tags| cx.standing(tag_pairs(&tags)).is_of_state()))
}

/// All tags of a bucket, or nothing where there is no such bucket.
async fn tags_of(cx: &Cx, bucket: &str) -> Result<Option<Vec<Tag>>> {
    let tagging = setting(cx.client::<Client>()?.get_bucket_tagging().bucket(bucket).send()).await;
    let tagging = found(tagging)?;
    Ok(tagging.map(|answer| answer.map(|answer| answer.tag_set).unwrap_or_default()))
}

async fn put_tags(cx: &Cx, bucket: &str, all: Vec<Tag>) -> Result<()> {
    let client = cx.client::<Client>()?;
    if all.is_empty() {
        client.delete_bucket_tagging().bucket(bucket).send().await?;
    } else {
        let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(all)).build()?;
        client.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await?;
    }
    Ok(())
}

fn tag_pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, BuildError> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Where AWS is to make a bucket: it says nothing for us-east-1.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html>
fn location(region: &str) -> Option<BucketLocationConstraint> {
    (region != "us-east-1").then(|| BucketLocationConstraint::from(region))
}

/// AWS does not tell a bucket of another account from one that this role may not look at.
fn closed(error: Error, bucket: &str) -> Error {
    match error.kind() {
        ErrorKind::AccessDenied => error.with_hint(format!(
            "If the bucket {bucket:?} is another account's, choose another name: they are unique in all of \
             AWS. If not, allow the action s3:GetBucketTagging for this role."
        )),
        _ => error,
    }
}
