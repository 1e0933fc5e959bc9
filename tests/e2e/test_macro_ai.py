"""The Macro AI example deploys each column of its plan, and goes from one to the next while it runs."""

from collections.abc import Callable
from typing import Any

import pytest
from kit.local_aws import LocalAws
from kit.plans import PLANS, Plan
from kit.pulumi import Stack
from lives import touched
from routes import Requests
from test_running import Running

PLAN = PLANS["macro-ai"]

# The columns of the plan. Alarms by their metrics and thresholds; those of deployments are apart.
COLUMNS: dict[str, dict[str, Any]] = {
    "development": {
        "zones": 1,
        "gateways": 0,
        "database": ("db.t3.micro", False, False, 1, False),
        "tasks": (1, "256", "512"),
        "scaling": [],
        "logs": 7,
        "alarms": [],
        "strategies": {"ROLLING"},
    },
    "staging": {
        "zones": 2,
        "gateways": 1,
        "database": ("db.t3.small", False, True, 7, True),
        "tasks": (2, "512", "1024"),
        "scaling": [],
        "logs": 30,
        "alarms": [],
        "strategies": {"ROLLING"},
    },
    "production": {
        "zones": 3,
        "gateways": 3,
        "database": ("db.r6g.large", True, True, 30, True),
        "tasks": (3, "1024", "2048"),
        "scaling": [(2, 10, 70.0), (2, 10, 70.0)],
        "logs": 180,
        "alarms": [
            *[("CPUUtilization", 80.0)] * 3,
            ("DatabaseConnections", 80.0),
            ("HTTPCode_Target_5XX_Count", 10.0),
            *[("MemoryUtilization", 85.0)] * 2,
            ("TargetResponseTime", 5.0),
            *[("UnHealthyHostCount", 0.0)] * 2,
        ],
        "strategies": {"CANARY"},
    },
}


def column(aws: LocalAws) -> dict[str, Any]:
    """What there is of what the plan has in columns."""
    (database,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    (cluster,) = aws.call("ecs", "list_clusters")["clusterArns"]
    arns = aws.call("ecs", "list_services", cluster=cluster)["serviceArns"]
    services = aws.call("ecs", "describe_services", cluster=cluster, services=arns)["services"]
    tasks = set()
    for service in services:
        arn = service["taskDefinition"]
        task = aws.call("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"]
        assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"
        tasks.add((service["desiredCount"], task["cpu"], task["memory"]))
    (of_all,) = tasks
    placed = [service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] for service in services]
    subnets = aws.call("ec2", "describe_subnets", SubnetIds=sorted({subnet for few in placed for subnet in few}))
    gateways = aws.call("ec2", "describe_nat_gateways")["NatGateways"]
    targets = aws.call("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")
    policies = aws.call("application-autoscaling", "describe_scaling_policies", ServiceNamespace="ecs")
    goals = {
        policy["ResourceId"]: policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for policy in policies["ScalingPolicies"]
    }
    logs = [
        group for group in aws.call("logs", "describe_log_groups")["logGroups"] if "flow" not in group["logGroupName"]
    ]
    (days,) = {group["retentionInDays"] for group in logs}
    alarms = aws.call("cloudwatch", "describe_alarms")["MetricAlarms"]
    ours = [
        alarm for alarm in alarms if "rollback" not in alarm["AlarmName"] and "TargetTracking" not in alarm["AlarmName"]
    ]
    return {
        "zones": len({subnet["AvailabilityZone"] for subnet in subnets["Subnets"]}),
        "gateways": len([gateway for gateway in gateways if gateway["State"] == "available"]),
        "database": (
            database["DBInstanceClass"],
            database["MultiAZ"],
            database["DeletionProtection"],
            database["BackupRetentionPeriod"],
            database["PerformanceInsightsEnabled"],
        ),
        "tasks": of_all,
        "scaling": [
            (it["MinCapacity"], it["MaxCapacity"], goals[it["ResourceId"]]) for it in targets["ScalableTargets"]
        ],
        "logs": days,
        "alarms": sorted((alarm["MetricName"], alarm["Threshold"]) for alarm in ours),
        "strategies": {service["deploymentConfiguration"].get("strategy", "ROLLING") for service in services},
    }


def settle(stack: Stack, **settings: str) -> dict[str, set[str]]:
    stack.configure(settings)
    done = stack.up()
    assert done.messages == []
    return touched(done)


@pytest.mark.parametrize("environment", list(COLUMNS))
def test_inventory(aws: LocalAws, start: Callable[[Plan], Stack], environment: str) -> None:
    stack = start(PLAN)
    settle(stack, environment=environment)
    assert column(aws) == COLUMNS[environment]
    network(aws)
    secrets(aws)
    front(aws)
    (pool,) = aws.call("cognito-idp", "list_user_pools", MaxResults=10)["UserPools"]
    rights(aws, pool["Id"], environment)
    (trail,) = aws.call("cloudtrail", "describe_trails")["trailList"]
    assert trail["LogFileValidationEnabled"]
    (proxy,) = aws.call("rds", "describe_db_proxies")["DBProxies"]
    assert proxy["RequireTLS"] and proxy["EngineFamily"] == "POSTGRESQL"
    assert settle(stack) == {}
    assert stack.refresh().changes == {}


def network(aws: LocalAws) -> None:
    """A /24 for each public and private subnet, a /28 for each of databases."""
    (vpc,) = [vpc for vpc in aws.call("ec2", "describe_vpcs")["Vpcs"] if vpc["CidrBlock"] == "10.0.0.0/16"]
    filters = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    subnets = aws.call("ec2", "describe_subnets", Filters=filters)["Subnets"]
    (group,) = aws.call("rds", "describe_db_subnet_groups")["DBSubnetGroups"]
    data = {subnet["SubnetIdentifier"] for subnet in group["Subnets"]}
    assert len(data) >= 2
    sizes = {(subnet["SubnetId"] in data, subnet["CidrBlock"].split("/")[1]) for subnet in subnets}
    assert sizes == {(True, "28"), (False, "24")}
    (flow_log,) = aws.call("ec2", "describe_flow_logs")["FlowLogs"]
    assert flow_log["ResourceId"] == vpc["VpcId"]


def secrets(aws: LocalAws) -> None:
    """Tasks read their secrets from Secrets Manager, and have no trace ID of the program's."""
    arns = aws.call("ecs", "list_task_definitions")["taskDefinitionArns"]
    tasks = [aws.call("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"] for arn in arns]
    apps = {task["family"].split("-")[-2]: task["containerDefinitions"] for task in tasks}
    api = next(container for container in apps["api"] if container["name"] == "app")
    assert {secret["name"] for secret in api["secrets"]} == {
        *("API_KEY", "COOKIE_ENCRYPTION_KEY", "OPENAI_API_KEY", "DATABASE_URL"),
    }
    assert api["portMappings"][0]["containerPort"] == 3040
    names = {variable["name"] for containers in apps.values() for one in containers for variable in one["environment"]}
    assert "_X_AMZN_TRACE_ID" not in names
    assert len(apps["api"]) == 2, "a collector stands beside the API"


def front(aws: LocalAws) -> None:
    """CloudFront reaches an internal load balancer, and the firewall stands before it."""
    (balancer,) = aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
    assert balancer["Scheme"] == "internal"
    assert len(balancer["AvailabilityZones"]) >= 2
    (distribution,) = aws.call("cloudfront", "list_distributions")["DistributionList"]["Items"]
    assert ":global/webacl/" in distribution["WebACLId"]


def rights(aws: LocalAws, pool: str, environment: str) -> None:
    """The task role of the API has what the plan lists of Cognito, for this user pool alone."""
    name = f"macro-ai-{environment}-api-task-role"
    policies = aws.call("iam", "list_role_policies", RoleName=name)["PolicyNames"]
    read = [aws.call("iam", "get_role_policy", RoleName=name, PolicyName=policy) for policy in policies]
    statements = [statement for policy in read for statement in policy["PolicyDocument"]["Statement"]]
    of_pool = [it for it in statements if any(action.startswith("cognito-idp:") for action in it["Action"])]
    (users,) = of_pool
    assert all(resource.endswith(f"userpool/{pool}") for resource in users["Resource"])
    assert {action.split(":")[1] for action in users["Action"]} >= {"AdminCreateUser", "AdminGetUser", "ListUsers"}
    assert not any("*" in action for statement in statements for action in statement["Action"])


def test_from_one_preset_to_the_next(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PLAN)
    settle(stack, environment="development")
    kept = data(aws)
    for preset in ("staging", "production", "staging", "development"):
        running, requests = Running(aws), Requests(aws)
        aws.control("clear", method="POST")
        done = settle(stack, preset=preset)
        # A task definition is always another one. The subnets of a proxy cannot change, and who reads where
        # it is reads it from the secret.
        anew = ("-task", "-policy", "-db-proxy", "-db-proxy-pool", "-db-proxy-target", "-db-secret-version")
        replaced = {name for name in done.get("replace", set()) if not name.endswith(anew)}
        assert replaced == set(), done
        told, wanted = column(aws), COLUMNS[preset]
        # Who scales says how many tasks there are.
        scaled = {"tasks": told["tasks"][1:]} if wanted["scaling"] else {}
        assert {**told, **scaled} == {**wanted, **({"tasks": wanted["tasks"][1:]} if scaled else {})}
        calls = aws.mutations()
        assert running.broken_by(calls) == []
        assert requests.astray(calls, ["/", "/api/users"]) == []
        assert data(aws) == kept
        assert stack.preview().changes == {}
    assert stack.refresh().changes == {}


def data(aws: LocalAws) -> list[str]:
    """What must outlive every change, by what AWS knows it as."""
    (database,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    (pool,) = aws.call("cognito-idp", "list_user_pools", MaxResults=10)["UserPools"]
    (cache,) = aws.call("elasticache", "describe_replication_groups")["ReplicationGroups"]
    buckets = sorted(bucket["Name"] for bucket in aws.call("s3", "list_buckets")["Buckets"])
    secrets = sorted(secret["ARN"] for secret in aws.call("secretsmanager", "list_secrets")["SecretList"])
    return [database["DbiResourceId"], pool["Id"], cache["ARN"], *buckets, *secrets]


# One deployment each.
STRATEGIES = [
    '{"strategy": "blueGreen", "bakeMinutes": 1}',
    '{"strategy": "canary", "canaryPercent": 10, "stepMinutes": 1, "bakeMinutes": 1}',
    '{"strategy": "rolling"}',
]


def test_one_strategy_after_the_other(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PLAN)
    settle(stack, environment="development")
    for image, deployment in enumerate(STRATEGIES):
        requests = Requests(aws)
        aws.control("clear", method="POST")
        done = settle(stack, deployment=deployment, tag=f"1.{image}")
        assert not any(name.endswith(("-tg", "-rule", "-service")) for name in done.get("replace", set())), done
        assert {"macro-ai-api-service", "macro-ai-web-service"} <= done["update"]
        calls = aws.mutations()
        # ECS alone shifts requests.
        assert [call for call in calls if call["operation"] in ("ModifyRule", "ModifyListener")] == []
        assert requests.astray(calls, ["/", "/api/users"]) == []
        assert stack.refresh().changes == {} == stack.preview().changes
