"""How many AWS calls a resource costs, and how many of them ask what was asked before."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.protobuf import struct_pb2
from kit import plugin
from kit.local_aws import REGION, LocalAws
from pulumi.runtime.proto import provider_pb2

from bench.figures import percent
from bench.process import Provider, urn
from bench.report import Part
from bench.world import calls, is_ours, local_aws, number, resources, stack_of, wanted_plans

READS = ("Describe", "Get", "List", "BatchGet", "Lookup")
# What a resource may cost.
AIMS = {"up": 2.5, "destroy": 1.3}
# AWS has no call that tells the tags of several of these.
TAGS_ONE_BY_ONE = ("cloudwatch:LogGroup", "cloudwatch:MetricAlarm")


def run() -> Part:
    part = Part("AWS calls")
    up_total = up_resources = 0
    for plan in wanted_plans():
        for operation, made, count in plan_calls(plan):
            aim = f"aim {AIMS[operation]}" if operation in AIMS else ""
            reads = [call for call in made if is_read(call)]
            again = repeats(reads)
            part.add(
                f"{plan}, {operation}: calls a resource ({len(made)} for {count})",
                f"{len(made) / count:.2f}",
                f"{percent(sum(again.values()), len(reads))} of {len(reads)} reads exact repeats; {often(again)}",
                aim,
            )
            if operation == "up":
                up_total, up_resources = up_total + len(made), up_resources + count
    many = number("COUNT", 1000)
    worst = 0
    with local_aws() as aws, Provider([plugin.build("dev")], env=aws.env) as provider:
        provider.configure(region=REGION)
        for kind, ids in made_of_each(aws, many).items():
            found = refresh(aws, provider, kind, ids)
            told = ", ".join(f"{count} {name}" for name, count in found.most_common(3))
            aim = "" if kind in TAGS_ONE_BY_ONE else "aim 15"
            if aim:
                worst = max(worst, sum(found.values()))
            part.add(f"refresh of {many} {kind}", f"{sum(found.values())} calls", told, aim)
    part.notes = [
        "The proxy in front of the local AWS records every call of the plugin under the true CLI; a resource is one "
        "that AWS has (no component, no password). A repeat is a read with the parameters of an earlier one of the "
        "same run; what waits looks again, too. `refresh of 1000` reads that many resources of one kind at the same "
        "time over gRPC, with the inputs and outputs of their import. CloudWatch and CloudWatch Logs tell the tags of "
        "one alarm or log group a call, so these have no part in the figure of the last line. "
        "[GetResources](https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html) "
        "tells those of 100, but from an index beside the services, which lags behind them "
        "([aws-sdk#676](https://github.com/aws/aws-sdk/issues/676)) and leaves out what has no tags: a refresh would "
        "take a tag that was set a moment ago for one that somebody removed. A refresh that asked only where a program "
        "has tags would hide those that others have set.",
    ]
    part.headline = {"up": f"{up_total / max(up_resources, 1):.1f}", "refresh": str(worst)}
    return part


def plan_calls(name: str) -> list[tuple[str, list[dict[str, Any]], int]]:
    found = []
    with stack_of(name) as (stack, aws, _):
        count = 0
        for operation, go in [
            ("up", stack.up),
            ("up again", stack.up),
            ("refresh", stack.refresh),
            ("destroy", stack.destroy),
        ]:
            aws.control("clear", method="POST")
            go()
            made = calls(aws)
            if operation == "up":
                count = sum(map(is_ours, resources(stack)))
            found.append((operation, made, count))
    return found


def is_read(call: dict[str, Any]) -> bool:
    return str(call["operation"]).startswith(READS)


def repeats(reads: list[dict[str, Any]]) -> Counter[str]:
    """How many reads, by operation, have asked what an earlier one had asked."""
    asked = Counter(
        (f"{call['service']}:{call['operation']}", call["region"], json.dumps(call["params"], sort_keys=True))
        for call in reads
    )
    again: Counter[str] = Counter()
    for (operation, *_), count in asked.items():
        again[operation] += count - 1
    return +again


def often(again: Counter[str]) -> str:
    return ", ".join(f"{operation.split(':')[1]} {count}" for operation, count in again.most_common(4))


def made_of_each(aws: LocalAws, many: int) -> dict[str, list[str]]:
    """Ids of resources of kinds of which AWS tells many at a time, as far as it tells all but their tags."""
    vpc = aws.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    names = [f"bench-{at:04}" for at in range(many)]
    groups = [
        aws.call("ec2", "create_security_group", GroupName=name, Description="bench", VpcId=vpc)["GroupId"]
        for name in names
    ]
    subnets = [
        aws.call("ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.0.{at // 16}.{at % 16 * 16}/28")["Subnet"][
            "SubnetId"
        ]
        for at in range(many)
    ]
    tables = [aws.call("ec2", "create_route_table", VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in names]
    for name in names:
        aws.call("logs", "create_log_group", logGroupName=name)
        aws.call(
            "cloudwatch",
            "put_metric_alarm",
            AlarmName=name,
            Namespace="bench",
            MetricName="bench",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        aws.call(
            "rds",
            "create_db_instance",
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="app",
            MasterUserPassword="of-a-bench",
        )
    return {
        "route53:Record": records(aws, names),
        "rds:Instance": names,
        "ec2:SecurityGroup": groups,
        "ec2:Subnet": subnets,
        "ec2:RouteTable": tables,
        "cloudwatch:LogGroup": names,
        "cloudwatch:MetricAlarm": names,
    }


def records(aws: LocalAws, names: list[str]) -> list[str]:
    """The ids of as many records in one zone."""
    zone = aws.call("route53", "create_hosted_zone", Name="bench.example", CallerReference="bench")
    zone_id = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
    for at in range(0, len(names), 100):
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": f"{name}.bench.example",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "10.0.0.1"}],
                },
            }
            for name in names[at : at + 100]
        ]
        aws.call("route53", "change_resource_record_sets", HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
    return [f"{zone_id}_{name}.bench.example_A" for name in names]


def refresh(aws: LocalAws, provider: Provider, kind: str, ids: list[str]) -> Counter[str]:
    """The calls of a refresh of all of them at once, after an import."""
    token = f"agentic:{kind}"

    def read(
        id: str, inputs: struct_pb2.Struct | None = None, state: struct_pb2.Struct | None = None
    ) -> provider_pb2.ReadResponse:
        request = provider_pb2.ReadRequest(
            id=id, urn=urn(token, id), inputs=inputs, properties=state, name=id, type=token
        )
        answer: provider_pb2.ReadResponse = provider.stub.Read(request)
        return answer

    with ThreadPoolExecutor(len(ids)) as readers:
        imported = list(readers.map(read, ids))
        assert all(answer.id for answer in imported)
        aws.control("clear", method="POST")
        again = readers.map(lambda answer: read(answer.id, answer.inputs, answer.properties), imported)
        assert all(answer.id for answer in again)
    return Counter(call["operation"] for call in calls(aws))
