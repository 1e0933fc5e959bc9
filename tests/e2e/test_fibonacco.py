"""The Fibonacco example deploys all that its plan lists, and what is done with it on day two."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import PLANS, Plan
from kit.pulumi import Stack
from kit.workshop import Workshop
from lives import live, touched, unprotect

PLAN = PLANS["fibonacco"]
PROJECT = "learning-center"
ANYWHERE = "0.0.0.0/0"

OUTPUTS = {
    *("ecr_repository_url", "alb_dns_name", "api_url", "s3_frontend_bucket", "s3_assets_bucket"),
    *("cloudfront_distribution_id", "cloudfront_url", "ecs_cluster_name", "ecs_service_name"),
    *("redis_endpoint", "database_endpoint"),
}


def test_inventory(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PLAN)

    def look() -> None:
        found = Found(aws)
        found.security_groups()
        found.aurora(count=1, size="db.t4g.medium")
        found.redis(count=1, size="cache.t4g.micro", encrypted=False)
        found.services()
        found.clock()
        found.frontend()
        found.assets()
        found.names()
        outputs = stack.outputs()
        assert set(outputs) == OUTPUTS
        assert outputs["api_url"] == "https://api.fibonacco.com"
        assert outputs["cloudfront_url"] == "https://app.fibonacco.com"
        assert outputs["s3_frontend_bucket"] == f"{PROJECT}-frontend-dev"
        assert outputs["ecr_repository_url"].endswith(f"/{PROJECT}-backend")

    live(aws, PLAN, stack, look)


def test_phases(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    """The plan's phases go by `--target`, one after another; then what is done day by day."""
    stack = start(PLAN)
    before = aws.listing()
    own = "**AgenticStack$agentic"
    for phase in (f"{own}:ec2:**", "**AuroraCluster**", "**RedisCache**", f"{own}:s3:**", f"{own}:ecr:**"):
        # The stack itself, and what is given to it, must be there in any phase.
        targets = [("--target", target) for target in ("**AgenticStack::*", "**-api-key", phase)]
        stack.operate("up", "--yes", "--skip-preview", *(part for target in targets for part in target))
    stack.up()
    assert stack.preview().changes == {}

    stack.configure({"content_version": "1"})
    stack.up()
    stack.configure({"content_version": "2", "openai_api_key": "sk-1"})
    changed = touched(stack.up())
    assert changed == {
        "create": {"openai-api-key"},
        "replace": {f"{PROJECT}-frontend-invalidation"},
    }
    stack.destroy()
    left, kept = left_over(before, aws.listing())
    assert left == {}
    assert list(kept) == ["DB cluster snapshot"]


def test_production_in_a_vpc_that_is_there(aws: LocalAws, pulumi_home: Path, tmp_path: Path) -> None:
    PLAN.prepare(aws)
    subnets = vpc_of_three_tiers(aws)
    before = aws.listing()
    stack = Workshop(tmp_path, aws.env | PLAN.env, pulumi_home).open(PLAN.directory, "production")
    stack.init({"existing_vpc_id": subnets["vpc"][0]})
    created = stack.up()
    assert not any(":ec2:Subnet" in kind or kind.endswith(":ec2:Vpc") for _, kind, _ in created.steps)
    found = Found(aws)
    found.aurora(count=2, size="db.r6g.large")
    found.redis(count=2, size="cache.r6g.large", encrypted=True)
    (balancer,) = aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(subnets["public"])
    for group, tier in (("db-subnet-group", "isolated"), ("redis-subnet-group", "private")):
        service, key = ("rds", "DBSubnetGroups") if tier == "isolated" else ("elasticache", "CacheSubnetGroups")
        operation = "describe_db_subnet_groups" if tier == "isolated" else "describe_cache_subnet_groups"
        (placed,) = [
            found for found in aws.call(service, operation)[key] if any(group in str(v) for v in found.values())
        ]
        assert {subnet["SubnetIdentifier"] for subnet in placed["Subnets"]} == set(subnets[tier])
    assert stack.up().counts == {"same": created.counts["create"]}

    # Databases and load balancers of production are protected.
    unprotect(aws, balancer["LoadBalancerArn"])
    (cluster,) = aws.call("rds", "describe_db_clusters")["DBClusters"]
    assert cluster["DeletionProtection"] is True
    identifier = cluster["DBClusterIdentifier"]
    aws.call("rds", "modify_db_cluster", DBClusterIdentifier=identifier, DeletionProtection=False)
    stack.refresh()
    stack.destroy()
    left, kept = left_over(before, aws.listing())
    assert left == {}
    assert list(kept) == ["DB cluster snapshot"]


def vpc_of_three_tiers(aws: LocalAws) -> dict[str, list[str]]:
    """A VPC whose subnets are told by their routes: to an internet gateway, to a NAT gateway, to nowhere."""
    vpc = aws.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = aws.call("ec2", "create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
    aws.call("ec2", "attach_internet_gateway", VpcId=vpc, InternetGatewayId=gateway)
    made: dict[str, list[str]] = {"vpc": [vpc]}
    way: dict[str, str] | None = {"GatewayId": gateway}
    for index, tier in enumerate(("public", "private", "isolated")):
        table = aws.call("ec2", "create_route_table", VpcId=vpc)["RouteTable"]["RouteTableId"]
        if way:
            aws.call("ec2", "create_route", RouteTableId=table, DestinationCidrBlock=ANYWHERE, **way)
        for zone in "ab":
            block = f"10.0.{2 * index + 'ab'.index(zone)}.0/24"
            subnet = aws.call(
                "ec2", "create_subnet", VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{PLAN.region}{zone}"
            )["Subnet"]["SubnetId"]
            aws.call("ec2", "associate_route_table", RouteTableId=table, SubnetId=subnet)
            made.setdefault(tier, []).append(subnet)
        if tier == "public":
            address = aws.call("ec2", "allocate_address", Domain="vpc")["AllocationId"]
            nat = aws.call("ec2", "create_nat_gateway", SubnetId=made["public"][0], AllocationId=address)
            way = {"NatGatewayId": nat["NatGateway"]["NatGatewayId"]}
        else:
            way = None
    return made


class Found:
    """What there is, held against the plan's lists."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        (self.vpc,) = [
            found["VpcId"] for found in self.ask("ec2", "describe_vpcs")["Vpcs"] if found["CidrBlock"] == "10.0.0.0/16"
        ]

    def ask(self, service: str, operation: str, **arguments: Any) -> Any:
        return self.aws.call(service, operation, PLAN.region, **arguments)

    def security_groups(self) -> None:
        of_vpc = [{"Name": "vpc-id", "Values": [self.vpc]}]
        found = self.ask("ec2", "describe_security_groups", Filters=of_vpc)["SecurityGroups"]
        prefix = f"{PROJECT}-dev-"
        groups = {
            group["GroupId"]: group["GroupName"].removeprefix(prefix)
            for group in found
            if group["GroupName"] != "default"
        }
        rules = [
            (groups[rule["GroupId"]], rule["FromPort"], rule.get("CidrIpv4") or named(groups, rule), rule["IsEgress"])
            for rule in self.ask("ec2", "describe_security_group_rules")["SecurityGroupRules"]
            if rule["GroupId"] in groups
        ]
        assert sorted(rules) == [
            ("db-sg", 5432, "services-sg", False),
            ("public-alb-sg", -1, ANYWHERE, True),
            ("public-alb-sg", 80, ANYWHERE, False),
            ("public-alb-sg", 443, ANYWHERE, False),
            ("redis-sg", 6379, "services-sg", False),
            ("services-sg", -1, ANYWHERE, True),
            ("services-sg", 80, "public-alb-sg", False),
        ]

    def aurora(self, count: int, size: str) -> None:
        (cluster,) = self.ask("rds", "describe_db_clusters")["DBClusters"]
        assert (cluster["Engine"], cluster["EngineVersion"]) == ("aurora-postgresql", "15.15")
        assert cluster["StorageEncrypted"]
        assert (cluster["BackupRetentionPeriod"], cluster["PreferredBackupWindow"]) == (7, "03:00-04:00")
        instances = self.ask("rds", "describe_db_instances")["DBInstances"]
        assert [instance["DBInstanceClass"] for instance in instances] == [size] * count
        secret = self.ask("secretsmanager", "get_secret_value", SecretId=f"{PROJECT}/database/credentials")
        login = json.loads(secret["SecretString"])
        assert sorted(login) == ["DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT", "DB_USERNAME"]
        assert (login["DB_HOST"], login["DB_NAME"]) == (cluster["Endpoint"], "learning_center")

    def redis(self, count: int, size: str, encrypted: bool) -> None:
        (cache,) = self.ask("elasticache", "describe_replication_groups")["ReplicationGroups"]
        assert cache["ReplicationGroupId"] == f"{PROJECT}-redis"
        assert (cache["CacheNodeType"], len(cache["MemberClusters"])) == (size, count)
        assert cache["AtRestEncryptionEnabled"] is True
        assert cache["TransitEncryptionEnabled"] is encrypted

    def services(self) -> None:
        cluster = f"{PROJECT}-cluster"
        arns = self.ask("ecs", "list_services", cluster=cluster)["serviceArns"]
        found = self.ask("ecs", "describe_services", cluster=cluster, services=arns)["services"]
        services = {service["serviceName"]: service for service in found}
        prefix = f"{PROJECT}-dev-"
        assert set(services) == {f"{PROJECT}-service", f"{prefix}queue-worker-service", f"{prefix}scheduler-service"}
        images = set()
        for service in services.values():
            assert service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
            task = self.ask("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"])
            (container,) = task["taskDefinition"]["containerDefinitions"]
            images.add(container["image"])
            variables = {pair["name"] for pair in container["environment"]}
            assert {"REDIS_URL", "REDIS_HOST", "ASSETS_BUCKET", "APP_ENV"} <= variables
            secrets = {pair["name"] for pair in container["secrets"]}
            assert {"DB_HOST", "DB_PASSWORD", "ELEVENLABS_API_KEY", "OPENAI_API_KEY"} <= secrets
        assert len(images) == 1
        (group,) = self.ask("elbv2", "describe_target_groups")["TargetGroups"]
        assert (group["Port"], group["HealthCheckPath"]) == (80, "/health")
        told = self.ask("elbv2", "describe_target_group_attributes", TargetGroupArn=group["TargetGroupArn"])
        attributes = {attribute["Key"]: attribute["Value"] for attribute in told["Attributes"]}
        assert attributes["deregistration_delay.timeout_seconds"] == "30"
        policies = self.ask("application-autoscaling", "describe_scaling_policies", ServiceNamespace="ecs")
        by_worker = [p for p in policies["ScalingPolicies"] if "queue-worker" in p["ResourceId"]]
        assert sorted(p["PolicyType"] for p in by_worker) == ["StepScaling", "StepScaling", "TargetTrackingScaling"]

    def clock(self) -> None:
        (rule,) = self.ask("events", "list_rules")["Rules"]
        assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
        (target,) = self.ask("events", "list_targets_by_rule", Rule=rule["Name"])["Targets"]
        command = json.loads(target["Input"])["containerOverrides"][0]
        assert command == {"name": "app", "command": ["php", "artisan", "schedule:run"]}
        role = target["RoleArn"].rsplit("/", 1)[-1]
        (policy,) = self.ask("iam", "list_role_policies", RoleName=role)["PolicyNames"]
        document = self.ask("iam", "get_role_policy", RoleName=role, PolicyName=policy)["PolicyDocument"]
        run, hand = document["Statement"]
        assert (run["Action"], hand["Action"]) == (["ecs:RunTask"], ["iam:PassRole"])

    def frontend(self) -> None:
        bucket = f"{PROJECT}-frontend-dev"
        assert self.ask("s3", "get_bucket_versioning", Bucket=bucket)["Status"] == "Enabled"
        assert all(self.ask("s3", "get_public_access_block", Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        (listed,) = self.ask("cloudfront", "list_distributions")["DistributionList"]["Items"]
        site = self.ask("cloudfront", "get_distribution", Id=listed["Id"])["Distribution"]
        config = site["DistributionConfig"]
        assert sorted(config["Aliases"]["Items"]) == ["app.fibonacco.com", "learn.fibonacco.com"]
        assert config["DefaultRootObject"] == "index.html"
        assert config["DefaultCacheBehavior"]["Compress"] is True
        (origin,) = config["Origins"]["Items"]
        assert origin["OriginAccessControlId"]
        responses = {answer["ErrorCode"]: answer for answer in config["CustomErrorResponses"]["Items"]}
        assert {code: answer["ResponsePagePath"] for code, answer in responses.items()} == {
            403: "/index.html",
            404: "/index.html",
        }
        policy = json.loads(self.ask("s3", "get_bucket_policy", Bucket=bucket)["Policy"])
        allowed = next(statement for statement in policy["Statement"] if statement["Effect"] == "Allow")
        assert allowed["Condition"] == {"StringEquals": {"AWS:SourceArn": site["ARN"]}}

    def assets(self) -> None:
        bucket = f"{PROJECT}-assets-dev"
        assert self.ask("s3", "get_bucket_versioning", Bucket=bucket)["Status"] == "Enabled"
        rules = self.ask("s3", "get_bucket_lifecycle_configuration", Bucket=bucket)["Rules"]
        moved = [rule["NoncurrentVersionTransitions"] for rule in rules if "NoncurrentVersionTransitions" in rule]
        assert moved == [[{"NoncurrentDays": 90, "StorageClass": "GLACIER"}]]
        aborted = [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]
        assert aborted == [{"DaysAfterInitiation": 7}]

    def names(self) -> None:
        zone = self.ask("route53", "list_hosted_zones")["HostedZones"][0]["Id"]
        records = self.ask("route53", "list_resource_record_sets", HostedZoneId=zone)["ResourceRecordSets"]
        aliases = {(record["Name"], record["Type"]) for record in records if "AliasTarget" in record}
        sites = {(f"{name}.fibonacco.com.", kind) for name in ("app", "learn") for kind in ("A", "AAAA")}
        assert aliases == sites | {("api.fibonacco.com.", "A")}


def named(groups: dict[str, str], rule: dict[str, Any]) -> str:
    return groups[rule["ReferencedGroupInfo"]["GroupId"]]
