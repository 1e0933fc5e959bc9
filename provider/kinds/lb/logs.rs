//! The logs that a load balancer writes into buckets.

use std::collections::HashMap;

use crate::model::Model;

/// The access logs of a load balancer, with an entry for each request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LoadBalancerAccessLogs {
    /// The name of the S3 bucket. The bucket policy must allow the load balancer to write to it.
    pub bucket: String,
    /// Whether access logs are enabled.
    #[model(default = false)]
    pub enabled: bool,
    /// The key prefix of the log files in the bucket.
    pub prefix: Option<String>,
}

/// The connection logs of an Application Load Balancer, with an entry for each connection.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LoadBalancerConnectionLogs {
    /// The name of the S3 bucket. The bucket policy must allow the load balancer to write to it.
    pub bucket: String,
    /// Whether connection logs are enabled.
    #[model(default = false)]
    pub enabled: bool,
    /// The key prefix of the log files in the bucket.
    pub prefix: Option<String>,
}

/// Either log, as attributes have it.
pub(super) struct Log {
    bucket: String,
    enabled: bool,
    prefix: Option<String>,
}

macro_rules! is_log {
    ($log:ident) => {
        impl From<&$log> for Log {
            fn from(log: &$log) -> Self {
                Log { bucket: log.bucket.clone(), enabled: log.enabled, prefix: log.prefix.clone() }
            }
        }

        impl From<Log> for $log {
            fn from(log: Log) -> Self {
                $log { bucket: log.bucket, enabled: log.enabled, prefix: log.prefix }
            }
        }
    };
}

is_log!(LoadBalancerAccessLogs);
is_log!(LoadBalancerConnectionLogs);

/// The attributes that say so. `name` is `access_logs` or `connection_logs`.
pub(super) fn attributes(name: &str, log: Option<Log>) -> Vec<(String, String)> {
    let pair = |part: &str, value: String| (format!("{name}.s3.{part}"), value);
    match log {
        Some(Log { bucket, enabled: true, prefix }) => vec![
            pair("enabled", "true".to_owned()),
            pair("bucket", bucket),
            pair("prefix", prefix.unwrap_or_default()),
        ],
        _ => vec![pair("enabled", "false".to_owned())],
    }
}

/// The log, from the attributes; it may be switched off.
pub(super) fn read(name: &str, attributes: &HashMap<String, String>) -> Option<Log> {
    let get = |part: &str| attributes.get(&format!("{name}.s3.{part}")).filter(|value| !value.is_empty());
    let enabled = get("enabled").is_some_and(|value| value == "true");
    Some(Log { bucket: get("bucket")?.clone(), enabled, prefix: get("prefix").cloned() })
}
