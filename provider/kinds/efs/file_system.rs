//! A file system.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_efs::Client;
use aws_sdk_efs::types::{
    FileSystemDescription, LifeCycleState, LifecyclePolicy, PerformanceMode, ReplicationOverwriteProtection,
    ThroughputMode,
};

use super::{EfsTags, dns_name, pairs, tag_list, tag_map, usable};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, adopt, claim, only_one, search, set_up};
use crate::model::{Failures, Model};

/// An Amazon EFS file system: files that many tasks and instances share, across the Availability
/// Zones of a region. AWS charges for the data stored.
///
/// A change that would require another file system is refused, since its files would be lost.
#[derive(Clone, Debug, Model)]
pub struct FileSystemArgs {
    /// The Availability Zone of a One Zone file system, which costs less but is lost if the zone is
    /// lost. If omitted, files are stored in several zones (Regional).
    #[model(replace, told)]
    pub availability_zone_name: Option<String>,
    /// A unique text that makes the creation idempotent. If omitted, a token is generated.
    #[model(replace, aws_default, told, length = 1..=64)]
    pub creation_token: Option<String>,
    /// Whether files are encrypted at rest.
    #[model(replace, default = true)]
    pub encrypted: bool,
    /// The KMS key that encrypts files: its ID, ARN or alias. Defaults to the AWS managed key
    /// `aws/elasticfilesystem`.
    #[model(replace, aws_default, told, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The lifecycle policies, which move files to other storage classes. Each policy has one
    /// transition.
    #[model(in_place, default = [], set, length = 0..=3)]
    pub lifecycle_policies: Vec<LifecycleRule>,
    /// The performance mode. AWS recommends `generalPurpose` for all file systems.
    #[model(replace, default = "generalPurpose", one_of = ["generalPurpose", "maxIO"])]
    pub performance_mode: String,
    /// The protection of the file system from being overwritten by replication.
    #[model(in_place, aws_default, resets, told)]
    pub protection: Option<Protection>,
    /// The throughput in MiB/s. Required for the throughput mode `provisioned`.
    #[model(in_place, range = 1..=3_414)]
    pub provisioned_throughput_in_mibps: Option<f64>,
    /// The tags of the file system. The AWS console shows the tag `Name` as its name.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The throughput mode: by the size of the file system (`bursting`), by the load (`elastic`), or
    /// as specified (`provisioned`). It can change once in 24 hours.
    #[model(in_place, default = "bursting", one_of = ["bursting", "elastic", "provisioned"])]
    pub throughput_mode: String,
}

/// A transition of files to another storage class.
#[derive(Clone, Debug, Model)]
pub struct LifecycleRule {
    /// The time without access after which files move to the Archive storage class.
    #[model(one_of = ["AFTER_1_DAY", "AFTER_7_DAYS", "AFTER_14_DAYS", "AFTER_30_DAYS", "AFTER_60_DAYS",
        "AFTER_90_DAYS", "AFTER_180_DAYS", "AFTER_270_DAYS", "AFTER_365_DAYS"])]
    pub transition_to_archive: Option<String>,
    /// The time without access after which files move to the Infrequent Access (IA) storage class.
    #[model(one_of = ["AFTER_1_DAY", "AFTER_7_DAYS", "AFTER_14_DAYS", "AFTER_30_DAYS", "AFTER_60_DAYS",
        "AFTER_90_DAYS", "AFTER_180_DAYS", "AFTER_270_DAYS", "AFTER_365_DAYS"])]
    pub transition_to_ia: Option<String>,
    /// The access after which files move back to the Standard storage class.
    #[model(one_of = ["AFTER_1_ACCESS"])]
    pub transition_to_primary_storage_class: Option<String>,
}

/// The protection of the file system from being overwritten by replication.
#[derive(Clone, Debug, Model)]
pub struct Protection {
    /// Whether the file system is protected from being the destination of a replication. AWS
    /// returns `REPLICATING` while it is a destination.
    #[model(default = "ENABLED", one_of = ["ENABLED", "DISABLED", "REPLICATING"])]
    pub replication_overwrite: String,
}

/// The outputs of a file system.
#[derive(Clone, Debug, Model)]
pub struct FileSystemState {
    /// The ARN of the file system.
    pub arn: String,
    /// The DNS name with which clients mount the file system.
    pub dns_name: String,
    /// The ID of the AWS account that owns the file system.
    pub owner_id: String,
}

/// A file system.
pub struct FileSystem;

impl Kind for FileSystem {
    const TOKEN: &'static str = "agentic:efs:FileSystem";
    const ID: &'static str = "the ID of the file system, such as `fs-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<EfsTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticfilesystem:CreateFileSystem",
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:PutLifecycleConfiguration",
            "elasticfilesystem:UpdateFileSystemProtection",
            "kms:DescribeKey",
            "kms:CreateGrant",
        ],
        read: &["elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeLifecycleConfiguration"],
        update: &[
            "elasticfilesystem:UpdateFileSystem",
            "elasticfilesystem:PutLifecycleConfiguration",
            "elasticfilesystem:UpdateFileSystemProtection",
        ],
        delete: &[
            "elasticfilesystem:DeleteFileSystem",
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:DescribeLifecycleConfiguration",
            "elasticfilesystem:DescribeMountTargets",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the file system is available",
        usual: [5, 30],
        budget: Duration::from_secs(10 * 60),
    });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the file system is gone", usual: [5, 30], budget: Duration::from_secs(10 * 60) });
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = FileSystemArgs;
    type State = FileSystemState;

    fn rules(args: &FileSystemInputs, failures: &mut Failures) {
        let mode = args.throughput_mode.get().map(String::as_str);
        match (mode, args.provisioned_throughput_in_mibps.is_set()) {
            (Some("provisioned"), false) => failures.add(
                FileSystemArgs::PROVISIONED_THROUGHPUT_IN_MIBPS,
                "is missing; the throughput mode provisioned requires it",
            ),
            (Some(mode), true) if mode != "provisioned" => failures.add(
                FileSystemArgs::PROVISIONED_THROUGHPUT_IN_MIBPS,
                format!("is only for the throughput mode provisioned, and the mode is {mode}; leave it out"),
            ),
            _ => {}
        }
        if args.encrypted.get() == Some(&false) && args.kms_key_id.is_set() {
            let reason = "requires encrypted; set that to true or leave it out";
            failures.add(FileSystemArgs::KMS_KEY_ID, reason);
        }
        let one_zone = args.availability_zone_name.is_set();
        let max_io = args.performance_mode.get().is_some_and(|mode| mode == "maxIO");
        if max_io && (one_zone || mode == Some("elastic")) {
            let reason =
                "is maxIO, which neither One Zone file systems nor elastic throughput support; leave it out";
            failures.add(FileSystemArgs::PERFORMANCE_MODE, reason);
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let replacing = review.replacing();
        if replacing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "a change of {} requires another file system, without the files",
            replacing.join(" and ")
        );
        Err(Error::new(ErrorKind::Invalid, message).with_hint(
            "Revert the change, or add a second file system under another name, copy the files with AWS DataSync, and remove the first one afterwards.",
        ))
    }

    async fn create(cx: &Cx, args: &FileSystemArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        if let Some(token) = &args.creation_token
            && let Some(there) = by_token(cx, token).await?
        {
            return claim::<Self>(cx, there.file_system_id(), args, None, "file system").await;
        }
        let token = args.creation_token.clone().unwrap_or_else(|| cx.client_token());
        let token: String = token.chars().take(64).collect();
        let made = cx
            .client::<Client>()?
            .create_file_system()
            .creation_token(&token)
            .set_availability_zone_name(args.availability_zone_name.clone())
            .encrypted(args.encrypted)
            .set_kms_key_id(args.kms_key_id.clone())
            .performance_mode(PerformanceMode::from(args.performance_mode.as_str()))
            .set_provisioned_throughput_in_mibps(args.provisioned_throughput_in_mibps)
            .throughput_mode(ThroughputMode::from(args.throughput_mode.as_str()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))?))
            .send()
            .await?;
        Ok(made.file_system_id)
    }

    async fn configure(cx: &Cx, id: &str, args: &FileSystemArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, _args: &FileSystemArgs) -> Result<Poll> {
        let there = find(cx, id).await?;
        Ok(usable(there.as_ref().map(|there| there.life_cycle_state()), &format!("file system {id}")))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let is_there = |there: &FileSystemDescription| *there.life_cycle_state() != LifeCycleState::Deleted;
        let Some(there) = find(cx, id).await?.filter(is_there) else { return Ok(None) };
        let call = cx.client::<Client>()?.describe_lifecycle_configuration().file_system_id(id);
        let Some(lifecycle) = found(call.send().await)? else { return Ok(None) };
        let protection = there.file_system_protection.as_ref();
        let protection = protection.and_then(|it| it.replication_overwrite_protection.as_ref());
        Ok(Some(Live {
            args: FileSystemObserved {
                availability_zone_name: Some(there.availability_zone_name.clone()),
                creation_token: Some(Some(there.creation_token.clone())),
                encrypted: there.encrypted,
                kms_key_id: Some(there.kms_key_id.clone()),
                lifecycle_policies: Some(
                    lifecycle.lifecycle_policies().iter().map(LifecycleRule::from_aws).collect(),
                ),
                performance_mode: Some(there.performance_mode.as_str().to_owned()),
                protection: Some(
                    protection.map(|state| Protection { replication_overwrite: state.as_str().to_owned() }),
                ),
                provisioned_throughput_in_mibps: Some(there.provisioned_throughput_in_mibps),
                tags: Some(tag_map(there.tags())),
                throughput_mode: there.throughput_mode.as_ref().map(|mode| mode.as_str().to_owned()),
            },
            state: FileSystemState {
                arn: there.file_system_arn.unwrap_or_default(),
                dns_name: dns_name(cx, id),
                owner_id: there.owner_id,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<FileSystemArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        if update.any(&[FileSystemArgs::THROUGHPUT_MODE, FileSystemArgs::PROVISIONED_THROUGHPUT_IN_MIBPS]) {
            client
                .update_file_system()
                .file_system_id(id)
                .throughput_mode(ThroughputMode::from(new.throughput_mode.as_str()))
                .set_provisioned_throughput_in_mibps(new.provisioned_throughput_in_mibps)
                .send()
                .await?;
        }
        if update.any(&[FileSystemArgs::LIFECYCLE_POLICIES]) {
            let policies = new.lifecycle_policies.iter().flat_map(LifecycleRule::to_aws).collect();
            let put = client.put_lifecycle_configuration().file_system_id(id);
            put.set_lifecycle_policies(Some(policies)).send().await?;
        }
        if update.any(&[FileSystemArgs::PROTECTION]) {
            let given = new.protection.as_ref().map(|protection| protection.replication_overwrite.as_str());
            let state = given.map_or(ReplicationOverwriteProtection::Enabled, Into::into);
            let call = client.update_file_system_protection().file_system_id(id);
            call.replication_overwrite_protection(state).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &FileSystemArgs) -> Result<()> {
        cx.client::<Client>()?.delete_file_system().file_system_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let targets = super::mount_target::of(cx, id).await.ok()?;
        let named: Vec<&str> = targets.iter().map(|target| target.mount_target_id()).collect();
        (!named.is_empty()).then(|| format!("the mount targets {}", named.join(", ")))
    }
}

impl LifecycleRule {
    /// AWS takes and tells each transition by itself.
    fn to_aws(&self) -> Vec<LifecyclePolicy> {
        let policy = LifecyclePolicy::builder;
        let all = [
            self.transition_to_archive.as_deref().map(|it| policy().transition_to_archive(it.into())),
            self.transition_to_ia.as_deref().map(|it| policy().transition_to_ia(it.into())),
            self.transition_to_primary_storage_class
                .as_deref()
                .map(|it| policy().transition_to_primary_storage_class(it.into())),
        ];
        all.into_iter().flatten().map(|policy| policy.build()).collect()
    }

    fn from_aws(policy: &LifecyclePolicy) -> Self {
        LifecycleRule {
            transition_to_archive: policy.transition_to_archive.as_ref().map(|it| it.as_str().to_owned()),
            transition_to_ia: policy.transition_to_ia.as_ref().map(|it| it.as_str().to_owned()),
            transition_to_primary_storage_class: policy
                .transition_to_primary_storage_class
                .as_ref()
                .map(|it| it.as_str().to_owned()),
        }
    }
}

/// AWS shows one file system or all.
/// <https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystems.html>
async fn find(cx: &Cx, id: &str) -> Result<Option<FileSystemDescription>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(usize::MAX, id.to_owned(), move |ids| {
        let client = client.clone();
        async move {
            let one = match &ids[..] {
                [one] => Some(one.clone()),
                _ => None,
            };
            let pages = client.describe_file_systems().set_file_system_id(one).into_paginator();
            let all: Result<Vec<_>, _> = pages.items().send().try_collect().await;
            let all = found(all)?.unwrap_or_default();
            Ok(all.into_iter().map(|it| (it.file_system_id.clone(), it)).collect::<HashMap<_, _>>())
        }
    });
    read.await
}

/// What an earlier attempt to create this very file system left.
async fn left(cx: &Cx) -> Result<Option<String>> {
    let pages = cx.client::<Client>()?.describe_file_systems().into_paginator().items().send();
    let all: Vec<FileSystemDescription> = pages.try_collect().await?;
    let all = all.into_iter().map(|there| {
        let standing = cx.standing(pairs(there.tags()));
        (there.file_system_id, standing)
    });
    only_one::<FileSystem>(cx, "file system", all.collect())
}

async fn by_token(cx: &Cx, token: &str) -> Result<Option<FileSystemDescription>> {
    let answer = found(cx.client::<Client>()?.describe_file_systems().creation_token(token).send().await)?;
    Ok(answer.and_then(|answer| answer.file_systems.unwrap_or_default().into_iter().next()))
}

/// Whether this state has a file system.
pub(super) async fn is_of_state(cx: &Cx, id: &str) -> Result<bool> {
    Ok(find(cx, id).await?.is_some_and(|there| cx.standing(pairs(there.tags())).is_of_state()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let mut failures = Failures::new();
        let inputs = FileSystemArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        FileSystem::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn what_cannot_go_together_is_told() {
        assert_eq!(told(json!({"throughputMode": "elastic"})), Vec::<String>::new());
        assert_eq!(told(json!({"throughputMode": "provisioned"})), ["provisionedThroughputInMibps"]);
        let too_much = json!({"throughputMode": "bursting", "provisionedThroughputInMibps": 5});
        assert_eq!(told(too_much), ["provisionedThroughputInMibps"]);
        assert_eq!(told(json!({"encrypted": false, "kmsKeyId": "alias/a"})), ["kmsKeyId"]);
        assert_eq!(
            told(json!({"performanceMode": "maxIO", "throughputMode": "elastic"})),
            ["performanceMode"]
        );
    }
}
