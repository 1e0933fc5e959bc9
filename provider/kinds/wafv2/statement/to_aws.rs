//! Statements as the API takes them.

use aws_sdk_wafv2::types::{self, CountryCode, FallbackBehavior, TextTransformationType};
use aws_smithy_types::Blob;

use super::*;
use crate::aws::error::Result;

impl Statement {
    pub fn to_aws(&self) -> Result<types::Statement> {
        let mut statement = self.of_request.to_aws()?;
        let group = self.managed_rule_group_statement.as_ref();
        statement.managed_rule_group_statement = group.map(ManagedRuleGroupStatement::to_aws).transpose()?;
        let rate = self.rate_based_statement.as_ref();
        statement.rate_based_statement = rate.map(RateBasedStatement::to_aws).transpose()?;
        Ok(statement)
    }
}

impl ScopeDownStatement {
    pub fn to_aws(&self) -> Result<types::Statement> {
        let mut statement = self.part.to_aws()?;
        let (and, not, or) = (&self.and_statement, &self.not_statement, &self.or_statement);
        statement.and_statement = and.as_ref().map(AndStatement::to_aws).transpose()?;
        statement.not_statement = not.as_ref().map(NotStatement::to_aws).transpose()?;
        statement.or_statement = or.as_ref().map(OrStatement::to_aws).transpose()?;
        Ok(statement)
    }
}

impl StatementPart {
    pub fn to_aws(&self) -> Result<types::Statement> {
        let (byte, geo) = (self.byte_match_statement.as_ref(), self.geo_match_statement.as_ref());
        let (set, label) = (self.ip_set_reference_statement.as_ref(), self.label_match_statement.as_ref());
        Ok(types::Statement::builder()
            .set_byte_match_statement(byte.map(ByteMatchStatement::to_aws).transpose()?)
            .set_geo_match_statement(geo.map(GeoMatchStatement::to_aws).transpose()?)
            .set_ip_set_reference_statement(set.map(IpSetReferenceStatement::to_aws).transpose()?)
            .set_label_match_statement(label.map(LabelMatchStatement::to_aws).transpose()?)
            .build())
    }
}

impl AndStatement {
    pub fn to_aws(&self) -> Result<types::AndStatement> {
        let statements = self.statements.iter().map(StatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::AndStatement::builder().set_statements(Some(statements)).build()?)
    }
}

impl OrStatement {
    pub fn to_aws(&self) -> Result<types::OrStatement> {
        let statements = self.statements.iter().map(StatementPart::to_aws);
        let statements = statements.collect::<Result<Vec<_>>>()?;
        Ok(types::OrStatement::builder().set_statements(Some(statements)).build()?)
    }
}

impl NotStatement {
    pub fn to_aws(&self) -> Result<types::NotStatement> {
        let statement = self.statements.first().map(StatementPart::to_aws).transpose()?;
        Ok(types::NotStatement::builder().set_statement(statement.map(Box::new)).build())
    }
}

impl RateBasedStatement {
    pub fn to_aws(&self) -> Result<types::RateBasedStatement> {
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
}

impl ManagedRuleGroupStatement {
    pub fn to_aws(&self) -> Result<types::ManagedRuleGroupStatement> {
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
}

impl GeoMatchStatement {
    pub fn to_aws(&self) -> Result<types::GeoMatchStatement> {
        let codes = self.country_codes.iter().map(|code| CountryCode::from(code.as_str())).collect();
        let header = self.forwarded_ip_config.as_ref();
        Ok(types::GeoMatchStatement::builder()
            .set_country_codes(Some(codes))
            .set_forwarded_ip_config(header.map(ForwardedIpConfig::to_aws).transpose()?)
            .build())
    }
}

impl ForwardedIpConfig {
    pub fn to_aws(&self) -> Result<types::ForwardedIpConfig> {
        Ok(types::ForwardedIpConfig::builder()
            .fallback_behavior(FallbackBehavior::from(self.fallback_behavior.as_str()))
            .header_name(&self.header_name)
            .build()?)
    }
}

impl IpSetReferenceStatement {
    pub fn to_aws(&self) -> Result<types::IpSetReferenceStatement> {
        Ok(types::IpSetReferenceStatement::builder().arn(&self.arn).build()?)
    }
}

impl LabelMatchStatement {
    pub fn to_aws(&self) -> Result<types::LabelMatchStatement> {
        Ok(types::LabelMatchStatement::builder().key(&self.key).scope(self.scope.as_str().into()).build()?)
    }
}

impl ByteMatchStatement {
    pub fn to_aws(&self) -> Result<types::ByteMatchStatement> {
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
}

impl FieldToMatch {
    pub fn to_aws(&self) -> Result<types::FieldToMatch> {
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
}
