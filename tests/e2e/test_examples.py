"""Every example lives its whole life on the true Pulumi CLI: up, up again, refresh, destroy."""

import json
from collections.abc import Callable, Iterator

import pytest
from kit.local_aws import LocalAws, added, left_over
from kit.plans import Plan, all_examples
from kit.pulumi import Stack


@pytest.mark.parametrize("plan", all_examples(), ids=lambda plan: plan.example)
def test_life(plan: Plan, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(plan)
    before = aws.listing(plan.region)

    previewed = stack.preview()
    created = stack.up()
    assert created.messages == []
    assert set(created.changes) == {"create"}
    assert previewed.counts == created.counts
    assert added(before, aws.listing(plan.region))
    for secret in secrets(aws, plan.region):
        assert secret not in stack.stored_text()

    again = stack.up()
    assert again.counts == {"same": created.counts["create"]}
    refreshed = stack.refresh()
    assert refreshed.changes == {}

    destroyed = stack.destroy()
    assert destroyed.messages == []
    assert destroyed.counts == {"delete": created.counts["create"]}
    assert stack.resources() == []
    left, _ = left_over(before, aws.listing(plan.region))
    assert left == {}


def secrets(aws: LocalAws, region: str) -> Iterator[str]:
    """What Secrets Manager keeps: whole secrets, and the passwords in those that are JSON."""
    for entry in aws.call("secretsmanager", "list_secrets", region)["SecretList"]:
        text = aws.call("secretsmanager", "get_secret_value", region, SecretId=entry["ARN"])["SecretString"]
        yield text
        if text.startswith("{"):
            yield from (value for key, value in json.loads(text).items() if "password" in key.lower())
