//! What a deletion of a component leaves in place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::contract::Custom;
use super::local::Local;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Model, Object};

/// A record of the resources that stay in AWS when a component with `onDestroy: "retain"` is
/// destroyed. When the record is deleted, it lists these resources and indicates which of them AWS
/// charges for. It exists in the state only.
#[derive(Clone, Debug, Model)]
pub struct RetainedArgs {
    /// The types of the resources that stay, by name.
    #[model(in_place, default = {})]
    pub resources: BTreeMap<String, String>,
}

/// Outputs of the record.
#[derive(Clone, Debug, Model)]
pub struct RetainedState {
    /// The number of resources in the first record.
    pub count: i64,
}

/// What a deletion of a component leaves in place.
pub struct Retained;

/// What costs something for as long as it is there, as AWS's pages on prices have it.
const KEPT_COSTS: &[&str] = &[
    "bedrock:AgentcoreAgentRuntime",
    "cloudwatch:Dashboard",
    "cloudwatch:MetricAlarm",
    "ec2:Eip",
    "ec2:NatGateway",
    "ec2:VpcEndpoint",
    "ecs:Service",
    "elasticache:ReplicationGroup",
    "kms:Key",
    "lb:LoadBalancer",
    "rds:ClusterInstance",
    "rds:Instance",
    "rds:Proxy",
    "secretsmanager:Secret",
    "wafv2:WebAcl",
];

/// What costs something for what it stores.
const STORED_COSTS: &[&str] = &[
    "cloudwatch:LogGroup",
    "ecr:Repository",
    "efs:FileSystem",
    "rds:Cluster",
    "rds:ClusterSnapshot",
    "rds:Snapshot",
    "s3:Bucket",
];

impl Local for Retained {
    const TOKEN: &'static str = "agentic:index:Retained";
    const WHAT: &'static str = "record of what is retained";

    type Args = RetainedArgs;
    type State = RetainedState;

    fn make(args: &RetainedArgs) -> Result<RetainedState> {
        Ok(RetainedState { count: i64::try_from(args.resources.len()).unwrap_or_default() })
    }

    fn farewell(cx: &Cx, inputs: &Object) -> Option<String> {
        let dismissed = dismissed(cx);
        let is_dismissed =
            component_of(&cx.urn).is_some_and(|component| locked(&dismissed).contains(&component));
        if is_dismissed { None } else { told(inputs) }
    }
}

/// What stays, and what of it costs something.
fn told(inputs: &Object) -> Option<String> {
    let all = inputs.get(RetainedArgs::RESOURCES.name())?.as_object()?;
    let all = all.iter().filter_map(|(name, token)| Some((name.as_str(), token.as_str()?)));
    let all: Vec<(&str, &str)> =
        all.map(|(name, token)| (name, token.trim_start_matches("agentic:"))).collect();
    if all.is_empty() {
        return None;
    }
    let listed = |of: &[&str]| -> Vec<String> {
        let found = all.iter().filter(|(_, token)| of.contains(token));
        found.map(|(name, token)| format!("{token} {name}")).collect()
    };
    let (kept, stored) = (listed(KEPT_COSTS), listed(STORED_COSTS));
    let mut lines = vec![format!("{} resources stay in AWS, and are no longer managed:", all.len())];
    for (what, some) in [("billed for as long as they exist", &kept), ("billed for what they store", &stored)]
    {
        if !some.is_empty() {
            lines.push(format!("  {} {what}: {}", some.len(), some.join(", ")));
        }
    }
    let free = all.len() - kept.len() - stored.len();
    lines.push(format!("  {free} free of charge."));
    Some(lines.join("\n"))
}

/// The components of this process that leave nothing in place any more, by their URNs. Where one has
/// left things in place before, its record goes when the deployment ends, and what it names stays managed.
type Dismissed = Arc<Mutex<BTreeSet<String>>>;

fn dismissed(cx: &Cx) -> Dismissed {
    cx.aws.shared::<Retained, Dismissed>("", Dismissed::default)
}

fn locked(dismissed: &Dismissed) -> MutexGuard<'_, BTreeSet<String>> {
    dismissed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes that a component leaves nothing in place.
pub fn dismiss(cx: &Cx, component: &str) {
    locked(&dismissed(cx)).insert(component.to_owned());
}

/// The URN of the component whose record has this one.
fn component_of(urn: &str) -> Option<String> {
    let (types, name) = urn.rsplit_once("::")?;
    let types = types.strip_suffix(<Retained as Local>::TOKEN)?.strip_suffix('$')?;
    Some(format!("{types}::{}", name.strip_suffix("-retained")?))
}

impl Custom for Retained {
    const TOKEN: &'static str = <Self as Local>::TOKEN;
    const GLOBAL: bool = true;
    const NAMED: bool = false;

    type Args = RetainedArgs;
    type State = RetainedState;
}

/// Whether something of this type is in AWS, and not in the state alone.
pub fn is_in_aws(token: &str) -> bool {
    !token.starts_with("agentic:index:")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn told(resources: serde_json::Value) -> Option<String> {
        let inputs = Value::from_json(&json!({ "resources": resources }));
        super::told(inputs.as_object().unwrap())
    }

    #[test]
    fn the_component_of_a_record_is_told_by_its_urn() {
        let urn = "urn:pulumi:dev::shop::agentic:index:AgenticStack$agentic:index:Retained::shop-retained";
        let component = "urn:pulumi:dev::shop::agentic:index:AgenticStack::shop";
        assert_eq!(component_of(urn).as_deref(), Some(component));
        assert_eq!(component_of("urn:pulumi:dev::shop::agentic:index:Retained::own"), None);
    }

    #[test]
    fn what_stays_is_told_with_what_it_costs() {
        let text = told(json!({
            "shop-vpc": "agentic:ec2:Vpc", "shop-nat": "agentic:ec2:NatGateway",
            "shop-files": "agentic:s3:Bucket", "shop-api-service": "agentic:ecs:Service",
        }));
        let text = text.unwrap();
        assert!(text.starts_with("4 resources stay in AWS"), "{text}");
        assert!(
            text.contains(
                "2 billed for as long as they exist: ecs:Service shop-api-service, ec2:NatGateway shop-nat"
            ),
            "{text}"
        );
        assert!(text.contains("1 billed for what they store: s3:Bucket shop-files"), "{text}");
        assert!(text.ends_with("1 free of charge."), "{text}");
        assert_eq!(told(json!({})), None);
    }

    #[test]
    fn every_type_that_costs_is_one_that_there_is() {
        let all = crate::kinds::ALL.iter().map(|kind| kind.token().trim_start_matches("agentic:"));
        let all: Vec<&str> = all.collect();
        // Others come with the components that have them.
        let is_there = |token: &&&str| all.contains(*token);
        let known = KEPT_COSTS.iter().chain(STORED_COSTS).filter(is_there).count();
        assert!(known >= 18, "{known} of the types are known");
    }
}
