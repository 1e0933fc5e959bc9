"""What a program attaches to a stack by its outputs, and what it changes of the stack's children."""

from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack

PROGRAM = Plan("attached-ts", folder="tests/e2e/programs")


def test_own_things_are_attached_to_a_stack(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    ends = [
        aws.call("ec2", "create_vpc", CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.98.0.0/16", "10.99.0.0/16")
    ]
    peered = aws.call("ec2", "create_vpc_peering_connection", VpcId=ends[0], PeerVpcId=ends[1])
    peering = peered["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    stack = start(PROGRAM)
    stack.configure({"peering": peering})
    before = aws.listing()
    created = stack.up()
    assert created.messages == []
    told = stack.outputs()["outputs"]

    (public,) = balancers(aws, "internet-facing")
    (internal,) = balancers(aws, "internal")
    for prefix, balancer in (("loadBalancer", public), ("internalLoadBalancer", internal)):
        assert told[f"{prefix}Arn"] == balancer["LoadBalancerArn"]
        assert told[f"{prefix}ZoneId"] == balancer["CanonicalHostedZoneId"]
        assert [told[f"{prefix}SecurityGroupId"]] == balancer["SecurityGroups"]
        assert balancer["LoadBalancerArn"].endswith(told[f"{prefix}ArnSuffix"])
        (listener,) = aws.call("elbv2", "describe_listeners", LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        assert told[f"{prefix}ListenerArns"] == {"http": listener["ListenerArn"]}
    rules = aws.call("elbv2", "describe_rules", ListenerArn=told["loadBalancerListenerArns"]["http"])["Rules"]
    assert {value for rule in rules for it in rule["Conditions"] for value in it["PathPatternConfig"]["Values"]} == {
        "/maintenance",
        "/job/*",
    }

    services = aws.call("ecs", "list_services", cluster=told["clusterArn"])["serviceArns"]
    assert set(told["serviceArns"].values()) < set(services)
    assert len(services) == 3
    found = aws.call(
        "ecs", "describe_services", cluster=told["clusterArn"], services=list(told["serviceArns"].values())
    )
    for service in found["services"]:
        name = service["serviceName"].removeprefix("shop-dev-").removesuffix("-service")
        assert service["taskDefinition"] == told["taskDefinitionArns"][name]
        assert service["loadBalancers"][0]["targetGroupArn"] == told["targetGroupArns"][name]
        placed = service["networkConfiguration"]["awsvpcConfiguration"]
        assert placed["securityGroups"] == [told["serviceSecurityGroupIds"][name]]
        task = aws.call("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"])["taskDefinition"]
        assert task["taskRoleArn"] == told["taskRoleArns"][name]
        assert task["executionRoleArn"] == told["executionRoleArn"]

    (primary,) = [it for it in instances(aws) if it["DBInstanceIdentifier"] == told["databaseIdentifier"]]
    assert primary["DBInstanceArn"] == told["databaseArn"]
    assert primary["DbiResourceId"] == told["databaseResourceId"]
    endpoint = primary["Endpoint"]
    assert (endpoint["Address"], endpoint["Port"]) == (told["databaseAddress"], told["databasePort"])
    assert (primary["DBName"], primary["MasterUsername"]) == (told["databaseName"], told["databaseUsername"])
    assert {it["DBInstanceIdentifier"] for it in instances(aws)} == {
        told["databaseIdentifier"],
        *told["databaseReplicaIdentifiers"],
    }
    (snapshot,) = aws.call("rds", "describe_db_snapshots", SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBInstanceIdentifier"] == told["databaseIdentifier"]

    (group,) = aws.call("elasticache", "describe_replication_groups")["ReplicationGroups"]
    assert group["ReplicationGroupId"] == told["cacheReplicationGroupId"]
    assert group["AuthTokenEnabled"] is True
    secret = aws.call("secretsmanager", "get_secret_value", SecretId=told["cacheAuthSecretArn"])
    assert '"url":"rediss://:' in secret["SecretString"]

    addresses = {address["PublicIp"] for address in aws.call("ec2", "describe_addresses")["Addresses"]}
    assert set(told["natPublicIps"]) == addresses
    assert told["vpcCidrBlock"] == "10.0.0.0/16"
    assert len(told["availabilityZones"]) == 2
    (private,) = told["privateRouteTableIds"]
    (table,) = aws.call("ec2", "describe_route_tables", RouteTableIds=[private])["RouteTables"]
    assert peering in {route.get("VpcPeeringConnectionId") for route in table["Routes"]}
    assert told["bucketArns"] == {"assets": f"arn:aws:s3:::{told['bucketNames']['assets']}"}
    alarms = aws.call("cloudwatch", "describe_alarms")["MetricAlarms"]
    assert set(told["alarmArns"]) < {alarm["AlarmArn"] for alarm in alarms}

    # Transforms of the program reach the children.
    for balancer in (public, internal):
        attributes = aws.call(
            "elbv2", "describe_load_balancer_attributes", LoadBalancerArn=balancer["LoadBalancerArn"]
        )["Attributes"]
        assert {"Key": "idle_timeout.timeout_seconds", "Value": "120"} in attributes

    assert stack.up().counts == {"same": created.counts["create"]}
    assert stack.refresh().changes == {}
    assert stack.destroy().messages == []
    left, kept = left_over(before, aws.listing())
    assert left == {}
    assert list(kept) == ["DB snapshot"]


def balancers(aws: LocalAws, scheme: str) -> list[dict[str, Any]]:
    found = aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
    return [balancer for balancer in found if balancer["Scheme"] == scheme]


def instances(aws: LocalAws) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.call("rds", "describe_db_instances")["DBInstances"]
    return found
