"""RDS: restored databases, changes of clusters, parameters, subnet groups, proxies."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.rds import utils
from moto.rds.exceptions import RDSClientError
from moto.rds.models import (
    DBCluster,
    DBInstance,
    DBProxy,
    DBProxyTarget,
    DBProxyTargetGroup,
    DBSubnetGroup,
    MasterUserSecret,
    RDSBackend,
)
from moto.rds.responses import RDSResponse

from extended_moto.extending import extend


def secret_key(managed: MasterUserSecret) -> str:
    """moto wants the key of a password's secret to be one that it made."""
    key: str = managed.secret.kms_key_id or ""
    described: str = key if ":key/" in key else managed.kms.describe_key(key).arn
    return described


extend(MasterUserSecret, "kms_key_id", property(secret_key))

overlap = utils.get_overlap_between_two_date_ranges


def overlap_of_windows(*ranges: Any) -> int:
    """moto refuses windows of which one begins where the other ends, such as 03:00-04:00 and Mon:04:00-Mon:05:00."""
    seconds: int = overlap(*ranges)
    return seconds - 1


extend(utils, "get_overlap_between_two_date_ranges", overlap_of_windows)

initialize = DBInstance.__init__
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
AUTHORITY = "rds-ca-rsa2048-g1"


def make_instance(self: DBInstance, *which: Any, **given: Any) -> None:
    """moto gives new instances a certificate authority that AWS does not have."""
    initialize(self, *which, **{"ca_certificate_identifier": AUTHORITY, **given})


extend(DBInstance, "__init__", make_instance)

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


def modify_db_proxy(self: RDSResponse) -> ActionResult:
    """moto does not know this operation."""
    proxy = self.backend.describe_db_proxies(self.params["DBProxyName"])[0]
    settings = {
        "Auth": "auth",
        "DebugLogging": "debug_logging",
        "DefaultAuthScheme": "default_auth_scheme",
        "IdleClientTimeout": "idle_client_timeout",
        "RequireTLS": "require_tls",
        "RoleArn": "role_arn",
        "SecurityGroups": "vpc_security_group_ids",
    }
    for parameter, attribute in settings.items():
        if parameter in self.params:
            setattr(proxy, attribute, self.params[parameter])
    return ActionResult({"DBProxy": proxy})


extend(RDSResponse, "modify_db_proxy", modify_db_proxy)


def proxy_of(self: RDSBackend, name: str) -> DBProxy:
    proxy: DBProxy = self.describe_db_proxies(name)[0]
    return proxy


def delete_proxy(self: RDSBackend, proxy_name: str) -> DBProxy:
    """moto fails where there is no such proxy, here and below."""
    proxy_of(self, proxy_name)
    proxy: DBProxy = self.db_proxies.pop(proxy_name)
    return proxy


def proxy_targets(self: RDSBackend, proxy_name: str) -> list[DBProxyTarget]:
    targets: list[DBProxyTarget] = proxy_of(self, proxy_name).proxy_target_groups["default"].targets
    return targets


def proxy_groups(self: RDSBackend, proxy_name: str) -> list[DBProxyTargetGroup]:
    return list(proxy_of(self, proxy_name).proxy_target_groups.values())


extend(RDSBackend, "delete_db_proxy", delete_proxy)
extend(RDSBackend, "describe_db_proxy_targets", proxy_targets)
extend(RDSBackend, "describe_db_proxy_target_groups", proxy_groups)

register_targets = RDSBackend.register_db_proxy_targets
deregister_targets = RDSBackend.deregister_db_proxy_targets


def register_db_proxy_targets(
    self: RDSBackend,
    db_proxy_name: str,
    target_group_name: str,
    db_cluster_identifiers: list[str],
    db_instance_identifiers: list[str],
) -> list[DBProxyTarget]:
    """A proxy has one database, which is there.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RegisterDBProxyTargets.html
    """
    targets = proxy_targets(self, db_proxy_name)
    for name in db_instance_identifiers:
        self.describe_db_instances(name)
    for name in db_cluster_identifiers:
        self.describe_db_clusters(name)
    if targets:
        raise RDSClientError(
            "DBProxyTargetAlreadyRegisteredFault",
            "The proxy is already associated with the specified RDS DB instance or Aurora DB cluster.",
        )
    of_group = (db_proxy_name, target_group_name)
    made: list[DBProxyTarget] = register_targets(self, *of_group, db_cluster_identifiers, db_instance_identifiers)
    for target in made:
        if target.type == "RDS_INSTANCE":
            instance = self.databases[target.rds_resource_id]
            shown = {"target_arn": instance.arn, "endpoint": instance.address}
        else:
            shown = {"target_arn": self.clusters[target.rds_resource_id].arn}
        vars(target).update(shown)
    return made


def deregister_db_proxy_targets(
    self: RDSBackend,
    db_proxy_name: str,
    target_group_name: str,
    db_cluster_identifiers: list[str],
    db_instance_identifiers: list[str],
) -> None:
    there = {target.rds_resource_id for target in proxy_targets(self, db_proxy_name)}
    if not there & {*db_cluster_identifiers, *db_instance_identifiers}:
        raise RDSClientError("DBProxyTargetNotFoundFault", "The specified RDS DB instance or cluster is no target.")
    of_group = (db_proxy_name, target_group_name)
    deregister_targets(self, *of_group, db_cluster_identifiers, db_instance_identifiers)


extend(RDSBackend, "register_db_proxy_targets", register_db_proxy_targets)
extend(RDSBackend, "deregister_db_proxy_targets", deregister_db_proxy_targets)
