"""What a change of a program changes in AWS: that, and nothing beside it."""

import copy
import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, added, left_over
from kit.plans import Plan
from kit.pulumi import Result, Stack
from lives import touched

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"

Args = dict[str, Any]


class Program:
    """A program whose arguments are a setting."""

    def __init__(self, stack: Stack, args: Args) -> None:
        self.stack = stack
        self.args = copy.deepcopy(args)

    def up(self) -> Result:
        """Deploys what the arguments say now."""
        self.stack.configure({"args": json.dumps(self.args)})
        done = self.stack.up()
        assert done.messages == []
        return done

    def is_settled(self) -> bool:
        """Whether nothing is left to do, by what Pulumi remembers and by what AWS says."""
        return self.stack.refresh().changes == {} == self.stack.preview().changes

    def change(self, **args: Any) -> dict[str, set[str]]:
        self.args |= args
        return touched(self.up())

    def service(self, name: str, **args: Any) -> dict[str, set[str]]:
        self.args["services"].setdefault(name, {}).update(args)
        return touched(self.up())


def test_a_stack_grows_and_shrinks(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    web = {"image": IMAGE, "port": 80, "expose": "public", "calls": ["api"]}
    api = {"image": IMAGE, "port": 8000, "expose": "internal"}
    network = {"cidrBlock": "10.2.0.0/16", "nat": "none"}
    program = Program(
        stack,
        {"project": "shop", "environment": "dev", "network": network, "services": {"web": web, "api": api}},
    )
    program.up()
    small = aws.listing()
    assert "NAT gateway" not in added(before, small)
    policies = {"shop-task-execution-policy"}

    # A service comes and goes.
    done = program.service("worker", image=IMAGE, calls=["api"])
    assert set(done) == {"create", "replace"}
    assert all(name.startswith("shop-worker-") for name in done["create"])
    assert done["replace"] == policies
    assert len(callers(aws, "shop-dev-internal-alb-sg")) == 2
    made = done["create"]
    del program.args["services"]["worker"]
    assert program.change() == {"delete": made, "replace": policies}
    assert len(callers(aws, "shop-dev-internal-alb-sg")) == 1
    assert left_over(small, aws.listing()) == ({}, {})

    # What belongs to one resource changes that one, and what carries it.
    program.args["services"]["api"] |= {"cpu": 512, "memory": 1024}
    assert program.change(logs={"retentionInDays": 7}) == {
        "replace": {"shop-api-task"},
        "update": {"shop-api-service", "shop-api-logs", "shop-web-logs"},
    }
    assert program.is_settled()

    # The number of tasks is the autoscaler's from now on.
    done = program.service("web", scaling={"min": 1, "max": 5, "cpu": 60})
    assert done["create"] == {
        *("shop-autoscaling-role", "shop-autoscaling-policy"),
        *("shop-web-scaling", "shop-web-cpu-scaling"),
    }
    assert done["update"] == {"shop-web-cpu-high", "shop-web-service"}
    aws.call("ecs", "update_service", cluster="shop-dev-cluster", service="shop-dev-web-service", desiredCount=3)
    assert program.is_settled()
    assert program.service("web", cpu=512, memory=1024) == {
        "replace": {"shop-web-task"},
        "update": {"shop-web-service"},
    }
    assert desired(aws, "shop-dev-web-service") == 3

    # The network grows; nothing in it is made anew.
    done = program.change(network={**network, "zones": 3, "nat": "single"})
    assert set(done) == {"create", "update"}
    assert {name for name in done["create"] if "subnet" in name} == {
        f"shop-{tier}-subnet-3{more}" for tier in ("public", "private", "db") for more in ("", "-rt")
    }
    assert done["create"] >= {"shop-nat", "shop-nat-eip", "shop-private-route"}
    assert done["update"] == {"shop-public-alb", "shop-internal-alb", "shop-web-service", "shop-api-service"}
    (address,) = aws.call("ec2", "describe_addresses")["Addresses"]
    done = program.change(network={**network, "zones": 3, "nat": "perAz"})
    assert set(done) == {"create", "update"}
    addresses = aws.call("ec2", "describe_addresses")["Addresses"]
    assert len(addresses) == 3
    assert address["AllocationId"] in {found["AllocationId"] for found in addresses}

    # Tags are everywhere, and replace nothing but what has no other way.
    done = program.change(tags={"team": "a"})
    assert set(done) == {"update"}
    (vpc,) = aws.call("ec2", "describe_vpcs", Filters=[{"Name": "tag:team", "Values": ["a"]}])["Vpcs"]
    assert vpc["CidrBlock"] == "10.2.0.0/16"

    assert program.is_settled()
    destroyed = stack.destroy()
    assert destroyed.messages == []
    assert left_over(before, aws.listing()) == ({}, {})


def test_a_database_grows_and_shrinks(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    database = {"dbName": "shop", "replicas": 1, "engineVersion": "15.13"}
    api = {"image": IMAGE, "port": 8000, "expose": "internal", "database": True}
    jobs = {"image": IMAGE, "port": 8001, "expose": "internal", "paths": ["/jobs/*"]}
    program = Program(
        stack,
        {
            "project": "shop",
            "environment": "dev",
            "network": {"nat": "none"},
            "database": database,
            "services": {"api": api, "jobs": jobs},
        },
    )
    program.up()
    identifiers = {"shop-dev-primary", "shop-dev-replica"}
    assert instances(aws) == identifiers
    assert len(stack.outputs()["outputs"]["databaseReplicaEndpoints"]) == 1

    # Another major version is a step that must be asked for; it takes along what belongs to a version.
    database |= {"replicas": 2, "engineVersion": "16.9"}
    stack.configure({"args": json.dumps({**program.args, "database": database})})
    assert "allowMajorVersionUpgrade" in "\n".join(stack.preview(fails=True).messages)
    assert program.change(database={**database, "allowMajorVersionUpgrade": True}) == {
        "create": {"shop-database-replica-2"},
        "replace": {"shop-database-db-parameter-group"},
        "update": {"shop-database-primary", "shop-database-replica"},
    }
    assert instances(aws) == identifiers | {"shop-dev-replica-2"}
    assert len(stack.outputs()["outputs"]["databaseReplicaEndpoints"]) == 2

    # A service reaches one thing more; what it reached already stays open.
    done = program.service("api", calls=["jobs"])
    assert done["replace"] == {"shop-api-task"}
    assert done["update"] == {"shop-api-service"}
    assert len(done["create"]) == 1
    assert len(callers(aws, "shop-dev-db-sg")) == len(callers(aws, "shop-dev-internal-alb-sg")) == 1

    assert program.is_settled()

    assert program.change(database={**database, "replicas": 0, "allocatedStorage": 30}) == {
        "delete": {"shop-database-replica", "shop-database-replica-2"},
        "update": {"shop-database-primary"},
    }
    assert instances(aws) == {"shop-dev-primary"}

    program.args["services"]["api"]["database"] = False
    del program.args["database"]
    done = program.change()
    assert done["update"] == {"shop-api-service"}
    assert done["replace"] >= {"shop-task-execution-policy", "shop-api-task"}
    assert "shop-database-primary" in done["delete"]
    assert instances(aws) == set()
    left, kept = left_over(before, aws.listing())
    assert "DB subnet group" not in left
    assert "secret" not in left
    # The data outlives the database.
    assert len(kept["DB snapshot"]) == 1

    stack.destroy()
    left, kept = left_over(before, aws.listing())
    assert left == {}
    assert len(kept["DB snapshot"]) == 1


def test_aurora_and_a_cache_change_in_place(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    aurora: Args = {"engineVersion": "15.15", "instanceClass": "db.t4g.medium"}
    cache: Args = {"nodeType": "cache.t4g.micro"}
    worker = {"image": IMAGE, "database": True, "cache": True}
    program = Program(
        stack,
        {
            "project": "shop",
            "environment": "dev",
            "network": {"nat": "none"},
            "aurora": aurora,
            "cache": cache,
            "buckets": {"assets": {}},
            "services": {"worker": worker},
        },
    )
    program.up()
    account = aws.call("sts", "get_caller_identity")["Account"]
    (bucket,) = aws.call("s3", "list_buckets")["Buckets"]
    assert bucket["Name"] == f"shop-dev-assets-bucket-{account}"

    # The same image tag again is a deployment of one service.
    assert program.service("worker", triggers={"commit": "1"}) == {"update": {"shop-worker-service"}}
    assert program.service("worker", triggers={"commit": "2"}) == {"update": {"shop-worker-service"}}

    # Larger nodes are the same nodes.
    aurora |= {"instanceClass": "db.r6g.large", "backupRetentionPeriod": 14}
    cache |= {"nodeType": "cache.r6g.large"}
    done = program.change(aurora=aurora, cache=cache)
    assert set(done) == {"update"}
    assert done["update"] == {"shop-database-aurora", "shop-database-aurora-1", "shop-cache-redis"}
    assert program.is_settled()

    # A reader, and a replica that can take over.
    done = program.change(aurora={**aurora, "instances": 2}, cache={**cache, "nodes": 2})
    assert done == {"create": {"shop-database-aurora-2"}, "update": {"shop-cache-redis"}}
    (group,) = aws.call("elasticache", "describe_replication_groups")["ReplicationGroups"]
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert program.is_settled()

    # And back.
    done = program.change(aurora=aurora, cache=cache)
    assert done == {"delete": {"shop-database-aurora-2"}, "update": {"shop-cache-redis"}}

    stack.destroy()
    left, kept = left_over(before, aws.listing())
    assert left == {}
    assert list(kept) == ["DB cluster snapshot"]


def callers(aws: LocalAws, group: str) -> list[Any]:
    """Who may reach the members of a security group."""
    found = aws.call("ec2", "describe_security_groups", Filters=[{"Name": "group-name", "Values": [group]}])
    (only,) = found["SecurityGroups"]
    return [pair for permission in only["IpPermissions"] for pair in permission["UserIdGroupPairs"]]


def desired(aws: LocalAws, service: str) -> int:
    found = aws.call("ecs", "describe_services", cluster="shop-dev-cluster", services=[service])
    return int(found["services"][0]["desiredCount"])


def instances(aws: LocalAws) -> set[str]:
    found = aws.call("rds", "describe_db_instances")["DBInstances"]
    return {instance["DBInstanceIdentifier"] for instance in found}
