//! Files that the tasks of a service share and keep: volumes in an EFS file system.

use std::collections::BTreeMap;

use serde_json::{Value as Json_, json};

use super::Scope;
use super::policy::all;
use super::workload::Workload;
use crate::aws::clients::partition;
use crate::kinds::ecs::{EfsAuthorizationInput, EfsVolumeInput, TaskDefinitionVolumeInput};
use crate::model::{Failures, In, Model, Path};

/// The port of NFS, on which EFS answers.
pub const PORT: i64 = 2049;

/// A volume in an EFS file system, which all tasks share and whose files are kept when tasks stop.
/// Data is encrypted in transit, and the task role may mount only this volume.
#[derive(Clone, Debug, Model)]
pub struct Volume {
    /// The path at which the volume is mounted in the container.
    #[model(length = 2..=1024)]
    pub path: String,
    /// Whether the volume is read-only in the container.
    #[model(default = false)]
    pub read_only: bool,
    /// The ID of an existing EFS file system, whose security group must allow connections from the
    /// tasks on port 2049. Defaults to a file system that the stack creates for its services.
    pub file_system_id: Option<String>,
    /// The ID of the EFS access point of an existing file system. Defaults to the root directory of
    /// the file system.
    pub access_point_id: Option<String>,
    /// The ID of the POSIX user that owns the files in the file system of the stack.
    #[model(default = 1000, range = 0..=4_294_967_295_i64)]
    pub uid: i64,
    /// The ID of the POSIX group that owns the files in the file system of the stack.
    #[model(default = 1000, range = 0..=4_294_967_295_i64)]
    pub gid: i64,
}

/// The volumes of a service, by their names.
pub type Volumes = In<BTreeMap<String, In<VolumeInput>>>;

pub fn each(volumes: &Volumes) -> impl Iterator<Item = (&String, &VolumeInput)> {
    volumes.get().into_iter().flatten().filter_map(|(name, volume)| Some((name, volume.get()?)))
}

/// Holds volumes against each other. `creates` says whether a file system is made for those that name
/// none.
pub fn rules(volumes: &Volumes, at: &Path, creates: bool, failures: &mut Failures) {
    let mut paths: Vec<&str> = Vec::new();
    for (name, volume) in each(volumes) {
        let at = at.key(Workload::VOLUMES).key(name.as_str());
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 32 || !name.chars().all(legal) {
            let reason = "is not a valid name; give up to 32 lowercase letters, digits and hyphens";
            failures.add(at.clone(), reason);
        }
        if let Some(path) = volume.path.get() {
            if !path.starts_with('/') || path == "/" {
                let reason = format!("is {path:?}; give an absolute path other than the root, such as /data");
                failures.add(at.key(Volume::PATH), reason);
            } else if paths.contains(&path.as_str()) {
                let reason =
                    format!("is {path:?}, where another volume is mounted; give each volume its own path");
                failures.add(at.key(Volume::PATH), reason);
            }
            paths.push(path);
        }
        if !volume.file_system_id.is_set() {
            if !creates {
                let reason = "is missing; give the ID of an EFS file system";
                failures.add(at.key(Volume::FILE_SYSTEM_ID), reason);
            } else if volume.access_point_id.is_set() {
                let reason = "is for an existing file system; give fileSystemId as well, or leave it out";
                failures.add(at.key(Volume::ACCESS_POINT_ID), reason);
            }
        }
    }
}

/// The volumes as a task definition has them; nothing where there are none.
pub fn of_task(volumes: &Volumes) -> In<Vec<In<TaskDefinitionVolumeInput>>> {
    let all = each(volumes).map(|(name, volume)| {
        let access =
            EfsAuthorizationInput { access_point_id: volume.access_point_id.clone(), iam: "ENABLED".into() };
        let efs = EfsVolumeInput {
            file_system_id: volume.file_system_id.clone(),
            root_directory: "/".into(),
            transit_encryption: "ENABLED".into(),
            authorization_config: access.into(),
            ..EfsVolumeInput::default()
        };
        let volume = TaskDefinitionVolumeInput {
            name: name.as_str().into(),
            configure_at_launch: false.into(),
            efs_volume_configuration: efs.into(),
            ..TaskDefinitionVolumeInput::default()
        };
        In::known(volume)
    });
    let all: Vec<_> = all.collect();
    if all.is_empty() { In::default() } else { In::list(all) }
}

/// Where a container has the volumes; nothing where there are none.
pub fn mount_points(volumes: &Volumes) -> In<Json_> {
    let points: Vec<In<Json_>> = each(volumes)
        .map(|(name, volume)| {
            let name = name.clone();
            volume.path.clone().zip(volume.read_only.clone()).map(move |(path, read_only)| {
                json!({ "sourceVolume": name, "containerPath": path, "readOnly": read_only })
            })
        })
        .collect();
    if points.is_empty() { In::default() } else { all(points).map(Json_::Array) }
}

/// What a task role may do with the volumes.
/// <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>
pub fn statements(at: &Scope, volumes: &Volumes) -> Vec<In<Json_>> {
    let region = at.region().unwrap_or("*").to_owned();
    let arn = move |kind: &str, id: &str| match id.starts_with("arn:") {
        true => id.to_owned(),
        false => format!("arn:{}:elasticfilesystem:{region}:*:{kind}/{id}", partition(&region)),
    };
    let statements = each(volumes).map(|(_, volume)| {
        let arn = arn.clone();
        let point = match volume.access_point_id.is_set() {
            true => volume.access_point_id.clone().map(Some),
            false => In::known(None),
        };
        let known = volume.file_system_id.clone().zip(point).zip(volume.read_only.clone());
        known.map(move |((file_system, point), read_only)| {
            let mut actions = vec!["elasticfilesystem:ClientMount"];
            if !read_only {
                actions.push("elasticfilesystem:ClientWrite");
            }
            let mut statement = json!({
                "Effect": "Allow",
                "Action": actions,
                "Resource": [arn("file-system", &file_system)],
            });
            if let Some(point) = point {
                let point = arn("access-point", &point);
                statement["Condition"] =
                    json!({ "StringLike": { "elasticfilesystem:AccessPointArn": point } });
            }
            statement
        })
    });
    statements.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn volumes(given: Json_) -> Volumes {
        let one = |(name, volume): (&String, &Json_)| {
            let fields = Value::from_json(volume).as_object().unwrap().clone();
            (name.clone(), In::known(Volume::read(&fields, &mut Failures::new())))
        };
        In::known(given.as_object().unwrap().iter().map(one).collect())
    }

    #[test]
    fn what_cannot_be_mounted_is_told() {
        let told = |given: Json_, creates: bool| {
            let mut failures = Failures::new();
            rules(&volumes(given), &Path::root(), creates, &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told(json!({"data": {"path": "/data"}}), true), Vec::<String>::new());
        assert_eq!(told(json!({"data": {"path": "/data"}}), false), ["volumes.data.fileSystemId"]);
        let wrong =
            json!({"a": {"path": "data"}, "b": {"path": "/b"}, "c": {"path": "/b", "accessPointId": "p"}});
        assert_eq!(told(wrong, true), ["volumes.a.path", "volumes.c.path", "volumes.c.accessPointId"]);
        assert_eq!(told(json!({"A_b": {"path": "/b"}}), true), ["volumes.A_b"]);
    }
}
