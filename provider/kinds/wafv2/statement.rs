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
            /// A string match: matches requests with a certain string in one of their components.
            pub byte_match_statement: Option<WebAclRuleStatementByteMatchStatement>,
            /// A geographic match: matches requests from certain countries.
            pub geo_match_statement: Option<WebAclRuleStatementGeoMatchStatement>,
            /// An IP set match: matches requests from the IP addresses of an IP set.
            pub ip_set_reference_statement: Option<WebAclRuleStatementIpSetReferenceStatement>,
            /// A label match: matches requests to which an earlier rule added a label.
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
    /// The statement of a rule, which requests are matched against. Specify exactly one.
    WebAclRuleStatement {
        /// A logical AND: matches requests that match all of its statements.
        and_statement AND_STATEMENT: WebAclRuleStatementAndStatement,
        /// A managed rule group, of AWS or another vendor.
        managed_rule_group_statement MANAGED_RULE_GROUP_STATEMENT: WebAclRuleStatementManagedRuleGroupStatement,
        /// A logical NOT: matches requests that do not match its statement.
        not_statement NOT_STATEMENT: WebAclRuleStatementNotStatement,
        /// A logical OR: matches requests that match any of its statements.
        or_statement OR_STATEMENT: WebAclRuleStatementOrStatement,
        /// A rate limit: matches requests beyond a limit.
        rate_based_statement RATE_BASED_STATEMENT: WebAclRuleStatementRateBasedStatement,
    }
}

statement! {
    /// The requests that a rate limit or a managed rule group evaluates. Specify exactly one
    /// statement.
    WebAclRuleStatementScopeDownStatement {
        /// A logical AND: matches requests that match all of its statements.
        and_statement AND_STATEMENT: WebAclRuleStatementAndStatement,
        /// A logical NOT: matches requests that do not match its statement.
        not_statement NOT_STATEMENT: WebAclRuleStatementNotStatement,
        /// A logical OR: matches requests that match any of its statements.
        or_statement OR_STATEMENT: WebAclRuleStatementOrStatement,
    }
}

statement! {
    /// A statement that is part of another one. Specify exactly one.
    WebAclRuleStatementPart {}
}

/// A logical AND: matches requests that match all of its statements.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementAndStatement {
    /// The statements to combine.
    #[model(length = 2..=100)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// A logical NOT: matches requests that do not match its statement.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementNotStatement {
    /// The statement to negate, as a list with a single item.
    #[model(length = 1..=1)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// A logical OR: matches requests that match any of its statements.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementOrStatement {
    /// The statements to combine.
    #[model(length = 2..=100)]
    pub statements: Vec<WebAclRuleStatementPart>,
}

/// A rate limit: matches requests beyond a limit, for each IP address or for all requests that a
/// statement matches.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementRateBasedStatement {
    /// The key by which requests are counted: the IP address of the client (`IP`), the IP address
    /// in a header (`FORWARDED_IP`), or all requests that `scopeDownStatement` matches together
    /// (`CONSTANT`).
    #[model(default = "IP", one_of = ["IP", "FORWARDED_IP", "CONSTANT"])]
    pub aggregate_key_type: String,
    /// The length of the time window in which requests are counted, in seconds.
    #[model(default = 300, numbers = [60, 120, 300, 600])]
    pub evaluation_window_sec: i64,
    /// The header with the IP address of the client, if requests come through a proxy.
    pub forwarded_ip_config: Option<WebAclRuleStatementForwardedIpConfig>,
    /// The maximum number of requests in the time window.
    #[model(range = 10..=2_000_000_000)]
    pub limit: i64,
    /// The requests to count. If omitted, all requests.
    pub scope_down_statement: Option<WebAclRuleStatementScopeDownStatement>,
}

/// A managed rule group: matches requests that match any rule of the group.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementManagedRuleGroupStatement {
    /// The name of the managed rule group, such as `AWSManagedRulesCommonRuleSet`.
    #[model(length = 1..=128)]
    pub name: String,
    /// The actions that replace those of individual rules of the group.
    #[model(set, default = [], length = 0..=100)]
    pub rule_action_overrides: Vec<WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride>,
    /// The requests that the rule group evaluates. If omitted, all requests.
    pub scope_down_statement: Option<WebAclRuleStatementScopeDownStatement>,
    /// The vendor of the managed rule group, such as `AWS`.
    #[model(length = 1..=128)]
    pub vendor_name: String,
    /// The version of the managed rule group. If omitted, the default version of the vendor, which
    /// changes over time.
    #[model(length = 1..=64)]
    pub version: Option<String>,
}

/// An action that replaces that of a rule of a managed rule group.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementManagedRuleGroupStatementRuleActionOverride {
    /// The action to use instead of that of the rule.
    pub action_to_use: ActionToUse,
    /// The name of the rule in the managed rule group. AWS WAF ignores a name that the group does
    /// not have.
    #[model(length = 1..=128)]
    pub name: String,
}

/// A geographic match: matches requests from certain countries.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementGeoMatchStatement {
    /// The two-letter ISO 3166 codes of the countries, such as `DE`.
    #[model(set, length = 1..=50, check = check_country)]
    pub country_codes: Vec<String>,
    /// The header with the IP address of the client, if requests come through a proxy.
    pub forwarded_ip_config: Option<WebAclRuleStatementForwardedIpConfig>,
}

/// The header with the IP address of the client, if requests come through a proxy.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementForwardedIpConfig {
    /// Whether a request without a valid IP address in the header matches the statement.
    #[model(one_of = ["MATCH", "NO_MATCH"])]
    pub fallback_behavior: String,
    /// The name of the header, such as `X-Forwarded-For`.
    #[model(length = 1..=255)]
    pub header_name: String,
}

/// An IP set match: matches requests from the IP addresses of an IP set.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementIpSetReferenceStatement {
    /// The ARN of the IP set.
    #[model(length = 20..=2048)]
    pub arn: String,
}

/// A label match: matches requests to which an earlier rule added a label.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementLabelMatchStatement {
    /// The label, or its namespace with a trailing colon.
    #[model(length = 1..=1024)]
    pub key: String,
    /// Whether `key` is a label name or a namespace.
    #[model(one_of = ["LABEL", "NAMESPACE"])]
    pub scope: String,
}

/// A string match: matches requests with a certain string in one of their components.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatement {
    /// The request component to inspect.
    pub field_to_match: WebAclRuleStatementByteMatchStatementFieldToMatch,
    /// The position of the string in the request component.
    #[model(one_of = ["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"])]
    pub positional_constraint: String,
    /// The string to search for. It is case-sensitive.
    #[model(length = 1..=200)]
    pub search_string: String,
    /// The transformations of the request component before it is inspected, in ascending order of
    /// priority.
    #[model(set, length = 1..=10)]
    pub text_transformations: Vec<WebAclRuleStatementByteMatchStatementTextTransformation>,
}

/// A request component. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatch {
    /// All query arguments.
    pub all_query_arguments: Option<WebAclRuleStatementByteMatchStatementFieldToMatchAllQueryArguments>,
    /// The HTTP method, such as `POST`.
    pub method: Option<WebAclRuleStatementByteMatchStatementFieldToMatchMethod>,
    /// The query string.
    pub query_string: Option<WebAclRuleStatementByteMatchStatementFieldToMatchQueryString>,
    /// A single header.
    pub single_header: Option<WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeader>,
    /// A single query argument.
    pub single_query_argument: Option<WebAclRuleStatementByteMatchStatementFieldToMatchSingleQueryArgument>,
    /// The path of the URI.
    pub uri_path: Option<WebAclRuleStatementByteMatchStatementFieldToMatchUriPath>,
}

/// All query arguments.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchAllQueryArguments {}

/// The HTTP method.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchMethod {}

/// The query string.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchQueryString {}

/// A single header.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeader {
    /// The name of the header in lowercase, such as `user-agent`.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// A single query argument.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchSingleQueryArgument {
    /// The name of the query argument in lowercase.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// The path of the URI.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementFieldToMatchUriPath {}

/// A transformation of a request component before it is inspected.
#[derive(Clone, Debug, Model)]
pub struct WebAclRuleStatementByteMatchStatementTextTransformation {
    /// The order of the transformation among several: the lowest priority comes first.
    #[model(range = 0..=2_147_483_647)]
    pub priority: i64,
    /// The type of the transformation, such as `NONE`, `LOWERCASE` or `URL_DECODE`.
    #[model(check = check_transformation)]
    pub r#type: String,
}
