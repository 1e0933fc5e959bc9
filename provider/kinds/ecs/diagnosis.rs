//! Why a service does not become steady: AWS's own words, the cause first, and what to change.
//!
//! Texts: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use crate::aws::error::{Error, ErrorKind};

/// What is known of a deployment that went wrong.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The name of the service.
    pub service: String,
    /// What happened to the deployment, as a whole sentence or the end of one.
    pub outcome: String,
    /// The task definition that runs instead, where ECS went back to one.
    pub back_to: Option<String>,
    /// The tasks of the deployment that stopped, the newest first.
    pub stops: Vec<Stop>,
    /// The targets of the deployment that are not healthy.
    pub targets: Vec<Target>,
    /// The events of the service since the deployment began, the newest first.
    pub events: Vec<String>,
    /// Where each container writes its log.
    pub logs: Vec<Log>,
}

/// A task that stopped.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// The id of the task.
    pub task: String,
    /// AWS's code, such as `TaskFailedToStart`.
    pub code: String,
    pub reason: String,
    pub exits: Vec<Exit>,
}

/// How a container of a stopped task ended.
#[derive(Clone, Debug, Default)]
pub struct Exit {
    pub container: String,
    pub code: Option<i32>,
    pub reason: Option<String>,
}

/// A target of a load balancer that is not healthy.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The address and port.
    pub at: String,
    /// AWS's reason, such as `Target.ResponseCodeMismatch`.
    pub code: String,
    pub description: String,
}

/// Where a container writes its log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub container: String,
    pub group: String,
    /// The start of the names of its streams; the id of the task follows.
    pub streams: String,
}

/// Something that went wrong, and what may be done.
struct Finding {
    rank: u8,
    count: usize,
    said: String,
    advice: &'static str,
}

/// What to do about a text that contains all of the parts. The first match counts; the lower the
/// rank, the nearer it is to the cause.
type Rule = (&'static [&'static str], u8, &'static str);

const IMAGE: &str = "Check `image` in containerDefinitions: this repository and tag must exist.";
const PULL_ROLE: &str = "Allow executionRoleArn to pull the image (the policy AmazonECSTaskExecutionRolePolicy for ECR, repositoryCredentials for other registries), and check that the repository exists.";
const NETWORK: &str = "The task does not reach AWS or the registry: give it subnets with a route to a NAT gateway or with VPC endpoints, or public subnets with assignPublicIp, and security groups that let it out to port 443.";
const PLATFORM: &str = "The image is built for another CPU architecture: set runtimePlatform.cpuArchitecture to that of the image, or build the image for it.";
const SECRET_ROLE: &str = "Allow executionRoleArn to read the secrets and parameters that containerDefinitions name (secretsmanager:GetSecretValue, ssm:GetParameters), and kms:Decrypt for their key.";
const SECRET: &str = "Check `valueFrom` of the secrets in containerDefinitions: the secret must exist in this region, have a value, and have the JSON key that is requested.";
const TRUST: &str =
    "The roles in executionRoleArn and taskRoleArn must exist and trust ecs-tasks.amazonaws.com.";
const LOGS: &str = "Check logConfiguration in containerDefinitions: the log group must exist in that region, and executionRoleArn may write to it (logs:CreateLogStream, logs:PutLogEvents).";
const EFS: &str = "Check the EFS volumes: mount targets in the Availability Zones of the task, security groups that allow port 2049, and the permissions of the access point and of the task role.";
const ENV_FILES: &str = "Check environmentFiles in containerDefinitions, and that executionRoleArn may read them (s3:GetObject, s3:GetBucketLocation).";
const MEMORY: &str = "The container ran out of memory: raise `memory` of the task, and of the container if it has a limit of its own.";
const ADDRESSES: &str = "The subnet has no free IP address: give other or more subnets.";
const COMMAND: &str =
    "Check `command` and `entryPoint` in containerDefinitions, and that the image contains the program.";
const DISK: &str = "The task's disk is full: raise ephemeralStorage, or use a smaller image.";
const CAPACITY: &str = "AWS has no such capacity in these Availability Zones at the moment: give subnets in more zones, or try again later.";
const QUOTA: &str = "A quota of the account is reached: request an increase in the Service Quotas console.";
const INSTANCES: &str =
    "The cluster has no container instance for the task: use launchType FARGATE, or add instances.";
const TARGETS: &str = "Check loadBalancers: the target group must be of type `ip`, in the same VPC, and a listener must use it.";
const ANSWER: &str = "Make the path and the codes (matcher) of the target group's health check match the responses of the program.";
const SILENCE: &str = "The container does not respond to the load balancer: allow its security group on containerPort, and check that the program listens there on all addresses.";
const CONTAINER_CHECK: &str = "Check healthCheck in containerDefinitions: the command must exist in the image and succeed; raise startPeriod if the program takes long to start.";
const BALANCER_CHECK: &str = "Check the health check of the target group (path, port, codes), that the program listens on containerPort on all addresses, and that its security group allows the load balancer; raise healthCheckGracePeriodSeconds if the program takes long to start.";
const PULL_LIMIT: &str = "The registry limits pulls: give repositoryCredentials, or keep the image in ECR.";
const INTERFACE: &str = "Check networkConfiguration: its subnets and security groups must exist, be of one VPC, and have free addresses.";
const LOG: &str = "Check the log of the container.";
const FINISHED: &str =
    "The program ended by itself, but the tasks of a service must keep running: check `command`.";

/// Texts of AWS are nested, so that the order decides: what is special comes before what is general.
const RULES: &[Rule] = &[
    (&["does not contain descriptor matching platform"], 0, PLATFORM),
    (&["exec format error"], 0, PLATFORM),
    (&["unable to assume the role"], 0, TRUST),
    (&["unable to assume role"], 0, TRUST),
    (&["did not contain json key"], 0, SECRET),
    (&["toomanyrequests"], 1, PULL_LIMIT),
    (&["no space left on device"], 1, DISK),
    (&["dial tcp"], 1, NETWORK),
    (&["i/o timeout"], 1, NETWORK),
    (&["connection issue"], 1, NETWORK),
    (&["deadline exceeded"], 1, NETWORK),
    (&["request canceled"], 1, NETWORK),
    (&["request cancelled"], 1, NETWORK),
    (&["signal: killed"], 1, NETWORK),
    (&["efs utils"], 1, EFS),
    (&["efs volume"], 1, EFS),
    (&["mount.nfs"], 1, EFS),
    (&["logger args"], 1, LOGS),
    (&["log group does not exist"], 1, LOGS),
    (&["logs:createlogstream"], 1, LOGS),
    (&["env files"], 1, ENV_FILES),
    (&["cannotpull", "denied"], 0, PULL_ROLE),
    (&["cannotpull", "not authorized"], 0, PULL_ROLE),
    (&["cannotpull", "authorization failed"], 0, PULL_ROLE),
    (&["cannotpull", "forbidden"], 0, PULL_ROLE),
    (&["cannotpull", "permission"], 0, PULL_ROLE),
    (&["cannotpull", "no basic auth"], 0, PULL_ROLE),
    (&["cannotpull"], 0, IMAGE),
    (&["outofmemory"], 2, MEMORY),
    (&["executable file not found"], 2, COMMAND),
    (&["cannotstartcontainererror"], 2, COMMAND),
    (&["cannotcreatecontainererror"], 2, COMMAND),
    (&["registry auth", "ecr:getauthorizationtoken"], 0, PULL_ROLE),
    (&["unable to retrieve ecr registry auth"], 0, PULL_ROLE),
    (&["resourceinitializationerror", "accessdenied"], 0, SECRET_ROLE),
    (&["resourceinitializationerror", "not authorized"], 0, SECRET_ROLE),
    (&["resourceinitializationerror", "secret"], 0, SECRET),
    (&["resourceinitializationerror", "ssm"], 0, SECRET),
    (&["resourceinitializationerror"], 1, NETWORK),
    (&["insufficientfreeaddresses"], 0, ADDRESSES),
    (&["enough free addresses"], 0, ADDRESSES),
    (&["network interface"], 1, INTERFACE),
    (&["failed container health checks"], 4, CONTAINER_CHECK),
    (&["failed elb health checks"], 6, BALANCER_CHECK),
    (&["is unhealthy in (target-group"], 6, BALANCER_CHECK),
    (&["capacity is unavailable"], 7, CAPACITY),
    (&["reached the limit"], 7, QUOTA),
    (&["no container instance"], 7, INSTANCES),
    (&["register targets"], 7, TARGETS),
    (&["target group", "does not"], 7, TARGETS),
];

/// How an essential container may end, and what that means.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
fn exit_advice(code: i32) -> (&'static str, &'static str) {
    match code {
        0 => ("it ended without an error", FINISHED),
        125 => ("the container could not be started", COMMAND),
        126 => ("its command is not executable", COMMAND),
        127 => ("its command was not found", COMMAND),
        137 => ("it was killed, usually because it ran out of memory", MEMORY),
        139 => ("it crashed with a segmentation fault", PLATFORM),
        143 => ("it was asked to stop", LOG),
        _ => ("the program failed", LOG),
    }
}

/// Whether a task stopped because something is wrong, and not because it was no longer needed.
pub fn is_failure(stop: &Stop) -> bool {
    let reason = stop.reason.to_lowercase();
    match stop.code.as_str() {
        "TaskFailedToStart" | "EssentialContainerExited" => true,
        "ServiceSchedulerInitiated" => reason.contains("health check"),
        "SpotInterruption" | "TerminationNotice" | "UserInitiated" => false,
        _ => rule(&reason).is_some(),
    }
}

/// What the failures of the same cause have in common.
pub fn cause(stop: &Stop) -> String {
    let text = whole(stop);
    match rule(&text.to_lowercase()) {
        Some((parts, _, _)) => parts.join(" "),
        None => match stop.exits.iter().find_map(|exit| exit.code) {
            Some(code) => format!("exit {code}"),
            None => stop.reason.clone(),
        },
    }
}

/// What went wrong, in one line for a status.
pub fn brief(stop: &Stop) -> String {
    let text = finding(stop).said;
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Whether an event tells of something that keeps tasks from starting.
pub fn is_trouble(event: &str) -> bool {
    let event = event.to_lowercase();
    ["unable to", "failed to", "is unhealthy", "not enough"].iter().any(|words| event.contains(words))
}

/// The error for a deployment that went wrong.
pub fn explain(evidence: &Evidence) -> Error {
    let findings = findings(evidence);
    let mut lines =
        vec![format!("the service {}: {}", evidence.service, evidence.outcome.trim_end_matches('.'))];
    if let Some(back_to) = &evidence.back_to {
        lines[0].push_str(&format!(", and ECS rolled back to {back_to}"));
    }
    for finding in findings.iter().take(3) {
        let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
        lines.push(format!("  {}{times}", finding.said));
    }
    for (container, stop) in ended(evidence) {
        if let Some(log) = evidence.logs.iter().find(|log| log.container == container) {
            lines.push(format!("  Its log: group {:?}, stream \"{}{}\"", log.group, log.streams, stop.task));
        }
    }
    let shown = |event: &&String| findings.iter().all(|finding| finding.said != **event);
    let events = evidence.events.iter().filter(|event| is_trouble(event)).filter(shown).take(2);
    lines.extend(events.map(|event| format!("  Event: {event}")));
    let advice = findings
        .first()
        .map_or("Look at the events of the service in the ECS console.", |first| first.advice);
    Error::new(ErrorKind::Failed, lines.join("\n")).with_hint(format!("\n{advice}"))
}

/// All that went wrong, what is nearest to the cause first.
fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut found: Vec<(String, Finding)> = Vec::new();
    for stop in evidence.stops.iter().filter(|stop| is_failure(stop)) {
        let cause = cause(stop);
        match found.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, finding)) => finding.count += 1,
            None => found.push((cause, finding(stop))),
        }
    }
    let mut findings: Vec<Finding> = found.into_iter().map(|(_, finding)| finding).collect();
    if let Some(target) = evidence.targets.first() {
        findings.push(target_finding(target, evidence.targets.len()));
    }
    let of_events = evidence.events.iter().filter(|event| is_trouble(event)).filter_map(|event| {
        let (_, rank, advice) = rule(&event.to_lowercase())?;
        Some(Finding { rank: *rank, count: 1, said: event.clone(), advice })
    });
    findings.extend(of_events);
    findings.sort_by_key(|finding| (finding.rank, std::cmp::Reverse(finding.count)));
    findings
}

fn finding(stop: &Stop) -> Finding {
    let said = whole(stop);
    if let Some((_, rank, advice)) = rule(&said.to_lowercase()) {
        return Finding { rank: *rank, count: 1, said, advice };
    }
    let failed = stop.exits.iter().find(|exit| exit.code.is_some_and(|code| code != 0));
    let ended = failed.or_else(|| stop.exits.iter().find(|exit| exit.code.is_some()));
    match ended {
        Some(Exit { container, code: Some(code), .. }) if stop.code == "EssentialContainerExited" => {
            let (meaning, advice) = exit_advice(*code);
            let said = format!("container {container:?} ended with exit code {code}: {meaning}");
            Finding { rank: 3, count: 1, said, advice }
        }
        _ => Finding { rank: 8, count: 1, said, advice: LOG },
    }
}

fn target_finding(target: &Target, count: usize) -> Finding {
    let advice = match target.code.as_str() {
        "Target.ResponseCodeMismatch" => ANSWER,
        "Target.Timeout" => SILENCE,
        _ => BALANCER_CHECK,
    };
    let said = format!("target {} is not healthy: {} ({})", target.at, target.description, target.code);
    Finding { rank: 5, count, said, advice }
}

/// The containers that ended by themselves, each with the newest task in which it did.
fn ended(evidence: &Evidence) -> Vec<(String, &Stop)> {
    let mut all: Vec<(String, &Stop)> = Vec::new();
    for stop in evidence.stops.iter().filter(|stop| stop.code == "EssentialContainerExited") {
        for exit in stop.exits.iter().filter(|exit| exit.code.is_some()) {
            if all.iter().all(|(container, _)| *container != exit.container) {
                all.push((exit.container.clone(), stop));
            }
        }
    }
    all
}

/// All that AWS says of a stop, on one line.
fn whole(stop: &Stop) -> String {
    let mut texts: Vec<String> = vec![stop.reason.clone()];
    for exit in &stop.exits {
        if let Some(reason) = &exit.reason
            && !stop.reason.contains(reason.as_str())
        {
            texts.push(format!("container {:?}: {reason}", exit.container));
        }
    }
    texts.retain(|text| !text.is_empty());
    texts.join("; ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rule(lower: &str) -> Option<&'static Rule> {
    RULES.iter().find(|(parts, _, _)| parts.iter().all(|part| lower.contains(part)))
}

#[cfg(test)]
mod tests;
