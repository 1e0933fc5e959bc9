"""Web ACLs: moto keeps what an update leaves out."""

from typing import Any

from moto.wafv2.models import FakeWebACL

from extended_moto.extending import extend

update = FakeWebACL.update


def replace(
    self: FakeWebACL,
    default_action: dict[str, Any] | None,
    rules: list[Any] | None,
    description: str | None,
    *rest: Any,
) -> None:
    """An update is the whole web ACL. https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html"""
    update(self, default_action, rules, description, *rest)
    self.rules = rules or []
    self.description = description  # type: ignore[assignment]


extend(FakeWebACL, "update", replace)
