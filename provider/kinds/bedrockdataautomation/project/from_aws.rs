//! The outputs of a project, as AWS has them.

use aws_sdk_bedrockdataautomation::types::{
    self, DataAutomationProject, DesiredModality, DocumentStandardOutputConfiguration,
    ImageStandardOutputConfiguration, StandardOutputConfiguration, State, VideoStandardOutputConfiguration,
};

use super::{
    AudioCategory, AudioExtraction, AudioGenerative, AudioOutput, Blueprint, CustomOutput,
    DocumentExtraction, DocumentFormat, DocumentGranularity, DocumentOutput, DocumentOverrides,
    DocumentTextFormat, ImageCategory, ImageExtraction, ImageGenerative, ImageOutput, Overrides, Routing,
    StandardOutput, Switch, VideoCategory, VideoExtraction, VideoGenerative, VideoOutput,
};

/// What is on, as texts.
macro_rules! texts {
    ($types:expr) => {
        $types.iter().map(|it| it.as_str().to_owned()).collect()
    };
}

pub fn shown_standard(output: &StandardOutputConfiguration) -> StandardOutput {
    StandardOutput {
        audio: output.audio.as_ref().map(|audio| AudioOutput {
            extraction: audio.extraction.as_ref().and_then(|it| it.category.as_ref()).map(|category| {
                let state = category.state.as_str().to_owned();
                AudioExtraction { category: AudioCategory { state, types: texts!(category.types()) } }
            }),
            generative_field: audio.generative_field.as_ref().map(|field| AudioGenerative {
                state: field.state.as_str().to_owned(),
                types: texts!(field.types()),
            }),
        }),
        document: output.document.as_ref().map(shown_document),
        image: output.image.as_ref().map(shown_image),
        video: output.video.as_ref().map(shown_video),
    }
}

fn shown_document(document: &DocumentStandardOutputConfiguration) -> DocumentOutput {
    let extraction = document.extraction.as_ref().and_then(|extraction| {
        let types = texts!(extraction.granularity.as_ref()?.types());
        let bounding_box = on(&extraction.bounding_box.as_ref()?.state);
        Some(DocumentExtraction { bounding_box, granularity: DocumentGranularity { types } })
    });
    let format = document.output_format.as_ref().and_then(|format| {
        let types = texts!(format.text_format.as_ref()?.types());
        let additional_file_format = on(&format.additional_file_format.as_ref()?.state);
        Some(DocumentFormat { additional_file_format, text_format: DocumentTextFormat { types } })
    });
    let generative_field = document.generative_field.as_ref().map(|field| on(&field.state));
    DocumentOutput { extraction, generative_field, output_format: format }
}

fn shown_image(image: &ImageStandardOutputConfiguration) -> ImageOutput {
    ImageOutput {
        extraction: image.extraction.as_ref().and_then(|extraction| {
            let category = extraction.category.as_ref()?;
            let state = category.state.as_str().to_owned();
            Some(ImageExtraction {
                bounding_box: on(&extraction.bounding_box.as_ref()?.state),
                category: ImageCategory { state, types: texts!(category.types()) },
            })
        }),
        generative_field: image.generative_field.as_ref().map(|field| ImageGenerative {
            state: field.state.as_str().to_owned(),
            types: texts!(field.types()),
        }),
    }
}

fn shown_video(video: &VideoStandardOutputConfiguration) -> VideoOutput {
    VideoOutput {
        extraction: video.extraction.as_ref().and_then(|extraction| {
            let category = extraction.category.as_ref()?;
            let state = category.state.as_str().to_owned();
            Some(VideoExtraction {
                bounding_box: on(&extraction.bounding_box.as_ref()?.state),
                category: VideoCategory { state, types: texts!(category.types()) },
            })
        }),
        generative_field: video.generative_field.as_ref().map(|field| VideoGenerative {
            state: field.state.as_str().to_owned(),
            types: texts!(field.types()),
        }),
    }
}

pub fn shown_custom(project: &DataAutomationProject) -> Option<CustomOutput> {
    let blueprints = project.custom_output_configuration.as_ref()?.blueprints();
    let blueprints = blueprints.iter().map(|blueprint| Blueprint {
        blueprint_arn: blueprint.blueprint_arn.clone(),
        blueprint_stage: blueprint.blueprint_stage.as_ref().map(|stage| stage.as_str().to_owned()),
        blueprint_version: blueprint.blueprint_version.clone(),
    });
    let blueprints: Vec<_> = blueprints.collect();
    (!blueprints.is_empty()).then_some(CustomOutput { blueprints })
}

pub fn shown_overrides(project: &DataAutomationProject) -> Option<Overrides> {
    let there = project.override_configuration.as_ref()?;
    let switch = |state: Option<&State>| state.map(on);
    let document = there.document.as_ref().and_then(|document| {
        let splitter = switch(document.splitter.as_ref().and_then(|it| it.state.as_ref()));
        let processing = switch(document.modality_processing.as_ref().and_then(|it| it.state.as_ref()));
        let is_told = splitter.is_some() || processing.is_some();
        is_told.then_some(DocumentOverrides { modality_processing: processing, splitter })
    });
    let routing = there.modality_routing.as_ref().map(|routing: &types::ModalityRoutingConfiguration| {
        let of = |modality: &Option<DesiredModality>| modality.as_ref().map(|it| it.as_str().to_owned());
        Routing {
            jpeg: of(&routing.jpeg),
            mov: of(&routing.mov),
            mp4: of(&routing.mp4),
            png: of(&routing.png),
        }
    });
    (document.is_some() || routing.is_some()).then_some(Overrides { document, modality_routing: routing })
}

fn on(state: &State) -> Switch {
    Switch { state: state.as_str().to_owned() }
}
