"""What people do wrong is told in full, in their words, and before anything is made."""

import json
from collections.abc import Callable

import pytest
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
ARGS = {
    "project": "shop",
    "environment": "dev",
    "network": {"cidrBlock": "10.0.0.0/28", "nat": "many", "azs": 2},
    "services": {
        "web": {"image": "a", "expose": "public", "calls": ["apy"], "environment": {"PORT": {"a": 1}}},
        "api": {"image": "a", "port": 8000, "expose": "internal", "database": True, "cpu": 300},
        "worker": {"image": "a", "scaling": {"min": 3, "max": 1, "cpu": 170}},
    },
    "logs": {"retentionInDays": 8},
}
TOLD = [
    *("network.azs", "network.cidrBlock", "network.nat", "services.web.port", "services.web.calls[0]"),
    *("services.web.environment.PORT", "services.api.database", "services.api.cpu"),
    *("services.worker.scaling.min", "services.worker.scaling.cpu", "logs.retentionInDays"),
]


# What the resources of the stack say of it, and no component.
OF_RESOURCES = {
    "project": "shop",
    "environment": "dev",
    "parameters": {"/aws/flags": "none"},
    "services": {"api": {"image": "a", "port": 8000}},
    "tags": {"aws:team": "shop"},
}


@pytest.mark.parametrize(("args", "expected"), [(ARGS, TOLD), (OF_RESOURCES, ["aws:team", "shop-aws-flags-parameter"])])
def test_all_mistakes_are_told_at_once(
    aws: LocalAws, start: Callable[[Plan], Stack], args: dict[str, object], expected: list[str]
) -> None:
    stack = start(SHOP)
    before = aws.listing()
    aws.control("clear", method="POST")
    stack.configure({"args": json.dumps(args)})
    for result in (stack.preview(fails=True), stack.up(fails=True)):
        told = "\n".join(result.messages)
        assert [path for path in expected if path not in told] == []
        assert "panicked" not in told
    assert aws.mutations() == []
    assert aws.listing() == before


def test_one_sentence_where_there_are_no_credentials(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    stack.configure({"args": json.dumps({"project": "shop", "environment": "dev"})})
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    stack.env = {name: value for name, value in stack.env.items() if name not in keys}
    told = "\n".join(stack.preview(fails=True).messages)
    assert told.count("no AWS credentials were found") == 1, told
    assert "AWS_ACCESS_KEY_ID" in told
    assert aws.mutations() == []


def test_one_sentence_where_there_is_no_such_region(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    # A host that nobody has; this is the one test without the local AWS.
    stack.env = {name: value for name, value in stack.env.items() if name != "AWS_ENDPOINT_URL"}
    settings = {"args": json.dumps({"project": "shop", "environment": "dev"}), "agentic:region": "us-nowhere-1"}
    stack.configure(settings)
    told = "\n".join(stack.preview(fails=True).messages)
    assert told.count("Does AWS have a region 'us-nowhere-1'") == 1, told
