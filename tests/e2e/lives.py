"""What every stack goes through, and what is asked of the local AWS meanwhile."""

import json
from collections.abc import Callable, Iterator

from kit.local_aws import REGION, LocalAws, added, left_over
from kit.plans import Plan
from kit.pulumi import Result, Stack


def live(aws: LocalAws, plan: Plan, stack: Stack, look: Callable[[], None] = lambda: None) -> None:
    """Lets a stack live a whole life: up, a look at what is there, up again, refresh, destroy."""
    before = aws.listing(plan.region)
    previewed = stack.preview()
    created = stack.up()
    assert created.messages == []
    assert set(created.changes) == {"create"}
    assert sorted(previewed.steps) == sorted(created.steps)
    assert added(before, aws.listing(plan.region))
    for secret in secrets(aws, plan.region):
        assert secret not in stack.stored_text()
    look()

    again = stack.up()
    assert again.counts == {"same": created.counts["create"]}
    refreshed = stack.refresh()
    assert refreshed.drifted == {}
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
        # Some wait for somebody to write them.
        if not entry.get("SecretVersionsToStages"):
            continue
        text = aws.call("secretsmanager", "get_secret_value", region, SecretId=entry["ARN"])["SecretString"]
        yield text
        if text.startswith("{"):
            yield from (value for key, value in json.loads(text).items() if "password" in key.lower())


def touched(result: Result) -> dict[str, set[str]]:
    """What an operation did to resources, `{"create": {"shop-vpc"}, ...}`, without components: they are nothing in AWS.

    A replacement counts once, as `replace`.
    """
    found: dict[str, set[str]] = {}
    for operation, kind, name in result.steps:
        if operation in ("same", "read", "create-replacement", "delete-replaced") or is_component(kind):
            continue
        found.setdefault(operation, set()).add(name)
    return found


def is_component(kind: str) -> bool:
    return kind.startswith(("agentic:index:", "pulumi:")) and kind != "agentic:index:Password"


def unprotect(aws: LocalAws, balancer: str, region: str = REGION) -> None:
    """Lets AWS delete a load balancer that was protected, until the next `up`; a refresh tells the state."""
    off = [{"Key": "deletion_protection.enabled", "Value": "false"}]
    aws.call("elbv2", "modify_load_balancer_attributes", region, LoadBalancerArn=balancer, Attributes=off)
