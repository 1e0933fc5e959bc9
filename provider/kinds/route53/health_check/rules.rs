//! What is legal for a health check, by its type.

use super::{HealthCheckArgs, HealthCheckInputs};
use crate::model::Failures;

/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html>
pub fn check(args: &HealthCheckInputs, failures: &mut Failures) {
    let Some(kind) = args.kind.get().map(String::as_str) else { return };
    let asks = !["CALCULATED", "CLOUDWATCH_METRIC"].contains(&kind);
    let matches = kind.ends_with("_STR_MATCH");
    if asks && !args.fqdn.is_set() && !args.ip_address.is_set() {
        failures
            .add(HealthCheckArgs::FQDN, "is missing; give the domain name of the endpoint, or its ipAddress");
    }
    if kind == "TCP" && !args.port.is_set() {
        failures.add(HealthCheckArgs::PORT, "is missing; the type TCP needs a port");
    }
    if kind == "TCP" && args.resource_path.get().is_some() {
        failures.add(HealthCheckArgs::RESOURCE_PATH, "is for the types of HTTP; leave it out");
    }
    if matches && !args.search_string.is_set() {
        failures.add(HealthCheckArgs::SEARCH_STRING, format!("is missing; the type {kind} needs it"));
    }
    if !matches && args.search_string.get().is_some() {
        let reason = "is for the types HTTP_STR_MATCH and HTTPS_STR_MATCH; leave it out";
        failures.add(HealthCheckArgs::SEARCH_STRING, reason);
    }
    if kind == "CALCULATED" && args.child_healthchecks.get().is_some_and(Vec::is_empty) {
        let reason = "is missing; the type CALCULATED needs the IDs of other health checks";
        failures.add(HealthCheckArgs::CHILD_HEALTHCHECKS, reason);
    }
    if kind == "CLOUDWATCH_METRIC" {
        for (argument, is_given) in [
            (HealthCheckArgs::CLOUDWATCH_ALARM_NAME, args.cloudwatch_alarm_name.is_set()),
            (HealthCheckArgs::CLOUDWATCH_ALARM_REGION, args.cloudwatch_alarm_region.is_set()),
        ] {
            if !is_given {
                failures.add(argument, "is missing; the type CLOUDWATCH_METRIC needs it");
            }
        }
    }
    let only = |kinds: &str| format!("is for the type {kinds}; leave it out");
    for (argument, is_given, of) in [
        (HealthCheckArgs::CHILD_HEALTH_THRESHOLD, args.child_health_threshold.get().is_some(), "CALCULATED"),
        (
            HealthCheckArgs::CLOUDWATCH_ALARM_NAME,
            args.cloudwatch_alarm_name.get().is_some(),
            "CLOUDWATCH_METRIC",
        ),
        (
            HealthCheckArgs::INSUFFICIENT_DATA_HEALTH_STATUS,
            args.insufficient_data_health_status.get().is_some(),
            "CLOUDWATCH_METRIC",
        ),
    ] {
        if is_given && kind != of {
            failures.add(argument, only(of));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::json;

    fn told(given: serde_json::Value) -> String {
        let mut failures = Failures::new();
        let input = HealthCheckArgs::read(Value::from_json(&given).as_object().unwrap(), &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn each_type_has_what_it_needs() {
        assert_eq!(told(json!({"type": "HTTPS", "fqdn": "example.com", "resourcePath": "/health"})), "");
        for (given, part) in [
            (json!({"type": "HTTP"}), "fqdn: is missing"),
            (json!({"type": "TCP", "ipAddress": "203.0.113.7"}), "port: is missing"),
            (json!({"type": "HTTP_STR_MATCH", "fqdn": "a.com"}), "searchString: is missing"),
            (
                json!({"type": "HTTP", "fqdn": "a.com", "searchString": "ok"}),
                "searchString: is for the types",
            ),
            (json!({"type": "CALCULATED", "childHealthchecks": []}), "childHealthchecks: is missing"),
            (json!({"type": "CLOUDWATCH_METRIC"}), "cloudwatchAlarmRegion: is missing"),
            (
                json!({"type": "HTTP", "fqdn": "a.com", "childHealthThreshold": 1}),
                "childHealthThreshold: is for the type CALCULATED",
            ),
        ] {
            let all = told(given.clone());
            assert!(all.contains(part), "{given}: {all}");
        }
    }
}
