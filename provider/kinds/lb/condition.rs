//! Which requests a rule of a listener is for.

use aws_sdk_elasticloadbalancingv2::types;

use super::{ListenerRuleArgs, ListenerRuleInputs};
use crate::model::{Failures, In, Model, Path};

/// A condition of a listener rule. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleCondition {
    /// The host header of the request.
    pub host_header: Option<ListenerRuleConditionHostHeader>,
    /// An HTTP header of the request.
    pub http_header: Option<ListenerRuleConditionHttpHeader>,
    /// The HTTP method of the request.
    pub http_request_method: Option<ListenerRuleConditionHttpRequestMethod>,
    /// The path of the URL of the request.
    pub path_pattern: Option<ListenerRuleConditionPathPattern>,
    /// The query string parameters of the request. The condition is met if one of them matches.
    #[model(set)]
    pub query_strings: Option<Vec<ListenerRuleConditionQueryString>>,
    /// The source IP address of the request.
    pub source_ip: Option<ListenerRuleConditionSourceIp>,
}

/// A condition on the host header of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionHostHeader {
    /// The host names, one of which must match. `*` matches any number of characters, `?` exactly
    /// one.
    #[model(set, length = 1..=128)]
    pub values: Vec<String>,
}

/// A condition on an HTTP header of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionHttpHeader {
    /// The name of the HTTP header. Upper and lower case are not distinguished.
    #[model(any_case, length = 1..=40)]
    pub http_header_name: String,
    /// The values of the header, one of which must match. `*` matches any number of characters, `?`
    /// exactly one.
    #[model(set, length = 1..=128)]
    pub values: Vec<String>,
}

/// A condition on the HTTP method of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionHttpRequestMethod {
    /// The HTTP methods, such as `GET`, one of which must match exactly.
    #[model(set, length = 1..=40)]
    pub values: Vec<String>,
}

/// A condition on the path of the URL of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionPathPattern {
    /// The path patterns, such as `/api/*`, one of which must match. `*` matches any number of
    /// characters, `?` exactly one.
    #[model(set, length = 1..=128)]
    pub values: Vec<String>,
}

/// A query string parameter of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionQueryString {
    /// The key of the parameter. If omitted, any key matches.
    #[model(length = 1..=128)]
    pub key: Option<String>,
    /// The value of the parameter. `*` matches any number of characters, `?` exactly one.
    #[model(length = 1..=128)]
    pub value: String,
}

/// A condition on the source IP address of a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ListenerRuleConditionSourceIp {
    /// The IP ranges in CIDR notation, one of which must contain the source IP address.
    #[model(set, length = 1..=128)]
    pub values: Vec<String>,
}

/// The most values in all conditions of a rule.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
pub const VALUES: usize = 5;

/// Notes conditions that say nothing, or too much.
pub(super) fn check_conditions(args: &ListenerRuleInputs, failures: &mut Failures) {
    let Some(conditions) = args.conditions.get() else { return };
    let mut values = 0;
    for (index, condition) in conditions.iter().enumerate() {
        let Some(condition) = condition.get() else { continue };
        let given = [
            count(&condition.host_header, |host| len(&host.values)),
            count(&condition.http_header, |header| len(&header.values)),
            count(&condition.http_request_method, |method| len(&method.values)),
            count(&condition.path_pattern, |path| len(&path.values)),
            count(&condition.query_strings, Vec::len),
            count(&condition.source_ip, |source| len(&source.values)),
        ];
        match given.iter().flatten().count() {
            1 => values += given.iter().flatten().sum::<usize>(),
            number => failures.add(
                Path::from(ListenerRuleArgs::CONDITIONS).index(index),
                format!("has {number} properties; give exactly one, and each further one as a condition of its own"),
            ),
        }
    }
    if values > VALUES {
        let reason = format!("have {values} values in total; a rule can have {VALUES}, so use several rules");
        failures.add(ListenerRuleArgs::CONDITIONS, reason);
    }
}

fn count<T>(part: &In<T>, values: impl Fn(&T) -> usize) -> Option<usize> {
    part.is_set().then(|| part.get().map_or(0, values))
}

fn len(values: &In<Vec<In<String>>>) -> usize {
    values.get().map_or(0, Vec::len)
}

impl ListenerRuleCondition {
    pub(super) fn to_aws(&self) -> types::RuleCondition {
        let condition = types::RuleCondition::builder();
        if let Some(host) = &self.host_header {
            let config = types::HostHeaderConditionConfig::builder().set_values(Some(host.values.clone()));
            return condition.field("host-header").host_header_config(config.build()).build();
        }
        if let Some(header) = &self.http_header {
            let config = types::HttpHeaderConditionConfig::builder()
                .http_header_name(&header.http_header_name)
                .set_values(Some(header.values.clone()));
            return condition.field("http-header").http_header_config(config.build()).build();
        }
        if let Some(method) = &self.http_request_method {
            let config =
                types::HttpRequestMethodConditionConfig::builder().set_values(Some(method.values.clone()));
            return condition.field("http-request-method").http_request_method_config(config.build()).build();
        }
        if let Some(path) = &self.path_pattern {
            let config = types::PathPatternConditionConfig::builder().set_values(Some(path.values.clone()));
            return condition.field("path-pattern").path_pattern_config(config.build()).build();
        }
        if let Some(source) = &self.source_ip {
            let config = types::SourceIpConditionConfig::builder().set_values(Some(source.values.clone()));
            return condition.field("source-ip").source_ip_config(config.build()).build();
        }
        let pair = |query: &ListenerRuleConditionQueryString| {
            let pair = types::QueryStringKeyValuePair::builder().value(&query.value);
            pair.set_key(query.key.clone()).build()
        };
        let pairs = self.query_strings.iter().flatten().map(pair).collect();
        let config = types::QueryStringConditionConfig::builder().set_values(Some(pairs));
        condition.field("query-string").query_string_config(config.build()).build()
    }

    pub(super) fn from_aws(condition: &types::RuleCondition) -> Self {
        // Rules that were made with the older form have their values beside the configuration.
        let or_plain = |values: &[String]| match values.is_empty() {
            true => condition.values().to_vec(),
            false => values.to_vec(),
        };
        let mut read = ListenerRuleCondition {
            host_header: None,
            http_header: None,
            http_request_method: None,
            path_pattern: None,
            query_strings: None,
            source_ip: None,
        };
        match condition.field().unwrap_or_default() {
            "host-header" => {
                let values = condition.host_header_config().map(|config| config.values()).unwrap_or_default();
                read.host_header = Some(ListenerRuleConditionHostHeader { values: or_plain(values) });
            }
            "path-pattern" => {
                let values =
                    condition.path_pattern_config().map(|config| config.values()).unwrap_or_default();
                read.path_pattern = Some(ListenerRuleConditionPathPattern { values: or_plain(values) });
            }
            "http-header" => {
                read.http_header =
                    condition.http_header_config().map(|config| ListenerRuleConditionHttpHeader {
                        http_header_name: config.http_header_name.clone().unwrap_or_default(),
                        values: config.values().to_vec(),
                    });
            }
            "http-request-method" => {
                let config = condition.http_request_method_config();
                read.http_request_method = config.map(|config| ListenerRuleConditionHttpRequestMethod {
                    values: config.values().to_vec(),
                });
            }
            "source-ip" => {
                let config = condition.source_ip_config();
                read.source_ip =
                    config.map(|config| ListenerRuleConditionSourceIp { values: config.values().to_vec() });
            }
            _ => {
                let pair = |pair: &types::QueryStringKeyValuePair| ListenerRuleConditionQueryString {
                    key: pair.key.clone(),
                    value: pair.value.clone().unwrap_or_default(),
                };
                let config = condition.query_string_config();
                read.query_strings = config.map(|config| config.values().iter().map(pair).collect());
            }
        }
        read
    }
}

/// Whether arguments can say the condition: it is of a sort that they have, and no regular
/// expression.
fn is_told(condition: &types::RuleCondition) -> bool {
    const SORTS: [&str; 6] =
        ["host-header", "path-pattern", "http-header", "http-request-method", "source-ip", "query-string"];
    let expressions = [
        condition.regex_values(),
        condition.host_header_config().map(|config| config.regex_values()).unwrap_or_default(),
        condition.path_pattern_config().map(|config| config.regex_values()).unwrap_or_default(),
        condition.http_header_config().map(|config| config.regex_values()).unwrap_or_default(),
    ];
    condition.field().is_some_and(|field| SORTS.contains(&field))
        && expressions.iter().all(|expressions| expressions.is_empty())
}

pub(super) fn told_conditions(there: &[types::RuleCondition]) -> impl Iterator<Item = &types::RuleCondition> {
    there.iter().filter(|condition| is_told(condition))
}

/// The conditions that no argument can say, in the form in which a call takes them.
pub(super) fn untold_conditions(
    there: &[types::RuleCondition],
) -> impl Iterator<Item = types::RuleCondition> {
    there.iter().filter(|condition| !is_told(condition)).cloned().map(|mut condition| {
        // An answer has the values in two places, of which a call takes one.
        let has_config = condition.host_header_config.is_some()
            || condition.path_pattern_config.is_some()
            || condition.http_header_config.is_some();
        if has_config {
            (condition.values, condition.regex_values) = (None, None);
        }
        condition
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn read(condition: J) -> ListenerRuleCondition {
        let fields = Value::from_json(&condition).as_object().unwrap().clone();
        let input = ListenerRuleCondition::read(&fields, &mut Failures::new());
        ListenerRuleCondition::settle_fields(&input, &Path::root(), &mut Failures::new()).unwrap()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        for condition in [
            json!({"hostHeader": {"values": ["a.example", "*.b.example"]}}),
            json!({"httpHeader": {"httpHeaderName": "X-Who", "values": ["me"]}}),
            json!({"httpRequestMethod": {"values": ["GET"]}}),
            json!({"pathPattern": {"values": ["/api/*"]}}),
            json!({"queryStrings": [{"key": "a", "value": "1"}, {"value": "2"}]}),
            json!({"sourceIp": {"values": ["10.0.0.0/8"]}}),
        ] {
            let condition = read(condition);
            assert_eq!(ListenerRuleCondition::from_aws(&condition.to_aws()), condition);
        }
    }

    #[test]
    fn a_condition_that_no_argument_can_say_stays() {
        let config = types::PathPatternConditionConfig::builder().regex_values("^/a$").build();
        let expression = types::RuleCondition::builder().field("path-pattern");
        let in_call = expression.clone().path_pattern_config(config.clone()).build();
        let in_answer = expression.regex_values("^/a$").path_pattern_config(config).build();
        let later = types::RuleCondition::builder().field("of-a-later-time").values("a").build();
        let host = read(json!({"hostHeader": {"values": ["a.example"]}})).to_aws();
        let there = [host.clone(), in_answer, later.clone()];
        assert_eq!(told_conditions(&there).collect::<Vec<_>>(), [&host]);
        assert_eq!(untold_conditions(&there).collect::<Vec<_>>(), [in_call, later]);
    }

    #[test]
    fn conditions_say_one_thing_each_and_not_too_much() {
        let failures = |conditions: J| {
            let mut failures = Failures::new();
            let rule = json!({"listenerArn": "a", "actions": [], "conditions": conditions});
            let fields = Value::from_json(&rule).as_object().unwrap().clone();
            check_conditions(
                &super::super::ListenerRuleArgs::read(&fields, &mut Failures::new()),
                &mut failures,
            );
            failures.iter().map(|failure| failure.path.to_string()).collect::<Vec<_>>()
        };
        let path = |values: &[&str]| json!({"pathPattern": {"values": values}});
        assert_eq!(failures(json!([path(&["/a"]), path(&["/b"])])), Vec::<String>::new());
        assert_eq!(failures(json!([path(&["/a"]), {}])), ["conditions[1]"]);
        assert_eq!(failures(json!([path(&["1", "2", "3"]), path(&["4", "5", "6"])])), ["conditions"]);
    }
}
