//! ECS services and task definitions against scripted rollouts: what is waited for, what counts as
//! success, what is said when it is none, and what earlier attempts left behind.

mod shifts;
mod stage;

use std::time::Duration;

use agentic::aws::ErrorKind;
use aws_proxy::{Fault, Rollout, Step, StoppedTask, TargetHealth};
use stage::{Stage, object};

const PULL: &str = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref app:2: not found";

#[tokio::test]
async fn a_rollout_is_followed_until_it_is_complete() {
    let stage = Stage::new().await;
    let starting = Step::in_progress(0, 2);
    let unhealthy = TargetHealth::unhealthy(
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [404]",
    );
    let half = Step::in_progress(2, 0).target(unhealthy);
    stage.aws.rollout("app", Rollout::of([starting, half, Step::completed()]));
    let made = stage.service(&[]).await.unwrap();
    assert!(made.id.ends_with(":service/main/app"), "{}", made.id);
    let said = stage.said();
    assert!(said[0].contains("0 of 2 tasks running, 0 of 2 targets healthy"), "{said:?}");
    let half = "2 of 2 tasks running, 1 of 2 targets healthy; Health checks failed with these codes: [404]";
    assert!(said[1].contains(half), "{said:?}");
    assert_eq!(stage.mutations(), ["ecs:CreateService"]);
}

/// Many services that start together would otherwise meet the limits of ECS on calls.
#[tokio::test]
async fn tasks_are_not_looked_at_each_time_while_nothing_happens() {
    let stage = Stage::new().await;
    let steps = [vec![Step::in_progress(0, 2); 9], vec![Step::in_progress(2, 0); 9], vec![Step::completed()]];
    stage.aws.rollout("app", Rollout::of(steps.concat()));
    stage.service(&[]).await.unwrap();
    assert_eq!(stage.aws.count("ecs", "DescribeServices"), 20);
    // Each third time of nine, and running and stopped ones.
    assert_eq!(stage.aws.count("ecs", "ListTasks"), 2 * (3 + 3));
    assert!(stage.said().iter().any(|line| line.contains("2 of 2 tasks running")));
}

#[tokio::test]
async fn a_rollout_that_ecs_takes_back_is_an_error_and_the_state_shows_what_runs() {
    let stage = Stage::new().await;
    let breaker = ("deploymentCircuitBreaker", r#"{"enable": true, "rollback": true}"#);
    let made = stage.service(&[breaker]).await.unwrap();
    let first = stage.definition.clone();
    let second = stage.register("app:2").await;
    stage.aws.rollout("app", Rollout::failing(&StoppedTask::exited("app", 1)));
    let partial = stage.update(&made, &[("taskDefinition", &second)]).await.unwrap_err();
    let text = partial.error.to_string();
    assert_eq!(partial.error.kind(), ErrorKind::Failed);
    assert!(text.contains("ECS deployment circuit breaker: tasks failed to start"), "{text}");
    assert!(text.contains("ECS rolled back to task:1"), "{text}");
    assert!(text.contains("container \"app\" ended with exit code 1"), "{text}");
    assert!(text.contains("group \"/ecs/app\", stream \"app/app/"), "{text}");
    let (_, outputs) = partial.made.unwrap();
    assert_eq!(outputs["taskDefinition"].as_str(), Some(first.as_str()));
    // The next run tries again.
    stage.update(&made, &[("taskDefinition", &second)]).await.unwrap();
}

#[tokio::test]
async fn a_deployment_of_somebody_else_is_no_success_of_ours() {
    let stage = Stage::new().await;
    let made = stage.service(&[]).await.unwrap();
    let second = stage.register("app:2").await;
    stage.aws.rollout("app", Rollout::of([Step::in_progress(0, 2)]));
    let changes = [("taskDefinition", second.as_str())];
    let (updated, ()) = tokio::join!(stage.update(&made, &changes), async {
        stage.until("0 of 2 tasks running").await;
        let update = stage.ecs().update_service().cluster("main").service("app");
        update.task_definition(&stage.definition).force_new_deployment(true).send().await.unwrap();
    });
    let text = updated.unwrap_err().error.to_string();
    assert!(text.contains("another deployment replaced this one"), "{text}");
}

#[tokio::test]
async fn tasks_that_fail_alike_end_the_wait_early() {
    let stage = Stage::new().await;
    let failing =
        |failed| Step { failed, ..Step::in_progress(0, 1).stopped(StoppedTask::failed_to_start(PULL)) };
    stage.aws.rollout("app", Rollout::of((1..=9).map(failing)));
    let partial = stage.service(&[]).await.unwrap_err();
    let text = partial.error.to_string();
    assert!(text.contains("its tasks fail repeatedly, 3 of them for the same reason"), "{text}");
    assert!(text.contains(PULL) && text.contains("Check `image` in containerDefinitions"), "{text}");
    assert!(partial.made.unwrap().0.ends_with(":service/main/app"));
    assert!(stage.said().last().unwrap().contains("2 stopped: CannotPullContainerError"));
}

#[tokio::test]
async fn what_may_not_be_read_is_left_out_of_the_explanation() {
    let stage = Stage::new().await;
    for (service, operation) in
        [("ecs", "ListTasks"), ("ecs", "DescribeTasks"), ("elasticloadbalancing", "DescribeTargetHealth")]
    {
        stage.aws.fault(Fault::on(service, operation).always().deny());
    }
    let breaker = ("deploymentCircuitBreaker", r#"{"enable": true, "rollback": false}"#);
    stage.aws.rollout("app", Rollout::failing(&StoppedTask::exited("app", 1)));
    let text = stage.service(&[breaker]).await.unwrap_err().error.to_string();
    assert!(text.contains("ECS deployment circuit breaker: tasks failed to start"), "{text}");
    assert!(stage.said()[0].contains("0 of 2 tasks running (0s"), "{:?}", stage.said());
}

#[tokio::test]
async fn where_tasks_may_not_be_seen_the_count_of_the_service_decides() {
    let stage = Stage::new().await;
    stage.aws.fault(Fault::on("ecs", "ListTasks").always().deny());
    stage.aws.rollout("app", Rollout::of([Step::in_progress(0, 2), Step::in_progress(2, 0)]));
    stage.service(&[]).await.unwrap();
    assert_eq!(stage.mutations(), ["ecs:CreateService"]);
}

#[tokio::test]
async fn a_service_that_ecs_gave_up_is_started_anew_by_the_next_run() {
    let stage = Stage::new().await;
    let breaker = ("deploymentCircuitBreaker", r#"{"enable": true, "rollback": true}"#);
    stage.aws.rollout("app", Rollout::failing(&StoppedTask::out_of_memory("app")));
    let partial = stage.service(&[breaker]).await.unwrap_err();
    assert!(partial.error.to_string().contains("raise `memory`"), "{}", partial.error);
    let made = stage.left(&[breaker], partial);
    stage.aws.clear();
    stage.update(&made, &[]).await.unwrap();
    assert_eq!(stage.mutations(), ["ecs:UpdateService"]);
    assert_eq!(stage.param("UpdateService", "forceNewDeployment"), Some(true.into()));
    // What runs well is left alone.
    stage.aws.clear();
    stage.update(&made, &[]).await.unwrap();
    assert_eq!(stage.mutations(), Vec::<String>::new());
}

#[tokio::test]
async fn tags_are_not_waited_for() {
    let stage = Stage::new().await;
    let made = stage.service(&[]).await.unwrap();
    let second = stage.register("app:2").await;
    stage.aws.rollout("app", Rollout::stuck("(service {service}) was unable to place a task."));
    let update = stage.ecs().update_service().cluster("main").service("app");
    update.task_definition(&second).send().await.unwrap();
    stage.aws.clear();
    stage.update(&made, &[("tags", r#"{"team": "a"}"#)]).await.unwrap();
    assert_eq!(stage.mutations(), ["ecs:TagResource"]);
}

#[tokio::test]
async fn the_autoscaler_keeps_its_count() {
    let stage = Stage::new().await;
    let made = stage.service(&[("autoscaled", "true")]).await.unwrap();
    let update = stage.ecs().update_service().cluster("main").service("app");
    update.desired_count(5).send().await.unwrap();
    let (inputs, _) = stage.refresh(&made).await.unwrap();
    assert_eq!(inputs, made.inputs);
    let second = stage.register("app:2").await;
    stage.aws.clear();
    stage.update(&made, &[("taskDefinition", &second), ("desiredCount", "3")]).await.unwrap();
    assert_eq!(stage.param("UpdateService", "desiredCount"), None);
    assert_eq!(stage.param("UpdateService", "forceNewDeployment"), None);
}

#[tokio::test]
async fn a_cancelled_wait_leaves_the_service_in_the_state() {
    let stage = Stage::new().await;
    stage.aws.rollout("app", Rollout::of([Step::in_progress(1, 1)]));
    let (partial, ()) = tokio::join!(stage.service(&[]), async {
        stage.until("1 of 2 tasks running").await;
        stage.cancel.cancel();
    });
    let partial = partial.unwrap_err();
    assert_eq!(partial.error.kind(), ErrorKind::Cancelled);
    assert!(partial.error.to_string().contains("1 of 2 tasks running"), "{}", partial.error);
    assert!(partial.made.is_some());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_service() {
    let stage = Stage::new().await;
    stage.aws.fault(Fault::on("ecs", "CreateService").lose_answer());
    let made = stage.service(&[]).await.unwrap();
    assert!(made.id.ends_with(":service/main/app"));
    assert_eq!(stage.aws.count("ecs", "CreateService"), 1);
}

#[tokio::test]
async fn a_service_of_that_name_that_is_not_ours_is_left_alone() {
    let stage = Stage::new().await;
    let create = stage.ecs().create_service().cluster("main").service_name("app");
    create.task_definition(&stage.definition).desired_count(1).send().await.unwrap();
    stage.aws.clear();
    let error = stage.service(&[]).await.unwrap_err().error;
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("pulumi import"), "{error}");
    assert_eq!(stage.mutations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_deletion_is_done_when_the_last_task_is_gone() {
    let stage = Stage::new().await;
    let made = stage.service(&[]).await.unwrap();
    stage.aws.hold("ecs", "Service", 3);
    stage.delete(&made).await.unwrap();
    let said = stage.said();
    let draining = |line: &String| line.contains("tasks are stopping") || line.contains("is draining");
    assert!(said.iter().any(draining), "{said:?}");
    // And again, and over again: the name is free at once.
    stage.delete(&made).await.unwrap();
    stage.service(&[]).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_leaves_no_second_revision() {
    let stage = Stage::new().await;
    stage.aws.fault(Fault::on("ecs", "RegisterTaskDefinition").lose_answer());
    let arn = stage.register("app:2").await;
    assert!(arn.ends_with("/task:2"), "{arn}");
    assert_eq!(stage.aws.count("ecs", "RegisterTaskDefinition"), 1);
}

#[tokio::test]
async fn a_revision_that_is_no_longer_wanted_is_taken_out_of_use() {
    let stage = Stage::new().await;
    // An earlier run registered app:2 and ended before anybody knew.
    let orphan = stage.register_as("task-urn", "app:2", &[]).await;
    stage.aws.clear();
    let wanted = stage.register_as("task-urn", "app:3", &[]).await;
    assert_ne!(orphan, wanted);
    assert_eq!(stage.mutations(), ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"]);
    assert_eq!(stage.param("DeregisterTaskDefinition", "taskDefinition"), Some(orphan.into()));
}

#[tokio::test]
async fn a_revision_that_stays_is_not_taken_for_a_leftover() {
    let stage = Stage::new().await;
    let kept = stage.register_as("task-urn", "app:2", &[]).await;
    let inputs = object(&[("skipDestroy", "true")]);
    stage.delete_definition(&kept, inputs).await.unwrap();
    let again = stage.register_as("task-urn", "app:2", &[]).await;
    assert_ne!(kept, again);
    let found = stage.ecs().describe_task_definition().task_definition(&kept).send().await.unwrap();
    assert_eq!(found.task_definition.unwrap().status.unwrap().as_str(), "ACTIVE");
}

/// Long enough for any of these waits, and short enough for a test.
const PATIENCE: Duration = Duration::from_secs(60);
