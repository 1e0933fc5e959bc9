"""A stack goes where it is told: into a region that only `aws:region` names, and into a VPC that is there already."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, added, left_over
from kit.plans import Plan
from kit.pulumi import Stack

REGION = "eu-west-1"
SHOP = Plan("stack-py", folder="tests/e2e/programs", region=REGION)
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"


def test_an_existing_vpc_in_the_region_of_other_aws_packages(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    stack.env = {name: value for name, value in stack.env.items() if name not in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    vpc, tiers = make_vpc(aws)
    before = aws.listing(REGION)
    service = {"image": IMAGE, "port": 80}
    args = {
        "project": "shop",
        "environment": "dev",
        "network": {"existing_vpc_id": vpc},
        "services": {
            "web": {**service, "expose": "public", "calls": ["api"]},
            "api": {**service, "expose": "internal", "database": True},
        },
        "database": {"db_name": "shop", "replicas": 0},
    }
    stack.configure({"aws:region": REGION, "args": json.dumps(args)})

    assert stack.preview().counts == stack.up().counts
    new = added(before, aws.listing(REGION))
    for kind in ("VPC", "subnet", "internet gateway", "NAT gateway", "route table", "elastic IP"):
        assert kind not in new
    assert {where.split(" ")[0] for ids in new.values() for where in ids} == {REGION, "global"}
    outputs = stack.outputs()
    for tier, output in (("public", "public"), ("private", "private"), ("isolated", "database")):
        assert set(outputs[f"{output}_subnet_ids"]) == tiers[tier]
    for balancer in ask(aws, "elbv2", "describe_load_balancers")["LoadBalancers"]:
        tier = "private" if balancer["Scheme"] == "internal" else "public"
        assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == tiers[tier]
    (group,) = ask(aws, "rds", "describe_db_subnet_groups")["DBSubnetGroups"]
    assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == tiers["isolated"]
    task = ask(aws, "ecs", "describe_task_definition", taskDefinition="shop-dev-api-task")["taskDefinition"]
    logs = task["containerDefinitions"][0]["logConfiguration"]["options"]
    assert logs["awslogs-region"] == REGION

    assert stack.up().changes == {}
    assert stack.refresh().changes == {}
    stack.destroy()
    left, _ = left_over(before, aws.listing(REGION))
    assert left == {}


def make_vpc(aws: LocalAws) -> tuple[str, dict[str, set[str]]]:
    """A VPC of somebody else's, with two subnets in each tier."""
    vpc = ask(aws, "ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ask(aws, "ec2", "create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
    ask(aws, "ec2", "attach_internet_gateway", VpcId=vpc, InternetGatewayId=gateway)
    tiers: dict[str, set[str]] = {}
    way_out = {"GatewayId": gateway}
    for number, tier in enumerate(("public", "private", "isolated")):
        table = ask(aws, "ec2", "create_route_table", VpcId=vpc)["RouteTable"]["RouteTableId"]
        if tier != "isolated":
            ask(aws, "ec2", "create_route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way_out)
        for zone in "ab":
            block = f"10.9.{2 * number + 'ab'.index(zone)}.0/24"
            made = ask(aws, "ec2", "create_subnet", VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            ask(aws, "ec2", "associate_route_table", RouteTableId=table, SubnetId=made)
            tiers.setdefault(tier, set()).add(made)
        if tier == "public":
            address = ask(aws, "ec2", "allocate_address", Domain="vpc")["AllocationId"]
            nat = ask(aws, "ec2", "create_nat_gateway", SubnetId=min(tiers[tier]), AllocationId=address)
            way_out = {"NatGatewayId": nat["NatGateway"]["NatGatewayId"]}
    return vpc, tiers


def ask(aws: LocalAws, service: str, operation: str, **arguments: Any) -> Any:
    return aws.call(service, operation, REGION, **arguments)
