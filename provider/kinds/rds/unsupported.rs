//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const CLUSTER: &[Unsupported] = &[
    without(
        "allocatedStorage",
        "Multi-AZ DB clusters are not supported; add instances with rds.ClusterInstance, or use rds.Instance with multiAz",
    ),
    without(
        "dbClusterInstanceClass",
        "Multi-AZ DB clusters are not supported; add instances with rds.ClusterInstance, or use rds.Instance with multiAz",
    ),
    without(
        "iops",
        "Multi-AZ DB clusters are not supported; add instances with rds.ClusterInstance, or use rds.Instance with multiAz",
    ),
    without("autoMinorVersionUpgrade", "give it as an argument of rds.ClusterInstance")
        .but(&["true", "standard"]),
    without("caCertificateIdentifier", "give it as an argument of rds.ClusterInstance")
        .but(&["true", "standard"]),
    without("monitoringInterval", "give it as an argument of rds.ClusterInstance").but(&["true", "standard"]),
    without("monitoringRoleArn", "give it as an argument of rds.ClusterInstance").but(&["true", "standard"]),
    without("backtrackWindow", "give backupRetentionPeriod, and restore to a point in time"),
    without("clusterMembers", "add instances with rds.ClusterInstance"),
    without("clusterScalabilityType", "Aurora Limitless is not supported; leave it out").but(&["standard"]),
    without("dbSystemId", "Oracle is not supported; leave it out"),
    without(
        "deleteAutomatedBackups",
        "automated backups are deleted with the cluster; leave it out, or give finalSnapshotIdentifier",
    )
    .but(&["true"]),
    without("domain", "joining a directory is not supported; leave it out"),
    without("domainIamRoleName", "joining a directory is not supported; leave it out"),
    without("enableGlobalWriteForwarding", "global databases are not supported; leave it out"),
    without("globalClusterIdentifier", "global databases are not supported; leave it out"),
    without("enableHttpEndpoint", "the Data API is not supported; connect to the endpoint"),
    without("enableLocalWriteForwarding", "write to endpoint, which connects to the writer instance"),
    without("engineLifecycleSupport", "clusters have extended support, the default of AWS; leave it out")
        .but(&["open-source-rds-extended-support"]),
    without("engineMode", "Aurora Serverless v1 has ended; give serverlessv2ScalingConfiguration")
        .but(&["provisioned"]),
    without("scalingConfiguration", "Aurora Serverless v1 has ended; give serverlessv2ScalingConfiguration")
        .but(&["provisioned"]),
    without("iamRoles", "roles for imports and exports are not attached; leave it out"),
    without("masterPasswordWo", "give masterPassword instead, which is encrypted in the state"),
    without("masterPasswordWoVersion", "give masterPassword instead, which is encrypted in the state"),
    without("networkType", "clusters have IPv4 addresses; leave it out").but(&["IPV4"]),
    without(
        "replicationSourceIdentifier",
        "replicas of other clusters are not supported; add instances with rds.ClusterInstance",
    ),
    without(
        "sourceRegion",
        "replicas of other clusters are not supported; add instances with rds.ClusterInstance",
    ),
    without("s3Import", "give snapshotIdentifier, or restore the data with the engine's own tools"),
    without("warningEventCategories", "subscribe to the events of RDS instead"),
];

pub(super) const CLUSTER_INSTANCE: &[Unsupported] = &[
    without("customIamInstanceProfile", "RDS Custom is not supported; leave it out"),
    without(
        "forceDestroy",
        "an instance is always deleted without a snapshot, which the cluster creates; leave it out",
    ),
    without("preferredBackupWindow", "give it as an argument of rds.Cluster"),
    without("warningEventCategories", "subscribe to the events of RDS instead"),
];

pub(super) const CLUSTER_SNAPSHOT: &[Unsupported] =
    &[without("sharedAccounts", "leave it out, or share the snapshot with the AWS CLI")];

pub(super) const INSTANCE: &[Unsupported] = &[
    without("backupTarget", "resources on AWS Outposts are not managed").but(&["region"]),
    without("customerOwnedIpEnabled", "resources on AWS Outposts are not managed").but(&["region"]),
    without("blueGreenUpdate", "updates are made in place; leave it out"),
    without(
        "characterSetName",
        "it applies only to Oracle and SQL Server; leave it out, or use the AWS package for this instance",
    ),
    without("customIamInstanceProfile", "RDS Custom is not supported; leave it out"),
    without(
        "ncharCharacterSetName",
        "it applies only to Oracle; leave it out, or use the AWS package for this instance",
    ),
    without(
        "replicaMode",
        "it applies only to Oracle and Db2; leave it out, or use the AWS package for this instance",
    ),
    without(
        "timezone",
        "it applies only to SQL Server and Db2; leave it out, or use the AWS package for this instance",
    ),
    without("dedicatedLogVolume", "leave it out, or give a faster storageType"),
    without("domain", "joining a directory is not supported; leave it out"),
    without("domainAuthSecretArn", "joining a directory is not supported; leave it out"),
    without("domainDnsIps", "joining a directory is not supported; leave it out"),
    without("domainFqdn", "joining a directory is not supported; leave it out"),
    without("domainIamRoleName", "joining a directory is not supported; leave it out"),
    without("domainOu", "joining a directory is not supported; leave it out"),
    without("passwordWo", "give password instead, which is encrypted in the state"),
    without("passwordWoVersion", "give password instead, which is encrypted in the state"),
    without("s3Import", "give snapshotIdentifier, or restore the data with the engine's own tools"),
    without("upgradeStorageConfig", "leave it out, or upgrade the storage with the AWS CLI"),
    without("warningEventCategories", "subscribe to the events of RDS instead"),
];

pub(super) const PARAMETER_GROUP: &[Unsupported] =
    &[without("skipDestroy", "give the resource option retainOnDelete instead")];

pub(super) const PROXY: &[Unsupported] = &[
    without("endpointNetworkType", "a proxy has IPv4 addresses; leave it out").but(&["IPV4"]),
    without("targetConnectionNetworkType", "a proxy has IPv4 addresses; leave it out").but(&["IPV4"]),
];

pub(super) const SNAPSHOT: &[Unsupported] =
    &[without("sharedAccounts", "leave it out, or share the snapshot with the AWS CLI")];
