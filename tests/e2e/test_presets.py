"""Presets: a stack of each, and one that goes from one to the next while it runs."""

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

Args = dict[str, Any]


def shop(preset: str) -> Args:
    return {
        "project": "shop",
        "environment": "dev",
        "preset": preset,
        "deletionProtection": False,
        "services": {
            "web": {"image": IMAGE, "port": 80, "expose": "public", "calls": ["api"]},
            "api": {"image": IMAGE, "port": 8000, "expose": "internal", "database": True},
        },
        "database": {"engineVersion": "15.13", "skipFinalSnapshot": True},
    }


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


# The database's class, its standby and its backups; tasks, their size and their subnets; NAT gateways.
EXPECTED = {
    "development": ("db.t3.micro", False, 1, 1, ("256", "512"), 1, 0),
    "staging": ("db.t3.small", False, 7, 2, ("512", "1024"), 2, 1),
    "production": ("db.r6g.large", True, 30, 3, ("1024", "2048"), 3, 3),
}


def found(aws: LocalAws) -> tuple[Any, ...]:
    (database,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    (cluster,) = aws.call("ecs", "list_clusters")["clusterArns"]
    (arn,) = [arn for arn in aws.call("ecs", "list_services", cluster=cluster)["serviceArns"] if "-web" in arn]
    (service,) = aws.call("ecs", "describe_services", cluster=cluster, services=[arn])["services"]
    definition = aws.call("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"])["taskDefinition"]
    gateways = aws.call("ec2", "describe_nat_gateways")["NatGateways"]
    return (
        database["DBInstanceClass"],
        database["MultiAZ"],
        database["BackupRetentionPeriod"],
        service["desiredCount"],
        (definition["cpu"], definition["memory"]),
        len(service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]),
        len([gateway for gateway in gateways if gateway["State"] == "available"]),
    )


@pytest.mark.parametrize("preset", list(EXPECTED))
def test_each_preset_lives(aws: LocalAws, start: Callable[[Plan], Stack], preset: str) -> None:
    stack = start(SHOP)
    before = aws.listing()
    deploy(stack, shop(preset))
    assert found(aws) == EXPECTED[preset]
    assert deploy(stack, shop(preset)) == {}
    assert stack.refresh().changes == {}
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


def test_a_running_stack_goes_from_one_preset_to_the_next(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    deploy(stack, shop("development"))
    for preset in ("staging", "production", "staging", "development"):
        (old,) = aws.call("rds", "describe_db_instances")["DBInstances"]
        aws.control("clear", method="POST")
        done = deploy(stack, shop(preset))
        # Only what AWS cannot change is made anew: an inline policy or a rule never, a task definition always.
        replaced = {name for name in done.get("replace", set()) if not name.endswith("-task")}
        assert replaced == set(), done
        assert found(aws)[:3] == EXPECTED[preset][:3]
        assert found(aws)[4:] == EXPECTED[preset][4:]
        operations = [call["operation"] for call in aws.mutations()]
        assert "ModifyDBInstance" in operations
        assert not {"CreateDBInstance", "DeleteDBInstance", "DeleteService", "DeleteLoadBalancer"} & {*operations}
        (new,) = aws.call("rds", "describe_db_instances")["DBInstances"]
        assert new["DbiResourceId"] == old["DbiResourceId"]
    assert stack.refresh().changes == {} == stack.preview().changes
