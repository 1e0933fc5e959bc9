"""Programs for Pulumi's own AWS package run with nothing changed but what they import."""

from collections.abc import Callable

import pytest
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import live


@pytest.mark.parametrize("program", ["snippets-ts", "snippets-py", "bastion-ts", "bastion-py"])
def test_a_program_for_the_aws_package(program: str, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    plan = Plan(program, folder="tests/e2e/programs")
    stack = start(plan)
    aws.call("ec2", "register_image", Name="bastion-1")
    source = next(stack.project.glob("index.ts"), stack.project / "__main__.py").read_text()
    assert [line for line in source.splitlines() if "agentic" in line] in (
        ['import * as aws from "pulumi-agentic";'],
        ["import pulumi_agentic as aws"],
    )
    live(aws, plan, stack)
