"""Makes what the setting `resources` says: `{"logs": {"type": "agentic:cloudwatch:LogGroup", "args": {...}}}`.

An argument `${logs.name}` is an output of a resource that was made before. `provider` gives a resource a provider of
its own, with these arguments.
"""

import re
from typing import Any

import pulumi
import pulumi_agentic as agentic

OUTPUTS = ("arn", "name")

made: dict[str, pulumi.CustomResource] = {}
providers: dict[str, agentic.Provider] = {}


def resolved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item) for item in value]
    reference = re.fullmatch(r"\$\{(.+)\.(\w+)\}", value) if isinstance(value, str) else None
    if not reference:
        return value
    resource = made[reference[1]]
    return resource.id if reference[2] == "id" else resource.__dict__[reference[2]]


def options(given: dict[str, Any]) -> pulumi.ResourceOptions:
    found: dict[str, Any] = {
        "delete_before_replace": given.get("deleteBeforeReplace"),
        "depends_on": [made[name] for name in given.get("after", [])],
    }
    if "aliases" in given:
        found["aliases"] = [pulumi.Alias(name=name) for name in given["aliases"]]
    if "provider" in given:
        name = "-".join(given["provider"].values())
        if name not in providers:
            providers[name] = agentic.Provider(name, **given["provider"])
        found["provider"] = providers[name]
    return pulumi.ResourceOptions(**found)


for name, given in pulumi.Config().require_object("resources").items():
    args = {**dict.fromkeys(OUTPUTS), **resolved(given.get("args", {}))}
    made[name] = pulumi.CustomResource(given["type"], name, args, options(given))
