//! How long things take on AWS.
//!
//! AWS publishes no such figures. These are the middle of what public logs of deployments show, of
//! Terraform and of Pulumi, and where AWS's own documentation names a time, that.

use super::kinds::Kind;
use crate::call::Call;
use std::time::Duration;

/// From a new deployment of an ECS service to its steady state: tasks start in 30 to 45 seconds, and
/// targets become healthy after that.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html>
pub const ROLLOUT: Duration = Duration::from_secs(150);

struct Row {
    kind: &'static str,
    /// The operation; empty for all others of the kind.
    operation: &'static str,
    /// A parameter that the call must have, and its value.
    given: Option<(&'static str, &'static str)>,
    seconds: u64,
}

const fn row(kind: &'static str, operation: &'static str, seconds: u64) -> Row {
    Row { kind, operation, given: None, seconds }
}

/// The first that fits counts.
const ROWS: &[Row] = &[
    // An instance with a standby: 14:02 and 15:00 in logs; without, 5:57 to 10:12. It is backed up
    // before it is available:
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
    Row { kind: "DBInstance", operation: "CreateDBInstance", given: Some(("MultiAZ", "true")), seconds: 840 },
    // An instance of Aurora has its storage already.
    Row {
        kind: "DBInstance",
        operation: "CreateDBInstance",
        given: Some(("Engine", "aurora-postgresql")),
        seconds: 480,
    },
    Row {
        kind: "DBInstance",
        operation: "CreateDBInstance",
        given: Some(("Engine", "aurora-mysql")),
        seconds: 480,
    },
    row("DBInstance", "CreateDBInstance", 450),
    row("DBInstance", "CreateDBInstanceReadReplica", 720),
    row("DBInstance", "RestoreDBInstanceFromDBSnapshot", 720),
    row("DBInstance", "RestoreDBInstanceToPointInTime", 900),
    row("DBInstance", "RebootDBInstance", 60),
    row("DBInstance", "DeleteDBInstance", 300),
    row("DBInstance", "", 240),
    row("DBCluster", "DeleteDBCluster", 60),
    row("DBCluster", "", 60),
    row("DBSnapshot", "", 180),
    row("DBClusterSnapshot", "", 120),
    row("DBProxy", "CreateDBProxy", 420),
    row("DBProxy", "DeleteDBProxy", 120),
    row("DBProxy", "", 30),
    // 5:58 to 9:15 in logs.
    row("ReplicationGroup", "CreateReplicationGroup", 450),
    row("ReplicationGroup", "DeleteReplicationGroup", 300),
    row("ReplicationGroup", "", 300),
    row("CacheCluster", "DeleteCacheCluster", 240),
    row("CacheCluster", "", 300),
    // 1:25 to 2:05 in seven logs.
    row("NatGateway", "CreateNatGateway", 105),
    row("NatGateway", "DeleteNatGateway", 60),
    row("VpcEndpoint", "", 60),
    row("Vpc", "", 3),
    row("Subnet", "", 1),
    // 2:19, 2:22 and 2:52 in logs.
    row("LoadBalancer", "", 150),
    row("Cluster", "", 10),
    row("CapacityProviders", "", 10),
    // What the load balancer drains, and the tasks that stop.
    row("Service", "DeleteService", 60),
    // From its record on; the record itself takes its time besides.
    row("Certificate", "", 60),
    row("ValidationRecords", "", 5),
    // A new or changed distribution is deployed everywhere, and so is one that is disabled.
    row("Distribution", "", 240),
    row("Invalidation", "", 60),
    // Up to 15 minutes:
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
    row("VpcOrigin", "", 600),
    row("AgentRuntime", "DeleteAgentRuntime", 10),
    row("AgentRuntime", "", 30),
    row("AgentRuntimeEndpoint", "", 10),
    // Two to three minutes with strategies:
    // https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-get-started.html
    row("Memory", "DeleteMemory", 30),
    row("Memory", "", 150),
    row("Gateway", "", 10),
    row("GatewayTarget", "", 10),
    // Changes reach all name servers within 60 seconds:
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    row("Change", "", 38),
];

/// How long this change of a resource takes.
pub fn of(kind: &Kind, call: &Call) -> Duration {
    let fits = |row: &&Row| {
        row.kind == kind.name
            && (row.operation.is_empty() || row.operation == call.operation)
            && row.given.is_none_or(|(name, value)| call.text(name).eq_ignore_ascii_case(value))
    };
    Duration::from_secs(ROWS.iter().find(fits).map_or(0, |row| row.seconds))
}
