"""A stack whose users sign in at the load balancer, whose services keep files, and whose account is audited."""

import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"
ISSUER = "https://id.example.com"


def arguments() -> dict[str, Any]:
    jwt = {"issuer": ISSUER, "jwksEndpoint": f"{ISSUER}/keys"}
    return {
        "project": "shop",
        "environment": "dev",
        "network": {"cidrBlock": "10.1.0.0/16", "zones": 2},
        "domain": {"zone": "example.com", "subdomain": "app"},
        "userPool": {"schemas": [{"name": "plan", "attributeDataType": "String", "mutable": True}]},
        "audit": {"retentionInDays": 365},
        "services": {
            "web": {
                "image": IMAGE,
                "port": 80,
                "expose": "public",
                "userPool": True,
                "auth": {"cognito": {}},
                "volumes": {"uploads": {"path": "/uploads"}},
            },
            "api": {
                "image": IMAGE,
                "port": 80,
                "expose": "public",
                "paths": ["/api/*"],
                "auth": {"jwt": jwt},
                "volumes": {"uploads": {"path": "/in", "readOnly": True}},
            },
            "worker": {"image": IMAGE},
        },
    }


def test_users_files_and_an_audit(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    aws.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
    before = aws.listing()
    args = arguments()
    stack.configure({"args": json.dumps(args)})
    assert stack.preview().counts == stack.up().counts

    (pool,) = aws.call("cognito-idp", "list_user_pools", MaxResults=10)["UserPools"]
    client = the_client(aws, pool["Id"])
    assert client["CallbackURLs"] == ["https://app.example.com/oauth2/idpresponse"]
    assert client["ClientSecret"] not in stack.stored_text()
    assert stack.up().changes == {}
    assert stack.refresh().changes == {}

    listeners = all_listeners(aws)
    default = sorted(listeners["HTTPS"]["DefaultActions"], key=lambda action: int(action["Order"]))
    assert [action["Type"] for action in default] == ["authenticate-cognito", "forward"]
    assert default[0]["AuthenticateCognitoConfig"]["UserPoolClientId"] == client["ClientId"]
    assert [action["Type"] for action in listeners["HTTP"]["DefaultActions"]] == ["redirect"]
    rules = aws.call("elbv2", "describe_rules", ListenerArn=listeners["HTTPS"]["ListenerArn"])["Rules"]
    (rule,) = [rule for rule in rules if not rule["IsDefault"]]
    assert [action["Type"] for action in rule["Actions"]] == ["jwt-validation", "forward"]

    (files,) = aws.call("efs", "describe_file_systems")["FileSystems"]
    assert files["Encrypted"]
    targets = aws.call("efs", "describe_mount_targets", FileSystemId=files["FileSystemId"])["MountTargets"]
    assert len({target["AvailabilityZoneName"] for target in targets}) == len(targets) == 2
    (point,) = aws.call("efs", "describe_access_points")["AccessPoints"]
    for name, path, read_only in (("web", "/uploads", False), ("api", "/in", True)):
        task = aws.call("ecs", "describe_task_definition", taskDefinition=f"shop-dev-{name}-task")["taskDefinition"]
        volume = task["volumes"][0]["efsVolumeConfiguration"]
        access = {"accessPointId": point["AccessPointId"], "iam": "ENABLED"}
        assert (volume["transitEncryption"], volume["authorizationConfig"]) == ("ENABLED", access)
        mount = {"sourceVolume": "uploads", "containerPath": path, "readOnly": read_only}
        assert task["containerDefinitions"][0]["mountPoints"] == [mount]

    (trail,) = aws.call("cloudtrail", "describe_trails")["trailList"]
    assert trail["LogFileValidationEnabled"] and trail["IsMultiRegionTrail"]
    assert aws.call("cloudtrail", "get_trail_status", Name=trail["TrailARN"])["IsLogging"]
    versions = aws.call("s3", "get_bucket_versioning", Bucket=trail["S3BucketName"])
    assert versions["Status"] == "Enabled"

    args["userPool"]["schemas"].append({"name": "seats", "attributeDataType": "Number", "mutable": True})
    stack.configure({"args": json.dumps(args)})
    added = stack.up()
    updated = [kind for done, kind, _ in added.steps if done == "update"]
    assert [kind for kind in updated if not kind.startswith("agentic:index:")] == ["agentic:cognito:UserPool"]
    args["userPool"]["schemas"].pop(0)
    stack.configure({"args": json.dumps(args)})
    refused = "\n".join(stack.preview(fails=True).messages)
    assert "lacks the attribute plan" in refused

    stack.destroy()
    assert aws.call("cognito-idp", "list_user_pools", MaxResults=10)["UserPools"] == []
    assert aws.call("efs", "describe_file_systems")["FileSystems"] == []
    assert aws.call("cloudtrail", "describe_trails")["trailList"] == []
    left, _ = left_over(before, aws.listing())
    assert left == {}


def the_client(aws: LocalAws, pool: str) -> dict[str, Any]:
    (listed,) = aws.call("cognito-idp", "list_user_pool_clients", UserPoolId=pool, MaxResults=10)["UserPoolClients"]
    told = aws.call("cognito-idp", "describe_user_pool_client", UserPoolId=pool, ClientId=listed["ClientId"])
    client: dict[str, Any] = told["UserPoolClient"]
    return client


def all_listeners(aws: LocalAws) -> dict[str, Any]:
    (balancer,) = aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]
    told = aws.call("elbv2", "describe_listeners", LoadBalancerArn=balancer["LoadBalancerArn"])
    return {listener["Protocol"]: listener for listener in told["Listeners"]}
