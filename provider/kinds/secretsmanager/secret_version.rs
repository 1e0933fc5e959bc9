//! One version of the value of a secret.

use aws_sdk_secretsmanager::Client;

use super::{describe, same_secret};
use crate::aws::context::Cx;
use crate::aws::error::{self, Result};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, began, begin};
use crate::model::Model;

/// The label of the version that applications get.
const CURRENT: &str = "AWSCURRENT";

/// A version of the value of a secret. A changed value creates a new version, which becomes the
/// current one; AWS keeps the previous version under the label `AWSPREVIOUS`. Values that rotation
/// or other programs store later are not reverted.
///
/// AWS never deletes the current version by itself: if only this resource is removed, its value
/// remains in the secret until the secret is deleted or gets another value.
#[derive(Clone, Model)]
pub struct SecretVersionArgs {
    /// The ARN or name of the secret.
    #[model(replace, same = same_secret)]
    pub secret_id: String,
    /// The value of the secret: any text, often a JSON document. Any difference in the text counts
    /// as a change.
    #[model(replace, optional_type, secret, length = 1..=65536)]
    pub secret_string: String,
    /// The staging labels of the version. Defaults to `AWSCURRENT`, the label of the version that
    /// applications get.
    #[model(in_place, set, aws_default, told, length = 1..=20)]
    pub version_stages: Option<Vec<String>>,
}

/// The outputs of a secret version.
#[derive(Clone, Debug, Model)]
pub struct SecretVersionState {
    /// The ARN of the secret.
    pub arn: String,
    /// The ID of the version.
    pub version_id: String,
}

/// A version of the value of a secret.
pub struct SecretVersion;

/// A version that was put, as the call tells.
struct Put {
    arn: String,
    version: String,
    stages: Vec<String>,
}

impl Kind for SecretVersion {
    const TOKEN: &'static str = "agentic:secretsmanager:SecretVersion";
    const ID: &'static str = "the ARN of the secret and the ID of the version, separated by `|`";
    const ACTIONS: Actions = Actions {
        create: &[
            "secretsmanager:PutSecretValue",
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
            "secretsmanager:UpdateSecretVersionStage",
        ],
        read: &["secretsmanager:GetSecretValue"],
        update: &["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"],
        delete: &["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SECRET_VERSION;

    type Args = SecretVersionArgs;
    type State = SecretVersionState;

    async fn create(cx: &Cx, args: &SecretVersionArgs) -> Result<String> {
        // What an interrupted attempt put is the current version.
        begin(cx, &args.secret_id);
        let left = if began(cx, &args.secret_id) { current(cx, args).await? } else { None };
        let made = match left {
            Some(made) => made,
            None => put(cx, args, &cx.reference()).await?,
        };
        let wanted = wanted(args);
        if wanted.iter().any(|stage| !made.stages.contains(stage)) {
            label(cx, &made.arn, &made.version, &wanted).await?;
        }
        Ok(format!("{}|{}", made.arn, made.version))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (arn, version) = parts(id)?;
        let call = cx.client::<Client>()?.get_secret_value().secret_id(arn).version_id(version);
        let Some(found) = error::found(call.send().await)? else { return Ok(None) };
        Ok(Some(Live {
            args: SecretVersionObserved {
                version_stages: Some(Some(found.version_stages().to_vec())),
                secret_id: found.arn.clone(),
                secret_string: Some(found.secret_string.unwrap_or_default()),
            },
            state: SecretVersionState { arn: found.arn.unwrap_or_default(), version_id: version.to_owned() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SecretVersionArgs>) -> Result<()> {
        let (arn, version) = parts(id)?;
        let (old, new) = (wanted(&update.old), wanted(&update.new));
        label(cx, arn, version, &new).await?;
        let dropped: Vec<String> = old.into_iter().filter(|stage| !new.contains(stage)).collect();
        unlabel(cx, arn, version, &dropped).await
    }

    async fn delete(cx: &Cx, id: &str, args: &SecretVersionArgs) -> Result<()> {
        let (arn, version) = parts(id)?;
        // The current label can be given to another version, but not be taken away.
        let removable = wanted(args).into_iter().filter(|stage| stage != CURRENT);
        unlabel(cx, arn, version, &removable.collect::<Vec<_>>()).await
    }
}

fn wanted(args: &SecretVersionArgs) -> Vec<String> {
    args.version_stages.clone().unwrap_or_else(|| vec![CURRENT.to_owned()])
}

/// Puts the value under this id. Done again with the same value, it changes nothing.
async fn put(cx: &Cx, args: &SecretVersionArgs, id: &str) -> Result<Put> {
    let put = cx
        .client::<Client>()?
        .put_secret_value()
        .secret_id(&args.secret_id)
        .secret_string(&args.secret_string)
        .set_version_stages(Some(wanted(args)))
        .client_request_token(id)
        .send()
        .await?;
    Ok(Put {
        arn: put.arn.unwrap_or_default(),
        version: put.version_id.unwrap_or_default(),
        stages: put.version_stages.unwrap_or_default(),
    })
}

/// The current version, where it has the value already.
async fn current(cx: &Cx, args: &SecretVersionArgs) -> Result<Option<Put>> {
    let call = cx.client::<Client>()?.get_secret_value().secret_id(&args.secret_id);
    let found = error::found(call.send().await)?;
    let same = found.filter(|found| found.secret_string.as_deref() == Some(&args.secret_string));
    Ok(same.map(|found| Put {
        arn: found.arn.unwrap_or_default(),
        version: found.version_id.unwrap_or_default(),
        stages: found.version_stages.unwrap_or_default(),
    }))
}

/// Gives these labels to a version, taking them from whichever has them.
async fn label(cx: &Cx, arn: &str, version: &str, stages: &[String]) -> Result<()> {
    let client = cx.client::<Client>()?;
    let Some(secret) = describe(cx, arn).await? else { return Ok(()) };
    let versions = secret.version_ids_to_stages.unwrap_or_default();
    for stage in stages {
        let holder = versions.iter().find(|(_, stages)| stages.contains(stage)).map(|(id, _)| id.clone());
        if holder.as_deref() != Some(version) {
            client
                .update_secret_version_stage()
                .secret_id(arn)
                .version_stage(stage)
                .move_to_version_id(version)
                .set_remove_from_version_id(holder)
                .send()
                .await?;
        }
    }
    Ok(())
}

/// Takes these labels from a version, where they still are on it.
async fn unlabel(cx: &Cx, arn: &str, version: &str, stages: &[String]) -> Result<()> {
    if stages.is_empty() {
        return Ok(());
    }
    let client = cx.client::<Client>()?;
    let Some(secret) = describe(cx, arn).await? else { return Ok(()) };
    let versions = secret.version_ids_to_stages.unwrap_or_default();
    let held = versions.get(version).cloned().unwrap_or_default();
    for stage in stages.iter().filter(|stage| held.contains(stage)) {
        let call = client.update_secret_version_stage().secret_id(arn).version_stage(stage);
        call.remove_from_version_id(version).send().await?;
    }
    Ok(())
}

fn parts(id: &str) -> Result<(&str, &str)> {
    id.split_once('|').ok_or_else(|| bad_id(id, SecretVersion::ID))
}
