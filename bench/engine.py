"""As much of Pulumi's engine as a component needs: each child is checked, and made or previewed, and that is all.

The engine's own cost, the state that it writes after each step above all, would hide what is measured here.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from bench.process import LARGEST, UNKNOWN, Provider, check_request, struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
STACK = "urn:pulumi:dev::bench::pulumi:pulumi:Stack::bench-dev"


class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """Serves a provider while it builds components. In a preview nothing is made, and nothing of it known."""

    def __init__(self, preview: bool = True, workers: int = 256) -> None:
        self.preview = preview
        self.provider: Provider | None = None
        self.registered = 0
        self.made = 0
        self.lock = Lock()
        options = [
            ("grpc.max_send_message_length", LARGEST),
            ("grpc.max_receive_message_length", LARGEST),
            ("grpc.so_reuseport", 0),
        ]
        self.server = grpc.server(ThreadPoolExecutor(workers), options=options)
        engine_pb2_grpc.add_EngineServicer_to_server(self, self.server)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self, self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop(0).wait()

    def construct(self, kind: str, name: str, inputs: dict[str, Any]) -> provider_pb2.ConstructResponse:
        """Builds a component with the provider that is set."""
        assert self.provider
        request = provider_pb2.ConstructRequest(
            project="bench",
            stack="dev",
            dryRun=self.preview,
            parallel=64,
            monitorEndpoint=self.address,
            type=kind,
            name=name,
            parent=STACK,
            inputs=struct(inputs),
            accepts_output_values=True,
        )
        answer: provider_pb2.ConstructResponse = self.provider.stub.Construct(request)
        return answer

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        parent = request.parent.split("::")[2] if request.parent and request.parent != STACK else ""
        kind = f"{parent}${request.type}" if parent else request.type
        urn = f"urn:pulumi:dev::bench::{kind}::{request.name}"
        with self.lock:
            self.registered += 1
            self.made += request.custom
        news = struct_pb2.Struct()
        for key, value in request.object.fields.items():
            news.fields[key].CopyFrom(settled(value))
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=news)
        assert self.provider
        try:
            inputs = self.provider.check(check_request(urn, news)).inputs
            made = self.provider.stub.Create(
                provider_pb2.CreateRequest(
                    urn=urn, properties=inputs, preview=self.preview, name=request.name, type=request.type
                )
            )
        except Exception as failure:
            context.abort(grpc.StatusCode.UNKNOWN, f"{urn}: {failure}")
            raise
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made.id, object=made.properties)

    def RegisterResourceOutputs(self, *_: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def SupportsFeature(self, *_: Any) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def GetRootResource(self, *_: Any) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=STACK)

    def Log(self, *_: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def settled(value: struct_pb2.Value) -> struct_pb2.Value:
    """A value as the engine keeps it: what it depends on is no part of it."""
    kind = value.WhichOneof("kind")
    made = struct_pb2.Value()
    if kind == "list_value":
        made.list_value.values.extend(settled(item) for item in value.list_value.values)
    elif kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == OUTPUT:
            if "value" not in fields:
                return struct_pb2.Value(string_value=UNKNOWN)
            inner = settled(fields["value"])
            if not ("secret" in fields and fields["secret"].bool_value):
                return inner
            made.struct_value.fields[SIGNATURE].string_value = SECRET
            made.struct_value.fields["value"].CopyFrom(inner)
        else:
            made.struct_value.SetInParent()
            for key, item in fields.items():
                made.struct_value.fields[key].CopyFrom(settled(item))
    else:
        made.CopyFrom(value)
    return made
