"""ElastiCache: moto forgets most of its settings, and knows neither changes of size nor deletions.

What AWS says of each operation: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from extended_moto.default_groups import default_groups
from extended_moto.extending import extend

Fields = dict[str, Any]

NO_SETTINGS = {"ReplicationGroupId", "ApplyImmediately", "AuthTokenUpdateStrategy", "NotificationTopicStatus", "Tags"}


def store(backend: ElastiCacheBackend, kind: str) -> dict[str, Fields]:
    things: dict[str, Fields] = vars(backend).setdefault(kind, {})
    return things


def find(backend: ElastiCacheBackend, kind: str, name: str, code: str) -> Fields:
    if name.lower() not in store(backend, kind):
        raise ElastiCacheException(code, f"{name} not found.")
    return store(backend, kind)[name.lower()]


def add(backend: ElastiCacheBackend, kind: str, name: str, thing: Fields, tags: list[dict[str, str]]) -> None:
    if name.lower() in store(backend, kind):
        what = {"replicationgroup": "ReplicationGroup", "subnetgroup": "CacheSubnetGroup", "cluster": "CacheCluster"}
        code = what.get(kind, "CacheParameterGroup")
        raise ElastiCacheException(f"{code}AlreadyExists", f"{name} already exists.")
    thing["ARN"] = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:{kind}:{name.lower()}"
    store(backend, kind)[name.lower()] = thing
    backend.tagging_service.tag_resource(thing["ARN"], tags)


def remove(backend: ElastiCacheBackend, kind: str, name: str) -> None:
    backend.tagging_service.delete_all_tags_for_resource(store(backend, kind).pop(name.lower())["ARN"])


def refuse(message: str) -> None:
    raise ElastiCacheException("InvalidParameterCombination", message)


def is_sharded(group: Fields) -> bool:
    return ".cluster.on" in group.get("CacheParameterGroupName", "")


def node_names(group: Fields) -> list[list[str]]:
    name, per_shard = group["ReplicationGroupId"], group["Nodes"]
    if not is_sharded(group):
        return [[f"{name}-{node + 1:03}" for node in range(per_shard)]]
    return [[f"{name}-{shard + 1:04}-{node + 1:03}" for node in range(per_shard)] for shard in range(group["Shards"])]


def shown(group: Fields) -> Fields:
    name, sharded, port = group["ReplicationGroupId"], is_sharded(group), group.get("Port", 6379)
    nodes = node_names(group)
    host = f"{name}.abc123.euw1.cache.amazonaws.com"
    shards: list[Fields] = [
        {
            "NodeGroupId": f"{index + 1:04}",
            "Status": "available",
            "NodeGroupMembers": [{"CacheClusterId": node, "CacheNodeId": "0001"} for node in members],
        }
        for index, members in enumerate(nodes)
    ]
    if not sharded:
        shards[0]["PrimaryEndpoint"] = {"Address": f"master.{host}", "Port": port}
        shards[0]["ReaderEndpoint"] = {"Address": f"replica.{host}", "Port": port}
    encrypted = group.get("TransitEncryptionEnabled", False)
    return {
        "ReplicationGroupId": name,
        "Description": group["ReplicationGroupDescription"],
        "Status": "available",
        "PendingModifiedValues": {},
        "MemberClusters": [node for members in nodes for node in members],
        "NodeGroups": shards,
        "SnapshottingClusterId": group.get("SnapshottingClusterId"),
        "AutomaticFailover": "enabled" if group.get("AutomaticFailoverEnabled") else "disabled",
        "MultiAZ": "enabled" if group.get("MultiAZEnabled") else "disabled",
        "ConfigurationEndpoint": {"Address": f"clustercfg.{host}", "Port": port} if sharded else None,
        "SnapshotRetentionLimit": group.get("SnapshotRetentionLimit", 0),
        "SnapshotWindow": group.get("SnapshotWindow", "05:00-06:00"),
        "ClusterEnabled": sharded,
        "CacheNodeType": group["CacheNodeType"],
        "AuthTokenEnabled": "AuthToken" in group,
        "TransitEncryptionEnabled": encrypted,
        "TransitEncryptionMode": group.get("TransitEncryptionMode", "required") if encrypted else None,
        "AtRestEncryptionEnabled": group.get("AtRestEncryptionEnabled", False),
        "KmsKeyId": group.get("KmsKeyId"),
        "AutoMinorVersionUpgrade": group.get("AutoMinorVersionUpgrade", True),
        "Engine": group.get("Engine", "redis"),
        "ARN": group["ARN"],
    }


def node(group: Fields, name: str) -> Fields:
    version = group.get("EngineVersion", "7.1")
    engine = group.get("Engine", "redis")
    parameters = group.get("CacheParameterGroupName", f"default.{engine}{version.split('.')[0]}")
    topic = group.get("NotificationTopicArn")
    groups = group.get("SecurityGroupIds", [])
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "CacheNodeType": group["CacheNodeType"],
        "Engine": engine,
        "EngineVersion": f"{version}.0" if version.count(".") == 1 else version,
        "PreferredMaintenanceWindow": group.get("PreferredMaintenanceWindow", "sun:23:00-mon:01:30").lower(),
        "NotificationConfiguration": {"TopicArn": topic, "TopicStatus": "active"} if topic else None,
        "CacheParameterGroup": {"CacheParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"},
        "CacheSubnetGroupName": group.get("CacheSubnetGroupName", "default"),
        "AutoMinorVersionUpgrade": group.get("AutoMinorVersionUpgrade", True),
        "SecurityGroups": [{"SecurityGroupId": group_id, "Status": "active"} for group_id in groups],
        "ReplicationGroupId": group["ReplicationGroupId"],
        "PendingModifiedValues": {},
    }


def cluster_shown(cluster: Fields, group: Fields | None) -> Fields:
    """A cluster that is no node of a replication group, or one that was added to a group by itself."""
    if group:
        cluster = {**group, **cluster, "Engine": group.get("Engine", "redis"), "CacheNodeType": group["CacheNodeType"]}
    name, engine = cluster["CacheClusterId"], cluster["Engine"]
    default_port, default_version = (11211, "1.6.22") if engine == "memcached" else (6379, "7.1")
    port, version = cluster.get("Port", default_port), cluster.get("EngineVersion", default_version)
    family = ".".join(version.split(".")[: 2 if engine == "memcached" else 1])
    count, crosses = cluster.get("NumCacheNodes", 1), cluster.get("AZMode") == "cross-az"
    zones = cluster.get("PreferredAvailabilityZones", [])
    zone = cluster.get("PreferredAvailabilityZone", "eu-west-1a")
    host = f"{name}.abc123.{{}}.euw1.cache.amazonaws.com"
    topic = cluster.get("NotificationTopicArn")
    nodes: list[Fields] = [
        {
            "CacheNodeId": f"{index + 1:04}",
            "CacheNodeStatus": "available",
            "CustomerAvailabilityZone": zones[index] if index < len(zones) else zone,
            "Endpoint": {"Address": host.format(f"{index + 1:04}"), "Port": port},
        }
        for index in range(count)
    ]
    shown_cluster: Fields = {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "CacheNodeType": cluster["CacheNodeType"],
        "Engine": engine,
        "EngineVersion": f"{version}.0" if version.count(".") == 1 else version,
        "NumCacheNodes": count,
        "PreferredAvailabilityZone": "Multiple" if crosses or len(set(zones)) > 1 else zone,
        "PreferredMaintenanceWindow": cluster.get("PreferredMaintenanceWindow", "sun:23:00-mon:01:30").lower(),
        "NotificationConfiguration": {"TopicArn": topic, "TopicStatus": "active"} if topic else None,
        "CacheParameterGroup": {
            "CacheParameterGroupName": cluster.get("CacheParameterGroupName", f"default.{engine}{family}"),
            "ParameterApplyStatus": "in-sync",
        },
        "CacheSubnetGroupName": cluster.get("CacheSubnetGroupName", "default"),
        "CacheNodes": nodes,
        "AutoMinorVersionUpgrade": cluster.get("AutoMinorVersionUpgrade", True),
        "SecurityGroups": [
            {"SecurityGroupId": group_id, "Status": "active"} for group_id in cluster.get("SecurityGroupIds", [])
        ],
        "ReplicationGroupId": cluster.get("ReplicationGroupId"),
        "TransitEncryptionEnabled": cluster.get("TransitEncryptionEnabled", False),
        "PendingModifiedValues": {},
        "ARN": cluster["ARN"],
    }
    if engine == "memcached":
        shown_cluster["ConfigurationEndpoint"] = {"Address": host.format("cfg"), "Port": port}
    else:
        shown_cluster["SnapshotRetentionLimit"] = cluster.get("SnapshotRetentionLimit", 0)
        shown_cluster["SnapshotWindow"] = cluster.get("SnapshotWindow", "05:00-06:00")
    return shown_cluster


class Local(ElastiCacheResponse):
    """The operations; each becomes one of moto's."""

    def group(self) -> Fields:
        name = self.params["ReplicationGroupId"]
        return find(self.elasticache_backend, "replicationgroup", name, "ReplicationGroupNotFoundFault")

    def groups_of(self, given: Fields) -> list[str]:
        vpc = None
        if given.get("CacheSubnetGroupName"):
            subnets = given["CacheSubnetGroupName"]
            vpc = find(self.elasticache_backend, "subnetgroup", subnets, "CacheSubnetGroupNotFoundFault")["VpcId"]
        groups: list[str] = given.get("SecurityGroupIds", [])
        return groups or default_groups(ec2_backends[self.current_account][self.region], vpc)

    def create_replication_group(self) -> ActionResult:
        given = {name: value for name, value in self.params.items() if name not in NO_SETTINGS}
        name = self.params["ReplicationGroupId"]
        if "AuthToken" in given and not given.get("TransitEncryptionEnabled"):
            refuse("AuthToken requires TransitEncryptionEnabled.")
        group = {
            **given,
            "ReplicationGroupId": name.lower(),
            "Shards": given.get("NumNodeGroups", 1),
            "Nodes": given.get("NumCacheClusters", given.get("ReplicasPerNodeGroup", 0) + 1),
        }
        if given.get("AutomaticFailoverEnabled") and group["Nodes"] < 2 and not is_sharded(group):
            refuse("Automatic failover requires at least two nodes.")
        group["SecurityGroupIds"] = self.groups_of(given)
        add(self.elasticache_backend, "replicationgroup", name, group, self.params.get("Tags", []))
        return ActionResult({"ReplicationGroup": shown(group)})

    def describe_replication_groups(self) -> ActionResult:
        everything = store(self.elasticache_backend, "replicationgroup").values()
        groups = [self.group()] if self.params.get("ReplicationGroupId") else everything
        return ActionResult({"ReplicationGroups": [shown(group) for group in groups]})

    def describe_cache_clusters(self) -> ActionResult:
        groups = store(self.elasticache_backend, "replicationgroup").values()
        nodes = [node(group, name) for group in groups for members in node_names(group) for name in members]
        nodes += [self.cluster_shown(cluster) for cluster in store(self.elasticache_backend, "cluster").values()]
        wanted = self.params.get("CacheClusterId")
        if wanted:
            nodes = [found for found in nodes if found["CacheClusterId"] == wanted]
            if not nodes:
                raise ElastiCacheException("CacheClusterNotFound", f"CacheCluster {wanted} not found.")
        return ActionResult({"CacheClusters": nodes})

    def cluster_shown(self, cluster: Fields) -> Fields:
        group = store(self.elasticache_backend, "replicationgroup").get(cluster.get("ReplicationGroupId", ""))
        return cluster_shown(cluster, group)

    def cluster(self) -> Fields:
        return find(self.elasticache_backend, "cluster", self.params["CacheClusterId"], "CacheClusterNotFound")

    def create_cache_cluster(self) -> ActionResult:
        given = {name: value for name, value in self.params.items() if name not in {"ApplyImmediately", "Tags"}}
        name, group = self.params["CacheClusterId"], self.params.get("ReplicationGroupId")
        if group:
            find(self.elasticache_backend, "replicationgroup", group, "ReplicationGroupNotFoundFault")
        elif "Engine" not in given or "CacheNodeType" not in given:
            refuse("Engine and CacheNodeType must be specified.")
        if given.get("Engine") == "redis" and given.get("NumCacheNodes", 1) != 1:
            refuse("Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1.")
        cluster = {**given, "CacheClusterId": name.lower()}
        if not group:
            cluster["SecurityGroupIds"] = self.groups_of(given)
        add(self.elasticache_backend, "cluster", name, cluster, self.params.get("Tags", []))
        return ActionResult({"CacheCluster": self.cluster_shown(cluster)})

    def modify_cache_cluster(self) -> ActionResult:
        cluster, params = self.cluster(), self.params
        before, wanted = cluster.get("NumCacheNodes", 1), params.get("NumCacheNodes")
        if wanted and wanted < before and len(params.get("CacheNodeIdsToRemove", [])) != before - wanted:
            refuse("CacheNodeIdsToRemove must name the nodes to remove.")
        if "CacheNodeType" in params and cluster.get("Engine") == "memcached":
            refuse("Scaling is not supported for engine memcached.")
        ignored = {"CacheClusterId", "ApplyImmediately", "NotificationTopicStatus", "CacheNodeIdsToRemove"}
        cluster.update({name: value for name, value in params.items() if name not in ignored})
        if params.get("NotificationTopicStatus") == "inactive":
            cluster.pop("NotificationTopicArn", None)
        return ActionResult({"CacheCluster": self.cluster_shown(cluster)})

    def delete_cache_cluster(self) -> ActionResult:
        cluster, snapshot = self.cluster(), self.params.get("FinalSnapshotIdentifier")
        if snapshot in store(self.elasticache_backend, "finalsnapshot"):
            raise ElastiCacheException("SnapshotAlreadyExistsFault", f"Snapshot {snapshot} already exists.")
        if snapshot:
            store(self.elasticache_backend, "finalsnapshot")[snapshot] = cluster
        shown_cluster = self.cluster_shown(cluster)
        remove(self.elasticache_backend, "cluster", cluster["CacheClusterId"])
        return ActionResult({"CacheCluster": {**shown_cluster, "CacheClusterStatus": "deleting"}})

    def users(self) -> list[Fields]:
        kinds = ["replicationgroup", "cluster"]
        return [user for kind in kinds for user in store(self.elasticache_backend, kind).values()]

    def modify_replication_group(self) -> ActionResult:
        group, params = self.group(), self.params
        if params.get("AutomaticFailoverEnabled") and group["Nodes"] < 2:
            refuse("Automatic failover requires at least two nodes.")
        begins = params.get("SnapshotRetentionLimit", 0) > 0 and not group.get("SnapshotRetentionLimit")
        if begins and "SnapshottingClusterId" not in {**group, **params} and not is_sharded(group):
            refuse("SnapshottingClusterId must be specified to enable snapshots.")
        before = (group.get("TransitEncryptionEnabled", False), group.get("TransitEncryptionMode", "required"))
        enabled = params.get("TransitEncryptionEnabled", before[0])
        if enabled and not before[0] and params.get("TransitEncryptionMode") != "preferred":
            refuse("To enable transit encryption, set TransitEncryptionMode to preferred first.")
        if before[0] and not enabled and before[1] != "preferred":
            refuse("To disable transit encryption, set TransitEncryptionMode to preferred first.")
        if "AuthToken" in params and "AuthTokenUpdateStrategy" not in params:
            refuse("AuthTokenUpdateStrategy must be specified.")
        group.update({name: value for name, value in params.items() if name not in NO_SETTINGS})
        if params.get("NotificationTopicStatus") == "inactive":
            group.pop("NotificationTopicArn", None)
        return ActionResult({"ReplicationGroup": shown(group)})

    def modify_replication_group_shard_configuration(self) -> ActionResult:
        group, count = self.group(), self.params["NodeGroupCount"]
        if count < group["Shards"] and len(self.params.get("NodeGroupsToRemove", [])) != group["Shards"] - count:
            refuse("NodeGroupsToRemove must name the node groups to remove.")
        group["Shards"] = count
        return ActionResult({"ReplicationGroup": shown(group)})

    def resize(self, larger: bool) -> ActionResult:
        group, params = self.group(), self.params
        configured = [shard["NewReplicaCount"] for shard in params.get("ReplicaConfiguration", [])]
        count = params.get("NewReplicaCount", next(iter(configured), 0)) + 1
        if count == group["Nodes"]:
            raise ElastiCacheException("NoOperationFault", "No changes were required.")
        if (count > group["Nodes"]) is not larger:
            raise ElastiCacheException("InvalidParameterValue", f"{count - 1} replicas is on the wrong side.")
        if count < 2 and group.get("AutomaticFailoverEnabled"):
            refuse("Automatic failover must be disabled to remove the last replica.")
        group["Nodes"] = count
        return ActionResult({"ReplicationGroup": shown(group)})

    def increase_replica_count(self) -> ActionResult:
        return self.resize(larger=True)

    def decrease_replica_count(self) -> ActionResult:
        return self.resize(larger=False)

    def delete_replication_group(self) -> ActionResult:
        group, snapshot = self.group(), self.params.get("FinalSnapshotIdentifier")
        if snapshot in store(self.elasticache_backend, "finalsnapshot"):
            raise ElastiCacheException("SnapshotAlreadyExistsFault", f"Snapshot {snapshot} already exists.")
        if snapshot:
            store(self.elasticache_backend, "finalsnapshot")[snapshot] = group
        remove(self.elasticache_backend, "replicationgroup", group["ReplicationGroupId"])
        return ActionResult({"ReplicationGroup": {**shown(group), "Status": "deleting"}})

    def describe_events(self) -> ActionResult:
        return ActionResult({"Events": []})

    def subnet_group(self, ids: list[str]) -> Fields:
        backend = ec2_backends[self.current_account][self.region]
        subnets = backend.describe_subnets(subnet_ids=ids)
        zones = [{"Name": subnet.availability_zone} for subnet in subnets]
        names = [subnet.id for subnet in subnets]
        shown = [
            {"SubnetIdentifier": name, "SubnetAvailabilityZone": zone} for name, zone in zip(names, zones, strict=True)
        ]
        return {"VpcId": subnets[0].vpc_id, "Subnets": shown, "SupportedNetworkTypes": ["ipv4"]}

    def create_cache_subnet_group(self) -> ActionResult:
        name = self.params["CacheSubnetGroupName"]
        group = self.subnet_group(self.params["SubnetIds"])
        group["CacheSubnetGroupName"] = name.lower()
        group["CacheSubnetGroupDescription"] = self.params["CacheSubnetGroupDescription"]
        add(self.elasticache_backend, "subnetgroup", name, group, self.params.get("Tags", []))
        return ActionResult({"CacheSubnetGroup": group})

    def describe_cache_subnet_groups(self) -> ActionResult:
        name, backend = self.params.get("CacheSubnetGroupName"), self.elasticache_backend
        found = [find(backend, "subnetgroup", name, "CacheSubnetGroupNotFoundFault")] if name else None
        return ActionResult({"CacheSubnetGroups": found or list(store(backend, "subnetgroup").values())})

    def modify_cache_subnet_group(self) -> ActionResult:
        name = self.params["CacheSubnetGroupName"]
        group = find(self.elasticache_backend, "subnetgroup", name, "CacheSubnetGroupNotFoundFault")
        if self.params.get("SubnetIds"):
            group.update(self.subnet_group(self.params["SubnetIds"]))
        if "CacheSubnetGroupDescription" in self.params:
            group["CacheSubnetGroupDescription"] = self.params["CacheSubnetGroupDescription"]
        return ActionResult({"CacheSubnetGroup": group})

    def delete_cache_subnet_group(self) -> ActionResult:
        name = self.params["CacheSubnetGroupName"]
        find(self.elasticache_backend, "subnetgroup", name, "CacheSubnetGroupNotFoundFault")
        if any(user.get("CacheSubnetGroupName") == name for user in self.users()):
            raise ElastiCacheException("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use.")
        remove(self.elasticache_backend, "subnetgroup", name)
        return EmptyResult()

    def parameter_group(self) -> Fields:
        name = self.params["CacheParameterGroupName"]
        return find(self.elasticache_backend, "parametergroup", name, "CacheParameterGroupNotFound")

    def create_cache_parameter_group(self) -> ActionResult:
        names = ["CacheParameterGroupName", "CacheParameterGroupFamily", "Description"]
        group: Fields = {name: self.params[name] for name in names} | {"Parameters": {}}
        name = self.params["CacheParameterGroupName"]
        add(self.elasticache_backend, "parametergroup", name, group, self.params.get("Tags", []))
        return ActionResult({"CacheParameterGroup": group})

    def describe_cache_parameter_groups(self) -> ActionResult:
        everything = store(self.elasticache_backend, "parametergroup").values()
        groups = [self.parameter_group()] if self.params.get("CacheParameterGroupName") else list(everything)
        return ActionResult({"CacheParameterGroups": groups})

    def describe_cache_parameters(self) -> ActionResult:
        given = self.parameter_group()["Parameters"].items()
        found = [{"ParameterName": name, "ParameterValue": value, "Source": "user"} for name, value in given]
        return ActionResult({"Parameters": found})

    def modify_cache_parameter_group(self) -> ActionResult:
        group = self.parameter_group()
        for given in self.params["ParameterNameValues"]:
            group["Parameters"][given["ParameterName"]] = given["ParameterValue"]
        return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})

    def reset_cache_parameter_group(self) -> ActionResult:
        group = self.parameter_group()
        for given in self.params["ParameterNameValues"]:
            group["Parameters"].pop(given["ParameterName"], None)
        return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})

    def delete_cache_parameter_group(self) -> ActionResult:
        group = self.parameter_group()
        if any(user.get("CacheParameterGroupName") == group["CacheParameterGroupName"] for user in self.users()):
            raise ElastiCacheException(
                "InvalidCacheParameterGroupState", "Cache clusters are still members of this group."
            )
        remove(self.elasticache_backend, "parametergroup", group["CacheParameterGroupName"])
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        arn = self.params["ResourceName"]
        kind, name = arn.split(":")[5:7]
        codes = {
            "cluster": "CacheClusterNotFound",
            "parametergroup": "CacheParameterGroupNotFound",
            "subnetgroup": "CacheSubnetGroupNotFoundFault",
        }
        find(self.elasticache_backend, kind, name, codes.get(kind, "ReplicationGroupNotFoundFault"))
        return ActionResult({"TagList": self.elasticache_backend.tagging_service.list_tags_for_resource(arn)["Tags"]})


for name, operation in vars(Local).items():
    if callable(operation):
        extend(ElastiCacheResponse, name, operation)
