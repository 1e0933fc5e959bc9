"""The Stage-3 example deploys all that its plan lists, and nothing more that matters."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws
from kit.plans import PLANS, Plan
from kit.pulumi import Stack
from lives import live

PLAN = PLANS["stage3v3"]
PREFIX = "agentic-aws-stage3v3"
HOST = "stage3v3.a-g-e-n-t-i-c.com"
ANYWHERE = "0.0.0.0/0"

SETTINGS = [
    *("project-name", "environment", "vpc-cidr", "availability-zones", "domain-name", "subdomain"),
    *("db-instance-class", "db-allocated-storage", "db-name", "db-backup-retention"),
    *("ecs-cpu", "ecs-memory", "desired-count", "min-capacity", "max-capacity"),
    *("log-retention-days", "cpu-threshold", "memory-threshold"),
]

Found = dict[str, Any]


def test_inventory(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PLAN)

    def look() -> None:
        check = Inventory(aws)
        check.network()
        check.security_groups()
        check.database()
        check.secret()
        check.images()
        check.cluster()
        check.tasks()
        check.services()
        check.scaling()
        check.load_balancers()
        check.logs_and_alarms()
        check.domain()
        check.roles()
        outputs = stack.outputs()
        assert outputs["url"] == f"https://{HOST}"
        assert sorted(outputs["services"].values()) == [f"{PREFIX}-fastapi-service", f"{PREFIX}-nodejs-service"]

    live(aws, PLAN, stack, look)


def test_every_setting_of_the_plan_is_used() -> None:
    program = (PLAN.directory / "index.ts").read_text()
    settings = (PLAN.directory / f"Pulumi.{PLAN.stack}.yaml").read_text()
    assert len(SETTINGS) == 18
    for key in SETTINGS:
        assert f'("{key}")' in program
        assert f"stage3v3:{key}: " in settings
    # The nineteenth is the region's, which the plugin reads itself.
    assert "aws:region: us-east-1" in settings


class Inventory:
    """What there is, held against the plan's lists."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        (self.vpc,) = self.named("ec2", "describe_vpcs", "Vpcs", f"{PREFIX}-vpc")
        self.vpc_id = self.vpc["VpcId"]
        self.subnets = {name(found): found for found in self.of_vpc("describe_subnets", "Subnets")}
        self.groups = {found["GroupName"]: found for found in self.of_vpc("describe_security_groups", "SecurityGroups")}

    def of_vpc(self, operation: str, key: str, filter_name: str = "vpc-id") -> list[Found]:
        found = self.aws.call("ec2", operation, Filters=[{"Name": filter_name, "Values": [self.vpc_id]}])
        return list(found[key])

    def named(self, service: str, operation: str, key: str, wanted: str) -> list[Found]:
        return [found for found in self.aws.call(service, operation)[key] if name(found) == wanted]

    def subnet_ids(self, tier: str) -> set[str]:
        return {self.subnets[f"{PREFIX}-{tier}-subnet-{number}"]["SubnetId"] for number in (1, 2)}

    def group_id(self, which: str) -> str:
        return str(self.groups[f"{PREFIX}-{which}-sg"]["GroupId"])

    def network(self) -> None:
        assert self.vpc["CidrBlock"] == "10.1.0.0/16"
        for attribute in ("enableDnsSupport", "enableDnsHostnames"):
            told = self.aws.call("ec2", "describe_vpc_attribute", VpcId=self.vpc_id, Attribute=attribute)
            assert told[attribute[0].upper() + attribute[1:]]["Value"] is True
        assert {label: (found["CidrBlock"], found["AvailabilityZone"]) for label, found in self.subnets.items()} == {
            f"{PREFIX}-public-subnet-1": ("10.1.1.0/24", "us-east-1a"),
            f"{PREFIX}-public-subnet-2": ("10.1.2.0/24", "us-east-1b"),
            f"{PREFIX}-private-subnet-1": ("10.1.3.0/24", "us-east-1a"),
            f"{PREFIX}-private-subnet-2": ("10.1.4.0/24", "us-east-1b"),
            f"{PREFIX}-db-subnet-1": ("10.1.5.0/24", "us-east-1a"),
            f"{PREFIX}-db-subnet-2": ("10.1.6.0/24", "us-east-1b"),
        }

        (gateway,) = self.of_vpc("describe_internet_gateways", "InternetGateways", "attachment.vpc-id")
        assert name(gateway) == f"{PREFIX}-igw"
        nat_gateways = self.aws.call("ec2", "describe_nat_gateways")["NatGateways"]
        (nat,) = [found for found in nat_gateways if found["State"] == "available"]
        assert name(nat) == f"{PREFIX}-nat"
        assert nat["SubnetId"] == self.subnets[f"{PREFIX}-public-subnet-1"]["SubnetId"]
        (address,) = self.aws.call("ec2", "describe_addresses")["Addresses"]
        assert name(address) == f"{PREFIX}-nat-eip"
        assert nat["NatGatewayAddresses"][0]["AllocationId"] == address["AllocationId"]

        tables = self.of_vpc("describe_route_tables", "RouteTables")
        own = {name(table): table for table in tables if not any(a.get("Main") for a in table["Associations"])}
        assert set(own) == {f"{PREFIX}-{tier}-rt" for tier in ("public", "private", "db")}
        wanted: dict[str, set[tuple[str, str]]] = {
            "public": {(ANYWHERE, gateway["InternetGatewayId"])},
            "private": {(ANYWHERE, nat["NatGatewayId"])},
            "db": set(),
        }
        for tier, ways_out in wanted.items():
            table = own[f"{PREFIX}-{tier}-rt"]
            assert {a["SubnetId"] for a in table["Associations"]} == self.subnet_ids(tier)
            routes = {
                (route["DestinationCidrBlock"], route.get("NatGatewayId") or route.get("GatewayId"))
                for route in table["Routes"]
            }
            assert routes == ways_out | {("10.1.0.0/16", "local")}

    def security_groups(self) -> None:
        assert set(self.groups) == {
            "default",
            *(f"{PREFIX}-{which}-sg" for which in ("public-alb", "internal-alb", "nodejs", "fastapi", "db")),
        }
        everything_out = {("-1", None, ANYWHERE)}
        public, internal, nodejs, fastapi = map(self.group_id, ("public-alb", "internal-alb", "nodejs", "fastapi"))
        wanted = {
            "public-alb": ({("tcp", 80, ANYWHERE), ("tcp", 443, ANYWHERE)}, everything_out),
            "internal-alb": ({("tcp", 80, nodejs)}, everything_out),
            "nodejs": ({("tcp", 3000, public)}, everything_out),
            "fastapi": ({("tcp", 8000, internal)}, everything_out),
            "db": ({("tcp", 5432, fastapi)}, set()),
        }
        for which, (inward, outward) in wanted.items():
            group = self.groups[f"{PREFIX}-{which}-sg"]
            assert sides(group["IpPermissions"]) == inward, which
            assert sides(group["IpPermissionsEgress"]) == outward, which

    def database(self) -> None:
        found = self.aws.call("rds", "describe_db_instances")["DBInstances"]
        instances = {instance["DBInstanceIdentifier"]: instance for instance in found}
        assert set(instances) == {f"{PREFIX}-primary", f"{PREFIX}-replica"}
        for instance in instances.values():
            assert instance["Engine"] == "postgres"
            assert instance["EngineVersion"] == "15.13"
            assert instance["DBInstanceClass"] == "db.t3.medium"
            assert instance["AllocatedStorage"] == 20
            assert instance["MaxAllocatedStorage"] == 100
            assert instance["StorageType"] == "gp3"
            assert instance["StorageEncrypted"] is True
            assert instance["PubliclyAccessible"] is False
            assert {g["VpcSecurityGroupId"] for g in instance["VpcSecurityGroups"]} == {self.group_id("db")}
            (parameters,) = instance["DBParameterGroups"]
            assert parameters["DBParameterGroupName"] == f"{PREFIX}-db-parameter-group"
        primary, replica = instances[f"{PREFIX}-primary"], instances[f"{PREFIX}-replica"]
        assert primary["MultiAZ"] is True
        assert primary["BackupRetentionPeriod"] == 7
        assert primary["DBName"] == "agentic_aws_db"
        assert primary["MasterUsername"] == "postgres"
        assert primary["DBSubnetGroup"]["DBSubnetGroupName"] == f"{PREFIX}-db-subnet-group"
        assert replica["ReadReplicaSourceDBInstanceIdentifier"] == f"{PREFIX}-primary"
        (group,) = self.aws.call("rds", "describe_db_subnet_groups")["DBSubnetGroups"]
        assert group["DBSubnetGroupName"] == f"{PREFIX}-db-subnet-group"
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == self.subnet_ids("db")
        groups = self.aws.call("rds", "describe_db_parameter_groups")["DBParameterGroups"]
        (parameters,) = [group for group in groups if not group["DBParameterGroupName"].startswith("default.")]
        assert parameters["DBParameterGroupFamily"] == "postgres15"

    def secret(self) -> None:
        (entry,) = self.aws.call("secretsmanager", "list_secrets")["SecretList"]
        assert entry["Name"] == "agentic-aws/stage3v3/database/master"
        value = self.aws.call("secretsmanager", "get_secret_value", SecretId=entry["ARN"])["SecretString"]
        content = json.loads(value)
        password = content.pop("password")
        assert len(password) >= 20
        instances = self.aws.call("rds", "describe_db_instances", DBInstanceIdentifier=f"{PREFIX}-primary")
        host = instances["DBInstances"][0]["Endpoint"]["Address"]
        assert content == {"username": "postgres", "host": host, "port": 5432, "dbname": "agentic_aws_db"}
        self.secret_arn = entry["ARN"]

    def images(self) -> None:
        found = self.aws.call("ecr", "describe_repositories")["repositories"]
        self.repositories = {repository["repositoryName"]: repository["repositoryUri"] for repository in found}
        assert set(self.repositories) == {f"{PREFIX}-fastapi", f"{PREFIX}-nodejs"}
        for repository, uri in self.repositories.items():
            assert uri.endswith(f".dkr.ecr.us-east-1.amazonaws.com/{repository}")

    def cluster(self) -> None:
        arns = self.aws.call("ecs", "list_clusters")["clusterArns"]
        (cluster,) = self.aws.call("ecs", "describe_clusters", clusters=arns, include=["SETTINGS"])["clusters"]
        assert cluster["clusterName"] == f"{PREFIX}-cluster"
        assert {"name": "containerInsights", "value": "enabled"} in cluster["settings"]

    def tasks(self) -> None:
        arns = self.aws.call("ecs", "list_task_definitions", status="ACTIVE")["taskDefinitionArns"]
        found = [self.aws.call("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"] for arn in arns]
        self.definitions = {task["family"]: task for task in found}
        assert set(self.definitions) == {f"{PREFIX}-fastapi-task", f"{PREFIX}-nodejs-task"}
        internal = self.load_balancer("internal-alb")
        for service, port in (("fastapi", 8000), ("nodejs", 3000)):
            task = self.definitions[f"{PREFIX}-{service}-task"]
            assert (task["cpu"], task["memory"]) == ("512", "1024")
            assert task["requiresCompatibilities"] == ["FARGATE"]
            assert task["networkMode"] == "awsvpc"
            assert role_name(task["executionRoleArn"]) == f"{PREFIX}-task-execution-role"
            assert role_name(task["taskRoleArn"]) == f"{PREFIX}-task-role"
            (container,) = task["containerDefinitions"]
            assert container["image"].split(":")[0] == self.repositories[f"{PREFIX}-{service}"]
            assert [mapping["containerPort"] for mapping in container["portMappings"]] == [port]
            assert container["logConfiguration"]["options"]["awslogs-group"] == f"{PREFIX}-{service}-logs"
            secrets = {secret["name"]: secret["valueFrom"] for secret in container.get("secrets", [])}
            environment = {variable["name"]: variable["value"] for variable in container["environment"]}
            assert (environment.pop("ENVIRONMENT"), environment.pop("LOG_LEVEL")) == ("stage3v3", "INFO")
            if service == "fastapi":
                assert secrets == {"DATABASE_URL": self.secret_arn}
                assert environment == {}
            else:
                assert secrets == {}
                assert environment == {"FASTAPI_URL": f"http://{internal['DNSName']}"}

    def services(self) -> None:
        cluster = f"{PREFIX}-cluster"
        arns = self.aws.call("ecs", "list_services", cluster=cluster)["serviceArns"]
        found = self.aws.call("ecs", "describe_services", cluster=cluster, services=arns)["services"]
        services = {service["serviceName"]: service for service in found}
        assert set(services) == {f"{PREFIX}-fastapi-service", f"{PREFIX}-nodejs-service"}
        places = {"fastapi": ("private", "DISABLED", 8000), "nodejs": ("public", "ENABLED", 3000)}
        for label, (tier, public_ip, port) in places.items():
            service = services[f"{PREFIX}-{label}-service"]
            assert service["launchType"] == "FARGATE"
            assert (service["desiredCount"], service["runningCount"]) == (2, 2)
            definition = self.definitions[f"{PREFIX}-{label}-task"]["taskDefinitionArn"]
            assert service["taskDefinition"] == definition
            network = service["networkConfiguration"]["awsvpcConfiguration"]
            assert set(network["subnets"]) == self.subnet_ids(tier)
            assert network["securityGroups"] == [self.group_id(label)]
            assert network["assignPublicIp"] == public_ip
            (behind,) = service["loadBalancers"]
            (group,) = self.aws.call("elbv2", "describe_target_groups", Names=[f"{PREFIX}-{label}-tg"])["TargetGroups"]
            assert (behind["targetGroupArn"], behind["containerPort"]) == (group["TargetGroupArn"], port)

    def scaling(self) -> None:
        call = ("application-autoscaling",)
        found = self.aws.call(*call, "describe_scalable_targets", ServiceNamespace="ecs")["ScalableTargets"]
        resources = {f"service/{PREFIX}-cluster/{PREFIX}-{label}-service" for label in ("fastapi", "nodejs")}
        assert {target["ResourceId"] for target in found} == resources
        assert {(target["MinCapacity"], target["MaxCapacity"]) for target in found} == {(1, 10)}
        found = self.aws.call(*call, "describe_scaling_policies", ServiceNamespace="ecs")["ScalingPolicies"]
        goals = []
        for policy in found:
            tracking = policy["TargetTrackingScalingPolicyConfiguration"]
            metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
            cooldowns = (tracking["ScaleInCooldown"], tracking["ScaleOutCooldown"])
            goals.append((policy["ResourceId"], metric, tracking["TargetValue"], *cooldowns))
        assert sorted(goals) == sorted(
            (resource, metric, value, 300, 300)
            for resource in resources
            for metric, value in (
                ("ECSServiceAverageCPUUtilization", 70.0),
                ("ECSServiceAverageMemoryUtilization", 80.0),
            )
        )

    def load_balancer(self, label: str) -> Found:
        """By its tag: AWS takes no more than 32 characters in the name, and the plan's is longer once."""
        found = self.aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
        arns = [balancer["LoadBalancerArn"] for balancer in found]
        told = self.aws.call("elbv2", "describe_tags", ResourceArns=arns)["TagDescriptions"]
        (arn,) = [tags["ResourceArn"] for tags in told if name(tags) == f"{PREFIX}-{label}"]
        (balancer,) = [balancer for balancer in found if balancer["LoadBalancerArn"] == arn]
        assert balancer["LoadBalancerName"].startswith(f"{PREFIX}-")
        return dict(balancer)

    def load_balancers(self) -> None:
        assert len(self.aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]) == 2
        groups = self.aws.call("elbv2", "describe_target_groups")["TargetGroups"]
        ports = {group["TargetGroupName"]: (group["Port"], group["Protocol"], group["TargetType"]) for group in groups}
        assert ports == {f"{PREFIX}-nodejs-tg": (3000, "HTTP", "ip"), f"{PREFIX}-fastapi-tg": (8000, "HTTP", "ip")}
        arns = {group["TargetGroupName"]: group["TargetGroupArn"] for group in groups}
        (certificate,) = self.aws.call("acm", "list_certificates")["CertificateSummaryList"]
        for label, scheme, tier in (
            ("public-alb", "internet-facing", "public"),
            ("internal-alb", "internal", "private"),
        ):
            balancer = self.load_balancer(label)
            assert (balancer["Type"], balancer["Scheme"]) == ("application", scheme)
            assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == self.subnet_ids(tier)
            assert balancer["SecurityGroups"] == [self.group_id(label)]
            answer = self.aws.call("elbv2", "describe_listeners", LoadBalancerArn=balancer["LoadBalancerArn"])
            listeners = {(found["Port"], found["Protocol"]): found for found in answer["Listeners"]}
            if label == "internal-alb":
                assert set(listeners) == {(80, "HTTP")}
                assert forwards_to(listeners[80, "HTTP"]) == arns[f"{PREFIX}-fastapi-tg"]
                continue
            assert set(listeners) == {(80, "HTTP"), (443, "HTTPS")}
            (redirect,) = listeners[80, "HTTP"]["DefaultActions"]
            assert redirect["Type"] == "redirect"
            assert (redirect["RedirectConfig"]["Protocol"], redirect["RedirectConfig"]["Port"]) == ("HTTPS", "443")
            assert forwards_to(listeners[443, "HTTPS"]) == arns[f"{PREFIX}-nodejs-tg"]
            (used,) = listeners[443, "HTTPS"]["Certificates"]
            assert used["CertificateArn"] == certificate["CertificateArn"]

    def logs_and_alarms(self) -> None:
        groups = self.aws.call("logs", "describe_log_groups")["logGroups"]
        kept = {group["logGroupName"]: group["retentionInDays"] for group in groups}
        assert kept == {f"{PREFIX}-{label}-logs": 14 for label in ("fastapi", "nodejs")}
        found = self.aws.call("cloudwatch", "describe_alarms")["MetricAlarms"]
        # The others are those with which Application Auto Scaling tracks its targets.
        alarms = [alarm for alarm in found if not alarm["AlarmName"].startswith("TargetTracking-")]
        watched = {alarm["AlarmName"]: (alarm["MetricName"], alarm["Threshold"], dimensions(alarm)) for alarm in alarms}
        assert watched == {
            f"{PREFIX}-{label}-{what}-high": (
                metric,
                threshold,
                {"ClusterName": f"{PREFIX}-cluster", "ServiceName": f"{PREFIX}-{label}-service"},
            )
            for label in ("fastapi", "nodejs")
            for what, metric, threshold in (("cpu", "CPUUtilization", 70.0), ("memory", "MemoryUtilization", 80.0))
        }

    def domain(self) -> None:
        (summary,) = self.aws.call("acm", "list_certificates")["CertificateSummaryList"]
        told = self.aws.call("acm", "describe_certificate", CertificateArn=summary["CertificateArn"])["Certificate"]
        assert (told["DomainName"], told["Status"]) == (HOST, "ISSUED")
        (zone,) = self.aws.call("route53", "list_hosted_zones")["HostedZones"]
        found = self.aws.call("route53", "list_resource_record_sets", HostedZoneId=zone["Id"])["ResourceRecordSets"]
        records = {
            (record["Name"].rstrip("."), record["Type"]): record
            for record in found
            if record["Type"] not in ("NS", "SOA")
        }
        proof = told["DomainValidationOptions"][0]["ResourceRecord"]
        proof_key = (proof["Name"].rstrip("."), "CNAME")
        assert set(records) == {(HOST, "A"), proof_key}
        assert [value["Value"] for value in records[proof_key]["ResourceRecords"]] == [proof["Value"]]
        public = self.load_balancer("public-alb")
        alias = records[HOST, "A"]["AliasTarget"]
        assert alias["DNSName"].rstrip(".").removeprefix("dualstack.") == public["DNSName"]
        assert alias["HostedZoneId"] == public["CanonicalHostedZoneId"]

    def roles(self) -> None:
        roles = {role["RoleName"]: role for role in self.aws.call("iam", "list_roles")["Roles"]}
        own = {label: role for label, role in roles.items() if label.startswith(PREFIX)}
        assert {label: trusted(role) for label, role in own.items()} == {
            f"{PREFIX}-task-execution-role": "ecs-tasks.amazonaws.com",
            f"{PREFIX}-task-role": "ecs-tasks.amazonaws.com",
            f"{PREFIX}-autoscaling-role": "application-autoscaling.amazonaws.com",
        }
        execution, task, scaling = (
            self.allowed(f"{PREFIX}-{label}") for label in ("task-execution-role", "task-role", "autoscaling-role")
        )
        assert {"ecr:BatchGetImage", "logs:PutLogEvents", "secretsmanager:GetSecretValue"} <= execution
        assert task == {"secretsmanager:GetSecretValue"}
        assert {"ecs:UpdateService", "ecs:DescribeServices", "cloudwatch:DescribeAlarms"} <= scaling

    def allowed(self, role: str) -> set[str]:
        actions: set[str] = set()
        for policy in self.aws.call("iam", "list_role_policies", RoleName=role)["PolicyNames"]:
            document = self.aws.call("iam", "get_role_policy", RoleName=role, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions.update(statement["Action"])
        return actions


def name(resource: Found) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
    return str(tags.get("Name", ""))


def sides(permissions: list[Found]) -> set[tuple[str, int | None, str]]:
    """Protocol, port and other side of each rule; a range of ports fails."""
    rules: set[tuple[str, int | None, str]] = set()
    for permission in permissions:
        port = permission.get("FromPort")
        assert port == permission.get("ToPort")
        others = [
            *(entry["CidrIp"] for entry in permission.get("IpRanges", [])),
            *(entry["CidrIpv6"] for entry in permission.get("Ipv6Ranges", [])),
            *(entry["GroupId"] for entry in permission.get("UserIdGroupPairs", [])),
            *(entry["PrefixListId"] for entry in permission.get("PrefixListIds", [])),
        ]
        rules.update((permission["IpProtocol"], None if port == -1 else port, other) for other in others)
    return rules


def forwards_to(listener: Found) -> str:
    (action,) = listener["DefaultActions"]
    assert action["Type"] == "forward"
    return str(action.get("TargetGroupArn") or action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"])


def dimensions(alarm: Found) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def role_name(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def trusted(role: Found) -> str:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return str(statement["Principal"]["Service"])
