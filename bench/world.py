"""What several parts need: the plugin, peers, and a local AWS with a stack in it."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit import plans, plugin, release, toolchain
from kit.base import ROOT, Failed, need, say
from kit.cache import Build, ready
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from kit.workshop import Workshop

PEERS = ROOT / "bench" / "peers"
# The plans, and how much faster than AWS the local AWS is with each: as much as lets a run take some minutes. What
# this machine is busy counts that many times, so the less the truer.
PLANS = {"stage3v3": 6, "happyrobot": 6, "fibonacco": 6, "macro-ai": 5, "bidops": 1}


def wanted_plans() -> list[str]:
    """The plans to measure: those of the variable PLANS, else all."""
    return (os.environ.get("PLANS") or " ".join(PLANS)).split()


def number(variable: str, usual: int) -> int:
    text = os.environ.get(variable) or str(usual)
    if not text.isdecimal() or int(text) == 0:
        raise Failed(f"{variable} is {text!r}; it must be a whole number above 0")
    return int(text)


@contextmanager
def local_aws() -> Iterator[LocalAws]:
    with tempfile.TemporaryDirectory(prefix="agentic-bench-") as directory:
        aws = LocalAws(Path(directory))
        try:
            yield aws
        finally:
            aws.stop()


@contextmanager
def stack_of(name: str, scale: int = 0) -> Iterator[tuple[Stack, LocalAws, Plan]]:
    """A stack of a plan, not deployed yet, on a local AWS of its own; scaled, all takes as long as on AWS by that."""
    plan = plans.named(name)
    with local_aws() as aws, tempfile.TemporaryDirectory(prefix="agentic-bench-") as directory:
        root = Path(directory)
        plan.prepare(aws)
        pace = {}
        if scale:
            aws.scale(scale)
            pace = {"AGENTIC_CLOCK_SPEED": str(scale)}
        workshop = Workshop(root, aws.env | plan.env | pace)
        workshop.install(plugin.pack(plugin.build("dev"), root))
        stack = workshop.open(plan.directory, plan.stack)
        stack.init()
        stack.configure(plan.secrets, secret=True)
        yield stack, aws, plan


def calls(aws: LocalAws) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(aws.control("calls"))
    return found


def resources(stack: Stack) -> list[dict[str, Any]]:
    """What the state holds."""
    exported = json.loads(stack.run("stack", "export", "--stack", stack.name))
    found: list[dict[str, Any]] = exported["deployment"]["resources"]
    return found


def is_ours(resource: dict[str, Any]) -> bool:
    """Whether it is something in AWS."""
    kind = str(resource["type"])
    return bool(resource.get("custom")) and kind.startswith("agentic:") and not kind.startswith("agentic:index:")


def profile() -> str:
    """The cargo profile of the plugin where its speed and size count."""
    return os.environ.get("PROFILE") or "release"


def fast_plugin() -> Path:
    """The plugin as it is in a release, unless another profile is asked for."""
    say(f"Building the plugin, {profile()} profile (about 25 minutes on 2 cores for release when nothing is there)")
    return release.build(release.here()) if profile() == "release" else plugin.build(profile())


def empty_server() -> Path:
    source = PEERS / "tonic"

    def make(build: Build) -> None:
        need("cargo")
        env = {**os.environ, "CARGO_TARGET_DIR": str(build.directory / "target")}
        build.run("cargo", "build", "--locked", "--release", cwd=source, env=env)
        (build.directory / "empty-server").hardlink_to(build.directory / "target" / "release" / "empty-server")

    return (
        ready("empty-server", "Building an empty gRPC server, once (about 2 minutes)", [source], make) / "empty-server"
    )


def go_provider() -> Path:
    source = PEERS / "go-provider"
    program = "pulumi-resource-benchpeer"

    def make(build: Build) -> None:
        toolchain.go_build(build, source, ".", program)

    return (
        ready("go-provider", "Building a provider on pulumi-go-provider, once (about 4 minutes)", [source], make)
        / program
    )


def packed(binary: Path) -> int:
    """The size of the binary in an archive."""
    with tempfile.TemporaryDirectory() as directory:
        return plugin.pack(binary, Path(directory)).stat().st_size


def has(program: str) -> bool:
    return subprocess.run(["which", program], capture_output=True).returncode == 0
