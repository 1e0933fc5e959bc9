"""What many services in one program cost: time, memory, and requests at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kit.local_aws import REGION, LocalAws

from bench.engine import Engine
from bench.figures import mb, ratio
from bench.process import Provider, check_request, struct, urn
from bench.report import Part
from bench.world import calls, fast_plugin, local_aws, number, profile

COUNTS = (10, 100, 500)
MEMORY = 150e6


def run() -> Part:
    part = Part("Scale")
    binary = fast_plugin()
    most = number("COUNT", COUNTS[-1])
    counts = [count for count in COUNTS if count <= most]
    cpu: dict[int, float] = {}
    with local_aws() as aws:
        for count in counts:
            cpu[count] = preview(part, aws, [str(binary)], count)
        if len(counts) > 1:
            few, many = counts[0], counts[-1]
            slope = (cpu[many] / cpu[few]) / (many / few)
            part.add(
                f"processor time from {few} to {many} services",
                f"{cpu[many] / cpu[few]:.1f}x",
                "",
                f"{slope:.2f}x linear",
            )
        for count in counts:
            update(part, aws, [str(binary)], count)
        concurrent(part, aws, [str(binary)], min(1000, 20 * most))
    part.notes = [
        f"An AgenticStack with that many services, built by the plugin ({profile()} profile) over gRPC for an engine "
        "in the bench that keeps no state; its children are checked, and previewed or created, as they come. Processor "
        "time and memory are the plugin's own.",
    ]
    return part


def program(count: int) -> dict[str, Any]:
    """A stack of so many services, each with a role, a repository, logs, scaling and a task."""
    service = {"cpu": 256, "memory": 512, "image": "api:1", "scaling": {"min": 1, "max": 3, "cpu": 70}}
    return {
        "project": "bench",
        "environment": "dev",
        "network": {"cidrBlock": "10.0.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"], "nat": "single"},
        "services": {f"s{at:03}": service for at in range(count)},
    }


def preview(part: Part, aws: LocalAws, command: list[str], count: int) -> float:
    with Engine() as engine, Provider(command, aws.env, engine.address) as provider:
        engine.provider = provider
        provider.configure(region=REGION)
        before, begun = provider.cpu, time.perf_counter()
        engine.construct("agentic:index:AgenticStack", "bench", program(count))
        took, cpu = time.perf_counter() - begun, provider.cpu - before
        most = provider.memory("VmHWM")
        part.add(
            f"preview of {count} services ({engine.made} resources)",
            f"{cpu:.2f} s of processor, {mb(most)} at most",
            f"{took:.1f} s with the engine's part",
            f"{ratio(most, MEMORY)} of 150 MB",
        )
        return cpu


def update(part: Part, aws: LocalAws, command: list[str], count: int) -> None:
    aws.reset()
    with Engine(preview=False) as engine, Provider(command, aws.env, engine.address) as provider:
        engine.provider = provider
        provider.configure(region=REGION)
        before, begun = provider.cpu, time.perf_counter()
        engine.construct("agentic:index:AgenticStack", "bench", program(count))
        took, cpu, made = time.perf_counter() - begun, provider.cpu - before, len(calls(aws))
        most = provider.memory("VmHWM")
        part.add(
            f"creation of {count} services ({engine.made} resources)",
            f"{cpu:.2f} s of processor, {mb(most)} at most",
            f"{made} calls, {made / engine.made:.2f} a resource; {took:.1f} s with the local AWS's part",
            f"{ratio(most, MEMORY)} of 150 MB",
        )


def concurrent(part: Part, aws: LocalAws, command: list[str], many: int) -> None:
    """So many requests at the same moment."""
    kind = "agentic:ec2:Vpc"
    with Provider(command, aws.env) as provider:
        provider.configure(region=REGION)
        before, begun = provider.cpu, time.perf_counter()

        def check(at: int) -> None:
            provider.check(check_request(urn(kind, f"vpc-{at}"), struct({"cidrBlock": "10.0.0.0/16"})))

        with ThreadPoolExecutor(many) as askers:
            list(askers.map(check, range(many)))
        took, cpu = time.perf_counter() - begun, provider.cpu - before
        most = provider.memory("VmHWM")
        part.add(
            f"{many} requests at the same time",
            f"all answered, {cpu:.2f} s of processor, {mb(most)} at most",
            f"{took:.1f} s with the client's part",
            f"{ratio(most, MEMORY)} of 150 MB",
        )
