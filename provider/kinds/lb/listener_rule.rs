//! A rule of a listener.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{self, RulePriorityPair};
use tokio::sync::Mutex;

use super::action::{
    self, Action, as_shifted, in_place_of, same_actions, same_but_shifted, seen_by, told_actions,
};
use super::condition::{ListenerRuleCondition, check_conditions, told_conditions, untold_conditions};
use super::{DESCRIBED, LbTags, all_tags, check_arn, describe, of_this_stack, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::{Standing, as_pairs};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, adopt, only_one, search};
use crate::model::{Failures, Model, Path, Property, Value};

/// The last place that a rule can have.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>
const LAST: i64 = 50_000;

/// A rule of a listener: the actions for requests that meet its conditions. Rules are evaluated in
/// the order of their priorities, and the first match applies.
#[derive(Clone, Debug, Model)]
pub struct ListenerRuleArgs {
    /// The actions for matching requests: at most one that authenticates users, which requires an
    /// HTTPS listener, and one that forwards, redirects or responds. An authentication action that
    /// was added by other means is kept unless the list contains one.
    #[model(in_place, same = same_actions, length = 1..=100)]
    pub actions: Vec<Action>,
    /// The conditions, all of which a request must meet. A condition of another type that was added
    /// by other means, such as a regular expression, is kept.
    #[model(in_place, set, length = 1..=100)]
    pub conditions: Vec<ListenerRuleCondition>,
    /// The ARN of the listener.
    #[model(replace)]
    pub listener_arn: String,
    /// The priority of the rule, unique within its listener. Rules with lower values are evaluated
    /// first. If omitted, the rule is created with the lowest precedence, and keeps its priority
    /// afterwards. If another rule of the same stack has the new priority, the two rules swap
    /// priorities; rules of other stacks, or rules created by other means, are never moved.
    #[model(in_place, aws_default, told, range = 1..=50_000)]
    pub priority: Option<i64>,
    /// Whether Amazon ECS shifts the traffic between the target groups of the rule, as it does in
    /// blue/green, canary and linear deployments. If so, the target groups and weights in `actions`
    /// are the initial ones only: the second target group and the weights that ECS sets are kept.
    #[model(in_place, default = false, write_only)]
    pub shifted: bool,
    /// The tags of the rule.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a rule.
#[derive(Clone, Debug, Model)]
pub struct ListenerRuleState {
    /// The ARN of the rule.
    pub arn: String,
}

/// A rule of a listener.
pub struct ListenerRule;

impl Kind for ListenerRule {
    const TOKEN: &'static str = "agentic:lb:ListenerRule";
    const ID: &'static str = "the ARN of the rule";
    const TAGS: TaggedBy = TaggedBy::service::<LbTags>();
    const ACTIONS: Actions = Actions {
        // Authentication with Cognito needs the last.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
        create: &[
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:SetRulePriorities",
            "cognito-idp:DescribeUserPoolClient",
        ],
        read: &["elasticloadbalancing:DescribeRules"],
        update: &[
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:SetRulePriorities",
            "elasticloadbalancing:DescribeRules",
            "cognito-idp:DescribeUserPoolClient",
        ],
        delete: &["elasticloadbalancing:DeleteRule"],
    };

    const PATIENCE: Duration = Duration::from_secs(60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::LISTENER_RULE;

    type Args = ListenerRuleArgs;
    type State = ListenerRuleState;

    fn rules(args: &ListenerRuleInputs, failures: &mut Failures) {
        action::check(&args.actions, &Path::from(ListenerRuleArgs::ACTIONS), failures);
        check_conditions(args, failures);
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let encoded = |actions: &_| Vec::<Action>::encode_input(actions);
        if let (Some(&true), Some(old), Some(new)) =
            (review.new.shifted.get(), review.old.actions.get(), review.new.actions.get())
            && same_but_shifted(&encoded(old), &encoded(new))
        {
            review.forget(ListenerRuleArgs::ACTIONS);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ListenerRuleArgs) -> Result<String> {
        let all = rules_of(cx, &args.listener_arn).await?;
        if let Some(arn) = search(cx, || left(cx, &all)).await? {
            return adopt::<Self>(cx, &arn, args).await;
        }
        let priority = match args.priority {
            Some(priority) => priority,
            None => next_priority(&all)?,
        };
        if let Some(standing) = at(&all, priority).and_then(|rule| rule.rule_arn()) {
            make_room(cx, standing, &args.listener_arn).await?;
        }
        let created = cx
            .client::<Client>()?
            .create_rule()
            .listener_arn(&args.listener_arn)
            .priority(priority as i32)
            .set_conditions(Some(args.conditions.iter().map(ListenerRuleCondition::to_aws).collect()))
            .set_actions(Some(Action::all_to_aws(&args.actions)))
            .set_tags(Some(tagged(cx, &args.tags)))
            .send()
            .await
            .map_err(Error::from);
        match created {
            Ok(created) => {
                let made = created.rules.and_then(|mut made| made.pop()?.rule_arn);
                made.ok_or_else(|| Error::new(ErrorKind::Other, "AWS returned no rule"))
            }
            // Another rule got the place in the meantime; there is a next one.
            Err(error) if error.code() == Some("PriorityInUse") && args.priority.is_none() => {
                Err(error.with_kind(ErrorKind::NotReady))
            }
            Err(error) if error.code() == Some("PriorityInUse") => {
                let Some(holder) = at(&all, priority).and_then(|rule| rule.rule_arn()) else {
                    return Err(error);
                };
                if !of_this_stack(cx, &all_tags(cx, holder).await?) {
                    return Err(held(priority, holder));
                }
                // The same deployment may be about to move it.
                let message =
                    format!("the priority {priority} is in use by another rule of this stack, {holder}");
                let error = error.with_kind(ErrorKind::NotReady).with_message(message);
                Err(error.with_hint("Give each rule of the listener a priority of its own."))
            }
            Err(error) => Err(error),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        check_arn(id, "listener-rule", "rule of a listener")?;
        let Some(rule) = find(cx, id).await? else { return Ok(None) };
        let conditions = told_conditions(rule.conditions()).map(ListenerRuleCondition::from_aws);
        Ok(Some(Live {
            args: ListenerRuleObserved {
                actions: Some(told_actions(rule.actions())),
                conditions: Some(conditions.collect()),
                listener_arn: Some(listener_of(id)),
                priority: Some(priority(&rule)),
                ..ListenerRuleObserved::default()
            },
            state: ListenerRuleState { arn: id.to_owned() },
        }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ListenerRuleArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        let actions = live.args.actions.take().map(|told| seen_by(&old.actions, told));
        // What ECS has shifted is no drift.
        let is_same =
            |actions: &Vec<Action>| old.shifted && same_but_shifted(&actions.encode(), &encode(old));
        live.args.actions = actions.map(|actions| match is_same(&actions) {
            true => old.actions.clone(),
            false => actions,
        });
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ListenerRuleArgs>) -> Result<()> {
        let new = &update.new;
        let (conditions, actions) =
            (update.any(&[ListenerRuleArgs::CONDITIONS]), update.any(&[ListenerRuleArgs::ACTIONS]));
        let moves = actions && !(new.shifted && same_but_shifted(&encode(&update.old), &encode(new)));
        if conditions || moves {
            let mut call = cx.client::<Client>()?.modify_rule().rule_arn(id);
            // The call sets all of either.
            let there = find(cx, id).await?;
            if conditions {
                let mut all: Vec<_> = new.conditions.iter().map(ListenerRuleCondition::to_aws).collect();
                all.extend(there.iter().flat_map(|there| untold_conditions(there.conditions())));
                call = call.set_conditions(Some(all));
            }
            if moves {
                let there = there.as_ref().map(|there| there.actions()).unwrap_or_default();
                let mut all = in_place_of(there, &update.old.actions, &new.actions);
                if new.shifted {
                    all = as_shifted(there, all);
                }
                call = call.set_actions(Some(all));
            }
            call.send().await?;
        }
        if let (true, Some(priority)) = (update.any(&[ListenerRuleArgs::PRIORITY]), new.priority) {
            move_to(cx, id, &new.listener_arn, priority).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ListenerRuleArgs) -> Result<()> {
        cx.client::<Client>()?.delete_rule().rule_arn(id).send().await?;
        Ok(())
    }
}

fn encode(args: &ListenerRuleArgs) -> Value {
    args.actions.encode()
}

/// Gives a rule its place. One that stands there and is of this stack gets the old place in the same
/// call, so that rules can be reordered one after the other without a moment in which
/// requests go astray; its own update then finds it wherever it is.
async fn move_to(cx: &Cx, id: &str, listener: &str, wanted: i64) -> Result<()> {
    let _moving = moving(cx).lock_owned().await;
    let all = rules_of(cx, listener).await?;
    let now = all.iter().find(|rule| rule.rule_arn() == Some(id)).and_then(priority);
    if now == Some(wanted) {
        return Ok(());
    }
    let pair = |arn: &str, priority: i64| {
        RulePriorityPair::builder().rule_arn(arn).priority(priority as i32).build()
    };
    let mut moves = vec![pair(id, wanted)];
    if let (Some(there), Some(now)) = (at(&all, wanted).and_then(|rule| rule.rule_arn()), now) {
        if !of_this_stack(cx, &all_tags(cx, there).await?) {
            return Err(held(wanted, there));
        }
        moves.push(pair(there, now));
    }
    cx.client::<Client>()?.set_rule_priorities().set_rule_priorities(Some(moves)).send().await?;
    Ok(())
}

/// Moves the rule that this one replaces out of its place. It goes once this one is there.
async fn make_room(cx: &Cx, standing: &str, listener: &str) -> Result<()> {
    if cx.standing(as_pairs(&all_tags(cx, standing).await?)) != Standing::Held {
        return Ok(());
    }
    let _moving = moving(cx).lock_owned().await;
    let all = rules_of(cx, listener).await?;
    let Some(now) = all.iter().find(|rule| rule.rule_arn() == Some(standing)).and_then(priority) else {
        return Ok(());
    };
    let is_free = |place: &i64| at(&all, *place).is_none();
    let Some(free) = (now..=LAST).chain((1..now).rev()).find(is_free) else { return Ok(()) };
    let pair = RulePriorityPair::builder().rule_arn(standing).priority(free as i32).build();
    cx.client::<Client>()?.set_rule_priorities().rule_priorities(pair).send().await?;
    Ok(())
}

/// Rules move one at a time, since each goes by where the others stand.
fn moving(cx: &Cx) -> Arc<Mutex<()>> {
    cx.aws.shared::<ListenerRule, Arc<Mutex<()>>>(cx.region().unwrap_or_default(), Arc::default)
}

/// The error for a place that a rule has which is not ours to move.
fn held(priority: i64, holder: &str) -> Error {
    let message = format!(
        "the priority {priority} is in use by the rule {holder}, which does not belong to this stack and is not moved"
    );
    let hint = "Give another priority, or none for the lowest precedence; or change the priority of the other rule where it is defined.";
    Error::new(ErrorKind::AlreadyExists, message).with_hint(hint)
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<types::Rule>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, arn.to_owned(), move |arns| {
        let client = client.clone();
        async move {
            let call = |arns| {
                let call = client.describe_rules().set_rule_arns(Some(arns));
                async { Ok(call.send().await?.rules.unwrap_or_default()) }
            };
            describe(arns, call, |rule: &types::Rule| rule.rule_arn.clone()).await
        }
    });
    read.await
}

async fn rules_of(cx: &Cx, listener: &str) -> Result<Vec<types::Rule>> {
    let all = cx.client::<Client>()?.describe_rules().listener_arn(listener);
    Ok(all.into_paginator().items().send().try_collect().await?)
}

/// The rule that an earlier attempt to create this very resource left.
async fn left(cx: &Cx, all: &[types::Rule]) -> Result<Option<String>> {
    let arns =
        all.iter().filter(|rule| rule.is_default != Some(true)).filter_map(|rule| rule.rule_arn.clone());
    let standing = arns.map(|arn| async move {
        let tags = all_tags(cx, &arn).await?;
        let standing = cx.standing(as_pairs(&tags));
        Ok::<_, Error>((arn, standing))
    });
    only_one::<ListenerRule>(cx, "listener rule", futures::future::try_join_all(standing).await?)
}

fn priority(rule: &types::Rule) -> Option<i64> {
    rule.priority()?.parse().ok()
}

fn at(all: &[types::Rule], wanted: i64) -> Option<&types::Rule> {
    all.iter().find(|rule| priority(rule) == Some(wanted))
}

/// The place after all others, or the last free one where that is taken.
fn next_priority(all: &[types::Rule]) -> Result<i64> {
    let taken: Vec<i64> = all.iter().filter_map(priority).collect();
    let after = taken.iter().max().map_or(1, |last| last + 1);
    let free =
        if after <= LAST { Some(after) } else { (1..=LAST).rev().find(|place| !taken.contains(place)) };
    free.ok_or_else(|| Error::new(ErrorKind::Limit, "the listener has no free priority for another rule"))
}

/// `.../listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee` belongs to
/// `.../listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2`.
fn listener_of(arn: &str) -> String {
    let listener = arn.rsplit_once('/').map_or(arn, |(listener, _)| listener);
    listener.replacen(":listener-rule/", ":listener/", 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at_place(place: &str) -> types::Rule {
        types::Rule::builder().priority(place).build()
    }

    #[test]
    fn a_rule_without_priority_comes_last() {
        assert_eq!(next_priority(&[at_place("default")]).unwrap(), 1);
        assert_eq!(next_priority(&[at_place("10"), at_place("default"), at_place("7")]).unwrap(), 11);
        assert_eq!(next_priority(&[at_place("50000"), at_place("49999")]).unwrap(), 49_998);
    }

    #[test]
    fn the_arn_of_a_rule_tells_its_listener() {
        let start = "arn:aws:elasticloadbalancing:us-east-1:123456789012";
        let rule =
            format!("{start}:listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee");
        assert_eq!(listener_of(&rule), format!("{start}:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2"));
    }
}
