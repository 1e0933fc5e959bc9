"""From starting the process to its answers, and what it weighs."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from kit.base import ROOT
from kit.local_aws import REGION

from bench.engine import Engine
from bench.figures import mb, median, ms, ratio
from bench.process import Provider
from bench.report import Part
from bench.world import empty_server, fast_plugin, go_provider, number, packed, profile

LIMITS = {"port": 0.006, "idle": 15e6, "size": 45e6, "packed": 13e6}


@dataclass
class Start:
    """Medians, in seconds and bytes."""

    port: float
    answer: float
    configured: float
    schema: float
    idle: int
    # The part of it that is of no file: what is of files are pages that the system shares and may drop.
    own: int


def run() -> Part:
    part = Part("Start")
    runs = number("COUNT", 40)
    plugin, empty, peer = fast_plugin(), empty_server(), go_provider()
    with Engine() as engine:
        ours = starts(plugin, engine.address, runs)
        least = starts(empty, "", runs, is_provider=False)
        theirs = starts(peer, engine.address, runs)

    def beside(name: str) -> str:
        return f"empty server {ms(getattr(least, name))}, go-provider {ms(getattr(theirs, name))}"

    part.add("exec to port", ms(ours.port), beside("port"), f"{ratio(ours.port, least.port)} empty, aim 6 ms")
    part.add("exec to first answer", ms(ours.answer), beside("answer"), f"{ratio(ours.answer, least.answer)} empty")
    go = f"go-provider {ms(theirs.configured)}"
    part.add("exec to configured", ms(ours.configured), go, f"{ratio(ours.configured, theirs.configured)} go-provider")
    part.add("GetSchema", ms(ours.schema), f"go-provider, one resource, {ms(theirs.schema)}")
    part.add(
        "memory when idle",
        f"{mb(ours.idle)}, {mb(ours.own)} of it of no file",
        f"empty server {mb(least.idle)} and {mb(least.own)}, go-provider {mb(theirs.idle)} and {mb(theirs.own)}",
        f"{ratio(ours.idle, theirs.idle)} go-provider, aim 15 MB",
    )
    sizes = {path: path.stat().st_size for path in (plugin, empty, peer)}
    part.add(
        f"size of the binary, with {kinds()} kinds of resources",
        f"{mb(sizes[plugin])}, {sizes[plugin] / kinds() / 1e6:.2f} MB a kind",
        f"empty server {mb(sizes[empty])}, go-provider {mb(sizes[peer])}, pulumi-aws 637 MB as published",
        f"{ratio(sizes[plugin], sizes[peer])} go-provider, aim 45 MB",
    )
    small = packed(plugin)
    part.add("packed", mb(small), f"go-provider {mb(packed(peer))}, pulumi-aws 137 MB as published", "aim 13 MB")
    part.notes = [
        f"Medians of {runs} starts ({profile()} profile), each answer waited for by the same client in Python, whose "
        "connection is part of the time to the first answer. The empty server is tonic without a service; "
        "go-provider is one resource on pulumi-go-provider 1.0.0. Memory is what is resident after Configure and a "
        "tenth of a second of rest; pages of the program's file, which the system keeps once for all processes and may "
        "drop, are a part of it, and the more of the file is in the system's memory, the more are counted.",
    ]
    part.headline = {"start": f"{ours.port / least.port:.1f}", "idle": f"{ours.idle / 1e6:.1f}"}
    return part


def kinds() -> int:
    """How many resources the schema has that are no components."""
    resources = json.loads((ROOT / "schema" / "schema.json").read_text())["resources"]
    return sum(not resource.get("isComponent") for resource in resources.values())


def starts(binary: Path, engine: str, runs: int, is_provider: bool = True) -> Start:
    found = [start(binary, engine, is_provider) for _ in range(runs + 1)][1:]
    return Start(
        port=median([one.port for one in found]),
        answer=median([one.answer for one in found]),
        configured=median([one.configured for one in found]),
        schema=median([one.schema for one in found]),
        idle=int(median([one.idle for one in found])),
        own=int(median([one.own for one in found])),
    )


def start(binary: Path, engine: str, is_provider: bool) -> Start:
    with Provider([binary], engine=engine) as process:
        process.info()
        answered = time.perf_counter()
        if is_provider:
            process.configure(**({"region": REGION} if "agentic" in binary.name else {}))
        configured = time.perf_counter()
        time.sleep(0.1)
        idle, own = process.memory(), process.memory("RssAnon")
        before = time.perf_counter()
        if is_provider:
            process.schema()
        schema = time.perf_counter() - before
    begun = process.started
    return Start(process.listening - begun, answered - begun, configured - begun, schema, idle, own)
