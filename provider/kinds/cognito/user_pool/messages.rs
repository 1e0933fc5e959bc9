//! The messages that a user pool sends, and how.

use crate::model::Model;

/// The settings for users that administrators create.
#[derive(Clone, Debug, Model)]
pub struct AdminCreateUserConfig {
    /// Whether only administrators can create users. If `false`, users can sign themselves up.
    #[model(default = false)]
    pub allow_admin_create_user_only: bool,
    /// The invitations that users get.
    #[model(aws_default)]
    pub invite_message_template: Option<InviteMessageTemplate>,
}

/// The invitations that users get. `{username}` and `{####}` stand for the username and the
/// temporary password.
#[derive(Clone, Debug, Model)]
pub struct InviteMessageTemplate {
    /// The text of emails.
    #[model(length = 6..=20_000)]
    pub email_message: Option<String>,
    /// The subject of emails.
    #[model(length = 1..=140)]
    pub email_subject: Option<String>,
    /// The text of text messages.
    #[model(length = 6..=140)]
    pub sms_message: Option<String>,
}

/// The email settings.
#[derive(Clone, Debug, Model)]
pub struct EmailConfiguration {
    /// The name of the SES configuration set.
    pub configuration_set: Option<String>,
    /// Whether Cognito sends emails (`COGNITO_DEFAULT`), or SES from an identity of the account
    /// (`DEVELOPER`).
    #[model(default = "COGNITO_DEFAULT", one_of = ["COGNITO_DEFAULT", "DEVELOPER"])]
    pub email_sending_account: String,
    /// The sender address of emails, such as `Shop <no-reply@example.com>`.
    pub from_email_address: Option<String>,
    /// The email address that receives replies.
    pub reply_to_email_address: Option<String>,
    /// The ARN of the verified SES identity. Required for `DEVELOPER`.
    pub source_arn: Option<String>,
}

/// The text message settings.
#[derive(Clone, Debug, Model)]
pub struct SmsConfiguration {
    /// The external ID that the trust policy of the role requires.
    pub external_id: String,
    /// The ARN of the IAM role with which Cognito publishes messages to SNS. It must trust
    /// `cognito-idp.amazonaws.com`.
    pub sns_caller_arn: String,
    /// The AWS region of SNS. If omitted, AWS chooses one.
    #[model(aws_default)]
    pub sns_region: Option<String>,
}

/// The messages with which attributes are verified. `{####}` stands for the code, and `{##Click##}`
/// for the link.
#[derive(Clone, Debug, Model)]
pub struct VerificationMessageTemplate {
    /// Whether emails contain a code or a link.
    #[model(default = "CONFIRM_WITH_CODE", one_of = ["CONFIRM_WITH_CODE", "CONFIRM_WITH_LINK"])]
    pub default_email_option: String,
    /// The text of emails with a code.
    #[model(aws_default, length = 6..=20_000)]
    pub email_message: Option<String>,
    /// The text of emails with a link.
    #[model(aws_default, length = 6..=20_000)]
    pub email_message_by_link: Option<String>,
    /// The subject of emails with a code.
    #[model(aws_default, length = 1..=140)]
    pub email_subject: Option<String>,
    /// The subject of emails with a link.
    #[model(aws_default, length = 1..=140)]
    pub email_subject_by_link: Option<String>,
    /// The text of text messages.
    #[model(aws_default, length = 6..=140)]
    pub sms_message: Option<String>,
}
