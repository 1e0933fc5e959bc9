"""Prints what Pulumi's own descriptors say, one fact a line.

The output for the pinned `pulumi` package is kept in `official.txt`, which
`../proto.rs` holds against `proto/`:

    python crates/pulumi/tests/proto/official.py | diff crates/pulumi/tests/proto/official.txt -
"""

from collections.abc import Iterator
from importlib.metadata import version

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)
from pulumi.runtime.proto import (
    alias_pb2,
    callback_pb2,
    engine_pb2,
    errors_pb2,
    plugin_pb2,
    provider_pb2,
    resource_pb2,
    source_pb2,
    status_pb2,
)

FILES = (
    alias_pb2,
    callback_pb2,
    engine_pb2,
    errors_pb2,
    plugin_pb2,
    provider_pb2,
    resource_pb2,
    source_pb2,
    status_pb2,
)


def main() -> None:
    facts: list[str] = []
    for module in FILES:
        file = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        facts += file_facts(file)
    print(f"# pulumi {version('pulumi')}")
    print("\n".join(sorted(facts)))


def file_facts(file: FileDescriptorProto) -> Iterator[str]:
    for message in file.message_type:
        yield from message_facts(file.package, file.syntax, message)
    for enum in file.enum_type:
        yield from enum_facts(file.package, enum)
    for service in file.service:
        yield from service_facts(file.package, service)


def message_facts(scope: str, syntax: str, message: DescriptorProto) -> Iterator[str]:
    name = f"{scope}.{message.name}"
    kind = "map entry" if message.options.map_entry else "message"
    yield f"{name} = {kind} {syntax}"
    for field in message.field:
        yield f"{name}.{field.name} = {field_fact(message, field)}"
    for nested in message.nested_type:
        yield from message_facts(name, syntax, nested)
    for enum in message.enum_type:
        yield from enum_facts(name, enum)


def field_fact(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    words = [str(field.number)]
    if field.proto3_optional:
        words.append("optional")
    elif field.HasField("oneof_index"):
        words.append(f"oneof {message.oneof_decl[field.oneof_index].name}")
    elif field.label != FieldDescriptorProto.LABEL_OPTIONAL:
        words.append(FieldDescriptorProto.Label.Name(field.label).removeprefix("LABEL_").lower())
    words.append(FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower())
    if field.type_name:
        words.append(field.type_name.removeprefix("."))
    return " ".join(words)


def enum_facts(scope: str, enum: EnumDescriptorProto) -> Iterator[str]:
    name = f"{scope}.{enum.name}"
    yield f"{name} = enum"
    for value in enum.value:
        yield f"{name}.{value.name} = {value.number}"


def service_facts(scope: str, service: ServiceDescriptorProto) -> Iterator[str]:
    name = f"{scope}.{service.name}"
    yield f"{name} = service"
    for rpc in service.method:
        takes = "stream " * rpc.client_streaming + rpc.input_type.removeprefix(".")
        gives = "stream " * rpc.server_streaming + rpc.output_type.removeprefix(".")
        yield f"{name}.{rpc.name} = rpc ({takes}) returns ({gives})"


if __name__ == "__main__":
    main()
