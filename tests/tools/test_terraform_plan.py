"""`tools/terraform-plan`, whose plans other tools read."""

import json
import subprocess
from typing import Any

from kit.base import ROOT

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def resource(token: str, name: str, id: str, outputs: dict[str, Any], custom: bool = True) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::shop::{token}::{name}"
    return {"type": token, "custom": custom, "urn": urn, "id": id, "outputs": outputs}


STATE = [
    resource("agentic:index:AgenticStack", "shop", "", {}, custom=False),
    resource("agentic:index:Password", "password", "password", {"result": SECRET}),
    resource("pulumi:providers:agentic", "default", "1", {}),
    resource("agentic:ec2:SecurityGroup", "web", "sg-1", {"name": "web", "tags": {"teamName": "a"}}),
    resource("agentic:rds:Instance", "database", "db", {"password": SECRET, "vpcSecurityGroupIds": ["sg-1"]}),
    resource(
        "agentic:s3:Bucket",
        "files",
        "files",
        {"publicAccessBlock": {"blockPublicAcls": True}, "corsRules": [{"allowedMethods": ["GET"]}]},
    ),
]


def test_a_state_becomes_a_plan() -> None:
    state = json.dumps({"deployment": {"resources": STATE}})
    written = subprocess.run([ROOT / "tools/terraform-plan"], input=state, capture_output=True, text=True, check=True)
    plan = json.loads(written.stdout)
    values = {entry["address"]: entry["values"] for entry in plan["planned_values"]["root_module"]["resources"]}
    assert values == {
        "aws_security_group.web": {"id": "sg-1", "name": "web", "tags": {"teamName": "a"}},
        "aws_db_instance.database": {"id": "db", "password": "(secret)", "vpc_security_group_ids": ["sg-1"]},
        "aws_s3_bucket.files": {
            "id": "files",
            "public_access_block": [{"block_public_acls": True}],
            "cors_rule": [{"allowed_methods": ["GET"]}],
        },
        "aws_s3_bucket_public_access_block.files": {
            "id": "files/public-access-block",
            "bucket": "files",
            "block_public_acls": True,
        },
    }
    configured = {entry["address"]: entry["expressions"] for entry in plan["configuration"]["root_module"]["resources"]}
    group = {"references": ["aws_security_group.web.id", "aws_security_group.web"]}
    assert configured["aws_db_instance.database"] == {"vpc_security_group_ids": group}
    assert "v1:abc" not in written.stdout


def test_types_are_those_of_terraform() -> None:
    tokens = {
        "agentic:ec2:Vpc": "aws_vpc",
        "agentic:lb:TargetGroup": "aws_lb_target_group",
        "agentic:ec2:NatGateway": "aws_nat_gateway",
        "agentic:rds:SubnetGroup": "aws_db_subnet_group",
        "agentic:cloudwatch:LogGroup": "aws_cloudwatch_log_group",
        "agentic:kms:Key": "aws_kms_key",
        "agentic:sqs:Queue": "aws_sqs_queue",
    }
    state = [resource(token, f"r{at}", str(at), {}) for at, token in enumerate(tokens)]
    written = subprocess.run(
        [ROOT / "tools/terraform-plan"],
        input=json.dumps({"deployment": {"resources": state}}),
        capture_output=True,
        text=True,
        check=True,
    )
    resources = json.loads(written.stdout)["planned_values"]["root_module"]["resources"]
    assert [entry["type"] for entry in resources] == list(tokens.values())
