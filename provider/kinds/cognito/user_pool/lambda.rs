//! The functions that a user pool calls.

use crate::model::Model;

/// The Lambda functions that Cognito calls, by their ARNs.
#[derive(Clone, Debug, Default, Model)]
pub struct LambdaConfig {
    /// The function that creates the challenge of a custom authentication.
    pub create_auth_challenge: Option<String>,
    /// The function that customizes messages to users.
    pub custom_message: Option<String>,
    /// The function that decides on the next challenge of a custom authentication.
    pub define_auth_challenge: Option<String>,
    /// The function that is called after users have signed in.
    pub post_authentication: Option<String>,
    /// The function that is called after users have signed up.
    pub post_confirmation: Option<String>,
    /// The function that can refuse users who sign in.
    pub pre_authentication: Option<String>,
    /// The function that can refuse users who sign up.
    pub pre_sign_up: Option<String>,
    /// The function that changes identity tokens. For access tokens, use
    /// `preTokenGenerationConfig`.
    pub pre_token_generation: Option<String>,
    /// The function that changes tokens, with its version.
    pub pre_token_generation_config: Option<PreTokenGenerationConfig>,
    /// The function that finds users in another directory when they first sign in.
    pub user_migration: Option<String>,
    /// The function that verifies the answer to the challenge of a custom authentication.
    pub verify_auth_challenge_response: Option<String>,
}

/// The function that changes tokens.
#[derive(Clone, Debug, Model)]
pub struct PreTokenGenerationConfig {
    /// The ARN of the function.
    pub lambda_arn: String,
    /// The version of the request: `V1_0` for identity tokens, `V2_0` also for access tokens,
    /// `V3_0` also for tokens of the client credentials grant.
    #[model(one_of = ["V1_0", "V2_0", "V3_0"])]
    pub lambda_version: String,
}
