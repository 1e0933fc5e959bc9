"""A deployment that is killed loses nothing and leaves nothing twice."""

import json
import time
from collections.abc import Callable

import pytest
from kit.local_aws import LocalAws, added, left_over
from kit.plans import Plan
from kit.pulumi import Running, Stack

SHOP = Plan("stack-ts", folder="tests/e2e/programs", hosted_zones=("example.com",))
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"
ARGS = {
    "project": "shop",
    "environment": "dev",
    "domain": {"zone": "example.com", "subdomain": "shop"},
    "services": {
        "web": {"port": 80, "expose": "public", "calls": ["api"]},
        "api": {
            "image": IMAGE,
            "port": 8000,
            "expose": "internal",
            "database": True,
            "scaling": {"min": 1, "max": 3, "cpu": 70},
        },
    },
    "database": {"dbName": "shop"},
}

# What a whole deployment has, from kind to number.
WHOLE = {
    "VPC": 1,
    "subnet": 6,
    "NAT gateway": 1,
    "elastic IP": 1,
    "internet gateway": 1,
    "load balancer": 2,
    "target group": 2,
    "ECS cluster": 1,
    "ECS service": 2,
    "task definition": 2,
    "DB instance": 2,
    "DB subnet group": 1,
    "DB parameter group": 1,
    "secret": 1,
    "role": 3,
    "repository": 1,
    "log group": 2,
    # Two of them are those with which Application Auto Scaling tracks its target.
    "alarm": 6,
    "certificate": 1,
    "record": 2,
    "ecs scalable target": 1,
    "ecs scaling policy": 1,
}


@pytest.mark.parametrize(
    ("moment", "other_moment"),
    [
        ("ec2:CreateNatGateway", None),
        ("elasticloadbalancing:CreateLoadBalancer", None),
        ("rds:CreateDBInstance", None),
        ("ecs:RegisterTaskDefinition", None),
        ("ecs:CreateService", "rds:DeleteDBInstance"),
    ],
)
def test_killed(moment: str, other_moment: str | None, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    stack.configure({"args": json.dumps(ARGS)})
    kill_at(moment, aws, stack, "up")

    stack.unlock()
    stack.up()
    assert stack.preview().changes == {}
    now = added(before, aws.listing())
    assert {kind: len(now.get(kind, ())) for kind in WHOLE} == WHOLE

    if other_moment:
        kill_at(other_moment, aws, stack, "destroy")
        stack.unlock()
    stack.destroy()
    left, _ = left_over(before, aws.listing())
    assert left == {}


@pytest.mark.parametrize("moment", ["ec2:CreateNatGateway", "rds:CreateDBInstance", "ecs:CreateService"])
def test_cli_killed(moment: str, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    """The CLI alone is killed: the plugin ends by itself, and what it made meanwhile is in no state."""
    stack = start(SHOP)
    before = aws.listing()
    stack.configure({"args": json.dumps(ARGS)})
    until(moment, aws, stack, "up").kill_cli(stack.is_stored)

    stack.unlock()
    stack.up()
    assert stack.preview().changes == {}
    now = added(before, aws.listing())
    assert {kind: len(now.get(kind, ())) for kind in WHOLE} == WHOLE

    until("rds:DeleteDBInstance", aws, stack, "destroy").kill_cli(stack.is_stored)
    stack.unlock()
    stack.destroy()
    left, _ = left_over(before, aws.listing())
    assert left == {}


def kill_at(moment: str, aws: LocalAws, stack: Stack, operation: str) -> None:
    """Ends an operation as soon as AWS has answered a call of this name."""
    until(moment, aws, stack, operation).kill(stack.is_stored)


def until(moment: str, aws: LocalAws, stack: Stack, operation: str) -> Running:
    """An operation under way, as soon as AWS has answered a call of this name."""
    running = stack.begin(operation)
    while not any(f"{call['service']}:{call['operation']}" == moment and call["status"] for call in aws.mutations()):
        assert not running.has_ended, f"it was over before {moment}:\n{running.log.read_text()}"
        time.sleep(0.02)
    return running
