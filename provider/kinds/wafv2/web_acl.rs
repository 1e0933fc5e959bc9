//! A web ACL: the rules that requests to a load balancer or a distribution have to pass.

use std::collections::BTreeMap;

use aws_sdk_wafv2::Client;
use aws_sdk_wafv2::operation::get_web_acl::GetWebAclOutput;
use aws_sdk_wafv2::types::{self, ResourceType, Scope, Tag};

use super::rule::{check_rules, is_of_shield, merge_rules};
use super::{DefaultAction, Rule, VisibilityConfig, one_of};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::as_pairs;
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, bad_id, claim};
use crate::model::{Failures, Model, Path};

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html>
const WEB_ACL: NameRule = NameRule { what: "web ACL", max: 128, ..PLAIN };

/// Where web ACLs of CloudFront are, wherever the distribution is made.
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html>
const CLOUDFRONT_REGION: &str = "us-east-1";

/// An AWS WAF web ACL: rules that filter the requests to load balancers and APIs of a region, or to
/// CloudFront distributions.
#[derive(Clone, Debug, Model)]
pub struct WebAclArgs {
    /// The action for requests that no rule terminates.
    #[model(in_place)]
    pub default_action: DefaultAction,
    /// The description of the web ACL.
    #[model(in_place, length = 1..=256, check = check_description)]
    pub description: Option<String>,
    /// The name of the web ACL, unique in its scope.
    #[model(replace, autoname)]
    pub name: String,
    /// The rules. They are evaluated in ascending order of their priorities.
    #[model(in_place, set, default = [])]
    pub rules: Vec<Rule>,
    /// The scope: `REGIONAL` for load balancers and APIs, `CLOUDFRONT` for distributions. Web ACLs
    /// of the scope `CLOUDFRONT` are created in us-east-1, regardless of the region of the
    /// provider.
    #[model(replace, one_of = ["REGIONAL", "CLOUDFRONT"])]
    pub scope: String,
    /// The tags of the web ACL.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The CloudWatch metrics and the sampled requests of the web ACL.
    #[model(in_place)]
    pub visibility_config: VisibilityConfig,
}

/// The outputs of a web ACL.
#[derive(Clone, Debug, Model)]
pub struct WebAclState {
    /// The ARN of the web ACL.
    pub arn: String,
    /// The web ACL capacity units (WCUs) that the rules use. AWS charges extra beyond 1500, and the
    /// maximum is 5000.
    #[model(in_place)]
    pub capacity: i64,
}

/// A web ACL.
pub struct WebAcl;

impl Kind for WebAcl {
    const TOKEN: &'static str = "agentic:wafv2:WebAcl";
    const ID: &'static str = "the ID, the name and the scope of the web ACL, separated by slashes, such as `a1b2c3d4-d5f6-7777-8888-9999aaaabbbb/main/REGIONAL`";
    const TAGS: TaggedBy = TaggedBy::service::<WafTags>();
    const ACTIONS: Actions = Actions {
        create: &["wafv2:CreateWebACL", "wafv2:ListWebACLs", "wafv2:UpdateWebACL"],
        read: &["wafv2:GetWebACL"],
        update: &["wafv2:UpdateWebACL"],
        delete: &["wafv2:DeleteWebACL", "wafv2:GetWebACL", "wafv2:ListResourcesForWebACL"],
    };
    const NAME: Option<&'static NameRule> = Some(&WEB_ACL);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::WEB_ACL;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = WebAclArgs;
    type State = WebAclState;

    fn rules(args: &WebAclInputs, failures: &mut Failures) {
        if let Some(action) = args.default_action.get() {
            let parts = [
                (DefaultAction::ALLOW.name(), action.allow.is_set()),
                (DefaultAction::BLOCK.name(), action.block.is_set()),
            ];
            one_of(&Path::from(WebAclArgs::DEFAULT_ACTION), "action", &parts, failures);
        }
        check_rules(&args.rules, failures);
    }

    async fn create(cx: &Cx, args: &WebAclArgs) -> Result<String> {
        let rules = args.rules.iter().map(|rule| rule.to_aws(None)).collect::<Result<Vec<_>>>()?;
        let made = client(cx, &args.scope)?
            .create_web_acl()
            .default_action(args.default_action.to_aws()?)
            .set_description(args.description.clone())
            .name(&args.name)
            .set_rules(Some(rules))
            .scope(Scope::from(args.scope.as_str()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))?))
            .visibility_config(args.visibility_config.to_aws()?)
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let Some(there) = named(cx, &args.scope, &args.name).await? else { return Err(error) };
                let id = Place::named(there.id().unwrap_or_default(), args).id();
                claim::<Self>(cx, &id, args, error, "web ACL").await
            }
            made => {
                let summary = made?.summary.and_then(|summary| summary.id);
                Ok(Place::named(&summary.unwrap_or_default(), args).id())
            }
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let place = Place::parse(id)?;
        let Some(acl) = find(cx, &place).await?.and_then(|found| found.web_acl) else { return Ok(None) };
        let nothing = types::DefaultAction::builder().build();
        let rules = acl.rules().iter().filter(|rule| !is_of_shield(rule));
        Ok(Some(Live {
            args: WebAclObserved {
                default_action: Some(DefaultAction::from_aws(acl.default_action().unwrap_or(&nothing))),
                description: Some(acl.description.clone().filter(|text| !text.is_empty())),
                name: Some(acl.name.clone()),
                rules: Some(rules.map(Rule::from_aws).collect()),
                scope: Some(place.scope.to_owned()),
                visibility_config: Some(VisibilityConfig::from_aws(acl.visibility_config())),
                ..WebAclObserved::default()
            },
            state: WebAclState { arn: acl.arn, capacity: acl.capacity },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<WebAclArgs>) -> Result<()> {
        let place = Place::parse(id)?;
        let gone = || Error::new(ErrorKind::NotFound, format!("there is no web ACL {id:?}"));
        let there = find(cx, &place).await?.ok_or_else(gone)?;
        let acl = there.web_acl.ok_or_else(gone)?;
        put(cx, &place, &update.old, &update.new, acl, there.lock_token).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &WebAclArgs) -> Result<()> {
        let place = Place::parse(id)?;
        let Some(there) = find(cx, &place).await? else { return Ok(()) };
        client(cx, place.scope)?
            .delete_web_acl()
            .id(place.id)
            .name(place.name)
            .scope(Scope::from(place.scope))
            .set_lock_token(there.lock_token)
            .send()
            .await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let place = Place::parse(id).ok()?;
        if place.scope == "CLOUDFRONT" {
            return Some("a distribution of CloudFront that has it as its web ACL.".to_owned());
        }
        let arn = find(cx, &place).await.ok()??.web_acl?.arn;
        let client = client(cx, place.scope).ok()?;
        let mut all = Vec::new();
        for kind in ResourceType::values() {
            let list = client.list_resources_for_web_acl().web_acl_arn(&arn);
            // A type that the region does not have is no answer to what holds the web ACL.
            let listed = list.resource_type(ResourceType::from(*kind)).send().await.ok();
            all.extend(listed.and_then(|listed| listed.resource_arns).unwrap_or_default());
        }
        (!all.is_empty()).then(|| format!("{}.", all.join(", ")))
    }
}

/// Where a web ACL is: its own id, its name and its scope.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    id: &'a str,
    name: &'a str,
    scope: &'a str,
}

impl<'a> Place<'a> {
    fn named(id: &'a str, args: &'a WebAclArgs) -> Self {
        Place { id, name: &args.name, scope: &args.scope }
    }

    fn id(&self) -> String {
        format!("{}/{}/{}", self.id, self.name, self.scope)
    }

    fn parse(text: &'a str) -> Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            [id, name, scope @ ("REGIONAL" | "CLOUDFRONT")] if !id.is_empty() && !name.is_empty() => {
                Ok(Place { id, name, scope })
            }
            _ => Err(bad_id(text, WebAcl::ID)),
        }
    }
}

/// A client of the region that web ACLs of this scope are in.
fn client(cx: &Cx, scope: &str) -> Result<Client> {
    match region(scope) {
        Some(region) => cx.aws.client(Some(region)),
        None => cx.client(),
    }
}

/// The region that web ACLs of this scope are in, where it is not the resource's.
fn region(scope: &str) -> Option<&'static str> {
    (scope == "CLOUDFRONT").then_some(CLOUDFRONT_REGION)
}

async fn find(cx: &Cx, place: &Place<'_>) -> Result<Option<GetWebAclOutput>> {
    let get = client(cx, place.scope)?.get_web_acl().id(place.id).name(place.name);
    found(get.scope(Scope::from(place.scope)).send().await)
}

/// The web ACL of this name.
async fn named(cx: &Cx, scope: &str, name: &str) -> Result<Option<types::WebAclSummary>> {
    let client = client(cx, scope)?;
    let mut marker = None;
    loop {
        let list = client.list_web_acls().scope(Scope::from(scope)).limit(100).set_next_marker(marker);
        let page = list.send().await?;
        let all = page.web_acls.unwrap_or_default();
        // Other than elsewhere, the last page has a marker too.
        let is_last = all.is_empty() || page.next_marker.is_none();
        if let Some(found) = all.into_iter().find(|acl| acl.name() == Some(name)) {
            return Ok(Some(found));
        }
        if is_last {
            return Ok(None);
        }
        marker = page.next_marker;
    }
}

/// Puts the whole web ACL. What it has of what no argument is about stays.
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html>
async fn put(
    cx: &Cx,
    place: &Place<'_>,
    old: &WebAclArgs,
    args: &WebAclArgs,
    acl: types::WebAcl,
    lock_token: Option<String>,
) -> Result<()> {
    let rules = merge_rules(acl.rules.as_deref().unwrap_or_default(), &old.rules, &args.rules)?;
    client(cx, place.scope)?
        .update_web_acl()
        .set_association_config(acl.association_config)
        .set_captcha_config(acl.captcha_config)
        .set_challenge_config(acl.challenge_config)
        .set_custom_response_bodies(acl.custom_response_bodies)
        .set_data_protection_config(acl.data_protection_config)
        .default_action(args.default_action.to_aws()?)
        .set_description(args.description.clone())
        .id(place.id)
        .set_lock_token(lock_token)
        .name(place.name)
        .set_on_source_d_do_s_protection_config(acl.on_source_d_do_s_protection_config)
        .set_rules(Some(rules))
        .scope(Scope::from(place.scope))
        .set_token_domains(acl.token_domains)
        .visibility_config(args.visibility_config.to_aws()?)
        .send()
        .await?;
    Ok(())
}

/// Whether this state has a web ACL.
pub(super) async fn is_of_state(cx: &Cx, arn: &str) -> Result<bool> {
    let tags = tags_of(cx, "REGIONAL", arn).await?;
    Ok(cx.standing(as_pairs(&tags)).is_of_state())
}

async fn tags_of(cx: &Cx, scope: &str, arn: &str) -> Result<Tags> {
    let answer = client(cx, scope)?.list_tags_for_resource().resource_arn(arn).send().await?;
    let tags = answer.tag_info_for_resource.and_then(|info| info.tag_list).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// How WAF tags what it has.
pub(super) struct WafTags;

impl Tagging for WafTags {
    const LIST: &'static [&'static str] = &["wafv2:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["wafv2:TagResource", "wafv2:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        found(tags_of(cx, Place::parse(&named.id)?.scope, &named.arn).await)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = client(cx, Place::parse(&named.id)?.scope)?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tag_list(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = client(cx, Place::parse(&named.id)?.scope)?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    Ok(tags.collect::<Result<_, _>>()?)
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html>
fn check_description(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=:#@/-,.".contains(c);
    let ends = text.starts_with(legal) && text.ends_with(legal);
    match ends && text.chars().all(|c| legal(c) || c.is_ascii_whitespace()) {
        true => Ok(()),
        false => {
            Err(format!("is {text:?}; give letters, digits, spaces between them, and _ + = : # @ / - , ."))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::alike;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn shown(name: &str) -> J {
        json!({"cloudwatchMetricsEnabled": true, "metricName": name, "sampledRequestsEnabled": true})
    }

    fn group(name: &str, priority: i64) -> J {
        json!({
            "name": name, "priority": priority, "overrideAction": {"none": {}}, "visibilityConfig": shown(name),
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}},
        })
    }

    fn rate(priority: i64) -> J {
        json!({
            "name": "rate", "priority": priority, "action": {"block": {}}, "visibilityConfig": shown("rate"),
            "statement": {"rateBasedStatement": {"limit": 1000}},
        })
    }

    fn read(rules: J) -> (WebAclInputs, Failures) {
        let args = json!({
            "name": "main", "scope": "REGIONAL", "defaultAction": {"allow": {}}, "rules": rules,
            "visibilityConfig": shown("main"),
        });
        let mut failures = Failures::new();
        let input = WebAclArgs::read(Value::from_json(&args).as_object().unwrap(), &mut failures);
        WebAcl::rules(&input, &mut failures);
        (input, failures)
    }

    fn problems(rules: J) -> Vec<String> {
        read(rules).1.into_iter().map(|failure| failure.to_string()).collect()
    }

    /// A rule with these parts in place of its own.
    fn but(mut rule: J, change: J) -> J {
        for (key, value) in change.as_object().unwrap() {
            rule[key] = value.clone();
        }
        rule
    }

    #[test]
    fn rules_that_nobody_here_knew_of_stay() {
        let args = |rules: J| {
            let (input, mut failures) = read(rules);
            WebAclArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap().rules
        };
        let (old, new) = (args(json!([rate(0), group("a", 1)])), args(json!([rate(5)])));
        let mut there: Vec<_> = old.iter().map(|rule| rule.to_aws(None).unwrap()).collect();
        for name in ["theirs", "ShieldMitigationRuleGroup_1"] {
            there.push(args(json!([group(name, 7)]))[0].to_aws(None).unwrap());
        }
        let merged = merge_rules(&there, &old, &new).unwrap();
        let names: Vec<_> = merged.iter().map(|rule| rule.name()).collect();
        assert_eq!(names, ["rate", "theirs", "ShieldMitigationRuleGroup_1"]);
        assert_eq!(merged[0].priority, 5);
    }

    #[test]
    fn a_usual_web_acl_passes() {
        let rules = [
            rate(0),
            group("AWSManagedRulesCommonRuleSet", 1),
            group("AWSManagedRulesAmazonIpReputationList", 2),
        ];
        assert_eq!(problems(json!(rules)), Vec::<String>::new());
    }

    #[test]
    fn names_and_priorities_are_told_apart() {
        let found = problems(json!([rate(1), rate(1)]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("rules[1].name: is \"rate\", which rules[0] has already"));
        assert!(found[1].starts_with("rules[1].priority: is 1, which rules[0] has already"));
    }

    #[test]
    fn an_action_fits_its_statement() {
        let problem = |rule: J| problems(json!([rule])).join("; ");
        let none = json!({"overrideAction": null});
        assert!(problem(but(group("a", 1), none.clone())).contains("rules[0].overrideAction: is missing"));
        assert!(problem(but(group("a", 1), json!({"action": {"block": {}}}))).contains("actions of its own"));
        assert!(problem(but(rate(1), json!({"action": null}))).contains("rules[0].action: is missing"));
        assert!(problem(but(rate(1), json!({"overrideAction": {"none": {}}}))).contains("no managed group"));
        assert!(problem(but(rate(1), json!({"action": {"allow": {}}}))).contains("beyond the rate pass"));
        let both = json!({"action": {"allow": {}, "block": {}}});
        assert!(problem(but(rate(1), both)).contains("has allow and block; give one of them"));
        assert!(problem(but(rate(1), json!({"action": {}}))).contains("has no action; give one of allow"));
    }

    #[test]
    fn all_that_is_wrong_in_statements_is_said_at_once() {
        let of = |statement: J| problems(json!([but(rate(1), json!({"statement": statement}))]));
        assert!(of(json!({}))[0].contains("rules[0].statement: has no statement; give one of"));
        let two = json!({"rateBasedStatement": {"limit": 10}, "geoMatchStatement": {"countryCodes": ["DE"]}});
        assert!(of(two)[0].contains("has geoMatchStatement and rateBasedStatement; give one of them"));
        let bad = json!({"rateBasedStatement": {
            "limit": 9, "evaluationWindowSec": 90, "aggregateKeyType": "CONSTANT",
            "forwardedIpConfig": {"headerName": "X-Forwarded-For", "fallbackBehavior": "MATCH"},
        }});
        let found = of(bad);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.iter().any(|text| text.contains("limit: is 9; give a number from 10 to 2000000000")));
        assert!(found.iter().any(|text| text.contains("is 90; give one of 60, 120, 300, 600")));
        let nested =
            json!({"notStatement": {"statements": [{"geoMatchStatement": {"countryCodes": ["Germany"]}}]}});
        let at = "rules[0].statement.notStatement.statements[0].geoMatchStatement.countryCodes[0]";
        assert!(of(nested)[0].starts_with(at));
        let byte = json!({"byteMatchStatement": {
            "fieldToMatch": {}, "positionalConstraint": "EXACTLY", "searchString": "a",
            "textTransformations": [{"priority": 0, "type": "UPPER"}],
        }});
        assert_eq!(of(byte).len(), 2);
    }

    #[test]
    fn what_is_sent_comes_back() {
        let deep = json!({"rateBasedStatement": {"limit": 100, "scopeDownStatement": {"andStatement": {"statements": [
            {"byteMatchStatement": {
                "fieldToMatch": {"singleHeader": {"name": "user-agent"}}, "positionalConstraint": "STARTS_WITH",
                "searchString": "/api", "textTransformations": [{"priority": 0, "type": "NONE"}],
            }},
            {"labelMatchStatement": {"scope": "LABEL", "key": "a:b"}},
        ]}}}});
        let not = json!({"notStatement": {"statements": [{"ipSetReferenceStatement": {
            "arn": "arn:aws:wafv2:us-east-1:1:regional/ipset/office/a1b2"
        }}]}});
        let answer = json!({"block": {"customResponse": {
            "responseCode": 429, "responseHeaders": [{"name": "retry-after", "value": "60"}]
        }}});
        let overrides = json!([{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]);
        let mut managed = group("AWSManagedRulesCommonRuleSet", 3);
        managed["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"] = overrides;
        let rules = json!([
            but(rate(1), json!({"statement": deep, "action": answer, "ruleLabels": [{"name": "x:y"}]})),
            but(rate(2), json!({"name": "office", "statement": not})),
            managed,
        ]);
        let (input, mut failures) = read(rules);
        assert!(failures.is_empty(), "{failures}");
        let args = WebAclArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        for rule in &args.rules {
            let back = Rule::from_aws(&rule.to_aws(None).unwrap());
            assert!(alike(&back, rule), "{back:?} {rule:?}");
        }
    }

    #[test]
    fn what_no_argument_is_about_stays() {
        let (input, mut failures) = read(json!([group("AWSManagedRulesBotControlRuleSet", 1)]));
        let args = WebAclArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        let mut there = args.rules[0].to_aws(None).unwrap();
        let config = types::ManagedRuleGroupConfig::builder().build();
        let in_group = there.statement.as_mut().unwrap().managed_rule_group_statement.as_mut().unwrap();
        in_group.managed_rule_group_configs = Some(vec![config]);
        assert_eq!(args.rules[0].to_aws(Some(&there)).unwrap(), there);
        let other = read(json!([group("AWSManagedRulesCommonRuleSet", 1)])).0;
        let other = WebAclArgs::settle_fields(&other, &Path::root(), &mut failures).unwrap();
        assert_eq!(other.rules[0].to_aws(Some(&there)).unwrap(), other.rules[0].to_aws(None).unwrap());
    }

    #[test]
    fn web_acls_of_cloudfront_are_in_one_region() {
        assert_eq!((region("CLOUDFRONT"), region("REGIONAL")), (Some("us-east-1"), None));
    }

    #[test]
    fn an_id_has_three_parts() {
        let place = Place { id: "a1", name: "main", scope: "REGIONAL" };
        assert_eq!(Place::parse(&place.id()).unwrap(), place);
        assert!(Place::parse("a1/main").is_err() && Place::parse("a1/main/GLOBAL").is_err());
        assert!(check_description("For the API, and more.").is_ok() && check_description("what?").is_err());
    }
}
