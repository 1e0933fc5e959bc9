"""A provider's process, driven over gRPC as the engine does it."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from kit.base import Failed
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

TICKS = os.sysconf("SC_CLK_TCK")
LARGEST = 400 << 20
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    json_format.ParseDict(dict(values), made)
    return made


def plain(values: struct_pb2.Struct) -> dict[str, Any]:
    read: dict[str, Any] = json_format.MessageToDict(values)
    return read


class Provider:
    """One process. It is told the address of an engine, or none, and says its port."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None, engine: str = "") -> None:
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [*map(str, command), *([engine] if engine else [])],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout
        port = self.process.stdout.readline().strip()
        self.listening = time.perf_counter()
        if not port.isdecimal():
            raise Failed(f"{command[0]} said {port!r} in place of its port")
        options = [
            ("grpc.max_send_message_length", LARGEST),
            ("grpc.max_receive_message_length", LARGEST),
            ("grpc.enable_http_proxy", 0),
        ]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.channel.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, what: str = "VmRSS") -> int:
        """Bytes that are resident, or were at most (`VmHWM`)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024
        raise Failed(f"the system does not say {what}")

    def info(self) -> None:
        """Asks for the least there is; a server that has no such method answers too."""
        try:
            self.stub.GetPluginInfo(empty_pb2.Empty())
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise

    def configure(self, **settings: str) -> None:
        request = provider_pb2.ConfigureRequest(
            args=struct(settings),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            id="8f1d5a3e-bench",
        )
        self.stub.Configure(request)

    def schema(self) -> int:
        """The size of the schema."""
        return len(self.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)

    def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        answer: provider_pb2.CheckResponse = self.stub.Check(request)
        if answer.failures:
            raise Failed(f"{request.urn}: {answer.failures[0].property} {answer.failures[0].reason}")
        return answer


def check_request(urn: str, news: struct_pb2.Struct) -> provider_pb2.CheckRequest:
    kind, name = urn.split("::")[2].split("$")[-1], urn.rsplit("::", 1)[1]
    # A seed, as the engine sends it, so that names come out the same in each run.
    return provider_pb2.CheckRequest(
        urn=urn, olds=struct_pb2.Struct(), news=news, randomSeed=bytes(32), name=name, type=kind
    )


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::bench::{kind}::{name}"
