//! A user pool as AWS tells it.

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::types::{self, SchemaAttributeType, UserPoolType};

use super::rules::is_standard;
use super::{
    AccountRecoverySetting, AdminCreateUserConfig, DeviceConfiguration, EmailConfiguration,
    InviteMessageTemplate, LambdaConfig, NumberAttributeConstraints, PasswordPolicy,
    PreTokenGenerationConfig, RecoveryMechanism, Schema, SmsConfiguration, SoftwareTokenMfaConfiguration,
    StringAttributeConstraints, UserAttributeUpdateSettings, UserPool, UserPoolAddOns, UserPoolObserved,
    UserPoolState, UsernameConfiguration, VerificationMessageTemplate,
};
use crate::kinds::Live;

pub(super) fn live(pool: UserPoolType, mfa: GetUserPoolMfaConfigOutput, endpoint: String) -> Live<UserPool> {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let policy = pool.policies.and_then(|policies| policies.password_policy);
    let settings = pool.user_attribute_update_settings;
    let verified = settings.and_then(|settings| settings.attributes_require_verification_before_update);
    let verified = names(verified.as_deref(), |it| it.as_str());
    let token = mfa.software_token_mfa_configuration.filter(|token| token.enabled);
    Live {
        args: UserPoolObserved {
            account_recovery_setting: Some(pool.account_recovery_setting.map(recovery)),
            admin_create_user_config: Some(pool.admin_create_user_config.map(creation)),
            alias_attributes: Some(names(pool.alias_attributes.as_deref(), |it| it.as_str())),
            auto_verified_attributes: Some(names(pool.auto_verified_attributes.as_deref(), |it| it.as_str())),
            deletion_protection: Some(
                pool.deletion_protection
                    .map_or("INACTIVE".to_owned(), |protection| protection.as_str().to_owned()),
            ),
            device_configuration: Some(pool.device_configuration.map(|device| DeviceConfiguration {
                challenge_required_on_new_device: device.challenge_required_on_new_device,
                device_only_remembered_on_user_prompt: device.device_only_remembered_on_user_prompt,
            })),
            email_configuration: Some(pool.email_configuration.map(email)),
            lambda_config: Some(pool.lambda_config.map(lambda)),
            mfa_configuration: mfa.mfa_configuration.map(|mfa| mfa.as_str().to_owned()),
            name: pool.name,
            password_policy: Some(policy.map(password)),
            schemas: Some(
                pool.schema_attributes.unwrap_or_default().into_iter().filter_map(schema).collect(),
            ),
            sms_authentication_message: Some(text(pool.sms_authentication_message)),
            sms_configuration: Some(pool.sms_configuration.map(|sms| SmsConfiguration {
                external_id: sms.external_id.unwrap_or_default(),
                sns_caller_arn: sms.sns_caller_arn,
                sns_region: sms.sns_region,
            })),
            software_token_mfa_configuration: Some(
                token.map(|token| SoftwareTokenMfaConfiguration { enabled: token.enabled }),
            ),
            tags: Some(pool.user_pool_tags.unwrap_or_default().into_iter().collect()),
            // AWS may tell an empty list where there is none.
            user_attribute_update_settings: Some(Some(verified).filter(|names| !names.is_empty()).map(
                |names| UserAttributeUpdateSettings { attributes_require_verification_before_updates: names },
            )),
            user_pool_add_ons: Some(pool.user_pool_add_ons.map(|add_ons| UserPoolAddOns {
                advanced_security_mode: add_ons.advanced_security_mode.as_str().to_owned(),
            })),
            user_pool_tier: Some(pool.user_pool_tier.map(|tier| tier.as_str().to_owned())),
            username_attributes: Some(names(pool.username_attributes.as_deref(), |it| it.as_str())),
            username_configuration: Some(
                pool.username_configuration
                    .map(|it| UsernameConfiguration { case_sensitive: it.case_sensitive }),
            ),
            verification_message_template: Some(pool.verification_message_template.map(verification)),
        },
        state: UserPoolState {
            arn: pool.arn.unwrap_or_default(),
            custom_domain: text(pool.custom_domain),
            domain: text(pool.domain),
            endpoint,
            estimated_number_of_users: pool.estimated_number_of_users.into(),
        },
    }
}

fn names<T>(all: Option<&[T]>, name: impl Fn(&T) -> &str) -> Vec<String> {
    all.unwrap_or_default().iter().map(|one| name(one).to_owned()).collect()
}

fn recovery(setting: types::AccountRecoverySettingType) -> AccountRecoverySetting {
    let ways = setting.recovery_mechanisms.unwrap_or_default().into_iter();
    AccountRecoverySetting {
        recovery_mechanisms: ways
            .map(|way| RecoveryMechanism {
                name: way.name.as_str().to_owned(),
                priority: way.priority.into(),
            })
            .collect(),
    }
}

fn creation(config: types::AdminCreateUserConfigType) -> AdminCreateUserConfig {
    AdminCreateUserConfig {
        allow_admin_create_user_only: config.allow_admin_create_user_only,
        invite_message_template: config.invite_message_template.map(|template| InviteMessageTemplate {
            email_message: template.email_message,
            email_subject: template.email_subject,
            sms_message: template.sms_message,
        }),
    }
}

fn email(config: types::EmailConfigurationType) -> EmailConfiguration {
    let by = config.email_sending_account.as_ref().map_or("COGNITO_DEFAULT", |by| by.as_str());
    EmailConfiguration {
        email_sending_account: by.to_owned(),
        configuration_set: config.configuration_set,
        from_email_address: config.from,
        reply_to_email_address: config.reply_to_email_address,
        source_arn: config.source_arn,
    }
}

fn lambda(config: types::LambdaConfigType) -> LambdaConfig {
    LambdaConfig {
        create_auth_challenge: config.create_auth_challenge,
        custom_message: config.custom_message,
        define_auth_challenge: config.define_auth_challenge,
        post_authentication: config.post_authentication,
        post_confirmation: config.post_confirmation,
        pre_authentication: config.pre_authentication,
        pre_sign_up: config.pre_sign_up,
        pre_token_generation: config.pre_token_generation,
        pre_token_generation_config: config.pre_token_generation_config.map(|config| {
            PreTokenGenerationConfig {
                lambda_arn: config.lambda_arn,
                lambda_version: config.lambda_version.as_str().to_owned(),
            }
        }),
        user_migration: config.user_migration,
        verify_auth_challenge_response: config.verify_auth_challenge_response,
    }
}

fn password(policy: types::PasswordPolicyType) -> PasswordPolicy {
    // 0 stands for the default.
    let days = Some(policy.temporary_password_validity_days).filter(|days| *days > 0).unwrap_or(7);
    PasswordPolicy {
        minimum_length: policy.minimum_length.map_or(8, i64::from),
        password_history_size: policy.password_history_size.map(i64::from),
        require_lowercase: policy.require_lowercase,
        require_numbers: policy.require_numbers,
        require_symbols: policy.require_symbols,
        require_uppercase: policy.require_uppercase,
        temporary_password_validity_days: days.into(),
    }
}

/// An attribute that a program would have to name; nothing for a standard one at its default.
fn schema(attribute: SchemaAttributeType) -> Option<Schema> {
    let full = attribute.name.clone()?;
    let name = full.strip_prefix("dev:").unwrap_or(&full);
    let custom = name.strip_prefix("custom:");
    let schema = Schema {
        name: custom.unwrap_or(name).to_owned(),
        attribute_data_type: attribute
            .attribute_data_type
            .map(|it| it.as_str().to_owned())
            .unwrap_or_default(),
        developer_only_attribute: attribute.developer_only_attribute.unwrap_or_default(),
        mutable: attribute.mutable.unwrap_or_default(),
        required: attribute.required.unwrap_or_default(),
        number_attribute_constraints: attribute
            .number_attribute_constraints
            .map(|it| NumberAttributeConstraints { max_value: it.max_value, min_value: it.min_value })
            .filter(|it| it.max_value.is_some() || it.min_value.is_some()),
        string_attribute_constraints: attribute
            .string_attribute_constraints
            .map(|it| StringAttributeConstraints { max_length: it.max_length, min_length: it.min_length })
            .filter(|it| it.max_length.is_some() || it.min_length.is_some()),
    };
    (custom.is_some() || !is_standard(&schema)).then_some(schema)
}

fn verification(template: types::VerificationMessageTemplateType) -> VerificationMessageTemplate {
    let by = template.default_email_option.as_ref().map_or("CONFIRM_WITH_CODE", |by| by.as_str());
    VerificationMessageTemplate {
        default_email_option: by.to_owned(),
        email_message: template.email_message,
        email_message_by_link: template.email_message_by_link,
        email_subject: template.email_subject,
        email_subject_by_link: template.email_subject_by_link,
        sms_message: template.sms_message,
    }
}
