//! The provider's own configuration.

use std::collections::{BTreeMap, BTreeSet};

use tonic::Status;

use super::unsupported::PROVIDER as UNSUPPORTED;
use super::{VERSION, stack_config};
use crate::aws::tags::{self, Characters};
use crate::aws::{AssumeRole, Settings, policies};
use crate::engine::answer::{self, diff_response};
use crate::engine::check::settle;
use crate::engine::monitor::Source;
use crate::engine::proto as rpc;
use crate::engine::{diff, unsupported, wire};
use crate::model::{Failures, In, Json, Model, Object, Path, Shape, Value, take_out};

/// The configuration of the provider. Settings that are omitted are taken from the environment and
/// the configuration files of the AWS CLI.
#[derive(Clone, Debug, Model)]
pub struct ProviderArgs {
    /// The AWS region of resources without a `region` of their own, such as `us-east-1`. Defaults
    /// to `aws:region` of the stack, the environment variable `AWS_REGION` or `AWS_DEFAULT_REGION`,
    /// or the region of the profile, in this order.
    #[model(in_place)]
    pub region: Option<String>,
    /// The AWS CLI profile that provides the credentials and the region.
    #[model(in_place)]
    pub profile: Option<String>,
    /// The access key ID. Requires `secretKey`.
    #[model(in_place, secret)]
    pub access_key: Option<String>,
    /// The secret access key. Requires `accessKey`.
    #[model(in_place, secret)]
    pub secret_key: Option<String>,
    /// The session token of temporary credentials.
    #[model(in_place, secret)]
    pub token: Option<String>,
    /// The IAM role to assume with the other credentials.
    #[model(in_place)]
    pub assume_role: Option<ProviderAssumeRole>,
    /// The IAM roles to assume one after the other, each with the credentials of the one before.
    /// Conflicts with `assumeRole`.
    #[model(in_place)]
    pub assume_roles: Option<Vec<ProviderAssumeRole>>,
    /// The endpoint URL of all AWS services, for an AWS emulator. Defaults to the environment
    /// variable `AWS_ENDPOINT_URL`.
    #[model(in_place)]
    pub endpoint: Option<String>,
    /// The endpoint URLs of AWS services, by service, in the form of Pulumi's AWS package. All URLs
    /// must be the same. Conflicts with `endpoint`.
    #[model(in_place)]
    pub endpoints: Option<Vec<BTreeMap<String, String>>>,
    /// The tags of all resources that support tags. The tags of a resource take precedence.
    #[model(in_place, within = "tags")]
    pub default_tags: Option<BTreeMap<String, String>>,
    /// The maximum number of retries of a failed request. Defaults to 7.
    #[model(in_place, range = 0..=100)]
    pub max_retries: Option<i64>,
    /// The 12-digit IDs of the AWS accounts that may be changed. If omitted, resources of any
    /// account may be changed.
    #[model(in_place, set)]
    pub allowed_account_ids: Option<Vec<String>>,
    /// The 12-digit IDs of the AWS accounts that may not be changed. Conflicts with
    /// `allowedAccountIds`.
    #[model(in_place, set)]
    pub forbidden_account_ids: Option<Vec<String>>,
    /// Any text that distinguishes this stack from another one with the same project and stack name
    /// in the same account. It becomes part of every name that the provider generates; existing
    /// resources keep their names.
    #[model(in_place)]
    pub discriminator: Option<String>,
}

/// An IAM role to assume.
#[derive(Clone, Debug, Model)]
pub struct ProviderAssumeRole {
    /// The ARN of the role.
    #[model(check = check_role)]
    pub role_arn: String,
    /// The session name, which appears in CloudTrail.
    pub session_name: Option<String>,
    /// The external ID that the trust policy of the role requires.
    pub external_id: Option<String>,
    /// The duration of the session, such as `1h` or `1h30m`, between 15 minutes and 12 hours.
    /// Conflicts with `durationSeconds`.
    #[model(check = check_duration)]
    pub duration: Option<String>,
    /// The duration of the session, in seconds.
    #[model(range = 900..=43200)]
    pub duration_seconds: Option<i64>,
    /// An IAM policy document that further restricts the permissions of the session.
    #[model(policy)]
    pub policy: Option<Json>,
}

pub fn check(request: rpc::CheckRequest) -> Result<rpc::CheckResponse, Status> {
    let news = stack_config::complete(wire::decode(request.news)?, &request.urn);
    let mut failures = Failures::new();
    let mut given = own(&news);
    unsupported::take(UNSUPPORTED, &mut given, &mut failures);
    let input = ProviderArgs::read(&given, &mut failures);
    for (has, lacks, name) in [
        (input.access_key.is_set(), !input.secret_key.is_set(), ProviderArgs::SECRET_KEY),
        (input.secret_key.is_set(), !input.access_key.is_set(), ProviderArgs::ACCESS_KEY),
    ] {
        if has && lacks {
            failures.add(name, "is missing; accessKey and secretKey are given together");
        }
    }
    rules(&input, &mut failures);
    Ok(rpc::CheckResponse {
        inputs: Some(wire::encode(&news)),
        failures: answer::failures(failures, ProviderArgs::TABLE, &news),
    })
}

/// Tags and policies have the limits of every resource that gets them, and accounts are told by
/// their 12 digits.
fn rules(input: &ProviderInputs, failures: &mut Failures) {
    let tags = input.default_tags.get().into_iter().flatten();
    let tags = tags.filter_map(|(key, value)| Some((key.clone(), value.get()?.clone())));
    for (key, reason) in tags::check(&tags.collect(), Characters::Common) {
        let at = Path::from(ProviderArgs::DEFAULT_TAGS);
        failures.add(if key.is_empty() { at } else { at.key(key) }, reason);
    }
    for (name, accounts) in [
        (ProviderArgs::ALLOWED_ACCOUNT_IDS, &input.allowed_account_ids),
        (ProviderArgs::FORBIDDEN_ACCOUNT_IDS, &input.forbidden_account_ids),
    ] {
        let accounts = accounts.get().into_iter().flatten().enumerate();
        for (index, account) in accounts.filter_map(|(index, account)| Some((index, account.get()?))) {
            // https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
            if account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()) {
                let at = Path::from(name).index(index);
                failures.add(at, format!("is {account:?}; give the 12 digits of an AWS account ID"));
            }
        }
    }
    if input.allowed_account_ids.is_set() && input.forbidden_account_ids.is_set() {
        let reason = "conflicts with allowedAccountIds; give one of them";
        failures.add(ProviderArgs::FORBIDDEN_ACCOUNT_IDS, reason);
    }
    let endpoints = urls(input);
    if endpoints.len() > 1 {
        let all = endpoints.into_iter().collect::<Vec<_>>().join(", ");
        let reason = format!("has several URLs ({all}); give the same one for all services");
        failures.add(ProviderArgs::ENDPOINTS, reason);
    }
    if input.endpoint.is_set() && input.endpoints.is_set() {
        failures.add(ProviderArgs::ENDPOINTS, "conflicts with endpoint; give one of them");
    }
    if input.assume_role.is_set() && input.assume_roles.is_set() {
        failures.add(ProviderArgs::ASSUME_ROLES, "conflicts with assumeRole; put all roles into one list");
    }
    let single = input.assume_role.get().map(|role| (Path::from(ProviderArgs::ASSUME_ROLE), role));
    let roles = input.assume_roles.get().into_iter().flatten().enumerate();
    let roles = roles
        .filter_map(|(index, role)| Some((Path::from(ProviderArgs::ASSUME_ROLES).index(index), role.get()?)));
    for (at, role) in single.into_iter().chain(roles) {
        if let Some(Json(policy)) = role.policy.get() {
            for problem in policies::problems(policy, &policies::SESSION) {
                failures.add(at.key(ProviderAssumeRole::POLICY), problem);
            }
        }
        if role.duration.is_set() && role.duration_seconds.is_set() {
            let reason = "conflicts with durationSeconds; give one of them";
            failures.add(at.key(ProviderAssumeRole::DURATION), reason);
        }
    }
}

/// The different URLs of services. An empty one is none.
fn urls(input: &ProviderInputs) -> BTreeSet<String> {
    let services = input.endpoints.get().into_iter().flatten().filter_map(In::get).flat_map(BTreeMap::values);
    services.filter_map(In::get).filter(|url| !url.is_empty()).cloned().collect()
}

fn check_role(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") {
        true => Ok(()),
        false => {
            Err(format!("is {arn:?}; give the ARN of a role, such as arn:aws:iam::123456789012:role/deploy"))
        }
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn check_duration(text: &str) -> Result<(), String> {
    match seconds(text) {
        Some(seconds) if (900..=43_200).contains(&seconds) => Ok(()),
        Some(_) => Err(format!("is {text:?}; give 15m to 12h")),
        None => Err(format!("is {text:?}; give hours, minutes and seconds, such as 1h30m")),
    }
}

/// The seconds of a duration the way Go writes it, such as `1h30m`.
fn seconds(text: &str) -> Option<i64> {
    let (mut all, mut number) = (0_i64, String::new());
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        all = all.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(all)
}

/// Nothing replaces the provider: that would replace all of its resources, and the engine would ask
/// none of them. Each resource knows its region, and says what another one means for it.
pub fn diff(request: rpc::DiffRequest) -> Result<rpc::DiffResponse, Status> {
    let old = own(&wire::decode(request.old_inputs.or(request.olds))?);
    let new = own(&wire::decode(request.news)?);
    let differences = diff::compare(ProviderArgs::TABLE, &old, &Object::new(), &new);
    Ok(diff_response(&differences, Vec::new(), false))
}

pub fn settings(request: rpc::ConfigureRequest) -> Result<Settings, Status> {
    let provider_id = request.id.unwrap_or_default();
    let mut given = own(&wire::decode(request.args)?);
    let mut failures = Failures::new();
    unsupported::take(UNSUPPORTED, &mut given, &mut failures);
    let Some(args) = settle::<ProviderArgs>(&given, &mut failures, |_, _| {}) else {
        return Err(Status::invalid_argument(format!("the configuration of agentic is wrong:\n{failures}")));
    };
    let roles = args.assume_role.into_iter().chain(args.assume_roles.into_iter().flatten());
    let assume = |role: ProviderAssumeRole| AssumeRole {
        role_arn: role.role_arn,
        session_name: role.session_name,
        external_id: role.external_id,
        duration_seconds: role.duration_seconds.or(role.duration.as_deref().and_then(seconds)),
        policy: role.policy.map(|policy| policy.0.to_string()),
    };
    let of_services = args.endpoints.into_iter().flatten().flat_map(BTreeMap::into_values);
    let of_services = of_services.into_iter().find(|url| !url.is_empty());
    Ok(Settings {
        region: args.region,
        profile: args.profile,
        access_key: args.access_key,
        secret_key: args.secret_key,
        token: args.token,
        assume_roles: roles.map(assume).collect(),
        endpoint: args.endpoint.or(of_services),
        default_tags: args.default_tags.unwrap_or_default(),
        max_retries: args.max_retries.and_then(|count| u32::try_from(count).ok()),
        allowed_account_ids: args.allowed_account_ids.unwrap_or_default(),
        forbidden_account_ids: args.forbidden_account_ids.unwrap_or_default(),
        provider_id,
        discriminator: args.discriminator,
    })
}

/// Which plugin the program has asked for; an error where that is a later one than this.
pub fn source(args: Option<&prost_types::Struct>) -> Result<Source, Status> {
    let given = wire::decode(args.cloned())?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let source = Source { version: text("version"), download_url: text("pluginDownloadURL") };
    if numbers(&source.version) > numbers(VERSION) {
        return Err(Status::failed_precondition(format!(
            "the program or the state asks for version {wanted} of the provider agentic, and this plugin has version \
             {VERSION}. Run `pulumi plugin install resource agentic {wanted}`, and take pulumi-resource-agentic off \
             the PATH if it is there",
            wanted = source.version
        )));
    }
    Ok(source)
}

/// The numbers of a version, without what follows a hyphen or a plus.
fn numbers(version: &str) -> Vec<u64> {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    numbers.split('.').map_while(|number| number.parse().ok()).collect()
}

/// The settings that are ours. The engine writes what is not a string as JSON text.
fn own(given: &Object) -> Object {
    let ours = |key: &str| key != "version" && key != "pluginDownloadURL" && !key.starts_with("__");
    let given = given.iter().filter(|(key, _)| ours(key));
    given
        .map(|(key, value)| {
            let value = match ProviderArgs::TABLE.field(key) {
                Some(field) if matches!(field.shape, Shape::String) => value.clone(),
                Some(field) => {
                    let mut value = from_text(value);
                    if let Some(property) = field.within {
                        take_out(property, &mut value);
                    }
                    value
                }
                None => from_text(value),
            };
            (key.clone(), value)
        })
        .collect()
}

fn from_text(value: &Value) -> Value {
    match value {
        Value::Secret(inner) => from_text(inner).into_secret(),
        Value::String(text) => {
            serde_json::from_str(text).map_or_else(|_| value.clone(), |json| Value::from_json(&json))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn struct_of(json: serde_json::Value) -> Option<prost_types::Struct> {
        Some(wire::encode(Value::from_json(&json).as_object().unwrap()))
    }

    #[test]
    fn settings_are_read_as_json_text_or_as_they_are() {
        let args = serde_json::json!({
            "region": "eu-west-1", "version": "0.1.0", "maxRetries": "3",
            "defaultTags": r#"{"team":"a"}"#, "allowedAccountIds": ["1"],
            "assumeRole": r#"{"roleArn":"arn:aws:iam::1:role/a"}"#
        });
        let settings =
            settings(rpc::ConfigureRequest { args: struct_of(args), ..Default::default() }).unwrap();
        assert_eq!(settings.max_retries, Some(3));
        assert_eq!(settings.default_tags["team"], "a");
        assert_eq!(settings.assume_roles[0].role_arn, "arn:aws:iam::1:role/a");
    }

    #[test]
    fn a_later_version_than_this_is_refused_by_name() {
        let ask = |version: &str| source(struct_of(serde_json::json!({ "version": version })).as_ref());
        for version in ["", VERSION, "0.0.9", &format!("{VERSION}-alpha.1+x")] {
            assert_eq!(ask(version).unwrap().version, version);
        }
        for version in ["99.0.0", "99.0.1-rc.1", &format!("{VERSION}.1")] {
            let told = ask(version).unwrap_err().message().to_owned();
            assert!(told.contains(version) && told.contains(VERSION), "{told}");
            assert!(told.contains(&format!("plugin install resource agentic {version}")), "{told}");
        }
    }

    #[test]
    fn digits_are_taken_for_the_texts_that_they_are() {
        let args = serde_json::json!({
            "allowedAccountIds": "[123456789012]", "defaultTags": r#"{"cost-center": 4711, "on": true}"#,
        });
        let request = rpc::CheckRequest { news: struct_of(args.clone()), ..Default::default() };
        assert_eq!(check(request).unwrap().failures, []);
        let settings =
            settings(rpc::ConfigureRequest { args: struct_of(args), ..Default::default() }).unwrap();
        assert_eq!(settings.allowed_account_ids, ["123456789012"]);
        assert_eq!(settings.default_tags["cost-center"], "4711");
        assert_eq!(settings.default_tags["on"], "true");
    }

    #[test]
    fn settings_have_the_form_of_the_aws_package_as_well() {
        let args = serde_json::json!({
            "defaultTags": r#"{"tags": {"team": "a", "cost-center": 4711}}"#,
            "assumeRoles": [
                {"roleArn": "arn:aws:iam::1:role/a", "duration": "1h30m"},
                {"roleArn": "arn:aws:iam::2:role/b"},
            ],
        });
        let request = rpc::CheckRequest { news: struct_of(args.clone()), ..Default::default() };
        assert_eq!(check(request).unwrap().failures, []);
        let settings =
            settings(rpc::ConfigureRequest { args: struct_of(args), ..Default::default() }).unwrap();
        assert_eq!((settings.default_tags["team"].as_str(), settings.default_tags.len()), ("a", 2));
        let roles: Vec<_> =
            settings.assume_roles.iter().map(|it| (it.role_arn.as_str(), it.duration_seconds)).collect();
        assert_eq!(roles, [("arn:aws:iam::1:role/a", Some(5400)), ("arn:aws:iam::2:role/b", None)]);
        assert!(
            check_duration("10m").is_err() && check_duration("1d").is_err() && check_duration("12h").is_ok()
        );
    }

    #[test]
    fn programs_for_an_emulator_of_the_aws_package_run() {
        let args = serde_json::json!({
            "region": "us-east-1", "accessKey": "test", "secretKey": "test", "skipCredentialsValidation": true,
            "skipMetadataApiCheck": "true", "skipRequestingAccountId": true, "s3UsePathStyle": true,
            "endpoints": r#"[{"ecs": "http://localhost:4566", "s3": "http://localhost:4566"}]"#,
        });
        let asked = |args: &serde_json::Value| {
            let request = rpc::CheckRequest { news: struct_of(args.clone()), ..Default::default() };
            check(request)
                .unwrap()
                .failures
                .into_iter()
                .map(|f| format!("{}: {}", f.property, f.reason))
                .collect()
        };
        let none: Vec<String> = Vec::new();
        assert_eq!(asked(&args), none);
        let request = rpc::ConfigureRequest { args: struct_of(args), ..Default::default() };
        assert_eq!(settings(request).unwrap().endpoint.as_deref(), Some("http://localhost:4566"));
        let args = serde_json::json!({
            "endpoints": [{"ecs": "http://localhost:1", "s3": "http://localhost:2"}],
            "useFipsEndpoint": true, "forbiddenAccountIds": ["1"],
        });
        let told: Vec<String> = asked(&args);
        let told = told.join("\n");
        for part in ["http://localhost:1, http://localhost:2", "useFipsEndpoint", "forbiddenAccountIds[0]"] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }

    #[test]
    fn what_no_resource_could_have_is_told_with_its_path() {
        let args = serde_json::json!({
            "allowedAccountIds": ["123456789012", "prod"], "defaultTags": {"aws:team": "a"},
            "assumeRole": {"roleArn": "deploy", "policy": {"Statement": [{"Effect": "allow", "Action": "a:b"}]}},
        });
        let request = rpc::CheckRequest { news: struct_of(args), ..Default::default() };
        let reasons: Vec<_> = check(request).unwrap().failures.into_iter().map(|f| f.reason).collect();
        let told = reasons.join("\n");
        for part in
            ["allowedAccountIds[1]", "defaultTags[\"aws:team\"]", "assumeRole.roleArn", "assumeRole.policy"]
        {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }

    #[test]
    fn nothing_replaces_the_provider_and_another_region_is_a_change() {
        let diff = |old, new| {
            let request =
                rpc::DiffRequest { old_inputs: struct_of(old), news: struct_of(new), ..Default::default() };
            let told = diff(request).unwrap();
            assert!(told.replaces.is_empty(), "{:?}", told.replaces);
            told.diffs
        };
        use serde_json::json;
        assert_eq!(diff(json!({"region": "a"}), json!({"region": "b"})), ["region"]);
        assert_eq!(diff(json!({}), json!({"region": "b"})), ["region"]);
        let (old, new) = (json!({"region": "a", "version": "1"}), json!({"region": "a", "profile": "p"}));
        assert_eq!(diff(old, new), ["profile"]);
    }
}
