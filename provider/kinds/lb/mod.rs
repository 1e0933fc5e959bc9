//! Elastic Load Balancing: application and network load balancers.

mod action;
mod attributes;
mod authentication;
mod codes;
mod condition;
mod find_listener;
mod health_check;
mod listener;
mod listener_certificate;
mod listener_rule;
mod load_balancer;
mod logs;
mod look_ups;
mod stickiness;
mod target_group;
mod target_group_attachment;
mod unsupported;

pub use action::*;
pub use authentication::*;
pub use condition::*;
pub use find_listener::*;
pub use health_check::{
    TargetGroupHealthCheck, TargetGroupHealthCheckInput, check_path as check_health_path,
};
pub use listener::*;
pub use listener_certificate::*;
pub use listener_rule::*;
pub use load_balancer::*;
pub use logs::{
    LoadBalancerAccessLogs, LoadBalancerAccessLogsInput, LoadBalancerConnectionLogs,
    LoadBalancerConnectionLogsInput,
};
pub use look_ups::*;
pub use stickiness::{TargetGroupStickiness, TargetGroupStickinessInput};
pub use target_group::*;
pub use target_group_attachment::*;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{self, Rule, Tag, TagDescription};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::{Standing, as_pairs};
use crate::kinds::{Named, Tagging, Tags, bad_id};
use crate::model::Value;

const HTTP: &str = "HTTP";

/// How many resources one call describes, or tags.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html>
const DESCRIBED: usize = 20;

/// Describes many resources in one call. Where one of them is gone, AWS answers for none, so they
/// are then asked for one by one.
async fn describe<T, R>(
    arns: Vec<String>,
    call: impl Fn(Vec<String>) -> R,
    arn_of: impl Fn(&T) -> Option<String>,
) -> Result<HashMap<String, T>>
where
    R: Future<Output = Result<Vec<T>>>,
{
    let all = match call(arns.clone()).await {
        Err(error) if error.kind() == ErrorKind::NotFound && arns.len() > 1 => {
            let each = arns.into_iter().map(|arn| async { found(call(vec![arn]).await) });
            let each = futures::future::try_join_all(each).await?;
            each.into_iter().flatten().flatten().collect()
        }
        all => found(all)?.unwrap_or_default(),
    };
    Ok(all.into_iter().filter_map(|one| Some((arn_of(&one)?, one))).collect())
}

/// All tags of a resource, those included that are not the user's.
async fn all_tags(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, arn.to_owned(), move |arns| {
        let client = client.clone();
        async move {
            let call = |arns| {
                let call = client.describe_tags().set_resource_arns(Some(arns));
                async { Ok(call.send().await?.tag_descriptions.unwrap_or_default()) }
            };
            describe(arns, call, |tags: &TagDescription| tags.resource_arn.clone()).await
        }
    });
    let tags = read.await?.and_then(|found| found.tags).unwrap_or_default();
    let pairs = tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    Ok(pairs.collect())
}

/// The tags that a create call gives to what it makes, the one that says whose it is included.
fn tagged(cx: &Cx, user: &BTreeMap<String, String>) -> Vec<Tag> {
    cx.owned(user).into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// How Elastic Load Balancing tags what it has.
pub(super) struct LbTags;

impl Tagging for LbTags {
    const LIST: &'static [&'static str] = &["elasticloadbalancing:DescribeTags"];
    const CHANGE: &'static [&'static str] =
        &["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        all_tags(cx, &named.id).await.map(Some)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let call = cx.client::<Client>()?.add_tags().resource_arns(&named.id);
        call.set_tags(Some(tags.collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let remove = move |arns, keys| {
            let call = client.remove_tags().set_resource_arns(Some(arns)).set_tag_keys(Some(keys));
            async { call.send().await.map(drop).map_err(Error::from) }
        };
        cx.together(DESCRIBED, &named.id, keys, remove).await
    }
}

/// Whether tags found on something say that a resource of the same stack made it.
fn of_this_stack(cx: &Cx, tags: &BTreeMap<String, String>) -> bool {
    cx.standing(as_pairs(tags)) != Standing::Foreign
}

/// The listeners and rules of some load balancers that send to a target group, for a person to
/// read.
async fn users_of(cx: &Cx, group: &str, load_balancers: &[String]) -> Option<String> {
    let client = cx.client::<Client>().ok()?;
    let mut users = Vec::new();
    for balancer in load_balancers {
        let listeners = client.describe_listeners().load_balancer_arn(balancer).send().await.ok()?;
        for listener in listeners.listeners() {
            let port = listener.port.unwrap_or_default();
            let name = suffix(balancer, "loadbalancer").unwrap_or(balancer);
            let rules = client.describe_rules().set_listener_arn(listener.listener_arn.clone());
            let rules: Vec<Rule> = rules.into_paginator().items().send().try_collect().await.ok()?;
            let using =
                rules.iter().filter(|rule| rule.actions().iter().any(|action| sends_to(action, group)));
            users.extend(using.map(|rule| match rule.priority() {
                Some("default") | None => format!("the listener on port {port} of {name}"),
                Some(priority) => format!("rule {priority} of the listener on port {port} of {name}"),
            }));
        }
    }
    (!users.is_empty()).then(|| users.join(", "))
}

fn sends_to(action: &types::Action, group: &str) -> bool {
    let weighted = action.forward_config().map(|forward| forward.target_groups()).unwrap_or_default();
    action.target_group_arn() == Some(group)
        || weighted.iter().any(|weighted| weighted.target_group_arn() == Some(group))
}

/// Whether something is switched off, whatever else is said of it.
fn is_off(value: &Value) -> bool {
    value.as_object().and_then(|parts| parts.get("enabled")) == Some(&Value::Bool(false))
}

/// What follows `:{part}/` in an ARN, such as `app/name/0123456789abcdef`.
fn suffix<'a>(arn: &'a str, part: &str) -> Option<&'a str> {
    let (before, after) = arn.split_once(&format!(":{part}/"))?;
    (before.starts_with("arn:") && !after.is_empty()).then_some(after)
}

/// Refuses an id that is not the ARN of such a resource, since AWS would then refuse the whole
/// call that it shares with others.
fn check_arn(arn: &str, part: &str, what: &str) -> Result<()> {
    suffix(arn, part).map(drop).ok_or_else(|| bad_id(arn, &format!("the ARN of a {what}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::aws::error::{Error, ErrorKind};

    #[test]
    fn the_suffix_of_an_arn_is_what_metrics_go_by() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
        assert_eq!(suffix(arn, "loadbalancer"), Some("app/web/50dc6c495c0c9188"));
        assert_eq!(suffix("web", "loadbalancer"), None);
        assert!(check_arn(arn, "targetgroup", "target group").is_err());
    }

    #[tokio::test]
    async fn one_that_is_gone_does_not_hide_the_others() {
        let call = |arns: Vec<String>| async move {
            match arns.iter().any(|arn| arn == "gone") {
                true => Err(Error::new(ErrorKind::NotFound, "one of them is gone")),
                false => Ok(arns),
            }
        };
        let found =
            describe(vec!["a".into(), "gone".into(), "b".into()], call, |arn| Some(arn.clone())).await;
        let mut found: Vec<String> = found.unwrap().into_keys().collect();
        found.sort();
        assert_eq!(found, ["a", "b"]);
        let forbidden = |_| async { Err::<Vec<String>, _>(Error::new(ErrorKind::AccessDenied, "no")) };
        assert!(describe(vec!["a".into()], forbidden, |arn| Some(arn.clone())).await.is_err());
    }
}
