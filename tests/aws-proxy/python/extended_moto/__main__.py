"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import functools
import gc
import importlib
import logging
import pkgutil
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

import extended_moto
from extended_moto.extending import extend
from extended_moto.stand_in import server as stand_in

dispatch = DomainDispatcherApplication.__call__
one_at_a_time = threading.Lock()


def answer(self: DomainDispatcherApplication, environ: dict[str, Any], start_response: Any) -> Any:
    """moto looks through its dictionaries while other requests change them."""
    with one_at_a_time:
        own = stand_in.answer(environ)
        return own(environ, start_response) if own else dispatch(self, environ, start_response)


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
    with one_at_a_time:
        stand_in.forget(account)
    with backend_lock:
        backends: list[Any] = vars(BackendDict)["_instances"]
        for backend in backends:
            backend.pop(account, None)
        # Names of buckets are those of all accounts.
        for bucket, (_, owner) in list(s3_backends.bucket_accounts.items()):
            if owner == account:
                s3_backends.bucket_accounts.pop(bucket, None)


def extend_services() -> None:
    """Each module beside this one extends a service."""
    for module in pkgutil.iter_modules(extended_moto.__path__):
        if module.name != "__main__":
            importlib.import_module(f"extended_moto.{module.name}")


def serve() -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    extend(DomainDispatcherApplication, "__call__", answer)
    extend_services()
    make_fast()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    for line in sys.stdin:
        forget(line.strip())


if __name__ == "__main__":
    serve()
