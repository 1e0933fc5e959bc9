//! A launch template as AWS has it: what its latest version says.

use aws_sdk_ec2::types;

use super::parts::text;
use super::{
    LaunchTemplate, LaunchTemplateBlockDeviceMapping, LaunchTemplateCreditSpecification,
    LaunchTemplateIamInstanceProfile, LaunchTemplateInstanceMarketOptions, LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring, LaunchTemplateNetworkInterface, LaunchTemplateObserved, LaunchTemplateState,
    LaunchTemplateTagSpecification,
};
use crate::kinds::Live;
use crate::kinds::ec2::tag_map;

pub fn live(
    template: types::LaunchTemplate,
    version: types::LaunchTemplateVersion,
    arn: String,
) -> Live<LaunchTemplate> {
    let data =
        version.launch_template_data.unwrap_or_else(|| types::ResponseLaunchTemplateData::builder().build());
    let devices = data.block_device_mappings().iter().map(LaunchTemplateBlockDeviceMapping::from_aws);
    let interfaces = data.network_interfaces().iter().map(LaunchTemplateNetworkInterface::from_aws);
    let tags = data.tag_specifications().iter().map(LaunchTemplateTagSpecification::from_aws);
    let shutdown = data.instance_initiated_shutdown_behavior();
    Live {
        args: LaunchTemplateObserved {
            block_device_mappings: Some(devices.collect()),
            credit_specification: Some(
                data.credit_specification().map(LaunchTemplateCreditSpecification::from_aws),
            ),
            default_version: Some(template.default_version_number),
            description: Some(version.version_description.filter(|text| !text.is_empty())),
            disable_api_stop: Some(data.disable_api_stop.unwrap_or_default()),
            disable_api_termination: Some(data.disable_api_termination.unwrap_or_default()),
            ebs_optimized: Some(text(data.ebs_optimized)),
            iam_instance_profile: Some(
                data.iam_instance_profile().map(LaunchTemplateIamInstanceProfile::from_aws),
            ),
            image_id: Some(data.image_id.clone()),
            instance_initiated_shutdown_behavior: Some(shutdown.map(|it| it.as_str().to_owned())),
            instance_market_options: Some(
                data.instance_market_options().map(LaunchTemplateInstanceMarketOptions::from_aws),
            ),
            instance_type: Some(data.instance_type().map(|kind| kind.as_str().to_owned())),
            key_name: Some(data.key_name.clone()),
            metadata_options: Some(LaunchTemplateMetadataOptions::from_aws(data.metadata_options())),
            monitoring: Some(data.monitoring().map(LaunchTemplateMonitoring::from_aws)),
            name: template.launch_template_name.clone(),
            network_interfaces: Some(interfaces.collect()),
            tag_specifications: Some(tags.collect()),
            tags: Some(tag_map(template.tags())),
            update_default_version: None,
            user_data: Some(data.user_data.clone().filter(|text| !text.is_empty())),
            vpc_security_group_ids: Some(data.security_group_ids().to_vec()),
        },
        state: LaunchTemplateState {
            arn,
            latest_version: template.latest_version_number.unwrap_or_default(),
        },
    }
}
