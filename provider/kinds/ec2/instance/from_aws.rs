//! An instance as AWS has it.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::types::{self, InstanceAttributeName};
use aws_smithy_types::base64;

use super::{
    Instance, InstanceArgs, InstanceMetadataOptions, InstanceObserved, InstanceRootBlockDevice,
    InstanceState, find, state,
};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::Live;
use crate::kinds::ec2::{filter, find_by_id, tag_map};

pub async fn live(cx: &Cx, id: &str, asked: Option<&InstanceArgs>) -> Result<Option<Live<Instance>>> {
    let Some(instance) = find(cx, id).await? else { return Ok(None) };
    // AWS shows for about an hour what is terminated.
    if state(&instance) == "terminated" {
        return Ok(None);
    }
    let (data, protected, behavior, volume) = futures::try_join!(
        attribute(cx, id, InstanceAttributeName::UserData),
        attribute(cx, id, InstanceAttributeName::DisableApiTermination),
        attribute(cx, id, InstanceAttributeName::InstanceInitiatedShutdownBehavior),
        volume(cx, &instance),
    )?;
    let data = data.user_data().and_then(|data| data.value()).unwrap_or_default().trim().to_owned();
    let text = base64::decode(&data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let as_base64 = asked.is_some_and(|asked| asked.user_data_base64.is_some());
    let (user_data, user_data_base64) = match text {
        _ if data.is_empty() => (None, None),
        Some(text) if !as_base64 => (Some(text), None),
        _ => (None, Some(data)),
    };
    let groups = instance.security_groups().iter().filter_map(|group| group.group_id.clone());
    let names = instance.security_groups().iter().filter_map(|group| group.group_name.clone());
    let profile = instance.iam_instance_profile().and_then(|profile| profile.arn());
    // The program says the name or the ARN.
    let as_arn = asked.and_then(|asked| asked.iam_instance_profile.as_deref());
    let profile = profile.map(|arn| match as_arn.is_some_and(|asked| asked.starts_with("arn:")) {
        true => arn.to_owned(),
        false => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
    });
    let zone = instance.placement().and_then(|placement| placement.availability_zone.clone());
    let monitors = instance.monitoring().and_then(|monitoring| monitoring.state());
    let account = cx.aws.account_id().await?;
    Ok(Some(Live {
        args: InstanceObserved {
            ami: instance.image_id.clone(),
            associate_public_ip_address: None,
            availability_zone: Some(zone),
            disable_api_termination: protected.disable_api_termination().and_then(|it| it.value),
            ebs_optimized: Some(instance.ebs_optimized),
            iam_instance_profile: Some(profile),
            instance_initiated_shutdown_behavior: behavior
                .instance_initiated_shutdown_behavior()
                .and_then(|it| it.value.clone()),
            instance_type: instance.instance_type().map(|kind| kind.as_str().to_owned()),
            key_name: Some(instance.key_name.clone()),
            metadata_options: instance.metadata_options().map(metadata),
            monitoring: monitors.map(|state| ["enabled", "pending"].contains(&state.as_str())),
            private_ip: Some(instance.private_ip_address.clone()),
            root_block_device: volume.as_ref().map(|volume| device(&instance, volume)),
            security_groups: Some(Some(names.collect())),
            source_dest_check: instance.source_dest_check,
            subnet_id: Some(instance.subnet_id.clone()),
            tags: Some(tag_map(instance.tags())),
            user_data: Some(user_data),
            user_data_base64: Some(user_data_base64),
            user_data_replace_on_change: None,
            vpc_security_group_ids: Some(Some(groups.collect())),
        },
        state: InstanceState {
            arn: cx.arn("ec2", &account, &format!("instance/{id}")),
            instance_state: state(&instance).to_owned(),
            primary_network_interface_id: primary(&instance).unwrap_or_default().to_owned(),
            private_dns: instance.private_dns_name.clone().unwrap_or_default(),
            public_dns: instance.public_dns_name.clone().unwrap_or_default(),
            public_ip: instance.public_ip_address.clone().unwrap_or_default(),
            root_volume_id: root(&instance).map(|(_, volume)| volume.to_owned()).unwrap_or_default(),
        },
    }))
}

/// The name of the root device, and the ID of its volume.
pub fn root(instance: &types::Instance) -> Option<(&str, &str)> {
    let name = instance.root_device_name()?;
    let mut devices = instance.block_device_mappings().iter();
    let device = devices.find(|device| device.device_name() == Some(name))?;
    Some((name, device.ebs()?.volume_id()?))
}

async fn attribute(
    cx: &Cx,
    id: &str,
    name: InstanceAttributeName,
) -> Result<DescribeInstanceAttributeOutput> {
    let call = cx.client::<Client>()?.describe_instance_attribute().instance_id(id).attribute(name);
    Ok(call.send().await?)
}

async fn volume(cx: &Cx, instance: &types::Instance) -> Result<Option<types::Volume>> {
    let Some((_, id)) = root(instance) else { return Ok(None) };
    find_by_id(cx, id, types::Volume::volume_id, |client, ids| async move {
        let pages = client.describe_volumes().filters(filter("volume-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

fn device(instance: &types::Instance, volume: &types::Volume) -> InstanceRootBlockDevice {
    let name = instance.root_device_name();
    let mut devices = instance.block_device_mappings().iter();
    let attached = devices.find(|device| device.device_name() == name).and_then(|device| device.ebs());
    let large = |number: Option<i32>| number.filter(|number| *number > 0).map(i64::from);
    InstanceRootBlockDevice {
        delete_on_termination: attached.and_then(|ebs| ebs.delete_on_termination).unwrap_or(true),
        encrypted: volume.encrypted.unwrap_or_default(),
        iops: large(volume.iops),
        kms_key_id: volume.kms_key_id.clone(),
        throughput: large(volume.throughput),
        volume_size: large(volume.size),
        volume_type: volume.volume_type().map(|kind| kind.as_str().to_owned()),
    }
}

fn metadata(options: &types::InstanceMetadataOptionsResponse) -> InstanceMetadataOptions {
    let of = |value: Option<&str>, default: &str| value.unwrap_or(default).to_owned();
    InstanceMetadataOptions {
        http_endpoint: of(options.http_endpoint().map(|it| it.as_str()), "enabled"),
        http_put_response_hop_limit: options.http_put_response_hop_limit.map(i64::from),
        http_tokens: of(options.http_tokens().map(|it| it.as_str()), "required"),
        instance_metadata_tags: of(options.instance_metadata_tags().map(|it| it.as_str()), "disabled"),
    }
}

fn primary(instance: &types::Instance) -> Option<&str> {
    let mut interfaces = instance.network_interfaces().iter();
    let first =
        |it: &&types::InstanceNetworkInterface| it.attachment().and_then(|it| it.device_index) == Some(0);
    interfaces.find(first)?.network_interface_id()
}
