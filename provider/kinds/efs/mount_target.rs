//! A mount target: the address of a file system in a subnet.

use std::time::Duration;

use aws_sdk_efs::Client;
use aws_sdk_efs::types::MountTargetDescription;

use super::{dns_name, file_system, usable};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_wanted, taken};
use crate::model::{Model, Prop};

/// A mount target of an Amazon EFS file system: its network interface in an Availability Zone, which
/// tasks and instances of the zone connect to on port 2049.
#[derive(Clone, Debug, Model)]
pub struct MountTargetArgs {
    /// The ID of the file system.
    #[model(replace)]
    pub file_system_id: String,
    /// The IPv4 address within the subnet. If omitted, AWS chooses one.
    #[model(replace, aws_default, told)]
    pub ip_address: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, length = 1..=5)]
    pub security_groups: Option<Vec<String>>,
    /// The ID of the subnet. A file system has at most one mount target in each Availability Zone, and
    /// all in one VPC.
    #[model(replace)]
    pub subnet_id: String,
}

/// The outputs of a mount target.
#[derive(Clone, Debug, Model)]
pub struct MountTargetState {
    /// The name of the Availability Zone.
    pub availability_zone_name: String,
    /// The DNS name of the file system.
    pub dns_name: String,
    /// The DNS name of this mount target.
    pub mount_target_dns_name: String,
    /// The ID of the network interface.
    pub network_interface_id: String,
    /// The ID of the AWS account that owns the mount target.
    pub owner_id: String,
}

/// A mount target.
pub struct MountTarget;

impl Kind for MountTarget {
    const TOKEN: &'static str = "agentic:efs:MountTarget";
    const ID: &'static str = "the ID of the mount target, such as `fsmt-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticfilesystem:CreateMountTarget",
            "elasticfilesystem:DescribeMountTargets",
            "elasticfilesystem:DescribeFileSystems",
            "ec2:DescribeSubnets",
            "ec2:DescribeNetworkInterfaces",
            "ec2:CreateNetworkInterface",
        ],
        read: &[
            "elasticfilesystem:DescribeMountTargets",
            "elasticfilesystem:DescribeMountTargetSecurityGroups",
        ],
        update: &["ec2:DescribeSecurityGroups", "elasticfilesystem:ModifyMountTargetSecurityGroups"],
        delete: &[
            "elasticfilesystem:DeleteMountTarget",
            "elasticfilesystem:DescribeMountTargets",
            "elasticfilesystem:DescribeMountTargetSecurityGroups",
            "ec2:DeleteNetworkInterface",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the mount target is available",
        usual: [60, 120],
        budget: Duration::from_secs(30 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the mount target is gone",
        usual: [10, 60],
        budget: Duration::from_secs(15 * 60),
    });
    const APART: &'static [Prop<Self::Args>] = &[MountTargetArgs::FILE_SYSTEM_ID, MountTargetArgs::SUBNET_ID];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::MOUNT_TARGET;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(MountTargetArgs::SECURITY_GROUPS);

    type Args = MountTargetArgs;
    type State = MountTargetState;

    async fn create(cx: &Cx, args: &MountTargetArgs) -> Result<String> {
        let there = of(cx, &args.file_system_id).await?;
        let place = format!("{}|{}", args.file_system_id, args.subnet_id);
        if let Some(target) = there.into_iter().find(|target| target.subnet_id() == args.subnet_id) {
            let id = target.mount_target_id.clone();
            let groups = groups(cx, &id).await?;
            if !is_wanted(live(cx, target, groups.unwrap_or_default()).args, args) {
                return Err(taken(None, "mount target", &id));
            }
            let of_state = file_system::is_of_state(cx, &args.file_system_id);
            claim_alike::<Self>(cx, &id, "mount target", of_state).await?;
            return Ok(id);
        }
        begin(cx, &place);
        let made = cx
            .client::<Client>()?
            .create_mount_target()
            .file_system_id(&args.file_system_id)
            .subnet_id(&args.subnet_id)
            .set_ip_address(args.ip_address.clone())
            .set_security_groups(args.security_groups.clone())
            .send()
            .await?;
        Ok(made.mount_target_id)
    }

    async fn ready(cx: &Cx, id: &str, _args: &MountTargetArgs) -> Result<Poll> {
        let there = find(cx, id).await?;
        Ok(usable(there.as_ref().map(|there| there.life_cycle_state()), &format!("mount target {id}")))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (there, groups) = tokio::try_join!(find(cx, id), groups(cx, id))?;
        Ok(there.zip(groups).map(|(there, groups)| live(cx, there, groups)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<MountTargetArgs>) -> Result<()> {
        if update.any(&[MountTargetArgs::SECURITY_GROUPS]) {
            let call = cx.client::<Client>()?.modify_mount_target_security_groups().mount_target_id(id);
            call.set_security_groups(update.new.security_groups.clone()).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &MountTargetArgs) -> Result<()> {
        cx.client::<Client>()?.delete_mount_target().mount_target_id(id).send().await?;
        Ok(())
    }
}

/// The mount targets of a file system.
pub(super) async fn of(cx: &Cx, file_system: &str) -> Result<Vec<MountTargetDescription>> {
    let pages = cx.client::<Client>()?.describe_mount_targets().file_system_id(file_system).into_paginator();
    let all: Result<Vec<_>, _> = pages.items().send().try_collect().await;
    Ok(found(all)?.unwrap_or_default())
}

async fn find(cx: &Cx, id: &str) -> Result<Option<MountTargetDescription>> {
    let answer = found(cx.client::<Client>()?.describe_mount_targets().mount_target_id(id).send().await)?;
    Ok(answer.and_then(|answer| answer.mount_targets.unwrap_or_default().into_iter().next()))
}

async fn groups(cx: &Cx, id: &str) -> Result<Option<Vec<String>>> {
    let call = cx.client::<Client>()?.describe_mount_target_security_groups().mount_target_id(id);
    Ok(found(call.send().await)?.map(|answer| answer.security_groups))
}

fn live(cx: &Cx, target: MountTargetDescription, groups: Vec<String>) -> Live<MountTarget> {
    let name = dns_name(cx, &target.file_system_id);
    let zone = target.availability_zone_name.unwrap_or_default();
    Live {
        args: MountTargetObserved {
            file_system_id: Some(target.file_system_id),
            ip_address: Some(target.ip_address),
            security_groups: Some(Some(groups).filter(|groups| !groups.is_empty())),
            subnet_id: Some(target.subnet_id),
        },
        state: MountTargetState {
            mount_target_dns_name: format!("{zone}.{name}"),
            availability_zone_name: zone,
            dns_name: name,
            network_interface_id: target.network_interface_id.unwrap_or_default(),
            owner_id: target.owner_id.unwrap_or_default(),
        },
    }
}
