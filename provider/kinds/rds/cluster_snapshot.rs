//! A snapshot of a database cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbClusterSnapshot;

use super::DB_SNAPSHOT;
use super::snapshot::{AVAILABLE, GONE, look};
use super::{PAGE, RdsTags, filter, many_or_one, number, status, tag_list, tag_map, text};
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::owner::as_pairs;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, may_claim};
use crate::model::Model;

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterSnapshot.html>
const NAME: NameRule = NameRule { what: "cluster snapshot", max: 63, ..DB_SNAPSHOT };

/// A manual snapshot of a DB cluster. The snapshot is kept when the cluster is deleted, and is
/// deleted only with this resource. Set the resource option `retainOnDelete` or `protect` to keep
/// it.
#[derive(Clone, Debug, Model)]
pub struct ClusterSnapshotArgs {
    /// The identifier of the DB cluster. A change creates a snapshot of the other cluster and
    /// deletes the existing snapshot.
    #[model(replace, length = 1..=63)]
    pub db_cluster_identifier: String,
    /// The identifier of the snapshot: lowercase letters, digits and hyphens.
    #[model(replace, autoname, length = 1..=63)]
    pub db_cluster_snapshot_identifier: String,
    /// The tags of the snapshot.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a DB cluster snapshot.
#[derive(Clone, Debug, Model)]
pub struct ClusterSnapshotState {
    /// The ARN of the snapshot.
    pub db_cluster_snapshot_arn: String,
    /// The allocated storage of the database, in GiB.
    pub allocated_storage: i64,
    /// Whether the snapshot is encrypted.
    pub storage_encrypted: bool,
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
    /// The ID of the VPC of the DB cluster.
    #[model(told)]
    pub vpc_id: Option<String>,
}

/// A snapshot of a database cluster.
pub struct ClusterSnapshot;

impl Kind for ClusterSnapshot {
    const TOKEN: &'static str = "agentic:rds:ClusterSnapshot";
    const ID: &'static str = "the identifier of the cluster snapshot";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const ARN: &'static str = ClusterSnapshotState::DB_CLUSTER_SNAPSHOT_ARN.name();
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const READY: Option<Wait> = Some(AVAILABLE);
    const GONE: Option<Wait> = Some(GONE);
    const PATIENCE: Duration = Duration::from_secs(60 * 60);
    const ACTIONS: Actions = Actions {
        create: &["rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"],
        read: &["rds:DescribeDBClusterSnapshots"],
        update: &["rds:DescribeDBClusterSnapshots"],
        delete: &["rds:DeleteDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::CLUSTER_SNAPSHOT;

    type Args = ClusterSnapshotArgs;
    type State = ClusterSnapshotState;

    async fn create(cx: &Cx, args: &ClusterSnapshotArgs) -> Result<String> {
        let name = &args.db_cluster_snapshot_identifier;
        let call = cx.client::<Client>()?.create_db_cluster_snapshot().db_cluster_snapshot_identifier(name);
        let call = call.db_cluster_identifier(&args.db_cluster_identifier);
        let made = call.set_tags(Some(tag_list(cx.owned(&args.tags)))).send().await;
        match made.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = find(cx, name).await?;
                let tags = found.map(|found| tag_map(found.tag_list())).unwrap_or_default();
                may_claim::<Self>(cx, name, as_pairs(&tags), error, "cluster snapshot")?;
                Ok(name.clone())
            }
            other => other.map(|_| name.clone()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &ClusterSnapshotArgs) -> Result<Poll> {
        let missing = || Error::new(ErrorKind::NotFound, format!("there is no cluster snapshot {id}"));
        Ok(look(&find(cx, id).await?.ok_or_else(missing)?))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(found) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: ClusterSnapshotObserved {
                db_cluster_identifier: found.db_cluster_identifier.clone(),
                db_cluster_snapshot_identifier: found.db_cluster_snapshot_identifier.clone(),
                tags: Some(tag_map(found.tag_list())),
            },
            state: ClusterSnapshotState {
                db_cluster_snapshot_arn: found.db_cluster_snapshot_arn.clone().unwrap_or_default(),
                allocated_storage: number(found.allocated_storage).unwrap_or_default(),
                storage_encrypted: found.storage_encrypted.unwrap_or_default(),
                kms_key_id: text(found.kms_key_id()),
                engine: found.engine.clone().unwrap_or_default(),
                engine_version: found.engine_version.clone().unwrap_or_default(),
                port: number(found.port),
                snapshot_type: found.snapshot_type.clone().unwrap_or_default(),
                vpc_id: text(found.vpc_id()),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &ClusterSnapshotArgs) -> Result<()> {
        cx.client::<Client>()?.delete_db_cluster_snapshot().db_cluster_snapshot_identifier(id).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &ClusterSnapshotArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(found) => Poll::Pending(status::of(&found).to_owned()),
        })
    }
}

pub(super) async fn find(cx: &Cx, name: &str) -> Result<Option<DbClusterSnapshot>> {
    let client = cx.client::<Client>()?;
    cx.batched(PAGE, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let filtered = |names| {
                let call =
                    client.describe_db_cluster_snapshots().filters(filter("db-cluster-snapshot-id", names));
                async { Ok(call.into_paginator().items().send().try_collect().await?) }
            };
            let alone = |name| {
                let call = client.describe_db_cluster_snapshots().db_cluster_snapshot_identifier(name);
                async {
                    let all = error::found(call.send().await)?.and_then(|answer| answer.db_cluster_snapshots);
                    Ok(all.and_then(|all| all.into_iter().next()))
                }
            };
            many_or_one(names, filtered, alone, DbClusterSnapshot::db_cluster_snapshot_identifier).await
        }
    })
    .await
}
