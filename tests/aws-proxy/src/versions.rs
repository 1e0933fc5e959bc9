//! Versions of engines, of which moto tells nothing and takes any.

use crate::call::Call;
use crate::wire::{self, Answer, AwsError};
use serde_json::{Value, json};

type Engine = (&'static str, &'static [&'static str]);

/// What can be created; earlier minor versions cannot any more. MySQL 5.7 has Extended Support:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html>
const DATABASES: &[Engine] = &[
    ("aurora-mysql", &["8.0.mysql_aurora.3.04.4", "8.0.mysql_aurora.3.10.1"]),
    (
        "aurora-postgresql",
        &["14.18", "14.19", "15.13", "15.14", "15.15", "16.4", "16.6", "16.9", "16.11", "17.6"],
    ),
    ("mariadb", &["10.6.22", "10.11.13", "10.11.14", "11.4.7", "11.8.3"]),
    ("mysql", &["5.7.44", "8.0.39", "8.0.40", "8.0.43", "8.0.44", "8.4.6", "8.4.7"]),
    (
        "postgres",
        &["13.22", "14.19", "14.20", "15.13", "15.14", "15.15", "16.9", "16.10", "16.11", "17.6", "17.7"],
    ),
];

/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html>
const CACHES: &[Engine] = &[
    ("memcached", &["1.5.16", "1.6.6", "1.6.12", "1.6.17", "1.6.22"]),
    ("redis", &["5.0.6", "6.0", "6.2", "7.0", "7.1"]),
    ("valkey", &["7.2", "8.0", "8.1", "8.2"]),
];

/// Some parameters of PostgreSQL, and when a change of them takes effect:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html>
const PARAMETERS: [(&str, &str); 5] = [
    ("max_connections", "static"),
    ("shared_buffers", "static"),
    ("rds.logical_replication", "static"),
    ("log_min_duration_statement", "dynamic"),
    ("rds.force_ssl", "dynamic"),
];

/// The answer of a call that asks which versions there are.
pub fn answer(call: &Call) -> Option<Answer> {
    let engine = call.text("Engine");
    let of = |engines: &[Engine]| -> Vec<Value> {
        let engines = engines.iter().filter(|(name, _)| engine.is_empty() || *name == engine);
        let version = |name: &str, version: &str| json!({"Engine": name, "EngineVersion": version});
        engines.flat_map(|(name, all)| all.iter().map(move |one| version(name, one))).collect()
    };
    if call.is("rds", "DescribeEngineDefaultParameters")
        || call.is("rds", "DescribeEngineDefaultClusterParameters")
    {
        let parameter = |(name, kind): &(&str, &str)| json!({"ParameterName": name, "ApplyType": kind});
        let all: Vec<Value> = PARAMETERS.iter().map(parameter).collect();
        let family = call.text("DBParameterGroupFamily");
        let defaults = json!({"DBParameterGroupFamily": family, "Parameters": {"Parameter": all}});
        return Some(wire::success(call.protocol, &call.operation, json!({"EngineDefaults": defaults})));
    }
    let (list, item, versions) = match (call.service.as_str(), call.operation.as_str()) {
        ("rds", "DescribeDBEngineVersions") => ("DBEngineVersions", "DBEngineVersion", of(DATABASES)),
        ("elasticache", "DescribeCacheEngineVersions") => {
            ("CacheEngineVersions", "CacheEngineVersion", of(CACHES))
        }
        _ => return None,
    };
    let members = json!({ list: { item: versions } });
    Some(wire::success(call.protocol, &call.operation, members))
}

/// The refusal of a version that cannot be had.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub fn refusal(call: &Call) -> Option<AwsError> {
    let creates = ["CreateDBInstance", "CreateDBCluster"];
    if call.service != "rds" || !creates.contains(&call.operation.as_str()) {
        return None;
    }
    let (engine, version) = (call.text("Engine"), call.text("EngineVersion"));
    let (_, offered) = DATABASES.iter().find(|(name, _)| *name == engine)?;
    let is_line = offered.iter().any(|offered| offered.starts_with(&format!("{version}.")));
    if version.is_empty() || is_line || offered.contains(&version.as_str()) {
        return None;
    }
    let message = format!("Cannot find version {version} for {engine}");
    Some(AwsError::new(400, "InvalidParameterCombination", message))
}
