//! What instances are launched with, in versions.

mod from_aws;
mod parts;
mod rules;
mod to_aws;

pub use parts::*;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types;

use super::instance::{check_ami, check_type};
use super::{Ec2Tags, left_behind, unsupported};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Prop};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>
const TEMPLATE: NameRule = NameRule {
    what: "launch template",
    min: 3,
    max: 128,
    alphabet: Alphabet {
        words: "letters, digits and ( ) . - / _",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "().-/_".contains(c),
    },
    ..PLAIN
};

/// An EC2 launch template, for the instances of an Auto Scaling group. A change adds a version,
/// which becomes the default version if `updateDefaultVersion` is `true`.
#[derive(Clone, Debug, Model)]
pub struct LaunchTemplateArgs {
    /// The volumes of the instance, in addition to those of the AMI or in place of them.
    #[model(in_place, default = [])]
    pub block_device_mappings: Vec<LaunchTemplateBlockDeviceMapping>,
    /// The CPU credit option of burstable instances. Defaults to the mode of the instance type.
    #[model(in_place)]
    pub credit_specification: Option<LaunchTemplateCreditSpecification>,
    /// The number of the default version. If omitted, the first version stays the default version.
    /// Conflicts with `updateDefaultVersion`.
    #[model(in_place, aws_default, told, follows = [LaunchTemplateArgs::UPDATE_DEFAULT_VERSION], range = 1..=10_000)]
    pub default_version: Option<i64>,
    /// The description of the version.
    #[model(in_place, length = 1..=255)]
    pub description: Option<String>,
    /// Whether AWS refuses API requests to stop the instances.
    #[model(in_place, default = false)]
    pub disable_api_stop: bool,
    /// Whether AWS refuses API requests to terminate the instances. Auto Scaling can still
    /// terminate them.
    #[model(in_place, default = false)]
    pub disable_api_termination: bool,
    /// Whether instances have dedicated throughput to EBS. Defaults to the setting of the instance
    /// type.
    #[model(in_place, one_of = ["true", "false"])]
    pub ebs_optimized: Option<String>,
    /// The instance profile, whose role provides credentials to applications on the instance.
    #[model(in_place)]
    pub iam_instance_profile: Option<LaunchTemplateIamInstanceProfile>,
    /// The ID of the AMI, or `resolve:ssm:` with the name of a parameter that holds it.
    #[model(in_place, check = check_ami)]
    pub image_id: Option<String>,
    /// Whether an instance stops or terminates when its operating system shuts down. Defaults to
    /// `stop`.
    #[model(in_place, one_of = ["stop", "terminate"])]
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// The purchase option of the instances. Defaults to On-Demand Instances.
    #[model(in_place)]
    pub instance_market_options: Option<LaunchTemplateInstanceMarketOptions>,
    /// The instance type, such as `t4g.small`.
    #[model(in_place, check = check_type)]
    pub instance_type: Option<String>,
    /// The name of the key pair for SSH.
    #[model(in_place)]
    pub key_name: Option<String>,
    /// The options of the instance metadata service. If omitted, requests require session tokens
    /// (IMDSv2).
    #[model(in_place, default = {})]
    pub metadata_options: LaunchTemplateMetadataOptions,
    /// Whether detailed monitoring is enabled, with metrics every minute. AWS charges for it.
    #[model(in_place)]
    pub monitoring: Option<LaunchTemplateMonitoring>,
    /// The name of the launch template.
    #[model(replace, autoname)]
    pub name: String,
    /// The network interfaces of the instance. Conflicts with `vpcSecurityGroupIds`.
    #[model(in_place, default = [])]
    pub network_interfaces: Vec<LaunchTemplateNetworkInterface>,
    /// The tags of the resources that are created with an instance, by type of resource.
    #[model(in_place, default = [])]
    pub tag_specifications: Vec<LaunchTemplateTagSpecification>,
    /// The tags of the launch template.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// Whether each new version becomes the default version. Conflicts with `defaultVersion`.
    #[model(in_place, default = false, write_only)]
    pub update_default_version: bool,
    /// The user data in Base64, such as a script that runs at the first start. At most 16 KB.
    /// Anyone with access to the instance can read it: keep secrets in Secrets Manager.
    #[model(in_place, check = rules::check_user_data)]
    pub user_data: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(in_place, set, default = [], check = ids::security_group)]
    pub vpc_security_group_ids: Vec<String>,
}

/// What AWS says of a launch template.
#[derive(Clone, Debug, Model)]
pub struct LaunchTemplateState {
    /// The ARN of the launch template.
    pub arn: String,
    /// The number of the latest version.
    #[model(in_place)]
    pub latest_version: i64,
}

/// What instances are launched with.
pub struct LaunchTemplate;

/// What is no part of a version.
const BESIDE: &[Prop<LaunchTemplateArgs>] = &[
    LaunchTemplateArgs::DEFAULT_VERSION,
    LaunchTemplateArgs::UPDATE_DEFAULT_VERSION,
    LaunchTemplateArgs::TAGS,
];

impl Kind for LaunchTemplate {
    const TOKEN: &'static str = "agentic:ec2:LaunchTemplate";
    const ID: &'static str = "the ID of the launch template, such as `lt-0a1b2c3d4e5f67890`";
    const NAME: Option<&'static NameRule> = Some(&TEMPLATE);
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:CreateLaunchTemplate",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeTags",
            "iam:PassRole",
        ],
        read: &["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"],
        update: &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "iam:PassRole"],
        delete: &["ec2:DeleteLaunchTemplate"],
    };

    const UNSUPPORTED: &'static [Unsupported] = unsupported::LAUNCH_TEMPLATE;

    type Args = LaunchTemplateArgs;
    type State = LaunchTemplateState;

    fn rules(args: &LaunchTemplateInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &LaunchTemplateArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "launch template", args).await? {
            return Ok(id);
        }
        match to_aws::create(cx, args).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let Some(id) = named(cx, &args.name).await? else { return Err(error) };
                claim::<Self>(cx, &id, args, error, "launch template").await
            }
            made => made,
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(template) = find(cx, id).await? else { return Ok(None) };
        let call = cx.client::<Client>()?.describe_launch_template_versions().launch_template_id(id);
        let Some(answer) = found(call.versions("$Latest").send().await)? else { return Ok(None) };
        let version = answer.launch_template_versions.unwrap_or_default().into_iter().next();
        let account = cx.aws.account_id().await?;
        let arn = cx.arn("ec2", &account, &format!("launch-template/{id}"));
        Ok(version.map(|version| from_aws::live(template, version, arn)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<LaunchTemplateArgs>) -> Result<()> {
        let new = &update.new;
        let added = match update.any_but(BESIDE) {
            true => Some(to_aws::add_version(cx, id, new).await?),
            false => None,
        };
        let latest = || async { Ok::<_, Error>(find(cx, id).await?.and_then(|it| it.latest_version_number)) };
        let default = match (new.update_default_version, added) {
            (true, Some(added)) => Some(added),
            (true, None) if update.any(&[LaunchTemplateArgs::UPDATE_DEFAULT_VERSION]) => latest().await?,
            (false, _) if update.any(&[LaunchTemplateArgs::DEFAULT_VERSION]) => new.default_version,
            _ => None,
        };
        if let Some(version) = default {
            let call = cx.client::<Client>()?.modify_launch_template().launch_template_id(id);
            call.default_version(version.to_string()).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &LaunchTemplateArgs) -> Result<()> {
        cx.client::<Client>()?.delete_launch_template().launch_template_id(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::LaunchTemplate>> {
    let call = cx.client::<Client>()?.describe_launch_templates().launch_template_ids(id);
    let found = found(call.send().await)?;
    Ok(found.and_then(|answer| answer.launch_templates.unwrap_or_default().into_iter().next()))
}

async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let call = cx.client::<Client>()?.describe_launch_templates().launch_template_names(name);
    let found = found(call.send().await)?;
    let template = found.and_then(|answer| answer.launch_templates.unwrap_or_default().into_iter().next());
    Ok(template.and_then(|template| template.launch_template_id))
}
