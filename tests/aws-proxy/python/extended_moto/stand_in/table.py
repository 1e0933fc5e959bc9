"""What a table says of one kind of resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Members = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """The account and region of a request."""

    account: str
    region: str


@dataclass
class Change:
    """A resource that is being made, changed or deleted."""

    operation: str
    place: Place
    request: Members
    resource: Members
    """The resource as it will be, or as it was before it is deleted."""
    all: Callable[[str], list[Members]]
    """All resources of another table by its name, in the same place."""


class Refused(Exception):
    """AWS refuses, with a code of the service's model and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def nothing(_: Change) -> None:
    """Nothing happens besides."""


def itself(_: Members, resource: Members) -> Members:
    """A resource is shown as it is."""
    return resource


def everything(_: Members, __: Members) -> bool:
    """A list shows all."""
    return True


@dataclass(frozen=True)
class Tags:
    """How tags go."""

    arn: str
    """The member of requests that names the resource."""
    form: str = "map"
    """`map`, `list` of `key` and `value`, or `items`: a list of `Key` and `Value` under `Items`."""
    given: str = "tags"
    """The member with the tags, in the requests that make and tag a resource and in the answer."""
    keys: str = "tagKeys"
    calls: tuple[str, str, str] = ("TagResource", "UntagResource", "ListTagsForResource")


@dataclass(frozen=True)
class Table:
    """A kind of resource: its operations, and what each of them does.

    The names of members are those of the service's model. A resource keeps every member of the requests that made
    and changed it, and an answer shows those of them that its own model has.
    """

    service: str
    """The name of the model in botocore."""
    name: str
    key: Mapping[str, str]
    """The members of a request that name a resource, and the resource's own members with the same values."""
    arn: str
    """The resource's own member with its ARN; empty where it has none."""
    missing: tuple[str, str]
    """Code and message of the error when it is not there; `{}` is what the request calls it."""
    create: str = ""
    put: str = ""
    """An operation that makes a resource, or changes the one that it names."""
    read: str = ""
    update: str = ""
    delete: str = ""
    list: str = ""
    items: str = ""
    """Where the answer of the list has its items, with dots between names."""
    shown: Callable[[Members, Members], bool] = everything
    """Whether the list shows a resource, by the request and the resource."""
    view: Callable[[Members, Members], Members] = itself
    """What the read shows, by the request and the resource: an earlier version, say."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What AWS makes of a new resource, in this order: templates of `{account}`, `{region}`, `{uuid}`, `{text10}` and
    the members so far."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What a resource has where a request does not say it."""
    status: tuple[str, str] = ("", "")
    """The member with the state, and the state at rest; passing states are the proxy's, in `src/hold/`."""
    deleted: Mapping[str, Any] = field(default_factory=dict)
    """What the answer of a deletion has besides."""
    wrap: str = ""
    """The member of answers that has the resource inside; empty where it is the answer."""
    whole: bool = False
    """Whether an update takes away what it does not name."""
    times: tuple[str, str] = ("", "")
    """The members that say when it was made and changed."""
    unique: tuple[str, ...] = ()
    """The members whose values no two resources have alike."""
    taken: tuple[str, str] = ("ConflictException", "{} already exists")
    parents: tuple[str, ...] = ()
    """Tables of what must be there, named by the same members of the request."""
    etag: bool = False
    """Whether changes name the version that they change: CloudFront's way."""
    tags: Tags | None = None
    before: Callable[[Change], None] = nothing
    """What else a change or deletion does, or why it is refused."""

    @property
    def operations(self) -> tuple[str, ...]:
        all = (self.create, self.put, self.read, self.update, self.delete, self.list)
        return tuple(operation for operation in all if operation)
