"""A deployment on a local AWS that takes as long as AWS: what took how long, and what had to wait for what."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kit.base import say

from bench.world import PLANS, calls, is_ours, number, resources, stack_of

# The outputs by which a resource may be known, beside its id.
NAMES = ("arn", "identifier", "serviceArn", "agentRuntimeEndpointArn")


@dataclass(frozen=True)
class Span:
    """A change that took time. Seconds are AWS's; moments are those since the first call, times the scale."""

    service: str
    kind: str
    operation: str
    id: str
    seconds: float
    begun: float
    noticed: float
    looks: int

    @property
    def late(self) -> float:
        """How long after its end it was noticed."""
        return self.noticed - self.begun - self.seconds


@dataclass
class Node:
    """A resource of the state: what it waits for, and how long it takes by itself."""

    urn: str
    kind: str
    after: set[str]
    # The part of them that its arguments name.
    by_output: set[str]
    weight: float = 0.0
    spans: list[Span] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[1]


@dataclass(frozen=True)
class Deployment:
    plan: str
    scale: int
    # From the first call to the last answer, and to that of the last service that was steady; AWS's seconds.
    makespan: float
    answers: float
    # As the CLI's user sees it, with its own start.
    whole: float
    # All that AWS was asked in `up`.
    calls: int
    spans: tuple[Span, ...]
    nodes: dict[str, Node]

    def chain(self, by_output: bool = False, to: Iterable[str] | None = None) -> list[Node]:
        """The longest chain of waits, of all or of what leads to these resources."""
        best: dict[str, tuple[float, tuple[str, ...]]] = {}

        def longest(urn: str) -> tuple[float, tuple[str, ...]]:
            if urn not in best:
                node = self.nodes[urn]
                before = node.by_output if by_output else node.after
                length, way = max((longest(other) for other in sorted(before)), default=(0.0, ()))
                best[urn] = (length + node.weight, (*way, urn))
            return best[urn]

        _, way = max(longest(urn) for urn in (self.nodes if to is None else to))
        return [self.nodes[urn] for urn in way]

    @property
    def services(self) -> list[str]:
        return [urn for urn, node in self.nodes.items() if node.kind == "agentic:ecs:Service"]


def length(chain: Iterable[Node]) -> float:
    return sum(node.weight for node in chain)


@cache
def deployed(plan: str) -> Deployment:
    """Deploys a plan, once in this process."""
    scale = number("SCALE", PLANS.get(plan, 6))
    with stack_of(plan, scale) as (stack, aws, _):
        say(f"Deploying {plan}, {scale} times as fast as on AWS")
        aws.control("clear", method="POST")
        begun = time.time()
        stack.up()
        ended = time.time()
        made = calls(aws)
        start, last = made[0]["at"], made[-1]["at"]
        spans = [span for span in told(json.loads(aws.control("spans")), start, scale) if span.begun >= 0]
        state = resources(stack)
    nodes = graph(state)
    weigh(nodes, state, spans)
    steady = [span.noticed for span in spans if span.kind == "Deployment"]
    return Deployment(
        plan=plan,
        scale=scale,
        makespan=max([(last - start) * scale, *(span.noticed for span in spans)]),
        answers=max(steady, default=0.0),
        whole=(ended - begun) * scale,
        calls=len(made),
        spans=tuple(spans),
        nodes=nodes,
    )


def told(found: list[dict[str, Any]], start: float, scale: int) -> Iterator[Span]:
    for span in found:
        if span["began"] is not None and span["noticed"] is not None:
            yield Span(
                service=span["service"],
                kind=span["kind"],
                operation=span["operation"],
                id=span["id"],
                seconds=span["seconds"],
                begun=(span["began"] - start) * scale,
                noticed=(span["noticed"] - start) * scale,
                looks=span["looks"],
            )


def graph(state: list[dict[str, Any]]) -> dict[str, Node]:
    """The resources in AWS; who depends on a component depends on all that is in it."""
    by_urn = {resource["urn"]: resource for resource in state}
    inside: dict[str, set[str]] = {}
    for resource in state:
        if resource.get("custom"):
            holder = resource.get("parent")
            while holder:
                inside.setdefault(holder, set()).add(resource["urn"])
                holder = by_urn.get(holder, {}).get("parent")

    def real(urns: Iterable[str]) -> set[str]:
        found = {other for urn in urns for other in (inside.get(urn, {urn}) if urn in by_urn else ())}
        return {urn for urn in found if by_urn[urn]["type"].startswith("agentic:")}

    nodes = {}
    for resource in state:
        if resource.get("custom") and resource["type"].startswith("agentic:"):
            named = {urn for urns in (resource.get("propertyDependencies") or {}).values() for urn in urns or ()}
            all_of = named | set(resource.get("dependencies") or ())
            urn = resource["urn"]
            nodes[urn] = Node(urn, resource["type"], real(all_of) - {urn}, real(named) - {urn})
    return nodes


def weigh(nodes: dict[str, Node], state: list[dict[str, Any]], spans: list[Span]) -> None:
    """Gives each resource the time that AWS takes for it, by the table of the local AWS."""
    by_id: dict[str, str] = {}
    for resource in filter(is_ours, state):
        outputs = resource.get("outputs") or {}
        for id in (resource.get("id"), *map(outputs.get, NAMES)):
            if isinstance(id, str) and resource["type"] != "agentic:acm:CertificateValidation":
                by_id.setdefault(id, resource["urn"])
    change = max((span.seconds for span in spans if span.kind == "Change"), default=0.0)
    validation = max((span.seconds for span in spans if span.kind == "Certificate"), default=0.0)
    for span in spans:
        node = nodes.get(by_id.get(span.id, ""))
        # A certificate's own time begins with its record, and is that of its validation.
        if node and span.kind != "Certificate" and "Modify" not in span.operation:
            node.spans.append(span)
            node.weight += span.seconds
    for resource in state:
        node = nodes.get(resource["urn"])
        if node and node.kind == "agentic:route53:Record":
            node.weight = change
        elif node and node.kind == "agentic:acm:CertificateValidation":
            # It goes on while the record gets to all name servers.
            node.weight = max(validation - change, 0.0)
            arn = (resource.get("outputs") or {}).get("certificateArn")
            node.spans = [span for span in spans if span.kind == "Certificate" and span.id == arn]
