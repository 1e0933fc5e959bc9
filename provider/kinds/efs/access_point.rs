//! An access point: a directory of a file system for one application.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_efs::Client;
use aws_sdk_efs::types::{self, AccessPointDescription};

use super::{EfsTags, pairs, tag_list, tag_map, usable};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, TaggedBy, adopt, only_one, search};
use crate::model::Model;

/// An access point of an Amazon EFS file system: the directory that an application sees as the root,
/// and the user that it acts as. Files stay with the file system when an access point is deleted.
#[derive(Clone, Debug, Model)]
pub struct AccessPointArgs {
    /// The ID of the file system.
    #[model(replace)]
    pub file_system_id: String,
    /// The POSIX user for all file operations through the access point. Defaults to the user of the
    /// client.
    #[model(replace)]
    pub posix_user: Option<PosixUser>,
    /// The directory of the file system that the access point exposes. Defaults to the root
    /// directory of the file system.
    #[model(replace, aws_default, told)]
    pub root_directory: Option<RootDirectory>,
    /// The tags of the access point.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The POSIX user for all file operations.
#[derive(Clone, Debug, Model)]
pub struct PosixUser {
    /// The ID of the group.
    #[model(range = 0..=4_294_967_295_i64)]
    pub gid: i64,
    /// The IDs of further groups.
    #[model(default = [], length = 0..=16)]
    pub secondary_gids: Vec<i64>,
    /// The ID of the user.
    #[model(range = 0..=4_294_967_295_i64)]
    pub uid: i64,
}

/// The directory that an access point exposes.
#[derive(Clone, Debug, Model)]
pub struct RootDirectory {
    /// The owner and permissions with which the directory is created if it does not exist. If
    /// omitted, a directory that does not exist is not created, and cannot be mounted.
    pub creation_info: Option<CreationInfo>,
    /// The path of the directory, with at most four levels.
    #[model(default = "/", length = 1..=100)]
    pub path: String,
}

/// The owner and permissions of a directory that is created.
#[derive(Clone, Debug, Model)]
pub struct CreationInfo {
    /// The ID of the group that owns the directory.
    #[model(range = 0..=4_294_967_295_i64)]
    pub owner_gid: i64,
    /// The ID of the user that owns the directory.
    #[model(range = 0..=4_294_967_295_i64)]
    pub owner_uid: i64,
    /// The POSIX permissions in octal notation, such as `0755`.
    #[model(length = 3..=4)]
    pub permissions: String,
}

/// The outputs of an access point.
#[derive(Clone, Debug, Model)]
pub struct AccessPointState {
    /// The ARN of the access point.
    pub arn: String,
    /// The ARN of the file system.
    pub file_system_arn: String,
    /// The ID of the AWS account that owns the access point.
    pub owner_id: String,
}

/// An access point.
pub struct AccessPoint;

impl Kind for AccessPoint {
    const TOKEN: &'static str = "agentic:efs:AccessPoint";
    const ID: &'static str = "the ID of the access point, such as `fsap-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<EfsTags>();
    const ACTIONS: Actions = Actions {
        create: &["elasticfilesystem:CreateAccessPoint", "elasticfilesystem:DescribeAccessPoints"],
        read: &["elasticfilesystem:DescribeAccessPoints"],
        update: &[],
        delete: &["elasticfilesystem:DeleteAccessPoint", "elasticfilesystem:DescribeAccessPoints"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the access point is available",
        usual: [0, 15],
        budget: Duration::from_secs(10 * 60),
    });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the access point is gone", usual: [0, 15], budget: Duration::from_secs(10 * 60) });

    type Args = AccessPointArgs;
    type State = AccessPointState;

    async fn create(cx: &Cx, args: &AccessPointArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx, &args.file_system_id)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        let made = cx
            .client::<Client>()?
            .create_access_point()
            .client_token(cx.client_token().chars().take(64).collect::<String>())
            .file_system_id(&args.file_system_id)
            .set_posix_user(args.posix_user.as_ref().map(PosixUser::to_aws).transpose()?)
            .set_root_directory(args.root_directory.as_ref().map(RootDirectory::to_aws).transpose()?)
            .set_tags(Some(tag_list(cx.owned(&args.tags))?))
            .send()
            .await?;
        Ok(made.access_point_id.unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &AccessPointArgs) -> Result<Poll> {
        let there = find(cx, id).await?;
        let state = there.as_ref().and_then(|there| there.life_cycle_state());
        Ok(usable(state, &format!("access point {id}")))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let arn = there.access_point_arn.clone().unwrap_or_default();
        let file_system = there.file_system_id.clone().unwrap_or_default();
        let account = arn.split_once(":access-point/").map_or("", |(account, _)| account);
        Ok(Some(Live {
            args: AccessPointObserved {
                file_system_id: there.file_system_id.clone(),
                posix_user: Some(there.posix_user.as_ref().map(PosixUser::from_aws)),
                root_directory: Some(there.root_directory.as_ref().map(RootDirectory::from_aws)),
                tags: Some(tag_map(there.tags())),
            },
            state: AccessPointState {
                file_system_arn: format!("{account}:file-system/{file_system}"),
                owner_id: there.owner_id.unwrap_or_default(),
                arn,
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &AccessPointArgs) -> Result<()> {
        cx.client::<Client>()?.delete_access_point().access_point_id(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<AccessPointDescription>> {
    let answer = found(cx.client::<Client>()?.describe_access_points().access_point_id(id).send().await)?;
    Ok(answer.and_then(|answer| answer.access_points.unwrap_or_default().into_iter().next()))
}

/// What an earlier attempt to create this very access point left.
async fn left(cx: &Cx, file_system: &str) -> Result<Option<String>> {
    let pages = cx.client::<Client>()?.describe_access_points().file_system_id(file_system).into_paginator();
    let all: Result<Vec<AccessPointDescription>, _> = pages.items().send().try_collect().await;
    let all = found(all)?.unwrap_or_default().into_iter().map(|point| {
        let standing = cx.standing(pairs(point.tags()));
        (point.access_point_id.unwrap_or_default(), standing)
    });
    only_one::<AccessPoint>(cx, "access point", all.collect())
}

impl PosixUser {
    fn to_aws(&self) -> Result<types::PosixUser> {
        let groups = Some(self.secondary_gids.clone()).filter(|groups| !groups.is_empty());
        Ok(types::PosixUser::builder().gid(self.gid).uid(self.uid).set_secondary_gids(groups).build()?)
    }

    fn from_aws(user: &types::PosixUser) -> Self {
        PosixUser { gid: user.gid, secondary_gids: user.secondary_gids().to_vec(), uid: user.uid }
    }
}

impl RootDirectory {
    fn to_aws(&self) -> Result<types::RootDirectory> {
        let creation = self.creation_info.as_ref().map(|info| {
            types::CreationInfo::builder()
                .owner_gid(info.owner_gid)
                .owner_uid(info.owner_uid)
                .permissions(&info.permissions)
                .build()
        });
        let directory = types::RootDirectory::builder().path(&self.path);
        Ok(directory.set_creation_info(creation.transpose()?).build())
    }

    fn from_aws(directory: &types::RootDirectory) -> Self {
        RootDirectory {
            creation_info: directory.creation_info.as_ref().map(|info| CreationInfo {
                owner_gid: info.owner_gid,
                owner_uid: info.owner_uid,
                permissions: info.permissions.clone(),
            }),
            path: directory.path.clone().unwrap_or_else(|| "/".to_owned()),
        }
    }
}
