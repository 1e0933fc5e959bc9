"""What lives is never lost: replacements that a person asks for, two stacks of one name, renames, other places."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from kit.workshop import Workshop
from lives import touched

KINDS = Plan("kinds-py", folder="tests/e2e/programs")

Resources = dict[str, dict[str, Any]]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
# Refused by AWS when it is to be made, and by nobody before.
BROKEN = {"type": "agentic:ec2:Subnet", "args": {"vpcId": "vpc-00000000000000000", "cidrBlock": "10.0.0.0/24"}}


def of(kind: str, **args: Any) -> dict[str, Any]:
    return {"type": f"agentic:{kind}", "args": args}


def set_to(stack: Stack, resources: Resources) -> None:
    stack.configure({"resources": json.dumps(resources)})


def urn(stack: Stack, name: str) -> str:
    (found,) = {str(it["urn"]) for it in stack.resources() if it["urn"].endswith(f"::{name}")}
    return found


def ids(stack: Stack) -> dict[str, str]:
    return {
        it["urn"].rsplit("::", 1)[1]: it["id"] for it in stack.resources() if "agentic:" in it["type"] and "id" in it
    }


@pytest.fixture
def stack(start: Callable[[Plan], Stack]) -> Stack:
    return start(KINDS)


@pytest.fixture
def another(aws: LocalAws, pulumi_home: Path, tmp_path: Path) -> Iterator[Callable[[], Stack]]:
    """Makes a stack of the same name in another backend."""

    def make() -> Stack:
        root = tmp_path / "elsewhere"
        root.mkdir()
        stack = Workshop(root, aws.env, pulumi_home).open(KINDS.directory, KINDS.stack)
        stack.init()
        return stack

    yield make


DATABASE = of(
    "rds:Instance",
    engine="postgres",
    engineVersion="16.9",
    instanceClass="db.t4g.micro",
    allocatedStorage=20,
    username="app",
    password="hunter2hunter2",
)
REPLACED: Resources = {
    "vpc": of("ec2:Vpc", cidrBlock="10.0.0.0/16"),
    "subnet": of("ec2:Subnet", vpcId="${vpc.id}", cidrBlock="10.0.0.0/24"),
    "logs": of("cloudwatch:LogGroup"),
    "role": of("iam:Role", assumeRolePolicy=TRUST),
    "topic": of("sns:Topic"),
    "cluster": of("ecs:Cluster"),
    "bucket": of("s3:Bucket"),
    "database": DATABASE,
}


@pytest.mark.parametrize("name", [name for name in REPLACED if name not in ("vpc", "subnet")] + ["subnet"])
def test_a_replacement_that_a_person_asks_for_is_another_thing(aws: LocalAws, stack: Stack, name: str) -> None:
    resources = {key: value for key, value in REPLACED.items() if key == name or (name == "subnet" and key == "vpc")}
    if name == "subnet":
        # Two of one range cannot be there at a time.
        resources["subnet"]["deleteBeforeReplace"] = True
    set_to(stack, resources)
    stack.up()
    first = ids(stack)[name]
    replaced = stack.up("--replace", urn(stack, name))
    assert touched(replaced)["replace"] == {name}
    second = ids(stack)[name]
    assert second != first
    assert stack.refresh().changes == {}
    assert stack.up().changes == {}

    stack.run("state", "taint", urn(stack, name), "--stack", stack.name, "--yes")
    assert touched(stack.up())["replace"] == {name}
    assert ids(stack)[name] != second
    assert stack.refresh().changes == {}
    assert stack.up().changes == {}
    stack.destroy()


def test_a_fixed_name_is_said_to_be_taken_by_the_resource_itself(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, {"logs": of("cloudwatch:LogGroup", name="/app")})
    stack.up()
    (told,) = [text for text in stack.up("--replace", urn(stack, "logs"), fails=True).messages if "/app" in text][:1]
    assert "deleteBeforeReplace" in told
    assert stack.refresh().changes == {}
    assert stack.up().changes == {}


PLACED: Resources = {
    "role": of("iam:Role", assumeRolePolicy=TRUST),
    "policy": of("iam:RolePolicy", role="${role.id}", name="list", policy=DOCUMENT),
    "attachment": of("iam:RolePolicyAttachment", role="${role.id}", policyArn=READ_ONLY),
    "vpc": of("ec2:Vpc", cidrBlock="10.0.0.0/16"),
    "gateway": of("ec2:InternetGateway", vpcId="${vpc.id}"),
    "table": of("ec2:RouteTable", vpcId="${vpc.id}"),
    "route": of("ec2:Route", routeTableId="${table.id}", destinationCidrBlock="0.0.0.0/0", gatewayId="${gateway.id}"),
    "bucket": of("s3:Bucket"),
    "bucket-policy": of(
        "s3:BucketPolicy",
        bucket="${bucket.id}",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"}
            ],
        },
    ),
    "repository": of("ecr:Repository"),
    "expiry": of(
        "ecr:LifecyclePolicy",
        repository="${repository.id}",
        policy={
            "rules": [
                {
                    "rulePriority": 1,
                    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
                    "action": {"type": "expire"},
                }
            ]
        },
    ),
    "topic": of("sns:Topic"),
    "rule": of("cloudwatch:EventRule", scheduleExpression="rate(1 hour)"),
    "target": of("cloudwatch:EventTarget", rule="${rule.id}", targetId="topic", arn="${topic.arn}"),
}
# What AWS knows by its place alone.
PLACES = ["policy", "attachment", "route", "bucket-policy", "expiry", "target"]


def test_what_was_renamed_outlives_an_up_that_broke_off(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, PLACED)
    stack.up()
    before = aws.listing()
    known = ids(stack)
    renamed = {f"{name}-2" if name in PLACES else name: value for name, value in PLACED.items()}
    set_to(stack, {**renamed, "broken": BROKEN})
    stack.up(fails=True)
    # The old ones are still to be deleted; another process has made the new ones.
    set_to(stack, renamed)
    stack.up()
    assert ids(stack) == {f"{name}-2" if name in PLACES else name: value for name, value in known.items()}
    assert stack.refresh().changes == {}
    assert left_over(before, aws.listing())[0] == left_over(aws.listing(), before)[0] == {}
    stack.destroy()


def test_replacing_what_has_one_place_takes_nothing_away(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, PLACED)
    stack.up()
    flags = [flag for name in PLACES for flag in ("--replace", urn(stack, name))]
    stack.up(*flags)
    assert stack.refresh().changes == {}
    assert stack.up().changes == {}
    stack.destroy()


def test_two_resources_can_be_one_thing(aws: LocalAws, stack: Stack) -> None:
    role = {"role": PLACED["role"], "one": PLACED["attachment"]}
    set_to(stack, {**role, "two": PLACED["attachment"]})
    stack.up()
    set_to(stack, role)
    stack.up()
    assert stack.refresh().changes == {}
    set_to(stack, {"role": PLACED["role"]})
    stack.up()
    stack.destroy()


def test_a_second_stack_of_the_same_name_takes_nothing_over(
    aws: LocalAws, stack: Stack, another: Callable[[], Stack]
) -> None:
    vpc = {"vpc": REPLACED["vpc"]}
    named = {
        "logs": of("cloudwatch:LogGroup", name="/app"),
        "database": {**DATABASE, "args": {**DATABASE["args"], "identifier": "app"}},
    }
    set_to(stack, {**vpc, **named})
    stack.up()
    other = another()
    set_to(other, vpc)
    other.up()
    assert ids(other)["vpc"] != ids(stack)["vpc"]
    for name, resource in named.items():
        set_to(other, {**vpc, name: resource})
        told = "\n".join(other.up(fails=True).messages)
        assert "did not create it" in told
        assert "agentic:discriminator" in told
    set_to(other, vpc)
    other.up()
    other.destroy()
    assert stack.refresh().changes == {}
    assert stack.up().changes == {}

    # Names that are made can be had side by side.
    trail = {"trail": REPLACED["logs"]}
    set_to(stack, trail)
    stack.up()
    set_to(other, trail)
    other.up(fails=True)
    other.configure({"agentic:discriminator": "b"})
    other.up()
    assert ids(other)["trail"] != ids(stack)["trail"]
    other.destroy()
    assert stack.refresh().changes == {}
    stack.destroy()


def elsewhere(stack: Stack, region: str) -> dict[str, str]:
    return {**stack.env, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def test_another_environment_moves_and_forgets_nothing(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, {"vpc": REPLACED["vpc"], "logs": REPLACED["logs"]})
    stack.up()
    known, home = ids(stack), stack.env
    stack.env = elsewhere(stack, "eu-west-1")
    told = "\n".join(stack.preview(fails=True).messages)
    assert "us-east-1" in told
    assert "eu-west-1" in told
    assert "agentic:region" in told
    stack.up(fails=True)
    assert stack.refresh().changes == {}
    assert ids(stack) == known
    destroyed = stack.destroy()
    assert destroyed.counts == {"delete": 3}
    assert aws.call("logs", "describe_log_groups")["logGroups"] == []
    stack.env = home


def test_another_region_on_purpose_is_a_replacement_that_is_told(aws: LocalAws, stack: Stack) -> None:
    database = {"vpc": REPLACED["vpc"], "database": DATABASE}
    set_to(stack, {"vpc": REPLACED["vpc"]})
    stack.up()
    stack.configure({"agentic:region": "eu-west-1"})
    assert touched(stack.preview())["replace"] == {"vpc"}
    stack.up()
    assert stack.up().changes == {}
    stack.configure({"agentic:region": "us-east-1"})
    set_to(stack, database)
    stack.up()
    stack.configure({"agentic:region": "eu-west-1"})
    told = "\n".join(stack.preview(fails=True).messages)
    assert "region" in told
    assert "database" in told
    stack.configure({"agentic:region": "us-east-1"})
    assert stack.up().changes == {}
    stack.destroy()


def test_a_provider_that_goes_takes_its_region_along(aws: LocalAws, stack: Stack) -> None:
    there = {"logs": {**REPLACED["logs"], "provider": {"region": "eu-west-1"}}}
    set_to(stack, there)
    stack.up()
    set_to(stack, {"logs": REPLACED["logs"]})
    stack.configure({"agentic:region": "us-east-1"})
    assert touched(stack.preview())["replace"] == {"logs"}
    stack.up()
    assert len(aws.call("logs", "describe_log_groups")["logGroups"]) == 1
    assert aws.call("logs", "describe_log_groups", "eu-west-1")["logGroups"] == []
    stack.destroy()


def test_credentials_of_another_account_change_and_forget_nothing(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, {"vpc": REPLACED["vpc"], "role": REPLACED["role"]})
    stack.up()
    known, home = ids(stack), account(aws)
    # The same keys are those of another account from now on.
    aws.reset()
    before, away = aws.listing(), account(aws)
    set_to(stack, {"vpc": REPLACED["vpc"], "role": REPLACED["role"], "logs": REPLACED["logs"]})
    for operation in (stack.preview, stack.up, stack.refresh, stack.destroy):
        told = "\n".join(operation(fails=True).messages)
        assert home in told
        assert away in told
    assert ids(stack) == known
    assert aws.listing() == before


def account(aws: LocalAws) -> str:
    return str(aws.call("sts", "get_caller_identity")["Account"])


def test_what_an_attempt_left_long_ago_is_not_taken_for_new(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, {"vpc": REPLACED["vpc"]})
    stack.up()
    vpc = ids(stack)["vpc"]
    # As if the attempt had been interrupted before the engine heard of it.
    stack.run("state", "delete", urn(stack, "vpc"), "--stack", stack.name, "--yes")
    began = [{"Key": "agentic:attempt", "Value": "2026-01-01T00:00:00Z"}]
    aws.call("ec2", "create_tags", Resources=[vpc], Tags=began)
    told = "\n".join(stack.up(fails=True).messages)
    assert vpc in told
    assert "pulumi import" in told
    assert "delete it" in told
    assert len(aws.call("ec2", "describe_vpcs", Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]) == 1

    stack.run(
        "import",
        "--yes",
        "--stack",
        stack.name,
        "agentic:ec2:Vpc",
        "vpc",
        vpc,
        "--protect=false",
        "--generate-code=false",
    )
    assert stack.up().changes == {}
    stack.destroy()


def test_a_saved_plan_is_kept_to(stack: Stack, tmp_path: Path) -> None:
    stack.env = {**stack.env, "PULUMI_EXPERIMENTAL": "true"}
    plan = str(tmp_path / "plan.json")
    set_to(stack, {"vpc": REPLACED["vpc"], "logs": REPLACED["logs"]})
    for _ in range(2):
        stack.preview("--save-plan", plan)
        stack.up("--plan", plan)
    stack.destroy()


def test_two_leftovers_are_told_with_both_ids(aws: LocalAws, stack: Stack) -> None:
    set_to(stack, {"vpc": REPLACED["vpc"]})
    stack.up()
    vpc = ids(stack)["vpc"]
    tags = aws.call("ec2", "describe_tags", Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"]
    (token,) = [tag["Value"] for tag in tags if tag["Key"] == "agentic:token"]
    stack.run("state", "delete", urn(stack, "vpc"), "--stack", stack.name, "--yes")
    # The call of a process that was killed came late.
    late = aws.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    left = [{"Key": "agentic:token", "Value": token}, {"Key": "agentic:attempt", "Value": now}]
    aws.call("ec2", "create_tags", Resources=[vpc, late], Tags=left)
    told = "\n".join(stack.up(fails=True).messages)
    assert vpc in told
    assert late in told
    aws.call("ec2", "delete_vpc", VpcId=late)
    # What is left is taken up, and told.
    assert vpc in stack.up().output
    assert ids(stack)["vpc"] == vpc
    stack.destroy()


BODY = {"widgets": [{"type": "text", "width": 3, "height": 3, "properties": {"markdown": "hello"}}]}


@pytest.mark.parametrize(
    "named",
    [of("sns:Topic", name="app"), of("cloudwatch:Dashboard", dashboardName="app", dashboardBody=BODY)],
    ids=["topic", "dashboard"],
)
def test_a_fixed_name_passes_on_by_an_alias(aws: LocalAws, stack: Stack, named: dict[str, Any]) -> None:
    set_to(stack, {"old": named})
    stack.up()
    before, known = aws.listing(), ids(stack)
    set_to(stack, {"new": named})
    # Nothing says that the old one is about to leave the program.
    assert "aliases" in "\n".join(stack.up(fails=True).messages)
    assert aws.listing() == before
    set_to(stack, {"new": {**named, "aliases": ["old"]}})
    stack.up()
    assert ids(stack) == {"new": known["old"]}
    assert stack.refresh().changes == {}
    assert aws.listing() == before
    stack.destroy()
