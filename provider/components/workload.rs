//! What a service runs and how it scales: the arguments that `FargateService` and the services of
//! `AgenticStack` have in common, each written once.

mod scaling;

use std::collections::BTreeMap;

use super::auth::Auth;
use super::deployment::Deployment;
use super::volume::Volume;
use crate::kinds::ecs::check_image;
use crate::kinds::ecs::check_pair;
use crate::kinds::lb::{VALUES, check_health_path};
use crate::model::{Failures, In, Json, Model, Path};
pub use scaling::*;

/// The thresholds of the alarms of a service. A metric without a threshold has no alarm.
#[derive(Clone, Debug, Model)]
pub struct AlarmThresholds {
    /// The threshold of the CPU utilization, in percent.
    #[model(range = 1..=100)]
    pub cpu: Option<f64>,
    /// The threshold of the memory utilization, in percent.
    #[model(range = 1..=100)]
    pub memory: Option<f64>,
}

/// An additional container in the tasks of a service, such as a log router.
#[derive(Clone, Debug, Model)]
pub struct Sidecar {
    /// The container image, such as `public.ecr.aws/docker/library/nginx:1.29`.
    #[model(check = check_image)]
    pub image: String,
    /// The command of the container. Defaults to the command of the image.
    pub command: Option<Vec<String>>,
    /// The environment variables of the container.
    #[model(default = {})]
    pub environment: BTreeMap<String, String>,
    /// The environment variables from secrets: the ARN of a Secrets Manager secret or SSM parameter
    /// for each variable.
    #[model(default = {})]
    pub secrets: BTreeMap<String, String>,
    /// The TCP port that the container listens on.
    #[model(range = 1..=65535)]
    pub port: Option<i64>,
    /// The UDP port that the container listens on.
    #[model(range = 1..=65535)]
    pub udp_port: Option<i64>,
    /// The CPU units that are reserved for the container, out of those of the task. If omitted, the
    /// container shares the CPU units that no other container reserves.
    #[model(range = 1..=16384)]
    pub cpu: Option<i64>,
    /// The memory limit of the container, in MiB, out of the memory of the task. The container is
    /// killed if it exceeds the limit. If omitted, the limit is the memory of the task.
    #[model(range = 6..=122880)]
    pub memory: Option<i64>,
    /// Whether the task stops when this container stops.
    #[model(default = true)]
    pub essential: bool,
}

/// The capacity of a service: tasks on AWS Fargate, on the cheaper AWS Fargate Spot, or on both.
/// AWS stops Spot tasks with a two-minute warning when it needs the capacity back.
#[derive(Clone, Debug, Model)]
pub struct Capacity {
    /// The relative share of the tasks on Fargate.
    #[model(default = 0, range = 0..=1000)]
    pub fargate: i64,
    /// The relative share of the tasks on Fargate Spot.
    #[model(default = 0, range = 0..=1000)]
    pub spot: i64,
    /// The number of tasks on Fargate before the shares apply.
    #[model(default = 0, range = 0..=5000)]
    pub base: i64,
}

/// The tracing of a service with AWS X-Ray: a collector in each task, the permissions to send traces,
/// and the environment variables of OpenTelemetry.
///
/// The application sends traces to the collector with OpenTelemetry, on port 4317 (gRPC) or 4318
/// (HTTP) of `localhost`. The collector also accepts segments of the X-Ray SDKs on UDP port 2000.
#[derive(Clone, Debug, Model)]
pub struct Tracing {
    /// The collector: AWS Distro for OpenTelemetry (`adot`) or the CloudWatch agent (`cloudwatch`).
    #[model(default = "adot", one_of = ["adot", "cloudwatch"])]
    pub collector: String,
    /// The container image of the collector. Defaults to the latest image of the collector in
    /// Amazon ECR Public.
    #[model(check = check_image)]
    pub image: Option<String>,
    /// The CPU units that are reserved for the collector, out of those of the task.
    #[model(default = 32, range = 1..=16384)]
    pub cpu: i64,
    /// The memory limit of the collector, in MiB, out of the memory of the task.
    #[model(default = 128, range = 6..=122880)]
    pub memory: i64,
}

/// A destination that a service connects to. The security group of the destination gets a rule that
/// allows the connection.
#[derive(Clone, Debug, Model)]
pub struct Reach {
    /// The ID of the security group of the destination.
    pub security_group_id: String,
    /// The port of the destination.
    #[model(range = 1..=65535)]
    pub port: i64,
}

/// The tasks of a service and their deployment.
#[derive(Clone, Debug, Model)]
pub struct Workload {
    /// The container image, such as `ghcr.io/acme/api:1.4.2`.
    #[model(check = check_image)]
    pub image: Option<String>,
    /// The port that the container listens on. If omitted, nothing can connect to the service.
    #[model(range = 1..=65535)]
    pub port: Option<i64>,
    /// The CPU units of a task, in 1/1024 vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384.
    #[model(default = 256)]
    pub cpu: i64,
    /// The memory of a task, in MiB. The valid values depend on `cpu`.
    #[model(default = 512)]
    pub memory: i64,
    /// The CPU architecture of the image.
    #[model(default = "X86_64", one_of = ["X86_64", "ARM64"])]
    pub cpu_architecture: String,
    /// The capacity of the tasks. If omitted, all tasks run on AWS Fargate. An existing cluster
    /// must have the capacity providers `FARGATE` and `FARGATE_SPOT`; a cluster that a component
    /// creates has them. A change starts a new deployment.
    pub capacity: Option<Capacity>,
    /// The deployment settings: how new tasks replace the old ones. If omitted, tasks are replaced
    /// step by step, with a rollback if new tasks fail.
    pub deployment: Option<Deployment>,
    /// The tracing of the service with AWS X-Ray. If omitted, the service is not traced.
    pub tracing: Option<Tracing>,
    /// The ephemeral storage of a task, in GiB. Defaults to 20.
    #[model(range = 21..=200)]
    pub ephemeral_storage: Option<i64>,
    /// The desired number of tasks. With `scaling`, the initial number only.
    #[model(range = 0..=5000)]
    pub desired_count: Option<i64>,
    /// Arbitrary values; a change of any of them starts a new deployment, even with the same image
    /// tag.
    #[model(default = {})]
    pub triggers: BTreeMap<String, String>,
    /// The automatic scaling of the service, which then controls the number of tasks.
    pub scaling: Option<Scaling>,
    /// The thresholds of the alarms, in percent. If omitted, CPU and memory have alarms at the
    /// targets of `scaling`, or at 80 percent.
    pub alarm_thresholds: Option<AlarmThresholds>,
    /// The command of the container. Defaults to the command of the image.
    pub command: Option<Vec<String>>,
    /// The entry point of the container. Defaults to the entry point of the image.
    pub entry_point: Option<Vec<String>>,
    /// The environment variables of the container.
    #[model(default = {})]
    pub environment: BTreeMap<String, String>,
    /// The environment variables from secrets: the ARN of a Secrets Manager secret or SSM parameter
    /// for each variable. For a single key of a JSON secret, use `arn:key::`. For a secret of the
    /// stack, use its name in `secrets`, or `name:key` for one of its keys. The tasks may read
    /// these secrets and no others.
    #[model(default = {})]
    pub secrets: BTreeMap<String, String>,
    /// The additional containers of each task, by name.
    #[model(default = {})]
    pub sidecars: BTreeMap<String, Sidecar>,
    /// The command that checks the health of the container, such as
    /// `["CMD-SHELL", "curl -f http://localhost/health"]`.
    pub health_check_command: Option<Vec<String>>,
    /// The path that the load balancer requests to check the health of a task.
    #[model(default = "/", length = 1..=1024, check = check_health_path)]
    pub health_check_path: String,
    /// The HTTP status codes of a successful health check, such as `200` or `200-399`.
    #[model(default = "200-399")]
    pub health_check_matcher: String,
    /// The time between health checks of the load balancer, in seconds. AWS's own default of 30
    /// seconds is longer than it recommends for ECS:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html>
    #[model(default = 10, range = 5..=300)]
    pub health_check_interval: i64,
    /// The time after which a health check without a response fails, in seconds.
    #[model(default = 5, range = 2..=120)]
    pub health_check_timeout: i64,
    /// The number of consecutive successful health checks after which a task is healthy and
    /// receives requests. AWS's own default is 5, and its recommendation for ECS is 2.
    #[model(default = 2, range = 2..=10)]
    pub healthy_threshold: i64,
    /// The number of consecutive failed health checks after which a task is unhealthy and is
    /// replaced.
    #[model(default = 2, range = 2..=10)]
    pub unhealthy_threshold: i64,
    /// The health check grace period: the time after the start of a task in which failed health
    /// checks are ignored, in seconds.
    #[model(default = 60, range = 0..=2147483647)]
    pub health_check_grace_period_seconds: i64,
    /// The deregistration delay: the time that a load balancer waits for requests to complete
    /// before a task is removed, in seconds. AWS's own default of 300 seconds is longer than it
    /// recommends for short requests:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html>
    #[model(default = 30, range = 0..=3600)]
    pub deregistration_delay: i64,
    /// The path patterns of the requests that the load balancer forwards to the service, such as
    /// `/api/*`.
    #[model(default = [])]
    pub paths: Vec<String>,
    /// The hostnames of the requests that the load balancer forwards to the service.
    #[model(default = [])]
    pub hosts: Vec<String>,
    /// The time in seconds that a container has to exit after a stop request before it is killed.
    /// Defaults to 30, which is the default of ECS:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout>
    #[model(range = 2..=120)]
    pub stop_timeout: Option<i64>,
    /// Whether the root file system of the containers is read-only. Many images must write to it.
    #[model(default = false)]
    pub readonly_root_filesystem: bool,
    /// The IAM policy document of the task role, as JSON text or as an object. If omitted, the
    /// tasks have no permissions of their own.
    #[model(policy)]
    pub task_policy: Option<Json>,
    /// The authentication of clients by the load balancer, which must serve HTTPS.
    pub auth: Option<Auth>,
    /// The volumes in EFS file systems, by name. The tasks share them, and their files are kept
    /// when tasks stop.
    #[model(default = {})]
    pub volumes: BTreeMap<String, Volume>,
    /// Whether ECS Exec is enabled, so that `aws ecs execute-command` can open a shell in a task.
    #[model(default = false)]
    pub enable_execute_command: bool,
    /// Whether a deployment waits until the service is stable, and fails if the service does not
    /// become stable.
    #[model(default = true)]
    pub wait_for_steady_state: bool,
}

/// Holds sizes and scaling against what AWS allows.
pub fn rules(workload: &WorkloadInput, at: &Path, failures: &mut Failures) {
    // What is below zero is far below what Fargate has.
    let size = |value: &In<i64>| value.get().map(|&size| u32::try_from(size).unwrap_or_default());
    if let Some(cpu) = size(&workload.cpu)
        && let Err((name, reason)) = check_pair(cpu, size(&workload.memory))
    {
        failures.add(at.key(name), reason);
    }
    if let (Some(timeout), Some(interval)) =
        (workload.health_check_timeout.get(), workload.health_check_interval.get())
        && timeout >= interval
    {
        let reason = format!("is {timeout}; give less than the healthCheckInterval of {interval} seconds");
        failures.add(at.key(Workload::HEALTH_CHECK_TIMEOUT), reason);
    }
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>
    if workload.readonly_root_filesystem.get() == Some(&true)
        && workload.enable_execute_command.get() == Some(&true)
    {
        let reason = "conflicts with enableExecuteCommand, whose agent must write to the file system; leave one of them out";
        failures.add(at.key(Workload::READONLY_ROOT_FILESYSTEM), reason);
    }
    if let Some(capacity) = workload.capacity.get()
        && (capacity.fargate.get(), capacity.spot.get()) == (Some(&0), Some(&0))
    {
        failures.add(at.key(Workload::CAPACITY), "has no share for tasks; give fargate or spot, such as 1");
    }
    size_rules(workload, at, failures);
    name_rules(&workload.environment, &workload.secrets, at, failures);
    for (name, sidecar) in workload.sidecars.get().into_iter().flatten() {
        if let Some(sidecar) = sidecar.get() {
            name_rules(
                &sidecar.environment,
                &sidecar.secrets,
                &at.key(Workload::SIDECARS).key(name),
                failures,
            );
        }
    }
    let Some(scaling) = workload.scaling.get() else { return };
    let at = at.key(Workload::SCALING);
    if let (Some(min), Some(max)) = (scaling.min.get(), scaling.max.get())
        && min > max
    {
        failures.add(
            at.key(Scaling::MIN),
            format!("is {min}, above the maximum {max}; give a minimum of at most {max}"),
        );
    }
    let goals = [&scaling.cpu, &scaling.memory, &scaling.requests_per_target];
    let schedules = scaling.schedule.get().is_some_and(|schedule| !schedule.is_empty());
    if !goals.iter().any(|goal| goal.is_set()) && !scaling.queue.is_set() && !schedules {
        failures.add(
            at.clone(),
            "has nothing to scale on; give cpu, memory, requestsPerTarget, queue or schedule",
        );
    }
    for (name, change) in scaling.schedule.get().into_iter().flatten() {
        let Some(change) = change.get() else { continue };
        let at = at.key(Scaling::SCHEDULE).key(name);
        match (change.min.get(), change.max.get()) {
            (Some(min), Some(max)) if min > max => {
                failures.add(
                    at.key(Scaling::MIN),
                    format!("is {min}, above the maximum {max}; give at most {max}"),
                );
            }
            (None, None) if !change.min.is_unknown() && !change.max.is_unknown() => {
                failures.add(at, "changes nothing; give min, max or both");
            }
            _ => {}
        }
    }
    if let Some(queue) = scaling.queue.get() {
        queue_rules(queue, &at.key(Scaling::QUEUE), failures);
    }
    if let (Some(count), Some(min), Some(max)) =
        (workload.desired_count.get(), scaling.min.get(), scaling.max.get())
        && min <= max
        && !(min..=max).contains(&count)
    {
        let reason =
            format!("has the limits {min} and {max}, but desiredCount is {count}; give a count within them");
        failures.add(at.clone(), reason);
    }
    if scaling.requests_per_target.is_set() && !workload.port.is_set() {
        failures.add(at.key(Scaling::REQUESTS_PER_TARGET), "requires a load balancer; give port");
    }
}

/// Each sidecar and the collector have a part of what the task has.
fn size_rules(workload: &WorkloadInput, at: &Path, failures: &mut Failures) {
    let sidecars = workload.sidecars.get().into_iter().flatten().filter_map(|(_, sidecar)| sidecar.get());
    let tracing = workload.tracing.get();
    let mut fit = |name: &str, unit: &str, whole: &In<i64>, parts: Vec<&In<i64>>| {
        let sum = parts.into_iter().filter_map(In::get).fold(0_i64, |sum, part| sum.saturating_add(*part));
        if let Some(&whole) = whole.get()
            && sum >= whole
        {
            let reason = format!(
                "is {whole}, but the sidecars and the collector of traces have {sum} {unit}, so that nothing is left for the main container; raise it"
            );
            failures.add(at.key(name), reason);
        }
    };
    let cpu = sidecars.clone().map(|it| &it.cpu).chain(tracing.map(|it| &it.cpu));
    fit("cpu", "CPU units", &workload.cpu, cpu.collect());
    let memory = sidecars.map(|it| &it.memory).chain(tracing.map(|it| &it.memory));
    fit("memory", "MiB of memory", &workload.memory, memory.collect());
}

/// Holds the names of secrets against those of the other variables.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn name_rules(
    environment: &In<BTreeMap<String, In<String>>>,
    secrets: &In<BTreeMap<String, In<String>>>,
    at: &Path,
    failures: &mut Failures,
) {
    // https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    const TRACE_ID: &str = "_X_AMZN_TRACE_ID";
    for (part, names) in [("environment", environment.get()), ("secrets", secrets.get())] {
        if names.is_some_and(|names| names.contains_key(TRACE_ID)) {
            let reason =
                "is the trace of one request, which X-Ray sets by itself; leave it out, and give tracing";
            failures.add(at.key(part).key(TRACE_ID), reason);
        }
    }
    let (Some(environment), Some(secrets)) = (environment.get(), secrets.get()) else { return };
    for name in secrets.keys().filter(|name| environment.contains_key(*name)) {
        let reason =
            "has the name of a variable in environment, and ECS takes each name once; leave one of them out";
        failures.add(at.key(Workload::SECRETS).key(name), reason);
    }
}

/// Holds what requests are for a service against what one rule of a load balancer takes.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
pub fn request_rules(workload: &WorkloadInput, at: &Path, failures: &mut Failures) {
    let count = |list: &In<Vec<In<String>>>| list.get().map_or(0, Vec::len);
    let test = workload.deployment.get().and_then(|deployment| deployment.test.get());
    let header = usize::from(test.is_some_and(|test| test.header.is_set()));
    let conditions = count(&workload.paths) + count(&workload.hosts) + header;
    if conditions > VALUES {
        let reason = format!(
            "has {conditions} values together with hosts; a load balancer takes {VALUES} for a service, so give fewer, such as /api/* for several"
        );
        failures.add(at.key(Workload::PATHS), reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(scaling: ScalingInput, desired: i64, port: Option<i64>) -> String {
        let mut failures = Failures::new();
        let workload = WorkloadInput {
            cpu: 256.into(),
            memory: 512.into(),
            scaling: scaling.into(),
            desired_count: desired.into(),
            port: port.into(),
            ..WorkloadInput::default()
        };
        rules(&workload, &Path::root(), &mut failures);
        failures.to_string()
    }

    #[test]
    fn scaling_needs_bounds_in_order_and_something_to_scale_on() {
        let scaling =
            |min: i64, max: i64| ScalingInput { min: min.into(), max: max.into(), ..ScalingInput::default() };
        let on_cpu = ScalingInput { cpu: 70.0.into(), ..scaling(1, 3) };
        assert_eq!(told(on_cpu.clone(), 2, None), "");
        assert!(
            told(ScalingInput { min: 5.into(), ..on_cpu.clone() }, 2, None).contains("above the maximum 3")
        );
        assert!(told(on_cpu, 7, None).contains("desiredCount is 7"));
        assert!(told(scaling(1, 3), 2, None).contains("nothing to scale on"));
        let step = |at: f64| In::known(QueueStepInput { above: at.into(), add: 1.into() });
        let queue = |steps: Vec<In<QueueStepInput>>| {
            let queue = QueueScalingInput { steps: In::known(steps), ..QueueScalingInput::default() };
            told(ScalingInput { queue: queue.into(), ..scaling(1, 3) }, 2, None)
        };
        assert_eq!(queue(vec![step(10.0), step(100.0)]), "");
        assert!(queue(vec![]).contains("scaling.queue: has neither target nor steps"));
        assert!(queue(vec![step(10.0), step(5.0)]).contains("scaling.queue.steps[1].above: is 5"));
        let requests = ScalingInput { requests_per_target: 100.0.into(), ..scaling(1, 3) };
        assert!(told(requests.clone(), 2, None).contains("load balancer"));
        assert_eq!(told(requests, 2, Some(80)), "");
    }
}
