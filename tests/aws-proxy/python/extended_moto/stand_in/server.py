"""Answers the operations of the tables."""

import copy
import functools
import io
import random
import string
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from moto.core.model import OperationModel
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from extended_moto import models
from extended_moto.stand_in.table import Change, Members, Place, Refused, Table, Tags
from extended_moto.stand_in.tables import TABLES

GLOBAL = ("cloudfront",)
"""Services that are one in all regions."""

resources: dict[tuple[str, str, str, str], list[Members]] = defaultdict(list)
"""By account, region, service and table. A member whose name begins with `_` is the stand-in's own."""


@functools.cache
def services(signing_name: str) -> tuple[str, ...]:
    names = dict.fromkeys(table.service for table in TABLES)
    return tuple(name for name in names if get_service_model(name).signing_name == signing_name)


def tables(service: str) -> list[Table]:
    return [table for table in TABLES if table.service == service]


def forget(account: str) -> None:
    for key in [key for key in resources if key[0] == account]:
        del resources[key]


def answer(environ: dict[str, Any]) -> Response | None:
    """The answer to a request, if it is one for the tables."""
    _, _, credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
    scope = credential.split(",")[0].split("/")
    if len(scope) < 5:
        return None
    for service in services(scope[3]):
        request = Request(environ)
        try:
            operation, labels = get_service_router(service).match(request)
        except (NotFound, NotImplementedError):
            continue
        if operation.name in operations(service):
            body = request.get_data()
            place = Place(environ.get("HTTP_X_MOTO_ACCOUNT_ID", "123456789012"), scope[2])
            answered = serve(operation, place, models.members(operation, labels, request), request)
            # What is not for the tables is still to be read by moto.
            environ["wsgi.input"] = io.BytesIO(body)
            environ.pop("werkzeug.request", None)
            if answered is not None:
                return answered
    return None


@functools.cache
def operations(service: str) -> frozenset[str]:
    own = [operation for table in tables(service) for operation in table.operations]
    return frozenset(own + [call for table in tables(service) if table.tags for call in table.tags.calls])


def serve(operation: OperationModel, place: Place, request: Members, http: Request) -> Response | None:
    name, service = str(operation.name), str(operation.service_model.service_name)
    result: Any
    try:
        table = next((table for table in tables(service) if name in table.operations), None)
        if table is None:
            tagged = find_tagged(service, place, request)
            if tagged is None:
                return None
            check(operation, request)
            result = tag(*tagged, name, request)
        else:
            check(operation, request)
            result = perform(table, name, place, request)
    except Refused as refused:
        result = refused
    protocol = determine_request_protocol(operation.service_model, http.content_type)
    serializer = get_serializer_class(service, protocol)(operation)
    serialized = serializer.serialize(result)
    headers = {str(key): str(value) for key, value in cast(Members, serialized["headers"]).items()}
    return Response(serialized["body"], serialized["status_code"], headers)


def check(operation: OperationModel, request: Members) -> None:
    found = list(models.faults(operation.input_shape, request))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise Refused(models.refusal(operation), count + "; ".join(found))


def of(table: Table, place: Place) -> list[Members]:
    region = "aws-global" if table.service in GLOBAL else place.region
    return resources[place.account, region, table.service, table.name]


def perform(table: Table, operation: str, place: Place, request: Members) -> Any:
    if operation == table.list:
        shown = [found for found in of(table, place) if under(table, found, request) and table.shown(request, found)]
        return nested(table.items, copy.deepcopy(shown))
    for parent in table.parents:
        find(next(one for one in tables(table.service) if one.name == parent), place, request)
    if operation == table.create or (operation == table.put and not set(table.key) <= set(request)):
        return show(table, create(table, operation, place, request))
    resource = find(table, place, request)
    if operation in (table.update, table.put):
        match_version(table, resource, request)
        return show(table, update(table, operation, place, request, resource))
    if operation == table.delete:
        match_version(table, resource, request)
        table.before(change(table, operation, place, request, resource))
        of(table, place).remove(resource)
        return show(table, {**resource, **table.deleted})
    return show(table, table.view(request, resource))


def under(table: Table, resource: Members, request: Members) -> bool:
    """Whether a resource is in what a list names."""
    return all(resource.get(own) == request[given] for given, own in table.key.items() if given in request)


def change(table: Table, operation: str, place: Place, request: Members, resource: Members) -> Change:
    def all_of(name: str) -> list[Members]:
        return of(next(one for one in tables(table.service) if one.name == name), place)

    return Change(operation, place, request, resource, all_of)


def find(table: Table, place: Place, request: Members) -> Members:
    for resource in of(table, place):
        if all(resource.get(own) == request.get(given) for given, own in table.key.items()):
            return resource
    code, message = table.missing
    called = "/".join(str(request.get(given)) for given in table.key)
    raise Refused(code, message.format(called))


def create(table: Table, operation: str, place: Place, request: Members) -> Members:
    resource = {**copy.deepcopy(dict(table.defaults)), **copy.deepcopy(request)}
    # A name of a parent that the request has goes with the child.
    resource.update({own: request[given] for given, own in table.key.items() if given in request})
    same = [one for one in of(table, place) if all(one.get(name) == resource.get(name) for name in table.unique)]
    if table.unique and same:
        code, message = table.taken
        raise Refused(code, message.format("/".join(str(resource.get(name)) for name in table.unique)))
    for name, template in table.made.items():
        resource[name] = template.format_map({**chance(), **vars(place), **resource})
    if table.status[0]:
        resource[table.status[0]] = table.status[1]
    if table.tags:
        resource["_tags"] = read_tags(table.tags, resource.pop(table.tags.given, None))
    stamp(table, resource, table.times)
    table.before(change(table, operation, place, request, resource))
    of(table, place).append(resource)
    return resource


def update(table: Table, operation: str, place: Place, request: Members, resource: Members) -> Members:
    model = get_service_model(table.service).operation_model(operation)
    changed = copy.deepcopy(resource)
    if table.whole and model.input_shape is not None:
        for name in model.input_shape.members:
            if name not in table.key and name not in table.key.values():
                changed.pop(name, None)
        changed.update({name: value for name, value in table.defaults.items() if name not in changed})
    changed.update({name: copy.deepcopy(value) for name, value in request.items() if name not in table.key})
    stamp(table, changed, table.times[1:])
    table.before(change(table, operation, place, request, changed))
    resource.clear()
    resource.update(changed)
    return resource


def stamp(table: Table, resource: Members, times: Iterable[str]) -> None:
    resource.update({name: datetime.now(UTC) for name in times if name})
    if table.etag:
        resource["ETag"] = f"E{chance()['text10'].upper()}"


def match_version(table: Table, resource: Members, request: Members) -> None:
    if table.etag and request.get("IfMatch") != resource["ETag"]:
        raise Refused("PreconditionFailed", "The precondition in one or more of the header fields evaluated to false.")


def show(table: Table, resource: Members) -> Members:
    shown = {name: value for name, value in resource.items() if not name.startswith("_")}
    return {**shown, table.wrap: shown} if table.wrap else shown


def nested(path: str, value: Any) -> Members:
    """An answer with this value at a dotted path, with what CloudFront says of lists beside it."""
    *outer, last = path.split(".")
    result: Members = {last: value, "Quantity": len(value), "MaxItems": 100, "IsTruncated": False, "Marker": ""}
    for name in reversed(outer):
        result = {name: result}
    return result


def chance() -> dict[str, str]:
    letters = string.ascii_lowercase + string.digits
    return {"uuid": str(uuid.uuid4()), "text10": "".join(random.choices(letters, k=10))}


def find_tagged(service: str, place: Place, request: Members) -> tuple[Tags, Members] | None:
    for table in tables(service):
        if table.tags and table.tags.arn in request:
            for resource in of(table, place):
                if resource.get(table.arn) == request[table.tags.arn]:
                    return table.tags, resource
    return None


def read_tags(tags: Tags, given: Any) -> dict[str, str]:
    if tags.form == "map":
        return dict(given or {})
    listed = (given or {}).get("Items", []) if tags.form == "items" else given or []
    key, value = ("Key", "Value") if tags.form == "items" else ("key", "value")
    return {tag[key]: tag.get(value, "") for tag in listed}


def written_tags(tags: Tags, kept: dict[str, str]) -> Any:
    if tags.form == "map":
        return kept
    if tags.form == "items":
        return {"Items": [{"Key": key, "Value": value} for key, value in kept.items()]}
    return [{"key": key, "value": value} for key, value in kept.items()]


def tag(tags: Tags, resource: Members, operation: str, request: Members) -> Members:
    kept: dict[str, str] = resource["_tags"]
    put, remove, _ = tags.calls
    if operation == put:
        kept.update(read_tags(tags, request.get(tags.given)))
    elif operation == remove:
        keys = request.get(tags.keys, [])
        for key in keys.get("Items", []) if isinstance(keys, dict) else keys:
            kept.pop(key, None)
    else:
        return {tags.given: written_tags(tags, kept)}
    return {}
