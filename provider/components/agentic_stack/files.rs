//! The files of a stack: one file system for the volumes of its services.

use std::collections::BTreeMap;

use super::Builder;
use crate::components::network::Places;
use crate::components::volume::{self, PORT};
use crate::components::{Child, Options, edge};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::efs::{
    AccessPoint, AccessPointInputs, CreationInfoInput, FileSystem, FileSystemInputs, LifecycleRuleInput,
    MountTarget, MountTargetInputs, PosixUserInput, RootDirectoryInput,
};
use crate::model::In;

/// The file system of a stack.
pub struct Files {
    pub file_system: Child<FileSystem>,
    pub group: Child<SecurityGroup>,
    /// The directory of each volume.
    pub points: BTreeMap<String, Child<AccessPoint>>,
    /// What has to be there before tasks can mount anything.
    pub targets: Vec<String>,
}

impl Builder<'_> {
    /// The file system, where a service has a volume that names none.
    pub(super) fn files(&self, places: &Places, shared: Option<&Child<SecurityGroup>>) -> Option<Files> {
        let wanted: BTreeMap<&String, &volume::VolumeInput> = self
            .each_service()
            .flat_map(|(_, service)| volume::each(&service.workload.volumes))
            .filter(|(_, volume)| !volume.file_system_id.is_set())
            .collect();
        if wanted.is_empty() {
            return None;
        }
        // https://docs.aws.amazon.com/efs/latest/ug/lifecycle-management-efs.html
        let aside = LifecycleRuleInput { transition_to_ia: "AFTER_30_DAYS".into(), ..Default::default() };
        let back = LifecycleRuleInput {
            transition_to_primary_storage_class: "AFTER_1_ACCESS".into(),
            ..Default::default()
        };
        let inputs = FileSystemInputs {
            lifecycle_policies: In::list([aside.into(), back.into()]),
            throughput_mode: "elastic".into(),
            ..FileSystemInputs::default()
        };
        let file_system: Child<FileSystem> = self.at.child("files", inputs, Options::shown());
        let group = edge::closed_group(self.at, "files-sg", places.vpc_id.clone(), "files of the services");
        let mut targets = Vec::new();
        if let Some(shared) = shared {
            let from = shared.id.clone();
            let rule = edge::open_to_group(self.at, "files-sg-services", &group.id, PORT.into(), from);
            targets.push(rule.urn);
        }
        let is_empty = |subnets: &In<Vec<In<String>>>| subnets.get().is_none_or(Vec::is_empty);
        let subnets = if is_empty(&places.private) { &places.public } else { &places.private };
        let subnets = subnets.get().cloned().unwrap_or_default();
        let own = format!("{}-", self.at.name);
        for (label, subnet) in edge::labels(&own, &subnets).into_iter().zip(subnets) {
            let inputs = MountTargetInputs {
                file_system_id: file_system.id.clone(),
                security_groups: In::list([group.id.clone()]),
                subnet_id: subnet,
                ..MountTargetInputs::default()
            };
            let target: Child<MountTarget> =
                self.at.child(&format!("files-{label}"), inputs, Options::default());
            targets.push(target.urn);
        }
        let points = wanted.into_iter().map(|(name, volume)| {
            let creation = CreationInfoInput {
                owner_gid: volume.gid.clone(),
                owner_uid: volume.uid.clone(),
                permissions: "0750".into(),
            };
            let inputs = AccessPointInputs {
                file_system_id: file_system.id.clone(),
                posix_user: PosixUserInput {
                    gid: volume.gid.clone(),
                    uid: volume.uid.clone(),
                    ..PosixUserInput::default()
                }
                .into(),
                root_directory: RootDirectoryInput {
                    creation_info: creation.into(),
                    path: format!("/{name}").into(),
                }
                .into(),
                ..AccessPointInputs::default()
            };
            let point = self.at.child(&format!("files-{name}"), inputs, Options::shown());
            (name.clone(), point)
        });
        Some(Files { points: points.collect(), file_system, group, targets })
    }
}
