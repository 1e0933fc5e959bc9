//! What AWS refuses and moto does not: deletions of what is in use, and names
//! that are taken.

use crate::call::Call;
use crate::limits;
use crate::mend::{self, Promoted};
use crate::moto::Moto;
use crate::places;
use crate::tree::{leaves, nodes, text, texts};
use crate::versions;
use crate::wire::{self, Answer, AwsError};
use serde_json::{Value, json};

/// What to answer instead of making the call, if AWS would not make it.
pub async fn refusal(moto: &Moto, promoted: &Promoted, call: &Call) -> Option<Answer> {
    let id = |param: &str| call.text(param);
    if let Some(error) = versions::refusal(call) {
        return Some(wire::error(call.protocol, &call.service, &error));
    }
    if let Some(error) = limits::refusal(moto, call).await {
        return Some(wire::error(call.protocol, &call.service, &error));
    }
    if let Some(error) = places::refusal(moto, call).await {
        return Some(wire::error(call.protocol, &call.service, &error));
    }
    let found = match (call.service.as_str(), call.operation.as_str()) {
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
        ("ec2", "DeleteSecurityGroup") => {
            let id = id("GroupId");
            used(moto, call, &id, SECURITY_GROUP)
                .await
                .map(|_| dependency(format!("resource {id} has a dependent object")))
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
        ("ec2", "DeleteSubnet") => {
            let id = id("SubnetId");
            used(moto, call, &id, SUBNET)
                .await
                .map(|_| dependency(format!("The subnet '{id}' has dependencies and cannot be deleted.")))
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
        ("ec2", "DeleteVpc") => {
            let id = id("VpcId");
            used(moto, call, &id, VPC)
                .await
                .map(|_| dependency(format!("The vpc '{id}' has dependencies and cannot be deleted.")))
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
        ("ec2", "DetachInternetGateway") => {
            let id = id("VpcId");
            used(moto, call, &id, PUBLIC_ADDRESSES).await.map(|_| {
                dependency(format!(
                    "Network {id} has some mapped public address(es). \
                     Please unmap those public address(es) before detaching the gateway."
                ))
            })
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
        ("ec2", "ReleaseAddress") => {
            let id = id("AllocationId");
            used(moto, call, &id, ADDRESS)
                .await
                .map(|_| AwsError::new(400, "InvalidIPAddress.InUse", format!("Address {id} is in use.")))
        }
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
        ("ecs", "DeleteCluster") => {
            let params = json!({"cluster": id("cluster"), "desiredStatus": "RUNNING"});
            let tasks = moto.ask(call, "ecs", "ListTasks", params).await;
            let cluster = id("cluster");
            let name = cluster.rsplit('/').next();
            texts(&tasks, "taskArns").iter().any(|task| task.split('/').nth(1) == name).then(|| {
                let message = "The Cluster cannot be deleted while Tasks are active.";
                AwsError::new(400, "ClusterContainsTasksException", message)
            })
        }
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
        ("elasticloadbalancing", "DeleteLoadBalancer") => {
            let arn = id("LoadBalancerArn");
            let params = json!({"LoadBalancerArn": arn});
            let attributes = moto.ask(call, &call.service, "DescribeLoadBalancerAttributes", params).await;
            let protected = |attribute: &&Value| {
                text(attribute, "Key") == "deletion_protection.enabled" && text(attribute, "Value") == "true"
            };
            nodes(&attributes, "Key").iter().any(protected).then(|| {
                let message =
                    format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
                AwsError::new(400, "OperationNotPermitted", message)
            })
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html
        ("rds", "DeleteDBSubnetGroup") => {
            let name = id("DBSubnetGroupName");
            used(moto, call, &name, DB_SUBNET_GROUP).await.map(|holder| {
                let message = format!(
                    "Cannot delete the subnet group '{name}' because at least one database instance: \
                     {holder} is still using it."
                );
                AwsError::new(400, "InvalidDBSubnetGroupStateFault", message)
            })
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html
        ("rds", "DeleteDBParameterGroup") => {
            let name = id("DBParameterGroupName");
            used(moto, call, &name, DB_PARAMETER_GROUP).await.map(|_| {
                let message = format!(
                    "One or more database instances are still members of this parameter group {name}, \
                     so the group cannot be deleted"
                );
                AwsError::new(400, "InvalidDBParameterGroupState", message)
            })
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBClusterParameterGroup.html
        ("rds", "DeleteDBClusterParameterGroup") => {
            let name = id("DBClusterParameterGroupName");
            used(moto, call, &name, DB_CLUSTER_PARAMETER_GROUP).await.map(|_| {
                let message = format!(
                    "One or more database clusters are still members of this parameter group {name}, \
                     so the group cannot be deleted"
                );
                AwsError::new(400, "InvalidDBParameterGroupState", message)
            })
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
        // and the pages of the two operations that restore one.
        ("rds", "CreateDBCluster" | "RestoreDBClusterFromSnapshot" | "RestoreDBClusterToPointInTime") => {
            let params = json!({"DBClusterIdentifier": id("DBClusterIdentifier")});
            let found = moto.ask(call, "rds", "DescribeDBClusters", params).await;
            (!found.is_null())
                .then(|| AwsError::new(400, "DBClusterAlreadyExistsFault", "DB Cluster already exists"))
        }
        ("rds", "DeleteDBCluster") => final_cluster_snapshot(call),
        ("rds", "DeleteDBInstance") => final_snapshot(moto, promoted, call).await,
        // https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
        ("acm", "DeleteCertificate") => {
            let arn = id("CertificateArn");
            (!certificate_users(moto, call, &arn).await.is_empty()).then(|| {
                let message = format!("Certificate {arn} in account {} is in use.", moto.account());
                AwsError::new(400, "ResourceInUseException", message)
            })
        }
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
        ("iam", "DeletePolicy") => {
            let params = json!({"PolicyArn": id("PolicyArn")});
            let holders = moto.ask(call, "iam", "ListEntitiesForPolicy", params.clone()).await;
            let versions = moto.ask(call, "iam", "ListPolicyVersions", params).await;
            let message = if ["RoleName", "UserName", "GroupName"]
                .iter()
                .any(|name| !nodes(&holders, name).is_empty())
            {
                "Cannot delete a policy attached to entities."
            } else if nodes(&versions, "VersionId").len() > 1 {
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy."
            } else {
                return None;
            };
            Some(AwsError::new(409, "DeleteConflict", message))
        }
        // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
        ("cloudtrail", "CreateTrail") => {
            let found = moto.ask(call, "cloudtrail", "GetTrail", json!({"Name": id("Name")})).await;
            (!found.is_null()).then(|| {
                let message = format!("Trail {} already exists", id("Name"));
                AwsError::new(400, "TrailAlreadyExistsException", message)
            })
        }
        // https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
        // A topic always has a policy, and an empty text is none.
        ("sns", "SetTopicAttributes") => {
            (id("AttributeName") == "Policy" && id("AttributeValue").is_empty()).then(|| {
                let message = "Invalid parameter: Policy Error: null";
                AwsError::new(400, "InvalidParameter", message)
            })
        }
        // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
        ("secretsmanager", "CreateSecret") => {
            let secret =
                moto.ask(call, &call.service, "DescribeSecret", json!({"SecretId": id("Name")})).await;
            secret.get("DeletedDate").filter(|date| !date.is_null()).map(|_| {
                let message = "You can't create this secret because a secret with this name is already \
                               scheduled for deletion.";
                AwsError::new(400, "InvalidRequestException", message)
            })
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
        ("rds", "CreateDBSubnetGroup") => {
            let name = id("DBSubnetGroupName");
            let params = json!({"DBSubnetGroupName": name});
            let found = moto.ask(call, "rds", "DescribeDBSubnetGroups", params).await;
            (!found.is_null()).then(|| {
                AwsError::new(
                    400,
                    "DBSubnetGroupAlreadyExists",
                    format!("The DB subnet group '{name}' already exists."),
                )
            })
        }
        // https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html
        ("wafv2", "DeleteWebACL") => guards(moto, call, &id("Id")).await.then(|| {
            let message = "AWS WAF couldn’t perform the operation because your resource is being used by another \
                           resource or it’s associated with another resource.";
            AwsError::new(400, "WAFAssociatedItemException", message)
        }),
        // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteDistribution.html
        ("cloudfront", "DeleteDistribution") => {
            let found = moto.ask(call, "cloudfront", "GetDistribution", json!({"Id": id("Id")})).await;
            (text(&found, "Distribution.DistributionConfig.Enabled") == "true").then(|| {
                let message = "The distribution you are trying to delete has not been disabled.";
                AwsError::new(409, "DistributionNotDisabled", message)
            })
        }
        // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateOriginAccessControl.html
        ("cloudfront", "CreateOriginAccessControl") => {
            let found = moto.ask(call, "cloudfront", "ListOriginAccessControls", json!({})).await;
            texts(&found, "Name").contains(&id("Name")).then(|| {
                let message = "An origin access control with this name already exists.";
                AwsError::new(409, "OriginAccessControlAlreadyExists", message)
            })
        }
        ("elasticloadbalancing", operation) => return same_again(moto, call, operation).await,
        ("route53", "ChangeResourceRecordSets") => changed_records(moto, call).await,
        _ => None,
    };
    found.map(|error| wire::error(call.protocol, &call.service, &error))
}

/// EC2's refusal to delete what something else needs.
pub fn dependency(message: String) -> AwsError {
    AwsError::new(400, "DependencyViolation", message)
}

/// Resources that hold another one: those in the answer to a call whose
/// `field`, at any depth, is the other one's id.
struct Holder {
    service: &'static str,
    operation: &'static str,
    /// The field of the holder's own id.
    id: &'static str,
    field: &'static str,
    /// Fields and values that say that it does not hold.
    unless: &'static [(&'static str, &'static str)],
}

impl Holder {
    const fn new(
        service: &'static str,
        operation: &'static str,
        id: &'static str,
        field: &'static str,
    ) -> Self {
        Self { service, operation, id, field, unless: &[] }
    }

    const fn unless(mut self, unless: &'static [(&'static str, &'static str)]) -> Self {
        self.unless = unless;
        self
    }
}

const ELB: &str = "elasticloadbalancing";
const GONE: &[(&str, &str)] = &[("state", "deleted")];

const SECURITY_GROUP: &[Holder] = &[
    Holder::new("ec2", "DescribeSecurityGroups", "groupId", "groupId"),
    Holder::new("ec2", "DescribeNetworkInterfaces", "networkInterfaceId", "groupId"),
    Holder::new("ec2", "DescribeVpcEndpoints", "vpcEndpointId", "groupId").unless(GONE),
    Holder::new(ELB, "DescribeLoadBalancers", "LoadBalancerArn", "SecurityGroups"),
    Holder::new("rds", "DescribeDBInstances", "DBInstanceIdentifier", "VpcSecurityGroupId"),
    Holder::new("rds", "DescribeDBClusters", "DBClusterIdentifier", "VpcSecurityGroupId"),
    Holder::new("rds", "DescribeDBProxies", "DBProxyName", "VpcSecurityGroupIds"),
    Holder::new("elasticache", "DescribeCacheClusters", "CacheClusterId", "SecurityGroupId"),
];

const SUBNET: &[Holder] = &[
    Holder::new("ec2", "DescribeNetworkInterfaces", "networkInterfaceId", "subnetId"),
    Holder::new("ec2", "DescribeNatGateways", "natGatewayId", "subnetId").unless(GONE),
    Holder::new("ec2", "DescribeVpcEndpoints", "vpcEndpointId", "subnetIdSet").unless(GONE),
    Holder::new(ELB, "DescribeLoadBalancers", "LoadBalancerArn", "SubnetId"),
    Holder::new("rds", "DescribeDBInstances", "DBInstanceIdentifier", "SubnetIdentifier"),
    Holder::new("rds", "DescribeDBProxies", "DBProxyName", "VpcSubnetIds"),
];

const VPC: &[Holder] = &[
    Holder::new("ec2", "DescribeInternetGateways", "internetGatewayId", "vpcId"),
    Holder::new("ec2", "DescribeVpcEndpoints", "vpcEndpointId", "vpcId").unless(GONE),
    Holder::new("ec2", "DescribeSecurityGroups", "groupId", "vpcId").unless(&[("groupName", "default")]),
];

const PUBLIC_ADDRESSES: &[Holder] = &[
    Holder::new("ec2", "DescribeNatGateways", "natGatewayId", "vpcId")
        .unless(&[("state", "deleted"), ("connectivityType", "private")]),
    Holder::new(ELB, "DescribeLoadBalancers", "LoadBalancerArn", "VpcId").unless(&[("Scheme", "internal")]),
];

const ADDRESS: &[Holder] =
    &[Holder::new("ec2", "DescribeNatGateways", "natGatewayId", "allocationId").unless(GONE)];

const DB_SUBNET_GROUP: &[Holder] = &[
    Holder::new("rds", "DescribeDBInstances", "DBInstanceIdentifier", "DBSubnetGroupName"),
    Holder::new("rds", "DescribeDBClusters", "DBClusterIdentifier", "DBSubnetGroup"),
];

const DB_CLUSTER_PARAMETER_GROUP: &[Holder] =
    &[Holder::new("rds", "DescribeDBClusters", "DBClusterIdentifier", "DBClusterParameterGroup")];

const DB_PARAMETER_GROUP: &[Holder] =
    &[Holder::new("rds", "DescribeDBInstances", "DBInstanceIdentifier", "DBParameterGroupName")];

/// The id of the first resource found that holds this one.
async fn used(moto: &Moto, call: &Call, id: &str, holders: &[Holder]) -> Option<String> {
    for holder in holders {
        let answer = moto.ask(call, holder.service, holder.operation, json!({})).await;
        let holds = |node: &&Value| {
            text(node, holder.id) != id
                && texts(node, holder.field).iter().any(|found| found == id)
                && !holder.unless.iter().any(|(field, value)| text(node, field) == *value)
        };
        if let Some(found) = nodes(&answer, holder.id).into_iter().find(holds) {
            return Some(text(found, holder.id));
        }
    }
    None
}

/// The load balancers that serve a certificate.
pub async fn certificate_users(moto: &Moto, call: &Call, certificate: &str) -> Vec<String> {
    let balancers = moto.ask(call, ELB, "DescribeLoadBalancers", json!({})).await;
    let mut users = Vec::new();
    for balancer in texts(&balancers, "LoadBalancerArn") {
        let listeners = moto.ask(call, ELB, "DescribeListeners", json!({"LoadBalancerArn": balancer})).await;
        let mut served = texts(&listeners, "CertificateArn");
        for listener in texts(&listeners, "ListenerArn") {
            let params = json!({"ListenerArn": listener});
            let more = moto.ask(call, ELB, "DescribeListenerCertificates", params).await;
            served.extend(texts(&more, "CertificateArn"));
        }
        if served.iter().any(|arn| arn == certificate) {
            users.push(balancer);
        }
    }
    users
}

/// Whether a web ACL is in front of a load balancer.
async fn guards(moto: &Moto, call: &Call, id: &str) -> bool {
    let balancers = moto.ask(call, ELB, "DescribeLoadBalancers", json!({})).await;
    for balancer in texts(&balancers, "LoadBalancerArn") {
        let found = moto.ask(call, "wafv2", "GetWebACLForResource", json!({"ResourceArn": balancer})).await;
        if text(&found, "WebACL.Id") == id {
            return true;
        }
    }
    false
}

/// The rules of `SkipFinalSnapshot` and `FinalDBSnapshotIdentifier`:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html>.
async fn final_snapshot(moto: &Moto, promoted: &Promoted, call: &Call) -> Option<AwsError> {
    let params = json!({"DBInstanceIdentifier": call.text("DBInstanceIdentifier")});
    let mut found = moto.ask(call, "rds", "DescribeDBInstances", params).await;
    mend::forget_sources(call, promoted, &mut found);
    let instance = *nodes(&found, "DBInstanceIdentifier").first()?;
    let skip = call.text("SkipFinalSnapshot") == "true";
    let named = !call.text("FinalDBSnapshotIdentifier").is_empty();
    let in_cluster = !text(instance, "DBClusterIdentifier").is_empty();
    let replica = !text(instance, "ReadReplicaSourceDBInstanceIdentifier").is_empty();
    let message = match (skip, named) {
        (true, true) => "FinalDBSnapshotIdentifier cannot be specified when deleting with SkipFinalSnapshot.",
        (false, true) if replica => {
            "FinalDBSnapshotIdentifier can not be specified when deleting a replica instance."
        }
        (false, false) if !in_cluster => {
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        }
        _ => return None,
    };
    Some(AwsError::new(400, "InvalidParameterCombination", message))
}

/// The same rules of a cluster:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html>.
fn final_cluster_snapshot(call: &Call) -> Option<AwsError> {
    let skip = call.text("SkipFinalSnapshot") == "true";
    let message = match (skip, !call.text("FinalDBSnapshotIdentifier").is_empty()) {
        (true, true) => "FinalDBSnapshotIdentifier cannot be specified when deleting with SkipFinalSnapshot.",
        (false, false) => {
            "FinalDBSnapshotIdentifier is required when deleting a cluster with SkipFinalSnapshot set to false."
        }
        _ => return None,
    };
    Some(AwsError::new(400, "InvalidParameterCombination", message))
}

/// Names that Elastic Load Balancing has already: the same call again answers
/// with what exists, another one is refused.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
/// and the pages of the other two operations.
async fn same_again(moto: &Moto, call: &Call, operation: &str) -> Option<Answer> {
    let (describe, params, id, list, code) = match operation {
        "CreateLoadBalancer" => {
            let params = json!({"Names.member.1": call.text("Name")});
            ("DescribeLoadBalancers", params, "LoadBalancerArn", "LoadBalancers", "DuplicateLoadBalancerName")
        }
        "CreateTargetGroup" => {
            let params = json!({"Names.member.1": call.text("Name")});
            ("DescribeTargetGroups", params, "TargetGroupArn", "TargetGroups", "DuplicateTargetGroupName")
        }
        "CreateListener" => {
            let params = json!({"LoadBalancerArn": call.text("LoadBalancerArn")});
            ("DescribeListeners", params, "ListenerArn", "Listeners", "DuplicateListener")
        }
        _ => return None,
    };
    let found = moto.ask(call, ELB, describe, params).await;
    let existing = nodes(&found, id)
        .into_iter()
        .find(|node| operation != "CreateListener" || text(node, "Port") == call.text("Port"))?;
    if same_settings(&call.params, existing) {
        let members = json!({list: {"member": [existing]}});
        return Some(wire::success(call.protocol, operation, members));
    }
    let error =
        AwsError::new(400, code, format!("'{}' already exists with other settings", text(existing, id)));
    Some(wire::error(call.protocol, ELB, &error))
}

/// Whether every parameter that the resource shows under the same name has the
/// same value there.
fn same_settings(params: &Value, existing: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut found = Vec::new();
        leaves(value, &mut found);
        found.sort();
        found
    };
    params.as_object().into_iter().flatten().all(|(name, value)| match name.as_str() {
        "Subnets" => {
            let mut subnets = texts(existing, "SubnetId");
            subnets.sort();
            sorted(value) == subnets
        }
        _ => existing.get(name).is_none_or(|existing| sorted(value) == sorted(existing)),
    })
}

/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>:
/// CREATE needs a new record, DELETE one with the very same values. AWS makes all changes of a call or none.
async fn changed_records(moto: &Moto, call: &Call) -> Option<AwsError> {
    let params = json!({"HostedZoneId": call.text("HostedZoneId")});
    let records = moto.ask(call, "route53", "ListResourceRecordSets", params).await;
    let name = |record: &Value| text(record, "Name").trim_end_matches('.').to_lowercase();
    let mut wrong = Vec::new();
    let mut deleted = Vec::new();
    let mut created = Vec::new();
    for change in nodes(&call.params, "Action") {
        let record = change.get("ResourceRecordSet")?;
        let existing = nodes(&records, "Name").into_iter().find(|existing| {
            name(existing) == name(record)
                && ["Type", "SetIdentifier"].iter().all(|field| text(existing, field) == text(record, field))
        });
        let values = |record: &Value| {
            let mut values = texts(record, "Value");
            values.extend(texts(record, "TTL"));
            values.extend(
                texts(record, "DNSName").iter().map(|name| name.trim_end_matches('.').to_lowercase()),
            );
            values.sort();
            values
        };
        let label =
            format!("resource record set [name='{}.', type='{}']", name(record), text(record, "Type"));
        match (text(change, "Action").as_str(), existing) {
            ("CREATE", Some(_)) if !deleted.contains(&label) => {
                wrong.push(format!("Tried to create {label} but it already exists"))
            }
            ("CREATE", _) if created.contains(&(label.clone(), text(record, "SetIdentifier"))) => {
                wrong.push(format!("The request contains an invalid set of changes for a {label}"))
            }
            ("CREATE", _) => created.push((label, text(record, "SetIdentifier"))),
            ("DELETE", None) => wrong.push(format!("Tried to delete {label} but it was not found")),
            ("DELETE", Some(existing)) if values(existing) != values(record) => wrong.push(format!(
                "Tried to delete {label} but the values provided do not match the current values"
            )),
            ("DELETE", Some(_)) => deleted.push(label),
            _ => {}
        }
    }
    let message = format!("[{}]", wrong.join(", "));
    (!wrong.is_empty()).then(|| AwsError::new(400, "InvalidChangeBatch", message))
}
