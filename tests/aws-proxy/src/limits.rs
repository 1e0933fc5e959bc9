//! What AWS refuses and moto does not: values that are legal by themselves, and not where they are.

use crate::call::Call;
use crate::moto::Moto;
use crate::tree::{nodes, text, texts};
use crate::wire::AwsError;
use serde_json::{Value, json};

/// What is wrong with a call that moto would make.
pub async fn refusal(moto: &Moto, call: &Call) -> Option<AwsError> {
    match (call.service.as_str(), call.operation.as_str()) {
        ("rds", "CreateDBInstance" | "ModifyDBInstance") => storage(moto, call).await,
        ("iam", _) => policy(moto, call).await,
        ("ecs", "CreateService" | "UpdateService") => grace(moto, call).await,
        ("ecs", "RegisterTaskDefinition") => secrets(call),
        ("route53", "ChangeResourceRecordSets") => quotes(call),
        _ => None,
    }
}

/// Sizes and speeds of `gp3`, and that storage never becomes smaller:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>.
async fn storage(moto: &Moto, call: &Call) -> Option<AwsError> {
    let combination = |message: String| Some(AwsError::new(400, "InvalidParameterCombination", message));
    let params = json!({"DBInstanceIdentifier": call.text("DBInstanceIdentifier")});
    let found = match call.operation.as_str() {
        "ModifyDBInstance" => moto.ask(call, "rds", "DescribeDBInstances", params).await,
        _ => Value::Null,
    };
    let before = nodes(&found, "DBInstanceIdentifier").first().copied().cloned().unwrap_or_default();
    let number = |text: String| text.parse::<i64>().ok();
    let said = |name: &str| Some(call.text(name)).filter(|text| !text.is_empty());
    let was = |name: &str| Some(text(&before, name)).filter(|text| !text.is_empty());
    let (size, size_before) =
        (said("AllocatedStorage").and_then(number), was("AllocatedStorage").and_then(number));
    if let (Some(size), Some(before)) = (size, size_before)
        && size < before
    {
        return combination(format!(
            "Invalid storage size for engine name postgres and storage type: {size}. It is smaller than {before}."
        ));
    }
    let of_type = said("StorageType").or_else(|| was("StorageType"));
    let engine = said("Engine").or_else(|| was("Engine")).unwrap_or_default();
    if of_type.as_deref() != Some("gp3") || !["postgres", "mysql", "mariadb"].contains(&engine.as_str()) {
        return None;
    }
    let (iops, throughput) = (said("Iops").and_then(number), said("StorageThroughput").and_then(number));
    let size = size.or(size_before)?;
    if size < 400 && (iops.is_some() || throughput.is_some()) {
        return combination(format!(
            "You can't specify IOPS or storage throughput for engine {engine} and a storage size less than 400."
        ));
    }
    let is_slow = iops.is_some_and(|iops| iops < 12_000) || throughput.is_some_and(|mib| mib < 500);
    let gets_large = size_before.is_some_and(|before| before < 400);
    if size >= 400 && (is_slow || gets_large && iops.is_none()) {
        return combination(format!(
            "The IOPS and storage throughput of engine {engine} with gp3 storage of 400 GiB or more are at least 12000 and 500."
        ));
    }
    None
}

/// Grammar and sizes of policies:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
async fn policy(moto: &Moto, call: &Call) -> Option<AwsError> {
    let size = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let (document, most) = match call.operation.as_str() {
        "PutRolePolicy" => (call.text("PolicyDocument"), 10_240),
        "CreatePolicy" | "CreatePolicyVersion" => (call.text("PolicyDocument"), 6_144),
        "CreateRole" => (call.text("AssumeRolePolicyDocument"), 2_048),
        "UpdateAssumeRolePolicy" => (call.text("PolicyDocument"), 2_048),
        _ => return None,
    };
    let parsed: Value = serde_json::from_str(&document).unwrap_or_default();
    if texts(&parsed, "Effect").iter().any(|effect| effect != "Allow" && effect != "Deny") {
        return Some(AwsError::new(400, "MalformedPolicyDocument", "Syntax errors in policy."));
    }
    let mut all = size(&document);
    if call.operation == "PutRolePolicy" {
        let role = json!({"RoleName": call.text("RoleName")});
        let names = moto.ask(call, "iam", "ListRolePolicies", role).await;
        let mut others = texts(&names, "member");
        others.retain(|name| *name != call.text("PolicyName"));
        for name in others {
            let params = json!({"RoleName": call.text("RoleName"), "PolicyName": name});
            let other = moto.ask(call, "iam", "GetRolePolicy", params).await;
            let other = texts(&other, "PolicyDocument").concat();
            all += size(&percent_encoding::percent_decode_str(&other).decode_utf8_lossy());
        }
    }
    (all > most).then(|| {
        let message = format!("Maximum policy size of {most} bytes exceeded: {all}");
        AwsError::new(409, "LimitExceeded", message)
    })
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>,
/// `healthCheckGracePeriodSeconds`.
async fn grace(moto: &Moto, call: &Call) -> Option<AwsError> {
    call.params.get("healthCheckGracePeriodSeconds").filter(|grace| !grace.is_null())?;
    let given = call.params.get("loadBalancers").and_then(Value::as_array);
    let is_balanced = match given {
        Some(given) => !given.is_empty(),
        None if call.operation == "UpdateService" => {
            let params = json!({"cluster": call.text("cluster"), "services": [call.text("service")]});
            let found = moto.ask(call, "ecs", "DescribeServices", params).await;
            !texts(&found, "targetGroupArn").is_empty()
        }
        None => false,
    };
    let message = "Health check grace period is only valid for services configured to use load balancers";
    (!is_balanced).then(|| AwsError::new(400, "InvalidParameterException", message))
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn secrets(call: &Call) -> Option<AwsError> {
    let containers = call.params.get("containerDefinitions")?.as_array()?;
    let names = |container: &Value, list: &str| texts(&container[list], "name");
    let twice = containers.iter().find_map(|container| {
        let variables = names(container, "environment");
        names(container, "secrets").into_iter().find(|name| variables.contains(name))
    })?;
    let message = format!(
        "The secret name must be unique and not shared with any new or existing environment variables set on \
         the container, such as '{twice}'."
    );
    Some(AwsError::new(400, "ClientException", message))
}

/// Texts are strings in quotes of up to 255 bytes:
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat>.
fn quotes(call: &Call) -> Option<AwsError> {
    let sets = nodes(&call.params, "Type");
    let texts_of = sets.iter().filter(|set| text(set, "Type") == "TXT").flat_map(|set| texts(set, "Value"));
    let bad = texts_of.into_iter().find(|value| !is_quoted(value))?;
    let message = format!(
        "[Invalid Resource Record: 'FATAL problem: InvalidCharacterString' encountered with '{bad}']"
    );
    Some(AwsError::new(400, "InvalidChangeBatch", message))
}

fn is_quoted(value: &str) -> bool {
    let mut characters = value.trim().chars().peekable();
    while let Some(first) = characters.next() {
        if first != '"' {
            return false;
        }
        let mut length = 0;
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => {
                    let is_octal = characters.peek().is_some_and(char::is_ascii_digit);
                    for _ in 0..if is_octal { 3 } else { 1 } {
                        characters.next();
                    }
                }
                Some(c) if (' '..='~').contains(&c) => {}
                _ => return false,
            }
            length += 1;
        }
        while characters.next_if_eq(&' ').is_some() {}
        if length > 255 {
            return false;
        }
    }
    true
}
