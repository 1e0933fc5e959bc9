//! ECS rollouts, their tasks and their targets.

use crate::clients::Aws;
use aws_proxy::{Rollout, Step, StoppedTask, TargetHealth};
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, DeploymentCircuitBreaker, DeploymentConfiguration, DeploymentRolloutState,
    DesiredStatus, LaunchType, LoadBalancer, NetworkConfiguration, Service, ServiceDeploymentStatus,
};
use aws_sdk_elasticloadbalancingv2::types::{TargetHealthReasonEnum, TargetHealthStateEnum};

/// A cluster `c` with a service `api` of two tasks behind a target group.
struct Stage {
    aws: Aws,
    definition: String,
    target_group: String,
    created: Service,
}

async fn stage(first: Rollout, circuit_breaker: bool) -> Stage {
    let aws = Aws::start().await;
    aws.rollout("api", first);
    let network = aws.network().await;
    let target_group = aws.target_group(&network).await;
    aws.listener(&aws.balancer(&network).await, &target_group).await;
    let definition = aws.task_definition().await;
    aws.ecs().create_cluster().cluster_name("c").send().await.unwrap();
    let breaker = DeploymentCircuitBreaker::builder().enable(circuit_breaker).rollback(true).build();
    let vpc = AwsVpcConfiguration::builder().subnets(&network.subnets[0]).security_groups(&network.group);
    let balancer = LoadBalancer::builder().target_group_arn(&target_group).container_name("api");
    let service = aws.ecs().create_service().cluster("c").service_name("api").task_definition(&definition);
    let service = service
        .desired_count(2)
        .launch_type(LaunchType::Fargate)
        .deployment_configuration(
            DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build(),
        )
        .network_configuration(
            NetworkConfiguration::builder().awsvpc_configuration(vpc.build().unwrap()).build(),
        )
        .load_balancers(balancer.container_port(8000).build())
        .health_check_grace_period_seconds(90)
        .enable_execute_command(true);
    let created = service.send().await.unwrap().service.unwrap();
    Stage { aws, definition, target_group, created }
}

impl Stage {
    async fn poll(&self) -> Service {
        let found = self.aws.ecs().describe_services().cluster("c").services("api").send().await.unwrap();
        found.services()[0].clone()
    }

    /// Polls until nothing is in progress.
    async fn settle(&self) -> Service {
        loop {
            let service = self.poll().await;
            if service.deployments()[0].rollout_state != Some(DeploymentRolloutState::InProgress) {
                return service;
            }
        }
    }

    /// Deploys a new task definition with this rollout.
    async fn deploy(&self, rollout: Rollout) -> Service {
        self.aws.rollout("api", rollout);
        let definition = self.aws.task_definition().await;
        let update = self.aws.ecs().update_service().cluster("c").service("api").task_definition(definition);
        update.send().await.unwrap().service.unwrap()
    }

    async fn tasks(&self, status: DesiredStatus) -> Vec<String> {
        let list = self.aws.ecs().list_tasks().cluster("c").service_name("api").desired_status(status);
        list.send().await.unwrap().task_arns.unwrap()
    }

    async fn service_deployments(&self) -> Vec<(ServiceDeploymentStatus, String)> {
        let list =
            self.aws.ecs().list_service_deployments().cluster("c").service("api").send().await.unwrap();
        let brief = |brief: &aws_sdk_ecs::types::ServiceDeploymentBrief| {
            (brief.status.clone().unwrap(), brief.service_deployment_arn.clone().unwrap())
        };
        list.service_deployments().iter().map(brief).collect()
    }
}

fn states(service: &Service) -> Vec<(&str, &str)> {
    let deployments = service.deployments().iter();
    deployments.map(|one| (one.status().unwrap(), one.rollout_state().unwrap().as_str())).collect()
}

#[tokio::test]
async fn a_service_without_a_script_is_steady_at_once_and_keeps_its_settings() {
    let stage = stage(Rollout::default(), true).await;
    let service = stage.poll().await;
    assert_eq!(states(&service), [("PRIMARY", "COMPLETED")]);
    assert_eq!((service.running_count, service.pending_count, service.desired_count), (2, 0, 2));
    assert_eq!(service.events()[0].message(), Some("(service api) has reached a steady state."));
    let configuration = service.deployment_configuration().unwrap();
    assert!(configuration.deployment_circuit_breaker().unwrap().rollback);
    assert_eq!(configuration.maximum_percent, Some(200));
    assert_eq!(service.health_check_grace_period_seconds, Some(90));
    assert!(service.enable_execute_command);
    assert_eq!(service.platform_version(), Some("LATEST"));
    let cluster = stage.aws.ecs().describe_clusters().clusters("c").send().await.unwrap();
    assert_eq!(cluster.clusters()[0].active_services_count, 1);
    assert_eq!(cluster.clusters()[0].running_tasks_count, 2);
}

#[tokio::test]
async fn a_rollout_goes_step_by_step() {
    let steps = [
        Step::in_progress(0, 2),
        Step::in_progress(1, 1)
            .target(TargetHealth::initial())
            .event("(service {service}) has started {tasks} tasks."),
        Step::completed(),
    ];
    let stage = stage(Rollout::of(steps), false).await;
    let id = stage.created.deployments()[0].id().unwrap();
    assert!(id.starts_with("ecs-svc/"), "{id}");
    assert_eq!(states(&stage.created), [("PRIMARY", "IN_PROGRESS")]);

    let first = stage.poll().await;
    assert_eq!((first.running_count, first.pending_count), (0, 2));
    assert_eq!(
        first.deployments()[0].rollout_state_reason().unwrap(),
        format!("ECS deployment {id} in progress.")
    );
    assert_eq!(stage.service_deployments().await[0].0, ServiceDeploymentStatus::InProgress);

    let second = stage.poll().await;
    assert_eq!((second.running_count, second.pending_count), (1, 1));
    assert_eq!(second.events()[0].message(), Some("(service api) has started 2 tasks."));
    let health = stage.aws.elb().describe_target_health().target_group_arn(&stage.target_group).send();
    let health = health.await.unwrap();
    let initial = health.target_health_descriptions()[0].target_health().unwrap();
    assert_eq!(initial.state, Some(TargetHealthStateEnum::Initial));
    assert_eq!(initial.reason, Some(TargetHealthReasonEnum::RegistrationInProgress));

    let third = stage.poll().await;
    assert_eq!(states(&third), [("PRIMARY", "COMPLETED")]);
    assert_eq!(stage.poll().await.events().len(), 2);
    assert_eq!(stage.service_deployments().await[0].0, ServiceDeploymentStatus::Successful);

    let tasks = stage.tasks(DesiredStatus::Running).await;
    let tasks = stage.aws.ecs().describe_tasks().cluster("c").set_tasks(Some(tasks)).send().await.unwrap();
    assert_eq!(tasks.tasks().len(), 2);
    let task = &tasks.tasks()[0];
    assert_eq!((task.last_status(), task.started_by()), (Some("RUNNING"), Some(id)));
    assert_eq!(task.task_definition_arn(), Some(&*stage.definition));
    assert_eq!(task.containers()[0].name(), Some("api"));
    let health = stage.aws.elb().describe_target_health().target_group_arn(&stage.target_group).send();
    let health = health.await.unwrap();
    assert_eq!(health.target_health_descriptions().len(), 2);
    for target in health.target_health_descriptions() {
        assert_eq!(target.target_health().unwrap().state, Some(TargetHealthStateEnum::Healthy));
        assert_eq!(target.target().unwrap().port, Some(8000));
    }
}

#[tokio::test]
async fn a_failed_rollout_is_rolled_back() {
    let stage = stage(Rollout::steady(1), true).await;
    stage.settle().await;
    let updated = stage.deploy(Rollout::failing(&StoppedTask::exited("api", 3))).await;
    assert_eq!(states(&updated), [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]);
    let failing = updated.deployments()[0].clone();

    for failed in 1..=3 {
        let service = stage.poll().await;
        assert_eq!(states(&service), [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]);
        assert_eq!(service.deployments()[0].failed_tasks, failed);
        assert_eq!(service.running_count, 2);
    }
    let stopped = stage.tasks(DesiredStatus::Stopped).await;
    assert_eq!(stopped.len(), 3);
    let stopped =
        stage.aws.ecs().describe_tasks().cluster("c").set_tasks(Some(stopped)).send().await.unwrap();
    let task = &stopped.tasks()[0];
    assert_eq!(task.stop_code.as_ref().unwrap().as_str(), "EssentialContainerExited");
    assert_eq!(task.stopped_reason(), Some("Essential container in task exited"));
    assert_eq!((task.containers()[0].name(), task.containers()[0].exit_code), (Some("api"), Some(3)));
    assert_eq!(task.started_by(), failing.id());
    let by_deployment = stage.aws.ecs().list_tasks().cluster("c").started_by(failing.id().unwrap());
    let by_deployment = by_deployment.desired_status(DesiredStatus::Stopped).send().await.unwrap();
    assert_eq!(by_deployment.task_arns().len(), 3);

    let service = stage.poll().await;
    assert_eq!(states(&service), [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "FAILED")]);
    assert_eq!(service.deployments()[1].id(), failing.id());
    assert_eq!(service.task_definition(), Some(&*stage.definition));
    let messages: Vec<_> = service.events().iter().map(|event| event.message().unwrap()).collect();
    assert!(messages[0].contains("rolling back to deployment ecs-svc/"), "{messages:?}");
    assert!(messages[1].contains("deployment failed: tasks failed to start"), "{messages:?}");
    let (status, arn) = stage.service_deployments().await[0].clone();
    assert_eq!(status, ServiceDeploymentStatus::RollbackInProgress);

    let service = stage.settle().await;
    assert_eq!(states(&service), [("PRIMARY", "COMPLETED")]);
    assert_ne!(service.deployments()[0].id(), failing.id());
    assert_eq!(service.deployments()[0].task_definition(), Some(&*stage.definition));
    let detail =
        stage.aws.ecs().describe_service_deployments().service_deployment_arns(arn).send().await.unwrap();
    let detail = &detail.service_deployments()[0];
    assert_eq!(detail.status, Some(ServiceDeploymentStatus::RollbackSuccessful));
    assert!(detail.status_reason().unwrap().contains("circuit breaker"), "{detail:?}");
    assert_eq!(detail.deployment_circuit_breaker().unwrap().failure_count, 3);
    let revisions =
        [detail.target_service_revision().unwrap().arn(), detail.rollback().unwrap().service_revision_arn()];
    let revisions = revisions.map(|arn| arn.unwrap().to_string()).to_vec();
    let found =
        stage.aws.ecs().describe_service_revisions().set_service_revision_arns(Some(revisions)).send().await;
    let found = found.unwrap();
    assert_eq!(found.service_revisions()[0].task_definition(), failing.task_definition());
    assert_eq!(found.service_revisions()[1].task_definition(), Some(&*stage.definition));
}

#[tokio::test]
async fn a_first_rollout_that_fails_has_nothing_to_go_back_to() {
    let reason = "CannotPullContainerError: pull image manifest has been retried 7 time(s)";
    let stage = stage(Rollout::failing(&StoppedTask::failed_to_start(reason)), true).await;
    let service = stage.settle().await;
    assert_eq!(states(&service), [("PRIMARY", "FAILED")]);
    assert_eq!(service.running_count, 0);
    assert!(service.deployments()[0].rollout_state_reason().unwrap().contains("tasks failed to start"));
    assert_eq!(stage.service_deployments().await[0].0, ServiceDeploymentStatus::Stopped);
}

#[tokio::test]
async fn without_a_circuit_breaker_a_rollout_never_fails() {
    let stage = stage(Rollout::failing(&StoppedTask::out_of_memory("api")), false).await;
    for _ in 0..6 {
        assert_eq!(states(&stage.poll().await), [("PRIMARY", "IN_PROGRESS")]);
    }
    let stopped = stage.tasks(DesiredStatus::Stopped).await;
    let stopped =
        stage.aws.ecs().describe_tasks().cluster("c").set_tasks(Some(stopped)).send().await.unwrap();
    let container = &stopped.tasks()[0].containers()[0];
    assert_eq!(
        (container.exit_code, container.reason().unwrap().starts_with("OutOfMemoryError")),
        (Some(137), true)
    );
}

#[tokio::test]
async fn a_stuck_rollout_says_why_and_can_be_stopped() {
    let stage = stage(Rollout::steady(0), true).await;
    stage.settle().await;
    let unhealthy = TargetHealth::unhealthy("Target.Timeout", "Request timed out");
    let step = Step::in_progress(1, 0).target(unhealthy).event("(service {service}) is unhealthy.");
    let stopped = StoppedTask::by_scheduler("Task failed ELB health checks");
    stage.deploy(Rollout::of([step.stopped(stopped)])).await;
    for _ in 0..3 {
        let service = stage.poll().await;
        assert_eq!(states(&service)[0], ("PRIMARY", "IN_PROGRESS"));
        assert_eq!(service.events()[0].message(), Some("(service api) is unhealthy."));
    }
    let health = stage.aws.elb().describe_target_health().target_group_arn(&stage.target_group).send();
    let health = health.await.unwrap();
    let state = health.target_health_descriptions()[0].target_health().unwrap();
    assert_eq!(state.state, Some(TargetHealthStateEnum::Unhealthy));
    assert_eq!(state.description(), Some("Request timed out"));

    let (_, arn) = stage.service_deployments().await[0].clone();
    stage.aws.ecs().stop_service_deployment().service_deployment_arn(&arn).send().await.unwrap();
    let service = stage.settle().await;
    assert_eq!(service.task_definition(), Some(&*stage.definition));
    assert_eq!(stage.service_deployments().await[0], (ServiceDeploymentStatus::RollbackSuccessful, arn));
}

#[tokio::test]
async fn only_some_changes_start_a_deployment() {
    let stage = stage(Rollout::default(), true).await;
    let before = stage.settle().await;
    let update = || stage.aws.ecs().update_service().cluster("c").service("api");
    let id = |service: Option<Service>| service.unwrap().deployments()[0].id().unwrap().to_string();

    let same = update().task_definition("api:1").desired_count(3).send().await.unwrap().service;
    assert_eq!(id(same), before.deployments()[0].id().unwrap());
    assert_eq!(stage.poll().await.running_count, 3);
    let forced = update().force_new_deployment(true).send().await.unwrap().service;
    assert_ne!(id(forced), before.deployments()[0].id().unwrap());
    stage.aws.rollout("api", Rollout::stuck("(service {service}) was unable to place a task."));
    let changed = update().platform_version("1.4.0").send().await.unwrap().service.unwrap();
    assert_eq!(states(&changed)[0], ("PRIMARY", "IN_PROGRESS"));
    let service = stage.poll().await;
    assert_eq!(service.events()[0].message(), Some("(service api) was unable to place a task."));
    assert_eq!(service.platform_version(), Some("1.4.0"));
}
