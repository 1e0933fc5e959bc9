use super::*;

fn stop(code: &str, reason: &str, exits: &[(&str, Option<i32>, &str)]) -> Stop {
    let exits = exits.iter().map(|(container, code, reason)| Exit {
        container: (*container).to_owned(),
        code: *code,
        reason: Some((*reason).to_owned()).filter(|reason| !reason.is_empty()),
    });
    Stop { task: "1a2b".into(), code: code.into(), reason: reason.into(), exits: exits.collect() }
}

/// Texts as AWS documents and users report them.
const STARTS: [(&str, &str); 28] = [
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v42: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v42: not found",
        IMAGE,
    ),
    (
        "CannotPullContainerError: inspect image has been retried 1 time(s): failed to resolve ref \"docker.io/library/nope:latest\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        PULL_ROLE,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1: unexpected status from HEAD request to https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/api/manifests/1: 403 Forbidden",
        PULL_ROLE,
    ),
    (
        "CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
        PULL_ROLE,
    ),
    (
        "CannotPullContainerError: The task cannot pull api:1 from the registry. There is a connection issue between the task and the registry. Check your task network configuration.",
        NETWORK,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref \"r/api:v42\": failed to do request: Head \"https://r/v2/api/manifests/v42\": dial tcp 10.0.3.17:443: i/o timeout",
        NETWORK,
    ),
    (
        "CannotPullContainerError: Error response from daemon: Get https://registry-1.docker.io/v2/: net/http: request canceled while waiting for connection",
        NETWORK,
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: context deadline exceeded",
        NETWORK,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
        PLATFORM,
    ),
    (
        "CannotPullContainerError: inspect image has been retried 5 time(s): httpReaderSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:0: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
        PULL_LIMIT,
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer sha256:0: write /var/lib/containerd/x: no space left on device: unknown",
        DISK,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:db from secrets manager: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/1 is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:db",
        SECRET_ROLE,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: not authorized to perform: ssm:GetParameters",
        SECRET_ROLE,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:x from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        SECRET,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key password",
        SECRET,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /app/key",
        SECRET,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.us-east-1.amazonaws.com/\": dial tcp 52.0.0.1:443: i/o timeout. Please check your task network configuration.",
        NETWORK,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
        NETWORK,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: pull command failed: : signal: killed",
        NETWORK,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: not authorized to perform: ecr:GetAuthorizationToken on resource: *",
        PULL_ROLE,
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
        LOGS,
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection reset by peer : unsuccessful EFS utils command execution; code: 32",
        EFS,
    ),
    (
        "ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): RequestCanceled",
        ENV_FILES,
    ),
    (
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/exec' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
        TRUST,
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet 'subnet-0a1b2c3d': InsufficientFreeAddressesInSubnet",
        ADDRESSES,
    ),
    ("Timeout waiting for network interface provisioning to complete.", INTERFACE),
    (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown",
        COMMAND,
    ),
    (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: exec /app: exec format error: unknown",
        PLATFORM,
    ),
];

#[test]
fn what_keeps_a_task_from_starting_is_understood() {
    for (reason, advice) in STARTS {
        let stop = stop("TaskFailedToStart", reason, &[]);
        assert!(is_failure(&stop));
        assert_eq!(finding(&stop).advice, advice, "{reason}");
    }
}

#[test]
fn how_a_container_ended_is_understood() {
    let exited = |code, reason| {
        finding(&stop(
            "EssentialContainerExited",
            "Essential container in task exited",
            &[("app", code, reason)],
        ))
    };
    let oom = exited(Some(137), "OutOfMemoryError: Container killed due to memory usage");
    assert!(oom.advice == MEMORY && oom.said.contains("OutOfMemoryError"));
    assert_eq!(exited(Some(137), "").advice, MEMORY);
    assert_eq!(exited(Some(127), "").advice, COMMAND);
    assert_eq!(exited(Some(0), "").advice, FINISHED);
    assert!(
        exited(Some(1), "").said.contains("container \"app\" ended with exit code 1: the program failed")
    );
}

#[test]
fn a_task_that_is_no_longer_needed_did_not_fail() {
    let cases = [
        (
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/1234567890123456789)",
            false,
        ),
        (
            "ServiceSchedulerInitiated",
            "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/app/0)",
            true,
        ),
        ("ServiceSchedulerInitiated", "Task failed container health checks", true),
        ("SpotInterruption", "Your Spot Task was interrupted.", false),
        ("UserInitiated", "Task stopped by user", false),
        ("EssentialContainerExited", "Essential container in task exited", true),
    ];
    for (code, reason, failed) in cases {
        assert_eq!(is_failure(&stop(code, reason, &[])), failed, "{reason}");
    }
}

#[test]
fn an_explanation_has_the_cause_first_and_what_to_change() {
    let unhealthy = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/app/0)";
    let evidence = Evidence {
        service: "app".into(),
        outcome: "ECS deployment circuit breaker: tasks failed to start.".into(),
        back_to: Some("app:6".into()),
        stops: vec![
            stop("ServiceSchedulerInitiated", unhealthy, &[("app", Some(143), "")]),
            stop("EssentialContainerExited", "Essential container in task exited", &[("app", Some(1), "")]),
            stop("EssentialContainerExited", "Essential container in task exited", &[("app", Some(1), "")]),
            stop("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)", &[]),
        ],
        targets: vec![Target {
            at: "10.0.1.7:80".into(),
            code: "Target.ResponseCodeMismatch".into(),
            description: "Health checks failed with these codes: [404]".into(),
        }],
        events: vec![
            "(service app) has started 1 tasks: (task 1a2b).".into(),
            "(service app) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.".into(),
        ],
        logs: vec![Log { container: "app".into(), group: "/ecs/app".into(), streams: "app/app/".into() }],
    };
    let expected = [
        "the service app: ECS deployment circuit breaker: tasks failed to start, and ECS rolled back to app:6",
        "  container \"app\" ended with exit code 1: the program failed (2 times)",
        "  target 10.0.1.7:80 is not healthy: Health checks failed with these codes: [404] (Target.ResponseCodeMismatch)",
        &format!("  {unhealthy}"),
        r#"  Its log: group "/ecs/app", stream "app/app/1a2b""#,
        "  Event: (service app) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.",
    ];
    let error = explain(&evidence);
    assert_eq!(error.message(), expected.join("\n"));
    assert_eq!(error.hint(), Some("\nCheck the log of the container."));
    assert_eq!(error.kind(), ErrorKind::Failed);
}

#[test]
fn events_explain_where_no_task_came_to_be() {
    let event = "(service app) failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.).";
    let capacity = "(service app) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.";
    let evidence = Evidence { events: vec![capacity.into(), event.into()], ..Evidence::default() };
    let error = explain(&evidence);
    assert!(error.message().contains(event) && error.message().contains(capacity));
    assert_eq!(error.hint(), Some(format!("\n{TRUST}").as_str()));
}
