//! A project of Data Automation: which outputs its jobs make.

mod from_aws;
mod output;
mod to_aws;

pub use output::*;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockdataautomation::Client;
use aws_sdk_bedrockdataautomation::types::{
    DataAutomationProject, DataAutomationProjectStage as Stage, DataAutomationProjectStageFilter,
    DataAutomationProjectStatus as Status, DataAutomationProjectType, EncryptionConfiguration, Tag,
};

use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN, WORD};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim, taken};
use crate::model::Model;

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_data-automation_CreateDataAutomationProject.html>
const PROJECT: NameRule = NameRule { what: "Data Automation project", max: 128, alphabet: WORD, ..PLAIN };

/// A Bedrock Data Automation project: the configuration of jobs that extract text, fields and
/// summaries from documents, images, videos and audio. AWS charges for the files that jobs process;
/// a project itself is free of charge.
#[derive(Clone, Debug, Model)]
pub struct ProjectArgs {
    /// The custom output, by blueprints that define the fields to extract.
    #[model(in_place)]
    pub custom_output_configuration: Option<CustomOutput>,
    /// The encryption with a KMS key. Defaults to an AWS owned key.
    #[model(in_place, aws_default)]
    pub encryption_configuration: Option<ProjectEncryption>,
    /// The settings that override how files are processed by default.
    #[model(in_place)]
    pub override_configuration: Option<Overrides>,
    /// The description of the project.
    #[model(in_place, length = 0..=300)]
    pub project_description: Option<String>,
    /// The name of the project.
    #[model(replace, autoname, length = 1..=128)]
    pub project_name: String,
    /// The stage of the project.
    #[model(replace, default = "LIVE", one_of = ["DEVELOPMENT", "LIVE"])]
    pub project_stage: String,
    /// The type of the project: whether jobs run asynchronously (`ASYNC`) or synchronously
    /// (`SYNC`).
    #[model(replace, default = "ASYNC", one_of = ["ASYNC", "SYNC"])]
    pub project_type: String,
    /// The standard output, by type of file.
    #[model(in_place)]
    pub standard_output_configuration: StandardOutput,
    /// The tags of the project.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The encryption of a Data Automation project.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ProjectEncryption {
    /// The KMS key: its ID, ARN or alias.
    #[model(length = 1..=2048, same = same_key)]
    pub kms_key_id: String,
    /// The encryption context, which the key policy can require.
    #[model(default = {})]
    pub kms_encryption_context: BTreeMap<String, String>,
}

/// The outputs of a Data Automation project.
#[derive(Clone, Debug, Model)]
pub struct ProjectState {
    /// The ARN of the project.
    pub project_arn: String,
}

/// A project of Data Automation.
pub struct Project;

impl Kind for Project {
    const TOKEN: &'static str = "agentic:bedrockdataautomation:Project";
    const ID: &'static str = "the ARN of the project";
    const TAGS: TaggedBy = TaggedBy::service::<AutomationTags>();
    const ARN: &'static str = "projectArn";
    const NAME: Option<&'static NameRule> = Some(&PROJECT);
    const READY: Option<Wait> = Some(Wait {
        goal: "the Data Automation project is complete",
        usual: [0, 20],
        budget: Duration::from_secs(10 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the Data Automation project is gone",
        usual: [0, 20],
        budget: Duration::from_secs(10 * 60),
    });
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock:CreateDataAutomationProject",
            "bedrock:GetDataAutomationProject",
            "bedrock:ListDataAutomationProjects",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:Decrypt",
        ],
        read: &["bedrock:GetDataAutomationProject"],
        update: &["bedrock:UpdateDataAutomationProject", "bedrock:GetDataAutomationProject"],
        delete: &["bedrock:DeleteDataAutomationProject", "bedrock:GetDataAutomationProject"],
    };
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        ("bedrock", "ConflictException", "already exists", ErrorKind::AlreadyExists, ""),
    ];

    type Args = ProjectArgs;
    type State = ProjectState;

    async fn create(cx: &Cx, args: &ProjectArgs) -> Result<String> {
        let made = cx
            .client::<Client>()?
            .create_data_automation_project()
            // Data Automation wants 33 characters at least.
            .client_token(format!("agentic-{}", cx.client_token()))
            .project_name(&args.project_name)
            .set_project_description(args.project_description.clone())
            .project_stage(Stage::from(args.project_stage.as_str()))
            .project_type(DataAutomationProjectType::from(args.project_type.as_str()))
            .standard_output_configuration(to_aws::standard(&args.standard_output_configuration)?)
            .set_custom_output_configuration(to_aws::custom(args.custom_output_configuration.as_ref(), None)?)
            .set_override_configuration(to_aws::overrides(args.override_configuration.as_ref(), None))
            .set_encryption_configuration(args.encryption_configuration.as_ref().map(encrypt).transpose()?)
            .set_tags(Some(pairs(cx.owned(&args.tags))?))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                match named(cx, &args.project_name, &args.project_stage).await? {
                    Some(arn) => claim::<Self>(cx, &arn, args, error, "Data Automation project").await,
                    None => Err(taken(error, "Data Automation project", &args.project_name)),
                }
            }
            made => Ok(made?.project_arn),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &ProjectArgs) -> Result<Poll> {
        Ok(match find(cx, id).await?.map(|project| project.status) {
            None => Poll::Pending("not visible yet".to_owned()),
            Some(Status::Completed) => Poll::Ready(()),
            Some(Status::Failed) => {
                let message = format!("AWS could not create or change the Data Automation project {id}");
                let hint =
                    "AWS gives no reason: check the blueprints and the KMS key, and run `pulumi up` again.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            Some(status) => Poll::Pending(status.to_string()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(project) = find(cx, id).await? else { return Ok(None) };
        let encryption = project.kms_key_id.clone().map(|kms_key_id| ProjectEncryption {
            kms_key_id,
            kms_encryption_context: project
                .kms_encryption_context
                .clone()
                .unwrap_or_default()
                .into_iter()
                .collect(),
        });
        Ok(Some(Live {
            args: ProjectObserved {
                custom_output_configuration: Some(from_aws::shown_custom(&project)),
                encryption_configuration: Some(encryption),
                override_configuration: Some(from_aws::shown_overrides(&project)),
                project_description: Some(
                    project.project_description.clone().filter(|text| !text.is_empty()),
                ),
                project_name: Some(project.project_name.clone()),
                project_stage: project.project_stage.as_ref().map(|stage| stage.as_str().to_owned()),
                project_type: project.project_type.as_ref().map(|it| it.as_str().to_owned()),
                standard_output_configuration: project
                    .standard_output_configuration
                    .as_ref()
                    .map(from_aws::shown_standard),
                ..ProjectObserved::default()
            },
            state: ProjectState { project_arn: project.project_arn },
        }))
    }

    /// Sends all of it: what no argument tells is taken from what AWS has.
    async fn update(cx: &Cx, id: &str, update: &Update<ProjectArgs>) -> Result<()> {
        let there = find(cx, id).await?;
        let new = &update.new;
        let encrypts = update.any(&[ProjectArgs::ENCRYPTION_CONFIGURATION]);
        let encryption = new.encryption_configuration.as_ref().filter(|_| encrypts);
        cx.client::<Client>()?
            .update_data_automation_project()
            .project_arn(id)
            .project_stage(Stage::from(new.project_stage.as_str()))
            .project_description(new.project_description.as_deref().unwrap_or_default())
            .standard_output_configuration(to_aws::standard(&new.standard_output_configuration)?)
            .set_custom_output_configuration(to_aws::custom(
                new.custom_output_configuration.as_ref(),
                there.as_ref(),
            )?)
            .set_override_configuration(to_aws::overrides(
                new.override_configuration.as_ref(),
                there.as_ref(),
            ))
            .set_data_automation_library_configuration(
                there.and_then(|there| there.data_automation_library_configuration),
            )
            .set_encryption_configuration(encryption.map(encrypt).transpose()?)
            .send()
            .await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ProjectArgs) -> Result<()> {
        cx.client::<Client>()?.delete_data_automation_project().project_arn(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<DataAutomationProject>> {
    let client = cx.client::<Client>()?;
    // The stage is part of the request, and an imported project may be of either.
    for stage in [Stage::Live, Stage::Development] {
        let call = client.get_data_automation_project().project_arn(arn).project_stage(stage);
        if let Some(project) = found(call.send().await)?.and_then(|answer| answer.project) {
            return Ok(Some(project));
        }
    }
    Ok(None)
}

/// The ARN of the project with this name.
async fn named(cx: &Cx, name: &str, stage: &str) -> Result<Option<String>> {
    let call = cx.client::<Client>()?.list_data_automation_projects();
    let call = call.project_stage_filter(DataAutomationProjectStageFilter::from(stage));
    let mut pages = call.into_paginator().items().send();
    while let Some(project) = pages.next().await.transpose()? {
        if project.project_name.as_deref() == Some(name) {
            return Ok(Some(project.project_arn));
        }
    }
    Ok(None)
}

fn encrypt(encryption: &ProjectEncryption) -> Result<EncryptionConfiguration> {
    let context = encryption.kms_encryption_context.clone().into_iter().collect();
    let context = Some(context).filter(|context: &std::collections::HashMap<_, _>| !context.is_empty());
    let made = EncryptionConfiguration::builder().kms_key_id(&encryption.kms_key_id);
    Ok(made.set_kms_encryption_context(context).build()?)
}

fn pairs(tags: Tags) -> Result<Vec<Tag>> {
    tags.into_iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

/// How Data Automation tags what it has.
struct AutomationTags;

impl Tagging for AutomationTags {
    const LIST: &'static [&'static str] = &["bedrock:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["bedrock:TagResource", "bedrock:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_arn(&named.arn);
        let tags = found(call.send().await)?.map(|answer| answer.tags.unwrap_or_default());
        Ok(tags.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}
