//! The look-up of an image for EC2 instances.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Image;
use regex_lite::Regex;

use super::search::{LookUpFilter, Search};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;
use crate::engine::unsupported::Unsupported;
use crate::kinds::Function;
use crate::model::{Failures, Model};

/// Gets the Amazon Machine Image (AMI) that matches all of the arguments. It is an error if no image
/// matches, or more than one unless `mostRecent` is `true`.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetAmiArgs {
    /// The accounts with explicit launch permission for the image: IDs, `self` or `all`.
    #[model(default = [])]
    pub executable_users: Vec<String>,
    /// Filters of the API operation DescribeImages.
    #[model(default = [])]
    pub filters: Vec<LookUpFilter>,
    /// Whether deprecated images match as well.
    #[model(default = false)]
    pub include_deprecated: bool,
    /// Whether to get the most recent of several matching images.
    #[model(default = false)]
    pub most_recent: bool,
    /// A regular expression that the name of the image must match.
    #[model(check = check_pattern)]
    pub name_regex: Option<String>,
    /// The owners of the image: account IDs, or the aliases `self`, `amazon` and `aws-marketplace`.
    /// Anyone can publish an image under any name, so specify the owners unless the image is your
    /// own.
    #[model(default = [])]
    pub owners: Vec<String>,
    /// The tags of the image.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// An Amazon Machine Image.
#[derive(Clone, Debug, Model)]
pub struct GetAmiResult {
    /// The processor architecture, such as `x86_64` or `arm64`.
    pub architecture: String,
    /// The ARN of the image.
    pub arn: String,
    /// The boot mode of the image.
    pub boot_mode: String,
    /// The date and time when the image was created.
    pub creation_date: String,
    /// The date and time when the image becomes deprecated.
    pub deprecation_time: String,
    /// The description of the image.
    pub description: String,
    /// Whether enhanced networking with ENA is enabled.
    pub ena_support: bool,
    /// The hypervisor of the image.
    pub hypervisor: String,
    /// The ID of the image.
    pub id: String,
    /// The ID of the image.
    pub image_id: String,
    /// The location of the image.
    pub image_location: String,
    /// The alias of the owner, such as `amazon`.
    pub image_owner_alias: String,
    /// The type of the image: `machine`, `kernel` or `ramdisk`.
    pub image_type: String,
    /// `v2.0` if instances require IMDSv2, otherwise empty.
    pub imds_support: String,
    /// The ID of the kernel, for paravirtual images.
    pub kernel_id: String,
    /// The name of the image.
    pub name: String,
    /// The ID of the account that owns the image.
    pub owner_id: String,
    /// `windows` for Windows images, otherwise empty.
    pub platform: String,
    /// The platform for billing, such as `Linux/UNIX`.
    pub platform_details: String,
    /// Whether the image has public launch permissions.
    pub public: bool,
    /// The ID of the RAM disk, for paravirtual images.
    pub ramdisk_id: String,
    /// The device name of the root volume, such as `/dev/xvda`.
    pub root_device_name: String,
    /// The type of the root device: `ebs` or `instance-store`.
    pub root_device_type: String,
    /// The ID of the snapshot of the root volume.
    pub root_snapshot_id: String,
    /// Whether enhanced networking with the Intel 82599 interface is enabled.
    pub sriov_net_support: String,
    /// The state of the image, such as `available`.
    pub state: String,
    /// The tags of the image.
    pub tags: BTreeMap<String, String>,
    /// `v2.0` if NitroTPM is supported, otherwise empty.
    pub tpm_support: String,
    /// The operation code of the instance, for billing.
    pub usage_operation: String,
    /// The type of virtualization: `hvm` or `paravirtual`.
    pub virtualization_type: String,
}

/// Finds an image.
pub struct GetAmi;

impl Function for GetAmi {
    const TOKEN: &'static str = "agentic:ec2:getAmi";
    const ACTIONS: &'static [&'static str] = &["ec2:DescribeImages"];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::GET_AMI;

    type Args = GetAmiArgs;
    type Result = GetAmiResult;

    fn rules(args: &GetAmiInputs, failures: &mut Failures) {
        let given = |list: Option<usize>| list.is_none_or(|length| length > 0);
        let narrowed = given(args.owners.get().map(Vec::len))
            || given(args.filters.get().map(Vec::len))
            || given(args.executable_users.get().map(Vec::len))
            || given(args.tags.get().map(BTreeMap::len))
            || args.name_regex.is_set();
        if !narrowed {
            failures.add(GetAmiArgs::OWNERS, "is missing; give owners, such as [\"amazon\"], or filters");
        }
    }

    async fn call(cx: &Cx, args: &GetAmiArgs) -> Result<GetAmiResult> {
        let search = Search::default().by_tags(&args.tags).by_filters(&args.filters);
        let call = cx
            .client::<Client>()?
            .describe_images()
            .set_filters(Some(search.filters()))
            .set_owners(Some(args.owners.clone()).filter(|owners| !owners.is_empty()))
            .set_executable_users(Some(args.executable_users.clone()).filter(|users| !users.is_empty()))
            .include_deprecated(args.include_deprecated);
        let mut found: Vec<Image> = call.into_paginator().items().send().try_collect().await?;
        if let Some(pattern) = args.name_regex.as_deref().and_then(|pattern| Regex::new(pattern).ok()) {
            found.retain(|image| pattern.is_match(image.name().unwrap_or_default()));
        }
        // Dates are written alike, so that their texts are in the order of time.
        found.sort_by(|one, other| other.creation_date.cmp(&one.creation_date));
        if args.most_recent {
            found.truncate(1);
        }
        match <[Image; 1]>::try_from(found) {
            Ok([image]) => Ok(told(cx, image)),
            Err(found) if found.is_empty() => Err(search.nothing(cx, "image")),
            Err(found) => {
                let message = format!("{} images match", found.len());
                let hint = "Give mostRecent, which takes the newest, or more arguments to narrow the search.";
                Err(Error::new(ErrorKind::Invalid, message).with_hint(hint))
            }
        }
    }
}

fn check_pattern(pattern: &str) -> Result<(), String> {
    Regex::new(pattern).map(drop).map_err(|error| format!("is not a regular expression: {error}"))
}

fn told(cx: &Cx, image: Image) -> GetAmiResult {
    let region = cx.region().unwrap_or_default();
    let id = image.image_id.unwrap_or_default();
    let root = image.root_device_name.unwrap_or_default();
    let mappings = image.block_device_mappings.unwrap_or_default();
    let volume = mappings.into_iter().find(|it| it.device_name() == Some(&root)).and_then(|it| it.ebs);
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let tags = image.tags.unwrap_or_default();
    let tags = tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    GetAmiResult {
        architecture: text(image.architecture.as_ref().map(|it| it.as_str())),
        arn: format!("arn:{}:ec2:{region}::image/{id}", partition(region)),
        boot_mode: text(image.boot_mode.as_ref().map(|it| it.as_str())),
        creation_date: image.creation_date.unwrap_or_default(),
        deprecation_time: image.deprecation_time.unwrap_or_default(),
        description: image.description.unwrap_or_default(),
        ena_support: image.ena_support.unwrap_or_default(),
        hypervisor: text(image.hypervisor.as_ref().map(|it| it.as_str())),
        image_id: id.clone(),
        id,
        image_location: image.image_location.unwrap_or_default(),
        image_owner_alias: image.image_owner_alias.unwrap_or_default(),
        image_type: text(image.image_type.as_ref().map(|it| it.as_str())),
        imds_support: text(image.imds_support.as_ref().map(|it| it.as_str())),
        kernel_id: image.kernel_id.unwrap_or_default(),
        name: image.name.unwrap_or_default(),
        owner_id: image.owner_id.unwrap_or_default(),
        platform: text(image.platform.as_ref().map(|it| it.as_str())),
        platform_details: image.platform_details.unwrap_or_default(),
        public: image.public.unwrap_or_default(),
        ramdisk_id: image.ramdisk_id.unwrap_or_default(),
        root_device_name: root,
        root_device_type: text(image.root_device_type.as_ref().map(|it| it.as_str())),
        root_snapshot_id: volume.and_then(|volume| volume.snapshot_id).unwrap_or_default(),
        sriov_net_support: image.sriov_net_support.unwrap_or_default(),
        state: text(image.state.as_ref().map(|it| it.as_str())),
        tags: tags::visible(tags),
        tpm_support: text(image.tpm_support.as_ref().map(|it| it.as_str())),
        usage_operation: image.usage_operation.unwrap_or_default(),
        virtualization_type: text(image.virtualization_type.as_ref().map(|it| it.as_str())),
    }
}
