"""A running stack of Pulumi's AWS package is taken over as docs/from-pulumi-aws.md says, and nothing changes in AWS."""

import json
import re
from collections.abc import Callable
from typing import Any

import jq
import pytest
from kit.base import ROOT
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack

PAGE = (ROOT / "docs" / "from-pulumi-aws.md").read_text()
RECIPE = re.search(r"```jq\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("program", ["snippets-py", "network-py"])
def test_a_stack_of_the_aws_package(program: str, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    assert RECIPE
    stack = start(Plan(program, folder="tests/e2e/programs", region="eu-west-1"))
    stack.up()
    state = json.loads(stack.run("stack", "export", "--stack", stack.name))
    calls = len(aws.mutations())
    stack.run("stack", "rename", "--stack", stack.name, f"{stack.name}-before")
    stack.run("stack", "init", stack.name, "--copy-config-from", f"{stack.name}-before")
    listed = jq.compile(RECIPE[1]).input_value(of_the_aws_package(state)).first()
    assert len(listed["resources"]) > 5
    (stack.project / "import.json").write_text(json.dumps(listed))
    flags = ("--generate-code=false", "--protect=false", "--yes", "--skip-preview")
    stack.run("import", "--stack", stack.name, "--file", "import.json", *flags)

    again = stack.up()
    assert set(again.changes) <= {"update"}
    assert not {
        call["operation"] for call in aws.mutations()[calls:] if call["operation"].startswith(("Create", "Delete"))
    }
    stack.run("stack", "rm", f"{stack.name}-before", "--force", "--yes")
    stack.destroy()


def of_the_aws_package(state: dict[str, Any]) -> dict[str, Any]:
    """The state as the AWS package would have written it: its types, and IDs of its own where the page says so."""
    assert RECIPE
    own = set(re.findall(r'^  "(\w+:\w+)":', RECIPE[1], re.MULTILINE))
    for resource in state["deployment"]["resources"]:
        if resource["type"].startswith("agentic:"):
            _, module, name = resource["type"].split(":")
            resource["type"] = f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
            resource["outputs"]["id"] = resource["id"]
            if f"{module}:{name}" in own:
                resource["id"] = "an ID of its own"
    return state
