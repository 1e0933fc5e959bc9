//! What a project makes of files.

use crate::model::Model;

/// The standard output of a Data Automation project, by type of file. File types that are omitted
/// have the default output of AWS.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct StandardOutput {
    /// The output for audio.
    pub audio: Option<AudioOutput>,
    /// The output for documents.
    pub document: Option<DocumentOutput>,
    /// The output for images.
    pub image: Option<ImageOutput>,
    /// The output for videos.
    pub video: Option<VideoOutput>,
}

/// A setting that is enabled or disabled.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Switch {
    /// Whether the setting is enabled.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
}

/// The standard output for documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentOutput {
    /// The text that is extracted.
    pub extraction: Option<DocumentExtraction>,
    /// The summaries and descriptions that a generative model writes.
    pub generative_field: Option<Switch>,
    /// The formats of the output.
    pub output_format: Option<DocumentFormat>,
}

/// The text that is extracted from documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentExtraction {
    /// The bounding boxes: the positions of text on a page.
    pub bounding_box: Switch,
    /// The granularity of the text.
    pub granularity: DocumentGranularity,
}

/// The granularity of the text that is extracted from documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentGranularity {
    /// The levels of granularity.
    #[model(set, length = 1..=5, one_of = ["DOCUMENT", "PAGE", "ELEMENT", "WORD", "LINE"])]
    pub types: Vec<String>,
}

/// The formats of the output for documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentFormat {
    /// The additional files, such as a CSV file for each table.
    pub additional_file_format: Switch,
    /// The formats of text.
    pub text_format: DocumentTextFormat,
}

/// The formats of the text that is extracted from documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentTextFormat {
    /// The formats.
    #[model(set, length = 1..=4, one_of = ["PLAIN_TEXT", "MARKDOWN", "HTML", "CSV"])]
    pub types: Vec<String>,
}

/// The standard output for images.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ImageOutput {
    /// The content that is detected in an image.
    pub extraction: Option<ImageExtraction>,
    /// The texts that a generative model writes about an image.
    pub generative_field: Option<ImageGenerative>,
}

/// The content that is detected in images.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ImageExtraction {
    /// The bounding boxes: the positions of the detected content.
    pub bounding_box: Switch,
    /// The categories of content to detect.
    pub category: ImageCategory,
}

/// The categories to detect in images.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ImageCategory {
    /// Whether these categories are detected.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The categories.
    #[model(default = [], set, one_of = ["CONTENT_MODERATION", "TEXT_DETECTION", "LOGOS"])]
    pub types: Vec<String>,
}

/// The fields that a generative model produces for images.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ImageGenerative {
    /// Whether a generative model produces these fields.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The texts to generate: a summary of the image, or the categories of the Interactive
    /// Advertising Bureau.
    #[model(default = [], set, one_of = ["IMAGE_SUMMARY", "IAB"])]
    pub types: Vec<String>,
}

/// The standard output for videos.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VideoOutput {
    /// The content that is detected in a video.
    pub extraction: Option<VideoExtraction>,
    /// The texts that a generative model writes about a video.
    pub generative_field: Option<VideoGenerative>,
}

/// The content that is detected in videos.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VideoExtraction {
    /// The bounding boxes: the positions of the detected content.
    pub bounding_box: Switch,
    /// The categories of content to detect.
    pub category: VideoCategory,
}

/// The categories to detect in videos.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VideoCategory {
    /// Whether these categories are detected.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The categories.
    #[model(default = [], set, one_of = ["CONTENT_MODERATION", "TEXT_DETECTION", "TRANSCRIPT", "LOGOS"])]
    pub types: Vec<String>,
}

/// The fields that a generative model produces for videos.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VideoGenerative {
    /// Whether a generative model produces these fields.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The texts to generate: a summary of the video, a summary of each chapter, or the categories
    /// of the Interactive Advertising Bureau.
    #[model(default = [], set, one_of = ["VIDEO_SUMMARY", "IAB", "CHAPTER_SUMMARY"])]
    pub types: Vec<String>,
}

/// The standard output for audio.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AudioOutput {
    /// The content that is detected in a recording.
    pub extraction: Option<AudioExtraction>,
    /// The texts that a generative model writes about a recording.
    pub generative_field: Option<AudioGenerative>,
}

/// The content that is detected in audio.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AudioExtraction {
    /// The categories of content to detect.
    pub category: AudioCategory,
}

/// The categories to detect in audio.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AudioCategory {
    /// Whether these categories are detected.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The categories.
    #[model(default = [], set, one_of = ["AUDIO_CONTENT_MODERATION", "TRANSCRIPT", "TOPIC_CONTENT_MODERATION"])]
    pub types: Vec<String>,
}

/// The fields that a generative model produces for audio.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AudioGenerative {
    /// Whether a generative model produces these fields.
    #[model(one_of = ["ENABLED", "DISABLED"])]
    pub state: String,
    /// The texts to generate: a summary of the recording, a summary of each topic, or the
    /// categories of the Interactive Advertising Bureau.
    #[model(default = [], set, one_of = ["AUDIO_SUMMARY", "IAB", "TOPIC_SUMMARY"])]
    pub types: Vec<String>,
}

/// The custom output of a Data Automation project, by blueprints.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CustomOutput {
    /// The blueprints. The one that fits a file best is used.
    #[model(default = [])]
    pub blueprints: Vec<Blueprint>,
}

/// A blueprint of a Data Automation project.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Blueprint {
    /// The ARN of the blueprint.
    #[model(length = 1..=128)]
    pub blueprint_arn: String,
    /// The stage of the blueprint. Defaults to `LIVE`.
    #[model(aws_default, one_of = ["DEVELOPMENT", "LIVE"])]
    pub blueprint_stage: Option<String>,
    /// The version of the blueprint. Defaults to the latest version.
    #[model(aws_default, length = 1..=128)]
    pub blueprint_version: Option<String>,
}

/// The settings that override how files are processed by default.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Overrides {
    /// The processing of documents.
    pub document: Option<DocumentOverrides>,
    /// The modality routing: the type that files of each format are processed as.
    pub modality_routing: Option<Routing>,
}

/// The processing of documents.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DocumentOverrides {
    /// Whether documents are processed.
    pub modality_processing: Option<Switch>,
    /// The splitter, which splits a file with several documents into single documents.
    pub splitter: Option<Switch>,
}

/// The modality routing: the type that files of each format are processed as.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Routing {
    /// The type of JPEG files.
    #[model(one_of = ["IMAGE", "DOCUMENT", "AUDIO", "VIDEO"])]
    pub jpeg: Option<String>,
    /// The type of QuickTime files.
    #[model(one_of = ["IMAGE", "DOCUMENT", "AUDIO", "VIDEO"])]
    pub mov: Option<String>,
    /// The type of MPEG-4 files.
    #[model(one_of = ["IMAGE", "DOCUMENT", "AUDIO", "VIDEO"])]
    pub mp4: Option<String>,
    /// The type of PNG files.
    #[model(one_of = ["IMAGE", "DOCUMENT", "AUDIO", "VIDEO"])]
    pub png: Option<String>,
}
