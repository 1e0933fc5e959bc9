"""Where a stack is: what becomes of it when its zones or its range change, and what is told before."""

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
SERVICES = {
    "web": {"image": IMAGE, "port": 80, "expose": "public", "calls": ["api"]},
    "api": {"image": IMAGE, "port": 8000, "expose": "internal"},
}

Args = dict[str, Any]
Call = dict[str, Any]


def shop(network: Args, **more: Any) -> Args:
    services = copy.deepcopy(SERVICES)
    for name in ("database", "aurora", "cache"):
        if name in more:
            services["api"]["cache" if name == "cache" else "database"] = True
    return {"project": "shop", "environment": "dev", "network": network, "services": services, **more}


def zones(letters: str) -> list[str]:
    return [f"us-east-1{letter}" for letter in letters]


def test_zones_come_and_go(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    network = {"cidrBlock": "10.2.0.0/16", "nat": "perAz"}
    args = shop(
        network | {"availabilityZones": zones("ab")},
        database={"replicas": 0, "multiAz": False, "engineVersion": "15.13"},
        cache={},
    )
    deploy(stack, args)
    for old, new in [("ab", "bc"), ("bc", "abc"), ("abc", "ac"), ("ac", "ab")]:
        there, tables = subnets(aws), associations(aws)
        aws.control("clear", method="POST")
        args["network"] = network | {"availabilityZones": zones(new)}
        done = deploy(stack, args)
        assert "replace" not in done, done
        stays = {number(letter) for letter in set(old) & set(new)}
        parts = {name for names in done.values() for name in names if is_of_zone(name)}
        assert {name for name in parts if place(name) in stays} == set()
        assert {place(name) for name in parts} == {number(letter) for letter in set(old) ^ set(new)}
        nothing_is_lost(aws.mutations(), there, tables)
        kept = {range_ for zone, range_ in there.values() if zone[-1] in new}
        assert kept <= {range_ for _, range_ in subnets(aws).values()}
    assert stack.refresh().changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


def test_the_only_nat_gateway_moves_before_its_zone_goes(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    network = {"cidrBlock": "10.2.0.0/16"}
    args = shop(network | {"availabilityZones": zones("ab")})
    deploy(stack, args)
    args["network"] = network | {"availabilityZones": zones("ac")}
    done = deploy(stack, args)
    assert not any("nat" in name for names in done.values() for name in names), done
    there, tables = subnets(aws), associations(aws)
    aws.control("clear", method="POST")
    args["network"] = network | {"availabilityZones": zones("bc")}
    done = deploy(stack, args)
    assert "replace" not in done, done
    calls = aws.mutations()
    nothing_is_lost(calls, there, tables)
    order = [call["operation"] for call in calls]
    assert order.index("CreateNatGateway") < order.index("ReplaceRoute") < order.index("DeleteNatGateway")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"database": {"replicas": 1, "engineVersion": "15.13"}}, ["network.cidrBlock", "dbSubnetGroupName"]),
        ({"aurora": {"engineVersion": "15.15"}}, ["network.cidrBlock", "dbSubnetGroupName"]),
        ({"cache": {}}, ["network.cidrBlock", "cache"]),
    ],
)
def test_what_holds_data_stays_in_its_network(
    aws: LocalAws, start: Callable[[Plan], Stack], data: Args, told: list[str]
) -> None:
    stack = start(SHOP)
    args = shop({"cidrBlock": "10.2.0.0/16", "nat": "none"}, **data)
    deploy(stack, args)
    before = aws.listing()
    aws.control("clear", method="POST")
    args["network"]["cidrBlock"] = "10.3.0.0/16"
    stack.configure({"args": json.dumps(args)})
    messages = "\n".join(stack.preview(fails=True).messages)
    assert [word for word in told if word not in messages] == []
    assert aws.mutations() == []
    assert aws.listing() == before


def test_another_range_is_another_network(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args = shop({"cidrBlock": "10.2.0.0/16"})
    args["services"]["api"]["scaling"] = {"min": 1, "max": 2, "cpu": 60}
    deploy(stack, args)
    there, tables = subnets(aws), associations(aws)
    small = {kind: len(ids) for kind, ids in aws.listing().items()}
    aws.control("clear", method="POST")
    args["network"]["cidrBlock"] = "10.3.0.0/16"
    done = deploy(stack, args)
    assert "delete" not in done, done
    assert done["replace"] >= {
        *("shop-vpc", "shop-igw", "shop-nat", "shop-public-subnet-1", "shop-private-subnet-2-rt"),
        *("shop-public-alb", "shop-internal-alb", "shop-web-tg", "shop-web-sg", "shop-web-service"),
    }
    calls = aws.mutations()
    nothing_is_lost(calls, there, tables)
    takes = [index for index, call in enumerate(calls) if takes_away(call)]
    makes = [index for index, call in enumerate(calls) if call["operation"].startswith("Create")]
    assert max(makes) < min(takes), [calls[index]["operation"] for index in sorted(makes + takes)]
    (vpc,) = aws.call("ec2", "describe_vpcs", Filters=[{"Name": "tag:Name", "Values": ["shop-dev-vpc"]}])["Vpcs"]
    assert vpc["CidrBlock"] == "10.3.0.0/16"
    assert {kind: len(ids) for kind, ids in aws.listing().items()} == small
    assert stack.refresh().changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ({"availabilityZones": ["us-west-2a", "us-east-1b"]}, "network.availabilityZones[0]"),
        ({"availabilityZones": ["us-east-1a", "us-east-1z"]}, "network.availabilityZones[1]"),
        ({"availabilityZones": ["us-east-1a", "us-east-1a"]}, "network.availabilityZones[1]"),
        ({"availabilityZones": ["us-east-1a"]}, "network.availabilityZones"),
        ({"cidrBlock": "10.0.0.0/20", "availabilityZones": zones("af")}, "network.cidrBlock"),
    ],
)
def test_zones_that_cannot_be_are_told_before(
    aws: LocalAws, start: Callable[[Plan], Stack], network: Args, told: str
) -> None:
    stack = start(SHOP)
    aws.control("clear", method="POST")
    stack.configure({"args": json.dumps({**shop(network, database={}), "services": {}})})
    messages = "\n".join(stack.preview(fails=True).messages)
    assert told in messages, messages
    assert aws.mutations() == []


def test_a_vpc_that_is_there_has_two_zones_for_what_needs_two(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    vpc = aws.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for index in range(2):
        place = {"CidrBlock": f"10.9.{index}.0/24", "AvailabilityZone": "us-east-1a"}
        aws.call("ec2", "create_subnet", VpcId=vpc, **place)
    stack = start(SHOP)
    aws.control("clear", method="POST")
    stack.configure({"args": json.dumps(shop({"existingVpcId": vpc}, database={}))})
    messages = "\n".join(stack.preview(fails=True).messages)
    assert "network.existingVpcId" in messages
    for told in ("a public load balancer", "an internal load balancer", "private subnets are in 0 zones"):
        assert told in messages, messages
    assert "isolated subnets are in 1 zones, but a database needs two" in messages
    assert aws.mutations() == []


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


def subnets(aws: LocalAws) -> dict[str, tuple[str, str]]:
    """The subnets of the stack: zone and range, by id."""
    found = aws.call("ec2", "describe_subnets", Filters=[{"Name": "tag:Name", "Values": ["shop-dev-*"]}])["Subnets"]
    return {subnet["SubnetId"]: (subnet["AvailabilityZone"], subnet["CidrBlock"]) for subnet in found}


def associations(aws: LocalAws) -> dict[str, tuple[str, str]]:
    """Route table and subnet of each association, by its id."""
    tables = aws.call("ec2", "describe_route_tables")["RouteTables"]
    found = [entry for table in tables for entry in table["Associations"] if "SubnetId" in entry]
    return {entry["RouteTableAssociationId"]: (entry["RouteTableId"], entry["SubnetId"]) for entry in found}


def nothing_is_lost(calls: list[Call], there: dict[str, tuple[str, str]], tables: dict[str, tuple[str, str]]) -> None:
    """No subnet loses its table or its routes but to go as well, and nothing goes before what uses it has moved."""
    deleted = {call["params"]["SubnetId"]: at for at, call in enumerate(calls) if call["operation"] == "DeleteSubnet"}
    assert set(deleted) <= set(there)
    moves = ("SetSubnets", "UpdateService", "CreateService", "ModifyDBSubnetGroup", "ModifyCacheSubnetGroup")
    moved = max((at for at, call in enumerate(calls) if call["operation"] in moves), default=-1)
    for at, call in enumerate(calls):
        lose: set[str] = set()
        if call["operation"] == "DisassociateRouteTable":
            lose = {subnet for id, (_, subnet) in tables.items() if id == call["params"]["AssociationId"]}
        elif call["operation"] == "DeleteRoute":
            lose = {subnet for table, subnet in tables.values() if table == call["params"]["RouteTableId"]}
        for subnet in lose:
            assert deleted.get(subnet, -1) > at, (call["operation"], there[subnet])
        if lose or takes_away(call):
            assert at > moved, call["operation"]


def takes_away(call: Call) -> bool:
    operation: str = call["operation"]
    return bool(call["service"] == "ec2") and operation.startswith(("Delete", "Disassociate", "Detach", "Release"))


def is_of_zone(name: str) -> bool:
    return any(part in name for part in ("-subnet-", "-nat", "-private-rt", "-private-route")) and "group" not in name


def place(name: str) -> str:
    """The number of the zone: `2` of `shop-public-subnet-2-rt` and of `shop-nat-2-eip`, `1` of `shop-nat`."""
    numbers = [word for word in name.split("-") if word.isdigit()]
    return numbers[0] if numbers else "1"


def number(letter: str) -> str:
    return str("abcdef".index(letter) + 1)
