//! What ElastiCache allows, as far as it can be told before it is asked.
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html>

use super::{ClusterArgs, ClusterInputs};
use crate::aws::error::{Error, ErrorKind};
use crate::model::{Failures, In, Prop};

pub fn check(args: &ClusterInputs, failures: &mut Failures) {
    match args.replication_group_id.is_set() {
        true => replica(args, failures),
        false => {
            let needed = [
                (ClusterArgs::ENGINE, args.engine.is_set(), "memcached or redis"),
                (ClusterArgs::NODE_TYPE, args.node_type.is_set(), "a node type such as cache.t4g.micro"),
            ];
            for (name, _, what) in needed.into_iter().filter(|(_, is_set, _)| !is_set) {
                failures.add(name, format!("is missing; give {what}, or the replicationGroupId of a group"));
            }
        }
    }
    // AWS raises the most that an account may have on request.
    if let Some(nodes) = args.num_cache_nodes.get().filter(|nodes| **nodes < 1) {
        failures.add(ClusterArgs::NUM_CACHE_NODES, format!("is {nodes}; give 1 or more"));
        return;
    }
    match args.engine.get().map(String::as_str) {
        Some("redis") => redis(args, failures),
        Some("memcached") => memcached(args, failures),
        _ => {}
    }
}

/// A node of a replication group is as the others of the group.
fn replica(args: &ClusterInputs, failures: &mut Failures) {
    let given = [
        (ClusterArgs::AZ_MODE, args.az_mode.is_set()),
        (ClusterArgs::ENGINE, args.engine.is_set()),
        (ClusterArgs::ENGINE_VERSION, args.engine_version.is_set()),
        (ClusterArgs::MAINTENANCE_WINDOW, args.maintenance_window.is_set()),
        (ClusterArgs::NODE_TYPE, args.node_type.is_set()),
        (ClusterArgs::NOTIFICATION_TOPIC_ARN, args.notification_topic_arn.is_set()),
        (ClusterArgs::NUM_CACHE_NODES, args.num_cache_nodes.is_set()),
        (ClusterArgs::PARAMETER_GROUP_NAME, args.parameter_group_name.is_set()),
        (ClusterArgs::PORT, args.port.is_set()),
        (ClusterArgs::SECURITY_GROUP_IDS, args.security_group_ids.is_set()),
        (ClusterArgs::SNAPSHOT_RETENTION_LIMIT, args.snapshot_retention_limit.is_set()),
        (ClusterArgs::SNAPSHOT_WINDOW, args.snapshot_window.is_set()),
        (ClusterArgs::SUBNET_GROUP_NAME, args.subnet_group_name.is_set()),
    ];
    refuse(
        &given,
        "conflicts with replicationGroupId, whose nodes all have the same settings; leave it out",
        failures,
    );
}

fn redis(args: &ClusterInputs, failures: &mut Failures) {
    if let Some(nodes) = args.num_cache_nodes.get().filter(|nodes| **nodes != 1) {
        let reason = format!(
            "is {nodes}, and a cluster of Redis has 1 node; leave it out, or use elasticache.ReplicationGroup"
        );
        failures.add(ClusterArgs::NUM_CACHE_NODES, reason);
    }
    let given = [
        (ClusterArgs::AZ_MODE, args.az_mode.get().is_some_and(|mode| mode != "single-az")),
        (ClusterArgs::PREFERRED_AVAILABILITY_ZONES, args.preferred_availability_zones.is_set()),
    ];
    refuse(&given, "is for several nodes of Memcached; leave it out, or give availabilityZone", failures);
}

fn memcached(args: &ClusterInputs, failures: &mut Failures) {
    let given = [
        (ClusterArgs::FINAL_SNAPSHOT_IDENTIFIER, args.final_snapshot_identifier.is_set()),
        (
            ClusterArgs::SNAPSHOT_RETENTION_LIMIT,
            args.snapshot_retention_limit.get().is_some_and(|days| *days > 0),
        ),
        (ClusterArgs::SNAPSHOT_WINDOW, args.snapshot_window.is_set()),
    ];
    refuse(&given, "is given, but Memcached has no snapshots; leave it out", failures);
    let nodes = match args.num_cache_nodes.is_set() {
        true => args.num_cache_nodes.get().copied(),
        false => Some(1),
    };
    let Some(nodes) = nodes else { return };
    if nodes == 1 && args.az_mode.get().is_some_and(|mode| mode == "cross-az") {
        let reason = "is cross-az, but there is 1 node; give numCacheNodes of 2 at least";
        failures.add(ClusterArgs::AZ_MODE, reason);
    }
    if let Some(zones) = args.preferred_availability_zones.get()
        && i64::try_from(zones.len()) != Ok(nodes)
    {
        let reason = format!("has {} zones for {nodes} nodes; give one for each node", zones.len());
        failures.add(ClusterArgs::PREFERRED_AVAILABILITY_ZONES, reason);
    }
}

fn refuse(given: &[(Prop<ClusterArgs>, bool)], reason: &str, failures: &mut Failures) {
    for (name, _) in given.iter().filter(|(_, is_given)| *is_given) {
        failures.add(*name, reason);
    }
}

/// What AWS refuses of a cluster that exists.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html>
pub fn check_change(old: &ClusterInputs, new: &ClusterInputs, failures: &mut Failures) {
    let major = |version: &In<String>| {
        version.get().and_then(|version| version.split('.').next()?.parse::<u32>().ok())
    };
    if let (Some(from), Some(to)) = (major(&old.engine_version), major(&new.engine_version))
        && to < from
        && old.engine.get() == new.engine.get()
    {
        let reason = format!("goes from {from} back to {to}, which ElastiCache cannot do");
        failures.add(ClusterArgs::ENGINE_VERSION, reason);
    }
}

/// The refusal to leave a VPC.
pub fn stays(old: &ClusterInputs) -> Error {
    let name = old.cluster_id.get().map_or("", String::as_str);
    let message = format!(
        "the cache {name} cannot leave its VPC with its data, but its subnet group is to be replaced, which changes subnetGroupName: so it is when the VPC is replaced"
    );
    Error::new(ErrorKind::Invalid, message).with_hint(
        "Revert the change; or, where the data may go, remove the cache from the program, run `pulumi up`, make the change, and add the cache again.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as J, json};

    fn read(given: &J, failures: &mut Failures) -> ClusterInputs {
        ClusterArgs::read(Value::from_json(given).as_object().unwrap(), failures)
    }

    fn told(given: &J) -> String {
        let mut failures = Failures::new();
        let mut fields = json!({"clusterId": "sessions"});
        for (key, value) in given.as_object().unwrap() {
            fields[key] = value.clone();
        }
        let input = read(&fields, &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_aws_takes_is_not_refused() {
        for given in [
            json!({"engine": "redis", "nodeType": "cache.t4g.micro"}),
            json!({"engine": "redis", "nodeType": "cache.t4g.micro", "engineVersion": "7", "numCacheNodes": 1}),
            json!({"engine": "redis", "nodeType": "cache.t4g.micro", "engineVersion": "6.x"}),
            json!({"engine": "redis", "nodeType": "cache.t4g.micro", "snapshotRetentionLimit": 7}),
            json!({"engine": "memcached", "nodeType": "cache.t4g.micro", "engineVersion": "1.6.22"}),
            json!({
                "engine": "memcached", "nodeType": "cache.t4g.micro", "numCacheNodes": 41, "azMode": "cross-az",
            }),
            json!({
                "engine": "memcached", "nodeType": "cache.t4g.micro", "numCacheNodes": 2,
                "preferredAvailabilityZones": ["a", "b"],
            }),
            json!({"replicationGroupId": "sessions", "availabilityZone": "eu-west-1a"}),
        ] {
            assert_eq!(told(&given), "", "{given}");
        }
    }

    #[test]
    fn what_aws_refuses_is_told_before() {
        let redis = |more: J| {
            let mut given = json!({"engine": "redis", "nodeType": "cache.t4g.micro"});
            given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            given
        };
        let memcached = |more: J| {
            let mut given = redis(more);
            given["engine"] = json!("memcached");
            given
        };
        for (given, part) in [
            (json!({}), "engine: is missing"),
            (json!({"engine": "redis"}), "nodeType: is missing"),
            (redis(json!({"engine": "valkey"})), "memcached"),
            (redis(json!({"numCacheNodes": 2})), "use elasticache.ReplicationGroup"),
            (redis(json!({"numCacheNodes": 0})), "1 or more"),
            (redis(json!({"preferredAvailabilityZones": ["a"]})), "Memcached"),
            (redis(json!({"engineVersion": "seven"})), "such as 7.1"),
            (memcached(json!({"snapshotRetentionLimit": 1})), "no snapshots"),
            (memcached(json!({"finalSnapshotIdentifier": "last"})), "no snapshots"),
            (memcached(json!({"azMode": "cross-az"})), "2 at least"),
            (memcached(json!({"numCacheNodes": 2, "preferredAvailabilityZones": ["a"]})), "one for each"),
            (json!({"replicationGroupId": "g", "nodeType": "cache.t4g.micro"}), "all have the same settings"),
        ] {
            assert!(told(&given).contains(part), "{given}: {}", told(&given));
        }
    }

    #[test]
    fn no_version_goes_back() {
        let at =
            |version: &str| read(&json!({"engine": "redis", "engineVersion": version}), &mut Failures::new());
        let mut failures = Failures::new();
        check_change(&at("6.2"), &at("7.1"), &mut failures);
        assert!(failures.is_empty());
        check_change(&at("7.1"), &at("6.x"), &mut failures);
        assert!(failures.to_string().contains("back to 6"));
    }
}
