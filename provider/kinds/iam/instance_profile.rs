//! An instance profile, by which EC2 instances get a role.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types;
use aws_smithy_types::date_time::Format;

use super::IAM;
use super::{check_path, check_role_name, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim, set_up};
use crate::model::Model;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>
const PROFILE: NameRule = NameRule { what: "instance profile", max: 128, alphabet: IAM, ..PLAIN };

/// An IAM instance profile, which passes a role to EC2 instances.
#[derive(Clone, Debug, Model)]
pub struct InstanceProfileArgs {
    /// The name of the instance profile, unique within the account.
    #[model(replace, autoname)]
    pub name: String,
    /// The path of the instance profile. It starts and ends with a slash.
    #[model(replace, default = "/", check = check_path)]
    pub path: String,
    /// The name of the role.
    #[model(in_place, check = check_role_name, or = "iam.Role")]
    pub role: Option<String>,
    /// The tags of the instance profile.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of an instance profile.
#[derive(Clone, Debug, Model)]
pub struct InstanceProfileState {
    /// The ARN of the instance profile.
    pub arn: String,
    /// The date and time of the creation of the instance profile.
    pub create_date: String,
    /// The stable and unique ID of the instance profile, such as `AIPA1234567890EXAMPLE`.
    pub unique_id: String,
}

/// An instance profile.
pub struct InstanceProfile;

impl Kind for InstanceProfile {
    const TOKEN: &'static str = "agentic:iam:InstanceProfile";
    const ID: &'static str = "the name of the instance profile";
    const TAGS: TaggedBy = TaggedBy::service::<ProfileTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "iam:CreateInstanceProfile",
            "iam:GetInstanceProfile",
            "iam:AddRoleToInstanceProfile",
            "iam:PassRole",
        ],
        read: &["iam:GetInstanceProfile"],
        update: &["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:PassRole"],
        delete: &["iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:GetInstanceProfile"],
    };
    const NAME: Option<&'static NameRule> = Some(&PROFILE);
    const GLOBAL: bool = true;

    type Args = InstanceProfileArgs;
    type State = InstanceProfileState;

    async fn create(cx: &Cx, args: &InstanceProfileArgs) -> Result<String> {
        let call = cx.client::<Client>()?.create_instance_profile().instance_profile_name(&args.name);
        let call = call.path(&args.path).set_tags(Some(tagged(cx, &args.tags)?));
        match call.send().await.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "instance profile").await
            }
            made => made.map(|_| args.name.clone()),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &InstanceProfileArgs) -> Result<()> {
        match args.role.is_some() {
            true => set_up::<Self>(cx, id, args).await,
            false => Ok(()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(profile) = find(cx, id).await? else { return Ok(None) };
        let tags = tag_map(profile.tags());
        Ok(Some(Live {
            args: InstanceProfileObserved {
                role: Some(profile.roles.into_iter().next().map(|role| role.role_name)),
                name: Some(profile.instance_profile_name),
                path: Some(profile.path),
                tags: Some(tags),
            },
            state: InstanceProfileState {
                arn: profile.arn,
                create_date: profile.create_date.fmt(Format::DateTime).unwrap_or_default(),
                unique_id: profile.instance_profile_id,
            },
        }))
    }

    /// A profile has one role at most: the old one goes first.
    async fn update(cx: &Cx, id: &str, update: &Update<InstanceProfileArgs>) -> Result<()> {
        if !update.any(&[InstanceProfileArgs::ROLE]) {
            return Ok(());
        }
        let there = find(cx, id).await?.map(|profile| profile.roles).unwrap_or_default();
        let is_wanted = |role: &&types::Role| Some(&role.role_name) == update.new.role.as_ref();
        for role in there.iter().filter(|role| !is_wanted(role)) {
            take_out(cx, id, role.role_name()).await?;
        }
        if let (Some(role), None) = (&update.new.role, there.iter().find(is_wanted)) {
            let call = cx.client::<Client>()?.add_role_to_instance_profile();
            call.instance_profile_name(id).role_name(role).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &InstanceProfileArgs) -> Result<()> {
        let there = find(cx, id).await?;
        for role in there.iter().flat_map(|profile| profile.roles()) {
            take_out(cx, id, role.role_name()).await?;
        }
        cx.client::<Client>()?.delete_instance_profile().instance_profile_name(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<types::InstanceProfile>> {
    let look = cx.client::<Client>()?.get_instance_profile().instance_profile_name(name);
    Ok(found(look.send().await)?.and_then(|answer| answer.instance_profile))
}

async fn take_out(cx: &Cx, profile: &str, role: &str) -> Result<()> {
    let call = cx.client::<Client>()?.remove_role_from_instance_profile();
    found(call.instance_profile_name(profile).role_name(role).send().await)?;
    Ok(())
}

/// How IAM tags instance profiles.
struct ProfileTags;

impl Tagging for ProfileTags {
    const CHANGE: &'static [&'static str] = &["iam:TagInstanceProfile", "iam:UntagInstanceProfile"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_instance_profile().instance_profile_name(&named.id);
        call.set_tags(Some(super::pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_instance_profile().instance_profile_name(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}
