//! The firewall in front of the public load balancer of a stack.

use super::Builder;
use super::delivery::HOME;
use crate::components::edge::Front;
use crate::components::{Child, Options, Scope};
use crate::kinds::wafv2::{
    ActionInput, BlockInput, DefaultActionInput, EmptyInput, ManagedRuleGroupStatementInput,
    OverrideActionInput, RateBasedStatementInput, RuleInput, StatementInput, VisibilityConfigInput, WebAcl,
    WebAclAssociation, WebAclAssociationInputs, WebAclInputs,
};
use crate::model::{In, Model};

/// The web application firewall of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct Waf {
    /// The maximum number of requests from an IP address in 5 minutes.
    #[model(default = 2000, range = 10..=2_000_000_000)]
    pub rate_limit: i64,
    /// The names of the AWS managed rule groups that evaluate requests. Defaults to
    /// `AWSManagedRulesAmazonIpReputationList`, `AWSManagedRulesCommonRuleSet` and
    /// `AWSManagedRulesKnownBadInputsRuleSet`.
    pub managed_rule_groups: Option<Vec<String>>,
}

/// What requests are held against where the program says nothing.
/// <https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html>
const GROUPS: [&str; 3] = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
];

/// How long requests are counted, in seconds.
const WINDOW: i64 = 300;

impl Builder<'_> {
    /// Makes the firewall, where there is to be one: whoever asks too often is turned away, and what
    /// AWS's groups of rules know as an attack. Gives its ARN.
    pub(super) fn waf(&self, front: &Front) -> In<String> {
        let what = "the load balancer";
        let Some(acl) = self.acl(self.at, "waf", "REGIONAL", what) else { return In::default() };
        let association = WebAclAssociationInputs {
            resource_arn: front.balancer.id.clone(),
            web_acl_arn: acl.out.arn.clone(),
        };
        self.at.child::<WebAclAssociation>("waf-association", association, Options::default());
        acl.out.arn
    }

    /// The same for CloudFront, which takes those of one region alone, and names its firewall itself.
    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html>
    pub(super) fn waf_of_edge(&self) -> In<String> {
        let acl = self.acl(&self.at.in_region(HOME), "edge-waf", "CLOUDFRONT", "the distribution");
        acl.map(|acl| acl.out.arn).unwrap_or_default()
    }

    fn acl(&self, at: &Scope, label: &str, scope: &str, what: &str) -> Option<Child<WebAcl>> {
        let waf = self.args.waf.get()?;
        let limit = RateBasedStatementInput {
            limit: waf.rate_limit.clone(),
            evaluation_window_sec: WINDOW.into(),
            aggregate_key_type: "IP".into(),
            ..Default::default()
        };
        let too_often = RuleInput {
            name: "rate-limit".into(),
            priority: 0.into(),
            action: ActionInput { block: BlockInput::default().into(), ..Default::default() }.into(),
            statement: StatementInput { rate_based_statement: limit.into(), ..Default::default() }.into(),
            visibility_config: seen("rate-limit".into()),
            ..Default::default()
        };
        let groups = waf.managed_rule_groups.clone().or(In::list(GROUPS.map(In::from))).map(|groups| {
            let each = groups.into_iter().enumerate();
            each.map(|(index, group)| managed(group, index as i64 + 1)).collect::<Vec<_>>()
        });
        let name = self.at.names.of(label);
        let acl = WebAclInputs {
            scope: scope.into(),
            description: format!("Guards {what} of {}", self.at.name).into(),
            default_action: DefaultActionInput { allow: EmptyInput::default().into(), ..Default::default() }
                .into(),
            rules: groups.map(|mut rules| {
                rules.insert(0, too_often.into());
                rules
            }),
            visibility_config: VisibilityConfigInput {
                cloudwatch_metrics_enabled: true.into(),
                metric_name: name.clone().into(),
                sampled_requests_enabled: true.into(),
            }
            .into(),
            ..WebAclInputs::default()
        };
        Some(at.child(label, acl, Options::named(name)))
    }
}

/// A rule that holds requests against a group of rules of AWS.
fn managed(group: In<String>, priority: i64) -> In<RuleInput> {
    let statement = ManagedRuleGroupStatementInput {
        vendor_name: "AWS".into(),
        name: group.clone(),
        ..Default::default()
    };
    RuleInput {
        name: group.clone(),
        priority: priority.into(),
        override_action: OverrideActionInput { none: EmptyInput::default().into(), ..Default::default() }
            .into(),
        statement: StatementInput { managed_rule_group_statement: statement.into(), ..Default::default() }
            .into(),
        visibility_config: seen(group),
        ..Default::default()
    }
    .into()
}

fn seen(metric_name: In<String>) -> In<VisibilityConfigInput> {
    VisibilityConfigInput {
        cloudwatch_metrics_enabled: true.into(),
        metric_name,
        sampled_requests_enabled: true.into(),
    }
    .into()
}
