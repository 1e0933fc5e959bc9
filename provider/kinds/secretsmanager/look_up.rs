//! Look-ups of secrets and of their values.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{DateTime, base64};

use super::{all_tags, describe};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::tags;
use crate::engine::unsupported::{Unsupported, without};
use crate::kinds::Function;
use crate::model::{Failures, Model};

/// Gets a secret by its name or ARN.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSecretArgs {
    /// The ARN of the secret. Specify either this or `name`.
    pub arn: Option<String>,
    /// The name of the secret. Specify either this or `arn`.
    pub name: Option<String>,
}

/// A secret in AWS Secrets Manager.
#[derive(Clone, Debug, Model)]
pub struct GetSecretResult {
    /// The ARN of the secret.
    pub arn: String,
    /// The name of the secret.
    pub name: String,
    /// The description of the secret.
    pub description: String,
    /// The date and time when the secret was created.
    pub created_date: String,
    /// The ARN of the secret.
    pub id: String,
    /// The KMS key that encrypts the values; empty if it is the AWS managed key.
    pub kms_key_id: String,
    /// The date and time when the secret was last changed.
    pub last_changed_date: String,
    /// The tags of the secret.
    pub tags: BTreeMap<String, String>,
}

/// Finds a secret by its name or ARN.
pub struct GetSecret;

impl Function for GetSecret {
    const TOKEN: &'static str = "agentic:secretsmanager:getSecret";
    const ACTIONS: &'static [&'static str] = &["secretsmanager:DescribeSecret"];

    const UNSUPPORTED: &'static [Unsupported] = &[without("tags", "a name is unique; give name or arn")];

    type Args = GetSecretArgs;
    type Result = GetSecretResult;

    fn rules(args: &GetSecretInputs, failures: &mut Failures) {
        match (args.arn.is_set(), args.name.is_set()) {
            (false, false) => {
                failures.add(GetSecretArgs::NAME, "is missing; give the name or the ARN of a secret")
            }
            (true, true) => failures.add(GetSecretArgs::NAME, "conflicts with arn; give only one of them"),
            _ => {}
        }
    }

    async fn call(cx: &Cx, args: &GetSecretArgs) -> Result<GetSecretResult> {
        let which = args.arn.as_ref().or(args.name.as_ref()).cloned().unwrap_or_default();
        let found = describe(cx, &which).await?.filter(|secret| secret.deleted_date.is_none());
        let Some(secret) = found else {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no secret {which}")));
        };
        let tags = tags::visible(all_tags(secret.tags()));
        let arn = secret.arn.unwrap_or_default();
        Ok(GetSecretResult {
            created_date: told(secret.created_date),
            id: arn.clone(),
            last_changed_date: told(secret.last_changed_date),
            arn,
            name: secret.name.unwrap_or_default(),
            description: secret.description.unwrap_or_default(),
            kms_key_id: secret.kms_key_id.unwrap_or_default(),
            tags,
        })
    }
}

fn told(time: Option<DateTime>) -> String {
    time.and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_default()
}

/// Gets the value of a version of a secret. The result is marked as a Pulumi secret.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetSecretVersionArgs {
    /// The ARN or name of the secret.
    pub secret_id: String,
    /// The ID of the version. Defaults to the version with the staging label `versionStage`.
    pub version_id: Option<String>,
    /// The staging label of the version. Defaults to `AWSCURRENT`.
    pub version_stage: Option<String>,
}

/// A version of the value of a secret.
#[derive(Clone, Model)]
pub struct GetSecretVersionResult {
    /// The ARN of the secret.
    pub arn: String,
    /// The date and time when the version was created.
    pub created_date: String,
    /// The secret and the version, joined by `|`.
    pub id: String,
    /// The value of the secret in Base64, if it is not text.
    #[model(secret, told)]
    pub secret_binary: Option<String>,
    /// The ARN or name that was specified.
    pub secret_id: String,
    /// The value of the secret, if it is text.
    #[model(secret, told)]
    pub secret_string: Option<String>,
    /// The ID of the version.
    pub version_id: String,
    /// The staging label that was specified.
    pub version_stage: String,
    /// The staging labels of the version.
    pub version_stages: Vec<String>,
}

/// Reads a value of a secret.
pub struct GetSecretVersion;

impl Function for GetSecretVersion {
    const TOKEN: &'static str = "agentic:secretsmanager:getSecretVersion";
    const ACTIONS: &'static [&'static str] = &["secretsmanager:GetSecretValue"];

    type Args = GetSecretVersionArgs;
    type Result = GetSecretVersionResult;

    async fn call(cx: &Cx, args: &GetSecretVersionArgs) -> Result<GetSecretVersionResult> {
        let found = cx
            .client::<Client>()?
            .get_secret_value()
            .secret_id(&args.secret_id)
            .set_version_id(args.version_id.clone())
            .set_version_stage(args.version_stage.clone())
            .send()
            .await?;
        let version_id = found.version_id.unwrap_or_default();
        Ok(GetSecretVersionResult {
            arn: found.arn.unwrap_or_default(),
            created_date: told(found.created_date),
            id: format!("{}|{version_id}", args.secret_id),
            secret_binary: found.secret_binary.map(|bytes| base64::encode(bytes.as_ref())),
            secret_id: args.secret_id.clone(),
            secret_string: found.secret_string,
            version_id,
            version_stage: args.version_stage.clone().unwrap_or_else(|| "AWSCURRENT".to_owned()),
            version_stages: found.version_stages.unwrap_or_default(),
        })
    }
}
