"""How much work Check, Diff and Construct are, on the largest arguments."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.local_aws import REGION
from pulumi.runtime.proto import provider_pb2

from bench.engine import Engine
from bench.figures import ratio
from bench.parts.scale import program
from bench.process import Provider, check_request, struct, urn
from bench.report import Part
from bench.world import fast_plugin, go_provider, has, number, profile

TASK = "agentic:ecs:TaskDefinition"
PEER = "benchpeer:index:Task"
CONTAINERS, VARIABLES = 10, 100
# Nothing is asked of AWS.
NO_AWS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def run() -> Part:
    part = Part("Protocol")
    ours, peer = fast_plugin(), go_provider()
    count = number("COUNT", 1000)
    with Engine() as engine:
        mine = {name: cost(ours, engine, name, count) for name in ("Check", "Diff", "Construct")}
        theirs = {name: cost(peer, engine, name, count) for name in ("Check", "Diff")}
        for name, (wall, cpu) in mine.items():
            beside, how = "", ""
            if name in theirs:
                their_wall, their_cpu = theirs[name]
                beside = f"go-provider {their_cpu * 1e3:.2f} ms, {1 / their_wall:.0f} a second"
                how = f"{ratio(cpu, their_cpu)} go-provider"
            part.add(f"{name}: processor time a request", f"{cpu * 1e3:.2f} ms, {1 / wall:.0f} a second", beside, how)
        if has("valgrind"):
            for name, (few, many) in {"Check": (20, 120), "Diff": (20, 120), "Construct": (2, 6)}.items():
                spent = {requests: instructions(ours, engine, name, requests) for requests in (few, many)}
                part.add(
                    f"{name}: instructions a request", f"{(spent[many] - spent[few]) / (many - few) / 1e6:.2f} million"
                )
        else:
            part.notes.append("There was no valgrind to count instructions with.")
    part.notes = [
        f"Check and Diff of a task definition of {CONTAINERS} containers with {VARIABLES} variables each, one after "
        f"the other, {count} times ({profile()} profile); the same arguments to one resource on pulumi-go-provider, "
        "which decodes and compares them, but knows no rules. Construct is a preview of an AgenticStack of 10 "
        "services. A second's requests are those of one client in Python, the engine's part included. Instructions "
        "are those that `valgrind --tool=callgrind` counts, the difference of two runs.",
        *part.notes,
    ]
    return part


def arguments(is_ours: bool) -> dict[str, Any]:
    """A large task; of the peer's resource, as its arguments are."""
    variables = {f"VARIABLE_{at:03}": f"the value of variable number {at}" for at in range(VARIABLES)}
    if not is_ours:
        containers = [
            {
                "name": f"c{at}",
                "image": f"api:{at}",
                "command": ["run", str(at)],
                "ports": [8000 + at],
                "environment": variables,
            }
            for at in range(CONTAINERS)
        ]
        return {"family": "bench", "containers": containers, "tags": {"team": "bench"}}
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    definitions = [
        {
            "name": f"c{at}",
            "image": f"api:{at}",
            "command": ["run", str(at)],
            "essential": True,
            "portMappings": [{"containerPort": 8000 + at}],
            "environment": listed,
        }
        for at in range(CONTAINERS)
    ]
    return {
        "family": "bench",
        "containerDefinitions": definitions,
        "cpu": "1024",
        "memory": "2048",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/bench",
        "tags": {"team": "bench"},
    }


def request(provider: Provider, engine: Engine, name: str, is_ours: bool) -> Callable[[], object]:
    """What makes one request."""
    # Look-ups of a component find no AWS, and go on without.
    provider.configure(**({"region": REGION, "maxRetries": "0"} if is_ours else {}))
    engine.provider = provider
    if name == "Construct":
        wanted = program(10)
        return lambda: engine.construct("agentic:index:AgenticStack", "bench", wanted)
    kind = TASK if is_ours else PEER
    news = struct(arguments(is_ours))
    check = check_request(urn(kind, "bench"), news)
    if name == "Check":
        return lambda: provider.check(check)
    inputs = provider.check(check).inputs
    listed = news.fields["containerDefinitions" if is_ours else "containers"].list_value
    listed.values[CONTAINERS - 1].struct_value.fields["image"].string_value = "api:next"
    changed = provider.check(check_request(urn(kind, "bench"), news)).inputs
    diff = provider_pb2.DiffRequest(
        id="bench", urn=urn(kind, "bench"), olds=inputs, old_inputs=inputs, news=changed, name="bench", type=kind
    )
    return lambda: provider.stub.Diff(diff)


def cost(binary: Path, engine: Engine, name: str, count: int) -> tuple[float, float]:
    """Seconds, and seconds of the provider's processor time, a request."""
    count = max(count // 50, 2) if name == "Construct" else count
    is_ours = "agentic" in binary.name
    with Provider([binary], NO_AWS, engine.address) as provider:
        ask = request(provider, engine, name, is_ours)
        for _ in range(max(count // 10, 1)):
            ask()
        before, begun = provider.cpu, time.perf_counter()
        for _ in range(count):
            ask()
        return (time.perf_counter() - begun) / count, (provider.cpu - before) / count


def instructions(binary: Path, engine: Engine, name: str, count: int) -> int:
    """What the process has executed from its start to its end, with so many requests between."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "callgrind"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(binary)]
        with Provider(command, NO_AWS, engine.address) as provider:
            ask = request(provider, engine, name, is_ours=True)
            for _ in range(count):
                ask()
        found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
    assert found, subprocess.list2cmdline(command)
    return int(found[1])
