"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import copy
import functools
import logging
import sys

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.common_models import BaseModel
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer


def forget(account: str) -> None:
    with backend_lock:
        for backend in BackendDict._instances:
            backend.pop(account, None)


def managed_policies(backend: IAMBackend) -> list[AWSManagedPolicy]:
    if backend.region_name not in MANAGED:
        MANAGED[backend.region_name] = read_managed_policies(backend)
    return [copy.copy(policy) for policy in MANAGED[backend.region_name]]


# moto reads all of AWS's policies anew for each account, and looks through its own directory at each request.
MANAGED: dict[str, list[AWSManagedPolicy]] = {}
read_managed_policies = IAMBackend._init_aws_policies
IAMBackend._init_aws_policies = managed_policies
DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
logging.getLogger("werkzeug").setLevel(logging.WARNING)

# moto keeps a list of all there ever was, which nothing needs here.
BaseModel.__new__ = lambda cls, *_, **__: object.__new__(cls)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
for line in sys.stdin:
    forget(line.strip())
