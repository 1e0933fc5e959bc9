//! The kinds of resources that can be held, and what their APIs call things.

/// A kind of resource whose state can be held, and what its API calls things.
pub struct Kind {
    pub service: &'static str,
    pub name: &'static str,
    /// The fields of the id and of the state, in the same object of an answer.
    pub id: &'static str,
    pub state: &'static str,
    /// Fields further down that show the same state.
    pub also: &'static str,
    /// Operations that start a change, and the states it goes through.
    pub changes: &'static [(&'static str, &'static [&'static str])],
    pub delete: Option<Delete>,
    /// Operations that poll.
    pub polls: &'static [&'static str],
}

/// A deletion that is put off: moto keeps the resource, and all that depends
/// on it, until the last poll.
pub struct Delete {
    pub operation: &'static str,
    pub states: &'static [&'static str],
    /// The first poll operation's parameters that name one resource, and where
    /// the deletion has their values. `[]` makes a list.
    pub lookup: &'static [(&'static str, &'static str)],
    /// What the deletion answers.
    pub reply: Reply,
    /// A field and a value with which AWS refuses the deletion, as moto does.
    pub refused: Option<(&'static str, &'static str)>,
    /// The error of a second deletion meanwhile.
    pub again: Option<(&'static str, &'static str)>,
}

pub enum Reply {
    /// The resource under this name.
    Resource(&'static str),
    /// The id alone.
    Id,
    /// All fields of the resource.
    Fields,
    Nothing,
}

pub const KINDS: &[Kind] = &[
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
    Kind {
        service: "rds",
        name: "DBInstance",
        id: "DBInstanceIdentifier",
        state: "DBInstanceStatus",
        also: "",
        changes: &[
            ("CreateDBInstance", &["creating", "configuring-enhanced-monitoring", "backing-up"]),
            ("CreateDBInstanceReadReplica", &["creating"]),
            ("RestoreDBInstanceFromDBSnapshot", &["creating", "modifying"]),
            ("RestoreDBInstanceToPointInTime", &["creating", "modifying"]),
            ("ModifyDBInstance", &["modifying"]),
            ("PromoteReadReplica", &["modifying"]),
            ("RebootDBInstance", &["rebooting"]),
            ("StartDBInstance", &["starting"]),
            ("StopDBInstance", &["stopping"]),
        ],
        delete: Some(Delete {
            operation: "DeleteDBInstance",
            states: &["deleting"],
            lookup: &[("DBInstanceIdentifier", "DBInstanceIdentifier")],
            reply: Reply::Resource("DBInstance"),
            refused: Some(("DeletionProtection", "true")),
            again: Some(("InvalidDBInstanceState", "Instance {id} is already being deleted.")),
        }),
        polls: &["DescribeDBInstances"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html#Aurora.Status
    Kind {
        service: "rds",
        name: "DBCluster",
        id: "DBClusterIdentifier",
        state: "Status",
        also: "",
        changes: &[
            ("CreateDBCluster", &["creating"]),
            ("RestoreDBClusterFromSnapshot", &["creating"]),
            ("RestoreDBClusterToPointInTime", &["creating"]),
            ("ModifyDBCluster", &["modifying"]),
        ],
        delete: Some(Delete {
            operation: "DeleteDBCluster",
            states: &["deleting"],
            lookup: &[("DBClusterIdentifier", "DBClusterIdentifier")],
            reply: Reply::Resource("DBCluster"),
            refused: Some(("DeletionProtection", "true")),
            again: Some(("InvalidDBClusterStateFault", "Cluster {id} is already being deleted.")),
        }),
        polls: &["DescribeDBClusters"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
    Kind {
        service: "rds",
        name: "DBSnapshot",
        id: "DBSnapshotIdentifier",
        state: "Status",
        also: "",
        changes: &[("CreateDBSnapshot", &["creating"])],
        delete: None,
        polls: &["DescribeDBSnapshots"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterSnapshot.html
    Kind {
        service: "rds",
        name: "DBClusterSnapshot",
        id: "DBClusterSnapshotIdentifier",
        state: "Status",
        also: "",
        changes: &[("CreateDBClusterSnapshot", &["creating"])],
        delete: None,
        polls: &["DescribeDBClusterSnapshots"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBProxy.html
    Kind {
        service: "rds",
        name: "DBProxy",
        id: "DBProxyName",
        state: "Status",
        also: "",
        changes: &[("CreateDBProxy", &["creating"]), ("ModifyDBProxy", &["modifying"])],
        delete: Some(Delete {
            operation: "DeleteDBProxy",
            states: &["deleting"],
            lookup: &[("DBProxyName", "DBProxyName")],
            reply: Reply::Resource("DBProxy"),
            refused: None,
            again: Some(("InvalidDBProxyStateFault", "The proxy {id} is already being deleted.")),
        }),
        polls: &["DescribeDBProxies"],
    },
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
    Kind {
        service: "elasticache",
        name: "ReplicationGroup",
        id: "ReplicationGroupId",
        state: "Status",
        also: "",
        changes: &[
            ("CreateReplicationGroup", &["creating"]),
            ("ModifyReplicationGroup", &["modifying"]),
            ("ModifyReplicationGroupShardConfiguration", &["modifying"]),
            ("IncreaseReplicaCount", &["modifying"]),
            ("DecreaseReplicaCount", &["modifying"]),
        ],
        delete: Some(Delete {
            operation: "DeleteReplicationGroup",
            states: &["deleting"],
            lookup: &[("ReplicationGroupId", "ReplicationGroupId")],
            reply: Reply::Resource("ReplicationGroup"),
            refused: None,
            again: Some(("InvalidReplicationGroupState", "Replication group {id} is already being deleted.")),
        }),
        polls: &["DescribeReplicationGroups"],
    },
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html
    Kind {
        service: "elasticache",
        name: "CacheCluster",
        id: "CacheClusterId",
        state: "CacheClusterStatus",
        also: "",
        changes: &[("CreateCacheCluster", &["creating"]), ("ModifyCacheCluster", &["modifying"])],
        delete: Some(Delete {
            operation: "DeleteCacheCluster",
            states: &["deleting"],
            lookup: &[("CacheClusterId", "CacheClusterId")],
            reply: Reply::Resource("CacheCluster"),
            refused: None,
            again: Some(("InvalidCacheClusterState", "Cache cluster {id} is already being deleted.")),
        }),
        polls: &["DescribeCacheClusters"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
    Kind {
        service: "ec2",
        name: "NatGateway",
        id: "natGatewayId",
        state: "state",
        also: "",
        changes: &[("CreateNatGateway", &["pending"])],
        delete: Some(Delete {
            operation: "DeleteNatGateway",
            states: &["deleting"],
            lookup: &[("NatGatewayId.1", "NatGatewayId")],
            reply: Reply::Id,
            refused: None,
            again: None,
        }),
        polls: &["DescribeNatGateways"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
    Kind {
        service: "ec2",
        name: "VpcEndpoint",
        id: "vpcEndpointId",
        state: "state",
        also: "",
        changes: &[("CreateVpcEndpoint", &["pending"])],
        delete: Some(Delete {
            operation: "DeleteVpcEndpoints",
            states: &["deleting"],
            lookup: &[("VpcEndpointId.1", "VpcEndpointId")],
            reply: Reply::Nothing,
            refused: None,
            again: None,
        }),
        polls: &["DescribeVpcEndpoints"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
    Kind {
        service: "ec2",
        name: "Vpc",
        id: "vpcId",
        state: "state",
        also: "",
        changes: &[("CreateVpc", &["pending"])],
        delete: None,
        polls: &["DescribeVpcs"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
    Kind {
        service: "ec2",
        name: "Subnet",
        id: "subnetId",
        state: "state",
        also: "",
        changes: &[("CreateSubnet", &["pending"])],
        delete: None,
        polls: &["DescribeSubnets"],
    },
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html
    Kind {
        service: "elasticloadbalancing",
        name: "LoadBalancer",
        id: "LoadBalancerArn",
        state: "State.Code",
        also: "",
        changes: &[("CreateLoadBalancer", &["provisioning"])],
        delete: None,
        polls: &["DescribeLoadBalancers"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
    Kind {
        service: "ecs",
        name: "Cluster",
        id: "clusterArn",
        state: "status",
        also: "",
        changes: &[("CreateCluster", &["PROVISIONING"]), ("DeleteCluster", &["DEPROVISIONING"])],
        delete: None,
        polls: &["DescribeClusters"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
    Kind {
        service: "ecs",
        name: "CapacityProviders",
        id: "clusterArn",
        state: "attachmentsStatus",
        also: "",
        changes: &[("PutClusterCapacityProviders", &["UPDATE_IN_PROGRESS"])],
        delete: None,
        polls: &["DescribeClusters"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    Kind {
        service: "ecs",
        name: "Service",
        id: "serviceArn",
        state: "status",
        also: "",
        changes: &[],
        delete: Some(Delete {
            operation: "DeleteService",
            states: &["DRAINING"],
            lookup: &[("cluster", "cluster"), ("services[]", "service")],
            reply: Reply::Resource("service"),
            refused: None,
            again: None,
        }),
        polls: &["DescribeServices"],
    },
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    Kind {
        service: "acm",
        name: "Certificate",
        id: "CertificateArn",
        state: "Status",
        also: "ValidationStatus",
        changes: &[("RequestCertificate", &["PENDING_VALIDATION"])],
        delete: None,
        polls: &["DescribeCertificate"],
    },
    // The validation records are not there at once:
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    Kind {
        service: "acm",
        name: "ValidationRecords",
        id: "CertificateArn",
        state: "DomainValidationOptions",
        also: "",
        changes: &[("RequestCertificate", &[""])],
        delete: None,
        polls: &["DescribeCertificate"],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Distribution.html
    Kind {
        service: "cloudfront",
        name: "Distribution",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[("CreateDistributionWithTags", &["InProgress"]), ("UpdateDistribution", &["InProgress"])],
        delete: None,
        polls: &["GetDistribution"],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Invalidation.html
    Kind {
        service: "cloudfront",
        name: "Invalidation",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[("CreateInvalidation", &["InProgress"])],
        delete: None,
        polls: &["GetInvalidation"],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_VpcOrigin.html
    Kind {
        service: "cloudfront",
        name: "VpcOrigin",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[("CreateVpcOrigin", &["Deploying"]), ("UpdateVpcOrigin", &["Deploying"])],
        delete: Some(Delete {
            operation: "DeleteVpcOrigin",
            states: &["Deploying"],
            lookup: &[("Id", "Id")],
            reply: Reply::Resource("VpcOrigin"),
            refused: None,
            again: None,
        }),
        polls: &["GetVpcOrigin"],
    },
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetAgentRuntime.html
    Kind {
        service: "bedrock-agentcore",
        name: "AgentRuntime",
        id: "agentRuntimeId",
        state: "status",
        also: "",
        changes: &[("CreateAgentRuntime", &["CREATING"]), ("UpdateAgentRuntime", &["UPDATING"])],
        delete: Some(Delete {
            operation: "DeleteAgentRuntime",
            states: &["DELETING"],
            lookup: &[("agentRuntimeId", "agentRuntimeId")],
            reply: Reply::Fields,
            refused: None,
            again: None,
        }),
        polls: &["GetAgentRuntime"],
    },
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetAgentRuntimeEndpoint.html
    Kind {
        service: "bedrock-agentcore",
        name: "AgentRuntimeEndpoint",
        id: "agentRuntimeEndpointArn",
        state: "status",
        also: "",
        changes: &[
            ("CreateAgentRuntimeEndpoint", &["CREATING"]),
            ("UpdateAgentRuntimeEndpoint", &["UPDATING"]),
        ],
        delete: Some(Delete {
            operation: "DeleteAgentRuntimeEndpoint",
            states: &["DELETING"],
            lookup: &[("agentRuntimeId", "agentRuntimeId"), ("endpointName", "endpointName")],
            reply: Reply::Fields,
            refused: None,
            again: None,
        }),
        polls: &["GetAgentRuntimeEndpoint"],
    },
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetMemory.html
    Kind {
        service: "bedrock-agentcore",
        name: "Memory",
        id: "arn",
        state: "status",
        also: "",
        changes: &[("CreateMemory", &["CREATING"]), ("UpdateMemory", &["UPDATING"])],
        delete: Some(Delete {
            operation: "DeleteMemory",
            states: &["DELETING"],
            lookup: &[("memoryId", "memoryId")],
            reply: Reply::Fields,
            refused: None,
            again: None,
        }),
        polls: &["GetMemory"],
    },
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetGateway.html
    Kind {
        service: "bedrock-agentcore",
        name: "Gateway",
        id: "gatewayId",
        state: "status",
        also: "",
        changes: &[("CreateGateway", &["CREATING"]), ("UpdateGateway", &["UPDATING"])],
        delete: Some(Delete {
            operation: "DeleteGateway",
            states: &["DELETING"],
            lookup: &[("gatewayIdentifier", "gatewayIdentifier")],
            reply: Reply::Fields,
            refused: None,
            again: None,
        }),
        polls: &["GetGateway"],
    },
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetGatewayTarget.html
    Kind {
        service: "bedrock-agentcore",
        name: "GatewayTarget",
        id: "targetId",
        state: "status",
        also: "",
        changes: &[("CreateGatewayTarget", &["CREATING"]), ("UpdateGatewayTarget", &["UPDATING"])],
        delete: Some(Delete {
            operation: "DeleteGatewayTarget",
            states: &["DELETING"],
            lookup: &[("gatewayIdentifier", "gatewayIdentifier"), ("targetId", "targetId")],
            reply: Reply::Fields,
            refused: None,
            again: None,
        }),
        polls: &["GetGatewayTarget"],
    },
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_data-automation_DataAutomationProject.html
    Kind {
        service: "bedrock",
        name: "DataAutomationProject",
        id: "projectArn",
        state: "status",
        also: "",
        changes: &[
            ("CreateDataAutomationProject", &["IN_PROGRESS"]),
            ("UpdateDataAutomationProject", &["IN_PROGRESS"]),
        ],
        delete: None,
        polls: &["GetDataAutomationProject"],
    },
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeInfo.html
    Kind {
        service: "route53",
        name: "Change",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[
            ("ChangeResourceRecordSets", &["PENDING"]),
            ("CreateHostedZone", &["PENDING"]),
            ("DeleteHostedZone", &["PENDING"]),
        ],
        delete: None,
        polls: &["GetChange"],
    },
];
