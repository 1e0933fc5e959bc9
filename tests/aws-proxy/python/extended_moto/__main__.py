"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import functools
import gc
import logging
import sys
import threading
from typing import Any

import moto.core.responses
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.common_models import BaseModel
from moto.core.utils import method_names_from_class
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from extended_moto import ec2, elasticache, elbv2, iam, logs, rds
from extended_moto.extending import extend

EXTENSIONS = (ec2, elasticache, elbv2, iam, logs, rds)

dispatch = DomainDispatcherApplication.__call__
one_at_a_time = threading.Lock()


def answer(self: DomainDispatcherApplication, *request: Any) -> Any:
    """moto looks through its dictionaries while other requests change them."""
    with one_at_a_time:
        return dispatch(self, *request)


def new(cls: type, *_: Any, **__: Any) -> Any:
    """moto keeps a list of all there ever was, which nothing needs here."""
    return object.__new__(cls)


def make_fast() -> None:
    """moto looks through its own directory and all methods of a service at each request."""
    backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    extend(DomainDispatcherApplication, "get_backend_for_host", backend_for_host)
    extend(moto.core.responses, "method_names_from_class", functools.cache(method_names_from_class))
    extend(BaseModel, "__new__", new)
    # What is there for good need not be looked through time and again.
    gc.collect()
    gc.freeze()


def forget(account: str) -> None:
    with backend_lock:
        backends: list[Any] = vars(BackendDict)["_instances"]
        for backend in backends:
            backend.pop(account, None)
        # Names of buckets are those of all accounts.
        for bucket, (_, owner) in list(s3_backends.bucket_accounts.items()):
            if owner == account:
                s3_backends.bucket_accounts.pop(bucket, None)


def serve() -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    extend(DomainDispatcherApplication, "__call__", answer)
    make_fast()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    for line in sys.stdin:
        forget(line.strip())


if __name__ == "__main__":
    serve()
