//! A bucket, which holds objects.

mod access;
mod cors;
mod encryption;
mod lifecycle;
mod lock;
mod logging;
mod read;
mod tags;
mod versioning;
mod website;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

pub use access::*;
pub use cors::*;
pub use encryption::*;
pub use lifecycle::*;
pub use lock::*;
pub use logging::*;
pub use versioning::*;
pub use website::*;

pub(super) use tags::{is_of_state, pairs};

use super::contents;
use super::{
    BUCKET, BucketAcl, BucketCorsConfiguration, BucketLifecycleConfiguration, BucketLogging,
    BucketOwnershipControls, BucketPolicy, BucketPublicAccessBlock, BucketServerSideEncryptionConfiguration,
    BucketVersioning, BucketWebsiteConfiguration, check_bucket, policy,
};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::TOKEN;
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Setting, TaggedBy, Update, adopt, may_claim, set_up_from, taken};
use crate::model::{Failures, Json, Model};
use tags::{BucketTags, put_tags, tag_pairs, tags_of};

/// An S3 bucket. AWS encrypts a new bucket, blocks public access to it and disables its access control
/// lists.
///
/// A setting that is omitted is kept as it is, so that a separate resource can manage it, such as
/// `BucketVersioning` or `BucketPublicAccessBlock`. Specify each setting in one place only.
#[derive(Clone, Debug, Model)]
pub struct BucketArgs {
    /// The predefined access control list (canned ACL). Except for `private`, access control lists
    /// must be enabled with `objectOwnership`. If omitted, the current list is kept; a new bucket
    /// is `private`.
    #[model(in_place, if_given, one_of = CANNED)]
    pub acl: Option<String>,
    /// The name of the bucket, unique across all of AWS. A generated name is the same in every
    /// account, so two accounts with the same project and stack require explicit names.
    #[model(replace, autoname, check = check_bucket)]
    pub bucket: String,
    /// The cross-origin resource sharing (CORS) rules. AWS applies the first rule that matches a
    /// request. If omitted, the current rules are kept; an empty list removes them.
    #[model(in_place, if_given, length = 0..=100)]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// The default encryption of objects at rest. If omitted, the current encryption is kept; a new
    /// bucket has Amazon S3 managed keys (SSE-S3). Conflicts with
    /// `serverSideEncryptionConfiguration`.
    #[model(in_place, if_given)]
    pub encryption: Option<Encryption>,
    /// Whether all objects in the bucket and all their versions are deleted with the bucket. If
    /// `false`, a bucket that is not empty is not deleted.
    #[model(in_place, default = false, write_only)]
    pub force_destroy: bool,
    /// The lifecycle rules. Their order does not matter. If omitted, the current rules are kept; an
    /// empty list removes them.
    #[model(in_place, set, if_given, length = 0..=1000)]
    pub lifecycle_rules: Option<Vec<BucketLifecycleRule>>,
    /// The server access logging: the bucket that receives a record of each request. If omitted,
    /// the current setting is kept; a new bucket has no logging.
    #[model(in_place, if_given)]
    pub logging: Option<Logging>,
    /// The default retention of new objects. Requires `objectLockEnabled`.
    #[model(in_place)]
    pub object_lock_configuration: Option<ObjectLock>,
    /// Whether Object Lock is enabled, so that versions of objects can be protected from deletion. It
    /// enables versioning, and cannot be disabled again.
    #[model(in_place, default = false)]
    pub object_lock_enabled: bool,
    /// The ownership of objects: the bucket owner, with access control lists disabled
    /// (`BucketOwnerEnforced`); the bucket owner, if the writer grants it full control
    /// (`BucketOwnerPreferred`); or the writer (`ObjectWriter`). If omitted, the current setting is
    /// kept; a new bucket has `BucketOwnerEnforced`.
    #[model(in_place, if_given, one_of = OWNERSHIP)]
    pub object_ownership: Option<String>,
    /// The policy of the bucket, as JSON text or as an object. If omitted, the current policy is
    /// kept; a new bucket has none.
    #[model(in_place, policy, if_given)]
    pub policy: Option<Json>,
    /// The settings that block public access, regardless of policies and access control lists. If
    /// omitted, the current settings are kept; a new bucket has all of them enabled.
    #[model(in_place, if_given)]
    pub public_access_block: Option<PublicAccess>,
    /// The default encryption of objects at rest. If omitted, the current encryption is kept; a new
    /// bucket has Amazon S3 managed keys (SSE-S3). Conflicts with `encryption`, which is the
    /// shorter form.
    #[model(in_place, if_given)]
    pub server_side_encryption_configuration: Option<ServerSideEncryption>,
    /// The tags of the bucket.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The versioning of objects. If omitted, the current setting is kept; versioning is disabled
    /// for a new bucket.
    #[model(in_place, if_given)]
    pub versioning: Option<Versioning>,
    /// The website that the bucket serves. If omitted, the current setting is kept; a new bucket
    /// serves none.
    #[model(in_place, if_given)]
    pub website: Option<Website>,
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
    /// The ID of the Route 53 hosted zone of website endpoints in the region, for alias records.
    pub hosted_zone_id: String,
    /// The region of the bucket.
    pub region: String,
    /// The domain of the website endpoint, for alias records: `s3-website-<region>.amazonaws.com`.
    pub website_domain: String,
    /// The website endpoint, which responds once the bucket has a `website`:
    /// `<bucket>.s3-website-<region>.amazonaws.com`.
    pub website_endpoint: String,
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
            "s3:PutBucketAcl",
            "s3:PutBucketCORS",
            "s3:PutBucketLogging",
            "s3:PutBucketObjectLockConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketVersioning",
            "s3:PutBucketWebsite",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        read: &[
            "s3:GetBucketAcl",
            "s3:GetBucketCORS",
            "s3:GetBucketLogging",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetBucketWebsite",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
        ],
        update: &[
            "s3:PutBucketAcl",
            "s3:PutBucketCORS",
            "s3:PutBucketLogging",
            "s3:PutBucketObjectLockConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketVersioning",
            "s3:PutBucketWebsite",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        delete: &["s3:DeleteBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    };
    const NAME: Option<&'static NameRule> = Some(&BUCKET);
    /// AWS keeps the name of a deleted bucket for a while.
    const PATIENCE: Duration = Duration::from_secs(10 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = BucketArgs;
    type State = BucketState;

    fn rules(args: &BucketInputs, failures: &mut Failures) {
        encryption::check(args, failures);
        lifecycle::check(&args.lifecycle_rules, failures);
        lock::check(args, failures);
        policy::check(&args.policy, BucketArgs::POLICY, failures);
        website::check(args, failures);
    }

    fn creation_rules(args: &BucketInputs, failures: &mut Failures) {
        access::check_acl(args, failures);
    }

    fn change_rules(old: &BucketInputs, new: &BucketInputs, failures: &mut Failures) {
        lock::check_change(old, new, failures);
    }

    fn settings(id: &str, args: &BucketInputs) -> Vec<Setting> {
        let is_encrypted = args.encryption.is_set() || args.server_side_encryption_configuration.is_set();
        [
            (args.acl.is_set(), Setting::of::<BucketAcl>(id)),
            (args.cors_rules.is_set(), Setting::of::<BucketCorsConfiguration>(id)),
            (args.lifecycle_rules.is_set(), Setting::of::<BucketLifecycleConfiguration>(id)),
            (args.logging.is_set(), Setting::of::<BucketLogging>(id)),
            (args.object_ownership.is_set(), Setting::of::<BucketOwnershipControls>(id)),
            (args.policy.is_set(), Setting::of::<BucketPolicy>(id)),
            (args.public_access_block.is_set(), Setting::of::<BucketPublicAccessBlock>(id)),
            (is_encrypted, Setting::of::<BucketServerSideEncryptionConfiguration>(id)),
            (args.versioning.is_set(), Setting::of::<BucketVersioning>(id)),
            (args.website.is_set(), Setting::of::<BucketWebsiteConfiguration>(id)),
        ]
        .into_iter()
        .filter_map(|(is_set, setting)| is_set.then_some(setting))
        .collect()
    }

    async fn create(cx: &Cx, args: &BucketArgs) -> Result<String> {
        let name = &args.bucket;
        if let Some(there) = tags_of(cx, name).await.map_err(|error| closed(error, name))? {
            may_claim::<Self>(cx, name, tag_pairs(&there), None, "S3 bucket")?;
            cx.note(New);
            return Ok(name.clone());
        }
        let owner = args.object_ownership.as_deref().unwrap_or(ENFORCED);
        let made = cx
            .client::<Client>()?
            .create_bucket()
            .bucket(name)
            .object_ownership(ObjectOwnership::from(owner))
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
        cx.note(New);
        if made.is_ok() {
            cx.makes_new();
        }
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
        if cx.is_new() {
            set_up_from::<Self>(cx, id, args, usual(args)).await?;
            // All of it is known: it was asked for and acknowledged.
            cx.keep(id.to_owned(), Made);
            return Ok(());
        }
        // Services that speak S3's protocol may leave the tags of a creation out.
        let there = tags_of(cx, id).await?;
        if there.is_some_and(|there| there.iter().all(|tag| tag.key != TOKEN)) {
            put_tags(cx, id, pairs(cx.owned(&args.tags))?).await?;
        }
        match cx.take_note::<New>() {
            Some(New) => adopt::<Self>(cx, id, &fresh(args)).await.map(drop),
            None => adopt::<Self>(cx, id, args).await.map(drop),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if cx.told::<_, Made>(&id.to_owned()).is_some() {
            return Ok(Some(read::as_asked(cx, id)));
        }
        read::look(cx, id, None).await
    }

    /// What a program leaves out is not looked at: a resource of its own may have set it.
    async fn refresh(cx: &Cx, id: &str, old: &BucketArgs) -> Result<Option<Live<Self>>> {
        read::look(cx, id, Some(old)).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<BucketArgs>) -> Result<()> {
        let (old, new) = (&update.old, &update.new);
        let is = |this| update.any(&[this]);
        // What keeps others out comes first.
        if let Some(access) = new.public_access_block.as_ref().filter(|_| is(BucketArgs::PUBLIC_ACCESS_BLOCK))
        {
            access.put(cx, id).await?;
        }
        if let Some(owner) = new.object_ownership.as_ref().filter(|_| is(BucketArgs::OBJECT_OWNERSHIP)) {
            access::put_owner(cx, id, owner).await?;
        }
        if let Some(acl) = new.acl.as_ref().filter(|_| is(BucketArgs::ACL)) {
            access::put_canned(cx, id, acl).await?;
        }
        if let Some(policy) = new.policy.as_ref().filter(|_| is(BucketArgs::POLICY)) {
            policy::put(cx, id, policy).await?;
        }
        if let Some(encryption) = new.encryption.as_ref().filter(|_| is(BucketArgs::ENCRYPTION)) {
            encryption.put(cx, id).await?;
        }
        if let Some(encryption) = new
            .server_side_encryption_configuration
            .as_ref()
            .filter(|_| is(BucketArgs::SERVER_SIDE_ENCRYPTION_CONFIGURATION))
        {
            Encryption::from(&encryption.rule).put(cx, id).await?;
        }
        if let Some(versioning) = new.versioning.as_ref().filter(|_| is(BucketArgs::VERSIONING)) {
            versioning::put_status(cx, id, versioning.status()).await?;
        }
        if update.any(&[BucketArgs::OBJECT_LOCK_ENABLED, BucketArgs::OBJECT_LOCK_CONFIGURATION]) {
            lock::put(cx, id, new).await?;
        }
        if let Some(logging) = new.logging.as_ref().filter(|_| is(BucketArgs::LOGGING)) {
            logging::put(cx, id, logging).await?;
        }
        if let Some(rules) = new.lifecycle_rules.as_ref().filter(|_| is(BucketArgs::LIFECYCLE_RULES)) {
            let old = old.lifecycle_rules.as_deref().unwrap_or_default();
            lifecycle::put(cx, id, old, rules).await?;
        }
        if let Some(rules) = new.cors_rules.as_ref().filter(|_| is(BucketArgs::CORS_RULES)) {
            cors::put(cx, id, old.cors_rules.as_deref().unwrap_or_default(), rules).await?;
        }
        if let Some(website) = new.website.as_ref().filter(|_| is(BucketArgs::WEBSITE)) {
            website::put_website(cx, id, website.to_aws()?).await?;
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

/// The bucket is new: whatever is beside it in the program does not exist yet.
#[derive(Clone)]
struct New;

/// The bucket was made and set up by this operation.
#[derive(Clone)]
struct Made;

/// What AWS gives a bucket that is made with these arguments.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
fn usual(args: &BucketArgs) -> BucketObserved {
    let rule = Encryption::usual().into();
    BucketObserved {
        acl: Some(Some(PRIVATE.to_owned())),
        cors_rules: Some(Some(Vec::new())),
        encryption: Some(Some(Encryption::usual())),
        lifecycle_rules: Some(Some(Vec::new())),
        logging: Some(None),
        object_lock_configuration: Some(None),
        policy: Some(None),
        public_access_block: Some(Some(PublicAccess::CLOSED)),
        server_side_encryption_configuration: Some(Some(ServerSideEncryption { rule })),
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
        versioning: Some(Some(Versioning { enabled: args.object_lock_enabled })),
        website: Some(None),
        ..BucketObserved::default()
    }
}

/// What a new bucket is to have where the program says nothing: AWS's own defaults, which services that
/// speak S3's protocol may lack.
fn fresh(args: &BucketArgs) -> BucketArgs {
    let mut args = args.clone();
    args.public_access_block.get_or_insert(PublicAccess::CLOSED);
    if args.server_side_encryption_configuration.is_none() {
        args.encryption.get_or_insert_with(Encryption::usual);
    }
    args
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
