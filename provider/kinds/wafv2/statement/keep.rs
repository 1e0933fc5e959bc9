//! Statements that AWS has, kept where no argument tells all of them.

use aws_sdk_wafv2::types::{ManagedRuleGroupStatement, RateBasedStatement, Statement};

use super::Statement as Told;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::alike;

/// How long requests are counted where nothing is said.
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>
const WINDOW: i64 = 300;

/// The statement as it is to be. What still says the same stays as it is; what changes is refused where
/// more is there than the arguments can tell: it may be all that keeps the rule from more requests.
pub fn statement(wanted: &Told, there: &Statement, rule: &str) -> Result<Statement> {
    let told = Told::from_aws(there);
    if alike(&told, wanted) {
        return Ok(there.clone());
    }
    let mut made = wanted.to_aws()?;
    if told.to_aws().is_ok_and(|told| plain(told) == plain(there.clone())) {
        keep_configs(&mut made, there);
        return Ok(made);
    }
    let message = format!(
        "the rule {rule:?} has a statement that was changed outside of this program, into one that this \
         provider cannot represent in full; writing it again might widen it"
    );
    Err(Error::new(ErrorKind::Invalid, message).with_hint(
        "Revert the change of its statement, or give the rule another name in `rules`, which replaces it.",
    ))
}

/// Configurations of a managed group, which are no condition of the rule.
fn keep_configs(made: &mut Statement, there: &Statement) {
    if let (Some(group), Some(there)) =
        (&mut made.managed_rule_group_statement, there.managed_rule_group_statement())
        && (&group.vendor_name, &group.name) == (&there.vendor_name, &there.name)
    {
        group.managed_rule_group_configs.clone_from(&there.managed_rule_group_configs);
    }
}

/// The statement without what makes no difference.
fn plain(mut statement: Statement) -> Statement {
    if let Some(group) = &mut statement.managed_rule_group_statement {
        plain_group(group);
    }
    if let Some(rate) = &mut statement.rate_based_statement {
        plain_rate(rate);
    }
    if let Some(and) = &mut statement.and_statement {
        and.statements = std::mem::take(&mut and.statements).into_iter().map(plain).collect();
    }
    if let Some(or) = &mut statement.or_statement {
        or.statements = std::mem::take(&mut or.statements).into_iter().map(plain).collect();
    }
    if let Some(not) = &mut statement.not_statement {
        not.statement = not.statement.take().map(|inner| Box::new(plain(*inner)));
    }
    statement
}

fn plain_group(group: &mut ManagedRuleGroupStatement) {
    group.managed_rule_group_configs = None;
    group.rule_action_overrides.take_if(|all| all.is_empty());
    // Counted instead of what else they do: the older way to say an override.
    #[allow(deprecated)]
    group.excluded_rules.take_if(|all| all.is_empty());
    group.scope_down_statement = group.scope_down_statement.take().map(|inner| Box::new(plain(*inner)));
}

fn plain_rate(rate: &mut RateBasedStatement) {
    if rate.evaluation_window_sec == 0 {
        rate.evaluation_window_sec = WINDOW;
    }
    rate.custom_keys.take_if(|keys| keys.is_empty());
    rate.scope_down_statement = rate.scope_down_statement.take().map(|inner| Box::new(plain(*inner)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Path, Value};
    use aws_sdk_wafv2::types::{AsnMatchStatement, ExcludedRule};
    use serde_json::{Value as J, json};

    fn read(statement: J) -> Told {
        let mut failures = Failures::new();
        let input = Told::read(Value::from_json(&statement).as_object().unwrap(), &mut failures);
        Told::settle_fields(&input, &Path::root(), &mut failures).unwrap()
    }

    fn rate(limit: i64) -> Told {
        let german = json!({"geoMatchStatement": {"countryCodes": ["DE"]}});
        read(json!({"rateBasedStatement": {"limit": limit, "scopeDownStatement": german}}))
    }

    #[test]
    fn what_is_told_in_full_is_written_anew() {
        let mut there = rate(1000).to_aws().unwrap();
        there.rate_based_statement.as_mut().unwrap().evaluation_window_sec = 0;
        let made = statement(&rate(2000), &there, "rate").unwrap();
        assert_eq!(made.rate_based_statement().unwrap().limit, 2000);
    }

    #[test]
    fn what_is_not_told_in_full_stays_or_is_refused() {
        let mut there = rate(1000).to_aws().unwrap();
        let scope = there.rate_based_statement.as_mut().unwrap().scope_down_statement.as_mut().unwrap();
        scope.asn_match_statement = Some(AsnMatchStatement::builder().asn_list(64_500).build().unwrap());
        assert_eq!(statement(&rate(1000), &there, "rate").unwrap(), there);
        let refused = statement(&rate(2000), &there, "rate").unwrap_err();
        assert!(refused.to_string().contains("\"rate\""), "{refused}");
    }

    #[test]
    #[allow(deprecated)]
    fn rules_of_a_group_that_are_only_counted_stay_so() {
        let group = |version: &str| {
            read(
                json!({"managedRuleGroupStatement": {"vendorName": "AWS", "name": "Common", "version": version}}),
            )
        };
        let mut there = group("1").to_aws().unwrap();
        let counted = ExcludedRule::builder().name("NoUserAgent_HEADER").build().unwrap();
        there.managed_rule_group_statement.as_mut().unwrap().excluded_rules = Some(vec![counted]);
        assert_eq!(statement(&group("1"), &there, "common").unwrap(), there);
        assert!(statement(&group("2"), &there, "common").is_err());
    }
}
