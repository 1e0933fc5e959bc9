"""Security groups that a program takes out of what goes on living, and deletes in the same deployment."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from lives import touched

KINDS = Plan("kinds-py", folder="tests/e2e/programs")

Resources = dict[str, dict[str, Any]]


def of(kind: str, **args: Any) -> dict[str, Any]:
    return {"type": f"agentic:{kind}", "args": args}


SUBNETS = ["${a.id}", "${b.id}"]
NETWORK: Resources = {
    "vpc": of("ec2:Vpc", cidrBlock="10.0.0.0/16"),
    "a": of("ec2:Subnet", vpcId="${vpc.id}", cidrBlock="10.0.0.0/24", availabilityZone="us-east-1a"),
    "b": of("ec2:Subnet", vpcId="${vpc.id}", cidrBlock="10.0.1.0/24", availabilityZone="us-east-1b"),
    "db-subnets": of("rds:SubnetGroup", subnetIds=SUBNETS),
    "cache-subnets": of("elasticache:SubnetGroup", subnetIds=SUBNETS),
    "files": of("efs:FileSystem"),
}
OWN: Resources = {"own": of("ec2:SecurityGroup", vpcId="${vpc.id}", description="Guards all of it")}

# The argument of each that lists its security groups.
GUARDED = {
    "balancer": "securityGroups",
    "db": "vpcSecurityGroupIds",
    "aurora": "vpcSecurityGroupIds",
    "cache": "securityGroupIds",
    "endpoint": "securityGroupIds",
    "target": "securityGroups",
}


def guarded() -> Resources:
    return {
        "balancer": of("lb:LoadBalancer", subnets=SUBNETS, internal=True),
        "db": of(
            "rds:Instance",
            engine="postgres",
            username="shop",
            password="correct-horse",
            instanceClass="db.t3.micro",
            allocatedStorage=20,
            dbSubnetGroupName="${db-subnets.id}",
            skipFinalSnapshot=True,
        ),
        "aurora": of(
            "rds:Cluster",
            engine="aurora-postgresql",
            masterUsername="shop",
            masterPassword="correct-horse",
            dbSubnetGroupName="${db-subnets.id}",
            skipFinalSnapshot=True,
        ),
        "cache": of(
            "elasticache:ReplicationGroup",
            description="The cache",
            nodeType="cache.t4g.micro",
            subnetGroupName="${cache-subnets.id}",
        ),
        "endpoint": of(
            "ec2:VpcEndpoint",
            vpcId="${vpc.id}",
            serviceName="com.amazonaws.us-east-1.logs",
            vpcEndpointType="Interface",
            subnetIds=SUBNETS,
        ),
        "target": of("efs:MountTarget", fileSystemId="${files.id}", subnetId="${a.id}"),
    }


def test_what_loses_its_groups_gets_that_of_the_vpc(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(KINDS)
    before = aws.listing()
    given = guarded()
    for name, argument in GUARDED.items():
        given[name]["args"][argument] = ["${own.id}"]
    stack.configure({"resources": json.dumps(NETWORK | OWN | given)})
    assert stack.up().messages == []

    stack.configure({"resources": json.dumps(NETWORK | guarded())})
    assert stack.preview().changes == {"update": len(GUARDED), "delete": 1}
    done = stack.up()
    assert done.messages == []
    assert touched(done) == {"update": set(GUARDED), "delete": {"own"}}

    groups = aws.call("ec2", "describe_security_groups")["SecurityGroups"]
    (vpc,) = {it["id"] for it in stack.resources() if it["type"] == "agentic:ec2:Vpc"}
    (usual,) = [it["GroupId"] for it in groups if it["VpcId"] == vpc]
    told = {it["urn"].rsplit("::", 1)[1]: it.get("outputs", {}) for it in stack.resources()}
    assert {name: told[name][argument] for name, argument in GUARDED.items()} == {name: [usual] for name in GUARDED}
    assert stack.up().changes == {} == stack.refresh().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}
