//! Which requests a rule is about.

mod from_aws;
pub mod keep;
mod rules;
mod to_aws;

use super::{Action, Empty};
use crate::model::Model;
use rules::{check_country, check_lower, check_transformation};

/// The statement of a rule, which requests are matched against. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct Statement {
    #[model(flatten)]
    pub of_request: ScopeDownStatement,
    /// A managed rule group of AWS or another vendor.
    pub managed_rule_group_statement: Option<ManagedRuleGroupStatement>,
    /// A rate limit: matches requests that exceed a limit.
    pub rate_based_statement: Option<RateBasedStatement>,
}

/// The requests that a rate limit or a managed rule group evaluates. Specify exactly one
/// statement.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementScopeDownStatement")]
pub struct ScopeDownStatement {
    #[model(flatten)]
    pub part: StatementPart,
    /// A logical AND: matches requests that match all of its statements.
    pub and_statement: Option<AndStatement>,
    /// A logical NOT: matches requests that do not match its statement.
    pub not_statement: Option<NotStatement>,
    /// A logical OR: matches requests that match any of its statements.
    pub or_statement: Option<OrStatement>,
}

/// A statement that is part of another one. Specify exactly one.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementPart")]
pub struct StatementPart {
    /// A string match: matches requests with a certain string in one of their components.
    pub byte_match_statement: Option<ByteMatchStatement>,
    /// A geographic match: matches requests from certain countries.
    pub geo_match_statement: Option<GeoMatchStatement>,
    /// An IP set match: matches requests from the IP addresses of an IP set.
    pub ip_set_reference_statement: Option<IpSetReferenceStatement>,
    /// A label match: matches requests to which an earlier rule added a label.
    pub label_match_statement: Option<LabelMatchStatement>,
}

/// A logical AND: matches requests that match all of its statements.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementAndStatement")]
pub struct AndStatement {
    /// The statements to combine.
    #[model(length = 2..=100)]
    pub statements: Vec<StatementPart>,
}

/// A logical NOT: matches requests that do not match its statement.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementNotStatement")]
pub struct NotStatement {
    /// The statement to negate, as a list with a single item.
    #[model(length = 1..=1)]
    pub statements: Vec<StatementPart>,
}

/// A logical OR: matches requests that match any of its statements.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementOrStatement")]
pub struct OrStatement {
    /// The statements to combine.
    #[model(length = 2..=100)]
    pub statements: Vec<StatementPart>,
}

/// A rate limit: matches requests that exceed a limit, for each IP address or for all requests that
/// a statement matches.
#[derive(Clone, Debug, Model)]
pub struct RateBasedStatement {
    /// The aggregation of requests for counting: the IP address of the client (`IP`), the IP
    /// address in a header (`FORWARDED_IP`), or all requests that `scopeDownStatement` matches
    /// (`CONSTANT`).
    #[model(default = "IP", one_of = ["IP", "FORWARDED_IP", "CONSTANT"])]
    pub aggregate_key_type: String,
    /// The length of the time window in which requests are counted, in seconds.
    #[model(default = 300, numbers = [60, 120, 300, 600])]
    pub evaluation_window_sec: i64,
    /// The header with the IP address of the client, if requests come through a proxy.
    pub forwarded_ip_config: Option<ForwardedIpConfig>,
    /// The maximum number of requests in the time window.
    #[model(range = 10..=2_000_000_000)]
    pub limit: i64,
    /// The requests to count. Defaults to all requests.
    pub scope_down_statement: Option<ScopeDownStatement>,
}

/// A managed rule group: matches requests that match any rule of the group.
#[derive(Clone, Debug, Model)]
pub struct ManagedRuleGroupStatement {
    /// The name of the managed rule group, such as `AWSManagedRulesCommonRuleSet`.
    #[model(length = 1..=128)]
    pub name: String,
    /// The actions that replace those of individual rules of the group.
    #[model(set, default = [], length = 0..=100)]
    pub rule_action_overrides: Vec<RuleActionOverride>,
    /// The requests that the rule group evaluates. Defaults to all requests.
    pub scope_down_statement: Option<ScopeDownStatement>,
    /// The vendor of the managed rule group, such as `AWS`.
    #[model(length = 1..=128)]
    pub vendor_name: String,
    /// The version of the managed rule group. Defaults to the default version of the vendor, which
    /// changes over time.
    #[model(length = 1..=64)]
    pub version: Option<String>,
}

/// An action that replaces that of a rule of a managed rule group.
#[derive(Clone, Debug, Model)]
pub struct RuleActionOverride {
    /// The action to use instead of that of the rule.
    pub action_to_use: Action,
    /// The name of the rule in the managed rule group. AWS WAF ignores a name that the group does
    /// not have.
    #[model(length = 1..=128)]
    pub name: String,
}

/// A geographic match: matches requests from certain countries.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementGeoMatchStatement")]
pub struct GeoMatchStatement {
    /// The two-letter ISO 3166 codes of the countries, such as `DE`.
    #[model(set, length = 1..=50, check = check_country)]
    pub country_codes: Vec<String>,
    /// The header with the IP address of the client, if requests come through a proxy.
    pub forwarded_ip_config: Option<ForwardedIpConfig>,
}

/// The header with the IP address of the client, if requests come through a proxy.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementForwardedIpConfig")]
pub struct ForwardedIpConfig {
    /// Whether a request without a valid IP address in the header matches the statement.
    #[model(one_of = ["MATCH", "NO_MATCH"])]
    pub fallback_behavior: String,
    /// The name of the header, such as `X-Forwarded-For`.
    #[model(length = 1..=255)]
    pub header_name: String,
}

/// An IP set match: matches requests from the IP addresses of an IP set.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementIpSetReferenceStatement")]
pub struct IpSetReferenceStatement {
    /// The ARN of the IP set.
    #[model(length = 20..=2048)]
    pub arn: String,
}

/// A label match: matches requests to which an earlier rule added a label.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementLabelMatchStatement")]
pub struct LabelMatchStatement {
    /// The label, or its namespace with a trailing colon.
    #[model(length = 1..=1024)]
    pub key: String,
    /// Whether `key` is a label name or a namespace.
    #[model(one_of = ["LABEL", "NAMESPACE"])]
    pub scope: String,
}

/// A string match: matches requests with a certain string in one of their components.
#[derive(Clone, Debug, Model)]
#[model(type_name = "WebAclRuleStatementByteMatchStatement")]
pub struct ByteMatchStatement {
    /// The request component to inspect.
    pub field_to_match: FieldToMatch,
    /// The position of the string in the request component.
    #[model(one_of = ["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"])]
    pub positional_constraint: String,
    /// The string to search for. It is case-sensitive.
    #[model(length = 1..=200)]
    pub search_string: String,
    /// The transformations of the request component before it is inspected, in ascending order of
    /// priority.
    #[model(set, length = 1..=10)]
    pub text_transformations: Vec<TextTransformation>,
}

/// A request component. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct FieldToMatch {
    /// All query arguments.
    pub all_query_arguments: Option<Empty>,
    /// The HTTP method, such as `POST`.
    pub method: Option<Empty>,
    /// The query string.
    pub query_string: Option<Empty>,
    /// A single header.
    pub single_header: Option<SingleHeader>,
    /// A single query argument.
    pub single_query_argument: Option<SingleQueryArgument>,
    /// The path of the URI.
    pub uri_path: Option<Empty>,
}

/// A single header.
#[derive(Clone, Debug, Model)]
pub struct SingleHeader {
    /// The name of the header in lowercase, such as `user-agent`.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// A single query argument.
#[derive(Clone, Debug, Model)]
pub struct SingleQueryArgument {
    /// The name of the query argument in lowercase.
    #[model(length = 1..=64, check = check_lower)]
    pub name: String,
}

/// A transformation of a request component before it is inspected.
#[derive(Clone, Debug, Model)]
pub struct TextTransformation {
    /// The order of the transformation among several: the lowest priority comes first.
    #[model(range = 0..=2_147_483_647)]
    pub priority: i64,
    /// The type of the transformation, such as `NONE`, `LOWERCASE` or `URL_DECODE`.
    #[model(check = check_transformation)]
    pub r#type: String,
}
