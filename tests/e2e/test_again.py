"""A stack that was destroyed is deployed again in the same account."""

from collections.abc import Callable

import pytest
from kit.local_aws import LocalAws, left_over
from kit.plans import PLANS, Plan
from kit.pulumi import Stack


@pytest.mark.parametrize("name", ["stage3v3", "fibonacco"])
def test_up_destroy_up(aws: LocalAws, start: Callable[[Plan], Stack], name: str) -> None:
    plan = PLANS[name]
    stack = start(plan)
    before = aws.listing(plan.region)
    created = stack.up().counts
    stack.destroy()
    again = stack.up()
    assert again.messages == []
    assert again.counts == created
    assert stack.up().counts == {"same": created["create"]}
    stack.destroy()
    assert stack.resources() == []
    left, _ = left_over(before, aws.listing(plan.region))
    assert left == {}
