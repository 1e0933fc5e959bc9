//! IAM policies and the roles that carry them.

use serde_json::{Value as Json_, json};

use super::{Child, Options, Scope};
use crate::aws::clients::partition;
use crate::kinds::iam::{Role, RoleInputs, RolePolicy, RolePolicyInputs};
use crate::model::{In, Json};

/// One statement that allows actions on resources.
pub fn allow(actions: &[&str], resources: In<Vec<String>>) -> In<Json_> {
    let actions: Vec<String> = actions.iter().map(|&action| action.to_owned()).collect();
    resources.map(|resources| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }))
}

/// One statement that allows to read secrets that a key of the account's own encrypts: `key` is its
/// ARN, its id or an alias. The key opens nothing but secrets by this.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
pub fn decrypt(key: In<String>, region: &str) -> In<Json_> {
    through("secretsmanager", &["kms:Decrypt"], key, region)
}

/// One statement that allows to read and write the objects of buckets that a key of the account's own
/// encrypts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
pub fn through_bucket(key: In<String>, region: &str) -> In<Json_> {
    through("s3", &["kms:Decrypt", "kms:GenerateDataKey"], key, region)
}

fn through(service: &'static str, actions: &'static [&str], key: In<String>, region: &str) -> In<Json_> {
    let region = region.to_owned();
    key.map(move |key| {
        let all = format!("arn:{}:kms:{region}:*:key/", partition(&region));
        let resource = match key.as_str() {
            arn if arn.contains(":key/") => key,
            // IAM knows keys by their ids alone.
            alias if alias.contains("alias/") => format!("{all}*"),
            id => format!("{all}{id}"),
        };
        let through = format!("{service}.{region}.amazonaws.com*");
        json!({
            "Effect": "Allow",
            "Action": actions,
            "Resource": [resource],
            "Condition": { "StringLike": { "kms:ViaService": through } },
        })
    })
}

/// A policy of these statements.
pub fn policy(statements: impl IntoIterator<Item = In<Json_>>) -> In<Json> {
    all(statements).map(|statements| Json(json!({ "Version": "2012-10-17", "Statement": statements })))
}

/// A policy of the statements that follow from the arguments, and of those of the document that the program
/// gives; nothing where there are neither.
pub fn policy_with(statements: Vec<In<Json_>>, given: In<Json>) -> In<Json> {
    match (statements.is_empty(), given.is_set()) {
        (true, _) => given,
        (false, false) => policy(statements),
        (false, true) => policy(statements).zip(given).map(|(made, given)| joined(made, given)),
    }
}

fn joined(Json(mut made): Json, Json(mut given): Json) -> Json {
    let more = match given["Statement"].take() {
        Json_::Array(all) => all,
        Json_::Null => Vec::new(),
        one => vec![one],
    };
    if let Some(statements) = made["Statement"].as_array_mut() {
        statements.extend(more);
    }
    Json(made)
}

/// All values, once each of them is known.
pub fn all<T>(items: impl IntoIterator<Item = In<T>>) -> In<Vec<T>> {
    items.into_iter().fold(In::known(Vec::new()), |list, item| {
        list.zip(item).map(|(mut list, item)| {
            list.push(item);
            list
        })
    })
}

/// A role that a service of AWS takes on, such as `ecs-tasks.amazonaws.com`.
///
/// Only for things of the stack's own account: nobody else can make the service act for them.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
pub fn role(at: &Scope, suffix: &str, service: &str) -> Child<Role> {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
    });
    let role = RoleInputs { assume_role_policy: Json(trust).into(), ..RoleInputs::default() };
    at.child(suffix, role, Options::default())
}

/// Gives a role a policy of its own.
pub fn attach(at: &Scope, suffix: &str, role: &Child<Role>, policy: In<Json>) -> Child<RolePolicy> {
    let inputs = RolePolicyInputs { role: role.id.clone(), policy, ..RolePolicyInputs::default() };
    at.child(suffix, inputs, Options::named(suffix))
}

/// As `attach`, for tasks that run: with other rights they get another policy, and that of before goes
/// when they have been rolled, so that a deployment can be rolled back as well.
///
/// All policies of a role have 10,240 characters together; a long one is changed in place.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub fn attach_anew(at: &Scope, suffix: &str, role: &Child<Role>, policy: In<Json>) -> Child<RolePolicy> {
    const LONGEST: usize = 4_500;
    let fits_twice = policy.get().is_none_or(|policy| policy.0.to_string().len() <= LONGEST);
    let inputs = RolePolicyInputs { role: role.id.clone(), policy, ..RolePolicyInputs::default() };
    at.child(suffix, inputs, Options::named(suffix).anew_with(if fits_twice { &["policy"] } else { &[] }))
}

/// The ARN of a secret or parameter, without the part of it that a task names.
pub fn secret_arn(reference: String) -> String {
    // arn:aws:secretsmanager:region:account:secret:name[:key:stage:version]
    let parts: Vec<&str> = reference.split(':').collect();
    match parts.get(2) {
        Some(&"secretsmanager") if parts.len() > 7 => parts[..7].join(":"),
        _ => reference,
    }
}

/// The ARN of the repository that an image of ECR is in; nothing for other images.
pub fn repository_arn(image: &str, partition: &str) -> Option<String> {
    let (registry, rest) = image.split_once('/')?;
    let mut parts = registry.split('.');
    let (account, dkr, ecr, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if dkr != "dkr" || !ecr.starts_with("ecr") {
        return None;
    }
    let name = rest.split(['@', ':']).next()?;
    Some(format!("arn:{partition}:ecr:{region}:{account}:repository/{name}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secrets_arn_is_without_the_part_that_a_task_names() {
        let arn = "arn:aws:secretsmanager:eu-west-1:1:secret:a-x1y2z3";
        assert_eq!(secret_arn(format!("{arn}:password::")), arn);
        assert_eq!(secret_arn(arn.to_owned()), arn);
        let parameter = "arn:aws:ssm:eu-west-1:1:parameter/a";
        assert_eq!(secret_arn(parameter.to_owned()), parameter);
    }

    #[test]
    fn a_key_opens_secrets_alone() {
        let resource = |key: &str| {
            let statement = decrypt(key.into(), "eu-west-1").get().cloned().unwrap_or_default();
            assert_eq!(
                statement["Condition"]["StringLike"]["kms:ViaService"],
                "secretsmanager.eu-west-1.amazonaws.com*"
            );
            statement["Resource"][0].as_str().unwrap_or_default().to_owned()
        };
        let arn = "arn:aws:kms:eu-west-1:1:key/4b9e";
        assert_eq!(resource(arn), arn);
        assert_eq!(resource("4b9e"), "arn:aws:kms:eu-west-1:*:key/4b9e");
        assert_eq!(resource("alias/own"), "arn:aws:kms:eu-west-1:*:key/*");
    }

    #[test]
    fn only_images_of_ecr_have_a_repository_to_pull_from() {
        let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:0";
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/api";
        assert_eq!(repository_arn(image, "aws").as_deref(), Some(arn));
        assert_eq!(repository_arn("ghcr.io/acme/api:1", "aws"), None);
        assert_eq!(repository_arn("nginx", "aws"), None);
    }

    #[test]
    fn a_policy_is_unknown_while_a_part_of_it_is() {
        let known = allow(&["s3:GetObject"], In::known(vec!["*".to_owned()]));
        assert!(policy([known.clone(), allow(&["s3:PutObject"], In::unknown())]).is_unknown());
        let text = policy([known]).get().map(|policy| policy.0.to_string()).unwrap_or_default();
        assert!(text.contains(r#""Action":["s3:GetObject"]"#));
    }

    #[test]
    fn a_policy_has_the_statements_of_the_program_as_well() {
        let own = || vec![allow(&["s3:GetObject"], In::known(vec!["*".to_owned()]))];
        let given = || In::from(Json(json!({ "Statement": { "Effect": "Deny" } })));
        let effects = |policy: In<Json>| {
            let policy = policy.get().cloned().unwrap().0;
            let all = policy["Statement"].as_array().unwrap();
            all.iter().map(|it| it["Effect"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(!policy_with(Vec::new(), In::default()).is_set());
        assert_eq!(effects(policy_with(own(), In::default())), ["Allow"]);
        assert_eq!(effects(policy_with(own(), given())), ["Allow", "Deny"]);
        assert_eq!(policy_with(Vec::new(), given()).get(), given().get());
    }
}
