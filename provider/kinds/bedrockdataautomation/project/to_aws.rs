//! The outputs of a project, to AWS and back.

use aws_sdk_bedrockdataautomation::error::BuildError;
use aws_sdk_bedrockdataautomation::types::{
    AudioExtractionCategory, AudioStandardExtraction, AudioStandardGenerativeField,
    AudioStandardOutputConfiguration, BlueprintItem, BlueprintStage, CustomOutputConfiguration,
    DataAutomationProject, DesiredModality, DocumentBoundingBox, DocumentExtractionGranularity,
    DocumentOutputAdditionalFileFormat, DocumentOutputFormat, DocumentOutputTextFormat,
    DocumentOverrideConfiguration, DocumentStandardExtraction, DocumentStandardGenerativeField,
    DocumentStandardOutputConfiguration, ImageBoundingBox, ImageExtractionCategory, ImageStandardExtraction,
    ImageStandardGenerativeField, ImageStandardOutputConfiguration, ModalityProcessingConfiguration,
    ModalityRoutingConfiguration, OverrideConfiguration, SplitterConfiguration, StandardOutputConfiguration,
    State, VideoBoundingBox, VideoExtractionCategory, VideoStandardExtraction, VideoStandardGenerativeField,
    VideoStandardOutputConfiguration,
};

use super::{
    AudioOutput, CustomOutput, DocumentOutput, ImageOutput, Overrides, StandardOutput, Switch, VideoOutput,
};

/// A type of AWS that is nothing but on or off.
macro_rules! switch {
    ($of:ident, $switch:expr) => {
        $of::builder().state(State::from($switch.state.as_str())).build()
    };
}

/// A type of AWS that is on or off, with what is on.
macro_rules! choice {
    ($of:ident, $choice:expr) => {
        $of::builder()
            .state(State::from($choice.state.as_str()))
            .set_types(Some($choice.types.iter().map(|it| it.as_str().into()).collect()))
            .build()
    };
}

pub fn standard(output: &StandardOutput) -> Result<StandardOutputConfiguration, BuildError> {
    Ok(StandardOutputConfiguration::builder()
        .set_document(output.document.as_ref().map(document).transpose()?)
        .set_image(output.image.as_ref().map(image).transpose()?)
        .set_video(output.video.as_ref().map(video).transpose()?)
        .set_audio(output.audio.as_ref().map(audio).transpose()?)
        .build())
}

fn document(output: &DocumentOutput) -> Result<DocumentStandardOutputConfiguration, BuildError> {
    let mut made = DocumentStandardOutputConfiguration::builder();
    if let Some(extraction) = &output.extraction {
        let types = extraction.granularity.types.iter().map(|it| it.as_str().into()).collect();
        let granularity = DocumentExtractionGranularity::builder().set_types(Some(types)).build();
        let extraction = DocumentStandardExtraction::builder()
            .granularity(granularity)
            .bounding_box(switch!(DocumentBoundingBox, extraction.bounding_box)?);
        made = made.extraction(extraction.build());
    }
    if let Some(field) = &output.generative_field {
        made = made.generative_field(switch!(DocumentStandardGenerativeField, field)?);
    }
    if let Some(format) = &output.output_format {
        let types = format.text_format.types.iter().map(|it| it.as_str().into()).collect();
        let text = DocumentOutputTextFormat::builder().set_types(Some(types)).build();
        let files = switch!(DocumentOutputAdditionalFileFormat, format.additional_file_format)?;
        let format = DocumentOutputFormat::builder().text_format(text).additional_file_format(files);
        made = made.output_format(format.build());
    }
    Ok(made.build())
}

fn image(output: &ImageOutput) -> Result<ImageStandardOutputConfiguration, BuildError> {
    let mut made = ImageStandardOutputConfiguration::builder();
    if let Some(extraction) = &output.extraction {
        let extraction = ImageStandardExtraction::builder()
            .category(choice!(ImageExtractionCategory, extraction.category)?)
            .bounding_box(switch!(ImageBoundingBox, extraction.bounding_box)?);
        made = made.extraction(extraction.build());
    }
    if let Some(field) = &output.generative_field {
        made = made.generative_field(choice!(ImageStandardGenerativeField, field)?);
    }
    Ok(made.build())
}

fn video(output: &VideoOutput) -> Result<VideoStandardOutputConfiguration, BuildError> {
    let mut made = VideoStandardOutputConfiguration::builder();
    if let Some(extraction) = &output.extraction {
        let extraction = VideoStandardExtraction::builder()
            .category(choice!(VideoExtractionCategory, extraction.category)?)
            .bounding_box(switch!(VideoBoundingBox, extraction.bounding_box)?);
        made = made.extraction(extraction.build());
    }
    if let Some(field) = &output.generative_field {
        made = made.generative_field(choice!(VideoStandardGenerativeField, field)?);
    }
    Ok(made.build())
}

fn audio(output: &AudioOutput) -> Result<AudioStandardOutputConfiguration, BuildError> {
    let mut made = AudioStandardOutputConfiguration::builder();
    if let Some(extraction) = &output.extraction {
        let category = choice!(AudioExtractionCategory, extraction.category)?;
        made = made.extraction(AudioStandardExtraction::builder().category(category).build());
    }
    if let Some(field) = &output.generative_field {
        made = made.generative_field(choice!(AudioStandardGenerativeField, field)?);
    }
    Ok(made.build())
}

/// The output by blueprints, with what no argument tells as AWS has it.
pub fn custom(
    output: Option<&CustomOutput>,
    there: Option<&DataAutomationProject>,
) -> Result<Option<CustomOutputConfiguration>, BuildError> {
    let document = there.and_then(|there| there.custom_output_configuration.as_ref()?.document.clone());
    if output.is_none()
        && document.is_none()
        && there.is_none_or(|it| it.custom_output_configuration.is_none())
    {
        return Ok(None);
    }
    let blueprints = output.iter().flat_map(|output| &output.blueprints).map(|blueprint| {
        BlueprintItem::builder()
            .blueprint_arn(&blueprint.blueprint_arn)
            .set_blueprint_version(blueprint.blueprint_version.clone())
            .set_blueprint_stage(blueprint.blueprint_stage.as_deref().map(BlueprintStage::from))
            .build()
    });
    let blueprints = Some(blueprints.collect::<Result<_, _>>()?);
    Ok(Some(CustomOutputConfiguration::builder().set_blueprints(blueprints).set_document(document).build()))
}

/// The overrides, with what no argument tells as AWS has it.
pub fn overrides(
    wanted: Option<&Overrides>,
    there: Option<&DataAutomationProject>,
) -> Option<OverrideConfiguration> {
    let there = there.and_then(|there| there.override_configuration.clone());
    if wanted.is_none() && there.is_none() {
        return None;
    }
    let mut made = there.unwrap_or_else(|| OverrideConfiguration::builder().build());
    let state = |switch: &Option<Switch>| switch.as_ref().map(|it| State::from(it.state.as_str()));
    let wanted_document = wanted.and_then(|wanted| wanted.document.as_ref());
    let hidden = made.document.and_then(|document| document.sensitive_data_configuration);
    made.document = (wanted_document.is_some() || hidden.is_some()).then(|| {
        let splits = wanted_document.and_then(|it| state(&it.splitter));
        let processes = wanted_document.and_then(|it| state(&it.modality_processing));
        let processes =
            processes.map(|state| ModalityProcessingConfiguration::builder().state(state).build());
        DocumentOverrideConfiguration::builder()
            .set_splitter(splits.map(|state| SplitterConfiguration::builder().state(state).build()))
            .set_modality_processing(processes)
            .set_sensitive_data_configuration(hidden)
            .build()
    });
    made.modality_routing = wanted.and_then(|wanted| wanted.modality_routing.as_ref()).map(|routing| {
        let of = |modality: &Option<String>| modality.as_deref().map(DesiredModality::from);
        ModalityRoutingConfiguration::builder()
            .set_jpeg(of(&routing.jpeg))
            .set_png(of(&routing.png))
            .set_mp4(of(&routing.mp4))
            .set_mov(of(&routing.mov))
            .build()
    });
    Some(made)
}
