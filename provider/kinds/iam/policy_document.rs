//! Policies written by their parts.

use serde_json::{Map, Value as J, json};

use crate::aws::context::{Cx, digest};
use crate::aws::error::Result;
use crate::engine::unsupported::Unsupported;
use crate::kinds::Function;
use crate::model::{Json, Model};

/// Generates an IAM policy document. No request is sent to AWS.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetPolicyDocumentArgs {
    /// Policy documents whose statements are added last, and replace earlier statements with the
    /// same `sid`.
    #[model(default = [])]
    pub override_policy_documents: Vec<Json>,
    /// The ID of the policy document.
    pub policy_id: Option<String>,
    /// Policy documents whose statements are added first.
    #[model(default = [])]
    pub source_policy_documents: Vec<Json>,
    /// The statements of the policy document.
    #[model(default = [])]
    pub statements: Vec<GetPolicyDocumentStatement>,
    /// The version of the policy language.
    #[model(default = "2012-10-17", one_of = ["2012-10-17", "2008-10-17"])]
    pub version: String,
}

/// A statement of a policy document.
#[derive(Clone, Debug, Model)]
pub struct GetPolicyDocumentStatement {
    /// The actions that the statement applies to, such as `s3:GetObject`.
    #[model(default = [])]
    pub actions: Vec<String>,
    /// The conditions, all of which must be met for the statement to apply.
    #[model(default = [])]
    pub conditions: Vec<GetPolicyDocumentStatementCondition>,
    /// Whether the statement allows or denies the actions.
    #[model(default = "Allow", one_of = ["Allow", "Deny"])]
    pub effect: String,
    /// The actions that the statement does not apply to: it applies to all others. Conflicts with
    /// `actions`.
    #[model(default = [])]
    pub not_actions: Vec<String>,
    /// The principals that the statement does not apply to: it applies to all others. Conflicts
    /// with `principals`.
    #[model(default = [])]
    pub not_principals: Vec<GetPolicyDocumentStatementPrincipal>,
    /// The ARNs of the resources that the statement does not apply to: it applies to all others.
    /// Conflicts with `resources`.
    #[model(default = [])]
    pub not_resources: Vec<String>,
    /// The principals that the statement applies to, in resource-based policies and trust policies.
    #[model(default = [])]
    pub principals: Vec<GetPolicyDocumentStatementPrincipal>,
    /// The ARNs of the resources that the statement applies to.
    #[model(default = [])]
    pub resources: Vec<String>,
    /// The ID of the statement.
    pub sid: Option<String>,
}

/// A condition of a statement.
#[derive(Clone, Debug, Model)]
pub struct GetPolicyDocumentStatementCondition {
    /// The condition operator, such as `StringEquals`.
    pub test: String,
    /// The values, one of which must match.
    pub values: Vec<String>,
    /// The condition key, such as `aws:SourceArn`.
    pub variable: String,
}

/// Principals of one type.
#[derive(Clone, Debug, Model)]
pub struct GetPolicyDocumentStatementPrincipal {
    /// The identifiers of the principals: service names, ARNs, account IDs, or `*`.
    pub identifiers: Vec<String>,
    /// The type of the principals. `*` stands for everyone.
    #[model(name = "type", one_of = ["Service", "AWS", "Federated", "CanonicalUser", "*"])]
    pub principal_type: String,
}

/// A policy.
#[derive(Clone, Debug, Model)]
pub struct GetPolicyDocumentResult {
    /// A digest of the policy document.
    pub id: String,
    /// The policy document as JSON text.
    pub json: String,
    /// The policy document as JSON text without white space.
    pub minified_json: String,
}

/// Writes a policy from its parts.
pub struct GetPolicyDocument;

impl Function for GetPolicyDocument {
    const TOKEN: &'static str = "agentic:iam:getPolicyDocument";
    const ACTIONS: &'static [&'static str] = &[];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::GET_POLICY_DOCUMENT;

    type Args = GetPolicyDocumentArgs;
    type Result = GetPolicyDocumentResult;

    async fn call(_cx: &Cx, args: &GetPolicyDocumentArgs) -> Result<GetPolicyDocumentResult> {
        let json = args.document().to_string();
        Ok(GetPolicyDocumentResult { id: digest(&[json.as_bytes()]), minified_json: json.clone(), json })
    }
}

impl GetPolicyDocumentArgs {
    fn document(&self) -> J {
        let mut statements: Vec<J> = Vec::new();
        let own = self.statements.iter().map(GetPolicyDocumentStatement::to_json);
        let (first, last) =
            (statements_of(&self.source_policy_documents), statements_of(&self.override_policy_documents));
        for statement in first.chain(own).chain(last) {
            let sid = statement.get("Sid").filter(|sid| *sid != "").cloned();
            match statements.iter_mut().find(|other| sid.is_some() && other.get("Sid") == sid.as_ref()) {
                Some(other) => *other = statement,
                None => statements.push(statement),
            }
        }
        let mut document = json!({"Version": self.version, "Statement": statements});
        if let Some(id) = &self.policy_id {
            document["Id"] = json!(id);
        }
        document
    }
}

impl GetPolicyDocumentStatement {
    fn to_json(&self) -> J {
        let mut statement = Map::from_iter([("Effect".to_owned(), json!(self.effect))]);
        let mut put = |key: &str, value: Option<J>| {
            if let Some(value) = value {
                statement.insert(key.to_owned(), value);
            }
        };
        put("Sid", self.sid.as_ref().map(|sid| json!(sid)));
        put("Principal", principals(&self.principals));
        put("NotPrincipal", principals(&self.not_principals));
        put("Action", one_or_many(&self.actions));
        put("NotAction", one_or_many(&self.not_actions));
        put("Resource", one_or_many(&self.resources));
        put("NotResource", one_or_many(&self.not_resources));
        put("Condition", conditions(&self.conditions));
        J::Object(statement)
    }
}

fn statements_of(documents: &[Json]) -> impl Iterator<Item = J> {
    documents.iter().flat_map(|Json(document)| match document.get("Statement") {
        Some(J::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    })
}

fn principals(principals: &[GetPolicyDocumentStatementPrincipal]) -> Option<J> {
    if principals.iter().any(|principal| principal.principal_type == "*") {
        return Some(json!("*"));
    }
    let mut by_type: Map<String, J> = Map::new();
    for principal in principals {
        add(&mut by_type, &principal.principal_type, &principal.identifiers);
    }
    (!by_type.is_empty()).then_some(J::Object(by_type))
}

fn conditions(conditions: &[GetPolicyDocumentStatementCondition]) -> Option<J> {
    let mut by_test: Map<String, J> = Map::new();
    for condition in conditions {
        let of_test = by_test.entry(condition.test.clone()).or_insert_with(|| json!({}));
        if let Some(by_variable) = of_test.as_object_mut() {
            add(by_variable, &condition.variable, &condition.values);
        }
    }
    (!by_test.is_empty()).then_some(J::Object(by_test))
}

/// Adds values to those that the key has already.
fn add(map: &mut Map<String, J>, key: &str, values: &[String]) {
    let there = match map.get(key) {
        Some(J::Array(items)) => items.iter().filter_map(J::as_str).map(str::to_owned).collect(),
        Some(J::String(only)) => vec![only.clone()],
        _ => Vec::new(),
    };
    if let Some(all) = one_or_many(&[&there, values].concat()) {
        map.insert(key.to_owned(), all);
    }
}

fn one_or_many(values: &[String]) -> Option<J> {
    match values {
        [] => None,
        [only] => Some(json!(only)),
        many => Some(json!(many)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Path, Value};

    fn document(args: J) -> J {
        let mut failures = Failures::new();
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let input = GetPolicyDocumentArgs::read(&fields, &mut failures);
        let args = GetPolicyDocumentArgs::settle_fields(&input, &Path::root(), &mut failures);
        assert!(failures.is_empty(), "{failures}");
        args.unwrap().document()
    }

    #[test]
    fn a_trust_policy_is_written_from_its_parts() {
        let made = document(json!({"statements": [{
            "actions": ["sts:AssumeRole"],
            "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
            "conditions": [
                {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["arn:aws:ecs:*:1:*"]},
                {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["arn:aws:ecs:*:2:*"]},
            ],
        }]}));
        let expected = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:ecs:*:1:*", "arn:aws:ecs:*:2:*"]}},
        }]});
        assert_eq!(made, expected);
    }

    #[test]
    fn statements_of_the_same_sid_take_each_others_place() {
        let base = json!({"Statement": [{"Sid": "a", "Effect": "Allow", "Action": "s3:*"}, {"Effect": "Deny", "Action": "x:y"}]});
        let made = document(json!({
            "sourcePolicyDocuments": [base.to_string()],
            "statements": [{"sid": "a", "actions": ["s3:GetObject"], "resources": ["*"]}],
            "overridePolicyDocuments": [json!({"Statement": {"Effect": "Deny", "Action": "z:*"}}).to_string()],
        }));
        let expected = json!([
            {"Sid": "a", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
            {"Effect": "Deny", "Action": "x:y"},
            {"Effect": "Deny", "Action": "z:*"},
        ]);
        assert_eq!(made["Statement"], expected);
    }
}
