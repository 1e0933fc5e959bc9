"""Names, types and forms of Pulumi's AWS package are there: subpaths, constants, types of policies, `get`."""

import subprocess
from collections.abc import Callable

import pytest
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack

PROGRAMS = "tests/e2e/programs"


@pytest.mark.parametrize("program", ["names-ts", "names-py"])
def test_the_names_of_the_aws_package(program: str, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(Plan(program, folder=PROGRAMS))
    # The region of the stack is that of its AWS package where it has none of its own.
    stack.configure({"aws:region": "us-east-1"})
    created = stack.up()
    assert created.messages == []
    outputs = stack.outputs()
    assert outputs["names"][:2] == ["db.t3.micro", "t3.micro"]
    assert "eu-west-1" in outputs["names"]
    assert outputs["subnets"] == ["10.0.1.0/24", "10.0.1.0/24", "string" if program.endswith("ts") else "str"]
    assert outputs["outputs"][0].startswith("us-east-1")
    assert outputs["outputs"][1:] == ["us-east-1", "names"]
    assert outputs["roleName"].startswith("task-")
    assert outputs["partition"] == "amazonaws.com"
    assert outputs["here"] == "us-east-1"
    attached = aws.call("iam", "list_attached_role_policies", RoleName=outputs["roleName"])["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonECSTaskExecutionRolePolicy"]
    assert set(stack.up().changes) <= {"same", "read"}
    assert stack.destroy().messages == []


def test_every_module_of_the_npm_package_compiles_in_strict_programs(start: Callable[[Plan], Stack]) -> None:
    project = start(Plan("names-ts", folder=PROGRAMS)).project
    compiled = subprocess.run(["npx", "tsc"], cwd=project, capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stdout
    # The modules that know nothing of TypeScript's resolution: plain Node.js, with require and with import.
    for code in ('require("pulumi-agentic/iam").Role', '(await import("pulumi-agentic/ec2/vpc.js")).Vpc'):
        kind = "module" if "await" in code else "commonjs"
        command = ["node", f"--input-type={kind}", "--eval", f"console.log(typeof {code})"]
        printed = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert printed.stdout.strip() == "function", printed.stderr
