//! What ECS refuses of the ways to deploy.

use super::service::Service;
use serde_json::Value;

/// Why ECS takes no such configuration, for a new service or one that is there.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
pub fn refusal(params: &Value, there: Option<&Service>) -> Option<String> {
    let given = &params["deploymentConfiguration"];
    let strategy = given["strategy"].as_str().or_else(|| there?.strategy())?;
    let rolling = strategy == "ROLLING";
    for (part, of) in [("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR")] {
        if !given[part].is_null() && strategy != of {
            return Some(format!("{part} is only valid for the deployment strategy {of}."));
        }
    }
    if given["earlySuccessCriteria"]["enable"] == true && !rolling {
        return Some("earlySuccessCriteria is only valid for the deployment strategy ROLLING.".to_owned());
    }
    if given["deploymentCircuitBreaker"]["enable"] == true && !rolling {
        return Some(
            "The deployment circuit breaker is only valid for the deployment strategy ROLLING.".to_owned(),
        );
    }
    if strategy == "BLUE_GREEN" && given["strategy"] == "BLUE_GREEN" && given["bakeTimeInMinutes"].is_null() {
        return Some("bakeTimeInMinutes is required for the deployment strategy BLUE_GREEN.".to_owned());
    }
    let hooks = given["lifecycleHooks"].as_array().into_iter().flatten();
    for hook in hooks {
        let lambda = hook["targetType"] != "PAUSE";
        if rolling || lambda && (hook["hookTargetArn"].is_null() || hook["roleArn"].is_null()) {
            return Some("The lifecycle hook is not valid.".to_owned());
        }
    }
    if rolling {
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-bluegreen-to-rolling.html
        let moves = there.is_some_and(|there| there.shifts() && there.is_busy());
        return moves.then(|| "The service has a deployment in progress.".to_owned());
    }
    // The groups must be there before traffic shifts between them:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html
    let balancers = match there {
        Some(there) => there.setting("loadBalancers"),
        None => &params["loadBalancers"],
    };
    let lacks = |balancer: &Value| balancer["advancedConfiguration"].is_null();
    balancers.as_array().into_iter().flatten().any(lacks).then(|| {
        format!(
            "advancedConfiguration is required for the load balancers of the deployment strategy {strategy}."
        )
    })
}
