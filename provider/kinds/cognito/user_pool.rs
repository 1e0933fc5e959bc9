//! A user pool: a directory of users who sign in.

mod from_aws;
mod lambda;
mod messages;
mod rules;
mod schema;
mod to_aws;

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, DeletionProtectionType, SmsMfaConfigType, SoftwareTokenMfaConfigType,
    UserPoolMfaType, UserPoolType, VerifiedAttributeType,
};

use super::{CognitoTags, pools};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{
    Actions, Kind, Live, Review, TaggedBy, Update, adopt, only_one, search, set_up, set_up_from,
};
use crate::model::{Failures, Model, Value};
pub use lambda::*;
pub use messages::*;
pub use schema::*;
use to_aws::texts;

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>
const USER_POOL: NameRule = NameRule {
    what: "user pool",
    max: 128,
    alphabet: Alphabet {
        words: "letters, digits, spaces and _ + = , . @ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || " _+=,.@-".contains(c),
    },
    ..PLAIN
};

/// An Amazon Cognito user pool: a directory of users who sign up and sign in to applications.
///
/// Users cannot be moved to another pool with their passwords. A change that would require another
/// pool is refused, and attributes can be added to `schemas` but not changed or removed.
#[derive(Clone, Debug, Model)]
pub struct UserPoolArgs {
    /// The ways in which users recover their accounts. Defaults to a message to a verified phone
    /// number, or to a verified email address if there is none.
    #[model(in_place, aws_default, resets)]
    pub account_recovery_setting: Option<AccountRecoverySetting>,
    /// The settings for users that administrators create.
    #[model(in_place, aws_default, resets, told)]
    pub admin_create_user_config: Option<AdminCreateUserConfig>,
    /// The attributes that users can sign in with in place of their username. Conflicts with
    /// `usernameAttributes`.
    #[model(replace, default = [], set, length = 0..=3)]
    pub alias_attributes: Vec<String>,
    /// The attributes that Cognito verifies when users sign up: `email` and `phone_number`.
    #[model(in_place, default = [], set, length = 0..=2)]
    pub auto_verified_attributes: Vec<String>,
    /// Whether the user pool is protected from deletion.
    #[model(in_place, default = "INACTIVE", one_of = ["ACTIVE", "INACTIVE"])]
    pub deletion_protection: String,
    /// The device remembering settings. If omitted, devices are not remembered.
    #[model(in_place)]
    pub device_configuration: Option<DeviceConfiguration>,
    /// The email settings. If omitted, Cognito sends emails itself, up to 50 a day.
    #[model(in_place, aws_default, resets)]
    pub email_configuration: Option<EmailConfiguration>,
    /// The Lambda functions that Cognito calls.
    #[model(in_place, off = Value::is_off)]
    pub lambda_config: Option<LambdaConfig>,
    /// Whether users must sign in with a second factor. `ON` and `OPTIONAL` require
    /// `softwareTokenMfaConfiguration` or `smsConfiguration`.
    #[model(in_place, default = "OFF", one_of = ["OFF", "ON", "OPTIONAL"])]
    pub mfa_configuration: String,
    /// The name of the user pool.
    #[model(in_place, autoname)]
    pub name: String,
    /// The rules for passwords.
    #[model(in_place, aws_default, resets, told)]
    pub password_policy: Option<PasswordPolicy>,
    /// The attributes of users: custom ones, and standard ones that differ from their defaults, such
    /// as a required `email`. Custom attributes can be added later; no attribute can be changed or
    /// removed.
    #[model(in_place, default = [], same = rules::same_schemas, length = 0..=50)]
    pub schemas: Vec<Schema>,
    /// The text of authentication messages. `{####}` stands for the code.
    #[model(in_place, length = 6..=140)]
    pub sms_authentication_message: Option<String>,
    /// The text message settings.
    #[model(in_place, told)]
    pub sms_configuration: Option<SmsConfiguration>,
    /// The settings for authenticator apps as a second factor.
    #[model(in_place, off = is_disabled)]
    pub software_token_mfa_configuration: Option<SoftwareTokenMfaConfiguration>,
    /// The tags of the user pool.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The verification of changed user attributes.
    #[model(in_place)]
    pub user_attribute_update_settings: Option<UserAttributeUpdateSettings>,
    /// The threat protection settings. Requires the tier `PLUS`.
    #[model(in_place)]
    pub user_pool_add_ons: Option<UserPoolAddOns>,
    /// The feature plan, by which AWS charges for monthly active users.
    #[model(in_place, aws_default, resets = "ESSENTIALS", told, one_of = ["LITE", "ESSENTIALS", "PLUS"])]
    pub user_pool_tier: Option<String>,
    /// The attributes that users sign up and sign in with in place of a username: `email` and
    /// `phone_number`. Conflicts with `aliasAttributes`.
    #[model(replace, default = [], set, length = 0..=2)]
    pub username_attributes: Vec<String>,
    /// The case sensitivity of usernames. If omitted, usernames are not case sensitive.
    #[model(replace, aws_default, told)]
    pub username_configuration: Option<UsernameConfiguration>,
    /// The messages with which attributes are verified.
    #[model(in_place, aws_default, resets, told)]
    pub verification_message_template: Option<VerificationMessageTemplate>,
}

/// The ways in which users recover their accounts.
#[derive(Clone, Debug, Model)]
pub struct AccountRecoverySetting {
    /// The recovery mechanisms.
    #[model(length = 1..=2)]
    pub recovery_mechanisms: Vec<RecoveryMechanism>,
}

/// A way in which users recover their accounts.
#[derive(Clone, Debug, Model)]
pub struct RecoveryMechanism {
    /// The recovery mechanism.
    #[model(one_of = ["verified_email", "verified_phone_number", "admin_only"])]
    pub name: String,
    /// The priority of the mechanism: 1 is preferred to 2.
    #[model(range = 1..=2)]
    pub priority: i64,
}

/// The device remembering settings.
#[derive(Clone, Debug, Model)]
pub struct DeviceConfiguration {
    /// Whether users must pass a challenge on a new device.
    #[model(default = false)]
    pub challenge_required_on_new_device: bool,
    /// Whether a device is remembered only if the user agrees.
    #[model(default = false)]
    pub device_only_remembered_on_user_prompt: bool,
}

/// The rules for passwords.
#[derive(Clone, Debug, Model)]
pub struct PasswordPolicy {
    /// The minimum number of characters.
    #[model(default = 8, range = 6..=99)]
    pub minimum_length: i64,
    /// The number of previous passwords that a new one must differ from.
    #[model(aws_default, range = 0..=24)]
    pub password_history_size: Option<i64>,
    /// Whether a password must contain a lowercase letter.
    #[model(default = false)]
    pub require_lowercase: bool,
    /// Whether a password must contain a digit.
    #[model(default = false)]
    pub require_numbers: bool,
    /// Whether a password must contain a special character.
    #[model(default = false)]
    pub require_symbols: bool,
    /// Whether a password must contain an uppercase letter.
    #[model(default = false)]
    pub require_uppercase: bool,
    /// The number of days after which a temporary password expires.
    #[model(default = 7, range = 1..=365)]
    pub temporary_password_validity_days: i64,
}

/// The settings for authenticator apps as a second factor.
#[derive(Clone, Debug, Model)]
pub struct SoftwareTokenMfaConfiguration {
    /// Whether users can use an authenticator app.
    pub enabled: bool,
}

/// The verification of changed user attributes.
#[derive(Clone, Debug, Model)]
pub struct UserAttributeUpdateSettings {
    /// The attributes that change only once the new value is verified: `email` and `phone_number`.
    #[model(length = 0..=2)]
    pub attributes_require_verification_before_updates: Vec<String>,
}

/// The threat protection settings.
#[derive(Clone, Debug, Model)]
pub struct UserPoolAddOns {
    /// Whether threats are only recorded (`AUDIT`) or also blocked (`ENFORCED`).
    #[model(one_of = ["OFF", "AUDIT", "ENFORCED"])]
    pub advanced_security_mode: String,
}

/// Whether usernames are case sensitive.
#[derive(Clone, Debug, Model)]
pub struct UsernameConfiguration {
    /// Whether usernames are case sensitive.
    #[model(default = false)]
    pub case_sensitive: bool,
}

/// The outputs of a user pool.
#[derive(Clone, Debug, Model)]
pub struct UserPoolState {
    /// The ARN of the user pool.
    pub arn: String,
    /// The custom domain of the user pool, if it has one.
    #[model(in_place, told)]
    pub custom_domain: Option<String>,
    /// The domain prefix of the user pool, if it has one.
    #[model(in_place, told)]
    pub domain: Option<String>,
    /// The issuer of tokens without its scheme: `cognito-idp.<region>.amazonaws.com/<ID>`.
    pub endpoint: String,
    /// The approximate number of users.
    #[model(in_place)]
    pub estimated_number_of_users: i64,
}

/// A user pool.
pub struct UserPool;

impl Kind for UserPool {
    const TOKEN: &'static str = "agentic:cognito:UserPool";
    const ID: &'static str = "the ID of the user pool, such as `eu-west-1_a1B2c3D4e`";
    const TAGS: TaggedBy = TaggedBy::service::<CognitoTags>();
    const NAME: Option<&'static NameRule> = Some(&USER_POOL);
    const ACTIONS: Actions = Actions {
        create: &[
            "cognito-idp:CreateUserPool",
            "cognito-idp:ListUserPools",
            "cognito-idp:SetUserPoolMfaConfig",
            "cognito-idp:UpdateUserPool",
            "iam:PassRole",
        ],
        read: &["cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig"],
        update: &[
            "cognito-idp:UpdateUserPool",
            "cognito-idp:SetUserPoolMfaConfig",
            "cognito-idp:AddCustomAttributes",
            "iam:PassRole",
        ],
        delete: &["cognito-idp:DeleteUserPool"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::USER_POOL;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = UserPoolArgs;
    type State = UserPoolState;

    fn rules(args: &UserPoolInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    fn change_rules(old: &UserPoolInputs, new: &UserPoolInputs, failures: &mut Failures) {
        rules::check_change(old, new, failures);
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let replacing = review.replacing();
        if replacing.is_empty() {
            return Ok(());
        }
        let message =
            format!("a change of {} requires another user pool, without the users", replacing.join(" and "));
        Err(Error::new(ErrorKind::Invalid, message).with_hint(
            "Revert the change, or add a second user pool under another name, move the users, and remove the first one afterwards.",
        ))
    }

    async fn create(cx: &Cx, args: &UserPoolArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx, &args.name)).await? {
            return adopt::<Self>(cx, &id, args).await;
        }
        let made = cx
            .client::<Client>()?
            .create_user_pool()
            .pool_name(&args.name)
            .set_account_recovery_setting(
                args.account_recovery_setting.as_ref().map(|it| it.to_aws()).transpose()?,
            )
            .set_admin_create_user_config(args.admin_create_user_config.as_ref().map(|it| it.to_aws()))
            .set_alias_attributes(texts(&args.alias_attributes))
            .set_auto_verified_attributes(texts(&args.auto_verified_attributes))
            .deletion_protection(DeletionProtectionType::from(args.deletion_protection.as_str()))
            .set_device_configuration(args.device_configuration.as_ref().map(|it| it.to_aws()))
            .set_email_configuration(args.email_configuration.as_ref().map(|it| it.to_aws()))
            .set_lambda_config(args.lambda_config.as_ref().map(|it| it.to_aws()).transpose()?)
            .set_policies(args.password_policy.as_ref().map(|it| it.to_aws()))
            .set_schema(
                Some(args.schemas.iter().map(|it| it.to_aws()).collect::<Vec<_>>())
                    .filter(|all| !all.is_empty()),
            )
            .set_sms_authentication_message(args.sms_authentication_message.clone())
            .set_sms_configuration(args.sms_configuration.as_ref().map(|it| it.to_aws()))
            .set_user_attribute_update_settings(
                args.user_attribute_update_settings.as_ref().map(|it| it.to_aws()),
            )
            .set_user_pool_add_ons(args.user_pool_add_ons.as_ref().map(|it| it.to_aws()).transpose()?)
            .set_user_pool_tier(args.user_pool_tier.as_deref().map(Into::into))
            .set_user_pool_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .set_username_attributes(texts(&args.username_attributes))
            .set_username_configuration(
                args.username_configuration.as_ref().map(|it| it.to_aws()).transpose()?,
            )
            .set_verification_message_template(
                args.verification_message_template.as_ref().map(|it| it.to_aws()),
            )
            .send()
            .await?;
        cx.makes_new();
        Ok(made.user_pool.and_then(|pool| pool.id).unwrap_or_default())
    }

    /// The second factor, which the call that makes a pool cannot say in full. A new pool asks for none.
    async fn configure(cx: &Cx, id: &str, args: &UserPoolArgs) -> Result<()> {
        if !cx.is_new() {
            return set_up::<Self>(cx, id, args).await;
        }
        let there = UserPoolObserved {
            mfa_configuration: Some(UserPoolMfaType::Off.as_str().to_owned()),
            software_token_mfa_configuration: Some(None),
            ..args.clone().into()
        };
        set_up_from::<Self>(cx, id, args, there).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let client = cx.client::<Client>()?;
        let (pool, mfa) = tokio::try_join!(find(cx, id), async {
            found(client.get_user_pool_mfa_config().user_pool_id(id).send().await)
        })?;
        let (Some(pool), Some(mfa)) = (pool, mfa) else { return Ok(None) };
        let endpoint = format!("cognito-idp.{}.{}/{id}", cx.region().unwrap_or_default(), suffix(cx));
        Ok(Some(from_aws::live(pool, mfa, endpoint)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<UserPoolArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&[UserPoolArgs::SCHEMAS]) {
            add_attributes(cx, id, &update.new).await?;
        }
        if update.any(&[UserPoolArgs::MFA_CONFIGURATION, UserPoolArgs::SOFTWARE_TOKEN_MFA_CONFIGURATION]) {
            set_mfa(cx, id, new).await?;
        }
        let elsewhere = [
            UserPoolArgs::MFA_CONFIGURATION,
            UserPoolArgs::SCHEMAS,
            UserPoolArgs::SOFTWARE_TOKEN_MFA_CONFIGURATION,
            UserPoolArgs::TAGS,
        ];
        if update.any_but(&elsewhere) {
            modify(cx, id, update).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &UserPoolArgs) -> Result<()> {
        cx.client::<Client>()?.delete_user_pool().user_pool_id(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let pool = find(cx, id).await.ok()??;
        let domains = [pool.custom_domain, pool.domain].into_iter().flatten();
        let named: Vec<String> = domains.map(|domain| format!("the domain {domain}")).collect();
        (!named.is_empty()).then(|| named.join(", "))
    }
}

/// The end of host names in the partition of the resource's region.
fn suffix(cx: &Cx) -> &'static str {
    if cx.region().is_some_and(|region| region.starts_with("cn-")) {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<UserPoolType>> {
    let answer = found(cx.client::<Client>()?.describe_user_pool().user_pool_id(id).send().await)?;
    Ok(answer.and_then(|answer| answer.user_pool))
}

/// What an earlier attempt to create this very pool left: many pools may have one name.
async fn left(cx: &Cx, name: &str) -> Result<Option<String>> {
    let mut all = Vec::new();
    for pool in pools(cx).await?.into_iter().filter(|pool| pool.name() == Some(name)) {
        let Some(pool) = find(cx, pool.id().unwrap_or_default()).await? else { continue };
        let tags = pool.user_pool_tags.unwrap_or_default();
        let pairs = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        all.push((pool.id.unwrap_or_default(), cx.standing(pairs)));
    }
    only_one::<UserPool>(cx, "user pool", all)
}

/// Adds the custom attributes that are not there.
async fn add_attributes(cx: &Cx, id: &str, new: &UserPoolArgs) -> Result<()> {
    let there = find(cx, id).await?.and_then(|pool| pool.schema_attributes).unwrap_or_default();
    let names: Vec<String> = there.into_iter().filter_map(|attribute| attribute.name).collect();
    let is_new = |schema: &&Schema| !names.iter().any(|name| name.rsplit(':').next() == Some(&schema.name));
    let added: Vec<_> = new.schemas.iter().filter(is_new).map(|schema| schema.to_aws()).collect();
    if !added.is_empty() {
        let call = cx.client::<Client>()?.add_custom_attributes().user_pool_id(id);
        call.set_custom_attributes(Some(added)).send().await?;
    }
    Ok(())
}

/// Sets the second factor, and keeps what no argument tells of it.
async fn set_mfa(cx: &Cx, id: &str, new: &UserPoolArgs) -> Result<()> {
    let client = cx.client::<Client>()?;
    let (email, passkeys) = match cx.is_new() {
        true => (None, None),
        false => {
            let there = client.get_user_pool_mfa_config().user_pool_id(id).send().await?;
            (there.email_mfa_configuration, there.web_authn_configuration)
        }
    };
    let sms = new.sms_configuration.as_ref().map(|it| it.to_aws());
    let by_message = sms.map(|sms| {
        let text = new.sms_authentication_message.clone();
        SmsMfaConfigType::builder().sms_configuration(sms).set_sms_authentication_message(text).build()
    });
    let by_token = new.software_token_mfa_configuration.as_ref().is_some_and(|token| token.enabled);
    client
        .set_user_pool_mfa_config()
        .user_pool_id(id)
        .mfa_configuration(UserPoolMfaType::from(new.mfa_configuration.as_str()))
        .software_token_mfa_configuration(SoftwareTokenMfaConfigType::builder().enabled(by_token).build())
        .set_sms_mfa_configuration(by_message)
        .set_email_mfa_configuration(email)
        .set_web_authn_configuration(passkeys)
        .send()
        .await?;
    Ok(())
}

/// Changes what differs. The call sets everything: what it leaves out goes back to a default.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html>
async fn modify(cx: &Cx, id: &str, update: &Update<UserPoolArgs>) -> Result<()> {
    let Some(there) = find(cx, id).await? else {
        return Err(Error::new(ErrorKind::NotFound, format!("there is no user pool {id}")));
    };
    let pool = to_aws::overlaid(there, update)?;
    let verified: Option<Vec<VerifiedAttributeType>> = pool.auto_verified_attributes;
    cx.client::<Client>()?
        .update_user_pool()
        .user_pool_id(id)
        .set_account_recovery_setting(pool.account_recovery_setting)
        .set_acr_configuration(pool.acr_configuration)
        .set_admin_create_user_config(pool.admin_create_user_config.map(without_validity))
        .set_auto_verified_attributes(verified)
        .set_deletion_protection(pool.deletion_protection)
        .set_device_configuration(pool.device_configuration)
        .set_email_configuration(pool.email_configuration)
        .set_issuer_configuration(pool.issuer_configuration)
        .set_key_configuration(pool.key_configuration)
        .set_lambda_config(pool.lambda_config)
        .set_mfa_configuration(pool.mfa_configuration)
        .set_policies(pool.policies)
        .set_pool_name(pool.name)
        .set_sms_authentication_message(pool.sms_authentication_message)
        .set_sms_configuration(pool.sms_configuration)
        .set_user_attribute_update_settings(pool.user_attribute_update_settings)
        .set_user_pool_add_ons(pool.user_pool_add_ons)
        .set_user_pool_tags(pool.user_pool_tags)
        .set_user_pool_tier(pool.user_pool_tier)
        .set_verification_message_template(pool.verification_message_template)
        .send()
        .await?;
    Ok(())
}

/// AWS tells it and refuses it together with the validity in the password policy.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUserConfigType.html>
fn without_validity(config: AdminCreateUserConfigType) -> AdminCreateUserConfigType {
    AdminCreateUserConfigType::builder()
        .allow_admin_create_user_only(config.allow_admin_create_user_only)
        .set_invite_message_template(config.invite_message_template)
        .build()
}

fn is_disabled(value: &Value) -> bool {
    let enabled = value.as_object().and_then(|fields| fields.get("enabled")).map(Value::peel);
    enabled == Some(&Value::Bool(false))
}
