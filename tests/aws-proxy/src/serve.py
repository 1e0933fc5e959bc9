"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import copy
import functools
import logging
import sys

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.common_models import BaseModel
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.rds.models import MasterUserSecret, RDSBackend
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


def secret_key(managed: MasterUserSecret) -> str:
    key = managed.secret.kms_key_id or ""
    return key if ":key/" in key else managed.kms.describe_key(key).arn


# moto wants the key of a password's secret to be one that it made.
MasterUserSecret.kms_key_id = property(secret_key)

# moto forgets a subnet group that is modified, and takes tags of addresses for those of another type.
modify_subnet_group = RDSBackend.modify_db_subnet_group
RDSBackend.modify_db_subnet_group = lambda self, name, *more: self.subnet_groups.setdefault(
    name, modify_subnet_group(self, name, *more)
)
EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"

# moto keeps a list of all there ever was, which nothing needs here.
BaseModel.__new__ = lambda cls, *_, **__: object.__new__(cls)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
for line in sys.stdin:
    forget(line.strip())
