//! Statements as the API gives them.

use aws_sdk_wafv2::types::{self};

use super::*;

impl Statement {
    pub fn from_aws(statement: &types::Statement) -> Self {
        let group = statement.managed_rule_group_statement();
        Statement {
            of_request: ScopeDownStatement::from_aws(statement),
            managed_rule_group_statement: group.map(ManagedRuleGroupStatement::from_aws),
            rate_based_statement: statement.rate_based_statement().map(RateBasedStatement::from_aws),
        }
    }
}

impl ScopeDownStatement {
    pub fn from_aws(statement: &types::Statement) -> Self {
        ScopeDownStatement {
            part: StatementPart::from_aws(statement),
            and_statement: statement.and_statement().map(AndStatement::from_aws),
            not_statement: statement.not_statement().map(NotStatement::from_aws),
            or_statement: statement.or_statement().map(OrStatement::from_aws),
        }
    }
}

impl StatementPart {
    pub fn from_aws(statement: &types::Statement) -> Self {
        let set = statement.ip_set_reference_statement();
        StatementPart {
            byte_match_statement: statement.byte_match_statement().map(ByteMatchStatement::from_aws),
            geo_match_statement: statement.geo_match_statement().map(GeoMatchStatement::from_aws),
            ip_set_reference_statement: set.map(IpSetReferenceStatement::from_aws),
            label_match_statement: statement.label_match_statement().map(LabelMatchStatement::from_aws),
        }
    }
}

impl AndStatement {
    pub fn from_aws(all: &types::AndStatement) -> Self {
        let statements = all.statements.iter().map(StatementPart::from_aws).collect();
        AndStatement { statements }
    }
}

impl OrStatement {
    pub fn from_aws(any: &types::OrStatement) -> Self {
        let statements = any.statements.iter().map(StatementPart::from_aws).collect();
        OrStatement { statements }
    }
}

impl NotStatement {
    pub fn from_aws(not: &types::NotStatement) -> Self {
        let statements = not.statement().into_iter().map(StatementPart::from_aws).collect();
        NotStatement { statements }
    }
}

impl RateBasedStatement {
    pub fn from_aws(rate: &types::RateBasedStatement) -> Self {
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
}

impl ManagedRuleGroupStatement {
    pub fn from_aws(group: &types::ManagedRuleGroupStatement) -> Self {
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
}

impl GeoMatchStatement {
    pub fn from_aws(geo: &types::GeoMatchStatement) -> Self {
        GeoMatchStatement {
            country_codes: geo.country_codes().iter().map(|code| code.as_str().to_owned()).collect(),
            forwarded_ip_config: geo.forwarded_ip_config().map(ForwardedIpConfig::from_aws),
        }
    }
}

impl ForwardedIpConfig {
    pub fn from_aws(config: &types::ForwardedIpConfig) -> Self {
        ForwardedIpConfig {
            fallback_behavior: config.fallback_behavior.as_str().to_owned(),
            header_name: config.header_name.clone(),
        }
    }
}

impl IpSetReferenceStatement {
    pub fn from_aws(set: &types::IpSetReferenceStatement) -> Self {
        IpSetReferenceStatement { arn: set.arn.clone() }
    }
}

impl LabelMatchStatement {
    pub fn from_aws(label: &types::LabelMatchStatement) -> Self {
        LabelMatchStatement { key: label.key.clone(), scope: label.scope.as_str().to_owned() }
    }
}

impl ByteMatchStatement {
    pub fn from_aws(byte: &types::ByteMatchStatement) -> Self {
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
    pub fn from_aws(field: &types::FieldToMatch) -> Self {
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
