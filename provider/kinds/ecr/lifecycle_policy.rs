//! Which images of a repository expire, and when.

use aws_sdk_ecr::Client;
use aws_sdk_ecr::operation::put_lifecycle_policy::PutLifecyclePolicyOutput;
use serde_json::Value as J;

use super::repository::{self, Repository};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_free, is_wanted};
use crate::model::{Failures, Json, Model, Value};

/// The lifecycle policy of an ECR repository: the rules by which images expire.
#[derive(Clone, Debug, Model)]
pub struct LifecyclePolicyArgs {
    /// The lifecycle policy, as an object or as JSON text: `{"rules": [...]}`.
    #[model(in_place, same = same_policy)]
    pub policy: Json,
    /// The name of the repository.
    #[model(replace)]
    pub repository: String,
}

/// What AWS says of a lifecycle policy.
#[derive(Clone, Debug, Model)]
pub struct LifecyclePolicyState {
    /// The ID of the AWS account that owns the registry.
    pub registry_id: String,
}

/// Which images of a repository expire, and when.
pub struct LifecyclePolicy;

impl Kind for LifecyclePolicy {
    const TOKEN: &'static str = "agentic:ecr:LifecyclePolicy";
    const ID: &'static str = "the name of the repository";
    const ACTIONS: Actions = Actions {
        create: &[
            "ecr:GetLifecyclePolicy",
            "ecr:PutLifecyclePolicy",
            "ecr:DescribeRepositories",
            "ecr:ListTagsForResource",
        ],
        read: &["ecr:GetLifecyclePolicy"],
        update: &["ecr:PutLifecyclePolicy"],
        delete: &["ecr:DeleteLifecyclePolicy"],
    };
    /// A repository has one.
    const ALONE: bool = true;

    type Args = LifecyclePolicyArgs;
    type State = LifecyclePolicyState;

    fn rules(args: &LifecyclePolicyInputs, failures: &mut Failures) {
        let Some(Json(policy)) = args.policy.get() else { return };
        let rules = policy.get("rules").and_then(J::as_array).filter(|rules| !rules.is_empty());
        let Some(rules) = rules else {
            return failures
                .add(LifecyclePolicyArgs::POLICY, "is not a lifecycle policy; give an object with rules");
        };
        // https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
        for (index, rule) in rules.iter().enumerate() {
            for part in ["rulePriority", "selection", "action"] {
                if rule.get(part).is_none() {
                    failures.add(
                        LifecyclePolicyArgs::POLICY,
                        format!("is not a valid lifecycle policy: rules[{index}] has no {part}"),
                    );
                }
            }
            let priority = rule.get("rulePriority");
            if priority.is_some() && rules[..index].iter().any(|other| other.get("rulePriority") == priority)
            {
                let reason = format!(
                    "is not a valid lifecycle policy: rules[{index}] has the rulePriority of another rule"
                );
                failures.add(LifecyclePolicyArgs::POLICY, reason);
            }
        }
    }

    async fn create(cx: &Cx, args: &LifecyclePolicyArgs) -> Result<String> {
        // Putting a policy overwrites the one that is there.
        let is_free = is_free::<Repository, Self>(cx, &args.repository, &args.repository);
        match if is_free { None } else { find(cx, &args.repository).await? } {
            Some(there) if is_wanted(there.args.clone(), args) => {
                let of_state = repository::is_of_state(cx, &args.repository);
                claim_alike::<Self>(cx, &args.repository, "lifecycle policy of the repository", of_state)
                    .await?;
            }
            Some(_) => {
                let message =
                    format!("the repository {:?} has another lifecycle policy already", args.repository);
                let hint = "Import it with `pulumi import`, or delete it.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, &args.repository);
                let put = put(cx, args).await?;
                let (text, registry) = (put.lifecycle_policy_text, put.registry_id);
                if let (Some(text), Some(registry)) = (text, registry) {
                    cx.tell(args.repository.clone(), Found { text, registry });
                }
            }
        }
        Ok(args.repository.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        find(cx, id).await
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<LifecyclePolicyArgs>) -> Result<()> {
        put(cx, &update.new).await.map(drop)
    }

    async fn delete(cx: &Cx, id: &str, _args: &LifecyclePolicyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_lifecycle_policy().repository_name(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, repository: &str) -> Result<Option<Live<LifecyclePolicy>>> {
    let told = match cx.told(&repository.to_owned()) {
        Some(told) => Some(told),
        None => ask(cx, repository).await?,
    };
    let Some(Found { text, registry }) = told else { return Ok(None) };
    let unreadable = |error| {
        Error::new(ErrorKind::Other, format!("ECR returned a policy that is not valid JSON: {error}"))
    };
    Ok(Some(Live {
        args: LifecyclePolicyObserved {
            policy: Some(Json(serde_json::from_str(&text).map_err(unreadable)?)),
            repository: Some(repository.to_owned()),
        },
        state: LifecyclePolicyState { registry_id: registry },
    }))
}

async fn ask(cx: &Cx, repository: &str) -> Result<Option<Found>> {
    let answer =
        found(cx.client::<Client>()?.get_lifecycle_policy().repository_name(repository).send().await)?;
    Ok(answer.map(|answer| Found {
        text: answer.lifecycle_policy_text.unwrap_or_default(),
        registry: answer.registry_id.unwrap_or_default(),
    }))
}

/// A policy as ECR has it, and in which registry.
#[derive(Clone)]
struct Found {
    text: String,
    registry: String,
}

async fn put(cx: &Cx, args: &LifecyclePolicyArgs) -> Result<PutLifecyclePolicyOutput> {
    let put = cx.client::<Client>()?.put_lifecycle_policy().repository_name(&args.repository);
    Ok(put.lifecycle_policy_text(args.policy.0.to_string()).send().await?)
}

/// Rules count in the order of their priority, and tags in none.
fn same_policy(actual: &Value, wanted: &Value) -> bool {
    let form = |value: &Value| {
        let mut policy: J = match value.as_str() {
            Some(text) => serde_json::from_str(text).ok()?,
            None => value.to_json()?,
        };
        let rules = policy.get_mut("rules")?.as_array_mut()?;
        for rule in rules.iter_mut() {
            for list in ["tagPrefixList", "tagPatternList"] {
                let list = rule.get_mut("selection").and_then(|selection| selection.get_mut(list));
                if let Some(J::Array(tags)) = list {
                    tags.sort_by_key(J::to_string);
                }
            }
        }
        rules.sort_by_key(|rule| rule.get("rulePriority").and_then(J::as_i64));
        Some(policy)
    };
    form(actual).is_some_and(|actual| Some(actual) == form(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(priority: i64, tags: &[&str]) -> J {
        json!({
            "rulePriority": priority,
            "selection": {"tagStatus": "tagged", "tagPrefixList": tags, "countType": "imageCountMoreThan", "countNumber": 10},
            "action": {"type": "expire"},
        })
    }

    #[test]
    fn policies_are_the_same_whatever_the_order() {
        let text = |rules: &[J]| Value::from(json!({ "rules": rules }).to_string());
        let one = text(&[rule(1, &["a", "b"]), rule(2, &["c"])]);
        assert!(same_policy(&one, &text(&[rule(2, &["c"]), rule(1, &["b", "a"])])));
        assert!(!same_policy(&one, &text(&[rule(1, &["c"]), rule(2, &["a", "b"])])));
    }

    #[test]
    fn rules_have_what_ecr_needs() {
        let problems = |policy: J| {
            let inputs = LifecyclePolicyInputs { policy: Json(policy).into(), ..Default::default() };
            let mut failures = Failures::new();
            LifecyclePolicy::rules(&inputs, &mut failures);
            failures.into_iter().map(|failure| failure.reason).collect::<Vec<_>>()
        };
        assert!(problems(json!({"rules": [rule(1, &["a"])]})).is_empty());
        assert!(problems(json!({}))[0].contains("give an object with rules"));
        assert!(
            problems(json!({"rules": [{"rulePriority": 1, "action": {}}]}))[0].contains("has no selection")
        );
        assert!(problems(json!({"rules": [rule(1, &[]), rule(1, &[])]}))[0].contains("of another rule"));
    }
}
