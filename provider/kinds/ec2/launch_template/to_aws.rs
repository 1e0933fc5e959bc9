//! The calls that make a launch template and its versions.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{InstanceType, RequestLaunchTemplateData, ResourceType, ShutdownBehavior};

use super::parts::flag;
use super::{
    LaunchTemplateArgs, LaunchTemplateBlockDeviceMapping, LaunchTemplateCreditSpecification,
    LaunchTemplateIamInstanceProfile, LaunchTemplateInstanceMarketOptions, LaunchTemplateMonitoring,
    LaunchTemplateNetworkInterface, LaunchTemplateTagSpecification,
};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::ec2::tagged;

pub async fn create(cx: &Cx, args: &LaunchTemplateArgs) -> Result<String> {
    let made = cx
        .client::<Client>()?
        .create_launch_template()
        .client_token(cx.client_token())
        .launch_template_name(&args.name)
        .set_version_description(args.description.clone())
        .launch_template_data(data(args))
        .tag_specifications(tagged(cx, ResourceType::LaunchTemplate, &args.tags))
        .send()
        .await?;
    Ok(made.launch_template.and_then(|template| template.launch_template_id).unwrap_or_default())
}

/// Adds a version, which has all settings and none of the one before, and gives its number.
pub async fn add_version(cx: &Cx, id: &str, args: &LaunchTemplateArgs) -> Result<i64> {
    let call = cx.client::<Client>()?.create_launch_template_version().launch_template_id(id);
    let call = call.set_version_description(args.description.clone());
    let made = call.launch_template_data(data(args)).send().await?.launch_template_version;
    let number = made.and_then(|version| version.version_number);
    number.ok_or_else(|| Error::new(ErrorKind::Other, "AWS returned no version of the launch template"))
}

fn data(args: &LaunchTemplateArgs) -> RequestLaunchTemplateData {
    let devices = args.block_device_mappings.iter().map(LaunchTemplateBlockDeviceMapping::to_aws);
    let interfaces = args.network_interfaces.iter().map(LaunchTemplateNetworkInterface::to_aws);
    let tags = args.tag_specifications.iter().map(LaunchTemplateTagSpecification::to_aws);
    let shutdown = args.instance_initiated_shutdown_behavior.as_deref();
    RequestLaunchTemplateData::builder()
        .set_block_device_mappings(some(devices.collect()))
        .set_credit_specification(
            args.credit_specification.as_ref().map(LaunchTemplateCreditSpecification::to_aws),
        )
        .set_disable_api_stop(args.disable_api_stop.then_some(true))
        .set_disable_api_termination(args.disable_api_termination.then_some(true))
        .set_ebs_optimized(flag(&args.ebs_optimized))
        .set_iam_instance_profile(
            args.iam_instance_profile.as_ref().map(LaunchTemplateIamInstanceProfile::to_aws),
        )
        .set_image_id(args.image_id.clone())
        .set_instance_initiated_shutdown_behavior(shutdown.map(ShutdownBehavior::from))
        .set_instance_market_options(
            args.instance_market_options.as_ref().map(LaunchTemplateInstanceMarketOptions::to_aws),
        )
        .set_instance_type(args.instance_type.as_deref().map(InstanceType::from))
        .set_key_name(args.key_name.clone())
        .metadata_options(args.metadata_options.to_aws())
        .set_monitoring(args.monitoring.as_ref().map(LaunchTemplateMonitoring::to_aws))
        .set_network_interfaces(some(interfaces.collect()))
        .set_security_group_ids(some(args.vpc_security_group_ids.clone()))
        .set_tag_specifications(some(tags.collect()))
        .set_user_data(args.user_data.as_ref().map(|data| data.trim().to_owned()))
        .build()
}

/// An empty list is none.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
