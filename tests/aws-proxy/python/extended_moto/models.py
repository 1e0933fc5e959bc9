"""Requests held against AWS's service models, which come with botocore."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from moto.core.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol

Members = dict[str, Any]

REFUSALS = ("ValidationException", "InvalidParameterException", "InvalidArgument", "InvalidParameterValue")


def members(operation: OperationModel, labels: dict[str, Any], request: Request) -> Members:
    """What a request says, by the names of the model."""
    parser = PROTOCOL_PARSERS[determine_request_protocol(operation.service_model, request.content_type)]
    parsed: Members = parser(operation, map_type=dict).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.get_data(),
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return {name: value for name, value in parsed.items() if value is not None}


def refusal(operation: OperationModel) -> str:
    """The code with which an operation refuses what its model does not allow."""
    known = {shape.name for shape in operation.error_shapes}
    return next((code for code in REFUSALS if code in known), REFUSALS[0])


def faults(shape: Shape | None, value: Any, path: str = "") -> Iterator[str]:
    """What of a value the model does not allow."""
    if isinstance(shape, StructureShape):
        yield from structure_faults(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from size_faults(shape, len(value), path, "length")
        for index, item in enumerate(value):
            yield from faults(shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        yield from size_faults(shape, len(value), path, "length")
        for key, item in value.items():
            yield from faults(shape.key, key, f"{path} (key)")
            yield from faults(shape.value, item, f"{path}.{key}")
    elif isinstance(shape, StringShape):
        yield from text_faults(shape, str(value), path)
    elif shape is not None and shape.type_name in ("integer", "long", "float", "double"):
        yield from size_faults(shape, value, path, "value")


def structure_faults(shape: StructureShape, value: Members, path: str) -> Iterator[str]:
    given = [name for name in shape.members if value.get(name) is not None]
    for name in shape.required_members:
        if name not in given:
            yield failed(f"{path}.{name}", "Member must not be null")
    if shape.is_tagged_union and len(given) != 1:
        yield failed(path, "Member must have exactly one of its members")
    for name in given:
        yield from faults(shape.members[name], value[name], f"{path}.{name}")


def text_faults(shape: StringShape, value: str, path: str) -> Iterator[str]:
    yield from size_faults(shape, len(value), path, "length")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield failed(path, f"Member must satisfy enum value set: {allowed}")
    pattern = shape.metadata.get("pattern")
    if pattern and not fits(pattern, value):
        yield failed(path, f"Member must satisfy regular expression pattern: {pattern}")


def size_faults(shape: Shape, size: float, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield failed(path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield failed(path, f"Member must have {what} less than or equal to {most}")


def failed(path: str, constraint: str) -> str:
    return f"Value at '{path.lstrip('.')}' failed to satisfy constraint: {constraint}"


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """None where the pattern is in a syntax that Python does not have."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def fits(pattern: str, value: str) -> bool:
    known = compiled(pattern)
    return known is None or known.fullmatch(value) is not None
