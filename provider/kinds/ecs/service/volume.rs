//! What a service gives its tasks beside their definition: a volume, and how closely they are watched.

use std::collections::BTreeMap;

use aws_sdk_ecs::types;

use crate::aws::error::Result;
use crate::aws::tags;
use crate::kinds::ecs::small;
use crate::model::Model;

/// A volume that is configured when tasks start: `configureAtLaunch` in the task definition.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VolumeConfiguration {
    /// The name of the volume in the task definition.
    pub name: String,
    /// The Amazon EBS volume that ECS creates for each task and deletes with it.
    pub managed_ebs_volume: ManagedEbsVolume,
}

/// An Amazon EBS volume that ECS creates for each task.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ManagedEbsVolume {
    /// The ARN of the IAM role with which ECS manages volumes.
    pub role_arn: String,
    /// Whether the volume is encrypted.
    #[model(default = true)]
    pub encrypted: bool,
    /// The file system of the volume.
    #[model(default = "xfs", one_of = ["ext3", "ext4", "ntfs", "xfs"])]
    pub file_system_type: String,
    /// The I/O operations per second of a volume of type `gp3`, `io1` or `io2`.
    #[model(aws_default, resets, range = 100..=256_000)]
    pub iops: Option<i64>,
    /// The ARN, ID or alias of the KMS key that encrypts the volume. Defaults to the AWS managed
    /// key of Amazon EBS.
    #[model(aws_default, resets)]
    pub kms_key_id: Option<String>,
    /// The size of the volume in GiB. Required unless `snapshotId` is specified.
    #[model(aws_default, resets, range = 1..=65_536)]
    pub size_in_gb: Option<i64>,
    /// The ID of the snapshot that the volume is created from.
    pub snapshot_id: Option<String>,
    /// The tags of the volume.
    #[model(default = [])]
    pub tag_specifications: Vec<EbsTagSpecification>,
    /// The throughput of a volume of type `gp3`, in MiB/s.
    #[model(aws_default, resets, range = 125..=2000)]
    pub throughput: Option<i64>,
    /// The rate at which data of the snapshot is loaded to the volume, in MiB/s.
    #[model(range = 100..=300)]
    pub volume_initialization_rate: Option<i64>,
    /// The volume type. Defaults to `gp3`.
    #[model(aws_default, resets, one_of = ["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"])]
    pub volume_type: Option<String>,
}

/// The tags of an Amazon EBS volume.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct EbsTagSpecification {
    /// The type of resource.
    #[model(one_of = ["volume"])]
    pub resource_type: String,
    /// The source of the tags that are copied to the volume, in addition to `tags`. If omitted, no
    /// tags are copied.
    #[model(one_of = ["TASK_DEFINITION", "SERVICE", "NONE"])]
    pub propagate_tags: Option<String>,
    /// The tags.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The resolution of the metrics of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServiceMonitoring {
    /// The resolution by metric. A metric that is not listed has a resolution of 60 seconds.
    #[model(default = [])]
    pub metric_configurations: Vec<MetricConfiguration>,
}

/// The resolution of some metrics of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct MetricConfiguration {
    /// The names of the metrics: `CPUUtilization` and `MemoryUtilization`.
    #[model(length = 1..=2)]
    pub metric_names: Vec<String>,
    /// The resolution in seconds. With 20, target tracking responds sooner, and the metrics are
    /// billed as custom metrics.
    #[model(numbers = RESOLUTIONS)]
    pub resolution_seconds: i64,
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MetricConfiguration.html>
pub const RESOLUTIONS: [i64; 2] = [20, 60];

impl VolumeConfiguration {
    pub(super) fn to_aws(&self) -> Result<types::ServiceVolumeConfiguration> {
        let volume = &self.managed_ebs_volume;
        let mut built = types::ServiceManagedEbsVolumeConfiguration::builder()
            .role_arn(&volume.role_arn)
            .encrypted(volume.encrypted)
            .filesystem_type(volume.file_system_type.as_str().into())
            .set_iops(volume.iops.map(small))
            .set_kms_key_id(volume.kms_key_id.clone())
            .set_size_in_gib(volume.size_in_gb.map(small))
            .set_snapshot_id(volume.snapshot_id.clone())
            .set_throughput(volume.throughput.map(small))
            .set_volume_initialization_rate(volume.volume_initialization_rate.map(small))
            .set_volume_type(volume.volume_type.clone());
        for specification in &volume.tag_specifications {
            let part = types::EbsTagSpecification::builder()
                .resource_type(specification.resource_type.as_str().into())
                .set_propagate_tags(specification.propagate_tags.as_deref().map(Into::into))
                .set_tags(super::tag_list(specification.tags.clone()));
            built = built.tag_specifications(part.build()?);
        }
        let whole = types::ServiceVolumeConfiguration::builder().name(&self.name);
        Ok(whole.managed_ebs_volume(built.build()?).build()?)
    }

    pub(super) fn read(found: &types::ServiceVolumeConfiguration) -> Option<Self> {
        let volume = found.managed_ebs_volume()?;
        let tags = |found: &types::EbsTagSpecification| EbsTagSpecification {
            resource_type: found.resource_type.as_str().to_owned(),
            propagate_tags: found.propagate_tags().map(|source| source.as_str().to_owned()),
            tags: tags::visible(crate::kinds::ecs::tag_map(found.tags())),
        };
        Some(VolumeConfiguration {
            name: found.name.clone(),
            managed_ebs_volume: ManagedEbsVolume {
                role_arn: volume.role_arn.clone(),
                encrypted: volume.encrypted.unwrap_or(true),
                file_system_type: volume.filesystem_type().map_or("xfs", |it| it.as_str()).to_owned(),
                iops: volume.iops.map(Into::into),
                kms_key_id: volume.kms_key_id.clone(),
                size_in_gb: volume.size_in_gib.map(Into::into),
                snapshot_id: volume.snapshot_id.clone(),
                tag_specifications: volume.tag_specifications().iter().map(tags).collect(),
                throughput: volume.throughput.map(Into::into),
                volume_initialization_rate: volume.volume_initialization_rate.map(Into::into),
                volume_type: volume.volume_type.clone(),
            },
        })
    }
}

impl ServiceMonitoring {
    pub(super) fn to_aws(&self) -> Result<types::MonitoringConfiguration> {
        let mut all = types::MonitoringConfiguration::builder();
        for part in &self.metric_configurations {
            let metric = types::MetricConfiguration::builder()
                .set_metric_names(Some(part.metric_names.clone()))
                .resolution_seconds(small(part.resolution_seconds));
            all = all.metric_configurations(metric.build()?);
        }
        Ok(all.build())
    }

    /// Every metric as ECS takes it where nothing is said.
    pub(super) fn usual() -> Self {
        let metric_names = ["CPUUtilization", "MemoryUtilization"].map(str::to_owned).to_vec();
        let usual = MetricConfiguration { metric_names, resolution_seconds: 60 };
        ServiceMonitoring { metric_configurations: vec![usual] }
    }
}
