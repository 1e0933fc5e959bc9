//! What ElastiCache allows, as far as it can be told before it is asked.
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html>

use super::{ReplicationGroupArgs, ReplicationGroupInputs};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::windows::Window;
use crate::model::{Failures, In};

/// The fewest minutes of a window.
const WINDOW: u32 = 60;

pub fn check(args: &ReplicationGroupInputs, failures: &mut Failures) {
    size(args, failures);
    encryption(args, failures);
    let nodes = args.num_cache_clusters.get().copied().or((!args.num_cache_clusters.is_set()).then_some(1));
    if let (Some(zones), Some(nodes)) = (args.preferred_cache_cluster_azs.get(), nodes)
        && !is_sharded(args)
        && i64::try_from(zones.len()) != Ok(nodes)
    {
        let reason = format!("has {} zones for {nodes} nodes; give one for each node", zones.len());
        failures.add(ReplicationGroupArgs::PREFERRED_CACHE_CLUSTER_AZS, reason);
    }
    if args.preferred_cache_cluster_azs.is_set() && is_sharded(args) {
        let reason = "is given, but AWS places the nodes of cluster mode itself; leave it out";
        failures.add(ReplicationGroupArgs::PREFERRED_CACHE_CLUSTER_AZS, reason);
    }
}

/// How many nodes there are, and what follows from it.
fn size(args: &ReplicationGroupInputs, failures: &mut Failures) {
    let fails_over = args.automatic_failover_enabled.get();
    if is_sharded(args) {
        if args.num_cache_clusters.is_set() {
            let reason = "conflicts with numNodeGroups and replicasPerNodeGroup, which are for cluster mode; leave one of them out";
            failures.add(ReplicationGroupArgs::NUM_CACHE_CLUSTERS, reason);
        }
        if !args.parameter_group_name.is_set() {
            let reason =
                "is missing; cluster mode needs one that enables it, such as default.redis7.cluster.on";
            failures.add(ReplicationGroupArgs::PARAMETER_GROUP_NAME, reason);
        }
        if fails_over == Some(&false) {
            failures.add(
                ReplicationGroupArgs::AUTOMATIC_FAILOVER_ENABLED,
                "is false, but cluster mode needs it; give true",
            );
        }
    }
    let replicas = match (args.num_cache_clusters.get(), args.replicas_per_node_group.get()) {
        (Some(nodes), _) => Some(nodes.saturating_sub(1)),
        (None, Some(replicas)) => Some(*replicas),
        (None, None) if args.num_cache_clusters.is_unknown() || args.replicas_per_node_group.is_unknown() => {
            None
        }
        (None, None) => Some(0),
    };
    if fails_over == Some(&true) && replicas == Some(0) && !is_sharded(args) {
        let reason = "is true, but there is no replica to take over; give numCacheClusters of 2 at least";
        failures.add(ReplicationGroupArgs::AUTOMATIC_FAILOVER_ENABLED, reason);
    }
    if args.multi_az_enabled.get() == Some(&true) {
        if fails_over == Some(&false) {
            failures.add(
                ReplicationGroupArgs::MULTI_AZ_ENABLED,
                "is true, which requires automaticFailoverEnabled; set both to true",
            );
        } else if replicas == Some(0) {
            failures.add(
                ReplicationGroupArgs::MULTI_AZ_ENABLED,
                "is true, but there is no replica for another zone; give more nodes",
            );
        }
    }
}

fn encryption(args: &ReplicationGroupInputs, failures: &mut Failures) {
    if args.transit_encryption_enabled.get() == Some(&false) && args.auth_token.is_set() {
        let reason = "is given, but transitEncryptionEnabled is false, and a token requires encrypted connections; set that to true";
        failures.add(ReplicationGroupArgs::AUTH_TOKEN, reason);
    }
    if args.at_rest_encryption_enabled.get() == Some(&false) && args.kms_key_id.is_set() {
        failures.add(
            ReplicationGroupArgs::KMS_KEY_ID,
            "is given, but atRestEncryptionEnabled is false; leave one of them out",
        );
    }
}

/// What AWS refuses of a group that exists.
pub fn check_change(old: &ReplicationGroupInputs, new: &ReplicationGroupInputs, failures: &mut Failures) {
    transit_change(old, new, failures);
    if old.auth_token.is_set()
        && !new.auth_token.is_set()
        && new.transit_encryption_enabled.get() == Some(&true)
    {
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
        let reason = "is removed, which AWS allows only in exchange for user groups; give the token, or replace the group under another replicationGroupId";
        failures.add(ReplicationGroupArgs::AUTH_TOKEN, reason);
    }
    let (was, wanted) = (old.engine.get(), new.engine.get());
    let becomes_valkey = was.is_some_and(|was| was == "redis") && wanted.is_some_and(|new| new == "valkey");
    if becomes_valkey && !new.engine_version.is_set() {
        failures.add(
            ReplicationGroupArgs::ENGINE_VERSION,
            "is missing; give the version of Valkey to change to, such as 8.0",
        );
    }
    let major = |version: &In<String>| {
        version.get().and_then(|version| version.split('.').next()?.parse::<u32>().ok())
    };
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html
    if let (Some(from), Some(to)) = (major(&old.engine_version), major(&new.engine_version))
        && to < from
        && was == wanted
    {
        let reason = format!("goes from {from} back to {to}, which ElastiCache cannot do");
        failures.add(ReplicationGroupArgs::ENGINE_VERSION, reason);
    }
}

/// Connections become encrypted, and open again, in two steps between which clients change.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html>
fn transit_change(old: &ReplicationGroupInputs, new: &ReplicationGroupInputs, failures: &mut Failures) {
    let (was, wanted) = (old.transit_encryption_enabled.get(), new.transit_encryption_enabled.get());
    let prefers = |args: &ReplicationGroupInputs| {
        args.transit_encryption_mode.get().is_some_and(|mode| mode == "preferred")
    };
    let (knows_old, knows_new) =
        (!old.transit_encryption_mode.is_unknown(), !new.transit_encryption_mode.is_unknown());
    if (was, wanted) == (Some(&false), Some(&true)) && knows_new && !prefers(new) {
        let reason = "must be \"preferred\" first, with which AWS accepts encrypted and unencrypted connections; once all clients encrypt, give \"required\"";
        failures.add(ReplicationGroupArgs::TRANSIT_ENCRYPTION_MODE, reason);
    }
    if (was, wanted) == (Some(&true), Some(&false)) && knows_old && !prefers(old) {
        let reason = "becomes false, which AWS allows only from the transitEncryptionMode \"preferred\": give that, run `pulumi up`, and then give false";
        failures.add(ReplicationGroupArgs::TRANSIT_ENCRYPTION_ENABLED, reason);
    }
}

/// The refusal to leave a VPC.
pub fn stays(old: &ReplicationGroupInputs) -> Error {
    let name = old.replication_group_id.get().map_or("", String::as_str);
    let message = format!(
        "the cache {name} cannot leave its VPC with its data, but its subnet group would be replaced, which changes subnetGroupName. That happens when the VPC is replaced, such as by another network.cidrBlock of a stack"
    );
    Error::new(ErrorKind::Invalid, message).with_hint(
        "Revert the change; or, where the data may go, remove the cache from the program, run `pulumi up`, make the change, and add the cache again.",
    )
}

fn is_sharded(args: &ReplicationGroupInputs) -> bool {
    args.num_node_groups.is_set() || args.replicas_per_node_group.is_set()
}

/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html>
pub fn check_version(version: &str) -> Result<(), String> {
    // `6.x` is the line 6 of Redis.
    let parts = version.strip_suffix(".x").unwrap_or(version).split('.');
    let parts: Vec<Option<u32>> = parts.map(|part| part.parse().ok()).collect();
    match (1..=3).contains(&parts.len()) && parts.iter().all(Option::is_some) {
        true => Ok(()),
        false => Err(format!("is {version:?}; give a version or its line, such as 7.1 or 7")),
    }
}

/// Holds a token against what AWS takes. The answer says nothing about it.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html>
pub fn check_token(token: &str) -> Result<(), String> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "!&#$^<>-".contains(c);
    match (16..=128).contains(&token.chars().count()) && token.chars().all(is_legal) {
        true => Ok(()),
        false => {
            Err("is not a token that AWS accepts; give 16 to 128 letters, digits and ! & # $ ^ < > -"
                .to_owned())
        }
    }
}

pub fn check_snapshot_window(text: &str) -> Result<(), String> {
    Window::of_day(text, WINDOW).map(drop)
}

pub fn check_maintenance_window(text: &str) -> Result<(), String> {
    Window::of_week(text, WINDOW).map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::elasticache::ReplicationGroupArgs;
    use crate::model::{Model, Value};
    use serde_json::{Value as J, json};

    fn read(given: &J, failures: &mut Failures) -> ReplicationGroupInputs {
        let mut fields = json!({"replicationGroupId": "sessions", "nodeType": "cache.t4g.small"});
        for (key, value) in given.as_object().unwrap() {
            fields[key] = value.clone();
        }
        ReplicationGroupArgs::read(Value::from_json(&fields).as_object().unwrap(), failures)
    }

    fn told(given: &J) -> String {
        let mut failures = Failures::new();
        let input = read(given, &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    fn told_of_change(old: &J, new: &J) -> String {
        let mut failures = Failures::new();
        let (old, new) = (read(old, &mut Failures::new()), read(new, &mut Failures::new()));
        check_change(&old, &new, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_aws_takes_is_not_refused() {
        for given in [
            json!({}),
            json!({"numCacheClusters": 2, "automaticFailoverEnabled": true, "multiAzEnabled": true}),
            json!({"authToken": "correct-horse-battery"}),
            json!({"transitEncryptionEnabled": false, "engineVersion": "7.1"}),
            json!({"numCacheClusters": 2, "preferredCacheClusterAzs": ["a", "b"]}),
            json!({
                "numNodeGroups": 2, "replicasPerNodeGroup": 1, "automaticFailoverEnabled": true,
                "multiAzEnabled": true, "parameterGroupName": "default.redis7.cluster.on",
            }),
            json!({"snapshotWindow": "03:00-04:00", "maintenanceWindow": "Sun:04:30-Sun:05:30"}),
            json!({"engineVersion": "7"}),
            json!({"engineVersion": "6.x"}),
        ] {
            assert_eq!(told(&given), "", "{given}");
        }
    }

    #[test]
    fn what_aws_refuses_is_told_before() {
        for (given, part) in [
            (json!({"engine": "memcached"}), "valkey"),
            (json!({"engineVersion": "seven"}), "such as 7.1"),
            (json!({"automaticFailoverEnabled": true}), "no replica to take over"),
            (json!({"numCacheClusters": 1, "automaticFailoverEnabled": true}), "no replica to take over"),
            (json!({"numCacheClusters": 2, "multiAzEnabled": true}), "set both to true"),
            (json!({"numCacheClusters": 7}), "from 1 to 6"),
            (json!({"transitEncryptionEnabled": false, "authToken": "correct-horse-battery"}), "authToken"),
            (json!({"atRestEncryptionEnabled": false, "kmsKeyId": "k"}), "leave one"),
            (json!({"numCacheClusters": 3, "preferredCacheClusterAzs": ["a"]}), "one for each"),
            (json!({"numNodeGroups": 2, "numCacheClusters": 2}), "conflicts with numNodeGroups"),
            (json!({"numNodeGroups": 2}), "parameterGroupName: is missing"),
            (json!({"numNodeGroups": 2}), "cluster mode needs it"),
            (json!({"snapshotWindow": "03:00-03:30"}), "60 minutes"),
        ] {
            assert!(told(&given).contains(part), "{given}: {}", told(&given));
        }
    }

    #[test]
    fn no_message_tells_the_token() {
        for token in ["hunter2", "hunter2-hunter2/hunter2"] {
            let text = told(&json!({"authToken": token}));
            assert!(text.contains("16 to 128") && !text.contains("hunter"), "{text}");
        }
    }

    #[test]
    fn connections_are_encrypted_in_two_steps() {
        let open = json!({"transitEncryptionEnabled": false});
        let both = json!({"transitEncryptionMode": "preferred"});
        let closed = json!({});
        assert!(told_of_change(&open, &closed).contains("must be \"preferred\" first"));
        assert_eq!(told_of_change(&open, &both), "");
        assert_eq!(told_of_change(&both, &closed), "");
        assert!(told_of_change(&closed, &open).contains("only from the transitEncryptionMode"));
        assert_eq!(told_of_change(&both, &open), "");
    }

    #[test]
    fn what_has_no_way_back_is_refused() {
        let (with, without) = (json!({"authToken": "correct-horse-battery"}), json!({}));
        assert!(told_of_change(&with, &without).contains("user groups"));
        assert_eq!(told_of_change(&without, &with), "");
        let at = |version: &str| json!({"engineVersion": version});
        assert!(told_of_change(&at("7.1"), &at("6.2")).contains("back to 6"));
        assert_eq!(told_of_change(&at("6.2"), &at("7.1")), "");
        assert!(told_of_change(&without, &json!({"engine": "valkey"})).contains("such as 8.0"));
    }
}
