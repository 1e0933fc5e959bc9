//! An object of a bucket.

mod body;
mod tags;

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectCannedAcl, ServerSideEncryption, StorageClass};

use super::{check_bucket, contents, naming};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::aws::kms::same_key;
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, bad_id, claim};
use crate::model::{Asset, Failures, Model, Prop};
use tags::ObjectTags;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const KEY: NameRule =
    NameRule { what: "key", max: 1024, alphabet: PRINTABLE, inner: "", bare: true, ..PLAIN };

/// An object of an S3 bucket, with up to 5 GB of content.
#[derive(Clone, Debug, Model)]
pub struct BucketObjectArgs {
    /// The predefined access control list (canned ACL). Requires that the bucket has access control
    /// lists enabled. If omitted, only the owner has access.
    #[model(in_place, write_only, one_of = [
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
    ])]
    pub acl: Option<String>,
    /// The name of the bucket.
    #[model(replace, check = check_bucket, or = "s3.Bucket")]
    pub bucket: String,
    /// Whether an S3 Bucket Key is used for encryption with `aws:kms`. Defaults to the setting of
    /// the bucket.
    #[model(in_place, aws_default, resets)]
    pub bucket_key_enabled: Option<bool>,
    /// The `Cache-Control` header of responses, such as `max-age=3600`.
    #[model(in_place)]
    pub cache_control: Option<String>,
    /// The algorithm of an additional checksum. If omitted, AWS chooses one.
    #[model(in_place, write_only, one_of = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])]
    pub checksum_algorithm: Option<String>,
    /// The content, as text in UTF-8. Conflicts with `contentBase64` and `source`.
    #[model(in_place)]
    pub content: Option<String>,
    /// The content in Base64, for binary data. Conflicts with `content` and `source`.
    #[model(in_place, check = body::check_base64)]
    pub content_base64: Option<String>,
    /// The `Content-Disposition` header of responses, such as `attachment`.
    #[model(in_place)]
    pub content_disposition: Option<String>,
    /// The `Content-Encoding` header of responses, such as `gzip`.
    #[model(in_place)]
    pub content_encoding: Option<String>,
    /// The `Content-Language` header of responses, such as `en`.
    #[model(in_place)]
    pub content_language: Option<String>,
    /// The media type of the content, such as `text/html`. Defaults to `application/octet-stream`.
    #[model(in_place, aws_default, resets)]
    pub content_type: Option<String>,
    /// The entity tag, with which changes of the content are detected: the MD5 hash of the content
    /// in hexadecimal digits, unless the object is encrypted with a KMS key.
    #[model(in_place, aws_default)]
    pub etag: Option<String>,
    /// Whether versions that Object Lock protects in the mode `GOVERNANCE` are deleted as well.
    #[model(in_place, default = false, write_only)]
    pub force_destroy: bool,
    /// The key of the object.
    #[model(replace, autoname)]
    pub key: String,
    /// The ARN of the KMS key that encrypts the object. Defaults to the setting of the bucket.
    /// Implies `aws:kms`.
    #[model(in_place, aws_default, resets, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The metadata of the object: names in lower case, and their values.
    #[model(in_place, default = {})]
    pub metadata: BTreeMap<String, String>,
    /// The encryption of the object at rest. Defaults to the setting of the bucket.
    #[model(in_place, aws_default, resets, one_of = ["AES256", "aws:kms", "aws:kms:dsse"])]
    pub server_side_encryption: Option<String>,
    /// The content, as an asset, or as the path of a file. Conflicts with `content` and
    /// `contentBase64`.
    #[model(in_place)]
    pub source: Option<Asset>,
    /// A text that changes with the content, such as a hash, so that changes of the file are
    /// detected if `source` is a path.
    #[model(in_place, write_only)]
    pub source_hash: Option<String>,
    /// The storage class.
    #[model(in_place, default = "STANDARD", one_of = [
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER_IR",
        "GLACIER",
        "DEEP_ARCHIVE",
    ])]
    pub storage_class: String,
    /// The tags of the object. AWS allows at most 10 tags, two of which the provider uses.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The redirect target, if the bucket is configured as a website: a key that begins with a
    /// slash, or a URL.
    #[model(in_place)]
    pub website_redirect: Option<String>,
}

/// The outputs of an object.
#[derive(Clone, Debug, Model)]
pub struct BucketObjectState {
    /// The ARN of the object.
    pub arn: String,
    /// The version ID of the object, if versioning is enabled for the bucket.
    #[model(in_place)]
    pub version_id: Option<String>,
}

/// An object.
pub struct BucketObject;

impl Kind for BucketObject {
    const TOKEN: &'static str = "agentic:s3:BucketObject";
    const ID: &'static str =
        "the name of the bucket and the key of the object, separated by a slash, such as `assets/index.html`";
    const IMPORT_ID: fn(&str) -> &str = |id| id.strip_prefix("s3://").unwrap_or(id);
    const TAGS: TaggedBy = TaggedBy::service::<ObjectTags>();
    const ACTIONS: Actions = Actions {
        create: &["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
        read: &["s3:GetObject"],
        update: &["s3:PutObject", "s3:PutObjectAcl", "s3:GetObjectTagging"],
        delete: &["s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    };
    const NAME: Option<&'static NameRule> = Some(&KEY);
    const APART: &'static [Prop<Self::Args>] = &[BucketObjectArgs::BUCKET, BucketObjectArgs::KEY];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_OBJECT;

    type Args = BucketObjectArgs;
    type State = BucketObjectState;

    fn rules(args: &BucketObjectInputs, failures: &mut Failures) {
        let given = [
            (BucketObjectArgs::SOURCE, args.source.is_set()),
            (BucketObjectArgs::CONTENT_BASE64, args.content_base64.is_set()),
            (BucketObjectArgs::CONTENT, args.content.is_set()),
        ];
        let mut given = given.into_iter().filter(|(_, is_set)| *is_set);
        let first = given.next();
        if let (Some((first, _)), Some((second, _))) = (first, given.next()) {
            let reason = format!(
                "conflicts with {}; give only one of content, contentBase64 and source",
                second.name()
            );
            failures.add(first, reason);
        }
        if let Some(reason) = args.source.get().and_then(body::unusable) {
            failures.add(BucketObjectArgs::SOURCE, reason);
        }
        let by_key = args.server_side_encryption.get().is_none_or(|by| by != "AES256");
        if args.kms_key_id.is_set() && !by_key {
            let reason = "is only for aws:kms, and serverSideEncryption is AES256; leave one of them out";
            failures.add(BucketObjectArgs::KMS_KEY_ID, reason);
        }
        for name in args.metadata.get().into_iter().flat_map(BTreeMap::keys) {
            if name.chars().any(|c| c.is_ascii_uppercase()) {
                let reason = format!(
                    "has {name:?}; AWS keeps names of metadata in lower case, so give {:?}",
                    name.to_lowercase()
                );
                failures.add(BucketObjectArgs::METADATA, reason);
            }
        }
    }

    async fn create(cx: &Cx, args: &BucketObjectArgs) -> Result<String> {
        let id = format!("{}/{}", args.bucket, args.key);
        if head(cx, &args.bucket, &args.key).await.map_err(naming(&args.bucket))?.is_some() {
            return claim::<Self>(cx, &id, args, None, "S3 object").await;
        }
        put(cx, args, cx.owned(&args.tags)).await.map_err(naming(&args.bucket))?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        look(cx, id, None).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &BucketObjectArgs) -> Result<Option<Live<Self>>> {
        look(cx, id, Some(old)).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<BucketObjectArgs>) -> Result<()> {
        const ACL: Prop<BucketObjectArgs> = BucketObjectArgs::ACL;
        const BESIDE: [Prop<BucketObjectArgs>; 2] = [BucketObjectArgs::FORCE_DESTROY, BucketObjectArgs::TAGS];
        let new = &update.new;
        if update.any_but(&[ACL, BESIDE[0], BESIDE[1]]) {
            let tags = tags::of(cx, &new.bucket, &new.key).await?.unwrap_or_default();
            return put(cx, new, tags).await;
        }
        if update.any(&[ACL]) {
            let (bucket, key) = parts(id)?;
            let acl = ObjectCannedAcl::from(new.acl.as_deref().unwrap_or("private"));
            cx.client::<Client>()?.put_object_acl().bucket(bucket).key(key).acl(acl).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &BucketObjectArgs) -> Result<()> {
        let (bucket, key) = parts(id)?;
        contents::delete_object(cx, bucket, key, args.force_destroy).await
    }
}

/// The bucket and the key. Names of buckets have no slash.
fn parts(id: &str) -> Result<(&str, &str)> {
    let parts = id.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    parts.ok_or_else(|| bad_id(id, "the name of a bucket and a key, such as assets/index.html"))
}

async fn head(cx: &Cx, bucket: &str, key: &str) -> Result<Option<HeadObjectOutput>> {
    found(cx.client::<Client>()?.head_object().bucket(bucket).key(key).send().await)
}

/// The object as AWS has it. Of its content AWS tells the hash, which is held against what is asked for.
async fn look(cx: &Cx, id: &str, asked: Option<&BucketObjectArgs>) -> Result<Option<Live<BucketObject>>> {
    let (bucket, key) = parts(id)?;
    let Some(there) = head(cx, bucket, key).await? else { return Ok(None) };
    let etag = there.e_tag().map(|etag| etag.trim_matches('"').to_owned());
    let by_key = there.ssekms_key_id.is_some();
    let is_other = asked.is_some_and(|asked| {
        let hash = etag.as_deref().filter(|etag| !by_key && etag.len() == 32);
        body::hash(asked).zip(hash).is_some_and(|(wanted, found)| wanted != found)
    });
    let encryption = there.server_side_encryption().map(|by| by.as_str().to_owned());
    let class = there.storage_class().map_or("STANDARD", StorageClass::as_str);
    let mut args = BucketObjectObserved {
        bucket: Some(bucket.to_owned()),
        bucket_key_enabled: Some(Some(there.bucket_key_enabled.unwrap_or_default())),
        cache_control: Some(there.cache_control.clone()),
        content_disposition: Some(there.content_disposition.clone()),
        content_encoding: Some(content_encoding(&there)),
        content_language: Some(there.content_language.clone()),
        content_type: Some(there.content_type.clone()),
        // It is no hash of the content that a program could give.
        etag: Some(etag).filter(|_| !by_key || asked.is_none_or(|asked| asked.etag.is_none())),
        key: Some(key.to_owned()),
        kms_key_id: Some(there.ssekms_key_id.clone()),
        metadata: Some(there.metadata.clone().unwrap_or_default().into_iter().collect()),
        server_side_encryption: Some(encryption),
        storage_class: Some(class.to_owned()),
        website_redirect: Some(there.website_redirect_location.clone()),
        ..BucketObjectObserved::default()
    };
    if is_other {
        args.content = Some(None);
        args.content_base64 = Some(None);
        args.source = Some(None);
    }
    let partition = partition(cx.region().unwrap_or_default());
    let arn = format!("arn:{partition}:s3:::{id}");
    let version_id = there.version_id.filter(|version| version != "null");
    Ok(Some(Live { args, state: BucketObjectState { arn, version_id } }))
}

/// The SDK sends a body in chunks, which services that speak S3's protocol may keep as an encoding.
fn content_encoding(there: &HeadObjectOutput) -> Option<String> {
    let all = there.content_encoding.as_deref().unwrap_or_default().split(',').map(str::trim);
    let own: Vec<&str> = all.filter(|one| !one.is_empty() && *one != "aws-chunked").collect();
    (!own.is_empty()).then(|| own.join(","))
}

async fn put(cx: &Cx, args: &BucketObjectArgs, tags: BTreeMap<String, String>) -> Result<(), Error> {
    let text = |text: &Option<String>| text.clone();
    let encryption = match (&args.server_side_encryption, &args.kms_key_id) {
        (None, Some(_)) => Some(ServerSideEncryption::AwsKms),
        (by, _) => by.as_deref().map(ServerSideEncryption::from),
    };
    let metadata = args.metadata.iter().map(|(name, value)| (name.clone(), value.clone()));
    cx.client::<Client>()?
        .put_object()
        .bucket(&args.bucket)
        .key(&args.key)
        .body(body::of(args).await?)
        .set_acl(args.acl.as_deref().map(ObjectCannedAcl::from))
        .set_bucket_key_enabled(args.bucket_key_enabled)
        .set_cache_control(text(&args.cache_control))
        .set_checksum_algorithm(args.checksum_algorithm.as_deref().map(ChecksumAlgorithm::from))
        .set_content_disposition(text(&args.content_disposition))
        .set_content_encoding(text(&args.content_encoding))
        .set_content_language(text(&args.content_language))
        .set_content_type(text(&args.content_type))
        .set_metadata(Some(metadata.collect()))
        .set_server_side_encryption(encryption)
        .set_ssekms_key_id(text(&args.kms_key_id))
        .storage_class(StorageClass::from(args.storage_class.as_str()))
        .tagging(tags::query(&tags))
        .set_website_redirect_location(text(&args.website_redirect))
        .send()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Object, Value};
    use serde_json::json;

    #[test]
    fn content_is_given_once() {
        let told = |args: serde_json::Value| -> Vec<String> {
            let args = Value::from_json(&args);
            let input = BucketObjectArgs::read(args.as_object().unwrap(), &mut Failures::new());
            let mut failures = Failures::new();
            BucketObject::rules(&input, &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect()
        };
        assert_eq!(told(json!({ "content": "a" })), [""; 0]);
        assert_eq!(told(json!({})), [""; 0], "an object may be empty");
        assert_eq!(told(json!({ "content": "a", "source": "a.html" })), ["source"]);
        let wrong = json!({ "kmsKeyId": "k", "serverSideEncryption": "AES256", "metadata": { "A": "b" } });
        assert_eq!(told(wrong), ["kmsKeyId", "metadata"]);
    }

    #[test]
    fn what_is_not_one_file_is_no_content() {
        let told = |asset: &[(&str, Value)]| {
            let asset = asset.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let args = Object::from([("source".to_owned(), Value::Opaque(asset))]);
            let input = BucketObjectArgs::read(&args, &mut Failures::new());
            let mut failures = Failures::new();
            BucketObject::rules(&input, &mut failures);
            failures.to_string()
        };
        let several = Value::Object(Object::new());
        assert!(told(&[("assets", several)]).contains("source: is an archive of several assets"));
        assert!(told(&[("uri", Value::from("https://example.com/a"))]).contains("is not fetched"));
        assert_eq!(told(&[("path", Value::from("a.html"))]), "");
        assert_eq!(told(&[("text", Value::from(""))]), "");
    }

    #[test]
    fn an_id_has_a_bucket_and_a_key() {
        assert_eq!(parts("assets/a/b.html").unwrap(), ("assets", "a/b.html"));
        assert!(parts("assets").is_err() && parts("assets/").is_err());
    }
}
