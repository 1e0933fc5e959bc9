//! A task on AWS Fargate that runs by the clock.

use serde_json::json;

use super::naming::Placed;
use super::policy::{all, attach, policy, role};
use super::{Built, Component, Inputs, Options, Outputs, Scope};
use crate::aws::ids;
use crate::kinds::cloudwatch::{
    EcsNetworkInput, EventRule, EventRuleInputs, EventTarget, EventTargetEcsTargetInput, EventTargetInputs,
    check_schedule,
};
use crate::model::{In, Json, Model};

/// The schedule of a task.
#[derive(Clone, Debug, Model)]
pub struct Clock {
    /// The schedule: `rate(1 minute)`, `rate(2 hours)`, or `cron(0 3 * * ? *)` in UTC.
    #[model(check = check_schedule)]
    pub rate: String,
    /// The command of the container. Defaults to the command of the task definition.
    pub command: Option<Vec<String>>,
    /// The number of tasks to start each time.
    #[model(default = 1, range = 1..=10)]
    pub task_count: i64,
    /// Whether the schedule is enabled.
    #[model(default = true)]
    pub enabled: bool,
}

/// A task on AWS Fargate that runs on a schedule: an EventBridge rule, and an IAM role that allows
/// it to start only this task.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct ScheduledTaskArgs {
    #[model(flatten)]
    pub clock: Clock,
    /// The ARN of the ECS cluster that the task runs in.
    pub cluster_arn: String,
    /// The ARN of the task definition, including its revision.
    pub task_definition_arn: String,
    /// The ARNs of the task role and the execution role of the task definition, which the rule
    /// passes to the task.
    pub role_arns: Vec<String>,
    /// The IDs of the subnets of the task.
    #[model(check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The IDs of the security groups of the task.
    #[model(check = ids::security_group)]
    pub security_group_ids: Vec<String>,
    /// Whether the task has a public IP address. A task in public subnets requires one to reach the
    /// internet.
    #[model(default = false)]
    pub assign_public_ip: bool,
    /// The name of the container that `command` applies to.
    #[model(default = "app")]
    pub container_name: String,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of a scheduled task.
#[derive(Clone, Debug, Model)]
pub struct ScheduledTaskState {
    /// The name of the EventBridge rule.
    pub rule_name: String,
    /// The ARN of the EventBridge rule.
    pub rule_arn: String,
    /// The ARN of the role with which the rule starts the task.
    pub role_arn: String,
}

/// A task that runs by the clock.
pub struct ScheduledTask;

impl Component for ScheduledTask {
    const TOKEN: &'static str = "agentic:index:ScheduledTask";

    type Args = ScheduledTaskArgs;
    type State = ScheduledTaskState;

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let role = role(at, "role", "events.amazonaws.com");
        let rule = EventRuleInputs {
            description: format!("Runs {}", at.name).into(),
            schedule_expression: args.clock.rate.clone(),
            state: args
                .clock
                .enabled
                .clone()
                .map(|enabled| if enabled { "ENABLED" } else { "DISABLED" }.to_owned()),
            ..EventRuleInputs::default()
        };
        let rule = at.child::<EventRule>("rule", rule, Options::default());
        let allowed = attach(at, "policy", &role, policy(statements(&args)));
        let placement = EcsNetworkInput {
            subnets: args.subnet_ids.clone(),
            security_groups: args.security_group_ids.clone(),
            assign_public_ip: args.assign_public_ip.clone(),
        };
        let target = EventTargetInputs {
            rule: rule.get::<String>("name"),
            arn: args.cluster_arn.clone(),
            role_arn: role.out.arn.clone().depending_on([&allowed.urn]),
            input: overrides(&args),
            ecs_target: EventTargetEcsTargetInput {
                task_definition_arn: args.task_definition_arn.clone(),
                task_count: args.clock.task_count.clone(),
                launch_type: "FARGATE".into(),
                network_configuration: placement.into(),
                ..EventTargetEcsTargetInput::default()
            }
            .into(),
            ..EventTargetInputs::default()
        };
        at.child::<EventTarget>("target", target, Options::named(at.names.of("task")));
        Ok(ScheduledTaskOutputs {
            rule_name: rule.get::<String>("name"),
            rule_arn: rule.out.arn.clone(),
            role_arn: role.out.arn,
        })
    }
}

/// What the rule may do: start this task, of any revision, in this cluster, and hand it its roles.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html>
fn statements(args: &Inputs<ScheduledTask>) -> [In<serde_json::Value>; 2] {
    let task = args.task_definition_arn.clone().zip(args.cluster_arn.clone()).map(|(task, cluster)| {
        json!({
            "Effect": "Allow",
            "Action": ["ecs:RunTask"],
            "Resource": [any_revision(&task)],
            "Condition": { "ArnEquals": { "ecs:cluster": cluster } },
        })
    });
    let roles = args.role_arns.clone().and_then(all).map(|mut roles| {
        roles.sort();
        roles.dedup();
        json!({
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": roles,
            "Condition": { "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        })
    });
    [task, roles]
}

/// The ARN of a task definition with a `*` for its revision.
fn any_revision(arn: &str) -> String {
    match arn.rsplit_once(':') {
        Some((family, revision)) if revision.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{family}:*")
        }
        _ => format!("{arn}:*"),
    }
}

/// The command, as EventBridge hands it to ECS.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html>
fn overrides(args: &Inputs<ScheduledTask>) -> In<Json> {
    let command = args.clock.command.clone().and_then(all);
    command
        .zip(args.container_name.clone())
        .map(|(command, name)| Json(json!({ "containerOverrides": [{ "name": name, "command": command }] })))
}

#[cfg(test)]
mod tests {
    use super::any_revision;

    #[test]
    fn a_rule_may_start_later_revisions_as_well() {
        let family = "arn:aws:ecs:us-east-1:1:task-definition/jobs";
        assert_eq!(any_revision(&format!("{family}:12")), format!("{family}:*"));
        assert_eq!(any_revision(family), format!("{family}:*"));
    }
}
