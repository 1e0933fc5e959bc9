"""Changes on a running stack: what is new is there before anything moves, and what was goes once all has moved."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from lives import touched

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"
KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-abcdef"
OTHER = "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-abcdef"

Args = dict[str, Any]
Call = dict[str, Any]

RUNNING: Args = {
    "project": "shop",
    "environment": "dev",
    "network": {"cidrBlock": "10.2.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"]},
    "database": {"replicas": 0, "multiAz": False, "engineVersion": "15.13"},
    "alarms": {},
    "services": {
        "web": {"image": IMAGE, "port": 80, "expose": "public", "calls": ["api"], "secrets": {"KEY": KEY}},
        "admin": {"image": IMAGE, "port": 81, "expose": "public", "paths": ["/admin/*"]},
        "api": {"image": IMAGE, "port": 8000, "expose": "internal", "database": True},
    },
}

# One deployment each: what the arguments become, by their paths.
SERVICE: list[Args] = [
    {"services.web.port": 8080},
    {"services.admin.port": 8081, "services.api.port": 8001},
    {"services.web.expose": "internal", "services.web.paths": ["/web/*"], "services.web.calls": []},
    {"services.web.expose": "public", "services.web.paths": [], "services.web.calls": ["api"]},
    # A listener passes from one service to another by way of none: ECS takes tasks only into a group that a
    # listener leads to. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    {"services.web.expose": "none", "services.web.calls": []},
    {"services.api.expose": "none"},
    {"services.admin.expose": "internal", "services.api.expose": "public"},
    {"services.admin.expose": "none", "services.api.expose": "none"},
    {"services.admin.expose": "public", "services.api.expose": "internal"},
    {"services.web.expose": "public", "services.web.calls": ["api"]},
    {
        "services.admin.paths": ["/adm/*"],
        "services.admin.hosts": ["adm.example.com"],
        "services.admin.healthCheckPath": "/health",
        "services.admin.healthCheckMatcher": "200",
        "services.admin.healthCheckGracePeriodSeconds": 30,
        "services.admin.deregistrationDelay": 10,
        "services.web.cpu": 512,
        "services.web.memory": 1024,
        "services.web.environment": {"A": "1"},
        "services.web.command": ["httpd-foreground"],
        "services.web.desiredCount": 2,
        "services.api.sidecars": {"log": {"image": IMAGE, "secrets": {"OTHER": OTHER}}},
        "services.api.triggers": {"commit": "1"},
    },
    {"services.web.secrets": {"KEY": OTHER}, "services.api.sidecars": {}},
    {"services.web.secrets": {}, "services.web.enableExecuteCommand": True},
    {"services.web.placement": "private", "services.api.placement": "public"},
    {"services.web.placement": "public", "services.api.placement": "private", "services.api.cpuArchitecture": "ARM64"},
    {"services.web.scaling": {"min": 1, "max": 3, "cpu": 60}, "services.web.image": IMAGE + ".1"},
    {"services.api.database": False},
    {"services.api.database": True, "services.web.database": True},
    {"database.port": 5433},
    {"sharedSecurityGroup": True},
    {"sharedSecurityGroup": False},
    {"domain": {"certificateArn": "CERTIFICATE"}},
    {"domain": None},
]

NETWORK: list[Args] = [
    {"network.nat": "perAz"},
    {"network.availabilityZones": ["us-east-1b", "us-east-1c"]},
    {"network.nat": "single"},
    {"network.availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
    {"network.nat": "perAz", "network.availabilityZones": ["us-east-1a", "us-east-1b"]},
    {"network.nat": "single"},
]


# What stands around services, and how their deployments go.
AROUND: list[Args] = [
    {"cache": {}, "services.api.cache": True, "services.web.cache": True},
    {"services.web.cache": False},
    {"services.api.cache": False},
    {"buckets": {"files": {}}, "services.api.buckets": ["files"]},
    {"services.api.buckets": [], "cache": None},
    {"services.web.volumes": {"data": {"path": "/data"}}},
    {"services.web.volumes": {}, "services.api.volumes": {"data": {"path": "/data"}}},
    {"services.worker": {"image": IMAGE, "expose": "none", "calls": ["api"], "database": True}},
    {"services.worker": None, "services.api.volumes": {}},
    {"services.admin": None},
    {"services.admin": {"image": IMAGE, "port": 82, "expose": "public", "paths": ["/admin/*"], "calls": ["api"]}},
    {"services.web.capacity": {"fargate": 1, "spot": 1}},
    {"services.web.capacity": None},
    {"services.web.deployment": {"minimumHealthyPercent": 50, "maximumPercent": 150}},
    {"services.web.deployment": None, "services.web.scaling": {"min": 1, "max": 4, "cpu": 50}},
    {"services.web.deployment": {"strategy": "blueGreen", "bakeMinutes": 1}},
    {"services.web.deployment": {"strategy": "canary", "bakeMinutes": 1, "canaryPercent": 10}},
    {"services.web.deployment": None},
    {"database.proxy": {}},
    {"database.proxy": None},
    {"waf": {}, "accessLogs": {}, "alarms.emails": ["ops@example.com"]},
    {"waf": None, "accessLogs": None},
    {"network.endpoints": ["s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager"]},
    {"network.endpoints": []},
    {"services.api.database": False, "database": None},
]


@pytest.mark.parametrize("steps", [SERVICE, NETWORK, AROUND], ids=["service", "network", "around"])
def test_nothing_that_runs_is_left_alone(aws: LocalAws, start: Callable[[Plan], Stack], steps: list[Args]) -> None:
    stack = start(SHOP)
    certificate = aws.call("acm", "request_certificate", DomainName="shop.example.com")["CertificateArn"]
    before = aws.listing()
    args = copy.deepcopy(RUNNING)
    deploy(stack, args)
    broken: list[str] = []
    for step in steps:
        running = Running(aws)
        aws.control("clear", method="POST")
        for path, value in step.items():
            change(args, path, {"certificateArn": certificate} if path == "domain" and value else value)
        done = deploy(stack, args)
        broken += [f"{step}: {told}" for told in running.broken_by(aws.mutations())]
        if not any(path.endswith(("expose", "domain")) for path in step):
            broken += [f"{step}: {name} is replaced" for name in done.get("replace", set()) if name.endswith("-tg")]
    assert broken == []
    assert stack.refresh().changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


HELD: list[tuple[Args, list[str]]] = [
    ({"project": "shop2"}, ["project", '"shop"', '"shop2"', "allowReplacement"]),
    ({"environment": "test"}, ["environment", '"dev"', '"test"']),
    ({"naming": "{project}-{type}"}, ["naming", "nothing", '"{project}-{type}"']),
    ({"database.engineVersion": "16.9"}, ["database.engineVersion", '"15"', '"16"', "allowMajorVersionUpgrade"]),
    ({"database.username": "other"}, ["database.username", '"postgres"', '"other"', "snapshot"]),
    ({"network.cidrBlock": "10.9.0.0/16"}, ["network.cidrBlock", '"10.2.0.0/16"', '"10.9.0.0/16"']),
]


def test_what_would_lose_data_is_refused_before_anything_changes(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    deploy(stack, RUNNING)
    before = aws.listing()
    aws.control("clear", method="POST")
    for changes, told in HELD:
        args = copy.deepcopy(RUNNING)
        for path, value in changes.items():
            change(args, path, value)
        stack.configure({"args": json.dumps(args)})
        for messages in (stack.preview(fails=True).messages, stack.up(fails=True).messages):
            text = "\n".join(messages)
            assert [word for word in told if word not in text] == [], text
            assert "<nil>" not in text
        assert aws.mutations() == []
    # The way back is open.
    assert deploy(stack, RUNNING) == {}
    assert aws.listing() == before
    allowed = copy.deepcopy(RUNNING)
    allowed["database"] |= {"engineVersion": "16.9", "allowMajorVersionUpgrade": True}
    assert "shop-database-primary" in deploy(stack, allowed)["update"]


def test_another_name_in_the_program_replaces_nothing(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    args = copy.deepcopy(RUNNING) | {"cache": {}, "buckets": {"assets": {}}, "waf": {}}
    deploy(stack, args)
    before = aws.listing()
    stack.configure({"name": "store"})
    done = touched(stack.up())
    assert set(done) <= {"update"}, done
    assert aws.listing() == before
    assert stack.refresh().changes == {} == stack.preview().changes


def test_tasks_that_cannot_get_their_images_are_told_of(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    args = copy.deepcopy(RUNNING)
    args["network"]["nat"] = "none"
    args["services"]["api"]["placement"] = "private"
    stack.configure({"args": json.dumps(args)})
    (warning,) = stack.preview().messages
    for told in ("network.nat", "of api ", '"single"', "placement", "network.endpoints"):
        assert told in warning
    # By themselves tasks are where they get their images.
    del args["services"]["api"]["placement"]
    stack.configure({"args": json.dumps(args)})
    assert stack.preview().messages == []


def change(args: Args, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        args = args[parent]
    if value is None:
        del args[last]
    else:
        args[last] = value


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


class Running:
    """What runs before a change, and what calls may not take away from it."""

    def __init__(self, aws: LocalAws) -> None:
        # The target groups to which each listener and each rule leads.
        self.leads: dict[str, set[str]] = {}
        for balancer in aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]:
            arn = balancer["LoadBalancerArn"]
            for listener in aws.call("elbv2", "describe_listeners", LoadBalancerArn=arn)["Listeners"]:
                self.leads[listener["ListenerArn"]] = groups_in(listener)
                for rule in aws.call("elbv2", "describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]:
                    if not rule["IsDefault"]:
                        self.leads[rule["RuleArn"]] = groups_in(rule)
        # The target groups that the tasks of each service are in.
        self.filled: dict[str, set[str]] = {}
        for cluster in aws.call("ecs", "list_clusters")["clusterArns"]:
            arns = aws.call("ecs", "list_services", cluster=cluster)["serviceArns"]
            for service in aws.call("ecs", "describe_services", cluster=cluster, services=arns)["services"]:
                name = service["serviceName"]
                self.filled[name] = {entry["targetGroupArn"] for entry in service["loadBalancers"]}
        # What each policy of a role lets be read.
        self.secrets: dict[tuple[str, str], set[str]] = {}
        for role in aws.call("iam", "list_roles")["Roles"]:
            for policy in aws.call("iam", "list_role_policies", RoleName=role["RoleName"])["PolicyNames"]:
                read = aws.call("iam", "get_role_policy", RoleName=role["RoleName"], PolicyName=policy)
                self.secrets[role["RoleName"], policy] = secrets_in(read["PolicyDocument"])
        # The tables with a way out, and the table of each association.
        self.routed: set[str] = set()
        self.tables: dict[str, str] = {}
        for table in aws.call("ec2", "describe_route_tables")["RouteTables"]:
            if any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in table["Routes"]):
                self.routed.add(table["RouteTableId"])
            for entry in table["Associations"]:
                self.tables[entry["RouteTableAssociationId"]] = table["RouteTableId"]

    def broken_by(self, calls: list[Call]) -> list[str]:
        """What these calls take away from what runs, in words."""
        moves = ("UpdateService", "CreateService", "ModifyDBInstance", "SetSubnets", "DeleteService")
        moved = max((at for at, call in enumerate(calls) if call["operation"] in moves), default=-1)
        gone = {call["params"].get("RuleArn") or call["params"].get("ListenerArn") for call in calls if is_end(call)}
        told = []
        for at, call in enumerate(calls):
            params, text = call["params"], json.dumps(call["params"])
            match call["operation"]:
                case "ModifyListener" | "ModifyRule":
                    arn = params.get("RuleArn") or params["ListenerArn"]
                    led, leads = self.leads.get(arn, set()), groups_in(params)
                    if led and leads - set().union(*self.filled.values()):
                        told.append(f"{arn} leads to a group without tasks")
                    if any("redirect" in word for word in words(params)) and at < self.last(calls, "CreateListener"):
                        told.append(f"{arn} redirects to a listener that is not there")
                    self.leads[arn] = leads
                case "UpdateService":
                    name = params["service"].rsplit("/", 1)[-1]
                    if "loadBalancers" in params:
                        left = self.filled.get(name, set()) - groups_in(params)
                        self.filled[name] = groups_in(params)
                        led = {arn for arn, leads in self.leads.items() if leads & left and arn not in gone}
                        told += [f"{arn} leads to what {name} has left" for arn in led]
                case "PutRolePolicy":
                    key = (params["RoleName"], params["PolicyName"])
                    read = secrets_in(json.loads(params["PolicyDocument"]))
                    if self.secrets.get(key, set()) - read and at < moved:
                        told.append(f"{key} loses secrets before tasks are rolled")
                case "CreateRoute" if params.get("DestinationCidrBlock") == "0.0.0.0/0":
                    self.routed.add(params["RouteTableId"])
                case "ReplaceRouteTableAssociation":
                    had = self.tables.get(params["AssociationId"]) in self.routed
                    if had and params["RouteTableId"] not in self.routed:
                        told.append(f"{params['AssociationId']} moves to a table without a way out")
                case "ModifySecurityGroupRules":
                    told.append(f"a rule is changed in place: {text}")
                case operation if takes_away(operation) and at < moved:
                    told.append(f"{operation} comes before {calls[moved]['operation']}: {text}")
        return told

    @staticmethod
    def last(calls: list[Call], operation: str) -> int:
        return max((at for at, call in enumerate(calls) if call["operation"] == operation), default=-1)


def takes_away(operation: str) -> bool:
    starts = ("Revoke", "Delete", "Disassociate", "Detach", "Release")
    return operation.startswith(starts) and operation not in (
        "DeleteTags",
        "DeleteService",
        # An alarm goes before the service that it watches, or it would sound.
        "DeleteAlarms",
        "RevokeSecurityGroupEgress",
    )


def is_end(call: Call) -> bool:
    return call["operation"] in ("DeleteRule", "DeleteListener")


def words(value: Any) -> list[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, dict):
        return [word for part in value.values() for word in words(part)]
    if isinstance(value, list):
        return [word for part in value for word in words(part)]
    return [value] if isinstance(value, str) else []


def groups_in(value: Any) -> set[str]:
    return {word for word in words(value) if ":targetgroup/" in word}


def secrets_in(document: Any) -> set[str]:
    return {word for word in words(document) if word.startswith(("arn:aws:secretsmanager:", "arn:aws:ssm:"))}
