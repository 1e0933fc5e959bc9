"""What is secret is written nowhere in plain text: not in state, history, logs or on the screen."""

import json
import re
from collections.abc import Callable

from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import secrets

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
ARGS = {
    "project": "shop",
    "environment": "dev",
    "network": {"nat": "none"},
    "services": {"worker": {"image": "public.ecr.aws/docker/library/httpd:2.4", "database": True}},
    "database": {"dbName": "shop", "replicas": 0, "skipFinalSnapshot": True},
}
LOUD = ("--debug", "--logtostderr", "-v=9", "--diff")
# The engine writes every value of its own messages into a log of level 9, whatever the provider is.
MESSAGE = re.compile(r"(Unm|M)arshaling property for RPC")
TOKEN = "Very-Secret-Setting-0815"


def test_secrets_are_nowhere_in_plain_text(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    stack.configure({"args": json.dumps(ARGS)})
    stack.configure({"token": TOKEN}, secret=True)
    done = [stack.preview(*LOUD), stack.up(*LOUD)]
    (container,) = aws.call("ecs", "describe_task_definition", taskDefinition="shop-dev-worker-task")["taskDefinition"][
        "containerDefinitions"
    ]
    assert {"name": "TOKEN", "value": TOKEN} in container["environment"]

    stack.configure({"token": TOKEN + "2"}, secret=True)
    done += [stack.preview(*LOUD), stack.up(*LOUD), stack.refresh(*LOUD)]
    known = {TOKEN, *secrets(aws, "us-east-1")}
    assert len(known) == 3
    done.append(stack.destroy(*LOUD))
    assert all("agentic" in result.log for result in done)
    logged = "\n".join(line for result in done for line in result.log.splitlines() if not MESSAGE.search(line))
    for secret in known:
        assert secret not in stack.stored_text()
        assert secret not in logged
        for result in done:
            assert secret not in result.output
            assert secret not in json.dumps(result.events)
