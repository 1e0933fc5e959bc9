"""Serves moto on a free loopback port, which it prints, until its input ends.

Each line of the input is an account to forget.
"""

import copy
import functools
import gc
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

import moto.core.responses
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.common_models import BaseModel
from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE
from moto.elbv2.models import ELBv2Backend, FakeListener
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.rds.models import DBCluster, DBInstance, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer


def forget(account: str) -> None:
    with backend_lock:
        for backend in BackendDict._instances:
            backend.pop(account, None)
        # Names of buckets are those of all accounts.
        for bucket, (_, owner) in list(s3_backends.bucket_accounts.items()):
            if owner == account:
                s3_backends.bucket_accounts.pop(bucket, None)


def managed_policies(backend: IAMBackend) -> list[AWSManagedPolicy]:
    if backend.region_name not in MANAGED:
        MANAGED[backend.region_name] = read_managed_policies(backend)
    return [copy.copy(policy) for policy in MANAGED[backend.region_name]]


# moto reads all of AWS's policies anew for each account, and looks through its own directory and all methods of a
# service at each request.
MANAGED: dict[str, list[AWSManagedPolicy]] = {}
read_managed_policies = IAMBackend._init_aws_policies
IAMBackend._init_aws_policies = managed_policies
DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)
logging.getLogger("werkzeug").setLevel(logging.WARNING)

# moto looks through its dictionaries while other requests change them.
dispatch = DomainDispatcherApplication.__call__
one_at_a_time = threading.Lock()


def answer(self: DomainDispatcherApplication, *request: Any) -> Any:
    with one_at_a_time:
        return dispatch(self, *request)


DomainDispatcherApplication.__call__ = answer


def secret_key(managed: MasterUserSecret) -> str:
    key = managed.secret.kms_key_id or ""
    return key if ":key/" in key else managed.kms.describe_key(key).arn


# moto wants the key of a password's secret to be one that it made.
MasterUserSecret.kms_key_id = property(secret_key)

# moto takes a database that was restored for a replica of its source.
restore = RDSBackend.restore_db_instance_to_point_in_time


def restore_moment(self: RDSBackend, *which: Any) -> DBInstance:
    instance = restore(self, *which)
    instance.source_db_instance_identifier = None
    return instance


RDSBackend.restore_db_instance_to_point_in_time = restore_moment

# moto knows another storage of clusters than Aurora's, and takes none of a cluster's changes of exported logs and IAM
# authentication.
DBCluster.default_storage_type = staticmethod(lambda iops: "aurora")
DBCluster.default_allocated_storage = staticmethod(lambda engine, storage_type: 1)
modify_cluster = RDSBackend.modify_db_cluster


def change_cluster(self: RDSBackend, given: dict[str, Any]) -> DBCluster:
    logs = given.pop("cloudwatch_logs_export_configuration", None) or {}
    iam = given.pop("enable_iam_database_authentication", None)
    modified = modify_cluster(self, given)
    cluster = self.clusters[modified.db_cluster_identifier]
    kept = [name for name in cluster.enabled_cloudwatch_logs_exports if name not in logs.get("DisableLogTypes", [])]
    cluster.enabled_cloudwatch_logs_exports = kept + logs.get("EnableLogTypes", [])
    cluster.iam_auth = cluster.iam_auth if iam is None else iam
    return cluster


RDSBackend.modify_db_cluster = change_cluster

# moto leaves the automated snapshots of a deleted cluster, which another one of its name then runs into.
delete_cluster = RDSBackend.delete_db_cluster


def drop_cluster(self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> DBCluster:
    cluster = delete_cluster(self, cluster_identifier, snapshot_name)
    for snapshot in self.describe_db_cluster_snapshots(cluster_identifier, "", "automated"):
        self.delete_db_cluster_snapshot(snapshot.db_cluster_snapshot_identifier)
    return cluster


RDSBackend.delete_db_cluster = drop_cluster


def reset(groups: str, name: str) -> Callable[[RDSResponse], ActionResult]:
    def operation(self: RDSResponse) -> ActionResult:
        group = getattr(self.backend, groups)[self.params[name]]
        for given in self.params.get("Parameters", []):
            group.parameters.pop(given.original_dict()["ParameterName"], None)
        return ActionResult({name: group.name})

    return operation


# moto does not know how to reset parameters.
RDSResponse.reset_db_parameter_group = reset("db_parameter_groups", "DBParameterGroupName")
RDSResponse.reset_db_cluster_parameter_group = reset("db_cluster_parameter_groups", "DBClusterParameterGroupName")

# moto forgets a subnet group that is modified, and takes tags of addresses for those of another type.
modify_subnet_group = RDSBackend.modify_db_subnet_group
RDSBackend.modify_db_subnet_group = lambda self, name, *more: self.subnet_groups.setdefault(
    name, modify_subnet_group(self, name, *more)
)
# moto changes no TLS listener, and leaves the certificate with a listener that becomes one of HTTP.
modify_listener = ELBv2Backend.modify_listener


def change_listener(self: ELBv2Backend, arn: str, port: str, protocol: str, *more: Any) -> FakeListener:
    listener = modify_listener(self, arn, port, None if protocol == "TLS" else protocol, *more)
    if protocol == "TLS":
        listener.protocol = protocol
    if protocol == "HTTP":
        listener.certificate, listener.certificates, listener.ssl_policy = None, [], None
    return listener


ELBv2Backend.modify_listener = change_listener

# moto takes a subnet in a zone that goes by its id for a default subnet.
make_subnet = SubnetBackend.create_subnet


def create_subnet(
    self: SubnetBackend,
    vpc_id: str,
    cidr_block: str,
    ipv6_cidr_block: str | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    **more: Any,
) -> Subnet:
    zones = (zone for zones in RegionsAndZonesBackend.zones.values() for zone in zones)
    zone = availability_zone or next((zone.name for zone in zones if zone.zone_id == availability_zone_id), None)
    return make_subnet(self, vpc_id, cidr_block, ipv6_cidr_block, zone, availability_zone_id, **more)


SubnetBackend.create_subnet = create_subnet

EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"

# moto keeps a list of all there ever was, which nothing needs here.
BaseModel.__new__ = lambda cls, *_, **__: object.__new__(cls)

# What is there for good need not be looked through time and again.
gc.collect()
gc.freeze()

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
for line in sys.stdin:
    forget(line.strip())
