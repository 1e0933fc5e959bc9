//! A snapshot of a database instance.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSnapshot;

use super::DB_SNAPSHOT;
use super::status::Passing;
use super::{PAGE, RdsTags, filter, many_or_one, number, status, tag_list, tag_map, text};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::owner::as_pairs;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, may_claim};
use crate::model::Model;

/// A manual snapshot of a DB instance. The snapshot is kept when the instance is deleted, and is
/// deleted only with this resource. Set the resource option `retainOnDelete` or `protect` to keep
/// it.
#[derive(Clone, Debug, Model)]
pub struct SnapshotArgs {
    /// The identifier of the DB instance. A change creates a snapshot of the other instance and
    /// deletes the existing snapshot.
    #[model(replace, length = 1..=63)]
    pub db_instance_identifier: String,
    /// The identifier of the snapshot: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=255)]
    pub db_snapshot_identifier: String,
    /// The tags of the snapshot.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a DB snapshot.
#[derive(Clone, Debug, Model)]
pub struct SnapshotState {
    /// The ARN of the snapshot.
    pub db_snapshot_arn: String,
    /// The allocated storage of the database, in GiB.
    pub allocated_storage: i64,
    /// The Availability Zone of the DB instance.
    #[model(told)]
    pub availability_zone: Option<String>,
    /// Whether the snapshot is encrypted.
    pub encrypted: bool,
    /// The ARN of the KMS key that encrypts the snapshot.
    #[model(told)]
    pub kms_key_id: Option<String>,
    /// The database engine.
    pub engine: String,
    /// The engine version of the database.
    pub engine_version: String,
    /// The port of the database.
    #[model(told)]
    pub port: Option<i64>,
    /// The type of the snapshot, such as `manual`.
    pub snapshot_type: String,
    /// The storage type of the database.
    #[model(told)]
    pub storage_type: Option<String>,
    /// The ID of the VPC of the DB instance.
    #[model(told)]
    pub vpc_id: Option<String>,
}

/// A snapshot of a database instance.
pub struct Snapshot;

const MINUTE: Duration = Duration::from_secs(60);

/// How long a snapshot takes, which depends on how much has changed since the last.
pub(super) const AVAILABLE: Wait =
    Wait { goal: "the snapshot is available", usual: [60, 600], budget: MINUTE.saturating_mul(120) };

pub(super) const GONE: Wait =
    Wait { goal: "the snapshot is gone", usual: [5, 60], budget: MINUTE.saturating_mul(20) };

/// Whether a snapshot can be restored.
pub(super) fn look(snapshot: &impl Passing) -> Poll {
    match status::of(snapshot) {
        "available" => Poll::Ready(()),
        "failed" => Poll::Failed(status::stuck(snapshot, "Delete it, and create another one.")),
        _ => Poll::Pending(status::progress(snapshot)),
    }
}

impl Kind for Snapshot {
    const TOKEN: &'static str = "agentic:rds:Snapshot";
    const ID: &'static str = "the identifier of the snapshot";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const ARN: &'static str = SnapshotState::DB_SNAPSHOT_ARN.name();
    const NAME: Option<&'static NameRule> = Some(&DB_SNAPSHOT);
    const READY: Option<Wait> = Some(AVAILABLE);
    const GONE: Option<Wait> = Some(GONE);
    const PATIENCE: Duration = MINUTE.saturating_mul(60);
    const ACTIONS: Actions = Actions {
        create: &["rds:CreateDBSnapshot", "rds:DescribeDBSnapshots"],
        read: &["rds:DescribeDBSnapshots"],
        update: &["rds:DescribeDBSnapshots"],
        delete: &["rds:DeleteDBSnapshot", "rds:DescribeDBSnapshots"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SNAPSHOT;

    type Args = SnapshotArgs;
    type State = SnapshotState;

    async fn create(cx: &Cx, args: &SnapshotArgs) -> Result<String> {
        let name = &args.db_snapshot_identifier;
        let call = cx.client::<Client>()?.create_db_snapshot().db_snapshot_identifier(name);
        let call = call.db_instance_identifier(&args.db_instance_identifier);
        let made = call.set_tags(Some(tag_list(cx.owned(&args.tags)))).send().await;
        match made.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = find(cx, name).await?;
                let tags = found.map(|found| tag_map(found.tag_list())).unwrap_or_default();
                may_claim::<Self>(cx, name, as_pairs(&tags), error, "database snapshot")?;
                Ok(name.clone())
            }
            other => other.map(|_| name.clone()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &SnapshotArgs) -> Result<Poll> {
        let missing = || Error::new(ErrorKind::NotFound, format!("there is no snapshot {id}"));
        Ok(look(&find(cx, id).await?.ok_or_else(missing)?))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(found) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: SnapshotObserved {
                db_instance_identifier: found.db_instance_identifier.clone(),
                db_snapshot_identifier: found.db_snapshot_identifier.clone(),
                tags: Some(tag_map(found.tag_list())),
            },
            state: SnapshotState {
                db_snapshot_arn: found.db_snapshot_arn.clone().unwrap_or_default(),
                allocated_storage: number(found.allocated_storage).unwrap_or_default(),
                availability_zone: text(found.availability_zone()),
                encrypted: found.encrypted.unwrap_or_default(),
                kms_key_id: text(found.kms_key_id()),
                engine: found.engine.clone().unwrap_or_default(),
                engine_version: found.engine_version.clone().unwrap_or_default(),
                port: number(found.port),
                snapshot_type: found.snapshot_type.clone().unwrap_or_default(),
                storage_type: text(found.storage_type()),
                vpc_id: text(found.vpc_id()),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &SnapshotArgs) -> Result<()> {
        cx.client::<Client>()?.delete_db_snapshot().db_snapshot_identifier(id).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &SnapshotArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(found) => Poll::Pending(status::of(&found).to_owned()),
        })
    }
}

pub(super) async fn find(cx: &Cx, name: &str) -> Result<Option<DbSnapshot>> {
    let client = cx.client::<Client>()?;
    cx.batched(PAGE, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let filtered = |names| {
                let call = client.describe_db_snapshots().filters(filter("db-snapshot-id", names));
                async { Ok(call.into_paginator().items().send().try_collect().await?) }
            };
            let alone = |name| {
                let call = client.describe_db_snapshots().db_snapshot_identifier(name);
                async {
                    let all = error::found(call.send().await)?.and_then(|answer| answer.db_snapshots);
                    Ok(all.and_then(|all| all.into_iter().next()))
                }
            };
            many_or_one(names, filtered, alone, DbSnapshot::db_snapshot_identifier).await
        }
    })
    .await
}
