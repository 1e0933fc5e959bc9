//! The look-up of a key.

use aws_sdk_kms::Client;
use aws_smithy_types::date_time::Format;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::Function;
use crate::model::Model;

/// Gets a KMS key by its ID, ARN or alias. AWS managed keys, such as `alias/aws/s3`, can be found
/// as well.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetKeyArgs {
    /// The grant tokens, for a grant that has not yet taken effect in all of KMS.
    #[model(default = [])]
    pub grant_tokens: Vec<String>,
    /// The ID or ARN of the key, or the name or ARN of an alias, such as `alias/app`.
    pub key_id: String,
}

/// A key.
#[derive(Clone, Debug, Model)]
pub struct GetKeyResult {
    /// The ARN of the key.
    pub arn: String,
    /// The ID of the account that owns the key.
    pub aws_account_id: String,
    /// The date and time when the key was created.
    pub creation_date: String,
    /// The type of the key material, such as `SYMMETRIC_DEFAULT`.
    pub customer_master_key_spec: String,
    /// The date and time when the key will be deleted, if it is pending deletion.
    pub deletion_date: String,
    /// The description of the key.
    pub description: String,
    /// Whether the key can be used.
    pub enabled: bool,
    /// The ID of the key.
    pub id: String,
    /// The ID, ARN or alias that was specified.
    pub key_id: String,
    /// The manager of the key: `AWS` or `CUSTOMER`.
    pub key_manager: String,
    /// The type of the key material, such as `SYMMETRIC_DEFAULT`.
    pub key_spec: String,
    /// The state of the key, such as `Enabled` or `PendingDeletion`.
    pub key_state: String,
    /// The purpose of the key, such as `ENCRYPT_DECRYPT`.
    pub key_usage: String,
    /// Whether the key is a multi-Region key.
    pub multi_region: bool,
    /// The source of the key material, such as `AWS_KMS`.
    pub origin: String,
}

/// Finds a key.
pub struct GetKey;

impl Function for GetKey {
    const TOKEN: &'static str = "agentic:kms:getKey";
    const ACTIONS: &'static [&'static str] = &["kms:DescribeKey"];

    type Args = GetKeyArgs;
    type Result = GetKeyResult;

    async fn call(cx: &Cx, args: &GetKeyArgs) -> Result<GetKeyResult> {
        let call = cx.client::<Client>()?.describe_key().key_id(&args.key_id);
        let answer = found(call.set_grant_tokens(Some(args.grant_tokens.clone())).send().await)?;
        let Some(key) = answer.and_then(|answer| answer.key_metadata) else {
            let place = cx.region().unwrap_or("the region");
            let message = format!("there is no KMS key {} in {place}", args.key_id);
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let time = |time: Option<aws_smithy_types::DateTime>| {
            time.and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_default()
        };
        let spec = key.key_spec.as_ref().map(|spec| spec.as_str().to_owned()).unwrap_or_default();
        Ok(GetKeyResult {
            arn: key.arn.unwrap_or_default(),
            aws_account_id: key.aws_account_id.unwrap_or_default(),
            creation_date: time(key.creation_date),
            customer_master_key_spec: spec.clone(),
            deletion_date: time(key.deletion_date),
            description: key.description.unwrap_or_default(),
            enabled: key.enabled,
            id: key.key_id,
            key_id: args.key_id.clone(),
            key_manager: key.key_manager.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            key_spec: spec,
            key_state: key.key_state.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            key_usage: key.key_usage.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            multi_region: key.multi_region.unwrap_or_default(),
            origin: key.origin.map(|it| it.as_str().to_owned()).unwrap_or_default(),
        })
    }
}
