"""RDS: restored databases, changes of clusters, parameters, subnet groups."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBCluster, DBInstance, DBSubnetGroup, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from extended_moto.extending import extend


def secret_key(managed: MasterUserSecret) -> str:
    """moto wants the key of a password's secret to be one that it made."""
    key: str = managed.secret.kms_key_id or ""
    described: str = key if ":key/" in key else managed.kms.describe_key(key).arn
    return described


extend(MasterUserSecret, "kms_key_id", property(secret_key))

restore = RDSBackend.restore_db_instance_to_point_in_time


def restore_moment(self: RDSBackend, *which: Any) -> DBInstance:
    """moto takes a database that was restored for a replica of its source."""
    instance = restore(self, *which)
    instance.source_db_instance_identifier = None
    return instance


extend(RDSBackend, "restore_db_instance_to_point_in_time", restore_moment)


def aurora_storage_type(**_given: Any) -> str:
    """moto knows another storage of clusters than Aurora's."""
    return "aurora"


def aurora_allocated_storage(**_given: Any) -> int:
    return 1


extend(DBCluster, "default_storage_type", staticmethod(aurora_storage_type))
extend(DBCluster, "default_allocated_storage", staticmethod(aurora_allocated_storage))

modify_cluster = RDSBackend.modify_db_cluster


def change_cluster(self: RDSBackend, given: dict[str, Any]) -> DBCluster:
    """moto takes none of a cluster's changes of exported logs and IAM authentication."""
    logs = given.pop("cloudwatch_logs_export_configuration", None) or {}
    iam = given.pop("enable_iam_database_authentication", None)
    modified = modify_cluster(self, given)
    cluster = self.clusters[modified.db_cluster_identifier]
    kept = [name for name in cluster.enabled_cloudwatch_logs_exports if name not in logs.get("DisableLogTypes", [])]
    cluster.enabled_cloudwatch_logs_exports = kept + logs.get("EnableLogTypes", [])
    cluster.iam_auth = cluster.iam_auth if iam is None else iam
    return cluster


extend(RDSBackend, "modify_db_cluster", change_cluster)

delete_cluster = RDSBackend.delete_db_cluster


def drop_cluster(self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> DBCluster:
    """moto leaves the automated snapshots of a deleted cluster, which another one of its name then runs into."""
    cluster = delete_cluster(self, cluster_identifier, snapshot_name)
    for snapshot in self.describe_db_cluster_snapshots(cluster_identifier, "", "automated"):
        self.delete_db_cluster_snapshot(snapshot.db_cluster_snapshot_identifier)
    return cluster


extend(RDSBackend, "delete_db_cluster", drop_cluster)


def reset(groups: str, name: str) -> Callable[[RDSResponse], ActionResult]:
    """moto does not know how to reset parameters."""

    def operation(self: RDSResponse) -> ActionResult:
        group = getattr(self.backend, groups)[self.params[name]]
        for given in self.params.get("Parameters", []):
            group.parameters.pop(given.original_dict()["ParameterName"], None)
        return ActionResult({name: group.name})

    return operation


extend(RDSResponse, "reset_db_parameter_group", reset("db_parameter_groups", "DBParameterGroupName"))
extend(
    RDSResponse,
    "reset_db_cluster_parameter_group",
    reset("db_cluster_parameter_groups", "DBClusterParameterGroupName"),
)

modify_subnet_group = RDSBackend.modify_db_subnet_group


def change_subnet_group(self: RDSBackend, name: str, *more: Any) -> DBSubnetGroup:
    """moto forgets a subnet group that is modified."""
    group: DBSubnetGroup = self.subnet_groups.setdefault(name, modify_subnet_group(self, name, *more))
    return group


extend(RDSBackend, "modify_db_subnet_group", change_subnet_group)
