//! A user pool as the calls take it.

use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, DeviceConfigurationType, EmailConfigurationType,
    LambdaConfigType, MessageTemplateType, NumberAttributeConstraintsType, PasswordPolicyType,
    PreTokenGenerationVersionConfigType, RecoveryOptionType, SchemaAttributeType, SmsConfigurationType,
    StringAttributeConstraintsType, UserAttributeUpdateSettingsType, UserPoolAddOnsType, UserPoolPolicyType,
    UserPoolType, UsernameConfigurationType, VerificationMessageTemplateType,
};

use super::{
    AccountRecoverySetting, AdminCreateUserConfig, DeviceConfiguration, EmailConfiguration, LambdaConfig,
    PasswordPolicy, Schema, SmsConfiguration, UserAttributeUpdateSettings, UserPoolAddOns, UserPoolArgs,
    UsernameConfiguration, VerificationMessageTemplate,
};
use crate::aws::error::Result;
use crate::kinds::Update;

/// Texts as values of an SDK's type; nothing where there are none.
pub(super) fn texts<T: for<'a> From<&'a str>>(all: &[String]) -> Option<Vec<T>> {
    (!all.is_empty()).then(|| all.iter().map(|text| T::from(text.as_str())).collect())
}

impl AccountRecoverySetting {
    pub(super) fn to_aws(&self) -> Result<AccountRecoverySettingType> {
        let all = self.recovery_mechanisms.iter().map(|way| {
            RecoveryOptionType::builder().name(way.name.as_str().into()).priority(way.priority as i32).build()
        });
        let all: Vec<_> = all.collect::<Result<_, _>>()?;
        Ok(AccountRecoverySettingType::builder().set_recovery_mechanisms(Some(all)).build())
    }
}

impl AdminCreateUserConfig {
    pub(super) fn to_aws(&self) -> AdminCreateUserConfigType {
        let template = self.invite_message_template.as_ref().map(|template| {
            MessageTemplateType::builder()
                .set_email_message(template.email_message.clone())
                .set_email_subject(template.email_subject.clone())
                .set_sms_message(template.sms_message.clone())
                .build()
        });
        AdminCreateUserConfigType::builder()
            .allow_admin_create_user_only(self.allow_admin_create_user_only)
            .set_invite_message_template(template)
            .build()
    }
}

impl DeviceConfiguration {
    pub(super) fn to_aws(&self) -> DeviceConfigurationType {
        DeviceConfigurationType::builder()
            .challenge_required_on_new_device(self.challenge_required_on_new_device)
            .device_only_remembered_on_user_prompt(self.device_only_remembered_on_user_prompt)
            .build()
    }
}

impl EmailConfiguration {
    pub(super) fn to_aws(&self) -> EmailConfigurationType {
        EmailConfigurationType::builder()
            .set_configuration_set(self.configuration_set.clone())
            .email_sending_account(self.email_sending_account.as_str().into())
            .set_from(self.from_email_address.clone())
            .set_reply_to_email_address(self.reply_to_email_address.clone())
            .set_source_arn(self.source_arn.clone())
            .build()
    }
}

impl LambdaConfig {
    pub(super) fn to_aws(&self) -> Result<LambdaConfigType> {
        self.over(LambdaConfigType::builder().build())
    }

    /// Lays these functions over what is there: senders of messages that no argument tells stay.
    fn over(&self, there: LambdaConfigType) -> Result<LambdaConfigType> {
        let config = self.pre_token_generation_config.as_ref().map(|config| {
            PreTokenGenerationVersionConfigType::builder()
                .lambda_arn(&config.lambda_arn)
                .lambda_version(config.lambda_version.as_str().into())
                .build()
        });
        Ok(LambdaConfigType::builder()
            .set_create_auth_challenge(self.create_auth_challenge.clone())
            .set_custom_message(self.custom_message.clone())
            .set_define_auth_challenge(self.define_auth_challenge.clone())
            .set_post_authentication(self.post_authentication.clone())
            .set_post_confirmation(self.post_confirmation.clone())
            .set_pre_authentication(self.pre_authentication.clone())
            .set_pre_sign_up(self.pre_sign_up.clone())
            .set_pre_token_generation(self.pre_token_generation.clone())
            .set_pre_token_generation_config(config.transpose()?)
            .set_user_migration(self.user_migration.clone())
            .set_verify_auth_challenge_response(self.verify_auth_challenge_response.clone())
            .set_custom_sms_sender(there.custom_sms_sender)
            .set_custom_email_sender(there.custom_email_sender)
            .set_kms_key_id(there.kms_key_id)
            .build())
    }
}

impl PasswordPolicy {
    pub(super) fn to_aws(&self) -> UserPoolPolicyType {
        UserPoolPolicyType::builder().password_policy(self.policy()).build()
    }

    /// What Cognito asks of passwords by itself.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>
    fn usual() -> Self {
        PasswordPolicy {
            minimum_length: 8,
            password_history_size: None,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            require_uppercase: true,
            temporary_password_validity_days: 7,
        }
    }

    fn policy(&self) -> PasswordPolicyType {
        PasswordPolicyType::builder()
            .minimum_length(self.minimum_length as i32)
            .set_password_history_size(self.password_history_size.map(|size| size as i32))
            .require_lowercase(self.require_lowercase)
            .require_numbers(self.require_numbers)
            .require_symbols(self.require_symbols)
            .require_uppercase(self.require_uppercase)
            .temporary_password_validity_days(self.temporary_password_validity_days as i32)
            .build()
    }
}

impl Schema {
    pub(super) fn to_aws(&self) -> SchemaAttributeType {
        let number = self.number_attribute_constraints.as_ref().map(|limits| {
            NumberAttributeConstraintsType::builder()
                .set_max_value(limits.max_value.clone())
                .set_min_value(limits.min_value.clone())
                .build()
        });
        let text = self.string_attribute_constraints.as_ref().map(|limits| {
            StringAttributeConstraintsType::builder()
                .set_max_length(limits.max_length.clone())
                .set_min_length(limits.min_length.clone())
                .build()
        });
        SchemaAttributeType::builder()
            .attribute_data_type(self.attribute_data_type.as_str().into())
            .developer_only_attribute(self.developer_only_attribute)
            .mutable(self.mutable)
            .name(&self.name)
            .required(self.required)
            .set_number_attribute_constraints(number)
            .set_string_attribute_constraints(text)
            .build()
    }
}

impl SmsConfiguration {
    pub(super) fn to_aws(&self) -> SmsConfigurationType {
        SmsConfigurationType::builder()
            .external_id(&self.external_id)
            .sns_caller_arn(&self.sns_caller_arn)
            .set_sns_region(self.sns_region.clone())
            .build()
    }
}

impl UserAttributeUpdateSettings {
    pub(super) fn to_aws(&self) -> UserAttributeUpdateSettingsType {
        let all = self.attributes_require_verification_before_updates.iter();
        UserAttributeUpdateSettingsType::builder()
            .set_attributes_require_verification_before_update(Some(
                all.map(|it| it.as_str().into()).collect(),
            ))
            .build()
    }
}

impl UserPoolAddOns {
    pub(super) fn to_aws(&self) -> Result<UserPoolAddOnsType> {
        Ok(UserPoolAddOnsType::builder()
            .advanced_security_mode(self.advanced_security_mode.as_str().into())
            .build()?)
    }
}

impl UsernameConfiguration {
    pub(super) fn to_aws(&self) -> Result<UsernameConfigurationType> {
        Ok(UsernameConfigurationType::builder().case_sensitive(self.case_sensitive).build()?)
    }
}

impl VerificationMessageTemplate {
    pub(super) fn to_aws(&self) -> VerificationMessageTemplateType {
        VerificationMessageTemplateType::builder()
            .default_email_option(self.default_email_option.as_str().into())
            .set_email_message(self.email_message.clone())
            .set_email_message_by_link(self.email_message_by_link.clone())
            .set_email_subject(self.email_subject.clone())
            .set_email_subject_by_link(self.email_subject_by_link.clone())
            .set_sms_message(self.sms_message.clone())
            .build()
    }
}

/// The pool that is there with what an update changes, as the call that sets everything takes it.
pub(super) fn overlaid(mut pool: UserPoolType, update: &Update<UserPoolArgs>) -> Result<UserPoolType> {
    let new = &update.new;
    let changed = |argument| update.any(&[argument]);
    if changed(UserPoolArgs::ACCOUNT_RECOVERY_SETTING) {
        pool.account_recovery_setting =
            new.account_recovery_setting.as_ref().map(AccountRecoverySetting::to_aws).transpose()?;
    }
    if changed(UserPoolArgs::ADMIN_CREATE_USER_CONFIG) {
        pool.admin_create_user_config =
            new.admin_create_user_config.as_ref().map(AdminCreateUserConfig::to_aws);
    }
    if changed(UserPoolArgs::AUTO_VERIFIED_ATTRIBUTES) {
        pool.auto_verified_attributes = texts(&new.auto_verified_attributes);
    }
    if changed(UserPoolArgs::DELETION_PROTECTION) {
        pool.deletion_protection = Some(new.deletion_protection.as_str().into());
    }
    if changed(UserPoolArgs::DEVICE_CONFIGURATION) {
        pool.device_configuration = new.device_configuration.as_ref().map(DeviceConfiguration::to_aws);
    }
    if changed(UserPoolArgs::EMAIL_CONFIGURATION) {
        pool.email_configuration = new.email_configuration.as_ref().map(EmailConfiguration::to_aws);
    }
    if changed(UserPoolArgs::LAMBDA_CONFIG) {
        let there = pool.lambda_config.take().unwrap_or_else(|| LambdaConfigType::builder().build());
        pool.lambda_config = Some(new.lambda_config.clone().unwrap_or_default().over(there)?);
    }
    if changed(UserPoolArgs::NAME) {
        pool.name = Some(new.name.clone());
    }
    if changed(UserPoolArgs::PASSWORD_POLICY) {
        let sign_in = pool.policies.take().and_then(|policies| policies.sign_in_policy);
        let policy =
            new.password_policy.as_ref().map_or_else(|| PasswordPolicy::usual().policy(), |it| it.policy());
        let policies = UserPoolPolicyType::builder().password_policy(policy).set_sign_in_policy(sign_in);
        pool.policies = Some(policies.build());
    }
    if changed(UserPoolArgs::SMS_AUTHENTICATION_MESSAGE) {
        pool.sms_authentication_message = new.sms_authentication_message.clone();
    }
    if changed(UserPoolArgs::SMS_CONFIGURATION) {
        pool.sms_configuration = new.sms_configuration.as_ref().map(SmsConfiguration::to_aws);
    }
    if changed(UserPoolArgs::USER_ATTRIBUTE_UPDATE_SETTINGS) {
        pool.user_attribute_update_settings =
            new.user_attribute_update_settings.as_ref().map(UserAttributeUpdateSettings::to_aws);
    }
    if changed(UserPoolArgs::USER_POOL_ADD_ONS) {
        pool.user_pool_add_ons = new.user_pool_add_ons.as_ref().map(UserPoolAddOns::to_aws).transpose()?;
    }
    if changed(UserPoolArgs::USER_POOL_TIER) {
        pool.user_pool_tier = new.user_pool_tier.as_deref().map(Into::into);
    }
    if changed(UserPoolArgs::VERIFICATION_MESSAGE_TEMPLATE) {
        pool.verification_message_template =
            new.verification_message_template.as_ref().map(VerificationMessageTemplate::to_aws);
    }
    Ok(pool)
}
