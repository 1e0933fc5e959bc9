"""Rules and routes that stand in their group and table, resources in place of their IDs, and `aws:` settings."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import live

REGION = "eu-west-1"
KINDS = Plan("kinds-py", folder="tests/e2e/programs")
ANYWHERE = [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]
RULE = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "10.0.0.0/8"}


@pytest.mark.parametrize("program", ["network-ts", "network-py"])
def test_a_network_of_a_program_for_the_aws_package(
    program: str, aws: LocalAws, start: Callable[[Plan], Stack]
) -> None:
    plan = Plan(program, folder="tests/e2e/programs", region=REGION)
    stack = start(plan)
    # Nothing but the settings of the stack names the region.
    stack.env = {name: value for name, value in stack.env.items() if name not in ("AWS_REGION", "AWS_DEFAULT_REGION")}

    def look() -> None:
        told = stack.outputs()["outputs"]
        (vpc,) = ask(aws, "ec2", "describe_vpcs", VpcIds=[told["vpc"]])["Vpcs"]
        assert {"Key": "owner", "Value": "platform"} in vpc["Tags"]
        opened = rules(aws, told["balancers"])
        assert {(rule["FromPort"], rule.get("CidrIpv4") or rule.get("CidrIpv6")) for rule in opened[False]} == {
            (80, "0.0.0.0/0"),
            (80, "::/0"),
            (443, "0.0.0.0/0"),
        }
        assert [rule["IpProtocol"] for rule in opened[True]] == ["-1"]
        opened = rules(aws, told["tasks"])
        sources = {rule["ReferencedGroupInfo"]["GroupId"] for rule in opened[False]}
        assert sources == {told["balancers"], told["tasks"]}
        assert [rule["CidrIpv4"] for rule in opened[True]] == ["0.0.0.0/0"]
        (table,) = ask(aws, "ec2", "describe_route_tables", RouteTableIds=[told["table"]])["RouteTables"]
        assert {route["GatewayId"][:4] for route in table["Routes"]} == {"loca", "igw-"}
        assert True in {association["Main"] for association in table["Associations"]}
        (alarm,) = ask(aws, "cloudwatch", "describe_alarms")["MetricAlarms"]
        assert alarm["AlarmActions"] == [told["topic"]]
        (subscription,) = ask(aws, "sns", "list_subscriptions")["Subscriptions"]
        assert subscription["TopicArn"] == told["topic"]
        attached = ask(aws, "iam", "list_attached_role_policies", RoleName=told["role"])["AttachedPolicies"]
        assert len(attached) == 1
        # What somebody else opens and leads elsewhere is drift, and taken away.
        elsewhere = {"DestinationCidrBlock": "10.9.0.0/16", **way_out(table)}
        ask(aws, "ec2", "create_route", RouteTableId=told["table"], **elsewhere)
        ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ask(aws, "ec2", "authorize_security_group_ingress", GroupId=told["tasks"], IpPermissions=[ssh])
        found = stack.refresh()
        assert set(found.drifted) == {"table", "tasks"}
        assert set(stack.up().changes) == {"update"}
        assert len(rules(aws, told["tasks"])[False]) == 2
        (table,) = ask(aws, "ec2", "describe_route_tables", RouteTableIds=[told["table"]])["RouteTables"]
        assert len(table["Routes"]) == 2

    live(aws, plan, stack, look)


def test_a_rule_beside_a_whole_list_is_refused(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(KINDS)
    group: dict[str, Any] = {"type": "agentic:ec2:SecurityGroup", "args": {"ingress": ANYWHERE}}
    rule = {
        "type": "agentic:ec2:SecurityGroupIngressRule",
        "args": {**RULE, "securityGroupId": "${web.id}"},
    }
    configure(stack, web=group, ssh=rule)
    told = "\n".join(stack.up(fails=True).messages)
    assert "lists its rules itself, in `ingress` of" in told
    assert "web" in told
    assert "ssh" in told
    configure(stack, web=group)
    stack.up()

    # Out of the list, it is a resource of its own, and nothing is taken away.
    web = {"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443}
    https = {"type": rule["type"], "args": {**RULE, **web, "securityGroupId": "${web.id}"}}
    bare = {"type": "agentic:ec2:SecurityGroup", "args": {}}
    aws.control("clear", method="POST")
    configure(stack, web=bare, https=https, ssh=rule)
    assert stack.up().changes == {"create": 2}
    assert [call for call in aws.mutations() if "Revoke" in str(call)] == []

    # And back into the list, which leaves it in place.
    ssh = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8"]}
    whole = {"type": "agentic:ec2:SecurityGroup", "args": {"ingress": [*ANYWHERE, ssh]}}
    aws.control("clear", method="POST")
    configure(stack, web=whole)
    assert stack.up().changes == {"update": 1, "delete": 2}
    assert [call for call in aws.mutations() if "Revoke" in str(call)] == []
    assert stack.refresh().drifted == {}
    stack.destroy()


def configure(stack: Stack, **resources: Any) -> None:
    stack.configure({"resources": json.dumps(resources)})


def rules(aws: LocalAws, group: str) -> dict[bool, list[dict[str, Any]]]:
    """The rules of a group, those for outbound traffic under `True`."""
    by_group = [{"Name": "group-id", "Values": [group]}]
    found = ask(aws, "ec2", "describe_security_group_rules", Filters=by_group)["SecurityGroupRules"]
    return {way: [rule for rule in found if rule["IsEgress"] == way] for way in (False, True)}


def way_out(table: dict[str, Any]) -> dict[str, str]:
    (gateway,) = {route["GatewayId"] for route in table["Routes"]} - {"local"}
    return {"GatewayId": gateway}


def ask(aws: LocalAws, service: str, operation: str, **arguments: Any) -> Any:
    return aws.call(service, operation, REGION, **arguments)
