//! A password that Secrets Manager makes up.

use aws_sdk_secretsmanager::Client;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::Function;
use crate::model::Model;

/// Generates a random password, a different one each time that the program runs. To keep a
/// password, use the resource `Password`. The result is marked as a Pulumi secret.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRandomPasswordArgs {
    /// The characters that the password must not have.
    #[model(length = 0..=4096)]
    pub exclude_characters: Option<String>,
    /// Whether the password has no lowercase letters.
    #[model(default = false)]
    pub exclude_lowercase: bool,
    /// Whether the password has no digits.
    #[model(default = false)]
    pub exclude_numbers: bool,
    /// Whether the password has no punctuation.
    #[model(default = false)]
    pub exclude_punctuation: bool,
    /// Whether the password has no uppercase letters.
    #[model(default = false)]
    pub exclude_uppercase: bool,
    /// Whether the password may have spaces.
    #[model(default = false)]
    pub include_space: bool,
    /// The number of characters.
    #[model(default = 32, range = 1..=4096)]
    pub password_length: i64,
    /// Whether the password has at least one character of each type that is not excluded.
    #[model(default = true)]
    pub require_each_included_type: bool,
}

/// A random password.
#[derive(Clone, Model)]
pub struct GetRandomPasswordResult {
    /// The AWS region of the registry.
    pub id: String,
    /// The password.
    #[model(secret)]
    pub random_password: String,
}

/// Asks for a random password.
pub struct GetRandomPassword;

impl Function for GetRandomPassword {
    const TOKEN: &'static str = "agentic:secretsmanager:getRandomPassword";
    const ACTIONS: &'static [&'static str] = &["secretsmanager:GetRandomPassword"];

    type Args = GetRandomPasswordArgs;
    type Result = GetRandomPasswordResult;

    async fn call(cx: &Cx, args: &GetRandomPasswordArgs) -> Result<GetRandomPasswordResult> {
        let answer = cx
            .client::<Client>()?
            .get_random_password()
            .set_exclude_characters(args.exclude_characters.clone())
            .exclude_lowercase(args.exclude_lowercase)
            .exclude_numbers(args.exclude_numbers)
            .exclude_punctuation(args.exclude_punctuation)
            .exclude_uppercase(args.exclude_uppercase)
            .include_space(args.include_space)
            .password_length(args.password_length)
            .require_each_included_type(args.require_each_included_type)
            .send()
            .await?;
        let id = cx.region().unwrap_or_default().to_owned();
        Ok(GetRandomPasswordResult { id, random_password: answer.random_password.unwrap_or_default() })
    }
}
