use std::time::Duration;

use super::scene::{Health, PATIENCE, sort_targets};
use super::*;
use crate::kinds::ecs::diagnosis::Stop;
use aws_sdk_ecs::types::builders::{DeploymentBuilder, ServiceBuilder};

const OLD: &str = "arn:aws:ecs:us-east-1:123456789012:task-definition/app:6";
const NEW: &str = "arn:aws:ecs:us-east-1:123456789012:task-definition/app:7";

fn deployment(id: &str, status: &str, state: &str, began: i64) -> DeploymentBuilder {
    let definition = if id == "ours" { NEW } else { OLD };
    Deployment::builder()
        .id(id)
        .status(status)
        .rollout_state(state.into())
        .task_definition(definition)
        .created_at(DateTime::from_secs(began))
        .updated_at(DateTime::from_secs(began))
        .desired_count(2)
        .running_count(2)
}

fn service(deployments: impl IntoIterator<Item = DeploymentBuilder>) -> ServiceBuilder {
    let deployments = deployments.into_iter().map(DeploymentBuilder::build).collect();
    types::Service::builder().service_name("app").status("ACTIVE").set_deployments(Some(deployments))
}

fn ours(seen: bool) -> Watch {
    Watch { deployment: Some(("ours".into(), Some(DateTime::from_secs(100)))), seen, ..Watch::default() }
}

fn what_became(service: &types::Service, watch: &Watch) -> String {
    match course(service, watch, Some("app:7")) {
        Course::Unseen(_) => "unseen".to_owned(),
        Course::Going(deployment) => format!("going {}", deployment.id().unwrap_or_default()),
        Course::Done => "done".to_owned(),
        Course::Over { outcome, back_to } => format!("{outcome} / {}", back_to.unwrap_or_default()),
    }
}

#[test]
fn only_our_own_deployment_counts() {
    let old = |status| deployment("old", status, "COMPLETED", 50);
    let new = |status, state| deployment("ours", status, state, 100);
    let back = deployment("back", "PRIMARY", "IN_PROGRESS", 150)
        .rollout_state_reason("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.");
    let foreign = || deployment("foreign", "PRIMARY", "COMPLETED", 150);
    let why = "ECS deployment circuit breaker: tasks failed to start.";
    let cases = [
        (service([new("PRIMARY", "IN_PROGRESS"), old("ACTIVE")]), false, "going ours".to_owned()),
        (service([new("PRIMARY", "COMPLETED")]), true, "done".to_owned()),
        // The answer of DescribeServices may be older than that of the call.
        (service([old("PRIMARY")]), false, "unseen".to_owned()),
        (service([]), false, "unseen".to_owned()),
        (service([new("PRIMARY", "FAILED").rollout_state_reason(why)]), true, format!("{why} / ")),
        (
            service([back.clone(), new("ACTIVE", "FAILED").rollout_state_reason(why)]),
            true,
            format!("{why} / app:6"),
        ),
        (
            service([back]),
            true,
            "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1. / app:6".to_owned(),
        ),
        // Steady again, with the old tasks: that is no success.
        (
            service([old("PRIMARY")]),
            true,
            "another deployment replaced this one before it completed / app:6".to_owned(),
        ),
        (
            service([foreign(), new("ACTIVE", "IN_PROGRESS")]),
            true,
            "another deployment replaced this one before it completed / app:6".to_owned(),
        ),
        (
            service([foreign()]),
            false,
            "another deployment replaced this one before it completed / app:6".to_owned(),
        ),
        (service([foreign(), new("ACTIVE", "COMPLETED")]), true, "done".to_owned()),
        // The desired count was raised: the same deployment, not yet grown.
        (service([new("PRIMARY", "COMPLETED").desired_count(3)]), true, "going ours".to_owned()),
        (service([]).status("DRAINING"), true, "the service is being deleted / ".to_owned()),
        (service([]).status("INACTIVE"), false, "unseen".to_owned()),
        (service([]).status("INACTIVE"), true, "the service was deleted / ".to_owned()),
    ];
    for (index, (service, seen, expected)) in cases.into_iter().enumerate() {
        assert_eq!(what_became(&service.build(), &ours(seen)), expected, "case {index}");
    }
}

#[test]
fn without_an_id_the_task_definition_decides() {
    let right = service([deployment("ours", "PRIMARY", "COMPLETED", 100)]).build();
    let wrong = service([deployment("old", "PRIMARY", "COMPLETED", 100)]).build();
    assert_eq!(what_became(&right, &Watch::default()), "done");
    let expected = "it runs a different task definition than requested / app:6";
    assert_eq!(what_became(&wrong, &Watch::default()), expected);
    assert_eq!(what_became(&wrong, &Watch::nothing()), "done");
}

fn scene(stopped: usize, running: i32, healthy: Option<i32>) -> Scene {
    let stop = |index: usize| Stop {
        task: index.to_string(),
        code: "TaskFailedToStart".into(),
        // AWS's texts of one cause differ in details.
        reason: format!(
            "CannotPullContainerError: pull image manifest has been retried {index} time(s): not found"
        ),
        exits: Vec::new(),
    };
    Scene { running, healthy, stops: (0..stopped).map(stop).collect(), ..Scene::default() }
}

fn verdict(scene: &Scene, desired: i32, breaker: bool, idle: Duration) -> Option<String> {
    let breaker = types::DeploymentCircuitBreaker::builder().enable(breaker).rollback(false).build();
    let configuration = types::DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build();
    let service = service([]).deployment_configuration(configuration).build();
    let deployment = deployment("ours", "PRIMARY", "IN_PROGRESS", 100).desired_count(desired);
    scene.verdict(&service, &deployment.running_count(scene.running).build(), idle)
}

#[test]
fn it_ends_early_when_tasks_fail_alike_and_none_works() {
    let expected = "its tasks fail repeatedly, 3 of them for the same reason";
    assert_eq!(verdict(&scene(3, 0, None), 1, false, Duration::ZERO).as_deref(), Some(expected));
    for (scene, desired, breaker) in [
        (scene(2, 0, None), 1, false),
        // All of the first round failed: the second one may do better.
        (scene(4, 0, None), 4, false),
        (scene(3, 1, None), 2, false),
        (scene(3, 2, Some(1)), 2, false),
        // ECS counts itself.
        (scene(3, 0, None), 1, true),
    ] {
        assert_eq!(verdict(&scene, desired, breaker, Duration::ZERO), None);
    }
    assert!(verdict(&scene(5, 0, None), 4, false, Duration::ZERO).is_some());
    assert!(verdict(&scene(5, 0, None), 1, true, Duration::ZERO).is_some());
    // They run for a while and are stopped, for not one ever answers.
    assert!(verdict(&scene(3, 2, Some(0)), 2, false, Duration::ZERO).is_some());
    assert!(verdict(&scene(6, 1, None), 2, false, Duration::ZERO).is_some());
}

#[test]
fn what_happened_before_tells_nothing_of_this_run() {
    let before = ["0".to_owned(), "1".to_owned()].into();
    let scene = Scene { before, ..scene(3, 0, None) };
    assert_eq!(verdict(&scene, 1, false, Duration::ZERO), None);
}

#[test]
fn it_ends_when_no_task_can_be_started_for_minutes() {
    let events = vec![
        "(service app) was unable to place a task. Reason: Capacity is unavailable at this time.".to_owned(),
    ];
    let scene = Scene { events, ..Scene::default() };
    let waiting = deployment("ours", "PRIMARY", "IN_PROGRESS", 100).running_count(0).build();
    assert!(scene.is_idle(&waiting));
    assert_eq!(scene.status(&waiting), format!("0 of 2 tasks running; {}", scene.events[0]));
    assert_eq!(verdict(&scene, 2, false, PATIENCE - Duration::from_secs(1)), None);
    assert_eq!(verdict(&scene, 2, false, PATIENCE).as_deref(), Some("none of its tasks can start"));
}

#[test]
fn the_status_tells_how_far_it_is() {
    let going = |running| deployment("ours", "PRIMARY", "IN_PROGRESS", 100).running_count(running).build();
    assert_eq!(scene(0, 1, None).status(&going(1)), "1 of 2 tasks running");
    assert_eq!(scene(0, 2, Some(1)).status(&going(2)), "2 of 2 tasks running, 1 of 2 targets healthy");
    let failing = "0 of 2 tasks running; 1 stopped: CannotPullContainerError: pull image manifest has been retried 0 time(s): not found";
    assert_eq!(scene(1, 0, None).status(&going(0)), failing);
}

#[test]
fn only_targets_of_the_own_tasks_count() {
    use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealth, TargetHealthStateEnum};
    let target = |id: &str, state: &str| {
        let health = TargetHealth::builder().state(TargetHealthStateEnum::from(state)).description("why");
        Health::builder()
            .target(TargetDescription::builder().id(id).port(80).build())
            .target_health(health.build())
            .build()
    };
    let health = [
        target("10.0.0.1", "healthy"),
        target("10.0.0.2", "healthy"),
        target("10.0.0.3", "unhealthy"),
        target("10.0.0.4", "unused"),
    ];
    let (healthy, others) = sort_targets(&health, &["10.0.0.2", "10.0.0.3", "10.0.0.4"].into());
    assert_eq!(healthy, 1);
    assert_eq!(others.iter().map(|target| target.at.as_str()).collect::<Vec<_>>(), ["10.0.0.3:80"]);
}
