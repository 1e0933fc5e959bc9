//! What must hold of a user pool, and of a change of one.

use serde_json::{Value as J, json};

use super::{EmailConfiguration, Schema, UserPoolArgs, UserPoolInputs};
use crate::model::{Failures, Model, Path, Value};

/// The attributes that every user pool has.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
const STANDARD: [&str; 21] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "identities",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Whether a pool has this attribute just so by itself.
pub(super) fn is_standard(schema: &Schema) -> bool {
    let limits = schema.string_attribute_constraints.as_ref();
    let limits = limits.map(|limits| (limits.min_length.as_deref(), limits.max_length.as_deref()));
    let usual = match (schema.name.as_str(), limits) {
        ("sub", _) => return true,
        (_, None) => true,
        ("birthdate", Some(limits)) => limits == (Some("10"), Some("10")),
        (_, Some((least, most))) => least.is_none_or(|it| it == "0") && most.is_none_or(|it| it == "2048"),
    };
    STANDARD.contains(&schema.name.as_str()) && usual && schema.mutable && !schema.required
}

pub(super) fn check(args: &UserPoolInputs, failures: &mut Failures) {
    let has_some = |list: &crate::model::In<Vec<crate::model::In<String>>>| {
        list.get().is_some_and(|all| !all.is_empty())
    };
    if has_some(&args.alias_attributes) && has_some(&args.username_attributes) {
        failures.add(
            UserPoolArgs::ALIAS_ATTRIBUTES,
            "cannot be combined with usernameAttributes; leave one of them out",
        );
    }
    let lists = [
        (
            UserPoolArgs::ALIAS_ATTRIBUTES,
            &args.alias_attributes,
            &["email", "phone_number", "preferred_username"][..],
        ),
        (
            UserPoolArgs::AUTO_VERIFIED_ATTRIBUTES,
            &args.auto_verified_attributes,
            &["email", "phone_number"][..],
        ),
        (UserPoolArgs::USERNAME_ATTRIBUTES, &args.username_attributes, &["email", "phone_number"][..]),
    ];
    for (argument, list, legal) in lists {
        for (index, name) in list.get().into_iter().flatten().enumerate() {
            if let Some(name) = name.get().filter(|name| !legal.contains(&name.as_str())) {
                let path = Path::from(argument).index(index);
                failures.add(path, format!("is {name:?}; give one of {}", legal.join(", ")));
            }
        }
    }
    let token = args.software_token_mfa_configuration.get().and_then(|token| token.enabled.get().copied());
    let has_factor = token != Some(false) && args.software_token_mfa_configuration.is_set()
        || args.sms_configuration.is_set();
    if args.mfa_configuration.get().is_some_and(|mfa| mfa != "OFF") && !has_factor {
        let reason = "requires a second factor; give softwareTokenMfaConfiguration or smsConfiguration";
        failures.add(UserPoolArgs::MFA_CONFIGURATION, reason);
    }
    let email = args.email_configuration.get();
    let own = email.and_then(|email| email.email_sending_account.get()).is_some_and(|by| by == "DEVELOPER");
    if own && email.is_some_and(|email| !email.source_arn.is_set()) {
        let path = Path::from(UserPoolArgs::EMAIL_CONFIGURATION).key(EmailConfiguration::SOURCE_ARN);
        failures.add(path, "is missing; emailSendingAccount DEVELOPER requires a verified SES identity");
    }
    for (index, schema) in args.schemas.get().into_iter().flatten().enumerate() {
        let Some(schema) = schema.get() else { continue };
        let path = Path::from(UserPoolArgs::SCHEMAS).index(index);
        let Some(name) = schema.name.get() else { continue };
        let custom = !STANDARD.contains(&name.as_str());
        if name.starts_with("custom:") {
            failures.add(
                path.key(Schema::NAME),
                format!("is {name:?}; give it without custom:, which Cognito adds"),
            );
        } else if custom && schema.required.get() == Some(&true) {
            let reason = "is true, and a custom attribute cannot be required; leave it out";
            failures.add(path.key(Schema::REQUIRED), reason);
        }
    }
}

/// Attributes are added and stay as they are.
pub(super) fn check_change(old: &UserPoolInputs, new: &UserPoolInputs, failures: &mut Failures) {
    let schemas = |inputs: &UserPoolInputs| {
        let fields = UserPoolArgs::encode_input_fields(inputs);
        fields.get(UserPoolArgs::SCHEMAS.name()).and_then(canonical)
    };
    let (Some(mut old), Some(new)) = (schemas(old), schemas(new)) else { return };
    // What no pool can have is not there.
    old.retain(|it| {
        it["name"] != "" && ["String", "Number", "DateTime", "Boolean"].iter().any(|kind| it["type"] == *kind)
    });
    for attribute in &old {
        let name = attribute["name"].as_str().unwrap_or_default();
        let reason = match new.iter().find(|other| other["name"] == attribute["name"]) {
            Some(other) if other == attribute => continue,
            Some(_) => format!("changes the attribute {name}"),
            None => format!("lacks the attribute {name}, which the user pool has"),
        };
        let way = "attributes of a user pool cannot be changed or removed; give it as it was";
        failures.add(UserPoolArgs::SCHEMAS, format!("{reason}; {way}"));
    }
    for attribute in new.iter().filter(|it| !old.iter().any(|other| other["name"] == it["name"])) {
        let name = attribute["name"].as_str().unwrap_or_default();
        if STANDARD.contains(&name) {
            let reason = format!(
                "adds the standard attribute {name}, which can only be set when the user pool is created; leave it out"
            );
            failures.add(UserPoolArgs::SCHEMAS, reason);
        }
    }
}

/// Whether two lists have the same attributes: their order does not count, nor what AWS fills in.
pub(super) fn same_schemas(actual: &Value, wanted: &Value) -> bool {
    canonical(actual).is_some_and(|actual| Some(actual) == canonical(wanted))
}

fn canonical(schemas: &Value) -> Option<Vec<J>> {
    let schemas = schemas.to_json()?;
    let flag = |value: &J| value.as_bool().unwrap_or_default();
    let attribute = |schema: &J| {
        let text = schema["attributeDataType"] == "String";
        let (texts, numbers) = (&schema["stringAttributeConstraints"], &schema["numberAttributeConstraints"]);
        let or = |value: &J, otherwise: &str| value.as_str().unwrap_or(otherwise).to_owned();
        json!({
            "name": schema["name"],
            "type": schema["attributeDataType"],
            "flags": (["developerOnlyAttribute", "mutable", "required"].map(|it| flag(&schema[it]))),
            "texts": text.then(|| [or(&texts["minLength"], "0"), or(&texts["maxLength"], "2048")]),
            "numbers": [or(&numbers["minValue"], ""), or(&numbers["maxValue"], "")],
        })
    };
    let mut all: Vec<J> = schemas.as_array()?.iter().map(attribute).collect();
    all.sort_by_key(|attribute| attribute["name"].to_string());
    Some(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn inputs(fields: J) -> UserPoolInputs {
        let mut failures = Failures::new();
        UserPoolArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures)
    }

    fn told(check: impl FnOnce(&mut Failures)) -> Vec<String> {
        let mut failures = Failures::new();
        check(&mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    fn changed(old: J, new: J) -> Vec<String> {
        let of = |schemas: J| inputs(json!({"name": "shop", "schemas": schemas}));
        told(|failures| check_change(&of(old), &of(new), failures))
    }

    #[test]
    fn attributes_are_added_and_stay() {
        let plan = json!({"name": "plan", "attributeDataType": "String", "mutable": true});
        let seats = json!({"name": "seats", "attributeDataType": "Number"});
        assert!(changed(json!([plan]), json!([seats, plan])).is_empty());
        assert!(changed(json!([plan, seats]), json!([plan]))[0].contains("lacks the attribute seats"));
        let other = json!({"name": "plan", "attributeDataType": "String"});
        assert!(changed(json!([plan]), json!([other]))[0].contains("changes the attribute plan"));
        let email = json!({"name": "email", "attributeDataType": "String", "required": true});
        assert!(changed(json!([plan]), json!([plan, email]))[0].contains("standard attribute email"));
    }

    #[test]
    fn what_aws_fills_in_is_no_difference() {
        let given = json!([{"name": "plan", "attributeDataType": "String"}]);
        let told = json!([{"name": "plan", "attributeDataType": "String", "mutable": false,
            "stringAttributeConstraints": {"minLength": "0", "maxLength": "2048"}}]);
        assert!(same_schemas(&Value::from_json(&told), &Value::from_json(&given)));
    }

    #[test]
    fn what_cannot_go_together_is_told() {
        let of = |fields: J| told(|failures| check(&inputs(fields), failures));
        assert!(of(json!({"name": "shop"})).is_empty());
        let both = of(json!({"aliasAttributes": ["email"], "usernameAttributes": ["fax"]}));
        assert!(
            both[0].starts_with("aliasAttributes: ") && both[1].starts_with("usernameAttributes[0]: "),
            "{both:?}"
        );
        assert!(of(json!({"mfaConfiguration": "ON"}))[0].contains("second factor"));
        assert!(
            of(json!({"mfaConfiguration": "ON", "softwareTokenMfaConfiguration": {"enabled": true}}))
                .is_empty()
        );
        let custom = json!([{"name": "plan", "attributeDataType": "String", "required": true}]);
        assert!(of(json!({"schemas": custom}))[0].starts_with("schemas[0].required: "));
    }
}
