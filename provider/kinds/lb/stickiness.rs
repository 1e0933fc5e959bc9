//! Whether a client of a load balancer keeps its target.

use std::collections::HashMap;

use super::{HTTP, TargetGroupArgs, TargetGroupInputs};
use crate::model::{Failures, Model, Path, Prop};

/// The stickiness of a target group: whether requests of a client are routed to the same target.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct TargetGroupStickiness {
    /// The time in seconds that requests of a client are routed to the same target. Only for
    /// `lb_cookie` and `app_cookie`.
    #[model(default = 86_400, range = 1..=604_800)]
    pub cookie_duration: i64,
    /// The name of the application cookie. Required for `app_cookie`, and not allowed otherwise.
    pub cookie_name: Option<String>,
    /// Whether stickiness is enabled.
    #[model(default = true)]
    pub enabled: bool,
    /// The type of stickiness: a cookie for HTTP and HTTPS, or the source IP address for TCP and
    /// UDP.
    #[model(one_of = ["lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"])]
    pub r#type: String,
}

/// Rules between stickiness and protocol.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
pub(super) fn rules(args: &TargetGroupInputs, sort: &str, what: &str, failures: &mut Failures) {
    let Some(stickiness) = args.stickiness.get() else { return };
    let Some(kind) = stickiness.r#type.get() else { return };
    let at = |part: Prop<TargetGroupStickiness>| Path::from(TargetGroupArgs::STICKINESS).key(part);
    let by_cookie = kind.ends_with("_cookie");
    if by_cookie != (sort == HTTP) && stickiness.enabled.get() == Some(&true) {
        let legal = if sort == HTTP { "lb_cookie or app_cookie" } else { "source_ip" };
        failures.add(
            at(TargetGroupStickiness::TYPE),
            format!("is {kind:?}, which {what} does not support; give {legal}"),
        );
    }
    match (kind == "app_cookie", stickiness.cookie_name.is_set()) {
        (true, false) => failures.add(
            at(TargetGroupStickiness::COOKIE_NAME),
            "is missing; app_cookie requires the name of the application cookie",
        ),
        (false, true) => failures
            .add(at(TargetGroupStickiness::COOKIE_NAME), "is only for the type app_cookie; leave it out"),
        _ => {}
    }
}

/// The attributes that say so.
pub(super) fn attributes(stickiness: Option<&TargetGroupStickiness>) -> Vec<(String, String)> {
    let pair = |part: &str, value: String| (format!("stickiness.{part}"), value);
    let Some(stickiness) = stickiness.filter(|stickiness| stickiness.enabled) else {
        return vec![pair("enabled", "false".to_owned())];
    };
    let mut all = vec![pair("enabled", "true".to_owned()), pair("type", stickiness.r#type.clone())];
    let duration = stickiness.cookie_duration.to_string();
    match stickiness.r#type.as_str() {
        "lb_cookie" => all.push(pair("lb_cookie.duration_seconds", duration)),
        "app_cookie" => {
            all.push(pair("app_cookie.duration_seconds", duration));
            all.push(pair("app_cookie.cookie_name", stickiness.cookie_name.clone().unwrap_or_default()));
        }
        _ => {}
    }
    all
}

/// Stickiness that is switched on, from the attributes.
pub(super) fn read(attributes: &HashMap<String, String>) -> Option<TargetGroupStickiness> {
    let get = |part: &str| attributes.get(&format!("stickiness.{part}"));
    get("enabled").filter(|value| *value == "true")?;
    let kind = get("type").cloned().unwrap_or_default();
    let duration = get(&format!("{kind}.duration_seconds")).and_then(|value| value.parse().ok());
    let cookie_name = get("app_cookie.cookie_name").filter(|name| kind == "app_cookie" && !name.is_empty());
    Some(TargetGroupStickiness {
        cookie_duration: duration.unwrap_or(86_400),
        cookie_name: cookie_name.cloned(),
        enabled: true,
        r#type: kind,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let by_cookie = TargetGroupStickiness {
            cookie_duration: 60,
            cookie_name: Some("session".to_owned()),
            enabled: true,
            r#type: "app_cookie".to_owned(),
        };
        let written: HashMap<_, _> = attributes(Some(&by_cookie)).into_iter().collect();
        assert_eq!(read(&written).unwrap(), by_cookie);
        let by_address = TargetGroupStickiness {
            cookie_duration: 86_400,
            cookie_name: None,
            enabled: true,
            r#type: "source_ip".to_owned(),
        };
        let written: HashMap<_, _> = attributes(Some(&by_address)).into_iter().collect();
        assert_eq!((written.len(), read(&written).unwrap()), (2, by_address));
        assert_eq!(read(&attributes(None).into_iter().collect()), None);
    }
}
