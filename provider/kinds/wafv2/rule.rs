//! The rules of a web ACL.

use std::collections::BTreeMap;

use aws_sdk_wafv2::types;

use super::WebAclArgs;
use super::statement::keep;
use super::{Action, Empty, Statement, one_of};
use crate::aws::error::Result;
use crate::kinds::alike;
use crate::model::{Failures, In, Model, Path};

/// A rule of a web ACL.
#[derive(Clone, Debug, Model)]
pub struct Rule {
    /// The action for requests that match the statement. A rule with a managed rule group requires
    /// `overrideAction` instead.
    pub action: Option<Action>,
    /// The name of the rule, unique in its web ACL.
    #[model(check = check_name)]
    pub name: String,
    /// The override action, for a rule with a managed rule group: `{none: {}}` keeps the actions of
    /// the rules of the group, and `{count: {}}` only counts matching requests.
    pub override_action: Option<OverrideAction>,
    /// The priority of the rule, unique in its web ACL. Rules are evaluated in ascending order.
    #[model(range = 0..=2_147_483_647)]
    pub priority: i64,
    /// The labels to add to requests that match the statement, for later rules to match.
    #[model(set, default = [], length = 0..=100)]
    pub rule_labels: Vec<RuleLabel>,
    /// The statement that requests are matched against.
    pub statement: Statement,
    /// The CloudWatch metrics and the sampled requests of the rule.
    pub visibility_config: VisibilityConfig,
}

/// The override of the actions of a managed rule group. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct OverrideAction {
    /// Only counts the requests that the rule group matches.
    pub count: Option<Empty>,
    /// Keeps the actions of the rules of the group.
    pub none: Option<Empty>,
}

/// A label that a rule adds to requests.
#[derive(Clone, Debug, Model)]
pub struct RuleLabel {
    /// The name of the label, optionally preceded by namespaces, separated by colons.
    #[model(length = 1..=1024)]
    pub name: String,
}

/// The CloudWatch metrics and the sampled requests of a rule or web ACL.
#[derive(Clone, Debug, Model)]
pub struct VisibilityConfig {
    /// Whether metrics are sent to CloudWatch.
    pub cloudwatch_metrics_enabled: bool,
    /// The name of the CloudWatch metric.
    #[model(check = check_metric)]
    pub metric_name: String,
    /// Whether AWS WAF stores samples of the requests that match, for the console.
    pub sampled_requests_enabled: bool,
}

impl VisibilityConfig {
    pub(super) fn to_aws(&self) -> Result<types::VisibilityConfig> {
        Ok(types::VisibilityConfig::builder()
            .cloud_watch_metrics_enabled(self.cloudwatch_metrics_enabled)
            .metric_name(&self.metric_name)
            .sampled_requests_enabled(self.sampled_requests_enabled)
            .build()?)
    }

    pub(super) fn from_aws(config: Option<&types::VisibilityConfig>) -> Self {
        VisibilityConfig {
            cloudwatch_metrics_enabled: config.is_some_and(|it| it.cloud_watch_metrics_enabled),
            metric_name: config.map(|it| it.metric_name.clone()).unwrap_or_default(),
            sampled_requests_enabled: config.is_some_and(|it| it.sampled_requests_enabled),
        }
    }
}

impl Rule {
    /// The rule as the API takes it. What it has of what no argument is about stays.
    pub(super) fn to_aws(&self, there: Option<&types::Rule>) -> Result<types::Rule> {
        let over = self.override_action.as_ref().map(|over| {
            types::OverrideAction::builder()
                .set_count(over.count.as_ref().map(|_| types::CountAction::builder().build()))
                .set_none(over.none.as_ref().map(|_| types::NoneAction::builder().build()))
                .build()
        });
        let labels = self.rule_labels.iter().map(|label| types::Label::builder().name(&label.name).build());
        let labels = labels.collect::<Result<Vec<_>, _>>()?;
        let action = match (&self.action, there.and_then(|there| there.action())) {
            (Some(action), Some(there)) if alike(&Action::from_aws(there), action) => Some(there.clone()),
            (action, _) => action.as_ref().map(Action::to_aws).transpose()?,
        };
        let statement = match there.and_then(|there| there.statement()) {
            Some(there) => keep::statement(&self.statement, there, &self.name)?,
            None => self.statement.to_aws()?,
        };
        Ok(types::Rule::builder()
            .set_action(action)
            .name(&self.name)
            .set_override_action(over)
            .priority(self.priority as i32)
            .set_rule_labels(Some(labels).filter(|labels| !labels.is_empty()))
            .statement(statement)
            .visibility_config(self.visibility_config.to_aws()?)
            .set_captcha_config(there.and_then(|there| there.captcha_config.clone()))
            .set_challenge_config(there.and_then(|there| there.challenge_config.clone()))
            .build()?)
    }

    pub(super) fn from_aws(rule: &types::Rule) -> Self {
        let nothing = types::Statement::builder().build();
        Rule {
            action: rule.action().map(Action::from_aws),
            name: rule.name.clone(),
            override_action: rule.override_action().map(|over| OverrideAction {
                count: over.count().map(|_| Empty {}),
                none: over.none().map(|_| Empty {}),
            }),
            priority: rule.priority.into(),
            rule_labels: rule
                .rule_labels()
                .iter()
                .map(|label| RuleLabel { name: label.name.clone() })
                .collect(),
            statement: Statement::from_aws(rule.statement().unwrap_or(&nothing)),
            visibility_config: VisibilityConfig::from_aws(rule.visibility_config()),
        }
    }
}

/// All rules that a web ACL is to have. Those that somebody else has made since, Shield among them,
/// stay.
pub(super) fn merge_rules(there: &[types::Rule], old: &[Rule], new: &[Rule]) -> Result<Vec<types::Rule>> {
    let rule = |rule: &Rule| rule.to_aws(there.iter().find(|there| there.name == rule.name));
    let mut rules = new.iter().map(rule).collect::<Result<Vec<_>>>()?;
    let known = |rule: &types::Rule| old.iter().chain(new).any(|known| known.name == rule.name);
    rules.extend(there.iter().filter(|rule| is_of_shield(rule) || !known(rule)).cloned());
    Ok(rules)
}

/// Whether Shield Advanced made the rule, as it does while an attack goes on.
/// <https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response-rg.html>
pub(super) fn is_of_shield(rule: &types::Rule) -> bool {
    rule.name.starts_with("ShieldMitigationRuleGroup_")
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html>
pub(super) fn check_rules(rules: &In<Vec<In<RuleInput>>>, failures: &mut Failures) {
    let all = Path::from(WebAclArgs::RULES);
    let (mut names, mut priorities) = (BTreeMap::new(), BTreeMap::new());
    for (index, rule) in rules.get().into_iter().flatten().enumerate() {
        let Some(rule) = rule.get() else { continue };
        let at = all.index(index);
        if let Some(name) = rule.name.get()
            && let Some(first) = names.insert(name.clone(), index)
        {
            let reason =
                format!("is {name:?}, which rules[{first}] has already; give each rule a name of its own");
            failures.add(at.key(Rule::NAME), reason);
        }
        if let Some(priority) = rule.priority.get()
            && let Some(first) = priorities.insert(*priority, index)
        {
            let reason = format!(
                "is {priority}, which rules[{first}] has already; give each rule a priority of its own"
            );
            failures.add(at.key(Rule::PRIORITY), reason);
        }
        check_rule(rule, &at, failures);
    }
}

fn check_rule(rule: &RuleInput, at: &Path, failures: &mut Failures) {
    if let Some(action) = rule.action.get() {
        Action::check(action, &at.key(Rule::ACTION), failures);
    }
    if let Some(over) = rule.override_action.get() {
        let parts = [
            (OverrideAction::COUNT.name(), over.count.is_set()),
            (OverrideAction::NONE.name(), over.none.is_set()),
        ];
        one_of(&at.key(Rule::OVERRIDE_ACTION), "action", &parts, failures);
    }
    let Some(statement) = rule.statement.get() else { return };
    Statement::check(statement, &at.key(Rule::STATEMENT), failures);
    let is_group = statement.managed_rule_group_statement.is_set();
    match (is_group, rule.action.is_set(), rule.override_action.is_set()) {
        (true, true, _) => failures.add(
            at.key(Rule::ACTION),
            "is given for a managed group, which has actions of its own; give overrideAction: {none: {}}",
        ),
        (true, false, false) => failures.add(
            at.key(Rule::OVERRIDE_ACTION),
            "is missing; give {none: {}} to apply the actions of the managed group, or {count: {}}",
        ),
        (false, _, true) => failures.add(
            at.key(Rule::OVERRIDE_ACTION),
            "is given for a statement that is no managed group; give action, such as {block: {}}",
        ),
        (false, false, false) => {
            failures.add(at.key(Rule::ACTION), "is missing; give an action, such as {block: {}}");
        }
        _ => {}
    }
    // https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
    let allows = rule.action.get().is_some_and(|action| action.allow.is_set());
    if statement.rate_based_statement.is_set() && allows {
        failures.add(
            at.key(Rule::ACTION),
            "lets requests beyond the rate pass; give any other, such as {block: {}}",
        );
    }
    if is_group && rule.rule_labels.get().is_some_and(|labels| !labels.is_empty()) {
        failures.add(
            at.key(Rule::RULE_LABELS),
            "are given for a managed group, which has its own; leave them out",
        );
    }
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html>
fn check_name(name: &str) -> Result<(), String> {
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match legal && (1..=128).contains(&name.len()) {
        true => Ok(()),
        false => Err(format!("is {name:?}; give 1 to 128 letters, digits, hyphens and underscores")),
    }
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html>
fn check_metric(name: &str) -> Result<(), String> {
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || "_#:.-/".contains(c));
    if ["All", "Default_Action"].contains(&name) {
        return Err(format!("is {name:?}, which is reserved by AWS WAF; choose another name"));
    }
    match legal && (1..=255).contains(&name.len()) {
        true => Ok(()),
        false => Err(format!("is {name:?}; give 1 to 255 letters, digits and _ # : . - /")),
    }
}
