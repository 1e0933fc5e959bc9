//! A virtual server.

mod from_aws;
mod to_aws;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types;

use super::{Ec2Tags, filter, find_by_id, left_behind};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update};
use crate::model::{Failures, Model, Path, Prop};

/// The options of the instance metadata service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InstanceMetadataOptions {
    /// Whether the metadata service is reachable.
    #[model(default = "enabled", one_of = ["enabled", "disabled"])]
    pub http_endpoint: String,
    /// The maximum number of network hops of a response. Containers on the instance require 2.
    #[model(aws_default, range = 1..=64)]
    pub http_put_response_hop_limit: Option<i64>,
    /// Whether each request requires a session token (IMDSv2).
    #[model(default = "required", one_of = ["required", "optional"])]
    pub http_tokens: String,
    /// Whether the tags of the instance can be read from its metadata.
    #[model(default = "disabled", one_of = ["disabled", "enabled"])]
    pub instance_metadata_tags: String,
}

/// The root volume of an instance.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InstanceRootBlockDevice {
    /// Whether the volume is deleted together with the instance.
    #[model(default = true)]
    pub delete_on_termination: bool,
    /// Whether the volume is encrypted.
    #[model(default = true)]
    pub encrypted: bool,
    /// The provisioned I/O operations per second (IOPS). Only for `gp3`, `io1` and `io2`.
    #[model(aws_default, range = 100..=256_000)]
    pub iops: Option<i64>,
    /// The KMS key that encrypts the volume: its ARN, ID or alias. Defaults to the default KMS key
    /// for EBS encryption of the account.
    #[model(aws_default)]
    pub kms_key_id: Option<String>,
    /// The throughput in MiB per second. Only for `gp3`.
    #[model(aws_default, range = 125..=2_000)]
    pub throughput: Option<i64>,
    /// The size of the volume in GiB. Defaults to the size in the AMI. A volume can grow but not
    /// shrink: a value below the current size changes nothing.
    #[model(aws_default, floor, range = 1..=65_536)]
    pub volume_size: Option<i64>,
    /// The type of the volume. Defaults to the type in the AMI.
    #[model(aws_default, one_of = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"])]
    pub volume_type: Option<String>,
}

/// An EC2 instance, such as a bastion host or a container instance of ECS. A change of the instance
/// type, the user data or `ebsOptimized` stops and restarts the instance.
#[derive(Clone, Debug, Model)]
pub struct InstanceArgs {
    /// The ID of the AMI. A change replaces the instance.
    #[model(replace, optional_type, check = check_ami)]
    pub ami: String,
    /// Whether the instance gets a public IPv4 address. If omitted, the setting of the subnet applies.
    #[model(replace, write_only)]
    pub associate_public_ip_address: Option<bool>,
    /// The Availability Zone. Defaults to that of the subnet.
    #[model(replace, aws_default, told)]
    pub availability_zone: Option<String>,
    /// Whether AWS refuses to terminate the instance. To delete it, set this to `false` and run
    /// `pulumi up` first.
    #[model(in_place, default = false)]
    pub disable_api_termination: bool,
    /// Whether the instance has dedicated throughput to EBS. Defaults to the setting of the
    /// instance type.
    #[model(in_place, aws_default)]
    pub ebs_optimized: Option<bool>,
    /// The name of the instance profile, whose role provides credentials to applications on the
    /// instance.
    #[model(in_place)]
    pub iam_instance_profile: Option<String>,
    /// Whether the instance stops or terminates when its operating system shuts down.
    #[model(in_place, default = "stop", one_of = ["stop", "terminate"])]
    pub instance_initiated_shutdown_behavior: String,
    /// The instance type, such as `t4g.small`. A change stops and restarts the instance.
    #[model(in_place, optional_type, check = check_type)]
    pub instance_type: String,
    /// The name of the key pair for SSH.
    #[model(replace)]
    pub key_name: Option<String>,
    /// The options of the instance metadata service. If omitted, requests require session tokens
    /// (IMDSv2).
    #[model(in_place, default = {})]
    pub metadata_options: InstanceMetadataOptions,
    /// Whether detailed monitoring is enabled, with metrics every minute instead of every five minutes.
    /// AWS charges for it.
    #[model(in_place, default = false)]
    pub monitoring: bool,
    /// The private IPv4 address. If omitted, AWS chooses an address of the subnet.
    #[model(replace, aws_default, told)]
    pub private_ip: Option<String>,
    /// The root volume.
    #[model(in_place, default = {})]
    pub root_block_device: InstanceRootBlockDevice,
    /// The names of the security groups, in the VPC of the subnet. Conflicts with
    /// `vpcSecurityGroupIds`. A change replaces the instance.
    #[model(replace, set, aws_default, told, follows = [InstanceArgs::VPC_SECURITY_GROUP_IDS], check = check_group_name)]
    pub security_groups: Option<Vec<String>>,
    /// Whether the instance accepts only traffic that is addressed to it. Set this to `false` for NAT.
    #[model(in_place, default = true)]
    pub source_dest_check: bool,
    /// The ID of the subnet. Defaults to a default subnet of the default VPC.
    #[model(replace, aws_default, told, check = ids::subnet)]
    pub subnet_id: Option<String>,
    /// The tags of the instance.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The user data, such as a script that runs at the first start. At most 16 KB. Anyone with
    /// access to the instance can read it: keep secrets in Secrets Manager.
    #[model(in_place, check = check_user_data)]
    pub user_data: Option<String>,
    /// The user data in Base64, for data that is not text.
    #[model(in_place)]
    pub user_data_base64: Option<String>,
    /// Whether a change of the user data replaces the instance, so that the user data runs again.
    #[model(in_place, write_only, default = false)]
    pub user_data_replace_on_change: bool,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, follows = [InstanceArgs::SECURITY_GROUPS], check = ids::security_group)]
    pub vpc_security_group_ids: Option<Vec<String>>,
}

/// What AWS says of an instance.
#[derive(Clone, Debug, Model)]
pub struct InstanceState {
    /// The ARN of the instance.
    pub arn: String,
    /// The state of the instance, such as `running`.
    #[model(in_place)]
    pub instance_state: String,
    /// The ID of the primary network interface.
    pub primary_network_interface_id: String,
    /// The private DNS name.
    pub private_dns: String,
    /// The public DNS name, if there is one.
    #[model(in_place)]
    pub public_dns: String,
    /// The public IPv4 address, if there is one. It changes when the instance is stopped and started.
    #[model(in_place)]
    pub public_ip: String,
    /// The ID of the root volume.
    pub root_volume_id: String,
}

/// A virtual server.
pub struct Instance;

impl Kind for Instance {
    const TOKEN: &'static str = "agentic:ec2:Instance";
    const ID: &'static str = "the ID of the instance, such as `i-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:RunInstances",
            "ec2:DescribeImages",
            "ec2:DescribeInstances",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeTags",
            "ec2:DescribeVpcs",
            "iam:PassRole",
        ],
        read: &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute", "ec2:DescribeVolumes"],
        update: &[
            "ec2:DescribeSecurityGroups",
            "ec2:AssociateIamInstanceProfile",
            "ec2:DescribeIamInstanceProfileAssociations",
            "ec2:DisassociateIamInstanceProfile",
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceMetadataOptions",
            "ec2:ModifyVolume",
            "ec2:MonitorInstances",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:UnmonitorInstances",
        ],
        delete: &["ec2:TerminateInstances", "ec2:DescribeInstances"],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the instance is running", usual: [10, 60], budget: Duration::from_secs(10 * 60) });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the instance is terminated",
        usual: [20, 120],
        budget: Duration::from_secs(20 * 60),
    });
    // A stop may take as long as programs on the instance need.
    const PATIENCE: Duration = Duration::from_secs(10 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::INSTANCE;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(InstanceArgs::VPC_SECURITY_GROUP_IDS);

    type Args = InstanceArgs;
    type State = InstanceState;

    fn rules(args: &InstanceInputs, failures: &mut Failures) {
        if args.user_data.is_set() && args.user_data_base64.is_set() {
            let reason = "conflicts with userData; give only one of them";
            failures.add(InstanceArgs::USER_DATA_BASE64, reason);
        }
        if args.security_groups.is_set() && args.vpc_security_group_ids.is_set() {
            let reason = "conflicts with vpcSecurityGroupIds; give only one of them";
            failures.add(InstanceArgs::SECURITY_GROUPS, reason);
        }
        let Some(device) = args.root_block_device.get() else { return };
        let kind = device.volume_type.get().map(String::as_str);
        let at = Path::from(InstanceArgs::ROOT_BLOCK_DEVICE);
        if device.throughput.get().is_some() && kind.is_some_and(|kind| kind != "gp3") {
            let reason = "is only for gp3 volumes; leave it out, or give volumeType \"gp3\"";
            failures.add(at.key(InstanceRootBlockDevice::THROUGHPUT), reason);
        }
        let provisions = |kind: &str| ["gp3", "io1", "io2"].contains(&kind);
        if device.iops.get().is_some() && kind.is_some_and(|kind| !provisions(kind)) {
            let reason = "is only for gp3, io1 and io2 volumes; leave it out, or give another volumeType";
            failures.add(at.key(InstanceRootBlockDevice::IOPS), reason);
        }
        if kind.is_some_and(|kind| kind.starts_with("io")) && !device.iops.is_set() {
            failures.add(at.key(InstanceRootBlockDevice::IOPS), "is missing; io1 and io2 volumes need it");
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        if review.new.user_data_replace_on_change.get() == Some(&true) {
            review.replace(InstanceArgs::USER_DATA);
            review.replace(InstanceArgs::USER_DATA_BASE64);
        }
        // The same groups may be given by their names instead.
        if review.new.security_groups.is_set() {
            review.forget(InstanceArgs::VPC_SECURITY_GROUP_IDS);
        }
        let fixed = |inputs: &InstanceInputs| {
            let device = inputs.root_block_device.get()?;
            Some((device.encrypted.get().copied()?, device.kms_key_id.get().cloned()))
        };
        if review.changes(InstanceArgs::ROOT_BLOCK_DEVICE) && fixed(review.old) != fixed(review.new) {
            review.replace(InstanceArgs::ROOT_BLOCK_DEVICE);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &InstanceArgs) -> Result<String> {
        match left_behind::<Self>(cx, "instance", args).await? {
            Some(id) => Ok(id),
            None => to_aws::run(cx, args).await,
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &InstanceArgs) -> Result<Poll> {
        let Some(instance) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match state(&instance) {
            // One that somebody has stopped stays so.
            "running" | "stopped" => Poll::Ready(()),
            now @ ("shutting-down" | "terminated") => Poll::Failed(ended(&instance, now)),
            now => Poll::Pending(now.to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        from_aws::live(cx, id, None).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &InstanceArgs) -> Result<Option<Live<Self>>> {
        from_aws::live(cx, id, Some(old)).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<InstanceArgs>) -> Result<()> {
        let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
        to_aws::restart(cx, &instance, update).await?;
        to_aws::modify(cx, &instance, update).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &InstanceArgs) -> Result<()> {
        cx.client::<Client>()?.terminate_instances().instance_ids(id).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &InstanceArgs) -> Result<Poll> {
        Ok(match find(cx, id).await?.as_ref().map(state) {
            None | Some("terminated") => Poll::Ready(()),
            Some(now) => Poll::Pending(now.to_owned()),
        })
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::Instance>> {
    find_by_id(cx, id, types::Instance::instance_id, |client, ids| async move {
        let pages = client.describe_instances().filters(filter("instance-id", ids)).into_paginator();
        let found: Vec<types::Reservation> = pages.items().send().try_collect().await?;
        Ok(found.into_iter().flat_map(|it| it.instances.unwrap_or_default()).collect())
    })
    .await
}

fn state(instance: &types::Instance) -> &str {
    instance.state().and_then(|state| state.name()).map_or("not visible yet", |name| name.as_str())
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no instance {id}"))
}

/// Why an instance did not stay.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html>
fn ended(instance: &types::Instance, now: &str) -> Error {
    let id = instance.instance_id().unwrap_or_default();
    let reason = instance.state_reason().and_then(|reason| reason.message());
    let reason = reason.or(instance.state_transition_reason()).filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or("AWS gives no reason").trim_end_matches('.').to_owned();
    Error::new(ErrorKind::Failed, format!("the instance {id} is {now}: {reason}"))
        .with_hint("Resolve the cause, and run `pulumi up` again.")
}

pub(super) fn check_ami(id: &str) -> Result<(), String> {
    match id.starts_with("ami-") || id.starts_with("resolve:ssm:") {
        true => Ok(()),
        false => Err(format!("is {id:?}; give the ID of an AMI, such as ami-0a1b2c3d4e5f67890")),
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
fn check_group_name(name: &str) -> Result<(), String> {
    match name.starts_with("sg-") {
        true => Err(format!("is {name:?}, which is an ID; give it in vpcSecurityGroupIds")),
        false => Ok(()),
    }
}

pub(super) fn check_type(kind: &str) -> Result<(), String> {
    match kind.split_once('.') {
        Some((family, size)) if !family.is_empty() && !size.is_empty() => Ok(()),
        _ => Err(format!("is {kind:?}; give an instance type, such as t4g.small")),
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html>
fn check_user_data(text: &str) -> Result<(), String> {
    match text.len() {
        length if length > 16 * 1024 => {
            Err(format!("has {length} bytes; EC2 takes at most 16384, so load the rest from S3"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn told(given: serde_json::Value) -> String {
        let mut all = json!({"ami": "ami-1", "instanceType": "t4g.small"});
        for (key, value) in given.as_object().unwrap() {
            all[key] = value.clone();
        }
        let mut failures = Failures::new();
        let fields = Value::from_json(&all).as_object().unwrap().clone();
        let input = InstanceArgs::read(&fields, &mut failures);
        Instance::rules(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_ec2_refuses_is_told_before() {
        assert_eq!(told(json!({})), "");
        assert_eq!(told(json!({"rootBlockDevice": {"volumeType": "gp3", "throughput": 250}})), "");
        for (given, part) in [
            (json!({"ami": "amzn2"}), "ami: is \"amzn2\""),
            (json!({"instanceType": "large"}), "t4g.small"),
            (json!({"userData": "a", "userDataBase64": "YQ=="}), "userDataBase64: conflicts"),
            (json!({"securityGroups": ["sg-0a1b2c"]}), "securityGroups[0]: is \"sg-0a1b2c\", which is an ID"),
            (
                json!({"securityGroups": ["web"], "vpcSecurityGroupIds": ["sg-1"]}),
                "securityGroups: conflicts",
            ),
            (json!({"userData": "x".repeat(17_000)}), "at most 16384"),
            (
                json!({"rootBlockDevice": {"volumeType": "gp2", "throughput": 250}}),
                "rootBlockDevice.throughput",
            ),
            (json!({"rootBlockDevice": {"volumeType": "io2"}}), "rootBlockDevice.iops: is missing"),
        ] {
            let all = told(given.clone());
            assert!(all.contains(part), "{given}: {all}");
        }
    }
}
