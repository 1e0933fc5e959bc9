//! A secret: the name, key and policy under which versions of a value are kept.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;

use super::{SecretTags, all_tags, describe, tag_list, tag_pairs};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{self, Error, ErrorKind, Result};
use crate::aws::kms::same_key;
use crate::aws::owner::{ATTEMPT, Standing, TOKEN};
use crate::aws::policies;
use crate::aws::tags;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Update, may_claim, set_up, set_up_from};
use crate::model::{Failures, Json, Model};

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
const SECRET: NameRule = NameRule {
    what: "secret",
    max: 512,
    alphabet: Alphabet {
        words: "letters, digits and / _ + = . @ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c),
    },
    ..PLAIN
};

/// The key that AWS uses where none is given.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// A secret in AWS Secrets Manager: a name for a value that is stored encrypted. The value itself
/// is set with `SecretVersion`. A secret costs about $0.40 a month.
///
/// A deleted secret can be restored for `recoveryWindowInDays`, and its name is reserved until
/// then. If a program creates a secret again that it deleted within that time, the secret is
/// restored and reused.
#[derive(Clone, Debug, Model)]
pub struct SecretArgs {
    /// The name of the secret, such as `app/production/database`.
    #[model(replace, autoname, length = 1..=512)]
    pub name: String,
    /// The description of the secret.
    #[model(in_place, default = "", length = 0..=2048)]
    pub description: String,
    /// The KMS key that encrypts the values: its ARN, ID or alias. Defaults to the AWS managed key
    /// `aws/secretsmanager`, which works within the account only. Users who read or write the
    /// secret require permission to use the key.
    #[model(in_place, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The resource policy of the secret, as JSON text or as an object. A policy that grants public
    /// access is refused.
    #[model(in_place, told, policy)]
    pub policy: Option<Json>,
    /// The number of days, from 7 to 30, in which a deleted secret can be restored. 0 deletes it
    /// immediately and irrevocably.
    #[model(in_place, write_only, default = 30)]
    pub recovery_window_in_days: i64,
    /// The tags of the secret.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a secret.
#[derive(Clone, Debug, Model)]
pub struct SecretState {
    /// The ARN of the secret, which ends in six random characters.
    pub arn: String,
}

/// A secret.
pub struct Secret;

impl Kind for Secret {
    const TOKEN: &'static str = "agentic:secretsmanager:Secret";
    const ID: &'static str = "the ARN of the secret";
    const TAGS: TaggedBy = TaggedBy::service::<SecretTags>();
    const NAME: Option<&'static NameRule> = Some(&SECRET);
    const ACTIONS: Actions = Actions {
        create: &[
            "secretsmanager:CreateSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:RestoreSecret",
            "secretsmanager:UpdateSecret",
            "secretsmanager:PutResourcePolicy",
            "secretsmanager:DeleteResourcePolicy",
        ],
        read: &["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
        update: &[
            "secretsmanager:UpdateSecret",
            "secretsmanager:PutResourcePolicy",
            "secretsmanager:DeleteResourcePolicy",
        ],
        delete: &["secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SECRET;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = SecretArgs;
    type State = SecretState;

    fn rules(args: &SecretInputs, failures: &mut Failures) {
        for problem in
            args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &policies::SECRET))
        {
            failures.add(SecretArgs::POLICY, problem);
        }
        // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
        if let Some(&days) = args.recovery_window_in_days.get()
            && days != 0
            && !(7..=30).contains(&days)
        {
            let reason = format!("is {days}; give 7 to 30 days, or 0 for a deletion that cannot be undone");
            failures.add(SecretArgs::RECOVERY_WINDOW_IN_DAYS, reason);
        }
    }

    async fn create(cx: &Cx, args: &SecretArgs) -> Result<String> {
        let created = cx
            .client::<Client>()?
            .create_secret()
            .name(&args.name)
            .description(&args.description)
            .set_kms_key_id(args.kms_key_id.clone())
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Ok(created) => {
                let arn = created.arn.unwrap_or_default();
                cx.makes_new();
                Ok(arn)
            }
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotReady) => {
                reclaim(cx, args, error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &SecretArgs) -> Result<()> {
        match cx.is_new() {
            true => {
                let usual = SecretObserved { policy: Some(None), ..SecretObserved::default() };
                set_up_from::<Self>(cx, id, args, usual).await?;
                // All of it is known: it was asked for and acknowledged.
                cx.keep(id.to_owned(), Made);
                Ok(())
            }
            false => set_up::<Self>(cx, id, args).await,
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if cx.told::<_, Made>(&id.to_owned()).is_some() {
            let state = SecretState { arn: id.to_owned() };
            return Ok(Some(Live { args: SecretObserved::default(), state }));
        }
        let (secret, policy) = tokio::try_join!(describe(cx, id), policy(cx, id))?;
        let Some(secret) = secret.filter(|secret| secret.deleted_date.is_none()) else { return Ok(None) };
        let tags = all_tags(secret.tags());
        Ok(Some(Live {
            args: SecretObserved {
                name: secret.name,
                description: Some(secret.description.unwrap_or_default()),
                kms_key_id: Some(secret.kms_key_id.filter(|key| !key.ends_with(DEFAULT_KEY))),
                policy: Some(policy),
                tags: Some(tags),
                ..SecretObserved::default()
            },
            state: SecretState { arn: secret.arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SecretArgs>) -> Result<()> {
        let new = &update.new;
        let client = cx.client::<Client>()?;
        if update.any(&[SecretArgs::DESCRIPTION, SecretArgs::KMS_KEY_ID]) {
            let mut call = client.update_secret().secret_id(id);
            if update.any(&[SecretArgs::DESCRIPTION]) {
                call = call.description(&new.description);
            }
            if update.any(&[SecretArgs::KMS_KEY_ID]) {
                call = call.kms_key_id(new.kms_key_id.as_deref().unwrap_or(DEFAULT_KEY));
            }
            call.send().await?;
        }
        if update.any(&[SecretArgs::POLICY]) {
            match &new.policy {
                Some(policy) => {
                    let put =
                        client.put_resource_policy().secret_id(id).resource_policy(policy.0.to_string());
                    drop(put.block_public_policy(true).send().await?)
                }
                None => drop(client.delete_resource_policy().secret_id(id).send().await?),
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &SecretArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_secret().secret_id(id);
        let call = match args.recovery_window_in_days {
            0 => call.force_delete_without_recovery(true),
            days => call.recovery_window_in_days(days),
        };
        match call.send().await.map_err(Error::from) {
            // It waits for its deletion already.
            Err(error) if error.kind() == ErrorKind::NotReady => match Self::read(cx, id).await? {
                None => Ok(()),
                Some(_) => Err(error),
            },
            other => other.map(drop),
        }
    }
}

/// Takes up the secret that has the name already, where this program made it: an earlier attempt
/// did, or an earlier deployment whose secret waits for its deletion.
async fn reclaim(cx: &Cx, args: &SecretArgs, error: Error) -> Result<String> {
    let name = &args.name;
    let Some(secret) = describe(cx, name).await? else {
        // It went away a moment ago.
        return Err(error.with_kind(ErrorKind::NotReady));
    };
    let arn = secret.arn.clone().unwrap_or_default();
    if secret.deleted_date.is_none() {
        may_claim::<Secret>(cx, &arn, tag_pairs(secret.tags()), error, "secret")?;
    } else {
        // No state holds what waits for its deletion.
        if cx.standing(tag_pairs(secret.tags())) == Standing::Foreign {
            let message =
                format!("a secret {name:?} that this stack did not create is scheduled for deletion");
            let hint =
                "Choose another name, or restore it with `aws secretsmanager restore-secret` and import it.";
            return Err(error.with_kind(ErrorKind::AlreadyExists).with_message(message).with_hint(hint));
        }
        // What was deleted without a recovery window is about to vanish.
        if args.recovery_window_in_days == 0 {
            return Err(error.with_kind(ErrorKind::NotReady));
        }
        cx.client::<Client>()?.restore_secret().secret_id(name).send().await?;
    }
    bring_up_to_date(cx, &arn, &secret, args).await?;
    Ok(arn)
}

/// Makes a secret that was found as it would have been made.
async fn bring_up_to_date(cx: &Cx, arn: &str, found: &DescribeSecretOutput, args: &SecretArgs) -> Result<()> {
    let client = cx.client::<Client>()?;
    client
        .update_secret()
        .secret_id(arn)
        .description(&args.description)
        .kms_key_id(args.kms_key_id.as_deref().unwrap_or(DEFAULT_KEY))
        .send()
        .await?;
    if args.policy.is_none() {
        client.delete_resource_policy().secret_id(arn).send().await?;
    }
    let mut tags = all_tags(found.tags());
    tags.retain(|key, _| [TOKEN, ATTEMPT].contains(&key.as_str()) || !tags::is_system(key));
    let named = Named { id: arn.to_owned(), arn: arn.to_owned() };
    SecretTags::change(cx, &named, tags::Change::between(&tags, &cx.owned(&args.tags))).await
}

/// The secret was made and set up by this operation.
#[derive(Clone)]
struct Made;

async fn policy(cx: &Cx, arn: &str) -> Result<Option<Json>> {
    let answer = error::found(cx.client::<Client>()?.get_resource_policy().secret_id(arn).send().await)?;
    let Some(text) = answer.and_then(|answer| answer.resource_policy) else { return Ok(None) };
    let document = serde_json::from_str(&text).map_err(|error| {
        Error::new(ErrorKind::Other, format!("the policy of the secret {arn} is not JSON: {error}"))
    })?;
    Ok(Some(Json(document)))
}
