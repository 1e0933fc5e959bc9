//! The calls that start an instance and change it.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, AttributeValue, BlockDeviceMapping, EbsBlockDevice,
    EbsInstanceBlockDeviceSpecification, HttpTokensState, IamInstanceProfileSpecification,
    InstanceBlockDeviceMappingSpecification, InstanceMetadataEndpointState, InstanceMetadataOptionsRequest,
    InstanceMetadataTagsState, InstanceNetworkInterfaceSpecification, InstanceType, Placement, ResourceType,
    RunInstancesMonitoringEnabled, SecureBlobAttributeValue, ShutdownBehavior, VolumeType,
};
use aws_smithy_types::base64;

use super::{InstanceArgs, InstanceRootBlockDevice, state};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::Update;
use crate::kinds::ec2::{filter, subnet, tagged};

pub async fn run(cx: &Cx, args: &InstanceArgs) -> Result<String> {
    let groups = match &args.security_groups {
        Some(names) => Some(named_groups(cx, args, names).await?),
        None => args.vpc_security_group_ids.clone(),
    };
    let metadata = &args.metadata_options;
    let options = InstanceMetadataOptionsRequest::builder()
        .http_endpoint(InstanceMetadataEndpointState::from(metadata.http_endpoint.as_str()))
        .http_tokens(HttpTokensState::from(metadata.http_tokens.as_str()))
        .set_http_put_response_hop_limit(small(metadata.http_put_response_hop_limit))
        .instance_metadata_tags(InstanceMetadataTagsState::from(metadata.instance_metadata_tags.as_str()));
    let mut call = cx
        .client::<Client>()?
        .run_instances()
        .client_token(cx.client_token())
        .min_count(1)
        .max_count(1)
        .image_id(&args.ami)
        .instance_type(InstanceType::from(args.instance_type.as_str()))
        .disable_api_termination(args.disable_api_termination)
        .set_ebs_optimized(args.ebs_optimized)
        .set_iam_instance_profile(args.iam_instance_profile.as_deref().map(profile))
        .instance_initiated_shutdown_behavior(ShutdownBehavior::from(
            args.instance_initiated_shutdown_behavior.as_str(),
        ))
        .set_key_name(args.key_name.clone())
        .metadata_options(options.build())
        .monitoring(RunInstancesMonitoringEnabled::builder().enabled(args.monitoring).build())
        .set_placement(
            args.availability_zone.as_ref().map(|zone| Placement::builder().availability_zone(zone).build()),
        )
        .set_user_data(user_data(args))
        .block_device_mappings(root(cx, args).await?)
        .tag_specifications(tagged(cx, ResourceType::Instance, &args.tags));
    // A public address is asked for with the network interface, which then has all else of the network.
    call = match args.associate_public_ip_address {
        Some(public) => call.network_interfaces(
            InstanceNetworkInterfaceSpecification::builder()
                .device_index(0)
                .associate_public_ip_address(public)
                .set_groups(groups)
                .set_private_ip_address(args.private_ip.clone())
                .set_subnet_id(args.subnet_id.clone())
                .build(),
        ),
        None => call
            .set_private_ip_address(args.private_ip.clone())
            .set_security_group_ids(groups)
            .set_subnet_id(args.subnet_id.clone()),
    };
    let made = call.send().await.map_err(|error| propagating(error.into()))?;
    let instance = made.instances.unwrap_or_default().into_iter().next();
    Ok(instance.and_then(|instance| instance.instance_id).unwrap_or_default())
}

/// The IDs of security groups that are given by their names, which are unique within a VPC.
async fn named_groups(cx: &Cx, args: &InstanceArgs, names: &[String]) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let vpc = match &args.subnet_id {
        Some(subnet) => subnet::find(cx, subnet).await?.and_then(|subnet| subnet.vpc_id),
        None => {
            let is_default = filter("is-default", ["true".to_owned()]);
            let found = client.describe_vpcs().filters(is_default).send().await?;
            found.vpcs.unwrap_or_default().into_iter().find_map(|vpc| vpc.vpc_id)
        }
    };
    let vpc = vpc.unwrap_or_default();
    let filters = [filter("vpc-id", [vpc.clone()]), filter("group-name", names.to_vec())];
    let pages = client.describe_security_groups().set_filters(Some(filters.into())).into_paginator();
    let found: Vec<types::SecurityGroup> = pages.items().send().try_collect().await?;
    let missing: Vec<&str> = names
        .iter()
        .filter(|name| !found.iter().any(|group| group.group_name() == Some(name.as_str())))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let place = if vpc.is_empty() { "the default VPC, which does not exist".to_owned() } else { vpc };
        let message = format!("there is no security group {} in {place}", missing.join(", "));
        return Err(Error::new(ErrorKind::Invalid, message)
            .with_hint("Give the IDs of the groups in vpcSecurityGroupIds instead."));
    }
    Ok(found.into_iter().filter_map(|group| group.group_id).collect())
}

/// An instance profile that was just made is known to EC2 some seconds later.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html>
fn propagating(error: Error) -> Error {
    match error.to_string().contains("Invalid IAM Instance Profile") {
        true => error.with_kind(ErrorKind::NotReady),
        false => error,
    }
}

/// The root volume, under the name that the AMI gives it.
async fn root(cx: &Cx, args: &InstanceArgs) -> Result<BlockDeviceMapping> {
    let found = cx.client::<Client>()?.describe_images().image_ids(&args.ami).send().await?;
    let image = found.images.unwrap_or_default().into_iter().next();
    let Some(name) = image.and_then(|image| image.root_device_name) else {
        let region = cx.region().unwrap_or("the region");
        let message = format!("there is no AMI {} in {region}", args.ami);
        return Err(Error::new(ErrorKind::Invalid, message).with_hint(
            "AMIs belong to a region: give one of this region, and one that is shared with the account.",
        ));
    };
    let device = &args.root_block_device;
    let volume = EbsBlockDevice::builder()
        .delete_on_termination(device.delete_on_termination)
        .encrypted(device.encrypted)
        .set_iops(small(device.iops))
        .set_kms_key_id(device.kms_key_id.clone())
        .set_throughput(small(device.throughput))
        .set_volume_size(small(device.volume_size))
        .set_volume_type(device.volume_type.as_deref().map(VolumeType::from));
    Ok(BlockDeviceMapping::builder().device_name(name).ebs(volume.build()).build())
}

/// The instance was stopped, changed and started in this operation.
#[derive(Clone)]
struct Restarted;

/// Changes what EC2 changes only while the instance is stopped.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>
pub async fn restart(cx: &Cx, instance: &types::Instance, update: &Update<InstanceArgs>) -> Result<()> {
    let data = update.any(&[InstanceArgs::USER_DATA, InstanceArgs::USER_DATA_BASE64]);
    let kind = update.any(&[InstanceArgs::INSTANCE_TYPE]);
    let optimized = update.any(&[InstanceArgs::EBS_OPTIMIZED]);
    if !(data || kind || optimized) || cx.noted::<Restarted>().is_some() {
        return Ok(());
    }
    let id = instance.instance_id().unwrap_or_default();
    let client = cx.client::<Client>()?;
    match state(instance) {
        "stopped" => {}
        "running" => {
            client.stop_instances().instance_ids(id).send().await?;
            return Err(Error::new(ErrorKind::NotReady, format!("the instance {id} is being stopped")));
        }
        now => return Err(Error::new(ErrorKind::NotReady, format!("the instance {id} is {now}"))),
    }
    let new = &update.new;
    let change = || client.modify_instance_attribute().instance_id(id);
    if kind {
        change().instance_type(text(&new.instance_type)).send().await?;
    }
    if optimized && let Some(wanted) = new.ebs_optimized {
        change().ebs_optimized(flag(wanted)).send().await?;
    }
    if data {
        let bytes = base64::decode(user_data(new).unwrap_or_default().trim()).map_err(|error| {
            Error::new(ErrorKind::Invalid, format!("userDataBase64 is not Base64: {error}"))
        })?;
        let value = SecureBlobAttributeValue::builder().value(Blob::new(bytes)).build();
        change().user_data(value).send().await?;
    }
    client.start_instances().instance_ids(id).send().await?;
    cx.note(Restarted);
    Ok(())
}

/// Changes what EC2 changes while the instance runs.
pub async fn modify(cx: &Cx, instance: &types::Instance, update: &Update<InstanceArgs>) -> Result<()> {
    let id = instance.instance_id().unwrap_or_default();
    let client = cx.client::<Client>()?;
    let new = &update.new;
    let change = || client.modify_instance_attribute().instance_id(id);
    let groups = new.vpc_security_group_ids.clone().filter(|_| new.security_groups.is_none());
    if update.any(&[InstanceArgs::VPC_SECURITY_GROUP_IDS]) && groups.is_some() {
        change().set_groups(groups).send().await?;
    }
    if update.any(&[InstanceArgs::SOURCE_DEST_CHECK]) {
        change().source_dest_check(flag(new.source_dest_check)).send().await?;
    }
    if update.any(&[InstanceArgs::DISABLE_API_TERMINATION]) {
        change().disable_api_termination(flag(new.disable_api_termination)).send().await?;
    }
    if update.any(&[InstanceArgs::INSTANCE_INITIATED_SHUTDOWN_BEHAVIOR]) {
        let behavior = text(&new.instance_initiated_shutdown_behavior);
        change().instance_initiated_shutdown_behavior(behavior).send().await?;
    }
    if update.any(&[InstanceArgs::MONITORING]) {
        match new.monitoring {
            true => drop(client.monitor_instances().instance_ids(id).send().await?),
            false => drop(client.unmonitor_instances().instance_ids(id).send().await?),
        }
    }
    if update.any(&[InstanceArgs::METADATA_OPTIONS]) {
        let options = &new.metadata_options;
        client
            .modify_instance_metadata_options()
            .instance_id(id)
            .http_endpoint(InstanceMetadataEndpointState::from(options.http_endpoint.as_str()))
            .http_tokens(HttpTokensState::from(options.http_tokens.as_str()))
            .set_http_put_response_hop_limit(small(options.http_put_response_hop_limit))
            .instance_metadata_tags(InstanceMetadataTagsState::from(options.instance_metadata_tags.as_str()))
            .send()
            .await?;
    }
    if update.any(&[InstanceArgs::IAM_INSTANCE_PROFILE]) {
        assume(&client, id, new.iam_instance_profile.as_deref()).await?;
    }
    if update.any(&[InstanceArgs::ROOT_BLOCK_DEVICE]) {
        resize(&client, instance, &update.old.root_block_device, &new.root_block_device).await?;
    }
    Ok(())
}

/// Gives the instance another instance profile, or takes it away.
async fn assume(client: &Client, id: &str, wanted: Option<&str>) -> Result<()> {
    let of = super::filter("instance-id", [id.to_owned()]);
    let found = client.describe_iam_instance_profile_associations().filters(of).send().await?;
    let there = found.iam_instance_profile_associations.unwrap_or_default().into_iter();
    let lives = |it: &types::IamInstanceProfileAssociation| {
        it.state().is_some_and(|state| ["associating", "associated"].contains(&state.as_str()))
    };
    let there = there.filter(lives).find_map(|it| it.association_id);
    match (there, wanted) {
        (Some(there), Some(wanted)) => {
            let call = client.replace_iam_instance_profile_association().association_id(there);
            let call = call.iam_instance_profile(profile(wanted));
            call.send().await.map_err(|error| propagating(error.into()))?;
        }
        (None, Some(wanted)) => {
            let call = client.associate_iam_instance_profile().instance_id(id);
            let call = call.iam_instance_profile(profile(wanted));
            call.send().await.map_err(|error| propagating(error.into()))?;
        }
        (Some(there), None) => {
            client.disassociate_iam_instance_profile().association_id(there).send().await?;
        }
        (None, None) => {}
    }
    Ok(())
}

/// Changes the root volume: its size and speed, and whether it goes with the instance.
async fn resize(
    client: &Client,
    instance: &types::Instance,
    old: &InstanceRootBlockDevice,
    new: &InstanceRootBlockDevice,
) -> Result<()> {
    let Some((name, volume)) = super::from_aws::root(instance) else { return Ok(()) };
    let speed = |device: &InstanceRootBlockDevice| {
        (device.volume_size, device.volume_type.clone(), device.iops, device.throughput)
    };
    if speed(old) != speed(new) {
        client
            .modify_volume()
            .volume_id(volume)
            .set_size(small(new.volume_size))
            .set_volume_type(new.volume_type.as_deref().map(VolumeType::from))
            .set_iops(small(new.iops))
            .set_throughput(small(new.throughput))
            .send()
            .await?;
    }
    if old.delete_on_termination != new.delete_on_termination {
        let ebs = EbsInstanceBlockDeviceSpecification::builder();
        let ebs = ebs.delete_on_termination(new.delete_on_termination).build();
        let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name(name).ebs(ebs).build();
        let id = instance.instance_id().unwrap_or_default();
        client.modify_instance_attribute().instance_id(id).block_device_mappings(mapping).send().await?;
    }
    Ok(())
}

/// The user data as Base64.
fn user_data(args: &InstanceArgs) -> Option<String> {
    args.user_data.as_ref().map(base64::encode).or_else(|| args.user_data_base64.clone())
}

fn profile(name: &str) -> IamInstanceProfileSpecification {
    match name.starts_with("arn:") {
        true => IamInstanceProfileSpecification::builder().arn(name).build(),
        false => IamInstanceProfileSpecification::builder().name(name).build(),
    }
}

fn flag(value: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(value).build()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::builder().value(value).build()
}

fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}
