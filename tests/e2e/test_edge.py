"""A stack with all that can be around it: CloudFront in front, a proxy before the database, endpoints and flow logs."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from lives import touched

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1"

Args = dict[str, Any]

AROUND: Args = {
    "project": "shop",
    "environment": "dev",
    "network": {
        "cidrBlock": "10.2.0.0/16",
        "cidrMasks": {"public": 24, "private": 24, "database": 28},
        "nat": "none",
        "endpoints": ["ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"],
        "flowLogs": {"retentionInDays": 7},
    },
    "services": {
        "web": {"image": IMAGE, "port": 80, "expose": "public", "calls": ["api"]},
        "api": {"image": IMAGE, "port": 8000, "expose": "internal", "database": True},
    },
    "database": {"engineVersion": "15.13", "replicas": 0, "multiAz": False, "skipFinalSnapshot": True, "proxy": {}},
    "edge": {},
    "waf": {},
}


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


def test_a_stack_behind_cloudfront_lives(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    deploy(stack, AROUND)
    balancers = aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
    assert {balancer["Scheme"] for balancer in balancers} == {"internal"}
    (proxy,) = aws.call("rds", "describe_db_proxies")["DBProxies"]
    secret = aws.call("secretsmanager", "get_secret_value", SecretId="shop/dev/database/master")["SecretString"]
    assert (json.loads(secret)["host"], json.loads(secret)["port"]) == (proxy["Endpoint"], 5432)
    url = stack.outputs()["outputs"]["url"]
    assert url.startswith("https://") and url.endswith(".cloudfront.net")
    assert deploy(stack, AROUND) == {}
    refreshed = stack.refresh()
    assert refreshed.drifted == {}
    assert refreshed.changes == {}

    # Without the proxy services go to the database itself, and what they hold of it stays.
    (old,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    args = json.loads(json.dumps(AROUND))
    del args["database"]["proxy"]
    deploy(stack, args)
    (new,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    assert new["DbiResourceId"] == old["DbiResourceId"]
    assert aws.call("rds", "describe_db_proxies")["DBProxies"] == []

    # Without a password the service logs in as itself, to this database alone.
    args["database"]["login"] = "iam"
    deploy(stack, args)
    (same,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    assert same["DbiResourceId"] == old["DbiResourceId"] and same["IAMDatabaseAuthenticationEnabled"]
    role = "shop-dev-api-task-role"
    (policy,) = aws.call("iam", "list_role_policies", RoleName=role)["PolicyNames"]
    (statement,) = aws.call("iam", "get_role_policy", RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["rds-db:connect"]
    assert statement["Resource"] == [f"arn:aws:rds-db:us-east-1:*:dbuser:{same['DbiResourceId']}/api"]
    task = aws.call("ecs", "describe_task_definition", taskDefinition="shop-dev-api-task")["taskDefinition"]
    (container,) = task["containerDefinitions"]
    told = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert (told["DATABASE_USER"], told["DATABASE_HOST"]) == ("api", same["Endpoint"]["Address"])
    assert not container.get("secrets")
    assert stack.refresh().changes == {} == stack.preview().changes

    # Or RDS keeps the password and changes it, and the service reads it when it connects.
    args["database"] |= {"login": "password", "rotation": {"automaticallyAfterDays": 30}}
    deploy(stack, args)
    (same,) = aws.call("rds", "describe_db_instances")["DBInstances"]
    assert same["DbiResourceId"] == old["DbiResourceId"] and not same["IAMDatabaseAuthenticationEnabled"]
    managed = same["MasterUserSecret"]["SecretArn"]
    rules = aws.call("secretsmanager", "describe_secret", SecretId=managed)["RotationRules"]
    assert rules["AutomaticallyAfterDays"] == 30
    task = aws.call("ecs", "describe_task_definition", taskDefinition="shop-dev-api-task")["taskDefinition"]
    (container,) = task["containerDefinitions"]
    told = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert told["DATABASE_SECRET_ARN"] == managed and "DATABASE_USER" not in told
    (policy,) = aws.call("iam", "list_role_policies", RoleName=role)["PolicyNames"]
    (statement,) = aws.call("iam", "get_role_policy", RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["secretsmanager:GetSecretValue"], [managed])
    assert stack.refresh().changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


def test_cloudfront_comes_and_goes(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args = json.loads(json.dumps(AROUND))
    edge = args.pop("edge")
    deploy(stack, args)
    deploy(stack, {**args, "edge": edge})
    deploy(stack, args)
    (public,) = [
        balancer
        for balancer in aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
        if balancer["Scheme"] == "internet-facing"
    ]
    assert len(public["AvailabilityZones"]) == 2
    refreshed = stack.refresh()
    assert refreshed.drifted == {}
    assert refreshed.changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}
