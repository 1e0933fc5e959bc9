//! What WAF would refuse in a statement.

use aws_sdk_wafv2::types::{CountryCode, TextTransformationType};

use super::*;
use crate::aws::error::Result;
use crate::kinds::wafv2::one_of;
use crate::model::{Failures, In, Path};

impl Statement {
    /// Notes where this is not exactly one statement, or one that is not as WAF takes it.
    pub fn check(input: &StatementInput, at: &Path, failures: &mut Failures) {
        let mut parts = ScopeDownStatement::parts(&input.of_request);
        parts.push((Self::MANAGED_RULE_GROUP_STATEMENT.name(), input.managed_rule_group_statement.is_set()));
        parts.push((Self::RATE_BASED_STATEMENT.name(), input.rate_based_statement.is_set()));
        one_of(at, "statement", &parts, failures);
        ScopeDownStatement::check_parts(&input.of_request, at, failures);
        if let Some(group) = input.managed_rule_group_statement.get() {
            let at = at.key(Self::MANAGED_RULE_GROUP_STATEMENT);
            ManagedRuleGroupStatement::check(group, &at, failures);
        }
        if let Some(rate) = input.rate_based_statement.get() {
            RateBasedStatement::check(rate, &at.key(Self::RATE_BASED_STATEMENT), failures);
        }
    }
}

impl ScopeDownStatement {
    fn parts(input: &ScopeDownStatementInput) -> Vec<(&'static str, bool)> {
        let mut parts = StatementPart::parts(&input.part);
        parts.push((Self::AND_STATEMENT.name(), input.and_statement.is_set()));
        parts.push((Self::NOT_STATEMENT.name(), input.not_statement.is_set()));
        parts.push((Self::OR_STATEMENT.name(), input.or_statement.is_set()));
        parts
    }

    fn check(input: &ScopeDownStatementInput, at: &Path, failures: &mut Failures) {
        one_of(at, "statement", &Self::parts(input), failures);
        Self::check_parts(input, at, failures);
    }

    fn check_parts(input: &ScopeDownStatementInput, at: &Path, failures: &mut Failures) {
        StatementPart::check_parts(&input.part, at, failures);
        let combined = [
            (Self::AND_STATEMENT, input.and_statement.get().map(|and| &and.statements)),
            (Self::NOT_STATEMENT, input.not_statement.get().map(|not| &not.statements)),
            (Self::OR_STATEMENT, input.or_statement.get().map(|or| &or.statements)),
        ];
        for (symbol, parts) in combined {
            let at = at.key(symbol).key(AndStatement::STATEMENTS);
            let parts = parts.and_then(In::get).into_iter().flatten();
            for (index, part) in parts.enumerate() {
                if let Some(part) = part.get() {
                    StatementPart::check(part, &at.index(index), failures);
                }
            }
        }
    }
}

impl StatementPart {
    fn parts(input: &StatementPartInput) -> Vec<(&'static str, bool)> {
        vec![
            (Self::BYTE_MATCH_STATEMENT.name(), input.byte_match_statement.is_set()),
            (Self::GEO_MATCH_STATEMENT.name(), input.geo_match_statement.is_set()),
            (Self::IP_SET_REFERENCE_STATEMENT.name(), input.ip_set_reference_statement.is_set()),
            (Self::LABEL_MATCH_STATEMENT.name(), input.label_match_statement.is_set()),
        ]
    }

    fn check(input: &StatementPartInput, at: &Path, failures: &mut Failures) {
        one_of(at, "statement", &Self::parts(input), failures);
        Self::check_parts(input, at, failures);
    }

    fn check_parts(input: &StatementPartInput, at: &Path, failures: &mut Failures) {
        if let Some(byte) = input.byte_match_statement.get() {
            check_byte_match(byte, &at.key(Self::BYTE_MATCH_STATEMENT), failures);
        }
    }
}

impl RateBasedStatement {
    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>
    pub fn check(input: &RateBasedStatementInput, at: &Path, failures: &mut Failures) {
        let kind = input.aggregate_key_type.get().map(String::as_str);
        let forwarded = input.forwarded_ip_config.is_set();
        if kind == Some("FORWARDED_IP") && !forwarded {
            let reason = "is missing; with FORWARDED_IP give the header that has the address";
            failures.add(at.key(Self::FORWARDED_IP_CONFIG), reason);
        }
        if matches!(kind, Some("IP" | "CONSTANT")) && forwarded {
            let reason = "requires the aggregateKeyType FORWARDED_IP; give that type, or leave it out";
            failures.add(at.key(Self::FORWARDED_IP_CONFIG), reason);
        }
        if kind == Some("CONSTANT") && !input.scope_down_statement.is_set() {
            let reason = "is missing; CONSTANT requires it, to select the requests to count";
            failures.add(at.key(Self::SCOPE_DOWN_STATEMENT), reason);
        }
        if let Some(scope) = input.scope_down_statement.get() {
            ScopeDownStatement::check(scope, &at.key(Self::SCOPE_DOWN_STATEMENT), failures);
        }
    }
}

impl ManagedRuleGroupStatement {
    pub fn check(input: &ManagedRuleGroupStatementInput, at: &Path, failures: &mut Failures) {
        if let Some(scope) = input.scope_down_statement.get() {
            ScopeDownStatement::check(scope, &at.key(Self::SCOPE_DOWN_STATEMENT), failures);
        }
        for (index, over) in input.rule_action_overrides.get().into_iter().flatten().enumerate() {
            if let Some(action) = over.get().and_then(|over| over.action_to_use.get()) {
                let at =
                    at.key(Self::RULE_ACTION_OVERRIDES).index(index).key(RuleActionOverride::ACTION_TO_USE);
                Action::check(action, &at, failures);
            }
        }
    }
}

fn check_byte_match(input: &ByteMatchStatementInput, at: &Path, failures: &mut Failures) {
    let Some(field) = input.field_to_match.get() else { return };
    let parts = [
        (FieldToMatch::ALL_QUERY_ARGUMENTS.name(), field.all_query_arguments.is_set()),
        (FieldToMatch::METHOD.name(), field.method.is_set()),
        (FieldToMatch::QUERY_STRING.name(), field.query_string.is_set()),
        (FieldToMatch::SINGLE_HEADER.name(), field.single_header.is_set()),
        (FieldToMatch::SINGLE_QUERY_ARGUMENT.name(), field.single_query_argument.is_set()),
        (FieldToMatch::URI_PATH.name(), field.uri_path.is_set()),
    ];
    one_of(&at.key(ByteMatchStatement::FIELD_TO_MATCH), "part", &parts, failures);
}

pub(super) fn check_country(code: &str) -> Result<(), String> {
    match CountryCode::values().contains(&code) {
        true => Ok(()),
        false => Err(format!("is {code:?}; give a code of two uppercase letters, such as DE")),
    }
}

/// WAF keeps these names in small letters.
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_FieldToMatch.html>
pub(super) fn check_lower(name: &str) -> Result<(), String> {
    match name.chars().any(char::is_uppercase) {
        false => Ok(()),
        true => Err(format!("is {name:?}; give it in lowercase, {:?}", name.to_lowercase())),
    }
}

pub(super) fn check_transformation(kind: &str) -> Result<(), String> {
    let kinds = TextTransformationType::values();
    match kinds.contains(&kind) {
        true => Ok(()),
        false => Err(format!("is {kind:?}; give one of {}", kinds.join(", "))),
    }
}
