//! How a load balancer tells whether the targets of a group work.

use aws_sdk_elasticloadbalancingv2::types::{Matcher, ProtocolEnum, TargetGroup};

use super::{TargetGroupArgs, TargetGroupInputs};
use crate::model::{Failures, Model, Path, Prop};

/// The health checks of the targets of a target group. The defaults depend on the protocol.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetGroupHealthCheck {
    /// Whether health checks are enabled. They can be disabled only for Lambda functions.
    #[model(aws_default)]
    pub enabled: Option<bool>,
    /// The number of consecutive successful health checks before an unhealthy target is considered
    /// healthy.
    #[model(aws_default, range = 2..=10)]
    pub healthy_threshold: Option<i64>,
    /// The time between two health checks of a target, in seconds.
    #[model(aws_default, range = 5..=300)]
    pub interval: Option<i64>,
    /// The response codes of a healthy target: HTTP codes such as `200` or `200-299`, or gRPC codes
    /// such as `0`.
    #[model(aws_default)]
    pub matcher: Option<String>,
    /// The path of the health check requests. It starts with a slash.
    #[model(aws_default, length = 1..=1024, check = check_path)]
    pub path: Option<String>,
    /// The port of the health checks: a number, or `traffic-port` for the port that the target
    /// receives traffic on.
    #[model(aws_default, check = check_port)]
    pub port: Option<String>,
    /// The protocol of the health checks.
    #[model(aws_default, one_of = ["HTTP", "HTTPS", "TCP"])]
    pub protocol: Option<String>,
    /// The time without a response after which a health check fails, in seconds. Must be less than
    /// `interval`.
    #[model(aws_default, range = 2..=120)]
    pub timeout: Option<i64>,
    /// The number of consecutive failed health checks before a target is considered unhealthy.
    #[model(aws_default, range = 2..=10)]
    pub unhealthy_threshold: Option<i64>,
}

/// Rules between the parts of a health check.
pub(super) fn rules(args: &TargetGroupInputs, failures: &mut Failures) {
    let Some(check) = args.health_check.get() else { return };
    let at = |part: Prop<TargetGroupHealthCheck>| Path::from(TargetGroupArgs::HEALTH_CHECK).key(part);
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    if let (Some(timeout), Some(interval)) = (check.timeout.get(), check.interval.get())
        && timeout >= interval
    {
        failures.add(
            at(TargetGroupHealthCheck::TIMEOUT),
            format!("is {timeout}; give less than interval, {interval} seconds"),
        );
    }
    if check.protocol.get().is_some_and(|protocol| protocol == "TCP") {
        for (part, given) in [
            (TargetGroupHealthCheck::PATH, check.path.is_set()),
            (TargetGroupHealthCheck::MATCHER, check.matcher.is_set()),
        ] {
            if given {
                failures.add(at(part), "is only for the protocols HTTP and HTTPS; leave it out");
            }
        }
    }
    let needed = args.target_type.get().is_some_and(|kind| kind != "lambda");
    if needed && check.enabled.get() == Some(&false) {
        failures.add(
            at(TargetGroupHealthCheck::ENABLED),
            "is false; health checks can be disabled for Lambda functions only, so leave it out",
        );
    }
}

pub(super) fn read(group: &TargetGroup) -> TargetGroupHealthCheck {
    let matcher = group.matcher();
    TargetGroupHealthCheck {
        enabled: group.health_check_enabled,
        healthy_threshold: group.healthy_threshold_count.map(i64::from),
        interval: group.health_check_interval_seconds.map(i64::from),
        matcher: matcher.and_then(|matcher| matcher.http_code.clone().or_else(|| matcher.grpc_code.clone())),
        path: group.health_check_path.clone(),
        port: group.health_check_port.clone(),
        protocol: group.health_check_protocol().map(|protocol| ProtocolEnum::as_str(protocol).to_owned()),
        timeout: group.health_check_timeout_seconds.map(i64::from),
        unhealthy_threshold: group.unhealthy_threshold_count.map(i64::from),
    }
}

pub(super) fn matcher(args: &TargetGroupArgs, check: &TargetGroupHealthCheck) -> Option<Matcher> {
    let codes = check.matcher.clone()?;
    let matcher = Matcher::builder();
    Some(match args.protocol_version.as_deref() {
        Some("GRPC") => matcher.grpc_code(codes).build(),
        _ => matcher.http_code(codes).build(),
    })
}

/// A number as the API has it.
pub(super) fn short(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}

pub fn check_path(path: &str) -> Result<(), String> {
    match path.starts_with('/') {
        true => Ok(()),
        false => Err(format!("is {path:?}; give a path that starts with a slash")),
    }
}

fn check_port(port: &str) -> Result<(), String> {
    match port == "traffic-port" || port.parse::<u16>().is_ok_and(|port| port > 0) {
        true => Ok(()),
        false => Err(format!("is {port:?}; give a port from 1 to 65535, or traffic-port")),
    }
}
