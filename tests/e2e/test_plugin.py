"""What the plugin does with the true Pulumi CLI beyond a smooth life: drift and secret settings."""

from collections.abc import Callable

from kit.local_aws import LocalAws, added
from kit.plans import Plan
from kit.pulumi import Stack

VPC = Plan("vpc-py", folder="tests/e2e/programs")


def test_drift_is_shown_and_repaired(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(VPC)
    before = aws.listing()
    stack.up()
    (vpc,) = [id.split(" ")[1] for id in added(before, aws.listing())["VPC"]]
    aws.call("ec2", "modify_vpc_attribute", VpcId=vpc, EnableDnsHostnames={"Value": False})

    assert stack.preview("--refresh").changes == {"update": 1}
    assert stack.refresh().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    repaired = aws.call("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute="enableDnsHostnames")
    assert repaired["EnableDnsHostnames"]["Value"] is True


def test_what_is_gone_is_made_again(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(VPC)
    before = aws.listing()
    stack.up()
    aws.call("ec2", "delete_vpc", VpcId=stack.outputs()["vpc_id"])

    gone = stack.refresh()
    assert set(gone.changes) == {"delete"}
    assert stack.up().changes == {"create": gone.changes["delete"]}
    assert added(before, aws.listing())["VPC"]


def test_secret_settings_stay_secret(start: Callable[[Plan], Stack]) -> None:
    stack = start(VPC)
    settings = {"agentic:accessKey": "AKIAEXAMPLEKEYID", "agentic:secretKey": "Very/Secret+Access0Key"}
    stack.configure(settings, secret=True)
    output = stack.up().output
    for secret in settings.values():
        assert secret not in output
        assert secret not in stack.stored_text()
    assert any("ciphertext" in str(resource["inputs"]) for resource in stack.resources() if "inputs" in resource)
