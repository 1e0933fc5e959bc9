//! Policies: their grammar, and the sizes that AWS takes.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value as J};

/// A sort of policy.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// The most that AWS takes of it.
    pub most: usize,
    measure: Measure,
    /// How the limit reads, such as "IAM takes 10,240 characters".
    limit: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Measure {
    /// IAM does not count white space.
    Characters,
    Bytes,
}

impl Sort {
    /// A policy of a kind, whose own file says how many bytes it may have.
    pub const fn bytes(most: usize, limit: &'static str) -> Self {
        Sort { most, measure: Measure::Bytes, limit }
    }
}

/// All policies of a role together; so is the most that one of them can have.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub const INLINE: Sort = Sort {
    most: 10_240,
    measure: Measure::Characters,
    limit: "a role allows 10,240 in all of its inline policies, not counting white space",
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub const INLINE_OF_USER: Sort = Sort {
    most: 2_048,
    measure: Measure::Characters,
    limit: "a user allows 2,048 in all of its inline policies, not counting white space",
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub const INLINE_OF_GROUP: Sort = Sort {
    most: 5_120,
    measure: Measure::Characters,
    limit: "a group takes 5,120 in all of its inline policies, white space aside",
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub const MANAGED: Sort = Sort {
    most: 6_144,
    measure: Measure::Characters,
    limit: "a managed policy allows 6,144, not counting white space",
};

/// The most that a quota of an account can be raised to; see [`TRUST_QUOTA`].
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities>
pub const TRUST: Sort = Sort {
    most: 8_192,
    measure: Measure::Characters,
    limit: "a trust policy allows 2,048, not counting white space, or 8,192 where the quota of the account is raised",
};

/// What a trust policy may have where no quota was raised.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities>
pub const TRUST_QUOTA: usize = 2_048;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>
pub const BUCKET: Sort = Sort { most: 20 * 1024, measure: Measure::Bytes, limit: "S3 allows 20 KB" };

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html>
pub const SECRET: Sort =
    Sort { most: 20_480, measure: Measure::Bytes, limit: "Secrets Manager allows 20,480 characters" };

/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html>
pub const TOPIC: Sort = Sort { most: 30 * 1024, measure: Measure::Bytes, limit: "SNS allows 30 KB" };

/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
pub const ENDPOINT: Sort = Sort {
    most: 20_480,
    measure: Measure::Characters,
    limit: "a VPC endpoint allows 20,480, including white space",
};

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub const SESSION: Sort =
    Sort { most: 2_048, measure: Measure::Bytes, limit: "a session policy allows 2,048 characters" };

/// What AWS counts of a policy.
pub fn size(document: &J, sort: &Sort) -> usize {
    let text = document.to_string();
    match sort.measure {
        Measure::Characters => text.chars().filter(|c| !c.is_whitespace()).count(),
        Measure::Bytes => text.len(),
    }
}

/// What is wrong with a policy of any sort: its size, and what no service takes.
pub fn problems(document: &J, sort: &Sort) -> Vec<String> {
    let Some(statements) = statements(document) else {
        return vec!["is not a policy; give an object with Version and Statement".to_owned()];
    };
    let mut problems = Vec::new();
    let size = size(document, sort);
    if size > sort.most {
        let unit = match sort.measure {
            Measure::Characters => "characters",
            Measure::Bytes => "bytes",
        };
        problems.push(format!("has {} {unit}; {}", grouped(size), sort.limit));
    }
    let mut wrong = |reason: String| problems.push(format!("is not a valid policy: {reason}"));
    for key in document.as_object().into_iter().flat_map(Map::keys) {
        if !POLICY.contains(&key.as_str()) {
            wrong(format!("there is no element {key:?}{}", advice(&POLICY, key)));
        }
    }
    if let Some(version) = document.get("Version").filter(|version| !VERSIONS.iter().any(|v| **version == *v))
    {
        wrong(format!("Version is {version}; give {:?}", VERSIONS[0]));
    }
    for (index, statement) in statements.into_iter().enumerate() {
        match statement.as_object() {
            Some(statement) => {
                in_statement(statement, &mut |reason| wrong(format!("Statement[{index}] {reason}")));
            }
            None => wrong(format!("Statement[{index}] is not an object")),
        }
    }
    problems
}

/// The statements of a policy; one may stand for a list.
pub fn statements(document: &J) -> Option<Vec<&J>> {
    match document.get("Statement") {
        Some(J::Array(statements)) => Some(statements.iter().collect()),
        Some(statement @ J::Object(_)) => Some(vec![statement]),
        _ => None,
    }
}

const POLICY: [&str; 3] = ["Version", "Id", "Statement"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn in_statement(statement: &Map<String, J>, wrong: &mut dyn FnMut(String)) {
    for key in statement.keys().filter(|key| !STATEMENT.contains(&key.as_str())) {
        wrong(format!("has an unknown element {key:?}{}", advice(&STATEMENT, key)));
    }
    match statement.get("Effect") {
        Some(J::String(effect)) if effect == "Allow" || effect == "Deny" => {}
        Some(effect) => wrong(format!("has the Effect {effect}; give \"Allow\" or \"Deny\"")),
        None => wrong("has no Effect; give \"Allow\" or \"Deny\"".to_owned()),
    }
    match (statement.get("Action"), statement.get("NotAction")) {
        (None, None) => wrong("has no Action; give actions, such as \"s3:GetObject\"".to_owned()),
        (Some(_), Some(_)) => wrong("has both Action and NotAction; give one of them".to_owned()),
        (Some(actions), None) | (None, Some(actions)) => {
            for action in texts(actions).filter(|action| *action != "*" && !action.contains(':')) {
                wrong(format!("has the action {action:?}; give its service too, such as \"s3:GetObject\""));
            }
        }
    }
    for (one, other) in [("Principal", "NotPrincipal"), ("Resource", "NotResource")] {
        if statement.contains_key(one) && statement.contains_key(other) {
            wrong(format!("has both {one} and {other}; give one of them"));
        }
    }
}

/// The texts of a value that is one or a list of them.
fn texts(value: &J) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        J::Array(many) => (None, Some(many)),
        one => (Some(one), None),
    };
    one.into_iter().chain(many.into_iter().flatten()).filter_map(J::as_str)
}

fn advice(names: &[&str], key: &str) -> String {
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &key.to_lowercase());
    let nearest = names.iter().map(|name| (likeness(name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, name)) if likeness > 0.8 => format!("; did you mean {name:?}?"),
        _ => format!("; the valid elements are {}", names.join(", ")),
    }
}

/// A number with its thousands apart: 11,619.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(statement: J) -> String {
        problems(&json!({"Version": "2012-10-17", "Statement": [statement]}), &INLINE).join("\n")
    }

    #[test]
    fn what_no_service_takes_is_told() {
        let fine = json!({"Sid": "A", "Effect": "Allow", "Action": ["s3:*", "*"], "Resource": "*"});
        assert_eq!(told(fine), "");
        let unknown = told(json!({"Effect": "allow", "Action": "s3:*", "Resource": "*"}));
        assert!(
            unknown.contains("Statement[0] has the Effect \"allow\"; give \"Allow\" or \"Deny\""),
            "{unknown}"
        );
        assert!(told(json!({"Action": "s3:*"})).contains("has no Effect"));
        assert!(told(json!({"Effect": "Deny"})).contains("has no Action"));
        assert!(told(json!({"Effect": "Deny", "Action": "GetObject"})).contains("its service"));
        let nearest = told(json!({"Effect": "Deny", "Action": "a:b", "Resources": "*"}));
        assert!(nearest.contains("did you mean \"Resource\"?"), "{nearest}");
        let both = told(json!({"Effect": "Deny", "Action": "a:b", "Resource": "*", "NotResource": "*"}));
        assert!(both.contains("both Resource and NotResource"), "{both}");
        let version = problems(&json!({"Version": "2012-10-18", "Statement": [], "Statements": 1}), &INLINE);
        assert!(version[0].contains("did you mean \"Statement\"?"), "{version:?}");
        assert!(version[1].contains("Version is \"2012-10-18\""), "{version:?}");
    }

    #[test]
    fn a_policy_that_is_too_large_is_told_with_its_size() {
        let policy =
            |n: usize| json!({"Statement": {"Effect": "Allow", "Action": "a: ".repeat(n), "Resource": "*"}});
        let within = policy(INLINE.most / 2 - 40);
        assert!(problems(&within, &INLINE).is_empty(), "white space does not count");
        let found = problems(&policy(INLINE.most / 2), &INLINE).join("\n");
        assert!(found.contains("has 10,") && found.contains("10,240"), "{found}");
        assert!(problems(&within, &BUCKET).is_empty());
        assert!(!problems(&policy(8_000), &BUCKET).is_empty());
    }

    #[test]
    fn numbers_are_grouped() {
        let all = [0, 999, 1_000, 11_619, 1_234_567].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "11,619", "1,234,567"]);
    }
}
