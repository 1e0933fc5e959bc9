//! Which requests a rule is about.

use aws_sdk_wafv2::types;

use super::statement_sdk::{check_byte_match, check_country, check_lower, check_transformation};
use super::{
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUse as ActionToUse, one_of,
};
use crate::aws::error::Result;
use crate::model::{Failures, Model, Path};

/// Defines a statement: those that look at a request themselves, and others beside them.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident $symbol:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Model)]
        pub struct $name {
            /// Requests with a certain text in a part of theirs.
            pub byte_match_statement: Option<WebAclRuleStatementByteMatchStatement>,
            /// Requests from certain countries.
            pub geo_match_statement: Option<WebAclRuleStatementGeoMatchStatement>,
            /// Requests from the addresses of an IP set.
            pub ip_set_reference_statement: Option<WebAclRuleStatementIpSetReferenceStatement>,
            /// Requests that an earlier rule put a label on.
            pub label_match_statement: Option<WebAclRuleStatementLabelMatchStatement>,
            $($(#[$field_doc])* pub $field: Option<$type>,)*
        }

        impl $name {
            pub(super) fn to_aws(&self) -> Result<types::Statement> {
                let mut statement = types::Statement::builder().build();
                let byte = self.byte_match_statement.as_ref();
                statement.byte_match_statement = byte.map(|byte| byte.to_aws()).transpose()?;
                let geo = self.geo_match_statement.as_ref();
                statement.geo_match_statement = geo.map(|geo| geo.to_aws()).transpose()?;
                let set = self.ip_set_reference_statement.as_ref();
                statement.ip_set_reference_statement = set.map(|set| set.to_aws()).transpose()?;
                let label = self.label_match_statement.as_ref();
                statement.label_match_statement = label.map(|label| label.to_aws()).transpose()?;
                $(statement.$field = self.$field.as_ref().map(|inner| inner.to_aws()).transpose()?;)*
                Ok(statement)
            }

            pub(super) fn from_aws(statement: &types::Statement) -> Self {
                let byte = statement.byte_match_statement();
                let geo = statement.geo_match_statement();
                let set = statement.ip_set_reference_statement();
                let label = statement.label_match_statement();
                $name {
                    byte_match_statement: byte.map(WebAclRuleStatementByteMatchStatement::from_aws),
                    geo_match_statement: geo.map(WebAclRuleStatementGeoMatchStatement::from_aws),
                    ip_set_reference_statement: set.map(WebAclRuleStatementIpSetReferenceStatement::from_aws),
                    label_match_statement: label.map(WebAclRuleStatementLabelMatchStatement::from_aws),
                    $($field: statement.$field.as_ref().map(<$type>::from_aws),)*
                }
            }

            /// Notes where this is not exactly one statement, or one that is not as WAF takes it.
            pub(super) fn check(input: &<$name as Model>::Input, at: &Path, failures: &mut Failures) {
                let parts = [
                    ($name::BYTE_MATCH_STATEMENT, input.byte_match_statement.is_set()),
                    ($name::GEO_MATCH_STATEMENT, input.geo_match_statement.is_set()),
                    ($name::IP_SET_REFERENCE_STATEMENT, input.ip_set_reference_statement.is_set()),
                    ($name::LABEL_MATCH_STATEMENT, input.label_match_statement.is_set()),
                    $(($name::$symbol, input.$field.is_set()),)*
                ];
                one_of(at, "statement", &parts, failures);
                if let Some(byte) = input.byte_match_statement.get() {
                    check_byte_match(byte, &at.key($name::BYTE_MATCH_STATEMENT), failures);
                }
                $(if let Some(inner) = input.$field.get() {
                    <$type>::check(inner, &at.key($name::$symbol), failures);
                })*
            }
        }
    };
}

statement! {
    /// Which requests a rule is about: exactly one statement.
    WebAclRuleStatement {
        /// Requests that fit all of several statements.
        and_statement AND_STATEMENT: WebAclRuleStatementAndStatement,
        /// The rules of a managed group, AWS's or a vendor's.
        managed_rule_group_statement MANAGED_RULE_GROUP_STATEMENT: WebAclRuleStatementManagedRuleGroupStatement,
        /// Requests that do not fit a statement.
        not_statement NOT_STATEMENT: WebAclRuleStatementNotStatement,
        /// Requests that fit any of several statements.
        or_statement OR_STATEMENT: WebAclRuleStatementOrStatement,
        /// Requests beyond a rate.
        rate_based_statement RATE_BASED_STATEMENT: WebAclRuleStatementRateBasedStatement,
    }
}

statement! {
    /// The requests that a rate or a managed group looks at: exactly one statement.
    WebAclRuleStatementScopeDownStatement {
        /// Requests that fit all of several statements.
        and_statement AND_STATEMENT: WebAclRuleStatementAndStatement,
        /// Requests that do not fit a statement.
        not_statement NOT_STATEMENT: WebAclRuleStatementNotStatement,
        /// Requests that fit any of several statements.
        or_statement OR_STATEMENT: WebAclRuleStatementOrStatement,
    }
}

statement! {
    /// One of the statements that another is made of.
    WebAclRuleStatementPart {}
}

/// Requests that fit all of several statements.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementAndStatement {
    /// The statements; two at least.
    #[model(length = 2..=100)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// Requests that do not fit a statement.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementNotStatement {
    /// The statement: a list of one.
    #[model(length = 1..=1)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// Requests that fit any of several statements.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementOrStatement {
    /// The statements; two at least.
    #[model(length = 2..=100)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// Requests beyond a rate: those of an address, or of all that a statement fits.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementRateBasedStatement {
    /// What is counted by itself: requests from an address (`IP`), from the address in a header
    /// (`FORWARDED_IP`), or all that `scopeDownStatement` fits (`CONSTANT`).
    #[model(default = "IP", one_of = ["IP", "FORWARDED_IP", "CONSTANT"])]
    pub aggregate_key_type: String,
    /// The seconds that are looked back.
    #[model(default = 300, numbers = [60, 120, 300, 600])]
    pub evaluation_window_sec: i64,
    /// The header with the address of the client, behind a proxy.
    pub forwarded_ip_config: Option<WebAclRuleStatementForwardedIpConfig>,
    /// How many requests may come within the window: 10 to 2,000,000,000.
    #[model(range = 10..=2_000_000_000)]
    pub limit: i64,
    /// The requests that count. Otherwise all.
    pub scope_down_statement: Option<WebAclRuleStatementScopeDownStatement>,
}

/// A managed group of rules.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementManagedRuleGroupStatement {
    /// The name of the group, such as `AWSManagedRulesCommonRuleSet`.
    #[model(length = 1..=128)]
    pub name: String,
    /// Other actions for single rules of the group.
    #[model(set, default = [], length = 0..=100)]
    pub rule_action_overrides: Vec<WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride>,
    /// The requests that the group looks at. Otherwise all.
    pub scope_down_statement: Option<WebAclRuleStatementScopeDownStatement>,
    /// Whose group it is, such as `AWS`.
    #[model(length = 1..=128)]
    pub vendor_name: String,
    /// The version of the group. Otherwise the vendor's default, which moves on by itself.
    #[model(length = 1..=64)]
    pub version: Option<String>,
}

/// Another action for a rule of a managed group.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride {
    /// What is done in place of what the group would do.
    pub action_to_use: ActionToUse,
    /// The name of the rule in the group. WAF takes no notice of one that the group does not have.
    #[model(length = 1..=128)]
    pub name: String,
}

/// Requests from certain countries.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementGeoMatchStatement {
    /// The countries: ISO 3166 codes of two letters, such as `DE`.
    #[model(set, length = 1..=50, check = check_country)]
    pub country_codes: Vec<String>,
    /// The header with the address of the client, behind a proxy.
    pub forwarded_ip_config: Option<WebAclRuleStatementForwardedIpConfig>,
}

/// The header with the address of the client, behind a proxy.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementForwardedIpConfig {
    /// Whether a request without a legal address fits the statement.
    #[model(one_of = ["MATCH", "NO_MATCH"])]
    pub fallback_behavior: String,
    /// The name of the header, such as `X-Forwarded-For`.
    #[model(length = 1..=255)]
    pub header_name: String,
}

/// Requests from the addresses of an IP set.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementIpSetReferenceStatement {
    /// The ARN of the IP set.
    #[model(length = 20..=2048)]
    pub arn: String,
}

/// Requests that an earlier rule put a label on.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementLabelMatchStatement {
    /// The label, or its namespace with a colon at the end.
    #[model(length = 1..=1024)]
    pub key: String,
    /// What `key` is.
    #[model(one_of = ["LABEL", "NAMESPACE"])]
    pub scope: String,
}

/// Requests with a certain text in a part of theirs.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatement {
    /// The part of a request that is looked at.
    pub field_to_match: WebAclRuleStatementByteMatchStatementFieldToMatch,
    /// Where in that part the text stands.
    #[model(one_of = ["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"])]
    pub positional_constraint: String,
    /// The text; upper and lower case matter.
    #[model(length = 1..=200)]
    pub search_string: String,
    /// What is done with that part before the look, the lowest priority first.
    #[model(set, length = 1..=10)]
    pub text_transformations: Vec<WebAclRuleStatementByteMatchStatementTextTransformation>,
}

/// A part of a request; exactly one of these.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatch {
    /// All arguments of the query.
    pub all_query_arguments: Option<WebAclRuleStatementByteMatchStatementFieldToMatchAllQueryArguments>,
    /// The method, such as `POST`.
    pub method: Option<WebAclRuleStatementByteMatchStatementFieldToMatchMethod>,
    /// The query as a whole.
    pub query_string: Option<WebAclRuleStatementByteMatchStatementFieldToMatchQueryString>,
    /// A header.
    pub single_header: Option<WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeader>,
    /// An argument of the query.
    pub single_query_argument: Option<WebAclRuleStatementByteMatchStatementFieldToMatchSingleQueryArgument>,
    /// The path.
    pub uri_path: Option<WebAclRuleStatementByteMatchStatementFieldToMatchUriPath>,
}

/// All arguments of the query.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchAllQueryArguments {}

/// The method.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchMethod {}

/// The query as a whole.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchQueryString {}

/// A header.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeader {
    /// The name of the header in small letters, such as `user-agent`.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// An argument of the query.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchSingleQueryArgument {
    /// The name of the argument in small letters.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// The path.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchUriPath {}

/// What is done with a part of a request before the look.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementTextTransformation {
    /// Its place among several, the lowest first.
    #[model(range = 0..=2_147_483_647)]
    pub priority: i64,
    /// What is done, such as `NONE`, `LOWERCASE` or `URL_DECODE`.
    #[model(check = check_transformation)]
    pub r#type: String,
}
