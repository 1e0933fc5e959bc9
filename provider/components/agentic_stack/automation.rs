//! What makes documents into data for the agents of a stack.

use super::Builder;
use crate::components::{Built, Child, Options, bucket};
use crate::kinds::bedrockdataautomation::{
    DocumentExtractionInput, DocumentFormatInput, DocumentGranularityInput, DocumentOutputInput,
    DocumentTextFormatInput, Project, ProjectInputs, StandardOutputInput, SwitchInput,
};
use crate::kinds::s3::{Bucket, BucketInputs};
use crate::model::{In, Model};

/// A Data Automation project for documents.
#[derive(Clone, Debug, Model)]
pub struct DataAutomation {
    /// The granularity of the extracted text. Defaults to `PAGE` and `ELEMENT`.
    #[model(set, length = 1..=5, one_of = ["DOCUMENT", "PAGE", "ELEMENT", "WORD", "LINE"])]
    pub granularity: Option<Vec<String>>,
    /// The formats of the extracted text. Defaults to `MARKDOWN`.
    #[model(set, length = 1..=4, one_of = ["PLAIN_TEXT", "MARKDOWN", "HTML", "CSV"])]
    pub text_formats: Option<Vec<String>>,
    /// Whether the output includes the bounding boxes of text, which give its position on the page.
    #[model(default = false)]
    pub bounding_boxes: bool,
    /// Whether a generative model writes summaries and descriptions of documents.
    #[model(default = false)]
    pub summaries: bool,
    /// Whether the output includes additional files, such as a CSV file for each table.
    #[model(default = false)]
    pub additional_files: bool,
    /// The number of days after which objects in the bucket move to S3 Standard-Infrequent Access.
    /// If omitted, objects stay in S3 Standard.
    #[model(range = 30..=36_500)]
    pub infrequent_access_after_days: Option<i64>,
    /// Whether the bucket is deleted with its objects. Defaults to `false` in the production
    /// environments `prod`, `production` and `live`, and to `true` in others.
    pub force_destroy: Option<bool>,
}

/// What makes documents into data.
pub struct Automation {
    pub project: Child<Project>,
    pub bucket: Child<Bucket>,
}

impl Builder<'_> {
    /// The project that makes documents into data, with the bucket of what it makes.
    pub(super) async fn automation(&self) -> Built<Option<Automation>> {
        let Some(plan) = self.args.data_automation.get() else { return Ok(None) };
        let switch = |is_on: &In<bool>| {
            is_on
                .clone()
                .map(|is_on| SwitchInput { state: if is_on { "ENABLED" } else { "DISABLED" }.into() })
        };
        let document = DocumentOutputInput {
            extraction: DocumentExtractionInput {
                bounding_box: switch(&plan.bounding_boxes),
                granularity: DocumentGranularityInput {
                    types: plan.granularity.clone().or(words(&["PAGE", "ELEMENT"])),
                }
                .into(),
            }
            .into(),
            generative_field: switch(&plan.summaries),
            output_format: DocumentFormatInput {
                additional_file_format: switch(&plan.additional_files),
                text_format: DocumentTextFormatInput {
                    types: plan.text_formats.clone().or(words(&["MARKDOWN"])),
                }
                .into(),
            }
            .into(),
        };
        let project = ProjectInputs {
            standard_output_configuration: StandardOutputInput {
                document: document.into(),
                ..StandardOutputInput::default()
            }
            .into(),
            ..ProjectInputs::default()
        };
        let label = "data-automation";
        let project: Child<Project> = self.at.child(label, project, Options::default());
        let name = bucket::name(self.at, &self.at.names, "data-automation-bucket").await?;
        let aside = bucket::aside(&plan.infrequent_access_after_days);
        let rules = aside.into_iter().chain([bucket::unfinished(7.into())]);
        let inputs = BucketInputs {
            lifecycle_rules: In::list(rules.map(In::from)),
            force_destroy: self.may_empty(plan.force_destroy.clone()),
            ..bucket::closed()
        };
        let made: Child<Bucket> = self.at.child("data-automation-bucket", inputs, Options::named(name));
        bucket::close(self.at, "data-automation-bucket-policy", &made);
        Ok(Some(Automation { project, bucket: made }))
    }
}

fn words(words: &[&str]) -> In<Vec<In<String>>> {
    In::list(words.iter().map(|&word| In::from(word)))
}
