"""Every example lives its whole life on the true Pulumi CLI; those of whole plans have tests of their own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.local_aws import LocalAws
from kit.plans import PLANS, Plan, all_examples
from kit.pulumi import Stack
from kit.workshop import Workshop
from lives import live

OWN_TESTS = [PLANS[name] for name in ("stage3v3", "happyrobot", "fibonacco")]
EXAMPLES = [plan for plan in all_examples() if plan not in OWN_TESTS]


@pytest.mark.parametrize("plan", EXAMPLES, ids=lambda plan: plan.example)
def test_life(plan: Plan, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    live(aws, plan, start(plan))


def test_life_on_moto_alone(pulumi_home: Path, tmp_path: Path) -> None:
    """Nothing needs the proxy in front of moto, but alarms: moto does not speak CloudWatch's present protocol."""
    plan = Plan("stack-ts", folder="tests/e2e/programs")
    args = {
        "project": "shop",
        "environment": "dev",
        "services": {
            "web": {"port": 3000, "expose": "public", "calls": ["api"]},
            "api": {"port": 80, "expose": "internal", "database": True, "scaling": {"min": 1, "max": 2, "cpu": 70}},
        },
        "database": {"dbName": "shop"},
        "alarms": {"enabled": False},
    }
    (tmp_path / "aws").mkdir()
    aws = LocalAws(tmp_path / "aws", alone=True)
    try:
        stack = Workshop(tmp_path, aws.env | plan.env, pulumi_home).open(plan.directory, plan.stack)
        stack.init({"args": json.dumps(args)})
        live(aws, plan, stack)
    finally:
        aws.stop()
