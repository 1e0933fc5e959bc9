//! What is legal for a launch template.

use aws_smithy_types::base64;

use super::{
    LaunchTemplateArgs, LaunchTemplateBlockDeviceMapping, LaunchTemplateEbs,
    LaunchTemplateIamInstanceProfile, LaunchTemplateInputs,
};
use crate::model::{Failures, Path};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html>
pub fn check(args: &LaunchTemplateInputs, failures: &mut Failures) {
    if args.update_default_version.get() == Some(&true) && args.default_version.is_set() {
        let reason = "conflicts with updateDefaultVersion; give only one of them";
        failures.add(LaunchTemplateArgs::DEFAULT_VERSION, reason);
    }
    let has_interfaces = args.network_interfaces.get().is_some_and(|list| !list.is_empty());
    if has_interfaces && args.vpc_security_group_ids.get().is_some_and(|list| !list.is_empty()) {
        let reason = "conflicts with networkInterfaces; give securityGroups of the network interface instead";
        failures.add(LaunchTemplateArgs::VPC_SECURITY_GROUP_IDS, reason);
    }
    if let Some(profile) = args.iam_instance_profile.get() {
        let at = Path::from(LaunchTemplateArgs::IAM_INSTANCE_PROFILE);
        if profile.arn.get().is_some() && profile.name.get().is_some() {
            let reason = "conflicts with arn; give only one of them";
            failures.add(at.key(LaunchTemplateIamInstanceProfile::NAME), reason);
        }
        if !profile.arn.is_set() && !profile.name.is_set() {
            let reason = "is missing; give the name of the instance profile, or its arn";
            failures.add(at.key(LaunchTemplateIamInstanceProfile::NAME), reason);
        }
    }
    check_volumes(args, failures);
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html>
fn check_volumes(args: &LaunchTemplateInputs, failures: &mut Failures) {
    let Some(devices) = args.block_device_mappings.get() else { return };
    for (index, device) in devices.iter().enumerate() {
        let Some(ebs) = device.get().and_then(|device| device.ebs.get()) else { continue };
        let at = Path::from(LaunchTemplateArgs::BLOCK_DEVICE_MAPPINGS).index(index);
        let at = at.key(LaunchTemplateBlockDeviceMapping::EBS);
        let kind = ebs.volume_type.get().map(String::as_str);
        if ebs.throughput.get().is_some() && kind.is_some_and(|kind| kind != "gp3") {
            let reason = "is only for gp3 volumes; leave it out, or give volumeType \"gp3\"";
            failures.add(at.key(LaunchTemplateEbs::THROUGHPUT), reason);
        }
        if ebs.iops.get().is_some() && kind.is_some_and(|kind| !["gp3", "io1", "io2"].contains(&kind)) {
            let reason = "is only for gp3, io1 and io2 volumes; leave it out, or give another volumeType";
            failures.add(at.key(LaunchTemplateEbs::IOPS), reason);
        }
        if kind.is_some_and(|kind| kind.starts_with("io")) && !ebs.iops.is_set() {
            failures.add(at.key(LaunchTemplateEbs::IOPS), "is missing; io1 and io2 volumes need it");
        }
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html>
pub fn check_user_data(text: &str) -> Result<(), String> {
    match base64::decode(text.trim()) {
        Ok(bytes) if bytes.len() > 16 * 1024 => {
            let length = bytes.len();
            Err(format!("has {length} bytes; EC2 takes at most 16384, so load the rest from S3"))
        }
        Ok(_) => Ok(()),
        Err(_) => Err("is not Base64; encode the script, as `base64 -w0` does".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::Kind;
    use crate::kinds::ec2::LaunchTemplate;
    use crate::model::{Model, Value};
    use serde_json::json;

    fn told(given: serde_json::Value) -> String {
        let mut failures = Failures::new();
        let input = LaunchTemplateArgs::read(Value::from_json(&given).as_object().unwrap(), &mut failures);
        LaunchTemplate::rules(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_ec2_refuses_is_told_before() {
        assert_eq!(told(json!({"userData": "IyEvYmluL3NoCg==", "iamInstanceProfile": {"name": "host"}})), "");
        for (given, part) in [
            (json!({"userData": "#!/bin/sh"}), "userData: is not Base64"),
            (json!({"userData": base64::encode("x".repeat(17_000))}), "at most 16384"),
            (json!({"defaultVersion": 2, "updateDefaultVersion": true}), "defaultVersion: conflicts"),
            (
                json!({"networkInterfaces": [{}], "vpcSecurityGroupIds": ["sg-1"]}),
                "vpcSecurityGroupIds: conflicts with networkInterfaces",
            ),
            (json!({"iamInstanceProfile": {}}), "iamInstanceProfile.name: is missing"),
            (
                json!({"blockDeviceMappings": [{"ebs": {"volumeType": "gp2", "throughput": 250}}]}),
                "blockDeviceMappings[0].ebs.throughput: is only for gp3",
            ),
            (json!({"blockDeviceMappings": [{"ebs": {"volumeType": "io2"}}]}), "ebs.iops: is missing"),
            (json!({"imageId": "amzn2"}), "imageId: is \"amzn2\""),
        ] {
            let all = told(given.clone());
            assert!(all.contains(part), "{given}: {all}");
        }
    }
}
