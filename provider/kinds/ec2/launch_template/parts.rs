//! The parts of a launch template, each with its way to AWS and back.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    self, CreditSpecificationRequest, InstanceInterruptionBehavior, LaunchTemplateBlockDeviceMappingRequest,
    LaunchTemplateEbsBlockDeviceRequest, LaunchTemplateHttpTokensState,
    LaunchTemplateIamInstanceProfileSpecificationRequest, LaunchTemplateInstanceMarketOptionsRequest,
    LaunchTemplateInstanceMetadataEndpointState, LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateInstanceMetadataProtocolIpv6, LaunchTemplateInstanceMetadataTagsState,
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest, LaunchTemplateSpotMarketOptionsRequest,
    LaunchTemplateTagSpecificationRequest, LaunchTemplatesMonitoringRequest, MarketType, ResourceType,
    SpotInstanceType, VolumeType,
};

use crate::aws::ids;
use crate::kinds::ec2::{tag, tag_map};
use crate::model::Model;

/// A volume of an instance.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateBlockDeviceMapping {
    /// The name of the device, such as `/dev/xvda`.
    pub device_name: Option<String>,
    /// The EBS volume.
    pub ebs: Option<LaunchTemplateEbs>,
    /// An empty string suppresses the device that the AMI has under this name.
    pub no_device: Option<String>,
    /// The instance store volume, such as `ephemeral0`.
    pub virtual_name: Option<String>,
}

/// An EBS volume.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateEbs {
    /// Whether the volume is deleted together with the instance. Defaults to the setting of the
    /// AMI.
    #[model(one_of = ["true", "false"])]
    pub delete_on_termination: Option<String>,
    /// Whether the volume is encrypted. Defaults to the setting of the snapshot, or to that of the
    /// account.
    #[model(one_of = ["true", "false"])]
    pub encrypted: Option<String>,
    /// The provisioned I/O operations per second (IOPS). Only for `gp3`, `io1` and `io2`.
    #[model(range = 100..=256_000)]
    pub iops: Option<i64>,
    /// The ARN of the KMS key that encrypts the volume. Defaults to the default KMS key for EBS
    /// encryption of the account.
    pub kms_key_id: Option<String>,
    /// The ID of the snapshot that the volume is created from.
    pub snapshot_id: Option<String>,
    /// The throughput in MiB per second. Only for `gp3`.
    #[model(range = 125..=2_000)]
    pub throughput: Option<i64>,
    /// The rate in MiB per second at which the data of the snapshot is loaded.
    #[model(range = 100..=300)]
    pub volume_initialization_rate: Option<i64>,
    /// The size of the volume in GiB. Defaults to the size of the snapshot.
    #[model(range = 1..=65_536)]
    pub volume_size: Option<i64>,
    /// The type of the volume. Defaults to the type in the AMI.
    #[model(one_of = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"])]
    pub volume_type: Option<String>,
}

/// The CPU credit option of burstable instances.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateCreditSpecification {
    /// Whether an instance can burst beyond its CPU credits at an additional charge (`unlimited`)
    /// or not (`standard`).
    #[model(one_of = ["standard", "unlimited"])]
    pub cpu_credits: Option<String>,
}

/// An instance profile.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateIamInstanceProfile {
    /// The ARN of the instance profile. Conflicts with `name`.
    pub arn: Option<String>,
    /// The name of the instance profile. Conflicts with `arn`.
    pub name: Option<String>,
}

/// The purchase option of instances.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateInstanceMarketOptions {
    /// The purchase option.
    #[model(one_of = ["spot", "capacity-block"])]
    pub market_type: Option<String>,
    /// The options of Spot Instances.
    pub spot_options: Option<LaunchTemplateSpotOptions>,
}

/// The options of Spot Instances.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateSpotOptions {
    /// The behavior when a Spot Instance is interrupted.
    #[model(one_of = ["hibernate", "stop", "terminate"])]
    pub instance_interruption_behavior: Option<String>,
    /// The maximum price per hour, in US dollars. Defaults to the On-Demand price.
    pub max_price: Option<String>,
    /// The type of the Spot request: `one-time`, or `persistent`, which is renewed after an
    /// interruption. Auto Scaling supports only `one-time`.
    #[model(one_of = ["one-time", "persistent"])]
    pub spot_instance_type: Option<String>,
}

/// The options of the instance metadata service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateMetadataOptions {
    /// Whether the metadata service is reachable.
    #[model(default = "enabled", one_of = ["enabled", "disabled"])]
    pub http_endpoint: String,
    /// Whether the metadata service is reachable over IPv6.
    #[model(one_of = ["enabled", "disabled"])]
    pub http_protocol_ipv6: Option<String>,
    /// The maximum number of network hops of a response. Containers on the instance require 2.
    #[model(range = 1..=64)]
    pub http_put_response_hop_limit: Option<i64>,
    /// Whether each request requires a session token (IMDSv2).
    #[model(default = "required", one_of = ["required", "optional"])]
    pub http_tokens: String,
    /// Whether the tags of the instance can be read from its metadata.
    #[model(one_of = ["disabled", "enabled"])]
    pub instance_metadata_tags: Option<String>,
}

/// Detailed monitoring.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateMonitoring {
    /// Whether detailed monitoring is enabled.
    pub enabled: Option<bool>,
}

/// A network interface of an instance.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateNetworkInterface {
    /// Whether the interface gets a public IPv4 address. If omitted, the setting of the subnet applies.
    #[model(one_of = ["true", "false"])]
    pub associate_public_ip_address: Option<String>,
    /// Whether the interface is deleted together with the instance.
    #[model(one_of = ["true", "false"])]
    pub delete_on_termination: Option<String>,
    /// The description of the interface.
    pub description: Option<String>,
    /// The index of the interface: 0 is the primary one.
    #[model(default = 0, range = 0..=15)]
    pub device_index: i64,
    /// The type of the interface. Defaults to `interface`.
    #[model(one_of = ["interface", "efa", "efa-only"])]
    pub interface_type: Option<String>,
    /// The ID of an existing network interface.
    #[model(check = ids::interface)]
    pub network_interface_id: Option<String>,
    /// The primary private IPv4 address.
    pub private_ip_address: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(set, default = [], check = ids::security_group)]
    pub security_groups: Vec<String>,
    /// The ID of the subnet. The subnets of an Auto Scaling group take precedence.
    #[model(check = ids::subnet)]
    pub subnet_id: Option<String>,
}

/// The tags of one type of resource that is created with an instance.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateTagSpecification {
    /// The type of the resource that gets the tags.
    #[model(one_of = ["instance", "volume", "network-interface", "spot-instances-request"])]
    pub resource_type: Option<String>,
    /// The tags.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

impl LaunchTemplateBlockDeviceMapping {
    pub(super) fn to_aws(&self) -> LaunchTemplateBlockDeviceMappingRequest {
        LaunchTemplateBlockDeviceMappingRequest::builder()
            .set_device_name(self.device_name.clone())
            .set_ebs(self.ebs.as_ref().map(LaunchTemplateEbs::to_aws))
            .set_no_device(self.no_device.clone())
            .set_virtual_name(self.virtual_name.clone())
            .build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplateBlockDeviceMapping) -> Self {
        LaunchTemplateBlockDeviceMapping {
            device_name: told.device_name.clone(),
            ebs: told.ebs().map(LaunchTemplateEbs::from_aws),
            no_device: told.no_device.clone(),
            virtual_name: told.virtual_name.clone(),
        }
    }
}

impl LaunchTemplateEbs {
    fn to_aws(&self) -> LaunchTemplateEbsBlockDeviceRequest {
        LaunchTemplateEbsBlockDeviceRequest::builder()
            .set_delete_on_termination(flag(&self.delete_on_termination))
            .set_encrypted(flag(&self.encrypted))
            .set_iops(small(self.iops))
            .set_kms_key_id(self.kms_key_id.clone())
            .set_snapshot_id(self.snapshot_id.clone())
            .set_throughput(small(self.throughput))
            .set_volume_initialization_rate(small(self.volume_initialization_rate))
            .set_volume_size(small(self.volume_size))
            .set_volume_type(self.volume_type.as_deref().map(VolumeType::from))
            .build()
    }

    fn from_aws(told: &types::LaunchTemplateEbsBlockDevice) -> Self {
        LaunchTemplateEbs {
            delete_on_termination: text(told.delete_on_termination),
            encrypted: text(told.encrypted),
            iops: told.iops.map(i64::from),
            kms_key_id: told.kms_key_id.clone(),
            snapshot_id: told.snapshot_id.clone(),
            throughput: told.throughput.map(i64::from),
            volume_initialization_rate: told.volume_initialization_rate.map(i64::from),
            volume_size: told.volume_size.map(i64::from),
            volume_type: told.volume_type().map(|kind| kind.as_str().to_owned()),
        }
    }
}

impl LaunchTemplateCreditSpecification {
    pub(super) fn to_aws(&self) -> CreditSpecificationRequest {
        CreditSpecificationRequest::builder().set_cpu_credits(self.cpu_credits.clone()).build()
    }

    pub(super) fn from_aws(told: &types::CreditSpecification) -> Self {
        LaunchTemplateCreditSpecification { cpu_credits: told.cpu_credits.clone() }
    }
}

impl LaunchTemplateIamInstanceProfile {
    pub(super) fn to_aws(&self) -> LaunchTemplateIamInstanceProfileSpecificationRequest {
        LaunchTemplateIamInstanceProfileSpecificationRequest::builder()
            .set_arn(self.arn.clone())
            .set_name(self.name.clone())
            .build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplateIamInstanceProfileSpecification) -> Self {
        LaunchTemplateIamInstanceProfile { arn: told.arn.clone(), name: told.name.clone() }
    }
}

impl LaunchTemplateInstanceMarketOptions {
    pub(super) fn to_aws(&self) -> LaunchTemplateInstanceMarketOptionsRequest {
        LaunchTemplateInstanceMarketOptionsRequest::builder()
            .set_market_type(self.market_type.as_deref().map(MarketType::from))
            .set_spot_options(self.spot_options.as_ref().map(LaunchTemplateSpotOptions::to_aws))
            .build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplateInstanceMarketOptions) -> Self {
        LaunchTemplateInstanceMarketOptions {
            market_type: told.market_type().map(|kind| kind.as_str().to_owned()),
            spot_options: told.spot_options().map(LaunchTemplateSpotOptions::from_aws),
        }
    }
}

impl LaunchTemplateSpotOptions {
    fn to_aws(&self) -> LaunchTemplateSpotMarketOptionsRequest {
        let behavior = self.instance_interruption_behavior.as_deref();
        LaunchTemplateSpotMarketOptionsRequest::builder()
            .set_instance_interruption_behavior(behavior.map(InstanceInterruptionBehavior::from))
            .set_max_price(self.max_price.clone())
            .set_spot_instance_type(self.spot_instance_type.as_deref().map(SpotInstanceType::from))
            .build()
    }

    fn from_aws(told: &types::LaunchTemplateSpotMarketOptions) -> Self {
        let behavior = told.instance_interruption_behavior();
        LaunchTemplateSpotOptions {
            instance_interruption_behavior: behavior.map(|behavior| behavior.as_str().to_owned()),
            max_price: told.max_price.clone(),
            spot_instance_type: told.spot_instance_type().map(|kind| kind.as_str().to_owned()),
        }
    }
}

impl LaunchTemplateMetadataOptions {
    pub(super) fn to_aws(&self) -> LaunchTemplateInstanceMetadataOptionsRequest {
        let tags = self.instance_metadata_tags.as_deref();
        let ipv6 = self.http_protocol_ipv6.as_deref();
        LaunchTemplateInstanceMetadataOptionsRequest::builder()
            .http_endpoint(LaunchTemplateInstanceMetadataEndpointState::from(self.http_endpoint.as_str()))
            .set_http_protocol_ipv6(ipv6.map(LaunchTemplateInstanceMetadataProtocolIpv6::from))
            .set_http_put_response_hop_limit(small(self.http_put_response_hop_limit))
            .http_tokens(LaunchTemplateHttpTokensState::from(self.http_tokens.as_str()))
            .set_instance_metadata_tags(tags.map(LaunchTemplateInstanceMetadataTagsState::from))
            .build()
    }

    /// A template that says nothing leaves it to the account and the AMI, which need no tokens unless
    /// they say so.
    pub(super) fn from_aws(told: Option<&types::LaunchTemplateInstanceMetadataOptions>) -> Self {
        let of = |value: Option<&str>, usual: &str| value.unwrap_or(usual).to_owned();
        LaunchTemplateMetadataOptions {
            http_endpoint: of(told.and_then(|it| Some(it.http_endpoint()?.as_str())), "enabled"),
            http_protocol_ipv6: told.and_then(|it| Some(it.http_protocol_ipv6()?.as_str().to_owned())),
            http_put_response_hop_limit: told.and_then(|it| it.http_put_response_hop_limit).map(i64::from),
            http_tokens: of(told.and_then(|it| Some(it.http_tokens()?.as_str())), "optional"),
            instance_metadata_tags: told
                .and_then(|it| Some(it.instance_metadata_tags()?.as_str().to_owned())),
        }
    }
}

impl LaunchTemplateMonitoring {
    pub(super) fn to_aws(&self) -> LaunchTemplatesMonitoringRequest {
        LaunchTemplatesMonitoringRequest::builder().set_enabled(self.enabled).build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplatesMonitoring) -> Self {
        LaunchTemplateMonitoring { enabled: told.enabled }
    }
}

impl LaunchTemplateNetworkInterface {
    pub(super) fn to_aws(&self) -> LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
        let groups = (!self.security_groups.is_empty()).then(|| self.security_groups.clone());
        LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
            .set_associate_public_ip_address(flag(&self.associate_public_ip_address))
            .set_delete_on_termination(flag(&self.delete_on_termination))
            .set_description(self.description.clone())
            .device_index(self.device_index as i32)
            .set_groups(groups)
            .set_interface_type(self.interface_type.clone())
            .set_network_interface_id(self.network_interface_id.clone())
            .set_private_ip_address(self.private_ip_address.clone())
            .set_subnet_id(self.subnet_id.clone())
            .build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplateInstanceNetworkInterfaceSpecification) -> Self {
        LaunchTemplateNetworkInterface {
            associate_public_ip_address: text(told.associate_public_ip_address),
            delete_on_termination: text(told.delete_on_termination),
            description: told.description.clone(),
            device_index: told.device_index.unwrap_or_default().into(),
            interface_type: told.interface_type.clone(),
            network_interface_id: told.network_interface_id.clone(),
            private_ip_address: told.private_ip_address.clone(),
            security_groups: told.groups().to_vec(),
            subnet_id: told.subnet_id.clone(),
        }
    }
}

impl LaunchTemplateTagSpecification {
    pub(super) fn to_aws(&self) -> LaunchTemplateTagSpecificationRequest {
        let tags = self.tags.iter().map(|(key, value)| tag(key.clone(), value.clone()));
        LaunchTemplateTagSpecificationRequest::builder()
            .set_resource_type(self.resource_type.as_deref().map(ResourceType::from))
            .set_tags(Some(tags.collect()))
            .build()
    }

    pub(super) fn from_aws(told: &types::LaunchTemplateTagSpecification) -> Self {
        LaunchTemplateTagSpecification {
            resource_type: told.resource_type().map(|kind| kind.as_str().to_owned()),
            tags: tag_map(told.tags()),
        }
    }
}

/// Flags are texts in Pulumi's AWS package, so that one can be left out.
pub(super) fn flag(text: &Option<String>) -> Option<bool> {
    text.as_deref().map(|text| text == "true")
}

pub(super) fn text(flag: Option<bool>) -> Option<String> {
    flag.map(|flag| flag.to_string())
}

fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}
