//! Statements as the API takes and gives them, and what WAF would refuse in them.

use aws_sdk_wafv2::types::{self, CountryCode, FallbackBehavior, TextTransformationType};
use aws_smithy_types::Blob;

use super::statement::*;
use super::{Action, Empty, one_of};
use crate::aws::error::Result;
use crate::model::{Failures, In, Path};

impl Statement {
    pub(super) fn to_aws(&self) -> Result<types::Statement> {
        let mut statement = self.of_request.to_aws()?;
        let group = self.managed_rule_group_statement.as_ref();
        statement.managed_rule_group_statement = group.map(ManagedRuleGroupStatement::to_aws).transpose()?;
        let rate = self.rate_based_statement.as_ref();
        statement.rate_based_statement = rate.map(RateBasedStatement::to_aws).transpose()?;
        Ok(statement)
    }

    pub(super) fn from_aws(statement: &types::Statement) -> Self {
        let group = statement.managed_rule_group_statement();
        Statement {
            of_request: ScopeDownStatement::from_aws(statement),
            managed_rule_group_statement: group.map(ManagedRuleGroupStatement::from_aws),
            rate_based_statement: statement.rate_based_statement().map(RateBasedStatement::from_aws),
        }
    }

    /// Notes where this is not exactly one statement, or one that is not as WAF takes it.
    pub(super) fn check(input: &StatementInput, at: &Path, failures: &mut Failures) {
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
    fn to_aws(&self) -> Result<types::Statement> {
        let mut statement = self.part.to_aws()?;
        let (and, not, or) = (&self.and_statement, &self.not_statement, &self.or_statement);
        statement.and_statement = and.as_ref().map(AndStatement::to_aws).transpose()?;
        statement.not_statement = not.as_ref().map(NotStatement::to_aws).transpose()?;
        statement.or_statement = or.as_ref().map(OrStatement::to_aws).transpose()?;
        Ok(statement)
    }

    fn from_aws(statement: &types::Statement) -> Self {
        ScopeDownStatement {
            part: StatementPart::from_aws(statement),
            and_statement: statement.and_statement().map(AndStatement::from_aws),
            not_statement: statement.not_statement().map(NotStatement::from_aws),
            or_statement: statement.or_statement().map(OrStatement::from_aws),
        }
    }

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
    fn to_aws(&self) -> Result<types::Statement> {
        let (byte, geo) = (self.byte_match_statement.as_ref(), self.geo_match_statement.as_ref());
        let (set, label) = (self.ip_set_reference_statement.as_ref(), self.label_match_statement.as_ref());
        Ok(types::Statement::builder()
            .set_byte_match_statement(byte.map(ByteMatchStatement::to_aws).transpose()?)
            .set_geo_match_statement(geo.map(GeoMatchStatement::to_aws).transpose()?)
            .set_ip_set_reference_statement(set.map(IpSetReferenceStatement::to_aws).transpose()?)
            .set_label_match_statement(label.map(LabelMatchStatement::to_aws).transpose()?)
            .build())
    }

    fn from_aws(statement: &types::Statement) -> Self {
        let set = statement.ip_set_reference_statement();
        StatementPart {
            byte_match_statement: statement.byte_match_statement().map(ByteMatchStatement::from_aws),
            geo_match_statement: statement.geo_match_statement().map(GeoMatchStatement::from_aws),
            ip_set_reference_statement: set.map(IpSetReferenceStatement::from_aws),
            label_match_statement: statement.label_match_statement().map(LabelMatchStatement::from_aws),
        }
    }

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

impl AndStatement {
    pub(super) fn to_aws(&self) -> Result<types::AndStatement> {
        let statements = self.statements.iter().map(StatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::AndStatement::builder().set_statements(Some(statements)).build()?)
    }

    pub(super) fn from_aws(all: &types::AndStatement) -> Self {
        let statements = all.statements.iter().map(StatementPart::from_aws).collect();
        AndStatement { statements }
    }
}

impl OrStatement {
    pub(super) fn to_aws(&self) -> Result<types::OrStatement> {
        let statements = self.statements.iter().map(StatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::OrStatement::builder().set_statements(Some(statements)).build()?)
    }

    pub(super) fn from_aws(any: &types::OrStatement) -> Self {
        let statements = any.statements.iter().map(StatementPart::from_aws).collect();
        OrStatement { statements }
    }
}

impl NotStatement {
    pub(super) fn to_aws(&self) -> Result<types::NotStatement> {
        let statement = self.statements.first().map(StatementPart::to_aws).transpose()?;
        Ok(types::NotStatement::builder().set_statement(statement.map(Box::new)).build())
    }

    pub(super) fn from_aws(not: &types::NotStatement) -> Self {
        let statements = not.statement().into_iter().map(StatementPart::from_aws).collect();
        NotStatement { statements }
    }
}

impl RateBasedStatement {
    pub(super) fn to_aws(&self) -> Result<types::RateBasedStatement> {
        let scope = self.scope_down_statement.as_ref();
        let scope = scope.map(ScopeDownStatement::to_aws).transpose()?;
        let header = self.forwarded_ip_config.as_ref();
        Ok(types::RateBasedStatement::builder()
            .aggregate_key_type(self.aggregate_key_type.as_str().into())
            .evaluation_window_sec(self.evaluation_window_sec)
            .set_forwarded_ip_config(header.map(ForwardedIpConfig::to_aws).transpose()?)
            .limit(self.limit)
            .set_scope_down_statement(scope.map(Box::new))
            .build()?)
    }

    pub(super) fn from_aws(rate: &types::RateBasedStatement) -> Self {
        let window = Some(rate.evaluation_window_sec).filter(|seconds| *seconds > 0);
        RateBasedStatement {
            aggregate_key_type: rate.aggregate_key_type.as_str().to_owned(),
            // AWS does not always spell out the usual.
            evaluation_window_sec: window.unwrap_or(300),
            forwarded_ip_config: rate.forwarded_ip_config().map(ForwardedIpConfig::from_aws),
            limit: rate.limit,
            scope_down_statement: rate.scope_down_statement().map(ScopeDownStatement::from_aws),
        }
    }

    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>
    pub(super) fn check(input: &RateBasedStatementInput, at: &Path, failures: &mut Failures) {
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
            ScopeDownStatement::check(scope, &at.key(Self::SCOPE_DOWN_STATEMENT), failures);
        }
    }
}

impl ManagedRuleGroupStatement {
    pub(super) fn to_aws(&self) -> Result<types::ManagedRuleGroupStatement> {
        let overrides = self.rule_action_overrides.iter().map(|over| {
            let action = over.action_to_use.to_aws()?;
            Ok(types::RuleActionOverride::builder().action_to_use(action).name(&over.name).build()?)
        });
        let overrides = overrides.collect::<Result<Vec<_>>>()?;
        let scope = self.scope_down_statement.as_ref();
        let scope = scope.map(ScopeDownStatement::to_aws).transpose()?;
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
        let over = |over: &types::RuleActionOverride| RuleActionOverride {
            action_to_use: Action::from_aws(over.action_to_use().unwrap_or(&nothing)),
            name: over.name.clone(),
        };
        ManagedRuleGroupStatement {
            name: group.name.clone(),
            rule_action_overrides: group.rule_action_overrides().iter().map(over).collect(),
            scope_down_statement: group.scope_down_statement().map(ScopeDownStatement::from_aws),
            vendor_name: group.vendor_name.clone(),
            version: group.version.clone(),
        }
    }

    pub(super) fn check(input: &ManagedRuleGroupStatementInput, at: &Path, failures: &mut Failures) {
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

impl GeoMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::GeoMatchStatement> {
        let codes = self.country_codes.iter().map(|code| CountryCode::from(code.as_str())).collect();
        let header = self.forwarded_ip_config.as_ref();
        Ok(types::GeoMatchStatement::builder()
            .set_country_codes(Some(codes))
            .set_forwarded_ip_config(header.map(ForwardedIpConfig::to_aws).transpose()?)
            .build())
    }

    pub(super) fn from_aws(geo: &types::GeoMatchStatement) -> Self {
        GeoMatchStatement {
            country_codes: geo.country_codes().iter().map(|code| code.as_str().to_owned()).collect(),
            forwarded_ip_config: geo.forwarded_ip_config().map(ForwardedIpConfig::from_aws),
        }
    }
}

impl ForwardedIpConfig {
    fn to_aws(&self) -> Result<types::ForwardedIpConfig> {
        Ok(types::ForwardedIpConfig::builder()
            .fallback_behavior(FallbackBehavior::from(self.fallback_behavior.as_str()))
            .header_name(&self.header_name)
            .build()?)
    }

    fn from_aws(config: &types::ForwardedIpConfig) -> Self {
        ForwardedIpConfig {
            fallback_behavior: config.fallback_behavior.as_str().to_owned(),
            header_name: config.header_name.clone(),
        }
    }
}

impl IpSetReferenceStatement {
    pub(super) fn to_aws(&self) -> Result<types::IpSetReferenceStatement> {
        Ok(types::IpSetReferenceStatement::builder().arn(&self.arn).build()?)
    }

    pub(super) fn from_aws(set: &types::IpSetReferenceStatement) -> Self {
        IpSetReferenceStatement { arn: set.arn.clone() }
    }
}

impl LabelMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::LabelMatchStatement> {
        Ok(types::LabelMatchStatement::builder().key(&self.key).scope(self.scope.as_str().into()).build()?)
    }

    pub(super) fn from_aws(label: &types::LabelMatchStatement) -> Self {
        LabelMatchStatement { key: label.key.clone(), scope: label.scope.as_str().to_owned() }
    }
}

impl ByteMatchStatement {
    pub(super) fn to_aws(&self) -> Result<types::ByteMatchStatement> {
        let transformation = |step: &TextTransformation| {
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
        let step = |step: &types::TextTransformation| TextTransformation {
            priority: step.priority.into(),
            r#type: step.r#type.as_str().to_owned(),
        };
        ByteMatchStatement {
            field_to_match: FieldToMatch::from_aws(byte.field_to_match().unwrap_or(&nothing)),
            positional_constraint: byte.positional_constraint.as_str().to_owned(),
            search_string: String::from_utf8_lossy(byte.search_string.as_ref()).into_owned(),
            text_transformations: byte.text_transformations.iter().map(step).collect(),
        }
    }
}

impl FieldToMatch {
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
        FieldToMatch {
            all_query_arguments: field.all_query_arguments().map(|_| Empty {}),
            method: field.method().map(|_| Empty {}),
            query_string: field.query_string().map(|_| Empty {}),
            single_header: field.single_header().map(|header| SingleHeader { name: header.name.clone() }),
            single_query_argument: field.single_query_argument().map(|argument| {
                let name = argument.name.clone();
                SingleQueryArgument { name }
            }),
            uri_path: field.uri_path().map(|_| Empty {}),
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
