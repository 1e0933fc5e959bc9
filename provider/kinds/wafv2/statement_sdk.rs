//! Statements as the API takes and gives them, and what WAF would refuse in them.

use aws_sdk_wafv2::types::{self, CountryCode, FallbackBehavior, TextTransformationType};
use aws_smithy_types::Blob;

use super::statement::*;
use super::{
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUse as ActionToUse, one_of,
};
use crate::aws::error::Result;
use crate::model::{Failures, In, Path};

impl WebAclRuleStatementAndStatement {
    pub(super) fn to_aws(&self) -> Result<types::AndStatement> {
        let statements = self.statements.iter().map(WebAclRuleStatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::AndStatement::builder().set_statements(Some(statements)).build()?)
    }

    pub(super) fn from_aws(all: &types::AndStatement) -> Self {
        let statements = all.statements.iter().map(WebAclRuleStatementPart::from_aws).collect();
        WebAclRuleStatementAndStatement { statements }
    }

    pub(super) fn check(input: &WebAclRuleStatementAndStatementInput, at: &Path, failures: &mut Failures) {
        check_parts(&input.statements, at, failures);
    }
}

impl WebAclRuleStatementOrStatement {
    pub(super) fn to_aws(&self) -> Result<types::OrStatement> {
        let statements = self.statements.iter().map(WebAclRuleStatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::OrStatement::builder().set_statements(Some(statements)).build()?)
    }

    pub(super) fn from_aws(any: &types::OrStatement) -> Self {
        let statements = any.statements.iter().map(WebAclRuleStatementPart::from_aws).collect();
        WebAclRuleStatementOrStatement { statements }
    }

    pub(super) fn check(input: &WebAclRuleStatementOrStatementInput, at: &Path, failures: &mut Failures) {
        check_parts(&input.statements, at, failures);
    }
}

impl WebAclRuleStatementNotStatement {
    pub(super) fn to_aws(&self) -> Result<types::NotStatement> {
        let statement = self.statements.first().map(WebAclRuleStatementPart::to_aws).transpose()?;
        Ok(types::NotStatement::builder().set_statement(statement.map(Box::new)).build())
    }

    pub(super) fn from_aws(not: &types::NotStatement) -> Self {
        let statements = not.statement().into_iter().map(WebAclRuleStatementPart::from_aws).collect();
        WebAclRuleStatementNotStatement { statements }
    }

    pub(super) fn check(input: &WebAclRuleStatementNotStatementInput, at: &Path, failures: &mut Failures) {
        check_parts(&input.statements, at, failures);
    }
}

fn check_parts(parts: &In<Vec<In<WebAclRuleStatementPartInput>>>, at: &Path, failures: &mut Failures) {
    for (index, part) in parts.get().into_iter().flatten().enumerate() {
        if let Some(part) = part.get() {
            WebAclRuleStatementPart::check(
                part,
                &at.key(WebAclRuleStatementAndStatement::STATEMENTS).index(index),
                failures,
            );
        }
    }
}

impl WebAclRuleStatementRateBasedStatement {
    pub(super) fn to_aws(&self) -> Result<types::RateBasedStatement> {
        let scope = self.scope_down_statement.as_ref();
        let scope = scope.map(WebAclRuleStatementScopeDownStatement::to_aws).transpose()?;
        let header = self.forwarded_ip_config.as_ref();
        Ok(types::RateBasedStatement::builder()
            .aggregate_key_type(self.aggregate_key_type.as_str().into())
            .evaluation_window_sec(self.evaluation_window_sec)
            .set_forwarded_ip_config(header.map(WebAclRuleStatementForwardedIpConfig::to_aws).transpose()?)
            .limit(self.limit)
            .set_scope_down_statement(scope.map(Box::new))
            .build()?)
    }

    pub(super) fn from_aws(rate: &types::RateBasedStatement) -> Self {
        let window = Some(rate.evaluation_window_sec).filter(|seconds| *seconds > 0);
        WebAclRuleStatementRateBasedStatement {
            aggregate_key_type: rate.aggregate_key_type.as_str().to_owned(),
            // AWS does not always spell out the usual.
            evaluation_window_sec: window.unwrap_or(300),
            forwarded_ip_config: rate
                .forwarded_ip_config()
                .map(WebAclRuleStatementForwardedIpConfig::from_aws),
            limit: rate.limit,
            scope_down_statement: rate
                .scope_down_statement()
                .map(WebAclRuleStatementScopeDownStatement::from_aws),
        }
    }

    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>
    pub(super) fn check(
        input: &WebAclRuleStatementRateBasedStatementInput,
        at: &Path,
        failures: &mut Failures,
    ) {
        let kind = input.aggregate_key_type.get().map(String::as_str);
        let forwarded = input.forwarded_ip_config.is_set();
        if kind == Some("FORWARDED_IP") && !forwarded {
            let reason = "is missing; with FORWARDED_IP give the header that has the address";
            failures.add(at.key(Self::FORWARDED_IP_CONFIG), reason);
        }
        if matches!(kind, Some("IP" | "CONSTANT")) && forwarded {
            let reason = "goes with the aggregateKeyType FORWARDED_IP; leave one of them out";
            failures.add(at.key(Self::FORWARDED_IP_CONFIG), reason);
        }
        if kind == Some("CONSTANT") && !input.scope_down_statement.is_set() {
            let reason = "is missing; with CONSTANT it says which requests are counted";
            failures.add(at.key(Self::SCOPE_DOWN_STATEMENT), reason);
        }
        if let Some(scope) = input.scope_down_statement.get() {
            WebAclRuleStatementScopeDownStatement::check(
                scope,
                &at.key(Self::SCOPE_DOWN_STATEMENT),
                failures,
            );
        }
    }
}

impl WebAclRuleStatementManagedRuleGroupStatement {
    pub(super) fn to_aws(&self) -> Result<types::ManagedRuleGroupStatement> {
        let overrides = self.rule_action_overrides.iter().map(|over| {
            let action = over.action_to_use.to_aws()?;
            Ok(types::RuleActionOverride::builder().action_to_use(action).name(&over.name).build()?)
        });
        let overrides = overrides.collect::<Result<Vec<_>>>()?;
        let scope = self.scope_down_statement.as_ref();
        let scope = scope.map(WebAclRuleStatementScopeDownStatement::to_aws).transpose()?;
        Ok(types::ManagedRuleGroupStatement::builder()
            .name(&self.name)
            .set_rule_action_overrides(Some(overrides).filter(|overrides| !overrides.is_empty()))
            .set_scope_down_statement(scope.map(Box::new))
            .vendor_name(&self.vendor_name)
            .set_version(self.version.clone())
            .build()?)
    }

    pub(super) fn from_aws(group: &types::ManagedRuleGroupStatement) -> Self {
        let nothing = types::RuleAction::builder().build();
        let over = |over: &types::RuleActionOverride| {
            WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride {
                action_to_use: ActionToUse::from_aws(over.action_to_use().unwrap_or(&nothing)),
                name: over.name.clone(),
            }
        };
        WebAclRuleStatementManagedRuleGroupStatement {
            name: group.name.clone(),
            rule_action_overrides: group.rule_action_overrides().iter().map(over).collect(),
            scope_down_statement: group
                .scope_down_statement()
                .map(WebAclRuleStatementScopeDownStatement::from_aws),
            vendor_name: group.vendor_name.clone(),
            version: group.version.clone(),
        }
    }

    pub(super) fn check(
        input: &WebAclRuleStatementManagedRuleGroupStatementInput,
        at: &Path,
        failures: &mut Failures,
    ) {
        if let Some(scope) = input.scope_down_statement.get() {
            WebAclRuleStatementScopeDownStatement::check(
                scope,
                &at.key(Self::SCOPE_DOWN_STATEMENT),
                failures,
            );
        }
        for (index, over) in input.rule_action_overrides.get().into_iter().flatten().enumerate() {
            if let Some(action) = over.get().and_then(|over| over.action_to_use.get()) {
                let at = at
                    .key(Self::RULE_ACTION_OVERRIDES)
                    .index(index)
                    .key(WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride::ACTION_TO_USE);
                ActionToUse::check(action, &at, failures);
            }
        }
    }
}

impl WebAclRuleStatementGeoMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::GeoMatchStatement> {
        let codes = self.country_codes.iter().map(|code| CountryCode::from(code.as_str())).collect();
        let header = self.forwarded_ip_config.as_ref();
        Ok(types::GeoMatchStatement::builder()
            .set_country_codes(Some(codes))
            .set_forwarded_ip_config(header.map(WebAclRuleStatementForwardedIpConfig::to_aws).transpose()?)
            .build())
    }

    pub(super) fn from_aws(geo: &types::GeoMatchStatement) -> Self {
        WebAclRuleStatementGeoMatchStatement {
            country_codes: geo.country_codes().iter().map(|code| code.as_str().to_owned()).collect(),
            forwarded_ip_config: geo
                .forwarded_ip_config()
                .map(WebAclRuleStatementForwardedIpConfig::from_aws),
        }
    }
}

impl WebAclRuleStatementForwardedIpConfig {
    fn to_aws(&self) -> Result<types::ForwardedIpConfig> {
        Ok(types::ForwardedIpConfig::builder()
            .fallback_behavior(FallbackBehavior::from(self.fallback_behavior.as_str()))
            .header_name(&self.header_name)
            .build()?)
    }

    fn from_aws(config: &types::ForwardedIpConfig) -> Self {
        WebAclRuleStatementForwardedIpConfig {
            fallback_behavior: config.fallback_behavior.as_str().to_owned(),
            header_name: config.header_name.clone(),
        }
    }
}

impl WebAclRuleStatementIpSetReferenceStatement {
    pub(super) fn to_aws(&self) -> Result<types::IpSetReferenceStatement> {
        Ok(types::IpSetReferenceStatement::builder().arn(&self.arn).build()?)
    }

    pub(super) fn from_aws(set: &types::IpSetReferenceStatement) -> Self {
        WebAclRuleStatementIpSetReferenceStatement { arn: set.arn.clone() }
    }
}

impl WebAclRuleStatementLabelMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::LabelMatchStatement> {
        Ok(types::LabelMatchStatement::builder().key(&self.key).scope(self.scope.as_str().into()).build()?)
    }

    pub(super) fn from_aws(label: &types::LabelMatchStatement) -> Self {
        WebAclRuleStatementLabelMatchStatement {
            key: label.key.clone(),
            scope: label.scope.as_str().to_owned(),
        }
    }
}

impl WebAclRuleStatementByteMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::ByteMatchStatement> {
        let transformation = |step: &WebAclRuleStatementByteMatchStatementTextTransformation| {
            let kind = TextTransformationType::from(step.r#type.as_str());
            types::TextTransformation::builder().priority(step.priority as i32).r#type(kind).build()
        };
        let steps = self.text_transformations.iter().map(transformation).collect::<Result<Vec<_>, _>>()?;
        Ok(types::ByteMatchStatement::builder()
            .field_to_match(self.field_to_match.to_aws()?)
            .positional_constraint(self.positional_constraint.as_str().into())
            .search_string(Blob::new(self.search_string.as_bytes()))
            .set_text_transformations(Some(steps))
            .build()?)
    }

    pub(super) fn from_aws(byte: &types::ByteMatchStatement) -> Self {
        let nothing = types::FieldToMatch::builder().build();
        let step =
            |step: &types::TextTransformation| WebAclRuleStatementByteMatchStatementTextTransformation {
                priority: step.priority.into(),
                r#type: step.r#type.as_str().to_owned(),
            };
        WebAclRuleStatementByteMatchStatement {
            field_to_match: WebAclRuleStatementByteMatchStatementFieldToMatch::from_aws(
                byte.field_to_match().unwrap_or(&nothing),
            ),
            positional_constraint: byte.positional_constraint.as_str().to_owned(),
            search_string: String::from_utf8_lossy(byte.search_string.as_ref()).into_owned(),
            text_transformations: byte.text_transformations.iter().map(step).collect(),
        }
    }
}

impl WebAclRuleStatementByteMatchStatementFieldToMatch {
    fn to_aws(&self) -> Result<types::FieldToMatch> {
        let header = self.single_header.as_ref();
        let header = header.map(|header| types::SingleHeader::builder().name(&header.name).build());
        let argument = self.single_query_argument.as_ref();
        let argument =
            argument.map(|argument| types::SingleQueryArgument::builder().name(&argument.name).build());
        let all = self.all_query_arguments.as_ref();
        Ok(types::FieldToMatch::builder()
            .set_all_query_arguments(all.map(|_| types::AllQueryArguments::builder().build()))
            .set_method(self.method.as_ref().map(|_| types::Method::builder().build()))
            .set_query_string(self.query_string.as_ref().map(|_| types::QueryString::builder().build()))
            .set_single_header(header.transpose()?)
            .set_single_query_argument(argument.transpose()?)
            .set_uri_path(self.uri_path.as_ref().map(|_| types::UriPath::builder().build()))
            .build())
    }

    fn from_aws(field: &types::FieldToMatch) -> Self {
        WebAclRuleStatementByteMatchStatementFieldToMatch {
            all_query_arguments: field
                .all_query_arguments()
                .map(|_| WebAclRuleStatementByteMatchStatementFieldToMatchAllQueryArguments {}),
            method: field.method().map(|_| WebAclRuleStatementByteMatchStatementFieldToMatchMethod {}),
            query_string: field
                .query_string()
                .map(|_| WebAclRuleStatementByteMatchStatementFieldToMatchQueryString {}),
            single_header: field.single_header().map(|header| {
                WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeader { name: header.name.clone() }
            }),
            single_query_argument: field.single_query_argument().map(|argument| {
                let name = argument.name.clone();
                WebAclRuleStatementByteMatchStatementFieldToMatchSingleQueryArgument { name }
            }),
            uri_path: field.uri_path().map(|_| WebAclRuleStatementByteMatchStatementFieldToMatchUriPath {}),
        }
    }
}

pub(super) fn check_byte_match(
    input: &WebAclRuleStatementByteMatchStatementInput,
    at: &Path,
    failures: &mut Failures,
) {
    let Some(field) = input.field_to_match.get() else { return };
    let parts = [
        (
            WebAclRuleStatementByteMatchStatementFieldToMatch::ALL_QUERY_ARGUMENTS,
            field.all_query_arguments.is_set(),
        ),
        (WebAclRuleStatementByteMatchStatementFieldToMatch::METHOD, field.method.is_set()),
        (WebAclRuleStatementByteMatchStatementFieldToMatch::QUERY_STRING, field.query_string.is_set()),
        (WebAclRuleStatementByteMatchStatementFieldToMatch::SINGLE_HEADER, field.single_header.is_set()),
        (
            WebAclRuleStatementByteMatchStatementFieldToMatch::SINGLE_QUERY_ARGUMENT,
            field.single_query_argument.is_set(),
        ),
        (WebAclRuleStatementByteMatchStatementFieldToMatch::URI_PATH, field.uri_path.is_set()),
    ];
    one_of(&at.key(WebAclRuleStatementByteMatchStatement::FIELD_TO_MATCH), "part", &parts, failures);
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
