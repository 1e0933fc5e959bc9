"""Asks the local AWS over its API. Run by the Python that has boto3, `python -m kit.aws_calls`.

Each line of stdin is a request in JSON, answered by a line `{"answer": ...}` or `{"error": "..."}`:

{"list": ["us-east-1"],
 "alone": false}                       what exists in these regions: {"VPC": ["us-east-1 vpc-1"], ...}
{"call": [SERVICE, OPERATION, {...}],
 "region": "us-east-1"}                the answer of one AWS call

Endpoint and credentials come from the environment.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import jmespath

GLOBAL_SERVICES = {"cloudfront", "iam", "route53", "s3"}
NOT_OFFERED = {"eu-south-2": {"bedrock-agentcore-control"}}


@dataclass(frozen=True)
class Kind:
    """One kind of resource: the call that lists it, and where the answer has the ids (JMESPath)."""

    name: str
    service: str
    operation: str
    ids: str
    arguments: dict[str, Any] = field(default_factory=dict)
    # Listed once for each resource of another kind, whose id is given by this argument; `name[]` takes a list.
    each: tuple[str, str] | None = None
    # Only there for others to be listed.
    hidden: bool = False
    # moto alone does not have it.
    stood_in_for: bool = False


KINDS = [
    Kind("VPC", "ec2", "describe_vpcs", "Vpcs[].VpcId"),
    Kind("subnet", "ec2", "describe_subnets", "Subnets[].SubnetId"),
    Kind("route table", "ec2", "describe_route_tables", "RouteTables[].RouteTableId"),
    Kind("internet gateway", "ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId"),
    Kind("NAT gateway", "ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId"),
    Kind("elastic IP", "ec2", "describe_addresses", "Addresses[].AllocationId"),
    Kind("security group", "ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    Kind("VPC endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId"),
    Kind("network interface", "ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId"),
    Kind("launch template", "ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId"),
    Kind(
        "Auto Scaling group",
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups[].AutoScalingGroupName",
    ),
    Kind("flow log", "ec2", "describe_flow_logs", "FlowLogs[].FlowLogId"),
    Kind("load balancer", "elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    Kind("target group", "elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    # A deleted cluster may be listed for a while, as INACTIVE.
    Kind("ECS cluster of any status", "ecs", "list_clusters", "clusterArns", hidden=True),
    Kind(
        "ECS cluster",
        "ecs",
        "describe_clusters",
        "clusters[?status!='INACTIVE'].clusterArn",
        each=("ECS cluster of any status", "clusters[]"),
    ),
    Kind("ECS service", "ecs", "list_services", "serviceArns", each=("ECS cluster", "cluster")),
    Kind("task definition", "ecs", "list_task_definitions", "taskDefinitionArns", {"status": "ACTIVE"}),
    Kind("repository", "ecr", "describe_repositories", "repositories[].repositoryName"),
    Kind("DB instance", "rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
    Kind("DB cluster", "rds", "describe_db_clusters", "DBClusters[].DBClusterIdentifier"),
    Kind("DB subnet group", "rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    # RDS makes groups of its own, which stay.
    Kind(
        "DB parameter group",
        "rds",
        "describe_db_parameter_groups",
        "DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName",
    ),
    Kind(
        "DB cluster parameter group",
        "rds",
        "describe_db_cluster_parameter_groups",
        "DBClusterParameterGroups[?!starts_with(DBClusterParameterGroupName, 'default.')].DBClusterParameterGroupName",
    ),
    Kind("DB proxy", "rds", "describe_db_proxies", "DBProxies[].DBProxyName"),
    Kind("DB snapshot", "rds", "describe_db_snapshots", "DBSnapshots[?SnapshotType!='automated'].DBSnapshotIdentifier"),
    Kind(
        "DB cluster snapshot",
        "rds",
        "describe_db_cluster_snapshots",
        "DBClusterSnapshots[?SnapshotType!='automated'].DBClusterSnapshotIdentifier",
    ),
    Kind("cache", "elasticache", "describe_replication_groups", "ReplicationGroups[].ReplicationGroupId"),
    Kind(
        "cache subnet group", "elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups[].CacheSubnetGroupName"
    ),
    Kind("secret", "secretsmanager", "list_secrets", "SecretList[?!DeletedDate].Name"),
    Kind("parameter", "ssm", "describe_parameters", "Parameters[].Name"),
    Kind("role", "iam", "list_roles", "Roles[].RoleName"),
    Kind("policy", "iam", "list_policies", "Policies[].Arn", {"Scope": "Local"}),
    Kind("log group", "logs", "describe_log_groups", "logGroups[].logGroupName"),
    Kind(
        "query definition",
        "logs",
        "describe_query_definitions",
        "queryDefinitions[].queryDefinitionId",
        stood_in_for=True,
    ),
    Kind("log delivery source", "logs", "describe_delivery_sources", "deliverySources[].name"),
    Kind("log delivery destination", "logs", "describe_delivery_destinations", "deliveryDestinations[].name"),
    Kind("log delivery", "logs", "describe_deliveries", "deliveries[].id"),
    Kind("alarm", "cloudwatch", "describe_alarms", "[MetricAlarms, CompositeAlarms][][].AlarmName"),
    Kind("dashboard", "cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    *(
        Kind(
            f"{service} {name}",
            "application-autoscaling",
            operation,
            ids,
            {"ServiceNamespace": service},
        )
        for service in ("ecs", "rds")
        for name, operation, ids in [
            ("scalable target", "describe_scalable_targets", "ScalableTargets[].ResourceId"),
            ("scaling policy", "describe_scaling_policies", "ScalingPolicies[].PolicyName"),
            ("scheduled action", "describe_scheduled_actions", "ScheduledActions[].ScheduledActionName"),
        ]
    ),
    Kind("event rule", "events", "list_rules", "Rules[].Name"),
    Kind("schedule", "scheduler", "list_schedules", "Schedules[].Name"),
    Kind("subscription", "sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    Kind("topic", "sns", "list_topics", "Topics[].TopicArn"),
    Kind("queue", "sqs", "list_queues", "QueueUrls"),
    Kind("certificate", "acm", "list_certificates", "CertificateSummaryList[].CertificateArn"),
    Kind("web ACL", "wafv2", "list_web_acls", "WebACLs[].Id", {"Scope": "REGIONAL"}),
    Kind("web ACL of CloudFront", "wafv2", "list_web_acls", "WebACLs[].Id", {"Scope": "CLOUDFRONT"}),
    Kind("user pool", "cognito-idp", "list_user_pools", "UserPools[].Id", {"MaxResults": 60}),
    Kind("file system", "efs", "describe_file_systems", "FileSystems[].FileSystemId"),
    Kind("trail", "cloudtrail", "describe_trails", "trailList[].Name"),
    Kind("agent runtime", "bedrock-agentcore-control", "list_agent_runtimes", "agentRuntimes[].agentRuntimeId"),
    Kind("agent gateway", "bedrock-agentcore-control", "list_gateways", "items[].gatewayId"),
    Kind("hosted zone", "route53", "list_hosted_zones", "HostedZones[].Id"),
    Kind(
        "record",
        "route53",
        "list_resource_record_sets",
        "ResourceRecordSets[?Type!='NS' && Type!='SOA'].join(' ', [Type, Name])",
        each=("hosted zone", "HostedZoneId"),
    ),
    Kind("bucket", "s3", "list_buckets", "Buckets[].Name"),
    Kind(
        "origin access control",
        "cloudfront",
        "list_origin_access_controls",
        "OriginAccessControlList.Items[].Id",
    ),
    Kind("VPC origin", "cloudfront", "list_vpc_origins", "VpcOriginList.Items[].Id", stood_in_for=True),
    Kind("distribution", "cloudfront", "list_distributions", "DistributionList.Items[].Id"),
]


def listing(regions: list[str], alone: bool) -> dict[str, list[str]]:
    """The ids of all that exists, by kind, each with its region."""
    found = {}
    for kind in KINDS:
        if kind.hidden or (alone and kind.stood_in_for):
            continue
        if kind.service in GLOBAL_SERVICES:
            places = {"global": regions[0]}
        else:
            places = {region: region for region in regions if kind.service not in NOT_OFFERED.get(region, ())}
        found[kind.name] = sorted(f"{place} {id}" for place, region in places.items() for id in list_kind(kind, region))
    return found


def list_kind(kind: Kind, region: str) -> Iterator[str]:
    if kind.each is None:
        yield from ask(kind, region, kind.arguments)
        return
    holder, argument = kind.each
    for held_by in list_kind(next(k for k in KINDS if k.name == holder), region):
        given = {argument.removesuffix("[]"): [held_by] if argument.endswith("[]") else held_by}
        yield from ask(kind, region, kind.arguments | given)


def ask(kind: Kind, region: str, arguments: dict[str, Any]) -> Iterator[str]:
    client = client_for(kind.service, region)
    if client.can_paginate(kind.operation):
        pages = client.get_paginator(kind.operation).paginate(**arguments)
    else:
        pages = [getattr(client, kind.operation)(**arguments)]
    for page in pages:
        yield from jmespath.search(kind.ids, page) or []


@cache
def client_for(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region)


def answer(request: dict[str, Any]) -> Any:
    if "list" in request:
        return listing(request["list"], request["alone"])
    service, operation, arguments = request["call"]
    return getattr(client_for(service, request["region"]), operation)(**arguments)


def plain(value: Any) -> str:
    """What JSON has no word for: the text of a file, and moments."""
    return value.read().decode(errors="replace") if hasattr(value, "read") else str(value)


def main() -> None:
    for line in sys.stdin:
        try:
            told = {"answer": answer(json.loads(line))}
        except Exception as failure:
            told = {"error": f"{type(failure).__name__}: {failure}"}
        print(json.dumps(told, default=plain), flush=True)


if __name__ == "__main__":
    main()
