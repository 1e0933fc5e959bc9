//! A KMS key.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{
    KeyListEntry, KeyMetadata, KeySpec, KeyState as State, KeyUsageType, OriginType, Tag,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::{KeyPolicy, key_id};
use crate::aws::clients::partition;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::{Standing, as_pairs};
use crate::aws::policies;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{
    Actions, Kind, Live, Named, Review, Setting, TaggedBy, Tagging, Tags, Update, adopt, only_one, search,
    set_up,
};
use crate::model::{Failures, Json, Model};

/// A KMS key, which encrypts data in AWS services or signs messages. A key costs about $1 a month.
///
/// Data that a key encrypted cannot be read without it. A deleted key can be restored for
/// `deletionWindowInDays`, and a change that would replace the key is refused.
#[derive(Clone, Debug, Model)]
pub struct KeyArgs {
    /// Whether to accept a key policy that could prevent the account from managing the key.
    #[model(in_place, write_only, default = false)]
    pub bypass_policy_lockout_safety_check: bool,
    /// The type of the key: `SYMMETRIC_DEFAULT` encrypts with AES-256; the others are key pairs or
    /// HMAC keys.
    #[model(replace, default = "SYMMETRIC_DEFAULT", one_of = [
        "SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384",
        "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "HMAC_224", "HMAC_256", "HMAC_384",
        "HMAC_512", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "SM2",
    ])]
    pub customer_master_key_spec: String,
    /// The waiting period in days during which a deleted key can be restored.
    #[model(in_place, write_only, default = 30, range = 7..=30)]
    pub deletion_window_in_days: i64,
    /// The description of the key.
    #[model(in_place, default = "", length = 0..=8192)]
    pub description: String,
    /// Whether KMS replaces the key material periodically. Data that earlier material encrypted can
    /// still be decrypted. Only for `SYMMETRIC_DEFAULT`.
    #[model(in_place, default = false)]
    pub enable_key_rotation: bool,
    /// Whether the key can be used.
    #[model(in_place, default = true)]
    pub is_enabled: bool,
    /// The purpose of the key. A key of the type `SYMMETRIC_DEFAULT` encrypts, an HMAC key generates
    /// and verifies message authentication codes.
    #[model(replace, default = "ENCRYPT_DECRYPT", one_of = [
        "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT",
    ])]
    pub key_usage: String,
    /// Whether the key is a multi-Region key, which can be replicated into other regions.
    #[model(replace, default = false)]
    pub multi_region: bool,
    /// The key policy, as JSON text or as an object. If omitted, the default key policy applies,
    /// under which IAM policies of the account control access to the key.
    #[model(in_place, policy, aws_default, resets, told)]
    pub policy: Option<Json>,
    /// The number of days between two rotations. Requires `enableKeyRotation`. Defaults to 365.
    #[model(in_place, aws_default, resets = 365, told, follows = [KeyArgs::ENABLE_KEY_ROTATION], range = 90..=2_560)]
    pub rotation_period_in_days: Option<i64>,
    /// The tags of the key.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a key.
#[derive(Clone, Debug, Model)]
pub struct KeyState {
    /// The ARN of the key.
    pub arn: String,
    /// The ID of the key.
    pub key_id: String,
}

/// A KMS key.
pub struct Key;

/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
pub(super) const POLICY: policies::Sort = policies::Sort::bytes(32 * 1024, "KMS allows 32 KB");

/// A key has one policy.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
pub(super) const POLICY_NAME: &str = "default";

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

impl Kind for Key {
    const TOKEN: &'static str = "agentic:kms:Key";
    const ID: &'static str = "the ID of the key";
    const TAGS: TaggedBy = TaggedBy::service::<KmsTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "kms:CreateKey",
            "kms:ListKeys",
            "kms:ListResourceTags",
            "kms:EnableKeyRotation",
            "kms:DisableKey",
            "kms:PutKeyPolicy",
        ],
        read: &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"],
        update: &[
            "kms:UpdateKeyDescription",
            "kms:EnableKeyRotation",
            "kms:DisableKeyRotation",
            "kms:EnableKey",
            "kms:DisableKey",
            "kms:PutKeyPolicy",
        ],
        delete: &["kms:ScheduleKeyDeletion", "kms:DescribeKey"],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the key is usable", usual: [0, 10], budget: Duration::from_secs(5 * 60) });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::KEY;
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // KMS. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
        ("kms", "KMSInvalidStateException", "pending deletion", ErrorKind::Invalid, "The key is being deleted; restore it with `aws kms cancel-key-deletion`."),
        ("kms", "KMSInvalidStateException", "", ErrorKind::NotReady, ""),
        ("kms", "DisabledException", "", ErrorKind::Invalid, "The key is disabled; set isEnabled to true."),
        ("kms", "DependencyTimeoutException", "", ErrorKind::Network, ""),
        ("kms", "KMSInternalException", "", ErrorKind::Network, ""),
        ("kms", "MalformedPolicyDocumentException", "", ErrorKind::Invalid, "Every principal in the policy must exist, and the policy must let this account manage the key."),
    ];

    type Args = KeyArgs;
    type State = KeyState;

    fn rules(args: &KeyInputs, failures: &mut Failures) {
        for problem in args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(KeyArgs::POLICY, problem);
        }
        let (spec, usage) = (args.customer_master_key_spec.get(), args.key_usage.get());
        if let (Some(spec), Some(usage)) = (spec, usage) {
            // https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html#key-usage
            let usages: &[&str] = match spec.as_str() {
                SYMMETRIC => &["ENCRYPT_DECRYPT"],
                spec if spec.starts_with("HMAC_") => &["GENERATE_VERIFY_MAC"],
                spec if spec.starts_with("RSA_") => &["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
                spec if spec.starts_with("ECC_NIST_P") => &["SIGN_VERIFY", "KEY_AGREEMENT"],
                spec if spec.starts_with("ECC_") || spec.starts_with("ML_DSA") => &["SIGN_VERIFY"],
                _ => &["ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"],
            };
            if !usages.contains(&usage.as_str()) {
                let reason = format!(
                    "is {usage}, which a key of the type {spec} cannot have; give {}",
                    usages.join(" or ")
                );
                failures.add(KeyArgs::KEY_USAGE, reason);
            }
        }
        let rotates = args.enable_key_rotation.get().copied();
        if rotates == Some(true) && spec.is_some_and(|spec| spec != SYMMETRIC) {
            let reason = "is only for keys of the type SYMMETRIC_DEFAULT; leave it out";
            failures.add(KeyArgs::ENABLE_KEY_ROTATION, reason);
        }
        if rotates == Some(false) && args.rotation_period_in_days.is_set() {
            let reason = "requires enableKeyRotation; set that to true or leave it out";
            failures.add(KeyArgs::ROTATION_PERIOD_IN_DAYS, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let replacing = review.replacing();
        if replacing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "a change of {} requires another key, and what this key has encrypted cannot be read without it",
            replacing.join(" and ")
        );
        Err(Error::new(ErrorKind::Invalid, message).with_hint(
            "Revert the change, or add a second key under another name, encrypt the data with it, and remove the first key afterwards.",
        ))
    }

    fn settings(id: &str, args: &KeyInputs) -> Vec<Setting> {
        args.policy.is_set().then(|| Setting::of::<KeyPolicy>(id)).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &KeyArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        let tags: Result<Vec<_>> =
            cx.owned(&args.tags).into_iter().map(|(key, value)| tag(key, value)).collect();
        let made = cx
            .client::<Client>()?
            .create_key()
            .bypass_policy_lockout_safety_check(args.bypass_policy_lockout_safety_check)
            .key_spec(KeySpec::from(args.customer_master_key_spec.as_str()))
            .key_usage(KeyUsageType::from(args.key_usage.as_str()))
            .description(&args.description)
            .multi_region(args.multi_region)
            .set_policy(args.policy.as_ref().map(|policy| policy.0.to_string()))
            .set_tags(Some(tags?))
            .send()
            .await?;
        Ok(made.key_metadata.map(|key| key.key_id).unwrap_or_default())
    }

    async fn configure(cx: &Cx, id: &str, args: &KeyArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, _args: &KeyArgs) -> Result<Poll> {
        let key = describe(cx, id).await?;
        let busy = |key: &KeyMetadata| matches!(key.key_state, Some(State::Creating | State::Updating));
        Ok(match key {
            Some(key) if !busy(&key) => Poll::Ready(()),
            _ => Poll::Pending("not usable yet".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(key) = describe(cx, id).await?.filter(|key| !is_deleted(key)) else { return Ok(None) };
        let client = cx.client::<Client>()?;
        let rotates =
            key.key_spec == Some(KeySpec::SymmetricDefault) && key.origin == Some(OriginType::AwsKms);
        let (policy, rotation) = tokio::try_join!(
            async { found(client.get_key_policy().key_id(id).policy_name(POLICY_NAME).send().await) },
            async {
                match rotates {
                    true => found(client.get_key_rotation_status().key_id(id).send().await),
                    false => Ok(None),
                }
            },
        )?;
        let is_on = rotation.as_ref().is_some_and(|rotation| rotation.key_rotation_enabled);
        let period = rotation.and_then(|rotation| rotation.rotation_period_in_days).filter(|_| is_on);
        let policy = policy.and_then(|policy| policy.policy);
        Ok(Some(Live {
            args: KeyObserved {
                customer_master_key_spec: key.key_spec.map(|spec| spec.as_str().to_owned()),
                description: Some(key.description.unwrap_or_default()),
                enable_key_rotation: Some(is_on),
                is_enabled: Some(key.enabled),
                key_usage: key.key_usage.map(|usage| usage.as_str().to_owned()),
                multi_region: Some(key.multi_region.unwrap_or_default()),
                policy: Some(policy.and_then(|text| serde_json::from_str(&text).ok()).map(Json)),
                rotation_period_in_days: Some(period.map(i64::from)),
                ..KeyObserved::default()
            },
            state: KeyState { arn: key.arn.unwrap_or_default(), key_id: key.key_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<KeyArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        if update.any(&[KeyArgs::POLICY]) {
            let policy = match &new.policy {
                Some(policy) => policy.0.to_string(),
                None => usual_policy(cx).await?.to_string(),
            };
            let put = client.put_key_policy().key_id(id).policy_name(POLICY_NAME).policy(policy);
            put.bypass_policy_lockout_safety_check(new.bypass_policy_lockout_safety_check).send().await?;
        }
        if update.any(&[KeyArgs::DESCRIPTION]) {
            client.update_key_description().key_id(id).description(&new.description).send().await?;
        }
        // What is disabled cannot change its rotation.
        let switched = update.any(&[KeyArgs::IS_ENABLED]);
        if switched && new.is_enabled {
            client.enable_key().key_id(id).send().await?;
        }
        if update.any(&[KeyArgs::ENABLE_KEY_ROTATION, KeyArgs::ROTATION_PERIOD_IN_DAYS]) {
            match new.enable_key_rotation {
                true => {
                    let days = new.rotation_period_in_days.map(|days| days as i32);
                    client.enable_key_rotation().key_id(id).set_rotation_period_in_days(days).send().await?;
                }
                false => drop(client.disable_key_rotation().key_id(id).send().await?),
            }
        }
        if switched && !new.is_enabled {
            client.disable_key().key_id(id).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &KeyArgs) -> Result<()> {
        if describe(cx, id).await?.is_none_or(|key| is_deleted(&key)) {
            return Ok(());
        }
        let days = args.deletion_window_in_days.clamp(7, 30) as i32;
        let call = cx.client::<Client>()?.schedule_key_deletion().key_id(id).pending_window_in_days(days);
        call.send().await?;
        cx.progress.tell(&format!(
            "the key {id} can be restored for {days} days with `aws kms cancel-key-deletion --key-id {id}`; until then it cannot be used"
        ));
        Ok(())
    }
}

/// The policy that KMS gives a key by itself.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
pub(super) async fn usual_policy(cx: &Cx) -> Result<serde_json::Value> {
    let account = cx.aws.account_id().await?;
    let root = format!("arn:{}:iam::{account}:root", partition(cx.region().unwrap_or_default()));
    Ok(json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": root },
            "Action": "kms:*",
            "Resource": "*",
        }],
    }))
}

async fn describe(cx: &Cx, id: &str) -> Result<Option<KeyMetadata>> {
    let answer = found(cx.client::<Client>()?.describe_key().key_id(key_id(id)).send().await)?;
    Ok(answer.and_then(|answer| answer.key_metadata))
}

fn is_deleted(key: &KeyMetadata) -> bool {
    matches!(key.key_state, Some(State::PendingDeletion | State::PendingReplicaDeletion))
}

/// How many keys are asked for their tags at a time.
const AT_A_TIME: usize = 8;

/// What an earlier attempt to create this very key left. KMS finds no keys by their tags.
async fn left(cx: &Cx) -> Result<Option<String>> {
    let client = cx.client::<Client>()?;
    let keys: Vec<KeyListEntry> = client.list_keys().into_paginator().items().send().try_collect().await?;
    let looks = keys.into_iter().filter_map(|key| key.key_id).map(|id| async move {
        let tags = match tags_of(cx, &id).await {
            // The policy of a key of others may keep its tags from us.
            Err(error) if error.kind() == ErrorKind::AccessDenied => None,
            tags => tags?,
        };
        let standing = tags.map(|tags| cx.standing(as_pairs(&tags)));
        Ok::<_, Error>(
            standing.filter(|it| matches!(it, Standing::Left(_) | Standing::Held)).map(|it| (id, it)),
        )
    });
    let found: Vec<_> = stream::iter(looks).buffer_unordered(AT_A_TIME).try_collect().await?;
    let mut alive = Vec::new();
    for (id, standing) in found.into_iter().flatten() {
        if describe(cx, &id).await?.is_some_and(|key| !is_deleted(&key)) {
            alive.push((id, standing));
        }
    }
    only_one::<Key>(cx, "key", alive)
}

async fn tags_of(cx: &Cx, id: &str) -> Result<Option<Tags>> {
    let pages = cx.client::<Client>()?.list_resource_tags().key_id(id).into_paginator();
    let tags: Result<Vec<Tag>, _> = pages.items().send().try_collect().await;
    let tags = found(tags)?;
    Ok(tags.map(|tags| tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect()))
}

/// Whether this state has a key.
pub(super) async fn is_of_state(cx: &Cx, id: &str) -> Result<bool> {
    let tags = tags_of(cx, id).await?;
    Ok(tags.is_some_and(|tags| cx.standing(as_pairs(&tags)).is_of_state()))
}

/// How KMS tags keys.
struct KmsTags;

impl Tagging for KmsTags {
    const LIST: &'static [&'static str] = &["kms:ListResourceTags"];
    const CHANGE: &'static [&'static str] = &["kms:TagResource", "kms:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        tags_of(cx, &named.id).await
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags: Result<Vec<_>> = tags.into_iter().map(|(key, value)| tag(key, value)).collect();
        cx.client::<Client>()?.tag_resource().key_id(&named.id).set_tags(Some(tags?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        cx.client::<Client>()?.untag_resource().key_id(&named.id).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag(key: String, value: String) -> Result<Tag> {
    Ok(Tag::builder().tag_key(key).tag_value(value).build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(change: impl FnOnce(&mut KeyInputs)) -> Vec<String> {
        let mut inputs = KeyInputs {
            customer_master_key_spec: SYMMETRIC.to_owned().into(),
            key_usage: "ENCRYPT_DECRYPT".to_owned().into(),
            enable_key_rotation: false.into(),
            ..KeyInputs::default()
        };
        change(&mut inputs);
        let mut failures = Failures::new();
        Key::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn each_type_of_key_has_its_usages() {
        assert!(failures(|_| ()).is_empty());
        let told = failures(|inputs| inputs.key_usage = "SIGN_VERIFY".to_owned().into());
        assert!(told[0].contains("cannot have; give ENCRYPT_DECRYPT"), "{told:?}");
        let told = failures(|inputs| inputs.customer_master_key_spec = "HMAC_256".to_owned().into());
        assert!(told[0].contains("give GENERATE_VERIFY_MAC"), "{told:?}");
        let signs = failures(|inputs| {
            inputs.customer_master_key_spec = "RSA_2048".to_owned().into();
            inputs.key_usage = "SIGN_VERIFY".to_owned().into();
            inputs.enable_key_rotation = true.into();
        });
        assert!(signs[0].starts_with("enableKeyRotation: "), "{signs:?}");
    }

    #[test]
    fn a_period_is_one_of_a_rotation() {
        let told = failures(|inputs| inputs.rotation_period_in_days = 180.into());
        assert!(told[0].starts_with("rotationPeriodInDays: "), "{told:?}");
    }
}
