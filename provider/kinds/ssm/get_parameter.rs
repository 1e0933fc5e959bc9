//! The look-up of a parameter's value.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::Function;
use crate::model::Model;

/// Gets the value of a parameter of AWS Systems Manager Parameter Store. The result is marked as a
/// Pulumi secret.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetParameterArgs {
    /// The name of the parameter, or its ARN. A version or label may follow, as in `/app/url:3`.
    pub name: String,
    /// Whether to decrypt the value of a `SecureString`.
    #[model(default = true)]
    pub with_decryption: bool,
}

/// A parameter.
#[derive(Clone, Model)]
pub struct GetParameterResult {
    /// The ARN of the parameter.
    pub arn: String,
    /// The name of the parameter.
    pub id: String,
    /// The value as plain text, unless the parameter is a `SecureString`.
    pub insecure_value: String,
    /// The name of the parameter.
    pub name: String,
    /// The type: `String`, `StringList` or `SecureString`.
    pub r#type: String,
    /// The value.
    #[model(secret)]
    pub value: String,
    /// The version of the parameter.
    pub version: i64,
    /// Whether the value was decrypted.
    pub with_decryption: bool,
}

/// Reads a parameter.
pub struct GetParameter;

impl Function for GetParameter {
    const TOKEN: &'static str = "agentic:ssm:getParameter";
    const ACTIONS: &'static [&'static str] = &["ssm:GetParameter", "kms:Decrypt"];

    type Args = GetParameterArgs;
    type Result = GetParameterResult;

    async fn call(cx: &Cx, args: &GetParameterArgs) -> Result<GetParameterResult> {
        let call = cx.client::<Client>()?.get_parameter().name(&args.name);
        let answer = found(call.with_decryption(args.with_decryption).send().await)?;
        let Some(parameter) = answer.and_then(|answer| answer.parameter) else {
            let place = cx.region().unwrap_or("the region");
            let message = format!("there is no parameter {} in {place}", args.name);
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let (name, value) = (parameter.name.unwrap_or_default(), parameter.value.unwrap_or_default());
        let is_secret = parameter.r#type == Some(ParameterType::SecureString);
        Ok(GetParameterResult {
            arn: parameter.arn.unwrap_or_default(),
            id: name.clone(),
            insecure_value: if is_secret { String::new() } else { value.clone() },
            name,
            r#type: parameter.r#type.map(|sort| sort.as_str().to_owned()).unwrap_or_default(),
            value,
            version: parameter.version,
            with_decryption: args.with_decryption,
        })
    }
}
