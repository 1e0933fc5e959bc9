"""The HappyRobot example deploys all that its plan lists, and follows it from development to production."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import PLANS, Plan
from kit.pulumi import Stack
from lives import unprotect

PLAN = PLANS["happyrobot"]
REGION = PLAN.region
ANYWHERE = "0.0.0.0/0"

OUTPUTS = [
    *("vpcId", "publicSubnetIds", "privateSubnetIds", "databaseEndpoint", "ecsClusterName"),
    *("apiRepositoryUrl", "webRepositoryUrl", "loadBalancerDnsName", "dashboardUrl"),
]


def test_inventory(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PLAN)
    before = aws.listing(REGION)
    created = stack.up()
    assert created.messages == []
    found = Found(aws)
    found.network()
    found.security_groups()
    found.services()
    found.load_balancer("dev")
    found.database(backups=1)
    found.logs(days=7)
    found.alarms()
    assert found.web_acls() == []
    outputs = stack.outputs()
    assert sorted(outputs) == sorted(OUTPUTS)
    assert outputs["ecsClusterName"] == "happyrobot-fde"
    assert outputs["apiRepositoryUrl"].endswith("/happyrobot-api")
    assert outputs["dashboardUrl"].endswith(f"region={REGION}#dashboards:name=HappyRobot-FDE-dev")
    found.dashboard("HappyRobot-FDE-dev")
    assert stack.up().counts == {"same": created.counts["create"]}
    refreshed = stack.refresh()
    assert refreshed.drifted == {}
    assert refreshed.changes == {}

    stack.configure({"environment": "prod"})
    stack.up()
    assert stack.preview().changes == {}
    found.load_balancer("prod")
    found.database(backups=7)
    found.logs(days=30)
    (acl,) = found.web_acls()
    found.firewall(acl)

    # Databases and load balancers of production are protected.
    (balancer,) = aws.call("elbv2", "describe_load_balancers", REGION)["LoadBalancers"]
    unprotect(aws, balancer["LoadBalancerArn"], REGION)
    aws.call(
        "rds",
        "modify_db_instance",
        REGION,
        DBInstanceIdentifier="happyrobot-fde-postgres",
        DeletionProtection=False,
    )
    stack.refresh()
    stack.destroy()
    left, kept = left_over(before, aws.listing(REGION))
    assert left == {}
    assert list(kept) == ["DB snapshot"]


class Found:
    """What there is, held against the plan's lists."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        (self.vpc,) = [
            found["VpcId"] for found in self.ask("ec2", "describe_vpcs")["Vpcs"] if found["CidrBlock"] == "10.0.0.0/16"
        ]
        (self.balancer,) = self.ask("elbv2", "describe_load_balancers")["LoadBalancers"]

    def ask(self, service: str, operation: str, **arguments: Any) -> Any:
        return self.aws.call(service, operation, REGION, **arguments)

    def of_vpc(self, operation: str, key: str) -> list[Any]:
        return list(self.ask("ec2", operation, Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])[key])

    def network(self) -> None:
        subnets = {
            found["CidrBlock"]: found["AvailabilityZone"] for found in self.of_vpc("describe_subnets", "Subnets")
        }
        assert subnets == {
            "10.0.101.0/24": f"{REGION}a",
            "10.0.102.0/24": f"{REGION}b",
            "10.0.1.0/24": f"{REGION}a",
            "10.0.2.0/24": f"{REGION}b",
        }
        gateways = self.ask("ec2", "describe_nat_gateways")["NatGateways"]
        assert len({found["SubnetId"] for found in gateways if found["State"] == "available"}) == 2

    def security_groups(self) -> None:
        groups = {
            found["GroupId"]: found["GroupName"]
            for found in self.of_vpc("describe_security_groups", "SecurityGroups")
            if found["GroupName"] != "default"
        }
        assert len(groups) == 3
        rules = [
            (
                groups[rule["GroupId"]].rsplit("happyrobot-fde-", 1)[-1],
                rule["FromPort"],
                rule.get("CidrIpv4") or groups[rule["ReferencedGroupInfo"]["GroupId"]].rsplit("happyrobot-fde-", 1)[-1],
            )
            for rule in self.ask("ec2", "describe_security_group_rules")["SecurityGroupRules"]
            if rule["GroupId"] in groups and not rule["IsEgress"]
        ]
        assert sorted(rules) == [
            ("db-sg", 5432, "services-sg"),
            ("public-alb-sg", 80, ANYWHERE),
            ("services-sg", 3000, "public-alb-sg"),
            ("services-sg", 8000, "public-alb-sg"),
        ]

    def services(self) -> None:
        names = ["happyrobot-api", "happyrobot-frontend"]
        services = self.ask("ecs", "describe_services", cluster="happyrobot-fde", services=names)["services"]
        assert [service["desiredCount"] for service in services] == [1, 1]
        private = {found["SubnetId"] for found in self.of_vpc("describe_subnets", "Subnets")} - set(self.zones())
        for service in services:
            placed = service["networkConfiguration"]["awsvpcConfiguration"]
            assert set(placed["subnets"]) == private
            assert placed["assignPublicIp"] == "DISABLED"
            task = self.ask("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"])
            task = task["taskDefinition"]
            assert (task["cpu"], task["memory"]) == ("256", "512")
            (container,) = task["containerDefinitions"]
            assert container["healthCheck"]["command"][0] == "CMD-SHELL"
        targets = self.ask("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")
        assert [(t["MinCapacity"], t["MaxCapacity"]) for t in targets["ScalableTargets"]] == [(1, 3), (1, 3)]
        policies = self.ask("application-autoscaling", "describe_scaling_policies", ServiceNamespace="ecs")
        goals = [p["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for p in policies["ScalingPolicies"]]
        assert sorted(goals) == [60, 70]
        repositories = self.ask("ecr", "describe_repositories")["repositories"]
        assert sorted(found["repositoryName"] for found in repositories) == names
        assert all(found["imageScanningConfiguration"]["scanOnPush"] for found in repositories)
        policy = self.ask("ecr", "get_lifecycle_policy", repositoryName="happyrobot-api")["lifecyclePolicyText"]
        assert json.loads(policy)["rules"][-1]["selection"]["countNumber"] == 10

    def zones(self) -> list[str]:
        return [zone["SubnetId"] for zone in self.balancer["AvailabilityZones"]]

    def load_balancer(self, environment: str) -> None:
        assert self.balancer["LoadBalancerName"] == "happyrobot-fde-alb"
        arn = self.balancer["LoadBalancerArn"]
        (listener,) = self.ask("elbv2", "describe_listeners", LoadBalancerArn=arn)["Listeners"]
        assert (listener["Port"], listener["Protocol"]) == (80, "HTTP")
        rules = self.ask("elbv2", "describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]
        (own,) = [rule for rule in rules if rule["Priority"] != "default"]
        (condition,) = own["Conditions"]
        assert sorted(condition["PathPatternConfig"]["Values"]) == ["/api/*", "/docs*", "/health"]
        attributes = self.ask("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn)["Attributes"]
        told = {attribute["Key"]: attribute["Value"] for attribute in attributes}
        bucket = f"happyrobot-fde-alb-access-logs-{environment}"
        assert (told["access_logs.s3.enabled"], told["access_logs.s3.bucket"]) == ("true", bucket)
        policy = json.loads(self.ask("s3", "get_bucket_policy", Bucket=bucket)["Policy"])
        allowed = next(statement for statement in policy["Statement"] if statement["Effect"] == "Allow")
        assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        encryption = self.ask("s3", "get_bucket_encryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]
        assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert self.ask("s3", "get_bucket_lifecycle_configuration", Bucket=bucket)["Rules"]
        blocked = self.ask("s3", "get_public_access_block", Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())

    def database(self, backups: int) -> None:
        (found,) = self.ask("rds", "describe_db_instances")["DBInstances"]
        assert found["DBInstanceIdentifier"] == "happyrobot-fde-postgres"
        assert (found["DBInstanceClass"], found["EngineVersion"]) == ("db.t3.micro", "15.15")
        assert found["StorageEncrypted"] and not found["MultiAZ"] and not found["PubliclyAccessible"]
        assert found["MonitoringInterval"] == 60
        assert found["BackupRetentionPeriod"] == backups
        group = found["DBParameterGroups"][0]["DBParameterGroupName"]
        parameters = self.ask("rds", "describe_db_parameters", DBParameterGroupName=group)["Parameters"]
        assert {found["ParameterName"]: found["ParameterValue"] for found in parameters} == {
            "max_connections": "200",
            "log_min_duration_statement": "1000",
            "shared_preload_libraries": "pg_stat_statements",
        }

    def logs(self, days: int) -> None:
        groups = self.ask("logs", "describe_log_groups")["logGroups"]
        wanted = {"/aws/ecs/containers-api": days, "/aws/ecs/containers-web": days}
        assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == wanted

    def alarms(self) -> None:
        (topic,) = self.ask("sns", "list_topics")["Topics"]
        (subscription,) = self.ask("sns", "list_subscriptions")["Subscriptions"]
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@happyrobot.example")
        # Application Auto Scaling has alarms of its own.
        alarms = self.ask("cloudwatch", "describe_alarms")["MetricAlarms"]
        alarms = [alarm for alarm in alarms if not alarm["AlarmName"].startswith("TargetTracking-")]
        assert sorted((alarm["MetricName"], alarm["Threshold"]) for alarm in alarms) == [
            ("CPUUtilization", 70),
            ("CPUUtilization", 80),
            ("CPUUtilization", 80),
            ("DatabaseConnections", 180),
            ("HTTPCode_Target_5XX_Count", 10),
            ("TargetResponseTime", 5),
            ("UnHealthyHostCount", 0),
            ("UnHealthyHostCount", 0),
        ]
        assert all(alarm["AlarmActions"] == [topic["TopicArn"]] for alarm in alarms)

    def dashboard(self, name: str) -> None:
        body = json.loads(self.ask("cloudwatch", "get_dashboard", DashboardName=name)["DashboardBody"])
        titles = [widget["properties"]["title"].split(":")[0] for widget in body["widgets"]]
        assert list(dict.fromkeys(titles)) == ["Services", "Database", "Load balancer", "Recent errors", "Status"]

    def web_acls(self) -> list[Any]:
        return list(self.ask("wafv2", "list_web_acls", Scope="REGIONAL")["WebACLs"])

    def firewall(self, acl: dict[str, Any]) -> None:
        told = self.ask("wafv2", "get_web_acl", Name=acl["Name"], Id=acl["Id"], Scope="REGIONAL")["WebACL"]
        limit, *managed = sorted(told["Rules"], key=lambda rule: rule["Priority"])
        assert limit["Statement"]["RateBasedStatement"]["Limit"] == 1000
        assert "Block" in limit["Action"]
        assert all("ManagedRuleGroupStatement" in rule["Statement"] for rule in managed) and managed
        guarded = self.ask("wafv2", "get_web_acl_for_resource", ResourceArn=self.balancer["LoadBalancerArn"])
        assert guarded["WebACL"]["ARN"] == acl["ARN"]
