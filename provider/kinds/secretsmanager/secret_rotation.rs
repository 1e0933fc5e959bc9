//! When a secret that another AWS service manages is rotated.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::RotationRulesType;

use super::{describe, same_secret};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, set_up};
use crate::model::{Failures, Model, Path};

/// The rotation of a secret that another AWS service manages, such as the secret of a master user
/// whose password RDS manages. The service itself sets the new value, without a Lambda function.
///
/// Such a secret is rotated for as long as it exists. Deleting this resource does not change the
/// rotation.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_managed.html>
#[derive(Clone, Debug, Model)]
pub struct SecretRotationArgs {
    /// Whether the secret is rotated immediately when the rules change, instead of at the next
    /// scheduled time.
    #[model(in_place, write_only, default = true)]
    pub rotate_immediately: bool,
    /// The rotation rules, which define when the secret is rotated.
    #[model(in_place, optional_type)]
    pub rotation_rules: SecretRotationRotationRules,
    /// The ARN or the name of the secret.
    #[model(replace, same = same_secret)]
    pub secret_id: String,
}

/// The rotation rules of a secret. Specify either `automaticallyAfterDays` or `scheduleExpression`.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct SecretRotationRotationRules {
    /// The number of days between rotations.
    #[model(aws_default, resets, range = 1..=1000)]
    pub automatically_after_days: Option<i64>,
    /// The length of the rotation window in hours, such as `3h`. Defaults to the rest of the day.
    #[model(aws_default, resets, check = check_duration)]
    pub duration: Option<String>,
    /// The schedule as a `cron()` or `rate()` expression in UTC, such as `rate(10 days)`.
    #[model(aws_default, resets, length = 1..=256)]
    pub schedule_expression: Option<String>,
}

/// What AWS says of a rotation.
#[derive(Clone, Debug, Model)]
pub struct SecretRotationState {
    /// Whether the secret is rotated.
    pub rotation_enabled: bool,
}

/// The rotation rules of a secret.
pub struct SecretRotation;

impl Kind for SecretRotation {
    const TOKEN: &'static str = "agentic:secretsmanager:SecretRotation";
    const ID: &'static str = "the ARN of the secret";
    const ACTIONS: Actions = Actions {
        create: &["secretsmanager:DescribeSecret", "secretsmanager:RotateSecret"],
        read: &["secretsmanager:DescribeSecret"],
        update: &["secretsmanager:RotateSecret"],
        delete: &[],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::SECRET_ROTATION;

    type Args = SecretRotationArgs;
    type State = SecretRotationState;

    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html>
    fn rules(args: &SecretRotationInputs, failures: &mut Failures) {
        let Some(rules) = args.rotation_rules.get() else { return };
        let at = Path::from(SecretRotationArgs::ROTATION_RULES);
        match (rules.automatically_after_days.is_set(), rules.schedule_expression.is_set()) {
            (false, false) => {
                let reason = "is missing; give the number of days, or a scheduleExpression";
                failures.add(at.key(SecretRotationRotationRules::AUTOMATICALLY_AFTER_DAYS), reason);
            }
            (true, true) => {
                let reason = "conflicts with automaticallyAfterDays; give only one of them";
                failures.add(at.key(SecretRotationRotationRules::SCHEDULE_EXPRESSION), reason);
            }
            _ => {}
        }
    }

    async fn create(cx: &Cx, args: &SecretRotationArgs) -> Result<String> {
        let Some(secret) = describe(cx, &args.secret_id).await? else {
            let message = format!("the secret {} is not visible", args.secret_id);
            return Err(Error::new(ErrorKind::NotReady, message));
        };
        if secret.owning_service.is_none() {
            let message = format!(
                "no AWS service manages the secret {}; a secret that you manage yourself is rotated by a Lambda function, which must also set the new value where it is used",
                args.secret_id
            );
            let hint = "Let RDS manage the password (manageMasterUserPassword), or configure the rotation where the function is defined.";
            return Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
        }
        Ok(secret.arn.unwrap_or_default())
    }

    /// The service that manages a secret has given it a rotation already.
    async fn configure(cx: &Cx, id: &str, args: &SecretRotationArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(secret) = describe(cx, id).await?.filter(|secret| secret.deleted_date.is_none()) else {
            return Ok(None);
        };
        Ok(Some(Live {
            args: SecretRotationObserved {
                rotation_rules: Some(rules_of(&secret)),
                secret_id: secret.arn.clone(),
                ..SecretRotationObserved::default()
            },
            state: SecretRotationState { rotation_enabled: secret.rotation_enabled.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<SecretRotationArgs>) -> Result<()> {
        if !update.any(&[SecretRotationArgs::ROTATION_RULES]) {
            return Ok(());
        }
        let new = &update.new;
        let rules = RotationRulesType::builder()
            .set_automatically_after_days(new.rotation_rules.automatically_after_days)
            .set_duration(new.rotation_rules.duration.clone())
            .set_schedule_expression(new.rotation_rules.schedule_expression.clone());
        let call = cx.client::<Client>()?.rotate_secret().secret_id(id).rotation_rules(rules.build());
        call.rotate_immediately(new.rotate_immediately).send().await?;
        Ok(())
    }

    async fn delete(_cx: &Cx, _id: &str, _args: &SecretRotationArgs) -> Result<()> {
        Ok(())
    }
}

fn rules_of(secret: &DescribeSecretOutput) -> SecretRotationRotationRules {
    let rules = secret.rotation_rules.as_ref();
    SecretRotationRotationRules {
        automatically_after_days: rules
            .and_then(|rules| rules.automatically_after_days)
            .filter(|days| *days > 0),
        duration: rules.and_then(|rules| rules.duration.clone()),
        schedule_expression: rules.and_then(|rules| rules.schedule_expression.clone()),
    }
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html>
fn check_duration(text: &str) -> Result<(), String> {
    let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u32>().ok());
    match hours {
        Some(1..=24) => Ok(()),
        _ => Err(format!("is {text:?}; give the hours, such as 3h, of up to 24h")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(days: Option<i64>, schedule: Option<&str>) -> String {
        let rules = SecretRotationRotationRulesInput {
            automatically_after_days: days.into(),
            schedule_expression: schedule.map(str::to_owned).into(),
            ..Default::default()
        };
        let inputs = SecretRotationInputs { rotation_rules: rules.into(), ..Default::default() };
        let mut failures = Failures::new();
        SecretRotation::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn one_schedule_is_given() {
        assert_eq!(told(Some(30), None) + &told(None, Some("rate(10 days)")), "");
        assert!(told(None, None).contains("automaticallyAfterDays: is missing"));
        assert!(told(Some(30), Some("rate(10 days)")).contains("scheduleExpression: conflicts"));
        assert!(
            check_duration("3h").is_ok() && check_duration("25h").is_err() && check_duration("3").is_err()
        );
    }
}
