//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const CLUSTER: &[Unsupported] = &[
    without("ipDiscovery", "nodes have IPv4 addresses; leave it out").but(&["ipv4"]),
    without("logDeliveryConfigurations", "leave it out, or enable log delivery with the AWS CLI"),
    without("networkType", "nodes have IPv4 addresses; leave it out").but(&["ipv4"]),
    without("outpostMode", "AWS Outposts is not supported; leave it out"),
    without("preferredOutpostArn", "AWS Outposts is not supported; leave it out"),
    without("snapshotArns", "a cluster starts empty; leave it out, or use the AWS package to restore one"),
    without("snapshotName", "a cluster starts empty; leave it out, or use the AWS package to restore one"),
];

pub(super) const REPLICATION_GROUP: &[Unsupported] = &[
    without("authTokenWo", "give authToken instead, which is encrypted in the state"),
    without("authTokenWoVersion", "give authToken instead, which is encrypted in the state"),
    without("clusterMode", "it follows from numNodeGroups: more than one enables it; leave it out")
        .but(&["disabled", "enabled"]),
    without("dataTieringEnabled", "leave it out: data is kept in memory"),
    without("durability", "leave it out: data is kept in memory"),
    without("globalReplicationGroupId", "global datastores are not supported; leave it out"),
    without("ipDiscovery", "nodes have IPv4 addresses; leave it out").but(&["ipv4"]),
    without("networkType", "nodes have IPv4 addresses; leave it out").but(&["ipv4"]),
    without("logDeliveryConfigurations", "leave it out, or enable log delivery with the AWS CLI"),
    without("nodeGroupConfigurations", "give numNodeGroups and replicasPerNodeGroup"),
    without("securityGroupNames", "give securityGroupIds"),
    without(
        "snapshotArns",
        "a replication group starts empty; leave it out, or use the AWS package to restore one",
    ),
    without(
        "snapshotName",
        "a replication group starts empty; leave it out, or use the AWS package to restore one",
    ),
    without("userGroupIds", "give authToken"),
];
